"""Changes of the register as a file: one line a change of one person, in the order in which they were processed.

A dataset like the register's own (:mod:`tomoshibi.residents.register`): first
``tomoshibi-changes,1,<municipality>``, then the headings, then the changes. Each line is the record *after* the change
in the register's items, where 異動日 is the day on which it took effect, and besides what it is (``movement``, a value
of :class:`~tomoshibi.residents.words.Movement`), the day of its notice 届出日, the day on which the register processed
it 処理日, and its number within that day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tomoshibi.residents.register import ITEMS, NotARegister, Record

MEDIA_TYPE = "text/csv; profile=tomoshibi-changes"
MAGIC = "tomoshibi-changes"


class Change(NamedTuple):
    """One change as the file has it; every item is text, days are ISO."""

    record: Record
    movement: str
    notified_on: str
    processed_on: str
    sequence: str


#: headings beside the register's own: 届出日 notified, 処理日 processed, 処理連番 number within the day
OWN = ("異動区分", "届出日", "処理日", "処理連番")


def write(changes: Iterable[Change], municipality: str) -> bytes:
    """The file of these changes of the municipality (five digits)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((MAGIC, "1", municipality))
    writer.writerow((*ITEMS, *OWN))
    writer.writerows((*c.record, c.movement, c.notified_on, c.processed_on, c.sequence) for c in changes)
    return out.getvalue().encode()


@contextmanager
def opened(path: Path) -> Iterator[tuple[str, Iterator[Change]]]:
    """The municipality of a file of changes, and the changes one by one.

    Raises :class:`~tomoshibi.residents.register.NotARegister` for another file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        head, headings = next(lines, []), next(lines, [])
        if head[:2] != [MAGIC, "1"] or len(head) != 3 or headings != [*ITEMS, *OWN]:
            raise NotARegister(f"{path.name} is not a file of changes of version 1")
        width = len(ITEMS)
        yield head[2], (Change(Record._make(line[:width]), *line[width:]) for line in lines)
