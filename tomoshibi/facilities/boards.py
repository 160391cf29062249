"""Headquarters' pages: the board of facilities in an incident, live, and telling facilities by hand."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column, Sheet
from tomoshibi.facilities import queries
from tomoshibi.facilities.notifying import TO_DO, drafts
from tomoshibi.facilities.queries import FacilityState
from tomoshibi.facilities.words import SILENT, Answer
from tomoshibi.incidents.queries import incident as incident_row
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.navigation import Status, status
from tomoshibi.journal.pages import actor_on, given_id, reading
from tomoshibi.journal.recording import StoreFailed, record
from tomoshibi.places.listing import sent
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import areas
from tomoshibi.places.subjects import AreaKind, SiteKind
from tomoshibi.places.views import acts, key_of
from tomoshibi.publishing.queries import sites_in
from tomoshibi.publishing.words import day_of, heading
from tomoshibi.vocabulary import T

BOARD = T("施設の避難", "Evacuating facilities")

#: key in the address -> word; the order of the tiles
TILES: dict[str, T] = {"silent": SILENT, **{a.value: a.label for a in reversed(Answer)}}


@status
def evacuating() -> Status | None:
    """What the top of every page says while facilities have not answered."""
    number = queries.silent(queries.going_on())
    if not number:
        return None
    text = T(f"施設 未回答{number}", f"{number} facilities silent")
    return Status(text, reverse("facilities:board") + "?show=silent", permission="facilities.read")


@status
def alarms() -> Status | None:
    """What the top of every page says while a facility waits for headquarters: it stays, or it sees precursors."""
    staying, signs = queries.alarms(queries.going_on())
    if not staying + signs:
        return None
    said = [
        *([T(f"とどまる{staying}・消防へ", f"{staying} staying: tell the brigade")] if staying else []),
        *([T(f"前兆{signs}", f"precursors at {signs}")] if signs else []),
    ]
    return Status(
        T(f"施設 {'、'.join(t.ja for t in said)}", f"Facilities: {', '.join(t.en for t in said)}"),
        reverse("facilities:board"),
        permission="facilities.read",
    )


@reading("facilities.read")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every facility that was told in an incident, those that have not answered on top; live."""
    actor = actor_on(request)
    incident = request.GET.get("incident") or queries.going_on()
    found = queries.states(incident, actor)
    show = request.GET.get("show", "")
    lines = [s for s in found if not show or (s.evacuation.answer or "silent") == show]
    if request.GET.get("as") in ("xlsx", "pdf"):
        return _export(lines, request.GET["as"])
    tally = Counter(s.evacuation.answer or "silent" for s in found)
    here = reverse("facilities:board")
    own = actor.sites("facilities.residents")
    context = {
        "title": BOARD,
        "incident": incident_row(incident) if incident else None,
        "others": [i for i in open_incidents() if i.subject != incident],
        "tiles": [
            {"key": k, "word": word, "number": tally[k], "alarm": k == "silent" and tally[k] > 0}
            for k, word in TILES.items()
        ],
        "told": len(found),
        "unlisted": sum(not s.counts.known for s in found),
        "sums": {n: sum(getattr(s.counts, n) for s in found) for n in ("expected", "safe", "handed", "missing")},
        "lines": [{"s": s, "key": key_of(s.site.subject)} for s in lines],
        "show": show,
        "own": [(s.name, key_of(s.subject)) for s in SiteRow.objects.filter(subject__in=own)] if own else [],
        "may_count": own is None,
        "may_answer": actor.sites("facilities.answered") != set(),
        "may_tell": actor.may("facilities.brigade_told"),
        "may_hear": actor.may("facilities.signs_heard"),
        "here": request.get_full_path(),
        "back": here,
        "acts": acts(
            actor,
            ("facilities.notified", T("施設に知らせる", "Notify facilities"), reverse("facilities:notify")),
            ("facilities.read", T("受け入れと移送", "Beds and transfers"), reverse("facilities:beds_town")),
            ("facilities.called", T("電話をかける", "Call them"), reverse("facilities:calls")),
        ),
    }
    template = "facilities/board_part.html" if getattr(request, "htmx", False) else "facilities/board.html"
    return render(request, template, context)


def _export(lines: list[FacilityState], form: str) -> HttpResponse:
    columns = (
        Column("name", T("施設", "Facility"), kind="name"),
        Column("phone", T("電話", "Phone")),
        Column("level", T("レベル", "Level"), kind="integer"),
        Column("told", T("連絡", "Told"), kind="datetime"),
        Column("state", T("回答", "Answer")),
        Column("since", T("いつから", "Since"), kind="datetime"),
        Column("destination", T("避難先", "Destination")),
        Column("expected", T("在所", "People"), kind="integer"),
        Column("out", T("出た", "Out"), kind="integer"),
        Column("arrived", T("着いた", "In"), kind="integer"),
        Column("handed", T("家族へ", "Handed over"), kind="integer"),
        Column("missing", T("不明", "Missing"), kind="integer"),
    )
    rows = [
        {
            "name": s.site.name,
            "phone": s.phone,
            "level": s.evacuation.level,
            "told": s.evacuation.first_notified_at,
            "state": s.state,
            "since": s.since,
            "destination": s.evacuation.destination,
            **{
                n: getattr(s.counts, n) if s.counts.known else None
                for n in ("expected", "out", "arrived", "handed", "missing")
            },
        }
        for s in lines
    ]
    return sent(Sheet(BOARD, columns, rows), form, "facilities", orientation="landscape")


@reading("facilities.notified")
@require_http_methods(["GET", "POST"])
def notify(request: HttpRequest) -> HttpResponse:
    """Tell facilities by hand: those of chosen areas, or chosen ones. First it says whom; then it tells them."""
    actor = actor_on(request)
    data = request.POST if request.method == "POST" else request.GET
    asked: dict[str, Any] = {n: data.get(n, "").strip() for n in ("level", "why", "what")}
    asked |= {n: data.getlist(n) for n in ("areas", "sites")}
    asked["incident"] = data.get("incident", "") or queries.going_on()
    asked["act"] = given_id(data, "act") or str(uuid.uuid4())
    refused: T | None = None
    chosen: list[SiteRow] = []
    if request.method == "POST":
        chosen = _chosen(asked["areas"], asked["sites"])
        level = int(asked["level"]) if asked["level"] in ("3", "4", "5") else None
        try:
            if not chosen:
                raise Refused(T("知らせる施設がありません。区域か施設を選んでください。", "Choose facilities."))
            if not asked["why"]:
                raise Refused(T("理由を入れてください。", "Say why."), "why")
            if data.get("sure"):
                where = "、".join(areas().filter(subject__in=asked["areas"]).values_list("name", flat=True))
                made = drafts(
                    chosen, asked["incident"], asked["act"], level=level, area=where, why=asked["why"],
                    what=asked["what"],
                )  # fmt: skip
                record(made, actor, asked["act"])
                return HttpResponseRedirect(reverse("facilities:board"), status=303)
        except (Refused, StoreFailed) as refusal:
            refused, chosen = refusal.text, []
    context = {
        "asked": asked,
        "single": [(n, asked[n]) for n in ("level", "why", "what", "incident", "act")],
        "several": [(n, v) for n in ("areas", "sites") for v in asked[n]],
        "refused": refused,
        "chosen": chosen,
        "levels": [(str(n), heading(n, "", day_of(worlds.now())), text) for n, text in TO_DO.items()],
        "districts": areas(AreaKind.DISTRICT, AreaKind.HAZARD),
        "facilities": queries.facilities(),
        "incident": incident_row(asked["incident"]) if asked["incident"] else None,
    }
    return render(request, "facilities/notify.html", context, status=422 if refused else 200)


def _chosen(areas: list[str], sites: list[str]) -> list[SiteRow]:
    """Facilities in these areas, and these facilities; each once."""
    found = {s.subject: s for s in sites_in(areas, SiteKind.FACILITY)} if areas else {}
    found |= {s.subject: s for s in queries.facilities().filter(subject__in=sites)}
    return sorted(found.values(), key=lambda s: s.name)
