"""Pages of orders through Django's test client: two people at the screen, texts that follow, the paper, lists."""

from __future__ import annotations

import html
import io
import json
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clients import client_of
from tests.publishing import town
from tests.publishing.town import ORDER, RIVER, approve, issue, propose
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.publishing import queries
from tomoshibi.publishing.models import OrderRow, RecipientRow

pytestmark = pytest.mark.django_db
PAGE = f"/orders/{ORDER.partition(':')[2]}/"
NEW = {
    "level": "4",
    "danger": "flood",
    "areas": [RIVER],
    "reason": "川の水位が上がっている。",
    "advice": "小学校へ。",
    "incident": town.INCIDENT,
    "channels": ["page", "loudspeaker"],
    "order": "44444444-0000-4000-8000-000000000001",
    "id": "44444444-0000-4000-8000-000000000002",
}


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()


@pytest.fixture
def honbu() -> Client:
    return client_of("headquarters")


@pytest.fixture
def shonin() -> Client:
    return client_of("approver")


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return html.unescape(response.content.decode())


def fields(page: str) -> dict[str, str]:
    """What the form for the second press holds: hidden fields and texts."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    return found | dict(re.findall(r'<textarea id="[^"]+" name="(text-[^"]+)"[^>]*>([^<]*)</textarea>', page))


def decide(client: Client, page: str, **button: str) -> str:
    found = re.findall(r'name="(proposal|after|id)" value="([^"]*)"', page)
    response = client.post(f"{PAGE}decide/", {**dict(found), **button}, follow=True)
    return html.unescape(response.content.decode())


def test_sign_in_and_roles(honbu: Client, shonin: Client) -> None:
    propose()
    for address in ("/orders/", PAGE, "/orders/new/", f"{PAGE}decision.pdf", "/orders/recipients/"):
        response = Client().get(address)
        assert response.status_code == 302 and "/accounts/login/" in response["Location"], address
    assert shonin.get("/orders/new/").status_code == 403
    assert shonin.get("/orders/recipients/").status_code == 403
    plain = client_of("staff")
    assert "承認を待っています" in text(plain, PAGE) and "承認して発令する" not in text(plain, PAGE)
    assert plain.post(f"{PAGE}decide/", {"approve": "1"}).status_code == 403
    assert honbu.post(f"{PAGE}decide/", {"approve": "1"}).status_code == 403


def test_proposed_at_one_desk_approved_at_another(honbu: Client, shonin: Client) -> None:
    drafted = html.unescape(honbu.post("/orders/new/", {**NEW, "draft": "1"}).content.decode())
    assert "3,400" in drafted and "「警戒レベル4 避難指示」を発令しました。" in drafted
    assert not OrderRow.objects.exists()
    sent = {**NEW, **fields(drafted), "text-en": "Leave the river bank now.", "propose": "1"}
    response = honbu.post("/orders/new/", sent)
    assert response.status_code == 303
    (row,) = OrderRow.objects.all()
    assert row.where == "川端地区" and row.wordings["en"] == "Leave the river bank now."
    assert honbu.post("/orders/new/", sent).status_code == 303  # the same press, sent again
    assert EntryRow.objects.filter(kind="publishing.order_proposed").count() == 1
    page = f"/orders/{row.key}/"
    own = text(honbu, page)
    assert "あなたが提案した案です" in own and "承認して発令する" not in own
    seen = text(shonin, page)
    assert "Leave the river bank now." in seen and "3,400" in seen and "headquartersさん" in seen
    found = dict(re.findall(r'name="(proposal|after|id)" value="([^"]*)"', seen))
    shonin.post(f"{page}decide/", {**found, "approve": "1"})
    (row,) = queries.in_force()
    assert (row.proposed_by, row.approved_by) == ("headquartersさん", "approverさん")
    done = text(honbu, page)
    assert "approverさん" in done and "伝えた" in done
    honbu.post(f"{page}told/", {"channel": "loudspeaker", "note": "2回放送"})
    honbu.post(f"{page}told/", {"channel": "loudspeaker", "note": "2回放送"})
    assert queries.deliveries(row.approval).count() == 1 and "2回放送" in text(shonin, page)


def test_texts_follow_the_fields_and_an_edited_one_is_kept(honbu: Client) -> None:
    drafted = html.unescape(honbu.post("/orders/new/", {**NEW, "draft": "1"}).content.decode())
    sent = {**NEW, **fields(drafted), "level": "5", "text-spoken": "川から離れてください。", "propose": "1"}
    again = honbu.post("/orders/new/", sent)
    assert again.status_code == 200 and not OrderRow.objects.exists()
    page = html.unescape(again.content.decode())
    assert "文を作り直しました" in page and "警戒レベル5 緊急安全確保" in page and "手直し済み" in page
    assert fields(page)["text-spoken"] == "川から離れてください。"
    assert honbu.post("/orders/new/", {**sent, **fields(page)}).status_code == 303
    (row,) = OrderRow.objects.all()
    assert row.level == 5 and row.wordings["spoken"] == "川から離れてください。"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"level": ""}, "警戒レベルを選んでください"),
        ({"areas": []}, "対象の区域を選んでください"),
        ({"reason": ""}, "発令の理由"),
        ({"text-short": "あ" * 201}, "200文字まで"),
        ({"channels": []}, "伝える手段を選んでください"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(honbu: Client, wrong: dict, said: str) -> None:
    drafted = html.unescape(honbu.post("/orders/new/", {**NEW, "draft": "1"}).content.decode())
    response = honbu.post("/orders/new/", {**NEW, **fields(drafted), **wrong, "propose": "1"})
    page = html.unescape(response.content.decode())
    assert response.status_code == 422 and said in page
    assert "小学校へ。" in page and not OrderRow.objects.exists()


def test_an_approver_whose_page_is_old_is_told_to_read_again(shonin: Client) -> None:
    propose()
    old = text(shonin, PAGE)
    propose(level=5, reason="堤防から水があふれた。")
    after = decide(shonin, old, approve="1")
    assert "もう承認を待っていません" in after and "堤防から水があふれた。" in after
    assert queries.in_force() == []
    decide(shonin, text(shonin, PAGE), approve="1")
    assert queries.in_force()[0].level == 5


def test_returned_with_a_reason_and_edited(honbu: Client, shonin: Client) -> None:
    propose()
    page = text(shonin, PAGE)
    assert "差し戻す理由を書いて" in decide(shonin, page, **{"return": "1"})
    decide(shonin, page, **{"return": "1", "reason": "区域が広すぎる"})
    assert "区域が広すぎる" in text(honbu, PAGE)
    assert queries.waiting() == []


def test_change_and_lifting_begin_with_what_holds(honbu: Client, shonin: Client) -> None:
    issue()
    for act, word in (("change", "変更を提案する"), ("lift", "解除を提案する")):
        page = text(honbu, f"{PAGE}propose/{act}/")
        assert word in page and RIVER in page
    form = fields(text(honbu, f"{PAGE}propose/lift/"))
    sent = {**form, "areas": [RIVER], "reason": "水位が下がった。", "advice": "", "channels": ["page"]}
    drafted = html.unescape(honbu.post(f"{PAGE}propose/lift/", {**sent, "draft": "1"}).content.decode())
    assert honbu.post(f"{PAGE}propose/lift/", {**sent, **fields(drafted), "propose": "1"}).status_code == 303
    page = text(shonin, PAGE)
    assert "承認して解除する" in page and "いまは「警戒レベル4 避難指示」" in page
    decide(shonin, page, approve="1")
    assert queries.in_force() == [] and "解除" in text(honbu, "/orders/")


def test_a_rules_proposal_is_taken_over_by_a_person(honbu: Client, shonin: Client) -> None:
    propose(actor=Actor("system:trigger"), rule="警戒レベル4")
    assert "承認して発令する" not in text(shonin, PAGE)
    assert "確かめて自分の名前で提案する" in text(honbu, PAGE)
    taken = text(honbu, f"{PAGE}propose/issue/")
    assert "川の水位が氾濫危険水位に達した。" in taken
    sent = {**NEW, **fields(taken), "where": "川端地区", "propose": "1"}
    page = html.unescape(honbu.post(f"{PAGE}propose/issue/", sent).content.decode())
    if page:  # the reason was changed, so the texts were drafted anew
        honbu.post(f"{PAGE}propose/issue/", {**sent, **fields(page)})
    decide(shonin, text(shonin, PAGE), approve="1")
    assert [r.proposed_by for r in queries.in_force()] == ["headquartersさん"]


def test_the_map_and_the_paper(shonin: Client) -> None:
    approve(propose())
    drawn = {
        layer: [f["properties"]["name"] for f in json.loads(shonin.get(f"{PAGE}map/{layer}.json").content)["features"]]
        for layer in ("order", "facilities", "shelters")
    }
    assert drawn == {
        "order": ["警戒レベル4 避難指示 川端地区"],
        "facilities": [],
        "shelters": ["川端小学校", "川端集会所"],
    }
    assert shonin.get(f"{PAGE}map/nothing.json").status_code == 404
    response = shonin.get(f"{PAGE}decision.pdf")
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF-")
    from pypdf import PdfReader

    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    assert "本部 班長" in printed and "副市長" in printed and "避難指示" in printed


def test_notices_by_two_people(honbu: Client, shonin: Client) -> None:
    said = {"title": "給水所", "body": "小学校で水を配ります。", "title_en": "Water", "body_en": "At the school."}
    assert honbu.post("/orders/notices/new/", {**said, "title": ""}).status_code == 422
    response = honbu.post("/orders/notices/new/", {**said, "id": NEW["id"], "notice": NEW["order"]})
    page = response["Location"]
    seen = text(shonin, page)
    found = dict(re.findall(r'name="(proposal|after|id)" value="([^"]*)"', seen))
    shonin.post(f"{page}decide/", {**found, "approve": "1"})
    assert "小学校で水を配ります。" in text(Client(), "/public/")
    assert "At the school." in text(Client(), "/public/en/")
    found = dict(re.findall(r'name="(after|id)" value="([^"]*)"', text(honbu, page)))
    honbu.post(f"{page}decide/", {**found, "withdraw": "1"})
    assert "小学校で水を配ります。" in text(Client(), "/public/")
    found = dict(re.findall(r'name="(proposal|after|id)" value="([^"]*)"', text(shonin, page)))
    shonin.post(f"{page}decide/", {**found, "approve": "1"})
    assert "小学校で水を配ります。" not in text(Client(), "/public/")
    assert "給水所" in text(honbu, "/orders/notices/?state=withdrawn")


def test_recipients_in_and_out(honbu: Client) -> None:
    rows = ("灯警察署,関係機関,k@town.example,", "浜の会,登録した住民など,h@town.example,浜地区")
    book = "\n".join(("名称,種別,メール,知りたい地区", *rows))
    file = SimpleUploadedFile("recipients.csv", book.encode("utf-8-sig"))
    assert "新規2件" in html.unescape(honbu.post("/orders/recipients/import/", {"file": file}).content.decode())
    assert {r.email: r.area for r in RecipientRow.objects.all()} == {"k@town.example": "", "h@town.example": town.COAST}
    assert "浜の会" in text(honbu, "/orders/recipients/?kind=subscriber")
    sheet = openpyxl.load_workbook(io.BytesIO(honbu.get("/orders/recipients/?as=xlsx").content)).active
    assert sheet is not None and sheet.max_row >= 3
    assert Reading.objects.filter(subject__startswith="publishing.recipient:").exists()
    bad = SimpleUploadedFile("r.csv", "名称,メール\n警察,どこにもない\n".encode("utf-8-sig"))
    assert honbu.post("/orders/recipients/import/", {"file": bad}).status_code == 422


def test_the_search_box_finds_an_order(honbu: Client) -> None:
    issue()
    assert SubjectRow.objects.get(subject=ORDER).title == "避難指示 川端地区"
