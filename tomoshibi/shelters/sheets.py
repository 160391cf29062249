"""Shelters and rosters as spreadsheets and on paper: one definition of the columns serves both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tomoshibi.documents import Column, Sheet, drawn, table_pdf
from tomoshibi.documents.values import japan
from tomoshibi.journal import worlds
from tomoshibi.residents.words import UNDISCLOSED, Sex
from tomoshibi.shelters.desk import Line
from tomoshibi.shelters.models import NeedRow, ShelterRow
from tomoshibi.shelters.words import Fullness, Service
from tomoshibi.vocabulary import T

SHELTERS = T("避難所", "Shelters")
#: the names of whether family may be told, by what was recorded
TELL = {True: T("可", "Yes"), False: T("不可", "No"), None: T("不明", "Unknown")}

SHELTER_COLUMNS = (
    Column("name", T("避難所", "Shelter")),
    Column("state", T("状態", "State")),
    Column("fullness", T("混み具合", "How full")),
    Column("registered", T("名簿の人数", "Registered"), kind="integer"),
    Column("counted", T("数えた人数", "Counted"), kind="integer"),
    Column("inside", T("屋内", "Inside"), kind="integer"),
    Column("in_cars", T("車中泊", "In cars"), kind="integer"),
    Column("outside", T("屋外", "Outside"), kind="integer"),
    Column("capacity", T("収容人数", "Capacity"), kind="integer"),
    Column("staff", T("運営の人数", "Staff"), kind="integer"),
    Column("power", T("電気", "Power")),
    Column("water", T("水道", "Water")),
    Column("toilets", T("トイレ", "Toilets")),
    Column("phones", T("通信", "Network")),
    Column("needs", T("要望", "Needs")),
    Column("urgent", T("急ぎの連絡", "Urgent")),
    Column("manager", T("責任者", "Manager")),
    Column("opened_at", T("開設", "Opened"), kind="datetime"),
    Column("closed_at", T("閉鎖", "Closed"), kind="datetime"),
    Column("reported_at", T("報告", "Reported"), kind="datetime"),
)


def state_of(row: ShelterRow) -> T:
    """Open or closed, in words."""
    return T("開設中", "Open") if row.is_open else T("閉鎖", "Closed")


def shelter_sheet(rows: Iterable[Any], needs: Mapping[str, Sequence[NeedRow]]) -> Sheet:
    """Shelters as a spreadsheet. A count that nobody told is an empty cell, not 0."""
    plain = ("name", "registered", "counted", "inside", "in_cars", "outside", "capacity", "staff", "urgent", "manager")
    lines = [
        {
            **{n: getattr(row, n) for n in (*plain, "opened_at", "closed_at", "reported_at")},
            **{
                n: Service(v).label if (v := getattr(row, n)) else None for n in ("power", "water", "toilets", "phones")
            },
            "state": state_of(row),
            "fullness": Fullness(row.fullness).label if row.fullness else None,
            "needs": "、".join(words_of(n) for n in needs.get(row.subject, ())),
        }
        for row in rows
    ]
    return Sheet(SHELTERS, SHELTER_COLUMNS, lines)


def words_of(need: NeedRow) -> str:
    """A need in one line."""
    return f"{need.item} × {need.quantity}{need.unit}" if need.quantity is not None else need.item


ROSTER_COLUMNS = (
    Column("number", T("番号", "No."), kind="integer"),
    Column("name", T("氏名", "Name"), kind="name", width=1.6),
    Column("kana", T("かな", "Kana"), width=1.6),
    Column("sex", T("性別", "Sex")),
    Column("age", T("年齢", "Age")),
    Column("address", T("住所", "Address"), width=2.4),
    Column("needs", T("配慮", "Needs"), width=1.6),
    Column("place", T("居る場所", "Place")),
    Column("phone", T("連絡先", "Contact"), width=1.2),
    Column("tell", T("家族へ", "Family told")),
    Column("in_at", T("受付", "Since"), kind="datetime"),
)
#: of those who left, in the spreadsheet
GONE_COLUMNS = (
    *ROSTER_COLUMNS,
    Column("out_at", T("退所", "Left"), kind="datetime"),
    Column("went", T("行き先", "Where to")),
    Column("out_address", T("行き先の住所・名称", "Address or name")),
    Column("out_contact", T("行き先の連絡先", "Contact there")),
)


def roster_rows(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The roster's rows; of somebody whose name is withheld from the one who asks, only that there is one."""
    return [{"number": number, **_roster_row(line)} for number, line in enumerate(lines, 1)]


def _roster_row(line: Line) -> dict[str, Any]:
    stay = line.stay
    if line.withheld:
        return {"name": UNDISCLOSED, "in_at": stay.in_at, "out_at": stay.out_at}
    needs = [str(w) for w in stay.need_words]
    return {
        "name": stay.name,
        "kana": stay.kana,
        "sex": Sex(stay.sex).label if stay.sex else None,
        "age": line.age,
        "address": line.address,
        "needs": "、".join([*needs, stay.need_note] if stay.need_note else needs),
        "place": stay.place,
        "phone": stay.phone,
        "tell": TELL[stay.may_tell_family],
        "in_at": stay.in_at,
        "out_at": stay.out_at,
        "went": line.went,
        "out_address": stay.out_address,
        "out_contact": stay.out_contact,
    }


def stamp(at: dt.datetime | None) -> str:
    """A moment on Japan's clock, without the year; empty where there is none."""
    return f"{japan(at):%m-%d %H:%M}" if at else ""


def roster_pdf(title: T, rows: list[dict[str, Any]], note: T) -> bytes:
    """The roster on A4. It must come out on the day, whatever characters a name is written with."""

    def table(title: T, rows: Iterable[Mapping[str, Any]], **options: Any) -> bytes:
        return table_pdf(title, ROSTER_COLUMNS, rows, orientation="landscape", **options)

    return drawn(table, title, rows, notes=[note], created=worlds.now(), training=worlds.is_training())
