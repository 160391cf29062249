"""CAP's rules of form as a table: which elements, in which order, how often, with which values.

This says what the XSD of CAP 1.2 says (the tests hold the two against each other), and much the same for 1.0 and 1.1,
so that no schema file is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.cap import model
from tomoshibi.bulletins.safexml import moment
from tomoshibi.vocabulary import T

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_MANY = 1 << 30

type Check = Callable[[str], bool]


@dataclass(frozen=True)
class Rule:
    """One element of a sequence: at least ``least`` and at most ``most`` times, with text that ``check`` accepts."""

    name: str
    least: int = 0
    most: int = 1
    check: Check | None = None
    inside: tuple[Rule, ...] = ()


def _one_of(values: tuple[str, ...]) -> Check:
    return lambda text: text in values


def _moment(text: str) -> bool:
    try:
        found: datetime | None = moment(text)
    except ValueError:
        return False
    return found is not None and _DATE.fullmatch(text.strip()) is not None


def _matches(pattern: re.Pattern[str]) -> Check:
    return lambda text: pattern.fullmatch(text.strip()) is not None


def _pair(name: str) -> Rule:
    return Rule(name, 0, _MANY, inside=(Rule("valueName", 1), Rule("value", 1)))


_NUM, _WHOLE = _matches(_NUMBER), _matches(re.compile(r"[+-]?\d+"))
_RESOURCE = (
    Rule("resourceDesc", 1),
    Rule("mimeType", 1),
    Rule("size", check=_WHOLE),
    Rule("uri"),
    Rule("derefUri"),
    Rule("digest"),
)
_AREA = (
    Rule("areaDesc", 1),
    Rule("polygon", 0, _MANY),
    Rule("circle", 0, _MANY),
    _pair("geocode"),
    Rule("altitude", check=_NUM),
    Rule("ceiling", check=_NUM),
)
_INFO = (
    Rule("language", check=_matches(_LANGUAGE)),
    Rule("category", 1, _MANY, _one_of(model.CATEGORIES)),
    Rule("event", 1),
    Rule("responseType", 0, _MANY, _one_of(model.RESPONSES)),
    Rule("urgency", 1, 1, _one_of(model.URGENCIES)),
    Rule("severity", 1, 1, _one_of(model.SEVERITIES)),
    Rule("certainty", 1, 1, _one_of(model.CERTAINTIES)),
    Rule("audience"),
    _pair("eventCode"),
    Rule("effective", check=_moment),
    Rule("onset", check=_moment),
    Rule("expires", check=_moment),
    Rule("senderName"),
    Rule("headline"),
    Rule("description"),
    Rule("instruction"),
    Rule("web"),
    Rule("contact"),
    _pair("parameter"),
    Rule("resource", 0, _MANY, inside=_RESOURCE),
    Rule("area", 0, _MANY, inside=_AREA),
)
_ALERT = (
    Rule("identifier", 1),
    Rule("sender", 1),
    Rule("sent", 1, 1, _moment),
    Rule("status", 1, 1, _one_of(model.STATUSES)),
    Rule("msgType", 1, 1, _one_of(model.MSG_TYPES)),
    Rule("source"),
    Rule("scope", 1, 1, _one_of(model.SCOPES)),
    Rule("restriction"),
    Rule("addresses"),
    Rule("code", 0, _MANY),
    Rule("note"),
    Rule("references"),
    Rule("incidents"),
    Rule("info", 0, _MANY, inside=_INFO),
)


def check_form(root: etree._Element) -> Iterator[T]:
    """Where an ``alert`` element departs from its version's form; nothing where it does not."""
    name = etree.QName(root)
    version = model.VERSIONS.get(name.namespace or "")
    if name.localname != "alert" or version is None:
        yield T("CAPの警報(alert)ではありません(最上位の要素は{tag})。", "not a CAP alert (the root is {tag}).").format(
            tag=name.localname
        )
        return
    if version == "1.2":
        yield from _sequence(root, _ALERT, f"{{{name.namespace}}}", "alert")
    else:
        yield from _loose(root, f"{{{name.namespace}}}")
    yield from _meaning(root, f"{{{name.namespace}}}")


def _sequence(element: etree._Element, rules: tuple[Rule, ...], prefix: str, where: str) -> Iterator[T]:
    """Walk the children along the rules; each departure is named once."""
    children = [child for child in element if isinstance(child.tag, str)]
    at = 0
    if any(text and text.strip() for text in (element.text, *(child.tail for child in element))):
        yield T("{where} の中に、要素の外の文字があります。", "{where} has text between its elements.").format(
            where=where
        )
    for rule in rules:
        count = 0
        while at < len(children) and children[at].tag == prefix + rule.name and count < rule.most:
            yield from _content(children[at], rule, prefix, f"{where}/{rule.name}")
            at += 1
            count += 1
        if count < rule.least:
            here = "" if at >= len(children) else etree.QName(children[at]).localname
            yield T("{where} に {name} がありません{here}。", "{where} lacks its {name}{here}.").format(
                where=where, name=rule.name, here=T("({e} の前)", " (before {e})").format(e=here) if here else ""
            )
    if where == "alert":
        while at < len(children) and children[at].tag == SIGNATURE:
            at += 1
    if at < len(children):
        yield T(
            "{where} にあってはならない、または順序の違う {name} があります。",
            "{where} has a {name} that must not stand there.",
        ).format(where=where, name=etree.QName(children[at]).localname)


def _content(element: etree._Element, rule: Rule, prefix: str, where: str) -> Iterator[T]:
    if rule.inside:
        yield from _sequence(element, rule.inside, prefix, where)
    elif len(element):
        yield T("{where} は文字だけを持ちます。", "{where} may hold text only.").format(where=where)
    elif rule.check is not None and not rule.check(element.text or ""):
        yield T("{where} の「{text}」は使えない値です。", "{where}: {text!r} is not allowed.").format(
            where=where, text=(element.text or "")[:60]
        )


def _loose(root: etree._Element, prefix: str) -> Iterator[T]:
    """Versions 1.0 and 1.1: what must be there is, and known values are known; order is theirs."""
    yield from _needed(root, ("identifier", "sender", "sent", "status", "msgType"), prefix, "alert")
    for info in root.iterchildren(prefix + "info"):
        yield from _needed(info, ("event", "urgency", "severity", "certainty"), prefix, "alert/info")
    enums = {
        "status": model.STATUSES,
        "msgType": model.MSG_TYPES,
        "scope": model.SCOPES,
        "urgency": model.URGENCIES,
        "severity": model.SEVERITIES,
        "certainty": (*model.CERTAINTIES, "Very Likely"),
    }
    for name, values in enums.items():
        for element in root.iter(prefix + name):
            if (element.text or "").strip() not in values:
                yield T("{name} の「{text}」は使えない値です。", "{name}: {text!r} is not allowed.").format(
                    name=name, text=(element.text or "")[:60]
                )
    for element in root.iter(*(prefix + name for name in ("sent", "effective", "onset", "expires"))):
        try:
            good = moment(element.text) is not None
        except ValueError:
            good = False
        if not good:
            yield T("時刻「{text}」が読めません。", "{text!r} is no time.").format(text=(element.text or "")[:60])


def _needed(element: etree._Element, names: tuple[str, ...], prefix: str, where: str) -> Iterator[T]:
    for name in names:
        if next(element.iterchildren(prefix + name), None) is None:
            yield T("{where} に {name} がありません。", "{where} lacks its {name}.").format(where=where, name=name)


def _meaning(root: etree._Element, prefix: str) -> Iterator[T]:
    """What the XSD cannot say: an update names what it updates, a private message whom it is for."""

    def text(name: str) -> str:
        found = next(root.iterchildren(prefix + name), None)
        return "" if found is None else (found.text or "").strip()

    if text("msgType") in ("Update", "Cancel", "Ack", "Error") and not text("references"):
        yield T(
            "{type} なのに、どの警報に対するものか(references)がありません。",
            "a message of type {type} must name what it is about (references).",
        ).format(type=text("msgType"))
    if text("scope") == "Private" and not text("addresses"):
        yield T("非公開なのに宛先(addresses)がありません。", "a private message must have addresses.")
    if text("scope") == "Restricted" and not text("restriction"):
        yield T("限定公開なのに条件(restriction)がありません。", "a restricted message must state its restriction.")
