"""The dwelling register: a ledger taken in, list and map, one building with its households, photographs and marks."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import CLERK, HOUSE, INCIDENT, SURVEY, SURVEYOR, say
from tests.relief.test_dwelling_facts import jpeg
from tomoshibi.documents import SheetRefused
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.subjects import AreaKind
from tomoshibi.relief import dwelling_queries, dwelling_sheets, keys, photographs
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.dwelling_facts import HoldersTold, HouseholdPlaced, RiskMarked
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.models import DwellingRow, HoldersRow, PhotographRow, ResidenceRow
from tomoshibi.relief.words import Risk, Structure, Tenure, Use
from tomoshibi.residents import queries as residents
from tomoshibi.residents.facts import PersonAdded, ProtectionSet, WhereaboutsTold
from tomoshibi.vocabulary.damage import DamageClass

pytestmark = pytest.mark.django_db
ADDRESS = "灯市平字梅本21番地"
PERSON = "residents.person:00000000-0000-4000-8000-000000000001"
LEDGER = """物件番号,所在地番,家屋名称,種類,主体構造,階層,建築年次,床面積,納税義務者,緯度,経度
A-1,灯市平字梅本21番地,,居宅,木造瓦葺,2,昭和62年,118.5,灯　太郎,37.05,140.89
A-2,灯市平字梅本21番地,,物置,軽量鉄骨造,1,H3,20,灯　太郎,37.05,140.89
B-1,灯市平字梅本30番地,灯ハイツ,共同住宅,鉄筋コンクリート造,5,S47,1200,灯不動産,37.06,140.9
C-1,灯市平字梅本31番地,,店舗併用住宅,木造,2,,80,,37.061,140.901
"""


@pytest.fixture(autouse=True)
def _town(settings: Any, tmp_path: Any) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.shaken()


@pytest.fixture
def clerk() -> Client:
    return client_of("clerk")


def somebody() -> residents.Household:
    person = PersonAdded.model_validate({"name": "灯　太郎", "kana": "あかり　たろう", "relation": "世帯主"})
    told = WhereaboutsTold(address=ADDRESS)
    record([Draft(person, PERSON), Draft(told, f"residents.whereabouts:{PERSON.partition(':')[2]}")], system("test"))
    found = residents.person(PERSON, system("test"))
    assert found is not None
    home = residents.household(found.household, system("test"))
    assert home is not None
    return home


class TestLedger:
    def test_a_fixed_asset_ledger_is_read_as_it_is(self, clerk: Client) -> None:
        sent = SimpleUploadedFile("daicho.csv", LEDGER.encode("cp932"))
        answer = clerk.post("/relief/dwellings/import/", {"file": sent})
        assert answer.status_code == 200 and "新規4件" in answer.content.decode()
        rows = {r.number: r for r in DwellingRow.objects.all()}
        told = {n: (r.use, r.structure, r.storeys, r.built) for n, r in rows.items()}
        assert told == {
            "A-1": (Use.DWELLING, Structure.WOODEN, 2, 1987),
            "A-2": (Use.SHED, Structure.OTHER, 1, 1991),
            "B-1": (Use.DWELLING, Structure.OTHER, 5, 1972),
            "C-1": (Use.MIXED, Structure.WOODEN, 2, None),
        }
        assert rows["A-1"].subject == keys.dwelling(ADDRESS), "the dwelling that an application at the counter names"
        again = dwelling_sheets.load(LEDGER.encode(), CLERK)
        assert (again.new, again.changed, again.same) == (0, 0, 4)
        assert dwelling_sheets.built(rows["A-1"]) == "1987（昭和62年）"

    def test_a_building_lies_in_the_district_of_its_place_unless_the_ledger_says_another(self) -> None:
        def square(south: float, west: float, side: float) -> dict[str, Any]:
            ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
            return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}

        wide, narrow = "places.area:wide", "places.area:narrow"
        for ref, name, kind, shape in (
            (wide, "平地区", AreaKind.DISTRICT, square(37.0, 140.8, 0.2)),
            (narrow, "梅本地区", AreaKind.DISTRICT, square(37.055, 140.895, 0.007)),
            ("places.area:water", "浸水想定", AreaKind.HAZARD, square(37.0599, 140.8999, 0.0002)),
        ):
            record(Draft(AreaDescribed(name=name, area_kind=kind, geometry=shape), ref), system("test"))
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        found = dict(DwellingRow.objects.values_list("number", "area"))
        # the smallest district counts, and no hazard zone; a building without a place is in none
        assert found == {"A-1": wide, "A-2": wide, "B-1": narrow, "C-1": narrow}
        dwelling_sheets.load("物件番号,所在地番,地区\nB-1,灯市平字梅本30番地,平地区\n".encode(), CLERK)
        moved = "物件番号,所在地番,緯度,経度\nB-1,灯市平字梅本30番地,37.0601,140.9001\nZ-1,灯市平99番地,36.0,139.0\n"
        dwelling_sheets.load(moved.encode(), CLERK)
        found = dict(DwellingRow.objects.values_list("number", "area"))
        assert (found["B-1"], found["Z-1"]) == (wide, ""), "what was said stays; outside of every district is in none"

    def test_every_bad_row_is_named_and_half_a_ledger_is_not_loaded(self, clerk: Client) -> None:
        bad = LEDGER.replace("昭和62年", "むかし").replace("C-1,灯市平字梅本31番地", "C-1,灯市平字梅本30番地")
        bad += "D-1,,,居宅,木造,2,,80,,37.0,\nE-1,灯市平字梅本30番地,灯ハイツ,居宅,木造,1,,80,,,\nA-1,x,,居宅,,,,,,,\n"
        html = clerk.post(
            "/relief/dwellings/import/", {"file": SimpleUploadedFile("l.csv", bad.encode())}
        ).content.decode()
        assert not DwellingRow.objects.exists()
        for row, why in ((2, "むかし"), (6, "所在地"), (7, "4行と同じ"), (8, "家屋番号")):
            assert f"{row}" in html and why in html, (row, why)
        kept = dwelling_sheets.load(bad.encode(), CLERK, accept_good=True)
        assert kept.new == 3 and DwellingRow.objects.count() == 3

    @pytest.mark.parametrize(
        ("text", "year"),
        [("1987", 1987), ("昭和62年", 1987), ("S62", 1987), ("平元", 1989), ("R 3", 2021), ("明治40", 1907)],
    )
    def test_years_as_ledgers_write_them(self, text: str, year: int) -> None:
        assert dwelling_sheets.year(text) == year

    def test_what_is_exported_is_read_back(self, clerk: Client) -> None:
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        out = clerk.get("/relief/dwellings/?as=xlsx").content
        cells = [
            str(c)
            for row in openpyxl.load_workbook(io.BytesIO(out)).worksheets[0].iter_rows(values_only=True)
            for c in row
        ]
        assert "灯不動産" in cells and "B-1" in cells
        assert (dwelling_sheets.load(out, CLERK).same) == 4
        surveyors = client_of("surveyor").get("/relief/dwellings/?as=csv").content.decode("utf-8-sig")
        assert "灯市平字梅本30番地" in surveyors and "灯不動産" not in surveyors, "addresses, and nobody's name"


class TestListAndMap:
    def test_the_list_narrows_and_the_map_with_it(self, clerk: Client) -> None:
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        house.until("judged")
        say(RiskMarked(dwelling=HOUSE, mark=Risk.LIMITED), keys.risk(INCIDENT, HOUSE), SURVEYOR)
        html = clerk.get("/relief/dwellings/").content.decode()
        assert "5 件" in html and "中規模半壊" in html and "要注意（黄）" in html
        assert "灯ハイツ" not in clerk.get("/relief/dwellings/?use=shed").content.decode()
        for query, count in (("", 5), ("use=shed", 1), ("judged=medium-half", 1), ("risk=limited", 1), ("q=30番地", 1)):
            drawn = json.loads(clerk.get(f"/relief/dwellings/map.geojson?{query}").content)["features"]
            assert len(drawn) == count, query
        (one,) = json.loads(clerk.get("/relief/dwellings/map.geojson?judged=medium-half").content)["features"]
        assert one["properties"]["state"] == "中規模半壊、要注意（黄）"
        assert one["properties"]["kind"] == "中規模半壊", "the legend is of the class alone"
        (one,) = json.loads(clerk.get("/relief/dwellings/map.geojson?use=shed").content)["features"]
        assert one["properties"]["shape"] == "square"

    def test_many_are_counted_by_cell(self, clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tomoshibi.relief.dwelling_views.MOST_MARKS", 3)
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        drawn = json.loads(clerk.get("/relief/dwellings/map.geojson").content)["features"]
        assert sorted(f["properties"]["mark"] for f in drawn) == ["2", "2"]

    def test_a_list_of_many_asks_no_more_often(self, clerk: Client) -> None:
        counts = []
        for first, count in ((0, 3), (3, 60)):
            said = [
                (DwellingDescribed(address=f"本町{n}"), f"relief.dwelling:{n}") for n in range(first, first + count)
            ]
            record([Draft(fact, ref) for fact, ref in said], system("test"))
            clerk.get("/relief/dwellings/")
            with CaptureQueriesContext(connection) as caught:
                clerk.get("/relief/dwellings/")
            counts.append(len(caught))
        assert counts[0] == counts[1]


class TestOneBuilding:
    page = f"/relief/dwellings/{HOUSE.partition(':')[2]}/"

    def test_photographs_are_added_shown_and_logged(self, clerk: Client) -> None:
        house.until("applied")
        sent = {"photo": SimpleUploadedFile("a.jpg", jpeg(size=(400, 300))), "caption": "北側の壁"}
        assert clerk.post(self.page, sent).status_code == 303
        row = PhotographRow.objects.get()
        html = clerk.get(self.page).content.decode()
        address = f"/relief/photographs/{row.subject.partition(':')[2]}/"
        assert address in html and "北側の壁" in html
        shown = clerk.get(address)
        content = b"".join(shown.streaming_content)  # type: ignore[attr-defined]
        assert shown["Content-Type"] == "image/jpeg" and content.startswith(b"\xff\xd8") and b"SECRET" not in content
        assert client_of("staff").get(address).status_code == 403
        bad = clerk.post(self.page, {"photo": SimpleUploadedFile("a.jpg", b"no")})
        assert bad.status_code == 422 and "画像として読めません" in bad.content.decode()
        assert clerk.post(self.page, {}).status_code == 422
        assert Reading.objects.filter(subject=HOUSE).exists()

    def test_households_as_of_the_disaster(self, clerk: Client) -> None:
        home = somebody()
        say(house.dwelling, HOUSE)
        html = clerk.get(self.page).content.decode()
        assert "2024-01-01 に住んでいた世帯" in html and "名簿の住所による" in html and "灯　太郎" in html
        said = {"household": home.key, "tenure": "rented", "since": "2010-04-01", "until": ""}
        assert clerk.post(self.page, said).status_code == 303
        assert ResidenceRow.objects.get().tenure == "rented"
        html = clerk.get(self.page).content.decode()
        assert "借家" in html and "名簿の住所による" not in html
        assert clerk.post(self.page, {**said, "until": "2000-01-01"}).status_code == 422
        assert clerk.post(self.page, {**said, "until": "x"}).status_code == 422
        place = DwellingRow.objects.get()
        clerk.post(self.page, {**said, "until": "2023-12-31"})
        assert dwelling_queries.homes(place, CLERK, date(2024, 1, 1)) == [], "it had moved out the day before"
        (then,) = dwelling_queries.homes(place, CLERK, date(2023, 12, 31))
        assert (then.how, then.tenure, then.household.ref) == ("said", Tenure.RENTED, home.ref)
        assert "灯　太郎" not in client_of("surveyor").get(self.page).content.decode()

    def test_several_households_in_one_building(self) -> None:
        home = somebody()
        say(house.dwelling, HOUSE)
        say(house.applied(), house.APPLICATION, CLERK)
        other = PersonAdded.model_validate({"name": "隣　花子", "relation": "世帯主"})
        record(Draft(other, "residents.person:00000000-0000-4000-8000-000000000002"), system("test"))
        hers = residents.person("residents.person:00000000-0000-4000-8000-000000000002", system("test"))
        assert hers is not None
        for ref in (home.ref, hers.household):
            say(HouseholdPlaced(dwelling=HOUSE, household=ref), keys.residence(HOUSE, ref), CLERK)
        place = dwelling_queries.register().get()
        assert place.homes == 2
        names = {h.household.head.name for h in dwelling_queries.homes(place, CLERK, date(2024, 1, 1), INCIDENT)}
        assert names == {"灯　太郎", "隣　花子"}

    def test_the_protected_leave_no_trace(self, clerk: Client) -> None:
        home = somebody()
        say(house.dwelling, HOUSE)
        say(HoldersTold(owner="灯　太郎", tenants=["店　子"]), keys.holders(HOUSE), CLERK)
        say(HouseholdPlaced(dwelling=HOUSE, household=home.ref), keys.residence(HOUSE, home.ref), CLERK)
        assert "灯　太郎" in clerk.get(self.page).content.decode()
        record(Draft(ProtectionSet(), PERSON), system("test"))
        residence = keys.residence(HOUSE, home.ref)
        for address in (
            self.page, "/relief/dwellings/?as=csv", f"/subject/{HOUSE}/", f"/subject/{residence}/",
            f"/subject/{keys.holders(HOUSE)}/", record_address("relief.holders_told", keys.holders(HOUSE)),
            f"/api/v1/subjects/{HOUSE}", f"/api/v1/subjects/{keys.holders(HOUSE)}",
        ):  # fmt: skip
            assert "太郎" not in clerk.get(address).content.decode("utf-8-sig", "replace"), address
        found = clerk.get("/search/?q=灯").content.decode()
        assert residence not in found and keys.holders(HOUSE) not in found, "the person and the building, never as one"
        with pytest.raises(Forbidden):
            say(HouseholdPlaced(dwelling=HOUSE, household=home.ref), residence, CLERK)
        assert "灯　太郎" in client_of("administrator").get(self.page).content.decode()

    def test_owner_and_tenants_are_for_who_sees_names(self, clerk: Client) -> None:
        """Not for surveyors and approvers, who read every building: on its page, by its entries, by the forms."""
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        say(house.dwelling, HOUSE)
        say(HoldersTold(owner="灯不動産", tenants=["店　子"]), keys.holders(HOUSE), CLERK)
        surveyor, approver = client_of("surveyor"), client_of("approver")
        flats = keys.dwelling("灯市平字梅本30番地", "灯ハイツ")
        for ref in (HOUSE, flats):
            page, own = f"/relief/dwellings/{ref.partition(':')[2]}/", keys.holders(ref)
            assert "灯不動産" in clerk.get(page).content.decode()
            assert Reading.objects.filter(subject=own, where=page).exists()
            for address in (
                page, f"/subject/{ref}/", f"/api/v1/subjects/{ref}", record_address("relief.dwelling_described", ref),
                f"/subject/{own}/", f"/api/v1/subjects/{own}", record_address("relief.holders_told", own),
            ):  # fmt: skip
                for who in (surveyor, approver):
                    text = who.get(address).content.decode()
                    assert "灯不動産" not in text and "店　子" not in text, address
        with pytest.raises(Forbidden):
            say(HoldersTold(owner="よそ者"), keys.holders(HOUSE), SURVEYOR)

    def test_a_sheet_without_names_leaves_them(self) -> None:
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        blank = LEDGER.replace("灯　太郎", "").replace("灯不動産", "").replace("1200", "1300")
        done = dwelling_sheets.load(blank.encode(), SURVEYOR)
        assert (done.new, done.changed, done.same) == (0, 1, 3)
        flats = keys.holders(keys.dwelling("灯市平字梅本30番地", "灯ハイツ"))
        assert HoldersRow.objects.get(subject=flats).owner == "灯不動産"
        moved = dwelling_sheets.load(LEDGER.replace("灯不動産", "新しい持ち主").encode(), CLERK)
        assert (moved.new, moved.changed, moved.same) == (0, 1, 3), "floor and owner of one building"
        long = LEDGER.replace("灯不動産", "長" * 201).replace("1200", "1400").encode()
        with pytest.raises(SheetRefused):
            dwelling_sheets.load(long, CLERK)
        assert dwelling_sheets.load(long, CLERK, accept_good=True).changed == 0

    def test_the_sheet_on_paper(self, clerk: Client) -> None:
        house.until("judged")
        drafts = photographs.drafts([jpeg(size=(800, 600))], HOUSE, SURVEY, "外壁", INCIDENT)
        record(drafts, system("test"))
        paper = clerk.get(f"{self.page}sheet-1.pdf?incident={INCIDENT}")
        assert paper.status_code == 200, paper.content.decode()[-3000:]
        assert paper.content.startswith(b"%PDF")
        judge = client_of("approver").get(f"/relief/judging/{SURVEY.partition(':')[2]}/").content.decode()
        assert "/relief/photographs/" in judge and "外壁" in judge, "the second pair of eyes sees what the first saw"
        assert clerk.get(f"{self.page}sheet-2.pdf?incident={INCIDENT}").status_code == 404

    def test_rounds_name_their_incident_and_the_classes_of_its_day(self, clerk: Client) -> None:
        house.until("judged")
        old, its = "incidents.incident:old", "relief.survey:old"
        began = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)
        opened = IncidentOpened(name="東日本大震災", hazard=Hazard.EARTHQUAKE, began=began)
        partly = Sheet.model_validate(
            {"method": "earthquake-wooden-1", "tilt_mm": 24, "seen": [{"part": "roof", "degree": 1, "share": 10}]}
        )
        record(
            [
                Draft(opened, old, incident=old),
                Draft(SurveyPlanned(dwelling=HOUSE, disaster_on=began.date()), its, incident=old),
                Draft(Surveyed(sheet=partly, surveyors="調査員"), its, incident=old),
            ],
            system("test"),
        )
        approver = client_of("approver")
        waits = approver.get(f"/relief/judging/{its.partition(':')[2]}/").content.decode()
        assert "東日本大震災" in waits and "傾斜 24/1200 mm" in waits, "what decided nothing is shown as well"
        assert "東日本大震災" in approver.get("/relief/judging/").content.decode()
        record(Draft(Judged(damage_class=DamageClass.PARTIAL), its, incident=old), house.JUDGE)
        html = clerk.get(self.page).content.decode()
        assert "東日本大震災 第1回" in html and "能登の地震 第1回" in html
        assert '<span class="mark">一部損壊</span>' in html, "as the class was called in 2011"

    def test_what_nobody_lives_in_is_not_surveyed_and_marks_stand_apart(self) -> None:
        surveyor = client_of("surveyor")
        say(house.dwelling, HOUSE)
        assert "調査する" in surveyor.get(self.page).content.decode()
        say(RiskMarked(dwelling=HOUSE, mark=Risk.UNSAFE, inspector="判定士"), keys.risk(INCIDENT, HOUSE), SURVEYOR)
        html = surveyor.get(self.page).content.decode()
        assert (
            "危険（赤）" in html and "被害の程度（罹災証明）ではありません" in html and "まだ調査していません" in html
        )
        say(DwellingDescribed(use=Use.SHED), HOUSE)
        html = surveyor.get(self.page).content.decode()
        assert "調査する" not in html and "非住家です" in html


class TestHolders:
    """The register searched by who owns a building or rents it."""

    @pytest.fixture(autouse=True)
    def _ledger(self) -> None:
        dwelling_sheets.load(LEDGER.encode(), CLERK)
        flats = keys.holders(keys.dwelling("灯市平字梅本30番地", "灯ハイツ"))
        told = HoldersTold(tenants=["山﨑　店子", "髙橋　一"], tenants_kana=["やまざき たなこ", "たかはし はじめ"])
        say(told, flats, CLERK)

    def found(self, who: Client, text: str) -> list[str]:
        page = who.get("/relief/dwellings/", {"holder": text})
        return [row[0][0].text for row in page.context["table"]]

    @pytest.mark.parametrize("text", ["山崎", "山﨑店子", "ヤマサキ", "ﾔﾏｻﾞｷ", "高橋 一", "たかはし", "灯不動産"])
    def test_by_name_or_kana_however_it_is_written(self, clerk: Client, text: str) -> None:
        assert self.found(clerk, text) == ["灯市平字梅本30番地 灯ハイツ"]

    def test_what_is_shown_is_named_and_its_reading_is_kept(self, clerk: Client) -> None:
        page = clerk.get("/relief/dwellings/", {"holder": "不動産"})
        flats = keys.holders(keys.dwelling("灯市平字梅本30番地", "灯ハイツ"))
        assert "灯不動産、山﨑　店子、髙橋　一" in page.content.decode()
        assert Reading.objects.filter(subject=flats, where="/relief/dwellings/").count() == 1
        marks = json.loads(clerk.get("/relief/dwellings/map.geojson", {"holder": "不動産"}).content)["features"]
        assert len(marks) == 1
        assert self.found(clerk, "だれでもない") == [] and len(self.found(clerk, " ")) == 4

    def test_who_may_not_see_names_cannot_look_for_them(self) -> None:
        surveyor = client_of("surveyor")
        assert len(self.found(surveyor, "灯不動産")) == 4, "the box is not theirs: nothing is narrowed"
        page = surveyor.get("/relief/dwellings/", {"holder": "灯不動産", "as": "csv"}).content.decode("utf-8-sig")
        assert "灯不動産" not in page and 'name="holder"' not in surveyor.get("/relief/dwellings/").content.decode()

    def test_a_protected_household_is_not_found_by_its_landlord(self, clerk: Client) -> None:
        home = somebody()
        flats = keys.dwelling("灯市平字梅本30番地", "灯ハイツ")
        placed = HouseholdPlaced(dwelling=flats, household=home.ref)
        record(Draft(placed, keys.residence(flats, home.ref)), system("test"))
        assert self.found(clerk, "灯不動産") == ["灯市平字梅本30番地 灯ハイツ"]
        record(Draft(ProtectionSet(), PERSON), system("test"))
        assert self.found(clerk, "灯不動産") == [] == self.found(clerk, "やまざき")
        assert self.found(client_of("administrator"), "灯不動産") == ["灯市平字梅本30番地 灯ハイツ"]

    def test_kana_comes_with_the_ledger_and_goes_out_again(self, clerk: Client) -> None:
        head, *rows = LEDGER.strip().split("\n")
        kana = {"A": "アカリ タロウ", "B": "アカリフドウサン", "C": ""}
        ledger = "\n".join([f"{head},納税義務者カナ", *(f"{row},{kana[row[0]]}" for row in rows)])
        assert dwelling_sheets.load(ledger.encode(), CLERK).changed == 3
        assert self.found(clerk, "ふどうさん") == ["灯市平字梅本30番地 灯ハイツ"]
        out = clerk.get("/relief/dwellings/?as=csv").content
        assert dwelling_sheets.load(out, CLERK).same == 4
