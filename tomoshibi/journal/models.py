"""Tables of the journal, and the base of every read-side table.

Nothing saves these through Django's models: entries are appended by :mod:`tomoshibi.journal.recording` and
:mod:`tomoshibi.journal.merging` only, rows are written by :mod:`tomoshibi.journal.projecting` only. The models
are for reading them and for migrations.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.db import models

from tomoshibi.journal.states import Row


class ReadOnly(models.Model):
    """A table that Django's own ``save`` and ``delete`` must not touch."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is written by the journal only: record a fact instead")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is written by the journal only: record a fact instead")


class Projection(ReadOnly):
    """Base of the read-side tables, rebuilt from the journal at any time: here, one row a subject."""

    subject = models.TextField(primary_key=True)

    class Meta:
        abstract = True

    @classmethod
    def row(cls, subject: str, **values: Any) -> Row:
        """A row for :meth:`tomoshibi.journal.states.Subject.rows`; columns not named get their default."""
        values["subject"] = subject
        return Row(cls, values)

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]


class PartProjection(ReadOnly):
    """Base of the read-side tables with several rows a subject, keyed ``subject/part``."""

    key = models.TextField(primary_key=True)
    subject = models.TextField(db_index=True)

    class Meta:
        abstract = True

    @classmethod
    def row(cls, subject: str, part: str, **values: Any) -> Row:
        """The row of one part for :meth:`tomoshibi.journal.states.Subject.rows`."""
        values["key"], values["subject"] = f"{subject}/{part}", subject
        return Row(cls, values)


class EntryRow(ReadOnly):
    """A recorded fact (see :class:`tomoshibi.journal.entries.Entry`). Triggers refuse update and delete."""

    #: order of arrival here, given under the lock: without gaps, and without SQLite's extra AUTOINCREMENT page
    pos = models.IntegerField(primary_key=True)
    id = models.TextField(db_index=True)
    node = models.TextField()
    zone = models.TextField()
    seq = models.BigIntegerField()
    kind = models.TextField()
    version = models.IntegerField()
    subject = models.TextField(db_index=True)
    incident = models.TextField(default="")
    act = models.TextField()
    payload = models.TextField(null=True)
    salt = models.TextField(null=True)
    happened_at = models.TextField()
    recorded_at = models.TextField()
    actor = models.TextField()
    clock = models.BigIntegerField()
    after = models.TextField()
    digest = models.TextField()
    prev = models.TextField()
    hash = models.TextField()
    received_at = models.TextField()

    class Meta:
        db_table = "journal_entry"
        constraints = [models.UniqueConstraint(fields=["node", "zone", "seq"], name="journal_entry_place")]
        indexes = [
            models.Index(
                fields=["incident", "happened_at"], name="journal_entry_incident", condition=~models.Q(incident="")
            )
        ]


class SubjectRow(ReadOnly):
    """One row a subject: what every page needs of it whatever its type. A projection like the rooms' own tables."""

    subject = models.TextField(primary_key=True)
    type = models.TextField()
    incident = models.TextField(default="")
    title = models.TextField(default="")
    search = models.TextField(default="")
    #: reference of the site that it belongs to, empty where it is the whole town's
    site = models.TextField(default="")
    heads = models.TextField(default="[]")
    entries = models.IntegerField(default=0)
    #: JSON list of disputes, ``[]`` where there is none
    conflicts = models.TextField(default="[]")
    #: JSON list of [entry id, why]
    unread = models.TextField(default="[]")

    class Meta:
        db_table = "journal_subject"
        indexes = [
            models.Index(fields=["subject"], name="journal_disputed", condition=~models.Q(conflicts="[]")),
            models.Index(fields=["subject"], name="journal_unread", condition=~models.Q(unread="[]")),
        ]

    @property
    def head_ids(self) -> list[str]:
        """The heads that a page shows and posts back."""
        heads: list[str] = json.loads(self.heads)
        return heads

    @property
    def disputes(self) -> list[dict[str, Any]]:
        """Conflicts as data: ``part``, ``label`` (ja, en) and ``rivals`` (entry, value as words)."""
        disputes: list[dict[str, Any]] = json.loads(self.conflicts)
        return disputes


class ChainRow(ReadOnly):
    """The head of one chain: of this node (its signature is made when asked for) or of another, as that node signed it.

    ``clock`` is the Lamport clock of its last entry.
    """

    node = models.TextField()
    zone = models.TextField()
    seq = models.BigIntegerField()
    hash = models.TextField()
    clock = models.BigIntegerField()
    signature = models.TextField(default="")

    class Meta:
        db_table = "journal_chain"
        constraints = [models.UniqueConstraint(fields=["node", "zone"], name="journal_chain_place")]


class NodeRow(ReadOnly):
    """A node that we know: its id is the fingerprint of its public key, so nobody can take another's."""

    id = models.TextField(primary_key=True)
    name = models.TextField()
    public_key = models.TextField()
    first_seen = models.TextField()

    class Meta:
        db_table = "journal_node"


class SelfRow(ReadOnly):
    """This node in this world: one row, locked by whoever records. ``clock`` is the highest taken in from others."""

    one = models.IntegerField(primary_key=True, default=1)
    node = models.TextField()
    private_key = models.TextField()
    #: JSON list of the zones whose chains this node may hold
    zones = models.TextField()
    clock = models.BigIntegerField(default=0)

    class Meta:
        db_table = "journal_self"


class RedactionRow(ReadOnly):
    """Facts whose payload the law took out; the trigger on entries lets their payload be erased, and nothing else.

    A redaction counts for its own subject only: one that names another's entry erases nothing, and keeps nobody from
    erasing that entry by right.
    """

    pk = models.CompositePrimaryKey("target", "subject")
    target = models.TextField()
    subject = models.TextField()

    class Meta:
        db_table = "journal_redaction"


class TaskRow(models.Model):
    """A message to send or a deadline to keep, claimed by the tick worker of the node that made it."""

    id = models.TextField(primary_key=True)
    node = models.TextField()
    handler = models.TextField()
    subject = models.TextField(default="", db_index=True)
    payload = models.TextField(default="{}")
    due_at = models.TextField()
    attempts = models.IntegerField(default=0)
    claimed_until = models.TextField(default="")
    #: the process that does it, so that one that was killed is not waited for
    claimed_by = models.TextField(default="", db_default="")
    done_at = models.TextField(default="")
    #: what went wrong last, or what became of it
    note = models.TextField(default="")

    class Meta:
        db_table = "journal_task"
        indexes = [models.Index(fields=["due_at"], name="journal_task_open", condition=models.Q(done_at=""))]


class ClockRow(models.Model):
    """What time it is in a world whose clock somebody drives, and how fast it goes."""

    at = models.TextField()
    #: the real moment at which it was ``at``
    since = models.TextField()
    speed = models.FloatField()

    class Meta:
        db_table = "journal_clock"


class DatasetRow(models.Model):
    """A content-addressed file that facts name by its SHA-256."""

    sha256 = models.TextField(primary_key=True)
    size = models.BigIntegerField()
    media_type = models.TextField()
    received_at = models.TextField()

    class Meta:
        db_table = "journal_dataset"
