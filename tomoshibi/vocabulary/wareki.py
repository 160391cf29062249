"""Years and dates of the Japanese eras 和暦, both ways, with the exact day on which each era began.

An era begins on the day that its edict names. Emperors Taishō and Shōwa acceded on the day their predecessors died, so
1912-07-30 was written as 明治45年 and as 大正元年, and 1926-12-25 as 大正15年 and as 昭和元年: both are read, the later
is written. Until the end of 明治5年 Japan counted by a lunisolar calendar, whose days cannot be turned into ours by
arithmetic: dates start with 明治6年1月1日 = 1873-01-01.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.text import T

WEEKDAYS = "月火水木金土日"
#: no era has had more years than 昭和: a higher number is a slip of the pen, in the era that runs as well
LONGEST = 64
#: first day that Japan counted by the Gregorian calendar
GREGORIAN_START = datetime.date(1873, 1, 1)


@dataclass(frozen=True, slots=True)
class Era:
    """One era: name, the letter that forms use, first day, and the last day it was still written."""

    name: str
    letter: str
    start: datetime.date
    last: datetime.date

    def year(self, year: int) -> int:
        """Year of the era (1 is 元年) of a Gregorian year."""
        return year - self.start.year + 1


#: the eras since 1868, newest first
ERAS: tuple[Era, ...] = (
    Era("令和", "R", datetime.date(2019, 5, 1), datetime.date.max),
    Era("平成", "H", datetime.date(1989, 1, 8), datetime.date(2019, 4, 30)),
    Era("昭和", "S", datetime.date(1926, 12, 25), datetime.date(1989, 1, 7)),
    Era("大正", "T", datetime.date(1912, 7, 30), datetime.date(1926, 12, 25)),
    Era("明治", "M", datetime.date(1868, 10, 23), datetime.date(1912, 7, 30)),
)

_DATE = re.compile(
    r"(?P<era>[一-龠]{2}|[RHSTM])\s*(?P<year>元|[0-9]{1,2})\s*(?:年|[./-])\s*(?P<month>[0-9]{1,2})\s*(?:月|[./-])\s*"
    r"(?P<day>[0-9]{1,2})\s*日?\s*(?:[(](?P<weekday>[月火水木金土日])(?:曜日?)?[)])?"
)


def era_of(day: datetime.date) -> Era:
    """The era in force on ``day`` (a date, or a datetime of Japan's clock).

    Raises :class:`VocabularyError` before 1873-01-01.
    """
    day = day.date() if isinstance(day, datetime.datetime) else day
    if day < GREGORIAN_START:
        raise VocabularyError(
            T(
                "{day} は和暦に直せません。明治5年までは太陰太陽暦です。1873年1月1日以後の日を指定してください。",
                "{day} has no date in an era: until 1872 Japan used a lunisolar calendar. Give 1873-01-01 or later.",
            ).format(day=day.isoformat())
        )
    return next(era for era in ERAS if day >= era.start)


def year_label(day: datetime.date) -> str:
    """``令和8年``; the first year is 元年."""
    era = era_of(day)
    year = era.year(day.year)
    return f"{era.name}{'元' if year == 1 else year}年"


def to_wareki(day: datetime.date, *, weekday: bool = False) -> str:
    """``令和8年11月22日``, with ``weekday`` ``令和8年11月22日(日)``.

    Raises :class:`VocabularyError` before 1873-01-01.
    """
    text = f"{year_label(day)}{day.month}月{day.day}日"
    return f"{text}({WEEKDAYS[day.weekday()]})" if weekday else text


def parse_wareki(text: str) -> datetime.date:
    """Date of ``令和8年11月22日(日)``, ``平成元年１月８日`` or ``R8.11.22``; a weekday, where written, must be right.

    Raises :class:`VocabularyError` for an unknown era, a day outside its era (令和99年: :data:`LONGEST`), a day that
    is none, a wrong weekday.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(plain)
    era = next((e for e in ERAS if match and match["era"] in (e.name, e.letter)), None)
    if match is None or era is None:
        raise VocabularyError(
            T(
                "「{text}」は和暦の日付として読めません。「令和8年11月22日」か「R8.11.22」のように書いてください。",
                "{text!r} cannot be read as a date of an era. Write it as 令和8年11月22日 or R8.11.22.",
            ).format(text=text)
        )
    number = 1 if match["year"] == "元" else int(match["year"])
    if number > LONGEST:
        raise VocabularyError(
            T(
                "「{text}」の年が大きすぎます。{longest}年より長い元号はありません。年を確かめてください。",
                "The year of {text!r} is too high: no era has lasted more than {longest} years. Check the year.",
            ).format(text=text, longest=LONGEST)
        )
    year = era.start.year - 1 + number
    try:
        day = datetime.date(year, int(match["month"]), int(match["day"]))
    except ValueError:
        raise VocabularyError(
            T(
                "「{text}」という日はありません。月と日を確かめてください。",
                "There is no such day as {text!r}. Check month and day.",
            ).format(text=text)
        ) from None
    if not max(era.start, GREGORIAN_START) <= day <= era.last:
        raise VocabularyError(
            T(
                "「{text}」は{era}の期間({start}〜{last})の外です。元号と年を確かめてください。",
                "{text!r} is outside {era} ({start} to {last}). Check era and year.",
            ).format(
                text=text,
                era=era.name,
                start=max(era.start, GREGORIAN_START).isoformat(),
                last="" if era.last == datetime.date.max else era.last.isoformat(),
            )
        )
    if match["weekday"] and match["weekday"] != WEEKDAYS[day.weekday()]:
        raise VocabularyError(
            T(
                "「{text}」の曜日が違います。その日は{right}曜日です。",
                "{text!r} has a wrong weekday: that day is a {day}.",
            ).format(text=text, right=WEEKDAYS[day.weekday()], day=day.strftime("%A"))
        )
    return day
