"""Any list on A4: title, columns, groups, notes; and the timeline クロノロジー, which is one such list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from tomoshibi.documents.columns import MARKS, Column, printed
from tomoshibi.documents.pdf import Attachment, render
from tomoshibi.documents.values import date_text, in_language, japan
from tomoshibi.vocabulary import Language, T, language

TEMPLATE = "documents/templates/table.typ"
#: columns of a timeline: when (JST), where, what, who, and what became of the entry
TIMELINE = (
    Column("time", T("時刻", "Time"), kind="time"),
    Column("where", T("場所", "Where"), width=2),
    Column("what", T("内容", "What"), width=5),
    Column("who", T("記録者", "Who"), kind="name", width=1.4),
    Column("mark", T("印", "Mark"), kind="mark"),
)


def table_pdf(
    title: T | str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    notes: Sequence[T | str] = (),
    group: str | Callable[[Mapping[str, Any]], T | str] | None = None,
    orientation: Literal["portrait", "landscape"] = "portrait",
    lang: Language | None = None,
    created: dt.datetime | None = None,
    head: str = "",
    training: bool = False,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """PDF of a list; its heading row repeats on every page.

    ``rows`` hold a value for each column's ``name`` (``None`` or absent is blank). ``group`` puts a heading above each
    run of rows that share it: a row's key, or a function of the row; rows keep their order. A row with the key
    ``mark`` set to a struck kind of :data:`MARKS` is struck through, whether or not that column is shown. ``notes``
    stand below. ``KeyError`` for an unknown mark; the rest, and
    the other errors, are those of :func:`tomoshibi.documents.pdf.render`.
    """
    lang = lang or language()
    naming = group if callable(group) or group is None else lambda row: row.get(group)
    runs = groupby(rows, key=naming) if naming else [(None, rows)]
    groups = [
        {
            "label": None if label is None else printed("text", label, lang),
            "rows": [_row(columns, r, lang) for r in run],
        }
        for label, run in runs
    ]
    data = {
        "columns": [_column(column, lang) for column in columns],
        "groups": [g for g in groups if g["rows"]],
        "notes": list(notes),
        "landscape": orientation == "landscape",
    }
    return render(
        TEMPLATE, data, title=title, lang=lang, created=created, head=head, training=training, attachments=attachments
    )


def timeline_pdf(title: T | str, rows: Iterable[Mapping[str, Any]], **options: Any) -> bytes:
    """PDF of a timeline: rows with ``time`` (a moment with its zone), ``where``, ``what``, ``who`` and, where something
    became of the entry, ``mark`` (:data:`MARKS`). Rows are printed in the order given, under a heading for each day.

    ``options`` are those of :func:`table_pdf`; ``columns`` may replace :data:`TIMELINE`.
    """
    options.setdefault("group", lambda row: _day(row["time"]))
    return table_pdf(title, options.pop("columns", TIMELINE), rows, **options)


def _day(moment: dt.datetime) -> T:
    there = japan(moment)
    return T(date_text(there, "ja", weekday=True), date_text(there, "en", weekday=True))


def _column(column: Column, lang: Language) -> dict[str, Any]:
    return {
        "label": in_language(column.label, lang),
        "width": column.width or (1 if column.kind == "text" else None),
        "kind": column.kind,
    }


def _row(columns: Sequence[Column], row: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    mark = row.get("mark")
    return {
        "struck": mark is not None and MARKS[mark][1],
        "cells": [printed(column.kind, row.get(column.name), lang) for column in columns],
    }
