"""Which stations a place listens to, and how much to each: worked out once, so that a redraw is one sparse product.

Places come in blocks of ``lanes`` places that share their neighbours: the sixteen 250 m cells of a third mesh (1 km),
or a single place. The weights are those of simple kriging (Matheron 1963) of what a shock leaves over an attenuation
law: with C the covariance between a block's neighbours, each with its own noise on the diagonal, and c a place's with
them, ``w = C⁻¹ c``. One matrix is inverted a block; the kernels run in single precision, lane beside lane.

Covariances are relative to the part of a station's deviation that no neighbour shares (:data:`NOISE` and
:data:`UNLEARNED`, together 0.75 for a station without a learned term).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.jit import kernel
from tomoshibi.vocabulary import T

Single = NDArray[np.float32]
Fixed = NDArray[np.int16]
Floats = NDArray[np.float64]

#: stations that a place listens to
NEIGHBOURS = 20
#: exponential structures of the field, (sill, range in km), fitted by leaving stations out of catalogue events that are
#: not scored; see docs/explanation/estimated-map.md
STRUCTURES = ((0.4, 12.0), (0.7, 40.0), (1.0, 200.0))
#: a station's own variance in one shock, and what its unlearned lasting term adds
NOISE, UNLEARNED = 0.25, 0.5
_STEP = 0.5  # km, of the table of covariances
_TABLE_KM = 1500.0
#: weights are kept as whole numbers up to this, in units of their block's largest: a redraw is as fast as memory is
#: read, and half the bytes are half the time; what is lost is below 0.001 of an intensity
STEPS = 32767
_PIECES = 4


def covariance(distance: ArrayLike) -> Floats:
    """Covariance of the field at a distance in km (relative, see the module)."""
    d = np.asarray(distance, np.float64)
    return np.asarray(sum(sill * np.exp(-d / reach) for sill, reach in STRUCTURES))


def nuggets(counts: ArrayLike) -> Floats:
    """Noise (n,) of stations whose terms were learned from ``counts`` shocks (n,), relative as the covariance."""
    return NOISE + UNLEARNED * 3 / (np.asarray(counts, np.float64) + 3)


_TABLE = np.append(covariance(np.arange(0, _TABLE_KM, _STEP)), [0.0, 0.0]).astype(np.float32)


@kernel()
def _look_up(table: Single, d: float) -> np.float32:
    at = np.float32(d * np.float32(1 / _STEP))
    low = int(at)
    if low > table.size - 2:
        return np.float32(0)
    part = at - np.float32(low)
    value: np.float32 = table[low] + part * (table[low + 1] - table[low])
    return value


@kernel()
def _weigh(
    stations: Single,
    nugget: Single,
    neighbours: NDArray[np.int32],
    places: Single,
    table: Single,
    weights: Fixed,
    scales: Single,
    variance: Single,
) -> None:
    """Weights (b, k, lanes) in units of ``scales`` (b,), and relative variance (b, lanes) of blocks; places
    (b, lanes, 3) in km.
    """
    blocks, k = neighbours.shape
    lanes = places.shape[1]
    inverse = np.empty((k, k), np.float64)
    lower = np.empty((k, k), np.float64)
    c = np.empty((k, lanes), np.float32)
    found = np.empty((k, lanes), np.float32)
    for b in range(blocks):
        # Cholesky of C, then C⁻¹ from its inverted factor
        for i in range(k):
            s = neighbours[b, i]
            for j in range(i + 1):
                r = neighbours[b, j]
                x, y, z = (
                    stations[s, 0] - stations[r, 0],
                    stations[s, 1] - stations[r, 1],
                    stations[s, 2] - stations[r, 2],
                )
                total = float(_look_up(table, np.sqrt(x * x + y * y + z * z)))
                if i == j:
                    total += nugget[s]
                for m in range(j):
                    total -= lower[i, m] * lower[j, m]
                lower[i, j] = np.sqrt(total) if i == j else total / lower[j, j]
        for j in range(k):
            inverse[j, j] = 1 / lower[j, j]
            for i in range(j + 1, k):
                total = 0.0
                for m in range(j, i):
                    total -= lower[i, m] * inverse[m, j]
                inverse[i, j] = total / lower[i, i]
        for i in range(k):
            for j in range(i + 1):
                total = 0.0
                for m in range(i, k):
                    total += inverse[m, i] * inverse[m, j]
                lower[i, j] = total
        for i in range(k):
            s = neighbours[b, i]
            for lane in range(lanes):
                x = stations[s, 0] - places[b, lane, 0]
                y = stations[s, 1] - places[b, lane, 1]
                z = stations[s, 2] - places[b, lane, 2]
                c[i, lane] = _look_up(table, np.sqrt(x * x + y * y + z * z))
        for lane in range(lanes):
            variance[b, lane] = table[0]
        largest = np.float32(1e-30)
        for i in range(k):
            for lane in range(lanes):
                found[i, lane] = 0
            for j in range(k):
                part = np.float32(lower[i, j] if j <= i else lower[j, i])
                for lane in range(lanes):
                    found[i, lane] += part * c[j, lane]
            for lane in range(lanes):
                variance[b, lane] -= found[i, lane] * c[i, lane]
                largest = max(largest, abs(found[i, lane]))
        scales[b] = largest * np.float32(1 / STEPS)
        per = np.float32(STEPS) / largest
        for i in range(k):
            for lane in range(lanes):
                weights[b, i, lane] = np.int16(np.rint(found[i, lane] * per))


@kernel()
def _redraw(
    neighbours: NDArray[np.int32], weights: Fixed, scales: Single, residuals: Single, base: Single, out: Single
) -> None:
    blocks, k = neighbours.shape
    lanes = base.shape[1]
    for b in range(blocks):
        for lane in range(lanes):
            total = np.float32(0)
            for i in range(k):
                total += np.float32(weights[b, i, lane]) * residuals[neighbours[b, i]]
            out[b, lane] = base[b, lane] + scales[b] * total


@kernel()
def _redraw_mesh(
    neighbours: NDArray[np.int32], weights: Fixed, scales: Single, residuals: Single, base: Single, out: Single
) -> None:
    """As :func:`_redraw` for sixteen lanes: a known number, and four neighbours at a time, let the compiler keep a
    block's sums in registers (a third of the time).
    """
    blocks, k = neighbours.shape
    total = np.empty(16, np.float32)
    for b in range(blocks):
        for lane in range(16):
            total[lane] = 0
        i = 0
        while i + 4 <= k:
            first, second = residuals[neighbours[b, i]], residuals[neighbours[b, i + 1]]
            third, fourth = residuals[neighbours[b, i + 2]], residuals[neighbours[b, i + 3]]
            for lane in range(16):
                total[lane] += (
                    np.float32(weights[b, i, lane]) * first
                    + np.float32(weights[b, i + 1, lane]) * second
                    + np.float32(weights[b, i + 2, lane]) * third
                    + np.float32(weights[b, i + 3, lane]) * fourth
                )
            i += 4
        while i < k:
            value = residuals[neighbours[b, i]]
            for lane in range(16):
                total[lane] += np.float32(weights[b, i, lane]) * value
            i += 1
        for lane in range(16):
            out[b, lane] = base[b, lane] + scales[b] * total[lane]


@dataclass(frozen=True)
class Geometry:
    """What is prepared once: neighbours (blocks, k), weights (blocks, k, lanes) in units of ``scales`` (blocks,),
    relative variance (blocks, lanes), and the distance to the nearest station of each block, km.
    """

    stations: int
    neighbours: NDArray[np.int32]
    weights: Fixed
    scales: Single
    variance: Single
    nearest: Single
    threads: int

    @property
    def shape(self) -> tuple[int, int]:
        """Blocks and lanes: the shape of every map drawn with this."""
        return self.variance.shape[0], self.variance.shape[1]

    def draw(self, residuals: ArrayLike, base: Single, out: Single | None = None) -> Single:
        """``base + W residuals``: base and result (blocks, lanes), residuals (stations,). One pass, in place of
        ``out``.

        :raises ValueError: residuals of another number of stations or that are not finite, a base of another shape
        """
        values = np.ascontiguousarray(residuals, np.float32)
        if values.shape != (self.stations,) or base.shape != self.shape or not np.isfinite(values).all():
            raise ValueError(f"{values.shape} residuals over {base.shape}, for {self.stations} over {self.shape}")
        result = np.empty(self.shape, np.float32) if out is None else out
        run = _redraw_mesh if self.shape[1] == 16 else _redraw
        base = np.ascontiguousarray(base, np.float32)
        _share(
            lambda part: run(
                self.neighbours[part], self.weights[part], self.scales[part], values, base[part], result[part]
            ),
            self.shape[0],
            self.threads,
        )
        return result


def _share(work: Callable[[slice], object], blocks: int, threads: int) -> None:
    """Give each thread its share of blocks (kernels leave Python's lock), in pieces: a thread that is held up takes
    fewer of them.
    """
    if threads == 1 or blocks < 4096:
        work(slice(None))
        return
    edges = np.linspace(0, blocks, _PIECES * threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [slice(a, b) for a, b in pairwise(edges)]))


def prepare(
    stations: Floats, places: Floats, counts: ArrayLike | None = None, neighbours: int = NEIGHBOURS, threads: int = 1
) -> Geometry:
    """Work out neighbours and weights.

    :param stations: (n, 3) km, from :func:`tomoshibi.shaking.mapping.attenuation.positions`
    :param places: (blocks, lanes, 3) km; the places of a block lie within about 1 km of one another
    :param counts: (n,) how many shocks each station's term was learned from; None: no terms
    :raises RecordError: without a station
    """
    n = stations.shape[0]
    if not n:
        raise RecordError(T("観測点がありません", "there is no station"))
    k = min(neighbours, n)
    centres = places.mean(axis=1)
    far, which = cKDTree(stations).query(centres, np.arange(1, k + 1), workers=threads)
    near = np.ascontiguousarray(which, np.int32)
    nugget = nuggets(np.zeros(n) if counts is None else counts).astype(np.float32)
    blocks, lanes = places.shape[:2]
    weights, scales = np.empty((blocks, k, lanes), np.int16), np.empty(blocks, np.float32)
    variance = np.empty((blocks, lanes), np.float32)
    # single precision near a centre of its own: 0.03 m at Japan's size
    middle = stations.mean(axis=0)
    at, here = (stations - middle).astype(np.float32), np.ascontiguousarray(places - middle, np.float32)
    _share(
        lambda part: _weigh(at, nugget, near[part], here[part], _TABLE, weights[part], scales[part], variance[part]),
        blocks,
        threads,
    )
    return Geometry(n, near, weights, scales, variance, far[:, 0].astype(np.float32), threads)


def prepare_left_out(stations: Floats, counts: ArrayLike | None = None, neighbours: int = NEIGHBOURS) -> Geometry:
    """Each station as a place (lanes 1) that listens to all stations but itself: (n, k), for n of at least two.

    :raises RecordError: with fewer than two stations
    """
    n = stations.shape[0]
    if n < 2:
        raise RecordError(T("観測点が2つ以上要ります", "two stations at least are needed"))
    k = min(neighbours, n - 1)
    far, which = cKDTree(stations).query(stations, np.arange(1, k + 2))
    # two stations of one place may stand in each other's row first: take out the row's own, else the farthest
    own = which == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True
    near = np.ascontiguousarray(which[~own].reshape(n, k), np.int32)
    weights, scales = np.empty((n, k, 1), np.int16), np.empty(n, np.float32)
    variance = np.empty((n, 1), np.float32)
    nugget = nuggets(np.zeros(n) if counts is None else counts).astype(np.float32)
    middle = stations.mean(axis=0)
    at = (stations - middle).astype(np.float32)
    _weigh(at, nugget, near, np.ascontiguousarray(at[:, None, :]), _TABLE, weights, scales, variance)
    return Geometry(n, near, weights, scales, variance, far[~own].reshape(n, k)[:, 0].astype(np.float32), 1)
