"""Readings of a world: a database connection of one's own for a while, in which nothing is recorded.

A reading's alias is the world's, ``@`` and what it shows (``default@snapshot``, ``training@120``), so that the router,
and whether it is training, go by the world that it was taken of.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connections, transaction
from django.db.utils import load_backend

from tomoshibi.journal import sql, worlds

_numbers = count(1)


@contextmanager
def connected(name: str, settings: dict[str, Any]) -> Iterator[str]:
    """The alias of a connection of this block's own, named after the world that we are in and ``name``.

    It is known to this thread only, and gone after the block.
    """
    alias = f"{worlds.world()}{worlds.READING}{name}.{next(_numbers)}"
    connections[alias] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]


@contextmanager
def snapshot() -> Iterator[str]:
    """Read the world that we are in as it stands at this moment, whatever others record meanwhile. Gives its alias.

    Within a transaction, or a reading, that itself is read: another connection could not see what it wrote.
    """
    here = worlds.connection()
    if worlds.is_reading() or here.in_atomic_block:
        yield worlds.world()
        return
    settings = dict(here.settings_dict)
    if here.vendor == "sqlite":
        settings["OPTIONS"] = {**settings["OPTIONS"], "transaction_mode": "DEFERRED"}
        first = "SELECT count(*) FROM sqlite_master"
    else:
        from psycopg import IsolationLevel

        settings["OPTIONS"] = {**settings["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
        first = "SET TRANSACTION READ ONLY"
    with connected("snapshot", settings) as alias, worlds.inhabit(alias), transaction.atomic(using=alias):
        with sql.cursor() as cursor:
            cursor.execute(first)  # SQLite takes its snapshot at the first reading,
            cursor.execute("SELECT count(*) FROM journal_self")  # PostgreSQL at the first query
        yield alias
