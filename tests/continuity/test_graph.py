"""The plan's graph against closed forms, and against a search that knows only the three rules, hour by hour."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.continuity.graph import NEVER, Graph, GraphError, Node, ring
from tomoshibi.continuity.whatif import what_if

HOURS = 12


def stops(graph: Graph, *keys: str) -> dict[str, float]:
    return dict(zip(graph.index, graph.stops(graph.lost(keys)).tolist(), strict=True))


def test_batteries_and_fuel_run_out_one_after_the_other() -> None:
    graph = Graph(
        [
            Node("server", needs=(("ups",), ("cooling",))),
            Node("cooling", needs=(("power",),), hold=3),
            Node("ups", needs=(("power",),), hold=0.5),
            Node("power", needs=(("grid", "generator"),)),
            Node("generator", needs=(("grid",),), hold=24),
            Node("grid"),
            Node("desk", kind="service", needs=(("server", "paper"),)),
            Node("paper", needs=(("server",),), hold=8),
        ]
    )
    assert stops(graph, "grid") == {
        "grid": 0, "generator": 24, "power": 24, "ups": 24.5, "cooling": 27, "server": 24.5, "paper": 32.5, "desk": 32.5
    }  # fmt: skip
    assert stops(graph, "grid", "generator")["server"] == 0.5
    assert stops(graph, "generator")["server"] == NEVER
    answer = what_if(graph, ["grid"])
    assert [s.hours for s in answer.stages] == [24, 24.5, 27, 32.5]
    assert [n.key for n in answer.causes(graph.nodes[0])] == ["ups"]
    assert answer.as_json()["services"][0]["after_hours"] == 32.5


def test_rings_and_a_spur() -> None:
    sites = [f"s{i}" for i in range(1, 6)]
    graph = Graph(
        [
            Node("hq", hub=True),
            *(Node(s, kind="reach") for s in [*sites, "school"]),
            *ring("east", "hq", sites),
            Node("spur", ends=("s3", "school")),
        ]
    )
    for link in (f"east-{i}" for i in range(1, 7)):
        assert what_if(graph, [link]).isolated == []
    assert [n.key for n, _ in what_if(graph, ["spur"]).isolated] == ["school"]
    assert [n.key for n, _ in what_if(graph, ["east-2", "east-5"]).isolated] == ["s2", "s3", "s4", "school"]
    assert [n.key for n, _ in what_if(graph, ["s3"]).isolated] == ["school"]
    assert len(what_if(graph, ["hq"]).isolated) == 6


def test_a_chain_and_a_majority_have_closed_forms() -> None:
    chain = Graph([Node("n0"), *(Node(f"n{i}", needs=((f"n{i - 1}",),), hold=i) for i in range(1, 40))])
    assert stops(chain, "n0")["n39"] == sum(range(1, 40))
    # two of three: every pair must have a living member
    pairs = Graph([Node("a"), Node("b"), Node("c"), Node("m", needs=(("a", "b"), ("b", "c"), ("a", "c")))])
    for dead in ([], ["a"], ["a", "b"], ["b", "c"], ["a", "b", "c"]):
        assert stops(pairs, *dead)["m"] == (0 if len(dead) > 1 else NEVER)
    alone = pairs.stops_one_by_one()
    assert np.isinf(alone[:3, 3]).all() and alone[3, 3] == 0


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([Node("a"), Node("a")], "twice"),
        ([Node("a", needs=(("b",),))], "not there"),
        ([Node("a", needs=((),))], "empty group"),
        ([Node("a", hold=math.nan)], "below 0"),
        ([Node("a"), Node("b"), Node("l", ends=("a", "b"))], "head office"),
        ([Node("a", needs=(("b",),)), Node("b", needs=(("c",),)), Node("c", needs=(("b",),))], "b → c → b"),
        ([Node("h", hub=True), Node("s"), Node("l", ends=("h", "s"), needs=(("s",),))], "circle"),
    ],
)
def test_what_makes_no_graph_is_told(nodes: list[Node], said: str) -> None:
    with pytest.raises(GraphError) as refused:
        Graph(nodes)
    assert said in refused.value.text.en
    assert refused.value.keys


def test_a_key_that_is_not_in_the_plan() -> None:
    with pytest.raises(GraphError, match="not in the plan"):
        what_if(Graph([Node("a")]), ["b"])


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Node], list[str]]:
    """A few joints and links, things that need one another downwards and the joints, and what is lost."""
    joints = [f"j{i}" for i in range(draw(st.integers(0, 4)))]
    hours = st.integers(0, 3)
    below = ["r0", "r1"]
    nodes = [Node("r0"), Node("r1", hold=draw(hours))]

    def needs(of: list[str]) -> tuple[tuple[str, ...], ...]:
        group = st.lists(st.sampled_from(of), min_size=1, max_size=3, unique=True).map(tuple)
        return tuple(draw(st.lists(group, max_size=2)))

    for i, joint in enumerate(joints):
        nodes.append(Node(joint, kind="site", hub=i == 0 or draw(st.booleans()), needs=needs(below), hold=draw(hours)))
    if len(joints) > 1:
        pair = st.lists(st.sampled_from(joints), min_size=2, max_size=2, unique=True)
        first = [(joints[0], other) for other in joints[1:] if draw(st.booleans())] or [(joints[0], joints[1])]
        for i, (a, b) in enumerate([*first, *draw(st.lists(pair, max_size=4))]):
            nodes.append(Node(f"l{i}", ends=(a, b), needs=needs(below), hold=draw(hours)))
    linked = {e for n in nodes if n.ends for e in n.ends}
    hubs = {n.key for n in nodes if n.hub}
    # a network without a hub is refused; joints that nothing links are plain nodes
    nodes = [Node(n.key, kind=n.kind, needs=n.needs, hold=n.hold, hub=True) if n.key in linked and n.key not in hubs
             and not _connected(nodes, n.key, hubs) else n for n in nodes]  # fmt: skip
    for i in range(draw(st.integers(0, 4))):
        of = [n.key for n in nodes]
        nodes.append(Node(f"t{i}", needs=needs(of), hold=draw(hours)))
    order = draw(st.permutations(nodes))
    lost = draw(st.lists(st.sampled_from([n.key for n in nodes]), max_size=3, unique=True))
    return list(order), lost


def _connected(nodes: list[Node], start: str, goals: set[str], up: set[str] | None = None) -> bool:
    """Whether some simple path leads there: every one is tried. ``up``: what it may pass; None: everything."""

    def search(at: str, passed: tuple[str, ...]) -> bool:
        if up is not None and at not in up:
            return False
        if at in goals:
            return True
        return any(
            search(other, (*passed, other))
            for link in nodes
            if link.ends and at in link.ends and (up is None or link.key in up)
            for other in link.ends
            if other not in passed
        )

    return search(start, (start,))


def by_the_hour(nodes: list[Node], lost: list[str]) -> dict[str, float]:
    """The three rules and nothing else: hour by hour, what is up by itself, what is reached, until nothing changes."""
    joints = {e for n in nodes if n.ends for e in n.ends}
    hubs = {n.key for n in nodes if n.hub}
    since: dict[str, int] = {}  # when each lost what it needs
    stopped: dict[str, float] = {}
    for hour in range(60):
        changed = True
        while changed:
            changed = False
            up = {n.key for n in nodes} - set(stopped)
            for n in nodes:
                if n.key not in since and not all(any(m in up for m in group) for group in n.needs):
                    since[n.key] = hour
                out = n.key in lost or (n.key in since and hour >= since[n.key] + n.hold)
                cut = n.key in joints and not _connected(nodes, n.key, hubs, up)
                if n.key not in stopped and (out or cut):
                    stopped[n.key] = hour
                    changed = True
                    break
    return {n.key: stopped.get(n.key, NEVER) for n in nodes}


@settings(max_examples=80)
@given(plans())
def test_as_an_exhaustive_search_finds_it(plan: tuple[list[Node], list[str]]) -> None:
    nodes, lost = plan
    graph = Graph(nodes)
    assert stops(graph, *lost) == by_the_hour(nodes, lost)
    answer = what_if(graph, lost)
    for stage in answer.stages:
        for node in stage.nodes:  # whatever stops, stops because of something that stopped no later
            causes = answer.causes(node)
            assert causes and all(answer.stops[graph.index[c.key]] <= stage.hours for c in causes)
