"""Lists out as Excel or CSV. The same rows give the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents.columns import MARKS, Column
from tomoshibi.documents.errors import SheetError
from tomoshibi.documents.sheets.cells import defused, escaped, restored, unescaped
from tomoshibi.documents.values import in_language, japan
from tomoshibi.vocabulary import Language, T, language

__all__ = ["Sheet", "defused", "restored", "write_csv", "write_xlsx"]

#: Excel's own limits
CELL_LIMIT, ROW_LIMIT = 32_767, 1_048_576
#: Excel holds 15 digits, and no day before 1900-03-01 that it counts right
EXACT_INTEGER, FIRST_DAY = 10**15, dt.date(1900, 3, 1)
# a fixed time in the archive, so that equal lists are equal files
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDTHS = {"name": 18, "date": 13, "datetime": 18, "time": 9, "integer": 10, "number": 12, "yes": 8, "mark": 10}
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss", "text": "@", "name": "@"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, columns, and rows that hold a value for each column's ``name`` (absent is blank)."""

    title: T | str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]]


def write_xlsx(
    sheets: Sheet | Sequence[Sheet], target: str | Path | IO[bytes], *, lang: Language | None = None
) -> None:
    """Write sheets as an Excel workbook to a path or a binary stream.

    Text stays text whatever it starts with, numbers stay numbers (text beyond Excel's 15 digits), dates are dates,
    moments stand on Japan's clock. Headings are frozen and filtered. Raises :class:`SheetError` naming the cell that
    cannot be written, ``ValueError`` where there is no sheet.
    """
    lang = lang or language()
    sheets = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    if not sheets:
        raise ValueError("a workbook needs a sheet")
    names = set[str]()
    # every cell is made ready first: an error midway would leave openpyxl's half-written files behind
    ready = [_ready(sheet, _sheet_name(in_language(sheet.title, lang), names), lang) for sheet in sheets]
    _put(target, _settled(_workbook(ready)))


def _ready(sheet: Sheet, title: str, lang: Language) -> tuple[str, Sequence[Column], list[list[Any]]]:
    """Title, columns, and lines of what the cells of Excel hold, the heading first."""
    lines = [[_excel(column.label, _Place(title, 1, column), lang) for column in sheet.columns]]
    for number, row in enumerate(sheet.rows, 2):
        if number > ROW_LIMIT:
            raise SheetError(
                T(
                    f"シート「{title}」が Excel の上限 {ROW_LIMIT:,} 行を超えます。分けるか CSV で書き出してください。",
                    f"Sheet {title!r} exceeds Excel's {ROW_LIMIT:,} rows. Split it, or write CSV.",
                )
            )
        lines.append([_excel(row.get(c.name), _Place(title, number, c), lang) for c in sheet.columns])
    return title, sheet.columns, lines


def _workbook(ready: list[tuple[str, Sequence[Column], list[list[Any]]]]) -> io.BytesIO:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    wrapped = Alignment(wrap_text=True, vertical="top")
    bold, grey = Font(bold=True), PatternFill("solid", fgColor="E1E1E1")
    for title, columns, lines in ready:
        page = book.create_sheet(title)
        page.freeze_panes = "A2"
        if columns:
            page.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(lines)}"
        for index, column in enumerate(columns, 1):
            page.column_dimensions[get_column_letter(index)].width = _WIDTHS.get(column.kind, 24)
        for number, line in enumerate(lines):
            made = []
            for column, value in zip(columns, line, strict=True):
                cell = WriteOnlyCell(page, value=value)
                if isinstance(value, str):
                    # told to be text, and with the mark that keeps it text when someone edits the cell
                    plain = unescaped(value)
                    cell.data_type, cell.quotePrefix = "s", defused(plain) != plain
                    if "\n" in value:
                        cell.alignment = wrapped
                if number == 0:
                    cell.font, cell.fill = bold, grey
                elif column.kind in _FORMATS and not isinstance(value, (int, float)):
                    cell.number_format = _FORMATS[column.kind]
                made.append(cell)
            page.append(made)
    held = io.BytesIO()
    book.save(held)
    return held


def write_csv(sheet: Sheet, target: str | Path | IO[bytes], *, bom: bool = True, lang: Language | None = None) -> None:
    """Write a sheet as CSV (UTF-8, CRLF) to a path or a binary stream.

    ``bom`` puts the mark in front without which Excel misreads Japanese. Text that a spreadsheet would calculate gets
    an apostrophe (:func:`defused`, taken off again by ``read_sheet``); numbers stay bare; moments stand on Japan's
    clock.
    Raises :class:`SheetError` naming the cell that cannot be written.
    """
    lang = lang or language()
    title = in_language(sheet.title, lang)
    held = io.StringIO(newline="")
    out = csv.writer(held, lineterminator="\r\n")
    out.writerow([defused(in_language(column.label, lang)) for column in sheet.columns])
    for number, row in enumerate(sheet.rows, 2):
        places = ((_Place(title, number, column), row.get(column.name)) for column in sheet.columns)
        line = [_field(value, place, lang) for place, value in places]
        # a lone blank field is quoted by the writer, so a blank row is no empty line
        out.writerow(line)
    _put(target, held.getvalue().encode("utf-8-sig" if bom else "utf-8"))


@dataclass(frozen=True, slots=True)
class _Place:
    sheet: str
    row: int
    column: Column

    def refuse(self, what: T) -> SheetError:
        return SheetError(
            T("シート「{sheet}」{row}行「{column}」: {what}", "Sheet {sheet!r}, row {row}, {column}: {what}").format(
                sheet=self.sheet, row=self.row, column=self.column.label, what=what
            )
        )


def _excel(value: Any, place: _Place, lang: Language) -> str | int | float | bool | dt.date | dt.time | None:
    """What the cell of Excel holds: text escaped, a moment as Japan's clock shows it."""
    kept = _plain(value, place, lang)
    if isinstance(kept, dt.datetime):
        kept = kept.replace(tzinfo=None)
    if isinstance(kept, dt.date) and (kept.date() if isinstance(kept, dt.datetime) else kept) < FIRST_DAY:
        kept = kept.isoformat()
    if isinstance(kept, int) and not isinstance(kept, bool) and abs(kept) >= EXACT_INTEGER:
        kept = str(kept)
    if isinstance(kept, Decimal):
        kept = float(kept) if Decimal(repr(float(kept))) == kept else str(kept)
    if not isinstance(kept, str):
        return kept
    text = escaped(kept)
    if len(text) > CELL_LIMIT:
        raise place.refuse(
            T(
                f"{len(text):,}字あります。Excel のセルは{CELL_LIMIT:,}字までです。短くするか "
                "CSV で書き出してください。",
                f"{len(text):,} characters; a cell of Excel holds {CELL_LIMIT:,}. Shorten it, or write CSV.",
            )
        )
    return text


def _field(value: Any, place: _Place, lang: Language) -> str:
    kept = _plain(value, place, lang)
    if isinstance(kept, dt.datetime):
        # sheets know no time zone: Japan's clock, to the second unless there is more
        there = kept.replace(tzinfo=None)
        return there.isoformat(" ", "microseconds" if there.microsecond else "seconds")
    if isinstance(kept, (dt.date, dt.time)):
        return kept.isoformat()
    if isinstance(kept, bool):
        return "TRUE" if kept else "FALSE"
    return defused(kept) if isinstance(kept, str) else "" if kept is None else str(kept)


def _plain(value: Any, place: _Place, lang: Language) -> Any:
    """``value`` reduced to text, number, truth, date, moment in Japan, time of day or nothing."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, T):
        value = in_language(value, lang)
    if place.column.kind == "mark" and value in MARKS and place.row > 1:
        value = in_language(MARKS[value][0], lang)
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            code = f"U+{ord(value[error.start]):04X}"
            raise place.refuse(
                T(f"文字でない符号 {code} があります。打ち直してください。", f"{code} is no character. Type it again.")
            ) from None
        return value
    if isinstance(value, dt.datetime):
        try:
            return japan(value)
        except ValueError:
            raise place.refuse(
                T(f"時差の分からない日時です({value})。", f"a moment without a time zone ({value}).")
            ) from None
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        raise place.refuse(T(f"数でない値です({value})。", f"not a finite number ({value})."))
    if value is None or isinstance(value, (bool, int, float, Decimal, dt.date, dt.time)):
        return value
    raise place.refuse(T(f"書けない型です({type(value).__name__})。", f"a cell cannot hold {type(value).__name__}."))


def _sheet_name(title: str, used: set[str]) -> str:
    """A name that Excel accepts: at most 31 characters, none of ``[]:*?/\\``, no quote at the ends, unlike
    the others.
    """
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]", " ", title).strip().strip("'").strip() or "Sheet"
    name, number = _cut(plain, 31), 2
    while name.casefold() in used:
        tail = f" ({number})"
        name, number = _cut(plain, 31 - len(tail)) + tail, number + 1
    used.add(name.casefold())
    return name


def _cut(text: str, units: int) -> str:
    """At most ``units`` UTF-16 units of ``text``: what Excel counts. A variant stays with its character."""
    while len(text.encode("utf-16-le")) // 2 > units:
        text = text[:-2] if len(text) > 1 and "\U000e0100" <= text[-1] <= "\U000e01ef" else text[:-1]
    return text


def _settled(held: IO[bytes]) -> bytes:
    """The workbook with the times of its making taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
                data = data.replace(b">openpyxl<", b">Tomoshibi<")
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, data)
    return out.getvalue()


def _put(target: str | Path | IO[bytes], data: bytes) -> None:
    if isinstance(target, (str, Path)):
        Path(target).write_bytes(data)
    else:
        target.write(data)
