"""Atom feeds: out, for those who follow what we publish; in, from JMA and from services that put CAP into entries.

Source: RFC 4287. A feed that we write reads back equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.cap.model import NAMESPACES, Alert, Info
from tomoshibi.bulletins.cap.reading import Reader
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.safexml import moment, parse, write_moment
from tomoshibi.vocabulary import T

_NS = "http://www.w3.org/2005/Atom"
_ATOM = f"{{{_NS}}}"
ROOT = _ATOM + "feed"
#: media type of a CAP alert
CAP_TYPE = "application/cap+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. ``link`` leads to the whole thing, of media type ``link_type``; ``alert`` is CAP inside the entry.

    An alert inside is read from the entry's ``cap:`` elements (as the US National Weather Service writes them); it is
    not written, because the link leads to it.
    """

    id: str
    title: str
    updated: datetime
    link: str = ""
    link_type: str = ""
    author: str = ""
    summary: str = ""
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed, its newest entry first."""

    id: str
    title: str
    updated: datetime
    author: str = ""
    link: str = ""
    entries: tuple[Entry, ...] = ()


def write_feed(feed: Feed) -> bytes:
    """Atom document. Raises :class:`BulletinError` for letters that XML forbids."""
    root = etree.Element(ROOT, nsmap={None: _NS})
    try:
        _head(root, feed.id, feed.title, feed.updated, feed.author)
        if feed.link:
            etree.SubElement(root, _ATOM + "link", rel="self", href=feed.link)
        for entry in feed.entries:
            element = etree.SubElement(root, _ATOM + "entry")
            _head(element, entry.id, entry.title, entry.updated, entry.author)
            if entry.link:
                attributes = {"href": entry.link} | ({"type": entry.link_type} if entry.link_type else {})
                etree.SubElement(element, _ATOM + "link", attributes)
            if entry.summary:
                _put(element, "summary", entry.summary)
    except ValueError as error:
        raise BulletinError(
            T(
                "フィードに書けない文字があります({detail})。制御文字を取り除いてください。",
                "Text holds a letter that a feed cannot ({detail}). Take out control characters.",
            ).format(detail=error),
            feed.id,
        ) from None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def read_feed(data: bytes, source: str) -> Feed:
    """Feed of the bytes of an Atom document. Raises :class:`BulletinError` where it is none.

    An entry without an id or a moment is left out.
    """
    return feed_of(parse(data, source), source)


def feed_of(root: etree._Element, source: str) -> Feed:
    """Feed of a ``feed`` element; errors as :func:`read_feed`."""
    updated = _moment(root)
    if root.tag != ROOT or updated is None:
        raise BulletinError(
            T(
                "Atomフィードとして読めません(最上位の要素は{tag})。アドレスを確かめてください。",
                "Not an Atom feed (its root is {tag}). Check the address.",
            ).format(tag=str(root.tag)[:100]),
            source,
        )
    entries = (_entry(element, source) for element in root.iterchildren(_ATOM + "entry"))
    return Feed(
        id=_text(root, "id"),
        title=_text(root, "title"),
        updated=updated,
        author=_author(root),
        link=_link(root, "self")[0],
        entries=tuple(entry for entry in entries if entry is not None),
    )


def _entry(element: etree._Element, source: str) -> Entry | None:
    name, updated = _text(element, "id"), _moment(element)
    if not name or updated is None:
        return None
    link, link_type = _link(element, "alternate")
    return Entry(
        id=name,
        title=_text(element, "title"),
        updated=updated,
        link=link,
        link_type=link_type,
        author=_author(element),
        summary=_text(element, "summary") or _text(element, "content"),
        alert=_alert(element, name, updated, source),
    )


def _alert(element: etree._Element, name: str, updated: datetime, source: str) -> Alert | None:
    """Alert of the ``cap:`` elements that stand in an entry as they would in an alert and its info."""
    for version, namespace in NAMESPACES.items():
        reader = Reader(f"{{{namespace}}}", f"{source} {name}")
        if not reader.text(element, "event"):
            continue
        info: Info = reader.info(element)
        return Alert(
            identifier=name,
            sender=_author(element) or source,
            sent=updated,
            status=reader.token(element, "status"),
            msg_type=reader.token(element, "msgType"),
            infos=(reader.with_area(info, element, _text(element, "title"), _text(element, "summary")),),
            version=version,
        )
    return None


def _head(element: etree._Element, name: str, title: str, updated: datetime, author: str) -> None:
    _put(element, "id", name)
    _put(element, "title", title)
    _put(element, "updated", write_moment(updated))
    if author:
        _put(etree.SubElement(element, _ATOM + "author"), "name", author)


def _put(parent: etree._Element, name: str, text: str) -> None:
    element: etree._Element = etree.SubElement(parent, _ATOM + name)
    element.text = text or None


def _text(element: etree._Element, name: str) -> str:
    found = next(element.iterchildren(_ATOM + name), None)
    return "" if found is None else found.text or ""


def _author(element: etree._Element) -> str:
    author = next(element.iterchildren(_ATOM + "author"), None)
    return "" if author is None else _text(author, "name")


def _moment(element: etree._Element) -> datetime | None:
    try:
        return moment(_text(element, "updated"))
    except ValueError:
        return None


def _link(element: etree._Element, rel: str) -> tuple[str, str]:
    """Address and media type of the first link of this relation; a link without one is an ``alternate``."""
    for link in element.iterchildren(_ATOM + "link"):
        if (link.get("rel") or "alternate") == rel:
            return link.get("href") or "", link.get("type") or ""
    return "", ""
