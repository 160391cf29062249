"""What is left of a drill on paper: its timeline, the recovery report's annexes, certificates, and a summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tomoshibi.continuity import annex, papers
from tomoshibi.incidents import queries, timeline
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.relief import issuing
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.words import Standing
from tomoshibi.vocabulary import T

#: who reads the certificates that are written
READER = Actor("system:drill", "訓練進行")


@dataclass
class Report:
    """What came of a run; figures are numbers of people, times in minutes of the drill's clock."""

    scenario: str
    run: str
    incident: str
    title: str
    began: datetime
    ended: datetime
    posture: str = ""
    called: int = 0
    answered: int = 0
    arrived: int = 0
    median_answer_minutes: float | None = None
    entries: int = 0
    broken: int = 0
    #: what a step asked for and could not be had: (line, what)
    shortfalls: list[tuple[int, T]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready dictionary."""
        return {
            "scenario": self.scenario,
            "run": self.run,
            "incident": self.incident,
            "title": self.title,
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat(),
            "posture": self.posture,
            "called": self.called,
            "answered": self.answered,
            "arrived": self.arrived,
            "median_answer_minutes": self.median_answer_minutes,
            "entries": self.entries,
            "broken": self.broken,
            "shortfalls": [{"line": line, "ja": what.ja, "en": what.en} for line, what in self.shortfalls],
            "files": [path.name for path in self.files],
        }


def papers_of(incident: IncidentRow) -> Iterator[tuple[str, bytes]]:
    """File name and content of every paper of a drill's incident, merged ones included: ``timeline.pdf`` and ``.csv``;
    ``annex-1`` and ``annex-2`` (both forms) where anything was recorded of systems or counters; and
    ``certificate-SERIAL.pdf`` for each that holds.
    """
    lines = timeline.lines_of(incident.subject)
    yield "timeline.pdf", timeline.pdf(incident, lines)
    yield "timeline.csv", timeline.csv(incident, lines)
    table = annex.annex(incident.subject)
    if table is not None and timeline.entries_of(incident.subject).filter(kind__startswith="continuity.").exists():
        for number in (1, 2):
            yield f"annex-{number}.pdf", papers.annex_pdf(incident, table, number)
            yield f"annex-{number}.csv", papers.annex_csv(table, number)
    inside = queries.with_merged(incident.subject)
    rows = CertificateRow.objects.filter(incident__in=inside, standing=Standing.VALID).order_by("serial")
    log_reading(READER, [row.subject for row in rows], "tomoshibi drill run")
    for row in rows:
        yield f"certificate-{row.serial}.pdf", issuing.pdf(row)
