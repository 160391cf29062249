"""What can happen: one class per kind of fact, the single definition of its fields.

API schema, form, document text and validation derive from the class. ``allowed`` says who may record it and ``check``
holds it against the present; both may read any table, and run only when recording, never on import. ``apply`` changes
the subject's state in memory: no database, clock or network, and it never raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from tomoshibi.journal.entries import canonical
from tomoshibi.journal.states import Part, Register, Subject, Track
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.journal.access import Actor
    from tomoshibi.journal.entries import Entry
    from tomoshibi.journal.recording import Present
    from tomoshibi.journal.tasks import Task

#: kind of the fact that takes a payload out by law
REDACTION = "journal.redacted"

_kinds: dict[str, type[Fact]] = {}


class Refused(Exception):
    """A fact that may not or cannot be recorded: says what, where (``field``) and what to do, in both languages."""

    def __init__(self, text: T, field: str = "") -> None:
        super().__init__(str(text))
        self.text = text
        self.field = field

    def __str__(self) -> str:
        return str(self.text)


_PROPOSED, _APPROVES = T("案を出した", "proposed it"), T("承認", "approve it")


class OwnWork(Refused):
    """Two pairs of eyes (二者の確認): who ``did`` a step may not be who ``does`` the next."""

    def __init__(self, field: str = "", did: T = _PROPOSED, does: T = _APPROVES) -> None:
        super().__init__(
            T(
                f"{did.ja}本人は{does.ja}できません。ほかの人が{does.ja}してください。",
                f"Who {did.en} cannot {does.en}. Somebody else has to.",
            ),
            field,
        )


class Forbidden(Refused):
    """Recording or reading that this actor has no role for."""


def holds_nul(payload: str) -> bool:
    """Whether a canonical payload holds a NUL character, which PostgreSQL cannot keep in a text."""
    return "\\u0000" in payload and _holds_nul(json.loads(payload))


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(k) or _holds_nul(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


class Fact(BaseModel):
    """Base of every fact. Subclasses set ``kind``, ``subject``, ``label`` and their fields.

    Fields take their label and help from :func:`field`. A fact whose fields are all optional is a change of the
    fields that are set: :meth:`payload` holds those only, and the default :meth:`apply` writes each to the part of
    the same name.
    """

    # built when first used: a command that is over in a second does not build two hundred kinds for one
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False)

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    subject: ClassVar[type[Subject]]
    label: ClassVar[T]
    #: one sentence for the timeline; ``{field}`` places are filled from :meth:`shown`; empty: the label
    sentence: ClassVar[T | None] = None
    #: version -> function from that version's payload to the next version's
    upgrades: ClassVar[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}
    #: kind that says one part of what this says anew, where this is said only once
    corrected_by: ClassVar[type[Fact] | None] = None
    #: fields that are digests of datasets this fact stands on
    datasets: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "kind" in vars(cls):
            other = _kinds.get(cls.kind)
            if other is not None and other.__qualname__ != cls.__qualname__:
                raise TypeError(f"two facts are called {cls.kind}: {other!r} and {cls!r}")
            _kinds[cls.kind] = cls

    def payload(self) -> str:
        """Canonical text of the fields that were set."""
        return canonical(self.model_dump(mode="json", exclude_unset=True))

    def allowed(self, actor: Actor, present: Present) -> bool:
        """Whether ``actor`` may record this now. The default asks for the fact's kind at the subject's site, as it is
        before this fact.
        """
        return actor.may(self.kind) or (bool(actor.sites(self.kind)) and actor.may(self.kind, present.state.site()))

    def check(self, present: Present) -> None:
        """Hold the fact against the present; raise :class:`Refused` where it cannot be so."""

    def apply(self, state: Any, entry: Entry) -> None:
        """Change ``state``: by default each field that is set goes to the register or track of its name."""
        for name in self.model_fields_set:
            part = getattr(state, name, None)
            if isinstance(part, Register | Track):
                part.set(entry, getattr(self, name))

    def effects(self, entry: Entry, present: Present) -> Iterable[Task]:
        """Messages to send and deadlines to keep because of this; only where recorded, never on import or rebuild."""
        return ()

    def shown(self) -> dict[str, str]:
        """The fields that are set, as words for sentences and lists."""
        return {name: words(getattr(self, name)) for name in self.model_fields_set}

    def tell(self) -> T:
        """One sentence of what happened, for the timeline."""
        if self.sentence is None:
            return self.label
        values: dict[str, object] = dict.fromkeys(type(self).model_fields, "")
        values.update(self.shown())
        return self.sentence.format(**values)


def words(value: Any) -> str:
    """A field's value as a person reads it, in the language of the context."""
    if value is None:
        return "―"
    if isinstance(value, bool):
        return str(T("はい", "yes") if value else T("いいえ", "no"))
    label = getattr(value, "label", None)
    if label is not None:
        return str(label)
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(words(v) for v in value)
    return str(value)


def field(label: T, default: Any = ..., *, help: T | None = None, unit: T | None = None, **more: Any) -> Any:
    """A fact's field with its label, help and unit in both languages; ``more`` goes to :func:`pydantic.Field`."""
    extra = {"label": label, "help": help, "unit": unit, **more.pop("extra", {})}
    made = Field(default, title=label.en, description=help.en if help else None, **more)
    made.metadata.append(Shown(extra))
    return made


class Shown:
    """How a field is shown in forms and lists; carried in the field's metadata so that OpenAPI stays plain."""

    def __init__(self, extra: dict[str, Any]) -> None:
        self.label: T = extra["label"]
        self.help: T | None = extra.get("help")
        self.unit: T | None = extra.get("unit")
        #: ``"textarea"``, ``"hidden"``, or a subject type whose subjects may be chosen (``"people.staff"``)
        self.widget: str = extra.get("widget", "")
        self.extra = extra

    @classmethod
    def of(cls, fact: type[Fact], name: str) -> Shown:
        """How ``name`` of ``fact`` is shown; the bare name where nothing was said."""
        for item in fact.model_fields[name].metadata:
            if isinstance(item, cls):
                return item
        return cls({"label": T(name, name)})


def kinds() -> dict[str, type[Fact]]:
    """Every registered kind of fact."""
    return dict(_kinds)


def kind_of(kind: str) -> type[Fact] | None:
    """The class of a kind, or None where this version does not know it."""
    return _kinds.get(kind)


def decode(kind: str, version: int, payload: str) -> tuple[Fact | None, str]:
    """The fact that a payload says, or None with the reason why it cannot be read. Never raises.

    Payloads of older versions go through the class's upgrade functions; newer ones wait for the program's upgrade.
    """
    cls = _kinds.get(kind)
    if cls is None:
        return None, f"unknown kind {kind}"
    if version > cls.version:
        return None, f"version {version} of {kind} is newer than this program's {cls.version}"
    try:
        if holds_nul(payload):
            return None, f"not a valid {kind}: it holds a NUL character"
        if version == cls.version:
            return cls.model_validate_json(payload), ""
        data = json.loads(payload)
        for step in range(version, cls.version):
            data = cls.upgrades[step](data)
        return cls.model_validate_json(json.dumps(data)), ""
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        return None, f"not a valid {kind}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    except Exception as error:  # an upgrade function met what it did not expect
        return None, f"not a valid {kind}: {type(error).__name__}: {error}"


def settling(chosen: Fact, part: Part[Any]) -> Fact:
    """A fact that says again what ``chosen`` said of ``part``: alone if the kind, or that which corrects it, can say it
    alone, else whole.

    Recorded with every rival in its past, it settles the dispute.
    """
    cls = type(chosen)
    for kind in (cls, cls.corrected_by):
        if kind is not None and part.name in chosen.model_fields_set:
            try:
                return kind.model_validate({part.name: getattr(chosen, part.name)})
            except pydantic.ValidationError:
                pass
    return chosen
