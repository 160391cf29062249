"""What can happen to applications and certificates: facts, those of protected households (支援措置) among them.

A protected household's are kinds of their own, on subjects of their own, so that every generic page, list and search
keeps them from whoever does not hold ``residents.protected``.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Subject
from tomoshibi.places.facts import put
from tomoshibi.relief.models import SurveyRow
from tomoshibi.relief.subjects import Application, Certificate, Member, ProtectedApplication, ProtectedCertificate
from tomoshibi.relief.words import Authority, Interest, Kind, Standing, Thing, Way
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass, name_of

#: node's first letters and a running number, so that two counters apart never give one number twice
SERIAL = r"^\d{4}-[0-9A-Z]{2,12}-\d{6,}$"
PROTECTED = "residents.protected"


class Applied(Fact):
    """A household asks for a certificate. The householder's address and the damaged one are two things."""

    kind = "relief.applied"
    subject: ClassVar[type[Subject]] = Application
    label = T("罹災証明書の申請", "Applied for a certificate")

    applicant: str = field(T("申請者", "Applicant"), min_length=1, max_length=100)
    householder: str = field(T("世帯主氏名", "Householder"), min_length=1, max_length=100)
    householder_kana: str = field(T("世帯主氏名かな", "Householder (kana)"), "", max_length=200)
    householder_address: str = field(T("世帯主住所", "Householder's address"), min_length=1, max_length=300)
    household: str = field(T("世帯", "Household"), "", extra={"widget": "hidden"})
    members: tuple[Member, ...] = field(T("世帯構成員", "Household members"), ())
    dwelling: str = field(T("住家", "Dwelling"), "", extra={"widget": "relief.dwelling"})
    damaged_address: str = field(T("被災住家の所在地", "Damaged address"), min_length=1, max_length=300)
    cause: str = field(T("罹災原因", "Cause"), min_length=1, max_length=200)
    contact: str = field(T("連絡先", "Contact"), "", max_length=100)
    interest: Interest | None = field(T("申請者の立場", "In what right"), None)
    things: tuple[Thing, ...] = field(T("被災した物", "What was damaged"), ())
    damage_told: str = field(T("被害の状況", "What happened to it"), "", max_length=500)
    proxy: str = field(T("代理人", "Proxy"), "", max_length=200)
    proxy_relation: str = field(T("代理人の続柄・関係", "Proxy's relation"), "", max_length=100)
    authority: Authority | None = field(T("代理権の確認", "Proxy's authority"), None)
    online: str = field(T("オンライン申請", "Online application"), "", extra={"widget": "hidden"})
    copies: int = field(T("必要な通数", "Copies"), 1, ge=1, le=50)
    way: Way = field(T("申請の方法", "How"), Way.COUNTER)
    kind_of_paper: Kind = field(T("証明書の種類", "Kind"), Kind.DISASTER)
    note: str = field(T("備考", "Note"), "", max_length=1000, extra={"widget": "textarea"})

    def tell(self) -> T:
        what, how = self.kind_of_paper.label, self.way.label
        return T(
            f"{what.ja}の申請を受付（{how.ja}、{self.copies}通）",
            f"Application: {what.en} ({how.en}, {self.copies} copies)",
        )

    def check(self, present: Present) -> None:
        if present.exists and not present.state.withdrawn.value and not present.disputed("members", "things"):
            raise Refused(
                T(
                    "この世帯とこの住家の申請は受付済みです。訂正か、再調査・再交付をしてください。",
                    "This household has applied for this dwelling. Correct it, or ask for a survey or copies.",
                )
            )
        if self.way is Way.PROXY and not self.proxy.strip():
            raise Refused(T("代理人の氏名を入れてください。", "Enter who applies by proxy."), "proxy")
        if self.way is Way.PROXY and self.authority is None:
            raise Refused(
                T(
                    "代理人が申請できることを、委任状などで確かめて選んでください。",
                    "Say by what you saw that the proxy may apply: a power of attorney, or other papers.",
                ),
                "authority",
            )
        if self.kind_of_paper is Kind.DISASTER and not self.dwelling:
            raise Refused(T("被災した住家を入れてください。", "Enter the damaged dwelling."), "dwelling")
        if self.kind_of_paper is Kind.VICTIM and not self.things:
            raise Refused(T("被災した物を選んでください。", "Choose what was damaged."), "things")
        if self.kind_of_paper is Kind.VICTIM and not self.damage_told.strip():
            raise Refused(T("被害の状況を入れてください。", "Say what happened to it."), "damage_told")

    def apply(self, state: Application, entry: Entry) -> None:
        put(self, state, entry)
        state.way.set(entry, self.way)
        state.copies.set(entry, self.copies)
        state.kind.set(entry, self.kind_of_paper)
        state.applied.add(entry, self.applicant)
        state.withdrawn.set(entry, False)


class ApplicationCorrected(Fact):
    """What an application says was wrong or has changed. A certificate that was issued stays as it is."""

    kind = "relief.application_corrected"
    subject: ClassVar[type[Subject]] = Application
    label = T("申請の訂正", "Application corrected")
    sentence = T("証明書の申請を訂正", "An application for a certificate was corrected")

    applicant: str | None = field(T("申請者", "Applicant"), None, max_length=100)
    householder: str | None = field(T("世帯主氏名", "Householder"), None, max_length=100)
    householder_kana: str | None = field(T("世帯主氏名かな", "Householder (kana)"), None, max_length=200)
    householder_address: str | None = field(T("世帯主住所", "Householder's address"), None, max_length=300)
    damaged_address: str | None = field(T("被災住家の所在地", "Damaged address"), None, max_length=300)
    cause: str | None = field(T("罹災原因", "Cause"), None, max_length=200)
    contact: str | None = field(T("連絡先", "Contact"), None, max_length=100)
    interest: Interest | None = field(T("申請者の立場", "In what right"), None)
    damage_told: str | None = field(T("被害の状況", "What happened to it"), None, max_length=500)
    proxy: str | None = field(T("代理人", "Proxy"), None, max_length=200)
    proxy_relation: str | None = field(T("代理人の続柄・関係", "Proxy's relation"), None, max_length=100)
    authority: Authority | None = field(T("代理権の確認", "Proxy's authority"), None)
    copies: int | None = field(T("必要な通数", "Copies"), None, ge=1, le=50)
    note: str | None = field(T("備考", "Note"), None, max_length=1000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        if not present.disputed(*self.model_fields_set):
            must_stand(present)
        for name in ("applicant", "householder", "householder_address", "damaged_address", "cause"):
            if name in self.model_fields_set and not (getattr(self, name) or "").strip():
                raise Refused(T("空にはできません。", "It cannot be empty."), name)

    def apply(self, state: Application, entry: Entry) -> None:
        put(self, state, entry)


Applied.corrected_by = ApplicationCorrected


class ApplicationWithdrawn(Fact):
    kind = "relief.application_withdrawn"
    subject: ClassVar[type[Subject]] = Application
    label = T("申請の取下げ", "Application withdrawn")
    sentence = T("証明書の申請の取下げ: {reason}", "An application for a certificate was withdrawn: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_stand(present)

    def apply(self, state: Application, entry: Entry) -> None:
        state.withdrawn.set(entry, True)


def must_stand(present: Present) -> None:
    """Refuse where no application stands."""
    if not present.exists or present.state.withdrawn.value:
        raise Refused(T("この申請は受け付けていないか、取り下げられています。", "There is no such application."))


class CertificateIssued(Fact):
    """A certificate was handed out. It says what the paper says, item by item of the uniform form."""

    kind = "relief.certificate_issued"
    subject: ClassVar[type[Subject]] = Certificate
    label = T("罹災証明書の交付", "Certificate issued")
    sentence = T("{kind_of_paper}を交付 {serial}（{copies}通）", "Certificate {serial} issued ({copies} copies)")

    serial: str = field(T("整理番号", "Serial number"), pattern=SERIAL)
    kind_of_paper: Kind = field(T("証明書の種類", "Kind"), Kind.DISASTER)
    application: str = field(T("申請", "Application"), extra={"widget": "relief.application"})
    household: str = field(T("世帯", "Household"), "", extra={"widget": "hidden"})
    dwelling: str = field(T("住家", "Dwelling"), "", extra={"widget": "relief.dwelling"})
    survey: str = field(T("調査", "Survey"), "", extra={"widget": "relief.survey"})
    householder: str = field(T("世帯主氏名", "Householder"), min_length=1, max_length=100)
    householder_address: str = field(T("世帯主住所", "Householder's address"), min_length=1, max_length=300)
    members: tuple[Member, ...] = field(T("世帯構成員", "Household members"), ())
    cause: str = field(T("罹災原因", "Cause"), min_length=1, max_length=200)
    damaged_address: str = field(T("被災住家の所在地", "Damaged address"), min_length=1, max_length=300)
    damage_class: DamageClass | None = field(T("住家の被害の程度", "Degree of damage"), None)
    interest: Interest | None = field(T("申請者の立場", "In what right"), None)
    things: tuple[Thing, ...] = field(T("被災した物", "What was damaged"), ())
    damage_told: str = field(T("被害の状況", "What happened to it"), "", max_length=500)
    disaster_on: date = field(T("災害の日", "Day of the disaster"))
    issued_on: date = field(T("交付日", "Issued on"))
    issuer: str = field(T("発行者", "Issuer"), min_length=1, max_length=200)
    copies: int = field(T("通数", "Copies"), 1, ge=1, le=50)
    layout: str = field(T("書式の版", "Layout"), "", max_length=100, extra={"widget": "hidden"})
    batch: str = field(T("一括印刷", "Batch"), "", max_length=100, extra={"widget": "hidden"})

    def shown(self) -> dict[str, str]:
        held = {"kind_of_paper": str(self.kind_of_paper.label), **super().shown()}
        if self.damage_class is not None:
            held["damage_class"] = str(name_of(self.damage_class, self.disaster_on))
        return held

    def check(self, present: Present) -> None:
        from tomoshibi.relief import queries

        # before anything else: the subject is named after its number, and who issues takes another one on "serial"
        if present.exists or queries.serial_taken(self.serial):
            raise Refused(T(f"整理番号 {self.serial} は使われています。", f"{self.serial} is taken."), "serial")
        application = queries.application(self.application)
        if application is None or application.withdrawn:
            raise Refused(
                T("申請がありません。先に申請を受け付けてください。", "Nobody applied for it."), "application"
            )
        if application.kind != self.kind_of_paper:
            raise Refused(
                T(
                    f"申請は「{Kind(application.kind).label.ja}」です。",
                    f"It was applied for as “{Kind(application.kind).label.en}”.",
                ),
                "kind_of_paper",
            )
        if self.kind_of_paper is Kind.DISASTER:
            self._as_judged(queries.judgement(application.incident, application.dwelling))
        elif self.damage_class is not None:
            raise Refused(
                T(
                    "被災証明書は住家の被害の程度を証明しません。罹災証明書の申請を受けてください。",
                    "A certificate of being a victim certifies no class of damage: take an application for the other.",
                ),
                "damage_class",
            )
        if queries.valid_certificate(application) is not None:
            raise Refused(
                T(
                    "この申請の証明書は交付済みです。必要な通数を再交付してください。",
                    "Its certificate is issued already. Reissue as many copies as are needed.",
                )
            )

    def _as_judged(self, judged: SurveyRow | None) -> None:
        """Refuse another class than the judgement in force."""
        if judged is None:
            raise Refused(T("被害の程度がまだ判定されていません。", "The damage is not judged yet."), "damage_class")
        if judged.judged != self.damage_class:
            raise Refused(
                T(
                    f"判定は「{DamageClass(judged.judged).label.ja}」です。判定と異なる証明はできません。",
                    f"It was judged “{DamageClass(judged.judged).label.en}”. Nothing else can be certified.",
                ),
                "damage_class",
            )

    def apply(self, state: Certificate, entry: Entry) -> None:
        put(self, state, entry)
        state.kind.set(entry, self.kind_of_paper)
        state.handed.add(entry, self.copies)


class CertificateReissued(Fact):
    """Further copies of the same certificate, with the same serial number."""

    kind = "relief.certificate_reissued"
    subject: ClassVar[type[Subject]] = Certificate
    label = T("罹災証明書の再交付", "Certificate reissued")
    sentence = T("証明書を再交付（{copies}通） {reason}", "Certificate reissued ({copies} copies) {reason}")

    copies: int = field(T("通数", "Copies"), 1, ge=1, le=50)
    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_valid(present)

    def apply(self, state: Certificate, entry: Entry) -> None:
        state.handed.add(entry, self.copies)


class CertificateRevoked(Fact):
    kind = "relief.certificate_revoked"
    subject: ClassVar[type[Subject]] = Certificate
    label = T("罹災証明書の取消し", "Certificate revoked")
    sentence = T("証明書の取消し: {reason}", "Certificate revoked: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.disputed("revoked"):
            _must_be_valid(present)

    def apply(self, state: Certificate, entry: Entry) -> None:
        state.revoked.set(entry, self.reason)


class CertificateSuperseded(Fact):
    """A later judgement found another class: the old paper no longer holds. The program says so by itself."""

    kind = "relief.certificate_superseded"
    subject: ClassVar[type[Subject]] = Certificate
    label = T("再判定による失効", "Certificate superseded")
    sentence = T("再判定により罹災証明書が失効", "A certificate was superseded by a new judgement")

    survey: str = field(T("新しい判定", "New judgement"), extra={"widget": "relief.survey"})

    def check(self, present: Present) -> None:
        if not present.disputed("superseded"):
            _must_be_valid(present)

    def apply(self, state: Certificate, entry: Entry) -> None:
        state.superseded.set(entry, self.survey)


def _must_be_valid(present: Present) -> None:
    if not present.exists or present.state.standing is not Standing.VALID:
        raise Refused(T("この証明書は有効ではありません。", "This certificate is not valid."))


def sealed(fact: Fact, actor: Actor) -> bool:
    """Whether ``actor`` may record this of a protected household."""
    return actor.may(PROTECTED) and actor.may(fact.kind)


class ProtectedApplied(Applied):
    kind = "relief.protected_applied"
    subject = ProtectedApplication
    label = T("罹災証明書の申請（支援措置）", "Applied for a certificate (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedApplicationCorrected(ApplicationCorrected):
    kind = "relief.protected_application_corrected"
    subject = ProtectedApplication
    label = T("申請の訂正（支援措置）", "Application corrected (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


ProtectedApplied.corrected_by = ProtectedApplicationCorrected


class ProtectedApplicationWithdrawn(ApplicationWithdrawn):
    kind = "relief.protected_application_withdrawn"
    subject = ProtectedApplication
    label = T("申請の取下げ（支援措置）", "Application withdrawn (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedCertificateIssued(CertificateIssued):
    kind = "relief.protected_certificate_issued"
    subject = ProtectedCertificate
    label = T("罹災証明書の交付（支援措置）", "Certificate issued (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedCertificateReissued(CertificateReissued):
    kind = "relief.protected_certificate_reissued"
    subject = ProtectedCertificate
    label = T("罹災証明書の再交付（支援措置）", "Certificate reissued (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedCertificateRevoked(CertificateRevoked):
    kind = "relief.protected_certificate_revoked"
    subject = ProtectedCertificate
    label = T("罹災証明書の取消し（支援措置）", "Certificate revoked (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedCertificateSuperseded(CertificateSuperseded):
    kind = "relief.protected_certificate_superseded"
    subject = ProtectedCertificate
    label = T("再判定による失効（支援措置）", "Certificate superseded (protected)")


#: the kinds for a protected household, by the kind for any other
SEALED: dict[type[Fact], type[Fact]] = {
    Applied: ProtectedApplied,
    ApplicationCorrected: ProtectedApplicationCorrected,
    ApplicationWithdrawn: ProtectedApplicationWithdrawn,
    CertificateIssued: ProtectedCertificateIssued,
    CertificateReissued: ProtectedCertificateReissued,
    CertificateRevoked: ProtectedCertificateRevoked,
    CertificateSuperseded: ProtectedCertificateSuperseded,
}


def kind_for[F: Fact](fact: type[F], protected: bool) -> type[F]:
    """The kind of fact to record: that of a protected household where it is one."""
    return SEALED[fact] if protected else fact  # type: ignore[return-value]
