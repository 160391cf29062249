"""An estimated map as files: GeoJSON, GeoTIFF, and PNG tiles in JMA's colours.

GeoTIFF and PNG are written here rather than by GDAL or a picture library: a hundred lines, against hundreds of
megabytes of native code on every machine of a town.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.mapping import mesh
from tomoshibi.shaking.mapping.area import Area
from tomoshibi.shaking.mapping.geometry import Single
from tomoshibi.shaking.mapping.table import classify_all
from tomoshibi.shaking.station_map import Observed
from tomoshibi.shaking.station_map import geojson as station_features
from tomoshibi.vocabulary.intensity import CLASSES

#: pixels of a tile's side
TILE = 256
#: what a GeoTIFF holds where nothing is estimated
NOTHING = -9999.0
_JGD2011 = 6668
#: stands for a border between towns in a tile's ranks, and its colour; drawn from this zoom
BORDER = len(CLASSES)
_LINE = bytes.fromhex("8A8174")
_BORDERS_FROM = 8


def geojson(area: Area, drawn: Single, stations: Iterable[Observed] = (), least: int = 1) -> dict[str, Any]:
    """A FeatureCollection: a multipolygon of each class from rank ``least`` (``kind`` estimated), and a point of each
    station (``kind`` observed).
    """
    import shapely

    features: list[dict[str, Any]] = []
    for rank, boxes in _rectangles(area, drawn, least):
        south, west = mesh.corner_of(boxes[:, 0], boxes[:, 2])
        north, east = mesh.corner_of(boxes[:, 1], boxes[:, 3])
        shape = shapely.union_all(shapely.box(west, south, east, north))
        klass = CLASSES[rank]
        features.append(
            {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-7))),
                "properties": {"kind": "estimated", "class": klass.value, "colour": klass.colour},
            }
        )
    for point in station_features(stations)["features"]:
        point["properties"]["kind"] = "observed"
        features.append(point)
    return {"type": "FeatureCollection", "features": features}


def _rectangles(area: Area, drawn: Single, least: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Per class: rectangles of cells (first row, row after, first column, column after), (n, 4)."""
    ranks = np.where(area.labels >= 0, classify_all(drawn), -1)
    rows, columns, flat = area.cell_rows.ravel(), area.cell_columns.ravel(), ranks.ravel()
    keep = flat >= least
    rows, columns, flat = rows[keep], columns[keep], flat[keep]
    order = np.lexsort((columns, rows))
    rows, columns, flat = rows[order], columns[order], flat[order]
    if not rows.size:
        return
    starts = np.flatnonzero(
        np.concatenate(([True], (np.diff(rows) != 0) | (np.diff(columns) != 1) | (np.diff(flat) != 0)))
    )
    ends = np.append(starts[1:], rows.size) - 1
    left, right, row, rank = columns[starts], columns[ends] + 1, rows[starts], flat[starts]
    # the same span of the same class in the next row goes on as one rectangle
    order = np.lexsort((row, right, left, rank))
    left, right, row, rank = left[order], right[order], row[order], rank[order]
    new = np.concatenate(
        ([True], (np.diff(rank) != 0) | (np.diff(left) != 0) | (np.diff(right) != 0) | (np.diff(row) != 1))
    )
    first = np.flatnonzero(new)
    last = np.append(first[1:], row.size) - 1
    boxes = np.column_stack([row[first], row[last] + 1, left[first], right[first]])
    for each in np.unique(rank):
        yield int(each), boxes[rank[first] == each]


def write_geotiff(path: str | Path, area: Area, values: Single) -> None:
    """Write cell values (b, 16) as a GeoTIFF of 32-bit floats, JGD2011 degrees (EPSG:6668), cells 1/480° by 1/320°.

    Strips of four rows, deflated; :data:`NOTHING` outside the area and where nothing is estimated (GDAL_NODATA).
    """
    inside = np.where((area.labels >= 0) & np.isfinite(values), values, np.float32(NOTHING)).astype("<f4")
    bottom, top = int(area.rows.min()), int(area.rows.max())
    left, right = int(area.columns.min()), int(area.columns.max())
    width, height = (right - left + 1) * mesh.SIDE, (top - bottom + 1) * mesh.SIDE
    order = np.argsort(area.rows, kind="stable")
    edges = np.searchsorted(area.rows[order], np.arange(bottom, top + 2))
    north, west = mesh.corner_of((top + 1) * mesh.SIDE, left * mesh.SIDE)
    with Path(path).open("wb") as out:
        out.write(b"II*\0" + struct.pack("<I", 0))
        offsets, counts = [], []
        for row in range(top, bottom - 1, -1):
            which = order[edges[row - bottom] : edges[row - bottom + 1]]
            strip = np.full((mesh.SIDE, right - left + 1, mesh.SIDE), NOTHING, "<f4")
            # rows of a mesh count from the south, a picture's from the north
            cells = inside[which].reshape(-1, mesh.SIDE, mesh.SIDE)[:, ::-1]
            strip[:, area.columns[which] - left] = cells.transpose(1, 0, 2)
            packed = zlib.compress(strip.tobytes(), 6)
            offsets.append(out.tell())
            counts.append(len(packed))
            out.write(packed + b"\0" * (len(packed) % 2))
        keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, _JGD2011)
        tags: list[tuple[int, str, tuple[Any, ...]]] = [
            (256, "I", (width,)),
            (257, "I", (height,)),
            (258, "H", (32,)),
            (259, "H", (8,)),
            (262, "H", (1,)),
            (273, "I", tuple(offsets)),
            (277, "H", (1,)),
            (278, "I", (mesh.SIDE,)),
            (279, "I", tuple(counts)),
            (339, "H", (3,)),
            (33550, "d", (1 / mesh.COLUMNS, 1 / mesh.ROWS, 0.0)),
            (33922, "d", (0.0, 0.0, 0.0, float(west), float(north), 0.0)),
            (34735, "H", keys),
            (42113, "s", (f"{NOTHING:.0f}\0".encode(),)),
        ]
        _directory(out, tags)


def _directory(out: Any, tags: list[tuple[int, str, tuple[Any, ...]]]) -> None:
    """Write a TIFF directory at the end and its place at the beginning."""
    kinds = {"s": 2, "H": 3, "I": 4, "d": 12}
    entries = b""
    for tag, kind, values in tags:
        data = values[0] if kind == "s" else struct.pack(f"<{len(values)}{kind}", *values)
        count = len(data) if kind == "s" else len(values)
        if len(data) > 4:
            place = out.tell()
            out.write(data + b"\0" * (len(data) % 2))
            data = struct.pack("<I", place)
        entries += struct.pack("<HHI", tag, kinds[kind], count) + data.ljust(4, b"\0")
    start = out.tell()
    out.write(struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0))
    out.seek(4)
    out.write(struct.pack("<I", start))


def png(ranks: NDArray[np.int8]) -> bytes:
    """A picture of class ranks (height, width) in JMA's colours; -1 is transparent, :data:`BORDER` a line."""
    palette = b"\0\0\0" + b"".join(bytes.fromhex(klass.colour[1:]) for klass in CLASSES) + _LINE
    indices = (ranks + 1).astype(np.uint8)
    height, width = indices.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = indices
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    made = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


#: pixels of a picture's longer side at most, and of a station's radius
LARGEST, RADIUS = 2048, 5
#: classes below the strongest that a picture shows all of
SHOWN = 4


def picture(
    area: Area, drawn: Single, stations: Iterable[Observed] = (), silent: Iterable[tuple[float, float]] = ()
) -> bytes:
    """What shook, as one PNG for paper: the cells down to :data:`SHOWN` classes below the strongest with a margin, true
    to scale, north up; stations as discs, silent ones (degrees north and east) as hatched squares.
    """
    tiles = Tiles.of(area, drawn)
    strong = tiles.ranks >= max(1, int(tiles.ranks.max()) - SHOWN)
    rows, columns = area.cell_rows[strong], area.cell_columns[strong]
    if not rows.size:
        rows, columns = area.cell_rows.ravel(), area.cell_columns.ravel()
    bottom, top, left, right = int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1
    margin = max(8, (top - bottom + right - left) // 20)
    bottom, top, left, right = bottom - margin, top + margin, left - margin, right + margin
    # a column is narrower than its degrees by the cosine of its latitude
    middle = np.radians((top + bottom) / 2 / mesh.ROWS)
    tall, wide = (top - bottom) / mesh.ROWS, (right - left) / mesh.COLUMNS * float(np.cos(middle))
    pixels = min(LARGEST, 2 * max(top - bottom, right - left)) / max(tall, wide)
    height, width = max(1, round(tall * pixels)), max(1, round(wide * pixels))
    down = np.floor(top - (np.arange(height) + 0.5) / height * (top - bottom)).astype(np.int64)
    across = np.floor(left + (np.arange(width) + 0.5) / width * (right - left)).astype(np.int64)
    block, lane = area.find(*np.broadcast_arrays(down[:, None], across[None, :]))
    found = np.where(block >= 0, tiles.ranks[block, lane], np.int8(-1))

    def mark(latitude: float, longitude: float, rank: int | None) -> None:
        y = (top - latitude * mesh.ROWS) / (top - bottom) * height
        x = ((longitude - mesh.WEST) * mesh.COLUMNS - left) / (right - left) * width
        y0, x0 = int(y), int(x)
        if not (RADIUS <= y0 < height - RADIUS and RADIUS <= x0 < width - RADIUS):
            return
        part = found[y0 - RADIUS : y0 + RADIUS + 1, x0 - RADIUS : x0 + RADIUS + 1]
        dy, dx = np.ogrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
        if rank is None:
            part[:] = np.where((dx + dy) % 4 < 2, BORDER, 0)
            return
        away = dy**2 + dx**2
        part[away <= RADIUS**2] = BORDER
        part[away <= (RADIUS - 1) ** 2 - 1] = rank

    ranked = [(CLASSES.index(each.intensity_class), each) for each in stations]
    for rank, each in sorted(ranked, key=lambda pair: pair[0]):
        mark(each.latitude, each.longitude, rank)
    for latitude, longitude in silent:
        mark(latitude, longitude, None)
    return png(found)


class Tiles:
    """Web tiles (x, y, zoom; spherical Mercator) of one map, drawn when asked for; ``ranks`` of classes (b, 16)."""

    def __init__(self, area: Area, ranks: NDArray[np.int8]) -> None:
        self.area = area
        self.ranks = np.where(area.labels >= 0, ranks, np.int8(-1)).astype(np.int8)

    @classmethod
    def of(cls, area: Area, drawn: Single) -> Tiles:
        """Of a map's intensities (b, 16)."""
        return cls(area, classify_all(drawn))

    def draw(self, zoom: int, x: int, y: int) -> bytes | None:
        """The tile's PNG, None where it would be empty. A pixel shows the cell in which its centre lies."""
        across = 2.0**zoom
        pixel = (np.arange(TILE) + 0.5) / TILE
        longitude = (x + pixel) / across * 360 - 180
        latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + pixel) / across))))
        columns = np.floor((longitude - mesh.WEST) * mesh.COLUMNS).astype(np.int64)
        rows = np.floor(latitude * mesh.ROWS).astype(np.int64)
        if rows[0] < self.area.rows[0] * mesh.SIDE or rows[-1] > (self.area.rows[-1] + 1) * mesh.SIDE:
            return None
        block, lane = self.area.find(*np.broadcast_arrays(rows[:, None], columns[None, :]))
        ranks = np.where(block >= 0, self.ranks[block, lane], np.int8(-1))
        if not (ranks >= 0).any():
            return None
        if zoom >= _BORDERS_FROM:
            town = np.where(block >= 0, self.area.labels[block, lane], np.int16(-1))
            inside = town[:-1, :-1] >= 0
            east, south = town[:-1, 1:], town[1:, :-1]
            other = ((east >= 0) & (east != town[:-1, :-1])) | ((south >= 0) & (south != town[:-1, :-1]))
            ranks[:-1, :-1][inside & other] = BORDER
        return png(ranks)

    def touching(self, zoom: int) -> list[tuple[int, int]]:
        """x and y of the tiles in which a mesh of the area lies, in order."""
        latitude, longitude = mesh.centre_of(self.area.rows * mesh.SIDE + 1.5, self.area.columns * mesh.SIDE + 1.5)
        across = 2**zoom
        x = np.floor((longitude + 180) / 360 * across).astype(int)
        y = np.floor((1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2 * across).astype(int)
        return [(int(a), int(b)) for a, b in np.unique(np.column_stack([x, y]), axis=0)]

    def write(self, folder: str | Path, zooms: Iterable[int]) -> int:
        """Write ``folder/zoom/x/y.png`` for every tile that is not empty; answers how many."""
        written = 0
        for zoom in zooms:
            for x, y in self.touching(zoom):
                if (picture := self.draw(zoom, x, y)) is not None:
                    target = Path(folder, str(zoom), str(x), f"{y}.png")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(picture)
                    written += 1
        return written
