"""How text lies in a cell: without becoming a formula, and with every character kept."""

from __future__ import annotations

import re

# What a spreadsheet may take for a formula at the start of a CSV field, in either width (a Japanese Excel reads ＝ as
# =), also behind blanks. Quotes are looked through, so that adding one and taking one away are exact opposites.
_FORMULA = re.compile(r"'*[\t\r\n]|[\s']*[=+\-@＝＋－＠]")
# In Office Open XML a character that XML cannot hold is written _xHHHH_, and so is the start of text that looks like
# one (ECMA-376 part 1, 22.9.2.19)
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile("_x([0-9A-Fa-f]{4})_")


def defused(text: str) -> str:
    """``text`` for CSV: with an apostrophe in front where a spreadsheet would calculate it."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """``text`` from CSV, without the apostrophe of :func:`defused`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def escaped(text: str) -> str:
    """``text`` for a cell of Excel, its characters that XML cannot hold as ``_xHHHH_``."""
    return _UNWRITABLE.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def unescaped(text: str) -> str:
    """Opposite of :func:`escaped`."""
    return _WRITTEN.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text
