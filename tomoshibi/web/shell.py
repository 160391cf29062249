"""What every page shows around its content: navigation, what is going on, who is here, which world this is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject

from tomoshibi.journal import worlds
from tomoshibi.journal.access import ROLES, Actor
from tomoshibi.journal.navigation import JOBS, Item, statuses
from tomoshibi.vocabulary import T, language
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
    items: dict[str, list[tuple[Item, str]]] = {}
    for room in rooms():
        for item in room.navigation:
            if not item.permission or actor.sites(item.permission) != set():
                items.setdefault(item.job, []).append((item, reverse(item.view)))
    addresses = [address for group in items.values() for _, address in group if path.startswith(address)]
    here = max(addresses, key=len, default="")
    own = [job for role, _ in actor.grants for job in FIRST.get(role, ())]
    made = []
    for key in dict.fromkeys([*own, *JOBS]):
        group = items.get(key, [])
        links = [Link(JOBS[key] if len(group) == 1 else i.label, address, address == here) for i, address in group]
        if links:
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
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return {
        "actor": actor,
        "signed_in": signed_in,
        # shown by whole pages alone: a live part, which is fetched often, does not ask
        "jobs": SimpleLazyObject(lambda: jobs(actor, request.path)) if signed_in else [],
        "roles": roles(actor),
        "statuses": SimpleLazyObject(lambda: statuses(actor)) if signed_in else [],
        "training": training,
        "language": language(),
        "theme": theme if theme in THEMES else "",
        "now": worlds.now(),
        "clock_speed": getattr(request, "clock_speed", 1.0),
        "prefix": prefix,
        "as_of": getattr(request, "as_of", None),
        # this very page in the present
        "present": (TRAINING_PREFIX if training else "") + request.path_info + query,
        "other_world": "/" if training else TRAINING_PREFIX + "/",
    }
