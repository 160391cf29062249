"""A call-out from its start to its end: who is called, what is sent, reminders, deputies, answers, counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from tests.people import town
from tests.people.town import ME, staff
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow, TaskRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import calling, channels, queries
from tomoshibi.people.call_facts import Arrived, CallAnswered, CallOutClosed
from tomoshibi.people.facts import RoleAssigned, StaffDescribed, StaffLeft
from tomoshibi.people.models import CallOutRow, CallRow, StaffRow
from tomoshibi.people.words import Answer, Safety
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
REASON = T("灯町で震度4を観測", "Intensity 4 at Akari")
INCIDENT = "incidents.incident:i1"


@pytest.fixture(autouse=True)
def _town() -> None:
    with worlds.at(NOON - timedelta(days=1)):
        town.build()


def start(rule: str, act: str = "act-1") -> str:
    """Start a call-out at noon and do what is due then; returns the call-out."""
    with worlds.at(NOON):
        drafts = calling.start(INCIDENT, town.rule(rule), REASON, ME, act)
        record(drafts, ME, act)
        tasks.tick()
    return drafts[0].subject


def after(minutes: float) -> None:
    """Do what is due ``minutes`` after noon."""
    with worlds.at(NOON + timedelta(minutes=minutes)):
        while tasks.tick():
            pass


def call(call_out: str, person: str) -> CallRow:
    return CallRow.objects.get(subject=calling.call_of(call_out, staff(person)))


def answer(call_out: str, person: str, minutes: float, **said) -> None:
    with worlds.at(NOON + timedelta(minutes=minutes)):
        record(Draft(CallAnswered(**said), calling.call_of(call_out, staff(person))), ME)


def called(call_out: str) -> list[str]:
    return sorted(CallRow.objects.filter(call_out=call_out).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("rule", "people"),
    [
        ("four", ["builder", "chief", "engineer"]),
        ("five-lower", ["builder", "chief", "engineer", "mayor"]),
        ("five-upper", ["builder", "chief", "clerk", "digger", "engineer", "mayor"]),
        ("security", ["chief", "engineer"]),
    ],
)
def test_the_rule_calls_whom_it_names(rule: str, people: list[str]) -> None:
    assert called(start(rule)) == [f"{p}さん" for p in people]


def test_everything_belongs_to_the_incident_and_the_act() -> None:
    start("four")
    entries = EntryRow.objects.filter(act="act-1")
    assert {e.incident for e in entries} == {INCIDENT}
    assert entries.count() == 4
    row = CallOutRow.objects.get()
    assert (row.name, row.reason, row.reason_en) == ("震度4", REASON.ja, REASON.en)
    assert row.deadline_at == NOON + timedelta(hours=1)


def test_the_same_act_calls_once() -> None:
    start("four")
    before = EntryRow.objects.count()
    with worlds.at(NOON):
        assert calling.start(INCIDENT, town.rule("four"), REASON, ME, "act-1") == []
    assert EntryRow.objects.count() == before


def test_a_rule_that_means_nobody_is_refused() -> None:
    record([Draft(StaffLeft(), staff(p)) for p in ("builder", "chief", "engineer")], ME)
    with pytest.raises(Refused, match="震度4"):
        calling.start(INCIDENT, town.rule("four"), REASON, ME, "act")


def test_rules_are_found_by_name() -> None:
    found = calling.rule_named("震度5弱")
    assert found is not None and found.members == "needed"
    assert calling.rule_named("震度9") is None


def test_each_gets_a_mail_with_a_link_of_their_own() -> None:
    call_out = start("four")
    assert sorted(m.to[0] for m in mail.outbox) == [
        "builder@town.example",
        "chief@town.example",
        "engineer@town.example",
    ]
    links = {line for m in mail.outbox for line in m.body.splitlines() if "/c/" in line}
    assert len(links) == 3
    body = next(m for m in mail.outbox if m.to == ["chief@town.example"])
    assert "訓練" not in body.subject + body.body
    for word in ("灯町", "震度4", "灯町で震度4を観測", "灯町役場", "13:00", "Intensity 4 at Akari"):
        assert word in body.body
    assert call(call_out, "chief").sent_by == "mail"
    assert call(call_out, "chief").sent_at == NOON


@pytest.mark.django_db(databases=["default", "training"])
def test_in_training_every_message_says_so() -> None:
    with worlds.inhabit("training"):
        town.build()
        start("four")
    assert mail.outbox
    for m in mail.outbox:
        assert m.subject.startswith("【訓練】")
        assert m.body.startswith("【訓練】")
        assert "[EXERCISE]" in m.body
        assert "/training/c/" in m.body


def test_whoever_has_no_address_is_shown_as_not_reached() -> None:
    call_out = start("five-upper")
    row = call(call_out, "digger")
    assert "登録されていません" in row.failed and row.sent_at is None
    assert queries.counts(call_out).failed == 1


def test_a_failed_sending_is_shown_tried_again_and_forgotten_when_it_works(monkeypatch) -> None:
    def broken(message, address) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(channels, "mail", broken)
    call_out = start("four")
    assert "no route to host" in call(call_out, "chief").failed
    assert call(call_out, "chief").sent_at is None
    monkeypatch.undo()
    after(1)
    assert call(call_out, "chief").failed == ""
    assert call(call_out, "chief").sent_by == "mail"
    failures = EntryRow.objects.filter(kind="people.call_failed", subject=call(call_out, "chief").subject)
    assert failures.count() == 1  # however often it was tried


def test_a_service_of_apprise_gets_a_link_only_where_it_names_the_person(settings, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(channels, "notify", lambda message, service: told.append(service))
    settings.TOMOSHIBI_APPRISE = ["sms://gate/{phone}", "slack://everybody"]
    record(Draft(StaffDescribed(mobile="000-1234-5678"), staff("digger")), ME)
    call_out = start("five-upper")
    assert told == ["sms://gate/00012345678"]
    assert call(call_out, "digger").sent_by == "sms"


def test_reminders_go_to_those_who_are_silent_and_end() -> None:
    call_out = start("four")
    answer(call_out, "chief", 2, answer=Answer.COMING)
    mail.outbox.clear()
    after(9)
    assert mail.outbox == []
    after(10)
    assert sorted(m.to[0] for m in mail.outbox) == ["builder@town.example", "engineer@town.example"]
    for minutes in (20, 30, 40, 400):
        after(minutes)
    assert call(call_out, "builder").reminders == 3
    assert call(call_out, "chief").reminders == 0


def test_the_deputy_is_called_when_nobody_answers() -> None:
    call_out = start("security")
    after(14)
    assert called(call_out) == ["chiefさん", "engineerさん"]
    after(15)
    # the first deputy was called by the rule at the same time and is as silent: the second is called
    assert called(call_out) == ["chiefさん", "clerkさん", "engineerさん"]
    assert call(call_out, "clerk").because == "情報システム責任者 の代理"
    assert "clerk@town.example" in [m.to[0] for m in mail.outbox]


def test_no_deputy_while_somebody_of_the_chain_comes() -> None:
    call_out = start("security")
    answer(call_out, "engineer", 5, answer=Answer.LATE)
    after(60)
    assert called(call_out) == ["chiefさん", "engineerさん"]


@pytest.mark.parametrize("said", [{"answer": Answer.CANNOT}, {"answer": Answer.EVACUATED}, {"safety": Safety.INJURED}])
def test_a_no_calls_the_next_at_once(said) -> None:
    call_out = start("security")
    answer(call_out, "chief", 1, **said)
    after(1)
    assert called(call_out) == ["chiefさん", "engineerさん"]  # the first deputy still has time to answer
    answer(call_out, "engineer", 2, **said)
    after(2)
    assert called(call_out) == ["chiefさん", "clerkさん", "engineerさん"]


def test_the_chain_is_that_of_the_start() -> None:
    call_out = start("security")
    record(Draft(RoleAssigned(deputies=[staff("digger")]), town.role("head")), ME)
    after(15)
    assert "diggerさん" not in called(call_out)
    (chain,) = json.loads(CallOutRow.objects.get().chain)
    assert chain["deputies"] == [staff("engineer"), staff("clerk")]


def test_a_closed_call_out_reminds_and_calls_nobody() -> None:
    call_out = start("security")
    with worlds.at(NOON + timedelta(minutes=5)):
        record(Draft(CallOutClosed(reason="誤報"), call_out), ME)
    mail.outbox.clear()
    after(60)
    assert mail.outbox == []
    assert called(call_out) == ["chiefさん", "engineerさん"]
    assert not TaskRow.objects.filter(done_at="").exists()


def test_what_is_done_twice_is_recorded_once() -> None:
    call_out = start("security")
    after(15)
    before = EntryRow.objects.count()
    with worlds.at(NOON + timedelta(minutes=15)):
        TaskRow.objects.update(done_at="", claimed_until="")
        while tasks.tick():
            pass
    assert EntryRow.objects.count() == before
    assert len(called(call_out)) == 3


def test_counts_and_order_of_the_board() -> None:
    call_out = start("five-upper")
    answer(call_out, "mayor", 2, answer=Answer.COMING)
    answer(call_out, "chief", 4, answer=Answer.LATE, coming_at=NOON + timedelta(minutes=50))
    answer(call_out, "clerk", 6, answer=Answer.CANNOT, safety=Safety.INJURED)
    answer(call_out, "digger", 6, answer=Answer.COMING)
    with worlds.at(NOON + timedelta(minutes=9)):
        record(Draft(Arrived(site=town.HALL), calling.call_of(call_out, staff("digger"))), ME)
    seen = queries.counts(call_out)
    assert (seen.called, seen.answered, seen.no_answer) == (6, 4, 2)
    assert (seen.coming, seen.late, seen.cannot, seen.evacuated) == (2, 1, 1, 0)
    assert (seen.arrived, seen.expected, seen.injured) == (1, 2, 1)
    order = [c.name for c in queries.answers(call_out)]
    assert order == ["builderさん", "engineerさん", "clerkさん", "chiefさん", "mayorさん", "diggerさん"]
    assert queries.median_response(call_out) == timedelta(minutes=5)


def test_who_acts() -> None:
    roles = list(queries.roles())
    (calm,) = queries.who_acts(roles)
    assert (calm.person, calm.place, calm.sure) == (staff("chief"), 0, True)
    call_out = start("security")
    (waiting,) = queries.who_acts(roles, call_out)
    assert (waiting.person, waiting.sure) == (staff("chief"), False)
    answer(call_out, "chief", 1, answer=Answer.CANNOT)
    answer(call_out, "engineer", 1, answer=Answer.COMING)
    (acting,) = queries.who_acts(roles, call_out)
    assert (acting.person, acting.place, acting.sure) == (staff("engineer"), 1, True)
    answer(call_out, "engineer", 3, answer=Answer.CANNOT)
    (unsure,) = queries.who_acts(roles, call_out)
    assert (unsure.person, unsure.sure) == (staff("clerk"), False)


def test_by_hand() -> None:
    people = list(StaffRow.objects.filter(name__in=["clerkさん", "digger さん"]))
    drafts = calling.start_by_hand("サーバ点検", T("停電", "Power cut"), people, act="hand-1")
    record(drafts, ME, "hand-1")
    assert called(drafts[0].subject) == ["clerkさん"]
    with pytest.raises(Refused):
        calling.start_by_hand("だれもいない", T("", ""), [], act="hand-2")


def repeat(minutes: float, act: str = "act-2") -> list[Draft]:
    """A stronger aftershock so long after noon."""
    with worlds.at(NOON + timedelta(minutes=minutes)):
        aftershock = T("余震 灯町で震度6弱", "Aftershock, 6 Lower at Akari")
        drafts = calling.repeat(INCIDENT, town.rule("five-upper"), aftershock, ME, act)
        record(drafts, ME, act)
        tasks.tick()
    return drafts


def test_a_stronger_aftershock_calls_again_whoever_is_not_here_whatever_they_answered():
    call_out = start("five-upper")
    answer(call_out, "chief", 5, answer=Answer.COMING)
    with worlds.at(NOON + timedelta(minutes=30)):
        record(Draft(Arrived(), calling.call_of(call_out, staff("engineer"))), ME)
    mail.outbox.clear()
    repeat(120)
    assert {m.to[0] for m in mail.outbox} >= {"mayor@town.example", "chief@town.example"}
    assert "engineer@town.example" not in {m.to[0] for m in mail.outbox}
    assert all("余震 灯町で震度6弱" in m.body and "再度の招集" in m.body for m in mail.outbox)
    assert call(call_out, "chief").repeated_at == NOON + timedelta(minutes=120)
    assert CallOutRow.objects.count() == 1
    again = EntryRow.objects.filter(kind="people.call_repeated").count()
    repeat(121)  # the same act once more
    assert EntryRow.objects.filter(kind="people.call_repeated").count() == again


def test_six_hours_later_a_stronger_aftershock_is_a_call_out_of_its_own():
    first = start("five-upper")
    assert repeat(6 * 60 + 1)[0].subject != first
    assert CallOutRow.objects.count() == 2
