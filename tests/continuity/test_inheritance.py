"""Objectives inherited along dependencies: by hand, and against a search of everything that depends on a thing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tomoshibi.continuity.inheritance import inherited, lines_needed


def test_the_most_urgent_service_asks_most() -> None:
    needs = [("web", "server"), ("desk", "server"), ("server", "power"), ("other", "power")]
    own = {"web": 3.0, "desk": 24.0, "server": 48.0, "other": 12.0}
    assert inherited(own, needs) == {"server": (3, "web"), "power": (3, "web")}
    assert inherited({"server": 2.0}, needs) == {"power": (2, "server")}  # its own is not inherited by a thing
    assert inherited({"server": 3.0, "web": 3.0}, needs)["power"] == (3, "web")  # the service, not what carries it
    lines = {"in": ("hq", "a"), "out": ("hq", "b"), "between": ("a", "b"), "spur": ("school", "b")}
    assert lines_needed(lines, [(end, "hq") for end in ("a", "b", "school")]) == [
        ("a", "in"), ("b", "out"), ("a", "between"), ("b", "between"), ("school", "spur")
    ]  # fmt: skip


THINGS = "abcdefg"
PAIRS = [(a, b) for a, b in itertools.combinations(THINGS, 2)]


@given(st.dictionaries(st.sampled_from(THINGS), st.sampled_from([1.0, 2.0, 3.0])), st.lists(st.sampled_from(PAIRS)))
def test_as_a_search_upwards_finds_it(own: dict[str, float], pairs: list[tuple[str, str]]) -> None:
    def above(thing: str) -> set[str]:
        direct = {a for a, b in pairs if b == thing}
        return direct.union(*map(above, direct))

    found = inherited(own, pairs)
    for thing in {x for pair in pairs for x in pair}:
        asked = [own[x] for x in above(thing) if x in own]
        assert (found[thing][0] if thing in found else None) == min(asked, default=None)
        assert thing not in found or own[found[thing][1]] == found[thing][0]
