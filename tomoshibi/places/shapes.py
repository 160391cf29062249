"""Areas from GeoJSON: every polygon becomes the extent of the area that its properties name, known or new.

Made for what towns have: 町丁目 boundaries of the census (``S_NAME``, ``KEY_CODE``), hazard maps, JMA's areas.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from tomoshibi.journal.access import Actor
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.geometry import BadFeature, GeometryError, read_geojson
from tomoshibi.places.importing import BATCH
from tomoshibi.places.keys import natural
from tomoshibi.places.layers import LayerRefused
from tomoshibi.places.models import AreaRow
from tomoshibi.places.queries import here
from tomoshibi.places.subjects import Area, AreaKind
from tomoshibi.vocabulary import T

#: decimals of a degree that are kept: a tenth of a metre
DECIMALS = 6
NAMES = ("name", "名称", "S_NAME", "町丁目", "地区名")
CODES = ("code", "KEY_CODE", "コード", "regioncode")


def load_areas(
    content: bytes,
    actor: Actor,
    *,
    area_kind: AreaKind,
    name_property: str = "",
    code_property: str = "",
    accept_good: bool = False,
) -> tuple[int, int, tuple[BadFeature, ...]]:
    """Record the areas of a GeoJSON file; returns how many are new, how many changed, and the features left out.

    Features of the same name and code are one area of several parts. An area that is known by its code, else by its
    name, takes the extent; others are made, of ``area_kind``. The same file twice records nothing more. Raises
    :class:`GeometryError` for a file that cannot be used, :class:`LayerRefused` for one with bad features unless
    ``accept_good`` is said.
    """
    from shapely.geometry import shape

    found = read_geojson(content)
    names, codes = (name_property,) if name_property else NAMES, (code_property,) if code_property else CODES
    bad = [*found.bad, *_unusable(found.good, names)]
    parts: dict[tuple[str, str], list[Any]] = {}
    for feature in found.good:
        name, code = _said(feature, names), _said(feature, codes)
        if name and feature["geometry"]["type"] in ("Polygon", "MultiPolygon"):
            parts.setdefault((name, code), []).append(shape(feature["geometry"]))
    if not parts:
        raise GeometryError(T("名前のついた面がありません。", "There is no polygon with a name."))
    whole = {named: geometry for named, shapes in parts.items() if (geometry := _geometry(shapes))}
    small = T("小さすぎて範囲になりません。", "It is too small to be an area.")
    bad += [BadFeature(0, name, small) for name, code in parts.keys() - whole.keys()]
    if bad and not accept_good:
        raise LayerRefused(tuple(bad), len(whole))
    rows = list(AreaRow.objects.all())
    by_code, by_name = {r.code: r for r in rows if r.code}, {r.name: r for r in rows}
    drafts, new = [], 0
    for (name, code), geometry in whole.items():
        known = by_code.get(code) if code else by_name.get(name)
        if known is None:
            fact = AreaDescribed(name=name, code=code, area_kind=area_kind, geometry=geometry)
            drafts.append(Draft(fact, natural(Area, here(), code or name)))
            new += 1
        elif not known.geometry or json.loads(known.geometry) != geometry:
            drafts.append(Draft(AreaDescribed(geometry=geometry), known.subject))
    for batch in batched(drafts, BATCH):
        record(batch, actor)
    return new, len(drafts) - new, tuple(bad)


def _unusable(features: Iterable[dict[str, Any]], names: Iterable[str]) -> Iterator[BadFeature]:
    for number, feature in enumerate(features, 1):
        if feature["geometry"]["type"] not in ("Polygon", "MultiPolygon"):
            yield BadFeature(number, _said(feature, names), T("面ではありません。", "It is no polygon."))
        elif not _said(feature, names):
            listed = ", ".join(names)
            yield BadFeature(number, "", T(f"名前がありません（{listed}）。", f"It has no name ({listed})."))


def _said(feature: dict[str, Any], properties: Iterable[str]) -> str:
    """The first of these properties that says something."""
    return next((str(feature["properties"][p]).strip() for p in properties if feature["properties"].get(p)), "")


def _geometry(parts: list[Any]) -> dict[str, Any] | None:
    """One geometry of several, on a grid of a tenth of a metre; None where nothing is left of it.

    Merely rounding would let thin corners cross.
    """
    import shapely
    from shapely.geometry import mapping

    whole = shapely.set_precision(shapely.union_all(parts), 10**-DECIMALS)
    if whole.is_empty or whole.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    flat: dict[str, Any] = json.loads(json.dumps(mapping(whole)))
    return {"type": flat["type"], "coordinates": _rounded(flat["coordinates"])}


def _rounded(value: Any) -> Any:
    if value and isinstance(value[0], int | float):
        return [round(value[0], DECIMALS), round(value[1], DECIMALS)]
    return [_rounded(inner) for inner in value]
