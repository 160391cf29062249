"""Bulletins that a person typed in: heard by telephone, read from a fax or a screen. A small JSON form of their own.

What is written reads back equal; a typed bulletin is always of type ``hand``, whatever its file says, so that nobody
takes it for the sender's own telegram. The same form carries what our own live network of stations detected, with what
each station read; it says so by ``"by": "network"``, and is of type ``network``.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.model import FORECAST_AREAS, MUNICIPALITY, Area, Bulletin, Info, Kind, Station, Status
from tomoshibi.bulletins.safexml import check_size
from tomoshibi.vocabulary import Grade, IntensityClass, T, VocabularyError
from tomoshibi.vocabulary.levels import warning_grade

#: the first thing in the file, by which it is known
FORM = "tomoshibi-bulletin/1"
TYPE = "hand"
NETWORK = "network"
#: the types that a bulletin of this form may have
TYPES = (TYPE, NETWORK)
_TEXTS = ("name", "title", "event", "office", "headline", "text")
_AREA_TEXTS = ("code", "name", "scheme", "kind", "kind_code", "change")


def place(
    code: str, name: str, *, kind: str = "", kind_code: str = "", level: int | None = None, intensity: str = ""
) -> Area:
    """A municipality (JMA's seven digits) or forecast area (six) and what is said of it. The grade follows from both.

    Raises :class:`VocabularyError` for a class of intensity that is none.
    """
    grade = max(int(warning_grade(kind)), level or 0)
    klass = IntensityClass.parse(intensity) if intensity else None
    scheme = MUNICIPALITY if len(code) == 7 else FORECAST_AREAS
    return Area(code, name, scheme, kind, kind_code, level=level, grade=grade, intensity=klass)


def write_typed(bulletin: Bulletin) -> bytes:
    """The file of a bulletin that a person typed: what such a form can hold of it."""
    said: dict[str, Any] = {
        "form": FORM,
        "kind": bulletin.kind.value,
        "status": bulletin.status.value,
        "info": bulletin.info.value,
        "reported": bulletin.reported.isoformat(),
    }
    if bulletin.type == NETWORK:
        said["by"] = NETWORK
    if bulletin.issued is not None:
        said["issued"] = bulletin.issued.isoformat()
    said |= {name: getattr(bulletin, name) for name in _TEXTS if getattr(bulletin, name)}
    if bulletin.serial is not None:
        said["serial"] = bulletin.serial
    if bulletin.valid is not None:
        said["valid"] = bulletin.valid.isoformat()
    said["places"] = [_place(area) for area in bulletin.everywhere]
    if bulletin.stations:
        said["stations"] = [
            [station.code, station.name, station.intensity.label if station.intensity else "", station.area]
            for station in bulletin.stations
        ]
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _place(area: Area) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(area, name) for name in _AREA_TEXTS if getattr(area, name)}
    if area.level is not None:
        said["level"] = area.level
    if area.intensity is not None:
        said["class"] = area.intensity.label
    return said


def read_typed(data: bytes, source: str, digest: str = "") -> Bulletin:
    """The bulletin of such a file. Raises :class:`BulletinError` for any other: what is odd in it is named."""
    check_size(len(data), source)
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _wrong(T(f"JSON として読めません({error})", f"it is no JSON ({error})"), source) from None
    if not isinstance(said, dict) or said.get("form") != FORM:
        raise _wrong(T(f"form が {FORM} ではありません", f"its form is not {FORM}"), source)
    try:
        return _bulletin(said, source, digest)
    except (KeyError, TypeError, ValueError, OverflowError, VocabularyError) as error:
        detail = f"{type(error).__name__} {error}"
        raise _wrong(T(f"値が足りないか、正しくありません({detail})", f"a value is wrong ({detail})"), source) from None


def _wrong(what: T, source: str) -> BulletinError:
    return BulletinError(
        T(
            f"手入力の電文ではありません: {what.ja}。画面から入力し直してください。",
            f"No bulletin typed by hand: {what.en}. Enter it again on the page.",
        ),
        source,
    )


def _bulletin(said: dict[str, Any], source: str, digest: str) -> Bulletin:
    places = [_area(item) for item in _list(said.get("places", []))]
    in_force = [area for area in places if not area.lifted]
    serial = said.get("serial")
    if serial is not None and not (type(serial) is int and 0 <= serial < 10**9):
        raise ValueError("serial")
    return Bulletin(
        type=NETWORK if said.get("by") == NETWORK else TYPE,
        kind=Kind(said["kind"]),
        status=Status(said["status"]),
        info=Info(said["info"]),
        serial=serial,
        reported=_moment(said["reported"]),
        issued=_moment(said.get("issued", said["reported"])),
        valid=_moment(said["valid"]) if said.get("valid") else None,
        areas=tuple(area for area in places if area.scheme != MUNICIPALITY),
        municipalities=tuple(area for area in places if area.scheme == MUNICIPALITY),
        stations=tuple(_station(item) for item in _list(said.get("stations", []))),
        max_intensity=max((area.intensity for area in places if area.intensity is not None), default=None),
        level=max((area.level for area in in_force if area.level is not None), default=None),
        grade=Grade(max((area.grade for area in in_force), default=0)),
        source=source,
        digest=digest,
        name=_text(said, "name"),
        title=_text(said, "title"),
        event=_text(said, "event"),
        office=_text(said, "office"),
        headline=_text(said, "headline"),
        text=_text(said, "text"),
    )


def _area(item: Any) -> Area:
    if not isinstance(item, dict):
        raise TypeError("places")
    code, level = _text(item, "code"), item.get("level")
    if not re.fullmatch("[0-9]{6,7}", code):
        raise ValueError(f"code {code!r}")
    if level is not None and not (type(level) is int and 1 <= level <= 5):
        raise ValueError(f"level {level!r}")
    made = place(
        code,
        _text(item, "name"),
        kind=_text(item, "kind"),
        kind_code=_text(item, "kind_code"),
        level=level,
        intensity=_text(item, "class"),
    )
    change = _text(item, "change")
    return made._replace(change=change, grade=0) if "解除" in change else made._replace(change=change)


def _station(item: Any) -> Station:
    """A station as it is written: code, name, class, code of its municipality."""
    if not (isinstance(item, list) and len(item) == 4 and all(isinstance(text, str) for text in item) and item[0]):
        raise ValueError(f"station {item!r}")
    code, name, klass, area = item
    return Station(code, name, IntensityClass.parse(klass) if klass else None, area=area)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(name)
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("places")
    return value


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return at
