"""Merging: whole and proven, or not at all; and the law of delivery over real databases."""

import random
from dataclasses import replace

import pytest

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved, ItemPut
from tomoshibi.journal import nodes, sql, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.entries import COLUMNS, Entry, digest_of, from_row, hash_of
from tomoshibi.journal.merging import MergeRefused, Slice, chain_slice, merge
from tomoshibi.journal.models import ChainRow, EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default", "north", "south", "training"])
ME = system("test")
THREE = ("default", "north", "south")


@pytest.fixture(autouse=True)
def ids():
    return founded(*THREE, "training")


def piece_of(alias: str, from_seq: int = 1) -> Slice:
    with worlds.inhabit(alias):
        piece = chain_slice(nodes.identity().node, "town", from_seq)
    assert piece is not None
    return piece


def say(alias: str, *names: str) -> None:
    with worlds.inhabit(alias):
        for name in names:
            record(Draft(BoxDescribed(name=name), Box.ref("1")), ME)


def test_two_towns_that_meet_dispute_and_settle():
    say("default", "a")
    exchange("default", "north")
    say("default", "b")
    say("north", "c")
    exchange("default", "north")
    exchange("north", "default")
    with worlds.inhabit("north"):
        theirs = contents()
        row = SubjectRow.objects.get()
        assert sorted(r["value"] for r in row.disputes[0]["rivals"]) == ["b", "c"]
        record(Draft(BoxDescribed(name="c"), Box.ref("1"), after=row.head_ids), ME)
    assert contents() == theirs
    exchange("north", "default")
    assert SubjectRow.objects.get().disputes == []
    assert SubjectRow.objects.get().title == "c"
    assert verify().breaks == []


def test_merging_twice_changes_nothing():
    say("default", "a", "b")
    piece = piece_of("default")
    with worlds.inhabit("north"):
        assert merge([piece]).total == 2
        before = contents()
        assert merge([piece]).total == 0
        assert contents() == before


def test_a_third_node_carries_what_it_heard_with_the_origins_signature():
    say("default", "a")
    exchange("default", "north")
    exchange("north", "south")
    with worlds.inhabit("south"):
        assert SubjectRow.objects.get().title == "a"
        assert verify().breaks == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda e: replace(e, payload='{"name":"x"}'), "payload was changed"),
        (lambda e: replace(e, actor="user:other"), "entry was changed"),
        (lambda e: replace(e, happened_at="2020-01-01T00:00:00.000000Z"), "entry was changed"),
        (lambda e: replace(e, after=("x",)), "entry was changed"),
        (lambda e: replace(e, seq=5), "gap"),
        (lambda e: replace(e, prev="f" * 64), "previous hash"),
    ],
)
def test_a_changed_entry_is_refused_and_named(change, why, ids):
    say("default", "a", "b", "c")
    piece = piece_of("default")
    entries = [piece.entries[0], change(piece.entries[1]), piece.entries[2]]
    with worlds.inhabit("north"):
        with pytest.raises(MergeRefused, match=why) as refusal:
            merge([replace(piece, entries=entries)])
        assert (refusal.value.node, refusal.value.seq) == (ids["default"], 2)
        assert not EntryRow.objects.exists()


def test_a_gap_is_refused_and_named():
    say("default", "a", "b", "c")
    piece = piece_of("default", from_seq=3)
    with worlds.inhabit("north"), pytest.raises(MergeRefused, match=r"1 to 2 are missing|1 番から 2 番"):
        merge([piece])


def test_a_bad_signature_and_another_nodes_key_are_refused():
    say("default", "a")
    piece = piece_of("default")
    other = piece_of_key("north")
    with worlds.inhabit("south"):
        for bad in (replace(piece, signature="00" * 64), replace(piece, public_key=other), replace(piece, seq=9)):
            with pytest.raises(MergeRefused):
                merge([bad])
        assert not EntryRow.objects.exists()


def piece_of_key(alias: str) -> str:
    with worlds.inhabit(alias):
        return nodes.identity().public_key


def test_a_fork_is_refused_and_named(ids):
    """A copied node and its original both went on: the second to arrive is refused."""
    say("default", "a")
    exchange("default", "north")
    copy = piece_of("default")
    say("default", "b")
    exchange("default", "north")
    me = nodes.identity()
    forged = replace(second_entry(), id="other", payload='{"name":"z"}')
    forged.digest = digest_of(forged.salt, forged.payload)
    forged.hash = hash_of(forged)
    entries = [*copy.entries, forged]
    piece = replace(copy, entries=entries, seq=2, hash=forged.hash, signature=me.sign("town", 2, forged.hash))
    with worlds.inhabit("north"), pytest.raises(MergeRefused, match=r"fork|分岐") as refusal:
        merge([piece])
    assert refusal.value.seq == 2


def second_entry() -> Entry:
    row = EntryRow.objects.get(seq=2)
    return from_row([getattr(row, c) for c in COLUMNS])


def test_our_own_chain_going_on_elsewhere_says_that_we_are_a_copy():
    say("default", "a", "b")
    piece = piece_of("default")
    me = nodes.identity()
    with worlds.inhabit("north"):
        with sql.cursor() as cursor:  # north is a copy of default from before anything was recorded
            cursor.execute("UPDATE journal_self SET node = %s, private_key = %s", [me.node, me.private_key])
            cursor.execute("UPDATE journal_node SET id = %s, public_key = %s", [me.node, me.public_key])
        with pytest.raises(MergeRefused, match="renew"):
            merge([piece])


def test_training_never_enters_the_real_world():
    with worlds.inhabit("training"):
        say("training", "a")
    piece = piece_of("training")
    with pytest.raises(MergeRefused, match=r"training|訓練"):
        merge([piece])


def test_a_foreign_zone_is_refused():
    say("default", "a")
    piece = piece_of("default")
    with worlds.inhabit("north"):
        nodes.found("north", ("internet",), anew=True)
        with pytest.raises(MergeRefused, match=r"zone|区分"):
            merge([piece])


def test_clocks_go_on_after_a_merge():
    say("default", *"abcdef")
    exchange("default", "north")
    with worlds.inhabit("north"):
        (entry,) = record(Draft(BoxDescribed(name="z"), Box.ref("1")), ME)
    assert entry.clock == 7


@pytest.mark.fuzz
def test_any_order_and_slicing_of_delivery_gives_equal_rows(trials):
    """Through real databases; the fold's own laws run over thousands (test_fold_laws.py)."""
    for seed in range(trials(40, 2_000)):
        chance = random.Random(seed)
        boxes = [Box.ref(f"{seed}-{n}") for n in range(3)]
        for _ in range(chance.randint(4, 14)):
            alias = chance.choice(THREE)
            if chance.random() < 0.35:
                deliver_some(chance, alias)
                continue
            with worlds.inhabit(alias):
                box = chance.choice(boxes)
                row = SubjectRow.objects.filter(subject=box).first()
                after = row.head_ids if row and chance.random() < 0.7 else []
                fact = chance.choice(
                    [BoxDescribed(name=chance.choice("ab")), BoxMoved(place="p"), ItemPut(name="水", number=2)]
                )
                record(Draft(fact, box, after=after), ME)
        for _ in range(2):  # until all have everything
            for target in THREE:
                for source in THREE:
                    if source != target:
                        exchange(source, target)
        tables = []
        for alias in THREE:
            with worlds.inhabit(alias):
                tables.append(contents())
        assert tables[0] == tables[1] == tables[2], seed
    for alias in THREE:
        with worlds.inhabit(alias):
            before = contents()
            rebuild()
            assert contents() == before
            assert verify().breaks == []


def deliver_some(chance: random.Random, target: str) -> None:
    """A random cut of a random chain arrives, perhaps overlapping what is there."""
    source = chance.choice([a for a in THREE if a != target])
    with worlds.inhabit(target):
        known = {(c.node, c.zone): c.seq for c in ChainRow.objects.all()}
    with worlds.inhabit(source):
        chains = list(ChainRow.objects.all())
        if not chains:
            return
        chain = chance.choice(chains)
        start = max(1, known.get((chain.node, chain.zone), 0) + 1 - chance.randint(0, 2))
        piece = chain_slice(chain.node, chain.zone, start)
    if piece is not None:
        with worlds.inhabit(target):
            merge([piece])
