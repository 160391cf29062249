"""Lists of a scheme: its claims, the households that have not asked, and what is to be paid."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tomoshibi.documents import Column, drawn, table_pdf, write_csv, write_xlsx
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.messages import marked
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.places.listing import TYPES, Cell, Filter, Listing, Shown
from tomoshibi.relief import entitlements, issuing, queries, rounds
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.rounds import Programme
from tomoshibi.relief.scheme_views import address_in, programme_on
from tomoshibi.relief.victim_models import ClaimRow
from tomoshibi.relief.victim_views import page_of_household
from tomoshibi.relief.words import Kind
from tomoshibi.residents import queries as residents
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass

_STATES = {
    "decide": T("決定待ち", "to be decided"),
    "pay": T("支払待ち", "to be paid"),
    "changed": T("額が変わった", "amount has changed"),
    "paid": T("支払済み", "paid"),
    "over": T("過払い", "overpaid"),
    "refused": T("不支給", "refused"),
}


_DECIDED = Q(refused="", amount__isnull=False)
_STATE: dict[str, Q] = {
    "decide": Q(refused="", amount=None),
    "pay": _DECIDED & Q(owed=F("amount"), paid__lt=F("amount")),
    "changed": _DECIDED & ~Q(owed=F("amount")) & Q(over=0),
    "paid": _DECIDED & Q(owed=F("amount"), paid__gte=F("amount"), over=0),
    "over": Q(over__gt=0),
    "refused": ~Q(refused="") & Q(over=0),
}


def _state(row: ClaimRow) -> T:
    """What :data:`_STATE` finds a claim by, in words."""
    if row.over:
        return _STATES["over"]
    if row.refused:
        return _STATES["refused"]
    if row.amount is None:
        return _STATES["decide"]
    if row.owed != row.amount:
        return _STATES["changed"]
    return _STATES["paid" if row.paid >= row.amount else "pay"]


_COLUMNS = (
    Column("householder", T("世帯主", "Householder"), kind="name"),
    Column("person", T("対象の人", "For whom"), kind="name"),
    Column("address", T("住所", "Address")),
    Column("case", T("区分", "Case")),
    Column("amount", T("決定額（円）", "Decided (yen)"), kind="integer"),
    Column("paid", T("支払済み（円）", "Paid (yen)"), kind="integer"),
    Column("rest", T("支払う額（円）", "To pay (yen)"), kind="integer"),
    Column("account", T("振込先の確認", "Account seen")),
    Column("asked", T("申請日", "Asked on"), kind="date"),
    Column("state", T("状態", "State")),
)


def _case(held: Programme, claim: ClaimRow) -> T | str:
    """By which of a scheme's cases, or which class of damage, a claim goes."""
    cases = {p.key: p.by_case or p.as_class for p in held.parts}.get(claim.scheme, ())
    if claim.case is not None and claim.case < len(cases):
        return cases[claim.case][0]
    return DamageClass(claim.damage_class).label if claim.damage_class else ""


def _people(held: Programme, refs: Iterable[str], actor: Actor) -> dict[str, residents.Person]:
    """Whom claims are for, the dead among them: as they are in the register, or were on the day of the disaster."""
    every = list(refs)
    return residents.persons(every, actor, issuing.disaster_day(held.incident)) | residents.persons(every, actor)


def _lines(held: Programme, claims: Sequence[ClaimRow], actor: Actor) -> list[dict[str, Any]]:
    """Claims as lines of a list, each with whose it is."""
    applied = rounds.householders(held.incident, [c.household for c in claims])
    homes = {h.ref: h for h in residents.households([c.household for c in claims if c.household not in applied], actor)}
    people = _people(held, [c.person for c in claims if c.person], actor)
    found = []
    for claim in claims:
        row, home = applied.get(claim.household), homes.get(claim.household)
        found.append(
            {
                "householder": row.householder if row else home.head.name if home else "",
                "person": people[claim.person].name if claim.person in people else "",
                "address": row.householder_address if row else home.where if home else "",
                "case": str(_case(held, claim)),
                "amount": claim.amount,
                "paid": claim.paid,
                "rest": max(claim.rest, 0),
                "account": claim.account,
                "asked": claim.asked_at.astimezone(JAPAN).date(),
                "state": str(_state(claim)),
            }
        )
    return found


@reading("relief.personal")
@require_GET
def claims(request: HttpRequest, key: str) -> HttpResponse:
    """Every claim for a scheme, by how far it is."""
    actor = actor_on(request)
    incident, held, _ = programme_on(request, key)
    if held is None:
        raise Http404
    rows = held.claims()
    rows = entitlements.rows_seen(actor, rows)
    applied = ApplicationRow.objects.filter(household=OuterRef("household"), incident__in=queries.whole(held.incident))
    rows = rows.annotate(householder=Subquery(applied.order_by("applied_at").values("householder")[:1]))
    people = _people(held, rows.exclude(person="").values_list("person", flat=True), actor)

    return Listing(
        title=T(f"{held.name.ja} 申請の一覧", f"{held.name.en}: claims"),
        name="claims",
        rows=rows,
        words=("householder",),
        columns=(
            Shown(
                T("世帯主", "Householder"),
                lambda r: Cell(r.householder or "―", page_of_household(r.household, incident.subject)),
                ("householder",),
            ),
            Shown(T("対象の人", "For whom"), lambda r: people[r.person].name if r.person in people else ""),
            Shown(T("区分", "Case"), lambda r: _case(held, r)),
            Shown(T("決定額（円）", "Decided (yen)"), lambda r: r.amount, ("amount",), figure=True),
            Shown(T("支払済み（円）", "Paid (yen)"), lambda r: r.paid, ("paid",), figure=True),
            Shown(T("過払い（円）", "Overpaid (yen)"), lambda r: r.over or None, ("over",), figure=True),
            Shown(T("申請日", "Asked on"), lambda r: f"{r.asked_at.astimezone(JAPAN):%Y-%m-%d}", ("asked_at",)),
            Shown(T("状態", "State"), lambda r: Cell(mark=_state(r))),
        ),
        filters=(
            Filter(
                "state",
                T("状態", "State"),
                list(_STATES.items()),
                lambda found, value: found.filter(_STATE[value]),
            ),
        ),
        sheet=lambda found: OutSheet(held.name, _COLUMNS, _lines(held, list(found), actor)),
        exported=lambda found: log_reading(actor, [r.household for r in found], request.path),
        acts=[(T("制度へ戻る", "Back"), address_in("scheme", incident, key))],
        empty=T("申請を受けると、ここに並びます。", "Claims appear here once they are taken."),
    ).respond(request)


@reading("relief.personal")
@require_GET
def unasked(request: HttpRequest, key: str) -> HttpResponse:
    """Households that are entitled by their judged damage and have not asked: whom to write to."""
    actor = actor_on(request)
    incident, held, _ = programme_on(request, key)
    part = held.household_part() if held else None
    if held is None or part is None:
        raise Http404
    have = set(held.claims().filter(person="").values_list("household", flat=True))
    if not actor.may("residents.protected"):
        have |= entitlements.sealed()
    known = rounds.homes(incident.subject)
    owed = {ref: yen for ref, h in known.of.items() if ref not in have and (yen := part.amount(h.damage, h.people))}
    newest = {row.household: row.pk for row in rounds.householders(incident.subject, owed).values()}
    rows = queries.seen_by(queries.applications(incident.subject).filter(kind=Kind.DISASTER), actor)
    columns = (
        Column("householder", T("世帯主", "Householder"), kind="name"),
        Column("householder_address", T("世帯主住所", "Householder's address")),
        Column("contact", T("連絡先", "Contact")),
        Column("damage", T("被害の程度", "Damage")),
        Column("yen", T("見込額（円）", "Expected (yen)"), kind="integer"),
    )

    def sheet(found: Iterable[Any]) -> OutSheet:
        lines = [
            {
                **{c.name: getattr(r, c.name, None) for c in columns},
                "damage": str(known.of[r.household].damage.label),
                "yen": owed[r.household],
            }
            for r in found
        ]
        return OutSheet(held.name, columns, lines)

    return Listing(
        title=T(f"{held.name.ja} まだ申請していない世帯", f"{held.name.en}: households that have not asked"),
        name="unasked",
        rows=rows.filter(pk__in=list(newest.values())),
        words=("householder", "householder_kana", "householder_address"),
        columns=(
            Shown(
                T("世帯主", "Householder"),
                lambda r: Cell(r.householder, page_of_household(r.household, incident.subject)),
                ("householder_kana", "householder"),
            ),
            Shown(T("世帯主住所", "Householder's address"), lambda r: r.householder_address, ("householder_address",)),
            Shown(T("連絡先", "Contact"), lambda r: r.contact),
            Shown(T("被害の程度", "Damage"), lambda r: known.of[r.household].damage.label),
            Shown(T("見込額（円）", "Expected (yen)"), lambda r: owed[r.household], figure=True),
        ),
        sheet=sheet,
        exported=lambda found: log_reading(actor, [r.household for r in found], request.path),
        acts=[(T("制度へ戻る", "Back"), address_in("scheme", incident, key))],
        empty=T("判定の済んだ世帯は、みな申請しています。", "Every household that was judged has asked."),
    ).respond(request)


@reading("relief.support_paid")
@require_GET
def payments(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The payment list: what is left of each claim that was decided, under the number by which it is recorded."""
    actor = actor_on(request)
    incident, held, _ = programme_on(request, key)
    if held is None or form not in TYPES:
        raise Http404
    if not actor.may("relief.personal"):
        raise NotAllowed(T("支払一覧を見る権限がありません。", "You hold no role that may see payment lists."))
    planned = rounds.to_pay(held, actor)
    log_reading(actor, [c.household for c in planned.claims], request.path)
    lines = _lines(held, planned.claims, actor)
    title = T(
        f"{held.name.ja} 支払一覧 {planned.number}",
        f"{held.name.en}: payment list {planned.number}",
    )
    columns = [c for c in _COLUMNS if c.name not in ("state", "paid", "amount")]
    out = io.BytesIO()
    if form == "pdf":
        notes = [
            T(
                f"{len(lines)} 件 合計 {planned.yen:,} 円（{incident.title}）。",
                f"{len(lines)} payments, {planned.yen:,} yen in all ({incident.title}).",
            )
        ]

        def table(title: T, rows: Any, **options: Any) -> bytes:
            return table_pdf(title, columns, rows, orientation="landscape", **options)

        made = drawn(table, title, lines, notes=notes, created=worlds.now(), training=worlds.is_training())
        out.write(made)
    else:
        (write_csv if form == "csv" else write_xlsx)(OutSheet(marked(title), tuple(columns), lines), out)
    response = HttpResponse(out.getvalue(), content_type=TYPES[form])
    name = f"payments-{planned.number}.{form}"
    response["Content-Disposition"] = content_disposition_header(form != "pdf", name) or ""
    return response
