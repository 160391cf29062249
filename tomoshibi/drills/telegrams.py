"""Telegrams of our own making for drills: VXSE53 震源・震度に関する情報, valid by JMA's schema, with status 訓練.

What a scenario says in a few lines becomes the XML that JMA would send, so that a drill goes through the same inbox as
the real thing. Structure and code lists are those of JMA's disaster XML (``jmx_seis.xsd``) and of its samples.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, Literal

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tomoshibi.bulletins import Status
from tomoshibi.vocabulary import IntensityClass
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.municipality import PREFECTURES, MunicipalityCode

REPORT, HEAD = "http://xml.kishou.go.jp/jmaxml1/", "http://xml.kishou.go.jp/jmaxml1/informationBasis1/"
BODY, BASIS = "http://xml.kishou.go.jp/jmaxml1/body/seismology1/", "http://xml.kishou.go.jp/jmaxml1/elementBasis1/"
STATUSES = {Status.NORMAL: "通常", Status.TRAINING: "訓練", Status.TEST: "試験"}
#: JMA's fixed sentences about tsunami, by what a scenario says
TSUNAMI = {
    "none": ("0215", "この地震による津波の心配はありません。"),
    "warning": ("0211", "津波警報等（大津波警報・津波警報あるいは津波注意報）を発表中です。"),
}
DIGITS = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def _class(text: str) -> str:
    return IntensityClass.parse(text).label


def _code(text: str) -> str:
    return MunicipalityCode.parse(text).jma


class Shaken(BaseModel):
    """One municipality: its name and code, the forecast area 細分区域 that it lies in, its class, its stations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    code: Annotated[str, AfterValidator(_code)]
    area: str = Field(min_length=1)
    area_code: str = Field(pattern="^[0-9]{3}$")
    intensity: Annotated[str, AfterValidator(_class)]
    #: names of its stations; the first has the municipality's class
    stations: tuple[str, ...] = ()

    @property
    def klass(self) -> IntensityClass:
        """Its class, typed."""
        return IntensityClass(self.intensity)


class Quake(BaseModel):
    """What a scenario says of an earthquake. Degrees north and east, kilometres, Mj."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hypocentre: str = Field(min_length=1)
    hypocentre_code: str = Field(pattern="^[0-9]{3}$")
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    depth_km: int = Field(ge=0, le=700)
    magnitude: float = Field(ge=0, le=10)
    #: minutes between the earthquake and this telegram
    minutes_before: int = Field(3, ge=0, le=600)
    #: when it shook, counted from the scenario's beginning, where it is another earthquake than the first
    shook: timedelta | None = None
    tsunami: Literal["none", "warning"] = "none"
    municipalities: tuple[Shaken, ...] = Field(min_length=1)


def write(
    quake: Quake, *, event: str, serial: int, origin: datetime, reported: datetime, status: Status = Status.TRAINING
) -> bytes:
    """The telegram as bytes (UTF-8 XML). ``origin`` and ``reported`` carry their zone; they are written in JST."""
    origin, reported = origin.astimezone(JAPAN), reported.astimezone(JAPAN)
    root = etree.Element(f"{{{REPORT}}}Report", nsmap={None: REPORT, "jmx": REPORT})
    control = _node(root, REPORT, "Control")
    _text(control, REPORT, "Title", "震源・震度に関する情報")
    _text(control, REPORT, "DateTime", reported.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _text(control, REPORT, "Status", STATUSES[status])
    _text(control, REPORT, "EditorialOffice", "気象庁本庁")
    _text(control, REPORT, "PublishingOffice", "気象庁")
    _head(root, quake, event, serial, origin, reported)
    _body(root, quake, origin)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _head(root: etree._Element, quake: Quake, event: str, serial: int, origin: datetime, reported: datetime) -> None:
    head = _node(root, HEAD, "Head", nsmap={None: HEAD})
    _text(head, HEAD, "Title", "震源・震度情報")
    _text(head, HEAD, "ReportDateTime", _iso(reported))
    _text(head, HEAD, "TargetDateTime", _iso(reported))
    _text(head, HEAD, "EventID", event)
    _text(head, HEAD, "InfoType", "発表")
    _text(head, HEAD, "Serial", str(serial))
    _text(head, HEAD, "InfoKind", "地震情報")
    _text(head, HEAD, "InfoKindVersion", "1.0_0")
    headline = _node(head, HEAD, "Headline")
    when = f"{origin:%d日%H時%M分}".translate(DIGITS)
    _text(headline, HEAD, "Text", f"{when}ころ、地震がありました。")
    lists = (
        ("震源・震度に関する情報（細分区域）", "地震情報／細分区域", _areas(quake)),
        ("震源・震度に関する情報（市町村等）", "気象・地震・火山情報／市町村等", _cities(quake)),
    )
    for title, scheme, places in lists:
        strong = [p for p in places if p[2] >= IntensityClass.THREE]
        if not strong:
            continue
        information = _node(headline, HEAD, "Information", type=title)
        for klass, group in groupby(sorted(strong, key=lambda p: -p[2].order), key=lambda p: p[2]):
            item = _node(information, HEAD, "Item")
            name = f"震度{klass.label}".translate(DIGITS) if klass.known else klass.label
            _text(_node(item, HEAD, "Kind"), HEAD, "Name", name)
            areas = _node(item, HEAD, "Areas", codeType=scheme)
            for place, code, _ in group:
                area = _node(areas, HEAD, "Area")
                _text(area, HEAD, "Name", place)
                _text(area, HEAD, "Code", code)


Place = tuple[str, str, IntensityClass]


def _cities(quake: Quake) -> list[Place]:
    return [(m.name, m.code, m.klass) for m in quake.municipalities]


def _areas(quake: Quake) -> list[Place]:
    strongest: dict[tuple[str, str], IntensityClass] = {}
    for m in quake.municipalities:
        key = (m.area, m.area_code)
        strongest[key] = max(strongest.get(key, IntensityClass.ZERO), m.klass)
    return [(name, code, klass) for (name, code), klass in strongest.items()]


def _body(root: etree._Element, quake: Quake, origin: datetime) -> None:
    body = _node(root, BODY, "Body", nsmap={None: BODY, "jmx_eb": BASIS})
    earthquake = _node(body, BODY, "Earthquake")
    _text(earthquake, BODY, "OriginTime", _iso(origin))
    _text(earthquake, BODY, "ArrivalTime", _iso(origin))
    area = _node(_node(earthquake, BODY, "Hypocenter"), BODY, "Area")
    _text(area, BODY, "Name", quake.hypocentre)
    _text(area, BODY, "Code", quake.hypocentre_code, type="震央地名")
    ns, ew = ("北緯" if quake.lat >= 0 else "南緯"), ("東経" if quake.lon >= 0 else "西経")
    said = f"{ns}{abs(quake.lat):.1f}度　{ew}{abs(quake.lon):.1f}度　深さ　{quake.depth_km}".translate(DIGITS) + "ｋｍ"
    place = f"{quake.lat:+.1f}{quake.lon:+.1f}{-quake.depth_km * 1000:+d}/"
    _text(area, BASIS, "Coordinate", place, description=said, datum="日本測地系")
    size = f"{quake.magnitude:.1f}"
    _text(earthquake, BASIS, "Magnitude", size, type="Mj", description=f"Ｍ{size.translate(DIGITS)}")
    _observation(_node(_node(body, BODY, "Intensity"), BODY, "Observation"), quake)
    code, sentence = TSUNAMI[quake.tsunami]
    comment = _node(_node(body, BODY, "Comments"), BODY, "ForecastComment", codeType="固定付加文")
    _text(comment, BODY, "Text", sentence)
    _text(comment, BODY, "Code", code)


def _observation(observation: etree._Element, quake: Quake) -> None:
    define = _node(observation, BODY, "CodeDefine")
    for path, scheme in (
        ("Pref/Code", "地震情報／都道府県等"),
        ("Pref/Area/Code", "地震情報／細分区域"),
        ("Pref/Area/City/Code", "気象・地震・火山情報／市町村等"),
        ("Pref/Area/City/IntensityStation/Code", "震度観測点"),
    ):
        _text(define, BODY, "Type", scheme, xpath=path)
    _strongest(observation, quake.municipalities)
    ordered = sorted(quake.municipalities, key=lambda m: (m.code[:2], m.area_code, -m.klass.order, m.code))
    for prefecture, in_prefecture in groupby(ordered, key=lambda m: m.code[:2]):
        towns = list(in_prefecture)
        pref = _named(observation, "Pref", PREFECTURES[prefecture], prefecture)
        _strongest(pref, towns)
        for code, in_area in groupby(towns, key=lambda m: m.area_code):
            members = list(in_area)
            area = _named(pref, "Area", members[0].area, code)
            _strongest(area, members)
            for member in members:
                _city(area, member)


def _city(area: etree._Element, member: Shaken) -> None:
    city = _named(area, "City", member.name, member.code)
    _strongest(city, [member])
    if not member.klass.known:
        _text(city, BODY, "Condition", member.klass.label)
    for number, name in enumerate(member.stations or (f"{member.name}役所＊",)):
        station = _named(city, "IntensityStation", name, f"{member.code[:5]}{20 + number:02}")
        _text(station, BODY, "Int", member.klass.code)


def _strongest(parent: etree._Element, members: Iterable[Shaken]) -> None:
    """``MaxInt`` of what was observed; nothing where nothing came in."""
    known = [m.klass for m in members if m.klass.known]
    if known:
        _text(parent, BODY, "MaxInt", max(known).code)


def _named(parent: etree._Element, tag: str, name: str, code: str) -> etree._Element:
    made = _node(parent, BODY, tag)
    _text(made, BODY, "Name", name)
    _text(made, BODY, "Code", code)
    return made


def _node(parent: etree._Element, namespace: str, tag: str, nsmap: Any = None, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes, nsmap=nsmap)


def _text(parent: etree._Element, namespace: str, tag: str, text: str, **attributes: str) -> None:
    _node(parent, namespace, tag, **attributes).text = text


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()
