"""One edition of the register: the newest full file not later than a day, and the changes since, up to that day.

What the files hold is content-addressed, so an edition is the same whenever and wherever it is asked for, and is kept
for the next question. Looked back from (``/asof/``), the bulk tables are the world's own: a reading loads none.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from django.db.models import Q, QuerySet

from tomoshibi.documents.values import japan
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.residents.loading import names
from tomoshibi.residents.matching import place_form
from tomoshibi.residents.models import ChangesRow, HouseholdRow, MovementRow, PersonRow, SnapshotRow
from tomoshibi.residents.moving import Move, Outcome, State, played
from tomoshibi.residents.words import Movement
from tomoshibi.vocabulary import T

#: editions kept: the present one, the disaster's, and a few that somebody compares
KEPT = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody who moved since the full file: how they stand at the end of the day, and what search compares."""

    outcome: Outcome
    names: str
    place: str


@dataclass(frozen=True)
class Overlay:
    """Who moved between the full file and the day, by key; ``homes`` are the keys of those now in a household,
    ``left`` of those who were last in it.
    """

    moved: dict[str, Moved] = field(default_factory=dict)
    homes: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def protected(self) -> set[str]:
        """Keys of those of them who are protected by what they moved with."""
        return {key for key, moved in self.moved.items() if moved.outcome.state.protected}

    @cached_property
    def _text(self) -> tuple[str, list[int], list[str]]:
        """What search compares of everybody, a line each; where each line begins, and whose it is."""
        lines = [f"{moved.names}{moved.place}\n" for moved in self.moved.values()]
        return "".join(lines), [0, *accumulate(map(len, lines))], list(self.moved)

    def holding(self, form: str) -> Iterator[str]:
        """Keys of those of them among whose search words ``form``, which has no line's end, is."""
        text, begins, keys = self._text
        at = text.find(form)
        while at >= 0:
            line = bisect_right(begins, at) - 1
            yield keys[line]
            at = text.find(form, begins[line + 1])


@dataclass(frozen=True)
class Edition:
    """The register of a day. ``snapshot`` is empty where there was none yet; ``marked`` are whom the full file shields:
    their keys, and those of their households.
    """

    snapshot: str
    overlay: Overlay
    marked: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> QuerySet[PersonRow]:
        """Everybody of the full file, those who moved since among them."""
        return people().filter(snapshot=self.snapshot)


def _here() -> str:
    return worlds.world().partition(worlds.READING)[0]


def people() -> QuerySet[PersonRow]:
    """Rows of every full file."""
    return PersonRow.objects.using(_here())


def homes() -> QuerySet[HouseholdRow]:
    """Households of every full file."""
    return HouseholdRow.objects.using(_here())


def loaded() -> list[str]:
    """The full files that are in the tables: one step in their index finds each."""
    found = [""]
    while following := homes().filter(snapshot__gt=found[-1]).order_by("snapshot", "key").first():
        found.append(following.snapshot)
    return found[1:]


def movements() -> QuerySet[MovementRow]:
    """Rows of every file of changes."""
    return MovementRow.objects.using(_here())


def full(as_of: dt.date | None = None, known: dt.datetime | None = None) -> SnapshotRow | None:
    """The newest full file not later than a day, of those taken in by the moment ``known``."""
    taken = SnapshotRow.objects.order_by("-as_of", "-place")
    if as_of:
        taken = taken.filter(as_of__lte=as_of)
    if known:
        taken = taken.filter(taken_at__lte=known)
    return taken.first()


def of(as_of: dt.date | None = None, known: dt.datetime | None = None) -> Edition:
    """The register of a day (today where none is given), as the files taken in by the moment ``known`` have it.

    Raises :class:`Refused` where the full file that would answer was thinned out of the tables.
    """
    base = full(as_of, known)
    if base is None:
        return Edition("", Overlay())
    if as_of is not None and not homes().filter(snapshot=base.snapshot).exists():
        raise Refused(
            T(
                f"{base.as_of} 現在の写しは間引かれています。tomoshibi residents load {base.as_of} で戻せます。",
                f"The register as of {base.as_of} was thinned out: "
                f"tomoshibi residents load {base.as_of} brings it back.",
            ),
            "as_of",
        )
    taken = ChangesRow.objects.order_by("processed_to", "changes")
    if known:
        taken = taken.filter(taken_at__lte=known)
    # a change processed before the full file and effective after it is in no other: each file of changes may hold one
    files = tuple(dict.fromkeys(taken.values_list("changes", flat=True)))
    day = as_of or japan(worlds.now()).date()
    return _edition(base, files, day)


#: world, full file, files of changes and day -> the edition of files that were whole in the tables
_editions: dict[tuple[str, str, tuple[str, ...], dt.date], Edition] = {}


def _edition(base: SnapshotRow, files: tuple[str, ...], day: dt.date) -> Edition:
    place = (_here(), base.snapshot, files, day)
    if (kept := _editions.get(place)) is not None:
        return kept
    whole = _whole(base, files)
    overlay = _played(base.snapshot, base.as_of, files, day) if files else Overlay()
    edition = Edition(base.snapshot, overlay, _marked(base.snapshot))
    if whole and _whole(base, files):  # neither coming in, nor thinned out meanwhile
        while len(_editions) >= KEPT:
            _editions.pop(next(iter(_editions)), None)
        _editions[place] = edition
    return edition


def _marked(snapshot: str) -> dict[str, str]:
    """Key and household of everybody of a full file who is shielded: a few hundred of a city, which have an index."""
    return dict(people().filter(snapshot=snapshot, shielded=True).values_list("key", "household"))


def _whole(base: SnapshotRow, files: tuple[str, ...]) -> bool:
    """Whether a full file and the files of changes since are in the tables to their last row: one that another node
    took is named before it is loaded.
    """
    told = dict(ChangesRow.objects.values_list("changes", "count"))
    loaded = sum(movements().filter(changes__in=some).count() for some in portions(files))
    return (
        loaded == sum(told[file] for file in files) and people().filter(snapshot=base.snapshot).count() == base.people
    )


def _played(snapshot: str, since: dt.date, files: tuple[str, ...], day: dt.date) -> Overlay:
    moves: dict[str, list[Move]] = defaultdict(list)
    seen: set[tuple[object, ...]] = set()
    for some in portions(files):
        rows = movements().filter(changes__in=some).filter(Q(processed_on__gt=since) | Q(moved_on__gt=since))
        for row in rows.order_by("processed_on", "sequence", "place").iterator():
            move = _move(row)
            if (same := (row.key, move)) not in seen:  # two files may hold one day
                seen.add(same)
                moves[row.key].append(move)
    base: dict[str, State] = {}
    for some in portions(moves):
        for person in people().filter(snapshot=snapshot, key__in=some):
            base[person.key] = _state(person, "")
    _numbered(snapshot, base)
    overlay = Overlay(homes=defaultdict(list), left=defaultdict(list))
    for key, outcome in played(base, moves, day).items():
        state = outcome.state
        birth = state.birth.isoformat() if state.birth else ""
        place = place_form(f"{state.town}{state.block} {state.building}")
        overlay.moved[key] = Moved(outcome, names(state.name, state.kana, birth), place)
        (overlay.left if outcome.gone else overlay.homes)[state.household].append(key)
    for keys in (*overlay.homes.values(), *overlay.left.values()):
        keys.sort(key=lambda k: (overlay.moved[k].outcome.state.birth or dt.date.max, k))
    return overlay


def _numbered(snapshot: str, base: dict[str, State]) -> None:
    """Fill in the numbers of the households, which the rows of people do not hold."""
    numbers: dict[str, str] = {}
    for some in portions({state.household for state in base.values()}):
        numbers.update(homes().filter(snapshot=snapshot, key__in=some).values_list("key", "number"))
    for key, state in base.items():
        base[key] = state._replace(household_number=numbers.get(state.household, ""))


def _state(row: PersonRow | MovementRow, household_number: str) -> State:
    return State(
        row.household,
        household_number,
        row.number,
        row.name,
        row.kana,
        row.birth,
        row.sex,
        row.relation,
        row.town,
        row.block,
        row.building,
        row.protected,
        row.moved_on,
        row.moved_why,
    )


def _move(row: MovementRow) -> Move:
    processed = (row.processed_on.isoformat(), row.sequence)
    return Move(Movement(row.movement), row.moved_on, processed, _state(row, row.household_number))


def portions(keys: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Keys, so many at a time as a statement may well have values."""
    keys = list(keys)
    return (keys[i : i + size] for i in range(0, len(keys), size))


def keys_on(day: dt.date) -> set[str]:
    """Keys of everybody who was in the register at the end of a day, by its last full file and the changes since."""
    edition = of(day)
    found = set(edition.rows.values_list("key", flat=True).iterator())
    for key, moved in edition.overlay.moved.items():
        (found.discard if moved.outcome.gone else found.add)(key)
    return found


def compared(expected: set[str], day: dt.date) -> tuple[int, int]:
    """How many people the full file of a day has more, and fewer, than were expected of it."""
    taken = full(day)
    keys = people().filter(snapshot=taken.snapshot if taken else "").values_list("key", flat=True)
    more, seen = 0, 0
    for key in keys.iterator():
        more += key not in expected
        seen += key in expected
    return more, len(expected) - seen
