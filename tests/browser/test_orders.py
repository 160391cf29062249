"""Evacuation information in a real browser: proposed by one, approved by another, read by everybody on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE


@pytest.fixture(scope="module")
def city(live_city):
    return live_city


def test_proposed_approved_and_read_by_everybody(city, page: Page, signed_in, check_page, chromium, watch) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url("/orders/new/"))
    page.get_by_role("radio", name="レベル4").check()
    page.select_option("#danger", "tsunami")
    page.get_by_role("checkbox", name="津波浸水想定区域").check()
    page.get_by_role("checkbox", name=re.compile("^潮見地区")).check()
    page.fill("#reason", "大津波警報が発表された。")
    page.fill("#advice", "すぐに高台か津波避難ビルへ避難してください。")
    page.get_by_role("button", name="文を作って確かめる").click()
    expect(page.locator("#text-ja")).to_have_value(re.compile("避難指示"))
    page.set_viewport_size({"width": 1366, "height": 768})
    page.fill("#text-en", "Leave the coast now. Go to high ground.")
    check_page(page, "orders-texts", reload=False)
    page.locator("button[name=propose]").click()
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/$"))
    address = page.url
    assert page.locator("button[name=approve]").count() == 0

    other = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    watch.on(other)
    desk = other.new_page()
    signed_in(desk, "shonin", city)
    desk.goto(address)
    expect(desk.locator("#map")).to_have_attribute("data-drawn", re.compile(r"[1-9]"))
    check_page(desk, "orders-waiting")
    desk.locator("button[name=approve]").click()
    expect(desk.locator(".names")).to_contain_text("副市長")
    expect(desk.locator("tr", has_text="Public page").locator(".state-sent")).to_be_visible()  # by itself
    check_page(desk, "orders-in-force", reload=False)
    desk.goto(city.url("/orders/"))
    check_page(desk, "orders-list")
    other.close()

    phone = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    watch.on(phone)
    hand = phone.new_page()
    loaded: list[int] = []
    hand.on("response", lambda answer: loaded.append(len(answer.body())))
    hand.goto(city.url("/public/"))
    expect(hand.locator(".order.level-4")).to_contain_text("潮見地区")
    assert sum(loaded) < 60_000 and not phone.cookies()
    hand.goto(city.url("/public/en/"))
    expect(hand.locator(".order.level-4")).to_contain_text("Leave the coast now.")
    phone.close()
    page.goto(address)
    page.locator('a[href$="/propose/lift/"]').click()
    page.fill("#reason", "津波警報がすべて解除された。")
    page.locator("button[name=draft]").click()
    expect(page.locator("#text-ja")).to_have_value(re.compile("解除しました"))
    page.locator("button[name=propose]").click()
    expect(page.locator("button[name=approve]")).to_have_count(0)
    expect(page.locator(".names")).to_contain_text("あなたが提案した案です")


@pytest.mark.parametrize("variant", ["", "en/", "easy/"])
def test_the_public_page_is_what_every_page_must_be(city, page: Page, check_public, variant: str) -> None:
    page.goto(city.url(f"/training/public/{variant}"))
    check_public(page, f"public-{variant.strip('/') or 'ja'}")


@pytest.fixture
def check_public(shots):
    """As ``check_page``, for pages of which each language has an address of its own."""
    from axe_playwright_python.sync_playwright import Axe

    from tests.browser.conftest import LAPTOP, _looks_right, _tab_through, _told

    def check(page: Page, name: str) -> None:
        for screen, size in (("laptop", LAPTOP), ("phone", PHONE)):
            page.set_viewport_size(size)
            page.screenshot(path=shots / f"{name}-{screen}.png", full_page=True)
            _looks_right(page, name)
            assert [_told(v) for v in Axe().run(page).response["violations"]] == []
        _tab_through(page, name)

    return check


def test_notices_and_recipients(city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city)
    page.goto(city.url("/orders/notices/new/"))
    check_page(page, "orders-notice-new", reload=False)
    page.fill("#title", "給水所を開きました")
    page.fill("#body", "本町第一小学校で水を配っています。容器をお持ちください。")
    page.locator("form.broad button.main").click()
    page.wait_for_url(re.compile(r"/orders/notices/[0-9a-f-]{36}/$"))
    check_page(page, "orders-notice")
    page.goto(city.url("/orders/recipients/"))
    check_page(page, "orders-recipients")
