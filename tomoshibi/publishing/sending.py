"""How an approved order goes out: the channels that come with the program, and the tasks that send by any channel.

Two steps, both tasks: a channel's dispatch lists its recipients, and each is sent to by a task of its own, so that one
address that fails is tried again without anybody being told twice. What was overtaken by a newer approval is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.messages import ChannelFailed, Message, mail, notify, prefix, whole_address
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.tasks import Task
from tomoshibi.journal.ticking import every
from tomoshibi.places.queries import who_are_we
from tomoshibi.publishing import alerts, channels, queries, wordings
from tomoshibi.publishing.channels import Channel, Sending, To
from tomoshibi.publishing.facts import SendFailed, Sent
from tomoshibi.publishing.subjects import Delivery
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

ME = system("publishing")
#: a place for a person's own number in a service's address: such a service is for persons, not for the public
_PERSONAL = re.compile(r"\{(phone|email|number)\}")


@every(0.5, alone=True)
def send_out() -> None:
    """The public waits behind nothing else."""
    tasks.tick(only="publishing.dispatch")
    tasks.tick(limit=20, only="publishing.send")


@tasks.handler("publishing.dispatch")
def dispatch(task: Task) -> str:
    """Find out to whom a channel sends, and make a task of each."""
    approval, key = task.payload["approval"], task.payload["channel"]
    sending = sending_of(approval, key)
    if sending is None:
        raise LookupError(f"{approval} or the channel {key} is not there yet")
    if why := sending.channel.off():
        return why.ja
    now = worlds.now()
    recipients = sending.channel.recipients(sending)
    tasks.put(
        [
            Task(
                "publishing.send",
                f"{approval}/{key}/{to.ref}",
                now,
                task.subject,
                {"approval": approval, "channel": key, "ref": to.ref, "name": to.name, "address": to.address},
            )
            for to in recipients
        ]
    )
    return f"{len(recipients)} recipients"


@tasks.handler("publishing.send")
def send(task: Task) -> str:
    """Send to one recipient. A failure is recorded at once, and the task tried again."""
    said = task.payload
    sending = sending_of(said["approval"], said["channel"], To(said["ref"], said["name"], said["address"]))
    if sending is None or sending.channel.send is None:
        raise LookupError(f"{said['approval']} or the channel {said['channel']} is not there yet")
    if sending.order.approval != said["approval"]:
        return "overtaken by a newer approval"
    try:
        note = sending.channel.send(sending)
    except Exception as error:
        lasting = isinstance(error, ChannelFailed) and error.lasting
        text = T.of(error)
        _keep(sending, SendFailed, text.ja if text else f"{type(error).__name__}: {error}")
        if lasting:
            return str(error)
        raise
    _keep(sending, Sent, note)
    return note


def sending_of(approval: str, key: str, to: To | None = None) -> Sending | None:
    """The sending of an approval by a channel; None where either is not (yet) there."""
    proposal, channel = queries.approved(approval), channels.channel(key)
    order = queries.order(proposal.subject) if proposal else None
    if proposal is None or order is None or channel is None:
        return None
    return Sending(order, proposal, approval, channel, to or To())


def delivery_of(sending: Sending) -> str:
    """Reference of the delivery: the same at every node and try."""
    return Delivery.ref(sending.fact_id("delivery"))


def outcome(sending: Sending, kind: type[Sent] | type[SendFailed], note: str, id: str = "") -> Draft:
    """The draft that keeps what became of a sending."""
    fact = kind(
        about=sending.order.subject,
        approval=sending.approval,
        channel=sending.channel.key,
        recipient=sending.to.ref,
        note=note[:500],
    )
    return Draft(fact, delivery_of(sending), after=(), id=id, incident=sending.incident)


def _keep(sending: Sending, kind: type[Sent] | type[SendFailed], note: str) -> None:
    """Keep what became of a sending; a mail server's complaint names the address, which is nobody else's affair."""
    if sending.to.address:
        note = note.replace(sending.to.address, "…")
    record(outcome(sending, kind, note, sending.fact_id(kind.kind)), ME)


def message_of(sending: Sending) -> Message:
    """A mail or post about an order: Japanese, then English, when it was approved, and where to read on."""
    us, said = who_are_we(), sending.proposal
    town = us.name if us else ""
    at = said.decided_at.astimezone(JAPAN) if said.decided_at else None
    exercise = T("これは訓練です。", "This is an exercise.") if worlds.is_training() else None
    lines = [
        *([exercise.ja] if exercise else []),
        wordings.text_of(said, "ja"),
        *([f"（{at:%Y年%m月%d日 %H:%M} {town}）"] if at else []),
        "",
        *([exercise.en] if exercise else []),
        wordings.text_of(said, "en"),
        "",
        whole_address(reverse("publishing:public")),
    ]
    return Message(f"{prefix()}【{town}】{said.told.ja}", "\n".join(lines) + "\n")


def _page(sending: Sending) -> str:
    """The page reads the tables: it has said so since the moment of the approval."""
    return whole_address(reverse("publishing:public"))


def _feed(sending: Sending) -> str:
    alerts.feed()
    return whole_address(reverse("publishing:feed"))


def _cap(sending: Sending) -> str:
    alerts.cap_of(sending.proposal)
    return whole_address(reverse("publishing:cap", args=[sending.approval]))


def _recipients(sending: Sending) -> Sequence[To]:
    return [To(row.subject, row.name, row.email) for row in queries.recipients(sending.proposal.area_refs)]


def _mail(sending: Sending) -> str:
    mail(message_of(sending), sending.to.address)
    return ""


def _no_recipients() -> T | None:
    return None if queries.recipients() else T("配信先が登録されていません", "No recipient is entered")


def _services(sending: Sending) -> Sequence[To]:
    return [To(f"service-{n}", address.partition(":")[0], address) for n, address in enumerate(_public_services())]


def _public_services() -> list[str]:
    return [address for address in settings.TOMOSHIBI_APPRISE if not _PERSONAL.search(address)]


def _service(sending: Sending) -> str:
    notify(message_of(sending), sending.to.address)
    return sending.to.name


def _no_services() -> T | None:
    if worlds.is_training():
        return T("訓練からは外部のサービスに送りません", "Nothing goes to public services from a drill")
    if not _public_services():
        return T("サービスが設定されていません（TOMOSHIBI_APPRISE）", "No service is set (TOMOSHIBI_APPRISE)")
    return None


channels.register(Channel("page", T("公開ページ", "Public page"), _page))
channels.register(Channel("feed", T("Atom フィード", "Atom feed"), _feed))
channels.register(Channel("cap", T("CAP 1.2", "CAP 1.2"), _cap))
channels.register(Channel("mail", T("電子メール", "E-mail"), _mail, recipients=_recipients, off=_no_recipients))
channels.register(
    Channel("service", T("SNS・通知サービス", "Messaging services"), _service, "ja", _services, _no_services)
)
channels.register(Channel("area_mail", T("緊急速報メール", "Area mail"), None, "short"))
channels.register(Channel("loudspeaker", T("防災行政無線", "Loudspeakers"), None, "spoken"))
