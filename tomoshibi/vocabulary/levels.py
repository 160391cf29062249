"""Levels 1 to 5 of warnings and evacuation information, and their terms in each era.

Japan gives every warning and every evacuation call one of five levels 警戒レベル since 2019-05-29. Their names changed
before and since: a bulletin, a drill of 2011 and a page of today each need the words of their day. All is dated data.

- Evacuation information 避難情報 is the mayor's: levels 3 to 5. Sources: Cabinet Office (内閣府) guidelines of 2005, of
  December 2016, of March 2019, and the law as amended from 2021-05-20.
- Warnings are JMA's. Since 2026-05-29 heavy rain, landslide, storm surge and river flood carry the level in their name
  (レベル４大雨危険警報). Names without a number keep the equivalent 警戒レベル相当情報 of 2019; wind, wave,
  snow and the like have no level, only a :class:`Grade`.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from tomoshibi.vocabulary import colours
from tomoshibi.vocabulary.text import T

_ALWAYS = datetime.date.max
#: first day of the five levels, of today's evacuation terms, and of warnings whose names carry the level
LEVELS_START = datetime.date(2019, 5, 29)
EVACUATION_TERMS_START = datetime.date(2021, 5, 20)
LEVELLED_WARNINGS_START = datetime.date(2026, 5, 29)


class Grade(IntEnum):
    """How grave a warning is, whatever its hazard and era; the value is its place, 0 (nothing) to 5."""

    NONE = 0
    EARLY = 1
    ADVISORY = 2
    WARNING = 3
    DANGER = 4
    SPECIAL = 5

    @property
    def text(self) -> T:
        """特別警報, Emergency warning, and so on."""
        return _GRADE_TEXTS[self]

    @property
    def colour(self) -> str:
        """JMA's colour of the level of the same gravity, as ``#RRGGBB``."""
        return colours.LEVELS[max(int(self), 1)]


_GRADE_TEXTS = {
    Grade.NONE: T("なし", "None"),
    Grade.EARLY: T("早期注意情報", "Early notice"),
    Grade.ADVISORY: T("注意報", "Advisory"),
    Grade.WARNING: T("警報", "Warning"),
    Grade.DANGER: T("危険警報", "Danger warning"),
    Grade.SPECIAL: T("特別警報", "Emergency warning"),
}


@dataclass(frozen=True, slots=True)
class EvacuationTerm:
    """A term of evacuation information, with the days from ``since`` (included) to ``until`` (excluded) of its use.

    ``level`` is the level it had or, before levels, the one of the call that took its place.
    """

    level: int
    name: T
    since: datetime.date
    until: datetime.date = _ALWAYS

    def used_on(self, day: datetime.date) -> bool:
        """Whether the term was in use on ``day``."""
        return self.since <= day < self.until


def _d(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


_PREPARE_2005 = T("避難準備情報", "Prepare to evacuate")
_PREPARE_2016 = T("避難準備・高齢者等避難開始", "Prepare to evacuate; the elderly and others leave now")
_ADVISED = T("避難勧告", "Evacuation advisory")
_ORDERED_2016 = T("避難指示(緊急)", "Evacuation order (emergency)")
_ORDERED = T("避難指示", "Evacuation order")

#: every term, oldest first; several of one level may stand side by side, the graver one later
EVACUATION_TERMS: tuple[EvacuationTerm, ...] = (
    EvacuationTerm(4, _ADVISED, _d("1961-11-15"), EVACUATION_TERMS_START),
    EvacuationTerm(4, _ORDERED, _d("1961-11-15"), _d("2016-12-26")),
    EvacuationTerm(3, _PREPARE_2005, _d("2005-03-28"), _d("2016-12-26")),
    EvacuationTerm(3, _PREPARE_2016, _d("2016-12-26"), EVACUATION_TERMS_START),
    EvacuationTerm(4, _ORDERED_2016, _d("2016-12-26"), EVACUATION_TERMS_START),
    EvacuationTerm(5, T("災害発生情報", "Disaster has occurred"), LEVELS_START, EVACUATION_TERMS_START),
    EvacuationTerm(3, T("高齢者等避難", "Evacuation of the elderly and others"), EVACUATION_TERMS_START),
    EvacuationTerm(4, _ORDERED, EVACUATION_TERMS_START),
    EvacuationTerm(5, T("緊急安全確保", "Emergency safety measures"), EVACUATION_TERMS_START),
)


def evacuation_terms(day: datetime.date, level: int | None = None) -> tuple[EvacuationTerm, ...]:
    """Terms in use on ``day``, mildest first; with ``level`` those of that level only."""
    found = (term for term in EVACUATION_TERMS if term.used_on(day) and level in (None, term.level))
    return tuple(sorted(found, key=lambda term: term.level))


@dataclass(frozen=True, slots=True)
class WarningTerm:
    """A warning of JMA's (rivers: with the river's office) that has a level, with the days of its use as above."""

    level: int
    hazard: T
    name: str
    since: datetime.date
    until: datetime.date = _ALWAYS

    def used_on(self, day: datetime.date) -> bool:
        """Whether the term was in use, with this level, on ``day``."""
        return self.since <= day < self.until


_RAIN, _RIVER = T("大雨", "Heavy rain"), T("河川氾濫", "River flood")
_SLIDE, _SURGE = T("土砂災害", "Landslide"), T("高潮", "Storm surge")
_RANKS = {5: "特別警報", 4: "危険警報", 3: "警報", 2: "注意報"}
_UNTIL_2026: tuple[tuple[int, T, str], ...] = (
    (5, _RAIN, "大雨特別警報(浸水害)"),
    (2, _RAIN, "大雨注意報"),
    (5, _RIVER, "氾濫発生情報"),
    (4, _RIVER, "氾濫危険情報"),
    (3, _RIVER, "氾濫警戒情報"),
    (3, _RIVER, "洪水警報"),
    (2, _RIVER, "氾濫注意情報"),
    (2, _RIVER, "洪水注意報"),
    (5, _SLIDE, "大雨特別警報(土砂災害)"),
    (4, _SLIDE, "土砂災害警戒情報"),
    (3, _SLIDE, "大雨警報(土砂災害)"),
    (2, _SLIDE, "大雨注意報"),
    (4, _SURGE, "高潮特別警報"),
    (4, _SURGE, "高潮警報"),
    (3, _SURGE, "高潮注意報(警報に切り替える可能性が高い)"),
    (2, _SURGE, "高潮注意報"),
)
#: every warning that has, or had, a level: by its equivalent until 2026-05-28, in its name since
WARNING_TERMS: tuple[WarningTerm, ...] = (
    *(WarningTerm(level, hazard, name, LEVELS_START, LEVELLED_WARNINGS_START) for level, hazard, name in _UNTIL_2026),
    *(
        WarningTerm(level, hazard, f"レベル{'０１２３４５'[level]}{word}{rank}", LEVELLED_WARNINGS_START)
        for hazard, word in ((_RAIN, "大雨"), (_RIVER, "氾濫"), (_SLIDE, "土砂災害"), (_SURGE, "高潮"))
        for level, rank in _RANKS.items()
    ),
    WarningTerm(1, T("すべて", "All"), "早期注意情報", LEVELS_START),
)


def warning_terms(day: datetime.date, level: int | None = None) -> tuple[WarningTerm, ...]:
    """Warnings with a level on ``day``, gravest first; with ``level`` those of that level only. Empty before 2019."""
    found = (term for term in WARNING_TERMS if term.used_on(day) and level in (None, term.level))
    return tuple(sorted(found, key=lambda term: -term.level))


#: what residents do at each level (since 2021-05-20; before, from 2019, the same in other words)
ACTIONS: dict[int, T] = {
    1: T("災害への心構えを高める", "Be ready for a disaster"),
    2: T("自らの避難行動を確認する", "Check how you would evacuate"),
    3: T("危険な場所から高齢者等は避難する", "The elderly and others leave dangerous places"),
    4: T("危険な場所から全員避難する", "Everyone leaves dangerous places"),
    5: T("命の危険、直ちに安全を確保する", "Life is in danger: make yourself safe at once"),
}

_BRACKETED = re.compile(r"\([^()]*\)")
_LEVEL = re.compile(r"レベル\s*([1-5])")
# A name without a number, and the level it is equivalent to (2019-05-29 on). Graver words first: 危険警報 holds 警報.
_EQUIVALENT: tuple[tuple[str, int], ...] = (
    ("大雨特別警報", 5),
    ("氾濫特別警報", 5),
    ("土砂災害特別警報", 5),
    ("氾濫発生情報", 5),
    ("高潮特別警報", 4),
    ("土砂災害警戒情報", 4),
    ("氾濫危険情報", 4),
    ("高潮警報", 4),
    ("大雨警報", 3),
    ("洪水警報", 3),
    ("氾濫警戒情報", 3),
    ("大雨注意報", 2),
    ("洪水注意報", 2),
    ("高潮注意報", 2),
    ("氾濫注意情報", 2),
    ("早期注意情報", 1),
)
# The gravity that a word means. Order matters: the first word found decides.
_GRADES: tuple[tuple[str, Grade], ...] = (
    ("特別警報", Grade.SPECIAL),
    ("大津波警報", Grade.SPECIAL),
    ("氾濫発生情報", Grade.SPECIAL),
    ("危険警報", Grade.DANGER),
    ("土砂災害警戒情報", Grade.DANGER),
    ("氾濫危険情報", Grade.DANGER),
    ("氾濫警戒情報", Grade.WARNING),
    ("記録的短時間大雨", Grade.WARNING),
    ("早期注意情報", Grade.EARLY),
    ("津波予報", Grade.EARLY),
    ("注意報", Grade.ADVISORY),
    ("注意情報", Grade.ADVISORY),
    ("警報", Grade.WARNING),
)


def warning_level(name: str) -> int | None:
    """Level 1 to 5 of a warning by its name; None where the hazard has no level (暴風警報) or the name tells none.

    A number in the name decides (レベル４高潮危険警報 is 4); without one, the equivalents of 2019 do (高潮警報 is 4).
    """
    plain = _plain(name)
    if is_lifted(plain):
        return None
    if match := _LEVEL.search(plain):
        return int(match[1])
    return next((level for word, level in _EQUIVALENT if word in plain), None)


def warning_grade(name: str) -> Grade:
    """How grave the warning of this name is: 暴風特別警報 is SPECIAL, なし and 解除 are NONE."""
    plain = _plain(name)
    return Grade.NONE if is_lifted(plain) else next((grade for word, grade in _GRADES if word in plain), Grade.NONE)


@lru_cache(maxsize=4096)
def is_lifted(name: str) -> bool:
    """Whether a name says that a warning is lifted; 氾濫注意情報(警戒情報解除) is an advisory in force, once graver."""
    return "解除" in _BRACKETED.sub("", _plain(name))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)
