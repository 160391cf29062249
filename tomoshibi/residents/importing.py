"""A register, or changes of it, as some town's system gives them (CSV or Excel) read into records, every bad row named.

Half a file is not loaded by accident: :func:`read` and :func:`read_changes` raise
:class:`~tomoshibi.documents.SheetRefused` while there are bad rows, until told to take the good ones alone. Columns
that the register does not need are passed over and named; among them the Individual Number 個人番号, which nothing here
may keep.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents import CellError, Problem, SheetError, SheetRefused
from tomoshibi.documents.sheets import Limits
from tomoshibi.documents.sheets.source import Rows, open_sheets, read_bytes
from tomoshibi.residents import cells, layouts
from tomoshibi.residents.changes import Change
from tomoshibi.residents.layouts import CHANGE_ITEMS, LABELS, REQUIRED, REQUIRED_OF_CHANGES, Layout, Remembered
from tomoshibi.residents.loading import Progress
from tomoshibi.residents.register import Record
from tomoshibi.residents.words import WHYS, FileKind, Movement
from tomoshibi.vocabulary import T

#: a city of a million people in one file
LIMITS = Limits(size=400_000_000, unpacked=2_000_000_000, rows=1_100_000)
Source = Path | bytes | IO[bytes]


def _nothing(done: int, of: int) -> None:
    """Watches no progress."""


@dataclass(frozen=True, slots=True)
class Read[R]:
    """What a file held: the records of its good rows, the problems of the others, headings passed over, rows with
    characters of a town's own (外字), which no other machine can show.
    """

    records: list[R]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]
    own_characters: tuple[int, ...]
    layout: Layout

    @property
    def bad_rows(self) -> int:
        """How many rows have a problem."""
        return len({p.row for p in self.problems})


def read(
    source: Source,
    as_of: dt.date,
    *,
    good_only: bool = False,
    progress: Progress = _nothing,
    remembered: Mapping[str, Remembered] | None = None,
) -> Read[Record]:
    """Read the register of a day.

    Raises :class:`SheetError` for what cannot be read at all (:class:`~tomoshibi.residents.layouts.LayoutUnknown` where
    an item's column is not known), :class:`SheetRefused` for bad rows.
    """
    return _read(source, lambda title, layout: _People(title, layout, as_of), good_only, progress, remembered or {})


def read_changes(
    source: Source,
    day: dt.date,
    *,
    good_only: bool = False,
    progress: Progress = _nothing,
    remembered: Mapping[str, Remembered] | None = None,
) -> Read[Change]:
    """Read a file of changes: ``day`` is when they were processed where the rows do not say. Raises as :func:`read`."""
    return _read(source, lambda title, layout: _Changes(title, layout, day), good_only, progress, remembered or {})


def kind_of(source: Source, remembered: Mapping[str, Remembered]) -> FileKind:
    """Whether a file is a full register or changes, by its headings. Raises :class:`SheetError`."""
    return _layout(read_bytes(source, LIMITS), remembered)[1].kind


def _layout(data: bytes, remembered: Mapping[str, Remembered]) -> tuple[str, Layout, Rows]:
    """The first sheet that has headings: its title, its layout, its rows below them."""
    refused: SheetError | None = None
    for title, rows in open_sheets(data, LIMITS):
        try:
            return (title, *layouts.find(rows, remembered))
        except SheetError as no:
            refused = no if refused is None or isinstance(no, layouts.LayoutUnknown) else refused
    raise refused or SheetError(T("ファイルに表がありません。", "There is no table in this file."))


def _read[R](
    source: Source,
    reading: Callable[[str, Layout], _Rows[R]],
    good_only: bool,
    progress: Progress,
    remembered: Mapping[str, Remembered],
) -> Read[R]:
    data = read_bytes(source, LIMITS)
    about = max(1, data.count(b"\n"))
    title, layout, below = _layout(data, remembered)
    done = reading(title, layout)
    done.of(below, lambda n: progress(min(n, about), about))
    found = Read(done.records, tuple(done.problems), layout.ignored, tuple(done.own_characters), layout)
    if found.problems and not good_only:
        raise SheetRefused(found.problems, len(found.records))
    progress(about, about)
    return found


_OWN: dict[str, Callable[[Any], str]] = {
    "birth": cells.date,
    "moved_on": cells.date,
    "sex": cells.sex,
    "protected": cells.protected,
    "notified_on": cells.date,
    "processed_on": cells.date,
    "sequence": cells.whole,
}
_LONGEST = {"number": 30, "household": 30, "relation": 50}
_CELLS = {name: _OWN.get(name) or cells.text(_LONGEST.get(name, 200)) for name in LABELS}
#: items that hardly two people share
_OWN_VALUES = frozenset(("number", "name", "kana"))
_NUMBER, _BIRTH = Record._fields.index("number"), Record._fields.index("birth")
_REQUIRED_ITEMS = [i for i, name in enumerate(Record._fields) if name in REQUIRED]


class _Rows[R]:
    """One pass over the rows of a sheet."""

    def __init__(self, sheet: str, layout: Layout, names: tuple[str, ...]) -> None:
        self.sheet, self.names = sheet, names
        self.columns = [(_CELLS[name], layout.places.get(name)) for name in names]
        #: values that many rows share are held once
        self.shared: dict[str, str] = {}
        self.own = [name in _OWN_VALUES for name in names]
        self.records: list[R] = []
        self.problems: list[Problem] = []
        self.own_characters: list[int] = []

    def of(self, rows: Rows, progress: Callable[[int], None]) -> None:
        """Read them all."""
        for count, (number, row) in enumerate(rows, 1):
            before = len(self.problems)
            values = self._values(number, row)
            if len(self.problems) == before and (record := self.record(number, values)) is not None:
                self.records.append(record)
            if count % 5000 == 0:
                progress(count)

    def record(self, number: int, values: list[str]) -> R | None:
        """What the row says; None where a problem was told."""
        raise NotImplementedError

    def _values(self, number: int, row: list[Any]) -> list[str]:
        width = len(row)
        values = []
        for item, (read, place) in enumerate(self.columns):
            cell = row[place] if place is not None and place < width else None
            try:
                value = read(cell) if cell is not None else ""
                values.append(value if self.own[item] else self.shared.setdefault(value, value))
            except CellError as error:
                self.tell(number, item, cell, error.text, error.remedy)
                values.append("")
        return values

    def note_own_characters(self, row: int, record: Record) -> None:
        """Keep which rows have characters of a town's own."""
        if not record.name.isascii() and any("\ue000" <= c <= "\uf8ff" for c in record.name + record.kana):
            self.own_characters.append(row)

    def blank(self, row: int, item: int) -> None:
        """Tell that an item is needed."""
        self.tell(row, item, "", T("空です", "this is blank"), T("値を入れてください。", "Enter it."))

    def tell(self, row: int, item: int, value: object, what: T, remedy: T | None = None) -> None:
        """Name what is wrong with a cell."""
        label = LABELS[self.names[item]]
        self.problems.append(Problem(self.sheet, row, T(label, label), str(value), what, remedy))


class _People(_Rows[Record]):
    """The rows of a full register."""

    def __init__(self, sheet: str, layout: Layout, as_of: dt.date) -> None:
        super().__init__(sheet, layout, Record._fields)
        self.as_of = as_of.isoformat()
        self.first: dict[str, int] = {}

    def record(self, number: int, values: list[str]) -> Record | None:
        before = len(self.problems)
        for item in _REQUIRED_ITEMS:
            if not values[item]:
                self.blank(number, item)
        if values[_BIRTH] > self.as_of:
            what = T(f"{self.as_of} より後です", f"this is later than {self.as_of}")
            self.tell(number, _BIRTH, values[_BIRTH], what, T("日付を確かめてください。", "Check the date."))
        first = self.first.setdefault(values[_NUMBER], number)
        if first != number:
            what = T(f"{first}行と同じ宛名番号です", f"the same register number as in row {first}")
            self.tell(
                number, _NUMBER, values[_NUMBER], what, T("片方を直すか消してください。", "Correct or delete one.")
            )
        if len(self.problems) != before:
            return None
        record = Record._make(values)
        self.note_own_characters(number, record)
        return record


class _Changes(_Rows[Change]):
    """The rows of a file of changes, in the order in which they were processed."""

    def __init__(self, sheet: str, layout: Layout, day: dt.date) -> None:
        super().__init__(sheet, layout, tuple(LABELS))
        self.day = day.isoformat()
        self.whys = {_word(word): Movement(to) for word, to in layout.whys.items()}
        self.count = 0

    def record(self, number: int, values: list[str]) -> Change | None:
        before = len(self.problems)
        width = len(Record._fields)
        record = Record._make(values[:width])
        notified_on, processed_on, sequence = values[width : width + len(CHANGE_ITEMS)]
        why = _word(record.moved_why)
        movement = self.whys.get(why) or WHYS.get(why)
        needed = {"number"} | REQUIRED_OF_CHANGES
        if movement is not None and not movement.leaves and movement is not Movement.CANCELLED:
            needed |= REQUIRED
        for item, name in enumerate(Record._fields):
            if name in needed and not values[item]:
                self.blank(number, item)
        if why and movement is None:
            what = T("異動事由が分かりません", "this reason of a change is not known")
            remedy = T(
                "ファイルの様式に、この事由の意味を登録してください。", "Say with the file's layout what it means."
            )
            self.tell(number, Record._fields.index("moved_why"), record.moved_why, what, remedy)
        processed_on = processed_on or self.day
        if processed_on > self.day:
            what = T(f"ファイルの日付 {self.day} より後です", f"this is later than the file's date {self.day}")
            self.tell(number, list(LABELS).index("processed_on"), processed_on, what)
        if len(self.problems) != before or movement is None:
            return None
        self.count += 1
        self.note_own_characters(number, record)
        return Change(record, movement.value, notified_on, processed_on, sequence or str(self.count))


def _word(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
