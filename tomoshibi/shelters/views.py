"""Pages of shelters: the list, one shelter with its desk and who is in it, rosters, and the enquiry of families."""

from __future__ import annotations

import io
import uuid
from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.documents import Sheet, write_xlsx
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, who_may
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.messages import marked
from tomoshibi.journal.pages import NotAllowed, actor_on, given_id, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import TYPES, Cell, Filter, Listing, Shown
from tomoshibi.places.queries import sites
from tomoshibi.places.subjects import SiteKind
from tomoshibi.places.views import key_of
from tomoshibi.residents.matching import day
from tomoshibi.shelters import desk, queries, sheets
from tomoshibi.shelters.facts import FullnessChanged, NeedMet, NeedNoted, Opened
from tomoshibi.shelters.models import NeedRow, ShelterRow
from tomoshibi.shelters.sheets import SHELTERS, stamp, state_of, words_of
from tomoshibi.shelters.subjects import Shelter, SupplyNeed
from tomoshibi.shelters.words import Fullness, Need, Service, WhereTo
from tomoshibi.vocabulary import T

#: who left, on a shelter's page: the last so many
GONE = 100
#: a shelter's lifelines: column, word
LIFELINES = (
    ("power", T("電気", "Power")),
    ("water", T("水道", "Water")),
    ("toilets", T("トイレ", "Toilets")),
    ("phones", T("通信", "Network")),
)


def page_of(shelter: str) -> str:
    """Address of a shelter's page."""
    return reverse("shelters:shelter", args=[key_of(shelter)])


def chosen_incident(request: HttpRequest) -> str:
    """The incident that the address names, else the newest open one; empty in normal times."""
    named = request.GET.get("incident", "") or request.POST.get("incident", "")
    row = incidents.incident(named) if named else incidents.open_incidents().first()
    return row.subject if row else ""


@reading("shelters.read")
@require_GET
def shelters(request: HttpRequest) -> HttpResponse:
    """Shelters of the incident that the address names, or of all that are open: counted and registered side by side;
    and the sites yet to be opened.
    """
    actor = actor_on(request)
    incident = chosen_incident(request)
    named = request.GET.get("incident", "")
    running = incidents.open_incidents().count()
    wanted: dict[str, list[NeedRow]] = defaultdict(list)
    for need in queries.needs(named):
        wanted[need.shelter].append(need)
    rows = queries.shelters(named)
    about = incidents.incident(incident) if named or running == 1 else None
    everyone = [(row.subject, row.title) for row in incidents.incidents()[:50]]
    listing = Listing(
        title=T(f"避難所　{about.title}", f"Shelters: {about.title}") if about else SHELTERS,
        name="shelters",
        rows=rows,
        words=("name", "manager", "note"),
        columns=(
            Shown(T("避難所", "Shelter"), _name, ("name",)),
            Shown(T("状態", "State"), _state, ("closed_at", "fullness")),
            Shown(T("名簿", "Registered"), lambda r: r.registered, ("registered",), figure=True),
            Shown(T("数えた人数", "Counted"), _counted, ("inside",)),
            Shown(T("収容", "Capacity"), lambda r: r.capacity, ("capacity",), figure=True),
            Shown(T("電気・水・トイレ・通信", "Lifelines"), _lifelines),
            Shown(T("要望", "Needs"), lambda r: _needs(wanted[r.subject])),
            Shown(T("報告", "Reported"), _reported, ("reported_at",)),
        ),
        filters=(
            *(
                [Filter("incident", T("事案", "Incident"), everyone, lambda found, value: found)]
                if everyone[1:]
                else []
            ),
            Filter(
                "state",
                T("状態", "State"),
                [("open", T("開設中", "Open")), ("closed", T("閉鎖", "Closed"))],
                lambda found, value: found.filter(closed_at__isnull=value == "open"),
            ),
            Filter(
                "fullness",
                T("混み具合", "How full"),
                [(f.value, f.label) for f in Fullness],
                lambda found, value: found.filter(fullness=value),
            ),
        ),
        sheet=lambda found: sheets.shelter_sheet(found, wanted),
        acts=_acts(actor),
        empty=T(
            "開設した避難所がここに並びます。下の一覧から一つ押すと開設できます。",
            "Open shelters stand here. One press on a site below opens it.",
        )
        if incident
        else T(
            "平常時です。事案が開かれると、ここで避難所を開設できます。",
            "Normal times. When an incident is opened, shelters are opened here.",
        ),
        template="shelters/shelters.html",
    )
    count = queries.headcount(named)
    return listing.respond(
        request,
        {
            "incident": incident,
            "opening_in": incidents.incident(incident),
            "closed_sites": _unopened(actor, incident),
            "act": uuid.uuid4(),
            "count": count,
            "own": _own(actor, rows),
        },
    )


def _own(actor: Actor, rows: QuerySet[ShelterRow]) -> list[tuple[str, str]]:
    """The desks of somebody who works at some shelters only: name and address of each that is open."""
    own = actor.sites("shelters.checked_in")
    return [(row.name, page_of(row.subject)) for row in rows.filter(site__in=own, closed_at=None)] if own else []


def _acts(actor: Actor) -> list[tuple[T, str]]:
    if actor.sites("shelters.enquire") == set():
        return []
    return [(T("家族からの問い合わせ", "Family enquiries"), reverse("shelters:enquiry"))]


def _unopened(actor: Actor, incident: str) -> list[Any]:
    """Sites of kind shelter that this person may open and that are not open."""
    row = incidents.incident(incident) if incident else None
    if row is None or row.closed or actor.sites("shelters.opened") == set():
        return []
    taken = {s.site for s in queries.open_shelters(incident)}
    return [
        s
        for s in sites(SiteKind.SHELTER).order_by("district", "code", "name")
        if s.subject not in taken and actor.may("shelters.opened", site=s.subject)
    ]


def _name(row: ShelterRow) -> Cell:
    return Cell(row.name, page_of(row.subject), T("至急", "urgent") if row.urgent and row.is_open else "")


def _state(row: ShelterRow) -> Cell:
    fullness = Fullness(row.fullness).label if row.fullness and row.is_open else ""
    return Cell(T("● 開設中", "● Open") if row.is_open else T("× 閉鎖", "× Closed"), mark=fullness)


def counted_words(row: ShelterRow) -> T:
    """The count in words, with what is not known of it: unknown is not zero."""
    if row.counted is None:
        return T("不明", "Unknown")
    parts = counted_parts(row)
    return T(f"{row.counted}（{parts.ja}）", f"{row.counted} ({parts.en})")


def counted_parts(row: ShelterRow) -> T:
    """Where people were counted, and where nobody has."""
    parts = (("屋内", "inside", row.inside), ("車中", "cars", row.in_cars), ("屋外", "outside", row.outside))
    ja = "・".join(f"{word}{'不明' if n is None else n}" for word, _, n in parts)
    en = ", ".join(f"{word} {'unknown' if n is None else n}" for _, word, n in parts)
    return T(ja, en)


def _counted(row: ShelterRow) -> T:
    return counted_words(row)


def _lifelines(row: ShelterRow) -> str:
    told = [(word, Service(v)) for name, word in LIFELINES if (v := getattr(row, name))]
    if not told:
        return str(T("不明", "Unknown"))
    marks = {Service.WORKS: "○", Service.LIMITED: "△", Service.STOPPED: "×"}
    return " ".join(f"{word}{marks[service]}" for word, service in told)


def _needs(needs: list[NeedRow]) -> str:
    return "、".join(words_of(n) for n in needs[:3]) + (f" +{len(needs) - 3}" if len(needs) > 3 else "")


def _reported(row: ShelterRow) -> Cell:
    late = row.due_at is not None and row.due_at < worlds.now()
    return Cell(stamp(row.reported_at) or T("まだ", "Not yet"), mark=T("期限切れ", "overdue") if late else "")


@reading("shelters.opened")
@require_POST
def open_site(request: HttpRequest) -> HttpResponse:
    """One press: a site is a shelter from now on."""
    actor, incident = actor_on(request), chosen_incident(request)
    chosen = sites(SiteKind.SHELTER).filter(subject=request.POST.get("site", "")).first()
    if chosen is None:
        raise Http404
    subject = Shelter.of_site(incident, chosen.subject)
    fact = Opened(site=chosen.subject, name=chosen.name, capacity=chosen.capacity)
    try:
        record(Draft(fact, subject, id=once(request, chosen.subject), incident=incident), actor)
    except (Refused, StoreFailed) as refusal:
        return render(request, "shelters/refused.html", {"refused": refusal.text}, status=422)
    return HttpResponseRedirect(page_of(subject), status=303)


def once(request: HttpRequest, *about: str) -> str:
    """An id that follows from the form and what it is about, so that a second press is the same fact."""
    act = given_id(request.POST, "act")
    return str(uuid.uuid5(uuid.UUID(act), "/".join(about))) if act else ""


def found(key: str) -> ShelterRow:
    """The shelter of that key. Raises :class:`Http404`."""
    row = queries.shelter(Shelter.ref(key))
    if row is None:
        raise Http404
    return row


def may_at(actor: Actor, permission: str, row: ShelterRow) -> None:
    """Raise :class:`NotAllowed` unless ``permission`` is held at the shelter's site."""
    if not actor.may(permission, site=row.site):
        raise NotAllowed(
            T(
                "「{name}」での権限がありません。必要な役割: {roles}",
                "You hold no role at “{name}” for this. It needs: {roles}.",
            ).format(name=row.name, roles=who_may(permission))
        )


@reading("shelters.read")
@require_GET
def shelter(request: HttpRequest, key: str) -> HttpResponse:
    """One shelter: the desk, who is in it, what it needs. Names only for those who may read its roster, and logged."""
    row = found(key)
    return render(request, "shelters/shelter.html", page_context(request, row))


def page_context(request: HttpRequest, row: ShelterRow, **more: Any) -> dict[str, Any]:
    """What the shelter's page shows to the one who asks."""
    actor = actor_on(request)
    may = {
        name: actor.may(f"shelters.{kind}", site=row.site)
        for name, kind in (
            ("take_in", "checked_in"),
            ("let_go", "checked_out"),
            ("roster", "roster"),
            ("report", "reported"),
            ("describe", "described"),
            ("close", "closed"),
            ("fill", "fullness_changed"),
            ("need", "need_noted"),
            ("meet", "need_met"),
        )
    }
    words = request.GET.get("name", "").strip()
    groups = desk.roster(row, actor, words) if may["roster"] else []
    gone = desk.gone(row, actor, GONE) if may["roster"] else []
    lines = [*(line for g in groups for line in g.lines), *gone]
    note_reading(request, [line.stay.subject for line in lines if not line.withheld])
    here = page_of(row.subject)
    incident = incidents.incident(row.incident)
    return {
        "key": key_of(row.subject),
        "incident": incident,
        "may": may,
        **_figures(row),
        "state": state_of(row),
        "fullnesses": list(Fullness),
        "needs": [(n, words_of(n), key_of(n.subject)) for n in queries.needs(shelter=row.subject)],
        "need_kinds": list(Need),
        "where_to": list(WhereTo),
        "groups": groups,
        "people": sum(len(g.lines) for g in groups),
        "missing": sum(len(g.missing) for g in groups),
        "gone": gone,
        "left": queries.left(row.subject).count(),
        "words": words,
        "act": uuid.uuid4(),
        "here": here,
        "links": {
            kind: record_address(f"shelters.{kind}", row.subject, next=here)
            for kind in ("described", "reported", "closed")
        },
        **more,
    }


def _figures(row: ShelterRow) -> dict[str, Any]:
    return {
        "row": row,
        "counted_parts": counted_parts(row) if row.counted is not None else None,
        "overdue": row.due_at is not None and row.due_at < worlds.now(),
        "lifelines": [(word, Service(v).label if (v := getattr(row, n)) else None, v) for n, word in LIFELINES],
    }


@reading("shelters.read")
@require_GET
def figures(request: HttpRequest, key: str) -> HttpResponse:
    """The shelter's numbers alone, fetched anew when something is recorded."""
    row = found(key)
    return render(request, "shelters/figures.html", _figures(row))


@reading("shelters.fullness_changed")
@require_POST
def fill(request: HttpRequest, key: str) -> HttpResponse:
    """One press: how full the shelter is."""
    row = found(key)
    try:
        fact = FullnessChanged(fullness=Fullness(request.POST.get("fullness", "")))
    except ValueError:
        raise Http404 from None
    return _recorded(request, row, Draft(fact, row.subject, id=once(request, fact.fullness), incident=row.incident))


@reading("shelters.need_noted")
@require_POST
def note_need(request: HttpRequest, key: str) -> HttpResponse:
    """The shelter needs something."""
    row = found(key)
    said = {n: request.POST.get(n, "").strip() for n in ("item", "quantity", "unit")}
    quantity = said["quantity"].replace(",", "")
    if not said["item"] or (quantity and not (quantity.isdecimal() and 1 <= int(quantity) <= 1_000_000)):
        wrong = T("品目と、1以上の数量を入れてください。", "Give an item, and a quantity of 1 or more.")
        context = page_context(request, row, need_refused=wrong, said=said)
        return render(request, "shelters/shelter.html", context, status=422)
    fact = NeedNoted(
        shelter=row.subject,
        site=row.site,
        where=row.name,
        item=said["item"][:200],
        quantity=int(quantity) if quantity else None,
        unit=said["unit"][:20],
        urgent=bool(request.POST.get("urgent")),
    )
    subject = SupplyNeed.ref(once(request, "need") or str(uuid.uuid4()))
    return _recorded(request, row, Draft(fact, subject, id=once(request, "noted"), incident=row.incident))


@reading("shelters.need_met")
@require_POST
def meet_need(request: HttpRequest, key: str, need: str) -> HttpResponse:
    """What the shelter needed has come."""
    row = found(key)
    subject = SupplyNeed.ref(need)
    if not NeedRow.objects.filter(subject=subject, shelter=row.subject).exists():
        raise Http404
    return _recorded(request, row, Draft(NeedMet(), subject, id=once(request, need), incident=row.incident))


def _recorded(request: HttpRequest, row: ShelterRow, draft: Draft) -> HttpResponse:
    try:
        record(draft, actor_on(request))
    except (Refused, StoreFailed) as refusal:
        context = page_context(request, row, refused=refusal.text)
        return render(request, "shelters/shelter.html", context, status=422)
    return HttpResponseRedirect(page_of(row.subject), status=303)


@reading("shelters.roster")
@require_GET
def roster_file(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The roster as PDF, or as Excel with those who left; for those who may read it, and every name is a reading."""
    row, actor = found(key), actor_on(request)
    may_at(actor, "shelters.roster", row)
    if form not in ("pdf", "xlsx"):
        raise Http404
    here = [line for group in desk.roster(row, actor) for line in group.lines]
    gone = desk.gone(row, actor) if form == "xlsx" else []
    note_reading(request, [line.stay.subject for line in (*here, *gone) if not line.withheld])
    lines = sheets.roster_rows([*here, *gone])
    title = T(f"避難者名簿 {row.name}", f"Roster of {row.name}")
    out = io.BytesIO()
    if form == "pdf":
        counted = counted_words(row)
        note = T(f"名簿 {len(lines)}人。数えた人数 {counted.ja}。", f"{len(lines)} registered; counted: {counted.en}.")
        out.write(sheets.roster_pdf(title, lines, note))
    else:
        write_xlsx(Sheet(marked(title), sheets.GONE_COLUMNS, lines), out)
    response = HttpResponse(out.getvalue(), content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(True, f"roster-{row.name}.{form}")
    return response


@reading("shelters.enquire")
@require_http_methods(["GET", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """「◯◯さんはいますか」: only those who said that family may be told are found.

    All others are answered alike, whether they are not here, did not say, or must not be found.
    """
    asked = {n: request.POST.get(n, "").strip() for n in ("name", "birth")}
    answers = None
    born = day(asked["birth"]) if asked["birth"] else None
    wrong = bool(asked["birth"]) and born is None
    if request.method == "POST" and asked["name"] and not wrong:
        answers = queries.answers_for_family(actor_on(request), asked["name"], born)
        note_reading(request, [stay.subject for stay, _ in answers])
    context = {"asked": asked, "answers": answers, "wrong": wrong}
    return render(request, "shelters/enquiry.html", context, status=422 if wrong else 200)
