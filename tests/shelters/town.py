"""Two shelters of a small town in one earthquake, and people of invented names."""

from __future__ import annotations

from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import Draft
from tomoshibi.places.facts import SiteDescribed
from tomoshibi.places.subjects import Site, SiteKind
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
