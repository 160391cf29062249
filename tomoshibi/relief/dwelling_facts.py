"""What can happen to a dwelling besides its description: who holds it and lives there, photographs, the emergency
risk marking.
"""

from __future__ import annotations

from datetime import date, datetime

from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.relief.dwelling_subjects import Holders, Photograph, Residence, RiskMark
from tomoshibi.relief.survey_facts import may_survey
from tomoshibi.relief.words import Risk, Tenure
from tomoshibi.residents import queries as residents
from tomoshibi.vocabulary import T

grant(
    "clerk",
    "relief.holders_told",
    "relief.photographed",
    "relief.photograph_withdrawn",
    "relief.household_placed",
    "relief.residence_*",
)
grant("surveyor", "relief.photographed", "relief.photograph_withdrawn", "relief.risk_marked")
grant("headquarters", "relief.photographed", "relief.risk_marked")


class HoldersTold(Fact):
    """Who owns a dwelling, and who rents it."""

    kind = "relief.holders_told"
    subject = Holders
    label = T("所有者・借家人の登録・変更", "Owner and tenants told")

    owner: str | None = field(T("所有者", "Owner"), None, max_length=200)
    owner_kana: str | None = field(T("所有者かな", "Owner (kana)"), None, max_length=200)
    tenants: list[str] | None = field(T("借家人", "Tenants"), None)
    tenants_kana: list[str] | None = field(T("借家人かな", "Tenants (kana)"), None)

    def apply(self, state: Holders, entry: Entry) -> None:
        put(self, state, entry)


class HouseholdPlaced(Fact):
    """A household lives, or lived, in this dwelling: from and until which day, as far as anybody knows."""

    kind = "relief.household_placed"
    subject = Residence
    label = T("世帯の居住を記録", "Household placed in a dwelling")

    dwelling: str = field(T("住家", "Dwelling"), extra={"widget": "relief.dwelling"})
    household: str = field(T("世帯", "Household"), extra={"widget": "hidden"})
    tenure: Tenure = field(T("居住の別", "Tenure"), Tenure.UNKNOWN)
    since: date | None = field(T("いつから", "Since"), None)
    until: date | None = field(T("いつまで", "Until"), None, help=T("この日を含みます。", "This day included."))

    def allowed(self, actor: Actor, present: Present) -> bool:
        protected = self.household in residents.shielded()
        return actor.may(self.kind) and (not protected or actor.may("residents.protected"))

    def check(self, present: Present) -> None:
        if self.since and self.until and self.until < self.since:
            raise Refused(T("終わりの日が始まりの日より前です。", "It ends before it begins."), "until")

    def apply(self, state: Residence, entry: Entry) -> None:
        put(self, state, entry)
        state.tenure.set(entry, self.tenure)
        state.cancelled.set(entry, False)


class ResidenceCancelled(Fact):
    """That this household lives there was a mistake."""

    kind = "relief.residence_cancelled"
    subject = Residence
    label = T("居住の記録の取消し", "Residence cancelled")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.cancelled.value:
            raise Refused(T("この居住の記録はありません。", "There is no such residence."))

    def apply(self, state: Residence, entry: Entry) -> None:
        state.cancelled.set(entry, True)


class Photographed(Fact):
    """A photograph of a dwelling, for a survey, an application, or as such. The picture is a dataset."""

    kind = "relief.photographed"
    subject = Photograph
    label = T("住家の写真", "Photograph of a dwelling")
    datasets = ("photo",)

    dwelling: str = field(T("住家", "Dwelling"), extra={"widget": "relief.dwelling"})
    about: str = field(T("調査・申請", "Survey or application"), "", extra={"widget": "hidden"})
    photo: str = field(T("写真", "Picture"), pattern=r"^[0-9a-f]{64}$", extra={"widget": "hidden"})
    caption: str = field(T("説明", "Caption"), "", max_length=200)
    width: int = field(T("幅", "Width"), 0, ge=0, unit=T("画素", "px"))
    height: int = field(T("高さ", "Height"), 0, ge=0, unit=T("画素", "px"))
    taken_at: str = field(T("撮影日時", "Taken"), "", max_length=40, help=T("カメラの記録", "As the camera has it"))

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind) or (bool(self.about) and may_survey(actor, present.incident))

    def check(self, present: Present) -> None:
        if self.taken_at:
            try:
                aware = datetime.fromisoformat(self.taken_at).tzinfo is not None
            except ValueError:
                aware = False
            if not aware:
                raise Refused(T("撮影日時を読み取れません。", "The time cannot be read."), "taken_at")

    def apply(self, state: Photograph, entry: Entry) -> None:
        state.taken.add(entry, self)
        state.caption.set(entry, self.caption)
        state.withdrawn.set(entry, "")


class PhotographWithdrawn(Fact):
    """A photograph of the wrong house, or of people: it is no longer shown. Nothing is deleted by it."""

    kind = "relief.photograph_withdrawn"
    subject = Photograph
    label = T("写真の取下げ", "Photograph withdrawn")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.withdrawn.value:
            raise Refused(T("この写真はありません。", "There is no such photograph."))

    def apply(self, state: Photograph, entry: Entry) -> None:
        state.withdrawn.set(entry, self.reason)


class RiskMarked(Fact):
    """An emergency check says whether a building may be entered. It says nothing of the class of damage."""

    kind = "relief.risk_marked"
    subject = RiskMark
    label = T("応急危険度判定", "Emergency risk marking")
    sentence = T("応急危険度判定: {mark}", "Emergency risk marking: {mark}")

    dwelling: str = field(T("建物", "Building"), extra={"widget": "relief.dwelling"})
    mark: Risk = field(T("判定", "Mark"))
    note: str = field(T("注記", "Note"), "", max_length=500, help=T("落下物、傾きなど。", "What may fall, what leans."))
    inspector: str = field(T("判定士", "Inspector"), "", max_length=200)

    def apply(self, state: RiskMark, entry: Entry) -> None:
        put(self, state, entry)
        state.mark.set(entry, self.mark)
        state.note.set(entry, self.note)
