"""Readings of the room's tables, named as questions."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from tomoshibi.continuity.models import (
    ConditionRow,
    CounterEventRow,
    CounterRow,
    IntroductionRow,
    ItemRow,
    PointRow,
)
from tomoshibi.continuity.subjects import Condition
from tomoshibi.continuity.words import SEVERITY, UNCONFIRMED, Aspect, Group, ItemKind, State
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.people.models import SectionRow
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.vocabulary import T

#: what a report means by 直後
FIRST = timedelta(hours=24)


def items(retired: bool = False) -> QuerySet[ItemRow]:
    """The inventory, in the order of the report; what is no row of it comes after, by code."""
    return ItemRow.objects.filter(retired=retired).order_by(F("order").asc(nulls_last=True), "code", "name", "subject")


def names_of(subjects: Iterable[str]) -> dict[str, str]:
    """Names of items and places by reference; those unknown are absent."""
    wanted = {s for s in subjects if s}
    if not wanted:
        return {}
    return {
        **dict(ItemRow.objects.filter(subject__in=wanted).values_list("subject", "name")),
        **place_names(wanted),
    }


def kind_of_item(item: str) -> ItemKind | None:
    """What an item is; None where it is not known here."""
    kind = ItemRow.objects.filter(subject=item).values_list("kind", flat=True).first()
    return ItemKind(kind) if kind else None


def onset(incident: IncidentRow) -> datetime | None:
    """When the incident began: when it shook, or was opened where nobody said."""
    return incident.began or incident.opened


@dataclass
class Line:
    """One row of the board: an item and how it fares. ``condition`` is None where nobody has said anything of it."""

    item: ItemRow
    incident: str
    condition: ConditionRow | None = None
    data: ConditionRow | None = None
    backup: ConditionRow | None = None
    cause: str = ""
    section: str = ""

    @property
    def state(self) -> State | None:
        """Its state; None: nobody has looked 未確認."""
        return State(self.condition.state) if self.condition and self.condition.state else None

    @property
    def state_key(self) -> str:
        """The state as a word for addresses and styles."""
        return self.state.value if self.state else "unconfirmed"

    @property
    def word(self) -> T:
        """The state in words."""
        return self.state.label if self.state else UNCONFIRMED

    @property
    def subject(self) -> str:
        """Reference of its condition, whether or not anything was recorded."""
        return self.condition.subject if self.condition else Condition.of_item(self.incident, self.item.subject)

    def subject_of(self, aspect: Aspect) -> str:
        """Reference of the condition of an aspect."""
        held = {Aspect.ITEM: self.condition, Aspect.DATA: self.data, Aspect.BACKUP: self.backup}[aspect]
        return held.subject if held else Condition.of_item(self.incident, self.item.subject, aspect)

    @property
    def is_down(self) -> bool:
        """Whether somebody must look after it: stopped, degraded, or found in an unknown state."""
        return self.state in (State.STOPPED, State.DEGRADED, State.UNKNOWN)


@dataclass
class Board:
    """The state of everything in one incident."""

    lines: list[Line]
    counts: Tally[str] = field(default_factory=Tally)

    @property
    def groups(self) -> list[tuple[Group, list[Line]]]:
        """The lines by group, in the report's order; groups without any are left out."""
        by_group = {g: [line for line in self.lines if line.item.group is g] for g in Group}
        return [(g, lines) for g, lines in by_group.items() if lines]

    def of_group(self, group: Group) -> list[Line]:
        """The lines of a group."""
        return [line for line in self.lines if line.item.group is group]

    @property
    def down(self) -> list[Line]:
        """What is down, worst first."""
        rank = {state: i for i, state in enumerate(SEVERITY)}
        return sorted((x for x in self.lines if x.is_down), key=lambda x: rank[x.state] if x.state else len(rank))

    @property
    def unconfirmed(self) -> list[Line]:
        """What nobody has looked at since the incident began."""
        return [line for line in self.lines if line.state is None]


def conditions(incident: str) -> dict[tuple[str, Aspect], ConditionRow]:
    """Conditions of an incident (and of those merged into it) by item and aspect: what was said last stands."""
    found: dict[tuple[str, Aspect], ConditionRow] = {}
    refs = incidents.with_merged(incident)
    for row in ConditionRow.objects.filter(incident__in=refs).order_by(
        F("confirmed_at").asc(nulls_first=True), "subject"
    ):
        found[row.item, Aspect(row.aspect)] = row
    return found


def board(incident: str) -> Board:
    """The board of an incident (a reference): every item in use, whether or not somebody has looked at it."""
    rows = [item for item in items() if item.kind_word.on_board]
    known = conditions(incident)
    causes = names_of(c.cause for c in known.values())
    sections = dict(SectionRow.objects.filter(subject__in={r.section for r in rows}).values_list("subject", "name"))
    lines = []
    for item in rows:
        held = {aspect: known.get((item.subject, aspect)) for aspect in Aspect}
        condition = held[Aspect.ITEM]
        cause = causes.get(condition.cause, "") if condition else ""
        data, backup, section = held[Aspect.DATA], held[Aspect.BACKUP], sections.get(item.section, "")
        lines.append(Line(item, incident, condition, data, backup, cause, section))
    return Board(lines, Tally(line.state_key for line in lines))


def line(incident: str, item: str) -> Line | None:
    """One row of the board; None where there is no such item."""
    return next((x for x in board(incident).lines if x.item.subject == item), None)


def points(incident: str) -> dict[tuple[str, Aspect], list[PointRow]]:
    """Every state that was found in an incident, by item and aspect, in the order in which they came about."""
    found: dict[tuple[str, Aspect], list[PointRow]] = {}
    for row in PointRow.objects.filter(incident__in=incidents.with_merged(incident)).order_by("at", "key"):
        found.setdefault((row.item, Aspect(row.aspect)), []).append(row)
    return found


def introductions(incident: str) -> QuerySet[IntroductionRow]:
    """Systems introduced because of an incident, the victim-support system first."""
    found = IntroductionRow.objects.filter(incident__in=incidents.with_merged(incident), withdrawn=False)
    return found.order_by("-victim_support", F("in_service").asc(nulls_last=True), "name")


def counters(retired: bool = False) -> QuerySet[CounterRow]:
    """The town's counters: those of a disaster first."""
    return CounterRow.objects.filter(retired=retired).order_by("kind", "order", "name")


def counter_events(incident: str) -> QuerySet[CounterEventRow]:
    """Openings and closings of counters in an incident, by day."""
    return CounterEventRow.objects.filter(incident__in=incidents.with_merged(incident)).order_by("on", "key")


def sites_cut(incident: str) -> dict[str, list[Line]]:
    """Sites that are cut off, with the items because of which they are: a line that is down where it stands, too."""
    found: dict[str, list[Line]] = {}
    for held in board(incident).lines:
        cut = set(held.condition.sites_cut) if held.condition else set()
        if held.state is State.STOPPED and held.item.site:
            cut.add(held.item.site)
        for site in sorted(cut):
            found.setdefault(site, []).append(held)
    return found
