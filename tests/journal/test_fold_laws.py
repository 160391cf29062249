"""The two laws of the design, over random histories of three nodes.

1. Any order, slicing and repetition of delivery gives equal rows.
2. Rivals equal those of an independent happens-before oracle: convergence alone misses a past that is not transitive.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.journal.histories import Oracle, World, random_history
from tests.toys.facts import Box
from tomoshibi.journal.folding import fold

PIECES = 10


@pytest.mark.fuzz
@pytest.mark.parametrize("piece", range(PIECES))
def test_laws_over_random_histories(piece: int, trials: Callable[[int, int], int]) -> None:
    disputed = 0
    histories = trials(3_000, 100_000)
    for seed in range(piece, histories, PIECES):
        chance = random.Random(seed)
        entries = random_history(chance)
        subject = entries[0].subject
        state = fold(subject, entries)
        oracle = Oracle(entries)
        assert {r.entry.id for r in state.name.rivals()} == oracle.rivals("name"), seed
        assert {r.entry.id for r in state.colour.rivals()} == oracle.rivals("colour"), seed
        assert {r.entry.id for r in state.place.rivals()} == oracle.latest_rivals(), seed
        assert set(state.heads) == oracle.heads(), seed
        assert {e.id for e, _ in state.contents.items()} == oracle.bag(), seed
        disputed += bool(state.conflicts())
        expected = shown(state)
        for _ in range(3):
            delivered = [replace(e) for e in entries] + [replace(e) for e in chance.sample(entries, len(entries) // 2)]
            chance.shuffle(delivered)
            assert shown(fold(subject, delivered)) == expected, seed
    assert disputed > histories / PIECES / 20, "the histories hardly ever dispute: they would prove nothing"


@pytest.mark.fuzz
@pytest.mark.parametrize("piece", range(PIECES))
def test_laws_hold_for_every_partial_delivery(piece: int, trials: Callable[[int, int], int]) -> None:
    """A node that has not heard everything yet: the same laws over what it has."""
    for seed in range(piece, trials(1_000, 33_000), PIECES):
        chance = random.Random(~seed)
        entries = random_history(chance)
        heard = [e for e in entries if chance.random() < 0.7] or entries[:1]
        state = fold(heard[0].subject, heard)
        oracle = Oracle(heard)
        assert {r.entry.id for r in state.name.rivals()} == oracle.rivals("name"), seed
        assert set(state.heads) == oracle.heads(), seed


def shown(state: Box) -> tuple[object, ...]:
    rows = sorted((row.model.__name__, sorted(row.values.items())) for row in state.rows())
    return state.heads, rows, [(c.part, [(r.entry.id, r.value) for r in c.rivals]) for c in state.conflicts()]


def test_a_past_that_is_not_transitive_would_be_caught() -> None:
    """A settles B and C; D knew only A. Without transitive past, D would leave B and C standing."""
    world = World(random.Random(1), ["n1", "n2"])
    a = world.say("n1", "toys.box_described", {"name": "a"}, after=[])
    b = world.say("n2", "toys.box_described", {"name": "b"}, after=[])
    world.deliver("n2", "n1")
    c = world.say("n1", "toys.box_described", {"name": "c"}, after=[a.id, b.id])
    d = world.say("n1", "toys.box_described", {"name": "d"}, after=[c.id])
    state = fold(a.subject, [a, b, c, d])
    assert [r.value for r in state.name.rivals()] == ["d"]
    assert state.heads == (d.id,)
