"""Measured seismic intensity (計測震度), by the notification that defines it.

Source: 気象庁告示第4号 (Notification No. 4 of the Japan Meteorological Agency, 1996-02-15): each component is filtered
in the frequency domain, the three are summed as vectors, and I = 2 log10 a0 + 0.94 where a0 is the largest
acceleration that is reached or exceeded for a total of at least 0.3 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log10, sqrt

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.record import Floats, Record
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import IntensityClass, classify, round_intensity

#: seconds for which the acceleration a0 is reached or exceeded, in total
DURATION = 0.3
#: the type 95 meter keeps a minute whose measured intensity is at least this (収録基準)
RECORDING_CRITERION = 0.5
#: coefficients of y², y⁴ … y¹² in the high-cut filter, y = f / 10 Hz
_HIGH_CUT = (0.694, 0.241, 0.0557, 0.009664, 0.00134, 0.000155)


@dataclass(frozen=True, slots=True)
class MeasuredIntensity:
    """``raw``: the unrounded value. ``a0``: the acceleration it stands for, in gal, after filtering."""

    raw: float
    a0: float

    @property
    def measured(self) -> float:
        """Measured intensity with its one decimal, as published."""
        return round_intensity(self.raw)

    @property
    def intensity_class(self) -> IntensityClass:
        """Class (震度階級) on the scale in force."""
        return classify(self.measured)


def gain(frequency: Floats) -> Floats:
    """Amplitude of the notification's filter at ``frequency`` (Hz, any shape); 0 at 0 Hz, where the formula has none.

    The product of the period effect (1/f)^½, the high cut and the low cut (1 − exp(−(f/0.5)³))^½.
    """
    f = np.asarray(frequency, dtype=np.float64)
    safe = np.where(f > 0, f, 1.0)
    y2 = (safe / 10.0) ** 2
    polynomial = np.ones_like(safe)
    for power, coefficient in enumerate(_HIGH_CUT, start=1):
        polynomial += coefficient * y2**power
    low_cut = -np.expm1(-((safe / 0.5) ** 3))
    return np.where(f > 0, np.sqrt(low_cut / (safe * polynomial)), 0.0)


@lru_cache(maxsize=32)
def gains(samples: int, rate: float) -> Floats:
    """:func:`gain` at the frequencies of ``rfft`` of so many samples, ``rate`` a second: shape (samples // 2 + 1,),
    without unit, kept and not to be written into.
    """
    table = gain(scipy.fft.rfftfreq(samples, 1.0 / rate))
    table.setflags(write=False)
    return table


def filtered(acceleration: Floats, rate: float) -> Floats:
    """Acceleration after the notification's filter.

    :param acceleration: gal, shape (3, n) or any (…, n), without gaps; an offset does not matter
    :param rate: samples a second
    :returns: gal, the same shape
    """
    samples = acceleration.shape[-1]
    # the record's own length, never padded: the notification transforms the record as it is
    spectrum = scipy.fft.rfft(acceleration, axis=-1)
    spectrum *= gains(samples, float(rate))
    result: Floats = scipy.fft.irfft(spectrum, samples, axis=-1, overwrite_x=True)
    return result


def samples_reached(rate: float, duration: float = DURATION) -> int:
    """How many samples last ``duration`` seconds in total: 30 at 100 Hz."""
    return max(1, ceil(duration * rate - 1e-9))


@kernel()
def kth_largest_squared(components: NDArray[np.float64], k: int) -> float:
    """The ``k``-th largest squared vector sum of ``components`` (3, n), by a heap of the k largest.

    -1 where there are fewer than k that are numbers.
    """
    heap = np.full(k, -1.0)
    for i in range(components.shape[1]):
        square = components[0, i] ** 2 + components[1, i] ** 2 + components[2, i] ** 2
        if square > heap[0]:
            at = 0
            while True:
                child = 2 * at + 1
                if child >= k:
                    break
                if child + 1 < k and heap[child + 1] < heap[child]:
                    child += 1
                if heap[child] >= square:
                    break
                heap[at] = heap[child]
                at = child
            heap[at] = square
    return float(heap[0])


def from_a0(a0: float) -> float:
    """Unrounded intensity of a filtered acceleration in gal: 2 log10 a0 + 0.94; minus infinity for 0."""
    return 2.0 * log10(a0) + 0.94 if a0 > 0 else float("-inf")


def measure(acceleration: Floats, rate: float) -> MeasuredIntensity:
    """Measured intensity of an array.

    :param acceleration: gal, shape (3, n), in any order of components; no gaps
    :param rate: samples a second
    :raises RecordError: for fewer than 0.3 s, values that are not finite, or no motion at all
    """
    k = samples_reached(rate)
    if acceleration.shape[-1] < k:
        raise RecordError(T("0.3秒より短い記録の震度は決まりません", "shorter than 0.3 s: no intensity is defined"))
    square = kth_largest_squared(filtered(acceleration, rate), k)
    if not 0 <= square < float("inf"):
        raise RecordError(T("加速度に数値でない値があります", "the acceleration has values that are not finite"))
    if square == 0:
        raise RecordError(T("加速度がすべて一定で、揺れがありません", "the acceleration is constant: no motion at all"))
    a0 = sqrt(square)
    return MeasuredIntensity(from_a0(a0), a0)


def measured_intensity(record: Record) -> MeasuredIntensity:
    """Measured intensity of a whole record. Gaps count as no motion; :mod:`tomoshibi.shaking.quality` reports them.

    :raises RecordError: as :func:`measure`, naming the record's files
    """
    data = record.acceleration
    try:
        return measure(record.centred() if np.isnan(data).any() else data, record.rate)
    except RecordError as error:
        raise RecordError(error.reason, record.provenance.files or error.files) from error


@dataclass(frozen=True, slots=True)
class MinuteIntensity:
    """One minute of the type 95 meter's series: seconds from the record's start, its intensity, whether it is kept."""

    second: float
    intensity: MeasuredIntensity
    recorded: bool


def minute_series(record: Record) -> list[MinuteIntensity]:
    """Intensity minute by minute, as the type 95 intensity meter gives it (1分間ごとの計測震度).

    Each minute from the record's start is filtered by itself; a last part shorter than a minute is left out unless it
    is all there is. ``recorded`` says whether the minute reaches the recording criterion of 0.5.
    """
    length = min(round(60 * record.rate), record.samples)
    data = record.centred()
    series = []
    for begin in range(0, record.samples - length + 1, length):
        part = np.ascontiguousarray(data[:, begin : begin + length])
        a0 = sqrt(kth_largest_squared(filtered(part, record.rate), samples_reached(record.rate)))
        value = MeasuredIntensity(from_a0(a0), a0)
        series.append(MinuteIntensity(begin / record.rate, value, value.raw >= RECORDING_CRITERION))
    return series
