"""A broken chain is named, whatever broke it. The triggers are taken away first: this is for whoever has the file."""

import pytest
from django.db import connection

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.verifying import verify

pytestmark = pytest.mark.django_db(databases=["default", "north"])
ME = system("test")


@pytest.fixture(autouse=True)
def history():
    ids = founded("default", "north")
    for n in range(5):
        record(Draft(BoxDescribed(name=f"箱{n}"), Box.ref(str(n % 2))), ME)
    with worlds.inhabit("north"):
        record(Draft(BoxDescribed(name="北"), Box.ref("1")), ME)
    exchange("north", "default")
    return ids


@pytest.fixture
def tamper():
    """Run statements with the triggers out of the way."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER journal_entry_no_update")
            cursor.execute("DROP TRIGGER journal_entry_no_delete")
        else:
            cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_entry_keep")
        yield cursor.execute


def test_a_whole_journal_verifies_and_rebuilds(history):
    verdict = verify()
    assert (verdict.entries, verdict.chains, verdict.breaks) == (6, 2, [])
    before = contents()
    assert rebuild() == 6
    assert contents() == before


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("UPDATE journal_entry SET payload = '{}' WHERE seq = 3 AND node = %s", 3, "payload"),
        ("UPDATE journal_entry SET salt = 'x' WHERE seq = 3 AND node = %s", 3, "payload"),
        ("UPDATE journal_entry SET actor = 'x' WHERE seq = 2 AND node = %s", 2, "entry was changed"),
        ("UPDATE journal_entry SET hash = 'x' WHERE seq = 2 AND node = %s", 2, "entry was changed"),
        ("UPDATE journal_entry SET clock = 9 WHERE seq = 1 AND node = %s", 1, "entry was changed"),
        ("DELETE FROM journal_entry WHERE seq = 2 AND node = %s", 3, "gap"),
        ("DELETE FROM journal_entry WHERE seq = 5 AND node = %s", 4, "recorded head"),
        ("UPDATE journal_entry SET payload = NULL, salt = NULL WHERE seq = 4 AND node = %s", 4, "no erasure"),
        ("DELETE FROM journal_entry WHERE node = %s", 0, "gone"),
    ],
)
def test_the_first_broken_entry_is_named(history, tamper, statement, seq, why):
    tamper(statement, [history["default"]])
    (found,) = verify().breaks
    assert (found.node, found.zone, found.seq) == (history["default"], "town", seq)
    assert why in found.why


def test_a_forged_head_of_another_node_is_named(history, tamper):
    tamper("UPDATE journal_chain SET signature = %s WHERE node = %s", ["00" * 64, history["north"]])
    (found,) = verify().breaks
    assert found.node == history["north"]
    assert "signature" in found.why
