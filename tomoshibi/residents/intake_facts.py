"""What can happen to the nightly intake: it is set up, files come and are taken or held, nights are missed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath

from pydantic import BaseModel, ConfigDict

from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.residents.intake_subjects import Delivery, Intake, Layout
from tomoshibi.residents.layouts import LABELS, REQUIRED, REQUIRED_OF_CHANGES, fold
from tomoshibi.residents.words import FileKind, Movement, Outcome
from tomoshibi.vocabulary import T

grant("ict", "residents.intake_described", "residents.delivery_*", "residents.layout_mapped")

OURS = Intake.ref("ours")


class Reason(BaseModel):
    """What is wrong with one row, or (row 0) with the file: never the value itself, which ICT must not read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int = 0
    item: str = ""
    ja: str
    en: str

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> T:
        """One sentence."""
        if not self.row:
            return T(self.ja, self.en)
        return T(f"{self.row}行 {self.item}: {self.ja}", f"row {self.row}, {self.item}: {self.en}")


class IntakeDescribed(Fact):
    kind = "residents.intake_described"
    subject = Intake
    label = T("自動取り込みの設定", "Nightly intake set up")

    folder: str | None = field(
        T("フォルダー", "Folder"),
        None,
        max_length=500,
        help=T(
            "住民記録システムが毎晩ファイルを置く、この端末のフォルダー（例 /srv/juki）。",
            "The folder of this machine into which the residents' system puts its files every night (/srv/juki).",
        ),
    )
    due: str | None = field(
        T("毎朝の期限", "Due by"),
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        help=T("この時刻までに何も届かなければ知らせます（例 06:00）。", "Without a file by then, everybody is told."),
    )
    nightly: bool | None = field(T("毎晩届く", "Comes every night"), None)
    workdays: bool | None = field(T("平日の夜だけ届く", "After working days only"), None)
    keep: int | None = field(
        T("残す写しの数", "Full files kept"),
        None,
        ge=1,
        le=60,
        help=T(
            "これより古い全件の写しは表から間引きます。災害の日の写しは間引きません。",
            "Older full files leave the tables; never one that answers for the day of an incident.",
        ),
    )

    def check(self, present: Present) -> None:
        if not present.exists and not self.folder:
            raise Refused(T("フォルダーを入れてください。", "Enter a folder."), "folder")
        if self.folder is not None and not PurePath(self.folder.strip()).is_absolute():
            raise Refused(
                T("フォルダーは / から始まる完全な道筋で入れてください。", "Enter the whole path, beginning with /."),
                "folder",
            )

    def apply(self, state: Intake, entry: Entry) -> None:
        put(self, state, entry)


class NightMissed(Fact):
    """By the morning ``night`` no file had come."""

    kind = "residents.night_missed"
    subject = Intake
    label = T("名簿が届かなかった夜", "No register came overnight")
    sentence = T("{night} の朝までに住民の名簿が届いていません", "No register had come by the morning of {night}")

    night: dt.date = field(T("朝", "Morning"))

    def apply(self, state: Intake, entry: Entry) -> None:
        state.missed.add(entry, self)


class _OfDelivery(Fact):
    subject = Delivery

    name: str = field(T("ファイル名", "File"), max_length=300)

    def _outcome(self, state: Delivery, entry: Entry, outcome: Outcome) -> None:
        state.name.set(entry, self.name)
        state.outcome.set(entry, outcome)
        state.last.set(entry, self)


class DeliveryTaken(_OfDelivery):
    """A file was read and what it holds taken in, by the entry ``entry``."""

    kind = "residents.delivery_taken"
    label = T("名簿ファイルの取り込み", "Register file taken in")
    sentence = T("{name} を取り込み（{count}件）", "{name} was taken in ({count})")

    file_kind: FileKind = field(T("種類", "Kind"))
    day: dt.date = field(T("いつ現在か", "As of"))
    count: int = field(T("件数", "People or changes"), ge=0)
    left_out: int = field(T("取り込まなかった行", "Rows left out"), 0, ge=0)
    reasons: tuple[Reason, ...] = field(T("その理由", "Why"), ())
    more: int | None = field(T("異動にないのに増えた人", "More than the changes told"), None)
    fewer: int | None = field(T("異動にないのに減った人", "Fewer than the changes told"), None)
    entry: str = field(T("記録", "Entry"), "", extra={"widget": "hidden"})

    def apply(self, state: Delivery, entry: Entry) -> None:
        self._outcome(state, entry, Outcome.TAKEN)
        state.kind.set(entry, self.file_kind)


class DeliveryHeld(_OfDelivery):
    """A file is kept aside, and nothing of it was taken in; ``reasons`` name rows and items."""

    kind = "residents.delivery_held"
    label = T("名簿ファイルの保留", "Register file held")
    sentence = T("{name} は保留（取り込んでいません）", "{name} is held: nothing of it was taken in")

    file_kind: FileKind | None = field(T("種類", "Kind"), None)
    day: dt.date | None = field(T("いつ現在か", "As of"), None)
    count: int = field(T("問題のない行", "Good rows"), 0, ge=0)
    left_out: int = field(T("問題のある行", "Bad rows"), 0, ge=0)
    reasons: tuple[Reason, ...] = field(T("理由", "Reasons"), ())
    headings: tuple[str, ...] = field(T("見出し", "Headings"), ())
    fingerprint: str = field(T("様式", "Layout"), "", extra={"widget": "hidden"})

    def apply(self, state: Delivery, entry: Entry) -> None:
        self._outcome(state, entry, Outcome.HELD)
        state.kind.set(entry, self.file_kind)


class DeliveryDiscarded(_OfDelivery):
    """Somebody decided that a held file is not wanted; the file itself stays where it lies."""

    kind = "residents.delivery_discarded"
    label = T("名簿ファイルを取り込まない", "Register file discarded")
    sentence = T("{name} は取り込まない", "{name} is not taken in")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.outcome.value is not Outcome.HELD:
            raise Refused(T("このファイルは保留されていません。", "This file is not held."))

    def apply(self, state: Delivery, entry: Entry) -> None:
        self._outcome(state, entry, Outcome.DISCARDED)


class LayoutMapped(Fact):
    """Somebody said what the headings of a file mean; files of the same headings are read so from now on."""

    kind = "residents.layout_mapped"
    subject = Layout
    label = T("ファイルの様式の登録", "Layout of a file said")
    sentence = T("名簿ファイルの様式を登録", "What the headings of a register file mean was said")

    file_kind: FileKind = field(T("種類", "Kind"))
    headings: tuple[str, ...] = field(T("見出し", "Headings"))
    mapping: dict[str, str] = field(T("項目の対応", "Columns"))
    whys: dict[str, str] = field(T("異動事由の対応", "Reasons of changes"), {})

    def check(self, present: Present) -> None:
        known = {fold(h) for h in self.headings}
        for item, heading in self.mapping.items():
            if item not in LABELS:
                raise Refused(T(f"「{item}」という項目はありません。", f"There is no item called {item}."), "mapping")
            if fold(heading) not in known:
                raise Refused(
                    T(f"「{heading}」という見出しはありません。", f"There is no heading {heading}."), "mapping"
                )
        used = [fold(heading) for heading in self.mapping.values()]
        if twice := next((h for h in self.mapping.values() if used.count(fold(h)) > 1), None):
            raise Refused(T(f"「{twice}」を二つの項目に使っています。", f"{twice} is used for two items."), "mapping")
        needed = REQUIRED | REQUIRED_OF_CHANGES if self.file_kind is FileKind.CHANGES else REQUIRED
        if missing := [label for name, label in LABELS.items() if name in needed and name not in self.mapping]:
            raise Refused(
                T(f"次の項目の列を選んでください: {'、'.join(missing)}", f"Choose a column for: {', '.join(missing)}"),
                "mapping",
            )
        if bad := next((to for to in self.whys.values() if to not in set(Movement)), None):
            raise Refused(T(f"「{bad}」という異動はありません。", f"There is no movement called {bad}."), "whys")

    def apply(self, state: Layout, entry: Entry) -> None:
        state.kind.set(entry, self.file_kind)
        state.headings.set(entry, self.headings)
        state.mapping.set(entry, self.mapping)
        state.whys.set(entry, self.whys)


_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)")


def day_of(name: str) -> dt.date | None:
    """The day that a file's name holds (20261122, 2026-11-22), or None."""
    for found in _DATE.finditer(name):
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            continue
    return None
