"""What the ground under stations and cells adds: amplification factors of peak ground velocity 最大速度増幅率 (ARV).

Two kinds of tables are read. **Points**: JMA's factor of each station (``station_arv.json``), which meets a place by
the station's name in JMA's code table. **Cells**: a national grid as CSV by ten-digit mesh code, such as J-SHIS's,
where the user has one. Only differences count: what a table's factor is relative to (Vs 400 or 600 m/s) falls out
with the shock's own term.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping import mesh
from tomoshibi.shaking.mapping.attenuation import amplification_of, positions
from tomoshibi.shaking.mapping.directory import Directory, read_directory
from tomoshibi.vocabulary import T

Floats = NDArray[np.float64]

#: a station's own factor holds this far, km: places in JMA's tables are whole minutes (1.8 km)
OWN = 2.5
#: how much of the deviation of eight neighbours' factors (1/(d + 3 km)) is believed elsewhere: the regression on 4,000
#: stations left out one by one
_BELIEVED = 0.6


@dataclass(frozen=True)
class Amplification:
    """log10 ARV at points (n,) and, where a grid was read, at cells (m,) by ascending mesh code.

    Without either, every place has the same ground: :meth:`at` answers 0 and "not known".
    """

    latitudes: Floats
    longitudes: Floats
    log_factors: Floats
    codes: NDArray[np.int64]
    log_cells: Floats

    @classmethod
    def unknown(cls) -> Amplification:
        """No table at all."""
        empty = np.empty(0)
        return cls(empty, empty, empty, np.empty(0, np.int64), empty)

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(positions(self.latitudes, self.longitudes))

    @property
    def mean(self) -> float:
        """Mean log10 ARV of the points (else of the cells, else 0)."""
        for values in (self.log_factors, self.log_cells):
            if values.size:
                return float(values.mean())
        return 0.0

    def at(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
        """log10 ARV of places (any shape, kept), and whether it is the place's own rather than its neighbours'.

        A grid comes first; then a point within :data:`OWN` km; else neighbours' factors, drawn towards the mean.
        """
        y, x = np.broadcast_arrays(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
        values, known = np.full(y.size, self.mean), np.zeros(y.size, bool)
        if self.log_factors.size:
            nearest = min(8, self.log_factors.size)
            far, which = self._tree.query(positions(y.ravel(), x.ravel()), np.arange(1, nearest + 1))
            weights = 1 / (far + 3)
            around = (weights * self.log_factors[which]).sum(axis=1) / weights.sum(axis=1)
            known = far[:, 0] <= OWN
            drawn = self.mean + _BELIEVED * (around - self.mean)
            values = np.where(known, self.log_factors[which[:, 0]], drawn)
        if self.codes.size:
            code = mesh.code_of(*mesh.cell_of(y.ravel(), x.ravel()))
            at = np.searchsorted(self.codes, code).clip(max=self.codes.size - 1)
            here = self.codes[at] == code
            values = np.where(here, self.log_cells[at], values)
            known = known | here
        return values.reshape(y.shape), known.reshape(y.shape)

    def with_cells(self, other: Amplification) -> Amplification:
        """These points with another's grid."""
        return Amplification(self.latitudes, self.longitudes, self.log_factors, other.codes, other.log_cells)


def read_amplification(paths: Iterable[str | Path]) -> Amplification:
    """Tables from folders (stations) and CSV files (grids), put together.

    :raises RecordError: a file that cannot be read or has no columns for codes and factors
    """
    points, cells = Amplification.unknown(), Amplification.unknown()
    for each in paths:
        if Path(each).is_dir():
            points = read_stations(each)
        else:
            cells = read_grid(each)
    return points.with_cells(cells)


def read_stations(folder: str | Path) -> Amplification:
    """JMA's factors of its stations, from a folder as :func:`read_directory` reads it.

    :raises RecordError: a file that is missing or is not of this form
    """
    return of_directory(read_directory(folder))


def of_directory(directory: Directory) -> Amplification:
    """What a directory of stations knows of the ground."""
    known = np.isfinite(directory.factors)
    return Amplification(
        directory.latitudes[known],
        directory.longitudes[known],
        np.log10(directory.factors[known]),
        np.empty(0, np.int64),
        np.empty(0),
    )


def read_grid(path: str | Path) -> Amplification:
    """A grid by mesh code: CSV with a column CODE (ten digits) and ARV, or AVS (m/s) where there is no ARV.

    The header may stand in a comment (``# CODE,JCODE,AVS,ARV``); other comments are passed over; factors of 0 or less
    are not known.

    :raises RecordError: without those columns; a value that is no number; a code that is none
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(T(f"読めません: {error}", f"cannot be read: {error}"), path) from error
    columns: list[str] = []
    skipped = 0
    for line in io.StringIO(text):
        plain = [cell.strip().upper() for cell in line.lstrip("#").split(",")]
        skipped += 1
        if "CODE" in plain:
            columns = plain
            break
    chosen = "ARV" if "ARV" in columns else "AVS"
    if chosen not in columns:
        reason = T("CODE と ARV(または AVS)の列がありません", "no columns CODE and ARV (or AVS)")
        raise RecordError(reason, path)
    try:
        body = np.loadtxt(
            io.StringIO(text),
            delimiter=",",
            skiprows=skipped,
            usecols=(columns.index("CODE"), columns.index(chosen)),
            comments="#",
            ndmin=2,
        )
    except (ValueError, IndexError) as error:
        raise RecordError(T(f"数の表ではありません: {error}", f"not a table of numbers: {error}"), path) from error
    body = body[body[:, 1] > 0]
    codes = body[:, 0].astype(np.int64)
    try:
        if codes.size and codes.min() < 10**9:
            raise RecordError(T("10桁でないコードがあります", "a code without ten digits"))
        mesh.cell_of_code(codes)
    except RecordError as error:
        raise RecordError(error.reason, path) from error
    factors = body[:, 1] if chosen == "ARV" else amplification_of(body[:, 1])
    codes, first = np.unique(codes, return_index=True)
    empty = np.empty(0)
    return Amplification(empty, empty, empty, codes, np.log10(factors[first]))
