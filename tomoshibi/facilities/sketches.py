"""Sketches of a facility drawn from what is known: its surroundings, the ground in section, who is on which floor.

They stand in the plan until the facility attaches drawings of its own, and beside them afterwards. Lengths are
millimetres on paper; nothing here is a survey.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tomoshibi.facilities import near
from tomoshibi.facilities.hazards import Coming
from tomoshibi.facilities.models import FacilityRow, ResidentRow
from tomoshibi.facilities.words import Danger, Moves
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import sites
from tomoshibi.vocabulary import T

#: of the surroundings, in millimetres
WIDTH, HEIGHT = 170.0, 105.0
#: the surroundings reach at least so far from the facility, in metres
LEAST_M = 400.0
#: bars of a scale, in metres
_BARS = (50, 100, 200, 500, 1000, 2000)
Pair = tuple[float, float]


def destination_site(profile: FacilityRow) -> SiteRow | None:
    """The site that the profile names as its destination; None where none has just that name."""
    named = profile.destination.strip()
    return sites().filter(name=named).first() if named else None


def surroundings(site: SiteRow, profile: FacilityRow, coming: Sequence[Coming]) -> dict[str, Any] | None:
    """The facility with the hazard areas around it, its destination and the nearest places that they do not reach.

    None where the facility has no position, or nothing around it is known.
    """
    if site.lat is None or site.lon is None:
        return None
    metres, to = near.plane(site), destination_site(profile)
    places = near.safer(site, [c.danger for c in coming])
    shown = [*([to] if to and to.lat is not None else []), *(n.site for n in places)]
    shown = list({row.subject: row for row in shown}.values())
    points = [metres(row.lon, row.lat) for row in shown]
    reach = max([LEAST_M, *(max(abs(x) / WIDTH, abs(y) / HEIGHT) * HEIGHT for x, y in points)]) * 1.2
    per_mm = 2 * reach / HEIGHT
    zones = list(_zones(site, reach * WIDTH / HEIGHT, reach, per_mm))
    if not shown and not zones:
        return None
    bar = max((b for b in _BARS if b / per_mm <= WIDTH / 4), default=_BARS[0])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "zones": zones,
        "marks": [
            {
                "at": _on_paper(x, y, per_mm),
                "name": row.name,
                "to": to is not None and row.subject == to.subject,
            }
            for row, (x, y) in zip(shown, points, strict=True)
        ],
        "me": {"at": _on_paper(0, 0, per_mm), "name": site.name},
        "bar": {"length": round(bar / per_mm, 2), "text": f"{bar} m"},
        "dangers": [(d.value, d.label) for d in Danger if d.value in {z["danger"] for z in zones}],
        "route": profile.route,
    }


def _on_paper(x: float, y: float, per_mm: float) -> Pair:
    """Metres east and north of the facility as millimetres from the upper left of the surroundings."""
    return (round(WIDTH / 2 + x / per_mm, 2), round(HEIGHT / 2 - y / per_mm, 2))


def _zones(site: SiteRow, across: float, up: float, per_mm: float) -> Iterable[dict[str, Any]]:
    """Hazard areas within the drawing, as rings on paper; holes are left out where the area goes around them."""
    import shapely

    metres = near.plane(site)
    frame = shapely.box(-across, -up, across, up)
    for danger, outline in near.hazard_zones(site, max(across, up)):
        flat = shapely.transform(outline, lambda degrees: [metres(x, y) for x, y in degrees], interleaved=True)
        seen = shapely.simplify(shapely.intersection(shapely.make_valid(flat), frame), per_mm / 4)
        for part in getattr(seen, "geoms", [seen]):
            if part.geom_type != "Polygon" or part.is_empty:
                continue
            rings = [part.exterior, *part.interiors]
            yield {
                "danger": danger.value,
                "rings": [[_on_paper(x, y, per_mm) for x, y in ring.coords] for ring in rings],
            }


def section(profile: FacilityRow) -> dict[str, Any] | None:
    """The ground in section, not to scale: sea, river with its levels, the house with its floors, the slope behind.

    None where the profile says nothing of the ground.
    """
    told = (profile.height_m, profile.sea_km, profile.river_km, profile.river, profile.slope, profile.slopes)
    if all(value in (None, "") for value in told):
        return None
    river = None
    if profile.river or profile.river_km is not None:
        levels = [
            (T("氾濫危険", "danger"), profile.danger_m),
            (T("橋の通行止め", "bridge closes"), profile.bridge_m),
            (T("ふだん", "ordinary"), profile.river_m),
        ]
        river = {
            "name": profile.river or T("川", "River"),
            "far": _km(profile.river_km),
            "levels": [(label, f"{metres:g} m") for label, metres in levels if metres is not None],
        }
    return {
        "sea": {"far": _km(profile.sea_km), "minutes": profile.tsunami_min} if profile.sea_km is not None else None,
        "river": river,
        "height": "" if profile.height_m is None else f"{profile.height_m:g} m",
        "floors": min(profile.floors or 1, 8),
        "slope": profile.slope or (T("裏山", "Slope") if profile.slopes else ""),
        "slopes": profile.slopes or 0,
        "climb": "" if profile.climb_m is None else f"{profile.climb_m:g} m",
        "destination": profile.destination,
        "destination_far": _km(profile.destination_km),
    }


def floors(people: Iterable[ResidentRow]) -> list[dict[str, Any]]:
    """Who is on which floor, the highest on top: each room with how the people in it are moved, and no name.

    A floor is told by the room: ``203`` and ``2階 3号`` are on the second. Rooms that do not tell stand last.
    """
    rooms: dict[int, dict[str, list[Moves]]] = defaultdict(lambda: defaultdict(list))
    for person in people:
        rooms[floor_of(person.room)][person.room].append(person.moves_word)
    made = []
    for floor in sorted(rooms, reverse=True):
        here = rooms[floor]
        made.append(
            {
                "floor": T(f"{floor}階", f"Floor {floor}")
                if floor
                else T("階の分からない居室", "Rooms of no known floor"),
                "people": sum(map(len, here.values())),
                "moves": [(m.label, n) for m in Moves if (n := sum(x.count(m) for x in here.values()))],
                "rooms": [
                    {
                        "room": room or T("居室なし", "no room"),
                        "moves": [m.value for m in sorted(moved, key=list(Moves).index)],
                    }
                    for room, moved in sorted(here.items())
                ],
            }
        )
    return made


def floor_of(room: str) -> int:
    """The floor of a room by its number; 0 where the number does not tell."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", room)
    if found := re.search(r"(\d+)\s*(?:階|F(?![A-Za-z0-9]))", plain, re.IGNORECASE):
        return int(found[1])
    if found := re.search(r"(?<!\d)(\d{1,2})\d\d(?!\d)", plain):
        return int(found[1])
    return 0


def _km(km: float | None) -> str:
    if km is None or not math.isfinite(km):
        return ""
    return f"{km:g} km"
