"""The plan that computes in a real browser: a click asks what stops, by keyboard too; every page as it must be."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_click_asks_and_the_path_lights(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "ict", live_city)
    page.goto(live_city.url("/continuity/what-if/"))
    page.locator("svg.plan a.node", has_text="基幹スイッチ").first.click()
    expect(page.locator("svg.plan .lost")).to_have_count(1)
    expect(page.locator("h2", has_text="すぐ止まる")).to_be_visible()
    assert page.locator("svg.plan .edge.lit").count() > 20
    node = page.locator("svg.plan a.node.line, svg.plan a.node.site", has_text="田上第一小学校").first
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lead strong").first).to_contain_text("田上第一小学校")
    expect(page.locator("svg.plan .cut").first).to_contain_text("田上第二小学校")  # the school beyond it
    page.goto(page.url.partition("#")[0])  # a page with a fragment is not loaded anew
    check_page(page, "continuity-what-if")


def test_findings_and_forecast(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "ict", live_city)
    page.goto(live_city.url("/continuity/findings/"))
    expect(page.locator("section")).not_to_have_count(0)
    page.locator(".faults summary").first.click()
    check_page(page, "continuity-findings")
    page.goto(live_city.url("/continuity/forecast/"))
    expect(page.locator("svg.forecast")).to_be_visible()
    check_page(page, "continuity-forecast")
