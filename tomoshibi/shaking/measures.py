"""Peaks, energies and durations of a record. (See :mod:`tomoshibi.shaking.intensity` for JMA intensity.)"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log10, pi

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.record import Floats, Record

#: standard gravity, gal
GRAVITY = 980.665
#: corner of the low cut under integration to velocity and displacement, Hz
LOW_CUT = 0.1
_ORDER = 4


@dataclass(frozen=True, slots=True)
class Peaks:
    """Largest values of each component, of the horizontal pair and of all three as vectors, in the series' own unit."""

    ns: float
    ew: float
    ud: float
    horizontal: float
    total: float


@kernel()
def _peaks(a: NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    ns = ew = ud = horizontal = total = 0.0
    for i in range(a.shape[1]):
        x, y, z = abs(a[0, i]), abs(a[1, i]), abs(a[2, i])
        h = x * x + y * y
        t = h + z * z
        ns = x if x > ns else ns
        ew = y if y > ew else ew
        ud = z if z > ud else ud
        horizontal = h if h > horizontal else horizontal
        total = t if t > total else total
    return ns, ew, ud, np.sqrt(horizontal), np.sqrt(total)


def peaks(series: Floats) -> Peaks:
    """Peaks of a series of shape (3, n), NS, EW, UD."""
    return Peaks(*_peaks(np.ascontiguousarray(series)))


def peak_acceleration(record: Record) -> Peaks:
    """Peak ground acceleration (PGA, 最大加速度) in gal, measured from each component's mean as NIED does."""
    return peaks(record.centred())


@lru_cache(maxsize=16)
def integrator(samples: int, rate: float, low_cut: float = LOW_CUT) -> NDArray[np.complex128]:
    """What turns an acceleration's spectrum into a velocity's: 1/(2πif) in seconds, with a fourth-order Butterworth low
    cut (Hz); shape (samples // 2 + 1,), kept and not to be written into.
    """
    f = scipy.fft.rfftfreq(samples, 1 / rate)
    table = np.zeros(f.size, np.complex128)
    table[1:] = 1 / (2j * pi * f[1:]) / np.sqrt(1 + (low_cut / f[1:]) ** (2 * _ORDER))
    table.setflags(write=False)
    return table


def velocity(record: Record, low_cut: float = LOW_CUT) -> Floats:
    """Ground velocity in cm/s, shape (3, n): integrated in the frequency domain, without phase shift.

    :param low_cut: corner in Hz below which the motion is taken out (fourth-order Butterworth amplitude)
    """
    spectrum = scipy.fft.rfft(record.centred(), axis=-1) * integrator(record.samples, record.rate, low_cut)
    result: Floats = scipy.fft.irfft(spectrum, record.samples, axis=-1, overwrite_x=True)
    return result


def displacement(record: Record, low_cut: float = LOW_CUT) -> Floats:
    """Ground displacement in cm, shape (3, n): as :func:`velocity`, the low cut applied once for each integration."""
    spectrum = scipy.fft.rfft(record.centred(), axis=-1) * integrator(record.samples, record.rate, low_cut) ** 2
    result: Floats = scipy.fft.irfft(spectrum, record.samples, axis=-1, overwrite_x=True)
    return result


def peak_velocity(record: Record, low_cut: float = LOW_CUT) -> Peaks:
    """Peak ground velocity (PGV, 最大速度) in cm/s."""
    return peaks(velocity(record, low_cut))


def peak_displacement(record: Record, low_cut: float = LOW_CUT) -> Peaks:
    """Peak ground displacement (PGD, 最大変位) in cm, without what is slower than the low cut."""
    return peaks(displacement(record, low_cut))


def cumulative_absolute_velocity(record: Record) -> Floats:
    """CAV of each component in cm/s, shape (3,): the integral of |acceleration| over the record (EPRI 1988)."""
    return np.asarray(np.trapezoid(np.abs(record.centred()), dx=1 / record.rate, axis=1))


def arias_intensity(record: Record) -> Floats:
    """Arias intensity of each component in cm/s, shape (3,): π/2g times the integral of the squared acceleration.

    Source: Arias (1970), "A measure of earthquake intensity".
    """
    a = record.centred()
    return pi / (2 * GRAVITY) * np.asarray(np.trapezoid(a * a, dx=1 / record.rate, axis=1))


def significant_duration(record: Record, low: float = 0.05, high: float = 0.95) -> float:
    """Seconds in which the Arias integral of the three components goes from ``low`` to ``high`` of its whole.

    Source: Trifunac and Brady (1975), "A study on the duration of strong earthquake ground motion", BSSA 65.

    :raises ValueError: unless 0 ≤ low < high ≤ 1
    """
    if not 0 <= low < high <= 1:
        raise ValueError(f"fractions must be 0 ≤ low < high ≤ 1, not {low!r} and {high!r}")
    energy = np.cumsum((record.centred() ** 2).sum(axis=0))
    if not energy[-1]:
        return 0.0
    first, last = np.searchsorted(energy, [low * energy[-1], high * energy[-1]])
    return float(last - first) / record.rate


def bracketed_duration(record: Record, threshold: float = 50.0) -> float:
    """Seconds from the first to the last time that the three components' vector sum reaches ``threshold`` (gal)."""
    above = np.flatnonzero((record.centred() ** 2).sum(axis=0) >= threshold**2)
    return 0.0 if not above.size else float(above[-1] - above[0]) / record.rate


def uniform_duration(record: Record, threshold: float = 50.0) -> float:
    """Seconds in total for which the vector sum of the three components is at least ``threshold`` (gal)."""
    return float(np.count_nonzero((record.centred() ** 2).sum(axis=0) >= threshold**2)) / record.rate


def kawasumi_intensity(acceleration: float) -> float:
    """Intensity on the old scale from a peak acceleration in gal, I = 2 log10 a + 0.7; minus infinity for 0.

    Rounded, it is the class of the scale before 1996; 5.5 and over is 6. Source: Kawasumi (1943), 震度と震度階.
    """
    return 2 * log10(acceleration) + 0.7 if acceleration > 0 else float("-inf")
