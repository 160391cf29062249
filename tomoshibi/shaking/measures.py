"""Peak and energy measures of a record. (See :mod:`tomoshibi.shaking.intensity` for JMA intensity.)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.record import Floats, Record


@dataclass(frozen=True, slots=True)
class PeakAcceleration:
    """Peaks in gal, offset taken out: of each component, of the horizontal pair and of all three as vectors."""

    ns: float
    ew: float
    ud: float
    horizontal: float
    total: float


@kernel()
def _peaks(a: Floats) -> tuple[float, float, float, float, float]:
    ns = ew = ud = horizontal = total = 0.0
    for i in range(a.shape[1]):
        x, y, z = a[0, i], a[1, i], a[2, i]
        ns, ew, ud = max(ns, abs(x)), max(ew, abs(y)), max(ud, abs(z))
        h = x * x + y * y
        horizontal = max(horizontal, h)
        total = max(total, h + z * z)
    return ns, ew, ud, np.sqrt(horizontal), np.sqrt(total)


def peak_acceleration(record: Record) -> PeakAcceleration:
    """Peak ground acceleration (PGA, 最大加速度) in gal, measured from each component's mean as NIED does."""
    return PeakAcceleration(*_peaks(record.centred()))
