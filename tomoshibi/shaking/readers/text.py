"""Number tables out of text files, at close to the speed of reading the bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.jit import kernel

Bytes = NDArray[np.uint8]

_POWERS = 10.0 ** np.arange(19)
_BLANK, _MINUS, _ZERO = 32, 45, 48  # ASCII
_LARGEST = 2**31 - 1


@kernel()
def parse_integers(text: Bytes, start: int, out: NDArray[np.int32]) -> tuple[int, int]:
    """Fill ``out`` with the blank-separated integers of ``text[start:]``, which must end with a blank or line end.

    Gives (how many were there, -1), or (how many before, byte position) at the first sign that is no integer. Stops
    filling, but not counting, when ``out`` is full.
    """
    n, i, end, capacity = 0, start, text.size, out.size
    while True:
        while text[i] <= _BLANK:
            i += 1
            if i == end:
                return n, -1
        at = i
        negative = text[i] == _MINUS
        if negative:
            i += 1
        value, first = np.int64(0), i
        digit = np.uint8(text[i] - _ZERO)  # wraps round to above 9 for anything but a digit
        while digit <= 9:
            value = value * 10 + digit
            i += 1
            digit = np.uint8(text[i] - _ZERO)
        if i == first or i - first > 10 or value > _LARGEST or text[i] > _BLANK:
            return n, at
        if n < capacity:
            out[n] = -value if negative else value
        n += 1


@kernel()
def parse_rows(text: Bytes, start: int, separator: int, out: NDArray[np.float64]) -> tuple[int, int]:
    """Fill ``out`` (rows, columns) with the decimal numbers of ``text[start:]``, one row a line.

    Gives (rows, -1), or (rows before, byte position) at the first place where a number, a separator or a line end was
    expected. Blank lines are passed over. Numbers are plain decimals without an exponent, up to 18 digits.
    """
    columns, capacity = out.shape[1], out.shape[0]
    row, i, end = 0, start, text.size
    while True:
        while i < end and text[i] <= 32:
            i += 1
        if i == end:
            return row, -1
        if row == capacity:
            return row, i
        for column in range(columns):
            while i < end and (text[i] == 32 or text[i] == 9):
                i += 1
            if i == end:
                return row, i
            at = i
            negative = text[i] == 45
            if negative or text[i] == 43:
                i += 1
            value, digits, point = np.int64(0), 0, -1
            while i < end:
                c = text[i]
                if 48 <= c <= 57:
                    value = value * 10 + (c - 48)
                    digits += 1
                elif c == 46 and point < 0:
                    point = digits
                else:
                    break
                i += 1
            if digits == 0 or digits > 18:
                return row, at
            number = value / _POWERS[digits - point] if point >= 0 else float(value)
            out[row, column] = -number if negative else number
            while i < end and (text[i] == 32 or text[i] == 9):
                i += 1
            if column < columns - 1:
                if i == end or text[i] != separator:
                    return row, i
                i += 1
            elif i < end and text[i] != 10 and text[i] != 13:
                return row, i
        row += 1


def line_of(text: bytes, position: int) -> int:
    """Line number (from 1) of a byte position."""
    return text.count(b"\n", 0, position) + 1
