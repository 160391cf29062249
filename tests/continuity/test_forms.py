"""Every sheet of the plan's workbook, in Excel and back: whatever a table may hold comes back as it was."""

from __future__ import annotations

import io
from datetime import date, timedelta
from enum import Enum
from random import Random
from typing import Any

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.continuity import workbook
from tomoshibi.continuity.forms import FORMS, Form, _plain
from tomoshibi.documents import Sheet, write_xlsx
from tomoshibi.documents.sheets import LIMITS, read_rows
from tomoshibi.documents.sheets.source import open_sheets
from tomoshibi.vocabulary.text import speak

#: what cells refer to, by what they are called; names as towns write them, one of them like a figure
CALLED = ("住基システム", "UPS(無停電電源装置)", "007", "東ループ 本庁舎-潮見")
#: what Excel likes to take for something else
TEMPTING = (
    "007",
    "1e5",
    "2026-04-01",
    "=1+1",
    "TRUE",
    "'点",
    "090-1234-5678",
    "+81",
    "はい",
    "1,000",
    "髙﨑 祇\U000e0100園",
)
LETTERS = "灯里町データ電源ｶﾅabcXYZ019%&<>\"'()-_／：％①㈱𠮷"


def word(chance: Random) -> str:
    """A text as people write, or as Excel likes to misread."""
    return chance.choice([chance.choice(TEMPTING), "".join(chance.choices(LETTERS, k=chance.randint(1, 12)))])


def value(form: Form, name: str, chance: Random) -> Any:
    """What a column of a form may hold."""
    fact = form._of(name)
    if fact is None or form.widget(name):
        called = chance.sample(CALLED, chance.randint(1, 3))
        return word(chance) if fact is None and not form.widget(name) else called if form.is_many(name) else called[0]
    kind, many = _plain(fact.model_fields[name].annotation)
    if many:
        return sorted(chance.choices(range(1, 6), k=6)) if kind is int else ["甲", "乙"]
    if issubclass(kind, Enum):
        return chance.choice(list(kind))
    if issubclass(kind, date):
        return date(1926, 12, 25) + timedelta(chance.randrange(90_000))
    if issubclass(kind, bool):
        return chance.random() < 0.5
    if issubclass(kind, int):
        return chance.randint(1, 240)
    return round(chance.uniform(0.25, 89), chance.randint(0, 12)) if issubclass(kind, float) else word(chance)


def row(form: Form, chance: Random) -> dict[str, Any]:
    """A row that the form's facts allow: every cell but those required may be empty."""
    while True:
        wanted = {*form.required, *(n for n in form.names if form._of(n) is None or chance.random() < 0.6)}
        made = {n: value(form, n, chance) if n in wanted else None for n in form.names}
        if len(made.get("ends") or "..") != 2:
            continue
        said = {k: v for k, v in {**made, **form.fixed}.items() if v is not None}
        try:
            for fact in form.facts:
                fact(**{k: v for k, v in said.items() if k in fact.model_fields})
        except pydantic.ValidationError:
            continue
        return made


@pytest.mark.parametrize("spoken", ["ja", "en"])
@settings(max_examples=3)
@given(chance=st.integers(0, 2**32).map(Random))
def test_every_table_comes_back_as_it_was(spoken: Any, chance: Random) -> None:
    held = [
        (form, list({str(r.get("item") or n): r for n in range(3) for r in [row(form, chance)]}.values()))
        for form in FORMS
    ]
    lookups = {
        widget: [(name, name) for name in CALLED] for form in FORMS for n in form.names if (widget := form.widget(n))
    }
    with speak(spoken):
        book = io.BytesIO()
        write_xlsx(
            [
                Sheet(form.title, form.columns(), [workbook._cells(form, one, lambda widget, ref: ref) for one in many])
                for form, many in held
            ],
            book,
        )
        read = {title: list(found) for title, found in open_sheets(book.getvalue(), LIMITS)}
        for form, many in held:
            found = read_rows(str(form.title), read[str(form.title)], form.columns(lookups))
            assert found is not None and not found.problems, (form.title.ja, found and found.problems)
            assert [{k: line.values.get(k) for k in form.names} for line in found.rows] == many, form.title.ja
