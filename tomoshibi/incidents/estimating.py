"""The estimated map of an incident 推計震度分布: asked for, drawn in the background (:mod:`.shocks`), and found again.

A map is a folder in ``maps`` of the world that we are in, and no fact: every machine can draw it again from the same
telegrams. This module is imported wherever the program starts, and so without the libraries that draw.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.models import TaskRow
from tomoshibi.journal.ticking import every

Source = Literal["bulletins", "network"]
HANDLER = "incidents.estimate"


def folder() -> Path:
    """Where the maps of the world that we are in are kept."""
    return worlds.home() / "maps"


def ground_folder() -> Path:
    """What maps of either world stand on."""
    return Path(settings.TOMOSHIBI_HOME) / "ground"


def ready() -> bool:
    """Whether this machine has what a map cannot be drawn without."""
    from tomoshibi.incidents.shocks import lacks

    return not lacks()


def ask(incident: str, source: Source = "bulletins", reason: str = "") -> None:
    """Have a map of an incident drawn, in the background. The same ``reason`` asks once."""
    why = reason or f"{incident}/{source}/{worlds.now().isoformat()}"
    tasks.put([tasks.Task(HANDLER, why, worlds.now(), incident, {"source": source})])


def redraw(incident: str, act: str) -> None:
    """Have what was drawn of an incident drawn again, its figures being corrected; asks once for an act."""
    if maps_of(incident) and ready():
        ask(incident, reason=act)


def waiting(incident: str) -> bool:
    """Whether a map of an incident is asked for and not drawn yet."""
    return TaskRow.objects.filter(handler=HANDLER, subject=incident, done_at="").exists()


@every(1.0, alone=True)
def draw_maps() -> None:
    """A map takes seconds of both cores: nothing else waits behind it."""
    tasks.tick(limit=1, only=HANDLER)


@tasks.handler(HANDLER, alone=True)
def estimate(task: tasks.Task) -> str:
    """Draw the map of an incident as it stands now; a note says why there is none."""
    from tomoshibi.incidents.shocks import draw
    from tomoshibi.shaking.errors import RecordError

    try:
        return draw(task.subject, task.payload["source"]).name
    except RecordError as error:
        return error.text.ja


def maps_of(incident: str) -> list[dict[str, Any]]:
    """What the maps of an incident say of themselves (``map.json``, with their ``folder``), the newest first; none in
    looks at the past.
    """
    found: list[dict[str, Any]] = []
    if worlds.is_reading():
        return found
    for path in folder().glob("*/map.json"):
        said = _summary(path, path.stat().st_mtime_ns)
        if said.get("incident") == incident:
            found.append({**said, "folder": path.parent.name})
    return sorted(found, key=lambda said: said["drawn"], reverse=True)


@lru_cache(maxsize=256)
def _summary(path: Path, stamp: int) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return said
    except (OSError, ValueError):
        return {}
