"""NIED's K-NET ASCII format: one component a file, 17 header lines, then counts. KiK-net uses the same format.

Source: NIED, "K-NET ASCII format" and "KiK-net data" (kyoshin.bosai.go.jp). What the format hides: the record time is
Japan time and 15 s late (the logger's trigger delay), channels 1–3 are the borehole and 4–6 the surface, and the
factor from counts to gal stands in the header as a fraction, to be applied once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers.text import line_of, parse_integers
from tomoshibi.shaking.record import COMPONENTS, Component, Counts, Place, Provenance, Record, Sensor
from tomoshibi.vocabulary import T

HEADER_LINES = 17
TRIGGER_DELAY = timedelta(seconds=15)
JAPAN_TIME = timedelta(hours=9)

_DIRECTIONS: dict[str, tuple[Component, Sensor]] = {
    "N-S": ("NS", "surface"),
    "E-W": ("EW", "surface"),
    "U-D": ("UD", "surface"),
    "1": ("NS", "borehole"),
    "2": ("EW", "borehole"),
    "3": ("UD", "borehole"),
    "4": ("NS", "surface"),
    "5": ("EW", "surface"),
    "6": ("UD", "surface"),
}
#: header label -> our name; the label takes the first 18 characters of a line
_LABELS = {
    "origin": "Origin Time",
    "station": "Station Code",
    "latitude": "Station Lat.",
    "longitude": "Station Long.",
    "elevation": "Station Height(m)",
    "start": "Record Time",
    "rate": "Sampling Freq(Hz)",
    "duration": "Duration Time(s)",
    "direction": "Dir.",
    "scale": "Scale Factor",
    "peak": "Max. Acc. (gal)",
}
_SCALE = re.compile(r"([0-9.]+)\s*\(([^)]*)\)\s*/\s*([0-9.]+)\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One file: one component of one sensor."""

    file: str
    station: str
    sensor: Sensor
    component: Component
    start: datetime
    rate: float
    place: Place
    counts: Counts
    full_scale: float
    peak: float  # the header's "Max. Acc." in gal, a check of the calibration
    origin: str


def is_knet(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is in this format."""
    return head.startswith(b"Origin Time")


def read_channel(path: Path, content: bytes | None = None) -> Channel:
    """Read one component.

    :param content: the file's bytes, where they have been read already
    :raises RecordError: for a header that lacks a line, a unit other than gal, a bad number, or fewer or more samples
        than the header promises
    """
    raw = path.read_bytes() if content is None else content
    file = str(path)
    head, body_start = _header(raw, file)
    scale = _SCALE.fullmatch(head["scale"])
    if scale is None:
        reason = T(f"スケールファクタが読めません: {head['scale']}", f"unreadable scale factor {head['scale']!r}")
        raise RecordError(reason, file, 14)
    if scale[2].strip().lower() != "gal":
        reason = T(f"単位 {scale[2]!r} は扱えません(gal のみ)", f"unknown unit {scale[2]!r}: only gal is defined")
        raise RecordError(reason, file, 14)
    if head["direction"] not in _DIRECTIONS:
        reason = T(f"成分 {head['direction']!r} は不明です", f"unknown component {head['direction']!r}")
        raise RecordError(reason, file, 13)
    component, sensor = _DIRECTIONS[head["direction"]]
    try:
        rate = float(head["rate"].lower().removesuffix("hz"))
        duration = float(head["duration"])
        start = datetime.strptime(head["start"], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
        place = Place(float(head["latitude"]), float(head["longitude"]), float(head["elevation"]))
        peak, full_scale, steps = float(head["peak"]), float(scale[1]), float(scale[3])
        gal_per_count = full_scale / steps
        expected = round(duration * rate)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise RecordError(T(f"見出しの値が読めません: {error}", f"unreadable header value: {error}"), file) from error

    # a sample takes two bytes at least: a header may promise anything, and memory is not taken on its word
    values = np.empty(min(max(expected, 0), len(raw) // 2), np.int32)
    found, bad = parse_integers(np.frombuffer(raw + b"\n", np.uint8), body_start, values)
    if bad >= 0:
        raise RecordError(
            T("整数でない値があります", f"not an integer: {raw[bad : bad + 16].split()[:1]!r}"), file, line_of(raw, bad)
        )
    if found != expected:
        promised = T(f"見出しの{duration:g}秒では{expected}", f"the header's {duration:g} s make {expected}")
        verdict = (
            T("途中で切れたファイルです", "the file is truncated")
            if found < expected
            else T("見出しより長いファイルです", "the file is longer than its header says")
        )
        reason = T(
            "サンプルが{found}個ですが、{promised}個です: {verdict}", "{found} samples, but {promised}: {verdict}"
        )
        raise RecordError(reason.format(found=found, promised=promised, verdict=verdict), file)
    return Channel(
        file, head["station"], sensor, component, start - TRIGGER_DELAY - JAPAN_TIME, rate, place,
        Counts(values, gal_per_count), full_scale, peak, head["origin"],
    )  # fmt: skip


def _header(raw: bytes, file: str) -> tuple[dict[str, str], int]:
    """The header's values by our names, and the byte at which the samples begin."""
    end = -1
    for line in range(HEADER_LINES):
        end = raw.find(b"\n", end + 1)
        if end < 0:
            raise RecordError(
                T(
                    f"見出しが {HEADER_LINES} 行ありません。途中で切れたファイルかもしれません",
                    f"the header has fewer than {HEADER_LINES} lines: the file is truncated",
                ),
                file,
                line + 1,
            )
    found = {}
    for line_text in raw[:end].decode("ascii", "replace").splitlines():
        found[line_text[:18].strip().lower()] = line_text[18:].strip()
    # two spellings are in use: "Station Long."/"Station Lon." and "Max. Acc. (gal)"/"Max Acc. (gal)"
    found.setdefault("station long.", found.get("station lon.", ""))
    found.setdefault("max. acc. (gal)", found.get("max acc. (gal)", ""))
    head = {name: found.get(label.lower(), "") for name, label in _LABELS.items()}
    for name, value in head.items():
        if not value and name != "origin":
            raise RecordError(
                T(f"見出しに「{_LABELS[name]}」がありません", f"the header has no {_LABELS[name]!r}"), file
            )
    return head, end + 1


def combine(channels: list[Channel]) -> Record:
    """Make the record of one sensor from its three components, in any order.

    :raises RecordError: when a component is missing or there twice, or the files do not belong together
    """
    files = tuple(channel.file for channel in channels)
    _same(channels, files)
    by_component: dict[Component, Channel] = {}
    for channel in channels:
        if channel.component in by_component:
            raise RecordError(
                T(f"{channel.component} 成分が二つあります", f"the {channel.component} component is there twice"),
                (by_component[channel.component].file, channel.file),
            )
        by_component[channel.component] = channel
    missing = [name for name in COMPONENTS if name not in by_component]
    if missing:
        names = "・".join(missing)
        raise RecordError(
            T(
                f"{names} 成分のファイルがありません。3成分をそろえて指定してください",
                f"the {' and '.join(missing)} component is missing: give all three files",
            ),
            files,
        )
    first = by_component["NS"]
    ordered = [by_component[name] for name in COMPONENTS]
    acceleration = np.empty((3, first.counts.values.size))
    for row, channel in zip(acceleration, ordered, strict=True):
        channel.counts.gal(out=row)
    return Record(
        station=first.station,
        start=first.start,
        rate=first.rate,
        acceleration=acceleration,
        place=first.place,
        sensor=first.sensor,
        full_scale=min(channel.full_scale for channel in ordered),
        provenance=Provenance(
            "K-NET ASCII",
            tuple(channel.file for channel in ordered),
            {
                "origin_time_jst": first.origin,
                **{f"header_peak_{channel.component}": f"{channel.peak:.3f}" for channel in ordered},
            },
        ),
    )


def _same(channels: list[Channel], files: tuple[str, ...]) -> None:
    """Refuse components that differ in station, start, rate or length."""
    checks: list[tuple[str, str, set[str]]] = [
        ("観測点", "stations", {channel.station for channel in channels}),
        ("開始時刻", "start times", {channel.start.isoformat() for channel in channels}),
        ("サンプリング周波数", "sampling rates", {f"{channel.rate:g}" for channel in channels}),
        ("サンプル数", "lengths", {str(channel.counts.values.size) for channel in channels}),
    ]
    for ja, en, values in checks:
        if len(values) > 1:
            listed = ", ".join(sorted(values))
            raise RecordError(
                T(f"{ja}の異なるファイルが混じっています: {listed}", f"files of different {en} are mixed: {listed}"),
                files,
            )
