"""The public form of applications, and the pages on which clerks check what came by it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

import pydantic
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import issuing, online
from tomoshibi.relief.counter import incident_on, page_of
from tomoshibi.relief.limits import HourlyLimit
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.online import OnlineApplication, OnlineApplied, OnlineDeclined, ProtectedOnlineApplication
from tomoshibi.relief.paper_models import OnlineRow
from tomoshibi.relief.papers import kind_for
from tomoshibi.relief.words import Interest, Kind, OnlineState, Thing
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

ONLINE = T("オンライン申請", "Online applications")
#: a shelter's people share one address; a town's may all want to apply on one day
limit = HourlyLimit(each=30, together=1200)
FIELDS = (
    "kind_of_paper", "applicant", "applicant_kana", "birth", "address", "damaged_address", "contact", "interest",
    "damage_told", "copies",
)  # fmt: skip


@never_cache
@csrf_exempt  # so that the size is looked at before the body is read; the form itself is protected below
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The form for the public. Nothing that was sent can be read here again."""
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if request.method == "POST" and (not length.isdecimal() or int(length) > online.REQUEST_BYTES):
        text = T(
            f"写真を合わせて {online.REQUEST_BYTES // 1024 // 1024} MB までにしてください。",
            f"The photographs together may hold {online.REQUEST_BYTES // 1024 // 1024} MB.",
        )
        return _page(request, refused=text, status=413)
    return _apply(request)


@csrf_protect
def _apply(request: HttpRequest) -> HttpResponse:
    form = online.open_form()
    if form is None:
        return _page(request, status=200 if request.method == "GET" else 409)
    if request.method == "GET":
        return _page(request)
    values = {name: request.POST.get(name, "").strip() for name in FIELDS}
    things = request.POST.getlist("things")
    key = request.POST.get("id", "")
    try:
        uuid.UUID(key)
    except ValueError:
        key = str(uuid.uuid4())
    if not limit.take(request.META.get("REMOTE_ADDR", "")):
        text = T(
            "申請が続いたため、いまは受け取れません。1時間ほどたってから送るか、電話か窓口でお申し出ください。",
            "Too many applications came at once. Send it again in an hour, or call, or come to a counter.",
        )
        return _page(request, values, things, key, refused=text, status=429)
    try:
        said: dict[str, Any] = {k: v for k, v in values.items() if v}
        fact = OnlineApplied.model_validate({**said, "things": things})
    except pydantic.ValidationError as error:
        errors = {place.partition(".")[0]: text for place, text in complaints(error)}
        text = T(f"{len(errors)} か所を確かめてください。", f"Check {len(errors)} fields.")
        return _page(request, values, things, key, errors=errors, refused=text, status=422)
    try:
        photos = request.FILES.getlist("photos")
        if len(photos) > online.PHOTOS:
            raise Refused(T(f"写真は {online.PHOTOS} 枚までです。", f"At most {online.PHOTOS} photographs."), "photos")
        kept = [online.keep_photo(p.read(online.PHOTO_BYTES + 1)) for p in photos]
        pictures = {"photos": tuple(p for p, _ in kept), "photo_times": tuple(t for _, t in kept)}
        number = online.send(fact.model_copy(update=pictures), form.incident, key)
    except (Refused, StoreFailed) as no:
        name = getattr(no, "field", "")
        return _page(request, values, things, key, errors={name: no.text} if name else {}, refused=no.text, status=422)
    return _page(request, number=number)


def _page(
    request: HttpRequest,
    values: dict[str, str] | None = None,
    things: Iterable[str] = (),
    key: str = "",
    *,
    errors: dict[str, T] | None = None,
    refused: T | None = None,
    number: str = "",
    status: int = 200,
) -> HttpResponse:
    form, us = online.open_form(), who_are_we()
    context = {
        "open": form,
        "town": us.name if us else "",
        "values": values or {"kind_of_paper": Kind.DISASTER.value, "copies": "1"},
        "things": list(things),
        "all_things": list(Thing),
        "kinds": list(Kind),
        "interests": list(Interest),
        "id": key or str(uuid.uuid4()),
        "errors": errors or {},
        "refused": refused,
        "number": number,
        "most": online.PHOTOS,
        "megabytes": online.PHOTO_BYTES // 1024 // 1024,
        "now": worlds.now(),
    }
    return render(request, "relief/online_form.html", context, status=status)


@reading("relief.personal")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What came by the form: what waits for a clerk first."""
    actor, incident = actor_on(request), incident_on(request)
    rows = OnlineRow.objects.all()
    if not actor.may("residents.protected"):
        rows = rows.filter(protected=False).exclude(subject__in=online.sealed_since(actor))
    form = online.form_of(incident.subject) if incident else None
    switch = record_address(
        "relief.online_form_switched",
        online.OnlineForm.ref(key_of(incident.subject)),
        incident=incident.subject,
        next=request.path,
    ) if incident else ""  # fmt: skip
    return Listing(
        title=ONLINE,
        name="online-applications",
        rows=rows.order_by("-state", "sent_at"),
        words=("number", "applicant", "applicant_kana", "address", "damaged_address"),
        columns=(
            Shown(T("受信", "Sent"), lambda r: f"{r.sent_at.astimezone(JAPAN):%Y-%m-%d %H:%M}", ("sent_at",)),
            Shown(
                T("番号", "Number"),
                lambda r: Cell(r.number, reverse("relief:online_one", args=[r.key])),
                ("number",),
            ),
            Shown(T("氏名", "Name"), lambda r: r.applicant, ("applicant_kana",)),
            Shown(T("被災した場所", "Damaged address"), lambda r: r.damaged_address, ("damaged_address",)),
            Shown(T("種類", "Kind"), lambda r: Kind(r.kind).label, ("kind",)),
            Shown(T("写真", "Photographs"), lambda r: len(json.loads(r.photos)), figure=True),
            Shown(T("状態", "State"), lambda r: Cell(mark=OnlineState(r.state).label), ("state",)),
        ),
        filters=(
            Filter(
                "state",
                T("状態", "State"),
                [(s.value, s.label) for s in OnlineState],
                lambda found, value: found.filter(state=value),
            ),
        ),
        sheet=_sheet,
        exported=lambda found: log_reading(actor, [r.subject for r in found], request.path),
        acts=acts(
            actor,
            (
                "relief.online_form_switched",
                T("オンライン受付の開始・終了", "Open or close the public form"),
                switch,
            ),
        )
        if switch
        else (),
        empty=T(
            "オンラインで届いた申請がここに並びます。本部が受付を始めると、公開の申請書が使えます。",
            "Applications that come online appear here, once headquarters has opened the public form.",
        ),
        template="relief/online_inbox.html",
    ).respond(request, {"form": form, "address": request.build_absolute_uri(reverse("relief:online"))})


def _sheet(rows: Iterable[OnlineRow]) -> OutSheet:
    columns = (
        Column("sent_at", T("受信", "Sent"), kind="datetime"),
        Column("number", T("番号", "Number")),
        Column("applicant", T("氏名", "Name"), kind="name"),
        Column("address", T("住所", "Address")),
        Column("damaged_address", T("被災した場所", "Damaged address")),
        Column("contact", T("電話番号", "Telephone")),
        Column("state", T("状態", "State")),
    )
    held = [{**{c.name: getattr(r, c.name) for c in columns}, "state": str(OnlineState(r.state).label)} for r in rows]
    return OutSheet(ONLINE, columns, held)


def _row(request: HttpRequest, key: str) -> OnlineRow:
    refs = [OnlineApplication.ref(key), ProtectedOnlineApplication.ref(key)]
    row = OnlineRow.objects.filter(subject__in=refs).first()
    if row is None:
        raise Http404
    if not online.may_see(actor_on(request), row):
        raise NotAllowed(issuing.undisclosed().text)
    return row


@reading("relief.personal")
@require_GET
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One online application: what was sent, the households that it may be of, and what to do with it."""
    row, actor = _row(request, key), actor_on(request)
    waits = row.state == OnlineState.WAITING
    found = online.candidates(row, actor) if waits else []
    note_reading(request, [row.subject, *(m.ref for home in found for m in home.members)])
    declined = kind_for(OnlineDeclined, row.protected)
    taken = ApplicationRow.objects.filter(subject=row.application).first() if row.application else None
    context = {
        "row": row,
        "waits": waits,
        "state": OnlineState(row.state).label,
        "kind": Kind(row.kind).label,
        "interest": Interest(row.interest).label if row.interest else "",
        "things": [Thing(t).label for t in json.loads(row.things)],
        "photos": json.loads(row.photos),
        "found": [(home, _take(reverse("relief:household", args=[home.key]), row)) for home in found],
        "unregistered": _take(reverse("relief:household", args=["new"]), row),
        "application": page_of(taken) if taken else "",
        "may": actor.may("relief.applied"),
        "acts": acts(
            actor,
            (
                declined.kind,
                T("受け付けない", "Decline"),
                record_address(declined.kind, row.subject, next=request.path),
            ),
        )
        if waits
        else [],
    }
    return render(request, "relief/online_one.html", context)


def _take(page: str, row: OnlineRow) -> str:
    return f"{page}?online={row.subject}&incident={row.incident}"


@reading("relief.personal")
@require_GET
def photo(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One photograph of an online application, as it is kept."""
    row = _row(request, key)
    held = json.loads(row.photos)
    if number >= len(held):
        raise Http404
    note_reading(request, [row.subject])
    content = datasets.require(held[number]).read_bytes()
    response = HttpResponse(content, content_type=online.media_of(content) or "application/octet-stream")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = f'inline; filename="{row.number}-{number + 1}"'
    return response
