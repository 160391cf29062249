"""The plan on paper: the whole of it, and two pages to carry."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict
from typing import Any

from tomoshibi.continuity import revisions
from tomoshibi.continuity.models import RevisionRow
from tomoshibi.continuity.plan_book import BY_TITLE, ChapterBook, Table, book
from tomoshibi.continuity.plan_words import Chapter, Stage
from tomoshibi.continuity.revisions import Copy, said
from tomoshibi.documents import render
from tomoshibi.documents.values import date_text
from tomoshibi.journal import worlds
from tomoshibi.people.words import Time
from tomoshibi.places.queries import who_are_we
from tomoshibi.vocabulary import T, language
from tomoshibi.vocabulary.clock import JAPAN

PLAN, POCKET = "continuity/documents/plan.typ", "continuity/documents/pocket.typ"
TITLE = T("ICT部門業務継続計画（ICT-BCP）", "ICT continuity plan (ICT-BCP)")
#: rows that a card of the pocket version holds, so that it stays two pages
CARD = 14
HEADS = (
    T("版数", "Edition"),
    T("承認日", "Approved on"),
    T("見直しの理由", "Why"),
    T("改訂の内容", "What changed"),
    T("承認者", "By"),
)


def plan_pdf(edition: RevisionRow | None = None) -> bytes:
    """The whole plan, as it stands or as an edition was approved.

    Raises :class:`~tomoshibi.documents.DocumentError` and, where the edition's copy is not on this machine,
    :class:`~tomoshibi.journal.datasets.DatasetError`.
    """
    copy = revisions.copy_of(edition) if edition else revisions.copy_now()
    data = {
        "town": _town(copy),
        "edition": _edition(edition),
        "approved": _approved(edition),
        "revisions": {"heads": list(HEADS), "widths": [0.7, 1.2, 1.4, 3, 1.4], "rows": _editions(edition)},
        "chapters": [_chapter(one) for one in book(copy)],
    }
    return render(PLAN, data, title=TITLE, created=worlds.now(), training=worlds.is_training())


def pocket_pdf() -> bytes:
    """Two pages to carry: who comes and what is done first; what is brought back first and how it is checked.

    Raises :class:`~tomoshibi.documents.DocumentError`.
    """
    copy = revisions.copy_now()
    data = {"town": _town(copy), "edition": _edition(None), "pages": _pocket(copy)}
    title = T("ICT-BCP 携帯版", "ICT continuity plan, to carry")
    return render(POCKET, data, title=title, created=worlds.now(), training=worlds.is_training())


def _town(copy: Copy) -> str:
    us = who_are_we()
    own = next(iter(copy.get("自治体", {}).values()), {})
    return str(own.get("name") or (us.name if us else ""))


def _edition(edition: RevisionRow | None) -> T:
    if edition is not None:
        return edition.title
    last = revisions.in_force()
    on = date_text(worlds.now().astimezone(JAPAN).date(), language())
    if last is None:
        return T(f"案（{on}現在）", f"Draft (as of {on})")
    return T(f"第{last.edition}版の後の案（{on}現在）", f"Working draft after edition {last.edition} (as of {on})")


def _approved(edition: RevisionRow | None) -> T | str:
    if edition is None or edition.ended_at is None:
        return ""
    on = date_text(edition.ended_at.astimezone(JAPAN).date(), language())
    return T(f"{on} 承認 {edition.ended_by}", f"Approved on {on} by {edition.ended_by}")


def _editions(edition: RevisionRow | None) -> list[list[Any]]:
    found = revisions.revisions().filter(stage=Stage.APPROVED.value).order_by("edition")
    if edition is not None:
        found = found.filter(edition__lte=edition.edition or 0)
    return [
        [
            str(row.title),
            date_text(row.ended_at.astimezone(JAPAN).date(), language()) if row.ended_at else "",
            str(row.trigger_word.label),
            row.summary,
            row.ended_by,
        ]
        for row in found
    ]


def _chapter(one: ChapterBook) -> dict[str, Any]:
    return {
        "number": one.chapter.number,
        "title": one.chapter.label,
        "passages": [{"heading": p.heading, "paragraphs": list(p.paragraphs)} for p in one.passages],
        "charts": [
            {
                "title": c.title,
                "head": asdict(c.head),
                "teams": [{"name": name, "posts": [asdict(p) for p in posts]} for name, posts in c.teams],
            }
            for c in one.charts
        ],
        "tables": [_table(table) for table in one.tables],
        "flows": [{"title": f.title, "steps": [_step(s) for s in f.steps]} for f in one.flows],
    }


def _table(table: Table) -> dict[str, Any]:
    """A table without the columns in which nobody wrote anything."""
    kept = [n for n in range(len(table.heads)) if not table.lines or any(line.cells[n] for line in table.lines)]
    heads = [str(table.heads[n]) for n in kept]
    rows = [[line.cells[n] for n in kept] for line in table.lines]
    return {
        "title": table.title,
        "heads": heads,
        "widths": _widths(heads, rows, [table.widths[n] for n in kept]),
        "rows": rows,
    }


#: width of a page's text, of a letter or figure in a table and in its heading, and of a cell's margins, in millimetres
PAGE, LETTER, BOLD, MARGIN = 174.0, 1.62, 1.8, 2.6
#: words that are longer are broken
BREAKS = 18


def _widths(heads: list[str], rows: list[list[str]], shares: list[float]) -> list[float]:
    """The columns' widths in mm: by their shares of the page, and none narrower than the longest word in it."""

    def longest(text: str) -> int:
        return min(max(map(len, re.findall(r"[!-~]+", text)), default=0), BREAKS)

    least = [
        MARGIN + max(BOLD * longest(head), max((LETTER * longest(row[n]) for row in rows), default=0.0), 6.0)
        for n, head in enumerate(heads)
    ]
    fixed: set[int] = set()
    while True:
        free = [n for n in range(len(shares)) if n not in fixed]
        left = PAGE - sum(least[n] for n in fixed)
        total = sum(shares[n] for n in free)
        narrow = {n for n in free if left * shares[n] / total < least[n]}
        if not narrow or len(narrow) == len(free):
            return [least[n] if n in fixed or n in narrow else left * shares[n] / total for n in range(len(shares))]
        fixed |= narrow


def _step(step: Any) -> dict[str, Any]:
    return {
        "shape": step.shape.value,
        "phase": step.phase,
        "who": step.who,
        "act": step.act,
        "otherwise": [_step(s) for s in step.otherwise],
    }


def _pocket(copy: Copy) -> list[list[list[dict[str, Any]]]]:
    chapters = {one.chapter: one for one in book(copy)}
    tables = {t.title.ja: t for one in chapters.values() for t in one.tables}
    rules, roles, impact, checks = (
        tables[n] for n in ("参集ルール", "役割", "業務影響分析・RTO", "被害チェックシート")
    )
    services = set(copy.get("重要業務", {}))
    flows = {f.title.ja: f for f in chapters[Chapter.RESPONSE].flows}
    # the normal times are left at home
    at_work = [x.cells for x in roles.lines if copy["運用体制・緊急時対応体制"][x.subject].get("time") != "normal"]
    vendors = [
        [said(BY_TITLE["外部事業者"], n, c.get(n)) for n in ("name", "business", "phone", "contact")]
        for c in copy.get("外部事業者", {}).values()
    ]
    first = [
        _card(
            T("参集ルール", "When to come"),
            ["", "", ""],
            (1.1, 2.2, 1.4),
            [[x.cells[0], x.cells[1], x.cells[5]] for x in rules.lines],
        ),
        *[
            _card(flow.title, [], (0.3, 1, 3), _numbered(flow.steps))
            for name, flow in flows.items()
            if name != "参集の流れ"
        ],
        _card(T("事業者", "Vendors"), [], (1.5, 1.2, 1.8, 1.6), vendors),
        _card(
            T("役割（災害時・情報セキュリティ事象）", "Roles"),
            [],
            (0.9, 1.7, 1.2, 1.9),
            [[_when(c[0]), *c[1:4]] for c in at_work],
            18,
        ),
    ]
    urgent = [x for x in impact.lines if x.subject in services]
    systems = [x for x in impact.lines if x.subject not in services]
    heads = [T("業務・システム", "What"), T("RTO(時間)", "RTO (h)"), T("求められる水準", "Level")]
    second = [
        _card(
            T("先に取り戻す業務", "Services, most urgent first"),
            heads,
            (2.2, 0.8, 2),
            [[x.cells[0], x.cells[8], x.cells[10]] for x in urgent],
            16,
        ),
        _card(
            T("先に取り戻すシステム", "Systems, most urgent first"),
            heads,
            (2.2, 0.8, 2),
            [[x.cells[0], x.cells[8], x.cells[10]] for x in systems],
            12,
        ),
        _card(
            T("被害チェックシート", "Damage check"),
            [],
            (1.2, 2.4, 0.5),
            [[x.cells[0], x.cells[2], "□"] for x in checks.lines],
        ),
        *[
            _card(t.title, [], (0.3, 1.2, 3), [[x.cells[0], x.cells[2], x.cells[3]] for x in t.lines])
            for t in chapters[Chapter.RESPONSE].tables
            if t.kind == "continuity.step_described"
        ],
    ]
    return [_columns(first), _columns(second)]


def _when(time: str) -> str:
    """A time in the width of a card."""
    return {str(Time.DISASTER.label): str(T("災害", "Disaster")), str(Time.SECURITY.label): str(T("事象", "Security"))}[
        time
    ]


def _columns(cards: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cards in two columns of about one height, in their order: of all ways to part them, the most even."""
    shown = [card for card in cards if card["rows"]]
    heights = [3 + sum(max(len(cell) // 12 for cell in row) + 1 for row in card["rows"]) for card in shown]

    def taller(left: tuple[bool, ...]) -> int:
        first = sum(height for height, here in zip(heights, left, strict=True) if here)
        return max(first, sum(heights) - first)

    best = min(itertools.product((True, False), repeat=len(shown)), key=taller)
    return [[card for card, here in zip(shown, best, strict=True) if here is side] for side in (True, False)]


def _numbered(steps: Any) -> list[list[str]]:
    acts = [s for s in steps if s.shape.value in ("act", "ask")]
    return [[str(n), s.phase, s.act] for n, s in enumerate(acts, 1)]


def _card(
    title: T, heads: list[Any], widths: tuple[float, ...], rows: list[list[str]], most: int = CARD
) -> dict[str, Any]:
    rest = T(f"ほか{len(rows) - most}件は本編", f"{len(rows) - most} more in the plan") if len(rows) > most else ""
    kept = [n for n in range(len(widths)) if any(row[n] for row in rows)]
    return {
        "title": title,
        "heads": [heads[n] for n in kept] if any(heads) else [],
        "widths": [widths[n] for n in kept],
        "rows": [[row[n] for n in kept] for row in rows[:most]],
        "rest": rest,
    }
