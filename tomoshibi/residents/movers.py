"""Who moved since a day: changes that took effect after it, and those before it that were notified only afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tomoshibi.journal.access import Actor
from tomoshibi.residents import edition, queries
from tomoshibi.residents.models import ChangesRow, MovementRow
from tomoshibi.residents.persons import PROTECTED, Person
from tomoshibi.residents.subjects import Person as PersonSubject
from tomoshibi.residents.words import Movement


@dataclass(frozen=True, slots=True)
class Mover:
    """One change of one person: ``person`` as they are now; ``late`` says that it took effect by the day asked about
    and was processed after it.
    """

    person: Person
    movement: Movement
    moved_on: dt.date
    notified_on: dt.date | None
    processed_on: dt.date
    late: bool


def rows(since: dt.date, actor: Actor, *movements: Movement, late: bool = False) -> QuerySet[MovementRow]:
    """Changes that took effect after the day ``since``, or (``late``: only these) by it and were processed after it.

    Those of protected people are among them, and are counted, for who may see where these are alone: a kind and a day
    say that somebody came or went, and a list that is asked for by them says it by the name.
    """
    taken = list(ChangesRow.objects.values_list("changes", flat=True))
    late_ones = Q(moved_on__lte=since, processed_on__gt=since)
    found = (
        edition.movements().filter(changes__in=taken).filter(late_ones if late else late_ones | Q(moved_on__gt=since))
    )
    if not actor.may(PROTECTED):
        found = found.exclude(key__in=[ref.partition(":")[2] for ref in queries.shielded_people()])
    if movements:
        found = found.filter(movement__in=[m.value for m in movements])
    return found.order_by("-moved_on", "processed_on", "sequence", "place")


def told(found: Iterable[MovementRow], since: dt.date, actor: Actor) -> list[Mover]:
    """These changes with their people, each once though two files held it."""
    once: dict[tuple[object, ...], MovementRow] = {}
    for row in found:
        once.setdefault((row.key, row.movement, row.moved_on, row.processed_on, row.sequence), row)
    people = queries.persons([PersonSubject.ref(row.key) for row in once.values()], actor)
    return [
        Mover(who, Movement(row.movement), row.moved_on, row.notified_on, row.processed_on, row.moved_on <= since)
        for row in once.values()
        if (who := people.get(PersonSubject.ref(row.key))) is not None
    ]
