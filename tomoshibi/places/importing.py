"""From a sheet's rows to facts: only what differs from the present is said, and half a sheet is not loaded by accident.

Used by every room that takes lists of reference subjects in. A blank cell, like a column that is not there, leaves
what is known as it is: a sheet adds and changes, it never empties.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic

from tomoshibi.documents import CellError, Column, Problem, SheetResult
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Fact
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.text import counted

Values = dict[str, Any]
#: what is wrong with a row as a whole: the field, what, and what to do
RowFault = tuple[str, T, T | None]

#: facts recorded in one transaction: a sheet is one act, but not one lock held for a minute
BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What a sheet did: subjects that are new, changed, as they were; and the rows that were left out."""

    new: int
    changed: int
    same: int
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> T:
        """One sentence of it."""
        bad = len({p.row for p in self.problems})
        left = T(f"、取り込まなかった行{bad}件", f", {counted(bad, 'row', 'rows')} left out") if bad else T("", "")
        return T(
            f"新規{self.new}件、変更{self.changed}件、変更なし{self.same}件{left.ja}",
            f"{self.new} new, {self.changed} changed, {self.same} unchanged{left.en}",
        )


@dataclass(frozen=True, slots=True)
class Sheet[F: Fact]:
    """How a list of subjects is read: the fact that each row says, the subject that it is said of, and what is known.

    ``subject_of`` gives a row's subject; ``known`` the present values of subjects, in the fact's own terms;
    ``row_fault`` looks at a row as a whole.
    """

    fact: type[F]
    columns: Sequence[Column]
    subject_of: Callable[[Values], str]
    known: Callable[[], Mapping[str, Values]]
    row_fault: Callable[[Values], RowFault | None] = lambda values: None

    def load(self, result: SheetResult, actor: Actor, *, accept_good: bool = False) -> Imported:
        """Record what ``result`` says and was not known. Importing the same sheet twice records nothing more.

        Raises :class:`~tomoshibi.documents.SheetRefused` for a sheet with bad rows unless ``accept_good`` is said,
        and what :func:`~tomoshibi.journal.recording.record` raises.
        """
        checked, drafts, imported = self.prepared(result)
        checked.load(good_only=accept_good)
        for start in range(0, len(drafts), BATCH):
            record(drafts[start : start + BATCH], actor)
        return imported

    def prepared(self, result: SheetResult) -> tuple[SheetResult, list[Draft], Imported]:
        """What :meth:`load` would record: the result with everything that is wrong, the drafts, and what they do."""
        checked, facts = self._checked(result)
        known = self.known()
        drafts: list[Draft] = []
        new = same = 0
        for subject, values in facts:
            before = known.get(subject)
            said = {k: v for k, v in self._own(values).items() if before is None or before.get(k) != v}
            if said:
                drafts.append(Draft(self.fact(**said), subject))
                new += before is None
            else:
                same += 1
        return checked, drafts, Imported(new, len(drafts) - new, same, checked.problems)

    def _checked(self, result: SheetResult) -> tuple[SheetResult, list[tuple[str, Values]]]:
        """The result with what the fact and the list as a whole find wrong, and the good rows by subject."""
        labels = {c.name: c.label for c in self.columns}
        good, facts, problems = [], list[tuple[str, Values]](), list(result.problems)
        seen: dict[str, int] = {}
        for row in result.rows:
            faults = list(self._faults(row.values))
            subject = "" if faults else self.subject_of(row.values)
            if subject in seen and not faults:
                twice = T("{n}行と同じものです", "the same one as in row {n}").format(n=seen[subject])
                faults.append((next(iter(labels)), twice, T("どちらかを消してください。", "Delete one of them.")))
            problems += [
                Problem(result.sheet, row.number, labels.get(name), _shown(row.values.get(name)), what, remedy)
                for name, what, remedy in faults
            ]
            if not faults:
                seen[subject] = row.number
                good.append(row)
                facts.append((subject, row.values))
        problems.sort(key=lambda p: p.row)
        return dataclasses.replace(result, rows=tuple(good), problems=tuple(problems)), facts

    def _own(self, values: Values) -> Values:
        """The values that are there and that the fact has fields for; a row may hold another fact's as well."""
        return {k: v for k, v in values.items() if v is not None and k in self.fact.model_fields}

    def _faults(self, values: Values) -> Iterable[RowFault]:
        try:
            self.fact(**self._own(values))
        except pydantic.ValidationError as error:
            for place, what in complaints(error):
                yield place.partition(".")[0], what, None
            return
        fault = self.row_fault(values)
        if fault is not None:
            yield fault


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def named(known: Iterable[tuple[str, str]], what: T) -> Callable[[Any], str]:
    """A column's ``parse`` that finds a subject by what people write: ``known`` are pairs of a name or number and the
    reference. A name that two subjects have is refused, not guessed.
    """
    found: dict[str, set[str]] = {}
    for name, reference in known:
        found.setdefault(_plain(name), set()).add(reference)

    def parse(value: Any) -> str:
        meant = found.get(_plain(value), set())
        if len(meant) > 1:
            raise CellError(
                T("同じ名称の{what}が二つあります", "two {what}s have this name").format(what=what),
                T("番号で書いてください。", "Write its number."),
            )
        if not meant:
            raise CellError(
                T("この{what}はありません", "there is no such {what}").format(what=what),
                T("先に登録するか、名称を直してください。", "Enter it first, or correct the name."),
            )
        return next(iter(meant))

    return parse


def several[V](one: Callable[[Any], V]) -> Callable[[Any], list[V]]:
    """A column's ``parse`` for several values in one cell, with any of the usual separators between them."""

    def parse(value: Any) -> list[V]:
        return [one(part) for part in re.split(r"[、,，;；\n]+", str(value)) if part.strip()]

    return parse


def chosen[E](kinds: Iterable[E]) -> Callable[[Any], E]:
    """A column's ``parse`` for an enumeration whose members have a ``label``: read by label or value."""
    known: dict[str, E] = {}
    for kind in kinds:
        label: T = kind.label  # type: ignore[attr-defined]
        known |= {label.ja: kind, label.en.casefold(): kind, str(kind.value): kind}  # type: ignore[attr-defined]

    def parse(value: Any) -> E:
        text = str(value).strip()
        found = known.get(text) or known.get(text.casefold())
        if found is None:
            listed = T(
                "、".join(dict.fromkeys(k.label.ja for k in known.values())),  # type: ignore[attr-defined]
                ", ".join(dict.fromkeys(k.label.en for k in known.values())),  # type: ignore[attr-defined]
            )
            raise CellError(
                T("知らない値です", "this value is unknown"),
                T("{listed} のどれかにしてください。", "Use one of {listed}.").format(listed=listed),
            )
        return found

    return parse


def _plain(value: object) -> str:
    """A name with width and spacing taken away, by which people mean the same."""
    return "".join(unicodedata.normalize("NFKC", str(value)).split())
