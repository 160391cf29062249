"""Tables of publishing, read side: written by the journal only."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.publishing.words import Act, Danger, colour, day_of, heading, term_of
from tomoshibi.vocabulary import T, colours


class Content(models.Model):
    """What an order, or a proposal of one, says."""

    #: 3, 4 or 5
    level = models.IntegerField(default=0)
    #: the term where one of several was chosen (避難勧告 until 2021); else that of the day
    term = models.TextField(default="")
    danger = models.TextField(default="other")
    #: JSON list of references of areas
    areas = models.TextField(default="[]")
    #: the areas in words, as they are announced
    where = models.TextField(default="")
    reason = models.TextField(default="")
    #: where to go and what to do
    advice = models.TextField(default="")
    #: JSON object: wording -> text
    texts = models.TextField(default="{}")
    #: JSON list of keys of channels
    channels = models.TextField(default="[]")

    class Meta:
        abstract = True

    @property
    def area_refs(self) -> list[str]:
        """References of its areas."""
        refs: list[str] = json.loads(self.areas)
        return refs

    @property
    def channel_keys(self) -> list[str]:
        """The channels by which it goes out."""
        keys: list[str] = json.loads(self.channels)
        return keys

    @property
    def wordings(self) -> dict[str, str]:
        """Its text in each wording that was written."""
        texts: dict[str, str] = json.loads(self.texts)
        return texts

    @property
    def danger_word(self) -> Danger:
        """The danger as a word with a label."""
        return Danger(self.danger)

    @property
    def colour(self) -> str:
        """The level's colour."""
        return colour(self.level) if self.level else colours.LEVELS[1]

    @property
    def ink(self) -> str:
        """The colour of text on :attr:`colour`."""
        return colours.text_on(self.colour)


class OrderRow(Projection, Content):
    """One order 避難情報: what is in force, else what was proposed first, and what waits for approval."""

    incident = models.TextField(default="", db_index=True)
    #: ``proposed`` (never in force), ``in_force``, ``lifted``
    state = models.TextField(default="proposed", db_index=True)
    #: first approval, and the approval by which the present content holds (or was lifted)
    issued_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True, db_index=True)
    #: entry of that approval, and of the proposal that it approved
    approval = models.TextField(default="")
    proposal = models.TextField(default="")
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.TextField(default="")
    approved_by = models.TextField(default="")
    #: entry of the proposal that waits for approval, what it asks for, since when, and whose it is
    waiting = models.TextField(default="")
    waiting_act = models.TextField(default="")
    waiting_since = models.DateTimeField(null=True)
    waiting_by = models.TextField(default="")

    @property
    def heading(self) -> T:
        """``警戒レベル4 避難指示``, in the terms of its day."""
        return heading(self.level, self.term, day_of(self.since or self.proposed_at or self.waiting_since))


class ProposalRow(PartProjection, Content):
    """One proposal of an order, and what became of it: the key's part is the entry that made it."""

    incident = models.TextField(default="", db_index=True)
    number = models.IntegerField(default=1)
    act = models.TextField(default="issue")
    #: ``waiting``, ``approved``, ``returned``, ``replaced``
    state = models.TextField(default="waiting", db_index=True)
    at = models.DateTimeField(null=True)
    by = models.TextField(default="")
    #: who proposed it, as an actor's id: the approver's must differ
    who = models.TextField(default="")
    #: name of the rule of the trigger table that proposed it; empty where a person did
    rule = models.TextField(default="")
    #: entry of the approval
    approval = models.TextField(default="", db_index=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    #: why it was returned
    returned = models.TextField(default="")

    @property
    def id(self) -> str:
        """The entry that made it."""
        return self.key.rpartition("/")[2]

    @property
    def order_key(self) -> str:
        """The order's key, for addresses."""
        return self.subject.partition(":")[2]

    @property
    def act_word(self) -> Act:
        """What it asks for."""
        return Act(self.act)

    @property
    def heading(self) -> T:
        """``警戒レベル4 避難指示``, in the terms of the day it was proposed."""
        return heading(self.level, self.term, day_of(self.at))

    @property
    def term_word(self) -> T:
        """``避難指示``."""
        return term_of(self.level, self.term, day_of(self.at))

    @property
    def told(self) -> T:
        """``避難指示（本町地区）の発令``: what it asks for, in one line."""
        what, act = self.heading, self.act_word.label
        return T(f"{what.ja} {act.ja}（{self.where}）", f"{act.en}: {what.en} ({self.where})")


class DeliveryRow(Projection):
    """What became of one approved order or notice, by one channel, to one recipient."""

    incident = models.TextField(default="", db_index=True)
    #: the order or notice, and the entry of the approval that is told
    about = models.TextField(default="", db_index=True)
    approval = models.TextField(default="", db_index=True)
    channel = models.TextField(default="")
    #: reference of the recipient, or empty for a channel that reaches everybody at once
    recipient = models.TextField(default="")
    outcome = models.TextField(default="")
    at = models.DateTimeField(null=True)
    by = models.TextField(default="")
    note = models.TextField(default="")
    failures = models.IntegerField(default=0)


class RecipientRow(Projection):
    """An organisation or subscriber who is told by e-mail."""

    name = models.TextField(default="")
    kind = models.TextField(default="")
    email = models.TextField(default="")
    #: reference of the area about which they want to hear; empty: all
    area = models.TextField(default="")
    ended = models.BooleanField(default=False)


class NoticeRow(Projection):
    """A notice to the public お知らせ."""

    incident = models.TextField(default="", db_index=True)
    #: ``proposed``, ``published``, ``withdrawn``
    state = models.TextField(default="proposed", db_index=True)
    title = models.TextField(default="")
    body = models.TextField(default="")
    title_en = models.TextField(default="")
    body_en = models.TextField(default="")
    easy = models.TextField(default="")
    areas = models.TextField(default="[]")
    since = models.DateTimeField(null=True, db_index=True)
    approval = models.TextField(default="")
    proposed_by = models.TextField(default="")
    approved_by = models.TextField(default="")
    #: JSON object of the proposal that waits: ``id``, ``act``, ``at``, ``by``, ``who`` and what it says; else ``{}``
    waiting = models.TextField(default="{}")
    returned = models.TextField(default="")

    @property
    def area_refs(self) -> list[str]:
        """References of the areas that it is about; none: everywhere."""
        refs: list[str] = json.loads(self.areas)
        return refs

    @property
    def waits(self) -> dict[str, Any]:
        """The proposal that waits for approval, or an empty dictionary."""
        found: dict[str, Any] = json.loads(self.waiting)
        return found
