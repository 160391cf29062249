"""Plain CSV with named columns, for records that come from anywhere.

Lines beginning with ``#`` say ``name: value``: ``station``, ``start`` (ISO 8601 with its zone), ``rate`` (Hz),
``unit`` (gal, m/s2 or g), ``latitude``, ``longitude``, ``elevation``. Then a line of column names and the numbers.
Components are NS, EW, UD (or N, E, Z / U); a unit may stand in a name, as ``NS (gal)``; a column ``time`` in seconds
gives the rate.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers.text import line_of, parse_rows
from tomoshibi.shaking.record import COMPONENTS, Floats, Place, Provenance, Record
from tomoshibi.vocabulary import T

#: gal in one of each unit
UNITS = {"gal": 1.0, "cm/s2": 1.0, "m/s2": 100.0, "g": 980.665}
_ALIASES = {"NS": "NS", "N": "NS", "EW": "EW", "E": "EW", "UD": "UD", "U": "UD", "Z": "UD"}
_COLUMN = re.compile(r"(?P<name>[A-Za-z]+)\s*(?:[\[(_ ]\s*(?P<unit>[^\])]+?)\s*[\])]?)?$")


def plain_unit(text: str) -> str:
    """A unit as a key of :data:`UNITS`, however it is written (``m/s^2``, ``m/s/s``, ``cm/s**2``)."""
    return text.strip().lower().replace("**", "").replace("^", "").replace("/s/s", "/s2").replace("²", "2")


def _columns(line: str) -> list[tuple[str, str]]:
    """Names (NS, EW, UD, TIME or as written) and units of a line of column names; empty when it is none."""
    found = []
    for cell in line.split(","):
        match = _COLUMN.match(cell.strip().strip('"'))
        if match is None:
            return []
        name = match["name"].upper()
        found.append((_ALIASES.get(name, name), plain_unit(match["unit"] or "")))
    return found


def is_plain_csv(head: bytes) -> bool:
    """Whether a file that begins with ``head`` has a line of column names with a component in it."""
    for line in head.decode("utf-8-sig", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            return any(name in COMPONENTS for name, _ in _columns(line))
    return False


def read_plain_csv(path: Path, content: bytes | None = None, unit: str | None = None) -> Record:
    """Read one record.

    :param content: the file's bytes, where they have been read already
    :param unit: unit where the file says none
    :raises RecordError: for a missing component, unit, rate or start, or a line that is not numbers
    """
    raw = path.read_bytes() if content is None else content
    file = str(path)
    said: dict[str, str] = {}
    position, line_number = 0, 0
    columns: list[tuple[str, str]] = []
    while not columns:
        stop = raw.find(b"\n", position)
        if stop < 0:
            raise RecordError(T("列名の行がありません", "no line of column names"), file)
        line = raw[position:stop].decode("utf-8-sig", "replace").strip()
        position, line_number = stop + 1, line_number + 1
        if line.startswith("#"):
            key, _, value = line.lstrip("# ").partition(":")
            said[key.strip().lower()] = value.strip()
        elif line:
            columns = _columns(line)
    names = [name for name, _ in columns]
    missing = [name for name in COMPONENTS if name not in names]
    if missing:
        reason = T(f"{'・'.join(missing)} 成分の列がありません", f"no column for the component {' and '.join(missing)}")
        raise RecordError(reason, file, line_number)
    units = {kind for name, kind in columns if name in COMPONENTS and kind} or {
        plain_unit(said.get("unit", unit or ""))
    }
    if len(units) != 1 or (gal := UNITS.get(next(iter(units)))) is None:
        reason = T(
            "加速度の単位が分かりません。「# unit: gal」の行を入れるか --unit で指定してください",
            "the unit of acceleration is unknown: add a line '# unit: gal' or give --unit",
        )
        raise RecordError(reason, file, line_number)
    rows = np.empty((raw.count(b"\n", position) + 1, len(columns)))
    count, bad = parse_rows(np.frombuffer(raw, np.uint8), position, ord(","), rows)
    if bad >= 0 or not count:
        reason = T(f"{len(columns)} 個の数値として読めない行です", f"not a line of {len(columns)} numbers")
        raise RecordError(reason, file, line_of(raw, min(max(bad, position), len(raw) - 1)))
    rows = rows[:count]
    try:
        start = datetime.fromisoformat(said["start"])
        place = Place(float(said["latitude"]), float(said["longitude"]), float(said.get("elevation", "nan")))
    except KeyError as absent:
        if absent.args[0] == "start":
            raise RecordError(T("「# start:」の行がありません", "no line '# start:'"), file) from absent
        place = None
    except ValueError as error:
        raise RecordError(T(f"見出しの値が読めません: {error}", f"unreadable header value: {error}"), file) from error
    return Record(
        station=said.get("station", path.stem),
        name=said.get("name", ""),
        start=start,
        rate=_rate(said, names, rows, file),
        acceleration=np.stack([rows[:, names.index(name)] for name in COMPONENTS]) * gal,
        place=place,
        provenance=Provenance("CSV", (file,), {"unit": next(iter(units))}),
    )


def _rate(said: dict[str, str], names: list[str], rows: Floats, file: str) -> float:
    if "rate" in said:
        try:
            return float(said["rate"].lower().removesuffix("hz"))
        except ValueError as error:
            raise RecordError(T("rate が数値ではありません", "the rate is no number"), file) from error
    if "TIME" not in names or len(rows) < 2:
        reason = T("「# rate:」の行も time の列もありません", "neither a line '# rate:' nor a column time")
        raise RecordError(reason, file)
    steps = np.diff(rows[:, names.index("TIME")])
    step = float(np.median(steps))
    if step <= 0 or np.abs(steps - step).max() > step / 2:
        raise RecordError(T("time の間隔が一定ではありません", "the steps of time are not equal"), file)
    return round(1 / step, 6)
