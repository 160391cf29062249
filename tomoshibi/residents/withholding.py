"""What the journal's own pages keep of protected people, and whose they say that a form is.

A plan says where somebody flees to and who lives nearby; a household as it was found, where; a copy of a plan, who
holds it. This room's pages show these by the person; the generic ones know subjects only, and ask here.
"""

from __future__ import annotations

from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import names, withholds
from tomoshibi.residents import queries
from tomoshibi.residents.asking import key_of
from tomoshibi.residents.households import FoundHousehold
from tomoshibi.residents.models import CopyPersonRow, CopyRow, FoundMemberRow, SupportRow
from tomoshibi.residents.subjects import Identity, Person, Whereabouts
from tomoshibi.residents.support import Support, SupportCopy
from tomoshibi.residents.words import CopyOf


@withholds(Support.type, SupportCopy.type, FoundHousehold.type)
def of_the_protected(actor: Actor) -> set[str]:
    """Entries of the supporter list, plans and copies of plans of protected people, and households as they were found
    of whom somebody is protected.
    """
    if actor.may(queries.PROTECTED):
        return set()
    pairs = list(FoundMemberRow.objects.values_list("person", "subject"))
    if actor.may("residents.support"):
        plans = CopyRow.objects.filter(what=CopyOf.PLAN.value).values("subject")
        pairs += SupportRow.objects.values_list("person", "subject")
        pairs += CopyPersonRow.objects.filter(subject__in=plans).values_list("person", "subject")
    people = queries.shielded_people() if pairs else set()
    return {subject for person, subject in pairs if person in people}


@names(Person.type, Whereabouts.type, Identity.type, Support.type)
def whose(subject: str, actor: Actor) -> tuple[str, str] | None:
    """The name of the person of whom a form is, for who may read the register."""
    if actor.sites("residents.read") == set():
        return None
    who = queries.person(Person.ref(key_of(subject)), actor)
    return (who.name, who.ref) if who else None
