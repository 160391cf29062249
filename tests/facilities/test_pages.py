"""Pages of facilities, through Django's test client: who sees what, the board, telling by hand, papers, panels."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import openpyxl
import pypdf
import pytest
from django.test import Client

from tests.clients import client_of
from tests.facilities import home
from tests.facilities.home import CARER, HQ, INCIDENT, ME, OTHER, SEA, SUN, resident
from tomoshibi.facilities.evacuation_facts import Answered, BrigadeTold, EvacuationEnded, SignsHeard, SignsSeen
from tomoshibi.facilities.models import EvacuationRow
from tomoshibi.facilities.notifying import drafts, message
from tomoshibi.facilities.panels import MARKS
from tomoshibi.facilities.subjects import evacuation_of, facility_of
from tomoshibi.facilities.words import Answer, Phase, Sign
from tomoshibi.incidents.panels import map_layers, told
from tomoshibi.incidents.timeline import lines_of
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed, SiteDescribed
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Area, AreaKind, Site, SiteKind
from tomoshibi.publishing.facts import OrderApproved, OrderLifted, OrderProposed
from tomoshibi.publishing.subjects import Order
from tomoshibi.publishing.words import Act

pytestmark = pytest.mark.django_db
TOWN = Area.ref("town")
#: the key of each facility on the board, in its order
BOARDED = r'<span><a href="/facilities/(\w+)/">'


@pytest.fixture(autouse=True)
def _town() -> None:
    home.build()


@pytest.fixture
def honbu() -> Client:
    return client_of("headquarters")


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


PAGES = (
    "/facilities/",
    "/facilities/list/",
    "/facilities/sun/",
    "/facilities/residents/hana/",
    "/facilities/sun/count/",
    "/facilities/notify/",
)


def test_a_care_homes_account_does_not_read_the_towns_staff_and_systems() -> None:
    own = client_of("facility", SUN)
    for page in ("/people/staff/", "/people/", "/people/roles/", "/continuity/", "/continuity/items/"):
        assert own.get(page).status_code == 403, page
    assert own.get("/", follow=True).status_code == 200


def test_who_sees_what(honbu: Client) -> None:
    own, staff, clerk = client_of("facility", SUN), client_of("staff"), client_of("clerk")
    for address in PAGES:
        assert Client().get(address).status_code == 302
        assert text(honbu, address)
        assert clerk.get(address).status_code == 403
    assert [own.get(a).status_code for a in PAGES] == [200, 200, 200, 200, 200, 403]
    assert [staff.get(a).status_code for a in PAGES] == [200, 200, 200, 403, 403, 403]
    assert own.get("/facilities/sea/").status_code == 403 == own.get("/facilities/residents/wave/").status_code
    assert "灯　花" not in text(staff, "/facilities/sun/") and "灯　花" in text(own, "/facilities/sun/")
    assert "なぎさ荘" not in text(own, "/facilities/list/") and "なぎさ荘" in text(staff, "/facilities/list/")
    assert not Reading.objects.filter(actor__startswith="user:staff").exists()
    assert Reading.objects.filter(actor__startswith="user:facility", subject=resident("hana")).exists()


def test_where_nobody_has_said_who_lives_there_no_number_is_zero(honbu: Client) -> None:
    new = Site.ref("new")
    record(Draft(SiteDescribed(name="みどりの家", site_kind=SiteKind.FACILITY, phone="000-777-8888"), new), ME)
    record(drafts(SiteRow.objects.filter(subject__in=(SEA, new)), INCIDENT, "unlisted", why="大雨"), HQ)
    board = text(honbu, "/facilities/")
    assert board.count("人数不明（名簿なし）") == 1 and "入所者の名簿がない施設 1" in board
    assert "在所不明" in text(honbu, "/facilities/calls/") and "在所1人" in text(honbu, "/facilities/calls/")
    sheet = openpyxl.load_workbook(io.BytesIO(honbu.get("/facilities/?as=xlsx").content)).active
    heads, *lines = [list(row) for row in sheet.iter_rows(values_only=True)]
    people = {line[heads.index("施設")]: line[heads.index("在所")] for line in lines}
    assert people == {"ひだまり園": 5, "なぎさ荘": 1, "みどりの家": None}


def test_the_board_has_the_silent_ones_on_top(honbu: Client) -> None:
    record(home.notified(OTHER, "なぎさ荘"), HQ)
    record(Draft(Answered(answer=Answer.PREPARING), home.EVACUATION, incident=INCIDENT), CARER)
    html = text(honbu, "/facilities/")
    assert re.findall(BOARDED, html) == ["sea", "sun"]
    assert "000-333-4444" in html and "施設 未回答1" in html
    assert re.findall(BOARDED, text(honbu, "/facilities/?show=preparing")) == ["sun"]
    part = honbu.get("/facilities/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "なぎさ荘" in part
    book = openpyxl.load_workbook(io.BytesIO(honbu.get("/facilities/?as=xlsx").content))
    assert [row[0].value for row in book.active.rows] == ["施設", "なぎさ荘", "ひだまり園"]
    record(Draft(SiteDescribed(name="なぎさ荘\U0001f9ff"), SEA), ME)  # no font can draw it
    assert honbu.get("/facilities/?as=pdf").content.startswith(b"%PDF-")
    assert text(honbu, f"/record/facilities.answered/{evacuation_of(INCIDENT, OTHER)}/")


def test_four_hundred_facilities_and_a_tenth_of_them_silent(honbu: Client) -> None:
    keys = [f"f{n:03}" for n in range(400)]
    refs = {key: Site.ref(key) for key in keys}
    record([Draft(SiteDescribed(name=key, site_kind=SiteKind.FACILITY), refs[key]) for key in keys], ME)
    record([home.notified(facility_of(refs[key]), key) for key in keys], HQ)
    said = (Answer.PREPARING, Answer.LEAVING, Answer.ARRIVED)
    answers = [
        Draft(Answered(answer=said[n % 3]), evacuation_of(INCIDENT, facility_of(refs[key])), incident=INCIDENT)
        for n, key in enumerate(keys)
        if n % 10
    ]
    record(answers, HQ)
    boarded = re.findall(BOARDED, text(honbu, "/facilities/"))
    assert len(boarded) == 401  # and the one that was told before them
    assert set(boarded[:41]) == {"sun", *keys[::10]}
    assert set(re.findall(BOARDED, text(honbu, "/facilities/?show=silent"))) == {"sun", *keys[::10]}
    stays = Answered(answer=Answer.STAYING)
    record([Draft(stays, evacuation_of(INCIDENT, facility_of(refs[k])), incident=INCIDENT) for k in keys[1:6]], HQ)
    told_next = [line.text.ja for line in told("next", INCIDENT, HQ)]
    assert told_next[:2] == ["41施設が未回答。電話で確かめる", "5施設にとどまる人がいることを消防に伝える"]


def test_telling_by_hand(honbu: Client) -> None:
    asked = {"sites": [SEA], "level": "3", "why": "海岸の波が高い", "act": "5e0e3f0c-0000-4000-8000-0000000000aa"}
    assert honbu.post("/facilities/notify/", {**asked, "sites": []}).status_code == 422
    assert honbu.post("/facilities/notify/", {**asked, "why": ""}).status_code == 422
    html = honbu.post("/facilities/notify/", asked).content.decode()
    assert "1 施設に知らせます" in html and "なぎさ荘" in html
    assert EvacuationRow.objects.count() == 1
    for _ in range(2):
        assert honbu.post("/facilities/notify/", {**asked, "sure": "1"}).status_code == 303
    row = EvacuationRow.objects.get(site=SEA)
    assert (row.level, row.why, row.notices, row.source) == (3, "海岸の波が高い", 1, "headquarters")


def test_an_approved_order_reaches_the_facilities_in_its_areas() -> None:
    square = [[140.87, 37.04], [140.89, 37.04], [140.89, 37.06], [140.87, 37.06], [140.87, 37.04]]
    area = AreaDescribed(
        name="本町地区", area_kind=AreaKind.DISTRICT, geometry={"type": "Polygon", "coordinates": [square]}
    )
    record(Draft(area, TOWN), ME)
    order = Order.ref("first")
    said = OrderProposed(level=4, areas=(TOWN,), where="本町地区", reason="氾濫のおそれ", channels=("facilities",))
    (proposal,) = record(Draft(said, order, incident=INCIDENT), HQ)
    record(Draft(OrderApproved(proposal=proposal.id), order, incident=INCIDENT), ME)
    for _ in range(4):
        tasks.tick()
    row = EvacuationRow.objects.get(subject=home.EVACUATION)
    assert (row.level, row.area, row.why, row.order, row.notices) == (4, "本町地区", "氾濫のおそれ", order, 2)
    assert not EvacuationRow.objects.filter(site=SEA).exists()  # it lies nowhere
    said = OrderProposed(act=Act.LIFT, reason="水位が下がった", channels=("facilities",))
    (proposal,) = record(Draft(said, order, incident=INCIDENT), HQ)
    record(Draft(OrderLifted(proposal=proposal.id), order, incident=INCIDENT), ME)
    for _ in range(4):
        tasks.tick()
    row = EvacuationRow.objects.get()
    assert (row.level, row.notices) == (None, 3) and "解除" in row.why and "水位が下がった" in row.why


def test_papers(honbu: Client) -> None:
    record(home.handover("hana"), CARER)
    for what in ("cards.pdf", "hand-over.pdf", "list.pdf", "family-cards.pdf", "receipt.pdf?resident=hana"):
        content = honbu.get(f"/facilities/sun/papers/{what}").content
        written = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
        assert "灯　花" in written.replace(" ", "　") and "ひだまり園" in written, what
    assert honbu.get("/facilities/sun/papers/receipt.pdf?resident=ume").status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(honbu.get("/facilities/sun/papers/list.xlsx").content))
    assert book.active.max_row == 7 and book.active["K2"].value.startswith("灯　娘／長女")
    assert honbu.get("/facilities/sun/papers/other.pdf").status_code == 404
    assert honbu.get("/facilities/list/?as=xlsx").status_code == 200
    assert "計画なし" in text(honbu, "/facilities/list/?plan=none")


def test_a_facility_writes_its_own_cards_and_nobody_elses() -> None:
    own = client_of("facility", SUN)
    form = text(own, f"/record/facilities.resident_described/{resident('hana')}/")
    assert "きざみ食" in form
    assert own.get(f"/record/facilities.resident_described/{resident('wave')}/").status_code == 403
    added = text(own, f"/record/facilities.resident_described/new/?facility={home.HOME}")
    hidden = dict(re.findall(r'type="hidden" name="(id|subject|after|facility)" value="([^"]*)"', added))
    sent = {**hidden, "name": "灯　新", "was-name": "", "family": "", "was-family": ""}
    assert own.post("/record/facilities.resident_described/new/", sent).status_code == 303
    assert "灯　新" in text(own, "/facilities/sun/")


def test_headquarters_ends_an_evacuation(honbu: Client) -> None:
    assert "避難を終える" in text(honbu, "/facilities/sun/")
    assert "避難を終える" not in text(client_of("facility", SUN), "/facilities/sun/")
    record(Draft(EvacuationEnded(), home.EVACUATION, incident=INCIDENT), HQ)
    html = text(honbu, "/facilities/sun/")
    assert "避難を終える" not in html and "終了" in html
    assert "施設 未回答" not in text(honbu, "/facilities/")


def test_where_is_she(honbu: Client) -> None:
    assert "点呼の記録はありません" in text(honbu, "/facilities/residents/hana/")
    record(home.handover("hana"), CARER)
    html = text(honbu, "/facilities/residents/hana/")
    assert "家族に引き渡した" in html and "灯　娘（長女）" in html and "介護職員" in html
    found = text(honbu, "/search/?q=灯")
    assert "家族に引き渡した（長女）" in found and "ひだまり園" in found
    assert honbu.get("/search/?q=波").url == "/facilities/residents/wave/"  # one search, and there she is
    own = client_of("facility", SUN)
    assert "/facilities/residents/wave/" not in own.get("/search/?q=灯").content.decode()


def test_the_operations_room_is_told() -> None:
    record(home.count("ume", Phase.IN), CARER)
    assert any("未回答1 確認1／5人" in line.text.ja for line in told("here", INCIDENT, HQ))
    assert any("ひだまり園 の回答 000-111-2222" in line.text.ja for line in told("due", INCIDENT, HQ))
    assert any("1施設が未回答" in line.text.ja for line in told("next", INCIDENT, HQ))
    record(Draft(Answered(answer=Answer.STAYING), home.EVACUATION, incident=INCIDENT), CARER)
    assert any("消防に伝える" in line.text.ja for line in told("next", INCIDENT, HQ))
    (layer,) = [layer for layer in map_layers(HQ) if layer.key == "facilities"]
    (feature,) = layer.features(INCIDENT)
    assert feature["properties"]["state"] == "施設にとどまる" and feature["properties"]["shape"] == "cross"
    assert set(MARKS) == {"", *Answer}


def test_staying_and_precursors_are_alarms_on_every_page_until_headquarters_acts(honbu: Client) -> None:
    page = "/facilities/list/"
    assert "とどまる" not in text(honbu, page)
    record(Draft(Answered(answer=Answer.STAYING, reason="道路が冠水"), home.EVACUATION, incident=INCIDENT), CARER)
    record(Draft(SignsSeen(signs=[Sign.PEBBLES]), home.EVACUATION, incident=INCIDENT), CARER)
    assert "施設 とどまる1・消防へ、前兆1" in text(honbu, page)
    board = text(honbu, "/facilities/")
    assert "facilities.brigade_told" in board and "facilities.signs_heard" in board
    assert "facilities.signs_heard" not in text(client_of("staff"), "/facilities/")
    record(Draft(BrigadeTold(), home.EVACUATION, incident=INCIDENT), HQ)
    assert "施設 前兆1" in text(honbu, page)
    record(Draft(SignsHeard(note="土木課が見に行く"), home.EVACUATION, incident=INCIDENT), HQ)
    assert "前兆1" not in text(honbu, page) and "土木課が見に行く" in text(honbu, "/facilities/")


def test_the_words_are_those_of_the_day_of_the_disaster(honbu: Client) -> None:
    sites = list(SiteRow.objects.filter(subject=SEA))
    with worlds.at(datetime(2011, 3, 11, 6, 0, tzinfo=UTC)):
        record(drafts(sites, INCIDENT, "then", level=4, term="避難勧告", area="海岸", why="大津波"), HQ)
        row = EvacuationRow.objects.get(site=SEA)
        assert row.heading is not None and row.heading.ja == "避難勧告"
        sent = message(row, sites[0])
        assert "避難勧告" in sent.subject and "警戒レベル" not in f"{sent}"
        assert "警戒レベル" not in text(honbu, f"/facilities/notify/?incident={INCIDENT}")
    said = [line.what.ja for line in lines_of(INCIDENT) if "なぎさ荘" in line.what.ja]
    assert "避難勧告 海岸" in said[0] and "警戒レベル" not in said[0]
    assert "警戒レベル3 高齢者等避難" in text(honbu, "/facilities/")  # and today's words for today's


def test_no_residents_name_stands_in_the_timeline() -> None:
    record([home.count("hana", Phase.OUT), home.handover("ume")], CARER)
    lines = " ".join(line.what.ja for line in lines_of(INCIDENT))
    assert "ひだまり園: 入所者1人を確認" in lines and "灯　" not in lines
