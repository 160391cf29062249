"""Readings of publishing, named as questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import sites
from tomoshibi.places.subjects import SiteKind
from tomoshibi.publishing.models import Content, DeliveryRow, NoticeRow, OrderRow, ProposalRow, RecipientRow


@dataclass(frozen=True)
class Living:
    """Who lives in some areas: people and households, None where nobody entered a figure for any of them.

    ``unknown`` names the areas without a figure, which the sums leave out.
    """

    population: int | None
    households: int | None
    unknown: tuple[str, ...] = ()

    @property
    def population_text(self) -> str:
        """People, with commas."""
        return "" if self.population is None else f"{self.population:,}"

    @property
    def households_text(self) -> str:
        """Households, with commas."""
        return "" if self.households is None else f"{self.households:,}"


def orders(incident: str | None = None) -> QuerySet[OrderRow]:
    """Every order (of one incident), the newest first."""
    found = OrderRow.objects.all() if incident is None else OrderRow.objects.filter(incident=incident)
    return found.order_by("-since", "-waiting_since", "-proposed_at", "subject")


def order(ref: str) -> OrderRow | None:
    """The order of that reference."""
    return OrderRow.objects.filter(subject=ref).first()


def in_force() -> list[OrderRow]:
    """Orders in force, the highest level first, then the newest."""
    return list(OrderRow.objects.filter(state="in_force").order_by("-level", "-since", "subject"))


def waiting(incident: str | None = None) -> list[OrderRow]:
    """Orders with a proposal that waits for approval, the longest waiting first."""
    found = OrderRow.objects.exclude(waiting="")
    return list((found if incident is None else found.filter(incident=incident)).order_by("waiting_since"))


def proposals(ref: str) -> QuerySet[ProposalRow]:
    """The proposals of an order, the newest first."""
    return ProposalRow.objects.filter(subject=ref).order_by("-number")


def proposal(id: str) -> ProposalRow | None:
    """The proposal that an entry made."""
    return ProposalRow.objects.filter(key__endswith=f"/{id}").first()


def approved(approval: str) -> ProposalRow | None:
    """The proposal that an entry approved."""
    return ProposalRow.objects.filter(approval=approval).exclude(approval="").first()


def areas_of(said: Content | Sequence[str]) -> list[AreaRow]:
    """The areas of an order, a proposal or some references, in the order in which they are named."""
    refs = said.area_refs if isinstance(said, OrderRow | ProposalRow) else list(said)  # type: ignore[arg-type]
    rows = {row.subject: row for row in AreaRow.objects.filter(subject__in=refs)}
    return [rows[ref] for ref in dict.fromkeys(refs) if ref in rows]


def lineage(refs: Iterable[str], parents: dict[str, str] | None = None) -> set[str]:
    """These areas and every area that they are a part of."""
    known = _parents() if parents is None else parents
    found: set[str] = set()
    todo = [ref for ref in refs if ref]
    while todo:
        ref = todo.pop()
        if ref not in found:
            found.add(ref)
            todo.extend(filter(None, [known.get(ref, "")]))
    return found


def _parents() -> dict[str, str]:
    return dict(AreaRow.objects.exclude(parent="").values_list("subject", "parent"))


def living_in(said: Content | Sequence[str]) -> Living:
    """Who lives in the areas; a part of an area that is named as well is not counted twice."""
    parents = _parents()
    rows = areas_of(said)
    named = {row.subject for row in rows}
    whole = [row for row in rows if not named & (lineage([row.subject], parents) - {row.subject})]
    people = [row.population for row in whole if row.population is not None]
    houses = [row.households for row in whole if row.households is not None]
    unknown = tuple(row.name for row in whole if row.population is None)
    return Living(sum(people) if people else None, sum(houses) if houses else None, unknown)


def sites_in(said: Content | Sequence[str], *kinds: SiteKind) -> list[SiteRow]:
    """Sites in use (of these kinds, or all) in the areas: by their point, or by the area that they are entered in."""
    import shapely

    rows = areas_of(said)
    if not rows:
        return []
    refs, parents = {row.subject for row in rows}, _parents()
    whole = _outline(rows)
    if whole is not None:
        shapely.prepare(whole)

    def within(site: SiteRow) -> bool:
        if site.district and refs & lineage([site.district], parents):
            return True
        return (
            whole is not None
            and site.lat is not None
            and site.lon is not None
            and bool(whole.covers(shapely.Point(site.lon, site.lat)))
        )

    return [site for site in sites(*kinds) if within(site)]


def areas_around(site_ref: str) -> set[str]:
    """Every area in which a site lies: drawn around its point, or entered for it, and what holds those."""
    from tomoshibi.places.queries import areas_at

    site = SiteRow.objects.filter(subject=site_ref).first()
    if site is None:
        return set()
    around = areas_at(site.lat, site.lon) if site.lat is not None and site.lon is not None else []
    return lineage([site.district, *(area.subject for area in around)])


def orders_for(site_ref: str) -> list[OrderRow]:
    """Orders in force where a site lies, the highest level first."""
    around = areas_around(site_ref)
    return [row for row in in_force() if around & set(row.area_refs)]


def level_for(site_ref: str) -> int | None:
    """The highest level in force where a site lies, or None."""
    return max((row.level for row in orders_for(site_ref)), default=None)


def notices() -> QuerySet[NoticeRow]:
    """Every notice, the newest first."""
    return NoticeRow.objects.order_by("-since", "subject")


def published() -> list[NoticeRow]:
    """Notices that the public reads now, the newest first."""
    return list(notices().filter(state="published"))


def notices_for(site_ref: str) -> list[NoticeRow]:
    """Published notices about everywhere, or about an area in which a site lies."""
    found = published()
    around = areas_around(site_ref) if any(row.area_refs for row in found) else set()
    return [row for row in found if not row.area_refs or around & set(row.area_refs)]


def notice(ref: str) -> NoticeRow | None:
    """The notice of that reference."""
    return NoticeRow.objects.filter(subject=ref).first()


def deliveries(approval: str) -> QuerySet[DeliveryRow]:
    """What became of the messages of one approval."""
    return DeliveryRow.objects.filter(approval=approval).order_by("channel", "recipient")


def recipients(areas: Iterable[str] = ()) -> list[RecipientRow]:
    """Recipients of mails who are not stopped: those who want to hear all, and those of these areas.

    An area is one of these where it is named, is a part of one named or holds one, or overlaps one on the map: a hazard
    zone has no district written on it, and whoever lives by the shore must hear of it.
    """
    found = RecipientRow.objects.filter(ended=False).exclude(email="").order_by("kind", "name")
    wanted = set(areas)
    if not wanted:
        return list(found)
    near = _near(wanted, {row.area for row in found if row.area})
    return [row for row in found if not row.area or row.area in near]


def _near(wanted: set[str], asked: set[str]) -> set[str]:
    """Those of ``asked`` that are parts of, hold or overlap any area of ``wanted``."""
    parents = _parents()
    above = lineage(wanted, parents)
    near = {ref for ref in asked if ref in above or wanted & lineage([ref], parents)}
    if whole := _outline(areas_of(sorted(wanted))):
        near |= {
            row.subject for row in areas_of(sorted(asked - near)) if (o := _outline([row])) and whole.intersects(o)
        }
    return near


def _outline(rows: Iterable[AreaRow]) -> Any:
    """The outline of areas together; None where nobody drew any of them."""
    import shapely
    from shapely.geometry import shape

    drawn = [shape(json.loads(row.geometry)) for row in rows if row.geometry]
    return shapely.union_all(drawn) if drawn else None
