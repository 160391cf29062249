"""Pages of judging all dwellings of an area at once: choosing them, proposing, and what another person decides."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pydantic
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column, PictureError, clean
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.mapping import feature, point
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import access, datasets
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.listing import sent
from tomoshibi.places.queries import areas
from tomoshibi.places.views import key_of
from tomoshibi.relief import issuing, joint, queries
from tomoshibi.relief.counter import incident_on
from tomoshibi.relief.dwelling_views import picture
from tomoshibi.relief.joint_facts import LARGEST, JointDeclined, JointJudgement
from tomoshibi.relief.joint_models import JointRow
from tomoshibi.relief.models import DwellingRow, SurveyRow
from tomoshibi.relief.panels import MOST_MARKS, by_cell, middle
from tomoshibi.relief.planning_views import beneath
from tomoshibi.relief.subjects import Survey, same_actor
from tomoshibi.relief.words import Ground, Structure
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass, classes_on, name_of

JOINT = T("区域の一括判定", "Judge an area")
STATES = {
    "proposed": T("承認待ち", "waits for approval"),
    "approved": T("承認済み", "approved"),
    "declined": T("差戻し", "declined"),
}
#: dwellings on a page
PAGE = 100
JUDGED, TO_JUDGE = T("判定済み", "Judged"), T("これから", "To do")
TAKEN, OUT, DONE = "#0B57C2", "#8A8174", "#A50021"


@reading("relief.read")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Areas that were judged at once, or wait for it, the newest first."""
    incident = incident_on(request)
    rows = JointRow.objects.filter(incident__in=queries.whole(incident.subject)) if incident else ()
    found = sorted(rows, key=lambda r: (r.state != "proposed", -r.proposed_at.timestamp()))
    context = {
        "title": JOINT,
        "incident": incident,
        "found": [(r, Ground(r.ground).label, _class(r), STATES[r.state], access.name_of(r.proposer)) for r in found],
        "may_propose": actor_on(request).may("relief.joint_proposed"),
    }
    return render(request, "relief/joints.html", context)


def _class(row: JointRow) -> T:
    return name_of(DamageClass(row.damage_class), row.disaster_on)


def _chosen(data: QueryDict) -> joint.Chosen:
    """By what the area is chosen. Raises :class:`Refused` for corners that are none."""
    addresses = dict.fromkeys(filter(None, map(str.strip, data.get("addresses", "").splitlines())))
    return joint.Chosen(
        tuple(a for a in data.getlist("area") if a), tuple(addresses), joint.read_corners(data.get("corners", ""))
    )


def _ground(data: QueryDict) -> Ground:
    asked = data.get("ground", "")
    return Ground(asked) if asked in set(Ground) else Ground.WASHED_AWAY


@reading("relief.joint_proposed")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Choose an area, look at its dwellings, and propose how they are judged; a POST proposes it."""
    incident, data = incident_on(request), request.POST if request.method == "POST" else request.GET
    day = issuing.disaster_day(incident.subject) if incident else None
    context: dict[str, Any] = {"title": JOINT, "incident": incident, "day": day, "largest": LARGEST}
    if incident is None or day is None:
        return render(request, "relief/joint_new.html", context, status=422)
    refused: T | None = None
    photo = data.get("photo_kept", "")
    if request.method == "POST":
        try:
            photo = _photo(request) or photo
            ref = _propose(request, incident, photo)
            return HttpResponseRedirect(reverse("relief:joint", args=[key_of(ref)]), status=303)
        except (Refused, StoreFailed, PictureError) as no:
            refused = no.text
        except pydantic.ValidationError as error:
            _, refused = next(iter(complaints(error)))
        except ValueError:
            refused = T("日付と選択を確かめてください。", "Check the day and what was chosen.")
    context |= _selection(request, data, incident, day)
    context |= {"refused": refused or context.get("refused_area"), "photo_kept": photo}
    return render(request, "relief/joint_new.html", context, status=422 if context["refused"] else 200)


def _photo(request: HttpRequest) -> str:
    """The digest of the photograph that was sent, kept at once: what is refused for another reason keeps it."""
    sent = request.FILES.get("photo")
    if sent is None:
        return ""
    made = clean(b"".join(sent.chunks()))
    return datasets.put(made.data, made.mime)


def _propose(request: HttpRequest, incident: IncidentRow, photo: str) -> str:
    data = request.POST
    return joint.propose(
        incident,
        _chosen(request.GET),
        actor_on(request),
        id=str(uuid.UUID(data.get("id", ""))),
        number=data.get("number", ""),
        name=data.get("name", "").strip(),
        ground=_ground(request.GET),
        damage_class=DamageClass(data.get("class", "")),
        judge_reason=data.get("reason", "").strip(),
        seen_on=date.fromisoformat(data.get("seen_on", "")),
        source=data.get("source", "").strip(),
        photo=photo,
        sampled=[Survey.ref(key) for key in data.getlist("sample")],
    )


def _selection(request: HttpRequest, data: QueryDict, incident: IncidentRow, day: date) -> dict[str, Any]:
    """The forms, and the area as it stands: which dwellings it has, what stays out and why, its samples."""
    get, ground, actor = request.GET, _ground(request.GET), actor_on(request)
    asked = {name: get.getlist(name) for name in ("area", "addresses", "corners") if any(get.getlist(name))}
    query = QueryDict(mutable=True)
    query.update({"incident": incident.subject, "ground": ground.value})
    for name, values in asked.items():
        query.setlist(name, values)
    mine = {"key": "joint", "label": str(JOINT), "address": f"{reverse('relief:joint_layer')}?{query.urlencode()}"}
    town = {
        "key": "dwellings",
        "label": str(T("住家・建物", "Dwellings")),
        "address": f"{reverse('relief:dwellings_layer')}?incident={incident.subject}",
    }
    context: dict[str, Any] = {
        "districts": areas(),
        "chosen_districts": get.getlist("area"),
        "addresses": get.get("addresses", ""),
        "corners": get.get("corners", ""),
        "grounds": list(Ground),
        "ground": ground,
        "classes": [(c, name_of(c, day)) for c in classes_on(day)],
        "class_chosen": data.get("class", DamageClass.DESTROYED.value),
        "values": {name: data.get(name, "") for name in ("name", "reason", "source", "seen_on")},
        "sampled": data.getlist("sample"),
        "id": data.get("id") or uuid.uuid4(),
        "layers": [mine if asked else town, *beneath(actor)],
        "again": query.urlencode(),
    }
    if not asked:
        return context
    try:
        places, nothing = joint.dwellings(_chosen(get))
    except Refused as no:
        return {**context, "refused_area": no.text, "layers": [town, *beneath(actor)]}
    area = joint.standing(places, incident.subject, ground, day)
    out = get.get("show") == "out"
    page = Paginator(area.out if out else area.judged, PAGE).get_page(get.get("page"))
    note_reading(request, [m.place.subject for m in page])
    taken = joint.samples(places, incident.subject) if ground is Ground.DEPTH else []
    return {
        **context,
        "area": area,
        "nothing": nothing,
        "page": page,
        "out": out,
        "rows": [(m, key_of(m.place.subject), Structure(m.place.structure).label, None) for m in page],
        "samples": taken,
    }


@reading("relief.joint_proposed")
@require_GET
def layer(request: HttpRequest) -> HttpResponse:
    """The buildings of the area that is being chosen, as GeoJSON: what would be judged with it, and what stays out."""
    incident = incident_on(request)
    day = issuing.disaster_day(incident.subject) if incident else None
    if incident is None or day is None:
        raise Http404
    try:
        places, _ = joint.dwellings(_chosen(request.GET))
    except Refused:
        places = {}
    area = joint.standing(places, incident.subject, _ground(request.GET), day)
    marks = [(m.place, m.why or T("一括判定する", "judged with it"), OUT if m.why else TAKEN) for m in area.members]
    return JsonResponse({"type": "FeatureCollection", "features": _features(marks)})


Mark = tuple[DwellingRow, T, str]


def _features(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Buildings with what is said of each; of more than a map can draw, how many lie about where."""
    placed = [m for m in marks if m[0].lat is not None and m[0].lon is not None]
    if len(placed) > MOST_MARKS:
        return _cells(placed)
    return [
        _mark((place.lat, place.lon), f"{place.address} {place.building}".strip(), said, colour, key_of(place.subject))
        for place, said, colour in placed
    ]


def _cells(placed: list[Mark]) -> list[dict[str, Any]]:
    # why one stays out is its own matter; the others of a colour are told alike
    said = {colour: words for _, words, colour in placed} | {OUT: T("区域から除く", "stay out")}
    cells = by_cell(((colour, place.lat or 0.0, place.lon or 0.0) for place, _, colour in placed), MOST_MARKS)
    return [
        _mark(
            middle(held),
            str(T("{n}棟", "{n:building|buildings}").format(n=len(held))),
            said[colour],
            colour,
            mark=str(len(held)),
        )
        for (_, _, colour), held in sorted(cells.items())
    ]


def _mark(
    at: tuple[float | None, float | None], name: str, said: T, colour: str, key: str = "", mark: str = ""
) -> dict[str, Any]:
    return feature(
        point(*at),
        name=name,
        state=str(said),
        mark=mark,
        address=reverse("relief:dwelling", args=[key]) if key else "",
        colour=colour,
        shape="circle" if colour == OUT else "square",
        faint=colour == OUT,
    )


def _sheet(title: str, members: Iterable[joint.Member], rounds: Mapping[str, SurveyRow]) -> HttpResponse:
    """Every building of an area as a spreadsheet: what is judged with it, and what stays out and why."""
    columns = (
        Column("address", T("所在地", "Address")),
        Column("structure", T("構造", "Structure")),
        Column("storeys", T("階数", "Storeys"), kind="integer"),
        Column("state", T("状態", "State")),
    )
    rows = [
        {
            "address": f"{m.place.address} {m.place.building}".strip(),
            "structure": str(Structure(m.place.structure).label),
            "storeys": m.place.storeys,
            "state": str(m.why or (JUDGED if m.place.subject in rounds else TO_JUDGE)),
        }
        for m in members
    ]
    return sent(OutSheet(T(title, title), columns, rows), "xlsx", title)


def _row(key: str) -> JointRow:
    row = JointRow.objects.filter(subject=JointJudgement.ref(key)).first()
    if row is None:
        raise Http404
    return row


@reading("relief.read")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One area: its evidence and dwellings. A POST approves it, declines it, or judges what is left."""
    row, actor, refused = _row(key), actor_on(request), None
    if request.method == "POST":
        try:
            _decide(request, row)
            return HttpResponseRedirect(request.path, status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
            row = _row(key)
    places = joint.members(row)
    area = joint.standing(places, row.incident, Ground(row.ground), row.disaster_on, row.subject)
    rounds = {r.dwelling: r for r in joint.done(row)}
    left = [m for m in area.judged if m.place.subject not in rounds]
    if request.GET.get("as") == "xlsx":
        note_reading(request, [m.place.subject for m in area.members])
        return _sheet(row.name, area.members, rounds)
    out = request.GET.get("show") == "out"
    page = Paginator(area.out if out else area.judged, PAGE).get_page(request.GET.get("page"))
    note_reading(request, [m.place.subject for m in page])
    taken = joint.samples(_sampled(row), row.incident, json.loads(row.samples))
    own = same_actor(actor.text, row.proposer, access.name_of(row.proposer))
    context = {
        "row": row,
        "key": key,
        "disaster": incidents.titles({row.incident}).get(row.incident, ""),
        "ground": Ground(row.ground),
        "named": _class(row),
        "state": STATES[row.state],
        "proposer": access.name_of(row.proposer),
        "decider": access.name_of(row.decider),
        "area": area,
        "judged": len(rounds),
        "left": len(left),
        "page": page,
        "out": out,
        "rows": [
            (m, key_of(m.place.subject), Structure(m.place.structure).label, rounds.get(m.place.subject)) for m in page
        ],
        "samples": taken,
        "doubts": joint.doubts(Ground(row.ground), taken),
        "own": own,
        "may_approve": actor.may("relief.joint_approved") and not own,
        "may_decline": actor.may("relief.joint_declined"),
        "after": " ".join(SubjectRow.objects.get(subject=row.subject).head_ids),
        "id": uuid.uuid4(),
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "layers": [
            {"key": "joint", "label": row.name, "address": reverse("relief:joint_one_layer", args=[key])},
            *beneath(actor),
        ],
    }
    return render(request, "relief/joint.html", context, status=422 if refused else 200)


def _sampled(row: JointRow) -> dict[str, DwellingRow]:
    """The dwellings of the samples: they were surveyed by themselves, so they are none of its own."""
    rounds = SurveyRow.objects.filter(subject__in=json.loads(row.samples)).values("dwelling")
    return {place.subject: place for place in DwellingRow.objects.filter(subject__in=rounds)}


def _decide(request: HttpRequest, row: JointRow) -> None:
    actor, after, id = actor_on(request), request.POST.get("after", "").split(), request.POST.get("id", "")
    match request.POST.get("do"):
        case "approve":
            joint.approve(row, actor, after, id)
        case "decline":
            reason = request.POST.get("reason", "").strip()
            if not reason:
                raise Refused(T("差し戻す理由を書いてください。", "Say why it is declined."), "reason")
            record(Draft(JointDeclined(reason=reason[:500]), row.subject, after, id, incident=row.incident), actor)
        case _:
            joint.judge(row, actor)


@reading("relief.read")
@require_GET
def one_layer(request: HttpRequest, key: str) -> HttpResponse:
    """An area's outline and dwellings as GeoJSON."""
    row = _row(key)
    rounds = {r.dwelling: r for r in joint.done(row)}
    corners = json.loads(row.corners)
    outline = []
    if corners:
        ring = [[lon, lat] for lat, lon in (*corners, corners[0])]
        shape = {"type": "Polygon", "coordinates": [ring]}
        outline = [feature(shape, name=row.name, state=str(_class(row)), colour=DONE, shape="area", faint=False)]
    marks = [
        (place, _class(row) if ref in rounds else STATES[row.state], DONE if ref in rounds else TAKEN)
        for ref, place in joint.members(row).items()
    ]
    return JsonResponse({"type": "FeatureCollection", "features": [*outline, *_features(marks)]})


@reading("relief.read")
@require_GET
def photo(request: HttpRequest, key: str) -> HttpResponseBase:
    """The photograph that an area's judgement stands on."""
    row = _row(key)
    if not row.photo:
        raise Http404
    return picture(row.photo)
