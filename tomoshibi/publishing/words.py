"""The room's own lists of words: what an order does, from what danger, and how a level is called in its day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from tomoshibi.vocabulary import T, colours
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.levels import ACTIONS, LEVELS_START, evacuation_terms

#: the levels that are the mayor's to call: 3 the elderly and others, 4 everyone, 5 life is in danger
LEVELS = (3, 4, 5)


class Act(StrEnum):
    """What a proposal asks for."""

    ISSUE = "issue"
    CHANGE = "change"
    LIFT = "lift"

    @property
    def label(self) -> T:
        """The word of the field."""
        return _ACTS[self]


_ACTS = {Act.ISSUE: T("発令", "Issue"), Act.CHANGE: T("変更", "Change"), Act.LIFT: T("解除", "Lift")}


class Danger(StrEnum):
    """From what people flee: the kinds that emergency evacuation sites are designated for.

    Source: 災害対策基本法施行令 20条の4.
    """

    FLOOD = "flood"
    LANDSLIDE = "landslide"
    SURGE = "surge"
    EARTHQUAKE = "earthquake"
    TSUNAMI = "tsunami"
    FIRE = "fire"
    INLAND = "inland"
    VOLCANO = "volcano"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _DANGERS[self][0]

    @property
    def easy(self) -> str:
        """Its name in plain Japanese やさしい日本語."""
        return _DANGERS[self][1]


_DANGERS = {
    Danger.FLOOD: (T("洪水", "flood"), "川（かわ）の水（みず）が あふれる"),
    Danger.LANDSLIDE: (T("土砂災害", "landslide"), "山（やま）や がけが くずれる"),
    Danger.SURGE: (T("高潮", "storm surge"), "海（うみ）の水（みず）が 高（たか）く なる"),
    Danger.EARTHQUAKE: (T("地震", "earthquake"), "大（おお）きな 地震（じしん）"),
    Danger.TSUNAMI: (T("津波", "tsunami"), "津波（つなみ）＝とても 高（たか）い 波（なみ）"),
    Danger.FIRE: (T("大規模な火事", "large fire"), "大（おお）きな 火事（かじ）"),
    Danger.INLAND: (T("内水氾濫", "inland flooding"), "道（みち）や 家（いえ）に 雨（あめ）の水（みず）が たまる"),
    Danger.VOLCANO: (T("火山現象", "volcanic activity"), "火山（かざん）が 噴火（ふんか）する"),
    Danger.OTHER: (T("災害", "disaster"), "災害（さいがい）"),
}


class Outcome(StrEnum):
    """What became of a message to one recipient by one channel."""

    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return T("送信済み", "Sent") if self is Outcome.SENT else T("失敗", "Failed")


def day_of(at: datetime | None) -> date:
    """The day in Japan of a moment, whose terms are used: they changed at midnight there. None: the newest terms."""
    return at.astimezone(JAPAN).date() if at else date.max - timedelta(days=1)


def terms(day: date, level: int) -> list[T]:
    """What a level was called on ``day``, the graver one first; empty where there was no such level yet."""
    return [term.name for term in reversed(evacuation_terms(day, level))]


def term_of(level: int, term: str, day: date) -> T:
    """The term that was meant: the one named ``term``, else the graver one of its day, else the bare level."""
    names = terms(day, level)
    named = next((name for name in names if name.ja == term), None)
    if named is None and term:
        return T(term, term)
    return named or (names[0] if names else T(f"レベル{level}", f"Level {level}"))


def heading(level: int, term: str, day: date) -> T:
    """``警戒レベル4 避難指示``; before 2019-05-29, when there were no levels, the term alone."""
    name = term_of(level, term, day)
    if day < LEVELS_START:
        return name
    return T(f"警戒レベル{level} {name.ja}", f"Alert Level {level}: {name.en}")


def action(level: int) -> T:
    """What residents do at a level."""
    return ACTIONS[level]


def colour(level: int) -> str:
    """The colour of a level; :func:`tomoshibi.vocabulary.colours.text_on` gives that of the text on it."""
    return colours.LEVELS[level]


class RecipientKind(StrEnum):
    """Who a recipient of mails is."""

    ORGANISATION = "organisation"
    MEDIA = "media"
    SUBSCRIBER = "subscriber"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _RECIPIENTS[self]


_RECIPIENTS = {
    RecipientKind.ORGANISATION: T("関係機関", "Organisation"),
    RecipientKind.MEDIA: T("報道機関", "Media"),
    RecipientKind.SUBSCRIBER: T("登録した住民など", "Subscriber"),
}
