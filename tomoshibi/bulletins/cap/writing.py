"""CAP out: an :class:`Alert` to a CAP 1.2 document, which reads back equal."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.cap.model import NAMESPACES, Alert, Info, Place, Reference, Resource, moment_text
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import T

_NS = NAMESPACES["1.2"]
_UNSAFE = re.compile(r"[\s,<&]")


def write_alert(alert: Alert) -> bytes:
    """CAP 1.2 document of ``alert``, whatever version it was read from; UTF-8, without a stylesheet.

    Raises :class:`BulletinError` for what CAP cannot hold: letters that XML forbids, a space, comma, ``<`` or ``&`` in
    the identifier or sender, a quotation mark in an address.
    """
    return document(build(alert))


def document(root: etree._Element) -> bytes:
    """Bytes of a built alert."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def build(alert: Alert) -> etree._Element:
    """``alert`` element of ``alert``; errors as :func:`write_alert`."""
    try:
        return _build(dataclasses.replace(alert, version="1.2"))
    except (ValueError, TypeError) as error:
        if isinstance(error, BulletinError):
            raise
        raise BulletinError(
            T(
                "CAPに書けない文字があります({detail})。制御文字を取り除いてください。",
                "Text holds a letter that CAP cannot ({detail}). Take out control characters.",
            ).format(detail=error),
            alert.identifier,
        ) from None


def _build(alert: Alert) -> etree._Element:
    for name, value in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not value or _UNSAFE.search(value):
            raise BulletinError(
                T(
                    "{name} の「{value}」は使えません。空白、コンマ、<、& を含まない文字列にしてください。",
                    "The {name} {value!r} cannot be used: it must not be empty nor hold spaces, commas, < or &.",
                ).format(name=name, value=value[:60])
            )
    root = etree.Element(f"{{{_NS}}}alert", nsmap={None: _NS})
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", alert.sender)
    _put(root, "sent", _moment(alert.sent))
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.msg_type)
    _put(root, "source", alert.source)
    _put(root, "scope", alert.scope)
    _put(root, "restriction", alert.restriction)
    _put(root, "addresses", _quoted(alert.addresses))
    for code in alert.codes:
        _put(root, "code", code, always=True)
    _put(root, "note", alert.note)
    _put(root, "references", " ".join(_reference(reference) for reference in alert.references))
    _put(root, "incidents", _quoted(alert.incidents))
    for info in alert.infos:
        _info(root, info)
    return root


def _info(root: etree._Element, info: Info) -> None:
    element = _put(root, "info", "", always=True)
    _put(element, "language", info.language)
    for category in info.categories:
        _put(element, "category", category, always=True)
    _put(element, "event", info.event, always=True)
    for response in info.response_types:
        _put(element, "responseType", response, always=True)
    _put(element, "urgency", info.urgency, always=True)
    _put(element, "severity", info.severity, always=True)
    _put(element, "certainty", info.certainty, always=True)
    _put(element, "audience", info.audience)
    _pairs(element, "eventCode", info.event_codes)
    for name in ("effective", "onset", "expires"):
        if (when := getattr(info, name)) is not None:
            _put(element, name, _moment(when))
    _put(element, "senderName", info.sender_name)
    for name in ("headline", "description", "instruction", "web", "contact"):
        _put(element, name, getattr(info, name))
    _pairs(element, "parameter", info.parameters)
    for resource in info.resources:
        _resource(element, resource)
    for place in info.areas:
        _place(element, place)


def _resource(info: etree._Element, resource: Resource) -> None:
    element = _put(info, "resource", "", always=True)
    _put(element, "resourceDesc", resource.description, always=True)
    _put(element, "mimeType", resource.mime_type, always=True)
    _put(element, "size", "" if resource.size is None else str(resource.size))
    _put(element, "uri", resource.uri)
    _put(element, "derefUri", resource.deref_uri)
    _put(element, "digest", resource.digest)


def _place(info: etree._Element, place: Place) -> None:
    element = _put(info, "area", "", always=True)
    _put(element, "areaDesc", place.description, always=True)
    for ring in place.polygons:
        _put(element, "polygon", " ".join(f"{_number(point.lat)},{_number(point.lon)}" for point in ring))
    for circle in place.circles:
        _put(element, "circle", f"{_number(circle.lat)},{_number(circle.lon)} {_number(circle.radius_km)}")
    _pairs(element, "geocode", place.geocodes)
    _put(element, "altitude", "" if place.altitude is None else _number(place.altitude))
    _put(element, "ceiling", "" if place.ceiling is None else _number(place.ceiling))


def _put(parent: etree._Element, name: str, text: str, *, always: bool = False) -> etree._Element:
    """Add a child with ``text``; an empty one only where it must stand."""
    if not text and not always:
        return parent
    element: etree._Element = etree.SubElement(parent, f"{{{_NS}}}{name}")
    element.text = text or None
    return element


def _pairs(parent: etree._Element, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    for key, value in pairs:
        element = _put(parent, name, "", always=True)
        _put(element, "valueName", key, always=True)
        _put(element, "value", value, always=True)


def _moment(when: datetime) -> str:
    offset = when.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        raise BulletinError(
            T("時刻には分単位の時差が必要です。", "A moment needs a zone of whole minutes."), when.isoformat()
        )
    return moment_text(when)


def _number(value: float) -> str:
    """Shortest decimal that means ``value``, never with an exponent: CAP's readers need not know one."""
    text = repr(float(value))
    return f"{float(value):.10f}".rstrip("0").rstrip(".") if "e" in text else text


def _quoted(words: Iterable[str]) -> str:
    out = []
    for word in words:
        if '"' in word or not word:
            raise BulletinError(
                T(
                    "宛先や事案の名「{word}」は書けません。空にせず、引用符を除いてください。",
                    "Address or incident {word!r} cannot be written: it must not be empty nor hold quotation marks.",
                ).format(word=word)
            )
        out.append(f'"{word}"' if re.search(r"\s", word) else word)
    return " ".join(out)


def _reference(reference: Reference) -> str:
    if (
        not reference.sender
        and not reference.sent
        and reference.identifier
        and not re.search(r"\s", reference.identifier)
    ):
        return reference.identifier
    if any(not part or _UNSAFE.search(part) for part in reference):
        raise BulletinError(
            T(
                "参照「{reference}」は書けません。送信者、識別子、時刻に空白やコンマを含めないでください。",
                "The reference {reference!r} cannot be written: its parts must not be empty nor hold spaces or commas.",
            ).format(reference=str(reference))
        )
    return str(reference)
