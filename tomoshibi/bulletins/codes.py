"""JMA's code tables: which forecast area, earthquake area and prefecture a municipality lies in.

The tables are JMA's CSV files (防災情報XMLのコード表), read from a folder that the user names. With them a bulletin for
an area that is larger than a municipality still reaches the municipality.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import MunicipalityCode, T, VocabularyError

_CITIES = "AreaInformationCity.csv"
_WARNING_AREAS = "AreaForecastLocalM_WarningTable.csv"
_TORNADO_AREAS = "AreaForecastLocalM_TornadoTable.csv"
_STATIONS = "AreaForecastLocalE_AreaInformationCity_PointSeismicIntensity.csv"
_COASTS = "AreaTsunami.csv"


@dataclass(frozen=True, slots=True)
class Town:
    """A municipality, or a part of one that JMA tells apart, with the areas it lies in (empty where it lies in none).

    - ``jma`` is JMA's seven digits, ``code`` the official code (its ``six`` has the check digit).
    - ``group`` 市町村等をまとめた地域, ``primary`` 一次細分区域, ``forecast`` 府県予報区: six digits each.
    - ``earthquake`` 地震情報の細分区域: three digits.
    """

    jma: str
    code: MunicipalityCode
    name: str
    kana: str = ""
    full_name: str = ""
    group: str = ""
    primary: str = ""
    forecast: str = ""
    earthquake: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Keys (:attr:`Area.key`) under which a bulletin may speak of this town or of an area around it."""
        weather = {f"weather:{code}" for code in (self.group, self.primary, self.forecast) if code}
        quake = {f"quake:{code}" for code in (self.earthquake, self.code.prefecture) if code}
        return frozenset({f"city:{self.jma}"} | weather | quake)


@dataclass(frozen=True, slots=True)
class CodeTables:
    """All of Japan: towns by JMA's seven digits, and names of areas by code and list."""

    towns: dict[str, Town]
    areas: dict[str, str]
    stations: dict[str, str]
    coasts: dict[str, str]

    def town(self, code: str) -> Town:
        """Town of a five-, six- or seven-digit code. Raises :class:`BulletinError` where the tables hold none."""
        try:
            wanted = MunicipalityCode.parse(code)
        except VocabularyError as error:
            raise BulletinError(error.text) from None
        if (found := self.towns.get(wanted.jma)) is None:
            raise BulletinError(
                T(
                    "市区町村コード「{code}」は気象庁のコード表にありません。コード表が新しいか確かめてください。",
                    "JMA's tables hold no municipality {code!r}. Check that the tables are new enough.",
                ).format(code=code)
            )
        return found

    def keys_of(self, code: str) -> frozenset[str]:
        """Keys under which a bulletin may speak of a municipality, its parts, or its wards.

        JMA's tables do not say which coast (津波予報区), volcano or river concerns a town: add those of the town's own
        choice, as ``coast:250``. Raises :class:`BulletinError` as :meth:`town` does.
        """
        own = self.town(code)
        wards = own.full_name + "のうち"
        inside = (t for t in self.towns.values() if t.code.five == own.code.five or t.full_name.startswith(wards))
        return frozenset[str]().union(*(town.keys for town in inside))


def load_codes(folder: Path, failed: Callable[[BulletinError], None] | None = None) -> CodeTables:
    """Tables from a folder of JMA's CSV files; :class:`BulletinError` names a file that is missing or broken.

    A row that will not do is handed to ``failed``, by file and line, and left out; without ``failed`` it raises too.
    """

    def bad(error: BulletinError) -> None:
        if failed is None:
            raise error
        failed(error)

    groups = {row[0]: (row[2], row[4]) for _, row in _rows(folder, _WARNING_AREAS, 6, bad)}
    names = {
        row[i]: row[i + 1]
        for table in (_WARNING_AREAS, _TORNADO_AREAS)
        for _, row in _rows(folder, table, 6, _told if table == _WARNING_AREAS else bad)
        for i in (0, 2, 4)
    }
    earthquake: dict[str, str] = {}
    stations: dict[str, str] = {}
    for _, row in _rows(folder, _STATIONS, 8, bad):
        earthquake[row[3]] = row[0]
        stations[row[6]] = row[7]
        names[row[0]] = row[1]
    towns: dict[str, Town] = {}
    for line, row in _rows(folder, _CITIES, 15, bad):
        try:
            code = MunicipalityCode.parse(row[0])
        except VocabularyError as error:
            bad(_broken(folder / _CITIES, line, error.text))
            continue
        primary, forecast = groups.get(row[4], ("", ""))
        towns[row[0]] = Town(
            row[0],
            code,
            row[2] or row[13] or row[1],
            row[3] or row[14],
            row[1],
            row[4],
            primary,
            forecast,
            earthquake.get(row[0], ""),
        )
    coasts = {row[0]: row[1] for _, row in _rows(folder, _COASTS, 2, bad)}
    return CodeTables(towns, names, stations, coasts)


def _told(error: BulletinError) -> None:
    """For a table that is read a second time: what is wrong with it was said the first time."""


def _rows(
    folder: Path, name: str, width: int, failed: Callable[[BulletinError], None]
) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and rows of a table with at least ``width`` cells; blank lines are left out."""
    path = folder / name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in enumerate(csv.reader(file), start=1):
                if not any(row):
                    continue
                if len(row) < width:
                    what = T("列が{n}個しかありません", "only {n} columns").format(n=len(row))
                    failed(_broken(path, line, what))
                    continue
                yield line, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BulletinError(
            T(
                "コード表が読めません({detail})。気象庁のコード表(CSV)のフォルダーを指定してください。",
                "The code table cannot be read ({detail}). Name the folder of JMA's code tables (CSV).",
            ).format(detail=error),
            str(path),
        ) from None


def _broken(path: Path, line: int, what: T) -> BulletinError:
    return BulletinError(T("{line}行目: {what}", "line {line}: {what}").format(line=line, what=what), str(path))
