"""A plan becomes facts: which team surveys what on which day. Only what differs from the present is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.importing import BATCH
from tomoshibi.relief import issuing, keys, survey_queries
from tomoshibi.relief.facts import SurveyPlanned
from tomoshibi.relief.models import SurveyRow
from tomoshibi.relief.planning import plan
from tomoshibi.relief.survey_facts import SurveyAssigned
from tomoshibi.vocabulary import T

#: days that one plan may reach ahead: the forecast looks further, but nobody follows a route of next month
LONGEST = 14


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to: dwellings assigned, how many of them changed, team-days, metres of way, and the rest."""

    assigned: int
    changed: int
    routes: int
    metres: float
    left: int


def assign(incident: str, actor: Actor, first: date, days: int, second: float = survey_queries.SECOND) -> Planned:
    """Plan ``days`` days from ``first`` on for every team of an incident, and record who goes where.

    Raises :class:`Refused` where there is no team or the day of the disaster is not known, and what
    :func:`record` raises.
    """
    teams = list(survey_queries.teams(incident))
    if not teams:
        raise Refused(T("調査班がありません。先に班を編成してください。", "There is no team. Form one first."))
    if not 1 <= days <= LONGEST:
        raise Refused(T(f"日数は1から{LONGEST}までです。", f"Plan 1 to {LONGEST} days."), "days")
    if first < survey_queries.today():
        raise Refused(T("過ぎた日には割り当てられません。", "That day is past."), "first")
    if not 1 <= second <= 20:
        raise Refused(T("第2次の重さは1から20までです。", "A second survey counts as 1 to 20."), "second")
    waiting = survey_queries.stops(incident, first, second)
    rounds = survey_queries.open_rounds(incident)
    routes = plan(list(waiting.values()), survey_queries.crews(teams), days)
    wanted = {
        ref: (route.crew, first + timedelta(route.day), stop)
        for route in routes
        for stop, ref in enumerate(route.stops, 1)
    }
    drafts = list(_drafts(incident, wanted, waiting, rounds))
    for start in range(0, len(drafts), BATCH):
        record(drafts[start : start + BATCH], actor)
    assigned = len(wanted)
    changed = len({d.subject for d in drafts if isinstance(d.fact, SurveyAssigned)})
    return Planned(assigned, changed, len(routes), sum(r.metres for r in routes), len(waiting) - assigned)


def _drafts(
    incident: str,
    wanted: dict[str, tuple[str, date, int]],
    waiting: Iterable[str],
    rounds: dict[str, SurveyRow],
) -> Iterable[Draft]:
    """First that a round is planned where none is; then who makes it. What no longer fits is nobody's."""
    day = issuing.disaster_day(incident)
    for dwelling in waiting:
        row, place = rounds.get(dwelling), wanted.get(dwelling)
        if place is None:
            if row is not None and row.team:
                yield Draft(SurveyAssigned(), row.subject, incident=row.incident)
            continue
        team, on, stop = place
        if row is None:
            if day is None:
                raise Refused(
                    T(
                        "災害の日が分かりません。事案に発生日時を入れてください。",
                        "The day of the disaster is not known: enter when the incident began.",
                    )
                )
            subject = keys.survey(incident, dwelling, 1)
            yield Draft(SurveyPlanned(dwelling=dwelling, round=1, disaster_on=day), subject, incident=incident)
            yield Draft(SurveyAssigned(team=team, planned_on=on, stop=stop), subject, incident=incident)
        elif (row.team, row.planned_on, row.stop) != place:
            yield Draft(SurveyAssigned(team=team, planned_on=on, stop=stop), row.subject, incident=row.incident)


def move(surveys: Iterable[str], team: str, day: date | None, actor: Actor) -> int:
    """Give rounds of survey to another team or day, behind what it has there; an empty ``team`` takes them back.

    Raises what :func:`record` raises. Returns how many were moved.
    """
    rows = list(SurveyRow.objects.filter(subject__in=list(surveys)).order_by("planned_on", "stop", "subject"))
    last = max(
        (r.stop for r in SurveyRow.objects.filter(team=team, planned_on=day).only("stop")) if team else (), default=0
    )
    drafts = [
        Draft(
            SurveyAssigned(team=team, planned_on=day if team else None, stop=last + n if team else 0),
            row.subject,
            incident=row.incident,
        )
        for n, row in enumerate(rows, 1)
    ]
    record(drafts, actor)
    return len(drafts)
