"""When is it back? Recoveries played ten thousand times: few crews, vendors on their way, parts, power, order of work.

What a recovery is: things that are damaged need work, which takes hours between a least and a most, with a likely
value (triangular). Work begins when enough of its crew have arrived and are free, its parts are there and, where it
``waits``, what the thing needs is up again. Free hands take the first in the order of work for which they suffice
among what is ready; they never leave work once begun. A thing is up when its work is done and what it needs is up,
after its own start-up time.

All chance is drawn before (:func:`draw`), so that two orders of work, or a town with and without a countermeasure,
are compared on the same misfortunes, and the same seed gives the same figures on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tomoshibi.continuity.graph import Floats, Graph, GraphError, Ints
from tomoshibi.shaking.jit import kernel
from tomoshibi.vocabulary import T

Bools = npt.NDArray[np.bool_]


class Span(NamedTuple):
    """Hours between a least and a most, with the likeliest value: a triangular distribution."""

    least: float
    likely: float
    most: float

    def at(self, share: Floats) -> Floats:
        """Hours at these shares (0 to 1; any shape, kept) of the distribution: its inverse, value by value."""
        low, mode, high = self
        if high <= low:
            return np.full_like(share, low)
        turn = (mode - low) / (high - low)
        rising = low + np.sqrt(share * (high - low) * (mode - low))
        falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
        return np.where(share < turn, rising, falling)


AT_ONCE = Span(0, 0, 0)


@dataclass(frozen=True)
class Work:
    """What it takes to mend one node, damaged with ``chance``. ``crew``: whose work; empty: it comes back by itself.

    ``hands``: how many of the crew it takes; ``guest``: a second crew, of whom it is enough that they have arrived.
    """

    node: str
    hours: Span
    crew: str = ""
    chance: float = 1.0
    parts: Span = AT_ONCE
    waits: bool = False
    hands: int = 1
    guest: str = ""


@dataclass(frozen=True)
class Crew:
    """People who can work at ``size`` things at once, and when they arrive."""

    name: str
    size: int
    arrival: Span = AT_ONCE


@dataclass(frozen=True)
class Model:
    """A town's recovery. The order of ``works`` is the officers' order of work.

    ``rto``: hours by key; ``weight``: what an hour without that node counts (services by people served);
    ``start_up``: hours by key that a thing takes to start; ``elapsed``: hours since the onset.

    :raises GraphError: for work at a node or by a crew that is not there, twice at one node, or of impossible hours.
    """

    graph: Graph
    works: tuple[Work, ...]
    crews: tuple[Crew, ...] = ()
    rto: dict[str, float] = field(default_factory=dict)
    weight: dict[str, float] = field(default_factory=dict)
    start_up: dict[str, float] = field(default_factory=dict)
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        hands = {crew.name: crew.size for crew in self.crews}
        seen: set[str] = set()
        for work in self.works:
            lacking = work.crew and hands.get(work.crew, 0) < work.hands
            unknown = work.node not in self.graph.index or (work.guest and work.guest not in hands)
            if lacking or unknown or work.node in seen:
                raise GraphError(
                    T(
                        f"復旧「{work.node}」（{work.crew} {work.hands}人）: 対象か要員が足りないか、二度あります。",
                        f"Work at {work.node} ({work.hands} of {work.crew}): no such thing, too few hands, or twice.",
                    ),
                    [work.node],
                )
            seen.add(work.node)
            for span in (work.hours, work.parts):
                if not 0 <= span.least <= span.likely <= span.most < math.inf:
                    raise GraphError(
                        T(
                            f"「{work.node}」の時間は 最短≦ふつう≦最長 で書いてください: {tuple(span)}",
                            f"Hours of {work.node} must be least ≤ likely ≤ most: {tuple(span)}",
                        ),
                        [work.node],
                    )


@dataclass(frozen=True)
class Draws:
    """All chance of ``runs`` recoveries. ``hours``, ``parts``: (runs, works); ``arrival``: (runs, crews), in hours;
    ``damaged``: (runs, works)."""

    hours: Floats
    parts: Floats
    damaged: Bools
    arrival: Floats


def draw(model: Model, runs: int, seed: int) -> Draws:
    """Draw the chance of so many recoveries. Work *i* gets the same luck whatever its span or chance is."""
    generator = np.random.Generator(np.random.PCG64(seed))
    count = len(model.works)
    luck, late, harm = (generator.random((count, runs)) for _ in range(3))
    way = generator.random((len(model.crews), runs))

    def spread(spans: Sequence[Span], shares: Floats) -> Floats:
        found = np.empty((runs, len(spans)))
        for i, span in enumerate(spans):
            found[:, i] = span.at(shares[i])
        return found

    chance = np.array([work.chance for work in model.works]).reshape(-1, 1)
    parts = spread([work.parts for work in model.works], late)
    arrival = spread([crew.arrival for crew in model.crews], way)
    crews = {crew.name: i for i, crew in enumerate(model.crews)}
    for i, work in enumerate(model.works):
        if work.guest:  # a guest who is not here is a part that is missing
            parts[:, i] = np.maximum(parts[:, i], arrival[:, crews[work.guest]])
    return Draws(
        spread([work.hours for work in model.works], luck), parts, np.ascontiguousarray((harm < chance).T), arrival
    )


def recover(model: Model, draws: Draws, order: Sequence[int] | None = None) -> Floats:
    """(runs, nodes): hours until each node is up (0: it never went down; ``inf``: it does not come back).

    ``order``: the works by number, first that which is done first; None: the officers' order.
    """
    graph = model.graph
    rank = np.empty(len(model.works), np.int64)
    rank[list(range(len(rank)) if order is None else order)] = np.arange(len(rank))
    crews = {crew.name: i for i, crew in enumerate(model.crews)}
    start_up = np.zeros(len(graph))
    for key, hours in model.start_up.items():
        start_up[graph.index[key]] = hours
    found = np.empty((len(draws.hours), len(graph)))
    _recover(
        found,
        draws.hours,
        draws.parts,
        draws.damaged,
        draws.arrival,
        np.array([graph.index[work.node] for work in model.works], np.int64),
        np.array([crews.get(work.crew, -1) for work in model.works], np.int64),
        np.array([work.waits for work in model.works], np.bool_),
        np.array([work.hands for work in model.works], np.int64),
        rank,
        np.array([crew.size for crew in model.crews], np.int64),
        start_up,
        *_users(graph),
    )
    return found


def _users(graph: Graph) -> tuple[Any, ...]:
    """Of each node the groups that it is a member of, whose groups those are, and how many each node needs."""
    groups = len(graph.member_start) - 1
    group_of = np.repeat(np.arange(groups), np.diff(graph.member_start))
    by_member = np.argsort(graph.members, kind="stable")
    user_start = np.searchsorted(graph.members[by_member], np.arange(len(graph) + 1)).astype(np.int64)
    owner = np.repeat(np.arange(len(graph)), np.diff(graph.group_start)).astype(np.int64)
    reached = (graph.joint & ~graph.hub).astype(np.int64)  # to be reached is one need more
    needs = np.diff(graph.group_start) + reached
    link_of = np.full((len(graph), 2), -1, np.int64)
    for i, node in enumerate(graph.nodes):
        if node.ends:
            link_of[i] = [graph.index[end] for end in node.ends]
    return (
        user_start,
        group_of[by_member].astype(np.int64),
        owner,
        needs,
        reached.astype(np.bool_),
        link_of,
        graph.around_start,
        graph.around_link,
        graph.around_joint,
    )


def outages(model: Model, draws: Draws, up: Floats) -> Floats:
    """(runs, nodes): hours for which each node is out: from when it stops (batteries last a while) until it is up."""
    graph = model.graph
    if not graph.hold.any():
        return up
    lost = np.full(up.shape, np.inf)
    for i, work in enumerate(model.works):
        lost[draws.damaged[:, i], graph.index[work.node]] = 0.0
    stops = graph.stops(lost)
    return np.where(up > stops, up - np.minimum(stops, up), 0.0)


@kernel()
def _recover(
    found: Floats,
    hours: Floats,
    parts: Floats,
    damaged: Bools,
    arrival: Floats,
    node_of: Ints,
    crew_of: Ints,
    waits: Bools,
    hands: Ints,
    rank: Ints,
    size: Ints,
    start_up: Floats,
    user_start: Ints,
    user_group: Ints,
    owner: Ints,
    needs: Ints,
    to_reach: Bools,
    link_of: Ints,
    around_start: Ints,
    around_link: Ints,
    around_joint: Ints,
) -> None:
    """Play each run as events in order of time: 0 a node comes up, 1 work is ready, 2 work is done."""
    runs, nodes = found.shape
    works, groups = len(node_of), len(owner)
    work_of = np.full(nodes, -1, np.int64)
    by_rank = np.empty(works, np.int64)
    for w in range(works):
        work_of[node_of[w]] = w
        by_rank[rank[w]] = w
    at = np.empty(nodes + 2 * works + 1)  # a binary heap of moments …
    what = np.empty(len(at), np.int64)  # … and of events: 3 × number + kind
    for run in range(runs):
        size_of_heap = 0
        unmet = needs.copy()
        met = np.zeros(groups, np.bool_)
        reached = np.zeros(nodes, np.bool_)
        whole = np.ones(nodes, np.bool_)
        up = np.zeros(nodes, np.bool_)
        waiting = np.zeros(works, np.bool_)
        free = size.copy()
        queued = 0
        for w in range(works):
            whole[node_of[w]] = not damaged[run, w]
        for node in range(nodes):
            found[run, node] = np.inf
            w = work_of[node]
            event, moment = -1, 0.0
            if whole[node]:
                if unmet[node] == 0:
                    event = 3 * node
            elif unmet[node] == 0 or not waits[w]:
                event = 3 * w + 1
                moment = parts[run, w]
                if crew_of[w] >= 0:
                    moment = max(moment, arrival[run, crew_of[w]])
            if event >= 0:
                size_of_heap = _push(at, what, size_of_heap, moment, event)
        while size_of_heap:
            now = at[0]
            while size_of_heap and at[0] == now:
                event = what[0]
                size_of_heap = _pop(at, what, size_of_heap)
                number, kind = event // 3, event % 3
                if kind == 1:
                    if crew_of[number] < 0:
                        size_of_heap = _push(at, what, size_of_heap, now + hours[run, number], 3 * number + 2)
                    else:
                        waiting[number] = True
                        queued += 1
                    continue
                if kind == 2:
                    node = node_of[number]
                    whole[node] = True
                    if crew_of[number] >= 0:
                        free[crew_of[number]] += hands[number]
                    if unmet[node] == 0:
                        size_of_heap = _push(at, what, size_of_heap, now + start_up[node], 3 * node)
                    continue
                node = number
                up[node] = True
                found[run, node] = now
                # whoever needs it, and whoever is reached through it: first those of its groups …
                for i in range(user_start[node], user_start[node + 1]):
                    group = user_group[i]
                    if not met[group]:
                        met[group] = True
                        size_of_heap = _met(
                            owner[group], run, now, unmet, whole, waits, work_of, crew_of, parts, arrival, start_up,
                            at, what, size_of_heap,
                        )  # fmt: skip
                # … then the joints beside it, and the ends of a link
                for i in range(around_start[node], around_start[node + 1]):
                    other = around_joint[i]
                    if up[around_link[i]] and to_reach[other] and not reached[other]:
                        reached[other] = True
                        size_of_heap = _met(
                            other, run, now, unmet, whole, waits, work_of, crew_of, parts, arrival, start_up,
                            at, what, size_of_heap,
                        )  # fmt: skip
                if link_of[node, 0] >= 0:
                    for side in range(2):
                        other = link_of[node, side]
                        if up[link_of[node, 1 - side]] and to_reach[other] and not reached[other]:
                            reached[other] = True
                            size_of_heap = _met(
                                other, run, now, unmet, whole, waits, work_of, crew_of, parts, arrival, start_up,
                                at, what, size_of_heap,
                            )  # fmt: skip
            # the moment is over: free crews take the first that is ready
            if queued:
                for place in range(works):
                    w = by_rank[place]
                    if waiting[w] and free[crew_of[w]] >= hands[w]:
                        waiting[w] = False
                        queued -= 1
                        free[crew_of[w]] -= hands[w]
                        size_of_heap = _push(at, what, size_of_heap, now + hours[run, w], 3 * w + 2)
                        if not queued:
                            break


@kernel()
def _met(
    node: int,
    run: int,
    now: float,
    unmet: Ints,
    whole: Bools,
    waits: Bools,
    work_of: Ints,
    crew_of: Ints,
    parts: Floats,
    arrival: Floats,
    start_up: Floats,
    at: Floats,
    what: Ints,
    size: int,
) -> int:
    """One need of a node is met: it comes up, or its work is ready, when it was the last. Gives the heap's size."""
    unmet[node] -= 1
    if unmet[node] > 0:
        return size
    if whole[node]:
        return (
            _push(at, what, size, now + start_up[node], 3 * node) if now > 0 else _push(at, what, size, now, 3 * node)
        )
    w = work_of[node]
    if not waits[w]:
        return size  # its work is under way or waits for its crew
    moment = max(now, parts[run, w])
    if crew_of[w] >= 0:
        moment = max(moment, arrival[run, crew_of[w]])
    return _push(at, what, size, moment, 3 * w + 1)


@kernel()
def _push(at: Floats, what: Ints, size: int, moment: float, event: int) -> int:
    """Put an event into the heap; gives its size."""
    i = size
    while i > 0 and at[(i - 1) // 2] > moment:
        at[i], what[i] = at[(i - 1) // 2], what[(i - 1) // 2]
        i = (i - 1) // 2
    at[i], what[i] = moment, event
    return size + 1


@kernel()
def _pop(at: Floats, what: Ints, size: int) -> int:
    """Take the first event out of the heap; gives its size."""
    size -= 1
    moment, event = at[size], what[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and at[child + 1] < at[child]:
            child += 1
        if at[child] >= moment:
            break
        at[i], what[i] = at[child], what[child]
        i = child
    at[i], what[i] = moment, event
    return size
