"""Safer places near a facility: shelters and evacuation sites, how far, and whether the same danger reaches them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tomoshibi.facilities.hazards import of_areas
from tomoshibi.facilities.words import Danger
from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import areas, sites
from tomoshibi.places.subjects import AreaKind, SiteKind
from tomoshibi.vocabulary import T

#: where people may go
KINDS = (SiteKind.EVACUATION_SITE, SiteKind.SHELTER)
#: how far is looked, in kilometres
REACH_KM = 5.0
#: metres of one degree of latitude, and of longitude at the equator
DEGREE_M = 111_320.0
_BEARINGS = (
    T("北", "N"), T("北東", "NE"), T("東", "E"), T("南東", "SE"),
    T("南", "S"), T("南西", "SW"), T("西", "W"), T("北西", "NW"),
)  # fmt: skip


@dataclass(frozen=True)
class Near:
    """A place near by: ``km`` in a straight line, ``towards`` as a compass point, the dangers that reach it as well."""

    site: SiteRow
    km: float
    towards: T
    dangers: tuple[Danger, ...] = ()

    @property
    def text(self) -> T:
        """In one line."""
        name, km = self.site.name, f"{self.km:.1f} km"
        return T(f"{name}（{self.towards.ja}へ{km}）", f"{name} ({km} {self.towards.en})")


def plane(site: SiteRow) -> Any:
    """From degrees (longitude, latitude) to metres east and north of a site; good to a percent within 20 km.

    The site must have a position.
    """
    lat, lon = site.lat or 0.0, site.lon or 0.0
    east = DEGREE_M * math.cos(math.radians(lat))
    return lambda x, y: ((x - lon) * east, (y - lat) * DEGREE_M)


def safer(site: SiteRow, dangers: Iterable[Danger], most: int = 3) -> list[Near]:
    """Shelters and evacuation sites within :data:`REACH_KM`, those first that none of ``dangers`` reaches, then the
    nearest; empty where the site has no position.
    """
    if site.lat is None or site.lon is None:
        return []
    metres, wanted = plane(site), set(dangers)
    reach = REACH_KM * 1000
    up, across = reach / DEGREE_M, reach / DEGREE_M / math.cos(math.radians(site.lat))
    box = {"lat__range": (site.lat - up, site.lat + up), "lon__range": (site.lon - across, site.lon + across)}
    found = []
    zones = hazard_zones(site, reach, wanted)
    for row in sites(*KINDS).filter(**box).exclude(subject=site.subject):
        x, y = metres(row.lon, row.lat)
        km = math.hypot(x, y) / 1000
        if km <= REACH_KM:
            reached = tuple(d for d, outline in zones if outline.covers(_point(row)))
            found.append(Near(row, km, _towards(x, y), tuple(dict.fromkeys(reached))))
    return sorted(found, key=lambda n: (bool(n.dangers), n.km))[:most]


def hazard_zones(site: SiteRow, reach: float, dangers: Iterable[Danger] = Danger) -> list[tuple[Danger, Any]]:
    """Areas of these ``dangers`` whose boxes come within ``reach`` metres of a site with a position: danger, outline
    (degrees).
    """
    from shapely.geometry import shape

    wanted = set(dangers)
    return [(danger, shape(json.loads(row.geometry))) for danger, row in _hazards(site, reach) if danger in wanted]


def _hazards(site: SiteRow, reach: float) -> Iterable[tuple[Danger, AreaRow]]:
    lat, lon = site.lat or 0.0, site.lon or 0.0
    up = reach / DEGREE_M
    across = up / math.cos(math.radians(lat))
    rows = areas(AreaKind.HAZARD).exclude(geometry="").filter(west__lte=lon + across, east__gte=lon - across)
    for row in rows.filter(south__lte=lat + up, north__gte=lat - up):
        for found in of_areas([row.name]):
            yield found.danger, row


def _point(row: SiteRow) -> Any:
    import shapely

    return shapely.Point(row.lon, row.lat)


def _towards(x: float, y: float) -> T:
    return _BEARINGS[round(math.degrees(math.atan2(x, y)) / 45) % 8]
