"""Staff, sections, roles and rules as spreadsheets, in and out: one definition of the columns serves both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tomoshibi.documents import Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import Actor
from tomoshibi.people import queries
from tomoshibi.people.facts import RoleAssigned, RoleDescribed, RuleDescribed, SectionDescribed, StaffDescribed
from tomoshibi.people.models import RoleRow, RuleRow, SectionRow, StaffRow
from tomoshibi.people.subjects import Role, Rule, Section, Staff
from tomoshibi.people.words import Members, Time
from tomoshibi.places.importing import Imported, Sheet, Values, chosen, named, several
from tomoshibi.places.keys import natural
from tomoshibi.places.queries import area_names, here, site_names
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.vocabulary import T

Source = str | Path | bytes | IO[bytes]
Parse = Callable[[Any], Any]

SECTION, STAFF, ROLE = T("課", "section"), T("職員", "member of staff"), T("役割", "role")
SITE, AREA = T("拠点", "site"), T("地区", "district")


def _text(value: Any) -> str:
    return str(value).strip()


def section_columns(section: Parse | None = None, site: Parse | None = None) -> Sequence[Column]:
    """Columns of the list of sections; the arguments find subjects by name when the list is read."""
    return (
        Column("code", T("課コード", "Section code"), aliases=("コード",), unique=True),
        Column("name", T("名称", "Name"), aliases=("課名", "所属名"), required=True),
        Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな")),
        Column("parent", T("上位の部・課", "Belongs to"), aliases=("部", "部局"), parse=section),
        Column("place", T("場所", "Site"), aliases=("庁舎",), parse=site),
        Column("team", T("災害時の班", "Team in a disaster"), aliases=("対策班", "班")),
        Column("phone", T("電話", "Phone"), aliases=("電話番号", "内線")),
        Column("email", T("メール", "E-mail"), aliases=("メールアドレス",)),
    )


def staff_columns(section: Parse | None = None, area: Parse | None = None) -> Sequence[Column]:
    """Columns of the list of staff. There is none for families or street addresses, on purpose."""
    return (
        Column("number", T("職員番号", "Staff number"), aliases=("番号", "社員番号"), required=True, unique=True),
        Column("name", T("氏名", "Name"), aliases=("名前", "職員名"), required=True, kind="name"),
        Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな", "氏名かな", "氏名カナ")),
        Column("section", T("所属", "Section"), aliases=("課", "所属課", "部署"), parse=section),
        Column("job_title", T("職名", "Title"), aliases=("役職", "職")),
        Column("skills", T("資格・技能", "Skills"), aliases=("資格", "技能"), parse=several(_text)),
        Column("email", T("メール", "E-mail"), aliases=("メールアドレス",)),
        Column("mobile", T("携帯電話", "Mobile phone"), aliases=("携帯", "携帯番号")),
        Column("phone", T("自宅電話", "Home phone"), aliases=("電話", "電話番号")),
        Column("home_area", T("居住地区", "Home area"), aliases=("地区",), parse=area),
        Column("needed", T("所要の職員", "Needed staff"), aliases=("所要", "所要職員"), kind="yes"),
    )


def role_columns(person: Parse | None = None) -> Sequence[Column]:
    """Columns of the list of roles; people are written by number or name."""
    return (
        Column("name", T("役割名", "Role"), aliases=("役割",), required=True),
        Column("time", T("時期", "Time"), parse=chosen(Time), required=True),
        Column("duties", T("任務", "Duties")),
        Column("team", T("班", "Team")),
        Column("order", T("並び順", "Order"), kind="integer"),
        Column("holder", T("担当者", "Holder"), parse=person),
        Column(
            "deputies",
            T("代理(順位順)", "Deputies in order"),
            aliases=("代理", "代行順位"),
            parse=several(person) if person else None,
        ),
    )


def rule_columns(
    section: Parse | None = None, role: Parse | None = None, site: Parse | None = None
) -> Sequence[Column]:
    """Columns of the list of rules 参集ルール."""
    return (
        Column("name", T("名称", "Name"), aliases=("ルール名",), required=True, unique=True),
        Column("occasion", T("どのようなとき", "Occasion"), aliases=("基準", "参集基準")),
        Column("members", T("参集の範囲", "Whom"), aliases=("範囲",), parse=chosen(Members)),
        Column("sections", T("対象の課", "Sections"), parse=several(section) if section else None),
        Column("roles", T("ほかに呼ぶ役割", "Roles called besides"), parse=several(role) if role else None),
        Column("gather_at", T("参集場所", "Where to gather"), parse=site),
        Column("posture", T("配備体制", "Posture"), aliases=("配備",)),
        Column("deadline_minutes", T("回答の期限(分)", "Answer within (min)"), kind="integer"),
        Column("remind_minutes", T("再送まで(分)", "Reminder after (min)"), kind="integer"),
        Column("escalate_minutes", T("代理を呼ぶまで(分)", "Deputies after (min)"), kind="integer"),
        Column("order", T("並び順", "Order"), kind="integer"),
    )


def load_sections(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the sections of a list. One that belongs to a section of the same list is found on a second reading.

    Raises :class:`~tomoshibi.documents.SheetError` for a list that is not used.
    """
    rows = {r.subject: r for r in queries.sections()}
    by_code = {r.code: r.subject for r in rows.values() if r.code}
    by_name = {r.name: r.subject for r in rows.values()}

    def subject_of(values: Values) -> str:
        code, name = values["code"] or "", values["name"]
        return (by_code.get(code) if code else by_name.get(name)) or natural(Section, here(), code or name)

    # the list's own sections may be named as parents in it, whatever their order
    bare = read_sheet(source, section_columns())
    own = [(str(row.values[k]), subject_of(row.values)) for row in bare.rows for k in ("name", "code") if row.values[k]]
    columns = section_columns(named([*section_names(), *own], SECTION), named(site_names(), SITE))
    if not isinstance(source, str | Path | bytes):
        source.seek(0)
    return Sheet(SectionDescribed, columns, subject_of, lambda: {k: _section(r) for k, r in rows.items()}).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def load_staff(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the staff of a list. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used."""
    columns = staff_columns(named(section_names(), SECTION), named(area_names(), AREA))
    rows = {r.subject: r for r in StaffRow.objects.all()}
    by_number = {r.number: r.subject for r in rows.values()}

    def subject_of(values: Values) -> str:
        return by_number.get(values["number"]) or natural(Staff, here(), values["number"])

    return Sheet(StaffDescribed, columns, subject_of, lambda: {k: _person(r) for k, r in rows.items()}).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def load_roles(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record roles and who holds them. Raises :class:`~tomoshibi.documents.SheetError` for a list that is not used."""
    columns = role_columns(named(staff_names(), STAFF))
    rows = {r.subject: r for r in RoleRow.objects.all()}
    by_name = {(r.name, r.time): r.subject for r in rows.values()}

    def subject_of(values: Values) -> str:
        name, time = values["name"], values["time"].value
        return by_name.get((name, time)) or natural(Role, here(), name, time)

    def known() -> Mapping[str, Values]:
        return {k: _role(r) for k, r in rows.items()}

    result = read_sheet(source, columns)
    described = Sheet(RoleDescribed, columns, subject_of, known).load(result, actor, accept_good=accept_good)
    # who holds them is a second fact of the same row; a row without either column says nothing
    assigned = Sheet(RoleAssigned, columns, subject_of, known).load(result, actor, accept_good=accept_good)
    changed = max(described.changed, assigned.new + assigned.changed - described.new)
    total = described.new + described.changed + described.same
    return Imported(described.new, changed, total - described.new - changed, described.problems)


def load_rules(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record rules of call-out. Raises :class:`~tomoshibi.documents.SheetError` for a list that is not used."""
    columns = rule_columns(named(section_names(), SECTION), named(role_names(), ROLE), named(site_names(), SITE))
    rows = {r.subject: r for r in queries.rules()}
    by_name = {r.name: r.subject for r in rows.values()}

    def subject_of(values: Values) -> str:
        return by_name.get(values["name"]) or natural(Rule, here(), values["name"])

    return Sheet(RuleDescribed, columns, subject_of, lambda: {k: _rule(r) for k, r in rows.items()}).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def section_names() -> list[tuple[str, str]]:
    """Pairs by which a list may name a section: its name or code, and its reference."""
    return _called(queries.sections().values_list("name", "code", "subject"))


def staff_names() -> list[tuple[str, str]]:
    """Pairs by which a list may name one of the staff: name or number, and the reference."""
    return _called(queries.staff().values_list("name", "number", "subject"))


def role_names() -> list[tuple[str, str]]:
    """Pairs by which a list may name a role: ``役割名（時期）``, and its reference."""
    return [(f"{r.name}({Time(r.time).label.ja})", r.subject) for r in queries.roles()]


def _called(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(called, ref) for name, number, ref in rows for called in (name, number) if called]


def _section(row: SectionRow) -> Values:
    return {c.name: getattr(row, c.name) for c in section_columns()}


def _person(row: StaffRow) -> Values:
    values = {c.name: getattr(row, c.name) for c in staff_columns() if c.name not in ("job_title", "skills")}
    return {**values, "job_title": row.title, "skills": row.skills.split("、") if row.skills else []}


def _role(row: RoleRow) -> Values:
    values = {c.name: getattr(row, c.name) for c in role_columns() if c.name not in ("time", "deputies")}
    return {**values, "time": Time(row.time), "deputies": json.loads(row.deputies)}


def _rule(row: RuleRow) -> Values:
    values = {c.name: getattr(row, c.name) for c in rule_columns() if c.name not in ("members", "sections", "roles")}
    return {**values, "members": Members(row.members), "sections": row.section_refs, "roles": row.role_refs}


def section_sheet(rows: Iterable[SectionRow]) -> OutSheet:
    """Sections as a sheet that :func:`load_sections` reads back."""
    rows = list(rows)
    names = {**queries.names_of(r.parent for r in rows), **place_names(r.place for r in rows)}
    shown = [{**_section(r), "parent": names.get(r.parent, ""), "place": names.get(r.place, "")} for r in rows]
    return OutSheet(T("課・班", "Sections"), section_columns(), shown)


def staff_sheet(rows: Iterable[StaffRow]) -> OutSheet:
    """Staff as a sheet that :func:`load_staff` reads back; whoever exports it has read personal data."""
    rows = list(rows)
    names = {**queries.names_of(r.section for r in rows), **place_names(r.home_area for r in rows)}
    shown = [
        {
            **_person(r),
            "section": names.get(r.section, ""),
            "home_area": names.get(r.home_area, ""),
            "skills": r.skills,
        }
        for r in rows
    ]
    return OutSheet(T("職員", "Staff"), staff_columns(), shown)


def role_sheet(rows: Iterable[RoleRow]) -> OutSheet:
    """Roles as a sheet that :func:`load_roles` reads back; people stand there by number."""
    numbers = dict(StaffRow.objects.values_list("subject", "number"))
    shown = [
        {
            **_role(r),
            "time": Time(r.time).label,
            "holder": numbers.get(r.holder, ""),
            "deputies": "、".join(numbers.get(d, "") for d in json.loads(r.deputies)),
        }
        for r in rows
    ]
    return OutSheet(T("役割", "Roles"), role_columns(), shown)


def rule_sheet(rows: Iterable[RuleRow]) -> OutSheet:
    """Rules as a sheet that :func:`load_rules` reads back."""
    rows = list(rows)
    codes = dict(SectionRow.objects.values_list("subject", "name"))
    roles = {ref: name for name, ref in role_names()}
    sites = place_names(r.gather_at for r in rows)
    shown = [
        {
            **_rule(r),
            "members": Members(r.members).label,
            "sections": "、".join(codes.get(s, "") for s in r.section_refs),
            "roles": "、".join(roles.get(s, "") for s in r.role_refs),
            "gather_at": sites.get(r.gather_at, ""),
        }
        for r in rows
    ]
    return OutSheet(T("参集ルール", "Call-out rules"), rule_columns(), shown)
