"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json
from datetime import date

from django.db import models

from tomoshibi.continuity.dates import Precision
from tomoshibi.continuity.words import Aspect, Backup, CounterKind, Group, ItemKind, Loss, State
from tomoshibi.journal.models import PartProjection, Projection
from tomoshibi.vocabulary import T


class ItemRow(Projection):
    """One item of the inventory: a system, a network, equipment, a room, a part of the staff."""

    code = models.TextField(default="", db_index=True)
    name = models.TextField(default="", db_index=True)
    kana = models.TextField(default="")
    kind = models.TextField(default=ItemKind.SYSTEM.value)
    #: what stands in brackets behind the name in a report
    remark = models.TextField(default="")
    #: place in the recovery report's table; null: not a row of it
    order = models.IntegerField(null=True)
    #: section that answers for it
    section = models.TextField(default="", db_index=True)
    #: site where it stands
    site = models.TextField(default="", db_index=True)
    room = models.TextField(default="")
    vendor = models.TextField(default="")
    #: whether it holds data, whose loss and backup are rows of their own
    holds_data = models.BooleanField(default=False)
    backup_method = models.TextField(default="")
    note = models.TextField(default="")
    retired = models.BooleanField(default=False)

    @property
    def kind_word(self) -> ItemKind:
        """What it is."""
        return ItemKind(self.kind)

    @property
    def group(self) -> Group:
        """The group that it is reported in."""
        return self.kind_word.group

    @property
    def key(self) -> str:
        """The subject's key, for addresses."""
        return self.subject.partition(":")[2]


class ConditionRow(Projection):
    """How an item (or a system's data, or their backup) fares in one incident."""

    incident = models.TextField(default="", db_index=True)
    item = models.TextField(default="", db_index=True)
    aspect = models.TextField(default=Aspect.ITEM.value)
    #: the state now; empty: nobody has looked
    state = models.TextField(default="")
    #: since when it is so, and when that was last said
    since = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(default="")
    note = models.TextField(default="")
    #: reference of the item because of which it is so
    cause = models.TextField(default="")
    #: JSON list of sites that it cuts off
    cut_sites = models.TextField(default="[]")
    work = models.BooleanField(null=True)
    work_note = models.TextField(default="")
    support_needed = models.BooleanField(null=True)
    support = models.TextField(default="")
    immediately = models.TextField(default="")
    restored_on = models.DateField(null=True)
    restored_precision = models.TextField(default=Precision.DAY.value)
    gradual = models.BooleanField(default=False)
    part = models.TextField(default="")
    remains = models.BooleanField(default=False)
    restored_wording = models.TextField(default="")

    @property
    def state_word(self) -> State | Loss | Backup | None:
        """The state now; None where nobody has looked."""
        return Aspect(self.aspect).states(self.state) if self.state else None

    @property
    def sites_cut(self) -> list[str]:
        """References of sites that it cuts off."""
        found: list[str] = json.loads(self.cut_sites)
        return found


class PointRow(PartProjection):
    """One state that a condition was in, from a moment of the world on."""

    incident = models.TextField(default="", db_index=True)
    item = models.TextField(default="")
    aspect = models.TextField(default=Aspect.ITEM.value)
    at = models.DateTimeField()
    state = models.TextField()
    note = models.TextField(default="")


class IntroductionRow(Projection):
    """A system that was introduced because of an incident."""

    incident = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    victim_support = models.BooleanField(default=False)
    developer = models.TextField(default="")
    considered = models.DateField(null=True)
    considered_precision = models.TextField(default=Precision.MONTH.value)
    in_service = models.DateField(null=True)
    in_service_precision = models.TextField(default=Precision.DAY.value)
    wording = models.TextField(default="")
    note = models.TextField(default="")
    withdrawn = models.BooleanField(default=False)


class CounterRow(Projection):
    """A counter 窓口 that the town keeps, in normal times or in a disaster."""

    name = models.TextField(default="")
    kind = models.TextField(default=CounterKind.ORDINARY.value)
    order = models.IntegerField(default=0)
    section = models.TextField(default="")
    site = models.TextField(default="")
    note = models.TextField(default="")
    retired = models.BooleanField(default=False)

    @property
    def kind_word(self) -> CounterKind:
        """What it is for."""
        return CounterKind(self.kind)


class CounterEventRow(PartProjection):
    """A counter opened (or one step of it began), or closed, in an incident."""

    incident = models.TextField(default="", db_index=True)
    opened = models.BooleanField(default=True)
    on = models.DateField()
    precision = models.TextField(default=Precision.DAY.value)
    #: the step that began (受付, 発行); empty: the counter itself
    what = models.TextField(default="")
    place = models.TextField(default="")
    partly = models.BooleanField(default=False)
    note = models.TextField(default="")

    @property
    def day(self) -> date:
        """The day as a date, whatever the database gave."""
        return self.on


#: heading of a counter's kind, for lists
def counter_word(kind: str) -> T:
    """A counter's kind in words."""
    return CounterKind(kind).label
