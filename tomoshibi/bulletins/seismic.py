"""Earthquakes, early warnings and tsunamis: the bodies of VXSE, VYSE, VZSE and VTSE telegrams.

A telegram of a great earthquake names over two thousand stations, and must be read within milliseconds: hence plain
loops over children, each taken once.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from tomoshibi.bulletins.extract import (
    Found,
    child,
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

_NAME, _CODE, _INT, _LG, _CONDITION = (NAMESPACE + n for n in ("Name", "Code", "Int", "LgInt", "Condition"))
_MAX, _MAX_LG = NAMESPACE + "MaxInt", NAMESPACE + "MaxLgInt"
_AREA, _CITY, _STATION = NAMESPACE + "Area", NAMESPACE + "City", NAMESPACE + "IntensityStation"
_UNREPORTED = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED
_CLASSES: dict[str | None, IntensityClass] = {klass.code: klass for klass in IntensityClass}
# Kinds of tsunami warning whose code means that one was lifted.
_LIFTED = {"50", "60"}


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
    """Classes of prefectures, subdivisions, municipalities and stations."""
    shaken = _Shaken(found)
    top: IntensityClass | None = None
    for prefecture in observation.iterchildren(NAMESPACE + "Pref"):
        place = len(shaken.areas)
        shaken.areas.append(Area("", ""))  # the prefecture comes first, and is known last
        shaken.areas[place] = row = shaken.read(prefecture, PREFECTURES)
        top = _stronger(top, row.intensity)
    found.areas = (*shaken.areas, *shaken.cities)
    found.fields["stations"] = tuple(shaken.stations)
    found.fields["max_intensity"] = _stronger(intensity_or_warn(said(observation, "MaxInt"), found), top)
    found.fields["max_lg_intensity"] = _whole(said(observation, "MaxLgInt"))


class _Shaken:
    """Rows of an observation, gathered in one pass over its elements."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.areas: list[Area] = []
        self.cities: list[Area] = []
        self.stations: list[Station] = []

    def read(self, element: etree._Element, scheme: str) -> Area:
        """Row of one prefecture, subdivision or municipality, after the rows of all that lies in it.

        A place marked 未入電, or holding one, has an unknown class of at least 5弱 unless a stronger one was reported.
        """
        code = name = ""
        klass = reported = lg = None
        for part in element:
            tag = part.tag
            if tag == _STATION:
                self.stations.append(station := self._station(part))
                if station.intensity is _UNREPORTED:
                    klass = _UNREPORTED
            elif tag == _NAME:
                name = part.text or ""
            elif tag == _CODE:
                code = part.text or ""
            elif tag == _MAX:
                reported = self._class(part.text)
            elif tag == _CITY:
                self.cities.append(row := self.read(part, MUNICIPALITY))
                klass = _UNREPORTED if row.intensity is _UNREPORTED else klass
            elif tag == _AREA:
                row = self.read(part, SUBDIVISIONS)
                self.areas.append(row)
                klass = _UNREPORTED if row.intensity is _UNREPORTED else klass
            elif tag == _CONDITION:
                klass = _UNREPORTED if "未入電" in (part.text or "") else klass
            elif tag == _MAX_LG:
                lg = _whole(part.text)
        if klass is None:
            return Area(code, name, scheme, intensity=reported, lg_intensity=lg)
        klass = _stronger(klass, reported)
        return Area(
            code, name, scheme, intensity=klass, reported=None if klass is reported else reported, lg_intensity=lg
        )

    def _station(self, station: etree._Element) -> Station:
        code = name = ""
        klass = lg = None
        for part in station:
            tag = part.tag
            if tag == _INT:
                klass = self._class(part.text)
            elif tag == _NAME:
                name = part.text or ""
            elif tag == _CODE:
                code = part.text or ""
            elif tag == _LG:
                lg = _whole(part.text)
        return Station(code, name, klass, lg)

    def _class(self, text: str | None) -> IntensityClass | None:
        return _CLASSES.get(text) or intensity_or_warn(text, self.found)


def _early_warning(forecast: etree._Element, found: Found) -> None:
    """Expected classes of an early warning. ``intensity`` is the higher end of what is expected."""
    rows: list[Area] = []
    for prefecture in forecast.iterchildren(NAMESPACE + "Pref"):
        for area in prefecture.iterchildren(_AREA):
            category = child(area, "Category")
            kind = None if category is None else child(category, "Kind")
            kind_name = "" if kind is None else said(kind, "Name")
            klass = _expected(area, found)
            rows.append(
                Area(
                    said(area, "Code"),
                    said(area, "Name"),
                    SUBDIVISIONS,
                    kind_name,
                    "" if kind is None else said(kind, "Code"),
                    grade=int(_early_warning_grade(kind_name, klass)),
                    intensity=klass,
                    lg_intensity=_lg_expected(area),
                    at=moment_or_warn(said(area, "ArrivalTime"), "ArrivalTime", found),
                    condition=said(area, "Condition"),
                )
            )
    found.areas = tuple(rows)
    found.fields["max_intensity"] = _expected(forecast, found)
    found.fields["max_lg_intensity"] = _lg_expected(forecast)


def _early_warning_grade(kind: str, klass: IntensityClass | None) -> Grade:
    """An early warning of 6弱 and above is an emergency warning 特別警報 by law."""
    if "警報" not in kind:
        return Grade.NONE
    return Grade.SPECIAL if klass is not None and klass >= IntensityClass.SIX_LOWER else Grade.WARNING


def _expected(element: etree._Element, found: Found) -> IntensityClass | None:
    span = child(element, "ForecastInt")
    if span is None:
        return None
    return intensity_or_warn(said(span, "To"), found) or intensity_or_warn(said(span, "From"), found)


def _lg_expected(element: etree._Element) -> int | None:
    span = child(element, "ForecastLgInt")
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
    category = child(item, "Category")
    kind = child(category, "Kind") if category is not None else None
    name, code = ("", "") if kind is None else (said(kind, "Name"), said(kind, "Code"))
    height_m, height, condition = _height(child(item, "MaxHeight"))
    first = child(item, "FirstHeight")
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
    first = child(gauge, "FirstHeight")
    height_m, height, condition = _height(child(gauge, "MaxHeight"))
    words = ("", "") if first is None else (said(first, "Initial"), said(first, "Condition"))
    return Station(
        said(gauge, "Code"),
        said(gauge, "Name"),
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
    name = said(information, "InfoKind")
    if name:
        suffix = said(stage, "Name") if stage is not None else ""
        code = said(stage, "Code") if stage is not None else ""
        found.areas = (Area("", "全国", "", f"{name}（{suffix}）" if suffix else name, code),)


def _stronger(one: IntensityClass | None, other: IntensityClass | None) -> IntensityClass | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 4 else None
