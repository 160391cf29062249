"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models

from tomoshibi.bulletins.typed import NETWORK
from tomoshibi.incidents.words import Hazard, Posture, SitingForm, SitingGrade, SourceKind
from tomoshibi.journal import worlds
from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.vocabulary import T

OUTCOMES: dict[str, T] = {
    "": T("判断中", "Being decided"),
    "fired": T("自動で動作", "Acted on"),
    "asked": T("人の判断が必要", "A person must decide"),
    "nothing": T("該当なし", "No rule applies"),
    "shown": T("訓練・試験電文のため表示のみ", "Exercise or test: shown only"),
    "cancelled": T("取消報", "Cancellation"),
    "late": T("新しい電文が先に届いていたため記録のみ", "A newer one had come: kept only"),
    "no-table": T("自動判断表が未承認", "No trigger table in force"),
}
#: what a telegram was to those before it, as it came in
ARRIVALS: dict[str, T] = {
    "first": T("第一報", "First"),
    "update": T("続報", "Update"),
    "cancel": T("取消", "Cancels"),
    "late": T("遅れて到着", "Came late"),
    "duplicate": T("重複", "Duplicate"),
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
    #: reference of the source that brought it first
    via = models.TextField(default="")
    #: what it was to those before it: first, update, cancel, late
    arrival = models.TextField(default="")
    #: the run of telegrams in which the newest stands for all, and its place there, as a text that sorts
    stream = models.TextField(default="")
    rank = models.TextField(default="")
    #: when what it says ends by itself; NULL: when its stream says so
    until = models.DateTimeField(null=True)
    #: how often the same telegram came again in other bytes
    repeats = models.IntegerField(default=0)
    #: what the trigger table made of it: "" (not yet), fired, nothing, alert, shown, cancelled, late, no-table
    outcome = models.TextField(default="")
    #: rules that a person has yet to decide about, and actions that failed
    alerts = models.IntegerField(default=0)
    #: JSON of the evaluation, with its trace
    trace = models.TextField(default="{}")
    #: what a person decided about them
    decided = models.TextField(default="")
    incident = models.TextField(default="", db_index=True)
    #: JSON of what became of its figures when stations were left out (:class:`BulletinCorrected`); "": nothing
    corrected = models.TextField(default="")
    corrected_at = models.DateTimeField(null=True)
    #: classes that the maximum or an area of ours was said to have and has no more, separated by spaces
    overturned = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["stream", "rank"], name="incidents_bulletin_stream")]

    @property
    def arrival_text(self) -> T:
        """What it was to those before it, in words."""
        return ARRIVALS.get(self.arrival, T("", ""))

    @property
    def of_us(self) -> list[dict[str, Any]]:
        """What it says of our own areas: ``name``, ``intensity``, ``kind``, ``level``."""
        here: list[dict[str, Any]] = json.loads(self.here)
        return here

    @property
    def correction(self) -> dict[str, Any]:
        """``stations``, ``max_before``, ``max_after``, ``here`` and ``why`` of the last correction of its figures;
        empty where every station counts.
        """
        found: dict[str, Any] = json.loads(self.corrected or "{}")
        return found if found.get("stations") else {}

    @property
    def headline_now(self) -> str:
        """Its headline; where our own network said it and it does not hold any more, with the maximum as it is now."""
        said = self.correction
        if self.type != NETWORK or not said:
            return self.headline
        named = any(station["name"] and station["name"] in self.headline for station in said["stations"])
        if said["max_before"] == said["max_after"] and not named:
            return self.headline
        return f"{self.headline}【訂正: 最大震度{said['max_after'] or '不明'}】"

    @property
    def evaluation(self) -> dict[str, Any]:
        """``asked``, ``failed`` and ``trace`` of the evaluation; empty where there was none."""
        found: dict[str, Any] = json.loads(self.trace)
        return found

    @property
    def outcome_text(self) -> T:
        """What was made of it, in words."""
        return OUTCOMES.get(self.outcome, OUTCOMES[""])


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
    merged_into = models.TextField(default="", db_index=True)
    bulletins = models.IntegerField(default=0)
    #: reports that were sent, separated by spaces
    sent = models.TextField(default="")

    @property
    def reports_sent(self) -> frozenset[str]:
        """The reports that were sent (:class:`~tomoshibi.incidents.words.Report`)."""
        return frozenset(self.sent.split())

    @property
    def is_open(self) -> bool:
        """Whether people are still at work on it, under its own name."""
        from tomoshibi.incidents import queries

        return self.closed is None and (not self.merged_into or queries.final(self).subject == self.subject)

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


class SourceRow(Projection):
    """Where telegrams come from: a folder, a feed that we ask, a receiver that sends, people who type."""

    name = models.TextField(default="")
    kind = models.TextField(default="inbox")
    url = models.TextField(default="")
    every_s = models.IntegerField(default=60)
    #: minutes without a word after which it is silent; NULL: it may be
    silent_min = models.IntegerField(null=True)
    note = models.TextField(default="")
    since = models.DateTimeField(null=True)
    withdrawn = models.BooleanField(default=False)
    #: SHA-256 of the token by which a receiver sends; empty: none
    token = models.TextField(default="", db_index=True)
    token_at = models.DateTimeField(null=True)
    #: whether the journal knows it as silent, and since when
    silent = models.BooleanField(default=False)
    silent_at = models.DateTimeField(null=True)

    @property
    def kind_word(self) -> SourceKind:
        """Its kind as a word with a label."""
        return SourceKind(self.kind)


class Grading(NamedTuple):
    """A grade of a station: when it was recorded, and since when earlier readings are judged by it, too (None: not)."""

    at: datetime
    grade: SitingGrade
    since: datetime | None


class StationRow(Projection):
    """A seismic station that somebody described, graded or left out. Others count, and are not here."""

    code = models.TextField(default="", db_index=True)
    #: its numbers in other lists, separated by spaces
    also = models.TextField(default="")
    name = models.TextField(default="")
    agency = models.TextField(default="")
    municipality = models.TextField(default="")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    form = models.TextField(default="")
    grade = models.TextField(default="", db_index=True)
    assessed_on = models.DateField(null=True)
    assessed_by = models.TextField(default="")
    reason = models.TextField(default="")
    #: JSON list of every :class:`Grading`, in the order of the journal
    gradings = models.TextField(default="[]")
    excluded = models.BooleanField(default=False, db_index=True)
    excluded_since = models.DateTimeField(null=True)
    excluded_until = models.DateTimeField(null=True)
    excluded_reason = models.TextField(default="")
    excluded_at = models.DateTimeField(null=True)
    excluded_by = models.TextField(default="")

    @property
    def codes(self) -> frozenset[str]:
        """Every code by which a list or a telegram may name it."""
        return frozenset((self.code, *self.also.split()))

    @property
    def form_word(self) -> SitingForm | None:
        """Its siting form as a word with a label."""
        return SitingForm(self.form) if self.form else None

    @property
    def grade_word(self) -> SitingGrade | None:
        """Its grade as a word with a label."""
        return SitingGrade(self.grade) if self.grade else None

    @property
    def graded(self) -> list[Grading]:
        """Its grades, the one in force last."""
        return [
            Grading(datetime.fromisoformat(at), SitingGrade(grade), datetime.fromisoformat(since) if since else None)
            for at, grade, since in json.loads(self.gradings)
        ]

    def is_left_out(self, at: datetime) -> bool:
        """Whether a person left its readings of that moment out."""
        since, until = self.excluded_since, self.excluded_until
        return self.excluded and (since is None or since <= at) and (until is None or at <= until)

    def counted(self, at: datetime, known: datetime | None = None) -> bool:
        """Whether its readings of ``at`` count: not left out, and of no poor grade by ``known`` (None: by now).

        What was graded later does not touch them, but where that grade says since when it holds.
        """
        said = [g.grade for g in self.graded if known is None or g.at <= known or (g.since and g.since <= at)]
        return not self.is_left_out(at) and (not said or said[-1].counts)

    @property
    def left_out(self) -> bool:
        """Whether a person left its readings of now out."""
        return self.is_left_out(worlds.now())

    @property
    def counts(self) -> bool:
        """Whether maps and triggers use it now."""
        return self.counted(worlds.now())


class HeardRow(models.Model):
    """When this node last heard of a source, and how a feed stands: no fact, for a poll a minute would bury the rest.

    It stays on this node, like the leases of tasks; that a source fell silent, and was heard again, are facts.
    """

    #: reference of the source
    source = models.TextField(primary_key=True)
    #: when it last answered or sent, and when it last brought a telegram that was new
    heard_at = models.DateTimeField(null=True)
    telegram_at = models.DateTimeField(null=True)
    taken = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    error_ja = models.TextField(default="")
    error_en = models.TextField(default="")
    #: a feed is asked again then; one process at a time asks
    next_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    #: what a feed said of itself: ETag, Last-Modified, ids of entries that were fetched (JSON)
    feed = models.TextField(default="{}")
