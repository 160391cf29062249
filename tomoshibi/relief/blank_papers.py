"""Survey sheets 調査票 to be filled in by hand: one page a dwelling of a team's day, for when no tablet can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tomoshibi.documents import render
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.relief.damage import PLUMB_MM
from tomoshibi.relief.models import DwellingRow, SurveyRow, TeamRow
from tomoshibi.relief.sheet_form import SheetForm, methods_on, proposed_method
from tomoshibi.relief.words import Risk, Structure, Use
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DEGREES, ROMAN, DamageClass, Method, classify, era_of, name_of
from tomoshibi.vocabulary.wareki import to_wareki

TEMPLATE = "relief/documents/blank.typ"
WORDS = {
    "part": T("部位", "Part"),
    "weight": T("構成比", "Weight"),
    "points": T("損害割合", "Ratio"),
    "total": T("合計", "Total"),
    "result": T("平均", "mean"),
    "formula": T(
        "各欄にその程度の部分の割合（%）を書く。損害割合＝構成比×割合×程度の%。1つの部位の割合の合計は100 %まで。",
        "Write what share (%) of the part is damaged in each degree. Ratio = weight × share × the degree's %. The "
        "shares of a part come to 100 % at most.",
    ),
    "classes": T("区分", "Classes"),
    "surveyors": T("調査員", "Surveyors"),
    "when": T("調査日時", "When"),
    "photos": T("写真（枚）", "Photographs"),
    "entered": T("入力した人", "Entered by"),
    "note": T("見取図・メモ", "Sketch and notes"),
}


def blanks(
    team: TeamRow,
    found: Sequence[tuple[SurveyRow, DwellingRow]],
    risks: Mapping[str, Risk],
    method: Method | None = None,
) -> bytes:
    """PDF of an empty sheet for each round that is not surveyed yet: by ``method``, or by what fits each.

    Raises what :func:`tomoshibi.documents.render` raises.
    """
    waiting = [(row, place, row.disaster_on) for row, place in found if not row.surveyed_at and row.disaster_on]
    named = incidents.titles({row.incident for row, _, _ in waiting})
    hazards = {ref: i.hazard if (i := incidents.incident(ref)) else "" for ref in named}
    data = {
        "sheets": [
            _blank(
                row,
                place,
                _form(method or proposed_method(place, hazards.get(row.incident, ""), row.round), day),
                named.get(row.incident, ""),
                risks.get(place.subject),
            )
            for row, place, day in waiting
        ],
        "words": WORDS,
    }
    title = T(f"調査票（手書き用） {team.name}", f"Survey sheets to fill in by hand, {team.name}")
    return render(TEMPLATE, data, title=title, created=worlds.now(), training=worlds.is_training())


def _form(method: Method, day: date) -> SheetForm:
    """The sheet of a method; the first that has figures for the day where it has none."""
    known = methods_on(day)
    return SheetForm(method if method in known else known[0], day)


def _blank(row: SurveyRow, place: DwellingRow, form: SheetForm, disaster: str, risk: Risk | None) -> dict[str, Any]:
    table, day = form.table, form.day
    ticks = [
        T(
            "一見して全部が倒壊・流失・埋没・焼失、または一階分が倒壊",
            "All fallen, gone, buried or burnt, or a storey fallen",
        )
    ]
    ticks += [T(f"潜り込み: {sunk.label.ja}", f"Sunk: {sunk.label.en}") for sunk, _ in form.sinks]
    if table.under:
        named = f"損害割合 {table.under} %未満の写真による判定に所有者が同意した"
        ticks = [T(named, f"The owner agreed, by photographs, to damage below {table.under} %")]
    measures: list[dict[str, Any]] = []
    if form.tilts:
        told = "、".join(
            str(T(f"{mm} mm（{f}）以上: {name.ja}", f"{mm} mm ({f}) or more: {name.en}")) for f, mm, name in form.tilts
        )
        measures.append({"label": T("傾斜", "Tilt"), "unit": f"/ {PLUMB_MM} mm", "help": told, "corners": True})
    for fraction, cm, name in form.settlements:
        told = str(
            T(f"傾斜 {fraction} 以上で {cm} cm以上: {name.ja}", f"{cm} cm or more at {fraction} or more: {name.en}")
        )
        label = T("最大の沈下・杭の露出", "Greatest settlement")
        measures.append({"label": label, "unit": "cm", "help": told, "corners": False})
    if form.depths:
        label = T("床上の浸水深（最も浅いところ）", "Depth above the floor (where it is shallowest)")
        measures.append({"label": label, "unit": "cm", "help": "", "corners": False})
    floors = [(floor, name_of(found, day)) for found, floor in era_of(day).floors]
    classes = [T(f"{floor} %～ {name.ja}", f"{floor} %+ {name.en}") for floor, name in floors]
    return {
        "address": f"{row.stop or ''} {place.address} {place.building}".strip(),
        "facts": [
            (T("災害", "Disaster"), f"{disaster} {to_wareki(day)}".strip()),
            (T("回", "Round"), f"{row.round} {row.reason}".strip()),
            (T("応急危険度", "Risk marking"), risk.label if risk else "―"),
            (T("構造", "Structure"), Structure(place.structure).label),
            (T("階数", "Storeys"), str(place.storeys or "―")),
            (T("用途", "Use"), Use(place.use).label),
        ],
        "method": form.method.label,
        "warn": "" if table.sure else T("構成比は確かめられていません。", "The weights are not confirmed."),
        "ticks": ticks,
        "measures": measures,
        "depths": _depths(form) if form.depths else None,
        "parts": [(p["part"].label, f"{p['weight']} %") for p in form.parts],
        "degrees": [f"{ROMAN[d]} {DEGREES[d]} %" for d in range(1, 6)],
        "classes": [*classes, name_of(DamageClass.PARTIAL, day)],
    }


def _depths(form: SheetForm) -> dict[str, Any]:
    """What each depth means, with the water's force and without it."""
    day, table = form.day, form.table
    columns = [(T("外力による損傷 □ あり", "Damage by force: □ yes"), table.depths)]
    if table.calm_depths:
        columns.append((T("外力による損傷 □ なし", "Damage by force: □ no"), table.calm_depths))

    def means(depths: Sequence[tuple[int, int]], cm: int) -> T:
        return name_of(classify(next(ratio for least, ratio in depths if cm >= least), day), day)

    rows: list[list[Any]] = [
        [
            T("床上", "above the floor") if cm == 1 else T(f"床上 {cm} cm以上", f"{cm} cm or more"),
            *(means(d, cm) for _, d in columns),
        ]
        for cm in form.depths
    ]
    below = name_of(classify(table.below_floor, day), day)
    rows.append([T("□ 床下", "□ below the floor"), *[below] * len(columns)])
    return {"head": [T("浸水深", "Depth"), *(head for head, _ in columns)], "rows": rows}
