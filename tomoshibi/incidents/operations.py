"""The operations room 本部: five questions answered without a click — what happened, who is here, what is down, what is
due, what next — beside the map and the timeline with its line to write into.

Every incident's page is its operations room; ``operations/`` is that of the newest open one, and in normal times says
what is ready and what would happen. Rooms above tell their lines through :mod:`tomoshibi.incidents.panels`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import conditional_page, require_GET

from tomoshibi.incidents import felt, mapping, panels, queries, status, timeline
from tomoshibi.incidents.models import IncidentRow, TableRow
from tomoshibi.incidents.panels import PANELS, Told
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import actor_on, note_reading, readable, reading
from tomoshibi.journal.views import form_for, record_address
from tomoshibi.people import queries as people
from tomoshibi.places import queries as places
from tomoshibi.vocabulary import T

#: lines of the newest part of a timeline beside an incident
NEWEST = 40
#: lines of a panel that are read without a click; the rest is one click away
SHOWN = 4
#: what stands in the address of the map where there is no incident
CALM = "now"

#: what is said where nobody tells anything
NOTHING = {
    "here": T("招集や避難所の人数がここに並びます。", "Who was called out and who shelters where appears here."),
    "down": T("停止・支障の報告はありません。", "Nothing is reported to be down."),
    "due": T("期限のあるものはありません。", "Nothing is due."),
    "next": T("今すぐ決めることはありません。", "Nothing waits for a decision."),
    "papers": T("", ""),
}


@dataclass(frozen=True)
class Panel:
    """One panel: its lines, those behind a click, and what is said where there are none."""

    key: str
    label: T
    lines: list[Told]
    rest: list[Told]
    nothing: T


def row_of(key: str) -> IncidentRow:
    """The incident of that key. Raises :class:`Http404`."""
    row = queries.incident(Incident.ref(key))
    if row is None or row.opened is None:
        raise Http404
    return row


def panels_of(incident: str, actor: Actor) -> dict[str, Panel]:
    """Every panel of an incident (its reference, empty in normal times) as ``actor`` may see it."""
    found = {}
    for key, label in PANELS.items():
        lines = panels.told(key, incident, actor)
        shown = len(lines) if key == "papers" else SHOWN
        found[key] = Panel(key, label, lines[:shown], lines[shown:], NOTHING[key])
    return found


def head(request: HttpRequest, row: IncidentRow) -> dict[str, Any]:
    """How things stand: the incident and its panels."""
    actor = actor_on(request)
    here = reverse("incidents:incident", args=[row.key])
    return {
        "row": row,
        "elapsed": status.elapsed(row),
        "since": status.counted_from(row),
        "felt": felt.strongest(row.subject),
        "panels": panels_of(row.subject, actor),
        "bulletins": list(queries.bulletins_of(row.subject)[:10]),
        "merged_into": end if row.merged_into and (end := queries.final(row)).subject != row.subject else None,
        "others": [r for r in queries.open_incidents()[:9] if r != row] if row.is_open else [],
        "acts": [
            (label, f"{record_address(kind, row.subject, incident=row.subject, next=here)}")
            for kind, label in _acts(row)
            if actor.may(kind)
        ],
        "call_address": reverse("people:start") + f"?incident={row.subject}"
        if row.is_open and actor.may("people.call_out_started")
        else "",
        "now": worlds.now(),
    }


def _acts(row: IncidentRow) -> list[tuple[str, T]]:
    if row.is_open:
        return [
            ("incidents.posture_changed", T("配備体制を変える", "Change the posture")),
            ("incidents.report_sent", T("報告を提出した", "A report was sent")),
            ("incidents.described", T("名称などを直す", "Edit")),
            ("incidents.merged", T("別の事案に統合", "Merge")),
            ("incidents.closed", T("終了する", "Close")),
        ]
    return [("incidents.reopened", T("再開する", "Reopen"))]


def newest(request: HttpRequest, row: IncidentRow) -> dict[str, Any]:
    """The newest lines of the timeline, whose reading is logged where they are about persons."""
    lines, count = timeline.newest(row.subject, NEWEST)
    actor, subjects = actor_on(request), [line.subject for line in lines]
    note_reading(request, subjects)
    return {
        "lines": lines,
        "readable": readable(actor, subjects),
        "count": count,
        "may_correct": actor.may("incidents.note_corrected"),
    }


@reading("incidents.read")
@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """The operations room of the newest open incident; in normal times, what is ready."""
    row = queries.open_incidents().first()
    if row is not None:
        return _room(request, row)
    return render(request, "incidents/calm.html", {**_calm(request), **_map(request, "")})


def _calm(request: HttpRequest) -> dict[str, Any]:
    actor = actor_on(request)
    table = TableRow.objects.exclude(in_force="").first()
    return {
        "panels": panels_of("", actor),
        "ready": [
            (T("自動判断表", "Trigger table"), table.name if table else None, reverse("incidents:table")),
            (T("参集ルール", "Rules of call-out"), people.rules().count() or None, reverse("people:rules")),
            (T("職員", "Staff"), people.staff().count() or None, reverse("people:staff")),
        ],
        "bulletins": list(queries.bulletins()[:5]),
        "open_address": open_address() if actor.may("incidents.opened") else "",
        "past": list(queries.incidents()[:3]),
        "now": worlds.now(),
    }


@reading("incidents.read")
@require_GET
def calm_part(request: HttpRequest) -> HttpResponse:
    """How things stand in normal times; a page that is open there learns of the first incident by it."""
    if queries.open_incidents().exists():
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "incidents/calm_part.html", _calm(request))


def open_address() -> str:
    """The form that opens an incident by hand, under a key that is made now, so that it leads to its own page."""
    key = str(uuid.uuid4())
    subject = Incident.ref(key)
    return record_address("incidents.opened", subject, incident=subject, next=reverse("incidents:incident", args=[key]))


@reading("incidents.read")
@require_GET
def incident(request: HttpRequest, key: str) -> HttpResponse:
    """The operations room of one incident, open or closed."""
    return _room(request, row_of(key))


def _room(request: HttpRequest, row: IncidentRow) -> HttpResponse:
    form = None
    if actor_on(request).may("incidents.note_recorded"):
        form = form_for("incidents.note_recorded", "new", incident=row.subject)
    context = {
        **head(request, row),
        **newest(request, row),
        **_map(request, row.key),
        "form": form,
        "here": request.path,
    }
    return render(request, "incidents/operations.html", context)


@reading("incidents.read")
@require_GET
def head_part(request: HttpRequest, key: str) -> HttpResponse:
    """The part of an operations room that tells how things stand."""
    return render(request, "incidents/head.html", head(request, row_of(key)))


@reading("incidents.read")
@require_GET
def newest_part(request: HttpRequest, key: str) -> HttpResponse:
    """The newest lines of a timeline."""
    row = row_of(key)
    return render(request, "incidents/lines.html", {"row": row, **newest(request, row)})


def _map(request: HttpRequest, key: str) -> dict[str, Any]:
    """What the map needs: its layers with their addresses, and where its list is."""
    layers = [
        {"key": m.key, "label": str(m.label), "address": reverse("incidents:map_layer", args=[key or CALM, m.key])}
        for m in panels.map_layers(actor_on(request))
    ]
    return {
        "layers": layers,
        "map_list": reverse("incidents:map", args=[key or CALM]),
        "credits": [f"{r.name}: {r.attribution} ({r.licence})" for r in places.layers()],
    }


def _incident_of(key: str) -> str:
    return "" if key == CALM else row_of(key).subject


@reading("incidents.read")
@require_GET
def map_page(request: HttpRequest, key: str) -> HttpResponse:
    """The map by itself, and everything that lies on it as a list: for the keyboard, screen readers and paper."""
    subject = _incident_of(key)
    wanted = request.GET.get("layer", "")
    layers = [m for m in panels.map_layers(actor_on(request)) if not wanted or m.key == wanted]
    context = {
        "row": queries.incident(subject) if subject else None,
        "listed": mapping.listed(layers, subject, actor_on(request)),
        "wanted": wanted,
        **_map(request, "" if key == CALM else key),
    }
    return render(request, "incidents/map.html", context)


@reading("incidents.read")
@require_GET
@conditional_page
def map_layer(request: HttpRequest, key: str, layer: str) -> HttpResponse:
    """One layer as GeoJSON; 304 where the browser has it as it is."""
    found = next((m for m in panels.map_layers(actor_on(request)) if m.key == layer), None)
    if found is None:
        raise Http404
    made = mapping.collection(found, _incident_of(key), actor_on(request))
    return JsonResponse(
        made,
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
        headers={"Cache-Control": "private, no-cache"},
    )
