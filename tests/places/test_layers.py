"""Layers: kept inside as a dataset, with attribution and licence; half-bad files take nothing until told to."""

import json
from pathlib import Path

import pytest

from tests.places.test_geometry import SQUARE, collection
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.places.layers import LayerRefused, features_of, import_layer
from tomoshibi.places.models import LayerRow
from tomoshibi.places.subjects import LayerKind

pytestmark = pytest.mark.django_db
MAPS = Path(__file__).parents[3] / "shared" / "data" / "maps"
BAD = {"type": "Point", "coordinates": [37, 140]}
TERMS = {"attribution": "灯市", "licence": "CC BY 4.0"}


@pytest.fixture(autouse=True)
def _node() -> None:
    nodes.found("test")


def test_a_layer_is_kept_and_replaced_by_the_same_name() -> None:
    entry, left_out = import_layer(
        collection(SQUARE), system("test"), name="浸水想定", layer_kind=LayerKind.HAZARD, **TERMS
    )
    assert left_out == ()
    assert len(features_of(entry.subject)["features"]) == 1
    import_layer(collection(SQUARE, SQUARE), system("test"), name="浸水想定", **TERMS)
    row = LayerRow.objects.get()
    assert (row.features, row.kind, row.west, row.north) == (2, "other", 140, 38)
    assert len(features_of(row.subject)["features"]) == 2


def test_half_a_file_is_not_taken_until_told() -> None:
    with pytest.raises(LayerRefused, match="2番"):
        import_layer(collection(SQUARE, BAD), system("test"), name="半分", **TERMS)
    assert not LayerRow.objects.exists()
    _, left_out = import_layer(collection(SQUARE, BAD), system("test"), name="半分", accept_good=True, **TERMS)
    assert [b.number for b in left_out] == [2]
    assert LayerRow.objects.get().features == 1


@pytest.mark.parametrize("name", ["AreaInformationCity_quake", "AreaTsunami", "AreaForecastLocalE"])
def test_jma_maps_are_read(name: str) -> None:
    path = next(MAPS.glob(f"{name}*.geojson"), None)
    if path is None:
        pytest.skip("JMA's maps (../shared/data/maps) are not on this machine")
    data = json.loads(path.read_bytes())
    entry, left_out = import_layer(
        path.read_bytes(), system("test"), name=name, attribution="気象庁", licence="CC BY 4.0", accept_good=True
    )
    kept = features_of(entry.subject)["features"]
    assert len(kept) + len(left_out) == len(data["features"])
    assert kept
