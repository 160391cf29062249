"""Every facility hears: calls, acknowledgements by hand, faxes; who has not heard of the newest notice."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from tests.clients import client_of
from tests.facilities import home
from tests.facilities.home import CARER, EVACUATION, HQ, INCIDENT, ME, OTHER, SEA, STRANGER, SUN
from tests.facilities.test_pages import BOARDED, text
from tests.journal.case import FactCase
from tomoshibi.facilities import calls, links
from tomoshibi.facilities.evacuation_facts import (
    Answered,
    Called,
    Heard,
    HearingCancelled,
    NoticeFaxed,
    PageOpened,
)
from tomoshibi.facilities.models import EvacuationRow
from tomoshibi.facilities.subjects import evacuation_of, facility_of
from tomoshibi.facilities.upkeep_words import Call, Route
from tomoshibi.facilities.words import Answer
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import SiteDescribed
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Site, SiteKind

BEFORE = (*home.places(), *home.people(), home.opened(), home.notified())


def row() -> EvacuationRow:
    return EvacuationRow.objects.get(subject=EVACUATION)


class _Hearing(FactCase):
    subject = EVACUATION
    before = BEFORE
    actor = HQ
    strangers = (CARER, STRANGER)
    incident = INCIDENT


class TestCalled(_Hearing):
    fact = Called(call=Call.HEARD, number="000-111-2222", who="夜勤の佐藤")

    def holds(self, state) -> None:
        assert row().heard and row().heard_word is Route.TELEPHONE and row().heard_who == "夜勤の佐藤"
        (call,) = row().called
        assert (call["call"], call["by"], call["number"]) == (Call.HEARD, "本部", "000-111-2222")

    def test_a_call_that_nobody_took_is_kept_and_is_not_heard(self) -> None:
        for call in (Call.NO_ANSWER, Call.BUSY, Call.WRONG):
            record(self.draft(Called(call=call)), HQ)
        assert not row().heard and [c["call"] for c in row().called] == [Call.WRONG, Call.BUSY, Call.NO_ANSWER]

    def test_a_further_notice_must_be_heard_anew(self) -> None:
        record(self.draft(), HQ)
        later = worlds.now() + timedelta(minutes=30)
        record(
            Draft(
                home.notified().fact.model_copy(update={"level": 4}), EVACUATION, happened_at=later, incident=INCIDENT
            ),
            ME,
        )
        assert not row().heard
        record(
            Draft(
                Answered(answer=Answer.LEAVING), EVACUATION, happened_at=later + timedelta(minutes=1), incident=INCIDENT
            ),
            CARER,
        )
        assert row().heard


class TestHeard(_Hearing):
    fact = Heard(how=Route.FAX, who="施設長", note="全員避難中")

    def holds(self, state) -> None:
        assert row().heard and row().heard_word is Route.FAX and row().answer == ""


class TestPageOpened(_Hearing):
    fact = PageOpened()
    actor = CARER
    strangers = (STRANGER,)

    def holds(self, state) -> None:
        assert row().opened and not row().heard


class TestNoticeFaxed(_Hearing):
    fact = NoticeFaxed(number="000-111-2223")

    def holds(self, state) -> None:
        assert row().faxed_at is not None and not row().heard


class TestHearingCancelled(_Hearing):
    CALL = "5e0e3f0c-0000-4000-8000-00000000000f"
    fact = HearingCancelled(cancels=CALL, reason="隣の施設だった")
    refused = (fact, HearingCancelled(cancels="none"))

    @pytest.fixture(autouse=True)
    def _called(self, _world: None) -> None:
        record(Draft(TestCalled.fact, EVACUATION, id=self.CALL, incident=INCIDENT), HQ)

    def holds(self, state) -> None:
        assert not row().heard and row().called == []


@pytest.mark.django_db
def test_an_operator_works_down_the_list() -> None:
    home.build()
    record(home.notified(OTHER, "なぎさ荘"), HQ)
    record(Draft(SiteDescribed(fax="000-111-2223"), SUN), ME)
    honbu = client_of("headquarters")
    assert client_of("facility", SUN).get("/facilities/calls/").status_code == 403
    html = text(honbu, "/facilities/calls/")
    keys = re.findall(r'name="evacuation" value="([^"]+)"', html)
    pages = re.findall(r'name="page" value="([^"]+)"', html)
    assert len(keys) == 2 and "000-333-4444" in html and "まだ伝わっていない" in html
    first = {"evacuation": keys[0], "page": pages[0], "call": "no_answer", "number": "000-1"}
    for _ in range(2):  # a retry records once
        assert honbu.post("/facilities/calls/", first).status_code == 303
    html = text(honbu, "/facilities/calls/")
    assert re.findall(r'name="evacuation" value="([^"]+)"', html) == keys[::-1]  # the other one's turn
    assert html.count("<li>") >= 1 and "出ない" in html and html.count("headquartersさん") >= 1
    for bad in ({"call": "perhaps"}, {"how": "smoke"}, {"cancel": "none"}, {}):
        assert honbu.post("/facilities/calls/", {**first, "page": pages[1], "call": "", **bad}).status_code == 422
    sun = EVACUATION.partition(":")[2]
    assert honbu.get("/facilities/calls/fax.pdf").content.startswith(b"%PDF-")
    faxed = {"evacuation": sun, "page": str(uuid.uuid4()), "faxed": "000-111-2223"}
    assert honbu.post("/facilities/calls/", faxed).status_code == 303
    heard = {"evacuation": sun, "page": str(uuid.uuid4()), "how": "fax", "who": "施設長"}
    assert honbu.post("/facilities/calls/", heard).status_code == 303
    html = text(honbu, "/facilities/calls/")
    assert "伝わった 1施設" in html and "FAXの返信" in html
    board = text(honbu, "/facilities/")
    assert re.findall(BOARDED, board) == ["sea", "sun"] and "伝わった FAXの返信" in board  # not heard first
    assert honbu.get("/facilities/calls/fax.pdf").status_code == 404  # nobody with a fax waits
    assert honbu.get(f"/facilities/calls/fax.pdf?evacuation={sun}").content.startswith(b"%PDF-")
    assert honbu.get("/facilities/calls/?as=pdf").content.startswith(b"%PDF-")


@pytest.mark.django_db
def test_who_has_not_even_opened_the_page_is_called_first(client) -> None:
    home.build()
    record(home.notified(OTHER, "なぎさ荘"), HQ)
    assert [s.site.subject for s in calls.worklist(INCIDENT)] == [SUN, SEA]  # who waits longest
    page, by_hand = f"/f/{links.token(SiteRow.objects.get(subject=SUN))}/", {"Sec-Fetch-Dest": "document"}
    for address, headers in ((page, {}), (f"{page}?part=1", {"Sec-Fetch-Dest": "empty"}), (f"{page}cards/", by_hand)):
        assert client.get(address, headers=headers).status_code == 200
    assert not row().opened  # a phone that keeps its pages, or a mail program, has not read them
    for _ in range(2):
        assert client.get(page, headers=by_hand).status_code == 200
    assert row().opened and EntryRow.objects.filter(kind="facilities.page_opened").count() == 1
    assert [s.site.subject for s in calls.worklist(INCIDENT)] == [SEA, SUN]
    assert "ページを開いた" in text(client_of("headquarters"), "/facilities/calls/")
    record(Draft(home.notified().fact, EVACUATION, incident=INCIDENT), HQ)
    assert not row().opened  # a further notice is to be opened anew
    record(Draft(Answered(answer=Answer.LEAVING), EVACUATION, incident=INCIDENT), CARER)
    assert client.get(page, headers=by_hand).status_code == 200
    assert EntryRow.objects.filter(kind="facilities.page_opened").count() == 1  # it has heard


@pytest.mark.django_db
def test_of_four_hundred_those_who_have_not_heard_are_called() -> None:
    home.build()
    refs = [Site.ref(f"f{n:03}") for n in range(400)]
    record([Draft(SiteDescribed(name=ref[-4:], site_kind=SiteKind.FACILITY), ref) for ref in refs], ME)
    record([home.notified(facility_of(ref), ref[-4:]) for ref in refs], HQ)
    evacuations = [evacuation_of(INCIDENT, facility_of(ref)) for ref in refs]
    made = [
        Draft(
            Heard(how=Route.RADIO)
            if n % 3
            else Answered(answer=Answer.PREPARING)
            if n % 2
            else Called(call=Call.HEARD),
            evacuation,
            incident=INCIDENT,
        )
        for n, evacuation in enumerate(evacuations)
        if n % 10
    ]
    record(made, HQ)
    found = [s.site.subject for s in calls.worklist(INCIDENT) if not s.evacuation.heard]
    assert set(found) == {SUN, *refs[::10]} and len(found) == 41
