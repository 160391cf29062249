"""Damped oscillators of one degree of freedom under ground acceleration: coefficients, and the kernels that run them.

Source of the recurrence: Nigam and Jennings (1969), "Calculation of response spectra from strong-motion earthquake
records", BSSA 59, 909–922: exact for acceleration that is linear between samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.record import Floats

#: oscillators are run side by side, this many at a time; a constant, so that the compiler keeps them in registers
LANES = 32


def coefficients(periods: Floats, damping: float, dt: float) -> Floats:
    """Recurrence terms of oscillators of ``periods`` (s, shape (p,)); shape (10, p).

    With x the ground acceleration, displacement d and velocity v relative to the ground:
    ``d' = a11 d + a12 v + b11 x + b12 x'``, ``v' = a21 d + a22 v + b21 x + b22 x'``, and the absolute acceleration is
    ``c1 d' + c2 v'``. In this order: a11 a12 b11 b12 (displacement), a21 a22 b21 b22 (velocity), c1 c2.

    :raises ValueError: for a period that is not positive or a damping outside 0 ≤ h < 1
    """
    periods = np.asarray(periods, dtype=np.float64)
    if periods.ndim != 1 or not periods.size or not (periods > 0).all():
        raise ValueError("periods must be a one-dimensional list of seconds above 0")
    if not 0 <= damping < 1:
        raise ValueError(f"a damping ratio of {damping!r} is outside 0 ≤ h < 1")
    h, w = damping, 2 * np.pi / periods
    root = np.sqrt(1 - h * h)
    wd = w * root
    e, s, c = np.exp(-h * w * dt), np.sin(wd * dt), np.cos(wd * dt)
    p, q = (2 * h * h - 1) / (w * w * dt), 2 * h / (w**3 * dt)
    sloped = c - h / root * s
    fallen = wd * s + h * w * c
    return np.stack(
        [
            e * (h / root * s + c),
            e / wd * s,
            e * ((p + h / w) * s / wd + (q + 1 / w**2) * c) - q,
            -e * (p * s / wd + q * c) - 1 / w**2 + q,
            -w / root * e * s,
            e * sloped,
            e * ((p + h / w) * sloped - (q + 1 / w**2) * fallen) + 1 / (w * w * dt),
            -e * (p * sloped - q * fallen) - 1 / (w * w * dt),
            -w * w,
            -2 * h * w,
        ]
    )


def lanes(table: Floats, width: int = LANES) -> Floats:
    """Deal ``table`` (terms, p) into groups of ``width`` lanes, (groups, terms × width); the last lane is repeated."""
    terms, count = table.shape
    groups = -(-count // width)
    padded = np.concatenate([table, np.repeat(table[:, -1:], groups * width - count, axis=1)], axis=1)
    return np.ascontiguousarray(padded.reshape(terms, groups, width).transpose(1, 0, 2)).reshape(groups, -1)


@kernel()
def largest(x: NDArray[np.float64], table: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest |displacement|, |velocity| and |absolute acceleration| of every lane under ``x``.

    ``table`` as :func:`lanes` gives it; ``start``: displacement and velocity at the first sample, the same for all;
    shape of the result: (groups, 3 × lanes).
    """
    groups = table.shape[0]
    out = np.zeros((groups, 3 * LANES))
    for g in range(groups):
        k, m = table[g], out[g]
        state = np.zeros(2 * LANES)
        for p in range(LANES):
            state[p], state[LANES + p] = start[0], start[1]
        for i in range(1, x.size):
            x0, x1 = x[i - 1], x[i]
            for p in range(LANES):
                d0, v0 = state[p], state[LANES + p]
                d = k[p] * d0 + k[LANES + p] * v0 + k[2 * LANES + p] * x0 + k[3 * LANES + p] * x1
                v = k[4 * LANES + p] * d0 + k[5 * LANES + p] * v0 + k[6 * LANES + p] * x0 + k[7 * LANES + p] * x1
                a = abs(k[8 * LANES + p] * d + k[9 * LANES + p] * v)
                state[p], state[LANES + p] = d, v
                d, v = abs(d), abs(v)
                m[p] = d if d > m[p] else m[p]
                m[LANES + p] = v if v > m[LANES + p] else m[LANES + p]
                m[2 * LANES + p] = a if a > m[2 * LANES + p] else m[2 * LANES + p]
    return out


@kernel()
def largest_velocity(x: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest |velocity| of every lane under ``x``, from rest: the same as :func:`largest` with less to do; shape
    (groups, lanes).
    """
    groups = table.shape[0]
    out = np.zeros((groups, LANES))
    for g in range(groups):
        k, m = table[g], out[g]
        state = np.zeros(2 * LANES)
        for i in range(1, x.size):
            x0, x1 = x[i - 1], x[i]
            for p in range(LANES):
                d0, v0 = state[p], state[LANES + p]
                v = k[4 * LANES + p] * d0 + k[5 * LANES + p] * v0 + k[6 * LANES + p] * x0 + k[7 * LANES + p] * x1
                state[p] = k[p] * d0 + k[LANES + p] * v0 + k[2 * LANES + p] * x0 + k[3 * LANES + p] * x1
                state[LANES + p] = v
                v = abs(v)
                m[p] = v if v > m[p] else m[p]
    return out
