"""A signature drawn by finger, as text: points ``x,y`` of a field 300 wide and 100 high.

Points of a line are separated by blanks, lines by semicolons: it goes with the hand-over, into the journal.
"""

from __future__ import annotations

import re

#: how many characters a signature may have
LONGEST = 6000
PATTERN = r"^(\d{1,3},\d{1,3}( \d{1,3},\d{1,3})*(;|$))*$"


def readable(text: str) -> str:
    """The signature, or nothing where a phone sent what is none: a hand-over is recorded all the same."""
    return text if len(text) <= LONGEST and re.fullmatch(PATTERN, text) else ""


def lines(text: str) -> list[list[list[int]]]:
    """Its lines, each a list of points."""
    drawn = [[[int(n) for n in point.split(",")] for point in line.split()] for line in text.split(";")]
    return [line for line in drawn if line]
