"""The workbook out and in with bad rows named, what may come to a site, and the papers written from the profile."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.clients import client_of
from tests.facilities import home
from tests.facilities.home import CARER, HOME, SUN
from tests.facilities.test_pages import text
from tests.facilities.test_upkeep import stored
from tomoshibi.documents import SheetError, SheetRefused
from tomoshibi.facilities import hazards, plans, queries, upkeep, workbook
from tomoshibi.facilities.facts import FacilityDescribed
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.upkeep_models import StockRow
from tomoshibi.facilities.upkeep_words import Stored
from tomoshibi.facilities.words import Danger, Role
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Area, AreaKind
from tomoshibi.vocabulary import speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> SiteRow:
    home.build()
    return SiteRow.objects.get(subject=SUN)


def filled(site: SiteRow, language: str = "ja", **more: str) -> bytes:
    """The exported form, filled in by hand: 60 residents above the river."""
    with speak(language):
        book = openpyxl.load_workbook(io.BytesIO(workbook.export(site, queries.profiles([SUN]).get(SUN))))
    sheets = book.worksheets
    told = {
        0: {
            1: 12.5,
            4: "小本川",
            5: 1.5,
            6: 0.5,
            7: "赤鹿観測所",
            8: 2.5,
            9: 3.1,
            11: 2,
            13: "本町小学校",
            16: "県道を北へ",
        },
        1: {1: "鉄筋コンクリート", 2: 2, 3: 1998},
        2: {1: 60, 2: 60, 5: 22, 6: 18, 7: 2},
    }
    for number, cells in told.items():
        for row, value in cells.items():
            sheets[number].cell(row + 1, 2, value)
    sheets[3].cell(8, 2, "その場の主任"), sheets[3].cell(8, 3, "夜は夜勤の責任者／電話を待たない")
    sheets[5].cell(10, 2, "相談員"), sheets[5].cell(10, 3, "便袋を各階に配る")
    sheets[6].append(["飲料水", "360 L", "2027/03/31", "2階倉庫"])
    sheets[7].append(["県外", "姉妹施設 さくら園", "000-900-1234"])
    for place, value in more.items():
        sheets[int(place[1])].cell(int(place[3:]), 2, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_workbook_goes_out_and_comes_in(site: SiteRow, language: str) -> None:
    data = filled(site, language)
    with speak(language):
        assert len(openpyxl.load_workbook(io.BytesIO(data)).sheetnames) == 10  # eight parts, two with a second table
    done = workbook.load(site, data, CARER)
    assert (done.new, done.changed, done.problems) == (0, 1, ())
    row = FacilityRow.objects.get(subject=HOME)
    assert (row.height_m, row.river, row.danger_m, row.wheelchairs, row.floors) == (12.5, "小本川", 3.1, 22, 2)
    assert workbook.said(row)["その場で決める人"] == ("その場の主任", "夜は夜勤の責任者・電話を待たない")
    assert workbook.said(row)["当日: トイレ"][0] == "相談員"
    (water,) = StockRow.objects.filter(site=SUN)
    found = (water.item, water.quantity, str(water.best_before), water.place, water.stored_word, water.per_day)
    assert found == ("飲料水", "360 L", "2027-03-31", "2階倉庫", Stored.WATER, 3.0)
    assert row.lines("contacts") == [["県外", "姉妹施設 さくら園", "000-900-1234"]]
    entries = EntryRow.objects.count()
    assert workbook.load(site, data, CARER).same == 1  # and nothing more is recorded
    assert workbook.load(site, workbook.export(site, row), CARER).same == 1
    assert EntryRow.objects.count() == entries


def test_bad_rows_are_named_and_nothing_is_loaded_by_accident(site: SiteRow) -> None:
    bad = filled(site, s0r2="高い", s1r3="二")
    with pytest.raises(SheetRefused) as no:
        workbook.load(site, bad, CARER)
    assert [(p.sheet, p.row, p.value) for p in no.value.problems] == [("1 立地", 2, "高い"), ("2 建物と設備", 3, "二")]
    assert FacilityRow.objects.get(subject=HOME).river == ""
    done = workbook.load(site, bad, CARER, accept_good=True)
    assert len(done.problems) == 2 and FacilityRow.objects.get(subject=HOME).river == "小本川"
    with pytest.raises(SheetError):
        workbook.load(site, b"not a workbook", CARER)


def test_the_page_of_the_workbook(site: SiteRow) -> None:
    own, staff = client_of("facility", SUN), client_of("staff")
    assert staff.get("/facilities/sun/workbook/").status_code == 403 == own.get("/facilities/sea/workbook/").status_code
    assert own.post("/facilities/sun/workbook/").status_code == 422
    for data, status, words in ((filled(site, s0r2="高い"), 422, "「高い」"), (filled(site), 200, "変更1件")):
        response = own.post("/facilities/sun/workbook/", {"file": SimpleUploadedFile("w.xlsx", data)})
        assert response.status_code == status and words in response.content.decode()
    assert "3.1 m" in text(own, "/facilities/sun/")
    exported = own.get("/facilities/sun/plan/workbook.xlsx").content
    assert "小本川" in [c.value for c in openpyxl.load_workbook(io.BytesIO(exported)).worksheets[0]["B"]]


def test_what_may_come_and_where_to_go(site: SiteRow) -> None:
    found = hazards.of_areas(
        ["小本川洪水浸水想定区域 0.5～3.0m", "計画規模 浸水 ５ｍ", "急傾斜地 本町", "津波浸水想定", "公園"]
    )
    by = {c.danger: c for c in found}
    assert set(by) == {Danger.FLOOD, Danger.LANDSLIDE, Danger.TSUNAMI}
    assert by[Danger.FLOOD].depth_m == 5.0 and by[Danger.TSUNAMI].depth_m is None
    assert [hazards.Coming(Danger.FLOOD, (), d).dry_floor(2) for d in (0.5, 2.9, 3.0, None)] == [2, 2, None, None]
    profile = FacilityRow(floors=2, destination="本町小学校", upstairs="2階 食堂", tsunami_min=20)
    flood = [str(t) for t in hazards.where_to_go(by[Danger.FLOOD], profile)]
    assert "レベル3" in flood[0] and "本町小学校" in flood[0] and "必ず早く出る" in flood[2]
    assert "反対側" in str(hazards.where_to_go(by[Danger.LANDSLIDE], profile)[2])
    assert "20分" in str(hazards.where_to_go(by[Danger.TSUNAMI], profile)[0])
    square = [[140.87, 37.04], [140.89, 37.04], [140.89, 37.06], [140.87, 37.06], [140.87, 37.04]]
    area = {"type": "Polygon", "coordinates": [square]}
    record(
        Draft(AreaDescribed(name="浸水想定 2m", area_kind=AreaKind.HAZARD, geometry=area), Area.ref("water")), home.ME
    )
    assert [(c.danger, c.depth_m) for c in hazards.coming(site, None)] == [(Danger.FLOOD, 2.0)]
    html = text(client_of("facility", SUN), "/facilities/sun/")
    assert "浸水想定 2m" in html and "より安全な建物" in html


def test_stores_are_called_for_before_they_run_out(site: SiteRow) -> None:
    for number, days in enumerate((90, 30, -1), 1):
        record(stored("水", number, upkeep.today() + timedelta(days=days)), CARER)
    record(stored("米", 10, None), CARER)
    assert [row.quantity for row in upkeep.expiring([SUN])[SUN]] == ["3 L", "2 L"]
    html = text(client_of("facility", SUN), "/facilities/sun/")
    assert "期限の近い備蓄" in html and html.count("期限切れ") == 1


def test_teams_by_day_and_by_night() -> None:
    assert plans.teams(12) == [(Role.COMMAND.label, 2), (Role.INFO.label, 2), (Role.MOVE.label, 8)]
    assert [n for _, n in plans.teams(3)] == [1, 1, 1] and [n for _, n in plans.teams(None)] == [0, 0, 0]
    assert [n for _, n in plans.teams(2)] == [1, 1] and [n for _, n in plans.teams(1)] == [1]


def test_papers_are_written_from_the_profile(site: SiteRow) -> None:
    workbook.load(site, filled(site), CARER)
    row = FacilityRow.objects.get(subject=HOME)
    told = list(plans.sections(site, row))
    titles = [str(s["title"]) for s in told]
    for wanted in (
        "目的",
        "決める人",
        "体制",
        "水位の目安",
        "段階ごとにすること",
        "前兆",
        "運び方",
        "三つの段階",
        "連絡先",
    ):
        assert wanted in titles
    levels = next(s for s in told if str(s["title"]) == "水位の目安")["rows"]
    assert [r[0] for r in levels] == ["0.5 m", "2.5 m", "3.1 m"]
    night = next(s for s in told if str(s["title"]) == "体制")["charts"][1]
    assert "もう一人が誘導" in str(night["note"])
    own = client_of("facility", SUN)
    for what in ("plan.pdf", "poster.pdf", "leaflet.pdf"):
        assert own.get(f"/facilities/sun/plan/{what}").content.startswith(b"%PDF-")
    assert own.get("/facilities/sun/plan/none.pdf").status_code == 404


def test_the_town_sees_who_has_no_plan_or_an_old_one(site: SiteRow) -> None:
    honbu = client_of("headquarters")
    assert "計画なし" in text(honbu, "/facilities/list/?plan=none") and "ひだまり園" in text(
        honbu, "/facilities/list/?plan=none"
    )
    assert "ひだまり園" not in text(honbu, "/facilities/list/?plan=old")
    old = (worlds.now() - timedelta(days=500)).date()
    record(Draft(FacilityDescribed(plan_made_on=old), HOME), CARER)
    assert "古い計画" in text(honbu, "/facilities/list/?plan=old")
    assert "古くなっています" in text(honbu, "/facilities/sun/")
    record(Draft(FacilityDescribed(plan_made_on=date(2999, 1, 1)), HOME), CARER)
    assert "ひだまり園" not in text(honbu, "/facilities/list/?plan=old")
