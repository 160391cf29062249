"""Long-period ground motion class (長周期地震動階級), by JMA's method.

Source: 気象庁「長周期地震動階級および長周期地震動階級関連解説表」 and JMA's published calculation: the horizontal
acceleration is high-passed and drives oscillators of 32 periods from 1.6 to 7.8 s damped at 5 %; the ground's velocity
is added to each oscillator's. The largest vector sum of NS and EW over time and periods is the absolute velocity
response (Sva), and the class follows from it at 5, 15, 50 and 100 cm/s.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import atan, pi, sqrt, tan

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.oscillators import LANES, coefficients, lanes
from tomoshibi.shaking.record import Floats, Record

#: the 32 periods that decide the class, s
PERIODS: Floats = np.round(np.arange(1.6, 7.81, 0.2), 1)
PERIODS.setflags(write=False)
DAMPING = 0.05
#: lowest absolute velocity response of the classes 1 to 4, cm/s
CLASS_LIMITS = (5.0, 15.0, 50.0, 100.0)

# the high-pass as published for 100 Hz: gain × (1, -2, 1) over (1, -a1, -a2)
_GAIN, _A1, _A2 = 0.997721867867, 1.995438545842, -0.995448925627
# it is a Butterworth filter made by the bilinear transform: its corner, for other rates
_CORNER = atan(sqrt((1 - _A1 - _A2) / _GAIN) / 2) * 100 / pi


def classify_long_period(velocity: float) -> int:
    """Class 0 to 4 of an absolute velocity response in cm/s (0 is shown as none)."""
    return sum(velocity >= limit for limit in CLASS_LIMITS)


@lru_cache(maxsize=16)
def high_pass(rate: float) -> tuple[float, float, float]:
    """Gain and the two feedback terms of JMA's 20-second high-pass at ``rate`` Hz."""
    if rate == 100:
        return _GAIN, _A1, _A2
    w = tan(pi * _CORNER / rate)
    norm = 1 + sqrt(2) * w + w * w
    return 1 / norm, 2 * (1 - w * w) / norm, -(1 - sqrt(2) * w + w * w) / norm


@lru_cache(maxsize=16)
def _tables(periods: tuple[float, ...], damping: float, rate: float) -> Floats:
    return lanes(coefficients(np.array(periods), damping, 1 / rate)[:8])


@kernel()
def _respond(
    ns: NDArray[np.float64],
    ew: NDArray[np.float64],
    table: NDArray[np.float64],
    filter_terms: tuple[float, float, float],
    dt: float,
    ground: NDArray[np.float64],
    state: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Run one sensor's samples on; squares of the largest absolute velocity vector of each lane go into ``out``.

    ``ground``: 12 numbers kept between calls: for NS then EW, the offset (NaN at first), the last two inputs, the last
    two outputs of the high-pass, and the ground velocity. ``state``: (groups, 4 × lanes) displacement and velocity NS,
    then EW. ``out``: (groups × lanes) maxima to be raised. A NaN sample holds the last value.
    """
    gain, a1, a2 = filter_terms
    samples = ns.size
    acceleration = np.empty((2, samples + 1))
    velocity = np.empty((2, samples + 1))
    begin = 0
    for c in range(2):
        x = ns if c == 0 else ew
        offset, u1, u2 = ground[6 * c], ground[6 * c + 1], ground[6 * c + 2]
        y1, y2, v = ground[6 * c + 3], ground[6 * c + 4], ground[6 * c + 5]
        acceleration[c, 0], velocity[c, 0] = y1, v
        for i in range(samples):
            if offset != offset:
                offset = x[i]
            u = x[i] - offset if x[i] == x[i] and offset == offset else u1
            y = gain * (u - 2 * u1 + u2) + a1 * y1 + a2 * y2
            v += (y + y1) * dt / 2
            u2, u1, y2, y1 = u1, u, y1, y
            acceleration[c, i + 1], velocity[c, i + 1] = y, v
        g = ground[6 * c : 6 * c + 6]
        g[0], g[1], g[2], g[3], g[4], g[5] = offset, u1, u2, y1, y2, v
    if state[0, 0] != state[0, 0]:
        # the first samples of all: displacement 0, velocity -A dt, and the ground at rest
        for group in range(table.shape[0]):
            for p in range(LANES):
                state[group, p] = state[group, 2 * LANES + p] = 0.0
                state[group, LANES + p] = -acceleration[0, 1] * dt
                state[group, 3 * LANES + p] = -acceleration[1, 1] * dt
        for c in range(2):
            velocity[c] -= velocity[c, 1]
            ground[6 * c + 5] = velocity[c, samples]
        begin = 1
    for group in range(table.shape[0]):
        k, s, m = table[group], state[group], out[group * LANES : (group + 1) * LANES]
        for i in range(begin, samples):
            x0, x1, gx = acceleration[0, i], acceleration[0, i + 1], velocity[0, i + 1]
            y0, y1, gy = acceleration[1, i], acceleration[1, i + 1], velocity[1, i + 1]
            for p in range(LANES):
                a11, a12, b11, b12 = k[p], k[LANES + p], k[2 * LANES + p], k[3 * LANES + p]
                a21, a22, b21, b22 = k[4 * LANES + p], k[5 * LANES + p], k[6 * LANES + p], k[7 * LANES + p]
                d, v = s[p], s[LANES + p]
                e, w = s[2 * LANES + p], s[3 * LANES + p]
                s[p] = a11 * d + a12 * v + b11 * x0 + b12 * x1
                v = a21 * d + a22 * v + b21 * x0 + b22 * x1
                s[2 * LANES + p] = a11 * e + a12 * w + b11 * y0 + b12 * y1
                w = a21 * e + a22 * w + b21 * y0 + b22 * y1
                s[LANES + p], s[3 * LANES + p] = v, w
                square = (v + gx) ** 2 + (w + gy) ** 2
                m[p] = square if square > m[p] else m[p]


@kernel()
def _push(
    block: NDArray[np.float64],
    begin: int,
    end: int,
    table: NDArray[np.float64],
    filter_terms: tuple[float, float, float],
    dt: float,
    ground: NDArray[np.float64],
    state: NDArray[np.float64],
    take: NDArray[np.bool_],
    out: NDArray[np.float64],
) -> None:
    for sensor in range(begin, end):
        if take[sensor]:
            _respond(
                block[sensor, 0], block[sensor, 1], table, filter_terms, dt, ground[sensor], state[sensor], out[sensor]
            )


class LongPeriodResponse:
    """Absolute velocity response of many sensors whose samples arrive in blocks.

    :param sensors: how many sensors
    :param rate: their sampling rate, 50–200 Hz
    :param periods: seconds, shape (p,); by default the 32 that decide the class
    :param damping: ratio to critical
    :param threads: how many threads share the sensors
    """

    def __init__(
        self,
        sensors: int,
        rate: float = 100.0,
        periods: Floats = PERIODS,
        damping: float = DAMPING,
        threads: int = 1,
    ) -> None:
        self.sensors, self.rate, self.threads = sensors, float(rate), max(1, threads)
        self.periods = np.array(periods, dtype=np.float64)
        self._table = _tables(tuple(self.periods.tolist()), damping, self.rate)
        self._terms = high_pass(self.rate)
        self._ground = np.zeros((sensors, 12))
        self._ground[:, (0, 6)] = np.nan
        self._state = np.full((sensors, self._table.shape[0], 4 * LANES), np.nan)
        self._peak = np.zeros((sensors, self.periods.size))
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    @property
    def peak(self) -> Floats:
        """Largest response so far, cm/s, shape (sensors, periods)."""
        return self._peak.copy()

    @property
    def classes(self) -> NDArray[np.int64]:
        """Long-period class 0–4 of each sensor so far."""
        return np.searchsorted(np.array(CLASS_LIMITS), self._peak.max(axis=1), side="right")

    def forget(self) -> None:
        """Begin the largest response anew (after an earthquake); the oscillators swing on."""
        self._peak[:] = 0.0

    @property
    def filters(self) -> tuple[Floats, Floats]:
        """What the high-pass and the oscillators remember: views, for a state file to keep and to fill again."""
        return self._ground, self._state

    def restart(self, sensors: NDArray[np.int64]) -> None:
        """Begin anew with some sensors (their numbers), as if nothing had come from them: after a long gap."""
        self._ground[sensors] = 0.0
        self._ground[np.ix_(sensors, [0, 6])] = np.nan
        self._state[sensors] = np.nan

    def push(self, block: Floats, take: NDArray[np.bool_] | None = None) -> Floats:
        """Take in the next samples.

        :param block: gal, shape (sensors, 2 or 3, samples), NS and EW first; NaN for a sample that did not come.
            Any offset is taken from each component's first sample.
        :param take: which sensors the samples are for, shape (sensors,); the others stay as they are, and give 0
        :returns: largest absolute velocity response within this block, cm/s, shape (sensors, periods)
        :raises ValueError: for a block of another shape
        """
        block = np.ascontiguousarray(block, dtype=np.float64)
        if block.ndim != 3 or block.shape[0] != self.sensors or block.shape[1] not in (2, 3) or not block.shape[2]:
            raise ValueError(f"a block has the shape ({self.sensors}, 2 or 3, samples), not {block.shape}")
        out = np.zeros((self.sensors, self._table.shape[0] * LANES))
        everybody = np.ones(self.sensors, np.bool_) if take is None else take
        fixed = (self._table, self._terms, 1 / self.rate, self._ground, self._state, everybody, out)
        if self._pool is None:
            _push(block, 0, self.sensors, *fixed)
        else:
            cuts = [self.sensors * part // self.threads for part in range(self.threads + 1)]
            for done in [self._pool.submit(_push, block, begin, end, *fixed) for begin, end in pairwise(cuts)]:
                done.result()
        velocity: Floats = np.sqrt(out[:, : self.periods.size])
        np.maximum(self._peak, velocity, out=self._peak)
        return velocity


@dataclass(frozen=True, slots=True, eq=False)
class LongPeriod:
    """``periods`` in s and ``sva``, the absolute velocity response at each in cm/s, both of shape (p,)."""

    periods: Floats
    sva: Floats

    @property
    def velocity(self) -> float:
        """The largest, cm/s."""
        return float(self.sva.max())

    @property
    def period(self) -> float:
        """The period of the largest, s."""
        return float(self.periods[int(self.sva.argmax())])

    @property
    def long_period_class(self) -> int:
        """Class 0 to 4."""
        return classify_long_period(self.velocity)


def long_period(record: Record, periods: Floats = PERIODS, damping: float = DAMPING) -> LongPeriod:
    """Long-period class of a record and the spectrum behind it. The class is JMA's only with the default periods.

    :param periods: seconds, shape (p,)
    :param damping: ratio to critical
    """
    return long_period_of(record.levelled(), record.rate, periods, damping)


def absolute_velocity(record: Record, periods: Floats, damping: float = DAMPING) -> Floats:
    """Absolute velocity response of each component by itself, cm/s, shape (3, p), in the order NS, EW, UD.

    The ground's velocity, which is added to the oscillators', is that of JMA's long-period method: integrated behind
    its high-pass. For the vector of the horizontal components see :func:`long_period`.

    :param periods: seconds, shape (p,)
    :param damping: ratio to critical
    """
    bank = LongPeriodResponse(3, record.rate, periods, damping)
    alone = np.zeros((3, 2, record.samples))
    alone[:, 0] = np.nan_to_num(record.levelled())
    bank._ground[:, (0, 6)] = 0.0
    return bank.push(alone)


def long_period_of(
    acceleration: Floats, rate: float, periods: Floats = PERIODS, damping: float = DAMPING
) -> LongPeriod:
    """As :func:`long_period`, for an array in gal, shape (2 or 3, n), NS and EW first, whose offset is out already."""
    bank = LongPeriodResponse(1, rate, periods, damping)
    bank._ground[:, (0, 6)] = 0.0
    return LongPeriod(bank.periods, bank.push(acceleration[None])[0])
