"""From what a surveyor saw to a damage ratio 損害割合, with the sentence that explains it. Pure: no Django.

The ratio is the sum over parts of (weight × share of the part × what the degree counts); a tilt, a collapse or, in a
flood, a depth decide at once. Nothing is rounded before the class is found.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, Field

from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import DEGREES, ROMAN, DamageClass, Method, Part, classify, name_of, survey_table

#: length (mm) of the plumb line 下げ振り by which the tilt of a wall is measured
PLUMB_MM = 1200


class Seen(BaseModel):
    """What was seen of one part: ``share`` per cent of it is damaged in ``degree`` (1 to 5, written I to V)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part
    degree: int = Field(ge=1, le=5)
    share: float = Field(gt=0, le=100)

    def __str__(self) -> str:
        return f"{self.part.label} {ROMAN[self.degree]} {self.share:g} %"


class Sheet(BaseModel):
    """A survey sheet 調査票: by which method, and what was seen.

    ``collapsed``: at sight the whole house, or one whole storey, has fallen or was washed away. ``tilt_mm``: mean
    horizontal shift over a plumb line of 1,200 mm. ``depth_cm``: water above the floor, 0 where it stayed below.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    collapsed: bool = False
    tilt_mm: float | None = Field(None, ge=0, le=PLUMB_MM)
    depth_cm: float | None = Field(None, ge=0, le=10_000)
    seen: tuple[Seen, ...] = ()

    def __str__(self) -> str:
        return "、".join([str(self.method.label), *map(str, self.seen)])


@dataclass(frozen=True, slots=True)
class Step:
    """One term of a ratio: ``points`` (per cent of the house) that a part adds, and how they come about."""

    part: Part
    weight: int
    points: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a sheet comes to. ``at_least``: the ratio is a floor that one observation set, no sum.

    ``sure`` is False where the figures of the method are not confirmed.
    """

    ratio: Fraction
    at_least: bool
    damage_class: DamageClass
    steps: tuple[Step, ...]
    explanation: T
    sure: bool

    @property
    def ratio_text(self) -> str:
        """As people write it: ``41.3 %``, ``50 % 以上``. Cut, not rounded up: 49.97 is never shown as 50."""
        return f"{cut(self.ratio)} %" + (str(T("以上", " or more")) if self.at_least else "")


def cut(ratio: Fraction) -> str:
    """A ratio with one decimal, the rest cut off."""
    tenths = int(ratio * 10)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def problems(sheet: Sheet) -> list[T]:
    """What of a sheet cannot be: parts that the method does not look at, shares above the whole, nothing entered."""
    table = survey_table(sheet.method, datetime.date.max - datetime.timedelta(days=1))
    found = []
    if table.depths and sheet.depth_cm is None and not sheet.collapsed:
        found.append(T("床上の浸水深を入れてください（床下なら0）。", "Enter the depth above the floor (0: below it)."))
    if not table.depths and sheet.depth_cm is not None:
        found.append(T("この調査票には浸水深がありません。", "This sheet knows no depth of water."))
    if table.tilt is None and sheet.tilt_mm is not None:
        found.append(T("この調査票には傾斜による判定がありません。", "This sheet does not judge by tilt."))
    weights = table.weights or {}
    for part in dict.fromkeys(s.part for s in sheet.seen):
        if part not in weights:
            found.append(
                T(
                    f"「{part.label.ja}」はこの調査票の部位ではありません。",
                    f"“{part.label.en}” is no part of this sheet.",
                )
            )
        elif (whole := sum((_exact(s.share) for s in sheet.seen if s.part is part), Fraction(0))) > 100:
            found.append(
                T(
                    f"「{part.label.ja}」の割合の合計が {cut(whole)} % です。100 % までにしてください。",
                    f"The shares of “{part.label.en}” come to {cut(whole)} %. They may not pass 100 %.",
                )
            )
    return found


def assess(sheet: Sheet, day: datetime.date) -> Assessment:
    """The ratio of a sheet in a disaster that began on ``day``, its class, and why.

    Raises :class:`VocabularyError` for a sheet that cannot be (:func:`problems`) or a day without figures.
    """
    if wrong := problems(sheet):
        raise VocabularyError(wrong[0])
    table = survey_table(sheet.method, day)
    steps: tuple[Step, ...] = ()
    at_least = True
    if sheet.collapsed:
        ratio = Fraction(50)
        why = T(
            "一見して住家全部または一つの階の全部が倒壊・流失している",
            "the house or a whole storey has fallen or is gone",
        )
    elif table.tilt is not None and sheet.tilt_mm is not None and _exact(sheet.tilt_mm) / PLUMB_MM >= table.tilt:
        ratio = Fraction(50)
        why = T(
            f"傾斜 {sheet.tilt_mm:g}/{PLUMB_MM} mm が {table.tilt} 以上である",
            f"the tilt of {sheet.tilt_mm:g}/{PLUMB_MM} mm is {table.tilt} or more",
        )
    elif table.depths:
        ratio, at_least, why = _by_depth(table.depths, table.below_floor, _exact(sheet.depth_cm or 0))
    else:
        at_least = False
        steps = tuple(_step(part, weight, sheet.seen) for part, weight in (table.weights or {}).items())
        ratio = sum((s.points for s in steps), Fraction(0))
        terms = [s for s in steps if s.points]
        why = T(
            "、".join(f"{s.part.label.ja} {s.text} = {float(s.points):.4g}" for s in terms) or "どの部位にも損傷がない",
            ", ".join(f"{s.part.label.en.lower()} {s.text} = {float(s.points):.4g}" for s in terms)
            or "no part is damaged",
        )
    found = classify(ratio, day)
    named = name_of(found, day)
    shown, more = cut(ratio), (T("以上", " or more") if at_least else T("", ""))
    explanation = T(f"{why.ja}。損害割合 {shown} %{more.ja} → {named.ja}", f"{why.en}: {shown} %{more.en} → {named.en}")
    if sheet.method is Method.FLOOD_WOODEN_DEPTH and not sheet.collapsed:
        explanation = T(f"{why.ja} → {named.ja}", f"{why.en} → {named.en}")
    return Assessment(ratio, at_least, found, steps, explanation, table.sure)


def _exact(value: float) -> Fraction:
    """A number as people typed it: 0.1 is a tenth."""
    return Fraction(str(value))


def _by_depth(depths: Iterable[tuple[int, int]], below_floor: int, depth: Fraction) -> tuple[Fraction, bool, T]:
    if depth == 0:
        return Fraction(below_floor), False, T("浸水は床下まで", "the water stayed below the floor")
    floors = sorted(depths, reverse=True)
    # whatever stands above the floor, be it a millimetre, is above the floor
    least = next((ratio for from_cm, ratio in floors if depth >= from_cm), floors[-1][1])
    text = f"{float(depth):g}"
    return Fraction(least), True, T(f"床上浸水 {text} cm", f"{text} cm of water above the floor")


def _step(part: Part, weight: int, seen: Iterable[Seen]) -> Step:
    mine = sorted((s for s in seen if s.part is part), key=lambda s: -s.degree)
    points = sum((Fraction(weight) * _exact(s.share) / 100 * DEGREES[s.degree] / 100 for s in mine), Fraction(0))
    terms = "＋".join(f"{ROMAN[s.degree]} {s.share:g}%×{DEGREES[s.degree]}%" for s in mine)
    return Step(part, weight, points, f"{weight}×({terms})" if terms else "")
