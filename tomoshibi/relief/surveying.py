"""Pages of surveys: what is to be surveyed, the sheet on a tablet, judgement by a second person, a dwelling."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.places.queries import areas
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import issuing, keys, photographs, queries, survey_queries
from tomoshibi.relief.counter import incident_on
from tomoshibi.relief.entering import enter
from tomoshibi.relief.facts import Judged
from tomoshibi.relief.models import DwellingRow, PhotographRow, SurveyRow
from tomoshibi.relief.sheet_form import SheetForm, kept, methods_on, misfit, observed, proposed_method, shown
from tomoshibi.relief.subjects import Dwelling, Survey, same_actor
from tomoshibi.relief.words import Structure
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass, Method, classes_on, name_of

SURVEYS, JUDGING = T("住家被害認定調査", "Damage surveys"), T("被害の判定", "Judge damage")


@reading("relief.surveyed", "relief.survey_planned")
@require_GET
def surveys(request: HttpRequest) -> HttpResponse:
    """Dwellings that wait for a surveyor, by district and address."""
    incident = incident_on(request)
    rows = queries.to_survey(incident.subject) if incident else DwellingRow.objects.none()
    names = place_names(set(rows.values_list("area", flat=True)))
    planned: dict[str, SurveyRow] = {}
    teams = survey_queries.team_names(incident.subject) if incident else {}
    if incident:
        planned = survey_queries.open_rounds(incident.subject)
    return Listing(
        title=SURVEYS,
        name="surveys",
        rows=rows,
        words=("address", "building"),
        columns=(
            Shown(
                T("所在地", "Address"),
                lambda r: Cell(f"{r.address} {r.building}".strip(), sheet_page(r.subject, incident)),
                ("address",),
            ),
            Shown(T("地区", "District"), lambda r: names.get(r.area, ""), ("area", "address")),
            Shown(T("構造", "Structure"), lambda r: Structure(r.structure).label, ("structure", "address")),
            Shown(T("階数", "Storeys"), lambda r: r.storeys, ("storeys",), figure=True),
            Shown(T("回", "Round"), lambda r: planned[r.subject].round if r.subject in planned else 1, figure=True),
            Shown(T("予定・班", "Planned"), lambda r: _plan(planned.get(r.subject), teams)),
        ),
        filters=(
            Filter(
                "area",
                T("地区", "District"),
                [(a.subject, a.name) for a in areas().filter(subject__in=names)],
                lambda rows, value: rows.filter(area=value),
            ),
        ),
        acts=acts(
            actor_on(request),
            (
                "relief.dwelling_described",
                T("住家を登録する", "Add a dwelling"),
                record_address("relief.dwelling_described"),
            ),
        ),
        empty=T(
            "調査を待つ住家がここに並びます。窓口で申請を受けるか、再調査を受け付けると増えます。",
            "Dwellings that wait for a surveyor appear here, once an application or a request for a survey is taken.",
        ),
    ).respond(request)


def _plan(row: SurveyRow | None, teams: dict[str, str]) -> str:
    if row is None:
        return ""
    return " ".join(filter(None, (row.planned_on.isoformat() if row.planned_on else "", teams.get(row.team, row.team))))


def sheet_page(dwelling: str, incident: Any) -> str:
    """Address of a dwelling's sheet in an incident."""
    return f"{reverse('relief:survey', args=[key_of(dwelling)])}?incident={incident.subject if incident else ''}"


def dwelling_of(key: str) -> DwellingRow:
    """The dwelling of an address. Raises :class:`Http404`."""
    row = queries.dwelling(Dwelling.ref(key))
    if row is None:
        raise Http404
    return row


@reading("relief.surveyed")
@require_http_methods(["GET", "POST"])
def survey(request: HttpRequest, key: str) -> HttpResponse:
    """The sheet of a dwelling's round, for a tablet. With ``part=ratio`` only the house, the ratio and the sentence."""
    place, incident, actor = dwelling_of(key), incident_on(request), actor_on(request)
    note_reading(request, [place.subject])
    context: dict[str, Any] = {"place": place, "incident": incident, "key": key, "methods": []}
    if incident is None:
        return render(request, "relief/survey.html", context, status=422)
    rounds = list(queries.rounds(incident.subject, place.subject))
    current = next((r for r in rounds if not r.judged), None)
    if current is None and rounds:
        return HttpResponseRedirect(reverse("relief:dwelling", args=[key]))
    day = (current.disaster_on if current else None) or issuing.disaster_day(incident.subject) or date.max
    recorded = kept(current)
    data: QueryDict = request.POST if request.method == "POST" else request.GET
    asked = data.get("method", "")
    if asked in ("", recorded.get("method")) and request.method == "GET" and data.get("part") != "ratio":
        data, asked = recorded, recorded.get("method", "")
    number = current.round if current else 1
    context["methods"] = methods_on(day)
    subject = current.subject if current else keys.survey(incident.subject, place.subject, 1)
    method = Method(asked) if asked in set(Method) else proposed_method(place, incident.hazard, number)
    try:
        form = SheetForm(method, day, data)
    except VocabularyError as error:
        return render(request, "relief/survey.html", {**context, "refused_all": error.text}, status=422)
    if data.get("part") == "ratio":
        return render(request, "relief/ratio.html", shown(form))
    status = 200
    if request.method == "POST":
        status = _record(form, request, place, incident, current, day)
        if status == 303:
            return HttpResponseRedirect(f"{reverse('relief:dwelling', args=[key])}?done=surveyed", status=303)
    refused = form.refused if status != 200 else None
    context |= {
        "form": form,
        "round": number,
        "refused_form": refused,
        "misfit": misfit(method, place),
        "day": day,
        "id": data.get("id") or uuid.uuid4(),
        "surveyors": data.get("surveyors", actor.name),
        "pictures": photographs.shown(photographs.for_survey(subject, place.subject, incident.subject)),
        **shown(form),
    }
    return render(request, "relief/survey.html", context, status=status)


def _record(
    form: SheetForm, request: HttpRequest, place: DwellingRow, incident: Any, current: SurveyRow | None, day: date
) -> int:
    """Record the sheet, and the round where nobody had planned it."""
    sheet = form.sheet()
    if sheet is None:
        return 422
    try:
        enter(
            sheet,
            request.POST.get("surveyors", ""),
            actor_on(request),
            survey=current.subject if current else keys.survey(incident.subject, place.subject, 1),
            dwelling=place.subject,
            incident=incident.subject,
            id=request.POST.get("id", ""),
            planned=None if current else day,
            photos=[b"".join(file.chunks()) for file in request.FILES.getlist("photo")],
        )
    except (Refused, StoreFailed) as no:
        form.refused = no.text
        return 422
    return 303


@reading("relief.judged")
@require_GET
def judging(request: HttpRequest) -> HttpResponse:
    """Sheets that wait for a second pair of eyes, oldest first; one's own cannot be judged."""
    actor = actor_on(request)
    rows = queries.to_judge()
    places = {p.subject: p for p in DwellingRow.objects.filter(subject__in=rows.values("dwelling"))}

    named = incidents.titles(set(rows.values_list("incident", flat=True)))

    def where(row: SurveyRow) -> Cell:
        place = places.get(row.dwelling)
        own = same_actor(actor.text, row.recorded_by, row.surveyors)
        mark = T("自分の調査", "your own survey") if own else ""
        return Cell(place.address if place else "―", reverse("relief:judge", args=[key_of(row.subject)]), mark)

    return Listing(
        title=JUDGING,
        name="judging",
        rows=rows,
        words=("surveyors",),
        columns=(
            Shown(
                T("調査", "Surveyed"),
                lambda r: f"{r.surveyed_at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if r.surveyed_at else "",
                ("surveyed_at",),
            ),
            Shown(T("所在地", "Address"), where),
            Shown(T("事案", "Incident"), lambda r: named.get(r.incident, "")),
            Shown(T("回", "Round"), lambda r: r.round, ("round",), figure=True),
            Shown(T("調査票", "Sheet"), lambda r: Method(r.method).label if r.method else "", ("method",)),
            Shown(T("調査員", "Surveyors"), lambda r: r.surveyors, ("surveyors",)),
            Shown(
                T("調査票の区分", "By the sheet"),
                lambda r: DamageClass(r.proposed).label if r.proposed else "―",
                ("ratio",),
            ),
        ),
        filters=(
            Filter(
                "proposed",
                T("区分", "Class"),
                [(c.value, c.label) for c in DamageClass],
                lambda found, value: found.filter(proposed=value),
            ),
        ),
        empty=T("判定を待つ調査票はありません。", "No sheet waits for judgement."),
    ).respond(request)


@reading("relief.judged")
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, key: str) -> HttpResponse:
    """One sheet beside the criteria: the class is one button; another than the sheet's needs a reason."""
    row = queries.survey(Survey.ref(key))
    if row is None or row.disaster_on is None or not row.surveyed_at:
        raise Http404
    place, actor = queries.dwelling(row.dwelling), actor_on(request)
    note_reading(request, [row.dwelling])
    refused: T | None = None
    if request.method == "POST":
        try:
            fact = Judged(
                damage_class=DamageClass(request.POST.get("class", "")), judge_reason=request.POST.get("reason", "")
            )
            draft = Draft(
                fact,
                row.subject,
                request.POST.get("after", "").split(),
                request.POST.get("id", ""),
                incident=row.incident,
            )
            record(draft, actor)
            return HttpResponseRedirect(reverse("relief:judging"), status=303)
        except ValueError:
            refused = T("区分を選んでください。", "Choose a class.")
        except (Refused, StoreFailed) as no:
            refused = no.text
    heads = SubjectRow.objects.get(subject=row.subject).head_ids
    form = SheetForm(Method(row.method), row.disaster_on, kept(row))
    state: Any = state_of(row.subject)
    context = {
        "row": row,
        "place": place,
        "own": same_actor(actor.text, row.recorded_by, row.surveyors),
        "classes": [(c, name_of(c, row.disaster_on), c.value == row.proposed) for c in classes_on(row.disaster_on)],
        "explanation": T(row.explanation_ja, row.explanation_en),
        "pictures": photographs.shown(PhotographRow.objects.filter(dwelling=row.dwelling).order_by("taken_at")),
        "observed": observed(state.sheet.value),
        "disaster": incidents.titles({row.incident}).get(row.incident, ""),
        "before": [
            (r, name_of(DamageClass(r.judged), row.disaster_on), T(r.explanation_ja, r.explanation_en))
            for r in queries.rounds(row.incident, row.dwelling).exclude(judged="").filter(round__lt=row.round)
        ],
        "method": Method(row.method).label,
        "misfit": misfit(Method(row.method), place) if place else None,
        "refused_form": refused,
        "reason": request.POST.get("reason", ""),
        "after": " ".join(heads),
        "id": uuid.uuid4(),
        **shown(form),
    }
    return render(request, "relief/judge.html", context, status=422 if refused else 200)
