"""Tasks: done once, retried after a failure, taken over after a crash, and never by another node."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved
from tomoshibi.journal import nodes, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.entries import moment
from tomoshibi.journal.models import EntryRow, TaskRow
from tomoshibi.journal.projecting import rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.tasks import CLAIM, Task, put, tick

pytestmark = pytest.mark.django_db(databases=["default", "north"])
NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)
ME = system("test")


@pytest.fixture(autouse=True)
def node(monkeypatch):
    monkeypatch.setattr(tasks, "_handlers", {})
    founded("default", "north")


def at(minutes: float):
    return worlds.at(NOON + timedelta(minutes=minutes))


def test_a_task_is_done_when_due_and_once():
    done = []
    tasks.handler("toys.ring")(lambda task: done.append(task.payload["bell"]))
    put([Task("toys.ring", "r1", NOON, payload={"bell": 3})])
    put([Task("toys.ring", "r1", NOON, payload={"bell": 3})])
    with at(-1):
        assert tick() == 0
    with at(0):
        assert tick() == 1
        assert tick() == 0
    assert done == [3]


def test_a_failure_is_kept_and_tried_again_later():
    tries = []

    def ring(task):
        tries.append(task.id)
        if len(tries) < 3:
            raise OSError("line is dead")

    tasks.handler("toys.ring")(ring)
    put([Task("toys.ring", "r1", NOON)])
    with at(0):
        assert tick() == 0
        assert tick() == 0
    row = TaskRow.objects.get()
    assert (row.attempts, row.note) == (1, "OSError: line is dead")
    with at(0.1):
        tick()
    with at(5):
        assert tick() == 1
    assert len(tries) == 3


def test_what_a_crashed_worker_had_claimed_is_taken_over():
    put([Task("toys.ring", "r1", NOON)])
    with at(0):
        assert len(tasks._claim(NOON, 10)) == 1  # and then the power fails
        assert tick() == 0
    done = []
    tasks.handler("toys.ring")(lambda task: done.append(1))
    with at(CLAIM.total_seconds() / 60):
        assert tick() == 1
    assert done == [1]


def test_a_task_that_records_does_so_once_however_often_it_is_tried():
    def move(task):
        record(Draft(BoxMoved(place="避難所"), Box.ref("1"), id=task.fact_id("moved")), ME)
        if EntryRow.objects.count() == 1 and TaskRow.objects.get().attempts == 0:
            raise OSError("killed after recording")

    tasks.handler("toys.move")(move)
    put([Task("toys.move", "m", NOON)])
    for minutes in (0, 1, 2):
        with at(minutes):
            tick()
    assert EntryRow.objects.count() == 1


def test_a_task_that_nothing_here_does_says_so():
    put([Task("future.thing", "x", NOON)])
    with at(0):
        tick()
    assert "future.thing" in TaskRow.objects.get().note


def test_effects_are_kept_where_recorded_and_never_by_import_or_rebuild(monkeypatch):
    monkeypatch.setattr(
        BoxDescribed, "effects", lambda self, entry, present: [Task("toys.ring", entry.id, NOON, present.subject)]
    )
    record(Draft(BoxDescribed(name="a"), Box.ref("1")), ME)
    assert TaskRow.objects.count() == 1
    rebuild()
    exchange("default", "north")
    assert TaskRow.objects.count() == 1
    with worlds.inhabit("north"):
        assert TaskRow.objects.count() == 0


def test_a_restored_copy_does_not_act_for_its_origin():
    tasks.handler("toys.ring")(lambda task: None)
    put([Task("toys.ring", "r1", NOON)])
    nodes.found("copy", anew=True)
    with at(0):
        assert tick() == 0


def test_cancelled_tasks_are_not_done():
    tasks.handler("toys.ring")(lambda task: None)
    put([Task("toys.ring", "r1", NOON, subject="toys.box:1"), Task("toys.ring", "r2", NOON, subject="toys.box:2")])
    assert tasks.cancel("toys.box:1", "toys.ring") == 1
    with at(0):
        assert tick() == 1


def test_what_a_killed_process_had_claimed_is_free_again_and_what_a_living_one_has_is_not():
    done = []
    tasks.handler("toys.ring")(lambda task: done.append(task.subject))
    put([Task("toys.ring", "dead", NOON, "toys.box:dead"), Task("toys.ring", "here", NOON, "toys.box:here")])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other, at(0):
        claims = {"toys.box:dead": tasks._process(other.pid), "toys.box:here": tasks._process(os.getpid())}
        for subject, by in claims.items():
            held = TaskRow.objects.filter(subject=subject)
            held.update(claimed_by=by, claimed_until=moment(NOON + timedelta(minutes=2)))
        assert tasks.free_the_dead() == 0
        other.kill()
        other.wait()
        assert tick() == 0
        assert tasks.free_the_dead() == 1
        assert tick() == 1
    assert done == ["toys.box:dead"]


def test_a_claim_names_its_process():
    names = []
    tasks.handler("toys.ring")(lambda task: names.append(TaskRow.objects.get().claimed_by))
    put([Task("toys.ring", "r1", NOON)])
    with at(0):
        tick()
    assert names == [tasks._process(os.getpid())]
