"""From what a surveyor saw to a damage ratio 損害割合, with the sentence that explains it. Pure: no Django.

The ratio is the sum over parts of (weight × share of the part × what the degree counts); a tilt, a collapse, how far a
house has sunk or, in a flood, a depth decide at once. Nothing is rounded before the class is found. :func:`rules` gives
the same figures to the tablet, which computes while it has no network (``ratio.js``).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import (
    DEGREES,
    ROMAN,
    DamageClass,
    Method,
    Part,
    Sunk,
    SurveyTable,
    classes_on,
    classify,
    era_of,
    name_of,
    survey_table,
)

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

    ``collapsed``: at sight the whole house has fallen, was washed away, burnt down or lies buried, or one whole storey
    has fallen. ``tilt_mm``: mean horizontal shift over a plumb line of 1,200 mm. ``settled_cm``: the most that a corner
    has settled or a pile stands bare. ``depth_cm``: water above the floor, 0 where it stayed below. ``force``: the
    water's force 外力 has done visible damage. ``sunk``: how far the house has sunk into the ground. ``agreed``: the
    owner has agreed to a judgement by photographs alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    collapsed: bool = False
    tilt_mm: float | None = Field(None, ge=0, le=PLUMB_MM)
    settled_cm: float | None = Field(None, ge=0, le=1_000)
    depth_cm: float | None = Field(None, ge=0, le=10_000)
    force: bool = True
    sunk: Sunk | None = None
    agreed: bool = False
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
    """What a sheet comes to. ``at_least``: the ratio is a floor that one observation set, no sum. ``under``: no ratio
    was found but that it lies below this.

    ``sure`` is False where the figures of the method are not confirmed.
    """

    ratio: Fraction
    at_least: bool
    damage_class: DamageClass
    steps: tuple[Step, ...]
    explanation: T
    sure: bool
    under: int = 0

    @property
    def ratio_text(self) -> str:
        """As people write it: ``41.3 %``, ``50 % 以上``. Cut, not rounded up: 49.97 is never shown as 50."""
        if self.under:
            return str(T(f"{self.under} % 未満", f"below {self.under} %"))
        return f"{cut(self.ratio)} %" + (str(T("以上", " or more")) if self.at_least else "")


def cut(ratio: Fraction) -> str:
    """A ratio with one decimal, the rest cut off."""
    tenths = int(ratio * 10)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def problems(sheet: Sheet, day: datetime.date) -> list[T]:
    """What of a sheet cannot be in a disaster that began on ``day``: parts that the method does not look at, shares
    above the whole, nothing entered. Raises :class:`VocabularyError` for a day without figures.
    """
    table = survey_table(sheet.method, day)
    found = []
    if table.depths and not sheet.collapsed:
        if sheet.depth_cm is None:
            found.append(
                T("床上の浸水深を入れてください（床下なら0）。", "Enter the depth above the floor (0: below it).")
            )
        elif sheet.depth_cm > 0 and not sheet.force and not table.calm_depths:
            found.append(
                T(
                    f"{day} の災害では、外力による損傷がない床上浸水は浸水深では判定できません。"
                    "部位の調査票を使ってください。",
                    f"In a disaster of {day}, without damage by the water's force, a depth decides nothing: use the "
                    "sheet by part.",
                )
            )
    if table.under and not sheet.agreed:
        found.append(
            T(
                "自己判定には、写真による判定への所有者の同意が必要です。",
                "The owner has to agree to a judgement by photographs.",
            )
        )
    if table.under and sheet.collapsed:
        found.append(T("倒壊した住家は自己判定できません。", "A fallen house cannot be judged by its owner."))
    if table.sinks and sheet.tilt_mm is None and sheet.sunk is None and not sheet.collapsed:
        found.append(T("傾斜か潜り込みを入れてください。", "Enter the tilt, or how far it has sunk."))
    if not table.depths and sheet.depth_cm is not None:
        found.append(T("この調査票には浸水深がありません。", "This sheet knows no depth of water."))
    if not table.settled and sheet.settled_cm is not None:
        found.append(T("この調査票には沈下・露出による判定がありません。", "This sheet knows no settlement."))
    if not table.tilts and sheet.tilt_mm is not None:
        found.append(T("この調査票には傾斜による判定がありません。", "This sheet does not judge by tilt."))
    if not table.sinks and sheet.sunk is not None:
        found.append(T("この調査票には潜り込みによる判定がありません。", "This sheet knows no sinking."))
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
    if wrong := problems(sheet, day):
        raise VocabularyError(wrong[0])
    table = survey_table(sheet.method, day)
    if table.under:
        return _self_judged(table, day)
    steps: tuple[Step, ...] = ()
    decided = _decided(sheet, table)
    if decided is not None:
        ratio, at_least, why = decided
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
    if table.weights or sheet.collapsed:
        shown, more = cut(ratio), (T("以上", " or more") if at_least else T("", ""))
        why = T(f"{why.ja}。損害割合 {shown} %{more.ja}", f"{why.en}: {shown} %{more.en}")
    explanation = T(f"{why.ja} → {named.ja}", f"{why.en} → {named.en}")
    return Assessment(ratio, at_least, found, steps, explanation, table.sure)


def _decided(sheet: Sheet, table: SurveyTable) -> tuple[Fraction, bool, T] | None:
    """What one observation decides by itself: the least ratio, whether it is a floor, and why; None: the parts do."""
    if sheet.collapsed:
        why = T(
            "一見して住家全部が倒壊・流失・埋没・焼失しているか、一つの階の全部が倒壊している",
            "the house has fallen, is gone, buried or burnt down, or a whole storey has fallen",
        )
        return Fraction(50), True, why
    if table.depths:
        return _by_depth(sheet, table)
    found: list[tuple[int, T]] = []
    tilt = _exact(sheet.tilt_mm or 0) / PLUMB_MM
    for floor, ratio in table.tilts:
        if tilt >= floor:
            text = f"{sheet.tilt_mm:g}/{PLUMB_MM} mm"
            found.append((ratio, T(f"傾斜 {text} が {floor} 以上である", f"the tilt of {text} is {floor} or more")))
            break
    for floor, least_cm, ratio in table.settled:
        if tilt >= floor and _exact(sheet.settled_cm or 0) >= least_cm:
            text, settled = f"{sheet.tilt_mm:g}/{PLUMB_MM} mm", f"{sheet.settled_cm:g} cm"
            why = T(
                f"傾斜 {text} が {floor} 以上で、最大の沈下・露出 {settled} が {least_cm} cm 以上である",
                f"the tilt of {text} is {floor} or more, and the settlement of {settled} is {least_cm} cm or more",
            )
            found.append((ratio, why))
    if table.sinks and sheet.sunk is not None:
        sunk = sheet.sunk.label
        found.append((table.sinks[sheet.sunk], T(f"{sunk.ja}地盤面下に潜り込んでいる", f"it has sunk {sunk.en}")))
    if found:
        ratio, why = max(found, key=lambda item: item[0])
        return Fraction(ratio), True, why
    if table.sinks:
        least = table.tilts[-1][0]
        why = T(f"傾斜が {least} に達せず、潜り込みもない", f"the tilt stays below {least}, and nothing has sunk")
        return Fraction(1 if tilt else 0), False, why
    return None


def _self_judged(table: SurveyTable, day: datetime.date) -> Assessment:
    """By photographs alone: the owner agrees that the damage stays below the least class that gets more."""
    found = classify(1, day)
    named = name_of(found, day)
    explanation = T(
        f"写真により、所有者の同意を得て、損害割合 {table.under} %未満 → {named.ja}",
        f"By photographs, agreed with the owner: below {table.under} % → {named.en}",
    )
    return Assessment(Fraction(1), False, found, (), explanation, table.sure, table.under)


def rules(method: Method, day: datetime.date) -> dict[str, Any]:
    """The figures of a method on a day as plain data, for the tablet; words in the context's language.

    Raises :class:`VocabularyError` for a day without figures.
    """
    table = survey_table(method, day)
    floors = [[floor, str(name_of(found, day))] for found, floor in era_of(day).floors]
    partial, none = (str(name_of(c, day)) for c in classes_on(day)[-2:])
    return {
        "method": method.value,
        "label": str(method.label),
        "wooden": method.wooden,
        "storeys": method.storeys,
        "plumb": PLUMB_MM,
        "parts": [[part.value, str(part.label), weight] for part, weight in (table.weights or {}).items()],
        "degrees": [DEGREES[d] for d in range(6)],
        "tilts": [[floor.numerator, floor.denominator, ratio] for floor, ratio in table.tilts],
        "settled": [[floor.numerator, floor.denominator, cm, ratio] for floor, cm, ratio in table.settled],
        "depths": [list(pair) for pair in table.depths],
        "calm": [list(pair) for pair in table.calm_depths],
        "below": table.below_floor,
        "sinks": {sunk.value: ratio for sunk, ratio in (table.sinks or {}).items()},
        "under": table.under,
        "floors": floors,
        "partial": partial,
        "none": none,
        "sure": table.sure,
    }


def _exact(value: float) -> Fraction:
    """A number as people typed it: 0.1 is a tenth."""
    return Fraction(str(value))


def _by_depth(sheet: Sheet, table: SurveyTable) -> tuple[Fraction, bool, T]:
    depth = _exact(sheet.depth_cm or 0)
    if depth == 0:
        return Fraction(table.below_floor), False, T("浸水は床下まで", "the water stayed below the floor")
    floors = table.depths if sheet.force else table.calm_depths
    # whatever stands above the floor, be it a millimetre, is above the floor
    least = next((ratio for from_cm, ratio in floors if depth >= from_cm), floors[-1][1])
    text = f"{float(depth):g}"
    force = T("外力による損傷なし", "without damage by its force")
    if sheet.force:
        force = T("外力による損傷あり", "with damage by its force")
    why = T(f"床上浸水 {text} cm・{force.ja}", f"{text} cm of water above the floor, {force.en}")
    return Fraction(least), True, why


def _step(part: Part, weight: int, seen: Iterable[Seen]) -> Step:
    mine = sorted((s for s in seen if s.part is part), key=lambda s: -s.degree)
    points = sum((Fraction(weight) * _exact(s.share) / 100 * DEGREES[s.degree] / 100 for s in mine), Fraction(0))
    terms = "＋".join(f"{ROMAN[s.degree]} {s.share:g}%×{DEGREES[s.degree]}%" for s in mine)
    return Step(part, weight, points, f"{weight}×({terms})" if terms else "")
