"""Facilities in a real browser: told by headquarters, answered and counted on a phone, taps kept while the network is
away and the tab is closed, handed over, and seen live on the board."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import until
from tests.documents.test_pictures import photograph

PHONE = {"width": 390, "height": 844}

OPENED = """
from tomoshibi.facilities import demo, links
from tomoshibi.facilities.notifying import drafts
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.models import SiteRow
incident = Incident.ref("facilities-flood")
me = system("test")
record(Draft(IncidentOpened(name="台風第10号", hazard=Hazard.WIND_AND_FLOOD), incident, incident=incident), me)
codes = [demo.site(code) for code in ("C000", "C010", "C020")]
sites = list(SiteRow.objects.filter(subject__in=codes).order_by("code"))
record(drafts(sites, incident, "browser", level=3, area="本町地区", why="小本川が避難判断水位に達しました"), me)
print(links.token(sites[0]))
"""


@pytest.fixture(scope="module")
def city(live_city):
    return live_city


@pytest.fixture(scope="module")
def link(city) -> Iterator[str]:
    yield f"/f/{city.python(OPENED).strip()}/"
    city.close_incident("facilities-flood")


def test_a_night_on_a_phone(city, link, page: Page, signed_in, check_page, chromium: Browser, watch, tmp_path) -> None:
    watch.expected.append("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource")
    signed_in(page, "honbu", city, to="/facilities/")
    line = page.locator("tbody tr", has_text="本町ひだまり園")
    expect(line).to_contain_text("未回答")

    context = chromium.new_context(viewport=PHONE, locale="ja-JP", timezone_id="Asia/Tokyo", has_touch=True)  # type: ignore[arg-type]
    watch.on(context)
    phone = context.new_page()
    phone.goto(city.url(link))
    expect(phone.locator(".came")).to_contain_text("警戒レベル3")
    phone.get_by_role("button", name="避難を始めた").click()
    expect(phone.get_by_role("button", name="避難を始めた")).to_have_attribute("aria-pressed", "true")
    expect(line).to_contain_text("避難を始めた")  # nobody reloaded the board

    expect(phone.locator("body[data-kept=kept]")).to_be_attached()  # its pages are in the phone now
    cards = phone.locator(".person .tap")
    total = cards.count()
    assert total >= 15
    until(phone, "document.querySelector('.person .tap')?.getBoundingClientRect().height >= 56")
    cards.first.click()
    expect(phone.locator("[data-total]")).to_have_text(f"1/{total}")
    expect(phone.locator(".met li")).to_have_count(1)

    context.set_offline(True)
    for _ in range(3):
        phone.locator(".person:not(.waiting) .tap").first.click()
    expect(phone.locator("[data-sync]")).to_have_text("未送信 3")
    expect(phone.locator("[data-total]")).to_have_text(f"4/{total}")
    phone.get_by_role("link", name="避難先に着いた").click()  # at hand without a network
    expect(phone.locator("[data-total]")).to_have_text(f"0/{total}")
    expect(phone.locator(".waiting")).to_have_count(3)
    phone.close()  # the tab is gone; what was tapped is not
    phone = context.new_page()
    kept = phone.goto(city.url(link))  # and it opens without a network
    assert kept is not None and "x-kept-at" in kept.headers
    expect(phone.locator("[data-sync]")).to_have_text("未送信 3")
    expect(phone.locator("[data-total]")).to_have_text(f"4/{total}")
    expect(phone.locator("[data-away]")).to_be_visible()
    phone.get_by_role("link", name="カード").click()
    expect(phone.locator(".card")).not_to_have_count(0)
    phone.get_by_role("link", name="点検").click()
    phone.get_by_role("link", name="風水害・雪 避難").click()
    expect(phone.locator("[data-minutes]")).to_have_text("0")
    phone.locator("#i9").get_by_role("button", name="済み").click()
    expect(phone.locator("#i9")).to_have_attribute("data-waiting", "未送信")
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(photograph((2400, 1800)))
    phone.locator("#i10 input[type=file]").set_input_files(picture)
    expect(phone.locator("#i10")).to_have_attribute("data-waiting", "未送信")
    sheet = phone.url
    phone.get_by_role("link", name="前兆").click()
    phone.get_by_label("小石が落ちてくる").check()
    phone.get_by_role("button", name="前兆を報告する").click()
    expect(phone.locator("[data-sync]")).to_have_text("未送信 6")
    phone.get_by_role("link", name="貼り紙").click()
    expect(phone.get_by_label("行き先")).not_to_have_value("")
    phone.close()
    context.set_offline(False)
    phone = context.new_page()
    phone.goto(city.url(link))
    expect(phone.locator("[data-total]")).to_have_text(f"4/{total}")
    expect(phone.locator(".met li")).to_have_count(4)
    expect(phone.locator("[data-sync]")).to_have_text("送信済み")
    phone.goto(sheet)
    expect(phone.locator("#i10 .photo")).to_contain_text("写真 1")
    phone.goto(city.url(link))

    # what the town refuses is not lost either: it stands there until somebody has read why
    context.set_offline(True)
    for _ in range(2):
        phone.get_by_role("button", name="取り消す").first.click()
    expect(phone.locator("[data-sync]")).to_have_text("未送信 2")
    context.set_offline(False)
    refused = phone.locator("[data-refused] li")
    expect(refused).to_contain_text("取り消せる点呼の記録がありません")
    phone.reload()
    expect(refused).to_have_count(1)
    refused.get_by_role("button", name="確かめた").click()
    expect(refused).to_have_count(0)

    first = phone.locator(".person").first
    name = first.locator(".name").inner_text()
    first.get_by_text("家族に引き渡す").click()
    card = phone.locator(".card", has_text=name)
    card.locator("select[name=identity]").select_option("document")
    card.get_by_role("button", name="引き渡した").click()  # but to whom?
    expect(phone.locator("[data-sync]")).to_have_text("")
    card.locator("input[name=contact]").first.check()
    card.locator("select[name=identity]").select_option("document")
    card.get_by_role("button", name="引き渡した").click()
    expect(card).to_contain_text("家族へ")
    expect(line.locator("td[data-label='家族へ']")).to_have_text("1")
    context.close()

    page.get_by_role("link", name="本町ひだまり園", exact=True).click()
    page.get_by_role("link", name=name).first.click()
    expect(page.locator("main")).to_contain_text("家族に引き渡した")
    page.go_back()
    check_page(page, "facilities-facility")
    page.goto(city.url("/facilities/"))
    check_page(page, "facilities-board")


def test_check_sheets_and_the_workbook(city, link, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city, to="/facilities/list/")
    page.get_by_role("link", name="本町ひだまり園", exact=True).click()
    page.get_by_role("link", name="点検シート").click()
    check_page(page, "facilities-checks")
    if "TOMOSHIBI_SHOTS" in os.environ:
        page.goto(page.url.replace("/checks/", "/workbook/"))
        check_page(page, "facilities-workbook")


#: the network is away when a facility's page first asks for its worker: it must ask again
FAILS_ONCE = """
const asked = ServiceWorkerContainer.prototype.register;
let away = true;
ServiceWorkerContainer.prototype.register = function (script, ...rest) {
  if (!away || !String(script).endsWith("/worker.js")) return asked.call(this, script, ...rest);
  away = false;
  return Promise.reject(new TypeError("the network is away"));
};
"""


def test_what_a_phone_keeps_goes_at_sign_out(city, link, page: Page, signed_in) -> None:
    kept = "caches.keys().then((names) => names.filter((name) => name.startsWith('facility /')).length)"
    page.add_init_script(FAILS_ONCE)
    signed_in(page, "honbu", city, to="/facilities/list/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("link", name="本町ひだまり園", exact=True).click()
    page.get_by_role("link", name="回答と点呼").click()
    expect(page.locator("body[data-kept=kept]")).to_be_attached(timeout=90_000)  # twenty pages, on a busy machine
    assert page.evaluate(kept) == 1
    page.get_by_role("link", name="施設のページへ").click()
    page.locator("summary", has_text="本部 班長").click()
    page.get_by_role("button", name="サインアウト").click()
    expect(page.locator("#id_login")).to_be_visible()
    until(page, f"{kept}.then((n) => n === 0)")


def test_telling_by_hand(city, link, page: Page, signed_in, check_page) -> None:
    signed_in(page, "honbu", city, to="/facilities/notify/")
    check_page(page, "facilities-notify")


#: the pages that are like another one are looked at where pictures are asked for
PARTS = [
    "",
    "sheets/storm-during/",
    "report/",
    *(["teams/", "sheets/", "cards/", "sign/"] if "TOMOSHIBI_SHOTS" in os.environ else []),
]


@pytest.mark.parametrize("part", PARTS)
def test_the_phone_pages_are_what_every_page_must_be(city, link, page: Page, check_page, part) -> None:
    page.goto(city.url(link + part))
    check_page(page, f"facilities-phone-{part.strip('/').replace('/', '-')}")
