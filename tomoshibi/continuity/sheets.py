"""The inventory as a spreadsheet, in and out: one definition of the columns serves both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from tomoshibi.continuity import queries
from tomoshibi.continuity.facts import ItemDescribed
from tomoshibi.continuity.models import ItemRow
from tomoshibi.continuity.subjects import Item
from tomoshibi.continuity.words import ItemKind
from tomoshibi.documents import Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import Actor
from tomoshibi.people.models import SectionRow
from tomoshibi.places.importing import Imported, Sheet, Values, chosen, named
from tomoshibi.places.keys import natural
from tomoshibi.places.queries import here, names_of, site_names
from tomoshibi.vocabulary import T

Source = str | Path | bytes | IO[bytes]


def item_columns(
    section: Callable[[Any], str] | None = None, place: Callable[[Any], str] | None = None
) -> Sequence[Column]:
    """Columns of the inventory; ``section`` and ``place`` find them by name when the list is read."""
    return (
        Column("code", T("管理番号", "Code"), aliases=("番号", "NO", "連番"), unique=True),
        Column("name", T("名称", "Name"), aliases=("システム名称", "システム名", "情報資産名"), required=True),
        Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな")),
        Column("item_kind", T("種別", "Kind"), aliases=("分類",), parse=chosen(ItemKind)),
        Column("remark", T("補足", "Remark")),
        Column("order", T("報告書での順番", "Place in the report"), kind="integer"),
        Column("section", T("所管課", "Section in charge"), aliases=("主管課", "管理部門"), parse=section),
        Column("place", T("設置場所", "Place"), aliases=("設置庁舎",), parse=place),
        Column("room", T("部屋", "Room")),
        Column("vendor", T("事業者", "Vendor"), aliases=("保守事業者", "委託事業者")),
        Column("holds_data", T("業務データを持つ", "Holds data"), kind="yes"),
        Column("backup_method", T("バックアップの頻度・方法・場所", "Backup"), aliases=("バックアップ",)),
        Column("note", T("備考", "Note")),
    )


def load_items(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the items of a spreadsheet. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used."""
    rows = list(ItemRow.objects.all())
    sections = [
        (called, ref)
        for name, code, ref in SectionRow.objects.values_list("name", "code", "subject")
        for called in (name, code)
        if called
    ]
    columns = item_columns(named(sections, T("課", "section")), named(site_names(), T("拠点", "site")))
    by_code, by_name = {r.code: r.subject for r in rows if r.code}, {r.name: r.subject for r in rows}

    def subject_of(values: Values) -> str:
        code, name = values["code"] or "", values["name"]
        known = by_code.get(code) if code else by_name.get(name)
        return known or natural(Item, here(), code or name)

    def known() -> dict[str, Values]:
        return {row.subject: item_values(row) for row in rows}

    return Sheet(ItemDescribed, columns, subject_of, known).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def item_values(row: ItemRow) -> Values:
    """An item in the terms of the fact that describes it."""
    names = ("code", "name", "kana", "remark", "order", "section", "room", "vendor", "holds_data", "backup_method")
    values: Values = {name: getattr(row, name) for name in (*names, "note")}
    return {**values, "item_kind": row.kind_word, "place": row.site}


def item_sheet(rows: Iterable[ItemRow] | None = None) -> OutSheet:
    """The inventory as a sheet that :func:`load_items` reads back."""
    rows = list(queries.items() if rows is None else rows)
    sections = dict(SectionRow.objects.values_list("subject", "name"))
    places = names_of(r.site for r in rows)

    def shown(row: ItemRow) -> Values:
        values = item_values(row)
        return {
            **values,
            "item_kind": row.kind_word.label,
            "section": sections.get(row.section, ""),
            "place": places.get(row.site, ""),
        }

    return OutSheet(T("情報資産", "Inventory"), item_columns(), [shown(r) for r in rows])
