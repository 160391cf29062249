"""The fold: a subject's state as a pure, total function of the set of its entries."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tomoshibi.journal import facts
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Subject


class UnknownSubject(Subject):
    """A subject of a type that this version of the program does not know: kept, counted and shown."""


def redacted_ids(entries: Iterable[Entry]) -> set[str]:
    """Ids of the facts that redactions among ``entries`` take out, wherever their payload still lies."""
    return {t for e in entries if e.kind == facts.REDACTION and e.payload is not None and (t := _target(e.payload))}


def _target(payload: str) -> str:
    try:
        entry = json.loads(payload)["entry"]
    except (ValueError, KeyError, TypeError):
        return ""
    return entry if isinstance(entry, str) else ""


def causal(entries: Iterable[Entry]) -> list[Entry]:
    """Each fact once, in the order of (clock, id, node), but never before a fact of its ``after`` that is here too.

    Lamport clocks alone nearly always give that. They fail where a phone shows one node's page and posts it to
    another that has not heard of those heads yet. A circle, which only a forger can make, is cut where it is met.
    """
    first: dict[str, Entry] = {}
    for e in sorted(entries, key=lambda e: (e.clock, e.id, e.node)):
        first.setdefault(e.id, e)  # the same fact retried at two nodes
    placed: dict[str, Entry] = {}
    for e in first.values():
        if any(p not in placed and p in first for p in e.after):
            break
        placed[e.id] = e
    else:
        return list(placed.values())
    placed.clear()
    for start in first:
        path = [start]
        open_ids = {start}
        while path:
            e = first[path[-1]]
            parent = next((p for p in e.after if p in first and p not in placed and p not in open_ids), None)
            if parent is None:
                placed.setdefault(e.id, e)
                path.pop()
            else:
                open_ids.add(parent)
                path.append(parent)
    return list(placed.values())


def fold(subject: str, entries: Iterable[Entry]) -> Subject:
    """The state of ``subject``, whatever the order, slicing and repetition of ``entries``. Never raises.

    Entries that cannot be read (redacted, of an unknown or newer kind, not valid) keep their place in the causal
    past and are named in ``state.unread``.
    """
    entries = causal(entries)
    state = (Subject.of(subject) or UnknownSubject)(subject)
    redacted = redacted_ids(entries)
    seen: dict[str, Entry] = {}
    covered = 0
    for e in entries:
        e.bit = len(seen)
        past = 0
        for parent in e.after:
            if (p := seen.get(parent)) is not None:  # a missing parent is just absent
                past |= p.past | 1 << p.bit
        e.past = past
        covered |= past
        seen[e.id] = e
        if not state.incident and e.incident:
            state.incident = e.incident
        if e.id in redacted or e.payload is None:
            state.unread.append((e.id, "redacted"))
            continue
        fact, why = facts.decode(e.kind, e.version, e.payload)
        if fact is None:
            state.unread.append((e.id, why))
            continue
        if fact.subject.type not in ("*", state.subject.partition(":")[0]):
            state.unread.append((e.id, "fact of another type of subject"))
            continue
        try:
            fact.apply(state, e)
        except Exception as error:  # apply must not raise; where it does, the entry is shown, not lost
            state.unread.append((e.id, f"could not be applied: {type(error).__name__}: {error}"))
    state.heads = tuple(e.id for e in seen.values() if not covered >> e.bit & 1)
    return state
