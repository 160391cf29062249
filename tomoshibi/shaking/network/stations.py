"""The list of a network's stations: a CSV with a line of column names, read whole or refused with the line at fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T

#: columns that must be there, by every name under which they are taken
_NEEDED = {
    "code": ("code", "station"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon"),
}
#: siting grades that never raise a trigger
POOR_SITING = frozenset("DE")


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the network.

    ``gal_per_count`` turns a data logger's integers into gal; ``full_scale`` is where it clips, in gal; ``arv`` the
    amplification of its ground (1: Vs30 of 600 m/s); ``grade`` its siting, A to E; ``municipality`` five digits;
    ``ours`` marks stations that a rule may name by that word.
    """

    code: str
    latitude: float
    longitude: float
    name: str = ""
    agency: str = ""
    channel: str = ""
    gal_per_count: float = 1.0
    full_scale: float = 2048.0
    municipality: str = ""
    municipality_name: str = ""
    arv: float = 1.0
    grade: str = ""
    ours: bool = False

    @property
    def counts(self) -> bool:
        """Whether its siting lets it raise a trigger."""
        return self.grade not in POOR_SITING


def read_stations(path: Path) -> list[Station]:
    """Read a station list.

    Columns: ``code``, ``latitude``, ``longitude``; if wanted ``name``, ``agency``, ``channel`` (the letters before the
    component's, such as ``HN``), ``gal_per_count`` or ``sensitivity`` (counts per m/s², as StationXML has it),
    ``full_scale`` (gal), ``municipality`` (5 digits), ``municipality_name``, ``arv``, ``grade`` (A–E), ``ours`` (1).

    :raises RecordError: with the line, for a missing column, a value that is none, or a code that comes twice
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(T("UTF-8 で保存してください", "save it as UTF-8"), path) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise RecordError(T(f"ファイルを開けません({why})", f"cannot open ({why})"), path) from error
    lines = csv.DictReader(io.StringIO(text))
    names = {(name or "").strip().lower(): name for name in lines.fieldnames or ()}
    for needed, known in _NEEDED.items():
        if not any(name in names for name in known):
            raise RecordError(T(f"列 {needed} がありません", f"there is no column {needed}"), path, 1)
    found: dict[str, Station] = {}
    for line in lines:
        given = {name: (line.get(column) or "").strip() for name, column in names.items()}
        station = _station(given, path, lines.line_num)
        if station.code in found:
            said = T(f"{station.code} が2回あります", f"{station.code} comes twice")
            raise RecordError(said, path, lines.line_num)
        found[station.code] = station
    if not found:
        raise RecordError(T("観測点が1つもありません", "there is no station"), path)
    return list(found.values())


def _station(given: dict[str, str], path: Path, line: int) -> Station:
    def first(needed: str) -> str:
        return next((given[name] for name in _NEEDED[needed] if given.get(name)), "")

    try:
        latitude, longitude = float(first("latitude")), float(first("longitude"))
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError(f"{latitude}, {longitude}")
        per_count = float(given.get("gal_per_count") or 0)
        if not per_count:
            per_count = 100 / float(given["sensitivity"]) if given.get("sensitivity") else 1.0
        full_scale, arv = float(given.get("full_scale") or 2048), float(given.get("arv") or 1)
        if not (per_count > 0 and full_scale > 0 and arv > 0):
            raise ValueError("≤ 0")
    except (ValueError, ZeroDivisionError) as error:
        raise RecordError(T(f"数値として読めません: {error}", f"no such number: {error}"), path, line) from error
    code, grade = first("code"), given.get("grade", "").upper()
    town = given.get("municipality", "")
    if not code:
        raise RecordError(T("code が空です", "the code is empty"), path, line)
    if grade and grade not in tuple("ABCDE"):
        raise RecordError(T(f"grade は A〜E です({grade})", f"a grade is A to E, not {grade}"), path, line)
    if town and not (town.isascii() and town.isdigit() and len(town) == 5):
        said = T(f"municipality は5桁です({town})", f"a municipality has five digits, not {town}")
        raise RecordError(said, path, line)
    return Station(
        code=code,
        latitude=latitude,
        longitude=longitude,
        name=given.get("name", ""),
        agency=given.get("agency", ""),
        channel=given.get("channel", ""),
        gal_per_count=per_count,
        full_scale=full_scale,
        municipality=town,
        municipality_name=given.get("municipality_name", ""),
        arv=arv,
        grade=grade,
        ours=given.get("ours", "").lower() in ("1", "yes", "true", "○"),
    )


def write_stations(stations: Iterable[Station], path: Path) -> None:
    """Write a station list that :func:`read_stations` reads back equal."""
    fields = list(Station.__dataclass_fields__)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(fields)
        for station in stations:
            writer.writerow([int(v) if isinstance(v := getattr(station, f), bool) else v for f in fields])


def of_records(records: Sequence[object]) -> list[Station]:
    """Stations of strong-motion records that say where they stand: for a replay without a list."""
    from tomoshibi.shaking.record import Record

    found: dict[str, Station] = {}
    for record in records:
        if isinstance(record, Record) and record.place is not None and record.sensor == "surface":
            found.setdefault(
                record.station,
                Station(
                    record.station,
                    record.place.latitude,
                    record.place.longitude,
                    record.name,
                    full_scale=record.full_scale or 2048.0,
                ),
            )
    return list(found.values())
