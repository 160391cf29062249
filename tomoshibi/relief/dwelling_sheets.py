"""Dwellings as spreadsheets, in and out; a town's first list of them is its fixed-asset ledger 固定資産家屋台帳."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents import CellError, Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import Actor
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.importing import BATCH, Imported, RowFault, Sheet, Values, chosen, named, several
from tomoshibi.places.queries import area_finder, area_names, names_of
from tomoshibi.places.subjects import AreaKind
from tomoshibi.relief import keys
from tomoshibi.relief.dwelling_facts import HoldersTold
from tomoshibi.relief.facts import DwellingDescribed
from tomoshibi.relief.models import DwellingRow, HoldersRow
from tomoshibi.relief.words import Structure, Tenure, Use
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.wareki import year_label

Source = str | Path | bytes | IO[bytes]
DWELLINGS, DISTRICT = T("住家・建物の台帳", "Dwelling register"), T("地区", "district")
#: words of ledgers: what a structure or a use is called there, by what its text holds
_STRUCTURES = (
    *((part, Structure.OTHER) for part in ("鉄", "コンクリ", "RC", "SRC", "れんが", "ブロック")),
    *((part, Structure.WOODEN) for part in ("木", "土蔵", "プレハブ")),
)
_USES = (("併用", Use.MIXED), ("物置", Use.SHED), ("車庫", Use.SHED), ("倉庫", Use.SHED), ("納屋", Use.SHED),
         ("土蔵", Use.SHED), ("附属", Use.SHED), ("付属", Use.SHED), ("店", Use.SHOP), ("事務所", Use.SHOP),
         ("工場", Use.SHOP), ("旅館", Use.SHOP), ("住宅", Use.DWELLING), ("居宅", Use.DWELLING),
         ("アパート", Use.DWELLING), ("共同", Use.DWELLING), ("寄宿", Use.DWELLING))  # fmt: skip
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
#: the first whole year of today's calendar
_FIRST = 1873
_LETTERS = dict(zip("MTSHR", _ERAS.values(), strict=True))


def columns(district: Callable[[Any], str] | None = None) -> Sequence[Column]:
    """Columns of the register; ``district`` finds an area by its name when the list is read."""
    return (
        Column("number", T("家屋番号", "Building number"), aliases=("物件番号", "台帳番号", "家屋コード"), unique=True),
        Column("address", T("所在地", "Address"), aliases=("住所", "所在", "所在地番", "物件所在地"), required=True),
        Column("building", T("建物名・部屋番号", "Building"), aliases=("建物名", "方書", "家屋名称")),
        Column("area", T("地区", "District"), aliases=("町名", "大字", "行政区"), parse=district),
        Column("lat", T("緯度", "Latitude"), kind="number"),
        Column("lon", T("経度", "Longitude"), kind="number"),
        Column(
            "structure", T("構造", "Structure"), aliases=("主体構造", "構造種別"), parse=_among(Structure, _STRUCTURES)
        ),
        Column("storeys", T("階数", "Storeys"), aliases=("地上階数", "階層"), kind="integer"),
        Column("use", T("用途", "Use"), aliases=("種類", "家屋種類", "種別"), parse=_among(Use, _USES)),
        Column("tenure", T("居住の別", "Tenure"), aliases=("居住区分",), parse=chosen(Tenure)),
        Column("owner", T("所有者", "Owner"), aliases=("所有者名", "納税義務者", "名義人"), kind="name"),
        Column(
            "owner_kana",
            T("所有者かな", "Owner (kana)"),
            aliases=("所有者カナ", "所有者フリガナ", "納税義務者カナ", "納税義務者フリガナ", "納税義務者名カナ"),
        ),
        Column("tenants", T("借家人", "Tenants"), parse=several(str.strip)),
        Column("tenants_kana", T("借家人かな", "Tenants (kana)"), parse=several(str.strip)),
        Column("built", T("建築年", "Built"), aliases=("建築年次", "新築年"), parse=year),
        Column("floor_m2", T("延床面積", "Floor area"), aliases=("床面積", "現況床面積", "登記床面積"), kind="number"),
    )


def _among[E](kinds: Iterable[E], words: Iterable[tuple[str, E]]) -> Callable[[Any], E]:
    """Read by the register's own words, else by a word of a ledger within the text (木造瓦葺2階建 is wooden)."""
    own: Callable[[Any], E] = chosen(kinds)
    listed = list(words)

    def parse(value: Any) -> E:
        try:
            return own(value)
        except CellError:
            for part, kind in listed:
                if part in str(value):
                    return kind
            raise

    return parse


def year(value: Any) -> int:
    """A year as ledgers write it: 1987, 昭和62年, S62, 昭62. Raises :class:`ValueError` for anything else."""
    text = str(value).strip().removesuffix("年").removesuffix(".0")
    if found := re.fullmatch(r"(明治?|大正?|昭和?|平成?|令和?|[MTSHR])\.?\s*(元|\d{1,2})", text):
        era, number = found[1], 1 if found[2] == "元" else int(found[2])
        base = _LETTERS.get(era) or next(first for name, first in _ERAS.items() if name.startswith(era))
        return base + number
    return int(text)


def load(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the buildings of a spreadsheet. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used.

    A building is known by its number in the ledger, else by its address and name: that of the main dwelling at an
    address, which an application at the counter names, and that of a shed beside it are two.
    """
    rows = list(DwellingRow.objects.all())
    listed = columns(named(area_names(), DISTRICT))
    by_number = {r.number: r.subject for r in rows if r.number}

    def subject_of(values: Values) -> str:
        number, building = values["number"] or "", values["building"] or ""
        if number in by_number:
            return by_number[number]
        use = values["use"] or Use.DWELLING
        if not use.lived_in and not building:
            building = number or str(use)
        return keys.dwelling(values["address"], building)

    def known() -> dict[str, Values]:
        return {row.subject: _values(row) for row in rows}

    def named_people() -> dict[str, Values]:
        return {row.subject: _names(row) for row in HoldersRow.objects.all()}

    buildings = Sheet(DwellingDescribed, listed, subject_of, known, _fault)
    people = Sheet(HoldersTold, listed, lambda values: keys.holders(subject_of(values)), named_people)
    checked, _, _ = people.prepared(read_sheet(source, listed))
    checked, described, done = buildings.prepared(checked)
    _, told, _ = people.prepared(checked)  # of the rows that are good in both
    checked.load(good_only=accept_good)
    drafts = [*_in_districts(described, {r.subject: r.area for r in rows}), *told]
    for start in range(0, len(drafts), BATCH):
        record(drafts[start : start + BATCH], actor)
    changed = len({draft.subject.partition(":")[2] for draft in drafts}) - done.new
    return Imported(done.new, changed, done.changed + done.same - changed, done.problems)


def _in_districts(described: Iterable[Draft], areas: Mapping[str, str]) -> Iterator[Draft]:
    """Each building in the district in which it lies, where neither the list nor the register names another."""
    find: Callable[[float, float], str] | None = None
    for draft in described:
        fact = draft.fact
        if isinstance(fact, DwellingDescribed) and fact.lat is not None and fact.lon is not None:
            find = find or area_finder(AreaKind.DISTRICT)
            if not fact.area and not areas.get(draft.subject) and (area := find(fact.lat, fact.lon)):
                draft = replace(draft, fact=fact.model_copy(update={"area": area}))
        yield draft


def _fault(values: Values) -> RowFault | None:
    if (values["lat"] is None) != (values["lon"] is None):
        missing = "lat" if values["lat"] is None else "lon"
        return missing, T("空です", "this is blank"), T("緯度と経度は両方入れてください。", "Enter both or neither.")
    return None


def _values(row: DwellingRow) -> Values:
    """A building's present values in the terms of :class:`DwellingDescribed`."""
    plain = {c.name: getattr(row, c.name) for c in columns() if c.name in DwellingDescribed.model_fields}
    return {**plain, "structure": Structure(row.structure), "use": Use(row.use), "tenure": Tenure(row.tenure)}


def _names(row: HoldersRow) -> Values:
    """Owner and tenants at present, in the terms of :class:`HoldersTold`."""
    return {
        "owner": row.owner,
        "owner_kana": row.owner_kana,
        "tenants": json.loads(row.tenants),
        "tenants_kana": json.loads(row.tenants_kana),
    }


def sheet(rows: Iterable[DwellingRow], named_people: Callable[[DwellingRow], bool]) -> OutSheet:
    """Buildings as a sheet that :func:`load` reads back; owner and tenants only where ``named_people`` says so."""
    rows = list(rows)
    holders = {row.subject: row for row in HoldersRow.objects.all()}
    areas = names_of({r.area for r in rows})
    given = []
    for row in rows:
        values = {**_values(row), "owner": "", "owner_kana": "", "tenants": [], "tenants_kana": []}
        if (held := holders.get(keys.holders(row.subject))) and named_people(row):
            values |= _names(held)
        values |= {name: str(values[name].label) for name in ("structure", "use", "tenure")}
        values |= {name: "、".join(values[name]) for name in ("tenants", "tenants_kana")}
        values |= {"area": areas.get(row.area, "")}
        given.append(values)
    return OutSheet(DWELLINGS, columns(), given)


def built(row: DwellingRow) -> str:
    """The year in which it was built, in both calendars, or nothing."""
    if row.built is None:
        return ""
    return f"{row.built}（{year_label(date(row.built, 12, 31))}）" if row.built >= _FIRST else str(row.built)
