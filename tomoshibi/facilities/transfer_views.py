"""Pages of beds and transfers: the town's with every offer, and each facility's, where beds are taken."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tomoshibi.facilities import queries, transfers
from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.subjects import facility_of
from tomoshibi.facilities.transfer_facts import TransferAsked, TransferWent
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.transfer_subjects import BedOffer, Transfer, transfer_of
from tomoshibi.facilities.upkeep_views import ODD
from tomoshibi.facilities.upkeep_words import Step
from tomoshibi.incidents.queries import incident as incident_row
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import names_of
from tomoshibi.places.subjects import Site
from tomoshibi.places.views import key_of
from tomoshibi.vocabulary import T

BEDS = T("受け入れと移送", "Beds and transfers")


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def town(request: HttpRequest) -> HttpResponse:
    """Every offer of beds and every transfer; names only for those who may see the residents concerned."""
    actor = actor_on(request)
    incident = request.GET.get("incident") or queries.going_on()
    refused = _posted(request, actor) if request.method == "POST" else None
    if request.method == "POST" and refused is None:
        return HttpResponseRedirect(request.get_full_path(), status=303)
    found = transfers.journeys(incident, actor)
    note_reading(request, [j.row.resident for j in found if j.person])
    offers = transfers.offers(incident)
    context = {
        "title": BEDS,
        "incident": incident_row(incident) if incident else None,
        "offers": [
            {"o": o, "key": key_of(o.site.subject), "may_open": actor.may("facilities.read", site=o.site.subject)}
            for o in offers
        ],
        "free": sum(o.free for o in offers if o.open),
        "journeys": [_line(j, actor) for j in found],
        "on_the_way": sum(j.row.step_word in (Step.ASKED, Step.LEFT) for j in found),
        "received": sum(j.row.step_word is Step.RECEIVED for j in found),
        "refused": refused,
        "own": [
            (s.name, key_of(s.subject))
            for s in SiteRow.objects.filter(subject__in=actor.sites("facilities.residents") or ()).order_by("name")
        ],
        "page": uuid.uuid4(),
    }
    return render(request, "facilities/beds_town.html", context, status=422 if refused else 200)


@reading("facilities.residents")
@require_http_methods(["GET", "POST"])
def facility(request: HttpRequest, key: str) -> HttpResponse:
    """One facility's beds: who comes, whom it sent, what others offer, what it offers itself."""
    site, actor = SiteRow.objects.filter(subject=Site.ref(key)).first(), actor_on(request)
    if site is None:
        raise Http404
    if not actor.may("facilities.residents", site=site.subject):
        raise NotAllowed(T("この施設の入所者を見る権限がありません。", "You hold no role for its residents."))
    incident = request.GET.get("incident") or queries.going_on()
    refused: T | None = None
    if request.method == "POST":
        refused = _posted(request, actor, site, incident)
        if refused is None:
            return HttpResponseRedirect(request.get_full_path(), status=303)
    found = transfers.journeys(incident, actor, site.subject)
    away = {j.row.resident for j in found if j.row.step_word.holds_bed}
    people = [p for p in queries.residents(site.subject) if p.subject not in away]
    note_reading(request, [*(j.row.resident for j in found if j.person), *(p.subject for p in people)])
    offers = transfers.offers(incident)
    here = reverse("facilities:beds", args=[key])
    mine = [o for o in offers if o.site.subject == site.subject]
    context = {
        "title": BEDS,
        "site": site,
        "key": key,
        "incident": incident_row(incident) if incident else None,
        "coming": [_line(j, actor) for j in found if j.row.to_site == site.subject],
        "going": [_line(j, actor) for j in found if j.row.site == site.subject],
        "offers": [
            {"o": o, "fits": [p for p in people if o.row.fits(p)]}
            for o in offers
            if o.open and o.site.subject != site.subject
        ],
        "mine": [
            {
                "o": o,
                "change": record_address("facilities.beds_offered", o.row.subject, incident=o.row.incident, next=here),
                "end": record_address("facilities.beds_withdrawn", o.row.subject, incident=o.row.incident, next=here),
            }
            for o in mine
        ],
        "add": record_address(
            "facilities.beds_offered",
            facility=facility_of(site.subject),
            name=site.name,
            incident=incident,
            next=here,
        ),
        "may_offer": actor.may("facilities.beds_offered", site=site.subject),
        "refused": refused,
        "page": uuid.uuid4(),
    }
    return render(request, "facilities/beds.html", context, status=422 if refused else 200)


def _line(journey: transfers.Journey, actor: Actor) -> dict[str, Any]:
    person = journey.person
    return {"j": journey, "key": person.key if person else "", "steps": journey.may(actor)}


def _posted(request: HttpRequest, actor: Actor, site: SiteRow | None = None, incident: str = "") -> T | None:
    """Record what was pressed; what is wrong, or None."""
    post = request.POST
    try:
        page = uuid.UUID(post.get("page", ""))
        if "step" in post:
            key, _, step = post["step"].partition(" ")
            row = TransferRow.objects.get(subject=Transfer.ref(key))
            fact = TransferWent(step=Step(step), note=post.get("note", "").strip()[:300])
            record(_draft(fact, row.subject, row.incident, page), actor)
        elif site is not None:
            _take(post.get("offer", ""), post.getlist("resident"), site, incident, actor, page, post.get("note", ""))
        else:
            raise ValueError("nothing that is on the page")
    except (ValueError, TransferRow.DoesNotExist, BedOfferRow.DoesNotExist):
        return ODD
    except (Refused, StoreFailed) as no:
        return no.text
    return None


def _take(
    offer: str, residents: list[str], site: SiteRow, incident: str, actor: Actor, page: uuid.UUID, note: str
) -> None:
    """Take a bed of an offer for each of these residents, one after the other: each sees what the one before left."""
    row = BedOfferRow.objects.get(subject=BedOffer.ref(offer))
    if not residents:
        raise Refused(T("誰を頼むかを選んでください。", "Choose for whom."))
    to = names_of([row.site]).get(row.site, "")
    people = ResidentRow.objects.filter(subject__in=residents, site=site.subject)
    for person in people.order_by("room", "kana", "name"):
        fact = TransferAsked(
            facility=facility_of(site.subject),
            name=site.name,
            resident=person.subject,
            offer=row.subject,
            to=facility_of(row.site),
            to_name=to,
            note=note.strip()[:300],
        )
        record(_draft(fact, transfer_of(incident, person.subject), incident, page), actor)


def _draft(fact: TransferAsked | TransferWent, subject: str, incident: str, page: uuid.UUID) -> Draft:
    """What one page says of one person is said once, however often it is sent."""
    return Draft(fact, subject, id=str(uuid.uuid5(page, subject)), incident=incident)
