"""JMA's disaster XML: the envelope (Control, Head) that all telegrams share, and the way to each kind's body.

Source: 気象庁防災情報XMLフォーマット, schema of 2025-06-30. Names of tags are JMA's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from tomoshibi.bulletins import seismic, telegrams, volcanic, weather
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.extract import Found, child, items, moment_or_warn, said, text_of
from tomoshibi.bulletins.model import MUNICIPALITY, Area, Bulletin, Info, Kind, Status
from tomoshibi.vocabulary import Grade, T

NAMESPACE = "http://xml.kishou.go.jp/jmaxml1/"
ROOT = f"{{{NAMESPACE}}}Report"

# Kinds whose bodies name areas in other roles too (where an earthquake began): no name there means an area concerned.
_PLACED = frozenset([Kind.EARTHQUAKE, Kind.EEW, Kind.TSUNAMI])
_STATUS = {"通常": Status.NORMAL, "訓練": Status.TRAINING, "試験": Status.TEST}
_INFO = {"発表": Info.ISSUED, "訂正": Info.CORRECTED, "取消": Info.CANCELLED, "遅延": Info.DELAYED}
# Elements of a body whose content is prose, wherever they stand.
_PROSE = tuple(
    "{*}" + name
    for name in (
        "Notice",
        "Text",
        "FreeFormComment",
        "VolcanoHeadline",
        "VolcanoActivity",
        "VolcanoPrevention",
        "OtherReport",
        "Sentence",
        "NextAdvisory",
        "Appendix",
    )
)


def read_report(root: etree._Element, source: str, digest: str) -> Bulletin:
    """Bulletin of a ``Report``.

    Raises :class:`BulletinError` where the envelope does not say what, when or whether real.

    What is odd further inside is left out and said in the bulletin's ``warnings``: a telegram is never lost for it.
    """
    control, head, body = child(root, "Control"), child(root, "Head"), child(root, "Body")
    if control is None or head is None:
        raise BulletinError(
            T(
                "電文に管理部(Control)または標題部(Head)がありません。途中で切れていないか確かめてください。",
                "The telegram has no Control or no Head. Check that it is complete.",
            ),
            source,
        )
    found = Found()
    name, status, info = said(control, "Title"), said(control, "Status"), said(head, "InfoType")
    if status not in _STATUS or info not in _INFO:
        raise BulletinError(
            T(
                "運用種別「{status}」か情報形態「{info}」が分からず、本番か判断できません。原文を確かめてください。",
                "Status {status!r} or info type {info!r} is unknown: this may or may not be real. Read the original.",
            ).format(status=status, info=info),
            source,
        )
    reported = moment_or_warn(said(head, "ReportDateTime"), "ReportDateTime", found)
    if reported is None:
        raise BulletinError(
            T(
                "発表時刻(ReportDateTime)が読めません。途中で切れていないか確かめてください。",
                "The time of report (ReportDateTime) cannot be read. Check that the telegram is complete.",
            ),
            source,
        )
    code = telegrams.code_of(name, source)
    kind = telegrams.kind_of(code)
    serial, _, part = said(head, "Serial").partition("-")
    headline = child(head, "Headline")
    values: dict[str, Any] = {
        "type": code or "unknown",
        "kind": kind,
        "status": _STATUS[status],
        "info": _INFO[info],
        "name": name,
        "title": said(head, "Title"),
        "event": said(head, "EventID"),
        "serial": int(serial) if serial.isdecimal() and len(serial) < 10 else None,
        "part": part[:10],
        "reported": reported,
        "issued": moment_or_warn(said(control, "DateTime"), "DateTime", found),
        "target": moment_or_warn(said(head, "TargetDateTime"), "TargetDateTime", found),
        "valid": moment_or_warn(said(head, "ValidDateTime"), "ValidDateTime", found),
        "office": said(control, "EditorialOffice"),
        "publishers": tuple(said(control, "PublishingOffice").split()),
        "headline": said(headline, "Text") if headline is not None else "",
        "source": source,
        "digest": digest,
    }
    if body is not None:
        _read_body(body, kind, values["title"], found)
    else:
        found.warn(T("本体(Body)がありません。", "There is no Body."))
    areas = found.areas or _headline_areas(headline, kind)
    if not areas and kind not in _PLACED:
        areas = tuple(_named_areas(body))
    values["text"] = _prose(values["headline"], body)
    values["areas"] = tuple(area for area in areas if area.scheme != MUNICIPALITY)
    values["municipalities"] = tuple(area for area in areas if area.scheme == MUNICIPALITY)
    values["level"], values["grade"] = _highest(areas)
    values["warnings"] = tuple(found.warnings)
    values["final"] = kind is Kind.EEW and "最終報" in values["text"]
    return Bulletin(**values, **found.fields)


def _read_body(body: etree._Element, kind: Kind, title: str, found: Found) -> None:
    """Let the reader of ``kind`` fill ``found``; a kind without one has only its head, areas and prose."""
    before = len(found.warnings)
    if kind in (Kind.EARTHQUAKE, Kind.EEW, Kind.TSUNAMI):
        seismic.read_body(body, found)
    elif kind is Kind.VOLCANO:
        volcanic.read_body(body, found)
    elif kind is not Kind.CHART:
        weather.read_body(body, kind, title, found)
    if len(found.warnings) - before > 20:  # one broken list must not bury what else is odd
        del found.warnings[before + 20 :]


def _headline_areas(headline: etree._Element | None, kind: Kind) -> tuple[Area, ...]:
    """Areas that the headline names, each with what is said of it."""
    if headline is None:
        return ()
    return tuple(
        area for block in headline.iterchildren("{*}Information") for area in items(block, volcano=kind is Kind.VOLCANO)
    )


def _named_areas(body: etree._Element | None) -> Iterable[Area]:
    """Last resort: every coded area that a body names, once, in its order."""
    seen: set[str] = set()
    for element in () if body is None else body.iter("{*}Area", "{*}TargetArea"):
        code, name = said(element, "Code"), said(element, "Name")
        if code and code not in seen:
            seen.add(code)
            parent = element.getparent()
            scheme = element.get("codeType") or (parent.get("codeType") if parent is not None else None) or ""
            if not scheme and len(code) == 7 and code.isdecimal():
                scheme = MUNICIPALITY
            yield Area(code, name, scheme)


def _highest(areas: Iterable[Area]) -> tuple[int | None, Grade]:
    in_force = [area for area in areas if area.kind and not area.lifted]
    levels = [area.level for area in in_force if area.level is not None]
    return max(levels, default=None), Grade(max((area.grade for area in in_force), default=0))


def _prose(headline: str, body: etree._Element | None) -> str:
    """Everything in words, the headline first, each passage once, parted by empty lines."""
    passages = dict.fromkeys([headline] if headline else [])
    for element in () if body is None else body.iter(*_PROSE):
        if text := text_of(element):
            passages.setdefault(text)
    return "\n\n".join(passages)
