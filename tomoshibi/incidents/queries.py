"""Readings of the room's tables, named as questions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, QuerySet

from tomoshibi.incidents.models import BulletinRow, IncidentRow, RejectedRow
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow

#: how long after the last telegram of an open incident a further event of its hazard belongs to it
JOINS = timedelta(hours=72)


def incident(subject: str) -> IncidentRow | None:
    """The incident of that reference."""
    return IncidentRow.objects.filter(subject=subject).first()


def titles(subjects: Iterable[str]) -> dict[str, str]:
    """What each of these incidents is called."""
    return dict(IncidentRow.objects.filter(subject__in=list(subjects)).values_list("subject", "title"))


def open_incidents() -> QuerySet[IncidentRow]:
    """Incidents that people are at work on, newest first."""
    gone = [subject for subject, end in finals().items() if subject != end]
    return IncidentRow.objects.filter(closed=None).exclude(subject__in=gone).exclude(opened=None).order_by("-opened")


def incidents() -> QuerySet[IncidentRow]:
    """Every incident: open ones first, then newest first."""
    return IncidentRow.objects.exclude(opened=None).order_by(F("closed").desc(nulls_first=True), "-opened")


def incident_for(hazard: Hazard, event: str) -> IncidentRow | None:
    """The open incident to which a bulletin of this hazard and event belongs, or None.

    That of the same event where there is one, however it was merged; else the newest open one of the hazard, where it
    was opened within :data:`JOINS`: an aftershock is work of the earthquake's headquarters, not another's.
    """
    if (own := incident_of(event)) is not None:
        return own
    return open_incidents().filter(hazard=hazard.value, opened__gte=worlds.now() - JOINS).first()


def incident_of(event: str) -> IncidentRow | None:
    """The incident of JMA's event id, or that which it was merged into; None where there is none."""
    if not event:
        return None
    own = IncidentRow.objects.filter(event=event).exclude(opened=None).order_by("opened").first()
    return final(own) if own else None


def final(row: IncidentRow) -> IncidentRow:
    """The incident that this one was merged into in the end; itself where it was not."""
    return incident(finals().get(row.subject, row.subject)) or row


def finals() -> dict[str, str]:
    """Every incident that was merged, and the one that it was merged into in the end. Two that offices apart merged
    into one another both end in the same one of them.
    """
    into = dict(IncidentRow.objects.exclude(merged_into="").values_list("subject", "merged_into"))
    known = set(IncidentRow.objects.filter(subject__in=into.values()).values_list("subject", flat=True))
    found = {}
    for first in (subject for subject, goal in into.items() if goal in known):
        way = [first]
        while (goal := into.get(way[-1], "")) in known and goal not in way:
            way.append(goal)
        found[first] = min(way[way.index(goal) :]) if goal in way else way[-1]
    return found


def with_merged(subject: str) -> list[str]:
    """The incident and every one that was merged into it, at any remove."""
    found, todo = [subject], [subject]
    while todo:
        todo = [
            s
            for s in IncidentRow.objects.filter(merged_into__in=todo).values_list("subject", flat=True)
            if s not in found
        ]
        found.extend(todo)
    return found


def bulletins() -> QuerySet[BulletinRow]:
    """Telegrams received, newest first."""
    return BulletinRow.objects.order_by("-received", "-reported")


def bulletins_of(incident_ref: str) -> QuerySet[BulletinRow]:
    """Telegrams that belong to an incident, newest first."""
    return bulletins().filter(incident=incident_ref)


def newest_of(stream: str) -> BulletinRow:
    """The newest telegram of a run in which the newest stands for all. Raises where there is none."""
    return BulletinRow.objects.filter(stream=stream).order_by("-rank")[:1].get()


def rejected() -> QuerySet[RejectedRow]:
    """Files that could not be read, newest first."""
    return RejectedRow.objects.order_by("-at")


def acted(incident_ref: str, act: str) -> bool:
    """Whether the act of that id was recorded in an incident."""
    return EntryRow.objects.filter(incident=incident_ref, act=act).exists()


def undecided() -> QuerySet[BulletinRow]:
    """Telegrams about which a person has yet to decide, newest first."""
    return bulletins().filter(alerts__gt=0)
