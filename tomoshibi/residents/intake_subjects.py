"""The nightly intake: where files come from, what each file was, and what its headings mean."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tomoshibi.journal.states import Bag, Register, Row, Subject
from tomoshibi.residents.models import DeliveryRow, IntakeRow, LayoutRow
from tomoshibi.residents.words import FileKind, Outcome
from tomoshibi.vocabulary import T


class Intake(Subject):
    """How the register comes in every night; there is one, of key ``ours``."""

    type = "residents.intake"
    label = T("名簿の自動取り込み", "Nightly intake of the register")
    zone = "resident"
    tables = (IntakeRow,)
    reading = "residents.snapshot_taken"

    folder = Register[str](T("フォルダー", "Folder"), "")
    due = Register[str](T("毎朝の期限", "Due by"), "06:00")
    nightly = Register[bool](T("毎晩届く", "Comes every night"), True)
    workdays = Register[bool](T("平日の夜だけ", "After working days only"), False)
    keep = Register[int](T("残す写しの数", "Full files kept"), 3)
    missed = Bag[Any](T("届かなかった夜", "Missed nights"))

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        missed = [fact.night for _, fact in self.missed.items()]
        yield IntakeRow.row(
            self.subject,
            folder=self.folder.value,
            due=self.due.value,
            nightly=self.nightly.value,
            workdays=self.workdays.value,
            keep=self.keep.value,
            since=self.folder.entry.happened if self.folder.entry else None,
            missed=max(missed, default=None),
        )


class Delivery(Subject):
    """One file that came; the key is its SHA-256. What was wrong with it is told by row and item, never by value."""

    type = "residents.delivery"
    label = T("届いた名簿ファイル", "Register file that came")
    zone = "resident"
    tables = (DeliveryRow,)
    reading = "residents.snapshot_taken"

    name = Register[str](T("ファイル名", "File"), "")
    kind = Register[FileKind | None](T("種類", "Kind"), None)
    outcome = Register[Outcome | None](T("結果", "Outcome"), None)
    last = Register[Any](None, None)

    def title(self) -> str:
        return self.name.value or self.label.ja

    def rows(self) -> Iterable[Row]:
        fact = self.last.value
        if fact is None or self.outcome.entry is None:
            return
        yield DeliveryRow.row(
            self.subject,
            name=self.name.value,
            kind=self.kind.value.value if self.kind.value else "",
            outcome=self.outcome.value.value if self.outcome.value else "",
            day=getattr(fact, "day", None),
            count=getattr(fact, "count", 0),
            left_out=getattr(fact, "left_out", 0),
            reasons=json.dumps([r.model_dump() for r in getattr(fact, "reasons", ())], ensure_ascii=False),
            headings=json.dumps(list(getattr(fact, "headings", ())), ensure_ascii=False),
            fingerprint=getattr(fact, "fingerprint", ""),
            more=getattr(fact, "more", None),
            fewer=getattr(fact, "fewer", None),
            at=self.outcome.entry.happened,
        )


class Layout(Subject):
    """What the headings of a file mean; the key is their fingerprint."""

    type = "residents.layout"
    label = T("ファイルの様式", "Layout of a file")
    zone = "resident"
    tables = (LayoutRow,)
    reading = "residents.snapshot_taken"

    kind = Register[FileKind](T("種類", "Kind"), FileKind.FULL)
    headings = Register[tuple[str, ...]](T("見出し", "Headings"), ())
    mapping = Register[dict[str, str]](T("項目の対応", "Columns"), {})
    whys = Register[dict[str, str]](T("異動事由の対応", "Reasons of changes"), {})

    def title(self) -> str:
        return "、".join(self.headings.value[:6])

    def rows(self) -> Iterable[Row]:
        yield LayoutRow.row(
            self.subject,
            fingerprint=self.subject.partition(":")[2],
            kind=self.kind.value.value,
            headings=json.dumps(list(self.headings.value), ensure_ascii=False),
            mapping=json.dumps(self.mapping.value, ensure_ascii=False),
            whys=json.dumps(self.whys.value, ensure_ascii=False),
        )
