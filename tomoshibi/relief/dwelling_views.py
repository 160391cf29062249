"""Pages of the dwelling register: the list with its map, a ledger taken in, one building, photographs, sheets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import DocumentError
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.mapping import feature, point
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import datasets
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import DatasetRow
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown
from tomoshibi.places.queries import areas
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import dwelling_queries, dwelling_sheets, issuing, keys, photographs, queries, survey_papers
from tomoshibi.relief.counter import incident_on, page_of
from tomoshibi.relief.dwelling_facts import HouseholdPlaced
from tomoshibi.relief.dwelling_sheets import DWELLINGS
from tomoshibi.relief.dwelling_subjects import Photograph
from tomoshibi.relief.jointly import JOINTLY
from tomoshibi.relief.models import DwellingRow, HoldersRow, PhotographRow, RiskRow, SurveyRow
from tomoshibi.relief.panels import CELL, MOST_MARKS
from tomoshibi.relief.planning_views import beneath
from tomoshibi.relief.surveying import dwelling_of, sheet_page
from tomoshibi.relief.views import plan_address
from tomoshibi.relief.words import Risk, Structure, Tenure, Use
from tomoshibi.residents.subjects import Household
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass, Method, name_of

UNSEEN = "#8A8174"
HELD = T("所有者・借家人", "Owner or tenant")


def _listing(request: HttpRequest, incident: IncidentRow | None, read: list[str] | None = None) -> Listing:
    """The register; ``read`` takes the owners and tenants that a search by them shows, to be logged."""
    actor = actor_on(request)
    names = actor.may("relief.personal")
    rows = dwelling_queries.register(incident.subject if incident else "")
    held: tuple[Shown, ...] = ()
    if names and request.GET.get("holder", "").strip():
        mine = HoldersRow.objects.filter(dwelling=OuterRef("subject"))
        rows = rows.annotate(owner=Subquery(mine.values("owner")[:1]), tenants=Subquery(mine.values("tenants")[:1]))
        held = (Shown(HELD, lambda r: _held(r, read), ("owner", "address")),)
    districts = {a.subject: a.name for a in areas()}

    def by(name: str) -> Any:
        return lambda rows, value: rows.filter(**{name: value})

    return Listing(
        title=DWELLINGS,
        name="dwellings",
        rows=rows,
        words=("address", "building", "number"),
        columns=(
            Shown(
                T("所在地", "Address"),
                lambda r: Cell(
                    f"{r.address} {r.building}".strip(), reverse("relief:dwelling", args=[key_of(r.subject)])
                ),
                ("address", "building"),
            ),
            *held,
            Shown(T("地区", "District"), lambda r: districts.get(r.area, ""), ("area", "address")),
            Shown(T("用途", "Use"), lambda r: Use(r.use).label, ("use", "address")),
            Shown(T("構造", "Structure"), lambda r: Structure(r.structure).label, ("structure", "address")),
            Shown(T("階数", "Storeys"), lambda r: r.storeys, ("storeys",), figure=True),
            Shown(T("居住", "Tenure"), lambda r: Tenure(r.tenure).label, ("tenure", "address")),
            Shown(T("世帯", "Homes"), lambda r: r.homes or "", ("homes",), figure=True),
            Shown(T("写真", "Photographs"), lambda r: r.photographs or "", ("photographs",), figure=True),
            Shown(
                T("被害の程度", "Damage"),
                lambda r: Cell(mark=DamageClass(r.judged).label if r.judged else ""),
                ("judged",),
            ),
            Shown(
                T("応急危険度", "Risk marking"), lambda r: Cell(mark=Risk(r.risk).label if r.risk else ""), ("risk",)
            ),
        ),
        filters=(
            *(
                (
                    Filter(
                        "holder",
                        HELD,
                        None,
                        lambda rows, name: rows.filter(
                            subject__in=dwelling_queries.held_by(name, actor).values("dwelling")
                        ),
                    ),
                )
                if names
                else ()
            ),
            Filter("area", T("地区", "District"), list(districts.items()), by("area")),
            Filter("use", T("用途", "Use"), [(u.value, u.label) for u in Use], by("use")),
            Filter("tenure", T("居住", "Tenure"), [(t.value, t.label) for t in Tenure], by("tenure")),
            Filter("judged", T("被害の程度", "Damage"), [(c.value, c.label) for c in DamageClass], by("judged")),
            Filter("risk", T("応急危険度", "Risk marking"), [(r.value, r.label) for r in Risk], by("risk")),
        ),
        sheet=lambda rows: _sheet(rows, actor),
        exported=lambda found: log_reading(
            actor, [ref for r in found for ref in (r.subject, keys.holders(r.subject))], request.path
        ),
        acts=acts(
            actor,
            (
                "relief.dwelling_described",
                T("登録する", "Add"),
                record_address("relief.dwelling_described", next=request.path),
            ),
            ("relief.dwelling_described", T("取り込む", "Import"), reverse("relief:import_dwellings")),
        ),
        empty=T(
            "町の住家・物置・店舗などの台帳です。固定資産台帳のExcelやCSVから取り込むか、一棟ずつ登録してください。",
            "Houses, sheds and shops appear here. Import them from the fixed-asset ledger, or add one.",
        ),
        template="relief/dwellings.html",
    )


def _held(row: Any, read: list[str] | None) -> str:
    """Owner and tenants of a building that was searched by them."""
    if read is not None:
        read.append(keys.holders(row.subject))
    return "、".join(filter(None, (row.owner, *json.loads(row.tenants or "[]"))))


def _sheet(rows: Iterable[DwellingRow], actor: Actor) -> OutSheet:
    hidden = dwelling_queries.sealed()
    return dwelling_sheets.sheet(rows, lambda row: dwelling_queries.may_see_names(actor, row, hidden))


@reading("relief.read")
@require_GET
def dwellings(request: HttpRequest) -> HttpResponse:
    """The register as a list and on the map."""
    incident = incident_on(request)
    address = f"{reverse('relief:dwellings_layer')}?{request.GET.urlencode()}"
    layers = [{"key": "dwellings", "label": str(DWELLINGS), "address": address}, *beneath(actor_on(request))]
    read: list[str] = []
    answer = _listing(request, incident, read).respond(request, {"layers": layers, "incident": incident})
    note_reading(request, read)
    return answer


@reading("relief.read")
@require_GET
def layer(request: HttpRequest) -> HttpResponse:
    """What the list shows, as GeoJSON: each building, or counts by cell where they are too many to draw."""
    rows = _listing(request, incident_on(request)).asked(request).filter(lat__isnull=False, lon__isnull=False)
    if only := request.GET.get("only"):
        rows = rows.filter(subject=f"relief.dwelling:{only}")
    if rows.count() > MOST_MARKS:
        features = [
            feature(
                point(cell["lat"], cell["lon"]),
                name=str(T("{n}棟", "{n:building|buildings}").format(n=cell["n"])),
                state="",
                mark=str(cell["n"]),
                colour=UNSEEN,
                shape="circle",
            )
            for cell in dwelling_queries.gathered(rows, CELL, MOST_MARKS)
        ]
    else:
        features = [_mark(row) for row in rows]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _mark(row: Any) -> dict[str, Any]:
    """A building: by its class of damage where judged; what nobody lives in is a square. The words say both."""
    judged = DamageClass(row.judged) if row.judged else None
    told = [str(judged.label) if judged else "", str(Risk(row.risk).label) if row.risk else ""]
    use = Use(row.use)
    return feature(
        point(row.lat, row.lon),
        name=f"{row.address} {row.building}".strip(),
        state="、".join(filter(None, told)) or str(use.label),
        mark=str(judged.short) if judged else "",
        kind=str(judged.short) if judged else "",
        address=reverse("relief:dwelling", args=[key_of(row.subject)]),
        colour=judged.colour if judged else UNSEEN,
        shape="circle" if use.lived_in else "square",
        faint=not judged,
    )


@reading("relief.dwelling_described")
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Take a ledger or another list of buildings in; every bad row is named."""
    back = reverse("relief:dwellings")
    asked = ListImport(DWELLINGS, "relief.dwelling_described", dwelling_sheets.columns(), dwelling_sheets.load, back)
    return asked.respond(request)


@reading("relief.read")
@require_http_methods(["GET", "POST"])
def dwelling(request: HttpRequest, key: str) -> HttpResponse:
    """A building: what it is, who lives there, photographs, the risk marking, every round of every incident.

    A POST adds photographs, or says that a household lives there.
    """
    place, actor, refused = dwelling_of(key), actor_on(request), None
    incident = incident_on(request)
    if request.method == "POST":
        try:
            said = _placed(request, place) if "household" in request.POST else _photographed(request, place, incident)
            record(said, actor)
            return HttpResponseRedirect(f"{request.path}?done=recorded", status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
        except ValueError:
            refused = T("日付を確かめてください。", "Check the days.")
    note_reading(request, [place.subject])
    context = {**_context(request, place, incident), "refused": refused}
    return render(request, "relief/dwelling.html", context, status=422 if refused else 200)


def _photographed(request: HttpRequest, place: DwellingRow, incident: IncidentRow | None) -> list[Draft]:
    files = request.FILES.getlist("photo")
    if not files:
        raise Refused(T("写真を選んでください。", "Choose photographs."), "photo")
    caption = request.POST.get("caption", "").strip()[:200]
    contents = (b"".join(file.chunks()) for file in files)
    return photographs.drafts(contents, place.subject, caption=caption, incident=incident.subject if incident else "")


def _placed(request: HttpRequest, place: DwellingRow) -> list[Draft]:
    household = Household.ref(request.POST["household"])
    said: dict[str, Any] = {"dwelling": place.subject, "household": household}
    said["tenure"] = Tenure(request.POST.get("tenure") or Tenure.UNKNOWN)
    for name in ("since", "until"):
        if text := request.POST.get(name, "").strip():
            said[name] = date.fromisoformat(text)
    return [Draft(HouseholdPlaced(**said), keys.residence(place.subject, household), id=request.POST.get("id", ""))]


def _context(request: HttpRequest, place: DwellingRow, incident: IncidentRow | None) -> dict[str, Any]:
    actor, here, key = actor_on(request), request.path, key_of(place.subject)
    rounds = list(SurveyRow.objects.filter(dwelling=place.subject).order_by("disaster_on", "incident", "round"))
    named = incidents.titles({r.incident for r in rounds})
    sees = actor.may("relief.personal")
    mine = queries.applications().filter(dwelling=place.subject)
    applications = queries.seen_by(mine, actor) if sees else []
    on = issuing.disaster_day(incident.subject) if incident else None
    homes = []
    if sees:
        homes = dwelling_queries.homes(place, actor, on, incident.subject if incident else "")
        note_reading(request, [m.ref for home in homes for m in home.household.members])
    shows = dwelling_queries.may_see_names(actor, place)
    holders = HoldersRow.objects.filter(subject=keys.holders(place.subject)).first() if shows else None
    note_reading(request, [holders.subject] if holders else [])
    pictures = PhotographRow.objects.filter(dwelling=place.subject).order_by("taken_at", "subject")
    beside = DwellingRow.objects.filter(address=place.address).exclude(subject=place.subject).order_by("building")
    marks = RiskRow.objects.filter(dwelling=place.subject).order_by("-marked_at")
    return {
        "place": place,
        "key": key,
        "incident": incident,
        "on": on,
        "area": place_names([place.area]).get(place.area, ""),
        "structure": Structure(place.structure).label,
        "use": Use(place.use),
        "tenure": Tenure(place.tenure).label,
        "tenures": list(Tenure),
        "built": dwelling_sheets.built(place),
        "named": shows,
        "owner": holders.owner if holders else "",
        "owner_kana": holders.owner_kana if holders else "",
        "tenants": json.loads(holders.tenants) if holders else [],
        "beside": [(key_of(b.subject), b, Use(b.use).label) for b in beside[:30]],
        "homes": homes,
        "may_place": actor.may("relief.household_placed"),
        "marks": [(m, Risk(m.mark)) for m in marks],
        "pictures": photographs.shown(pictures),
        "may_photograph": actor.may("relief.photographed"),
        "may_withdraw": actor.may("relief.photograph_withdrawn"),
        "id": uuid.uuid4(),
        "layers": [_one(place, key, incident), *beneath(actor)] if place.lat is not None else [],
        "rounds": [
            (
                r,
                named.get(r.incident, ""),
                JOINTLY if r.joint else Method(r.method).label if r.method else "",
                name_of(DamageClass(r.judged), r.disaster_on) if r.judged and r.disaster_on else "",
                T(r.explanation_ja, r.explanation_en),
            )
            for r in rounds
        ],
        "applications": [(a, page_of(a)) for a in applications],
        "acts": _acts(actor, place, incident, here, shows),
        "done": request.GET.get("done", ""),
    }


def _one(place: DwellingRow, key: str, incident: IncidentRow | None) -> dict[str, str]:
    query = f"only={key}&incident={incident.subject if incident else ''}"
    return {
        "key": "place",
        "label": str(T("この建物", "This building")),
        "address": f"{reverse('relief:dwellings_layer')}?{query}",
    }


def _acts(
    actor: Actor, place: DwellingRow, incident: IncidentRow | None, here: str, named: bool
) -> list[tuple[T, str]]:
    """What can be done with a building: survey it, survey it again, mark it, change it."""
    mine = list(queries.rounds(incident.subject, place.subject)) if incident else []
    buttons: list[tuple[T, str]] = []
    if incident and Use(place.use).lived_in:
        if not mine or not all(r.judged for r in mine):
            buttons += acts(actor, ("relief.surveyed", T("調査する", "Survey"), sheet_page(place.subject, incident)))
        else:
            again = plan_address(incident.subject, place.subject, mine[-1].round + 1, mine[-1].disaster_on, here)
            buttons += acts(actor, ("relief.survey_planned", T("再調査を予定する", "Plan another survey"), again))
    if incident:
        marking = record_address(
            "relief.risk_marked",
            keys.risk(incident.subject, place.subject),
            dwelling=place.subject,
            incident=incident.subject,
            next=here,
        )
        buttons += acts(actor, ("relief.risk_marked", T("応急危険度を記録", "Record the risk marking"), marking))
    change = record_address("relief.dwelling_described", place.subject, next=here)
    buttons += acts(actor, ("relief.dwelling_described", T("変更する", "Change"), change))
    if named:
        told = record_address("relief.holders_told", keys.holders(place.subject), next=here)
        buttons += acts(actor, ("relief.holders_told", T("所有者・借家人を変更", "Owner and tenants"), told))
    return buttons


def picture(digest: str) -> HttpResponseBase:
    """A picture as it is kept. Raises :class:`NotAllowed` where its file is not here."""
    kind = DatasetRow.objects.filter(sha256=digest).values_list("media_type", flat=True).first()
    try:
        content = datasets.require(digest)
    except Refused as no:
        raise NotAllowed(no.text) from no
    response = FileResponse(content.open("rb"), content_type=kind or "application/octet-stream")
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@reading("relief.read")
@require_GET
def photograph(request: HttpRequest, key: str) -> HttpResponseBase:
    """One photograph as it is kept."""
    row = PhotographRow.objects.filter(subject=Photograph.ref(key)).first()
    if row is None:
        raise Http404
    note_reading(request, [row.dwelling])
    return picture(row.photo)


@reading("relief.read")
@require_GET
def sheet_paper(request: HttpRequest, key: str, round: int) -> HttpResponse:
    """A round's sheet on paper: what was seen, the weights, the ratio and why; with its photographs."""
    place, incident = dwelling_of(key), incident_on(request)
    here = incident.subject if incident else ""
    row = SurveyRow.objects.filter(incident=here, dwelling=place.subject, round=round).first()
    if row is None or not row.surveyed_at:
        raise Http404
    note_reading(request, [place.subject])
    try:
        made = survey_papers.sheet(row, place)
    except DocumentError as no:
        context = {"title": DWELLINGS, "refused": no.text, "back": reverse("relief:dwelling", args=[key])}
        return render(request, "relief/refused.html", context, status=422)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"sheet-{round}.pdf") or "inline"
    return response
