"""A bundle carried between two data directories and back: a conflict comes up, is settled in a browser, and goes on."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_records import make_box
from tests.live import Live


def change(page, box: str, name: str) -> None:
    page.goto(box)
    page.get_by_role("link", name="箱の登録・変更").click()
    page.fill("#f-name", name)
    page.click("form.fact button.main")
    page.wait_for_url(box)


def test_two_nodes_meet_and_settle(live, page, signed_in, check_page, tmp_path, chromium, watch):
    secret = {"TOMOSHIBI_PASSPHRASE": "やみよのともしび"}
    live.environ.update(secret)
    branch = Live(tmp_path / "branch", environ=secret).start()
    try:
        signed_in(page, "shokuin")
        box = make_box(page, live, "発電機")
        live.run("journal", "export", str(tmp_path / "out.bundle"))
        branch.run("journal", "import", str(tmp_path / "out.bundle"))
        assert branch.run("journal", "import", str(tmp_path / "out.bundle"))  # twice changes nothing
        change(page, box, "発電機（本庁）")

        other = chromium.new_context(locale="ja-JP")
        watch.on(other)
        there = other.new_page()
        signed_in(there, "shokuin", server=branch)
        change(there, branch.url(box.removeprefix(live.url(""))), "発電機（支所）")
        branch.run("journal", "export", str(tmp_path / "back.bundle"))
        live.run("journal", "import", str(tmp_path / "back.bundle"))

        page.goto(live.url("/conflicts/"))
        dispute = page.locator("section.dispute", has_text="発電機")
        expect(dispute.locator(".value")).to_have_count(2)
        assert set(dispute.locator(".value").all_inner_texts()) == {"発電機（本庁）", "発電機（支所）"}
        check_page(page, "conflict")
        page.goto(live.url("/conflicts/"))
        dispute.get_by_role("button", name=re.compile("発電機（支所）")).click()
        expect(dispute).to_have_count(0)

        live.run("journal", "export", str(tmp_path / "settled.bundle"))
        branch.run("journal", "import", str(tmp_path / "settled.bundle"))
        there.goto(branch.url(box.removeprefix(live.url(""))))
        expect(there.locator("h1")).to_contain_text("発電機（支所）")
        there.goto(branch.url("/conflicts/"))
        expect(there.locator("section.dispute", has_text="発電機")).to_have_count(0)
        other.close()
        for node in (live, branch):
            node.run("journal", "verify")
            node.run("journal", "rebuild", "--check")
    finally:
        branch.close()


def test_a_broken_law_is_shown_until_it_is_mended(live, page, signed_in, check_page):
    signed_in(page, "shokuin")
    make_box(page, live, "同じ名前の箱")
    box = make_box(page, live, "同じ名前の箱")
    page.goto(live.url("/conflicts/"))
    law = page.locator("section.dispute", has_text="同じ名前の箱")
    expect(law.get_by_role("link", name="同じ名前の箱")).to_have_count(2)
    check_page(page, "law")
    page.context.clear_cookies(name="tomoshibi_language")
    change(page, box, "違う名前の箱")
    page.goto(live.url("/conflicts/"))
    expect(law).to_have_count(0)
