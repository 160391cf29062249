"""What this room does by the clock: it looks into the inbox of each world."""

from __future__ import annotations

from tomoshibi.incidents import inbox
from tomoshibi.journal import tasks
from tomoshibi.journal.ticking import every


@every(0.15, alone=True)
def look_into_inbox() -> None:
    """Take what was dropped, and decide about it at once: neither waits for a mail server that is slow."""
    if inbox.scan():
        tasks.tick(only="incidents.evaluate")
