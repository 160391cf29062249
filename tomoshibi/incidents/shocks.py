"""What an estimated map 推計震度分布 is drawn of: an incident's telegrams, or our own network's state.

What maps stand on (cells of municipalities, directory of stations, terms) is this machine's ``TOMOSHIBI_HOME/ground``,
made by ``tomoshibi map prepare``.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tomoshibi.bulletins import Bulletin, Info, Kind, read
from tomoshibi.bulletins.typed import NETWORK
from tomoshibi.incidents import correcting, network_state, queries
from tomoshibi.incidents.estimating import Source, folder, ground_folder
from tomoshibi.incidents.models import BulletinRow
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping import drawing
from tomoshibi.shaking.mapping.catalogue import Hypocentre, Readings
from tomoshibi.shaking.mapping.drawing import Frame
from tomoshibi.shaking.mapping.ground import AREA, CELLS, DIRECTORY, TABLE, TERMS, Ground, Heard, around
from tomoshibi.shaking.network.keeping import Kept
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import CLASSES

#: moments of a shock that a map keeps at most
FRAMES = 12
THREADS = 2
WORDS = {
    AREA: T("市町村の区域", "outlines of municipalities"),
    DIRECTORY: T("観測点の位置と増幅率", "places and amplification of stations"),
    TABLE: T("観測点表(code_p.dat)", "the table of stations (code_p.dat)"),
    TERMS: T("学習した観測点補正値", "learned station terms"),
    CELLS: T("250 m メッシュの増幅率", "amplification of 250 m cells"),
}


def ground() -> Ground:
    """The ground as it is now; read once, as long as its files are the same."""
    top = ground_folder()
    stamps = tuple((p.name, p.stat().st_mtime_ns) for p in sorted(top.glob("*"))) if top.is_dir() else ()
    return _ground(top, stamps)


@lru_cache(maxsize=1)
def _ground(top: Path, stamps: tuple[tuple[str, int], ...]) -> Ground:
    return Ground(top)


def lacks() -> list[T]:
    """What cannot be done without: empty where maps can be drawn."""
    missing = ground().missing()
    without_places = {DIRECTORY, TABLE} <= set(missing)
    return [WORDS[name] for name in missing if name == AREA or (without_places and name == DIRECTORY)]


@dataclass(frozen=True)
class Shock:
    """What a map is drawn of: its name, readings, hypocentre, moments, whether the readings are but classes; stations
    left out, and those of which nobody knows where they stand.
    """

    name: str
    readings: Readings
    source: Hypocentre | None
    frames: Sequence[Frame]
    classes: bool
    excluded: list[str]
    lost: list[str]


def draw(incident: str, source: Source = "bulletins") -> Path:
    """Draw an incident's map now, and return its folder; one that is drawn already is left as it is.

    :raises RecordError: where there is nothing to draw it from
    """
    if missing := lacks():
        said = T("、".join(w.ja for w in missing), ", ".join(w.en for w in missing))
        raise RecordError(T(f"地図の素地がありません: {said.ja}", f"maps cannot be drawn without {said.en}"))
    shock = _of_network(incident) if source == "network" else _of_telegrams(incident)
    target = folder() / shock.name
    if (target / drawing.SUMMARY).is_file():
        return target
    here = ground()
    if here.area is None:  # pragma: no cover  # lacks() has just said so
        raise RecordError(WORDS[AREA])
    area = around(here.area, shock.readings)
    drawn = drawing.draw(
        shock.readings, area, here.sites, shock.source, here.terms, THREADS, shock.frames, shock.classes
    )
    part = target.with_name(f".{target.name}")
    shutil.rmtree(part, ignore_errors=True)
    more = {"incident": incident, "from": source, "excluded": shock.excluded, "lost": len(shock.lost)}
    drawing.write(drawn, part, range(5, 11), more=more)
    part.replace(target)
    return target


# ── from telegrams ──


def _of_telegrams(incident: str) -> Shock:
    said = _telegrams(incident)
    if not said:
        raise RecordError(
            T(
                "この事案には、観測点ごとの震度の電文がありません",
                "no telegram of this incident gives stations' intensities",
            )
        )
    newest, row = said[-1]
    when = newest.origin or newest.target or newest.reported
    here, out = ground(), correcting.ruled_out(row.reported)
    parts = []
    for bulletin, _ in said[-FRAMES:]:
        heard = [Heard(s.code, s.name, s.intensity) for s in bulletin.stations if s.intensity]
        use, left_out = [h for h in heard if h.code not in out], [h for h in heard if h.code in out]
        parts.append((bulletin.reported, *here.readings(use, when, left_out), left_out))
    _, readings, lost, gone = parts[-1]
    excluded = [each.name for each in gone]
    key = _digest(newest.digest, sorted(excluded))
    name = f"{_plain(newest.event)}-{newest.type}-{newest.serial or 1:03}-{key}"
    frames = [Frame(at, _aligned(part, readings)) for at, part, _, _ in parts] if len(parts) > 1 else []
    return Shock(name, readings, _hypocentre(incident), frames, True, excluded, lost)


def _digest(*parts: object) -> str:
    """Six letters of what a map was drawn from: the readings, and the ground."""
    known = [f"{p.name} {p.stat().st_mtime_ns}" for p in sorted(ground_folder().glob("*"))]
    return hashlib.sha256(json.dumps([*parts, known]).encode()).hexdigest()[:6]


def _plain(event: str) -> str:
    return re.sub(r"[^\w.-]", "", event)[:40].lstrip(".") or "shock"


def _telegrams(incident: str) -> list[tuple[Bulletin, BulletinRow]]:
    """Telegrams with stations of the incident's newest earthquake, oldest first; JMA's where it has any."""
    rows = queries.bulletins_of(incident).filter(kind=Kind.EARTHQUAKE.value).exclude(info=Info.CANCELLED.value)
    found: dict[str, list[tuple[Bulletin, BulletinRow]]] = {}
    for row in rows:
        try:
            (bulletin, *_) = read(datasets.require(row.digest).read_bytes(), row.source)
        except Refused:  # its file has not come to this node yet
            continue
        if bulletin.stations:
            found.setdefault(bulletin.event, []).append((bulletin, row))
    if not found:
        return []
    newest = found[max(found)]
    official = [pair for pair in newest if pair[0].type != NETWORK] or newest
    return sorted(official, key=lambda pair: (pair[0].reported, pair[0].serial or 0))


def _aligned(part: Readings, whole: Readings) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What stations of an earlier telegram read, in the order of the last one's; NaN where it did not name them."""
    known = dict(zip(part.names, part.intensities.tolist(), strict=True))
    return np.array([known.get(name, np.nan) for name in whole.names])


def _hypocentre(incident: str) -> Hypocentre | None:
    """Where an incident's earthquake began, by the newest telegram that says it; None where none does."""
    for row in queries.bulletins_of(incident).filter(kind=Kind.EARTHQUAKE.value).exclude(hypocentre=""):
        try:
            (said, *_) = read(datasets.require(row.digest).read_bytes(), row.source)
        except Refused:
            continue
        centre = said.hypocentre
        if centre is not None and centre.lat is not None and centre.lon is not None:
            depth = np.nan if centre.depth_km is None else centre.depth_km
            magnitude = np.nan if said.magnitude is None else said.magnitude
            origin = said.origin or said.reported
            return Hypocentre(origin, centre.lat, centre.lon, depth, magnitude, centre.name)
    return None


# ── from our own network ──


def _of_network(incident: str) -> Shock:
    state = network_state.kept()
    if state is None:
        raise RecordError(T("このコンピュータで動いている観測網はありません", "no network runs on this computer"))
    return of_network(state, _hypocentre(incident) if incident else None)


def of_network(state: Kept, source: Hypocentre | None = None) -> Shock:
    """The last shock of a network as its state tells it: stations that were shaken together, and when each reached
    which class.

    :raises RecordError: where nothing was felt
    """
    of = state.of
    felt = of["felt_at"]
    if not np.isfinite(felt).any():
        raise RecordError(T("観測網に揺れの記録がありません", "the network has felt nothing"))
    began = np.fmin.reduce([of[f"reached_{rank}"] for rank in range(1, len(CLASSES))])
    # a station belongs to the shock where it began to shake before the newest station's shaking ended
    last = float(np.nanmax(began))
    part = np.isfinite(began) & (began > last - TOGETHER)
    first = float(np.nanmin(began[part]))
    at = datetime.fromtimestamp(first, UTC)
    counts = correcting.counting()
    use = np.array([counts.get(s.code, s.counts) for s in state.stations], bool)
    alive = np.isfinite(of["newest"]) & (of["newest"] >= first)
    # who was heard and not shaken read nothing; who was not heard is silent
    values = np.where(part, np.round(of["largest"], 1), np.where(alive, 0.0, np.nan))
    rows = np.flatnonzero(use)
    stations = [state.stations[n] for n in rows]
    numbers = _numbers([s.code for s in stations])
    readings = Readings(
        numbers,
        tuple(s.name or s.code for s in stations),
        np.array([s.latitude for s in stations]),
        np.array([s.longitude for s in stations]),
        values[rows],
    )
    moments = np.unique(np.linspace(first, float(np.nanmax(of["largest_at"][part])), FRAMES).round())
    frames = [Frame(datetime.fromtimestamp(t, UTC), _by_then(of, values, part, t)[rows]) for t in moments.tolist()]
    excluded = [s.name or s.code for s, used, was in zip(state.stations, use, part, strict=True) if was and not used]
    name = f"{at:%Y%m%d%H%M%S}-network-{_digest(values.tolist(), excluded)}"
    return Shock(name, readings, source, frames, False, excluded, [])


#: seconds within which stations begin to shake in one shock: across all of Japan
TOGETHER = 600.0


def _by_then(of: dict[str, Any], values: Any, part: Any, at: float) -> Any:
    """Each station's class reached by a moment as an intensity; what it read in the end once it had its largest."""
    lower = np.zeros(values.size)
    for rank in range(1, len(CLASSES)):
        lower = np.where(of[f"reached_{rank}"] <= at, CLASSES[rank].lower, lower)
    whole = part & (of["largest_at"] <= at)
    return np.where(np.isnan(values), np.nan, np.where(whole, values, np.where(part, lower, values)))


def _numbers(codes: Iterable[str]) -> Any:
    """Numbers by which terms were learned, of stations that the directory knows by their code."""
    directory = ground().directory
    known = {} if directory is None else dict(zip(directory.codes, directory.numbers.tolist(), strict=True))
    return np.array([known.get(code) or -n - 1 for n, code in enumerate(codes)], np.int32)
