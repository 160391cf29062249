"""What the town's work stands on, as a graph: what stops, and when, where something is lost.

Three rules, and nothing else:

- A node needs groups of other nodes: **all** of its groups, and of each group **one** member (AND of ORs). A group is
  lost when its last member stops; the node has lost what it needs when its first group is lost.
- A node goes on for ``hold`` hours after it lost what it needs: a battery, a generator's tank, paper forms.
- A node with ``ends`` is a link between two joints. A joint is up while a path of links and joints, all of them up,
  leads to a **hub** (the head office) of its network: rings and spurs need no rule of their own.

From these follows for every node the hour at which it stops (``inf``: never), which is found in one pass over the
nodes in order of what they need. No Django here: rows become nodes in :mod:`tomoshibi.continuity.model_of_plan`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from tomoshibi.shaking.jit import kernel
from tomoshibi.vocabulary import T

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NEVER = math.inf


class GraphError(ValueError):
    """The nodes make no graph that can be computed. ``text`` says which, and what to do; ``keys`` are theirs."""

    def __init__(self, text: T, keys: Sequence[str] = ()) -> None:
        super().__init__(text.en)
        self.text, self.keys = text, tuple(keys)


@dataclass(frozen=True)
class Node:
    """One thing. ``needs``: groups of keys, all groups and one of each; ``hold``: hours that it goes on without them.

    ``ends`` makes it a link between two joints (any nodes that are an end of a link); ``hub`` a joint to which the
    others must find a path. ``tell``: who must hear when it stops. ``of``: key of the thing that it is a side of (a
    battery, an end as seen from the head office). ``never``: it does not work whatever happens.
    """

    key: str
    name: str = ""
    kind: str = "system"
    needs: tuple[tuple[str, ...], ...] = ()
    hold: float = 0.0
    ends: tuple[str, str] | None = None
    hub: bool = False
    tell: tuple[str, ...] = ()
    of: str = ""
    never: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.key


class Graph:
    """Nodes made ready for computing.

    :raises GraphError: for a key that stands twice or is not there, hours below 0, a network without a hub, and a
        circle of needs, which is named node by node.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = tuple(nodes)
        self.index = {node.key: i for i, node in enumerate(self.nodes)}
        self._check()
        count = len(self.nodes)
        groups = [[tuple(self.index[k] for k in group) for group in node.needs] for node in self.nodes]
        flat = [group for of_node in groups for group in of_node]
        self.group_start = _starts(len(of_node) for of_node in groups)
        self.member_start = _starts(len(group) for group in flat)
        self.members = np.array([m for group in flat for m in group], np.int64)
        self.hold = np.array([node.hold for node in self.nodes], np.float64)
        self.hub = np.array([node.hub for node in self.nodes], np.bool_)
        self.never = np.array([0.0 if node.never else NEVER for node in self.nodes], np.float64)
        ends = [
            (i, self.index[node.ends[0]], self.index[node.ends[1]]) for i, node in enumerate(self.nodes) if node.ends
        ]
        around: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for link, a, b in ends:
            around[a].append((link, b))
            around[b].append((link, a))
        self.around_start = _starts(len(x) for x in around)
        pairs = [pair for x in around for pair in x]
        self.around_link = np.array([link for link, _ in pairs], np.int64)
        self.around_joint = np.array([joint for _, joint in pairs], np.int64)
        #: of each node, its network (0, 1 …); -1 where it is no joint
        self.network = _networks(count, around)
        self.joint = self.network >= 0
        self._check_networks()
        self.order = self._ordered(groups, ends)

    def __len__(self) -> int:
        return len(self.nodes)

    def _check(self) -> None:
        if len(self.index) != len(self.nodes):
            seen: set[str] = set()
            twice = next(n for n in self.nodes if n.key in seen or seen.add(n.key))  # type: ignore[func-returns-value]
            raise GraphError(
                T(f"{twice.label} が二度あります。", f"{twice.label} stands twice in the plan."), [twice.key]
            )
        for node in self.nodes:
            wanted = [*(k for group in node.needs for k in group), *(node.ends or ())]
            absent = next((k for k in wanted if k not in self.index), None)
            if absent is not None:
                raise GraphError(
                    T(
                        f"{node.label} が必要とする {absent} がありません。登録するか、依存から外してください。",
                        f"{node.label} needs {absent}, which is not there. Add it, or take it out of the needs.",
                    ),
                    [node.key],
                )
            if not all(node.needs) or not node.hold >= 0 or (node.ends and node.ends[0] == node.ends[1]):
                raise GraphError(
                    T(
                        f"{node.label}: 空の代替の組、負の持続時間、両端が同じ回線は使えません。",
                        f"{node.label}: an empty group, hours below 0 and a link of one end make no sense.",
                    ),
                    [node.key],
                )

    def _check_networks(self) -> None:
        for network in range(int(self.network.max(initial=-1)) + 1):
            joints = np.flatnonzero(self.network == network)
            if not self.hub[joints].any():
                names = "、".join(self.nodes[i].label for i in joints[:5])
                raise GraphError(
                    T(
                        f"回線がつなぐ {names} の中に、集約する拠点（本庁舎など）がありません。",
                        f"None of what the lines connect ({names}) is the head office to which they lead.",
                    ),
                    [self.nodes[i].key for i in joints],
                )

    def _ordered(self, groups: list[list[tuple[int, ...]]], ends: list[tuple[int, int, int]]) -> Ints:
        """Nodes after what they need; ``-1 - network`` where a network's links and joints are all known."""
        count, networks = len(self.nodes), int(self.network.max(initial=-1)) + 1
        # steps: node i is i, network k is count + k
        before: list[set[int]] = [set() for _ in range(count + networks)]
        for node, of_node in enumerate(groups):
            for member in (m for group in of_node for m in group):
                before[node].add(count + int(self.network[member]) if self.joint[member] else member)
        for joint in np.flatnonzero(self.joint):
            before[count + int(self.network[joint])].add(int(joint))
        for link, a, _ in ends:
            before[count + int(self.network[a])].add(link)
        waiting = [len(x) for x in before]
        after: list[list[int]] = [[] for _ in before]
        for step, needed in enumerate(before):
            for earlier in needed:
                after[earlier].append(step)
        ready = [step for step, left in enumerate(waiting) if not left]
        for step in ready:
            for later in after[step]:
                waiting[later] -= 1
                if not waiting[later]:
                    ready.append(later)
        if len(ready) < len(before):
            raise self._circle(before, set(range(len(before))) - set(ready))
        return np.array([step if step < count else count - step - 1 for step in ready], np.int64)

    def _circle(self, before: list[set[int]], stuck: set[int]) -> GraphError:
        step, seen = min(stuck), dict[int, int]()
        while step not in seen:
            seen[step] = len(seen)
            step = min(before[step] & stuck)
        circle = [s for s in seen if seen[s] >= seen[step] and s < len(self.nodes)]
        names = " → ".join(self.nodes[s].label for s in [*circle, circle[0]])
        return GraphError(
            T(
                f"依存が輪になっています: {names}。どれか一つを外してください。",
                f"The needs go round in a circle: {names}. Take one of them out.",
            ),
            [self.nodes[s].key for s in circle],
        )

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What the kernels take."""
        return (
            self.order,
            self.group_start,
            self.member_start,
            self.members,
            self.hold,
            self.network,
            self.hub,
            self.around_start,
            self.around_link,
            self.around_joint,
        )

    def lost(self, keys: Iterable[str]) -> Floats:
        """(nodes,): hours of loss for :meth:`stops` where these are lost at once (0; the others never, ``inf``).

        :raises GraphError: for a key that is not there.
        """
        found = self.never.copy()
        for key in keys:
            if key not in self.index:
                raise GraphError(T(f"{key} は計画にありません。", f"{key} is not in the plan."), [key])
            found[self.index[key]] = 0.0
        return found

    @cached_property
    def untouched(self) -> Floats:
        """(nodes,): hours as :meth:`stops` gives them where nothing is lost; infinite in a plan that holds together."""
        return self.stops(self.lost(()))

    def stops(self, lost: Floats) -> Floats:
        """The hour at which each node stops (``inf``: never), where each is lost at hour ``lost`` of its own accord.

        ``lost``: (nodes,) or (cases, nodes), in hours; the answer has its shape.
        """
        cases = np.ascontiguousarray(np.atleast_2d(lost), np.float64)
        found = np.empty_like(cases)
        _stop_times(cases, found, *self.arrays)
        return found.reshape(np.shape(lost))

    def stops_one_by_one(self) -> Floats:
        """(nodes, nodes): row *i* has the hours at which each stops where node *i* alone is lost."""
        lost = np.tile(self.lost(()), (len(self), 1))
        np.fill_diagonal(lost, 0.0)
        return self.stops(lost)

    def groups_of(self, node: int) -> Iterator[Ints]:
        """The groups that a node needs, each as members."""
        for group in range(self.group_start[node], self.group_start[node + 1]):
            yield self.members[self.member_start[group] : self.member_start[group + 1]]

    def causes(self, node: int, stops: Floats, lost: Floats) -> list[int]:
        """Because of which nodes it stopped, by ``stops`` and ``lost`` (nodes,) in hours: none where it was lost itself
        or did not stop.

        The members of the group that was lost first; for a joint, the links and joints beside it that stopped of their
        own accord, or, where there are none, the joints beside it.
        """
        if not math.isfinite(stops[node]) or stops[node] == lost[node]:
            return []
        first = self._first_lost(node, stops)
        if first is not None:
            return [int(m) for m in first]
        around = range(self.around_start[node], self.around_start[node + 1])
        pairs = [(int(self.around_link[i]), int(self.around_joint[i])) for i in around]
        links = [link for link, _ in pairs if stops[link] <= stops[node]]
        joints = [joint for link, joint in pairs if link not in links and stops[joint] <= stops[node]]
        alone = [j for j in joints if stops[j] == lost[j] or self._first_lost(j, stops) is not None]
        return (links + alone) or joints

    def _first_lost(self, node: int, stops: Floats) -> Ints | None:
        """The group whose loss stopped a node; None where something else did."""
        first = min(self.groups_of(node), key=lambda group: float(stops[group].max()), default=None)
        stopped = first is not None and float(stops[first].max()) + self.hold[node] == stops[node]
        return first if stopped else None


def _starts(sizes: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).astype(np.int64)


def _networks(count: int, around: list[list[tuple[int, int]]]) -> Ints:
    """The connected component of each joint, counted from 0; -1 for what is no joint."""
    found = np.full(count, -1, np.int64)
    number = 0
    for start in range(count):
        if found[start] >= 0 or not around[start]:
            continue
        found[start] = number
        reached = [start]
        for joint in reached:
            for _, other in around[joint]:
                if found[other] < 0:
                    found[other] = number
                    reached.append(other)
        number += 1
    return found


@kernel()
def _stop_times(
    lost: Floats,
    found: Floats,
    order: Ints,
    group_start: Ints,
    member_start: Ints,
    members: Ints,
    hold: Floats,
    network: Ints,
    hub: npt.NDArray[np.bool_],
    around_start: Ints,
    around_link: Ints,
    around_joint: Ints,
) -> None:
    """Fill ``found`` (cases, nodes) with the hours at which each node stops, case by case."""
    count = lost.shape[1]
    reached = np.empty(count)
    queue = np.empty(count, np.int64)
    queued = np.zeros(count, np.bool_)
    for case in range(lost.shape[0]):
        for step in order:
            if step >= 0:
                first = np.inf
                for group in range(group_start[step], group_start[step + 1]):
                    last = -np.inf
                    for m in range(member_start[group], member_start[group + 1]):
                        last = max(last, found[case, members[m]])
                    first = min(first, last)
                found[case, step] = min(lost[case, step], first + hold[step])
                continue
            # a network: the widest path from its hubs, where a path is as wide as its first part that stops.
            # A joint is taken up again only when it is found to be reached longer, so few are taken twice.
            head, waiting = 0, 0
            for joint in range(count):
                if network[joint] == -1 - step:
                    reached[joint] = 0.0
                    if hub[joint]:
                        reached[joint] = found[case, joint]
                        queue[(head + waiting) % count] = joint
                        queued[joint] = True
                        waiting += 1
            while waiting:
                joint = queue[head]
                head = (head + 1) % count
                waiting -= 1
                queued[joint] = False
                for i in range(around_start[joint], around_start[joint + 1]):
                    other = around_joint[i]
                    width = min(reached[joint], found[case, around_link[i]], found[case, other])
                    if width > reached[other]:
                        reached[other] = width
                        if not queued[other]:
                            queue[(head + waiting) % count] = other
                            queued[other] = True
                            waiting += 1
            for joint in range(count):
                if network[joint] == -1 - step:
                    found[case, joint] = reached[joint]


def ring(prefix: str, hub: str, sites: Sequence[str]) -> list[Node]:
    """The links of a ring that leaves the hub, passes the sites in order and comes back: ``prefix-1`` …"""
    around = [hub, *sites, hub]
    return [Node(f"{prefix}-{i}", kind="line", ends=(a, b)) for i, (a, b) in enumerate(pairwise(around), 1) if a != b]
