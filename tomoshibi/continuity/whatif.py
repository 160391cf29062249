"""What if this dies? The answer in words that an officer can use: what stops when, who is cut off, who must be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from tomoshibi.continuity.graph import Floats, Graph, Ints, Node

#: kinds of node that the answer names apart
SYSTEM, SERVICE = "system", "service"
#: sides of a thing: its battery, the fuel of its generator, that it is joined to the head office
BATTERY, FUEL, REACH = "battery", "fuel", "reach"
#: sides that say nothing that the thing itself does not
SILENT = ("joint", "link")


@dataclass(frozen=True)
class Stage:
    """What stops at one hour after the loss, in the plan's order."""

    hours: float
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Told:
    """Who must be told, and of what."""

    who: str
    of: tuple[Node, ...]


@dataclass(frozen=True)
class Answer:
    """What the loss of ``items`` leads to. ``lost`` and ``stops``: (nodes,) hours, as in the graph."""

    graph: Graph
    items: tuple[Node, ...]
    lost: Floats
    stops: Floats

    @cached_property
    def stages(self) -> list[Stage]:
        """What stops now (0 hours) and after batteries and fuel have run out, in the order in which it happens.

        The items that were lost are not among them; what never worked (a site without any line) neither.
        """
        finite = np.flatnonzero(
            np.isfinite(self.stops) & ~np.isfinite(self.lost) & np.isinf(self.graph.untouched) & self._told
        )
        hours = self.stops[finite]
        return [
            Stage(float(hour), tuple(self.graph.nodes[i] for i in finite[hours == hour])) for hour in np.unique(hours)
        ]

    @cached_property
    def _told(self) -> npt.NDArray[np.bool_]:
        """(nodes,): what people want to hear of. A site is not said to be cut off where it has stopped itself."""
        silent, site = sides(self.graph)
        return ~silent & ((site < 0) | (self.stops[site] > self.stops))

    def of_kind(self, kind: str) -> list[tuple[Node, float]]:
        """What of a kind stops, with the hour, first those that stop first."""
        return [(node, stage.hours) for stage in self.stages for node in stage.nodes if node.kind == kind]

    @cached_property
    def isolated(self) -> list[tuple[Node, float]]:
        """Ends that work and that no path of working lines reaches any more, with the hour."""
        return self.of_kind(REACH)

    @cached_property
    def told(self) -> list[Told]:
        """Who must be told: of what was lost, and of what stops."""
        found: dict[str, list[Node]] = {}
        for node in (*self.items, *(n for stage in self.stages for n in stage.nodes)):
            for who in node.tell:
                found.setdefault(who, []).append(node)
        return [Told(who, tuple(of)) for who, of in found.items()]

    def causes(self, node: Node) -> list[Node]:
        """Because of which nodes that one stopped."""
        return [self.graph.nodes[i] for i in self.graph.causes(self.graph.index[node.key], self.stops, self.lost)]

    def as_json(self) -> dict[str, Any]:
        """For programs: keys, names and hours. ``stopped`` are systems; whatever else stops is in ``stages``."""

        def said(pairs: Iterable[tuple[Node, float]]) -> list[dict[str, Any]]:
            return [
                {
                    "key": node.of or node.key,
                    "name": node.label,
                    "after_hours": hours,
                    "because": [cause.label for cause in self.causes(node)],
                }
                for node, hours in pairs
            ]

        return {
            "items": [{"key": n.key, "name": n.label} for n in self.items],
            "stopped": said(self.of_kind(SYSTEM)),
            "services": said(self.of_kind(SERVICE)),
            "isolated": said(self.isolated),
            "stages": [
                {
                    "after_hours": stage.hours,
                    "stops": [{"key": n.key, "name": n.label, "kind": n.kind} for n in stage.nodes],
                }
                for stage in self.stages
            ],
            "tell": [{"who": t.who, "of": [n.label for n in t.of]} for t in self.told],
        }


_sides_of: WeakKeyDictionary[Graph, tuple[npt.NDArray[np.bool_], Ints]] = WeakKeyDictionary()


def sides(graph: Graph) -> tuple[npt.NDArray[np.bool_], Ints]:
    """(nodes,) twice: sides of things that are never told; of which site a node says that it is cut off, or -1."""
    if graph not in _sides_of:
        silent = [n.kind in SILENT or (n.kind == FUEL and not n.hold) for n in graph.nodes]
        site = [graph.index.get(n.of, -1) if n.kind == REACH else -1 for n in graph.nodes]
        _sides_of[graph] = np.array(silent, np.bool_), np.array(site, np.int64)
    return _sides_of[graph]


def what_if(graph: Graph, keys: Sequence[str]) -> Answer:
    """The answer where these are lost at once.

    :raises GraphError: for a key that is not in the plan.
    """
    lost = graph.lost(keys)
    items = tuple(graph.nodes[graph.index[key]] for key in dict.fromkeys(keys))
    return Answer(graph, items, lost, graph.stops(lost))
