"""Response spectra of any periods and dampings, and the spectral intensities that are made from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tomoshibi.shaking.oscillators import LANES, coefficients, lanes, largest, largest_velocity
from tomoshibi.shaking.record import Floats, Record

#: periods of the spectral intensity, 0.1 to 2.5 s, and its damping
SI_PERIODS: Floats = np.round(np.arange(0.1, 2.501, 0.1), 1)
SI_PERIODS.setflags(write=False)
SI_DAMPING = 0.20


@dataclass(frozen=True, slots=True, eq=False)
class ResponseSpectrum:
    """Largest responses of oscillators, each of shape (components, periods).

    ``displacement`` (cm) and ``velocity`` (cm/s) are relative to the ground, ``acceleration`` (gal) is absolute. For
    the absolute velocity see :func:`tomoshibi.shaking.absolute_velocity` and, as JMA's vector, ``long_period``.
    """

    periods: Floats
    damping: float
    displacement: Floats
    velocity: Floats
    acceleration: Floats

    @property
    def pseudo_velocity(self) -> Floats:
        """Displacement times 2π/T, cm/s; the shape of :attr:`displacement`."""
        result: Floats = self.displacement * (2 * np.pi / self.periods)
        return result

    @property
    def pseudo_acceleration(self) -> Floats:
        """Displacement times (2π/T)², gal; the shape of :attr:`displacement`."""
        result: Floats = self.displacement * (2 * np.pi / self.periods) ** 2
        return result


@lru_cache(maxsize=16)
def _table(periods: bytes, damping: float, rate: float) -> Floats:
    return lanes(coefficients(np.frombuffer(periods), damping, 1 / rate))


def response_spectrum(record: Record, periods: Floats, damping: float = 0.05) -> ResponseSpectrum:
    """Response spectrum of the three components, in the record's order NS, EW, UD.

    :param periods: seconds above 0, shape (p,)
    :param damping: ratio to critical, 0 ≤ h < 1
    :raises ValueError: for periods or a damping out of range
    """
    return response_spectrum_of(record.centred(), record.rate, periods, damping)


def response_spectrum_of(acceleration: Floats, rate: float, periods: Floats, damping: float = 0.05) -> ResponseSpectrum:
    """As :func:`response_spectrum`, for an array in gal of shape (components, n) whose offset is out already.

    :raises ValueError: for periods or a damping out of range
    """
    periods = np.array(periods, dtype=np.float64)
    if periods.ndim != 1:
        raise ValueError("periods must be a one-dimensional list of seconds above 0")
    table = _table(periods.tobytes(), float(damping), float(rate))
    rest = np.zeros(2)
    found = np.stack([largest(np.ascontiguousarray(x), table, rest) for x in acceleration])
    # (components, groups, 3, lanes) -> (3, components, periods)
    by_kind = found.reshape(len(acceleration), -1, 3, LANES).transpose(2, 0, 1, 3)
    displacement, velocity, absolute = by_kind.reshape(3, len(acceleration), -1)[:, :, : periods.size]
    return ResponseSpectrum(periods, float(damping), displacement.copy(), velocity.copy(), absolute.copy())


@dataclass(frozen=True, slots=True)
class SpectralIntensity:
    """SI of the horizontal components. ``ns``, ``ew``: the mean velocity response over 0.1–2.5 s, cm/s (the form that
    gas shut-off uses, ∫Sv dT / 2.4).
    """

    ns: float
    ew: float

    @property
    def value(self) -> float:
        """The larger of the two, cm/s (カイン)."""
        return max(self.ns, self.ew)

    @property
    def housner(self) -> float:
        """Housner's own form ∫Sv dT of the larger component, cm."""
        return self.value * 2.4


def spectral_intensity(record: Record) -> SpectralIntensity:
    """Spectral intensity (SI値) of the two horizontal components, damping 20 %.

    Source: Housner (1952), "Intensity of ground motion during strong earthquakes"; the integral from 0.1 to 2.5 s of
    the velocity response, by the trapezoidal rule at 0.1 s.
    """
    return spectral_intensity_of(record.centred(), record.rate)


def spectral_intensity_of(acceleration: Floats, rate: float) -> SpectralIntensity:
    """As :func:`spectral_intensity`, for an array in gal of shape (2 or 3, n), NS and EW first, offset taken out."""
    table = _table(SI_PERIODS.tobytes(), SI_DAMPING, float(rate))
    ns, ew = (
        float(np.trapezoid(largest_velocity(x, table).reshape(-1)[: SI_PERIODS.size], dx=0.1)) / 2.4
        for x in (np.ascontiguousarray(acceleration[0]), np.ascontiguousarray(acceleration[1]))
    )
    return SpectralIntensity(ns, ew)
