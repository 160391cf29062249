"""Lists in: a file of any town's making becomes rows, and every cell that will not do is named.

Half a file is not loaded by accident: :meth:`SheetResult.load` refuses while there are problems, until told to go on
with the good rows alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents.columns import CellError, Column, read
from tomoshibi.documents.errors import SheetError
from tomoshibi.documents.sheets.source import LIMITS, ExcelMistake, Limits, Rows, open_sheets, read_bytes
from tomoshibi.vocabulary import T

#: how far down the heading row may stand, below a title and notes
HEADING_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell (or, with no ``column``, one row), and what to do about it."""

    sheet: str
    row: int
    column: T | None
    value: str
    what: T
    remedy: T | None = None

    @property
    def text(self) -> T:
        """One sentence: ``「名簿」7行 生年月日「令和99年」: …``."""
        value = self.value if len(self.value) <= 40 else f"{self.value[:40]}…"
        what = self.what
        if self.remedy:
            what = T(f"{what.ja}。{self.remedy.ja}", f"{what.en}. {self.remedy.en}")
        return T("「{sheet}」{row}行{column}{value}: {what}", "{sheet}, row {row}{column}{value}: {what}").format(
            sheet=self.sheet,
            row=self.row,
            column=T(f" {self.column.ja}", f", {self.column.en}") if self.column else "",
            value=T(f"「{value}」", f" ({value})") if value else "",
            what=what,
        )

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: its number as the spreadsheet shows it, and a value for each column's ``name``."""

    number: int
    values: dict[str, Any]


class SheetRefused(SheetError):
    """A sheet with bad rows, which nobody has said to load in part.

    ``problems`` names each; ``good`` rows have none.
    """

    def __init__(self, problems: tuple[Problem, ...], good: int) -> None:
        self.problems, self.good = problems, good
        bad = len({p.row for p in problems})
        super().__init__(
            T(
                f"{bad}行に問題があるため、何も取り込んでいません(問題のない行は{good}行)。"
                f"直して読み直すか、問題のない行だけを取り込むと指示してください。最初の問題: {problems[0].text.ja}",
                f"{bad} rows have problems, so nothing was loaded ({good} rows are good). Correct them and read "
                f"again, or say "
                f"that only the good rows are to be loaded. First problem: {problems[0].text.en}",
            )
        )


@dataclass(frozen=True, slots=True)
class SheetResult:
    """What a sheet held: ``rows`` without a problem, ``problems`` of the others, headings that no column knows."""

    sheet: str
    heading_row: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def bad_rows(self) -> tuple[int, ...]:
        """Numbers of the rows that have a problem."""
        return tuple(sorted({problem.row for problem in self.problems}))

    def load(self, *, good_only: bool = False) -> list[dict[str, Any]]:
        """The rows' values. Raises :class:`SheetRefused` while there is any problem, unless told to take the
        good rows only.
        """
        if self.problems and not good_only:
            raise SheetRefused(self.problems, len(self.rows))
        return [row.values for row in self.rows]


def read_sheet(
    source: str | Path | bytes | IO[bytes],
    columns: Sequence[Column],
    *,
    sheet: str | None = None,
    limits: Limits = LIMITS,
) -> SheetResult:
    """Read a list from .xlsx, or from CSV (UTF-8, UTF-16 or cp932; comma or tab).

    The heading row is found by itself within the first 30 rows, headings by label (Japanese or English), alias or name
    in any width, case and spacing; of a workbook, ``sheet`` or else the first sheet that has such headings. Blank rows
    are passed over. Bad cells become problems; what cannot be read at all raises :class:`SheetError` (unknown format or
    encoding, too large, no heading), ``ValueError`` where two columns share a heading.
    """
    keys = _keys(columns)
    found: tuple[str, Rows, int, list[Any]] | None = None
    seen: list[str] = []
    for title, rows in open_sheets(read_bytes(source, limits), limits):
        seen.append(title)
        if sheet is not None and _fold(title) != _fold(sheet) and title != "CSV":
            continue
        head = _heading(rows, keys)
        if head:
            found = (title, head[2], head[0], head[1])
            break
    if found is None:
        wanted = T("、".join(c.label.ja for c in columns), ", ".join(c.label.en for c in columns))
        raise SheetError(
            T(
                "見出しの行が見つかりません(調べたシート: {seen})。{n}行目までに次の見出しを並べてください: {wanted}。",
                "No heading row was found (sheets: {seen}). Within the first {n} rows, put these headings: {wanted}.",
            ).format(seen=", ".join(seen) or "-", n=HEADING_WITHIN, wanted=wanted)
        )
    title, rows, number, cells = found
    return _Reading(title, number, columns, keys).of(cells, rows)


def read_rows(title: str, rows: Iterable[tuple[int, list[Any]]], columns: Sequence[Column]) -> SheetResult | None:
    """As :func:`read_sheet`, from rows (number, cells) that were read already; None where no heading is known.

    For a workbook of many sheets, which would otherwise be opened once for each.
    """
    keys = _keys(columns)
    head = _heading(iter(rows), keys)
    return _Reading(title, head[0], columns, keys).of(head[1], head[2]) if head else None


def _fold(text: object) -> str:
    """A heading with width, case, spacing and the marks that forms put around it taken away."""
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    return re.sub(r"[\s*※・:_\-()\[\]「」【】]|必須|任意", "", plain)


def _keys(columns: Sequence[Column]) -> dict[str, int]:
    """Folded heading -> column's index."""
    keys: dict[str, int] = {}
    for index, column in enumerate(columns):
        for known in {_fold(k) for k in (column.name, column.label.ja, column.label.en, *column.aliases)} - {""}:
            if keys.setdefault(known, index) != index:
                raise ValueError(
                    f"columns {columns[keys[known]].name!r} and {column.name!r} share the heading {known!r}"
                )
    return keys


def _heading(rows: Rows, keys: dict[str, int]) -> tuple[int, list[Any], Rows] | None:
    """The row among the first ones that has most known headings; what stands below it is given back to be read."""
    held: list[tuple[int, list[Any]]] = []
    for row in rows:
        held.append(row)
        if row[0] >= HEADING_WITHIN:
            break
    counts = [
        len({keys[f] for cell in cells if (f := _fold(cell or "")) in keys}) if number <= HEADING_WITHIN else 0
        for number, cells in held
    ]
    if not any(counts):
        return None
    best = counts.index(max(counts))

    def below() -> Rows:
        yield from held[best + 1 :]
        yield from rows

    return held[best][0], held[best][1], below()


class _Reading:
    """One pass over a sheet's rows."""

    def __init__(self, sheet: str, heading_row: int, columns: Sequence[Column], keys: dict[str, int]) -> None:
        self.sheet, self.heading_row, self.columns, self.keys = sheet, heading_row, columns, keys
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.first: dict[tuple[str, str], int] = {}

    def of(self, heading: list[Any], rows: Rows) -> SheetResult:
        places, ignored = self._places(heading)
        absent = [
            column for column, place in zip(self.columns, places, strict=True) if column.required and place is None
        ]
        for number, cells in rows:
            before = len(self.problems)
            values = {
                column.name: None
                if place is None
                else self._value(number, column, cells[place] if place < len(cells) else None)
                for column, place in zip(self.columns, places, strict=True)
            }
            if len(self.problems) == before and not absent:
                self.rows.append(Row(number, values))
        return SheetResult(self.sheet, self.heading_row, tuple(self.rows), tuple(self.problems), ignored)

    def _places(self, heading: list[Any]) -> tuple[list[int | None], tuple[str, ...]]:
        places: list[int | None] = [None] * len(self.columns)
        ignored: list[str] = []
        for place, cell in enumerate(heading):
            index = self.keys.get(_fold(cell or ""))
            if index is None:
                if cell not in (None, ""):
                    ignored.append(str(cell))
            elif places[index] is None:
                places[index] = place
            else:
                self._tell(
                    self.heading_row,
                    self.columns[index],
                    cell,
                    T("同じ見出しの列が二つあります", "two columns have this heading"),
                    T("片方の見出しを変えるか、列を消してください。", "Rename or delete one of them."),
                )
        for column, found in zip(self.columns, places, strict=True):
            if column.required and found is None:
                self._tell(
                    self.heading_row,
                    column,
                    "",
                    T("この見出しの列がありません", "there is no column with this heading"),
                    T("見出しの行にこの列を足してください。", "Add the column to the heading row."),
                )
        return places, tuple(ignored)

    def _value(self, number: int, column: Column, cell: Any) -> Any:
        if isinstance(cell, ExcelMistake):
            self._tell(
                number,
                column,
                cell,
                T("Excel の式が誤りになっています", "the formula in this cell fails")
                if cell
                else T("Excel の式の結果がありません", "the formula in this cell was never calculated"),
                T(
                    "Excel で開いて式を直し、保存するか、値を打ち込んでください。",
                    "Open it in Excel, correct the formula and save, or type the value.",
                ),
            )
            return None
        try:
            value = read(column, cell)
        except CellError as error:
            self._tell(number, column, cell, error.text, error.remedy)
            return None
        if value is None and column.required:
            self._tell(number, column, "", T("空です", "this is blank"), T("値を入れてください。", "Enter a value."))
        if column.unique and value is not None:
            first = self.first.setdefault((column.name, repr(value)), number)
            if first != number:
                self._tell(
                    number,
                    column,
                    cell,
                    T("{n}行と同じ値です", "the same as in row {n}").format(n=first),
                    T("どちらかを直すか消してください。", "Correct or delete one of them."),
                )
        return value

    def _tell(self, row: int, column: Column, value: object, what: T, remedy: T | None) -> None:
        self.problems.append(Problem(self.sheet, row, column.label, str(value), what, remedy))
