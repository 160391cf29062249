"""Changes of the register 異動 played in their own dates: who was in it on a day, whenever the notices came in.

Pure: states and moves in, states out. A change says the whole record after it; what it *changed* is what differs from
the record as the register had it when it was processed. Played by the dates on which they took effect, the differences
give the register of any day: a move within the city that is notified late does not bring back a name that was corrected
meanwhile, and a death that is notified late ends what came after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tomoshibi.residents.words import Movement


class State(NamedTuple):
    """One person's record, in the words of :class:`~tomoshibi.residents.models.PersonRow`. ``household`` is a key."""

    household: str
    household_number: str
    number: str
    name: str
    kana: str
    birth: dt.date | None
    sex: str
    relation: str
    town: str
    block: str
    building: str
    protected: bool
    moved_on: dt.date | None
    moved_why: str


@dataclass(frozen=True, slots=True)
class Move:
    """One change of one person: what it is, the day on which it took effect 異動日, when it was processed (ISO day,
    number within it), the record after it.
    """

    movement: Movement
    moved_on: dt.date
    processed: tuple[str, int]
    state: State


class Outcome(NamedTuple):
    """A person at the end of a day: ``state`` is the record, or the last one where ``gone`` says how they left."""

    state: State
    gone: Movement | None = None
    gone_on: dt.date | None = None


class _Step(NamedTuple):
    move: Move
    changed: dict[str, Any]
    enters: bool


def replay(base: State | None, moves: Iterable[Move], day: dt.date) -> Outcome | None:
    """One person at the end of ``day``: ``base`` is the record from which the moves go on (None: not in the register).

    None: they were not yet, or never, in the register. The order in which ``moves`` are given does not matter.
    """
    steps: list[_Step] = []
    known = base  # the record as the register had it while it processed one move after the other
    for move in sorted(moves, key=lambda m: m.processed):
        if move.movement is Movement.CANCELLED:
            _cancel(steps, move.moved_on)
            outcome = _play(base, sorted(steps, key=_effect), dt.date.max)
            known = outcome.state if outcome and not outcome.gone else None
            continue
        changed = dict(_differences(known, move.state)) if known else move.state._asdict()
        steps.append(_Step(move, changed, known is None or move.movement.enters))
        known = None if move.movement.leaves else move.state
    return _play(base, sorted(steps, key=_effect), day)


def _effect(step: _Step) -> tuple[dt.date, tuple[str, int]]:
    return step.move.moved_on, step.move.processed


def _cancel(steps: list[_Step], day: dt.date) -> None:
    """Take out the last step of that day, else the last of all."""
    for place in range(len(steps) - 1, -1, -1):
        if steps[place].move.moved_on == day:
            del steps[place]
            return
    del steps[-1:]


def _differences(before: State, after: State) -> Iterable[tuple[str, Any]]:
    return ((name, new) for name, old, new in zip(State._fields, before, after, strict=True) if old != new)


def _play(base: State | None, steps: Iterable[_Step], day: dt.date) -> Outcome | None:
    outcome = Outcome(base) if base else None
    for move, changed, enters in steps:
        if move.moved_on > day:
            break
        if move.movement.leaves:
            # a notice of leaving often says no more than who: the last record stays beside it
            last = outcome.state if outcome else move.state
            outcome = Outcome(last, move.movement, move.moved_on) if last.name else None
        elif outcome is not None and outcome.gone is None:
            outcome = Outcome(outcome.state._replace(**changed))
        elif enters:
            outcome = Outcome(move.state)
    return outcome


def played(base: Mapping[str, State], moves: Mapping[str, Iterable[Move]], day: dt.date) -> dict[str, Outcome]:
    """Everybody who moved, by key, at the end of ``day``; those who were not in the register by then are absent."""
    found = ((key, replay(base.get(key), theirs, day)) for key, theirs in moves.items())
    return {key: outcome for key, outcome in found if outcome is not None}
