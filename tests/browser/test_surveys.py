"""Surveys in a real browser: planned by headquarters, made on a tablet whose network is cut and whose tab is killed,
sent later with their own time; the tablet's ratio equals the town's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import _looks_right
from tests.relief.test_dwelling_facts import jpeg
from tomoshibi.relief.damage import Sheet, assess, problems, rules
from tomoshibi.vocabulary.damage import Method, Sunk, name_of, survey_table

TABLET = {"width": 820, "height": 1180}
#: a disaster before and one since inland floods are judged by depth
DAYS = (date(2024, 1, 1), date(2024, 9, 8))

OPENED = """
from datetime import UTC, datetime
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import assigning, field_links, keys, survey_queries
from tomoshibi.relief.facts import DwellingDescribed, SurveyPlanned
from tomoshibi.relief.models import TeamRow
from tomoshibi.relief.survey_facts import TeamDescribed
from tomoshibi.places.queries import head_office
me, incident = system("test"), Incident.ref("surveys-quake")
began = datetime(2024, 1, 1, 7, 10, tzinfo=UTC)
record(Draft(IncidentOpened(name="能登の地震", hazard=Hazard.EARTHQUAKE, began=began), incident, incident=incident), me)
office = head_office()
drafts = []
for n in range(6):
    place = keys.dwelling(f"調査町{n + 1}番地")
    said = DwellingDescribed(address=f"調査町{n + 1}番地", structure="wooden", storeys=2,
                             lat=office.lat + n / 900, lon=office.lon + n % 2 / 900)
    planned = SurveyPlanned(dwelling=place, disaster_on=began.date())
    drafts += [Draft(said, place), Draft(planned, keys.survey(incident, place, 1), incident=incident)]
record(drafts, me)
team = keys.team(incident, "第1班")
record(Draft(TeamDescribed(name="第1班", members=["調査 一郎"], per_day=10), team, incident=incident), me)
assigning.assign(incident, me, survey_queries.today(), 1)
print(field_links.address(TeamRow.objects.get(subject=team)))
"""
SENT = """
from tomoshibi.relief.models import PhotographRow, SurveyRow
row = SurveyRow.objects.filter(surveyed_at__isnull=False, incident__endswith="surveys-quake").get()
print(row.ratio, row.proposed, PhotographRow.objects.filter(about=row.subject).count())
"""


@pytest.fixture(scope="module")
def link(live_city) -> Iterator[str]:
    yield live_city.python(OPENED).strip()
    live_city.close_incident("surveys-quake")


def test_a_survey_on_a_tablet_with_the_network_cut(
    live_city, link, page: Page, signed_in, check_page, chromium: Browser, watch, tmp_path, shots
) -> None:
    watch.expected.append("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource")
    signed_in(page, "honbu", live_city, to="/relief/planning/?incident=incidents.incident:surveys-quake")
    expect(page.locator(".days")).to_contain_text("第1班")
    check_page(page, "relief-planning")

    context = chromium.new_context(viewport=TABLET, locale="ja-JP", timezone_id="Asia/Tokyo", has_touch=True)  # type: ignore[arg-type]
    watch.on(context)
    tablet = context.new_page()
    tablet.goto(live_city.url(link))
    expect(tablet.locator("body[data-kept=kept]")).to_be_attached()  # the day is in the tablet now
    expect(tablet.locator("#left")).to_have_text("6")
    check_page(tablet, "relief-field")
    tablet.set_viewport_size(TABLET)  # type: ignore[arg-type]
    tablet.context.clear_cookies(name="tomoshibi_language")
    tablet.goto(live_city.url(link))
    expect(tablet.locator("body[data-ready]")).to_be_attached()

    context.set_offline(True)
    first = tablet.locator("[data-survey]").first
    house = first.locator(".address").inner_text()
    first.locator("a.address").click()
    for _ in range(4):
        tablet.get_by_role("button", name="壁（外壁） 程度 IV +10 %").click()
    expect(tablet.locator("#ratio .number")).to_have_text("22.5 %")
    expect(tablet.locator("#ratio strong")).to_have_text("半壊")
    picture = tmp_path / "wall.jpg"
    picture.write_bytes(jpeg(size=(1200, 900)))
    tablet.locator("#photo").set_input_files(str(picture))
    expect(tablet.locator("#photos canvas")).to_have_count(1)
    tablet.locator("#photos button").first.wait_for()
    tablet.close()  # the battery is empty; what was typed and photographed is not gone

    tablet = context.new_page()
    kept = tablet.goto(live_city.url(link))
    assert kept is not None and "x-kept-at" in kept.headers
    expect(tablet.locator("[data-survey]").first.locator(".state")).to_have_text("下書き")
    tablet.locator("[data-survey]").first.locator("a.address").click()
    expect(tablet.locator("#about")).to_have_text(house)
    expect(tablet.locator("#ratio .number")).to_have_text("22.5 %")
    expect(tablet.locator("#photos canvas")).to_have_count(1)
    _looks_right(tablet, "relief-field-sheet")
    tablet.screenshot(path=shots / "relief-field-sheet.png", full_page=True)
    expect(tablet.locator("#surveyors")).to_have_value("調査 一郎")
    tablet.get_by_role("button", name="屋根 程度 III +10 %").click()
    expect(tablet.locator("#ratio .why")).to_have_text("屋根 0.7＋壁（外壁） 22.5")
    tablet.get_by_role("button", name="調査票を記録する").click()
    expect(tablet.locator("[data-sync]")).to_have_text("未送信 1")
    expect(tablet.locator("#left")).to_have_text("5")
    tablet.close()
    context.set_offline(False)
    tablet = context.new_page()
    tablet.goto(live_city.url(link))
    expect(tablet.locator("[data-sync]")).to_have_text("送信済み")
    assert live_city.python(SENT).split() == ["23.25", "half", "1"]

    # the tablet's figures are the town's: every sheet, hundreds of houses, in and at the edges of the classes
    chance = random.Random(20240101)
    cases, expected = [], []
    for _ in range(600):
        day = chance.choice(DAYS)
        fields = _random_sheet(chance, day)
        sheet = _sheet_of(fields)
        if problems(sheet, day):
            continue
        found = assess(sheet, day)
        cases.append([rules(Method(fields["method"]), day), fields])
        told = [round(float(found.ratio) * 10**8), name_of(found.damage_class, day).ja, found.at_least]
        expected.append([*told, "" if any(step.points for step in found.steps) else _why(sheet)])
    assert len(cases) > 300
    told_by = "const a = damage.assess(r, f); return [a.total, a.named, a.least, a.why[0] || ''];"
    computed = tablet.evaluate(f"cases => cases.map(([r, f]) => {{ {told_by} }})", json.loads(json.dumps(cases)))
    assert computed == expected
    context.close()

    page.context.clear_cookies(name="tomoshibi_language")
    page.goto(live_city.url("/relief/planning/?incident=incidents.incident:surveys-quake"))
    page.locator(".days a").first.click()
    expect(page.locator("#map[data-drawn]")).to_have_attribute("data-drawn", "7")
    expect(page.locator("tbody tr", has_text=house)).to_contain_text("調査済み")
    check_page(page, "relief-team-day")


def _why(sheet: Sheet) -> str:
    """What decides of a sheet without parts, as the tablet names it: of what is tied, the tilt comes first."""
    if sheet.method is Method.SELF_JUDGED:
        return "photographs"
    if sheet.collapsed:
        return "fallen"
    if sheet.depth_cm is not None:
        return "depth" if sheet.depth_cm else "below"
    tilt = sheet.tilt_mm or 0
    if sheet.method is Method.GROUND:
        ratio = 50 if tilt >= 60 else 40 if tilt >= 20 else 20 if tilt >= 12 else 0
        sunk = {None: 0, Sunk.FOUNDATION: 20, Sunk.FLOOR: 40, Sunk.FLOOR_1M: 50}[sheet.sunk]
        return "level" if not ratio and not sunk else "sunk" if sunk > ratio else "tilt"
    wooden = "wooden" in sheet.method
    if tilt >= (60 if wooden else 40):
        return "tilt"
    return "settled" if tilt >= 20 and (sheet.settled_cm or 0) >= 30 else "whole"


def _random_sheet(chance: random.Random, day: date) -> dict[str, str]:
    """A sheet as the form has its fields."""
    method = chance.choice(list(Method))
    table = survey_table(method, day)
    fields = {"method": method.value}
    if chance.random() < 0.05:
        fields["collapsed"] = "1"
    if table.tilts and chance.random() < 0.4:
        fields["tilt_mm"] = str(chance.choice([0, 11.9, 12, 19.9, 20, 30, 39.9, 40, 59.9, 60, 100]))
    if table.settled:
        fields["settled_cm"] = str(chance.choice([0, 29.9, 30, 31]))
    if table.sinks and chance.random() < 0.5:
        fields["sunk"] = chance.choice(list(Sunk)).value
    if table.depths:
        fields["depth_cm"] = str(chance.choice([0, 0.1, 9.9, 10, 49.9, 50, 99.9, 100, 179.9, 180, 300]))
        fields["force"] = chance.choice("01")
    if table.under:
        fields["agreed"] = "1"
    for part in table.weights or {}:
        for degree in chance.sample(range(1, 6), 2):
            if chance.random() < 0.6:
                fields[f"{part.value}-{degree}"] = f"{chance.choice([10, 20, 33.3, 40, 50]):g}"
    return fields


def _sheet_of(fields: dict[str, str]) -> Sheet:
    seen = [
        {"part": part, "degree": int(degree), "share": float(value)}
        for name, value in fields.items()
        if (part := name.rpartition("-")[0]) and (degree := name.rpartition("-")[2]).isdecimal()
    ]
    names = ("method", "tilt_mm", "settled_cm", "depth_cm", "sunk")
    said = {name: fields[name] for name in names if name in fields} | {"seen": seen}
    said |= {"collapsed": "collapsed" in fields, "agreed": "agreed" in fields, "force": fields.get("force") != "0"}
    return Sheet.model_validate(said)


def test_the_register_and_a_building(live_city, link, page: Page, signed_in, check_page, shots, tmp_path) -> None:
    signed_in(page, "chosa", live_city, to="/relief/dwellings/?q=調査町&incident=incidents.incident:surveys-quake")
    expect(page.locator("#map[data-drawn]")).to_have_attribute("data-drawn", "6")
    check_page(page, "relief-dwellings")
    page.context.clear_cookies(name="tomoshibi_language")
    page.reload()
    page.get_by_role("link", name="調査町2番地").click()
    picture = tmp_path / "house.jpg"
    picture.write_bytes(jpeg(size=(1200, 900)))
    page.locator("#photo").set_input_files(str(picture))
    page.fill("#caption", "西側")
    page.get_by_role("button", name="加える", exact=True).click()
    expect(page.locator(".photos img")).to_have_count(1)
    page.get_by_role("link", name="応急危険度を記録").click()
    page.select_option("#f-mark, [name=mark]", "unsafe")
    page.locator("form.fact button.main").click()
    expect(page.locator(".risk")).to_contain_text("危険（赤）")
    check_page(page, "relief-dwelling")
    page.context.clear_cookies(name="tomoshibi_language")
    page.reload()
    page.get_by_role("link", name="調査する").click()
    page.select_option("#choose", "ground")
    page.get_by_role("button", name="この調査票にする").click()
    page.fill("#tilt", "20")
    expect(page.locator("#ratio strong")).to_have_text("大規模半壊")
    page.locator("#photo").set_input_files(str(picture))
    page.get_by_role("button", name="調査票を記録する").click()
    expect(page.locator(".said.success")).to_contain_text("調査票を記録しました")
    (shots / "relief-sheet.pdf").write_bytes(page.request.get(page.url.partition("?")[0] + "sheet-1.pdf").body())


def test_an_area_is_drawn_proposed_and_approved_by_another(
    live_city, link, page: Page, signed_in, check_page, watch, tmp_path
) -> None:
    signed_in(page, "chosa", live_city, to="/relief/areas/?incident=incidents.incident:surveys-quake")
    page.get_by_role("link", name="区域を選ぶ").click()
    expect(page.locator("#map[data-drawn]")).to_be_visible()
    page.fill("#addresses", "調査町")
    page.get_by_role("button", name="区域の住家を確かめる").click()
    expect(page.locator("#map")).to_have_attribute("data-drawn", "6")
    # round all that the map shows, corner by corner
    draw = page.get_by_role("button", name="地図に範囲を描く")
    draw.click()
    expect(draw).to_have_attribute("aria-pressed", "true")
    box = page.locator("#map").bounding_box()
    assert box is not None
    for n, (x, y) in enumerate(((0.1, 0.1), (0.9, 0.1), (0.9, 0.75), (0.1, 0.75)), 1):
        page.locator("#map").click(position={"x": box["width"] * x, "y": box["height"] * y})
        expect(page.locator(".draw [role=status]")).to_contain_text(f"{n}点")
    page.fill("#addresses", "")
    page.get_by_label("焼失").check()
    page.get_by_role("button", name="区域の住家を確かめる").click()
    expect(page.locator("#corners")).not_to_have_value("")
    expect(page.get_by_role("link", name="調査町3番地")).to_be_visible()
    check_page(page, "relief-area-new")
    page.context.clear_cookies(name="tomoshibi_language")
    page.reload()
    picture = tmp_path / "above.jpg"
    picture.write_bytes(jpeg(size=(1200, 900)))
    page.fill("#name", "調査町一帯")
    page.fill("#source", "国土地理院 空中写真")
    page.fill("#seen_on", "2023-12-31")
    page.locator("#photo").set_input_files(str(picture))
    watch.expected.append("422")
    page.get_by_role("button", name="一括判定を提案する").click()
    expect(page.locator(".said.error")).to_contain_text("災害の日より前")
    expect(page.locator("#source")).to_have_value("国土地理院 空中写真")
    page.fill("#seen_on", "2024-01-03")
    page.get_by_role("button", name="一括判定を提案する").click()
    expect(page.locator("h1")).to_contain_text("承認待ち")
    signed_in(page, "shonin", live_city, to=page.url.removeprefix(live_city.url("")))
    check_page(page, "relief-area")
    page.context.clear_cookies(name="tomoshibi_language")
    page.reload()
    page.get_by_role("button", name="承認して判定する").click()
    expect(page.locator(".said.success")).to_contain_text("棟を判定しました")
    page.locator("h1 a").click()
    expect(page.locator("tbody tr")).to_contain_text("承認済み")
    check_page(page, "relief-areas")
