"""Readings of drills, stores and drawings, named as questions: what is overdue, what runs out, for how many days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, QuerySet

from tomoshibi.facilities import queries
from tomoshibi.facilities.models import EvacuationRow, FacilityRow, HeadcountRow
from tomoshibi.facilities.upkeep_facts import DRILL_EVERY, EXPIRY_NOTICE
from tomoshibi.facilities.upkeep_models import DrawingRow, DrillRow, StockRow
from tomoshibi.facilities.upkeep_words import Stored
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary.clock import JAPAN

#: for how many days a facility should be able to do without anybody
DAYS_WANTED = 3


def today() -> date:
    """The day in Japan, in the world that we are in."""
    return worlds.now().astimezone(JAPAN).date()


def drills(site: str) -> QuerySet[DrillRow]:
    """Drills of a facility that were held or are planned, newest first."""
    return DrillRow.objects.filter(site=site, dropped=False).order_by("-held_on", "-planned_on", "subject")


def last_drills(sites: Iterable[str]) -> dict[str, date]:
    """When each of these facilities held its last drill; those that never did are absent."""
    rows = DrillRow.objects.filter(site__in=set(sites), dropped=False, held_on__isnull=False)
    return {row["site"]: row["last"] for row in rows.values("site").annotate(last=Max("held_on"))}


def drill_overdue(last: date | None) -> bool:
    """Whether a facility whose last drill was then (None: never) is overdue."""
    return last is None or last + DRILL_EVERY < today()


def without_drill(found: QuerySet[SiteRow]) -> QuerySet[SiteRow]:
    """Of these sites, those overdue for their drill."""
    since = today() - DRILL_EVERY
    held = DrillRow.objects.filter(dropped=False, held_on__gte=since).values("site")
    return found.exclude(subject__in=held)


def wanting(found: QuerySet[SiteRow], which: str) -> QuerySet[SiteRow]:
    """Of these sites, those overdue for their ``drill``, or whose ``stores`` run out."""
    if which == "drill":
        return without_drill(found)
    ending = StockRow.objects.filter(amount__gt=0, best_before__lte=today() + EXPIRY_NOTICE)
    return found.filter(subject__in=ending.values("site"))


def open_mends(site: str) -> list[tuple[DrillRow, dict[str, str]]]:
    """What a facility's drills showed that is not mended yet, soonest due first."""
    found = [(row, mend) for row in drills(site) for mend in row.open_mends]
    return sorted(found, key=lambda pair: pair[1]["due"] or "9")


@dataclass(frozen=True)
class FromCounts:
    """What a head-count says of an evacuation: minutes from the first notice until all were out and all were at the
    destination (None where somebody is not), and how many took part.
    """

    residents: int
    out_min: int | None
    in_min: int | None


def from_counts(row: EvacuationRow) -> FromCounts:
    """Times and numbers of an evacuation from its own counts, as a drill's log wants them."""
    counts = queries.counts([row])[row.subject]
    heads = list(HeadcountRow.objects.filter(evacuation=row.subject))
    began = row.first_notified_at

    def minutes(moments: list[object], whole: bool) -> int | None:
        known = [at for at in moments if at is not None]
        if began is None or not whole or not known:
            return None
        return max(0, round((max(known) - began).total_seconds() / 60))  # type: ignore[type-var,operator]

    out = [h.out_at or h.way_at or h.in_at or h.handed_at for h in heads]
    came = [h.in_at or h.handed_at for h in heads]
    return FromCounts(
        counts.out,
        minutes(list(out), counts.out == counts.expected),
        minutes(list(came), counts.safe == counts.expected),
    )


def stock(site: str) -> QuerySet[StockRow]:
    """A facility's stores that are not used up, by what they are for, those that run out first on top."""
    return StockRow.objects.filter(site=site, amount__gt=0).order_by("stored", "best_before", "item", "subject")


def expiring(sites: Iterable[str], within: timedelta = EXPIRY_NOTICE) -> dict[str, list[StockRow]]:
    """Stores of these facilities whose best-before day has passed or comes within so long, soonest first."""
    rows = StockRow.objects.filter(site__in=set(sites), amount__gt=0, best_before__lte=today() + within)
    found: dict[str, list[StockRow]] = defaultdict(list)
    for row in rows.order_by("best_before", "item"):
        found[row.site].append(row)
    return dict(found)


@dataclass(frozen=True)
class Lasts:
    """For how many days what is stored lasts ``people``: of one kind, past its day not counted; 1 decimal."""

    stored: Stored
    days: float
    people: int

    @property
    def enough(self) -> bool:
        """Whether it reaches the days that are wanted."""
        return self.days >= DAYS_WANTED


def lasts(site: str, profile: FacilityRow | None) -> list[Lasts]:
    """For how many days a facility's stores last everybody there (residents and staff by day, or those at night if
    more), of each kind that is counted by person; empty where nobody said how many people there are.
    """
    people = everybody(profile) or queries.residents(site).filter(away="").count()
    if not people:
        return []
    days: dict[Stored, float] = defaultdict(float)
    for row in stock(site):
        if row.per_day and (row.best_before is None or row.best_before >= today()):
            days[row.stored_word] += row.amount / row.per_day / people
    return [Lasts(kind, round(days[kind], 1), people) for kind in Stored if kind in days or kind.per_day]


def everybody(profile: FacilityRow | None) -> int:
    """How many people a facility must feed: residents and staff, by day or at night, whichever is more."""
    if profile is None:
        return 0
    day = (profile.residents_day or 0) + (profile.staff_day or 0)
    night = (profile.residents_night or 0) + (profile.staff_night or 0)
    return max(day, night)


def drawings(site: str) -> QuerySet[DrawingRow]:
    """Drawings and photographs of a facility's plan: plans and sections first, photographs last."""
    return DrawingRow.objects.filter(site=site).order_by("attached_at", "subject")
