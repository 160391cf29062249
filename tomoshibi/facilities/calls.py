"""Every facility hears: the operator's telephone list, the fax sheets, acknowledgements entered by hand.

An approved order, or a notice by hand, goes to a facility by mail with the link to its page (``notifying``). Whoever
has not heard of the newest notice by any route stands here, until somebody there has.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column, table_pdf
from tomoshibi.documents import render as document
from tomoshibi.facilities import queries
from tomoshibi.facilities.evacuation_facts import Called, Heard, HearingCancelled, NoticeFaxed
from tomoshibi.facilities.models import EvacuationRow
from tomoshibi.facilities.notifying import TO_DO
from tomoshibi.facilities.queries import FacilityState
from tomoshibi.facilities.subjects import Evacuation
from tomoshibi.facilities.upkeep_views import ODD
from tomoshibi.facilities.upkeep_words import Call, Route
from tomoshibi.facilities.words import Answer
from tomoshibi.incidents.queries import incident as incident_row
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Fact, Refused
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.listing import TYPES
from tomoshibi.places.queries import head_office, who_are_we
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: how many of those who wait stand on the page at once: it is loaded anew after each call
AT_ONCE = 25
CALLS = T("施設への電話", "Calling facilities")


@reading("facilities.called")
@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest) -> HttpResponse:
    """The list an operator works down: who has not heard first, of these whoever was not called yet and has not even
    opened its page, then the longest since the last call. What is pressed is recorded with the time and who pressed it.
    """
    asked = request.POST.get("incident") or request.GET.get("incident") or ""
    incident = asked or queries.going_on()
    refused: T | None = None
    if request.method == "POST":
        try:
            _record(request, incident)
            line = request.POST.get("next", "")
            return HttpResponseRedirect(f"{reverse('facilities:calls')}?incident={incident}{line}", status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    states = worklist(incident)
    waiting = [s for s in states if not s.evacuation.heard]
    if request.GET.get("as") == "pdf":
        everybody = "all" in request.GET
        return _pdf(call_sheet(states if everybody else waiting), "facility-calls.pdf")
    context = {
        "title": CALLS,
        "incident": incident_row(incident) if incident else None,
        "waiting": [_line(s) for s in waiting[:AT_ONCE]],
        "left": len(waiting),
        "faxes": any(s.site.fax for s in waiting),
        "more": max(0, len(waiting) - AT_ONCE),
        "done": [_line(s) for s in states if s.evacuation.heard],
        "routes": [r for r in Route if r is not Route.TELEPHONE],
        "results": list(Call),
        "refused": refused,
        "act": uuid.uuid4(),
    }
    return render(request, "facilities/calls.html", context, status=422 if refused else 200)


def worklist(incident: str) -> list[FacilityState]:
    """Facilities whose evacuation goes on, in the order in which an operator calls them."""

    def turn(state: FacilityState) -> tuple[bool, bool, bool, datetime, str]:
        row, made = state.evacuation, state.evacuation.called
        # a facility that mail cannot reach hears by telephone alone
        last = made[0]["at"] if made else row.first_notified_at or worlds.now()
        return row.heard, bool(made), row.opened, last, state.site.name

    going = [s for s in queries.states(incident) if s.evacuation.ended_at is None]
    return sorted(going, key=turn)


def _line(state: FacilityState) -> dict[str, Any]:
    row = state.evacuation
    return {
        "s": state,
        "e": row,
        "key": row.key,
        "calls": row.called,
        "page": uuid.uuid4(),
        "tried": sum(c["call"] is not Call.HEARD for c in row.called),
    }


def _record(request: HttpRequest, incident: str) -> None:
    """Record what was pressed. Raises :class:`Refused` for what is not on the page, and what ``record`` raises."""
    post = request.POST
    row = EvacuationRow.objects.filter(subject=Evacuation.ref(post.get("evacuation", ""))).first()
    try:
        if row is None:
            raise ValueError("no such evacuation")
        fact = _said(request)
        id = str(uuid.uuid5(uuid.UUID(post.get("page", "")), fact.kind))
    except ValueError:
        raise Refused(ODD) from None
    record(Draft(fact, row.subject, after=(), id=id, incident=row.incident), actor_on(request))


def _said(request: HttpRequest) -> Fact:
    post = request.POST
    who, note = post.get("who", "").strip()[:100], post.get("note", "").strip()[:300]
    if "call" in post:
        return Called(call=Call(post["call"]), number=post.get("number", "")[:50], who=who, note=note)
    if "how" in post:
        return Heard(how=Route(post["how"]), who=who, note=note)
    if "faxed" in post:
        return NoticeFaxed(number=post["faxed"][:50])
    return HearingCancelled(cancels=post.get("cancel", ""), reason=note[:200])


def call_sheet(states: list[FacilityState]) -> bytes:
    """The telephone list on paper, with room for what came of each call."""
    columns = (
        Column("name", T("施設", "Facility"), kind="name", width=0.2),
        Column("phone", T("電話", "Telephone"), width=0.16),
        Column("level", T("レベル", "Level"), kind="integer", width=0.06),
        Column("people", T("在所", "People"), kind="integer", width=0.06),
        Column("calls", T("これまでの電話", "Calls so far"), width=0.18),
        Column("heard", T("伝わった　出ない", "Heard   No answer"), width=0.12),
        Column("at", T("時刻", "Time"), width=0.08),
        Column("who", T("相手・かけた人", "Who, and who called"), width=0.14),
    )
    rows = [
        {
            "name": s.site.name,
            "phone": "\n".join(s.phones),
            "level": s.evacuation.level,
            "people": s.counts.expected if s.counts.known else None,
            "calls": "\n".join([*_opened(s.evacuation), *(_made(c) for c in s.evacuation.called[:4])]),
            "heard": T("□　　　□", "□          □"),
            "at": "",
            "who": "",
        }
        for s in states
    ]
    title = T("施設への電話 一覧", "Telephone list of facilities")
    training = worlds.is_training()
    return table_pdf(title, columns, rows, created=worlds.now(), training=training, orientation="landscape")


def _opened(row: EvacuationRow) -> list[str]:
    if not row.opened or row.opened_at is None:
        return []
    return [f"{row.opened_at.astimezone(JAPAN):%H:%M} {T('ページを開いた', 'opened its page')}"]


def _made(call: dict[str, Any]) -> str:
    return f"{call['at'].astimezone(JAPAN):%H:%M} {call['call'].label} {call['by']}"


@reading("facilities.called")
@require_GET
def fax(request: HttpRequest) -> HttpResponse:
    """Fax sheets, a page each: of one facility (``?evacuation=``), or of all that have a fax and have not heard."""
    if asked := request.GET.get("evacuation"):
        found = queries.states_of(EvacuationRow.objects.filter(subject=Evacuation.ref(asked)))
    else:
        going = worklist(request.GET.get("incident") or queries.going_on())
        found = [s for s in going if s.site.fax and not s.evacuation.heard]
    if not found:
        raise Http404
    return _pdf(fax_sheets(found), "facility-fax.pdf")


def fax_sheets(states: list[FacilityState]) -> bytes:
    """A fax for each of these facilities: one page in large letters, boxes to answer, the number to send it back to.

    Raises :class:`tomoshibi.documents.DocumentError` where they cannot be made.
    """
    us, office = who_are_we(), head_office()
    data = {
        "town": us.name if us else "",
        "phone": office.phone if office else "",
        "fax": office.fax if office else "",
        "sheets": [
            {
                "name": s.site.name,
                "fax": s.site.fax,
                "heading": s.evacuation.heading or T("施設への連絡", "Notice to facilities"),
                "level": s.evacuation.level or 0,
                "at": s.evacuation.notified_at,
                "area": s.evacuation.area,
                "why": s.evacuation.why,
                "what": s.evacuation.what,
                "to_do": TO_DO.get(s.evacuation.level or 0, T("", "")),
            }
            for s in states
        ],
        "answers": [a.label for a in Answer],
    }
    title = T("施設への連絡（FAX）", "Notice to facilities (fax)")
    return document(
        "facilities/documents/fax.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def _pdf(content: bytes, name: str) -> HttpResponse:
    named = content_disposition_header(False, name) or "inline"
    return HttpResponse(content, content_type=TYPES["pdf"], headers={"Content-Disposition": named})
