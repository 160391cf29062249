"""Pages of the registered supporter list: who is on it, copies handed out, and what a person's sheet says of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents.values import japan
from tomoshibi.incidents.panels import Told, tells
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts, key_of
from tomoshibi.residents import queries, support, support_papers
from tomoshibi.residents.models import CopyPersonRow, CopyRow, SupportRow
from tomoshibi.residents.sheets import Section, section
from tomoshibi.residents.subjects import Person
from tomoshibi.residents.support import Support, SupportCopy, SupportCopyHanded
from tomoshibi.residents.words import Basis, CopyEnd, Recipient
from tomoshibi.vocabulary import T

SUPPORT = T("避難行動要支援者", "Supporter list")
PERMISSION = "residents.support"


@reading(PERMISSION)
@require_GET
def supported(request: HttpRequest) -> HttpResponse:
    """Everybody on the list: why, whether they consent, whether there is a plan; and the copies that are out."""
    actor = actor_on(request)
    area, lacks = request.GET.get("area", "").strip(), request.GET.get("lacks", "")
    rows = {row.person: row for row in support.listed()}
    people = queries.persons(rows, actor)
    shown = [
        (who, rows[ref], support_papers.needs_of(rows[ref]))
        for ref, who in people.items()
        if area in who.area
        and (lacks != "consent" or rows[ref].consent is None)
        and (lacks != "plan" or not rows[ref].planned)
    ]
    shown.sort(key=lambda line: (line[0].area, line[0].kana))
    note_reading(request, [who.ref for who, _, _ in shown])
    out = CopyRow.objects.filter(ended="").order_by("due_on", "-handed_on")
    context = {
        "people": shown,
        "total": len(people),
        "consents": sum(1 for row in rows.values() if row.consent),
        "plans": sum(1 for row in rows.values() if row.planned),
        "area": area,
        "lacks": lacks,
        "copies": [(row, Recipient(row.recipient).label) for row in out],
        "today": japan(worlds.now()).date(),
        "acts": acts(
            actor,
            ("residents.support_copy_handed", T("写しを渡す", "Hand out a copy"), reverse("residents:support_hand")),
        ),
    }
    return render(request, "residents/supported.html", context)


@reading(PERMISSION)
@require_http_methods(["GET", "POST"])
def hand(request: HttpRequest) -> HttpResponse:
    """Hand out a copy: to whom, by what right, of which area; how many would stand on it is said before."""
    actor = actor_on(request)
    if not actor.may(SupportCopyHanded.kind):
        raise NotAllowed(T("写しを渡す権限がありません。", "You hold no role that may hand out copies."))
    given = request.POST if request.method == "POST" else request.GET
    incident = open_incidents().first()
    recipient = Recipient(r) if (r := given.get("recipient", "")) in set(Recipient) else None
    basis = Basis(b) if (b := given.get("basis", "")) in set(Basis) else Basis.CONSENT
    area, key = given.get("area", "").strip(), given.get("key", "") or str(uuid.uuid4())
    people: list[queries.Person] = []
    left_out = 0
    if recipient:
        people, left_out = support.for_copy(actor, recipient, basis, area)
    refused: T | None = None
    if request.method == "POST" and "count" not in given:
        try:
            if recipient is None:
                raise Refused(T("提供先の種類を選んでください。", "Choose a kind of recipient."))
            due = given.get("due_on", "")
            fact = SupportCopyHanded(
                recipient=recipient,
                name=given.get("name", "").strip()[:200] or "―",
                basis=basis,
                area=area[:100],
                people=tuple(who.ref for who in people),
                handed_on=japan(worlds.now()).date(),
                due_on=dt.date.fromisoformat(due) if due else None,
            )
            if fact.name == "―":
                raise Refused(T("提供先の名前を入れてください。", "Enter who receives it."))
            copy = SupportCopy.ref(str(uuid.UUID(key)))
            record(Draft(fact, copy, id=key, incident=incident.subject if incident else ""), actor)
            return HttpResponseRedirect(reverse("residents:support_copy", args=[key_of(copy)]), status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
        except ValueError:
            refused = T("日付を確かめてください。", "Check the date.")
    context = {
        "recipients": list(Recipient),
        "bases": [b for b in Basis if b is Basis.CONSENT or incident],
        "recipient": recipient,
        "basis": basis,
        "area": area,
        "name": given.get("name", ""),
        "due_on": given.get("due_on", ""),
        "key": key,
        "people": len(people),
        "left_out": left_out,
        "refused": refused,
    }
    return render(request, "residents/support_hand.html", context, status=422 if refused else 200)


def _copy(key: str) -> tuple[CopyRow, list[str]]:
    row = CopyRow.objects.filter(subject=SupportCopy.ref(key)).first()
    if row is None:
        raise Http404
    return row, list(CopyPersonRow.objects.filter(subject=row.subject).values_list("person", flat=True))


@reading(PERMISSION)
@require_GET
def copy(request: HttpRequest, key: str) -> HttpResponse:
    """One copy: who holds it, whose names stand on it, whether it came back."""
    actor = actor_on(request)
    row, refs = _copy(key)
    people = sorted(queries.persons(refs, actor).values(), key=lambda who: who.kana)
    note_reading(request, [who.ref for who in people])
    context = {
        "row": row,
        "recipient": Recipient(row.recipient).label,
        "basis": Basis(row.basis).label,
        "ended": CopyEnd(row.ended).label if row.ended else None,
        "people": people,
        "acts": acts(
            actor,
            (
                "residents.support_copy_ended",
                T("返却・廃棄・紛失", "Returned, destroyed, lost"),
                record_address("residents.support_copy_ended", row.subject, next=request.path),
            ),
        ),
    }
    return render(request, "residents/support_copy.html", context)


@reading(PERMISSION)
@require_GET
def copy_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The copy as it is printed."""
    row, refs = _copy(key)
    people = queries.persons(refs, actor_on(request))
    rows = {r.person: r for r in SupportRow.objects.filter(person__in=refs)}
    note_reading(request, list(people))
    lines = [(who, rows[ref]) for ref, who in people.items() if ref in rows]
    lines.sort(key=lambda line: (line[0].area, line[0].kana))
    return _pdf(support_papers.copy(row, lines), f"support-{row.number}")


@reading(PERMISSION)
@require_GET
def plan_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """One person's evacuation plan."""
    actor, ref = actor_on(request), Person.ref(key)
    row = SupportRow.objects.filter(person=ref, planned=True).first()
    who = queries.person(ref, actor)
    if row is None or who is None:
        raise Http404
    if who.protected and not queries.may_see(who, actor):
        raise NotAllowed(T("支援措置の人の計画は、限られた職員だけが出せます。", "Protected: for the few."))
    note_reading(request, [ref])
    return _pdf(support_papers.plan(who, row), "plan")


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@section(40, PERMISSION)
def on_the_sheet(ref: str, actor: Actor) -> Section | None:
    """What a person's sheet says of support: why, consent, plan, and who holds a copy."""
    if not ref.startswith(f"{Person.type}:"):
        return None
    who = queries.person(ref, actor)
    if who is None or who.ref != ref:
        return None
    row = SupportRow.objects.filter(person=ref).first()
    hidden = who.protected and not queries.may_see(who, actor)
    subject, here = Support.ref(key_of(ref)), reverse("residents:person", args=[key_of(ref)])

    def act(kind: str, word: T) -> tuple[str, T, str]:
        return (kind, word, record_address(kind, subject, next=here))

    buttons = []
    if not hidden:
        listed = row is not None and row.listed
        buttons = [
            act("residents.support_listed", T("登録内容", "Entry") if listed else T("要支援者に登録", "Register"))
        ]
        if listed:
            buttons += [
                act("residents.support_consented", T("同意", "Consent")),
                act("residents.evacuation_planned", T("個別避難計画", "Plan")),
                act("residents.support_ended", T("登録の終了", "End")),
            ]
    if row is None and not buttons:
        return None
    context = {
        "row": row,
        "who": who,
        "hidden": hidden,
        "needs": support_papers.needs_of(row) if row else "",
        "to": [Recipient(r).label for r in row.consent_to.split()] if row else [],
        "copies": [] if hidden else support.copies_of(ref),
        "pdf": reverse("residents:plan_pdf", args=[key_of(ref)]),
    }
    return Section(SUPPORT, template="residents/support_of.html", context=context, acts=tuple(acts(actor, *buttons)))


@tells("due", PERMISSION)
def copies_due(incident: str) -> list[Told]:
    """Copies that should have come back."""
    late = support.overdue(japan(worlds.now()).date())
    page = reverse("residents:supported")
    return [
        Told(
            T(f"要支援者名簿の写し {row.number}（{row.name}）の返却", f"Copy {row.number} ({row.name}) is due back"),
            page,
        )
        for row in late
    ]
