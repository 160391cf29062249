"""Dates as precise as people know them 時期: 3月12日, 3月18日ころ, 11月末, 12月."""

from __future__ import annotations

import calendar
from datetime import date
from enum import StrEnum

from tomoshibi.vocabulary import T


class Precision(StrEnum):
    """How exactly a date is meant. Where only part of a month is known, any day of that month stands for it."""

    DAY = "day"
    AROUND = "around"
    EARLY = "early"
    MIDDLE = "middle"
    LATE = "late"
    END = "end"
    MONTH = "month"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _PRECISIONS[self]


_PRECISIONS = {
    Precision.DAY: T("その日", "That day"),
    Precision.AROUND: T("その日ころ", "About that day"),
    Precision.EARLY: T("その月の上旬", "Early that month"),
    Precision.MIDDLE: T("その月の中旬", "Middle of that month"),
    Precision.LATE: T("その月の下旬", "Late that month"),
    Precision.END: T("その月の末", "End of that month"),
    Precision.MONTH: T("その月", "That month"),
}


def said(on: date, precision: Precision | str = Precision.DAY, year: int | None = None) -> T:
    """A date in words; its year is left out where it is ``year``.

    >>> said(date(2011, 3, 18), Precision.AROUND, 2011).ja
    '3月18日ころ'
    """
    precision = Precision(precision)
    month = calendar.month_name[on.month]
    ja_year, en_year = ("", "") if on.year == year else (f"{on.year}年", f" {on.year}")
    ja_month, en_month = f"{ja_year}{on.month}月", f"{month}{en_year}"
    ja_day, en_day = f"{ja_month}{on.day}日", f"{on.day} {en_month}"
    return {
        Precision.DAY: T(ja_day, en_day),
        Precision.AROUND: T(f"{ja_day}ころ", f"about {en_day}"),
        Precision.EARLY: T(f"{ja_month}上旬", f"early {en_month}"),
        Precision.MIDDLE: T(f"{ja_month}中旬", f"mid-{en_month}"),
        Precision.LATE: T(f"{ja_month}下旬", f"late {en_month}"),
        Precision.END: T(f"{ja_month}末", f"end of {en_month}"),
        Precision.MONTH: T(ja_month, en_month),
    }[precision]
