"""The page that takes dropped records: computed in the browser's session, shown, and not kept."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.shaking.files import WAVEFORMS, needs_waveforms, write_knet


def test_the_empty_page(live, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", live)
    page.goto(live.url("/seismograms/"))
    check_page(page, "seismograms-empty")


def test_files_are_dropped_and_shown(live, page: Page, signed_in, check_page, tmp_path) -> None:
    signed_in(page, "honbu", live)
    page.goto(live.url("/seismograms/"))
    whole = write_knet(tmp_path)
    part = write_knet(tmp_path, ("NS", "EW"), stem="TST0020001010000", station="TST002")
    page.set_input_files("#files", [str(path) for path in [*whole, *part]])
    page.get_by_role("button", name="計算する").click()
    row = page.locator("table.list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("TST001")
    expect(page.get_by_role("alert")).to_contain_text("UD")
    expect(page.locator("img.seismogram")).to_have_js_property("complete", True)
    assert page.locator("img.seismogram").evaluate("image => image.naturalWidth") > 500
    check_page(page, "seismograms-result", reload=False)


@needs_waveforms
def test_the_published_value_on_the_page(live, page: Page, signed_in) -> None:
    signed_in(page, "honbu", live)
    page.goto(live.url("/seismograms/"))
    page.set_input_files("#files", str(WAVEFORMS / "jma_csv" / "Q4149CF2.csv"))
    page.get_by_role("button", name="計算する").click()
    row = page.locator("table.list tbody tr")
    expect(row).to_contain_text("5.7")
    expect(row).to_contain_text("震度6弱")
    expect(row).to_contain_text("宇城市松橋町")


def test_what_cannot_be_read_is_said_and_nothing_else_shown(live, page: Page, signed_in, tmp_path, watch) -> None:
    watch.expected.append("400")
    signed_in(page, "honbu", live)
    page.goto(live.url("/seismograms/"))
    bad = tmp_path / "写真.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0" + bytes(500))
    page.set_input_files("#files", str(bad))
    page.get_by_role("button", name="計算する").click()
    expect(page.get_by_role("alert")).to_contain_text("写真.jpg")
    expect(page.locator("table.list")).to_have_count(0)
