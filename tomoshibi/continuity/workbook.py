"""The plan as one Excel workbook, in and out: sheets in the shape of the official forms (:mod:`.forms`).

All sheets are held against one another and against what is known before anything is recorded: a bad row anywhere and
nothing is loaded, unless told to leave bad rows out. Loading the same workbook twice records nothing more.
"""

from __future__ import annotations

import dataclasses
import io
import unicodedata
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from tomoshibi.continuity.forms import ABOUT_ITEM, FORMS, ITEM_TYPE, Form, Lookups
from tomoshibi.continuity.plan_facts import CYCLE
from tomoshibi.continuity.plan_queries import dependencies
from tomoshibi.continuity.plan_tables import TableFact
from tomoshibi.continuity.subjects import Dependency
from tomoshibi.documents import Problem, SheetError, SheetRefused, SheetResult, write_xlsx
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.documents.sheets import LIMITS, read_rows
from tomoshibi.documents.sheets.source import open_sheets, read_bytes
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.states import Register, Subject, Track
from tomoshibi.people.subjects import Role, Staff
from tomoshibi.places.importing import BATCH, Imported, RowFault, Sheet, Values
from tomoshibi.places.keys import natural
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.subjects import Municipality
from tomoshibi.vocabulary import T

Source = str | Path | bytes | IO[bytes]
#: how many letters and figures of a municipality's code a natural key begins with
CODE = 5
#: subject types that cells refer to
MEANT = (ITEM_TYPE, "places.area", "places.site", "people.section", "people.staff", "people.role", "continuity.risk")
_GONE = ("retired", "removed", "closed", "left", "ended", "withdrawn")


@dataclass(frozen=True)
class Loaded:
    """What a workbook did, sheet by sheet; ``unknown`` are sheets that are no form's."""

    sheets: Mapping[str, Imported]
    unknown: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every bad row that was left out."""
        return tuple(p for done in self.sheets.values() for p in done.problems)

    @property
    def text(self) -> T:
        """One sentence of it."""
        new, changed, same = (sum(getattr(d, n) for d in self.sheets.values()) for n in ("new", "changed", "same"))
        return Imported(new, changed, same, self.problems).text


def load(
    source: Source, actor: Actor, *, accept_good: bool = False, made: Callable[[Draft], Draft] = lambda draft: draft
) -> Loaded:
    """Record what a workbook says and was not known; ``made`` may give a draft its own id.

    Raises :class:`~tomoshibi.documents.SheetRefused` for bad rows unless ``accept_good``, naming all of them,
    :class:`~tomoshibi.documents.SheetError` where no sheet is known, :class:`~tomoshibi.journal.facts.Forbidden` for
    a sheet that ``actor`` may not record, and what recording raises.
    """
    book = _Book(read_bytes(source, LIMITS))
    prepared = book.prepared()
    problems = tuple(p for _, _, imported in prepared for p in imported.problems)
    if problems and not accept_good:
        raise SheetRefused(problems, sum(i.new + i.changed + i.same for _, _, i in prepared))
    for form, drafts, _ in prepared:
        if not all(actor.may(kind) for kind in {d.fact.kind for d in drafts}):
            raise Forbidden(
                T(
                    f"シート「{form.title.ja}」を取り込む権限がないため、何も取り込んでいません。",
                    f"You hold no role that may load the sheet {form.title.en!r}, so nothing was loaded.",
                )
            )
    act = str(uuid.uuid4())
    for _, drafts, _ in prepared:
        for start in range(0, len(drafts), BATCH):
            record([made(d) for d in drafts[start : start + BATCH]], actor, act)
    return Loaded({str(form.title): imported for form, _, imported in prepared}, book.unknown)


def export(target: str | Path | IO[bytes], *, contacts: bool = False) -> None:
    """Write the plan as a workbook that :func:`load` reads back; ``contacts``: with the staff's personal numbers."""
    states = States()
    called = Called(states)
    sheets = []
    for form in FORMS:
        if form.holds == "people.staff" and not contacts:
            continue
        rows = [_cells(form, values, called) for values in states.of(form)]
        sheets.append(OutSheet(form.title, form.columns(), rows))
    write_xlsx(sheets, target)


def built(tables: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A workbook from rows as people write them: by sheet's Japanese title, ``columns`` and ``rows`` of cells."""
    known = {form.title.ja: form for form in FORMS}
    sheets = []
    for title, said in tables.items():
        form = known[title]
        rows = [dict(zip(said["columns"], row, strict=True)) for row in said["rows"]]
        sheets.append(OutSheet(form.title, form.columns(), [_worded(form, row) for row in rows]))
    held = io.BytesIO()
    write_xlsx(sheets, held)
    return held.getvalue()


def _worded(form: Form, row: Values) -> Values:
    """Cells with the words of enumerations in place of their keys."""
    found = dict(row)
    for column in form.columns():
        value = row.get(column.name)
        if column.parse is not None and isinstance(value, str) and value and not form.is_many(column.name):
            value = column.parse(value)
        value = None if value == "" else value
        found[column.name] = value.label if isinstance(value, Enum) and hasattr(value, "label") else value
    return found


class States:
    """What is known, from the journal's own states: all that they hold, and so all that a workbook must."""

    def __init__(self) -> None:
        self._held: dict[str, list[Subject]] = {}

    def all(self, type_name: str) -> list[Subject]:
        """States of a type that are in use, by title."""
        if type_name not in self._held:
            refs = SubjectRow.objects.filter(type=type_name).order_by("title", "subject")
            states = [state_of(ref) for ref in refs.values_list("subject", flat=True)]
            self._held[type_name] = [s for s in states if not any(_value(s, name) for name in _GONE)]
        return self._held[type_name]

    def of(self, form: Form) -> list[Values]:
        """Rows of a form, in its order."""
        return [values for _, values in self.rows(form)]

    def rows(self, form: Form) -> list[tuple[str, Values]]:
        """Rows of a form with their subjects, in its order."""
        about = form.holds == ABOUT_ITEM
        found = []
        for state in self.all(ITEM_TYPE if about else form.holds):
            values = values_of(form, state)
            if form.kinds and _value(state, "item_kind") not in form.kinds:
                continue
            if form.holds == "places.municipality":
                if not _value(state, "ours"):
                    continue
                values["code"] = state.subject.partition(":")[2]
            if about and not any(values[n] != _default(state, n) for n in form.names if n != "item"):
                continue
            if about:
                values |= {"item": state.subject, "code": _value(state, "code")}
            found.append((state.subject, values))
        found.sort(key=lambda row: _order(form, row[1]))
        return [(ref, {n: v for n, v in values.items() if n in form.names}) for ref, values in found]


def _order(form: Form, values: Values) -> tuple[Any, ...]:
    order = values.get("order") if "order" in form.names and not form.kinds else None
    procedure = (
        str(values.get("procedure") or "") + str(values.get("item") or "") if form.holds.endswith("step") else ""
    )
    return (procedure, order is None, order or 0, str(values.get("code") or values.get("number") or ""))


def values_of(form: Form, state: Subject) -> Values:
    """What a state holds of a form's columns."""
    return {name: _value(state, name) for name in form.names if hasattr(state, name)}


def _value(state: Subject, name: str) -> Any:
    part = getattr(state, name, None)
    return part.value if isinstance(part, Register | Track) else None


def _default(state: Subject, name: str) -> Any:
    return getattr(state, name).default


class Called:
    """What a reference is called in a cell: its name where that is its own, else its number."""

    def __init__(self, states: States) -> None:
        self.states = states
        self._names: dict[str, dict[str, str]] = {}
        self._titles: dict[str, dict[str, str]] = {}

    def name(self, widget: str, ref: str) -> str:
        """The name of ``ref``, whether or not another has it as well: for reading."""
        if widget not in self._titles:
            self._titles[widget] = {s.subject: s.title() for s in self.states.all(widget)}
        return self._titles[widget].get(ref, "")

    def __call__(self, widget: str, ref: str) -> str:
        """The name of ``ref``, a reference of the type ``widget``."""
        if widget not in self._names:
            found = [(s, *_names_of(s)) for s in self.states.all(widget)]
            times = Counter("".join(name.split()) for _, name, _ in found)
            self._names[widget] = {
                s.subject: name
                if name and times["".join(name.split())] == 1 and not set(name) & set("、,，;；\n")
                else code
                for s, name, code in found
            }
        return self._names[widget].get(ref, "")


def _names_of(state: Subject) -> tuple[str, str]:
    """By what name and number a cell may mean a subject."""
    if isinstance(state, Role):
        return f"{state.name.value}({state.time.value.label.ja})", ""
    if isinstance(state, Staff):
        return "", state.number.value
    return str(_value(state, "name") or ""), str(_value(state, "code") or "")


def _cells(form: Form, values: Values, called: Called) -> Values:
    found: Values = {}
    for name in form.names:
        value, widget = values.get(name), form.widget(name)
        many = value if isinstance(value, list) else [value]
        shown = [called(widget, x) if widget and x else x for x in many]
        if isinstance(value, list):
            found[name] = "、".join(str(x.label if isinstance(x, Enum) and hasattr(x, "label") else x) for x in shown)
        else:
            found[name] = shown[0].label if isinstance(shown[0], Enum) and hasattr(shown[0], "label") else shown[0]
    return found


@dataclass
class _Book:
    """One workbook while it is read."""

    data: bytes
    states: States = field(default_factory=States)
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.rows = {title: list(rows) for title, rows in open_sheets(self.data, LIMITS)}
        titles = list(self.rows)
        by_name = {_plain(name): form for form in FORMS for name in (form.title.ja, form.title.en)}
        self.found = [(t, by_name[_plain(t)]) for t in titles if _plain(t) in by_name]
        self.found.sort(key=lambda pair: FORMS.index(pair[1]))
        self.unknown = tuple(t for t in titles if _plain(t) not in by_name)
        if not self.found:
            listed = "、".join(form.title.ja for form in FORMS)
            raise SheetError(
                T(
                    f"計画のシートがありません。シートの名は次のどれかにしてください: {listed}。",
                    f"No sheet of a plan was found. Call the sheets as these: {', '.join(f.title.en for f in FORMS)}.",
                )
            )
        us = who_are_we()
        self.here = us.code[:CODE] if us else ""
        if not self.here:
            self.here = next((self._code(v) for f in self._of("places.municipality") for v in self._bare(*f)), "")
        self.keys = {form.title.ja: self._known_keys(form) for _, form in self.found}

    def _of(self, holds: str) -> list[tuple[str, Form]]:
        return [pair for pair in self.found if pair[1].holds == holds]

    def _bare(self, title: str, form: Form) -> list[Values]:
        return [{**row.values, **form.fixed} for row in self._read(title, form, None).rows]

    def _read(self, title: str, form: Form, lookups: Lookups | None) -> SheetResult:
        columns = form.columns(lookups)
        found = read_rows(title, self.rows[title], columns)
        if found is None:
            wanted = T("、".join(c.label.ja for c in columns), ", ".join(c.label.en for c in columns))
            raise SheetError(
                T(
                    f"シート「{title}」に見出しの行がありません。次の見出しを並べてください: {wanted.ja}。",
                    f"Sheet {title!r} has no heading row. Put these headings: {wanted.en}.",
                )
            )
        return found

    @staticmethod
    def _code(values: Values) -> str:
        return str(values["code"] or "")[:CODE]

    def _known_keys(self, form: Form) -> dict[tuple[str, ...], str]:
        """Subjects that are there, by what tells a row's from the others."""
        holds = ITEM_TYPE if form.holds == ABOUT_ITEM else form.holds
        return {
            key: state.subject
            for state in self.states.all(holds)
            for key in _keys(form, {n: _value(state, n) for n in {*form.names, *_key_names(form)}})
        }

    def subject_of(self, form: Form, values: Values) -> str:
        """The subject that a row is of: the known one, else one that every node would name alike."""
        if form.holds == ABOUT_ITEM:
            return str(values["item"])
        if form.holds == "places.municipality":
            return Municipality.ref(self._code(values))
        keys = _keys(form, values)
        known = next((self.keys[form.title.ja][k] for k in keys if k in self.keys[form.title.ja]), "")
        return known or natural(form.facts[0].subject, self.here, *keys[0][1:])

    def prepared(self) -> list[tuple[Form, list[Draft], Imported]]:
        """Every sheet's drafts and what they do. What refers to a row that is bad is bad as well."""
        own = {
            holds: [
                (called, self.subject_of(form, values))
                for title, form in self._of(holds)
                for values in self._bare(title, form)
                for called in _called_in(form, values)
            ]
            for holds in MEANT
        }
        while True:
            lookups = self._lookups(own)
            found = [self._sheet(title, form, lookups) for title, form in self.found]
            good = {ref for form, *_, refs in found if form.holds != ABOUT_ITEM for ref in refs}
            kept = {holds: [(name, ref) for name, ref in pairs if ref in good] for holds, pairs in own.items()}
            if kept == own:
                return [(form, drafts, imported) for form, drafts, imported, _ in found]
            own = kept

    def _lookups(self, own: Mapping[str, list[tuple[str, str]]]) -> Lookups:
        found: dict[str, set[tuple[str, str]]] = {holds: set(pairs) for holds, pairs in own.items()}
        for widget in MEANT:
            for state in self.states.all(widget):
                found.setdefault(widget, set()).update((n, state.subject) for n in _names_of(state) if n)
        return {widget: sorted(pairs) for widget, pairs in found.items()}

    def _sheet(self, title: str, form: Form, lookups: Lookups) -> tuple[Form, list[Draft], Imported, set[str]]:
        columns, result = form.columns(lookups), self._read(title, form, lookups)
        rows = [dataclasses.replace(row, values={**row.values, **form.fixed}) for row in result.rows]
        result = dataclasses.replace(result, rows=tuple(rows))
        states = {s.subject: s for s in self.states.all(ITEM_TYPE if form.holds == ABOUT_ITEM else form.holds)}

        def known() -> dict[str, Values]:
            names = {n for fact in form.facts for n in fact.model_fields}
            return {ref: {n: _value(state, n) for n in names} for ref, state in states.items()}

        fault = self._fault(form)
        drafts: list[Draft] = []
        counts: list[Imported] = []
        for n, fact in enumerate(form.facts):
            sheet: Sheet[Any] = Sheet(
                fact, columns, lambda v: self.subject_of(form, v), known, fault if n == 0 else _fine
            )
            result, more, imported = sheet.prepared(result)
            if form.holds == "places.municipality":
                more = [
                    dataclasses.replace(d, fact=fact(**{**d.fact.model_dump(exclude_unset=True), "ours": True}))
                    for d in more
                ]
            drafts += more
            counts.append(imported)
        first = counts[0]
        changed = max(len({d.subject for d in drafts}) - first.new, 0)
        total = first.new + first.changed + first.same
        refs = {self.subject_of(form, row.values) for row in result.rows}
        return form, drafts, Imported(first.new, changed, total - first.new - changed, result.problems), refs

    def _fault(self, form: Form) -> Callable[[Values], RowFault | None]:
        if form.facts[0].subject is Dependency:
            return _Circles()
        if form.holds == "places.municipality":
            return self._other_town
        if form.holds == ITEM_TYPE:
            return lambda values: self._twice(form, values)
        return _fine

    @cached_property
    def codes(self) -> dict[str, T]:
        """Of each item's code the sheet on which it stands first."""
        codes: dict[str, T] = {}
        for title, form in self._of(ITEM_TYPE):
            for values in self._bare(title, form):
                codes.setdefault(str(values.get("code") or ""), form.title)
        return codes

    def _twice(self, form: Form, values: Values) -> RowFault | None:
        """A code that an item of another sheet has. (Twice on one sheet is found as the same row.)"""
        code = str(values.get("code") or "")
        if not code or self.codes[code] == form.title:
            return None
        other = self.codes[code]
        return (
            "code",
            T(f"シート「{other.ja}」の行と同じ番号です", f"a row of the sheet {other.en} has the same code"),
            T("どちらかの番号を改めてください。", "Give one of them another code."),
        )

    def _other_town(self, values: Values) -> RowFault | None:
        if self._code(values) == self.here:
            return None
        return (
            "code",
            T("この本部の自治体ではありません", "this is not this headquarters' municipality"),
            T(
                "別の自治体の計画は、別の本部に取り込んでください。",
                "Load another town's plan into that town's headquarters.",
            ),
        )


def _fine(values: Values) -> RowFault | None:
    return None


class _Circles:
    """Holds a sheet of dependencies against circles, row by row."""

    def __init__(self) -> None:
        self.needs: dict[str, set[str]] = {}
        for row in dependencies():
            self.needs.setdefault(row.dependent, set()).add(row.needs)

    def __call__(self, values: Values) -> RowFault | None:
        dependent, needs = values["dependent"], values["needs"]
        seen, edge = {needs}, {needs}
        while edge:
            edge = {n for ref in edge for n in self.needs.get(ref, ())} - seen
            seen |= edge
        if dependent in seen:
            return "needs", T("必要とするものをたどると自分に戻ります", "following the needs leads back here"), _REMEDY
        self.needs.setdefault(dependent, set()).add(needs)
        return None


_REMEDY = T(CYCLE.ja.partition("。")[2], CYCLE.en.partition(". ")[2])


def _plain(title: str) -> str:
    """A sheet's name with width, case and spacing taken away."""
    return "".join(unicodedata.normalize("NFKC", title).casefold().split())


def _key_names(form: Form) -> tuple[str, ...]:
    fact = form.facts[0]
    if issubclass(fact, TableFact):
        return fact.key
    if fact.subject is Dependency:
        return ("dependent", "needs")
    if fact.subject is Role:
        return ("name", "time")
    return ("number",) if fact.subject is Staff else ("code", "name")


def _keys(form: Form, values: Values) -> list[tuple[str, ...]]:
    """What tells a row from the others: of what has a number that, else its name."""
    names = _key_names(form)
    if names == ("code", "name"):
        code, name = str(values.get("code") or ""), str(values.get("name") or "")
        return [("code", code)] if code else [("name", name)]
    return [("key", *(str(getattr(v, "value", v) if (v := values.get(n)) is not None else "") for n in names))]


def _called_in(form: Form, values: Values) -> Iterable[str]:
    """By what a row of the workbook may be meant elsewhere in it."""
    if form.facts[0].subject is Role:
        return [f"{values['name']}({values['time'].label.ja})"]
    names = ("name", "number") if form.facts[0].subject in (Staff,) else ("name", "code")
    return [str(values[n]) for n in names if values.get(n)]
