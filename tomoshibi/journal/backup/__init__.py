"""Backups: everything that cannot be made again, in one sealed file, proven by a restore before it has its name.

In a backup are every world's entries, chains, nodes, erasures and tasks, the datasets, the machine's accounts, and the
few files of ``TOMOSHIBI_HOME`` that nothing else gives back. Read-side rows are not: they are folded anew. A *full*
backup holds all entries, a *difference* those that came after the last full one; the small tables are whole in each.
"""

from tomoshibi.journal.backup.archive import KIND, Archive, BackupRefused, opened
from tomoshibi.journal.backup.catalogue import Line, lines_of
from tomoshibi.journal.backup.restoring import Restored, restore, verify_file
from tomoshibi.journal.backup.running import Outcome, run

__all__ = [
    "KIND",
    "Archive",
    "BackupRefused",
    "Line",
    "Outcome",
    "Restored",
    "lines_of",
    "opened",
    "restore",
    "run",
    "verify_file",
]
