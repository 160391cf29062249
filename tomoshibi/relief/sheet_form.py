"""The survey sheet 調査票 as a form: fields in, a sheet (:mod:`~tomoshibi.relief.damage`) out, what the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pydantic
from django.http import QueryDict

from tomoshibi.incidents.words import Hazard
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.projecting import state_of
from tomoshibi.relief.damage import PLUMB_MM, Assessment, Sheet, assess
from tomoshibi.relief.models import DwellingRow, SurveyRow
from tomoshibi.relief.words import Structure
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import (
    DEGREES,
    ROMAN,
    SURVEY_TABLES,
    DamageClass,
    Method,
    Part,
    Sunk,
    classify,
    name_of,
    survey_table,
)


def methods_on(day: date) -> list[Method]:
    """The sheets that have figures for a disaster of that day."""
    return list(dict.fromkeys(t.method for t in SURVEY_TABLES if t.since <= day < t.until))


def proposed_method(place: DwellingRow, hazard: str, round: int) -> Method:
    """The sheet that fits the hazard and the structure; the second survey looks inside."""
    other = place.structure == Structure.OTHER.value
    if hazard == Hazard.WIND_AND_FLOOD.value:
        if other:
            return Method.FLOOD_OTHER_PARTS
        low = place.storeys is None or place.storeys <= 2
        return Method.FLOOD_WOODEN_DEPTH if round == 1 and low else Method.FLOOD_WOODEN_PARTS
    if round == 1:
        return Method.EARTHQUAKE_OTHER_FIRST if other else Method.EARTHQUAKE_WOODEN_FIRST
    return Method.EARTHQUAKE_OTHER_SECOND if other else Method.EARTHQUAKE_WOODEN_SECOND


def misfit(method: Method, place: DwellingRow) -> T | None:
    """Why the figures of a method do not hold for a building, by its entry in the register; None: they do."""
    structure = Structure(place.structure)
    wooden = {Structure.WOODEN: True, Structure.OTHER: False}.get(structure)
    if wooden is not None and method.wooden not in (None, wooden):
        return T(
            f"この住家は台帳では{structure.label.ja}です。調査票か台帳を確かめてください。",
            f"By the register this building is “{structure.label.en}”: check the sheet, or the register.",
        )
    if method.storeys and place.storeys and place.storeys > method.storeys:
        return T(
            f"この調査票は{method.storeys}階建てまでのもので、台帳では{place.storeys}階建てです。"
            "部位の調査票を使うか、台帳を直してください。",
            f"This sheet is for up to {method.storeys} storeys; by the register there are {place.storeys}. Use the "
            "sheet by part, or correct the register.",
        )
    return None


class SheetForm:
    """The sheet as fields: a share (per cent) for each part and degree, tilt, depth, sinking, collapse."""

    def __init__(self, method: Method, day: date, data: Mapping[str, Any] | None = None) -> None:
        self.method, self.day = method, day
        self.table = survey_table(method, day)
        self.data: Mapping[str, Any] = data if data is not None else QueryDict()
        self.refused: T | None = None

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Every part with its five degrees."""
        return [
            {
                "part": part,
                "weight": weight,
                "degrees": [
                    {
                        "name": f"{part.value}-{degree}",
                        "roman": ROMAN[degree],
                        "counts": DEGREES[degree],
                        "value": self.data.get(f"{part.value}-{degree}", ""),
                    }
                    for degree in range(1, 6)
                ],
            }
            for part, weight in (self.table.weights or {}).items()
        ]

    @property
    def tilt(self) -> str:
        """What was typed as tilt."""
        return str(self.data.get("tilt_mm", ""))

    @property
    def tilts(self) -> list[tuple[str, int, T]]:
        """The tilts that decide: as a fraction, in mm over the plumb line, and the class that each means."""
        return [
            (str(floor), int(floor * PLUMB_MM), name_of(classify(ratio, self.day), self.day))
            for floor, ratio in self.table.tilts
        ]

    @property
    def settled(self) -> str:
        """What was typed as settlement."""
        return str(self.data.get("settled_cm", ""))

    @property
    def settlements(self) -> list[tuple[str, int, T]]:
        """The settlements that decide together with a tilt: the tilt, cm, and the class that both mean."""
        return [
            (str(floor), cm, name_of(classify(ratio, self.day), self.day)) for floor, cm, ratio in self.table.settled
        ]

    @property
    def depth(self) -> str:
        """What was typed as depth."""
        return str(self.data.get("depth_cm", ""))

    @property
    def depths(self) -> list[int]:
        """The depths (cm) at which a class begins, deepest first."""
        return sorted({cm for cm, _ in (*self.table.depths, *self.table.calm_depths)}, reverse=True)

    @property
    def force(self) -> bool:
        """Whether the water's force did damage; nobody has to say so."""
        return self.data.get("force", "1") != "0"

    @property
    def sinks(self) -> list[tuple[Sunk, bool]]:
        """How far a house may have sunk, and whether that was chosen."""
        return [(sunk, self.data.get("sunk") == sunk.value) for sunk in self.table.sinks or {}]

    @property
    def agreed(self) -> bool:
        """Whether the owner agreed to a judgement by photographs."""
        return bool(self.data.get("agreed"))

    @property
    def collapsed(self) -> bool:
        """Whether the box is ticked."""
        return bool(self.data.get("collapsed"))

    def sheet(self) -> Sheet | None:
        """The sheet as sent, or None with :attr:`refused`."""
        seen = [
            {"part": part.value, "degree": degree, "share": share}
            for part in self.table.weights or {}
            for degree in range(1, 6)
            if (share := str(self.data.get(f"{part.value}-{degree}", "")).strip()) not in ("", "0")
        ]
        said: dict[str, Any] = {
            "method": self.method.value,
            "collapsed": self.collapsed,
            "tilt_mm": self.tilt.strip() or None,
            "settled_cm": self.settled.strip() or None,
            "depth_cm": self.depth.strip() or None,
            "seen": seen,
        }
        if self.table.depths:
            said["force"] = self.force
        if self.table.sinks and self.data.get("sunk"):
            said["sunk"] = self.data["sunk"]
        if self.table.under:
            said["agreed"] = self.agreed
        try:
            return Sheet.model_validate(said)
        except pydantic.ValidationError as error:
            _, self.refused = next(iter(complaints(error)))
            return None

    def assessed(self) -> Assessment | None:
        """What the sheet comes to, or None with :attr:`refused`."""
        sheet = self.sheet()
        if sheet is None:
            return None
        try:
            return assess(sheet, self.day)
        except VocabularyError as error:
            self.refused = error.text
            return None

    def drawn(self, found: Assessment | None) -> dict[str, Any]:
        """The house in the middle: how badly each part of the picture is hurt, 0 to 5 (6: decided at once)."""
        worst = dict.fromkeys(Part, 0)
        sheet = self.sheet()
        for seen in sheet.seen if sheet else ():
            worst[seen.part] = max(worst[seen.part], seen.degree)
        whole = 6 if found is not None and found.at_least and found.damage_class is DamageClass.DESTROYED else 0
        walls = (Part.WALL, Part.OUTER_WALL, Part.COLUMN, Part.OTHER_WALL, Part.OUTER_FINISH)
        inside = (
            Part.INNER_WALL, Part.FLOOR, Part.CEILING, Part.FITTINGS, Part.EQUIPMENT, Part.FLOOR_BEAM,
            Part.INNER_FINISH,
        )  # fmt: skip
        return {
            "roof": whole or worst[Part.ROOF],
            "wall": whole or max(worst[p] for p in walls),
            "foundation": whole or worst[Part.FOUNDATION],
            "inside": whole or max(worst[p] for p in inside),
            "water": _water(sheet.depth_cm if sheet else None),
        }


def _water(depth: float | None) -> dict[str, float] | None:
    """Where the water stands in the picture, whose floor is at 150 and whose storey is 70 high (240 cm)."""
    if depth is None:
        return None
    height = 8 if depth == 0 else min(12 + depth / 240 * 70, 120)
    return {"y": round(162 - height, 1), "height": round(height, 1)}


def shown(form: SheetForm) -> dict[str, Any]:
    """What the page shows of a form: the ratio as it grows, its class, and the house."""
    found = form.assessed()
    return {
        "found": found,
        "refused": form.refused,
        "house": form.drawn(found),
        "named": name_of(found.damage_class, form.day) if found else "",
        "bar": min(round(float(found.ratio)), 100) if found else 0,
    }


def observed(said: Sheet) -> list[T]:
    """What was seen of the house as a whole, whether or not it decides."""
    seen = []
    if said.collapsed:
        seen.append(
            T(
                "一見して全部が倒壊・流失・埋没・焼失、または一階分が倒壊",
                "All fallen, gone, buried or burnt, or a storey fallen",
            )
        )
    if said.tilt_mm is not None:
        seen.append(T(f"傾斜 {said.tilt_mm:g}/{PLUMB_MM} mm", f"Tilt {said.tilt_mm:g}/{PLUMB_MM} mm"))
    if said.settled_cm is not None:
        cm = f"{said.settled_cm:g} cm"
        seen.append(T(f"最大の沈下・露出 {cm}", f"Greatest settlement {cm}"))
    if said.sunk:
        seen.append(T(f"潜り込み {said.sunk.label.ja}", f"Sunk {said.sunk.label.en}"))
    if said.depth_cm is not None:
        seen.append(T(f"床上浸水 {said.depth_cm:g} cm", f"Water above the floor {said.depth_cm:g} cm"))
        force = T("外力による損傷あり", "damage by the water's force") if said.force else T("外力なし", "no force")
        seen.append(force)
    if said.agreed:
        seen.append(T("写真による判定に所有者が同意", "The owner agreed to a judgement by photographs"))
    return seen


def kept(current: SurveyRow | None) -> QueryDict:
    """A sheet that was recorded and is not judged, as fields to correct."""
    data = QueryDict(mutable=True)
    if current is None or not current.surveyed_at:
        return data
    state: Any = state_of(current.subject)
    sheet: Sheet = state.sheet.value
    data["method"], data["surveyors"] = sheet.method.value, current.surveyors
    for seen in sheet.seen:
        data[f"{seen.part.value}-{seen.degree}"] = f"{seen.share:g}"
    if sheet.collapsed:
        data["collapsed"] = "1"
    for name in ("tilt_mm", "settled_cm", "depth_cm"):
        if (value := getattr(sheet, name)) is not None:
            data[name] = f"{value:g}"
    if not sheet.force:
        data["force"] = "0"
    if sheet.sunk:
        data["sunk"] = sheet.sunk.value
    if sheet.agreed:
        data["agreed"] = "1"
    return data
