"""The register as a file: one line a person, in the items of the national standard record that a disaster needs.

A snapshot's dataset is CSV in UTF-8 with LF ends of line: first ``tomoshibi-register,1,<municipality>``, then the
headings of :data:`ITEMS`, then the people in the order in which they came. Dates are ISO, empty where not known; sex is
男, 女 or empty; 支援措置 is 1 or empty. The same people give the same file, whatever spreadsheet they came in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

MEDIA_TYPE = "text/csv; profile=tomoshibi-register"
MAGIC = "tomoshibi-register"


class Record(NamedTuple):
    """One person as the file has them; every item is text."""

    number: str
    household: str
    relation: str
    name: str
    kana: str
    birth: str
    sex: str
    town: str
    block: str
    building: str
    moved_on: str
    moved_why: str
    protected: str


#: the file's headings, in order: 宛名番号 register number, 世帯番号 household number, 続柄 relation, names, born, sex,
#: 町字 town, 番地 number, 方書 building, last change and why, 支援措置 protected
ITEMS = Record(
    "宛名番号",
    "世帯番号",
    "続柄",
    "氏名",
    "氏名カナ",
    "生年月日",
    "性別",
    "町字",
    "番地",
    "方書",
    "異動日",
    "異動事由",
    "支援措置",
)


class NotARegister(Exception):
    """A dataset that is not in this form."""


def write(records: Iterable[Record], municipality: str) -> bytes:
    """The file of these people of the municipality (five digits)."""
    held = io.BytesIO()
    out = io.TextIOWrapper(held, encoding="utf-8", newline="")  # a city's register is not held as text and bytes both
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((MAGIC, "1", municipality))
    writer.writerow(ITEMS)
    writer.writerows(records)
    out.flush()
    return held.getvalue()


@contextmanager
def opened(path: Path) -> Iterator[tuple[str, Iterator[Record]]]:
    """The municipality of a register file, and its people one by one.

    Raises :class:`NotARegister` for another file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        head, headings = next(lines, []), next(lines, [])
        if head[:2] != [MAGIC, "1"] or len(head) != 3 or headings != list(ITEMS):
            raise NotARegister(f"{path.name} is not a register file of version 1")
        yield head[2], map(Record._make, lines)
