"""Mesh codes 地域メッシュコード of JIS X 0410, down to the quarter mesh of about 250 m (ten digits).

Cells are kept as whole numbers: row 0 begins at the equator and counts 7.5 seconds of latitude, column 0 at 100° east
and counts 11.25 seconds of longitude. A third mesh (eight digits, about 1 km) is four rows by four columns of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: rows of 250 m cells in a degree of latitude, columns in one of longitude
ROWS, COLUMNS = 480, 320
#: where longitudes are counted from, degrees east
WEST = 100
#: rows and columns of a third mesh (1 km)
SIDE = 4
_FIRST = 320  # rows and columns of a first mesh
_SLACK = 1e-7  # of a cell: 0.02 mm, so that a corner written as a float lies in its own cell


def cell_of(latitude: ArrayLike, longitude: ArrayLike) -> tuple[Ints, Ints]:
    """Row and column of the 250 m cell in which places lie (degrees north and east; any shape, kept).

    :raises RecordError: outside 0–66.67° N, 100–200° E, where JIS X 0410 has no codes
    """
    row = np.floor(np.asarray(latitude, np.float64) * ROWS + _SLACK)
    column = np.floor((np.asarray(longitude, np.float64) - WEST) * COLUMNS + _SLACK)
    with np.errstate(invalid="ignore"):
        inside = (row >= 0) & (row < 100 * _FIRST) & (column >= 0) & (column < 100 * _FIRST)
    if not inside.all():
        raise RecordError(T("メッシュコードのない場所です", "a place that has no mesh code"))
    return row.astype(np.int64), column.astype(np.int64)


def corner_of(row: ArrayLike, column: ArrayLike) -> tuple[Floats, Floats]:
    """South-west corner of cells, degrees north and east; any shape, kept."""
    return np.asarray(row) / ROWS, np.asarray(column) / COLUMNS + WEST


def centre_of(row: ArrayLike, column: ArrayLike) -> tuple[Floats, Floats]:
    """Centre of cells, degrees north and east; any shape, kept."""
    return (np.asarray(row) + 0.5) / ROWS, (np.asarray(column) + 0.5) / COLUMNS + WEST


def code_of(row: ArrayLike, column: ArrayLike) -> Ints:
    """Ten-digit codes of cells, as whole numbers; any shape, kept."""
    y, x = np.asarray(row, np.int64), np.asarray(column, np.int64)
    code = (y // 320) * 100 + x // 320
    code = code * 100 + (y // 40 % 8) * 10 + x // 40 % 8
    code = code * 100 + (y // 4 % 10) * 10 + x // 4 % 10
    code = code * 10 + (y // 2 % 2) * 2 + x // 2 % 2 + 1
    return code * 10 + (y % 2) * 2 + x % 2 + 1


def cell_of_code(code: ArrayLike) -> tuple[Ints, Ints]:
    """Row and column of ten-digit codes (numbers or text; any shape, kept).

    :raises RecordError: a code with a digit that its place does not allow
    """
    try:
        c = np.asarray(code).astype(np.int64)
    except (ValueError, OverflowError) as error:
        raise RecordError(_no_code(code)) from error
    first, second, third, half, quarter = c // 10**6, c // 10**4 % 100, c // 100 % 100, c // 10 % 10, c % 10
    good = (c >= 0) & (first < 10**4) & (second // 10 < 8) & (second % 10 < 8)
    good &= (half >= 1) & (half <= 4) & (quarter >= 1) & (quarter <= 4)
    if not good.all():
        raise RecordError(_no_code(np.atleast_1d(c)[~np.atleast_1d(good)][0]))
    h, q = half - 1, quarter - 1
    row = first // 100 * 320 + second // 10 * 40 + third // 10 * 4 + h // 2 * 2 + q // 2
    column = first % 100 * 320 + second % 10 * 40 + third % 10 * 4 + h % 2 * 2 + q % 2
    return row, column


def _no_code(code: object) -> T:
    said = str(code)[:40]
    return T(f"250 m メッシュコード(10桁)ではありません: {said}", f"not a ten-digit code of a 250 m mesh: {said}")
