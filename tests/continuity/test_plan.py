"""Revisions of the plan from draft to approval, what changed between them, what is due, and the plan on paper."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from tests.clients import client_of
from tests.continuity import town
from tests.journal.case import FactCase
from tests.journal.worlds import exchange, founded
from tomoshibi.continuity import demo, laws, plan_book, plan_demo, plan_papers, reviewing, revisions, workbook
from tomoshibi.continuity.facts import ItemDescribed, ItemReinstated, ItemRetired
from tomoshibi.continuity.models import ItemRow, PlanRow, RevisionRow
from tomoshibi.continuity.plan_facts import DependencyDescribed, ItemAnalysed, ItemEstimated
from tomoshibi.continuity.plan_tables import DrillDescribed, RiskDescribed, TermDescribed
from tomoshibi.continuity.plan_words import Cause, Chapter, Stage, Threat, Trigger
from tomoshibi.continuity.revision_facts import (
    Revision,
    RevisionApproved,
    RevisionDrafted,
    RevisionDropped,
    RevisionReviewed,
)
from tomoshibi.continuity.subjects import Dependency, Item
from tomoshibi.continuity.words import ItemKind, Need
from tomoshibi.journal import datasets, nodes, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary.text import speak

pytestmark = pytest.mark.django_db
ME = system("test")
ICT = Actor("user:ict", "情報 太郎", (("ict", ""),))
HQ = Actor("user:honbu", "本部 花子", (("headquarters", ""),))
OFFICER = Actor("user:shonin", "承認 一郎", (("approver", ""),))


@pytest.fixture
def _items() -> None:
    town.build()


def drafted(actor: Actor = ICT, trigger: Trigger = Trigger.YEARLY) -> str:
    ref = Revision.ref(str(uuid.uuid4()))
    record(Draft(RevisionDrafted(trigger=trigger, sha256=revisions.keep(revisions.copy_now())), ref), actor)
    return ref


def approved(ref: str, edition: int) -> RevisionRow:
    record(Draft(RevisionReviewed(), ref), HQ)
    record(Draft(RevisionApproved(edition=edition), ref), OFFICER)
    return RevisionRow.objects.get(subject=ref)


def test_a_draft_is_reviewed_and_approved_by_others(_items: None) -> None:
    ref = drafted()
    with pytest.raises(Refused, match="段階"):
        record(Draft(RevisionApproved(edition=1), ref), OFFICER)
    with pytest.raises(Refused, match="本人は確認できません"):
        record(Draft(RevisionReviewed(), ref), ICT)
    record(Draft(RevisionReviewed(note="表3を直した"), ref), HQ)
    with pytest.raises(Forbidden):
        record(Draft(RevisionApproved(edition=1), ref), ICT)
    with pytest.raises(Forbidden):
        record(Draft(RevisionApproved(edition=1), ref), HQ)
    record(Draft(RevisionApproved(edition=1), ref), OFFICER)
    row = RevisionRow.objects.get(subject=ref)
    assert (row.stage_word, row.edition, row.drafted_by, row.reviewed_by, row.ended_by) == (
        Stage.APPROVED, 1, "情報 太郎", "本部 花子", "承認 一郎",
    )  # fmt: skip
    own = drafted(Actor("user:shonin", "承認 一郎", (("ict", ""), ("approver", ""))))
    record(Draft(RevisionReviewed(), own), HQ)
    with pytest.raises(Refused, match="案を作成した本人は承認できません"):
        record(Draft(RevisionApproved(edition=2), own), OFFICER)
    with pytest.raises(Refused, match="版数は使われています"):
        approved(drafted(), 1)
    record(Draft(RevisionDropped(reason="作り直す"), own), OFFICER)
    assert revisions.next_edition() == 2


def test_any_two_revisions_are_compared_in_words(_items: None) -> None:
    first = approved(drafted(trigger=Trigger.FIRST), 1)
    s01, s02 = demo.item("S01"), demo.item("S02")
    risk = "continuity.risk:" + str(uuid.uuid4())
    record(
        [
            Draft(ItemAnalysed(rto_hours=12, rpo_hours=24), s01),
            Draft(DependencyDescribed(dependent=s02, needs=s01, need=Need.DATA), Dependency.ref("x")),
            Draft(RiskDescribed(code="R1", name="停電", threat=Threat.EARTHQUAKE, cause=Cause.POWER, yearly=0.1), risk),
        ],
        ME,
    )
    second = approved(drafted(), 2)
    record([Draft(ItemAnalysed(rto_hours=24), s01), Draft(RiskDescribed(removed=True), risk)], ME)

    def told(a: RevisionRow, b: RevisionRow | None) -> list[str]:
        found = revisions.compare(revisions.copy_of(a), revisions.copy_of(b) if b else revisions.copy_now())
        return [
            f"{one.form.title} {change.word} {change.name}: "
            + "; ".join(f"{c.label} {c.before}→{c.after}" for c in change.cells)
            for one in found
            for change in one.changes
        ]

    assert told(first, first) == []
    grown = told(first, second)
    assert any("依存関係 追加 市公式ホームページ → 住基システム" in t and "依存の種類 →データ" in t for t in grown)
    assert any("リスク 追加 停電" in t and "脅威 →地震" in t for t in grown)
    later = told(second, None)
    assert "業務影響分析・RTO 変更 住基システム: 目標復旧時間（RTO）(時間) 12→24" in later
    assert any(t.startswith("リスク 削除 停電") for t in later)
    with speak("en"):
        assert "Impact analysis Changed 住基システム: RTO (h) 12→24" in told(second, None)


def test_what_is_due_is_told_in_normal_times(_items: None) -> None:
    assert reviewing.months_later(date(2024, 1, 31), 13) == date(2025, 2, 28)
    row = approved(drafted(), 1)
    drill = "continuity.drill:" + str(uuid.uuid4())
    record(Draft(DrillDescribed(name="机上訓練", every_months=12), drill), ME)
    assert [r.text.ja for r in reviewing.reminders()] == ["訓練「机上訓練」"]
    assert list(reviewing.due("")) and not list(reviewing.due("incidents.incident:x"))
    today = worlds.now().date()
    record(Draft(DrillDescribed(last_held=today), drill), ME)
    assert reviewing.reminders() == []
    with worlds.at((row.ended_at or datetime.now(UTC)) + timedelta(days=340)):
        told = reviewing.reminders()
        assert next((r.text.ja, r.overdue) for r in told) == ("ICT-BCPの見直し（第1版から1年）", False)


def test_a_circle_is_refused_and_one_that_two_nodes_made_is_found(_items: None) -> None:
    a, b, c = demo.item("S01"), demo.item("N01"), demo.item("P01")
    record(
        [
            Draft(DependencyDescribed(dependent=a, needs=b), Dependency.ref("ab")),
            Draft(DependencyDescribed(dependent=b, needs=c), Dependency.ref("bc")),
        ],
        ME,
    )
    with pytest.raises(Refused, match="自分に戻ります"):
        record(Draft(DependencyDescribed(dependent=c, needs=a), Dependency.ref("ca")), ME)
    with pytest.raises(Refused, match="自分に戻ります"):
        record(Draft(DependencyDescribed(dependent=a, needs=a), Dependency.ref("aa")), ME)
    with pytest.raises(Refused, match="登録されています"):
        record(Draft(DependencyDescribed(dependent=a, needs=b), Dependency.ref("again")), ME)
    assert list(laws.no_cycle()) == []


@pytest.mark.django_db(databases=["default", "north"])
def test_a_circle_that_two_nodes_made_is_found() -> None:
    founded("default", "north")
    there = DependencyDescribed(dependent=ITEM, needs=OTHER)
    back = DependencyDescribed(dependent=OTHER, needs=ITEM)
    record(ITEMS, ME)
    exchange("default", "north")
    record(Draft(there, Dependency.ref("there")), ME)
    with worlds.inhabit("north"):
        record(Draft(back, Dependency.ref("back")), ME)
        assert list(laws.no_cycle()) == []
    exchange("north", "default")
    (found,) = laws.no_cycle()
    assert set(found.subjects) == {Dependency.ref("there"), Dependency.ref("back")}
    assert "住基 → 電源 → 住基" in found.text.ja or "電源 → 住基 → 電源" in found.text.ja


def test_a_row_is_not_there_twice_and_needs_its_name(_items: None) -> None:
    def term(**said: Any) -> None:
        record(Draft(TermDescribed(**said), "continuity.term:" + str(uuid.uuid4())), ME)

    term(name="RTO", meaning="目標復旧時間")
    with pytest.raises(Refused, match="同じ行"):
        term(name="RTO", meaning="別の意味")
    with pytest.raises(Refused, match="解説"):
        term(name="RPO")
    assert PlanRow.objects.filter(table="term").count() == 1
    with pytest.raises(ValueError, match="最短、見込み、最長"):
        ItemEstimated(recovery_min=5, recovery_likely=2)
    with pytest.raises(Refused, match="先に登録"):
        record(Draft(ItemAnalysed(rto_hours=1), Item.ref("none")), ME)


def test_the_whole_plan_and_two_pages_to_carry() -> None:
    nodes.found("test")
    workbook.load(workbook.built(plan_demo.plan_of("town")), ME)
    row = approved(drafted(trigger=Trigger.FIRST), 1)
    whole = PdfReader(io.BytesIO(plan_papers.plan_pdf(row)))
    text = "".join(page.extract_text() for page in whole.pages)
    plain = "".join(text.split())
    for chapter in Chapter:
        assert f"{chapter.number}{chapter.label.ja}".replace(" ", "") in plain
    assert all(
        word in plain
        for word in ("第1版", "承認一郎", "灯里町", "住基税務システム", "ランサムウェア", "体制", "未実施")
    )
    pocket = PdfReader(io.BytesIO(plan_papers.pocket_pdf()))
    assert len(pocket.pages) == 2


def test_no_column_is_narrower_than_its_longest_word() -> None:
    widths = plan_papers._widths(["Number", "Generations", "What"], [["R01", "5", "x " * 40]], [0.1, 0.1, 9])
    assert sum(widths) == pytest.approx(plan_papers.PAGE) and widths[2] > 130
    assert widths[0] > 6 * plan_papers.BOLD and widths[1] > 11 * plan_papers.BOLD


def test_flows_are_drawn_from_the_steps() -> None:
    nodes.found("test")
    workbook.load(workbook.built(plan_demo.plan_of("city")), ME)
    chapters = {one.chapter: one for one in plan_book.book(revisions.copy_now())}
    flow = next(f for f in chapters[Chapter.RESPONSE].flows if "地震" in f.title.ja)
    ask = next(s for s in flow.steps if s.shape.value == "ask")
    assert ask.otherwise[-1].shape.value == "end" and flow.steps[-1].shape.value == "end"
    titles = [t.title.ja for t in chapters[Chapter.RESPONSE].tables]
    assert "停止手順: 住基システム" in titles and "起動手順: 住基システム" in titles
    impact = chapters[Chapter.IMPACT].tables[0].lines
    assert impact[0].cells[0] == "市の情報発信(ホームページ)"
    # own objectives beside those that are asked, and by whom; × where its own is too long
    asked = {line.cells[0]: line.cells for line in chapters[Chapter.IMPACT].tables[1].lines}
    assert asked["基幹スイッチ"][3:6] == ("× 12", "3", "市の情報発信(ホームページ)")
    assert asked["住基データ"][3:9] == ("", "12", "住基システム", "", "24", "住民票・印鑑の窓口(本庁)")
    assert asked["田上支線 第一小-第二小"][4:6] == ("6", "田上第二小学校の校務・連絡")
    threats = {line.cells[0]: line.cells for line in chapters[Chapter.RISKS].tables[0].lines}
    assert threats["原子力災害"] == ("原子力災害", "", "", "", "R11")
    batteries = next(t for t in chapters[Chapter.IMPACT].tables if t.title.en == "Batteries and generators")
    assert [line.cells for line in batteries.lines] == [
        ("非常用発電装置", "", "24", "未実施"), ("UPS(無停電電源装置)", "30", "", "未実施")
    ]  # fmt: skip
    needs = next(t for t in chapters[Chapter.PRESENT].tables if t.title.ja == "依存関係").lines
    assert any("電源 または 非常用発電装置" in line.cells[1] for line in needs)


def test_pages_show_every_chapter_and_load_a_workbook() -> None:
    nodes.found("test")
    ict, clerk, administrator = client_of("ict"), client_of("clerk"), client_of("administrator")
    book = workbook.built(plan_demo.plan_of("city"))

    def loaded(client: Client) -> tuple[int, str]:
        answer = client.post("/continuity/plan/load/", {"file": SimpleUploadedFile("city.xlsx", book)})
        return answer.status_code, answer.content.decode()

    status, told = loaded(ict)  # who may not enter the staff loads nothing of it
    assert status == 422 and "シート「組織」を取り込む権限がない" in told
    assert not ItemRow.objects.exists() and not SiteRow.objects.exists()
    status, told = loaded(administrator)
    assert status == 200 and "新規" in told
    assert loaded(ict)[0] == 200  # nothing is new to it
    assert clerk.post("/continuity/plan/load/").status_code == 403
    assert "やり直" not in clerk.get("/continuity/plan/").content.decode()
    for chapter in Chapter:
        page = ict.get(f"/continuity/plan/{chapter.value}/")
        assert page.status_code == 200, chapter
        assert chapter.label.ja in page.content.decode()
    assert "直す" not in clerk.get("/continuity/plan/risks/").content.decode()
    assert ict.get("/continuity/plan/nothing/").status_code == 404
    assert ict.get("/continuity/plan.xlsx").content[:2] == b"PK"
    assert ict.get("/continuity/plan.pdf?edition=9").status_code == 404
    assert ict.get("/continuity/plan/pocket.pdf").content[:4] == b"%PDF"
    assert clerk.post("/continuity/plan/revisions/draft/").status_code == 403
    made = ict.post("/continuity/plan/revisions/draft/", {"trigger": "first", "id": str(uuid.uuid4())})
    assert made.status_code == 303
    for wrong in ({"trigger": "whim"}, {"trigger": "law", "summary": "長い" * 1001}):
        assert ict.post("/continuity/plan/revisions/draft/", wrong).status_code == 422
    assert RevisionRow.objects.count() == 1, "nothing is guessed, and nothing cut short"
    # a list of numbers has a form as every field has
    form = ict.get(record_address("continuity.item_analysed", demo.item("S01")))
    assert "2\n3\n4\n5\n5\n5" in form.content.decode()
    told = ict.get(made["Location"]).content.decode()
    assert "あなたが作った案です" in told and "承認する" not in told


ITEM, OTHER = Item.ref("a"), Item.ref("b")
ITEMS = (Draft(ItemDescribed(name="住基"), ITEM), Draft(ItemDescribed(name="電源"), OTHER))
EDITION = Revision.ref("1")
MADE = RevisionDrafted(trigger=Trigger.LAW, sha256=sha256(b"{}").hexdigest())


class TestDependencyDescribed(FactCase):
    before = ITEMS
    fact = DependencyDescribed(dependent=ITEM, needs=OTHER, need=Need.POWER, group="受電")
    subject = Dependency.ref("1")
    refused = (DependencyDescribed(needs=ITEM), DependencyDescribed(needs=Item.ref("nothing")))
    strangers = (Actor("user:nobody", "よそ者"), HQ)

    def holds(self, state: Dependency) -> None:
        assert (state.need.value, state.group.value) == (Need.POWER, "受電")


class TestRiskDescribed(FactCase):
    fact = RiskDescribed(code="R1", name="停電", threat=Threat.NUCLEAR, cause=Cause.POWER, hits=[ITEM])
    subject = "continuity.risk:1"
    refused = (RiskDescribed(name=" "), RiskDescribed(code=None))

    def holds(self, state: Any) -> None:
        assert (state.threat.value, state.hits.value, state.title()) == (Threat.NUCLEAR, [ITEM], "停電")


class TestRevisionApproved(FactCase):
    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        founded("default", "north")
        datasets.put(b"{}", revisions.MEDIA)
        record(self.before, ICT)
        record(Draft(RevisionReviewed(), EDITION), HQ)

    before = (Draft(MADE, EDITION),)
    fact = RevisionApproved(edition=1)
    subject = EDITION
    actor = OFFICER
    refused = (RevisionApproved(edition=2),)
    strangers = (HQ,)

    def holds(self, state: Revision) -> None:
        assert (state.stage.value, state.edition.value, state.title()) == (Stage.APPROVED, 1, "第1版")


def test_a_code_is_of_one_item(_items: None) -> None:
    """Refused when recorded; found where two nodes gave it apart."""
    second = ItemDescribed(code="S01", name="もう一つの住基", item_kind=ItemKind.SYSTEM)
    with pytest.raises(Refused, match="S01") as refused:
        record(Draft(second, Item.ref("another")), ME)
    assert refused.value.field == "code"
    record(Draft(ItemDescribed(code="S01", name="住基(新)"), demo.item("S01")), ME)  # its own code is no other's
    record(Draft(ItemRetired(reason="更新"), demo.item("S01")), ME)
    record(Draft(second, Item.ref("another")), ME)
    with pytest.raises(Refused, match="もう一つの住基"):
        record(Draft(ItemReinstated(reason="戻す"), demo.item("S01")), ME)
    assert list(laws.own_code()) == []
    ItemRow.objects.filter(subject=demo.item("S01")).update(retired=False)  # as if it came from another node
    (found,) = laws.own_code()
    assert set(found.subjects) == {demo.item("S01"), "continuity.item:another"} and "S01" in found.text.en
