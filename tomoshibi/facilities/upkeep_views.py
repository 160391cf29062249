"""A facility's pages of ordinary times: its drills and what they showed, its stores, the drawings of its plan."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

import pydantic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import CellError, PictureError, clean
from tomoshibi.facilities import upkeep
from tomoshibi.facilities.models import CheckRow, EvacuationRow, FacilityRow
from tomoshibi.facilities.sheets import quantity
from tomoshibi.facilities.subjects import facility_of
from tomoshibi.facilities.upkeep_facts import DrawingAttached, StockDescribed, StockMoved
from tomoshibi.facilities.upkeep_models import DrawingRow, StockRow
from tomoshibi.facilities.upkeep_subjects import Drawing, Stock, stock_of
from tomoshibi.facilities.upkeep_words import Drawn, Stored, Why
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import datasets
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused, Shown
from tomoshibi.journal.messages import TRAINING_PREFIX
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

ODD = T("画面にない操作です。ページを開き直してください。", "That is not on the page. Open it anew.")


def found(request: HttpRequest, key: str, permission: str = "facilities.read") -> tuple[SiteRow, Actor]:
    """The facility of an address and who asks. Raises 404, or :class:`NotAllowed` without ``permission`` there."""
    site, actor = SiteRow.objects.filter(subject=Site.ref(key)).first(), actor_on(request)
    if site is None:
        raise Http404
    if not actor.may(permission, site=site.subject):
        raise NotAllowed(T("この施設を見る権限がありません。", "You hold no role for this facility."))
    return site, actor


@reading("facilities.read")
@require_GET
def drills(request: HttpRequest, key: str) -> HttpResponse:
    """The log of drills: when the next is due, what is still to be mended, each drill with its times."""
    site, actor = found(request, key)
    here = reverse("facilities:drills", args=[key])
    own = {"facility": facility_of(site.subject), "name": site.name, "next": here}
    last = upkeep.last_drills([site.subject]).get(site.subject)
    may = actor.may("facilities.drill_held", site=site.subject)

    def form(kind: str, subject: str = "new", **initial: str) -> str:
        return record_address(f"facilities.{kind}", subject, **{"next": here, **initial})

    rows = [
        {
            "row": row,
            "held": form("drill_held", row.subject, **({} if row.held_on else _planned(row))),
            "mend": form("drill_mend_noted", row.subject),
            "drop": form("drill_dropped", row.subject),
            "mends": [(m, form("drill_mend_done", row.subject, mend=m["id"])) for m in row.mends],
        }
        for row in upkeep.drills(site.subject)
    ]
    context = {
        "site": site,
        "key": key,
        "drills": rows,
        "last": last,
        "next_by": last + upkeep.DRILL_EVERY if last else None,
        "overdue": upkeep.drill_overdue(last),
        "today": upkeep.today(),
        "open": upkeep.open_mends(site.subject),
        "may": may,
        "plan": record_address("facilities.drill_planned", **own),
        "hold": record_address("facilities.drill_held", **own, held_on=upkeep.today().isoformat()),
        "counted": _counted(site, own) if may else [],
    }
    return render(request, "facilities/drills.html", context)


def _planned(row: Any) -> dict[str, str]:
    return {"scenario": row.title, "held_on": row.planned_on.isoformat()} if row.planned_on else {}


def _counted(site: SiteRow, own: dict[str, str]) -> list[dict[str, Any]]:
    """Evacuations whose counts can fill a drill's log: in the training world its drills, to be logged in the real one;
    in the real world what really happened.
    """
    rows = list(EvacuationRow.objects.filter(site=site.subject).order_by("-first_notified_at")[:5])
    titles = dict(IncidentRow.objects.filter(subject__in=[r.incident for r in rows]).values_list("subject", "title"))
    made = []
    for row in rows:
        told = upkeep.from_counts(row)
        if not told.residents or row.first_notified_at is None:
            continue
        day = row.first_notified_at.astimezone(JAPAN).date()
        times = {"residents": told.residents, "out_min": told.out_min, "in_min": told.in_min}
        initial = {n: str(v) for n, v in times.items() if v is not None}
        address = record_address(
            "facilities.drill_held", **own, held_on=day.isoformat(), scenario=titles.get(row.incident, ""), **initial
        )
        # whatever world the counts are of, the log is kept in the real one
        address = address.removeprefix(TRAINING_PREFIX)
        made.append({"title": titles.get(row.incident, ""), "day": day, "told": told, "address": address})
    return made


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def stores(request: HttpRequest, key: str) -> HttpResponse:
    """What is stored, until when it keeps and for how many days it lasts; taken out, replenished, counted anew."""
    site, actor = found(request, key)
    refused: T | None = None
    if request.method == "POST":
        try:
            record(_stored(request, site), actor)
            return HttpResponseRedirect(request.path, status=303)
        except CellError as no:  # which is a ValueError too
            refused = no.told
        except (Refused, StoreFailed) as no:
            refused = no.text
        except (ValueError, StockRow.DoesNotExist):
            refused = ODD
    profile = FacilityRow.objects.filter(site=site.subject).first()
    rows = list(upkeep.stock(site.subject))
    groups = [(kind, [r for r in rows if r.stored_word is kind]) for kind in Stored]
    context = {
        "site": site,
        "key": key,
        "groups": [(kind, lots) for kind, lots in groups if lots],
        "lasts": upkeep.lasts(site.subject, profile),
        "wanted": upkeep.DAYS_WANTED,
        "expiring": {r.subject for r in upkeep.expiring([site.subject]).get(site.subject, [])},
        "today": upkeep.today(),
        "may": actor.may("facilities.stock_moved", site=site.subject),
        "kinds": list(Stored),
        "whys": [(Why.USED, T("使う", "Use")), (Why.IN, Why.IN.label), (Why.THROWN, Why.THROWN.label)],
        "counted": Why.COUNTED,
        "refused": refused,
        "page": uuid.uuid4(),
        "asked": request.POST if refused else {},
    }
    return render(request, "facilities/stores.html", context, status=422 if refused else 200)


def _stored(request: HttpRequest, site: SiteRow) -> list[Draft]:
    """What was pressed, as facts. Raises :class:`CellError` for an amount that is none, :class:`Refused` for a field
    that will not do, ``ValueError`` or ``DoesNotExist`` for what is not on the page.
    """
    post, page = request.POST, uuid.UUID(request.POST.get("page", ""))
    if "why" in post:
        row = StockRow.objects.get(subject=Stock.ref(post.get("stock", "")), site=site.subject)
        amount, _ = quantity(post.get("amount", ""))
        why = Why(post["why"])
        change = {Why.IN: amount, Why.COUNTED: round(amount - row.amount, 6)}.get(why, -amount)
        fact = StockMoved(why=why, change=change, item=row.item)
        return [Draft(fact, row.subject, after=(), id=str(uuid.uuid5(page, row.subject)))]
    amount, unit = quantity(post.get("quantity", ""))
    said: dict[str, Any] = {n: post.get(n, "").strip() or None for n in ("best_before", "place", "stored", "per_day")}
    facility = facility_of(site.subject)
    try:
        described = StockDescribed(
            facility=facility,
            name=site.name,
            item=post.get("item", "").strip(),
            unit=unit,
            **{n: unicodedata.normalize("NFKC", v) for n, v in said.items() if v},
        )
    except pydantic.ValidationError as error:
        place, what = next(iter(complaints(error)))
        label = Shown.of(StockDescribed, place).label
        raise Refused(T(f"{label.ja}: {what.ja}", f"{label.en}: {what.en}"), place) from None
    subject = stock_of(facility, described.item or "", described.best_before)
    return [
        Draft(described, subject, id=str(uuid.uuid5(page, "described"))),
        Draft(
            StockMoved(why=Why.IN, change=amount, item=described.item or ""), subject, id=str(uuid.uuid5(page, "in"))
        ),
    ]


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def drawings(request: HttpRequest, key: str) -> HttpResponse:
    """Drawings and photographs that go into the plan; a new one is made fit to keep before anything is recorded."""
    site, actor = found(request, key)
    refused: T | None = None
    if request.method == "POST":
        try:
            _attach(request, site, actor)
            return HttpResponseRedirect(request.path, status=303)
        except ValueError:
            refused = ODD
        except (PictureError, Refused, StoreFailed) as no:
            refused = no.text
    here = reverse("facilities:drawings", args=[key])
    context = {
        "site": site,
        "key": key,
        "drawings": [
            (row, record_address("facilities.drawing_dropped", row.subject, next=here))
            for row in upkeep.drawings(site.subject)
        ],
        "kinds": list(Drawn),
        "may": actor.may("facilities.drawing_attached", site=site.subject),
        "refused": refused,
        "page": uuid.uuid4(),
        "asked": request.POST if refused else {},
    }
    return render(request, "facilities/drawings.html", context, status=422 if refused else 200)


def _attach(request: HttpRequest, site: SiteRow, actor: Actor) -> None:
    """Keep the picture that was sent, and record it. Raises what :func:`clean` and ``record`` raise."""
    post, file = request.POST, request.FILES.get("file")
    page, drawn, text = uuid.UUID(post.get("page", "")), Drawn(post.get("drawn", "")), post.get("text", "").strip()
    if not actor.may(DrawingAttached.kind, site=site.subject):
        raise NotAllowed(T("この施設の図面を登録する権限がありません。", "You may not add drawings here."))
    if file is None:
        raise Refused(T("画像のファイルを選んでください。", "Choose a picture."), "file")
    picture = clean(file.read())
    fact = DrawingAttached(
        facility=facility_of(site.subject),
        name=site.name,
        text=text[:100] or str(drawn.label),
        drawn=drawn,
        sha256=datasets.put(picture.data, picture.mime),
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
    )
    record(Draft(fact, Drawing.ref(str(page)), id=str(uuid.uuid5(page, "attached"))), actor)


@reading("facilities.read")
@cache_control(private=True, max_age=3600)
@require_GET
def picture(request: HttpRequest, key: str, sha256: str) -> HttpResponseBase:
    """A drawing or photograph of a facility: those that it attached, and no other file."""
    site, _ = found(request, key)
    row = DrawingRow.objects.filter(site=site.subject, sha256=sha256).first()
    mime = row.mime if row else _photographed(site, sha256)
    if mime not in ("image/jpeg", "image/png"):
        raise Http404
    try:
        content = datasets.require(sha256).read_bytes()
    except datasets.DatasetError as no:
        raise Http404(str(no)) from no
    return HttpResponse(content, content_type=mime, headers={"X-Content-Type-Options": "nosniff"})


def _photographed(site: SiteRow, sha256: str) -> str:
    if len(sha256) != 64:
        return ""
    rows = CheckRow.objects.filter(site=site.subject, photos__contains=sha256)
    return next((p["mime"] for row in rows for p in row.pictures if p["sha256"] == sha256), "")
