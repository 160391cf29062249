"""What a telegram says, as one frozen value: :class:`Bulletin`, with its areas and stations.

Every kind of telegram fills the same fields; what a kind does not know stays empty. A bulletin goes to JSON and comes
back equal, so that the inbox can keep it in a fact's payload.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import Grade, IntensityClass, T
from tomoshibi.vocabulary.levels import is_lifted

#: scheme of an area's code: JMA's municipalities (seven digits, of which five are the municipality's code)
MUNICIPALITY = "気象・地震・火山情報／市町村等"
#: scheme of forecast areas of every size (府県予報区, 一次細分区域, 市町村等をまとめた地域): six digits
FORECAST_AREAS = "気象情報／府県予報区・細分区域等"
# Words in the names of code lists, and the family each list belongs to. What is left is told by its digits.
_FAMILIES = (
    ("city", (MUNICIPALITY,)),
    ("quake", ("地震情報",)),
    ("coast", ("津波予報区", "沿岸地域")),
    ("volcano", ("火山名",)),
    ("river", ("河川", "指定河川洪水予報（予報区域）")),
)


class Kind(StrEnum):
    """What a bulletin is about."""

    EARTHQUAKE = "earthquake"
    EEW = "eew"
    TSUNAMI = "tsunami"
    VOLCANO = "volcano"
    WEATHER = "weather"
    HEAVY_RAIN = "heavy-rain"
    TORNADO = "tornado"
    TYPHOON = "typhoon"
    LANDSLIDE = "landslide"
    FLOOD = "flood"
    MARINE = "marine"
    TIDE = "tide"
    HEAT = "heat"
    FORECAST = "forecast"
    OBSERVATION = "observation"
    CHART = "chart"
    OTHER = "other"

    @property
    def text(self) -> T:
        """The kind's name in both languages."""
        return _KIND_TEXTS[self]


_KIND_TEXTS = {
    Kind.EARTHQUAKE: T("地震", "Earthquake"),
    Kind.EEW: T("緊急地震速報", "Earthquake early warning"),
    Kind.TSUNAMI: T("津波", "Tsunami"),
    Kind.VOLCANO: T("火山", "Volcano"),
    Kind.WEATHER: T("気象警報", "Weather warning"),
    Kind.HEAVY_RAIN: T("大雨", "Heavy rain"),
    Kind.TORNADO: T("竜巻", "Tornado"),
    Kind.TYPHOON: T("台風", "Typhoon"),
    Kind.LANDSLIDE: T("土砂災害", "Landslide"),
    Kind.FLOOD: T("洪水", "Flood"),
    Kind.MARINE: T("海上", "Marine"),
    Kind.TIDE: T("潮位", "Tide"),
    Kind.HEAT: T("熱中症", "Heat"),
    Kind.FORECAST: T("予報", "Forecast"),
    Kind.OBSERVATION: T("観測", "Observation"),
    Kind.CHART: T("天気図", "Chart"),
    Kind.OTHER: T("その他", "Other"),
}


class Status(StrEnum):
    """Whether a bulletin is real. Only NORMAL may set anything off outside a training world."""

    NORMAL = "normal"
    TRAINING = "training"
    TEST = "test"


class Info(StrEnum):
    """What a bulletin does to its event: 発表 issues, 訂正 corrects, 取消 takes back, 遅延 comes late."""

    ISSUED = "issued"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    DELAYED = "delayed"


class Hypocentre(NamedTuple):
    """Where an earthquake began. ``lat`` and ``lon`` in degrees, ``depth_km`` in km; None is unknown.

    ``detail`` is a finer name (チリ中部沿岸) or the place seen from a landmark.
    """

    name: str
    code: str = ""
    lat: float | None = None
    lon: float | None = None
    depth_km: float | None = None
    detail: str = ""


class Area(NamedTuple):
    """One area and one thing said of it; an area under two warnings stands there twice.

    - ``scheme`` names the code list of ``code``; ``kind`` and ``kind_code`` are the warning or information in force
      there (``レベル４大雨危険警報``), ``change`` JMA's word for what became of it (発表, 継続, 解除, 引上げ …).
    - ``level`` is 1 to 5 (volcanoes: 噴火警戒レベル); ``grade`` a :class:`~tomoshibi.vocabulary.Grade` as a number.
    - ``intensity`` is the class observed or expected (the higher end). ``reported`` is what stations did report where
      it differs, because 震度５弱以上未入電 makes an area's class unknown.
    - ``at`` is the moment of arrival, of the peak, or that a forecast is for. ``height_m`` is in metres.
    """

    code: str
    name: str
    scheme: str = ""
    kind: str = ""
    kind_code: str = ""
    change: str = ""
    level: int | None = None
    grade: int = 0
    intensity: IntensityClass | None = None
    reported: IntensityClass | None = None
    lg_intensity: int | None = None
    at: datetime | None = None
    height_m: float | None = None
    height: str = ""
    condition: str = ""

    @property
    def key(self) -> str:
        """Code with its family, as ``city:2230200`` or ``coast:250``: the lists reuse one another's numbers.

        Families: ``city`` (seven digits), ``weather`` (forecast areas, six digits), ``quake``, ``coast``, ``volcano``,
        ``river``; for other lists the list's own name.
        """
        for family, words in _FAMILIES:
            if any(word in self.scheme for word in words):
                return f"{family}:{self.code}"
        family = {6: "weather", 7: "city"}.get(len(self.code), "") if self.code.isdecimal() else ""
        return f"{family or self.scheme}:{self.code or self.name}"

    @property
    def lifted(self) -> bool:
        """Whether what was said of the area no longer holds."""
        return "解除" in self.change or is_lifted(self.kind)


class Station(NamedTuple):
    """One station. ``own`` is False where the name ends in ＊: not JMA's own station.

    Earthquakes fill ``intensity`` and ``lg_intensity``, and ``area``, the code of the subdivision that the station lies
    in (of our own network: of the municipality); tsunamis the heights (metres), ``at`` (first wave) and ``condition``.
    """

    code: str
    name: str
    intensity: IntensityClass | None = None
    lg_intensity: int | None = None
    at: datetime | None = None
    height_m: float | None = None
    height: str = ""
    condition: str = ""
    kind: str = ""
    area: str = ""

    @property
    def own(self) -> bool:
        """Whether the station is JMA's own."""
        return not self.name.endswith("＊")


class Fix(NamedTuple):
    """A storm at one moment, observed or forecast (``label``): degrees, hPa, m/s, km; None is unknown.

    ``radius_km`` is that of the circle which holds the centre with a probability of 70 %.
    """

    at: datetime
    label: str
    lat: float | None = None
    lon: float | None = None
    pressure_hpa: float | None = None
    wind_ms: float | None = None
    radius_km: float | None = None
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One telegram. Moments are aware of their zone. Empty text, empty tuple or None means: not said.

    - ``type`` is the telegram's code (``VXSE53``; ``cap`` for CAP); where neither file name nor title tells it, the
      family as ``VPTWii``. ``name`` is the title of its kind (震度速報), ``title`` its own heading.
    - ``event`` and ``serial`` put telegrams of one event in order; weather warnings have neither, and are put in order
      by ``office`` and ``reported``.
    - ``part`` is the page of a telegram sent in several (serial ``01-02`` is serial 1, part ``02``).
    - ``issued`` is when the system sent it, ``reported`` the official time, ``target`` the moment it speaks of,
      ``valid`` until when it holds.
    - ``areas`` hold every area that is no municipality, ``municipalities`` JMA's seven-digit ones.
    - ``level`` and ``grade`` are the highest of the areas where it is in force.
    - ``signed`` says of a CAP alert whether its signature held when it was sent; None where there is none.
    - ``digest`` is the SHA-256 of the telegram's bytes; ``warnings`` say what in it could not be understood.
    """

    type: str
    kind: Kind
    status: Status
    info: Info
    name: str
    title: str
    event: str
    serial: int | None
    reported: datetime
    issued: datetime | None = None
    target: datetime | None = None
    valid: datetime | None = None
    office: str = ""
    publishers: tuple[str, ...] = ()
    headline: str = ""
    text: str = ""
    origin: datetime | None = None
    hypocentre: Hypocentre | None = None
    magnitude: float | None = None
    magnitude_text: str = ""
    max_intensity: IntensityClass | None = None
    max_lg_intensity: int | None = None
    comment_codes: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    municipalities: tuple[Area, ...] = ()
    stations: tuple[Station, ...] = ()
    track: tuple[Fix, ...] = ()
    level: int | None = None
    grade: Grade = Grade.NONE
    final: bool = False
    part: str = ""
    references: tuple[str, ...] = ()
    signed: bool | None = None
    source: str = ""
    digest: str = ""
    warnings: tuple[T, ...] = ()

    @property
    def everywhere(self) -> tuple[Area, ...]:
        """Areas and municipalities together."""
        return self.areas + self.municipalities

    def to_json(self) -> dict[str, Any]:
        """JSON-ready dictionary; what every bulletin has always stands there, the rest only where it is said."""
        out: dict[str, Any] = {}
        for field in _FIELDS:
            value = getattr(self, field.name)
            always = field.name in _ALWAYS or (self.kind == Kind.EARTHQUAKE and field.name in _OF_EARTHQUAKES)
            if always or (value != field.default and value != ()):
                out[field.name] = _plain(value)
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Bulletin of a dictionary that :meth:`to_json` gave. Raises :class:`BulletinError` for any other."""
        try:
            values: dict[str, Any] = {
                name: _READERS[name](data[name]) if name in _READERS else data[name] for name in data if name in _NAMES
            }
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BulletinError(
                T(
                    "保存された電文の内容が壊れています({detail})。元の電文を読み直してください。",
                    "A stored bulletin is damaged ({detail}). Read the telegram again.",
                ).format(detail=error)
            ) from None


_FIELDS = dataclasses.fields(Bulletin)
_NAMES = frozenset(field.name for field in _FIELDS)
_ALWAYS = frozenset(
    (
        *("type", "kind", "status", "info", "name", "title", "event", "serial", "reported", "headline", "text"),
        *("areas", "municipalities", "stations", "level", "valid"),
    )
)
#: and what every earthquake says, or says not: null where it is unknown, as in a cancellation or 「Ｍ８を超える」
_OF_EARTHQUAKES = frozenset({"hypocentre", "magnitude"})
#: short names in JSON for what is an intensity class
_SHORT = {"intensity": "class", "lg_intensity": "lg_class"}
_LONG = {short: long for long, short in _SHORT.items()}


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    """``value`` as JSON can hold it."""
    if isinstance(value, IntensityClass):
        return value.label
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, T):
        return {"ja": value.ja, "en": value.en}
    if isinstance(value, Grade):
        return int(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Area | Station | Fix | Hypocentre):
        defaults = type(value)._field_defaults
        return {
            _SHORT.get(name, name): _plain(item)
            for name, item in zip(value._fields, value, strict=True)
            if name not in defaults or item != defaults[name]
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _intensity(value: str | None) -> IntensityClass | None:
    return None if value is None else IntensityClass(value)


_ITEM_READERS: dict[str, Callable[[Any], Any]] = {"intensity": _intensity, "reported": _intensity, "at": _moment}


def _rows[Row: (Area, Station, Fix)](row: type[Row], values: list[dict[str, Any]]) -> tuple[Row, ...]:
    build: Callable[..., Row] = row
    return tuple(
        build(**{(long := _LONG.get(name, name)): _ITEM_READERS.get(long, _same)(item) for name, item in value.items()})
        for value in values
    )


_READERS: dict[str, Callable[[Any], Any]] = {
    "kind": Kind,
    "status": Status,
    "info": Info,
    "grade": Grade,
    "reported": datetime.fromisoformat,
    "issued": _moment,
    "target": _moment,
    "valid": _moment,
    "origin": _moment,
    "hypocentre": lambda value: None if value is None else Hypocentre(**value),
    "max_intensity": _intensity,
    "areas": lambda value: _rows(Area, value),
    "municipalities": lambda value: _rows(Area, value),
    "stations": lambda value: _rows(Station, value),
    "track": lambda value: _rows(Fix, value),
    "publishers": tuple,
    "comment_codes": tuple,
    "references": tuple,
    "warnings": lambda value: tuple(T(**item) for item in value),
}
