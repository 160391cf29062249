"""The plan as a book: chapters with texts, tables, organisation charts and flow charts, all from one copy of the plan.

A copy (:func:`.revisions.copy_now`, or that of an approved edition) is everything that is needed, so that a page, the
printed plan and an old edition are the same book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tomoshibi.continuity.forms import FORMS, ITEM_FORMS, Form
from tomoshibi.continuity.plan_words import Chapter, Procedure, StepKind
from tomoshibi.continuity.revisions import Copy, said
from tomoshibi.continuity.words import IMPACT_HOURS
from tomoshibi.people.words import Time
from tomoshibi.vocabulary import T

Cells = Mapping[str, Any]
BY_TITLE: dict[str, Form] = {form.title.ja: form for form in FORMS}
IMPACT_TIMES = {
    3: T("3時間", "3 h"),
    24: T("1日", "1 d"),
    72: T("3日", "3 d"),
    168: T("1週", "1 w"),
    336: T("2週", "2 w"),
    720: T("1月", "1 m"),
}


@dataclass(frozen=True)
class Line:
    """A row of a table: the subject behind it (empty: none) and its cells."""

    subject: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of the plan: ``widths`` are the columns' shares of the page; ``kind`` is the fact that adds a row."""

    title: T
    heads: tuple[T, ...]
    lines: tuple[Line, ...]
    widths: tuple[float, ...]
    kind: str = ""


@dataclass(frozen=True)
class Step:
    """A step in a flow chart; ``otherwise`` are the steps that follow where the answer is no."""

    shape: StepKind
    phase: str
    who: str
    act: str
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Flow:
    """A flow chart: the steps from beginning to end."""

    title: T
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Post:
    """A role in an organisation chart."""

    name: str
    holder: str
    deputies: str
    duties: str


@dataclass(frozen=True)
class Chart:
    """The organisation in one of the three times: who leads, and the teams with their roles."""

    title: T
    head: Post
    teams: tuple[tuple[str, tuple[Post, ...]], ...]


@dataclass(frozen=True)
class Passage:
    """A passage of text."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass
class ChapterBook:
    """One chapter."""

    chapter: Chapter
    passages: list[Passage] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)


#: tables by chapter: the sheet, and its columns with their shares of the width
_TABLES: dict[Chapter, tuple[tuple[str, tuple[tuple[str, float], ...]], ...]] = {
    Chapter.SCOPE: (("被害想定", (("threat", 1.2), ("cause", 1.4), ("assumed", 4), ("outage_hours", 0.8))),),
    Chapter.PRESENT: (
        (
            "情報システム一覧",
            (("code", 0.6), ("name", 3), ("business", 2.2), ("section", 1.2), ("vendor", 1.8), ("net_zone", 1.5)),
        ),
        ("データ", (("code", 0.7), ("name", 2.5), ("section", 1.5), ("place", 2))),
        ("庁舎", (("code", 0.7), ("name", 2.2), ("building_weakness", 2.5), ("place_weakness", 2))),
        (
            "機器設置場所",
            (
                ("code", 0.6),
                ("name", 2),
                ("item_kind", 1.1),
                ("place", 1.6),
                ("room", 1.3),
                ("fixing", 1),
                ("place_weakness", 1.4),
            ),
        ),
        ("電力・通信", (("code", 0.6), ("name", 2.2), ("item_kind", 1.4), ("ends", 2.8), ("note", 2.4))),
        (
            "外部事業者",
            (("code", 0.6), ("name", 2), ("business", 1.8), ("area", 1.8), ("phone", 1.3), ("contact", 1.8)),
        ),
        (
            "契約の内容",
            (("item", 2), ("vendor_item", 2), ("covers", 3), ("disaster_clause", 0.9), ("contract_until", 1.1)),
        ),
    ),
    Chapter.RISKS: (
        (
            "リスク",
            (
                ("code", 0.6),
                ("name", 1.8),
                ("threat", 1),
                ("cause", 1.3),
                ("place", 1.2),
                ("consequence", 3),
                ("level", 0.6),
                ("yearly", 0.7),
                ("outage_hours", 0.7),
            ),
        ),
        (
            "対策",
            (
                ("code", 0.6),
                ("name", 2.6),
                ("risks", 2.2),
                ("owner", 1.2),
                ("state", 1),
                ("due", 1.1),
                ("cost_yen", 1.1),
            ),
        ),
    ),
    Chapter.IMPACT: (
        (
            "復旧の見積り",
            (
                ("item", 2.4),
                ("recovery_min", 0.8),
                ("recovery_likely", 0.8),
                ("recovery_max", 0.8),
                ("crew", 1.4),
                ("crew_size", 0.6),
                ("vendor_needed", 2),
                ("parts_hours", 0.8),
            ),
        ),
        (
            "必要最小資源",
            (
                ("service", 2.4),
                ("name", 1.4),
                ("hours_3", 0.7),
                ("day_1", 0.7),
                ("days_3", 0.7),
                ("week_1", 0.7),
                ("note", 1.6),
            ),
        ),
    ),
    Chapter.BACKUP: (
        (
            "バックアップ",
            (
                ("item", 1.4),
                ("name", 1.2),
                ("every_hours", 0.7),
                ("media", 1.3),
                ("place", 1.4),
                ("elsewhere", 1.5),
                ("generations", 0.6),
                ("keeper", 1.1),
                ("restore_tested", 1.1),
            ),
        ),
    ),
    Chapter.ROLES: (
        (
            "復旧要員",
            (("name", 2), ("people", 0.8), ("arrival_min", 1), ("arrival_likely", 1), ("arrival_max", 1), ("note", 2)),
        ),
    ),
    Chapter.RESPONSE: (
        (
            "参集ルール",
            (("name", 1.4), ("occasion", 2.4), ("members", 1), ("sections", 2), ("posture", 1), ("gather_at", 1.6)),
        ),
        ("被害チェックシート", (("name", 1.6), ("where", 1), ("how", 3.2), ("who", 1.3))),
        (
            "協定",
            (
                ("name", 2.2),
                ("agreement_kind", 1.2),
                ("partner", 1.2),
                ("content", 2.8),
                ("since", 1.1),
                ("contact", 1.1),
            ),
        ),
        (
            "端末・プリンタの貸出・借用",
            (
                ("name", 1.6),
                ("direction", 0.7),
                ("count", 0.6),
                ("partner", 1.6),
                ("place", 1.6),
                ("since", 1.1),
                ("until", 1.1),
                ("returned", 1.1),
            ),
        ),
    ),
    Chapter.OPERATION: (
        (
            "訓練計画",
            (("name", 1.6), ("outline", 3), ("who", 1.8), ("every_months", 0.8), ("last_held", 1.1), ("planned", 1.1)),
        ),
        ("紙の計画書の保管", (("holder", 2.4), ("where", 2), ("edition", 0.6), ("given", 1.1), ("returned", 1.1))),
    ),
    Chapter.TERMS: (("用語集", (("name", 1.2), ("meaning", 4))),),
}


def book(copy: Copy) -> list[ChapterBook]:
    """The chapters of a copy, in order."""
    found = [ChapterBook(chapter) for chapter in Chapter]
    for one in found:
        one.passages += _passages(copy, one.chapter)
        one.tables += [_table(copy, title, columns) for title, columns in _TABLES.get(one.chapter, ())]
    by_chapter = {one.chapter: one for one in found}
    by_chapter[Chapter.PRESENT].tables.append(_needs(copy))
    by_chapter[Chapter.IMPACT].tables.insert(0, _impact(copy))
    by_chapter[Chapter.ROLES].charts += _charts(copy)
    by_chapter[Chapter.ROLES].tables.insert(0, _roles(copy))
    by_chapter[Chapter.RESPONSE].flows += _flows(copy)
    by_chapter[Chapter.RESPONSE].tables += _procedures(copy)
    return found


def _rows(copy: Copy, title: str) -> list[tuple[str, Cells]]:
    return list(copy.get(title, {}).items())


#: what a blank cell says where nothing is an answer as well
_BLANK = {
    "restore_tested": T("未実施", "never"),
    "last_held": T("未実施", "never"),
    "disaster_clause": T("不明", "not known"),
    "deputies": T("なし", "none"),
}


def _text(title: str, name: str, cells: Cells) -> str:
    return said(BY_TITLE[title], name, cells.get(name)) or str(_BLANK.get(name, ""))


def _passages(copy: Copy, chapter: Chapter) -> list[Passage]:
    return [
        Passage(ref, str(cells.get("heading", "")), tuple(str(cells.get("body", "")).split("\n")))
        for ref, cells in sorted(_rows(copy, "本文"), key=lambda row: row[1].get("order") or 0)
        if cells.get("chapter_of") == chapter.value
    ]


def _table(copy: Copy, title: str, columns: Sequence[tuple[str, float]]) -> Table:
    form = BY_TITLE[title]
    labels = {c.name: c.label for c in form.columns()}
    rows = _rows(copy, title)
    if title == "用語集":
        rows.sort(key=_alphabet)
    if title == "復旧の見積り":
        rows = [row for row in rows if row[1].get("recovery_likely") is not None]
    return Table(
        form.title,
        tuple(labels[name] for name, _ in columns),
        tuple(Line(ref, tuple(_text(title, name, cells) for name, _ in columns)) for ref, cells in rows),
        tuple(width for _, width in columns),
        form.facts[0].kind,
    )


def _alphabet(row: tuple[str, Cells]) -> tuple[bool, str]:
    """Words in Latin letters first, by the alphabet; the others by how they are read."""
    name = str(row[1].get("name", ""))
    latin = name[:1].isascii()
    return not latin, name.casefold() if latin else str(row[1].get("kana") or name)


def _items(copy: Copy) -> dict[str, Cells]:
    """Every item of the copy by subject."""
    return {ref: cells for form in ITEM_FORMS for ref, cells in _rows(copy, form.title.ja)}


def _needs(copy: Copy) -> Table:
    """What each item needs, in one line: alternatives joined by “or”."""
    needs: dict[str, dict[str, list[str]]] = {}
    for ref, cells in _rows(copy, "依存関係"):
        group = str(cells.get("group") or ref)
        needs.setdefault(str(cells.get("dependent")), {}).setdefault(group, []).append(str(cells.get("needs")))
    either = str(T(" または ", " or "))
    lines = [
        Line("", (name, "、".join(either.join(alternatives) for alternatives in groups.values())))
        for name, groups in sorted(needs.items())
    ]
    heads = (T("依存するもの", "What needs it"), T("必要とするもの", "What it needs"))
    return Table(T("依存関係", "Dependencies"), heads, tuple(lines), (1.4, 4), "continuity.dependency_described")


def _impact(copy: Copy) -> Table:
    """Impact over time and objectives, services first, the most urgent on top."""
    title = "業務影響分析・RTO"
    items, services = _items(copy), copy.get("重要業務", {})
    rows = [(ref, cells) for ref, cells in _rows(copy, title) if ref in items]
    rows.sort(key=lambda row: (row[0] not in services, row[1].get("rto_hours", 1e9), items[row[0]].get("code", "")))
    lines = []
    for ref, cells in rows:
        impact = [str(x) for x in cells.get("impact", [])] or [""] * len(IMPACT_HOURS)
        more = [_text(title, name, cells) for name in ("mtpd_hours", "rto_hours", "rpo_hours")]
        lines.append(
            Line(ref, (str(items[ref].get("name", "")), *impact, *more, _text(title, "required_level", cells)))
        )
    heads = (
        T("業務・システム", "Service or system"),
        *(IMPACT_TIMES[hours] for hours in IMPACT_HOURS),
        T("MTPD(時間)", "MTPD (h)"),
        T("RTO(時間)", "RTO (h)"),
        T("RPO(時間)", "RPO (h)"),
        T("求められる水準", "Required level"),
    )
    widths = (2.6, *[0.72] * len(IMPACT_HOURS), 0.8, 0.8, 0.8, 2)
    return Table(T("業務影響分析・RTO", "Impact analysis"), heads, tuple(lines), widths, "continuity.item_analysed")


def _posts(copy: Copy, time: Time) -> list[tuple[str, str, Post]]:
    title = "運用体制・緊急時対応体制"
    rows = [(ref, c) for ref, c in _rows(copy, title) if c.get("time") == time.value]
    rows.sort(key=lambda row: row[1].get("order") or 0)
    return [
        (
            ref,
            str(c.get("team", "")),
            Post(
                str(c.get("name", "")),
                str(c.get("holder", "")),
                "、".join(c.get("deputies", [])),
                str(c.get("duties", "")),
            ),
        )
        for ref, c in rows
    ]


def _charts(copy: Copy) -> list[Chart]:
    charts = []
    for time in Time:
        posts = _posts(copy, time)
        if not posts:
            continue
        (_, _, head), *others = posts
        teams: dict[str, list[Post]] = {}
        for _, team, post in others:
            teams.setdefault(team, []).append(post)
        title = T(f"{time.label.ja}の体制", f"Organisation: {time.label.en.lower()}")
        charts.append(Chart(title, head, tuple((team, tuple(members)) for team, members in teams.items())))
    return charts


def _roles(copy: Copy) -> Table:
    lines = [
        Line(ref, (str(time.label), post.name, post.holder, post.deputies, post.duties))
        for time in Time
        for ref, _, post in _posts(copy, time)
    ]
    heads = (T("時期", "Time"), T("役割", "Role"), T("担当者", "Holder"), T("代理", "Deputies"), T("任務", "Duties"))
    return Table(T("役割", "Roles"), heads, tuple(lines), (1, 1.6, 1.2, 1.8, 3), "people.role_described")


_FLOWS = (Procedure.MUSTER, Procedure.DISASTER, Procedure.SECURITY)


def _steps(copy: Copy, procedure: Procedure) -> list[tuple[str, Cells]]:
    rows = [(ref, c) for ref, c in _rows(copy, "手順・行動計画") if c.get("procedure") == procedure.value]
    return sorted(rows, key=lambda row: (str(row[1].get("item", "")), row[1].get("order") or 0))


def _flows(copy: Copy) -> list[Flow]:
    found = []
    for procedure in _FLOWS:
        rows = {int(c.get("order") or 0): c for _, c in _steps(copy, procedure)}
        if rows:
            found.append(Flow(procedure.label, _path(rows, min(rows), frozenset())))
    return found


def _path(rows: Mapping[int, Cells], start: int, seen: frozenset[int]) -> tuple[Step, ...]:
    """Steps from ``start`` to an end. A jump back to a step on the way is told as a step that leads there."""
    found: list[Step] = []
    for order in sorted(n for n in rows if n >= start):
        cells = rows[order]
        if order in seen:
            act = T(f"「{cells.get('act', '')}」に戻る", f"Back to “{cells.get('act', '')}”")
            return (*found, Step(StepKind.END, "", "", str(act)))
        seen |= {order}
        shape = StepKind(cells.get("step_kind") or StepKind.ACT)
        jump = cells.get("otherwise")
        branch = _path(rows, int(jump), seen) if shape is StepKind.ASK and jump is not None and jump in rows else ()
        found.append(
            Step(shape, str(cells.get("phase", "")), str(cells.get("who", "")), str(cells.get("act", "")), branch)
        )
        if shape is StepKind.END:
            break
    return tuple(found)


def _procedures(copy: Copy) -> list[Table]:
    """Ordered shut-down and start-up, a table for each system."""
    tables = []
    heads = (T("順番", "No."), T("いつ", "When"), T("だれが", "Who"), T("何をする", "What"), T("目安(分)", "Minutes"))
    for procedure in (Procedure.SHUTDOWN, Procedure.STARTUP):
        by_item: dict[str, list[tuple[str, Cells]]] = {}
        for ref, cells in _steps(copy, procedure):
            by_item.setdefault(str(cells.get("item", "")), []).append((ref, cells))
        for item, rows in by_item.items():
            lines = [
                Line(
                    ref,
                    (
                        str(n),
                        str(c.get("phase", "")),
                        str(c.get("who", "")),
                        str(c.get("act", "")),
                        str(c.get("minutes", "")),
                    ),
                )
                for n, (ref, c) in enumerate(rows, 1)
            ]
            title = T(f"{procedure.label.ja}: {item}", f"{procedure.label.en}: {item}")
            tables.append(Table(title, heads, tuple(lines), (0.5, 1, 1.6, 4, 0.8), "continuity.step_described"))
    return tables
