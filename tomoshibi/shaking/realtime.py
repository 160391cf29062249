"""Real-time seismic intensity (リアルタイム震度): causal, sample by sample, for one sensor or for thousands.

Source: Kunugi, Aoi, Nakamura, Suzuki, Morikawa and Fujiwara (2012), "An improved approximating filter for real-time
calculation of seismic intensity", Zisin 2, 65, 223–230. Six recursive sections stand for the notification's filter;
the intensity at any moment is that of the acceleration reached for 0.3 s in total within the last 60 s.

Patents exist on real-time methods (JP4229337, JP5946067, JP7681907); docs/explanation names them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import pi

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.intensity import samples_reached
from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.record import MAX_RATE, MIN_RATE, Floats, Record
from tomoshibi.vocabulary import T

#: seconds over which the 0.3 s are counted
WINDOW = 60.0
_F0, _F1, _F2, _F3, _F4, _F5 = 0.45, 7.0, 0.5, 12.0, 20.0, 30.0  # corner frequencies, Hz
_H2A, _H2B, _H3, _H4, _H5 = 1.0, 0.75, 0.9, 0.6, 0.6  # dampings
_GAIN = 1.262

# Sensors are worked on by tiles of 16, components side by side: 48 lanes that the processor takes several at a time.
_TILE = 16
_LANES = 3 * _TILE
_SECTIONS = 6

# The sliding order statistic counts samples in bins of the squared amplitude. A bin is the exponent and the first seven
# bits of the mantissa of a 32-bit float: 0.0034 of intensity wide at most, so its middle is within 0.0017.
_SHIFT = 16
_BASE = (127 - 26) << 7  # bin 0 begins at 2^-26 gal², intensity -6.9; the last ends at 2^28, intensity 9.37
_BINS = 54 << 7


@dataclass(frozen=True, slots=True)
class _Oscillator:
    """A second-order section of corner ``f`` Hz: numerator damping ``top`` (None: low-pass), denominator ``bottom``."""

    f: float
    top: float | None
    bottom: float

    def analogue(self, f: Floats) -> Floats:
        """Amplitude of what the section stands for at frequencies ``f`` (Hz; any shape, kept)."""
        s, w = 2j * pi * f, 2 * pi * self.f
        below = s * s + 2 * self.bottom * w * s + w * w
        above = w * w if self.top is None else s * s + 2 * self.top * w * s + w * w
        result: Floats = np.abs(above / below)
        return result

    def digital(self, dt: float, beta: float) -> tuple[Floats, Floats]:
        """Coefficients b, a (3,) for samples ``dt`` seconds apart. ``beta`` is Newmark's: 1/12 in the paper, 1/4
        (bilinear) is stable at every rate.
        """
        w = 2 * pi * self.f
        inertia, stiffness = 1 / dt**2, np.array([beta, 1 - 2 * beta, beta]) * w * w

        def polynomial(h: float) -> Floats:
            return inertia * np.array([1.0, -2.0, 1.0]) + h * w / dt * np.array([1.0, 0.0, -1.0]) + stiffness

        a = polynomial(self.bottom)
        b = stiffness if self.top is None else polynomial(self.top)
        return b / a[0], a / a[0]


_OSCILLATORS = (
    _Oscillator(_F2, _H2A, _H2B),
    _Oscillator(_F3, None, _H3),
    _Oscillator(_F4, None, _H4),
    _Oscillator(_F5, None, _H5),
)


def _amplitude(b: Floats, a: Floats, dt: float, f: Floats) -> Floats:
    z = np.exp(-2j * pi * f * dt)
    result: Floats = np.abs((b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z))
    return result


def _section(oscillator: _Oscillator, dt: float) -> tuple[Floats, Floats]:
    """The section at a rate: the paper's where it is stable with room to spare, otherwise the nearest that is.

    The paper's recurrence diverges for the 20 and 30 Hz sections below about 80 Hz. There beta is raised just as far
    as gives the amplitude nearest to the section's own, over the frequencies that carry the intensity, with the poles
    inside a circle of 0.9.
    """
    f = np.linspace(0.1, 0.4 / dt, 200)
    wanted = oscillator.analogue(f)
    best: tuple[float, Floats, Floats] | None = None
    for beta in np.linspace(1 / 12, 1 / 4, 41):
        b, a = oscillator.digital(dt, float(beta))
        if np.abs(np.roots(a)).max() > max(0.9, 1 - 1.5 * pi * oscillator.f * oscillator.bottom * dt):
            continue
        if beta == 1 / 12:
            return b, a
        misfit = float(np.abs(np.log(_amplitude(b, a, dt, f) / wanted)).max())
        if best is None or misfit < best[0]:
            best = (misfit, b, a)
    if best is None:
        raise RecordError(T("この周波数の漸化式は安定しません", "no stable recurrence at this rate"))
    return best[1], best[2]


@lru_cache(maxsize=16)
def design(rate: float) -> Floats:
    """The filter at ``rate`` Hz as second-order sections, shape (6, 5): b0 b1 b2 a1 a2, gain in the first.

    :raises RecordError: for a rate outside 50–200 Hz
    """
    if not MIN_RATE <= rate <= MAX_RATE:
        raise RecordError(
            T(f"サンプリング周波数 {rate:g} Hz は扱えません", f"sampling rate {rate:g} Hz is outside 50–200 Hz")
        )
    dt = 1 / rate
    w0, w1 = 2 * pi * _F0, 2 * pi * _F1
    sections = [
        (
            _GAIN * np.array([4 / dt**2 + 2 * w1 / dt, -8 / dt**2, 4 / dt**2 - 2 * w1 / dt]),
            np.array(
                [
                    8 / dt**2 + (4 * w0 + 2 * w1) / dt + w0 * w1,
                    2 * w0 * w1 - 16 / dt**2,
                    8 / dt**2 - (4 * w0 + 2 * w1) / dt + w0 * w1,
                ]
            ),
        ),
        (
            np.array([4 / dt**2 + 8.5 * w1 / dt + w1**2, 2 * w1**2 - 8 / dt**2, 4 / dt**2 - 8.5 * w1 / dt + w1**2]),
            np.array([16 / dt**2 + 17 * w1 / dt + w1**2, 2 * w1**2 - 32 / dt**2, 16 / dt**2 - 17 * w1 / dt + w1**2]),
        ),
        *(_section(oscillator, dt) for oscillator in _OSCILLATORS),
    ]
    table = np.array([[*(b / a[0]), *(a[1:] / a[0])] for b, a in sections])
    table.setflags(write=False)
    return table


def response(rate: float, frequency: Floats) -> Floats:
    """Amplitude of the real-time filter at ``rate``, at ``frequency`` (Hz, any shape)."""
    f = np.asarray(frequency, dtype=np.float64)
    total = np.ones_like(f)
    for b0, b1, b2, a1, a2 in design(rate):
        total *= _amplitude(np.array([b0, b1, b2]), np.array([1.0, a1, a2]), 1 / rate, f)
    return total


@kernel()
def _filter_tile(
    block: NDArray[np.float64],
    first: int,
    sections: NDArray[np.float64],
    memory: NDArray[np.float64],
    last: NDArray[np.float64],
    squares: NDArray[np.float32],
) -> None:
    """Filter one tile of sensors and write the squared vector sums into ``squares`` (samples × 16).

    ``block``: (sensors, 3, samples); ``first``: the tile's first sensor; ``memory``: 12 × 48 filter states;
    ``last``: 48 last inputs, then 48 offsets (the first input of each lane, NaN before there is one).
    """
    sensors = min(_TILE, block.shape[0] - first)
    x = np.zeros(_LANES)
    for t in range(block.shape[2]):
        for s in range(sensors):
            for c in range(3):
                lane = c * _TILE + s
                value = block[first + s, c, t]
                if value != value:  # a missing sample holds the last value: no step, no motion
                    value = last[lane]
                elif last[_LANES + lane] != last[_LANES + lane]:
                    last[_LANES + lane] = value
                last[lane] = value
                offset = last[_LANES + lane]
                x[lane] = value - offset if offset == offset else 0.0
        for k in range(_SECTIONS):
            b0, b1, b2 = sections[k, 0], sections[k, 1], sections[k, 2]
            a1, a2 = sections[k, 3], sections[k, 4]
            m1 = memory[2 * k * _LANES : (2 * k + 1) * _LANES]
            m2 = memory[(2 * k + 1) * _LANES : (2 * k + 2) * _LANES]
            for lane in range(_LANES):
                y = b0 * x[lane] + m1[lane]
                m1[lane] = b1 * x[lane] - a1 * y + m2[lane]
                m2[lane] = b2 * x[lane] - a2 * y
                x[lane] = y
        for s in range(_TILE):
            squares[t * _TILE + s] = x[s] ** 2 + x[_TILE + s] ** 2 + x[2 * _TILE + s] ** 2


@kernel()
def _push(
    block: NDArray[np.float64],
    begin: int,
    end: int,
    sections: NDArray[np.float64],
    memory: NDArray[np.float64],
    last: NDArray[np.float64],
    ring: NDArray[np.uint16],
    counts: NDArray[np.uint16],
    place: NDArray[np.int64],
    take: NDArray[np.bool_],
    k: int,
    step: int,
    out: NDArray[np.float64],
) -> None:
    """Take ``block`` in for the tiles ``begin`` to ``end``; write intensities after every ``step`` samples.

    Sensors that ``take`` leaves out stay as they are: a tile's lanes run together, so theirs are put back afterwards.

    ``ring``: (sensors, window) bins of the samples in the window; ``counts``: (sensors, bins) how many are in each;
    ``place``: (sensors, 4) samples taken so far, next place in the ring, the bin of the k-th largest, samples above it.
    """
    samples, window = block.shape[2], ring.shape[1]
    squares = np.empty(samples * _TILE, np.float32)
    bits = squares.view(np.uint32)
    for tile in range(begin, end):
        first = tile * _TILE
        sensors = min(_TILE, block.shape[0] - first)
        taken = 0
        for s in range(sensors):
            taken += take[first + s]
        if taken == 0:
            continue
        if taken < sensors:
            memory_before, last_before = memory[tile].copy(), last[tile].copy()
            _filter_tile(block, first, sections, memory[tile], last[tile], squares)
            for s in range(sensors):
                if not take[first + s]:
                    memory[tile, s::_TILE] = memory_before[s::_TILE]
                    last[tile, s::_TILE] = last_before[s::_TILE]
        else:
            _filter_tile(block, first, sections, memory[tile], last[tile], squares)
        for s in range(sensors):
            sensor = first + s
            if not take[sensor]:
                continue
            seen, at, level, above = place[sensor, 0], place[sensor, 1], place[sensor, 2], place[sensor, 3]
            slots, bins = ring[sensor], counts[sensor]
            for t in range(samples):
                new = min(max(int(bits[t * _TILE + s] >> _SHIFT) - _BASE, 0), _BINS - 1)
                if seen >= window:
                    old = int(slots[at])
                    bins[old] -= 1
                    above -= old > level
                slots[at] = new
                bins[new] += 1
                above += new > level
                seen += 1
                at += 1
                if at == window:
                    at = 0
                if (t + 1) % step == 0:
                    while above >= k:
                        level += 1
                        above -= bins[level]
                    while level > 0 and above + bins[level] < k:
                        above += bins[level]
                        level -= 1
                    out[sensor, (t + 1) // step - 1] = level if seen >= k else -1
            place[sensor, 0], place[sensor, 1], place[sensor, 2], place[sensor, 3] = seen, at, level, above


def _bin_intensities() -> Floats:
    """Intensity of each bin's middle; the last entry, which index -1 finds, is NaN for "not enough samples yet"."""
    edges = ((np.arange(_BINS + 1) + _BASE) << _SHIFT).astype(np.uint32).view(np.float32).astype(np.float64)
    return np.append((np.log10(edges[:-1]) + np.log10(edges[1:])) / 2 + 0.94, np.nan)


_INTENSITIES = _bin_intensities()


class RealtimeIntensity:
    """Real-time intensity of many sensors whose samples arrive in blocks.

    :param sensors: how many sensors
    :param rate: their sampling rate, 50–200 Hz
    :param window: seconds over which the 0.3 s are counted
    :param threads: how many threads share the sensors

    Memory is about 26 kB a sensor at 100 Hz. Results are within 0.002 of sorting the window, for intensities from
    -6.9 to 9.3; a quieter sensor reads -6.9.
    """

    def __init__(self, sensors: int, rate: float = 100.0, window: float = WINDOW, threads: int = 1) -> None:
        self.sensors, self.rate, self.threads = sensors, float(rate), max(1, threads)
        self._sections = design(self.rate)
        self._k = samples_reached(rate)
        slots = round(window * rate)
        if not self._k <= slots <= np.iinfo(np.uint16).max:
            raise ValueError(f"a window of {window:g} s at {rate:g} Hz cannot be held: 0.3 s to 65535 samples")
        tiles = -(-sensors // _TILE)
        self._memory = np.zeros((tiles, 2 * _SECTIONS * _LANES))
        self._last = np.full((tiles, 2 * _LANES), np.nan)
        self._ring = np.zeros((sensors, slots), np.uint16)
        self._counts = np.zeros((sensors, _BINS), np.uint16)
        self._place = np.zeros((sensors, 4), np.int64)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    @property
    def filters(self) -> tuple[Floats, Floats]:
        """What the filters remember, and each component's offset: views, for a state file to keep and to fill again.

        The window is not among it: it fills within a minute.
        """
        return self._memory, self._last

    def forget(self, sensors: NDArray[np.int64]) -> None:
        """Begin anew with some sensors (their numbers), as if nothing had come from them: after a long gap."""
        lanes = np.array([0, 1, 2]) * _TILE
        for sensor in sensors:
            tile, s = divmod(int(sensor), _TILE)
            self._memory[tile].reshape(-1, _LANES)[:, lanes + s] = 0.0
            self._last[tile].reshape(-1, _LANES)[:, lanes + s] = np.nan
        self._ring[sensors] = 0
        self._counts[sensors] = 0
        self._place[sensors] = 0

    def push(self, block: Floats, step: int | None = None, take: NDArray[np.bool_] | None = None) -> Floats:
        """Take in the next samples and give the intensities that follow from them.

        :param block: gal, shape (sensors, 3, samples), components in any order; NaN for a sample that did not come.
            Any offset is taken from each component's first sample.
        :param step: give the intensity after every so many samples; by default once, after the last
        :param take: which sensors the samples are for, shape (sensors,); the others stay as they are, and read NaN
        :returns: unrounded intensities, shape (sensors, samples // step); NaN until 0.3 s have come
        :raises ValueError: for a block of another shape
        """
        block = np.ascontiguousarray(block, dtype=np.float64)
        if block.ndim != 3 or block.shape[:2] != (self.sensors, 3):
            raise ValueError(f"a block has the shape ({self.sensors}, 3, samples), not {block.shape}")
        step = step or max(1, block.shape[2])
        out = np.full((self.sensors, block.shape[2] // step), -1.0)
        tiles = self._memory.shape[0]
        kept = (self._sections, self._memory, self._last, self._ring, self._counts, self._place)
        state = (*kept, np.ones(self.sensors, np.bool_) if take is None else take, self._k, step, out)
        if self._pool is None:
            _push(block, 0, tiles, *state)
        else:
            cuts = [tiles * part // self.threads for part in range(self.threads + 1)]
            for done in [self._pool.submit(_push, block, begin, end, *state) for begin, end in pairwise(cuts)]:
                done.result()
        return np.asarray(_INTENSITIES[out.astype(np.int64)])


def realtime_intensity(record: Record, step: int = 1, window: float = WINDOW) -> Floats:
    """Running real-time intensity of a record, as an instrument would have shown it.

    :param step: give a value after every so many samples
    :param window: seconds over which the 0.3 s are counted
    :returns: unrounded intensities, shape (samples // step,); NaN for the first 0.3 s
    """
    return np.asarray(RealtimeIntensity(1, record.rate, window).push(record.acceleration[None], step)[0])
