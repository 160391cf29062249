"""Recoveries against closed forms, and against a slow play of the same rules, moment by moment."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.continuity.forecast import Crew, Model, Span, Work, draw, outages, recover
from tomoshibi.continuity.graph import Graph, GraphError, Node, ring
from tomoshibi.continuity.orders import best_order, hours_lost, outlook


def exactly(hours: float) -> Span:
    return Span(hours, hours, hours)


def works(hours: list[float], crew: int = 1, **more: object) -> Model:
    """So many things that nothing connects, each mended by the one crew."""
    graph = Graph([Node(f"n{i}") for i in range(len(hours))])
    return Model(
        graph,
        tuple(Work(f"n{i}", exactly(h), "us") for i, h in enumerate(hours)),
        (Crew("us", crew),),
        **more,  # type: ignore[arg-type]
    )


def up(model: Model, order: list[int] | None = None) -> list[float]:
    return recover(model, draw(model, 1, 0), order)[0].tolist()


def test_one_crew_works_one_after_the_other_and_two_side_by_side() -> None:
    assert up(works([5, 3, 1])) == [5, 8, 9]
    assert up(works([5, 3, 1]), [2, 1, 0]) == [9, 4, 1]
    assert up(works([5, 3, 1], crew=2)) == [5, 3, 4]


def test_arrival_parts_start_up_and_waiting() -> None:
    graph = Graph([Node("grid"), Node("server", needs=(("grid",),)), Node("desk", needs=(("server",),))])
    server = Work("server", exactly(2), "vendor", parts=exactly(6))
    model = Model(
        graph, (Work("grid", exactly(10)), server), (Crew("vendor", 1, exactly(4)),), start_up={"server": 0.5}
    )
    assert up(model) == [10, 10.5, 10.5]  # mended at 8, before the power is back
    waits = Model(graph, (model.works[0], Work("server", exactly(2), "vendor", waits=True)), model.crews)
    assert up(waits) == [10, 12, 12]
    assert up(Model(graph, (Work("server", exactly(1), "vendor", chance=0),), model.crews)) == [0, 0, 0]


def test_a_ring_comes_back_from_both_sides_and_a_battery_spans_a_short_outage() -> None:
    graph = Graph(
        [Node("hq", hub=True), *map(Node, "abc"), *ring("r", "hq", "abc"), Node("ups", needs=(("a",),), hold=3)]
    )
    model = Model(graph, tuple(Work(f"r-{i}", exactly(h)) for i, h in ((1, 2), (3, 9), (4, 5))))
    draws = draw(model, 1, 0)
    found = dict(zip(graph.index, recover(model, draws)[0].tolist(), strict=True))
    assert [found[s] for s in "abc"] == [2, 2, 5]
    out = dict(zip(graph.index, outages(model, draws, recover(model, draws))[0].tolist(), strict=True))
    assert (out["a"], out["ups"]) == (2, 0)


def test_the_triangle_and_the_share_within_the_promise() -> None:
    graph = Graph([Node("a")])
    model = Model(graph, (Work("a", Span(0, 0, 10)),), rto={"a": 5}, elapsed=1)
    draws = draw(model, 20_000, 7)
    (told,) = outlook(model, draws, recover(model, draws))
    exact = 1 - (1 - 0.4) ** 2  # within 4 of the hours that are left
    assert abs(told.meets - exact) < 4 * told.error
    assert told.median == pytest.approx(1 + 10 * (1 - math.sqrt(0.5)), abs=0.1)
    assert draws.hours.mean() == pytest.approx(10 / 3, abs=0.08)
    assert np.array_equal(draw(model, 50, 7).hours, draw(model, 50, 7).hours)
    shares = np.linspace(0, 1, 11)
    low, mode, high = Span(1, 2, 6)
    hours = Span(1, 2, 6).at(shares)
    back = np.where(hours <= mode, (hours - low) ** 2 / 5, 1 - (high - hours) ** 2 / 20)
    assert back == pytest.approx(shares)


def test_the_best_order_of_a_single_crew_is_known() -> None:
    hours, weights = [8.0, 3.0, 6.0, 1.0, 4.0], [1.0, 9.0, 2.0, 0.5, 4.0]
    model = works(hours, weight={f"n{i}": w for i, w in enumerate(weights)})
    found = best_order(model, seed=1, runs=10, trials=2)
    # Smith's rule: most weight per hour of work first
    assert list(found.works) == sorted(range(5), key=lambda i: hours[i] / weights[i])
    draws = draw(model, 1, 0)
    every = [hours_lost(model, draws, recover(model, draws, p))[0] for p in itertools.permutations(range(5))]
    assert found.ours == pytest.approx(min(every))
    assert found.gain == pytest.approx(found.officers - min(every)) and found.better
    same = works([2.0, 2.0], weight={"n0": 1.0, "n1": 1.0})
    assert best_order(same, seed=1, runs=10, trials=2).works == (0, 1)


@pytest.mark.parametrize(
    "work",
    [Work("x", exactly(1)), Work("a", exactly(1), "nobody"), Work("a", Span(3, 2, 1)), Work("a", exactly(math.inf))],
)
def test_work_that_makes_no_sense_is_told(work: Work) -> None:
    with pytest.raises(GraphError):
        Model(Graph([Node("a")]), (work,))


def slowly(model: Model, order: list[int]) -> list[float]:
    """The rules in whole hours, moment by moment, with nothing of the kernel in it. All spans are whole and certain."""
    nodes = model.graph.nodes
    work = {w.node: w for w in model.works if w.chance}
    place = {model.works[i].node: p for p, i in enumerate(order)}
    arrives = {c.name: c.arrival.likely for c in model.crews}
    free = {c.name: c.size for c in model.crews}
    joints = {e for n in nodes if n.ends for e in n.ends}
    up: dict[str, float] = {}
    due: dict[str, float] = {}  # when a thing that starts will be up
    ends: dict[str, float] = {}  # when a work under way ends
    done = {n.key for n in nodes if n.key not in work}

    def needs_met(n: Node) -> bool:
        beside = [
            all(x in up for x in (link.key, *(set(link.ends or ()) - {n.key})))
            for link in nodes
            if link.ends and n.key in link.ends
        ]
        reached = n.key not in joints or n.hub or any(beside)
        return reached and all(any(m in up for m in group) for group in n.needs)

    for hour in range(80):
        changed = True
        while changed:
            changed = False
            for key in [k for k, end in ends.items() if end == hour]:
                done.add(key)
                free[work[key].crew] = free.get(work[key].crew, 0) + work[key].hands
                ends[key] = -1
                changed = True
            for n in nodes:
                if n.key in done and n.key not in due and needs_met(n):
                    due[n.key] = hour + (model.start_up.get(n.key, 0) if hour or n.key in work else 0)
                    changed = True
                if n.key not in up and due.get(n.key) == hour:
                    up[n.key] = hour
                    changed = True
            if changed:
                continue
            for key, w in sorted(work.items(), key=lambda x: place[x[0]]):
                ready = hour >= max(w.parts.likely, arrives.get(w.crew, 0), arrives.get(w.guest, 0))
                if w.waits and not needs_met(nodes[model.graph.index[key]]):
                    ready = False
                if key not in ends and ready and (not w.crew or free[w.crew] >= w.hands):
                    ends[key] = hour + w.hours.likely
                    free[w.crew] = free.get(w.crew, 0) - w.hands
                    changed = True
    return [up.get(n.key, math.inf) for n in nodes]


@st.composite
def models(draw: st.DrawFn) -> tuple[Model, list[int]]:
    """Roots, a ring with a spur, things above them; some damaged, few crews."""
    hours = st.integers(0, 4)
    nodes = [Node("r0"), Node("r1"), Node("hq", hub=True)]

    def needs(of: list[str]) -> tuple[tuple[str, ...], ...]:
        group = st.lists(st.sampled_from(of), min_size=1, max_size=2, unique=True).map(tuple)
        return tuple(draw(st.lists(group, max_size=2)))

    nodes += [Node(s, needs=needs(["r0", "r1"])) for s in ("a", "b", "c")]
    nodes += [*ring("r", "hq", "ab"), Node("spur", ends=("b", "c"), needs=needs(["r0", "r1"]))]
    for i in range(draw(st.integers(0, 4))):
        nodes.append(Node(f"t{i}", needs=needs([n.key for n in nodes])))
    crews = tuple(Crew(n, draw(st.integers(1, 3)), exactly(draw(hours))) for n in ("us", "vendor"))
    least = min(crew.size for crew in crews)
    damaged = draw(st.lists(st.sampled_from([n.key for n in nodes]), max_size=7, unique=True))
    some = tuple(
        Work(key, exactly(draw(hours)), draw(st.sampled_from(["us", "vendor", ""])), float(draw(st.integers(0, 1))),
             exactly(draw(hours)), draw(st.booleans()), draw(st.integers(1, least)), draw(st.sampled_from(["", "us"])))
        for key in damaged
    )  # fmt: skip
    start_up = {n.key: float(draw(hours)) for n in nodes if draw(st.booleans())}
    return Model(Graph(nodes), some, crews, start_up=start_up), draw(st.permutations(range(len(some))))


@settings(max_examples=100)
@given(models())
def test_as_a_slow_play_finds_it(found: tuple[Model, list[int]]) -> None:
    model, order = found
    assert up(model, order) == slowly(model, order)
