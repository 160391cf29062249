"""What every request knows before a page sees it: the world it is about, and the person who asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import set_script_prefix
from django.utils import translation

from tomoshibi.journal import asof, clocks, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Account
from tomoshibi.journal.accounts.queries import actor_of
from tomoshibi.journal.facts import Refused
from tomoshibi.vocabulary import Language, speak
from tomoshibi.vocabulary.clock import JAPAN

Answer = Callable[[HttpRequest], HttpResponseBase]

#: first step of every address of the training world
TRAINING_PREFIX = "/training"
#: step before the moment, in addresses of the past
AS_OF_PREFIX = "/asof"
#: addresses that are about the machine and its people, whatever world or moment they are reached from
MACHINE_PATHS = ("/accounts/", "/preferences/")
LANGUAGE_COOKIE = "tomoshibi_language"


class WorldMiddleware:
    """Take the world, and the moment, from the address: one that is pasted into a message means the same there.

    ``/training/journal/`` is ``/journal/`` in the training world, ``/asof/2026-11-22T14:00/journal/`` what this node
    knew at that time in Japan (or, with a number, up to that entry). ``reverse()`` keeps the prefix, so that every link
    of a page stays in its world and its moment. The past is for reading: nothing can be sent to it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest()  # no text holds it, and PostgreSQL refuses to look for it
        training, when, rest = split(request.path_info)
        if not rest:
            return HttpResponseRedirect(request.path_info + "/")
        request.path_info = rest
        prefix = (TRAINING_PREFIX if training else "") + (f"{AS_OF_PREFIX}/{when}" if when else "")
        set_script_prefix(prefix + "/")
        try:
            with ExitStack() as inside:
                if training:
                    inside.enter_context(worlds.inhabit(worlds.TRAINING))
                    if (drill := clocks.driven()) is not None:
                        inside.enter_context(worlds.at(drill[0]))
                        request.clock_speed = drill[1]  # type: ignore[attr-defined]
                if when:
                    _look_back(request, when, inside)
                    if request.method not in ("GET", "HEAD") and not rest.startswith(MACHINE_PATHS):
                        return HttpResponseNotAllowed(["GET", "HEAD"])
                response = self.get_response(request)
                if training:
                    _mark_file(response)
                return response
        finally:
            set_script_prefix("/")


def _mark_file(response: HttpResponseBase) -> None:
    """A file of the training world says so by its name, whichever room made it: a list of a drill, lying in a folder
    a week later, is not taken for real.
    """
    kept = response.headers.get("Content-Disposition", "")
    named = re.sub(r"(filename=\"?|filename\*=utf-8'')(?!\"|training-)", r"\1training-", kept, flags=re.IGNORECASE)
    if named != kept:
        response.headers["Content-Disposition"] = named


def split(path: str) -> tuple[bool, str, str]:
    """An address's path as: training or not, the moment (empty: now), and the path within them."""
    training = path == TRAINING_PREFIX or path.startswith(TRAINING_PREFIX + "/")
    rest = path.removeprefix(TRAINING_PREFIX) if training else path
    when = ""
    if rest.startswith(AS_OF_PREFIX + "/"):
        when, slash, tail = rest.removeprefix(AS_OF_PREFIX + "/").partition("/")
        rest = slash + tail
    return training, when, rest


def _look_back(request: HttpRequest, when: str, inside: ExitStack) -> None:
    """Go to what was known at ``when``, on the clock of that time. Raises :class:`Http404` for what is no moment."""
    try:
        if when.isascii() and when.isdigit():
            moment: datetime | int = int(when)
        else:
            at = datetime.fromisoformat(when)
            moment = at if at.tzinfo else at.replace(tzinfo=JAPAN)
        seen = inside.enter_context(asof.open(moment))
    except (ValueError, Refused) as error:
        raise Http404(f"{when} is not a moment of this journal") from error
    if isinstance(moment, int):
        moment = datetime.fromisoformat(seen.received_at) if seen.received_at else worlds.now()
    inside.enter_context(worlds.at(min(moment, worlds.now())))
    request.as_of = moment  # type: ignore[attr-defined]


class PersonMiddleware:
    """Put the :class:`Actor` on the request, and speak the language that they read."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor: Actor = actor_of(request.user)
        request.actor = actor  # type: ignore[attr-defined]
        language = _language(request)
        with translation.override(language), speak(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _language(request: HttpRequest) -> Language:
    """The language chosen in this browser, else the account's, else Japanese."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    if chosen not in ("ja", "en") and request.user.is_authenticated:
        chosen = Account.objects.filter(user=request.user).values_list("language", flat=True).first() or ""
    return "en" if chosen == "en" else "ja"
