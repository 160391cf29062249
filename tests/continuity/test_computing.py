"""The city's plan, loaded as a town loads it: what its graph says, on the pages and the command line."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client

from tests.clients import client_of
from tests.continuity import town
from tomoshibi.cli import main
from tomoshibi.continuity import computing, demo, model_of_plan, plan_demo
from tomoshibi.continuity.facts import ItemDescribed, StateChanged
from tomoshibi.continuity.live import live
from tomoshibi.continuity.model_of_plan import the_plan
from tomoshibi.continuity.whatif import what_if
from tomoshibi.continuity.words import ItemKind, State
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import speak

pytestmark = pytest.mark.django_db
PAGES = ("/continuity/what-if/", "/continuity/findings/", "/continuity/forecast/")


def command(*arguments: str) -> object:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def test_an_empty_plan_says_what_to_do() -> None:
    town.nodes.found("test")
    client = client_of("ict")
    for page in PAGES:
        assert "empty" in text(client, page)
        assert Client().get(page).status_code == 302
    assert command("plan", "findings", "--json") == []


def test_the_city() -> None:
    town.nodes.found("test")
    plan_demo.load()
    client = client_of("ict")
    # a ring cut on the coast cuts nobody off; the spur's landslide cuts two schools off
    assert command("whatif", "L02", "--json")["isolated"] == []  # type: ignore[index]
    spur = command("whatif", "L16", "--json")
    assert [x["name"] for x in spur["isolated"]] == ["田上第一小学校(拠点)", "田上第二小学校(拠点)"]  # type: ignore[index]
    assert spur["tell"][0]["who"] == "情報政策課"  # type: ignore[index]
    assert client.get("/continuity/what-if/?lost=L16&as=json").json() == spur
    page = text(client, "/continuity/what-if/?lost=電源、非常用発電装置、なにか")
    assert "0.5 時間後に止まる" in page and "「なにか」" in page
    assert page.count("<rect") > 50 and page.count('class="edge lit') > 30
    pos = EntryRow.objects.order_by("-pos").values_list("pos", flat=True)[0]
    assert "⊘</tspan>田上第二小学校" in text(client, f"/asof/{pos}/continuity/what-if/?lost=L16")
    # findings
    found = command("plan", "findings", "--json")
    assert len({x["rule"] for x in found}) >= 8  # type: ignore[attr-defined]
    page = text(client, "/continuity/findings/")
    assert all(x["why"]["ja"] in page for x in found)  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/continuity/findings/?as=xlsx").content))
    assert {row[1] for row in book.active.values} == {"見つかったこと", *(x["why"]["ja"] for x in found)}  # type: ignore[attr-defined]
    assert client.get("/continuity/findings/?as=pdf").content[:5] == b"%PDF-"
    # forecast of a risk, and of the board
    risk = next(r for r in the_plan().risks if "住基サーバ" in r.title).subject.partition(":")[2]
    page = text(client, f"/continuity/forecast/?of={risk}")
    assert "住基システム" in page and "どの対策が先か" in page and "基幹スイッチの二重化" in page
    incident = town.opened()
    changed = [StateChanged(item=demo.item(code), state=State.STOPPED) for code in ("E01", "T05")]
    record([Draft(fact, fact.about(incident), incident=incident) for fact in changed], town.ME)
    row = next(iter(open_incidents()))
    assert live(the_plan(), row).hit == (demo.item("E01"),)  # the internet is out because of its hub
    page = text(client, f"/continuity/forecast/?of=incident:{incident.partition(':')[2]}")
    assert "発災から" in page and "動いているものとして計算" in page  # what nobody has looked at
    said = command("plan", "forecast", "--incident", row.key, "--runs", "100", "--json")
    assert said["order"]["officers"] == [demo.item("E01")]  # type: ignore[index]
    said = command("plan", "forecast", "R15", "--runs", "2000", "--json")
    order = said["order"]  # type: ignore[index]
    assert (
        order["said_by_officers"] >= 2 and order["weighed_by_people"] and order["gain_hours"] > 2 * order["error"] > 0
    )
    assert text(client, "/continuity/forecast/?of=incident:none", 404)


def test_what_is_not_in_the_plan_is_told() -> None:
    town.nodes.found("test")
    done = CliRunner().invoke(main, ["whatif", "nothing"], env={"LC_ALL": "C"})
    assert done.exit_code == 1 and "nothing" in done.output


def test_a_plan_is_kept_until_a_fact_changes_it() -> None:
    town.nodes.found("test")
    plan_demo.load()
    client = client_of("ict")
    before, data = the_plan(), client.get("/continuity/what-if/graph.json")
    incident = town.opened()  # nothing that a plan is read from
    change = StateChanged(item=demo.item("E01"), state=State.STOPPED)
    record([Draft(change, change.about(incident), incident=incident)], town.ME)
    assert the_plan() is before
    again = client.get("/continuity/what-if/graph.json", headers={"if-none-match": data["ETag"]})
    assert again.status_code == 304
    # the spur's first school is joined on a second way: its landslide cuts nobody off any more
    ends = [demo.item("G13"), demo.item("G09")]
    line = ItemDescribed(code="L99", name="無線", item_kind=ItemKind.LINE, ends=ends)
    record([Draft(line, demo.item("L99"))], town.ME)
    after = the_plan()
    assert after is not before
    for keys in (["L16"], ["L02", "L05"], ["P01", "P02"], ["E02"]):
        refs = [demo.item(key) for key in keys]
        assert what_if(after.graph, refs).as_json() == what_if(model_of_plan._read().graph, refs).as_json()
    assert what_if(after.graph, [demo.item("L16")]).isolated == []
    again = client.get("/continuity/what-if/graph.json", headers={"if-none-match": data["ETag"]})
    assert again.status_code == 200 and "無線" in again.json()["label"]
    # another language has its own words
    with speak("en"):
        assert "Battery of UPS(無停電電源装置)" in [n.label for n in the_plan().graph.nodes]
    assert "UPS(無停電電源装置) 電池" in [n.label for n in the_plan().graph.nodes]


def test_answers_are_kept_for_readers_of_two_languages() -> None:
    asked: list[object] = []
    kept = computing._kept(lambda plan, of=(), hours=0.0: asked.append((plan, of)) or len(asked))
    plans = {"ja": object(), "en": object()}
    first = {}
    for _ in range(2):
        for tongue, plan in plans.items():
            with speak(tongue):
                for of in ((), ("E01",)):
                    assert kept(plan, of, hours=1.0) == first.setdefault((tongue, of), len(asked))
    assert len(asked) == 4
    with speak("ja"):
        kept(object())
        assert kept(plans["en"], (), hours=1.0) == 6, "never the answer of another plan"


def test_the_page_goes_by_what_the_server_goes_by() -> None:
    town.nodes.found("test")
    plan_demo.load()
    page = text(client_of("ict"), "/continuity/what-if/?lost=電源")
    rules = json.loads(html.unescape(re.search('data-rules="([^"]*)"', page)[1]))  # type: ignore[index]
    assert rules == {
        "asked": computing.ASKED, "all": computing.ALL, "first": computing.FIRST, "named": computing.NAMED,
        "signs": computing.SIGNS,
    }  # fmt: skip
    script = (Path(computing.__file__).parent / "static" / "continuity" / "whatif.js").read_text("utf-8")
    assert set(re.findall(r"rules\.(\w+)", script)) == set(rules)
    assert not [sign for sign in computing.SIGNS.values() if sign and sign in script]
