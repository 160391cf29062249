"""Following an Atom feed, as a pure step: state and clock in, state and telegrams out. The way to the network is given.

Polite to the sender: asks with ETag and Last-Modified, waits longer after each failure (and as long as Retry-After
says), and fetches an entry once. Nothing is lost: an entry that could not be fetched is tried again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from tomoshibi.bulletins.atom import read_feed
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.safexml import MAX_BYTES
from tomoshibi.vocabulary import T

#: longest wait after failures, and after a Retry-After
LONGEST = timedelta(minutes=30)


class Response(NamedTuple):
    """Answer of a server; header names in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: fetches an address with headers; raises OSError where the server cannot be reached
type Transport = Callable[[str, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between two polls; JSON can hold all of it.

    ``heard_at`` is when the server last answered well; ``seen`` the ids of the feed's entries that were fetched.
    """

    url: str
    every: timedelta = timedelta(seconds=60)
    etag: str = ""
    last_modified: str = ""
    next_at: datetime | None = None
    heard_at: datetime | None = None
    failures: int = 0
    seen: frozenset[str] = frozenset()

    def silent(self, now: datetime, limit: timedelta) -> bool:
        """Whether nothing has been heard for longer than ``limit``: an alert in itself."""
        return self.heard_at is None or now - self.heard_at > limit


class Fetched(NamedTuple):
    """One telegram: the entry's id, its address, its bytes."""

    id: str
    url: str
    data: bytes


class Poll(NamedTuple):
    """Outcome of a poll: the state to keep, what came in (oldest first), and what went wrong."""

    state: FeedState
    fetched: tuple[Fetched, ...] = ()
    errors: tuple[T, ...] = ()


def poll(state: FeedState, now: datetime, transport: Transport) -> Poll:
    """Ask the feed once if it is time (else nothing happens), and fetch the entries that are new.

    Raises nothing for what the server does: it stands in ``errors``, and the state says when to try again.
    """
    if state.next_at is not None and now < state.next_at:
        return Poll(state)
    headers = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    try:
        answer = transport(state.url, {name: value for name, value in headers.items() if value})
    except OSError as error:
        return _failed(state, now, T("接続できません({e})。", "cannot connect ({e}).").format(e=error), None)
    given = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status == 304:
        return Poll(dataclasses.replace(state, next_at=now + state.every, heard_at=now, failures=0))
    if answer.status != 200:
        text = T("応答 {status}", "it answered {status}").format(status=answer.status)
        return _failed(state, now, text, _retry_after(given.get("retry-after", ""), now))
    try:
        feed = read_feed(answer.body, state.url)
    except BulletinError as error:
        return _failed(state, now, error.text, None)
    fetched: list[Fetched] = []
    errors: list[T] = []
    seen = {entry.id for entry in feed.entries} & state.seen
    for entry in sorted(feed.entries, key=lambda entry: entry.updated):
        if entry.id in seen or not entry.link:
            continue
        try:
            got = transport(entry.link, {})
        except OSError as error:
            errors.append(T("{url}: {e}", "{url}: {e}").format(url=entry.link, e=error))
            continue
        if got.status == 200 and len(got.body) <= MAX_BYTES:
            fetched.append(Fetched(entry.id, entry.link, got.body))
            seen.add(entry.id)
        else:
            errors.append(T("{url}: 応答 {s}", "{url}: answered {s}").format(url=entry.link, s=got.status))
    # after an error ask for the whole feed again, or a 304 would hide the entries that are still missing
    new = dataclasses.replace(
        state,
        etag="" if errors else given.get("etag", ""),
        last_modified="" if errors else given.get("last-modified", ""),
        next_at=now + state.every,
        heard_at=now,
        failures=0,
        seen=frozenset(seen),
    )
    return Poll(new, tuple(fetched), tuple(errors))


def _failed(state: FeedState, now: datetime, why: T, wait: timedelta | None) -> Poll:
    failures = state.failures + 1
    back_off = min(state.every * 2 ** min(failures, 16), LONGEST)
    new = dataclasses.replace(state, failures=failures, next_at=now + max(back_off, wait or back_off))
    return Poll(new, errors=(T(f"{state.url}: {why.ja}", f"{state.url}: {why.en}"),))


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Wait that a server asks for, in seconds or until a date; at most :data:`LONGEST`."""
    try:
        wait = timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), LONGEST)
