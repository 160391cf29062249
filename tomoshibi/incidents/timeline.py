"""The timeline クロノロジー of an incident: a reading of the journal by the time things happened.

Nothing is stored for it. Corrections stand beside what they correct: a fact with a field ``corrects`` or ``cancels``
names the entry that it is about.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q, QuerySet

from tomoshibi.documents import Column, Sheet, drawn, timeline_pdf, write_csv, write_xlsx
from tomoshibi.incidents import queries
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import kinds
from tomoshibi.journal.messages import marked
from tomoshibi.journal.models import ChainRow, EntryRow, SelfRow
from tomoshibi.journal.queries import Told, tell
from tomoshibi.vocabulary import T

#: an entry recorded this long after it happened is marked as typed late
LATE = timedelta(minutes=15)
#: so many facts of one kind within a minute are told in one line
CROWD = 4
#: facts of this room always have a line of their own
OWN = "incidents."
#: characters of a moment's text down to its minute
MINUTE = 16

Mark = Literal["correction", "corrected", "cancelled", "late", "redacted"]


@dataclass(frozen=True)
class Line:
    """One line: when it happened, where, what, who recorded it, and what became of it.

    ``about`` is the entry that this one corrects or cancels, ``by`` the one that corrected or cancelled this;
    ``others`` counts further facts of the same kind and minute that the line stands for.
    """

    id: str
    at: datetime
    recorded: datetime
    where: str
    what: T
    who: str
    subject: str
    kind: str
    act: str
    mark: Mark | None = None
    about: str = ""
    by: str = ""
    others: int = 0

    @property
    def struck(self) -> bool:
        """Whether it no longer holds."""
        return self.mark in ("corrected", "cancelled")

    @property
    def told(self) -> T:
        """What happened, with the number of others that it stands for."""
        if not self.others:
            return self.what
        return T(f"{self.what.ja}（ほか {self.others} 件）", f"{self.what.en} (and {self.others} more)")

    @property
    def room(self) -> str:
        """The room that its kind belongs to."""
        return self.kind.partition(".")[0]

    @property
    def is_note(self) -> bool:
        """Whether somebody wrote it down by hand."""
        return self.kind == "incidents.note_recorded"


def entries_of(incident: str) -> QuerySet[EntryRow]:
    """The entries of an incident and of all that was merged into it."""
    subjects = queries.with_merged(incident)
    return EntryRow.objects.filter(Q(incident__in=subjects) | Q(subject__in=subjects))


def lines_of(incident: str) -> list[Line]:
    """The timeline of an incident and of all that was merged into it, oldest first."""
    told = tell(entries_of(incident).order_by("happened_at", "pos"))
    fates, abouts = _corrections(told)
    return [_line(item, fates, abouts) for item in told]


def newest(incident: str, number: int) -> tuple[list[Line], int]:
    """The newest lines of a timeline as they are read at a glance (:func:`gathered`), newest first; and the count of
    all its entries.

    Only what is shown is decoded: a page that is open during a call-out asks for this at every answer.
    """
    entries = entries_of(incident)
    places = list(entries.order_by("-happened_at", "-pos").values_list("pos", "kind", "happened_at"))
    crowds = Counter((kind, at[:MINUTE]) for _, kind, at in places if not kind.startswith(OWN))
    chosen: dict[int, int] = {}  # place -> how many others it stands for
    met: set[tuple[str, str]] = set()
    for pos, kind, at in places:
        crowd = (kind, at[:MINUTE])
        if crowds[crowd] < CROWD:
            chosen[pos] = 0
        elif crowd not in met:
            met.add(crowd)
            chosen[pos] = crowds[crowd] - 1
        if len(chosen) == number:
            break
    correcting = [k for k, c in kinds().items() if {"corrects", "cancels"} & c.model_fields.keys()]
    fates, abouts = _corrections(tell(entries.filter(kind__in=correcting)))
    told = {item.row.pos: item for item in tell(EntryRow.objects.filter(pos__in=chosen))}
    lines = [replace(_line(told[pos], fates, abouts), others=others) for pos, others in chosen.items()]
    return lines, len(places)


def _corrections(told: Iterable[Told]) -> tuple[dict[str, tuple[Mark, str]], dict[str, str]]:
    """What became of entries (mark, and by which entry), and what entries are about."""
    fates: dict[str, tuple[Mark, str]] = {}
    abouts: dict[str, str] = {}
    for item in told:
        fact = item.fact
        if cancels := getattr(fact, "cancels", ""):
            fates[cancels] = ("cancelled", item.row.id)
            abouts[item.row.id] = cancels
        elif corrects := getattr(fact, "corrects", ""):
            fates.setdefault(corrects, ("corrected", item.row.id))
            abouts[item.row.id] = corrects
    return fates, abouts


def _line(item: Told, fates: dict[str, tuple[Mark, str]], abouts: dict[str, str]) -> Line:
    row, fact = item.row, item.fact
    at, recorded = datetime.fromisoformat(row.happened_at), datetime.fromisoformat(row.recorded_at)
    mark: Mark | None = None
    by = ""
    if row.payload is None:
        mark = "redacted"
    elif row.id in fates:
        mark, by = fates[row.id]
    elif row.id in abouts:
        mark = "correction"
    elif recorded - at >= LATE:
        mark = "late"
    where = str(getattr(fact, "where", None) or "")
    what = T(item.unread, item.unread) if item.unread else item.sentence
    named = item.title not in ("", row.subject, row.subject.partition(":")[2])  # a key says nothing to anybody
    if named and not row.subject.startswith("incidents.") and item.title not in what.ja:
        what = T(f"{item.title}: {what.ja}", f"{item.title}: {what.en}")
    return Line(
        id=row.id,
        at=at,
        recorded=recorded,
        where=where,
        what=what,
        who=item.who,
        subject=row.subject,
        kind=row.kind,
        act=row.act,
        mark=mark,
        about=abouts.get(row.id, ""),
        by=by,
    )


@dataclass(frozen=True)
class Wanted:
    """What is asked of a timeline: words, a room's facts only, lines by hand only, newest first."""

    words: str = ""
    room: str = ""
    notes: bool = False
    newest_first: bool = True

    def filter(self, lines: Iterable[Line]) -> list[Line]:
        """The lines that are wanted, in the order wanted."""
        found = [line for line in lines if self._wants(line)]
        return found[::-1] if self.newest_first else found

    def _wants(self, line: Line) -> bool:
        if self.room and line.room != self.room:
            return False
        if self.notes and not line.kind.startswith("incidents.note_"):
            return False
        text = f"{line.what.ja} {line.what.en} {line.where} {line.who}".casefold()
        return all(word in text for word in self.words.casefold().split())


def gathered(lines: Sequence[Line]) -> list[Line]:
    """Lines to be read at a glance: many of one kind within a minute stand as one, with the number of the others.

    A call-out to 400 people and their answers are a few lines on the page and on paper; spreadsheets have each. What
    this room records is never gathered: every note and every decision has its own line.
    """
    crowds: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        crowds.setdefault(_crowd(line), []).append(line)
    out: list[Line] = []
    for line in lines:
        crowd = crowds[_crowd(line)]
        if len(crowd) < CROWD:
            out.append(line)
        elif line is crowd[0]:
            out.append(replace(line, others=len(crowd) - 1))
    return out


def _crowd(line: Line) -> tuple[str, str]:
    """What a line may be gathered by: kind and minute, or itself alone."""
    alone = line.kind.startswith(OWN) or line.struck or bool(line.about)
    return (line.kind, line.id if alone else f"{line.at:%Y%m%d%H%M}")


#: columns of a timeline as a spreadsheet: every moment in full
COLUMNS = (
    Column("time", T("日時", "Time"), kind="datetime"),
    Column("where", T("場所", "Where")),
    Column("what", T("内容", "What")),
    Column("who", T("記録者", "Who"), kind="name"),
    Column("recorded", T("記録日時", "Recorded"), kind="datetime"),
    Column("mark", T("印", "Mark"), kind="mark"),
    Column("id", T("記録番号", "Entry")),
)


def rows_of(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines as rows of a document or spreadsheet."""
    return [
        {
            "time": line.at,
            "where": line.where,
            "what": line.told,
            "who": line.who,
            "recorded": line.recorded,
            "mark": line.mark,
            "id": line.id,
        }
        for line in lines
    ]


def title_of(incident: IncidentRow) -> T:
    """What the timeline is called on paper."""
    return T(f"時系列記録　{incident.title}", f"Timeline: {incident.title}")


def head() -> str:
    """The hash at the head of this node's own chain: what the foot of a document proves itself by."""
    node = SelfRow.objects.values_list("node", flat=True).first()
    chain = ChainRow.objects.filter(node=node, zone="town").first()
    return f"{chain.seq}:{chain.hash[:16]}" if chain else ""


def pdf(incident: IncidentRow, lines: Iterable[Line]) -> bytes:
    """The timeline on A4, in the context's language.

    A timeline must come out on the day: a character that no font can draw is replaced by its plain form, or by 〓,
    and a note says which. Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made at all.
    """
    rows, title = rows_of(gathered(list(lines))), title_of(incident)
    return drawn(timeline_pdf, title, rows, created=worlds.now(), head=head(), training=worlds.is_training())


def csv(incident: IncidentRow, lines: Iterable[Line]) -> bytes:
    """The timeline as CSV (UTF-8 with mark, so that Excel reads it)."""
    held = io.BytesIO()
    write_csv(Sheet(marked(title_of(incident)), COLUMNS, rows_of(lines)), held)
    return held.getvalue()


def xlsx(incident: IncidentRow, lines: Iterable[Line]) -> bytes:
    """The timeline as an Excel workbook."""
    held = io.BytesIO()
    write_xlsx(Sheet(marked(title_of(incident)), COLUMNS, rows_of(lines)), held)
    return held.getvalue()
