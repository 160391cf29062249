"""The areas of a telegram as a drawing (SVG), where the town's own layers and areas have their outlines.

JMA's outlines are none of the program's: the town imports them as a layer of the map (``tomoshibi places
import-layer``). A feature belongs to an area of a telegram where a property of it is the area's code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tomoshibi.bulletins import Area, Bulletin, BulletinError
from tomoshibi.bulletins.cap import read_alert
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.places import queries as places
from tomoshibi.places.models import AreaRow
from tomoshibi.places.subjects import LayerKind

#: width of the drawing in its own units, and most points of an outline
WIDTH, POINTS = 640.0, 400
#: properties that hold an area's code in JMA's GIS data, the MLIT's N03, and what towns export
CODES = ("code", "regioncode", "CODE", "areacode", "N03_007", "JCODE")
NAMES = ("name", "regionname", "N03_004")

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """One area: its name, the path of its outline, the name of its colour, what is said there.

    A ``line`` has no inside: a coast.
    """

    name: str
    path: str
    tone: str
    word: str
    line: bool = False


@dataclass(frozen=True)
class Drawing:
    """Shapes in a view box; ``drawn`` are the codes of the areas that are among them."""

    shapes: tuple[Shape, ...]
    width: float
    height: float
    drawn: frozenset[str]


def drawing(bulletin: Bulletin, data: bytes) -> Drawing | None:
    """The drawing of a telegram's areas; None where none of them has an outline here. ``data`` are its bytes."""
    found: list[tuple[Area, list[Ring]]] = []
    if bulletin.type == "cap":
        found.extend(_of_alert(bulletin, data))
    else:
        outlines = _outlines({area.code: area.name for area in bulletin.everywhere})
        graver = sorted(_worst(bulletin.everywhere), key=lambda area: area.grade)
        found.extend((area, outlines[area.code]) for area in graver if area.code in outlines)
    if not found:
        return None
    return _drawn(found)


def _worst(areas: Iterable[Area]) -> Iterator[Area]:
    """Each area once, with the gravest that is said of it."""
    best: dict[str, Area] = {}
    for area in areas:
        said = area._replace(grade=0, level=None) if area.lifted else area
        if area.code not in best or gravity(best[area.code]) < gravity(said):
            best[area.code] = said
    return iter(best.values())


def gravity(area: Area) -> tuple[int, int]:
    """How grave what is said of an area is, by intensity, then by grade or level: for sorting."""
    return area.intensity.order if area.intensity else 0, max(area.grade, area.level or 0)


def tone(area: Area) -> str:
    """The name of JMA's colour of what is said of an area: by intensity, tsunami or level."""
    if area.intensity is not None:
        return f"shindo-{area.intensity.order}"
    if area.scheme == "津波予報区" and area.kind_code:
        return f"tsunami-{area.kind_code}"
    return f"level-{max(1, area.level or area.grade)}" if not area.lifted else "level-1"


def said(area: Area) -> str:
    """What is said of an area, in words of the telegram."""
    return area.intensity.label if area.intensity else area.kind or area.height or area.condition


def _outlines(names: dict[str, str]) -> dict[str, list[Ring]]:
    """Outlines by code: of areas that the town drew, else of its layers. Five digits stand for JMA's seven.

    JMA's code lists reuse one another's numbers: a feature that has a name must have the area's.
    """
    found: dict[str, list[Ring]] = {}
    for row in AreaRow.objects.filter(closed=False, code__in=names).exclude(geometry=""):
        found[row.code] = list(_rings(json.loads(row.geometry)))
    for layer in places.layers().filter(kind__in=[LayerKind.AREAS.value, LayerKind.BASE.value]):
        index = _index(str(datasets.path_of(layer.sha256)), layer.sha256)
        for code in set(names) - set(found):
            features = index.get(code) or (index.get(code[:5], []) if len(code) == 7 and code.endswith("00") else [])
            rings = [ring for named, rings in features if _meant(named, names[code]) for ring in rings]
            if rings:
                found[code] = rings
    return found


def _meant(named: frozenset[str], name: str) -> bool:
    """Whether a feature with those names is the area: 福島県いわき市 is いわき市; one without a name is by its code."""
    return not named or not name or any(n.endswith(name) or name.endswith(n) for n in named)


@lru_cache(maxsize=8)
def _index(path: str, sha256: str) -> dict[str, list[tuple[frozenset[str], list[Ring]]]]:
    """Names and outlines of a layer's features by every code that they have; empty where it is not on this machine."""
    try:
        collection = json.loads(datasets.require(sha256).read_bytes())
    except Refused:
        return {}
    found: dict[str, list[tuple[frozenset[str], list[Ring]]]] = {}
    for feature in collection.get("features", ()):
        geometry, properties = feature.get("geometry"), feature.get("properties") or {}
        codes = {str(properties[key]) for key in CODES if properties.get(key)}
        if geometry and geometry.get("type") in ("Polygon", "MultiPolygon", "LineString", "MultiLineString"):
            rings = list(_rings(geometry))
            named = frozenset(str(properties[key]) for key in NAMES if properties.get(key))
            for code in codes:
                found.setdefault(code, []).append((named, rings))
    return found


def _rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    """Outer rings and lines of a geometry, thinned, as (lon, lat)."""
    shape, coordinates = geometry["type"], geometry["coordinates"]
    rings = {
        "Polygon": lambda: coordinates[:1],
        "MultiPolygon": lambda: [polygon[0] for polygon in coordinates],
        "LineString": lambda: [coordinates],
        "MultiLineString": lambda: coordinates,
    }[shape]()
    for ring in rings:
        step = max(1, len(ring) // POINTS)
        yield [(float(p[0]), float(p[1])) for p in (*ring[::step], ring[-1])]


def _of_alert(bulletin: Bulletin, data: bytes) -> Iterator[tuple[Area, list[Ring]]]:
    """Polygons and circles that a CAP alert gives itself."""
    try:
        alert = read_alert(data, bulletin.source)
    except BulletinError:
        return
    said_of = {area.name: area for area in bulletin.everywhere}
    drawn: set[str] = set()
    for info in alert.infos:
        for place in info.areas:
            rings = [[(p.lon, p.lat) for p in polygon] for polygon in place.polygons]
            rings += [_circle(c.lat, c.lon, c.radius_km) for c in place.circles]
            if rings and place.description not in drawn:
                drawn.add(place.description)
                yield said_of.get(place.description, Area("", place.description)), rings


def _circle(lat: float, lon: float, radius_km: float) -> Ring:
    """A circle as a ring of 48 points; a radius of 0 is a point, shown as 1 km."""
    north = max(radius_km, 1.0) / 111.2
    east = north / max(0.01, math.cos(math.radians(lat)))
    turns = [math.tau * i / 48 for i in range(49)]
    return [(lon + east * math.sin(a), lat + north * math.cos(a)) for a in turns]


def _drawn(found: list[tuple[Area, list[Ring]]]) -> Drawing:
    points = [p for _, rings in found for ring in rings for p in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
    scale = WIDTH / max(wide, high)

    def path(rings: list[Ring]) -> str:
        lines = []
        for ring in rings:
            steps = (f"{(x - west) * squeeze * scale + 4:.1f} {(north - y) * scale + 4:.1f}" for x, y in ring)
            lines.append("M" + "L".join(steps))
        return "".join(lines)

    shapes = tuple(
        Shape(area.name, path(rings), tone(area), said(area), line=any(ring[0] != ring[-1] for ring in rings))
        for area, rings in found
    )
    return Drawing(shapes, wide * scale + 8, high * scale + 8, frozenset(area.code for area, _ in found))
