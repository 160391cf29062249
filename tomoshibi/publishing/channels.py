"""By which channels an approved order goes out: registered here, by this room and by rooms above.

A channel's sending is a task (:mod:`tomoshibi.journal.tasks`): it is tried again until it succeeds, records what became
of it as a fact, and may be done twice, so ``send`` takes the ids of what it records from :meth:`Sending.fact_id`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.publishing.models import OrderRow, ProposalRow
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class To:
    """One recipient of a channel: a reference (or any stable text), a name for lists, and an address."""

    ref: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class Sending:
    """What is sent: an approved proposal of an order, by one channel, to one recipient (empty: to everybody at once).

    ``order`` is the order as it is now, ``proposal`` exactly what was approved, ``approval`` the entry of the approval.
    """

    order: OrderRow
    proposal: ProposalRow
    approval: str
    channel: Channel
    to: To = To()

    @property
    def incident(self) -> str:
        """Reference of the incident, to record with."""
        return self.order.incident

    @cached_property
    def areas(self) -> list[AreaRow]:
        """The areas that it is about."""
        from tomoshibi.publishing import queries

        return queries.areas_of(self.proposal)

    @cached_property
    def sites(self) -> list[SiteRow]:
        """Every site in those areas."""
        from tomoshibi.publishing import queries

        return queries.sites_in(self.proposal)

    @property
    def text(self) -> str:
        """The text in the channel's wording."""
        from tomoshibi.publishing import wordings

        return wordings.text_of(self.proposal, self.channel.wording)

    def fact_id(self, name: str = "") -> str:
        """An id for a fact that this sending records: the same however often it is tried."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("tomoshibi:sending", *self.key, name))))

    @property
    def key(self) -> tuple[str, str, str]:
        """Approval, channel and recipient."""
        return self.approval, self.channel.key, self.to.ref


def _everybody(sending: Sending) -> Sequence[To]:
    return (To(),)


def _ready() -> T | None:
    return None


@dataclass(frozen=True)
class Channel:
    """One way by which the public, or somebody, is told.

    ``send`` sends to one recipient and returns a short note of what became of it (kept with the fact); what it raises
    is recorded as a failure, and it is tried again. None: by hand: the page shows the text to be read or typed in, and
    the operator says that it was done. ``wording`` names the text that it carries. ``recipients`` lists to
    whom; ``off`` says why it is not in use here, where it is not.
    """

    key: str
    label: T
    send: Callable[[Sending], str] | None
    wording: str = "ja"
    recipients: Callable[[Sending], Sequence[To]] = _everybody
    off: Callable[[], T | None] = _ready

    @property
    def by_hand(self) -> bool:
        """Whether a person sends, and says so."""
        return self.send is None


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> Channel:
    """Make a channel known. Raises :class:`ValueError` where another has its key."""
    if _channels.setdefault(channel.key, channel) is not channel:
        raise ValueError(f"two channels are called {channel.key}")
    return channel


def channels() -> list[Channel]:
    """Every channel, in the order in which they were registered."""
    return list(_channels.values())


def channel(key: str) -> Channel | None:
    """The channel of that key."""
    return _channels.get(key)


def label_of(key: str) -> T:
    """What a channel is called; its key where this version does not know it."""
    found = _channels.get(key)
    return found.label if found else T(key, key)
