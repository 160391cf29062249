"""What the board of an incident says of the plan's items: the damage from which a forecast is played while it lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tomoshibi.continuity import queries
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.words import State
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds


@dataclass(frozen=True)
class Live:
    """``hit``: what is stopped or degraded of its own accord; ``unchecked``: names of what nobody has looked at, which
    counts as working; ``elapsed``: hours since the onset."""

    hit: tuple[str, ...]
    unchecked: tuple[str, ...]
    elapsed: float


def live(plan: Plan, incident: IncidentRow) -> Live:
    """The damage that the board tells now.

    :raises GraphError: where the plan makes no graph.
    """
    board = queries.board(incident.subject)
    known = plan.graph.index
    down = {
        x.item.subject: x for x in board.lines if x.state in (State.STOPPED, State.DEGRADED) and x.item.subject in known
    }
    stops = plan.graph.stops(plan.graph.lost(down))
    hit = []
    for ref, line in down.items():
        needs_lost = any(np.isfinite(stops[group]).all() for group in plan.graph.groups_of(known[ref]))
        if not needs_lost and not (line.condition and line.condition.cause in down):
            hit.append(ref)
    unchecked = tuple(x.item.name for x in board.lines if x.state is None and x.item.subject in known)
    began = queries.onset(incident)
    # whole quarters of an hour: a page that is loaded again a minute later need not be computed again
    elapsed = round((worlds.now() - began).total_seconds() / 900) / 4 if began else 0.0
    return Live(tuple(hit), unchecked, elapsed)
