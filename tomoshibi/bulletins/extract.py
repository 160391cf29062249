"""Small tools that the readers of each kind share."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from lxml import etree

from tomoshibi.bulletins.model import FORECAST_AREAS, MUNICIPALITY, Area
from tomoshibi.bulletins.safexml import moment
from tomoshibi.vocabulary import IntensityClass, T, VocabularyError
from tomoshibi.vocabulary.levels import warning_grade, warning_level

_ISO6709 = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/?")
_VOLCANIC_LEVEL = {str(10 + level): level for level in range(1, 6)}
#: number of broken places after which a telegram says no more about them
_MAX_WARNINGS = 50


@dataclass
class Found:
    """What a body's reader found: areas in order, other fields of the bulletin, and what it could not understand."""

    areas: tuple[Area, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    warnings: list[T] = field(default_factory=list)

    def warn(self, text: T) -> None:
        """Note something odd."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(text)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """First child of this local name, in whatever namespace."""
    return next(element.iterchildren("{*}" + name), None)


def children(element: etree._Element) -> dict[str, etree._Element]:
    """Children by local name; of several with one name the last."""
    return {local(str(part.tag)): part for part in element}


def text_of(element: etree._Element | None) -> str:
    """Text of an element without the white space around it; empty where there is none."""
    return "" if element is None or element.text is None else element.text.strip()


def said(element: etree._Element, name: str) -> str:
    """Text of the first child of this local name."""
    return text_of(child(element, name))


def moment_or_warn(text: str | None, what: str, found: Found) -> datetime | None:
    """Moment, or None with a warning where the text is none."""
    try:
        return moment(text)
    except ValueError:
        found.warn(
            T("{what}の時刻「{text}」が読めません。", "{what}: {text!r} is no time.").format(
                what=what, text=str(text)[:40]
            )
        )
        return None


def number(text: str | None) -> float | None:
    """Number, or None for what is none (JMA writes NaN for unknown)."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def intensity_or_warn(text: str | None, found: Found) -> IntensityClass | None:
    """Intensity class of JMA's code; None for nothing, 不明 and the like."""
    if not text or not (text := text.strip()) or text in ("不明", "over"):
        return None
    try:
        return IntensityClass.parse(text)
    except VocabularyError as error:
        found.warn(error.text)
        return None


def coordinate(text: str, *, minutes: bool = False) -> tuple[float, float, float | None] | None:
    """Latitude and longitude in degrees, and height in metres (negative below), of JMA's ISO 6709 text.

    ``+34.8+138.5-20000/`` is in degrees; with ``minutes`` ``+3447.1+13829.9-23000/`` is in degrees and minutes.
    None where the text is none or lies off the globe.
    """
    if not (match := _ISO6709.fullmatch(text.strip())):
        return None
    lat, lon = (_degrees(part) if minutes else float(part) for part in match.group(1, 2))
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    return lat, lon, None if match[3] is None else float(match[3])


def _degrees(text: str) -> float:
    value = abs(float(text))
    whole = value // 100
    degrees = whole + (value - whole * 100) / 60
    return -degrees if text.startswith("-") else degrees


def items(block: etree._Element, *, volcano: bool = False) -> Iterator[Area]:
    """Areas of a block of ``Item``s, each holding one or more ``Kind``s and an ``Area`` or ``Areas``.

    So are built the headline's ``Information``, ``Warning`` and ``VolcanoInfo``.
    """
    block_type = block.get("type") or ""
    for item in block.iterchildren("{*}Item"):
        kinds: list[tuple[str, str, str, str]] = []
        places: list[tuple[str, str, str]] = []
        for part in item:
            name = local(str(part.tag))
            if name == "Kind":
                if (kind := _kind(part)) is not None:
                    kinds.append(kind)
            elif name == "Area":
                places.append(_named(part, part.get("codeType") or "", block_type))
            elif name == "Areas":
                scheme = part.get("codeType") or ""
                places.extend(_named(area, scheme, block_type) for area in part.iterchildren("{*}Area"))
        for code, name, scheme in places:
            if not code and not name:
                continue
            for kind_name, kind_code, change, condition in kinds:
                level, grade = _gravity(kind_name)
                if volcano:
                    level = _VOLCANIC_LEVEL.get(kind_code)
                yield Area(code, name, scheme, kind_name, kind_code, change, level, grade, condition=condition)


@lru_cache(maxsize=4096)
def _gravity(kind_name: str) -> tuple[int | None, int]:
    """Level and grade of a warning's name; a telegram repeats a few names for hundreds of areas."""
    return warning_level(kind_name), int(warning_grade(kind_name))


@lru_cache(maxsize=1024)
def local(tag: str) -> str:
    """Local name of a tag."""
    return tag.rpartition("}")[2]


def _kind(kind: etree._Element) -> tuple[str, str, str, str] | None:
    """Name, code, change and condition of a ``Kind``; None for one that only holds details."""
    name = code = change = condition = ""
    for part in kind:
        tag = local(str(part.tag))
        if tag == "Name":
            name = text_of(part)
        elif tag == "Code":
            code = text_of(part)
        elif tag == "Status":
            change = text_of(part)
        elif tag == "Condition":
            condition = text_of(part)
    if not name and not change:
        return None
    if not change and condition in _CHANGES:
        change, condition = condition, ""
    return name, code, change, condition


_CHANGES = frozenset(["発表", "継続", "解除", "引上げ", "引下げ", "切替", "訂正", "取消"])


def _named(area: etree._Element, scheme: str, block_type: str) -> tuple[str, str, str]:
    """Code and name of an area, and the code list it is of."""
    code = name = ""
    for part in area:
        tag = local(str(part.tag))
        if tag == "Name":
            name = text_of(part)
        elif tag == "Code":
            code = text_of(part)
    return code, name, scheme or _scheme(code, block_type)


def _scheme(code: str, block_type: str) -> str:
    """Code list of an area that does not name it: municipalities have seven digits, forecast areas six."""
    if not code.isdecimal() or "高潮予報区間" in block_type:
        return block_type
    return {6: FORECAST_AREAS, 7: MUNICIPALITY}.get(len(code), block_type)
