"""What this room keeps: items of the inventory, their condition in an incident, systems introduced, counters."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from tomoshibi.continuity.dates import Precision
from tomoshibi.continuity.models import (
    ConditionRow,
    CounterEventRow,
    CounterRow,
    DependencyRow,
    IntroductionRow,
    ItemRow,
    PointRow,
)
from tomoshibi.continuity.words import Aspect, Backup, CounterKind, Ease, ItemKind, Loss, Need, State, Zone
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN


class Item(Subject):
    """A thing that the town's work stands on, by the code that the town gave it."""

    type = "continuity.item"
    label = T("情報資産", "Item")
    tables = (ItemRow,)

    code = Register[str](T("管理番号", "Code"), "")
    name = Register[str](T("名称", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    item_kind = Register[ItemKind](T("種別", "Kind"), ItemKind.SYSTEM)
    remark = Register[str](T("補足", "Remark"), "")
    order = Register[int | None](T("報告書での順番", "Place in the report"), None)
    section = Register[str](T("所管課", "Section in charge"), "")
    place = Register[str](T("設置場所", "Place"), "")
    room = Register[str](T("部屋", "Room"), "")
    vendor = Register[str](T("事業者", "Vendor"), "")
    holds_data = Register[bool](T("業務データを持つ", "Holds data"), False)
    backup_method = Register[str](T("バックアップの頻度・方法・場所", "Backup"), "")
    business = Register[str](T("業務", "Business"), "")
    net_zone = Register[Zone | None](T("ネットワーク区分", "Network zone"), None)
    model = Register[str](T("機種", "Model"), "")
    fixing = Register[str](T("固定・免震", "Fixing"), "")
    building_weakness = Register[str](T("庁舎の弱点", "Weakness of the building"), "")
    place_weakness = Register[str](T("設置場所の弱点", "Weakness of the place"), "")
    reinstall = Register[Ease | None](T("再導入の容易性", "Ease of reinstalling"), None)
    ends = Register[list[str]](T("結ぶ拠点", "Joins"), [])
    area = Register[str](T("所在する区域", "Area"), "")
    phone = Register[str](T("連絡先電話", "Phone"), "")
    contact = Register[str](T("連絡先", "Contact"), "")
    vendor_item = Register[str](T("契約の相手", "Party"), "")
    covers = Register[list[str]](T("契約の対象", "Covers"), [])
    disaster_clause = Register[bool | None](T("災害時条項", "Disaster clause"), None)
    contract_until = Register[date | None](T("契約期限", "Until"), None)
    required_level = Register[str](T("求められる水準", "Required level"), "")
    impact = Register[list[int]](T("影響の大きさ", "Impact"), [])
    mtpd_hours = Register[float | None](T("最大許容停止時間", "MTPD"), None)
    rto_hours = Register[float | None](T("目標復旧時間", "RTO"), None)
    rpo_hours = Register[float | None](T("目標復旧時点", "RPO"), None)
    people_served = Register[int | None](T("利用者", "People served"), None)
    recovery_min = Register[float | None](T("復旧 最短", "Recovery, least"), None)
    recovery_likely = Register[float | None](T("復旧 見込み", "Recovery, likely"), None)
    recovery_max = Register[float | None](T("復旧 最長", "Recovery, most"), None)
    crew = Register[str](T("要員の種別", "Crew"), "")
    work_order = Register[int | None](T("復旧の順番", "Order of work"), None)
    crew_size = Register[int](T("要員数", "Crew size"), 1)
    vendor_needed = Register[str](T("復旧に要る事業者", "Vendor needed"), "")
    arrival_min = Register[float | None](T("到着 最短", "Arrival, least"), None)
    arrival_likely = Register[float | None](T("到着 見込み", "Arrival, likely"), None)
    arrival_max = Register[float | None](T("到着 最長", "Arrival, most"), None)
    parts_hours = Register[float | None](T("部品の調達", "Parts"), None)
    battery_minutes = Register[float | None](T("電池の保持時間", "Battery"), None)
    fuel_hours = Register[float | None](T("燃料の保持時間", "Fuel"), None)
    load_tested = Register[date | None](T("実負荷試験", "Load test"), None)
    note = Register[str](T("備考", "Note"), "")
    retired = Register[bool](T("廃止", "Retired"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.kana.value} {self.code.value} {self.vendor.value}"

    def rows(self) -> Iterable[Row]:
        held = {part.name: part.value for part in self.parts if isinstance(part, Register)}
        yield ItemRow.row(
            self.subject,
            kind=held.pop("item_kind").value,
            site=held.pop("place"),
            net_zone=(held.pop("net_zone") or ""),
            reinstall=(held.pop("reinstall") or ""),
            **{name: json.dumps(held.pop(name)) for name in ("ends", "covers", "impact")},
            **held,
        )


class Dependency(Subject):
    """One item needs another. Needs of one ``group`` stand in for one another; every group must be met."""

    type = "continuity.dependency"
    label = T("依存関係", "Dependency")
    tables = (DependencyRow,)

    dependent = Register[str](T("依存するもの", "What needs it"), "")
    needs = Register[str](T("必要とするもの", "What it needs"), "")
    need = Register[Need](T("依存の種類", "Kind of need"), Need.RUNS_ON)
    group = Register[str](T("代替の組", "Alternatives"), "")
    note = Register[str](T("備考", "Note"), "")
    removed = Register[bool](T("削除", "Removed"), False)

    def rows(self) -> Iterable[Row]:
        if not self.dependent.value or not self.needs.value:
            return
        yield DependencyRow.row(
            self.subject,
            dependent=self.dependent.value,
            needs=self.needs.value,
            need=self.need.value.value,
            group=self.group.value,
            note=self.note.value,
            removed=self.removed.value,
        )


class Condition(Subject):
    """How one item fares in one incident; of a system, its data and their backup are conditions of their own."""

    type = "continuity.condition"
    label = T("稼働状況", "Condition")
    tables = (ConditionRow, PointRow)

    item = Register[str](T("項目", "Item"), "")
    aspect = Register[Aspect](T("何の状況か", "Aspect"), Aspect.ITEM)
    name = Register[str](T("名称", "Name"), "")
    state = Track[State | Loss | Backup | None](T("状態", "State"), None)
    note = Track[str](T("説明", "Note"), "")
    cause = Track[str](T("原因", "Because of"), "")
    cut_sites = Track[list[str]](T("途絶した拠点", "Sites cut off"), [])
    work = Register[bool | None](T("復旧作業", "Recovery work"), None)
    work_note = Register[str](T("復旧作業の内容", "What work"), "")
    support_needed = Register[bool | None](T("支援の要否", "Support needed"), None)
    support = Register[str](T("必要だった支援", "Support"), "")
    immediately = Register[str](T("直後の状況の書きぶり", "Wording of the first day"), "")
    restored_on = Register[date | None](T("平常復帰", "Back to normal"), None)
    restored_precision = Register[Precision](T("時期の精度", "How exact"), Precision.DAY)
    gradual = Register[bool](T("順次復旧", "Gradually"), False)
    part = Register[str](T("復旧した部分", "Part restored"), "")
    remains = Register[bool](T("残りは未復旧", "The rest is not"), False)
    restored_wording = Register[str](T("平常復帰の書きぶり", "Wording of the return"), "")

    @classmethod
    def of_item(cls, incident: str, item: str, aspect: Aspect = Aspect.ITEM) -> str:
        """Reference of the condition of an item (both references) in an incident: every node names it alike."""
        name = f"tomoshibi:{cls.type}:{incident}/{item}/{aspect.value}"
        return cls.ref(str(uuid.uuid5(uuid.NAMESPACE_URL, name)))

    def title(self) -> str:
        name = self.name.value
        if not name:
            return str(self.label)
        return name if self.aspect.value is Aspect.ITEM else f"{name} {self.aspect.value.label.ja}"

    def rows(self) -> Iterable[Row]:
        item, aspect = self.item.value, self.aspect.value
        if not item:  # a further report that came without the first
            return
        points = [p for p in self.state.points() if p[1] is not None]
        state, last, since = self.state.value, self.state.entry, None
        for entry, value in reversed(points):
            if value != state:
                break
            since = entry.happened
        registers = ["work", "work_note", "support_needed", "support", "immediately", "restored_on"]
        more = ["gradual", "part", "remains", "restored_wording"]
        yield ConditionRow.row(
            self.subject,
            incident=self.incident,
            item=item,
            aspect=aspect.value,
            state=state.value if state else "",
            since=since,
            confirmed_at=last.happened if last else None,
            confirmed_by=_who(last),
            note=self.note.value,
            cause=self.cause.value,
            cut_sites=json.dumps(self.cut_sites.value),
            restored_precision=self.restored_precision.value.value,
            **{name: getattr(self, name).value for name in (*registers, *more)},
        )
        notes = {entry.id: note for entry, note in self.note.points()}
        for entry, value in points:
            yield PointRow.row(
                self.subject,
                entry.id,
                incident=self.incident,
                item=item,
                aspect=aspect.value,
                at=entry.happened,
                state=value.value if value else "",
                note=notes.get(entry.id, ""),
            )


class Introduction(Subject):
    """A system that was introduced because of an incident, from its consideration on."""

    type = "continuity.introduction"
    label = T("導入システム", "System introduced")
    tables = (IntroductionRow,)

    name = Register[str](T("名称", "Name"), "")
    victim_support = Register[bool](T("被災者支援システム", "Victim-support system"), False)
    developer = Register[str](T("開発元", "Developer"), "")
    considered = Register[date | None](T("検討を始めた時期", "Considered from"), None)
    considered_precision = Register[Precision](T("その精度", "How exact"), Precision.MONTH)
    in_service = Register[date | None](T("稼働した時期", "In service from"), None)
    in_service_precision = Register[Precision](T("その精度", "How exact"), Precision.DAY)
    wording = Register[str](T("導入状況の書きぶり", "Wording"), "")
    note = Register[str](T("備考", "Note"), "")
    withdrawn = Register[bool](T("取消", "Withdrawn"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def rows(self) -> Iterable[Row]:
        names = ["name", "victim_support", "developer", "considered", "in_service", "wording", "note", "withdrawn"]
        yield IntroductionRow.row(
            self.subject,
            incident=self.incident,
            considered_precision=self.considered_precision.value.value,
            in_service_precision=self.in_service_precision.value.value,
            **{name: getattr(self, name).value for name in names},
        )


class Counter(Subject):
    """A counter 窓口: what it is for, and when and where it opened in each incident."""

    type = "continuity.counter"
    label = T("窓口", "Counter")
    tables = (CounterRow, CounterEventRow)

    name = Register[str](T("名称", "Name"), "")
    counter_kind = Register[CounterKind](T("種別", "Kind"), CounterKind.ORDINARY)
    order = Register[int](T("順番", "Order"), 0)
    section = Register[str](T("担当課", "Section"), "")
    place = Register[str](T("場所", "Place"), "")
    note = Register[str](T("備考", "Note"), "")
    retired = Register[bool](T("廃止", "Retired"), False)
    events = Bag[Any](T("開設・閉鎖", "Openings and closings"))

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return self.name.value

    def rows(self) -> Iterable[Row]:
        yield CounterRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in ("name", "order", "section", "note", "retired")},
            kind=self.counter_kind.value.value,
            site=self.place.value,
        )
        for entry, fact in self.events.items():
            said = fact.model_dump()
            yield CounterEventRow.row(
                self.subject,
                entry.id,
                incident=entry.incident,
                opened=fact.kind == "continuity.counter_opened",
                on=fact.on or entry.happened.astimezone(JAPAN).date(),
                precision=(said.get("precision") or Precision.DAY).value,
                **{name: said[name] for name in ("what", "place", "partly", "note") if name in said},
            )


def _who(entry: Entry | None) -> str:
    return entry.actor_name if entry else ""
