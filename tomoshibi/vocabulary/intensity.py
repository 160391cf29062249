"""The seismic intensity scale 震度階級: classes, limits, colours, and the rule from measured intensity to class.

Measured intensity 計測震度 is a number with one decimal; its class is one of ten. A bulletin knows an eleventh:
震度５弱以上未入電, a station or municipality thought to have had at least 5弱 from which nothing has come in. It is
a class of its own here, because "unknown, and at least 5弱" must set off what 5弱 sets off and must never be shown as
5弱.

Sources: 気象庁告示第4号 (1996-02-15) for limits and rounding; the JMA disaster XML's code list for codes as ``5-``;
JMA's rule of 2012 for colours (:mod:`tomoshibi.vocabulary.colours`).
"""

from __future__ import annotations

import math
import unicodedata
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import Enum
from functools import total_ordering

from tomoshibi.vocabulary import colours
from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.text import T


@total_ordering
class IntensityClass(Enum):
    """A class of the intensity scale; its value is the label, as ``"5弱"``.

    Ordered from 0 to 7. 震度５弱以上未入電 stands between 5弱 and 5強: never below what it is at least.
    """

    ZERO = "0"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE_LOWER = "5弱"
    FIVE_LOWER_OR_MORE_UNREPORTED = "震度５弱以上未入電"
    FIVE_UPPER = "5強"
    SIX_LOWER = "6弱"
    SIX_UPPER = "6強"
    SEVEN = "7"

    @property
    def label(self) -> str:
        """Japanese label, as ``"5弱"``; the same string is kept in facts and JSON."""
        return self.value

    @property
    def text(self) -> T:
        """Label in both languages: 震度5弱, Intensity 5 Lower."""
        return _TEXTS[self]

    @property
    def code(self) -> str:
        """JMA's code, as ``"5-"``; 震度５弱以上未入電 is its own code."""
        return _CODES[self]

    @property
    def order(self) -> int:
        """Rank, 0 for class 0 to 10 for class 7."""
        return _ORDER[self]

    @property
    def known(self) -> bool:
        """False for 震度５弱以上未入電."""
        return self is not IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED

    @property
    def lower(self) -> float:
        """Least measured intensity of the class (included); minus infinity for class 0."""
        return _LIMITS[self][0]

    @property
    def upper(self) -> float:
        """Measured intensity that is no longer of the class; infinity for class 7 and where nothing came in."""
        return _LIMITS[self][1]

    @property
    def colour(self) -> str:
        """JMA's colour as ``#RRGGBB``. Class 0 has none of its own and is white; what is unknown is grey."""
        return _COLOURS[self]

    @property
    def text_colour(self) -> str:
        """Black or white, with a contrast of at least 4.5:1 on :attr:`colour`."""
        return colours.text_on(self.colour)

    def at_least(self, other: IntensityClass) -> bool | None:
        """Whether this is ``other`` or stronger; None where nobody knows (未入電 asked about 5強 and above)."""
        if self.known:
            return self.lower >= other.lower
        return True if other.lower <= self.lower else None

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, IntensityClass):
            return NotImplemented
        return self.order < other.order

    @classmethod
    def parse(cls, text: str) -> IntensityClass:
        """Class of ``"5-"``, ``"5弱"``, ``"５弱"``, ``"震度５弱"``, ``"5 Lower"`` or ``"震度５弱以上未入電"``.

        Raises :class:`VocabularyError` for anything else.
        """
        if (found := _BY_TEXT.get(text)) is not None:
            return found
        plain = unicodedata.normalize("NFKC", text).strip()
        if (found := _BY_TEXT.get(plain) or _BY_TEXT.get(plain.removeprefix("震度"))) is not None:
            return found
        raise VocabularyError(
            T(
                "「{text}」という震度階級はありません。0〜7(5と6は弱・強)で書いてください。",
                "There is no intensity class {text!r}. Write 0 to 7, with 5弱, 5強, 6弱 and 6強 for 5 and 6.",
            ).format(text=text)
        )


_UNREPORTED = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED
#: the ten classes that an instrument can give, weakest first
CLASSES: tuple[IntensityClass, ...] = tuple(klass for klass in IntensityClass if klass is not _UNREPORTED)
#: lower limits of CLASSES[1:], in measured intensity
LIMITS: tuple[float, ...] = (0.5, 1.5, 2.5, 3.5, 4.5, 5.0, 5.5, 6.0, 6.5)

_ORDER = {klass: rank for rank, klass in enumerate(IntensityClass)}
_EDGES = (-math.inf, *LIMITS, math.inf)
_LIMITS = {klass: (_EDGES[i], _EDGES[i + 1]) for i, klass in enumerate(CLASSES)} | {_UNREPORTED: (4.5, math.inf)}
_CODES = {klass: klass.value.replace("弱", "-").replace("強", "+") for klass in IntensityClass if klass.known}
_CODES |= {_UNREPORTED: _UNREPORTED.value}
_COLOURS = {
    IntensityClass.ZERO: "#FFFFFF",
    IntensityClass.ONE: "#F2F2FF",
    IntensityClass.TWO: "#00AAFF",
    IntensityClass.THREE: "#0041FF",
    IntensityClass.FOUR: "#FAE696",
    IntensityClass.FIVE_LOWER: "#FFE600",
    _UNREPORTED: "#C8C8CB",
    IntensityClass.FIVE_UPPER: "#FF9900",
    IntensityClass.SIX_LOWER: "#FF2800",
    IntensityClass.SIX_UPPER: "#A50021",
    IntensityClass.SEVEN: "#B40068",
}
_ENGLISH = {klass: klass.value.replace("弱", " Lower").replace("強", " Upper") for klass in CLASSES}
_TEXTS = {klass: T("震度" + klass.value, "Intensity " + _ENGLISH[klass]) for klass in CLASSES}
_TEXTS |= {_UNREPORTED: T("震度5弱以上未入電", "5 Lower or more, not reported")}
_BY_TEXT = {text: klass for klass in IntensityClass for text in (klass.value, klass.code, _ENGLISH.get(klass, ""))}
_BY_TEXT |= {"5弱以上未入電": _UNREPORTED}
del _BY_TEXT[""]


def round_intensity(raw: float) -> float:
    """Measured intensity of a raw value: rounded (half up) at the third decimal, cut at the second.

    4.995 gives 5.0 and 4.991 gives 4.9 (気象庁告示第4号). Raises :class:`VocabularyError` for what is no number.
    """
    if not math.isfinite(raw):
        raise VocabularyError(T("計測震度が数になりません。", "The measured intensity is not a number."))
    # repr() of a float is the shortest decimal that means it, so 4.995 is rounded as it is written
    rounded = Decimal(repr(float(raw))).quantize(Decimal("0.01"), ROUND_HALF_UP).quantize(Decimal("0.1"), ROUND_DOWN)
    return float(rounded) + 0.0  # never minus zero


def classify(measured: float) -> IntensityClass:
    """Class of a measured intensity, which has been through :func:`round_intensity`.

    A raw value is no measured intensity: 4.996 is 5.0, hence 5強. Raises :class:`VocabularyError` for NaN.
    """
    if math.isnan(measured):
        raise VocabularyError(T("計測震度が数になりません。", "The measured intensity is not a number."))
    return CLASSES[sum(measured >= limit for limit in LIMITS)]
