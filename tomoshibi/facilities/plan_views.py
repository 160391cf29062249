"""A facility's profile as the workbook (Excel, out and in), and the papers that are written from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column, Problem, SheetError, SheetRefused
from tomoshibi.facilities import plans, sheets, workbook
from tomoshibi.facilities.facts import FacilityDescribed, ResidentDescribed
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.places.importing import Imported
from tomoshibi.places.listing import TYPES
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T

#: what is written from the profile, by the address
PAPERS: dict[str, Callable[[SiteRow, FacilityRow], bytes]] = {
    "plan.pdf": plans.plan,
    "poster.pdf": plans.poster,
    "leaflet.pdf": plans.leaflet,
}


@dataclass(frozen=True)
class _Asked:
    """What the page of an import says of itself (as ``places.listing.ListImport`` does)."""

    title: T
    back: str
    columns: Sequence[Column] = ()


@reading("facilities.read")
@require_GET
def paper(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """The workbook, the plan for the municipality, the poster for the wall, or the manager's leaflet."""
    site = _site(request, key, "facilities.read")
    profile = FacilityRow.objects.filter(site=site.subject).first()
    if what == "workbook.xlsx":
        content, kind = workbook.export(site, profile), TYPES["xlsx"]
    elif what in PAPERS:
        content, kind = PAPERS[what](site, profile or FacilityRow(site=site.subject)), "application/pdf"
    else:
        raise Http404
    named = content_disposition_header(what.endswith("xlsx"), f"{site.name}-{what}") or "inline"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": named})


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, key: str) -> HttpResponse:
    """Take the workbook in: what differs is recorded as one fact, and every bad row is named."""
    site = _site(request, key, FacilityDescribed.kind)
    title = T(f"{site.name} ワークブック", f"{site.name}: workbook")
    return _taken(
        request, key, title, lambda data, good: workbook.load(site, data, actor_on(request), accept_good=good)
    )


@reading("facilities.residents")
@require_http_methods(["GET", "POST"])
def take_in_residents(request: HttpRequest, key: str) -> HttpResponse:
    """Take the list of residents in: who is new and what differs is recorded, and every bad row is named."""
    site = _site(request, key, ResidentDescribed.kind)
    title = T(f"{site.name} 入所者の取り込み", f"{site.name}: residents")

    def load(data: bytes, good: bool) -> Imported:
        return sheets.load_residents(site, data, actor_on(request), accept_good=good)

    return _taken(request, key, title, load, residents=True)


def _taken(
    request: HttpRequest, key: str, title: T, load: Callable[[bytes, bool], Imported], *, residents: bool = False
) -> HttpResponse:
    """The page that takes a file in; ``load`` is given what it holds, and whether its good rows are to be loaded."""
    done: Imported | None = None
    refused: T | None = None
    problems: Sequence[Problem] = ()
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = T("ファイルを選んでください。", "Choose a file.")
        else:
            done, problems, refused = _load(load, file.read(), bool(request.POST.get("accept_good")))
    asked = _Asked(title, reverse("facilities:facility", args=[key]))
    context = {
        "asked": asked,
        "done": done,
        "refused": refused,
        "problems": problems,
        "key": key,
        "residents": residents,
    }
    return render(request, "facilities/workbook.html", context, status=422 if refused else 200)


def _load(
    load: Callable[[bytes, bool], Imported], data: bytes, accept_good: bool
) -> tuple[Imported | None, Sequence[Problem], T | None]:
    try:
        done = load(data, accept_good)
    except SheetRefused as no:
        return None, no.problems, no.text
    except (Refused, StoreFailed, SheetError) as no:
        return None, (), no.text
    return done, done.problems, None


def _site(request: HttpRequest, key: str, permission: str) -> SiteRow:
    site = SiteRow.objects.filter(subject=Site.ref(key)).first()
    if site is None:
        raise Http404
    if not actor_on(request).may(permission, site=site.subject):
        raise NotAllowed(T("この施設の情報を扱う権限がありません。", "You hold no role for this facility."))
    return site
