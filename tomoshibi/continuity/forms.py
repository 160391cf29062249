"""The sheets of a plan's workbook, in the shape of the official forms of the guideline (総務省 2008).

Each :class:`Form` says which facts its rows are and which of their fields are its columns; headings, kinds of cell and
how references are read follow from the facts' own fields. ``FORMS`` is the order of the sheets, and of loading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from tomoshibi.continuity.facts import ItemDescribed
from tomoshibi.continuity.plan_facts import DependencyDescribed, ItemAnalysed, ItemContracted, ItemEstimated
from tomoshibi.continuity.plan_tables import (
    TABLES,
    AgreementDescribed,
    AssumptionDescribed,
    BackupDescribed,
    CheckDescribed,
    CopyDescribed,
    CrewDescribed,
    DrillDescribed,
    LoanDescribed,
    MeasureDescribed,
    ResourceDescribed,
    RiskDescribed,
    StepDescribed,
    TableFact,
    TermDescribed,
    TextWritten,
)
from tomoshibi.continuity.words import ItemKind
from tomoshibi.documents import Column
from tomoshibi.documents.columns import Kind
from tomoshibi.journal.facts import Fact, Shown
from tomoshibi.people.facts import RoleAssigned, RoleDescribed, RuleDescribed, SectionDescribed, StaffDescribed
from tomoshibi.places.facts import AreaDescribed, MunicipalityDescribed, SiteDescribed
from tomoshibi.places.importing import chosen, named, several
from tomoshibi.vocabulary import T

Parse = Callable[[Any], Any]
ITEM_TYPE = "continuity.item"
#: rows that say something of an item whose own row stands on another sheet
ABOUT_ITEM = "continuity.about_item"
#: references that a cell may hold, by subject type, as (what people write, reference)
Lookups = Mapping[str, Sequence[tuple[str, str]]]
_WHAT: dict[str, T] = {
    ITEM_TYPE: T("項目", "item"),
    "places.site": T("拠点", "site"),
    "places.area": T("区域", "area"),
    "people.section": T("課", "section"),
    "people.staff": T("職員", "member of staff"),
    "people.role": T("役割", "role"),
    "continuity.risk": T("リスク", "risk"),
}


@dataclass(frozen=True)
class Form:
    """A sheet: its title, the facts that each row is, the fields that are its columns.

    ``fixed`` are values that every row has though no column says them; ``kinds`` the items that stand on it;
    ``holds`` names what the rows are, for loading and export.
    """

    title: T
    facts: tuple[type[Fact], ...]
    names: tuple[str, ...]
    holds: str
    required: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[ItemKind, ...] = ()

    def columns(self, lookups: Lookups | None = None) -> Sequence[Column]:
        """Its columns; with ``lookups``, references are read by name or number."""
        return tuple(self._column(name, lookups) for name in self.names)

    def widget(self, name: str) -> str:
        """The subject type that a column's cells refer to; empty for a plain value."""
        if self.holds == ABOUT_ITEM and name == "item":
            return ITEM_TYPE
        fact = self._of(name)
        widget = Shown.of(fact, name).widget if fact else ""
        return widget if widget in _WHAT else ""

    def word(self, name: str, value: Any) -> str:
        """A plain value (a number, an enumeration's key, a day as text) as a person reads it."""
        fact = self._of(name)
        if fact is None or self.widget(name):
            return str(value)
        kind, _ = _plain(fact.model_fields[name].annotation)
        if issubclass(kind, Enum):
            label = getattr(kind(value), "label", None)
            return str(label if label is not None else value)
        return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)

    def is_many(self, name: str) -> bool:
        """Whether a cell holds several values."""
        fact = self._of(name)
        return fact is not None and _plain(fact.model_fields[name].annotation)[1]

    def _of(self, name: str) -> type[Fact] | None:
        return next((f for f in self.facts if name in f.model_fields), None)

    def _column(self, name: str, lookups: Lookups | None) -> Column:
        fact = self._of(name)
        if fact is None:
            return self._own_column(name, lookups)
        shown = Shown.of(fact, name)
        unit = shown.unit
        label = T(f"{shown.label.ja}({unit.ja})", f"{shown.label.en} ({unit.en})") if unit else shown.label
        kind, many = _plain(fact.model_fields[name].annotation)
        widget = self.widget(name)
        one: Parse | None = None
        if widget:
            one = named(lookups.get(widget, ()), _WHAT[widget]) if lookups is not None else None
        elif issubclass(kind, Enum):
            one = chosen(kind)
        elif many:
            one = int if kind is int else str.strip
        held: Kind = "text" if widget or many or issubclass(kind, Enum) else _KINDS.get(kind, "text")
        return Column(
            name,
            label,
            aliases=_ALIASES.get(name, ()),
            required=name in self.required,
            kind=held,
            parse=several(one) if many and one else one,
            exact=shown.widget == "textarea",
        )

    def _own_column(self, name: str, lookups: Lookups | None) -> Column:
        """The column that says which subject a row is of, where no fact says it."""
        if name == "code":
            return Column("code", T("団体コード", "Municipality code"), required=True)
        one = named(lookups.get(ITEM_TYPE, ()), _WHAT[ITEM_TYPE]) if lookups is not None else None
        return Column(name, T("項目", "Item"), parse=one, required=True, unique=True)


#: other headings that the guideline's forms and towns' own lists use
_ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("番号", "NO", "連番"),
    "section": ("主管課", "管理部門"),
    "place": ("設置庁舎",),
    "rto_hours": ("RTO", "目標復旧時間"),
    "rpo_hours": ("RPO", "目標復旧時点"),
}
_KINDS: dict[type, Kind] = {int: "integer", float: "number", bool: "yes", date: "date", str: "text"}


def _plain(annotation: Any) -> tuple[type, bool]:
    """The type of a field without ``None``, and whether there are several of it."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(a for a in get_args(annotation) if a is not type(None)))
    if get_origin(annotation) is list:
        return get_args(annotation)[0], True
    return annotation, False


_BASE = ("code", "name", "kana", "section", "place", "room", "note")
_REPORT = ("remark", "order")


def _items(title: T, kinds: tuple[ItemKind, ...], *more: str, facts: tuple[type[Fact], ...] = ()) -> Form:
    """A sheet of items; where it holds one kind only, no column says so."""
    single = len(kinds) == 1
    names = (*_BASE[:3], *(() if single else ("item_kind",)), *_BASE[3:6], *more, *_REPORT, _BASE[6])
    fixed = {"item_kind": kinds[0]} if single else {}
    required = ("name",) if single else ("name", "item_kind")
    return Form(title, (ItemDescribed, *facts), names, ITEM_TYPE, required, fixed, kinds)


_WEAK = ("building_weakness", "place_weakness", "fixing", "model")
_SYSTEM = ("business", "vendor", "net_zone", "holds_data", "backup_method", "reinstall")


def _table(table: type[TableFact]) -> Form:
    names = tuple(n for n in table.model_fields if n != "removed")
    return Form(table.plural, (table,), names, f"continuity.{table.table}", (table.named, *table.required))


def _pick(*kinds: ItemKind) -> tuple[ItemKind, ...]:
    return kinds


_K = ItemKind
_EVERY = (*_WEAK, *_SYSTEM, "ends", "area", "phone", "contact")
ITEM_FORMS = (
    _items(T("情報システム一覧", "Systems"), _pick(_K.SYSTEM), *_EVERY),
    _items(T("外部事業者", "Vendors"), _pick(_K.VENDOR), *_EVERY),
    _items(T("庁舎", "Buildings"), _pick(_K.SITE), *_EVERY),
    _items(T("機器設置場所", "Equipment and rooms"), _pick(_K.ROOM, _K.EQUIPMENT, _K.FACILITY, _K.STAFF), *_EVERY),
    _items(T("電力・通信", "Power and lines"), _pick(_K.POWER, _K.NETWORK, _K.LINE, _K.TELECOM), *_EVERY),
    _items(T("重要業務", "Services"), _pick(_K.SERVICE), *_EVERY),
    _items(T("データ", "Data"), _pick(_K.DATA), *_EVERY),
    _items(T("契約", "Contracts"), _pick(_K.CONTRACT), *_EVERY),
)
FORMS: tuple[Form, ...] = (
    Form(
        T("自治体", "Municipality"),
        (MunicipalityDescribed,),
        ("code", "name", "kana"),
        "places.municipality",
        ("name",),
    ),
    Form(
        T("区域", "Areas"),
        (AreaDescribed,),
        ("code", "name", "kana", "area_kind"),
        "places.area",
        ("name",),
    ),
    Form(
        T("拠点", "Sites"),
        (SiteDescribed,),
        ("code", "name", "kana", "site_kind", "address", "lat", "lon", "elevation_m", "phone", "note"),
        "places.site",
        ("name",),
    ),
    Form(
        T("組織", "Organisation"),
        (SectionDescribed,),
        ("code", "name", "kana", "parent", "place", "team", "phone", "email"),
        "people.section",
        ("name",),
    ),
    Form(
        T("緊急連絡先", "Emergency contacts"),
        (StaffDescribed,),
        ("number", "name", "kana", "section", "job_title", "email", "mobile", "phone", "needed"),
        "people.staff",
        ("number", "name"),
    ),
    Form(
        T("運用体制・緊急時対応体制", "Roles"),
        (RoleDescribed, RoleAssigned),
        ("name", "time", "duties", "team", "order", "holder", "deputies"),
        "people.role",
        ("name", "time"),
    ),
    Form(
        T("参集ルール", "Muster rules"),
        (RuleDescribed,),
        ("name", "occasion", "members", "sections", "posture", "gather_at", "deadline_minutes", "order"),
        "people.call_out_rule",
        ("name",),
    ),
    *ITEM_FORMS,
    Form(
        T("契約の内容", "Terms of contracts"),
        (ItemContracted,),
        ("item", "vendor_item", "covers", "disaster_clause", "contract_until"),
        ABOUT_ITEM,
        ("item",),
    ),
    Form(
        T("業務影響分析・RTO", "Impact analysis"),
        (ItemAnalysed,),
        ("item", "required_level", "impact", "mtpd_hours", "rto_hours", "rpo_hours", "people_served"),
        ABOUT_ITEM,
        ("item",),
    ),
    Form(
        T("復旧の見積り", "Recovery estimates"),
        (ItemEstimated,),
        ("item", *ItemEstimated.model_fields),
        ABOUT_ITEM,
        ("item",),
    ),
    Form(
        T("依存関係", "Dependencies"),
        (DependencyDescribed,),
        ("dependent", "needs", "need", "group", "note"),
        "continuity.dependency",
        ("dependent", "needs"),
    ),
    _table(TextWritten),
    _table(AssumptionDescribed),
    _table(RiskDescribed),
    _table(MeasureDescribed),
    _table(ResourceDescribed),
    _table(BackupDescribed),
    _table(CrewDescribed),
    _table(StepDescribed),
    _table(CheckDescribed),
    _table(AgreementDescribed),
    _table(LoanDescribed),
    _table(DrillDescribed),
    _table(CopyDescribed),
    _table(TermDescribed),
)
assert {f.holds for f in FORMS} >= {f"continuity.{name}" for name in TABLES}  # noqa: S101  # a table without a sheet would be lost
