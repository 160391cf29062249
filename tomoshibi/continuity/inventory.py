"""The inventory 台帳 and the counters as lists, in and out as spreadsheets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.continuity import queries, sheets
from tomoshibi.continuity.words import CounterKind, ItemKind
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.views import record_address
from tomoshibi.people.models import SectionRow
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown
from tomoshibi.places.queries import names_of
from tomoshibi.places.views import acts
from tomoshibi.vocabulary import T

ITEMS, COUNTERS = T("情報資産の台帳", "Inventory"), T("窓口", "Counters")


@reading("continuity.read")
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """Every system, network, device, room and section that the town's work stands on."""
    retired = request.GET.get("retired") == "1"
    rows = queries.items(retired=retired)
    sections = dict(SectionRow.objects.values_list("subject", "name"))
    places = names_of(rows.values_list("site", flat=True))
    here = reverse("continuity:items")
    return Listing(
        title=ITEMS,
        name="items",
        rows=rows,
        words=("name", "kana", "code", "vendor"),
        columns=(
            Shown(
                T("名称", "Name"),
                lambda r: Cell(
                    r.name, reverse("journal:subject", args=[r.subject]), T("廃止", "retired") if r.retired else ""
                ),
                ("kana", "name"),
            ),
            Shown(T("種別", "Kind"), lambda r: r.kind_word.label, ("kind",)),
            Shown(T("管理番号", "Code"), lambda r: r.code, ("code",)),
            Shown(T("所管課", "Section"), lambda r: sections.get(r.section, "")),
            Shown(T("設置場所", "Place"), lambda r: " ".join(filter(None, (places.get(r.site, ""), r.room)))),
            Shown(T("事業者", "Vendor"), lambda r: r.vendor, ("vendor",)),
            Shown(T("バックアップ", "Backup"), lambda r: r.backup_method),
            Shown(T("報告書の順", "In report"), lambda r: "" if r.order is None else r.order, ("order",), figure=True),
        ),
        filters=(
            Filter("kind", T("種別", "Kind"), [(k.value, k.label) for k in ItemKind], lambda q, v: q.filter(kind=v)),
            Filter("retired", T("廃止したもの", "Retired"), [("1", T("廃止だけ", "Retired only"))], lambda q, v: q),
        ),
        sheet=sheets.item_sheet,
        acts=acts(
            actor_on(request),
            (
                "continuity.item_described",
                T("登録する", "Add"),
                record_address("continuity.item_described", next=here),
            ),
            ("continuity.item_described", T("取り込む", "Import"), reverse("continuity:import_items")),
        ),
        empty=T(
            "まだ何もありません。情報システム、回線、機器、部屋、担当職員を登録するか、表を取り込んでください。"
            "事案が始まると、ここにあるものが稼働状況の画面に並びます。",
            "Nothing yet. Add systems, lines, devices, rooms and staff, or import a sheet. When an incident begins, "
            "they stand on its board.",
        ),
    ).respond(request)


@reading("continuity.read")
@require_http_methods(["GET", "POST"])
def import_items(request: HttpRequest) -> HttpResponse:
    """Take a list of items in."""
    columns = sheets.item_columns()
    return ListImport(
        ITEMS, "continuity.item_described", columns, sheets.load_items, reverse("continuity:items")
    ).respond(request)


@reading("continuity.read")
@require_GET
def counters(request: HttpRequest) -> HttpResponse:
    """The town's counters, of normal times and of a disaster."""
    here = reverse("continuity:counters")
    rows = queries.counters()
    places = names_of(rows.values_list("site", flat=True))
    return Listing(
        title=COUNTERS,
        name="counters",
        rows=rows,
        words=("name",),
        columns=(
            Shown(T("名称", "Name"), lambda r: Cell(r.name, reverse("journal:subject", args=[r.subject])), ("name",)),
            Shown(T("種別", "Kind"), lambda r: r.kind_word.label, ("kind", "order")),
            Shown(T("平常時の場所", "Usual place"), lambda r: places.get(r.site, "")),
            Shown(T("備考", "Note"), lambda r: r.note),
        ),
        filters=(
            Filter("kind", T("種別", "Kind"), [(k.value, k.label) for k in CounterKind], lambda q, v: q.filter(kind=v)),
        ),
        acts=acts(
            actor_on(request),
            (
                "continuity.counter_described",
                T("登録する", "Add"),
                record_address("continuity.counter_described", next=here),
            ),
        ),
        empty=T(
            "窓口を登録すると、事案ごとに開設・再開を記録でき、付属表②になります。",
            "Add counters: when each opens again in an incident makes annex 2.",
        ),
    ).respond(request)
