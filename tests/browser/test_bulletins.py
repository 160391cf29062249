"""The bulletins page, a telegram's own page, sources and what is typed by hand: looked at, read by axe, used."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/bulletins/jma_official_samples.zip"
#: real telegrams: weather in the old and the new form, landslide, flood
NAMES = re.compile(r"VPWW5[4-9]|VPWW6[01]|VXWW50|VXKO")


@pytest.fixture(scope="module")
def weather(live_city, tmp_path_factory: pytest.TempPathFactory) -> None:
    """JMA's weather samples in the training world: none of them is about the demonstration city."""
    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")
    some = tmp_path_factory.mktemp("weather") / "weather.zip"
    with zipfile.ZipFile(SAMPLES) as archive, zipfile.ZipFile(some, "w") as out:
        for name in [n for n in archive.namelist() if NAMES.search(n)][:24]:
            out.writestr(name, archive.read(name))
    live_city.run("incident", "receive", "--training", str(some))


def test_what_is_typed_by_hand_is_in_force_and_is_lifted(live_city, weather, page, signed_in, check_page):
    signed_in(page, "honbu", live_city, to="/training/incidents/inbox/")
    page.get_by_role("link", name="手で入力").click()
    page.select_option("#what", "flood")
    page.fill("#who", "河川事務所（電話）")
    page.select_option("#level-0720400", "2")
    page.fill("#words", "川の水位が上がっています。")
    page.get_by_role("button", name="電文として記録").click()
    expect(page.locator("h1")).to_contain_text("河川氾濫")
    page.goto(live_city.url("/training/incidents/inbox/"))
    expect(page.locator(".force li")).to_contain_text("レベル２氾濫注意報")
    expect(page.locator(".force .tone")).to_have_class("tone level-2")
    check_page(page, "bulletins")
    page.goto(live_city.url("/training/incidents/inbox/by-hand/"))
    check_page(page, "by-hand")
    page.select_option("#what", "flood")
    page.fill("#who", "河川事務所（電話）")
    page.select_option("#level-0720400", "lifted")
    page.locator("button.main").first.click()
    page.wait_for_url(re.compile("/inbox/[0-9a-f-]{36}/"))
    page.goto(live_city.url("/training/incidents/inbox/"))
    expect(page.locator("#force .empty")).to_be_visible()


def test_a_telegram_its_history_and_the_sources(live_city, weather, page, signed_in, check_page):
    signed_in(page, "admin", live_city, to="/training/incidents/inbox/?q=VPWW55")
    page.locator("table.list a").first.click()
    expect(page.get_by_role("heading", name="この情報の経過")).to_be_visible()
    check_page(page, "bulletin")
    page.goto(live_city.url("/training/incidents/sources/"))
    check_page(page, "sources")
    page.goto(live_city.url("/training/incidents/sources/"))
    page.locator("form[action*=token] button").click()
    expect(page.locator(".token")).to_have_text(re.compile("^tmsr_"))
    page.goto(live_city.url("/training/incidents/inbox/levels/"))
    check_page(page, "levels")
    page.goto(live_city.url("/training/incidents/inbox/intensity/"))
    check_page(page, "scale")
