"""The teams of a facility on the spot: who is in which, which sheet they go through, and how far each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tomoshibi.facilities.checks import CheckSheet, Item
from tomoshibi.facilities.models import CheckRow, EvacuationRow
from tomoshibi.facilities.words import Answer, Check, Role, Team
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import worlds
from tomoshibi.publishing.models import OrderRow
from tomoshibi.publishing.words import Danger
from tomoshibi.vocabulary.clock import JAPAN

#: hours of the day in Japan in which a facility has few staff
NIGHT = (18, 7)


@dataclass(frozen=True)
class TeamState:
    """One team: its people with since when, and its items of the sheet: how many, done, and late by the clock."""

    team: Team
    members: list[tuple[str, datetime]]
    of: int
    done: int
    late: int


def states(row: EvacuationRow | None, sheet: CheckSheet, run: CheckRow | None) -> list[TeamState]:
    """Every team with how far it is in ``sheet``; items of all staff are in each team's number."""
    members = row.team_members if row else {team: [] for team in Team}
    said = run.said if run else {}
    minutes = minutes_since(row.first_notified_at) if row else None
    found = []
    for team in Team:
        items = [i for i in sheet.items if i.role in (*team.roles, Role.ALL)]
        answered = {i.key for i in items if said.get(i.key, {}).get("answer", Check.NO) != Check.NO}
        late = [i for i in items if i.key not in answered and i.within and minutes is not None and i.within <= minutes]
        found.append(TeamState(team, members[team], len(items), len(answered), len(late)))
    return found


def of_item(item: Item) -> str:
    """The team that does an item, or ``all``."""
    return next((team.value for team in Team if item.role in team.roles), "all")


def sheet_key(row: EvacuationRow | None) -> str:
    """Which sheet of a disaster is gone through: by what the incident is, the order's danger, the hour, the answer."""
    incident = IncidentRow.objects.filter(subject=row.incident).first() if row else None
    order = OrderRow.objects.filter(subject=row.order).first() if row and row.order else None
    if order and order.danger == Danger.TSUNAMI:
        return "tsunami"
    if row and incident and incident.hazard == Hazard.EARTHQUAKE:
        at = (row.first_notified_at or worlds.now()).astimezone(JAPAN)
        return "quake-night" if at.hour >= NIGHT[0] or at.hour < NIGHT[1] else "quake-day"
    return "storm-stranded" if row and row.answer == Answer.STAYING else "storm-during"


def minutes_since(at: datetime | None) -> int | None:
    """Whole minutes since a moment; None where there is none."""
    return int((worlds.now() - at).total_seconds() // 60) if at else None
