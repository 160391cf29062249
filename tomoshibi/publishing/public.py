"""What everybody reads: what holds now and where, open shelters, announcements. No person's name is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tomoshibi.incidents.force import Standing as Warning
from tomoshibi.incidents.force import now_in_force
from tomoshibi.incidents.models import BulletinRow
from tomoshibi.incidents.queries import bulletins
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import head_office, names_of, sites, who_are_we
from tomoshibi.places.subjects import SiteKind
from tomoshibi.publishing import queries, wordings
from tomoshibi.publishing.models import NoticeRow, OrderRow
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.shelters.queries import open_shelters

#: official bulletins shown, newest first, and for how long they are news
BULLETINS, NEWS_HOURS = 5, 24
#: official warnings in force that are shown, the gravest first
WARNINGS = 12


@dataclass(frozen=True)
class Standing:
    """An order as the public sees it: for the areas where nothing graver is in force."""

    row: OrderRow
    areas: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Board:
    """Everything on the public page; ``updated`` is when any of it changed last, None where nothing ever did."""

    town: str
    standings: list[Standing]
    shelters: list[ShelterRow]
    notices: list[NoticeRow]
    warnings: list[Warning]
    bulletins: list[BulletinRow]
    contacts: list[SiteRow]
    updated: datetime | None


def board(wording: str = "ja") -> Board:
    """What holds now, with the orders' texts in that wording."""
    us = who_are_we()
    standings = _standings(wording)
    shelters, notices = open_shelters(), queries.published()
    newest = OrderRow.objects.exclude(since=None).order_by("-since").first()
    said, warnings = newest_bulletins(), list(now_in_force().standings[:WARNINGS])
    moments = [
        *([newest.since] if newest else []),
        *(moment for row in shelters for moment in (row.opened_at, row.fullness_at)),
        *(row.since for row in notices),
        *(moment for row in said for moment in (row.received, row.corrected_at)),
    ]
    office = head_office()
    return Board(
        town=us.name if us else "",
        standings=standings,
        shelters=shelters,
        notices=notices,
        warnings=warnings,
        bulletins=said,
        contacts=[s for s in [office, *sites(SiteKind.BRANCH_OFFICE)] if s is not None and s.phone],
        updated=max(filter(None, moments), default=None),
    )


def _standings(wording: str) -> list[Standing]:
    found: list[Standing] = []
    covered: dict[str, int] = {}
    for row in queries.in_force():  # the gravest first
        mine = [ref for ref in row.area_refs if covered.get(ref, 0) <= row.level]
        if not mine:
            continue
        covered |= {ref: max(covered.get(ref, 0), row.level) for ref in mine}
        names = names_of(mine)
        said = queries.approved(row.approval)
        text = wordings.text_of(said, wording) if said else ""
        found.append(Standing(row, tuple(names[ref] for ref in mine if ref in names), text))
    return found


def newest_bulletins() -> list[BulletinRow]:
    """The newest official bulletins about us of the last day, without what was cancelled since."""
    since = worlds.now() - timedelta(hours=NEWS_HOURS)
    found = bulletins().filter(reported__gte=since, reported__lte=worlds.now()).exclude(here="[]")
    return list(found.exclude(info="cancelled")[:BULLETINS])
