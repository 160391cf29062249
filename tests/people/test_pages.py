"""Pages of people, through Django's test client: who sees what, counts, starting by hand, the desk."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clients import client_of
from tests.people import town
from tests.people.town import ME, staff
from tomoshibi.journal import facts, worlds
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import calling
from tomoshibi.people.call_facts import CallAnswered, CallOutClosed
from tomoshibi.people.facts import StaffDescribed
from tomoshibi.people.models import CallOutRow, CallRow, RoleRow, StaffRow
from tomoshibi.people.words import Answer, Safety
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db
PAGES = (
    "/people/",
    "/people/staff/",
    "/people/sections/",
    "/people/roles/",
    "/people/rules/",
    f"/people/staff/{staff('chief').partition(':')[2]}/",
)


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()


@pytest.fixture
def honbu() -> Client:
    return client_of("headquarters")


@pytest.fixture
def board() -> str:
    """The board of a call-out of everyone: one comes, one is hurt."""
    drafts = calling.start("incidents.incident:i1", town.rule("five-upper"), T("震度6弱", "6 Lower"), ME, "act")
    record(drafts, ME, "act")
    later = worlds.now() + timedelta(minutes=4)
    with worlds.at(later):
        for person, said in (("chief", {"answer": Answer.COMING}), ("clerk", {"safety": Safety.INJURED, "note": "腕"})):
            record(Draft(CallAnswered(**said), calling.call_of(drafts[0].subject, staff(person))), ME)
    return f"/people/call-outs/{drafts[0].subject.partition(':')[2]}/"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def tiles(html: str) -> dict[str, int]:
    found = re.findall(r'class="number">(\d+)</span> <span class="word">([^<]+)<', html)
    return {word: int(number) for number, word in found}


def test_pages_need_sign_in(board: str) -> None:
    for address in (*PAGES, board, "/people/start/"):
        response = Client().get(address)
        assert response.status_code == 302 and "/accounts/login/" in response["Location"], address


def test_every_page_opens_for_headquarters(honbu: Client, board: str) -> None:
    for address in (*PAGES, board, "/people/start/"):
        assert text(honbu, address)
    for what in ("staff", "sections", "roles", "rules"):
        assert text(honbu, f"/people/{what}/import/")
        response = honbu.get(f"/people/{what}/?as=xlsx")
        assert openpyxl.load_workbook(io.BytesIO(response.content)).active.max_row > 1
        assert honbu.get(f"/people/{what}/?as=pdf").content.startswith(b"%PDF-")


def test_personal_data_is_for_those_who_may_and_is_logged(honbu: Client) -> None:
    record(Draft(StaffDescribed(mobile="000-1111-2222"), staff("chief")), ME)
    page = PAGES[-1]
    plain = client_of("staff")
    html = text(plain, page)
    assert "chiefさん" in html and "000-1111-2222" not in html and "chief@town.example" not in html
    assert "取り込む" not in text(plain, "/people/staff/")
    book = openpyxl.load_workbook(io.BytesIO(plain.get("/people/staff/?as=xlsx").content))
    heads, *lines = book.active.values
    assert heads == ("職員番号", "氏名", "所属", "職名", "所要の職員", "資格・技能"), "what the screen shows"
    assert not [cell for line in lines for cell in line if cell and ("000-1111" in cell or "@" in cell)]
    assert plain.get("/people/staff/import/").status_code == 403
    assert plain.get("/people/start/").status_code == 403
    assert not Reading.objects.exists()
    assert "000-1111-2222" in text(honbu, page)
    (seen,) = Reading.objects.all()
    assert (seen.subject, seen.where) == (staff("chief"), page)
    honbu.get("/people/staff/?as=csv")
    assert Reading.objects.count() == 1 + StaffRow.objects.filter(left=False).count()


def test_the_staff_list_filters(honbu: Client) -> None:
    ict = town.section("ict")
    assert "3 件" in text(honbu, f"/people/staff/?section={ict}")  # with the group below it
    assert "builderさん" in text(honbu, "/people/staff/?needed=1")
    assert "retiredさん" not in text(honbu, "/people/staff/")
    assert "retiredさん" in text(honbu, "/people/staff/?left=1")


def test_the_board_counts_first_and_silence_first(honbu: Client, board: str) -> None:
    html = text(honbu, board)
    seen = tiles(html)
    assert (seen["招集"], seen["未回答"], seen["向かっている"], seen["けが"]) == (6, 5, 1, 1)
    order = re.findall(r'href="/people/staff/[^"]+">(\w+)さん<', html)
    assert order[-1] == "chief" and len(order) == 6
    assert "4分00秒" in html
    assert re.findall(r'">(\w+)さん</a>', text(honbu, f"{board}?show=expected")) == ["chief"]
    assert re.findall(r'">(\w+)さん</a>', text(honbu, f"{board}?show=injured")) == ["clerk"]
    assert re.findall(r'">(\w+)さん</a>', text(honbu, f"{board}?q=建設")) == ["builder", "digger"]
    assert re.findall(r'">(\w+)さん</a>', text(honbu, f"{board}?q=clerk&show=no_answer")) == ["clerk"]
    part = honbu.get(board, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "chiefさん" in part
    assert honbu.get("/people/call-outs/none/").status_code == 404


def test_who_is_hurt_is_not_for_everybody(board: str) -> None:
    html = text(client_of("staff"), board)
    assert "chiefさん" in html and "腕" not in html and "けがをした" not in html
    assert "到着</button>" not in html


def test_the_board_goes_out(honbu: Client, board: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(honbu.get(f"{board}?as=xlsx").content))
    rows = list(book.active.values)
    assert rows[0][0] == "氏名" and len(rows) == 7
    assert Reading.objects.count() == 6
    call = CallRow.objects.get(name="builderさん").subject
    record(Draft(CallAnswered(answer=Answer.COMING, note="車で行く\U0001f9ff"), call), ME)  # no font can draw it
    assert honbu.get(f"{board}?as=pdf").content.startswith(b"%PDF-")


def test_arriving_at_the_desk(honbu: Client, board: str) -> None:
    call = CallRow.objects.get(name="builderさん")
    address = f"/people/calls/{call.subject.partition(':')[2]}/arrived/"
    for _ in range(2):
        response = honbu.post(address)
        assert response.status_code == 303 and response["Location"].startswith(board)
    assert EntryRow.objects.filter(kind="people.arrived").count() == 1
    assert CallRow.objects.get(name="builderさん").arrived_at is not None
    assert client_of("staff").post(address).status_code == 403
    assert honbu.post("/people/calls/none/arrived/").status_code == 404


def test_an_answer_by_telephone(honbu: Client, board: str) -> None:
    call = CallRow.objects.get(name="builderさん")
    form = text(honbu, f"/record/people.call_answered/{call.subject}/")
    assert "行けない" in form


def test_the_top_of_every_page_says_that_people_gather(honbu: Client, board: str) -> None:
    assert re.search(r'<a class="status[^>]*>参集 到着0／6 未回答5', text(honbu, "/people/rules/"))
    facility = client_of("facility", "places.site:1")  # is told, and led to no page that is not for them
    assert '<span class="status alert">参集 到着0／6 未回答5' in text(facility, "/incidents/inbox/intensity/")
    record(Draft(CallOutClosed(), CallOutRow.objects.get().subject), ME)
    assert "参集 到着" not in text(honbu, "/people/rules/")


def test_who_acts_now(honbu: Client, board: str) -> None:
    html = text(honbu, "/people/roles/")
    assert "chiefさん" in html and "未確認" not in html.split("<tbody>")[1]
    with worlds.at(worlds.now() + timedelta(minutes=9)):
        fact = CallAnswered(answer=Answer.CANNOT)
        record(Draft(fact, calling.call_of(CallOutRow.objects.get().subject, staff("chief"))), ME)
    html = text(honbu, "/people/roles/").split("<tbody>")[1]
    assert "engineerさん" in html and "代理1" in html and "未確認" in html


def hidden(html: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html):
        found.setdefault(name, []).append(value)
    return found


def test_calling_by_hand_says_how_many_first(honbu: Client) -> None:
    page = honbu.get("/people/start/").content.decode()
    act = hidden(page)["act"][0]
    filled = {
        "act": act,
        "name": "サーバ点検",
        "reason": "停電",
        "members": "everyone",
        "gather_at": town.HALL,
        "deadline_minutes": "30",
        "sections": [town.section("ict")],
    }
    asked = honbu.post("/people/start/", filled).content.decode()
    assert "3 人に連絡します" in asked
    assert not CallOutRow.objects.exists()
    for _ in range(2):  # pressed twice
        response = honbu.post("/people/start/", {k: v for k, v in hidden(asked).items() if k != "csrfmiddlewaretoken"})
        assert response.status_code == 303
    row = CallOutRow.objects.get()
    assert (row.name, row.reason, row.gather_at) == ("サーバ点検", "停電", town.HALL)
    assert CallRow.objects.count() == 3
    assert text(honbu, response["Location"])


def test_calling_by_hand_by_a_rule(honbu: Client) -> None:
    fields = {"act": "00000000-0000-4000-8000-000000000001", "rule": town.rule("four").subject, "reason": "余震"}
    asked = honbu.post("/people/start/", fields).content.decode()
    assert "3 人に連絡します" in asked
    response = honbu.post("/people/start/", {**fields, "sure": "1"})
    assert CallOutRow.objects.get().rule == town.rule("four").subject
    assert text(honbu, response["Location"])


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": "x", "deadline_minutes": "0"}, {"name": "x", "deadline_minutes": "ん"}, {"rule": "people.x:y"}],
)
def test_what_cannot_be_called(honbu: Client, fields) -> None:
    assert honbu.post("/people/start/", {**fields, "sure": "1"}).status_code == 422
    assert not CallOutRow.objects.exists()


def test_a_list_is_taken_in_through_the_page(honbu: Client) -> None:
    file = SimpleUploadedFile("staff.csv", "職員番号,氏名,所属\n9,新しい人,建設課\n10,だめな人,お城\n".encode("cp932"))
    response = honbu.post("/people/staff/import/", {"file": file, "accept_good": "1"})
    html = response.content.decode()
    assert response.status_code == 200 and "新規1件" in html and "お城" in html
    assert StaffRow.objects.filter(name="新しい人").exists()


def test_every_fact_has_a_form(honbu: Client, board: str) -> None:
    ours = [k for k in facts.kinds().values() if k.kind.startswith(("people.", "places."))]
    assert len(ours) > 25
    for kind in ours:
        for row in (None, SubjectRow.objects.filter(type=kind.subject.type).first()):
            assert text(honbu, f"/record/{kind.kind}/{row.subject if row else 'new'}/")


def test_a_role_is_assigned_in_order(honbu: Client) -> None:
    page = f"/people/roles/{town.role('head').partition(':')[2]}/assign/"
    html = text(honbu, page)
    assert 'value="0001 chiefさん"' in html and 'value="0002 engineerさん"' in html
    form = {name: values[0] for name, values in hidden(html).items() if name in ("id", "after")}
    people = ["００03", "diggerさん", "0001 chiefさん", ""]
    for _ in range(2):
        assert honbu.post(page, {**form, "person": people}).status_code == 303
    role = RoleRow.objects.get()
    assert role.chain == [staff("clerk"), staff("digger"), staff("chief")]
    assert EntryRow.objects.filter(kind="people.role_assigned").count() == 2
    for wrong in (["だれか"], ["0003", "0003"], ["retiredさん"]):
        response = honbu.post(page, {**form, "id": "", "person": wrong})
        assert response.status_code == 422 and wrong[0] in response.content.decode()
    assert client_of("staff").get(page).status_code == 403


def test_whoever_is_signed_in_answers_their_own_call(board: str) -> None:
    client = client_of("staff", login="builder", staff=staff("builder"))
    html = text(client, "/people/")
    link = re.search(r'href="(/c/[^"]+)"', html)
    assert link and "あなたも招集されています" in html
    assert "builderさん" in text(client, link[1])
    assert "あなたも招集" not in text(client_of("staff"), "/people/")


def test_a_large_board_shows_the_silent_first_and_the_rest_on_asking(honbu: Client, board: str, monkeypatch) -> None:
    monkeypatch.setattr("tomoshibi.people.boards.LINES", 2)
    html = text(honbu, board)
    assert "6 人すべてを表示" in html and "chiefさん" not in html
    assert tiles(html)["招集"] == 6
    assert "chiefさん" in text(honbu, f"{board}?all=1")
    assert openpyxl.load_workbook(io.BytesIO(honbu.get(f"{board}?as=xlsx").content)).active.max_row == 7
