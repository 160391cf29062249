"""Readings of the residents, named as questions: who, with whom, where; as of a day.

Everything here takes the actor who asks, and gives no address of a protected person (支援措置), or of anybody of the
same household, to who lacks ``residents.protected``; nor can a search by address tell it. Readings are logged by
whoever shows the answer (:func:`tomoshibi.journal.pages.note_reading`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.places.queries import who_are_we
from tomoshibi.residents.loading import names
from tomoshibi.residents.matching import day, name_form, place_form
from tomoshibi.residents.models import HouseholdRow, KnownRow, PersonRow, SnapshotRow, WhereaboutsRow
from tomoshibi.residents.subjects import Household as HouseholdSubject
from tomoshibi.residents.subjects import Person as PersonSubject
from tomoshibi.residents.words import HEAD, UNDISCLOSED

PROTECTED = "residents.protected"
#: how many people recorded by hand a word of a search may mean
FEW = 2000


@dataclass(frozen=True, slots=True)
class Person:
    """One person. ``ref`` and ``household`` are references; ``sex`` and ``relation`` are the register's words.

    ``area`` is the town 町字 within the municipality. ``protected`` says that the address is for few; where it is and
    the actor is not of them, ``address`` and ``area`` are empty and ``undisclosed`` is true: a page then writes
    :data:`~tomoshibi.residents.words.UNDISCLOSED`. ``registered`` is false of who was entered by hand.
    """

    ref: str
    name: str
    kana: str
    birth: dt.date | None
    sex: str
    household: str
    relation: str
    address: str
    area: str
    protected: bool
    registered: bool
    number: str = ""
    note: str = ""
    undisclosed: bool = False
    moved_on: dt.date | None = None
    moved_why: str = ""

    @property
    def key(self) -> str:
        """What stands for this person in an address."""
        return _key(self.ref)

    @property
    def where(self) -> str:
        """The address, or that it is not disclosed, in the page's language."""
        return str(UNDISCLOSED) if self.undisclosed else self.address


@dataclass(frozen=True, slots=True)
class Household:
    """People of one household, the head first."""

    ref: str
    head: Person
    members: list[Person]
    address: str
    area: str
    number: str = ""

    @property
    def key(self) -> str:
        """What stands for this household in an address."""
        return _key(self.ref)

    @property
    def undisclosed(self) -> bool:
        """Whether the address is kept from who asked."""
        return self.head.undisclosed

    @property
    def where(self) -> str:
        """The address, or that it is not disclosed, in the page's language."""
        return self.head.where


def snapshots() -> QuerySet[SnapshotRow]:
    """Snapshots of the register, newest day first."""
    return SnapshotRow.objects.order_by("-as_of", "-place")


def snapshot(as_of: dt.date | None = None) -> SnapshotRow | None:
    """The newest snapshot not later than ``as_of``, or the newest; None where there is none."""
    taken = snapshots()
    return (taken.filter(as_of__lte=as_of) if as_of else taken).first()


def search(text: str, actor: Actor, limit: int = 30, as_of: dt.date | None = None) -> list[Household]:
    """Households with a member of whom every word of ``text`` is true, by the member's kana; at most ``limit``.

    A word is a part of the name in kanji or kana, a part of the address, or the day of birth (in an era or not). Only
    names and birth dates find a protected person for who may not see the address.
    """
    words = text.split()
    if not words or limit < 1:
        return []
    reading = _Reading(actor, as_of)
    found: dict[str, None] = {}
    for row in reading.matching(words, limit * 8):
        found.setdefault(row)
        if len(found) >= limit:
            break
    return reading.households(list(found))


def household(ref: str, actor: Actor, as_of: dt.date | None = None) -> Household | None:
    """The household of that reference."""
    found = households([ref], actor, as_of)
    return found[0] if found else None


def households(refs: Sequence[str], actor: Actor, as_of: dt.date | None = None) -> list[Household]:
    """The households of these references in their order; those unknown are absent."""
    return _Reading(actor, as_of).households(refs)


def person(ref: str, actor: Actor, as_of: dt.date | None = None) -> Person | None:
    """The person of that reference."""
    return persons([ref], actor, as_of).get(ref)


def persons(refs: Iterable[str], actor: Actor, as_of: dt.date | None = None) -> dict[str, Person]:
    """The people of these references by reference; those unknown are absent."""
    return _Reading(actor, as_of).people(list(dict.fromkeys(refs)))


def may_see(person: Person, actor: Actor) -> bool:
    """Whether ``actor`` may see where this person is, whichever room knows it."""
    return not person.protected or actor.may(PROTECTED)


def set_here(ref: str) -> bool:
    """Whether this person's protection was set by a fact of ours, and can be lifted by one."""
    return KnownRow.objects.filter(subject=ref, protected=True).exists()


def shielded() -> set[str]:
    """References of the households of whom somebody is protected now: what rooms recorded of them before is for few."""
    return _Reading(system("residents"), None).shielded


def _protected() -> tuple[set[str], set[str]]:
    """Keys of who is protected by a fact or shielded by the newest snapshot, and references of the households that
    the former were entered into by hand; of the moment that we look at.
    """
    told = list(KnownRow.objects.filter(protected=True).values_list("subject", "household"))
    people = {_key(ref) for ref, _ in told}
    if newest := snapshot():
        marked = PersonRow.objects.filter(snapshot=newest.snapshot, shielded=True)
        people.update(marked.values_list("key", flat=True))
    return people, {home or _own_household(ref) for ref, home in told}


def _key(ref: str) -> str:
    return ref.partition(":")[2]


class _Reading:
    """One question to the register: the snapshot that answers it, and whose addresses it must not tell."""

    def __init__(self, actor: Actor, as_of: dt.date | None) -> None:
        taken = snapshot(as_of)
        self.snapshot = taken.snapshot if taken else ""
        self.sees = actor.may(PROTECTED)
        self.town = us.name if (us := who_are_we()) else ""

    @property
    def rows(self) -> QuerySet[PersonRow]:
        return PersonRow.objects.filter(snapshot=self.snapshot)

    @cached_property
    def shielded(self) -> set[str]:
        """References of the households of whom somebody is protected: by the snapshot, by the newest, or by a fact.

        An earlier snapshot tells no address that the newest keeps, and no page of the past one that today's keeps.
        """
        people, by_hand = _protected()
        if worlds.is_reading():
            with worlds.present():
                people_now, by_hand_now = _protected()
            people, by_hand = people | people_now, by_hand | by_hand_now
        homes = set(self.rows.filter(shielded=True).values_list("household", flat=True).distinct())
        for some in _portions(people):
            homes.update(self.rows.filter(key__in=some).values_list("household", flat=True))
        return {HouseholdSubject.ref(key) for key in homes} | by_hand

    @cached_property
    def shielded_since(self) -> list[str]:
        """Keys of the shielded households whose addresses stand among the search words of this snapshot."""
        marked = set(self.rows.filter(shielded=True).values_list("household", flat=True))
        return [key for ref in self.shielded if (key := _key(ref)) not in marked]

    def matching(self, words: Sequence[str], limit: int) -> Iterable[str]:
        """References of households with a matching member, by that member's kana."""
        meant, by_hand = Q(), set[str]()
        for number, word in enumerate(words):
            forms, known = _forms(word), self._known(word)
            by_hand = known if number == 0 else by_hand & known
            found = Q(*(Q(words__contains=form) for form in forms), _connector=Q.OR) if forms else Q(key__in=[])
            if not self.sees and self.shielded_since:
                found &= ~Q(household__in=self.shielded_since)
            meant &= found | Q(key__in=known) if known else found
        rows = self.rows.filter(meant).order_by("kana", "words", "household")
        keys = [(kana, HouseholdSubject.ref(home)) for kana, home in rows.values_list("kana", "household")[:limit]]
        for some in _portions(by_hand):
            added = KnownRow.objects.filter(subject__in=[PersonSubject.ref(k) for k in some], added=True)
            keys += [(row.kana, row.household or _own_household(row.subject)) for row in added]
        return (home for _, home in sorted(keys, key=lambda k: k[0]))

    def _known(self, word: str) -> set[str]:
        """Keys of the people whom ``word`` means by other than the snapshot's own search words: what was recorded by
        hand, and whoever is shielded.
        """
        forms = _forms(word)
        if not forms:
            return set()
        named = Q(*(Q(names__contains=form) for form in forms), _connector=Q.OR)
        keys = {_key(ref) for ref in KnownRow.objects.filter(named).values_list("subject", flat=True)[:FEW]}
        placed = Q(*(Q(place__contains=form) for form in forms), _connector=Q.OR)
        told = WhereaboutsRow.objects.filter(placed).values_list("person", flat=True)[:FEW]
        people = self.people(list(told))
        keys |= {_key(ref) for ref in people if not people[ref].undisclosed}
        if self.sees:
            keys.update(self.rows.filter(placed, shielded=True).values_list("key", flat=True))
        else:
            for some in _portions(self.shielded_since):
                rows = self.rows.filter(household__in=some).values_list("key", "name", "kana", "birth")
                for key, name, kana, birth in rows:
                    own = names(name, kana, birth.isoformat() if birth else "")
                    if any(form in own for form in forms):
                        keys.add(key)
        return keys

    def people(self, refs: Sequence[str]) -> dict[str, Person]:
        """People by reference, as the register has them and as was recorded of them since."""
        rows: dict[str, PersonRow] = {}
        known: dict[str, KnownRow] = {}
        told: dict[str, WhereaboutsRow] = {}
        for some in _portions(refs):
            keys = [_key(ref) for ref in some]
            rows.update((PersonSubject.ref(r.key), r) for r in self.rows.filter(key__in=keys))
            known.update((r.subject, r) for r in KnownRow.objects.filter(subject__in=some))
            told.update((r.person, r) for r in WhereaboutsRow.objects.filter(person__in=some))
        return {
            ref: self._person(ref, rows.get(ref), known.get(ref), told.get(ref))
            for ref in refs
            if ref in rows or (ref in known and known[ref].added)
        }

    def households(self, refs: Sequence[str]) -> list[Household]:
        """Households in the order asked for; those unknown are absent."""
        refs = list(dict.fromkeys(refs))
        members: dict[str, list[str]] = {ref: [] for ref in refs}
        numbers: dict[str, str] = {}
        for some in _portions(refs):
            keys = [_key(ref) for ref in some]
            rows = self.rows.filter(household__in=keys).order_by("rank", "number")
            for key, home in rows.values_list("key", "household"):
                members[HouseholdSubject.ref(home)].append(PersonSubject.ref(key))
            numbered = HouseholdRow.objects.filter(snapshot=self.snapshot, key__in=keys)
            numbers.update((HouseholdSubject.ref(key), n) for key, n in numbered.values_list("key", "number"))
            joined = KnownRow.objects.filter(household__in=some, added=True).order_by("birth", "subject")
            for ref, home in joined.values_list("subject", "household"):
                members[home].append(ref)
            alone = KnownRow.objects.filter(subject__in=map(PersonSubject.ref, keys), household="", added=True)
            for ref in alone.values_list("subject", flat=True):
                members[_own_household(ref)].append(ref)
        people = self.people([ref for refs in members.values() for ref in refs])
        return [
            _household(ref, [people[m] for m in members[ref]], numbers.get(ref, "")) for ref in refs if members[ref]
        ]

    def _person(self, ref: str, row: PersonRow | None, known: KnownRow | None, told: WhereaboutsRow | None) -> Person:
        home = HouseholdSubject.ref(row.household) if row else known.household if known else ""
        home = home or _own_household(ref)
        protected = home in self.shielded or bool(known and known.protected)
        undisclosed = protected and not self.sees
        address = area = ""
        if not undisclosed:
            area = (told.area if told else "") or (row.town if row else "")
            address = (told.address if told else "") or (self._address(row) if row else "")
        return Person(
            ref=ref,
            name=(known.name if known else "") or (row.name if row else ""),
            kana=(known.kana if known else "") or (row.kana if row else ""),
            birth=(known.birth if known else None) or (row.birth if row else None),
            sex=_SEX.get(known.sex if known else "", "") or (row.sex if row else ""),
            household=home,
            relation=(known.relation if known else "") or (row.relation if row else ""),
            address=address,
            area=area,
            protected=protected,
            registered=row is not None,
            number=row.number if row else "",
            note=known.note if known else "",
            undisclosed=undisclosed,
            moved_on=row.moved_on if row else None,
            moved_why=row.moved_why if row else "",
        )

    def _address(self, row: PersonRow) -> str:
        return f"{self.town}{row.town}{row.block}" + (f" {row.building}" if row.building else "")


_SEX = {"male": "男", "female": "女"}


def _forms(word: str) -> list[str]:
    """What a word of a search may look like among the search words: a day of birth, an address, a name."""
    if born := day(word):
        return [f"|{born.isoformat()}|"]
    place = place_form(word)
    forms = [place] if "#" in place else [name_form(word), place]
    return list(dict.fromkeys(filter(None, forms)))


def _own_household(person: str) -> str:
    """Reference of the household of somebody who was entered by hand into none: their own."""
    return HouseholdSubject.ref(_key(person))


def _household(ref: str, members: list[Person], number: str) -> Household:
    head = next((m for m in members if m.relation == HEAD), members[0])
    return Household(ref, head, [head, *(m for m in members if m is not head)], head.address, head.area, number)


def _portions(keys: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Keys, so many at a time as a statement may well have values."""
    keys = list(keys)
    return (keys[i : i + size] for i in range(0, len(keys), size))
