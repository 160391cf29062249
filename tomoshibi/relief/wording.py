"""The words of a layout, to be changed without reading its Typst: found, shown as they print, and put back escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: a content block of words alone: no code, no other block, on one line; ``\`` stands before a sign of Typst's
_BLOCK = re.compile(r"\[((?:[^\[\]#\\\n]|\\(?:[^\w\s]|_))*)\]")
_SIGN = re.compile(r"([!-/:-@\[-`{-~])")
_ESCAPED = re.compile(r"\\([^\w\s]|_)")
_LETTER = re.compile(r"[^\W\d_]")
#: before which piece of a layout a line is added: the space that pushes the QR code to the foot, else the code itself
_FOOT = ("\n#v(1fr)", "\n#proof(f)")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Words:
    """One run of words of a layout, and where it stands in the source."""

    text: str
    start: int
    end: int


def words_of(source: str) -> list[Words]:
    """Every run of words that stands alone in a block of its own, in the order of the page; comments have none."""
    comments = [m.span() for m in re.finditer(r"^//.*$", source, re.MULTILINE)]
    return [
        Words(_ESCAPED.sub(r"\1", m[1]), m.start(1), m.end(1))
        for m in _BLOCK.finditer(source)
        if _LETTER.search(m[1]) and not any(a <= m.start() < b for a, b in comments)
    ]


def escaped(text: str) -> str:
    """Words as Typst prints them and nothing else, on one line."""
    return _SIGN.sub(r"\\\1", " ".join(text.splitlines()))


def reworded(source: str, changes: Mapping[int, str], added: str = "") -> str:
    """A layout with other words: by their place in :func:`words_of`; ``added`` is a line above the foot."""
    for number, words in reversed(list(enumerate(words_of(source)))):
        if number in changes and changes[number] != words.text:
            source = source[: words.start] + escaped(changes[number]) + source[words.end :]
    if added.strip():
        at = next((i for piece in _FOOT if (i := source.rfind(piece)) >= 0), len(source))
        source = f"{source[:at]}\n#gap\n#text(size: 9pt)[{escaped(added)}]{source[at:]}"
    return source
