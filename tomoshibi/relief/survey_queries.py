"""Readings of surveys for those who plan them: what remains, who can do how much, when it ends, who goes where."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import head_office
from tomoshibi.relief import queries
from tomoshibi.relief.models import DwellingRow, RiskRow, SurveyRow, TeamRow
from tomoshibi.relief.planning import Crew, Stop
from tomoshibi.relief.words import Risk
from tomoshibi.vocabulary.clock import JAPAN

#: days whose surveys tell the pace
PACE_DAYS = 3
#: first surveys in whose time one second survey (inside, by part) is made, where a plan says nothing else
SECOND = 3.0


def today() -> date:
    """The day that it is in Japan."""
    return worlds.now().astimezone(JAPAN).date()


def teams(incident: str) -> QuerySet[TeamRow]:
    """Teams of an incident that go out, by name."""
    return TeamRow.objects.filter(incident__in=with_merged(incident), disbanded=False).order_by("name", "subject")


def team_names(incident: str) -> dict[str, str]:
    """Names of all teams of an incident, those disbanded among them, by reference."""
    return dict(TeamRow.objects.filter(incident__in=with_merged(incident)).values_list("subject", "name"))


def open_rounds(incident: str) -> dict[str, SurveyRow]:
    """The round that each dwelling waits for, where one is planned and not surveyed, by dwelling."""
    waiting = SurveyRow.objects.filter(incident__in=with_merged(incident), surveyed_at__isnull=True, judged="")
    return {row.dwelling: row for row in waiting.order_by("round")}


@dataclass(frozen=True, slots=True)
class Capacity:
    """How fast surveys go, and when they end.

    ``remaining`` are dwellings that wait for a surveyor, ``load`` the same in first surveys; ``per_day`` what the
    teams can do a day, ``pace`` what they did a day on the last days on which they worked (None: none yet).
    ``days`` and ``ends_on`` follow from ``per_day``, ``ends_at_pace`` from the pace; None where nobody can say.
    """

    remaining: int
    load: float
    teams: int
    per_day: int
    pace: float | None
    days: int | None
    ends_on: date | None
    ends_at_pace: date | None


def capacity(incident: str, second: float = SECOND) -> Capacity:
    """What remains to be surveyed in an incident and when that ends; ``second``: first surveys that a second takes."""
    remaining = queries.to_survey(incident).order_by().count()
    again = (
        SurveyRow.objects.filter(incident__in=with_merged(incident), surveyed_at__isnull=True, judged="", round__gt=1)
        .values("dwelling")
        .distinct()
        .count()
    )
    load = remaining + again * (second - 1)
    able = list(teams(incident).values_list("per_day", flat=True))
    per_day, seen = sum(able), pace(incident)
    days = math.ceil(load / per_day) if per_day else None
    return Capacity(
        remaining=remaining,
        load=load,
        teams=len(able),
        per_day=per_day,
        pace=seen,
        days=days,
        ends_on=today() + timedelta(days) if days is not None else None,
        ends_at_pace=today() + timedelta(math.ceil(remaining / seen)) if seen else None,
    )


def pace(incident: str) -> float | None:
    """Dwellings surveyed a day, over the last :data:`PACE_DAYS` days before today on which any was."""
    end = datetime.combine(today(), time(), JAPAN)
    # nobody went out for what was judged with an area
    rows = SurveyRow.objects.filter(incident__in=with_merged(incident), surveyed_at__lt=end, joint="")
    newest = rows.order_by("-surveyed_at").values_list("surveyed_at", flat=True).first()
    if newest is None:
        return None
    # where nobody worked for a week, the days before are still what is known of the pace
    since = newest - timedelta(14)
    seen = rows.filter(surveyed_at__gte=since).values_list("surveyed_at", flat=True)
    worked = Counter(at.astimezone(JAPAN).date() for at in seen if at)
    last = sorted(worked, reverse=True)[:PACE_DAYS]
    return sum(worked[day] for day in last) / len(last)


@dataclass(frozen=True, slots=True)
class Progress:
    """A team's day: dwellings assigned, and those of them that are surveyed."""

    day: date
    team: str
    assigned: int
    done: int

    @property
    def left(self) -> int:
        """Dwellings that are not surveyed."""
        return self.assigned - self.done

    @property
    def late(self) -> bool:
        """Whether something of a day that is over was not surveyed."""
        return self.left > 0 and self.day < today()


def progress(incident: str) -> list[Progress]:
    """Every team's every day that was planned, by day and team."""
    rows = SurveyRow.objects.filter(incident__in=with_merged(incident), planned_on__isnull=False).exclude(team="")
    counted = (
        rows.values("planned_on", "team")
        .annotate(assigned=Count("pk"), done=Count("pk", filter=Q(surveyed_at__isnull=False)))
        .order_by("planned_on", "team")
    )
    return [Progress(c["planned_on"], c["team"], c["assigned"], c["done"]) for c in counted if c["planned_on"]]


@dataclass(frozen=True, slots=True)
class District:
    """How far a district's surveys are: dwellings that wait, those of them with a day, from which day to which, and
    rounds that were surveyed and that were judged. ``area`` is empty where no district is known.
    """

    area: str
    waiting: int
    assigned: int
    first: date | None
    last: date | None
    surveyed: int
    judged: int


def districts(incident: str) -> list[District]:
    """Every district with something to survey or surveyed in an incident; those with most to do first."""
    where = DwellingRow.objects.filter(subject=OuterRef("dwelling")).values("area")[:1]
    rows = SurveyRow.objects.filter(incident__in=with_merged(incident)).annotate(
        area=Coalesce(Subquery(where), Value("", TextField()))
    )
    still = Q(surveyed_at__isnull=True, judged="", planned_on__isnull=False) & ~Q(team="")
    counted = rows.values("area").annotate(
        assigned=Count("dwelling", filter=still, distinct=True),
        first=Min("planned_on", filter=still),
        last=Max("planned_on", filter=still),
        surveyed=Count("pk", filter=Q(surveyed_at__isnull=False)),
        decided=Count("pk", filter=~Q(judged="")),
    )
    known: dict[str, Any] = {c["area"]: c for c in counted.order_by()}
    waiting = Counter(queries.to_survey(incident).order_by().values_list("area", flat=True))
    none: dict[str, Any] = {"assigned": 0, "first": None, "last": None, "surveyed": 0, "decided": 0}
    found = []
    for area in {*known, *waiting}:
        c = known.get(area, none)
        found.append(District(area, waiting[area], c["assigned"], c["first"], c["last"], c["surveyed"], c["decided"]))
    return sorted(found, key=lambda d: (-d.waiting, d.area))


def route(team: str, day: date) -> list[tuple[SurveyRow, DwellingRow]]:
    """What a team surveys on a day, in the order of its way."""
    return _with_places(SurveyRow.objects.filter(team=team, planned_on=day))


def risks(incident: str, dwellings: Iterable[str]) -> dict[str, Risk]:
    """The newest emergency risk marking in an incident of those dwellings that have one."""
    marked = RiskRow.objects.filter(incident__in=with_merged(incident), dwelling__in=list(dwellings))
    rows = marked.order_by("marked_at")
    return {row.dwelling: Risk(row.mark) for row in rows}


def in_hand(team: str) -> list[tuple[SurveyRow, DwellingRow]]:
    """What a team still has to survey up to today, and what it did today: the late first, each day in its order."""
    on = today()
    begun = datetime.combine(on, time(), JAPAN)
    rows = SurveyRow.objects.filter(team=team).filter(
        Q(surveyed_at__isnull=True, planned_on__lte=on) | Q(planned_on=on) | Q(surveyed_at__gte=begun)
    )
    return _with_places(rows)


def _with_places(rows: QuerySet[SurveyRow]) -> list[tuple[SurveyRow, DwellingRow]]:
    found = list(rows.order_by("planned_on", "stop", "subject"))
    places = {p.subject: p for p in DwellingRow.objects.filter(subject__in=[r.dwelling for r in found])}
    return [(row, places[row.dwelling]) for row in found if row.dwelling in places]


def crews(found: Iterable[TeamRow]) -> list[Crew]:
    """Teams as the planner takes them, each at the site from which it sets out: the head office where none is said."""
    rows = list(found)
    sites = {s.subject: s for s in SiteRow.objects.filter(subject__in={r.start for r in rows if r.start})}
    office = head_office()
    made = []
    for row in rows:
        start = sites.get(row.start, office)
        made.append(Crew(row.subject, row.per_day, start.lat if start else None, start.lon if start else None))
    return made


def stops(incident: str, before: date, second: float = SECOND) -> dict[str, Stop]:
    """What is to be planned from ``before`` on, by dwelling: not yet assigned, assigned for that day or later, or left
    over from a day that is past. What a team has in hand for a day before stays with it.
    """
    rounds = open_rounds(incident)
    on = today()
    columns = ("subject", "lat", "lon", "area", "address")
    found: dict[str, Stop] = {}
    for ref, lat, lon, area, address in queries.to_survey(incident).order_by().values_list(*columns):
        row = rounds.get(ref)
        if row is not None and row.team and row.planned_on and on <= row.planned_on < before:
            continue
        found[ref] = Stop(ref, lat, lon, second if row is not None and row.round > 1 else 1.0, area, address)
    return found
