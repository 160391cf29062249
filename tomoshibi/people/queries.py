"""Readings of the tables of people, named as questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Case, Count, Q, QuerySet, Value, When

from tomoshibi.people.models import CallOutRow, CallRow, RoleRow, RuleRow, SectionRow, StaffRow
from tomoshibi.people.rules import below, whom_to_call
from tomoshibi.people.words import Answer, Family, Safety, Time


def sections() -> QuerySet[SectionRow]:
    """Sections that there are."""
    return SectionRow.objects.filter(closed=False).order_by("code", "name")


def staff() -> QuerySet[StaffRow]:
    """Staff in office, by section and number."""
    return StaffRow.objects.filter(left=False).order_by("number", "kana")


def staff_of(sections: Iterable[str]) -> list[StaffRow]:
    """Staff of these sections (references) and of those that belong to them."""
    return list(staff().filter(section__in=below(sections, section_parents())))


def section_parents() -> dict[str, str]:
    """Section -> the section that it belongs to."""
    return dict(SectionRow.objects.filter(closed=False).values_list("subject", "parent"))


def roles(*times: Time) -> QuerySet[RoleRow]:
    """Roles that there are, of these times or all."""
    found = RoleRow.objects.filter(ended=False)
    if times:
        found = found.filter(time__in=[t.value for t in times])
    return found.order_by("order", "name", "time")


def holders() -> dict[str, str]:
    """Role -> the staff who hold it, where somebody does."""
    return dict(roles().exclude(holder="").values_list("subject", "holder"))


def rules() -> QuerySet[RuleRow]:
    """Rules of call-out in force."""
    return RuleRow.objects.filter(withdrawn=False).order_by("order", "name")


def who_is_called(rule: RuleRow) -> list[StaffRow]:
    """Staff whom ``rule`` calls as things stand now."""
    everybody = list(staff())
    meant = set(whom_to_call(rule, everybody, section_parents(), holders()))
    return [person for person in everybody if person.subject in meant]


def call_outs(incident: str = "") -> QuerySet[CallOutRow]:
    """Call-outs, newest first; of one incident where it is given."""
    found = CallOutRow.objects.all()
    if incident:
        found = found.filter(incident=incident)
    return found.order_by("-started_at", "subject")


def open_call_outs() -> QuerySet[CallOutRow]:
    """Call-outs that nobody has closed, newest first."""
    return call_outs().filter(closed_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """A call-out in numbers of people. ``answered`` (or arrived) and ``no_answer`` make up ``called``; ``arrived`` are
    counted whatever they answered; ``expected`` answered that they come and have not arrived.
    """

    called: int
    sent: int
    failed: int
    answered: int
    coming: int
    late: int
    cannot: int
    evacuated: int
    arrived: int
    expected: int
    no_answer: int
    safe: int
    injured: int
    family_needs_help: int


_UNANSWERED = Q(answer="") & Q(arrived_at__isnull=True)


def counts(call_out: str) -> Counts:
    """How a call-out stands."""
    calls = CallRow.objects.filter(call_out=call_out)
    return Counts(
        **calls.aggregate(
            called=Count("pk"),
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            failed=Count("pk", filter=~Q(failed="")),
            answered=Count("pk", filter=~_UNANSWERED),
            coming=Count("pk", filter=Q(answer=Answer.COMING)),
            late=Count("pk", filter=Q(answer=Answer.LATE)),
            cannot=Count("pk", filter=Q(answer=Answer.CANNOT)),
            evacuated=Count("pk", filter=Q(answer=Answer.EVACUATED)),
            arrived=Count("pk", filter=Q(arrived_at__isnull=False)),
            expected=Count("pk", filter=Q(answer__in=[Answer.COMING, Answer.LATE], arrived_at__isnull=True)),
            no_answer=Count("pk", filter=_UNANSWERED),
            safe=Count("pk", filter=Q(safety=Safety.SAFE)),
            injured=Count("pk", filter=Q(safety=Safety.INJURED)),
            family_needs_help=Count("pk", filter=Q(family=Family.NEEDS_HELP)),
        )
    )


def median_response(call_out: str) -> timedelta | None:
    """Median time from call to first answer of those who answered; None where nobody has."""
    times = CallRow.objects.filter(call_out=call_out, answered_at__isnull=False).values_list("called_at", "answered_at")
    took = [(answered - called).total_seconds() for called, answered in times if called and answered]
    return timedelta(seconds=median(took)) if took else None


def answers(call_out: str) -> QuerySet[CallRow]:
    """The calls of a call-out: no answer first, then who cannot come, who is late, who comes, who is here."""
    rank = Case(
        When(arrived_at__isnull=False, then=Value(5)),
        When(answer="", then=Value(0)),
        When(answer=Answer.CANNOT, then=Value(1)),
        When(answer=Answer.EVACUATED, then=Value(2)),
        When(answer=Answer.LATE, then=Value(3)),
        default=Value(4),
    )
    return CallRow.objects.filter(call_out=call_out).annotate(rank=rank).order_by("rank", "coming_at", "name")


def unanswered(call_out: str) -> QuerySet[CallRow]:
    """The calls of a call-out that nobody has answered."""
    return CallRow.objects.filter(_UNANSWERED, call_out=call_out).order_by("name")


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in a role. ``sure`` where the person is here or coming, or nobody is being called (normal times).

    ``place`` is 0 for the holder, 1 for the first deputy and so on; ``person`` is None where the chain is exhausted.
    """

    role: RoleRow
    person: str | None
    place: int
    sure: bool


def who_acts(roles: Iterable[RoleRow], call_out: str = "") -> list[Acting]:
    """Who acts in each role: in a call-out, whoever of the chain is here, else comes, else has not said no."""
    calls: dict[str, CallRow] = {}
    if call_out:
        calls = {c.staff: c for c in CallRow.objects.filter(call_out=call_out)}
    gone = set(StaffRow.objects.filter(left=True).values_list("subject", flat=True))
    return [_acting(role, [ref for ref in role.chain if ref not in gone], calls) for role in roles]


def _acting(role: RoleRow, chain: list[str], calls: dict[str, CallRow]) -> Acting:
    places = {ref: place for place, ref in enumerate(role.chain)}
    if not calls:
        person = chain[0] if chain else None
        return Acting(role, person, places.get(person or "", 0), person is not None)
    called = [(ref, calls[ref]) for ref in chain if ref in calls and calls[ref].safety != Safety.INJURED]
    here = next((ref for ref, call in called if call.arrived_at), None)
    coming = next((ref for ref, call in called if call.answer in (Answer.COMING, Answer.LATE)), None)
    if found := here or coming:
        return Acting(role, found, places[found], True)
    out = {ref for ref, call in calls.items() if call.answer or call.safety == Safety.INJURED}
    person = next((ref for ref in chain if ref not in out), None)
    return Acting(role, person, places.get(person or "", 0), False)


def names_of(people: Iterable[str]) -> dict[str, str]:
    """Names of staff and sections by reference; those unknown are absent."""
    wanted = {ref for ref in people if ref}
    return {
        **dict(StaffRow.objects.filter(subject__in=wanted).values_list("subject", "name")),
        **dict(SectionRow.objects.filter(subject__in=wanted).values_list("subject", "name")),
    }
