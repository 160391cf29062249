"""A file someone sent, opened with care: what it is, whether it is safe to unpack, and its rows as they stand."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents.errors import SheetError
from tomoshibi.documents.sheets.cells import restored, unescaped
from tomoshibi.vocabulary import T


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold, so that a bad one cannot fill the memory: bytes, bytes unpacked, rows, columns."""

    size: int = 30_000_000
    unpacked: int = 300_000_000
    rows: int = 200_000
    columns: int = 200


LIMITS = Limits()
_BINARY = re.compile("[\\0-\x08\x80\xa0\uf8f0-\uf8f3]")
#: rows that hold anything, as (number as the spreadsheet counts, cells), each cell text, number, truth, date, time or
#: None
Rows = Iterator[tuple[int, list[Any]]]


# XML that comes to its root element without a declaration of a document type
# (possessive: a hostile file must not be able to make it try again and again)
_PROLOGUE = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*+<[A-Za-z_]", re.DOTALL)
# A cell with a formula and no result, as programs other than Excel write it. Bounded, and never past the next tag, for
# the same reason; a formula has at most 8,192 characters.
_UNCALCULATED = re.compile(
    rb"<c\b([^<>]{0,200})>\s{0,9}<f\b(?:[^<>]{0,200}/>|[^<>]{0,200}>[^<]{0,50000}</f>)"
    rb"\s{0,9}(?:<v\s{0,9}/>|<v></v>)?\s{0,9}</c>"
)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3}[0-9]{1,7})"')


class ExcelMistake(str):
    """A cell whose formula shows one of Excel's errors (``#REF!``), or (empty) was never calculated."""

    __slots__ = ()


def read_bytes(source: str | Path | bytes | IO[bytes], limits: Limits) -> bytes:
    """All of ``source``. Raises :class:`SheetError` where it is larger than allowed, ``OSError`` where it
    cannot be read.
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (str, Path)):
        with Path(source).open("rb") as file:
            data = file.read(limits.size + 1)
    else:
        data = source.read(limits.size + 1)
    if len(data) > limits.size:
        size = f"{limits.size // 1_000_000:,}"
        raise SheetError(
            T(
                f"ファイルが大きすぎます(上限 {size} MB)。要らない列や図を除くか、分けてください。",
                f"The file is too large (at most {size} MB). Remove columns or pictures, or split it.",
            )
        )
    return data


def open_sheets(data: bytes, limits: Limits) -> Iterator[tuple[str, Rows]]:
    """The sheets of a workbook (hidden ones left out), or the one sheet of a CSV, with their rows.

    Raises :class:`SheetError` for what is neither, or is unsafe to open.
    """
    if data[:4] == b"PK\x03\x04":
        yield from _workbook(data, limits)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetError(
            T(
                "古い Excel 形式(.xls)か、パスワードの掛かったファイルです。Excel で開き、パスワードを外して「Excel "
                "ブック(.xlsx)」で保存してください。",
                "This is an old Excel file (.xls) or has a password. Open it in Excel, remove the password and save "
                "it as .xlsx.",
            )
        )
    else:
        yield "CSV", _csv(data, limits)


def _workbook(data: bytes, limits: Limits) -> Iterator[tuple[str, Rows]]:
    from openpyxl import load_workbook

    _check_archive(data, limits)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl lets whatever its parsers met escape
        raise _broken(error) from error
    for page in book.worksheets:
        if page.sheet_state == "visible":
            yield page.title, _excel_rows(page, limits)


def _check_archive(data: bytes, limits: Limits) -> None:
    """Refuse what unpacks to too much, and XML that declares entities: neither comes from a spreadsheet program."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # the sizes that the archive declares are the most that is read of each part
            if sum(part.file_size for part in archive.infolist()) > limits.unpacked:
                size = f"{limits.unpacked // 1_000_000:,}"
                raise SheetError(
                    T(
                        f"展開すると {size} MB を超えるファイルです。開きません。"
                        f"必要な範囲だけを新しいブックに写してください。",
                        f"Unpacked, this file exceeds {size} MB and is not opened. Copy what is needed into a new "
                        f"workbook.",
                    )
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise SheetError(T("Excel のブック(.xlsx)ではありません。", "This is not an Excel workbook (.xlsx)."))
            for part in archive.namelist():
                with archive.open(part) as file:
                    # whatever its name, since the workbook decides which part is read as what; in UTF-16 too
                    start = file.read(65_536).lstrip(b"\xef\xbb\xbf\xfe\xff").replace(b"\0", b"").lstrip()
                if start.startswith(b"<") and not _PROLOGUE.match(start):
                    raise SheetError(
                        T(
                            f"ブックの中の {part} に宣言(DTD)があります。安全でないため開きません。",
                            f"{part} in the workbook declares a DTD. It is not safe and not opened.",
                        )
                    )
    except SheetError:
        raise
    except Exception as error:
        raise _broken(error) from error


def _broken(error: Exception) -> SheetError:
    return SheetError(
        T(
            f"Excel のブックとして開けません({error})。Excel で開き直して保存してください。",
            f"This cannot be opened as an Excel workbook ({error}). Open it in Excel and save it again.",
        )
    )


def _excel_rows(page: Any, limits: Limits) -> Rows:
    page.reset_dimensions()  # what the file says of its size may be wrong
    try:
        with page._get_source() as part:
            uncalculated = _uncalculated(part.read())
        held, gap = 0, None
        for number, row in enumerate(page.iter_rows(max_col=limits.columns), 1):
            if row is gap:  # openpyxl gives the same row again for each that the file leaves out
                continue
            cells = [_excel_cell(cell, uncalculated) for cell in row]
            # a sheet that was once formatted down to its last row has a million blank ones
            if _blank(cells):
                gap = row
                continue
            held += 1
            _within(held, limits)
            yield number, cells
    except SheetError:
        raise
    except Exception as error:
        raise _broken(error) from error


def _uncalculated(part: bytes) -> set[str]:
    """References of the cells whose formula has no result; text of no length (``t="str"``) is a result."""
    cells = (found for found in _UNCALCULATED.findall(part) if b't="str"' not in found)
    return {at[1].decode() for cell in cells if (at := _REFERENCE.search(cell))}


def _excel_cell(cell: Any, uncalculated: set[str]) -> Any:
    value = cell.value
    if value is None and uncalculated and getattr(cell, "coordinate", None) in uncalculated:
        return ExcelMistake()
    if isinstance(value, str):
        return ExcelMistake(value) if cell.data_type == "e" else unescaped(value)
    return value


def _blank(cells: list[Any]) -> bool:
    return all(
        cell is None or (isinstance(cell, str) and not isinstance(cell, ExcelMistake) and not cell.strip())
        for cell in cells
    )


def _within(number: int, limits: Limits) -> None:
    if number > limits.rows:
        raise SheetError(
            T(
                f"{limits.rows:,}行を超えています。ファイルを分けてください。",
                f"There are more than {limits.rows:,} rows. Split the file.",
            )
        )


def _csv(data: bytes, limits: Limits) -> Rows:
    text = _decoded(data)
    first = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter="\t" if first.count("\t") > first.count(",") else ",", strict=True
    )
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetError(
                T(
                    f'CSV の{number + 1}行目が読めません({error})。引用符 " の閉じ忘れや余りを直してください。',
                    f'Row {number + 1} of the CSV cannot be read ({error}). Look for a quote " that is not closed, '
                    f"or one too many.",
                )
            ) from None
        number += 1
        _within(number, limits)
        if not _blank(cells):
            yield number, [restored(cell) or None for cell in cells[: limits.columns]]


def _decoded(data: bytes) -> str:
    """Text of a CSV: UTF-8 with or without its mark, Excel's Unicode text (UTF-16), else Windows' Shift_JIS (cp932)."""
    if data[:5] == b"%PDF-":
        raise _no_table()
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for codec in ["utf-16"] if marked else ["utf-8-sig", "cp932"]:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            failed = error.start
            continue
        # cp932 reads nearly anything: control characters and bytes that it leaves undefined give a binary file away
        if codec == "cp932" and _BINARY.search(text):
            raise _no_table()
        return text
    line = data[:failed].count(b"\n") + 1
    raise SheetError(
        T(
            f"文字コードが分かりません({line}行目あたり)。Excel から「CSV UTF-8」か .xlsx で保存し直してください。",
            f"The character encoding is unknown (about line {line}). Save it from Excel as CSV UTF-8 or as .xlsx.",
        )
    )


def _no_table() -> SheetError:
    return SheetError(
        T(
            "表のファイルではありません。.xlsx か CSV を選んでください。",
            "This is not a file of a table. Choose .xlsx or CSV.",
        )
    )
