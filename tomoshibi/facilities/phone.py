"""The phone page of a facility: what came, five buttons for the answer, and the head-count. By signed link or sign-in.

One tap is one fact, recorded when it is made: what was tapped before the connection broke is not lost. The fact's id
follows from the page's, so that a retry records once, and it works without a script. With one (``count.js``), taps that
the network did not take wait in the browser and are sent later, each with how long ago it was made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tomoshibi.facilities import links, queries
from tomoshibi.facilities.evacuation_facts import Answered, CountCancelled, Counted, HandedOver, Notified
from tomoshibi.facilities.models import EvacuationRow, FacilityRow
from tomoshibi.facilities.notifying import TO_DO
from tomoshibi.facilities.queries import Card
from tomoshibi.facilities.subjects import Resident, evacuation_of, facility_of, headcount_of
from tomoshibi.facilities.words import Answer, Contact, Identity, Phase, Source
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.facts import Fact, Forbidden, Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T

#: a tap that waited in a phone for longer than this is recorded as made when it arrived
LONGEST_WAIT = timedelta(hours=72)


@csrf_exempt  # the authority is the signed link: there is no session to forge a request from
@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest, token: str) -> HttpResponse:
    """The page by signed link."""
    found = links.read(token)
    if found is None:
        return render(request, "facilities/gone.html", status=404)
    actor, site = found
    return Desk(request, actor, site, reverse("facilities:phone", args=[token]), token).respond()


@never_cache
@reading("facilities.residents")
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, key: str) -> HttpResponse:
    """The same page for whoever is signed in and answers for that facility."""
    actor = actor_on(request)
    site = SiteRow.objects.filter(subject=Site.ref(key), closed=False).first()
    if site is None:
        raise Http404
    if not actor.may("facilities.residents", site=site.subject):
        raise NotAllowed(
            T("この施設の点呼を見る権限がありません。", "You hold no role for this facility's head-count.")
        )
    return Desk(request, actor, site, reverse("facilities:count", args=[key])).respond()


@dataclass
class Desk:
    """One request to the page: who asks, for which facility, and where the page is."""

    request: HttpRequest
    actor: Actor
    site: SiteRow
    here: str
    token: str = ""

    def respond(self) -> HttpResponse:
        """The page (or its part that changes), or what was tapped recorded."""
        queued = "X-Queued" in self.request.headers
        refused, status = None, 200
        if self.request.method == "POST":
            try:
                self._record(self.request.POST)
                if queued:
                    return HttpResponse(status=204)
                anchor = "#count" if "answer" not in self.request.POST else ""
                return HttpResponseRedirect(f"{self.here}{self._query()}{anchor}", status=303)
            except Forbidden as no:
                refused, status = no.text, 403
            except Refused as no:
                refused, status = no.text, 422
            except StoreFailed as no:
                refused, status = no.text, 503
            if queued:
                return JsonResponse({"text": str(refused)}, status=status)
        template = "facilities/count_part.html" if "part" in self.request.GET else "facilities/phone.html"
        return render(self.request, template, self._page(refused), status=status)

    def _query(self) -> str:
        phase = self.request.POST.get("showing", "")
        return f"?phase={phase}" if phase in set(Phase) else ""

    def _record(self, data: QueryDict) -> None:
        """Record the one thing that was tapped. Raises :class:`Refused` for what is not on the page."""
        try:
            id = _id(data)
            waited = timedelta(seconds=min(max(float(data.get("ago", "0")), 0), LONGEST_WAIT.total_seconds()))
            row = queries.evacuation_now(self.site.subject)
            incident = row.incident if row else queries.going_on()
            fact, subject = self._said(data, incident)
        except (ValueError, KeyError):
            raise Refused(
                T("読み取れませんでした。もう一度押してください。", "That could not be read. Press again.")
            ) from None
        happened = worlds.now() - waited
        after = [head for head in data.get("heads", "").split() if len(head) <= 64] if data.get("heads") else None
        drafts = [Draft(fact, subject, after, id=id, happened_at=happened, incident=incident)]
        if row is None:
            drafts.insert(0, self._beginning(id, happened, incident))
        record(drafts, self.actor)

    def _beginning(self, id: str, happened: datetime, incident: str) -> Draft:
        """A facility may act before anybody tells it to: its first answer or count begins its evacuation."""
        facility = facility_of(self.site.subject)
        fact = Notified(facility=facility, name=self.site.name, source=Source.OWN)
        made = str(uuid.uuid5(uuid.UUID(id), "own"))
        subject = evacuation_of(incident, facility)
        return Draft(fact, subject, id=made, happened_at=happened, incident=incident)

    def _said(self, data: QueryDict, incident: str) -> tuple[Fact, str]:
        """What was tapped, and of which subject. Raises :class:`ValueError` or :class:`KeyError` for anything else."""
        facility = facility_of(self.site.subject)
        if "answer" in data:
            written = {"destination": data.get("destination", "").strip(), "reason": data.get("reason", "").strip()}
            said = {name: text[:500] for name, text in written.items() if text}
            return Answered(answer=Answer(data.get("answer", "")), **said), evacuation_of(incident, facility)
        resident = Resident.ref(str(data["resident"]))
        subject = headcount_of(incident, facility, resident)
        about = {"facility": facility, "name": self.site.name, "resident": resident}
        place = data.get("place", "").strip()[:200]
        if "phase" in data:
            return Counted(**about, phase=Phase(data.get("phase", "")), place=place), subject
        if "cancel" in data:
            return CountCancelled(cancels=str(data["cancel"])), subject
        if "identity" in data:
            return self._handover(data, about), subject
        raise KeyError("nothing was tapped")

    def _handover(self, data: QueryDict, about: dict[str, str]) -> HandedOver:
        chosen = Contact.of(data.get("contact", ""))
        to = data.get("to", "").strip() or chosen.name
        relation = data.get("relation", "").strip() or chosen.relation
        if not to or not relation or not data.get("identity"):
            raise Refused(
                T(
                    "引き取る人の氏名と続柄、本人確認の方法を入れてください。",
                    "Enter who takes the person home, the relation, and how identity was checked.",
                ),
                "to",
            )
        return HandedOver(
            **about,
            to=to[:100],
            relation=relation[:50],
            identity=Identity(data.get("identity", "")),
            identity_note=data.get("identity_note", "").strip()[:200],
            by=data.get("by", "").strip()[:100],
        )

    def _page(self, refused: T | None) -> dict[str, Any]:
        row = queries.evacuation_now(self.site.subject)
        profile = FacilityRow.objects.filter(site=self.site.subject).first()
        us = who_are_we()
        shown = SubjectRow.objects.filter(subject=row.subject).first() if row else None
        cards = queries.cards(row or EvacuationRow(subject="", site=self.site.subject))
        log_reading(self.actor, [c.resident.subject for c in cards], "/f/")  # the link itself is no word for a log
        counts = queries.counts([row])[row.subject] if row else queries.Counts(len(cards), missing=len(cards))
        phase = self._phase(row, counts)
        done: Callable[[Card], bool] = (lambda c: c.safe) if phase is Phase.IN else (lambda c: c.out)
        return {
            "site": self.site,
            "row": row,
            "profile": profile,
            "town": us.name if us else "",
            "here": self.here,
            "token": self.token,
            "refused": refused,
            "to_do": TO_DO.get((row.level if row else None) or 0),
            "answers": list(Answer),
            "heads": " ".join(shown.head_ids) if shown else "",
            "destination": (row.destination if row else "") or (profile.destination if profile else ""),
            "phase": phase,
            "phases": list(Phase),
            "counts": counts,
            "number": counts.safe if phase is Phase.IN else counts.out,
            "missing": [c for c in cards if not done(c)],
            "met": [c for c in cards if done(c)],
            "identities": list(Identity),
            "page": uuid.uuid4(),
        }

    def _phase(self, row: EvacuationRow | None, counts: queries.Counts) -> Phase:
        asked = self.request.GET.get("phase", "") or self.request.POST.get("showing", "")
        if asked in set(Phase):
            return Phase(asked)
        return Phase.IN if counts.arrived or (row and row.answer == Answer.ARRIVED) else Phase.OUT


def _id(data: QueryDict) -> str:
    """The fact's id follows from the page and what was tapped on it. Raises :class:`ValueError` without a page."""
    tapped = [f"{n}={data[n]}" for n in ("answer", "resident", "phase", "cancel", "identity") if n in data]
    return str(uuid.uuid5(uuid.UUID(data.get("page", "")), "/".join(tapped)))
