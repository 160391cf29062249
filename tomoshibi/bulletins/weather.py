"""Weather, heavy rain, tornado, landslide, flood, typhoon and the rest of the meteorology namespace."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.extract import Found, child, children, coordinate, items, moment_or_warn, number, said, text_of
from tomoshibi.bulletins.model import FORECAST_AREAS, MUNICIPALITY, Area, Fix, Kind
from tomoshibi.vocabulary import Grade
from tomoshibi.vocabulary.levels import warning_grade, warning_level

_NS = "{http://xml.kishou.go.jp/jmaxml1/body/meteorology1/}"
# 危険度 codes of the second digit 0 are grades (注意報級 …); the rest are levels (31 is level 3).
_SIGNIFICANT = {"10": Grade.ADVISORY, "20": Grade.ADVISORY, "30": Grade.WARNING, "50": Grade.SPECIAL}
# Dangers that are any, found in C: of a notice's seventy thousand a few hundred are.
_DANGERS = etree.XPath(
    "descendant::m:Significancy[not(m:Code='00' or m:Code='01' or m:Code='11')]",
    namespaces={"m": _NS[1:-1]},
)
# Code lists of 大雨危険度通知, which are others by another name.
_DANGER_LISTS = {
    "二次細分区域": MUNICIPALITY,
    **dict.fromkeys(("府県予報区", "一次細分区域", "市町村等をまとめた地域"), FORECAST_AREAS),
}


def read_body(body: etree._Element, kind: Kind, title: str, found: Found) -> None:
    """Fill ``found`` from a body; what has neither warnings, dangers nor a storm leaves it empty.

    ``title`` is the telegram's own heading, in which some telegrams alone say what they are about.
    """
    if kind is Kind.TYPHOON:
        _storm(body, found)
        return
    rows = [area for block in body.iterchildren("{*}Warning") for area in items(block) if area.kind != "なし"]
    if kind is Kind.LANDSLIDE:
        rows = [_landslide(area, title) for area in rows]
    elif kind is Kind.FLOOD:
        rows = _flood(body, rows)
    elif kind is Kind.HEAT and (place := title.partition("熱中症")[0]):
        rows = [Area("", place, FORECAST_AREAS, title.removeprefix(place), grade=int(Grade.ADVISORY))]
    elif "気象防災速報" in title:
        rows = _urgent(body, title)
    elif not rows and kind in (Kind.HEAVY_RAIN, Kind.WEATHER):
        rows = _dangers(body, found)
    found.areas = tuple(rows)


def _landslide(area: Area, title: str) -> Area:
    """An area of 土砂災害警戒情報, whose kind says only 警戒 or 解除; the level stands in the title alone."""
    if area.lifted:
        return area
    plain = unicodedata.normalize("NFKC", title)
    name = "レベル４土砂災害危険警報" if "危険警報" in plain else "土砂災害警戒情報"
    return area._replace(
        kind=name,
        level=(warning_level(title) if "レベル" in plain else None) or warning_level(name),
        grade=int(warning_grade(name)),
    )


def _flood(body: etree._Element, rows: list[Area]) -> list[Area]:
    """River and forecast areas from the head, and from the body the municipalities that may be flooded.

    The body's own areas carry no warning (their kind is 主文 or 浸水想定地区), so they get the head's.
    """
    named = _from_head(body)
    if not named:
        return rows
    what = named[0]
    towns: dict[str, str] = {}
    for area in body.iter("{*}Area"):
        if code := said(area, "CityCode"):
            towns.setdefault(code, said(area, "City"))
    return named + [what._replace(code=code, name=name, scheme=MUNICIPALITY) for code, name in towns.items()]


def _urgent(body: etree._Element, title: str) -> list[Area]:
    """Areas of 気象防災速報: what it is about (線状降水帯発生, 記録的短時間大雨 …) stands in brackets in the title."""
    about = title[title.find("気象防災速報") :]
    return [area._replace(kind=about, grade=int(Grade.WARNING)) for area in _from_head(body)]


def _from_head(body: etree._Element) -> list[Area]:
    root = body.getparent()
    head = child(root, "Head") if root is not None else None
    headline = child(head, "Headline") if head is not None else None
    blocks = () if headline is None else headline.iterchildren("{*}Information")
    return [area for block in blocks for area in items(block)]


def _dangers(body: etree._Element, found: Found) -> list[Area]:
    """Dangers 危険度 by area: the worst of each kind and area, and when it is first expected.

    Areas without any (code 00, 01 or 11) are left out: a notice of heavy rain covers the whole country.
    """
    worst: dict[tuple[str, str], Area] = {}
    times: dict[etree._Element, dict[str | None, datetime | None]] = {}
    for danger in _DANGERS(body):
        parts = children(danger)
        code = text_of(parts.get("Code"))
        rank = _rank(code)
        item = next(danger.iterancestors(_NS + "Item"), None)
        area = child(item, "Area") if item is not None else None
        if rank < 2 or item is None or area is None:
            continue
        block = item.getparent()
        if block is None:
            continue
        if block not in times:
            times[block] = _times(block, found)
        place, scheme, what = said(area, "Code"), area.get("codeType") or "", danger.get("type") or ""
        before = worst.get((place, what))
        if before is not None and before.grade >= rank:
            continue
        scheme = _DANGER_LISTS.get(scheme, scheme) or (MUNICIPALITY if len(place) == 7 else "")
        level = None if code[1:] == "0" else int(code[0])
        at = times[block].get(danger.get("refID"))
        condition = text_of(parts.get("Condition")) or text_of(parts.get("Name"))
        worst[place, what] = Area(
            place, said(area, "Name"), scheme, what, code, "", level, rank, at=at, condition=condition
        )
    return list(worst.values())


def _times(block: etree._Element, found: Found) -> dict[str | None, datetime | None]:
    """Moments by their ``refID``; under None that of the whole block."""
    times: dict[str | None, datetime | None] = {None: moment_or_warn(said(block, "DateTime"), "DateTime", found)}
    for define in block.iter(_NS + "TimeDefine"):
        times[define.get("timeId")] = moment_or_warn(said(define, "DateTime"), "DateTime", found)
    return times


def _rank(code: str) -> int:
    if code in _SIGNIFICANT:
        return _SIGNIFICANT[code]
    return int(code[0]) if len(code) == 2 and code.isdecimal() and code[0] in "2345" else 0


def _storm(body: etree._Element, found: Found) -> None:
    """Track of a typhoon: the observed centre and the forecast ones, each with pressure, wind and 70 % circle."""
    track: list[Fix] = []
    names: list[Area] = []
    for infos in body.iterchildren("{*}MeteorologicalInfos"):
        for info in infos.iterchildren("{*}MeteorologicalInfo"):
            moment = child(info, "DateTime")
            when = moment_or_warn(text_of(moment), "DateTime", found)
            centre = next(info.iter("{*}CenterPart"), None)
            if (name := next(info.iter("{*}TyphoonNamePart"), None)) is not None:
                names.append(Area(said(name, "Number"), said(name, "NameKana") or said(name, "Name"), "台風番号"))
            if when is None or centre is None or moment is None:
                continue
            track.append(_fix(info, centre, when, moment.get("type") or ""))
    found.fields["track"] = tuple(track)
    found.areas = tuple(area for area in names if area.code or area.name)


def _fix(info: etree._Element, centre: etree._Element, when: datetime, label: str) -> Fix:
    lat = lon = None
    for point in centre.iter("{*}Coordinate", "{*}BasePoint"):
        if "度分" not in (point.get("type") or "") and (place := coordinate(text_of(point))) is not None:
            lat, lon = place[0], place[1]
            break
    circle = child(centre, "ProbabilityCircle")
    return Fix(
        when,
        label,
        lat,
        lon,
        next((number(text_of(e)) for e in centre.iter("{*}Pressure")), None),
        _measured(info, "WindSpeed", "m/s", "最大風速"),
        None if circle is None else _measured(circle, "Radius", "km"),
        next((text_of(e) for e in info.iter("{*}TyphoonClass")), ""),
    )


def _measured(element: etree._Element, tag: str, unit: str, what: str | None = None) -> float | None:
    """First number of this tag and unit (and of this type)."""
    found = (e for e in element.iter("{*}" + tag) if e.get("unit") == unit and (what is None or e.get("type") == what))
    return next((number(text_of(e)) for e in found), None)
