"""The signed link by which a team opens its dwellings on a tablet without an account: for a few days, and no more."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from tomoshibi.journal import links
from tomoshibi.journal.access import Actor
from tomoshibi.relief.models import TeamRow
from tomoshibi.relief.survey_facts import Team

VALID = timedelta(days=3)
PERMISSION = "relief.surveyed"


def address(team: TeamRow) -> str:
    """The address that goes to the team, by mail or as a QR code."""
    return reverse(
        "relief:field_link", args=[links.token(team.subject, team.name, [(PERMISSION, team.subject)], VALID)]
    )


def read(token: str) -> tuple[Actor, TeamRow] | None:
    """Who comes by a token, and as which team; None where it is forged, of the other world, too old, or disbanded."""
    actor = links.read(token)
    if actor is None:
        return None
    refs = [s for permission, s in actor.only if permission == PERMISSION and s.startswith(f"{Team.type}:")]
    team = TeamRow.objects.filter(subject__in=refs, disbanded=False).first()
    return (actor, team) if team else None
