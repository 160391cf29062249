"""Alerts as plain text: for mail, for a loudspeaker's operator, for a notice board. What is written reads back equal.

One line for each thing said, ``見出し: 内容`` (in the language of the context); a longer text goes on in lines indented
by two spaces; parts begin with ``■``. The reader knows both languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, NamedTuple

from tomoshibi.bulletins.cap.model import Alert, Circle, Info, Place, Point, Reference, Resource, moment_text
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import T


class _Line(NamedTuple):
    """One kind of line: a field, its heading, how a value is written and read; ``many`` values take a line each."""

    field: str
    label: T
    write: Callable[[Any], str]
    read: Callable[[str], Any]
    many: bool = False


def _text(field: str, ja: str, en: str) -> _Line:
    return _Line(field, T(ja, en), str, str)


def _texts(field: str, ja: str, en: str) -> _Line:
    return _Line(field, T(ja, en), str, str, many=True)


def _when(field: str, ja: str, en: str) -> _Line:
    return _Line(field, T(ja, en), moment_text, datetime.fromisoformat)


def _pairs(field: str, ja: str, en: str) -> _Line:
    return _Line(field, T(ja, en), _write_pair, _read_pair, many=True)


def _number(field: str, ja: str, en: str, kind: type[int] | type[float]) -> _Line:
    return _Line(field, T(ja, en), repr, kind)


def _write_pair(pair: tuple[str, str]) -> str:
    name, value = pair
    return json.dumps(pair, ensure_ascii=False) if " = " in f"{name} " or name.startswith("[") else f"{name} = {value}"


def _read_pair(text: str) -> tuple[str, str]:
    if text.startswith("["):
        name, value = json.loads(text)
        return str(name), str(value)
    name, _, value = text.partition(" = ")
    return name, value


def _write_ring(ring: tuple[Point, ...]) -> str:
    return " ".join(f"{point.lat!r},{point.lon!r}" for point in ring)


def _read_ring(text: str) -> tuple[Point, ...]:
    return tuple(Point(*map(float, pair.split(","))) for pair in text.split())


def _read_circle(text: str) -> Circle:
    return Circle(*map(float, text.split()))


_ALERT = (
    _text("identifier", "識別", "Identifier"),
    _text("sender", "送信者", "Sender"),
    _when("sent", "送信時刻", "Sent"),
    _text("status", "運用", "Status"),
    _text("msg_type", "種類", "Type"),
    _text("scope", "範囲", "Scope"),
    _text("source", "もと", "Source"),
    _text("restriction", "条件", "Restriction"),
    _texts("addresses", "宛先", "Address"),
    _texts("codes", "コード", "Code"),
    _text("note", "備考", "Note"),
    _Line("references", T("参照", "Reference"), str, lambda t: Reference(*t.split(",")), many=True),
    _texts("incidents", "事案", "Incident"),
    _text("version", "版", "Version"),
)
_INFO = (
    _text("event", "事象", "Event"),
    _text("headline", "見出し", "Headline"),
    _text("description", "本文", "Description"),
    _text("instruction", "とるべき行動", "Instruction"),
    _text("urgency", "緊急度", "Urgency"),
    _text("severity", "深刻度", "Severity"),
    _text("certainty", "確かさ", "Certainty"),
    _when("effective", "発表", "Effective"),
    _when("onset", "開始", "Onset"),
    _when("expires", "期限", "Expires"),
    _text("sender_name", "発表者", "Issued by"),
    _text("contact", "問合せ", "Contact"),
    _text("web", "ページ", "Web"),
    _text("audience", "対象者", "Audience"),
    _text("language", "言語", "Language"),
    _texts("categories", "分野", "Category"),
    _texts("response_types", "対応", "Response"),
    _pairs("event_codes", "事象コード", "Event code"),
    _pairs("parameters", "付加情報", "Parameter"),
)
_PLACE = (
    _text("description", "区域名", "Name"),
    _Line("polygons", T("多角形", "Polygon"), _write_ring, _read_ring, many=True),
    _Line("circles", T("円", "Circle"), lambda c: " ".join(map(repr, c)), _read_circle, many=True),
    _pairs("geocodes", "区域コード", "Area code"),
    _number("altitude", "下限(フィート)", "From (ft)", float),
    _number("ceiling", "上限(フィート)", "To (ft)", float),
)
_RESOURCE = (
    _text("description", "内容", "Content"),
    _text("mime_type", "形式", "Media type"),
    _number("size", "大きさ(バイト)", "Size (bytes)", int),
    _text("uri", "場所", "Location"),
    _text("deref_uri", "データ", "Data"),
    _text("digest", "照合値", "Digest"),
)
_HEADS = {
    "info": T("■ 内容", "■ Message"),
    "area": T("■ 区域", "■ Area"),
    "resource": T("■ 添付", "■ Attachment"),
}
_LINES: dict[str, tuple[_Line, ...]] = {"alert": _ALERT, "info": _INFO, "area": _PLACE, "resource": _RESOURCE}
_TYPES: dict[str, type[Any]] = {"info": Info, "area": Place, "resource": Resource}
_BY_HEAD = {text: part for part, head in _HEADS.items() for text in (head.ja, head.en)}
_BY_LABEL = {
    part: {label: line for line in lines for label in (line.label.ja, line.label.en)} for part, lines in _LINES.items()
}


def write_plain(alert: Alert) -> str:
    """Plain text of an alert, in the language of the context; ends with a line break."""
    out = [*_lines(alert, "alert")]
    for info in alert.infos:
        out += ["", str(_HEADS["info"]), *_lines(info, "info")]
        for part, values in (("area", info.areas), ("resource", info.resources)):
            for value in values:
                out += [str(_HEADS[part]), *_lines(value, part)]
    return "\n".join(out) + "\n"


def read_plain(text: str, source: str) -> Alert:
    """Alert of a plain text that :func:`write_plain` gave, in either language.

    Raises :class:`BulletinError`, naming the line, for a heading that is none or a value that cannot be read.
    """
    parts: list[tuple[str, dict[str, Any]]] = [("alert", {})]
    for number, line, value in _logical(text):
        if part := _BY_HEAD.get(line):
            parts.append((part, {}))
            continue
        name, values = parts[-1]
        label, colon, first = line.partition(":")
        kind = _BY_LABEL[name].get(label)
        if kind is None or not colon:
            raise _error(T("見出し「{label}」が分かりません。", "unknown heading {label!r}."), number, label, source)
        try:
            item = kind.read(_unescape("\n".join([first.removeprefix(" "), *value])))
        except (ValueError, TypeError):
            raise _error(
                T("「{label}」の内容が読めません。", "the value of {label!r} cannot be read."), number, label, source
            ) from None
        if kind.many:
            values[kind.field] = (*values.get(kind.field, ()), item)
        else:
            values[kind.field] = item
    try:
        return _assemble(parts)
    except (TypeError, KeyError, IndexError):
        raise _error(T("必要な行がありません。", "a line that must be there is missing."), 1, "", source) from None


def _lines(value: Any, part: str) -> Iterator[str]:
    defaults = {field.name: field.default for field in fields(value)}
    for line in _LINES[part]:
        item = getattr(value, line.field)
        if line.many:
            items = item
        else:
            items = () if item == defaults[line.field] and defaults[line.field] is not MISSING else (item,)
        for each in items:
            yield f"{line.label}: " + _escape(line.write(each)).replace("\n", "\n  ")


def _logical(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Lines with those that go on: number, first line, further lines without their indentation."""
    number, first, more = 0, "", list[str]()
    for at, line in enumerate(text.split("\n"), start=1):
        if line.startswith("  ") and first:
            more.append(line[2:])
            continue
        if first:
            yield number, first, more
        number, first, more = at, line, []
    if first:
        yield number, first, more


def _assemble(parts: list[tuple[str, dict[str, Any]]]) -> Alert:
    infos: list[dict[str, Any]] = []
    for part, values in parts[1:]:
        if part == "info":
            infos.append(values)
        else:
            key = "areas" if part == "area" else "resources"
            infos[-1][key] = (*infos[-1].get(key, ()), _TYPES[part](**values))
    return Alert(**parts[0][1], infos=tuple(Info(**info) for info in infos))


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\r", "\\r")


def _unescape(text: str) -> str:
    out, letters = [], iter(text)
    for letter in letters:
        if letter == "\\":
            following = next(letters, "")
            out.append("\r" if following == "r" else following)
        else:
            out.append(letter)
    return "".join(out)


def _error(what: T, number: int, label: str, source: str) -> BulletinError:
    where = T("{n}行目: ", "line {n}: ").format(n=number)
    filled = what.format(label=label)
    return BulletinError(T(where.ja + filled.ja, where.en + filled.en), source)
