"""What the journal's own pages, the search, the API and exports keep of protected people, whatever was recorded first.

A plan says where somebody flees to and who lives nearby; a household as it was found, where; a copy of a plan, who
holds it. This room's pages show these by the person; the generic ones know subjects only, and ask here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import withholds
from tomoshibi.residents import queries
from tomoshibi.residents.edition import portions
from tomoshibi.residents.households import FoundHousehold
from tomoshibi.residents.models import CopyPersonRow, CopyRow, FoundMemberRow, SupportRow
from tomoshibi.residents.support import Support, SupportCopy
from tomoshibi.residents.words import CopyOf


@withholds(Support.type)
def entries_of_support(actor: Actor) -> set[str]:
    """Entries of the supporter list, and plans, of protected people."""
    if not actor.may("residents.support"):
        return set()
    return _held(actor, SupportRow.objects.all())


@withholds(SupportCopy.type)
def copies_of_plans(actor: Actor) -> set[str]:
    """Copies of protected people's plans."""
    if not actor.may("residents.support"):
        return set()
    plans = CopyRow.objects.filter(what=CopyOf.PLAN.value).values("subject")
    return _held(actor, CopyPersonRow.objects.filter(subject__in=plans))


@withholds(FoundHousehold.type)
def households_found(actor: Actor) -> set[str]:
    """Households as they were found, of whom somebody is protected."""
    return _held(actor, FoundMemberRow.objects.all())


def _held(actor: Actor, rows: QuerySet[Any]) -> set[str]:
    """Subjects of those of the rows of people (``person``) whose address is kept from ``actor``."""
    if actor.may(queries.PROTECTED):
        return set()
    people = queries.shielded_people()
    return {s for some in portions(people) for s in rows.filter(person__in=some).values_list("subject", flat=True)}
