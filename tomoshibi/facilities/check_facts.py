"""What can happen to check sheets: an item is answered, and a facility adds items of its own."""

from __future__ import annotations

from typing import Any

from tomoshibi.facilities.checks import EDITION, sheets
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.subjects import CheckRun, Facility, run_of, site_of
from tomoshibi.facilities.words import Check, Evidence, Role
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.vocabulary import T

_HIDDEN = {"widget": "hidden"}


class _OfItem(Fact):
    """What is said of one item of a check sheet, in one run of it."""

    subject = CheckRun

    facility: str = field(T("施設", "Facility"), extra=_HIDDEN)
    name: str = field(T("施設名", "Facility's name"), min_length=1, max_length=200)
    sheet: str = field(T("シート", "Sheet"), extra=_HIDDEN)
    edition: str = field(T("版", "Edition"), EDITION, extra=_HIDDEN)
    occasion: str = field(T("機会", "Occasion"), extra=_HIDDEN)
    item: str = field(T("項目", "Item"), max_length=60)
    text: str = field(T("内容", "What"), "", max_length=300)
    note: str = field(T("メモ", "Note"), "", max_length=300)
    by: str = field(T("確かめた職員", "Looked at by"), "", max_length=50)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.facility))

    def check(self, present: Present) -> None:
        if present.subject != run_of(self.facility, self.sheet, self.occasion):
            raise Refused(T("この点検の記録ではありません。", "Not the record of this check."), "sheet")
        try:
            known = {item.key for item in sheets(self.edition)[self.sheet].items}
        except LookupError:
            raise Refused(T("そのシートはありません。", "There is no such sheet."), "sheet") from None
        if self.item not in known and self.item not in _own(self.facility):
            raise Refused(T("そのシートにない項目です。", "The sheet has no such item."), "item")

    def apply(self, state: CheckRun, entry: Entry) -> None:
        for name in ("facility", "name", "sheet", "edition", "occasion"):
            getattr(state, name).set(entry, getattr(self, name))


class Checked(_OfItem):
    """One item of a check sheet is answered; answered again, the newest holds."""

    kind = "facilities.checked"
    label = T("点検の回答", "Item checked")
    sentence = T("点検 {sheet_name}: {text}（{answer}）{note}", "Check sheet {sheet_name}: {text} ({answer}) {note}")

    answer: Check = field(T("回答", "Answer"))

    def apply(self, state: CheckRun, entry: Entry) -> None:
        super().apply(state, entry)
        state.answers.add(entry, self)

    def shown(self) -> dict[str, str]:
        try:
            name = str(sheets(self.edition)[self.sheet].name)
        except LookupError:
            name = self.sheet
        return {**super().shown(), "sheet_name": name}


class EvidenceAttached(_OfItem):
    """A photograph that shows how an item of a check sheet stands; ``sha256`` names the picture's dataset."""

    kind = "facilities.check_photographed"
    label = T("点検の写真", "Photograph of a check")
    sentence = T("点検の写真: {text} {note}", "Photograph of a check: {text} {note}")
    datasets = ("sha256",)

    sha256: str = field(T("写真", "Photograph"), extra=_HIDDEN, pattern=r"^[0-9a-f]{64}$")
    mime: str = field(T("形式", "Format"), extra=_HIDDEN, pattern=r"^image/(jpeg|png)$")

    def apply(self, state: CheckRun, entry: Entry) -> None:
        super().apply(state, entry)
        state.photos.add(entry, self)


class EvidenceDropped(Fact):
    """A photograph is taken away from a check sheet: it showed something else, or somebody's face."""

    kind = "facilities.check_photo_dropped"
    subject = CheckRun
    label = T("点検の写真の取り消し", "Photograph taken away")
    sentence = T("点検の写真1枚を取り消し {reason}", "One photograph of a check taken away {reason}")

    photo: str = field(T("写真", "Photograph"), extra=_HIDDEN)
    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if self.photo not in {entry.id for entry, _ in present.state.photos.items()}:
            raise Refused(T("取り消せる写真がありません。", "There is no such photograph."), "photo")

    def apply(self, state: CheckRun, entry: Entry) -> None:
        state.photos.cancel(self.photo)


class CheckItemAdded(Fact):
    kind = "facilities.check_item_added"
    subject = Facility
    label = T("点検項目の追加", "Check item added")
    sentence = T("点検項目を追加: {text}", "Check item added: {text}")

    sheet: str = field(T("シート", "Sheet"), extra=_HIDDEN)
    text: str = field(T("項目", "Item"), min_length=1, max_length=300)
    role: Role = field(T("誰が", "Who"), Role.ALL)
    evidence: Evidence = field(T("確かめ方", "How"), Evidence.LOOK)
    within: int | None = field(
        T("いつまでに", "When"),
        None,
        ge=1,
        le=10_000,
        help=T(
            "平常時のシートは何か月ごとか、災害時のシートは始まってから何分以内か",
            "Every so many months in ordinary times; within so many minutes in a disaster",
        ),
    )

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("先に施設を登録してください。", "Describe the facility first."))
        if self.sheet not in sheets():
            raise Refused(T("そのシートはありません。", "There is no such sheet."), "sheet")

    def apply(self, state: Facility, entry: Entry) -> None:
        state.own_items.add(entry, self)


class CheckItemDropped(Fact):
    kind = "facilities.check_item_dropped"
    subject = Facility
    label = T("点検項目の取りやめ", "Check item dropped")
    sentence = T("施設が加えた点検項目1件を取りやめ", "A facility's own check item was dropped")

    item: str = field(T("項目", "Item"), extra=_HIDDEN)

    def check(self, present: Present) -> None:
        standing: set[Any] = {f"own-{entry.id}" for entry, _ in present.state.own_items.items()}
        if self.item not in standing:
            raise Refused(T("取りやめる項目がありません。", "There is no such item."), "item")

    def apply(self, state: Facility, entry: Entry) -> None:
        state.own_items.cancel(self.item.removeprefix("own-"))


def _own(facility: str) -> set[str]:
    row = FacilityRow.objects.filter(subject=facility).first()
    return {str(item["key"]) for item in row.own} if row else set()
