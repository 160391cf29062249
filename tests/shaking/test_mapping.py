"""The estimated map: meshes, ground, kriging, areas, the table, and files that others read."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tomoshibi.shaking import RecordError
from tomoshibi.shaking.mapping import mesh
from tomoshibi.shaking.mapping.area import Town, box, fill, read_area
from tomoshibi.shaking.mapping.attenuation import (
    amplification_of,
    expected,
    intensity_of_velocity,
    positions,
    velocity_of,
)
from tomoshibi.shaking.mapping.catalogue import Hypocentre, Readings
from tomoshibi.shaking.mapping.drawing import draw, write
from tomoshibi.shaking.mapping.estimate import Estimator, Network, shaking
from tomoshibi.shaking.mapping.geometry import covariance, nuggets, prepare
from tomoshibi.shaking.mapping.render import NOTHING, Tiles, geojson, picture, png, write_geotiff
from tomoshibi.shaking.mapping.score import classes, compare, holdouts
from tomoshibi.shaking.mapping.sites import Amplification, read_amplification, read_grid
from tomoshibi.shaking.mapping.table import classify_all
from tomoshibi.shaking.station_map import Observed
from tomoshibi.vocabulary.intensity import CLASSES, classify

SHOCK = Hypocentre(datetime(2026, 1, 1, tzinfo=UTC), 36.0, 138.0, 10.0, 7.0)
NO_GROUND = Amplification.unknown()


def some_network(n: int = 40, seed: int = 0) -> Network:
    random = np.random.default_rng(seed)
    return Network.of(random.uniform(35.5, 36.5, n), random.uniform(137.5, 138.5, n), NO_GROUND)


# --- meshes ---


@given(st.floats(20, 46), st.floats(122, 154))
def test_a_code_is_its_cell_and_back(latitude: float, longitude: float) -> None:
    row, column = mesh.cell_of(latitude, longitude)
    code = mesh.code_of(row, column)
    assert mesh.cell_of_code(code) == (row, column)
    assert mesh.cell_of_code(str(code)) == (row, column)
    for place in (mesh.corner_of(row, column), mesh.centre_of(row, column)):
        assert mesh.cell_of(*place) == (row, column)
    south, west = mesh.corner_of(row, column)
    assert -1e-9 <= latitude - south <= 1 / mesh.ROWS + 1e-9 and -1e-9 <= longitude - west <= 1 / mesh.COLUMNS + 1e-9


def test_codes_that_are_known() -> None:
    # Tokyo Station lies in the third mesh 5339-46-11
    assert mesh.code_of(*mesh.cell_of(35.6812, 139.7671)) // 100 == 53394611
    # JIS X 0410's own order of quarters: south-west 1, south-east 2, north-west 3, north-east 4
    south, west = 36.0, 138.0
    codes = [mesh.code_of(*mesh.cell_of(south + y / 480, west + x / 320)) for y in (0, 1) for x in (0, 1)]
    assert codes == [5438000011, 5438000012, 5438000013, 5438000014]


@pytest.mark.parametrize("code", ["5438800011", "5438000051", "5438000010", "543800001x", "-5438000011"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(RecordError):
        mesh.cell_of_code(code)


@pytest.mark.parametrize("place", [(-1.0, 139.0), (35.0, 99.0), (float("nan"), 139.0)])
def test_places_without_a_code_are_refused(place: tuple[float, float]) -> None:
    with pytest.raises(RecordError):
        mesh.cell_of(*place)


# --- laws of attenuation ---


def test_the_law_is_si_and_midorikawas() -> None:
    # worked by hand: Mw 7, D 10 km, X 30 km, crustal
    log600 = 0.58 * 7 + 0.038 - 1.29 - np.log10(30 + 0.0028 * 10**3.5) - 0.06
    assert velocity_of(30.0, 7.0, 10.0) == pytest.approx(1.31 * 10**log600)
    assert velocity_of(30.0, 7.0, 10.0, "intraplate") == pytest.approx(1.31 * 10 ** (log600 + 0.12))
    assert intensity_of_velocity(1.0) == pytest.approx(2.165)
    assert intensity_of_velocity(100.0) == pytest.approx(2.002 + 2 * 2.603 - 4 * 0.213)
    assert amplification_of(600.0) == pytest.approx(1.0, abs=0.01)


def test_shaking_fades_with_distance() -> None:
    places = positions(36.0, np.linspace(138.0, 142.0, 50))
    assert (np.diff(expected(SHOCK, places)) < 0).all()


def test_no_law_below_150_km() -> None:
    network = some_network()
    values = np.full(len(network), 3.0)
    deep = Hypocentre(SHOCK.origin, 36.0, 138.0, 151.0, 7.0)
    assert shaking(network, values, deep).trend.source is None
    assert shaking(network, values, SHOCK).trend.source is SHOCK
    estimator = Estimator.prepare(network, [[36.0], [30.0]], [[138.0], [138.0]], NO_GROUND)
    drawn = estimator.draw(values, deep)
    assert drawn[0, 0] == pytest.approx(3.0, abs=0.01)
    assert np.isnan(drawn[1, 0]), "far from stations, without a law, nothing can be said"
    assert np.isfinite(estimator.draw(values, SHOCK)[1, 0])


# --- kriging ---


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(0, 1000))
def test_weights_solve_the_kriging_equations(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    network = some_network(n, seed)
    counts = random.integers(0, 20, n)
    place = positions([[36.0]], [[138.0]])
    found = prepare(network.places, place, counts)
    near = found.neighbours[0]
    apart = np.linalg.norm(network.places[near][:, None] - network.places[near][None], axis=-1)
    system = covariance(apart) + np.diag(nuggets(counts)[near])
    towards = covariance(np.linalg.norm(network.places[near] - place[0, 0], axis=-1))
    weights = np.linalg.solve(system, towards)
    np.testing.assert_allclose(found.weights[0, :, 0] * found.scales[0], weights, atol=2e-4)
    assert found.variance[0, 0] == pytest.approx(covariance(0) - weights @ towards, abs=1e-3)
    assert sorted(near) == sorted(np.argsort(np.linalg.norm(network.places - place[0, 0], axis=-1))[: near.size])


def test_a_redraw_is_a_draw_without_a_new_law() -> None:
    network = some_network(60)
    area = box(35.9, 137.9, 36.0, 138.0)
    values = np.random.default_rng(1).normal(4, 0.5, 60)
    estimator = Estimator.prepare(network, *area.centres(), NO_GROUND, threads=2)
    first = estimator.draw(values, SHOCK)
    again = estimator.redraw(values)
    np.testing.assert_allclose(again, first, atol=1e-4)
    assert np.abs(estimator.redraw(values + 0.3) - first).max() > 0.1
    # linear in the readings: the mean of two maps is the map of the mean
    other = np.random.default_rng(2).normal(4, 0.5, 60)
    both = (estimator.redraw(values) + estimator.redraw(other)) / 2
    np.testing.assert_allclose(estimator.redraw((values + other) / 2), both, atol=1e-4)


def test_the_kernel_for_meshes_is_the_general_one() -> None:
    network = some_network(60)
    latitude, longitude = box(35.9, 137.9, 35.95, 137.95).centres()
    whole = Estimator.prepare(network, latitude, longitude, NO_GROUND)
    part = Estimator.prepare(network, latitude[:, :5], longitude[:, :5], NO_GROUND)
    zero = np.zeros(len(network))
    zero[7] = 1
    flat = np.zeros(whole.geometry.shape, np.float32)
    mesh_way = whole.geometry.draw(zero, flat)
    by_hand = np.einsum("bkl,bk,b->bl", whole.geometry.weights, zero[whole.geometry.neighbours], whole.geometry.scales)
    np.testing.assert_allclose(mesh_way, by_hand, atol=1e-6)
    small = part.geometry.draw(zero, flat[:, :5].copy())
    by_hand = np.einsum("bkl,bk,b->bl", part.geometry.weights, zero[part.geometry.neighbours], part.geometry.scales)
    np.testing.assert_allclose(small, by_hand, atol=1e-6)


def test_a_silent_station_is_as_good_as_none() -> None:
    network = some_network(18)
    values = np.random.default_rng(1).normal(4, 0.4, 18)
    silent = values.copy()
    silent[3] = np.nan
    rest = np.delete(np.arange(18), 3)
    with_it, without = shaking(network, silent, SHOCK), shaking(network.part(rest), values[rest], SHOCK)
    assert not with_it.heard[3] and np.isfinite(with_it.expected[3])
    place = ([[36.01]], [[138.02]])
    a = Estimator.prepare(network, *place, NO_GROUND).draw(silent, SHOCK)
    b = Estimator.prepare(network.part(rest), *place, NO_GROUND).draw(values[rest], SHOCK)
    assert a[0, 0] == pytest.approx(b[0, 0], abs=5e-3)
    assert without.trend.corrections == pytest.approx(with_it.trend.corrections)


def test_far_from_stations_the_law_holds_and_is_less_sure() -> None:
    network = some_network()
    estimator = Estimator.prepare(network, [[36.0], [42.0]], [[138.0], [144.0]], NO_GROUND)
    law = expected(SHOCK, network.places)
    drawn = estimator.draw(law + 0.5, SHOCK)
    there = expected(SHOCK, positions(42.0, 144.0))
    assert drawn[1, 0] == pytest.approx(float(there) + 0.5, abs=0.3)
    near, far = estimator.deviation()[:, 0]
    assert far > near > 0


def test_nobody_heard_and_misuse() -> None:
    network = some_network(5)
    with pytest.raises(RecordError):
        shaking(network, np.full(5, np.nan))
    estimator = Estimator.prepare(network, [[36.0]], [[138.0]], NO_GROUND)
    with pytest.raises(RuntimeError):
        estimator.redraw(np.zeros(5))
    with pytest.raises(ValueError, match="residuals"):
        estimator.geometry.draw(np.full(5, np.nan), np.zeros((1, 1), np.float32))


def test_one_station_is_enough_for_a_map() -> None:
    network = Network.of([36.0], [138.0], NO_GROUND)
    estimator = Estimator.prepare(network, [[36.0]], [[138.01]], NO_GROUND)
    assert estimator.draw([5.0], SHOCK)[0, 0] == pytest.approx(5.0, abs=0.6)


# --- ground ---


def test_a_grid_comes_before_stations(tmp_path: Path) -> None:
    code = int(mesh.code_of(*mesh.cell_of(36.0, 138.0)))
    grid = tmp_path / "grid.csv"
    grid.write_text(f"# made up\n# CODE,JCODE,AVS,ARV\n{code},1,200,2.0\n{code + 1},1,300,0\n", "utf-8")
    read = read_grid(grid)
    assert read.codes.tolist() == [code], "a factor of 0 is not known"
    values, known = read.at([36.0, 36.5], [138.0, 138.0])
    assert values[0] == pytest.approx(np.log10(2)) and known.tolist() == [True, False]
    grid.write_text(f"CODE,AVS\n{code},600\n", "utf-8")
    assert read_grid(grid).log_cells[0] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "CODE,ARV\n123,1.0\n", "CODE,ARV\nx,y\n"])
def test_what_is_no_grid_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "grid.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(RecordError, match=r"grid\.csv"):
        read_amplification([path])


def test_a_folder_without_the_stations_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        read_amplification([tmp_path])


def test_soft_ground_is_put_back(tmp_path: Path) -> None:
    points = Amplification(
        np.array([36.0, 36.3]), np.array([138.0, 138.0]), np.log10([2.0, 0.5]), np.empty(0, np.int64), np.empty(0)
    )
    network = Network.of([36.0, 36.3], [138.0, 138.0], points)
    estimator = Estimator.prepare(network, [[36.0, 36.001, 36.3]], [[138.01, 138.0, 138.0]], points)
    # the same shaking of firm ground, read through soft ground and hard
    drawn = estimator.draw([4.0 + np.log10(2), 4.0 - np.log10(2)])
    assert drawn[0, 0] - drawn[0, 2] == pytest.approx(np.log10(4), abs=0.01)


# --- areas and the table ---


def square(west: float, south: float, size: float) -> dict[str, object]:
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_polygon_is_filled_by_its_cells_centres() -> None:
    area = fill([(Town("1", "A"), square(138.0, 36.0, 0.1))])
    assert area.cells == 48 * 32
    latitude, longitude = area.centres()
    inside = area.labels == 0
    polygon = shapely.box(138.0, 36.0, 138.1, 36.1)
    assert (shapely.contains_xy(polygon, longitude, latitude) == inside).all()
    assert (area.square_kilometres()[:, None] * inside).sum() == pytest.approx(11.12 * 9.0, rel=0.01)
    assert area.town_of(np.array([36.05, 37.0]), np.array([138.05, 138.0])).tolist() == [0, -1]


def test_a_hole_and_a_neighbour_stay_out() -> None:
    shape = square(138.0, 36.0, 0.1)
    shape["coordinates"] = [*shape["coordinates"], *square(138.03, 36.03, 0.02)["coordinates"]]  # type: ignore[misc]
    area = fill([(Town("1", "A"), shape), (Town("2", "B"), square(138.1, 36.0, 0.05))])
    assert area.town_of(np.array([36.01]), np.array([138.12])).tolist() == [1]
    block, lane = area.find(*mesh.cell_of([36.04], [138.04]))
    assert block[0] < 0 or area.labels[block[0], lane[0]] < 0
    assert area.only([1]).cells == 24 * 16


def test_areas_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        box(36.0, 138.0, 35.0, 139.0)
    with pytest.raises(RecordError):
        fill([(Town("1", "A"), square(10.0, 50.0, 0.1))])
    with pytest.raises(RecordError):
        fill([(Town("1", "A"), {"type": "Point", "coordinates": [138, 36]})])
    path = tmp_path / "towns.geojson"
    feature = {"type": "Feature", "properties": {"regioncode": "0110100", "regionname": "A"}}
    path.write_text(json.dumps({"features": [feature | {"geometry": square(138.0, 36.0, 0.1)}]}), "utf-8")
    assert read_area(path, ["01101"]).towns == (Town("0110100", "A"),)
    with pytest.raises(RecordError):
        read_area(path, ["99"])
    path.write_text("[]", "utf-8")
    with pytest.raises(RecordError):
        read_area(path)


@given(st.lists(st.floats(-1, 7.5), min_size=1, max_size=20))
def test_cells_are_classed_as_readings_are(values: list[float]) -> None:
    # an estimate is rounded to the tenth in which readings are written
    tenths = np.round(np.array(values, np.float64), 1)
    assert classes(tenths).tolist() == [CLASSES.index(classify(float(v))) for v in tenths]
    assert (classify_all(tenths.astype(np.float32)) == classes(tenths)).all()


def test_a_cell_without_an_estimate_has_no_class() -> None:
    assert classify_all(np.array([np.nan, 4.6], np.float32)).tolist() == [-1, 5]


@pytest.fixture(scope="module")
def drawn() -> object:
    area = fill([(Town("1", "西町"), square(138.0, 36.0, 0.1)), (Town("2", "東町"), square(138.1, 36.0, 0.1))])
    readings = Readings(
        np.array([1, 2, 3], np.int32),
        ("西", "西の2", "東"),
        np.array([36.05, 36.02, 36.05]),
        np.array([138.05, 138.02, 138.15]),
        np.array([6.0, 5.8, np.nan]),
    )
    return draw(readings, area, NO_GROUND, SHOCK)


def test_a_town_that_says_nothing_is_named(drawn: object) -> None:
    rows = {row.name: row for row in drawn.towns}  # type: ignore[attr-defined]
    assert rows["東町"].unreported and rows["東町"].silent == ("東",) and rows["東町"].observed is None
    assert not rows["西町"].unreported and rows["西町"].observed == 6.0
    assert sum(rows["西町"].square_kilometres.values()) == pytest.approx(100, rel=0.02)


def test_a_written_map_can_be_read_by_others(drawn: object, tmp_path: Path) -> None:
    write(drawn, tmp_path, range(8, 10))  # type: ignore[arg-type]
    said = json.loads((tmp_path / "map.json").read_text("utf-8"))
    assert said["estimated"] and said["ground"] == "none" and said["unreported"] == [{"code": "2", "name": "東町"}]
    assert [each["name"] for each in said["silent"]] == ["東"]
    features = json.loads((tmp_path / "map.geojson").read_text("utf-8"))["features"]
    assert {each["properties"]["kind"] for each in features} == {"estimated", "observed"}
    shapes = [shapely.geometry.shape(f["geometry"]) for f in features if f["properties"]["kind"] == "estimated"]
    assert all(shape.is_valid for shape in shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(0.02, rel=0.01)
    assert (tmp_path / "towns.csv").read_text("utf-8-sig").startswith("code,name,estimated_max")
    assert list((tmp_path / "tiles").rglob("*.png"))


def test_a_geotiff_says_where_it_is(tmp_path: Path) -> None:
    area = fill([(Town("1", "A"), square(138.0, 36.0, 0.1))])
    values = np.arange(area.labels.size, dtype=np.float32).reshape(area.labels.shape)
    write_geotiff(tmp_path / "a.tif", area, values)
    with Image.open(tmp_path / "a.tif") as picture:
        tags = picture.tag_v2
        pixels = np.asarray(picture)
    assert tags[33550][:2] == pytest.approx((1 / 320, 1 / 480))
    west, north = tags[33922][3:5]
    rows, columns = area.cell_rows, area.cell_columns
    latitude, longitude = area.centres()
    down = np.floor((north - latitude) * 480).astype(int)
    right = np.floor((longitude - west) * 320).astype(int)
    here = pixels[down, right]
    inside = area.labels >= 0
    assert (here[inside] == values[inside]).all() and (here[~inside] == NOTHING).all()
    assert rows.shape == columns.shape == inside.shape and 6668 in tags[34735]


def test_a_picture_for_paper_shows_what_shook_true_to_scale_with_its_stations() -> None:
    area = box(36.0, 138.0, 36.5, 138.5)
    values = np.full(area.labels.shape, 0.0, np.float32)
    y, x = area.centres()
    values[(np.abs(y - 36.25) < 0.1) & (np.abs(x - 138.25) < 0.1)] = 5.2
    station = Observed("1", "a", 36.25, 138.25, 6.0, classify(6.0))
    data = picture(area, values, [station], [(36.3, 138.3)])
    (width, height) = struct.unpack(">II", data[16:24])
    tall, wide = (96 + 2 * 8) / 480, (64 + 2 * 8) / 320 * np.cos(np.radians(36.25))  # 0.2° each way and a margin
    assert width / height == pytest.approx(wide / tall, rel=0.01), "true to scale"
    body = zlib.decompress(data[data.index(b"IDAT") + 4 : -16])
    pixels = np.frombuffer(body, np.uint8).reshape(height, width + 1)[:, 1:]
    upper, strongest = CLASSES.index(classify(5.2)) + 1, CLASSES.index(classify(6.0)) + 1
    assert pixels[height // 2, width // 2] == strongest, "the station lies in the middle"
    assert 0.4 < (pixels == upper).mean() < 0.95, "what did not shake is left out but for a margin"


def test_a_tile_shows_each_cell_in_its_colour() -> None:
    area = fill([(Town("1", "A"), square(138.0, 36.0, 0.1))])
    latitude, longitude = area.centres()
    values = np.where(longitude < 138.05, 5.6, 0.2).astype(np.float32)
    tiles = Tiles.of(area, values)
    (x, y), *_ = tiles.touching(9)
    with Image.open(BytesIO(tiles.draw(9, x, y) or b"")) as picture:
        colours = {c[:3] for _, c in picture.convert("RGBA").getcolors() or [] if c[3]}
    assert colours == {tuple(bytes.fromhex(CLASSES[rank].colour[1:])) for rank in (0, 7)}, "the sea is not painted"
    assert tiles.draw(9, 0, 0) is None
    assert latitude.shape == values.shape
    with Image.open(BytesIO(png(np.full((4, 4), 9, np.int8)))) as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == tuple(bytes.fromhex(CLASSES[9].colour[1:]))


def test_geojson_of_nothing_is_the_stations_alone() -> None:
    area = fill([(Town("1", "A"), square(138.0, 36.0, 0.1))])
    assert geojson(area, np.zeros(area.labels.shape, np.float32))["features"] == []


# --- scores ---


def test_hold_outs_never_show_what_they_hide() -> None:
    for shown, out in holdouts(137, 5):
        assert out.size == 13 and not set(shown) & set(out) and len(set(shown) | set(out)) == 137
    same = compare(np.array([4.44, 4.46]), np.array([4.4, 4.5]))
    assert same.exact == 1 and same.rmse == pytest.approx(0.04)
