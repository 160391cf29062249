"""The generic pages: the journal, a subject with its timeline, the form of any fact, search."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.journal import facts, queries, recording
from tomoshibi.journal.access import Actor
from tomoshibi.journal.conflict_views import conflicts, settle
from tomoshibi.journal.entries import moment
from tomoshibi.journal.facts import Fact, Forbidden, Refused
from tomoshibi.journal.finding import Found, found
from tomoshibi.journal.forms import FactForm
from tomoshibi.journal.models import ChainRow, EntryRow, NodeRow, SubjectRow
from tomoshibi.journal.pages import (
    NotAllowed,
    NotThere,
    actor_on,
    may_read,
    named,
    note_reading,
    reading,
    sites_read,
)
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, StoreFailed
from tomoshibi.journal.states import Subject
from tomoshibi.journal.verifying import verify
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

__all__ = ["conflicts", "entry", "journal", "proof", "record", "search", "settle", "subject"]

PAGE = 50


@reading("journal.read")
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """Every entry: filtered, counted, a page at a time; the address keeps it all."""
    asked = Filter(request)
    rows = asked.rows()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    told = queries.tell(page.object_list)
    note_reading(request, [t.row.subject for t in told])
    template = "journal/entries.html" if getattr(request, "htmx", False) else "journal/journal.html"
    return render(
        request,
        template,
        {"page": page, "told": told, "asked": asked, "kinds": asked.kinds(), "here": request.get_full_path()},
    )


class Filter:
    """What the journal's page was asked for: words, kind, type, who, incident, from and to (days in Japan), order."""

    def __init__(self, request: HttpRequest) -> None:
        get = request.GET.get
        self.actor = actor_on(request)
        self.words, self.kind, self.type = get("q", "").strip(), get("kind", ""), get("type", "")
        self.who, self.incident = get("who", "").strip(), get("incident", "")
        self.since, self.until = get("from", ""), get("to", "")
        self.order = "happened" if get("order") == "happened" else "recorded"
        self.errors: dict[str, T] = {}

    def _day(self, text: str, name: str, add: int) -> str:
        try:
            return moment(datetime.fromisoformat(text).replace(tzinfo=JAPAN) + timedelta(days=add))
        except ValueError:
            self.errors[name] = T(f"「{text}」は日付ではありません（例 2026-11-22）。", f"{text} is not a date.")
            return ""

    def rows(self) -> QuerySet[EntryRow]:
        """The entries asked for, newest first."""
        rows = queries.entries_for(self.actor)
        if self.words:
            subjects = SubjectRow.objects.filter(title__icontains=self.words).values("subject")
            rows = rows.filter(subject__in=subjects) | rows.filter(payload__icontains=self.words)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.type:
            rows = rows.filter(subject__startswith=f"{self.type}:")
        if self.who:
            rows = rows.filter(actor__icontains=self.who)
        if self.incident:
            rows = rows.filter(incident=self.incident)
        if self.since and (at := self._day(self.since, "from", 0)):
            rows = rows.filter(happened_at__gte=at)
        if self.until and (at := self._day(self.until, "to", 1)):
            rows = rows.filter(happened_at__lt=at)
        return rows.order_by("-happened_at", "-pos") if self.order == "happened" else rows.order_by("-pos")

    def kinds(self) -> list[tuple[str, T]]:
        """Every kind of fact by its name, for the filter."""
        return sorted(((k, c.label) for k, c in facts.kinds().items()), key=lambda pair: str(pair[1]))


@reading("journal.read")
@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """The chains, recomputed from their first entries while the reader waits."""
    verdict = verify()
    names = dict(NodeRow.objects.values_list("id", "name"))
    chains = [(names.get(c.node, c.node), c) for c in ChainRow.objects.order_by("node", "zone")]
    return render(request, "journal/proof.html", {"verdict": verdict, "chains": chains})


@reading()
@require_GET
def entry(request: HttpRequest, id: str) -> HttpResponse:
    """One entry: leads to its place on its subject's page."""
    row = EntryRow.objects.filter(id=id).first()
    if row is None:
        raise Http404
    return HttpResponseRedirect(reverse("journal:subject", args=[row.subject]) + f"#e-{id}")


@reading()
@require_GET
def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """One subject: what it is now, what was recorded of it, what may be recorded."""
    actor = actor_on(request)
    if sites_read(actor, subject) == set():
        raise NotAllowed(T("この対象の記録を見る権限がありません。", "You hold no role that may read this subject."))
    row = SubjectRow.objects.filter(subject=subject).first()
    if row is None or not may_read(actor, subject):
        raise Http404  # the same for both: a reference can be computed, and an answer would say that it exists
    entries = EntryRow.objects.filter(subject=subject).order_by("-happened_at", "-pos")
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    told, parts = queries.tell(page.object_list), queries.parts(state_of(subject))
    texts = [*(part.words for part in parts), *(words for one in told for _, words, _ in one.changes)]
    titles = queries.titles_in(texts, actor)
    note_reading(request, [subject, *titles])  # who is named by a title is read too
    return render(
        request,
        "journal/subject.html",
        {
            "row": row,
            "label": queries.type_label(subject),
            "parts": parts,
            "page": page,
            "told": told,
            "titles": titles,
            "recordable": queries.recordable(actor, subject),
            "may_redact": actor.may(facts.REDACTION),
            "redaction": facts.REDACTION,
            "here": request.get_full_path(),
        },
    )


@reading()
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The one box: people, places and items by any of their names. One single hit is opened at once."""
    asked, actor = request.GET.get("q", "").strip(), actor_on(request)
    rows = queries.find(actor, asked) if asked else []
    hits = [
        Found(r.subject, queries.type_label(r.subject), r.title, reverse("journal:subject", args=[r.subject]))
        for r in rows
    ]
    hits += found(asked, actor) if asked else []
    if len(hits) == 1:
        return HttpResponseRedirect(hits[0].address)
    note_reading(request, [hit.subject for hit in hits])
    return render(request, "journal/search.html", {"asked": asked, "found": hits})


def _kind(name: str) -> type[Fact]:
    kind = facts.kind_of(name)
    if kind is None:
        raise Http404
    return kind


def _target(kind: type[Fact], subject: str) -> str:
    """The subject that an address names: ``new`` is one that is not there yet.

    Raises :class:`NotThere` for what ``kind`` cannot be about.
    """
    if subject == "new":
        return kind.subject.ref(str(uuid.uuid4()))
    name, _, key = subject.partition(":")
    if not key or Subject.of(subject) is None or kind.subject.type not in ("*", name):
        text = T("「{what}」の対象ではありません: {subject}", "“{what}” cannot be recorded of {subject}.")
        raise NotThere(text.format(what=kind.label, subject=subject))
    return subject


@reading()
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """The form of a fact, and what it sends. Afterwards to ``next``, or to the subject's page."""
    actor, cls = actor_on(request), _kind(kind)
    if not actor.may(kind) and actor.sites(kind) == set():
        text = T("「{what}」を記録する権限がありません。", "You hold no role that may record “{what}”.")
        raise NotAllowed(text.format(what=cls.label))
    subject = _target(cls, (request.POST.get("subject") if request.method == "POST" else "") or subject)
    row = SubjectRow.objects.filter(subject=subject).first()
    if row is not None and not may_read(actor, subject):
        raise NotAllowed(T("この対象の記録を見る権限がありません。", "You hold no role that may read this subject."))
    name, person = named(subject, actor) or ("", "")
    note_reading(request, [ref for ref in dict.fromkeys((subject if row else "", person)) if ref])
    back = next_on(request)
    form = FactForm(
        cls,
        subject,
        state=state_of(subject) if row else None,
        heads=row.head_ids if row else (),
        initial=request.GET.dict(),
        data=request.POST if request.method == "POST" else None,
    )
    status = 200
    if request.method == "POST":
        status = send(form, actor)
        if status == 200:
            back = back or (reverse("journal:subject", args=[subject]) if may_read(actor, subject) else reverse("home"))
            if "X-Draft" in request.headers:  # sent by draft.js, which goes there itself
                return JsonResponse({"next": back})
            return HttpResponseRedirect(back, status=303)
    context = {
        "form": form,
        "row": row,
        "label": queries.type_label(subject),
        "name": name,
        "back": back,
        "action": reverse("journal:record", args=[kind, subject]),
        "draft": f"{request.path}?{urlencode(sorted(request.GET.items()))}",
    }
    return render(request, "journal/record.html", context, status=status)


def next_on(request: HttpRequest) -> str:
    """Where to go after recording: an address of this server only."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if safe else ""


def send(form: FactForm, actor: Actor) -> int:
    """Record what a form holds. The HTTP status: 200 where it is recorded, else the form says what is wrong.

    An answer may get lost on its way back: the same fact sent again is recorded already, and that is well. The same
    id with other content is somebody going back in the browser: a fact of its own, offered under a new id.
    """
    known = EntryRow.objects.filter(id=form.id).first()
    fact = form.fact()
    if known is not None:
        if (known.kind, known.subject) == (form.kind.kind, form.subject) and (
            known.payload == fact.payload() if fact else form.unchanged
        ):
            return 200
        form.id = str(uuid.uuid4())
        form.complain(
            T(
                "この画面から送った内容は既に記録されています。これも記録するときは、もう一度「記録する」を押してください。",
                "What this page sent before is recorded already. To record this as well, press Record once more.",
            )
        )
        return 409
    if fact is None:
        return 422
    draft = Draft(fact, form.subject, form.after, form.id, form.happened_at, form.incident)
    try:
        recording.record(draft, actor)
    except Forbidden as no:
        form.complain(no.text)
        return 403
    except Refused as no:
        form.complain(no.text, no.field)
        return 422
    except StoreFailed as no:
        form.complain(no.text)
        return 503
    return 200


def record_address(kind: str, subject: str = "new", **initial: str) -> str:
    """The address of the form of ``kind`` about ``subject``, with proposed values; for templates and views."""
    query = f"?{urlencode(initial)}" if initial else ""
    return reverse("journal:record", args=[kind, subject]) + query


def form_for(kind: str, subject: str, **initial: str) -> FactForm:
    """The empty form of ``kind`` about ``subject``, for a page that holds it itself.

    Raises :class:`KeyError` for an unknown kind.
    """
    cls = facts.kinds()[kind]
    subject = _target(cls, subject)
    row = SubjectRow.objects.filter(subject=subject).first()
    state: Subject | None = state_of(subject) if row else None
    return FactForm(cls, subject, state=state, heads=row.head_ids if row else (), initial=initial)
