"""A telegram of an earthquake as it would be without some stations: what a siting grade or an exclusion makes of it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from tomoshibi.bulletins.model import MUNICIPALITY, Area, Bulletin, Station
from tomoshibi.bulletins.seismic import PREFECTURES, SUBDIVISIONS
from tomoshibi.vocabulary import IntensityClass

#: digits of a station's number in JMA's telegrams, which begins with its prefecture and its municipality
_DIGITS = 7


def without(bulletin: Bulletin, codes: Container[str]) -> Bulletin:
    """The telegram without the stations of ``codes``: itself where none of them read anything.

    A place's class becomes the strongest of its other stations; None, which is "not known", where it has no other. A
    class that does not follow from the telegram's stations (an area of which more is said than they read) stays.
    """
    kept = tuple(station for station in bulletin.stations if station.code not in codes)
    gone = [s for s in bulletin.stations if s.code in codes and s.intensity is not None]
    if not gone:
        return bulletin
    areas = tuple(_without(area, kept, gone) for area in bulletin.areas)
    municipalities = tuple(_without(area, kept, gone) for area in bulletin.municipalities)
    before = _strongest(area.intensity for area in bulletin.everywhere)
    highest = bulletin.max_intensity
    if highest is not None and highest == _strongest((before, _strongest(s.intensity for s in bulletin.stations))):
        highest = _strongest((*(a.intensity for a in (*areas, *municipalities)), *(s.intensity for s in kept)))
    return replace(bulletin, areas=areas, municipalities=municipalities, stations=kept, max_intensity=highest)


def _without(area: Area, kept: Iterable[Station], gone: Iterable[Station]) -> Area:
    out = [s.intensity for s in gone if lies_in(s, area)]
    if not out or area.intensity is None:
        return area
    left = _strongest(s.intensity for s in kept if lies_in(s, area))
    if area.intensity != _strongest((left, *out)):
        return area
    return area._replace(intensity=left, reported=None if left is None or left.known else area.reported)


def lies_in(station: Station, area: Area) -> bool:
    """Whether a station of a telegram lies in one of its areas."""
    if station.area == area.code and area.scheme in (SUBDIVISIONS, MUNICIPALITY):
        return True
    numbered = len(station.code) == _DIGITS and station.code.isdigit()
    length = {MUNICIPALITY: 5, PREFECTURES: 2}.get(area.scheme, 0)
    return bool(length) and numbered and station.code[:length] == area.code[:length]


def _strongest(classes: Iterable[IntensityClass | None]) -> IntensityClass | None:
    return max((klass for klass in classes if klass is not None), default=None)
