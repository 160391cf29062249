"""Redaction: the content goes everywhere the erasure arrives, the chain stays whole, and nothing else can go."""

import os

import pytest

from tests.journal.case import FactCase
from tests.journal.test_survival import Home
from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed
from tests.toys.models import BoxRow
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.merging import MergeRefused, chain_slice, merge
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.redaction import Redacted
from tomoshibi.journal.verifying import verify

ME = system("test")
BOX = Box.ref("1")
WRONG = "00000000-0000-4000-8000-00000000000a"


class TestRedacted(FactCase):
    subject = BOX
    before = [Draft(BoxDescribed(name="漏れた名前"), subject, id=WRONG)]
    fact = Redacted(entry=WRONG, reason="個人情報保護法")
    refused = [
        Redacted(entry="another", reason="x"),
    ]

    def test_rebuilds(self):
        super().test_rebuilds()
        assert EntryRow.objects.get(id=WRONG).payload is None

    def holds(self, state):
        assert state.name.value == ""

    def test_records(self):
        (entry,) = record(self.draft(), self.actor)
        row = SubjectRow.objects.get(subject=BOX)
        assert row.head_ids == [entry.id]
        assert row.unread == f'[["{WRONG}","redacted"]]'
        assert BoxRow.objects.get().name == ""
        assert verify().breaks == []


@pytest.mark.django_db(databases=["default", "north", "south"])
def test_importers_carry_it_out_whichever_arrives_first():
    founded("default", "north", "south")
    record(Draft(BoxDescribed(name="秘密"), BOX, id=WRONG), ME)
    exchange("default", "north")
    exchange("default", "south")
    with worlds.inhabit("north"):
        record(Draft(Redacted(entry=WRONG, reason="法"), BOX), ME)
    exchange("north", "south")
    exchange("north", "default")
    for alias in ("default", "north", "south"):
        with worlds.inhabit(alias):
            assert EntryRow.objects.get(id=WRONG).payload is None
            assert EntryRow.objects.get(id=WRONG).salt is None
            assert verify().breaks == []
            before = contents()
            rebuild()
            assert contents() == before


ERASE = f"""
import django
django.setup()
from tests.toys.facts import Box, BoxDescribed, ItemPut
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.redaction import Redacted
me = system("test")
for n in range(30):
    record(Draft(BoxDescribed(name=f"箱{{n}}"), Box.ref(str(n))), me)
record(Draft(BoxDescribed(name="漏洩した秘密" * 2000), "{BOX}", id="{WRONG}"), me)
record(Draft(Redacted(entry="{WRONG}", reason="法"), "{BOX}"), me)
from django.conf import settings
for path in settings.TOMOSHIBI_HOME.rglob("*"):
    if path.is_file() and "漏洩した秘密".encode() in path.read_bytes():
        print(path.name)
"""


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="SQLite's files are ours to look into")
def test_nothing_of_it_is_left_in_the_database_files(tmp_path):
    home = Home({"TOMOSHIBI_HOME": str(tmp_path), "DATABASE_URL": ""})
    assert home.run(ERASE) == ""


@pytest.mark.django_db(databases=["default", "north", "south"])
def test_a_payload_that_comes_after_its_erasure_is_not_kept():
    ids = founded("default", "north", "south")
    record(Draft(BoxDescribed(name="秘密"), BOX, id=WRONG), ME)
    old = chain_slice(ids["default"], "town")
    exchange("default", "north")
    with worlds.inhabit("north"):
        record(Draft(Redacted(entry=WRONG, reason="法"), BOX), ME)
        erasure = chain_slice(ids["north"], "town")
    with worlds.inhabit("south"):
        merge([erasure])
        merge([old])
        assert EntryRow.objects.get(id=WRONG).payload is None
        assert verify().breaks == []


@pytest.mark.django_db(databases=["default", "north", "south"])
def test_content_that_is_missing_without_an_erasure_is_refused():
    ids = founded("default", "north", "south")
    record(Draft(BoxDescribed(name="秘密"), BOX, id=WRONG), ME)
    exchange("default", "north")
    with worlds.inhabit("north"):
        record(Draft(Redacted(entry=WRONG, reason="法"), BOX), ME)
        bare = chain_slice(ids["default"], "town")
    with worlds.inhabit("south"):
        with pytest.raises(MergeRefused, match=r"erasure|消去"):
            merge([bare])
        assert not EntryRow.objects.exists()


@pytest.mark.django_db(databases=["default", "north", "south"])
def test_an_erasure_under_a_wrong_subject_neither_erases_nor_stands_in_the_way(monkeypatch):
    """A node that goes wrong names an entry that is not its subject's: nothing goes, and the rightful erasure does."""
    founded("default", "north", "south")
    record(Draft(BoxDescribed(name="秘密"), BOX, id=WRONG), ME)
    exchange("default", "north")
    exchange("default", "south")
    with worlds.inhabit("north"), monkeypatch.context() as careless:
        careless.setattr(Redacted, "check", lambda self, present: None)
        record(Draft(Redacted(entry=WRONG, reason="誤り"), Box.ref("2")), ME)
    exchange("north", "default")
    exchange("north", "south")
    assert EntryRow.objects.get(id=WRONG).payload is not None
    record(Draft(Redacted(entry=WRONG, reason="法"), BOX), ME)
    exchange("default", "south")
    for alias in ("default", "south"):
        with worlds.inhabit(alias):
            assert EntryRow.objects.get(id=WRONG).payload is None
            assert verify().breaks == []
