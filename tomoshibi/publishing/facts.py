"""What can happen to evacuation information: one proposes, another approves or sends back, and each message goes out.

Nothing goes by one person's click: what is proposed is in force only by an approval of somebody else, who approves
exactly the proposal that they saw; one that came in meanwhile has to be read first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from tomoshibi.journal import worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.tasks import Task
from tomoshibi.publishing.subjects import About, Delivery, Order, Recipient, Return, TwoPeople
from tomoshibi.publishing.words import Act, Danger, Outcome, RecipientKind, day_of, heading, terms
from tomoshibi.vocabulary import T

grant(
    "headquarters",
    "publishing.read",
    "publishing.recipients",
    "publishing.order_proposed",
    "publishing.notice_proposed",
    "publishing.sent",
    "publishing.send_failed",
    "publishing.recipient_*",
)
grant(
    "approver",
    "publishing.read",
    *(f"publishing.order_{done}" for done in ("approved", "changed", "lifted", "returned")),
    *(f"publishing.notice_{done}" for done in ("published", "withdrawn", "returned")),
)
for _role in ("ict", "clerk", "shelter", "facility", "surveyor", "seismologist", "staff"):
    grant(_role, "publishing.read")


class OrderProposed(Fact):
    """Somebody asks for an order, for a change of one in force (all of it, as it is to be), or for its lifting."""

    kind = "publishing.order_proposed"
    subject = Order
    label = T("避難情報の提案", "Evacuation information proposed")

    act: Act = field(T("求めること", "What is asked"), Act.ISSUE)
    level: Literal[3, 4, 5] | None = field(T("警戒レベル", "Level"), None)
    term: str = field(
        T("名称", "Term"), "", max_length=30, help=T("空欄ならその日の名称です。", "Blank: the term of the day.")
    )
    danger: Danger = field(T("災害の種類", "Danger"), Danger.OTHER)
    areas: tuple[str, ...] = field(T("対象の区域", "Areas"), (), extra={"widget": "places.area"})
    where: str = field(T("対象地域の表記", "Areas in words"), "", max_length=500)
    reason: str = field(T("発令の理由", "Why now"), min_length=1, max_length=1000, extra={"widget": "textarea"})
    advice: str = field(T("とるべき行動", "What to do, where to go"), "", max_length=1000, extra={"widget": "textarea"})
    #: wording (see ``wordings``) -> text; one that is left out is drafted from the other fields
    texts: dict[str, str] = field(T("伝える文", "Texts"), {})
    #: keys of channels; none named: all that are there
    channels: tuple[str, ...] = field(T("伝える手段", "Channels"), ())
    rule: str = field(T("自動判断の規則", "Rule of the trigger table"), "", extra={"widget": "hidden"})

    def tell(self) -> T:
        if self.act is Act.LIFT:
            return T(f"避難情報の解除を提案 {self.where}", f"Lifting of evacuation information proposed {self.where}")
        named = T(self.term, self.term) if self.term else T(f"警戒レベル{self.level}", f"Level {self.level}")
        return T(
            f"避難情報の{self.act.label.ja}を提案: {named.ja} {self.where}",
            f"Evacuation information proposed ({self.act.label.en.lower()}): {named.en}, {self.where}",
        )

    def check(self, present: Present) -> None:
        state: Order = present.state
        may_be_asked(self.act, state, present)
        if self.act is Act.LIFT:
            return
        if self.level is None:
            raise Refused(T("警戒レベルを選んでください。", "Choose a level."), "level")
        if not self.areas or not self.where.strip():
            raise Refused(T("対象の区域を選んでください。", "Choose the areas."), "areas")
        names = [term.ja for term in terms(day_of(present.happened_at), self.level)]
        if not names:
            raise Refused(T("この日にはまだない警戒レベルです。", "There was no such level on that day."), "level")
        if self.term and self.term not in names:
            listed = "、".join(names)
            raise Refused(
                T(
                    f"「{self.term}」はこの日のこのレベルの名称ではありません。{listed} から選んでください。",
                    f"{self.term!r} is no term of this level on that day: {listed}.",
                ),
                "term",
            )
        known_areas(self.areas)

    def apply(self, state: Order, entry: Entry) -> None:
        state.propose(entry, self)


class _Approval(Fact):
    """A second person's approval of one proposal; messages go out by the channels that it names."""

    act: ClassVar[Act]

    proposal: str = field(T("案", "Proposal"), extra={"widget": "hidden"})
    #: what was approved, in words for the timeline
    what_ja: str = field(T("内容", "What"), "", max_length=600, extra={"widget": "hidden"})
    what_en: str = field(T("内容（英語）", "What, in English"), "", max_length=600, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        approvable(self.proposal, self.act, present)

    def apply(self, state: Order, entry: Entry) -> None:
        state.approve(entry, self.proposal)

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        from tomoshibi.publishing import channels

        state: Order = present.state
        found = state.proposal(self.proposal)
        named = found[1].channels if found else ()
        for channel in channels.channels():
            if channel.send and (not named or channel.key in named):
                payload = {"approval": entry.id, "channel": channel.key}
                yield Task("publishing.dispatch", f"{entry.id}/{channel.key}", worlds.now(), entry.subject, payload)


class OrderApproved(_Approval):
    kind = "publishing.order_approved"
    subject = Order
    label = T("避難情報の発令（承認）", "Evacuation information issued")
    sentence = T("避難情報を発令（承認） {what_ja}", "Evacuation information issued {what_en}")
    act = Act.ISSUE


class OrderChanged(_Approval):
    kind = "publishing.order_changed"
    subject = Order
    label = T("避難情報の変更（承認）", "Evacuation information changed")
    sentence = T("避難情報を変更（承認） {what_ja}", "Evacuation information changed {what_en}")
    act = Act.CHANGE


class OrderLifted(_Approval):
    kind = "publishing.order_lifted"
    subject = Order
    label = T("避難情報の解除（承認）", "Evacuation information lifted")
    sentence = T("避難情報を解除（承認） {what_ja}", "Evacuation information lifted {what_en}")
    act = Act.LIFT


#: the kind of fact that approves what a proposal asks for
APPROVALS: dict[Act, type[_Approval]] = {Act.ISSUE: OrderApproved, Act.CHANGE: OrderChanged, Act.LIFT: OrderLifted}


class OrderReturned(Fact):
    kind = "publishing.order_returned"
    subject = Order
    label = T("避難情報の案の差し戻し", "Evacuation information returned")
    sentence = T("避難情報の案を差し戻し: {reason}", "Proposal of evacuation information returned: {reason}")

    proposal: str = field(T("案", "Proposal"), extra={"widget": "hidden"})
    reason: str = field(T("差し戻す理由", "Why it is returned"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_wait(self.proposal, present)

    def apply(self, state: Order, entry: Entry) -> None:
        state.returns.add(entry, Return(self.proposal, self.reason, entry.happened, entry.actor_name))


class _Outcome(Fact):
    """What became of one message by one channel to one recipient."""

    result: ClassVar[Outcome]

    about: str = field(T("送るもの", "What is sent"), extra={"widget": "hidden"})
    approval: str = field(T("承認の記録", "Entry of the approval"), extra={"widget": "hidden"})
    channel: str = field(T("手段", "Channel"), min_length=1, max_length=100)
    recipient: str = field(T("配信先", "Recipient"), "", extra={"widget": "hidden"})
    note: str = field(T("内容", "Note"), "", max_length=500)

    def apply(self, state: Delivery, entry: Entry) -> None:
        state.about.set(entry, About(self.about, self.approval, self.channel, self.recipient))
        state.outcome.set(entry, self.result)
        state.note.set(entry, self.note)
        if self.result is Outcome.FAILED:
            state.failures.add(entry, self.note)

    def tell(self) -> T:
        from tomoshibi.publishing import channels

        label = channels.label_of(self.channel)
        note = f"（{self.note}）" if self.note else ""
        if self.result is Outcome.SENT:
            return T(f"避難情報を{label.ja}で伝達{note}", f"Evacuation information sent by {label.en} {note}".rstrip())
        return T(f"{label.ja}で伝達できませんでした{note}", f"Could not be sent by {label.en} {note}".rstrip())


class Sent(_Outcome):
    kind = "publishing.sent"
    subject = Delivery
    label = T("伝達", "Sent")
    result = Outcome.SENT


class SendFailed(_Outcome):
    kind = "publishing.send_failed"
    subject = Delivery
    label = T("伝達の失敗", "Not sent")
    result = Outcome.FAILED


class RecipientDescribed(Fact):
    kind = "publishing.recipient_described"
    subject = Recipient
    label = T("配信先の登録・変更", "Recipient described")
    sentence = T("配信先を登録・変更", "A recipient was entered or changed")

    name: str | None = field(T("名称", "Name"), None, min_length=1, max_length=200)
    recipient_kind: RecipientKind | None = field(T("種別", "Kind"), None)
    email: str | None = field(T("メール", "E-mail"), None, pattern=r"^[^@\s,;]+@[^@\s,;]+$", max_length=200)
    area: str | None = field(
        T("知りたい地区（空欄はすべて）", "Area (blank: all)"), None, extra={"widget": "places.area"}
    )
    ended: bool | None = field(T("配信停止", "Stopped"), None)

    def check(self, present: Present) -> None:
        if not present.exists and not (self.name and self.email):
            raise Refused(T("名称とメールを入力してください。", "Enter a name and an e-mail address."), "email")


def may_be_asked(act: Act, state: TwoPeople[Any], present: Present) -> None:
    holding = state.holding
    in_force = holding is not None and holding[1].act is not Act.LIFT
    if act is Act.ISSUE and holding is not None:
        raise Refused(
            T(
                "すでに発令されたものです。変更か解除を提案してください。新しい発令は新しく起こしてください。",
                "This has been issued already. Propose a change or its lifting, or begin a new one.",
            ),
            "act",
        )
    if act is not Act.ISSUE and not in_force:
        raise Refused(T("いま有効ではないため、変更も解除もできません。", "It is not in force now."), "act")


def known_areas(refs: Iterable[str]) -> None:
    from tomoshibi.places.models import AreaRow

    refs = set(refs)
    if AreaRow.objects.filter(subject__in=refs).count() != len(refs):
        raise Refused(T("登録されていない区域が含まれています。", "An area is not known."), "areas")


def must_wait(id: str, present: Present) -> tuple[Entry, Any]:
    """The proposal that waits, which must be ``id``: raises :class:`Refused` where the page showed another."""
    state: TwoPeople[Any] = present.state
    waiting = state.waiting
    if waiting is None or waiting[0].id != id:
        raise Refused(
            T(
                "この案はもう承認を待っていません（新しい案が出たか、すでに決裁されています）。画面を開き直して、"
                "今の内容を確かめてください。",
                "This proposal does not wait any more: a newer one came, or somebody decided. Reload and read what "
                "stands there now.",
            ),
            "proposal",
        )
    return waiting


def approvable(id: str, act: Act, present: Present) -> None:
    """Raise :class:`Refused` unless the actor may approve the proposal ``id``, which must ask for ``act``.

    An approval that two nodes gave differently may be said again by an approver, to settle which one holds.
    """
    state: TwoPeople[Any] = present.state
    if state.approved.conflict() is not None and id in {r.value for r in state.approved.rivals()}:
        found = state.proposal(id)
    else:
        found = must_wait(id, present)
    if found is None or found[1].act is not act:
        raise Refused(T("この案は別のことを求めています。", "This proposal asks for something else."), "proposal")
    if getattr(found[1], "rule", ""):
        raise Refused(
            T(
                "自動判断の案です。本部の人が内容を確かめ、自分の名前で提案し直してから承認してください。",
                "A rule proposed this. Somebody at headquarters has to read it and propose it in their own name first.",
            ),
            "proposal",
        )
    if present.actor.is_same(found[0].actor):
        raise OwnWork("proposal")


def what(level: int, term: str, where: str, present: Present) -> T:
    """What was approved, in words for the timeline."""
    named = heading(level, term, day_of(present.happened_at))
    return T(f"{named.ja} {where}", f"{named.en}, {where}")
