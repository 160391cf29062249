"""The annex tables, from the journal alone, are those of the report of 2011, cell by cell."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.continuity.town import BEGAN, INCIDENT, ME, build, happened, opened
from tomoshibi.continuity import annex, demo, papers, queries
from tomoshibi.continuity.dates import Precision
from tomoshibi.continuity.dates import said as said_date
from tomoshibi.continuity.facts import ConditionReported, DataChecked, OfCondition, RestorationReported, StateChanged
from tomoshibi.continuity.report_facts import CounterOpened, SystemIntroduced
from tomoshibi.continuity.subjects import Introduction
from tomoshibi.continuity.words import Aspect, Loss, State
from tomoshibi.incidents.facts import IncidentMerged
from tomoshibi.journal.recording import Draft, record

SEED = Path(__file__).parents[3] / "shared" / "seeds" / "000_7ed5448bc73340ff.txt"
pytestmark = pytest.mark.django_db


def plain(cell: str) -> str:
    """A cell without what a scanner adds or takes away: breaks and spaces, the shape of a dash (or no ink at all for
    one), ``*2`` for ※2. Nothing else is evened out.
    """
    cell = re.sub(r"\s", "", cell).replace("*2", "※2")
    cell = re.sub(r"[―–\-_]", "—", cell)
    # a dash of a row's label or alone in brackets was read as the figure one 一
    cell = re.sub(r"^一(?=[ァ-ヶ])|(?<=「)一(?=」)|(?<=付属表)一", "—", cell)
    return cell or "—"


def seed_tables() -> tuple[list[list[str]], list[list[str]], list[str]]:
    """The report's two tables as rows of cells, and its notes. Rows that a scanner broke are joined again."""
    if not SEED.is_file():
        pytest.skip(f"the report is not here: {SEED}")
    text = SEED.read_text(encoding="utf-8")
    first, second = re.split(r"【付属表-②", text[text.index("【付属表一①") :])
    notes = [line for line in first.splitlines() if line.startswith("※")]
    rows: list[list[str]] = []
    group = ""
    for line in first.splitlines():
        cells = line.split("\t")
        if len(cells) != 6 or not cells[2] + cells[1]:
            group += cells[0] if len(cells) == 6 else ""  # a group's name, one letter to a line
            continue
        rows.append([group + cells[0], *cells[1:]])
        group = ""
    systems: list[list[str]] = []
    for line in second.splitlines():
        cells = line.split("\t")
        if len(cells) != 3:
            continue
        opens = not cells[0] and "再開時期" in cells[1]
        broken = systems and not opens and (cells[0].startswith(("(", "災証明")) or (not cells[0] and systems[1:]))
        if broken:
            systems[-1] = [a + b for a, b in zip(systems[-1], cells, strict=True)]
        else:
            systems.append(cells)
    return rows, systems, notes


@pytest.fixture
def ours() -> tuple[list[list[str]], list[list[str]]]:
    build()
    made = annex.annex(happened())
    assert made is not None
    return papers.cells_1(made), papers.cells_2(made)


def test_first_annex_is_the_reports(ours: tuple[list[list[str]], list[list[str]]]) -> None:
    theirs, _, notes = seed_tables()
    mine = ours[0]
    assert (len(theirs), len(notes)) == (17, 2)
    assert [[plain(c) for c in row[1:]] for row in mine[: len(theirs)]] == [[plain(c) for c in r[1:]] for r in theirs]
    for row, their in zip(mine, theirs, strict=False):  # a merged cell was scanned in pieces, row by row
        assert set(re.sub(r"[\s,]", "", their[0])) <= set(row[0])
    assert [plain(row[0]) for row in mine[len(theirs) :] if row[0]] == [plain(n) for n in notes]


def test_second_annex_is_the_reports(ours: tuple[list[list[str]], list[list[str]]]) -> None:
    _, theirs, _ = seed_tables()
    assert len(theirs) == 6
    assert [[plain(c) for c in row] for row in ours[1]] == [[plain(c) for c in row] for row in theirs]


LAN, MOBILE, ROOM, STAFF = (demo.item(code) for code in ("N01", "T02", "F02", "M01"))
NEW = Introduction.ref("donations")
CITIZENS = demo.counter("ordinary")


def found(item: str, hours: float, state: State) -> Draft:
    fact, at = StateChanged(item=item, state=state), BEGAN + timedelta(hours=hours)
    return Draft(fact, fact.about(INCIDENT), happened_at=at, incident=INCIDENT)


def said(fact: OfCondition) -> Draft:
    return Draft(fact, fact.about(INCIDENT), incident=INCIDENT)


def cells(*drafts: Draft, item: str = LAN, aspect: Aspect = Aspect.ITEM) -> list[str]:
    """The four cells of an item's row, after these facts, in an incident of that town."""
    build()
    opened()
    record(drafts, ME)
    made = annex.annex(INCIDENT)
    assert made is not None
    (row,) = (r for r in made.rows if (r.item, r.aspect) == (item, aspect))
    return [c.ja.removesuffix("※2") for c in row.cells]


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ([], ["—", "—", "—", "—"]),
        ([(1, State.UNKNOWN)], ["不明", "—", "—", "—"]),
        ([(1, State.IN_USE)], ["利用可能", "無", "—", "—"]),
        ([(1, State.IN_USE), (25, State.STOPPED)], ["利用可能", "—", "—", "—"]),  # the second day's is not the first's
        ([(1, State.STOPPED)], ["停止", "—", "—", "未復旧"]),
        ([(1, State.STOPPED), (3, State.IN_USE)], ["停止", "—", "—", "3月11日"]),
        ([(1, State.STOPPED), (2, State.DEGRADED), (10, State.IN_USE)], ["停止", "—", "—", "3月12日"]),
        ([(24.1, State.STOPPED)], ["—", "—", "—", "—"]),
        ([(1, State.DEGRADED), (24 * 300, State.IN_USE)], ["一部停止", "—", "—", "2012年1月5日"]),
    ],
)
def test_cells_of_a_track(track: list[tuple[float, State]], expected: list[str]) -> None:
    assert cells(*(found(LAN, hours, state) for hours, state in track)) == expected


def test_peoples_own_wording_wins_and_a_dash_is_a_dash() -> None:
    reported = ConditionReported(
        item=LAN, work=True, support_needed=True, support="予備の機器", immediately="一系統だけ停止"
    )
    drafts = [found(LAN, 1, State.STOPPED), said(reported)]
    assert cells(*drafts) == ["一系統だけ停止", "有", "予備の機器", "未復旧"]
    record(said(RestorationReported(item=LAN, restored_wording=" － ")), ME)
    record(said(ConditionReported(item=LAN, support="", support_needed=False, immediately="-")), ME)
    assert cells() == ["—", "有", "なし", "—"]


@pytest.mark.parametrize(
    ("said_of_it", "expected"),
    [
        ({"restored_on": date(2011, 4, 2)}, "4月2日"),
        ({"restored_on": date(2011, 4, 2), "restored_precision": Precision.EARLY}, "4月上旬"),
        ({"restored_on": date(2011, 4, 20), "gradual": True}, "順次復旧、最後は4月20日"),
        ({"restored_on": date(2012, 4, 20), "part": "東の環", "remains": True}, "東の環は2012年4月20日、残りは未復旧"),
        ({"remains": True}, "未復旧"),
    ],
)
def test_a_return_to_normal_as_exactly_as_it_is_known(said_of_it: dict[str, Any], expected: str) -> None:
    assert cells(said(RestorationReported(item=LAN, **said_of_it)))[3] == expected


def test_kinds_have_words_of_their_own_and_data_a_row() -> None:
    assert cells(found(MOBILE, 1, State.STOPPED), item=MOBILE)[0] == "利用不可"
    record([found(ROOM, 1, State.DEGRADED), found(STAFF, 1, State.IN_USE)], ME)
    assert [cells(item=i)[0] for i in (ROOM, STAFF)] == ["一部被害", "被災なし"]
    lost = DataChecked(item=demo.item("S01"), loss=Loss.PARTLY)
    late = Draft(lost, lost.about(INCIDENT), happened_at=BEGAN + timedelta(days=3), incident=INCIDENT)
    assert cells(late, item=demo.item("S01"), aspect=Aspect.DATA) == ["一部喪失", "—", "—", "—"]


def test_an_ordinary_counter_tells_its_first_and_its_full_reopening() -> None:
    build()
    opened()
    days = [(date(2011, 3, 14), True, "文化センター"), (date(2011, 3, 20), True, "別館"), (date(2011, 4, 4), False, "")]
    for on, partly, place in days:
        record(Draft(CounterOpened(on=on, partly=partly, place=place), CITIZENS, incident=INCIDENT), ME)
    record(Draft(SystemIntroduced(name="義援金台帳", in_service=date(2011, 5, 1)), NEW, incident=INCIDENT), ME)
    made = annex.annex(INCIDENT)
    assert made is not None
    assert made.counters[1].cells[0].ja == "3月14日から一部再開(文化センター)、4月4日から再開"
    assert [(r.label.ja, r.cells[0].ja, r.cells[1].ja) for r in made.systems] == [
        ("被災者支援システム", "—", "—"),
        ("その他システム:義援金台帳", "5月1日に稼働", "5月1日"),
    ]


def test_what_was_merged_into_an_incident_is_told_with_it() -> None:
    small = opened("incidents.incident:small")
    build()
    opened()
    fact = StateChanged(item=LAN, state=State.STOPPED)
    at = BEGAN + timedelta(hours=1)
    record(Draft(fact, fact.about(small), happened_at=at, incident=small), ME)
    assert cells() == ["—", "—", "—", "—"]
    record(Draft(IncidentMerged(into=INCIDENT), small, incident=small), ME)
    assert cells() == ["停止", "—", "—", "未復旧"]
    assert [x.item.subject for x in queries.board(INCIDENT).down] == [LAN]


def test_dates_in_both_languages() -> None:
    day = date(2011, 11, 30)
    told = [(said_date(day, p, 2011).ja, said_date(day, p, 2012).en) for p in Precision]
    assert told == [
        ("11月30日", "30 November 2011"),
        ("11月30日ころ", "about 30 November 2011"),
        ("11月上旬", "early November 2011"),
        ("11月中旬", "mid-November 2011"),
        ("11月下旬", "late November 2011"),
        ("11月末", "end of November 2011"),
        ("11月", "November 2011"),
    ]
