"""Applications that come by the public form: kept as sent, until a clerk has checked them against the register.

The sender is nobody that we know, so nothing here is believed: an online application becomes an application
(:class:`~tomoshibi.relief.papers.Applied`) only by a clerk's act.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar

from django.db.models import Q

from tomoshibi.documents import PictureError, clean, is_heif
from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal import datasets
from tomoshibi.journal.access import Actor, grant, linked, system
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.pages import withholds
from tomoshibi.journal.recording import Draft, Present, record
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.paper_models import OnlineFormRow, OnlineRow
from tomoshibi.relief.papers import SEALED, kind_for, sealed
from tomoshibi.relief.photographs import taken_at
from tomoshibi.relief.words import Interest, Kind, OnlineState, Thing
from tomoshibi.residents import queries as residents
from tomoshibi.residents.matching import name_form, sounding
from tomoshibi.vocabulary import T

#: photographs of one application, bytes of each, bytes of a whole request
PHOTOS, PHOTO_BYTES, REQUEST_BYTES = 6, 10 * 1024 * 1024, 40 * 1024 * 1024
#: what photographs begin with, and their media types
_BEGINNINGS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))

grant("headquarters", "relief.online_form_switched")
grant("clerk", "relief.*online_taken", "relief.*online_declined")


class OnlineForm(Subject):
    """Whether the public may apply by the form in an incident; its key is the incident's."""

    type = "relief.online_form"
    label = T("オンライン申請の受付", "Public form")
    tables = (OnlineFormRow,)
    reading = "relief.read"

    open = Register[bool](T("受付中", "Open"), False)
    contact = Register[str](T("問い合わせ先", "Whom to ask"), "")

    def title(self) -> str:
        return "オンライン申請の受付"

    def rows(self) -> Iterable[Row]:
        yield OnlineFormRow.row(
            self.subject, incident=self.incident, open=bool(self.open.value), contact=self.contact.value
        )


class OnlineFormSwitched(Fact):
    """The public form is opened or closed. Until somebody opens it, it takes nothing."""

    kind = "relief.online_form_switched"
    subject = OnlineForm
    label = T("オンライン申請の開始・終了", "Public form opened or closed")
    sentence = T("オンライン申請の受付: {open}", "Public form for applications: {open}")

    open: bool = field(T("受け付ける", "Take applications"))
    contact: str = field(T("問い合わせ先（電話）", "Whom to ask (telephone)"), "", max_length=100)

    def check(self, present: Present) -> None:
        if not present.incident:
            raise Refused(T("事案を選んでください。", "Choose the incident."))


class OnlineApplication(Subject):
    """What somebody sent by the public form."""

    type = "relief.online"
    label = T("オンライン申請", "Online application")
    tables = (OnlineRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    protected = False

    kind = Register[Kind](T("証明書の種類", "Kind"), Kind.DISASTER)
    applicant = Register[str](T("氏名", "Name"), "")
    applicant_kana = Register[str](T("ふりがな", "Kana"), "")
    birth = Register[date | None](T("生年月日", "Day of birth"), None)
    address = Register[str](T("住所", "Address"), "")
    damaged_address = Register[str](T("被災した場所", "Damaged address"), "")
    contact = Register[str](T("電話番号", "Telephone"), "")
    interest = Register[Interest | None](T("立場", "In what right"), None)
    things = Register[tuple[Thing, ...]](T("被災した物", "What was damaged"), ())
    damage_told = Register[str](T("被害の状況", "What happened"), "")
    copies = Register[int](T("通数", "Copies"), 1)
    photos = Register[tuple[str, ...]](T("写真", "Photographs"), ())
    photo_times = Register[tuple[str, ...]](T("撮影日時", "Taken"), ())
    application = Register[str](T("受け付けた申請", "Application taken"), "")
    declined = Register[str](T("受け付けない理由", "Why it was declined"), "")

    def title(self) -> str:
        return f"オンライン申請 {number_of(self.subject)}"

    def rows(self) -> Iterable[Row]:
        sent = self.applicant.entry
        if sent is None:
            return
        checked = self.application.entry or self.declined.entry
        state = OnlineState.TAKEN if self.application.value else OnlineState.WAITING
        if self.declined.value and not self.application.value:
            state = OnlineState.DECLINED
        names = (
            "applicant", "applicant_kana", "birth", "address", "damaged_address", "contact", "damage_told", "copies",
            "application",
        )  # fmt: skip
        yield OnlineRow.row(
            self.subject,
            incident=self.incident,
            number=number_of(self.subject),
            protected=self.protected,
            kind=self.kind.value.value,
            interest=self.interest.value.value if self.interest.value else "",
            things=json.dumps([t.value for t in self.things.value]),
            photos=json.dumps(list(self.photos.value)),
            photo_times=json.dumps(list(self.photo_times.value)),
            sent_at=sent.happened,
            state=state.value,
            reason=self.declined.value,
            checked_by=checked.actor if checked else "",
            checked_at=checked.happened if checked else None,
            **{name: getattr(self, name).value for name in names},
        )


class ProtectedOnlineApplication(OnlineApplication):
    """The same, where the register says that the sender's household is protected 支援措置."""

    type = "relief.online_protected"
    label = T("オンライン申請（支援措置）", "Online application (protected)")
    reading = "residents.protected"
    protected = True


def number_of(subject: str) -> str:
    """The number that the sender is told: the first letters of the subject's key."""
    return "W-" + subject.partition(":")[2].replace("-", "")[:8].upper()


class OnlineApplied(Fact):
    """Somebody sent the public form."""

    kind = "relief.online_applied"
    subject: ClassVar[type[Subject]] = OnlineApplication
    label = T("オンラインで申請", "Applied online")
    sentence = T("オンライン申請が届いた", "An online application came in")

    kind_of_paper: Kind = field(T("証明書の種類", "Kind of certificate"), Kind.DISASTER)
    applicant: str = field(T("氏名", "Name"), min_length=1, max_length=100)
    applicant_kana: str = field(T("ふりがな", "Name in kana"), min_length=1, max_length=200)
    birth: date = field(T("生年月日", "Day of birth"))
    address: str = field(T("災害のときの住所", "Address at the time"), min_length=1, max_length=300)
    damaged_address: str = field(T("被災した場所", "Where the damage is"), min_length=1, max_length=300)
    contact: str = field(T("電話番号", "Telephone"), min_length=1, max_length=100)
    interest: Interest | None = field(T("立場", "In what right"), None)
    things: tuple[Thing, ...] = field(T("被災した物", "What was damaged"), ())
    damage_told: str = field(T("被害の状況", "What happened"), "", max_length=500)
    copies: int = field(T("必要な通数", "Copies"), 1, ge=1, le=10)
    photos: tuple[str, ...] = field(T("写真", "Photographs"), (), max_length=PHOTOS)
    photo_times: tuple[str, ...] = field(
        T("撮影日時", "Taken"), (), max_length=PHOTOS, help=T("写真ごと、カメラの記録", "Of each, as the camera has it")
    )

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, subject=present.subject)

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この申請は届いています。", "This application has come in."))
        if self.kind_of_paper is Kind.VICTIM and not self.things:
            raise Refused(T("被災した物を選んでください。", "Choose what was damaged."), "things")
        if self.kind_of_paper is Kind.VICTIM and not self.damage_told.strip():
            raise Refused(T("被害の状況を書いてください。", "Say what happened."), "damage_told")
        if not open_for(present.incident):
            raise Refused(T("いまはオンラインで受け付けていません。", "No applications are taken online at present."))

    def apply(self, state: OnlineApplication, entry: Entry) -> None:
        super().apply(state, entry)
        state.kind.set(entry, self.kind_of_paper)


class OnlineTaken(Fact):
    """A clerk checked it, and took the application that it asks for."""

    kind = "relief.online_taken"
    subject: ClassVar[type[Subject]] = OnlineApplication
    label = T("オンライン申請を受付", "Online application taken")
    sentence = T("オンライン申請を確認して受付", "An online application was checked and taken")

    application: str = field(T("申請", "Application"), max_length=200, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        _must_wait(present)

    def apply(self, state: OnlineApplication, entry: Entry) -> None:
        state.application.set(entry, self.application)


class OnlineDeclined(Fact):
    kind = "relief.online_declined"
    subject: ClassVar[type[Subject]] = OnlineApplication
    label = T("オンライン申請を受け付けない", "Online application declined")
    sentence = T("オンライン申請を受け付けなかった", "An online application was declined")

    reason: str = field(
        T("理由", "Reason"),
        min_length=1,
        max_length=300,
        help=T("本人に電話で伝えた内容も。", "And what was told to the sender."),
    )

    def check(self, present: Present) -> None:
        _must_wait(present)

    def apply(self, state: OnlineApplication, entry: Entry) -> None:
        state.declined.set(entry, self.reason)


def _must_wait(present: Present) -> None:
    state = present.state
    if not present.exists or state.application.value or state.declined.value:
        raise Refused(T("この申請は確認済みです。", "This application has been checked."))


class ProtectedOnlineApplied(OnlineApplied):
    kind = "relief.protected_online_applied"
    subject = ProtectedOnlineApplication
    label = T("オンラインで申請（支援措置）", "Applied online (protected)")


class ProtectedOnlineTaken(OnlineTaken):
    kind = "relief.protected_online_taken"
    subject = ProtectedOnlineApplication
    label = T("オンライン申請を受付（支援措置）", "Online application taken (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


class ProtectedOnlineDeclined(OnlineDeclined):
    kind = "relief.protected_online_declined"
    subject = ProtectedOnlineApplication
    label = T("オンライン申請を受け付けない（支援措置）", "Online application declined (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


SEALED |= {
    OnlineApplied: ProtectedOnlineApplied,
    OnlineTaken: ProtectedOnlineTaken,
    OnlineDeclined: ProtectedOnlineDeclined,
}


@withholds(OnlineApplication.type)
def sealed_since(actor: Actor) -> set[str]:
    """Online applications whose sender is protected since, or that a clerk took for a protected household."""
    if actor.may("residents.protected") or not actor.may("relief.personal"):
        return set()
    rows = OnlineRow.objects.filter(protected=False)
    theirs = ApplicationRow.objects.filter(Q(protected=True) | Q(household__in=residents.shielded()))
    found = set(rows.filter(application__in=theirs.values("subject")).values_list("subject", flat=True))
    people = _protected_people()
    for row in rows.filter(birth__in=people):
        if row.birth and _is_one(people[row.birth], row.applicant, row.applicant_kana):
            found.add(row.subject)
    return found


def may_see(actor: Actor, row: OnlineRow) -> bool:
    """Whether ``actor`` may see what an online application says."""
    return actor.may("residents.protected") or not (row.protected or row.subject in sealed_since(actor))


def form_of(incident: str) -> OnlineFormRow | None:
    """The public form of an incident, where somebody has opened or closed it."""
    return OnlineFormRow.objects.filter(incident__in=with_merged(incident)).order_by("-open", "subject").first()


def open_for(incident: str) -> bool:
    """Whether the public form takes applications in an incident."""
    row = form_of(incident) if incident else None
    return bool(row and row.open)


def open_form() -> OnlineFormRow | None:
    """The form that is open; None where none is."""
    return OnlineFormRow.objects.filter(open=True).order_by("subject").first()


def keep_photo(content: bytes) -> tuple[str, str]:
    """Keep a photograph, cleaned of where it was taken: its SHA-256, and when the camera says that it was taken.

    Raises :class:`Refused` for what is no photograph, or too large.
    """
    if not (media_of(content) or is_heif(content)) or len(content) > PHOTO_BYTES:
        raise Refused(
            T(
                f"写真は1枚 {PHOTO_BYTES // 1024 // 1024} MB までのJPEG、HEIC、PNGのどれかにしてください。",
                f"A photograph is a JPEG, HEIC or PNG of at most {PHOTO_BYTES // 1024 // 1024} MB.",
            ),
            "photos",
        )
    try:
        picture = clean(content)
    except PictureError as error:
        raise Refused(error.text, "photos") from error
    return datasets.put(picture.data, picture.mime), taken_at(content)


def media_of(content: bytes) -> str:
    """Media type of a photograph by how it begins; empty for anything else."""
    return next((media for start, media in _BEGINNINGS if content.startswith(start)), "")


def send(fact: OnlineApplied, incident: str, key: str) -> str:
    """Record what somebody sent; the number to tell them. ``key`` makes sending it twice one application.

    Raises :class:`Refused`.
    """
    protected = _is_one(_protected_people().get(fact.birth, []), fact.applicant, fact.applicant_kana)
    kind = kind_for(OnlineApplied, protected)
    subject = kind.subject.ref(key)
    sender = linked("public:form", "オンライン申請", [(kind.kind, subject)])
    made = kind.model_validate(fact.model_dump(exclude_unset=True))
    record(Draft(made, subject, id=key, incident=incident), sender)
    return number_of(subject)


def _protected_people() -> dict[date, list[residents.Person]]:
    """Everybody of a protected household, by day of birth."""
    found: dict[date, list[residents.Person]] = {}
    for person in residents.persons(residents.shielded_people(), system("relief")).values():
        if person.birth:
            found.setdefault(person.birth, []).append(person)
    return found


def _is_one(people: Iterable[residents.Person], name: str, kana: str) -> bool:
    """Whether one of these people, born on the sender's day, is called what the sender wrote: in kanji, or in kana as
    they are written or heard.
    """
    written, read, heard = name_form(name), name_form(kana), sounding(kana)
    for person in people:
        called = name_form(person.kana)
        if written in name_form(person.name) or read in called or (heard and heard.search(called)):
            return True
    return False


def candidates(row: OnlineRow, actor: Actor) -> Sequence[residents.Household]:
    """Households of the register that may be the sender's: by name and day of birth, else by kana or address."""
    born = row.birth.isoformat() if row.birth else ""
    for words in (
        f"{name_form(row.applicant)} {born}",
        f"{name_form(row.applicant_kana)} {born}",
        name_form(row.applicant),
    ):
        if found := residents.search(words, actor, 5):
            return found
    return []
