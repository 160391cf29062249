"""The desk of a shelter: a household that comes is one act, and so are people who leave.

What is shown of a household, and the facts that its check-in is made of.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tomoshibi.documents.values import japan
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.residents import queries as residents
from tomoshibi.residents.queries import Household, Person
from tomoshibi.residents.words import Sex
from tomoshibi.shelters import queries
from tomoshibi.shelters.models import ShelterRow, StayRow
from tomoshibi.shelters.stay_facts import CheckedIn, CheckedOut, Moved
from tomoshibi.shelters.subjects import Stay
from tomoshibi.shelters.words import Need, WhereTo
from tomoshibi.vocabulary import T

#: as the register writes it -> as a fact says it
_SEX = {"男": Sex.MALE, "女": Sex.FEMALE}


@dataclass(frozen=True, slots=True)
class Member:
    """One of a household at the desk. ``elsewhere`` is the shelter where they stay, as far as the desk may know."""

    person: Person
    here: bool
    elsewhere: ShelterRow | None
    ticked: bool
    age: str


@dataclass(frozen=True, slots=True)
class Party:
    """A household as the desk sees it: members, those here, and those whom nobody has seen."""

    household: Household
    members: Sequence[Member]

    @property
    def missing(self) -> list[Member]:
        """Members of whom nobody knows where they are: neither safe nor lost, unknown."""
        return [m for m in self.members if not m.here and m.elsewhere is None]

    @property
    def here(self) -> int:
        """How many stay in this shelter."""
        return sum(m.here for m in self.members)


def party(shelter: ShelterRow, household: str, actor: Actor) -> Party | None:
    """The household of that reference at the desk of ``shelter``, or None where there is none.

    Members are ticked who are nowhere; and those who stay in other shelters only where all do, for they come together.
    """
    found = residents.household(household, actor)
    if found is None:
        return None
    now = queries.where_now(shelter.incident, [p.ref for p in found.members])
    shelters = {s.subject: s for s in queries.shelters(shelter.incident)}
    members = []
    alone = all(p.ref in now for p in found.members)
    for person in found.members:
        stay = now.get(person.ref)
        here = stay is not None and stay.shelter == shelter.subject
        known = stay is not None and not here and queries.may_know(actor, stay, person)
        elsewhere = shelters.get(stay.shelter) if stay and known else None
        ticked = not here and (elsewhere is None or alone)
        members.append(Member(person, here, elsewhere, ticked, age_of(person.birth)))
    return Party(found, members)


def age_of(birth: dt.date | None) -> str:
    """Age in full years today in Japan; empty where the date of birth is not known."""
    if birth is None:
        return ""
    today = japan(worlds.now()).date()
    return str(today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day)))


def take_in(
    shelter: ShelterRow,
    household: str,
    ticked: Iterable[str],
    actor: Actor,
    act: str,
    *,
    needs: Mapping[str, list[Need]] | None = None,
    place: str = "",
    may_tell_family: bool | None = None,
) -> list[Draft]:
    """The facts of a household's check-in: those ticked are taken in, or moved here where they stay elsewhere.

    Whoever is here already is left alone, so that the same act twice is one. Raises :class:`Refused` where nobody is
    ticked or the household is unknown.
    """
    found = residents.household(household, actor)
    wanted = set(ticked)
    people = [p for p in found.members if p.ref in wanted] if found else []
    if found is None or not people:
        raise Refused(T("受け入れる人を一人以上選んでください。", "Tick at least one person to be taken in."), "person")
    now = queries.where_now(shelter.incident, [p.ref for p in people])
    drafts = []
    for person in people:
        stay = now.get(person.ref)
        subject = stay.subject if stay else Stay.of_person(shelter.incident, person.ref)
        if stay is None:
            fact: CheckedIn | Moved = CheckedIn(
                shelter=shelter.subject,
                site=shelter.site,
                where=shelter.name,
                person=person.ref,
                household=household,
                household_size=len(found.members),
                name=person.name,
                kana=person.kana,
                sex=_SEX.get(person.sex),
                birth=person.birth,
                needs=(needs or {}).get(person.ref, []),
                place=place,
                may_tell_family=False if person.protected else may_tell_family,
                protected=person.protected,
            )
        elif stay.shelter != shelter.subject:
            fact = Moved(
                shelter=shelter.subject, site=shelter.site, where=shelter.name, origin=stay.shelter, place=place
            )
        else:
            continue
        drafts.append(Draft(fact, subject, id=_id(act, person.ref), incident=shelter.incident))
    return drafts


def let_go(
    shelter: ShelterRow, stays: Iterable[StayRow], act: str, where_to: WhereTo, address: str = "", contact: str = ""
) -> list[Draft]:
    """The facts of people who leave ``shelter`` together. Raises :class:`Refused` where nobody is ticked."""
    fact = CheckedOut(shelter=shelter.subject, where=shelter.name, where_to=where_to, address=address, contact=contact)
    drafts = [Draft(fact, s.subject, id=_id(act, s.subject), incident=shelter.incident) for s in stays]
    if not drafts:
        raise Refused(T("退所する人を選んでください。", "Tick who leaves."), "stay")
    return drafts


def _id(act: str, whom: str) -> str:
    """The id of one fact of an act: sent twice, it is the same fact."""
    return str(uuid.uuid5(uuid.UUID(act), whom))


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a roster. ``person`` is the resident as the register has them now; ``also`` names other shelters
    whose rosters they stand in as well, which breaks a law.
    """

    stay: StayRow
    person: Person | None
    age: str
    withheld: bool
    also: str = ""

    @property
    def address(self) -> str:
        """Where they live: as the register says, or as they said."""
        return self.person.where if self.person else self.stay.address

    @property
    def went(self) -> T | None:
        """Where they went, in words; None while they are here."""
        return WhereTo(self.stay.where_to).label if self.stay.where_to else None


@dataclass(frozen=True, slots=True)
class Group:
    """A household of a roster, or one person without: who is here, and members of whom nothing is known."""

    lines: Sequence[Line]
    size: int | None
    missing: Sequence[Person]
    household: str


def gone(shelter: ShelterRow, actor: Actor, limit: int | None = None) -> list[Line]:
    """Who was in a shelter and left, the last first; at most ``limit``."""
    return _lines(list(queries.left(shelter.subject)[:limit]), actor)


def _lines(stays: Sequence[StayRow], actor: Actor) -> list[Line]:
    hidden = queries.withheld(actor, stays)
    people = residents.persons([s.person for s in stays if s.person], actor)
    also = _also([s for s in stays if s.out_at is None], actor)
    return [
        Line(s, people.get(s.person), age_of(s.birth) or s.age, s.key in hidden, "、".join(also.get(s.key, ())))
        for s in stays
    ]


def _also(stays: Sequence[StayRow], actor: Actor) -> dict[str, list[str]]:
    """Key of a stay -> names of the other shelters where the same person stays, as far as ``actor`` may know."""
    keys, subjects = {s.key: s for s in stays}, {s.subject for s in stays}
    twice = queries.staying_twice()
    others = [o for subject, rows in twice.items() if subject in subjects for o in rows if o.key not in keys]
    hidden = queries.withheld(actor, others)
    names = ShelterRow.objects.in_bulk({o.shelter for o in others})
    found: dict[str, list[str]] = {}
    for key, stay in keys.items():
        for other in others:
            if other.subject == stay.subject and other.key not in hidden and other.shelter in names:
                found.setdefault(key, []).append(names[other.shelter].name)
    return found


def roster(shelter: ShelterRow, actor: Actor, words: str = "") -> list[Group]:
    """Who is in a shelter, households together; narrowed to households with somebody of whom every word is true."""
    groups: dict[str, list[Line]] = {}
    for line in _lines(list(queries.staying(shelter.subject)), actor):
        groups.setdefault(line.stay.household or line.stay.key, []).append(line)
    asked = words.split()
    kept = {k: v for k, v in groups.items() if not asked or any(_means(line, asked) for line in v)}
    missing = _missing(shelter, kept, actor)
    return [
        Group(lines, lines[0].stay.household_size, missing.get(key, ()), lines[0].stay.household)
        for key, lines in kept.items()
    ]


def _means(line: Line, words: Sequence[str]) -> bool:
    if line.withheld:
        return False
    said = f"{line.stay.name} {''.join(line.stay.name.split())} {line.stay.kana} {line.address} {line.stay.place}"
    return all(word in said for word in words)


def _missing(shelter: ShelterRow, groups: Mapping[str, Sequence[Line]], actor: Actor) -> dict[str, list[Person]]:
    """Household -> members who are in no shelter, for households of which not everybody is here.

    Nothing is asked about a household whose names are withheld from the one who reads.
    """
    short = [
        key
        for key, lines in groups.items()
        if (size := lines[0].stay.household_size) and len(lines) < size and not any(line.withheld for line in lines)
    ]
    homes = {home.ref: home for home in residents.households(short, actor)}
    everybody = [p.ref for home in homes.values() for p in home.members]
    somewhere = queries.where_now(shelter.incident, everybody)
    return {ref: [p for p in home.members if p.ref not in somewhere] for ref, home in homes.items()}
