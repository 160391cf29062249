"""Backups: consistent, sealed, proven by a restore, and whole again whatever the disk did meanwhile."""

import errno
import json
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.utils import load_backend

from tests.journal.test_bundles import ListTaken, Paper
from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed, ItemPut
from tomoshibi.journal import backup, datasets, files, nodes, sealing, sql, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Account, Grant, Reading
from tomoshibi.journal.backup import archive, catalogue, machine, restoring, running
from tomoshibi.journal.backup.restoring import chain_of
from tomoshibi.journal.files import FileRefused, NotWritten
from tomoshibi.journal.models import ChainRow, EntryRow, TaskRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.redaction import Redacted
from tomoshibi.journal.sealing import Damaged, Locked, Passphrase, RecoveryKey, WrongSecret
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default", "training", "north"])
ME = system("test")
WORDS = Passphrase("灯 つなぐ 紙 六")
KEY = RecoveryKey(b"k" * 32)


@pytest.fixture(autouse=True)
def ids(tmp_path, settings, monkeypatch):
    settings.TOMOSHIBI_HOME = tmp_path / "home"
    settings.TOMOSHIBI_HOME.mkdir()
    monkeypatch.setattr(sealing, "SCRYPT", {"n": 2, "r": 1, "p": 1})
    return founded("default", "training", "north")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def say(*names, box="1", alias="default"):
    with worlds.inhabit(alias):
        return [record(Draft(BoxDescribed(name=name), Box.ref(box)), ME)[0] for name in names]


def town():
    """Something of everything."""
    say("a", "b")
    record(Draft(ItemPut(name="水", number=3), Box.ref("1")), ME)
    say("x", alias="north")
    exchange("north", "default")
    say("drill", alias="training")
    record(Draft(ListTaken(file=datasets.put(b"list " * 1000, "text/plain")), Paper.ref("1")), ME)
    user = get_user_model().objects.create_user("yamada", password="secret of yamada")
    Account.objects.create(user=user, name="山田")
    Grant.objects.create(user=user, role="clerk", site="places.site:1")
    Reading.objects.create(world="default", actor="user:yamada", subject=Paper.ref("1"), where="/")
    tasks.put([tasks.Task("call", "reason", worlds.now() + timedelta(hours=1))])


class Scratch:
    """Where a test restores to: databases beside the test's own."""

    aliases: ClassVar = {"real": "restored", "training": "training-restored"}

    def __init__(self, folder):
        self.home = folder

    def __enter__(self):
        backend = load_backend("django.db.backends.sqlite3")
        for name, alias in self.aliases.items():
            told = restoring.scratch_settings(str(self.home / name), "PRAGMA foreign_keys=ON")
            connections[alias] = backend.DatabaseWrapper(told, alias)
            with connections[alias].schema_editor() as editor:
                for model in [*restoring.world_tables(), *(restoring.machine_tables() if name == "real" else ())]:
                    editor.create_model(model)
        return self

    def __exit__(self, *why):
        for alias in self.aliases.values():
            connections[alias].close()
            del connections[alias]

    def restore(self, *files, secret=WORDS, take_over=False):
        with chain_of(*files, *[None] * (2 - len(files)), secret) as parts:
            return restoring._restore(parts, self.aliases, self.home, take_over, lambda text: None)

    def inside(self, name="real"):
        return worlds.inhabit(self.aliases[name])


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with Scratch(tmp_path / "elsewhere") as there:
        yield there


def tables(alias="default"):
    with worlds.inhabit(alias):
        return archive.digests([*restoring.tables(), restoring.SubjectRow], alias)


@pytest.mark.parametrize("secret", [WORDS, KEY])
def test_what_was_backed_up_comes_back_under_a_new_node_id(place, elsewhere, ids, secret):
    town()
    outcome = backup.run([place], secret)
    assert (outcome.line.full, outcome.line.problems, outcome.failures, outcome.missing) == (True, [], [], [])
    restored = elsewhere.restore(*outcome.files, secret=secret)
    assert restored.problems == []
    assert (restored.accounts, restored.datasets) == (1, 1)
    assert {name: w.entries for name, w in restored.worlds.items()} == {"real": 5, "training": 1}
    for name, world in archive.WORLDS.items():
        before = tables(world)
        with elsewhere.inside(name):
            assert tables(elsewhere.aliases[name]) == before
            assert verify().breaks == []
            me = nodes.identity()
            assert me.node not in ids.values()
            assert me.name == world
            assert me.node[0] == ids[world][0]
            assert ids[world] in set(ChainRow.objects.values_list("node", flat=True))
    user = get_user_model().objects.using(elsewhere.aliases["real"]).get()
    assert user.check_password("secret of yamada")
    for model in (Account, Grant, Reading):
        there = model.objects.using(elsewhere.aliases["real"]).values_list()
        assert list(there) == list(model.objects.values_list())
    (file,) = [p for p in (elsewhere.home / "datasets").rglob("*") if p.is_file()]
    assert file.read_bytes() == b"list " * 1000


def test_the_restored_node_goes_on_and_its_old_chain_travels_on(place, elsewhere, ids):
    town()
    (path,) = backup.run([place], WORDS).files
    elsewhere.restore(path)
    last = EntryRow.objects.order_by("-clock").first().clock
    with elsewhere.inside():
        (entry,) = record(Draft(BoxDescribed(name="c"), Box.ref("1")), ME)
        assert entry.clock == last + 1
    exchange(elsewhere.aliases["real"], "north")
    with worlds.inhabit("north"):
        assert {c.node for c in ChainRow.objects.all()} == {ids["default"], ids["north"], entry.node}
        assert verify().breaks == []
        theirs = contents()
    with elsewhere.inside():
        assert contents() == theirs


def test_full_and_difference_give_what_a_full_one_would(place, elsewhere):
    town()
    (full,) = backup.run([place], WORDS).files
    say("c", "d", box="2")
    get_user_model().objects.create_user("suzuki")
    Reading.objects.create(world="default", actor="user:suzuki", subject="x:1", where="/")
    record(Draft(ListTaken(file=datasets.put(b"new list", "text/plain")), Paper.ref("2")), ME)
    outcome = backup.run([place], WORDS)
    (difference,) = outcome.files
    assert outcome.line.base == backup.lines_of(place)[0].id
    assert outcome.line.worlds == {"real": {"entries": 3, "pos": 8}, "training": {"entries": 0, "pos": 1}}
    assert outcome.line.datasets == 1
    restored = elsewhere.restore(full, difference)
    assert restored.problems == []
    assert (restored.accounts, restored.datasets, restored.worlds["real"].entries) == (2, 2, 8)
    assert tables(elsewhere.aliases["real"]) == tables()
    assert Reading.objects.using(elsewhere.aliases["real"]).count() == 2


def test_a_difference_finds_its_full_backup_beside_it(place, elsewhere, tmp_path):
    town()
    (full,) = backup.run([place], WORDS).files
    backup.run([place], WORDS, full=True)
    (place / "other.backup").write_bytes(b"something else")
    say("c")
    (difference,) = backup.run([place], WORDS).files
    assert elsewhere.restore(difference).worlds["real"].entries == 6
    with pytest.raises(FileRefused, match=r"not a difference to|差分ではありません"), chain_of(full, difference, WORDS):
        pass
    alone = tmp_path / difference.name
    alone.write_bytes(difference.read_bytes())
    with pytest.raises(FileRefused, match=r"same folder|同じ場所"), chain_of(alone, None, WORDS):
        pass


def test_a_random_history_cut_anywhere_comes_back_as_it_was_at_each_cut(place, tmp_path):
    chance = random.Random(7)
    cuts = chance.sample(range(1, 40), 4)
    made = []
    for n in range(40):
        say(str(n), box=str(chance.randint(1, 4)), alias=chance.choice(["default", "north"]))
        if chance.random() < 0.2:
            exchange("north", "default")
        if n in cuts:
            made.append((*backup.run([place], WORDS).files, tables()))
    (full, at_full), *differences = made
    for number, (paths, expected) in enumerate([((full,), at_full), *(((full, d), t) for d, t in differences)]):
        (tmp_path / str(number)).mkdir()
        with Scratch(tmp_path / str(number)) as there:
            assert there.restore(*paths).problems == []
            assert tables(there.aliases["real"]) == expected


def test_what_the_law_took_out_after_the_full_backup_does_not_come_back(place, elsewhere):
    (entry,) = say("秘密")
    (full,) = backup.run([place], WORDS).files
    record(Draft(Redacted(entry=entry.id, reason="個人情報保護法"), Box.ref("1")), ME)
    (difference,) = backup.run([place], WORDS).files
    assert elsewhere.restore(full, difference).problems == []
    with elsewhere.inside():
        assert EntryRow.objects.get(id=entry.id).payload is None


@pytest.mark.parametrize("take_over", [False, True])
def test_open_tasks_stay_with_the_old_node_unless_taken_over(place, elsewhere, ids, take_over):
    done = []
    tasks.handler("backup-test")(lambda task: done.append(task.reason))
    tasks.put([tasks.Task("backup-test", "once", worlds.now() - timedelta(hours=1))])
    (path,) = backup.run([place], WORDS).files
    restored = elsewhere.restore(path, take_over=take_over)
    assert restored.worlds["real"].open_tasks == (0 if take_over else 1)
    with elsewhere.inside():
        assert (TaskRow.objects.get().node == ids["default"]) is not take_over


def test_two_places_and_one_that_fails(place, tmp_path, monkeypatch):
    say("a")
    second = tmp_path / "second"
    second.mkdir()
    both = backup.run([place, second], WORDS)
    assert [f.parent for f in both.files] == [place, second]
    assert both.files[0].read_bytes() == both.files[1].read_bytes()
    assert backup.lines_of(place) == backup.lines_of(second)
    say("b")

    def full_disk(source, target, *how):
        target.write(b"x" * (1 << 20))
        raise NotWritten(second, files.why_not(OSError(errno.ENOSPC, "No space left on device")))

    monkeypatch.setattr(running.shutil, "copyfileobj", full_disk)
    one = backup.run([place, second], WORDS)
    assert [f.parent for f in one.files] == [place]
    assert not one.line.full
    assert [f.path for f in one.failures] == [second]
    assert len(backup.lines_of(second)) == 1
    assert sorted(p.name for p in second.iterdir()) == sorted([both.files[1].name, catalogue.NAME])


def test_a_difference_needs_its_full_backup_in_every_place(place, tmp_path):
    say("a")
    second = tmp_path / "second"
    second.mkdir()
    backup.run([place], WORDS)
    assert backup.run([place, second], WORDS).line.full
    assert not backup.run([place, second], WORDS).line.full


@pytest.mark.parametrize("harm", ["damaged", "gone", "other words", "other journal"])
def test_a_full_one_is_made_where_the_last_will_not_do(place, harm, settings):
    say("a", "b")
    (full,) = backup.run([place], WORDS).files
    secret = WORDS
    if harm == "damaged":
        raw = bytearray(full.read_bytes())
        raw[len(raw) // 2] ^= 1
        full.write_bytes(raw)
    elif harm == "gone":
        full.unlink()
    elif harm == "other words":
        secret = Passphrase("new words")
    else:
        nodes.found("", None, anew=True)
    outcome = backup.run([place], secret)
    assert outcome.line.full
    assert outcome.line.problems == []
    assert outcome.why_full is not None


def test_nothing_is_named_before_it_was_proven(place, monkeypatch):
    say("a")

    def stop(*parts):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "verify_file", stop)
    with pytest.raises(KeyboardInterrupt):
        backup.run([place], WORDS)
    assert list(place.iterdir()) == []


def test_leftovers_of_a_killed_process_are_cleared_in_time(place):
    say("a")
    old, new = place / ".n1.1.unproven", place / ".n1.2.unproven"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    backup.run([place], WORDS)
    assert not old.exists()
    assert new.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to stand for a full disk")
def test_a_full_disk_leaves_nothing_and_says_so(place, monkeypatch):
    say("a")
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(files.tempfile, "mkstemp", lambda **how: (full, str(place / ".b.part")))
    with pytest.raises(NotWritten, match=r"full|空き"):
        backup.run([place], WORDS)
    assert list(place.iterdir()) == []


def test_no_such_place(tmp_path):
    with pytest.raises(FileRefused, match=r"no such folder|フォルダーがありません"):
        backup.run([tmp_path / "unplugged"], WORDS)
    with pytest.raises(FileRefused, match=r"no such|見つかりません"):
        backup.lines_of(tmp_path / "unplugged")


def test_a_changed_byte_a_wrong_secret_and_no_secret(place, tmp_path):
    say("a")
    (path,) = backup.run([place], WORDS).files
    with pytest.raises(WrongSecret), chain_of(path, None, Passphrase("x")):
        pass
    with pytest.raises(Locked), chain_of(path, None, None):
        pass
    raw = path.read_bytes()
    assert "山".encode() not in raw
    chance = random.Random(1)
    for at in chance.sample(range(len(raw)), 200):
        bad = tmp_path / "bad.backup"
        bad.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(Damaged) as refusal, chain_of(bad, None, WORDS):
            pass
        assert refusal.value.first <= at <= refusal.value.last


def test_rows_that_are_not_what_the_journal_gives_are_told_and_the_backup_is_no_ground_for_more(place):
    say("a", "b")
    with sql.cursor() as cursor:
        cursor.execute("UPDATE toys_boxrow SET name = 'changed by hand'")
    outcome = backup.run([place], WORDS)
    assert outcome.restored.worlds["real"].differing == ["toys_boxrow"]
    assert any("toys_boxrow" in problem for problem in outcome.line.problems)
    assert backup.run([place], WORDS).line.full


def test_a_broken_chain_is_told_and_the_backup_is_kept(place):
    say("a", "b")
    with sql.cursor() as cursor:
        cursor.execute("UPDATE journal_chain SET hash = %s", ["f" * 64])
    outcome = backup.run([place], WORDS)
    assert [b.seq for b in outcome.restored.worlds["real"].breaks] == [2]
    assert outcome.files[0].exists()
    assert outcome.line.problems


def test_a_lost_dataset_is_named_and_the_rest_is_kept(place, elsewhere):
    digest = datasets.put(b"lost", "text/plain")
    datasets.path_of(digest).unlink()
    say("a")
    outcome = backup.run([place], WORDS)
    assert outcome.missing == [digest]
    assert elsewhere.restore(*outcome.files).missing == [digest]


def test_the_key_and_certificates_come_back(place, elsewhere, settings):
    home = settings.TOMOSHIBI_HOME
    (home / "secret.key").write_text("key of the links")
    (home / "tls").mkdir()
    (home / "tls" / "town-ca.key").write_bytes(b"\x00ca\xff")
    say("a")
    (path,) = backup.run([place], WORDS).files
    with chain_of(path, None, WORDS) as parts:
        restoring._restore_home(parts, elsewhere.home)
    assert (elsewhere.home / "secret.key").read_text() == "key of the links"
    assert (elsewhere.home / "tls" / "town-ca.key").read_bytes() == b"\x00ca\xff"
    assert (elsewhere.home / "secret.key").stat().st_mode & 0o077 == 0


def test_the_catalogue_outlives_a_line_cut_off_by_a_crash(place):
    say("a")
    backup.run([place], WORDS)
    with (place / catalogue.NAME).open("a") as file:
        file.write('{"id": "half')
    assert len(backup.lines_of(place)) == 1
    assert json.loads((place / catalogue.NAME).read_text().splitlines()[0])["problems"] == []


def test_every_table_of_accounts_is_kept_or_left_out_on_purpose():
    kept = {m._meta.label_lower for m in machine.account_models()}
    assert kept >= {
        "auth.user",
        "access.account",
        "access.grant",
        "access.token",
        "access.reading",
        "mfa.authenticator",
    }
    assert not kept & machine.LEFT_OUT
    positions = [m._meta.label_lower for m in machine.account_models()]
    assert positions.index("auth.user") < positions.index("access.grant")


def test_times_of_accounts_keep_their_microseconds(place, elsewhere):
    user = get_user_model().objects.create_user("a")
    get_user_model().objects.filter(pk=user.pk).update(last_login=worlds.now().replace(microsecond=123456))
    outcome = backup.run([place], WORDS)
    assert outcome.line.problems == []
    elsewhere.restore(*outcome.files)
    there = get_user_model().objects.using(elsewhere.aliases["real"]).get()
    assert there.last_login.microsecond == 123456
