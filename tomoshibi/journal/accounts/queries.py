"""Readings of the machine's accounts, and the log of readings of persons' records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Account, Grant, Reading


def actor_of(user: Any) -> Actor:
    """The actor that a signed-in user is, with the roles they hold; for anyone else an actor who may do nothing."""
    if not user.is_authenticated:
        return Actor("anonymous")
    account = Account.objects.filter(user=user).first()
    name = account.name if account else user.get_username()
    grants = tuple(Grant.objects.filter(user=user).values_list("role", "site"))
    return Actor(f"user:{user.get_username()}", name, grants)


def log_reading(actor: Actor, subjects: Iterable[str], where: str) -> None:
    """Keep who read whose record, and where. Called by every view, document and API answer that shows a person."""
    Reading.objects.bulk_create(
        [Reading(world=worlds.world(), actor=actor.text, subject=s, where=where) for s in dict.fromkeys(subjects)]
    )
