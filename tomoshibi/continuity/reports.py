"""The recovery report's two annex tables on a page, with a click where each cell comes from, and as PDF and CSV."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.continuity import annex as tables
from tomoshibi.continuity import papers, queries
from tomoshibi.continuity.annex import Annex, Row1
from tomoshibi.continuity.subjects import Condition
from tomoshibi.continuity.views import incident_of
from tomoshibi.continuity.words import Group
from tomoshibi.documents import DocumentError
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.views import record_address
from tomoshibi.vocabulary import T

FORMS = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class Shown:
    """A row of annex 1 on the page: with the addresses where its cells are recorded."""

    row: Row1
    reported: str
    restored: str


def made_of(incident: IncidentRow) -> Annex:
    """The annexes of an incident that is there. Raises :class:`Http404`."""
    made = tables.annex(incident.subject)
    if made is None:
        raise Http404
    return made


@reading("continuity.read")
@require_GET
def report(request: HttpRequest, key: str) -> HttpResponse:
    """Both annexes, live."""
    incident = incident_of(key)
    made, here = made_of(incident), reverse("continuity:report", args=[key])
    names = {x.subject: x.name for x in queries.items()}
    groups: dict[Group, list[Shown]] = {}
    for row in made.rows:
        subject = Condition.of_item(incident.subject, row.item, row.aspect)
        known = {
            "incident": incident.subject,
            "item": row.item,
            "aspect": row.aspect.value,
            "name": names.get(row.item, ""),
            "next": here,
        }
        groups.setdefault(row.group, []).append(
            Shown(
                row,
                record_address("continuity.condition_reported", subject, **known),
                record_address("continuity.condition_restored", subject, **known),
            )
        )
    may = actor_on(request).may
    context = {
        "incident": incident,
        "annex": made,
        "groups": list(groups.items()),
        "titles": (tables.TITLE_1, tables.TITLE_2),
        "heads": tables.HEADS_1,
        "parts": (
            (T("システムの導入", "Systems introduced"), tables.HEADS_2, made.systems),
            (T("窓口の再開", "Counters"), tables.HEADS_3, made.counters),
        ),
        "introductions": [
            (row.name, record_address("continuity.introduced", row.subject, incident=incident.subject, next=here))
            for row in queries.introductions(incident.subject)
        ],
        "introduce": record_address("continuity.introduced", incident=incident.subject, next=here),
        "counters": [
            (row.name, record_address("continuity.counter_opened", row.subject, incident=incident.subject, next=here))
            for row in queries.counters()
        ],
        "may_report": may("continuity.condition_reported") and not worlds.is_reading(),
        "may_introduce": may("continuity.introduced") and not worlds.is_reading(),
        "may_open": may("continuity.counter_opened") and not worlds.is_reading(),
    }
    template = "continuity/report_part.html" if getattr(request, "htmx", False) else "continuity/report.html"
    return render(request, template, context)


@reading("continuity.read")
@require_GET
def annex_file(request: HttpRequest, key: str, number: int, form: str) -> HttpResponse:
    """Annex 1 or 2 as PDF or CSV."""
    if number not in (1, 2) or form not in FORMS:
        raise Http404
    incident = incident_of(key)
    made = made_of(incident)
    try:
        data = papers.annex_csv(made, number) if form == "csv" else papers.annex_pdf(incident, made, number)
    except DocumentError as error:
        return render(request, "continuity/refused.html", {"incident": incident, "refused": error.text}, status=422)
    name = papers.annex_name(incident, number, form)
    disposition = content_disposition_header(as_attachment=form != "pdf", filename=name)
    return HttpResponse(data, content_type=FORMS[form], headers={"Content-Disposition": disposition or ""})
