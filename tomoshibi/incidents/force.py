"""What is in force for us now 発表中: asked of the telegrams that have come in, whatever their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Q

from tomoshibi.bulletins import Bulletin, Status, read
from tomoshibi.bulletins.hazards import action_of, hazard_name, tone_of, word_of
from tomoshibi.bulletins.inforce import NEW_FORMS, WARNING_KINDS, WARNING_TYPES, Held, in_force
from tomoshibi.incidents.models import BulletinRow
from tomoshibi.incidents.readings import Ours, finest, ours
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.vocabulary import T

#: telegrams of a stream that are looked at, newest first: a cancellation brings back what stood before it
DEPTH = 6


@dataclass(frozen=True)
class Standing:
    """One line of what is in force: of which hazard, how grave in words and colour, where, since and until when."""

    held: Held
    places: tuple[str, ...]
    row: BulletinRow

    @property
    def hazard(self) -> T:
        """The hazard's name."""
        return hazard_name(self.held.hazard)

    @property
    def word(self) -> T:
        """Level or grade."""
        return word_of(self.held)

    @property
    def tone(self) -> str:
        """The name of JMA's colour."""
        return tone_of(self.held)

    @property
    def action(self) -> T | None:
        """What people do at this level."""
        return action_of(self.held)


@dataclass(frozen=True)
class InForce:
    """What is in force for us, the gravest first, and telegrams of which the original is not on this machine."""

    standings: tuple[Standing, ...]
    missing: tuple[BulletinRow, ...] = ()

    @property
    def level(self) -> int:
        """The highest level; 0 where nothing has one."""
        return max((s.held.area.level or 0 for s in self.standings), default=0)


def statuses() -> tuple[Status, ...]:
    """The statuses that count in the world that we are in."""
    return (Status.NORMAL, Status.TRAINING) if worlds.is_training() else (Status.NORMAL,)


def now_in_force(at: datetime | None = None) -> InForce:
    """What is in force for us at ``at`` (aware; now where it is None)."""
    at = at or worlds.now()
    here = ours()
    rows = _rows_of(_streams(at, here))
    found: list[Bulletin] = []
    missing: list[BulletinRow] = []
    by_digest: dict[str, BulletinRow] = {}
    for row in rows:
        bulletin = parsed(row.digest, row.source)
        if bulletin is None:
            missing.append(row)
        else:
            by_digest[bulletin.digest] = row
            found.append(bulletin)
    held = [h for h in in_force(found, at, statuses()) if h.area in finest(h.bulletin, here)]
    return InForce(tuple(_together(held, by_digest)), tuple(missing))


def _streams(at: datetime, here: Ours) -> list[str]:
    """Streams whose telegrams may still hold, and speak of us or, by a new form's silence, for us."""
    alive = BulletinRow.objects.filter(Q(until=None) | Q(until__gte=at), status__in=[s.value for s in statuses()])
    alive = alive.filter(Q(kind__in=[k.value for k in WARNING_KINDS]) | Q(type__in=WARNING_TYPES)).exclude(stream="")
    silent = Q()
    for code in sorted({code for _, code in here.areas if len(code) == 6}):
        silent |= Q(type__in=list(NEW_FORMS), stream__endswith=f"\x1f{code}")
    meant = ~Q(here="[]") | silent if silent else ~Q(here="[]")
    return list(alive.filter(meant).order_by().values_list("stream", flat=True).distinct())


def _rows_of(streams: Iterable[str]) -> list[BulletinRow]:
    return [row for key in streams for row in BulletinRow.objects.filter(stream=key).order_by("-rank")[:DEPTH]]


def _together(held: Iterable[Held], rows: dict[str, BulletinRow]) -> Iterable[Standing]:
    """Areas under the same word of the same telegram on one line."""
    groups: dict[tuple[str, str, str], list[Held]] = {}
    for one in held:
        groups.setdefault((one.hazard, one.area.kind, one.bulletin.digest), []).append(one)
    for group in groups.values():
        places = tuple(dict.fromkeys(h.area.name for h in group))
        yield Standing(group[0], places, rows[group[0].bulletin.digest])


@lru_cache(maxsize=512)
def _parsed(path: str, digest: str, source: str) -> Bulletin:
    return read(datasets.require(digest).read_bytes(), source)[0]


def parsed(digest: str, source: str) -> Bulletin | None:
    """A telegram that was recorded, read again; None where its bytes are not on this machine, or damaged."""
    try:
        return _parsed(str(datasets.path_of(digest)), digest, source)
    except Refused:
        return None


def history(row: BulletinRow) -> list[BulletinRow]:
    """The telegrams of a telegram's stream, newest first: issued, updated, lifted."""
    if not row.stream:
        return [row]
    return list(BulletinRow.objects.filter(stream=row.stream).order_by("-rank")[:50])
