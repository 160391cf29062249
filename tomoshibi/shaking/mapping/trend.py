"""What a shock does everywhere: the attenuation law, moved to fit the stations that recorded it.

The law (:func:`tomoshibi.shaking.mapping.attenuation.expected`) is a prior. Three corrections are estimated from the
stations: how strong the shock is, how fast it fades with the logarithm of distance and with distance itself. The
first is free; the other two are held back by a prior, so that three stations leave the law as it is and a thousand
bend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.mapping.attenuation import distances, expected, has_law
from tomoshibi.shaking.mapping.catalogue import Hypocentre

Floats = NDArray[np.float64]

#: prior deviations of the corrections: intensity, per tenfold distance, per 100 km
_PRIOR = np.array([5.0, 1.0, 0.3])
#: variance of a station about the law (its neighbours deviate with it, hence so large)
_ABOUT = 4.0


@dataclass(frozen=True)
class Trend:
    """A shock's law: ``source`` None where there is none (then only the mean level), and three corrections."""

    source: Hypocentre | None
    corrections: tuple[float, float, float]

    def at(self, places: Floats) -> Floats:
        """Intensity on firm ground at places (…, 3) in km; shape (…)."""
        if self.source is None:
            return np.full(places.shape[:-1], self.corrections[0])
        shape = _shape(self.source, places)
        return np.asarray(expected(self.source, places) + shape @ np.array(self.corrections))


def _shape(source: Hypocentre, places: Floats) -> Floats:
    x = distances(source, places)
    return np.stack([np.ones_like(x), np.log10(x) - 2, x / 100 - 1], axis=-1)


def fit(source: Hypocentre | None, places: Floats, firm: Floats) -> Trend:
    """The law of one shock from stations (n, 3) and their intensities on firm ground (n,), NaN where silent.

    Without a hypocentre, below 150 km of depth or without a magnitude there is no law: the mean is all that is known.
    """
    heard = np.isfinite(firm)
    level = float(firm[heard].mean()) if heard.any() else 0.0
    if source is None or not has_law(source):
        return Trend(None, (level, 0.0, 0.0))
    if not heard.any():
        return Trend(source, (0.0, 0.0, 0.0))
    design = _shape(source, places[heard])
    left = firm[heard] - expected(source, places[heard])
    normal = design.T @ design / _ABOUT + np.diag(_PRIOR**-2)
    found = np.linalg.solve(normal, design.T @ left / _ABOUT)
    return Trend(source, (float(found[0]), float(found[1]), float(found[2])))
