"""What can happen to the town's items: the inventory, and how each fares in an incident.

What is introduced and which counters open is in :mod:`tomoshibi.continuity.report_facts`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator

from tomoshibi.continuity.dates import Precision
from tomoshibi.continuity.subjects import Condition, Item
from tomoshibi.continuity.words import Aspect, Backup, Ease, ItemKind, Loss, State, Zone, reported
from tomoshibi.journal.access import ROLES, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.vocabulary import T, VocabularyError

for _role in ROLES.keys() - {"facility"}:  # what the town's systems lack is no affair of a care home
    grant(_role, "continuity.read")
grant("ict", "continuity.*")
#: headquarters records what happens, and leaves the inventory to the ICT section
grant("headquarters", "continuity.condition_*", "continuity.introduc*", "continuity.counter_*")
grant("clerk", "continuity.counter_opened", "continuity.counter_closed")

_ITEM = {"widget": "continuity.item"}
_HIDDEN = {"widget": "hidden"}
_TEXT = {"widget": "textarea"}


def _two_ends(ends: list[str] | None) -> list[str] | None:
    if ends is not None and len(ends) not in (0, 2):
        raise VocabularyError(T("回線の端は二つです。", "A line has two ends."))
    return ends


class ItemDescribed(Fact):
    kind = "continuity.item_described"
    subject = Item
    label = T("情報資産の登録・変更", "Item described")

    code: str | None = field(T("管理番号", "Code"), None, max_length=50)
    name: str | None = field(T("名称", "Name"), None, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    item_kind: ItemKind | None = field(
        T("種別", "Kind"), None, help=T("報告書の分類と言葉が決まります。", "Decides its group and words in reports.")
    )
    remark: str | None = field(
        T("補足", "Remark"),
        None,
        max_length=200,
        help=T("報告書で名称の後に括弧で書きます。", "Stands in brackets behind the name in reports."),
    )
    order: int | None = field(
        T("報告書での順番", "Place in the report"),
        None,
        ge=0,
        le=9999,
        help=T("空欄なら付属表の行になりません。", "Without one it is no row of the annex."),
    )
    section: str | None = field(T("所管課", "Section in charge"), None, extra={"widget": "people.section"})
    place: str | None = field(T("設置場所", "Place"), None, extra={"widget": "places.site"})
    room: str | None = field(T("部屋", "Room"), None, max_length=100)
    vendor: str | None = field(T("事業者", "Vendor"), None, max_length=200)
    holds_data: bool | None = field(
        T("業務データを持つ", "Holds data"),
        None,
        help=T("データ喪失とバックアップが報告書の行になります。", "Data loss and backup become rows of the report."),
    )
    backup_method: str | None = field(
        T("バックアップの頻度・方法・場所", "Backup: when, how, where"), None, max_length=500
    )
    business: str | None = field(
        T("業務", "Business"), None, max_length=500, help=T("何の業務を支えるか", "What it serves")
    )
    net_zone: Zone | None = field(T("ネットワーク区分", "Network zone"), None)
    model: str | None = field(T("機種", "Model"), None, max_length=200)
    fixing: str | None = field(T("固定・免震", "Fixing"), None, max_length=200)
    building_weakness: str | None = field(T("庁舎の弱点", "Weakness of the building"), None, max_length=500)
    place_weakness: str | None = field(T("設置場所の弱点（浸水など）", "Weakness of the place"), None, max_length=500)
    reinstall: Ease | None = field(T("再導入の容易性", "Ease of reinstalling"), None)
    ends: Annotated[list[str] | None, AfterValidator(_two_ends)] = field(
        T("結ぶ拠点", "Joins"),
        None,
        help=T("回線だけ: 両端の二つ", "Of a line: its two ends."),
        extra=_ITEM,
    )
    area: str | None = field(
        T("所在する区域", "Area"),
        None,
        help=T(
            "外部事業者の所在地。避難区域が同じ事業者を見つけます。",
            "Where a vendor sits: vendors of one zone are found.",
        ),
        extra={"widget": "places.area"},
    )
    phone: str | None = field(T("連絡先電話", "Phone"), None, max_length=50)
    contact: str | None = field(T("連絡先", "Contact"), None, max_length=300)
    note: str | None = field(T("備考", "Note"), None, max_length=2000, extra=_TEXT)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if self.code:
            _own_code(self.code, present.subject)

    def apply(self, state: Item, entry: Entry) -> None:
        put(self, state, entry)


def _own_code(code: str, subject: str) -> None:
    """Refuse a code that another item in use has: nobody could say which of the two is meant."""
    from tomoshibi.continuity.models import ItemRow

    other = ItemRow.objects.filter(code=code, retired=False).exclude(subject=subject).first()
    if other is not None:
        raise Refused(
            T(
                f"管理番号 {code} は「{other.name}」が使っています。別の番号にしてください。",
                f"{other.name} has the code {code}. Give it another one.",
            ),
            "code",
        )


class ItemRetired(Fact):
    kind = "continuity.item_retired"
    subject = Item
    label = T("情報資産の廃止", "Item retired")
    sentence = T("廃止: {reason}", "Retired: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("登録されていません。先に登録してください。", "Nothing is known of it. Describe it first."))
        if present.state.retired.value:
            raise Refused(T("この情報資産は廃止されています。", "This item is retired already."))

    def apply(self, state: Item, entry: Entry) -> None:
        state.retired.set(entry, True)


class ItemReinstated(Fact):
    kind = "continuity.item_reinstated"
    subject = Item
    label = T("情報資産の再使用", "Item in use again")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.state.retired.value:
            raise Refused(T("この情報資産は廃止されていません。", "This item is not retired."))
        if present.state.code.value:
            _own_code(present.state.code.value, present.subject)

    def apply(self, state: Item, entry: Entry) -> None:
        state.retired.set(entry, False)


class OfCondition(Fact):
    """Base of the facts about a condition: each says of which item, so that any of them may come first.

    Its subject follows from incident, item and aspect (:meth:`about`).
    """

    subject = Condition

    def about(self, incident: str) -> str:
        """Reference of the subject that this is about, in that incident; empty where it does not say its item."""
        item = getattr(self, "item", None)
        return Condition.of_item(incident, item, self.of_aspect()) if item else ""

    def of_aspect(self) -> Aspect:
        """What of the item is spoken of."""
        return getattr(self, "aspect", None) or Aspect.ITEM

    def check(self, present: Present) -> None:
        from tomoshibi.continuity.models import ItemRow

        if not present.incident:
            raise Refused(
                T("どの事案のことか分かりません。稼働状況の画面から記録してください。", "It must be of an incident.")
            )
        item = getattr(self, "item", None) or present.state.item.value
        if not ItemRow.objects.filter(subject=item).exists():
            raise Refused(T("その項目は台帳にありません。", "No such item is in the inventory."), "item")
        if self.about(present.incident) not in ("", present.subject):
            raise Refused(
                T(
                    "項目と記録の対象が合いません。画面を開き直してください。",
                    "Item and subject differ. Open the page again.",
                )
            )

    def apply(self, state: Condition, entry: Entry) -> None:
        put(self, state, entry)
        state.aspect.set(entry, self.of_aspect())

    def shown(self) -> dict[str, str]:
        """The fields in words; references by their names."""
        from tomoshibi.continuity.queries import names_of

        found = super().shown()
        item, name, cause = (getattr(self, n, None) or "" for n in ("item", "name", "cause"))
        sites = list(getattr(self, "cut_sites", None) or [])
        names = names_of(["" if name else item, cause, *sites])
        found["item"] = name or names.get(item, "")
        if "cause" in found:
            found["cause"] = names.get(cause, cause)
        if "cut_sites" in found:
            found["cut_sites"] = "、".join(names.get(site, site) for site in sites)
        return found


class StateChanged(OfCondition):
    """An item was found to be in a state: the board's one control. An explanation lasts until the next state."""

    kind = "continuity.condition_changed"
    label = T("稼働状況の変更", "State changed")

    item: str = field(T("項目", "Item"), extra=_ITEM)
    state: State = field(T("状態", "State"))
    note: str = field(T("説明", "Note"), "", max_length=1000)
    cause: str = field(T("原因となった項目", "Because of"), "", extra=_ITEM)
    name: str = field(T("名称", "Name"), "", max_length=200, extra=_HIDDEN)

    def check(self, present: Present) -> None:
        super().check(present)
        _no_own_cause(self.cause, self.item)

    def apply(self, state: Condition, entry: Entry) -> None:
        _identify(self, state, entry)
        state.state.set(entry, self.state)
        state.note.set(entry, self.note)
        state.cause.set(entry, self.cause)

    def tell(self) -> T:
        from tomoshibi.continuity.queries import kind_of_item

        shown = self.shown()
        cause, kind = shown.get("cause", ""), kind_of_item(self.item)
        word = reported(kind, self.state) if kind else self.state.label
        note = f"　{self.note}" if self.note else ""
        because = T(f"（原因: {cause}）", f" (because of {cause})") if cause else T("", "")
        return T(
            f"{shown['item']}: {word.ja}{because.ja}{note}",
            f"{shown['item']}: {word.en.lower()}{because.en}{note}",
        )


class DataChecked(OfCondition):
    kind = "continuity.condition_data_checked"
    label = T("データ喪失の確認", "Data checked")
    sentence = T("{item} データ喪失: {loss} {note}", "{item}, data: {loss} {note}")

    item: str = field(T("項目", "Item"), extra=_ITEM)
    loss: Loss = field(T("データ喪失", "Data loss"))
    note: str = field(T("説明", "Note"), "", max_length=1000)
    name: str = field(T("名称", "Name"), "", max_length=200, extra=_HIDDEN)

    def of_aspect(self) -> Aspect:
        return Aspect.DATA

    def apply(self, state: Condition, entry: Entry) -> None:
        _identify(self, state, entry)
        state.state.set(entry, self.loss)
        state.note.set(entry, self.note)


class BackupChecked(OfCondition):
    kind = "continuity.condition_backup_checked"
    label = T("バックアップデータの確認", "Backup checked")
    sentence = T("{item} バックアップデータ: {backup} {note}", "{item}, backup: {backup} {note}")

    item: str = field(T("項目", "Item"), extra=_ITEM)
    backup: Backup = field(T("バックアップデータ", "Backup data"))
    note: str = field(T("説明", "Note"), "", max_length=1000)
    name: str = field(T("名称", "Name"), "", max_length=200, extra=_HIDDEN)

    def of_aspect(self) -> Aspect:
        return Aspect.BACKUP

    def apply(self, state: Condition, entry: Entry) -> None:
        _identify(self, state, entry)
        state.state.set(entry, self.backup)
        state.note.set(entry, self.note)


class ConditionExplained(OfCondition):
    """Why an item is as it is, learned after its state."""

    kind = "continuity.condition_explained"
    label = T("原因・説明の記録", "Explained")
    sentence = T("{item}: {note}", "{item}: {note}")

    item: str | None = field(T("項目", "Item"), None, extra=_HIDDEN)
    cause: str | None = field(T("原因となった項目", "Because of"), None, extra=_ITEM)
    note: str | None = field(T("説明", "Note"), None, max_length=1000, extra=_TEXT)
    name: str | None = field(T("名称", "Name"), None, max_length=200, extra=_HIDDEN)

    def check(self, present: Present) -> None:
        super().check(present)
        _no_own_cause(self.cause, self.item or present.state.item.value)

    def apply(self, state: Condition, entry: Entry) -> None:
        _identify(self, state, entry)
        if self.note is not None:
            state.note.set(entry, self.note)
        if "cause" in self.model_fields_set:
            state.cause.set(entry, self.cause or "")

    def tell(self) -> T:
        shown = self.shown()
        cause = T(f"原因は{shown['cause']}　", f"because of {shown['cause']} ") if self.cause else T("", "")
        note = self.note or ""
        return T(f"{shown['item']}: {cause.ja}{note}", f"{shown['item']}: {cause.en}{note}")


class SitesCut(OfCondition):
    """Which sites an item's failure cuts off, for the map; an empty list: none any more."""

    kind = "continuity.condition_sites_cut"
    label = T("途絶した拠点", "Sites cut off")
    sentence = T("{item}: 途絶した拠点 {cut_sites}", "{item}: sites cut off: {cut_sites}")

    item: str | None = field(T("項目", "Item"), None, extra=_HIDDEN)
    cut_sites: list[str] | None = field(
        T("途絶した拠点", "Sites cut off"),
        None,
        help=T("つながるようになったら外してください。", "Take a site out when it is reached again."),
        extra={"widget": "places.site"},
    )
    name: str | None = field(T("名称", "Name"), None, max_length=200, extra=_HIDDEN)

    def apply(self, state: Condition, entry: Entry) -> None:
        _identify(self, state, entry)
        if self.cut_sites is not None:
            state.cut_sites.set(entry, self.cut_sites)

    def tell(self) -> T:
        if self.cut_sites:
            return super().tell()
        shown = self.shown()
        return T(f"{shown['item']}: 途絶した拠点なし", f"{shown['item']}: no site is cut off")


class ConditionReported(OfCondition):
    """What the report asks of a row: recovery work 復旧作業有無, support 必要だった支援策, a wording of its own."""

    kind = "continuity.condition_reported"
    label = T("復旧作業・支援の記録", "Work and support")

    item: str | None = field(T("項目", "Item"), None, extra=_HIDDEN)
    aspect: Aspect | None = field(T("何の状況か", "Aspect"), None, extra=_HIDDEN)
    work: bool | None = field(
        T("復旧作業", "Recovery work"),
        None,
        help=T(
            "職員か委託事業者の作業が要ったか。作業がなく復旧を待つだけなら「いいえ」。",
            "Whether staff or vendors had to work. Waiting without work is “no”.",
        ),
    )
    work_note: str | None = field(T("復旧作業の内容", "What work"), None, max_length=1000)
    support_needed: bool | None = field(T("支援が必要だったか", "Was support needed?"), None)
    support: str | None = field(T("必要だった支援", "What support"), None, max_length=1000)
    immediately: str | None = field(
        T("直後（24時間）の状況の書きぶり", "Wording of the first 24 hours"),
        None,
        max_length=1000,
        help=T(
            "空欄なら状態から書きます。「—」は該当なし。",
            "Left empty, it is written from the states. “—” means no answer.",
        ),
    )
    name: str | None = field(T("名称", "Name"), None, max_length=200, extra=_HIDDEN)

    def tell(self) -> T:
        shown, said_ja, said_en = self.shown(), [], []
        if self.work is not None:
            work = T("復旧作業あり", "recovery work needed") if self.work else T("復旧作業なし", "no recovery work")
            said_ja.append(work.ja + (f"（{self.work_note}）" if self.work_note else ""))
            said_en.append(work.en + (f" ({self.work_note})" if self.work_note else ""))
        if self.support or self.support_needed is not None:
            said_ja.append(f"必要な支援: {self.support or ('あり' if self.support_needed else 'なし')}")
            said_en.append(f"support: {self.support or ('needed' if self.support_needed else 'none')}")
        if self.immediately:
            said_ja.append(self.immediately)
            said_en.append(self.immediately)
        about = _about(self, shown)
        return T(
            f"{about.ja}: {'、'.join(said_ja) or '報告の内容を変更'}",
            f"{about.en}: {', '.join(said_en) or 'report changed'}",
        )


class RestorationReported(OfCondition):
    """When an item came back to normal 平常復帰, as exactly as people know, in whole or in part."""

    kind = "continuity.condition_restored"
    label = T("平常復帰の記録", "Back to normal")

    item: str | None = field(T("項目", "Item"), None, extra=_HIDDEN)
    aspect: Aspect | None = field(T("何の状況か", "Aspect"), None, extra=_HIDDEN)
    restored_on: date | None = field(T("平常復帰の日", "Back to normal on"), None)
    restored_precision: Precision | None = field(T("時期の精度", "How exact"), None)
    gradual: bool | None = field(
        T("順次復旧した", "Gradually"), None, help=T("日付は最後の復旧。", "The date is that of the last.")
    )
    part: str | None = field(T("復旧した部分", "Part restored"), None, max_length=200)
    remains: bool | None = field(T("残りは未復旧", "The rest is not restored"), None)
    restored_wording: str | None = field(
        T("書きぶり", "Wording"),
        None,
        max_length=500,
        help=T("空欄なら日付から書きます。「—」は該当なし。", "Left empty, it is written from the date."),
    )
    name: str | None = field(T("名称", "Name"), None, max_length=200, extra=_HIDDEN)

    def tell(self) -> T:
        from tomoshibi.continuity.annex import return_said

        shown = self.shown()
        values = {n: getattr(self, n) for n in ("restored_on", "gradual", "part", "remains", "restored_wording")}
        precision = self.restored_precision or Precision.DAY
        when = return_said(**values, precision=precision) or T("内容を変更", "changed")
        about = _about(self, shown)
        return T(f"{about.ja}の平常復帰: {when.ja}", f"{about.en} back to normal: {when.en}")


def _about(fact: OfCondition, shown: dict[str, str]) -> T:
    aspect = fact.of_aspect()
    item = shown["item"]
    if aspect is Aspect.ITEM:
        return T(item, item)
    return T(f"{item} {aspect.label.ja}", f"{item}, {aspect.label.en.lower()}")


def _identify(fact: Any, state: Condition, entry: Entry) -> None:
    """Write whose condition it is."""
    if fact.item:
        state.item.set(entry, fact.item)
    if fact.name:
        state.name.set(entry, fact.name)
    state.aspect.set(entry, fact.of_aspect())


def _no_own_cause(cause: str | None, item: str) -> None:
    if cause and cause == item:
        raise Refused(T("自分自身を原因にすることはできません。", "An item cannot be its own cause."), "cause")
