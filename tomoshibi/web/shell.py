"""What every page shows around its content: navigation, what is going on, who is here, which world this is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

from tomoshibi.journal import worlds
from tomoshibi.journal.access import ROLES, Actor
from tomoshibi.journal.navigation import JOBS, Item, statuses
from tomoshibi.vocabulary import T, language
from tomoshibi.web import seismograms
from tomoshibi.web.middleware import TRAINING_PREFIX
from tomoshibi.web.rooms import rooms

#: the jobs that a role does first; everything else follows in the order of JOBS
FIRST: dict[str, tuple[str, ...]] = {
    "headquarters": ("headquarters", "people"),
    "approver": ("orders", "headquarters"),
    "ict": ("continuity",),
    "clerk": ("counter", "support"),
    "shelter": ("shelters",),
    "facility": ("facilities",),
    "surveyor": ("surveys",),
    "seismologist": ("headquarters",),
}
THEMES = ("light", "dark")
THEME_COOKIE = "tomoshibi_theme"


@dataclass(frozen=True)
class Link:
    """One link of the navigation."""

    text: T
    address: str
    here: bool


@dataclass(frozen=True)
class Job:
    """A job with its pages; one page alone goes by the job's name."""

    text: T
    links: list[Link]


def jobs(actor: Actor, path: str) -> list[Job]:
    """The jobs that ``actor`` has pages for, their own first. ``path`` is the page that is open."""
    items: dict[str, list[Item]] = {}
    for group in (*(room.navigation for room in rooms()), seismograms.navigation):
        for item in group:
            if not item.permission or actor.may(item.permission):
                items.setdefault(item.job, []).append(item)
    own = [job for role, _ in actor.grants for job in FIRST.get(role, ())]
    made = []
    longest = max(
        (a for group in items.values() for i in group if path.startswith(a := reverse(i.view))), key=len, default=""
    )
    for key in dict.fromkeys([*own, *JOBS]):
        if group := items.get(key):
            links = [
                Link(JOBS[key] if len(group) == 1 else i.label, a, a == longest)
                for i in group
                for a in (reverse(i.view),)
            ]
            made.append(Job(JOBS[key], links))
    return made


def roles(actor: Actor) -> list[T]:
    """The roles that an actor holds, in words."""
    return list(dict.fromkeys(ROLES[role] for role, _ in actor.grants if role in ROLES))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    actor = getattr(request, "actor", Actor("anonymous"))
    signed_in = actor.id.startswith("user:")
    training = worlds.is_training()
    theme = request.COOKIES.get(THEME_COOKIE, "")
    prefix = get_script_prefix().rstrip("/")
    return {
        "actor": actor,
        "signed_in": signed_in,
        "jobs": jobs(actor, request.path) if signed_in else [],
        "roles": roles(actor),
        "statuses": statuses() if signed_in else [],
        "training": training,
        "language": language(),
        "theme": theme if theme in THEMES else "",
        "now": worlds.now(),
        "prefix": prefix,
        "other_world": "/" if training else TRAINING_PREFIX + "/",
    }
