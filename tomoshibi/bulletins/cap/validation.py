"""One verdict on a CAP document: its form, its geometry, its signature at a given clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lxml import etree

from tomoshibi.bulletins.cap.geometry import check_place
from tomoshibi.bulletins.cap.model import Alert
from tomoshibi.bulletins.cap.reading import GeometryError, alert_of
from tomoshibi.bulletins.cap.rules import check_form
from tomoshibi.bulletins.cap.signature import Signed, verify
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.safexml import parse
from tomoshibi.vocabulary import T

#: most departures of form that are named
MOST = 20


class Reason(NamedTuple):
    """Why a document does not pass: ``about`` is ``form``, ``geometry`` or ``signature``."""

    about: str
    text: T


@dataclass(frozen=True, slots=True)
class Verdict:
    """The alert as far as it can be read, what is wrong with it, and what its signature says."""

    alert: Alert | None
    reasons: tuple[Reason, ...]
    signature: Signed | None

    @property
    def good(self) -> bool:
        """Whether nothing is wrong. An unsigned alert is good: CAP does not demand a signature."""
        return not self.reasons


def validate(data: bytes, source: str, at: datetime) -> Verdict:
    """Verdict on the bytes of a CAP document, with certificates as they stand at ``at`` (aware).

    Never raises for what is in the document: unreadable XML is a reason too.
    """
    try:
        root = parse(data, source)
    except BulletinError as error:
        return Verdict(None, (Reason("form", error.text),), None)
    return judge(root, source, at)


def judge(root: etree._Element, source: str, at: datetime) -> Verdict:
    """Verdict on a parsed document; as :func:`validate`."""
    reasons = [Reason("form", text) for text, _ in zip(check_form(root), range(MOST), strict=False)]
    alert: Alert | None = None
    try:
        alert = alert_of(root, source)
    except GeometryError as error:
        reasons.append(Reason("geometry", error.text))
    except BulletinError as error:
        if not reasons:
            reasons.append(Reason("form", error.text))
    for info in alert.infos if alert else ():
        for place in info.areas:
            where = T("区域「{name}」の", "area {name!r}, ").format(name=place.description[:40])
            reasons.extend(Reason("geometry", T(where.ja + t.ja, where.en + t.en)) for t in check_place(place))
    signature = verify(root, at)
    reasons.extend(Reason("signature", text) for text in signature.faults)
    return Verdict(alert, tuple(reasons), signature)
