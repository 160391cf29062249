"""A small town with two care facilities, five residents of the one and one of the other, and an open flood."""

from __future__ import annotations

from tomoshibi.facilities.evacuation_facts import Counted, HandedOver, Notified
from tomoshibi.facilities.facts import FacilityDescribed, ResidentDescribed
from tomoshibi.facilities.subjects import Resident, evacuation_of, facility_of, headcount_of
from tomoshibi.facilities.words import Care, Home, Identity, Moves, Phase
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed, SiteDescribed
from tomoshibi.places.subjects import Municipality, Site, SiteKind

ME = system("test")
INCIDENT = Incident.ref("flood")
SUN, SEA = Site.ref("sun"), Site.ref("sea")
HOME, OTHER = facility_of(SUN), facility_of(SEA)
EVACUATION = evacuation_of(INCIDENT, HOME)
#: somebody who works at the first home, and somebody of the second
CARER = Actor("user:carer", "介護職員", (("facility", SUN),))
STRANGER = Actor("user:stranger", "よその職員", (("facility", SEA),))
HQ = Actor("user:honbu", "本部", (("headquarters", ""),))

#: key, name, room, how moved
PEOPLE = (
    ("hana", "灯　花", "101", Moves.WHEELCHAIR),
    ("ume", "灯　梅", "102", Moves.ASSISTED),
    ("taro", "灯　太郎", "103", Moves.WALKS),
    ("kiku", "灯　菊", "104", Moves.STRETCHER),
    ("matsu", "灯　松", "105", Moves.WALKS),
)


def resident(key: str) -> str:
    return Resident.ref(key)


def head(key: str) -> str:
    return headcount_of(INCIDENT, HOME, resident(key))


def places() -> list[Draft]:
    return [
        Draft(MunicipalityDescribed(name="灯町", ours=True), Municipality.ref("07204")),
        Draft(
            SiteDescribed(
                name="ひだまり園",
                site_kind=SiteKind.FACILITY,
                phone="000-111-2222",
                email="sun@home.example",
                lat=37.05,
                lon=140.88,
            ),
            SUN,
        ),
        Draft(SiteDescribed(name="なぎさ荘", site_kind=SiteKind.FACILITY, phone="000-333-4444"), SEA),
        Draft(FacilityDescribed(name="ひだまり園", home=Home.NURSING, staff_night=2, destination="本町小学校"), HOME),
    ]


def card(key: str, name: str, room: str, moves: Moves, facility: str = HOME, away: str = "") -> Draft:
    fact = ResidentDescribed(
        facility=facility,
        name=name,
        kana="あかり　はな",
        room=room,
        care=Care.CARE_3,
        moves=moves,
        medicine="降圧薬 朝1錠",
        food="きざみ食",
        family=["灯　娘／長女／000-555-6666", "灯　息子／長男／000-777-8888"],
        away=away,
    )
    return Draft(fact, resident(key))


def people() -> list[Draft]:
    return [
        *(card(*person) for person in PEOPLE),
        card("guest", "灯　留守", "106", Moves.WALKS, away="入院中"),
        card("wave", "灯　波", "1", Moves.WALKS, facility=OTHER),
    ]


def opened() -> Draft:
    return Draft(IncidentOpened(name="台風第10号", hazard=Hazard.WIND_AND_FLOOD), INCIDENT, incident=INCIDENT)


def notified(facility: str = HOME, name: str = "ひだまり園") -> Draft:
    fact = Notified(
        facility=facility,
        name=name,
        level=3,
        area="本町地区",
        why="小本川の水位が避難判断水位に達した",
        what="要配慮者は避難を始める",
    )
    return Draft(fact, evacuation_of(INCIDENT, facility), incident=INCIDENT)


def count(key: str, phase: Phase, place: str = "") -> Draft:
    fact = Counted(facility=HOME, name="ひだまり園", resident=resident(key), phase=phase, place=place)
    return Draft(fact, head(key), incident=INCIDENT)


def handover(key: str) -> Draft:
    fact = HandedOver(
        facility=HOME,
        name="ひだまり園",
        resident=resident(key),
        to="灯　娘",
        relation="長女",
        identity=Identity.DOCUMENT,
        identity_note="運転免許証",
    )
    return Draft(fact, head(key), incident=INCIDENT)


def build() -> None:
    """Record the town in the world that we are in, up to the notice."""
    nodes.found("test")
    record([*places(), *people(), opened(), notified()], ME)
