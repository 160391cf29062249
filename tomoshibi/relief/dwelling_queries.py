"""Readings of the dwelling register: lists with what was judged, who lived there on the day, what must not be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, FloatField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Floor

from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import withholds
from tomoshibi.relief import keys
from tomoshibi.relief.dwelling_subjects import Holders, Residence
from tomoshibi.relief.models import (
    ApplicationRow,
    DwellingRow,
    HoldersRow,
    PhotographRow,
    ResidenceRow,
    RiskRow,
    SurveyRow,
)
from tomoshibi.relief.queries import LAST_FIRST
from tomoshibi.relief.words import Tenure
from tomoshibi.residents import queries as residents
from tomoshibi.residents.matching import name_form, place_form, sounding


def register(incident: str = "") -> QuerySet[Any]:
    """The register by address, each building with ``judged`` and ``risk`` of the incident, ``photographs`` and
    ``homes`` (households that are said to live there), all in one query.
    """
    inside = with_merged(incident) if incident else []
    judged = SurveyRow.objects.filter(incident__in=inside, dwelling=OuterRef("subject")).exclude(judged="")
    marked = RiskRow.objects.filter(incident__in=inside, dwelling=OuterRef("subject"))
    return DwellingRow.objects.annotate(
        judged=Coalesce(
            Subquery(judged.order_by(*LAST_FIRST).values("judged")[:1]), Value("", output_field=TextField())
        ),
        risk=Coalesce(Subquery(marked.order_by("-marked_at").values("mark")[:1]), Value("", output_field=TextField())),
        photographs=_count(PhotographRow.objects.filter(dwelling=OuterRef("subject"))),
        homes=_count(ResidenceRow.objects.filter(dwelling=OuterRef("subject"))),
    ).order_by("address", "building", "subject")


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("dwelling").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def gathered(rows: QuerySet[Any], side: float, most: int) -> list[dict[str, Any]]:
    """Located buildings by cells: ``lat`` and ``lon`` of their mean, and ``n``. A cell's side is ``side`` degrees, or
    as often twice that as at most ``most`` cells need.
    """
    located = rows.filter(lat__isnull=False, lon__isnull=False).order_by()
    while True:
        y, x = (Floor(Cast(F(name), FloatField()) / Value(side)) for name in ("lat", "lon"))
        cells = located.annotate(y=y, x=x).values("y", "x").annotate(mlat=Avg("lat"), mlon=Avg("lon"), n=Count("pk"))
        found = [{"lat": c["mlat"], "lon": c["mlon"], "n": c["n"]} for c in cells.order_by("y", "x")]
        if len(found) <= max(most, 4):
            return found
        side *= 2


@dataclass(frozen=True, slots=True)
class Home:
    """A household in a building on a day: ``how`` it is known (said, applied, register)."""

    household: residents.Household
    tenure: Tenure
    how: str
    since: date | None = None
    until: date | None = None
    subject: str = ""


def homes(place: DwellingRow, actor: Actor, on: date | None, incident: str = "") -> list[Home]:
    """Households that lived in a building on a day (of the disaster; None: whenever): those that were said to, those
    that applied, and those whose address in the register of that day is this one. What ``actor`` may not see is absent.
    """
    said = ResidenceRow.objects.filter(dwelling=place.subject)
    if on:
        said = said.filter(Q(since=None) | Q(since__lte=on), Q(until=None) | Q(until__gte=on))
    told = {row.household: row for row in said.order_by("since", "subject")}
    elsewhere = set(ResidenceRow.objects.filter(dwelling=place.subject).values_list("household", flat=True)) - set(told)
    applied = ApplicationRow.objects.filter(dwelling=place.subject, withdrawn=False).exclude(household="")
    if incident:
        applied = applied.filter(incident__in=with_merged(incident))
    who = dict.fromkeys([*told, *applied.values_list("household", flat=True)])
    found = {home.ref: home for home in residents.households(list(who), actor, on)}
    registered = {
        home.ref: home
        for home in residents.search(place.address, actor, 30, on)
        if home.ref not in found and home.ref not in elsewhere and _lives_at(home.address, place)
    }
    made = []
    for ref, home in {**found, **registered}.items():
        if home.undisclosed:
            continue
        row = told.get(ref)
        how = "said" if row else "applied" if ref in found else "register"
        tenure = Tenure(row.tenure) if row else Tenure.UNKNOWN
        more = (row.since, row.until, row.subject) if row else ()
        made.append(Home(home, tenure, how, *more))
    return made


def _lives_at(address: str, place: DwellingRow) -> bool:
    """Whether an address of the register is this building's: the same, or the same with a building's name behind it."""
    here, there = place_form(f"{place.address} {place.building}"), place_form(address)
    return there == here or (not place.building and there.startswith(here) and there[len(here)] not in "-#")


def sealed() -> set[str]:
    """Buildings in which a protected household (支援措置) lives or lived, as far as anybody said or applied."""
    who = residents.shielded()
    applied = ApplicationRow.objects.filter(Q(protected=True) | Q(household__in=who)).values_list("dwelling", flat=True)
    said = ResidenceRow.objects.filter(household__in=who).values_list("dwelling", flat=True)
    return {*applied, *said}


def may_see_names(actor: Actor, place: DwellingRow, hidden: Iterable[str] | None = None) -> bool:
    """Whether ``actor`` may see owner and tenants of a building; ``hidden``: :func:`sealed`, where it is known."""
    if actor.may("residents.protected"):
        return True
    return actor.may("relief.personal") and place.subject not in (sealed() if hidden is None else hidden)


def held_by(text: str, actor: Actor) -> QuerySet[HoldersRow]:
    """Owners and tenants named so, in part, in kanji or kana, whatever a kana's voicing; none of a building with a
    protected household for whoever may not see it.
    """
    form, heard = name_form(text), sounding(text)
    if not form or not actor.may("relief.personal"):
        return HoldersRow.objects.none()
    meant = Q(named__contains=form) | (Q(named__regex=heard.pattern) if heard else Q())
    rows = HoldersRow.objects.filter(meant)
    return rows if actor.may("residents.protected") else rows.exclude(dwelling__in=sealed())


@withholds(Residence.type)
def withheld_residences(actor: Actor) -> set[str]:
    """Where protected households live is kept from whoever may not see it, on every generic page."""
    if actor.may("residents.protected"):
        return set()
    return set(ResidenceRow.objects.filter(household__in=residents.shielded()).values_list("subject", flat=True))


@withholds(Holders.type)
def withheld_holders(actor: Actor) -> set[str]:
    """Owner and tenants of a building with a protected household; the building itself is shown."""
    if actor.may("residents.protected"):
        return set()
    return {keys.holders(dwelling) for dwelling in sealed()}
