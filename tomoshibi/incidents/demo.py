"""The demonstration city's trigger table, proposed by one and approved by another, and its sources of telegrams."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tomoshibi.incidents.facts import TableApproved
from tomoshibi.incidents.source_facts import SourceDescribed
from tomoshibi.incidents.subjects import HAND, INBOX, TABLE, Source
from tomoshibi.incidents.table_file import read_table
from tomoshibi.incidents.words import SourceKind
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import record
from tomoshibi.places.demo import demo_draft

APPROVER = Actor("system:demo-approver", "危機管理課長（デモ）")
FILE = Path(__file__).parent / "data" / "city.toml"
#: no feed among them: a demonstration asks nobody outside
SOURCES = {
    INBOX: SourceDescribed(name="電文フォルダ", source_kind=SourceKind.INBOX),
    HAND: SourceDescribed(name="本部での手入力", source_kind=SourceKind.HAND),
    Source.ref("receiver"): SourceDescribed(
        name="衛星受信機", source_kind=SourceKind.POST, note="デモ。トークンはシステム管理者が発行します。"
    ),
}


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record the table in the world that we are in. Twice records nothing more."""
    proposal = read_table(FILE.read_text(encoding="utf-8"), FILE.name)
    (entry,) = record(demo_draft(proposal, TABLE), system("demo"))
    progress(1, 2)
    record(demo_draft(TableApproved(revision=entry.id), TABLE), APPROVER)
    record([demo_draft(fact, subject) for subject, fact in SOURCES.items()], system("demo"))
    progress(2, 2)
