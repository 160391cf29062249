"""One damaged house for tests: a town, an incident, a household that applies, a survey and its judgement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed
from tomoshibi.places.subjects import Municipality
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.papers import Applied, CertificateIssued
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.words import Structure
from tomoshibi.vocabulary.damage import DamageClass, Method

ME = system("test")
CLERK = Actor("user:1", "窓口 職員", (("clerk", ""),))
SURVEYOR = Actor("user:2", "調査員", (("surveyor", ""),))
JUDGE = Actor("user:3", "副市長", (("approver", ""),))
HEAD = Actor("user:4", "本部 班長", (("headquarters", ""),))
INCIDENT = "incidents.incident:quake"
DAY = date(2024, 1, 1)
AT, LATER = datetime(2024, 1, 3, 1, 0, tzinfo=UTC), datetime(2024, 1, 5, 1, 0, tzinfo=UTC)
HOUSE = Dwelling.ref("house")
HOUSEHOLD = "residents.household:h1"
MEMBERS = [{"name": "灯　太郎", "relation": "世帯主"}, {"name": "灯　花子", "relation": "妻"}]

#: walls IV on 40 % and III on 20 %, roof III on half: 75×0.3 + 75×0.1 + 15×0.25 = 33.75 %
CRACKED = Sheet.model_validate(
    {
        "method": "earthquake-wooden-1",
        "seen": [
            {"part": "roof", "degree": 3, "share": 50},
            {"part": "wall", "degree": 4, "share": 40},
            {"part": "wall", "degree": 3, "share": 20},
        ],
    }
)
LEANING = Sheet(method=Method.EARTHQUAKE_WOODEN_FIRST, tilt_mm=60)

APPLICATION = "relief.application:a1"
SURVEY = "relief.survey:s1"
SERIAL = "2024-N0001-000001"

dwelling = DwellingDescribed(address="灯市平字梅本21番地", structure=Structure.WOODEN, storeys=2, lat=37.05, lon=140.89)
planned = SurveyPlanned(dwelling=HOUSE, disaster_on=DAY)
surveyed = Surveyed(sheet=CRACKED, surveyors="調査員")
judged = Judged(damage_class=DamageClass.MEDIUM_HALF)


def applied(**changes: Any) -> Applied:
    """The household's application."""
    said: dict[str, Any] = {
        "applicant": "灯　太郎",
        "householder": "灯　太郎",
        "householder_kana": "あかり　たろう",
        "householder_address": "灯市平字梅本21番地",
        "household": HOUSEHOLD,
        "members": MEMBERS,
        "dwelling": HOUSE,
        "damaged_address": "灯市平字梅本21番地",
        "cause": "令和6年1月1日の地震",
    }
    return Applied(**{**said, **changes})


def issued(**changes: Any) -> CertificateIssued:
    """The certificate of it."""
    said: dict[str, Any] = {
        "serial": SERIAL,
        "application": APPLICATION,
        "household": HOUSEHOLD,
        "dwelling": HOUSE,
        "survey": SURVEY,
        "householder": "灯　太郎",
        "householder_address": "灯市平字梅本21番地",
        "members": MEMBERS,
        "cause": "令和6年1月1日の地震",
        "damaged_address": "灯市平字梅本21番地",
        "damage_class": DamageClass.MEDIUM_HALF,
        "disaster_on": DAY,
        "issued_on": date(2024, 1, 20),
        "issuer": "灯市長　山田　一郎",
    }
    return CertificateIssued(**{**said, **changes})


def say(fact: Any, subject: str, actor: Actor = ME) -> Entry:
    """Record one fact of the incident."""
    (entry,) = record(Draft(fact, subject, happened_at=AT, incident=INCIDENT), actor)
    return entry


BEFORE = (
    Draft(dwelling, HOUSE),
    Draft(applied(), APPLICATION, incident=INCIDENT),
    Draft(planned, SURVEY, incident=INCIDENT),
    Draft(surveyed, SURVEY, incident=INCIDENT),
)


def town() -> None:
    """A node and the municipality."""
    nodes.found("test")
    record(Draft(MunicipalityDescribed(name="灯市", ours=True), Municipality.ref("07204")), ME)


def shaken() -> None:
    """The town, and the earthquake's incident open."""
    town()
    opened = IncidentOpened(name="能登の地震", hazard=Hazard.EARTHQUAKE, began=datetime(2024, 1, 1, 7, 10, tzinfo=UTC))
    record(Draft(opened, INCIDENT, incident=INCIDENT), ME)


def until(step: str) -> None:
    """Bring the house to ``applied``, ``planned``, ``surveyed``, ``judged`` or ``issued``."""
    say(dwelling, HOUSE)
    steps = {
        "applied": (applied(), APPLICATION, CLERK),
        "planned": (planned, SURVEY, CLERK),
        "surveyed": (surveyed, SURVEY, SURVEYOR),
        "judged": (judged, SURVEY, JUDGE),
        "issued": (issued(), "relief.certificate:c1", CLERK),
    }
    for name, (fact, subject, actor) in steps.items():
        say(fact, subject, actor)
        if name == step:
            return
