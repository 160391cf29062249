"""The queue at any past moment, its forecast and its advice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.relief import house
from tests.relief.house import CLERK, HEAD, INCIDENT, JUDGE, SURVEYOR
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import queries
from tomoshibi.relief.facts import Judged, SurveyPlanned
from tomoshibi.relief.papers import ApplicationWithdrawn, CertificateRevoked
from tomoshibi.relief.queueing import WAITING, History, Pace, _empties
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.words import Kind, Stage
from tomoshibi.vocabulary.damage import DamageClass

START = datetime(2024, 1, 3, 0, 0, tzinfo=UTC)


def acts(chance: Random, number: int, house_no: int) -> list[Draft]:
    """One random thing that may happen to the household, or to its building."""
    app, dwelling = f"relief.application:a{number}", Dwelling.ref(f"d{house_no}")
    survey = f"relief.survey:{house_no}-{chance.randint(1, 2)}"
    round = int(survey[-1])
    kind = Kind.VICTIM if number % 7 == 0 else Kind.DISASTER
    about = {"things": ["vehicle"], "damage_told": "水没"} if kind is Kind.VICTIM else {}
    asked = house.applied(
        household=f"residents.household:h{number}", dwelling=dwelling, kind_of_paper=kind.value, **about
    )
    paper = house.issued(
        serial=f"2024-N0001-{chance.randint(1, 999999):06}",
        application=app,
        household=f"residents.household:h{number}",
        dwelling=dwelling,
        survey="",
        kind_of_paper=kind.value,
        damage_class=None if kind is Kind.VICTIM else DamageClass.MEDIUM_HALF,
        **about,
    )
    held = [c.subject for c in queries.certificates_of(app) if c.standing == "valid"]
    choices = [
        Draft(asked, app, incident=INCIDENT),
        Draft(
            SurveyPlanned(dwelling=dwelling, round=round, disaster_on=house.DAY, reason="再"), survey, incident=INCIDENT
        ),
        Draft(house.surveyed, survey, incident=INCIDENT),
        Draft(Judged(damage_class=DamageClass.MEDIUM_HALF), survey, incident=INCIDENT),
        Draft(paper, f"relief.certificate:{paper.serial}", incident=INCIDENT),
        Draft(ApplicationWithdrawn(reason="重複"), app, incident=INCIDENT),
        *(Draft(CertificateRevoked(reason="誤り"), c, incident=INCIDENT) for c in held),
    ]
    return [chance.choices(choices, [6, 5, 5, 5, 6, 1, *([1] * len(held))])[0]]


ACTOR = {"applied": CLERK, "survey_planned": CLERK, "surveyed": SURVEYOR, "judged": JUDGE, "certificate_revoked": HEAD}


@pytest.mark.django_db
def test_any_past_moment_is_what_the_tables_said_then() -> None:
    house.town()
    chance, seen, done = Random(20110311), [], 0
    for step in range(450):
        at = START + timedelta(minutes=7 * step)
        number = chance.randint(1, 14)
        (draft,) = acts(chance, number, number // 2)
        draft = Draft(draft.fact, draft.subject, incident=INCIDENT, happened_at=at)
        try:
            record(draft, ACTOR.get(draft.fact.kind.partition(".")[2], CLERK))
        except Refused:
            continue
        done += 1
        if done % 3 == 0:
            seen.append((at, queries.queue(INCIDENT)))
    history = History(INCIDENT)
    assert done > 120 and {s for _, q in seen for s in Stage if getattr(q, s.value)} == set(Stage)
    for at, then in seen:
        found = history.at(at)
        assert {s.value: n for s, n in found.households.items()} == {s.value: getattr(then, s.value) for s in Stage}, at
        assert (found.certificates, found.waiting) == (then.certificates, then.waiting)
    assert not any(history.at(START - timedelta(seconds=1)).households.values())
    last = history.at(seen[-1][0])
    dwellings = queries.applications(INCIDENT).filter(withdrawn=False, kind=Kind.DISASTER)
    standing = sum(n for s, n in last.buildings.items() if s is not Stage.WITHDRAWN)
    assert standing == len(set(dwellings.values_list("dwelling", flat=True)))
    days = history.days(seen[-1][0], 5)
    assert days[-1].waiting == seen[-1][1].waiting and sum(d.new for d in days) >= 14


def test_a_queue_empties_on_the_day_that_its_slowest_stage_needs() -> None:
    none = dict.fromkeys(WAITING, 0.0)
    stock = {Stage.APPLIED: 100.0, Stage.SURVEYED: 0.0, Stage.JUDGED: 0.0}
    rates = {Stage.APPLIED: 10.0, Stage.SURVEYED: 50.0, Stage.JUDGED: 25.0}
    assert _empties(stock, rates, none, 1.0) == 10
    assert _empties(stock, {**rates, Stage.APPLIED: 20.0}, none, 1.0) == 5
    assert _empties(stock, {**rates, Stage.JUDGED: 0.0}, none, 1.0) is None
    arriving = {**none, Stage.APPLIED: 12.0}
    assert _empties(stock, rates, arriving, 1.0) is None, "more come than are surveyed"
    assert _empties(stock, rates, arriving, 0.5) is not None, "until fewer come"
    assert _empties(none, rates, none, 1.0) == 0


@pytest.mark.django_db
def test_the_forecast_says_where_a_team_more_helps() -> None:
    house.town()
    drafts = []
    for n in range(60):  # all apply on the first day; one team surveys four a day, judged and issued the same day
        dwelling, app, survey = Dwelling.ref(f"d{n}"), f"relief.application:a{n}", f"relief.survey:{n}"
        asked = house.applied(household=f"residents.household:h{n}", dwelling=dwelling)
        drafts.append((START, Draft(asked, app, incident=INCIDENT), CLERK))
        if n < 40:
            at = START + timedelta(days=1 + n // 4, hours=n % 4)
            plan = SurveyPlanned(dwelling=dwelling, disaster_on=house.DAY, team="1班")
            drafts.append((START, Draft(plan, survey, incident=INCIDENT), CLERK))
            drafts.append((at, Draft(house.surveyed, survey, incident=INCIDENT), SURVEYOR))
            drafts.append((at + timedelta(minutes=30), Draft(house.judged, survey, incident=INCIDENT), JUDGE))
            paper = house.issued(
                serial=f"2024-N0001-{n + 1:06}",
                application=app,
                household=f"residents.household:h{n}",
                dwelling=dwelling,
                survey=survey,
            )
            issue = Draft(paper, f"relief.certificate:{n}", incident=INCIDENT)
            drafts.append((at + timedelta(minutes=40), issue, CLERK))
    for at, draft, actor in drafts:
        record(Draft(draft.fact, draft.subject, incident=INCIDENT, happened_at=at), actor)
    now = START + timedelta(days=10, hours=12)
    found = History(INCIDENT).forecast(now)
    assert (found.waiting, found.arrivals) == (20, 0.0)
    assert found.paces[Stage.APPLIED] == Pace(Stage.APPLIED, 4.0, 1, False)
    assert found.paces[Stage.JUDGED].unproven and found.paces[Stage.JUDGED].rate == 4.0
    assert found.empty is not None and (found.empty - found.today).days == 5
    assert found.advice == (Stage.APPLIED, 2), "twenty at eight a day: the third day; no other stage is in the way"
    much_later = History(INCIDENT).forecast(now + timedelta(days=20))
    assert much_later.empty is None and much_later.idle == list(WAITING) and much_later.advice is None
