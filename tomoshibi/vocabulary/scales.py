"""Seismic intensity scales 震度階級 that Japan has used since 1884, for records and drills of earlier days.

Only the scale in force since 1996-10-01 is measured by instruments (:mod:`tomoshibi.vocabulary.intensity`); on the
earlier ones observers judged by what they felt and saw, so a class of another scale is never turned into one of today.

Source: JMA's history of the scale (震度階級の変遷). Of the scales before 1996 the year is known; the day is given as
1 January.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.intensity import CLASSES
from tomoshibi.vocabulary.text import T


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale: its classes from weakest to strongest, as (class, name); in force from ``since`` until ``until``."""

    since: datetime.date
    until: datetime.date
    classes: tuple[tuple[str, str], ...]
    note: T

    def name_of(self, value: str) -> str:
        """Name of a class, as 烈震 for ``"6"``; empty where the scale has only numbers.

        Raises :class:`VocabularyError` for a class that the scale does not have.
        """
        for known, name in self.classes:
            if known == value:
                return name
        raise VocabularyError(
            T(
                "{year}年の震度階級に「{value}」はありません。",
                "The intensity scale of {year} has no class {value!r}.",
            ).format(year=self.since.year, value=value)
        )


def _year(year: int) -> datetime.date:
    return datetime.date(year, 1, 1)


_NAMES_1936 = ("無感", "微震", "軽震", "弱震", "中震", "強震", "烈震")
MEASURED_SINCE = datetime.date(1996, 10, 1)
#: every scale, oldest first, each in force until the next
SCALES: tuple[Scale, ...] = (
    Scale(
        _year(1884),
        _year(1898),
        tuple((name, name) for name in ("微震", "弱震", "強震", "烈震")),
        T("4階級、数字なし", "four classes without numbers"),
    ),
    Scale(
        _year(1898),
        _year(1936),
        (
            ("0", "微震(感覚ナシ)"),
            ("1", "微震"),
            ("2", "弱震(震度弱キ方)"),
            ("3", "弱震"),
            ("4", "強震(震度弱キ方)"),
            ("5", "強震"),
            ("6", "烈震"),
        ),
        T("0から6の7階級。1908年に説明文がつく", "seven classes, 0 to 6; described in words from 1908"),
    ),
    Scale(
        _year(1936),
        _year(1949),
        tuple((str(number), name) for number, name in enumerate(_NAMES_1936)),
        T("7階級、名称を改める", "seven classes, renamed"),
    ),
    Scale(
        _year(1949),
        MEASURED_SINCE,
        tuple((str(number), name) for number, name in enumerate((*_NAMES_1936, "激震"))),
        T("福井地震のあと震度7を加える", "class 7 added after the Fukui earthquake"),
    ),
    Scale(
        MEASURED_SINCE,
        datetime.date.max,
        tuple((klass.value, "") for klass in CLASSES),
        T("計測震度による10階級。名称を廃する", "ten classes by instrument; names abolished"),
    ),
)


def scale_on(day: datetime.date) -> Scale:
    """The scale in force on ``day``. Raises :class:`VocabularyError` before 1884."""
    for scale in SCALES:
        if scale.since <= day < scale.until:
            return scale
    raise VocabularyError(
        T("{day} にはまだ震度階級がありません。", "On {day} Japan had no intensity scale yet.").format(
            day=day.isoformat()
        )
    )
