"""Pages of incidents: the list, one incident, its timeline on screen, on paper and as a spreadsheet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from tomoshibi.documents import DocumentError
from tomoshibi.incidents import queries, status, timeline
from tomoshibi.incidents.models import BulletinRow, IncidentRow
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.timeline import Line, Wanted
from tomoshibi.journal.forms import FactForm
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.views import form_for
from tomoshibi.people import boards
from tomoshibi.vocabulary import T

#: lines of the newest part of a timeline beside an incident
NEWEST = 40
#: what the rooms are called in the filter
ROOMS = {
    "incidents": T("事案・電文・記録", "Incident, bulletins, notes"),
    "people": T("参集・安否", "Call-out and safety"),
    "places": T("拠点・区域", "Places"),
    "drills": T("訓練", "Drill"),
}
FORMS = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def row_of(key: str) -> IncidentRow:
    """The incident of that key. Raises :class:`Http404`."""
    row = queries.incident(Incident.ref(key))
    if row is None or row.opened is None:
        raise Http404
    return row


@reading("incidents.read")
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Every incident, open ones first."""
    rows = [(row, status.elapsed(row)) for row in queries.incidents()]
    context = {
        "running": [pair for pair in rows if pair[0].is_open],
        "past": [row for row, _ in rows if not row.is_open],
        "open_address": _open_address() if actor_on(request).may("incidents.opened") else "",
        "rejected": queries.rejected().count(),
        "undecided": queries.undecided().count(),
    }
    template = "incidents/incidents_part.html" if getattr(request, "htmx", False) else "incidents/incidents.html"
    return render(request, template, context)


def _open_address() -> str:
    """The form that opens an incident by hand, under a key that is made now, so that it leads to its own page."""
    key = str(uuid.uuid4())
    subject, back = Incident.ref(key), reverse("incidents:incident", args=[key])
    return reverse("journal:record", args=["incidents.opened", subject]) + f"?incident={subject}&next={back}"


@dataclass(frozen=True)
class Next:
    """One thing to do next: what, and where it is done."""

    what: T
    address: str


def _to_decide(bulletin: BulletinRow) -> T:
    name = bulletin.title or bulletin.name
    if bulletin.info == "cancelled":
        return T(
            f"取消報を受信: 誤報なら事案を終了する（{name}）", f"A cancellation came: close if it was false ({name})"
        )
    return T(f"人の判断が必要: {name}", f"To be decided by a person: {name}")


def nexts(row: IncidentRow) -> list[Next]:
    """What the incident waits for, most pressing first."""
    found = [
        Next(_to_decide(b), reverse("incidents:bulletin", args=[b.key]))
        for b in queries.undecided().filter(incident=row.subject)
    ]
    if row.is_open and row.posture == "normal":
        found.append(
            Next(
                T("配備体制を決める", "Decide the posture"),
                reverse("journal:record", args=["incidents.posture_changed", row.subject])
                + f"?incident={row.subject}&next={reverse('incidents:incident', args=[row.key])}",
            )
        )
    if SubjectRow.objects.filter(incident=row.subject).exclude(conflicts="[]").exists():
        found.append(Next(T("食い違いを解く", "Settle conflicts"), reverse("journal:conflicts")))
    return found


def _head(request: HttpRequest, row: IncidentRow) -> dict[str, Any]:
    merged_into = queries.final(row) if row.merged_into else None
    return {
        "row": row,
        "elapsed": status.elapsed(row),
        "since": status.counted_from(row),
        "nexts": nexts(row),
        "bulletins": list(queries.bulletins_of(row.subject)[:10]),
        "merged_into": merged_into,
        "acts": [
            (label, f"{reverse('journal:record', args=[kind, row.subject])}?incident={row.subject}")
            for kind, label in _acts(row)
            if actor_on(request).may(kind)
        ],
        "here": reverse("incidents:incident", args=[row.key]),
    }


def _acts(row: IncidentRow) -> list[tuple[str, T]]:
    if row.is_open:
        return [
            ("incidents.posture_changed", T("配備体制を変える", "Change the posture")),
            ("incidents.described", T("名称などを直す", "Edit")),
            ("incidents.merged", T("別の事案に統合", "Merge")),
            ("incidents.closed", T("終了する", "Close")),
        ]
    return [("incidents.reopened", T("再開する", "Reopen"))]


@reading("incidents.read")
@require_GET
def incident(request: HttpRequest, key: str) -> HttpResponse:
    """One incident: what happened, who is coming, what next, and the newest of its timeline beside a line to write."""
    row = row_of(key)
    may_note = actor_on(request).may("incidents.note_recorded")
    context = {
        **_head(request, row),
        **_newest(request, row),
        "form": form_for("incidents.note_recorded", "new", incident=row.subject) if may_note else None,
        "gathering": _gathering(request, row),
    }
    return render(request, "incidents/incident.html", context)


def _gathering(request: HttpRequest, row: IncidentRow) -> str:
    """The part of people about this incident, for those who may read it; the page fetches it anew when it changes."""
    if not actor_on(request).may("people.read"):
        return ""
    part = boards.of_incident(request, row.subject)
    return mark_safe(part.content.decode()) if isinstance(part, HttpResponse) else ""  # noqa: S308  # made by people


@reading("incidents.read")
@require_GET
def head(request: HttpRequest, key: str) -> HttpResponse:
    """The part of an incident's page that tells how things stand."""
    return render(request, "incidents/head.html", _head(request, row_of(key)))


def _newest(request: HttpRequest, row: IncidentRow) -> dict[str, Any]:
    lines, count = timeline.newest(row.subject, NEWEST)
    note_reading(request, [line.subject for line in lines])
    return {"lines": lines, "count": count, "may_correct": actor_on(request).may("incidents.note_corrected")}


@reading("incidents.read")
@require_GET
def newest(request: HttpRequest, key: str) -> HttpResponse:
    """The newest lines of a timeline."""
    row = row_of(key)
    return render(request, "incidents/lines.html", {"row": row, **_newest(request, row)})


def wanted_of(request: HttpRequest) -> Wanted:
    """What the address asks of a timeline."""
    get = request.GET.get
    return Wanted(
        words=get("q", "").strip(),
        room=get("room", ""),
        notes=get("notes") == "yes",
        newest_first=get("order") != "oldest",
    )


@reading("incidents.read")
@require_GET
def timeline_page(request: HttpRequest, key: str) -> HttpResponse:
    """The whole timeline: filtered, counted, live; the address keeps it all."""
    row = row_of(key)
    lines = timeline.lines_of(row.subject)
    asked = wanted_of(request)
    found = asked.filter(lines)
    note_reading(request, [line.subject for line in found])
    form: FactForm | None = None
    if actor_on(request).may("incidents.note_recorded"):
        form = form_for("incidents.note_recorded", "new", incident=row.subject)
    context = {
        "row": row,
        "lines": timeline.gathered(found),
        "found": len(found),
        "count": len(lines),
        "asked": asked,
        "rooms": [(room, ROOMS.get(room, room)) for room in sorted({line.room for line in lines})],
        "files": list(FORMS),
        "form": form,
        "here": request.get_full_path(),
        "may_correct": actor_on(request).may("incidents.note_corrected"),
    }
    template = "incidents/timeline_part.html" if getattr(request, "htmx", False) else "incidents/timeline.html"
    return render(request, template, context)


@reading("incidents.read")
@require_GET
def timeline_file(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The timeline as PDF, CSV or Excel, of the lines that the address asks for, oldest first."""
    if form not in FORMS:
        raise Http404
    row = row_of(key)
    asked = wanted_of(request)
    lines: list[Line] = Wanted(asked.words, asked.room, asked.notes, newest_first=False).filter(
        timeline.lines_of(row.subject)
    )
    note_reading(request, [line.subject for line in lines])
    try:
        made = {"pdf": timeline.pdf, "csv": timeline.csv, "xlsx": timeline.xlsx}[form](row, lines)
    except DocumentError as error:
        return render(request, "incidents/no_document.html", {"row": row, "reason": error.text}, status=422)
    name = f"{row.title}_{T('時系列', 'timeline')}.{form}"
    disposition = content_disposition_header(as_attachment=form != "pdf", filename=name)
    return HttpResponse(made, content_type=FORMS[form], headers={"Content-Disposition": disposition or ""})
