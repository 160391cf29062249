"""The plan's rows as a recovery that can be played: who mends what, with what is assumed where the rows are silent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from tomoshibi.continuity.forecast import AT_ONCE, Crew, Model, Span, Work
from tomoshibi.continuity.inheritance import inherited, lines_needed
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import ItemRow
from tomoshibi.continuity.plan_words import Procedure
from tomoshibi.continuity.words import ItemKind, Need
from tomoshibi.vocabulary import T

#: hours until something is back of which the plan says nothing at all
UNKNOWN_HOURS = Span(4, 24, 72)
#: share of power cuts in which a generator does not start: tested under load or never
TESTED, UNTESTED = 0.05, 0.3
HOURS, PEOPLE_HOURS = T("時間", "h"), T("人時", "person-hours")
#: kinds whose work begins only when what they need is back
AFTER_NEEDS = (ItemKind.SYSTEM, ItemKind.DATA)


@dataclass(frozen=True)
class Recovery:
    """A recovery to be played, and what was assumed for it, for people to read."""

    model: Model
    assumed: tuple[T, ...]
    #: works whose place in the order the officers have said; the others stand by the RTO that is asked of them
    ordered: int
    unit: T


@dataclass(frozen=True)
class Recoveries:
    """The plan's rows, made ready to play any damage."""

    plan: Plan

    @cached_property
    def demanded(self) -> dict[str, float]:
        """Hours within which each item must be back: its own RTO or the shortest of what needs it."""
        own = {item.subject: item.rto_hours for item in self.plan.items if item.rto_hours is not None}
        reach = [(row.dependent, row.needs) for row in self.plan.needs if row.need_word is Need.REACH]
        needs = [(row.dependent, row.needs) for row in self.plan.needs]
        needs += lines_needed({i.subject: i.joins for i in self.plan.items if len(i.joins) == 2}, reach)
        asked = inherited(own, needs)
        return {
            ref: min(own.get(ref, math.inf), asked[ref][0] if ref in asked else math.inf) for ref in self.plan.by_ref
        }

    @cached_property
    def start_up(self) -> dict[str, float]:
        """Hours that systems take to start, as their start-up procedures add up."""
        minutes: dict[str, float] = defaultdict(float)
        for row in self.plan.steps:
            if row.said.procedure is Procedure.STARTUP and row.said.item in self.plan.graph.index:
                minutes[row.said.item] += row.said.minutes or 0
        return {ref: total / 60 for ref, total in minutes.items() if total}

    @cached_property
    def services(self) -> dict[str, float]:
        """What an hour without each service counts: the people that it serves in a day; see :attr:`counted`."""
        services = self.plan.of_kind(ItemKind.SERVICE) or self.plan.of_kind(ItemKind.SYSTEM)
        least = min((item.people_served for item in services if item.people_served), default=1)
        return {s.subject: float(least if s.people_served is None else s.people_served) for s in services}

    @cached_property
    def counted(self) -> T:
        """How hours without a service are counted: an assumption, for people to read."""
        services = self.plan.of_kind(ItemKind.SERVICE)
        unknown = [item.name for item in services if item.people_served is None]
        if not services:
            return T(
                "窓口業務の登録がないので、システムをどれも同じ重さで数えた。",
                "No services: every system counts alike.",
            )
        if len(unknown) == len(services):
            return T(
                "窓口業務の利用者の登録がないので、どの業務も同じ重さで数えた。",
                "Nobody has said how many people a service serves: every service counts alike.",
            )
        rest = T(
            f"利用者の分からない業務は最少の業務と同じとした: {'、'.join(unknown)}。",
            f" Where it is not known, as the smallest: {', '.join(unknown)}.",
        )
        return T(
            "窓口業務の止まる時間に、一日の利用者を掛けて数えた。" + (rest.ja if unknown else ""),
            "Hours without a service are counted by the people that it serves in a day." + (rest.en if unknown else ""),
        )

    @property
    def unit(self) -> T:
        """The unit of what is lost: hours, or hours of people."""
        return PEOPLE_HOURS if any(x != 1.0 for x in self.services.values()) else HOURS

    def of(self, hit: Collection[str], outage: float | None = None, elapsed: float = 0.0) -> Recovery:
        """The recovery where these are damaged. ``outage``: hours for which a risk says that they are out;
        ``elapsed``: hours since the onset.

        :raises GraphError: where the plan makes no graph.
        """
        assumed: list[T] = []
        works = [self._work(item, outage, assumed) for item in self._damaged(hit)]
        works += self._generators(hit, assumed)
        works.sort(key=self._place)
        ordered = sum(self.plan.by_ref[work.node].work_order is not None for work in works)
        crews = self._crews(works, set(hit), outage, assumed)
        people = {crew.name: crew.size for crew in crews}
        works = [replace(w, hands=max(1, min(w.hands, people.get(w.crew, w.hands)))) for w in works]
        rto = {item.subject: item.rto_hours for item in self.plan.items if item.rto_hours is not None}
        rto = {ref: hours for ref, hours in rto.items() if ref in self.plan.graph.index}
        assumed.append(
            T(
                "電池と燃料が持つ間は止まったと数えない。作業の時間は最短・見込み・最長の三角分布による。",
                "While battery and fuel last, nothing is lost. Work takes a triangular time: least, likely, most.",
            )
        )
        assumed.append(self.counted)
        model = Model(self.plan.graph, tuple(works), crews, rto, self.services, self.start_up, elapsed)
        return Recovery(model, tuple(dict.fromkeys(assumed)), ordered, self.unit)

    def _place(self, work: Work) -> tuple[float, float, str]:
        """Where a work stands in the officers' order: by their number, then by the RTO that is asked of it."""
        item = self.plan.by_ref[work.node]
        return item.work_order or math.inf, self.demanded[work.node], item.code

    def _damaged(self, hit: Collection[str]) -> Iterable[ItemRow]:
        for ref in dict.fromkeys(hit):
            item = self.plan.by_ref.get(ref)
            if item is not None and item.kind_word not in (ItemKind.VENDOR, ItemKind.CONTRACT):
                yield item

    def _work(self, item: ItemRow, outage: float | None, assumed: list[T]) -> Work:
        by_itself = not item.crew and not item.vendor_needed
        hours = _span(item.recovery_min, item.recovery_likely, item.recovery_max)
        if outage is not None and (hours is None or by_itself):
            said = hours or Span(outage, outage, outage)
            hours = Span(min(said.least, outage), outage, max(said.most, outage))
        if hours is None:
            hours = UNKNOWN_HOURS
            assumed.append(
                T(
                    f"{item.name} の見積りがないので {UNKNOWN_HOURS.least:g}〜{UNKNOWN_HOURS.most:g} 時間とした。",
                    f"No estimate for {item.name}: {UNKNOWN_HOURS.least:g} to {UNKNOWN_HOURS.most:g} h.",
                )
            )
        if by_itself:
            assumed.append(T(f"{item.name} は市の作業によらず戻る。", f"{item.name} comes back without work of ours."))
        parts = item.parts_hours or 0.0
        vendor = item.vendor_needed if item.vendor_needed in self.plan.by_ref else ""
        return Work(
            item.subject,
            hours,
            item.crew or vendor,
            parts=Span(parts, parts, parts),
            waits=item.kind_word in AFTER_NEEDS,
            hands=max(1, item.crew_size or 1) if item.crew else 1,
            guest=vendor if item.crew else "",
        )

    def _generators(self, hit: Collection[str], assumed: list[T]) -> Iterable[Work]:
        """Generators that may not start, where what they stand in for is hit."""
        graph = self.plan.graph
        for item in self.plan.items:
            if not item.fuel_hours or item.subject in hit:
                continue
            replaced = {
                graph.nodes[m].key
                for i, node in enumerate(graph.nodes)
                if node.of == item.subject
                for group in graph.groups_of(i)
                for m in group
            }
            if replaced.isdisjoint(hit):
                continue
            chance = UNTESTED if item.load_tested is None else TESTED
            assumed.append(
                T(
                    f"{item.name} は {chance:.0%} の確率で起動しない"
                    f"（負荷試験{'なし' if item.load_tested is None else 'あり'}）。",
                    f"{item.name} does not start in {chance:.0%} of cases "
                    f"({'never ' if item.load_tested is None else ''}tested under load).",
                )
            )
            yield replace(self._work(item, None, assumed), chance=chance)

    def _crews(self, works: list[Work], hit: set[str], outage: float | None, assumed: list[T]) -> tuple[Crew, ...]:
        known = {row.title: row.said for row in self.plan.crews}
        found = []
        for name in dict.fromkeys(n for work in works for n in (work.crew, work.guest) if n):
            vendor = self.plan.by_ref.get(name)
            if vendor is not None:
                arrival = _span(vendor.arrival_min, vendor.arrival_likely, vendor.arrival_max) or AT_ONCE
                if name in hit:
                    late = outage if outage is not None else UNKNOWN_HOURS.most
                    arrival = Span(*(hours + late for hours in arrival))
                    assumed.append(
                        T(f"{vendor.name} は {late:g} 時間遅れて来る。", f"{vendor.name} comes {late:g} h late.")
                    )
                size = max(1, sum(name in (work.crew, work.guest) for work in works))
                assumed.append(T("事業者の人数は限りがないとした。", "Vendors have as many people as it takes."))
            else:
                crew = known.get(name)
                size = (crew.people if crew else None) or max(w.hands for w in works if w.crew == name)
                arrival = (crew and _span(crew.arrival_min, crew.arrival_likely, crew.arrival_max)) or AT_ONCE
                if crew is None or not crew.people:
                    assumed.append(
                        T(
                            f"要員「{name}」の人数が分からないので {size} 人とした。",
                            f"How many “{name}” are is not known: taken as {size}.",
                        )
                    )
            found.append(Crew(name, size, arrival))
        return tuple(found)


def _span(least: float | None, likely: float | None, most: float | None) -> Span | None:
    """The hours that are said; what is missing is half and twice the likely ones."""
    known = [x for x in (likely, most, least) if x is not None]
    if not known:
        return None
    middle = likely if likely is not None else sum(known) / len(known)
    return Span(
        least if least is not None else middle / 2,
        middle,
        most if most is not None else middle * 2,
    )
