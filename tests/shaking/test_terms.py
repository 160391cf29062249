"""JMA's catalogue read, lasting residuals learned from it, and the map's scores with them."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tomoshibi.cli import main
from tomoshibi.incidents.station_facts import StationSited
from tomoshibi.incidents.subjects import Station
from tomoshibi.incidents.words import SitingGrade
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.shaking import RecordError
from tomoshibi.shaking.mapping import terms
from tomoshibi.shaking.mapping.catalogue import (
    Hypocentre,
    Shock,
    StationTable,
    degrees_of_minutes,
    read_catalogue,
    read_readings,
    read_station_table,
)
from tomoshibi.shaking.mapping.drawing import network_of
from tomoshibi.shaking.mapping.score import reference_source, score
from tomoshibi.shaking.mapping.sites import Amplification, read_amplification
from tomoshibi.vocabulary.clock import JAPAN

DATA = Path(__file__).parents[3] / "shared" / "data"
TABLE = DATA / "codes" / "code_p_20231205.dat"
needs_data = pytest.mark.skipif(not TABLE.is_file(), reason="needs JMA's catalogue in ../shared/data")
NO_GROUND = Amplification.unknown()

#: two records of the form of format_j.txt: a hypocentre, and stations with 0.6, a missing value and 1.2
HEAD = b"A2008010118464576 017 432047 057 1462199 097 510010639V   5111  1 27" + "根室半島南東".encode("cp932")
BODY = (
    b"1670022 011847105 1 06 47110 00027 N00020 E00024 Z00004 F045F045F044F044F106F178",
    b"1670023 011847105 1 // 47110 00027 N00020 E00024 Z00004 F045F045F044F044F106F178",
    b"1670024 011847105 1 12 47110 00027 N00020 E00024 Z00004 F045F045F044F044F106F178",
)


def catalogue(lines: tuple[bytes, ...]) -> bytes:
    return b"".join(line.ljust(96) + b"\r\n" for line in lines)


def test_a_shock_is_read(tmp_path: Path) -> None:
    path = tmp_path / "i2008.dat"
    path.write_bytes(catalogue((HEAD, *BODY, HEAD)))
    (shock,) = read_catalogue([path])
    place = shock.hypocentre
    assert place.origin == datetime(2008, 1, 1, 18, 46, 45, 760000, JAPAN)
    assert (place.latitude, place.longitude) == pytest.approx((43 + 20.47 / 60, 146 + 21.99 / 60))
    assert (place.depth, place.magnitude, place.name) == (51.0, 3.9, "根室半島南東")
    assert shock.stations.tolist() == [1670022, 1670024]
    assert shock.intensities.tolist() == pytest.approx([0.6, 1.2])
    packed = tmp_path / "i2008.zip"
    with zipfile.ZipFile(packed, "w") as into:
        into.write(path, "i2008.dat")
    assert len(list(read_catalogue([packed]))) == 1


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", catalogue(BODY), catalogue((HEAD, b"x" + BODY[0][1:])), b"PK\x03\x04broken"]
)
def test_what_is_no_catalogue_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.dat"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"bad\.dat"):
        list(read_catalogue([path]))


def test_degrees_are_followed_by_minutes() -> None:
    assert degrees_of_minutes("4310") == pytest.approx(43 + 10 / 60)
    assert degrees_of_minutes("14159") == pytest.approx(141 + 59 / 60)
    for text in ("43.10", "4360", "", "10"):
        with pytest.raises(ValueError, match="minutes"):
            degrees_of_minutes(text)


def test_the_table_knows_when_a_station_was_in_use(tmp_path: Path) -> None:
    path = tmp_path / "code_p.dat"
    lines = ("1000000\t石狩市花川\t4310\t14119\t199604011200\t", "1000230\t旧\t4314\t13130\t200299999999\t201105121300")
    path.write_bytes("\r\n".join(lines).encode("cp932"))
    table = read_station_table(path)
    assert table.names == ("石狩市花川", "旧") and table.latitudes[0] == pytest.approx(43 + 10 / 60)
    assert table.in_use(datetime(2011, 5, 12, 12, 59, tzinfo=JAPAN)).tolist() == [True, True]
    assert table.in_use(datetime(2011, 5, 12, 13, 0, tzinfo=JAPAN)).tolist() == [True, False]
    assert table.rows_of(np.array([1000230, 5], np.int32)).tolist() == [1, -1]
    path.write_text("1000000\tx\t43.10\t141.19\t199604011200\t\n", "utf-8")
    with pytest.raises(RecordError, match=r"code_p\.dat"):
        read_station_table(path)


def invented(shocks: int = 30, stations: int = 60, drift: float = 0.0) -> tuple[list[Shock], StationTable, np.ndarray]:
    """Shocks with a smooth field, noise, and lasting terms; station 0 moves by ``drift`` half-way."""
    random = np.random.default_rng(4)
    y, x = random.uniform(35, 36, stations), random.uniform(138, 139, stations)
    true = random.normal(0, 0.3, stations)
    true[0] = 1.0
    numbers = np.arange(1, stations + 1, dtype=np.int32)
    span = np.full(stations, "1990-01-01", "datetime64[m]"), np.full(stations, "2030-01-01", "datetime64[m]")
    table = StationTable(numbers, tuple(f"局{n}" for n in numbers), y, x, *span)
    made = []
    for i in range(shocks):
        field = 3.5 + random.normal() * (y - 35.5) + random.normal() * (x - 138.5)
        read = field + true + random.normal(0, 0.2, stations)
        read[0] += drift if i >= shocks / 2 else 0.0
        when = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=100 * i)
        made.append(Shock(Hypocentre(when, 35.5, 138.5, 10.0, 5.0), numbers, read.round(1).astype(np.float32)))
    return made, table, true


def test_terms_are_found_again() -> None:
    shocks, table, true = invented()
    found = terms.learn(shocks, table, NO_GROUND)
    assert found.shocks == 30 and (found.counts == 30).all()
    centred = true - true.mean()
    assert np.corrcoef(found.terms, centred)[0, 1] > 0.9
    assert np.sqrt(np.mean((found.terms - centred * 30 / 33) ** 2)) < 0.15
    assert (found.deviations > 0).all() and found.deviations[0] < 0.1


def test_nothing_is_learned_from_the_shock_itself_or_later() -> None:
    shocks, table, _ = invented(12)
    origin = shocks[8].hypocentre.origin
    early = terms.learn(shocks, table, NO_GROUND, before=origin)
    assert early.shocks == 8 and early.until == shocks[7].hypocentre.origin
    assert len(terms.before(shocks, origin)) == 8
    # the catalogue's origin may be some seconds before the one that is asked about
    assert len(terms.before(shocks, origin + timedelta(seconds=30))) == 8
    with pytest.raises(RecordError):
        terms.learn(shocks, table, NO_GROUND, before=shocks[0].hypocentre.origin)


def test_little_is_believed_of_few_shocks() -> None:
    shocks, table, _ = invented(20)
    few, many = terms.learn(shocks[:2], table, NO_GROUND), terms.learn(shocks, table, NO_GROUND)
    assert np.abs(few.terms).mean() < np.abs(many.terms).mean()
    assert (few.deviations > many.deviations).all()
    values, counts = many.of(np.array([1, 999], np.int32))
    assert values[1] == 0 and counts.tolist() == [20, 0]


def test_a_station_unknown_to_the_table_is_named() -> None:
    shocks, table, _ = invented(2)
    strange = Shock(shocks[0].hypocentre, shocks[0].stations + 1000, shocks[0].intensities)
    with pytest.raises(RecordError, match="1001"):
        terms.learn([strange], table, NO_GROUND)


def test_suspects_are_far_off_or_have_drifted() -> None:
    shocks, table, _ = invented()
    far = {each.number: each for each in terms.health(terms.learn(shocks, table, NO_GROUND))}
    assert 1 in far and far[1].rank < 0.05 and far[1].term > 0.7 and not any(abs(e.term) < 0.2 for e in far.values())
    shocks, table, _ = invented(drift=-1.0)
    moved = {each.number: each for each in terms.health(terms.learn(shocks, table, NO_GROUND))}[1]
    assert moved.drift == pytest.approx(-1.0, abs=0.3)
    assert [year for year, _, _ in moved.history] == sorted({s.hypocentre.origin.year for s in shocks})


def test_terms_come_back_from_a_file(tmp_path: Path) -> None:
    shocks, table, _ = invented(5)
    found = terms.learn(shocks, table, NO_GROUND)
    terms.save(found, tmp_path / "terms.json")
    again = terms.load(tmp_path / "terms.json")
    np.testing.assert_allclose(again.terms, found.terms, atol=1e-4)
    assert again.until == found.until and again.names == found.names and (again.counts == found.counts).all()
    (tmp_path / "bad.json").write_text('{"format": "else"}', "utf-8")
    with pytest.raises(RecordError, match=r"bad\.json"):
        terms.load(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "text",
    ["a,b\n", "station,name,lat,lon,keisoku\n", "station,name,lat,lon,keisoku\n1,a,x,1,2\n",
     "station,name,lat,lon,keisoku\n1,a,36,138,99\n", "station,name,lat,lon,keisoku\n1,a,36,138,2\n1,a,36,138,2\n"],
)  # fmt: skip
def test_readings_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shock.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(RecordError, match=r"shock\.csv"):
        read_readings(path)


def test_an_empty_reading_is_a_silent_station(tmp_path: Path) -> None:
    path = tmp_path / "shock.csv"
    path.write_text("station,name,lat,lon,keisoku\n1,a,36,138,2\n2,b,36,138.1,\n", "utf-8")
    readings = read_readings(path)
    assert np.isnan(readings.intensities[1]) and readings.heard().names == ("a",)


@pytest.mark.django_db  # grades and exclusions of the journal rule over what is drawn
def test_the_commands_from_end_to_end(tmp_path: Path) -> None:
    shock, table = tmp_path / "shock.csv", tmp_path / "code_p.dat"
    lines = [
        f"{2000000 + i},局{i},{35.5 + i % 6 * 0.1:.2f},{138 + i // 6 * 0.1:.2f},{4 + i % 5 / 5}" for i in range(30)
    ]
    shock.write_text("station,name,lat,lon,keisoku\n" + "\n".join(lines), "utf-8")
    table.write_text("2000099\t黙\t3545\t13815\t199604011200\t\n", "utf-8")
    runner = CliRunner(env={"LC_ALL": "C.UTF-8"})
    source = "35.75,138.25,5,7.0,2020-01-01T00:00:00+09:00"
    box = ["--box", "35.7,138.2,35.75,138.25"]
    done = runner.invoke(
        main,
        ["map", "draw", str(shock), "--out", str(tmp_path / "out"), *box, "--source", source, "--table", str(table)],
    )
    assert done.exit_code == 0, done.output
    assert "30 stations" in done.output and "without differences of ground" in done.output
    assert {"map.json", "towns.csv", "intensity.tif", "map.geojson"} <= {p.name for p in (tmp_path / "out").iterdir()}
    scored = runner.invoke(main, ["map", "score", str(shock), "--draws", "2", "--json"])
    assert scored.exit_code == 0 and '"mean"' in scored.output
    for wrong in (
        ["map", "draw", str(shock), "--out", "x"],
        ["map", "draw", str(shock), "--out", "x", "--box", "1,2"],
        ["map", "draw", str(shock), "--out", "x", *box, "--source", "north"],
        ["map", "draw", str(shock), "--out", "x", *box, "--table", str(table)],
        ["map", "draw", str(shock), "--out", "x", *box, "--zoom", "9-5"],
        ["map", "score", str(shock), "--learn", str(shock)],
        ["stations", "learn", str(shock), "--out", "x"],
        ["stations", "health", str(shock)],
    ):
        refused = runner.invoke(main, wrong)
        assert refused.exit_code == 1 and "Error" in refused.output, (wrong, refused.output)


@needs_data
def test_2008_is_foretold_from_what_came_before() -> None:
    path = DATA / "intensities" / "2008_iwate_miyagi.csv"
    source, readings = reference_source(path.stem), read_readings(path).heard()
    assert source is not None
    sites, table = read_amplification([DATA / "codes"]), read_station_table(TABLE)
    shocks = terms.before(read_catalogue([DATA / "catalogue" / "i2008.zip"]), source.origin)
    known = terms.learn(shocks, table, sites)
    assert known.until is not None and known.until < source.origin
    plain = score(network_of(readings, sites), readings.intensities, source, draws=4)
    learned = score(network_of(readings, sites, known), readings.intensities, source, draws=4)
    assert learned.holdout.rmse < plain.holdout.rmse < plain.holdout_peer.rmse
    assert learned.holdout.exact > plain.holdout.exact > plain.holdout_peer.exact
    assert plain.holdout.rmse <= 0.36 and 0.85 < learned.covered < 0.99


@needs_data
def test_jmas_stations_have_their_ground() -> None:
    sites, table = read_amplification([DATA / "codes"]), read_station_table(TABLE)
    assert len(table) > 7000
    values, known = sites.at(table.latitudes, table.longitudes)
    assert sites.log_factors.size > 3900 and known.mean() > 0.8 and np.isfinite(values).all()
    in_use = table.in_use(datetime(2023, 1, 1, tzinfo=JAPAN))
    assert 4200 < in_use.sum() < 4500


@pytest.mark.django_db
def test_a_station_of_grade_e_reaches_no_map(tmp_path: Path) -> None:
    shock = tmp_path / "shock.csv"
    lines = [f"{2000000 + i},局{i},{35.5 + i * 0.1:.2f},138.2,{4 + i / 5:.1f}" for i in range(4)]
    shock.write_text("station,name,lat,lon,keisoku\n" + "\n".join(lines), "utf-8")
    nodes.found("test")
    record(Draft(StationSited(code="2000003", grade=SitingGrade.E), Station.coded("2000003")), system("test"))
    args = ["map", "draw", str(shock), "--out", str(tmp_path / "out"), "--box", "35.7,138.2,35.75,138.25"]
    done = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(main, [*args, "--source", "35.75,138.25,5,7,2020-01-01"])
    assert done.exit_code == 0 and "局3" in done.stderr
    said = json.loads((tmp_path / "out" / "map.json").read_text("utf-8"))
    assert (said["stations"], said["largest"]["observed"]) == (3, 4.4)
