"""The API, with the toy room: record, refuse, read, and who may."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.toys.facts import Box
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.accounts import managing
from tomoshibi.journal.accounts.models import Reading, Token
from tomoshibi.journal.models import EntryRow

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db(databases=["default", "training"])


@pytest.fixture
def caller():
    """A program with a token of a member of staff who may also read the journal."""
    nodes.found("desk")
    managing.add("program", "連携", ["administrator"])
    return Caller(managing.new_token("program", "test"))


class Caller:
    def __init__(self, token: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query):
        answer = self.client.get(f"/api/v1{path}", query)
        return answer.status_code, answer.json()

    def post(self, path: str, body, prefix: str = ""):
        answer = self.client.post(f"{prefix}/api/v1{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()


def new_box() -> str:
    return Box.ref(str(uuid.uuid4()))


def test_a_fact_is_recorded_as_it_was_sent_and_once(caller):
    box, id = new_box(), str(uuid.uuid4())
    sent = {"subject": box, "fact": {"name": "箱"}, "id": id, "happened_at": "2026-11-22T16:05:00+09:00"}
    status, first = caller.post("/facts/toys.box_described", sent)
    assert (status, first["id"], first["happened_at"]) == (200, id, "2026-11-22T07:05:00.000000Z")
    assert caller.post("/facts/toys.box_described", sent) == (200, first)
    row = EntryRow.objects.get()
    assert json.loads(row.payload) == {"name": "箱"}  # colour was not sent, and is not recorded
    assert row.actor == "user:program 連携"


def test_heads_that_were_shown_make_a_dispute_and_settle_it(caller):
    box = new_box()
    _, first = caller.post("/facts/toys.box_described", {"subject": box, "fact": {"colour": "赤"}})
    for colour in ("青", "緑"):
        caller.post("/facts/toys.box_described", {"subject": box, "fact": {"colour": colour}, "after": [first["id"]]})
    _, seen = caller.get(f"/subjects/{box}")
    assert seen["disputed"] and [r["value"] for r in seen["disputes"][0]["rivals"]] == ["青", "緑"]
    caller.post("/facts/toys.box_described", {"subject": box, "fact": {"colour": "青"}, "after": seen["heads"]})
    _, seen = caller.get(f"/subjects/{box}")
    assert (seen["disputed"], seen["values"]["colour"], seen["entries"]) == (False, "青", 4)


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        ("/facts/toys.item_put", {"fact": {"name": "水", "number": 0}}, "fact.number", "0より大きい値"),
        ("/facts/toys.item_put", {"fact": {"number": 2}}, "fact.name", "入力してください"),
        ("/facts/toys.item_put", {"fact": {"name": "水", "numbr": 2}}, "fact.numbr", "知らない項目"),
        ("/facts/toys.item_put", {"fact": {"name": "水", "number": 1001}}, "number", "1000個まで"),
        ("/facts/toys.item_put", {"fact": {"name": "水"}, "happened_at": "2026-11-22T16:05"}, "happened_at", "時差"),
        ("/facts/toys.item_put", {"fact": {"name": "水"}, "subject": "people.staff:1"}, "", "people.staff"),
        ("/facts/toys.item_put", {"fact": {"name": "水"}, "subject": "toys.box:\x00"}, "subject", "形式が違います"),
        ("/facts/toys.item_put", {"fact": {"name": "水\x00"}}, "", "NUL"),
        ("/acts", {"facts": [{"kind": "toys.no_such", "fact": {}}]}, "facts.0.kind", "toys.no_such"),
        ("/acts", {"facts": [{"kind": "toys.box_moved", "fact": {}}]}, "facts.0.fact.place", "入力してください"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages_and_where(caller, path, body, field, said):
    if path == "/acts":
        body["facts"][0]["subject"] = new_box()
    status, told = caller.post(path, {"subject": new_box(), **body} if path != "/acts" else body)
    assert (status, told["field"]) == (422, field)
    assert said in told["text"]["ja"] and told["text"]["en"]
    assert EntryRow.objects.count() == 0


def test_an_act_is_recorded_whole_or_not_at_all(caller):
    box, act = new_box(), str(uuid.uuid4())
    good = {"kind": "toys.box_described", "subject": box, "fact": {"name": "箱"}}
    bad = {"kind": "toys.item_put", "subject": box, "fact": {"name": "水", "number": 5000}}
    status, told = caller.post("/acts", {"act": act, "facts": [good, bad]})
    assert (status, told["field"]) == (422, "number")
    assert EntryRow.objects.count() == 0
    bad["fact"]["number"] = 5
    status, entries = caller.post("/acts", {"act": act, "facts": [good, bad]})
    assert status == 200 and [e["act"] for e in entries] == [act, act]


def test_entries_are_read_on_from_where_one_stopped(caller):
    for n in range(5):
        caller.post("/facts/toys.box_described", {"subject": new_box(), "fact": {"name": f"箱{n}"}})
    _, first = caller.get("/entries", limit=2)
    _, rest = caller.get("/entries", since=first[-1]["pos"])
    assert [e["fact"]["name"] for e in first + rest] == [f"箱{n}" for n in range(5)]
    _, found = caller.get("/subjects", type="toys.box", q="箱3")
    assert [s["title"] for s in found] == ["箱3"]


def test_the_training_world_is_another_journal(caller):
    with worlds.inhabit("training"):
        nodes.found("desk")
    status, entry = caller.post(
        "/facts/toys.box_described", {"subject": new_box(), "fact": {"name": "訓"}}, "/training"
    )
    assert status == 200 and entry["node"].startswith("t")
    assert caller.get("/entries") == (200, [])


def test_only_the_known_may_call(caller):
    assert Caller().get("/entries")[0] == 401
    assert Caller("tmsb_made-up").get("/entries")[0] == 401
    status, told = Caller().post("/facts/toys.box_described", {"subject": new_box(), "fact": {"name": "箱"}})
    assert status == 401 and told["text"]["ja"]
    Token.objects.update(expires=worlds.now() - timedelta(seconds=1))
    assert caller.get("/entries")[0] == 401
    again = Caller(managing.new_token("program", "new"))
    assert again.get("/entries")[0] == 200
    User.objects.update(is_active=False)
    assert again.get("/entries")[0] == 401
    assert "tmsb_" not in str(list(Token.objects.values()))  # only hashes are kept


def test_roles_hold_for_programs_too(caller):
    managing.add("shelter", "避難所", ["shelter"])
    shelter = Caller(managing.new_token("shelter", "test"))
    box = new_box()
    caller.post("/facts/toys.box_described", {"subject": box, "fact": {"name": "箱"}})
    status, told = shelter.post("/facts/toys.box_described", {"subject": new_box(), "fact": {"name": "箱"}})
    assert status == 403 and "避難所" in told["text"]["ja"]
    assert shelter.get("/entries") == (200, [])
    assert shelter.get(f"/subjects/{box}")[0] == 404
    assert Reading.objects.count() == 0  # a box is nobody's record


def test_a_session_needs_its_csrf_token(caller):
    managing.add("clerk", "窓口", ["staff"], password="lamp-in-the-dark")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="clerk"), backend=BACKEND)
    body = json.dumps({"subject": new_box(), "fact": {"name": "箱"}})
    path = "/api/v1/facts/toys.box_described"
    assert client.post(path, body, content_type="application/json").status_code == 403
    client.get("/accounts/2fa/")
    client.get("/accounts/password/change/")
    headers = {"X-CSRFToken": client.cookies["tomoshibi_csrf"].value}
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 200


def test_openapi_describes_every_kind_and_the_page_needs_nothing_from_outside(caller):
    schema = Client().get("/api/v1/openapi.json").json()
    posted = schema["paths"]["/api/v1/facts/toys.item_put"]["post"]
    assert posted["summary"] == "箱に入れた / Item put in"
    body = schema["components"]["schemas"]["ToysItemPutBody"]
    assert set(body["required"]) == {"subject", "fact"}
    assert schema["components"]["schemas"]["ItemPut"]["properties"]["number"]["exclusiveMinimum"] == 0
    client = Client()
    client.force_login(User.objects.get(username="program"), backend=BACKEND)
    page = client.get("/api/v1/").content.decode()
    assert "toys.item_put" in page and "品名" in page
    assert not re.search(r"""(src|href|action)=["']?(https?:)?//|@import|url\(""", page)
