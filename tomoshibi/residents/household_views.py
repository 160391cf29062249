"""A household in its three senses: what the sheet shows, and the page on which people say who really lived together."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tomoshibi.incidents.queries import incident as incident_row
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import next_on
from tomoshibi.places.views import acts, key_of
from tomoshibi.residents import households, queries
from tomoshibi.residents.asking import Reading
from tomoshibi.residents.households import HouseholdFound
from tomoshibi.residents.sheets import Section, section
from tomoshibi.residents.subjects import Household
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary import T

SENSES = T("世帯のとらえ方", "Which household")
#: households that a search offers to choose from
FOUND = 8


@section(5, "residents.read")
def in_three_senses(ref: str, actor: Actor) -> Section | None:
    """For the newest open incident: the register's household, the one that suffered, the one that shares a living."""
    incident = open_incidents().first()
    if incident is None or not ref.startswith(f"{Household.type}:"):
        return None
    then = Reading(actor, households.day_of(incident.subject))
    home = next(iter(then.households([ref])), None) or queries.household(ref, actor)
    if home is None:
        return None
    senses = [Sense.REGISTER] if home.undisclosed else list(Sense)
    asked = (households.household_for(home.head.ref, sense, incident.subject, actor, then) for sense in senses)
    groupings = [group for group in asked if group]
    return Section(
        SENSES,
        template="residents/senses.html",
        context={"groupings": groupings, "incident": incident},
        acts=() if home.undisclosed else tuple(found_acts(ref, incident.subject, actor)),
        people=tuple(m.ref for group in groupings for m in group.members),
    )


def found_acts(household: str, incident: str, actor: Actor, next: str = "") -> list[tuple[T, str]]:
    """Buttons that say who was the household that suffered, and who shares a living; ``next`` is where that leads."""
    page = reverse("residents:household_found", args=[key_of(household)])
    return acts(
        actor,
        *(
            (
                HouseholdFound.kind,
                T("{what}を確認", "Say: {what}").format(what=sense.label),
                f"{page}?{urlencode({'sense': sense.value, 'incident': incident, **({'next': next} if next else {})})}",
            )
            for sense in (Sense.SUFFERED, Sense.LIVELIHOOD)
        ),
    )


@reading("residents.read")
@require_http_methods(["GET", "POST"])
def found(request: HttpRequest, key: str) -> HttpResponse:
    """Say who was the household that suffered, or shares a living: its people ticked, others looked for and added."""
    actor = actor_on(request)
    if not actor.may(HouseholdFound.kind):
        raise NotAllowed(T("実態の世帯を記録する権限がありません。", "You hold no role that may say this."))
    given = request.POST if request.method == "POST" else request.GET
    incident = incident_row(given.get("incident", "")) or open_incidents().first()
    if incident is None:
        raise Http404
    sense = Sense.LIVELIHOOD if given.get("sense") == Sense.LIVELIHOOD.value else Sense.SUFFERED
    day = households.day_of(incident.subject)
    home = queries.household(Household.ref(key), actor, day) or queries.household(Household.ref(key), actor)
    if home is None:
        raise Http404
    if home.undisclosed:
        raise NotAllowed(
            T("支援措置の世帯は、限られた職員だけが記録できます。", "Of a protected household only the few say this.")
        )
    now = households.household_for(home.head.ref, sense, incident.subject, actor)
    subject = now.ref if now and now.found else households.subject_for(incident.subject, sense, home.head.ref)
    row = SubjectRow.objects.filter(subject=subject).first()
    chosen = given.getlist("members") if "members" in given or request.method == "POST" else []
    if not chosen and request.method == "GET" and now:
        chosen = [m.ref for m in now.members]
    looked_for = given.get("q", "").strip()
    homes = queries.search(looked_for, actor, FOUND + 1, day) if looked_for else []
    offered = {m.ref: m for m in (*home.members, *(now.members if now else ()))}
    offered.update(queries.persons([ref for ref in chosen if ref not in offered], actor, day))
    hits = [m for h in homes[:FOUND] for m in h.members if m.ref not in offered]
    refused: T | None = None
    if request.method == "POST" and "look" not in given:
        note = given.get("note", "").strip()[:1000]
        said = {"note": note} if note or now is None or now.note else {}  # one that was not shown stays
        members = [*(m for m in offered if m in chosen), *households.hidden_members(subject, actor)]
        fact = HouseholdFound(of_incident=incident.subject, sense=sense, members=tuple(dict.fromkeys(members)), **said)
        try:
            record(Draft(fact, subject, given.get("after", "").split(), incident=incident.subject), actor)
            return HttpResponseRedirect(next_on(request) or reverse("residents:household", args=[key]), status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    note_reading(request, [*offered, *(m.ref for m in hits)])
    context = {
        "home": home,
        "sense": sense,
        "incident": incident,
        "offered": [(who, who.ref in chosen) for who in offered.values()],
        "hits": hits,
        "more": len(homes) > FOUND,
        "q": looked_for,
        "next": next_on(request),
        "note": given.get("note", now.note if now else ""),
        "after": given.get("after", " ".join(row.head_ids) if row else ""),
        "refused": refused,
    }
    return render(request, "residents/household_found.html", context, status=422 if refused else 200)
