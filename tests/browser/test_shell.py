"""The shell in a real browser: sign-in, the two worlds, languages and themes, the keys."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def test_sign_in_is_reached_from_any_page_and_leads_back(live, page, check_page):
    page.goto(live.url("/conflicts/"))
    expect(page.locator("h1")).to_have_text("サインイン")
    check_page(page, "sign-in")
    page.context.clear_cookies()
    page.goto(live.url("/conflicts/"))
    page.fill("#id_login", "admin")
    page.fill("#id_password", "wrong")
    page.click("form button.main")
    expect(page.get_by_role("alert")).to_be_visible()
    check_page(page, "sign-in-refused", reload=False)
    page.fill("#id_login", "admin")
    page.fill("#id_password", "lamp-in-the-dark")
    page.click("form button.main")
    page.wait_for_url(live.url("/conflicts/"))


def test_the_training_world_is_in_the_address_and_on_every_page(live, page, signed_in, check_page):
    signed_in(page)
    page.goto(live.url("/training/journal/"))
    expect(page.locator(".band").first).to_contain_text("訓練")
    addresses = page.eval_on_selector_all("nav.jobs a", "links => links.map(a => a.getAttribute('href'))")
    assert addresses and all(a.startswith("/training/") for a in addresses)
    assert page.title().startswith("【訓練】")
    check_page(page, "training")
    page.click("details.me summary")
    expect(page.get_by_role("link", name=re.compile("real world|本番へ"))).to_have_attribute("href", "/")
    page.goto(live.url("/journal/"))
    expect(page.locator(".band")).to_have_count(0)


def test_language_and_theme_are_kept(live, page, signed_in, check_page):
    signed_in(page)
    page.click("details.me summary")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Conflicts")
    page.click("details.me summary")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    check_page(page, "dark")
    page.goto(live.url("/conflicts/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click("details.me summary")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("h1")).to_have_text("食い違い")


def test_slash_finds_and_escape_closes(live, page, signed_in):
    signed_in(page)
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("#find")).to_have_value("a/b")
    page.click("details.me summary")
    page.keyboard.press("Escape")
    expect(page.locator("details.me")).not_to_have_attribute("open", "")


def test_a_page_that_is_not_there_and_one_that_is_not_for_you(live, page, signed_in, check_page, watch):
    watch.expected += [r"status of 40[34]"]
    signed_in(page, "shelter")
    page.goto(live.url("/nothing/here/"))
    expect(page.locator("h1")).to_have_text("この画面はありません")
    check_page(page, "not-found")
    page.goto(live.url("/journal/"))
    check_page(page, "forbidden")


def test_a_poor_machine_is_enough(live, page, signed_in):
    """A page's own script and style stay under 150 kB, and nothing else is fetched."""
    signed_in(page)
    page.goto(live.url("/journal/"))
    sizes = dict(page.evaluate("performance.getEntriesByType('resource').map(r => [r.name, r.decodedBodySize])"))
    static = {name: size for name, size in sizes.items() if "/static/" in name}
    assert len(static) >= 5 and 10_000 < sum(static.values()) < 150_000, static


def test_two_step_sign_in_can_be_switched_on(live, page, signed_in, check_page):
    """The page with the QR code, as the page shows it under the strict policy."""
    signed_in(page, "jishin")
    page.goto(live.url("/accounts/2fa/"))
    check_page(page, "two-step")
    page.goto(live.url("/accounts/2fa/totp/activate/"))
    if "reauthenticate" in page.url:
        page.fill("input[type=password]", "lamp-in-the-dark")
        page.locator("main form button").first.click()
    expect(page.locator("main img")).to_be_visible()
    assert page.locator("main img").evaluate("i => i.naturalWidth") > 0
    check_page(page, "totp")
    page.goto(live.url("/accounts/password/change/"))
    check_page(page, "password")


def test_the_past_is_seen_and_left_again(live, page, signed_in, check_page):
    signed_in(page, to="/journal/")
    page.click("details.me summary")
    page.fill("#as-of", "2026-01-01T09:00")
    page.get_by_role("button", name="見る").click()
    expect(page.locator(".past")).to_contain_text("2026-01-01(木) 09:00:00 時点")
    expect(page.locator(".count")).to_have_text("0 件")
    check_page(page, "past")
    page.click("nav.jobs a:has-text('Conflicts'), nav.jobs a:has-text('食い違い')")
    expect(page.locator(".past")).to_be_visible()
    page.click(".past a")
    expect(page).to_have_url(live.url("/conflicts/"))
    expect(page.locator(".past")).to_have_count(0)


def test_the_apis_own_page(live, page, signed_in, check_page):
    signed_in(page, to="/api/v1/")
    page.locator("summary", has_text="toys.item_put").click()
    expect(page.locator("details[open] table")).to_contain_text("品名")
    check_page(page, "api")


def test_a_server_that_is_away_is_said_so_and_found_again(live, page, signed_in, watch):
    watch.expected.append(r"ERR_|net::|Failed to|\[object Event\]")
    signed_in(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    port = live.port
    live.stop()
    page.goto(live.url("/journal/"))
    expect(page.locator("h1")).to_have_text("サーバーにつながりません")
    live.start(port=port)
    expect(page.locator("h1")).to_have_text("記録", timeout=20_000)


def test_everything_is_readable_in_the_dark_and_on_paper(live, page, signed_in, shots):
    signed_in(page, to="/training/journal/")
    page.emulate_media(media="print")
    assert page.locator(".jobs, .top, .filter").evaluate_all("all => all.every(e => !e.checkVisibility())")
    assert page.locator(".band").first.evaluate("e => e.checkVisibility()")  # a drill's paper says so too
    page.emulate_media(media="screen", color_scheme="dark", contrast="more")
    page.screenshot(path=shots / "contrast.png")
    assert Axe().run(page).response["violations"] == []
