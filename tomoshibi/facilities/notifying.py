"""Telling facilities to act: by an approved order, or by hand; and the mail with the signed link that each gets.

An order goes to every facility in its areas. At level 3 people who need care leave: a facility does not wait for the
order that is for everybody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from tomoshibi.facilities import links
from tomoshibi.facilities.evacuation_facts import NoticeFailed, NoticeSent, Notified
from tomoshibi.facilities.models import EvacuationRow, FacilityRow
from tomoshibi.facilities.subjects import evacuation_of, facility_of
from tomoshibi.facilities.words import Source
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.messages import Message, mail, prefix
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.tasks import Task
from tomoshibi.journal.ticking import every
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.subjects import SiteKind
from tomoshibi.publishing import channels
from tomoshibi.publishing.channels import Channel, Sending
from tomoshibi.publishing.queries import sites_in
from tomoshibi.publishing.words import Act
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

ME = system("facilities")

#: what a facility does at each level: one step before everybody else
TO_DO: dict[int, T] = {
    3: T(
        "いま避難を始めてください。要配慮者は、全員避難の指示を待たずに避難します。",
        "Leave now. People who need care do not wait for the order to everyone.",
    ),
    4: T(
        "全員すぐに避難してください。外へ出るほうが危ないときは、上の階や崖・川から離れた部屋へ移ってください。",
        "Everyone leaves at once. Where going out is more dangerous, go upstairs, away from slope and river.",
    ),
    5: T(
        "命を守る行動を。外へ出ず、少しでも高く、崖や川から離れた部屋へ。",
        "Save lives. Do not go out: go as high as you can, away from slope and river.",
    ),
}


def drafts(
    sites: Iterable[SiteRow],
    incident: str,
    act: str,
    *,
    source: Source = Source.HEADQUARTERS,
    level: int | None = None,
    term: str = "",
    area: str = "",
    why: str = "",
    what: str = "",
    order: str = "",
) -> list[Draft]:
    """Drafts that tell each of these facilities. The same ``act`` makes the same facts: a retry records once."""
    made = []
    today = worlds.now().astimezone(JAPAN).date() if level else None
    for site in sites:
        facility = facility_of(site.subject)
        fact = Notified(
            facility=facility,
            name=site.name,
            source=source,
            level=level,
            term=term,
            day=today,
            area=area[:500],
            why=why[:1000],
            what=what[:1000],
            order=order,
        )
        subject = evacuation_of(incident, facility)
        made.append(Draft(fact, subject, id=_id(act, subject), incident=incident))
    return made


def _id(act: str, subject: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:notified:{act}/{subject}"))


def _tell(sending: Sending) -> str:
    """Tell every facility in the areas of an approved order; of a lifted one, those who were told of it."""
    order, said = sending.order, sending.proposal
    if said.act == Act.LIFT:
        told = EvacuationRow.objects.filter(order=order.subject, ended_at=None).values("site")
        sites = list(SiteRow.objects.filter(subject__in=told))
        made = drafts(
            sites, sending.incident, sending.fact_id(), source=Source.ORDER, area=order.where, order=order.subject,
            why=f"避難情報は解除されました。{said.reason}", what="安全を確かめてから施設に戻ってください。",
        )  # fmt: skip
    else:
        sites = sites_in(said, SiteKind.FACILITY)
        made = drafts(
            sites, sending.incident, sending.fact_id(), source=Source.ORDER, level=said.level, term=said.term,
            area=said.where, why=said.reason, what=said.advice, order=order.subject,
        )  # fmt: skip
    record(made, ME)
    return f"{len(made)}施設"


channels.register(Channel("facilities", T("要配慮者利用施設", "Care facilities"), _tell))


@every(1, alone=True)
def send_notices() -> None:
    """Mails to facilities have a thread of their own: a slow mail server delays nothing else."""
    tasks.tick(limit=20, only="facilities.send")


@tasks.handler("facilities.send")
def send(task: Task) -> str:
    """Mail one facility its notice with the signed link. A failure is recorded at once, and the task tried again."""
    row = EvacuationRow.objects.filter(subject=task.subject).first()
    site = SiteRow.objects.filter(subject=row.site).first() if row else None
    if row is None or site is None:
        raise LookupError(f"{task.subject} is not there yet")
    profile = FacilityRow.objects.filter(site=row.site).first()
    address = (profile.email if profile else "") or site.email
    if not address:
        failed = NoticeFailed(reason="メールアドレスが登録されていません。電話で伝えてください。")
        record(Draft(failed, row.subject, after=(), id=task.fact_id("failed")), ME)
        return failed.reason
    try:
        mail(message(row, site), address)
    except OSError as error:
        failed = NoticeFailed(reason=f"メールを送れません（{error}）"[:500])
        record(Draft(failed, row.subject, after=(), id=task.fact_id("failed")), ME)
        raise
    record(Draft(NoticeSent(channel="mail"), row.subject, after=(), id=task.fact_id("sent")), ME)
    return "mail"


def message(row: EvacuationRow, site: SiteRow) -> Message:
    """What a facility reads: level and area, why, what to do, and the link; Japanese, then English."""
    us = who_are_we()
    town = us.name if us else ""
    at = row.notified_at.astimezone(JAPAN) if row.notified_at else None
    level = row.heading or T("施設への連絡", "Notice")
    to_do = TO_DO.get(row.level or 0, T("", ""))
    link = links.address(site)
    lines = [
        f"{prefix()}{town} {level.ja}　{row.area}",
        site.name,
        *([f"{at:%m月%d日 %H:%M}"] if at else []),
        row.why,
        to_do.ja,
        row.what,
        "",
        "次のページで回答してください（点呼もここでできます）:",
        link,
        "つながらないときは、市の本部に電話してください。",
        "",
        f"{level.en}. {to_do.en}".strip(),
        f"Answer here, and count your people: {link}",
    ]
    body = "\n".join(line for line, last in zip(lines, [None, *lines], strict=False) if line or last)
    return Message(f"{prefix()}{town} {level.ja} {site.name}", body)
