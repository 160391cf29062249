"""The conflicts page: what two people or two sites said differently, and what must not be so across subjects."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.journal import facts, queries, recording
from tomoshibi.journal.entries import read_moment
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.pages import NotAllowed, actor_on, may_read, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed
from tomoshibi.journal.states import Part, Subject, Track
from tomoshibi.vocabulary import T


@reading()
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """Everything in dispute, each rival with who, when and where, and what cannot be read yet."""
    return _page(request)


def _page(request: HttpRequest, error: T | None = None, status: int = 200) -> HttpResponse:
    actor = actor_on(request)
    found = queries.disputes(actor)
    unread = queries.unread(actor)
    broken = queries.broken_laws(actor)
    note_reading(
        request,
        [d.row.subject for d in found]
        + [row.subject for row, _ in unread]
        + [subject for _, findings in broken for f in findings for subject in f.finding.subjects],
    )
    context = {
        "disputes": [(d, str(uuid.uuid4())) for d in found],
        "unread": unread,
        "laws": broken,
        "error": error,
        "here": request.get_full_path(),
    }
    template = "journal/disputes.html" if getattr(request, "htmx", False) else "journal/conflicts.html"
    return render(request, template, context, status=status)


@reading()
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Settle a dispute: say the chosen rival's value again, knowing of every rival that the page showed."""
    actor, post = actor_on(request), request.POST
    row = EntryRow.objects.filter(id=post.get("entry", "")).first()
    cls = Subject.of(row.subject) if row else None
    part = getattr(cls, post.get("part", ""), None) if cls else None
    if row is None or not isinstance(part, Part) or row.payload is None:
        raise Http404
    if not may_read(actor, row.subject):
        raise NotAllowed(T("この対象の記録を見る権限がありません。", "You hold no role that may read this subject."))
    chosen, why = facts.decode(row.kind, row.version, row.payload)
    if chosen is None:
        return _page(request, T(f"この記録は読めません: {why}", f"This entry cannot be read: {why}"), 422)
    heads = post.get("after", "").split()
    # a state over time came to hold when the chosen entry says, not when somebody settled it
    at = read_moment(row.happened_at) if isinstance(part, Track) else None
    draft = Draft(facts.settling(chosen, part), row.subject, heads, post.get("id", ""), at, row.incident)
    try:
        recording.record(draft, actor)
    except StoreFailed as no:
        return _page(request, no.text, 503)
    except Refused as no:
        return _page(request, no.text, 422)
    return HttpResponseRedirect(reverse("journal:conflicts"), status=303)
