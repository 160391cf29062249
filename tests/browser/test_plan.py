"""The plan in a real browser: a revision from draft to approval by three people, what changed, every page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

PLAN = "/training/continuity/plan/"


def drafted(page: Page, city, why: str) -> None:
    page.goto(city.url(f"{PLAN}revisions/"))
    page.get_by_label("見直しの理由").select_option(label=why)
    page.get_by_role("button", name="案を作る").click()
    expect(page.get_by_text("あなたが作った案です")).to_be_visible()
    expect(page.get_by_role("link", name="承認する")).to_have_count(0)


def stepped(page: Page, address: str, link: str) -> None:
    page.goto(address)
    page.get_by_role("link", name=link, exact=True).click()
    page.get_by_role("button", name="記録する").click()
    page.wait_for_url(address)


def test_a_revision_is_drafted_reviewed_approved_and_compared(live_city, page: Page, signed_in, check_page) -> None:
    city = live_city
    signed_in(page, "ict", city)
    drafted(page, city, "新規策定")
    address = page.url
    for who, link in (("honbu", "確認した"), ("shonin", "承認する")):
        signed_in(page, who, city)
        stepped(page, address, link)
    expect(page.locator("h1")).to_contain_text("第1版")

    signed_in(page, "ict", city)
    page.goto(city.url(f"{PLAN}impact/"))
    row = page.locator("tr", has=page.get_by_role("cell", name="住基システム", exact=True)).first
    row.get_by_role("link", name=re.compile("^直す")).click()
    page.get_by_label(re.compile("目標復旧時間")).fill("36")
    page.get_by_role("button", name="記録する").click()
    page.wait_for_url(re.compile("/plan/impact/"))
    page.goto(city.url(f"{PLAN}revisions/"))
    page.get_by_role("link", name="1件の変更").click()
    changed = page.locator(".changed li.changed")
    expect(changed).to_contain_text("住基システム")
    expect(changed).to_contain_text("12 → 36")
    check_page(page, "plan-compare")
    page.goto(address)
    check_page(page, "plan-revision")


def test_every_page_of_the_plan(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "ict", live_city)
    for path, name in (
        ("", "plan"),
        ("impact/", "plan-impact"),
        ("response/", "plan-response"),
        ("roles/", "plan-roles"),
        ("revisions/", "plan-revisions"),
        ("load/", "plan-load"),
    ):
        page.goto(live_city.url(PLAN + path))
        check_page(page, name)
