"""What must not be so of the plan, because nodes that meet may bring it together."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from tomoshibi.continuity.models import ItemRow
from tomoshibi.continuity.plan_queries import dependencies, nodes
from tomoshibi.continuity.queries import names_of
from tomoshibi.journal.laws import Finding, law
from tomoshibi.vocabulary import T


@law("continuity.own_code", T("管理番号は一つの情報資産に一つ", "A code is of one item"))
def own_code() -> Iterator[Finding]:
    """Items in use of one code, which two nodes gave apart."""
    by_code: dict[str, list[ItemRow]] = {}
    for item in nodes():
        if item.code:
            by_code.setdefault(item.code, []).append(item)
    for code, items in by_code.items():
        if len(items) > 1:
            ja, en = "、".join(item.name for item in items), ", ".join(item.name for item in items)
            yield Finding(
                tuple(item.subject for item in items),
                T(
                    f"管理番号 {code} が {len(items)} 件にあります: {ja}。どれかの番号を改めてください。",
                    f"{len(items)} items have the code {code}: {en}. Change one of them.",
                ),
            )


@law("continuity.no_cycle", T("依存関係は輪にならない", "Dependencies make no circle"))
def no_cycle() -> Iterator[Finding]:
    """Dependencies that lead back to where they began: each node refused its own, and together they make one."""
    graph: dict[str, set[str]] = {}
    edges = {}
    for row in dependencies():
        graph.setdefault(row.dependent, set()).add(row.needs)
        edges[row.dependent, row.needs] = row.subject
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = list(reversed(error.args[1]))
            names = names_of(circle)
            told = " → ".join(names.get(ref, ref) for ref in circle)
            pairs = list(pairwise(circle))
            yield Finding(
                tuple(edges[pair] for pair in pairs),
                T(
                    f"依存関係が輪になっています: {told}。どれかを外してください。",
                    f"Dependencies make a circle: {told}. Take one of them out.",
                ),
            )
            graph[pairs[0][0]].discard(pairs[0][1])
        else:
            return
