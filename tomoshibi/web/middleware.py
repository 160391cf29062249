"""What every request knows before a page sees it: the world it is about, and the person who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import set_script_prefix
from django.utils import translation

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Account
from tomoshibi.journal.accounts.queries import actor_of
from tomoshibi.vocabulary import Language, speak

Answer = Callable[[HttpRequest], HttpResponseBase]

#: first step of every address of the training world
TRAINING_PREFIX = "/training"
LANGUAGE_COOKIE = "tomoshibi_language"


class WorldMiddleware:
    """Take the world from the address, so that an address can be pasted into a message and means the same there.

    ``/training/journal/`` is ``/journal/`` in the training world; ``reverse()`` keeps the prefix of the request.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path == TRAINING_PREFIX:
            return HttpResponseRedirect(TRAINING_PREFIX + "/")
        if not path.startswith(TRAINING_PREFIX + "/"):
            return self.get_response(request)
        request.path_info = path.removeprefix(TRAINING_PREFIX)
        set_script_prefix(TRAINING_PREFIX + "/")
        try:
            with worlds.inhabit(worlds.TRAINING):
                return self.get_response(request)
        finally:
            set_script_prefix("/")


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
