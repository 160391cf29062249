"""What can happen to drills, stores and drawings of a facility; and the reminders that go to it in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from tomoshibi.facilities.subjects import Facility, site_of
from tomoshibi.facilities.upkeep_subjects import Drawing, Drill, Stock, stock_of
from tomoshibi.facilities.upkeep_words import Drawn, Stored, Why
from tomoshibi.facilities.words import Danger
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.tasks import Task
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: the law asks for a drill by the evacuation plan, and two by the fire brigade's; a year without any is overdue
DRILL_EVERY = timedelta(days=365)
#: a facility is reminded so long before a drill is overdue, and before one that is planned
DRILL_NOTICE, PLANNED_NOTICE = timedelta(days=30), timedelta(days=7)
#: stores are to be renewed when so little is left of their time
EXPIRY_NOTICE = timedelta(days=60)
_HIDDEN = {"widget": "hidden"}

grant("facility", "facilities.drill_*", "facilities.stock_*", "facilities.drawing_*")


def morning(day: date) -> datetime:
    """Nine o'clock of a day in Japan: when reminders go."""
    return datetime.combine(day, time(9), JAPAN)


def reminder(reason: str, day: date, subject: str, **payload: str | bool) -> Iterable[Task]:
    """The task of reminding of something on a day. What is past already stands on the pages, and sends nothing."""
    at = morning(day)
    if at > worlds.now():
        yield Task("facilities.remind", reason, at, subject, payload)


class OfFacility(Fact):
    """What is said of something of one facility: its first fact names the facility, and whoever says it answers for
    that one.
    """

    facility: str | None = field(T("施設", "Facility"), None, extra=_HIDDEN)
    name: str | None = field(T("施設名", "Facility's name"), None, extra=_HIDDEN, max_length=200)

    def allowed(self, actor: Actor, present: Present) -> bool:
        sites = {s for s in (present.state.site(), site_of(self.facility or "")) if s}
        return all(actor.may(self.kind, site=s) for s in sites or {""})

    def check(self, present: Present) -> None:
        if not present.exists and not (self.facility and self.name):
            raise Refused(T("どの施設のものかを選んでください。", "Say which facility."), "facility")


class DrillPlanned(OfFacility):
    kind = "facilities.drill_planned"
    subject = Drill
    label = T("訓練の計画", "Drill planned")
    sentence = T("訓練を計画 {planned_on} {scenario}", "Drill planned {planned_on} {scenario}")

    planned_on: date | None = field(T("予定日", "Planned on"), None)
    scenario: str | None = field(
        T("想定", "Scenario"),
        None,
        max_length=200,
        help=T("例: 夜9時、大雨で警戒レベル3、職員2人", "Such as: nine at night, level 3 for rain, two staff"),
    )
    danger: Danger | None = field(T("災害", "Danger"), None)
    at_night: bool | None = field(T("夜間の想定", "At night"), None)

    def check(self, present: Present) -> None:
        super().check(present)
        if not present.exists and not (self.planned_on and (self.scenario or "").strip()):
            raise Refused(T("予定日と想定を入れてください。", "Enter a day and a scenario."), "planned_on")

    def apply(self, state: Drill, entry: Entry) -> None:
        put(self, state, entry)
        state.dropped.set(entry, False)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.planned_on:
            day = self.planned_on.isoformat()
            reason = f"{entry.subject} planned {day}"
            yield from reminder(reason, self.planned_on - PLANNED_NOTICE, entry.subject, planned=day)


class DrillHeld(OfFacility):
    """A drill was held, or more is known of it; each field that is set changes that."""

    kind = "facilities.drill_held"
    subject = Drill
    label = T("訓練の記録", "Drill held")
    sentence = T("訓練を実施 {held_on} {scenario}", "Drill held {held_on} {scenario}")

    held_on: date | None = field(T("実施日", "Held on"), None)
    scenario: str | None = field(T("想定", "Scenario"), None, max_length=200)
    danger: Danger | None = field(T("災害", "Danger"), None)
    at_night: bool | None = field(T("夜間の想定", "At night"), None)
    staff: int | None = field(T("参加した職員", "Staff"), None, unit=T("人", "people"), ge=0, le=10_000)
    residents: int | None = field(T("参加した入所者", "Residents"), None, unit=T("人", "people"), ge=0, le=10_000)
    others: int | None = field(T("参加した家族・近隣など", "Others"), None, unit=T("人", "people"), ge=0, le=10_000)
    out_min: int | None = field(
        T("合図から全員が出るまで", "From the call until all were out"), None, unit=T("分", "min"), ge=0, le=1440
    )
    in_min: int | None = field(
        T("合図から全員が着くまで", "From the call until all arrived"), None, unit=T("分", "min"), ge=0, le=1440
    )
    went_wrong: str | None = field(
        T("うまくいかなかったこと", "What went wrong"), None, max_length=2000, extra={"widget": "textarea"}
    )
    review: str | None = field(T("ふり返り", "Review"), None, max_length=2000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        super().check(present)
        known = present.state.held_on.value if present.exists else None
        day = self.held_on if "held_on" in self.model_fields_set else known
        if day is None:
            raise Refused(T("実施日を入れてください。", "Say when it was held."), "held_on")
        if day > worlds.now().astimezone(JAPAN).date():
            raise Refused(T("実施日が先の日付です。", "That day is still to come."), "held_on")

    def apply(self, state: Drill, entry: Entry) -> None:
        put(self, state, entry)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.held_on:
            facility = self.facility or present.state.facility.value
            day = self.held_on.isoformat()
            until = self.held_on + DRILL_EVERY
            yield from reminder(f"{facility} drill after {day}", until - DRILL_NOTICE, facility, drill=day)


class DrillDropped(Fact):
    kind = "facilities.drill_dropped"
    subject = Drill
    label = T("訓練の取りやめ", "Drill dropped")
    sentence = T("計画した訓練を取りやめ {reason}", "A planned drill was dropped {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.dropped.value or present.state.held_on.value:
            raise Refused(T("取りやめる訓練がありません。", "There is no such drill to drop."))

    def apply(self, state: Drill, entry: Entry) -> None:
        state.dropped.set(entry, True)


class MendNoted(Fact):
    """What a drill showed that must change, who sees to it, and by when."""

    kind = "facilities.drill_mend_noted"
    subject = Drill
    label = T("改善すること", "Improvement")
    sentence = T("改善すること: {text}（{owner} {due}）", "To be improved: {text} ({owner} {due})")

    text: str = field(T("改善すること", "What"), min_length=1, max_length=300)
    owner: str = field(T("担当", "Who"), min_length=1, max_length=100)
    due: date | None = field(T("期限", "Due"), None)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("先に訓練を記録してください。", "Enter the drill first."))

    def apply(self, state: Drill, entry: Entry) -> None:
        state.mends.add(entry, self)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.due:
            yield from reminder(f"{entry.id} due", self.due, entry.subject, mend=entry.id)


class MendDone(Fact):
    kind = "facilities.drill_mend_done"
    subject = Drill
    label = T("改善の完了", "Improvement done")
    sentence = T("改善を終えた {note}", "An improvement is done {note}")

    mend: str = field(T("改善", "Improvement"), extra=_HIDDEN)
    note: str = field(T("どう直したか", "How"), "", max_length=300)

    def check(self, present: Present) -> None:
        done = {told.mend for _, told in present.state.done.items()}
        if self.mend not in {entry.id for entry, _ in present.state.mends.items()} or self.mend in done:
            raise Refused(T("終える改善がありません。", "There is no such improvement that is open."), "mend")

    def apply(self, state: Drill, entry: Entry) -> None:
        state.done.add(entry, self)


class StockDescribed(OfFacility):
    kind = "facilities.stock_described"
    subject = Stock
    label = T("備蓄の登録・変更", "Stores described")
    sentence = T("備蓄を登録・変更 {item} {best_before}", "Stores described: {item} {best_before}")

    item: str | None = field(T("品名", "Item"), None, max_length=100)
    stored: Stored | None = field(T("区分", "For what"), None)
    unit: str | None = field(
        T("単位", "Unit"), None, max_length=20, help=T("L、食、回分、箱など", "L, meals, uses, boxes")
    )
    best_before: date | None = field(T("期限", "Best before"), None)
    place: str | None = field(T("置き場所", "Place"), None, max_length=100)
    per_day: float | None = field(
        T("一人一日の量", "A person's use a day"),
        None,
        ge=0,
        le=1000,
        help=T("水 3 L、食事 3 食など。何日もつかの計算に使う", "Water 3 L, meals 3: says for how many days it lasts"),
    )

    def check(self, present: Present) -> None:
        super().check(present)
        state = present.state
        item = (self.item if "item" in self.model_fields_set else state.item.value) or ""
        if not item.strip():
            raise Refused(T("品名を入れてください。", "Enter what it is."), "item")
        day = self.best_before if "best_before" in self.model_fields_set else state.best_before.value
        facility = self.facility or state.facility.value
        if present.subject != stock_of(facility, item, day):
            raise Refused(
                T(
                    "品名と期限は変えられません。新しい品として登録し、これは廃棄してください。",
                    "Item and best-before day stay. Enter it as a new one, and throw this one away.",
                ),
                "item",
            )

    def apply(self, state: Stock, entry: Entry) -> None:
        put(self, state, entry)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        if self.best_before:
            for notice in (EXPIRY_NOTICE, timedelta(0)):
                day = self.best_before - notice
                yield from reminder(f"{entry.subject} {day}", day, entry.subject, stock=True)


class StockMoved(Fact):
    """So much came, was used or was thrown away; or a count showed so much more or less (``change``, signed)."""

    kind = "facilities.stock_moved"
    subject = Stock
    label = T("備蓄の出し入れ", "Stores in and out")
    sentence = T("備蓄の出し入れ {item}: {why} {change}", "Stores: {item}, {why} {change}")

    why: Why = field(T("理由", "Why"))
    change: float = field(T("増減", "Change"), ge=-1_000_000, le=1_000_000)
    item: str = field(T("品名", "Item"), "", max_length=100, extra=_HIDDEN)
    note: str = field(T("メモ", "Note"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("先に備蓄を登録してください。", "Describe the stores first."))
        wrong = {Why.IN: self.change < 0, Why.USED: self.change > 0, Why.THROWN: self.change > 0}
        if wrong.get(self.why):
            raise Refused(T("増えるか減るかが理由に合いません。", "The sign does not fit the reason."), "change")
        left = present.state.amount()
        if left + self.change < -1e-9:
            raise Refused(
                T(f"残りは{left:g}です。それより多くは出せません。", f"There are {left:g} left, and no more."), "change"
            )

    def apply(self, state: Stock, entry: Entry) -> None:
        state.moves.add(entry, self)


class DrawingAttached(OfFacility):
    """A drawing or photograph goes into the plan; ``sha256`` names the picture's dataset, ``width`` and ``height`` are
    in pixels.
    """

    kind = "facilities.drawing_attached"
    subject = Drawing
    label = T("図面・写真の登録", "Drawing attached")
    sentence = T("図面・写真を登録 {drawn} {text}", "Drawing attached: {drawn} {text}")
    datasets = ("sha256",)

    text: str = field(T("題", "Title"), min_length=1, max_length=100)
    drawn: Drawn = field(T("種類", "What it shows"))
    sha256: str = field(T("画像", "Picture"), extra=_HIDDEN, pattern=r"^[0-9a-f]{64}$")
    mime: str = field(T("形式", "Format"), extra=_HIDDEN, pattern=r"^image/(jpeg|png)$")
    width: int = field(T("幅", "Width"), extra=_HIDDEN, ge=1)
    height: int = field(T("高さ", "Height"), extra=_HIDDEN, ge=1)

    def apply(self, state: Drawing, entry: Entry) -> None:
        put(self, state, entry)


class DrawingDropped(Fact):
    kind = "facilities.drawing_dropped"
    subject = Drawing
    label = T("図面・写真の取り外し", "Drawing taken out")
    sentence = T("図面・写真1枚を計画から外した", "A drawing was taken out of the plan")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.dropped.value:
            raise Refused(T("外す図面がありません。", "There is no such drawing."))

    def apply(self, state: Drawing, entry: Entry) -> None:
        state.dropped.set(entry, True)


class Reminded(Fact):
    """A facility was reminded of something: by mail, or nobody could be reached so, and the town calls."""

    kind = "facilities.reminded"
    subject = Facility
    label = T("督促", "Reminder")
    sentence = T("督促: {text}（{how}）", "Reminder: {text} ({how})")

    text: str = field(T("内容", "What"), min_length=1, max_length=300)
    how: str = field(T("手段", "How"), min_length=1, max_length=200)

    def apply(self, state: Facility, entry: Entry) -> None:
        state.reminders.add(entry, self)
