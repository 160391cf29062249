"""A facility's check sheets off the phone: results over time, what is not done yet, its own items, and on paper."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.documents import render as document
from tomoshibi.facilities import queries
from tomoshibi.facilities.checks import EDITION, SHEETS, CheckSheet, sheets
from tomoshibi.facilities.models import CheckRow, FacilityRow
from tomoshibi.facilities.subjects import facility_of
from tomoshibi.facilities.words import Check
from tomoshibi.journal import worlds
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T


@reading("facilities.read")
@require_GET
def checks(request: HttpRequest, key: str) -> HttpResponse:
    """Every sheet with its last results, newest first, and what was not done yet when it was last looked at."""
    site, profile = _found(request, key)
    actor = actor_on(request)
    here = reverse("facilities:checks", args=[key])
    facility = facility_of(site.subject)
    runs: dict[str, list[CheckRow]] = {name: [] for name in SHEETS}
    for run in queries.checks(site.subject):
        runs.setdefault(run.sheet, []).append(run)
    may = actor.may("facilities.check_item_added", site=site.subject)
    told = []
    for name in SHEETS:
        sheet = _sheet(profile, name)
        told.append(
            {
                "sheet": sheet,
                "of": len(sheet.items),
                "runs": runs[name][:6],
                "open": _open(sheet, runs[name][0]) if runs[name] else [],
                "own": [
                    (item, record_address("facilities.check_item_dropped", facility, item=item.key, next=here))
                    for item in sheet.items
                    if item.key.startswith("own-")
                ],
                "add": record_address("facilities.check_item_added", facility, sheet=name, next=here),
            }
        )
    context = {
        "site": site,
        "key": key,
        "told": told,
        "may_add": may and profile is not None,
        "may_answer": actor.may("facilities.residents", site=site.subject),
        "edition": EDITION,
        "count": sum(len(s.items) for s in sheets().values()),
    }
    return render(request, "facilities/checks.html", context)


@reading("facilities.read")
@require_GET
def paper(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """A sheet (``quake-day.pdf``), or all of them (``all.pdf``), with boxes to tick; the last answers filled in where
    ``?run=`` names one of the facility's runs.
    """
    site, profile = _found(request, key)
    name = what.removesuffix(".pdf")
    if name != "all" and name not in SHEETS:
        raise Http404
    run = queries.checks(site.subject).filter(subject__endswith=f":{request.GET.get('run', '')}").first()
    chosen = [_sheet(profile, n) for n in (SHEETS if name == "all" else (name,))]
    pdf = check_paper(site, chosen, run if run and run.sheet == name else None)
    named = content_disposition_header(False, f"{site.name}-{what}") or "inline"
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": named})


def check_paper(site: SiteRow, chosen: list[CheckSheet], run: CheckRow | None = None) -> bytes:
    """The sheets on paper. Raises :class:`tomoshibi.documents.DocumentError` where they cannot be made."""
    said = run.said if run else {}
    data: dict[str, Any] = {
        "facility": site.name,
        "answered": run is not None,
        "sheets": [
            {
                "name": sheet.name,
                "unit": T("分", "min") if sheet.minutes else T("か月", "mo."),
                "count": len(sheet.items),
                "groups": [
                    {
                        "name": group.name,
                        "items": [
                            {
                                "number": item.key if item.key.isdigit() else "＋",
                                "text": item.text,
                                "role": item.role.label,
                                "evidence": item.evidence.label,
                                "within": "" if item.within is None else str(item.within),
                                "answer": Check(said[item.key]["answer"]).label if item.key in said else "",
                                "by": _by(said.get(item.key)),
                            }
                            for item in group.items
                        ],
                    }
                    for group in sheet.groups
                ],
            }
            for sheet in chosen
        ],
    }
    title = T(f"{site.name} 点検シート（{EDITION}版）", f"{site.name}: check sheets ({EDITION})")
    return document(
        "facilities/documents/checks.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def _by(said: dict[str, str] | None) -> str:
    return f"{said['at'][:16].replace('T', ' ')} {said['by']}" if said else ""


def _open(sheet: CheckSheet, run: CheckRow) -> list[T]:
    """What was answered with "not yet"."""
    return [i.text for i in sheet.items if run.said.get(i.key, {}).get("answer") == Check.NO]


def _sheet(profile: FacilityRow | None, name: str) -> CheckSheet:
    return sheets()[name].with_own(profile.own if profile else [])


def _found(request: HttpRequest, key: str) -> tuple[SiteRow, FacilityRow | None]:
    site = SiteRow.objects.filter(subject=Site.ref(key)).first()
    if site is None:
        raise Http404
    if not actor_on(request).may("facilities.read", site=site.subject):
        raise NotAllowed(T("この施設を見る権限がありません。", "You hold no role for this facility."))
    return site, FacilityRow.objects.filter(site=site.subject).first()
