"""Whether polygons and circles are ones: closed, on the globe, not crossing themselves. The XSD sees only strings.

Coordinates become whole numbers of 10⁻⁷ degrees (1 cm), so that crossings are decided exactly. A country's outline has
tens of thousands of points: segments are sorted into a grid, and only neighbours are compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tomoshibi.bulletins.cap.model import Circle, Place, Point
from tomoshibi.vocabulary import T

_SCALE = 10_000_000
#: pairs of segments compared at most; no honest outline comes near
MOST_PAIRS = 5_000_000
#: points of one ring at most
MOST_POINTS = 200_000
#: half the circumference of the Earth, km
_HALF_WAY = 20_038

type _Cell = tuple[int, int]
type _Whole = tuple[int, int]


def check_place(place: Place) -> Iterator[T]:
    """What is wrong with the polygons and circles of an area, each named by its place in the list (from 1)."""
    for number, ring in enumerate(place.polygons, start=1):
        for fault in check_ring(ring):
            yield T("多角形{n}: {fault}", "polygon {n}: {fault}").format(n=number, fault=fault)
    for number, circle in enumerate(place.circles, start=1):
        for fault in check_circle(circle):
            yield T("円{n}: {fault}", "circle {n}: {fault}").format(n=number, fault=fault)


def check_circle(circle: Circle) -> Iterator[T]:
    """What is wrong with a circle."""
    if not _on_globe(Point(circle.lat, circle.lon)):
        yield T("中心が地球上にありません。", "its centre is off the globe.")
    if not 0 <= circle.radius_km <= _HALF_WAY:
        yield T("半径{radius}kmは使えません。", "its radius of {radius} km cannot be.").format(radius=circle.radius_km)


def check_ring(ring: Sequence[Point]) -> Iterator[T]:
    """What is wrong with a polygon: the first fault that makes later ones moot, else none."""
    if len(ring) < 4:
        yield T("点が{n}個しかありません(4個以上必要)。", "it has only {n} points (4 are needed).").format(n=len(ring))
        return
    if off := next((point for point in ring if not _on_globe(point)), None):
        yield T("点 {p} は地球上にありません。", "point {p} is off the globe.").format(p=f"{off.lat},{off.lon}")
        return
    if ring[0] != ring[-1]:
        yield T("閉じていません(始点と終点が違います)。", "it is open: its first and last points differ.")
        return
    if len(ring) > MOST_POINTS:
        yield T("点が多すぎます({n}個)。", "it has too many points ({n}).").format(n=len(ring))
        return
    whole = [(round(point.lon * _SCALE), round(point.lat * _SCALE)) for point in ring]
    corners = [point for i, point in enumerate(whole[:-1]) if point != whole[i + 1]]
    if len(set(corners)) < 3 or not any(_side(corners[0], corners[1], point) for point in corners[2:]):
        yield T("面積がありません。", "it has no area.")
        return
    crossing = _crossing(corners)
    if crossing is None:
        yield T("複雑すぎて交差を確かめられません。", "it is too complex to check for crossings.")
    elif crossing:
        lon, lat = (value / _SCALE for value in crossing)
        yield T("{at} の近くで自分と交差しています。", "it crosses itself near {at}.").format(at=f"{lat:.5f},{lon:.5f}")


def _on_globe(point: Point) -> bool:
    return abs(point.lat) <= 90 and abs(point.lon) <= 180


def _crossing(corners: list[_Whole]) -> _Whole | tuple[()] | None:
    """A corner near where the ring crosses itself; empty where it does not; None where it is too much to find out."""
    count = len(corners)
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    left, bottom = min(xs), min(ys)
    # cells twice as wide as a segment is long on average: short ones meet few others, long ones pass few cells in all
    length = sum(max(abs(a - b), abs(c - d)) for a, b, c, d in zip(xs, xs[1:], ys, ys[1:], strict=False))
    width = max(1, 2 * length // count)
    grid: dict[_Cell, list[int]] = defaultdict(list)
    pairs = 0
    for i in range(count):
        start, end = corners[i], corners[(i + 1) % count]
        low, high = (min(start[1], end[1]), max(start[1], end[1]))
        west, east = (min(start[0], end[0]), max(start[0], end[0]))
        for cell in _cells(start, end, left, bottom, width):
            for j in grid[cell]:
                if (pairs := pairs + 1) > MOST_PAIRS:
                    return None
                a, b = corners[j], corners[(j + 1) % count]
                if (a[0] > east and b[0] > east) or (a[0] < west and b[0] < west):
                    continue
                if (a[1] > high and b[1] > high) or (a[1] < low and b[1] < low):
                    continue
                if _cross(start, end, a, b):
                    return start
            grid[cell].append(i)
    return ()


def _cells(start: _Whole, end: _Whole, left: int, bottom: int, width: int) -> Iterator[_Cell]:
    """Every cell of the grid that a segment passes, column by column."""
    (x0, y0), (x1, y1) = sorted((start, end))
    first, last = (x0 - left) // width, (x1 - left) // width
    for column in range(first, last + 1):
        if x0 == x1:
            ya, yb = y0, y1
        else:
            xa, xb = max(x0, left + column * width), min(x1, left + (column + 1) * width)
            ya, yb = (y0 + (y1 - y0) * (x - x0) // (x1 - x0) for x in (xa, xb))
        low, high = (min(ya, yb) - bottom) // width, (max(ya, yb) + 1 - bottom) // width
        for row in range(low, high + 1):
            yield column, row


def _side(a: _Whole, b: _Whole, point: _Whole) -> int:
    """Positive where ``point`` lies left of the line from ``a`` to ``b``, zero on it; exact."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _cross(a: _Whole, b: _Whole, c: _Whole, d: _Whole) -> bool:
    """Whether two segments cross in a point inside both. Touching at a corner is left to pass."""
    one, two = _side(a, b, c), _side(a, b, d)
    if one == 0 or two == 0 or (one > 0) == (two > 0):
        return False
    three, four = _side(c, d, a), _side(c, d, b)
    return three != 0 and four != 0 and (three > 0) != (four > 0)
