"""Tables of beds that facilities offer one another, and of who goes to them. By facts only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from tomoshibi.facilities.upkeep_words import Step
from tomoshibi.facilities.words import Care, Moves
from tomoshibi.journal.models import Projection

if TYPE_CHECKING:
    from tomoshibi.facilities.models import ResidentRow


class BedOfferRow(Projection):
    """So many beds that a facility offers to others."""

    incident = models.TextField(default="", db_index=True)
    site = models.TextField(db_index=True)
    number = models.IntegerField(default=0)
    moves = models.TextField(default="stretcher")
    care = models.TextField(default="care_5")
    until = models.DateTimeField(null=True)
    note = models.TextField(default="")
    withdrawn = models.BooleanField(default=False)
    offered_at = models.DateTimeField(null=True)

    @property
    def moves_word(self) -> Moves:
        """Up to which way of being moved, with its label."""
        return Moves(self.moves)

    @property
    def care_word(self) -> Care:
        """Up to which care need, with its label."""
        return Care(self.care)

    def fits(self, person: ResidentRow) -> bool:
        """Whether somebody who is moved so, and needs so much care, may come."""
        ways, needs = list(Moves), list(Care)
        return ways.index(person.moves_word) <= ways.index(self.moves_word) and (
            needs.index(person.care_word) <= needs.index(self.care_word)
        )


class TransferRow(Projection):
    """One resident on the way to another facility, or there. Times are of the newest journey."""

    incident = models.TextField(default="", db_index=True)
    #: where the person lives, and where the person goes
    site = models.TextField(db_index=True)
    to_site = models.TextField(db_index=True)
    resident = models.TextField(db_index=True)
    offer = models.TextField(default="", db_index=True)
    step = models.TextField(default="asked")
    #: since when it stands so
    since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    note = models.TextField(default="")

    @property
    def step_word(self) -> Step:
        """How far it has come, with its label."""
        return Step(self.step)

    @property
    def before(self) -> list[tuple[Step, datetime]]:
        """When the newest journey came to the steps before this one, in their order."""
        known = {
            Step.ASKED: self.asked_at,
            Step.LEFT: self.left_at,
            Step.RECEIVED: self.received_at,
            Step.RETURNED: self.returned_at,
        }
        return [(step, at) for step, at in known.items() if at and step is not self.step_word]
