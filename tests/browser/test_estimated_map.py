"""The estimated map's pages: drawn folders listed, one looked at, filtered, slid through time, exported."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tomoshibi.shaking.mapping.area import Town, fill
from tomoshibi.shaking.mapping.catalogue import Hypocentre, Readings
from tomoshibi.shaking.mapping.drawing import Frame, draw, write
from tomoshibi.shaking.mapping.sites import Amplification


def square(west: float, south: float, size: float) -> dict[str, object]:
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def drawn(live) -> str:
    """A map of two towns in the server's home: one reported 6強, the other is silent; it shook far away too."""
    area = fill([(Town("1", "西町"), square(138.0, 36.0, 0.2)), (Town("2", "東町"), square(138.2, 36.0, 0.2))])
    readings = Readings(
        np.arange(1, 6, dtype=np.int32),
        ("西町本町", "西町南", "西町北", "東町役場", "遠町"),
        np.array([36.1, 36.05, 36.15, 36.1, 42.0]),
        np.array([138.1, 138.05, 138.15, 138.3, 143.0]),
        np.array([6.1, 5.8, 5.7, np.nan, 5.6]),
        np.array([10.0, 12.0, 15.0, np.nan, 14.0]),
    )
    source = Hypocentre(datetime(2026, 1, 1, tzinfo=UTC), 36.1, 138.1, 10.0, 7.0, "試験地方")
    folder = live.home / "maps" / "try-1"
    write(draw(readings, area, Amplification.unknown(), source), folder, range(6, 10))
    early = np.where(np.arange(5) < 2, [4.0, 3.0, 0, 0, 0], np.nan)
    frames = [Frame(source.origin + timedelta(seconds=s), v) for s, v in ((60, early), (180, readings.intensities))]
    silent = replace(readings, triggers=np.full(5, np.nan))
    moments = draw(silent, area, Amplification.unknown(), source, frames=frames, classes=True)
    write(moments, live.home / "maps" / "try-2", range(6, 10), more={"excluded": ["西町の崖＊"], "lost": 3})
    (live.home / "maps" / "unfinished").mkdir(exist_ok=True)
    return "try-1"


def test_a_map_is_looked_at(live, page: Page, signed_in, check_page, drawn: str) -> None:
    signed_in(page, "honbu", live)
    page.goto(live.url("/estimated-maps/"))
    expect(page.locator("table.list tbody tr")).to_have_count(2)
    expect(page.locator("table.list tbody tr").first).to_contain_text("2026-01-01")  # of which year
    check_page(page, "estimated-maps")
    page.get_by_role("link", name=drawn).click()
    expect(page.locator("#estimated")).to_have_attribute("data-loaded", "5")
    expect(page.locator(".leaflet-control-scale-line")).to_have_text("20 km")  # what was drawn, not what shook far away
    expect(page.locator(".said.warn")).to_contain_text("東町")
    rows = page.locator("table.list tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="西町")).to_contain_text("6.1")
    expect(page.locator("#estimated .leaflet-tile-loaded").first).to_be_attached()
    slider = page.locator("#time")
    expect(slider).to_have_attribute("max", "5")
    slider.fill("2")
    expect(page.locator("#time-said")).to_contain_text("2")
    check_page(page, "estimated-map")
    page.locator("#least").select_option("7")
    page.locator("form.filter button").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("東町")
    links = page.locator("a[href*='/files/']").all()
    assert links
    for link in links:
        address = link.get_attribute("href")
        assert page.request.get(live.url(address or "")).ok


def test_a_shock_is_seen_as_it_develops(live, page: Page, signed_in, check_page, drawn: str) -> None:
    signed_in(page, "honbu", live)
    page.goto(live.url("/estimated-maps/try-2/"))
    expect(page.locator("#estimated")).to_have_attribute("data-loaded", "5")
    expect(page.locator(".said.warn").filter(has_text="除外")).to_contain_text("西町の崖")
    slider = page.locator("#time")
    expect(slider).to_have_attribute("max", "2")
    with page.expect_response(lambda r: "/try-2/frames/0/" in r.url) as answer:
        slider.fill("0")
    assert answer.value.ok and len(answer.value.body()) > 100
    expect(page.locator("#time-said")).to_have_text("09:01:00")
    expect(page.locator("#estimated")).to_have_attribute("data-moment", "0")
    expect(page.locator("#estimated .leaflet-tile-loaded").first).to_be_attached()
    check_page(page, "estimated-map-moment", reload=False)
    slider.fill("2")
    expect(page.locator("#estimated")).to_have_attribute("data-moment", "-1")
    tile = live.url("/estimated-maps/try-2/frames")
    assert page.request.get(f"{tile}/9/9/0/0.png").status == 404
    assert page.request.get(f"{tile}/0/9/0/0.png").ok


def test_what_is_no_map_is_not_found(live, page: Page, signed_in, drawn: str) -> None:
    signed_in(page, "honbu", live)
    for address in (
        "unfinished/",
        "..%2f/",
        ".hidden/",
        f"{drawn}/files/map.json",
        f"{drawn}/files/..%2f..%2fsecret.key",
    ):
        assert page.request.get(live.url(f"/estimated-maps/{address}")).status == 404
    tile = page.request.get(live.url(f"/estimated-maps/{drawn}/tiles/9/0/0.png"))
    assert tile.ok and tile.headers["content-type"] == "image/png"
