"""Tables of shelters, read side: written by the journal only. A null number is one that nobody has told."""

from __future__ import annotations

import json

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.shelters.words import Need
from tomoshibi.vocabulary import T


class ShelterRow(Projection):
    incident = models.TextField(default="", db_index=True)
    #: reference of the site
    site = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    capacity = models.IntegerField(null=True)
    rooms = models.TextField(default="")
    manager = models.TextField(default="")
    phone = models.TextField(default="")
    note = models.TextField(default="")
    fullness = models.TextField(default="")
    fullness_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    #: null while it is open
    closed_at = models.DateTimeField(null=True)
    #: the newest report: people inside, sleeping in cars, outside the building; who was counted when
    reported_at = models.DateTimeField(null=True)
    inside = models.IntegerField(null=True)
    in_cars = models.IntegerField(null=True)
    outside = models.IntegerField(null=True)
    staff = models.IntegerField(null=True)
    power = models.TextField(default="")
    water = models.TextField(default="")
    toilets = models.TextField(default="")
    phones = models.TextField(default="")
    urgent = models.TextField(default="")
    #: when the next report is due; null where it is closed
    due_at = models.DateTimeField(null=True)

    @property
    def is_open(self) -> bool:
        """Whether people are taken in."""
        return self.opened_at is not None and self.closed_at is None

    @property
    def counted(self) -> int | None:
        """People counted: inside, in cars and outside, as far as told; None where nobody has counted any of them."""
        told = [n for n in (self.inside, self.in_cars, self.outside) if n is not None]
        return sum(told) if told else None


class StayRow(PartProjection):
    """One stay: somebody in one shelter from one moment to another. Who moves has two of them."""

    incident = models.TextField(default="")
    shelter = models.TextField(db_index=True)
    site = models.TextField(default="")
    #: reference of the resident; empty for somebody who is in no register
    person = models.TextField(default="", db_index=True)
    household = models.TextField(default="", db_index=True)
    #: members of the household in the register; null where there is none
    household_size = models.IntegerField(null=True)
    name = models.TextField(default="")
    kana = models.TextField(default="", db_index=True)
    sex = models.TextField(default="")
    birth = models.DateField(null=True)
    #: as it was said, where there is no date of birth
    age = models.TextField(default="")
    #: empty where it must not be known
    address = models.TextField(default="")
    phone = models.TextField(default="")
    #: JSON list of needs
    needs = models.TextField(default="[]")
    need_note = models.TextField(default="")
    place = models.TextField(default="")
    #: whether family who ask may be told; null where nobody asked
    may_tell_family = models.BooleanField(null=True)
    #: where this person is must not be known (支援措置)
    protected = models.BooleanField(default=False)
    in_at = models.DateTimeField()
    #: null while the person stays
    out_at = models.DateTimeField(null=True)
    where_to = models.TextField(default="")
    out_address = models.TextField(default="")
    out_contact = models.TextField(default="")
    #: entry that began this stay, which a cancellation names
    entry = models.TextField(default="")

    @property
    def need_words(self) -> list[T]:
        """The needs in words."""
        return [Need(n).label for n in json.loads(self.needs)]


class NeedRow(Projection):
    """Something that a shelter needs."""

    incident = models.TextField(default="", db_index=True)
    shelter = models.TextField(db_index=True)
    item = models.TextField(default="")
    quantity = models.IntegerField(null=True)
    unit = models.TextField(default="")
    urgent = models.BooleanField(default=False)
    note = models.TextField(default="")
    noted_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
