"""The phone page: opened by a signed link, three large buttons, every press a fact, nothing recorded twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.people import town
from tests.people.town import ME, staff
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import calling, links
from tomoshibi.people.call_facts import CallOutClosed
from tomoshibi.people.models import CallOutRow, CallRow
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> CallRow:
    town.build()
    drafts = calling.start("", town.rule("four"), T("灯町で震度4を観測", "Intensity 4"), ME, "act")
    record(drafts, ME, "act")
    return CallRow.objects.get(staff=staff("chief"))


@pytest.fixture
def page(call: CallRow) -> str:
    return f"/c/{links.token(call.subject)}/"


def hidden(html: str) -> dict[str, str]:
    """The form's hidden fields, as a browser would send them."""
    return dict(re.findall(r'<input type="hidden" name="(page|heads)" value="([^"]*)"', html))


def press(client: Client, page: str, **button: str) -> str:
    """Open the page, press a button, follow to what is shown."""
    form = hidden(client.get(page).content.decode())
    response = client.post(page, {**form, **button}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_works_without_sign_in_cookies_or_script(client: Client, call: CallRow, page: str) -> None:
    html = client.get(page).content.decode()
    for word in (
        "震度4",
        "灯町で震度4を観測",
        "chiefさん",
        "灯町役場",
        "行く",
        "遅れる",
        "行けない",
        "避難した",
        "Coming",
    ):
        assert word in html
    assert "<script" not in html
    assert " style=" not in html
    assert not client.cookies


def test_pressing_through_the_page(client: Client, call: CallRow, page: str) -> None:
    html = press(client, page, answer="coming")
    assert "記録しました" in html and 'aria-pressed="true"' in html
    press(client, page, coming_in="30")
    press(client, page, safety="safe")
    press(client, page, family="unknown")
    html = press(client, page, note="橋が通れないので遠回りします")
    row = CallRow.objects.get(subject=call.subject)
    assert (row.answer, row.safety, row.family) == ("coming", "safe", "unknown")
    assert row.note == "橋が通れないので遠回りします" and row.note in html
    assert row.coming_at is not None
    assert abs((row.coming_at - datetime.now(UTC)) - timedelta(minutes=30)) < timedelta(minutes=1)
    entry = EntryRow.objects.filter(kind="people.call_answered").first()
    assert entry is not None and entry.actor == f"{staff('chief')} chiefさん"
    press(client, page, arrived="1")
    row = CallRow.objects.get(subject=call.subject)
    assert row.arrived_at is not None and row.arrived_site == town.HALL


def test_a_change_of_mind(client: Client, call: CallRow, page: str) -> None:
    press(client, page, answer="coming")
    press(client, page, coming_in="30")
    html = press(client, page, answer="cannot")
    row = CallRow.objects.get(subject=call.subject)
    assert (row.answer, row.coming_at) == ("cannot", None)
    assert "到着の見込み" not in html
    press(client, page, answer="coming")
    assert CallRow.objects.get(subject=call.subject).answer == "coming"


def test_a_retry_after_a_broken_connection_records_once(client: Client, call: CallRow, page: str) -> None:
    form = hidden(client.get(page).content.decode())
    for _ in range(3):
        assert client.post(page, {**form, "answer": "coming"}).status_code == 302
    assert EntryRow.objects.filter(kind="people.call_answered").count() == 1
    assert client.post(page, {**form, "answer": "cannot"}).status_code == 302  # the same page, another button
    assert CallRow.objects.get(subject=call.subject).answer == "cannot"


@pytest.mark.parametrize(
    "button",
    [{"answer": "maybe"}, {"coming_in": "31"}, {"coming_in": "x"}, {"safety": ""}, {}, {"note": "あ" * 501}],
)
def test_what_is_not_on_the_page_is_refused_and_recorded_nowhere(client: Client, page: str, button) -> None:
    form = hidden(client.get(page).content.decode())
    before = EntryRow.objects.count()
    response = client.post(page, {**form, **button})
    assert response.status_code == 400
    assert "もう一度" in response.content.decode()
    assert EntryRow.objects.count() == before


def test_a_page_without_its_id_is_refused(client: Client, page: str) -> None:
    assert client.post(page, {"answer": "coming"}).status_code == 400


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "A" + t[1:], lambda t: "x", lambda t: t.replace(".", "")]
)
def test_a_spoilt_link_opens_nothing(client: Client, call: CallRow, spoil) -> None:
    response = client.get(f"/c/{spoil(links.token(call.subject))}/")
    assert response.status_code == 404
    assert "使えません" in response.content.decode()


def test_a_link_runs_out(call: CallRow) -> None:
    text = links.token(call.subject)
    assert links.read(text) == call.subject
    assert links.read(text, timedelta(seconds=-1)) is None
    assert len(text) < 80


@pytest.mark.django_db(databases=["default", "training"])
def test_a_link_of_training_opens_nothing_real(client: Client, call: CallRow) -> None:
    with worlds.inhabit("training"):
        town.build()
        record(calling.start("", town.rule("four"), T("訓練", "Exercise"), ME, "act"), ME, "act")
        same = CallRow.objects.get(staff=staff("chief"))
        text = links.token(same.subject)
    assert same.subject == call.subject
    assert client.get(f"/c/{text}/").status_code == 404
    response = client.get(f"/training/c/{text}/")
    assert response.status_code == 200
    html = response.content.decode()
    assert "【訓練】" in html
    client.post(f"/training/c/{text}/", {**hidden(html), "answer": "coming"})
    assert CallRow.objects.get(subject=call.subject).answer == ""
    with worlds.inhabit("training"):
        assert CallRow.objects.get(subject=call.subject).answer == "coming"


def test_answers_after_the_end_are_recorded(client: Client, call: CallRow, page: str) -> None:
    record(Draft(CallOutClosed(), CallOutRow.objects.get().subject), ME)
    assert "終わっています" in client.get(page).content.decode()
    press(client, page, answer="cannot")
    assert CallRow.objects.get(subject=call.subject).answer == "cannot"


def test_the_link_lets_its_holder_answer_that_call_only(call: CallRow) -> None:
    actor = links.actor_of(call)
    assert actor.may("people.call_answered", subject=call.subject)
    assert not actor.may("people.call_answered", subject="people.call:another")
    assert not actor.may("people.staff_described", subject=call.staff)
    assert not actor.may("people.read")
