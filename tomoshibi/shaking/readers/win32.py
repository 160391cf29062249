"""WIN32, NIED's binary format: seconds of several channels, each as a first value and differences.

Two kinds of file are read. NIED's strong-motion WIN32 ("K-NET Binary", ``.kwin``) begins with the bytes 0A 02 00 00
and an information block that says the station and the factor to gal. Plain WIN32 (Hi-net's ``.cnt``) begins with
00 00 00 00 and knows channel numbers only: its channel table must be given with it.

Source: NIED, "K-NET Binary format" (kyoshin.bosai.go.jp/kyoshin/man/knetbinary.html) and the WIN system's channel table
(Urabe, ERI). Times are Japan time.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.record import COMPONENTS, MAX_RATE, Component, Floats, Place, Provenance, Record, Sensor
from tomoshibi.vocabulary import T

STRONG_MOTION = b"\x0a\x02\x00\x00"
PLAIN = b"\x00\x00\x00\x00"
_INFORMATION = b"\x0c\x00\x00\x00"
JAPAN_TIME = timedelta(hours=9)
_COMPONENT_NAMES: dict[str, Component] = {
    **dict.fromkeys(("N", "NS", "X", "N-S"), "NS"),
    **dict.fromkeys(("E", "EW", "Y", "E-W"), "EW"),
    **dict.fromkeys(("U", "UD", "Z", "U-D", "V"), "UD"),
}


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """One line of a channel table, as far as it is needed."""

    station: str
    component: Component
    gal_per_count: float
    place: Place | None = None
    sensor: Sensor = "surface"
    offset: int = 0
    full_scale: float | None = None


def is_win32(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is WIN32 of either kind: the magic, and a time that is one."""
    if head[:4] == STRONG_MOTION:
        return True
    return head[:4] == PLAIN and len(head) >= 20 and _bcd_time(head[4:12]) is not None


def _bcd_time(code: bytes) -> datetime | None:
    """Eight bytes of decimal digits YYYYMMDDhhmmssff, ff hundredths; None when it is no time."""
    digits = code.hex()
    if not digits.isdigit():
        return None
    try:
        time = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return time.replace(microsecond=int(digits[14:16]) * 10_000)


def read_channel_table(path: Path, content: bytes) -> dict[int, ChannelEntry]:
    """Read a WIN channel table: channel number -> what it is. Only accelerometers (unit m/s/s or gal) are kept.

    :raises RecordError: for a line that is no table line
    """
    table = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split()
        try:
            channel, station, component, unit = int(cells[0], 16), cells[3], cells[4].upper(), cells[8].lower()
            sensitivity, decibels, volt = float(cells[7]), float(cells[11]), float(cells[12])
            place = Place(*map(float, cells[13:16])) if len(cells) >= 16 else None
        except (IndexError, ValueError) as error:
            raise RecordError(
                T("チャネル表の行として読めません", "not a line of a channel table"), path, number
            ) from error
        factor = {"m/s/s": 100.0, "m/s**2": 100.0, "m/s^2": 100.0, "gal": 1.0, "cm/s/s": 1.0}.get(unit)
        name = _COMPONENT_NAMES.get(component)
        if factor is None or name is None or not sensitivity:
            continue
        table[channel] = ChannelEntry(station, name, volt / (sensitivity * 10 ** (decibels / 20)) * factor, place)
    return table


def read_win32(path: Path, content: bytes | None = None, table: dict[int, ChannelEntry] | None = None) -> list[Record]:
    """Read every station of a file.

    :param content: the file's bytes, where they have been read already
    :param table: channel table, for plain WIN32
    :raises RecordError: for a broken block, channels without a table, or a station without three components
    """
    raw = path.read_bytes() if content is None else content
    file = str(path)
    position = 4
    entries = dict(table or {})
    if raw[:4] == STRONG_MOTION:
        position, found = _information(raw, position, file)
        entries |= found
    elif raw[:4] != PLAIN:
        raise RecordError(T("WIN32 のファイルではありません", "not a WIN32 file"), file)
    seconds = _seconds(raw, position, file)
    if not seconds:
        raise RecordError(T("波形がありません", "no waveform"), file)
    known = sorted(set(seconds) & set(entries))
    if not known:
        listed = ", ".join(f"{channel:04X}" for channel in sorted(seconds)[:6])
        raise RecordError(
            T(
                f"チャネル {listed} の換算係数が分かりません。チャネル表(.ch)も指定してください",
                f"no factor to gal for the channels {listed}: give the channel table (.ch) as well",
            ),
            file,
        )
    sensors: dict[tuple[str, Sensor], dict[Component, int]] = {}
    for channel in known:
        entry = entries[channel]
        sensors.setdefault((entry.station, entry.sensor), {})[entry.component] = channel
    return [_record(file, channels, entries, seconds) for channels in sensors.values()]


def _information(raw: bytes, position: int, file: str) -> tuple[int, dict[int, ChannelEntry]]:
    """The information blocks at ``position``: where they end, and the channels that they describe.

    A block is 12 bytes (mark, organisation, network, instrument, length), then the station's information; the
    earthquake's, where it follows, is passed over.
    """
    entries: dict[int, ChannelEntry] = {}
    while raw[position : position + 4] == _INFORMATION:
        try:
            (length,) = struct.unpack_from(">I", raw, position + 8)
            entries |= _station(raw, position + 16)
        except (struct.error, IndexError, ValueError, ZeroDivisionError) as error:
            raise RecordError(T("情報ブロックが読めません", "unreadable information block"), file) from error
        position += 12 + length
    if not entries:
        raise RecordError(T("観測点の情報がありません", "no station information"), file)
    return position, entries


def _station(raw: bytes, at: int) -> dict[int, ChannelEntry]:
    """A station's information: 52 bytes of its own, then 20 for each component."""
    latitude, longitude = _bcd_number(raw[at : at + 4], 5), _bcd_number(raw[at + 4 : at + 8], 5)
    place = Place(latitude, longitude, _bcd_number(raw[at + 8 : at + 12], 2))
    code = raw[at + 12 : at + 24].split(b"\0")[0].decode("ascii", "replace").strip()
    components = raw[at + 50]
    names: list[tuple[Component, Sensor]] = [(name, "surface") for name in COMPONENTS]
    if components >= 6:  # KiK-net: borehole first, as in the ASCII format's channels 1 to 6
        names = [(name, "borehole") for name in COMPONENTS] + names
    found = {}
    for index, (name, sensor) in enumerate(names[:components]):
        head = struct.unpack_from(">BBHhBBiii", raw, at + 52 + 20 * index)
        channel, numerator, gain, denominator, offset = head[2], head[3], head[4], head[6], head[7]
        factor = numerator / denominator / (int(f"{gain:02x}") or 1)
        found[channel] = ChannelEntry(code, name, factor, place, sensor, offset, float(abs(numerator)))
    return found


def _bcd_number(code: bytes, decimals: int) -> float:
    """Eight decimal digits, ``decimals`` after the point; ``e`` stands for a digit not given, ``d`` first for minus."""
    digits = code.hex()
    sign = -1.0 if digits[0] == "d" else 1.0
    plain = "".join(digit if digit.isdigit() else "0" for digit in digits)
    return sign * int(plain) / float(10**decimals)


def _seconds(raw: bytes, position: int, file: str) -> dict[int, list[tuple[datetime, NDArray[np.int64]]]]:
    """Every channel's blocks, in the order of the file."""
    found: dict[int, list[tuple[datetime, NDArray[np.int64]]]] = {}
    while position < len(raw):
        time = _bcd_time(raw[position : position + 8]) if position + 16 <= len(raw) else None
        if time is None:
            raise RecordError(
                T(
                    f"{position}バイト目から秒ブロックとして読めません",
                    f"no second block at byte {position}: truncated",
                ),
                file,
            )
        _frame, length = struct.unpack_from(">II", raw, position + 8)
        at, end = position + 16, position + 16 + length
        if end > len(raw):
            raise RecordError(
                T("秒ブロックの途中で切れています", "the file ends within a second block: truncated"), file
            )
        while at < end:
            channel = int.from_bytes(raw[at + 2 : at + 4], "big")
            size, count = raw[at + 4] >> 4, (raw[at + 4] & 15) << 8 | raw[at + 5]
            values, at = _decode(raw, at + 6, size, count, end, file)
            found.setdefault(channel, []).append((time, values))
        position = end
    return found


def _decode(raw: bytes, at: int, size: int, count: int, end: int, file: str) -> tuple[NDArray[np.int64], int]:
    """``count`` samples at ``at``: one of four bytes, then differences of ``size`` bytes (0: half a byte)."""
    length = count // 2 if size == 0 else (count - 1) * size  # half bytes of count - 1 differences, rounded up
    if count == 0 or size > 4 or at + 4 + length > end:
        raise RecordError(T(f"{at}バイト目の圧縮が不正です", f"bad compression at byte {at}"), file)
    first = int.from_bytes(raw[at : at + 4], "big", signed=True)
    packed = np.frombuffer(raw, np.uint8, length, at + 4)
    if size == 0:
        half = np.stack([packed >> 4, packed & 15], axis=1).reshape(-1)[: count - 1].astype(np.int64)
        steps = np.where(half > 7, half - 16, half)
    elif size == 3:
        three = packed.reshape(-1, 3).astype(np.int64)
        steps = (three[:, 0] << 16) | (three[:, 1] << 8) | three[:, 2]
        steps = np.where(steps >= 1 << 23, steps - (1 << 24), steps)
    else:
        steps = packed.view(f">i{size}").astype(np.int64)
    values = np.empty(count, np.int64)
    values[0] = first
    values[1:] = first + np.cumsum(steps)
    return values, at + 4 + length


def _record(
    file: str,
    channels: dict[Component, int],
    entries: dict[int, ChannelEntry],
    seconds: dict[int, list[tuple[datetime, NDArray[np.int64]]]],
) -> Record:
    entry = entries[next(iter(channels.values()))]
    missing = [name for name in COMPONENTS if name not in channels]
    if missing:
        raise RecordError(
            T(
                f"観測点 {entry.station} の {'・'.join(missing)} 成分がありません",
                f"station {entry.station} lacks the component {' and '.join(missing)}",
            ),
            file,
        )
    blocks = {name: seconds[channels[name]] for name in COMPONENTS}
    rates = {values.size for series in blocks.values() for _, values in series}
    if len(rates) > 1:
        raise RecordError(T("サンプリング周波数が途中で変わります", "the sampling rate changes"), file)
    rate = rates.pop()
    if rate > MAX_RATE:
        raise RecordError(T(f"毎秒{rate}サンプルは扱えません", f"{rate} samples a second are too many"), file)
    times = [time for series in blocks.values() for time, _ in series]
    start, end = min(times), max(times)
    length = round((end - start).total_seconds() * rate) + rate
    if not 0 < length <= rate * 86_400:
        raise RecordError(T("秒ブロックの時刻が1日を超えて離れています", "the seconds span more than a day"), file)
    data: Floats = np.full((3, length), np.nan)
    for row, name in enumerate(COMPONENTS):
        channel = entries[channels[name]]
        for time, values in blocks[name]:
            at = round((time - start).total_seconds() * rate)
            data[row, at : at + rate] = (values - channel.offset) * channel.gal_per_count
    return Record(
        station=entry.station,
        start=start - JAPAN_TIME,
        rate=float(rate),
        acceleration=data,
        place=entry.place,
        sensor=entry.sensor,
        full_scale=entry.full_scale,
        provenance=Provenance("WIN32", (file,)),
    )
