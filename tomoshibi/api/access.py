"""Who calls: a session of this machine, or the holder of a token."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.session import SessionAuth

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.managing import digest
from tomoshibi.journal.accounts.models import Token
from tomoshibi.journal.accounts.queries import actor_of
from tomoshibi.journal.pages import actor_on


class Bearer(HttpBearer):
    """``Authorization: Bearer tmsb_…`` of an account that is open, until the token runs out."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = Token.objects.filter(digest=digest(token)).select_related("user").first()
        # a token's life is by the real clock, whatever time a drill has
        if found is None or not found.user.is_active or found.expires < worlds.now():
            return None
        request.actor = actor_of(found.user)  # type: ignore[attr-defined]
        return actor_on(request)


class Session(SessionAuth):
    """Somebody who is signed in; what changes anything needs the CSRF token as well."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        actor = actor_on(request)
        return actor if actor.id.startswith("user:") else None


ANYBODY_KNOWN = [Bearer(), Session()]
