"""Lasting residuals of stations, learned from a catalogue: what a station reads above its neighbours in every shock.

For every shock each station is estimated from the others; what it read beyond that, averaged over shocks and drawn
towards nothing by n/(n + 3), is its term. Taken out, the neighbours get better, so it is done three times. Readings
end at 0.5, so a station that expects less is heard only when it reads too much: shocks count for a station from an
expected
:data:`CLEAR` upwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.attenuation import DEEPEST
from tomoshibi.shaking.mapping.catalogue import Shock, StationTable
from tomoshibi.shaking.mapping.estimate import Network
from tomoshibi.shaking.mapping.geometry import Geometry
from tomoshibi.shaking.mapping.sites import Amplification
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

Floats = NDArray[np.float64]

#: fewest stations of a shock that is learned from
LEAST = 20
#: least expected intensity at a station for the shock to count for it
CLEAR = 1.2
#: shocks that stand for "nothing known yet"
_PRIOR = 3
ROUNDS = 3
_FORMAT = "tomoshibi station terms 1"


@dataclass(frozen=True)
class Terms:
    """Stations (n,): number, name, term, its standard deviation, shocks it was learned from; ``years`` (y,) and the
    mean residual of each year about nothing (n, y), with its count (n, y). ``until`` is the last origin learned from
    (UTC).
    """

    numbers: NDArray[np.int32]
    names: tuple[str, ...]
    terms: Floats
    deviations: Floats
    counts: NDArray[np.int64]
    years: NDArray[np.int64]
    yearly: Floats
    yearly_counts: NDArray[np.int64]
    until: datetime | None
    shocks: int

    def of(self, numbers: NDArray[np.int32]) -> tuple[Floats, NDArray[np.int64]]:
        """Terms (intensity) and counts of shocks of stations by number (n,): (n,) each, 0 where nothing was learned."""
        if not self.numbers.size:
            return np.zeros(numbers.size), np.zeros(numbers.size, np.int64)
        order = np.argsort(self.numbers)
        at = order[np.searchsorted(self.numbers, numbers, sorter=order).clip(max=self.numbers.size - 1)]
        known = self.numbers[at] == numbers
        return np.where(known, self.terms[at], 0.0), np.where(known, self.counts[at], 0)


#: a catalogue may give the same earthquake an origin of some seconds earlier than its own report did
_SAME = timedelta(minutes=1)


def before(shocks: Iterable[Shock], origin: datetime) -> list[Shock]:
    """Shocks that can be learned from and came before an origin: never that earthquake itself, nor a later one."""
    return [
        each
        for each in shocks
        if each.stations.size >= LEAST
        and not each.hypocentre.depth > DEEPEST
        and each.hypocentre.origin < origin - _SAME
    ]


@dataclass(frozen=True)
class _Prepared:
    rows: NDArray[np.intp]
    values: Floats
    geometry: Geometry
    year: int


def learn(shocks: Iterable[Shock], table: StationTable, sites: Amplification, before: datetime | None = None) -> Terms:
    """Learn terms from shocks of at least :data:`LEAST` stations above :data:`DEEPEST` km, before a moment.

    :raises RecordError: where no shock is left, or a shock names a station that the table does not know
    """
    whole = Network.of(table.latitudes, table.longitudes, sites)
    prepared, until = [], None
    for shock in shocks:
        origin = shock.hypocentre.origin
        if before is not None and origin >= before:
            continue
        if shock.stations.size < LEAST or shock.hypocentre.depth > DEEPEST:
            continue
        rows = table.rows_of(shock.stations)
        if (rows < 0).any():
            strange = int(shock.stations[rows < 0][0])
            reason = T(f"観測点表にない観測点番号です: {strange}", f"station {strange} is not in the table of stations")
            raise RecordError(reason)
        values = shock.intensities.astype(np.float64)
        prepared.append(_Prepared(rows, values, whole.part(rows).left_out, origin.astimezone(JAPAN).year))
        until = origin if until is None else max(until, origin)
    if not prepared:
        reason = T(
            f"{LEAST}地点以上で観測された地震が1つもありません", f"no earthquake that {LEAST} stations or more felt"
        )
        raise RecordError(reason)
    terms = np.zeros(len(table))
    for _ in range(ROUNDS):
        found = [(each, *_left(each, whole.ground[each.rows], terms[each.rows])) for each in prepared]
        rows = np.concatenate([each.rows[ok] for each, _, ok in found])
        left = np.concatenate([residual[ok] for _, residual, ok in found])
        counts = np.bincount(rows, minlength=len(table))
        terms = np.bincount(rows, left, len(table)) / (counts + _PRIOR)
        if counts.any():
            terms[counts > 0] -= terms[counts > 0].mean()  # a level common to all is the shocks', not the stations'
    years = np.unique([each.year for each in prepared])
    which = np.concatenate([np.full(int(ok.sum()), np.searchsorted(years, each.year)) for each, _, ok in found])
    cell = rows * years.size + which
    yearly_counts = np.bincount(cell, minlength=len(table) * years.size).reshape(-1, years.size)
    sums = np.bincount(cell, left, len(table) * years.size).reshape(-1, years.size)
    within = left - terms[rows]
    spread = float(np.sqrt(np.mean(within**2))) if within.size else 0.0
    heard = counts > 0
    return Terms(
        table.numbers[heard],
        tuple(name for name, keep in zip(table.names, heard, strict=True) if keep),
        terms[heard],
        spread / np.sqrt(counts[heard] + _PRIOR),
        counts[heard],
        years,
        (sums / np.maximum(yearly_counts, 1))[heard],
        yearly_counts[heard],
        until,
        len(prepared),
    )


def _left(each: _Prepared, ground: Floats, terms: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """What stations read beyond what the others expect of them and their ground (n,), and where the shock was clear."""
    firm = each.values - ground - terms
    level = firm.mean()
    zero = np.zeros(each.geometry.shape, np.float32)
    others = level + each.geometry.draw(firm - level, zero)[:, 0]
    return firm - others + terms, others + ground + terms >= CLEAR


@dataclass(frozen=True, slots=True)
class Suspect:
    """A station that is far from its neighbours for good, or has drifted. ``rank`` is the share of stations whose terms
    are farther off (0.03: among the top 3 %), ``drift`` the later half's mean less the earlier half's (None: not told).
    """

    number: int
    name: str
    term: float
    deviation: float
    count: int
    rank: float
    drift: float | None
    reasons: tuple[T, ...]
    history: tuple[tuple[int, float, int], ...]


def health(terms: Terms, far: float = 2.0, drifted: float = 0.3, least: int = 5) -> list[Suspect]:
    """Siting suspects 設置環境の疑い, the farthest off first.

    A station is far off when its term, less two of its own standard deviations, is beyond ``far`` robust deviations of
    all terms; it drifted when two successive spans of its years differ by ``drifted`` or more and by four standard
    errors. Stations with fewer than ``least`` shocks are not judged.
    """
    judged = terms.counts >= least
    if not judged.any():
        return []
    middle = float(np.median(terms.terms[judged]))
    off = np.abs(terms.terms - middle)
    robust = 1.4826 * float(np.median(off[judged]))
    order = np.sort(off[judged])
    spread = float(np.median(terms.deviations * np.sqrt(terms.counts + _PRIOR)))
    found = []
    for i in np.flatnonzero(judged):
        reasons = []
        if off[i] - 2 * terms.deviations[i] > far * robust:
            reasons.append(T(f"周囲より {terms.terms[i]:+.2f}", f"{terms.terms[i]:+.2f} beside its neighbours"))
        drift = _drift(terms.yearly[i], terms.yearly_counts[i], spread)
        if drift is not None and abs(drift[0]) >= drifted and abs(drift[0]) >= 4 * drift[1]:
            reasons.append(T(f"{drift[0]:+.2f} 変わった", f"moved by {drift[0]:+.2f}"))
        if reasons:
            rank = float(1 - np.searchsorted(order, off[i]) / order.size)
            history = tuple(
                (int(year), float(mean), int(n))
                for year, mean, n in zip(terms.years, terms.yearly[i], terms.yearly_counts[i], strict=True)
                if n
            )
            found.append(
                Suspect(
                    int(terms.numbers[i]),
                    terms.names[i],
                    float(terms.terms[i]),
                    float(terms.deviations[i]),
                    int(terms.counts[i]),
                    rank,
                    None if drift is None else drift[0],
                    tuple(reasons),
                    history,
                )
            )
    return sorted(found, key=lambda each: -abs(each.term - middle))


def _drift(means: Floats, counts: NDArray[np.int64], spread: float) -> tuple[float, float] | None:
    """The strongest step between an earlier and a later span of years, and its standard error; None without two."""
    best: tuple[float, float] | None = None
    for cut in range(1, counts.size):
        early, late = counts[:cut].sum(), counts[cut:].sum()
        if early < 3 or late < 3:
            continue
        step = float((means[cut:] * counts[cut:]).sum() / late - (means[:cut] * counts[:cut]).sum() / early)
        error = spread * float(np.sqrt(1 / early + 1 / late))
        if best is None or abs(step) / error > abs(best[0]) / best[1]:
            best = (step, error)
    return best


def save(terms: Terms, path: str | Path) -> None:
    """Write terms as JSON, one line a station."""
    head: dict[str, Any] = {
        "format": _FORMAT,
        "until": None if terms.until is None else terms.until.isoformat(),
        "shocks": terms.shocks,
        "years": terms.years.tolist(),
    }
    lines = [
        json.dumps(
            {
                "station": int(terms.numbers[i]),
                "name": terms.names[i],
                "term": round(float(terms.terms[i]), 4),
                "deviation": round(float(terms.deviations[i]), 4),
                "count": int(terms.counts[i]),
                "yearly": [round(float(v), 4) for v in terms.yearly[i]],
                "yearly_counts": terms.yearly_counts[i].tolist(),
            },
            ensure_ascii=False,
        )
        for i in range(terms.numbers.size)
    ]
    Path(path).write_text("\n".join([json.dumps(head), *lines]) + "\n", encoding="utf-8")


def load(path: str | Path) -> Terms:
    """Read what :func:`save` wrote.

    :raises RecordError: a file that is not of this form
    """
    try:
        head, *rows = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
        if head["format"] != _FORMAT:
            raise ValueError(head["format"])
        years: Sequence[int] = head["years"]
        return Terms(
            np.array([row["station"] for row in rows], np.int32),
            tuple(str(row["name"]) for row in rows),
            np.array([row["term"] for row in rows], np.float64),
            np.array([row["deviation"] for row in rows], np.float64),
            np.array([row["count"] for row in rows], np.int64),
            np.array(years, np.int64),
            np.array([row["yearly"] for row in rows], np.float64).reshape(-1, len(years)),
            np.array([row["yearly_counts"] for row in rows], np.int64).reshape(-1, len(years)),
            None if head["until"] is None else datetime.fromisoformat(head["until"]).astimezone(UTC),
            int(head["shocks"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = T(
            f"観測点の項のファイル(stations learn の出力)ではありません: {error}",
            f"not a file of station terms (from stations learn): {error}",
        )
        raise RecordError(reason, path) from error
