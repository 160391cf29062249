"""The clock that a drill drives, told to the other processes that show its world.

A drill at sixty times real time runs in a process of its own; who looks at its pages, and who records on them, must
live at its time. The row is no projection: it says how things stand at this moment and nothing of it is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tomoshibi.journal.entries import moment
from tomoshibi.journal.models import ClockRow

#: a driver who has told nothing for this long is gone
SILENT = timedelta(seconds=30)


def tell(at: datetime, speed: float) -> None:
    """It is ``at`` in the world that we are in, and its time goes ``speed`` times as fast as the real one."""
    said = {"at": moment(at), "since": moment(datetime.now(UTC)), "speed": speed}
    ClockRow.objects.update_or_create(pk=1, defaults=said)


def forget() -> None:
    """Nobody drives this world's clock any more."""
    ClockRow.objects.all().delete()


def driven() -> tuple[datetime, float] | None:
    """The time of the driven clock in the world that we are in, and its speed; None where it goes by itself."""
    row = ClockRow.objects.first()
    if row is None:
        return None
    passed = datetime.now(UTC) - datetime.fromisoformat(row.since)
    if not timedelta() <= passed <= SILENT:
        return None
    return datetime.fromisoformat(row.at) + passed * row.speed, row.speed
