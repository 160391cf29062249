"""The continuity board 稼働状況: what is down, changed with two clicks; on paper and as sheets."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.continuity import queries
from tomoshibi.continuity.facts import StateChanged
from tomoshibi.continuity.queries import Board, Line
from tomoshibi.continuity.subjects import Item
from tomoshibi.continuity.words import UNCONFIRMED, Aspect, Group, State
from tomoshibi.documents import Column, Sheet, table_pdf, write_csv, write_xlsx
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.messages import marked
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import TYPES
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

CHANGE = "continuity.condition_changed"
#: tiles of the board: state (empty state: nobody has looked), word, whether a number above 0 wants attention
TILES = (
    (State.STOPPED.value, State.STOPPED.label, True),
    (State.DEGRADED.value, State.DEGRADED.label, True),
    (State.UNKNOWN.value, State.UNKNOWN.label, True),
    ("unconfirmed", UNCONFIRMED, True),
    (State.IN_USE.value, State.IN_USE.label, False),
)


def incident_of(key: str) -> IncidentRow:
    """The incident of that key. Raises :class:`Http404`."""
    row = incidents.incident(Incident.ref(key))
    if row is None or row.opened is None:
        raise Http404
    return row


@reading("continuity.read")
@require_GET
def boards(request: HttpRequest) -> HttpResponse:
    """The board of the newest open incident; in normal times, what the page is for and the boards of the past."""
    newest = incidents.open_incidents().first()
    if newest is not None:
        return HttpResponseRedirect(reverse("continuity:board", args=[newest.key]))
    return render(request, "continuity/boards.html", {"past": incidents.incidents(), "count": queries.items().count()})


@dataclass(frozen=True)
class Asked:
    """What the address asks of the board."""

    words: str
    group: str
    state: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Read the address."""
        get = request.GET.get
        return cls(get("q", "").strip(), get("group", ""), get("state", ""))

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.words or self.group or self.state)

    def lines(self, board: Board) -> list[Line]:
        """The lines that are wanted."""
        return [line for line in board.lines if self._wants(line)]

    def _wants(self, line: Line) -> bool:
        if self.group and line.item.group.value != self.group:
            return False
        if self.state and line.state_key != self.state:
            return False
        item = line.item
        note = line.condition.note if line.condition else ""
        text = f"{item.name} {item.kana} {item.code} {item.vendor} {note} {line.cause}".casefold()
        return all(word in text for word in self.words.casefold().split())


@reading("continuity.read")
@require_GET
def board(request: HttpRequest, key: str) -> HttpResponse:
    """One incident's board: counted, filtered, live; with ``?as=`` on paper or as a sheet."""
    incident = incident_of(key)
    whole, asked = queries.board(incident.subject), Asked.of(request)
    lines = asked.lines(whole)
    form = request.GET.get("as", "")
    if form in TYPES:
        return _export(incident, lines, form)
    narrowed = Board(lines)
    context = {
        **_context(request, incident, whole),
        "groups": [
            (group, found, sum(line.state is None for line in whole.of_group(group)))
            for group, found in narrowed.groups
        ],
        "found": len(lines),
        "all": len(whole.lines),
        "asked": asked,
        "choices": list(Group),
        "states": [(name, word) for name, word, _ in TILES],
        "here": request.get_full_path(),
    }
    template = "continuity/board_part.html" if getattr(request, "htmx", False) else "continuity/board.html"
    return render(request, template, context)


def _context(request: HttpRequest, incident: IncidentRow, whole: Board) -> dict[str, Any]:
    return {
        "incident": incident,
        "tiles": [
            {"key": name, "word": word, "number": whole.counts[name], "alarm": alarm and whole.counts[name] > 0}
            for name, word, alarm in TILES
        ],
        "act": str(uuid.uuid4()),
        "may_change": actor_on(request).may(CHANGE) and not worlds.is_reading(),
        "back": reverse("continuity:board", args=[incident.key]),
        "data": Aspect.DATA,
        "backup": Aspect.BACKUP,
    }


@reading(CHANGE)
@require_GET
def choose(request: HttpRequest, key: str, item: str) -> HttpResponse:
    """The choices of one item's state, for the board's box; a page of its own where there is no script."""
    incident = incident_of(key)
    line = queries.line(incident.subject, Item.ref(item))
    if line is None:
        raise Http404
    context = {
        "incident": incident,
        "line": line,
        "states": list(State),
        "id": str(uuid.uuid4()),
        "causes": [x for x in queries.items() if x.subject != line.item.subject],
        "forms": forms_of(line, reverse("continuity:board", args=[key])),
    }
    template = "continuity/choices.html" if getattr(request, "htmx", False) else "continuity/choose.html"
    return render(request, template, context)


@reading("continuity.read")
@require_POST
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Items were found to be in a state: one act, however many. Answers with the item's row, or goes to the board."""
    incident = incident_of(key)
    actor = _may(request)
    data = request.POST
    known = {x.subject: x for x in queries.items()}
    chosen = [known[ref] for ref in data.getlist("item") if ref in known]
    refused: T | None = None
    try:
        state = State(data.get("state", ""))
    except ValueError:
        refused = T("状態を選んでください。", "Choose a state.")
    else:
        if not chosen:
            refused = T("項目を選んでください。", "Choose items first.")
    if refused is None:
        try:
            at = _moment(data.get("at", ""))
            facts = [
                (x.subject, _fact(x.subject, x.name, state, data.get("note", ""), data.get("cause", "")))
                for x in chosen
            ]
            _record(incident, facts, actor, data.get("id", ""), at)
        except (Refused, StoreFailed) as refusal:
            refused = refusal.text
    if refused is not None:
        context = {"incident": incident, "refused": refused}
        htmx = getattr(request, "htmx", False)
        return render(
            request, "continuity/refused_part.html" if htmx else "continuity/refused.html", context, status=422
        )
    if getattr(request, "htmx", False) and len(chosen) == 1:
        whole = queries.board(incident.subject)
        line = next(x for x in whole.lines if x.item.subject == chosen[0].subject)
        return render(request, "continuity/row.html", {**_context(request, incident, whole), "line": line})
    return HttpResponseRedirect(reverse("continuity:board", args=[incident.key]), status=303)


@reading("continuity.read")
@require_POST
def confirm(request: HttpRequest, key: str, group: str) -> HttpResponse:
    """Everything in a group that nobody has looked at is in use: one act."""
    incident, actor = incident_of(key), _may(request)
    if group not in {g.value for g in Group}:
        raise Http404
    lines = [x for x in queries.board(incident.subject).of_group(Group(group)) if x.state is None]
    facts = [(x.item.subject, _fact(x.item.subject, x.item.name, State.IN_USE)) for x in lines]
    _record(incident, facts, actor, request.POST.get("id", ""), None)
    return HttpResponseRedirect(reverse("continuity:board", args=[incident.key]), status=303)


def _may(request: HttpRequest) -> Actor:
    actor = actor_on(request)
    if not actor.may(CHANGE):
        raise NotAllowed(T("稼働状況を記録する権限がありません。", "You hold no role that may record states."))
    return actor


def _fact(item: str, name: str, state: State, note: str = "", cause: str = "") -> StateChanged:
    said: dict[str, Any] = {"item": item, "state": state, "name": name}
    if note.strip():
        said["note"] = note.strip()[:1000]
    if cause:
        said["cause"] = cause
    return StateChanged(**said)


def _record(
    incident: IncidentRow, facts: Iterable[tuple[str, StateChanged]], actor: Actor, id: str, at: datetime | None
) -> None:
    """Record an act of several states. A second click on what the page sent (``id``) records nothing more."""
    try:
        act = str(uuid.UUID(id))
    except ValueError:
        act = str(uuid.uuid4())
    drafts = [
        Draft(
            fact,
            fact.about(incident.subject),
            id=str(uuid.uuid5(uuid.UUID(act), f"{item}/{fact.state}")),
            happened_at=at,
            incident=incident.subject,
        )
        for item, fact in facts
    ]
    record(drafts, actor, act)


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(T("日時を読めません。", "This is no date and time."), "at") from None
    return at if at.tzinfo else at.replace(tzinfo=JAPAN)


COLUMNS = (
    Column("code", T("管理番号", "Code")),
    Column("name", T("項目", "Item"), width=2),
    Column("state", T("状態", "State")),
    Column("since", T("いつから", "Since"), kind="datetime"),
    Column("cause", T("原因", "Because of"), width=1.4),
    Column("note", T("説明", "Note"), width=2),
    Column("work", T("復旧作業", "Recovery work"), kind="yes"),
    Column("confirmed", T("最後の確認", "Last checked"), kind="datetime"),
    Column("by", T("確認した人", "By")),
)


def _rows(lines: Iterable[Line]) -> Iterable[dict[str, Any]]:
    for line in lines:
        held = line.condition
        yield {
            "group": line.item.group.label,
            "code": line.item.code,
            "name": line.item.name,
            "state": line.word,
            "since": held.since if held else None,
            "cause": line.cause,
            "note": held.note if held else "",
            "work": held.work if held else None,
            "confirmed": held.confirmed_at if held else None,
            "by": held.confirmed_by if held else "",
        }


def _export(incident: IncidentRow, lines: list[Line], form: str) -> HttpResponse:
    title = T(f"稼働状況 {incident.title}", f"Continuity board: {incident.title}")
    lines = sorted(lines, key=lambda x: list(Group).index(x.item.group))
    out = io.BytesIO()
    if form == "pdf":
        options: dict[str, Any] = {"created": worlds.now(), "training": worlds.is_training(), "group": "group"}
        out.write(table_pdf(title, COLUMNS, _rows(lines), orientation="landscape", **options))
    else:
        columns = (Column("group", T("分類", "Group")), *COLUMNS)
        (write_csv if form == "csv" else write_xlsx)(
            Sheet(marked(T("稼働状況", "Board")), columns, list(_rows(lines))), out
        )
    response = HttpResponse(out.getvalue(), content_type=TYPES[form])
    name = f"{incident.title}_{T('稼働状況', 'continuity')}.{form}"
    response["Content-Disposition"] = content_disposition_header(form != "pdf", name) or ""
    return response


def forms_of(line: Line, back: str) -> list[tuple[T, str]]:
    """What else may be recorded of an item: word and address of the form."""
    known = {"incident": line.incident, "item": line.item.subject, "name": line.item.name, "next": back}
    found = [
        (T("原因・説明", "Cause, note"), record_address("continuity.condition_explained", line.subject, **known)),
        (T("復旧作業・支援", "Work, support"), record_address("continuity.condition_reported", line.subject, **known)),
        (T("平常復帰", "Back to normal"), record_address("continuity.condition_restored", line.subject, **known)),
        (T("途絶した拠点", "Sites cut off"), record_address("continuity.condition_sites_cut", line.subject, **known)),
    ]
    if line.item.holds_data:
        found += [
            (
                T("データ喪失", "Data loss"),
                record_address("continuity.condition_data_checked", line.subject_of(Aspect.DATA), **known),
            ),
            (
                T("バックアップ", "Backup"),
                record_address("continuity.condition_backup_checked", line.subject_of(Aspect.BACKUP), **known),
            ),
        ]
    return found
