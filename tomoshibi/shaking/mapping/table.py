"""The municipalities' table of an estimated map: largest intensity, area by class, and what is silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tomoshibi.shaking.mapping.area import Area
from tomoshibi.shaking.mapping.geometry import Single
from tomoshibi.vocabulary.intensity import CLASSES, LIMITS, IntensityClass

Floats = NDArray[np.float64]

#: 5弱: what JMA lists a municipality for that should have reported and has not
EXPECTED_FROM = IntensityClass.FIVE_LOWER.lower


@dataclass(frozen=True, slots=True)
class TownRow:
    """A municipality: its largest estimated and observed intensity (None: none), km² by class (only those with any),
    stations that are silent, and whether nobody there reports while 5弱 or more is expected at a silent station.
    """

    code: str
    name: str
    estimated: float | None
    observed: float | None
    square_kilometres: dict[IntensityClass, float]
    silent: tuple[str, ...]
    unreported: bool


def classify_all(intensities: ArrayLike) -> NDArray[np.int8]:
    """Class ranks 0–9 of estimates to the nearest tenth (shape kept); -1 where nothing is estimated (NaN)."""
    values = np.asarray(intensities, np.float32)
    # halfway between tenths below each limit: the same as rounding first, without a copy
    edges = np.array(LIMITS, np.float32) - np.float32(0.05)
    ranks = np.searchsorted(edges, values.ravel(), side="right").astype(np.int8).reshape(values.shape)
    ranks[np.isnan(values)] = -1
    return ranks


def town_table(
    area: Area,
    drawn: Single,
    latitudes: Floats,
    longitudes: Floats,
    readings: Floats,
    expected: Floats,
    names: tuple[str, ...],
) -> list[TownRow]:
    """A row for every town with cells or stations, the strongest first.

    :param drawn: intensities (b, 16) of the area's cells
    :param readings: (n,) of stations, NaN where silent; ``expected`` (n,) what the other stations expect of each
    """
    inside = area.labels >= 0
    towns = len(area.towns)
    labels = area.labels[inside].astype(np.int64)
    values = drawn[inside]
    known = np.isfinite(values)
    largest = np.full(towns, -np.inf)
    np.maximum.at(largest, labels[known], values[known])
    ranks = classify_all(values)
    sizes = np.broadcast_to(area.square_kilometres()[:, None], area.labels.shape)[inside]
    cell = labels[known] * len(CLASSES) + ranks[known]
    sums = np.bincount(cell, sizes[known], towns * len(CLASSES)).reshape(towns, len(CLASSES))
    where = area.town_of(latitudes, longitudes)
    rows = []
    for index, town in enumerate(area.towns):
        here = np.flatnonzero(where == index)
        heard = here[np.isfinite(readings[here])]
        silent = here[~np.isfinite(readings[here])]
        if not np.isfinite(largest[index]) and not here.size:
            continue
        most = max((float(expected[i]) for i in silent), default=-np.inf)
        rows.append(
            TownRow(
                town.code,
                town.name,
                round(float(largest[index]), 1) if np.isfinite(largest[index]) else None,
                float(readings[heard].max()) if heard.size else None,
                {klass: float(sums[index, i]) for i, klass in enumerate(CLASSES) if sums[index, i] > 0},
                tuple(names[i] for i in silent),
                not heard.size and round(most, 1) >= EXPECTED_FROM,
            )
        )
    return sorted(rows, key=lambda row: (-max(row.estimated or -9, row.observed or -9), row.code))
