"""Pages of relief money 義援金 and of every scheme of a disaster: rounds, what came in, what is left, payment lists."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

import pydantic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, name_of
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import issuing, rounds, schemes
from tomoshibi.relief.counter import incident_on
from tomoshibi.relief.rounds import Programme
from tomoshibi.relief.scheme_form import SchemeForm, yen_of
from tomoshibi.relief.schemes import (
    Fund,
    LocalScheme,
    MoneyReceived,
    Receipt,
    SchemeApproved,
    SchemeProposed,
    scheme_ref,
    terms_of,
)
from tomoshibi.relief.victim_models import MoneyRow, SchemeRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass, classes_on
from tomoshibi.vocabulary.support import Basis, Scheme

SCHEMES = T("義援金・支援制度", "Relief money and schemes")
READING = "relief.schemes"


def _there(request: HttpRequest) -> IncidentRow:
    incident = incident_on(request)
    if incident is None:
        raise Http404
    return incident


def address_in(view: str, incident: IncidentRow, *args: str) -> str:
    return f"{reverse(f'relief:{view}', args=args)}?{urlencode({'incident': incident.subject})}"


@reading(READING)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every scheme of an incident with its figures, the funds, and what came in; a POST records a receipt."""
    actor, incident = actor_on(request), incident_on(request)
    where = incident.subject if incident else ""
    errors: dict[str, T] = {}
    refused: T | None = None
    if request.method == "POST" and incident:
        refused = _receive(request, actor, incident, errors)
        if refused is None:
            return HttpResponseRedirect(address_in("schemes", incident), status=303)
    known = rounds.homes(where)
    found = [(p, rounds.figures(p, known)) for p in rounds.programmes(where)] if incident else []
    context = {
        "incident": incident,
        "incidents": incidents.incidents()[:50],
        "accounts": rounds.accounts(where) if incident else [],
        "waiting": schemes.waiting(where),
        "own": [(p, f, Fund(p.row.fund).label if p.row.fund else "") for p, f in found if p.row],
        "law": [(p, f, p.key in schemes.FILLED) for p, f in found if p.row is None],
        "receipts": [
            (
                r,
                Fund(r.fund).label,
                acts(
                    actor,
                    (
                        "relief.money_cancelled",
                        T("取り消す", "Cancel"),
                        record_address("relief.money_cancelled", r.subject, next=address_in("schemes", incident)),
                    ),
                )
                if incident and not r.cancelled
                else [],
            )
            for r in MoneyRow.objects.filter(incident=where).order_by("-received_on", "subject")
        ],
        "funds": list(Fund),
        "may_propose": actor.may("relief.scheme_proposed") and bool(incident),
        "may_receive": actor.may("relief.money_received") and bool(incident),
        "refused": refused,
        "errors": errors,
        "values": request.POST,
        "today": worlds.now().astimezone(JAPAN).date(),
        "id": request.POST.get("id") or uuid.uuid4(),
    }
    return render(request, "relief/schemes.html", context, status=422 if refused else 200)


def _receive(request: HttpRequest, actor: Actor, incident: IncidentRow, errors: dict[str, T]) -> T | None:
    text, id = request.POST.get("yen", "").strip(), request.POST.get("id") or str(uuid.uuid4())
    said: dict[str, Any] = {k: request.POST.get(k, "").strip() for k in ("fund", "source", "received_on", "paper")}
    try:
        said["yen"] = yen_of(text)
    except ValueError:
        errors["yen"] = T("金額を数字で入れてください。", "Enter the amount in figures.")
        return errors["yen"]
    try:
        fact = MoneyReceived.model_validate(said)
        record(Draft(fact, Receipt.ref(id), id=id, incident=incident.subject), actor)
    except pydantic.ValidationError as error:
        errors |= dict(complaints(error))
        return next(iter(errors.values()))
    except (Refused, StoreFailed) as no:
        errors[getattr(no, "field", "") or "yen"] = no.text
        return no.text
    return None


@reading("relief.scheme_proposed")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, key: str = "") -> HttpResponse:
    """The form of a round's or a scheme's amounts: a new one, or another version."""
    incident, actor = _there(request), actor_on(request)
    day = issuing.disaster_day(incident.subject)
    if day is None:
        raise Http404
    classes = tuple(c for c in classes_on(day) if c is not DamageClass.NONE)
    last = SchemeRow.objects.filter(subject=LocalScheme.ref(key)).order_by("-number").first() if key else None
    of = last.of if last else request.POST.get("of") or request.GET.get("of", "")
    law = next((p for p in rounds.programmes(incident.subject) if p.key == of), None) if of else None
    if (key and last is None) or (of and (law is None or of not in schemes.FILLED)):
        raise Http404
    refused: T | None = None
    if request.method == "POST":
        form = SchemeForm.sent(of, classes, request.POST.dict())
        terms = form.terms()
        if terms is None:
            refused = T(f"{len(form.errors)} か所を確かめてください。", f"Check {len(form.errors)} fields.")
        else:
            subject = last.subject if last else scheme_ref(incident.subject, of, terms.name)
            if last is None and not of and SchemeRow.objects.filter(subject=subject).exists():
                refused = T(
                    f"「{terms.name}」はもうあります。その画面で額を改めるか、別の名称にしてください。",
                    f"“{terms.name}” is there already. Change its amounts on its page, or choose another name.",
                )
                form.errors["name"] = refused
            else:
                try:
                    id = request.POST.get("id") or str(uuid.uuid4())
                    record(Draft(SchemeProposed(terms=terms), subject, id=id, incident=incident.subject), actor)
                    return HttpResponseRedirect(address_in("scheme", incident, of or key_of(subject)), status=303)
                except (Refused, StoreFailed) as no:
                    refused = no.text
                    form.errors[getattr(no, "field", "")] = no.text
    elif last is not None:
        form = SchemeForm.from_terms(terms_of(last), classes)
    else:
        form = SchemeForm.fresh(of, law.name.ja if law else _next_round(incident.subject), classes)
    context = {
        "incident": incident,
        "form": form,
        "law": law,
        "last": last,
        "funds": list(Fund),
        "bases": [b for b in Basis if b is not Basis.PERSON],
        "refused": refused,
        "back": address_in("scheme", incident, of or key) if last else address_in("schemes", incident),
        "id": request.POST.get("id") or uuid.uuid4(),
    }
    return render(request, "relief/scheme_form.html", context, status=422 if refused else 200)


def _next_round(incident: str) -> str:
    """What the next round is called: 義援金 第3次配分."""
    rows = SchemeRow.objects.filter(incident=incident, of="", fund=Fund.PREFECTURE)
    held = rows.values("subject").distinct().count()
    return f"義援金 第{held + 1}次配分"


def programme_on(request: HttpRequest, key: str) -> tuple[IncidentRow, Programme | None, list[SchemeRow]]:
    """What a page is about: the scheme as it holds, and its versions; one that was only proposed has these alone."""
    incident = _there(request)
    found = rounds.programme(incident.subject, key)
    subjects = [LocalScheme.ref(key), scheme_ref(incident.subject, key, "")]
    versions = list(SchemeRow.objects.filter(subject__in=subjects).order_by("-number"))
    if found is None and not versions:
        raise Http404
    return incident, found, versions


@reading(READING)
@require_http_methods(["GET", "POST"])
def scheme(request: HttpRequest, key: str) -> HttpResponse:
    """One scheme: its amounts and who decided them, how far it is, and the acts on many claims at once."""
    actor = actor_on(request)
    incident, held, versions = programme_on(request, key)
    here, refused, done = address_in("scheme", incident, key), None, request.GET.get("done", "")
    if request.method == "POST":
        try:
            count = _act(request, actor, held, versions)
            return HttpResponseRedirect(f"{here}&done={count}", status=303)
        except pydantic.ValidationError as error:
            refused = next(text for _, text in complaints(error))
        except (Refused, StoreFailed) as no:
            refused = no.text
    newest = versions[0] if versions else None
    context: dict[str, Any] = {
        "incident": incident,
        "held": held,
        "key": key,
        "name": held.name if held else newest.name if newest else "",
        "fund": Fund(newest.fund).label if newest and newest.fund else "",
        "parts": [_table(p) for p in held.parts] if held else [],
        "terms": terms_of(held.row) if held and held.row else None,
        "entered": name_of(held.row.author) if held and held.row else "",
        "approved": name_of(held.row.approver) if held and held.row else "",
        "versions": [(v, terms_of(v), not actor.is_same(v.author)) for v in versions],
        "newest": newest,
        "may_propose": actor.may("relief.scheme_proposed") and (bool(versions) or key in schemes.FILLED),
        "may_approve": actor.may("relief.scheme_approved"),
        "edit": address_in("scheme_edit", incident, key_of(newest.subject))
        if newest
        else f"{address_in('scheme_new', incident)}&of={key}",
        "close": acts(
            actor,
            (
                "relief.scheme_closed",
                T("受付を締め切る", "Take no more claims"),
                record_address("relief.scheme_closed", held.row.subject, next=here),
            ),
        )
        if held and held.row and not held.closed
        else [],
        "id": uuid.uuid4(),
        "refused": refused,
        "done": int(done) if done.isdecimal() else None,
        "today": worlds.now().astimezone(JAPAN).date(),
    }
    if held is not None:
        known = rounds.homes(incident.subject)
        context |= {
            "figures": rounds.figures(held, known),
            "account": next(
                (a for a in rounds.accounts(incident.subject) if held.row and a.fund.value == held.row.fund), None
            ),
            "by_class": held.household_part() is not None,
            "may_read": actor.may("relief.personal"),
            "carry": rounds.to_carry(held, actor, known)
            if held.row and held.row.fund and not held.closed and actor.may("relief.support_asked")
            else None,
            "decide": rounds.to_decide(held, actor, known) if actor.may("relief.support_decided") else None,
            "pay": rounds.to_pay(held, actor) if actor.may("relief.support_paid") else None,
            "claims_page": address_in("scheme_claims", incident, key),
            "unasked_page": address_in("scheme_unasked", incident, key),
            "lists": [
                (name, f"{reverse('relief:scheme_payments', args=[key, form])}?incident={incident.subject}")
                for name, form in (("PDF", "pdf"), ("Excel", "xlsx"), ("CSV", "csv"))
            ],
        }
    return render(request, "relief/scheme.html", context, status=422 if refused else 200)


def _table(part: Scheme) -> tuple[Scheme, list[tuple[T, int | T]]]:
    lines: list[tuple[T, int | T]] = [(c.label, yen) for c, yen in part.by_class.items()]
    lines += [(label, yen) for label, yen in part.by_case]
    lines += [(label, damage.label) for label, damage in part.as_class]
    for damage, ways in part.by_rebuilding.items():
        lines += [
            (T(f"{damage.label.ja}・{w.label.ja}", f"{damage.label.en}: {w.label.en}"), y) for w, y in ways.items()
        ]
    return part, lines


def _act(request: HttpRequest, actor: Actor, held: Programme | None, versions: Sequence[SchemeRow]) -> int:
    act, number = request.POST.get("act", ""), request.POST.get("number", "")
    if act == "approve":
        row = next((v for v in versions if v.version == request.POST.get("version")), None)
        if row is None:
            raise Http404
        fact = SchemeApproved(approved=row.version)
        record(Draft(fact, row.subject, id=request.POST.get("id", ""), incident=row.incident), actor)
        return 1
    if held is None:
        raise Http404
    if act == "carry":
        return rounds.do(rounds.to_carry(held, actor, rounds.homes(held.incident)), number, actor)
    if act == "decide":
        return rounds.do(rounds.to_decide(held, actor, rounds.homes(held.incident)), number, actor)
    if act == "pay":
        try:
            paid_on = date.fromisoformat(request.POST.get("paid_on", ""))
        except ValueError as error:
            raise Refused(T("振り込んだ日を入れてください。", "Enter the day of the transfer."), "paid_on") from error
        return rounds.do(rounds.to_pay(held, actor, rounds.payment_note(number, paid_on)), number, actor)
    raise Http404
