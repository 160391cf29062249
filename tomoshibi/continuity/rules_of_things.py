"""Findings about things: what everything hangs on, data and their copies, promises of recovery."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

import numpy as np

from tomoshibi.continuity.findings import Found, hours_of, rule
from tomoshibi.continuity.graph import Graph
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import ItemRow
from tomoshibi.continuity.whatif import REACH, SERVICE, SYSTEM
from tomoshibi.continuity.words import ItemKind, Need
from tomoshibi.vocabulary import T

#: services and systems that must hang on one thing before it is called a single point of failure
MANY = 2


@rule(
    "single_point",
    T("止まると多くが止まる、代わりのないもの", "Single points of failure"),
    T("代わり（二重化・別経路・手作業）を用意する。", "Provide an alternative: a second one, another path, paper."),
)
def _single_points(plan: Plan, today: date) -> Found:
    graph = plan.graph
    kinds = np.array([node.kind for node in graph.nodes])
    before = graph.untouched
    hours = np.where(np.isfinite(before), math.inf, graph.stops_one_by_one())
    np.fill_diagonal(hours, math.inf)
    for item in plan.items:
        i = graph.index.get(item.subject)
        if i is None or item.kind_word in (ItemKind.SERVICE, ItemKind.DATA):
            continue
        stops = np.isfinite(hours[i])
        services, systems, cut = (np.flatnonzero(stops & (kinds == k)) for k in (SERVICE, SYSTEM, REACH))
        cut = np.array([j for j in cut if graph.nodes[j].of != item.subject], np.int64)
        if len(services) + len(systems) < MANY and not len(cut):
            continue
        parts = [
            (x, ja, en)
            for x, ja, en in (
                (services, "窓口業務", "services"),
                (systems, "システム", "systems"),
                (cut, "孤立する拠点", "sites cut off"),
            )
            if len(x)
        ]
        first = float(hours[i][np.concatenate([x for x, _, _ in parts])].min())
        when = T("", "") if not first else T(f"{hours_of(first)}時間後に", f" after {hours_of(first)} h")
        counted = "、".join(f"{ja} {len(x)} 件" for x, ja, _ in parts)
        yield (
            (item.subject,),
            T(
                f"{item.name} だけが失われても、{when.ja}止まるもの: {counted}",
                f"The loss of {item.name} alone stops{when.en}: " + ", ".join(f"{len(x)} {en}" for x, _, en in parts),
            ),
            [
                T(f"{ja}: {'、'.join(names)}", f"{en}: {', '.join(names)}")
                for x, ja, en in parts
                for names in [[graph.nodes[j].label for j in x]]
            ],
            3 * len(services) + len(systems) + 2 * len(cut),
        )


def _places(plan: Plan, item: ItemRow) -> list[tuple[str, T]]:
    """Where the data of an item are kept, with the row that says so: its own place first."""
    here = plan.name(item.site) if item.site else "?"
    found = [(item.site, T(f"本体: {here}", f"Itself: {here}"))]
    for row in plan.backups:
        if row.said.item == item.subject:
            place = row.said.place or (f"\0{row.said.elsewhere}" if row.said.elsewhere else item.site)
            where = row.said.elsewhere or plan.name(place) or here
            found.append((place, T(f"{row.title}: {where}", f"{row.title}: {where}")))
    return found


def _keepers(plan: Plan) -> list[ItemRow]:
    """What holds data: data themselves, and systems whose data are no items of their own."""
    apart = {row.dependent for row in plan.needs if row.need_word is Need.DATA}
    return [
        item
        for item in plan.items
        if item.kind_word is ItemKind.DATA or (item.holds_data and item.subject not in apart)
    ]


@rule(
    "one_place",
    T("一か所にしかないデータ", "Data kept in one place only"),
    T("別の建物、できれば市外に写しを置く。", "Keep a copy in another building, better outside the town."),
)
def _one_place(plan: Plan, today: date) -> Found:
    for item in _keepers(plan):
        kept = _places(plan, item)
        if len(kept) > 1 and len({place for place, _ in kept}) == 1:
            yield (
                (item.subject,),
                T(
                    f"{item.name} のデータと写しは、すべて同じ場所にある。",
                    f"The data of {item.name} and all copies of them are in one place.",
                ),
                [row for _, row in kept],
                1,
            )


@rule(
    "no_backup",
    T("バックアップのないデータ", "Data without a backup"),
    T("バックアップの間隔・媒体・場所を決めて登録する。", "Decide how often, on what and where, and enter it."),
)
def _no_backup(plan: Plan, today: date) -> Found:
    backed = {row.said.item for row in plan.backups}
    for item in _keepers(plan):
        if item.subject not in backed:
            yield (
                (item.subject,),
                T(
                    f"{item.name} はデータを持つが、バックアップの登録がない。",
                    f"{item.name} holds data; no backup is known.",
                ),
                (),
                1,
            )


@rule(
    "never_restored",
    T("復元したことのないバックアップ", "Backups never restored"),
    T("復元試験を行い、日付とかかった時間を記録する。", "Restore it for a test; record the day and how long it took."),
)
def _never_restored(plan: Plan, today: date) -> Found:
    for row in plan.backups:
        if row.said.restore_tested is None and row.said.item:
            name = plan.name(row.said.item)
            yield (
                (row.said.item, row.subject),
                T(
                    f"{name} のバックアップ「{row.title}」から復元したことがない。",
                    f"The backup “{row.title}” of {name} was never restored.",
                ),
                (),
                1,
            )


@rule(
    "rpo_unreachable",
    T("バックアップの間隔では守れないRPO", "RPO not reachable from the backup schedule"),
    T("間隔を縮めるか、RPOを改める。", "Back up more often, or promise less."),
)
def _rpo(plan: Plan, today: date) -> Found:
    rows = defaultdict(list)
    for row in plan.backups:
        if row.said.item and row.said.every_hours:
            rows[row.said.item].append((row.said.every_hours, row))
    for item in plan.items:
        if item.rpo_hours is None:
            continue
        for kept in plan.below(item.subject):
            if kept not in rows:
                continue
            every, best = min(rows[kept], key=lambda pair: pair[0])
            if every <= item.rpo_hours:
                continue
            of = T("", "") if kept == item.subject else T(f"（{plan.name(kept)}）", f" ({plan.name(kept)})")
            yield (
                (item.subject, kept, best.subject),
                T(
                    f"{item.name} のRPOは{hours_of(item.rpo_hours)}時間だが、最短のバックアップ{of.ja}は"
                    f"{hours_of(every)}時間ごと。",
                    f"{item.name} promises an RPO of {hours_of(item.rpo_hours)} h; its most frequent backup{of.en} "
                    f"is every {hours_of(every)} h.",
                ),
                [T(f"{r.title}: {hours_of(h)}時間ごと", f"{r.title}: every {hours_of(h)} h") for h, r in rows[kept]],
                1,
            )


@rule(
    "rto_below_needs",
    T("依存先より短いRTO", "RTO shorter than what the item depends on"),
    T("依存先のRTOを縮めるか、代わりを用意する。", "Shorten the RTO of what it needs, or provide an alternative."),
)
def _rto(plan: Plan, today: date) -> Found:
    graph = plan.graph
    ready = _ready(plan, graph)
    by_source: dict[str, list[ItemRow]] = defaultdict(list)
    for item in plan.items:
        i = graph.index.get(item.subject)
        if item.rto_hours is None or i is None:
            continue
        slow = [min(group, key=lambda m: ready[m]) for group in graph.groups_of(i)]
        worst = max(slow, key=lambda m: ready[m], default=None)
        if worst is not None and item.rto_hours < ready[worst]:
            by_source[_source(plan, graph, ready, int(worst)).subject].append(item)
    for ref, items in by_source.items():
        source, shortest = plan.by_ref[ref], min(items, key=lambda item: item.rto_hours or 0)
        rest = T(f"（ほか {len(items) - 1} 件）", f" (and {len(items) - 1} more)") if len(items) > 1 else T("", "")
        theirs, ours = hours_of(source.rto_hours or 0), hours_of(shortest.rto_hours or 0)
        yield (
            (ref, *(item.subject for item in items)),
            T(
                f"{source.name} のRTOは{theirs}時間だが、依存する {shortest.name}{rest.ja} のRTOは{ours}時間。",
                f"{source.name} has an RTO of {theirs} h; {shortest.name}{rest.en}, which needs it, promises {ours} h.",
            ),
            [
                T(f"{item.name}: RTO {hours}時間", f"{item.name}: RTO {hours} h")
                for item in (source, *items)
                for hours in [hours_of(item.rto_hours or 0)]
            ],
            len(items),
        )


def _ready(plan: Plan, graph: Graph) -> list[float]:
    """(nodes): the RTO that follows for each from its own and from those that it needs; 0 where none was promised."""
    found = [0.0] * len(graph)
    for step in graph.order:
        if step < 0:
            continue
        item = plan.by_ref.get(graph.nodes[step].key)
        own = item.rto_hours or 0.0 if item else 0.0
        needed = [min(found[m] for m in group) for group in graph.groups_of(step)]
        found[step] = max([own, *needed])
    return found


def _source(plan: Plan, graph: Graph, ready: list[float], node: int) -> ItemRow:
    """The item whose own RTO makes that of a node as long as it is."""
    while True:
        item = plan.by_ref.get(graph.nodes[node].key)
        if item is not None and item.rto_hours == ready[node]:
            return item
        node = next(
            int(m)
            for group in graph.groups_of(node)
            for m in [min(group, key=lambda k: ready[k])]
            if ready[m] == ready[node]
        )


@rule(
    "rto_over_mtpd",
    T("最大許容停止時間より長いRTO", "RTO longer than what can be borne"),
    T("RTOをMTPDより短くする。", "Make the RTO shorter than the MTPD."),
)
def _mtpd(plan: Plan, today: date) -> Found:
    for item in plan.items:
        if item.rto_hours is not None and item.mtpd_hours is not None and item.rto_hours > item.mtpd_hours:
            rto, mtpd = hours_of(item.rto_hours), hours_of(item.mtpd_hours)
            yield (
                (item.subject,),
                T(
                    f"{item.name} のRTO {rto}時間は、MTPD {mtpd}時間より長い。",
                    f"{item.name}: its RTO of {rto} h is longer than its MTPD of {mtpd} h.",
                ),
                (),
                1,
            )


@rule(
    "recovery_over_rto",
    T("見積りがRTOに届かない復旧", "Recovery that takes longer than the RTO"),
    T("手順・要員・予備機を見直すか、RTOを改める。", "Review procedure, crew and spares, or promise less."),
)
def _recovery(plan: Plan, today: date) -> Found:
    for item in plan.items:
        if item.rto_hours is None or item.recovery_likely is None:
            continue
        vendor = plan.by_ref.get(item.vendor_needed)
        arrival = (vendor.arrival_likely or 0.0) if vendor else 0.0
        wait = max(arrival, item.parts_hours or 0.0)
        if wait + item.recovery_likely > item.rto_hours:
            yield (
                (item.subject, *((vendor.subject,) if vendor else ())),
                T(
                    f"{item.name} の復旧は見込みで{hours_of(wait + item.recovery_likely)}時間。RTOは"
                    f"{hours_of(item.rto_hours)}時間。",
                    f"{item.name} is likely back after {hours_of(wait + item.recovery_likely)} h; "
                    f"its RTO is {hours_of(item.rto_hours)} h.",
                ),
                [
                    T(
                        f"作業 {hours_of(item.recovery_likely)}、事業者の到着 {hours_of(arrival)}、"
                        f"部品 {hours_of(item.parts_hours or 0)} 時間",
                        f"work {hours_of(item.recovery_likely)}, vendor's arrival {hours_of(arrival)}, "
                        f"parts {hours_of(item.parts_hours or 0)} h",
                    )
                ],
                1,
            )
