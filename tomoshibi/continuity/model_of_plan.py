"""The plan's rows as what computes: the one place where tables become a graph and a model of recovery.

How the rows are read (the room's README says what they mean):

- Every item but contracts is a node. Needs with one ``group`` are alternatives; every other need stands alone.
- A battery holds only against the loss of power: it is a node of its own that needs the item's power and goes on for
  its minutes. So is the fuel of a generator, used from when the other members of its group have stopped.
- A line with two ends joins them. A ``reach`` need makes its target a head office; every end then has a node *joined
  to it*, which stops when no path of working lines and ends is left. Who needs an end needs that node; who
  needs only its power or its people needs the end itself, which may well work when it is cut off.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from tomoshibi.continuity.graph import Graph, Node
from tomoshibi.continuity.models import DependencyRow, ItemRow
from tomoshibi.continuity.plan_queries import TableRow, dependencies, nodes, plan_rows
from tomoshibi.continuity.plan_tables import (
    TABLES,
    AgreementDescribed,
    BackupDescribed,
    CrewDescribed,
    DrillDescribed,
    MeasureDescribed,
    RiskDescribed,
    StepDescribed,
)
from tomoshibi.continuity.subjects import Dependency, Item
from tomoshibi.continuity.whatif import BATTERY, FUEL, REACH
from tomoshibi.continuity.words import ItemKind, Need
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.states import Subject
from tomoshibi.people import queries as people
from tomoshibi.people.models import RoleRow
from tomoshibi.people.subjects import Role, Section, Staff
from tomoshibi.places.subjects import Area, Site
from tomoshibi.vocabulary import T, language

#: what is needed of an end of lines even when it is cut off
OF_THE_END = (Need.POWER, Need.STAFF)


@dataclass(frozen=True)
class Plan:
    """The rows that compute, as they stand at one place of the journal. ``names``: of sections, people and sites."""

    items: tuple[ItemRow, ...]
    needs: tuple[DependencyRow, ...] = ()
    backups: tuple[TableRow[BackupDescribed], ...] = ()
    crews: tuple[TableRow[CrewDescribed], ...] = ()
    risks: tuple[TableRow[RiskDescribed], ...] = ()
    measures: tuple[TableRow[MeasureDescribed], ...] = ()
    drills: tuple[TableRow[DrillDescribed], ...] = ()
    agreements: tuple[TableRow[AgreementDescribed], ...] = ()
    steps: tuple[TableRow[StepDescribed], ...] = ()
    roles: tuple[RoleRow, ...] = ()
    names: dict[str, str] = dataclasses.field(default_factory=dict)

    @cached_property
    def by_ref(self) -> dict[str, ItemRow]:
        """Items by reference."""
        return {item.subject: item for item in self.items}

    def name(self, ref: str) -> str:
        """What people call an item, a section, a person or a place."""
        item = self.by_ref.get(ref)
        return item.name if item else self.names.get(ref, ref)

    def of_kind(self, *kinds: ItemKind) -> list[ItemRow]:
        """Items of these kinds."""
        return [item for item in self.items if item.kind_word in kinds]

    @cached_property
    def graph(self) -> Graph:
        """The graph of the plan.

        :raises GraphError: where the rows make none; it names them.
        """
        return Graph(_nodes(self))

    @cached_property
    def _words(self) -> dict[str, str]:
        """References by everything that an item may be called by."""
        found: dict[str, str] = {}
        for item in self.items:
            for word in (item.name, item.code, item.key, item.subject):
                if word:
                    found.setdefault(word, item.subject)
        return found

    @cached_property
    def vendors(self) -> dict[str, str]:
        """References of vendors by name."""
        return {item.name: item.subject for item in self.of_kind(ItemKind.VENDOR)}

    def below(self, ref: str) -> list[str]:
        """References of everything that an item needs, and itself."""
        found = [ref]
        for one in found:
            found += [row.needs for row in self.needs_of.get(one, ()) if row.needs not in found]
        return found

    @cached_property
    def needs_of(self) -> dict[str, list[DependencyRow]]:
        """What each item needs, by its reference."""
        found: dict[str, list[DependencyRow]] = {}
        for row in self.needs:
            found.setdefault(row.dependent, []).append(row)
        return found

    def find(self, word: str) -> str | None:
        """The item that somebody means by its reference, key, code or name; a part of a name where only one has it."""
        if word in self._words:
            return self._words[word]
        part = [item.subject for item in self.items if word and word in item.name]
        return part[0] if len(part) == 1 else None


#: subjects from whose rows a plan is read: what is recorded of any other leaves it as it was
READ_FROM: tuple[type[Subject], ...] = (
    Item,
    Dependency,
    Role,
    Section,
    Staff,
    Site,
    Area,
    *(table.subject for table in TABLES.values()),
)
_TYPES = frozenset(subject.type for subject in READ_FROM)
#: the journal's last entry when a plan was read: position and hash
Head = tuple[int, str]
NOWHERE: Head = (0, "")
_cache: dict[tuple[str, str], tuple[Head, Plan]] = {}
_lock = Lock()


def the_plan() -> Plan:
    """The plan of the world that we are in; the same object until something is recorded that a plan is read from."""
    if worlds.is_reading():
        return _read()
    place = (worlds.world(), language())  # names of batteries and tanks are words
    with _lock:
        held = _cache.get(place)
    head, changed = _since(held[0] if held else None)
    plan = _read() if held is None or changed else held[1]
    with _lock:
        _cache[place] = head, plan
    return plan


def _since(before: Head | None) -> tuple[Head, bool]:
    """The journal's head, and whether what came after ``before`` (or another journal in its place) touches the plan."""
    head, changed = NOWHERE, True
    if before is not None:
        rows = EntryRow.objects.filter(pos__gte=before[0]).order_by("pos").values_list("pos", "hash", "subject")
        for pos, hash_, subject in rows.iterator():
            changed = (pos, hash_) != before if head == NOWHERE else changed or subject.partition(":")[0] in _TYPES
            head = pos, hash_
    if head == NOWHERE:  # nobody has read it yet, or the entry is not there any more
        head = EntryRow.objects.order_by("-pos").values_list("pos", "hash").first() or NOWHERE
        changed = head != before
    return head, changed


def _read() -> Plan:
    items, roles = tuple(nodes()), tuple(people.roles())
    refs = {item.section for item in items} | {ref for role in roles for ref in role.chain}
    return Plan(
        items,
        tuple(dependencies()),
        tuple(plan_rows(BackupDescribed)),
        tuple(plan_rows(CrewDescribed)),
        tuple(plan_rows(RiskDescribed)),
        tuple(plan_rows(MeasureDescribed)),
        tuple(plan_rows(DrillDescribed)),
        tuple(plan_rows(AgreementDescribed)),
        tuple(plan_rows(StepDescribed)),
        roles,
        {**people.names_of(refs), **_places(items)},
    )


def _places(items: Iterable[ItemRow]) -> dict[str, str]:
    from tomoshibi.places.queries import names_of

    return names_of({ref for item in items for ref in (item.site, item.area)})


def _nodes(plan: Plan) -> Iterator[Node]:
    items = [item for item in plan.items if item.kind_word is not ItemKind.CONTRACT]
    known = {item.subject for item in items}
    rows = [row for row in plan.needs if {row.dependent, row.needs} <= known]
    joined = _Joined(items, rows)
    grouped: dict[str, dict[str, list[DependencyRow]]] = defaultdict(lambda: defaultdict(list))
    for i, row in enumerate(rows):
        if joined.is_path(row):
            continue  # its joint says it
        grouped[row.dependent][row.group or f"\0{i}"].append(row)
    tanks: set[str] = set()
    for item in items:
        groups: list[tuple[bool, tuple[str, ...]]] = []
        for members in grouped[item.subject].values():
            keys = [joined.need(row) for row in members]
            others = tuple(k for k in keys if not _fuel(plan, k))
            for place, key in enumerate(keys):
                if others and _fuel(plan, key):
                    keys[place] = used = f"{key} for {' '.join(others)}"
                    if used in tanks:
                        continue
                    tanks.add(used)
                    generator = plan.by_ref[key]
                    fuel = T(f"{generator.name} 燃料", f"Fuel of {generator.name}")
                    yield Node(f"{used} fuel", str(fuel), FUEL, (others,), generator.fuel_hours or 0, of=key)
                    yield Node(used, generator.name, FUEL, ((key,), (f"{used} fuel",)), of=key)
            groups.append((members[0].need_word is Need.POWER, tuple(keys)))
        power = tuple(keys for is_power, keys in groups if is_power)
        needs = tuple(keys for _, keys in groups)
        if item.battery_minutes and power:
            battery = T(f"{item.name} 電池", f"Battery of {item.name}")
            key = f"{item.subject} battery"
            yield Node(key, str(battery), BATTERY, power, item.battery_minutes / 60, of=item.subject)
            needs = (*(keys for is_power, keys in groups if not is_power), (key,))
        yield Node(item.subject, item.name, item.kind, needs, tell=tuple(_tell(plan, item)))
    yield from joined.nodes(plan)


def _fuel(plan: Plan, key: str) -> bool:
    item = plan.by_ref.get(key)
    return item is not None and bool(item.fuel_hours)


def _tell(plan: Plan, item: ItemRow) -> Iterator[str]:
    """Who hears of it: the section in charge, the vendor with its number, whoever is its contact."""
    if item.section:
        yield plan.name(item.section)
    # a vendor that is written by its name is the one of the table of vendors, with its number
    vendor = plan.by_ref.get(item.vendor_needed) or plan.by_ref.get(plan.vendors.get(item.vendor, ""))
    if vendor is not None:
        yield " ".join(filter(None, (vendor.name, vendor.contact, vendor.phone)))
    elif item.vendor:
        yield item.vendor
    if item.contact and item.kind_word is not ItemKind.VENDOR:
        yield " ".join(filter(None, (item.contact, item.phone)))


class _Joined:
    """The lines of the plan as networks: for every head office, which ends are joined to it."""

    def __init__(self, items: list[ItemRow], rows: list[DependencyRow]) -> None:
        known = {item.subject for item in items}
        self.lines = {i.subject: i.joins for i in items if len(i.joins) == 2 and set(i.joins) <= known}
        self.around: dict[str, set[str]] = defaultdict(set)
        for a, b in self.lines.values():
            self.around[a].add(b)
            self.around[b].add(a)
        #: of each end that must reach a target, its targets
        self.targets: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if self.is_path(row):
                self.targets[row.dependent].append(row.needs)

    def is_path(self, row: DependencyRow) -> bool:
        """Whether a need is a path between two ends of lines."""
        return row.need_word is Need.REACH and row.dependent in self.around and row.needs in self.around

    def need(self, row: DependencyRow) -> str:
        """What a need is a need of: an end, or that it is joined to its head office."""
        targets = self.targets.get(row.needs)
        return f"{row.needs}→{targets[0]}" if targets and row.need_word not in OF_THE_END else row.needs

    def nodes(self, plan: Plan) -> Iterator[Node]:
        """The joints and links, for every target once."""
        for target in dict.fromkeys(t for targets in self.targets.values() for t in targets):
            near = [target]
            for end in near:
                near += self.around[end] - set(near)
            asked = {end for end, targets in self.targets.items() if target in targets}
            for end in (ref for ref in plan.by_ref if ref in asked or ref in near):
                kind = REACH if end in asked else "joint"
                cut_off = end not in near  # no line leads there at all: it never was reached
                yield Node(
                    f"{end}→{target}",
                    plan.name(end),
                    kind,
                    ((end,),),
                    hub=end == target,
                    of=end,
                    never=cut_off,
                )
            for line, (a, b) in self.lines.items():
                if a in near:
                    joins = (f"{a}→{target}", f"{b}→{target}")
                    yield Node(f"{line}→{target}", plan.name(line), "link", ((line,),), ends=joins, of=line)
