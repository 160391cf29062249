"""Recording: the one way by which people and the program write.

``record`` checks, appends to this node's chain, and folds the touched subjects anew, in one transaction: an act of
several facts is recorded together or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction

from tomoshibi.journal import asof, datasets, nodes, sql, tasks, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import (
    COLUMNS,
    GENESIS,
    Entry,
    digest_of,
    from_row,
    hash_of,
    heads_of,
    moment,
    new_salt,
    to_row,
)
from tomoshibi.journal.facts import REDACTION, Fact, Forbidden, Refused, holds_nul
from tomoshibi.journal.folding import fold, redacted_ids
from tomoshibi.journal.projecting import ENTRY_COLUMNS, entries_of, project
from tomoshibi.journal.states import Subject
from tomoshibi.vocabulary import T

INSERT_ENTRY = f"INSERT INTO journal_entry ({ENTRY_COLUMNS}) VALUES ({', '.join(['%s'] * (len(COLUMNS) + 2))})"
UPSERT_CHAIN = (
    "INSERT INTO journal_chain (node, zone, seq, hash, clock, signature) VALUES (%s, %s, %s, %s, %s, %s) "
    "ON CONFLICT (node, zone) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, clock = excluded.clock, "
    "signature = excluded.signature"
)


class StoreFailed(Exception):
    """The database took nothing: says why and what to do. Nothing of the act was recorded."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Draft:
    """A fact about to be recorded.

    ``after`` are the subject's heads that the page showed; None means the heads as they are now, for facts that
    answer to no page. ``id`` makes a retry the same fact. ``happened_at`` (with zone) is now where it is not given.
    """

    fact: Fact
    subject: str
    after: Sequence[str] | None = None
    id: str = ""
    happened_at: datetime | None = None
    incident: str = ""


@dataclass
class Present:
    """What a fact is held against: who records it, of what, and the state of things now."""

    actor: Actor
    subject: str
    incident: str
    happened_at: datetime
    act: str
    _pending: list[Entry] = field(default_factory=list)

    @cached_property
    def entries(self) -> list[Entry]:
        """The subject's entries, those of this act included."""
        with sql.cursor() as cursor:
            known = dict(entries_of(cursor, [self.subject])).get(self.subject, [])
        return known + [e for e in self._pending if e.subject == self.subject]

    @cached_property
    def state(self) -> Any:
        """The subject's state, folded from :attr:`entries`."""
        return fold(self.subject, self.entries)

    @property
    def exists(self) -> bool:
        """Whether anything was recorded of the subject before."""
        return bool(self.entries)

    def disputed(self, *parts: str) -> bool:
        """Whether one of these parts is in dispute: then what was said may be said again, because that settles it."""
        return any(dispute.part in parts for dispute in self.state.conflicts())


def record(drafts: Draft | Iterable[Draft], actor: Actor, act: str = "") -> list[Entry]:
    """Record one human act. Returns its entries, in order; a fact whose id is known gives the entry that is there.

    Raises :class:`Refused` (:class:`Forbidden`) where a fact may not or cannot be so, :class:`StoreFailed` where the
    database refuses; either way nothing of the act is recorded.
    """
    drafts = [drafts] if isinstance(drafts, Draft) else list(drafts)
    if not drafts:
        return []
    alias = worlds.world()
    try:
        with transaction.atomic(using=alias), sql.cursor() as cursor:
            return _record(cursor, drafts, actor, act or str(uuid.uuid4()))
    except OperationalError as error:
        raise StoreFailed(explain(error, alias)) from error


def explain(error: Exception, alias: str) -> T:
    """What a database's refusal means to the people at the machine."""
    where = settings.DATABASES.get(alias, {}).get("NAME", alias)
    text = str(error)
    if "full" in text or "No space" in text:
        return T(
            f"記録できません。ディスクに空きがありません（{where}）。空きを作ってからもう一度送ってください。"
            "これまでの記録は失われていません。",
            f"Not recorded: the disk of {where} is full. Make room, then send it again. Nothing recorded is lost.",
        )
    if "readonly" in text or "read-only" in text:
        return T(
            f"記録できません。{where} は書き込みができない状態です。ディスクと権限を確かめてください。"
            "これまでの記録は失われていません。",
            f"Not recorded: {where} cannot be written. Check the disk and its permissions. Nothing recorded is lost.",
        )
    if "locked" in text or "lock timeout" in text:
        return T(
            "記録できません。ほかの処理がデータベースを使い続けています。少し待ってもう一度送ってください。",
            "Not recorded: another process keeps the database busy. Wait a little and send it again.",
        )
    return T(
        f"記録できません。データベース（{where}）が応答しません: {text}",
        f"Not recorded: the database {where} does not take it: {text}",
    )


@dataclass
class Self:
    """This node while it is locked: its clock, its last position, and the heads of its chains by zone."""

    node: str
    clock: int
    pos: int
    chains: dict[str, tuple[int, str]]


def lock_self(cursor: sql.Cursor) -> Self:
    """Lock this node until the transaction ends: one writer to a world at a time.

    Raises :class:`Refused` in a reading of a world as it was.
    """
    if worlds.is_reading():
        raise Refused(
            T(
                "過去の時点を見ています。ここには記録できません。現在に戻してから記録してください。",
                "This is a view of the past: nothing can be recorded in it. Go back to the present first.",
            )
        )
    if lock := sql.for_update():
        cursor.execute("SELECT one FROM journal_self" + lock)
    cursor.execute(
        "SELECT s.node, s.clock, (SELECT max(pos) FROM journal_entry), c.zone, c.seq, c.hash, c.clock "
        "FROM journal_self s LEFT JOIN journal_chain c ON c.node = s.node"
    )
    rows = cursor.fetchall()
    if not rows:
        nodes.found(str(T("未設定の端末", "unnamed node")))
        return lock_self(cursor)
    node, clock, pos = rows[0][:3]
    clock = max(clock, *(r[6] or 0 for r in rows))
    return Self(node, clock, pos or 0, {r[3]: (r[4], r[5]) for r in rows if r[3] is not None})


def _known(cursor: sql.Cursor, ids: Sequence[str]) -> dict[str, Entry]:
    if not ids:
        return {}
    cursor.execute(f"SELECT {ENTRY_COLUMNS} FROM journal_entry WHERE id IN ({sql.marks(ids)})", ids)
    return {e.id: e for e in map(from_row, cursor.fetchall())}


def _heads(cursor: sql.Cursor, subjects: Sequence[str]) -> dict[str, tuple[tuple[str, ...], str]]:
    cursor.execute(
        f"SELECT subject, heads, incident FROM journal_subject WHERE subject IN ({sql.marks(subjects)})",
        subjects,
    )
    return {s: (heads_of(heads), incident) for s, heads, incident in cursor.fetchall()}


def _record(cursor: sql.Cursor, drafts: list[Draft], actor: Actor, act: str) -> list[Entry]:
    me = lock_self(cursor)
    known = _known(cursor, [d.id for d in drafts if d.id])
    standing = _heads(cursor, list({d.subject for d in drafts}))
    recorded = moment(worlds.now())
    heads_now = {subject: heads for subject, (heads, _) in standing.items()}
    own: dict[str, tuple[str, ...]] = {}  # subject -> facts of this act about it
    entries: list[Entry] = []
    fresh: list[Entry] = []
    effects: list[tasks.Task] = []
    for draft in drafts:
        fact, subject = draft.fact, draft.subject
        payload = fact.payload()
        if draft.id in known:
            entry = known[draft.id]
            if (entry.kind, entry.subject) != (fact.kind, subject):
                raise Refused(
                    T(
                        f"記録番号 {draft.id} は別の記録に使われています。画面を開き直してください。",
                        f"Entry id {draft.id} belongs to another fact. Open the page again.",
                    )
                )
            entries.append(entry)
            continue
        _belongs(fact, subject)
        if holds_nul(payload):
            raise Refused(T("使えない文字（NUL）が含まれています。", "The text holds a NUL character."))
        incident = draft.incident or standing.get(subject, ((), ""))[1]
        happened = draft.happened_at or worlds.now()
        present = Present(actor, subject, incident, happened, act, fresh)
        if not fact.allowed(actor, present):
            raise Forbidden(
                T(
                    f"「{fact.label.ja}」を記録する権限がありません（{actor.name or actor.id}）。",
                    f"{actor.name or actor.id} has no role that may record “{fact.label.en}”.",
                )
            )
        fact.check(present)
        for name in fact.datasets:
            if digest := getattr(fact, name):
                datasets.require(digest)
        zone = (Subject.of(subject) or Subject).zone
        seq, prev = me.chains.get(zone, (0, GENESIS))
        me.clock += 1
        me.pos += 1
        mine = own.get(subject, ())
        after = heads_now.get(subject, ()) if draft.after is None else tuple(dict.fromkeys((*draft.after, *mine)))
        salt = new_salt()
        entry = Entry(
            id=draft.id or str(uuid.uuid4()),
            node=me.node,
            zone=zone,
            seq=seq + 1,
            kind=fact.kind,
            version=fact.version,
            subject=subject,
            incident=incident,
            act=act,
            payload=payload,
            salt=salt,
            happened_at=moment(happened),
            recorded_at=recorded,
            actor=actor.text,
            clock=me.clock,
            after=after,
            digest=digest_of(salt, payload),
            prev=prev,
            hash="",
            pos=me.pos,
            received_at=recorded,
        )
        entry.hash = hash_of(entry)
        me.chains[zone] = (entry.seq, entry.hash)
        heads_now[subject] = (*(h for h in heads_now.get(subject, ()) if h not in after), entry.id)
        own[subject] = (*mine, entry.id)
        known[entry.id] = entry
        entries.append(entry)
        fresh.append(entry)
        effects.extend(fact.effects(entry, present))
    if not fresh:
        return entries
    append(cursor, fresh)
    last = {e.zone: e for e in fresh}
    for e in last.values():
        cursor.execute(UPSERT_CHAIN, (me.node, e.zone, e.seq, e.hash, e.clock, ""))
    if any(e.kind == REDACTION for e in fresh):
        carry_out_redactions(cursor, fresh)
    project(e.subject for e in fresh)
    tasks.put(effects)
    return entries


def _belongs(fact: Fact, subject: str) -> None:
    kind, _, key = subject.partition(":")
    if not key or fact.subject.type not in ("*", kind):
        raise Refused(
            T(
                f"「{fact.label.ja}」は {fact.subject.type} の記録です。対象 {subject} には記録できません。",
                f"“{fact.label.en}” is a fact about {fact.subject.type}; it cannot be recorded of {subject}.",
            )
        )


def append(cursor: sql.Cursor, entries: Sequence[Entry]) -> None:
    """Insert entries as they are."""
    rows = [(*to_row(e), e.pos, e.received_at) for e in entries]
    if len(rows) == 1:
        cursor.execute(INSERT_ENTRY, rows[0])
    else:
        cursor.executemany(INSERT_ENTRY, rows)


def _forget(alias: str) -> None:
    """Let what was erased go from scratch databases too, and from SQLite's log, which keeps a page's older forms."""
    asof.forget(alias)
    with worlds.inhabit(alias):
        if worlds.connection().vendor == "sqlite":
            # where somebody is reading just now, the next checkpoint does it
            with suppress(OperationalError), sql.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def carry_out_redactions(cursor: sql.Cursor, fresh: Iterable[Entry]) -> None:
    """Erase payload and salt of what redactions among ``fresh`` name, and of what earlier ones named among it."""
    for e in fresh:
        if e.kind == REDACTION:
            for target in redacted_ids([e]):
                cursor.execute(
                    "INSERT INTO journal_redaction (target, subject) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (target, e.subject),
                )
            transaction.on_commit(partial(_forget, worlds.world()), using=worlds.world())
    cursor.execute(
        "UPDATE journal_entry SET payload = NULL, salt = NULL WHERE payload IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM journal_redaction r WHERE r.target = journal_entry.id AND r.subject = journal_entry.subject"
        ") AND id IN (SELECT target FROM journal_redaction)"
    )
