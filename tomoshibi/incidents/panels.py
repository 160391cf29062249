"""What the rooms tell the operations room: what is down, who is here, what is due, what next, and what lies where.

Rooms above say these things here, and the operations room collects them: it never imports a room above.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from tomoshibi.journal.access import Actor
from tomoshibi.vocabulary import T

log = logging.getLogger(__name__)

#: what a room may tell of, in the order of the page
PANELS: dict[str, T] = {
    "here": T("参集・避難", "Who is here"),
    "down": T("停止・支障", "What is down"),
    "due": T("期限", "What is due"),
    "next": T("次にすること", "What next"),
    "papers": T("報告・文書", "Reports"),
}


@dataclass(frozen=True)
class Told:
    """One line of a panel: ``text``, where a click leads, since or until when, and ``tone`` (calm, alert, unknown).

    ``needs`` is the permission without which the address is of no use: whoever lacks it reads the line without a link,
    and is not told to do it (the panel ``next``).
    """

    text: T
    address: str = ""
    at: datetime | None = None
    tone: str = "calm"
    needs: str = ""


@dataclass(frozen=True)
class MapLayer:
    """What a room shows on the map: GeoJSON features of an incident (an empty reference in normal times).

    A feature's properties are ``name``, ``state`` (written beside the mark: colour never speaks alone), ``address``
    (where a click leads), ``colour`` (``#rrggbb``) and ``shape`` (circle, square, triangle, diamond, cross, line
    or area). The legend says what marks of that shape and colour have in common: ``kind``, else the ``state``.
    ``needs``, a permission and a site (empty: the whole town), is what the address asks for.
    """

    key: str
    label: T
    features: Callable[[str], list[dict[str, Any]]]
    permission: str = ""


#: so many deadlines of a room at the same minute are told in one line
CROWD = 3

Tell = Callable[[str], Iterable[Told]]
_tellers: dict[str, list[tuple[Tell, str]]] = {panel: [] for panel in PANELS}
_layers: dict[str, MapLayer] = {}


def tells(panel: str, permission: str = "") -> Callable[[Tell], Tell]:
    """Register what tells lines of ``panel``, given an incident's reference (empty in normal times).

    Only those who hold ``permission`` are told. Raises :class:`KeyError` for a panel that is not there.
    """

    def register(tell: Tell) -> Tell:
        _tellers[panel].append((tell, permission))
        return tell

    return register


def told(panel: str, incident: str, actor: Actor) -> list[Told]:
    """The lines of a panel for ``actor``: what alarms first, then room by room in the order of the house.

    What is due stands in the order of its times, many of one minute as one. The operations room must stand on the
    day: a room that cannot tell is a line that says so, and the reason is in the server's log.
    """
    lines: list[Told] = []
    for tell, permission in _tellers[panel]:
        if permission and actor.sites(permission) == set():
            continue
        try:
            found = _for(actor, panel, tell(incident))
            lines += _gathered(found) if panel == "due" else found
        except DatabaseError:
            raise
        except Exception:
            log.exception("%s.%s cannot tell of %s", tell.__module__, tell.__qualname__, panel)
            room = tell.__module__.split(".")[1]
            lines.append(Told(T(f"読み出せません（{room}）", f"It cannot be read ({room})"), tone="unknown"))
    if panel == "due":
        return sorted(lines, key=lambda line: (line.at is None, line.at))
    return sorted(lines, key=lambda line: line.tone != "alert")


def _for(actor: Actor, panel: str, lines: Iterable[Told]) -> Iterable[Told]:
    """The lines as they are told to ``actor``: nobody is led to what they may not do."""
    for line in lines:
        if not line.needs or actor.sites(line.needs) != set():
            yield line
        elif panel != "next":
            yield replace(line, address="")


def _gathered(lines: Iterable[Told]) -> Iterable[Told]:
    """Many deadlines of one room at one minute are one line: twenty answers must not hide the one report."""
    groups: dict[str, list[Told]] = {}
    for line in lines:
        groups.setdefault(f"{line.at:%Y%m%d%H%M}" if line.at else "", []).append(line)
    for group in groups.values():
        if len(group) < CROWD:
            yield from group
            continue
        first = group[0]
        text = T(f"{len(group)}件: {first.text.ja} など", f"{len(group)}: {first.text.en} and others")
        tone = "alert" if any(line.tone == "alert" for line in group) else first.tone
        yield Told(text, first.address, first.at, tone)


def show_on_map(layer: MapLayer) -> MapLayer:
    """Register a layer of the operations room's map. Raises :class:`ValueError` where another has its key."""
    if _layers.setdefault(layer.key, layer) is not layer:
        raise ValueError(f"two map layers are called {layer.key}")
    return layer


def map_layers(actor: Actor) -> list[MapLayer]:
    """The layers that ``actor`` may see."""
    return [layer for layer in _layers.values() if not layer.permission or actor.sites(layer.permission) != set()]
