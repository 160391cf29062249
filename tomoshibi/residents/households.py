"""Three households that may differ: the register's, the one that suffered, and the one that shares a living.

The register says who is registered together. Who really lived in a dwelling, and who shares a livelihood, people find
out and say by a fact, for one incident; where nobody has, the register's household on the day of the disaster stands
for it, without those who were found in another.

Whom a protected person (支援措置) was found with says where they are: the others' addresses are open. So to who may not
see protected addresses they stand in no found household, but where the register has them, and the others are shown
without them and without what was written of it; a count or a withheld page would tell that there is somebody. What goes
by the true number of people (:func:`found_sizes`) is for the few wherever the two differ (:func:`with_protected`).

A benefit says by a :class:`~tomoshibi.residents.words.Sense` which of
the three it goes by, and asks :func:`household_for`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tomoshibi.documents.values import japan
from tomoshibi.incidents.queries import final, with_merged
from tomoshibi.incidents.queries import incident as incident_row
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, grant, system
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, decode, field
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.residents import queries
from tomoshibi.residents.asking import Reading
from tomoshibi.residents.edition import portions
from tomoshibi.residents.merges import Merges
from tomoshibi.residents.models import FoundHouseholdRow, FoundMemberRow
from tomoshibi.residents.persons import Person
from tomoshibi.residents.words import HEAD, Sense
from tomoshibi.vocabulary import T

grant("clerk", "residents.household_found")


class FoundHousehold(Subject):
    """One household as it was found, for one incident and one sense."""

    type = "residents.found_household"
    label = T("実態の世帯", "Household as found")
    zone = "resident"
    tables = (FoundHouseholdRow, FoundMemberRow)
    reading = "residents.read"
    personal = True

    of_incident = Register[str](None, "")
    sense = Register[Sense | None](T("世帯のとらえ方", "Which household"), None)
    members = Register[tuple[str, ...]](T("世帯員", "Members"), ())
    dwelling = Register[str](T("住家", "Dwelling"), "")
    note = Register[str](T("備考", "Note"), "")

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        sense, incident = self.sense.value, self.of_incident.value
        if sense is None:
            return
        yield FoundHouseholdRow.row(
            self.subject,
            incident=incident,
            sense=sense.value,
            members="\n".join(self.members.value),
            dwelling=self.dwelling.value,
            note=self.note.value,
        )
        for person in dict.fromkeys(self.members.value):
            yield FoundMemberRow.row(self.subject, person, person=person, incident=incident, sense=sense.value)


class HouseholdFound(Fact):
    """These people were, or are, one household, whatever the register says; nobody at all takes it back."""

    kind = "residents.household_found"
    subject = FoundHousehold
    label = T("実態の世帯の確認", "Household found")
    sentence = T("{sense}を確認", "A household was found ({sense})")

    of_incident: str = field(T("事案", "Incident"), extra={"widget": "hidden"})
    sense: Sense = field(T("世帯のとらえ方", "Which household"))
    members: tuple[str, ...] = field(T("世帯員", "Members"), extra={"widget": "hidden"})
    dwelling: str = field(T("住家", "Dwelling"), "", extra={"widget": "hidden"})
    note: str = field(
        T("確かめ方・備考", "How, and notes"),
        "",
        max_length=1000,
        help=T("住所は書かないでください。", "Do not write the address here."),
    )

    def check(self, present: Present) -> None:
        if self.sense is Sense.REGISTER:
            raise Refused(
                T("住民票の世帯は台帳が決めます。", "The register household is the register's to say."), "sense"
            )
        if incident_row(self.of_incident) is None:
            raise Refused(T("その事案はありません。", "There is no such incident."), "of_incident")
        known = queries.persons(self.members, present.actor)
        before = present.state.members.value if present.exists else ()
        if any(known[ref].undisclosed for ref in self.members if ref in known and ref not in before):
            raise Refused(
                T(
                    "支援措置の人を実態の世帯に入れるのは、限られた職員だけです。",
                    "Only the few put a protected person into a household as found.",
                ),
                "members",
            )
        if missing := [ref for ref in self.members if ref not in known]:
            raise Refused(
                T(f"{len(missing)}人の記録が見つかりません。", f"{len(missing)} of them are not there."), "members"
            )

    def apply(self, state: FoundHousehold, entry: Entry) -> None:
        for name in ("of_incident", "sense", "members", *{"dwelling", "note"} & self.model_fields_set):
            getattr(state, name).set(entry, getattr(self, name))  # a note that was not shown is not wiped out


@dataclass(frozen=True, slots=True)
class Grouping:
    """A household in one sense. ``members`` has the head first; ``found`` says that people found it (else the register
    stands for it); ``ref`` is of the fact's subject, or of the register household; ``dwelling`` where one was named.
    Neither that nor the ``note`` is told of a protected member's household to who may not see where it is.
    """

    sense: Sense
    members: tuple[Person, ...]
    found: bool
    ref: str
    dwelling: str = ""
    note: str = ""

    @property
    def head(self) -> Person:
        """Who stands for it."""
        return self.members[0]

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.members)


def day_of(incident: str) -> dt.date:
    """The day of the disaster in Japan: on which it began, else on which the incident was opened, else today."""
    row = incident_row(incident)
    row = final(row) if row else None
    moment = (row.began or row.opened) if row else None
    return japan(moment or worlds.now()).date()


def subject_for(incident: str, sense: Sense, person: str) -> str:
    """Reference under which the household of that person is recorded: two counters apart meet on it."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{FoundHousehold.type}:{incident}/{sense.value}/{person}")
    return FoundHousehold.ref(str(key))


def household_for(
    person: str, sense: Sense, incident: str, actor: Actor, then: Reading | None = None
) -> Grouping | None:
    """The household of ``person`` (reference) in that sense, as of the incident's day. None: they are not known.
    ``then`` is the actor's question about that day, where whoever asks has put it already.

    Protected people are not in it, and theirs is the register's, for who may not see where they are.
    """
    then = then or Reading(actor, day_of(incident))
    who = then.people([person]).get(person) or queries.person(person, actor)
    if who is None:
        return None
    refs = queries.same_person(who.ref)
    if sense is not Sense.REGISTER and not who.undisclosed and (row := _found_of(refs, sense, incident)) is not None:
        of_it = row.members.split("\n")
        people = queries.persons(of_it, actor) | then.people(of_it)  # some came after the day
        members = list({p.ref: p for p in map(people.get, of_it) if p}.values())
        shown = tuple(m for m in members if not m.undisclosed)
        told = (row.dwelling, row.note) if len(shown) == len(members) else ("", "")
        return Grouping(sense, shown, True, row.subject, *told)
    home = next(iter(then.households([who.household])), None)
    members = list(home.members) if home else [who]
    if sense is not Sense.REGISTER:
        elsewhere = _elsewhere([m.ref for m in members if not m.undisclosed], sense, incident)
        members = [m for m in members if m.ref not in elsewhere or m.ref == who.ref]
    members.sort(key=lambda m: m.relation != HEAD)
    return Grouping(sense, tuple(members), False, who.household)


def hidden_members(found: str, actor: Actor) -> list[str]:
    """References of those of a found household who are kept from the actor; what they record leaves them in it."""
    row = FoundHouseholdRow.objects.filter(subject=found).first()
    people = queries.persons(row.members.split("\n"), actor) if row and row.members else {}
    return [ref for ref, who in people.items() if who.undisclosed]


def with_protected() -> set[str]:
    """References of the register households, protected and not, of everybody who was found to be of one with somebody
    protected.
    """
    held = [
        subject
        for some in portions(queries.shielded_people())
        for subject in FoundMemberRow.objects.filter(person__in=some).values_list("subject", flat=True)
    ]
    refs = {
        person
        for some in portions(set(held))
        for person in FoundMemberRow.objects.filter(subject__in=some).values_list("person", flat=True)
    }
    return {who.household for who in queries.persons(refs, system("residents")).values()}


def found_people(incident: str) -> set[str]:
    """Everybody who was found to be of some household in an incident, in whichever sense."""
    merges = Merges()
    held = FoundMemberRow.objects.filter(incident__in=with_merged(incident)).values_list("person", flat=True)
    return {merges.final(ref) for ref in held.distinct()}


def households_found(incident: str) -> set[str]:
    """The register households, on the incident's day and today, of everybody who was found to be of some household."""
    refs, us = list(found_people(incident)), system("residents")
    return {who.household for on in (day_of(incident), None) for who in queries.persons(refs, us, on).values() if refs}


def households_of(found: Iterable[str]) -> set[str]:
    """The register households, on the incident's day and today, of everybody who is or was said to be of these
    households as found.
    """
    said: dict[str, set[str]] = defaultdict(set)
    for some in portions(set(found)):
        for entry in EntryRow.objects.filter(subject__in=some, kind=HouseholdFound.kind):
            fact, _ = decode(entry.kind, entry.version, entry.payload or "")
            if isinstance(fact, HouseholdFound):
                said[fact.of_incident].update(fact.members)
    merges, us = Merges(), system("residents")
    return {
        who.household
        for incident, members in said.items()
        for on in (day_of(incident), None)
        for who in queries.persons([merges.final(ref) for ref in members], us, on).values()
    }


def found_sizes(home: queries.Household, incident: str, then: Reading) -> dict[Sense, int]:
    """How many people are of a household, by its head, in each sense that somebody found out for one of its people; a
    sense in which nobody did is absent. ``then`` is the program's own question about the incident's day. Protected
    people count: see :func:`with_protected`.
    """
    refs = [other for m in home.members for other in (m.ref, *then.merges.absorbed.get(m.ref, ()))]
    held = FoundMemberRow.objects.filter(person__in=refs, incident__in=with_merged(incident))
    groups = {
        Sense(sense): household_for(home.head.ref, Sense(sense), incident, system("residents"), then)
        for sense in held.values_list("sense", flat=True).distinct()
    }
    return {sense: group.size for sense, group in groups.items() if group}


def _found_of(refs: Sequence[str], sense: Sense, incident: str) -> FoundHouseholdRow | None:
    held = FoundMemberRow.objects.filter(person__in=refs, sense=sense.value, incident__in=with_merged(incident))
    return FoundHouseholdRow.objects.filter(subject__in=held.values("subject")).order_by("subject").first()


def _elsewhere(refs: Sequence[str], sense: Sense, incident: str) -> set[str]:
    merges = Merges()
    every = {other: ref for ref in refs for other in (ref, *merges.absorbed.get(ref, ()))}
    held = FoundMemberRow.objects.filter(person__in=every, sense=sense.value, incident__in=with_merged(incident))
    return {every[person] for person in held.values_list("person", flat=True)}


@law("residents.one_household", T("一人は一つの世帯にいる", "One person is in one household"))
def in_two_households() -> Iterable[Finding]:
    """People found in two households of one sense in one incident: a benefit would be counted twice."""
    merges = Merges()
    held: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in FoundMemberRow.objects.all():
        held[(merges.final(row.person), row.incident, row.sense)].add(row.subject)
    for (_, _, sense), subjects in held.items():
        if len(subjects) > 1:
            word = Sense(sense).label
            yield Finding(
                tuple(sorted(subjects)),
                T(
                    f"1人が2つの「{word.ja}」に入っています。どちらかから外してください。",
                    f"One person is in two of: {word.en}. Take them out of one.",
                ),
            )
