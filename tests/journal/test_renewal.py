"""A node that takes a new id: what it said before travels on, and what it says after comes after."""

import pytest

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import ChainRow, SubjectRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default", "north"])
ME = system("test")


@pytest.fixture(autouse=True)
def ids():
    return founded("default", "north")


def say(name):
    (entry,) = record(Draft(BoxDescribed(name=name), Box.ref("1")), ME)
    return entry


def test_the_old_chain_travels_on_under_its_old_keys_signature(ids):
    say("a")
    say("b")
    new = nodes.found("default", anew=True).node
    assert new != ids["default"]
    assert exchange("default", "north").total == 2
    say("c")
    exchange("default", "north")
    with worlds.inhabit("north"):
        assert {(c.node, c.seq) for c in ChainRow.objects.all()} == {(ids["default"], 2), (new, 1)}
        assert SubjectRow.objects.get().title == "c"
        assert verify().breaks == []
        theirs = contents()
    assert contents() == theirs
    assert verify().breaks == []


def test_clocks_go_on_so_that_the_new_comes_after_what_it_answers():
    old = [say(name) for name in "abcde"]
    nodes.found("default", anew=True)
    assert say("f").clock == old[-1].clock + 1
    assert SubjectRow.objects.get().title == "f"


def test_the_name_and_zones_of_a_node_are_kept_unless_said():
    nodes.found("default", ("town", "internet"), anew=True)
    me = nodes.found("", None, anew=True)
    assert (me.name, me.zones) == ("default", ("town", "internet"))
