"""A small town by a river and the sea: two districts, a block, a hazard zone, four sites, and two people to decide."""

from __future__ import annotations

from typing import Any

from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed, MunicipalityDescribed, SiteDescribed
from tomoshibi.places.subjects import Area, AreaKind, Municipality, Site, SiteKind
from tomoshibi.publishing.facts import APPROVALS, OrderProposed
from tomoshibi.publishing.subjects import Order
from tomoshibi.publishing.words import Act, Danger

ME = system("test")
HONBU = Actor("user:honbu", "本部 班長", (("headquarters", ""),))
SHONIN = Actor("user:shonin", "副市長", (("approver", ""),))
BOTH = Actor("user:both", "兼務", (("headquarters", ""), ("approver", "")))
INCIDENT = Incident.ref("11111111-0000-4000-8000-000000000001")
RIVER, COAST, BLOCK, ZONE = (Area.ref(key) for key in ("river", "coast", "river-1", "zone"))
SCHOOL, HOME, HALL, OFFICE = (Site.ref(key) for key in ("school", "home", "hall", "office"))
ORDER = Order.ref("22222222-0000-4000-8000-000000000001")
OTHER = Order.ref("22222222-0000-4000-8000-000000000002")


def square(west: float, south: float, size: float = 0.02) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def places() -> list[Draft]:
    def area(ref: str, name: str, kind: AreaKind, **more: Any) -> Draft:
        return Draft(AreaDescribed(name=name, area_kind=kind, **more), ref)

    def site(ref: str, name: str, kind: SiteKind, lat: float | None, lon: float | None, **more: Any) -> Draft:
        return Draft(SiteDescribed(name=name, site_kind=kind, lat=lat, lon=lon, **more), ref)

    river, coast = square(140.80, 37.00), square(140.90, 37.00)
    return [
        Draft(MunicipalityDescribed(name="灯町", ours=True), Municipality.ref("07204")),
        area(RIVER, "川端地区", AreaKind.DISTRICT, population=3400, households=1300, geometry=river),
        area(COAST, "浜地区", AreaKind.DISTRICT, population=800, households=310, geometry=coast),
        area(BLOCK, "川端1丁目", AreaKind.BLOCK, population=400, households=150, parent=RIVER),
        area(ZONE, "浸水想定区域", AreaKind.HAZARD, geometry=square(140.81, 37.01, 0.1)),
        site(SCHOOL, "川端小学校", SiteKind.SCHOOL, 37.005, 140.805, also=[SiteKind.SHELTER], capacity=300),
        site(HOME, "ひだまり園", SiteKind.FACILITY, 37.005, 140.91, capacity=40),
        site(HALL, "川端集会所", SiteKind.SHELTER, None, None, district=BLOCK),
        site(OFFICE, "灯町役場", SiteKind.HEAD_OFFICE, 36.5, 140.5, phone="000-111-2222"),
    ]


def build() -> None:
    """Record the town and an open incident in the world that we are in."""
    nodes.found("test")
    record(places(), ME)
    record(Draft(IncidentOpened(name="大雨", hazard=Hazard.WIND_AND_FLOOD), INCIDENT, incident=INCIDENT), ME)


def proposal(**said: Any) -> OrderProposed:
    """A proposal of level 4 for the river district, unless ``said`` otherwise."""
    return OrderProposed.model_validate(
        {
            "level": 4,
            "danger": Danger.FLOOD,
            "areas": [RIVER],
            "where": "川端地区",
            "reason": "川の水位が氾濫危険水位に達した。",
            "advice": "川端小学校へ避難してください。",
            **said,
        }
    )


def propose(subject: str = ORDER, actor: Actor = HONBU, **said: Any) -> Entry:
    """Record a proposal."""
    (entry,) = record(Draft(proposal(**said), subject, incident=INCIDENT), actor)
    return entry


def approve(entry: Entry, act: Act = Act.ISSUE, actor: Actor = SHONIN) -> Entry:
    """Record the approval of a proposal."""
    (done,) = record(Draft(APPROVALS[act](proposal=entry.id), entry.subject, incident=INCIDENT), actor)
    return done


def issue(subject: str = ORDER, **said: Any) -> Entry:
    """Propose and approve; the approval."""
    return approve(propose(subject, **said))
