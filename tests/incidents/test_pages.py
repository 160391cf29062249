"""The room's pages answer, in both languages, to those who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from tests.clients import client_of
from tests.incidents.conftest import CASES, RULES, TOHOKU
from tests.incidents.test_inbox import drop, work
from tomoshibi.incidents import inbox
from tomoshibi.incidents.facts import NoteCorrected, NoteRecorded, TableProposed
from tomoshibi.incidents.models import BulletinRow, IncidentRow, TableRow
from tomoshibi.incidents.subjects import TABLE, Note, Revision
from tomoshibi.incidents.table_file import write_table
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Account, Grant
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.subjects import Area, AreaKind
from tomoshibi.vocabulary import speak
from tomoshibi.vocabulary.effects import EFFECTS, LONG_PERIOD
from tomoshibi.vocabulary.reactions import REACTIONS

SQUARE = {"type": "Polygon", "coordinates": [[[140.8, 37], [140.9, 37], [140.9, 37.1], [140.8, 37]]]}


def user(name: str, role: str) -> Client:
    """A browser signed in as somebody of a role."""
    account = User.objects.create_user(name, password="x")
    Account.objects.create(user=account, name=name)
    Grant.objects.create(user=account, role=role)
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def honbu(town: None) -> Client:
    return user("honbu", "headquarters")


@pytest.fixture
def quake(town: None, sample: Callable[[str], bytes]) -> IncidentRow:
    drop(sample(TOHOKU))
    work()
    return IncidentRow.objects.get()


def every_page(row: IncidentRow) -> list[str]:
    bulletin = BulletinRow.objects.get()
    return [
        "/incidents/",
        f"/incidents/{row.key}/",
        f"/incidents/{row.key}/head/",
        f"/incidents/{row.key}/newest/",
        f"/incidents/{row.key}/timeline/",
        f"/incidents/{row.key}/timeline/?q=三陸沖&order=oldest",
        f"/incidents/{row.key}/timeline.pdf",
        f"/incidents/{row.key}/timeline.csv",
        f"/incidents/{row.key}/timeline.xlsx",
        "/incidents/inbox/",
        "/incidents/inbox/list.xlsx",
        "/incidents/inbox/list.pdf",
        "/incidents/inbox/list.csv?q=VXSE53&outcome=fired",
        f"/incidents/inbox/{bulletin.key}/",
        f"/incidents/inbox/raw/{bulletin.digest}/",
        "/incidents/rules/",
    ]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_answers(honbu: Client, quake: IncidentRow, language: str) -> None:
    honbu.cookies["tomoshibi_language"] = language
    for path in every_page(quake):
        answer = honbu.get(path)
        assert answer.status_code == 200, path


def test_who_holds_no_role_sees_nothing(quake: IncidentRow) -> None:
    stranger = user("stranger", "nobody")
    for path in every_page(quake):
        assert stranger.get(path).status_code == 403, path
        assert Client().get(path).status_code == 302, path


@pytest.mark.parametrize(("role", "site"), [("shelter", "places.site:one"), ("clerk", "")])
def test_nobody_is_led_where_they_may_not_go(quake: IncidentRow, role: str, site: str) -> None:
    note = Draft(NoteRecorded(what="橋が落ちた"), Note.ref("bridge"), incident=quake.subject)
    record(note, system("test"))
    reader = client_of(role, site)
    district = Draft(AreaDescribed(name="川端地区", area_kind=AreaKind.DISTRICT, geometry=SQUARE), Area.ref("river"))
    record(district, system("test"))
    bulletin = BulletinRow.objects.get()
    led: dict[str, str] = {}
    for page in (
        "",
        f"{quake.key}/",
        f"{quake.key}/timeline/",
        f"{quake.key}/map/",
        "inbox/",
        f"inbox/{bulletin.key}/",
        "sources/",
    ):
        text = reader.get(f"/incidents/{page}").content.decode().partition("<main")[2]
        assert "橋が落ちた" in text or "timeline" not in page
        assert "川端地区" in text or "map" not in page
        links = re.findall(r'<a [^>]*href="(/[^"#]*)', text)
        led |= {link.replace("&amp;", "&"): page for link in links if not link.startswith("/training/")}
    answers = {link: reader.get(link).status_code for link in led}
    assert {(link, led[link], code) for link, code in answers.items() if code not in (200, 302)} == set()


def test_what_is_not_there_is_not_found(honbu: Client, quake: IncidentRow) -> None:
    for path in (
        "/incidents/nothing/",
        "/incidents/inbox/nothing/",
        f"/incidents/inbox/raw/{'0' * 64}/",
        f"/incidents/{quake.key}/timeline.exe",
    ):
        assert honbu.get(path).status_code == 404, path


def test_a_raw_telegram_is_never_shown_by_the_browser(honbu: Client, quake: IncidentRow) -> None:
    drop(b"<script>alert(1)</script>", "evil.html")
    inbox.scan()
    page = honbu.get("/incidents/inbox/").content.decode()
    digest = next(w for w in page.split('"') if w.startswith("/incidents/inbox/raw/"))
    answer = honbu.get(digest)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_timeline_filters_and_counts(honbu: Client, quake: IncidentRow) -> None:
    for what in ("停電した", "断水した"):
        note = Draft(NoteRecorded(what=what, where="平"), Note.ref(what), incident=quake.subject)
        record(note, system("test"))
    page = honbu.get(f"/incidents/{quake.key}/timeline/?q=断水").content.decode()
    assert "断水した" in page
    assert "停電した" not in page
    notes = honbu.get(f"/incidents/{quake.key}/timeline/?notes=yes").content.decode()
    assert "2 件（全" in notes


def test_a_correction_stands_beside_what_it_corrects(honbu: Client, quake: IncidentRow) -> None:
    (entry,) = record(Draft(NoteRecorded(what="けが2人"), Note.ref("n"), incident=quake.subject), system("test"))
    fact = NoteCorrected(corrects=entry.id, what="けが1人")
    (correction,) = record(Draft(fact, Note.ref("n"), incident=quake.subject), system("test"))
    page = honbu.get(f"/incidents/{quake.key}/newest/").content.decode()
    assert f'href="#l-{correction.id}"' in page
    assert f'href="#l-{entry.id}"' in page
    assert "<s>" in page


def test_a_table_is_proposed_by_one_and_approved_by_another(honbu: Client) -> None:
    (first,) = EntryRow.objects.filter(kind="incidents.table_proposed")
    revision = Revision("", first.happened_at, "", "", RULES[:1], CASES[:1])
    answer = honbu.post("/incidents/rules/propose/", {"text": write_table("地震", revision)})
    assert answer.status_code == 303
    row = TableRow.objects.get()
    assert row.proposed and row.proposed != row.in_force
    own = honbu.post("/incidents/rules/approve/", {"revision": row.proposed}, follow=True)
    assert "本人は承認できません" in own.content.decode()
    approver = user("shonin", "approver")
    approver.post("/incidents/rules/approve/", {"revision": row.proposed})
    assert TableRow.objects.get().in_force == row.proposed


def test_a_table_with_mistakes_is_answered_with_their_lines(honbu: Client) -> None:
    answer = honbu.post(
        "/incidents/rules/propose/", {"text": 'name = "x"\n[[rule]]\nname = "a"\nwhen = ["震度"]\ndo = "y"\n'}
    )
    assert answer.status_code == 422
    assert "4 行目" in answer.content.decode()


def test_a_table_that_fails_its_cases_is_not_approved(honbu: Client) -> None:
    wrong = (CASES[0].model_copy(update={"fires": ("4で担当課",)}), *CASES[1:])
    (entry,) = record(Draft(TableProposed(name="x", rules=RULES, cases=wrong), TABLE), system("somebody"))
    answer = honbu.post("/incidents/rules/approve/", {"revision": entry.id}, follow=True)
    assert "承認できません" in answer.content.decode()
    assert TableRow.objects.get().in_force != entry.id


def test_an_incident_is_opened_by_hand_and_leads_to_its_page(honbu: Client) -> None:
    page = honbu.get("/incidents/").content.decode()
    address = next(w for w in page.split('"') if w.startswith("/record/incidents.opened/")).replace("&amp;", "&")
    form = honbu.get(address).content.decode()
    sent = {"name": "停電", "hazard": "other", "began": "", "event": ""}
    for field in ("id", "subject", "after", "incident", "next"):
        sent[field] = form.split(f'name="{field}" value="')[1].split('"')[0]
    answer = honbu.post(address, sent)
    assert answer.status_code == 303
    assert "停電" in honbu.get(answer["Location"]).content.decode()
    assert EntryRow.objects.get(kind="incidents.opened").incident == IncidentRow.objects.get().subject


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ja", ["震度6弱", "5.5以上 6.0未満", "6.5以上", "0.5未満", "100.0以上", "1949 – 1978", "7 激震"]),
        ("en", ["Intensity 6 Lower", "5.5 to below 6.0", "6.5 and over", "below 0.5", "100.0 and over", "1884 – 1898"]),
    ],
)
def test_what_an_intensity_means_can_be_looked_up(honbu: Client, town: None, language: str, said: list[str]) -> None:
    honbu.cookies["tomoshibi_language"] = language
    assert "/incidents/inbox/intensity/" in honbu.get("/incidents/inbox/").content.decode()
    page = honbu.get("/incidents/inbox/intensity/").content.decode()
    with speak(language):
        effects = [str(seen) for one in EFFECTS.values() for _, seen in one.items()]
        done = [str(r.action) for r in REACTIONS if r.who != "town"]
        said += [*effects, *done, *(str(felt) for _, felt in LONG_PERIOD.values())]
    assert [words for words in said if escape(words) not in page] == []


def test_the_list_of_bulletins_exports_what_it_shows(honbu: Client, quake: IncidentRow) -> None:
    shown = honbu.get("/incidents/inbox/list.csv?outcome=fired").content.decode("utf-8-sig").strip().splitlines()
    assert len(shown) == 2
    assert "いわき市 6弱" in shown[1]
    assert (
        len(honbu.get("/incidents/inbox/list.csv?outcome=shown").content.decode("utf-8-sig").strip().splitlines()) == 1
    )
    assert honbu.get("/incidents/inbox/list.exe").status_code == 404
    assert "条件を変えてください" in honbu.get("/incidents/inbox/?q=zzzz").content.decode()
