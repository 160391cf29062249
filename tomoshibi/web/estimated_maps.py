"""Pages of the estimated maps in ``TOMOSHIBI_HOME/maps/<name>/``: those of incidents, which are drawn by themselves and
where somebody asks for them, and those that ``tomoshibi map draw`` wrote.

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
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from tomoshibi.incidents import estimating, network_state, queries
from tomoshibi.incidents.shocks import lacks
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.navigation import Item
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.shaking.mapping import drawing
from tomoshibi.shaking.mapping.area import Area
from tomoshibi.shaking.mapping.attenuation import DEEPEST
from tomoshibi.shaking.mapping.render import Tiles
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

TITLE = T("推計震度分布", "Estimated intensity maps")
FILES = {
    "map.png": T("地図(PNG)", "Map (PNG)"),
    "map.geojson": T("地図(GeoJSON)", "Map (GeoJSON)"),
    "intensity.tif": T("震度(GeoTIFF)", "Intensity (GeoTIFF)"),
    "deviation.tif": T("不確かさ(GeoTIFF)", "Uncertainty (GeoTIFF)"),
    "towns.csv": T("市町村の表(CSV)", "Municipalities (CSV)"),
    "stations.geojson": T("観測点(GeoJSON)", "Stations (GeoJSON)"),
}
#: who may have maps drawn: whoever writes into the timeline
ASKS = "incidents.note_recorded"
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
    return estimating.folder()


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
    shocks = list(queries.open_incidents().filter(hazard=Hazard.EARTHQUAKE.value)[:5])
    titles = dict(queries.incidents().values_list("subject", "title"))
    for said in found:
        said["incident_title"] = titles.get(said.get("incident") or "", "")
    context = {
        "title": TITLE,
        "maps": found,
        "folder": _folder(),
        "shocks": [(row, estimating.waiting(row.subject)) for row in shocks],
        "network": network_state.kept() is not None,
        "network_waiting": estimating.waiting(""),
        "lacks": lacks(),
        "ground": estimating.ground_folder(),
        "may_ask": actor_on(request).may(ASKS),
    }
    return render(request, "web/estimated_maps.html", context)


@reading(ASKS)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Have the map of an incident (its reference), or of what our own network felt last, drawn in the background."""
    incident, source = request.POST.get("incident", ""), request.POST.get("from", "bulletins")
    if source not in ("bulletins", "network") or (incident and queries.incident(incident) is None):
        raise Http404(incident)
    if not incident and source != "network":
        raise Http404(source)
    if not estimating.waiting(incident):
        estimating.ask(incident, "network" if source == "network" else "bulletins")
    return HttpResponseRedirect(reverse("estimated_maps:maps"))


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
        "frames": [f"{datetime.fromisoformat(at).astimezone(JAPAN):%H:%M:%S}" for at in said.get("frames", ())],
        "frame_tiles": reverse("estimated_maps:frame", args=[name, 0, 0, 0, 0]).replace(
            "/0/0/0/0.png", "/{f}/{z}/{x}/{y}.png"
        ),
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
        "incident": queries.incident(said["incident"]) if said.get("incident") else None,
        "deep": bool(said.get("source")) and said["source"]["depth"] > DEEPEST,
        "towns": shown,
        "all_towns": len(lines),
        "least": least,
        "classes": CLASSES[1:],
        "columns": CLASSES[4:],
        "unreported": [line for line in lines if line.unreported],
        "printed": (_folder() / name / "map.png").is_file(),
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
@cache_control(private=True, max_age=3600)
def frame(request: HttpRequest, name: str, number: int, zoom: int, x: int, y: int) -> HttpResponse:
    """A tile of a moment of the shock, drawn now; a transparent one where there is nothing."""
    path = _folder() / name / drawing.FRAMES
    if not _NAME.fullmatch(name) or name.startswith(".") or zoom > 14:
        raise Http404(name)
    try:
        found = _frames(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError) as error:
        raise Http404(name) from error
    if number >= len(found):
        raise Http404(str(number))
    return HttpResponse(found[number].draw(zoom, x, y) or _EMPTY, content_type="image/png")


@lru_cache(maxsize=2)
def _frames(path: Path, stamp: int) -> list[Tiles]:
    with np.load(path, allow_pickle=False) as kept:
        area = Area(kept["rows"], kept["columns"], kept["labels"], ())
        return [Tiles(area, ranks) for ranks in kept["ranks"]]


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
    path("ask/", ask, name="ask"),
    path("<str:name>/", one, name="one"),
    path("<str:name>/tiles/<int:zoom>/<int:x>/<int:y>.png", tile, name="tile"),
    path("<str:name>/frames/<int:number>/<int:zoom>/<int:x>/<int:y>.png", frame, name="frame"),
    path("<str:name>/files/<str:which>", file, name="file"),
]
navigation = [Item("headquarters", TITLE, "estimated_maps:maps", "incidents.read")]
