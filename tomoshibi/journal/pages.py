"""What a room's views stand on: who may see a page, and what is said to those who may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict

from tomoshibi.journal import links
from tomoshibi.journal.access import Actor, who_may
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.states import Subject
from tomoshibi.vocabulary import T

View = Callable[..., HttpResponseBase]


class NotAllowed(PermissionDenied):
    """No role for a page; ``text`` says which reading is missing."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


class NotThere(Http404):
    """Nothing is at an address; ``text`` says what was looked for."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


def actor_on(request: HttpRequest) -> Actor:
    """The person who asks."""
    actor: Actor = getattr(request, "actor", Actor("anonymous"))
    return actor


def given_id(form: QueryDict, name: str = "id") -> str:
    """The UUID that a form carries, so that sent twice it is one fact; empty where it carries none."""
    try:
        return str(uuid.UUID(form.get(name, "")))
    except ValueError:
        return ""


def reading(*permissions: str) -> Callable[[View], View]:
    """Let those see a page who hold any of ``permissions``, for any site; without one, everybody who is signed in.

    Others are sent to sign in, or told that they hold no role for it (403). What belongs to one site is the view's
    own to narrow (``actor.sites``).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = actor_on(request)
            if not actor.id.startswith("user:"):
                return redirect_to_login(request.get_full_path())
            if permissions and all(actor.sites(p) == set() for p in permissions):
                raise NotAllowed(
                    T("この画面を見られる役割: {roles}", "Roles that see it: {roles}").format(
                        roles=who_may(*permissions)
                    )
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def by_link(view: View) -> View:
    """Make the holder of a signed link (:mod:`tomoshibi.journal.links`) the request's actor, for pages without sign-in.

    The view's ``token`` argument is taken from the address and not handed on.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = links.read(token)
        if actor is None:
            raise NotAllowed(
                T(
                    "このリンクは無効か、期限が切れています。送り主に新しいリンクを頼んでください。",
                    "This link is not valid or has run out. Ask whoever sent it for a new one.",
                )
            )
        request.actor = actor  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


#: type of subject -> given who asks, the references of that type that the generic pages keep from them
_withheld: dict[str, Callable[[Actor], set[str]]] = {}


def withholds(*types: str) -> Callable[[Callable[[Actor], set[str]]], Callable[[Actor], set[str]]]:
    """Register which subjects of ``types`` the generic pages, the search, the API and exports keep from an actor who
    may read others of that type: those, for one, of a household that was protected after they were recorded.
    """

    def register(find: Callable[[Actor], set[str]]) -> Callable[[Actor], set[str]]:
        _withheld.update(dict.fromkeys(types, find))
        return find

    return register


def withheld(actor: Actor, type: str) -> set[str]:
    """References of that type that are kept from ``actor``, whatever role they hold (:func:`withholds`)."""
    find = _withheld.get(type)
    return find(actor) if find else set()


def all_withheld(actor: Actor) -> set[str]:
    """References of every type that are kept from ``actor``; one rule for several types is asked once."""
    return set().union(*(find(actor) for find in dict.fromkeys(_withheld.values())))


#: type of subject -> given a reference and who asks: what its form calls it, and whose record that tells of
_naming: dict[str, Callable[[str, Actor], tuple[str, str] | None]] = {}


def names[F: Callable[[str, Actor], tuple[str, str] | None]](*types: str) -> Callable[[F], F]:
    """Register what the form of a fact calls subjects of ``types`` whose title has no name, because timelines show it
    to many: given the subject and who asks, its name and the reference of the person whose record that is.
    """

    def register(find: F) -> F:
        _naming.update(dict.fromkeys(types, find))
        return find

    return register


def named(subject: str, actor: Actor) -> tuple[str, str] | None:
    """What a form calls ``subject`` to ``actor``, and the reference of the person of whom that tells."""
    find = _naming.get(subject.partition(":")[0])
    return find(subject, actor) if find else None


def sites_read(actor: Actor, subject: str) -> set[str] | None:
    """The sites whose subjects of this one's type ``actor`` may see on the generic pages; None: the whole town's.

    A subject class that names a reading of its own asks for that; others for ``journal.read`` or ``<room>.read``.
    """
    needed = (Subject.of(subject) or Subject).reading
    readings = (needed,) if needed else ("journal.read", f"{subject.partition('.')[0]}.read")
    found: set[str] = set()
    for reading in readings:
        sites = actor.sites(reading)
        if sites is None:
            return None
        found |= sites
    return found


def readable(actor: Actor, subjects: Iterable[str]) -> set[str]:
    """Those of ``subjects`` that the generic pages may show to ``actor``: whoever holds their role at one site sees
    only what belongs to that site (:meth:`~tomoshibi.journal.states.Subject.site`). A list asks for all it links to.
    """
    by_type: dict[str, set[str]] = {}
    for subject in subjects:
        by_type.setdefault(subject.partition(":")[0], set()).add(subject)
    found: set[str] = set()
    for type, asked in by_type.items():
        sites = sites_read(actor, type)
        if sites is not None:
            here = SubjectRow.objects.filter(subject__in=asked, site__in=sites) if sites else SubjectRow.objects.none()
            asked = set(here.values_list("subject", flat=True))
        found |= asked - withheld(actor, type) if asked else asked
    return found


def may_read(actor: Actor, subject: str) -> bool:
    """Whether the generic pages may show ``subject`` to ``actor`` (:func:`readable`)."""
    return subject in readable(actor, [subject])


def note_reading(request: HttpRequest, subjects: list[str]) -> None:
    """Keep that the person on ``request`` read those of ``subjects`` that are persons' records."""
    log_reading(actor_on(request), filter(Subject.is_personal, subjects), request.path)
