"""The demonstration city's plan as rows, straight from the sheets that ship with the program: no database."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from typing import Any

from tomoshibi.continuity import demo
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import DependencyRow, ItemRow
from tomoshibi.continuity.plan_queries import TableRow
from tomoshibi.continuity.plan_tables import (
    AgreementDescribed,
    BackupDescribed,
    CrewDescribed,
    DrillDescribed,
    MeasureDescribed,
    RiskDescribed,
    StepDescribed,
    TableFact,
)
from tomoshibi.people.models import RoleRow

FILE = demo.FILE.with_name("plan_city.toml")
#: sheets of things, and the kind of what stands on each where no column says it
THINGS = {
    "情報システム一覧": "system", "外部事業者": "vendor", "庁舎": "site", "機器設置場所": "", "電力・通信": "",
    "重要業務": "service", "データ": "data", "契約": "contract",
}  # fmt: skip
LISTS = ("ends", "covers", "impact", "hits", "risks", "guards")


def _rows(sheets: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = []
    for row in sheets[name]["rows"]:
        cells = dict(zip(sheets[name]["columns"], row, strict=True))
        found.append({k: v.split("、") if k in LISTS else v for k, v in cells.items() if v != ""})
    return found


@cache
def city() -> Plan:
    """The plan of the city; the subject of a thing is its code."""
    sheets = tomllib.loads(FILE.read_text(encoding="utf-8"))
    things: dict[str, dict[str, Any]] = {}
    for sheet, kind in THINGS.items():
        for cells in _rows(sheets, sheet):
            cells["kind"] = cells.pop("item_kind", kind)
            cells["site"] = cells.pop("place", "")
            things[cells["code"]] = cells
    for sheet in ("契約の内容", "業務影響分析・RTO", "復旧の見積り"):
        for cells in _rows(sheets, sheet):
            things[cells.pop("item")].update(cells)
    items = []
    for code, cells in things.items():
        if "impact" in cells:
            cells["impact"] = [int(x) for x in cells["impact"]]
        said = {k: json.dumps(v) if k in LISTS else v for k, v in cells.items()}
        items.append(ItemRow(subject=code, **said))
    needs = [DependencyRow(subject=f"d{i}", **x) for i, x in enumerate(_rows(sheets, "依存関係"))]

    for measure in (measures := _rows(sheets, "対策")):
        measure["risks"] = [f"risk:{code}" for code in measure["risks"]]

    def table(sheet: str, fact: type[TableFact]) -> tuple[Any, ...]:
        rows = measures if fact is MeasureDescribed else _rows(sheets, sheet)
        return tuple(TableRow(f"{fact.table}:{x.get('code', i)}", fact(**x)) for i, x in enumerate(rows))

    roles = [
        RoleRow(
            subject=f"role:{i}",
            name=x["name"],
            time=x["time"],
            holder=x.get("holder", ""),
            deputies=json.dumps([x["deputies"]] if "deputies" in x else []),
        )
        for i, x in enumerate(_rows(sheets, "運用体制・緊急時対応体制"))
    ]
    return Plan(
        tuple(items),
        tuple(needs),
        table("バックアップ", BackupDescribed),
        table("復旧要員", CrewDescribed),
        table("リスク", RiskDescribed),
        table("対策", MeasureDescribed),
        table("訓練計画", DrillDescribed),
        table("協定", AgreementDescribed),
        table("手順・行動計画", StepDescribed),
        tuple(roles),
    )
