"""How shaking fades with distance, and what soft ground adds: Si and Midorikawa (1999), as JMA's estimated map uses
them.

Peak ground velocity (PGV) is in cm/s, distances and depths in km. Intensity from PGV after Midorikawa et al. (1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tomoshibi.shaking.mapping.catalogue import Hypocentre

Floats = NDArray[np.float64]

#: shocks that are deeper get no attenuation law: waves along the slab decide, not distance (JMA's rule), km
DEEPEST = 150.0
#: the law was made from earthquakes below this; above it, a moment magnitude says how long the fault is, not how strong
SATURATED = 8.3
#: added to the exponent by kind of earthquake
KINDS = {"crustal": 0.0, "interplate": -0.02, "intraplate": 0.12}
#: intensity added by a tenfold ARV (amplification of peak ground velocity), fitted to catalogue events that are not
#: scored; 1.72 would be Midorikawa's slope alone, and strong shaking amplifies less
AMPLIFIES = 1.0
_RADIUS = 6371.0


def positions(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Places as km from the centre of the earth, shape (…, 3), for straight distances."""
    y, x = np.broadcast_arrays(np.radians(np.asarray(latitude, np.float64)), np.radians(longitude))
    return _RADIUS * np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def velocity_of(distance: ArrayLike, magnitude: float, depth: float, kind: str = "crustal") -> Floats:
    """PGV in cm/s on ground of Vs 400 m/s (Si and Midorikawa 1999), from fault distances X in km (any shape, kept), a
    moment magnitude Mw and the depth D in km.

    ``log10 PGV600 = 0.58 Mw + 0.0038 D + d - 1.29 - log10(X + 0.0028 10^(0.5 Mw)) - 0.002 X``; PGV400 is 1.31 times it.

    :raises KeyError: a kind that is none of :data:`KINDS`
    """
    x = np.asarray(distance, np.float64)
    log = 0.58 * magnitude + 0.0038 * depth + KINDS[kind] - 1.29 - np.log10(x + 0.0028 * 10 ** (0.5 * magnitude))
    return np.asarray(1.31 * 10 ** (log - 0.002 * x))


def intensity_of_velocity(velocity: ArrayLike) -> Floats:
    """Intensity from PGV in cm/s (any shape, kept): 2.165 + 2.262 log10 PGV, above 4: 2.002 + 2.603 log10 PGV -
    0.213 (log10 PGV)² (Midorikawa et al. 1999).
    """
    log = np.log10(np.maximum(np.asarray(velocity, np.float64), 1e-6))
    low = 2.165 + 2.262 * log
    return np.where(low > 4, 2.002 + 2.603 * log - 0.213 * log**2, low)


def amplification_of(vs30: ArrayLike) -> Floats:
    """ARV, the amplification of PGV from ground of Vs 400 m/s, from the mean S-wave velocity of the upper 30 m (m/s;
    any shape, kept): log10 ARV = 2.367 - 0.852 log10 AVS30 (Fujimoto and Midorikawa 2006).
    """
    return np.asarray(10 ** (2.367 - 0.852 * np.log10(np.asarray(vs30, np.float64))))


def expected(source: Hypocentre, places: Floats, kind: str = "crustal") -> Floats:
    """Intensity on firm ground that the law expects at places (…, 3) from :func:`positions`; shape (…).

    The distance is to the hypocentre. Its bias (a long fault is nearer than its hypocentre, a shock is strong or weak
    for its magnitude) is taken up by the terms fitted to the shock itself (:mod:`tomoshibi.shaking.mapping.trend`).
    """
    magnitude = min(source.magnitude, SATURATED)
    return intensity_of_velocity(velocity_of(distances(source, places), magnitude, source.depth, kind))


def distances(source: Hypocentre, places: Floats) -> Floats:
    """Distance of places (…, 3) from :func:`positions` to a hypocentre, km, never below 1; shape (…)."""
    apart = places - positions(source.latitude, source.longitude)
    along = np.einsum("...i,...i->...", apart, apart)
    return np.asarray(np.sqrt(along + max(source.depth, 1.0) ** 2))


def has_law(source: Hypocentre | None) -> bool:
    """Whether the law may be used: a known hypocentre that is not deeper than :data:`DEEPEST`, and a magnitude."""
    return source is not None and source.depth <= DEEPEST and bool(np.isfinite(source.magnitude))
