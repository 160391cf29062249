"""Taking a register in: the file kept as a dataset, loaded, and named by a fact as the register of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tomoshibi.journal import datasets
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.queries import here
from tomoshibi.residents import changes, register
from tomoshibi.residents.changes import Change
from tomoshibi.residents.facts import ChangesTaken, SnapshotTaken
from tomoshibi.residents.loading import Progress, watched
from tomoshibi.residents.register import Record
from tomoshibi.residents.subjects import ResidentRegister
from tomoshibi.vocabulary import T


def subject() -> str:
    """Reference of our municipality's register. Raises :class:`Refused` where nobody has said who we are."""
    code = here()
    if not code:
        raise Refused(
            T(
                "この本部の市区町村が登録されていません。先に「市区町村の登録」をしてください。",
                "Nobody has said which municipality this is. Describe it first.",
            )
        )
    return ResidentRegister.ref(code)


def take(
    records: Sequence[Record],
    as_of: dt.date,
    actor: Actor,
    *,
    source: str = "",
    id: str = "",
    progress: Progress = lambda done, of: None,
) -> Entry:
    """Take in these people as the register of ``as_of``. Raises :class:`Refused` where it is empty."""
    ours = subject()
    if not records:
        raise Refused(T("名簿に一人もいません。", "There is nobody in this register."))
    content = register.write(records, here())
    digest = watched(progress, lambda: datasets.put(content, register.MEDIA_TYPE))
    fact = SnapshotTaken(
        as_of=as_of,
        sha256=digest,
        people=len(records),
        households=len({r.household for r in records}),
        source=source,
    )
    (entry,) = record(Draft(fact, ours, id=id), actor)
    return entry


def take_changes(
    lines: Sequence[Change], actor: Actor, *, processed_to: dt.date, source: str = "", id: str = ""
) -> Entry:
    """Take in these changes, the last of which the register processed on ``processed_to``; a day without any is told
    by an empty list.
    """
    ours = subject()
    digest = datasets.put(changes.write(lines, here()), changes.MEDIA_TYPE)
    first = min((dt.date.fromisoformat(c.processed_on) for c in lines), default=processed_to)
    fact = ChangesTaken(processed_from=first, processed_to=processed_to, sha256=digest, count=len(lines), source=source)
    (entry,) = record(Draft(fact, ours, id=id), actor)
    return entry
