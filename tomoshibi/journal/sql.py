"""The journal's own SQL: the database driver without the layers that a page needs and a thousand facts a second do not.

Statements are written with ``%s``, as Django's are, and errors are Django's (``OperationalError``, …).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from tomoshibi.journal import worlds

Value = Any
Values = Sequence[Value]


@cache
def _qmark(statement: str) -> str:
    return statement.replace("%s", "?")


def _as_it_is(statement: str) -> str:
    return statement


class Cursor:
    """A cursor on the world's own connection, inside whatever transaction is open there."""

    def __init__(self) -> None:
        connection = worlds.connection()
        connection.ensure_connection()
        self._errors = connection.wrap_database_errors
        self._raw: Any
        self._dialect: Callable[[str], str]
        if connection.vendor == "sqlite":
            self._raw, self._dialect = sqlite3.Cursor(connection.connection), _qmark
        else:
            self._raw, self._dialect = connection.connection.cursor(), _as_it_is

    def execute(self, statement: str, values: Values = ()) -> None:
        """Run one statement."""
        with self._errors:
            self._raw.execute(self._dialect(statement), values)

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        """Run one statement with each of ``rows``."""
        with self._errors:
            self._raw.executemany(self._dialect(statement), rows)

    def fetchone(self) -> Any:
        """The next row as a tuple, or None."""
        with self._errors:
            return self._raw.fetchone()

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        with self._errors:
            rows: list[Any] = self._raw.fetchall()
            return rows

    def close(self) -> None:
        """Give the cursor back."""
        self._raw.close()


@contextmanager
def cursor() -> Iterator[Cursor]:
    """A :class:`Cursor` for this block."""
    made = Cursor()
    try:
        yield made
    finally:
        made.close()


def marks(values: Sequence[Value]) -> str:
    """``%s, %s, …`` for each of ``values``."""
    return ", ".join(["%s"] * len(values))


def for_update() -> str:
    """What makes a SELECT lock its rows; nothing on SQLite, whose transactions exclude other writers as it is."""
    return " FOR UPDATE" if worlds.connection().features.has_select_for_update else ""


def stream(statement: str, size: int = 2000) -> Iterator[tuple[Any, ...]]:
    """Rows of a query without holding them all (a server-side cursor on PostgreSQL)."""
    with worlds.connection().chunked_cursor() as chunked:
        chunked.execute(statement)
        while rows := chunked.fetchmany(size):
            yield from rows
