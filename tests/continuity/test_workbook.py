"""The plan's workbook: what goes in comes out, bad rows are named and nothing is loaded, twice changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from tomoshibi.continuity import plan_queries, workbook
from tomoshibi.continuity.forms import FORMS
from tomoshibi.continuity.models import DependencyRow, ItemRow
from tomoshibi.continuity.plan_demo import plan_of
from tomoshibi.continuity.plan_tables import (
    BackupDescribed,
    MeasureDescribed,
    RiskDescribed,
    StepDescribed,
    TermDescribed,
)
from tomoshibi.continuity.words import ItemKind
from tomoshibi.documents import SheetError, SheetRefused
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.vocabulary.text import speak

pytestmark = pytest.mark.django_db
ME = system("test")
Cells = dict[str, list[dict[Any, Any]]]


@pytest.fixture(autouse=True)
def _node() -> None:
    nodes.found("test")


def cells(book: bytes) -> Cells:
    """Every cell that holds something, by sheet, row and heading."""
    read = openpyxl.load_workbook(io.BytesIO(book))
    found = {}
    for sheet in read:
        heading, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [{h: v for h, v in zip(heading, row, strict=True) if v is not None} for row in rows]
    return found


def exported() -> bytes:
    held = io.BytesIO()
    workbook.export(held, contacts=True)
    return held.getvalue()


def changed(book: bytes, change: Callable[[Any], None]) -> bytes:
    read = openpyxl.load_workbook(io.BytesIO(book))
    change(read)
    held = io.BytesIO()
    read.save(held)
    return held.getvalue()


@pytest.mark.parametrize(("name", "systems", "sites"), [("town", 43, 3), ("city", 8, 16)])
def test_what_goes_in_comes_out(name: str, systems: int, sites: int) -> None:
    book = workbook.built(plan_of(name))
    done = workbook.load(book, ME)
    assert done.problems == () and done.unknown == ()
    assert plan_queries.nodes(ItemKind.SYSTEM).count() == systems
    assert plan_queries.nodes(ItemKind.SITE).count() == sites
    out = exported()
    entries = EntryRow.objects.count()
    again = workbook.load(out, ME)
    assert EntryRow.objects.count() == entries and again.text.ja.startswith("新規0件、変更0件")
    assert exported() == out
    told, wanted = cells(out), cells(book)
    for title, rows in wanted.items():
        # references may be written by number or by name; what they mean is held by the second loading
        plain = [
            h
            for h in rows[0]
            if all(
                isinstance(r.get(h), int | float | bool) or h in ("名称", "用語", "解説", "本文", "何をする")
                for r in rows
            )
        ]
        assert len(told[title]) == len(rows), title
        for heading in plain:
            assert sorted(str(r.get(heading)) for r in told[title]) == sorted(str(r.get(heading)) for r in rows), title


@pytest.mark.django_db(databases=["default", "training"])
def test_a_workbook_of_its_own_export_builds_the_same_plan_elsewhere() -> None:
    from tomoshibi.journal import worlds

    workbook.load(workbook.built(plan_of("city")), ME)
    with speak("en"):
        english = exported()
    rows = list(ItemRow.objects.order_by("subject").values())
    edges = list(DependencyRow.objects.order_by("subject").values())
    with worlds.inhabit(worlds.TRAINING):
        workbook.load(english, ME)
        assert list(ItemRow.objects.order_by("subject").values()) == rows
        assert list(DependencyRow.objects.order_by("subject").values()) == edges
        with speak("en"):
            assert cells(exported()) == cells(english)


def test_bad_rows_are_named_and_nothing_is_loaded_until_told() -> None:
    def spoil(book: Any) -> None:
        sheet = book["情報システム一覧"]
        heads = [c.value for c in sheet[1]]
        sheet.cell(3, heads.index("所管課") + 1).value = "ない課"
        sheet = book["業務影響分析・RTO"]
        heads = [c.value for c in sheet[1]]
        sheet.cell(2, heads.index("影響の大きさ") + 1).value = "5、4、3、2、1、1"
        book["依存関係"].append(["E05", "K01", "稼働する基盤"])
        sheet = book["機器設置場所"]  # a code that a system has
        heads = [c.value for c in sheet[1]]
        sheet.append([{"管理番号": "K05", "名称": "予備機", "種別": "機器"}.get(h, "") for h in heads])
        book["データ"].append([c.value for c in book["データ"][2]])  # and a row that stands twice

    book = changed(workbook.built(plan_of("town")), spoil)
    with pytest.raises(SheetRefused) as refused:
        workbook.load(book, ME)
    told = [str(p) for p in refused.value.problems]
    assert any("「情報システム一覧」3行" in t and "ない課" in t for t in told)
    assert any("「業務影響分析・RTO」2行" in t and "小さくなりません" in t for t in told)
    assert any("「依存関係」" in t and "自分に戻ります" in t for t in told)
    assert any("「機器設置場所」" in t and "K05" in t and "シート「情報システム一覧」の行と同じ番号" in t for t in told)
    assert any("「データ」" in t and "2行と同じもの" in t for t in told)
    assert not EntryRow.objects.exclude(kind__startswith="journal.").exists() and not ItemRow.objects.exists()

    done = workbook.load(book, ME, accept_good=True)
    # what refers to the bad system is bad as well, and nothing hangs in the air
    assert not ItemRow.objects.filter(code="K02").exists()
    assert plan_queries.nodes(ItemKind.SYSTEM).count() == 42
    assert any("K02" in str(p) for p in done.problems)


def test_what_is_no_plan_is_refused() -> None:
    held = io.BytesIO()
    openpyxl.Workbook().save(held)
    with pytest.raises(SheetError, match="計画のシートがありません"):
        workbook.load(held.getvalue(), ME)


def test_another_towns_plan_is_not_mixed_in() -> None:
    workbook.load(workbook.built(plan_of("city")), ME)
    with pytest.raises(SheetRefused, match="この本部の自治体ではありません"):
        workbook.load(workbook.built(plan_of("town")), ME)


def test_rows_come_back_as_the_facts_that_wrote_them() -> None:
    workbook.load(workbook.built(plan_of("city")), ME)
    risks = {r.said.code: r for r in plan_queries.plan_rows(RiskDescribed)}
    measure = next(r.said for r in plan_queries.plan_rows(MeasureDescribed) if r.said.code == "A01")
    assert measure.risks == [risks["R01"].subject, risks["R02"].subject]
    names = dict(ItemRow.objects.values_list("subject", "name"))
    never = {names[r.said.item or ""] for r in plan_queries.plan_rows(BackupDescribed) if r.said.restore_tested is None}
    assert "住基データ" in never
    steps = plan_queries.plan_rows(StepDescribed)
    assert any(s.said.otherwise for s in steps)
    assert "LGWAN" in {r.title for r in plan_queries.plan_rows(TermDescribed)}


def test_no_sheets_name_is_cut_by_excel_and_none_is_anothers() -> None:
    titles = [title for form in FORMS for title in (form.title.ja, form.title.en)]
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\") for title in titles)
    assert len({t.casefold() for t in titles}) == len(titles)
