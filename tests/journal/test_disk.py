"""A full disk and a read-only disk: a clear error, and nothing lost."""

import os
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from tests.journal.test_survival import Home
from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal.access import system
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, StoreFailed, record

ME = system("test")
sqlite_only = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="how SQLite says that its disk is full")


@sqlite_only
@pytest.mark.django_db
def test_a_read_only_database_is_said_and_nothing_is_lost():
    founded("default")
    record(Draft(BoxDescribed(name="前"), Box.ref("1")), ME)
    before = contents()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        try:
            with pytest.raises(StoreFailed) as refusal:
                record(Draft(BoxDescribed(name="後"), Box.ref("1")), ME)
        finally:
            cursor.execute("PRAGMA query_only = OFF")
    assert "cannot be written" in refusal.value.text.en
    assert contents() == before


FILL = """
import sys, django
django.setup()
from django.db import connection
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal.access import system
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, StoreFailed, record
if len(sys.argv) > 1:
    cursor = connection.cursor()
    pages = cursor.execute("PRAGMA page_count").fetchone()[0] + int(sys.argv[1])
    cursor.execute(f"PRAGMA max_page_count = {pages}")
for n in range(100000):
    before = contents() if len(sys.argv) > 1 else None
    try:
        record([Draft(BoxDescribed(name="x" * 2000), Box.ref(f"{n}-{m}")) for m in range(3)], system("test"))
    except StoreFailed as error:
        print(error.text.en)
        assert before is None or contents() == before
        break
    print(n)
"""


def fill(home: Home, *arguments: str) -> None:
    """Record until the disk is full, then hold what is there against what was acknowledged."""
    *said, refusal = home.run(FILL, *arguments).splitlines()
    assert "full" in refusal
    assert "Make room" in refusal
    assert len(said) > 10
    found = home.inspect("--no-rebuild")
    assert found["breaks"] == []
    assert len(found["ids"]) == 3 * len(said)


@sqlite_only
def test_a_database_that_may_not_grow(tmp_path: Path):
    fill(Home({"TOMOSHIBI_HOME": str(tmp_path), "DATABASE_URL": ""}), "100")


@sqlite_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_really_fills_up(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this sandbox does not let root mount a disk")
    try:
        fill(Home({"TOMOSHIBI_HOME": str(disk), "DATABASE_URL": ""}))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
