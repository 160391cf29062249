"""Proof that the journal of a world is whole: every chain recomputed from its first entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from tomoshibi.journal import nodes, sql
from tomoshibi.journal.entries import COLUMNS, GENESIS, flaw, from_row
from tomoshibi.journal.facts import REDACTION
from tomoshibi.journal.folding import redacted_ids
from tomoshibi.journal.snapshots import snapshot
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Break:
    """The first broken entry of a chain."""

    node: str
    zone: str
    seq: int
    id: str
    why: str

    @property
    def text(self) -> T:
        """Where and why, in both languages."""
        return T(
            f"端末 {self.node} 区分 {self.zone} の {self.seq} 番（{self.id}）が壊れています: {self.why}",
            f"chain of node {self.node}, zone {self.zone}: entry {self.seq} ({self.id}) is broken: {self.why}",
        )


@dataclass
class Verdict:
    """What a verification found: entries read, chains seen, and the first break of each chain that has one."""

    entries: int = 0
    chains: int = 0
    breaks: list[Break] = field(default_factory=list)


def verify(progress: Callable[[int], object] = lambda n: None) -> Verdict:
    """Recompute every chain of the world that we are in, as it stands at this moment whatever others record meanwhile.

    ``progress`` is called with the entries read so far.
    """
    with snapshot():
        return _verify(progress)


def _verify(progress: Callable[[int], object]) -> Verdict:
    verdict = Verdict()
    columns = ", ".join(f'"{c}"' for c in COLUMNS)
    bare: list[Break] = []
    redacted: set[str] = set()
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT c.node, c.zone, c.seq, c.hash, c.signature, n.public_key, s.node IS NOT NULL FROM journal_chain c "
            "LEFT JOIN journal_node n ON n.id = c.node LEFT JOIN journal_self s ON s.node = c.node"
        )
        heads = {(r[0], r[1]): r[2:] for r in cursor.fetchall()}
    everything = sql.stream(f"SELECT {columns} FROM journal_entry ORDER BY node, zone, seq")
    for (node, zone), chain in groupby(map(from_row, everything), key=lambda e: (e.node, e.zone)):
        verdict.chains += 1
        prev, clock, seq, last = GENESIS, 0, 0, ""
        for e in chain:
            verdict.entries += 1
            if verdict.entries % 5000 == 0:
                progress(verdict.entries)
            if seq < 0:
                continue  # broken before; still counted
            if problem := flaw(e, prev, seq + 1, clock):
                verdict.breaks.append(Break(node, zone, e.seq, e.id, problem))
                seq = -1
                continue
            if e.payload is None:
                bare.append(Break(node, zone, e.seq, e.id, "its content is missing and no erasure is recorded"))
            elif e.kind == REDACTION:
                redacted |= redacted_ids([e])
            prev, clock, seq, last = e.hash, e.clock, e.seq, e.id
        head = heads.pop((node, zone), None)
        if seq >= 0 and (problem := _head_flaw(node, zone, seq, prev, head)):
            verdict.breaks.append(Break(node, zone, seq, last, problem))
    for node, zone in heads:
        verdict.breaks.append(Break(node, zone, 0, "", "the chain's entries are gone"))
    verdict.breaks.extend(b for b in bare if b.id not in redacted)
    progress(verdict.entries)
    return verdict


def _head_flaw(node: str, zone: str, seq: int, hash: str, head: tuple[object, ...] | None) -> str:
    """What is wrong with the kept head of a chain that ends at ``seq`` and ``hash``."""
    if head is None or (head[0], head[1]) != (seq, hash):
        return "the chain does not end at its recorded head"
    signature, public_key, own = str(head[2]), str(head[3] or ""), head[4]
    if not own and signature and not nodes.signed_by(node, public_key, zone, seq, hash, signature):
        return "the head's signature is not valid"
    return ""
