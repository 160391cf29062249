"""A stronger aftershock within six hours calls out again; an equal one, or a new report of the same earthquake, not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.incidents.conftest import TOHOKU, rule
from tests.incidents.test_inbox import _city, drop, work
from tomoshibi.incidents.deciding import Case
from tomoshibi.incidents.facts import TableApproved, TableProposed
from tomoshibi.incidents.subjects import TABLE
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people.facts import RuleDescribed, StaffDescribed
from tomoshibi.people.models import CallOutRow
from tomoshibi.people.subjects import Rule, Staff
from tomoshibi.people.words import Members

MAIN, AFTER = "20110311144640", "20110311151530"


@pytest.fixture
def staffed(town: None) -> None:
    """One person, whom a rule calls out from 4 on."""
    record(
        [
            Draft(StaffDescribed(number="1", name="灯　太郎", email="a@town.example"), Staff.ref("a")),
            Draft(RuleDescribed(name="全員", members=Members.EVERYONE), Rule.ref("all")),
        ],
        system("test"),
    )
    rules = (
        rule("4で配備", "intensity >= 4", "open_incident", posture="first"),
        rule("4で招集", "intensity >= 4", "call_out", rule="全員"),
    )
    cases = (Case(name="4", readings={"intensity": "4"}, fires=("4で配備", "4で招集")),)
    (proposal,) = record(Draft(TableProposed(name="招集", rules=rules, cases=cases), TABLE), system("proposer"))
    record(Draft(TableApproved(revision=proposal.id), TABLE), system("approver"))


def weak(raw: bytes) -> bytes:
    """The same telegram, with 4 at いわき市."""
    head, tail = _city(raw.decode())
    return (head + "<Name>いわき市</Name>" + tail).encode()


def another(raw: bytes) -> bytes:
    """The same of another earthquake."""
    return raw.replace(MAIN.encode(), AFTER.encode())


def repeats() -> int:
    return EntryRow.objects.filter(kind="people.call_repeated").count()


def test_a_stronger_aftershock_calls_out_again_once(staffed: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    drop(weak(raw), "main.xml")
    work()
    assert (CallOutRow.objects.count(), repeats()) == (1, 0)
    drop(another(raw), "after.xml")
    work()
    assert (CallOutRow.objects.count(), repeats()) == (1, 1)
    drop(another(raw).replace(b"<Serial>1<", b"<Serial>2<"), "after-2.xml")  # the aftershock's next report
    work()
    assert (CallOutRow.objects.count(), repeats()) == (1, 1)


def test_an_equal_aftershock_and_a_stronger_report_of_the_same_do_not(
    staffed: None, sample: Callable[[str], bytes]
) -> None:
    raw = sample(TOHOKU)
    drop(weak(raw), "main.xml")
    work()
    drop(another(weak(raw)), "after.xml")
    work()
    drop(raw.replace(b"<Serial>1<", b"<Serial>2<"), "main-2.xml")
    work()
    assert (CallOutRow.objects.count(), repeats()) == (1, 0)


def test_after_six_hours_it_is_a_call_out_of_its_own(staffed: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    drop(weak(raw), "main.xml")
    work()
    with worlds.at(worlds.now() + timedelta(hours=6, minutes=1)):
        drop(another(raw), "after.xml")
        work()
    assert (CallOutRow.objects.count(), repeats()) == (2, 0)
