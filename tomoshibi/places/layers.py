"""Map layers: GeoJSON files kept inside as datasets, with where they came from and under what licence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tomoshibi.journal import datasets
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import LayerImported
from tomoshibi.places.geometry import BadFeature, read_geojson
from tomoshibi.places.keys import natural
from tomoshibi.places.subjects import LayerKind, MapLayer
from tomoshibi.vocabulary import T

MEDIA_TYPE = "application/geo+json"


class LayerRefused(Refused):
    """A GeoJSON file with features that cannot be drawn, which nobody has said to take in part."""

    def __init__(self, bad: tuple[BadFeature, ...], good: int) -> None:
        self.bad = bad
        super().__init__(
            T(
                f"{len(bad)}件の地物に問題があるため、何も取り込んでいません（問題のない地物は{good}件）。"
                f"直すか、問題のない地物だけを取り込むと指示してください。最初の問題: {bad[0].text.ja}",
                f"{len(bad)} features have problems, so nothing was imported ({good} features are good). Correct them, "
                f"or say that only the good ones are to be taken. First problem: {bad[0].text.en}",
            )
        )


@datasets.loader(MEDIA_TYPE)
def _load(digest: str, path: Path) -> None:
    """Nothing is loaded into tables: the map is given the file as it is."""


def import_layer(
    content: bytes,
    actor: Actor,
    *,
    name: str,
    attribution: str,
    licence: str,
    layer_kind: LayerKind = LayerKind.OTHER,
    source: str = "",
    accept_good: bool = False,
) -> tuple[Entry, tuple[BadFeature, ...]]:
    """Keep a GeoJSON file as the layer ``name``, replacing what that layer showed before.

    Returns the entry and the features that were left out (only where ``accept_good`` is said). Raises
    :class:`~tomoshibi.places.geometry.GeometryError` for a file that cannot be used, :class:`LayerRefused` for one with
    bad features.
    """
    found = read_geojson(content)
    if found.bad and not accept_good:
        raise LayerRefused(found.bad, len(found.good))
    if not found.good:
        raise Refused(T("取り込める地物がありません。", "There is no feature to import."))
    whole = {"type": "FeatureCollection", "features": found.good}
    digest = datasets.put(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), MEDIA_TYPE)
    fact = LayerImported(
        name=name,
        layer_kind=layer_kind,
        sha256=digest,
        attribution=attribution,
        licence=licence,
        source=source,
        features=len(found.good),
        box=list(found.box),
    )
    (entry,) = record(Draft(fact, natural(MapLayer, name)), actor)
    return entry, found.bad


def features_of(layer: str) -> Mapping[str, Any]:
    """The FeatureCollection of a layer (subject reference). Raises :class:`LookupError` where there is none."""
    return json.loads(file_of(layer).read_bytes())


def file_of(layer: str) -> Path:
    """The file of a layer's features. Raises :class:`LookupError` for a layer that is not there or was withdrawn."""
    from tomoshibi.places.models import LayerRow

    row = LayerRow.objects.filter(subject=layer, withdrawn=False).first()
    if row is None:
        raise LookupError(layer)
    return datasets.require(row.sha256)
