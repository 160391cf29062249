"""Many certificates at once: issued in acts of some, printed as one PDF, taken up again where it stopped.

What cannot be printed or issued is left out and listed with the reason; the others go on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tomoshibi.documents import MissingGlyphs
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Draft, Present, record
from tomoshibi.journal.states import Bag, Register, Row, Subject
from tomoshibi.relief import issuing, layouts, queries, seals
from tomoshibi.relief.models import ApplicationRow, CertificateRow, DwellingRow
from tomoshibi.relief.paper_models import BatchRow
from tomoshibi.relief.papers import CertificateIssued
from tomoshibi.relief.words import Kind, Stage, Standing
from tomoshibi.residents import queries as residents
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: most certificates of one batch, and of one act
LARGEST, ACT = 1000, 100

grant("clerk", "relief.batch_*")


class Batch(Subject):
    """Certificates that are issued and printed together."""

    type = "relief.batch"
    label = T("一括交付", "Batch of certificates")
    tables = (BatchRow,)
    reading = "relief.personal"

    name = Register[str](T("名称", "Name"), "")
    kind = Register[Kind](T("証明書の種類", "Kind"), Kind.DISASTER)
    layout = Register[str](T("書式の版", "Layout"), "")
    applications = Register[tuple[str, ...]](T("申請", "Applications"), ())
    stopped = Bag[tuple[str, str, str]](T("交付しなかったもの", "Not issued"))

    def title(self) -> str:
        return f"一括交付 {self.name.value}"

    def rows(self) -> Iterable[Row]:
        started = self.applications.entry
        if started is None:
            return
        why = {application: [ja, en] for application, ja, en in self.stopped}
        yield BatchRow.row(
            self.subject,
            incident=self.incident,
            name=self.name.value,
            kind=self.kind.value.value,
            layout=self.layout.value,
            applications=json.dumps(self.applications.value),
            wanted=len(self.applications.value),
            started_at=started.happened,
            started_by=started.actor,
            stopped=json.dumps(why, ensure_ascii=False, sort_keys=True),
        )


class BatchStarted(Fact):
    """Which applications' certificates are issued together, and by which layout."""

    kind = "relief.batch_started"
    subject = Batch
    label = T("一括交付の開始", "Batch started")
    sentence = T("証明書の一括交付を開始: {name}", "A batch of certificates was started: {name}")

    name: str = field(T("名称", "Name"), min_length=1, max_length=100)
    kind_of_paper: Kind = field(T("証明書の種類", "Kind"), Kind.DISASTER)
    layout: str = field(T("書式の版", "Layout"), "", max_length=100, extra={"widget": "hidden"})
    applications: tuple[str, ...] = field(T("申請", "Applications"), min_length=1, max_length=LARGEST)

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "applications": str(len(self.applications))}

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この一括交付は始まっています。", "This batch has been started."))

    def apply(self, state: Batch, entry: Entry) -> None:
        super().apply(state, entry)
        state.kind.set(entry, self.kind_of_paper)


class BatchStopped(Fact):
    """One certificate of a batch was not issued, and why. Named after its application, which it leads to."""

    kind = "relief.batch_stopped"
    subject = Batch
    label = T("一括交付から除外", "Left out of a batch")
    sentence = T("一括交付で1件を交付しなかった", "One certificate of a batch was not issued")

    application: str = field(T("申請", "Application"), max_length=200, extra={"widget": "hidden"})
    why_ja: str = field(T("理由", "Reason"), max_length=2000)
    why_en: str = field(T("理由（英語）", "Reason (English)"), "", max_length=2000)

    def apply(self, state: Batch, entry: Entry) -> None:
        state.stopped.add(entry, (self.application, self.why_ja, self.why_en))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: certificates issued, left out, and still to do."""

    issued: int
    stopped: int
    left: int


def ready(incident: str, kind: Kind, actor: Actor, area: str = "", most: int = LARGEST) -> list[ApplicationRow]:
    """Applications whose certificates can be issued, the oldest first."""
    rows = queries.seen_by(queries.applications(incident).filter(stage=Stage.JUDGED, kind=kind), actor)
    if area:
        rows = rows.filter(dwelling__in=DwellingRow.objects.filter(area=area).values("subject"))
    return list(rows[:most])


def start(name: str, rows: Sequence[ApplicationRow], actor: Actor, key: str) -> str:
    """Begin a batch of the applications of one kind; its reference. ``key`` makes a retry one batch.

    Raises :class:`Refused` for none, too many, or two kinds.
    """
    kinds = {row.kind for row in rows}
    if len(kinds) != 1 or len(rows) > LARGEST:
        raise Refused(
            T(
                f"1件から{LARGEST}件まで、一種類の証明書を選んでください。",
                f"Choose 1 to {LARGEST} applications of one kind of certificate.",
            )
        )
    kind = Kind(kinds.pop())
    fact = BatchStarted(
        name=name, kind_of_paper=kind, layout=layouts.in_force(kind), applications=tuple(r.subject for r in rows)
    )
    record(Draft(fact, Batch.ref(key), id=key, incident=rows[0].incident), actor)
    return Batch.ref(key)


def progress(row: BatchRow) -> Progress:
    """How far a batch is."""
    issued = CertificateRow.objects.filter(batch=row.subject).count()
    stopped = len(json.loads(row.stopped))
    return Progress(issued, stopped, row.wanted - issued - stopped)


def run(batch: str, actor: Actor, most: int = ACT) -> Progress:
    """Issue the next certificates of a batch, at most ``most``; what cannot be issued is left out with its reason.

    Everything of a call is recorded together; called again, it goes on where the last call ended. Raises
    :class:`Refused` for a batch that is not there, and :class:`~tomoshibi.journal.facts.Forbidden`.
    """
    row = BatchRow.objects.filter(subject=batch).first()
    if row is None:
        raise Refused(T("その一括交付はありません。", "There is no such batch."))
    issued = set(CertificateRow.objects.filter(batch=batch).values_list("application", flat=True))
    done = issued | set(json.loads(row.stopped))
    todo = [ref for ref in json.loads(row.applications) if ref not in done][:most]
    if not todo:
        return progress(row)
    found = ApplicationRow.objects.in_bulk(todo)
    good: list[tuple[CertificateIssued, ApplicationRow]] = []
    out: list[tuple[str, T]] = []
    counter = issuing.Serials()
    town, shielded, sees = issuing.issuer(), residents.shielded(), actor.may("residents.protected")
    for ref in todo:
        try:
            application = found.get(ref)
            if application is None or application.withdrawn:
                raise Refused(T("申請が取り下げられています。", "The application was withdrawn."))
            protected = application.protected or application.household in shielded
            if protected and not sees:
                raise issuing.undisclosed()
            fact = issuing.fact_for(
                application,
                issuing.judgement_for(application),
                serial=counter.peek(),
                issuer_name=town,
                layout=row.layout,
                batch=batch,
                protected=protected,
            )
            issuing.printable(fact)
        except Refused as no:
            out.append((ref, no.text))
        else:
            good.append((fact, application))
            counter.take()
    try:
        _record(row, good, out, actor)
    except Refused:
        # one of them was issued or changed meanwhile: find out which, one by one
        for fact, application in good:
            again = fact.model_copy(update={"serial": issuing.Serials().peek()})
            try:
                _record(row, [(again, application)], [], actor)
            except Refused as no:
                # a number taken this very moment is no reason: the next run gives it another
                if no.field != "serial" and not _issued(batch, application):
                    out.append((application.subject, no.text))
        _record(row, [], out, actor)
    return progress(BatchRow.objects.get(subject=batch))


def _issued(batch: str, application: ApplicationRow) -> bool:
    """Whether another window that runs the same batch has issued it."""
    return CertificateRow.objects.filter(batch=batch, application=application.subject).exists()


def _record(
    row: BatchRow, good: Sequence[tuple[CertificateIssued, ApplicationRow]], out: Sequence[tuple[str, T]], actor: Actor
) -> None:
    key = uuid.UUID(row.key)
    drafts = [
        Draft(fact, issuing.subject_of(fact), id=str(uuid.uuid5(key, a.subject)), incident=a.incident)
        for fact, a in good
    ]
    if good:
        serials = [fact.serial for fact, _ in good]
        copies = sum(fact.copies for fact, _ in good)
        why = f"{Kind(row.kind).label.ja}の一括交付（{row.name}）"
        drafts.append(seals.used(str(uuid.uuid5(key, serials[0])), serials, copies, why))
    drafts += [
        Draft(
            BatchStopped(application=ref, why_ja=why.ja, why_en=why.en),
            row.subject,
            id=str(uuid.uuid5(key, f"stopped {ref}")),
        )
        for ref, why in out
    ]
    record(drafts, actor)


@dataclass(frozen=True, slots=True)
class Stopped:
    """One that a batch left out: its application, the householder's number in the register, and why."""

    row: ApplicationRow | None
    person: str
    why: T


def stopped(batch: BatchRow, actor: Actor) -> list[Stopped]:
    """What a batch left out, as far as ``actor`` may see whose it is."""
    said: dict[str, list[str]] = json.loads(batch.stopped)
    rows = queries.seen_by(ApplicationRow.objects.all(), actor).in_bulk(said)
    homes = {h.ref: h for h in residents.households([r.household for r in rows.values() if r.household], actor)}
    found = []
    for ref, (ja, en) in said.items():
        row = rows.get(ref)
        home = homes.get(row.household) if row else None
        found.append(Stopped(row, home.head.number if home else "", T(ja, en)))
    return found


def papers(batch: str, actor: Actor, since: str = "") -> list[CertificateRow]:
    """Certificates of a batch that hold and that ``actor`` may see, by their serial numbers, from ``since`` on."""
    rows = CertificateRow.objects.filter(batch=batch, standing=Standing.VALID, serial__gte=since)
    return list(queries.seen_by(rows, actor).order_by("serial"))


def pdf(rows: Sequence[CertificateRow]) -> bytes:
    """Certificates of one kind and layout as one PDF, a page for each copy that was asked for.

    Every QR code is signed; the file as a whole is not, as it is only printed. Raises :class:`Refused` where none
    holds, and for a character that cannot be printed.
    """
    if not rows:
        raise Refused(T("印刷する証明書がありません。", "There is no certificate to print."))
    by = issuing.signer()
    sheets = []
    for row in rows:
        issuing.must_hold(row)
        items, members, signed = issuing.signed_items(row, by)
        if row.issued_on is None:
            raise ValueError(f"{row.subject} was never issued")
        sheet = issuing.sheet(items, members, row.issued_on, layouts.qr_svg(signed.qr_text))
        sheets += [sheet] * max(row.copies, 1)
    kind = Kind(rows[0].kind)
    try:
        return layouts.set_sheets(
            layouts.source_of(kind, rows[0].layout),
            sheets,
            title=f"{kind.label.ja} {rows[0].serial}–{rows[-1].serial}",
            seal=seals.image(),
            created=max((r.issued_at for r in rows if r.issued_at), default=worlds.now()),
        )
    except MissingGlyphs as missing:
        raise issuing.unprintable(missing) from missing


def default_name() -> str:
    """What a batch is called where nobody names it: its moment."""
    return f"{worlds.now().astimezone(JAPAN):%Y-%m-%d %H:%M}"
