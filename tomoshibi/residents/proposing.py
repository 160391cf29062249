"""Records that may be one person's, with what speaks for it and against: proposed to people, never merged by itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count

from tomoshibi.journal.access import Actor
from tomoshibi.residents import edition, queries
from tomoshibi.residents.edition import portions
from tomoshibi.residents.matching import name_form, place_form
from tomoshibi.residents.merges import Merges
from tomoshibi.residents.models import KnownRow, MergeRow
from tomoshibi.residents.persons import Person
from tomoshibi.residents.subjects import Identity
from tomoshibi.residents.subjects import Person as PersonSubject
from tomoshibi.vocabulary import T

#: people entered without a day of birth whose names are looked up in one question
NAMED = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """``one`` may be ``other``: the record that would go into the other, and the one that stays."""

    one: Person
    other: Person
    reasons: tuple[T, ...]
    doubts: tuple[T, ...]

    @property
    def identity(self) -> str:
        """Reference of the subject that a merge is recorded of."""
        return Identity.ref(self.one.key)

    @property
    def both(self) -> tuple[Person, Person]:
        """The two, for a page."""
        return self.one, self.other


def proposals(actor: Actor, *, within_register: bool = False) -> list[Proposal]:
    """Pairs that somebody should look at, the surest first: people entered by hand with each other and with the
    register; with ``within_register`` also two numbers of the register with one name and one birthday.

    Pairs that were found to be two people, and those with a protected person for who may not see where they are, are
    left out.
    """
    merges = Merges()
    apart = _apart()
    added = list(KnownRow.objects.filter(added=True).exclude(subject__in=merges.hidden))
    pairs = {*_with_register(added), *_with_each_other(added)}
    if within_register:
        pairs |= set(_within_register())
    people = queries.persons({ref for pair in pairs for ref in pair}, actor)
    found = []
    for one, other in sorted(pairs):
        if one not in people or other not in people or frozenset((one, other)) in apart:
            continue
        first, second = people[one], people[other]
        if first.ref != second.ref and not (first.undisclosed or second.undisclosed):
            found.append(_weighed(first, second))
    return sorted(found, key=lambda p: (len(p.doubts) - len(p.reasons), p.one.kana, p.one.ref))


def _apart() -> set[frozenset[str]]:
    rows = MergeRow.objects.exclude(apart="").values_list("person", "apart")
    return {frozenset((person, other)) for person, others in rows for other in others.split("\n")}


def _with_register(added: Iterable[KnownRow]) -> Iterator[tuple[str, str]]:
    now = edition.of()
    born: dict[dt.date | None, list[KnownRow]] = defaultdict(list)
    nameless: list[KnownRow] = []
    for row in added:
        (born[row.birth] if row.birth else nameless).append(row)
    for some in portions([d.isoformat() for d in born if d]):
        for key, name, kana, birth in now.rows.filter(birth__in=some).values_list("key", "name", "kana", "birth"):
            yield from ((row.subject, PersonSubject.ref(key)) for row in born[birth] if _alike(row, name, kana))
    for key, moved in now.overlay.moved.items():
        state = moved.outcome.state
        yield from (
            (row.subject, PersonSubject.ref(key))
            for row in born.get(state.birth, ())
            if _alike(row, state.name, state.kana)
        )
    for row in nameless[:NAMED]:
        rows = now.rows.filter(words__startswith=f"{name_form(row.name)}|")
        yield from ((row.subject, PersonSubject.ref(key)) for key in rows.values_list("key", flat=True)[:NAMED])


def _with_each_other(added: list[KnownRow]) -> Iterator[tuple[str, str]]:
    by_name: dict[str, list[KnownRow]] = defaultdict(list)
    for row in added:
        for form in {name_form(row.name), name_form(row.kana)} - {""}:
            by_name[form].append(row)
    for rows in by_name.values():
        for n, row in enumerate(rows):
            for other in rows[n + 1 :]:
                if row.birth == other.birth or not (row.birth and other.birth):
                    first, second = sorted((row.subject, other.subject))
                    yield second, first


def _within_register() -> Iterator[tuple[str, str]]:
    rows = edition.of().rows.exclude(birth=None)
    twice = rows.values("name", "birth").annotate(n=Count("key")).filter(n__gt=1)
    for found in twice[:500]:
        same = rows.filter(name=found["name"], birth=found["birth"]).order_by("number").values_list("key", flat=True)
        refs = [PersonSubject.ref(key) for key in same]
        yield from ((other, refs[0]) for other in refs[1:])


def _alike(row: KnownRow, name: str, kana: str) -> bool:
    own = {name_form(row.name), name_form(row.kana)} - {""}
    return bool(own & {name_form(name), name_form(kana)})


def _weighed(one: Person, other: Person) -> Proposal:
    reasons, doubts = [], []
    if name_form(one.name) == name_form(other.name):
        reasons.append(T("氏名が同じ", "the same name"))
    else:
        doubts.append(T("氏名の漢字が違う", "the name is written otherwise"))
    if one.kana and other.kana:
        same = name_form(one.kana) == name_form(other.kana)
        (reasons if same else doubts).append(
            T("かなが同じ", "the same kana") if same else T("かなが違う", "other kana")
        )
    if one.birth and one.birth == other.birth:
        reasons.append(T("生年月日が同じ", "the same day of birth"))
    else:
        doubts.append(T("生年月日が確かめられない", "the day of birth is not sure"))
    if one.sex and other.sex and one.sex != other.sex:
        doubts.append(T("性別が違う", "another sex"))
    if one.address and other.address:
        mine, theirs = place_form(one.address), place_form(other.address)
        same = mine in theirs or theirs in mine
        (reasons if same else doubts).append(
            T("住所が同じ", "the same address") if same else T("住所が違う", "another address")
        )
    if one.number and other.number:
        doubts.append(T("宛名番号が2つある（台帳では別人）", "two register numbers: two people to the register"))
    return Proposal(one, other, tuple(reasons), tuple(doubts))
