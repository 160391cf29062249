"""The board in a real browser: two clicks, live for others, by keyboard; the annexes; every page as it must be."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

OPEN = """
from datetime import timedelta
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
fact = IncidentOpened(name="継続の試験", hazard=Hazard.SECURITY, began=worlds.now())
with worlds.inhabit("training"):
    record(Draft(fact, Incident.ref("continuity-test"), incident=Incident.ref("continuity-test")), system("test"))
"""
BOARD = "/training/continuity/continuity-test/"


@pytest.fixture(scope="module")
def city(live_city):
    live_city.python(OPEN)
    return live_city


def test_two_clicks_seen_live_and_by_keyboard(city, page: Page, signed_in, check_page, context, shots) -> None:
    signed_in(page, "ict", city)
    page.goto(city.url(BOARD))
    other = context.new_page()
    other.goto(city.url(BOARD))
    row = page.locator("tr", has=page.get_by_role("link", name="庁内ネットワーク", exact=True))
    row.locator("button.state").click()  # one
    page.locator("#choose").get_by_role("button", name="停止").click()  # two
    expect(row.locator("button.state")).to_contain_text("停止")
    expect(page.locator("#choose")).to_be_hidden()
    expect(page.locator("#tiles li", has_text="停止").locator(".number")).to_have_text("1")
    seen = other.locator("tr", has=other.get_by_role("link", name="庁内ネットワーク", exact=True))
    expect(seen.locator("button.state")).to_contain_text("停止")  # nobody reloaded it
    other.close()
    state = page.locator("tr", has=page.get_by_role("link", name="インターネット", exact=True)).locator("button.state")
    state.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#choose .picks button").first).to_be_focused()
    page.screenshot(path=shots / "continuity-choices.png")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(state).to_contain_text("支障あり")
    expect(state).to_be_focused()
    page.get_by_role("button", name=re.compile("すべて使用中 電気・通信インフラ")).click()
    expect(page.locator("#tiles li", has_text="使用中").locator(".number")).to_have_text("26")
    page.goto(city.url(f"{BOARD}?group=hardware"))
    check_page(page, "continuity-board")


def test_the_annexes_are_what_every_page_must_be(city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url(f"{BOARD}report/"))
    expect(page.locator("table.annex").first).to_contain_text("データ喪失")
    check_page(page, "continuity-report")
