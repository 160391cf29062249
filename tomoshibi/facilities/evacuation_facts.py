"""What can happen to a facility in a disaster: it is told, answers, counts its people, hands them over.

Whose name a resident bears stands in no sentence: the timeline is read by many.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from tomoshibi.facilities import signatures
from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.subjects import Evacuation, Headcount, evacuation_of, headcount_of, site_of
from tomoshibi.facilities.upkeep_words import Call, Route
from tomoshibi.facilities.words import Answer, Identity, Phase, Sign, Source, Team
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.messages import channels_told
from tomoshibi.journal.recording import Present
from tomoshibi.journal.tasks import Task
from tomoshibi.publishing.words import day_of, heading
from tomoshibi.vocabulary import T

_FACILITY = {"widget": "facilities.facility"}
_HIDDEN = {"widget": "hidden"}


class Notified(Fact):
    """A facility is told to act, by an order or by hand, or begins by itself; a further one replaces what is shown."""

    kind = "facilities.notified"
    subject = Evacuation
    label = T("施設への知らせ", "Facility notified")
    sentence = T("施設に連絡: {level_text} {area} {why}", "Facility notified: {level_text} {area} {why}")

    facility: str = field(T("施設", "Facility"), extra=_FACILITY)
    name: str = field(T("施設名", "Facility's name"), min_length=1, max_length=200)
    source: Source = field(T("きっかけ", "Because of"), Source.HEADQUARTERS)
    level: int | None = field(T("警戒レベル", "Alert level"), None, ge=1, le=5)
    term: str = field(T("避難情報の名称", "Term"), "", max_length=30, extra=_HIDDEN)
    day: date | None = field(T("名称の日", "Day of the term"), None, extra=_HIDDEN)
    area: str = field(T("対象区域", "Area"), "", max_length=500)
    why: str = field(T("理由", "Why"), "", max_length=1000)
    what: str = field(T("とるべき行動", "What to do"), "", max_length=1000)
    order: str = field(T("避難情報", "Order"), "", extra=_HIDDEN)

    def allowed(self, actor: Actor, present: Present) -> bool:
        if self.source is Source.OWN:
            return actor.may(Answered.kind, site=site_of(self.facility))
        return actor.may(self.kind)

    def check(self, present: Present) -> None:
        if present.subject != evacuation_of(present.incident, self.facility):
            raise Refused(T("この施設の避難の記録ではありません。", "Not the evacuation of this facility."), "facility")

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.facility.set(entry, self.facility)
        state.name.set(entry, self.name)
        state.notices.add(entry, self)
        state.ended.set(entry, False)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.source is not Source.OWN:
            yield Task("facilities.send", entry.id, worlds.now(), entry.subject)

    def shown(self) -> dict[str, str]:
        named = heading(self.level, self.term, self.day or day_of(None)) if self.level else self.source.label
        return {**super().shown(), "level_text": str(named)}


class NoticeSent(Fact):
    kind = "facilities.notice_sent"
    subject = Evacuation
    label = T("知らせの送信", "Notice sent")
    sentence = T("施設への知らせを送信（{channel}）", "Notice sent ({channel})")

    channel: str = field(T("手段", "Channel"), min_length=1, max_length=100)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.sent.set(entry, self.channel)

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "channel": channels_told(self.channel)}


class NoticeFaxed(Fact):
    """An operator put the fax sheet through: sent, which is not yet heard."""

    kind = "facilities.notice_faxed"
    subject = Evacuation
    label = T("FAXの送信", "Notice faxed")
    sentence = T("施設への知らせをFAXで送信 {number}", "Notice faxed {number}")

    number: str = field(T("FAX番号", "Fax number"), "", max_length=50)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.faxed.set(entry, True)


class Called(Fact):
    """An operator telephoned a facility: what came of it, at what number, and who was on the telephone there."""

    kind = "facilities.called"
    subject = Evacuation
    label = T("施設への電話", "Facility telephoned")
    sentence = T("施設に電話: {call} {number} {who} {note}", "Facility telephoned: {call} {number} {who} {note}")

    call: Call = field(T("結果", "What came of it"))
    number: str = field(T("電話番号", "Number"), "", max_length=50)
    who: str = field(T("相手", "Who was there"), "", max_length=100)
    note: str = field(T("メモ", "Note"), "", max_length=300)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.calls.add(entry, self)
        if self.call is Call.HEARD:
            state.reached.set(entry, (Route.TELEPHONE.value, self.who))


class Heard(Fact):
    """A facility's acknowledgement by another route, entered by hand: the fax that came back, an answered mail."""

    kind = "facilities.heard"
    subject = Evacuation
    label = T("伝わったことの確認", "Notice heard")
    sentence = T("知らせが施設に伝わった（{how}） {who}", "The facility heard of the notice ({how}) {who}")

    how: Route = field(T("手段", "How"))
    who: str = field(T("相手", "Who"), "", max_length=100)
    note: str = field(T("メモ", "Note"), "", max_length=300)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.reached.set(entry, (self.how.value, self.who))


class HearingCancelled(Fact):
    """A call or an acknowledgement was entered by mistake, as for the wrong facility."""

    kind = "facilities.hearing_cancelled"
    subject = Evacuation
    label = T("電話・確認の取り消し", "Call or acknowledgement cancelled")
    sentence = T("電話または確認1件を取り消し {reason}", "One call or acknowledgement cancelled {reason}")

    cancels: str = field(T("取り消す記録", "Entry"), extra=_HIDDEN)
    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        state = present.state
        standing: set[Any] = {e.id for e, _ in (*state.calls.items(), *state.reached.points())}
        if self.cancels not in standing:
            raise Refused(T("取り消せる記録がありません。", "There is no such entry to cancel."))

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.calls.cancel(self.cancels)
        state.reached.cancel(self.cancels)


class NoticeFailed(Fact):
    kind = "facilities.notice_failed"
    subject = Evacuation
    label = T("知らせの不達", "Notice not delivered")
    sentence = T("施設に知らせが届きません: {reason}", "Notice not delivered: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.failed.set(entry, self.reason)


class Answered(Fact):
    """What the facility says, or headquarters for it after a telephone call; each field that is set changes that."""

    kind = "facilities.answered"
    subject = Evacuation
    label = T("施設の回答", "Facility's answer")
    sentence = T("施設の回答: {answer} {destination} {reason}", "Facility answers: {answer} {destination} {reason}")

    answer: Answer | None = field(T("回答", "Answer"), None)
    destination: str | None = field(T("避難先", "Destination"), None, max_length=200)
    reason: str | None = field(T("理由・連絡事項", "Reason"), None, max_length=500)

    def check(self, present: Present) -> None:
        _must_be_told(present)
        if not self.model_fields_set:
            raise Refused(T("回答を一つ選んでください。", "Choose an answer."), "answer")

    def apply(self, state: Evacuation, entry: Entry) -> None:
        for name in self.model_fields_set:
            value, part = getattr(self, name), getattr(state, name)
            part.set(entry, part.default if value is None else value)


class BrigadeTold(Fact):
    kind = "facilities.brigade_told"
    subject = Evacuation
    label = T("消防への連絡", "Fire brigade told")
    sentence = T("施設にとどまる人がいることを消防に連絡 {note}", "Fire brigade told that people stay there {note}")

    note: str = field(T("連絡事項", "Note"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.brigade.set(entry, True)


class PageOpened(Fact):
    """The facility's page was opened by the link of a notice: somebody may have read it. Nobody has heard by that."""

    kind = "facilities.page_opened"
    subject = Evacuation
    label = T("ページを開いた", "Page opened")
    sentence = T("施設が知らせのページを開いた", "The facility opened the page of the notice")

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.opened.set(entry, True)


class EvacuationEnded(Fact):
    kind = "facilities.evacuation_ended"
    subject = Evacuation
    label = T("施設の避難の終了", "Evacuation ended")
    sentence = T("施設の避難を終了 {reason}", "Facility's evacuation ended {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_told(present)
        if present.state.ended.value:
            raise Refused(T("この避難は終了しています。", "This evacuation has ended already."))

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.ended.set(entry, True)


class SignsSeen(Fact):
    """Precursors of a landslide or a flood, seen at the facility: the town and its other facilities should know."""

    kind = "facilities.signs_seen"
    subject = Evacuation
    label = T("前兆の報告", "Precursors reported")
    sentence = T("前兆の報告: {signs} {where} {note}", "Precursors reported: {signs} {where} {note}")

    signs: list[Sign] = field(T("前兆", "Precursors"), min_length=1)
    where: str = field(T("どこで", "Where"), "", max_length=200)
    note: str = field(T("けが人、いましていること", "Injured people, what is being done"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.signs.add(entry, self)


class SignsHeard(Fact):
    """Headquarters took the precursors in and acts on them: until then they are an alarm."""

    kind = "facilities.signs_heard"
    subject = Evacuation
    label = T("前兆の受け取り", "Precursors taken in")
    sentence = T("前兆の報告を本部が受けた {note}", "Headquarters took the precursors in {note}")

    note: str = field(T("どう動いたか", "What was done"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_told(present)
        if not len(present.state.signs):
            raise Refused(T("前兆の報告がありません。", "No precursors were reported."))

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.heard.set(entry, self.note)


class TeamTaken(Fact):
    """Somebody of the staff joins a team, or leaves it. Of one person and team, what was said last holds."""

    kind = "facilities.team_taken"
    subject = Evacuation
    label = T("班の編成", "Team formed")
    sentence = T("施設の{team}: {what}", "The facility's team {team}: {what}")

    team: Team = field(T("班", "Team"))
    person: str = field(T("氏名", "Name"), min_length=1, max_length=50)
    holds: bool = field(T("入る", "Joins"), True)

    def check(self, present: Present) -> None:
        _must_be_told(present)

    def apply(self, state: Evacuation, entry: Entry) -> None:
        state.teams.add(entry, self)

    def shown(self) -> dict[str, str]:
        what = T("1人が入った", "one person joined") if self.holds else T("1人が外れた", "one person left")
        return {**super().shown(), "what": str(what)}


class _OfResident(Fact):
    """What is said of one resident in one evacuation: who says it must answer for that facility."""

    facility: str = field(T("施設", "Facility"), extra=_FACILITY)
    name: str = field(T("施設名", "Facility's name"), min_length=1, max_length=200)
    resident: str = field(T("入所者", "Resident"), extra=_HIDDEN)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.facility))

    def check(self, present: Present) -> None:
        if present.subject != headcount_of(present.incident, self.facility, self.resident):
            raise Refused(T("この人の点呼の記録ではありません。", "Not this person's head-count."), "resident")
        if not ResidentRow.objects.filter(subject=self.resident, site=site_of(self.facility)).exists():
            raise Refused(T("この施設の入所者ではありません。", "Not a resident of this facility."), "resident")

    def apply(self, state: Headcount, entry: Entry) -> None:
        state.facility.set(entry, self.facility)
        state.name.set(entry, self.name)
        state.resident.set(entry, self.resident)


class Counted(_OfResident):
    kind = "facilities.counted"
    subject = Headcount
    label = T("点呼", "Counted")
    sentence = T("入所者1人を確認（{phase}）{place}", "One resident counted ({phase}) {place}")

    phase: Phase = field(T("段階", "Phase"))
    place: str = field(T("場所", "Place"), "", max_length=200)
    by: str = field(T("数えた職員", "Counted by"), "", max_length=50)
    phone: str = field(
        T("端末", "Phone"), "", max_length=8, help=T("同じリンクを使う端末を見分ける", "Tells phones of one link apart")
    )

    def apply(self, state: Headcount, entry: Entry) -> None:
        super().apply(state, entry)
        state.counts.add(entry, self)


class HandedOver(_OfResident):
    kind = "facilities.handed_over"
    subject = Headcount
    label = T("家族への引き渡し", "Handed over to the family")
    sentence = T(
        "入所者1人を家族に引き渡し（{relation}、{identity}）", "One resident handed over ({relation}, {identity})"
    )

    to: str = field(T("引き取った人", "To whom"), min_length=1, max_length=100)
    relation: str = field(T("続柄", "Relation"), min_length=1, max_length=50)
    identity: Identity = field(T("本人確認の方法", "How identity was checked"))
    identity_note: str = field(T("確認の内容", "What was seen"), "", max_length=200)
    reason: str = field(T("理由", "Reason"), "", max_length=200)
    by: str = field(T("引き渡した職員", "Handed over by"), "", max_length=100)
    signed: str = field(
        T("受け取りの確認", "Acknowledged by"),
        "",
        max_length=100,
        help=T("引き取った人が自分で書く", "Typed by the person"),
    )
    signature: str = field(
        T("署名", "Signature"),
        "",
        max_length=signatures.LONGEST,
        pattern=signatures.PATTERN,
        extra=_HIDDEN,
        help=T(
            "指で書いた線: 幅300・高さ100の点 x,y を空白で、線を ; で区切る",
            "Drawn by finger: points x,y in 300 × 100, separated by blanks, lines by ;",
        ),
    )

    def apply(self, state: Headcount, entry: Entry) -> None:
        super().apply(state, entry)
        state.handed.add(entry, self)


class CountCancelled(Fact):
    kind = "facilities.count_cancelled"
    subject = Headcount
    label = T("点呼の取り消し", "Count cancelled")
    sentence = T("点呼または引き渡し1件を取り消し {reason}", "One count or hand-over cancelled {reason}")

    cancels: str = field(T("取り消す記録", "Entry"), extra=_HIDDEN)
    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        state = present.state
        standing: set[Any] = {e.id for bag in (state.counts, state.handed) for e, _ in bag.items()}
        if self.cancels not in standing:
            raise Refused(T("取り消せる点呼の記録がありません。", "There is no such count to cancel."))

    def apply(self, state: Headcount, entry: Entry) -> None:
        state.counts.cancel(self.cancels)
        state.handed.cancel(self.cancels)


def _must_be_told(present: Present) -> None:
    if not present.state.facility.value:
        raise Refused(
            T("この施設にはまだ連絡していません。先に連絡を記録してください。", "Not notified yet. Notify it first.")
        )
