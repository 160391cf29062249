"""What a room tells the shell about itself: its places in the navigation, and the words at the top of every page.

Rooms are below the shell and never import it: they say these things here, and the shell collects them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tomoshibi.journal.access import Actor
from tomoshibi.vocabulary import T

#: the jobs of a town in a disaster, in the order of the left-hand side
JOBS: dict[str, T] = {
    "headquarters": T("本部", "Headquarters"),
    "people": T("参集・安否", "People"),
    "continuity": T("情報システム", "Continuity"),
    "orders": T("避難情報", "Orders"),
    "shelters": T("避難所", "Shelters"),
    "facilities": T("施設", "Facilities"),
    "counter": T("窓口", "Counter"),
    "surveys": T("調査", "Surveys"),
    "support": T("支援", "Support"),
    "drills": T("訓練", "Drills"),
    "journal": T("記録", "Journal"),
    "preparation": T("準備", "Preparation"),
}


@dataclass(frozen=True)
class Item:
    """One page in the navigation, under one of :data:`JOBS`. ``view`` is a URL name; empty ``permission``: everybody.

    Raises :class:`KeyError` for a job that is not there.
    """

    job: str
    label: T
    view: str
    permission: str = ""

    def __post_init__(self) -> None:
        JOBS[self.job]


@dataclass(frozen=True)
class Status:
    """What is going on, for the top of every page: ``text``, where a click leads those who hold ``permission`` at any
    site, and ``tone`` (calm, alert). Those who hold ``waits_for`` are waited for: they are told it before the rest.
    """

    text: T
    address: str = ""
    tone: str = "alert"
    permission: str = ""
    waits_for: str = ""


_statuses: list[Callable[[], Status | None]] = []


def status(tell: Callable[[], Status | None]) -> Callable[[], Status | None]:
    """Register a function that says what is going on in the world that we are in, or None."""
    _statuses.append(tell)
    return tell


def statuses(actor: Actor) -> list[Status]:
    """What is going on now, nothing in normal times; a click leads nobody to a page that is not for them."""
    found = [said for tell in _statuses if (said := tell()) is not None]
    found.sort(key=lambda s: not s.waits_for or actor.sites(s.waits_for) == set())
    return [replace(s, address="") if s.permission and actor.sites(s.permission) == set() else s for s in found]
