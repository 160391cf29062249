"""Which countermeasure first: expected hours of service lost a year that each saves, for what it costs a year.

Hours of service are counted by the people that each service serves. A risk happens ``yearly`` times a year and damages
what it ``hits``; what is lost then is played as a recovery. A measure lowers the chance that what it guards is
damaged, and shortens its recovery, in the risks that it is against (where it guards nothing of what a risk damages,
the whole risk is rarer and shorter). Both worlds have the same luck.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from tomoshibi.continuity.forecast import Draws, Floats, Model, Span, draw, recover
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.orders import hours_lost
from tomoshibi.continuity.plan_queries import TableRow
from tomoshibi.continuity.plan_tables import MeasureDescribed, RiskDescribed
from tomoshibi.continuity.plan_words import Progress
from tomoshibi.continuity.recovery import Recoveries
from tomoshibi.vocabulary import T

#: years over which the cost of a measure is spread, and recoveries played for a risk
YEARS, RUNS = 10, 1_000


@dataclass(frozen=True)
class Loss:
    """What a risk costs: hours of service lost when it happens, and a year."""

    risk: TableRow[RiskDescribed]
    hours: float
    yearly: float


@dataclass(frozen=True)
class Saving:
    """What a measure saves: hours of service a year with their standard error, and yen a year."""

    measure: TableRow[MeasureDescribed]
    hours: float
    error: float
    yen: float

    @property
    def per_million(self) -> float:
        """Hours saved for a million yen; infinite where it costs nothing and saves something."""
        return self.hours / self.yen * 1e6 if self.yen else (math.inf if self.hours > 0 else 0.0)


@dataclass(frozen=True)
class Ranking:
    """Measures that are not done yet, that which saves most per yen first; and what the risks cost without them."""

    savings: tuple[Saving, ...]
    losses: tuple[Loss, ...]
    #: how hours of service are counted, and their unit
    counted: T
    unit: T


def rank(plan: Plan, seed: int = 1, runs: int = RUNS) -> Ranking:
    """Compute it all.

    :raises GraphError: where the plan makes no graph.
    """
    recoveries = Recoveries(plan)
    played: dict[str, tuple[Model, Floats]] = {}
    losses = []
    for risk in plan.risks:
        model = recoveries.of(risk.said.hits or [], risk.said.outage_hours).model
        lost = _lost(model, draw(model, runs, seed))
        played[risk.subject] = (model, lost)
        mean = float(lost.mean())
        losses.append(Loss(risk, mean, mean * (risk.said.yearly or 0.0)))
    open_ = [m for m in plan.measures if m.said.state not in (Progress.DONE, Progress.ACCEPTED)]
    savings = [_saving(measure, plan, played, seed, runs) for measure in open_]
    return Ranking(
        tuple(sorted(savings, key=lambda s: (-s.per_million, s.measure.title))),
        tuple(sorted(losses, key=lambda x: -x.yearly)),
        recoveries.counted,
        recoveries.unit,
    )


def _lost(model: Model, draws: Draws) -> Floats:
    return hours_lost(model, draws, recover(model, draws))


def _saving(
    measure: TableRow[MeasureDescribed], plan: Plan, played: dict[str, tuple[Model, Floats]], seed: int, runs: int
) -> Saving:
    said = measure.said
    fewer, shorter = (said.fewer_percent or 0.0) / 100, (said.shorter_percent or 0.0) / 100
    hours, square = 0.0, 0.0
    for risk in plan.risks:
        if not _against(measure, risk):
            continue
        model, before = played[risk.subject]
        guarded = {w.node for w in model.works} & set(said.guards or [])
        touched = guarded or {w.node for w in model.works}
        better = _with(model, touched, fewer if guarded else 0.0, shorter)
        saved = before - _lost(better, draw(better, runs, seed)) * (1.0 if guarded else 1 - fewer)
        yearly = risk.said.yearly or 0.0
        hours += float(saved.mean()) * yearly
        square += float(saved.var()) / runs * yearly**2
    yen = (said.cost_yen or 0) / YEARS + (said.yearly_yen or 0)
    return Saving(measure, hours, math.sqrt(square), yen)


def _against(measure: TableRow[MeasureDescribed], risk: TableRow[RiskDescribed]) -> bool:
    against = measure.said.risks or []
    return risk.subject in against or (
        not against and not set(measure.said.guards or []).isdisjoint(risk.said.hits or [])
    )


def _with(model: Model, touched: Collection[str], fewer: float, shorter: float) -> Model:
    """The model where some works are needed more seldom and take less time, parts and all."""

    def short(span: Span) -> Span:
        return Span(*(hours * (1 - shorter) for hours in span))

    return replace(
        model,
        works=tuple(
            replace(w, chance=w.chance * (1 - fewer), hours=short(w.hours), parts=short(w.parts))
            if w.node in touched
            else w
            for w in model.works
        ),
    )
