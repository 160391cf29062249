"""Pages of seismic stations: how they are sited, who said so and when, what leaving one out corrected; and siting
suspects, which a seismologist goes through beside the network's health.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.incidents import correcting, estimating, network_state, shocks, station_sheets
from tomoshibi.incidents.models import StationRow
from tomoshibi.incidents.subjects import Station
from tomoshibi.incidents.words import SitingGrade
from tomoshibi.journal.access import Actor
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.queries import tell
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown
from tomoshibi.places.views import acts, key_of
from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.terms import Suspect, Terms
from tomoshibi.vocabulary import T

TITLE = station_sheets.TITLE
SUSPECTS = T("設置環境の疑い", "Siting suspects")
#: suspects on a page; their history as bars: px an intensity, and where the neighbours' line is
PAGE, SCALE, MIDDLE = 50, 18, 32


def _state(row: StationRow) -> Cell | T:
    if row.left_out:
        return Cell(mark=T("除外中", "left out"))
    if not row.counts:
        return Cell(mark=T("使わない", "not used"))
    return T("使う", "used")


@reading("incidents.read")
@require_GET
def stations(request: HttpRequest) -> HttpResponse:
    """Stations that somebody described, graded or left out."""
    actor = actor_on(request)
    return Listing(
        title=TITLE,
        name="stations",
        rows=StationRow.objects.order_by("code"),
        words=("code", "name", "also", "agency"),
        columns=(
            Shown(
                T("観測点", "Station"),
                lambda r: Cell(f"{r.code} {r.name}", reverse("incidents:station", args=[r.key])),
                ("code",),
            ),
            Shown(
                T("評価", "Grade"), lambda r: r.grade_word.label if r.grade_word else T("未評価", "none"), ("grade",)
            ),
            Shown(T("設置形態", "Siting form"), lambda r: r.form_word.label if r.form_word else "", ("form",)),
            Shown(T("評価した日", "Assessed on"), lambda r: r.assessed_on and f"{r.assessed_on}", ("assessed_on",)),
            Shown(T("評価した人", "Assessed by"), lambda r: r.assessed_by, ("assessed_by",)),
            Shown(T("地図と判断", "Maps and triggers"), _state),
        ),
        filters=(
            Filter(
                "grade",
                T("評価", "Grade"),
                [(g.value, g.label) for g in SitingGrade],
                lambda rows, value: rows.filter(grade=value),
            ),
            Filter(
                "excluded",
                T("除外", "Left out"),
                [("1", T("除外中", "left out now"))],
                lambda rows, value: rows.filter(pk__in=[r.pk for r in rows.filter(excluded=True) if r.left_out]),
            ),
        ),
        sheet=station_sheets.sheet,
        acts=[
            *acts(
                actor,
                ("incidents.station_described", T("登録する", "Add"), reverse("incidents:station_coded", args=["new"])),
                ("incidents.station_described", T("取り込む", "Import"), reverse("incidents:import_stations")),
            ),
            (SUSPECTS, reverse("incidents:suspects")),
        ],
        empty=T(
            "震度観測点の設置形態と評価（A〜E）がここに並びます。取り込むか、一つずつ登録してください。",
            "Siting form and grade (A to E) of seismic stations appear here. Import them, or add one.",
        ),
    ).respond(request)


@reading("incidents.read")
@require_http_methods(["GET", "POST"])
def import_stations(request: HttpRequest) -> HttpResponse:
    """Take a list of stations in."""
    back = reverse("incidents:stations")
    kind = "incidents.station_described"
    return ListImport(TITLE, kind, station_sheets.columns(), station_sheets.load, back).respond(request)


@reading("incidents.read")
@require_GET
def coded(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the station of a code, which has a page though nothing is known of it yet; ``new`` asks for a code."""
    given = request.GET.get("code", "").strip()
    if code == "new" and not given:
        return render(request, "incidents/station_new.html", {"title": TITLE})
    code = given if code == "new" else code
    subject = correcting.reference(code)
    address = reverse("incidents:station", args=[key_of(subject)])
    known = StationRow.objects.filter(subject=subject).exists()
    return HttpResponseRedirect(address if known else f"{address}?{urlencode({'code': code})}")


@reading("incidents.read")
@require_GET
def station(request: HttpRequest, key: str) -> HttpResponse:
    """One station: its siting with its history, what leaving it out corrected, and what may be done about it."""
    subject = Station.ref(key)
    row = StationRow.objects.filter(subject=subject).first()
    code, name = request.GET.get("code", ""), request.GET.get("name", "")
    if row is None and (not code or Station.coded(code) != subject):
        raise Http404
    codes = row.codes if row else frozenset({code})
    suspect = next((s for s in _suspects()[1] if str(s.number) in codes), None)
    state = network_state.kept()
    live = next((s.code for s in state.stations if s.code in codes), "") if state else ""
    context = {
        "row": row,
        "code": row.code if row else code,
        "name": row.name if row else name or (suspect.name if suspect else ""),
        "acts": _acts(actor_on(request), subject, row, code, name),
        "history": list(tell(EntryRow.objects.filter(subject=subject).order_by("-pos"))),
        "corrected": correcting.of_station(row) if row else [],
        "suspect": _line(suspect) if suspect else None,
        "live": live,
    }
    return render(request, "incidents/station.html", context)


def _acts(
    actor: Actor, subject: str, row: StationRow | None, code: str = "", name: str = "", back: str = ""
) -> list[tuple[T, str]]:
    here = back or reverse("incidents:station", args=[key_of(subject)])
    first = {} if row else {key: value for key, value in (("code", code), ("name", name)) if value}
    end = "incidents.station_put_back" if row and row.excluded else "incidents.station_excluded"
    return acts(
        actor,
        (
            "incidents.station_sited",
            T("評価する", "Grade"),
            record_address("incidents.station_sited", subject, next=here, **first),
        ),
        (
            end,
            T("除外を取り消す", "Put back") if row and row.excluded else T("除外する", "Leave out"),
            record_address(end, subject, next=here, **(first if not row else {})),
        ),
        (
            "incidents.station_described",
            T("番号・位置を変える", "Edit"),
            record_address("incidents.station_described", subject, next=here, **first),
        ),
    )


# ── suspects ──


@dataclass(frozen=True)
class Bar:
    """A year of a station's residual as a bar: where it begins and how long it is (px), its value and its shocks."""

    year: int
    mean: float
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class SuspectLine:
    """A suspect as it is shown."""

    suspect: Suspect
    row: StationRow | None
    bars: list[Bar]
    width: int
    acts: list[tuple[T, str]]


def _suspects() -> tuple[Terms | None, list[Suspect], T | None]:
    """The learned terms of this machine and who is suspect by them, or why there are none."""
    try:
        here = shocks.ground()
        return here.terms, here.suspects, None
    except RecordError as error:
        return None, [], error.text


def _line(suspect: Suspect, row: StationRow | None = None, made: list[tuple[T, str]] | None = None) -> SuspectLine:
    years = [year for year, _, _ in suspect.history]
    first, last = min(years), max(years)
    bars = []
    for year, mean, n in suspect.history:
        height = min(abs(mean), 1.7) * SCALE
        bars.append(Bar(year, mean, n, (year - first) * 12, MIDDLE - height if mean > 0 else MIDDLE, height))
    return SuspectLine(suspect, row, bars, (last - first + 1) * 12, made or [])


@reading("incidents.read")
@require_GET
def suspects(request: HttpRequest) -> HttpResponse:
    """Stations far off their neighbours for good, or moved, with each year's residual; and what was done about each."""
    found, listed, damaged = _suspects()
    actor = actor_on(request)
    rows = {code: row for row in StationRow.objects.all() for code in row.codes}
    open_only = request.GET.get("all") != "1"
    here = request.get_full_path()
    named = [(suspect, rows.get(str(suspect.number))) for suspect in listed]
    if open_only:
        named = [(suspect, row) for suspect, row in named if row is None or not (row.grade or row.excluded)]
    page = Paginator(named, PAGE).get_page(request.GET.get("page"))
    lines = []
    for suspect, row in page.object_list:
        number = str(suspect.number)
        subject = row.subject if row else Station.coded(number)
        lines.append(_line(suspect, row, _acts(actor, subject, row, number, suspect.name, here)[:2]))
    context = {
        "title": SUSPECTS,
        "lines": lines,
        "page": page,
        "seen": len(listed) - len(named),
        "open_only": open_only,
        "terms": found,
        "damaged": damaged,
        "folder": estimating.ground_folder(),
    }
    return render(request, "incidents/suspects.html", context)
