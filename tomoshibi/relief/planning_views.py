"""Pages of planning surveys: what remains and when it ends, teams, who goes where, a team's day with map and sheet."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import DocumentError
from tomoshibi.incidents.mapping import AREAS, IMPORTED, feature, point
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.operations import CALM
from tomoshibi.incidents.panels import map_layers
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.journal.views import record_address
from tomoshibi.places.queries import names_of
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import assigning, blank_papers, field_links, route_papers, survey_queries
from tomoshibi.relief.counter import incident_on
from tomoshibi.relief.models import DwellingRow, SurveyRow, TeamRow
from tomoshibi.relief.sheet_form import methods_on
from tomoshibi.relief.subjects import Survey
from tomoshibi.relief.survey_facts import Team
from tomoshibi.relief.words import Structure
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import Method

PLANNING = T("調査の計画", "Plan surveys")
WAY, DONE, TODO = "#5C554B", "#1B7F3B", "#0B57C2"


@reading("relief.survey_assigned")
@require_http_methods(["GET", "POST"])
def planning(request: HttpRequest) -> HttpResponse:
    """What remains, the forecast, the teams, and each day; a POST plans the next days anew."""
    incident, actor = incident_on(request), actor_on(request)
    if incident is None:
        return render(request, "relief/planning.html", {"title": PLANNING}, status=422)
    refused: T | None = None
    asked = {"first": str(survey_queries.today() + timedelta(1)), "days": "5", "second": f"{survey_queries.SECOND:g}"}
    if request.method == "POST":
        asked |= {name: request.POST.get(name, "").strip() for name in asked}
        try:
            made = assigning.assign(
                incident.subject,
                actor,
                date.fromisoformat(asked["first"]),
                int(asked["days"]),
                float(asked["second"]),
            )
            counts = {"assigned": made.assigned, "changed": made.changed, "left": made.left}
            query = urlencode({"incident": incident.subject, "km": str(round(made.metres / 1000))} | _texts(counts))
            return HttpResponseRedirect(f"{reverse('relief:planning')}?{query}", status=303)
        except ValueError:
            refused = T("日と数字を確かめてください。", "Check the day and the numbers.")
        except (Refused, StoreFailed) as no:
            refused = no.text
    return render(
        request,
        "relief/planning.html",
        {**_context(request, incident), "asked": asked, "refused": refused},
        status=422 if refused else 200,
    )


def _texts(counts: dict[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}


def _context(request: HttpRequest, incident: IncidentRow) -> dict[str, Any]:
    actor, here = actor_on(request), f"{request.path}?incident={incident.subject}"
    rows = list(survey_queries.teams(incident.subject))
    names = survey_queries.team_names(incident.subject)
    starts = names_of([r.start for r in rows])
    seen = survey_queries.progress(incident.subject)
    total: dict[str, tuple[int, int]] = {}
    for one in seen:
        assigned, done = total.get(one.team, (0, 0))
        total[one.team] = (assigned + one.assigned, done + one.done)
    today, found = survey_queries.today(), survey_queries.districts(incident.subject)
    named = names_of([d.area for d in found])
    days = [
        {
            "day": day,
            "today": day == today,
            "teams": sorted(((names.get(p.team, p.team), p, _day_page(p.team, day)) for p in parts), key=itemgetter(0)),
            "assigned": sum(p.assigned for p in parts),
            "done": sum(p.done for p in parts),
        }
        for day, group in itertools.groupby(seen, key=lambda p: p.day)
        if (parts := list(group)) and (day >= today - timedelta(7) or any(p.late for p in parts))
    ]
    return {
        "title": PLANNING,
        "incident": incident,
        "capacity": survey_queries.capacity(incident.subject),
        "teams": [
            {
                "row": row,
                "members": json.loads(row.members),
                "start": starts.get(row.start, ""),
                "assigned": total.get(row.subject, (0, 0))[0],
                "done": total.get(row.subject, (0, 0))[1],
                "field": reverse("relief:field", args=[key_of(row.subject)]),
                "link": field_links.address(row),
                "acts": acts(
                    actor,
                    (
                        "relief.team_described",
                        T("変更", "Change"),
                        record_address("relief.team_described", row.subject, incident=incident.subject, next=here),
                    ),
                    (
                        "relief.team_disbanded",
                        T("解散", "Disband"),
                        record_address("relief.team_disbanded", row.subject, incident=incident.subject, next=here),
                    ),
                ),
            }
            for row in rows
        ],
        "days": days,
        "districts": [
            (
                d,
                named.get(d.area, ""),
                f"{reverse('relief:surveys')}?{urlencode({'incident': incident.subject, 'area': d.area})}",
            )
            for d in found
        ],
        "acts": acts(
            actor,
            (
                "relief.team_described",
                T("班を編成する", "Form a team"),
                record_address("relief.team_described", incident=incident.subject, next=here),
            ),
        ),
        "told": {
            k: request.GET[k] for k in ("assigned", "changed", "left", "km") if request.GET.get(k, "").isdecimal()
        },
    }


def _day_page(team: str, day: date) -> str:
    return reverse("relief:team_day", args=[key_of(team), day.isoformat()]) if team.startswith(f"{Team.type}:") else ""


def _asked(key: str, day: str) -> tuple[TeamRow, date]:
    row = TeamRow.objects.filter(subject=Team.ref(key)).first()
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if row is None:
        raise Http404
    return row, on


@reading("relief.survey_assigned")
@require_http_methods(["GET", "POST"])
def team_day(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """A team's day: its way on the map, its dwellings in order; a POST gives those ticked to another team or day."""
    row, on = _asked(key, day)
    refused: T | None = None
    asked_day = request.POST.get("day", day)
    if request.method == "POST":
        chosen = [Survey.ref(k) for k in request.POST.getlist("survey")]
        try:
            if not chosen:
                raise Refused(T("移す住家を選んでください。", "Choose dwellings to move."))
            to = Team.ref(request.POST["team"]) if request.POST.get("team") else ""
            assigning.move(chosen, to, date.fromisoformat(asked_day) if to else None, actor_on(request))
            return HttpResponseRedirect(request.path, status=303)
        except ValueError:
            refused = T("日を確かめてください。", "Check the day.")
        except (Refused, StoreFailed) as no:
            refused = no.text
    found = survey_queries.route(row.subject, on)
    risks = survey_queries.risks(row.incident, (p.subject for _, p in found))
    layer = {"key": "route", "label": str(T("経路", "Route")), "address": f"{request.path}route.geojson"}
    context = {
        "team": row,
        "members": json.loads(row.members),
        "day": on,
        "found": [
            (s, p, Structure(p.structure).label, risks.get(p.subject), key_of(s.subject), key_of(p.subject))
            for s, p in found
        ],
        "done": sum(s.surveyed_at is not None for s, _ in found),
        "teams": [(key_of(t.subject), t.name) for t in survey_queries.teams(row.incident)],
        "layers": [layer, *beneath(actor_on(request))],
        "refused": refused,
        "asked_day": asked_day,
        "methods": methods_on(days[0]) if (days := [s.disaster_on for s, _ in found if s.disaster_on]) else [],
        "own": key,
        "before": on - timedelta(1),
        "after": on + timedelta(1),
    }
    return render(request, "relief/team_day.html", context, status=422 if refused else 200)


@reading("relief.survey_assigned")
@require_GET
def route_layer(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """The day's way and its stops as GeoJSON."""
    row, on = _asked(key, day)
    return JsonResponse({"type": "FeatureCollection", "features": _features(survey_queries.route(row.subject, on))})


def beneath(actor: Actor) -> list[dict[str, Any]]:
    """The town under a map of dwellings: its districts and imported layers, drawn and not looked for."""
    return [
        {
            "key": m.key,
            "label": str(m.label),
            "address": reverse("incidents:map_layer", args=[CALM, m.key]),
            "beneath": True,
        }
        for m in map_layers(actor)
        if m.key in (AREAS.key, IMPORTED.key)
    ]


def _features(found: Iterable[tuple[SurveyRow, DwellingRow]]) -> list[dict[str, Any]]:
    """A line along the stops, and each stop with its number: a square where it is surveyed, a circle where not."""
    placed = [(s, p) for s, p in found if p.lat is not None and p.lon is not None]
    line = {"type": "LineString", "coordinates": [[p.lon, p.lat] for _, p in placed]}
    way = feature(line, name=str(T("経路", "Route")), state="", colour=WAY, shape="line", faint=False)
    stops = [
        feature(
            point(p.lat, p.lon),
            name=f"{s.stop} {p.address} {p.building}".strip(),
            state=str(T("調査済み", "Surveyed") if s.surveyed_at else T("これから", "To do")),
            mark=str(s.stop),
            address=reverse("relief:dwelling", args=[key_of(p.subject)]),
            colour=DONE if s.surveyed_at else TODO,
            shape="square" if s.surveyed_at else "circle",
        )
        for s, p in placed
    ]
    return [way, *stops] if len(placed) > 1 else stops


@reading("relief.survey_assigned")
@require_GET
def route_sheet(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """The team's day on paper: the stops in order, with room to tick and note."""
    row, on = _asked(key, day)
    found = survey_queries.route(row.subject, on)
    made = route_papers.route(row, on, found, survey_queries.risks(row.incident, (p.subject for _, p in found)))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"route-{row.name}-{on}.pdf") or "inline"
    return response


@reading("relief.survey_assigned")
@require_GET
def blank_sheets(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """Empty sheets of the team's day, to be filled in by hand where no tablet can be used."""
    row, on = _asked(key, day)
    found = survey_queries.route(row.subject, on)
    if all(s.surveyed_at for s, _ in found):
        raise Http404
    asked = request.GET.get("method", "")
    method = Method(asked) if asked in set(Method) else None
    try:
        risks = survey_queries.risks(row.incident, (p.subject for _, p in found))
        made = blank_papers.blanks(row, found, risks, method)
    except DocumentError as no:
        context = {"title": PLANNING, "refused": no.text, "back": reverse("relief:team_day", args=[key, day])}
        return render(request, "relief/refused.html", context, status=422)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"sheets-{row.name}-{on}.pdf") or "inline"
    return response
