"""The timeline クロノロジー of an incident: a reading of the journal by the time things happened.

Nothing is stored for it. Corrections stand beside what they correct: a fact with a field ``corrects`` or ``cancels``
names the entry that it is about.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q

from tomoshibi.documents import Column, Sheet, timeline_pdf, write_csv, write_xlsx
from tomoshibi.incidents import queries
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds
from tomoshibi.journal.models import ChainRow, EntryRow, SelfRow
from tomoshibi.journal.queries import Told, tell
from tomoshibi.vocabulary import T

#: an entry recorded this long after it happened is marked as typed late
LATE = timedelta(minutes=15)
#: so many facts of one kind in one act are told in one line on the page
CROWD = 4

Mark = Literal["correction", "corrected", "cancelled", "late", "redacted"]


@dataclass(frozen=True)
class Line:
    """One line: when it happened, where, what, who recorded it, and what became of it.

    ``about`` is the entry that this one corrects or cancels, ``by`` the one that corrected or cancelled this;
    ``others`` counts further facts of the same kind and act that the line stands for.
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
    def room(self) -> str:
        """The room that its kind belongs to."""
        return self.kind.partition(".")[0]

    @property
    def is_note(self) -> bool:
        """Whether somebody wrote it down by hand."""
        return self.kind == "incidents.note_recorded"


def lines_of(incident: str) -> list[Line]:
    """The whole timeline of an incident and of all that was merged into it, oldest first."""
    subjects = queries.with_merged(incident)
    rows = EntryRow.objects.filter(Q(incident__in=subjects) | Q(subject__in=subjects)).order_by("happened_at", "pos")
    told = tell(rows)
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
    return [_line(item, fates, abouts) for item in told]


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
    if not row.subject.startswith("incidents."):
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
    """Lines for the page: facts of one kind, recorded in one act and standing together, as one line with their number.

    A call-out to 900 people is one line there; paper and spreadsheets have each.
    """
    out: list[Line] = []
    run: list[Line] = []
    for line in [*lines, None]:
        if line and run and (line.act, line.kind) == (run[0].act, run[0].kind) and line.mark is None:
            run.append(line)
            continue
        if len(run) >= CROWD:
            out.append(replace(run[0], others=len(run) - 1))
        else:
            out.extend(run)
        run = [line] if line else []
    return out


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
            "what": line.what,
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
    """The timeline on A4, in the context's language; raises what :func:`tomoshibi.documents.render` raises."""
    return timeline_pdf(
        title_of(incident),
        rows_of(lines),
        created=worlds.now(),
        head=head(),
        training=worlds.is_training(),
    )


def csv(incident: IncidentRow, lines: Iterable[Line]) -> bytes:
    """The timeline as CSV (UTF-8 with mark, so that Excel reads it)."""
    held = io.BytesIO()
    write_csv(Sheet(title_of(incident), COLUMNS, rows_of(lines)), held)
    return held.getvalue()


def xlsx(incident: IncidentRow, lines: Iterable[Line]) -> bytes:
    """The timeline as an Excel workbook."""
    held = io.BytesIO()
    write_xlsx(Sheet(title_of(incident), COLUMNS, rows_of(lines)), held)
    return held.getvalue()
