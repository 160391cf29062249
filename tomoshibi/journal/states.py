"""What a subject's state is made of: registers, tracks and bags, and the rows they give.

Everything here is pure: no database, clock or network. A state is built by :func:`tomoshibi.journal.folding.fold`
from the set of a subject's entries and from nothing else.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, cast

from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.journal.entries import Entry
    from tomoshibi.journal.models import PartProjection, Projection


class Row(NamedTuple):
    """One row of a read-side table: the model and the columns that differ from their defaults."""

    model: type[Projection] | type[PartProjection]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rival[V]:
    """One of several values that were written without knowing of one another."""

    entry: Entry
    value: V


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part of a subject whose present value is disputed: at least two rivals of different value."""

    part: str
    label: T
    rivals: tuple[Rival[Any], ...]


class Part[V]:
    """A named piece of a subject's state. The class attribute is the pattern; every state gets its own copy."""

    def __init__(self, label: T | None = None, default: V | None = None) -> None:
        self.label = label
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def fresh(self) -> Self:
        """An empty part of the same pattern."""
        part = object.__new__(type(self))  # copy.copy costs ten times as much, and this is done for every fold
        part.label, part.default, part.name = self.label, self.default, self.name
        part.clear()
        return part

    def clear(self) -> None:
        """Start empty."""
        raise NotImplementedError

    def rivals(self) -> list[Rival[V]]:
        """Values in dispute, oldest first; fewer than two distinct values is no dispute."""
        return []

    def conflict(self) -> Conflict | None:
        """The dispute over this part, if there is one."""
        rivals = self.rivals()
        if len(rivals) < 2 or all(r.value == rivals[0].value for r in rivals):
            return None
        return Conflict(self.name, self.label or T(self.name, self.name), tuple(rivals))


class Register[V](Part[V]):
    """An attribute. A write removes only the values in its causal past; what remains are rivals.

    ``value`` shows the last in fold order, ``default`` where nothing was written.
    """

    _writes: list[tuple[Entry, V]]

    def clear(self) -> None:
        self._writes = []

    def set(self, entry: Entry, value: V) -> None:
        """Write ``value``; entries arrive in fold order, so everything in ``entry.past`` is already here."""
        if self._writes:
            past = entry.past
            self._writes = [w for w in self._writes if not past >> w[0].bit & 1]
        self._writes.append((entry, value))

    @property
    def value(self) -> V:
        """The value to show. A register that is read before it is written gives its default."""
        return self._writes[-1][1] if self._writes else cast(V, self.default)

    @property
    def entry(self) -> Entry | None:
        """The entry that wrote the shown value."""
        return self._writes[-1][0] if self._writes else None

    def rivals(self) -> list[Rival[V]]:
        return [Rival(e, v) for e, v in self._writes]


class Track[V](Part[V]):
    """A state over world time: shown is the latest ``happened_at``, so paper typed late cannot overturn a newer state.

    Two writes of the same moment and of which neither knew the other are rivals. A mistaken point is taken out by
    :meth:`cancel`.
    """

    _points: list[tuple[Entry, V]]
    _cancelled: set[str]

    def clear(self) -> None:
        self._points = []
        self._cancelled = set()

    def set(self, entry: Entry, value: V) -> None:
        """At ``entry.happened_at`` the state became ``value``."""
        self._points.append((entry, value))

    def cancel(self, entry_id: str) -> None:
        """The point that this entry set was a mistake: it stays in the journal and leaves the track."""
        self._cancelled.add(entry_id)

    def points(self) -> list[tuple[Entry, V]]:
        """All points that stand, by world time (then fold order)."""
        standing = [p for p in self._points if p[0].id not in self._cancelled]
        return sorted(standing, key=lambda p: p[0].happened_at)

    def _latest(self) -> list[tuple[Entry, V]]:
        standing = [p for p in self._points if p[0].id not in self._cancelled]
        if len(standing) < 2:
            return standing
        moment = max(p[0].happened_at for p in standing)
        kept: list[tuple[Entry, V]] = []
        for entry, value in standing:
            if entry.happened_at == moment:
                kept = [k for k in kept if not entry.past >> k[0].bit & 1]
                kept.append((entry, value))
        return kept

    @property
    def value(self) -> V:
        """The state now, or the default."""
        latest = self._latest()
        return latest[-1][1] if latest else cast(V, self.default)

    @property
    def entry(self) -> Entry | None:
        """The entry that set the state now."""
        latest = self._latest()
        return latest[-1][0] if latest else None

    @property
    def since(self) -> str | None:
        """World time (ISO text, UTC) from which the state now holds."""
        entry = self.entry
        return entry.happened_at if entry else None

    def rivals(self) -> list[Rival[V]]:
        return [Rival(e, v) for e, v in self._latest()]


class Bag[V](Part[V]):
    """Movements and notes: added, and cancelled by the id of the entry that added them. Never in dispute."""

    _items: list[tuple[Entry, V]]
    _cancelled: set[str]

    def clear(self) -> None:
        self._items = []
        self._cancelled = set()

    def add(self, entry: Entry, value: V) -> None:
        """Put one item in; an entry may put in several."""
        self._items.append((entry, value))

    def cancel(self, entry_id: str) -> None:
        """Take out what that entry put in, whichever of the two is folded first."""
        self._cancelled.add(entry_id)

    def items(self) -> list[tuple[Entry, V]]:
        """What is in the bag, by world time (then fold order)."""
        standing = [i for i in self._items if i[0].id not in self._cancelled]
        return sorted(standing, key=lambda i: i[0].happened_at)

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self.items())

    def __len__(self) -> int:
        return len(self.items())


class Subject:
    """The state of one subject, and what kind of subject it is.

    A room subclasses this with its parts as class attributes and :meth:`rows`. ``type`` names the kind in subject
    references (``people.staff:…``), ``zone`` the network zone whose chain its entries are kept in, ``tables`` every
    model that :meth:`rows` may give.
    """

    type: ClassVar[str]
    label: ClassVar[T]
    zone: ClassVar[str] = "town"
    tables: ClassVar[tuple[builtins.type[Projection] | builtins.type[PartProjection], ...]] = ()
    #: kinds of access needed to see this subject in search and in the journal's own pages
    reading: ClassVar[str] = ""
    #: whether this is the record of a person, so that every reading of it is logged
    personal: ClassVar[bool] = False

    _patterns: ClassVar[tuple[Part[Any], ...]] = ()
    _types: ClassVar[dict[str, builtins.type[Subject]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._patterns = tuple(
            {name: p for c in reversed(cls.__mro__) for name, p in vars(c).items() if isinstance(p, Part)}.values()
        )
        for part in cls._patterns:
            if callable(getattr(Subject, part.name, None)):
                raise TypeError(f"{cls.__qualname__}.{part.name} hides what every subject has by that name")
        if "type" in vars(cls):
            other = Subject._types.get(cls.type)
            if other is not None and other.__qualname__ != cls.__qualname__:
                raise TypeError(f"two subject classes are called {cls.type}: {other!r} and {cls!r}")
            Subject._types[cls.type] = cls

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.heads: tuple[str, ...] = ()
        self.incident = ""
        #: (entry id, why) of entries that are kept and shown but could not be read
        self.unread: list[tuple[str, str]] = []
        for pattern in self._patterns:
            setattr(self, pattern.name, pattern.fresh())

    @staticmethod
    def of(subject: str) -> builtins.type[Subject] | None:
        """The class of a subject reference, or None where this version of the program does not know its type."""
        return Subject._types.get(subject.partition(":")[0])

    @staticmethod
    def is_personal(subject: str) -> bool:
        """Whether ``subject`` is a person's record: of a class that says so, or in the residents' zone."""
        cls = Subject.of(subject) or Subject
        return cls.personal or cls.zone == "resident"

    @classmethod
    def ref(cls, key: str) -> str:
        """The reference of the subject of this type with that key."""
        return f"{cls.type}:{key}"

    @property
    def parts(self) -> Iterable[Part[Any]]:
        """This state's own registers, tracks and bags."""
        return (getattr(self, p.name) for p in self._patterns)

    def conflicts(self) -> list[Conflict]:
        """Every part in dispute."""
        return [c for part in self.parts if (c := part.conflict()) is not None]

    def title(self) -> str:
        """What people call this subject; shown in lists, timelines and search."""
        return self.subject.partition(":")[2]

    def search(self) -> str:
        """Words by which the one search box finds it; empty where it must not be found there."""
        return ""

    def site(self) -> str:
        """Reference of the site that it belongs to: whoever holds a role there alone may see it. Empty: the town's."""
        return ""

    def rows(self) -> Iterable[Row]:
        """Rows of ``tables``, a pure function of this state."""
        return ()
