"""Readings for programs: subjects with their present values, and entries in the order of their arrival."""

# no `from __future__ import annotations`: ninja reads the annotations of the endpoints

import json
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field
from pydantic_core import to_jsonable_python

from tomoshibi.api.errors import NotFound
from tomoshibi.api.recording import PROBLEMS, Problem
from tomoshibi.journal import queries
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.pages import actor_on, may_read, note_reading
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.states import Register, Track
from tomoshibi.vocabulary import T

router = Router(tags=["readings"])
NONE = T("その対象はないか、見る権限がありません。", "There is no such subject, or none that you may read.")


class SubjectShort(BaseModel):
    """A subject in a list."""

    subject: str
    type: str
    title: str
    incident: str
    entries: int
    heads: list[str] = Field(description="Send these back as `after` when you record what you saw")
    disputed: bool


class SubjectFull(SubjectShort):
    """A subject with its present values by part."""

    values: dict[str, Any]
    disputes: list[dict[str, Any]]
    unread: list[list[str]]


class EntryOut(BaseModel):
    """An entry of the journal. ``fact`` is absent where its content was erased by law."""

    pos: int
    id: str
    kind: str
    version: int
    subject: str
    incident: str
    act: str
    fact: dict[str, Any] | None
    happened_at: str
    recorded_at: str
    actor: str
    node: str
    zone: str
    seq: int
    after: list[str]
    hash: str


def _short(row: SubjectRow) -> dict[str, Any]:
    return {
        "subject": row.subject,
        "type": row.type,
        "title": row.title,
        "incident": row.incident,
        "entries": row.entries,
        "heads": row.head_ids,
        "disputed": row.conflicts != "[]",
    }


@router.get("/subjects", response={200: list[SubjectShort], 401: Problem}, summary="対象の一覧 / Subjects")
def list_subjects(
    request: HttpRequest,
    type: str = "",
    q: str = "",
    beyond: str = Query("", description="The last reference of the page before"),
    limit: int = Query(100, ge=1, le=1000),
) -> Any:
    """Subjects that the caller may read, in the order of their references."""
    rows = queries.subjects_for(actor_on(request)).filter(subject__gt=beyond).order_by("subject")
    if type:
        rows = rows.filter(type=type)
    for word in q.split():
        rows = rows.filter(search__icontains=word)
    found = list(rows[:limit])
    note_reading(request, [row.subject for row in found])
    return [_short(row) for row in found]


@router.get("/subjects/{subject}", response={200: SubjectFull, 404: Problem, **PROBLEMS}, summary="対象 / One subject")
def get_subject(request: HttpRequest, subject: str) -> Any:
    """One subject: its present values, its heads, what is in dispute."""
    row = SubjectRow.objects.filter(subject=subject).first()
    if row is None or not may_read(actor_on(request), subject):
        raise NotFound(NONE)
    note_reading(request, [subject])
    values = {
        part.name: to_jsonable_python(part.value, fallback=str)
        for part in state_of(subject).parts
        if isinstance(part, Register | Track) and part.entry is not None
    }
    return {**_short(row), "values": values, "disputes": row.disputes, "unread": json.loads(row.unread)}


@router.get("/entries", response={200: list[EntryOut], 401: Problem}, summary="記録 / Entries")
def list_entries(
    request: HttpRequest,
    since: int = Query(0, ge=0, description="Entries after this position; the last `pos` of the page before"),
    kind: str = "",
    subject: str = "",
    incident: str = "",
    limit: int = Query(100, ge=1, le=1000),
) -> Any:
    """Entries that the caller may read, in the order in which they arrived here."""
    rows = queries.entries_for(actor_on(request)).filter(pos__gt=since).order_by("pos")
    for name, value in (("kind", kind), ("subject", subject), ("incident", incident)):
        if value:
            rows = rows.filter(**{name: value})
    found = list(rows[:limit])
    note_reading(request, [row.subject for row in found])
    return [_entry(row) for row in found]


def _entry(row: EntryRow) -> dict[str, Any]:
    given = {name: getattr(row, name) for name in EntryOut.model_fields if name not in ("fact", "after")}
    return {**given, "fact": None if row.payload is None else json.loads(row.payload), "after": json.loads(row.after)}
