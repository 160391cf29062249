"""The queue from application to certificate: as it stood at any moment, when it will be empty, where a team more helps.

Certificates go to households and surveys to buildings, so both are counted. A moment is one of the world: what is told
late, of paper, counts from when it happened. What this node *knew* at a moment is the same question in ``/asof/…``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tomoshibi.incidents.queries import finals, with_merged
from tomoshibi.journal.access import person_of
from tomoshibi.relief.models import ApplicationRow, CertificateRow, SurveyRow
from tomoshibi.relief.words import Kind, Stage
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: the stages in which somebody waits, in order, and what is done there
WAITING = (Stage.APPLIED, Stage.SURVEYED, Stage.JUDGED)
WORK = {
    Stage.APPLIED: T("調査", "survey"),
    Stage.SURVEYED: T("判定", "judgement"),
    Stage.JUDGED: T("交付", "issue"),
}
#: days from which rates are read, and the longest forecast
WINDOW, FARTHEST = 7, 730
_ORDER = (*WAITING, Stage.ISSUED, Stage.WITHDRAWN)
#: a place outside the queue: not yet applied
_OUT = len(_ORDER)
_INDEX = {stage: n for n, stage in enumerate(_ORDER)}


class _Round(NamedTuple):
    planned: float
    surveyed: float
    judged: float


_NEVER = float("inf")


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at else _NEVER


def _work(rounds: Sequence[_Round], at: float) -> Stage:
    """How far a dwelling is at a moment; as :func:`queries.applications` says it of now."""
    known = [r for r in rounds if min(r) <= at]
    if any(r.surveyed <= at < r.judged for r in known):
        return Stage.SURVEYED
    if not known or any(r.judged > at for r in known):
        return Stage.APPLIED
    return Stage.JUDGED


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue at a moment: households (applications) and buildings by stage, and valid certificates."""

    at: datetime
    households: Mapping[Stage, int]
    buildings: Mapping[Stage, int]
    certificates: int

    @property
    def waiting(self) -> int:
        """Households that wait for a certificate."""
        return sum(self.households[s] for s in WAITING)


class _Changes:
    """Moves between stages over time, as arrays: when, from which, to which."""

    def __init__(self, moves: Iterable[tuple[float, int, int]]) -> None:
        rows = sorted(moves)
        self.times: npt.NDArray[np.float64] = np.array([r[0] for r in rows], dtype=np.float64)
        self.of: npt.NDArray[np.int8] = np.array([r[1] for r in rows], dtype=np.int8)
        self.to: npt.NDArray[np.int8] = np.array([r[2] for r in rows], dtype=np.int8)

    def at(self, moment: float) -> dict[Stage, int]:
        """How many stand in each stage at a moment."""
        end = int(np.searchsorted(self.times, moment, side="right"))
        came = np.bincount(self.to[:end], minlength=_OUT + 1)
        went = np.bincount(self.of[:end], minlength=_OUT + 1)
        return {stage: int(came[n] - went[n]) for stage, n in _INDEX.items()}

    def flow(self, since: float, until: float) -> npt.NDArray[np.int64]:
        """How many moved from each stage (row; the last: from outside) to each, after ``since`` up to ``until``."""
        start, end = (int(np.searchsorted(self.times, t, side="right")) for t in (since, until))
        found = np.zeros((_OUT + 1, _OUT + 1), dtype=np.int64)
        np.add.at(found, (self.of[start:end], self.to[start:end]), 1)
        return found


def _moves(events: Iterable[float], stage: Callable[[float], int]) -> Iterable[tuple[float, int, int]]:
    before = _OUT
    for moment in sorted({e for e in events if e != _NEVER}):
        now = stage(moment)
        if now != before:
            yield moment, before, now
            before = now


class History:
    """Everything that happened in an incident's queue; of all incidents where none is named."""

    def __init__(self, incident: str = "") -> None:
        inside, ends = with_merged(incident) if incident else None, finals()

        def of[Q](rows: Q) -> Q:
            return rows.filter(incident__in=inside) if inside is not None else rows  # type: ignore[attr-defined]

        rounds: dict[tuple[str, str], list[_Round]] = defaultdict(list)
        self._surveyed: list[tuple[float, str]] = []
        self._judged: list[tuple[float, str]] = []
        told = of(SurveyRow.objects.order_by("round", "subject")).values_list(
            "incident",
            "dwelling",
            "planned_at",
            "first_surveyed_at",
            "first_judged_at",
            "team",
            "recorded_by",
            "judge",
            "joint",
        )
        for where, dwelling, *whens, team, recorder, judge, joint in told.iterator():
            found = _Round(*map(_stamp, whens))
            rounds[ends.get(where, where), dwelling].append(found)
            if joint:
                continue  # nobody went out for it: it says nothing of anybody's pace
            self._surveyed.append((found.surveyed, team or person_of(recorder)))
            self._judged.append((found.judged, judge))
        papers: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._issued: list[tuple[float, str]] = []
        issued = of(CertificateRow.objects.all()).values_list("application", "issued_at", "ended_at", "issued_by")
        for application, at, ended, who in issued.iterator():
            papers[application].append((_stamp(at), _stamp(ended)))
            self._issued.append((_stamp(at), person_of(who)))
        self._papers = [p for held in papers.values() for p in held]

        households: list[tuple[float, int, int]] = []
        standing: dict[tuple[str, str], list[list[tuple[float, bool]]]] = defaultdict(list)
        applied = of(ApplicationRow.objects.all()).values_list(
            "subject", "incident", "dwelling", "kind", "applied_at", "withdrawals"
        )
        for subject, where, dwelling, kind, at, said in applied.iterator():
            stands, where = _stands(_stamp(at), said), ends.get(where, where)
            looked = rounds[where, dwelling] if kind == Kind.DISASTER and (where, dwelling) in rounds else []
            held = papers.get(subject, [])
            households += _of_application(kind, stands, looked, held)
            if dwelling and kind == Kind.DISASTER:
                standing[where, dwelling].append(stands)
        self.households = _Changes(households)
        self.buildings = _Changes(
            move for place, stands in standing.items() for move in _of_building(stands, rounds.get(place, []))
        )

    @cached_property
    def _valid(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        begun, ended = (np.sort(np.array([p[n] for p in self._papers], dtype=np.float64)) for n in (0, 1))
        return begun, ended

    @property
    def first(self) -> datetime | None:
        """When the first application came."""
        return datetime.fromtimestamp(self.households.times[0], UTC) if len(self.households.times) else None

    def at(self, moment: datetime) -> Figures:
        """The queue at a moment."""
        stamp = moment.timestamp()
        begun, ended = self._valid
        valid = np.searchsorted(begun, stamp, side="right") - np.searchsorted(ended, stamp, side="right")
        return Figures(moment, self.households.at(stamp), self.buildings.at(stamp), int(valid))

    def days(self, until: datetime, count: int) -> list[Day]:
        """The last ``count`` days in Japan up to the one of ``until``, oldest first."""
        last = until.astimezone(JAPAN).date()
        found = []
        for back in range(count - 1, -1, -1):
            day = last - timedelta(days=back)
            start = datetime(day.year, day.month, day.day, tzinfo=JAPAN)
            end = min(start + timedelta(days=1), until)
            # what happens at midnight is the new day's
            moved = self.households.flow(start.timestamp() - 1e-6, end.timestamp() - (1e-6 if end < until else 0))
            found.append(Day(day, _new(moved), {s: _done(moved, s) for s in WAITING}, self.at(end).waiting))
        return found

    def forecast(self, now: datetime) -> Forecast:
        """When the queue will be empty if all goes on as in the last :data:`WINDOW` days, and with one team more."""
        stamp, day = now.timestamp(), 86400.0
        slices = [(stamp - (n + 1) * day, stamp - n * day) for n in range(WINDOW)]
        flows = [self.households.flow(*s) for s in slices]
        ends = [self.households.at(end) for _, end in slices]
        before = self.households.flow(stamp - 2 * WINDOW * day, stamp - WINDOW * day)
        came, came_before = sum(_new(f) for f in flows), _new(before)
        shrink = min(1.0, came / came_before) if came and came_before else 1.0
        since = stamp - WINDOW * day
        workers = {
            Stage.APPLIED: _workers(self._surveyed, since, stamp),
            Stage.SURVEYED: _workers(self._judged, since, stamp),
            Stage.JUDGED: _workers(self._issued, since, stamp),
        }
        paces = {}
        for stage in WAITING:
            done = [_done(f, stage) - _at_once(f, stage) for f in flows]
            # a day at whose end somebody still waited shows what the stage can do; others only what it had to do
            full = [n for n, end in zip(done, ends, strict=True) if end[stage]]
            rate = sum(full) / len(full) if full else float(max(done))
            paces[stage] = Pace(stage, max(rate, 0.0), workers[stage], not full)
        outside = {stage: sum(_entered(f, stage) for f in flows) / WINDOW for stage in WAITING}
        stock = {stage: float(ends[0][stage]) for stage in WAITING}
        # where nobody was ever left waiting, nothing is known to stop it from keeping up with what reaches it
        rates = {stage: _NEVER if p.unproven and p.teams else p.rate for stage, p in paces.items()}
        empty = _empties(stock, rates, outside, shrink)
        with_more = {}
        for stage, pace in paces.items():
            if pace.teams:
                more = {**rates, stage: rates[stage] * (pace.teams + 1) / pace.teams}
                with_more[stage] = _empties(stock, more, outside, shrink)
        today = now.astimezone(JAPAN).date()
        return Forecast(
            today,
            round(sum(stock.values())),
            sum(outside.values()),
            shrink,
            paces,
            None if empty is None else today + timedelta(days=empty),
            {s: None if d is None else today + timedelta(days=d) for s, d in with_more.items()},
        )


def _stands(applied: float, said: str) -> list[tuple[float, bool]]:
    """Moments from which an application stands, or does not."""
    points = [(datetime.fromisoformat(at).timestamp(), not withdrawn) for at, withdrawn in json.loads(said)]
    return [(applied, True), *(p for p in points if p[0] > applied)]


def _stood(stands: Sequence[tuple[float, bool]], at: float) -> bool | None:
    """Whether an application stood at a moment; None before it came."""
    known = [yes for when, yes in stands if when <= at]
    return known[-1] if known else None


def _of_application(
    kind: str, stands: list[tuple[float, bool]], rounds: Sequence[_Round], papers: Sequence[tuple[float, float]]
) -> Iterable[tuple[float, int, int]]:
    came = stands[0][0]

    def stage(at: float) -> int:
        if not _stood(stands, at):
            return _INDEX[Stage.WITHDRAWN]
        if any(begun <= at < ended for begun, ended in papers):
            return _INDEX[Stage.ISSUED]
        return _INDEX[Stage.JUDGED if kind == Kind.VICTIM else _work(rounds, at)]

    events = [t for t, _ in stands] + [t for r in rounds for t in r] + [t for p in papers for t in p]
    return _moves((max(e, came) for e in events), stage)


def _of_building(
    stands: Sequence[list[tuple[float, bool]]], rounds: Sequence[_Round]
) -> Iterable[tuple[float, int, int]]:
    came = min(s[0][0] for s in stands)

    def stage(at: float) -> int:
        if not any(_stood(s, at) for s in stands):
            return _INDEX[Stage.WITHDRAWN]
        return _INDEX[_work(rounds, at)]

    events = [t for s in stands for t, _ in s] + [t for r in rounds for t in r]
    return _moves((max(e, came) for e in events), stage)


def _new(moved: npt.NDArray[np.int64]) -> int:
    """Applications that came."""
    return int(moved[_OUT].sum())


def _done(moved: npt.NDArray[np.int64], stage: Stage) -> int:
    """Applications that left a stage for a later one."""
    n = _INDEX[stage]
    return int(moved[n, n + 1 : _INDEX[Stage.ISSUED] + 1].sum())


def _at_once(moved: npt.NDArray[np.int64], stage: Stage) -> int:
    """Applications surveyed and judged in one moment, with an area: they tell nothing of how fast teams are."""
    return int(moved[_INDEX[Stage.APPLIED], _INDEX[Stage.JUDGED]]) if stage is Stage.APPLIED else 0


def _entered(moved: npt.NDArray[np.int64], stage: Stage) -> int:
    """Applications that came into a stage otherwise than from an earlier one: new, or back for another survey."""
    n = _INDEX[stage]
    return int(moved[n + 1 :, n].sum())


def _workers(done: Iterable[tuple[float, str]], since: float, until: float) -> int:
    return len({who for at, who in done if since < at <= until and who})


def _empties(
    stock: Mapping[Stage, float], rates: Mapping[Stage, float], arrivals: Mapping[Stage, float], shrink: float
) -> int | None:
    """In how many days no more wait than came that day; None where that is not within :data:`FARTHEST` days."""
    held = dict(stock)
    if sum(held.values()) < 0.5:
        return 0
    for number in range(1, FARTHEST + 1):
        share = shrink ** ((number - 1) / 7)
        for stage in WAITING:
            held[stage] += arrivals[stage] * share
        for stage, later in pairwise((*WAITING, Stage.ISSUED)):
            moved = min(held[stage], rates[stage])
            held[stage] -= moved
            if later in held:
                held[later] += moved
        if sum(held.values()) <= max(sum(arrivals.values()) * share, 0.5):
            return number
    return None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the queue: new applications, work done by stage, households that wait at its end."""

    day: date
    new: int
    done: Mapping[Stage, int]
    waiting: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a stage works: households a day, by how many teams (desks). ``unproven``: nobody was left waiting for it
    on any day, so it may be faster; the forecast takes it to keep up.
    """

    stage: Stage
    rate: float
    teams: int
    unproven: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the queue will be empty. ``arrivals`` come a day now, and shrink by ``shrink`` from week to week.

    ``empty`` is None where it will not be within two years; ``with_more`` says the same with one team more at a stage.
    """

    today: date
    waiting: int
    arrivals: float
    shrink: float
    paces: Mapping[Stage, Pace]
    empty: date | None
    with_more: Mapping[Stage, date | None]

    @property
    def idle(self) -> list[Stage]:
        """Stages at which nobody has worked in the last days."""
        return [s for s, p in self.paces.items() if not p.teams]

    @property
    def advice(self) -> tuple[Stage, int | None] | None:
        """Where one team more helps most, and by how many days; None days: the queue empties only then. None where it
        helps nowhere.
        """
        best: tuple[Stage, int | None] | None = None
        for stage, day in self.with_more.items():
            if day is None:
                continue
            if self.empty is None:
                if best is None or day < (self.with_more[best[0]] or date.max):
                    best = (stage, None)
            elif (gain := (self.empty - day).days) > 0 and (best is None or gain > (best[1] or 0)):
                best = (stage, gain)
        return best
