"""What this room does by the clock: it looks into the inbox of each world, and asks the feeds of the real one."""

from __future__ import annotations

from tomoshibi.incidents import inbox, polling, sources
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.ticking import every


@every(0.15, alone=True)
def look_into_inbox() -> None:
    """Take what was dropped, and decide about it at once: neither waits for a mail server that is slow."""
    if inbox.scan():
        tasks.tick(only="incidents.evaluate")


@every(1.0, alone=True)
def ask_feeds() -> None:
    """Ask the feeds whose time has come. A drill has telegrams of its own: the training world asks nobody."""
    if not worlds.is_training() and polling.poll_due():
        tasks.tick(only="incidents.evaluate")


@every(10.0)
def listen_for_silence() -> None:
    """Record which sources fell silent, and which are heard again."""
    if not worlds.is_training():
        sources.watch_silence()
