"""A city's surveys whole: 79,205 damaged buildings by forty teams, second surveys of 27 %, planned day by day."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any

import pytest

from tests.relief import house
from tests.relief.house import INCIDENT
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.verifying import verify
from tomoshibi.places.subjects import Site  # noqa: F401  # its facts register
from tomoshibi.relief import assigning, keys, queries, survey_queries
from tomoshibi.relief.damage import Seen, Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.models import DwellingRow, SurveyRow
from tomoshibi.relief.survey_facts import TeamDescribed
from tomoshibi.vocabulary.damage import DamageClass, Method

#: buildings by class in the report of the city of 2011 (Iwaki, 27 December 2011), and walls V on so many per cent
REPORT = {
    DamageClass.DESTROYED: (7_611, 80),
    DamageClass.LARGE_HALF: (6_821, 55),
    DamageClass.HALF: (22_727, 30),
    DamageClass.PARTIAL: (42_046, 5),
}
BUILDINGS, TEAMS, PER_DAY, AGAIN = 79_205, 40, 60, 0.27
QUAKE = date(2011, 3, 11)
START = datetime(2011, 3, 30, 0, 0, tzinfo=UTC)
ME, JUDGE = system("city"), Actor("user:judge", "副市長", (("approver", ""),))


def recorded(drafts: Any, actor: Actor = ME) -> None:
    for act in batched(drafts, 500):
        record(list(act), actor)


def sheet(share: int) -> Sheet:
    return Sheet(
        method=Method.EARTHQUAKE_WOODEN_FIRST,
        seen=(Seen.model_validate({"part": "wall", "degree": 5, "share": share}),),
    )


def simulate(buildings: int, teams: int, per_day: int) -> int:
    """Survey a city of that size until nobody waits; the days it took, as the forecast said."""
    chance = random.Random(20110311)
    house.town()
    opened = IncidentOpened(name="東日本大震災", hazard="earthquake", began=datetime(2011, 3, 11, 5, 46, tzinfo=UTC))
    record(Draft(opened, INCIDENT, incident=INCIDENT), ME)
    shares = [share for count, share in REPORT.values() for _ in range(count)]
    chance.shuffle(shares)
    seen = {f"relief.dwelling:{n:06}": shares[n] for n in range(buildings)}
    recorded(
        Draft(
            DwellingDescribed(
                address=f"灯市{n // 1000}町{n % 1000}番地",
                area=f"places.area:{n // 1000}",
                lat=36.9 + n // 1000 % 9 / 30 + chance.random() / 30,
                lon=140.7 + n // 9000 / 30 + chance.random() / 30,
            ),
            ref,
        )
        for n, ref in enumerate(seen)
    )
    planned = (SurveyPlanned(dwelling=ref, disaster_on=QUAKE) for ref in seen)
    recorded(Draft(fact, keys.survey(INCIDENT, fact.dwelling, 1), incident=INCIDENT) for fact in planned)
    crews = (TeamDescribed(name=f"第{n}班", per_day=per_day) for n in range(teams))
    recorded(Draft(fact, keys.team(INCIDENT, str(fact.name)), incident=INCIDENT) for fact in crews)

    days = 0
    with worlds.at(START):
        said = survey_queries.capacity(INCIDENT).days
    while True:
        with worlds.at(START + timedelta(days)):
            if not (waiting := queries.to_survey(INCIDENT).count()):
                break
            made = assigning.assign(INCIDENT, ME, survey_queries.today(), 1)
            assert made.assigned + made.left == waiting
            on = survey_queries.today()
            rows = list(SurveyRow.objects.filter(planned_on=on, surveyed_at__isnull=True))
            loads = Counter(r.team for r in rows for _ in range(3 if r.round > 1 else 1))
            assert max(loads.values()) <= per_day and len(rows) == made.assigned
            full = sum(loads.values()) > teams * per_day - 3 * teams
            assert full or made.left == 0, "a day with something left over is a full day"
            recorded(
                Draft(Surveyed(sheet=sheet(seen[r.dwelling]), surveyors="班員"), r.subject, incident=INCIDENT)
                for r in rows
            )
            found = {r.subject: r for r in SurveyRow.objects.filter(planned_on=on)}
            recorded(
                (
                    Draft(Judged(damage_class=DamageClass(found[r.subject].proposed)), r.subject, incident=INCIDENT)
                    for r in rows
                ),
                JUDGE,
            )
            again = [r for r in rows if r.round == 1 and chance.random() < AGAIN]
            recorded(
                Draft(
                    SurveyPlanned(dwelling=r.dwelling, round=2, disaster_on=QUAKE, reason="内部の調査の求め"),
                    keys.survey(INCIDENT, r.dwelling, 2),
                    incident=INCIDENT,
                )
                for r in again
            )
        days += 1
    assert said is not None and days >= said, "the first forecast knew of no second survey"
    return days


@pytest.mark.city
@pytest.mark.django_db
def test_a_citys_surveys() -> None:
    days = simulate(BUILDINGS, TEAMS, PER_DAY)
    assert days <= 65
    assert DwellingRow.objects.count() == BUILDINGS
    rounds = Counter(SurveyRow.objects.values_list("round", flat=True))
    assert rounds[1] == BUILDINGS and 0.26 < rounds[2] / BUILDINGS < 0.28
    judged = Counter(SurveyRow.objects.filter(round=1).values_list("judged", flat=True))
    assert judged == {found.value: count for found, (count, _) in REPORT.items()}, (
        "the report's classes, to the building"
    )
    assert not SurveyRow.objects.filter(same_eyes=True).exists()
    before = contents()
    rebuild()
    assert contents() == before
    assert verify().breaks == []
