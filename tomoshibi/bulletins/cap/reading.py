"""CAP in: an ``alert`` element of version 1.0, 1.1 or 1.2 to an :class:`Alert`."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.cap.model import VERSIONS, Alert, Circle, Info, Place, Point, Reference, Resource
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.safexml import moment, parse
from tomoshibi.vocabulary import T

# Quoted or bare words, as addresses and incidents are written.
_WORDS = re.compile(r'"([^"]*)"|(\S+)')


class GeometryError(BulletinError):
    """A polygon or circle that is not even numbers."""


def read_alert(data: bytes, source: str) -> Alert:
    """Alert of the bytes of a CAP document. Raises :class:`BulletinError` where it cannot be understood."""
    return alert_of(parse(data, source), source)


def alert_of(root: etree._Element, source: str) -> Alert:
    """Alert of an ``alert`` element.

    Reads what can be read: only an identifier, a sender, the moment sent, a polygon that is no polygon and the like
    raise :class:`BulletinError`. Whether the rest keeps to the rules is :func:`tomoshibi.bulletins.cap.validate`'s.
    """
    name = etree.QName(root)
    if name.localname != "alert" or name.namespace not in VERSIONS:
        raise BulletinError(
            T(
                "CAPの警報(alert)ではありません(最上位の要素は{tag})。CAP 1.0〜1.2の文書を渡してください。",
                "Not a CAP alert (the root is {tag}). Give a CAP 1.0, 1.1 or 1.2 document.",
            ).format(tag=str(root.tag)[:100]),
            source,
        )
    read = Reader(f"{{{name.namespace}}}", source)
    sent = read.moment(root, "sent")
    if sent is None or not read.text(root, "identifier") or not read.text(root, "sender"):
        raise BulletinError(
            T(
                "CAPに必要な identifier、sender、sent のどれかがありません。送信元に確かめてください。",
                "The alert lacks its identifier, sender or sent. Ask its sender.",
            ),
            source,
        )
    return Alert(
        identifier=read.text(root, "identifier"),
        sender=read.text(root, "sender"),
        sent=sent,
        status=read.token(root, "status"),
        msg_type=read.token(root, "msgType"),
        scope=read.token(root, "scope"),
        source=read.text(root, "source"),
        restriction=read.text(root, "restriction"),
        addresses=_words(read.text(root, "addresses")),
        codes=tuple(e.text or "" for e in read.all(root, "code")),
        note=read.text(root, "note"),
        references=read.references(root),
        incidents=_words(read.text(root, "incidents")),
        infos=tuple(read.info(e) for e in read.all(root, "info")),
        version=VERSIONS[name.namespace],
    )


class Reader:
    """Reads elements of one version's namespace; ``source`` stands in errors."""

    def __init__(self, prefix: str, source: str) -> None:
        self.prefix = prefix
        self.source = source

    def all(self, element: etree._Element, name: str) -> Iterator[etree._Element]:
        return element.iterchildren(self.prefix + name)

    def text(self, element: etree._Element, name: str) -> str:
        """Free text as it is written; empty where there is none."""
        found = next(self.all(element, name), None)
        return "" if found is None else found.text or ""

    def token(self, element: etree._Element, name: str) -> str:
        return self.text(element, name).strip()

    def moment(self, element: etree._Element, name: str) -> datetime | None:
        text = self.text(element, name)
        try:
            return moment(text)
        except ValueError:
            raise self.error(name, text, T("時刻", "time")) from None

    def number(self, element: etree._Element, name: str) -> float | None:
        text = self.token(element, name)
        return self._float(text, name) if text else None

    def error(self, name: str, text: str, what: T) -> BulletinError:
        return BulletinError(
            T(
                "{name} の「{text}」が{what}として読めません。送信元に確かめてください。",
                "{text!r} in {name} is no {what}. Ask its sender.",
            ).format(name=name, text=text[:60], what=what),
            self.source,
        )

    def _float(self, text: str, name: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(name, text, T("数", "number"))
        return value

    def pairs(self, element: etree._Element, name: str) -> tuple[tuple[str, str], ...]:
        """Codes as (name, value). Version 1.0 writes ``name=value``; some writers put several pairs in one element."""
        found: list[tuple[str, str]] = []
        for pair in self.all(element, name):
            # inside Atom entries they often lost their namespace
            names = [e.text or "" for e in pair.iterchildren("{*}valueName")]
            values = [e.text or "" for e in pair.iterchildren("{*}value")]
            if names or values:
                found.extend(zip(names, values, strict=False))
            elif pair.text and pair.text.strip():
                before, equals, after = pair.text.strip().partition("=")
                found.append((before, after) if equals else ("", before))
        return tuple(found)

    def references(self, root: etree._Element) -> tuple[Reference, ...]:
        found = []
        for word in self.text(root, "references").split():
            parts = word.split(",")
            # 1.0 writes sender/identifier too; what cannot be taken apart is still a name
            found.append(Reference(*parts) if len(parts) == 3 else Reference("", word, ""))
        return tuple(found)

    def info(self, info: etree._Element) -> Info:
        return Info(
            event=self.text(info, "event"),
            language=self.token(info, "language"),
            categories=tuple((e.text or "").strip() for e in self.all(info, "category")),
            response_types=tuple((e.text or "").strip() for e in self.all(info, "responseType")),
            urgency=self.token(info, "urgency"),
            severity=self.token(info, "severity"),
            certainty=self.token(info, "certainty"),
            audience=self.text(info, "audience"),
            event_codes=self.pairs(info, "eventCode"),
            effective=self.moment(info, "effective"),
            onset=self.moment(info, "onset"),
            expires=self.moment(info, "expires"),
            sender_name=self.text(info, "senderName"),
            headline=self.text(info, "headline"),
            description=self.text(info, "description"),
            instruction=self.text(info, "instruction"),
            web=self.text(info, "web"),
            contact=self.text(info, "contact"),
            parameters=self.pairs(info, "parameter"),
            resources=tuple(self.resource(e) for e in self.all(info, "resource")),
            areas=tuple(self.place(e) for e in self.all(info, "area")),
        )

    def with_area(self, info: Info, element: etree._Element, headline: str, description: str) -> Info:
        """``info`` of an Atom entry, whose area stands beside it and whose words are the entry's."""
        areas = (self.place(element),) if self.text(element, "areaDesc") else ()
        return dataclasses.replace(info, areas=areas, headline=headline, description=description)

    def resource(self, resource: etree._Element) -> Resource:
        size = self.token(resource, "size")
        return Resource(
            description=self.text(resource, "resourceDesc"),
            mime_type=self.text(resource, "mimeType"),
            size=int(size) if size.isdecimal() and len(size) < 19 else None,
            uri=self.text(resource, "uri"),
            deref_uri=self.text(resource, "derefUri"),
            digest=self.text(resource, "digest"),
        )

    def place(self, area: etree._Element) -> Place:
        return Place(
            description=self.text(area, "areaDesc"),
            polygons=tuple(self.ring(e.text) for e in self.all(area, "polygon") if e.text and e.text.strip()),
            circles=tuple(self.circle(e.text) for e in self.all(area, "circle") if e.text and e.text.strip()),
            geocodes=self.pairs(area, "geocode"),
            altitude=self.number(area, "altitude"),
            ceiling=self.number(area, "ceiling"),
        )

    def geometry_error(self, name: str, text: str, what: T) -> GeometryError:
        return GeometryError(self.error(name, text, what).text)

    def ring(self, text: str) -> tuple[Point, ...]:
        return tuple(self.point(pair, "polygon") for pair in text.split())

    def point(self, pair: str, name: str) -> Point:
        lat, comma, lon = pair.partition(",")
        if not comma:
            raise self.geometry_error(name, pair, T("「緯度,経度」", "'latitude,longitude'"))
        return Point(self._degrees(lat, name), self._degrees(lon, name))

    def _degrees(self, text: str, name: str) -> float:
        try:
            return self._float(text, name)
        except BulletinError as error:
            raise GeometryError(error.text) from None

    def circle(self, text: str) -> Circle:
        words = text.split()
        if len(words) != 2:
            raise self.geometry_error("circle", text, T("「緯度,経度 半径」", "'latitude,longitude radius'"))
        return Circle(*self.point(words[0], "circle"), self._degrees(words[1], "circle"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(quoted or bare for quoted, bare in _WORDS.findall(text))
