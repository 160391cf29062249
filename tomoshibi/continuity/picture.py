"""The plan's graph as a drawing: what is needed at the left, services at the right; lines between sites as petals.

Layers are the longest way down to what needs nothing; within a layer, things are put near what they are joined to
(barycentre sweeps). A network is drawn around its head office in the order of a walk along its lines, so that a ring
of sites is a petal and a spur a stalk. A plan too large to be read as a whole is drawn around what somebody asks of.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.words import ItemKind, Need

#: a node's box, the space between boxes, characters that fit into one, nodes that are drawn at most
WIDE, HIGH, ACROSS, DOWN, CHARACTERS, MOST = 164, 44, 28, 8, 10, 150
SWEEPS = 6


@dataclass(frozen=True)
class Box:
    """A node in the drawing: reference, name, kind, and the upper left corner."""

    ref: str
    name: str
    kind: str
    x: float
    y: float

    @property
    def short(self) -> str:
        """The name as far as it fits."""
        return self.name if len(self.name) <= CHARACTERS else self.name[: CHARACTERS - 1] + "…"


@dataclass(frozen=True)
class Mark:
    """What a drawing says of a box: where a click leads, its state as a class, a sign before its name, a word."""

    address: str
    state: str = ""
    sign: str = ""
    word: str = ""


@dataclass(frozen=True)
class Edge:
    """``ref`` needs ``of`` (or is joined to it); ``path`` is SVG. ``other``: one of several that would do."""

    ref: str
    of: str
    path: str
    other: bool = False
    line: str = ""


class _Keys(dict[str, str]):
    """Keys of references, as attributes hold them."""

    def __missing__(self, ref: str) -> str:
        self[ref] = key = escape(ref.partition(":")[2] or ref)
        return key


@dataclass(frozen=True)
class Picture:
    """Boxes and edges in a view box of (width, height)."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def svg(picture: Picture, marks: Mapping[str, Mark], lit: Iterable[bool]) -> SafeString:
    """The inside of the drawing's element, every box a link with its mark; ``lit``: edge by edge, whether it is lost.

    Written here and not in a template: a hundred boxes take a template longer than the whole answer.
    """
    made = []
    keys = _Keys()
    for edge, on in zip(picture.edges, lit, strict=True):
        name = "edge" + (" lit" if on else "") + (" other" if edge.other else "")
        of = f'data-line="{keys[edge.line]}"' if edge.line else f'data-a="{keys[edge.ref]}" data-b="{keys[edge.of]}"'
        made.append(f'<path class="{name}" {of} d="{edge.path}"/>')
    lost = next((box.ref for box in picture.boxes if marks[box.ref].state == "lost"), "")
    for box in picture.boxes:
        here = ' id="asked"' if box.ref == lost else ""
        mark, (x, y) = marks[box.ref], (round(box.x), round(box.y))
        said = escape(f"{box.name} {mark.word}".strip())
        made.append(
            f'<a href="{escape(mark.address)}" class="node {box.kind} {mark.state}"{here} aria-label="{said}"'
            f' data-key="{keys[box.ref]}"><title>{said}</title>'
            f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="4"/>'
            f'<text x="{x + 10}" y="{y + 27}"><tspan>{mark.sign}</tspan>{escape(box.short)}</text></a>'
        )
    return mark_safe("".join(made))  # noqa: S308  # all of it is escaped above


def needs(plan: Plan, only: Collection[str] | None = None) -> Picture:
    """What needs what, without the lines between sites; ``only`` some items, or those that need or are needed."""
    of = plan.needs if only is None else [row for ref in only for row in plan.needs_of.get(ref, ())]
    rows = [row for row in of if row.need_word is not Need.REACH]
    touched = {ref for row in rows for ref in (row.dependent, row.needs)}
    drawn = [ref for ref in plan.by_ref if ref in touched and (only is None or ref in only)]
    place = {ref: n for n, ref in enumerate(drawn)}
    rows = [row for row in rows if row.dependent in place and row.needs in place]
    below: dict[str, list[str]] = defaultdict(list)
    above: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        below[row.dependent].append(row.needs)
        above[row.needs].append(row.dependent)
    layer: dict[str, int] = {}
    order = [node.key for node in (plan.graph.nodes[i] for i in plan.graph.order if i >= 0) if node.key in place]
    for ref in order:
        layer[ref] = max((layer[n] + 1 for n in below[ref]), default=0)
    last = max(layer.values(), default=0)
    for ref in reversed(order):  # near what needs it, and services all at the right
        if plan.by_ref[ref].kind_word is ItemKind.SERVICE:
            layer[ref] = last
        elif above[ref]:
            layer[ref] = max(layer[ref], min(layer[n] for n in above[ref]) - 1)
    layers: list[list[str]] = [[] for _ in range(last + 1)]
    for ref in sorted(place, key=place.__getitem__):
        layers[layer[ref]].append(ref)
    for sweep in range(SWEEPS):
        near = above if sweep % 2 else below
        spot = {ref: (n + 0.5) / len(refs) for refs in layers for n, ref in enumerate(refs)}
        for refs in layers:
            middle = {r: sum(spot[n] for n in near[r]) / len(near[r]) if near[r] else spot[r] for r in refs}
            refs.sort(key=lambda r: (middle[r], place[r]))  # called at once
    tallest = max(map(len, layers), default=0)
    height = max(tallest * (HIGH + DOWN), HIGH + DOWN)
    at: dict[str, tuple[float, float]] = {}
    for n, refs in enumerate(layers):
        step = (HIGH + DOWN) * min(1.5, tallest / max(1, len(refs)))
        first = height / 2 - step * (len(refs) - 1) / 2 - HIGH / 2
        for i, ref in enumerate(refs):
            at[ref] = (n * (WIDE + ACROSS) + 4, first + step * i)
    groups: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        groups[row.dependent, row.group] += bool(row.group)
    edges = []
    for row in rows:
        (x1, y1), (x2, y2) = at[row.needs], at[row.dependent]
        x1, y1, y2, bend = x1 + WIDE, y1 + HIGH / 2, y2 + HIGH / 2, ACROSS / 2
        path = f"M{x1:.0f} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        edges.append(Edge(row.dependent, row.needs, path, groups[row.dependent, row.group] > 1))
    width = (last + 1) * (WIDE + ACROSS) - ACROSS + 8
    return Picture(_boxes(plan, at), tuple(edges), width, height)


def lines(plan: Plan) -> Picture | None:
    """The lines between sites, each network around its head office; None where there are none."""
    around: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in plan.items:
        ends = item.joins
        if len(ends) == 2 and all(end in plan.by_ref for end in ends):
            around[ends[0]].append((item.subject, ends[1]))
            around[ends[1]].append((item.subject, ends[0]))
    targets = [row.needs for row in plan.needs if row.need_word is Need.REACH and row.needs in around]
    at: dict[str, tuple[float, float]] = {}
    top, width = float(DOWN), 0.0
    for target in [*dict.fromkeys(targets), *around]:
        if target in at:
            continue
        walk = _walk(target, around)
        wide, tall = WIDE * 1.6, HIGH * 3.0
        while not _apart(spots := _around(len(walk) - 1, wide, tall)):
            wide, tall = wide * 1.08, tall * 1.08
        at[target] = (wide, top + tall)
        at |= {ref: (wide + x, top + tall + y) for ref, (x, y) in zip(walk[1:], spots, strict=True)}
        top += 2 * tall + HIGH + 2 * DOWN
        width = max(width, 2 * wide)
    if not at:
        return None
    edges = []
    for a, pairs in around.items():
        for line, b in pairs:
            if a < b:
                (x1, y1), (x2, y2) = at[a], at[b]
                x1, y1, x2, y2 = x1 + WIDE / 2, y1 + HIGH / 2, x2 + WIDE / 2, y2 + HIGH / 2
                edges.append(Edge(a, b, f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}", line=line))
    return Picture(_boxes(plan, at), tuple(edges), width + WIDE + 8, top)


def _around(count: int, wide: float, tall: float) -> list[tuple[float, float]]:
    """So many places on an ellipse, from the top clockwise."""
    turns = [2 * math.pi * n / max(1, count) - math.pi / 2 for n in range(count)]
    return [(wide * math.cos(turn), tall * math.sin(turn)) for turn in turns]


def _apart(spots: list[tuple[float, float]]) -> bool:
    """Whether boxes at neighbouring places leave each other free."""
    ring = zip(spots, spots[1:] + spots[:1], strict=True) if len(spots) > 1 else ()
    return all(abs(x1 - x2) >= WIDE + DOWN or abs(y1 - y2) >= HIGH + DOWN for (x1, y1), (x2, y2) in ring)


def _walk(start: str, around: dict[str, list[tuple[str, str]]]) -> list[str]:
    """Every end that is reached, in the order of a walk that goes on while it can."""
    walk: list[str] = []
    stack = [start]
    while stack:
        end = stack.pop()
        if end not in walk:
            walk.append(end)
            # a stalk is walked before the ring goes on, and the head office never
            stack += sorted((n for _, n in around[end] if n not in walk), key=lambda n: -len(around[n]))
    return walk


def _boxes(plan: Plan, at: dict[str, tuple[float, float]]) -> tuple[Box, ...]:
    return tuple(Box(ref, plan.name(ref), plan.by_ref[ref].kind, x, y) for ref, (x, y) in at.items())
