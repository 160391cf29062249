"""``tomoshibi backup`` in processes and homes of its own, on both kinds of database and between them."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests import warm

WORDS = "灯 つなぐ"
#: the program, with a passphrase that is tried in no time
PROGRAM = f"from tomoshibi.journal import sealing\nsealing.SCRYPT['n'] = 2\n{warm.PROGRAM}"

#: records so many notes in both worlds
NOTE = """
import sys
import django
django.setup()
from tomoshibi.journal import facts, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
note = facts.kind_of("incidents.note_recorded")
for alias in ("default", "training"):
    with worlds.inhabit(alias):
        for n in range(int(sys.argv[1])):
            subject = note.subject.ref(f"{alias}-{sys.argv[1]}-{n}")
            record(Draft(note(what=f"記録 {n}"), subject, incident="x"), system("test"))
"""

#: records without end, and says the number of each note when it is safely there
WRITE = """
import django
django.setup()
from tomoshibi.journal import facts
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
note = facts.kind_of("incidents.note_recorded")
n = 0
while True:
    record(Draft(note(what=str(n)), note.subject.ref(f"busy-{n}"), incident="x"), system("test"))
    print(n, flush=True)
    n += 1
"""


#: everything recorded, and everybody who may sign in
STATE = """
import json
import django
django.setup()
from tomoshibi.journal import worlds
from tomoshibi.journal.accounts import managing
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.verifying import verify
told = {"users": managing.listing()}
for alias in ("default", "training"):
    with worlds.inhabit(alias):
        before = contents()
        rebuild()
        assert contents() == before
        assert verify().breaks == []
        told[alias] = [list(row) for row in EntryRow.objects.order_by("pos").values_list()]
print(json.dumps(told))
"""


def environment(home, database=""):
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("TOMOSHIBI", "DATABASE"))},
        "DJANGO_SETTINGS_MODULE": "tomoshibi.web.settings",
        "TOMOSHIBI_HOME": str(home),
        "DATABASE_URL": database,
        "TOMOSHIBI_PASSPHRASE": WORDS,
        "LC_ALL": "C.UTF-8",
    }


def python(code, *arguments, home, database="", **how):
    return warm.run(code, *map(str, arguments), environ=environment(home, database) | how)


def tomoshibi(*arguments, home, database="", **how):
    return python(PROGRAM, *arguments, home=home, database=database, **how)


def from_nothing(*arguments, home):
    """The program as its user starts it, which takes a second longer, and its passphrase as dear as it is."""
    return subprocess.run(
        [sys.executable, "-m", "tomoshibi", *map(str, arguments)],
        env=environment(home),
        cwd=warm.ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def good(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A home with notes in both worlds; copied by whoever changes it. With it, how many entries each world has."""
    home = tmp_path_factory.mktemp("town") / "home"
    good(from_nothing("setup", "--no-demo", home=home))
    good(python(NOTE, 200, home=home))
    return home, len(state(home)["default"])


@pytest.fixture
def home(town, tmp_path):
    return shutil.copytree(town[0], tmp_path / "home")


@pytest.fixture
def stick(tmp_path):
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


@pytest.fixture
def two_postgres(postgres_server):
    """``postgres://…`` of an empty real world, with its training world beside it."""
    name = f"tomoshibi_{os.urandom(6).hex()}"
    postgres_server.create(f"{name}_training")
    yield postgres_server.create(name)
    postgres_server.drop(name)
    postgres_server.drop(f"{name}_training")


def state(home, database=""):
    """Whatever there is but this node's own id, proven on the way."""
    return json.loads(good(python(STATE, home=home, database=database)))


def test_run_list_verify_restore(home, town, stick, tmp_path):
    both = 2 * town[1]
    second = tmp_path / "second"
    second.mkdir()
    assert f"full: {both:,} entries" in good(from_nothing("backup", "run", "--to", stick, "--to", second, home=home))
    good(python(NOTE, 4, home=home))
    assert "difference: 8 entries" in good(tomoshibi("backup", "run", "--to", stick, "--to", second, home=home))
    listed = json.loads(good(tomoshibi("backup", "list", stick, second, "--json", home=home)))
    assert [bool(line["base"]) for line in listed] == [False, True, False, True]
    assert all(line["there"] and not line["problems"] for line in listed)
    assert "sound" in good(tomoshibi("backup", "list", second, home=home))
    difference = next(second.glob("*diff*"))
    assert f"{town[1] + 4:,} entries, 1 chain: whole" in good(tomoshibi("backup", "verify", difference, home=home))
    restored = from_nothing("backup", "restore", difference, "--home", tmp_path / "new", home=home)
    assert f"Restored to {tmp_path / 'new'}" in good(restored)
    assert state(tmp_path / "new") == state(home)
    old, new = (json.loads(good(tomoshibi("journal", "nodes", "--json", home=h))) for h in (home, tmp_path / "new"))
    assert {n["node"] for n in old} < {n["node"] for n in new}
    assert [n["node"] for n in old if n["self"]] != [n["node"] for n in new if n["self"]]


def test_what_is_refused_leaves_nothing_behind(home, stick, tmp_path):
    good(tomoshibi("backup", "run", "--to", stick, home=home))
    file, new = next(stick.glob("*.backup")), tmp_path / "new"
    for arguments, how, why in (
        (("--home", new), {"TOMOSHIBI_PASSPHRASE": "x"}, "wrong passphrase"),
        (("--home", new), {"TOMOSHIBI_PASSPHRASE": ""}, "locked with a passphrase"),
        (("--home", new, "--diff", file), {}, "not a difference"),
        (("--home", home), {}, "not an empty folder"),
        (("--home", new, "--database", "mysql://x/y"), {}, "postgres://"),
    ):
        refused = tomoshibi("backup", "restore", file, *arguments, home=home, **how)
        assert refused.returncode == 1
        assert why in refused.stderr
        assert "Traceback" not in refused.stderr
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    for command in (("verify", file), ("restore", file, "--home", new)):
        refused = tomoshibi("backup", *command, home=home, LC_ALL="ja_JP.UTF-8")
        assert refused.returncode == 1
        assert "壊れています" in refused.stderr
        assert str(file) in refused.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "stick"]
    nowhere = tomoshibi("backup", "run", "--to", tmp_path / "unplugged", home=home)
    assert nowhere.returncode == 1
    assert "no such folder" in nowhere.stderr
    unlocked = tomoshibi("backup", "run", "--to", stick, home=home, TOMOSHIBI_PASSPHRASE="")
    assert unlocked.returncode == 1
    assert "always locked" in unlocked.stderr


def test_a_recovery_key_opens_what_it_locked(home, stick, tmp_path):
    key = tmp_path / "town.key"
    good(tomoshibi("backup", "key", key, home=home))
    assert key.stat().st_mode & 0o077 == 0
    assert tomoshibi("backup", "key", key, home=home).returncode == 1, "never written over"
    good(tomoshibi("backup", "run", "--to", stick, "--key-file", key, home=home, TOMOSHIBI_PASSPHRASE=""))
    file = next(stick.glob("*.backup"))
    without = tomoshibi("backup", "verify", file, home=home)
    assert without.returncode == 1
    assert "--key-file" in without.stderr
    good(tomoshibi("backup", "verify", file, "--key-file", key, home=home))
    other = tmp_path / "other.key"
    good(tomoshibi("backup", "key", other, home=home))
    wrong = tomoshibi("backup", "verify", file, "--key-file", other, home=home)
    assert wrong.returncode == 1
    assert "wrong key" in wrong.stderr


def test_while_others_record_a_backup_is_one_moment(home, town, stick, tmp_path):
    """Verifying, exporting and backing up beside a process that records all the time, on one SQLite file."""
    writer = warm.Started(WRITE, environ=environment(home))
    try:
        writer.stdout.readline()
        for command in (
            ("journal", "verify"),
            ("journal", "export", tmp_path / "bundle"),
            ("backup", "run", "--to", stick),
        ):
            good(tomoshibi(*command, home=home))
        assert writer.poll() is None, "recording was never turned away"
    finally:
        writer.kill()
        said = writer.communicate()[0].split()
    file = next(stick.glob("*.backup"))
    good(tomoshibi("backup", "restore", file, "--home", tmp_path / "new", home=home))
    there, here = state(tmp_path / "new"), state(home)
    assert there["default"] == here["default"][: len(there["default"])]
    assert town[1] < len(there["default"]) <= len(here["default"])
    assert len(here["default"]) >= town[1] + int(said[-1]) + 1, "and nothing that was acknowledged is missing"


def test_kill_in_the_middle_leaves_no_backup_that_is_not_whole(home, stick):
    begin = time.monotonic()
    good(tomoshibi("backup", "run", "--full", "--to", stick, home=home))
    whole = time.monotonic() - begin
    for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9):
        running = warm.Started(PROGRAM, "backup", "run", "--full", "--to", str(stick), environ=environment(home))
        time.sleep(share * whole)
        running.kill()
        running.communicate()
        for file in stick.glob("*.backup"):
            good(tomoshibi("backup", "verify", file, home=home))
    good(tomoshibi("backup", "run", "--to", stick, home=home))


@pytest.mark.postgres
def test_from_sqlite_to_postgres_and_back(home, stick, two_postgres, tmp_path):
    good(tomoshibi("backup", "run", "--to", stick, home=home))
    file, middle = next(stick.glob("*.backup")), tmp_path / "middle"
    good(tomoshibi("backup", "restore", file, "--home", middle, "--database", two_postgres, home=home))
    assert state(middle, two_postgres) == state(home)
    again = tomoshibi("backup", "restore", file, "--home", tmp_path / "again", "--database", two_postgres, home=home)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    good(python(NOTE, 6, home=middle, database=two_postgres))
    new_user = "import django; django.setup(); from django.contrib.auth import get_user_model as u;"
    good(python(new_user + "u().objects.create_user('suzuki')", home=middle, database=two_postgres))
    back = tmp_path / "back"
    back.mkdir()
    good(tomoshibi("backup", "run", "--to", back, home=middle, database=two_postgres))
    good(tomoshibi("backup", "restore", next(back.glob("*.backup")), "--home", tmp_path / "last", home=home))
    last = state(tmp_path / "last")
    assert last == state(middle, two_postgres)
    assert "suzuki" in [user[0] for user in last["users"]]


@pytest.mark.postgres
def test_a_postgres_database_that_is_not_there_is_said_so(home, stick, tmp_path, fresh_postgres_url):
    """Its training world is missing."""
    good(tomoshibi("backup", "run", "--to", stick, home=home))
    refused = tomoshibi(
        "backup", "restore", next(stick.glob("*.backup")), "--home", tmp_path / "new", "--database", fresh_postgres_url,
        home=home,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "_training" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new").exists()
