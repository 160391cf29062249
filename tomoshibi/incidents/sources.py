"""Where telegrams come from, when each was last heard, and which have fallen silent."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from tomoshibi.incidents.models import HeardRow, SourceRow
from tomoshibi.incidents.source_facts import SourceFellSilent, SourceHeardAgain, SourceTokenMade
from tomoshibi.incidents.words import SourceKind
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.accounts.managing import digest
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T

#: every receiver's token begins so: what leaks is recognised
PREFIX = "tmsr_"


@dataclass(frozen=True)
class Standing:
    """A source as it stands now: what this node heard of it, and since when it is silent (None: it is not)."""

    row: SourceRow
    heard: HeardRow
    silent_since: datetime | None

    @property
    def last(self) -> datetime | None:
        """When it was last heard: a feed when it answered, others when they sent."""
        return self.heard.heard_at

    @property
    def error(self) -> T | None:
        """What went wrong last, where anything did."""
        return T(self.heard.error_ja, self.heard.error_en) if self.heard.error_ja else None


def sources() -> list[SourceRow]:
    """The sources in use."""
    return list(SourceRow.objects.filter(withdrawn=False).order_by("kind", "name"))


def standings() -> list[Standing]:
    """Every source in use, the silent ones first."""
    rows = sources()
    known = {h.source: h for h in HeardRow.objects.filter(source__in=[r.subject for r in rows])}
    found = [_standing(row, known.get(row.subject) or HeardRow(source=row.subject)) for row in rows]
    return sorted(found, key=lambda s: s.silent_since is None)


def _standing(row: SourceRow, heard: HeardRow) -> Standing:
    if worlds.is_reading():  # of the past only the journal tells
        return Standing(row, heard, row.silent_at if row.silent else None)
    if row.silent_min is None or row.since is None or worlds.is_training():
        return Standing(row, heard, None)  # nobody sends to a drill but its own scenario
    # described anew, it is given its time again
    last = max(filter(None, (heard.heard_at, row.since)))
    silent = worlds.now() - last > timedelta(minutes=row.silent_min)
    return Standing(row, heard, last if silent else None)


def silent() -> list[Standing]:
    """The sources of which nothing was heard for longer than they may be silent."""
    if not SourceRow.objects.filter(withdrawn=False).exclude(silent_min=None).exists():
        return []
    return [s for s in standings() if s.silent_since is not None]


def heard(source: str, *, taken: int = 0, repeated: int = 0, rejected: int = 0) -> None:
    """Keep that a source was heard just now, and what it brought. Nothing where ``source`` is empty."""
    if not source:
        return
    now = worlds.now()
    HeardRow.objects.get_or_create(source=source)
    more = {"telegram_at": now} if taken else {}
    HeardRow.objects.filter(source=source).update(
        heard_at=now,
        taken=F("taken") + taken,
        repeated=F("repeated") + repeated,
        rejected=F("rejected") + rejected,
        **more,
    )


def watch_silence() -> int:
    """Record which sources fell silent, and which were heard again; returns how many."""
    drafts = []
    for one in standings():
        is_silent = one.silent_since is not None
        if is_silent == one.row.silent:
            continue
        if one.silent_since is not None:
            minutes = int((worlds.now() - one.silent_since).total_seconds() // 60)
            drafts.append(Draft(SourceFellSilent(name=one.row.name, minutes=minutes), one.row.subject))
        else:
            drafts.append(Draft(SourceHeardAgain(name=one.row.name), one.row.subject))
    if drafts:
        record(drafts, system("sources"))
    return len(drafts)


def new_token(subject: str, actor: Actor) -> str:
    """Give a receiver a token, which is shown this once; the one before ends. Raises as ``record`` does."""
    token = PREFIX + secrets.token_urlsafe(32)
    record(Draft(SourceTokenMade(digest=digest(token)), subject), actor)
    return token


def of_token(token: str) -> SourceRow | None:
    """The receiver that has this token, or None."""
    if not token.startswith(PREFIX):
        return None
    return SourceRow.objects.filter(token=digest(token), withdrawn=False, kind=SourceKind.POST.value).first()
