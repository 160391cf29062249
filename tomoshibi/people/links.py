"""The signed link by which a person answers a call, without an account: made, and checked.

It carries the call's key and the moment of signing, signed with this machine's own key for one world: a link of the
training world opens nothing in the real one. It is kept short (some 90 characters), because it goes into messages.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import timedelta

from django.core import signing
from django.urls import reverse

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, linked
from tomoshibi.journal.messages import whole_address
from tomoshibi.people.models import CallRow
from tomoshibi.people.subjects import Call

#: how long after its making a link still opens the page
MAX_AGE = timedelta(days=14)


def token(call: str) -> str:
    """The token of a call (subject reference), safe in an address."""
    key = uuid.UUID(call.partition(":")[2]).bytes
    return _signer().sign(base64.urlsafe_b64encode(key).decode().rstrip("="))


def read(text: str, max_age: timedelta = MAX_AGE) -> str | None:
    """The call (subject reference) that a token is for; None where it is forged, of the other world, or too old."""
    try:
        key = _signer().unsign(text, max_age=max_age)
        return Call.ref(str(uuid.UUID(bytes=base64.urlsafe_b64decode(key + "=="))))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None


def address(call: str) -> str:
    """The whole address that goes into a message."""
    return whole_address(reverse("people:answer", args=[token(call)]))


def actor_of(call: CallRow) -> Actor:
    """Who comes by the link of ``call``: the person called, who may answer it and say that they arrived."""
    permissions = ("people.call_answered", "people.arrived", "people.arrival_cancelled")
    return linked(call.staff, call.name, [(p, call.subject) for p in permissions])


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"tomoshibi.call.{worlds.world()}", sep=".")
