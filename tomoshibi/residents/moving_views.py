"""Pages of who moved since the disaster, of records that may be one person's, and of towns that were renamed."""

from __future__ import annotations

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tomoshibi.documents.values import japan
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Listing, Shown
from tomoshibi.places.views import acts
from tomoshibi.residents import movers, proposing
from tomoshibi.residents.models import TownNameRow
from tomoshibi.residents.words import Movement
from tomoshibi.vocabulary import T

MOVEMENTS = T("災害後の異動", "Movements since")
SAME = T("同一人の確認", "Same person?")
TOWNS = T("町名の変更", "Towns renamed")
PAGE = 100
#: where there is no incident, movements of so many days are shown
DAYS = 30


def since(request: HttpRequest) -> dt.date:
    """The day asked about; else that on which the newest open incident began; else thirty days ago."""
    try:
        return dt.date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        incident = open_incidents().first()
        moment = (incident.began or incident.opened) if incident else None
        return japan(moment).date() if moment else japan(worlds.now()).date() - dt.timedelta(DAYS)


@reading("residents.read")
@require_GET
def movements(request: HttpRequest) -> HttpResponse:
    """Who came, went, was born, died or moved since a day, and what was notified late of before it."""
    actor, day = actor_on(request), since(request)
    kind = request.GET.get("kind", "")
    kinds = [Movement(kind)] if kind in set(Movement) else []
    late = request.GET.get("late") == "1"
    found = movers.rows(day, actor, *kinds, late=late)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = movers.told(page.object_list, day, actor)
    note_reading(request, [m.person.ref for m in shown])
    context = {
        "since": day,
        "page": page,
        "movers": shown,
        "kinds": list(Movement),
        "kind": kind,
        "late": late,
        "total": page.paginator.count,
    }
    return render(request, "residents/movements.html", context)


@reading("residents.merged")
@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    """Records that may be one person's: what speaks for it and against, and the two answers."""
    actor = actor_on(request)
    whole = request.GET.get("register") == "1"
    page = Paginator(proposing.proposals(actor, within_register=whole), 20).get_page(request.GET.get("page"))
    shown = [
        (
            p,
            record_address("residents.merged", p.identity, other=p.other.ref, next=request.get_full_path()),
            record_address("residents.kept_apart", p.identity, other=p.other.ref, next=request.get_full_path()),
        )
        for p in page.object_list
    ]
    note_reading(request, [who.ref for p in page.object_list for who in (p.one, p.other)])
    return render(request, "residents/proposals.html", {"page": page, "proposals": shown, "whole": whole})


@reading("residents.town_renamed")
@require_GET
def towns(request: HttpRequest) -> HttpResponse:
    """Old and new names of towns, as search knows them."""
    return Listing(
        title=TOWNS,
        name="towns",
        rows=TownNameRow.objects.filter(withdrawn=False).order_by("-on", "old"),
        words=("old", "new"),
        columns=(
            Shown(
                T("旧町名", "Old name"), lambda r: Cell(r.old, reverse("journal:subject", args=[r.subject])), ("old",)
            ),
            Shown(T("新町名", "New name"), lambda r: r.new, ("new",)),
            Shown(T("実施日", "From"), lambda r: r.on.isoformat() if r.on else "", ("on",)),
            Shown(T("備考", "Note"), lambda r: r.note),
        ),
        acts=acts(
            actor_on(request),
            (
                "residents.town_renamed",
                T("登録する", "Add"),
                record_address("residents.town_renamed", next=request.path),
            ),
        ),
        empty=T(
            "町名変更や住居表示の実施を登録すると、旧町名でも新町名でも住民を探せます。",
            "Once a renaming is entered, residents are found by the old name of a place and by the new.",
        ),
    ).respond(request)
