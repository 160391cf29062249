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
    expect(page.locator("dl.facts").first).to_contain_text(re.compile("非開示|Not disclosed"))
    expect(page.locator("main")).not_to_contain_text(protected[1])
    page.goto(live_city.url("/residents/register/"))
    expect(page.locator("table.list")).to_contain_text("20000")
    check_page(page, "residents-register")


DAY_AFTER = """
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import intake, queries
from tomoshibi.residents.facts import ChangesWithdrawn
from tomoshibi.residents.intake_facts import OURS, IntakeDescribed
me = system("test")
record(Draft(IntakeDescribed(nightly=False), OURS), me)
for row in intake.held():
    intake.discard(row, "test", me)
for row in queries.changes():
    record(Draft(ChangesWithdrawn(entry=row.key.rpartition("/")[2], reason="test"), row.subject), me)
"""
NIGHT = """
import datetime as dt, pathlib
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import intake, queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.intake_facts import OURS, IntakeDescribed
from tomoshibi.residents.models import PersonRow
from tomoshibi.residents.support import EvacuationPlanned, Support, SupportConsented, SupportListed
from tomoshibi.residents.words import Need, Recipient
me = system("test")
folder = pathlib.Path(settings.TOMOSHIBI_HOME) / "juki"
folder.mkdir(exist_ok=True)
record(Draft(IntakeDescribed(folder=str(folder)), OURS), me)
heads = ("宛名番号,世帯番号,続柄,氏名,氏名カナ,生年月日,性別,町字,番地,方書,異動日,異動事由,支援措置,"
         "届出日,処理日,処理連番")
some = list(PersonRow.objects.filter(shielded=False, rank=0).order_by("-number")[:6])
lines = [f"{p.number},{n},{p.relation},{p.name},{p.kana},{p.birth},{p.sex},港町,1番,,2026-11-18,{why},,"
         f"2026-11-19,2026-11-20,{n}"
         for n, (p, why) in enumerate(zip(some, ("転居", "転出", "死亡", "転居", "転入", "世帯変更")), 1)]
intake.SETTLED = -1
(folder / "ido_20261120.csv").write_text("\\n".join([heads, *lines]), encoding="utf-8")
wrong = [heads, lines[0].replace("2026-11-18", "きのう")]
(folder / "ido_20261121.csv").write_text("\\n".join(wrong), encoding="utf-8")
(folder / "zen_20261121.csv").write_text("ID,SETAI,SHIMEI,MACHI\\n1,1,灯,港町", encoding="utf-8")
intake.run()
record(added(some[3].name, kana=some[3].kana, birth=some[3].birth, address="避難所"), me)
for p in some[3:]:
    ref = Support.ref(p.key)
    record(Draft(SupportListed(needs=(Need.CARE, Need.OLD_ALONE), contact="090-0000-0000", note="車いす"), ref), me)
record(Draft(SupportConsented(consent=True, to=(Recipient.FIRE,), on=dt.date(2026, 11, 1), how="書面"), ref), me)
record(Draft(EvacuationPlanned(helpers=("近所　人　0246-00-0000",), destination="平第一小学校", route="国道を渡らない",
       means="車いす、車1台", made_on=dt.date(2026, 11, 1), plan_consent=True), ref), me)
for row in intake.held():
    print(row.key, row.fingerprint or "-", p.key, some[0].household)
"""


def test_the_night_movers_and_the_supporter_list(live_city, page: Page, signed_in, check_page) -> None:
    told = [line.split() for line in live_city.python("from django.conf import settings\n" + NIGHT).splitlines()]
    bad, asked = (next(t for t in told if (t[1] == "-") is plain) for plain in (True, False))
    signed_in(page, "ict", live_city, to="/residents/register/intake/")
    expect(page.locator("main")).to_contain_text("ido_20261120.csv")
    check_page(page, "residents-intake")
    page.goto(live_city.url(f"/residents/register/intake/{bad[0]}/"))
    check_page(page, "residents-delivery")
    page.goto(live_city.url(f"/residents/register/layouts/{asked[1]}/"))
    check_page(page, "residents-layout")
    page.select_option("#kind", "full")
    for item, heading in (("number", "ID"), ("household", "SETAI"), ("name", "SHIMEI"), ("town", "MACHI")):
        page.select_option(f"#i-{item}", heading)
    page.locator("button.main").click()
    page.wait_for_url(re.compile("/residents/register/intake/$"))
    signed_in(page, "madoguchi", live_city, to="/residents/movements/?since=2026-11-01")
    expect(page.locator("table.list")).to_contain_text(re.compile("死亡|Died"))
    check_page(page, "residents-movements")
    page.goto(live_city.url("/residents/same/"))
    check_page(page, "residents-same")
    page.goto(live_city.url("/residents/support/hand/?recipient=fire"))
    check_page(page, "residents-support-hand")
    page.fill("#name", "本町分団")
    page.locator("button.main").click()
    page.wait_for_url(re.compile("/residents/support/copies/"))
    check_page(page, "residents-support-copy")
    page.goto(live_city.url("/residents/support/"))
    check_page(page, "residents-support")
    page.goto(live_city.url(f"/residents/people/{bad[2]}/"))
    check_page(page, "residents-person-support")
    page.goto(live_city.url(f"/residents/people/{bad[2]}/"))
    page.locator("a.button[href$='/plan/hand/']").click()
    check_page(page, "residents-plan-hand")
    page.select_option("#recipient", "fire")
    page.fill("#name", "本町分団")
    page.locator("button.main").click()
    page.wait_for_url(re.compile("/residents/support/copies/"))
    expect(page.locator("a.button[href$='/plan.pdf']")).to_be_visible()
    live_city.python(DAY_AFTER)  # other tests share this city
