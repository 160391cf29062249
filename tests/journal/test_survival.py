"""What no crash and no crowd may break: real processes, real kill -9, on both databases."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import warm

pytestmark = pytest.mark.once

INSPECT = """
import json, sys, django
django.setup()
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.verifying import verify
verdict = verify()
before = contents()
if "--no-rebuild" not in sys.argv:
    rebuild()
print(json.dumps({
    "ids": list(EntryRow.objects.values_list("id", flat=True)),
    "positions": list(EntryRow.objects.order_by("pos").values_list("pos", flat=True)),
    "breaks": [b.text.en for b in verdict.breaks],
    "chains": verdict.chains,
    "rebuild_equals_tables": contents() == before,
}))
"""
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from tomoshibi.journal import nodes
nodes.found("本庁")
"""
WRITE = "from tests.journal import writer\nwriter.main()"


class Home:
    """A database outside the test's own, reached only by processes."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment}
        self.run(PREPARE)

    def run(self, program: str, *arguments: str) -> str:
        done = warm.run(program, *arguments, environ=self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_writer(self, name: str, count: int, threads: int) -> warm.Started:
        return warm.Started(WRITE, name, str(count), str(threads), environ=self.environment)

    def inspect(self, *arguments: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.run(INSPECT, *arguments))
        return found


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    if request.param == "postgres":
        return Home({"DATABASE_URL": request.getfixturevalue("fresh_postgres_url"), "TOMOSHIBI_HOME": str(tmp_path)})
    return Home({"TOMOSHIBI_HOME": str(tmp_path), "DATABASE_URL": ""})


def acknowledged(writers: list[warm.Started]) -> set[str]:
    ids: set[str] = set()
    for writer in writers:
        out, err = writer.communicate()
        assert writer.returncode == 0, err
        ids.update(out.split())
    return ids


def whole(found: dict[str, object]) -> None:
    assert found["breaks"] == []
    assert found["chains"] == 1
    assert found["rebuild_equals_tables"]
    positions = found["positions"]
    assert positions == list(range(1, len(positions) + 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(("processes", "threads"), [pytest.param(1, 4, marks=pytest.mark.city), (4, 1)])
@pytest.mark.fuzz
def test_many_writers_make_one_chain(
    home: Home, processes: int, threads: int, trials: Callable[[int, int], int]
) -> None:
    each = trials(60, 400)
    writers = [home.start_writer(f"w{n}", each, threads) for n in range(processes)]
    said = acknowledged(writers)
    found = home.inspect()
    assert len(said) == each * processes
    assert said == set(found["ids"])  # type: ignore[call-overload]
    whole(found)


def lines_until(writer: warm.Started, stop: Callable[[int], bool]) -> Iterator[str]:
    for n, line in enumerate(writer.stdout):
        if line.endswith("\n"):
            yield line.strip()
        if stop(n):
            writer.kill()


@pytest.mark.fuzz
def test_every_acknowledged_fact_is_there_after_kill_9(home: Home, trials: Callable[[int, int], int]) -> None:
    """400 writes in all (3,000 in `make fuzz`), killed in their midst again and again."""
    writes = trials(400, 3_000)
    chance = random.Random(11)
    said: set[str] = set()
    kills = 0
    while len(said) < writes:
        left = writes - len(said)
        writer = home.start_writer("w", left, 1)
        moment = chance.randint(1, writes * 2 // 5)
        said.update(lines_until(writer, lambda n, moment=moment: n == moment))
        writer.communicate()
        kills += writer.returncode == -9
    found = home.inspect()
    ids = set(found["ids"])  # type: ignore[call-overload]
    assert kills >= 2
    assert said <= ids
    assert len(ids - said) <= kills  # at most the one that was being said at each kill
    whole(found)
