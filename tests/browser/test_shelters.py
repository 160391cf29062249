"""Shelters in a real browser: a household is taken in by few clicks, by the keyboard alone, and people leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

#: opens an incident, and tells a household of three whose head's name finds few others
PREPARE = """
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents.models import HouseholdRow, PersonRow
ref = Incident.ref("shelters-test")
record(Draft(IncidentOpened(name="福島県沖の地震（避難所）"), ref, incident=ref), system("test"))
open_homes = PersonRow.objects.filter(shielded=False).values("household")
for home in HouseholdRow.objects.filter(members=3, key__in=open_homes).order_by("number")[:3]:
    head = PersonRow.objects.filter(key=home.head).first()
    print(head.name, head.town, sep="\\t")
"""


@pytest.fixture(scope="module")
def city(live_city):
    return live_city


@pytest.fixture(scope="module")
def households(city) -> Iterator[list[str]]:
    """Name and town of three heads of households of three, each as one would type it."""
    yield [line.replace("\t", " ") for line in city.python(PREPARE).strip().splitlines()]
    city.close_incident("shelters-test")


class Count:
    """What a person has to do: clicks, fields typed into, pages loaded."""

    def __init__(self) -> None:
        self.clicks, self.loads, self.typed = 0, 0, set[str]()

    def click(self, what) -> None:
        self.clicks += 1
        what.click()

    def type(self, page: Page, field: str, text: str) -> None:
        self.typed.add(field)
        page.locator(field).press_sequentially(text)


@contextmanager
def counting(page: Page) -> Iterator[Count]:
    """Count what is done on a page within this block."""
    count = Count()

    def loaded(_: Page) -> None:
        count.loads += 1

    page.on("load", loaded)
    yield count
    page.remove_listener("load", loaded)


def in_japanese(page: Page) -> None:
    """Leave the language in which a check of a page ended."""
    page.context.add_cookies([{"name": "tomoshibi_language", "value": "ja", "domain": "localhost", "path": "/"}])


def test_a_household_of_three_is_taken_in_and_leaves(city, page: Page, signed_in, check_page, households) -> None:
    signed_in(page, "honbu", city, to="/shelters/")
    page.goto(city.url("/shelters/"))
    site = page.locator(".sites button").first
    name = site.locator("span").first.inner_text()
    page.locator(".sites button").first.click()  # opening is one click
    expect(page.locator("h1")).to_contain_text(name)
    here = page.url

    signed_in(page, "shelter", city, to="/shelters/")
    page.goto(city.url("/shelters/"))
    with counting(page) as done:
        done.click(page.get_by_role("link", name=name, exact=True))
        expect(page.locator("#who")).to_be_focused()
        done.type(page, "#who", households[0])
        done.click(page.locator(".found a").first)
        expect(page.locator(".members input[name=person]:checked")).to_have_count(3)
        expect(page.get_by_role("button", name="受け入れる", exact=True)).to_be_focused()
        done.click(page.get_by_role("button", name="受け入れる", exact=True))
        expect(page.locator("#registered")).to_have_text("3")
        page.wait_for_load_state()
    assert done.clicks <= 5
    assert len(done.typed) == 1
    assert done.loads <= 2
    print(f"three people: {done.clicks} clicks, {len(done.typed)} typed field, {done.loads} page loads")
    expect(page.locator(".said.success")).to_contain_text("3人を受け入れました")

    # the next household by the keyboard alone; one member did not come and is unknown, not gone
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.type(households[1])
    expect(page.locator(".found a").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="受け入れる", exact=True)).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.name") == "person":
            break
    page.keyboard.press("Space")
    expect(page.locator(".members input[name=person]:checked")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#registered")).to_have_text("5")
    expect(page.locator(".missing")).to_contain_text("所在未確認")
    assert page.url == here
    check_page(page, "shelters-shelter")

    page.goto(here)
    page.fill("#who", households[2])
    page.locator(".found a").first.click()
    expect(page.locator(".party")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    check_page(page, "shelters-party", reload=False)

    in_japanese(page)
    page.goto(here)
    for box in page.locator(".roster input[name=stay]").all()[:2]:
        box.check()
    page.get_by_label("親族・知人宅").check()
    page.get_by_role("button", name="退所を記録する").click()
    expect(page.locator(".said.success")).to_contain_text("2人の退所")
    expect(page.locator("#registered")).to_have_text("3")

    page.goto(city.url("/shelters/"))
    check_page(page, "shelters-list")
    in_japanese(page)
    page.goto(city.url("/shelters/enquiry/"))
    page.fill("#e-name", "存在 しない")
    page.get_by_role("button", name="調べる").click()
    expect(page.locator(".said.warn")).to_contain_text("お答えできる情報はありません")
    check_page(page, "shelters-enquiry", reload=False)
    assert re.search(r"/shelters/enquiry/$", page.url)
