"""The pages of the live network in the browser: the map, the list, a station's drum."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.incidents.test_network import run_network


def test_the_network_and_a_station(live, page: Page, signed_in, check_page) -> None:
    run_network(live.home / "network")
    signed_in(page, "jishin", live, to="/incidents/network/")
    expect(page.locator("#map")).to_have_attribute("data-drawn", "3")
    expect(page.locator("table.list tbody tr")).to_have_count(3)
    page.get_by_role("button", name="更新を止める").click()
    expect(page.get_by_role("button", name="更新を止める")).to_have_attribute("aria-pressed", "true")
    check_page(page, "network")
    page.goto(live.url("/incidents/network/station/S1/"))
    expect(page.locator("#drum")).to_have_js_property("complete", True)
    assert page.locator("#drum").evaluate("image => image.naturalWidth") > 100
    check_page(page, "network-station", reload=False)
