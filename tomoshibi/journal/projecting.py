"""From entries to rows: the only writer of read-side tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import batched, groupby
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pydantic_core import to_jsonable_python

from tomoshibi.journal import sql, worlds
from tomoshibi.journal.entries import COLUMNS, Entry, from_row
from tomoshibi.journal.facts import words
from tomoshibi.journal.folding import fold
from tomoshibi.journal.models import PartProjection, Projection, SubjectRow
from tomoshibi.journal.states import Conflict, Row, Subject
from tomoshibi.vocabulary import speak

Table = type[Projection] | type[PartProjection]

#: subjects folded between two writes
CHUNK = 400

#: every column of an entry, quoted: ``after`` is a word of SQL
ENTRY_COLUMNS = ", ".join(f'"{c}"' for c in (*COLUMNS, "pos", "received_at"))


@cache
def tables() -> tuple[Table, ...]:
    """Every read-side table of every room."""
    return tuple(m for m in apps.get_models() if issubclass(m, (Projection, PartProjection)))


#: fields whose values every driver takes as they are
PLAIN = frozenset({models.TextField, models.CharField, models.IntegerField, models.BigIntegerField, models.FloatField})


def _as_it_is(value: Any, connection: BaseDatabaseWrapper) -> Any:
    return value


class Plan:
    """How rows of one table are written: its INSERT and its columns' conversions, worked out once."""

    def __init__(self, model: type[models.Model], alias_of: BaseDatabaseWrapper) -> None:
        self.fields = model._meta.concrete_fields
        self.names = frozenset(f.attname for f in self.fields)
        quote = alias_of.ops.quote_name
        self.table = quote(model._meta.db_table)
        columns = ", ".join(quote(f.column or f.attname) for f in self.fields)
        self.insert = f"INSERT INTO {self.table} ({columns}) VALUES ({', '.join(['%s'] * len(self.fields))})"
        self.one_row = issubclass(model, Projection)
        if self.one_row:  # replaced where it stands: half the pages of deleting it and putting it back
            news = ", ".join(
                f"{quote(f.column or f.attname)} = excluded.{quote(f.column or f.attname)}" for f in self.fields
            )
            self.insert += f" ON CONFLICT (subject) DO UPDATE SET {news}"
        self.delete = f"DELETE FROM {self.table} WHERE subject = %s"
        self.columns: list[tuple[str, Callable[[], Any], Callable[..., Any]]] = [
            (f.attname, f.get_default, _as_it_is if type(f) in PLAIN else f.get_db_prep_save) for f in self.fields
        ]

    def parameters(self, row: Row, connection: BaseDatabaseWrapper) -> list[Any]:
        """A row's values as the database takes them. Raises :class:`TypeError` for a column that is not there."""
        values = row.values
        if unknown := values.keys() - self.names:
            raise TypeError(f"{row.model.__name__} has no column {', '.join(sorted(unknown))}")
        return [prep(values[name] if name in values else default(), connection) for name, default, prep in self.columns]


@cache
def plan(model: type[models.Model], vendor: str) -> Plan:
    """The plan of ``model`` on the kind of database that we are on."""
    return Plan(model, worlds.connection())


def entries_of(cursor: sql.Cursor, subjects: Sequence[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Each subject that has entries, with them."""
    cursor.execute(
        f"SELECT {ENTRY_COLUMNS} FROM journal_entry WHERE subject IN ({sql.marks(subjects)}) ORDER BY subject",
        subjects,
    )
    for subject, rows in groupby(map(from_row, cursor.fetchall()), key=lambda e: e.subject):
        yield subject, list(rows)


def state_of(subject: str) -> Subject:
    """The present state of ``subject``, folded from the world that we are in."""
    with sql.cursor() as cursor:
        found = dict(entries_of(cursor, [subject]))
    return fold(subject, found.get(subject, ()))


def project(subjects: Iterable[str]) -> None:
    """Fold these subjects anew and replace their rows. Call inside the transaction that changed their entries."""
    with sql.cursor() as cursor:
        for chunk in batched(dict.fromkeys(subjects), CHUNK):
            written = _fold(entries_of(cursor, chunk))
            written.clear_way(cursor)
            written.write(cursor)


def rebuild(progress: Callable[[int], object] = lambda n: None) -> int:
    """Empty every read-side table and fold every subject anew, in one transaction. Returns the number of entries.

    Nobody records meanwhile. ``progress`` is called with the number of entries folded so far.
    """
    connection = worlds.connection()
    with transaction.atomic(using=worlds.world()), sql.cursor() as writer:
        writer.execute("SELECT one FROM journal_self" + sql.for_update())
        for model in (*tables(), SubjectRow):
            writer.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        count = 0
        everything = sql.stream(f"SELECT {ENTRY_COLUMNS} FROM journal_entry ORDER BY subject")
        by_subject = groupby(map(from_row, everything), key=lambda e: e.subject)
        groups = ((subject, list(entries)) for subject, entries in by_subject)
        for chunk in batched(groups, CHUNK):
            _fold(chunk).write(writer)
            count += sum(len(entries) for _, entries in chunk)
            progress(count)
    return count


_UPSERT_SUBJECT = (
    "INSERT INTO journal_subject (subject, type, incident, title, search, site, heads, entries, conflicts, unread) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (subject) DO UPDATE SET incident = excluded.incident, "
    "title = excluded.title, search = excluded.search, site = excluded.site, heads = excluded.heads, "
    "entries = excluded.entries, conflicts = excluded.conflicts, unread = excluded.unread"
)


class Written:
    """Rows of some subjects, ready to be written."""

    def __init__(self) -> None:
        self.subjects: list[tuple[Any, ...]] = []
        self.rows: dict[Plan, list[list[Any]]] = defaultdict(list)
        #: subjects whose old rows must go before the new ones come, by table
        self.gone: dict[Plan, list[str]] = defaultdict(list)

    def clear_way(self, cursor: sql.Cursor) -> None:
        """Delete what will not be replaced in place."""
        for table, subjects in self.gone.items():
            cursor.execute(table.delete.replace("= %s", f"IN ({sql.marks(subjects)})"), subjects)

    def write(self, cursor: sql.Cursor) -> None:
        """Insert the rows."""
        for table, rows in self.rows.items():
            _put(cursor, table.insert, rows)
        _put(cursor, _UPSERT_SUBJECT, self.subjects)


def _put(cursor: sql.Cursor, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    if len(rows) == 1:
        cursor.execute(statement, rows[0])
    elif rows:
        cursor.executemany(statement, rows)


def _fold(groups: Iterable[tuple[str, list[Entry]]]) -> Written:
    """Fold each subject and collect its rows. Texts in rows are Japanese: rows do not depend on who looks at them."""
    connection = worlds.connection()
    written = Written()
    with speak("ja"):
        for subject, entries in groups:
            state = fold(subject, entries)
            made: list[tuple[Plan, list[Any]]] = []
            title = search = site = ""
            try:
                for row in state.rows():
                    table = plan(row.model, connection.vendor)
                    made.append((table, table.parameters(row, connection)))
                title, search, site = state.title(), state.search(), state.site()
            except Exception as error:  # rows must not raise; where they do, the subject is shown as unread
                made = []
                state.unread.append(("", f"rows could not be made: {type(error).__name__}: {error}"))
            given = {table for table, _ in made}
            for table in (plan(model, connection.vendor) for model in state.tables):
                if not (table.one_row and table in given):
                    written.gone[table].append(subject)
            for table, parameters in made:
                written.rows[table].append(parameters)
            disputes = state.conflicts()
            written.subjects.append(
                (
                    subject,
                    subject.partition(":")[0],
                    state.incident,
                    title,
                    search,
                    site,
                    json.dumps(state.heads, separators=(",", ":")),
                    len({e.id for e in entries}),
                    canonical_list([_dispute(d) for d in disputes]) if disputes else "[]",
                    canonical_list(state.unread) if state.unread else "[]",
                )
            )
    return written


def canonical_list(items: Sequence[Any]) -> str:
    """A list as the one JSON text of it."""
    return json.dumps(items, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _dispute(conflict: Conflict) -> dict[str, Any]:
    return {
        "part": conflict.part,
        "label": [conflict.label.ja, conflict.label.en],
        "rivals": [
            {"entry": r.entry.id, "value": to_jsonable_python(r.value, fallback=str), "words": words(r.value)}
            for r in conflict.rivals
        ],
    }


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every read-side table's rows, sorted: equal contents mean equal tables. For checks, not for pages."""
    connection = worlds.connection()
    found = {}
    with sql.cursor() as cursor:
        for model in (*tables(), SubjectRow):
            columns = ", ".join(connection.ops.quote_name(f.column or f.attname) for f in model._meta.concrete_fields)
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT {columns} FROM {table}")
            found[model._meta.db_table] = sorted(cursor.fetchall(), key=repr)
    return found
