"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from tomoshibi.bulletins import Kind
from tomoshibi.incidents.words import Hazard, Posture
from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.vocabulary import T

OUTCOMES: dict[str, T] = {
    "": T("判断中", "Being decided"),
    "fired": T("自動で動作", "Acted on"),
    "asked": T("人の判断が必要", "A person must decide"),
    "nothing": T("該当なし", "No rule applies"),
    "shown": T("訓練・試験電文のため表示のみ", "Exercise or test: shown only"),
    "cancelled": T("取消報", "Cancellation"),
    "no-table": T("自動判断表が未承認", "No trigger table in force"),
}


class BulletinRow(Projection):
    """One telegram as it stands now: a correction of the same serial number replaces what it corrects."""

    type = models.TextField(default="")
    kind = models.TextField(default="")
    status = models.TextField(default="")
    info = models.TextField(default="")
    event = models.TextField(default="", db_index=True)
    serial = models.IntegerField(null=True)
    name = models.TextField(default="")
    title = models.TextField(default="")
    headline = models.TextField(default="")
    reported = models.DateTimeField()
    received = models.DateTimeField(db_index=True)
    hypocentre = models.TextField(default="")
    magnitude = models.FloatField(null=True)
    max_intensity = models.TextField(default="")
    #: JSON list of what it says of our own areas
    here = models.TextField(default="[]")
    digest = models.TextField(default="")
    source = models.TextField(default="")
    #: what the trigger table made of it: "" (not yet), fired, nothing, alert, shown, cancelled, no-table
    outcome = models.TextField(default="")
    #: rules that a person has yet to decide about, and actions that failed
    alerts = models.IntegerField(default=0)
    #: JSON of the evaluation, with its trace
    trace = models.TextField(default="{}")
    #: what a person decided about them
    decided = models.TextField(default="")
    incident = models.TextField(default="", db_index=True)

    @property
    def of_us(self) -> list[dict[str, Any]]:
        """What it says of our own areas: ``name``, ``intensity``, ``kind``, ``level``."""
        here: list[dict[str, Any]] = json.loads(self.here)
        return here

    @property
    def evaluation(self) -> dict[str, Any]:
        """``asked``, ``failed`` and ``trace`` of the evaluation; empty where there was none."""
        found: dict[str, Any] = json.loads(self.trace)
        return found

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]

    @property
    def outcome_text(self) -> T:
        """What was made of it, in words."""
        return OUTCOMES.get(self.outcome, OUTCOMES[""])

    @property
    def kind_text(self) -> T:
        """The kind of bulletin, in words."""
        return Kind(self.kind).text


class RejectedRow(Projection):
    """A file that could not be read as a bulletin."""

    name = models.TextField()
    reason_ja = models.TextField()
    reason_en = models.TextField()
    size = models.IntegerField()
    digest = models.TextField()
    at = models.DateTimeField(db_index=True)


class IncidentRow(Projection):
    """One incident."""

    title = models.TextField(default="")
    hazard = models.TextField(default="other")
    event = models.TextField(default="")
    began = models.DateTimeField(null=True)
    opened = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)
    posture = models.TextField(default="normal")
    posture_since = models.DateTimeField(null=True)
    merged_into = models.TextField(default="", db_index=True)
    bulletins = models.IntegerField(default=0)

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]

    @property
    def is_open(self) -> bool:
        """Whether people are still at work on it."""
        return self.closed is None and not self.merged_into

    @property
    def hazard_word(self) -> Hazard:
        """The hazard as a word with a label."""
        return Hazard(self.hazard)

    @property
    def posture_word(self) -> Posture:
        """The posture as a word with a label."""
        return Posture(self.posture)


class NoteRow(Projection):
    """A line that somebody wrote into the timeline, as it stands after corrections."""

    incident = models.TextField(default="", db_index=True)
    at = models.DateTimeField()
    what = models.TextField(default="")
    where = models.TextField(default="")
    who = models.TextField(default="")
    cancelled = models.BooleanField(default=False)


class TableRow(Projection):
    """A trigger table: which revision is in force, and which waits for approval (entry ids of the proposals)."""

    name = models.TextField(default="")
    in_force = models.TextField(default="")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(default="")
    proposed = models.TextField(default="")
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.TextField(default="")


class RuleRow(PartProjection):
    """One rule of a revision that is in force or waits for approval."""

    revision = models.TextField(db_index=True)
    number = models.IntegerField()
    name = models.TextField(default="")
    #: JSON of the rule, as :class:`tomoshibi.incidents.deciding.Rule` reads it
    rule = models.TextField(default="{}")


class CaseRow(PartProjection):
    """One case that a revision must pass."""

    revision = models.TextField(db_index=True)
    number = models.IntegerField()
    name = models.TextField(default="")
    #: JSON of the case, as :class:`tomoshibi.incidents.deciding.Case` reads it
    case = models.TextField(default="{}")
