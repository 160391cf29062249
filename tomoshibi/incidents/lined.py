"""TOML written by people: read with the standard library, and every complaint about it names the line.

``tomllib`` gives values without their places, so the places of headers and keys are found beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tomoshibi.vocabulary import T

Path = tuple[str | int, ...]

_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s.=\[\]"'#]+))\s*(\.|$)""")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


class FileError(ValueError):
    """A file that cannot be used: ``problems`` are (line, what is wrong and what to do), in the file's order."""

    def __init__(self, source: str, problems: list[tuple[int, T]]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda p: p[0])
        super().__init__(str(self.text))

    @property
    def text(self) -> T:
        """Every problem, one a line: ``file:line: what``."""
        return T(
            "\n".join(f"{self.source}:{line}: {what.ja}" for line, what in self.problems),
            "\n".join(f"{self.source}:{line}: {what.en}" for line, what in self.problems),
        )

    def __str__(self) -> str:
        return str(self.text)


class Lined:
    """A TOML file's data, with the line of every header and key."""

    def __init__(self, text: str, source: str) -> None:
        """Read ``text``. Raises :class:`FileError` where it is not TOML."""
        self.source = source
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = int(found[1]) if found and found[1] else text.count("\n") + 1
            what = _AT_LINE.sub("", str(error))
            raise FileError(
                source,
                [(line, T(f"書き方が正しくありません（{what}）。", f"Not written as TOML ({what})."))],
            ) from None
        self.lines = dict(_places(text))

    def line(self, *path: str | int) -> int:
        """The line of the value at ``path``, or of the nearest thing that holds it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Path and line of every header and key."""
    base: Path = ()
    counts: dict[Path, int] = {}
    for line, statement in _statements(text):
        if statement.startswith("[["):
            path = _resolve(_parts(statement.strip("[] \t")), counts)
            counts[path] = counts.get(path, -1) + 1
            base = (*path, counts[path])
            yield base, line
        elif statement.startswith("["):
            base = _resolve(_parts(statement.strip("[] \t")), counts)
            yield base, line
        else:
            yield (*base, *_parts(statement)), line


def _resolve(parts: list[str], counts: dict[Path, int]) -> Path:
    """The path of a header: below an array of tables, its newest element is meant."""
    path: Path = ()
    for n, part in enumerate(parts):
        path = (*path, part)
        if path in counts and n < len(parts) - 1:
            path = (*path, counts[path])
    return path


def _parts(key: str) -> list[str]:
    """The parts of a dotted key."""
    found, place = [], 0
    while place < len(key) and (match := _KEY.match(key, place)):
        found.append(next(g for g in match.groups()[:3] if g is not None))
        place = match.end()
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Line and beginning (header, or key before ``=``) of every statement; strings and brackets may span lines."""
    place, line = 0, 1
    while place < len(text):
        char = text[place]
        if char in " \t\r\n":
            line += char == "\n"
            place += 1
        elif char == "#":
            place = _end_of_line(text, place)
        else:
            start, started = place, line
            place, head = _statement(text, place)
            line += text.count("\n", start, place)
            yield started, head


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _statement(text: str, place: int) -> tuple[int, str]:
    """End of the statement that begins at ``place``, and its header or key."""
    start, depth, head = place, 0, ""
    if text[place] == "[":
        end = _end_of_line(text, place)
        return end, text[place:end].partition("#")[0].strip()
    while place < len(text):
        char = text[place]
        if char in "\"'" and (string := _STRING.match(text, place)):
            place = string.end()
            continue
        if char == "#":
            place = _end_of_line(text, place)
            continue
        if char == "=" and not head:
            head = text[start:place].strip()
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == "\n" and depth <= 0:
            break
        place += 1
    return place, head
