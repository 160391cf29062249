"""A register as some town's system gives it (CSV or Excel) read into records, every bad row named.

Half a register is not loaded by accident: :func:`read` raises :class:`~tomoshibi.documents.SheetRefused` while there
are bad rows, until told to take the good ones alone. Columns that the register does not need are passed over and named;
among them the Individual Number 個人番号, which nothing here may keep.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents import CellError, Problem, SheetError, SheetRefused
from tomoshibi.documents.sheets import Limits
from tomoshibi.documents.sheets.source import ExcelMistake, Rows, open_sheets, read_bytes
from tomoshibi.residents.loading import Progress
from tomoshibi.residents.matching import day
from tomoshibi.residents.register import ITEMS, Record
from tomoshibi.vocabulary import T

#: a city of a million people in one file
LIMITS = Limits(size=400_000_000, unpacked=2_000_000_000, rows=1_100_000)
HEADING_WITHIN = 30

#: other headings by which an item is known, in the order of :class:`Record`
ALIASES = Record(
    number="住民番号 住民コード 宛名コード 識別番号 number",
    household="世帯コード 世帯No household",
    relation="続柄名 世帯主との続柄 relation",
    name="漢字氏名 氏名漢字 名前 name",
    kana="カナ氏名 フリガナ 氏名フリガナ 氏名かな kana",
    birth="生年月日西暦 birth born",
    sex="性別名 sex",
    town="町字名 大字町名 町名 town",
    block="番地号 番地等 地番 block",
    building="建物名 方書名 building",
    moved_on="異動年月日 最終異動日 moved_on",
    moved_why="異動事由名 moved_why",
    protected="支援措置フラグ 支援措置区分 支援対象者 protected",
)
REQUIRED = frozenset(("number", "household", "name", "town"))


@dataclass(frozen=True, slots=True)
class Read:
    """What a file held: the people of its good rows, the problems of the others, headings passed over, rows with
    characters of a town's own (外字), which no other machine can show.
    """

    records: list[Record]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]
    own_characters: tuple[int, ...]

    @property
    def bad_rows(self) -> int:
        """How many rows have a problem."""
        return len({p.row for p in self.problems})


def read(
    source: Path | bytes | IO[bytes],
    as_of: dt.date,
    *,
    good_only: bool = False,
    progress: Progress = lambda done, of: None,
) -> Read:
    """Read the register of a day.

    Raises :class:`SheetError` for what cannot be read at all, :class:`SheetRefused` for bad rows.
    """
    data = read_bytes(source, LIMITS)
    about = max(1, data.count(b"\n"))
    for title, rows in open_sheets(data, LIMITS):
        places, ignored, below = _heading(rows)
        if places is not None:
            done = _Reading(title, places, as_of).of(below, lambda n: progress(min(n, about), about))
            found = Read(done.records, tuple(done.problems), ignored, tuple(done.own_characters))
            if found.problems and not good_only:
                raise SheetRefused(found.problems, len(found.records))
            progress(about, about)
            return found
    raise SheetError(
        T(
            f"見出しの行が見つかりません。{HEADING_WITHIN}行目までに次の見出しを並べてください: {'、'.join(ITEMS)}",
            f"No heading row was found within {HEADING_WITHIN} rows. The headings are: {', '.join(ITEMS)}",
        )
    )


def _fold(heading: object) -> str:
    plain = unicodedata.normalize("NFKC", str(heading or "")).casefold()
    return re.sub(r"[\s*※・:_\-()（）]|必須|任意", "", plain)


_KNOWN = {
    _fold(word): place
    for place, (label, names) in enumerate(zip(ITEMS, ALIASES, strict=True))
    for word in (label, *names.split())
}


def _heading(rows: Rows) -> tuple[list[int | None] | None, tuple[str, ...], Rows]:
    """Where each item stands, the headings passed over, and the rows below; None where there is no heading row."""
    held = []
    for number, cells in rows:
        held.append((number, cells))
        if number >= HEADING_WITHIN:
            break
    counts = [len({_KNOWN[f] for c in cells if (f := _fold(c)) in _KNOWN}) for _, cells in held]
    if not counts or max(counts) < 2:
        return None, (), iter(())
    best = counts.index(max(counts))
    places: list[int | None] = [None] * len(ITEMS)
    ignored = []
    for place, cell in enumerate(held[best][1]):
        item = _KNOWN.get(_fold(cell))
        if item is None:
            ignored += [str(cell)] if cell else []
        elif places[item] is None:
            places[item] = place
        else:
            raise SheetError(T(f"「{cell}」の列が二つあります。", f"Two columns are headed {cell}."))
    missing = [ITEMS[i] for i, name in enumerate(Record._fields) if name in REQUIRED and places[i] is None]
    if missing:
        raise SheetError(
            T(f"次の見出しの列がありません: {'、'.join(missing)}", f"Columns are missing: {', '.join(missing)}")
        )

    def below() -> Rows:
        yield from held[best + 1 :]
        yield from rows

    return places, tuple(ignored), below()


class _Reading:
    """One pass over the rows."""

    def __init__(self, sheet: str, places: list[int | None], as_of: dt.date) -> None:
        self.sheet, self.places, self.as_of = sheet, places, as_of.isoformat()
        self.records: list[Record] = []
        self.problems: list[Problem] = []
        self.own_characters: list[int] = []
        self.first: dict[str, int] = {}

    def of(self, rows: Rows, progress: Callable[[int], None]) -> _Reading:
        for count, (number, cells) in enumerate(rows, 1):
            if record := self._record(number, cells):
                self.records.append(record)
            if count % 5000 == 0:
                progress(count)
        return self

    def _record(self, number: int, cells: list[Any]) -> Record | None:
        before = len(self.problems)
        width = len(cells)
        values = []
        for item, place in enumerate(self.places):
            cell = cells[place] if place is not None and place < width else None
            try:
                values.append(_CELLS[item](cell) if cell is not None else "")
            except CellError as error:
                self._tell(number, item, cell, error.text, error.remedy)
                values.append("")
        if len(self.problems) == before:
            for item in _REQUIRED_ITEMS:
                if not values[item]:
                    self._tell(number, item, "", T("空です", "this is blank"), T("値を入れてください。", "Enter it."))
            if values[_BIRTH] > self.as_of:
                what = T(f"{self.as_of} より後です", f"this is later than {self.as_of}")
                self._tell(number, _BIRTH, values[_BIRTH], what, T("日付を確かめてください。", "Check the date."))
            first = self.first.setdefault(values[0], number)
            if first != number:
                what = T(f"{first}行と同じ宛名番号です", f"the same register number as in row {first}")
                self._tell(number, 0, values[0], what, T("片方を直すか消してください。", "Correct or delete one."))
        if len(self.problems) != before:
            return None
        record = Record._make(values)
        if not record.name.isascii() and any("\ue000" <= c <= "\uf8ff" for c in record.name + record.kana):
            self.own_characters.append(number)
        return record

    def _tell(self, row: int, item: int, value: object, what: T, remedy: T | None = None) -> None:
        self.problems.append(Problem(self.sheet, row, T(ITEMS[item], ITEMS[item]), str(value), what, remedy))


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(longest: int) -> Callable[[Any], str]:
    def read(cell: Any) -> str:
        if isinstance(cell, ExcelMistake):
            raise CellError(T("Excel の式が誤りです", "the formula in this cell fails"))
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        text = str(cell).strip()
        if len(text) > longest:
            raise CellError(T(f"{longest}文字を超えています", f"more than {longest} characters"))
        if not text.isprintable() and _CONTROL.search(text):
            raise CellError(T("制御文字が含まれています", "there is a control character in it"))
        return " ".join(text.splitlines()) if "\n" in text else text

    return read


def _date(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = str(cell).strip()
    if not text or text in ("不詳", "不明"):
        return ""
    found = day(text)
    if found is None:
        raise CellError(
            T("日付として読めません", "this is not a date"),
            T("1980-05-05 か 昭和55年5月5日 のように書いてください。", "Write it as 1980-05-05."),
        )
    return found.isoformat()


_MALE, _FEMALE = ("男", "1", "男性", "m", "male"), ("女", "2", "女性", "f", "female")
_SEXES = (
    dict.fromkeys(_MALE, "男") | dict.fromkeys(_FEMALE, "女") | dict.fromkeys(("", "0", "3", "9", "不明", "不詳"), "")
)


def _sex(cell: Any) -> str:
    text = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    if text not in _SEXES:
        raise CellError(
            T("性別として読めません", "this is no sex"), T("男か女、または空にしてください。", "Write 男 or 女.")
        )
    return _SEXES[text]


_YES = frozenset(("1", "true", "○", "〇", "◯", "有", "あり", "該当", "対象", "はい", "yes"))
_NO = frozenset(("", "0", "false", "×", "無", "なし", "非該当", "いいえ", "no", "-"))


def _protected(cell: Any) -> str:
    text = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    if text in _YES:
        return "1"
    if text in _NO:
        return ""
    raise CellError(
        T("支援措置の有無が分かりません", "this is neither yes nor no"),
        T("1 か空にしてください。", "Write 1, or leave it blank."),
    )


_OWN: dict[str, Callable[[Any], str]] = {"birth": _date, "moved_on": _date, "sex": _sex, "protected": _protected}
_LONGEST = {"number": 30, "household": 30, "relation": 50}
_CELLS = [_OWN.get(name) or _text(_LONGEST.get(name, 200)) for name in Record._fields]
_BIRTH = Record._fields.index("birth")
_REQUIRED_ITEMS = [i for i, name in enumerate(Record._fields) if name in REQUIRED]
