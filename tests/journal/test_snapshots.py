"""Reading a world while others record in it."""

import threading

import pytest

from tests.journal.apart import inside, world_apart  # noqa: F401
from tests.toys.facts import Box, BoxDescribed, ItemPut
from tomoshibi.journal import sql, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.snapshots import snapshot
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default"])


def say(*names, box="1"):
    for name in names:
        record(Draft(BoxDescribed(name=name), Box.ref(box)), system("test"))


def elsewhere(settings, do):
    """Do it in another thread, with a connection of its own; gives the thread, already under way."""

    def run():
        with inside(settings):
            do()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_snapshot_stands_still_while_others_record(world_apart):  # noqa: F811
    with inside(world_apart):
        say("a")
        with snapshot():
            before = contents()
            elsewhere(world_apart, lambda: say("b")).join()
            assert EntryRow.objects.count() == 1
            assert contents() == before
            with pytest.raises(Refused):
                say("c")
        assert EntryRow.objects.count() == 2


def test_within_a_transaction_its_own_work_is_read(world_apart):  # noqa: F811
    from django.db import transaction

    with inside(world_apart), transaction.atomic(using=worlds.world()):
        say("a")
        with snapshot() as alias:
            assert alias == worlds.world()
            assert EntryRow.objects.count() == 1


def test_verifying_while_others_record_finds_no_break(world_apart, monkeypatch):  # noqa: F811
    """The heads are read before the entries: without a snapshot, what comes between looks like a broken chain."""
    stream = sql.stream

    def late(statement):
        elsewhere(world_apart, lambda: say("b")).join()
        return stream(statement)

    monkeypatch.setattr(sql, "stream", late)
    with inside(world_apart):
        say("a")
        verdict = verify()
        assert (verdict.breaks, verdict.entries) == ([], 1)
        assert EntryRow.objects.count() == 2


def test_rebuilding_while_others_record_loses_no_row_and_meets_none_twice(world_apart, monkeypatch):  # noqa: F811
    stream, threads = sql.stream, []

    def meanwhile(statement):
        """Between the emptying of the tables and the reading of the entries; the others wait, or must not matter."""
        if not threads:
            put = Draft(ItemPut(name="水", number=1), Box.ref("3"))
            threads.append(elsewhere(world_apart, lambda: (record(put, system("test")), say("x"))))
            threads[0].join(1)
        return stream(statement)

    monkeypatch.setattr(sql, "stream", meanwhile)
    with inside(world_apart):
        say("a")
        say("b", box="2")
        rebuild()
        threads[0].join()
        after = contents()
        assert EntryRow.objects.count() == 4
        rebuild()
        assert contents() == after
