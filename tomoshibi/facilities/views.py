"""Pages of facilities in normal times: the list, one facility with its residents, one resident, and their papers."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.facilities import near, papers, queries, receipts, sheets, transfers, upkeep
from tomoshibi.facilities.hazards import coming, where_to_go
from tomoshibi.facilities.models import EvacuationRow, FacilityRow, ResidentRow
from tomoshibi.facilities.subjects import Resident, facility_of
from tomoshibi.facilities.transfer_models import TransferRow
from tomoshibi.facilities.words import Home, Moves
from tomoshibi.facilities.workbook import PARTS, as_mapping
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal.access import Actor
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import TYPES, Cell, Filter, Listing, Shown
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import names_of
from tomoshibi.places.subjects import Site
from tomoshibi.places.views import key_of
from tomoshibi.vocabulary import T

FACILITIES = T("施設一覧", "Facilities")


@reading("facilities.read")
@require_GET
def facilities(request: HttpRequest) -> HttpResponse:
    """The list of care facilities, with what their profiles say; those without an evacuation plan are marked."""
    rows = queries.facilities(actor_on(request))
    subjects = list(rows.values_list("subject", flat=True))
    known = queries.profiles(subjects)
    blank = FacilityRow()
    drilled = upkeep.last_drills(subjects)
    ending = upkeep.expiring(subjects)

    def of(row: SiteRow) -> FacilityRow:
        return known.get(row.subject, blank)

    def plan(row: SiteRow) -> Cell:
        made = of(row).plan_made_on
        if made is None:
            return Cell("", mark=T("計画なし", "No plan"))
        return Cell(made.isoformat(), mark=T("古い計画", "Old plan") if queries.is_old(of(row)) else "")

    def drill(row: SiteRow) -> Cell:
        last = drilled.get(row.subject)
        if last is None:
            return Cell("", mark=T("訓練なし", "None"))
        mark = T("一年以上前", "Over a year") if upkeep.drill_overdue(last) else ""
        return Cell(f"{last:%Y-%m}", reverse("facilities:drills", args=[key_of(row.subject)]), mark)

    def stores(row: SiteRow) -> Cell:
        lots = ending.get(row.subject, [])
        if not lots:
            return Cell("")
        past = any(r.best_before and r.best_before < upkeep.today() for r in lots)
        told = T("期限切れ", "Past") if past else T("もうすぐ", "Soon")
        return Cell(told, reverse("facilities:stores", args=[key_of(row.subject)]))

    def dangers(row: SiteRow) -> str:
        return "、".join(str(d.label) for d in of(row).danger_words)

    def sheet(rows: Iterable[SiteRow]) -> OutSheet:
        columns = (
            Column("name", T("名称", "Name"), kind="name"),
            Column("home", T("施設の種別", "Kind of facility")),
            Column("address", T("所在地", "Address")),
            Column("phone", T("電話", "Phone")),
            Column("night_phone", T("夜間の電話", "Telephone at night")),
            Column("email", T("メール", "E-mail")),
            Column("residents_day", T("利用者数（昼）", "Residents by day"), kind="integer"),
            Column("residents_night", T("利用者数（夜）", "Residents at night"), kind="integer"),
            Column("staff_day", T("職員数（昼）", "Staff by day"), kind="integer"),
            Column("staff_night", T("職員数（夜）", "Staff at night"), kind="integer"),
            Column("dangers", T("想定される災害", "What may come")),
            Column("destination", T("避難先", "Destination")),
            Column("plan", T("避難確保計画の作成日", "Evacuation plan made on"), kind="date"),
        )
        names = ("night_phone", "residents_day", "residents_night", "staff_day", "staff_night", "destination")
        lines = [
            {
                "name": r.name,
                "home": of(r).home_word.label if r.subject in known else "",
                "address": r.address,
                "phone": r.phone,
                "email": of(r).email or r.email,
                **{n: getattr(of(r), n) for n in names},
                "dangers": dangers(r),
                "plan": of(r).plan_made_on,
            }
            for r in rows
        ]
        return OutSheet(FACILITIES, columns, lines)

    return Listing(
        title=FACILITIES,
        name="facilities",
        rows=rows,
        words=("name", "kana", "address", "phone"),
        columns=(
            Shown(
                T("名称", "Name"),
                lambda r: Cell(r.name, reverse("facilities:facility", args=[key_of(r.subject)])),
                ("kana", "name"),
            ),
            Shown(T("施設の種別", "Kind"), lambda r: of(r).home_word.label if r.subject in known else ""),
            Shown(T("電話", "Phone"), lambda r: r.phone),
            Shown(T("夜間の利用者", "Residents at night"), lambda r: of(r).residents_night, figure=True),
            Shown(T("夜間の職員", "Staff at night"), lambda r: of(r).staff_night, figure=True),
            Shown(T("想定される災害", "What may come"), dangers),
            Shown(T("避難先", "Destination"), lambda r: of(r).destination),
            Shown(T("避難確保計画", "Plan"), plan),
            Shown(T("訓練", "Drill"), drill),
            Shown(T("備蓄の期限", "Stores"), stores),
        ),
        filters=(
            Filter(
                "home",
                T("種別", "Kind"),
                [(h.value, h.label) for h in Home],
                lambda found, value: found.filter(subject__in=FacilityRow.objects.filter(home=value).values("site")),
            ),
            Filter(
                "plan",
                T("計画", "Plan"),
                [("none", T("計画のない施設", "Without a plan")), ("old", T("計画の古い施設", "With an old plan"))],
                lambda found, value: queries.by_plan(found, value),
            ),
            Filter(
                "upkeep",
                T("訓練・備蓄", "Upkeep"),
                [
                    ("drill", T("訓練が一年以上ない施設", "A year without a drill")),
                    ("stores", T("備蓄の期限が近い施設", "Stores run out")),
                ],
                lambda found, value: upkeep.wanting(found, value),
            ),
        ),
        sheet=sheet,
        empty=T(
            "拠点のうち種別が「福祉施設」のものがここに並びます。拠点・施設の一覧に登録するか取り込んでください。",
            "Sites of the kind “care facility” stand here. Add or import them in the list of sites.",
        ),
    ).respond(request)


@reading("facilities.read")
@require_GET
def facility(request: HttpRequest, key: str) -> HttpResponse:
    """One facility: its profile, what may come, its evacuations, and, for those who may, its residents."""
    site, actor = _site(key), actor_on(request)
    _must("facilities.read", actor, site.subject)
    here = reverse("facilities:facility", args=[key])
    profile = FacilityRow.objects.filter(site=site.subject).first()
    known = actor.may("facilities.residents", site=site.subject)
    people = list(queries.residents(site.subject)) if known else []
    note_reading(request, [r.subject for r in people])
    facility = facility_of(site.subject)
    proposed = {"next": here} if profile else {"next": here, "name": site.name}
    rows = list(EvacuationRow.objects.filter(site=site.subject).order_by("-notified_at"))
    titles = dict(IncidentRow.objects.filter(subject__in=[r.incident for r in rows]).values_list("subject", "title"))
    numbers = queries.counts(rows)
    dangers = coming(site, profile)
    last = upkeep.last_drills([site.subject]).get(site.subject)
    context = {
        "site": site,
        "key": key,
        "profile": profile,
        "coming": [(c, where_to_go(c, profile)) for c in dangers],
        "near": [n for n in near.safer(site, [c.danger for c in dangers]) if not n.dangers],
        "old": queries.is_old(profile),
        "expiring": upkeep.expiring([site.subject]).get(site.subject, []),
        "today": upkeep.today(),
        "last_drill": last,
        "overdue": upkeep.drill_overdue(last),
        "mends": upkeep.open_mends(site.subject),
        "parts": [(part.title, as_mapping(profile, part)) for part in PARTS[:3]] if profile else [],
        "submit": record_address(
            "facilities.facility_described",
            facility,
            plan_made_on=upkeep.today().isoformat(),
            next=here,
        ),
        "known": known,
        "people": people,
        "tally": [(m.label, sum(r.moves == m for r in people)) for m in Moves],
        "may_add": actor.may("facilities.resident_described", site=site.subject),
        "may_describe": actor.may("facilities.facility_described", site=site.subject),
        "may_end": actor.may("facilities.evacuation_ended"),
        "describe": record_address("facilities.facility_described", facility, **proposed),
        "add": record_address("facilities.resident_described", facility=facility, next=here),
        "evacuations": [{"row": r, "title": titles.get(r.incident, ""), "counts": numbers[r.subject]} for r in rows],
    }
    return render(request, "facilities/facility.html", context)


@reading("facilities.residents")
@require_GET
def resident(request: HttpRequest, key: str) -> HttpResponse:
    """One resident: the card, and where this person is or was: "where is she" in one look."""
    row = ResidentRow.objects.filter(subject=Resident.ref(key)).first()
    if row is None:
        raise Http404
    actor = actor_on(request)
    if not transfers.sees_resident(actor, row):
        raise NotAllowed(
            T("この施設の入所者を見る権限がありません。", "You hold no role for this facility's residents.")
        )
    note_reading(request, [row.subject])
    here = reverse("facilities:resident", args=[key])
    heads = queries.where_is(row.subject)
    titles = dict(IncidentRow.objects.filter(subject__in=[h.incident for h in heads]).values_list("subject", "title"))
    context = {
        "row": row,
        "facility": names_of([row.site]).get(row.site, ""),
        "facility_key": key_of(row.site),
        "moved": transfers.told(TransferRow.objects.filter(resident=row.subject).order_by("-since"), actor),
        "whereabouts": [{"head": h, "title": titles.get(h.incident, "")} for h in heads],
        "may_change": actor.may("facilities.resident_described", site=row.site),
        "change": record_address("facilities.resident_described", row.subject, next=here),
        "leave": record_address("facilities.resident_left", row.subject, next=here),
    }
    return render(request, "facilities/resident.html", context)


@reading("facilities.residents")
@require_GET
def paper(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """Papers to keep in several places and to take along: residents' cards, their list, and the hand-over list."""
    site, actor = _site(key), actor_on(request)
    _must("facilities.residents", actor, site.subject)
    people = []
    if what == "coming.pdf":
        people = transfers.coming(site.subject)
    elif what != "receipt.pdf":
        people = list(queries.residents(site.subject))
    note_reading(request, [r.subject for r in people])
    if what == "list.xlsx":
        content, kind = sheets.residents_book(people), TYPES["xlsx"]
    elif what in ("cards.pdf", "coming.pdf"):
        content, kind = papers.cards(site, people), "application/pdf"
    elif what == "hand-over.pdf":
        content, kind = papers.handover(site, queries.evacuation_now(site.subject), people), "application/pdf"
    elif what == "list.pdf":
        content, kind = papers.listing(site, people), "application/pdf"
    elif what == "family-cards.pdf":
        content, kind = papers.family_cards(site, people), "application/pdf"
    elif what == "receipt.pdf":
        row = queries.evacuation_now(site.subject)
        made = receipts.of(actor, site, request.GET.get("resident", ""), row)
        if made is None:
            raise Http404
        content, kind = made, "application/pdf"
    else:
        raise Http404
    named = content_disposition_header(what.endswith("xlsx"), f"{site.name}-{what}") or "inline"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": named})


def _site(key: str) -> SiteRow:
    row = SiteRow.objects.filter(subject=Site.ref(key)).first()
    if row is None:
        raise Http404
    return row


def _must(permission: str, actor: Actor, site: str) -> None:
    """Raise :class:`NotAllowed` unless ``actor`` holds ``permission`` for the whole town or for that facility."""
    if not actor.may(permission, site=site):
        raise NotAllowed(T("この施設を見る権限がありません。", "You hold no role for this facility."))
