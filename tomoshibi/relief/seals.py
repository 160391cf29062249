"""The official seal 公印: its image where it is printed, and the log of every use, printed or stamped by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from tomoshibi.journal import datasets
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Draft, Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.relief.paper_models import SealRow, SealUseRow
from tomoshibi.vocabulary import T

#: largest image of a seal (bytes), and what a PNG begins with
LARGEST = 512 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
IMAGE = "image/png"
#: what the log calls a seal where the town has registered none
UNNAMED = "公印"

grant("headquarters", "relief.seal_*")
grant("administrator", "relief.seal_*")
grant("clerk", "relief.seal_used", "relief.seal_use_cancelled")
grant("approver", "relief.seal_log")
grant("headquarters", "relief.seal_log")
grant("clerk", "relief.seal_log")


class SealWay(StrEnum):
    """How a seal came onto the paper."""

    PRINTED = "printed"
    STAMPED = "stamped"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return {
            SealWay.PRINTED: T("印影を印刷", "Printed"),
            SealWay.STAMPED: T("押印", "Stamped by hand"),
        }[self]


class Seal(Subject):
    """One official seal."""

    type = "relief.seal"
    label = T("公印", "Official seal")
    tables = (SealRow,)
    reading = "relief.seal_log"

    name = Register[str](T("公印の名称", "Name of the seal"), "")
    image = Register[str](T("印影", "Image"), "")
    in_use = Register[bool](T("使用中", "In use"), True)

    def title(self) -> str:
        return self.name.value or super().title()

    def rows(self) -> Iterable[Row]:
        yield SealRow.row(self.subject, name=self.name.value, image=self.image.value, in_use=bool(self.in_use.value))


class SealUse(Subject):
    """One use of a seal, on one or many papers."""

    type = "relief.seal_use"
    label = T("公印の使用", "Use of a seal")
    tables = (SealUseRow,)
    reading = "relief.seal_log"

    seal = Register[str](T("公印", "Seal"), "")
    seal_name = Register[str](T("公印の名称", "Name of the seal"), "")
    way = Register[SealWay](T("方法", "How"), SealWay.STAMPED)
    serials = Register[tuple[str, ...]](T("整理番号", "Serial numbers"), ())
    times = Register[int](T("回数", "Times"), 1)
    why = Register[str](T("用途", "For what"), "")
    cancelled = Register[str](T("記載の取消し", "Line cancelled"), "")

    def title(self) -> str:
        return f"{self.seal_name.value} {self.times.value}回"

    def rows(self) -> Iterable[Row]:
        used = self.times.entry
        if used is None:
            return
        yield SealUseRow.row(
            self.subject,
            seal=self.seal.value,
            seal_name=self.seal_name.value,
            way=self.way.value.value,
            serials=_text(self.serials.value),
            times=self.times.value,
            why=self.why.value,
            used_at=used.happened,
            used_by=used.actor,
            cancelled=self.cancelled.value,
        )


def _text(serials: Sequence[str]) -> str:
    return "、".join(serials)


class SealKept(Fact):
    kind = "relief.seal_kept"
    subject = Seal
    label = T("公印の登録・変更", "Seal registered")
    sentence = T("公印の登録・変更", "An official seal was registered or changed")

    name: str | None = field(T("公印の名称", "Name of the seal"), None, max_length=100)
    image: str | None = field(
        T("印影", "Image"),
        None,
        max_length=64,
        extra={"widget": "hidden"},
        help=T("空のときは手で押します。", "Empty: it is stamped by hand."),
    )
    in_use: bool | None = field(T("使用中", "In use"), None)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if self.image:
            datasets.require(self.image)

    def apply(self, state: Seal, entry: Entry) -> None:
        put(self, state, entry)


class SealUsed(Fact):
    """A seal was used. Issuing writes it by itself; whoever stamps anything else writes it here."""

    kind = "relief.seal_used"
    subject = SealUse
    label = T("公印の使用", "Seal used")
    sentence = T("公印を使用（{way}、{times}回） {why}", "Seal used ({way}, {times} times) {why}")

    seal: str = field(T("公印", "Seal"), "", max_length=200, extra={"widget": "relief.seal"})
    seal_name: str = field(T("公印の名称", "Name of the seal"), min_length=1, max_length=100)
    way: SealWay = field(T("方法", "How"), SealWay.STAMPED)
    serials: tuple[str, ...] = field(T("整理番号", "Serial numbers"), ())
    times: int = field(T("回数", "Times"), 1, ge=1, le=100_000)
    why: str = field(T("用途", "For what"), min_length=1, max_length=300)

    def apply(self, state: SealUse, entry: Entry) -> None:
        put(self, state, entry)
        state.way.set(entry, self.way)
        state.times.set(entry, self.times)


class SealUseCancelled(Fact):
    """A line of the log is wrong. It stays, and says so."""

    kind = "relief.seal_use_cancelled"
    subject = SealUse
    label = T("公印の使用の取消し", "Line of the seal's log cancelled")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.cancelled.value:
            raise Refused(T("その記載はないか、取消し済みです。", "There is no such line, or it is cancelled."))

    def apply(self, state: SealUse, entry: Entry) -> None:
        state.cancelled.set(entry, self.reason)


def in_use() -> SealRow | None:
    """The seal that certificates bear: the one in use, the first by name where there are several."""
    return SealRow.objects.filter(in_use=True).order_by("name", "subject").first()


def image() -> bytes:
    """The image that is printed; empty where the seal is stamped by hand.

    Raises :class:`~tomoshibi.journal.datasets.DatasetError` where this node has not got the image.
    """
    seal = in_use()
    return datasets.require(seal.image).read_bytes() if seal and seal.image else b""


def keep_image(content: bytes) -> str:
    """Keep the image of a seal; its SHA-256. Raises :class:`Refused` for what is no small PNG."""
    if not content.startswith(PNG) or len(content) > LARGEST:
        raise Refused(
            T(
                f"印影は {LARGEST // 1024} KB までのPNGにしてください（背景は透明か白）。",
                f"The image must be a PNG of at most {LARGEST // 1024} KB, on white or nothing.",
            ),
            "image",
        )
    return datasets.put(content, IMAGE)


def used(id: str, serials: Sequence[str], times: int, why: str) -> Draft:
    """The draft of the log's line for certificates that are issued; ``id`` makes it one line however often it is sent.

    Of no incident: it is the seal's log, no line of a timeline that the issue itself stands in.
    """
    seal = in_use()
    fact = SealUsed(
        seal=seal.subject if seal else "",
        seal_name=seal.name if seal else UNNAMED,
        way=SealWay.PRINTED if seal and seal.image else SealWay.STAMPED,
        serials=tuple(serials),
        times=times,
        why=why,
    )
    return Draft(fact, SealUse.ref(id), id=id)


def log_of(serial: str) -> list[SealUseRow]:
    """Lines of the log that name a serial number, oldest first."""
    return [
        r
        for r in SealUseRow.objects.filter(serials__contains=serial).order_by("used_at")
        if serial in r.serials.split("、")
    ]
