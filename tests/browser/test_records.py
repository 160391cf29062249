"""The form of any fact, the page of any subject, and the conflicts page, with the toy room's box."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import until


def make_box(page: Page, live, name: str, colour: str = "赤") -> str:
    """Record a new box through its form; the address of its page."""
    page.goto(live.url("/record/toys.box_described/new/"))
    page.fill("#f-name", name)
    page.fill("#f-colour", colour)
    page.click("form.fact button.main")
    page.wait_for_url(re.compile("/subject/toys.box:"))
    return page.url


def entries(page: Page) -> list[str]:
    return page.locator(".timeline > li .changes").all_inner_texts()


def test_a_fact_is_recorded_and_a_change_says_only_what_changed(live, page, signed_in, check_page):
    signed_in(page, "shokuin")
    page.goto(live.url("/record/toys.box_described/new/"))
    check_page(page, "form")
    box = make_box(page, live, "毛布 1号")
    expect(page.locator("h1")).to_contain_text("毛布 1号")
    check_page(page, "subject")
    page.goto(box)
    page.get_by_role("link", name=re.compile("箱の登録・変更|Box described")).click()
    expect(page.locator("#f-name")).to_have_value("毛布 1号")
    page.fill("#f-colour", "青")
    page.click("form.fact button.main")
    page.wait_for_url(box)
    newest = entries(page)[0]
    assert "青" in newest and "毛布" not in newest


def test_what_is_wrong_is_said_at_the_field(live, page, signed_in, check_page, watch):
    watch.expected.append("status of 422")
    signed_in(page, "shokuin")
    box = make_box(page, live, "水")
    page.get_by_role("link", name="箱に入れた").click()
    page.fill("#f-name", "ペットボトル")
    page.fill("#f-number", "２０００")
    page.click("form.fact button.main")
    expect(page.locator("#f-number-error")).to_have_text("箱には1000個まで入ります。")
    expect(page.locator("#f-number")).to_be_focused()
    expect(page.locator("#f-name")).to_have_value("ペットボトル")
    check_page(page, "form-wrong", reload=False)
    page.fill("#f-number", "たくさん")
    page.click("form.fact button.main")
    expect(page.locator("#f-number-error")).to_have_text("整数で入力してください。")
    page.fill("#f-number", "２４")
    page.click("form.fact button.main")
    page.wait_for_url(box)
    assert "24" in entries(page)[0]


def test_a_draft_stays_until_it_is_recorded_and_leaves_with_its_writer(live, page, signed_in):
    signed_in(page, "shokuin")
    page.goto(live.url("/record/toys.box_described/new/"))
    page.fill("#f-name", "書きかけの箱")
    page.goto(live.url("/conflicts/"))
    page.goto(live.url("/record/toys.box_described/new/"))
    expect(page.locator("#f-name")).to_have_value("書きかけの箱")
    expect(page.locator(".draft")).to_be_visible()
    page.click("form.fact button.main")
    page.wait_for_url(re.compile("/subject/"))
    page.goto(live.url("/record/toys.box_described/new/"))
    expect(page.locator("#f-name")).to_have_value("")
    page.fill("#f-name", "秘密の下書き")
    page.click("details.me summary")
    page.get_by_role("button", name="サインアウト").click()
    page.wait_for_url(re.compile("/accounts/login/"))
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft:'))") == []


def test_a_send_that_fails_says_so_and_is_recorded_once(live, page, signed_in, watch):
    """The answer of the first send is lost after the server has recorded it; the second send changes nothing."""
    watch.expected.append("ERR_|Failed to fetch|net::")
    signed_in(page, "shokuin")
    page.goto(live.url("/record/toys.box_described/new/"))
    page.fill("#f-name", "一度だけの箱")
    sent = []

    def lose_the_answer(route):
        if route.request.method == "POST":
            sent.append(route.request.post_data)
            if len(sent) == 1:
                route.fetch(max_redirects=0)
                route.abort()
                return
        route.continue_()

    page.route("**/record/**", lose_the_answer)
    page.click("form.fact button.main")
    expect(page.locator(".sending")).to_contain_text("未送信")
    page.wait_for_url(re.compile("/subject/toys.box:"))
    assert len(sent) == 2 and sent[0] == sent[1]
    assert len(entries(page)) == 1


def test_the_form_works_without_script(live, chromium, signed_in):
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    signed_in(page, "shokuin")
    make_box(page, live, "紙のような箱")
    page.get_by_role("link", name="箱に入れた").click()
    page.fill("#f-number", "0")
    page.click("form.fact button.main")
    expect(page.locator("#f-number-error")).to_have_text("0より大きい値を入力してください。")
    context.close()


@pytest.fixture
def colleague(chromium, watch):
    """A second person at a second machine."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    watch.on(context)
    yield context.new_page()
    context.close()


def test_two_who_did_not_know_of_each_other_are_shown_and_settled(live, page, colleague, signed_in, check_page):
    signed_in(page, "shokuin")
    signed_in(colleague, "admin")
    box = make_box(page, live, "争いの箱", "赤")
    form = page.get_by_role("link", name="箱の登録・変更").get_attribute("href")
    for person in (page, colleague):
        person.goto(live.url(form))
    for person, colour in ((page, "青"), (colleague, "緑")):
        person.fill("#f-colour", colour)
        person.click("form.fact button.main")
        person.wait_for_url(box)
    expect(colleague.locator(".said.warn")).to_be_visible()
    page.goto(live.url("/conflicts/"))
    dispute = page.locator(".dispute", has_text="争いの箱")
    expect(dispute.locator(".rival .value")).to_have_text(["青", "緑"])
    expect(dispute).to_contain_text("システム管理者")
    check_page(page, "conflicts")
    page.goto(live.url("/conflicts/"))
    dispute = page.locator(".dispute", has_text="争いの箱")
    dispute.locator(".rival", has_text="青").get_by_role("button").click()
    expect(page.locator(".dispute", has_text="争いの箱")).to_have_count(0)
    page.goto(box)
    expect(page.locator(".said.warn")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("青")
    assert len(entries(page)) == 4


def test_the_journal_is_live_filtered_and_proven(live, page, colleague, signed_in, check_page):
    signed_in(page, "admin", to="/journal/")
    signed_in(colleague, "shokuin")
    make_box(colleague, live, "いま届いた箱")
    expect(page.locator("#entries")).to_contain_text("いま届いた箱")
    page.get_by_label("ことば").fill("いま届いた")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator(".count")).to_have_text("1 件")
    check_page(page, "journal")
    page.goto(live.url("/journal/"))
    page.get_by_role("button", name=re.compile("確認する|Verify")).click()
    expect(page.locator("#proof .success")).to_be_visible()


def test_live_pages_come_back_after_the_server_was_away(live, page, colleague, signed_in, watch):
    """The stream connects again by itself, and is told what it missed."""
    watch.expected.append(r"ERR_|net::|\[object Event\]|status of 503")  # what a server says that is about to end
    signed_in(page, "admin", to="/journal/")
    port = live.port
    live.stop()
    live.start(port=port)
    signed_in(colleague, "shokuin")
    make_box(colleague, live, "停電のあとの箱")
    expect(page.locator("#entries")).to_contain_text("停電のあとの箱", timeout=20_000)


COUNT_STREAMS = """
const Real = window.EventSource;
window.opened = [];
window.EventSource = class extends Real { constructor(url) { super(url); window.opened.push(this); } };
window.hide = (away) => {
  Object.defineProperty(document, "hidden", { value: away, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


def test_a_page_that_nobody_looks_at_holds_no_stream_and_catches_up(live, page, colleague, signed_in):
    page.add_init_script(COUNT_STREAMS)
    page.clock.install()
    signed_in(page, "admin", to="/journal/")
    until(page, "window.opened.some(s => s.readyState === 1)")
    page.evaluate("hide(true)")
    page.clock.fast_forward(11_000)
    assert page.evaluate("window.opened.map(s => s.readyState)") == [2]
    signed_in(colleague, "shokuin")
    make_box(colleague, live, "見ていない間の箱")
    expect(page.locator("#entries")).not_to_contain_text("見ていない間の箱")
    page.evaluate("hide(false)")
    expect(page.locator("#entries")).to_contain_text("見ていない間の箱")
    page.evaluate("hide(true); hide(false)")  # just another tab for a moment: the stream stays
    page.clock.fast_forward(11_000)
    assert page.evaluate("window.opened.map(s => s.readyState)") == [2, 1]


def test_search_finds_by_any_word_and_opens_the_only_hit(live, page, signed_in, check_page):
    signed_in(page, "admin")
    make_box(page, live, "電池 単一")
    make_box(page, live, "電池 単二")
    page.goto(live.url("/search/?q=電池"))
    expect(page.locator(".results li")).to_have_count(2)
    check_page(page, "search")
    page.goto(live.url("/conflicts/"))
    page.fill("#find", "電池 単二")
    page.press("#find", "Enter")
    expect(page.locator("h1")).to_contain_text("電池 単二")
