"""``tomoshibi journal`` as people and scripts call it."""

import json
import re

import pytest
from click.testing import CliRunner
from django.db import OperationalError

from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved
from tomoshibi.cli import journal as commands
from tomoshibi.cli import main
from tomoshibi.cli.django import told
from tomoshibi.journal import nodes, sealing, sql, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.models import EntryRow, TaskRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.states import Subject
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db(databases=["default", "training", "north"])
ME = system("test")


class Folder(Subject):
    type = "toys.folder"
    label = T("書類", "Folder")
    zone = "resident"


@pytest.fixture(autouse=True)
def ids(tmp_path, settings, monkeypatch):
    settings.TOMOSHIBI_HOME = tmp_path / "home"
    settings.TOMOSHIBI_HOME.mkdir()
    monkeypatch.delenv("TOMOSHIBI_PASSPHRASE", raising=False)
    monkeypatch.setattr(sealing, "SCRYPT", {"n": 2, "r": 1, "p": 1})
    return founded("default", "training", "north")


@pytest.fixture
def north(monkeypatch):
    """Call a command as the node north would."""

    def run_there(*arguments, **how):
        with monkeypatch.context() as there:
            there.setitem(commands.WORLDS, "real", "north")
            return run(*arguments, **how)

    return run_there


def run(*arguments, lang="C", env=None):
    environ = {"LC_ALL": lang, "LC_MESSAGES": "", "LANG": "", **(env or {})}
    return CliRunner(env=environ).invoke(main, ["journal", *map(str, arguments)])


def say(*names, box="1", alias="default"):
    with worlds.inhabit(alias):
        return [record(Draft(BoxDescribed(name=name), Box.ref(box)), ME)[0] for name in names]


def test_verify_tells_every_world(ids):
    say("a", "b")
    say("c", alias="training")
    found = run("verify")
    assert found.exit_code == 0
    assert "real: 2 entries, 1 chain: whole" in found.stdout
    assert "training: 1 entry, 1 chain: whole" in found.stdout
    assert "本番: 記録 2 件、1 本: 異常なし" in run("verify", lang="ja_JP.UTF-8").stdout
    assert json.loads(run("verify", "--json", "--world", "training").stdout) == [
        {"world": "training", "entries": 1, "chains": 1, "breaks": []}
    ]


def test_verify_names_the_first_broken_entry_and_fails(ids):
    entries = say("a", "b", "c", alias="training")
    with worlds.inhabit("training"), sql.cursor() as cursor:
        if worlds.connection().vendor == "sqlite":
            cursor.execute("DROP TRIGGER journal_entry_no_update")
        else:
            cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_entry SET payload = '{}' WHERE seq >= 2")
    english, japanese = run("verify"), run("verify", lang="ja_JP.UTF-8")
    assert english.exit_code == japanese.exit_code == 1
    assert f"entry 2 ({entries[1].id}) is broken" in english.stderr
    assert entries[2].id not in english.stderr
    assert "real: 0 entries" in english.stdout
    assert f"2 番（{entries[1].id}）が壊れています" in japanese.stderr
    told = json.loads(run("verify", "--json").stdout)[1]["breaks"]
    assert [(b["node"], b["seq"], b["id"]) for b in told] == [(ids["training"], 2, entries[1].id)]


def test_rebuild_gives_the_same_tables_or_says_which_differed():
    say("a", "b")
    good = run("rebuild", "--check")
    assert good.exit_code == 0
    assert good.stdout.count("the same as before") == 2
    before = contents()
    with sql.cursor() as cursor:
        cursor.execute("UPDATE toys_boxrow SET name = 'by hand'")
    bad = run("rebuild", "--check")
    assert bad.exit_code == 1
    assert "toys_boxrow: 2 rows differed" in bad.stderr
    assert contents() == before


def test_log_filters_and_prints():
    say("a", "b")
    record(Draft(BoxMoved(place="倉庫"), Box.ref("2"), incident="incidents.incident:1"), ME)
    rows = json.loads(run("log", "--json").stdout)
    assert [row["pos"] for row in rows] == [1, 2, 3]
    assert rows[0]["payload"] == {"name": "a"}
    assert "salt" not in rows[0]

    def positions(*filters):
        return [row["pos"] for row in json.loads(run("log", "--json", *filters).stdout)]

    assert positions("--subject", Box.ref("2")) == [3]
    assert positions("--subject", "toys.box:*") == [1, 2, 3]
    assert positions("--kind", "toys.box_moved") == [3]
    assert positions("--kind", "toys.*", "--limit", "2") == [2, 3]
    assert positions("--incident", "incidents.incident:1") == [3]
    assert positions("--since", "2h") == [1, 2, 3]
    assert positions("--since", "2999-01-01") == []
    assert positions("--world", "training") == []
    english, japanese = run("log").stdout, run("log", lang="ja_JP.UTF-8").stdout
    assert re.search(r"1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  b: Box “a”", english)
    assert "箱「a」" in japanese
    wrong = run("log", "--since", "yesterday")
    assert wrong.exit_code == 1
    assert "“yesterday” is not a time" in wrong.stderr


def test_reading_residents_records_is_kept():
    fact = BoxDescribed(name="a")
    say("a")
    run("log")
    assert not Reading.objects.exists()
    with sql.cursor() as cursor:
        if worlds.connection().vendor == "sqlite":
            cursor.execute("DROP TRIGGER journal_entry_no_update")
        else:
            cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_entry SET subject = %s", [Folder.ref("1")])
    assert fact.name in run("log", "--json").stdout
    assert Reading.objects.get().subject == Folder.ref("1")
    assert Reading.objects.get().actor.startswith("os:")


def test_a_bundle_there_and_back(tmp_path, north):
    file, words = tmp_path / "town.bundle", tmp_path / "words"
    words.write_text("灯 つなぐ\n", encoding="utf-8")
    say("a")
    made = run("export", file, "--passphrase-file", words)
    assert (made.exit_code, made.stderr) == (0, "")
    assert "1 entry, 0 datasets" in made.stdout
    for wrong, why in (({}, "it is locked"), ({"TOMOSHIBI_PASSPHRASE": "x"}, "wrong passphrase")):
        refused = north("import", file, env=wrong)
        assert refused.exit_code == 1
        assert why in refused.stderr
    taken = north("import", file, env={"TOMOSHIBI_PASSPHRASE": "灯 つなぐ"})
    assert taken.exit_code == 0
    assert "took in 1 entry" in taken.stdout
    assert "a node new here" in taken.stdout
    assert "nothing new" in north("import", file, "--passphrase-file", words).stdout
    say("b")
    say("c", alias="north")
    run("export", file, "--passphrase-file", words)
    assert "1 subjects are in dispute now" in north("import", file, "--passphrase-file", words).stdout
    file.write_bytes(file.read_bytes()[:-10])
    damaged = north("import", file, "--passphrase-file", words, lang="ja_JP.UTF-8")
    assert damaged.exit_code == 1
    assert "壊れています" in damaged.stderr
    assert str(file) in damaged.stderr


def test_without_a_passphrase_it_warns(tmp_path):
    say("a")
    made = run("export", tmp_path / "b")
    assert made.exit_code == 0
    assert "whoever finds" in made.stderr
    assert "拾った人" in run("export", tmp_path / "b", lang="ja_JP.UTF-8").stderr


def test_only_what_the_other_side_lacks(tmp_path, north):
    first, second = tmp_path / "1", tmp_path / "2"
    say("a")
    run("export", first)
    north("import", first)
    say("b")
    assert "1 entry" in run("export", second, "--since", first).stdout
    have = tmp_path / "have.json"
    have.write_text(north("nodes", "--json").stdout)
    assert "1 entry" in run("export", second, "--have", have).stdout
    north("import", second)
    have.write_text(north("nodes", "--json").stdout)
    assert "lacks nothing" in run("export", second, "--have", have).stdout
    assert run("export", second, "--zones", "internet").exit_code == 0
    unknown = run("export", second, "--zones", "moon")
    assert unknown.exit_code == 1
    assert "no zone “moon”" in unknown.stderr


def test_a_training_bundle_stays_out_of_the_real_world(tmp_path):
    say("a", alias="training")
    run("export", tmp_path / "b", "--world", "training")
    refused = run("import", tmp_path / "b")
    assert refused.exit_code == 1
    assert "--world" in refused.stderr
    assert not EntryRow.objects.exists()


def test_as_of():
    say("a", "b")
    told = json.loads(run("as-of", "1", "--json", "--type", "toys.box", "--subject", Box.ref("1")).stdout)
    assert (told["pos"], told["subjects"]) == (1, {"toys.box": 1})
    assert told["listed"] == [{"subject": Box.ref("1"), "title": "a"}]
    assert [p["words"] for p in told["shown"]] == ["a"]
    assert json.loads(run("as-of", "1h", "--json").stdout)["pos"] == 0
    assert json.loads(run("as-of", "2999-01-01", "--json").stdout)["pos"] == 2
    assert "up to entry 2" in run("as-of", "2").stdout
    assert "toys.box: 1" in run("as-of", "2").stdout
    for wrong, why in ((("as-of", "9"), "the last is 2"), (("as-of", "0", "--subject", Box.ref("1")), "Nothing had")):
        refused = run(*wrong)
        assert refused.exit_code == 1
        assert why in refused.stderr


def test_renew_gives_new_ids_and_keeps_the_rest(ids):
    say("a")
    tasks.put([tasks.Task("x", "reason", worlds.now())])
    assert run("renew", lang="C").exit_code == 1, "it asks first"
    assert nodes.identity().node == ids["default"]
    done = run("renew", "--yes", "--take-over", "--name", "支所")
    assert done.exit_code == 0
    new = nodes.identity()
    assert f"{ids['default']} → {new.node} (支所)" in done.stdout
    assert TaskRow.objects.get().node == new.node
    with worlds.inhabit("training"):
        assert nodes.identity().node != ids["training"]
    listed = run("nodes").stdout
    assert f"{new.node}  支所 (this node)" in listed
    assert f"{ids['default']}  default  town 1" in listed


def test_a_world_that_was_not_set_up_is_said_so(tmp_path):
    with sql.cursor() as cursor:
        cursor.execute("DELETE FROM journal_self")
    for command in ("verify", "rebuild", "log", "nodes"):
        refused = run(command)
        assert refused.exit_code == 1
        assert "tomoshibi setup" in refused.stderr


def test_what_the_system_refuses_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as end, told():
        raise FileNotFoundError(2, "No such file or directory", "/media/usb/x")
    assert end.value.code == 1
    with pytest.raises(SystemExit), told():
        raise OperationalError("database or disk is full")
    said = capsys.readouterr().err
    assert "/media/usb/x: " in said
    assert "Traceback" not in said
    assert "disk" in said
    with pytest.raises(ZeroDivisionError), told():
        raise ZeroDivisionError  # a mistake of ours is not hidden
