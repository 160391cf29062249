"""Stations on a map."""

import json

import pytest
from click.testing import CliRunner

from tests.shaking.files import write_knet
from tomoshibi.cli import main
from tomoshibi.shaking import RecordError
from tomoshibi.shaking.station_map import Observed, draw_map, geojson
from tomoshibi.vocabulary.intensity import IntensityClass

STATIONS = [
    Observed("AOM002", "", 41.328, 140.8132, 2.2, IntensityClass.TWO),
    Observed("AOM003", "大間", 41.4053, 141.1691, 4.9, IntensityClass.FIVE_LOWER),
]
SQUARE = [[140.0, 41.0], [142.0, 41.0], [142.0, 42.0], [140.0, 41.0]]


def test_geojson():
    made = geojson(STATIONS)
    assert made["type"] == "FeatureCollection"
    assert made["features"][1]["geometry"] == {"type": "Point", "coordinates": [141.1691, 41.4053]}
    assert made["features"][1]["properties"]["class"] == "5弱"
    assert made["features"][1]["properties"]["colour"] == "#FFE600"


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]},
        {"type": "LineString", "coordinates": SQUARE},
        {"type": "Point", "coordinates": SQUARE[0]},
    ],
)
def test_a_picture_with_an_outline(tmp_path, shape):
    outline = tmp_path / "outline.geojson"
    features = [{"type": "Feature", "geometry": shape, "properties": {}}, {"type": "Feature", "geometry": None}]
    outline.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    draw_map(STATIONS, one, outline)
    draw_map(STATIONS, two, outline)
    assert one.read_bytes() == two.read_bytes()
    bare = tmp_path / "bare.svg"
    draw_map(STATIONS, bare)
    drawn = len(one.read_bytes()) - len(bare.read_bytes())
    assert (drawn > 0) == (shape["type"] != "Point")


def test_bad_outlines_and_no_stations_are_named(tmp_path):
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"type": "FeatureCollection"}')
    with pytest.raises(RecordError) as caught:
        draw_map(STATIONS, tmp_path / "a.png", bad)
    assert str(bad) in str(caught.value)
    with pytest.raises(RecordError):
        draw_map([], tmp_path / "a.png")


def test_the_command(tmp_path):
    files = write_knet(tmp_path, ("NS1", "EW1", "UD1", "NS2", "EW2", "UD2"))
    out = tmp_path / "map.geojson"
    runner = CliRunner(env={"LC_ALL": "C"})
    assert runner.invoke(main, ["intensity", *map(str, files), "--map", str(out)]).exit_code == 0
    [feature] = json.loads(out.read_text())["features"]
    assert feature["geometry"]["coordinates"] == [135.2, 35.1]
    assert runner.invoke(main, ["intensity", *map(str, files), "--map", str(tmp_path / "a.bmp")]).exit_code == 2
    missing = runner.invoke(main, ["intensity", *map(str, files), "--map", str(tmp_path / "a.png"), "--outline", "no"])
    assert missing.exit_code == 1
    assert "no" in missing.stderr
