"""The plan's tables: one class per table says its columns once, for the form, the workbook, the page and the paper.

A row is a subject of its own, of a type made from the class: every field becomes a register, so that two nodes may
change two cells of one row. All rows stand in one read-side table, :class:`~tomoshibi.continuity.models.PlanRow`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from enum import Enum
from typing import Any, ClassVar, get_args, get_origin

from tomoshibi.continuity.models import PlanRow
from tomoshibi.continuity.plan_words import (
    AgreementKind,
    Cause,
    Chapter,
    Direction,
    Level,
    Procedure,
    Progress,
    StepKind,
    Threat,
)
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, Shown, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T

_ITEM = {"widget": "continuity.item"}
_SITE = {"widget": "places.site"}
_SECTION = {"widget": "people.section"}
_TEXT = {"widget": "textarea"}
_HOURS = T("時間", "h")


class TableSubject(Subject):
    """Base of the subjects that are rows of a table; :class:`TableFact` makes one for every table."""

    tables = (PlanRow,)
    named: ClassVar[str] = "name"

    def title(self) -> str:
        return str(getattr(self, self.named).value or "") or super().title()

    def rows(self) -> Iterable[Row]:
        held = {p.name: p.value for p in self.parts if isinstance(p, Register) and p.value != p.default}
        removed = held.pop("removed", False)
        yield PlanRow.row(
            self.subject,
            table=self.type.partition(".")[2],
            order=held.get("order") or 0,
            name=str(held.get(self.named) or ""),
            values=json.dumps(held, ensure_ascii=False, default=_json),
            removed=bool(removed),
        )


def _json(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value.isoformat()


class TableFact(Fact):
    """Base of the facts that write a row. ``table`` names it; ``named`` is the field that a row is called by;
    ``required`` the others that must be there; ``chapter`` where the plan prints it.
    """

    table: ClassVar[str]
    plural: ClassVar[T]
    named: ClassVar[str] = "name"
    required: ClassVar[tuple[str, ...]] = ()
    #: fields by which a row of a workbook is known again; no two rows share them
    key: ClassVar[tuple[str, ...]] = ("name",)
    chapter: ClassVar[Chapter]

    order: int | None = field(T("順番", "Order"), None, ge=0, le=9999)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "table" in vars(cls):
            parts: dict[str, Any] = {
                name: Register(Shown.of(cls, name).label, _empty(info.annotation))
                for name, info in cls.model_fields.items()
            }
            said = {"type": f"continuity.{cls.table}", "label": cls.label, "named": cls.named}
            cls.kind = f"continuity.{cls.table}_described"
            cls.subject = type(f"{cls.__name__}Row", (TableSubject,), {**parts, **said, "__module__": cls.__module__})
            TABLES[cls.table] = cls
        super().__pydantic_init_subclass__(**kwargs)

    def check(self, present: Present) -> None:
        for name in (self.named, *self.required):
            given = name in self.model_fields_set
            value = getattr(self, name) if given else None
            blank = value is None or (isinstance(value, str) and not value.strip())
            if blank and (given or not present.exists):
                label = Shown.of(type(self), name).label
                raise Refused(T(f"{label.ja}を入れてください。", f"Enter: {label.en.lower()}."), name)
        if not self.model_fields_set.isdisjoint(self.key):
            self._alone(present)

    def _alone(self, present: Present) -> None:
        """Refuse a second row of the same key: a workbook could not tell the two apart."""
        mine = {
            n: getattr(self, n) if n in self.model_fields_set else getattr(present.state, n).value for n in self.key
        }
        rows = PlanRow.objects.filter(table=self.table, removed=False).exclude(subject=present.subject)
        for values in rows.filter(name=str(mine[self.named] or "")) if self.named in mine else rows:
            held = json.loads(values.values)
            if all(
                held.get(name) == (_json(v) if isinstance(v, Enum | date) else v or None) for name, v in mine.items()
            ):
                raise Refused(T("同じ行があります。", "There is such a row already."), self.named)

    def apply(self, state: Any, entry: Entry) -> None:
        put(self, state, entry)


def _empty(annotation: Any) -> Any:
    kinds = {get_origin(a) or a for a in (get_args(annotation) or (annotation,))}
    return "" if str in kinds else [] if list in kinds else False if bool in kinds else None


#: the tables by name, in the order in which the plan tells them
TABLES: dict[str, type[TableFact]] = {}

_REMOVED: dict[str, Any] = {"help": T("計画と帳票から外します。", "Takes it out of plan and workbook.")}


def _removed() -> Any:
    return field(T("この行を外す", "Take this row out"), None, **_REMOVED)


class TextWritten(TableFact):
    """A passage of the plan's text."""

    table = "text"
    named = "heading"
    required = ("chapter_of",)
    key = ("chapter_of", "heading")
    label, plural = T("本文", "Text"), T("本文", "Texts")
    chapter = Chapter.PURPOSE

    chapter_of: Chapter | None = field(T("章", "Chapter"), None)
    heading: str | None = field(T("見出し", "Heading"), None, max_length=200)
    body: str | None = field(T("本文", "Text"), None, max_length=20_000, extra=_TEXT)
    removed: bool | None = _removed()


class AssumptionDescribed(TableFact):
    """What is assumed to happen 被害想定."""

    table = "assumption"
    named = "assumed"
    required = ("threat", "cause")
    key = ("threat", "cause", "assumed")
    label, plural = T("被害想定", "Assumption"), T("被害想定", "Assumptions")
    chapter = Chapter.SCOPE

    threat: Threat | None = field(T("脅威", "Threat"), None)
    cause: Cause | None = field(T("事象（原因）", "Cause"), None)
    assumed: str | None = field(T("想定", "Assumed"), None, max_length=1000, extra=_TEXT)
    outage_hours: float | None = field(T("続く時間", "Lasts"), None, unit=_HOURS, ge=0, le=100_000)
    removed: bool | None = _removed()


class RiskDescribed(TableFact):
    """A threat at a place, by a cause: what it stops, how often and how long."""

    table = "risk"
    required = ("code", "threat", "cause")
    key = ("code",)
    label, plural = T("リスク", "Risk"), T("リスク", "Risks")
    chapter = Chapter.RISKS

    code: str | None = field(T("番号", "Number"), None, max_length=50)
    name: str | None = field(T("リスク", "Risk"), None, max_length=300)
    threat: Threat | None = field(T("脅威", "Threat"), None)
    cause: Cause | None = field(T("事象（原因）", "Cause"), None)
    place: str | None = field(T("場所", "Place"), None, extra=_SITE)
    hits: list[str] | None = field(T("止まるもの", "What it stops"), None, extra=_ITEM)
    consequence: str | None = field(T("想定される影響", "Consequence"), None, max_length=2000, extra=_TEXT)
    level: Level | None = field(T("大きさ", "Level"), None)
    yearly: float | None = field(
        T("年あたりの回数", "Times a year"),
        None,
        ge=0,
        le=1000,
        help=T("30年に1回なら0.033", "Once in 30 years: 0.033"),
    )
    outage_hours: float | None = field(T("止まる時間", "Outage"), None, unit=_HOURS, ge=0, le=100_000)
    removed: bool | None = _removed()


class MeasureDescribed(TableFact):
    """A countermeasure against risks: who owns it, how far it is, what it costs and what it takes away."""

    table = "measure"
    label, plural = T("対策", "Countermeasure"), T("対策", "Countermeasures")
    chapter = Chapter.RISKS

    code: str | None = field(T("番号", "Number"), None, max_length=50)
    name: str | None = field(T("対策", "Countermeasure"), None, max_length=300)
    risks: list[str] | None = field(T("対象のリスク", "Against"), None, extra={"widget": "continuity.risk"})
    guards: list[str] | None = field(T("守るもの", "What it guards"), None, extra=_ITEM)
    owner: str | None = field(T("担当課", "Owner"), None, extra=_SECTION)
    state: Progress | None = field(T("状態", "State"), None)
    due: date | None = field(T("期限", "Due"), None)
    cost_yen: int | None = field(T("費用", "Cost"), None, unit=T("円", "yen"), ge=0, le=10**13)
    yearly_yen: int | None = field(T("年間の費用", "Cost a year"), None, unit=T("円", "yen"), ge=0, le=10**13)
    fewer_percent: float | None = field(T("回数の減る割合", "Fewer failures by"), None, unit=T("％", "%"), ge=0, le=100)
    shorter_percent: float | None = field(
        T("時間の減る割合", "Shorter outages by"), None, unit=T("％", "%"), ge=0, le=100
    )
    note: str | None = field(T("備考", "Note"), None, max_length=1000)
    removed: bool | None = _removed()


class ResourceDescribed(TableFact):
    """The least that a service needs 必要最小資源, and from when."""

    table = "resource"
    required = ("service",)
    key = ("service", "name")
    label, plural = T("必要最小資源", "Resource needed"), T("必要最小資源", "Resources needed")
    chapter = Chapter.IMPACT

    service: str | None = field(T("業務", "Service"), None, extra=_ITEM)
    name: str | None = field(T("資源", "Resource"), None, max_length=200)
    hours_3: int | None = field(T("3時間", "3 hours"), None, ge=0, le=100_000)
    day_1: int | None = field(T("1日", "1 day"), None, ge=0, le=100_000)
    days_3: int | None = field(T("3日", "3 days"), None, ge=0, le=100_000)
    week_1: int | None = field(T("1週間", "1 week"), None, ge=0, le=100_000)
    note: str | None = field(T("備考", "Note"), None, max_length=500)
    removed: bool | None = _removed()


class BackupDescribed(TableFact):
    """One backup of an item's data: how often, on what, where, and when it was last restored for a test."""

    table = "backup"
    required = ("item",)
    key = ("item", "name")
    label, plural = T("バックアップ", "Backup"), T("バックアップ", "Backups")
    chapter = Chapter.BACKUP

    item: str | None = field(T("対象", "Of"), None, extra=_ITEM)
    name: str | None = field(T("内容", "What"), None, max_length=200)
    every_hours: float | None = field(
        T("間隔", "Every"),
        None,
        unit=_HOURS,
        gt=0,
        le=100_000,
        help=T("毎日なら24、毎月なら720", "Daily 24, monthly 720"),
    )
    media: str | None = field(T("媒体・方法", "Medium"), None, max_length=200)
    place: str | None = field(T("保管する拠点", "Kept at"), None, extra=_SITE)
    elsewhere: str | None = field(
        T("ほかの保管場所", "Kept elsewhere"), None, max_length=200, help=T("拠点でない場所", "A place that is no site")
    )
    generations: int | None = field(T("世代", "Generations"), None, ge=0, le=10_000)
    keeper: str | None = field(T("担当課", "Kept by"), None, extra=_SECTION)
    restore_tested: date | None = field(
        T("最後の復元試験", "Last restore test"), None, help=T("空欄は、まだ行っていない。", "Empty: never.")
    )
    restore_hours: float | None = field(T("復元にかかる時間", "Restoring takes"), None, unit=_HOURS, ge=0, le=100_000)
    note: str | None = field(T("備考", "Note"), None, max_length=1000)
    removed: bool | None = _removed()


class CrewDescribed(TableFact):
    """Those who recover: a kind of hands, how many there are and when they are here."""

    table = "crew"
    label, plural = T("復旧要員", "Crew"), T("復旧要員", "Crews")
    chapter = Chapter.ROLES

    name: str | None = field(T("要員の種別", "Crew"), None, max_length=100)
    people: int | None = field(T("人数", "People"), None, ge=0, le=10_000)
    arrival_min: float | None = field(T("参集 最短", "Arrival, least"), None, unit=_HOURS, ge=0, le=10_000)
    arrival_likely: float | None = field(T("参集 見込み", "Arrival, likely"), None, unit=_HOURS, ge=0, le=10_000)
    arrival_max: float | None = field(T("参集 最長", "Arrival, most"), None, unit=_HOURS, ge=0, le=10_000)
    note: str | None = field(T("備考", "Note"), None, max_length=500)
    removed: bool | None = _removed()


class StepDescribed(TableFact):
    """One step of a procedure; a decision says which step follows where the answer is no."""

    table = "step"
    named = "act"
    required = ("procedure",)
    key = ("procedure", "item", "order")
    label, plural = T("手順", "Step"), T("手順・行動計画", "Procedures")
    chapter = Chapter.RESPONSE

    procedure: Procedure | None = field(T("手順の種類", "Procedure"), None)
    item: str | None = field(
        T("対象のシステム", "System"), None, extra=_ITEM, help=T("停止・起動だけ", "For shutting down and starting up")
    )
    step_kind: StepKind | None = field(T("図形", "Shape"), None)
    phase: str | None = field(T("いつ", "When"), None, max_length=100)
    who: str | None = field(T("だれが", "Who"), None, max_length=200)
    act: str | None = field(T("何をする", "What"), None, max_length=1000)
    otherwise: int | None = field(
        T("「いいえ」のとき進む順番", "If not, go to"), None, ge=0, le=9999, help=T("判断だけ", "Of a decision")
    )
    minutes: int | None = field(T("目安", "Takes"), None, unit=T("分", "min"), ge=0, le=100_000)
    removed: bool | None = _removed()


class CheckDescribed(TableFact):
    """A line of the damage check sheet 被害チェックシート."""

    table = "check"
    required = ("how",)
    key = ("name", "how")
    label, plural = T("被害確認", "Damage check"), T("被害チェックシート", "Damage check sheet")
    chapter = Chapter.RESPONSE

    name: str | None = field(T("確認するもの", "What to look at"), None, max_length=200)
    item: str | None = field(T("項目", "Item"), None, extra=_ITEM)
    where: str | None = field(T("場所", "Where"), None, max_length=200)
    how: str | None = field(T("確認のしかた", "How"), None, max_length=500)
    who: str | None = field(T("だれが", "Who"), None, max_length=200)
    removed: bool | None = _removed()


class AgreementDescribed(TableFact):
    """An agreement for a disaster: with whom, about what, until when."""

    table = "agreement"
    label, plural = T("協定", "Agreement"), T("協定", "Agreements")
    chapter = Chapter.RESPONSE

    name: str | None = field(T("名称", "Name"), None, max_length=300)
    agreement_kind: AgreementKind | None = field(T("種別", "Kind"), None)
    partner: str | None = field(T("相手", "With"), None, max_length=300)
    content: str | None = field(T("内容", "About"), None, max_length=2000, extra=_TEXT)
    since: date | None = field(T("締結日", "Since"), None)
    until: date | None = field(T("期限", "Until"), None)
    contact: str | None = field(T("連絡先", "Contact"), None, max_length=300)
    removed: bool | None = _removed()


class LoanDescribed(TableFact):
    """Terminals and printers lent or borrowed."""

    table = "loan"
    key = ("name", "partner", "since")
    label, plural = (
        T("端末等の貸借", "Loan"),
        T("端末・プリンタの貸出・借用", "Terminals lent and borrowed"),
    )
    chapter = Chapter.RESPONSE

    name: str | None = field(T("機器", "Equipment"), None, max_length=200)
    direction: Direction | None = field(T("貸出・借用", "Direction"), None)
    count: int | None = field(T("台数", "How many"), None, ge=0, le=1_000_000)
    partner: str | None = field(T("相手", "With"), None, max_length=300)
    place: str | None = field(T("使う場所", "Used at"), None, extra=_SITE)
    since: date | None = field(T("開始", "Since"), None)
    until: date | None = field(T("返却期限", "Until"), None)
    returned: date | None = field(T("返却日", "Returned"), None)
    removed: bool | None = _removed()


class DrillDescribed(TableFact):
    """A drill of the plan, how often it is due and when it was last held."""

    table = "drill"
    label, plural = T("訓練", "Drill"), T("訓練計画", "Drills")
    chapter = Chapter.OPERATION

    name: str | None = field(T("訓練名称", "Drill"), None, max_length=200)
    outline: str | None = field(T("概要", "Outline"), None, max_length=2000, extra=_TEXT)
    who: str | None = field(T("実施者", "Who"), None, max_length=300)
    every_months: int | None = field(T("間隔", "Every"), None, unit=T("か月", "months"), ge=1, le=240)
    last_held: date | None = field(T("最後に行った日", "Last held"), None, help=T("空欄は、まだ。", "Empty: never."))
    planned: date | None = field(T("次の予定", "Next planned"), None)
    removed: bool | None = _removed()


class CopyDescribed(TableFact):
    """A paper copy of the plan: who holds it, where, and of which edition."""

    table = "copy"
    named = "holder"
    key = ("holder", "where", "edition")
    label, plural = T("紙の計画書", "Paper copy"), T("紙の計画書の保管", "Paper copies")
    chapter = Chapter.OPERATION

    holder: str | None = field(T("持っている人・課", "Held by"), None, max_length=200)
    where: str | None = field(T("場所", "Where"), None, max_length=200)
    edition: int | None = field(T("版", "Edition"), None, ge=1, le=9999)
    given: date | None = field(T("渡した日", "Given on"), None)
    returned: date | None = field(T("回収した日", "Taken back"), None)
    removed: bool | None = _removed()


class TermDescribed(TableFact):
    """A word of the glossary."""

    table = "term"
    required = ("meaning",)
    label, plural = T("用語", "Term"), T("用語集", "Glossary")
    chapter = Chapter.TERMS

    name: str | None = field(T("用語", "Term"), None, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    meaning: str | None = field(T("解説", "Meaning"), None, max_length=5000, extra=_TEXT)
    removed: bool | None = _removed()
