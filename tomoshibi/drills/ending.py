"""The end of a drill: nothing of it goes on, falls due later, or stands on a page as if it held."""

from __future__ import annotations

from datetime import datetime

from tomoshibi.incidents import queries
from tomoshibi.incidents.facts import IncidentClosed
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Fact
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import queries as people
from tomoshibi.people.call_facts import CallOutClosed
from tomoshibi.publishing import queries as published
from tomoshibi.publishing.facts import OrderLifted, OrderProposed, OrderReturned
from tomoshibi.publishing.notice_facts import NoticeProposed, NoticeReturned, NoticeWithdrawn
from tomoshibi.publishing.words import Act

ME = Actor("system:drill", "訓練進行")
#: what is published is taken back by two, in a drill as well
OTHER = Actor("system:drill-approval", "訓練進行（承認）")
#: in the event id of every drill's earthquake
MARK = "-drill-"


def end(incident: str, reason: str) -> None:
    """Lift and withdraw what a drill published, close its call-outs and its incident.

    Not before its own last entry: another run of the same scenario may stand earlier on the clock.
    """
    last = (
        EntryRow.objects.filter(incident=incident)
        .order_by("-happened_at")
        .values_list("happened_at", flat=True)
        .first()
    )
    at = max(worlds.now(), datetime.fromisoformat(last)) if last else worlds.now()

    def say(fact: Fact, subject: str, actor: Actor = ME) -> str:
        (entry,) = record(Draft(fact, subject, happened_at=at, incident=incident), actor)
        return entry.id

    notices = published.notices().filter(incident=incident)
    for order in published.waiting(incident):
        say(OrderReturned(proposal=order.waiting, reason=reason), order.subject)
    for notice in notices:
        if waits := notice.waits:
            say(NoticeReturned(proposal=waits["id"], reason=reason), notice.subject)
    for order in published.orders(incident).filter(state="in_force"):
        proposal = say(OrderProposed(act=Act.LIFT, where=order.where, reason=reason), order.subject)
        what = order.heading
        lifted = OrderLifted(proposal=proposal, what_ja=f"{what.ja} {order.where}", what_en=f"{what.en}, {order.where}")
        say(lifted, order.subject, OTHER)
    for notice in notices.filter(state="published"):
        proposal = say(NoticeProposed(act=Act.LIFT, title=notice.title), notice.subject)
        say(NoticeWithdrawn(proposal=proposal, title=notice.title), notice.subject, OTHER)
    for call_out in people.call_outs(incident).filter(closed_at=None):
        say(CallOutClosed(reason=reason), call_out.subject)
    row = queries.incident(incident)
    if row is not None and row.is_open:
        say(IncidentClosed(reason=reason), incident)


def end_others() -> None:
    """End the drills that a crash left open: their aftermath must not run into the next."""
    for row in queries.open_incidents().filter(event__contains=MARK):
        end(row.subject, "次の訓練を始めるため")
