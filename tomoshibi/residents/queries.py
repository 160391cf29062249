"""Readings of the residents, named as questions: who, with whom, where; as of a day.

Everything here takes the actor who asks, and gives no address of a protected person (支援措置), or of anybody of the
same household, to who lacks ``residents.protected``; nor can a search by address tell it. Readings are logged by
whoever shows the answer (:func:`tomoshibi.journal.pages.note_reading`).

``as_of`` is a day: the register as it was at its end, changes notified later included in their own dates; without one,
today. ``known`` is a moment: only what had been taken in by then answers, so that the two together say what was known
on one day about another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from tomoshibi.journal.access import Actor, system
from tomoshibi.residents import edition
from tomoshibi.residents.asking import Reading
from tomoshibi.residents.merges import Merges
from tomoshibi.residents.models import ChangesRow, KnownRow, SnapshotRow
from tomoshibi.residents.persons import PROTECTED, Household, Person, may_see

__all__ = [
    "PROTECTED",
    "Household",
    "Person",
    "household",
    "households",
    "may_see",
    "person",
    "persons",
    "same_person",
    "search",
    "set_here",
    "shielded",
    "shielded_people",
    "snapshot",
    "snapshots",
]


def snapshots() -> QuerySet[SnapshotRow]:
    """Snapshots of the register, newest day first."""
    return SnapshotRow.objects.order_by("-as_of", "-place")


def changes() -> QuerySet[ChangesRow]:
    """Files of changes, newest day first."""
    return ChangesRow.objects.order_by("-processed_to", "-place")


def snapshot(as_of: dt.date | None = None) -> SnapshotRow | None:
    """The newest snapshot not later than ``as_of``, or the newest; None where there is none."""
    return edition.full(as_of)


def search(
    text: str, actor: Actor, limit: int = 30, as_of: dt.date | None = None, known: dt.datetime | None = None
) -> list[Household]:
    """Households with a member of whom every word of ``text`` is true, by the member's kana; at most ``limit``.

    A word is a part of the name in kanji or kana, a part of the address (by any name that its town ever had, after the
    municipality's own or not), the day of birth or its year, month, or month and day (in an era or not), or a whole
    number of the register, a person's or a household's, with or without the zeros before it. Where nothing is found as
    it is written, kana are taken as they sound: ヤマサキ finds ヤマザキ. Only names, birth dates and numbers find a
    protected person for who may not see the address. Who has left the register since its last full file is found too,
    and marked (``Person.left_on``).
    """
    if limit < 1:
        return []
    reading = Reading(actor, as_of, known)
    if not (words := reading.asked(text)):
        return []
    found: dict[str, None] = {}
    for ask in (reading.matching, reading.sounding):
        for ref in ask(words, limit * 8):
            found.setdefault(ref)
            if len(found) >= limit:
                break
        if found:
            break
    return reading.households(list(found))


def household(
    ref: str, actor: Actor, as_of: dt.date | None = None, known: dt.datetime | None = None
) -> Household | None:
    """The household of that reference."""
    found = households([ref], actor, as_of, known)
    return found[0] if found else None


def households(
    refs: Sequence[str], actor: Actor, as_of: dt.date | None = None, known: dt.datetime | None = None
) -> list[Household]:
    """The households of these references in their order; those unknown are absent."""
    return Reading(actor, as_of, known).households(refs)


def person(ref: str, actor: Actor, as_of: dt.date | None = None, known: dt.datetime | None = None) -> Person | None:
    """The person of that reference; of a record that was merged into another, that other's."""
    return persons([ref], actor, as_of, known).get(ref)


def persons(
    refs: Iterable[str], actor: Actor, as_of: dt.date | None = None, known: dt.datetime | None = None
) -> dict[str, Person]:
    """The people of these references by reference; those unknown are absent."""
    return Reading(actor, as_of, known).people(list(dict.fromkeys(refs)))


def shielded_people() -> set[str]:
    """References of everybody whose address is for few, whoever asks, records that were merged into theirs too."""
    return Reading(system("residents"), None).shielded_people()


def same_person(ref: str) -> list[str]:
    """Every reference under which rooms may know the person of ``ref``: the one that stands first."""
    merges = Merges()
    final = merges.final(ref)
    return [final, *merges.absorbed.get(final, ())]


def set_here(ref: str) -> bool:
    """Whether this person's protection was set by a fact of ours, and can be lifted by one."""
    return KnownRow.objects.filter(subject=ref, protected=True).exists()


def shielded() -> set[str]:
    """References of the households of whom somebody is protected now: what rooms recorded of them before is for few."""
    return Reading(system("residents"), None).shielded
