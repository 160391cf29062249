"""Sites and areas as spreadsheets, in and out: one definition of the columns serves both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents import Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import Actor
from tomoshibi.places.facts import AreaDescribed, SiteDescribed
from tomoshibi.places.importing import Imported, RowFault, Sheet, Values, chosen, named, several
from tomoshibi.places.keys import natural
from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import area_names, here, names_of
from tomoshibi.places.subjects import Area, AreaKind, Site, SiteKind
from tomoshibi.vocabulary import T

Source = str | Path | bytes | IO[bytes]

DISTRICT = T("地区", "district")


def site_columns(district: Callable[[Any], str] | None = None) -> Sequence[Column]:
    """Columns of the list of sites; ``district`` finds an area by its name when the list is read."""
    return (
        Column("code", T("施設番号", "Site number"), aliases=("番号", "NO", "共通ID"), unique=True),
        Column("name", T("名称", "Name"), aliases=("施設名", "施設・場所名", "施設名称"), required=True, kind="name"),
        Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな", "名称かな")),
        Column("site_kind", T("種別", "Kind"), aliases=("施設種別",), parse=chosen(SiteKind)),
        Column("also", T("ほかの用途", "Also serves as"), parse=several(chosen(SiteKind))),
        Column("address", T("所在地", "Address"), aliases=("住所",)),
        Column("lat", T("緯度", "Latitude"), kind="number"),
        Column("lon", T("経度", "Longitude"), kind="number"),
        Column("elevation_m", T("標高(m)", "Elevation (m)"), aliases=("標高",), kind="number"),
        Column("phone", T("電話", "Phone"), aliases=("電話番号", "TEL")),
        Column("fax", T("FAX", "Fax"), aliases=("FAX番号", "ファクス")),
        Column("email", T("メール", "E-mail"), aliases=("メールアドレス",)),
        Column("capacity", T("収容人数", "Capacity"), aliases=("定員", "想定収容人数"), kind="integer"),
        Column("district", T("地区", "District"), parse=district),
        Column("note", T("備考", "Note")),
    )


def area_columns(parent: Callable[[Any], str] | None = None) -> Sequence[Column]:
    """Columns of the list of areas; ``parent`` finds an area by its name when the list is read."""
    return (
        Column("code", T("コード", "Code"), aliases=("町丁目コード", "地区コード"), unique=True),
        Column("name", T("名称", "Name"), aliases=("町丁目", "地区名", "区域名"), required=True, kind="name"),
        Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな")),
        Column("area_kind", T("種別", "Kind"), parse=chosen(AreaKind)),
        Column("parent", T("属する区域", "Part of"), aliases=("地区", "上位区域"), parse=parent),
        Column("population", T("人口", "Population"), kind="integer"),
        Column("households", T("世帯数", "Households"), kind="integer"),
    )


def load_sites(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the sites of a spreadsheet. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used."""
    rows = list(SiteRow.objects.all())
    columns = site_columns(named(area_names(), DISTRICT))
    by_code, by_name = {r.code: r.subject for r in rows if r.code}, {r.name: r.subject for r in rows}

    def subject_of(values: Values) -> str:
        code, name = values["code"] or "", values["name"]
        known = by_code.get(code) if code else by_name.get(name)
        return known or natural(Site, here(), code or name)

    def known() -> dict[str, Values]:
        return {row.subject: site_values(row) for row in rows}

    return Sheet(SiteDescribed, columns, subject_of, known, _site_fault).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def load_areas(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the areas of a spreadsheet. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used."""
    rows = list(AreaRow.objects.all())
    columns = area_columns(named(area_names(), DISTRICT))
    by_code, by_name = {r.code: r.subject for r in rows if r.code}, {r.name: r.subject for r in rows}

    def subject_of(values: Values) -> str:
        code, name = values["code"] or "", values["name"]
        known = by_code.get(code) if code else by_name.get(name)
        return known or natural(Area, here(), code or name)

    def known() -> dict[str, Values]:
        return {row.subject: area_values(row) for row in rows}

    return Sheet(AreaDescribed, columns, subject_of, known).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def _site_fault(values: Values) -> RowFault | None:
    if (values["lat"] is None) != (values["lon"] is None):
        missing = "lat" if values["lat"] is None else "lon"
        return missing, T("空です", "this is blank"), T("緯度と経度は両方入れてください。", "Enter both or neither.")
    return None


def site_values(row: SiteRow) -> Values:
    """A site's present values in the terms of :class:`SiteDescribed`."""
    return {
        **{c.name: getattr(row, c.name) for c in site_columns() if c.name not in ("site_kind", "also")},
        "site_kind": SiteKind(row.kind),
        "also": [SiteKind(k) for k in row.also.split()],
    }


def area_values(row: AreaRow) -> Values:
    """An area's present values in the terms of :class:`AreaDescribed`, its extent apart."""
    values = {c.name: getattr(row, c.name) for c in area_columns() if c.name != "area_kind"}
    return {**values, "area_kind": AreaKind(row.kind)}


def site_sheet(rows: Iterable[SiteRow]) -> OutSheet:
    """Sites as a sheet that :func:`load_sites` reads back."""
    rows = list(rows)
    names = names_of(r.district for r in rows)

    def shown(row: SiteRow) -> Values:
        values = site_values(row)
        return {
            **{k: v for k, v in values.items() if v not in ("", None)},
            "site_kind": values["site_kind"].label,
            "also": "、".join(k.label.ja for k in values["also"]),
            "district": names.get(row.district, ""),
        }

    return OutSheet(T("拠点・施設", "Sites"), site_columns(), [shown(r) for r in rows])


def area_sheet(rows: Iterable[AreaRow]) -> OutSheet:
    """Areas as a sheet that :func:`load_areas` reads back; extents travel as a map layer."""
    rows = list(rows)
    names = names_of(r.parent for r in rows)

    def shown(row: AreaRow) -> Values:
        values = area_values(row)
        return {**values, "area_kind": values["area_kind"].label, "parent": names.get(row.parent, "")}

    return OutSheet(T("区域", "Areas"), area_columns(), [shown(r) for r in rows])
