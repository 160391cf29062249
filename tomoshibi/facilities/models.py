"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json

from django.db import models

from tomoshibi.facilities.words import Answer, Care, Contact, Danger, Home, Identity, Moves
from tomoshibi.journal.models import Projection


class FacilityRow(Projection):
    """The profile of a site that is a care facility; it has the site's key."""

    site = models.TextField(db_index=True)
    home = models.TextField(default="other")
    operator = models.TextField(default="")
    manager = models.TextField(default="")
    night_phone = models.TextField(default="")
    email = models.TextField(default="")
    residents_day = models.IntegerField(null=True)
    residents_night = models.IntegerField(null=True)
    staff_day = models.IntegerField(null=True)
    staff_night = models.IntegerField(null=True)
    helpers = models.TextField(default="")
    #: what may come, separated by spaces
    dangers = models.TextField(default="")
    danger_note = models.TextField(default="")
    destination = models.TextField(default="")
    upstairs = models.TextField(default="")
    plan_made_on = models.DateField(null=True)

    @property
    def home_word(self) -> Home:
        """The kind of home, with its label."""
        return Home(self.home)

    @property
    def danger_words(self) -> list[Danger]:
        """What may come, with labels."""
        return [Danger(d) for d in self.dangers.split()]


class ResidentRow(Projection):
    """Somebody who lives in a facility, or uses it by day."""

    site = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    kana = models.TextField(default="")
    room = models.TextField(default="")
    birth = models.DateField(null=True)
    address = models.TextField(default="")
    care = models.TextField(default="none")
    moves = models.TextField(default="walks")
    history = models.TextField(default="")
    medicine = models.TextField(default="")
    food = models.TextField(default="")
    #: JSON list of lines 氏名／続柄／電話
    family = models.TextField(default="[]")
    #: why not in the house (入院中, 外泊); empty: in the house
    away = models.TextField(default="")
    left = models.BooleanField(default=False)

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]

    @property
    def contacts(self) -> list[Contact]:
        """Family to call, first the first to call."""
        return [Contact.of(line) for line in json.loads(self.family)]

    @property
    def care_word(self) -> Care:
        """The care need, with its label."""
        return Care(self.care)

    @property
    def moves_word(self) -> Moves:
        """How the person is moved, with its label."""
        return Moves(self.moves)


class EvacuationRow(Projection):
    """One facility in one incident: what it was told, and what it answered."""

    incident = models.TextField(default="", db_index=True)
    site = models.TextField(db_index=True)
    #: the newest notice
    notified_at = models.DateTimeField(null=True)
    first_notified_at = models.DateTimeField(null=True)
    source = models.TextField(default="")
    level = models.IntegerField(null=True)
    area = models.TextField(default="")
    why = models.TextField(default="")
    what = models.TextField(default="")
    order = models.TextField(default="")
    notices = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(default="")
    failed = models.TextField(default="")
    answer = models.TextField(default="", db_index=True)
    #: since when the answer is what it is
    answered_at = models.DateTimeField(null=True)
    destination = models.TextField(default="")
    reason = models.TextField(default="")
    brigade_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]

    @property
    def answer_word(self) -> Answer | None:
        """The answer, with its label; None where there is none."""
        return Answer(self.answer) if self.answer else None


class HeadcountRow(Projection):
    """One resident in one evacuation: counted out, counted in, handed over. Times are of the first that stands."""

    incident = models.TextField(default="", db_index=True)
    evacuation = models.TextField(db_index=True)
    site = models.TextField(db_index=True)
    resident = models.TextField(db_index=True)
    out_at = models.DateTimeField(null=True)
    #: by how many counts; two phones that count the same person make two
    out_times = models.IntegerField(default=0)
    out_by = models.TextField(default="")
    #: entry of the newest count, which a correction would take back
    out_entry = models.TextField(default="")
    in_at = models.DateTimeField(null=True)
    in_times = models.IntegerField(default=0)
    in_by = models.TextField(default="")
    in_entry = models.TextField(default="")
    in_place = models.TextField(default="")
    #: every count, whatever it says, is not later than this
    counted_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    handed_times = models.IntegerField(default=0)
    handed_to = models.TextField(default="")
    relation = models.TextField(default="")
    identity = models.TextField(default="")
    identity_note = models.TextField(default="")
    handed_by = models.TextField(default="")
    handed_entry = models.TextField(default="")

    @property
    def identity_word(self) -> Identity | None:
        """How identity was checked, with its label."""
        return Identity(self.identity) if self.identity else None
