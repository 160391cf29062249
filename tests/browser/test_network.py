"""The pages of the live network in the browser: the map, the list, a station's drum."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from playwright.sync_api import Page, expect

from tests.incidents.test_network import run_network
from tomoshibi.shaking.mapping.terms import Terms, save


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


def test_a_suspect_is_graded_and_left_out(live, page: Page, signed_in, check_page) -> None:
    learned = np.random.default_rng(1).uniform(-0.1, 0.1, 60)
    learned[7] = 1.1
    found = Terms(
        np.arange(2000000, 2000060, dtype=np.int32), tuple(f"西町{n}＊" for n in range(60)), learned,
        np.full(60, 0.05), np.full(60, 30), np.array([2012, 2014, 2020]), np.column_stack([learned] * 3),
        np.full((60, 3), 10), datetime(2020, 12, 1, tzinfo=UTC), 300,
    )  # fmt: skip
    folder = live.home / "ground"
    folder.mkdir(exist_ok=True)
    save(found, folder / "terms.json")
    try:
        signed_in(page, "jishin", live, to="/incidents/stations/suspects/")
        expect(page.locator("table.list tbody tr")).to_have_count(1)
        check_page(page, "suspects", reload=False)
        page.get_by_role("link", name="評価する").first.click()
        page.get_by_label("設置環境の評価").select_option("D")
        page.get_by_label("評価の理由").fill("擁壁の縁に立つ")
        page.get_by_role("button", name="記録する").click()
        expect(page.locator(".empty")).to_contain_text("見るべき観測点はありません")
        page.goto(live.url("/incidents/stations/"))
        page.get_by_role("link", name="2000007").click()
        expect(page.locator(".said.warn")).to_contain_text("D か E")
        check_page(page, "station", reload=False)
        page.goto(live.url("/incidents/stations/"))
        check_page(page, "stations", reload=False)
    finally:
        (folder / "terms.json").unlink()
