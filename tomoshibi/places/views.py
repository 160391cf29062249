"""Pages of places: sites, areas and map layers as lists, one site, lists and layers taken in, and the map's data."""

from __future__ import annotations

import json
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import quote_etag
from django.views.decorators.http import condition, require_GET, require_http_methods

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places import layers as layer_files
from tomoshibi.places import queries, sheets
from tomoshibi.places.geometry import BadFeature
from tomoshibi.places.layers import LayerRefused
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown, may_import
from tomoshibi.places.models import AreaRow, LayerRow, SiteRow
from tomoshibi.places.subjects import AreaKind, LayerKind, MapLayer, Site, SiteKind
from tomoshibi.vocabulary import T

SITES, AREAS, LAYERS = T("拠点・施設", "Sites"), T("区域", "Areas"), T("地図の層", "Map layers")


def acts(actor: Actor, *wanted: tuple[str, T, str]) -> list[tuple[T, str]]:
    """The buttons (word, address) of those (kind of fact, word, address) that ``actor`` may record."""
    return [(label, address) for kind, label, address in wanted if actor.may(kind)]


def key_of(subject: str) -> str:
    """The part of a reference that stands in an address."""
    return subject.partition(":")[2]


@reading("places.read")
@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The list of sites."""
    closed = request.GET.get("closed") == "1"
    districts = dict(queries.areas(AreaKind.DISTRICT).values_list("subject", "name"))
    return Listing(
        title=SITES,
        name="sites",
        rows=queries.sites(closed=closed),
        words=("name", "kana", "address", "code", "phone"),
        columns=(
            Shown(
                T("名称", "Name"),
                lambda r: Cell(r.name, reverse("places:site", args=[key_of(r.subject)])),
                ("kana", "name"),
            ),
            Shown(T("種別", "Kind"), lambda r: SiteKind(r.kind).label, ("kind",)),
            Shown(T("所在地", "Address"), lambda r: r.address),
            Shown(T("地区", "District"), lambda r: districts.get(r.district, ""), ("district", "name")),
            Shown(T("電話", "Phone"), lambda r: r.phone),
            Shown(T("標高(m)", "Elevation (m)"), lambda r: r.elevation_m, ("elevation_m",), figure=True),
            Shown(T("収容人数", "Capacity"), lambda r: r.capacity, ("capacity",), figure=True),
        ),
        filters=(
            Filter(
                "kind",
                T("種別", "Kind"),
                [(k.value, k.label) for k in SiteKind],
                lambda rows, value: rows & queries.sites(SiteKind(value), closed=closed),
            ),
            Filter(
                "district",
                T("地区", "District"),
                list(districts.items()),
                lambda rows, value: rows.filter(district=value),
            ),
            Filter(
                "closed", T("廃止", "Closed"), [("1", T("廃止されたもの", "Closed ones"))], lambda rows, value: rows
            ),
        ),
        sheet=sheets.site_sheet,
        acts=acts(
            actor_on(request),
            (
                "places.site_described",
                T("登録する", "Add"),
                record_address("places.site_described"),
            ),
            ("places.site_described", T("取り込む", "Import"), reverse("places:import_sites")),
        ),
        empty=T(
            "庁舎、避難所、学校などの一覧です。Excel から取り込むか、一つずつ登録してください。",
            "Offices, shelters, schools and so on appear here. Import them from Excel, or add one.",
        ),
    ).respond(request)


@reading("places.read")
@require_GET
def site(request: HttpRequest, key: str) -> HttpResponse:
    """One site as it is now."""
    row = SiteRow.objects.filter(subject=Site.ref(key)).first()
    if row is None:
        raise Http404
    here = reverse("places:site", args=[key])
    end = "places.site_reopened" if row.closed else "places.site_closed"
    context = {
        "row": row,
        "kind": SiteKind(row.kind),
        "also": [SiteKind(k) for k in row.also.split()],
        "district": queries.names_of([row.district]).get(row.district, ""),
        "around": queries.areas_at(row.lat, row.lon) if row.lat is not None and row.lon is not None else [],
        "disputed": SubjectRow.objects.filter(subject=row.subject).exclude(conflicts="[]").exists(),
        "acts": acts(
            actor_on(request),
            (
                "places.site_described",
                T("変更する", "Change"),
                record_address("places.site_described", row.subject, next=here),
            ),
            (
                end,
                T("再開する", "Open again") if row.closed else T("廃止する", "Close"),
                record_address(end, row.subject, next=here),
            ),
        ),
    }
    return render(request, "places/site.html", context)


@reading("places.read")
@require_GET
def areas(request: HttpRequest) -> HttpResponse:
    """The list of areas."""
    parents = dict(AreaRow.objects.values_list("subject", "name"))
    return Listing(
        title=AREAS,
        name="areas",
        rows=queries.areas(),
        words=("name", "kana", "code"),
        columns=(
            Shown(
                T("名称", "Name"),
                lambda r: Cell(r.name, about=r.subject),
                ("kana", "name"),
            ),
            Shown(T("種別", "Kind"), lambda r: AreaKind(r.kind).label, ("kind", "name")),
            Shown(T("コード", "Code"), lambda r: r.code, ("code",)),
            Shown(T("属する区域", "Part of"), lambda r: parents.get(r.parent, ""), ("parent", "name")),
            Shown(T("人口", "Population"), lambda r: r.population, ("population",), figure=True),
            Shown(T("世帯数", "Households"), lambda r: r.households, ("households",), figure=True),
            Shown(T("範囲", "Extent"), lambda r: T("あり", "drawn") if r.geometry else T("なし", "none")),
        ),
        filters=(
            Filter(
                "kind",
                T("種別", "Kind"),
                [(k.value, k.label) for k in AreaKind],
                lambda rows, value: rows.filter(kind=value),
            ),
        ),
        sheet=sheets.area_sheet,
        acts=acts(
            actor_on(request),
            (
                "places.area_described",
                T("登録する", "Add"),
                record_address("places.area_described"),
            ),
            ("places.area_described", T("取り込む", "Import"), reverse("places:import_areas")),
        ),
        empty=T(
            "地区、町丁目、災害想定区域の一覧です。Excel から取り込んでください。",
            "Districts, address blocks and hazard zones appear here. Import them from Excel.",
        ),
    ).respond(request)


@reading("places.read")
@require_GET
def layers(request: HttpRequest) -> HttpResponse:
    """The list of map layers."""
    return Listing(
        title=LAYERS,
        name="layers",
        rows=queries.layers(),
        words=("name", "attribution"),
        columns=(
            Shown(T("名称", "Name"), lambda r: Cell(r.name, about=r.subject), ("name",)),
            Shown(T("種別", "Kind"), lambda r: LayerKind(r.kind).label, ("kind", "name")),
            Shown(T("地物の数", "Features"), lambda r: r.features, ("features",), figure=True),
            Shown(T("出典", "Attribution"), lambda r: r.attribution),
            Shown(T("利用条件", "Licence"), lambda r: r.licence),
            Shown(T("元のファイル", "Source file"), lambda r: r.source),
        ),
        acts=acts(
            actor_on(request), ("places.layer_imported", T("取り込む", "Import"), reverse("places:import_layer"))
        ),
        empty=T(
            "ハザードマップなどの GeoJSON を取り込むと、地図に重ねられます。",
            "Import GeoJSON, such as a hazard map, and it can be laid over the map.",
        ),
    ).respond(request)


@reading("places.read")
@require_http_methods(["GET", "POST"])
def import_sites(request: HttpRequest) -> HttpResponse:
    """Take a list of sites in."""
    columns = sheets.site_columns()
    return ListImport(SITES, "places.site_described", columns, sheets.load_sites, reverse("places:sites")).respond(
        request
    )


@reading("places.read")
@require_http_methods(["GET", "POST"])
def import_areas(request: HttpRequest) -> HttpResponse:
    """Take a list of areas in."""
    columns = sheets.area_columns()
    return ListImport(AREAS, "places.area_described", columns, sheets.load_areas, reverse("places:areas")).respond(
        request
    )


@reading("places.read")
@require_http_methods(["GET", "POST"])
def import_layer(request: HttpRequest) -> HttpResponse:
    """Take a GeoJSON file in as a map layer."""
    actor = actor_on(request)
    may_import(actor, "places.layer_imported", LAYERS)
    refused: T | None = None
    bad: tuple[BadFeature, ...] = ()
    done: int | None = None
    file = request.FILES.get("file")
    posted = {n: request.POST.get(n, "").strip() for n in ("name", "attribution", "licence", "layer_kind")}
    if request.method == "POST":
        if file is None or not all(posted[n] for n in ("name", "attribution", "licence")):
            refused = T(
                "ファイル、名称、出典、利用条件はすべて要ります。", "File, name, attribution and licence are needed."
            )
        elif posted["layer_kind"] not in {k.value for k in LayerKind}:
            refused = T("種別を一覧から選んでください。", "Choose a kind of the list.")
        else:
            try:
                entry, bad = layer_files.import_layer(
                    file.read(),
                    actor,
                    name=posted["name"],
                    attribution=posted["attribution"],
                    licence=posted["licence"],
                    layer_kind=LayerKind(posted["layer_kind"]),
                    source=file.name or "",
                    accept_good=bool(request.POST.get("accept_good")),
                )
                done = LayerRow.objects.get(subject=entry.subject).features
            except LayerRefused as refusal:
                refused, bad = refusal.text, refusal.bad
            except Refused as refusal:
                refused = refusal.text
    context = {"refused": refused, "bad": bad[:200], "done": done, "posted": posted, "kinds": list(LayerKind)}
    return render(request, "places/import_layer.html", context, status=422 if refused else 200)


def _layer_etag(request: HttpRequest, key: str) -> str | None:
    sha256 = (
        LayerRow.objects.filter(subject=MapLayer.ref(key), withdrawn=False).values_list("sha256", flat=True).first()
    )
    return quote_etag(sha256) if sha256 else None


@reading("places.read")
@require_GET
@condition(etag_func=_layer_etag)
def layer_json(request: HttpRequest, key: str) -> HttpResponseBase:
    """A layer's FeatureCollection, as the map draws it."""
    try:
        file = layer_files.file_of(MapLayer.ref(key))
    except LookupError:
        raise Http404 from None
    response = FileResponse(file.open("rb"), content_type=layer_files.MEDIA_TYPE)
    response["Cache-Control"] = "private, no-cache"
    return response


@reading("places.read")
@require_GET
def map_json(request: HttpRequest) -> HttpResponse:
    """What the map starts from: layers with their addresses, sites and drawn areas as GeoJSON, and our extent."""
    drawn = [a for a in queries.areas() if a.geometry]
    points = [s for s in queries.sites() if s.lat is not None]
    lons, lats = [s.lon for s in points if s.lon is not None], [s.lat for s in points if s.lat is not None]
    return JsonResponse(
        {
            "box": [min(lons), min(lats), max(lons), max(lats)] if points else None,
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "attribution": f"{layer.attribution} ({layer.licence})",
                    "address": reverse("places:layer_json", args=[key_of(layer.subject)]),
                }
                for layer in queries.layers()
            ],
            "areas": _collection(
                (json.loads(a.geometry), {"name": a.name, "kind": a.kind, "subject": a.subject}) for a in drawn
            ),
            "sites": _collection(
                (
                    {"type": "Point", "coordinates": [s.lon, s.lat]},
                    {
                        "name": s.name,
                        "kind": s.kind,
                        "word": str(SiteKind(s.kind).label),
                        "address": reverse("places:site", args=[key_of(s.subject)]),
                    },
                )
                for s in points
            ),
        }
    )


def _collection(features: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": g, "properties": p} for g, p in features],
    }
