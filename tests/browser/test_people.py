"""Pages of people and places in a real browser, and a call-out that is answered on a phone."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

PAGES = {
    "sites": "/places/sites/",
    "layers": "/places/layers/",
    "import-layer": "/places/layers/import/",
    "call-outs": "/people/",
    "start": "/people/start/",
    "staff": "/people/staff/?section=&q=課長",
    "rules": "/people/rules/",
}
#: made like one of those, and looked at where pictures are asked for
if "TOMOSHIBI_SHOTS" in os.environ:
    PAGES |= {
        "areas": "/places/areas/",
        "import-sites": "/places/sites/import/",
        "sections": "/people/sections/",
        "roles": "/people/roles/",
        "import-staff": "/people/staff/import/",
    }


@pytest.fixture(scope="module")
def city(live_city):
    return live_city


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_what_every_page_must_be(city, page: Page, signed_in, check_page, name: str) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url(PAGES[name]))
    check_page(page, f"people-{name}")


def test_one_site_and_one_of_the_staff(city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url("/places/sites/?q=本庁舎"))
    page.get_by_role("link", name="灯市役所本庁舎").click()
    check_page(page, "people-site")
    page.goto(city.url("/people/roles/"))
    page.get_by_role("link", name=re.compile("割り当てる|Assign")).first.click()
    check_page(page, "people-assign")
    page.goto(city.url("/people/staff/?q=市長"))
    page.locator("table.list tbody a").first.click()
    check_page(page, "people-person")


def test_called_by_hand_answered_on_a_phone_seen_live(city, page: Page, signed_in, check_page, chromium, watch) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url("/people/start/"))
    rule = page.locator("#rule option", has_text="震度4").get_attribute("value")
    page.select_option("#rule", value=rule)
    page.fill("#reason", "市内で震度4を観測")
    page.get_by_role("button", name="人数を確かめる").click()
    expect(page.locator(".said.warn")).to_contain_text("人に連絡します")
    check_page(page, "people-start-sure", reload=False)
    page.get_by_role("button", name="招集する").click()
    page.wait_for_url(re.compile("/people/call-outs/"))
    silent = page.locator(".tiles li", has_text="未回答").locator(".number")
    called = int(page.locator(".tiles li", has_text="招集").locator(".number").inner_text())
    expect(silent).to_have_text(str(called))
    call_out = page.url.rstrip("/").rpartition("/")[2]
    link = city.python(
        "from tomoshibi.people.models import CallRow; from tomoshibi.people import links\n"
        f"print(links.token(CallRow.objects.filter(call_out='people.call_out:{call_out}').first().subject))"
    ).strip()
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    watch.on(phone)
    hand = phone.new_page()
    hand.goto(city.url(f"/c/{link}/"))
    box = hand.get_by_role("button", name="行く").bounding_box()
    assert box is not None and box["height"] >= 44
    hand.get_by_role("button", name="行く").click()
    expect(hand.locator(".recorded")).to_contain_text("行く")
    hand.get_by_role("button", name="30分").click()
    hand.get_by_role("button", name="無事").first.click()
    expect(hand.locator(".recorded")).to_contain_text("無事")
    expect(silent).to_have_text(str(called - 1), timeout=5000)  # nobody reloaded the board
    phone.close()
    check_page(page, "people-board")


def test_the_phone_page_is_what_every_page_must_be(city, page: Page, check_page) -> None:
    call_out = city.run("people", "call", "情報セキュリティ事象", "--reason", "不審な通信").split()[-1]
    token = city.python(
        "from tomoshibi.people.models import CallRow; from tomoshibi.people import links\n"
        f"print(links.token(CallRow.objects.filter(call_out={call_out!r}).first().subject))"
    ).strip()
    page.goto(city.url(f"/c/{token}/"))
    check_page(page, "people-answer-first", reload=False)
    page.get_by_role("button", name="遅れる").click()
    expect(page.locator(".recorded")).to_contain_text("遅れる")
    check_page(page, "people-answer", reload=False)
