"""What publishing keeps: orders, notices, what became of each message, and to whom mails go."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tomoshibi.journal.access import person_of
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.publishing.models import DeliveryRow, NoticeRow, OrderRow, ProposalRow, RecipientRow
from tomoshibi.publishing.words import Act, Outcome, day_of, term_of
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.publishing.facts import OrderProposed


@dataclass(frozen=True, slots=True)
class Return:
    """A proposal was sent back: which, why, when and by whom."""

    proposal: str
    reason: str
    at: datetime
    by: str


class TwoPeople[F](Subject):
    """What one person proposes and another approves: the proposals, which of them holds, which were sent back.

    In force is the proposal that was approved last; two approvals that knew nothing of one another are a conflict.
    """

    proposals: Bag[F]
    approved = Register[str](T("承認された案", "Approved proposal"), "")
    #: (proposal, approving entry) of every approval
    approvals = Bag[tuple[str, Entry]](T("承認", "Approvals"))
    returns = Bag[Return](T("差し戻し", "Returned"))

    def propose(self, entry: Entry, fact: F) -> None:
        """Keep a proposal; its id is its entry's."""
        self.proposals.add(entry, fact)

    def approve(self, entry: Entry, proposal: str) -> None:
        """Put a proposal in force."""
        self.approved.set(entry, proposal)
        self.approvals.add(entry, (proposal, entry))

    def proposal(self, id: str) -> tuple[Entry, F] | None:
        """The proposal of that entry, or None."""
        return next((item for item in self.proposals.items() if item[0].id == id), None)

    @property
    def holding(self) -> tuple[Entry, F] | None:
        """The proposal that was approved last."""
        return self.proposal(self.approved.value)

    @property
    def waiting(self) -> tuple[Entry, F] | None:
        """The newest proposal, where nobody has decided about it."""
        newest = self.proposals.items()[-1:]
        if not newest or newest[0][0].id in self.decided:
            return None
        return newest[0]

    @property
    def decided(self) -> set[str]:
        """Proposals that were approved or returned."""
        return {p for p, _ in self.approvals} | {r.proposal for r in self.returns}


class Order(TwoPeople["OrderProposed"]):
    """An order 避難情報: for certain areas, at one level, until it is changed or lifted."""

    type = "publishing.order"
    label = T("避難情報", "Evacuation information")
    tables = (OrderRow, ProposalRow)

    proposals = Bag["OrderProposed"](T("案", "Proposals"))

    def title(self) -> str:
        shown = self.holding or self.waiting or next(iter(self.proposals.items()), None)
        if shown is None:
            return super().title()
        entry, fact = shown
        content = self.content(fact)
        return f"{term_of(content.level or 0, content.term, day_of(entry.happened)).ja} {content.where}"

    def content(self, fact: OrderProposed) -> OrderProposed:
        """What a proposal says; a lifting that names no areas is about what was in force."""
        if fact.areas:
            return fact
        whole = [f for e, f in self.proposals.items() if f.areas and e.id in {p for p, _ in self.approvals}]
        if not whole:
            return fact
        said = {
            **whole[-1].model_dump(),
            **fact.model_dump(include={"act", "reason", "advice", "texts", "channels", "rule"}),
        }
        return type(fact).model_validate(said)

    def rows(self) -> Iterable[Row]:
        items = self.proposals.items()
        if not items:
            return
        holding, waiting = self.holding, self.waiting
        entry, fact = holding or waiting or items[-1]
        approval, first = self.approved.entry, next((e for _, e in self.approvals), None)
        yield OrderRow.row(
            self.subject,
            **self._columns(fact),
            incident=self.incident,
            state="proposed" if holding is None else "lifted" if fact.act is Act.LIFT else "in_force",
            issued_at=first.happened if first else None,
            since=approval.happened if approval else None,
            approval=approval.id if approval else "",
            proposal=entry.id,
            proposed_at=entry.happened,
            proposed_by=entry.actor_name,
            approved_by=approval.actor_name if approval else "",
            waiting=waiting[0].id if waiting else "",
            waiting_act=waiting[1].act.value if waiting else "",
            waiting_since=waiting[0].happened if waiting else None,
            waiting_by=waiting[0].actor_name if waiting else "",
        )
        approvals = dict(self.approvals)
        returns = {r.proposal: r for r in self.returns}
        for number, (entry, fact) in enumerate(items, 1):
            approved, returned = approvals.get(entry.id), returns.get(entry.id)
            waits = waiting is not None and waiting[0].id == entry.id
            yield ProposalRow.row(
                self.subject,
                entry.id,
                **self._columns(fact),
                incident=self.incident,
                number=number,
                act=fact.act.value,
                state="approved" if approved else "returned" if returned else "waiting" if waits else "replaced",
                at=entry.happened,
                by=entry.actor_name,
                who=person_of(entry.actor),
                rule=fact.rule,
                approval=approved.id if approved else "",
                decided_at=approved.happened if approved else returned.at if returned else None,
                decided_by=approved.actor_name if approved else returned.by if returned else "",
                returned=returned.reason if returned else "",
            )

    def _columns(self, fact: OrderProposed) -> dict[str, Any]:
        said = self.content(fact)
        return {
            "level": said.level or 0,
            "term": said.term,
            "danger": said.danger.value,
            "areas": as_json(said.areas),
            "where": said.where,
            "reason": said.reason,
            "advice": said.advice,
            "texts": as_json(said.texts),
            "channels": as_json(said.channels),
        }


class Notice(TwoPeople[Any]):
    """A notice to the public お知らせ: a page of plain text."""

    type = "publishing.notice"
    label = T("お知らせ", "Notice")
    tables = (NoticeRow,)

    proposals = Bag[Any](T("案", "Proposals"))

    def title(self) -> str:
        newest = self.proposals.items()[-1:]
        return newest[0][1].title if newest and newest[0][1].title else super().title()

    def rows(self) -> Iterable[Row]:
        items = [(e, f) for e, f in self.proposals.items()]
        if not items:
            return
        holding, waiting = self.holding, self.waiting
        entry, fact = holding or waiting or items[-1]
        shown = fact if fact.title else next((f for _, f in reversed(items) if f.title), fact)
        approval, sent_back = self.approved.entry, list(self.returns)[-1:]
        names = ("title", "body", "title_en", "body_en", "easy")
        waits = None
        if waiting:
            at, asked = waiting
            waits = {"id": at.id, "act": asked.act.value, "at": at.happened_at, "by": at.actor_name}
            waits |= {"who": person_of(at.actor)} | {name: getattr(asked, name) for name in names}
        yield NoticeRow.row(
            self.subject,
            **{name: getattr(shown, name) for name in names},
            incident=self.incident,
            areas=as_json(shown.areas),
            state="proposed" if holding is None else "withdrawn" if fact.act is Act.LIFT else "published",
            since=approval.happened if approval else None,
            approval=approval.id if approval else "",
            proposed_by=entry.actor_name,
            approved_by=approval.actor_name if approval else "",
            waiting=as_json(waits or {}),
            returned=sent_back[0].reason if sent_back and not waiting and holding is None else "",
        )


class About(NamedTuple):
    """What a delivery is of: the order or notice, the entry of its approval, the channel and the recipient."""

    about: str
    approval: str
    channel: str
    recipient: str


class Delivery(Subject):
    """One approved order or notice on its way by one channel to one recipient."""

    type = "publishing.delivery"
    label = T("送信", "Delivery")
    tables = (DeliveryRow,)

    about = Register[About | None](T("送るもの", "What is sent"), None)
    outcome = Track[Outcome | None](T("結果", "Outcome"), None)
    note = Track[str](T("内容", "Note"), "")
    failures = Bag[str](T("失敗", "Failures"))

    def rows(self) -> Iterable[Row]:
        fact, outcome = self.about.value, self.outcome.value
        if fact is None or outcome is None or self.outcome.entry is None:
            return
        # what was delivered once stays delivered, whatever a second try met
        sent = next(((e, v) for e, v in self.outcome.points() if v is Outcome.SENT), None)
        entry = sent[0] if sent else self.outcome.entry
        notes = {e.id: text for e, text in self.note.points()}
        yield DeliveryRow.row(
            self.subject,
            incident=self.incident,
            about=fact.about,
            approval=fact.approval,
            channel=fact.channel,
            recipient=fact.recipient,
            outcome=(Outcome.SENT if sent else outcome).value,
            at=entry.happened,
            by=entry.actor_name,
            note=notes.get(entry.id, ""),
            failures=len(self.failures),
        )


class Recipient(Subject):
    """An organisation or subscriber who is told by e-mail."""

    type = "publishing.recipient"
    label = T("配信先", "Recipient")
    tables = (RecipientRow,)
    reading = "publishing.recipients"
    personal = True  # a subscriber is a person

    name = Register[str](T("名称", "Name"), "")
    recipient_kind = Register[Any](T("種別", "Kind"), None)
    email = Register[str](T("メール", "E-mail"), "")
    area = Register[str](T("地区", "Area"), "")
    ended = Register[bool](T("配信停止", "Stopped"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return self.name.value

    def rows(self) -> Iterable[Row]:
        names = ("name", "email", "area", "ended")
        kind = self.recipient_kind.value
        yield RecipientRow.row(
            self.subject, kind=kind.value if kind else "", **{name: getattr(self, name).value for name in names}
        )


def as_json(value: Any) -> str:
    """A column that holds a list or an object."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
