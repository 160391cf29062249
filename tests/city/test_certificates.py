"""A city's certificates after 2011: applications over thirty days, surveys, second surveys, certificates for all.

Figures of the report (seed): 全壊 7,611, 大規模半壊 6,821, 半壊 22,727, 一部損壊 42,046 buildings; second surveys 27 %,
as in 2016.
The suite plays one fiftieth; ``make city`` the whole city (``TOMOSHIBI_CITY_SHARE=10`` plays a tenth of it).
"""

from __future__ import annotations

import os
import resource
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import batched
from random import Random
from typing import Any

import pytest

from tests.journal.worlds import exchange, founded
from tests.relief.house import HEAD, INCIDENT, JUDGE
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.journal import sql, tasks, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.projecting import rebuild, tables
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed
from tomoshibi.places.subjects import Municipality
from tomoshibi.relief import batches, issuing, keys, victims
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.models import ApplicationRow, CertificateRow, SurveyRow
from tomoshibi.relief.papers import Applied, CertificateRevoked
from tomoshibi.relief.queueing import History
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.victim_models import ClaimRow
from tomoshibi.relief.victims import SupportAsked, SupportDecided, SupportPaid
from tomoshibi.relief.words import Kind, Stage, Standing, Structure
from tomoshibi.vocabulary.damage import DamageClass as D

BUILDINGS = {D.DESTROYED: 7_611, D.LARGE_HALF: 6_821, D.HALF: 22_727, D.PARTIAL: 42_046}
#: what a surveyor saw of each class, by the classes of 2011
SHEETS = {
    D.DESTROYED: {"method": "earthquake-wooden-1", "tilt_mm": 60},
    D.LARGE_HALF: {"method": "earthquake-wooden-1", "seen": [{"part": "wall", "degree": 5, "share": 55}]},
    D.HALF: {"method": "earthquake-wooden-1", "seen": [{"part": "wall", "degree": 5, "share": 30}]},
    D.PARTIAL: {"method": "earthquake-wooden-1", "seen": [{"part": "wall", "degree": 2, "share": 20}]},
}
DAY, OPENED = date(2011, 3, 11), datetime(2011, 3, 29, 0, 0, tzinfo=UTC)
DAYS, COUNTERS, SECOND, TWO_HOMES = 30, 8, 0.27, 0.06
#: buildings a day that all teams survey, as a share of the city: the last is seen some days after the last applies
PACE = 1 / 36
CLERKS = [Actor(f"user:{n}", f"窓口{n}", (("clerk", ""),)) for n in range(10, 10 + COUNTERS)]
SURVEYORS = Actor("user:2", "調査班", (("surveyor", ""),))
ACT = 100


class City:
    """The town's days, and what an onlooker with pencil and paper counted of them."""

    def __init__(self, share: int) -> None:
        self.chance = Random(20110311)
        self.found = [c for c, n in BUILDINGS.items() for _ in range(n // share)]
        self.chance.shuffle(self.found)
        self.size = len(self.found)
        #: application -> building; building -> its applications
        self.homes: dict[int, list[str]] = {n: [] for n in range(self.size)}
        self.stage: Counter[Stage] = Counter()
        self.counted: list[tuple[datetime, Counter[Stage]]] = []
        self.issued = 0

    def household(self, building: int, number: int) -> str:
        return f"residents.household:{building}-{number}"

    def apply(self, day: int) -> None:
        """More come in the first days; every counter takes its share."""
        weights = [1.0 / (1 + d / 8) for d in range(DAYS)]
        until = round(self.size * sum(weights[: day + 1]) / sum(weights))
        since = round(self.size * sum(weights[:day]) / sum(weights))
        drafts: list[list[Draft]] = [[] for _ in range(COUNTERS)]
        for n in range(since, until):
            place = Dwelling.ref(f"b{n}")
            mine = drafts[n % COUNTERS]
            address = f"灯市平字梅本{n + 1}番地"
            mine.append(Draft(DwellingDescribed(address=address, structure=Structure.WOODEN), place))
            for number in range(2 if self.chance.random() < TWO_HOMES else 1):
                ref = f"relief.application:{n}-{number}"
                fact = Applied(
                    applicant=f"灯　太郎{n}",
                    householder=f"灯　太郎{n}-{number}",
                    householder_address=address,
                    household=self.household(n, number),
                    dwelling=place,
                    damaged_address=address,
                    cause="平成23年3月11日の地震",
                )
                mine.append(Draft(fact, ref, incident=INCIDENT))
                self.homes[n].append(ref)
                self.stage[Stage.APPLIED] += 1
            mine.append(
                Draft(
                    SurveyPlanned(dwelling=place, disaster_on=DAY, team=f"{n % 20 + 1}班"),
                    f"relief.survey:{n}-1",
                    incident=INCIDENT,
                )
            )
        for clerk, mine in zip(CLERKS, drafts, strict=True):
            for act in batched(mine, ACT):
                record(act, clerk)

    def survey(self, buildings: Iterable[int], round: int, at: datetime) -> None:
        """Surveyed in the morning, judged in the afternoon."""
        some = list(buildings)
        moved = sum(len(self.homes[n]) for n in some)
        for act in batched(some, ACT):
            found = [
                Draft(
                    Surveyed(sheet=Sheet.model_validate(SHEETS[self.found[n]]), surveyors="調査班"),
                    f"relief.survey:{n}-{round}",
                )
                for n in act
            ]
            record(found, SURVEYORS)
        if round == 1:
            self.stage[Stage.APPLIED] -= moved
            self.stage[Stage.SURVEYED] += moved
        self.note(at)
        with worlds.at(at + timedelta(hours=3)):
            for act in batched(some, ACT):
                record([Draft(Judged(damage_class=self.found[n]), f"relief.survey:{n}-{round}") for n in act], JUDGE)
            while tasks.tick(1000):
                pass
        if round == 1:
            self.stage[Stage.SURVEYED] -= moved
            self.stage[Stage.JUDGED] += moved
        self.note(at + timedelta(hours=3))

    def issue(self, clerk: Actor, at: datetime) -> None:
        while rows := batches.ready(INCIDENT, Kind.DISASTER, clerk):
            batch = batches.start(f"{at:%m-%d}", rows, clerk, str(uuid.UUID(int=self.chance.getrandbits(128))))
            while batches.run(batch, clerk).left:
                pass
            self.issued += len(rows)
            self.stage[Stage.JUDGED] -= len(rows)
            self.stage[Stage.ISSUED] += len(rows)
            if len(rows) < batches.LARGEST:
                break
        self.note(at)

    def note(self, at: datetime) -> None:
        self.counted.append((at, Counter(self.stage)))


def fingerprint() -> dict[str, str]:
    """Every read-side table as a digest: a city's rows do not fit beside themselves."""
    quote = worlds.connection().ops.quote_name
    found = {}
    for model in (*tables(), SubjectRow):
        columns = ", ".join(quote(f.column or f.attname) for f in model._meta.concrete_fields)
        first = quote(model._meta.pk.column)  # type: ignore[union-attr]
        told = sha256()
        for row in sql.stream(f"SELECT {columns} FROM {quote(model._meta.db_table)} ORDER BY {first}"):
            told.update(repr(row).encode())
        found[model._meta.db_table] = told.hexdigest()
    return found


def raised(city: City) -> Iterator[int]:
    """Buildings of the second surveys that come out a class worse."""
    worse = {D.PARTIAL: D.HALF, D.HALF: D.LARGE_HALF, D.LARGE_HALF: D.DESTROYED}
    for n in range(0, city.size, 7):
        if city.found[n] in worse:
            city.found[n] = worse[city.found[n]]
            yield n


SHARES = [50, pytest.param(int(os.environ.get("TOMOSHIBI_CITY_SHARE", "1")), marks=pytest.mark.city)]


@pytest.mark.django_db(databases=["default", "north"])
@pytest.mark.parametrize("share", SHARES)
def test_a_citys_certificates(share: int, settings: Any, tmp_path: Any) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    started = time.monotonic()
    founded("default", "north")
    town = MunicipalityDescribed(name="灯市", ours=True)
    opened = IncidentOpened(name="大地震", hazard="earthquake", began=datetime(2011, 3, 11, 5, 46, tzinfo=UTC))
    record([Draft(town, Municipality.ref("07204")), Draft(opened, INCIDENT, incident=INCIDENT)], system("city"))
    city = City(share)
    seen, pace = 0, max(round(city.size * PACE), 1)
    day = 0
    while city.issued < sum(map(len, city.homes.values())) or day < DAYS:
        at = OPENED + timedelta(days=day)
        if day < DAYS:
            with worlds.at(at):
                city.apply(day)
            city.note(at)
        applied = sum(1 for homes in city.homes.values() if homes)
        upto = min(seen + pace, applied)
        with worlds.at(at + timedelta(hours=1)):
            city.survey(range(seen, upto), 1, at + timedelta(hours=1))
        seen = upto
        with worlds.at(at + timedelta(hours=6)):
            city.issue(CLERKS[day % COUNTERS], at + timedelta(hours=6))
        day += 1
        assert day < 3 * DAYS
    households = sum(map(len, city.homes.values()))
    assert CertificateRow.objects.filter(standing=Standing.VALID).count() == households == city.issued
    assert SurveyRow.objects.count() == city.size < households, "surveys are of buildings, certificates of households"

    history = History(INCIDENT)
    for at, counted in city.counted:
        figures = history.at(at)
        assert {s: n for s, n in figures.households.items() if n} == {s: n for s, n in counted.items() if n}, at
    middle = OPENED + timedelta(days=15, hours=8)
    forecast = history.forecast(middle)
    assert forecast.advice is not None and forecast.advice[0] is Stage.APPLIED, "the surveys keep everybody waiting"

    # one household was paid by the class that a second survey then raises
    second = list(raised(city))
    again = second + [n for n in range(city.size) if n % 7][: round(city.size * SECOND) - len(second)]
    paid = next(n for n in second if city.found[n] is D.DESTROYED)
    claim = victims.claim_ref(INCIDENT, "livelihood-base", city.household(paid, 0))
    at = OPENED + timedelta(days=day + 1)
    with worlds.at(at):
        asked = SupportAsked(scheme="livelihood-base", household=city.household(paid, 0))
        record(Draft(asked, claim, incident=INCIDENT), CLERKS[0])
        record(
            [
                Draft(SupportDecided(amount=375_000, damage_class=D.LARGE_HALF), claim),
                Draft(SupportPaid(amount=375_000), claim),
            ],
            HEAD,
        )
        for act in batched(again, ACT):
            plans = [
                Draft(
                    SurveyPlanned(dwelling=Dwelling.ref(f"b{n}"), round=2, disaster_on=DAY, reason="内部の調査を希望"),
                    f"relief.survey:{n}-2",
                    incident=INCIDENT,
                )
                for n in act
            ]
            record(plans, CLERKS[1])
    later = at + timedelta(hours=2)
    with worlds.at(later):
        city.survey(again, 2, later)
    old = CertificateRow.objects.filter(standing=Standing.SUPERSEDED)
    lost = sum(len(city.homes[n]) for n in second)
    assert old.count() == lost, "whose class changed, and nobody else's"
    assert ClaimRow.objects.get().owed == 750_000, "a household of one, of a house now destroyed"
    city.stage[Stage.ISSUED] -= lost
    city.stage[Stage.JUDGED] += lost
    end = at + timedelta(days=1)
    with worlds.at(end):
        city.issue(CLERKS[2], end)
    assert CertificateRow.objects.filter(standing=Standing.VALID).count() == households
    figures = History(INCIDENT).at(end)
    assert (figures.households[Stage.ISSUED], figures.certificates) == (households, households)
    assert {law.name for law, _ in breaches() if law.name.startswith("relief.")} == set()

    # two counters that cannot reach one another issue for one household; they meet, it is shown, and settled
    place, home = Dwelling.ref("apart"), "residents.household:apart"
    ref = keys.application(INCIDENT, home, place)
    asked_for = Applied(
        applicant="灯　花子",
        householder="灯　花子",
        householder_address="灯市平字梅本0番地",
        household=home,
        dwelling=place,
        damaged_address="灯市平字梅本0番地",
        cause="平成23年3月11日の地震",
    )
    for alias in ("default", "north"):
        with worlds.inhabit(alias), worlds.at(end + timedelta(hours=1)):
            if alias == "north":
                record(
                    [Draft(town, Municipality.ref("07204")), Draft(opened, INCIDENT, incident=INCIDENT)], system("x")
                )
            survey = keys.survey(INCIDENT, place, 1)
            record(
                [
                    Draft(DwellingDescribed(address="灯市平字梅本0番地"), place),
                    Draft(asked_for, ref, incident=INCIDENT),
                ],
                CLERKS[3],
            )
            record(Draft(SurveyPlanned(dwelling=place, disaster_on=DAY), survey, incident=INCIDENT), CLERKS[3])
            record(Draft(Surveyed(sheet=Sheet.model_validate(SHEETS[D.HALF]), surveyors="調査班"), survey), SURVEYORS)
            record(Draft(Judged(damage_class=D.HALF), survey), JUDGE)
            issuing.issue(ref, CLERKS[3])
    exchange("north", "default")
    assert ApplicationRow.objects.get(subject=ref).taken == 2
    (finding,) = {law.name: found for law, found in breaches()}["relief.certified_once"]
    record(Draft(CertificateRevoked(reason="二つの窓口で重複して交付"), finding.subjects[1]), HEAD)
    assert "relief.certified_once" not in {law.name for law, _ in breaches()}

    before = fingerprint()
    rebuild()
    assert fingerprint() == before
    papers = list(CertificateRow.objects.filter(standing=Standing.VALID).order_by("serial")[:20])
    assert batches.pdf(papers).startswith(b"%PDF")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n1/{share}: {city.size:,} buildings, {households:,} households, {len(again):,} second surveys, {day} days; "
        f"{time.monotonic() - started:.0f} s, {memory:.0f} MB",
        file=sys.stderr,
    )
    if share != 50:
        assert memory < 1024, f"{memory:.0f} MB"
