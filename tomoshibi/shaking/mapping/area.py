"""Where a map is drawn: third meshes of sixteen 250 m cells, and the municipality that each cell lies in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.jit import kernel
from tomoshibi.shaking.mapping import mesh
from tomoshibi.vocabulary import T

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: cells of a third mesh
CELLS = mesh.SIDE**2
_STRIDE = 1 << 20
_KM = 6371.0
#: where Japan is: west, south, east, north; nothing outside is filled, whatever a polygon says
_JAPAN = (122.0, 20.0, 154.5, 46.0)


@dataclass(frozen=True)
class Town:
    """A municipality, or any other part of an area: its code and name."""

    code: str
    name: str


@dataclass(frozen=True)
class Area:
    """Third meshes (b,) by row and column (ascending), and the index in ``towns`` of each of their cells (b, 16), -1
    where the cell is outside. A cell's place in its mesh counts from the south-west, eastward first.
    """

    rows: Ints
    columns: Ints
    labels: NDArray[np.int16]
    towns: tuple[Town, ...]

    @property
    def cells(self) -> int:
        """How many 250 m cells lie within."""
        return int((self.labels >= 0).sum())

    @cached_property
    def cell_rows(self) -> Ints:
        """Row of every 250 m cell, (b, 16)."""
        return self.rows[:, None] * mesh.SIDE + np.arange(CELLS) // mesh.SIDE

    @cached_property
    def cell_columns(self) -> Ints:
        """Column of every 250 m cell, (b, 16)."""
        return self.columns[:, None] * mesh.SIDE + np.arange(CELLS) % mesh.SIDE

    def centres(self) -> tuple[Floats, Floats]:
        """Degrees north and east of the cells' centres, (b, 16) each."""
        return mesh.centre_of(self.cell_rows, self.cell_columns)

    def square_kilometres(self) -> Floats:
        """Area of a cell of each mesh, (b,): they narrow towards the north."""
        latitude = np.radians(mesh.centre_of(self.rows * mesh.SIDE + 1.5, 0)[0])
        side = np.radians(1 / mesh.ROWS) * _KM
        return np.asarray(side * np.cos(latitude) * np.radians(1 / mesh.COLUMNS) * _KM)

    def find(self, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
        """Mesh and lane of cells by their row and column (any shape, kept); mesh -1 where the area has none."""
        keys = self.rows * _STRIDE + self.columns
        wanted = rows // mesh.SIDE * _STRIDE + columns // mesh.SIDE
        at = np.searchsorted(keys, wanted).clip(max=max(keys.size - 1, 0))
        lanes = rows % mesh.SIDE * mesh.SIDE + columns % mesh.SIDE
        return np.where(keys[at] == wanted, at, -1), lanes

    def town_of(self, latitudes: Floats, longitudes: Floats) -> Ints:
        """Index of the town in which places lie (degrees north and east; any shape, kept), -1 outside; a place just
        outside takes a town of its own third mesh.
        """
        block, lane = self.find(*mesh.cell_of(latitudes, longitudes))
        label = self.labels[block, lane].astype(np.int64)
        around = self.labels[block].max(axis=-1)
        return np.where(block < 0, -1, np.where(label >= 0, label, around))

    def only(self, towns: Iterable[int]) -> Area:
        """The part of the area that lies in some of its towns (their indices stay)."""
        labels = np.where(np.isin(self.labels, list(towns)), self.labels, np.int16(-1))
        kept = (labels >= 0).any(axis=1)
        return Area(self.rows[kept], self.columns[kept], labels[kept], self.towns)


def box(south: float, west: float, north: float, east: float) -> Area:
    """All cells of a box of degrees, as one nameless town.

    :raises RecordError: a box without cells or outside what JIS X 0410 codes
    """
    if not (south < north and west < east):
        raise RecordError(T("範囲は 南<北、西<東 で書いてください", "write a box with south < north and west < east"))
    (bottom, top), (left, right) = mesh.cell_of([south, north], [west, east])
    y = np.arange(bottom // mesh.SIDE, top // mesh.SIDE + 1)
    x = np.arange(left // mesh.SIDE, right // mesh.SIDE + 1)
    rows, columns = np.repeat(y, x.size), np.tile(x, y.size)
    return Area(rows, columns, np.zeros((rows.size, CELLS), np.int16), (Town("", ""),))


@kernel()
def _runs(edges: NDArray[np.float64], first: int, last: int) -> NDArray[np.int64]:
    """Rows and half-open spans of columns whose centres lie in a polygon, by the even-odd rule, (runs, 3).

    ``edges`` (n, 4) are x0, y0, x1, y1 in cells, of all rings together.
    """
    found = np.empty((16, 3), np.int64)
    count = 0
    crossings = np.empty(edges.shape[0], np.float64)
    for row in range(first, last + 1):
        y = row + 0.5
        n = 0
        for e in range(edges.shape[0]):
            y0, y1 = edges[e, 1], edges[e, 3]
            if (y0 <= y) != (y1 <= y):
                crossings[n] = edges[e, 0] + (y - y0) / (y1 - y0) * (edges[e, 2] - edges[e, 0])
                n += 1
        inside = np.sort(crossings[:n])
        for pair in range(n // 2):
            start = np.int64(np.ceil(inside[2 * pair] - 0.5))
            end = np.int64(np.ceil(inside[2 * pair + 1] - 0.5))
            if end > start:
                if count == found.shape[0]:
                    larger = np.empty((2 * count, 3), np.int64)
                    larger[:count] = found
                    found = larger
                found[count, 0], found[count, 1], found[count, 2] = row, start, end
                count += 1
    return found[:count]


def read_area(path: str | Path, towns: Sequence[str] = ()) -> Area:
    """Cells of a GeoJSON file of polygons, such as JMA's municipalities (地震情報・市町村等).

    :param towns: only features whose code or name begins with one of these; all without any
    :raises RecordError: a file that is not GeoJSON, or without a polygon that is wanted
    """
    try:
        features = json.loads(Path(path).read_text("utf-8"))["features"]
        named = [(_town(each.get("properties") or {}), each["geometry"]) for each in features if each.get("geometry")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(T(f"GeoJSON として読めません: {error}", f"not readable as GeoJSON: {error}"), path) from error
    wanted = [each for each in named if not towns or each[0].code.startswith(tuple(towns)) or each[0].name in towns]
    if not wanted:
        raise RecordError(T("当てはまる市町村がありません", "no municipality of that name or code"), path)
    return fill(wanted)


def _town(properties: dict[str, Any]) -> Town:
    code = properties.get("regioncode") or properties.get("code") or ""
    return Town(str(code), str(properties.get("regionname") or properties.get("name") or code))


def fill(shapes: Sequence[tuple[Town, dict[str, Any]]]) -> Area:
    """Cells of GeoJSON geometries: a cell is a town's when its centre lies in it (of two, the later one's).

    :raises RecordError: where no cell's centre lies in any of them, or a geometry is no polygon
    """
    parts = []
    for index, (town, geometry) in enumerate(shapes):
        edges = _edges(geometry, town)
        bottom, top = edges[:, [1, 3]].min(), edges[:, [1, 3]].max()
        low, high = _JAPAN[1] * mesh.ROWS, _JAPAN[3] * mesh.ROWS
        runs = _runs(edges, int(max(np.floor(bottom), low)), int(min(np.ceil(top), high)))
        if runs.size:
            parts.append(np.column_stack([runs, np.full(len(runs), index)]))
    if not parts:
        raise RecordError(T("日本のどのメッシュも含みません", "no mesh of Japan lies within"))
    runs = np.concatenate(parts)
    lengths = runs[:, 2] - runs[:, 1]
    rows = np.repeat(runs[:, 0], lengths)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns = np.repeat(runs[:, 1], lengths) + within
    label = np.repeat(runs[:, 3], lengths)
    keys, which = np.unique(rows // mesh.SIDE * _STRIDE + columns // mesh.SIDE, return_inverse=True)
    labels = np.full((keys.size, CELLS), -1, np.int16)
    labels[which, rows % mesh.SIDE * mesh.SIDE + columns % mesh.SIDE] = label
    return Area(keys // _STRIDE, keys % _STRIDE, labels, tuple(town for town, _ in shapes))


def _edges(geometry: dict[str, Any], town: Town) -> Floats:
    """All rings' edges in cells, (n, 4)."""
    try:
        polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
        rings = [np.asarray(ring, np.float64)[:, :2] for polygon in polygons for ring in polygon]
    except (KeyError, ValueError, TypeError, IndexError) as error:
        reason = T(f"{town.name}: 多角形ではありません", f"{town.name}: not a polygon")
        raise RecordError(reason) from error
    scaled = [(ring - [mesh.WEST, 0]) * [mesh.COLUMNS, mesh.ROWS] for ring in rings if len(ring) > 2]
    if not scaled or not all(np.isfinite(ring).all() for ring in scaled):
        raise RecordError(T(f"{town.name}: 輪郭がありません", f"{town.name}: no outline"))
    return np.concatenate([np.column_stack([ring, np.roll(ring, -1, axis=0)]) for ring in scaled])
