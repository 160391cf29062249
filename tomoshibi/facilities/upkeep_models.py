"""Tables of what a facility keeps up in ordinary times: drills, stores, drawings. By facts only."""

from __future__ import annotations

import json

from django.db import models

from tomoshibi.facilities.upkeep_words import Drawn, Stored
from tomoshibi.facilities.words import Danger
from tomoshibi.journal.models import Projection


class DrillRow(Projection):
    """One drill 訓練, planned or held, with what is to be mended after it."""

    site = models.TextField(db_index=True)
    title = models.TextField(default="")
    danger = models.TextField(default="")
    at_night = models.BooleanField(default=False)
    planned_on = models.DateField(null=True)
    held_on = models.DateField(null=True, db_index=True)
    staff = models.IntegerField(null=True)
    residents = models.IntegerField(null=True)
    others = models.IntegerField(null=True)
    #: minutes from the call until all were out of the building, and until all were at the destination
    out_min = models.IntegerField(null=True)
    in_min = models.IntegerField(null=True)
    went_wrong = models.TextField(default="")
    review = models.TextField(default="")
    dropped = models.BooleanField(default=False)
    #: JSON list: id, text, owner, due, done (day or empty), note
    improvements = models.TextField(default="[]")

    @property
    def danger_word(self) -> Danger | None:
        """Against what it was, with its label; None where nobody said."""
        return Danger(self.danger) if self.danger else None

    @property
    def mends(self) -> list[dict[str, str]]:
        """What is to be mended, soonest due first."""
        found: list[dict[str, str]] = json.loads(self.improvements)
        return found

    @property
    def open_mends(self) -> list[dict[str, str]]:
        """Of these, those that are not done."""
        return [mend for mend in self.mends if not mend["done"]]


class StockRow(Projection):
    """One lot of a facility's stores 備蓄: what, how much is left, until when it keeps."""

    site = models.TextField(db_index=True)
    item = models.TextField(default="")
    stored = models.TextField(default="tool")
    amount = models.FloatField(default=0)
    unit = models.TextField(default="")
    best_before = models.DateField(null=True, db_index=True)
    place = models.TextField(default="")
    #: how much of it one person uses a day; 0 where it is not counted so
    per_day = models.FloatField(default=0)

    @property
    def stored_word(self) -> Stored:
        """For what it is, with its label."""
        return Stored(self.stored)

    @property
    def quantity(self) -> str:
        """Amount and unit."""
        return f"{self.amount:g} {self.unit}".strip()


class DrawingRow(Projection):
    """A drawing or photograph that a facility attached to its plan."""

    site = models.TextField(db_index=True)
    title = models.TextField(default="")
    drawn = models.TextField(default="photo")
    sha256 = models.TextField(default="")
    mime = models.TextField(default="")
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    attached_at = models.DateTimeField(null=True)

    @property
    def drawn_word(self) -> Drawn:
        """What it shows, with its label."""
        return Drawn(self.drawn)
