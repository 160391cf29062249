"""Pages of issuing many certificates at once."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.places.queries import areas
from tomoshibi.relief import batches
from tomoshibi.relief.batches import Batch
from tomoshibi.relief.counter import incident_on, page_of
from tomoshibi.relief.paper_models import BatchRow
from tomoshibi.relief.words import Kind
from tomoshibi.vocabulary import T

BATCHES = T("一括交付・印刷", "Print many")
#: certificates issued by one press of the button: a few seconds of work
PRESS = 300


@reading("relief.batch_started")
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Batches so far, and the form that starts one."""
    actor, incident = actor_on(request), incident_on(request)
    where = incident.subject if incident else ""
    asked = request.POST if request.method == "POST" else request.GET
    kind = Kind.VICTIM if asked.get("kind") == Kind.VICTIM else Kind.DISASTER
    area, refused = asked.get("area", ""), None
    said = asked.get("number", "").strip()
    number = int(said) if said.isdecimal() else 0 if said else batches.LARGEST
    rows = batches.ready(where, kind, actor, area, min(number, batches.LARGEST)) if incident and number else []
    if request.method == "POST":
        try:
            if not number:  # what cannot be read is not taken for all of them
                raise Refused(
                    T("件数は 1 以上の整数で入れてください。", "How many: a whole number from 1 on."), "number"
                )
            name = asked.get("name", "").strip() or batches.default_name()
            ref = batches.start(name, rows, actor, asked.get("id", "") or str(uuid.uuid4()))
            return HttpResponseRedirect(reverse("relief:batch", args=[ref.partition(":")[2]]), status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    held = BatchRow.objects.order_by("-started_at")[:50]
    context = {
        "incident": incident,
        "kinds": list(Kind),
        "kind": kind,
        "areas": areas(),
        "area": area,
        "number": said,
        "name": asked.get("name", ""),
        "ready": len(rows),
        "largest": batches.LARGEST,
        "id": uuid.uuid4(),
        "refused": refused,
        "batches": [(row, batches.progress(row)) for row in held],
    }
    return render(request, "relief/batches.html", context, status=422 if refused else 200)


def _row(key: str) -> BatchRow:
    row = BatchRow.objects.filter(subject=Batch.ref(key)).first()
    if row is None:
        raise Http404
    return row


@reading("relief.batch_started")
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, key: str) -> HttpResponse:
    """One batch: how far it is, what it left out; a POST issues the next certificates."""
    row, actor, refused = _row(key), actor_on(request), None
    if request.method == "POST":
        try:
            for _ in range(PRESS // batches.ACT):
                if not batches.run(row.subject, actor).left:
                    break
            return HttpResponseRedirect(request.path, status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    out = batches.stopped(row, actor)
    note_reading(request, [s.row.subject for s in out if s.row])
    papers = batches.papers(row.subject, actor)
    context: dict[str, Any] = {
        "row": row,
        "kind": Kind(row.kind).label,
        "progress": batches.progress(row),
        "stopped": [(s, page_of(s.row) if s.row else "") for s in out],
        "papers": papers,
        "refused": refused,
    }
    return render(request, "relief/batch.html", context, status=422 if refused else 200)


@reading("relief.batch_started")
@require_GET
def pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The certificates of a batch as one PDF, from ``?since=`` (a serial number) on."""
    row, actor = _row(key), actor_on(request)
    papers = batches.papers(row.subject, actor, request.GET.get("since", ""))
    note_reading(request, [c.subject for c in papers])
    try:
        made = batches.pdf(papers)
    except Refused as no:
        context = {"title": BATCHES, "refused": no.text, "back": reverse("relief:batch", args=[key])}
        return render(request, "relief/refused.html", context, status=422)
    response = HttpResponse(made, content_type="application/pdf")
    name = f"certificates-{papers[0].serial}-{papers[-1].serial}.pdf"
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    return response
