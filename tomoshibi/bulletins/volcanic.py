"""Volcanoes: the bodies of VFVO, VFSV and VZVO telegrams."""

from __future__ import annotations

from lxml import etree

from tomoshibi.bulletins.extract import Found, items, moment_or_warn, said
from tomoshibi.bulletins.model import Area
from tomoshibi.vocabulary import Grade

# The gravity of what a volcano's telegram says, by the code of 火山に関する警報等. JMA counts residential alerts as
# emergency warnings and alerts around the crater as warnings.
_GRADES = {
    **dict.fromkeys(("01", "14", "15", "25", "41", "46"), Grade.SPECIAL),
    **dict.fromkeys(("02", "03", "12", "13", "22", "23", "24", "31", "36"), Grade.WARNING),
    **dict.fromkeys(("42", "43", "44", "47", "48", "49"), Grade.WARNING),
    **dict.fromkeys(("51", "52", "56", "61", "62"), Grade.WARNING),
    **dict.fromkeys(("71", "72", "73", "75"), Grade.ADVISORY),
}


def read_body(body: etree._Element, found: Found) -> None:
    """Fill ``found`` with the volcano (level 1 to 5 where it has one) and the municipalities that it threatens."""
    rows: list[Area] = []
    for block in body.iterchildren("{*}VolcanoInfo"):
        rows.extend(
            area._replace(grade=int(_GRADES.get(area.kind_code, Grade.NONE))) for area in items(block, volcano=True)
        )
    if not rows:
        rows = [
            area._replace(at=moment_or_warn(said(ash, "StartTime"), "StartTime", found))
            for infos in body.iterchildren("{*}AshInfos")
            for ash in infos.iterchildren("{*}AshInfo")
            for area in items(ash, volcano=True)
        ]
    found.areas = tuple(rows)
