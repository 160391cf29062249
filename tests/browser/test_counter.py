"""A certificate in a real browser: applied for by keyboard, surveyed on a tablet, judged by another, issued."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

TABLET = {"width": 820, "height": 1180}
OPEN = """
from datetime import datetime, UTC
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
fact = IncidentOpened(name="窓口の試験", hazard="earthquake", began=datetime(2026, 11, 1, 5, 46, tzinfo=UTC))
ref = Incident.ref("counter-test")
record(Draft(fact, ref, id="00000000-0000-4000-8000-0000000c0de1", incident=ref), system("test"))
from tomoshibi.residents.queries import search
homes = [h for h in search("さとう", system("test"), 30) if len(h.members) > 1 and not h.head.protected]
print(homes[0].head.kana.split()[0], homes[0].head.kana.split()[-1], homes[0].head.birth)
"""
ONLINE = """
from datetime import datetime, UTC
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief.online import OnlineForm, OnlineFormSwitched
ref = Incident.ref("online-test")
fact = IncidentOpened(name="オンラインの試験", hazard="earthquake", began=datetime(2026, 11, 1, 5, 46, tzinfo=UTC))
opened = Draft(OnlineFormSwitched(open=True), OnlineForm.ref("online-test"), incident=ref)
record([Draft(fact, ref, incident=ref), opened], system("test"))
"""


def test_the_public_form_says_what_is_wrong_and_keeps_what_was_typed(
    live_city, page: Page, check_page, watch, request
) -> None:
    request.addfinalizer(lambda: live_city.close_incident("online-test"))
    live_city.python(ONLINE)
    watch.expected.append("status of 422")
    page.goto(live_city.url("/relief/apply/"))
    page.fill("#applicant", "試験　太郎")
    page.locator("main button.main").click()
    expect(page.locator("main form .said.error")).to_be_visible()
    expect(page.locator("#applicant_kana")).to_be_focused()
    expect(page.locator("#applicant")).to_have_value("試験　太郎")
    check_page(page, "relief-online", reload=False)
    page.goto(live_city.url("/relief/apply/"))  # it was refused, not recorded: it is there still
    expect(page.locator(".draft")).to_be_visible()
    expect(page.locator("#applicant")).to_have_value("試験　太郎")


def test_from_the_counter_to_the_paper(live_city, page: Page, signed_in, check_page, chromium, watch, request) -> None:
    request.addfinalizer(lambda: live_city.close_incident("counter-test"))
    family, given, birth = live_city.python(OPEN).split()
    signed_in(page, "madoguchi", live_city, to="/relief/counter/?incident=incidents.incident:counter-test")
    # by keyboard alone: the box has the focus; one household found opens; Enter in the form applies
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(f"{family} {given} {birth}")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/relief/counter/[0-9a-f-]{36}/"))
    household = page.url.partition("?")[0]
    check_page(page, "relief-household")
    page.locator("#contact").focus()
    page.keyboard.type("000-0000-0000")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/relief/applications/"))
    expect(page.locator(".said.success")).to_be_visible()
    application = page.url.partition("?")[0]
    dwelling = page.locator("dd a").first.get_attribute("href")

    other = chromium.new_context(viewport=TABLET, locale="ja-JP", timezone_id="Asia/Tokyo")
    watch.on(other)
    tablet = signed_in(other.new_page(), "chosa", live_city, to="/relief/surveys/")
    tablet.goto(live_city.url(f"{dwelling}survey/?incident=incidents.incident:counter-test"))
    ratio = tablet.locator("#ratio .number")
    expect(ratio).to_have_text("0 %")
    for _ in range(4):
        tablet.get_by_role("button", name="壁（外壁） 程度 V +10 %").click()
    expect(tablet.locator("#wall-5")).to_have_value("40")
    expect(ratio).to_have_text("30 %")  # it grows while damage is tapped, and says why
    expect(tablet.locator("#ratio .why")).to_contain_text("V 40%×100%")
    tablet.get_by_role("button", name="基礎 程度 V +10 %").click()
    expect(ratio).to_have_text("31 %")
    tablet.get_by_role("button", name="基礎 を消す").click()
    expect(ratio).to_have_text("30 %")
    address = tablet.url
    check_page(tablet, "relief-survey", reload=False)
    tablet.goto(address)
    expect(tablet.locator(".draft")).to_be_visible()  # what was tapped is kept until it is recorded
    expect(tablet.locator("#wall-5")).to_have_value("40")
    tablet.get_by_role("button", name="調査票を記録する").click()
    expect(tablet.locator(".said.success")).to_contain_text("調査票を記録しました")
    other.close()

    second = chromium.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    watch.on(second)
    eyes = signed_in(second.new_page(), "shonin", live_city, to="/relief/judging/")
    eyes.locator("table.list tbody a").first.click()
    check_page(eyes, "relief-judge")
    eyes.get_by_role("button", name=re.compile("^(Medium-scale|中規模半壊)")).click()
    eyes.wait_for_url(re.compile("/relief/judging/$"))
    second.close()

    page.goto(application)
    page.get_by_role("button", name=re.compile("罹災証明書を交付する|Issue the certificate")).press("Enter")
    page.wait_for_url(re.compile("/relief/certificates/"))
    check_page(page, "relief-certificate")
    answer = page.request.get(page.url + "certificate.pdf")
    assert answer.ok and answer.body().startswith(b"%PDF")
    page.goto(live_city.url("/relief/check/"))
    page.set_input_files("#file", {"name": "c.pdf", "mimeType": "application/pdf", "buffer": answer.body()})
    page.locator("main button.main").click()
    expect(page.locator(".said.success")).to_be_visible()
    page.goto(live_city.url("/relief/applications/"))
    check_page(page, "relief-applications")
    # the household's page of the victim register: what it may ask for, taken by keyboard
    page.goto(f"{household.replace('/counter/', '/victims/')}?incident=incidents.incident:counter-test")
    page.locator("details", has=page.locator("input[value=livelihood-added]")).locator("summary").press("Enter")
    page.locator("#r-livelihood-added").select_option("repair")
    page.locator("#a-livelihood-added").press("Enter")
    expect(page.get_by_text(re.compile("^(決定待ち|to be decided)$"))).to_be_visible()
    check_page(page, "relief-victim")
    page.locator("a.button[href*='/as-found/?sense=livelihood']").click()
    page.fill("#q", "さとう")
    page.keyboard.press("Enter")
    page.locator(".tick input[name=members]").nth(1).check()
    check_page(page, "residents-household-found", reload=False)
    page.locator("button.main").click()
    page.wait_for_url(re.compile("/relief/victims/"))
    page.goto(live_city.url("/relief/queue/?incident=incidents.incident:counter-test"))
    check_page(page, "relief-queue")
    page.goto(live_city.url("/relief/schemes/?incident=incidents.incident:counter-test"))
    check_page(page, "relief-schemes")
