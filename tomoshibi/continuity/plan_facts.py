"""What the plan says of an item beyond the inventory: contract, impact, recovery, and what it depends on."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, model_validator

from tomoshibi.continuity.subjects import Dependency, Item
from tomoshibi.continuity.words import IMPACT_HOURS, Need
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T, VocabularyError

_ITEM = {"widget": "continuity.item"}
HOURS, MINUTES = T("時間", "h"), T("分", "min")
CYCLE = T(
    "必要とするものをたどると自分に戻ります。どれかの依存を外してください。",
    "Following what it needs leads back to itself. Take one of the dependencies out.",
)


class OfItem(Fact):
    """Base of what the plan says of an item that is in the inventory."""

    subject = Item

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("登録されていません。先に登録してください。", "Nothing is known of it. Describe it first."))

    def apply(self, state: Item, entry: Entry) -> None:
        put(self, state, entry)


class ItemContracted(OfItem):
    kind = "continuity.item_contracted"
    label = T("契約の登録・変更", "Contract described")

    vendor_item: str | None = field(T("契約の相手", "Party"), None, extra=_ITEM)
    covers: list[str] | None = field(T("契約の対象", "Covers"), None, extra=_ITEM)
    disaster_clause: bool | None = field(
        T("災害時条項", "Disaster clause"),
        None,
        help=T("災害時の参集や担当者の確保を定めているか", "Whether it says who comes in a disaster."),
    )
    contract_until: date | None = field(T("契約期限", "Until"), None)


def _rising(impact: list[int] | None) -> list[int] | None:
    if impact and (len(impact) != len(IMPACT_HOURS) or any(not 1 <= x <= 5 for x in impact)):
        raise VocabularyError(T("1から5の数を六つ入れてください。", "Enter six numbers from 1 to 5."))
    if impact and impact != sorted(impact):
        raise VocabularyError(T("影響は時間とともに小さくなりません。", "Impact does not fall as time goes on."))
    return impact


class ItemAnalysed(OfItem):
    """Business-impact analysis of an item; what a dependent service demands is inherited, not written again."""

    kind = "continuity.item_analysed"
    label = T("業務影響分析", "Impact analysed")

    required_level: str | None = field(T("求められる水準", "Required level"), None, max_length=300)
    impact: Annotated[list[int] | None, AfterValidator(_rising)] = field(
        T("影響の大きさ", "Impact"),
        None,
        help=T(
            "停止して3時間、1日、3日、1週間、2週間、1か月の順に、1（なし）から5（許容できない）",
            "After 3 hours, 1 day, 3 days, 1 week, 2 weeks, 1 month: 1 (none) to 5 (not to be borne)",
        ),
    )
    mtpd_hours: float | None = field(T("最大許容停止時間", "MTPD"), None, unit=HOURS, ge=0, le=100_000)
    rto_hours: float | None = field(T("目標復旧時間（RTO）", "RTO"), None, unit=HOURS, ge=0, le=100_000)
    rpo_hours: float | None = field(T("目標復旧時点（RPO）", "RPO"), None, unit=HOURS, ge=0, le=100_000)
    people_served: int | None = field(
        T("利用者", "People served"),
        None,
        unit=T("人/日", "a day"),
        ge=0,
        le=100_000_000,
        help=T(
            "窓口業務だけ: 一日に何人が使うか。止まる時間の重みになります。",
            "Of a service: how many use it a day. It weighs the hours that are lost.",
        ),
    )


class ItemEstimated(OfItem):
    """How an item recovers, and how long it holds without power. Three figures: least, likely, most."""

    kind = "continuity.item_estimated"
    label = T("復旧の見積り", "Recovery estimated")

    recovery_min: float | None = field(T("復旧作業 最短", "Recovery, least"), None, unit=HOURS, ge=0, le=100_000)
    recovery_likely: float | None = field(T("復旧作業 見込み", "Recovery, likely"), None, unit=HOURS, ge=0, le=100_000)
    recovery_max: float | None = field(T("復旧作業 最長", "Recovery, most"), None, unit=HOURS, ge=0, le=100_000)
    crew: str | None = field(
        T("要員の種別", "Crew"), None, max_length=100, help=T("要員の表の名称", "Its name in the table of crews")
    )
    work_order: int | None = field(
        T("復旧の順番", "Order of work"),
        None,
        ge=1,
        le=9999,
        help=T(
            "職員が決めた順番。空欄は、番号のあるものの後に、求められるRTOの短い順。",
            "The officers' own order. Empty: after those with a number, by the RTO that is asked of it.",
        ),
    )
    crew_size: int | None = field(T("要員数", "Crew size"), None, unit=T("人", "people"), ge=0, le=1000)
    vendor_needed: str | None = field(T("復旧に要る事業者", "Vendor needed"), None, extra=_ITEM)
    arrival_min: float | None = field(
        T("到着 最短", "Arrival, least"),
        None,
        unit=HOURS,
        ge=0,
        le=100_000,
        help=T("外部事業者だけ: 呼んでから来るまで", "Of a vendor: from the call to the arrival"),
    )
    arrival_likely: float | None = field(T("到着 見込み", "Arrival, likely"), None, unit=HOURS, ge=0, le=100_000)
    arrival_max: float | None = field(T("到着 最長", "Arrival, most"), None, unit=HOURS, ge=0, le=100_000)
    parts_hours: float | None = field(T("部品の調達", "Parts"), None, unit=HOURS, ge=0, le=100_000)
    battery_minutes: float | None = field(
        T("電池の保持時間", "Battery"),
        None,
        unit=MINUTES,
        ge=0,
        le=1_000_000,
        help=T("電源が切れても動き続ける時間", "How long it goes on when its power is lost"),
    )
    fuel_hours: float | None = field(
        T("燃料の保持時間", "Fuel"),
        None,
        unit=HOURS,
        ge=0,
        le=100_000,
        help=T("発電機だけ: 満タンから運転できる時間", "Of a generator: how long it runs on a full tank"),
    )
    load_tested: date | None = field(
        T("実負荷試験の日", "Last load test"), None, help=T("空欄は、まだ行っていない。", "Empty: never.")
    )

    @model_validator(mode="after")
    def _in_order(self) -> ItemEstimated:
        for name, label in (("recovery", T("復旧作業", "recovery")), ("arrival", T("到着", "arrival"))):
            said = [getattr(self, f"{name}_{part}") for part in ("min", "likely", "max")]
            known = [x for x in said if x is not None]
            if known != sorted(known):
                raise VocabularyError(
                    T(
                        f"{label.ja}: 最短、見込み、最長の順に大きくしてください。",
                        f"{label.en}: least, likely, most must rise.",
                    )
                )
        return self


class DependencyDescribed(Fact):
    """An item needs another. Alternatives carry the same ``group``; a need without a group stands alone."""

    kind = "continuity.dependency_described"
    subject = Dependency
    label = T("依存関係の登録・変更", "Dependency described")

    dependent: str | None = field(T("依存するもの", "What needs it"), None, extra=_ITEM)
    needs: str | None = field(T("必要とするもの", "What it needs"), None, extra=_ITEM)
    need: Need | None = field(T("依存の種類", "Kind of need"), None)
    group: str | None = field(
        T("代替の組", "Alternatives"),
        None,
        max_length=50,
        help=T(
            "同じ組の名を書いたものは、どれか一つあれば足ります。空欄は必ず要るもの。",
            "Of those with the same name one is enough. Empty: it must be there.",
        ),
    )
    note: str | None = field(T("備考", "Note"), None, max_length=500)
    removed: bool | None = field(T("この依存を外す", "Take it out"), None)

    def check(self, present: Present) -> None:
        from tomoshibi.continuity.models import DependencyRow, ItemRow

        state = present.state
        ends = {
            name: getattr(self, name) if name in self.model_fields_set else getattr(state, name).value
            for name in ("dependent", "needs")
        }
        for name, ref in ends.items():
            if not ref or not ItemRow.objects.filter(subject=ref).exists():
                raise Refused(T("台帳にある項目を選んでください。", "Choose an item of the inventory."), name)
        if self.removed or (self.removed is None and state.removed.value):
            return
        if ends["dependent"] in reached(ends["needs"], besides=present.subject):
            raise Refused(CYCLE, "needs")
        twin = DependencyRow.objects.filter(**ends, removed=False).exclude(subject=present.subject)
        if twin.exists():
            raise Refused(T("この依存は登録されています。", "This dependency is there already."), "needs")

    def apply(self, state: Dependency, entry: Entry) -> None:
        put(self, state, entry)

    def shown(self) -> dict[str, str]:
        """The fields in words; references by their names."""
        from tomoshibi.continuity.queries import names_of

        found, names = super().shown(), names_of([self.dependent or "", self.needs or ""])
        return found | {n: names.get(getattr(self, n) or "", "") for n in ("dependent", "needs") if n in found}


def reached(item: str, besides: str = "") -> set[str]:
    """References of everything that ``item`` needs, and itself; ``besides`` is a dependency left out."""
    from tomoshibi.continuity.models import DependencyRow

    seen, edge = {item}, {item}
    while edge:
        rows = DependencyRow.objects.filter(dependent__in=edge, removed=False).exclude(subject=besides)
        edge = set(rows.values_list("needs", flat=True)) - seen
        seen |= edge
    return seen
