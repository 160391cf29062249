"""One disaster, from the first telegram to the printed certificate, lived through by five people at once.

Headquarters, the ICT section, a care facility on a phone, a shelter and the counter, each in a browser of their own
(and those whose second pair of eyes is asked for), on a fresh copy of the demonstration city. No page is loaded to see
what another did: it comes by itself.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import Live
from tomoshibi.bulletins import Status
from tomoshibi.drills.telegrams import Quake, Shaken, write

LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
#: the family and given name of the head of a household of three that a shelter takes in
HOUSEHOLD = """
from tomoshibi.residents.models import HouseholdRow, PersonRow
for home in HouseholdRow.objects.filter(members=3).order_by("number"):
    people = PersonRow.objects.filter(household=home.key)
    head = people.get(key=home.head)
    if not people.filter(shielded=True) and PersonRow.objects.filter(name=head.name).count() == 1:
        print(head.name, home.number, sep="\\t")
        break
"""
PROVEN = """
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.verifying import verify
before = contents()
rebuild()
verdict = verify()
print(len(verdict.breaks), contents() == before, verdict.entries)
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A copy of the demonstration city in which nothing has happened yet."""
    server = Live(tmp_path_factory.mktemp("thread"), demo=True).start()
    yield server
    server.close()


@pytest.fixture
def sit_down(chromium: Browser, watch, signed_in: Callable[..., Page], town: Live) -> Iterator[Callable[..., Page]]:  # type: ignore[no-untyped-def]
    """``sit_down("ict")``: a browser of that person's own; without a login, somebody with a link and nothing else."""
    opened = []

    def sit(login: str = "", screen: dict[str, int] = LAPTOP) -> Page:
        context = chromium.new_context(viewport=screen, locale="ja-JP", timezone_id="Asia/Tokyo")  # type: ignore[arg-type]
        context.set_default_timeout(45_000)
        watch.on(context)
        opened.append(context)
        page = context.new_page()
        return signed_in(page, login, town) if login else page

    yield sit
    for context in opened:
        context.close()


def telegram() -> bytes:
    """A VXSE53 of now: 6弱 where the city stands."""
    shaken = Shaken(
        name="いわき市", code="07204", area="福島県浜通り", area_code="251", intensity="6弱", stations=("観測点Ａ",)
    )
    quake = Quake(
        hypocentre="福島県沖", hypocentre_code="289", lat=37.2, lon=141.7, depth_km=50, magnitude=7.3,
        minutes_before=3, tsunami="warning", municipalities=(shaken,),
    )  # fmt: skip
    now = datetime.now().astimezone().replace(microsecond=0)
    event = f"{now:%Y%m%d%H%M%S}"
    return write(quake, event=event, serial=1, origin=now - timedelta(minutes=3), reported=now, status=Status.NORMAL)


def link_in(outbox: Path, kind: str, said: str = "") -> str:
    """The path of the first signed link of ``kind`` (``c``, ``f``) in the mails written so far, or nothing."""
    for path in sorted(outbox.glob("*")):
        for part in path.read_bytes().split(b"-" * 79):
            text = message_from_bytes(part.strip() + b"\n", policy=policy.default).get_content() if part.strip() else ""
            if said in text and (found := re.search(rf"https?://[^/\s]+(/{kind}/\S+)", text)):
                return found[1]
    return ""


def arrives(page: Page, outbox: Path, kind: str) -> str:
    """Wait for a signed link to be sent."""
    for _ in range(300):
        if found := link_in(outbox, kind):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"no link /{kind}/ was sent")


def test_one_disaster_lived_through_by_five(town: Live, sit_down, check_page, shots: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    outbox = town.home / "outbox"
    honbu = sit_down("honbu")
    honbu.goto(town.url("/incidents/"))

    # 1, 2: the telegram opens the incident and calls everybody; nobody touched anything
    inbox = town.home / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / "VXSE53.xml.part").write_bytes(telegram())
    (inbox / "VXSE53.xml.part").rename(inbox / "VXSE53.xml")
    honbu.locator(".incidents .name").first.click()
    expect(honbu.locator("h1")).to_contain_text("福島県沖")
    room = honbu.url
    key = room.rstrip("/").rpartition("/")[2]
    expect(honbu.locator("#head")).to_contain_text("第3非常配備")
    here, down, newest = (honbu.locator(where) for where in (".panel.here", ".panel.down", "#newest"))
    expect(newest).to_contain_text("参集を発令")

    # 3: somebody answers by the link alone
    staff = sit_down(screen=PHONE)
    staff.goto(town.url(arrives(honbu, outbox, "c")))
    staff.get_by_role("button", name=re.compile("^行く")).first.click()
    expect(newest).to_contain_text("回答: 行く")

    # 4: two clicks of the ICT section, seen at headquarters
    ict = sit_down("ict")
    ict.goto(town.url(f"/continuity/{key}/"))
    row = ict.locator("tr", has=ict.get_by_role("link", name="庁内ネットワーク", exact=True))
    row.locator("button.state").click()
    ict.locator("#choose").get_by_role("button", name="停止").click()
    expect(row.locator("button.state")).to_contain_text("停止")
    expect(down).to_contain_text("庁内ネットワーク")

    # 5: proposed by one, approved by another, and answered by a care facility on a phone
    honbu.goto(town.url(f"/orders/new/?incident=incidents.incident:{key}"))
    honbu.get_by_role("radio", name="レベル4").check()
    honbu.select_option("#danger", "tsunami")
    honbu.get_by_role("checkbox", name=re.compile("^潮見地区")).check()
    honbu.fill("#reason", "大津波警報が発表された。")
    honbu.fill("#advice", "すぐに高台へ避難してください。")
    honbu.get_by_role("button", name="文を作って確かめる").click()
    honbu.locator("button[name=propose]").click()
    honbu.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/$"))
    expect(honbu.locator("button[name=approve]")).to_have_count(0)
    deputy = sit_down("shonin")
    deputy.goto(honbu.url)
    deputy.locator("button[name=approve]").click()
    expect(deputy.locator(".names")).to_contain_text("副市長")
    anybody = sit_down(screen=PHONE)
    anybody.goto(town.url("/public/"))
    expect(anybody.locator(".order.level-4")).to_contain_text("潮見地区")

    honbu.goto(room)
    facility = sit_down(screen=PHONE)
    facility.goto(town.url(arrives(honbu, outbox, "f")))
    expect(facility.locator(".came")).to_contain_text("警戒レベル4")
    facility.get_by_role("button", name="避難を始めた").click()
    expect(newest).to_contain_text("避難を始めた")
    cards = facility.locator(".person .tap")
    everybody = cards.count()
    assert everybody >= 15
    for _ in range(3):
        facility.locator(".person:not(.waiting) .tap").first.click()
    expect(facility.locator("[data-total]")).to_have_text(f"3/{everybody}")
    expect(facility.locator("[data-sync]")).to_have_text("送信済み")
    facility.get_by_role("link", name="避難先に着いた").click()
    facility.locator(".person .tap").first.click()
    expect(facility.locator("[data-total]")).to_have_text(f"1/{everybody}")
    resident = facility.locator(".person").first
    resident.get_by_text("家族に引き渡す").click()
    card = facility.locator(".card:target")
    card.locator("input[name=contact]").first.check()
    card.locator("select[name=identity]").select_option("document")
    card.get_by_role("button", name="引き渡した").click()
    expect(newest).to_contain_text("引き渡")

    # 6: a shelter opens by one click, and takes a household of three in and lets it go
    honbu.goto(town.url("/shelters/"))
    site = honbu.locator(".sites button").first
    name = site.locator("span").first.inner_text()
    site.click()
    expect(honbu.locator("h1")).to_contain_text(name)
    honbu.goto(room)
    head, _number = town.python(HOUSEHOLD).strip().split("\t")
    shelter = sit_down("shelter")
    shelter.goto(town.url("/shelters/"))
    shelter.get_by_role("link", name=name, exact=True).click()
    shelter.locator("#who").press_sequentially(head)
    shelter.locator(".found a").first.click()
    expect(shelter.locator(".members input[name=person]:checked")).to_have_count(3)
    shelter.get_by_role("button", name="受け入れる", exact=True).click()
    expect(shelter.locator("#registered")).to_have_text("3")
    expect(here).to_contain_text("3")
    shelter.screenshot(path=shots / "thread-shelter.png", full_page=True)

    # 7: applied for at the counter, surveyed, judged by another, issued, and checked without a network
    counter = sit_down("madoguchi")
    counter.goto(town.url(f"/relief/counter/?incident=incidents.incident:{key}"))
    expect(counter.locator("#q")).to_be_focused()
    counter.keyboard.type(head)
    counter.keyboard.press("Enter")
    counter.wait_for_url(re.compile("/relief/counter/[0-9a-f-]{36}/"))
    counter.locator("#contact").focus()
    counter.keyboard.type("000-0000-0000")
    counter.keyboard.press("Enter")
    counter.wait_for_url(re.compile("/relief/applications/"))
    application = counter.url.partition("?")[0]
    dwelling = counter.locator("dd a").first.get_attribute("href")
    surveyor = sit_down("chosa", {"width": 820, "height": 1180})
    surveyor.goto(town.url(f"{dwelling}survey/?incident=incidents.incident:{key}"))
    for _ in range(7):
        surveyor.get_by_role("button", name="壁（外壁） 程度 V +10 %").click()
    expect(surveyor.locator("#ratio .number")).to_have_text(re.compile("52.5 ?%"))
    surveyor.get_by_role("button", name="調査票を記録する").click()
    expect(surveyor.locator(".said.success")).to_contain_text("調査票を記録しました")
    deputy.goto(town.url("/relief/judging/"))
    deputy.locator("table.list tbody a").first.click()
    deputy.get_by_role("button", name=re.compile("^全壊")).click()
    deputy.wait_for_url(re.compile("/relief/judging/$"))
    counter.goto(application)
    counter.get_by_role("button", name="罹災証明書を交付する").press("Enter")
    counter.wait_for_url(re.compile("/relief/certificates/"))
    paper = tmp_path / "certificate.pdf"
    paper.write_bytes(counter.request.get(counter.url + "certificate.pdf").body())
    said = town.run("certificate", "verify", str(paper))
    assert "全壊" in said and head in said
    changed = bytearray(paper.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    with pytest.raises(AssertionError, match=r"verify .*: 1"):
        town.run("certificate", "verify", str(tmp_path / "changed.pdf"))

    # they leave, and where to is known
    for box in shelter.locator(".roster input[name=stay]").all():
        box.check()
    shelter.get_by_label("親族・知人宅").check()
    shelter.get_by_role("button", name="退所を記録する").click()
    expect(shelter.locator(".said.success")).to_contain_text("3人の退所")
    expect(shelter.locator("#registered")).to_have_text("0")

    # 8: the incident's report, from the journal alone
    honbu.goto(town.url(f"/continuity/{key}/report/"))
    expect(honbu.locator("table.annex").first).to_contain_text("停止")
    annex = honbu.request.get(town.url(f"/continuity/{key}/annex-1.csv")).body().decode("utf-8-sig")
    assert re.search("庁内ネットワーク.*停止", annex)
    assert honbu.request.get(town.url(f"/continuity/{key}/annex-1.pdf")).body().startswith(b"%PDF")

    # 10: the room of headquarters at the end of it, which nobody reloaded since; and the proof of all of it
    honbu.goto(room)
    check_page(honbu, "thread-operations")
    honbu.context.clear_cookies(name="tomoshibi_language")
    timeline = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=honbu.request.get(room + "timeline.pdf").body(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    for step in ("参集を発令", "庁内ネットワーク", "避難指示", name, "罹災証明書"):
        assert step in timeline, step
    assert head not in timeline, "the timeline is read by many: nobody's name stands in it"
    breaks, same, entries = town.python(PROVEN).split()
    assert (breaks, same) == ("0", "True")
    print(f"{entries} entries, whole; tables equal their rebuild")
