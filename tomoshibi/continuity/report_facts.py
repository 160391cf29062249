"""What the second annex is made of: systems introduced because of an incident, counters opened and closed."""

from __future__ import annotations

from datetime import date

from tomoshibi.continuity.dates import Precision, said
from tomoshibi.continuity.subjects import Counter, Introduction
from tomoshibi.continuity.words import CounterKind
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.vocabulary import T

_TEXT = {"widget": "textarea"}


class SystemIntroduced(Fact):
    kind = "continuity.introduced"
    subject = Introduction
    label = T("災害時業務システムの導入", "System introduced")

    name: str | None = field(T("名称", "Name"), None, max_length=200)
    victim_support: bool | None = field(T("被災者支援システムである", "It is the victim-support system"), None)
    developer: str | None = field(T("開発元", "Developer"), None, max_length=200)
    considered: date | None = field(T("検討を始めた時期", "Considered from"), None)
    considered_precision: Precision | None = field(T("その精度", "How exact"), None)
    in_service: date | None = field(T("稼働した時期", "In service from"), None)
    in_service_precision: Precision | None = field(T("その精度", "How exact"), None)
    wording: str | None = field(
        T("導入状況の書きぶり", "Wording"),
        None,
        max_length=500,
        help=T("空欄なら時期から書きます。", "Left empty, it is written from the dates."),
    )
    note: str | None = field(T("備考", "Note"), None, max_length=2000, extra=_TEXT)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if not present.incident:
            raise Refused(T("どの事案のことか分かりません。", "It must be of an incident."))

    def apply(self, state: Introduction, entry: Entry) -> None:
        put(self, state, entry)

    def tell(self) -> T:
        name = self.name or ""
        if self.in_service:
            when = said(self.in_service, self.in_service_precision or Precision.DAY)
            return T(f"{name} 稼働: {when.ja}".strip(), f"{name} in service: {when.en}".strip())
        if self.considered:
            when = said(self.considered, self.considered_precision or Precision.MONTH)
            return T(f"{name} 検討開始: {when.ja}".strip(), f"{name} considered from {when.en}".strip())
        return T(f"{self.label.ja} {name}", f"{self.label.en} {name}")


class IntroductionWithdrawn(Fact):
    kind = "continuity.introduction_withdrawn"
    subject = Introduction
    label = T("導入の記録の取消", "Introduction withdrawn")
    sentence = T("取消: {reason}", "Withdrawn: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.withdrawn.value:
            raise Refused(T("この記録は取り消されています。", "It is withdrawn already."))

    def apply(self, state: Introduction, entry: Entry) -> None:
        state.withdrawn.set(entry, True)


class CounterDescribed(Fact):
    kind = "continuity.counter_described"
    subject = Counter
    label = T("窓口の登録・変更", "Counter described")

    name: str | None = field(T("名称", "Name"), None, max_length=200)
    counter_kind: CounterKind | None = field(T("種別", "Kind"), None)
    order: int | None = field(T("順番", "Order"), None, ge=0, le=9999)
    section: str | None = field(T("担当課", "Section"), None, extra={"widget": "people.section"})
    place: str | None = field(T("平常時の場所", "Usual place"), None, extra={"widget": "places.site"})
    note: str | None = field(T("備考", "Note"), None, max_length=2000, extra=_TEXT)

    def check(self, present: Present) -> None:
        required_at_first(self, present)

    def apply(self, state: Counter, entry: Entry) -> None:
        put(self, state, entry)


class CounterRetired(Fact):
    kind = "continuity.counter_retired"
    subject = Counter
    label = T("窓口の廃止", "Counter retired")
    sentence = T("廃止: {reason}", "Retired: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.retired.value:
            raise Refused(T("この窓口は廃止されています。", "This counter is retired already."))

    def apply(self, state: Counter, entry: Entry) -> None:
        state.retired.set(entry, True)


class CounterOpened(Fact):
    """A counter opened or reopened in an incident, or one step of it began (``what``: 受付窓口開設, 発行開始)."""

    kind = "continuity.counter_opened"
    subject = Counter
    label = T("窓口の開設・再開", "Counter opened")

    on: date | None = field(
        T("開設・再開の日", "Opened on"), None, help=T("空欄なら記録の日。", "Left empty: the day of this entry.")
    )
    precision: Precision = field(T("日の精度", "How exact"), Precision.DAY)
    what: str = field(
        T("始まったこと", "What began"),
        "",
        max_length=100,
        help=T("受付、発行など一部だけのとき。窓口そのものなら空欄。", "A step such as reception; empty: the counter."),
    )
    place: str = field(T("場所", "Place"), "", max_length=200)
    partly: bool = field(T("一部だけ再開", "Partly"), False)
    note: str = field(T("説明", "Note"), "", max_length=500)

    def check(self, present: Present) -> None:
        must_be_known(present)

    def apply(self, state: Counter, entry: Entry) -> None:
        state.events.add(entry, self)

    def tell(self) -> T:
        place = f"（{self.place}）" if self.place else ""
        partly = T("一部", "partly ") if self.partly else T("", "")
        what = T(self.what, self.what) if self.what else T(f"{partly.ja}開設・再開", f"{partly.en}opened")
        when = said(self.on, self.precision) if self.on else T("", "")
        note = f"　{self.note}" if self.note else ""
        at = f" at {self.place}" if self.place else ""
        return T(" ".join(filter(None, (what.ja + place, when.ja))) + note, f"{what.en} {when.en}".strip() + at + note)


class CounterClosed(Fact):
    kind = "continuity.counter_closed"
    subject = Counter
    label = T("窓口の閉鎖", "Counter closed")
    sentence = T("閉鎖 {note}", "Closed {note}")

    on: date | None = field(
        T("閉鎖の日", "Closed on"), None, help=T("空欄なら記録の日。", "Left empty: the day of this entry.")
    )
    note: str = field(T("説明", "Note"), "", max_length=500)

    def check(self, present: Present) -> None:
        must_be_known(present)

    def apply(self, state: Counter, entry: Entry) -> None:
        state.events.add(entry, self)


class CounterEventCancelled(Fact):
    kind = "continuity.counter_event_cancelled"
    subject = Counter
    label = T("窓口の記録の取消", "Counter entry cancelled")
    sentence = T("取消: {reason}", "Cancelled: {reason}")

    cancels: str = field(T("取り消す記録", "Entry"), extra={"widget": "hidden"})
    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if self.cancels not in {entry.id for entry, _ in present.state.events.items()}:
            raise Refused(T("取り消す記録がありません。", "There is no such entry."))

    def apply(self, state: Counter, entry: Entry) -> None:
        state.events.cancel(self.cancels)


def must_be_known(present: Present) -> None:
    """Refuse what happens to a counter that nobody described, or outside any incident."""
    if not present.exists:
        raise Refused(T("この窓口は登録されていません。先に登録してください。", "Describe the counter first."))
    if not present.incident:
        raise Refused(T("どの事案のことか分かりません。", "It must be of an incident."))
