"""Tables of residents: the register's snapshots in bulk, and beside them what was recorded of single people.

:class:`PersonRow` and :class:`HouseholdRow` are no projections: they are what a snapshot's file holds, loaded by
:mod:`tomoshibi.residents.loading` whenever the file comes (import, bundle, restore, as-of), and keyed by its digest.
"""

from __future__ import annotations

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.residents.pairs import PairsIndex


class SnapshotRow(PartProjection):
    """One snapshot of the register, as a fact named it; what it holds is in the bulk tables under ``snapshot``."""

    as_of = models.DateField()
    sha256 = models.TextField()
    #: the first 16 digits of ``sha256``: what the bulk tables go by
    snapshot = models.TextField()
    people = models.IntegerField(default=0)
    households = models.IntegerField(default=0)
    source = models.TextField(default="")
    taken_at = models.DateTimeField()
    #: order of arrival among snapshots of one day
    place = models.IntegerField(default=0)


class PersonRow(models.Model):
    """One person of one snapshot. Names, addresses and dates are as the register has them."""

    pk = models.CompositePrimaryKey("snapshot", "key")
    snapshot = models.TextField()
    #: of the person's reference: uuid5 of the municipality and the register number
    key = models.TextField()
    #: of the household's reference
    household = models.TextField()
    #: what search compares: name, kana, day of birth and address, as :mod:`tomoshibi.residents.matching` writes them;
    #: without the address where the person is shielded
    words = models.TextField()
    #: the address, where the person is shielded
    place = models.TextField(default="")
    #: whether this person, or anybody of the household, is protected: the address is for few
    shielded = models.BooleanField(default=False)
    number = models.TextField()
    name = models.TextField()
    kana = models.TextField()
    birth = models.DateField(null=True)
    sex = models.TextField()
    relation = models.TextField()
    #: town 町字, number 番地, building 方書
    town = models.TextField()
    block = models.TextField()
    building = models.TextField()
    moved_on = models.DateField(null=True)
    moved_why = models.TextField()
    #: whether the register says that this person is protected 支援措置
    protected = models.BooleanField(default=False)
    #: place in the household, the head first
    rank = models.IntegerField(default=0)

    class Meta:
        indexes = [
            # search runs through this index alone, in the order of its answer
            models.Index(fields=["snapshot", "kana", "words", "household", "key"], name="residents_search"),
            PairsIndex(fields=["words"], name="residents_pairs_of"),
            models.Index(fields=["snapshot", "household"], name="residents_household"),
            # every question asks for these few
            models.Index(
                fields=["snapshot", "key", "household"], name="residents_shielded", condition=models.Q(shielded=True)
            ),
        ]


class HouseholdRow(models.Model):
    """One household of one snapshot."""

    pk = models.CompositePrimaryKey("snapshot", "key")
    snapshot = models.TextField()
    key = models.TextField()
    number = models.TextField()
    #: key of the head 世帯主, else of the first person of the household
    head = models.TextField()
    members = models.IntegerField()


class ChangesRow(PartProjection):
    """One file of changes, as a fact named it; what it holds is in :class:`MovementRow` under ``changes``."""

    #: the last day on which the register processed one of its changes
    processed_to = models.DateField()
    processed_from = models.DateField()
    sha256 = models.TextField()
    #: the first 16 digits of ``sha256``: what the bulk table goes by
    changes = models.TextField()
    count = models.IntegerField(default=0)
    source = models.TextField(default="")
    taken_at = models.DateTimeField()
    place = models.IntegerField(default=0)


class MovementRow(models.Model):
    """One change of one person, of one file of changes: the record after it, and when it took effect."""

    pk = models.CompositePrimaryKey("changes", "place")
    changes = models.TextField()
    #: line of the file, from 0: the order of processing within one day where the file numbers none
    place = models.IntegerField()
    key = models.TextField(db_index=True)
    household = models.TextField()
    movement = models.TextField()
    moved_on = models.DateField()
    notified_on = models.DateField(null=True)
    processed_on = models.DateField()
    sequence = models.IntegerField()
    household_number = models.TextField()
    number = models.TextField()
    name = models.TextField()
    kana = models.TextField()
    birth = models.DateField(null=True)
    sex = models.TextField()
    relation = models.TextField()
    town = models.TextField()
    block = models.TextField()
    building = models.TextField()
    protected = models.BooleanField(default=False)
    moved_why = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["changes", "moved_on"], name="residents_movements")]


class KnownRow(Projection):
    """What was recorded of one person, over and above the register."""

    #: whether this person is in no register and was entered here
    added = models.BooleanField(default=False)
    name = models.TextField(default="")
    kana = models.TextField(default="")
    birth = models.DateField(null=True)
    sex = models.TextField(default="")
    #: reference of the household; empty where the register's holds
    household = models.TextField(default="", db_index=True)
    relation = models.TextField(default="")
    note = models.TextField(default="")
    protected = models.BooleanField(default=False)
    names = models.TextField(default="")

    class Meta:
        # every question asks for these few
        indexes = [
            models.Index(
                fields=["subject", "household"], name="residents_protected", condition=models.Q(protected=True)
            )
        ]


class WhereaboutsRow(Projection):
    """Where one person lives, recorded over and above the register. ``person`` is the person's reference."""

    person = models.TextField(db_index=True)
    address = models.TextField(default="")
    area = models.TextField(default="")
    note = models.TextField(default="")
    place = models.TextField(default="")


class MergeRow(Projection):
    """One person's record that was found to be another's: whom it stands for. ``into`` is empty where it was parted."""

    person = models.TextField(db_index=True)
    into = models.TextField(default="", db_index=True)
    reason = models.TextField(default="")
    #: references of whom this record is not, as somebody made sure: one a line
    apart = models.TextField(default="")


class TownNameRow(Projection):
    """A town that was renamed, or whose numbering was made anew: as search compares the two."""

    old = models.TextField()
    new = models.TextField()
    on = models.DateField(null=True)
    note = models.TextField(default="")
    old_form = models.TextField()
    new_form = models.TextField()
    withdrawn = models.BooleanField(default=False)


class IntakeRow(Projection):
    """How the register comes in every night. ``due`` is HH:MM in Japan; ``missed`` the last morning without a file."""

    folder = models.TextField(default="")
    due = models.TextField()
    nightly = models.BooleanField(default=True)
    workdays = models.BooleanField(default=False)
    keep = models.IntegerField(default=3)
    since = models.DateTimeField(null=True)
    missed = models.DateField(null=True)


class DeliveryRow(Projection):
    """One file that came, and what became of it. ``reasons`` and ``headings`` are JSON lists."""

    name = models.TextField()
    kind = models.TextField(default="")
    outcome = models.TextField(db_index=True)
    #: as of when it is, where that is known
    day = models.DateField(null=True)
    count = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0)
    reasons = models.TextField(default="[]")
    headings = models.TextField(default="[]")
    fingerprint = models.TextField(default="")
    #: people whom a full file has, or has not, though the files of changes did not say so
    more = models.IntegerField(null=True)
    fewer = models.IntegerField(null=True)
    at = models.DateTimeField()


class LayoutRow(Projection):
    """What a row of headings means. ``mapping`` (item -> heading) and ``whys`` (code -> movement) are JSON."""

    fingerprint = models.TextField(db_index=True)
    kind = models.TextField()
    headings = models.TextField(default="[]")
    mapping = models.TextField(default="{}")
    whys = models.TextField(default="{}")


class FoundHouseholdRow(Projection):
    """A household that people found to be otherwise than in the register; ``sense`` says which is meant."""

    incident = models.TextField(db_index=True)
    sense = models.TextField()
    #: references of its people, the head first, one a line
    members = models.TextField(default="")
    dwelling = models.TextField(default="")
    note = models.TextField(default="")


class FoundMemberRow(PartProjection):
    """One person of such a household."""

    person = models.TextField(db_index=True)
    incident = models.TextField()
    sense = models.TextField()


class SupportRow(Projection):
    """One person on the registered supporter list 避難行動要支援者名簿, and the individual plan 個別避難計画."""

    person = models.TextField(db_index=True)
    listed = models.BooleanField(default=False)
    #: values of Need, and of Recipient whom the person lets know, each followed by a space
    needs = models.TextField(default="")
    contact = models.TextField(default="")
    note = models.TextField(default="")
    consent = models.BooleanField(null=True)
    consent_to = models.TextField(default="")
    consent_on = models.DateField(null=True)
    consent_how = models.TextField(default="")
    planned = models.BooleanField(default=False)
    plan_on = models.DateField(null=True)
    supporters = models.TextField(default="")
    destination = models.TextField(default="")
    route = models.TextField(default="")
    means = models.TextField(default="")
    plan_note = models.TextField(default="")
    plan_consent = models.BooleanField(null=True)


class CopyRow(Projection):
    """One copy of the list or of a plan that was handed out; its number is its key's first letters."""

    number = models.TextField()
    what = models.TextField()
    recipient = models.TextField()
    name = models.TextField()
    basis = models.TextField()
    area = models.TextField(default="")
    people = models.IntegerField(default=0)
    handed_on = models.DateField()
    due_on = models.DateField(null=True)
    ended = models.TextField(default="")
    ended_on = models.DateField(null=True)
    ended_note = models.TextField(default="")
    #: what the plan was when it was handed out (:func:`tomoshibi.residents.copies.version`); empty for the list
    of_plan = models.TextField(default="")
    by = models.TextField(default="")


class CopyPersonRow(PartProjection):
    """A person who stands on a copy."""

    person = models.TextField(db_index=True)
