"""What estimated maps stand on and no earthquake changes, kept in one folder: prepared once, read in a moment.

The cells of every municipality, the directory of stations, a national grid of amplification, the monthly report's table
of stations, and learned station terms. Each may be missing; a map then does with what there is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping import mesh, terms
from tomoshibi.shaking.mapping.area import Area, Town, read_area
from tomoshibi.shaking.mapping.attenuation import positions
from tomoshibi.shaking.mapping.catalogue import Readings, StationTable, read_station_table
from tomoshibi.shaking.mapping.directory import Directory, plain, read_directory
from tomoshibi.shaking.mapping.sites import Amplification, of_directory, read_grid
from tomoshibi.shaking.mapping.terms import Suspect, Terms
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import IntensityClass

Floats = NDArray[np.float64]

AREA, DIRECTORY, CELLS, TABLE, TERMS = "area.npz", "directory.npz", "cells.npz", "code_p.dat", "terms.json"
#: a map reaches so many km beyond the stations that felt the shock, and has at most so many cells
AROUND, MOST = 40.0, 1_500_000
#: the measured intensity that a class is taken for where a telegram gives no more than the class: its middle
MIDDLE = {
    IntensityClass.ZERO: 0.0,
    IntensityClass.ONE: 1.0,
    IntensityClass.TWO: 2.0,
    IntensityClass.THREE: 3.0,
    IntensityClass.FOUR: 4.0,
    IntensityClass.FIVE_LOWER: 4.7,
    IntensityClass.FIVE_UPPER: 5.2,
    IntensityClass.SIX_LOWER: 5.7,
    IntensityClass.SIX_UPPER: 6.2,
    IntensityClass.SEVEN: 6.6,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a telegram says of a station: its number there, its name, its class (未入電: it is silent)."""

    code: str
    name: str
    klass: IntensityClass


class Ground:
    """The contents of a ground folder. What is not there is None (:attr:`sites`: nothing known).

    :raises RecordError: on reading a part that is damaged
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def _arrays(self, name: str) -> dict[str, NDArray[Any]] | None:
        path = self.folder / name
        try:
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            reason = T(
                f"壊れています。tomoshibi map prepare で作り直してください: {error}",
                f"it is damaged; make it anew with tomoshibi map prepare: {error}",
            )
            raise RecordError(reason, path) from error

    @cached_property
    def area(self) -> Area | None:
        """The cells of all municipalities."""
        if (kept := self._arrays(AREA)) is None:
            return None
        towns = tuple(Town(str(c), str(n)) for c, n in zip(kept["codes"], kept["names"], strict=True))
        return Area(kept["rows"], kept["columns"], kept["labels"], towns)

    @cached_property
    def directory(self) -> Directory | None:
        """The stations that telegrams name."""
        if (kept := self._arrays(DIRECTORY)) is None:
            return None
        found = Directory(
            tuple(map(str, kept["codes"])),
            tuple(map(str, kept["names"])),
            kept["latitudes"],
            kept["longitudes"],
            kept["factors"],
            np.zeros(kept["codes"].size, np.int32),
        )
        return found if self.table is None else found.numbered(self.table)

    @cached_property
    def sites(self) -> Amplification:
        """Amplification of stations, and of cells where there is a grid."""
        points = Amplification.unknown() if self.directory is None else of_directory(self.directory)
        if (kept := self._arrays(CELLS)) is None:
            return points
        empty = np.empty(0)
        return points.with_cells(Amplification(empty, empty, empty, kept["codes"], kept["log_cells"]))

    @cached_property
    def table(self) -> StationTable | None:
        """The monthly report's table of stations."""
        path = self.folder / TABLE
        return read_station_table(path) if path.is_file() else None

    @cached_property
    def terms(self) -> Terms | None:
        """Learned station terms."""
        path = self.folder / TERMS
        return terms.load(path) if path.is_file() else None

    @cached_property
    def suspects(self) -> list[Suspect]:
        """Stations that are siting suspects by those terms, the farthest off first."""
        return [] if self.terms is None else terms.health(self.terms)

    def missing(self) -> list[str]:
        """Names of the parts that are not there, the most needed first."""
        return [name for name in (AREA, DIRECTORY, TABLE, TERMS, CELLS) if not (self.folder / name).is_file()]

    def readings(
        self, heard: Iterable[Heard], when: datetime, left_out: Iterable[Heard] = ()
    ) -> tuple[Readings, list[str]]:
        """A telegram's stations as readings, every class as :data:`MIDDLE`, and the names of those of which nobody
        knows where they stand. Stations of the table that were in use and are not named are silent among the readings;
        those of ``left_out`` are not there at all.
        """
        places = self._places(when)
        numbers: list[int] = []
        found: list[tuple[float, float, float]] = []
        names: list[str] = []
        lost: list[str] = []
        for each in heard:
            place = places.get(each.code) or places.get(plain(each.name))
            if place is None:
                lost.append(each.name)
                continue
            numbers.append(place[0] or -len(names) - 1)
            names.append(each.name)
            found.append((place[1], place[2], MIDDLE.get(each.klass, np.nan)))
        values = np.array(found, np.float64).reshape(-1, 3)
        made = Readings(np.array(numbers, np.int32), tuple(names), values[:, 0], values[:, 1], values[:, 2])
        if self.table is not None:
            made = made.with_silent(self.table, when)
        gone = [place[0] for h in left_out if (place := places.get(h.code) or places.get(plain(h.name)))]
        return made.part(~np.isin(made.numbers, [number for number in gone if number])), lost

    def _places(self, when: datetime) -> dict[str, tuple[int, float, float]]:
        """Number in the table (0: none) and place, by number in telegrams and by name; a name that two have is none."""
        found: dict[str, tuple[int, float, float]] = {}
        if (table := self.table) is not None:
            in_use, named = table.in_use(when), dict[str, list[int]]()
            for row, name in enumerate(table.names):
                named.setdefault(plain(name), []).append(row)
            for name, these in named.items():
                rows = [row for row in these if in_use[row]] or these[-1:]
                if len(rows) == 1:
                    row = rows[0]
                    found[name] = (int(table.numbers[row]), float(table.latitudes[row]), float(table.longitudes[row]))
        if self.directory is not None:
            here = self.directory
            for n, code in enumerate(here.codes):
                found[code] = (int(here.numbers[n]), float(here.latitudes[n]), float(here.longitudes[n]))
        return found


def prepare(
    folder: str | Path,
    *,
    area: str | Path | None = None,
    sites: Iterable[str | Path] = (),
    table: str | Path | None = None,
    learned: str | Path | None = None,
) -> Ground:
    """Read tables in the forms in which they are published, and keep them in a ground folder; others stay as they are.

    :param area: GeoJSON of municipalities; ``sites`` a folder of stations and CSV grids; ``table`` ``code_p.dat``;
        ``learned`` terms from ``stations learn``
    :raises RecordError: a file that cannot be read; nothing of it is kept then
    """
    top = Path(folder)
    top.mkdir(parents=True, exist_ok=True)
    if area is not None:
        cells = read_area(area)
        codes, names = np.array([t.code for t in cells.towns]), np.array([t.name for t in cells.towns])
        _write(top / AREA, rows=cells.rows, columns=cells.columns, labels=cells.labels, codes=codes, names=names)
    for each in sites:
        if Path(each).is_dir():
            found = read_directory(each)
            _write(
                top / DIRECTORY,
                codes=np.array(found.codes),
                names=np.array(found.names),
                latitudes=found.latitudes,
                longitudes=found.longitudes,
                factors=found.factors,
            )
        else:
            grid = read_grid(each)
            _write(top / CELLS, codes=grid.codes, log_cells=grid.log_cells)
    if table is not None:
        read_station_table(table)
        _copy(Path(table), top / TABLE)
    if learned is not None:
        terms.load(learned)
        _copy(Path(learned), top / TERMS)
    return Ground(top)


def _write(path: Path, **arrays: NDArray[Any]) -> None:
    part = path.with_suffix(".part.npz")
    named: dict[str, Any] = arrays
    np.savez(part, **named)
    part.replace(path)


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.replace(target)


def around(area: Area, readings: Readings, most: int = MOST) -> Area:
    """The municipalities within :data:`AROUND` km of a station that felt 3 or more: of a higher class where they have
    more than ``most`` cells, of a lower one where nobody felt so much.

    :raises RecordError: where no station that was heard lies near the area
    """
    middle = mesh.centre_of(area.rows * mesh.SIDE + 1.5, area.columns * mesh.SIDE + 1.5)
    blocks, labels = positions(*middle), area.labels.max(axis=1)
    values = readings.intensities
    best: Area | None = None
    for least in (0.5, 1.5, 2.5, 3.5, 4.5, 5.0, 5.5, 6.0):
        rows = np.flatnonzero(values >= least)
        if not rows.size:
            break
        tree = cKDTree(positions(readings.latitudes[rows], readings.longitudes[rows]))
        near = np.isfinite(tree.query(blocks, distance_upper_bound=AROUND)[0])
        found = area.only(np.unique(labels[near & (labels >= 0)]).tolist())
        if not found.rows.size:
            break
        best = found
        if least >= 2.5 and found.cells <= most:
            break
    if best is None:
        raise RecordError(T("地図の範囲に震度のある観測点がありません", "no station that was heard lies near the area"))
    return best
