"""The main job in a real browser: a real telegram calls the right people, they answer, headquarters sees it live."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import zipfile
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/bulletins/jma_official_samples.zip"
#: 2011-03-11 14:54: 6弱 where the demonstration city stands
TOHOKU = "32-39_11_05_240613_VXSE53.xml"

TIMES = """
from tomoshibi.journal.models import EntryRow
for kind in ("incidents.bulletin_received", "incidents.opened", "people.call_out_started"):
    row = EntryRow.objects.filter(kind=kind).order_by("-pos").first()  # the city is shared with other tests
    print(kind, row.recorded_at if row else "none")
"""


@pytest.fixture(scope="module")
def telegram() -> bytes:
    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")
    with zipfile.ZipFile(SAMPLES) as archive:
        return archive.read(TOHOKU)


def links_in(outbox: Path) -> list[str]:
    """The signed links of the mails that were written."""
    found = []
    for path in sorted(outbox.glob("*")):
        for part in path.read_bytes().split(b"-" * 79):
            if not part.strip():
                continue
            text = message_from_bytes(part.strip() + b"\n", policy=policy.default).get_content()
            found += re.findall(r"https?://\S+/c/\S+", text)
    return list(dict.fromkeys(found))


def in_japanese(page: Page) -> None:
    """Back to Japanese, after a page was checked in both languages."""
    page.context.clear_cookies(name="tomoshibi_language")


def path_of(link: str) -> str:
    """A link's path: messages carry the town's own address, which is not this test's port."""
    return "/" + link.split("/", 3)[3]


def test_a_real_telegram_calls_the_right_people_and_headquarters_sees_them_answer(
    live_city, page: Page, signed_in, check_page, context, telegram: bytes, shots: Path, tmp_path: Path
) -> None:
    signed_in(page, "honbu", live_city)
    page.goto(live_city.url("/incidents/"))
    expect(page.locator("h1")).to_have_text("事案")
    expect(page.locator(".empty")).to_contain_text("対応中の事案はありません")
    check_page(page, "incidents-empty")

    in_japanese(page)

    # drop: the page that is open shows the incident without anybody touching it
    page.goto(live_city.url("/incidents/"))
    expect(page.locator("h1")).to_have_text("事案")
    part = live_city.home / "inbox" / "VXSE53.xml.part"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(telegram)
    dropped = datetime.now().astimezone()
    part.rename(part.with_name("VXSE53.xml"))
    card = page.locator(".incidents .name")
    expect(card).to_contain_text("三陸沖")
    until = time.monotonic() + 20  # the page shows the incident before staff are called out
    while "none" in (recorded := dict(line.split() for line in live_city.python(TIMES).splitlines())).values():
        if time.monotonic() > until:
            break
    for kind, at in recorded.items():
        assert at != "none", kind
        print(f"{kind}: {(datetime.fromisoformat(at) - dropped).total_seconds():.2f} s after the drop")
    assert sorted(recorded.values()) == list(recorded.values())

    card.click()
    expect(page.locator("h1")).to_contain_text("三陸沖")
    expect(page.locator("#head")).to_contain_text("第3非常配備")
    expect(page.locator("#head")).to_contain_text("いわき市 震度6弱")
    expect(page.locator("#newest")).to_contain_text("参集を発令")
    address = page.url

    # somebody answers on a phone, by the signed link alone
    outbox = live_city.home / "outbox"
    page.wait_for_timeout(1500)
    links = links_in(outbox)
    assert links, "no message was written"
    phone_context = context.browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    phone = phone_context.new_page()
    answered = page.locator("#newest li", has_text="回答: 行く")
    expect(answered).to_have_count(0)
    phone.goto(live_city.url(path_of(links[0])))
    phone.screenshot(path=shots / "main-job-phone.png", full_page=True)
    phone.get_by_role("button", name=re.compile("^行く")).first.click()
    expect(phone.locator("body")).to_contain_text("行く")
    expect(answered).to_have_count(1)  # the page was not loaded again
    assert page.url == address

    # a line written by hand is there at once
    page.fill("#n-what", "市民課の窓口を閉じた")
    with page.expect_navigation():  # back to the same page, with the form empty again
        page.keyboard.press("Enter")
    expect(page.locator("#newest")).to_contain_text("市民課の窓口を閉じた")
    expect(page.locator("#n-what")).to_have_value("")
    check_page(page, "incident")
    in_japanese(page)

    page.goto(address + "timeline/")
    expect(page.locator("h1")).to_contain_text("時系列")
    check_page(page, "timeline")
    in_japanese(page)
    page.goto(live_city.url("/incidents/inbox/"))
    expect(page.locator("main table")).to_contain_text("VXSE53")
    # what cannot be read is shown with its reason
    (live_city.home / "inbox" / "壊れた電文.xml").write_bytes(b"<Report>")
    expect(page.locator("#rejected")).to_contain_text("壊れた電文.xml")
    assert list((live_city.home / "inbox" / "rejected").rglob("*.reason.txt"))
    check_page(page, "inbox")
    in_japanese(page)
    page.reload()
    page.locator("main table a").first.click()
    expect(page.locator(".trace")).to_contain_text("震度5強以上")
    check_page(page, "bulletin")
    page.goto(live_city.url("/incidents/rules/"))
    check_page(page, "trigger-table")
    in_japanese(page)

    # paper
    paper = page.request.get(address + "timeline.pdf")
    assert paper.status == 200
    pdf = tmp_path / "timeline.pdf"
    pdf.write_bytes(paper.body())
    shutil.copy(pdf, shots / "main-job-timeline.pdf")
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for said in ("三陸沖", "参集を発令", "市民課の窓口を閉じた", "回答"):
        assert said in text, said
    for form in ("csv", "xlsx"):
        assert page.request.get(f"{address}timeline.{form}").status == 200
    phone_context.close()


def test_a_drill_does_the_same_in_the_training_world(
    live_city, page: Page, signed_in, check_page, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = live_city.run("drill", "run", "first-hour", "--speed", "max", "--out", str(out))
    assert "人を招集" in said
    assert (out / "timeline.pdf").read_bytes().startswith(b"%PDF")
    assert "訂正" in (out / "timeline.csv").read_text(encoding="utf-8-sig")
    signed_in(page, "honbu", live_city)
    page.goto(live_city.url("/training/incidents/"))
    expect(page.locator(".band").first).to_contain_text("訓練")
    page.get_by_role("link", name="福島県沖の地震（訓練）").first.click()
    expect(page.locator("#newest")).to_contain_text("訂正前")
    check_page(page, "training-incident")

    # both worlds prove themselves: the chains hold, and the tables are what the journal says
    live_city.run("journal", "verify")
    live_city.run("journal", "rebuild", "--check")
