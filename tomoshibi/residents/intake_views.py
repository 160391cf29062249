"""Pages of the nightly intake: what came and what became of it, a held file with its reasons, what headings mean."""

from __future__ import annotations

import datetime as dt
import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import SheetError
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts
from tomoshibi.residents import intake, naming
from tomoshibi.residents.intake_facts import OURS, Reason
from tomoshibi.residents.intake_subjects import Delivery
from tomoshibi.residents.layouts import LABELS, REQUIRED, REQUIRED_OF_CHANGES
from tomoshibi.residents.models import DeliveryRow, LayoutRow
from tomoshibi.residents.words import FileKind, Movement, Outcome
from tomoshibi.vocabulary import T

INTAKE = T("名簿の自動取り込み", "Nightly intake")
SHOWN = 60


@reading("residents.snapshot_taken")
@require_GET
def intake_page(request: HttpRequest) -> HttpResponse:
    """Where files come from, what came, and what is missing."""
    actor = actor_on(request)
    came, path = intake.deliveries()[:SHOWN], intake.folder()
    context = {
        "setting": intake.setting(),
        "here": path is not None,
        "missed": intake.missed(),
        "held": intake.held(),
        "rows": [(row, Outcome(row.outcome), FileKind(row.kind) if row.kind else None) for row in came],
        "layouts": [(r, FileKind(r.kind), json.loads(r.headings)) for r in LayoutRow.objects.order_by("kind")],
        "acts": acts(
            actor,
            (
                "residents.intake_described",
                T("設定", "Set up"),
                record_address("residents.intake_described", OURS, next=request.path),
            ),
        ),
    }
    return render(request, "residents/intake.html", context)


@reading("residents.snapshot_taken")
@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest, key: str) -> HttpResponse:
    """One file: what was wrong with it by row and item, and what to do with it where it is held."""
    actor = actor_on(request)
    row = DeliveryRow.objects.filter(subject=Delivery.ref(key)).first()
    if row is None:
        raise Http404
    refused: T | None = None
    day = request.POST.get("day", "")
    if request.method == "POST":
        try:
            if request.POST.get("act") == "discard":
                reason = request.POST.get("reason", "").strip()
                if not reason:
                    raise Refused(T("理由を入れてください。", "Enter a reason."))
                intake.discard(row, reason, actor)
            else:
                intake.release(row, actor, day=dt.date.fromisoformat(day) if day else None)
            return HttpResponseRedirect(reverse("residents:delivery", args=[key]), status=303)
        except (Refused, StoreFailed, SheetError) as no:
            refused = no.text
        except ValueError:
            refused = T(f"「{day}」は日付ではありません。", f"{day} is not a date.")
        row.refresh_from_db()
    context = {
        "row": row,
        "outcome": Outcome(row.outcome),
        "kind": FileKind(row.kind) if row.kind else None,
        "reasons": [Reason(**r) for r in json.loads(row.reasons)],
        "held": row.outcome == Outcome.HELD.value,
        "lies_here": intake.held_file(row) is not None,
        "may": actor.may("residents.delivery_taken"),
        "refused": refused,
    }
    return render(request, "residents/delivery.html", context, status=422 if refused else 200)


@reading("residents.layout_mapped")
@require_http_methods(["GET", "POST"])
def layout(request: HttpRequest, key: str) -> HttpResponse:
    """What the headings of a file mean: asked once. The key is the layout's fingerprint."""
    known = LayoutRow.objects.filter(fingerprint=key).first()
    asked = DeliveryRow.objects.filter(fingerprint=key).order_by("-at").first()
    words = json.loads(known.headings if known else asked.headings if asked else "[]")
    if not words:
        raise Http404
    mapping = json.loads(known.mapping) if known else naming.guesses(words)
    whys = json.loads(known.whys) if known else {}
    kind = FileKind(known.kind) if known else FileKind.CHANGES if "moved_why" in mapping else FileKind.FULL
    refused: T | None = None
    said_whys = "\n".join(f"{code}={Movement(to).label.ja}" for code, to in whys.items())
    if request.method == "POST":
        mapping = {item: request.POST[item] for item in LABELS if request.POST.get(item)}
        said_whys = request.POST.get("whys", "")
        try:
            kind = FileKind(request.POST.get("kind", ""))
            found = naming.movements(line for line in said_whys.splitlines() if line.strip())
            naming.remember(words, kind, mapping, found, actor_on(request))
            return HttpResponseRedirect(reverse("residents:intake"), status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
        except ValueError:
            refused = T("種類を選んでください。", "Choose a kind.")
    items = [
        (item, label, mapping.get(item, ""), item in REQUIRED, item in REQUIRED_OF_CHANGES)
        for item, label in LABELS.items()
    ]
    context = {
        "words": [w for w in words if w],
        "items": items,
        "kinds": list(FileKind),
        "kind": kind,
        "whys": said_whys,
        "movements": [m.label.ja for m in Movement],
        "refused": refused,
        "file": asked.name if asked else "",
    }
    return render(request, "residents/layout.html", context, status=422 if refused else 200)
