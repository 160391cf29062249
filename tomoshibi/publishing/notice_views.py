"""Pages of notices to the public, and of those who are told by e-mail."""

from __future__ import annotations

import uuid
from typing import Any

import pydantic
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, given_id, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown
from tomoshibi.places.queries import areas, names_of
from tomoshibi.places.subjects import AreaKind
from tomoshibi.publishing import queries, sheets
from tomoshibi.publishing.models import NoticeRow, RecipientRow
from tomoshibi.publishing.notice_facts import NoticeProposed, NoticePublished, NoticeReturned, NoticeWithdrawn
from tomoshibi.publishing.subjects import Notice
from tomoshibi.publishing.words import Act, RecipientKind
from tomoshibi.vocabulary import T

NOTICES, RECIPIENTS = T("お知らせ", "Notices"), T("配信先", "Recipients")
FIELDS = ("title", "body", "title_en", "body_en", "easy")
STATES = {
    "proposed": T("公表前", "Not published"),
    "published": T("公表中", "Published"),
    "withdrawn": T("取り下げ済み", "Withdrawn"),
}


@reading("publishing.read")
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The list of notices."""
    may = actor_on(request).may("publishing.notice_proposed")
    return Listing(
        title=NOTICES,
        name="notices",
        rows=queries.notices(),
        words=("title", "body"),
        columns=(
            Shown(T("題", "Title"), lambda r: Cell(r.title, _page(r)), ("title",)),
            Shown(
                T("状態", "State"),
                lambda r: Cell(STATES[r.state], mark=T("承認待ち", "Waits for approval") if r.waits else ""),
                ("state",),
            ),
            Shown(T("提案", "Proposed by"), lambda r: r.proposed_by),
            Shown(T("承認", "Approved by"), lambda r: r.approved_by),
        ),
        filters=(
            Filter("state", T("状態", "State"), list(STATES.items()), lambda rows, value: rows.filter(state=value)),
        ),
        acts=[(T("お知らせを書く", "Write a notice"), reverse("publishing:new_notice"))] if may else [],
        empty=T(
            "公開ページに載せるお知らせです。書いた人とは別の人が承認すると公表されます。",
            "Notices on the public page. One writes, another approves.",
        ),
    ).respond(request)


def _page(row: NoticeRow) -> str:
    return reverse("publishing:notice", args=[row.key])


def _row_of(key: str) -> NoticeRow:
    row = queries.notice(Notice.ref(key))
    if row is None:
        raise Http404
    return row


@reading("publishing.read")
@require_GET
def notice(request: HttpRequest, key: str) -> HttpResponse:
    """One notice: what waits for approval, what the public reads, and who may do what."""
    row, actor = _row_of(key), actor_on(request)
    waits = row.waits
    mine = bool(waits) and actor.is_same(waits["who"])
    shown = SubjectRow.objects.filter(subject=row.subject).first()
    needed = "publishing.notice_withdrawn" if waits and waits["act"] == Act.LIFT else "publishing.notice_published"
    context = {
        "row": row,
        "waits": waits,
        "act": Act(waits["act"]) if waits else None,
        "state": STATES[row.state],
        "areas": list(names_of(row.area_refs).values()),
        "mine": mine,
        "may_approve": bool(waits) and not mine and actor.may(needed),
        "may_propose": actor.may("publishing.notice_proposed"),
        "heads": " ".join(shown.head_ids) if shown else "",
        "id": str(uuid.uuid4()),
    }
    return render(request, "publishing/notice.html", context)


@reading("publishing.notice_proposed")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, key: str = "") -> HttpResponse:
    """Write a notice, or another text for one."""
    row = _row_of(key) if key else None
    post = request.POST
    said: dict[str, Any] = {name: getattr(row, name) if row else "" for name in FIELDS}
    chosen = row.area_refs if row else []
    errors: dict[str, T] = {}
    subject = row.subject if row else Notice.ref(given_id(post, "notice") or str(uuid.uuid4()))
    if request.method == "POST":
        said = {name: post.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
        chosen = post.getlist("areas")
        act = Act.CHANGE if row and row.state == "published" else Act.ISSUE
        try:
            fact = NoticeProposed.model_validate({**said, "act": act, "areas": chosen})
            incident = row.incident if row else post.get("incident", "")
            after = post.get("after", "").split()
            record(Draft(fact, subject, after, given_id(post), incident=incident), actor_on(request))
        except pydantic.ValidationError as error:
            errors = {place.partition(".")[0]: text for place, text in complaints(error)}
        except Refused as no:
            errors = {no.field: no.text}
        except StoreFailed as no:
            errors = {"": no.text}
        else:
            messages.success(request, str(T("提案しました。承認を待ちます。", "Proposed. It waits for approval.")))
            return HttpResponseRedirect(reverse("publishing:notice", args=[subject.partition(":")[2]]), status=303)
    shown = SubjectRow.objects.filter(subject=subject).first()
    context = {
        "row": row,
        "said": said,
        "errors": errors,
        "subject": subject,
        "areas": list(areas(AreaKind.DISTRICT, AreaKind.HAZARD)),
        "chosen": set(chosen),
        "incidents": list(open_incidents()),
        "incident": (post or request.GET).get("incident", ""),
        "heads": post.get("after") or (" ".join(shown.head_ids) if shown else ""),
        "id": post.get("id") or str(uuid.uuid4()),
    }
    return render(request, "publishing/notice_form.html", context, status=422 if errors else 200)


@reading("publishing.read")
@require_POST
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a withdrawal, approve what the page showed, or send it back."""
    row, post = _row_of(key), request.POST
    proposal, title = post.get("proposal", ""), row.title[:200]
    fact: Any
    if "withdraw" in post:
        fact, done = NoticeProposed(act=Act.LIFT), T("取り下げを提案しました。", "Its withdrawal is proposed.")
    elif "approve" in post:
        lift = row.waits.get("act") == Act.LIFT
        fact = (NoticeWithdrawn if lift else NoticePublished)(proposal=proposal, title=title)
        done = T("承認しました。", "Approved.")
    else:
        reason = post.get("reason", "").strip() or str(T("理由の記入なし", "no reason given"))
        fact, done = NoticeReturned(proposal=proposal, reason=reason[:500]), T("差し戻しました。", "Returned.")
    after, id = post.get("after", "").split(), given_id(post)
    try:
        record(Draft(fact, row.subject, after, id, incident=row.incident), actor_on(request))
    except (Refused, StoreFailed) as no:
        messages.error(request, str(no.text))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(_page(row), status=303)


@reading("publishing.recipients")
@require_GET
def recipients(request: HttpRequest) -> HttpResponse:
    """The list of those who are told by e-mail."""
    ended = request.GET.get("ended") == "1"
    rows: QuerySet[RecipientRow] = RecipientRow.objects.filter(ended=ended).order_by("kind", "name")
    note_reading(request, list(rows.values_list("subject", flat=True)))
    names = names_of(rows.values_list("area", flat=True))
    may = actor_on(request).may("publishing.recipient_described")
    here = reverse("publishing:recipients")
    return Listing(
        title=RECIPIENTS,
        name="recipients",
        rows=rows,
        words=("name", "email"),
        columns=(
            Shown(
                T("名称", "Name"),
                lambda r: Cell(r.name, record_address("publishing.recipient_described", r.subject, next=here)),
                ("name",),
            ),
            Shown(T("種別", "Kind"), lambda r: RecipientKind(r.kind).label if r.kind else "", ("kind", "name")),
            Shown(T("メール", "E-mail"), lambda r: r.email),
            Shown(T("知りたい地区", "Area"), lambda r: names.get(r.area, T("すべて", "All"))),
        ),
        filters=(
            Filter(
                "kind",
                T("種別", "Kind"),
                [(k.value, k.label) for k in RecipientKind],
                lambda rows, value: rows.filter(kind=value),
            ),
            Filter("ended", T("配信停止", "Stopped"), [("1", T("停止したもの", "Stopped"))], lambda rows, value: rows),
        ),
        sheet=sheets.recipient_sheet,
        acts=[
            (T("登録する", "Add"), record_address("publishing.recipient_described", next=here)),
            (T("取り込む", "Import"), reverse("publishing:import_recipients")),
        ]
        if may
        else [],
        empty=T(
            "避難情報をメールで知らせる相手です。関係機関や登録した住民を入れてください。",
            "Those who are told by e-mail appear here. Add organisations and subscribers.",
        ),
    ).respond(request)


@reading("publishing.recipient_described")
@require_http_methods(["GET", "POST"])
def import_recipients(request: HttpRequest) -> HttpResponse:
    """Take a list of recipients in."""
    return ListImport(
        RECIPIENTS,
        "publishing.recipient_described",
        sheets.recipient_columns(),
        sheets.load_recipients,
        reverse("publishing:recipients"),
    ).respond(request)
