"""As of: what this node knew at a moment, in a database that the same queries read.

Entries up to there are folded into a scratch SQLite database, whatever the world itself is kept in. Scratch databases
are kept for the next who asks, and a later one is made from the nearest earlier one: entries that came in between are
added and the subjects that they touch are folded anew, which is what the node itself did at the time.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connections, models, transaction

from tomoshibi import __version__
from tomoshibi.journal import datasets, sql, worlds
from tomoshibi.journal.entries import COLUMNS, moment
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.projecting import ENTRY_COLUMNS, project, rebuild
from tomoshibi.journal.snapshots import connected
from tomoshibi.vocabulary import T

log = logging.getLogger(__name__)

#: scratch databases kept for each world
KEEP = 8
#: entries copied at a time
BATCH = 5000

_making = Lock()


@dataclass(frozen=True)
class Moment:
    """The moment that is looked at: the last entry that had arrived (0 and empty before the first)."""

    world: str
    pos: int
    received_at: str


@contextmanager
def open(when: datetime | int) -> Iterator[Moment]:
    """Within this block the world that we are in is what this node knew at ``when``; nothing can be recorded in it.

    ``when`` is a time with zone (everything received by then) or the position of the last entry that counts. Safe in
    several threads and processes at once. Raises :class:`Refused` for a position that has not been reached and
    :class:`ValueError` for a time without zone.
    """
    with worlds.present():  # the past of a past is the world's past
        at = _moment(when)
        scratch = _scratch(at)
    with scratch as alias, worlds.inhabit(alias):
        yield at


def _moment(when: datetime | int) -> Moment:
    with sql.cursor() as cursor:
        if isinstance(when, datetime):
            cursor.execute("SELECT max(pos) FROM journal_entry WHERE received_at <= %s", [moment(when)])
            pos = cursor.fetchone()[0] or 0
        else:
            cursor.execute("SELECT max(pos) FROM journal_entry")
            pos, last = when, cursor.fetchone()[0] or 0
            if not 0 <= pos <= last:
                raise Refused(
                    T(
                        f"{pos} 番の記録はまだありません。最後は {last} 番です。",
                        f"There is no entry {pos} yet; the last is {last}.",
                    )
                )
        cursor.execute("SELECT received_at FROM journal_entry WHERE pos = %s", [pos])
        row = cursor.fetchone()
    return Moment(worlds.world(), pos, row[0] if row else "")


def _scratch(at: Moment) -> AbstractContextManager[str]:
    """The alias of a connection, of one block's own, to the scratch database of that moment."""
    stack = ExitStack()
    for last_try in (False, False, True):
        path = _path(at)
        with _making:
            if not path.exists():
                _make(path, at)
        if path != _path(at):  # something was erased by law meanwhile
            path.unlink(missing_ok=True)
            continue
        uri = f"{path.as_uri()}?mode=ro&immutable=1"
        alias = stack.enter_context(connected(str(at.pos), scratch_settings(uri, "PRAGMA query_only=ON")))
        try:
            connections[alias].ensure_connection()
            os.utime(path)
            break
        except (OperationalError, FileNotFoundError):  # cleared away by who needed the room
            stack.close()
            if last_try:
                raise
    return _closing(stack, alias)


@contextmanager
def _closing(stack: ExitStack, alias: str) -> Iterator[str]:
    with stack:
        yield alias


def scratch_settings(name: str, init: str) -> dict[str, Any]:
    """Settings of a scratch database: of no worth once it is damaged, so nothing waits for the disk."""
    return {
        **connections[worlds.REAL].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {"init_command": init},
    }


@cache
def world_tables() -> tuple[type[models.Model], ...]:
    """Every table that a world has."""
    return tuple(m for m in apps.get_models() if m._meta.managed and m._meta.app_label not in worlds.MACHINE_APPS)


@cache
def _shape() -> str:
    """What a scratch database's form and folding depend on besides the entries."""
    columns = [(m._meta.db_table, [f.column for f in m._meta.concrete_fields]) for m in world_tables()]
    return f"{__version__} {columns}"


def _folder() -> Path:
    return Path(settings.TOMOSHIBI_HOME) / "asof"


def _path(at: Moment) -> Path:
    """Where the scratch database of that moment lies: the name says which journal, position, erasures and program."""
    with worlds.inhabit(at.world):
        facts = _read(
            "SELECT s.node, (SELECT count(*) FROM journal_redaction), e.hash FROM journal_self s "
            f"LEFT JOIN journal_entry e ON e.pos = {at.pos}"
        )
    key = sha256(f"{_shape()} {facts}".encode()).hexdigest()[:20]
    return _folder() / f"{at.world}.{at.pos}.{key}.sqlite3"


def _kept(world: str) -> list[tuple[int, Path]]:
    """Scratch databases of a world, with their positions."""
    name = re.compile(re.escape(world) + r"\.(\d+)\.[0-9a-f]{20}\.sqlite3")
    with suppress(FileNotFoundError):
        return [(int(m[1]), p) for p in _folder().iterdir() if (m := name.fullmatch(p.name))]
    return []


def forget(world: str) -> None:
    """Clear away the scratch databases of a world: something that may be in them was erased by law."""
    for _, path in _kept(world):
        path.unlink(missing_ok=True)


def _make(path: Path, at: Moment) -> None:
    """Make the scratch database of a moment at ``path``, complete or not at all, and clear away those long unused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = sorted((k for k in _kept(at.world) if 0 < k[0] < at.pos), reverse=True)
    pos, base = next((k for k in earlier if _path(replace(at, pos=k[0])) == k[1]), (0, None))
    descriptor, name = tempfile.mkstemp(prefix=".making.", dir=path.parent)
    os.close(descriptor)
    aside = Path(name)
    try:
        if base is not None:
            try:
                shutil.copyfile(base, aside)
            except FileNotFoundError:  # cleared away by another process
                aside.write_bytes(b"")
                pos, base = 0, None
        with connected("making", scratch_settings(name, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")) as alias:
            _fill(alias, at, pos, fresh=base is None)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    for _, old in sorted(_kept(at.world), key=lambda k: _used(k[1]))[:-KEEP]:
        old.unlink(missing_ok=True)
    for left in path.parent.glob(".making.*"):  # by a process that was killed
        if _used(left) < time.time() - 3600:
            left.unlink(missing_ok=True)


def _used(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def _fill(alias: str, at: Moment, after: int, fresh: bool) -> None:
    """Bring the database ``alias``, which knows the entries up to ``after``, to the moment ``at``."""
    if fresh:
        with connections[alias].schema_editor() as editor:
            for model in world_tables():
                editor.create_model(model)
    with transaction.atomic(using=alias):
        touched = _copy(alias, at, after)
        with worlds.inhabit(alias):
            if fresh:
                rebuild()
            else:
                project(sorted(touched))


def _copy(alias: str, at: Moment, after: int) -> set[str]:
    """Copy what the journal had taken in by then, the entries after ``after``; gives the subjects they are about."""
    touched: set[str] = set()
    for start in range(after + 1, at.pos + 1, BATCH):
        end = min(start + BATCH - 1, at.pos)
        rows = _read(f"SELECT {ENTRY_COLUMNS} FROM journal_entry WHERE pos >= {start} AND pos <= {end} ORDER BY pos")
        _write(alias, "journal_entry", ENTRY_COLUMNS, rows)
        touched.update(row[COLUMNS.index("subject")] for row in rows)
    for table, columns in (
        ("journal_self", "one, node, private_key, zones, clock"),
        ("journal_node", "id, name, public_key, first_seen"),
        ("journal_redaction", "target, subject"),
    ):
        _write(alias, table, columns, _read(f"SELECT {columns} FROM {table}".replace("private_key", "''")))
    columns = "sha256, size, media_type, received_at"
    rows = [row for row in _read(f"SELECT {columns} FROM journal_dataset") if row[3] <= at.received_at]
    with worlds.inhabit(alias), sql.cursor() as cursor:
        cursor.execute("DELETE FROM journal_chain")
        cursor.execute(
            "INSERT INTO journal_chain (node, zone, seq, hash, clock, signature) "
            "SELECT node, zone, max(seq), hash, clock, '' FROM journal_entry GROUP BY node, zone"
        )  # SQLite takes the other columns from the row of the maximum
        known = {row[0] for row in _read("SELECT sha256 FROM journal_dataset")}
        new = [row for row in rows if row[0] not in known]
        _write(alias, "journal_dataset", columns, new)
        for digest, *_ in new:
            try:
                datasets.load(digest)
            except Refused as error:  # the rest can be looked at all the same
                log.warning("as of %s: %s", at.pos, error)
    return touched


def _read(statement: str) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _write(alias: str, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        with worlds.inhabit(alias), sql.cursor() as cursor:
            cursor.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({sql.marks(rows[0])})", rows)
