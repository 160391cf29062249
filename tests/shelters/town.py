"""Two shelters of a small town in one earthquake, and people of invented names."""

from __future__ import annotations

import datetime as dt

from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import nodes
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed, SiteDescribed
from tomoshibi.places.subjects import Municipality, Site, SiteKind
from tomoshibi.residents.loading import household_key, person_key
from tomoshibi.residents.register import Record
from tomoshibi.residents.subjects import Household, Person
from tomoshibi.residents.taking import take
from tomoshibi.shelters.facts import Opened
from tomoshibi.shelters.stay_facts import CheckedIn
from tomoshibi.shelters.subjects import Shelter, Stay

ME = system("test")
INCIDENT = Incident.ref("quake")
SCHOOL, HALL = Site.ref("school"), Site.ref("hall")
AT_SCHOOL, AT_HALL = Shelter.of_site(INCIDENT, SCHOOL), Shelter.of_site(INCIDENT, HALL)
TARO, HANAKO, JIRO = (f"residents.person:{name}" for name in ("taro", "hanako", "jiro"))
HOUSE = "residents.household:akari"
#: on duty at the school alone, at the hall alone, in the whole town
SCHOOL_STAFF = Actor("user:school", "小学校 担当", (("shelter", SCHOOL),))
HALL_STAFF = Actor("user:hall", "公民館 担当", (("shelter", HALL),))
SHELTER_STAFF = Actor("user:shelter", "避難所 運営", (("shelter", ""),))
HEADQUARTERS = Actor("user:honbu", "本部 班長", (("headquarters", ""),))
CLERK = Actor("user:madoguchi", "窓口 職員", (("clerk", ""),))


def sites() -> list[Draft]:
    """Two sites and an open incident."""
    return [
        Draft(
            SiteDescribed(name="本町小学校", site_kind=SiteKind.SCHOOL, also=[SiteKind.SHELTER], lat=37.0, lon=140.9),
            SCHOOL,
        ),
        Draft(SiteDescribed(name="本町公民館", site_kind=SiteKind.SHELTER, capacity=2), HALL),
        Draft(IncidentOpened(name="福島県沖の地震"), INCIDENT, incident=INCIDENT),
    ]


def opened(*sites: str) -> list[Draft]:
    """The shelters of these sites open."""
    names = {SCHOOL: ("本町小学校", 300), HALL: ("本町公民館", 2)}
    return [
        Draft(
            Opened(site=site, name=names[site][0], capacity=names[site][1]),
            Shelter.of_site(INCIDENT, site),
            incident=INCIDENT,
        )
        for site in sites
    ]


def check_in(person: str, shelter: str, name: str = "灯太郎", **more: object) -> Draft:
    """A resident taken in."""
    site = SCHOOL if shelter == AT_SCHOOL else HALL
    fact = CheckedIn(shelter=shelter, site=site, person=person, name=name, **more)
    return Draft(fact, Stay.of_person(INCIDENT, person), incident=INCIDENT)


#: the register: number, household, relation, name, kana, born, sex, protected
_PEOPLE = (
    ("1", "a", "世帯主", "灯　太郎", "アカリ　タロウ", "1980-04-01", "男", ""),
    ("2", "a", "妻", "灯　花子", "アカリ　ハナコ", "1982-05-02", "女", ""),
    ("3", "a", "子", "灯　次郎", "アカリ　ジロウ", "2020-06-03", "男", ""),
    ("4", "b", "世帯主", "影山　光", "カゲヤマ　ヒカリ", "1990-01-01", "女", "1"),
    ("5", "c", "世帯主", "浜　一郎", "ハマ　イチロウ", "1950-01-01", "男", ""),
)
MUNICIPALITY = "07204"


def register() -> None:
    """Take a register of three households in: the Akaris, one protected person, and one alone."""
    record(Draft(MunicipalityDescribed(name="灯町", ours=True), Municipality.ref(MUNICIPALITY)), ME)
    records = [
        Record(n, h, relation, name, kana, born, sex, "本町", f"{n}-1", "", "", "", protected)
        for n, h, relation, name, kana, born, sex, protected in _PEOPLE
    ]
    take(records, dt.date(2026, 11, 1), ME)


def resident(number: str) -> str:
    """Reference of a person of the register."""
    return Person.ref(person_key(MUNICIPALITY, number))


def household(number: str) -> str:
    """Reference of a household of the register."""
    return Household.ref(household_key(MUNICIPALITY, number))


def build() -> None:
    """The town in the world that we are in: its register, two sites, an incident, both shelters open."""
    nodes.found("test")
    register()
    for draft in (*sites(), *opened(SCHOOL, HALL)):
        record(draft, ME)
