"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json
from datetime import date

from django.db import models

from tomoshibi.continuity.dates import Precision
from tomoshibi.continuity.plan_words import Stage, Trigger
from tomoshibi.continuity.words import Aspect, Backup, CounterKind, Group, ItemKind, Loss, Need, State
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
    #: form 1 of the guideline: what it serves, where it is weak, how it comes back
    business = models.TextField(default="")
    net_zone = models.TextField(default="")
    model = models.TextField(default="")
    fixing = models.TextField(default="")
    building_weakness = models.TextField(default="")
    place_weakness = models.TextField(default="")
    reinstall = models.TextField(default="")
    #: JSON list of the two items (sites, network nodes) that a line joins
    ends = models.TextField(default="[]")
    #: reference of the area (places) where a vendor sits
    area = models.TextField(default="")
    phone = models.TextField(default="")
    contact = models.TextField(default="")
    #: a contract's party (an item) and what it covers (JSON list of items); null: nobody has said
    vendor_item = models.TextField(default="")
    covers = models.TextField(default="[]")
    disaster_clause = models.BooleanField(null=True)
    contract_until = models.DateField(null=True)
    #: business-impact analysis; times in hours; ``impact`` a JSON list of 1–5 at words.IMPACT_HOURS
    required_level = models.TextField(default="")
    impact = models.TextField(default="[]")
    mtpd_hours = models.FloatField(null=True)
    rto_hours = models.FloatField(null=True)
    rpo_hours = models.FloatField(null=True)
    #: how long it takes to recover (hours of work), by whom, after whose arrival (hours after the call) and parts
    people_served = models.IntegerField(null=True)
    recovery_min = models.FloatField(null=True)
    recovery_likely = models.FloatField(null=True)
    recovery_max = models.FloatField(null=True)
    crew = models.TextField(default="")
    work_order = models.IntegerField(null=True)
    crew_size = models.IntegerField(default=1)
    vendor_needed = models.TextField(default="")
    arrival_min = models.FloatField(null=True)
    arrival_likely = models.FloatField(null=True)
    arrival_max = models.FloatField(null=True)
    parts_hours = models.FloatField(null=True)
    #: how long it holds when its power need is not met; how long a standby source runs when it is called on
    battery_minutes = models.FloatField(null=True)
    fuel_hours = models.FloatField(null=True)
    load_tested = models.DateField(null=True)

    @property
    def joins(self) -> list[str]:
        """References of the items that a line joins."""
        found: list[str] = json.loads(self.ends)
        return found

    @property
    def covered(self) -> list[str]:
        """References of the items that a contract covers."""
        found: list[str] = json.loads(self.covers)
        return found

    @property
    def impacts(self) -> list[int]:
        """Impact of its outage, 1 to 5, at each of ``words.IMPACT_HOURS``; empty where nobody has said."""
        found: list[int] = json.loads(self.impact)
        return found

    @property
    def kind_word(self) -> ItemKind:
        """What it is."""
        return ItemKind(self.kind)

    @property
    def group(self) -> Group:
        """The group that it is reported in."""
        return self.kind_word.group


class DependencyRow(Projection):
    """An item needs another: alternatives share a ``group`` (not empty); without a group the need stands alone."""

    dependent = models.TextField(default="", db_index=True)
    needs = models.TextField(default="", db_index=True)
    need = models.TextField(default=Need.RUNS_ON.value)
    group = models.TextField(default="")
    note = models.TextField(default="")
    removed = models.BooleanField(default=False)

    @property
    def need_word(self) -> Need:
        """In what way it is needed."""
        return Need(self.need)


class PlanRow(Projection):
    """One row of a table of the plan, whose columns are the fields of the table's fact."""

    table = models.TextField(default="", db_index=True)
    order = models.IntegerField(default=0)
    name = models.TextField(default="")
    #: JSON object of the fields that are set, as the fact holds them
    values = models.TextField(default="{}")
    removed = models.BooleanField(default=False)


class RevisionRow(Projection):
    """One revision of the plan: why, how far, by whom, and the copy of the plan that it is of."""

    trigger = models.TextField(default="")
    summary = models.TextField(default="")
    sha256 = models.TextField(default="")
    stage = models.TextField(default="")
    edition = models.IntegerField(null=True)
    note = models.TextField(default="")
    drafted_by = models.TextField(default="")
    drafted_at = models.DateTimeField(null=True)
    reviewed_by = models.TextField(default="")
    reviewed_at = models.DateTimeField(null=True)
    #: who approved or dropped it, and when
    ended_by = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    @property
    def stage_word(self) -> Stage:
        """How far it is."""
        return Stage(self.stage)

    @property
    def trigger_word(self) -> Trigger:
        """What made it necessary."""
        return Trigger(self.trigger)

    @property
    def title(self) -> T:
        """What it is called."""
        if self.edition:
            return T(f"第{self.edition}版", f"Edition {self.edition}")
        return T(f"改訂案（{self.trigger_word.label.ja}）", f"Draft ({self.trigger_word.label.en.lower()})")


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
