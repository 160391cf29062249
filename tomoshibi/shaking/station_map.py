"""Stations on a map by class: as a picture, or as GeoJSON that any map (and Tomoshibi's own layers) takes in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import Any

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.plot import font
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

#: what a map can be written as
ENDINGS = (".geojson", ".png", ".pdf", ".svg")


@dataclass(frozen=True, slots=True)
class Observed:
    """One station's intensity: degrees north and east, measured intensity with one decimal, its class."""

    station: str
    name: str
    latitude: float
    longitude: float
    intensity: float
    intensity_class: IntensityClass


def geojson(stations: Iterable[Observed]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946) of points; ``colour`` is JMA's for the class."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]},
                "properties": {
                    "station": each.station,
                    "name": each.name,
                    "intensity": each.intensity,
                    "class": each.intensity_class.value,
                    "colour": each.intensity_class.colour,
                },
            }
            for each in stations
        ],
    }


def draw_map(stations: Sequence[Observed], path: str | Path, outline: str | Path | None = None) -> None:
    """Write a map; the file's ending (.geojson, .png, .pdf, .svg) says the format.

    :param outline: GeoJSON file of polygons or lines drawn below the stations, such as JMA's areas
    :raises RecordError: without a station, or for an outline that cannot be read
    """
    if not stations:
        raise RecordError(T("位置の分かる観測点がありません", "no station whose place is known"))
    if Path(path).suffix.lower() == ".geojson":
        text = json.dumps(geojson(stations), ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")
        return
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.family": font(), "axes.unicode_minus": False, "svg.hashsalt": "tomoshibi"}):
        figure = Figure(figsize=(8, 8), layout="constrained")
        axis: Any = figure.subplots()
        west, east, south, north = _frame(stations)
        if outline is not None:
            for line in _lines(Path(outline)):
                axis.plot(*zip(*line, strict=True), color="#888888", linewidth=0.6, zorder=1)
        # the strongest last, so that nothing hides it
        for each in sorted(stations, key=lambda each: each.intensity):
            klass = each.intensity_class
            axis.annotate(
                klass.value,
                (each.longitude, each.latitude),
                ha="center",
                va="center",
                fontsize=8,
                color=klass.text_colour,
                bbox={
                    "boxstyle": "square,pad=0.3",
                    "facecolor": klass.colour,
                    "edgecolor": "#333333",
                    "linewidth": 0.6,
                },
                zorder=2 + klass.order,
            )
        axis.set_xlim(west, east)
        axis.set_ylim(south, north)
        axis.set_aspect(1 / cos(radians((south + north) / 2)))
        axis.set_xlabel(str(T("東経", "longitude")))
        axis.set_ylabel(str(T("北緯", "latitude")))
        axis.grid(alpha=0.3)
        strongest = max(stations, key=lambda each: each.intensity)
        title = T(
            "観測点の震度 最大 {label} ({i:.1f}、{n}地点)", "Intensity of {n} stations, largest {label} ({i:.1f})"
        )
        values = {"i": strongest.intensity, "n": len(stations)}
        label = strongest.intensity_class.text
        filled = T(title.ja.format(label=label.ja, **values), title.en.format(label=label.en, **values))
        axis.set_title(str(filled))
        _legend(axis, {each.intensity_class for each in stations})
        nothing = {"Date": None} if str(path).endswith(".svg") else {"CreationDate": None}
        figure.savefig(path, dpi=110, metadata=None if str(path).endswith(".png") else nothing)


def _frame(stations: Sequence[Observed]) -> tuple[float, float, float, float]:
    """West, east, south, north, with room around; a single station gets about 50 km."""
    longitudes, latitudes = [s.longitude for s in stations], [s.latitude for s in stations]
    room = max(0.25, 0.08 * (max(longitudes) - min(longitudes)), 0.08 * (max(latitudes) - min(latitudes)))
    return min(longitudes) - room, max(longitudes) + room, min(latitudes) - room, max(latitudes) + room


def _legend(axis: Any, present: set[IntensityClass]) -> None:
    from matplotlib.patches import Patch

    shown = [klass for klass in reversed(CLASSES) if klass in present]
    handles = [Patch(facecolor=klass.colour, edgecolor="#333333", label=str(klass.text)) for klass in shown]
    axis.legend(handles=handles, loc="best", fontsize=8)


def _lines(path: Path) -> Iterator[list[tuple[float, float]]]:
    """Rings and lines of a GeoJSON file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        for feature in features:
            shape = feature.get("geometry", feature) or {"type": "none"}
            coordinates = shape.get("coordinates", [])
            depth = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}.get(shape["type"])
            if depth is not None:
                for line in _flat(coordinates, depth):
                    yield [(float(point[0]), float(point[1])) for point in line]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        reason = T(f"GeoJSON として読めません: {error}", f"not readable as GeoJSON: {error}")
        raise RecordError(reason, path) from error


def _flat(nested: list[Any], depth: int) -> Iterator[list[Any]]:
    if depth == 0:
        yield nested
        return
    for inner in nested:
        yield from _flat(inner, depth - 1)
