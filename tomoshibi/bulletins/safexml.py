"""XML from outside, parsed without trust: no document type, no entity, no network, a size limit.

Neither JMA's telegrams nor CAP need a document type declaration, so one is refused before the parser sees it: external
entities and entity bombs have nowhere to start.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: largest telegram taken, in bytes; the largest that JMA sends (VPRN50) has 4 MB
MAX_BYTES = 32 * 1024 * 1024


def parse(data: bytes, source: str) -> etree._Element:
    """Root element of ``data``. Raises :class:`BulletinError` for what is too large, has a DTD or is no XML."""
    check_size(len(data), source)
    if _has_doctype(data[: 1 << 16].replace(b"\0", b"")):  # UTF-16 without its NULs is ASCII enough
        raise _refused_doctype(source)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise BulletinError(
            T(
                "XMLとして読めません({detail})。電文が途中で切れていないか、文字コードが正しいかを確かめてください。",
                "Not readable as XML ({detail}). Check that the telegram is complete and its encoding is right.",
            ).format(detail=_one_line(error)),
            source,
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused_doctype(source)
    return root


def _has_doctype(start: bytes) -> bool:
    """Whether a document type declaration stands before the root element, after comments and instructions."""
    at = start.find(b"<")
    while at >= 0:
        if start.startswith(b"<?", at):
            end = start.find(b"?>", at)
        elif start.startswith(b"<!--", at):
            end = start.find(b"-->", at)
        else:
            return start.startswith(b"<!DOCTYPE", at)
        at = start.find(b"<", end) if end >= 0 else -1
    return False


def check_size(size: int, source: str) -> None:
    """Raise :class:`BulletinError` for a telegram of more than :data:`MAX_BYTES` bytes, or of none."""
    if size > MAX_BYTES:
        raise BulletinError(
            T(
                "電文が大きすぎます({size}バイト)。上限は{limit}バイトです。送信元を確かめてください。",
                "The telegram is too large ({size} bytes; at most {limit}). Check who sent it.",
            ).format(size=size, limit=MAX_BYTES),
            source,
        )
    if size == 0:
        raise BulletinError(
            T("電文が空です。もう一度受け取ってください。", "The telegram is empty. Fetch it again."), source
        )


def moment(text: str | None) -> datetime | None:
    """Moment of an XML dateTime, aware of its zone (Japan's where none is written); None where there is none.

    Raises ``ValueError`` for text that is no moment between 1800 and 2199.
    """
    if text is None or not (text := text.strip()):
        return None
    found = datetime.fromisoformat(text)
    if not 1800 <= found.year < 2200:
        raise ValueError(f"year {found.year}")
    return found if found.tzinfo else found.replace(tzinfo=JAPAN)


def write_moment(when: datetime) -> str:
    """``when`` as CAP and Atom want it: whole seconds and a numeric zone."""
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return aware.replace(microsecond=0).isoformat()


def _refused_doctype(source: str) -> BulletinError:
    return BulletinError(
        T(
            "文書型宣言(DOCTYPE)のあるXMLは危険なため読みません。送信元を確かめてください。",
            "XML with a document type declaration is refused, because it can reach other files. Check who sent it.",
        ),
        source,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
