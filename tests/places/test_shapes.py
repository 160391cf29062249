"""Areas from GeoJSON: known ones take their extent, others are made, and what cannot be used is named."""

import json
from pathlib import Path

import pytest

from tests.places.test_geometry import POINT, SQUARE, polygon
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.geometry import GeometryError
from tomoshibi.places.layers import LayerRefused
from tomoshibi.places.models import AreaRow
from tomoshibi.places.queries import areas_at
from tomoshibi.places.shapes import load_areas
from tomoshibi.places.subjects import Area, AreaKind

pytestmark = pytest.mark.django_db
ME = system("test")
ISLAND = polygon((142, 37), (142.1, 37), (142.1, 37.1), (142, 37.1), (142, 37))
MAPS = Path(__file__).parents[3] / "shared" / "data" / "maps"


@pytest.fixture(autouse=True)
def _node() -> None:
    nodes.found("test")


def file(*features: tuple[dict, object]) -> bytes:
    made = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    return json.dumps({"type": "FeatureCollection", "features": made}).encode()


def load(content: bytes, **more):
    return load_areas(content, ME, area_kind=AreaKind.BLOCK, **more)


def test_known_and_new_areas() -> None:
    record(Draft(AreaDescribed(name="本町1丁目", code="01", population=80), Area.ref("a")), ME)
    content = file(({"S_NAME": "本町一丁目", "KEY_CODE": "01"}, SQUARE), ({"S_NAME": "港町"}, ISLAND))
    assert load(content) == (1, 1, ())
    known = AreaRow.objects.get(subject=Area.ref("a"))
    assert (known.name, known.population, known.west) == ("本町1丁目", 80, 140)
    assert [a.name for a in areas_at(37.05, 142.05)] == ["港町"]
    before = EntryRow.objects.count()
    assert load(content) == (0, 0, ())
    assert EntryRow.objects.count() == before


def test_an_area_of_several_parts() -> None:
    load(file(({"name": "港町"}, SQUARE), ({"name": "港町"}, ISLAND)))
    row = AreaRow.objects.get()
    assert json.loads(row.geometry)["type"] == "MultiPolygon"
    assert (row.west, row.east) == (140, 142.1)


def test_what_cannot_be_used_is_named() -> None:
    content = file(({"name": "良い"}, SQUARE), ({"name": "点"}, POINT), ({}, ISLAND))
    with pytest.raises(LayerRefused) as refusal:
        load(content)
    assert [b.number for b in refusal.value.bad] == [2, 3]
    assert not AreaRow.objects.exists()
    assert load(content, accept_good=True)[0] == 1
    with pytest.raises(GeometryError, match="名前"):
        load(file(({"x": 1}, SQUARE)), accept_good=True)


def test_the_properties_may_be_named() -> None:
    load(file(({"町名": "港町", "番号": 7}, SQUARE)), name_property="町名", code_property="番号")
    assert AreaRow.objects.get().code == "7"


def test_jmas_municipalities() -> None:
    path = next(MAPS.glob("AreaInformationCity_quake*.geojson"), None)
    if path is None:
        pytest.skip("JMA's maps (../shared/data/maps) are not on this machine")
    data = json.loads(path.read_bytes())
    ours = [f for f in data["features"] if (f["properties"]["regioncode"] or "").startswith("07")]
    new, _, left_out = load(json.dumps({**data, "features": ours}).encode(), accept_good=True)
    assert new + len(left_out) >= len(ours) > 50
    assert len(left_out) < 3
    assert [a.name for a in areas_at(37.05, 140.89)] == ["いわき市"]


def test_what_is_too_small_is_named() -> None:
    speck = polygon((142, 37), (142.0000001, 37), (142.0000001, 37.0000001), (142, 37))
    with pytest.raises(LayerRefused, match="小さすぎ"):
        load(file(({"name": "粒"}, speck), ({"name": "町"}, SQUARE)))
