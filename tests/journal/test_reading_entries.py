"""Unknown, newer, older and broken entries: kept, shown, and folded after an upgrade."""

import json
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal import facts, nodes, sql, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.entries import digest_of, hash_of
from tomoshibi.journal.facts import Fact, decode, field
from tomoshibi.journal.folding import UnknownSubject, fold
from tomoshibi.journal.merging import Slice, merge
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import rebuild, state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db(databases=["default", "north"])
ME = system("test")


class Weighed(Fact):
    """Version 1 said grams as text; version 2 says them as a number."""

    kind = "toys.box_weighed"
    subject = Box
    label = T("計量", "Weighed")
    version = 2
    upgrades: ClassVar = {1: lambda old: {"grams": int(old["weight"])}}

    grams: int = field(T("重さ", "Weight"), unit=T("グラム", "g"))


def test_old_versions_are_read_by_upgrade_functions():
    assert decode("toys.box_weighed", 1, '{"weight":"500"}') == (Weighed(grams=500), "")


@pytest.mark.parametrize(
    ("kind", "version", "payload", "why"),
    [
        ("toys.unheard", 1, "{}", "unknown kind"),
        ("toys.box_weighed", 3, "{}", "newer"),
        ("toys.box_weighed", 1, "{}", "KeyError"),
        ("toys.box_weighed", 2, '{"grams":"much"}', "grams"),
        ("toys.box_weighed", 2, "not json", "Invalid JSON"),
        ("toys.box_described", 1, '{"name":"a\\u0000"}', "NUL"),
        ("toys.box_described", 1, '{"name":"a","spare":1}', "spare"),
    ],
)
def test_what_cannot_be_read_says_why(kind, version, payload, why):
    fact, reason = decode(kind, version, payload)
    assert fact is None
    assert why in reason


def test_a_kind_that_this_node_does_not_know_is_kept_shown_and_folded_after_the_upgrade(monkeypatch):
    founded("default", "north")
    record([Draft(BoxDescribed(name="箱"), Box.ref("1")), Draft(Weighed(grams=3), Box.ref("1"))], ME)
    monkeypatch.delitem(facts._kinds, "toys.box_weighed")
    exchange("default", "north")
    with worlds.inhabit("north"):
        row = SubjectRow.objects.get()
        assert row.title == "箱"
        assert "unknown kind toys.box_weighed" in row.unread
        monkeypatch.undo()
        rebuild()
        assert SubjectRow.objects.get().unread == "[]"


def test_a_subject_of_an_unknown_type_is_kept_and_counted():
    founded("default")
    with sql.cursor() as cursor:
        record(Draft(BoxDescribed(name="箱"), Box.ref("1")), ME)
        cursor.execute("SELECT count(*) FROM journal_entry")
        assert cursor.fetchone()[0] == 1
    entry = state_of(Box.ref("1")).name.entry
    stranger = replace(entry, subject="future.thing:1")
    state = fold("future.thing:1", [stranger])
    assert isinstance(state, UnknownSubject)
    assert state.heads == (entry.id,)
    assert state.unread[0][1] == "fact of another type of subject"


def test_an_apply_that_raises_is_shown_not_lost(monkeypatch):
    founded("default")

    def burst(self, state, entry):
        raise RuntimeError("a bug")

    monkeypatch.setattr(BoxDescribed, "apply", burst)
    record(Draft(BoxDescribed(name="箱"), Box.ref("1")), ME)
    assert "a bug" in SubjectRow.objects.get().unread
    assert EntryRow.objects.count() == 1


def test_rows_that_raise_are_shown_not_lost(monkeypatch):
    founded("default")
    monkeypatch.setattr(Box, "rows", lambda self: [self.nothing])
    record(Draft(BoxDescribed(name="箱"), Box.ref("1")), ME)
    assert "rows could not be made" in SubjectRow.objects.get().unread


def test_a_foreign_entry_with_a_payload_that_is_no_fact_is_taken_in_and_shown():
    founded("default", "north")
    record(Draft(BoxDescribed(name="箱"), Box.ref("1")), ME)
    me = nodes.identity()
    entry = state_of(Box.ref("1")).name.entry
    payload = json.dumps({"name": 5})
    broken = replace(entry, payload=payload, digest=digest_of(entry.salt, payload))
    broken.hash = hash_of(broken)
    piece = Slice(me.node, me.name, me.public_key, "town", [broken], 1, broken.hash, me.sign("town", 1, broken.hash))
    with worlds.inhabit("north"):
        assert merge([piece]).total == 1
        assert "not a valid toys.box_described: name" in SubjectRow.objects.get().unread
