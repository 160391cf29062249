"""What can happen to beds that facilities offer one another, and to those who go to them.

Never are more beds taken than offered: a further one is refused here, and where two nodes took the last one apart, a
law (``laws.beds_taken``) shows it. Nobody's name stands in a sentence, nor what is said of somebody to the other
facility: timelines are read by many.
"""

from __future__ import annotations

from datetime import datetime

from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.subjects import site_of
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.transfer_subjects import BedOffer, Transfer, transfer_of
from tomoshibi.facilities.upkeep_facts import OfFacility
from tomoshibi.facilities.upkeep_words import HOLDING, Step
from tomoshibi.facilities.words import Care, Moves
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T

_HIDDEN = {"widget": "hidden"}
#: steps that the receiving facility says; the others are the sending one's, and a return is either's
_RECEIVER = (Step.RECEIVED, Step.DECLINED)

grant("facility", "facilities.beds_*", "facilities.transfer_*")


class BedsOffered(OfFacility):
    """A facility offers beds, or changes what it offers; each field that is set changes that."""

    kind = "facilities.beds_offered"
    subject = BedOffer
    label = T("受け入れの申し出", "Beds offered")
    sentence = T("{name}: {number}人まで受け入れられる {note}", "{name}: beds for {number} people {note}")

    number: int | None = field(T("受け入れられる人数", "Beds"), None, unit=T("人", "people"), ge=1, le=500)
    moves: Moves | None = field(
        T("移動の方法（ここまで）", "Moved at most so"),
        None,
        help=T("車いすなら、歩ける人と車いすの人を受け入れる", "Wheelchair: those who walk, and those in wheelchairs"),
    )
    care: Care | None = field(T("要介護度（ここまで）", "Care need at most"), None)
    until: datetime | None = field(T("いつまで", "Until"), None, help=T("空なら決めていない", "Empty: not settled"))
    note: str | None = field(
        T("条件", "Conditions"), None, max_length=300, help=T("医療、食事、付き添いなど", "Medical care, food, escort")
    )

    def check(self, present: Present) -> None:
        super().check(present)
        if not (self.number if "number" in self.model_fields_set else present.exists):
            raise Refused(T("受け入れられる人数を入れてください。", "Say how many beds."), "number")
        taken = taken_of(present.subject)
        if self.number is not None and self.number < taken:
            raise Refused(
                T(f"{taken}人分はもう使われています。", f"{taken} of them are taken already."),
                "number",
            )

    def apply(self, state: BedOffer, entry: Entry) -> None:
        put(self, state, entry)
        state.withdrawn.set(entry, False)


class BedsWithdrawn(Fact):
    """No further beds; whoever has one keeps it."""

    kind = "facilities.beds_withdrawn"
    subject = BedOffer
    label = T("申し出の取り下げ", "Offer withdrawn")
    sentence = T("受け入れの申し出を取り下げ {reason}", "Offer of beds withdrawn {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.withdrawn.value:
            raise Refused(T("取り下げる申し出がありません。", "There is no such offer."))

    def apply(self, state: BedOffer, entry: Entry) -> None:
        state.withdrawn.set(entry, True)


class TransferAsked(Fact):
    """One of the beds offered is taken for a resident."""

    kind = "facilities.transfer_asked"
    subject = Transfer
    label = T("受け入れの依頼", "Bed taken")
    sentence = T("入所者1人の受け入れを{to_name}に頼んだ", "A bed at {to_name} was taken for a resident")

    facility: str = field(T("送り出す施設", "From"), extra=_HIDDEN)
    name: str = field(T("施設名", "Facility's name"), min_length=1, max_length=200)
    resident: str = field(T("入所者", "Resident"), extra=_HIDDEN)
    offer: str = field(T("受け入れの申し出", "Offer"), extra=_HIDDEN)
    to: str = field(T("受け入れる施設", "To"), extra=_HIDDEN)
    to_name: str = field(T("受け入れる施設名", "To (name)"), min_length=1, max_length=200)
    note: str = field(T("申し送り", "Note"), "", max_length=300)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.facility))

    def check(self, present: Present) -> None:
        if present.subject != transfer_of(present.incident, self.resident):
            raise Refused(T("この人の移送の記録ではありません。", "Not this person's transfer."), "resident")
        person = ResidentRow.objects.filter(subject=self.resident, site=site_of(self.facility), left=False).first()
        if person is None:
            raise Refused(T("この施設の入所者ではありません。", "Not a resident of this facility."), "resident")
        if present.exists and present.state.step.value not in (None, *Step.ASKED.after):
            raise Refused(
                T("この人の受け入れ先はもう決まっています。", "A bed is taken for this person already."), "resident"
            )
        self._check_offer(present, person)

    def _check_offer(self, present: Present, person: ResidentRow) -> None:
        offer = BedOfferRow.objects.filter(subject=self.offer, site=site_of(self.to)).first()
        if offer is None or self.to == self.facility:
            raise Refused(T("その申し出はありません。", "There is no such offer."), "offer")
        if offer.withdrawn or (offer.until and offer.until < (present.happened_at or worlds.now())):
            raise Refused(T("この申し出は終わっています。", "This offer has ended."), "offer")
        if taken_of(self.offer, but=present.subject) >= offer.number:
            raise Refused(
                T(
                    f"{self.to_name}の{offer.number}人分は、もう全部使われています。ほかの施設を選んでください。",
                    f"All {offer.number} beds of {self.to_name} are taken. Choose another facility.",
                ),
                "offer",
            )
        if not offer.fits(person):
            raise Refused(
                T(
                    f"{self.to_name}が受け入れるのは、{offer.moves_word.label.ja}・{offer.care_word.label.ja}までです。",
                    f"{self.to_name} takes people up to: {offer.moves_word.label.en}, {offer.care_word.label.en}.",
                ),
                "offer",
            )

    def apply(self, state: Transfer, entry: Entry) -> None:
        for name in ("facility", "name", "resident", "offer", "to", "to_name"):
            getattr(state, name).set(entry, getattr(self, name))
        state.step.set(entry, Step.ASKED)
        state.note.set(entry, self.note)


class TransferWent(Fact):
    """A transfer goes a step on: the receiving facility says that somebody is there or cannot come, the sending one
    that somebody left or stays; either says that somebody has returned.
    """

    kind = "facilities.transfer_went"
    subject = Transfer
    label = T("移送の経過", "Transfer")
    sentence = T("入所者1人の移送: {step}", "Transfer of a resident: {step}")

    step: Step = field(T("段階", "Step"))
    note: str = field(T("連絡事項", "Note"), "", max_length=300)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return may_say(actor, self.step, present.state.site(), site_of(present.state.to.value))

    def check(self, present: Present) -> None:
        now = present.state.step.value
        if self.step is Step.ASKED or now not in self.step.after:
            raise Refused(
                T(
                    f"「{now.label.ja if now else 'まだ頼んでいない'}」から「{self.step.label.ja}」にはなりません。",
                    f"It cannot be “{self.step.label.en}” after “{now.label.en if now else 'nothing'}”.",
                ),
                "step",
            )

    def apply(self, state: Transfer, entry: Entry) -> None:
        state.step.set(entry, self.step)
        if self.note:
            state.note.set(entry, self.note)


def may_say(actor: Actor, step: Step, sender: str, receiver: str) -> bool:
    """Whether ``actor`` may say that a transfer between these two sites (references) has come to ``step``."""
    sites = [sender, receiver] if step is Step.RETURNED else [receiver if step in _RECEIVER else sender]
    return any(actor.may(TransferWent.kind, site=site) for site in sites)


def taken_of(offer: str, but: str = "") -> int:
    """How many beds of an offer (reference) are taken, the transfer ``but`` not counted."""
    return TransferRow.objects.filter(offer=offer, step__in=HOLDING).exclude(subject=but).count()
