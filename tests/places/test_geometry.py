"""GeoJSON in: what is taken, and what is named as wrong."""

import json

import pytest

from tomoshibi.places.geometry import GeometryError, fault, read_geojson


def collection(*geometries: object, **more: object) -> bytes:
    features = [
        {"type": "Feature", "properties": {"name": f"地物{i}"}, "geometry": g} for i, g in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def polygon(*ring: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[list(p) for p in ring]]}


SQUARE = polygon((140, 37), (141, 37), (141, 38), (140, 38), (140, 37))
POINT = {"type": "Point", "coordinates": [140.5, 37.5, 12.0]}
LINE = {"type": "LineString", "coordinates": [[140, 37], [141, 38]]}


def test_good_features_and_their_extent() -> None:
    found = read_geojson(b"\xef\xbb\xbf" + collection(SQUARE, POINT, LINE))
    assert (len(found.good), found.bad, found.box) == (3, (), (140, 37, 141, 38))
    assert found.good[0]["properties"] == {"name": "地物0"}


def test_a_bare_geometry_and_a_collection_of_geometries() -> None:
    assert read_geojson(json.dumps(SQUARE).encode()).box == (140, 37, 141, 38)
    both = {"type": "GeometryCollection", "geometries": [POINT, LINE]}
    assert read_geojson(collection(both)).box == (140, 37, 141, 38)


@pytest.mark.parametrize(
    ("geometry", "word"),
    [
        (polygon((140, 37), (141, 38), (141, 37), (140, 38), (140, 37)), "交わって"),
        (polygon((140, 37), (141, 37), (141, 38), (140, 38)), "閉じて"),
        (polygon((37, 140), (37, 141), (38, 141), (38, 140), (37, 140)), "緯度と経度が逆"),
        (polygon((-3e4, 9e4), (-3e4, 9.1e4), (-2e4, 9e4), (-3e4, 9e4)), "度ではありません"),
        ({"type": "Polygon", "coordinates": []}, "並び"),
        ({"type": "Point", "coordinates": ["140", "37"]}, "並び"),
        ({"type": "Point", "coordinates": [True, False]}, "並び"),
        ({"type": "Circle", "coordinates": [140, 37]}, "種類"),
        (None, "種類"),
        (
            {
                "type": "Polygon",
                "coordinates": [
                    SQUARE["coordinates"][0],
                    [[142, 37], [142.1, 37], [142.1, 37.1], [142, 37.1], [142, 37]],
                ],
            },
            "穴",
        ),
    ],
)
def test_faults_are_named(geometry, word: str) -> None:
    what = fault(geometry)
    assert what is not None
    assert word in what.ja
    assert what.en


def test_bad_features_are_named_by_number_and_name() -> None:
    found = read_geojson(collection(SQUARE, {"type": "Point", "coordinates": [37, 140]}))
    assert len(found.good) == 1
    assert str(found.bad[0]).startswith("2番「地物1」: 緯度と経度が逆")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x93\xfa", "GeoJSON として"),
        (b"[1,2", "GeoJSON として"),
        (b'{"type":"Topology"}', "FeatureCollection"),
        (b'{"type":"Point","coordinates":[NaN,1]}', "GeoJSON として"),
        (
            collection(SQUARE, crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6677"}}),
            "EPSG::6677",
        ),
        (b"[" * 100_000, "GeoJSON として"),
    ],
)
def test_files_that_cannot_be_used(content: bytes, word: str) -> None:
    with pytest.raises(GeometryError, match=word):
        read_geojson(content)


def test_degrees_by_any_name_are_taken() -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::6668"):
        assert read_geojson(collection(SQUARE, crs={"type": "name", "properties": {"name": name}})).good
