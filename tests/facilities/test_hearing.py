"""Every facility hears: calls, acknowledgements by hand, faxes; who has not heard of the newest notice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.facilities import home
from tests.facilities.home import CARER, EVACUATION, HQ, INCIDENT, ME, STRANGER
from tests.journal.case import FactCase
from tomoshibi.facilities.evacuation_facts import (
    Answered,
    Called,
    Heard,
    HearingCancelled,
    NoticeFaxed,
)
from tomoshibi.facilities.models import EvacuationRow
from tomoshibi.facilities.upkeep_words import Call, Route
from tomoshibi.facilities.words import Answer
from tomoshibi.journal import worlds
from tomoshibi.journal.recording import Draft, record

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
