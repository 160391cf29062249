"""Merging: taking in the chains of other nodes, whole and proven, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tomoshibi.journal import nodes, sql, worlds
from tomoshibi.journal.entries import GENESIS, Entry, flaw, from_row, moment
from tomoshibi.journal.projecting import ENTRY_COLUMNS, project
from tomoshibi.journal.recording import UPSERT_CHAIN, append, carry_out_redactions, lock_self
from tomoshibi.vocabulary import T


class MergeRefused(Exception):
    """A slice that cannot be taken in: says which chain, which entry, why, and what to do. Nothing was taken in."""

    def __init__(self, node: str, zone: str, seq: int, why: T) -> None:
        self.node, self.zone, self.seq = node, zone, seq
        self.text = T(
            f"取り込めません: 端末 {node} の記録（区分 {zone}）の {seq} 番: {why.ja}。何も取り込んでいません。",
            f"Refused: chain of node {node}, zone {zone}, entry {seq}: {why.en}. Nothing was taken in.",
        )
        super().__init__(str(self.text))

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Slice:
    """A contiguous piece of one chain, ending at a head that its origin signed."""

    node: str
    name: str
    public_key: str
    zone: str
    entries: Sequence[Entry]
    seq: int
    hash: str
    signature: str


@dataclass
class MergeReport:
    """What a merge brought: new entries by (node, zone), subjects folded anew, nodes met for the first time."""

    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)
    new_nodes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many entries were new here."""
        return sum(self.entries.values())


def merge(slices: Iterable[Slice]) -> MergeReport:
    """Take in slices of other nodes' chains in one transaction, and fold the touched subjects anew.

    Each must continue, or lie within, what is known of its chain. Raises :class:`MergeRefused` naming chain and entry
    for a changed byte, a gap, a fork, a bad signature, another world's chain or a zone that this node may not hold.
    Merging twice changes nothing.
    """
    report = MergeReport()
    with transaction.atomic(using=worlds.world()), sql.cursor() as cursor:
        me = lock_self(cursor)
        zones = nodes.identity().zones
        cursor.execute("SELECT id FROM journal_node")
        met = {row[0] for row in cursor.fetchall()}
        received = moment(worlds.now())
        fresh: list[Entry] = []
        for piece in slices:
            _admissible(piece, zones)
            new = _new_entries(cursor, piece, me.node)
            if piece.node not in met:
                met.add(piece.node)
                report.new_nodes.append(piece.node)
                nodes.meet(piece.node, piece.name, piece.public_key)
            if not new:
                continue
            for e in new:
                me.pos += 1
                e.pos, e.received_at = me.pos, received
            fresh.extend(new)
            me.clock = max(me.clock, new[-1].clock)
            cursor.execute(
                UPSERT_CHAIN, [piece.node, piece.zone, piece.seq, piece.hash, new[-1].clock, piece.signature]
            )
            report.entries[piece.node, piece.zone] = len(new)
        if fresh:
            append(cursor, fresh)
            cursor.execute("UPDATE journal_self SET clock = %s WHERE one = 1", [me.clock])
            carry_out_redactions(cursor, fresh)
            _all_redacted(cursor, fresh)
            report.subjects = {e.subject for e in fresh}
            project(sorted(report.subjects))
    return report


def _admissible(piece: Slice, zones: tuple[str, ...]) -> None:
    def refuse(seq: int, ja: str, en: str) -> MergeRefused:
        return MergeRefused(piece.node, piece.zone, seq, T(ja, en))

    if piece.node.startswith("t") != worlds.is_training():
        raise refuse(piece.seq, "訓練と本番の記録は混ぜられません", "training and real records cannot be mixed")
    if piece.zone not in zones:
        raise refuse(
            piece.seq,
            f"この端末は区分「{piece.zone}」の記録を持てません",
            f"this node may not hold the zone “{piece.zone}”",
        )
    if not nodes.signed_by(piece.node, piece.public_key, piece.zone, piece.seq, piece.hash, piece.signature):
        raise refuse(piece.seq, "署名が正しくありません", "the signature of the head is not valid")
    if not piece.entries or piece.entries[-1].seq != piece.seq or piece.entries[-1].hash != piece.hash:
        raise refuse(
            piece.seq, "署名された末尾の記録がありません", "the entries do not end at the head that was signed"
        )


def _new_entries(cursor: sql.Cursor, piece: Slice, own: str) -> list[Entry]:
    """Entries of ``piece`` that are new here, proven to continue what is known."""
    cursor.execute("SELECT seq, hash, clock FROM journal_chain WHERE node = %s AND zone = %s", [piece.node, piece.zone])
    known_seq, prev, clock = cursor.fetchone() or (0, GENESIS, 0)
    first = piece.entries[0].seq
    if first > known_seq + 1:
        raise MergeRefused(
            piece.node,
            piece.zone,
            first,
            T(
                f"{known_seq + 1} 番から {first - 1} 番が抜けています。抜けた分を含めて書き出し直してください",
                f"gap: entries {known_seq + 1} to {first - 1} are missing; export again with them",
            ),
        )
    _same_past(cursor, piece, known_seq)
    new = [e for e in piece.entries if e.seq > known_seq]
    if new and piece.node == own:
        raise MergeRefused(
            piece.node,
            piece.zone,
            new[0].seq,
            T(
                "この端末自身の、ここにない続きです。この端末は写しか、古いバックアップから戻したものです。"
                "「tomoshibi journal renew」で新しい端末番号にしてから取り込んでください",
                "it continues this node's own chain beyond what is here, so this node is a copy or was restored: "
                "give it a new id with `tomoshibi journal renew`, then import again",
            ),
        )
    for seq, e in enumerate(new, known_seq + 1):
        if (e.node, e.zone) != (piece.node, piece.zone):
            why = T("別の端末の記録が混じっています", "an entry of another chain is among it")
            raise MergeRefused(piece.node, piece.zone, seq, why)
        if problem := flaw(e, prev, seq, clock):
            why = T(f"記録のつながりが壊れています（{problem}）", problem)
            raise MergeRefused(piece.node, piece.zone, seq, why)
        prev, clock = e.hash, e.clock
    return new


def _same_past(cursor: sql.Cursor, piece: Slice, known_seq: int) -> None:
    """The part that is known already must be the same part: otherwise the chain was forked."""
    overlap = [e for e in piece.entries if e.seq <= known_seq]
    if not overlap:
        return
    cursor.execute(
        "SELECT seq, hash FROM journal_entry WHERE node = %s AND zone = %s AND seq >= %s AND seq <= %s",
        [piece.node, piece.zone, overlap[0].seq, overlap[-1].seq],
    )
    here = dict(cursor.fetchall())
    for e in overlap:
        if here.get(e.seq) != e.hash:
            raise MergeRefused(
                piece.node,
                piece.zone,
                e.seq,
                T(
                    "分岐しています。同じ番号の別の記録がすでにあります。どちらかの端末が写しです",
                    "fork: another entry of this number is here already; one of the two nodes is a copy",
                ),
            )
        if problem := flaw(e, e.prev, e.seq, 0):
            why = T(f"記録のつながりが壊れています（{problem}）", problem)
            raise MergeRefused(piece.node, piece.zone, e.seq, why)


def _all_redacted(cursor: sql.Cursor, fresh: Sequence[Entry]) -> None:
    """A payload may be missing only where a redaction says so."""
    bare = [e for e in fresh if e.payload is None]
    if not bare:
        return
    cursor.execute("SELECT target, subject FROM journal_redaction")
    lawful = set(cursor.fetchall())
    for e in bare:
        if (e.id, e.subject) not in lawful:
            why = T("内容がなく、消去の記録もありません", "its content is missing and no erasure is recorded")
            raise MergeRefused(e.node, e.zone, e.seq, why)


def chain_slice(node: str, zone: str, from_seq: int = 1) -> Slice | None:
    """What this node can hand on of a chain from ``from_seq``: up to its own head, or to the head its origin signed.

    None where there is nothing from there on. Own heads are signed here and now.
    """
    me = nodes.identity()
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT c.seq, c.hash, c.signature, n.name, n.public_key FROM journal_chain c "
            "JOIN journal_node n ON n.id = c.node WHERE c.node = %s AND c.zone = %s",
            [node, zone],
        )
        row = cursor.fetchone()
        if row is None or row[0] < from_seq:
            return None
        seq, hash, signature, name, key = row
        cursor.execute(
            f"SELECT {ENTRY_COLUMNS} FROM journal_entry "
            "WHERE node = %s AND zone = %s AND seq >= %s AND seq <= %s ORDER BY seq",
            [node, zone, from_seq, seq],
        )
        entries = [from_row(r) for r in cursor.fetchall()]
    if node == me.node:
        signature = me.sign(zone, seq, hash)
    return Slice(node, name, key, zone, entries, seq, hash, signature)
