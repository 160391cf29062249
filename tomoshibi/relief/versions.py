"""Versions that one person proposes and another approves: of a layout, of the amounts of a scheme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tomoshibi.journal.facts import OwnWork, Refused
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Bag, Track
from tomoshibi.vocabulary import T


def check_approval(present: Present, approved: str) -> None:
    """Raise :class:`Refused` unless that is a version, and of somebody else."""
    author = {e.id: e.actor for e, _ in present.state.versions.items()}.get(approved)
    if author is None:
        raise Refused(T("その版はありません。", "There is no such version."), "approved")
    if present.actor.is_same(author):
        raise OwnWork("approved")


def numbered[V](versions: Bag[V], in_force: Track[str]) -> Iterator[tuple[V, dict[str, Any]]]:
    """Each version with the columns that say its number, whose it is, who approved it, and whether it holds."""
    approved = {version: entry for entry, version in in_force.points() if version}
    for number, (entry, version) in enumerate(versions.items(), 1):
        yes = approved.get(entry.id)
        yield (
            version,
            {
                "version": entry.id,
                "number": number,
                "author": entry.actor,
                "proposed_at": entry.happened,
                "approver": yes.actor if yes else "",
                "approved_at": yes.happened if yes else None,
                "in_force": entry.id == in_force.value,
            },
        )
