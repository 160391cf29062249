"""How values are written on paper and handed to templates: dates in the era calendar and ISO, Japan's clock,
two languages.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from tomoshibi.documents.errors import Missing
from tomoshibi.documents.fonts import FontSet
from tomoshibi.vocabulary import Language, T, speak
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.wareki import GREGORIAN_START, to_wareki

# written out, as the standard library's follow the machine's locale
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def japan(moment: dt.datetime) -> dt.datetime:
    """``moment`` on Japan's clock. Raises ``ValueError`` where it carries no time zone: guessing shifts a
    record by hours.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(JAPAN)


def in_language(text: T | str, lang: Language) -> str:
    """``text`` in ``lang``, whatever the context's language."""
    with speak(lang):
        return str(text)


def wareki(day: dt.date, *, weekday: bool = False) -> str:
    """Date in the era calendar; the ISO date before 1873, when there is no such date to give."""
    plain = day.date() if isinstance(day, dt.datetime) else day
    return to_wareki(plain, weekday=weekday) if plain >= GREGORIAN_START else plain.isoformat()


def date_text(day: dt.date, lang: Language, *, weekday: bool = False) -> str:
    """``令和8年11月22日`` or ``22 November 2026``; with ``weekday`` ``…22日(日)`` or ``Sunday 22 …``."""
    if lang == "ja":
        return wareki(day, weekday=weekday)
    return f"{WEEKDAYS[day.weekday()] + ' ' if weekday else ''}{day.day} {MONTHS[day.month - 1]} {day.year}"


def for_template(value: dt.date, lang: Language) -> dict[str, str]:
    """A date or moment as templates get it: ``iso``, ``date``, ``wareki``, ``text`` in the language; a moment
    also ``time``.
    """
    if isinstance(value, dt.datetime):
        there = japan(value)
        clock = f"{there:%H:%M}"
        text = f"{date_text(there, lang)} {there.hour}時{there.minute:02}分" if lang == "ja" else ""
        return {
            "iso": there.isoformat(timespec="seconds"),
            "date": there.date().isoformat(),
            "time": clock,
            "wareki": wareki(there),
            "text": text or f"{date_text(there, lang)}, {clock}",
        }
    return {
        "iso": value.isoformat(),
        "date": value.isoformat(),
        "wareki": wareki(value),
        "text": date_text(value, lang),
    }


class Plain:
    """Turns data into what JSON holds, checking each string on the way for characters that no font can draw.

    ``T`` becomes text in the language; dates become :func:`for_template`; enums their value; ``Decimal`` a float;
    ``UUID`` text; ``bytes`` (a picture) numbers for Typst's ``bytes()``. ``missing`` gathers unprintable characters
    under the field's path, as ``rows[3].name``; ``variants`` the variation sequences and the family of each.
    """

    def __init__(self, lang: Language, fonts: FontSet) -> None:
        self.lang, self.fonts = lang, fonts
        self.missing: list[Missing] = []
        self.variants: dict[str, str] = {}

    def __call__(self, value: Any, path: str) -> Any:
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, T):
            value = in_language(value, self.lang)
        if isinstance(value, str):
            self.missing.extend(self.fonts.missing(value, path))
            self.variants.update(self.fonts.variants_in(value))
            return value
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, (bytes, bytearray)):
            return list(value)
        if isinstance(value, Mapping):
            return {str(key): self(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
        if isinstance(value, Sequence):
            return [self(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, dt.date):
            try:
                return for_template(value, self.lang)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
        if isinstance(value, (float, Decimal)):
            if not math.isfinite(value):
                raise ValueError(f"{path}: {value} cannot be printed")
            return float(value)
        if isinstance(value, UUID):
            return str(value)
        raise TypeError(
            f"{path}: a document cannot hold {type(value).__name__}; pass text, numbers, dates, lists or dicts"
        )
