"""Residents in the one search box, for those who may read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from tomoshibi.journal.access import Actor
from tomoshibi.journal.finding import Found, finder
from tomoshibi.residents import queries
from tomoshibi.residents.subjects import Household


@finder("residents.read")
def find(words: str, actor: Actor, limit: int) -> Iterable[Found]:
    """Households with a member whom the words mean."""
    for home in queries.search(words, actor, limit):
        names = "、".join(m.name for m in home.members)
        address = reverse("residents:household", args=[home.ref.partition(":")[2]])
        yield Found(home.ref, Household.label, names, address, home.where)
