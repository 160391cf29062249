"""Orders and notices: two people, exactly what was seen, terms of the day, conflicts, and what the rows say."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.journal.case import FactCase
from tests.journal.worlds import exchange, founded
from tests.publishing import town
from tests.publishing.town import BOTH, COAST, HONBU, INCIDENT, ORDER, OTHER, RIVER, SHONIN, approve, issue, propose
from tomoshibi.journal import laws, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.publishing import queries
from tomoshibi.publishing.facts import (
    OrderApproved,
    OrderChanged,
    OrderLifted,
    OrderProposed,
    OrderReturned,
    RecipientDescribed,
    SendFailed,
    Sent,
)
from tomoshibi.publishing.notice_facts import NoticeProposed, NoticePublished, NoticeReturned, NoticeWithdrawn
from tomoshibi.publishing.subjects import Delivery, Notice, Recipient
from tomoshibi.publishing.words import Act, RecipientKind

JAPAN = ZoneInfo("Asia/Tokyo")
FIRST = "aaaaaaaa-0000-4000-8000-000000000001"
SECOND = "aaaaaaaa-0000-4000-8000-000000000002"
HELD = "bbbbbbbb-0000-4000-8000-000000000001"
NOTICE = Notice.ref("33333333-0000-4000-8000-000000000001")
AREAS = tuple(town.places())


def proposed(id: str = FIRST, **said) -> Draft:
    return Draft(town.proposal(**said), ORDER, id=id, incident=INCIDENT)


def held() -> Draft:
    return Draft(OrderApproved(proposal=FIRST), ORDER, id=HELD)


@pytest.mark.django_db(databases=["default", "north"])
class Case(FactCase):
    """A fact of the small town, whose places stand."""

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        founded("default", "north")
        record(AREAS, town.ME)
        for draft in self.before:
            approval = isinstance(draft.fact, OrderApproved | NoticePublished)
            record(draft, SHONIN if approval else town.ME)


class TestProposed(Case):
    fact = town.proposal()
    subject = ORDER
    actor = HONBU
    strangers = (SHONIN, Actor("user:x", "", (("staff", ""),)))
    refused = (
        town.proposal(level=None),
        town.proposal(areas=[]),
        town.proposal(where=" "),
        town.proposal(areas=["places.area:nowhere"]),
        town.proposal(term="避難勧告"),
        town.proposal(act="change"),
        OrderProposed(act=Act.LIFT, reason="雨がやんだ。"),
    )

    def holds(self, state) -> None:
        row = queries.order(ORDER)
        assert (row.state, row.waiting_by, row.level) == ("proposed", "本部 班長", 4)
        assert queries.in_force() == [] and row.heading.ja == "警戒レベル4 避難指示"


class TestApproved(Case):
    fact = OrderApproved(proposal=FIRST, what_ja="避難指示", what_en="Evacuation order")
    subject = ORDER
    before = (proposed(),)
    actor = SHONIN
    strangers = (HONBU,)
    refused = (OrderApproved(proposal=FIRST), OrderReturned(proposal=FIRST, reason="再考"), town.proposal())

    def holds(self, state) -> None:
        (row,) = queries.in_force()
        assert (row.level, row.approved_by, row.waiting) == (4, "副市長", "")


class TestChanged(Case):
    fact = OrderChanged(proposal=SECOND)
    subject = ORDER
    before = (proposed(), held(), proposed(SECOND, act="change", level=5, areas=[RIVER, COAST]))
    actor = SHONIN
    refused = (OrderApproved(proposal=SECOND),)

    def holds(self, state) -> None:
        (row,) = queries.in_force()
        assert (row.level, row.area_refs, row.heading.ja) == (5, [RIVER, COAST], "警戒レベル5 緊急安全確保")


class TestLifted(Case):
    fact = OrderLifted(proposal=SECOND)
    subject = ORDER
    before = (
        proposed(),
        held(),
        Draft(OrderProposed(act=Act.LIFT, reason="水位が下がった。"), ORDER, id=SECOND),
    )
    actor = SHONIN
    refused = (OrderProposed(act=Act.LIFT, reason="もう一度"), town.proposal(act="change"))

    def holds(self, state) -> None:
        row = queries.order(ORDER)
        assert queries.in_force() == [] and (row.state, row.level, row.where) == ("lifted", 4, "川端地区")
        assert (row.reason, row.advice) == ("水位が下がった。", "")  # where to flee to is no advice any more


class TestReturned(Case):
    fact = OrderReturned(proposal=FIRST, reason="区域が広すぎる")
    subject = ORDER
    before = (proposed(),)
    actor = SHONIN
    strangers = (HONBU,)
    refused = (OrderApproved(proposal=FIRST),)

    def holds(self, state) -> None:
        (said,) = queries.proposals(ORDER)
        assert (said.state, said.returned, said.decided_by) == ("returned", "区域が広すぎる", "副市長")
        assert queries.waiting() == []


class TestSent(Case):
    fact = Sent(about=ORDER, approval=HELD, channel="mail", recipient="r", note="済")
    subject = Delivery.ref("d")
    before = (Draft(SendFailed(about=ORDER, approval=HELD, channel="mail", recipient="r", note="x"), subject),)
    strangers = (SHONIN,)

    def holds(self, state) -> None:
        (row,) = queries.deliveries(HELD)
        assert (row.outcome, row.note, row.failures) == ("sent", "済", 1) and state.conflicts() == []


class TestSendFailed(Case):
    fact = SendFailed(about=ORDER, approval=HELD, channel="mail", note="つながりません")
    subject = Delivery.ref("d")

    def holds(self, state) -> None:
        (row,) = queries.deliveries(HELD)
        assert (row.outcome, row.note, row.failures) == ("failed", "つながりません", 1)


class TestRecipient(Case):
    fact = RecipientDescribed(name="警察署", email="k@town.example", recipient_kind=RecipientKind.ORGANISATION)
    subject = Recipient.ref("r")
    actor = HONBU
    strangers = (SHONIN,)

    def holds(self, state) -> None:
        assert [r.email for r in queries.recipients()] == ["k@town.example"]


NOTED = NoticeProposed(title="給水所", body="川端小学校で水を配ります。", areas=(RIVER,))


class TestNoticeProposed(Case):
    fact = NOTED
    subject = NOTICE
    actor = HONBU
    strangers = (SHONIN,)
    refused = (NoticeProposed(title="給水所"), NoticeProposed(act=Act.LIFT))

    def holds(self, state) -> None:
        assert queries.published() == [] and queries.notice(NOTICE).waits["by"] == "本部 班長"


class TestNoticePublished(Case):
    fact = NoticePublished(proposal=FIRST, title="給水所")
    subject = NOTICE
    before = (Draft(NOTED, NOTICE, id=FIRST),)
    actor = SHONIN
    strangers = (HONBU,)
    refused = (NoticePublished(proposal=FIRST), NoticeWithdrawn(proposal=FIRST))

    def holds(self, state) -> None:
        assert [n.title for n in queries.published()] == ["給水所"]
        assert queries.notices_for(town.SCHOOL) and not queries.notices_for(town.HOME)


class TestNoticeWithdrawn(Case):
    fact = NoticeWithdrawn(proposal=SECOND)
    subject = NOTICE
    before = (
        Draft(NOTED, NOTICE, id=FIRST),
        Draft(NoticePublished(proposal=FIRST), NOTICE, id=HELD),
        Draft(NoticeProposed(act=Act.LIFT), NOTICE, id=SECOND),
    )
    actor = SHONIN

    def holds(self, state) -> None:
        row = queries.notice(NOTICE)
        assert (row.state, row.title) == ("withdrawn", "給水所") and queries.published() == []


class TestNoticeReturned(Case):
    fact = NoticeReturned(proposal=FIRST, reason="場所が違う")
    subject = NOTICE
    before = (Draft(NOTED, NOTICE, id=FIRST),)
    actor = SHONIN

    def holds(self, state) -> None:
        assert queries.notice(NOTICE).returned == "場所が違う"


@pytest.fixture
def built(db) -> None:
    town.build()


def test_nobody_approves_their_own(built) -> None:
    entry = propose(actor=BOTH)
    with pytest.raises(Refused, match="案を出した本人"):
        approve(entry, actor=BOTH)
    assert approve(entry).kind == "publishing.order_approved"


def test_in_a_drill_two_names_are_two_people(built) -> None:
    one, other = Actor("system:drill", "本部"), Actor("system:drill", "市長")
    entry = propose(actor=one)
    with pytest.raises(Refused, match="案を出した本人"):
        approve(entry, actor=one)
    approve(entry, actor=other)
    assert len(queries.in_force()) == 1


def test_what_changed_since_the_approver_looked_is_not_approved(built) -> None:
    seen = propose()
    newer = propose(level=3, where="川端地区の川沿い")
    with pytest.raises(Refused, match="新しい案"):
        approve(seen)
    assert queries.in_force() == []
    approve(newer)
    assert queries.in_force()[0].where == "川端地区の川沿い"
    assert [p.state for p in queries.proposals(ORDER)] == ["approved", "replaced"]


def test_a_rule_may_propose_and_a_person_must_take_it_over(built) -> None:
    entry = propose(actor=Actor("system:trigger"), rule="警戒レベル4")
    with pytest.raises(Refused, match="自動判断"):
        approve(entry)
    approve(propose(actor=HONBU))
    assert len(queries.in_force()) == 1


def test_staff_may_only_read(built) -> None:
    for role in ("facility", "shelter", "clerk", "staff", "ict"):
        actor = Actor("user:x", "", ((role, ""),))
        assert actor.may("publishing.read") and not actor.may("publishing.order_approved")
        with pytest.raises(Forbidden):
            propose(actor=actor)


@pytest.mark.parametrize(
    ("day", "said", "words"),
    [
        ("2011-03-11", {"level": 4, "term": "避難勧告"}, "避難勧告"),
        ("2011-03-11", {"level": 4}, "避難指示"),
        ("2018-07-06", {"level": 3}, "避難準備・高齢者等避難開始"),
        ("2020-07-04", {"level": 5}, "警戒レベル5 災害発生情報"),
        ("2026-07-01", {"level": 3}, "警戒レベル3 高齢者等避難"),
    ],
)
def test_terms_are_those_of_the_day(built, day: str, said: dict, words: str) -> None:
    with worlds.at(datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=JAPAN)):
        issue(**said)
    (row,) = queries.in_force()
    assert row.heading.ja == words


def test_there_was_no_level_five_in_2011(built) -> None:
    at = datetime(2011, 3, 11, 15, tzinfo=JAPAN)
    with worlds.at(at), pytest.raises(Refused, match="まだない"):
        propose(level=5)


def test_two_levels_for_one_area_are_found_and_the_higher_is_shown(built) -> None:
    issue(ORDER, level=3)
    issue(OTHER, level=5)
    assert queries.level_for(town.SCHOOL) == 5
    found = {law.name: findings for law, findings in laws.breaches()}
    (finding,) = found["publishing.one_level_for_an_area"]
    assert set(finding.subjects) == {ORDER, OTHER} and "川端地区" in finding.text.ja
    lift = propose(OTHER, act="lift")
    approve(lift, Act.LIFT)
    assert laws.breaches() == [] and queries.level_for(town.SCHOOL) == 3


def test_who_lives_there_and_what_stands_there(built) -> None:
    issue(areas=[RIVER, town.BLOCK, town.ZONE])
    (row,) = queries.in_force()
    living = queries.living_in(row)
    assert (living.population, living.households, living.unknown) == (3400, 1300, ("浸水想定区域",))
    # by its point, and (nobody entered one) by the block that it is entered in
    assert {s.name for s in queries.sites_in(row)} == {"川端小学校", "川端集会所"}
    assert queries.level_for(town.HALL) == 4 and queries.level_for(town.HOME) is None
    assert queries.level_for("places.site:nobody") is None
    assert queries.living_in([town.ZONE]).population is None


@pytest.mark.django_db(databases=["default", "north"])
def test_two_nodes_that_approved_differently_are_a_conflict_that_an_approver_settles() -> None:
    founded("default", "north")
    record(town.places(), town.ME)
    one = propose()
    exchange("default", "north")
    with worlds.inhabit("north"):
        other = propose(level=5)
        approve(other)
    approve(one)
    exchange("north", "default")
    state = state_of(ORDER)
    assert [c.part for c in state.conflicts()] == ["approved"]
    approve(one)
    assert state_of(ORDER).conflicts() == [] and queries.in_force()[0].level == 4
