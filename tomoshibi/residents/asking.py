"""One question to the register: the edition that answers it, what was recorded by hand, whose addresses it keeps."""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.places.queries import here, who_are_we
from tomoshibi.residents import edition, renaming
from tomoshibi.residents.edition import Edition, portions
from tomoshibi.residents.loading import household_key, names, person_key
from tomoshibi.residents.matching import bare, birth_form, linked, name_form, place_form, sounding, words_of
from tomoshibi.residents.merges import Merges
from tomoshibi.residents.models import KnownRow, PersonRow, SnapshotRow, WhereaboutsRow
from tomoshibi.residents.moving import State
from tomoshibi.residents.pairs import ordered, within
from tomoshibi.residents.persons import PROTECTED, Household, Person
from tomoshibi.residents.subjects import Household as HouseholdSubject
from tomoshibi.residents.subjects import Person as PersonSubject
from tomoshibi.residents.words import HEAD, LEFT
from tomoshibi.vocabulary import T

#: how many people recorded by hand a word of a search may mean
FEW = 2000
#: shorter ones are numbers of houses
_NUMBER = re.compile("[0-9]{6,20}")
#: digits of the longest number that the national standard has for a person or a household
LONGEST = 15
_PREFECTURE = "(?:北海道|東京都|大阪府|京都府|[^\\s都道府県]{2,3}県)"
_SEX = {"male": "男", "female": "女"}


def key_of(ref: str) -> str:
    """The key of a reference."""
    return ref.partition(":")[2]


def own_household(person: str) -> str:
    """Reference of the household of somebody who was entered by hand into none: their own."""
    return HouseholdSubject.ref(key_of(person))


def forms(word: str, renamed: renaming.Names = ()) -> list[str]:
    """What a word of a search may look like among the search words: a day of birth, an address by its names of any
    time, a name. 昭和2-3-4 may be a day and an address.
    """
    places = renaming.spellings(place_form(word), renamed)
    found = [birth_form(word), *places] if "#" in places[0] else [name_form(word), *places]
    return list(dict.fromkeys(way for form in found if form for way in linked(form)))


def told_protected(reading: Reading | None = None) -> tuple[set[str], set[str]]:
    """Keys of who is protected by a fact or by the newest register, or stands for a record that is, and references of
    the households that they were entered into by hand; of the moment that we look at.

    ``reading`` of the newest register knows some of it already.
    """
    told = dict(KnownRow.objects.filter(protected=True).values_list("subject", "household"))
    found = set(map(key_of, told))
    newest = reading.edition if reading else edition.of()
    found.update(newest.marked, newest.overlay.protected)
    merges = reading.merges if reading else Merges()
    finals = {
        final for final, others in merges.absorbed.items() if any(key_of(ref) in found for ref in (final, *others))
    }
    # whoever stands for another may be in no file: only this says where they live
    told.update(KnownRow.objects.filter(subject__in=finals).values_list("subject", "household"))
    return found | set(map(key_of, finals)), {home or own_household(ref) for ref, home in told.items()}


class Reading:
    """A question of ``actor`` about a day, as the files taken in by the moment ``known`` have it."""

    def __init__(self, actor: Actor, as_of: dt.date | None, known: dt.datetime | None = None) -> None:
        self.edition: Edition = edition.of(as_of, known)
        self.is_newest = as_of is None and known is None
        self.sees = actor.may(PROTECTED)
        self.town = us.name if (us := who_are_we()) else ""
        self.rows = self.edition.rows
        self.overlay = self.edition.overlay
        self.marked = self.edition.marked
        self.merges = Merges()
        #: by reference, what was read so far of the full file and of what was recorded by hand; None where nothing is
        self._rows: dict[str, PersonRow | None] = {}
        self._recorded: dict[str, KnownRow | None] = {}

    def asked(self, text: str) -> list[str]:
        """The words of ``text`` as the register has them: without the municipality's own name before an address."""
        if not self.town:
            return words_of(text)
        before = re.compile(rf"(?:{_PREFECTURE}\s*)?(?:\S{{1,6}}郡\s*)?{re.escape(bare(self.town))}")
        words = []
        for word in words_of(text):
            plain = bare(word)
            if found := before.match(plain):
                words.append(plain[found.end() :])
            elif not re.fullmatch(_PREFECTURE, plain):
                words.append(word)
        return [word for word in words if word]

    @cached_property
    def renamed(self) -> renaming.Names:
        """Names that towns had."""
        return renaming.names()

    @cached_property
    def shielded(self) -> set[str]:
        """References of the households of whom somebody is protected: by the register of that day, by the newest, or
        by a fact.

        An earlier register tells no address that the newest keeps, and no page of the past one that today's keeps.
        """
        found, by_hand = told_protected(self if self.is_newest else None)
        if worlds.is_reading():
            with worlds.present():
                found_now, by_hand_now = told_protected()
            found, by_hand = found | found_now, by_hand | by_hand_now
        homes, moved = set(self.marked.values()), self.overlay.moved
        others = {key for key in found if key not in self.marked}
        lived: dict[str, str] = {}
        for some in portions(others):
            lived.update(self.rows.filter(key__in=some).values_list("key", "household"))
        homes.update(lived.values())
        now = self.overlay.protected | {key for key in found if key in moved}
        homes.update(moved[key].outcome.state.household for key in now)
        gone = [PersonSubject.ref(key) for key in others if key not in lived and key not in moved]
        homes.update(row.household for row, _ in self._former(gone).values())
        return {HouseholdSubject.ref(key) for key in homes} | by_hand

    @cached_property
    def shielded_since(self) -> list[str]:
        """Keys of the shielded households whose addresses stand among the search words of the full file."""
        marked = set(self.marked.values())
        return [key for ref in self.shielded if (key := key_of(ref)) not in marked]

    def matching(self, words: Sequence[str], limit: int) -> Iterable[str]:
        """References of households with a matching member, by that member's kana."""
        meant, by_hand, wanted = Q(), set[str](), list[tuple[list[str], set[str]]]()
        for number, word in enumerate(words):
            alike, known = forms(word, self.renamed), self._known(word)
            wanted.append((alike, known))
            by_hand = known if number == 0 else by_hand & known
            found = Q(*(within([f]) & Q(words__holds=f) for f in alike), _connector=Q.OR) if alike else Q(key__in=[])
            if not self.sees and self.shielded_since:
                found &= ~Q(household__in=self.shielded_since)
            meant &= found | Q(key__in=known) if known else found
        rows = (
            self.rows.filter(meant)
            .order_by(*ordered("kana", "words", "household"))
            .values_list("kana", "household", "key")
        )
        of_file = ((kana, PersonSubject.ref(key), home) for kana, home, key in _pages(rows, limit))
        if self.overlay.moved:
            of_file = (hit for hit in of_file if key_of(hit[1]) not in self.overlay.moved)
        others = self._moved(wanted)
        for some in portions(by_hand):
            added = KnownRow.objects.filter(subject__in=[PersonSubject.ref(k) for k in some], added=True)
            others += [(row.kana, row.subject, key_of(row.household or own_household(row.subject))) for row in added]
        return self._homes(heapq.merge(of_file, sorted(others), key=lambda hit: hit[0]))

    def _homes(self, hits: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """References of the households of whom a search found: kana, reference, key of the household."""
        for _, ref, home in hits:
            if ref not in self.merges.hidden:
                yield HouseholdSubject.ref(home)
            elif found_as := self.people([ref]):  # their record is another's: they are found with that other
                yield found_as[ref].household

    def sounding(self, words: Sequence[str], limit: int) -> Iterable[str]:
        """References of households with a member whose name sounds like every word, all of them kana: what is asked
        where nothing was found as it was written. Only names are looked at, no address.
        """
        patterns = [sounding(word) for word in words]
        if not patterns or None in patterns:
            return
        heard = [p for p in patterns if p is not None]
        # LIKE leaves open what voicing may change, and goes through the same index as any search
        likes = ["%" + re.sub(r"\[[^]]+]", "_", p.pattern) + "%" for p in heard]
        rows = self.rows.filter(within([part for like in likes for part in re.split("[%_]", like)]))
        rows = rows.extra(where=["words LIKE %s"] * len(likes), params=likes)  # noqa: S610  # values are bound
        found = rows.order_by(*ordered("kana", "words", "household")).values_list("kana", "words", "household", "key")

        def sounds(text: str) -> bool:
            return all(p.search("|".join(text.split("|", 2)[:2])) for p in heard)

        hits = [
            (kana, PersonSubject.ref(key), home)
            for kana, text, home, key in found[: FEW + len(self.overlay.moved)]
            if key not in self.overlay.moved and sounds(text)
        ]
        for key, moved in self.overlay.moved.items():
            if sounds(moved.names):
                hits.append((moved.outcome.state.kana, PersonSubject.ref(key), moved.outcome.state.household))
        known = KnownRow.objects.extra(where=["names LIKE %s"] * len(likes), params=likes)  # noqa: S610
        by_hand = [ref for ref, text in known.values_list("subject", "names")[:FEW] if sounds(text)]
        hits += [(who.kana, ref, key_of(who.household)) for ref, who in self.people(by_hand).items()]
        yield from self._homes(sorted(hits)[:limit])

    def _moved(self, wanted: Sequence[tuple[list[str], set[str]]]) -> list[tuple[str, str, str]]:
        """Of those who moved since the full file, whom every word means: kana, reference, key of the household."""
        meant = [
            {*(key for key in known if key in self.overlay.moved), *(k for f in alike for k in self.overlay.holding(f))}
            for alike, known in wanted
        ]
        found = []
        for key in set.intersection(*meant):
            moved = self.overlay.moved[key]
            home = moved.outcome.state.household
            if self.sees or HouseholdSubject.ref(home) not in self.shielded or _means(wanted, key, moved.names):
                found.append((moved.outcome.state.kana, PersonSubject.ref(key), home))
        return found

    def _known(self, word: str) -> set[str]:
        """Keys of the people whom ``word`` means by other than the full file's own search words: what was recorded by
        hand, and whoever is shielded.
        """
        alike = forms(word, self.renamed)
        if not alike:
            return set()
        named = Q(*(Q(names__holds=form) for form in alike), _connector=Q.OR)
        keys = {key_of(ref) for ref in KnownRow.objects.filter(named).values_list("subject", flat=True)[:FEW]}
        placed = Q(*(Q(place__holds=form) for form in alike), _connector=Q.OR)
        told = WhereaboutsRow.objects.filter(placed).values_list("person", flat=True)[:FEW]
        people = self.people(list(told))
        keys |= {key_of(ref) for ref in people if not people[ref].undisclosed}
        keys |= self._numbered(word)
        if self.sees:
            for some in portions(self.marked):
                keys.update(self.rows.filter(placed, key__in=some).values_list("key", flat=True))
        else:
            for some in portions(self.shielded_since):
                rows = self.rows.filter(household__in=some).values_list("key", "name", "kana", "birth")
                for key, name, kana, birth in rows:
                    own = names(name, kana, birth.isoformat() if birth else "")
                    if any(form in own for form in alike):
                        keys.add(key)
        return keys

    def _numbered(self, word: str) -> set[str]:
        """Keys of the person, or of the people of the household, whose number in the register ``word`` is."""
        if not _NUMBER.fullmatch(number := bare(word)):
            return set()
        # a spreadsheet takes the zeros before a number away
        numbers = {number, *(number.lstrip("0").zfill(width) for width in range(6, LONGEST + 1))}
        homes = [household_key(here(), one) for one in numbers]
        members = set(self.rows.filter(household__in=homes).values_list("key", flat=True))
        members.update(key for home in homes for key in self.overlay.homes.get(home, ()))
        return members | {person_key(here(), one) for one in numbers}

    def people(self, refs: Sequence[str]) -> dict[str, Person]:
        """People by the reference asked for, as the register has them and as was recorded of them since; who has left
        it with when and why. A record that was found to be another's gives that other.
        """
        finals = {ref: self.merges.final(ref) for ref in refs}
        group = {ref: [ref, *self.merges.absorbed.get(ref, ())] for ref in finals.values()}
        everybody = {ref for refs in group.values() for ref in refs}
        rows, known, told = self._rows, self._recorded, dict[str, WhereaboutsRow | None]()
        _complete(
            rows,
            everybody,
            lambda some: self.rows.filter(key__in=map(key_of, some)),
            lambda r: PersonSubject.ref(r.key),
        )
        _complete(known, everybody, lambda some: KnownRow.objects.filter(subject__in=some), lambda r: r.subject)
        _complete(told, everybody, lambda some: WhereaboutsRow.objects.filter(person__in=some), lambda r: r.person)
        former = self._former([ref for ref in group if not rows[ref] and key_of(ref) not in self.overlay.moved])
        found: dict[str, Person] = {}
        for ref, refs in group.items():
            where = next((told[r] for r in refs if told[r]), None)
            row, recorded = rows[ref], known[ref]
            moved = self.overlay.moved.get(key_of(ref))
            if moved is not None:
                gone, on = moved.outcome.gone, moved.outcome.gone_on
                found[ref] = self._person(ref, moved.outcome.state, recorded, where, gone.label if gone else None, on)
            elif row or (recorded and recorded.added):
                found[ref] = self._person(ref, row, recorded, where)
            elif ref in former:
                row, until = former[ref]
                found[ref] = self._person(ref, row, recorded, where, until)
        return {ref: found[final] for ref, final in finals.items() if final in found}

    def shielded_people(self) -> set[str]:
        """References of everybody who is protected, or lives with who is; records that were merged into theirs too."""
        homes = set(map(key_of, self.shielded))
        near = {*homes, *(k for k, m in self.overlay.moved.items() if m.outcome.state.household in homes)}
        near.update(edition.people().filter(shielded=True).values_list("key", flat=True))
        known = KnownRow.objects.filter(Q(protected=True) | Q(household__in=self.shielded))
        near.update(map(key_of, known.values_list("subject", flat=True)))
        files = edition.loaded()  # who has left is of an earlier one
        for some in portions(homes):
            near.update(edition.people().filter(snapshot__in=files, household__in=some).values_list("key", flat=True))
        people = self.people([PersonSubject.ref(key) for key in near])
        found = {who.ref for who in people.values() if who.protected}
        return found | {other for ref in found for other in self.merges.absorbed.get(ref, ())}

    def _former(self, refs: Iterable[str]) -> dict[str, tuple[PersonRow, T]]:
        """Those of an earlier full file, the newest that has them, who are not in this one: they left, and nobody sent
        the change.
        """
        found: dict[str, tuple[PersonRow, T]] = {}
        for some in portions(map(key_of, refs)):
            rows = edition.people().filter(snapshot__in=self._earlier, key__in=some)
            for row in sorted(rows, key=lambda r: self._earlier[r.snapshot]):
                day_of = self._earlier[row.snapshot]
                until = T(f"{day_of} の名簿まで", f"in the register until {day_of}")
                found[PersonSubject.ref(row.key)] = (row, until)
        return found

    @cached_property
    def _earlier(self) -> dict[str, dt.date]:
        """The full files before this one that are in the tables, and as of when each is."""
        taken = SnapshotRow.objects.order_by("as_of", "place")
        ours = taken.filter(snapshot=self.edition.snapshot).first()
        if ours is None:
            return {}
        before = taken.filter(as_of__lt=ours.as_of, snapshot__in=edition.loaded())
        return dict(before.values_list("snapshot", "as_of"))

    def households(self, refs: Sequence[str]) -> list[Household]:
        """Households in the order asked for; those unknown are absent."""
        refs = list(dict.fromkeys(filter(None, refs)))  # none is also how a row says that somebody is one of their own
        members: dict[str, list[str]] = {ref: [] for ref in refs}
        left: dict[str, list[str]] = {ref: [] for ref in refs}
        numbers: dict[str, str] = {}
        moved = self.overlay.moved
        for some in portions(refs):
            keys = [key_of(ref) for ref in some]
            for row in self.rows.filter(household__in=keys).order_by("rank", "number"):
                if row.key not in moved:
                    self._rows[ref := PersonSubject.ref(row.key)] = row
                    members[HouseholdSubject.ref(row.household)].append(ref)
            numbered = edition.homes().filter(snapshot=self.edition.snapshot, key__in=keys)
            numbers.update((HouseholdSubject.ref(key), n) for key, n in numbered.values_list("key", "number"))
            # what was recorded of them, of who was entered into their households, and of who lives in their own
            there = [*(m for ref in some for m in members[ref]), *map(PersonSubject.ref, keys)]
            known = list(
                KnownRow.objects.filter(Q(subject__in=there) | Q(household__in=some)).order_by("birth", "subject")
            )
            self._recorded.update(dict.fromkeys(there), **{one.subject: one for one in known})
            for one in sorted(filter(attrgetter("added"), known), key=lambda one: not one.household):
                if (home := one.household or own_household(one.subject)) in members:
                    members[home].append(one.subject)
        for ref in refs:
            for key in self.overlay.homes.get(key_of(ref), ()):
                members[ref].append(PersonSubject.ref(key))
                numbers.setdefault(ref, moved[key].outcome.state.household_number)
            for key in self.overlay.left.get(key_of(ref), ()):
                left[ref].append(PersonSubject.ref(key))
                numbers.setdefault(ref, moved[key].outcome.state.household_number)
            members[ref] = [m for m in members[ref] if m not in self.merges.hidden]
        people = self.people([m for found in (members, left) for some in found.values() for m in some])
        return [
            _household(ref, [people[m] for m in members[ref]], [people[m] for m in left[ref]], numbers.get(ref, ""))
            for ref in refs
            if members[ref] or left[ref]
        ]

    def _person(
        self,
        ref: str,
        row: PersonRow | State | None,
        known: KnownRow | None,
        told: WhereaboutsRow | None,
        left_why: T | None = None,
        left_on: dt.date | None = None,
    ) -> Person:
        home = HouseholdSubject.ref(row.household) if row else known.household if known else ""
        home = home or own_household(ref)
        protected = home in self.shielded or bool(known and known.protected) or _marked(row)
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
            # when they came or went, and whether by moving, tells where from: that they are gone is all that is said
            moved_on=row.moved_on if row and not undisclosed else None,
            moved_why=row.moved_why if row and not undisclosed else "",
            left_on=None if undisclosed else left_on,
            left_why=LEFT if left_why and undisclosed else left_why,
        )

    def _address(self, row: PersonRow | State) -> str:
        return f"{self.town}{row.town}{row.block}" + (f" {row.building}" if row.building else "")


def _complete[Row](
    have: dict[str, Row | None],
    refs: Iterable[str],
    rows: Callable[[list[str]], Iterable[Row]],
    of: Callable[[Row], str],
) -> None:
    """Fill in what ``rows`` tells of those references that are not known of yet."""
    for some in portions(ref for ref in refs if ref not in have):
        have.update(dict.fromkeys(some))
        have.update((of(row), row) for row in rows(some))


def _means(wanted: Sequence[tuple[list[str], set[str]]], key: str, text: str) -> bool:
    """Whether every word means the person of ``key``, by its forms in ``text`` or as who is known by it."""
    return all(key in known or any(form in text for form in alike) for alike, known in wanted)


def _marked(row: PersonRow | State | None) -> bool:
    """Whether the record itself is protected: so it stays after its person has left the register."""
    return row is not None and (row.protected or (isinstance(row, PersonRow) and row.shielded))


def _household(ref: str, members: list[Person], left: list[Person], number: str) -> Household:
    if not members:  # everybody has left: the household is still who it was
        members, left = left, []
    head = next((m for m in members if m.relation == HEAD), members[0])
    return Household(
        ref, head, [head, *(m for m in members if m is not head)], head.address, head.area, number, tuple(left)
    )


def _pages(rows: QuerySet[Any, Any], size: int) -> Iterator[Any]:
    """Rows, so many at a time: who has found enough asks for no more."""
    start = 0
    while some := list(rows[start : start + size]):
        yield from some
        if len(some) < size:
            return
        start, size = start + size, size * 4
