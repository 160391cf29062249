"""JMA's monthly-report intensity files 地震月報(カタログ編) and its table of stations, as arrays.

A file holds fixed records of 96 bytes (震度・加速度値ファイル, ``format_j.txt``): one or more hypocentre records, the
first of which counts, then one record for every station that felt the shock. The table of stations (``code_p.dat``)
gives places in degrees and *minutes* written side by side (``4310`` is 43° 10′, not 43.10°) and the dates between which
each station was in use. Its station numbers are not those of JMA's bulletins: the two meet by name and place
(:mod:`tomoshibi.shaking.mapping.sites`).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

_RECORD = 96
#: fewer bytes than this in a zipped file's header promise are refused: a year of Japan is below 20 MB
_LARGEST = 1 << 29


@dataclass(frozen=True, slots=True)
class Hypocentre:
    """Origin (UTC), degrees north and east, depth in km, magnitude; ``name`` is JMA's name of the place.

    Depth and magnitude are NaN where the catalogue has none.
    """

    origin: datetime
    latitude: float
    longitude: float
    depth: float
    magnitude: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shock:
    """An earthquake as felt: station numbers (n,) and their measured intensities (n,), one decimal."""

    hypocentre: Hypocentre
    stations: NDArray[np.int32]
    intensities: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StationTable:
    """Stations (n,): number, name, degrees north and east, first and last moment in use (Japan time, minutes)."""

    numbers: NDArray[np.int32]
    names: tuple[str, ...]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    opened: NDArray[np.datetime64]
    closed: NDArray[np.datetime64]

    def __len__(self) -> int:
        return self.numbers.size

    def rows_of(self, numbers: NDArray[np.int32]) -> NDArray[np.intp]:
        """Row of each station number, -1 where the table does not know it. Shape of ``numbers``."""
        order = np.argsort(self.numbers, kind="stable")
        found = np.searchsorted(self.numbers, numbers, sorter=order).clip(max=max(len(self) - 1, 0))
        rows = order[found]
        return np.where(self.numbers[rows] == numbers, rows, -1)

    def in_use(self, when: datetime) -> NDArray[np.bool_]:
        """Which stations were in use at a moment, (n,)."""
        moment = np.datetime64(when.astimezone(JAPAN).replace(tzinfo=None), "m")
        answer: NDArray[np.bool_] = (self.opened <= moment) & (moment < self.closed)
        return answer


def read_station_table(path: str | Path) -> StationTable:
    """Read ``code_p.dat`` (tab-separated, cp932 or UTF-8).

    :raises RecordError: a file that cannot be read, or a line that is not of this format
    """
    rows: dict[int, tuple[str, float, float, np.datetime64, np.datetime64]] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            code, name, latitude, longitude, opened, *rest = line.split("\t")
            rows[int(code)] = (
                name.strip(),
                degrees_of_minutes(latitude),
                degrees_of_minutes(longitude),
                _moment(opened, "0001-01-01"),
                _moment(rest[0] if rest else "", "9999-12-31"),
            )
        except ValueError as error:
            reason = T(
                f"観測点ファイル(code_p.dat)の行ではありません: {line[:60]}",
                f"not a line of the table of stations (code_p.dat): {line[:60]}",
            )
            raise RecordError(reason, path, number) from error
    if not rows:
        raise RecordError(T("観測点が1つもありません", "no station in the file"), path)
    columns = list(zip(*rows.values(), strict=True))
    return StationTable(
        np.array(list(rows), np.int32),
        tuple(columns[0]),
        np.array(columns[1], np.float64),
        np.array(columns[2], np.float64),
        np.array(columns[3], "datetime64[m]"),
        np.array(columns[4], "datetime64[m]"),
    )


def degrees_of_minutes(text: str) -> float:
    """Degrees of ``"4310"`` or ``"14119"``: the last two digits are whole minutes.

    :raises ValueError: no digits, or minutes above 59 (then it is a decimal fraction, the well-known trap)
    """
    text = text.strip()
    if not text.isdigit() or len(text) < 3 or int(text[-2:]) > 59:
        raise ValueError(f"not degrees and minutes: {text!r}")
    return int(text[:-2]) + int(text[-2:]) / 60


def _moment(text: str, unknown: str) -> np.datetime64:
    """Date and time of ``"199604011200"``; 9999 and 99 stand for what is not known."""
    text = text.strip()
    if not text or text.startswith("9999"):
        return np.datetime64(unknown, "m")
    year, month, day, hour, minute = (int(text[i:j]) for i, j in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12)))
    # an unknown part is the earliest that it can be
    parts = (1 if month == 99 else month, 1 if day == 99 else day, 0 if hour == 99 else hour)
    return np.datetime64(
        datetime(year, *parts, 0 if minute == 99 else minute),  # noqa: DTZ001 (Japan time throughout the table)
        "m",
    )


def read_catalogue(paths: Iterable[str | Path]) -> Iterator[Shock]:
    """Every earthquake of the given files (plain or zipped) that has measured intensities, in the files' order.

    :raises RecordError: a file that is not of this format, with its line
    """
    for path in paths:
        yield from _shocks(_bytes(path), path)


def _bytes(path: str | Path) -> bytes:
    try:
        data = Path(path).read_bytes()
        if not data.startswith(b"PK"):
            return data
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [each for each in packed.infolist() if not each.is_dir()]
            if sum(each.file_size for each in members) > _LARGEST:
                raise RecordError(T("展開すると大きすぎます", "too large when unpacked"), path)
            return b"".join(packed.read(each) for each in members)
    except (OSError, zipfile.BadZipFile) as error:
        raise RecordError(T(f"読めません: {error}", f"cannot be read: {error}"), path) from error


def _text(path: str | Path) -> str:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RecordError(T("文字コードが UTF-8 でも cp932 でもありません", "neither UTF-8 nor cp932 text"), path)


def _shocks(data: bytes, path: str | Path) -> Iterator[Shock]:
    lines = data.splitlines()
    if any(len(line) != _RECORD for line in lines):
        at = next(i for i, line in enumerate(lines, 1) if len(line) != _RECORD)
        reason = T(
            f"96バイトのレコードではありません({len(lines[at - 1])}バイト)。地震月報の震度ファイルを指定してください",
            f"not a record of 96 bytes ({len(lines[at - 1])}): name an intensity file of JMA's monthly report",
        )
        raise RecordError(reason, path, at)
    if not lines:
        raise RecordError(T("空のファイルです", "the file is empty"), path)
    table = np.frombuffer(b"".join(lines), np.uint8).reshape(-1, _RECORD)
    head = np.isin(table[:, 0], np.frombuffer(b"ABD", np.uint8))
    starts = np.flatnonzero(head & ~np.concatenate(([False], head[:-1])))
    if not starts.size or starts[0]:
        raise RecordError(T("震源レコードで始まっていません", "does not begin with a hypocentre record"), path, 1)
    numbers = table[:, :7]
    tens, ones = table[:, 20].astype(np.int16) - 48, table[:, 21].astype(np.int16) - 48
    blank = tens == 32 - 48  # a leading zero may be a blank
    measured = ~head & (blank | ((tens >= 0) & (tens <= 9))) & (ones >= 0) & (ones <= 9)
    values = np.where(blank, 0, tens) * 10 + ones
    digits = (numbers - 48).astype(np.int64)
    if ((digits[~head] < 0) | (digits[~head] > 9)).any():
        at = int(np.flatnonzero(~head)[np.flatnonzero(((digits[~head] < 0) | (digits[~head] > 9)).any(axis=1))[0]])
        raise RecordError(T("観測点番号が数字ではありません", "the station number is not digits"), path, at + 1)
    codes = (digits * 10 ** np.arange(6, -1, -1)).sum(axis=1).astype(np.int32)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        chosen = start + np.flatnonzero(measured[start:end])
        if chosen.size and (hypocentre := _hypocentre(lines[start])) is not None:
            yield Shock(hypocentre, codes[chosen], (values[chosen] / 10).astype(np.float32))


def _hypocentre(line: bytes) -> Hypocentre | None:
    """Hypocentre of a record; None where the place or the minute is not known (fixed before instruments)."""
    try:
        year, month, day, hour, minute = (int(line[i:j]) for i, j in ((1, 5), (5, 7), (7, 9), (9, 11), (11, 13)))
        second = _number(line[13:17], 2, 0.0)
        latitude = int(line[21:24]) + _number(line[24:28], 2, 0.0) / 60
        longitude = int(line[32:36]) + _number(line[36:40], 2, 0.0) / 60
        origin = datetime(year, month, day, hour, minute, tzinfo=JAPAN) + timedelta(seconds=second)
    except ValueError:
        return None
    depth = line[44:49].decode("ascii", "replace")
    km = _number(depth.encode(), 2, np.nan) if depth[3:].strip() else _number(depth[:3].encode(), 0, np.nan)
    name = line[68:90].decode("cp932", "replace").strip().replace("　", "")
    return Hypocentre(origin.astimezone(UTC), latitude, longitude, km, _magnitude(line[52:54]), name)


def _number(field: bytes, decimals: int, otherwise: float) -> float:
    """A field whose point is not written: ``b"3076"`` with two decimals is 30.76; blanks are what is not known."""
    text = field.decode("ascii", "replace")
    if not text.strip():
        return otherwise
    return int(text.strip()) / float(10**decimals)


def _magnitude(field: bytes) -> float:
    """``b"51"`` is 5.1, ``b"-3"`` is -0.3, ``b"A0"`` is -1.0."""
    text = field.decode("ascii", "replace")
    try:
        if text[:1] in "ABC" and text[1:].isdigit():
            return -("ABC".index(text[0]) + 1) - int(text[1]) / 10
        return int(text) / 10
    except ValueError:
        return float("nan")


@dataclass(frozen=True, slots=True)
class Readings:
    """One earthquake at stations (n,): number, name, degrees north and east, measured intensity (NaN: silent), and,
    where a file says it, the second of the month at which the station was triggered (Japan time; NaN: not said).
    """

    numbers: NDArray[np.int32]
    names: tuple[str, ...]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    intensities: NDArray[np.float64]
    triggers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if not self.triggers.size:
            object.__setattr__(self, "triggers", np.full(self.numbers.size, np.nan))

    def heard(self) -> Readings:
        """Only the stations that are not silent."""
        return self.part(np.isfinite(self.intensities))

    def part(self, which: NDArray[np.bool_]) -> Readings:
        """Only the stations of a mask (n,)."""
        rows = np.flatnonzero(which)
        places = (self.latitudes[rows], self.longitudes[rows], self.intensities[rows], self.triggers[rows])
        return Readings(self.numbers[rows], tuple(self.names[i] for i in rows), *places)

    def with_silent(self, table: StationTable, when: datetime) -> Readings:
        """And every station of a table that was in use at a moment and is not among them, silent."""
        rows = np.flatnonzero(table.in_use(when) & ~np.isin(table.numbers, self.numbers))
        return Readings(
            np.concatenate([self.numbers, table.numbers[rows]]),
            self.names + tuple(table.names[i] for i in rows),
            np.concatenate([self.latitudes, table.latitudes[rows]]),
            np.concatenate([self.longitudes, table.longitudes[rows]]),
            np.concatenate([self.intensities, np.full(rows.size, np.nan)]),
            np.concatenate([self.triggers, np.full(rows.size, np.nan)]),
        )


def read_readings(path: str | Path) -> Readings:
    """One earthquake from a CSV with columns station, name, lat, lon, keisoku (計測震度); others are passed over
    but day_hhmmss, day and time of a station's trigger as in JMA's files ("231756028" is 17:56:02.8 on the 23rd).

    An empty keisoku is a silent station.

    :raises RecordError: a column that is missing, a value that is no number or out of range, a station named twice
    """
    rows = csv.DictReader(io.StringIO(_text(path)))
    wanted = ("station", "name", "lat", "lon", "keisoku")
    missing = [each for each in wanted if each not in (rows.fieldnames or ())]
    if missing:
        said = ", ".join(missing)
        raise RecordError(T(f"列がありません: {said}", f"missing columns: {said}"), path, 1)
    found: dict[int, tuple[str, float, float, float, float]] = {}
    for line, row in enumerate(rows, 2):
        try:
            number, read = int(row["station"]), (row["keisoku"] or "").strip()
            place = (float(row["lat"]), float(row["lon"]), float(read) if read else np.nan)
        except (TypeError, ValueError) as error:
            raise RecordError(T("数ではない値があります", "a value is not a number"), path, line) from error
        if not (-90 <= place[0] <= 90 and -180 <= place[1] <= 180 and (not read or -5 <= place[2] <= 8)):
            raise RecordError(T("緯度・経度・震度が範囲の外です", "a place or intensity out of range"), path, line)
        if number in found:
            raise RecordError(T(f"観測点 {number} が2度あります", f"station {number} is there twice"), path, line)
        found[number] = (row["name"], *place, _second_of_month(row.get("day_hhmmss") or ""))
    if not found:
        raise RecordError(T("観測点が1つもありません", "no station in the file"), path)
    columns = list(zip(*found.values(), strict=True))
    return Readings(
        np.array(list(found), np.int32), tuple(columns[0]), *(np.array(each, np.float64) for each in columns[1:])
    )


def _second_of_month(text: str) -> float:
    """Seconds since the month began of ``"231756028"`` or ``"11 145010. "``; NaN for anything else."""
    digits = "".join(text.replace(".", "").split())
    if not digits.isdigit() or not 8 <= len(digits) <= 9:
        return float("nan")
    day, hour, minute, second = (int(digits[i : i + 2]) for i in (0, 2, 4, 6))
    return ((day * 24 + hour) * 60 + minute) * 60 + second + int(digits[8:] or 0) / 10
