"""Pages of applications and certificates: lists, one of each, issuing, the PDF, checking a certificate."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal.access import Actor, name_of
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import duplicates, issuing, keys, photographs, queries, seals, signing
from tomoshibi.relief.counter import page_of
from tomoshibi.relief.models import ApplicationRow, CertificateRow, PhotographRow
from tomoshibi.relief.paper_models import BatchRow, LayoutRow, OnlineRow
from tomoshibi.relief.papers import (
    ApplicationCorrected,
    ApplicationWithdrawn,
    CertificateIssued,
    CertificateReissued,
    CertificateRevoked,
    kind_for,
)
from tomoshibi.relief.subjects import Application, Certificate, ProtectedApplication, ProtectedCertificate
from tomoshibi.relief.words import Authority, Interest, Kind, Stage, Standing, Thing, Way
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass

APPLICATIONS, CERTIFICATES = T("証明書の申請", "Applications"), T("交付台帳", "Certificates issued")
CHECK = T("証明書の確認", "Check a certificate")
#: largest PDF that the page of checking takes
LARGEST = 20 * 1024 * 1024


def _subject(rows: QuerySet[Any], *refs: str) -> Any:
    row = rows.filter(subject__in=refs).first()
    if row is None:
        raise Http404
    return row


def _may_see(request: HttpRequest, row: ApplicationRow | CertificateRow) -> None:
    """Refuse who may not see a protected household's; log the others' reading."""
    if not queries.may_see(actor_on(request), row):
        raise NotAllowed(issuing.undisclosed().text)
    note_reading(request, [row.subject, *([row.household] if row.household else [])])


def _class(value: str | None) -> T | str:
    return DamageClass(value).label if value else ""


def _incident_filter() -> Filter:
    options = [(row.subject, row.title) for row in incidents.incidents()[:50]]
    return Filter("incident", T("事案", "Incident"), options, lambda rows, value: rows.filter(incident=value))


def _kind_filter() -> Filter:
    options = [(k.value, k.label) for k in Kind]
    return Filter("kind", T("証明書の種類", "Kind"), options, lambda rows, value: rows.filter(kind=value))


@reading("relief.personal")
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """The queue: every application, with what it waits for."""
    actor = actor_on(request)
    rows = queries.seen_by(queries.applications(), actor)
    seen = queries.queue(request.GET.get("incident", ""))
    return Listing(
        title=APPLICATIONS,
        name="applications",
        rows=rows,
        words=("householder", "householder_kana", "damaged_address", "applicant"),
        columns=(
            Shown(
                T("受付", "Applied"),
                lambda r: f"{r.applied_at.astimezone(JAPAN):%Y-%m-%d %H:%M}",
                ("applied_at",),
            ),
            Shown(
                T("世帯主", "Householder"),
                lambda r: Cell(r.householder, page_of(r)),
                ("householder_kana", "householder"),
            ),
            Shown(T("被災住家の所在地", "Damaged address"), lambda r: r.damaged_address, ("damaged_address",)),
            Shown(T("方法", "How"), lambda r: Way(r.way).label, ("way",)),
            Shown(T("状態", "Stage"), lambda r: Cell(mark=Stage(r.stage).label), ("stage",)),
            Shown(T("判定", "Judged"), lambda r: _class(r.judged), ("judged",)),
            Shown(T("通数", "Copies"), lambda r: r.copies, ("copies",), figure=True),
        ),
        filters=(
            _incident_filter(),
            Filter(
                "stage",
                T("状態", "Stage"),
                [(s.value, s.label) for s in Stage],
                lambda found, value: found.filter(stage=value),
            ),
            _kind_filter(),
            Filter(
                "way", T("方法", "How"), [(w.value, w.label) for w in Way], lambda found, value: found.filter(way=value)
            ),
        ),
        sheet=_applications_sheet,
        exported=lambda found: log_reading(actor, [r.subject for r in found], request.path),
        acts=acts(actor, ("relief.applied", T("申請を受ける", "Take an application"), reverse("relief:counter"))),
        empty=T(
            "申請の一覧です。窓口で世帯を探し、申請を受けるとここに並びます。",
            "Applications appear here. Find a household at the counter, and take its application.",
        ),
        template="relief/applications.html",
    ).respond(request, {"queue": seen, "oldest": queries.oldest_waiting(request.GET.get("incident", ""))})


def _applications_sheet(rows: Iterable[Any]) -> OutSheet:
    columns = (
        Column("applied_at", T("受付", "Applied"), kind="datetime"),
        Column("householder", T("世帯主氏名", "Householder"), kind="name"),
        Column("householder_address", T("世帯主住所", "Householder's address")),
        Column("damaged_address", T("被災住家の所在地", "Damaged address")),
        Column("applicant", T("申請者", "Applicant"), kind="name"),
        Column("way", T("方法", "How")),
        Column("stage", T("状態", "Stage")),
        Column("judged", T("判定", "Judged")),
        Column("copies", T("通数", "Copies"), kind="integer"),
    )
    held = [
        {
            **{c.name: getattr(r, c.name) for c in columns},
            "way": str(Way(r.way).label),
            "stage": str(Stage(r.stage).label),
            "judged": str(_class(r.judged)),
        }
        for r in rows
    ]
    return OutSheet(APPLICATIONS, columns, held)


@reading("relief.personal")
@require_GET
def certificates(request: HttpRequest) -> HttpResponse:
    """The register of everything issued."""
    actor = actor_on(request)
    return Listing(
        title=CERTIFICATES,
        name="certificates",
        rows=queries.seen_by(CertificateRow.objects.order_by("-issued_at", "-serial"), actor),
        words=("serial", "householder", "damaged_address"),
        columns=(
            Shown(T("整理番号", "Serial"), lambda r: Cell(r.serial, page_of(r)), ("serial",)),
            Shown(T("交付日", "Issued"), lambda r: r.issued_on.isoformat() if r.issued_on else "", ("issued_at",)),
            Shown(T("世帯主", "Householder"), lambda r: r.householder, ("householder",)),
            Shown(T("被災住家の所在地", "Damaged address"), lambda r: r.damaged_address, ("damaged_address",)),
            Shown(T("被害の程度", "Damage"), lambda r: r.damage_name, ("damage_class",)),
            Shown(T("種類", "Kind"), lambda r: Kind(r.kind).label, ("kind",)),
            Shown(T("通数", "Copies"), lambda r: r.copies, ("copies",), figure=True),
            Shown(T("効力", "Standing"), lambda r: Cell(mark=Standing(r.standing).label), ("standing",)),
        ),
        filters=(
            _incident_filter(),
            _kind_filter(),
            Filter(
                "standing",
                T("効力", "Standing"),
                [(s.value, s.label) for s in Standing],
                lambda found, value: found.filter(standing=value),
            ),
            Filter(
                "damage",
                T("被害の程度", "Damage"),
                [(c.value, c.label) for c in DamageClass],
                lambda found, value: found.filter(damage_class=value),
            ),
        ),
        sheet=_certificates_sheet,
        exported=lambda found: log_reading(actor, [r.subject for r in found], request.path),
        empty=T("交付した証明書がここに並びます。", "Certificates appear here when they are issued."),
    ).respond(request)


def _certificates_sheet(rows: Iterable[CertificateRow]) -> OutSheet:
    columns = (
        Column("serial", T("整理番号", "Serial number")),
        Column("issued_on", T("交付日", "Issued on"), kind="date"),
        Column("householder", T("世帯主氏名", "Householder"), kind="name"),
        Column("householder_address", T("世帯主住所", "Householder's address")),
        Column("damaged_address", T("被災住家の所在地", "Damaged address")),
        Column("cause", T("罹災原因", "Cause")),
        Column("kind", T("種類", "Kind")),
        Column("damage", T("被害の程度", "Damage")),
        Column("damage_told", T("被害の状況", "What happened")),
        Column("copies", T("通数", "Copies"), kind="integer"),
        Column("issued_by", T("交付した人", "Issued by")),
        Column("standing", T("効力", "Standing")),
    )
    held = [
        {
            **{c.name: getattr(r, c.name) for c in columns},
            "kind": str(Kind(r.kind).label),
            "issued_by": name_of(r.issued_by),
            "standing": str(Standing(r.standing).label),
        }
        for r in rows
    ]
    return OutSheet(CERTIFICATES, columns, held)


@reading("relief.personal")
@require_http_methods(["GET", "POST"])
def application(request: HttpRequest, key: str) -> HttpResponse:
    """One application: how far it is, every round of survey, its certificates; a POST issues the certificate."""
    row = _subject(queries.applications(), Application.ref(key), ProtectedApplication.ref(key))
    _may_see(request, row)
    actor, refused = actor_on(request), None
    if request.method == "POST":
        try:
            copies = int(request.POST.get("copies") or 0)
            issued = issuing.issue(row.subject, actor, copies=max(copies, 0), id=request.POST.get("id", ""))
            return HttpResponseRedirect(reverse("relief:certificate", args=[key_of(issued)]), status=303)
        except ValueError:
            refused = T("通数は数字で入れてください。", "Enter the number of copies.")
        except (Refused, StoreFailed) as no:
            refused = no.text
    context = _application_context(request, row, actor)
    return render(request, "relief/application.html", {**context, "refused": refused}, status=422 if refused else 200)


def _application_context(request: HttpRequest, row: Any, actor: Actor) -> dict[str, Any]:
    here, subject = request.path, row.subject
    corrected, withdrawn = (kind_for(f, row.protected) for f in (ApplicationCorrected, ApplicationWithdrawn))
    rounds = list(queries.rounds(row.incident, row.dwelling))
    judged = queries.judgement(row.incident, row.dwelling)
    buttons = []
    if not row.withdrawn:
        buttons = acts(
            actor,
            (corrected.kind, T("訂正する", "Correct"), record_address(corrected.kind, subject, next=here)),
            (withdrawn.kind, T("取り下げる", "Withdraw"), record_address(withdrawn.kind, subject, next=here)),
        )
        if judged is not None and all(r.judged for r in rounds):
            buttons += acts(
                actor,
                (
                    "relief.survey_planned",
                    T("再調査を受け付ける", "Take a request for another survey"),
                    plan_address(row.incident, row.dwelling, rounds[-1].round + 1, judged.disaster_on, here),
                ),
            )
    return {
        "row": row,
        "protected": queries.is_protected(row),
        "stage": Stage(row.stage),
        "way": Way(row.way).label,
        "members": json.loads(row.members),
        "rounds": [(r, _class(r.proposed), _class(r.judged), T(r.explanation_ja, r.explanation_en)) for r in rounds],
        "judged": judged,
        "judged_as": _class(judged.judged) if judged else "",
        "certificates": [
            (c, Standing(c.standing), page_of(c)) for c in queries.seen_by(queries.certificates_of(subject), actor)
        ],
        "pictures": photographs.shown(PhotographRow.objects.filter(about=subject).order_by("taken_at")),
        "may_issue": actor.may(kind_for(CertificateIssued, row.protected).kind) and row.stage == Stage.JUDGED,
        "id": uuid.uuid4(),
        "acts": buttons,
        "done": request.GET.get("done", ""),
        "kind": Kind(row.kind),
        "interest": Interest(row.interest).label if row.interest else "",
        "authority": Authority(row.authority).label if row.authority else "",
        "things": [Thing(t).label for t in json.loads(row.things)],
        "alike": _alike(row, actor, here),
        "online": OnlineRow.objects.filter(subject=row.online).first() if row.online else None,
        "disputed": SubjectRow.objects.filter(subject=subject).exclude(conflicts="[]").exists(),
        "dwelling_page": reverse("relief:dwelling", args=[key_of(row.dwelling)]) if row.dwelling else "",
    }


def _alike(row: ApplicationRow, actor: Actor, here: str) -> list[tuple[duplicates.Alike, str, list[tuple[T, str]]]]:
    """Applications that look like this one, with what may be done about it."""
    apart = kind_for(duplicates.ApplicationKeptApart, row.protected)
    withdrawn = kind_for(ApplicationWithdrawn, row.protected)
    found = []
    for one in duplicates.of(row):
        if not queries.may_see(actor, one.row):
            continue
        again = T("重複", "duplicate of").ja + f": {one.row.subject}"
        buttons = acts(
            actor,
            (
                apart.kind,
                T("重複ではない", "No duplicate"),
                record_address(apart.kind, row.subject, other=one.row.subject, next=here),
            ),
            (
                withdrawn.kind,
                T("重複なのでこちらを取り下げる", "Withdraw this one"),
                record_address(withdrawn.kind, row.subject, reason=again, next=here),
            ),
        )
        found.append((one, page_of(one.row), buttons if one.duplicate else []))
    return found


def plan_address(incident: str, dwelling: str, round: int, disaster_on: Any, next: str) -> str:
    """The form that plans a further round of survey."""
    return record_address(
        "relief.survey_planned",
        keys.survey(incident, dwelling, round),
        dwelling=dwelling,
        round=str(round),
        disaster_on=str(disaster_on),
        incident=incident,
        next=next,
    )


def _certificate(key: str) -> CertificateRow:
    found: CertificateRow = _subject(CertificateRow.objects.all(), Certificate.ref(key), ProtectedCertificate.ref(key))
    return found


@reading("relief.personal")
@require_GET
def certificate(request: HttpRequest, key: str) -> HttpResponse:
    """One certificate: what it says, whether it holds, what can be done with it."""
    row = _certificate(key)
    _may_see(request, row)
    actor, here = actor_on(request), request.path
    again, revoked = (kind_for(f, row.protected) for f in (CertificateReissued, CertificateRevoked))
    buttons = []
    if row.standing == Standing.VALID:
        buttons = acts(
            actor,
            (again.kind, T("再交付する", "Reissue"), reverse("relief:reissue", args=[key])),
            (revoked.kind, T("取り消す", "Revoke"), record_address(revoked.kind, row.subject, next=here)),
        )
    newer = [c for c in queries.certificates_of(row.application) if c.standing == Standing.VALID]
    context = {
        "row": row,
        "protected": queries.is_protected(row),
        "standing": Standing(row.standing),
        "kind": Kind(row.kind),
        "things": [Thing(t).label for t in json.loads(row.things)],
        "interest": Interest(row.interest).label if row.interest else "",
        "layout": LayoutRow.objects.filter(version=row.layout).first() if row.layout else None,
        "batch": BatchRow.objects.filter(subject=row.batch).first() if row.batch else None,
        "sealed": seals.log_of(row.serial),
        "issued_by": name_of(row.issued_by),
        "members": json.loads(row.members),
        "acts": buttons,
        "newer": [(c, page_of(c)) for c in newer if c.subject != row.subject],
        "application_page": reverse("relief:application", args=[key_of(row.application)]),
        "pdf": reverse("relief:pdf", args=[key]),
    }
    return render(request, "relief/certificate.html", context)


@reading("relief.personal")
@require_http_methods(["GET", "POST"])
def reissue(request: HttpRequest, key: str) -> HttpResponse:
    """Further copies of a certificate: the seal is used again, and logged with them."""
    row = _certificate(key)
    _may_see(request, row)
    refused: T | None = None
    if request.method == "POST":
        try:
            copies = int(request.POST.get("copies") or 0)
            reason, id = request.POST.get("reason", "").strip(), request.POST.get("id") or str(uuid.uuid4())
            issuing.reissue(row, actor_on(request), copies=copies, reason=reason, id=id)
            return HttpResponseRedirect(page_of(row), status=303)
        except ValueError:  # of a number, of the fact's fields, of the id
            refused = T("通数は1から50までの数字で入れてください。", "Enter the number of copies, 1 to 50.")
        except (Refused, StoreFailed) as no:
            refused = no.text
    context = {
        "row": row,
        "back": page_of(row),
        "refused": refused,
        "id": uuid.uuid4(),
        "copies": request.POST.get("copies", "1"),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "relief/reissue.html", context, status=422 if refused else 200)


@reading("relief.personal")
@require_GET
def pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The certificate as a signed PDF."""
    row = _certificate(key)
    _may_see(request, row)
    try:
        made = issuing.pdf(row)
    except Refused as no:
        context = {"title": CERTIFICATES, "refused": no.text, "back": page_of(row)}
        return render(request, "relief/refused.html", context, status=422)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"certificate-{row.serial}.pdf") or "inline"
    return response


@reading("relief.personal")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Whether a PDF, or the text of a QR code, is a certificate of this town's; and whether it still holds."""
    found: signing.Verified | None = None
    refused: T | None = None
    if request.method == "POST":
        file, text = request.FILES.get("file"), request.POST.get("qr", "").strip("\r\n")
        if file is not None and (file.size or 0) > LARGEST:
            refused = T("20 MB までのPDFを選んでください。", "Choose a PDF of at most 20 MB.")
        elif file is not None:
            found = signing.verify_pdf(file.read(), issuing.trusted())
        elif text:
            found = signing.verify_qr(text, issuing.trusted())
        else:
            refused = T(
                "PDFを選ぶか、二次元コードの文字を入れてください。", "Choose a PDF, or enter the QR code's text."
            )
    held: CertificateRow | None = (
        CertificateRow.objects.filter(serial=found.items.get("serial", "")).first() if found else None
    )
    if held is not None and not queries.may_see(actor_on(request), held):
        held = None
    context = {
        "found": found,
        "genuine": found is not None and found.verdict is signing.Verdict.GENUINE,
        "refused": refused,
        "items": [(label, _told(found.items[name])) for name, label in signing.ITEMS.items() if name in found.items]
        if found
        else [],
        "held": held,
        "standing": Standing(held.standing) if held else None,
        "page": page_of(held) if held else "",
    }
    return render(request, "relief/check.html", context)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    return str(T("はい", "yes") if value else T("いいえ", "no")) if isinstance(value, bool) else str(value)
