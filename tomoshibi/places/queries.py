"""Readings of the tables of places, named as questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from tomoshibi.places.models import AreaCodeRow, AreaRow, LayerRow, MunicipalityRow, SiteRow
from tomoshibi.places.subjects import AreaKind, SiteKind


def who_are_we() -> MunicipalityRow | None:
    """The municipality that this headquarters is of, or None where nobody has said."""
    return MunicipalityRow.objects.filter(ours=True).order_by("code").first()


def here() -> str:
    """Our municipality's five digits, with which natural keys begin; empty where nobody has said who we are."""
    us = who_are_we()
    return us.code[:5] if us else ""


def our_codes() -> frozenset[tuple[str, str]]:
    """Pairs of code list (``Area/@codeType``) and code by which bulletins mean us."""
    return frozenset(AreaCodeRow.objects.filter(ours=True).values_list("scheme", "code"))


def concerns_us(areas: Iterable[tuple[str, str]]) -> bool:
    """Whether any of these pairs of code list and code is ours."""
    return not our_codes().isdisjoint(areas)


def sites(*kinds: SiteKind, closed: bool = False) -> QuerySet[SiteRow]:
    """Sites in use (or closed ones) of these kinds, by first or further purpose; without kinds, all of them."""
    found = SiteRow.objects.filter(closed=closed)
    if kinds:
        meant = Q(kind__in=[k.value for k in kinds])
        for kind in kinds:
            meant |= Q(also=kind.value) | Q(also__startswith=f"{kind.value} ") | Q(also__endswith=f" {kind.value}")
            meant |= Q(also__contains=f" {kind.value} ")
        found = found.filter(meant)
    return found.order_by("kind", "code", "name")


def head_office() -> SiteRow | None:
    """The head office 本庁舎, or None where none is entered."""
    return sites(SiteKind.HEAD_OFFICE).first()


def areas(*kinds: AreaKind) -> QuerySet[AreaRow]:
    """Areas in use, of these kinds or all."""
    found = AreaRow.objects.filter(closed=False)
    if kinds:
        found = found.filter(kind__in=[k.value for k in kinds])
    return found.order_by("kind", "code", "name")


def areas_at(lat: float, lon: float, *kinds: AreaKind) -> list[AreaRow]:
    """Areas within which this point (degrees) lies, smallest first; a point on the line is within."""
    import shapely
    from shapely.geometry import shape

    near = areas(*kinds).filter(west__lte=lon, east__gte=lon, south__lte=lat, north__gte=lat)
    found = [(shape(json.loads(row.geometry)), row) for row in near]
    point = shapely.Point(lon, lat)
    return [row for area, row in sorted(found, key=lambda item: item[0].area) if area.covers(point)]


def area_finder(*kinds: AreaKind) -> Callable[[float, float], str]:
    """A function from a point (degrees) to the smallest of these areas within which it lies: its reference, or empty.
    For many points: the outlines are read once.
    """
    import shapely
    from shapely.geometry import shape

    found = [(shape(json.loads(row.geometry)), row.subject) for row in areas(*kinds) if row.geometry]
    found.sort(key=lambda item: item[0].area)
    tree = shapely.STRtree([outline for outline, _ in found])

    def at(lat: float, lon: float) -> str:
        hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return found[min(hits)][1] if len(hits) else ""

    return at


def sites_within(area: AreaRow, *kinds: SiteKind) -> list[SiteRow]:
    """Sites whose point lies within an area; empty where the area was never drawn."""
    if not area.geometry:
        return []
    import shapely
    from shapely.geometry import shape

    outline = shape(json.loads(area.geometry))
    shapely.prepare(outline)
    near = sites(*kinds).filter(lon__gte=area.west, lon__lte=area.east, lat__gte=area.south, lat__lte=area.north)
    return [row for row in near if outline.covers(shapely.Point(row.lon, row.lat))]


def layers() -> QuerySet[LayerRow]:
    """Map layers to show, in the order in which they are drawn: base first."""
    return LayerRow.objects.filter(withdrawn=False).order_by("kind", "name")


def names_of(subjects: Iterable[str]) -> dict[str, str]:
    """Names of sites and areas by reference; those unknown are absent."""
    wanted = {s for s in subjects if s}
    return {
        **dict(SiteRow.objects.filter(subject__in=wanted).values_list("subject", "name")),
        **dict(AreaRow.objects.filter(subject__in=wanted).values_list("subject", "name")),
    }


def area_names() -> list[tuple[str, str]]:
    """Pairs by which a list may name an area in use: its name or its code, and its reference."""
    rows = areas().values_list("name", "code", "subject")
    return [(called, ref) for name, code, ref in rows for called in (name, code) if called]


def site_names() -> list[tuple[str, str]]:
    """Pairs by which a list may name a site in use: its name or its number, and its reference."""
    rows = sites().values_list("name", "code", "subject")
    return [(called, ref) for name, code, ref in rows for called in (name, code) if called]
