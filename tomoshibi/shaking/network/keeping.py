"""What a running network keeps on disk: a state file, written whole or not at all, and the drums of the last hours.

Pages and other programs read the state file; they need nothing of the process that writes it.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.network.engine import FIELDS, Trace
from tomoshibi.shaking.network.stations import Station
from tomoshibi.shaking.record import Floats

#: files of a network's folder
STATE, FILTERS, DRUMS = "state.npz", "filters.npz", "drums.f2"
#: hours that the drums go back
HOURS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A network as its state file tells it: its stations, their numbers by name, when it was written (``now`` on the
    network's clock, seconds since 1970), and ``more``: positions of sources, the event that goes on, the rules, what
    kind of run it was.
    """

    stations: tuple[Station, ...]
    of: dict[str, NDArray[Any]]
    now: float
    more: dict[str, Any]


def save(folder: Path, stations: Sequence[Station], of: Mapping[str, NDArray[Any]], now: float, **more: Any) -> None:
    """Write the state file in one step: who reads it meanwhile, or after a crash, finds the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps({"now": now, "stations": [asdict(s) for s in stations], "more": more}, ensure_ascii=False)
    arrays: dict[str, Any] = {name: of[name] for name, _, _ in FIELDS}
    _write(folder / STATE, {"said": np.frombuffer(said.encode(), np.uint8), **arrays})


def save_filters(folder: Path, filters: Mapping[str, Floats]) -> None:
    """Write what a network's filters remember, in one step. It is large, and need not be written often."""
    _write(folder / FILTERS, dict(filters))


def load_filters(folder: Path) -> dict[str, NDArray[Any]]:
    """What :func:`save_filters` wrote; empty where there is nothing that can be read."""
    try:
        with np.load(folder / FILTERS, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}


def _write(path: Path, arrays: dict[str, Any]) -> None:
    out = io.BytesIO()
    np.savez(out, **arrays)
    written = path.with_name(f".{path.name}.{os.getpid()}")
    with written.open("wb") as file:
        file.write(out.getbuffer())
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def load(folder: Path) -> Kept | None:
    """The state of a network's folder; None where there is none, or none that this version wrote."""
    try:
        with np.load(folder / STATE, allow_pickle=False) as file:
            said = json.loads(bytes(file["said"]))
            of = {name: file[name] for name, _, _ in FIELDS}
        stations = tuple(Station(**station) for station in said["stations"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None
    return Kept(stations, of, said["now"], said["more"])


class Drums:
    """The last hours of every station for drum plots: least and greatest UD of each second, in gal.

    A file of 16-bit floats, (minutes, stations, 60, 2), that goes round; what is not of the hours asked for is NaN,
    because a minute that begins is emptied for all stations. Two bytes a number: 4,400 stations take 63 MB an hour.
    """

    def __init__(self, folder: Path, stations: int, *, write: bool = False, hours: int = HOURS) -> None:
        self.minutes, self.stations = hours * 60, stations
        path = folder / DRUMS
        size = self.minutes * stations * 240
        if write:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.stat().st_size != size + 8 * self.minutes:
                with path.open("wb") as file:
                    file.truncate(size + 8 * self.minutes)
        mode: Any = "r+" if write else "r"
        self._of = np.memmap(path, np.int64, mode, 0, (self.minutes,))
        self._data = np.memmap(path, np.float16, mode, 8 * self.minutes, (self.minutes, stations, 60, 2))

    def add(self, traces: Sequence[Trace]) -> None:
        """Keep what a network's work gave."""
        for trace in traces:
            minutes, within = np.divmod(trace.seconds, 60)
            for minute in np.unique(minutes):
                place, at = int(minute) % self.minutes, minutes == minute
                if self._of[place] < minute:
                    self._data[place] = np.nan
                    self._of[place] = minute
                if self._of[place] == minute:
                    pair = np.stack([trace.least[at], trace.most[at]], axis=1)
                    self._data[place, trace.stations[at], within[at]] = np.clip(pair, -65000, 65000)

    def of(self, station: int, until: int, hours: float) -> tuple[int, Floats]:
        """A station's seconds up to ``until`` (seconds since 1970): when they begin, and (n, 2) least and greatest."""
        last = until // 60
        first = last - min(self.minutes, round(hours * 60)) + 1
        wanted = np.arange(first, last + 1)
        places = wanted % self.minutes
        found = self._data[places, station].astype(np.float64)
        found[self._of[places] != wanted] = np.nan
        return first * 60, found.reshape(-1, 2)
