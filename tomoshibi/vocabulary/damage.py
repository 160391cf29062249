"""Damage to dwellings: classes 被害の程度 by era, and the official weights by which a survey finds a damage ratio.

All is dated data, so that a corrected figure is a change of data. Every table says how sure it is (``sure``), and
``note`` what is not. Sources: the Cabinet Office's (内閣府) criteria 災害の被害認定基準 and its guideline for surveys
災害に係る住家の被害認定基準運用指針; the classes of 2020 by the amended act 被災者生活再建支援法.

Left out, because no figure could be confirmed: what a wooden house's tilt between 1/60 and 1/20 adds, classes by the
depth of a deposit 堆積 of earth, and a wind sheet of the exterior alone.

Shares of a part are taken as they are. A surveyors' form made after the official one (not wooden, second survey) has
bands instead, up to 10, 20, 40, 60, 80 and 100 %: a share counts as the top of its band, and the points of a part are
rounded to whole per cent, half up. That other sheets do the same, and which of the two decides at the edge of a class,
is not confirmed, so no sheet does.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.text import T

_ALWAYS = datetime.date.max


class DamageClass(StrEnum):
    """How badly a dwelling is damaged, worst first."""

    DESTROYED = "destroyed"
    LARGE_HALF = "large-half"
    MEDIUM_HALF = "medium-half"
    HALF = "half"
    QUASI_HALF = "quasi-half"
    PARTIAL = "partial"
    NONE = "none"

    @property
    def label(self) -> T:
        """Its name in both languages, as it is today; :func:`name_of` gives that of a day."""
        return _LABELS[self]

    @property
    def short(self) -> T:
        """Its name beside a mark on a map."""
        return _SHORT.get(self, self.label)

    @property
    def colour(self) -> str:
        """Colour on a map, ``#RRGGBB``; the class is always written beside it."""
        return _COLOURS[self]


_LABELS = {
    DamageClass.DESTROYED: T("全壊", "Completely destroyed"),
    DamageClass.LARGE_HALF: T("大規模半壊", "Large-scale half destroyed"),
    DamageClass.MEDIUM_HALF: T("中規模半壊", "Medium-scale half destroyed"),
    DamageClass.HALF: T("半壊", "Half destroyed"),
    DamageClass.QUASI_HALF: T("準半壊", "Nearly half destroyed"),
    DamageClass.PARTIAL: T("準半壊に至らない（一部損壊）", "Less than nearly half destroyed (partly damaged)"),
    DamageClass.NONE: T("被害なし", "No damage"),
}
_SHORT = {
    DamageClass.DESTROYED: T("全壊", "Destroyed"),
    DamageClass.LARGE_HALF: T("大規模半壊", "Large half"),
    DamageClass.MEDIUM_HALF: T("中規模半壊", "Medium half"),
    DamageClass.HALF: T("半壊", "Half"),
    DamageClass.QUASI_HALF: T("準半壊", "Nearly half"),
    DamageClass.PARTIAL: T("一部損壊", "Partly"),
}
_COLOURS = {
    DamageClass.DESTROYED: "#A50021",
    DamageClass.LARGE_HALF: "#D9480F",
    DamageClass.MEDIUM_HALF: "#E8890C",
    DamageClass.HALF: "#C9A200",
    DamageClass.QUASI_HALF: "#4C7A9C",
    DamageClass.PARTIAL: "#5C6770",
    DamageClass.NONE: "#8A8174",
}


@dataclass(frozen=True, slots=True)
class Era:
    """The classes for disasters that began from ``since`` (included) to ``until`` (excluded).

    ``floors`` pairs each class with its least damage ratio (per cent), worst first; ``names`` are those that differ
    from today's.
    """

    since: datetime.date
    until: datetime.date
    floors: tuple[tuple[DamageClass, int], ...]
    names: Mapping[DamageClass, T]
    sure: bool = True
    note: T | None = None


def _d(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


_PARTIAL_OLD = {DamageClass.PARTIAL: T("一部損壊", "Partly damaged")}
_TODAY = (
    (DamageClass.DESTROYED, 50),
    (DamageClass.LARGE_HALF, 40),
    (DamageClass.MEDIUM_HALF, 30),
    (DamageClass.HALF, 20),
    (DamageClass.QUASI_HALF, 10),
)

#: oldest first, without gaps; ratios above 0 and below the last floor are 一部損壊
ERAS: tuple[Era, ...] = (
    Era(
        _d("2001-06-28"),
        _d("2004-04-01"),
        tuple(f for f in _TODAY if f[1] in (50, 20)),
        _PARTIAL_OLD,
        False,
        T("この期間の区分は確かめられていません。", "The classes of this time are not confirmed."),
    ),
    Era(
        _d("2004-04-01"),
        _d("2019-08-28"),
        tuple(f for f in _TODAY if f[1] in (50, 40, 20)),
        _PARTIAL_OLD,
        True,
        T("始まりの日は確かめられていません。", "Its first day is not confirmed."),
    ),
    Era(
        _d("2019-08-28"),
        _d("2020-12-04"),
        tuple(f for f in _TODAY if f[1] != 30),
        {},
        False,
        T(
            "準半壊を2019年のどの災害から用いるかは確かめられていません。",
            "From which disaster of 2019 on 準半壊 is used is not confirmed.",
        ),
    ),
    Era(
        _d("2020-12-04"),
        _ALWAYS,
        _TODAY,
        {},
        True,
        T(
            "中規模半壊を2020年12月より前の災害（令和2年7月豪雨など）にさかのぼって用いるかは、町が定めます。",
            "Whether 中規模半壊 reaches back to disasters before December 2020 is for the town to decide.",
        ),
    ),
)


def era_of(day: datetime.date) -> Era:
    """The era of a disaster that began on ``day``. Raises :class:`VocabularyError` before the first."""
    for era in ERAS:
        if era.since <= day < era.until:
            return era
    raise VocabularyError(
        T(
            f"{day} の災害の被害区分は登録されていません（{ERAS[0].since} から）。",
            f"No damage classes are known for a disaster of {day} (they begin on {ERAS[0].since}).",
        )
    )


def classify(ratio: Fraction | float, day: datetime.date) -> DamageClass:
    """The class of a damage ratio (per cent, 0 to 100, not rounded) in a disaster that began on ``day``.

    Raises :class:`VocabularyError` for a ratio that is none, or a day before the first era.
    """
    if not 0 <= ratio <= 100:
        raise VocabularyError(
            T(f"損害割合 {ratio} は0から100までではありません。", f"A damage ratio is 0 to 100, not {ratio}.")
        )
    for found, floor in era_of(day).floors:
        if ratio >= floor:
            return found
    return DamageClass.PARTIAL if ratio > 0 else DamageClass.NONE


def classes_on(day: datetime.date) -> tuple[DamageClass, ...]:
    """The classes in use for a disaster that began on ``day``, worst first."""
    return (*(c for c, _ in era_of(day).floors), DamageClass.PARTIAL, DamageClass.NONE)


def name_of(found: DamageClass, day: datetime.date) -> T:
    """What a class was called in a disaster of that day: 一部損壊 before 2019."""
    return era_of(day).names.get(found, found.label)


#: per cent of a part's value that each degree 程度 counts; 0 is no damage
DEGREES: Mapping[int, int] = {0: 0, 1: 10, 2: 25, 3: 50, 4: 75, 5: 100}
ROMAN = ("無", "I", "II", "III", "IV", "V")


class Part(StrEnum):
    """A part of a house that is looked at by itself."""

    ROOF = "roof"
    WALL = "wall"
    FOUNDATION = "foundation"
    COLUMN = "column"
    FLOOR = "floor"
    OUTER_WALL = "outer-wall"
    INNER_WALL = "inner-wall"
    CEILING = "ceiling"
    FITTINGS = "fittings"
    EQUIPMENT = "equipment"
    OTHER_WALL = "other-wall"
    FLOOR_BEAM = "floor-beam"
    OUTER_FINISH = "outer-finish"
    INNER_FINISH = "inner-finish"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _PARTS[self]


_PARTS = {
    Part.ROOF: T("屋根", "Roof"),
    Part.WALL: T("壁（外壁）", "Walls (outer)"),
    Part.FOUNDATION: T("基礎", "Foundation"),
    Part.COLUMN: T("柱（又は耐力壁）", "Columns or bearing walls"),
    Part.FLOOR: T("床（階段を含む）", "Floors and stairs"),
    Part.OUTER_WALL: T("外壁", "Outer walls"),
    Part.INNER_WALL: T("内壁", "Inner walls"),
    Part.CEILING: T("天井", "Ceilings"),
    Part.FITTINGS: T("建具", "Doors and windows"),
    Part.EQUIPMENT: T("設備", "Equipment"),
    Part.OTHER_WALL: T("雑壁・仕上等", "Other walls and finish"),
    Part.FLOOR_BEAM: T("床・梁", "Floors and beams"),
    Part.OUTER_FINISH: T("外部仕上・雑壁・屋根", "Outer finish, other walls, roof"),
    Part.INNER_FINISH: T("内部仕上・天井", "Inner finish and ceilings"),
}


class Method(StrEnum):
    """By which sheet a dwelling is surveyed: hazard, structure, first (exterior) or second survey, or a short form."""

    EARTHQUAKE_WOODEN_FIRST = "earthquake-wooden-1"
    EARTHQUAKE_WOODEN_SECOND = "earthquake-wooden-2"
    EARTHQUAKE_OTHER_FIRST = "earthquake-other-1"
    EARTHQUAKE_OTHER_SECOND = "earthquake-other-2"
    GROUND = "ground"
    FLOOD_WOODEN_DEPTH = "flood-wooden-depth"
    FLOOD_WOODEN_PARTS = "flood-wooden-parts"
    FLOOD_OTHER_PARTS = "flood-other-parts"
    WIND_WOODEN = "wind-wooden"
    WIND_OTHER = "wind-other"
    SELF_JUDGED = "self-judged"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _METHODS[self]

    @property
    def wooden(self) -> bool | None:
        """Whether its figures hold for wooden houses (True), for others (False), or for both (None)."""
        words = self.value.split("-")
        return True if "wooden" in words else False if "other" in words else None

    @property
    def storeys(self) -> int | None:
        """How many storeys a house may have at most; None: any number."""
        return 2 if self is Method.FLOOD_WOODEN_DEPTH else None


_METHODS = {
    Method.EARTHQUAKE_WOODEN_FIRST: T("地震・木造・第1次（外観）", "Earthquake, wooden, first (exterior)"),
    Method.EARTHQUAKE_WOODEN_SECOND: T("地震・木造・第2次（内部）", "Earthquake, wooden, second (interior)"),
    Method.EARTHQUAKE_OTHER_FIRST: T("地震・非木造・第1次（外観）", "Earthquake, not wooden, first (exterior)"),
    Method.EARTHQUAKE_OTHER_SECOND: T("地震・非木造・第2次（内部）", "Earthquake, not wooden, second (interior)"),
    Method.GROUND: T("地盤（液状化・不同沈下・斜面崩壊）", "Ground (liquefaction, settlement, slope failure)"),
    Method.FLOOD_WOODEN_DEPTH: T(
        "水害・泥流・木造1～2階・浸水深", "Flood or mudflow, wooden, 1 or 2 storeys, by depth"
    ),
    Method.FLOOD_WOODEN_PARTS: T("水害・土砂・木造・部位（内部）", "Flood or landslide, wooden, by part (inside)"),
    Method.FLOOD_OTHER_PARTS: T("水害・土砂・非木造・部位（内部）", "Flood or landslide, not wooden, by part (inside)"),
    Method.WIND_WOODEN: T("風害・木造・部位", "Wind, wooden, by part"),
    Method.WIND_OTHER: T("風害・非木造・部位", "Wind, not wooden, by part"),
    Method.SELF_JUDGED: T("自己判定（写真・準半壊に至らない）", "Owner's own judgement by photographs"),
}


class Sunk(StrEnum):
    """How far a house has sunk 潜り込み: all of it up to there lies below the ground."""

    FLOOR_1M = "floor-1m"
    FLOOR = "floor"
    FOUNDATION = "foundation"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SUNK[self]


_SUNK = {
    Sunk.FLOOR_1M: T("床上1 mまで", "up to 1 m above the floor"),
    Sunk.FLOOR: T("床まで", "up to the floor"),
    Sunk.FOUNDATION: T("基礎の天端下25 cmまで", "up to 25 cm below the top of the foundation"),
}


@dataclass(frozen=True, slots=True)
class SurveyTable:
    """The figures of one method, for surveys of disasters from ``since`` (included) to ``until`` (excluded).

    ``weights`` are each part's share of a house (per cent, 100 together). ``tilts`` pairs a tilt (from which on) with
    the least damage ratio that it means whatever else is seen, steepest first; ``settled`` does so for a tilt together
    with the most that a corner has settled or a pile stands bare (cm). ``depths`` does so for water above the floor
    (cm), deepest first, where its force 外力 did damage, and ``calm_depths`` where it did none (inland flood 内水);
    water that stays below the floor means ``below_floor``. ``sinks`` does so for how far a house has sunk. ``under``:
    the method knows one finding only, a ratio below this.
    """

    method: Method
    since: datetime.date
    until: datetime.date = _ALWAYS
    weights: Mapping[Part, int] | None = None
    tilts: tuple[tuple[Fraction, int], ...] = ()
    settled: tuple[tuple[Fraction, int, int], ...] = ()
    depths: tuple[tuple[int, int], ...] = ()
    calm_depths: tuple[tuple[int, int], ...] = ()
    below_floor: int = 0
    sinks: Mapping[Sunk, int] | None = None
    under: int = 0
    sure: bool = True


#: the guideline's three parts (earthquake, flood, wind) are of 2009-06; figures by depth may be younger
_GUIDELINE = _d("2009-06-01")
#: figures for ground were published on 2011-05-02 for the disaster of this day
_GROUND = _d("2011-03-11")
#: inland floods by depth are judged so since the Cabinet Office's notice of this day
_INLAND = _d("2024-05-31")
_DEPTHS = ((180, 50), (100, 40), (50, 30), (1, 20))
_FALLEN_WOODEN, _FALLEN_OTHER = ((Fraction(1, 20), 50),), ((Fraction(1, 30), 50),)
#: by part, inside and out; the same for every hazard. Confirmed for flood and wind by sums published after the tornado
#: of Miyazaki in 2024 (all but roof and ceilings 80; roof, floors and ceilings 30), and for the second survey of houses
#: not wooden by a surveyors' form made after the official one (columns 50; 10, 10, 10 and 5 beside them)
_WOODEN = {
    Part.ROOF: 15,
    Part.COLUMN: 15,
    Part.FLOOR: 10,
    Part.OUTER_WALL: 10,
    Part.INNER_WALL: 10,
    Part.CEILING: 5,
    Part.FITTINGS: 15,
    Part.FOUNDATION: 10,
    Part.EQUIPMENT: 10,
}
_OTHER = {
    Part.COLUMN: 50,
    Part.FLOOR_BEAM: 10,
    Part.OUTER_FINISH: 10,
    Part.INNER_FINISH: 10,
    Part.FITTINGS: 5,
    Part.EQUIPMENT: 15,
}
SURVEY_TABLES: tuple[SurveyTable, ...] = (
    SurveyTable(
        Method.EARTHQUAKE_WOODEN_FIRST,
        _GUIDELINE,
        weights={Part.ROOF: 15, Part.WALL: 75, Part.FOUNDATION: 10},
        tilts=_FALLEN_WOODEN,
    ),
    SurveyTable(
        Method.EARTHQUAKE_WOODEN_SECOND,
        _GUIDELINE,
        weights=_WOODEN,
        tilts=_FALLEN_WOODEN,
        sure=False,
    ),
    SurveyTable(
        Method.EARTHQUAKE_OTHER_FIRST,
        _GUIDELINE,
        weights={Part.COLUMN: 60, Part.OTHER_WALL: 25, Part.EQUIPMENT: 15},
        tilts=_FALLEN_OTHER,
        sure=False,
    ),
    SurveyTable(
        Method.EARTHQUAKE_OTHER_SECOND,
        _GUIDELINE,
        weights=_OTHER,
        tilts=_FALLEN_OTHER,
        settled=((Fraction(1, 60), 30, 50),),
    ),
    SurveyTable(
        Method.GROUND,
        _GROUND,
        tilts=((Fraction(1, 20), 50), (Fraction(1, 60), 40), (Fraction(1, 100), 20)),
        sinks={Sunk.FLOOR_1M: 50, Sunk.FLOOR: 40, Sunk.FOUNDATION: 20},
    ),
    SurveyTable(
        Method.FLOOD_WOODEN_DEPTH,
        _GUIDELINE,
        _INLAND,
        depths=_DEPTHS,
        below_floor=1,
    ),
    SurveyTable(
        Method.FLOOD_WOODEN_DEPTH,
        _INLAND,
        depths=_DEPTHS,
        calm_depths=((180, 40), (100, 30), (10, 20), (1, 10)),
        below_floor=1,
    ),
    SurveyTable(Method.FLOOD_WOODEN_PARTS, _GUIDELINE, weights=_WOODEN, tilts=_FALLEN_WOODEN),
    SurveyTable(Method.FLOOD_OTHER_PARTS, _GUIDELINE, weights=_OTHER, tilts=_FALLEN_OTHER, sure=False),
    SurveyTable(Method.WIND_WOODEN, _GUIDELINE, weights=_WOODEN, tilts=_FALLEN_WOODEN),
    SurveyTable(Method.WIND_OTHER, _GUIDELINE, weights=_OTHER, tilts=_FALLEN_OTHER, sure=False),
    # before 準半壊 there was the same by 半壊に至らない
    SurveyTable(Method.SELF_JUDGED, _GUIDELINE, _d("2019-08-28"), under=20, sure=False),
    SurveyTable(Method.SELF_JUDGED, _d("2019-08-28"), under=10),
)


def survey_table(method: Method, day: datetime.date) -> SurveyTable:
    """The figures of ``method`` for a disaster that began on ``day``. Raises :class:`VocabularyError` for none."""
    for table in SURVEY_TABLES:
        if table.method is method and table.since <= day < table.until:
            return table
    raise VocabularyError(
        T(
            f"{day} の災害には「{method.label.ja}」の数値がありません。",
            f"There are no figures of “{method.label.en}” for a disaster of {day}.",
        )
    )
