"""Check sheets after the event: a sheet of paper typed in for its day, photographs as evidence, results over time."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tomoshibi.documents import PictureError, clean
from tomoshibi.facilities import queries
from tomoshibi.facilities.check_facts import Checked, EvidenceAttached
from tomoshibi.facilities.checks import SHEETS, CheckSheet, Item, sheets
from tomoshibi.facilities.models import CheckRow, EvacuationRow, FacilityRow
from tomoshibi.facilities.subjects import CheckRun, Evacuation, facility_of, run_of
from tomoshibi.facilities.upkeep_views import ODD, found
from tomoshibi.facilities.words import Check
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: how many times of one sheet stand beside one another
COLUMNS = 8


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, key: str, sheet: str) -> HttpResponse:
    """A sheet of paper, typed in for the day or the evacuation in which it was filled in; each item with a note."""
    site, actor = _may_check(request, key)
    form = _sheet(site, sheet)
    refused: T | None = None
    if request.method == "POST":
        try:
            drafts = _typed(request, site, form)
            record(drafts, actor)
            return HttpResponseRedirect(reverse("facilities:check_times", args=[key, sheet]), status=303)
        except ValueError:
            refused = ODD
        except (Refused, StoreFailed) as no:
            refused = no.text
    rows = list(EvacuationRow.objects.filter(site=site.subject).order_by("-first_notified_at")) if form.minutes else []
    titles = dict(IncidentRow.objects.filter(subject__in=[r.incident for r in rows]).values_list("subject", "title"))
    asked = request.POST if refused else {}
    now = worlds.now().astimezone(JAPAN)
    context = {
        "site": site,
        "key": key,
        "sheet": form,
        "groups": [
            (g.name, [(i, asked.get(f"i-{i.key}"), asked.get(f"n-{i.key}", "")) for i in g.items]) for g in form.groups
        ],
        "answers": list(Check),
        "evacuations": [(r.subject, titles.get(r.incident, ""), r.first_notified_at) for r in rows],
        "occasion": asked.get("occasion", ""),
        "day": asked.get("day", now.date().isoformat()),
        "clock": asked.get("clock", ""),
        "today": now.date().isoformat(),
        "by": asked.get("by", ""),
        "page": asked.get("page") or uuid.uuid4(),
        "refused": refused,
    }
    return render(request, "facilities/check_entry.html", context, status=422 if refused else 200)


def _typed(request: HttpRequest, site: SiteRow, form: CheckSheet) -> list[Draft]:
    """The answers as facts, each with the moment that stands on the paper.

    Raises :class:`Refused` for a day that will not do or a sheet without any answer, ``ValueError`` for what is not on
    the page.
    """
    post = request.POST
    page = uuid.UUID(post.get("page", ""))
    try:
        at = datetime.combine(
            datetime.fromisoformat(post.get("day", "")).date(),
            time.fromisoformat(post.get("clock") or "12:00"),
            JAPAN,
        )
    except ValueError:
        text = T("点検した日を入れてください（例 2026-11-22）。", "Say on which day (2026-11-22).")
        raise Refused(text, "day") from None
    now = worlds.now()
    if at.date() > now.astimezone(JAPAN).date():
        raise Refused(T("点検した日が先の日付です。", "That day is still to come."), "day")
    at = min(at, now)
    occasion, incident = _occasion(post.get("occasion", ""), site, at)
    facility = facility_of(site.subject)
    subject = run_of(facility, form.key, occasion)
    by = post.get("by", "").strip()
    drafts = []
    for item in form.items:
        if answer := post.get(f"i-{item.key}", ""):
            note = post.get(f"n-{item.key}", "").strip()
            fact = Checked(
                facility=facility, name=site.name, sheet=form.key, occasion=occasion, item=item.key,
                text=str(item.text)[:300], answer=Check(answer), note=note[:300], by=by[:50],
            )  # fmt: skip
            id = str(uuid.uuid5(page, item.key))
            drafts.append(Draft(fact, subject, after=(), id=id, happened_at=at, incident=incident))
    if not drafts:
        raise Refused(T("印のある項目がありません。", "No item is marked."))
    return drafts


def _occasion(asked: str, site: SiteRow, at: datetime) -> tuple[str, str]:
    if not asked:
        return at.date().isoformat(), ""
    row = EvacuationRow.objects.filter(subject=asked, site=site.subject).first()
    if row is None or not asked.startswith(f"{Evacuation.type}:"):
        raise ValueError("no such evacuation")
    return row.subject, row.incident


@reading("facilities.read")
@require_http_methods(["GET", "POST"])
def times(request: HttpRequest, key: str, sheet: str) -> HttpResponse:
    """One sheet's results side by side, newest first, with its photographs; photographs are added here."""
    site, actor = found(request, key)
    form = _sheet(site, sheet)
    refused: T | None = None
    if request.method == "POST":
        _may_check(request, key)
        try:
            record(_photograph(request, site, form), actor)
            return HttpResponseRedirect(request.path, status=303)
        except (ValueError, CheckRow.DoesNotExist):
            refused = ODD
        except (PictureError, Refused, StoreFailed) as no:
            refused = no.text
    rows = list(queries.checks(site.subject).filter(sheet=sheet)[:COLUMNS])
    here = reverse("facilities:check_times", args=[key, sheet])
    texts = {item.key: item.text for item in form.items}
    context = {
        "site": site,
        "key": key,
        "sheet": form,
        "runs": rows,
        "groups": [(g.name, [(i, [_cell(r, i) for r in rows]) for i in g.items]) for g in form.groups],
        "photos": [_shown(r, p, texts, here) for r in rows for p in r.pictures],
        "may": actor.may("facilities.checked", site=site.subject),
        "refused": refused,
        "page": uuid.uuid4(),
    }
    return render(request, "facilities/check_times.html", context, status=422 if refused else 200)


def _cell(run: CheckRow, item: Item) -> dict[str, Any]:
    said = run.said.get(item.key)
    if said is None:
        return {"answer": None}
    return {"answer": Check(said["answer"]), "note": said["note"], "by": said["by"]}


def _shown(run: CheckRow, photo: dict[str, str], texts: dict[str, T], here: str) -> dict[str, Any]:
    drop = record_address("facilities.check_photo_dropped", run.subject, photo=photo["id"], next=here)
    return {**photo, "text": texts.get(photo["item"], ""), "drop": drop}


def _photograph(request: HttpRequest, site: SiteRow, form: CheckSheet) -> Draft:
    """A photograph that was sent, made fit to keep, as a fact. Raises as :func:`clean` and :func:`_typed` do."""
    post, file = request.POST, request.FILES.get("file")
    page = uuid.UUID(post.get("page", ""))
    run = CheckRow.objects.get(subject=CheckRun.ref(post.get("run", "")), site=site.subject, sheet=form.key)
    item = next((i for i in form.items if i.key == post.get("item")), None)
    if item is None:
        raise ValueError("no such item")
    if file is None:
        raise Refused(T("写真のファイルを選んでください。", "Choose a photograph."), "file")
    picture = clean(file.read())
    fact = EvidenceAttached(
        facility=facility_of(site.subject), name=site.name, sheet=form.key, edition=run.edition, occasion=run.occasion,
        item=item.key, text=str(item.text)[:300], sha256=datasets.put(picture.data, picture.mime), mime=picture.mime,
        note=post.get("note", "").strip()[:300],
    )  # fmt: skip
    return Draft(fact, run.subject, after=(), id=str(page), incident=run.incident)


def _may_check(request: HttpRequest, key: str) -> tuple[SiteRow, Actor]:
    site, actor = found(request, key)
    if not actor.may("facilities.checked", site=site.subject):
        raise NotAllowed(T("この施設の点検を記録する権限がありません。", "You may not fill in its check sheets."))
    return site, actor


def _sheet(site: SiteRow, name: str) -> CheckSheet:
    if name not in SHEETS:
        raise Http404
    profile = FacilityRow.objects.filter(site=site.subject).first()
    return sheets()[name].with_own(profile.own if profile else [])
