"""Random histories of nodes that record and hear of one another, and an oracle that shares no code with the fold."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from tomoshibi.journal.entries import Entry, canonical, digest_of, hash_of

SUBJECT = "toys.box:history"


class World:
    """Nodes in memory: each knows some entries, has a Lamport clock, and says facts after heads that it was shown."""

    def __init__(self, chance: random.Random, nodes: Sequence[str]) -> None:
        self.chance = chance
        self.known: dict[str, dict[tuple[str, int], Entry]] = {n: {} for n in nodes}
        self.clock = dict.fromkeys(nodes, 0)
        self.seq = dict.fromkeys(nodes, 0)
        self.entries: list[Entry] = []

    def heads(self, node: str) -> list[str]:
        known = {e.id: e for e in self.known[node].values()}
        covered: set[str] = set()
        stack = [p for e in known.values() for p in e.after]
        while stack:
            p = stack.pop()
            if p in known and p not in covered:
                covered.add(p)
                stack.extend(known[p].after)
        return sorted(set(known) - covered)

    def say(
        self,
        node: str,
        kind: str,
        payload: dict[str, object],
        after: Sequence[str],
        minute: int = 0,
        id: str = "",
    ) -> Entry:
        self.clock[node] += 1
        self.seq[node] += 1
        text = canonical(payload)
        entry = Entry(
            id=id or f"{self.chance.getrandbits(64):016x}",
            node=node,
            zone="town",
            seq=self.seq[node],
            kind=kind,
            version=1,
            subject=SUBJECT,
            incident="",
            act="",
            payload=text,
            salt="s",
            happened_at=f"2026-11-22T10:{minute:02}:00.000000Z",
            recorded_at="2026-11-22T10:00:00.000000Z",
            actor="system:test",
            clock=self.clock[node],
            after=tuple(after),
            digest=digest_of("s", text),
            prev="",
            hash="",
        )
        entry.hash = hash_of(entry)
        self.known[node][node, entry.seq] = entry
        self.entries.append(entry)
        return entry

    def deliver(self, source: str, target: str) -> None:
        self.known[target].update(self.known[source])
        self.clock[target] = max([self.clock[target], *(e.clock for e in self.known[target].values())])


def random_history(chance: random.Random) -> list[Entry]:
    """Facts about one box by three nodes, with stale pages, retries at two nodes, and partial hearing."""
    nodes = ["na", "nb", "nc"]
    world = World(chance, nodes)
    shown: dict[str, list[str]] = {n: [] for n in nodes}
    for _ in range(chance.randint(3, 16)):
        node = chance.choice(nodes)
        move = chance.random()
        if move < 0.3:
            world.deliver(chance.choice([n for n in nodes if n != node]), node)
            continue
        if move < 0.75:  # otherwise the page stays as stale as it was
            shown[node] = world.heads(node)
        after = shown[node]
        roll = chance.random()
        if roll < 0.5:
            fields = {k: f"{k}{chance.randint(1, 3)}" for k in ("name", "colour") if chance.random() < 0.7}
            world.say(node, "toys.box_described", fields, after)
        elif roll < 0.75:
            world.say(node, "toys.box_moved", {"place": f"p{chance.randint(1, 3)}"}, after, chance.randint(0, 3))
        elif roll < 0.9:
            world.say(node, "toys.item_put", {"name": "毛布", "number": chance.randint(1, 5)}, after)
        else:
            puts = [e for e in world.known[node].values() if e.kind == "toys.item_put"]
            if puts:
                world.say(node, "toys.item_taken", {"entry": chance.choice(puts).id}, after)
        if world.entries and chance.random() < 0.1:  # the same fact retried at another node
            last = world.entries[-1]
            other = chance.choice([n for n in nodes if n != last.node])
            if all(e.id != last.id for e in world.known[other].values()):
                payload = json.loads(last.payload or "{}")
                minute = int(last.happened_at[14:16])
                world.say(other, last.kind, payload, last.after, minute, id=last.id)
    if not world.entries:
        world.say("na", "toys.box_described", {"name": "x"}, [])
    return world.entries


class Oracle:
    """Happens-before by walking the ``after`` links as a graph: sets of ids, no bits, no order of folding."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        first: dict[str, Entry] = {}
        for e in entries:
            if e.id not in first or (e.clock, e.node) < (first[e.id].clock, first[e.id].node):
                first[e.id] = e
        self.entries = first
        self.before = {i: self._ancestors(i) for i in first}

    def _ancestors(self, start: str) -> set[str]:
        found: set[str] = set()
        edge = list(self.entries[start].after)
        while edge:
            at = edge.pop()
            if at in self.entries and at not in found:
                found.add(at)
                edge.extend(self.entries[at].after)
        return found

    def heads(self) -> set[str]:
        return {i for i in self.entries if not any(i in past for past in self.before.values())}

    def _maximal(self, ids: set[str]) -> set[str]:
        return {i for i in ids if not any(i in self.before[j] for j in ids)}

    def rivals(self, field: str) -> set[str]:
        return self._maximal(
            {
                i
                for i, e in self.entries.items()
                if e.kind == "toys.box_described" and field in json.loads(e.payload or "{}")
            }
        )

    def latest_rivals(self) -> set[str]:
        moves = {i: e for i, e in self.entries.items() if e.kind == "toys.box_moved"}
        if not moves:
            return set()
        latest = max(e.happened_at for e in moves.values())
        return self._maximal({i for i, e in moves.items() if e.happened_at == latest})

    def bag(self) -> set[str]:
        taken = {json.loads(e.payload or "{}")["entry"] for e in self.entries.values() if e.kind == "toys.item_taken"}
        return {i for i, e in self.entries.items() if e.kind == "toys.item_put"} - taken
