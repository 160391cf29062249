"""What a forecast says: recovery against RTO, and a better order of work with its gain over the officers' order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tomoshibi.continuity.forecast import Draws, Floats, Model, draw, outages, recover
from tomoshibi.continuity.graph import Node
from tomoshibi.vocabulary import T

#: recoveries played for a forecast, and for one look at an order of work while searching
RUNS, TRIALS = 10_000, 200


@dataclass(frozen=True)
class Outlook:
    """When one node is expected back, in hours since the onset; ``inf`` where it does not come back.

    ``meets``: share of recoveries within ``rto`` (None: none was promised), ``error`` its standard error.
    """

    node: Node
    rto: float | None
    meets: float
    error: float
    median: float
    late: float  # nine of ten recoveries are faster
    hit: float  # share of recoveries in which it goes down at all

    @property
    def keeps(self) -> bool:
        """Whether nine of ten recoveries keep the promise."""
        return self.rto is None or self.late <= self.rto


def played(model: Model, runs: int, seed: int) -> tuple[Draws, Floats]:
    """The chance of so many recoveries, and the hours until each node is up in each."""
    draws = draw(model, runs, seed)
    return draws, recover(model, draws)


def outlook(model: Model, draws: Draws, up: Floats) -> list[Outlook]:
    """The outlook of every node with an RTO or a weight, in the plan's order. ``up``: what ``recover`` gave."""
    out = outages(model, draws, up) > 0
    found = []
    for i, node in enumerate(model.graph.nodes):
        rto = model.rto.get(node.key)
        if rto is None and node.key not in model.weight:
            continue
        hours = np.where(out[:, i], up[:, i] + model.elapsed, 0.0)
        share = float(np.mean(hours <= rto)) if rto is not None else math.nan
        # hours that some recoveries reach and others never: no mean between the two
        median, late = (float(np.quantile(hours, q, method="higher")) for q in (0.5, 0.9))
        error = math.sqrt(share * (1 - share) / len(up)) if rto is not None else math.nan
        found.append(Outlook(node, rto, share, error, median, late, float(out[:, i].mean())))
    return found


def hours_lost(model: Model, draws: Draws, up: Floats, horizon: float = 24.0 * 90) -> Floats:
    """(runs,): hours of service lost, each by its weight. What never comes back counts as ``horizon`` hours."""
    weights = np.zeros(len(model.graph))
    for key, weight in model.weight.items():
        weights[model.graph.index[key]] = weight
    wanted = np.flatnonzero(weights)
    lost: Floats = np.minimum(outages(model, draws, up)[:, wanted], horizon) @ weights[wanted]
    return lost


@dataclass(frozen=True)
class Order:
    """A suggested order of work. ``officers`` and ``ours``: mean hours of service lost in each, on fresh recoveries;
    ``gain``: what is saved, with its standard error; ``looked``: how many orders were tried."""

    works: tuple[int, ...]
    officers: float
    ours: float
    gain: float
    error: float
    looked: int

    def as_json(self, model: Model, told: Sequence[Outlook], assumed: Sequence[T], ordered: int) -> dict[str, Any]:
        """The forecast for programs; hours that never end are null. ``ordered``: works that officers have put."""

        def hours(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "items": [
                {
                    "key": o.node.key,
                    "name": o.node.label,
                    "rto_hours": o.rto,
                    "meets": hours(o.meets),
                    "error": hours(o.error),
                    "median_hours": hours(o.median),
                    "late_hours": hours(o.late),
                    "goes_down": o.hit,
                }
                for o in told
            ],
            "order": {
                "officers": [work.node for work in model.works],
                "said_by_officers": ordered,
                "suggested": [model.works[i].node for i in self.works],
                "weighed_by_people": len(set(model.weight.values())) > 1,
                "officers_hours_lost": self.officers,
                "suggested_hours_lost": self.ours,
                "gain_hours": self.gain,
                "error": self.error,
            },
            "assumed": [{"ja": text.ja, "en": text.en} for text in assumed],
        }

    @property
    def better(self) -> bool:
        """Whether the gain is more than chance (two standard errors)."""
        return self.gain > 2 * self.error and self.gain > 1e-9


def best_order(model: Model, seed: int, runs: int = RUNS, trials: int = TRIALS, looks: int = 1500) -> Order:
    """Look for an order of work that loses fewer hours of service than the officers' own.

    From the better of the officers' order, that of the RTOs and that of the shortest work, each work is moved to every
    other place among those of its crew for as long as that helps, on ``trials`` recoveries. The gain is then measured
    on ``runs`` recoveries that the search has not seen, the same for both orders; where there is none, the officers'
    order is given back.
    """
    works = range(len(model.works))
    seen = draw(model, trials, seed)
    tried: dict[tuple[int, ...], float] = {}

    def loss(order: Sequence[int]) -> float:
        key = tuple(order)
        if key not in tried:
            tried[key] = float(hours_lost(model, seen, recover(model, seen, key)).mean())
        return tried[key]

    def promised(i: int) -> float:
        return model.rto.get(model.works[i].node, math.inf)

    starts = [
        list(works),
        sorted(works, key=lambda i: (promised(i), i)),
        sorted(works, key=lambda i: (model.works[i].hours.likely, i)),
    ]
    best = min(starts, key=loss)
    # a work is only ever in the way of another of its own crew, and only where there is more to do than hands
    hands = {c.name: c.size for c in model.crews}
    asked = Counter(w.crew for w in model.works if w.crew)
    busy = [i for i, w in enumerate(model.works) if w.crew and asked[w.crew] > hands[w.crew]]
    improved = True
    while improved and len(tried) < looks:
        improved = False
        for work in busy:
            crew = model.works[work].crew
            for place in range(asked[crew]):
                own = [w for w in best if model.works[w].crew == crew and w != work]
                turn = iter([*own[:place], work, *own[place:]])
                moved = [next(turn) if model.works[w].crew == crew else w for w in best]
                if loss(moved) < loss(best) - 1e-12:
                    best, improved = moved, True
                if len(tried) >= looks:
                    break
    fresh = draw(model, runs, seed + 1)
    theirs = hours_lost(model, fresh, recover(model, fresh))
    ours = hours_lost(model, fresh, recover(model, fresh, best))
    if ours.mean() >= theirs.mean():
        best, ours = list(works), theirs
    saved = theirs - ours
    error = float(saved.std(ddof=1) / math.sqrt(runs)) if runs > 1 else math.nan
    return Order(tuple(best), float(theirs.mean()), float(ours.mean()), float(saved.mean()), error, len(tried))
