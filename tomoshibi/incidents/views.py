"""Pages of incidents: the list, and an incident's timeline on screen, on paper and as a spreadsheet."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.documents import DocumentError
from tomoshibi.incidents import queries, status, timeline
from tomoshibi.incidents.operations import open_address, row_of
from tomoshibi.incidents.timeline import Line, Wanted
from tomoshibi.journal.forms import FactForm
from tomoshibi.journal.pages import actor_on, note_reading, readable, reading
from tomoshibi.journal.views import form_for
from tomoshibi.vocabulary import T

#: what the rooms are called in the filter
ROOMS = {
    "incidents": T("事案・電文・記録", "Incident, bulletins, notes"),
    "people": T("参集・安否", "Call-out and safety"),
    "places": T("拠点・区域", "Places"),
    "residents": T("住民", "Residents"),
    "shelters": T("避難所", "Shelters"),
    "publishing": T("避難情報", "Orders"),
    "continuity": T("情報システム", "Continuity"),
    "facilities": T("施設", "Facilities"),
    "relief": T("被災者支援", "Relief"),
    "drills": T("訓練", "Drill"),
}
FORMS = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@reading("incidents.read")
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Every incident, open ones first."""
    rows, running = queries.incidents(), set(queries.open_incidents().values_list("subject", flat=True))
    context = {
        "running": [(row, status.elapsed(row)) for row in rows if row.subject in running],
        "past": [row for row in rows if row.subject not in running],
        "open_address": open_address() if actor_on(request).may("incidents.opened") else "",
        "rejected": queries.rejected().count(),
        "undecided": queries.undecided().count(),
    }
    template = "incidents/incidents_part.html" if getattr(request, "htmx", False) else "incidents/incidents.html"
    return render(request, template, context)


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
    shown, actor = timeline.gathered(found), actor_on(request)
    form: FactForm | None = None
    if actor.may("incidents.note_recorded"):
        form = form_for("incidents.note_recorded", "new", incident=row.subject)
    context = {
        "row": row,
        "lines": shown,
        "readable": readable(actor, [line.subject for line in shown]),
        "found": len(found),
        "count": len(lines),
        "asked": asked,
        "rooms": [(room, ROOMS.get(room, room)) for room in sorted({line.room for line in lines})],
        "files": list(FORMS),
        "form": form,
        "here": request.get_full_path(),
        "may_correct": actor.may("incidents.note_corrected"),
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
