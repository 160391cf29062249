"""The counter finds a household, reads its sheet and enters somebody who is in no register, by keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_found_read_and_entered_at_the_counter(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "madoguchi", live_city, to="/residents/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("たかはし 本町")
    page.keyboard.press("Enter")
    expect(page.locator("table.list tbody tr").first).to_contain_text(re.compile("[高髙]橋"))
    check_page(page, "residents-search")
    page.goto(live_city.url("/residents/?q=たかはし 本町"))
    page.locator("table.list tbody a").first.click()
    page.wait_for_url(re.compile("/residents/households/"))
    household = page.url
    check_page(page, "residents-household")
    page.goto(household)
    page.locator("table.list tbody a").first.click()
    page.wait_for_url(re.compile("/residents/people/"))
    check_page(page, "residents-person")
    page.goto(household)
    page.locator("a.button[href*='/residents/add/']").click()
    check_page(page, "residents-add")
    page.goto(live_city.url("/residents/add/"))
    page.fill("#f-name", "旅野　人")
    page.fill("#f-address", "本町9-9")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/residents/people/"))
    expect(page.locator("dl.facts")).to_contain_text("本町9-9")


def test_the_register_and_a_protected_household(live_city, page: Page, signed_in, check_page) -> None:
    protected = live_city.python(
        "from tomoshibi.residents.models import PersonRow\n"
        "r = PersonRow.objects.filter(protected=True, rank=0).first()\n"
        "print(r.name.replace('\\u3000', ''), r.town + r.block)"
    ).split()
    signed_in(page, "madoguchi", live_city, to=f"/residents/?q={protected[0]}")
    row = page.locator("table.list tbody tr", has_text=re.compile("非開示|Not disclosed")).first
    expect(row).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(protected[1])
    row.locator("a").first.click()
    page.wait_for_url(re.compile("/residents/households/"))
    expect(page.locator("dl.facts")).to_contain_text(re.compile("非開示|Not disclosed"))
    expect(page.locator("main")).not_to_contain_text(protected[1])
    page.goto(live_city.url("/residents/register/"))
    expect(page.locator("table.list")).to_contain_text("20000")
    check_page(page, "residents-register")
