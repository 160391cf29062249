"""What a facility keeps up in ordinary times: drills, stores, drawings. States and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from tomoshibi.facilities.subjects import OfFacility
from tomoshibi.facilities.upkeep_models import DrawingRow, DrillRow, StockRow
from tomoshibi.facilities.upkeep_words import Drawn, Stored
from tomoshibi.facilities.words import Danger
from tomoshibi.journal.states import Bag, Register, Row
from tomoshibi.places.keys import natural
from tomoshibi.vocabulary import T


class Drill(OfFacility):
    """One drill 訓練: planned, held, looked back upon; what is to be mended, by whom and when."""

    type = "facilities.drill"
    label = T("訓練", "Drill")
    tables = (DrillRow,)

    scenario = Register[str](T("想定", "Scenario"), "")
    danger = Register[Danger | None](T("災害", "Danger"), None)
    at_night = Register[bool](T("夜間の想定", "At night"), False)
    planned_on = Register[date | None](T("予定日", "Planned on"), None)
    held_on = Register[date | None](T("実施日", "Held on"), None)
    staff = Register[int | None](T("参加した職員", "Staff"), None)
    residents = Register[int | None](T("参加した入所者", "Residents"), None)
    others = Register[int | None](T("参加した家族・近隣など", "Others"), None)
    out_min = Register[int | None](T("全員が出るまで", "Until all were out"), None)
    in_min = Register[int | None](T("全員が着くまで", "Until all arrived"), None)
    went_wrong = Register[str](T("うまくいかなかったこと", "What went wrong"), "")
    review = Register[str](T("ふり返り", "Review"), "")
    dropped = Register[bool](T("取りやめ", "Dropped"), False)
    mends = Bag[Any](T("改善", "Improvements"))
    done = Bag[Any](T("改善の完了", "Improvements done"))

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        plain = (
            "at_night", "planned_on", "held_on", "staff", "residents", "others", "out_min", "in_min", "went_wrong",
            "review", "dropped",
        )  # fmt: skip
        done = {told.mend: (entry, told) for entry, told in self.done.items()}
        mends = []
        for entry, told in self.mends.items():
            finished, how = done.get(entry.id, (None, None))
            mends.append(
                {
                    "id": entry.id,
                    "text": told.text,
                    "owner": told.owner,
                    "due": told.due.isoformat() if told.due else "",
                    "done": finished.happened_at[:10] if finished else "",
                    "note": how.note if how else "",
                }
            )
        yield DrillRow.row(
            self.subject,
            site=self.site(),
            title=self.scenario.value,
            danger=self.danger.value.value if self.danger.value else "",
            **{name: getattr(self, name).value for name in plain},
            improvements=json.dumps(sorted(mends, key=lambda m: (m["due"] or "9", m["id"])), ensure_ascii=False),
        )


class Stock(OfFacility):
    """One lot of a facility's stores (:func:`stock_of`): its amount is the sum of what came and went."""

    type = "facilities.stock"
    label = T("備蓄", "Stores")
    tables = (StockRow,)

    item = Register[str](T("品名", "Item"), "")
    stored = Register[Stored](T("区分", "For what"), Stored.TOOL)
    unit = Register[str](T("単位", "Unit"), "")
    best_before = Register[date | None](T("期限", "Best before"), None)
    place = Register[str](T("置き場所", "Place"), "")
    per_day = Register[float](T("一人一日の量", "A person's use a day"), 0.0)
    moves = Bag[Any](T("出し入れ", "In and out"))

    def amount(self) -> float:
        """What is left, in the lot's unit."""
        return round(sum(told.change for _, told in self.moves.items()), 6)

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        yield StockRow.row(
            self.subject,
            site=self.site(),
            item=self.item.value,
            stored=self.stored.value.value,
            amount=self.amount(),
            unit=self.unit.value,
            best_before=self.best_before.value,
            place=self.place.value,
            per_day=self.per_day.value,
        )


class Drawing(OfFacility):
    """A drawing or photograph that goes into the plan; the picture itself is a dataset."""

    type = "facilities.drawing"
    label = T("図面・写真", "Drawing")
    tables = (DrawingRow,)

    text = Register[str](T("題", "Title"), "")
    drawn = Register[Drawn](T("種類", "What it shows"), Drawn.PHOTO)
    sha256 = Register[str](T("画像", "Picture"), "")
    mime = Register[str](T("形式", "Format"), "")
    width = Register[int](T("幅", "Width"), 0)
    height = Register[int](T("高さ", "Height"), 0)
    dropped = Register[bool](T("取り外し", "Taken out"), False)

    def rows(self) -> Iterable[Row]:
        entry = self.sha256.entry
        if not self.facility.value or self.dropped.value or entry is None:
            return
        yield DrawingRow.row(
            self.subject,
            site=self.site(),
            title=self.text.value,
            drawn=self.drawn.value.value,
            **{name: getattr(self, name).value for name in ("sha256", "mime", "width", "height")},
            attached_at=entry.happened,
        )


def stock_of(facility: str, item: str, best_before: date | None) -> str:
    """Reference of a facility's lot: the same thing with the same best-before day is one lot."""
    return natural(Stock, facility, item, best_before.isoformat() if best_before else "")
