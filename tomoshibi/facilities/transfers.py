"""Readings of beds and transfers, named as questions: what is free, who comes, who is away, who may see a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.transfer_facts import may_say
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.upkeep_words import HOLDING, Step
from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import names_of


@dataclass(frozen=True)
class Offer:
    """Beds that a facility offers: the row, the facility, and how many are taken."""

    row: BedOfferRow
    site: SiteRow
    taken: int

    @property
    def free(self) -> int:
        """How many are free; below zero where two nodes took the last one apart."""
        return self.row.number - self.taken

    @property
    def open(self) -> bool:
        """Whether a further one may be taken."""
        ended = self.row.until is not None and self.row.until < worlds.now()
        return not self.row.withdrawn and not ended and self.free > 0


@dataclass(frozen=True)
class Journey:
    """One resident's transfer with names: who (None where it may not be seen), from where, to where."""

    row: TransferRow
    person: ResidentRow | None
    home: str
    to: str

    def may(self, actor: Actor) -> list[Step]:
        """Steps that ``actor`` may say next."""
        following = (s for s in Step if s is not Step.ASKED and self.row.step_word in s.after)
        return [step for step in following if may_say(actor, step, self.row.site, self.row.to_site)]


def offers(incident: str, site: str = "") -> list[Offer]:
    """Offers in an incident, or those of normal times where it is empty, of one facility where ``site`` is given: those
    with free beds first, the most on top.
    """
    rows = BedOfferRow.objects.filter(incident__in=with_merged(incident) if incident else [""])
    found = list(rows.filter(site=site) if site else rows)
    taken = Counter(
        TransferRow.objects.filter(offer__in=[r.subject for r in found], step__in=HOLDING).values_list(
            "offer", flat=True
        )
    )
    places = {s.subject: s for s in SiteRow.objects.filter(subject__in=[r.site for r in found])}
    made = [Offer(r, places[r.site], taken[r.subject]) for r in found if r.site in places]
    return sorted(made, key=lambda o: (not o.open, -o.free, o.site.name, o.row.subject))


def journeys(incident: str, actor: Actor, site: str = "") -> list[Journey]:
    """Transfers in an incident, to or from ``site`` where one is given; with the names of those whom ``actor`` may
    see. Those that wait for somebody come first.
    """
    rows = TransferRow.objects.filter(incident__in=with_merged(incident) if incident else [""])
    if site:
        rows = rows.filter(site=site) | rows.filter(to_site=site)
    order = list(Step)
    return told(sorted(rows, key=lambda r: (order.index(r.step_word), r.asked_at or worlds.now(), r.subject)), actor)


def told(rows: Iterable[TransferRow], actor: Actor) -> list[Journey]:
    """Transfers with names, in the order given; with the names of those whom ``actor`` may see."""
    found = list(rows)
    seen = [r.resident for r in found if sees_card(actor, r)]
    people = {p.subject: p for p in ResidentRow.objects.filter(subject__in=seen)}
    names = names_of([*(r.site for r in found), *(r.to_site for r in found)])
    return [Journey(r, people.get(r.resident), names.get(r.site, ""), names.get(r.to_site, "")) for r in found]


def sees_card(actor: Actor, row: TransferRow) -> bool:
    """Whether ``actor`` sees the card of who is transferred: of the sending facility, or of the one where the person
    is or comes. A facility that declined, or from which the person has returned, sees it no longer.
    """
    if actor.may("facilities.residents", site=row.site):
        return True
    return row.step_word.holds_bed and actor.may("facilities.residents", site=row.to_site)


def sees_resident(actor: Actor, person: ResidentRow) -> bool:
    """Whether ``actor`` may see a resident's card: of the facility where the person lives, is, or comes."""
    if actor.may("facilities.residents", site=person.site):
        return True
    return any(sees_card(actor, row) for row in TransferRow.objects.filter(resident=person.subject, step__in=HOLDING))


def coming(site: str) -> list[ResidentRow]:
    """Residents of other facilities who come to this one or are there, for their cards."""
    rows = TransferRow.objects.filter(to_site=site, step__in=HOLDING).values("resident")
    return list(ResidentRow.objects.filter(subject__in=rows).order_by("kana", "name"))


def elsewhere(residents: Iterable[str]) -> dict[str, TransferRow]:
    """The newest transfer of each of these residents, whatever came of it."""
    rows = TransferRow.objects.filter(resident__in=set(residents)).order_by("since", "subject")
    return {row.resident: row for row in rows}
