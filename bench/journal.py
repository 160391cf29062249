"""The journal: facts one by one and in batches, rebuild and verify, on SQLite and on PostgreSQL, beside bare commits.

The peer of ``one by one`` is the least that could be called recording: one INSERT of a row of the same size in one
``transaction.atomic()`` on the same connection, with the same ``synchronous=FULL`` (PostgreSQL: ``fsync`` and
``synchronous_commit`` on, as they come). Ours and the bare commits take turns.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from bench.table import ROOT, Row
from scripts.postgres import NoServerError, Server

#: facts of a turn, turns, facts of a batch, batches
TURN, TURNS, BATCH, BATCHES = 500, 7, 1000, 12


def rows() -> Iterator[Row]:
    """The figures on both databases; PostgreSQL only where its server program is installed."""
    yield from _of("SQLite", sqlite3.sqlite_version, {"DATABASE_URL": ""}, goals=True)
    try:
        server = Server()
    except NoServerError as none:
        yield Row("journal: PostgreSQL", error=str(none))
        return
    try:
        url = server.create("bench")
        yield from _of("PostgreSQL", "", {"DATABASE_URL": url}, goals=False)
    finally:
        server.stop()


def _of(database: str, version: str, environment: dict[str, str], *, goals: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="tomoshibi-bench-") as home:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TOMOSHIBI_HOME": home,
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.journal"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
    if done.returncode:
        yield Row(f"journal: {database}", error=done.stderr.strip().splitlines()[-1])
        return
    said = json.loads(done.stdout.splitlines()[-1])
    bare = f"bare one-row commit, {database} {version or said['version']}"
    batch = f"bare INSERT of {BATCH} rows, {database} {version or said['version']}"

    def goal(figure: float) -> float | None:
        return figure if goals else None

    yield Row(
        f"journal: facts one by one, {database}", said["one"], "facts/s",
        peer=said["bare"], peer_name=bare, goal=goal(1 / 3),
    )  # fmt: skip
    yield Row(
        f"journal: facts one by one, {database}, figure", said["one"], "facts/s", goal=goal(1000),
    )  # fmt: skip
    yield Row(
        f"journal: facts in batches of {BATCH}, {database}", said["batch"], "facts/s",
        peer=said["bare_batch"], peer_name=batch, goal=goal(5000), goal_of="ours",
    )  # fmt: skip
    yield Row(f"journal: rebuild, {database}", said["rebuild"], "entries/s", goal=goal(10_000))
    yield Row(f"journal: verify, {database}", said["verify"], "entries/s", goal=goal(40_000))


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def measure() -> dict[str, Any]:
    """Figures of the database that this process is set to; its rooms are the tests' toys."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    from tests.toys.facts import Box, BoxDescribed
    from tomoshibi.journal import nodes
    from tomoshibi.journal.access import system
    from tomoshibi.journal.projecting import rebuild
    from tomoshibi.journal.recording import Draft, record
    from tomoshibi.journal.verifying import verify

    nodes.found("bench")
    actor = system("bench")
    auto = "INTEGER PRIMARY KEY" if connection.vendor == "sqlite" else "SERIAL PRIMARY KEY"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare (id {auto}, content TEXT NOT NULL)")
        content = "x" * 900  # about what an entry's row takes

        def bare() -> None:
            for _ in range(TURN):
                with transaction.atomic():
                    cursor.execute("INSERT INTO bare (content) VALUES (%s)", [content])

        def bare_batch() -> None:
            with transaction.atomic():
                cursor.executemany("INSERT INTO bare (content) VALUES (%s)", [[content]] * BATCH)

        def one_by_one(turn: int) -> None:
            for n in range(TURN):
                record(Draft(BoxDescribed(name=f"箱{n}", colour="赤"), Box.ref(f"one-{turn % 3}-{n}")), actor)

        def in_batch(batch: int) -> None:
            drafts = [Draft(BoxDescribed(name=f"箱{n}", colour="赤"), Box.ref(f"b{batch}-{n}")) for n in range(BATCH)]
            record(drafts, actor)

        one_by_one(-1)
        bare()
        singles = [
            (_rate(TURN, lambda turn=turn: one_by_one(turn)), _rate(TURN, bare))  # type: ignore[misc]
            for turn in range(TURNS)
        ]
        batches = [
            (_rate(BATCH, lambda batch=batch: in_batch(batch)), _rate(BATCH, bare_batch))  # type: ignore[misc]
            for batch in range(BATCHES)
        ]
        verified: list[float] = []
        rebuilt: list[float] = []
        for _ in range(3):
            start = time.perf_counter()
            count = verify().entries
            verified.append(count / (time.perf_counter() - start))
            rebuilt.append(_rate(count, rebuild))
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        version = cursor.fetchone()[0]
    return {
        "version": version,
        "one": median(a for a, _ in singles),
        "bare": median(b for _, b in singles),
        "batch": median(a for a, _ in batches),
        "bare_batch": median(b for _, b in batches),
        "verify": median(verified),
        "rebuild": median(rebuilt),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
