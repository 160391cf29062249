"""Readings of the journal for its own pages and the API: entries as people read them, subjects, what is in dispute."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from tomoshibi.journal import facts
from tomoshibi.journal.access import BY_ITSELF, Actor, name_of
from tomoshibi.journal.facts import Fact, Shown
from tomoshibi.journal.laws import Finding, Law, breaches
from tomoshibi.journal.models import EntryRow, NodeRow, SubjectRow
from tomoshibi.journal.pages import all_withheld, may_read, readable, sites_read
from tomoshibi.journal.states import Register, Subject, Track
from tomoshibi.vocabulary import T

#: a reference of a subject, as words of a value have it
REFERENCE = re.compile(r"\b[a-z_]+\.[a-z_]+:[\w-]+")


@dataclass
class Told:
    """An entry with what it says, for lists and timelines."""

    row: EntryRow
    title: str
    node_name: str

    @cached_property
    def _decoded(self) -> tuple[Fact | None, str]:
        if self.row.payload is None:
            return None, str(T("法令により内容が消去されています", "its content was erased by law"))
        return facts.decode(self.row.kind, self.row.version, self.row.payload)

    @property
    def fact(self) -> Fact | None:
        """The fact, or None where it was erased or this version cannot read it."""
        return self._decoded[0]

    @property
    def unread(self) -> str:
        """Why it cannot be read; empty where it can."""
        return self._decoded[1]

    @property
    def label(self) -> T:
        """The kind, in words."""
        kind = facts.kind_of(self.row.kind)
        return kind.label if kind else T(self.row.kind, self.row.kind)

    @property
    def sentence(self) -> T:
        """What happened, in a sentence."""
        return self.fact.tell() if self.fact else self.label

    @property
    def changes(self) -> list[tuple[T, str, T | None]]:
        """What it says field by field: label, value in words, unit."""
        if self.fact is None:
            return []
        shown, kind = self.fact.shown(), type(self.fact)
        return [
            ((how := Shown.of(kind, name)).label, shown[name], how.unit)
            for name in kind.model_fields
            if name in shown and Shown.of(kind, name).widget != "hidden"
        ]

    @property
    def who(self) -> str:
        """Who recorded it; the program itself in the reader's language."""
        name = name_of(self.row.actor)
        return str(BY_ITSELF) if name == BY_ITSELF.ja and self.row.actor.startswith("system:") else name

    @property
    def after(self) -> list[str]:
        """Ids of the entries that the page showed when it was recorded."""
        ids: list[str] = json.loads(self.row.after)
        return ids

    @property
    def type(self) -> T:
        """The kind of subject, in words."""
        return type_label(self.row.subject)


def type_label(subject: str) -> T:
    """The kind of a subject, in words."""
    cls = Subject.of(subject)
    name = subject.partition(":")[0]
    return cls.label if cls else T(name, name)


def titles_in(texts: Iterable[str], actor: Actor) -> dict[str, str]:
    """Titles of the subjects whose references stand in ``texts``, of those that ``actor`` may see."""
    named = {found for text in texts for found in REFERENCE.findall(text)}
    rows = SubjectRow.objects.filter(subject__in=readable(actor, named)).exclude(title="")
    return dict(rows.values_list("subject", "title"))


def tell(rows: Iterable[EntryRow]) -> list[Told]:
    """Entries with the titles of their subjects and the names of their nodes."""
    rows = list(rows)
    titles = dict(SubjectRow.objects.filter(subject__in={r.subject for r in rows}).values_list("subject", "title"))
    names = dict(NodeRow.objects.filter(id__in={r.node for r in rows}).values_list("id", "name"))
    return [Told(r, titles.get(r.subject) or r.subject, names.get(r.node) or r.node) for r in rows]


def _bounds(actor: Actor) -> Iterable[tuple[str, set[str]]]:
    """Types of subjects of which ``actor`` may not see all on the generic pages, with the sites where they may."""
    for name in Subject._types:
        if name != "*" and (sites := sites_read(actor, f"{name}:")) is not None:
            yield name, sites


def entries_for(actor: Actor) -> QuerySet[EntryRow]:
    """The entries of the world that we are in that ``actor`` may see."""
    rows = EntryRow.objects.all()
    for name, sites in _bounds(actor):
        of_type = Q(subject__startswith=f"{name}:")
        if sites:
            there = SubjectRow.objects.filter(type=name, site__in=sites).values("subject")
            of_type &= ~Q(subject__in=there)
        rows = rows.exclude(of_type)
    return rows.exclude(subject__in=kept) if (kept := all_withheld(actor)) else rows


def subjects_for(actor: Actor) -> QuerySet[SubjectRow]:
    """The subjects of the world that we are in that ``actor`` may see."""
    hidden = Q()
    for name, sites in _bounds(actor):
        hidden |= Q(type=name) & ~Q(site__in=sites)
    return SubjectRow.objects.exclude(hidden | Q(subject__in=all_withheld(actor)))


def find(actor: Actor, words: str, limit: int = 50) -> list[SubjectRow]:
    """Subjects whose search words hold every one of ``words``, those whose title begins with them first."""
    rows = subjects_for(actor).exclude(search="")
    for word in words.split():
        rows = rows.filter(Q(search__icontains=word) | Q(title__icontains=word))
    found = list(rows.order_by("type", "title")[: limit * 4])
    found.sort(key=lambda r: not r.title.startswith(words.strip()))
    return found[:limit]


def recordable(actor: Actor, subject: str) -> list[tuple[str, T]]:
    """The kinds of facts that ``actor`` may record of ``subject``: name and label."""
    type_name = subject.partition(":")[0]
    kinds = [k for k in facts.kinds().values() if k.subject.type == type_name and actor.sites(k.kind) != set()]
    return [(k.kind, k.label) for k in sorted(kinds, key=lambda k: k.kind)]


@dataclass(frozen=True)
class PartShown:
    """A register or track of a subject as a page shows it: its value in words, since when, and whether disputed."""

    label: T
    words: str
    since: str | None
    disputed: bool


def parts(state: Subject) -> list[PartShown]:
    """The present values of a subject, those that have a label and were written."""
    return [
        PartShown(p.label, facts.words(p.value), p.entry.happened_at, p.conflict() is not None)
        for p in state.parts
        if isinstance(p, Register | Track) and p.label is not None and p.entry is not None
    ]


@dataclass(frozen=True)
class RivalTold:
    """One side of a dispute: the entry, the value in words, whether it can be chosen."""

    told: Told
    words: str
    choosable: bool


@dataclass(frozen=True)
class Dispute:
    """A part of a subject with rivals, and the heads that settling it must know."""

    row: SubjectRow
    type: T
    part: str
    label: T
    rivals: list[RivalTold]
    heads: list[str]


def disputes(actor: Actor) -> list[Dispute]:
    """Every part in dispute of the subjects that ``actor`` may see."""
    rows = list(subjects_for(actor).exclude(conflicts="[]").order_by("type", "title"))
    ids = {r["entry"] for row in rows for d in row.disputes for r in d["rivals"]}
    told = {t.row.id: t for t in tell(EntryRow.objects.filter(id__in=ids))}
    return [
        Dispute(
            row,
            type_label(row.subject),
            d["part"],
            T(*d["label"]),
            [
                RivalTold(t, r["words"], t.fact is not None and actor.may(t.row.kind))
                for r in d["rivals"]
                if (t := told.get(r["entry"]))
            ],
            row.head_ids,
        )
        for row in rows
        for d in row.disputes
    ]


@dataclass(frozen=True)
class FindingTold:
    """A breach of a law, with the subjects concerned and their titles."""

    finding: Finding
    titles: list[tuple[str, str]]


def broken_laws(actor: Actor) -> list[tuple[Law, list[FindingTold]]]:
    """Laws across subjects that are broken, as far as ``actor`` may see the subjects concerned."""
    broken = [
        (held, [f for f in findings if all(may_read(actor, s) for s in f.subjects)]) for held, findings in breaches()
    ]
    subjects = {s for _, findings in broken for f in findings for s in f.subjects}
    titles = dict(SubjectRow.objects.filter(subject__in=subjects).values_list("subject", "title"))
    return [
        (held, [FindingTold(f, [(s, titles.get(s) or s) for s in f.subjects]) for f in findings])
        for held, findings in broken
        if findings
    ]


def unread(actor: Actor) -> list[tuple[SubjectRow, list[tuple[str, str]]]]:
    """Subjects with entries that this version of the program keeps and cannot read: (subject, [(entry, why)])."""
    rows = subjects_for(actor).exclude(unread="[]").order_by("type", "title")
    return [(row, json.loads(row.unread)) for row in rows]
