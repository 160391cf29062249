"""The annexes on paper and in spreadsheets: the same cells as PDF and CSV, notes and dashes included."""

from __future__ import annotations

import csv
import io
from typing import Any

from tomoshibi.continuity import annex as tables
from tomoshibi.continuity.annex import Annex
from tomoshibi.documents import render
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds
from tomoshibi.vocabulary import T

TEMPLATE = "continuity/documents/annex.typ"


def cells_1(annex: Annex) -> list[list[str]]:
    """Annex 1 as rows of six cells, headings first; below, a blank row and the notes."""
    rows = [[str(head) for head in tables.HEADS_1]]
    rows += [[str(row.group.label), str(row.label), *map(str, row.cells)] for row in annex.rows]
    return rows + [[""] * 6] + [[str(note), *[""] * 5] for note in annex.notes]


def cells_2(annex: Annex) -> list[list[str]]:
    """Annex 2 as rows of three cells: systems introduced, then counters, each under its headings."""
    rows = [[str(head) for head in tables.HEADS_2]]
    rows += [[str(row.label), *map(str, row.cells)] for row in annex.systems]
    rows += [[str(head) for head in tables.HEADS_3]]
    return rows + [[str(row.label), *map(str, row.cells)] for row in annex.counters]


def annex_csv(annex: Annex, number: int) -> bytes:
    """Annex 1 or 2 as CSV (UTF-8 with mark, so that Excel reads it)."""
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator="\r\n").writerows(cells_1(annex) if number == 1 else cells_2(annex))
    return held.getvalue().encode("utf-8-sig")


def annex_pdf(incident: IncidentRow, annex: Annex, number: int) -> bytes:
    """Annex 1 or 2 as PDF. Raises :class:`~tomoshibi.documents.DocumentError`."""
    title = (tables.TITLE_1, tables.TITLE_2)[number - 1]
    data: dict[str, Any] = {"incident": incident.title, "number": number}
    if number == 1:
        runs: list[dict[str, Any]] = []
        for row in annex.rows:
            if not runs or runs[-1]["label"] != row.group.label:
                runs.append({"label": row.group.label, "rows": []})
            runs[-1]["rows"].append([row.label, *row.cells])
        data |= {"heads": list(tables.HEADS_1), "groups": runs, "notes": list(annex.notes)}
    else:
        data["parts"] = [
            {"heads": list(heads), "rows": [[row.label, *row.cells] for row in rows]}
            for heads, rows in ((tables.HEADS_2, annex.systems), (tables.HEADS_3, annex.counters))
        ]
    return render(TEMPLATE, data, title=title, created=worlds.now(), training=worlds.is_training())


def annex_name(incident: IncidentRow, number: int, form: str) -> str:
    """What the file is called when it is saved."""
    return f"{incident.title}_{T(f'付属表{number}', f'annex-{number}')}.{form}"
