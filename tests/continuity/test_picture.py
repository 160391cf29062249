"""The drawing of the plan: needs from left to right, no box over another, everything in it and all of it escaped."""

from __future__ import annotations

from itertools import combinations

from tests.continuity.plans import city
from tomoshibi.continuity import picture
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import DependencyRow, ItemRow


def apart(drawing: picture.Picture) -> bool:
    return all(
        abs(a.x - b.x) >= picture.WIDE or abs(a.y - b.y) >= picture.HIGH for a, b in combinations(drawing.boxes, 2)
    )


def test_needs_run_from_left_to_right_and_nothing_lies_over_another() -> None:
    drawing = picture.needs(city())
    x = {box.ref: box.x for box in drawing.boxes}
    assert {"P01", "P03", "E03", "S01", "W01", "D01", "M01"} <= set(x) and "L01" not in x
    assert all(x[edge.of] < x[edge.ref] for edge in drawing.edges)
    assert {edge.of for edge in drawing.edges if edge.other} == {"P01", "P02"}
    assert apart(drawing)
    assert all(0 <= b.x <= drawing.width - picture.WIDE and 0 <= b.y <= drawing.height for b in drawing.boxes)
    assert {box.ref for box in picture.needs(city(), {"S01", "E03", "N01"}).boxes} == {"S01", "E03", "N01"}


def test_lines_are_drawn_around_the_head_office() -> None:
    drawing = picture.lines(city())
    assert drawing is not None and apart(drawing)
    assert {edge.line for edge in drawing.edges} == {f"L{n:02}" for n in range(1, 18)}
    assert len(drawing.boxes) == 15  # the head office, twelve branch offices, two schools
    assert picture.lines(Plan(())) is None


def test_names_are_escaped() -> None:
    evil = "<script>&\"'"
    items = tuple(ItemRow(subject=ref, name=evil, kind="system") for ref in "ab")
    drawing = picture.needs(Plan(items, (DependencyRow(dependent="a", needs="b"),)))
    marks = {ref: picture.Mark(f"?lost={ref}&x", "lost", "✖", evil) for ref in "ab"}
    made = picture.svg(drawing, marks, [True])
    assert "<script" not in made and made.count("&lt;script&gt;") == 10 and 'edge lit"' in made
    assert made.count('id="asked"') == 1
