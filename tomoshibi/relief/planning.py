"""Who surveys what on which day: balanced loads and short ways. Pure: no Django; the same in gives the same out.

Dwellings are put in an order in which neighbours stand together (district by district, along a Hilbert curve), cut
into each day's shares of each team, and each share is walked from where the team sets out: the nearest next, then
improved by turning pieces round (2-opt). With 79,205 dwellings the exact shortest way is of no use to anybody; that
nobody crosses the town between two houses is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: cells along a side of the curve: 2^16, less than a metre apart in a town of 50 km
_ORDER = 16
#: metres of a degree of latitude
_DEGREE = 111_320.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A dwelling to survey: where it is (degrees; None where nobody knows), and its load in first surveys."""

    ref: str
    lat: float | None
    lon: float | None
    load: float = 1.0
    area: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Crew:
    """A team: how many first surveys it makes a day, and from where it sets out."""

    ref: str
    per_day: float
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A team's day, counted from 0: its stops in the order of the way, their load, and metres as the crow flies."""

    crew: str
    day: int
    stops: tuple[str, ...]
    load: float
    metres: float


def plan(stops: Sequence[Stop], crews: Sequence[Crew], days: int) -> list[Route]:
    """Routes of the next ``days`` days; what does not fit into them is in none.

    Each stop is in at most one route. No team gets more than its ``per_day`` unless one stop alone is more. On a day
    that has less to do than all teams can, the load is spread over them by what each can.
    Raises :class:`ValueError` for a team that can do nothing.
    """
    if any(crew.per_day <= 0 for crew in crews):
        raise ValueError("a team must be able to survey something")
    queue = ordered(stops)
    plane = _Plane(stops)
    teams = sorted(crews, key=lambda c: (plane.along(c.lat, c.lon), c.ref))
    capacity = sum(c.per_day for c in teams)
    routes: list[Route] = []
    at = 0
    for day in range(days if teams else 0):
        if at == len(queue):
            break
        spread = min(1.0, sum(s.load for s in queue[at:]) / capacity)
        quota = done = 0.0
        for crew in teams:
            quota += crew.per_day * spread
            load, first = 0.0, at
            while at < len(queue):
                one = queue[at].load
                if load and (load + one > crew.per_day or done + one / 2 > quota):
                    break
                load, done, at = load + one, done + one, at + 1
            if at > first:
                routes.append(_route(crew, day, queue[first:at], plane, load))
    return routes


def ordered(stops: Sequence[Stop]) -> list[Stop]:
    """Stops so that neighbours stand together: districts along the curve, within each the curve again.

    One without a position stands behind those of its district, by address; with them the unknown districts come last.
    """
    plane = _Plane(stops)
    areas: dict[str, list[int]] = {}
    for stop in stops:
        if stop.lat is not None:
            areas.setdefault(stop.area, []).append(plane.along(stop.lat, stop.lon))
    middle = {area: sorted(along)[len(along) // 2] for area, along in areas.items()}
    last = 4**_ORDER
    return sorted(
        stops,
        key=lambda s: (
            middle.get(s.area, last) if s.area else last if s.lat is None else plane.along(s.lat, s.lon),
            s.area,
            last if s.lat is None else plane.along(s.lat, s.lon),
            s.address,
            s.ref,
        ),
    )


def length(points: Sequence[Point]) -> float:
    """Metres along these points of the plane."""
    return sum(math.dist(a, b) for a, b in pairwise(points))


class _Plane:
    """Degrees as metres around the middle of the stops, and the place along the curve."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        lats = [s.lat for s in stops if s.lat is not None]
        lons = [s.lon for s in stops if s.lon is not None]
        self.south, self.west = min(lats, default=0.0), min(lons, default=0.0)
        self.height = max(max(lats, default=0.0) - self.south, 1e-9)
        self.width = max(max(lons, default=0.0) - self.west, 1e-9)
        self.shrink = math.cos(math.radians(self.south + self.height / 2))

    def at(self, lat: float | None, lon: float | None) -> Point | None:
        """Metres east and north of the south-western corner."""
        if lat is None or lon is None:
            return None
        return ((lon - self.west) * _DEGREE * self.shrink, (lat - self.south) * _DEGREE)

    def along(self, lat: float | None, lon: float | None) -> int:
        """The place along the curve; before everything where nothing is known."""
        if lat is None or lon is None:
            return -1
        side = (1 << _ORDER) - 1
        x = min(max(int((lon - self.west) / self.width * side), 0), side)
        y = min(max(int((lat - self.south) / self.height * side), 0), side)
        return _hilbert(x, y)


def _hilbert(x: int, y: int) -> int:
    """Place of a cell along the Hilbert curve of order 16."""
    place, s = 0, 1 << (_ORDER - 1)
    while s:
        right, up = int(bool(x & s)), int(bool(y & s))
        place += s * s * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = (1 << _ORDER) - 1 - x, (1 << _ORDER) - 1 - y
            x, y = y, x
        s >>= 1
    return place


def _route(crew: Crew, day: int, share: Sequence[Stop], plane: _Plane, load: float) -> Route:
    """The share in the order of a short way; stops without a position come last, by address."""
    here = {stop.ref: at for stop in share if (at := plane.at(stop.lat, stop.lon)) is not None}
    start = plane.at(crew.lat, crew.lon)
    way = _shortened([s.ref for s in share if s.ref in here], here, start)
    points = [start, *(here[ref] for ref in way)] if start else [here[ref] for ref in way]
    unknown = [s.ref for s in share if s.ref not in here]
    return Route(crew.ref, day, (*way, *unknown), load, length([p for p in points if p is not None]))


def _shortened(given: list[str], here: dict[str, Point], start: Point | None) -> list[str]:
    """The shorter of the given order and the nearest next, with pieces turned round while that makes it shorter."""

    def whole(way: list[str]) -> float:
        return length([*([start] if start else []), *(here[ref] for ref in way)])

    left, at = list(given), start or (here[given[0]] if given else (0.0, 0.0))
    nearest: list[str] = []
    while left:
        following = min(left, key=lambda ref: (math.dist(at, here[ref]), ref))
        left.remove(following)
        nearest.append(following)
        at = here[following]
    way = min((given, nearest), key=whole)
    points = [*([start] if start else []), *(here[ref] for ref in way)]
    names = [*([""] if start else []), *way]
    first = 1 if start else 0
    shorter = True
    while shorter:
        shorter = False
        for i in range(first, len(points) - 1):
            for j in range(i + 1, len(points)):
                before = math.dist(points[i - 1], points[i]) if i else 0.0
                after = math.dist(points[j], points[j + 1]) if j + 1 < len(points) else 0.0
                turned = (math.dist(points[i - 1], points[j]) if i else 0.0) + (
                    math.dist(points[i], points[j + 1]) if j + 1 < len(points) else 0.0
                )
                if turned + 1e-6 < before + after:
                    points[i : j + 1] = points[i : j + 1][::-1]
                    names[i : j + 1] = names[i : j + 1][::-1]
                    shorter = True
    return names[first:]
