"""The annex tables, from the journal alone, are those of the report of 2011, cell by cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.continuity.town import build, happened
from tomoshibi.continuity import annex, papers

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
