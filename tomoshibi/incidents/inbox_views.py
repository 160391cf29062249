"""Pages of the inbox: telegrams received, what was made of each and why, and files that could not be read."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.bulletins import Bulletin, Info, Status
from tomoshibi.documents import Column, Sheet
from tomoshibi.incidents import queries, sources
from tomoshibi.incidents.deciding import READINGS, Condition, TableError, reading_type, value_of
from tomoshibi.incidents.drawing import drawing, gravity, tone
from tomoshibi.incidents.drawing import said as words_of
from tomoshibi.incidents.force import history, now_in_force, parsed
from tomoshibi.incidents.inbox import folder
from tomoshibi.incidents.models import OUTCOMES, BulletinRow, RejectedRow, SourceRow
from tomoshibi.incidents.readings import ours
from tomoshibi.incidents.subjects import Telegram
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.queries import Told, tell
from tomoshibi.places.listing import TYPES, sent
from tomoshibi.vocabulary import T

PAGE = 50
#: the filter for telegrams about which a person has yet to decide
UNDECIDED = "undecided"


def _asked(request: HttpRequest) -> QuerySet[BulletinRow]:
    """The telegrams that the address asks for, newest first."""
    rows = queries.bulletins()
    for word in request.GET.get("q", "").split():
        rows = rows.filter(title__icontains=word) | rows.filter(headline__icontains=word) | rows.filter(type=word)
    if outcome := request.GET.get("outcome", ""):
        rows = rows.filter(alerts__gt=0) if outcome == UNDECIDED else rows.filter(outcome=outcome)
    return rows


#: columns of the list as a spreadsheet
COLUMNS = (
    Column("received", T("受信", "Received"), kind="datetime"),
    Column("reported", T("発表", "Reported"), kind="datetime"),
    Column("type", T("電文の種類", "Telegram code"), width=1.1),
    Column("title", T("電文", "Bulletin"), width=3),
    Column("serial", T("情報番号", "Serial number"), kind="integer"),
    Column("status", T("運用種別", "Status")),
    Column("info", T("情報形態", "Issued or cancelled")),
    Column("headline", T("見出し", "Headline"), width=5),
    Column("here", T("本市町村", "Our areas"), width=2),
    Column("outcome", T("結果", "Outcome"), width=1.8),
    Column("digest", T("データ", "Dataset")),
)
ON_PAPER = {"received", "reported", "type", "title", "headline", "here", "outcome"}


@reading("incidents.read")
@require_GET
def inbox_file(request: HttpRequest, form: str) -> HttpResponse:
    """The telegrams that the address asks for, as Excel or CSV, or in short on paper."""
    if form not in TYPES:
        raise Http404
    names = ("received", "reported", "type", "serial", "headline", "digest")
    rows = [
        {
            **{name: getattr(row, name) for name in names},
            "title": row.title or row.name,
            "status": READINGS["status"].text(Status(row.status)),
            "info": READINGS["info"].text(Info(row.info)),
            "here": "、".join(f"{a['name']} {a['intensity'] or a['kind']}" for a in row.of_us),
            "outcome": row.outcome_text,
        }
        for row in _asked(request)
    ]
    columns = [c for c in COLUMNS if c.name in ON_PAPER] if form == "pdf" else COLUMNS
    return sent(Sheet(T("受信した電文", "Bulletins"), columns, rows), form, "bulletins", orientation="landscape")


@reading("incidents.read")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Telegrams by the time they came, filtered and counted; above them what could not be read."""
    get = request.GET.get
    context = {
        "page": Paginator(_asked(request), PAGE).get_page(get("page")),
        "words": get("q", "").strip(),
        "outcome": get("outcome", ""),
        "outcomes": {UNDECIDED: OUTCOMES["asked"], **{k: v for k, v in OUTCOMES.items() if k not in ("", "asked")}},
        "rejected": queries.rejected()[:20],
        "rejected_count": queries.rejected().count(),
        "folder": folder(),
        "in_force": now_in_force(),
        "standings": sources.standings(),
        "may_enter": actor_on(request).may("incidents.bulletin_received"),
    }
    template = "incidents/inbox_part.html" if getattr(request, "htmx", False) else "incidents/inbox.html"
    if get("part") == "force":  # beside the list, so that what somebody types into the filter stays
        template = "incidents/in_force.html"
    return render(request, template, context)


@reading("incidents.read")
@require_GET
def bulletin(request: HttpRequest, key: str) -> HttpResponse:
    """One telegram: what it says of us, and the whole trace of the decision."""
    row = BulletinRow.objects.filter(subject=Telegram.ref(key)).first()
    if row is None:
        raise Http404
    incident = queries.incident(row.incident) if row.incident else None
    may_decide = actor_on(request).may("incidents.bulletin_decided")
    said = parsed(row.digest, row.source)
    context = {
        "row": row,
        "incident": incident,
        "may_decide": may_decide,
        "trace": trace_of(row),
        "said": said,
        "areas": _areas_of(said) if said else [],
        "drawing": drawing(said, datasets.require(row.digest).read_bytes()) if said else None,
        "history": history(row),
        "via": SourceRow.objects.filter(subject=row.via).first() if row.via else None,
        "set_off": _set_off(row),
    }
    return render(request, "incidents/bulletin.html", context)


def _areas_of(said: Bulletin) -> list[dict[str, Any]]:
    """What a telegram says of each area, ours first, then the gravest: for the list beside the map."""
    here = ours()
    rows: list[dict[str, Any]] = [
        {
            "name": area.name,
            "said": words_of(area),
            "tone": tone(area),
            "level": area.level if area.kind else None,
            "change": area.change,
            "at": area.at,
            "ours": here.owns(area),
            "lifted": area.lifted,
            "gravity": gravity(area),
        }
        for area in (*said.municipalities, *said.areas)
        if words_of(area) or area.at
    ]
    return sorted(rows, key=lambda r: (not r["ours"], r["lifted"], tuple(-n for n in r["gravity"])))


#: facts that a telegram set off, told one by one
SET_OFF = 30


def _set_off(row: BulletinRow) -> tuple[list[Told], int]:
    """What the telegram set off: the facts of the acts that its rules carried out, and how many more there are."""
    acts = row.evaluation.get("acts") or []
    entries = EntryRow.objects.filter(act__in=acts).exclude(subject=row.subject)
    return tell(entries.order_by("pos")[:SET_OFF]), max(0, entries.count() - SET_OFF)


def trace_of(row: BulletinRow) -> list[dict[str, Any]]:
    """The trace as people read it: each rule with its outcome, conditions in words, what was read, the truth."""
    return [
        {**step, "conditions": [(*_in_words(text, value), truth) for text, value, truth in step["conditions"]]}
        for step in row.evaluation.get("trace", ())
    ]


def _in_words(text: str, value: str) -> tuple[T, T | None]:
    """A condition and what was read for it, in people's words; as they were written where this program cannot."""
    try:
        condition = Condition.parse(text)
        read = value_of(condition.reading, value)
        return condition.label, None if read is None else reading_type(condition.reading).text(read)
    except TableError:  # written by a program that knew other readings
        return T(text, text), T(value, value)


@reading("incidents.read")
@require_GET
def raw(request: HttpRequest, digest: str) -> HttpResponse:
    """A telegram or a rejected file as it came, byte by byte."""
    bulletin = BulletinRow.objects.filter(digest=digest).first()
    rejected = RejectedRow.objects.filter(digest=digest).first()
    if bulletin is None and rejected is None:
        raise Http404
    try:
        data = datasets.require(digest).read_bytes()
    except Refused as error:
        return render(request, "incidents/no_document.html", {"reason": error.text}, status=404)
    name = (bulletin.source if bulletin else rejected.name if rejected else "").rsplit("/", 1)[-1]
    # never rendered by the browser: a file that somebody dropped is not to be trusted
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)
