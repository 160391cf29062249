"""What is known of those who suffered, beyond damage and certificates: support, consultations, consent (被災者台帳).

A protected household's (支援措置) are subjects of types of their own, as with applications; so are consultations that
their clerk keeps private.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import ClassVar, NamedTuple

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.places.keys import natural
from tomoshibi.relief.papers import SEALED, sealed
from tomoshibi.relief.victim_models import ClaimRow, ConsentRow, ConsultationRow, payable
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Rebuilding, name_of

grant("clerk", "relief.*support_asked", "relief.*support_case_told", "relief.*consultation_*", "relief.*consent_*")
grant(
    "headquarters",
    "relief.*support_*",
    "relief.*consultation_*",
    "relief.*consent_*",
    "relief.consultations_private",
)


class Payment(NamedTuple):
    """Yen that went out, or came back where negative, and how."""

    yen: int
    how: str


class Claim(Subject):
    """One scheme for one household, or person, in one incident: asked, decided, paid."""

    type = "relief.claim"
    label = T("支援の申請", "Claim of support")
    tables = (ClaimRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    protected = False

    scheme = Register[str](T("制度", "Scheme"), "")
    household = Register[str](T("世帯", "Household"), "")
    person = Register[str](T("人", "Person"), "")
    rebuilding = Register[Rebuilding | None](T("再建の方法", "How they rebuild"), None)
    case = Register[int | None](T("区分", "Case"), None)
    paper = Register[str](T("確認した書類", "Paper seen"), "")
    account = Register[str](T("振込先の確認", "Account seen"), "")
    amount = Register[int | None](T("決定額", "Amount decided"), None)
    damage_class = Register[DamageClass | None](T("決定時の被害の程度", "Damage it was decided by"), None)
    people = Register[int | None](T("決定時の世帯の人数", "People it was decided for"), None)
    refused = Register[str](T("不支給の理由", "Why it was refused"), "")
    paid = Bag[Payment](T("支払", "Payments"))
    owed = Track[int | None](T("あらためて計算した額", "Amount computed anew"), None)

    def title(self) -> str:
        key = self.scheme.value
        name = name_of(key).ja  # a scheme of this disaster has its name elsewhere
        return f"支援の申請 {name}" if name != key else "支援の申請（この災害の制度）"

    def rows(self) -> Iterable[Row]:
        asked = self.scheme.entry
        if asked is None:
            return
        decided = self.amount.entry
        paid = sum(p.yen for p in self.paid)
        most = payable(self.amount.value, self.owed.value, self.refused.value)
        told = [e for part in (self.case, self.rebuilding, self.paper) if (e := part.entry)]
        yield ClaimRow.row(
            self.subject,
            incident=self.incident,
            protected=self.protected,
            scheme=self.scheme.value,
            household=self.household.value,
            person=self.person.value,
            rebuilding=self.rebuilding.value.value if self.rebuilding.value else "",
            case=self.case.value,
            paper=self.paper.value,
            asked_at=asked.happened,
            asked_by=asked.actor,
            account=self.account.value,
            amount=self.amount.value,
            decided_at=decided.happened if decided else None,
            decided_by=decided.actor if decided else "",
            damage_class=self.damage_class.value.value if self.damage_class.value else "",
            people=self.people.value,
            told_since=bool(decided) and any(not decided.past >> e.bit & 1 for e in told),  # type: ignore[union-attr]
            refused=self.refused.value,
            paid=paid,
            payments=len(self.paid),
            paid_list=json.dumps([[e.happened_at, *p] for e, p in self.paid.items()], ensure_ascii=False),
            owed=self.owed.value,
            over=max(paid - most, 0),
        )


ASKED = T("この世帯・人はこの制度を申請済みです。", "This household, or this person, has asked for it.")


class SupportAsked(Fact):
    """A household, or a person of it, asks for a scheme."""

    kind = "relief.support_asked"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援の申請", "Support asked for")
    sentence = T("支援の申請を受付", "A claim of support was taken")

    scheme: str = field(T("制度", "Scheme"), max_length=60, extra={"widget": "hidden"})
    household: str = field(T("世帯", "Household"), max_length=200, extra={"widget": "hidden"})
    person: str = field(T("人", "Person"), "", max_length=200, extra={"widget": "hidden"})
    rebuilding: Rebuilding | None = field(T("再建の方法", "How they rebuild"), None)
    case: int | None = field(T("区分", "Case"), None, ge=0, le=9, extra={"widget": "hidden"})
    paper: str = field(T("確認した書類", "Paper seen"), "", max_length=200)
    account: str = field(
        T("振込先の確認", "Account seen"),
        "",
        max_length=100,
        help=T("通帳の写しを確認、など。口座番号は書きません。", "That a bank book was seen; never the number."),
    )

    def check(self, present: Present) -> None:
        if present.exists and not present.state.refused.value and not present.disputed("refused"):
            raise Refused(ASKED)

    def apply(self, state: Claim, entry: Entry) -> None:
        super().apply(state, entry)
        state.refused.set(entry, "")


class SupportCaseTold(Fact):
    """What a claim depends on besides the judged class became known after it was taken: how they rebuild, that the
    dwelling had to be pulled down or is evacuated for long, who died, another account. What was decided is reckoned
    anew.
    """

    kind = "relief.support_case_told"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援の区分・再建方法・振込先の確認", "Case or account of a claim told")
    sentence = T("支援の区分・再建方法・振込先を確認", "The case or account of a claim of support was told")

    rebuilding: Rebuilding | None = field(T("再建の方法", "How they rebuild"), None)
    case: int | None = field(T("区分", "Case"), None, ge=0, le=9, extra={"widget": "hidden"})
    paper: str = field(T("確認した書類", "Paper seen"), "", max_length=200)
    account: str = field(T("振込先の確認", "Account seen"), "", max_length=100)

    def check(self, present: Present) -> None:
        settles = present.disputed("rebuilding", "case", "paper", "account")
        if not present.exists or (present.state.refused.value and not settles):
            raise Refused(T("この支援は申請されていないか、不支給です。", "It was not asked for, or was refused."))
        told = self.rebuilding is not None or self.case is not None
        if not self.paper and not settles and (told or not self.account):
            raise Refused(T("確かめた書類を入れてください。", "Say by which paper it was seen."), "paper")

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        """The claim is reckoned anew."""
        yield tasks.Task("relief.reckon_claim", entry.id, worlds.now(), present.subject)


SupportAsked.corrected_by = SupportCaseTold


class SupportDecided(Fact):
    """The amount that is granted. Who took the claim does not decide it."""

    kind = "relief.support_decided"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援の決定", "Support decided")
    sentence = T("支援の額を決定", "A claim of support was decided")

    amount: int = field(T("決定額", "Amount"), ge=0, le=100_000_000, unit=T("円", "yen"))
    damage_class: DamageClass | None = field(T("被害の程度", "Damage"), None)
    people: int | None = field(
        T("世帯の人数", "People"),
        None,
        ge=1,
        le=1000,
        unit=T("人", ""),
        help=T("この制度で数える人数", "As it counts"),
    )

    def check(self, present: Present) -> None:
        state = present.state
        if state.scheme.entry is None:
            raise Refused(T("申請がありません。", "Nobody asked for it."))
        taken = (part.entry for part in (state.scheme, state.case, state.rebuilding, state.paper))
        if any(e and present.actor.is_same(e.actor) for e in taken):
            raise OwnWork(did=T("受け付けた", "took it"), does=T("決定", "decide it"))

    def apply(self, state: Claim, entry: Entry) -> None:
        state.amount.set(entry, self.amount)
        state.damage_class.set(entry, self.damage_class)
        state.people.set(entry, self.people)
        state.refused.set(entry, "")
        state.owed.set(entry, self.amount)


class SupportRefused(Fact):
    kind = "relief.support_refused"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援の不支給", "Support refused")
    sentence = T("支援を不支給と決定", "A claim of support was refused")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("申請がありません。", "Nobody asked for it."))
        if sum(p.yen for p in present.state.paid) and not present.disputed("refused"):
            raise Refused(T("支払い済みです。", "It has been paid."))

    def apply(self, state: Claim, entry: Entry) -> None:
        state.refused.set(entry, self.reason)


class SupportPaid(Fact):
    """Money, or a thing of that worth, was handed over; negative: it came back."""

    kind = "relief.support_paid"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援の支払", "Support paid")
    sentence = T("支援の支払を記録", "A payment of support was recorded")

    amount: int = field(
        T("金額", "Amount"),
        ge=-100_000_000,
        le=100_000_000,
        unit=T("円", "yen"),
        help=T("返還はマイナスで。", "Money that came back is negative."),
    )
    note: str = field(T("方法", "How"), "", max_length=200)

    def check(self, present: Present) -> None:
        state = present.state
        before = sum(p.yen for p in state.paid)
        most = payable(state.amount.value, state.owed.value, state.refused.value)
        if (not most and self.amount > 0) or (not before and state.amount.value is None):
            raise Refused(T("支給が決定していません。", "It has not been granted."))
        if not self.amount:
            raise Refused(T("金額を入れてください。", "Enter the amount."), "amount")
        sum_now = before + self.amount
        if self.amount > 0 and sum_now > most:  # what comes back may come in parts
            raise Refused(
                T(
                    f"支払える額 {most:,} 円を超えます（決定額 {state.amount.value:,} 円、支払い済み {before:,} 円）。",
                    f"More than the {most:,} yen that may be paid "
                    f"({state.amount.value:,} yen decided, {before:,} yen paid).",
                ),
                "amount",
            )
        if sum_now < 0:
            raise Refused(T("支払った額より多く戻せません。", "No more can come back than was paid."), "amount")

    def apply(self, state: Claim, entry: Entry) -> None:
        state.paid.add(entry, Payment(self.amount, self.note))


class SupportRecomputed(Fact):
    """What is owed is no longer what was decided: another class of damage was judged, the household was found to be
    another, or the amounts were corrected. The program says so by itself; a person decides anew.
    """

    kind = "relief.support_recomputed"
    subject: ClassVar[type[Subject]] = Claim
    label = T("支援額の再計算", "Support computed anew")
    sentence = T("決定のもとが変わり、支援の額を計算し直した", "Its grounds changed: support was computed anew")

    owed: int = field(T("計算し直した額", "Amount"), ge=0, unit=T("円", "yen"))
    damage_class: DamageClass | None = field(T("被害の程度", "Damage"), None)

    def apply(self, state: Claim, entry: Entry) -> None:
        state.owed.set(entry, self.owed)


class Consultation(Subject):
    """One talk with a household or a person of it, and what is to follow."""

    type = "relief.consultation"
    label = T("相談", "Consultation")
    tables = (ConsultationRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    private = False
    protected = False

    household = Register[str](T("世帯", "Household"), "")
    person = Register[str](T("人", "Person"), "")
    topic = Register[str](T("用件", "Topic"), "")
    note = Register[str](T("内容", "Note"), "")
    next_step = Register[str](T("次にすること", "Next step"), "")
    due_on = Register[date | None](T("いつまでに", "By when"), None)
    closed = Register[str](T("済んだこと", "What was done"), "")

    def title(self) -> str:
        return "相談"

    def rows(self) -> Iterable[Row]:
        held = self.topic.entry
        if held is None:
            return
        names = ("household", "person", "topic", "note", "next_step", "due_on", "closed")
        yield ConsultationRow.row(
            self.subject,
            incident=self.incident,
            private=self.private,
            protected=self.protected,
            held_at=held.happened,
            held_by=held.actor,
            **{name: getattr(self, name).value for name in names},
        )


class ConsultationHeld(Fact):
    kind = "relief.consultation_held"
    subject: ClassVar[type[Subject]] = Consultation
    label = T("相談の記録", "Consultation held")
    sentence = T("相談を受けた", "A consultation was held")

    household: str = field(T("世帯", "Household"), max_length=200, extra={"widget": "hidden"})
    person: str = field(T("人", "Person"), "", max_length=200, extra={"widget": "hidden"})
    topic: str = field(T("用件", "Topic"), min_length=1, max_length=100)
    note: str = field(T("内容", "Note"), "", max_length=4000, extra={"widget": "textarea"})
    next_step: str = field(T("次にすること", "Next step"), "", max_length=300)
    due_on: date | None = field(T("いつまでに", "By when"), None)


class ConsultationClosed(Fact):
    """The next step was taken."""

    kind = "relief.consultation_closed"
    subject: ClassVar[type[Subject]] = Consultation
    label = T("次にすることの完了", "Next step done")
    sentence = T("相談の次の手当てを終えた", "The next step of a consultation was taken")

    closed: str = field(T("したこと", "What was done"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        if not present.exists or not present.state.next_step.value:
            raise Refused(T("次にすることがありません。", "There is no next step."))


class PrivateConsultation(Consultation):
    """A consultation that only headquarters and whoever held it read."""

    type = "relief.consultation_private"
    label = T("相談（限られた人だけ）", "Consultation (private)")
    reading = "relief.consultations_private"
    private = True


class PrivateConsultationHeld(ConsultationHeld):
    kind = "relief.private_consultation_held"
    subject = PrivateConsultation
    label = T("相談の記録（限られた人だけ）", "Consultation held (private)")


class PrivateConsultationClosed(ConsultationClosed):
    kind = "relief.private_consultation_closed"
    subject = PrivateConsultation
    label = T("次にすることの完了（限られた人だけ）", "Next step done (private)")


class Consent(Subject):
    """Whether a household lets its data be handed to one recipient, and what was handed over."""

    type = "relief.consent"
    label = T("情報提供の同意", "Consent to share")
    tables = (ConsentRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    protected = False

    household = Register[str](T("世帯", "Household"), "")
    recipient = Register[str](T("提供先", "Recipient"), "")
    given = Track[bool](T("同意", "Consent"), False)
    scope = Register[str](T("範囲", "Scope"), "")
    shared = Bag[str](T("提供したもの", "What was handed over"))

    def title(self) -> str:
        return f"情報提供の同意 {self.recipient.value}"

    def rows(self) -> Iterable[Row]:
        told = self.given.entry
        if told is None:
            return
        yield ConsentRow.row(
            self.subject,
            protected=self.protected,
            household=self.household.value,
            recipient=self.recipient.value,
            given=bool(self.given.value),
            told_at=told.happened,
            scope=self.scope.value,
            shared=json.dumps([[e.happened_at, what] for e, what in self.shared.items()], ensure_ascii=False),
        )


class ConsentTold(Fact):
    kind = "relief.consent_told"
    subject: ClassVar[type[Subject]] = Consent
    label = T("情報提供の同意・撤回", "Consent given or withdrawn")
    sentence = T("情報提供の同意: {given}", "Consent to share data: {given}")

    household: str = field(T("世帯", "Household"), max_length=200, extra={"widget": "hidden"})
    recipient: str = field(T("提供先", "Recipient"), min_length=1, max_length=200)
    given: bool = field(T("同意する", "Consents"))
    scope: str = field(T("範囲", "Scope"), "", max_length=300)


class ConsentShared(Fact):
    """Data were handed to the recipient."""

    kind = "relief.consent_shared"
    subject: ClassVar[type[Subject]] = Consent
    label = T("情報の提供", "Data handed over")
    sentence = T("同意に基づき情報を提供", "Data were handed over by consent")

    what: str = field(T("提供したもの", "What was handed over"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        if not present.state.given.value:
            raise Refused(T("この提供先への同意がありません。", "There is no consent for this recipient."))

    def apply(self, state: Consent, entry: Entry) -> None:
        state.shared.add(entry, self.what)


class ProtectedClaim(Claim):
    type = "relief.claim_protected"
    label = T("支援の申請（支援措置）", "Claim of support (protected)")
    reading = "residents.protected"
    protected = True


class ProtectedConsultation(Consultation):
    type = "relief.consultation_protected"
    label = T("相談（支援措置）", "Consultation (protected)")
    reading = "residents.protected"
    protected = True


class ProtectedConsent(Consent):
    type = "relief.consent_protected"
    label = T("情報提供の同意（支援措置）", "Consent to share (protected)")
    reading = "residents.protected"
    protected = True


def _seal(fact: type[Fact], of: type[Subject]) -> type[Fact]:
    """The same fact for a protected household: a kind of its own, for the few."""

    def allowed(self: Fact, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)

    kind = fact.kind.replace("relief.", "relief.protected_")
    label = T(f"{fact.label.ja}（支援措置）", f"{fact.label.en} (protected)")
    name = f"Protected{fact.__name__}"
    corrects = SEALED.get(fact.corrected_by) if fact.corrected_by else None
    made = type(name, (fact,), {
        "corrected_by": corrects, "__module__": __name__, "__qualname__": name, "__doc__": fact.__doc__,
        "kind": kind, "subject": of, "label": label, "allowed": allowed,
    })  # fmt: skip
    SEALED[fact] = made
    return made


_SEALED: dict[type[Subject], tuple[type[Fact], ...]] = {
    ProtectedClaim: (SupportCaseTold, SupportAsked, SupportDecided, SupportRefused, SupportPaid, SupportRecomputed),
    ProtectedConsultation: (ConsultationHeld, ConsultationClosed),
    ProtectedConsent: (ConsentTold, ConsentShared),
}
for _of, _facts in _SEALED.items():
    for _fact in _facts:
        _seal(_fact, _of)


def claim_ref(incident: str, scheme: str, household: str, person: str = "", *, protected: bool = False) -> str:
    """Reference of a claim: two counters that take the same one meet on it; for one person, of whichever household."""
    return natural(ProtectedClaim if protected else Claim, incident, scheme, person or household)


def consent_ref(household: str, recipient: str, *, protected: bool = False) -> str:
    """Reference of a household's consent for a recipient."""
    return natural(ProtectedConsent if protected else Consent, household, recipient)
