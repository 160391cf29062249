"""Readings of the room's tables, named as questions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tomoshibi.incidents.queries import open_incidents, with_merged
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.places.models import SiteRow
from tomoshibi.residents.matching import name_form
from tomoshibi.residents.queries import Person, persons
from tomoshibi.shelters.models import NeedRow, ShelterRow, StayRow


def shelters(incident: str = "") -> QuerySet[ShelterRow]:
    """Shelters of an incident (of every open one where none is named), open ones first, with ``registered``: how many
    people are checked in.
    """
    of = with_merged(incident) if incident else [s for i in open_incidents() for s in with_merged(i.subject)]
    found = _with_registered(ShelterRow.objects.filter(incident__in=of))
    return found.order_by(F("closed_at").asc(nulls_first=True), "name")


def _with_registered(rows: QuerySet[ShelterRow]) -> QuerySet[ShelterRow]:
    inside = (
        StayRow.objects.filter(shelter=OuterRef("subject"), out_at=None)
        .order_by()
        .values("shelter")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return rows.annotate(registered=Coalesce(Subquery(inside, output_field=IntegerField()), Value(0)))


def shelter(subject: str) -> ShelterRow | None:
    """The shelter of that reference, with ``registered``."""
    return _with_registered(ShelterRow.objects.filter(subject=subject)).first()


def open_shelters(incident: str = "") -> list[ShelterRow]:
    """Shelters that take people in, by name. Each has ``registered`` (people checked in), ``counted`` (people reported,
    or None), ``capacity``, ``fullness``, and ``spot``: the row of its site, or None where nobody entered one.
    """
    found = list(shelters(incident).filter(closed_at=None))
    sites = SiteRow.objects.in_bulk({row.site for row in found})
    for row in found:
        row.spot = sites.get(row.site)  # type: ignore[attr-defined]  # a reading of the two tables
    return found


def stays(person: str) -> QuerySet[StayRow]:
    """Where a resident stayed or stays, newest first. Before it is shown, ask :func:`may_know` of each."""
    return StayRow.objects.filter(person=person).order_by("-in_at")


def staying(shelter: str) -> QuerySet[StayRow]:
    """Who is in a shelter now: households together, in the order in which they came."""
    return StayRow.objects.filter(shelter=shelter, out_at=None).order_by("in_at", "household", "birth", "kana", "key")


def left(shelter: str) -> QuerySet[StayRow]:
    """Who was in a shelter and left, the last first."""
    return StayRow.objects.filter(shelter=shelter, out_at__isnull=False).order_by("-out_at", "kana")


def where_now(incident: str, people: Iterable[str]) -> dict[str, StayRow]:
    """Resident -> the stay in ``incident`` that has not ended, where there is one (the newest of several)."""
    found = StayRow.objects.filter(incident__in=with_merged(incident), person__in=[p for p in people if p], out_at=None)
    return {row.person: row for row in found.order_by("in_at")}


def staying_twice() -> dict[str, list[StayRow]]:
    """Subject -> its stays, for people who stay in several shelters at once (two desks knew nothing of one another)."""
    several = (
        StayRow.objects.filter(out_at=None).values("subject").annotate(n=Count("pk")).filter(n__gt=1).values("subject")
    )
    found: dict[str, list[StayRow]] = defaultdict(list)
    for stay in StayRow.objects.filter(out_at=None, subject__in=several).order_by("in_at"):
        found[stay.subject].append(stay)
    return found


def may_know(actor: Actor, stay: StayRow, person: Person | None = None) -> bool:
    """Whether ``actor`` may learn that this very person is, or was, in this very shelter.

    Of a protected person only the shelter's own staff, and those who may see protected residents. ``person`` is the
    resident as the register has them: somebody may be protected since they came.
    """
    if not stay.protected and not (person and person.protected) and not _withheld_since(stay):
        return True
    return actor.may("shelters.personal", stay.site) or actor.may("residents.protected")


def _withheld_since(stay: StayRow) -> bool:
    """Whether a stay that is looked back at is that of somebody whose whereabouts are withheld today."""
    if not worlds.is_reading():
        return False
    with worlds.present():
        return StayRow.objects.filter(subject=stay.subject, protected=True).exists()


def withheld(actor: Actor, stays: Iterable[StayRow]) -> set[str]:
    """Keys of the stays that ``actor`` must not learn of (:func:`may_know`)."""
    found = list(stays)
    if all(actor.may("shelters.personal", stay.site) for stay in found):
        return set()
    people = persons([stay.person for stay in found if stay.person], actor)
    return {stay.key for stay in found if not may_know(actor, stay, people.get(stay.person))}


@dataclass(frozen=True, slots=True)
class Headcount:
    """Evacuees of an incident in numbers. ``registered`` have a name; ``counted`` are heads, as far as shelters have
    counted them: None where none has. ``uncounted`` is how many of the ``shelters`` open have told no count.
    """

    shelters: int
    registered: int
    counted: int | None
    uncounted: int


def headcount(incident: str = "") -> Headcount:
    """How many people are in open shelters."""
    found = open_shelters(incident)
    told = [row.counted for row in found if row.counted is not None]
    return Headcount(
        shelters=len(found),
        registered=sum(row.registered for row in found),  # type: ignore[attr-defined]  # annotated
        counted=sum(told) if told else None,
        uncounted=len(found) - len(told),
    )


def needs(incident: str = "", shelter: str = "") -> QuerySet[NeedRow]:
    """What shelters need and has not come, urgent things first."""
    found = NeedRow.objects.filter(met_at=None)
    if incident:
        found = found.filter(incident__in=with_merged(incident))
    if shelter:
        found = found.filter(shelter=shelter)
    return found.order_by("-urgent", "noted_at")


def answers_for_family(actor: Actor, name: str, born: dt.date | None = None) -> list[tuple[StayRow, ShelterRow]]:
    """Whom family may be told of, with the shelter: people of exactly this name (kanji or kana, however spaced and in
    whichever variants), and born on that day where it is given.

    Never who is protected, nor who did not say that family may be told, whoever asks.
    """
    meant = name_form(name)
    shelters = {row.subject: row for row in open_shelters()}
    told = StayRow.objects.filter(shelter__in=shelters, out_at=None, may_tell_family=True, protected=False)
    stays = [
        stay
        for stay in told.order_by("in_at")
        if meant and meant in (name_form(stay.name), name_form(stay.kana)) and born in (None, stay.birth)
    ]
    people = persons([stay.person for stay in stays if stay.person], actor)
    return [
        (stay, shelters[stay.shelter])
        for stay in stays
        if not (stay.person in people and people[stay.person].protected)
    ]
