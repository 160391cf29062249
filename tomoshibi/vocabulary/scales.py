"""Seismic intensity scales since 1884, what an old value may mean now, and scales of other countries beside ours.

An old class is not a new one: until 1996-03 people judged by feeling and damage, at far fewer places. Sources:
気象庁「震度の活用と震度階級の変遷等に関する参考資料」(2009); 気象庁告示第4号 (1996-02-15); felt and measured values
compared by 翠川・藤本・村松 (1999), 地域安全学会論文集 1, 51–56. Accounts differ on when 5 and 6 were divided; JMA's
catalogue has them undivided until the end of 1996-09, which is followed here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass, classify
from tomoshibi.vocabulary.text import T

How = Literal["felt", "measured"]


@dataclass(frozen=True, slots=True)
class ScaleClass:
    """One class of a scale: ``number`` as written then (empty where classes had no numbers) and its name."""

    number: str
    name: T
    note: T | None = None

    @property
    def label(self) -> str:
        """What was said of a place: ``5``, ``5弱``, or the name where there was no number."""
        return self.number or self.name.ja


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale and the first day of its use; ``day_known`` is False where only the year is sure (1 January stands)."""

    since: datetime.date
    day_known: bool
    how: How
    classes: tuple[ScaleClass, ...]
    described: bool
    change: T

    def get(self, label: str) -> ScaleClass:
        """The class that was written ``label``, by number or by name.

        :raises VocabularyError: when this scale had none
        """
        for each in self.classes:
            if label in (each.number, each.name.ja) and label:
                return each
        had = "・".join(each.label for each in self.classes)
        raise VocabularyError(
            T(
                f"{self.since.year}年からの震度階級に「{label}」はありません({had})。",
                f"The scale of {self.since.year} has no class {label!r}; it has {had}.",
            )
        )


def _named(*rows: tuple[str, str, str]) -> tuple[ScaleClass, ...]:
    return tuple(ScaleClass(number, T(ja, en)) for number, ja, en in rows)


_FELT_1898 = _named(
    ("0", "微震(感覚ナシ)", "imperceptible"),
    ("1", "微震", "slight"),
    ("2", "弱震(震度弱キ方)", "weak, the weaker kind"),
    ("3", "弱震", "weak"),
    ("4", "強震(震度弱キ方)", "strong, the weaker kind"),
    ("5", "強震", "strong"),
    ("6", "烈震", "violent"),
)
_FELT_1936 = _named(
    ("0", "無感", "not felt"),
    ("1", "微震", "slight"),
    ("2", "軽震", "light"),
    ("3", "弱震", "weak"),
    ("4", "中震", "moderate"),
    ("5", "強震", "strong"),
    ("6", "烈震", "violent"),
)
_SURVEYED = T(
    "観測所では判定せず、後日の現地調査で家屋の倒壊率が30%以上の所に限り決めた",
    "not given by an observatory: decided by a later survey, where at least 30 % of houses had collapsed",
)
_FELT_1949 = (*_FELT_1936, ScaleClass("7", T("激震", "devastating"), _SURVEYED))
_MEASURED_8 = tuple(ScaleClass(n, T(f"震度{n}", f"Intensity {n}")) for n in "01234567")
_MEASURED_10 = tuple(ScaleClass(klass.value, klass.text) for klass in CLASSES)

SCALES: tuple[Scale, ...] = (
    Scale(
        datetime.date(1884, 1, 1),
        False,
        "felt",
        _named(("", "微震", "slight"), ("", "弱震", "weak"), ("", "強震", "strong"), ("", "烈震", "violent")),
        True,
        T("最初の統一様式。番号のない4階級", "the first common form: four classes without numbers"),
    ),
    Scale(
        datetime.date(1898, 1, 1),
        False,
        "felt",
        _FELT_1898,
        False,
        T("7階級となり0から6の番号がつく。説明文はない", "seven classes, numbered 0 to 6, without descriptions"),
    ),
    Scale(
        datetime.date(1908, 1, 1),
        False,
        "felt",
        _FELT_1898,
        True,
        T("各階級に説明文がつく", "each class is described"),
    ),
    Scale(
        datetime.date(1936, 1, 1),
        False,
        "felt",
        _FELT_1936,
        True,
        T("無感・軽震・中震の名になる", "classes 0, 2 and 4 are renamed"),
    ),
    Scale(
        datetime.date(1949, 1, 1),
        False,
        "felt",
        _FELT_1949,
        True,
        T(
            "福井地震(1948年)を受けて震度7ができ8階級となる",
            "class 7 is added after the Fukui earthquake of 1948: eight classes",
        ),
    ),
    Scale(
        datetime.date(1978, 1, 1),
        False,
        "felt",
        _FELT_1949,
        True,
        T("すべての階級の説明に体感が加わる", "what people feel is described for every class"),
    ),
    Scale(
        datetime.date(1996, 4, 1),
        True,
        "measured",
        _MEASURED_8,
        False,
        T("体感をやめ、震度計だけで決める", "feeling is given up: the instrument alone decides"),
    ),
    Scale(
        datetime.date(1996, 10, 1),
        True,
        "measured",
        _MEASURED_10,
        True,
        T("5と6が弱と強に分かれ10階級となる。解説表ができる", "5 and 6 are divided: ten classes, explained in a table"),
    ),
    Scale(
        datetime.date(2009, 3, 31),
        True,
        "measured",
        _MEASURED_10,
        True,
        T(
            "計算式は同じ。解説表が耐震性・構造・地盤・設備ごとになる",
            "the same formula: the table now tells by strength, structure, ground and utilities",
        ),
    ),
)


def scale_on(day: datetime.date) -> Scale:
    """The scale in force on ``day``.

    :raises VocabularyError: before 1884
    """
    found = [scale for scale in SCALES if scale.since <= day]
    if not found:
        raise VocabularyError(T("震度階級は1884年からです。", "There was no intensity scale before 1884."))
    return found[-1]


@dataclass(frozen=True, slots=True)
class MeaningNow:
    """What a value observed long ago may be today: from ``low`` to ``high``, and what to keep in mind."""

    low: IntensityClass
    high: IntensityClass
    caution: T


_DENSER = T(
    "観測点は1958〜69年に1,000余りから約150へ減り、1996年から急増して約4,400になった。"
    "観測点が増えるほど最大震度は大きく出るので、昔と今の最大震度や回数をそのまま比べてはいけない。",
    "Stations fell from over 1,000 to about 150 between 1958 and 1969 and have grown to about 4,400 since 1996. More "
    "stations catch stronger shaking, so maxima and counts of then and now must not be compared as they stand.",
)
_FELT_LOW = T(
    "震度2以下の体感は計測震度とあまり合わない(震度0とされた所が計測では0〜3)。",
    "Felt values up to 2 agree poorly with measured ones: places given 0 measure 0 to 3.",
)
_FELT_HIGH = T(
    "震度3以上の体感は計測震度とおおむね続いている。5と6の弱・強は当時の記録からは分からない。",
    "Felt values from 3 up agree on the whole with measured ones. Whether a 5 or a 6 was lower or upper is not known.",
)
_FELT_SIX = T(
    "震度7のない時代、または7が現地調査に限られた時代の6には、今なら7となる所も含まれる。",
    "While there was no 7, or only by survey, a 6 includes places that would be 7 today.",
)


def meaning_now(label: str, day: datetime.date) -> MeaningNow:
    """What a class ``label`` that was reported on ``day`` may mean on the scale in force.

    :raises VocabularyError: for a class that the scale of that day did not have
    """
    scale = scale_on(day)
    number = scale.get(label).number
    by = IntensityClass
    if scale.how == "measured":
        if number in ("5", "6"):  # 1996-04 to 1996-09
            low, high = (by.FIVE_LOWER, by.FIVE_UPPER) if number == "5" else (by.SIX_LOWER, by.SIX_UPPER)
            return MeaningNow(low, high, _DENSER)
        return MeaningNow(by(number), by(number), _DENSER)
    if not number:  # 1884: by the place that each name took in the scale that followed
        numbers = {"微震": "01", "弱震": "23", "強震": "45", "烈震": "6"}[scale.get(label).name.ja]
        first, last = (meaning_now(n, datetime.date(1900, 1, 1)) for n in (numbers[0], numbers[-1]))
        return MeaningNow(first.low, last.high, first.caution)
    ranges = {
        "0": (by.ZERO, by.THREE),
        "1": (by.ZERO, by.THREE),
        "2": (by.ONE, by.THREE),
        "3": (by.THREE, by.THREE),
        "4": (by.FOUR, by.FOUR),
        "5": (by.FIVE_LOWER, by.FIVE_UPPER),
        "6": (by.SIX_LOWER, by.SEVEN),
        "7": (by.SEVEN, by.SEVEN),
    }
    weakest, strongest = ranges[number]
    notes = [_FELT_LOW if number in "012" else _FELT_HIGH, *([_FELT_SIX] if number == "6" else []), _DENSER]
    return MeaningNow(weakest, strongest, T("".join(note.ja for note in notes), " ".join(note.en for note in notes)))


# ---- all stations beside JMA's own ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Maxima:
    """Largest measured intensity over all stations, and over JMA's own (気象官署など), where there are any."""

    every: float | None
    jma: float | None

    @property
    def gain(self) -> float | None:
        """How much the dense network adds: an old maximum compares with :attr:`jma`, not with :attr:`every`."""
        return None if self.every is None or self.jma is None else round(self.every - self.jma, 1)


def maxima(stations: Iterable[tuple[str, float]]) -> Maxima:
    """Maxima of (station name, measured intensity). A name that ends in ＊ is not JMA's own, as in its bulletins."""
    listed = list(stations)
    own = [value for name, value in listed if not name.rstrip().endswith(("＊", "*"))]
    return Maxima(max((value for _, value in listed), default=None), max(own, default=None))


@dataclass(frozen=True, slots=True)
class KnownMaxima:
    """A great earthquake's maxima as JMA published them, to show what the dense network changed."""

    day: datetime.date
    name: T
    maxima: Maxima

    @property
    def classes(self) -> tuple[IntensityClass, IntensityClass]:
        """Classes of the two."""
        every, jma = self.maxima.every, self.maxima.jma
        return classify(every or 0.0), classify(jma or 0.0)


KNOWN_MAXIMA: tuple[KnownMaxima, ...] = tuple(
    KnownMaxima(datetime.date.fromisoformat(day), T(ja, en), Maxima(every, jma))
    for day, ja, en, every, jma in (
        ("2004-10-23", "新潟県中越地震", "Mid Niigata", 6.5, 4.5),
        ("2005-03-20", "福岡県西方沖地震", "West off Fukuoka", 5.7, 5.1),
        ("2007-03-25", "能登半島地震", "Noto Hanto 2007", 6.4, 6.1),
        ("2007-07-16", "新潟県中越沖地震", "Niigata Chuetsu-oki", 6.3, 5.1),
        ("2008-06-14", "岩手・宮城内陸地震", "Iwate-Miyagi Nairiku", 6.2, 4.6),
        ("2008-07-24", "岩手県沿岸北部地震", "Northern Iwate coast", 5.8, 5.4),
        ("2011-03-11", "東北地方太平洋沖地震", "Off the Pacific coast of Tohoku", 6.6, 5.8),
        ("2016-04-16", "熊本地震", "Kumamoto", 6.7, 6.0),
        ("2018-09-06", "北海道胆振東部地震", "Hokkaido Eastern Iburi", 6.5, 4.4),
        ("2024-01-01", "能登半島地震", "Noto Hanto 2024", 6.6, 6.2),
    )
)


# ---- other countries --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """Classes of other scales that stand about where one of ours does. They measure other things: no conversion."""

    jma: IntensityClass
    taiwan_now: str
    taiwan_before_2020: str
    mmi: str


#: Taiwan: 中央氣象署. Since 2020-01-01 ten classes of the same names as ours, by peak acceleration up to 4 and by
#: peak velocity above; from 2000-08-01 eight classes by acceleration, of the limits that Japan knew before 1996.
#: MMI: modified Mercalli, by the old relation MMI = 1.5 I + 0.5, one class either way.
BESIDE: tuple[Beside, ...] = tuple(
    Beside(klass, klass.value, klass.value[0], mmi)
    for klass, mmi in zip(
        CLASSES, ("I", "II–III", "III–IV", "V", "VI", "VII–VIII", "VIII", "IX", "IX–X", "X–XII"), strict=True
    )
)
#: first day of Taiwan's ten classes
TAIWAN_TEN_SINCE = datetime.date(2020, 1, 1)
#: lower limits of Taiwan's classes: peak acceleration in gal for 1 to 4 …
TAIWAN_GAL = {"1": 0.8, "2": 2.5, "3": 8.0, "4": 25.0}
#: … and above, until 2019 peak acceleration in gal, since 2020 peak velocity in cm/s
TAIWAN_GAL_BEFORE_2020 = {**TAIWAN_GAL, "5": 80.0, "6": 250.0, "7": 400.0}
TAIWAN_CM_S = {"5弱": 15.0, "5強": 30.0, "6弱": 50.0, "6強": 80.0, "7": 140.0}


def taiwan_class(gal: float, cm_s: float, day: datetime.date) -> str:
    """Taiwan's class of a peak acceleration and velocity on ``day``.

    :param gal: peak ground acceleration
    :param cm_s: peak ground velocity, used since 2020 where the acceleration passes 80 gal
    :raises VocabularyError: before 2000-08-01, whose scale is not kept here
    """
    if day < datetime.date(2000, 8, 1):
        raise VocabularyError(
            T("台湾の2000年8月より前の階級はありません。", "Taiwan's scale before 2000-08 is not kept.")
        )
    acceleration = TAIWAN_GAL_BEFORE_2020 if day < TAIWAN_TEN_SINCE else TAIWAN_GAL
    found = max((label for label, limit in acceleration.items() if gal >= limit), default="0")
    if day < TAIWAN_TEN_SINCE or gal < 80.0 or cm_s < TAIWAN_CM_S["5弱"]:
        return found
    return [label for label, limit in TAIWAN_CM_S.items() if cm_s >= limit][-1]
