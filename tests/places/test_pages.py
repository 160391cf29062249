"""Pages of places, through Django's test client: who may see them, what they say, what they take in and give out."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clients import client_of
from tests.places.test_geometry import SQUARE, collection
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places import demo
from tomoshibi.places.facts import SiteClosed
from tomoshibi.places.layers import import_layer
from tomoshibi.places.listing import Cell
from tomoshibi.places.models import LayerRow, SiteRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> None:
    nodes.found("test")
    demo.load()


@pytest.fixture
def honbu(city) -> Client:
    return client_of("headquarters")


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def test_nobody_sees_pages_without_sign_in(city) -> None:
    for address in ("/places/sites/", "/places/areas/", "/places/layers/", "/places/map.json", "/places/sites/import/"):
        response = Client().get(address)
        assert response.status_code == 302 and "/accounts/login/" in response["Location"], address


def test_staff_read_and_do_not_import(city) -> None:
    staff = client_of("staff")
    html = text(staff, "/places/sites/")
    assert "灯市役所本庁舎" in html and "取り込む" not in html
    assert staff.get("/places/sites/import/").status_code == 403
    assert staff.post("/places/layers/import/").status_code == 403


def test_the_list_filters_counts_and_sorts(honbu: Client) -> None:
    assert "12 件" in text(honbu, "/places/sites/?kind=branch_office")
    html = text(honbu, "/places/sites/?q=潮見 小学校")
    assert "潮見第一小学校" in html and "本町第一小学校" not in html
    schools = text(honbu, "/places/sites/?kind=shelter&q=第一小学校")  # a school that also serves as a shelter
    assert "潮見第一小学校" in schools
    high = text(honbu, "/places/sites/?sort=-5")
    low = text(honbu, "/places/sites/?sort=5")
    assert 'aria-sort="descending"' in high and 'aria-sort="ascending"' in low
    assert high.split("<tbody>")[1][:400] != low.split("<tbody>")[1][:400]
    assert "当てはまるものがありません" in text(honbu, "/places/sites/?q=どこにもない")
    assert text(honbu, "/places/sites/?sort=x&page=y&kind=z&as=exe")


def test_a_short_word_of_a_list_stands_in_one_line_and_an_address_may_break() -> None:
    for short in (Cell("2026-11-22 09:30"), Cell("2026-NSKNZW-000041"), Cell(mark="交付済み"), Cell()):
        assert short.short, short
    assert not Cell("灯市本町西丁目37番23号 第二みなとマンション 203号").short
    assert not Cell("髙橋　真由美", mark="支援措置の対象").short


def test_an_empty_list_teaches(db) -> None:
    nodes.found("test")
    assert "Excel から取り込む" in text(client_of("headquarters"), "/places/sites/")


def test_exports(honbu: Client) -> None:
    assert 'href="?kind=fire_station&amp;as=xlsx"' in text(honbu, "/places/sites/?kind=fire_station&page=1")
    response = honbu.get("/places/sites/?kind=fire_station&as=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    rows = list(book.active.values)
    assert rows[0][:2] == ("施設番号", "名称") and len(rows) == 6
    assert "attachment" in response["Content-Disposition"]
    assert "灯市消防本部" in honbu.get("/places/sites/?kind=fire_station&as=csv").content.decode("utf-8-sig")
    assert honbu.get("/places/areas/?kind=district&as=pdf").content.startswith(b"%PDF-")


def test_a_site_and_its_end(honbu: Client) -> None:
    row = SiteRow.objects.get(code="S000")
    page = f"/places/sites/{row.subject.partition(':')[2]}/"
    html = text(honbu, page)
    assert row.name in html and "指定緊急避難場所" in html and "本町地区" in html
    record(Draft(SiteClosed(reason="統合"), row.subject), system("test"))
    assert "廃止されています" in text(honbu, page)
    assert "当てはまるものがありません" in text(honbu, f"/places/sites/?q={row.name}")
    assert row.name in text(honbu, "/places/sites/?closed=1")
    assert honbu.get("/places/sites/nowhere/").status_code == 404


def test_a_list_is_taken_in_or_named_row_by_row(honbu: Client) -> None:
    good = "施設番号,名称,種別\nX1,新しい集会所,指定避難所\n"
    bad = good + "X2,どこか,お城\n"

    def send(content: str, **more: str):
        file = SimpleUploadedFile("sites.csv", content.encode())
        return honbu.post("/places/sites/import/", {"file": file, **more})

    response = send(bad)
    assert response.status_code == 422
    assert "3行" in response.content.decode() and "お城" in response.content.decode()
    assert not SiteRow.objects.filter(code="X1").exists()
    assert send(bad, accept_good="1").status_code == 200
    assert SiteRow.objects.filter(code__startswith="X").count() == 1
    assert "変更なし1件" in send(good).content.decode()
    assert honbu.post("/places/sites/import/", {}).status_code == 422
    assert "見出し" in send("何でもない\n1\n").content.decode()


def test_a_layer_is_taken_in_and_served(honbu: Client) -> None:
    def send(content: bytes, **more: str):
        file = SimpleUploadedFile("hazard.geojson", content)
        fields = {"name": "浸水想定", "attribution": "灯市", "licence": "CC BY 4.0", "layer_kind": "hazard", **more}
        return honbu.post("/places/layers/import/", {"file": file, **fields})

    assert send(b"{}").status_code == 422
    assert send(collection(SQUARE), attribution="").status_code == 422
    half = collection(SQUARE, {"type": "Point", "coordinates": [37, 140]})
    assert "緯度と経度が逆" in send(half).content.decode()
    assert not LayerRow.objects.exists()
    assert send(half, accept_good="1").status_code == 200
    row = LayerRow.objects.get()
    assert (row.features, row.source, row.kind) == (1, "hazard.geojson", "hazard")
    book = openpyxl.load_workbook(io.BytesIO(honbu.get("/places/layers/?as=xlsx").content))
    shown = dict(zip(*book.active.values, strict=True))  # a list without a sheet of its own exports what it shows
    assert (shown["名称"], shown["地物の数"]) == ("浸水想定", 1)
    address = f"/places/layers/{row.subject.partition(':')[2]}.json"
    served = honbu.get(address)
    assert served["Content-Type"] == "application/geo+json"
    assert json.loads(b"".join(served.streaming_content))["features"][0]["geometry"] == SQUARE
    assert honbu.get(address, headers={"If-None-Match": served["ETag"]}).status_code == 304
    assert honbu.get("/places/layers/none.json").status_code == 404
    assert "浸水想定" in text(honbu, "/places/layers/")


def test_the_maps_data(honbu: Client) -> None:
    import_layer(collection(SQUARE), system("test"), name="下地", attribution="国", licence="CC BY 4.0")
    data = honbu.get("/places/map.json").json()
    assert [layer["attribution"] for layer in data["layers"]] == ["国 (CC BY 4.0)"]
    assert len(data["sites"]["features"]) == SiteRow.objects.count()
    assert {a["properties"]["kind"] for a in data["areas"]["features"]} == {"district", "hazard"}
    west, south, east, north = data["box"]
    assert 140 < west < east < 142 and 36 < south < north < 38
