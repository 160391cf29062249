"""GeoJSON in: what is read from it, and what is wrong with each feature (RFC 7946).

Coordinates are longitude, latitude in degrees, WGS 84; Japan's JGD2011 differs by less than a metre and is taken as it
is. An XSD or a JSON schema lets open and self-crossing polygons through, and a map then paints the wrong side, so the
shapes themselves are checked (with GEOS, through shapely).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from tomoshibi.journal.facts import Refused
from tomoshibi.vocabulary import T

#: largest GeoJSON file that is taken whole, bytes; what is larger belongs into PMTiles
LARGEST = 64 << 20
#: names of reference systems in which degrees mean what the map means by them (WGS 84, JGD2011, JGD2000)
DEGREES = ("CRS84", "4326", "6668", "4612")
#: how deep each geometry's coordinates are nested
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class GeometryError(Refused):
    """A geometry or a GeoJSON file that cannot be used."""


@dataclass(frozen=True, slots=True)
class BadFeature:
    """A feature that cannot be drawn: its place in the file (from 1; 0: several), its name, and what is wrong."""

    number: int
    name: str
    what: T

    @property
    def text(self) -> T:
        """One sentence: ``3番「平地区」: …``."""
        number = T(f"{self.number}番", f" {self.number}") if self.number else T("", "")
        name = T(f"「{self.name}」", f" “{self.name}”") if self.name else T("", "")
        return T("{n}{name}: {what}", "Feature{n}{name}: {what}").format(n=number, name=name, what=self.what)

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Features:
    """What a GeoJSON file holds: features that can be drawn, and those that cannot.

    ``box`` is west, south, east, north in degrees, empty where there is no feature.
    """

    good: tuple[dict[str, Any], ...]
    bad: tuple[BadFeature, ...]
    box: tuple[float, float, float, float] | tuple[()]


def read_geojson(content: bytes) -> Features:
    """The features of a GeoJSON file (FeatureCollection, Feature or bare geometry; UTF-8, with or without a BOM).

    Raises :class:`GeometryError` where the file as a whole cannot be used: too large, no GeoJSON, another reference
    system.
    """
    if len(content) > LARGEST:
        raise GeometryError(
            T(
                f"GeoJSON が大きすぎます（{len(content) >> 20} MB、上限 {LARGEST >> 20} MB）。"
                "範囲を分けるか、頂点を減らしてください。",
                f"The GeoJSON is too large ({len(content) >> 20} MB; at most {LARGEST >> 20} MB). "
                "Cut it up, or simplify it.",
            )
        )
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise GeometryError(
            T(
                f"GeoJSON として読めません（{error}）。UTF-8 の GeoJSON で書き出し直してください。",
                f"This cannot be read as GeoJSON ({error}). Export it again as GeoJSON in UTF-8.",
            )
        ) from None
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        features = data["features"]
    elif kind == "Feature":
        features = [data]
    elif kind in DEPTH:
        features = [{"type": "Feature", "properties": {}, "geometry": data}]
    else:
        raise GeometryError(
            T(
                "GeoJSON の FeatureCollection ではありません。地図ソフトから GeoJSON で書き出してください。",
                "This is no GeoJSON FeatureCollection. Export it as GeoJSON from the mapping program.",
            )
        )
    _degrees(data)
    good: list[dict[str, Any]] = []
    bad: list[BadFeature] = []
    for number, feature in enumerate(features, 1):
        what = _feature_fault(feature)
        if what is None:
            properties = feature.get("properties") or {}
            good.append({"type": "Feature", "properties": properties, "geometry": feature["geometry"]})
        else:
            bad.append(BadFeature(number, _name(feature), what))
    return Features(tuple(good), tuple(bad), box_of(f["geometry"] for f in good))


def check_polygon(geometry: Any) -> None:
    """Raise :class:`GeometryError` unless ``geometry`` is a valid GeoJSON Polygon or MultiPolygon."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise GeometryError(
            T("範囲は Polygon か MultiPolygon で書いてください。", "An extent is a Polygon or a MultiPolygon."),
            "geometry",
        )
    what = fault(geometry)
    if what is not None:
        raise GeometryError(T("範囲の形: {what}", "The extent: {what}").format(what=what), "geometry")


def fault(geometry: Any) -> T | None:
    """What is wrong with a GeoJSON geometry; None where nothing is."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        return next((w for g in geometry["geometries"] if (w := fault(g)) is not None), None)
    if kind not in DEPTH:
        return T("形の種類が分かりません。", "The kind of geometry is unknown.")
    points: list[tuple[float, float]] = []
    if not _collect(geometry.get("coordinates"), DEPTH[kind], points) or not points:
        return T("座標の並びが正しくありません。", "The coordinates are not arranged as this kind needs.")
    if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for lon, lat in points):
        if all(-180 <= lat <= 180 and -90 <= lon <= 90 for lon, lat in points):
            return T(
                "緯度と経度が逆です。経度、緯度の順に書いてください。",
                "Latitude and longitude are swapped: longitude comes first.",
            )
        return T(
            "座標が度ではありません。緯度経度（度）で書き出し直してください。",
            "The coordinates are not degrees. Export in degrees.",
        )
    rings: list[Any] = []
    if kind == "Polygon":
        rings = geometry["coordinates"]
    elif kind == "MultiPolygon":
        rings = [ring for polygon in geometry["coordinates"] for ring in polygon]
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:
            return T(
                "輪が閉じていません。最後の点を最初の点と同じにしてください。",
                "A ring is open: its last point must equal its first.",
            )
    return _invalid(geometry) if rings else None


def box_of(geometries: Any) -> tuple[float, float, float, float] | tuple[()]:
    """West, south, east and north of sound geometries, degrees; empty where there is none."""
    points: list[tuple[float, float]] = []
    for geometry in geometries:
        for part in geometry["geometries"] if geometry["type"] == "GeometryCollection" else [geometry]:
            _collect(part["coordinates"], DEPTH[part["type"]], points)
    if not points:
        return ()
    lons, lats = zip(*points, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _invalid(geometry: dict[str, Any]) -> T | None:
    import shapely
    from shapely.geometry import shape

    reason = shapely.is_valid_reason(shape(geometry))
    if reason == "Valid Geometry":
        return None
    what, _, where = reason.partition("[")
    known = {
        "Self-intersection": T("線が自分自身と交わっています", "The outline crosses itself"),
        "Ring Self-intersection": T("線が自分自身に触れています", "The outline touches itself"),
        "Hole lies outside shell": T("穴が外側にあります", "A hole lies outside"),
        "Interior is disconnected": T("内側が切れています", "The inside is cut apart"),
        "Nested shells": T("面が重なっています", "Polygons lie within one another"),
    }.get(what, T(f"形が正しくありません（{what}）", f"The shape is not valid ({what})"))
    at = ", ".join(where.rstrip("]").split())
    if not at:
        return T("{what}。", "{what}.").format(what=known)
    return T("{what}（経度, 緯度 {at}）。", "{what} (longitude, latitude {at}).").format(what=known, at=at)


def _collect(value: Any, depth: int, into: list[tuple[float, float]]) -> bool:
    """Put the positions of a coordinate array nested ``depth`` deep into ``into``; False where it is not such."""
    if not isinstance(value, list):
        return False
    if depth:
        return bool(value) and all(_collect(inner, depth - 1, into) for inner in value)
    if len(value) < 2 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in value[:2]):
        return False
    if not all(math.isfinite(n) for n in value[:2]):
        return False
    into.append((value[0], value[1]))
    return True


def _degrees(data: dict[str, Any]) -> None:
    """Refuse a file that says (as GeoJSON of 2008 could) that its coordinates are of another system."""
    crs = data.get("crs")
    if not isinstance(crs, dict):
        return
    name = str((crs.get("properties") or {}).get("name", ""))
    if name and not name.endswith(DEGREES):
        raise GeometryError(
            T(
                f"座標系 {name} は使えません。緯度経度（WGS 84 または JGD2011）で書き出し直してください。",
                f"The reference system {name} is not taken. Export in degrees (WGS 84 or JGD2011).",
            )
        )


def _feature_fault(feature: Any) -> T | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return T("Feature ではありません。", "It is no Feature.")
    if not isinstance(feature.get("properties") or {}, dict):
        return T("properties が正しくありません。", "Its properties are not an object.")
    if feature.get("geometry") is None:
        return T("形がありません。", "It has no geometry.")
    return fault(feature["geometry"])


def _name(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    for key in ("name", "名称", "NAME", "S_NAME", "施設・場所名", "MOJI"):
        if properties.get(key):
            return str(properties[key])
    return ""


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")
