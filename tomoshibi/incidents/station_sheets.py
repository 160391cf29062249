"""Stations as spreadsheets, in and out: where they stand and how they are sited, one row a station."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tomoshibi.documents import Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents.models import StationRow
from tomoshibi.incidents.station_facts import StationDescribed, StationSited
from tomoshibi.incidents.subjects import Station
from tomoshibi.incidents.words import SitingForm, SitingGrade
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Fact
from tomoshibi.journal.recording import record
from tomoshibi.places.importing import BATCH, Imported, RowFault, Sheet, Values, chosen
from tomoshibi.vocabulary import T

TITLE = T("観測点の設置環境", "Siting of stations")


def columns() -> Sequence[Column]:
    """Columns of the list; a network's station list (code, name, latitude, longitude, grade) reads as it is."""
    return (
        Column(
            "code", T("観測点番号", "Station code"), aliases=("code", "station", "番号"), required=True, unique=True
        ),
        Column("also", T("ほかの表での番号", "Numbers in other lists"), aliases=("also",)),
        Column("name", T("名称", "Name"), aliases=("name", "観測点名"), kind="name"),
        Column("agency", T("機関", "Agency"), aliases=("agency",)),
        Column("municipality", T("市区町村コード", "Municipality code"), aliases=("municipality",)),
        Column("lat", T("緯度", "Latitude"), aliases=("lat", "latitude"), kind="number"),
        Column("lon", T("経度", "Longitude"), aliases=("lon", "longitude"), kind="number"),
        Column("grade", T("設置環境の評価", "Siting grade"), aliases=("grade", "評価"), parse=_grade),
        Column("form", T("設置形態", "Siting form"), aliases=("form",), parse=chosen(SitingForm)),
        Column("assessed_on", T("評価した日", "Assessed on"), aliases=("assessed_on",), kind="date"),
        Column("assessed_by", T("評価した人", "Assessed by"), aliases=("assessed_by",)),
        Column("reason", T("評価の理由", "Reason"), aliases=("reason",)),
    )


def _grade(value: Any) -> SitingGrade:
    text = str(value).strip()
    return chosen(SitingGrade)(text[:1].upper() if text else text)


def load(source: Any, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the stations of a spreadsheet: places first, then how they are sited; a row without a grade is not graded.

    Raises :class:`~tomoshibi.documents.SheetError` for one that is not used.
    """
    asked = columns()
    result = read_sheet(source, asked)
    places, described, done = _sheet(StationDescribed, asked).prepared(result)
    sitings, sited, _ = _sheet(StationSited, asked).prepared(_siting_only(result))
    for checked in (places, sitings):
        checked.load(good_only=accept_good)
    drafts = described + sited
    for start in range(0, len(drafts), BATCH):
        record(drafts[start : start + BATCH], actor)
    changed = len({draft.subject for draft in drafts}) - done.new
    return Imported(done.new, changed, done.changed + done.same - changed, done.problems)


def _siting_only(result: Any) -> Any:
    """The rows that say how a station is sited."""
    fields = ("grade", "form", "assessed_on", "assessed_by", "reason")
    return replace(result, rows=tuple(r for r in result.rows if any(r.values.get(f) is not None for f in fields)))


def _sheet(fact: type[Fact], asked: Sequence[Column]) -> Sheet[Any]:
    names = [c.name for c in asked]
    known = {
        row.subject: {name: getattr(row, name) for name in names} | {"grade": row.grade_word, "form": row.form_word}
        for row in StationRow.objects.all()
    }

    def fault(values: Values) -> RowFault | None:
        siting = any(values.get(f) is not None for f in ("form", "assessed_on", "assessed_by", "reason"))
        before = known.get(Station.coded(str(values["code"])), {})
        if siting and values.get("grade") is None and before.get("grade") is None:
            return "grade", T("空です", "this is blank"), T("評価 A〜E を入れてください。", "Enter a grade, A to E.")
        return None

    return Sheet(fact, asked, lambda values: Station.coded(str(values["code"])), lambda: known, fault)


def sheet(rows: Iterable[StationRow]) -> OutSheet:
    """Stations as a sheet that :func:`load` reads back."""
    names = [c.name for c in columns()]

    def shown(row: StationRow) -> Values:
        values = {name: getattr(row, name) for name in names}
        values["form"] = row.form_word.label if row.form_word else None
        return {name: value for name, value in values.items() if value not in ("", None)}

    return OutSheet(TITLE, columns(), [shown(row) for row in rows])
