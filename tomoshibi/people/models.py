"""Tables of people, read side: written by the journal only."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from tomoshibi.journal.models import Projection


class SectionRow(Projection):
    code = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    kana = models.TextField(default="")
    #: reference of the section that it belongs to
    parent = models.TextField(default="")
    place = models.TextField(default="")
    #: the team 対策班 that it becomes in a disaster
    team = models.TextField(default="")
    phone = models.TextField(default="")
    email = models.TextField(default="")
    closed = models.BooleanField(default=False)


class StaffRow(Projection):
    number = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    kana = models.TextField(default="", db_index=True)
    section = models.TextField(default="", db_index=True)
    title = models.TextField(default="")
    skills = models.TextField(default="")
    email = models.TextField(default="")
    mobile = models.TextField(default="")
    phone = models.TextField(default="")
    home_area = models.TextField(default="")
    #: whether among the needed staff 所要の職員, who gather before everybody does
    needed = models.BooleanField(default=False)
    left = models.BooleanField(default=False)


class RoleRow(Projection):
    name = models.TextField(default="")
    time = models.TextField(default="", db_index=True)
    duties = models.TextField(default="")
    team = models.TextField(default="")
    order = models.IntegerField(default=0)
    holder = models.TextField(default="", db_index=True)
    #: JSON list of references, the first the one who stands in first
    deputies = models.TextField(default="[]")
    ended = models.BooleanField(default=False)

    @property
    def chain(self) -> list[str]:
        """The holder, then the deputies in order."""
        return [ref for ref in [self.holder, *json.loads(self.deputies)] if ref]


class RuleRow(Projection):
    name = models.TextField(default="", db_index=True)
    occasion = models.TextField(default="")
    members = models.TextField(default="")
    #: JSON lists of references
    sections = models.TextField(default="[]")
    roles = models.TextField(default="[]")
    gather_at = models.TextField(default="")
    posture = models.TextField(default="")
    deadline_minutes = models.IntegerField(default=60)
    remind_minutes = models.IntegerField(default=10)
    escalate_minutes = models.IntegerField(default=15)
    order = models.IntegerField(default=0)
    withdrawn = models.BooleanField(default=False)

    @property
    def section_refs(self) -> list[str]:
        """The sections that are named; none means the whole town."""
        refs: list[str] = json.loads(self.sections)
        return refs

    @property
    def role_refs(self) -> list[str]:
        """The roles whose holders are called besides."""
        refs: list[str] = json.loads(self.roles)
        return refs


class CallOutRow(Projection):
    incident = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    reason = models.TextField(default="")
    reason_en = models.TextField(default="")
    rule = models.TextField(default="")
    posture = models.TextField(default="")
    gather_at = models.TextField(default="")
    started_at = models.DateTimeField(null=True, db_index=True)
    deadline_at = models.DateTimeField(null=True)
    remind_minutes = models.IntegerField(default=0)
    escalate_minutes = models.IntegerField(default=0)
    #: JSON list of the chains of deputies as they were when it began
    chain = models.TextField(default="[]")
    started_by = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)

    @property
    def chains(self) -> list[dict[str, Any]]:
        """The chains of deputies in force: ``role``, ``name``, ``holder``, ``deputies``."""
        chains: list[dict[str, Any]] = json.loads(self.chain)
        return chains


class CallRow(Projection):
    call_out = models.TextField(db_index=True)
    staff = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    #: why this person, where it is not the rule itself: as whose deputy, or by hand
    because = models.TextField(default="")
    called_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(default="")
    failed = models.TextField(default="")
    reminders = models.IntegerField(default=0)
    #: when this person was called again, because of a stronger aftershock
    repeated_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")
    #: when this person first answered
    answered_at = models.DateTimeField(null=True)
    coming_at = models.DateTimeField(null=True)
    safety = models.TextField(default="")
    family = models.TextField(default="")
    note = models.TextField(default="")
    arrived_at = models.DateTimeField(null=True)
    arrived_site = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["call_out", "answer"], name="people_call_answers")]
