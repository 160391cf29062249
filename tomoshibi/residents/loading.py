"""A snapshot's file into the bulk tables, as fast as the database takes it."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import sha1
from itertools import batched
from pathlib import Path
from typing import Any

from django.db import models, transaction

from tomoshibi.journal import datasets, sql, worlds
from tomoshibi.residents import changes, register
from tomoshibi.residents.matching import name_form, place_form
from tomoshibi.residents.models import HouseholdRow, MovementRow, PersonRow
from tomoshibi.residents.register import Record
from tomoshibi.residents.subjects import Household, Person
from tomoshibi.residents.words import HEAD

#: rows written in one transaction: nobody else waits for the database longer than that takes
BATCH = 20_000
Progress = Callable[[int, int], None]
#: how many of how many people are loaded; set by who watches the loading that they cause
_watching: list[Progress] = []
_NAMESPACE = uuid.NAMESPACE_URL.bytes


def person_key(municipality: str, number: str) -> str:
    """Key of the person with that register number: the same at every node."""
    return _key(Person.type, municipality, number)


def household_key(municipality: str, number: str) -> str:
    """Key of the household with that number."""
    return _key(Household.type, municipality, number)


def _key(type: str, municipality: str, number: str) -> str:
    """The same as ``natural`` of :mod:`tomoshibi.places.keys` gives: a uuid5, made without the class around it, because
    a city has half a million of them.
    """
    plain = "".join(number.split()) if number.isascii() else "".join(unicodedata.normalize("NFKC", number).split())
    named = f"tomoshibi:{type}:{municipality}/{plain}".encode()
    made = bytearray(sha1(_NAMESPACE + named).digest()[:16])  # noqa: S324  # what uuid5 is made of, no secret
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def watched(progress: Progress, put: Callable[[], str]) -> str:
    """What ``put`` gives, while ``progress`` is told of the loading that it causes."""
    _watching.append(progress)
    try:
        return put()
    finally:
        _watching.remove(progress)


@datasets.loader(register.MEDIA_TYPE)
def load(digest: str, path: Path) -> None:
    """Load a register's file into the tables of the world that we are in, replacing what is there of it.

    The rows come in batches, each a transaction of its own: until the fact that names the snapshot is recorded nobody
    reads them, and a loading that was cut short is begun anew. Raises
    :class:`~tomoshibi.residents.register.NotARegister`.
    """
    if worlds.is_reading():
        return  # what is looked back from reads the world's own (:mod:`tomoshibi.residents.edition`)
    snapshot = digest[:16]
    with register.opened(path) as (municipality, records):
        shape = _Shape(municipality, records)
    if PersonRow.objects.filter(snapshot=snapshot).count() == shape.people:
        _tell(shape.people, shape.people)
        return
    for model in (PersonRow, HouseholdRow):
        model.objects.filter(snapshot=snapshot).delete()
    for batch in batched(shape.households(snapshot), BATCH):  # first: who has the people has all
        _insert(HouseholdRow, batch)
    done = 0
    with register.opened(path) as (_, records):
        for some in batched(shape.rows(snapshot, records), BATCH):
            _insert(PersonRow, some)
            done += len(some)
            _tell(done, shape.people)
    _count()


def _count() -> None:
    """Let the database know how its tables are filled: SQLite looks people up by their keys only where it knows that
    there are many to a full file, and else goes through all of them.
    """
    with worlds.connection().cursor() as cursor:
        if worlds.connection().vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 400")
        cursor.execute(f"ANALYZE {PersonRow._meta.db_table}")
        cursor.execute(f"ANALYZE {HouseholdRow._meta.db_table}")


@datasets.loader(changes.MEDIA_TYPE)
def load_changes(digest: str, path: Path) -> None:
    """Load a file of changes, replacing what is there of it.

    Raises :class:`~tomoshibi.residents.register.NotARegister`.
    """
    if worlds.is_reading():
        return
    name = digest[:16]
    with transaction.atomic(using=worlds.world()), changes.opened(path) as (municipality, lines):
        MovementRow.objects.filter(changes=name).delete()
        for some in batched(_movements(name, municipality, lines), BATCH):
            _insert(MovementRow, some)


def _movements(name: str, municipality: str, lines: Iterable[changes.Change]) -> Iterator[tuple[Any, ...]]:
    """Values for the columns of :class:`MovementRow`, in their order."""
    for place, change in enumerate(lines):
        r = change.record
        yield (
            name,
            place,
            person_key(municipality, r.number),
            household_key(municipality, r.household) if r.household else "",
            change.movement,
            r.moved_on,
            change.notified_on or None,
            change.processed_on,
            int(change.sequence or place),
            r.household,
            r.number,
            r.name,
            r.kana,
            r.birth or None,
            r.sex,
            r.relation,
            r.town,
            r.block,
            r.building,
            bool(r.protected),
            r.moved_why,
        )


def _tell(done: int, of: int) -> None:
    for progress in _watching:
        progress(done, of)


class _Shape:
    """What must be known of the whole file before its first row can be written: households, their heads, and which of
    them are shielded.
    """

    def __init__(self, municipality: str, records: Iterable[Record]) -> None:
        self.municipality = municipality
        self.people = 0
        #: household number -> [members, number of the head]
        self.members: dict[str, list[Any]] = {}
        self.shielded: set[str] = set()
        for record in records:
            self.people += 1
            known = self.members.setdefault(record.household, [0, record.number, False])
            known[0] += 1
            if record.relation == HEAD and not known[2]:
                known[1:] = [record.number, True]
            if record.protected:
                self.shielded.add(record.household)

    def rows(self, snapshot: str, records: Iterable[Record]) -> Iterator[tuple[Any, ...]]:
        """Values for the columns of :class:`PersonRow`, in their order."""
        rank = 0
        before = ""
        for r in records:
            rank = rank + 1 if r.household == before else 1
            before = r.household
            head = self.members[r.household][1] == r.number
            shielded = r.household in self.shielded
            place = _place(r.town, r.block, r.building)
            yield (
                snapshot,
                person_key(self.municipality, r.number),
                _household(self.municipality, r.household),
                f"{names(r.name, r.kana, r.birth)}{'' if shielded else place}",
                place if shielded else "",
                shielded,
                r.number,
                r.name,
                r.kana,
                r.birth or None,
                r.sex,
                r.relation,
                r.town,
                r.block,
                r.building,
                r.moved_on or None,
                r.moved_why,
                bool(r.protected),
                0 if head else rank,
            )

    def households(self, snapshot: str) -> Iterator[tuple[Any, ...]]:
        """Values for the columns of :class:`HouseholdRow`, in their order."""
        for number, (members, head, _) in self.members.items():
            yield (
                snapshot,
                household_key(self.municipality, number),
                number,
                person_key(self.municipality, head),
                members,
            )


def names(name: str, kana: str, birth: str) -> str:
    """Names and day of birth (ISO) as the search column holds them; the address follows."""
    return f"{name_form(name)}|{name_form(kana)}|{birth}|"


@lru_cache(maxsize=1024)
def _household(municipality: str, number: str) -> str:
    return household_key(municipality, number)


@lru_cache(maxsize=1024)
def _place(town: str, block: str, building: str) -> str:
    return place_form(f"{town}{block} {building}")


def _insert(model: type[models.Model], rows: tuple[tuple[Any, ...], ...]) -> None:
    """Write rows whose values stand in the order of the model's columns."""
    fields = model._meta.concrete_fields
    table, columns = model._meta.db_table, ", ".join(f.column for f in fields if f.column)
    with transaction.atomic(using=worlds.world()):
        if worlds.connection().vendor == "sqlite":
            with sql.cursor() as cursor:
                statement = f"INSERT INTO {table} ({columns}) VALUES ({sql.marks(rows[0])})"  # noqa: S608  # our names
                cursor.executemany(statement, rows)
        else:
            with (
                worlds.connection().cursor() as wrapped,
                wrapped.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
