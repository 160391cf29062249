"""What can happen in a call-out 参集: it starts, people are called, answer and arrive, it closes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.messages import channels_told
from tomoshibi.journal.recording import Present
from tomoshibi.journal.tasks import Task
from tomoshibi.people.subjects import Call, CallOut
from tomoshibi.people.words import ABSENT, Answer, Family, Safety
from tomoshibi.vocabulary import T


class Chain(BaseModel):
    """A role's holder and deputies (staff references, in order) as they were when a call-out began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    name: str
    holder: str
    deputies: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


class CallOutStarted(Fact):
    kind = "people.call_out_started"
    subject = CallOut
    label = T("参集の発令", "Call-out started")
    sentence = T("参集を発令: {name}　{reason}", "Call-out: {name}. {reason_en}")

    name: str = field(T("名称", "Name"), min_length=1, max_length=200)
    reason: str = field(T("理由", "Reason"), "", max_length=1000)
    reason_en: str = field(T("理由（英語）", "Reason in English"), "", max_length=1000)
    rule: str = field(T("参集ルール", "Rule"), "", extra={"widget": "people.call_out_rule"})
    posture: str = field(T("配備体制", "Posture"), "", max_length=100)
    gather_at: str = field(T("参集場所", "Where to gather"), "", extra={"widget": "places.site"})
    deadline_minutes: int = field(T("回答の期限", "Answer within"), 60, unit=T("分", "minutes"), ge=1)
    remind_minutes: int = field(T("再送までの時間", "Reminder after"), 10, unit=T("分", "minutes"), ge=0)
    escalate_minutes: int = field(T("代理を呼ぶまでの時間", "Deputies after"), 15, unit=T("分", "minutes"), ge=0)
    chain: tuple[Chain, ...] = field(T("代理の順位", "Chains of deputies"), (), extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この参集はすでに発令されています。", "This call-out has started already."))

    def apply(self, state: CallOut, entry: Entry) -> None:
        state.started.set(entry, self)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        began = present.happened_at
        if self.remind_minutes:
            due = began + timedelta(minutes=self.remind_minutes)
            yield Task("people.remind", f"{entry.id}/1", due, entry.subject, {"number": 1})
        if self.escalate_minutes and self.chain:
            due = began + timedelta(minutes=self.escalate_minutes)
            yield Task("people.escalate", entry.id, due, entry.subject)


class CallOutRepeated(Fact):
    """A stronger aftershock came while the call-out runs: everybody who is not here yet is called once more."""

    kind = "people.call_out_repeated"
    subject = CallOut
    label = T("参集の再発令", "Call-out repeated")
    sentence = T("参集を再発令: {reason}", "Call-out repeated: {reason_en}")

    reason: str = field(T("理由", "Reason"), "", max_length=1000)
    reason_en: str = field(T("理由（英語）", "Reason in English"), "", max_length=1000)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.closed.value:
            raise Refused(T("この参集は終了しています。", "This call-out is closed already."))

    def apply(self, state: CallOut, entry: Entry) -> None:
        state.repeats.add(entry, self.reason)


class CallRepeated(Fact):
    kind = "people.call_repeated"
    subject = Call
    label = T("再度の招集", "Called again")
    sentence = T("再度の招集: {reason}", "Called again: {reason_en}")

    reason: str = field(T("理由", "Reason"), "", max_length=1000)
    reason_en: str = field(T("理由（英語）", "Reason in English"), "", max_length=1000)

    def check(self, present: Present) -> None:
        _must_be_called(present)

    def apply(self, state: Call, entry: Entry) -> None:
        state.repeats.add(entry, self.reason)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        again = [self.reason, self.reason_en]
        yield Task("people.send", entry.id, worlds.now(), entry.subject, {"number": 0, "again": again})


class CallCorrected(Fact):
    """What a call-out was started for turned out to be other than it was said; who was called is told."""

    kind = "people.call_corrected"
    subject = Call
    label = T("招集の理由の訂正", "Reason corrected")
    sentence = T("招集の理由を訂正: {reason}", "Reason corrected: {reason_en}")

    reason: str = field(T("訂正", "Correction"), min_length=1, max_length=1000)
    reason_en: str = field(T("訂正（英語）", "Correction in English"), "", max_length=1000)

    def check(self, present: Present) -> None:
        _must_be_called(present)

    def apply(self, state: Call, entry: Entry) -> None:
        state.corrections.add(entry, self.reason)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        said = [self.reason, self.reason_en]
        yield Task("people.send", entry.id, worlds.now(), entry.subject, {"number": 0, "correction": said})


class CallOutClosed(Fact):
    kind = "people.call_out_closed"
    subject = CallOut
    label = T("参集の終了", "Call-out closed")
    sentence = T("参集を終了 {reason}", "Call-out closed {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.closed.value:
            raise Refused(T("この参集は終了しています。", "This call-out is closed already."))

    def apply(self, state: CallOut, entry: Entry) -> None:
        state.closed.set(entry, True)


class Called(Fact):
    kind = "people.called"
    subject = Call
    label = T("招集", "Called")
    sentence = T("{name} を招集 {because}", "{name} called {because}")

    call_out: str = field(T("参集", "Call-out"), extra={"widget": "people.call_out"})
    staff: str = field(T("職員", "Staff"), extra={"widget": "people.staff"})
    name: str = field(T("氏名", "Name"), min_length=1)
    because: str = field(T("呼ぶ理由", "Why this person"), "", max_length=200)

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T(f"{self.name}はすでに招集されています。", f"{self.name} has been called already."))

    def apply(self, state: Call, entry: Entry) -> None:
        state.called.set(entry, self)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        yield Task("people.send", entry.id, worlds.now(), entry.subject, {"number": 0})


class CallSent(Fact):
    kind = "people.call_sent"
    subject = Call
    label = T("招集の送信", "Call sent")
    sentence = T("招集を送信（{channel}）", "Call sent ({channel})")

    channel: str = field(T("手段", "Channel"), min_length=1, max_length=100)

    def apply(self, state: Call, entry: Entry) -> None:
        state.sent.set(entry, self.channel)

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "channel": channels_told(self.channel)}


class CallFailed(Fact):
    kind = "people.call_failed"
    subject = Call
    label = T("招集の不達", "Call not delivered")
    sentence = T("招集を送れませんでした: {reason}", "Call not delivered: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def apply(self, state: Call, entry: Entry) -> None:
        state.failed.set(entry, self.reason)


class Reminded(Fact):
    kind = "people.reminded"
    subject = Call
    label = T("招集の再送", "Reminded")
    sentence = T("回答がないため再送（{number}回目）", "Reminded for want of an answer (no. {number})")

    number: int = field(T("回数", "Number"), ge=1)

    def apply(self, state: Call, entry: Entry) -> None:
        state.reminders.add(entry, self.number)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        yield Task("people.send", entry.id, worlds.now(), entry.subject, {"number": self.number})


class CallAnswered(Fact):
    """What the person says, or somebody for them by telephone; each field that is set changes that alone."""

    kind = "people.call_answered"
    subject = Call
    label = T("招集への回答", "Call answered")
    sentence = T("回答: {answer} {safety} {family} {note}", "Answer: {answer} {safety} {family} {note}")

    answer: Answer | None = field(T("回答", "Answer"), None)
    coming_at: AwareDatetime | None = field(T("到着の見込み", "Expected"), None)
    safety: Safety | None = field(T("本人の安否", "Safety"), None)
    family: Family | None = field(T("家族の安否", "Family"), None)
    note: str | None = field(T("連絡事項", "Note"), None, max_length=500)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, subject=present.subject)

    def check(self, present: Present) -> None:
        _must_be_called(present)
        if not self.model_fields_set:
            raise Refused(T("回答を一つ選んでください。", "Choose an answer."), "answer")

    def apply(self, state: Call, entry: Entry) -> None:
        for name in self.model_fields_set:
            value: Any = getattr(self, name)
            part = getattr(state, name)
            part.set(entry, part.default if value is None else value)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.answer in ABSENT or self.safety is Safety.INJURED:
            call_out = present.state.called.value.call_out
            yield Task("people.escalate", entry.id, worlds.now(), call_out)


class Arrived(Fact):
    kind = "people.arrived"
    subject = Call
    label = T("参集場所に到着", "Arrived")
    sentence = T("到着", "Arrived")

    site: str = field(T("場所", "Site"), "", extra={"widget": "places.site"})

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, subject=present.subject)

    def check(self, present: Present) -> None:
        _must_be_called(present)
        if present.state.arrived.value is not None:
            raise Refused(T("すでに到着しています。", "Arrived already."))

    def apply(self, state: Call, entry: Entry) -> None:
        state.arrived.set(entry, self.site)


class ArrivalCancelled(Fact):
    kind = "people.arrival_cancelled"
    subject = Call
    label = T("到着の取り消し", "Arrival cancelled")

    entry: str = field(T("到着の記録", "Entry of the arrival"), extra={"widget": "hidden"})

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, subject=present.subject)

    def check(self, present: Present) -> None:
        if self.entry not in {e.id for e, _ in present.state.arrived.points()}:
            raise Refused(T("その到着の記録はありません。", "There is no such arrival."))

    def apply(self, state: Call, entry: Entry) -> None:
        state.arrived.cancel(self.entry)


def _must_be_called(present: Present) -> None:
    if present.state.called.value is None:
        raise Refused(T("この人は招集されていません。", "This person was not called."))
