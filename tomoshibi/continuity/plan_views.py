"""The plan's pages: its chapters with every table, revisions with their approval, and what changed between two."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pydantic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.continuity import plan_papers, reviewing, revisions, workbook
from tomoshibi.continuity.models import RevisionRow
from tomoshibi.continuity.plan_book import ChapterBook, Table, book
from tomoshibi.continuity.plan_tables import TABLES
from tomoshibi.continuity.plan_words import Chapter, Stage, Trigger
from tomoshibi.continuity.revision_facts import APPROVE, Revision, RevisionDrafted
from tomoshibi.documents import DocumentError, Problem, SheetRefused
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.datasets import DatasetError
from tomoshibi.journal.facts import Refused, kind_of
from tomoshibi.journal.pages import NotAllowed, actor_on, given_id, reading
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.vocabulary import T

DRAFT = "continuity.revision_drafted"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOAD = "continuity.item_described"


def _refused(request: HttpRequest, why: T) -> HttpResponse:
    return render(request, "continuity/plan_refused.html", {"refused": why}, status=422)


def _tabled(one: ChapterBook, actor: Actor, here: str) -> list[dict[str, Any]]:
    """A chapter's tables with the addresses where their rows are changed and added."""
    found = []
    for table in one.tables:
        rows = [
            (list(zip(table.heads, line.cells, strict=True)), line.cells, _change(table, line.subject, actor, here))
            for line in table.lines
        ]
        changes = any(change for *_, change in rows)
        found.append({"table": table, "rows": rows, "add": _add(table, actor, here), "changes": changes})
    return found


def _change(table: Table, subject: str, actor: Actor, here: str) -> str:
    """Where a row is changed; empty where it has no subject of its own, or the reader may not."""
    if not subject or not table.kind or not actor.may(table.kind) or worlds.is_reading():
        return ""
    fact = kind_of(table.kind)
    return record_address(table.kind, subject, next=here) if fact and fact.subject.of(subject) is fact.subject else ""


def _add(table: Table, actor: Actor, here: str) -> str:
    fact = kind_of(table.kind) if table.kind else None
    own = fact is not None and (fact in TABLES.values() or table.kind == "continuity.dependency_described")
    return record_address(table.kind, next=here) if own and actor.may(table.kind) and not worlds.is_reading() else ""


@reading("continuity.read")
@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    """The plan's contents: every chapter with what stands in it, what is due, and where it goes on paper."""
    copy = revisions.copy_now()
    chapters = [
        (one.chapter, one.passages, [(t.title, len(t.lines)) for t in one.tables if t.lines], one.flows)
        for one in book(copy)
    ]
    context = {
        "chapters": chapters,
        "last": revisions.in_force(),
        "reminders": reviewing.reminders(),
        "waiting": revisions.revisions().filter(stage__in=[Stage.DRAFT.value, Stage.REVIEWED.value]),
        "may_load": actor_on(request).may(LOAD) and not worlds.is_reading(),
    }
    return render(request, "continuity/plan.html", context)


@reading("continuity.read")
@require_GET
def chapter(request: HttpRequest, chapter: str) -> HttpResponse:
    """One chapter: texts, charts, tables, flow charts; each row a click from its form."""
    try:
        wanted = Chapter(chapter)
    except ValueError:
        raise Http404 from None
    one = next(b for b in book(revisions.copy_now()) if b.chapter is wanted)
    actor, here = actor_on(request), request.get_full_path()
    may_write = actor.may("continuity.text_described") and not worlds.is_reading()
    chapters = list(Chapter)
    place = chapters.index(wanted)
    context = {
        "chapter": wanted,
        "passages": [
            (p, record_address("continuity.text_described", p.subject, next=here) if may_write else "")
            for p in one.passages
        ],
        "add_text": record_address("continuity.text_described", next=here, chapter_of=wanted.value)
        if may_write
        else "",
        "charts": one.charts,
        "tables": _tabled(one, actor, here),
        "flows": one.flows,
        "before": chapters[place - 1] if place else None,
        "after": chapters[place + 1] if place + 1 < len(chapters) else None,
    }
    return render(request, "continuity/chapter.html", context)


def _file(data: bytes, kind: str, name: str, *, attached: bool) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=attached, filename=name)
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": disposition or ""})


@reading("continuity.read")
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """The plan as a workbook, without personal numbers."""
    held = io.BytesIO()
    workbook.export(held)
    return _file(held.getvalue(), XLSX, f"{T('ICT-BCP', 'ict-bcp')}.xlsx", attached=True)


@reading("continuity.read")
@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The plan as PDF: as it stands, or with ``?edition=`` as it was approved."""
    asked = request.GET.get("edition", "")
    row = revisions.revisions().filter(edition=int(asked)).first() if asked.isdecimal() else None
    if asked and row is None:
        raise Http404
    try:
        made = plan_papers.plan_pdf(row)
    except (DocumentError, DatasetError) as error:
        return _refused(request, error.text)
    return _file(made, "application/pdf", f"{T('ICT-BCP', 'ict-bcp')}.pdf", attached=False)


@reading("continuity.read")
@require_GET
def pocket(request: HttpRequest) -> HttpResponse:
    """Two pages to carry."""
    try:
        made = plan_papers.pocket_pdf()
    except DocumentError as error:
        return _refused(request, error.text)
    return _file(made, "application/pdf", f"{T('ICT-BCP携帯版', 'ict-bcp-pocket')}.pdf", attached=False)


@reading("continuity.read")
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Take a workbook in: bad rows are named, and nothing is loaded until somebody says to leave them out."""
    actor = actor_on(request)
    if not actor.may(LOAD):
        raise NotAllowed(T("計画を取り込む権限がありません。", "You hold no role that may load a plan."))
    problems: tuple[Problem, ...] = ()
    refused: T | None = None
    done = None
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = T("ファイルを選んでください。", "Choose a file.")
        else:
            try:
                done = workbook.load(file.read(), actor, accept_good=request.POST.get("accept") == "1")
                problems = done.problems
            except SheetRefused as error:
                problems, refused = error.problems, error.text
            except (DocumentError, Refused, StoreFailed) as error:
                refused = error.text
    context = {"problems": problems[:200], "more": len(problems) - 200, "refused": refused, "done": done}
    return render(request, "continuity/plan_load.html", context, status=422 if refused else 200)


@reading("continuity.read")
@require_GET
def revisions_page(request: HttpRequest) -> HttpResponse:
    """Every revision, what is due, and what changed since the last approved one."""
    rows = list(revisions.revisions())
    last = revisions.in_force()
    changes = reasons = None
    if last is not None:
        try:
            found = revisions.compare(revisions.copy_of(last), revisions.copy_now())
        except DatasetError:
            found = None
        if found is not None:
            changes = sum(len(one.changes) for one in found)
            reasons = list(revisions.reasons(found).items())
    context = {
        "rows": rows,
        "last": last,
        "changes": changes,
        "reasons": reasons,
        "reminders": reviewing.reminders(),
        "triggers": list(Trigger),
        "suggested": (reasons[0][0] if reasons else Trigger.YEARLY) if last else Trigger.FIRST,
        "may_draft": actor_on(request).may(DRAFT) and not worlds.is_reading(),
        "id": str(uuid.uuid4()),
    }
    return render(request, "continuity/revisions.html", context)


@reading("continuity.read")
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Make a draft of the plan as it stands."""
    actor = actor_on(request)
    if not actor.may(DRAFT):
        raise NotAllowed(T("改訂案を作る権限がありません。", "You hold no role that may draft a revision."))
    key, told = given_id(request.POST) or str(uuid.uuid4()), {n: request.POST.get(n) for n in ("trigger", "summary")}
    digest = revisions.keep(revisions.copy_now())
    try:
        fact = RevisionDrafted.model_validate({n: v for n, v in told.items() if v is not None} | {"sha256": digest})
        record(Draft(fact, Revision.ref(key), id=key), actor)
    except pydantic.ValidationError as error:
        return _refused(request, next(text for _, text in complaints(error)))
    except (Refused, StoreFailed) as error:
        return _refused(request, error.text)
    return HttpResponseRedirect(reverse("continuity:plan_revision", args=[key]), status=303)


@reading("continuity.read")
@require_GET
def revision(request: HttpRequest, key: str) -> HttpResponse:
    """One revision: who did what, what it changes, and the next step."""
    row = RevisionRow.objects.filter(subject=Revision.ref(key)).first()
    if row is None:
        raise Http404
    actor, here = actor_on(request), request.get_full_path()
    state: Any = state_of(row.subject)
    drafted = state.by(Stage.DRAFT)
    mine = drafted is not None and actor.is_same(drafted.actor)
    older = RevisionRow.objects.filter(stage=Stage.APPROVED.value).exclude(subject=row.subject)
    if row.edition:
        older = older.filter(edition__lt=row.edition)
    base = older.order_by("-edition").first()
    found, missing = _compared(base, row)
    open_ = row.stage in (Stage.DRAFT.value, Stage.REVIEWED.value) and not worlds.is_reading()
    may_approve = actor.may(APPROVE)
    context = {
        "row": row,
        "base": base,
        "compared": found,
        "missing": missing,
        "mine": mine and open_,
        "review": record_address("continuity.revision_reviewed", row.subject, next=here)
        if open_ and row.stage == Stage.DRAFT.value and not mine and actor.may("continuity.revision_reviewed")
        else "",
        "approve": record_address(
            "continuity.revision_approved", row.subject, next=here, edition=str(revisions.next_edition())
        )
        if open_ and row.stage == Stage.REVIEWED.value and not mine and may_approve
        else "",
        "drop": record_address("continuity.revision_dropped", row.subject, next=here)
        if open_ and actor.may("continuity.revision_dropped")
        else "",
    }
    return render(request, "continuity/revision.html", context)


def _compared(before: RevisionRow | None, after: RevisionRow | None) -> tuple[list[revisions.Compared], T | None]:
    """What changed between two revisions (None: before, nothing; after, the plan as it stands)."""
    try:
        new = revisions.copy_of(after) if after else revisions.copy_now()
        return (revisions.compare(revisions.copy_of(before), new) if before else []), None
    except DatasetError as error:
        return [], error.text


@reading("continuity.read")
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Any two revisions side by side in words; ``now`` is the plan as it stands."""
    rows = list(revisions.revisions())
    by_key = {row.key: row for row in rows}
    old, new = request.GET.get("a", ""), request.GET.get("b", "now")
    before, after = by_key.get(old), by_key.get(new)
    if before is None or (after is None and new != "now"):
        if old:
            raise Http404
        found, missing = list[revisions.Compared](), None
    else:
        found, missing = _compared(before, after)
    context = {
        "rows": rows,
        "a": old,
        "b": new,
        "before": before,
        "after": after,
        "compared": found,
        "missing": missing,
    }
    return render(request, "continuity/compare.html", context)
