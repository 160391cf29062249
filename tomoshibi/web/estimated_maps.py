"""Pages of the estimated maps that ``tomoshibi map draw`` wrote into ``TOMOSHIBI_HOME/maps/<name>/``.

A map is a folder of files that never change; nothing here is a fact of the journal. A folder is a map once its
``map.json`` is there, which is written last.
"""

from __future__ import annotations

import csv
import json
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import cache_control

from tomoshibi.journal.navigation import Item
from tomoshibi.journal.pages import reading
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

TITLE = T("推計震度分布", "Estimated intensity maps")
FILES = {
    "map.geojson": T("地図(GeoJSON)", "Map (GeoJSON)"),
    "intensity.tif": T("震度(GeoTIFF)", "Intensity (GeoTIFF)"),
    "deviation.tif": T("不確かさ(GeoTIFF)", "Uncertainty (GeoTIFF)"),
    "towns.csv": T("市町村の表(CSV)", "Municipalities (CSV)"),
    "stations.geojson": T("観測点(GeoJSON)", "Stations (GeoJSON)"),
}
_NAME = re.compile(r"[\w.-]{1,80}")


@dataclass(frozen=True)
class TownLine:
    """A municipality on the page; classes are None where there is no value."""

    code: str
    name: str
    estimated: str
    estimated_class: IntensityClass | None
    observed: str
    observed_class: IntensityClass | None
    sizes: list[str]
    unreported: bool


def _folder() -> Path:
    return Path(settings.TOMOSHIBI_HOME) / "maps"


def _summary(name: str) -> dict[str, Any]:
    """What a map says of itself.

    :raises Http404: no such map
    """
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise Http404(name)
    try:
        said: dict[str, Any] = json.loads((_folder() / name / "map.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Http404(name) from error
    said["name"] = name
    if said.get("source"):
        said["source"]["origin"] = datetime.fromisoformat(said["source"]["origin"])
    said["drawn"] = datetime.fromisoformat(said["drawn"])
    return said


@reading("incidents.read")
def maps(request: HttpRequest) -> HttpResponse:
    """All maps, the newest first."""
    found = []
    for each in _folder().glob("*/map.json"):
        try:
            found.append(_summary(each.parent.name))
        except Http404:
            continue
    found.sort(key=lambda said: said["drawn"], reverse=True)
    return render(request, "web/estimated_maps.html", {"title": TITLE, "maps": found, "folder": _folder()})


@reading("incidents.read")
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One map with its stations and its municipalities from a chosen class."""
    said = _summary(name)
    lines = _towns(name)
    try:
        least = IntensityClass.parse(request.GET.get("least", "4"))
    except ValueError:
        least = IntensityClass.FOUR
    shown = [line for line in lines if line.unreported or _strongest(line) >= least]
    shapes = {
        "tiles": reverse("estimated_maps:tile", args=[name, 0, 0, 0]).replace("/0/0/0.png", "/{z}/{x}/{y}.png"),
        "stations": reverse("estimated_maps:file", args=[name, "stations.geojson"]),
        "silent": said["silent"],
        "bounds": said["bounds"],
        "zooms": said["zooms"],
        "classes": [{"label": k.value, "text": str(k.text), "colour": k.colour, "ink": k.text_colour} for k in CLASSES],
    }
    context = {
        "title": TITLE,
        "map": said,
        "data": shapes,
        "ground": T(**said["ground_text"]),
        "towns": shown,
        "all_towns": len(lines),
        "least": least,
        "classes": CLASSES[1:],
        "columns": CLASSES[4:],
        "unreported": [line for line in lines if line.unreported],
        "files": [(key, text) for key, text in FILES.items() if (_folder() / name / key).is_file()],
    }
    return render(request, "web/estimated_map.html", context)


def _strongest(line: TownLine) -> IntensityClass:
    return max(k for k in (line.estimated_class, line.observed_class, IntensityClass.ZERO) if k is not None)


def _towns(name: str) -> list[TownLine]:
    try:
        with (_folder() / name / "towns.csv").open(encoding="utf-8-sig", newline="") as lines:
            return [
                TownLine(
                    row["code"],
                    row["name"],
                    row["estimated_max"],
                    IntensityClass.parse(row["estimated_class"]) if row["estimated_class"] else None,
                    row["observed_max"],
                    IntensityClass.parse(row["observed_class"]) if row["observed_class"] else None,
                    [row[f"km2_{klass.code}"] for klass in CLASSES[4:]],
                    row["unreported"] == "1",
                )
                for row in csv.DictReader(lines)
            ]
    except (OSError, ValueError, KeyError) as error:
        raise Http404(name) from error


@reading("incidents.read")
@cache_control(private=True, max_age=3600)
def tile(request: HttpRequest, name: str, zoom: int, x: int, y: int) -> HttpResponse:
    """A tile; a transparent one where the map has none, which is no fault."""
    said = _folder() / name / "tiles" / str(zoom) / str(x) / f"{y}.png"
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise Http404(name)
    try:
        return HttpResponse(said.read_bytes(), content_type="image/png")
    except OSError:
        return HttpResponse(_EMPTY, content_type="image/png")


@reading("incidents.read")
def file(request: HttpRequest, name: str, which: str) -> FileResponse:
    """One of the map's files."""
    _summary(name)
    target = _folder() / name / which
    if which not in FILES or not target.is_file():
        raise Http404(which)
    return FileResponse(target.open("rb"), as_attachment=True, filename=f"{name}-{which}")


def _empty() -> bytes:
    """A transparent picture of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 4, 0, 0, 0)  # grey with opacity
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0\0\0")), (b"IEND", b""))
    made = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


_EMPTY = _empty()

app_name = "estimated_maps"
mount = "estimated-maps/"
urlpatterns = [
    path("", maps, name="maps"),
    path("<str:name>/", one, name="one"),
    path("<str:name>/tiles/<int:zoom>/<int:x>/<int:y>.png", tile, name="tile"),
    path("<str:name>/files/<str:which>", file, name="file"),
]
navigation = [Item("headquarters", TITLE, "estimated_maps:maps", "incidents.read")]
