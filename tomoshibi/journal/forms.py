"""A fact's class as a form: one view turns every kind of fact into a page, and what comes back into a fact.

A fact whose fields are all optional is a *change*: the form shows what is there now, and only what differs from what
the page showed is recorded. What the page showed travels with the form (``was-<field>``), and so do the subject's heads
(``after``) and the fact's own id, so that sending it again records it once.
"""

from __future__ import annotations

import enum
import json
import types
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Union, get_args, get_origin

import pydantic
from django.http import QueryDict
from pydantic.fields import FieldInfo

from tomoshibi.journal.complaints import NO_MOMENT, complaints
from tomoshibi.journal.facts import Fact, Shown, words
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.states import Register, Subject, Track
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: a choice of more subjects than this is typed (with suggestions), not picked from a list
PICKED = 300


@dataclass(frozen=True)
class Choice:
    """One value to choose: ``key`` is what the browser sends."""

    key: str
    text: str
    value: Any


def _plain(annotation: Any) -> tuple[Any, bool]:
    """The type without ``Annotated`` and ``None``, and whether None is allowed."""
    if hasattr(annotation, "__metadata__"):
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [a for a in get_args(annotation) if a is not type(None)]
        if len(members) == 1:
            return _plain(members[0])[0], True
        return annotation, len(members) < len(get_args(annotation))
    return annotation, False


def _choices(kind: Any) -> list[Choice]:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [Choice(str(m.value), words(m), m) for m in kind]
    if get_origin(kind) is Literal:
        return [Choice(str(v), words(v), v) for v in get_args(kind)]
    return []


def _control(kind: Any, widget: str) -> str:
    """Which control shows a type; ``json`` for what has no control of its own."""
    if widget in ("hidden", "textarea"):
        return widget
    if get_origin(kind) in (list, tuple, set, frozenset):
        item = _plain((get_args(kind) or (str,))[0])[0]
        if widget or _choices(item):
            return "checks"
        return "lines" if item in (str, int, float, Decimal, date) else "json"
    if widget or _choices(kind):
        return "select"
    if not isinstance(kind, type):
        return "json"
    for base, control in (
        (bool, "bool"), (int, "int"), (float, "decimal"), (Decimal, "decimal"), (datetime, "datetime"),
        (date, "date"), (time, "time"), (str, "text"),
    ):  # fmt: skip
        if issubclass(kind, base):
            return control
    return "json"


@dataclass
class Box:
    """One field on the page: what it is called, how it is filled in, what it shows, what is wrong with it."""

    name: str
    shown: Shown
    kind: Any
    control: str
    optional: bool
    required: bool
    choices: list[Choice]
    value: str = ""
    values: list[str] = field(default_factory=list)
    was: str | None = None
    error: T | None = None
    limits: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The control's id on the page."""
        return f"f-{self.name}"

    @property
    def described_by(self) -> str:
        """Ids of what explains it, for ``aria-describedby``."""
        return " ".join(
            f"{self.id}-{part}" for part, there in (("help", self.shown.help), ("error", self.error)) if there
        )

    @property
    def picked(self) -> list[tuple[Choice, bool]]:
        """Every choice, and whether it is chosen."""
        chosen = set(self.values) if self.control == "checks" else {self.value}
        return [(c, c.key in chosen) for c in self.choices]

    def text_of(self, value: Any) -> str:
        """A value as the control shows it."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, enum.Enum):
            return str(value.value)
        if isinstance(value, datetime):
            return value.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M")
        if self.control in ("lines", "checks") and isinstance(value, list | tuple | set | frozenset):
            return "\n".join(self.text_of(v) for v in value)
        if self.control == "json" and not isinstance(value, str):
            return json.dumps(pydantic.TypeAdapter(Any).dump_python(value, mode="json"), ensure_ascii=False)
        return str(value)

    def show(self, value: Any) -> None:
        """Put a value into the control."""
        self.value = self.text_of(value)
        self.values = self.value.split("\n") if self.value else []

    def read(self, data: QueryDict) -> None:
        """Put what was sent into the control."""
        if self.control == "checks":
            self.values = data.getlist(self.name)
            self.value = "\n".join(sorted(self.values))
        else:
            self.value = data.get(self.name, "").replace("\r\n", "\n")

    def parsed(self) -> Any:
        """What was sent, ready for the fact's class to check."""
        text = self.value
        if self.control in ("int", "decimal", "date", "time", "datetime"):
            text = unicodedata.normalize("NFKC", text).strip().replace(",", "")
        if not text:
            return [] if self.control in ("lines", "checks") else "" if self.kind is str else None
        if self.control == "datetime":
            return _in_japan(text)
        if self.control == "lines":
            return [line.strip() for line in text.split("\n") if line.strip()]
        by_key = {c.key: c.value for c in self.choices}
        if self.control == "checks":
            return [by_key.get(v, v) for v in self.values]
        if self.control == "select":
            return by_key.get(text, text)
        if self.control == "json":
            try:
                return json.loads(text)
            except ValueError:
                return text
        return text


def _in_japan(text: str) -> str:
    """A time without zone is a time in Japan."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=JAPAN)).isoformat()


def is_change(fact: type[Fact]) -> bool:
    """Whether a kind only changes the fields that are set."""
    fields = fact.model_fields.values()
    return bool(fields) and all(not f.is_required() and f.default is None for f in fields)


def _limits(info: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in info.metadata:
        for theirs, ours in (("ge", "min"), ("le", "max"), ("max_length", "maxlength")):
            if getattr(item, theirs, None) is not None:
                found[ours] = getattr(item, theirs)
    return found


def _needs_text(info: FieldInfo) -> bool:
    return any(getattr(item, "min_length", 0) for item in info.metadata)


class FactForm:
    """The form of one kind of fact about one subject.

    ``state`` is the subject's present state (for a change), ``initial`` values that a link proposes, ``data`` what a
    browser sent. With ``data``, :meth:`fact` gives the fact or None, and each box tells what is wrong with it.
    """

    def __init__(
        self,
        kind: type[Fact],
        subject: str,
        *,
        state: Subject | None = None,
        heads: Iterable[str] = (),
        initial: Mapping[str, str] | None = None,
        data: QueryDict | None = None,
    ) -> None:
        self.kind = kind
        self.subject = subject
        self.change = is_change(kind)
        self.data = data
        self.error: T | None = None
        self.unchanged = False
        self.id = (data.get("id") if data is not None else "") or str(uuid.uuid4())
        self.after = data.get("after", "").split() if data is not None else list(heads)
        self.incident = (data if data is not None else initial or {}).get("incident", "")
        self.happened = data.get("happened_at", "") if data is not None else ""
        self.happened_error: T | None = None
        self.boxes = [self._box(name, info) for name, info in kind.model_fields.items()]
        for box in self.boxes:
            self._fill(box, state, initial or {})

    def _box(self, name: str, info: FieldInfo) -> Box:
        shown = Shown.of(self.kind, name)
        kind, optional = _plain(info.annotation)
        control = _control(kind, shown.widget)
        item = _plain((get_args(kind) or (str,))[0])[0] if control == "checks" else kind
        choices = _choices(item)
        if not choices and control in ("select", "checks"):
            choices = _subjects(shown.widget)
            if control == "select" and len(choices) > PICKED:
                control = "pick"
        required = info.is_required() and not optional and control not in ("lines", "checks", "bool")
        if required and kind is str and control in ("text", "textarea") and not _needs_text(info):
            required = False
        box = Box(name, shown, kind, control, optional, required, choices, limits=_limits(info))
        if not info.is_required():
            box.show(info.get_default(call_default_factory=True, validated_data={}))
        return box

    def _fill(self, box: Box, state: Subject | None, initial: Mapping[str, str]) -> None:
        part = getattr(state, box.name, None) if state is not None and self.change else None
        if isinstance(part, Register | Track):
            box.show(part.value)
        if self.change:
            box.was = box.value
        if box.name in initial:
            box.value = initial[box.name]
            box.values = [box.value]
        if self.data is not None:
            if self.change:
                box.was = self.data.get(f"was-{box.name}", "").replace("\r\n", "\n")
            box.read(self.data)

    @property
    def label(self) -> T:
        """What the fact is called."""
        return self.kind.label

    @property
    def hidden(self) -> list[Box]:
        """Fields that only travel along."""
        return [b for b in self.boxes if b.control == "hidden"]

    @property
    def visible(self) -> list[Box]:
        """Fields that are filled in."""
        return [b for b in self.boxes if b.control != "hidden"]

    @property
    def errors(self) -> list[Box]:
        """Fields with something wrong."""
        return [b for b in self.boxes if b.error]

    def _was_touched(self, box: Box) -> bool:
        """Whether what was sent says anything: differs from what the page showed, or is filled in."""
        if self.change:
            return sorted(box.value.split("\n")) != sorted((box.was or "").split("\n"))
        return bool(box.value) or box.required or self.kind.model_fields[box.name].get_default() is not None

    @cached_property
    def happened_at(self) -> datetime | None:
        """When it happened, where the person said so."""
        text = unicodedata.normalize("NFKC", self.happened).strip()
        if not text:
            return None
        try:
            return datetime.fromisoformat(_in_japan(text))
        except ValueError:
            self.happened_error = NO_MOMENT
            return None

    def fact(self) -> Fact | None:
        """The fact that was sent, or None with :attr:`error` or the boxes' errors set."""
        values = {b.name: b.parsed() for b in self.boxes if self._was_touched(b)}
        if self.change and not values:
            self.unchanged = True
            self.error = T("変更がありません。", "Nothing was changed.")
            return None
        values = {n: v for n, v in values.items() if v is not None or self._may_be_none(n)}
        _ = self.happened_at
        try:
            made = self.kind.model_validate(values)
        except pydantic.ValidationError as error:
            for place, text in complaints(error):
                self.complain(text, place.partition(".")[0])
            return None
        return None if self.happened_error else made

    def _may_be_none(self, name: str) -> bool:
        return any(b.name == name and b.optional for b in self.boxes)

    def complain(self, text: T, name: str = "") -> None:
        """Say what is wrong, at the field ``name`` or, where there is none of that name to see, above the form."""
        for box in self.visible:
            if box.name == name:
                box.error = box.error or text
                return
        self.error = self.error or text


def _subjects(type_name: str) -> list[Choice]:
    rows = SubjectRow.objects.filter(type=type_name).order_by("title").values_list("subject", "title")
    return [Choice(subject, title or subject, subject) for subject, title in rows]
