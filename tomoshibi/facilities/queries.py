"""Readings of the tables of care facilities, named as questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from tomoshibi.facilities.models import CheckRow, EvacuationRow, FacilityRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.subjects import evacuation_of, facility_of
from tomoshibi.facilities.transfer_models import TransferRow
from tomoshibi.facilities.upkeep_words import Step
from tomoshibi.facilities.words import SILENT, Answer, Phase, Team
from tomoshibi.incidents.queries import open_incidents, with_merged
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import areas_at, sites
from tomoshibi.places.subjects import AreaKind, SiteKind
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: a notice that nobody has answered for so long is due: somebody telephones
ANSWER_WITHIN = timedelta(minutes=15)

#: a plan is looked through every year before the rainy season; after this it is called old
PLAN_HOLDS = timedelta(days=400)

#: what wants attention first: nobody knows, then those who are not on their way, then those who are
_ORDER = {"": 0, "staying": 1, "not_yet": 2, "preparing": 3, "leaving": 4, "arrived": 5}


def facilities(actor: Actor | None = None) -> QuerySet[SiteRow]:
    """Sites that are care facilities and in use; those that ``actor`` answers for, where one is given."""
    found = sites(SiteKind.FACILITY)
    own = actor.sites("facilities.read") if actor else None
    return found if own is None else found.filter(subject__in=own)


def profiles(of: Iterable[str]) -> dict[str, FacilityRow]:
    """Profiles by site, for those of these sites that have one."""
    return {row.site: row for row in FacilityRow.objects.filter(site__in=set(of))}


def residents(site: str) -> QuerySet[ResidentRow]:
    """Who lives at a facility, room by room; those away for a while among them."""
    return ResidentRow.objects.filter(site=site, left=False).order_by("room", "kana", "name")


def without_plan() -> list[SiteRow]:
    """Facilities that have shown no evacuation plan 避難確保計画 yet."""
    planned = FacilityRow.objects.exclude(plan_made_on=None).values("site")
    return list(facilities().exclude(subject__in=planned))


def is_old(profile: FacilityRow | None) -> bool:
    """Whether a facility has a plan, and it is older than :data:`PLAN_HOLDS`."""
    return bool(profile and profile.plan_made_on and profile.plan_made_on < _oldest())


def by_plan(found: QuerySet[SiteRow], which: str) -> QuerySet[SiteRow]:
    """Of these sites, those without a plan (``none``), or with an old one (``old``)."""
    if which == "none":
        return found.exclude(subject__in=FacilityRow.objects.exclude(plan_made_on=None).values("site"))
    return found.filter(subject__in=FacilityRow.objects.filter(plan_made_on__lt=_oldest()).values("site"))


def _oldest() -> date:
    return (worlds.now() - PLAN_HOLDS).astimezone(JAPAN).date()


def dangers_at(site: SiteRow) -> list[str]:
    """Names of the hazard areas in which a facility lies."""
    if site.lat is None or site.lon is None:
        return []
    return [area.name for area in areas_at(site.lat, site.lon, AreaKind.HAZARD)]


@dataclass(frozen=True)
class Counts:
    """A facility's residents in numbers of people: ``expected`` are those who were in the house.

    ``before`` (leaving), ``out``, ``way`` (on it), ``arrived`` and ``handed`` are counted at least once so, or later
    on; ``safe`` are at the destination or with their family. ``missing`` are of those expected neither out nor handed
    over; once anybody has arrived, all who are not safe. ``twice`` were counted more than once in one phase.
    ``known`` is whether anybody has said who lives there: where nobody has, no number is zero, but unknown.
    """

    expected: int = 0
    before: int = 0
    out: int = 0
    way: int = 0
    arrived: int = 0
    handed: int = 0
    safe: int = 0
    missing: int = 0
    twice: int = 0
    known: bool = True


@dataclass(frozen=True)
class FacilityState:
    """How one facility stands in an incident: its site, what it was told and answered, and its counts."""

    site: SiteRow
    evacuation: EvacuationRow
    counts: Counts
    #: numbers to call: the site's, and the one at night where it differs
    phones: tuple[str, ...] = ()

    @property
    def phone(self) -> str:
        """The numbers in one line."""
        return "／".join(self.phones)

    @property
    def answer(self) -> Answer | None:
        """What it answered; None where it has not."""
        return self.evacuation.answer_word

    @property
    def state(self) -> T:
        """Its answer in words."""
        return self.answer.label if self.answer else SILENT

    @property
    def since(self) -> datetime | None:
        """Since when it stands so: of its answer, or of the notice that it has not answered."""
        return self.evacuation.answered_at if self.answer else self.evacuation.first_notified_at

    @property
    def due_at(self) -> datetime | None:
        """By when somebody telephones; None where it has answered, or said by telephone or fax that it has heard."""
        told = self.evacuation.first_notified_at
        return told + ANSWER_WITHIN if told and not self.answer and not self.evacuation.heard else None

    @property
    def teams(self) -> int:
        """How many of its teams have somebody."""
        return sum(bool(members) for members in self.evacuation.team_members.values())

    @property
    def all_teams(self) -> int:
        """How many teams there are."""
        return len(Team)

    @property
    def wants_brigade(self) -> bool:
        """Whether it stays, and the fire brigade is not told yet."""
        return self.evacuation.wants_brigade

    @property
    def lacks(self) -> int:
        """How many are missing where the facility says that it has arrived."""
        return self.counts.missing if self.answer is Answer.ARRIVED else 0


def evacuation(incident: str, site: str) -> EvacuationRow | None:
    """A site's evacuation in an incident, or None."""
    return EvacuationRow.objects.filter(subject=evacuation_of(incident, facility_of(site))).first()


def evacuation_now(site: str) -> EvacuationRow | None:
    """The newest evacuation of a site that goes on, or None."""
    going = EvacuationRow.objects.filter(site=site, ended_at=None)
    return going.order_by("-notified_at", "subject").first()


def silent(incident: str) -> int:
    """How many facilities were told to act in an incident and have not answered."""
    rows = EvacuationRow.objects.filter(incident__in=with_merged(incident) if incident else [""])
    return rows.filter(answer="", ended_at=None).count()


def alarms(incident: str) -> tuple[int, int]:
    """How many facilities wait for headquarters: they stay and the brigade is not told; precursors not taken in."""
    rows = EvacuationRow.objects.filter(incident__in=with_merged(incident) if incident else [""], ended_at=None)
    found = list(rows.filter(Q(answer=Answer.STAYING) | Q(signs_at__isnull=False)))
    return sum(r.wants_brigade for r in found), sum(r.signs_alarm for r in found)


def states(incident: str, actor: Actor | None = None) -> list[FacilityState]:
    """Every facility that was told to act in an incident, or began by itself: unanswered ones first, the longest wait
    on top; of the facilities that ``actor`` may see, where one is given.
    """
    rows = EvacuationRow.objects.filter(incident__in=with_merged(incident) if incident else [""])
    own = actor.sites("facilities.read") if actor else None
    if own is not None:
        rows = rows.filter(site__in=own)
    return sorted(states_of(rows), key=_turn)


def states_of(evacuations: Iterable[EvacuationRow]) -> list[FacilityState]:
    """How the facilities of these evacuations stand, in their order."""
    found = list(evacuations)
    places = {s.subject: s for s in SiteRow.objects.filter(subject__in=[r.site for r in found])}
    known = profiles(places)
    numbers = counts(found)
    return [
        FacilityState(places[row.site], row, numbers[row.subject], _phones(places[row.site], known.get(row.site)))
        for row in found
        if row.site in places
    ]


def _turn(state: FacilityState) -> tuple[int, bool, int, float, str]:
    """What wants attention first: of those who answer nothing, whoever has not even heard."""
    row = state.evacuation
    return _ORDER[row.answer], not row.answer and row.heard, -state.lacks, _moment(state.since), state.site.name


def going_on() -> str:
    """The open incident in which facilities are evacuating, or the newest open one; empty in normal times."""
    opened = list(open_incidents().values_list("subject", flat=True))
    busy = set(EvacuationRow.objects.filter(incident__in=opened).values_list("incident", flat=True))
    return next((i for i in opened if i in busy), opened[0] if opened else "")


def counts(evacuations: Iterable[EvacuationRow]) -> dict[str, Counts]:
    """The numbers of each of these evacuations (by subject)."""
    rows = list(evacuations)
    heads: dict[str, list[HeadcountRow]] = defaultdict(list)
    for head in HeadcountRow.objects.filter(evacuation__in=[r.subject for r in rows]):
        heads[head.evacuation].append(head)
    present: dict[str, set[str]] = defaultdict(set)
    moved = received(rows)
    listed: set[str] = set()
    living = ResidentRow.objects.filter(site__in={r.site for r in rows}, left=False)
    for subject, site, away in living.values_list("subject", "site", "away"):
        listed.add(site)
        if not away:
            present[site].add(subject)
    return {
        row.subject: _counts(present[row.site], heads[row.subject], moved[row.subject], listed=row.site in listed)
        for row in rows
    }


def received(evacuations: Iterable[EvacuationRow]) -> dict[str, set[str]]:
    """Residents who are at another facility, which said so; by evacuation (subject), empty where nobody is."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = TransferRow.objects.filter(site__in={r.site for r in evacuations}, step=Step.RECEIVED)
    for site, incident, resident in rows.values_list("site", "incident", "resident"):
        found[evacuation_of(incident, facility_of(site))].add(resident)
    return found


def _counts(present: set[str], heads: list[HeadcountRow], moved: set[str], *, listed: bool) -> Counts:
    met = moved | {h.resident for h in heads if h.out_at or h.way_at or h.in_at or h.handed_at}
    before = met | {h.resident for h in heads if h.before_at}
    expected = present | before  # somebody back from hospital who was counted is expected too
    came = {h.resident for h in heads if h.in_at}
    arrived = came | moved  # of these, another facility said that they are there
    handed = {h.resident for h in heads if h.handed_at}
    safe = arrived | handed
    return Counts(
        known=listed or bool(expected),
        expected=len(expected),
        before=len(before),
        out=len(met),
        way=len(safe | {h.resident for h in heads if h.way_at}),
        arrived=len(arrived),
        handed=len(handed),
        safe=len(safe),
        missing=len(expected - (safe if came else met)),
        twice=sum(h.twice for h in heads),
    )


@dataclass(frozen=True)
class Card:
    """A resident on the head-count: who, and what is known of them in this evacuation."""

    resident: ResidentRow
    head: HeadcountRow | None
    #: another facility said that the person is there
    moved: bool = False

    def done(self, phase: Phase) -> bool:
        """Whether the person was counted in ``phase`` or later."""
        return {Phase.BEFORE: self.before, Phase.OUT: self.out, Phase.WAY: self.way, Phase.IN: self.safe}[phase]

    @property
    def expected(self) -> bool:
        """Whether the person is waited for: who is away only after being counted, or received elsewhere."""
        return not self.resident.away or self.head is not None or self.moved

    @property
    def before(self) -> bool:
        """Whether the person was counted before everybody left, or later."""
        return self.out or (self.head is not None and self.head.before_at is not None)

    @property
    def out(self) -> bool:
        """Whether the person is known to have left the building."""
        return self.way or (self.head is not None and self.head.out_at is not None)

    @property
    def way(self) -> bool:
        """Whether the person was counted on the way, or is safe."""
        return self.safe or (self.head is not None and self.head.way_at is not None)

    @property
    def safe(self) -> bool:
        """Whether the person is at the destination, with the family, or at another facility."""
        return self.moved or (self.head is not None and bool(self.head.in_at or self.head.handed_at))

    @property
    def twice(self) -> bool:
        """Whether the person was counted more than once in one phase."""
        return self.head is not None and self.head.twice


def cards(site: str, row: EvacuationRow | None) -> list[Card]:
    """Everybody of a facility with what is known of each in an evacuation, where there is one, room by room."""
    known = {h.resident: h for h in HeadcountRow.objects.filter(evacuation=row.subject)} if row else {}
    moved = received([row])[row.subject] if row else set()
    return [Card(r, known.get(r.subject), r.subject in moved) for r in residents(site)]


def checks(site: str) -> QuerySet[CheckRow]:
    """Every check sheet that a facility went through, newest first."""
    return CheckRow.objects.filter(site=site).order_by("-began_at", "subject")


def where_is(resident: str) -> list[HeadcountRow]:
    """Everything that is known of a resident's whereabouts, newest first: the question "where is she"."""
    return list(HeadcountRow.objects.filter(resident=resident).order_by("-counted_at", "subject"))


def handed_over(row: EvacuationRow) -> list[tuple[ResidentRow, HeadcountRow]]:
    """Who was handed over to whom in an evacuation, by time."""
    heads = list(HeadcountRow.objects.filter(evacuation=row.subject, handed_at__isnull=False).order_by("handed_at"))
    people = {r.subject: r for r in ResidentRow.objects.filter(subject__in=[h.resident for h in heads])}
    return [(people[h.resident], h) for h in heads if h.resident in people]


def _phones(site: SiteRow, profile: FacilityRow | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (site.phone, profile.night_phone if profile else ""))))


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
