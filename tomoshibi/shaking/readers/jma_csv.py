"""JMA's strong-motion CSV: six header lines, a line of column names, then gal, three components a line.

Files hold one or more blocks of whole minutes, as the type 95 intensity meter stores them; each block may carry its
own header. The header's first line is the station code and, without a blank between, its name in cp932, padded to a
fixed width; what follows the comma is the hypocentre. Times are Japan time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers.text import line_of, parse_rows
from tomoshibi.shaking.record import COMPONENTS, MAX_RATE, MIN_RATE, Floats, Place, Provenance, Record
from tomoshibi.vocabulary import T

JAPAN_TIME = timedelta(hours=9)
#: JMA's units for acceleration; anything else is refused rather than guessed
_UNITS = {"gal(cm/s/s)", "gal", "cm/s/s", "gal(cm/s^2)", "cm/s^2"}
_HEAD = re.compile(rb"SITE CODE *=")
_CODE = re.compile(r"[0-9A-Z]+")


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    code: str
    name: str
    place: Place | None
    start: datetime
    rate: float
    data: Floats  # (samples, 3) in the file's own column order
    columns: tuple[str, ...]
    line: int


def is_jma_csv(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is in this format."""
    return _HEAD.match(head.lstrip(b"\xef\xbb\xbf \r\n")) is not None


def read_jma_csv(path: Path, content: bytes | None = None) -> Record:
    """Read one JMA CSV file; blocks that follow one another in time become one record, time between them NaN.

    :raises RecordError: for a missing header line or component, an unknown unit, a bad number, a file that ends within
        a line or within a second, or blocks of different stations
    """
    raw = path.read_bytes() if content is None else content
    file = str(path)
    starts = [match.start() for match in _HEAD.finditer(raw)]
    if not starts:
        raise RecordError(T("「SITE CODE=」の行がありません", "no 'SITE CODE=' line"), file, 1)
    blocks = [_block(raw, begin, end, file) for begin, end in zip(starts, [*starts[1:], len(raw)], strict=True)]
    return _join(blocks, file)


def _block(raw: bytes, begin: int, end: int, file: str) -> _Block:
    line = line_of(raw, begin)
    fields, position = {}, begin
    columns: tuple[str, ...] = ()
    for _ in range(12):
        stop = raw.find(b"\n", position, end)
        if stop < 0:
            break
        text = _decode(raw[position:stop]).strip()
        position = stop + 1
        if "=" in text:
            key, value = text.split("=", 1)
            fields[key.strip().upper().rstrip(".")] = value.strip()
        elif any(name in text for name in COMPONENTS):
            columns = tuple(name.strip().upper() for name in text.split(","))
            break
    if not columns:
        raise RecordError(T("列名(NS,EW,UD)の行がありません", "no line of column names (NS,EW,UD)"), file, line)
    missing = [name for name in COMPONENTS if name not in columns]
    if missing:
        raise RecordError(
            T(f"{'・'.join(missing)} 成分の列がありません", f"no column for the component {' and '.join(missing)}"),
            file,
            line_of(raw, position - 1),
        )
    unit = fields.get("UNIT", "").lower().replace(" ", "")
    if unit not in _UNITS:
        raise RecordError(
            T(
                f"単位 {fields.get('UNIT', '(なし)')!r} は扱えません(gal のみ)",
                f"unknown unit {fields.get('UNIT', '(none)')!r}: only gal is defined",
            ),
            file,
            line,
        )
    site = fields.get("SITE CODE", "").split(",")[0].strip()
    code = _CODE.match(site)
    if code is None:
        raise RecordError(T("観測点コードが読めません", f"unreadable station code {site!r}"), file, line)
    try:
        rate = float(fields["SAMPLING RATE"].lower().removesuffix("hz"))
        start = _time(fields["INITIAL TIME"]) - JAPAN_TIME
        latitude, longitude = float(fields.get("LAT", "0")), float(fields.get("LON", "0"))
        # closed stations have 0.0000 for both: no place rather than a point in the Gulf of Guinea
        place = Place(latitude, longitude) if latitude or longitude else None
        if not MIN_RATE <= rate <= MAX_RATE:
            raise ValueError(f"{rate:g} Hz")
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise RecordError(
            T(f"見出しの値が読めません: {error}", f"unreadable header value: {error}"), file, line
        ) from error

    data = _samples(raw, position, end, len(columns), file)
    if data.shape[0] == 0 or data.shape[0] % round(rate):
        raise RecordError(
            T(
                f"サンプルが {data.shape[0]} 行で、秒の途中で終わっています。途中で切れたファイルかもしれません",
                f"{data.shape[0]} samples end within a second: the file is truncated",
            ),
            file,
            line_of(raw, end),
        )
    return _Block(code[0], site[code.end() :].strip(), place, start, rate, data, columns, line)


def _samples(raw: bytes, begin: int, end: int, columns: int, file: str) -> Floats:
    text = np.frombuffer(raw, np.uint8)[:end]
    out = np.empty((raw.count(b"\n", begin, end) + 1, columns))
    rows, bad = parse_rows(text, begin, ord(","), out)
    if bad >= 0:
        cut = bad >= len(raw)
        raise RecordError(
            T(
                "行の途中でファイルが終わっています" if cut else f"{columns} 個の数値として読めない行です",
                "the file ends within a line: it is truncated" if cut else f"not a line of {columns} numbers",
            ),
            file,
            line_of(raw, min(bad, len(raw) - 1)),
        )
    return out[:rows]


def _join(blocks: list[_Block], file: str) -> Record:
    first = blocks[0]
    for block in blocks[1:]:
        if block.code != first.code:
            raise RecordError(
                T(
                    f"観測点の異なるブロックが混じっています: {first.code}, {block.code}",
                    f"blocks of different stations are mixed: {first.code}, {block.code}",
                ),
                file,
                block.line,
            )
        if block.rate != first.rate:
            raise RecordError(
                T("ブロックのサンプリング周波数が異なります", "the blocks differ in sampling rate"), file, block.line
            )
    offsets = [round((block.start - first.start).total_seconds() * first.rate) for block in blocks]
    length = max(offset + block.data.shape[0] for offset, block in zip(offsets, blocks, strict=True))
    if min(offsets) < 0 or length > first.rate * 86_400:
        raise RecordError(
            T("ブロックの時刻が順になっていません", "the blocks are not in the order of time, or a day apart"), file
        )
    data = np.full((3, length), np.nan)
    filled = 0
    for offset, block in zip(offsets, blocks, strict=True):
        if offset < filled:
            raise RecordError(T("ブロックの時刻が重なっています", "the blocks overlap in time"), file, block.line)
        filled = offset + block.data.shape[0]
        for row, component in enumerate(COMPONENTS):
            data[row, offset:filled] = block.data[:, block.columns.index(component)]
    return Record(
        station=first.code,
        name=first.name,
        start=first.start,
        rate=first.rate,
        acceleration=data,
        place=first.place,
        provenance=Provenance("JMA CSV", (file,), {"blocks": str(len(blocks))}),
    )


def _time(text: str) -> datetime:
    year, month, day, hour, minute, second = (int(part) for part in text.split()[:6])
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp932", "replace")
