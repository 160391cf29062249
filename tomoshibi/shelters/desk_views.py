"""The desk of a shelter: find a household while typing, take it in by one press; let people go by another."""

from __future__ import annotations

import uuid
from typing import Any

import pydantic
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused, Shown
from tomoshibi.journal.pages import actor_on, given_id, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.residents import queries as residents
from tomoshibi.residents.words import Sex
from tomoshibi.shelters import desk, queries
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.shelters.stay_facts import CheckedIn
from tomoshibi.shelters.subjects import Stay
from tomoshibi.shelters.views import found, may_at, once, page_context, page_of
from tomoshibi.shelters.words import Need, WhereTo
from tomoshibi.vocabulary import T

#: households in the list under the search box
RESULTS = 12


@reading("shelters.checked_in")
@require_GET
def find(request: HttpRequest, key: str) -> HttpResponse:
    """Households that hold what was typed so far; a part of the shelter's page, or the page where htmx is not there."""
    row = found(key)
    may_at(actor_on(request), "shelters.checked_in", row)
    text = request.GET.get("q", "").strip()
    households = residents.search(text, actor_on(request), RESULTS + 1) if text else []
    shown = households[:RESULTS]
    note_reading(request, [p.ref for h in shown for p in h.members])
    now = queries.where_now(row.incident, [p.ref for h in shown for p in h.members])
    lines = [
        {
            "household": h,
            "key": h.ref.partition(":")[2],
            "here": sum(1 for p in h.members if p.ref in now and now[p.ref].shelter == row.subject),
        }
        for h in shown
    ]
    context = {"lines": lines, "q": text, "more": len(households) > RESULTS, "row": row, "key": key}
    if getattr(request, "htmx", False):
        return render(request, "shelters/results.html", context)
    return render(request, "shelters/shelter.html", page_context(request, row) | context | {"results": True})


@reading("shelters.checked_in")
@require_GET
def household(request: HttpRequest, key: str, household: str) -> HttpResponse:
    """One household at the desk: its members with boxes, ticked, and one button."""
    row = found(key)
    may_at(actor_on(request), "shelters.checked_in", row)
    context = _party(request, row, f"residents.household:{household}")
    if getattr(request, "htmx", False):
        return render(request, "shelters/party.html", context)
    return render(request, "shelters/shelter.html", page_context(request, row) | context)


def _party(request: HttpRequest, row: ShelterRow, ref: str, **more: Any) -> dict[str, Any]:
    party = desk.party(row, ref, actor_on(request))
    if party is None:
        raise Http404
    note_reading(request, [m.person.ref for m in party.members])
    return {
        "party": party,
        "row": row,
        "key": row.subject.partition(":")[2],
        "act": uuid.uuid4(),
        "need_kinds": list(Need),
        **more,
    }


@reading("shelters.checked_in")
@require_POST
def take_in(request: HttpRequest, key: str) -> HttpResponse:
    """Take those ticked of a household in: one act."""
    row, actor = found(key), actor_on(request)
    post = request.POST
    ref, ticked = post.get("household", ""), post.getlist("person")
    needs = {p: [Need(n) for n in post.getlist(f"needs-{p}") if n in set(Need)] for p in ticked}
    act = given_id(request.POST, "act") or str(uuid.uuid4())
    try:
        drafts = desk.take_in(
            row,
            ref,
            ticked,
            actor,
            act,
            needs=needs,
            place=post.get("place", "").strip()[:100],
            may_tell_family=True if post.get("tell") else None,
        )
        record(drafts, actor, act)
    except (Refused, StoreFailed) as refusal:
        context = page_context(request, row, refused=refusal.text)
        if desk.party(row, ref, actor):
            context |= _party(request, row, ref)
        return render(request, "shelters/shelter.html", context, status=422)
    if drafts:
        people = len(drafts)
        messages.success(request, str(T(f"{people}人を受け入れました。", f"{people} taken in.")))
    return HttpResponseRedirect(page_of(row.subject), status=303)


#: fields of the short form for somebody who is in no register
VISITOR = ("name", "kana", "age", "address", "phone", "place", "need_note")


@reading("shelters.checked_in")
@require_POST
def visitor(request: HttpRequest, key: str) -> HttpResponse:
    """Take somebody in who is in no register: a visitor, a tourist, a child who does not say."""
    row, actor, post = found(key), actor_on(request), request.POST
    said = {name: post.get(name, "").strip() for name in VISITOR}
    values: dict[str, Any] = {name: value for name, value in said.items() if value}
    if post.get("sex") in set(Sex):
        values["sex"] = Sex(post["sex"])
    if needs := [Need(n) for n in post.getlist("needs") if n in set(Need)]:
        values["needs"] = needs
    if post.get("tell"):
        values["may_tell_family"] = True
    if post.get("protected"):
        values |= {"protected": True, "may_tell_family": False}
        values.pop("address", None)
    wrong: list[T] = []
    try:
        fact = CheckedIn(shelter=row.subject, site=row.site, where=row.name, **values)
        subject = Stay.ref(once(request, "visitor") or str(uuid.uuid4()))
        came = Draft(fact, subject, id=once(request, "came"), incident=row.incident)
        record(came, actor, given_id(request.POST, "act"))
    except pydantic.ValidationError as error:
        told = ((Shown.of(CheckedIn, place).label, text) for place, text in complaints(error))
        wrong = [T(f"{label.ja}: {text.ja}", f"{label.en}: {text.en}") for label, text in told]
    except (Refused, StoreFailed) as refusal:
        wrong = [refusal.text]
    if wrong:
        context = page_context(request, row, visitor_refused=wrong, visitor=said)
        return render(request, "shelters/shelter.html", context, status=422)
    messages.success(request, str(T("1人を受け入れました。", "One person taken in.")))
    return HttpResponseRedirect(page_of(row.subject), status=303)


@reading("shelters.checked_out")
@require_POST
def let_go(request: HttpRequest, key: str) -> HttpResponse:
    """Those ticked leave, with where to: one act."""
    row, actor, post = found(key), actor_on(request), request.POST
    act = given_id(request.POST, "act") or str(uuid.uuid4())
    stays = list(queries.staying(row.subject).filter(key__in=post.getlist("stay")))
    try:
        if post.get("where_to") not in set(WhereTo):
            raise Refused(T("行き先を選んでください。", "Choose where to."), "where_to")
        where_to = WhereTo(post["where_to"])
        address, contact = post.get("address", "").strip()[:300], post.get("contact", "").strip()[:100]
        drafts = desk.let_go(row, stays, act, where_to, address, contact)
        record(drafts, actor, act)
    except (Refused, StoreFailed) as refusal:
        context = page_context(request, row, refused=refusal.text, ticked=set(post.getlist("stay")))
        return render(request, "shelters/shelter.html", context, status=422)
    messages.success(request, str(T(f"{len(drafts)}人の退所を記録しました。", f"{len(drafts)} left.")))
    return HttpResponseRedirect(page_of(row.subject), status=303)
