"""Which shelter somebody is or was in, on the sheet of the person and of the household."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from tomoshibi.journal.access import Actor
from tomoshibi.residents import queries as residents
from tomoshibi.residents.queries import Person
from tomoshibi.residents.sheets import Section, section
from tomoshibi.residents.subjects import Household
from tomoshibi.shelters import queries
from tomoshibi.shelters.models import ShelterRow, StayRow
from tomoshibi.shelters.words import WhereTo
from tomoshibi.vocabulary import T

PERMISSION = "shelters.whereabouts"
TITLE = T("避難先", "Shelter")


@dataclass(frozen=True, slots=True)
class Stayed:
    """One stay on a sheet; ``shelter`` is None where its name is not known here."""

    stay: StayRow
    shelter: ShelterRow | None

    @property
    def page(self) -> str:
        """Address of the shelter's page."""
        return reverse("shelters:shelter", args=[self.stay.shelter.partition(":")[2]])

    @property
    def went(self) -> T | None:
        """Where they went, in words."""
        return WhereTo(self.stay.where_to).label if self.stay.where_to else None


@dataclass(frozen=True, slots=True)
class Told:
    """One person of a sheet. ``withheld`` says that nothing may be told: not even whether there is anything."""

    person: Person
    withheld: bool
    stays: list[Stayed]


@section(30, PERMISSION)
def told(ref: str, actor: Actor) -> Section | None:
    """Where the person, or each of the household, is and was; nothing where nobody ever was in a shelter."""
    if ref.startswith(f"{Household.type}:"):
        home = residents.household(ref, actor)
        people = home.members if home else []
    else:
        person = residents.person(ref, actor)
        people = [person] if person else []
    lines = [_told(person, actor) for person in people]
    if not any(line.stays or line.withheld for line in lines):
        return None
    several = len(people) > 1
    return Section(TITLE, template="shelters/whereabouts.html", context={"people": lines, "several": several})


def _told(person: Person, actor: Actor) -> Told:
    stays = list(queries.stays(person.ref))
    known = [s for s in stays if actor.may(PERMISSION, site=s.site) and queries.may_know(actor, s, person)]
    names = ShelterRow.objects.in_bulk({s.shelter for s in known})
    hidden = not known and person.protected and not residents.may_see(person, actor)
    return Told(person, hidden, [Stayed(s, names.get(s.shelter)) for s in known])
