"""The plan as a book: chapters with texts, tables, organisation charts and flow charts, all from one copy of the plan.

A copy (:func:`.revisions.copy_now`, or that of an approved edition) is everything that is needed, so that a page, the
printed plan and an old edition are the same book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tomoshibi.continuity.forms import FORMS, ITEM_FORMS, Form
from tomoshibi.continuity.inheritance import inherited, lines_needed
from tomoshibi.continuity.plan_columns import COLUMNS
from tomoshibi.continuity.plan_words import Chapter, Procedure, StepKind, Threat
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


def book(copy: Copy) -> list[ChapterBook]:
    """The chapters of a copy, in order."""
    found = [ChapterBook(chapter) for chapter in Chapter]
    for one in found:
        one.passages += _passages(copy, one.chapter)
        one.tables += [_table(copy, title, columns) for title, columns in COLUMNS.get(one.chapter, ())]
    by_chapter = {one.chapter: one for one in found}
    by_chapter[Chapter.PRESENT].tables.append(_needs(copy))
    by_chapter[Chapter.RISKS].tables.insert(0, _threats(copy))
    by_chapter[Chapter.IMPACT].tables[:0] = [_impact(copy), _inherited(copy)]
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
    "load_tested": T("未実施", "never"),
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
        wanted = "recovery_likely" if any(name == "recovery_likely" for name, _ in columns) else "load_tested"
        rows = [row for row in rows if any(row[1].get(n) is not None for n in _ESTIMATES[wanted])]
    return Table(
        T("電池と発電機", "Batteries and generators") if any(n == "load_tested" for n, _ in columns) else form.title,
        tuple(labels[name] for name, _ in columns),
        tuple(Line(ref, tuple(_text(title, name, cells) for name, _ in columns)) for ref, cells in rows),
        tuple(width for _, width in columns),
        form.facts[0].kind,
    )


#: by the column that tells two tables of one sheet apart, of which at least one must be said for a row of it
_ESTIMATES = {"recovery_likely": ("recovery_likely",), "load_tested": ("battery_minutes", "fuel_hours")}


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


#: the objectives that are inherited
_OBJECTIVES = ("mtpd_hours", "rto_hours", "rpo_hours")


def _inherited(copy: Copy) -> Table:
    """What is asked of each item by what depends on it, beside what it promises itself, and whose demand it is."""
    title = "業務影響分析・RTO"
    items, analysed = _items(copy), dict(_rows(copy, title))
    called = {str(cells.get("code")): ref for ref, cells in items.items() if cells.get("code")}
    called |= {str(cells.get("name")): ref for ref, cells in items.items()}
    rows = [cells for _, cells in _rows(copy, "依存関係")]
    ends = {
        ref: [called.get(end, "") for end in c["ends"]] for ref, c in items.items() if len(c.get("ends") or ()) == 2
    }
    needs = [(called.get(str(c.get("dependent")), ""), called.get(str(c.get("needs")), "")) for c in rows]
    needs += lines_needed(ends, [pair for pair, c in zip(needs, rows, strict=True) if c.get("need") == "reach"])

    def asked(own: Mapping[str, float]) -> dict[str, tuple[float, str]]:
        return inherited(own, needs)

    demands = {n: asked({r: c[n] for r, c in analysed.items() if c.get(n) is not None}) for n in _OBJECTIVES}
    # the gravest impact is the smallest of the figures turned round
    impacts = [
        asked({r: -c["impact"][n] for r, c in analysed.items() if c.get("impact")}) for n in range(len(IMPACT_HOURS))
    ]
    wanted = [ref for ref in items if any(ref in found for found in (*demands.values(), *impacts))]
    wanted.sort(key=lambda ref: (demands["rto_hours"].get(ref, (1e9, ""))[0], str(items[ref].get("code", ""))))
    lines = []
    for ref in wanted:
        own = analysed.get(ref, {})
        cells = [str(items[ref].get("name", ""))]
        for name in _OBJECTIVES:
            hours, source = demands[name].get(ref, (None, ""))
            mine = own.get(name)
            short = mine is not None and hours is not None and mine > hours
            cells.append(("× " if short else "") + said(BY_TITLE[title], name, mine))
            cells.append(said(BY_TITLE[title], name, hours))
            if name != "mtpd_hours":
                cells.append(str(items[source].get("name", "")) if source else "")
        cells.append("-".join(str(-found[ref][0]) if ref in found else "·" for found in impacts))
        _, source = demands["rto_hours"].get(ref, (0, ""))
        cells.append(_text(title, "required_level", analysed.get(source, {})))
        lines.append(Line(ref, tuple(cells)))
    heads = (
        T("支えるもの", "What carries them"),
        T("MTPD 自分", "MTPD own"),
        T("引継ぎ", "asked"),
        T("RTO 自分", "RTO own"),
        T("引継ぎ", "asked"),
        T("どこから", "by"),
        T("RPO 自分", "RPO own"),
        T("引継ぎ", "asked"),
        T("どこから", "by"),
        T("影響 3時間〜1月", "Impact 3 h to 1 m"),
        T("求められる水準", "Required level"),
    )
    return Table(
        T(
            "依存から引き継ぐ目標（時間。×は自分の目標では足りないもの）",
            "Inherited objectives (h; ×: its own is too long)",
        ),
        heads,
        tuple(lines),
        (2.2, 0.8, 0.8, 0.8, 0.8, 1.8, 0.8, 0.8, 1.8, 1.1, 1.8),
    )


def _threats(copy: Copy) -> Table:
    """Threats by the places that they strike: the risks of each, by number."""
    form = BY_TITLE["リスク"]
    rows = [cells for _, cells in _rows(copy, "リスク")]
    places = list(dict.fromkeys(str(c.get("place") or "") for c in rows))
    places.sort(key=lambda place: place == "")
    met: dict[tuple[str, str], list[str]] = {}
    for cells in rows:
        place = (str(cells.get("threat") or ""), str(cells.get("place") or ""))
        met.setdefault(place, []).append(str(cells.get("code") or cells.get("name") or ""))
    threats = [t.value for t in Threat if any(threat == t.value for threat, _ in met)]
    everywhere = T("場所によらない", "Anywhere")
    return Table(
        T("脅威と場所", "Threats and places"),
        (T("脅威", "Threat"), *(T(p, p) if p else everywhere for p in places)),
        tuple(
            Line("", (said(form, "threat", threat), *("、".join(met.get((threat, place), [])) for place in places)))
            for threat in threats
        ),
        (1.6, *[1.0] * len(places)),
    )


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
