"""The map of the operations room: this room's own layers, and every layer as GeoJSON.

Telegrams name stations and give no coordinates. A station stands where a site or an area of ``places`` has its name;
our municipality as a whole stands at its head office. What has no place is in the list beside the map, and says so:
its geometry is null, as GeoJSON (RFC 7946) has it for what is not located.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse

from tomoshibi.incidents.felt import felt
from tomoshibi.incidents.panels import MapLayer, show_on_map
from tomoshibi.journal.access import Actor
from tomoshibi.places import layers as place_layers
from tomoshibi.places import queries as places
from tomoshibi.places.models import AreaCodeRow, AreaRow, SiteRow
from tomoshibi.places.subjects import AreaKind, SiteKind
from tomoshibi.vocabulary import IntensityClass, T

Feature = dict[str, Any]
#: sites that headquarters looks for first
LANDMARKS = (
    SiteKind.HEAD_OFFICE,
    SiteKind.BRANCH_OFFICE,
    SiteKind.FIRE_STATION,
    SiteKind.HOSPITAL,
)
INK, WATER = "#5C554B", "#0077B6"


def feature(geometry: dict[str, Any] | None, **properties: Any) -> Feature:
    """A GeoJSON feature; ``properties`` as :class:`~tomoshibi.incidents.panels.MapLayer` asks for."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(lat: float | None, lon: float | None) -> dict[str, Any] | None:
    """A GeoJSON point of degrees, or None where there are none."""
    return None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}


def collection(layer: MapLayer, incident: str, actor: Actor) -> dict[str, Any]:
    """A layer as ``actor`` sees it, as a FeatureCollection in the context's language."""
    features = [
        {**f, "properties": {k: str(v) if isinstance(v, T) else v for k, v in properties.items()}}
        for f, properties in _shown(layer, incident, actor)
    ]
    return {"type": "FeatureCollection", "name": str(layer.label), "features": features}


def _imported(incident: str) -> list[Feature]:
    found: list[Feature] = []
    for row in places.layers():
        try:
            inside = place_layers.features_of(row.subject)["features"]
        except LookupError:  # the file has not come to this node yet
            continue
        for item in inside:
            given = item.get("properties") or {}
            name = str(given.get("name") or given.get("名称") or row.name)
            found.append({**item, "properties": {"name": name, "state": row.name, "colour": INK, "shape": "line"}})
    return found


def _areas(incident: str) -> list[Feature]:
    found = []
    for row in places.areas(AreaKind.HAZARD, AreaKind.DISTRICT).exclude(geometry=""):
        hazard = row.kind == AreaKind.HAZARD
        found.append(
            feature(
                json.loads(row.geometry),
                name=row.name,
                state=T("災害想定区域", "Hazard zone") if hazard else T("地区", "District"),
                address=reverse("journal:subject", args=[row.subject]),
                needs=("places.read", ""),
                colour=WATER if hazard else INK,
                shape="area",
                faint=True,
            )
        )
    return found


def _landmarks(incident: str) -> list[Feature]:
    return [
        feature(
            point(row.lat, row.lon),
            name=row.name,
            state=SiteKind(row.kind).label,
            address=reverse("places:site", args=[row.subject.partition(":")[2]]),
            colour=INK,
            shape="square",
            faint=True,
        )
        for row in places.sites(*LANDMARKS)
        if row.lat is not None
    ]


def _shaking(incident: str) -> list[Feature]:
    seen = felt(incident) if incident else []
    where = _Places() if seen else None
    return [
        feature(
            where.of(item.name, item.station) if where else None,
            name=item.name,
            state=_excluded(item.intensity.text) if item.excluded else item.intensity.text,
            mark=_excluded(_short(item.intensity)) if item.excluded else _short(item.intensity),
            address=reverse("incidents:bulletin", args=[item.bulletin]),
            colour=INK if item.excluded else item.intensity.colour,
            shape="circle" if item.station else "diamond",
            **({"faint": True} if item.excluded else {}),
        )
        for item in seen
    ]


def _short(intensity: IntensityClass) -> T:
    """A class as it stands beside a mark."""
    if not intensity.known:
        return T("5弱以上？", "5 Lower or more?")
    return T(intensity.label, intensity.text.en.removeprefix("Intensity "))


def _excluded(word: T) -> T:
    """A class of a station that does not count."""
    return T(f"{word.ja}（除外）", f"{word.en} (left out)")


class _Places:
    """Where a name of a telegram lies, as far as places know."""

    def __init__(self) -> None:
        us, office = places.who_are_we(), places.head_office()
        self.ours = office
        self.names = {us.name} if us else set()
        self.sites: dict[str, SiteRow] = {}
        self.areas: list[AreaRow] = []
        if us:
            own = AreaCodeRow.objects.filter(ours=True, code__startswith=us.code[:5])
            self.names |= set(own.values_list("name", flat=True))
            self.sites = {s.name: s for s in places.sites().exclude(lat=None)}
            self.areas = list(places.areas(AreaKind.DISTRICT, AreaKind.BLOCK).exclude(geometry=""))

    def of(self, name: str, station: bool) -> dict[str, Any] | None:
        """The point of a station or an area of ours, None where nobody entered one."""
        if found := self.sites.get(name):
            return point(found.lat, found.lon)
        for area in self.areas:
            if area.name == name and None not in (area.south, area.north, area.west, area.east):
                return _middle(area)
        if not station and name in self.names and self.ours:
            return point(self.ours.lat, self.ours.lon)
        return None


def _middle(area: AreaRow) -> dict[str, Any] | None:
    from shapely.geometry import shape

    inside = shape(json.loads(area.geometry)).representative_point()
    return point(inside.y, inside.x)


def listed(layers: Iterable[MapLayer], incident: str, actor: Actor) -> list[tuple[MapLayer, list[dict[str, Any]]]]:
    """What lies on the map as a list: layer by layer, with ``located`` beside each feature's properties."""
    return [
        (layer, [{**p, "located": f["geometry"] is not None} for f, p in _shown(layer, incident, actor)])
        for layer in layers
    ]


def _shown(layer: MapLayer, incident: str, actor: Actor) -> Iterator[tuple[Feature, dict[str, Any]]]:
    """Features and their properties; a click leads nobody to a page that they may not open."""
    for made in layer.features(incident):
        properties = dict(made["properties"])
        needs = properties.pop("needs", None)
        if needs and not actor.may(*needs):
            properties["address"] = ""
        yield made, properties


AREAS = show_on_map(MapLayer("areas", T("地区・想定区域", "Districts and hazard zones"), _areas, "places.read"))
IMPORTED = show_on_map(MapLayer("imported", T("取り込んだ地図", "Imported layers"), _imported, "places.read"))
SITES = show_on_map(MapLayer("sites", T("庁舎・消防・病院", "Offices, fire, hospitals"), _landmarks, "places.read"))
SHAKING = show_on_map(MapLayer("shaking", T("震度", "Intensity"), _shaking, "incidents.read"))
