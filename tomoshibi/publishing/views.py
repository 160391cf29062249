"""Pages of orders: what is in force and what waits, one order with its map, texts and two names, and proposing one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.documents import DocumentError
from tomoshibi.incidents.mapping import AREAS, IMPORTED, collection, feature, point
from tomoshibi.incidents.operations import CALM
from tomoshibi.incidents.panels import MapLayer, map_layers
from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, given_id, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import areas
from tomoshibi.places.subjects import AreaKind, SiteKind
from tomoshibi.publishing import board, channels, panels, papers, queries, wordings
from tomoshibi.publishing.channels import Sending
from tomoshibi.publishing.facts import APPROVALS, OrderReturned, Sent
from tomoshibi.publishing.models import OrderRow, ProposalRow
from tomoshibi.publishing.proposing import Asked
from tomoshibi.publishing.sending import outcome, sending_of
from tomoshibi.publishing.subjects import Order
from tomoshibi.publishing.words import LEVELS, Act, Danger
from tomoshibi.vocabulary import T

ORDERS = T("避難情報", "Evacuation information")
#: sites in the areas that a decision looks at
CONCERNED = (SiteKind.FACILITY, SiteKind.HOSPITAL, SiteKind.SHELTER, SiteKind.EVACUATION_SITE, SiteKind.SCHOOL)
#: layer of the map -> its name, the kinds of sites on it, their colour and shape
MARKS: dict[str, tuple[T, tuple[SiteKind, ...], str, str]] = {
    "facilities": (T("福祉施設・病院", "Care facilities, hospitals"), CONCERNED[:2], "#B45309", "triangle"),
    "shelters": (T("避難所・学校", "Shelters, schools"), CONCERNED[2:], "#0B6B3A", "square"),
}


def row_of(key: str) -> OrderRow:
    """The order of that key. Raises :class:`Http404`."""
    row = queries.order(Order.ref(key))
    if row is None:
        raise Http404
    return row


@reading("publishing.read")
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """What is in force, what waits for approval, and what was."""
    rows = list(queries.orders())
    in_force = queries.in_force()
    context = {
        "waiting": [(row, queries.proposal(row.waiting)) for row in queries.waiting()],
        "in_force": [(row, queries.living_in(row)) for row in in_force],
        "past": [row for row in rows if row.state == "lifted" or (row.state == "proposed" and not row.waiting)],
        "may_propose": actor_on(request).may("publishing.order_proposed"),
    }
    template = "publishing/orders_part.html" if getattr(request, "htmx", False) else "publishing/orders.html"
    return render(request, template, context)


@reading("publishing.read")
@require_GET
def order(request: HttpRequest, key: str) -> HttpResponse:
    """One order: the proposal that waits, else what holds; its area, who lives there, its texts, and two names."""
    row = row_of(key)
    said = _shown(row)
    actor = actor_on(request)
    waits = bool(row.waiting)
    shown = SubjectRow.objects.filter(subject=row.subject).first()
    mine = waits and actor.is_same(said.who)
    context = {
        "row": row,
        "said": said,
        "waits": waits,
        "living": queries.living_in(said),
        "sites": sites_by_kind(said),
        "texts": texts(said),
        "lines": board.lines(row),
        "history": list(queries.proposals(row.subject)),
        "layers": _layers(actor, key),
        "may_approve": waits and not mine and not said.rule and actor.may(APPROVALS[said.act_word].kind),
        "may_return": waits and not mine and actor.may("publishing.order_returned"),
        "mine": mine,
        "may_propose": actor.may("publishing.order_proposed"),
        "may_send": actor.may("publishing.sent"),
        "heads": " ".join(shown.head_ids) if shown else "",
        "id": str(uuid.uuid4()),
    }
    return render(request, "publishing/order.html", context)


def _layers(actor: Actor, key: str) -> list[dict[str, str]]:
    """The map: the town's own areas and imported layers beneath, the order's above."""
    beneath = [
        {"key": m.key, "label": str(m.label), "address": reverse("incidents:map_layer", args=[CALM, m.key])}
        for m in map_layers(actor)
        if m in (AREAS, IMPORTED)
    ]
    own = {"order": ORDERS, **{name: label for name, (label, *_) in MARKS.items()}}
    above = [
        {"key": name, "label": str(label), "address": reverse("publishing:map", args=[key, name])}
        for name, label in own.items()
    ]
    return [*beneath, *above]


def _shown(row: OrderRow) -> ProposalRow:
    said = queries.proposal(row.waiting or row.proposal)
    if said is None:  # a row stands on its proposals
        raise Http404
    return said


def sites_by_kind(said: ProposalRow) -> list[tuple[T, list[Any]]]:
    """The sites that a decision looks at, by what they are first of all."""
    found = queries.sites_in(said, *CONCERNED)
    by_kind = [(kind.label, [s for s in found if s.kind == kind]) for kind in CONCERNED]
    return [(label, sites) for label, sites in by_kind if sites]


def texts(said: ProposalRow) -> list[dict[str, Any]]:
    """Every text of a proposal beside the channels that carry it."""
    found = []
    for key, wording in wordings.wordings().items():
        text = wordings.text_of(said, key)
        carried = [c.label for c in channels.channels() if c.wording == key]
        found.append({"wording": wording, "text": text, "count": len(text), "channels": carried})
    return found


@reading("publishing.read")
@require_GET
def map_data(request: HttpRequest, key: str, layer: str) -> HttpResponse:
    """The areas of an order, or the facilities or shelters in them, as GeoJSON."""
    said = _shown(row_of(key))
    if layer == "order":
        drawn = MapLayer(layer, ORDERS, lambda incident: panels.outlines(said))
    elif layer in MARKS:
        label, kinds, colour, shape = MARKS[layer]
        found = queries.sites_in(said, *kinds)
        drawn = MapLayer(layer, label, lambda incident: [_mark(site, colour, shape) for site in found])
    else:
        raise Http404
    return JsonResponse(collection(drawn, said.incident, actor_on(request)))


def _mark(site: SiteRow, colour: str, shape: str) -> dict[str, Any]:
    return feature(
        point(site.lat, site.lon),
        name=site.name,
        state=SiteKind(site.kind).label,
        address=reverse("places:site", args=[site.subject.partition(":")[2]]),
        colour=colour,
        shape=shape,
        faint=True,
    )


@reading("publishing.read")
@require_GET
def paper(request: HttpRequest, key: str) -> HttpResponse:
    """The decision as a PDF, with the two names and times."""
    row = row_of(key)
    said = queries.approved(row.approval) or _shown(row)
    try:
        made = papers.decision(said)
    except DocumentError as error:
        messages.error(request, str(error.text))
        return HttpResponseRedirect(reverse("publishing:order", args=[key]))
    name = f"{row.heading}_{row.where}.pdf".replace(" ", "_")
    disposition = content_disposition_header(as_attachment=False, filename=name)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": disposition or ""})


@reading("publishing.order_proposed")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, key: str = "", act: str = Act.ISSUE) -> HttpResponse:
    """Propose an order, or a change or lifting of one: fields first, then the texts that follow from them."""
    asked_act = Act(act)
    row = row_of(key) if key else None
    subject = row.subject if row else Order.ref(given_id(request.POST, "order") or str(uuid.uuid4()))
    post = request.POST
    changed = False
    if request.method == "POST":
        ways = post.getlist("channels") if "ways" in post else _usable()
        asked = Asked.sent(post, post.getlist("areas"), ways, asked_act)
        as_shown = asked.fill()
        fact = asked.fact()
        changed = "propose" in post and fact is not None and not as_shown
        if "propose" in post and fact is not None and as_shown:
            incident = row.incident if row else post.get("incident", "")
            draft = Draft(fact, subject, post.get("after", "").split(), given_id(post), incident=incident)
            if _record(request, draft, asked):
                messages.success(request, str(T("提案しました。承認を待ちます。", "Proposed. It waits for approval.")))
                return HttpResponseRedirect(reverse("publishing:order", args=[subject.partition(":")[2]]), status=303)
    else:
        asked = _begin(request, row, asked_act)
        if row is not None:
            asked.fill()
    shown = SubjectRow.objects.filter(subject=subject).first()
    context = {
        **_choices(asked),
        "asked": asked,
        "row": row,
        "changed": changed,
        "subject": subject,
        "incidents": list(open_incidents()),
        "incident": (post or request.GET).get("incident", ""),
        "living": queries.living_in(asked.areas) if asked.areas else None,
        "heads": post.get("after") or (" ".join(shown.head_ids) if shown else ""),
        "id": post.get("id") or str(uuid.uuid4()),
    }
    return render(request, "publishing/propose.html", context, status=422 if asked.errors else 200)


def _begin(request: HttpRequest, row: OrderRow | None, act: Act) -> Asked:
    """What the page begins with: nothing, what holds now, or a waiting proposal that is taken over."""
    if row is None:
        return Asked()
    waiting = queries.proposal(row.waiting)
    if waiting is not None and waiting.act_word is act:
        begun = Asked.of(waiting, act)
        begun.plain |= {"reason": waiting.reason, "advice": waiting.advice}
    else:
        begun = Asked.of(row, act)
    begun.channels = begun.channels or _usable()
    return begun


def _usable() -> list[str]:
    """The channels that are in use here."""
    return [c.key for c in channels.channels() if not c.off()]


def _choices(asked: Asked) -> dict[str, Any]:
    known = list(areas())
    inside: dict[str, list[AreaRow]] = {}
    for area in known:
        if area.parent:
            inside.setdefault(area.parent, []).append(area)
    tops = [area for area in known if not area.parent]
    order = {AreaKind.DISTRICT: 0, AreaKind.HAZARD: 1}
    tops.sort(key=lambda area: (order.get(AreaKind(area.kind), 2), area.code, area.name))
    chosen = set(asked.areas)
    return {
        "levels": asked.terms,
        "level": int(asked.level) if asked.level.isdecimal() and int(asked.level) in LEVELS else 0,
        "dangers": list(Danger),
        "areas": [
            (area, "" if area.population is None else f"{area.population:,}", inside.get(area.subject, []))
            for area in tops
        ],
        "open": {a.subject for a in tops if any(i.subject in chosen for i in inside.get(a.subject, []))},
        "chosen": chosen,
        "ways": [(c.key, c.label, c.off(), c.by_hand, c.key in asked.channels) for c in channels.channels()],
        "standing": [o for o in queries.in_force() if chosen & set(o.area_refs)],
    }


def _record(request: HttpRequest, draft: Draft, asked: Asked) -> bool:
    try:
        record(draft, actor_on(request))
    except Refused as no:
        asked.errors[no.field] = no.text
    except StoreFailed as no:
        asked.errors[""] = no.text
    else:
        return True
    return False


@reading("publishing.order_approved", "publishing.order_returned")
@require_POST
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Approve the proposal that the page showed, or send it back with a reason."""
    row, post = row_of(key), request.POST
    said = queries.proposal(post.get("proposal", ""))
    if said is None or said.subject != row.subject:
        raise Http404
    if "approve" in post:
        what = said.told
        fact: Any = APPROVALS[said.act_word](proposal=said.id, what_ja=what.ja[:600], what_en=what.en[:600])
        done = T("承認しました。各手段で伝えています。", "Approved. It is going out by every channel.")
    else:
        reason = post.get("reason", "").strip()
        if not reason:
            messages.error(request, str(T("差し戻す理由を書いてください。", "Say why it is returned.")))
            return HttpResponseRedirect(reverse("publishing:order", args=[key]), status=303)
        fact = OrderReturned(proposal=said.id, reason=reason[:500])
        done = T("差し戻しました。", "Returned.")
    draft = Draft(fact, row.subject, post.get("after", "").split(), given_id(post), incident=row.incident)
    return _done(request, draft, done, key)


@reading("publishing.read")
@require_GET
def deliveries(request: HttpRequest, key: str) -> HttpResponse:
    """What became of the present approval, channel by channel; the page fetches it anew when something was sent."""
    row = row_of(key)
    context = {"row": row, "lines": board.lines(row), "may_send": actor_on(request).may("publishing.sent")}
    return render(request, "publishing/deliveries.html", context)


@reading("publishing.sent")
@require_POST
def told(request: HttpRequest, key: str) -> HttpResponse:
    """Somebody read the text over the loudspeakers, or typed it in: keep that it was done."""
    row, channel = row_of(key), channels.channel(request.POST.get("channel", ""))
    sending: Sending | None = sending_of(row.approval, channel.key) if channel and channel.send is None else None
    if sending is None:
        raise Http404
    note = request.POST.get("note", "").strip()
    draft = outcome(sending, Sent, note, sending.fact_id("by hand"))
    return _done(request, draft, T("記録しました。", "Recorded."), key)


def _done(request: HttpRequest, draft: Draft, done: T, key: str) -> HttpResponse:
    try:
        record(draft, actor_on(request))
    except (Refused, StoreFailed) as no:
        messages.error(request, str(no.text))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(reverse("publishing:order", args=[key]), status=303)
