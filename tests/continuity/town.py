"""The demonstration city's items and counters, and the disaster of March 2011 as the shipped scenario tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic

from tomoshibi.continuity import demo
from tomoshibi.drills.scenario import Scenario, find, load
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed, SiteDescribed
from tomoshibi.places.subjects import Municipality, Site, SiteKind

ME = system("test")
BEGAN = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)
INCIDENT = Incident.ref("great-earthquake")


def build() -> None:
    """The town and its inventory, in the world that we are in."""
    nodes.found("test")
    us = MunicipalityDescribed(name="灯市", ours=True, codes=[])
    if EntryRow.objects.filter(subject=Municipality.ref("07204")).exists():
        return
    schools = [(n, SiteDescribed(name=n, site_kind=SiteKind.SCHOOL, lat=36.9, lon=140.7)) for n in SCHOOLS]
    record([Draft(us, Municipality.ref("07204")), *(Draft(fact, Site.ref(n)) for n, fact in schools)], ME)
    demo.load_items()


SCHOOLS = ("田上第一小学校", "田上第二小学校")


def opened(incident: str = INCIDENT, began: datetime = BEGAN) -> str:
    """An incident that began at a moment; the same one again records nothing more."""
    fact = IncidentOpened(name="東北地方太平洋沖地震", hazard=Hazard.EARTHQUAKE, began=began)
    if not EntryRow.objects.filter(subject=incident).exists():
        record(Draft(fact, incident, happened_at=began, incident=incident), ME)
    return incident


def happened(until: timedelta = timedelta(days=400)) -> str:
    """Record what the scenario iwaki-2011 tells of this room, up to a time after the beginning."""
    opened()
    record(list(drafts(load(find("iwaki-2011")), until)), ME)
    return INCIDENT


def drafts(scenario: Scenario, until: timedelta) -> list[Draft]:
    """The scenario's facts of this room, addressed as a drill addresses them."""
    titles = {(r.type, r.title): r.subject for r in SubjectRow.objects.all()}
    named = {name: titles.get(tuple(ref.split(":", 1)), "") for name, ref in scenario.names.items()}  # type: ignore[call-overload]

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(v) for v in value]
        return named[value[1:]] if isinstance(value, str) and value.startswith("&") else value

    found = []
    for step in scenario.steps:
        if step.fact is None or not step.fact.kind.startswith("continuity.") or step.at > until:
            continue
        fields = {key: resolved(value) for key, value in step.fields.items()}
        fact = step.fact.model_validate_json(pydantic.TypeAdapter(dict[str, Any]).dump_json(fields))
        about = getattr(fact, "about", None)
        subject = named[step.of] if step.of else about(INCIDENT) if about else step.fact.subject.ref(step.name)
        if step.name:
            named[step.name] = subject
        found.append(Draft(fact, subject, happened_at=BEGAN + step.at, incident=INCIDENT))
    return found
