"""An entry: one recorded fact, its place in a chain, and the arithmetic that makes the chain tamper-evident."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tomoshibi.journal.access import name_of

#: named inside every hash, so that a later format cannot be mistaken for this one
FORMAT = "tomoshibi-entry-1"

#: previous hash of a chain's first entry
GENESIS = "0" * 64


# made once: json.dumps makes a new encoder at every call with settings of one's own
_payload_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_header_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def canonical(payload: Mapping[str, Any]) -> str:
    """The one text of a payload: JSON, sorted keys, no spaces, characters as they are (variation sequences uncut).

    Raises :class:`ValueError` for NaN and infinities.
    """
    return _payload_text(payload)


def moment(at: datetime) -> str:
    """A moment as canonical text, UTC with microseconds: sorts as time does and hashes alike on every database.

    Raises :class:`ValueError` for a time without zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def read_moment(text: str) -> datetime:
    """The time of :func:`moment`'s text, in UTC. Raises :class:`ValueError` where it is not such a text."""
    at = datetime.fromisoformat(text)
    if len(text) != 27 or moment(at) != text:
        raise ValueError(f"not a canonical moment: {text!r}")
    return at


@dataclass(slots=True, eq=False)
class Entry:
    """One recorded fact. ``bit`` and ``past`` are set while folding; ``pos`` and ``received_at`` are local."""

    id: str
    node: str
    zone: str
    seq: int
    kind: str
    version: int
    subject: str
    incident: str
    act: str
    payload: str | None
    salt: str | None
    happened_at: str
    recorded_at: str
    actor: str
    clock: int
    after: tuple[str, ...]
    digest: str
    prev: str
    hash: str
    pos: int = 0
    received_at: str = ""
    bit: int = field(default=0, repr=False)
    past: int = field(default=0, repr=False)

    @property
    def happened(self) -> datetime:
        """When it happened in the world, UTC."""
        return datetime.fromisoformat(self.happened_at)

    @property
    def recorded(self) -> datetime:
        """When it was recorded, UTC."""
        return datetime.fromisoformat(self.recorded_at)

    @property
    def actor_name(self) -> str:
        """What people call who recorded it; the part of ``actor`` after its id."""
        return name_of(self.actor)


#: columns that travel between nodes, in the order of the table and of a bundle's line
COLUMNS = (
    "id",
    "node",
    "zone",
    "seq",
    "kind",
    "version",
    "subject",
    "incident",
    "act",
    "payload",
    "salt",
    "happened_at",
    "recorded_at",
    "actor",
    "clock",
    "after",
    "digest",
    "prev",
    "hash",
)


def from_row(row: Iterable[Any]) -> Entry:
    """An entry from a table row or bundle line: ``COLUMNS``, then ``pos`` and ``received_at`` if there."""
    values = list(row)
    values[15] = heads_of(values[15])
    return Entry(*values)


def to_row(e: Entry) -> tuple[Any, ...]:
    """The values of ``COLUMNS``, as stored and carried."""
    return (
        e.id, e.node, e.zone, e.seq, e.kind, e.version, e.subject, e.incident, e.act, e.payload, e.salt,
        e.happened_at, e.recorded_at, e.actor, e.clock, after_text(e.after), e.digest, e.prev, e.hash,
    )  # fmt: skip


def heads_of(text: str) -> tuple[str, ...]:
    """The ids in a JSON list of ids."""
    if text == "[]":
        return ()
    if "\\" in text or '", "' in text:  # not as we write it: let the parser see to it
        return tuple(map(str, json.loads(text)))
    return tuple(text[2:-2].split('","'))


def after_text(after: tuple[str, ...]) -> str:
    """The heads as stored: a JSON list."""
    return _header_text(after) if after else "[]"


def new_salt() -> str:
    """128 random bits: without them a short payload could be guessed from its digest after redaction."""
    return secrets.token_hex(16)


def digest_of(salt: str, payload: str) -> str:
    """Salted SHA-256 of a payload; what the chain covers, so that a payload can be erased by law."""
    return sha256(f"{salt}\n{payload}".encode()).hexdigest()


def hash_of(e: Entry) -> str:
    """SHA-256 over everything of an entry but payload and salt, and so over all that came before it in its chain."""
    header = [
        FORMAT, e.id, e.node, e.zone, e.seq, e.kind, e.version, e.subject, e.incident, e.act,
        e.happened_at, e.recorded_at, e.actor, e.clock, e.after, e.digest, e.prev,
    ]  # fmt: skip
    return sha256(_header_text(header).encode()).hexdigest()


def flaw(e: Entry, prev: str, seq: int, clock: int) -> str:
    """What is wrong with ``e`` as the entry ``seq`` after the hash ``prev`` and Lamport ``clock``; empty if nothing.

    A payload may be missing only by redaction; the caller knows whether it was redacted.
    """
    if e.seq != seq:
        return f"gap: entry {seq} expected, {e.seq} found"
    if e.prev != prev:
        return "previous hash differs"
    if e.clock <= clock:
        return "clock does not grow"
    if e.payload is not None and (e.salt is None or digest_of(e.salt, e.payload) != e.digest):
        return "payload was changed"
    if hash_of(e) != e.hash:
        return "entry was changed"
    return ""
