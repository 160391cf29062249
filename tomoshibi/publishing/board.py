"""Delivered, waiting, failed: what became of an approved order, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tomoshibi.publishing import channels, queries
from tomoshibi.publishing.channels import Channel
from tomoshibi.publishing.models import DeliveryRow, OrderRow
from tomoshibi.publishing.sending import sending_of
from tomoshibi.publishing.words import Outcome
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Line:
    """One channel of an approval: to how many it was delivered, how many failed, how many wait; and the newest note."""

    key: str
    label: T
    by_hand: bool
    sent: int
    failed: int
    waiting: int
    off: T | None = None
    at: datetime | None = None
    by: str = ""
    note: str = ""

    @property
    def state(self) -> str:
        """``off``, ``failed``, ``waiting`` or ``sent``."""
        if self.failed:
            return "failed"
        if self.waiting:
            return "waiting"
        return "sent" if self.sent else "off" if self.off else "waiting"

    @property
    def word(self) -> T:
        """The state in words."""
        if self.state == "waiting" and self.by_hand:
            return T("人が送る", "By hand")
        return _WORDS[self.state]


_WORDS = {
    "off": T("使わない", "Not in use"),
    "failed": T("失敗", "Failed"),
    "waiting": T("待ち", "Waiting"),
    "sent": T("済み", "Done"),
}


def lines(row: OrderRow) -> list[Line]:
    """Every channel of an order's present approval; empty where nothing was approved."""
    proposal = queries.approved(row.approval)
    if proposal is None:
        return []
    found: dict[str, list[DeliveryRow]] = {}
    for delivery in queries.deliveries(row.approval):
        found.setdefault(delivery.channel, []).append(delivery)
    named = proposal.channel_keys
    asked = [c for c in channels.channels() if not named or c.key in named]
    told = [_line(channel, found.pop(channel.key, []), row) for channel in asked]
    # what another version of the program, or another room's channel, has sent
    return told + [_unknown(key, rows) for key, rows in found.items()]


def _line(channel: Channel, done: list[DeliveryRow], row: OrderRow) -> Line:
    sent = [d for d in done if d.outcome == Outcome.SENT]
    failed = [d for d in done if d.outcome == Outcome.FAILED]
    off = channel.off()
    wanted = 0
    if channel.send and not off and (sending := sending_of(row.approval, channel.key)):
        reached = {d.recipient for d in done}
        wanted = sum(to.ref not in reached for to in channel.recipients(sending))
    elif not channel.send:
        wanted = not done
    newest = max(done, key=lambda d: (d.outcome == Outcome.FAILED, d.at), default=None)
    return Line(
        channel.key,
        channel.label,
        channel.send is None,
        len(sent),
        len(failed),
        int(wanted),
        off,
        newest.at if newest else None,
        newest.by if newest else "",
        newest.note if newest else "",
    )


def _unknown(key: str, done: list[DeliveryRow]) -> Line:
    sent = sum(d.outcome == Outcome.SENT for d in done)
    return Line(key, T(key, key), False, sent, len(done) - sent, 0, None, done[-1].at, done[-1].by, done[-1].note)
