"""What backups there are in a place: one JSON line each in ``catalogue.jsonl``, for people and for the next backup."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from tomoshibi.journal import files

NAME = "catalogue.jsonl"


@dataclass
class Line:
    """One backup."""

    id: str
    file: str
    base: str
    made_at: str
    node: str
    name: str
    version: str
    size: int
    sha256: str
    #: entries in this file, and the last position that it reaches, of each world
    worlds: dict[str, dict[str, int]]
    datasets: int
    #: what was found wrong when it was verified; empty: it was restored, and everything was as it was
    problems: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it stands alone."""
        return not self.base


def add(place: Path, line: Line) -> None:
    """Write a backup's line, and let it reach the disk. Raises :class:`NotWritten`."""
    path = place / NAME
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise files.NotWritten(path, files.why_not(error)) from error
    files.sync_folder(place)


def lines_of(place: Path) -> list[Line]:
    """Every backup that was made in a place, oldest first. A line that cannot be read (cut off by a crash) is skipped.

    Raises :class:`FileRefused` where the place cannot be read.
    """
    path = place / NAME
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if place.is_dir():
            return []
        raise files.FileRefused(place, files.why_not(FileNotFoundError(2, "no such folder"))) from None
    except OSError as error:
        raise files.FileRefused(path, files.why_not(error)) from error
    known = {f.name for f in fields(Line)}
    found = []
    for one in text.splitlines():
        # what a line left half written by a power cut told of does not count: the next backup is a full one
        with suppress(ValueError, TypeError, AttributeError):
            told: dict[str, Any] = json.loads(one)
            found.append(Line(**{key: value for key, value in told.items() if key in known}))
    return found


def latest_full(places: list[Path], node: str) -> Path | None:
    """The last sound full backup of ``node`` that lies, complete, in every one of ``places``; None without one."""
    for line in reversed(lines_of(places[0])):
        if line.full and line.node == node and not line.problems and Path(line.file).name == line.file:
            copies = [place / line.file for place in places]
            if all(copy.is_file() and copy.stat().st_size == line.size for copy in copies):
                return copies[0]
    return None
