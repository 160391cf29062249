"""Signed links: somebody without an account may do just what the link names, until it runs out.

The signature is by this machine's own secret key. A link made in one world is not valid in the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.core import signing

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, linked

#: how long a link holds where nothing else is said
VALID = timedelta(days=7)


def token(
    id: str,
    name: str,
    permissions: Iterable[tuple[str, str]] = (),
    valid: timedelta = VALID,
    *,
    grants: Iterable[tuple[str, str]] = (),
) -> str:
    """A token for the actor ``id`` called ``name``; URL-safe.

    Its holder may do ``permissions`` (permission, subject), and at the site of each of ``grants`` (role, site) what
    that role may. Raises :class:`ValueError` for a grant of the whole town.
    """
    until = int((worlds.now() + valid).timestamp())
    holder = linked(id, name, permissions, grants)
    return signing.dumps([id, name, sorted(holder.only), until, *holder.grants], salt=_salt(), compress=True)


def read(text: str) -> Actor | None:
    """The actor of a token, or None where it is not genuine, of the other world, or has run out."""
    try:
        id, name, permissions, until, *grants = signing.loads(text, salt=_salt())
    except (signing.BadSignature, ValueError):
        return None
    if worlds.now().timestamp() > until:
        return None
    return linked(id, name, map(tuple, permissions), map(tuple, grants))


def _salt() -> str:
    return f"tomoshibi.link.{'training' if worlds.is_training() else 'real'}"
