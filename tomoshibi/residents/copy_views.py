"""Pages of copies: handing out the supporter list or one person's plan, who holds which, printing, taking back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents.values import japan
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts, key_of
from tomoshibi.residents import copies, queries, support_papers
from tomoshibi.residents.models import CopyPersonRow, CopyRow, SupportRow
from tomoshibi.residents.subjects import Person
from tomoshibi.residents.support import SupportCopy, SupportCopyEnded, SupportCopyHanded
from tomoshibi.residents.support_views import PERMISSION, pdf
from tomoshibi.residents.words import Basis, CopyEnd, CopyOf, Recipient
from tomoshibi.vocabulary import T

PROTECTED_PLAN = T("支援措置の人の計画は、限られた職員だけが扱えます。", "A protected person's plan is for the few.")


@reading(PERMISSION)
@require_http_methods(["GET", "POST"])
def hand(request: HttpRequest) -> HttpResponse:
    """Hand out a copy of the list: to whom, by what right, of which area; how many would stand on it is said before."""
    actor = actor_on(request)
    asked = _Asked(request, actor)
    area, people, left_out = asked.given.get("area", "").strip(), list[queries.Person](), 0
    if asked.recipient:
        people, left_out = copies.for_copy(actor, asked.recipient, asked.basis, area)
    of = {"what": CopyOf.LIST, "area": area[:100], "people": tuple(who.ref for who in people)}
    if request.method == "POST" and "count" not in asked.given and (copy := asked.handed(of)):
        return HttpResponseRedirect(copy, status=303)
    return asked.page({"area": area, "people": len(people), "left_out": left_out})


@reading(PERMISSION)
@require_http_methods(["GET", "POST"])
def hand_plan(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out a copy of one person's plan; the page shows the plan, and to whom the person consents."""
    actor, ref = actor_on(request), Person.ref(key)
    row = SupportRow.objects.filter(person=ref, listed=True, planned=True).first()
    who = queries.person(ref, actor)
    if row is None or who is None:
        raise Http404
    if not queries.may_see(who, actor):
        raise NotAllowed(PROTECTED_PLAN)
    note_reading(request, [ref, who.ref])
    asked = _Asked(request, actor)
    of = {"what": CopyOf.PLAN, "people": (ref,), "of_plan": asked.given.get("of_plan", "")[:64]}
    if request.method == "POST" and (copy := asked.handed(of)):
        return HttpResponseRedirect(copy, status=303)
    told = [r for r in Recipient if copies.may_be_told(row, r.value, CopyOf.PLAN)]
    context = {"who": who, "plan": row, "told": told, "of_plan": copies.version(who, row)}
    return asked.page(context)


class _Asked:
    """What a form for handing out a copy holds; ``refused`` says why it was not recorded."""

    def __init__(self, request: HttpRequest, actor: Actor) -> None:
        if not actor.may(SupportCopyHanded.kind):
            raise NotAllowed(T("写しを渡す権限がありません。", "You hold no role that may hand out copies."))
        self.request, self.actor = request, actor
        self.given = request.POST if request.method == "POST" else request.GET
        self.incident = open_incidents().first()
        self.recipient = Recipient(r) if (r := self.given.get("recipient", "")) in set(Recipient) else None
        self.basis = Basis(b) if (b := self.given.get("basis", "")) in set(Basis) else Basis.CONSENT
        self.key = self.given.get("key", "") or str(uuid.uuid4())
        self.refused: T | None = None

    def handed(self, of: dict[str, Any]) -> str:
        """Record the copy, and give the address of its page; empty where it was refused."""
        try:
            fact, copy = self._fact(of), SupportCopy.ref(str(uuid.UUID(self.key)))
            record(Draft(fact, copy, id=self.key, incident=self.incident.subject if self.incident else ""), self.actor)
            return reverse("residents:support_copy", args=[key_of(copy)])
        except (Refused, StoreFailed) as no:
            self.refused = no.text
        except ValueError:
            self.refused = T("日付を確かめてください。", "Check the date.")
        return ""

    def _fact(self, of: dict[str, Any]) -> SupportCopyHanded:
        if self.recipient is None:
            raise Refused(T("提供先の種類を選んでください。", "Choose a kind of recipient."))
        if not (name := self.given.get("name", "").strip()[:200]):
            raise Refused(T("提供先の名前を入れてください。", "Enter who receives it."))
        due = self.given.get("due_on", "")
        return SupportCopyHanded(
            recipient=self.recipient,
            name=name,
            basis=self.basis,
            handed_on=japan(worlds.now()).date(),
            due_on=dt.date.fromisoformat(due) if due else None,
            **of,
        )

    def page(self, more: dict[str, Any]) -> HttpResponse:
        """The form again, with what was entered."""
        context = {
            "recipients": list(Recipient),
            "bases": [b for b in Basis if b is Basis.CONSENT or self.incident],
            "recipient": self.recipient,
            "basis": self.basis,
            "name": self.given.get("name", ""),
            "due_on": self.given.get("due_on", ""),
            "key": self.key,
            "refused": self.refused,
        }
        status = 422 if self.refused else 200
        return render(self.request, "residents/support_hand.html", context | more, status=status)


def _copy(key: str, actor: Actor) -> tuple[CopyRow, dict[str, queries.Person], dict[str, SupportRow]]:
    """A copy, who stands on it, and what is recorded of them; refused where it is a plan for the few."""
    row = CopyRow.objects.filter(subject=SupportCopy.ref(key)).first()
    if row is None:
        raise Http404
    refs = list(CopyPersonRow.objects.filter(subject=row.subject).values_list("person", flat=True))
    people = queries.persons(refs, actor)
    if row.what == CopyOf.PLAN and not all(queries.may_see(who, actor) for who in people.values()):
        raise NotAllowed(PROTECTED_PLAN)
    return row, people, {r.person: r for r in SupportRow.objects.filter(person__in=refs)}


@reading(PERMISSION)
@require_GET
def copy(request: HttpRequest, key: str) -> HttpResponse:
    """One copy: who holds it, by what right and consent, whose names stand on it, whether it holds, or came back."""
    return _page(request, *_copy(key, actor_on(request)))


def _page(
    request: HttpRequest,
    row: CopyRow,
    people: dict[str, queries.Person],
    support: dict[str, SupportRow],
    status: int = 200,
) -> HttpResponse:
    note_reading(request, list(people))
    what, stale = CopyOf(row.what), copies.to_replace([row]).get(row.subject)
    again = reverse("residents:support_hand")
    if what is CopyOf.PLAN:
        again = reverse("residents:plan_hand", args=[key_of(ref) for ref in people])
    lines = [
        (who, support.get(ref), ref in support and copies.may_be_told(support[ref], row.recipient, row.what))
        for ref, who in people.items()
    ]
    said = urlencode({"recipient": row.recipient, "name": row.name})
    hand_anew = (SupportCopyHanded.kind, T("新しい写しを渡す", "Hand out a new copy"), f"{again}?{said}")
    here = reverse("residents:support_copy", args=[row.key])
    take_back = (
        SupportCopyEnded.kind,
        T("返却・廃棄・紛失", "Returned, destroyed, lost"),
        record_address(SupportCopyEnded.kind, row.subject, next=here),
    )
    context = {
        "row": row,
        "what": what,
        "is_plan": what is CopyOf.PLAN,
        "recipient": Recipient(row.recipient).label,
        "basis": Basis(row.basis).label,
        "by_consent": row.basis == Basis.CONSENT,
        "ended": CopyEnd(row.ended).label if row.ended else None,
        "people": sorted(lines, key=lambda line: line[0].kana),
        "stale": stale,
        "acts": acts(actor_on(request), *([hand_anew] if stale else []), take_back),
    }
    return render(request, "residents/support_copy.html", context, status=status)


@reading(PERMISSION)
@require_GET
def copy_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The copy of the list as it is printed."""
    row, people, support = _copy(key, actor_on(request))
    if row.what != CopyOf.LIST:
        raise Http404
    note_reading(request, list(people))
    lines = [(who, support[ref]) for ref, who in people.items() if ref in support]
    lines.sort(key=lambda line: (line[0].area, line[0].kana))
    return pdf(support_papers.copy(row, lines), f"support-{row.number}")


@reading(PERMISSION)
@require_GET
def plan_copy_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The copy of a plan as it is printed, with its number; 409 where it came back, or the plan is another by now: what
    was never handed out does not go under its number.
    """
    row, people, support = _copy(key, actor_on(request))
    if row.what != CopyOf.PLAN:
        raise Http404
    if row.ended or copies.to_replace([row]):
        return _page(request, row, people, support, status=409)
    note_reading(request, list(people))
    ((ref, who),) = people.items()
    return pdf(support_papers.plan(who, support[ref], row), f"plan-{row.number}")
