"""Changes are played in their own dates, in whatever order they were notified and delivered."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.residents.moving import Move, State, replay
from tomoshibi.residents.words import Movement

M = Movement
START = dt.date(2026, 11, 1)
HOME = State("h1", "1", "7", "灯　花", "トモシ　ハナ", None, "女", "世帯主", "本町", "1番", "", False, None, "")


def day(n: int) -> dt.date:
    return START + dt.timedelta(n)


def move(kind: M, on: int, processed: int, state: State = HOME, sequence: int = 1) -> Move:
    return Move(kind, day(on), (day(processed).isoformat(), sequence), state)


def at(base: State | None, moves: list[Move], n: int) -> State | str | None:
    outcome = replay(base, moves, day(n))
    if outcome is None:
        return None
    return outcome.gone.value if outcome.gone else outcome.state


def test_in_and_out_on_their_own_days_though_notified_late() -> None:
    late = [move(M.IN, 5, 20)]
    assert at(None, late, 4) is None
    assert at(None, late, 5) == HOME
    out = [move(M.OUT, 10, 25)]
    assert at(HOME, out, 9) == HOME
    assert at(HOME, out, 10) == "out"
    assert replay(HOME, out, day(12)).gone_on == day(10)


def test_a_late_move_lies_before_one_that_was_processed_first() -> None:
    second = HOME._replace(town="港町")
    first = HOME._replace(town="松浦")
    moves = [move(M.MOVED, 8, 9, second), move(M.MOVED, 3, 12, first)]
    assert [at(HOME, moves, n).town for n in (2, 3, 8)] == ["本町", "松浦", "港町"]


def test_a_late_move_does_not_take_back_what_was_corrected_meanwhile() -> None:
    spelled = HOME._replace(kana="トモシビ　ハナ")
    moved = spelled._replace(town="港町")
    moves = [move(M.CORRECTED, 6, 6, spelled), move(M.MOVED, 2, 9, moved)]
    assert [(at(HOME, moves, n).kana, at(HOME, moves, n).town) for n in (1, 2, 6)] == [
        ("トモシ　ハナ", "本町"),
        ("トモシ　ハナ", "港町"),
        ("トモシビ　ハナ", "港町"),
    ]


def test_a_death_notified_late_ends_what_came_after_it() -> None:
    moves = [move(M.MOVED, 5, 6, HOME._replace(town="港町")), move(M.DIED, 3, 20)]
    assert [at(HOME, moves, n) for n in (2, 3, 30)] == [HOME, "died", "died"]


def test_who_left_comes_back() -> None:
    back = HOME._replace(town="港町")
    moves = [move(M.OUT, 3, 3), move(M.IN, 9, 9, back)]
    assert [at(HOME, moves, n) for n in (3, 8, 9)] == ["out", "out", back]


def test_a_cancelled_change_never_was() -> None:
    moves = [move(M.OUT, 3, 3), move(M.CANCELLED, 3, 8)]
    assert [at(HOME, moves, n) for n in (2, 3, 9)] == [HOME] * 3
    corrected = [*moves, move(M.OUT, 6, 8, sequence=2)]
    assert [at(HOME, corrected, n) for n in (3, 6)] == [HOME, "out"]


def test_leaving_says_no_more_than_who() -> None:
    gone = replay(HOME, [move(M.OUT, 3, 3, HOME._replace(name="", town="", household=""))], day(4))
    assert gone is not None
    assert (gone.state, gone.gone) == (HOME, M.OUT)
    assert replay(None, [move(M.OUT, 3, 3, HOME._replace(name=""))], day(4)) is None


_FIELDS = {M.MOVED: ("town", "block"), M.HOUSEHOLD: ("household", "relation"), M.CORRECTED: ("name", "kana")}


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_whatever_is_notified_when_the_register_of_a_day_is_what_was_so_on_it(seed: int, count: int) -> None:
    """The oracle lives the changes in the order in which they happened; the register hears of them in any order."""
    chance = random.Random(seed)
    happened = []
    for n in range(count):
        kind = chance.choice(list(_FIELDS))
        happened.append((chance.randint(1, 30), n, kind, {f: f"{f}{n}" for f in _FIELDS[kind]}))
    truth = {}
    for d in range(32):
        state = HOME
        for _, _, _, said in sorted((h for h in happened if h[0] <= d), key=lambda h: (h[0], heard_at(h))):
            state = state._replace(**said)
        truth[d] = state
    moves, register = [], HOME
    for on, n, kind, said in sorted(happened, key=heard_at):
        register = register._replace(**said)
        moves.append(Move(kind, day(on), (day(heard_at((on, n, kind, said))).isoformat(), n), register))
    chance.shuffle(moves)
    assert {d: at(HOME, moves, d) for d in range(32)} == truth


def heard_at(event: tuple) -> int:
    """Every other change is heard of weeks late; no two at once."""
    return event[0] * 10 + event[1] + (400 if event[1] % 2 else 0)


@pytest.mark.parametrize("kind", [M.MOVED, M.HOUSEHOLD, M.CORRECTED])
def test_nobody_comes_in_by_a_change_after_leaving(kind: M) -> None:
    assert at(HOME, [move(M.OUT, 3, 3), move(kind, 5, 2, HOME._replace(town="港町"))], 6) == "out"
