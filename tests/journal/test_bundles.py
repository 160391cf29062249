"""Bundles: carried whole, whatever the stick did to the file, and refused by name otherwise."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved
from tomoshibi.journal import bundles, datasets, facts, files, nodes, sealing, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.entries import digest_of, hash_of, to_row
from tomoshibi.journal.files import FileRefused, NotWritten
from tomoshibi.journal.merging import MergeRefused, chain_slice
from tomoshibi.journal.models import ChainRow, DatasetRow, EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.sealing import Damaged, Locked, Passphrase, WrongSecret
from tomoshibi.journal.states import Subject
from tomoshibi.journal.verifying import verify
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db(databases=["default", "north", "south", "training"])
ME = system("test")
WORDS = Passphrase("灯 つなぐ 紙 六")


class Paper(Subject):
    type = "toys.paper"
    label = T("紙", "Paper")
    zone = "resident"


class ListTaken(facts.Fact):
    kind = "toys.list_taken"
    subject = Paper
    label = T("名簿の取り込み", "List taken in")
    datasets = ("file",)

    file: str = facts.field(T("名簿", "List"))


@pytest.fixture(autouse=True)
def ids(monkeypatch):
    monkeypatch.setattr(sealing, "SCRYPT", {"n": 2, "r": 1, "p": 1})  # its cost is not what is tested
    return founded("default", "north", "south", "training")


def say(alias, *names, box="1"):
    with worlds.inhabit(alias):
        for name in names:
            record(Draft(BoxDescribed(name=name), Box.ref(box)), ME)


def carry(path, source, target, **limits):
    with worlds.inhabit(source):
        bundles.export(path, **limits)
    with worlds.inhabit(target):
        return bundles.import_bundle(path, limits.get("secret"))


def tables(alias):
    with worlds.inhabit(alias):
        return contents()


@pytest.mark.parametrize("secret", [None, WORDS, sealing.RecoveryKey(b"k" * 32)])
def test_there_and_back_with_a_conflict_that_is_settled(tmp_path, secret):
    path = tmp_path / "town.bundle"
    say("default", "a")
    carry(path, "default", "north", secret=secret)
    say("default", "b")
    say("north", "c")
    assert carry(path, "default", "north", secret=secret).disputed == 1
    carry(path, "north", "default", secret=secret)
    assert tables("north") == tables("default")
    row = SubjectRow.objects.get()
    assert [d["part"] for d in row.disputes] == ["name"]
    record(Draft(BoxDescribed(name="b"), Box.ref("1"), after=row.head_ids), ME)
    carry(path, "default", "north", secret=secret)
    assert tables("north") == tables("default")
    with worlds.inhabit("north"):
        assert SubjectRow.objects.get().disputes == []
        assert verify().breaks == []


def test_importing_twice_changes_nothing(tmp_path):
    say("default", "a", "b")
    first = carry(tmp_path / "b", "default", "north")
    before = tables("north")
    again = carry(tmp_path / "b", "default", "north")
    assert (first.report.total, again.report.total) == (2, 0)
    assert tables("north") == before


@pytest.mark.parametrize("secret", [None, WORDS])
def test_any_changed_byte_of_the_file_is_refused(tmp_path, secret):
    path, bad = tmp_path / "b", tmp_path / "bad"
    say("default", "a", "b")
    bundles.export(path, secret=secret)
    whole = path.read_bytes()
    with worlds.inhabit("north"):
        for at in range(len(whole)):
            bad.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
            with pytest.raises(Damaged) as refusal:
                bundles.import_bundle(bad, secret)
            assert refusal.value.first <= at <= refusal.value.last, "the place is named"
            assert str(bad) in refusal.value.text.en
            assert str(bad) in refusal.value.text.ja
        assert not EntryRow.objects.exists()
        assert bundles.import_bundle(path, secret).report.total == 2


def test_a_file_cut_short_or_with_something_added_is_refused(tmp_path):
    path, bad = tmp_path / "b", tmp_path / "bad"
    say("default", "a")
    bundles.export(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        bad.write_bytes(whole[:length])
        with pytest.raises(FileRefused):
            bundles.read(bad)
    for more in (b"\0", whole[-64:], whole):
        bad.write_bytes(whole + more)
        with pytest.raises(Damaged):
            bundles.read(bad)


def test_chunks_cannot_be_moved_or_cut_off_even_by_who_signs_anew(tmp_path):
    """The signature and the sums are the attacker's own; the lock's tags are not."""
    me = nodes.identity()
    path = tmp_path / "b"
    with sealing.write(path, bundles.KIND, {}, me, WORDS) as body:
        for letter in b"abc":
            body.write(bytes([letter]) * sealing.CHUNK)
    whole = sealing.examine(path, bundles.KIND)
    raw = path.read_bytes()
    stride = sealing.CHUNK + sealing.TAG + sealing.SUM
    chunks = [raw[at : at + sealing.CHUNK + sealing.TAG] for at in range(whole.start, whole.end, stride)]
    assert len(chunks) == 3
    for other in ([chunks[1], chunks[0], chunks[2]], chunks[:2], [*chunks, chunks[2]]):
        out = tmp_path / "other"
        with out.open("wb") as file:
            writer = sealing._Writer(file, whole.header, None)
            for chunk in other:
                writer._put(chunk)
            writer._put_chunk = lambda plain, last: None
            writer.finish(me.private_key)
        anew = sealing.examine(out, bundles.KIND)
        with pytest.raises((WrongSecret, Damaged)), sealing.opened(anew, WORDS) as body:
            body.read()


def test_wrong_passphrase_missing_passphrase_and_damage_are_told_apart(tmp_path):
    path = tmp_path / "b"
    say("default", "a")
    bundles.export(path, secret=WORDS)
    with worlds.inhabit("north"):
        with pytest.raises(WrongSecret, match=r"wrong passphrase|合言葉が違います"):
            bundles.import_bundle(path, Passphrase("x"))
        with pytest.raises(Locked, match="TOMOSHIBI_PASSPHRASE"):
            bundles.import_bundle(path)
        with pytest.raises(Locked):
            bundles.import_bundle(path, sealing.RecoveryKey(b"k" * 32))
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(Damaged):
            bundles.import_bundle(path, Passphrase("x"))
        assert not EntryRow.objects.exists()


def test_a_passphrase_costs_whoever_guesses_it(tmp_path, monkeypatch):
    monkeypatch.undo()
    bundles.export(tmp_path / "b", secret=WORDS)
    lock = sealing.examine(tmp_path / "b", bundles.KIND).header["lock"]
    assert (lock["by"], lock["n"], lock["r"], lock["p"]) == ("passphrase", 131072, 8, 1)
    with pytest.raises(WrongSecret):
        bundles.read(tmp_path / "b", Passphrase("guess"))


def test_a_locked_bundle_shows_nothing_of_what_it_holds(tmp_path):
    say("default", "山田太郎")
    bundles.export(tmp_path / "open")
    bundles.export(tmp_path / "locked", secret=WORDS)
    assert b"chains/" in (tmp_path / "open").read_bytes()
    assert b"chains/" not in (tmp_path / "locked").read_bytes()
    assert (tmp_path / "locked").stat().st_mode & 0o077 == 0


def test_full_width_typing_opens_what_half_width_locked(tmp_path):
    say("default", "a")
    bundles.export(tmp_path / "b", secret=Passphrase("abc 123"))
    assert bundles.read(tmp_path / "b", Passphrase("ａｂｃ　１２３")).total == 1


def test_only_what_the_other_side_lacks(tmp_path):
    say("default", "a", "b")
    first = tmp_path / "1"
    carry(first, "default", "north")
    say("default", "c")
    since = bundles.read(first).heads
    made = bundles.export(tmp_path / "2", have=since)
    assert made.total == 1
    with worlds.inhabit("north"):
        assert bundles.import_bundle(tmp_path / "2").report.total == 1
    assert tables("north") == tables("default")
    assert bundles.export(tmp_path / "3", have=bundles.read(tmp_path / "2").heads).total == 0
    with worlds.inhabit("north"):
        assert bundles.import_bundle(tmp_path / "3").report.total == 0


def test_a_lost_slice_is_named_as_a_gap_and_nothing_is_taken_in(tmp_path, ids):
    say("default", "a", "b")
    bundles.export(tmp_path / "1")
    since = bundles.read(tmp_path / "1").heads
    say("default", "c")
    bundles.export(tmp_path / "2", have=since)
    with worlds.inhabit("north"):
        with pytest.raises(MergeRefused, match=r"1 to 2 are missing|1 番から 2 番") as refusal:
            bundles.import_bundle(tmp_path / "2")
        assert refusal.value.node == ids["default"]
        assert not EntryRow.objects.exists()
        bundles.import_bundle(tmp_path / "1")
        bundles.import_bundle(tmp_path / "2")
    assert tables("north") == tables("default")


def forged(path, change, secret=None):
    """A bundle of default's chain in which ``change`` made something else of the slice before it was written."""
    piece = chain_slice(nodes.identity().node, "town")
    piece = change(piece)
    manifest = {"nodes": {}, "chains": [], "datasets": [], "missing": []}
    about = {"world": "real", "made_at": "2026-11-22T00:00:00.000000Z"}
    me = nodes.identity()
    with sealing.write(path, bundles.KIND, about, me, secret) as body, zipfile.ZipFile(body, "w") as archive:
        bundles._write_slice(archive, piece, manifest)
        bundles.write_member(archive, "manifest.json", [json.dumps(manifest).encode()])


def test_an_entry_that_its_node_signed_but_that_would_upset_others_is_refused(tmp_path):
    """Another program with a key of its own can sign anything; what is not well-formed stays out all the same."""
    me = nodes.identity()

    def with_last(**changes):
        def change(piece):
            e = piece.entries[-1]
            for name, value in changes.items():
                setattr(e, name, value)
            if e.payload is not None:
                e.digest = digest_of(e.salt, e.payload)
            e.hash = hash_of(e)
            object.__setattr__(piece, "hash", e.hash)
            object.__setattr__(piece, "signature", me.sign("town", piece.seq, e.hash))
            return piece

        return change

    say("default", "a", "b")
    for number, changes in enumerate(
        [
            {"clock": 1 << 62},
            {"clock": "7"},
            {"version": True},
            {"happened_at": "yesterday"},
            {"actor": "nul\x00"},
            {"payload": "[]"},
            {"payload": "not json"},
            {"subject": None},
        ]
    ):
        path = tmp_path / str(number)
        forged(path, with_last(**changes))
        with worlds.inhabit("north"):
            with pytest.raises(FileRefused, match=r"jsonl:2"):
                bundles.import_bundle(path)
            assert not EntryRow.objects.exists()
    forged(tmp_path / "good", with_last(actor="user:other"))
    with worlds.inhabit("north"):
        assert bundles.import_bundle(tmp_path / "good").report.total == 2


@pytest.mark.parametrize("wrong", [[], {}, "x", [1] * 19, None, [["a"]] * 19])
def test_a_line_that_is_no_entry_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        bundles.read_entry(wrong)


def test_every_entry_reads_back_as_written():
    say("default", "a", "b")
    entries = chain_slice(nodes.identity().node, "town").entries
    assert len(entries) == 2
    for e in entries:
        assert to_row(bundles.read_entry(json.loads(json.dumps(to_row(e))))) == to_row(e)


def test_a_fork_is_refused_and_named(tmp_path):
    say("default", "a")
    bundles.export(tmp_path / "1")
    with worlds.inhabit("north"):
        bundles.import_bundle(tmp_path / "1")
    known = [bundles.Head(h.node, h.zone, h.seq, "f" * 64) for h in bundles.read(tmp_path / "1").heads]
    with pytest.raises(FileRefused, match=r"fork|分岐"):
        bundles.export(tmp_path / "2", have=known)
    me = nodes.identity()

    def other_first(piece):
        e = piece.entries[0]
        e.payload = '{"name":"z"}'
        e.digest = digest_of(e.salt, e.payload)
        e.hash = hash_of(e)
        object.__setattr__(piece, "hash", e.hash)
        object.__setattr__(piece, "signature", me.sign("town", 1, e.hash))
        return piece

    forged(tmp_path / "3", other_first)
    with worlds.inhabit("north"), pytest.raises(MergeRefused, match=r"fork|分岐") as refusal:
        bundles.import_bundle(tmp_path / "3")
    assert (refusal.value.node, refusal.value.seq) == (me.node, 1)


def test_worlds_do_not_mix(tmp_path):
    say("training", "a")
    with worlds.inhabit("training"):
        bundles.export(tmp_path / "b")
    with pytest.raises(FileRefused, match=r"training"):
        bundles.import_bundle(tmp_path / "b")
    assert not EntryRow.objects.exists()


def test_zones_are_kept_apart(tmp_path, settings):
    settings.TOMOSHIBI_HOME = tmp_path / "here"
    say("default", "a")
    digest = datasets.put(b"list of residents", "text/plain")
    record(Draft(ListTaken(file=digest), Paper.ref("1")), ME)
    town = bundles.export(tmp_path / "town", zones=["town", "internet"])
    assert {zone for _, zone in town.entries} == {"town"}
    assert town.datasets == []
    everything = bundles.export(tmp_path / "all")
    assert {zone for _, zone in everything.entries} == {"town", "resident"}
    with worlds.inhabit("north"):
        nodes.found("north", ("town", "internet"), anew=True)
        settings.TOMOSHIBI_HOME = tmp_path / "there"
        with pytest.raises(MergeRefused, match="resident"):
            bundles.import_bundle(tmp_path / "all")
        assert not EntryRow.objects.exists()
        assert not DatasetRow.objects.exists()
        assert bundles.import_bundle(tmp_path / "town").report.total == 1
    with pytest.raises(FileRefused, match="moon"):
        bundles.export(tmp_path / "x", zones=["moon"])


def test_datasets_travel_with_the_entries_that_name_them(tmp_path, settings):
    loaded = []
    datasets.loader("test/list")(lambda digest, path: loaded.append((worlds.world(), path.read_bytes())))
    settings.TOMOSHIBI_HOME = tmp_path / "here"
    digest = datasets.put(b"list " * 100_000, "test/list")
    unnamed = datasets.put(b"of no concern", "test/list")
    record(Draft(ListTaken(file=digest), Paper.ref("1")), ME)
    made = bundles.export(tmp_path / "b", secret=WORDS)
    assert made.datasets == [digest] != [unnamed]
    settings.TOMOSHIBI_HOME = tmp_path / "there"
    with worlds.inhabit("north"):
        assert bundles.import_bundle(tmp_path / "b", WORDS).datasets == 1
        assert datasets.require(digest).read_bytes() == b"list " * 100_000
        assert loaded[-1] == ("north", b"list " * 100_000)
        assert bundles.import_bundle(tmp_path / "b", WORDS).datasets == 0
        datasets.path_of(digest).unlink()
        assert bundles.import_bundle(tmp_path / "b", WORDS).datasets == 1, "a lost file comes back"


def test_a_dataset_that_is_gone_is_named_and_the_rest_is_carried(tmp_path, settings):
    settings.TOMOSHIBI_HOME = tmp_path / "here"
    digest = datasets.put(b"x", "test/list")
    record(Draft(ListTaken(file=digest), Paper.ref("1")), ME)
    datasets.path_of(digest).unlink()
    made = bundles.export(tmp_path / "b")
    assert (made.missing, made.datasets, made.total) == ([digest], [], 1)
    with worlds.inhabit("north"):
        assert bundles.import_bundle(tmp_path / "b").bundle.missing == [digest]


def test_not_a_bundle(tmp_path):
    other = tmp_path / "other"
    other.write_text("hello")
    with pytest.raises(FileRefused, match=r"not a file of|ではありません"):
        bundles.read(other)
    with pytest.raises(FileRefused, match=r"no such file|見つかりません"):
        bundles.read(tmp_path / "none")
    with sealing.write(other, "backup-1", {}, nodes.identity(), None):
        pass
    with pytest.raises(FileRefused, match="backup-1"):
        bundles.read(other)


@pytest.mark.parametrize("inside", [b"", b"PK\x05\x06" + bytes(18), b"no zip"])
def test_a_body_of_another_program_is_refused(tmp_path, inside):
    about = {"world": "real", "made_at": ""}
    with sealing.write(tmp_path / "b", bundles.KIND, about, nodes.identity(), None) as body:
        body.write(inside)
    with pytest.raises(FileRefused):
        bundles.import_bundle(tmp_path / "b")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to stand for a full disk")
def test_a_full_disk_leaves_no_file_and_says_so(tmp_path, monkeypatch):
    say("default", "a")
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(files.tempfile, "mkstemp", lambda **how: (full, str(tmp_path / ".b.part")))
    with pytest.raises(NotWritten, match=r"full|空き"):
        bundles.export(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_no_file(tmp_path):
    say("default", "a")
    (tmp_path / "b").write_bytes(b"the one of yesterday")

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundles.export(tmp_path / "b", progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_bytes() == b"the one of yesterday"


def test_what_a_third_node_said_travels_on(tmp_path):
    say("default", "a")
    carry(tmp_path / "1", "default", "north")
    with worlds.inhabit("north"):
        record(Draft(BoxMoved(place="倉庫"), Box.ref("1")), ME)
    imported = carry(tmp_path / "2", "north", "south")
    assert imported.report.total == 2
    assert len(imported.report.new_nodes) == 2
    assert tables("south") == tables("north")


def test_heads_as_another_node_prints_them(tmp_path, ids):
    say("default", "a")
    chain = ChainRow.objects.get()
    told = [{"node": ids["default"], "chains": [{"zone": "town", "seq": 1, "hash": chain.hash}]}]
    (tmp_path / "have.json").write_text(json.dumps(told))
    heads = bundles.read_heads(tmp_path / "have.json")
    assert heads == [bundles.Head(ids["default"], "town", 1, chain.hash)]
    assert bundles.export(tmp_path / "b", have=heads).total == 0
    (tmp_path / "have.json").write_text("{}")
    assert bundles.read_heads(tmp_path / "have.json") == []
    (tmp_path / "have.json").write_text('[{"node": 1}]')
    with pytest.raises(FileRefused, match="nodes --json"):
        bundles.read_heads(tmp_path / "have.json")
