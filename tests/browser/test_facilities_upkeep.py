"""Facilities beside the worst hour, in a browser: the operator's list, beds, drills, stores, drawings, paper sheets."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.documents.test_pictures import photograph

OPENED = """
from datetime import timedelta
from tomoshibi.facilities import demo, upkeep
from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.notifying import drafts
from tomoshibi.facilities.subjects import facility_of
from tomoshibi.facilities.transfer_facts import BedsOffered
from tomoshibi.facilities.transfer_subjects import BedOffer
from tomoshibi.facilities.upkeep_facts import DrillHeld, DrillPlanned, MendNoted, StockDescribed, StockMoved
from tomoshibi.facilities.upkeep_subjects import Drill, stock_of
from tomoshibi.facilities.upkeep_words import Stored, Why
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import SiteDescribed
from tomoshibi.places.models import SiteRow
incident = Incident.ref("facilities-upkeep")
me = system("test")
record(Draft(IncidentOpened(name="台風第11号", hazard=Hazard.WIND_AND_FLOOD), incident, incident=incident), me)
codes = [demo.site(code) for code in ("C000", "C010", "C020")]
one, two, three = SiteRow.objects.filter(subject__in=codes).order_by("code")
record(Draft(SiteDescribed(fax="000-246-0001"), one.subject), me)
why = "小本川が避難判断水位に達しました"
record(drafts([one, two, three], incident, "upkeep", level=3, area="本町地区", why=why), me)
to = {"facility": facility_of(two.subject), "name": two.name}
record(Draft(BedsOffered(**to, number=3, note="吸引は不可"), BedOffer.ref("upkeep"), incident=incident), me)
own, today = {"facility": facility_of(one.subject), "name": one.name}, upkeep.today()
drill = Drill.ref("upkeep")
held = DrillHeld(**own, held_on=today - timedelta(days=400), scenario="夜9時、大雨で警戒レベル3、職員2人", staff=2,
    residents=30, out_min=18, in_min=41, at_night=True, went_wrong="エレベーターで待った。")
record([Draft(held, drill), Draft(MendNoted(text="布担架を2枚買う", owner="事務長", due=today), drill),
    Draft(DrillPlanned(**own, planned_on=today + timedelta(days=20), scenario="地震"), Drill.ref("later"))], me)
lots = (("備蓄の水", Stored.WATER, 300, "L", 20), ("パン缶", Stored.FOOD, 240, "食", -3))
for item, stored, amount, unit, days in lots:
    until = today + timedelta(days=days)
    lot = stock_of(own["facility"], item, until)
    described = StockDescribed(**own, item=item, stored=stored, unit=unit, best_before=until, per_day=3, place="2階")
    record([Draft(described, lot), Draft(StockMoved(why=Why.IN, change=amount, item=item), lot)], me)
print(one.subject.partition(":")[2])
"""


@pytest.fixture(scope="module")
def city(live_city):
    return live_city


@pytest.fixture(scope="module")
def home(city) -> Iterator[str]:
    yield f"/facilities/{city.python(OPENED).strip()}/"
    city.close_incident("facilities-upkeep")


def test_an_operator_works_down_the_list(city, home, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city, to="/facilities/calls/")
    expect(page.locator(".call")).to_have_count(3)
    first = page.locator(".call").first
    name = first.locator("h2 a").inner_text()
    first.get_by_role("button", name="出ない").click()
    expect(page.locator(".call").first.locator("h2 a")).not_to_have_text(name)
    line = page.locator(".call", has_text=name)
    expect(line.locator(".called")).to_contain_text("出ない")
    line.get_by_label("相手").fill("夜勤の責任者")
    line.get_by_role("button", name="伝わった").click()
    expect(page.locator("table")).to_contain_text("夜勤の責任者")
    check_page(page, "facilities-calls")


def test_a_bed_is_taken(city, home, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city, to=f"{home}beds/")
    offer = page.locator("form.card", has_text="吸引は不可")
    offer.locator("input[name=resident]").first.check()
    offer.get_by_role("button", name="この人たちを頼む").click()
    going = page.get_by_role("region", name="ここから行く人")
    expect(going).to_contain_text("受け入れを頼んだ")
    going.get_by_role("button", name="送り出した").click()
    expect(going).to_contain_text("送り出した")
    check_page(page, "facilities-beds")


#: the pages that are like another one are looked at where pictures are asked for
PAGES = [
    "stores/",
    "checks/tsunami/paper/",
    *(["drills/", "residents/import/", "../beds/", "../list/"] if "TOMOSHIBI_SHOTS" in os.environ else []),
]


@pytest.mark.parametrize("part", PAGES)
def test_pages_of_ordinary_times(city, home, page: Page, signed_in, check_page, part: str) -> None:
    address = f"/facilities/{part[3:]}" if part.startswith("..") else home + part
    signed_in(page, "honbu", city, to=address)
    check_page(page, f"facilities-{part.strip('./').replace('/', '-')}")


def test_photographs_go_with_a_sheet_and_a_plan(city, home, page: Page, signed_in, check_page, tmp_path) -> None:
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(photograph((800, 600)))
    signed_in(page, "honbu", city, to=f"{home}checks/ordinary/paper/")
    page.get_by_label("点検した日").fill("2026-04-01")
    page.locator("input[name=i-12][value=no]").check()
    page.get_by_role("button", name="記録する").click()
    page.get_by_label("写真（25 MB まで").set_input_files(picture)
    page.locator("#item").select_option("12")
    page.get_by_role("button", name="加える").click()
    page.locator("figure img").scroll_into_view_if_needed()  # pictures are loaded when they are come to
    expect(page.locator("figure img")).to_have_js_property("naturalWidth", 600)
    check_page(page, "facilities-check-times")
    if "TOMOSHIBI_SHOTS" in os.environ:
        page.goto(city.url(f"{home}drawings/"))
        page.locator("#file").set_input_files(picture)
        page.locator("form.card button.main").click()  # the page speaks English by now
        page.locator("figure img").scroll_into_view_if_needed()
        expect(page.locator("figure img")).to_have_js_property("naturalWidth", 600)
        check_page(page, "facilities-drawings")
