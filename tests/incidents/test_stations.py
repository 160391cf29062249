"""Pages and lists of stations, siting suspects, and the estimated map of an incident, by telegram and by network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.incidents.conftest import TOHOKU
from tests.incidents.test_correcting import leave_out, of_iwaki
from tests.incidents.test_inbox import drop, work
from tests.incidents.test_network import run_network
from tests.incidents.test_pages import user
from tomoshibi.documents import SheetRefused
from tomoshibi.incidents import estimating, network_state, queries, shocks, station_sheets, station_views
from tomoshibi.incidents.models import IncidentRow, StationRow
from tomoshibi.incidents.station_facts import StationSited
from tomoshibi.incidents.subjects import Station
from tomoshibi.incidents.words import SitingGrade
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.shaking.mapping import ground, mesh, terms
from tomoshibi.shaking.mapping.area import Town, fill
from tomoshibi.shaking.mapping.directory import Directory

LIST = """観測点番号,名称,緯度,経度,評価,設置形態,評価した日,評価した人,評価の理由
0720400,いわき市平,37.05,140.88,D,地表・独立した台,2026-04-01,県 佐藤,崖の縁
0720431,いわき市小名浜,36.95,140.90,a,建物の1階床,2026-04-02,県 佐藤,
0720432,いわき市三和町,37.1,140.7,,,,,
"""


@pytest.fixture
def jishin(town: None) -> Client:
    return user("jishin", "seismologist")


def sheet(text: str) -> bytes:
    return ("\ufeff" + text).encode()


def test_a_list_of_stations_comes_in_changes_and_goes_out(jishin: Client) -> None:
    me = system("test")
    done = station_sheets.load(sheet(LIST), me)
    assert (done.new, done.same) == (3, 0)
    rows = {row.code: row for row in StationRow.objects.all()}
    assert {code: row.grade for code, row in rows.items()} == {"0720400": "D", "0720431": "A", "0720432": ""}
    assert [rows[c].counts for c in ("0720400", "0720431", "0720432")] == [False, True, True]
    assert rows["0720400"].form_word.label.ja == "地表・独立した台" and str(rows["0720400"].assessed_on) == "2026-04-01"
    count = EntryRow.objects.count()
    assert station_sheets.load(sheet(LIST), me).same == 3
    assert EntryRow.objects.count() == count, "the same list again records nothing"
    done = station_sheets.load(sheet(LIST.replace(",D,", ",B,")), me)
    assert (done.new, done.changed, done.same) == (0, 1, 2)
    with pytest.raises(SheetRefused):
        station_sheets.load(sheet(LIST.replace(",a,", ",F,")), me)
    with pytest.raises(SheetRefused):
        station_sheets.load(sheet(LIST.replace("37.1,140.7,,,", "37.1,140.7,,,2026-01-01")), me)
    out = jishin.get("/incidents/stations/?as=csv").content
    StationRow.objects.all().delete()
    assert station_sheets.load(out, me).new == 3
    upload = SimpleUploadedFile("stations.csv", sheet(LIST.replace("平", "平四ツ波")))
    assert "変更1件" in jishin.post("/incidents/stations/import/", {"file": upload}).content.decode()
    assert user("madoguchi", "clerk").get("/incidents/stations/import/").status_code == 403


def test_pages_of_stations_answer_and_say_what_was_done(jishin: Client, sample: Callable[[str], bytes]) -> None:
    assert "取り込むか" in jishin.get("/incidents/stations/").content.decode()
    raw = sample(TOHOKU)
    drop(raw)
    work()
    code = of_iwaki(raw)[0].code
    leave_out(code, why="崖が崩れていた")
    record(Draft(StationSited(grade=SitingGrade.E, assessed_by="県 佐藤"), Station.coded(code)), system("test"))
    page = jishin.get(f"/incidents/stations/of/{code}/", follow=True).content.decode()
    for said in ("崖が崩れていた", "E 不適", "県 佐藤", "除外を取り消す", "除外で訂正した地震", "いわき市"):
        assert said in page
    bulletin = jishin.get(f"/incidents/inbox/{queries.bulletins().get().key}/").content.decode()
    assert "観測点を除いて訂正した値があります" in bulletin and "（除外）" in bulletin
    unknown = jishin.get("/incidents/stations/of/9999999/", follow=True)
    assert unknown.status_code == 200 and "9999999" in unknown.content.decode()
    assert jishin.get("/incidents/stations/9999999/").status_code == 404
    assert jishin.get("/incidents/stations/of/new/").status_code == 200
    clerk = user("shokuin", "staff").get(f"/incidents/stations/of/{code}/", follow=True).content.decode()
    assert "E 不適" in clerk and "station_sited" not in clerk, "who may not act sees no button"


@pytest.mark.parametrize("code", ["A&B", "東+1", "50%", "7#2", "観測 1"])
def test_a_code_of_any_letters_leads_to_its_station(jishin: Client, code: str) -> None:
    by_link = jishin.get(reverse("incidents:station_coded", args=[code]), follow=True)
    by_form = jishin.get("/incidents/stations/of/new/", {"code": code}, follow=True)
    for page in (by_link, by_form):
        assert page.status_code == 200
        assert page.context["code"] == code
    assert jishin.get(by_link.context["acts"][0][1]).status_code == 200


def test_a_window_that_is_over_is_no_exclusion_of_now(jishin: Client) -> None:
    now = worlds.now()
    leave_out("7", since=now - timedelta(days=2), until=now - timedelta(days=1), why="工事の振動")
    page = jishin.get("/incidents/stations/of/7/", follow=True).content.decode()
    assert "除外した期間があります。いまの読みは使います。" in page and "除外中" not in page and "工事の振動" in page
    assert "除外を取り消す" in page
    key = StationRow.objects.get().key
    listed = jishin.get("/incidents/stations/").content.decode().partition("<tbody")[2]
    assert key in listed and "除外中" not in listed
    assert key not in jishin.get("/incidents/stations/?excluded=1").content.decode()
    record(Draft(StationSited(grade=SitingGrade.E), Station.coded("7")), system("test"))
    page = jishin.get("/incidents/stations/of/7/", follow=True).content.decode()
    assert "評価が D か E のため" in page and "除外中" not in page


# ── maps ──

WEST, SOUTH = 140.6, 36.8


@pytest.fixture
def land(home: Path) -> Iterator[Path]:
    """The ground of two towns by いわき, and a directory of five stations, one of which is in no telegram."""
    top = estimating.ground_folder()
    top.mkdir(parents=True)

    def square(west: float) -> dict[str, object]:
        ring = [[west, SOUTH], [west + 0.2, SOUTH], [west + 0.2, SOUTH + 0.2], [west, SOUTH + 0.2], [west, SOUTH]]
        return {"type": "Polygon", "coordinates": [ring]}

    cells = fill([(Town("0720400", "いわき市"), square(WEST)), (Town("0720500", "隣町"), square(WEST + 0.2))])
    names = {"codes": np.array([t.code for t in cells.towns]), "names": np.array([t.name for t in cells.towns])}
    ground._write(top / ground.AREA, rows=cells.rows, columns=cells.columns, labels=cells.labels, **names)
    yield top


def directory(top: Path, codes: list[str], names: list[str]) -> Directory:
    n = len(codes)
    y, x = np.linspace(SOUTH + 0.02, SOUTH + 0.18, n), np.linspace(WEST + 0.02, WEST + 0.38, n)
    made = Directory(tuple(codes), tuple(names), y, x, np.full(n, 1.2), np.zeros(n, np.int32))
    ground._write(
        top / ground.DIRECTORY, codes=np.array(codes), names=np.array(names), latitudes=made.latitudes,
        longitudes=made.longitudes, factors=made.factors,
    )  # fmt: skip
    return made


def draw_waiting() -> str:
    tasks.tick(only=estimating.HANDLER)
    from tomoshibi.journal.models import TaskRow

    return TaskRow.objects.filter(handler=estimating.HANDLER).order_by("done_at").last().note


def test_the_map_of_an_incident_is_drawn_when_the_telegram_comes_and_again_without_a_station(
    town: None, land: Path, sample: Callable[[str], bytes]
) -> None:
    raw = sample(TOHOKU)
    here = of_iwaki(raw)
    directory(land, [s.code for s in here], [s.name for s in here])
    drop(raw)
    work()
    incident = IncidentRow.objects.get()
    assert estimating.waiting(incident.subject), "asked for by the telegram itself"
    draw_waiting()
    (said,) = estimating.maps_of(incident.subject)
    assert (said["stations"], said["classes"], said["estimated"]) == (len(here), True, True)
    assert said["largest"] == {"estimated": said["largest"]["estimated"], "observed": None, "observed_class": "6弱"}
    assert said["ground"] == "stations", "without a grid of cells it says whose amplification it used"
    assert said["lost"] > 2000 and said["excluded"] == []
    client = user("honbu", "headquarters")
    page = client.get(f"/estimated-maps/{said['folder']}/").content.decode()
    assert "推計です" in page and "階級の中央" in page and "いわき市" in page
    room = client.get(f"/incidents/{incident.key}/").content.decode()
    assert f"/estimated-maps/{said['folder']}/" in room
    # asked for again by hand, it is the same map; without a station it is another, which says so
    client.post("/estimated-maps/ask/", {"incident": incident.subject})
    assert draw_waiting() == said["folder"]
    leave_out(here[0].code)
    assert draw_waiting() != said["folder"]
    newest = estimating.maps_of(incident.subject)[0]
    assert newest["excluded"] == [here[0].name] and newest["stations"] == len(here) - 1
    assert here[0].name in client.get(f"/estimated-maps/{newest['folder']}/").content.decode()


def test_what_a_network_felt_is_drawn_moment_by_moment(jishin: Client, land: Path) -> None:
    run_network(network_state.folder())
    state = network_state.kept()
    assert state is not None
    shock = shocks.of_network(state)
    whole = shock.readings.intensities
    assert np.isfinite(whole).tolist() == [True, True, False], "the third station was never heard"
    values = np.array([frame.intensities for frame in shock.frames])
    grows = np.diff(np.nan_to_num(values), axis=0)
    assert (grows >= 0).all() and (grows[:, 1] > 0).any(), "what was shaken is never less shaken later"
    np.testing.assert_array_equal(values[-1][:2], whole[:2])
    record(Draft(StationSited(code="S1", grade=SitingGrade.D), Station.coded("S1")), system("test"))
    left = shocks.of_network(state)
    assert left.excluded == ["観測点1"] and left.readings.names == ("観測点0", "観測点2")


def test_what_maps_cannot_do_without_is_said(jishin: Client) -> None:
    page = jishin.get("/estimated-maps/").content.decode()
    assert "市町村の区域" in page and "tomoshibi map prepare" in page
    estimating.ask("", "network")
    assert "素地" in draw_waiting()


def test_suspects_are_listed_with_their_years_until_somebody_has_looked(
    jishin: Client, land: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, health = [], terms.health
    monkeypatch.setattr(terms, "health", lambda found: judged.append(found) or health(found))
    assert "stations learn" in jishin.get("/incidents/stations/suspects/").content.decode()
    random = np.random.default_rng(1)
    learned = random.uniform(-0.1, 0.1, 60)
    learned[7] = 1.1
    yearly = np.column_stack([learned, learned, learned])
    yearly[9] = (-0.5, -0.5, 0.6)
    until = datetime(2020, 12, 1, tzinfo=UTC)
    numbers = np.arange(2000000, 2000060, dtype=np.int32)
    found = terms.Terms(
        numbers, tuple(f"点{n}" for n in range(60)), learned, np.full(60, 0.05), np.full(60, 30),
        np.array([2012, 2014, 2020]), yearly, np.full((60, 3), 10), until, 300,
    )  # fmt: skip
    terms.save(found, land / ground.TERMS)
    page = jishin.get("/incidents/stations/suspects/").content.decode()
    assert "点7" in page and "点9" in page and "点20" not in page
    assert page.index("点7") < page.index("点9") and page.count("<title>20") == 6
    assert "incidents.station_sited" in page and "incidents.station_excluded" in page
    record(Draft(StationSited(code="2000007", grade=SitingGrade.E), Station.coded("2000007")), system("test"))
    page = jishin.get("/incidents/stations/suspects/").content.decode()
    assert "点7" not in page and "1 件を除く" in page
    assert "点7" in jishin.get("/incidents/stations/suspects/?all=1").content.decode()
    assert "<rect" in jishin.get("/incidents/stations/of/2000007/", follow=True).content.decode()
    monkeypatch.setattr(station_views, "PAGE", 1)
    asked = "/incidents/stations/suspects/?all=1"
    first, second = (jishin.get(f"{asked}&page={n}") for n in (1, 2))
    names = [[line.suspect.name for line in page.context["lines"]] for page in (first, second)]
    assert names == [["点7"], ["点9"]] and "page=2" in first.content.decode() and "2 件" in first.content.decode()
    assert len(judged) == 1, "thousands of stations are judged once, not at every look at a page"
    (land / ground.TERMS).write_text("{}")
    assert "観測点の項のファイル" in jishin.get("/incidents/stations/suspects/").content.decode()


def test_the_ground_is_kept_and_read_back(tmp_path: Path, land: Path) -> None:
    kept = ground.Ground(land)
    assert kept.area is not None and kept.area.cells > 6000
    assert kept.missing() == [ground.DIRECTORY, ground.TABLE, ground.TERMS, ground.CELLS]
    grid = tmp_path / "grid.csv"
    code = int(mesh.code_of(*mesh.cell_of(np.array([SOUTH + 0.1]), np.array([WEST + 0.1])))[0])
    grid.write_text(f"CODE,ARV\n{code},2.0\n")
    again = ground.prepare(land, sites=[grid])
    assert again.sites.at([SOUTH + 0.1], [WEST + 0.1])[0][0] == pytest.approx(np.log10(2))
    assert again.area is not None, "the other parts stay"
    (land / ground.AREA).write_bytes(b"PK")
    with pytest.raises(ValueError, match="map prepare"):
        _ = ground.Ground(land).area
