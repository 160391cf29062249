"""Planning of surveys: everything once, no team over its day, loads even, ways short, the same for the same."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.relief.planning import Crew, Stop, ordered, plan

OFFICE = (37.05, 140.89)


def stop(n: int, at: tuple[float, float] | None, load: float = 1.0, area: str = "") -> Stop:
    lat, lon = at or (None, None)
    return Stop(f"d{n:05}", lat, lon, load, area, f"本町{n}番地")


@st.composite
def towns(draw: st.DrawFn) -> list[Stop]:
    degrees = st.integers(0, 1000).map(lambda n: n / 10_000)
    places = st.none() | st.tuples(degrees.map(lambda d: 37 + d), degrees.map(lambda d: 140.8 + d))
    told = draw(st.lists(st.tuples(places, st.sampled_from([1.0, 3.0]), st.sampled_from(["", "a", "b"])), max_size=50))
    return [stop(n, *one) for n, one in enumerate(told)]


crews_of = st.lists(st.integers(3, 20), min_size=1, max_size=5).map(
    lambda days: [Crew(f"t{n}", per_day, *OFFICE) for n, per_day in enumerate(days)]
)


@settings(max_examples=80)
@given(stops=towns(), crews=crews_of, chance=st.randoms(use_true_random=False))
def test_laws_of_a_plan(stops: list[Stop], crews: list[Crew], chance: random.Random) -> None:
    routes = plan(stops, crews, 1000)
    loads = {s.ref: s.load for s in stops}
    assert sorted(ref for r in routes for ref in r.stops) == sorted(loads), "each dwelling once, and nothing else"
    can = {c.ref: c.per_day for c in crews}
    for route in routes:
        assert route.load == sum(loads[ref] for ref in route.stops) <= can[route.crew]
    assert len({(r.crew, r.day) for r in routes}) == len(routes)
    shuffled = list(stops)
    chance.shuffle(shuffled)
    assert plan(shuffled, crews[::-1], 1000) == routes, "who typed what first does not matter"
    some = plan(stops, crews, 1)
    assert all(r.day == 0 for r in some) and some == [r for r in routes if r.day == 0]


@settings(max_examples=40)
@given(number=st.integers(0, 200), teams=st.integers(1, 6), per_day=st.integers(5, 20))
def test_the_load_is_even(number: int, teams: int, per_day: int) -> None:
    chance = random.Random(number)
    stops = [stop(n, (37 + chance.random() / 10, 140.8 + chance.random() / 10)) for n in range(number)]
    routes = plan(stops, [Crew(f"t{n}", per_day) for n in range(teams)], 1000)
    assert len({r.day for r in routes}) == math.ceil(number / (teams * per_day)), "no day more than is needed"
    for day in {r.day for r in routes}:
        loads = [r.load for r in routes if r.day == day]
        loads += [0.0] * (teams - len(loads))
        assert max(loads) - min(loads) <= 1


def test_a_day_stays_in_a_neighbourhood() -> None:
    """Four villages 10 km apart and four teams: each gets one, and walks it instead of crossing the town."""
    chance = random.Random(7)
    villages = [(37.0, 140.8), (37.1, 140.8), (37.0, 140.9), (37.1, 140.9)]
    stops = []
    for n in range(60):
        lat, lon = villages[n % 4]
        stops.append(stop(n, (lat + chance.random() / 200, lon + chance.random() / 200), area=f"a{n % 4}"))
    routes = plan(stops, [Crew(f"t{n}", 15, *OFFICE) for n in range(4)], 5)
    assert [r.day for r in routes] == [0] * 4
    for route in routes:
        assert len({int(ref[1:]) % 4 for ref in route.stops}) == 1
    # from the office at most 10 km to the village, and there 15 houses within 600 m: never 20 km
    assert max(r.metres for r in routes) < 14_000


def test_the_way_is_no_longer_than_it_need_be() -> None:
    line = [stop(n, (37.0, 140.8 + n / 1000)) for n in (3, 0, 4, 1, 2)]
    (route,) = plan(line, [Crew("t", 10, 37.0, 140.799)], 1)
    assert route.stops == tuple(f"d{n:05}" for n in range(5))
    assert route.metres == pytest.approx(5 * 0.001 * 111_320 * math.cos(math.radians(37.0)), rel=1e-6)


def test_dwellings_without_a_position_go_with_their_district() -> None:
    stops = [stop(1, (37.0, 140.8), area="a"), stop(2, (37.1, 140.9), area="b"), stop(3, None, area="a"), stop(4, None)]
    assert [s.ref[-1] for s in ordered(stops)] == ["1", "3", "2", "4"]
    with pytest.raises(ValueError, match="something"):
        plan(stops, [Crew("t", 0)], 1)
    assert plan(stops, [], 5) == []
