"""miniSEED with StationXML, and SAC, through ObsPy. ObsPy is imported when such a file is met, and not before."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers.plain_csv import UNITS, plain_unit
from tomoshibi.shaking.record import COMPONENTS, MAX_RATE, MIN_RATE, Component, Place, Provenance, Record
from tomoshibi.vocabulary import T

_LETTERS: dict[str, Component] = {"N": "NS", "E": "EW", "Z": "UD"}
#: degrees by which a horizontal channel may be off north or east
_TURN = 5.0


def is_miniseed(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is miniSEED 2 or 3."""
    return (head[:6].isdigit() and head[6:7] in (b"D", b"R", b"Q", b"M")) or head[:3] == b"MS\x03"


def is_sac(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is SAC: header version 6 at word 76, in either byte order."""
    return len(head) >= 632 and head[304:308] in (b"\x06\0\0\0", b"\0\0\0\x06", b"\x07\0\0\0", b"\0\0\0\x07")


def is_stationxml(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is StationXML."""
    return b"FDSNStationXML" in head[:2000]


def read_inventory(path: Path, content: bytes) -> Any:
    """Read StationXML.

    :raises RecordError: when it is none
    """
    import obspy

    if b"<!DOCTYPE" in content[:4000] or b"<!ENTITY" in content:
        raise RecordError(T("外部参照のある XML は読みません", "XML with a document type or entities is refused"), path)
    try:
        return obspy.read_inventory(io.BytesIO(content), format="STATIONXML")
    except Exception as error:  # ObsPy raises whatever its parsers do
        raise RecordError(T(f"StationXML として読めません: {error}", f"not StationXML: {error}"), path) from error


def read_streams(
    files: Iterable[tuple[Path, bytes]], inventories: Iterable[Any], unit: str | None = None
) -> list[Record | RecordError]:
    """Records of miniSEED and SAC files that belong together, one a sensor (network, station, location, band).

    :param inventories: what :func:`read_inventory` gave; miniSEED holds counts, so it needs its StationXML
    :param unit: unit of SAC files, which say none
    """
    import obspy

    results: list[Record | RecordError] = []
    traces: list[tuple[str, Any, bool]] = []
    for path, content in files:
        kind = "MSEED" if is_miniseed(content) else "SAC"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # ObsPy's advice to its own callers: what matters is checked below
                read = obspy.read(io.BytesIO(content), format=kind)
            traces += [(str(path), trace, kind == "SAC") for trace in read]
        except Exception as error:  # ObsPy raises whatever its parsers do
            reason = T(f"{kind} として読めません: {error}", f"not readable as {kind}: {error}")
            results.append(RecordError(reason, path))
    groups: dict[tuple[str, ...], list[tuple[str, Any, bool]]] = {}
    for file, trace, sac in traces:
        stats = trace.stats
        key = (stats.network, stats.station, stats.location, stats.channel[:-1])
        groups.setdefault(key, []).append((file, trace, sac))
    merged = list(inventories)
    for group in groups.values():
        try:
            results.append(_record(group, merged, unit))
        except RecordError as error:
            results.append(error)
    return results


def _record(group: list[tuple[str, Any, bool]], inventories: list[Any], unit: str | None) -> Record:
    import obspy

    files = tuple(dict.fromkeys(file for file, _, _ in group))
    pieces: dict[Component, list[Any]] = {}
    place: Place | None = None
    for file, trace, sac in group:
        gal, component, found = _sac(trace, file, unit) if sac else _miniseed(trace, file, inventories)
        place = place or found
        scaled = trace.copy()
        scaled.data = np.asarray(trace.data, dtype=np.float64) * gal
        pieces.setdefault(component, []).append(scaled)
    station = group[0][1].stats.station
    missing = [name for name in COMPONENTS if name not in pieces]
    if missing:
        reason = T(
            f"観測点 {station} の {'・'.join(missing)} 成分がありません",
            f"station {station} lacks the component {' and '.join(missing)}",
        )
        raise RecordError(reason, files)
    stream = obspy.Stream([trace for name in COMPONENTS for trace in pieces[name]])
    rates = {trace.stats.sampling_rate for trace in stream}
    if len(rates) > 1:
        raise RecordError(T("サンプリング周波数が成分で異なります", "the components differ in sampling rate"), files)
    start = min(trace.stats.starttime for trace in stream)
    end = max(trace.stats.endtime for trace in stream)
    rate = rates.pop()
    if not MIN_RATE <= rate <= MAX_RATE or end - start > 86_400:
        reason = T(
            "周波数または長さが範囲の外です", f"{rate:g} Hz over {end - start:g} s is out of range (a day at most)"
        )
        raise RecordError(reason, files)
    data = np.full((3, round((end - start) * rate) + 1), np.nan)
    for row, name in enumerate(COMPONENTS):
        for trace in pieces[name]:
            at = round((trace.stats.starttime - start) * rate)
            data[row, at : at + trace.stats.npts] = trace.data
    return Record(
        station=station,
        start=start.datetime.replace(tzinfo=UTC),
        rate=float(rate),
        acceleration=data,
        place=place,
        provenance=Provenance("SAC" if group[0][2] else "miniSEED", files),
    )


def _miniseed(trace: Any, file: str, inventories: list[Any]) -> tuple[float, Component, Place]:
    """Gal a count, component and place of a trace, from StationXML."""
    stats = trace.stats
    for inventory in inventories:
        chosen = inventory.select(
            network=stats.network or None,
            station=stats.station,
            location=stats.location,
            channel=stats.channel,
            time=stats.starttime,
        )
        for network in chosen:
            for station in network:
                for channel in station:
                    return _channel(channel, trace.id, file)
    reason = T(
        f"{trace.id} の StationXML がありません。miniSEED はカウント値なので、一緒に指定してください",
        f"no StationXML for {trace.id}: miniSEED holds counts, give its StationXML as well",
    )
    raise RecordError(reason, file)


def _channel(channel: Any, name: str, file: str) -> tuple[float, Component, Place]:
    sensitivity = channel.response.instrument_sensitivity if channel.response else None
    unit = plain_unit(sensitivity.input_units or "") if sensitivity else ""
    if not sensitivity or not sensitivity.value or unit not in UNITS:
        reason = T(
            f"{name} は加速度計ではありません(単位 {unit or 'なし'})",
            f"{name} is no accelerometer: its unit is {unit or 'not given'}",
        )
        raise RecordError(reason, file)
    dip, azimuth = float(channel.dip or 0.0), channel.azimuth
    gal = UNITS[unit] / sensitivity.value
    letter = name[-1].upper()
    if letter not in _LETTERS and abs(dip) < _TURN and azimuth is not None:
        # channels 1 and 2: what they are is in their azimuth, where it is near enough to an axis
        for component, axis in (("N", 0.0), ("E", 90.0)):
            if abs((azimuth - axis + 180) % 360 - 180) <= _TURN:
                letter = component
    if letter not in _LETTERS:
        reason = T(
            f"{name} の向きが南北・東西・上下のどれでもありません",
            f"{name} points neither north, east nor up (azimuth {azimuth})",
        )
        raise RecordError(reason, file)
    return gal, _LETTERS[letter], Place(channel.latitude, channel.longitude, channel.elevation)


def _sac(trace: Any, file: str, unit: str | None) -> tuple[float, Component, Place | None]:
    """Gal a unit, component and place of a SAC trace; SAC does not say its unit."""
    gal = UNITS.get(plain_unit(unit or ""))
    if gal is None:
        reason = T(
            "SAC には単位の記載がありません。--unit gal などで指定してください",
            "SAC does not say its unit: give --unit gal, m/s2 or g",
        )
        raise RecordError(reason, file)
    letter = trace.stats.channel[-1:].upper()
    if letter not in _LETTERS:
        reason = T(f"成分 {trace.stats.channel!r} は不明です", f"unknown component {trace.stats.channel!r}")
        raise RecordError(reason, file)
    header = trace.stats.sac
    place = None
    if "stla" in header and "stlo" in header:
        place = Place(float(header.stla), float(header.stlo), float(header.get("stel", "nan")))
    return gal, _LETTERS[letter], place
