"""The sketch of a team's way on paper: to scale, inside its frame, north up, labels that do not cover each other."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.relief.route_papers import EDGE, NEAR, TALL, WIDTH, sketched

PLACES = st.lists(st.tuples(st.floats(36.9, 37.1), st.floats(140.7, 141.0)), min_size=1, max_size=12)


def test_nothing_to_draw() -> None:
    assert sketched([]) is None


def test_three_stops_worked_by_hand() -> None:
    # 1 km to the north is 1000/111,320 degrees; at 37 degrees as much to the east is 1/cos 37 as many
    north, east = 1000 / 111_320, 1000 / 111_320 / math.cos(math.radians(37))
    drawn = sketched([("1", 37 - north / 2, 140.8), ("2", 37 + north / 2, 140.8), ("3", 37 + north / 2, 140.8 + east)])
    assert drawn is not None
    one, two, three = drawn["way"]
    side = TALL - 2 * EDGE  # the height decides: 1 km is 67 mm
    assert one[0] == two[0] and math.isclose(one[1] - two[1], side, abs_tol=0.02), "north is up"
    assert two[1] == three[1] and math.isclose(three[0] - two[0], side, rel_tol=0.001), "one scale for both ways"
    assert drawn["bar"]["label"] == "500 m" and math.isclose(drawn["bar"]["length"], side / 2, abs_tol=0.02)


@settings(max_examples=60)
@given(PLACES)
def test_every_stop_is_inside_and_named(places: list[tuple[float, float]]) -> None:
    stops = [(str(n), lat, lon) for n, (lat, lon) in enumerate(places, 1)]
    drawn = sketched(stops)
    assert drawn is not None and len(drawn["way"]) == len(stops)
    for x, y in drawn["way"]:
        assert EDGE - 0.02 <= x <= WIDTH - EDGE + 0.02 and EDGE - 0.02 <= y <= drawn["height"] - EDGE + 0.02
    assert drawn["height"] <= TALL + 0.02 and 0 < drawn["bar"]["length"] <= WIDTH / 5 + 0.02
    points = drawn["points"]
    assert sorted(n for p in points for n in p["label"].split("・")) == sorted(label for label, *_ in stops)
    for at, p in enumerate(points):
        assert all(math.hypot(p["x"] - q["x"], p["y"] - q["y"]) >= NEAR for q in points[:at])
