"""Pages of people: staff, sections, roles and rules as lists, one of the staff, lists taken in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.documents import CellError
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, given_id, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.people import queries, sheets
from tomoshibi.people.answering import answer
from tomoshibi.people.facts import RoleAssigned
from tomoshibi.people.models import RoleRow, StaffRow
from tomoshibi.people.subjects import Role, Staff
from tomoshibi.people.words import Members, Time
from tomoshibi.places.importing import named
from tomoshibi.places.listing import Cell, Filter, ListImport, Listing, Shown
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.places.views import acts, key_of
from tomoshibi.vocabulary import T

__all__ = ["answer"]

STAFF, SECTIONS = T("職員", "Staff"), T("課・班", "Sections")
ROLES, RULES = T("役割と代理", "Roles and deputies"), T("参集ルール", "Call-out rules")


@reading("people.read")
@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    """The list of staff: names and places of work; addresses only in spreadsheets, for those who may, and logged."""
    actor = actor_on(request)
    personal = actor.may("people.personal")
    left = request.GET.get("left") == "1"
    sections = dict(queries.sections().values_list("subject", "name"))

    def exported(rows: Iterable[StaffRow]) -> None:
        if personal and request.GET.get("as") != "pdf":  # any other is the screen's list: names without addresses
            log_reading(actor, [r.subject for r in rows], request.path)

    return Listing(
        title=STAFF,
        name="staff",
        rows=StaffRow.objects.filter(left=left).order_by("number", "kana"),
        words=("name", "kana", "number", "title", "skills"),
        columns=(
            Shown(T("職員番号", "Staff number"), lambda r: r.number, ("number",)),
            Shown(T("氏名", "Name"), lambda r: Cell(r.name, staff_page(r.subject)), ("kana", "name")),
            Shown(T("所属", "Section"), lambda r: sections.get(r.section, ""), ("section", "number")),
            Shown(T("職名", "Title"), lambda r: r.title, ("title", "number")),
            Shown(T("所要の職員", "Needed"), lambda r: T("○", "Yes") if r.needed else "", ("needed", "number")),
            Shown(T("資格・技能", "Skills"), lambda r: r.skills),
        ),
        filters=(
            Filter(
                "section",
                T("所属", "Section"),
                list(sections.items()),
                lambda rows, value: rows.filter(section__in=queries.below([value], queries.section_parents())),
            ),
            Filter(
                "needed",
                T("所要の職員", "Needed"),
                [("1", T("所要の職員", "Needed staff"))],
                lambda rows, value: rows.filter(needed=True),
            ),
            Filter("left", T("在職", "In office"), [("1", T("退職・転出した人", "Left"))], lambda rows, value: rows),
        ),
        sheet=sheets.staff_sheet if personal else None,
        exported=exported,
        acts=acts(
            actor,
            ("people.staff_described", T("登録する", "Add"), record_address("people.staff_described")),
            ("people.staff_described", T("取り込む", "Import"), reverse("people:import_staff")),
        ),
        empty=T(
            "職員の一覧です。課を先に取り込み、次に職員を Excel から取り込んでください。",
            "Staff appear here. Import sections first, then staff, from Excel.",
        ),
    ).respond(request)


def _own_page(row: Any) -> Cell:
    return Cell(row.name, about=row.subject)


def staff_page(subject: str) -> str:
    """Address of the page of one of the staff."""
    return reverse("people:person", args=[key_of(subject)])


@reading("people.read")
@require_GET
def person(request: HttpRequest, key: str) -> HttpResponse:
    """One of the staff. Telephones and home area are shown to those who may see them, and that is logged."""
    row = StaffRow.objects.filter(subject=Staff.ref(key)).first()
    if row is None:
        raise Http404
    actor = actor_on(request)
    personal = actor.may("people.personal")
    if personal:
        log_reading(actor, [row.subject], request.path)
    here = request.path
    end = "people.staff_returned" if row.left else "people.staff_left"
    end_word = T("復職", "Returned") if row.left else T("退職・転出", "Left")
    section = queries.sections().filter(subject=row.section).first()
    context = {
        "row": row,
        "personal": personal,
        "section": section,
        "home": place_names([row.home_area]).get(row.home_area, ""),
        "roles": [
            (r, r.chain.index(row.subject), Time(r.time).label) for r in queries.roles() if row.subject in r.chain
        ],
        "disputed": SubjectRow.objects.filter(subject=row.subject).exclude(conflicts="[]").exists(),
        "acts": acts(
            actor,
            (
                "people.staff_described",
                T("変更する", "Change"),
                record_address("people.staff_described", row.subject, next=here),
            ),
            (end, end_word, record_address(end, row.subject, next=here)),
        ),
    }
    return render(request, "people/person.html", context)


@reading("people.read")
@require_GET
def sections(request: HttpRequest) -> HttpResponse:
    """The list of sections."""
    rows = list(queries.sections())
    names = {r.subject: r.name for r in rows}
    places = place_names(r.place for r in rows)
    sizes: dict[str, int] = {}
    for at in queries.staff().values_list("section", flat=True):
        sizes[at] = sizes.get(at, 0) + 1
    return Listing(
        title=SECTIONS,
        name="sections",
        rows=queries.sections(),
        words=("name", "kana", "team", "code"),
        columns=(
            Shown(T("課コード", "Code"), lambda r: r.code, ("code",)),
            Shown(
                T("名称", "Name"),
                lambda r: Cell(r.name, about=r.subject),
                ("kana", "name"),
            ),
            Shown(T("上位の部・課", "Belongs to"), lambda r: names.get(r.parent, ""), ("parent", "code")),
            Shown(T("災害時の班", "Team in a disaster"), lambda r: r.team, ("team", "code")),
            Shown(T("場所", "Site"), lambda r: places.get(r.place, ""), ("place", "code")),
            Shown(T("電話", "Phone"), lambda r: r.phone),
            Shown(T("職員数", "Staff"), lambda r: sizes.get(r.subject, 0), figure=True),
        ),
        filters=(
            Filter(
                "team",
                T("災害時の班", "Team"),
                [(t, t) for t in dict.fromkeys(sorted(r.team for r in rows if r.team))],
                lambda found, value: found.filter(team=value),
            ),
        ),
        sheet=sheets.section_sheet,
        acts=acts(
            actor_on(request),
            ("people.section_described", T("登録する", "Add"), record_address("people.section_described")),
            ("people.section_described", T("取り込む", "Import"), reverse("people:import_sections")),
        ),
        empty=T("課・班の一覧です。Excel から取り込んでください。", "Sections appear here. Import them from Excel."),
    ).respond(request)


@reading("people.read")
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Who holds each role in each of the three times, and who acts in it now."""
    if request.GET.get("as"):
        return Listing(ROLES, "roles", queries.roles(), _role_columns(), sheet=sheets.role_sheet).respond(request)
    rows = list(queries.roles())
    newest = queries.open_call_outs().first()
    acting = {a.role.subject: a for a in queries.who_acts(rows, newest.subject if newest else "")}
    names = queries.names_of(ref for r in rows for ref in r.chain)
    table = []
    for name, group in groupby(sorted(rows, key=lambda r: (r.order, r.name)), key=lambda r: r.name):
        found = {r.time: r for r in group}
        first = next(iter(found.values()))
        cells = [_standing(found.get(time.value), acting, names) for time in Time]
        table.append({"name": name, "team": first.team, "duties": first.duties, "cells": cells})
    actor = actor_on(request)
    context = {
        "title": ROLES,
        "times": list(Time),
        "table": table,
        "call_out": newest,
        "may_assign": actor.may("people.role_assigned"),
        "acts": acts(
            actor,
            ("people.role_described", T("登録する", "Add"), record_address("people.role_described")),
            ("people.role_described", T("取り込む", "Import"), reverse("people:import_roles")),
        ),
    }
    return render(request, "people/roles.html", context)


def _standing(role: RoleRow | None, acting: dict[str, queries.Acting], names: dict[str, str]) -> dict[str, Any] | None:
    if role is None:
        return None
    now = acting[role.subject]
    return {
        "role": role,
        "key": key_of(role.subject),
        "person": names.get(now.person or "", ""),
        "page": staff_page(now.person) if now.person else "",
        "place": now.place,
        "sure": now.sure,
        "chain": [names.get(ref, "―") for ref in role.chain],
    }


#: lines for deputies on the page that assigns a role
DEPUTIES = 5


@reading("people.role_assigned")
@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest, key: str) -> HttpResponse:
    """Who holds a role, and who stands in, in order: a page of its own, because the order matters."""
    role = RoleRow.objects.filter(subject=Role.ref(key)).first()
    if role is None:
        raise Http404
    actor = actor_on(request)
    everybody = list(queries.staff())
    sections = dict(queries.sections().values_list("subject", "name"))
    words = {p.subject: f"{p.number} {p.name}" for p in everybody}
    holder, *deputies = role.chain if role.holder else ["", *role.chain]
    lines = [words.get(holder, ""), *(words.get(d, "") for d in deputies)]
    shown = SubjectRow.objects.filter(subject=role.subject).first()
    refused: T | None = None
    if request.method == "POST":
        lines = [line.strip() for line in request.POST.getlist("person")]
        try:
            first, *others = _people(lines or [""], everybody)
            fact = RoleAssigned(holder=first, deputies=[ref for ref in others if ref])
            after = request.POST.get("after", "").split()
            record(Draft(fact, role.subject, after=after, id=given_id(request.POST)), actor)
            return HttpResponseRedirect(reverse("people:roles"), status=303)
        except (Refused, StoreFailed) as refusal:
            refused = refusal.text
    context = {
        "role": role,
        "time": Time(role.time).label,
        "lines": [*lines, *[""] * (1 + DEPUTIES - len(lines))],
        "people": [(words[p.subject], f"{sections.get(p.section, '')} {p.title}") for p in everybody],
        "after": " ".join(request.POST.get("after", "").split() if refused else shown.head_ids if shown else []),
        "id": request.POST.get("id") if refused else str(uuid.uuid4()),
        "refused": refused,
    }
    return render(request, "people/assign.html", context, status=422 if refused else 200)


def _people(lines: list[str], everybody: list[StaffRow]) -> list[str]:
    """References of the people named on these lines by number or name. Raises :class:`Refused` for one unknown."""
    known = [(word, p.subject) for p in everybody for word in (p.number, p.name, f"{p.number}{p.name}") if word]
    find = named(known, sheets.STAFF)
    found = []
    for line in lines:
        try:
            found.append(find(line) if line else "")
        except CellError as error:
            said = T("「{line}」: {what}。{remedy}", "“{line}”: {what}. {remedy}")
            raise Refused(said.format(line=line, what=error.text, remedy=error.remedy), "person") from None
    return found


def _role_columns() -> tuple[Shown, ...]:
    names = queries.names_of(ref for r in queries.roles() for ref in r.chain)
    return (
        Shown(T("役割", "Role"), lambda r: r.name),
        Shown(T("時期", "Time"), lambda r: Time(r.time).label),
        Shown(T("班", "Team"), lambda r: r.team),
        Shown(T("担当者", "Holder"), lambda r: names.get(r.holder, "")),
        Shown(T("代理（順位順）", "Deputies"), lambda r: "、".join(names.get(ref, "") for ref in r.chain[1:])),
    )


@reading("people.read")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of who gathers, with how many each would call now."""
    names = dict(queries.sections().values_list("subject", "name"))
    everybody, parents, holders = list(queries.staff()), queries.section_parents(), queries.holders()
    places = place_names(r.gather_at for r in queries.rules())

    def called(rule: Any) -> int:
        return len(queries.whom_to_call(rule, everybody, parents, holders))

    def meant(rule: Any) -> str:
        return "、".join(names.get(s, "―") for s in rule.section_refs) or str(T("全庁", "Whole town"))

    return Listing(
        title=RULES,
        name="rules",
        rows=queries.rules(),
        words=("name", "occasion"),
        columns=(
            Shown(T("名称", "Name"), _own_page, ("name",)),
            Shown(T("どのようなとき", "Occasion"), lambda r: r.occasion),
            Shown(T("対象の課", "Sections"), meant),
            Shown(T("参集の範囲", "Whom"), lambda r: Members(r.members).label, ("members", "order")),
            Shown(T("いま呼ばれる人数", "Called now"), called, figure=True),
            Shown(T("参集場所", "Where"), lambda r: places.get(r.gather_at, "")),
            Shown(T("配備体制", "Posture"), lambda r: r.posture),
            Shown(T("回答の期限(分)", "Answer within (min)"), lambda r: r.deadline_minutes, figure=True),
        ),
        sheet=sheets.rule_sheet,
        acts=acts(
            actor_on(request),
            ("people.rule_described", T("登録する", "Add"), record_address("people.rule_described")),
            ("people.rule_described", T("取り込む", "Import"), reverse("people:import_rules")),
        ),
        empty=T(
            "だれが、どのようなときに参集するかの決まりです。登録するか、Excel から取り込んでください。",
            "Who gathers on which occasion. Add a rule, or import them from Excel.",
        ),
    ).respond(request)


@reading("people.read")
@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest, what: str) -> HttpResponse:
    """Take a list of staff, sections, roles or rules in."""
    made = {
        "staff": lambda: ListImport(
            STAFF, "people.staff_described", sheets.staff_columns(), sheets.load_staff, reverse("people:staff")
        ),
        "sections": lambda: ListImport(
            SECTIONS,
            "people.section_described",
            sheets.section_columns(),
            sheets.load_sections,
            reverse("people:sections"),
        ),
        "roles": lambda: ListImport(
            ROLES, "people.role_described", sheets.role_columns(), sheets.load_roles, reverse("people:roles")
        ),
        "rules": lambda: ListImport(
            RULES, "people.rule_described", sheets.rule_columns(), sheets.load_rules, reverse("people:rules")
        ),
    }
    return made[what]().respond(request)
