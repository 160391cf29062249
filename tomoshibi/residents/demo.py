"""The demonstration city's register: 20,000 invented residents, the same file in both worlds."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache

from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.residents import invented
from tomoshibi.residents.facts import SnapshotTaken
from tomoshibi.residents.register import Record
from tomoshibi.residents.taking import subject, take

PEOPLE = 20_000


@cache
def _people() -> tuple[Record, ...]:
    return tuple(invented.people(PEOPLE))


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Take the city's register in, in the world that we are in. Twice records nothing more."""
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:demo:{SnapshotTaken.kind}:{subject()}"))
    if not EntryRow.objects.filter(id=id).exists():
        take(_people(), invented.AS_OF, system("demo"), source="demo", id=id, progress=progress)
