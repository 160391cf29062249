"""A team's dwellings on a tablet, with and without a network, by sign-in or by the team's signed link.

One page holds the list, the figures of every sheet and the way to fill one in (``field.js``); the shell's ``keeper.js``
keeps it in the tablet. The ratio grows there from the same figures (``ratio.js``); the town computes it anew when the
sheet comes. A sheet that the network did not take waits in the tablet with its photographs, and is sent later with how
long ago it was made. What the town refuses stays in the tablet, with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.views import key_of
from tomoshibi.relief import entering, field_links, queries, survey_queries
from tomoshibi.relief.damage import rules
from tomoshibi.relief.models import DwellingRow, SurveyRow, TeamRow
from tomoshibi.relief.sheet_form import SheetForm, methods_on, proposed_method
from tomoshibi.relief.subjects import Survey
from tomoshibi.relief.survey_facts import Team
from tomoshibi.relief.words import Structure
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import Method, Sunk

#: how long a tablet keeps the page after it last reached the town, in hours; and a sheet that waits is as old at most
KEPT_HOURS = 72
_FILES = ("web/shell.css", "relief/relief.css", "relief/field.css", "relief/ratio.js", "relief/survey.js",
          "web/keep.js", "web/photo.js", "relief/field.js", "web/lamp.svg")  # fmt: skip


@csrf_exempt  # the authority is the signed link: there is no session to forge a request from
@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, token: str, page: str = "") -> HttpResponse:
    """The page by signed link."""
    found = field_links.read(token)
    if found is None:
        raise NotAllowed(
            T(
                "このリンクは無効か、期限が切れています。本部に新しいリンクを頼んでください。",
                "This link is not valid or has run out. Ask headquarters for a new one.",
            )
        )
    actor, team = found
    return Desk(request, actor, team, reverse("relief:field_link", args=[token])).respond(page)


@never_cache
@reading("relief.surveyed")
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, key: str, page: str = "") -> HttpResponse:
    """The same page for whoever is signed in and surveys."""
    team = TeamRow.objects.filter(subject=Team.ref(key)).first()
    if team is None:
        raise Http404
    return Desk(request, actor_on(request), team, reverse("relief:field", args=[key])).respond(page)


@dataclass
class Desk:
    """One request to the page: who asks, as which team, and where the page is."""

    request: HttpRequest
    actor: Actor
    team: TeamRow
    here: str

    def respond(self, page: str) -> HttpResponse:
        """The page, or its worker; a POST records one sheet."""
        if page == "worker.js":
            return self._worker()
        if page:
            raise Http404
        if self.request.method == "POST":
            try:
                self._take()
                return HttpResponse(status=204)
            except Forbidden as no:
                return JsonResponse({"text": str(no.text)}, status=403)
            except (Refused, VocabularyError) as no:
                return JsonResponse({"text": str(no.text)}, status=422)
            except StoreFailed as no:
                return JsonResponse({"text": str(no.text)}, status=503)
        found = survey_queries.in_hand(self.team.subject)
        days = {row.disaster_on for row, _ in found if row.disaster_on}
        hazards = {
            ref: i.hazard if (i := incidents.incident(ref)) else "" for ref in {row.incident for row, _ in found}
        }
        us, risks = who_are_we(), survey_queries.risks(self.team.incident, (p.subject for _, p in found))
        context = {
            "team": self.team,
            "members": "、".join(json.loads(self.team.members)),
            "town": us.name if us else "",
            "base": self.here,
            "found": [
                {**self._listed(row, place, hazards[row.incident]), "risk": risks.get(place.subject)}
                for row, place in found
            ],
            "figures": {
                "rules": {str(day): {m.value: rules(m, day) for m in methods_on(day)} for day in sorted(days)},
                "sunk": {s.value: str(s.label) for s in Sunk},
            },
            "now": worlds.now(),
            "hours": KEPT_HOURS,
            "signed_in": self.actor.id.startswith("user:"),
        }
        return render(self.request, "relief/field.html", context)

    def _listed(self, row: SurveyRow, place: DwellingRow, hazard: str) -> dict[str, Any]:
        method = proposed_method(place, hazard, row.round)
        known = methods_on(row.disaster_on) if row.disaster_on else []
        return {
            "key": key_of(row.subject),
            "row": row,
            "place": place,
            "structure": Structure(place.structure).label,
            "method": method.value if method in known else known[0].value if known else "",
            "desk": f"{reverse('relief:survey', args=[key_of(place.subject)])}?incident={row.incident}",
        }

    def _take(self) -> None:
        """Record the sheet that was sent. Raises what :func:`entering.enter` raises."""
        data = self.request.POST
        row = queries.survey(Survey.ref(data.get("survey", "")))
        if row is None or row.disaster_on is None:
            raise Refused(T("この住家の調査は予定されていません。", "No survey of this dwelling is planned."))
        team_incidents = set(incidents.with_merged(self.team.incident))
        if row.incident not in team_incidents:
            raise Forbidden(T("この班の事案の住家ではありません。", "It is no dwelling of this team's incident."))
        if data.get("method") not in set(Method):
            raise Refused(T("調査票を選んでください。", "Choose a sheet."), "method")
        form = SheetForm(Method(data["method"]), row.disaster_on, data)
        sheet = form.sheet()
        if sheet is None:
            raise Refused(form.refused or T("調査票を読み取れません。", "The sheet cannot be read."))
        try:
            ago = min(max(float(data.get("ago", "0")), 0.0), KEPT_HOURS * 3600)
        except ValueError:
            ago = 0.0
        entering.enter(
            sheet,
            data.get("surveyors", ""),
            self.actor,
            survey=row.subject,
            dwelling=row.dwelling,
            incident=row.incident,
            id=data.get("id", ""),
            photos=[b"".join(file.chunks()) for file in self.request.FILES.getlist("photo")],
            times=data.getlist("taken"),
            happened_at=worlds.now() - timedelta(seconds=ago),
        )

    def _worker(self) -> HttpResponse:
        """The service worker: its scope is where it lies, so it sees this team's page and no other."""
        context = {
            "kind": "field",
            "fingerprint": "".join(static(f).rpartition("=")[2] for f in _FILES),
            "files": _FILES,
            "hours": KEPT_HOURS,
            "kept_ja": "この端末に残した調査の画面は期限が切れたか、消されています。"
            "電波のあるところで開き直してください。送っていない調査票は残っています。",
            "kept_en": "No network, and the page of surveys is no longer kept here. Open it where there is a network.",
        }
        kind = "text/javascript; charset=utf-8"
        return render(self.request, "web/keeper.js", context, content_type=kind)
