"""Readings of the machine's accounts, and the log of readings of persons' records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import batched
from typing import Any

from django.utils import timezone

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Account, Grant, Reading

#: the same person's readings of the same record on the same page within this time are one
ONE_READING = timedelta(minutes=10)


def actor_of(user: Any) -> Actor:
    """The actor that a signed-in user is, with the roles they hold; for anyone else an actor who may do nothing."""
    if not user.is_authenticated:
        return Actor("anonymous")
    account = Account.objects.filter(user=user).first()
    name = account.name if account else user.get_username()
    grants = tuple(Grant.objects.filter(user=user).values_list("role", "site"))
    return Actor(f"user:{user.get_username()}", name, grants)


def log_reading(actor: Actor, subjects: Iterable[str], where: str) -> None:
    """Keep who read whose record, and where. Called by every view, document and API answer that shows a person.

    A page that stays open and refreshes itself is one reading in :data:`ONE_READING`, not a thousand.
    """
    here = {"world": worlds.world(), "actor": actor.text, "where": where}
    recent = Reading.objects.filter(**here, at__gte=timezone.now() - ONE_READING)
    for some in batched(dict.fromkeys(subjects), 5000):  # fewer than a statement may have values
        kept = set(recent.filter(subject__in=some).values_list("subject", flat=True))
        Reading.objects.bulk_create([Reading(**here, subject=s) for s in some if s not in kept])
