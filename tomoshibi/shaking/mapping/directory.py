"""The directory of stations: the numbers by which telegrams name them, where they stand, and their numbers elsewhere.

A telegram names a station by JMA's seven-digit number and gives no place. JMA's list of places goes by prefecture and
name; the monthly report's table (``code_p.dat``), from which station terms are learned, has numbers of its own. The
three meet by name, and by place where a name comes twice.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.attenuation import positions
from tomoshibi.shaking.mapping.catalogue import StationTable
from tomoshibi.vocabulary import T

Floats = NDArray[np.float64]

#: two tables mean the same station by one name within so many km: places are whole minutes (1.8 km)
SAME = 5.0
_STATION_FILES = ("station_arv.json", "station_coords.json")
_CODE_TABLE = "AreaForecastLocalE_AreaInformationCity_PointSeismicIntensity.csv"


@dataclass(frozen=True)
class Directory:
    """Stations (n,): JMA's number in telegrams, name, degrees north and east, amplification factor (NaN: not known),
    number in the monthly report's table (0: not found there).
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    latitudes: Floats
    longitudes: Floats
    factors: Floats
    numbers: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def numbered(self, table: StationTable) -> Directory:
        """With the stations' numbers in a table of the monthly report; the one in use longest where it has several."""
        by_name: dict[str, list[int]] = {}
        for row in np.argsort(table.closed, kind="stable")[::-1].tolist():
            by_name.setdefault(plain(table.names[row]), []).append(row)
        there = positions(table.latitudes, table.longitudes)
        here = positions(self.latitudes, self.longitudes)
        numbers = np.zeros(len(self), np.int32)
        for n, name in enumerate(self.names):
            for row in by_name.get(plain(name), ()):
                if np.linalg.norm(there[row] - here[n]) <= SAME:
                    numbers[n] = table.numbers[row]
                    break
        return Directory(self.codes, self.names, self.latitudes, self.longitudes, self.factors, numbers)


def plain(name: str) -> str:
    """A station's name without spaces and marks: of other owners than JMA, and of a place that a newer one replaced."""
    return "".join(name.replace("＊", "").replace("*", "").replace("（旧）", "").split())


def read_directory(folder: str | Path) -> Directory:
    """Read ``station_arv.json`` (factors by number; 0 means "not known"), ``station_coords.json`` (places by prefecture
    and name) and JMA's code table of stations (CSV), which says which number is which name.

    :raises RecordError: a file that is missing or is not of this form
    """
    top = Path(folder)
    try:
        factors = json.loads((top / _STATION_FILES[0]).read_text("utf-8"))["items"]
        places = json.loads((top / _STATION_FILES[1]).read_text("utf-8"))["stations"]
        table = next(iter(sorted(top.rglob(_CODE_TABLE))), None)
        if table is None:
            raise FileNotFoundError(2, _CODE_TABLE, _CODE_TABLE)
        with table.open(encoding="utf-8-sig", newline="") as lines:
            names = {row[6]: row[7] for row in csv.reader(lines) if len(row) > 7}
        by_name: dict[str, list[tuple[str, list[float]]]] = {}
        for key, place in places.items():
            prefecture, name = key.split("|", 1)
            by_name.setdefault(name, []).append((prefecture, place))
        prefectures = _prefectures(factors, names, by_name)
        found = []
        for item in factors:
            code, factor = item["code"], float(item["arv"])
            wanted = [p for p in by_name.get(names.get(code, ""), ()) if p[0] == prefectures[code[:2]]]
            if len(wanted) == 1:
                place = wanted[0][1]
                found.append((code, names[code], float(place[0]), float(place[1]), factor if factor > 0 else np.nan))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        reason = T(f"観測点の増幅率の表を読めません: {error}", f"the stations' amplification cannot be read: {error}")
        raise RecordError(reason, top) from error
    return Directory(
        tuple(row[0] for row in found),
        tuple(row[1] for row in found),
        np.array([row[2] for row in found], np.float64),
        np.array([row[3] for row in found], np.float64),
        np.array([row[4] for row in found], np.float64),
        np.zeros(len(found), np.int32),
    )


def _prefectures(factors: Any, names: dict[str, str], by_name: dict[str, Any]) -> dict[str, str]:
    """Prefecture of each leading pair of digits: the one that most of its station names belong to."""
    votes: dict[str, dict[str, int]] = {}
    for item in factors:
        for prefecture, _ in by_name.get(names.get(item["code"], ""), ()):
            tally = votes.setdefault(item["code"][:2], {})
            tally[prefecture] = tally.get(prefecture, 0) + 1
    return {item["code"][:2]: "" for item in factors} | {k: max(v, key=lambda p: v[p]) for k, v in votes.items()}
