"""Pages of the registered supporter list: who is on it, copies handed out, and what a person's sheet says of it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tomoshibi.documents.values import japan
from tomoshibi.incidents.panels import Told, tells
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading, withheld
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts, key_of
from tomoshibi.residents import copies, queries, support_papers
from tomoshibi.residents.models import CopyRow, SupportRow
from tomoshibi.residents.sheets import Section, section
from tomoshibi.residents.subjects import Person
from tomoshibi.residents.support import Support, SupportCopy, SupportCopyHanded
from tomoshibi.residents.words import CopyOf, Recipient
from tomoshibi.vocabulary import T

SUPPORT = T("避難行動要支援者", "Supporter list")
PERMISSION = "residents.support"
PAGE = 100


@reading(PERMISSION)
@require_GET
def supported(request: HttpRequest) -> HttpResponse:
    """Everybody on the list: why, whether they consent, whether there is a plan; and the copies that are out."""
    actor = actor_on(request)
    area, lacks = request.GET.get("area", "").strip(), request.GET.get("lacks", "")
    entries = copies.listed(actor)
    asked_for = [
        (who, row)
        for who, row in entries
        if area in who.area and (lacks != "consent" or row.consent is None) and (lacks != "plan" or not row.planned)
    ]
    asked_for.sort(key=lambda line: (line[0].area, line[0].kana))
    page = Paginator(asked_for, PAGE).get_page(request.GET.get("page"))
    note_reading(request, [who.ref for who, _ in page.object_list])
    kept = withheld(actor, SupportCopy.type)
    out = [row for row in CopyRow.objects.filter(ended="").order_by("due_on", "-handed_on") if row.subject not in kept]
    stale, today = copies.to_replace(out), japan(worlds.now()).date()
    out.sort(key=lambda row: row.subject not in stale)
    # of a city's thousands of plans only those copies of which something is to be done; a list's copies are few
    every = request.GET.get("copies") == "all"
    told = [
        row
        for row in out
        if every or row.what == CopyOf.LIST or row.subject in stale or (row.due_on and row.due_on < today)
    ]
    context = {
        "page": page,
        "people": [(who, row, support_papers.needs_of(row)) for who, row in page.object_list],
        "total": len(entries),
        "consents": sum(1 for _, row in entries if row.consent),
        "plans": sum(1 for _, row in entries if row.planned),
        "area": area,
        "lacks": lacks,
        "copies": [
            (row, CopyOf(row.what).label, Recipient(row.recipient).label, stale.get(row.subject)) for row in told
        ],
        "stale": len(stale),
        "rest": len(out) - len(told),
        "today": today,
        "acts": acts(
            actor,
            ("residents.support_copy_handed", T("写しを渡す", "Hand out a copy"), reverse("residents:support_hand")),
        ),
    }
    return render(request, "residents/supported.html", context)


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
    note_reading(request, [ref, who.ref])
    return pdf(support_papers.plan(who, row), "plan")


def pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@section(40, PERMISSION)
def on_the_sheet(ref: str, actor: Actor) -> Section | None:
    """What a person's sheet says of support: why, consent, plan, and who holds a copy."""
    if not ref.startswith(f"{Person.type}:"):
        return None
    who = queries.person(ref, actor)
    rows = {row.person: row for row in SupportRow.objects.filter(person__in=queries.same_person(ref))}
    row = rows.get(ref)
    if who is None or (row is None and (rows or who.ref != ref)):
        return None  # of a merged person, where they have an entry
    hidden = who.protected and not queries.may_see(who, actor)
    subject, here = Support.ref(key_of(ref)), reverse("residents:person", args=[who.key])

    def act(kind: str, word: T) -> tuple[str, T, str]:
        return (kind, word, record_address(kind, subject, next=here))

    hand_plan = (
        SupportCopyHanded.kind,
        T("計画の写しを渡す", "Hand out the plan"),
        reverse("residents:plan_hand", args=[key_of(ref)]),
    )
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
                *([hand_plan] if row and row.planned else []),
                act("residents.support_ended", T("登録の終了", "End")),
            ]
    if row is None and not buttons:
        return None
    held = copies.copies_of(ref) if row and not hidden else []
    stale = copies.to_replace(held)
    context = {
        "row": row,
        "who": who,
        "hidden": hidden,
        "needs": support_papers.needs_of(row) if row else "",
        "to": [Recipient(r).label for r in row.consent_to.split()] if row else [],
        "copies": [(c, CopyOf(c.what).label, c.subject in stale) for c in held],
        "pdf": reverse("residents:plan_pdf", args=[key_of(ref)]),
    }
    return Section(SUPPORT, template="residents/support_of.html", context=context, acts=tuple(acts(actor, *buttons)))


@tells("due", PERMISSION)
def copies_due(incident: str) -> list[Told]:
    """Copies that should have come back."""
    return [
        Told(_due_back(row), reverse("residents:support_copy", args=[row.key]))
        for row in copies.overdue(japan(worlds.now()).date())
    ]


def _due_back(row: CopyRow) -> T:
    if row.what == CopyOf.PLAN:  # who helps one person is not for everybody who reads the page
        return T(f"個別避難計画の写し {row.number} の返却", f"Copy {row.number} of a plan is due back")
    return T(f"要支援者名簿の写し {row.number}（{row.name}）の返却", f"Copy {row.number} ({row.name}) is due back")
