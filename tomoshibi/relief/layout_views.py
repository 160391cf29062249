"""Pages of layouts (edit, preview, propose, approve) and of the official seal (its image, its log)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import name_of
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.places.views import acts
from tomoshibi.relief import layouts, seals, wording
from tomoshibi.relief.layouts import Layout, LayoutApproved, LayoutProposed
from tomoshibi.relief.paper_models import LayoutRow, SealRow, SealUseRow
from tomoshibi.relief.seals import Seal, SealKept, SealUse, SealWay
from tomoshibi.relief.words import Kind
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

LAYOUTS = T("証明書の書式", "Layouts of certificates")
SEAL = T("公印の使用記録", "Log of the seal")


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise Http404 from error


@reading("relief.layouts", "relief.layout_proposed", "relief.layout_approved")
@require_http_methods(["GET", "POST"])
def layout(request: HttpRequest, kind: str = Kind.DISASTER.value) -> HttpResponse:
    """One kind's layout: the text with its fields, a preview of it, its versions and their approval."""
    of, actor = _kind(kind), actor_on(request)
    refused: T | None = None
    wrong: list[layouts.Problem] = []
    force = layouts.in_force(of)
    base = request.POST.get("base", request.GET.get("from", force))
    try:
        text = layouts.source_of(of, base)
    except Refused:
        text, base = layouts.standard(of), ""
    stands, added, by_words = wording.words_of(text), "", request.POST.get("form") == "words"
    typed = {n: request.POST.get(f"word-{n}", words.text).strip("\r\n") for n, words in enumerate(stands)}
    if request.method == "POST":
        added = request.POST.get("added", "").strip()
        if by_words:
            text = wording.reworded(text, typed, added)
        else:
            text = request.POST.get("source", "").replace("\r\n", "\n")
        act = request.POST.get("act", "")
        try:
            if act == "approve":
                fact = LayoutApproved(approved=request.POST.get("version", ""))
                record(Draft(fact, Layout.ref(of.value), id=request.POST.get("id", "")), actor)
                return HttpResponseRedirect(request.path, status=303)
            if not 0 < len(text) <= layouts.LONGEST:
                raise Refused(
                    T(f"{layouts.LONGEST} 字までにしてください。", f"At most {layouts.LONGEST} characters."), "source"
                )
            if not (actor.may("relief.layout_proposed") or text == layouts.source_of(of, base)):
                raise NotAllowed(T("書式を変える権限がありません。", "You hold no role that may change layouts."))
            wrong = layouts.problems(of, text)
            if not wrong and act == "preview":
                response = HttpResponse(layouts.preview(of, text), content_type="application/pdf")
                response["Content-Disposition"] = 'inline; filename="mihon.pdf"'
                return response
            if not wrong:
                note = request.POST.get("note", "").strip()
                if not note:
                    raise Refused(T("何を変えたかを書いてください。", "Say what was changed."), "note")
                record(
                    Draft(LayoutProposed(source=text, note=note), Layout.ref(of.value), id=request.POST.get("id", "")),
                    actor,
                )
                return HttpResponseRedirect(request.path, status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    context = {
        "kind": of,
        "kinds": list(Kind),
        "source": text,
        "base": base,
        "words": [(n, words.text, typed[n]) for n, words in enumerate(stands)],
        "added": added,
        "longest": wording.LONGEST,
        "by_source": bool(wrong or refused) and not by_words,
        "fields": layouts.FIELDS.items(),
        "problems": wrong,
        "refused": refused,
        "force": force,
        "based": LayoutRow.objects.filter(version=base).first() if base else None,
        "versions": [(v, not actor.is_same(v.author)) for v in layouts.versions(of)],
        "may_propose": actor.may("relief.layout_proposed"),
        "may_approve": actor.may("relief.layout_approved"),
        "id": uuid.uuid4(),
        "note": request.POST.get("note", ""),
    }
    return render(request, "relief/layout.html", context, status=422 if refused or wrong else 200)


@reading("relief.layouts", "relief.layout_proposed", "relief.layout_approved")
@require_GET
def mihon(request: HttpRequest, kind: str, version: str = "") -> HttpResponse:
    """A version of a layout with invented data, as PDF."""
    of = _kind(kind)
    try:
        made = layouts.preview(of, layouts.source_of(of, version))
    except Refused as no:
        context = {"title": LAYOUTS, "refused": no.text, "back": reverse("relief:layout", args=[kind])}
        return render(request, "relief/refused.html", context, status=422)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="mihon.pdf"'
    return response


@reading("relief.seal_log")
@require_http_methods(["GET", "POST"])
def seal(request: HttpRequest) -> HttpResponse:
    """The log of every use of the seal; a POST keeps the seal's name and image."""
    actor, refused = actor_on(request), None
    held = seals.in_use()
    if request.method == "POST":
        try:
            file = request.FILES.get("image")
            said: dict[str, str | bool] = {"name": request.POST.get("name", "").strip(), "in_use": True}
            if file is not None:
                said["image"] = seals.keep_image(file.read(seals.LARGEST + 1))
            elif request.POST.get("stamped"):
                said["image"] = ""
            subject = held.subject if held else Seal.ref(str(uuid.uuid4()))
            record(Draft(SealKept.model_validate(said), subject), actor)
            return HttpResponseRedirect(request.path, status=303)
        except (Refused, StoreFailed) as no:
            refused = no.text
    return Listing(
        title=SEAL,
        name="seal-log",
        rows=SealUseRow.objects.order_by("-used_at", "subject"),
        words=("serials", "why", "used_by", "seal_name"),
        columns=(
            Shown(T("日時", "When"), lambda r: _at(r), ("used_at",)),
            Shown(T("公印", "Seal"), lambda r: r.seal_name, ("seal_name",)),
            Shown(T("方法", "How"), lambda r: SealWay(r.way).label, ("way",)),
            Shown(T("回数", "Times"), lambda r: r.times, ("times",), figure=True),
            Shown(T("使用した人", "Who"), lambda r: _who(r), ("used_by",)),
            Shown(T("用途", "For what"), lambda r: Cell(r.why, mark=r.cancelled), ("why",)),
            Shown(T("整理番号", "Serial numbers"), lambda r: _serials(r)),
        ),
        filters=(
            Filter(
                "way",
                T("方法", "How"),
                [(w.value, w.label) for w in SealWay],
                lambda rows, value: rows.filter(way=value),
            ),
        ),
        sheet=_sheet,
        acts=acts(
            actor,
            (
                "relief.seal_used",
                T("ほかの使用を記録する", "Record another use"),
                record_address(
                    "relief.seal_used",
                    SealUse.ref(str(uuid.uuid4())),
                    seal=held.subject if held else "",
                    seal_name=held.name if held else seals.UNNAMED,
                    next=request.path,
                ),
            ),
        ),
        empty=T(
            "証明書を交付すると、公印の使用がここに一行ずつ記録されます。",
            "Each use of the seal is a line here: certificates issued write theirs by themselves.",
        ),
        template="relief/seal.html",
    ).respond(request, {"seal": held, "refused": refused, "may_keep": actor.may("relief.seal_kept")})


def _at(row: SealUseRow) -> str:
    return f"{row.used_at.astimezone(JAPAN):%Y-%m-%d %H:%M}"


def _who(row: SealUseRow) -> str:
    return name_of(row.used_by)


def _serials(row: SealUseRow) -> str:
    held = row.serials.split("、")
    return row.serials if len(held) < 4 else f"{held[0]} … {held[-1]}"


def _sheet(rows: Iterable[SealUseRow]) -> OutSheet:
    columns = (
        Column("used_at", T("日時", "When"), kind="datetime"),
        Column("seal_name", T("公印", "Seal")),
        Column("way", T("方法", "How")),
        Column("times", T("回数", "Times"), kind="integer"),
        Column("used_by", T("使用した人", "Who")),
        Column("why", T("用途", "For what")),
        Column("serials", T("整理番号", "Serial numbers")),
        Column("cancelled", T("記載の取消し", "Line cancelled")),
    )
    held = [
        {
            **{c.name: getattr(r, c.name) for c in columns},
            "way": str(SealWay(r.way).label),
            "used_by": _who(r),
        }
        for r in rows
    ]
    return OutSheet(SEAL, columns, held)


@reading("relief.seal_log")
@require_GET
def seal_image(request: HttpRequest) -> HttpResponse:
    """The image of the seal in use, for who may change it."""
    if not actor_on(request).may("relief.seal_kept"):
        raise NotAllowed(T("印影を見る権限がありません。", "You hold no role that may see the image."))
    held: SealRow | None = seals.in_use()
    if held is None or not held.image:
        raise Http404
    response = HttpResponse(seals.image(), content_type=seals.IMAGE)
    response["Cache-Control"] = "private, no-store"
    return response
