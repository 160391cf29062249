"""Pages of the trigger table: what is in force, what is proposed, whether it passes its cases, and approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.incidents.actions import actions
from tomoshibi.incidents.deciding import READINGS, problems, try_case
from tomoshibi.incidents.facts import TableApproved
from tomoshibi.incidents.lined import FileError
from tomoshibi.incidents.subjects import TABLE, Revision, TriggerTable
from tomoshibi.incidents.table_file import read_table, write_table
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.vocabulary import T

#: most bytes of a table's file
LIMIT = 1_000_000


def _state() -> TriggerTable:
    state = state_of(TABLE)
    assert isinstance(state, TriggerTable)  # noqa: S101  # the reference names the class
    return state


def _shown(revision: Revision | None) -> dict[str, Any] | None:
    if revision is None:
        return None
    known = actions()
    found = problems(revision.rules, revision.cases, known)
    return {
        "revision": revision,
        "rules": [
            (rule, known[rule.do].label, known[rule.do].said(rule)) if rule.do in known else (rule, rule.do, [])
            for rule in revision.rules
        ],
        "problems": found,
        "findings": [] if found and not _decidable(revision) else [try_case(revision.rules, c) for c in revision.cases],
    }


def _decidable(revision: Revision) -> bool:
    try:
        for case in revision.cases:
            try_case(revision.rules, case)
    except ValueError:
        return False
    return True


def _page(request: HttpRequest, error: FileError | None = None, text: str = "", status: int = 200) -> HttpResponse:
    state, actor = _state(), actor_on(request)
    proposed = state.proposed
    context = {
        "name": state.name.value,
        "in_force": _shown(state.in_force),
        "approved": state.approved.entry,
        "proposed": _shown(proposed),
        "may_propose": actor.may("incidents.table_proposed"),
        "may_approve": actor.may("incidents.table_approved") and proposed and not actor.is_same(proposed.actor),
        "readings": READINGS.values(),
        "actions": actions().values(),
        "error": error,
        "text": text or (write_table(state.name.value, r) if (r := proposed or state.in_force) else ""),
    }
    return render(request, "incidents/table.html", context, status=status)


@reading("incidents.read")
@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """The table in force and the proposal, each with its cases tried."""
    return _page(request)


@reading("incidents.table_proposed")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose the table that was sent as a file or as text."""
    upload = request.FILES.get("file")
    source = (upload.name or "") if upload else str(T("入力", "input"))
    try:
        text = upload.read(LIMIT).decode("utf-8-sig") if upload else request.POST.get("text", "").replace("\r\n", "\n")
    except UnicodeDecodeError:
        unreadable = T("UTF-8 の文字で保存してください。", "Save it as UTF-8 text.")
        return _page(request, FileError(source, [(1, unreadable)]), status=422)
    try:
        fact = read_table(text, source)
    except FileError as error:
        return _page(request, error, text, 422)
    row = SubjectRow.objects.filter(subject=TABLE).first()
    return _record(request, Draft(fact, TABLE, row.head_ids if row else ()))


@reading("incidents.table_approved")
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Put a proposal in force, by a second person."""
    row = SubjectRow.objects.filter(subject=TABLE).first()
    fact = TableApproved(revision=request.POST.get("revision", ""))
    return _record(request, Draft(fact, TABLE, row.head_ids if row else ()))


def _record(request: HttpRequest, draft: Draft) -> HttpResponse:
    try:
        record(draft, actor_on(request))
    except (Refused, StoreFailed) as error:
        messages.error(request, str(error.text))
    else:
        messages.success(request, str(T("記録しました。", "Recorded.")))
    return HttpResponseRedirect(reverse("incidents:table"), status=303)
