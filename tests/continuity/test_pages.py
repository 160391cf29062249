"""The board, the annexes and the lists through Django's test client: who sees what, and what a click records."""

from __future__ import annotations

import csv
import io
import re
import uuid
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clients import client_of
from tests.continuity import town
from tests.continuity.town import BEGAN, INCIDENT
from tomoshibi.continuity import annex, demo, panels, papers, queries, sheets
from tomoshibi.continuity.subjects import Condition
from tomoshibi.continuity.words import Aspect, State
from tomoshibi.incidents.panels import map_layers, told
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.models import EntryRow

pytestmark = pytest.mark.django_db
KEY = INCIDENT.partition(":")[2]
BOARD = f"/continuity/{KEY}/"
PAGES = ("/continuity/items/", "/continuity/counters/", BOARD, f"{BOARD}report/")
LAN = demo.item("N01")
HEADQUARTERS = Actor("user:honbu", "本部", (("headquarters", ""),))


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()


@pytest.fixture
def ict() -> Client:
    town.opened()
    return client_of("ict")


def text(client: Client, address: str, status: int = 200, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == status, address
    return response.content.decode()


def line(item: str = LAN) -> queries.Line:
    found = queries.line(INCIDENT, item)
    assert found is not None
    return found


def change(client: Client, *items: str, status: int = 200, htmx: bool = True, **said: str) -> str:
    data = {"item": list(items), "id": str(uuid.uuid4()), **said}
    response = client.post(f"{BOARD}change/", data, headers={"HX-Request": "true"} if htmx else {})
    assert response.status_code == status
    return response.content.decode()


def test_everybody_signed_in_reads_and_ict_records(ict: Client) -> None:
    staff = client_of("staff")
    for page in PAGES:
        assert Client().get(page).status_code == 302
        assert text(staff, page).count("<h1>") == 1
    assert "popovertarget" not in text(staff, BOARD)
    assert staff.post(f"{BOARD}change/", {"item": LAN, "state": "stopped"}).status_code == 403
    assert staff.post(f"{BOARD}confirm/systems/").status_code == 403
    assert 'popovertarget="choose"' in text(ict, BOARD)
    assert text(ict, "/continuity/no-such-incident/", 404)


def test_a_change_is_two_clicks_and_answers_with_the_row(ict: Client) -> None:
    choices = text(ict, f"{BOARD}choose/{LAN.partition(':')[2]}/", **{"HX-Request": "true"})
    assert [s.value for s in State] == re.findall(r'name="state" value="(\w+)"', choices)
    row = change(ict, LAN, state="stopped", note="ハブの故障", cause=demo.item("P01"))
    assert "原因: 電源" in row and "ハブの故障" in row
    assert row.lstrip().startswith("<tr")
    held = line().condition
    assert held is not None and line().state is State.STOPPED
    entry = EntryRow.objects.get(subject=held.subject)
    assert (entry.incident, entry.kind) == (INCIDENT, "continuity.condition_changed")


def test_a_second_click_records_nothing_more_and_nonsense_is_refused(ict: Client) -> None:
    same = str(uuid.uuid4())
    for _ in range(2):
        change(ict, LAN, state="stopped", id=same)
    assert EntryRow.objects.filter(subject=Condition.of_item(INCIDENT, LAN)).count() == 1
    assert "状態を選んで" in change(ict, LAN, state="broken", status=422)
    assert "項目を選んで" in change(ict, "continuity.item:none", state="stopped", status=422)
    assert "日時を読めません" in change(ict, LAN, state="stopped", at="yesterday", status=422)
    assert "自分自身" in change(ict, LAN, state="stopped", cause=LAN, status=422)
    assert "<h1>" in change(ict, LAN, state="broken", status=422, htmx=False)
    change(ict, LAN, state="in_use", at="2011-03-12T16:00", status=200)
    assert line().state is State.STOPPED  # what was found later stands; this is in its past
    assert [p.state for p in queries.points(INCIDENT)[LAN, Aspect.ITEM]] == ["in_use", "stopped"]


def test_several_at_once_and_a_whole_group_are_one_act(ict: Client) -> None:
    change(ict, LAN, demo.item("T05"), state="stopped", status=303, htmx=False)
    assert EntryRow.objects.filter(kind="continuity.condition_changed").values("act").distinct().count() == 1
    ict.post(f"{BOARD}confirm/infrastructure/", {"id": str(uuid.uuid4())})
    states = {x.item.code: x.state_key for x in queries.board(INCIDENT).lines}
    assert (states["N01"], states["T05"], states["P01"], states["H01"]) == (
        "stopped",
        "stopped",
        "in_use",
        "unconfirmed",
    )
    assert EntryRow.objects.filter(kind="continuity.condition_changed").values("act").distinct().count() == 2


def test_filters_counts_and_exports(ict: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    change(ict, LAN, state="stopped")
    assert text(ict, BOARD).count('<tr id="i-') == 18 + 43
    for query in ("state=stopped", "q=庁内ネットワーク", "q=N01&group=infrastructure"):
        found = text(ict, f"{BOARD}?{query}")
        assert re.findall(r'<tr id="i-([^"]+)"', found) == [LAN.partition(":")[2]]
    assert "当てはまるものがありません" in text(ict, f"{BOARD}?q=zzz")
    book = openpyxl.load_workbook(io.BytesIO(ict.get(f"{BOARD}?as=xlsx&state=stopped").content))
    assert [c.value for c in book.active[2]][:4] == ["電気・通信インフラ", "N01", "庁内ネットワーク", "停止"]
    assert ict.get(f"{BOARD}?as=pdf").content[:5] == b"%PDF-"
    monkeypatch.setattr(worlds, "is_training", lambda: True)
    book = openpyxl.load_workbook(io.BytesIO(ict.get(f"{BOARD}?as=xlsx").content))
    assert book.sheetnames == ["【訓練】稼働状況"]
    assert text(ict, BOARD, **{"HX-Request": "true"}).count("<h1>") == 0


def test_without_an_incident_the_page_teaches() -> None:
    client = client_of("ict")
    assert "61 件すべて" in text(client, "/continuity/")
    town.opened()
    assert client.get("/continuity/").headers["Location"] == BOARD


def test_as_of_shows_what_was_known(ict: Client) -> None:
    change(ict, LAN, state="stopped")
    pos = EntryRow.objects.order_by("-pos").first().pos  # type: ignore[union-attr]
    change(ict, LAN, state="in_use")
    past = text(ict, f"/asof/{pos}{BOARD}?q=N01")
    assert "× 停止" in past or 'class="state stopped"' in past
    assert 'popovertarget="choose"' not in past


def test_the_annexes_come_as_page_pdf_and_csv(ict: Client) -> None:
    made = annex.annex(INCIDENT)
    assert made is not None
    page = text(ict, f"{BOARD}report/")
    assert page.count('<th scope="row"') == len(made.rows) + 4
    for number, cells in ((1, papers.cells_1(made)), (2, papers.cells_2(made))):
        response = ict.get(f"{BOARD}annex-{number}.csv")
        assert list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))) == cells
        assert ict.get(f"{BOARD}annex-{number}.pdf").content[:5] == b"%PDF-"
    assert ict.get(f"{BOARD}annex-3.csv").status_code == 404
    assert ict.get(f"{BOARD}annex-1.xml").status_code == 404


def test_the_inventory_goes_out_and_comes_back(ict: Client) -> None:
    out = ict.get("/continuity/items/?as=xlsx").content
    again = ict.post("/continuity/items/import/", {"file": SimpleUploadedFile("items.xlsx", out)})
    assert "変更なし61件" in again.content.decode()
    assert sheets.load_items("名称,種別\n新しい回線,回線網\n".encode(), system("test")).new == 1
    bad = ict.post("/continuity/items/import/", {"file": SimpleUploadedFile("x.csv", "名称,種別\na,船\n".encode())})
    assert bad.status_code == 422 and "2" in bad.content.decode()


def test_the_operations_room_is_told() -> None:
    incident = town.happened(timedelta(hours=1))
    down = [str(line.text) for line in told("down", incident, HEADQUARTERS)]
    assert "市公式ホームページ 停止（原因: インターネット）" in down
    assert [x for x in told("next", incident, HEADQUARTERS) if "未確認" in str(x.text)]
    assert [x for x in told("papers", incident, HEADQUARTERS) if "annex-2.csv" in x.address]
    assert list(panels.down("")) == list(panels.papers("")) == list(panels.next_acts("")) == []


def test_the_map_shows_what_is_cut_off() -> None:
    incident = town.happened(timedelta(hours=749))
    layer = next(x for x in map_layers(HEADQUARTERS) if x.key == "continuity.cuts")
    found = {f["properties"]["name"]: f["properties"]["state"] for f in layer.features(incident)}
    assert found == dict.fromkeys(town.SCHOOLS, "途絶: 地域イントラネット")
    assert layer.features("") == []


def test_the_first_days_look_is_due_until_the_day_is_over() -> None:
    town.opened()
    with worlds.at(BEGAN + timedelta(hours=1)):
        (due,) = panels.due(INCIDENT)
        assert "14 件" in due.text.ja and due.at == BEGAN + timedelta(hours=24)
    with worlds.at(BEGAN + timedelta(hours=25)):
        assert list(panels.due(INCIDENT)) == []
