"""Earthquakes, early warnings and tsunamis: the bodies of VXSE, VYSE, VZSE and VTSE telegrams.

A telegram of a great earthquake names over two thousand stations, and must be read within milliseconds.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.extract import (
    Found,
    child,
    children,
    coordinate,
    intensity_or_warn,
    moment_or_warn,
    number,
    said,
    text_of,
)
from tomoshibi.bulletins.model import MUNICIPALITY, Area, Hypocentre, Station
from tomoshibi.vocabulary import Grade, IntensityClass, T
from tomoshibi.vocabulary.levels import warning_grade

NAMESPACE = "{http://xml.kishou.go.jp/jmaxml1/body/seismology1/}"
PREFECTURES, SUBDIVISIONS = "地震情報／都道府県等", "地震情報／細分区域"
TSUNAMI_AREAS, COASTS = "津波予報区", "沿岸地域"

_SCHEMES = {"P": PREFECTURES, "A": SUBDIVISIONS, "C": MUNICIPALITY}
_AREA = NAMESPACE + "Area"
_UNREPORTED = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED
# Gravity of information on a great earthquake that may follow, by its name and stage.
_STAGES = (
    ("巨大地震警戒", Grade.DANGER),
    ("巨大地震注意", Grade.WARNING),
    ("後発地震注意", Grade.WARNING),
    ("調査中", Grade.ADVISORY),
)
_CLASSES: dict[str | None, IntensityClass] = {klass.code: klass for klass in IntensityClass}
# Kinds of tsunami warning whose code means that one was lifted.
_LIFTED = {"50", "60"}

# The telegram of a great earthquake has seventeen thousand elements. A stylesheet makes one line of each place and
# station, in C, which takes half the time of looking at every element from here. Fields and lines are parted by U+FDD0
# and U+FDD1, which are no letters and stand in no text.
_NEXT, _END = "\ufdd0", "\ufdd1"


def _flattening(*, lg: bool) -> etree.XSLT:
    """Stylesheet from an observation to lines; ``lg`` adds the long-period classes."""

    def line(level: str, *names: str) -> str:
        values = (f'{_NEXT}<xsl:value-of select="s:{name}"/>' for name in names)
        return "".join((level, *values, _END))

    def places(level: str, name: str, inside: str) -> str:
        this = line(level, "Name", "Code", "MaxInt", "Condition", *(["MaxLgInt"] if lg else []))
        return f'<xsl:for-each select="s:{name}">{this}{inside}</xsl:for-each>'

    station = line("S", "Name", "Code", "Int", *(["LgInt"] if lg else []))
    stations = f'<xsl:for-each select="s:IntensityStation">{station}</xsl:for-each>'
    body = places("P", "Observation/s:Pref", places("A", "Area", places("C", "City", stations) + stations))
    return etree.XSLT(
        etree.XML(
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
            f'xmlns:s="{NAMESPACE[1:-1]}"><xsl:output method="text"/>'
            f'<xsl:template match="/">{body}</xsl:template></xsl:stylesheet>'
        )
    )


_FLATTEN = {lg: _flattening(lg=lg) for lg in (False, True)}


def read_body(body: etree._Element, found: Found) -> None:
    """Fill ``found`` from a body of the seismology namespace."""
    earthquake = child(body, "Earthquake")
    if earthquake is not None:
        _earthquake(earthquake, found)
    intensity = child(body, "Intensity")
    if intensity is not None:
        if (observation := child(intensity, "Observation")) is not None:
            _observation(observation, found)
        if (forecast := child(intensity, "Forecast")) is not None:
            _early_warning(forecast, found)
    if (tsunami := child(body, "Tsunami")) is not None:
        _tsunami(tsunami, found)
    if (information := child(body, "EarthquakeInfo")) is not None:
        _information(information, found)
    if (comments := child(body, "Comments")) is not None:
        codes = [code for comment in comments for code in said(comment, "Code").split() if isinstance(comment.tag, str)]
        found.fields["comment_codes"] = tuple(codes)


def _earthquake(earthquake: etree._Element, found: Found) -> None:
    found.fields["origin"] = moment_or_warn(said(earthquake, "OriginTime"), "OriginTime", found)
    centre = child(earthquake, "Hypocenter")
    area = child(centre, "Area") if centre is not None else None
    if area is not None:
        found.fields["hypocentre"] = _hypocentre(area, found)
    magnitude = child(earthquake, "Magnitude")
    if magnitude is not None:
        found.fields["magnitude"] = number(text_of(magnitude))
        found.fields["magnitude_text"] = magnitude.get("description") or ""


def _hypocentre(area: etree._Element, found: Found) -> Hypocentre:
    lat = lon = depth = None
    # Where degrees and minutes are given beside degrees, they are the finer
    for element in sorted(area.iterchildren("{*}Coordinate"), key=lambda e: "度分" not in (e.get("type") or "")):
        text = text_of(element)
        if not text:
            continue
        if (place := coordinate(text, minutes="度分" in (element.get("type") or ""))) is None:
            found.warn(
                T("震源の位置「{text}」が読めません。", "The place {text!r} cannot be read.").format(text=text[:40])
            )
            continue
        lat, lon, height = place
        depth = None if height is None else -height / 1000 + 0.0
        break
    return Hypocentre(
        said(area, "Name"),
        said(area, "Code"),
        None if lat is None else round(lat, 5),
        None if lon is None else round(lon, 5),
        depth,
        said(area, "DetailedName") or said(area, "NameFromMark"),
    )


def _observation(observation: etree._Element, found: Found) -> None:
    """Classes of prefectures, subdivisions, municipalities and stations.

    A place marked 未入電, or holding one, has an unknown class of at least 5弱 unless a stronger one was reported.
    """
    areas: list[Area] = []  # prefectures, each before its subdivisions
    cities: list[Area] = []
    stations: list[Station] = []
    prefecture = area = city = -1  # places in these lists of those that we are in
    subdivision = ""  # its code
    silent: set[tuple[bool, int]] = set()
    top_lg = said(observation, "MaxLgInt")
    for record in str(_FLATTEN[bool(top_lg)](observation)).split(_END):
        fields = record.split(_NEXT)
        level, lg = fields[0], None
        if top_lg:
            *fields, longer = fields
            lg = _whole(longer)
        if level == "S" and len(fields) == 4:
            klass = _CLASSES.get(fields[3]) or intensity_or_warn(fields[3], found)
            stations.append(Station(fields[2], fields[1], klass, lg, area=subdivision))
            quiet = klass is _UNREPORTED
        elif level in _SCHEMES and len(fields) == 5:
            klass = _CLASSES.get(fields[3]) or intensity_or_warn(fields[3], found)
            row = Area(fields[2], fields[1], _SCHEMES[level], "", "", "", None, 0, klass, None, lg)
            if level == "C":
                city = len(cities)
                cities.append(row)
            else:
                area, city = len(areas), -1
                subdivision = row.code if level == "A" else ""
                prefecture = area if level == "P" else prefecture
                areas.append(row)
            quiet = klass is _UNREPORTED or "未入電" in fields[4]
        else:
            continue
        if quiet:
            silent |= {(False, prefecture), (False, area), (True, city)}
    for municipal, at in silent:
        rows = cities if municipal else areas
        if at >= 0:
            reported = rows[at].intensity
            klass = _stronger(reported, _UNREPORTED)
            rows[at] = rows[at]._replace(intensity=klass, reported=None if klass is reported else reported)
    found.areas = (*areas, *cities)
    found.fields["stations"] = tuple(stations)
    highest = intensity_or_warn(said(observation, "MaxInt"), found)
    found.fields["max_intensity"] = _stronger(highest, _UNREPORTED) if silent else highest
    found.fields["max_lg_intensity"] = _whole(top_lg)


def _early_warning(forecast: etree._Element, found: Found) -> None:
    """Expected classes of an early warning. ``intensity`` is the higher end of what is expected."""
    rows: list[Area] = []
    for prefecture in forecast.iterchildren(NAMESPACE + "Pref"):
        for area in prefecture.iterchildren(_AREA):
            parts = children(area)
            category = parts.get("Category")
            kind = None if category is None else child(category, "Kind")
            kind_name = "" if kind is None else said(kind, "Name")
            klass = _expected(parts.get("ForecastInt"), found)
            rows.append(
                Area(
                    text_of(parts.get("Code")),
                    text_of(parts.get("Name")),
                    SUBDIVISIONS,
                    kind_name,
                    "" if kind is None else said(kind, "Code"),
                    grade=int(_early_warning_grade(kind_name, klass)),
                    intensity=klass,
                    lg_intensity=_lg_expected(parts.get("ForecastLgInt")),
                    at=moment_or_warn(text_of(parts.get("ArrivalTime")), "ArrivalTime", found),
                    condition=text_of(parts.get("Condition")),
                )
            )
    found.areas = tuple(rows)
    found.fields["max_intensity"] = _expected(child(forecast, "ForecastInt"), found)
    found.fields["max_lg_intensity"] = _lg_expected(child(forecast, "ForecastLgInt"))


def _early_warning_grade(kind: str, klass: IntensityClass | None) -> Grade:
    """An early warning of 6弱 and above is an emergency warning 特別警報 by law."""
    if "警報" not in kind:
        return Grade.NONE
    return Grade.SPECIAL if klass is not None and klass >= IntensityClass.SIX_LOWER else Grade.WARNING


def _expected(span: etree._Element | None, found: Found) -> IntensityClass | None:
    if span is None:
        return None
    return intensity_or_warn(said(span, "To"), found) or intensity_or_warn(said(span, "From"), found)


def _lg_expected(span: etree._Element | None) -> int | None:
    if span is None:
        return None
    upper = _whole(said(span, "To"))
    return _whole(said(span, "From")) if upper is None else upper


def _tsunami(tsunami: etree._Element, found: Found) -> None:
    """Warnings by forecast area, expected heights, and what gauges at the coast and offshore have seen."""
    rows: list[Area] = []
    stations: list[Station] = []
    for block in tsunami.iterchildren("{*}Forecast", "{*}Estimation", "{*}Observation"):
        observed = block.tag == NAMESPACE + "Observation"
        for item in block.iterchildren("{*}Item"):
            area = child(item, "Area")
            if not observed and area is not None:
                scheme = TSUNAMI_AREAS if block.tag == NAMESPACE + "Forecast" else COASTS
                rows.append(_coast(item, area, scheme, found))
            stations.extend(_gauge(gauge, observed, found) for gauge in item.iterchildren("{*}Station"))
    found.areas = tuple(rows)
    found.fields["stations"] = tuple(stations)


def _coast(item: etree._Element, area: etree._Element, scheme: str, found: Found) -> Area:
    parts = children(item)
    category = parts.get("Category")
    kind = child(category, "Kind") if category is not None else None
    name, code = ("", "") if kind is None else (said(kind, "Name"), said(kind, "Code"))
    height_m, height, condition = _height(parts.get("MaxHeight"))
    first = parts.get("FirstHeight")
    return Area(
        said(area, "Code"),
        said(area, "Name"),
        scheme,
        name,
        code,
        "解除" if code in _LIFTED or code == "00" else "",
        grade=int(warning_grade(name)),
        at=_arrival(first, found),
        height_m=height_m,
        height=height,
        condition="\u3000".join(filter(None, ["" if first is None else said(first, "Condition"), condition])),
    )


def _gauge(gauge: etree._Element, observed: bool, found: Found) -> Station:
    parts = children(gauge)
    first = parts.get("FirstHeight")
    height_m, height, condition = _height(parts.get("MaxHeight"))
    words = ("", "") if first is None else (said(first, "Initial"), said(first, "Condition"))
    return Station(
        text_of(parts.get("Code")),
        text_of(parts.get("Name")),
        at=_arrival(first, found),
        height_m=height_m,
        height=height,
        condition="\u3000".join(filter(None, (*words, condition))),
        kind="observed" if observed else "expected",
    )


def _arrival(first: etree._Element | None, found: Found) -> datetime | None:
    return None if first is None else moment_or_warn(said(first, "ArrivalTime"), "ArrivalTime", found)


def _height(element: etree._Element | None) -> tuple[float | None, str, str]:
    """Height in metres, in JMA's words (巨大, ３ｍ), and the condition beside it."""
    if element is None:
        return None, "", ""
    height = child(element, "TsunamiHeight")
    if height is None:
        return None, "", said(element, "Condition")
    return number(text_of(height)), height.get("description") or "", said(element, "Condition")


def _information(information: etree._Element, found: Found) -> None:
    """Nankai Trough and Hokkaido–Sanriku information has no areas: its kind and stage stand as one national area."""
    stage = child(information, "InfoSerial")
    if name := said(information, "InfoKind"):
        suffix = said(stage, "Name") if stage is not None else ""
        code = said(stage, "Code") if stage is not None else ""
        what = f"{name}（{suffix}）" if suffix else name
        change = "解除" if suffix == "調査終了" else ""
        grade = next((grade for words, grade in _STAGES if words in what), Grade.NONE)
        found.areas = (Area("", "全国", "", what, code, change, grade=int(grade)),)


def _stronger(one: IntensityClass | None, other: IntensityClass | None) -> IntensityClass | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 4 else None
