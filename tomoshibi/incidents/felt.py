"""How strongly the ground shook here, as the telegrams of an incident say: our areas, and the stations within them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tomoshibi.bulletins import Bulletin, Kind, Station, read
from tomoshibi.bulletins.typed import NETWORK
from tomoshibi.incidents import queries
from tomoshibi.incidents.models import BulletinRow
from tomoshibi.incidents.readings import Ours, ours, said_of_us
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.vocabulary import IntensityClass


@dataclass(frozen=True)
class Felt:
    """An area of ours, or a station in it, with the strongest class that a telegram gave; ``excluded``: a station that
    does not count, whose reading stays in sight.
    """

    name: str
    intensity: IntensityClass
    station: bool
    bulletin: str
    excluded: bool = False


def felt(incident: str) -> list[Felt]:
    """What our areas and stations had in an incident, strongest first; each once, with its strongest class."""
    found: dict[str, Felt] = {}
    here = ours().municipalities
    for row, areas in _said(incident):
        said = [found for _, found in areas]
        out = {station["code"] for station in row.correction.get("stations", ())}
        # JMA's number of a station begins with the five digits of its municipality
        said += [
            Felt(s.name.rstrip("＊"), s.intensity, True, row.key, s.code in out)
            for s in _stations(row.digest, row.source)
            if s.intensity and (s.area if row.type == NETWORK else s.code)[:5] in here
        ]
        for item in said:
            if item.name not in found or found[item.name].intensity < item.intensity:
                found[item.name] = item
    return sorted(found.values(), key=lambda f: (f.excluded, -f.intensity.order, f.station, f.name))


def strongest(incident: str) -> Felt | None:
    """The strongest class that our municipality had in an incident; of a wider area of ours where none names it."""
    towns = ours().municipalities
    said = [(area["code"][:5] in towns, felt) for _, areas in _said(incident) for area, felt in areas]
    return max(said, key=lambda pair: (pair[0], pair[1].intensity.order), default=(False, None))[1]


def _said(incident: str) -> list[tuple[BulletinRow, list[tuple[dict[str, Any], Felt]]]]:
    """Telegrams of an incident's earthquakes with each area of ours: as it is kept, and as it was felt there.

    Where stations were left out, an area has its corrected class in every telegram of that earthquake that said the
    same of it: a first report names areas and no stations.
    """
    rows = list(queries.bulletins_of(incident).filter(kind=Kind.EARTHQUAKE.value))
    after = {
        (row.event, figure["code"], figure["before"]): figure["after"]
        for row in rows
        for figure in row.correction.get("here", ())
    }
    return [(row, _areas(row, after)) for row in rows]


def _areas(row: BulletinRow, after: dict[tuple[str, str, str], str]) -> list[tuple[dict[str, Any], Felt]]:
    found = []
    for area in row.of_us:
        said = after.get((row.event, area["code"], area["intensity"]), area["intensity"])
        if said:
            found.append((area, Felt(area["name"], IntensityClass.parse(said), False, row.key)))
    return found


def is_stronger_aftershock(incident: str, bulletin: Bulletin, here: Ours) -> bool:
    """Whether a telegram is of a later earthquake than others of an incident, and stronger in our municipality than all
    of these. JMA's event id is the earthquake's time; what has not come in 未入電 counts as what it is at least.
    """
    towns = here.municipalities
    said = [a.intensity for a in said_of_us(bulletin, here) if a.intensity and a.code[:5] in towns]
    before = [areas for row, areas in _said(incident) if row.event < bulletin.event]
    known = [found.intensity for areas in before for area, found in areas if area["code"][:5] in towns]
    if not bulletin.event or not said or not known:
        return False
    return max(i.lower for i in said) > max(i.lower for i in known)


@lru_cache(maxsize=16)
def _stations(digest: str, source: str) -> tuple[Station, ...]:
    """The stations of a telegram; a great one takes 20 ms to parse. Empty where its file has not come here yet."""
    try:
        return tuple(s for b in read(datasets.require(digest).read_bytes(), source) for s in b.stations)
    except Refused:
        return ()
