"""Copies of the whole plan, and what changed between two of them, in words.

A copy holds every row of every sheet (:data:`.forms.FORMS`) with its cells: words of enumerations by their keys, and
references by what they were called then, so that a copy is read without the tables of today.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import F, QuerySet

from tomoshibi.continuity.forms import FORMS, Form
from tomoshibi.continuity.models import RevisionRow
from tomoshibi.continuity.plan_words import Stage, Trigger
from tomoshibi.continuity.workbook import Called, States
from tomoshibi.journal import datasets
from tomoshibi.vocabulary import T

MEDIA = "application/vnd.tomoshibi.plan+json"
#: the plan is looked at again after so long without a change
YEARLY = timedelta(days=365)
#: sheets whose change calls for a review, by what the plan's rules call it
_TRIGGERS = {
    "people.section": Trigger.ORGANISATION,
    "people.role": Trigger.ORGANISATION,
}
Copy = dict[str, dict[str, dict[str, Any]]]


def revisions() -> QuerySet[RevisionRow]:
    """Every revision, the newest first."""
    return RevisionRow.objects.order_by(F("edition").desc(nulls_first=True), "-drafted_at", "subject")


def in_force() -> RevisionRow | None:
    """The approved revision with the highest number; None before the first."""
    return RevisionRow.objects.filter(stage=Stage.APPROVED.value).order_by("-edition").first()


def next_edition() -> int:
    """The number that the next approval gives."""
    last = in_force()
    return (last.edition or 0) + 1 if last else 1


def copy_now() -> Copy:
    """The plan as it stands: by sheet's Japanese title and subject, the cells. No personal numbers."""
    states = States()
    called = Called(states)
    found: Copy = {}
    for form in FORMS:
        if form.holds == "people.staff":
            continue
        rows = found.setdefault(form.title.ja, {})
        for subject, values in states.rows(form):
            rows[subject] = {
                name: _kept(form, name, value, called)
                for name, value in values.items()
                if value is not None and value not in ("", [])
            }
    return found


def _kept(form: Form, name: str, value: Any, called: Called) -> Any:
    if isinstance(value, list):
        return [_kept(form, name, one, called) for one in value]
    widget = form.widget(name)
    if widget:
        return called.name(widget, value)
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def keep(copy: Copy) -> str:
    """Keep a copy as a dataset; its digest."""
    text = json.dumps(copy, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return datasets.put(text.encode(), MEDIA)


def copy_of(row: RevisionRow) -> Copy:
    """The copy that a revision is of. Raises :class:`~tomoshibi.journal.datasets.DatasetError`."""
    found: Copy = json.loads(datasets.require(row.sha256).read_bytes())
    return found


@dataclass(frozen=True)
class Cell:
    """A cell that changed: its column, what it said and what it says; an empty text: nothing."""

    label: T
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A row that came, went or changed. ``kind`` is added, removed or changed."""

    kind: str
    name: str
    cells: tuple[Cell, ...]

    @property
    def word(self) -> T:
        """What happened to it."""
        return {"added": T("追加", "Added"), "removed": T("削除", "Removed"), "changed": T("変更", "Changed")}[
            self.kind
        ]


@dataclass(frozen=True)
class Compared:
    """A sheet in which something changed."""

    form: Form
    changes: tuple[Change, ...]


def compare(before: Copy, after: Copy) -> list[Compared]:
    """What changed from one copy to another, sheet by sheet; sheets without a change are left out."""
    found = []
    for form in FORMS:
        old, new = before.get(form.title.ja, {}), after.get(form.title.ja, {})
        names = names_in(before) | names_in(after)
        changes = [
            Change(
                "added" if ref not in old else "removed" if ref not in new else "changed",
                called_in(form, new.get(ref) or old[ref], names),
                tuple(_cells(form, old.get(ref, {}), new.get(ref, {}))),
            )
            for ref in dict.fromkeys([*old, *new])
            if old.get(ref) != new.get(ref)
        ]
        if changes:
            found.append(Compared(form, tuple(changes)))
    return found


def names_in(copy: Copy) -> dict[str, str]:
    """What subjects are called in a copy."""
    return {ref: str(cells["name"]) for rows in copy.values() for ref, cells in rows.items() if cells.get("name")}


def called_in(form: Form, cells: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What a row is called: its name, or what it joins."""
    if "dependent" in cells:
        return f"{cells['dependent']} → {cells.get('needs', '')}"
    first = next((cells[n] for n in ("name", "heading", "act", "assumed", "holder", "item") if cells.get(n)), "")
    return str(first).split("\n")[0][:80]


def _cells(form: Form, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Cell]:
    labels = {c.name: c.label for c in form.columns()}
    return [
        Cell(labels[name], said(form, name, old.get(name)), said(form, name, new.get(name)))
        for name in form.names
        if old.get(name) != new.get(name)
    ]


def said(form: Form, name: str, value: Any) -> str:
    """A cell of a copy as a person reads it, in the language of the context."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(said(form, name, one) for one in value)
    if isinstance(value, bool):
        return str(T("はい", "yes") if value else T("いいえ", "no"))
    return form.word(name, value)


def reasons(changes: list[Compared]) -> dict[Trigger, int]:
    """What of the plan's own rules calls for a review: how many rows changed, by the rule's word."""
    found: dict[Trigger, int] = {}
    for one in changes:
        trigger = _TRIGGERS.get(one.form.holds)
        kinds = {kind.value for kind in one.form.kinds}
        if kinds & {"vendor", "contract"}:
            trigger = Trigger.VENDOR
        if kinds & {"system"}:
            trigger = Trigger.SYSTEM
        if trigger is not None:
            found[trigger] = found.get(trigger, 0) + len(one.changes)
    return found
