"""As of: what this node knew at a moment, read by the same queries."""

import random
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from django.db.utils import ConnectionDoesNotExist, OperationalError, load_backend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved, ItemPut
from tests.toys.models import BoxRow
from tomoshibi.journal import asof, datasets, nodes, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.merging import merge
from tomoshibi.journal.models import ChainRow, DatasetRow, EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.redaction import Redacted
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default", "north", "training"])
ME = system("test")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.TOMOSHIBI_HOME = tmp_path
    founded("default", "north", "training")
    return tmp_path


def say(*names, box="1"):
    for name in names:
        record(Draft(BoxDescribed(name=name), Box.ref(box)), ME)


def names():
    return sorted(BoxRow.objects.values_list("name", flat=True))


step = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(
        st.sampled_from("xyz").map(lambda name: BoxDescribed(name=name)),
        st.sampled_from("xyz").map(lambda colour: BoxDescribed(colour=colour)),
        st.sampled_from("pq").map(lambda place: BoxMoved(place=place)),
        st.integers(1, 9).map(lambda number: ItemPut(name="水", number=number)),
    ),
    st.integers(0, 3),  # minutes of world time
    st.booleans(),  # after what is there now, or after nothing: rivals
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(step, max_size=8), st.data())
def test_as_of_equals_a_fresh_database_that_recorded_only_the_first_entries(steps, data):
    drafts = [
        Draft(fact, Box.ref(box), None if known else (), f"id-{n}", NOON + timedelta(minutes=minutes))
        for n, (box, fact, minutes, known) in enumerate(steps)
    ]
    with undone("default"):
        for draft in drafts:
            record(draft, ME)
        for pos in data.draw(st.permutations(range(len(steps) + 1))):  # any order: earlier ones are the ground of later
            with asof.open(pos):
                then = contents()
                assert EntryRow.objects.count() == pos
            with worlds.inhabit("north"), undone("north"):
                for draft in drafts[:pos]:
                    record(draft, ME)
                assert contents() == then


@contextmanager
def undone(alias):
    """What is done to a database in this block is undone after it."""
    with transaction.atomic(using=alias):
        yield
        transaction.set_rollback(True, using=alias)


def test_as_of_equals_the_tables_of_the_time_whatever_came_from_others():
    for seed in range(5):
        chance = random.Random(seed)
        then = {}
        with undone("default"), undone("north"):
            for n in range(15):
                alias = chance.choice(["default", "default", "north"])
                if chance.random() < 0.25:
                    exchange("north", "default")
                else:
                    with worlds.inhabit(alias):
                        box = Box.ref(chance.choice("ab"))
                        fact = chance.choice([BoxDescribed(name=str(n)), BoxMoved(place=str(n))])
                        record(Draft(fact, box, after=None if chance.random() < 0.5 else ()), ME)
                then[EntryRow.objects.count()] = contents()
            for pos in chance.sample(sorted(then), len(then)):
                with asof.open(pos):
                    assert contents() == then[pos], (seed, pos)


def test_by_time_it_is_what_had_been_received():
    for minute, name in enumerate("abc"):
        with worlds.at(NOON + timedelta(minutes=minute)):
            say(name)
    seen = []
    for seconds in (-1, 0, 59, 60, 600):
        with asof.open(NOON + timedelta(seconds=seconds)) as at:
            seen.append((at.pos, names()))
    assert seen == [(0, []), (1, ["a"]), (1, ["a"]), (2, ["b"]), (3, ["c"])]
    with pytest.raises(ValueError, match="zone"), asof.open(NOON.replace(tzinfo=None)):
        pass


def test_nothing_is_recorded_or_taken_in_there():
    say("a", "b")
    before = contents()
    with asof.open(1):
        with pytest.raises(Refused, match=r"past|過去"):
            say("c")
        with pytest.raises(Refused, match=r"past|過去"):
            merge([])
        with pytest.raises(OperationalError, match="readonly"):
            ChainRow.objects.all().delete()
    assert contents() == before
    say("c")
    assert names() == ["c"]


def test_the_past_of_a_past_is_the_worlds_past():
    say("a", "b", "c")
    with asof.open(1), asof.open(2):
        assert names() == ["b"]


def test_training_looks_back_at_training():
    say("real")
    with worlds.inhabit("training"):
        say("drill")
        say("later")
        with asof.open(1):
            assert worlds.is_training()
            assert names() == ["drill"]
    with asof.open(1):
        assert not worlds.is_training()
        assert names() == ["real"]


def test_a_position_that_was_not_reached_is_refused():
    say("a")
    for pos in (2, -1):
        with pytest.raises(Refused, match="1"), asof.open(pos):
            pass


def test_disputes_chains_and_nodes_are_those_of_the_time():
    say("a")
    record(Draft(BoxDescribed(name="b"), Box.ref("1"), after=()), ME)
    say("c")
    with asof.open(2):
        assert len(SubjectRow.objects.get().disputes) == 1
        assert ChainRow.objects.get().seq == 2
        assert verify().breaks == []
        assert nodes.identity().node == EntryRow.objects.first().node
        assert nodes.identity().private_key == ""
    assert SubjectRow.objects.get().disputes == []


def test_scratch_databases_are_reused_and_bounded(home, monkeypatch):
    made = []
    make = asof._make
    monkeypatch.setattr(asof, "_make", lambda path, at: (made.append(at.pos), make(path, at)))
    say(*"abcdefghijklmn")
    for _ in range(2):
        with asof.open(3):
            assert names() == ["c"]
    assert made == [3]
    for pos in range(1, 14):
        with asof.open(pos):
            assert names() == ["abcdefghijklmn"[pos - 1]]
    assert len(list((home / "asof").iterdir())) == asof.KEEP


def test_a_later_moment_is_made_from_an_earlier_one(monkeypatch):
    say("a", "b", "c")
    with asof.open(2):
        pass
    folded = []
    project = asof.project
    monkeypatch.setattr(asof, "project", lambda subjects: (folded.extend(subjects), project(subjects)))
    monkeypatch.setattr(asof, "rebuild", None)
    say("other", box="2")
    with asof.open(4):
        assert names() == ["c", "other"]
    assert folded == [Box.ref("1"), Box.ref("2")]


def test_what_the_law_took_out_is_in_no_scratch_database(home, django_capture_on_commit_callbacks):
    (entry,) = record(Draft(BoxDescribed(name="秘密"), Box.ref("1")), ME)
    say("b")
    with asof.open(1):
        assert names() == ["秘密"]
    files = list((home / "asof").iterdir())
    assert any("秘密".encode() in f.read_bytes() for f in files)
    with django_capture_on_commit_callbacks(execute=True):
        record(Draft(Redacted(entry=entry.id, reason="個人情報保護法"), Box.ref("1")), ME)
    assert list((home / "asof").iterdir()) == []
    with asof.open(1):
        assert EntryRow.objects.get().payload is None
        assert names() == [""]


def test_datasets_are_loaded_for_the_time(home):
    seen = []
    datasets.loader("test/asof")(lambda digest, path: seen.append((worlds.world(), path.read_bytes())))
    with worlds.at(NOON):
        datasets.put(b"old", "test/asof")
        say("a")
    with worlds.at(NOON + timedelta(hours=1)):
        datasets.put(b"new", "test/asof")
        say("b")
    seen.clear()
    with asof.open(1):
        assert DatasetRow.objects.count() == 1
    with asof.open(2):
        assert DatasetRow.objects.count() == 2
    assert [content for _, content in seen] == [b"old", b"new"]
    assert all("@" in world for world, _ in seen)


def test_no_connection_is_left_behind():
    say("a")
    with asof.open(1):
        alias = worlds.world()
        assert connections[alias].vendor == "sqlite"
    with pytest.raises(ConnectionDoesNotExist):
        connections[alias]


def test_several_threads_at_once(home):
    """Each thread has a connection of its own to a world in a file."""
    results = []
    backend = load_backend("django.db.backends.sqlite3")
    told = asof.scratch_settings(str(home / "world.sqlite3"), "PRAGMA journal_mode=WAL")

    @contextmanager
    def threads_world():
        connections["threads"] = backend.DatabaseWrapper(told, "threads")
        with worlds.inhabit("threads"):
            yield
        connections["threads"].close()
        del connections["threads"]

    def look(pos):
        with threads_world(), asof.open(pos):
            results.append((pos, names()))

    with threads_world():
        with connections["threads"].schema_editor() as editor:
            for model in asof.world_tables():
                editor.create_model(model)
        founded("threads")
        say(*"abcdef")
        threads = [threading.Thread(target=look, args=(pos % 6 + 1,)) for pos in range(18)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == sorted((pos % 6 + 1, ["abcdef"[pos % 6]]) for pos in range(18))
