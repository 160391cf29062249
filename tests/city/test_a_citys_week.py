"""The journal at the size of a city's worst week: two sites that write apart, meet, disagree and settle."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved, ItemPut
from tomoshibi.journal import asof, bundles, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Fact
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.verifying import verify

pytestmark = [pytest.mark.city, pytest.mark.django_db(databases=["default", "north"])]

SUBJECTS = 30_000  # a city's shelters, staff, assets, consignments and certificates of a week
HEAD_OFFICE = 300_000  # facts
BRANCH = 60_000
DISPUTED = 500  # subjects that both name apart
ACT = 200
ME = system("city")


def drafts(site: str, count: int) -> Iterator[Draft]:
    """Facts of one site about the subjects of all, seldom the same value twice."""
    chance = random.Random(site)
    kinds: list[Callable[[], Fact]] = [
        lambda: BoxMoved(place=f"{site} {chance.randrange(50)}"),
        lambda: BoxMoved(place=f"{site} {chance.randrange(50)}"),
        lambda: ItemPut(name="毛布", number=1),
        lambda: BoxDescribed(colour=f"{site} {chance.randrange(9)}"),
    ]
    for n in range(count):
        # a site describes only subjects of its own; it moves and fills any
        fact = kinds[n % 4]()
        own = chance.randrange(SUBJECTS // 2) * 2 + (site == "north")
        yield Draft(fact, Box.ref(f"{own if isinstance(fact, BoxDescribed) else chance.randrange(SUBJECTS):06}"))


def write(alias: str, made: Iterator[Draft]) -> None:
    with worlds.inhabit(alias):
        while act := list(islice(made, ACT)):
            record(act, ME)


def carry(path: Path, source: str, target: str) -> bundles.Imported:
    with worlds.inhabit(source):
        bundles.export(path)
    with worlds.inhabit(target):
        return bundles.import_bundle(path)


def test_a_citys_week(tmp_path: Path) -> None:
    founded("default", "north")
    write("default", (Draft(BoxDescribed(name=f"{n}"), Box.ref(f"{n:06}")) for n in range(SUBJECTS)))
    carry(tmp_path / "first", "default", "north")
    with worlds.inhabit("default"):
        before = EntryRow.objects.count()

    write("default", drafts("default", HEAD_OFFICE))
    write("north", drafts("north", BRANCH))
    for alias in ("default", "north"):
        write(alias, (Draft(BoxDescribed(name=f"{alias} {n}"), Box.ref(f"{n:06}")) for n in range(DISPUTED)))

    arrived = carry(tmp_path / "there", "north", "default")
    assert arrived.disputed == DISPUTED
    carry(tmp_path / "back", "default", "north")

    whole = SUBJECTS + HEAD_OFFICE + BRANCH + 2 * DISPUTED
    tables = {}
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert EntryRow.objects.count() == whole
            verdict = verify()
            assert verdict.breaks == []
            assert sum(bool(row.disputes) for row in SubjectRow.objects.iterator()) == DISPUTED
            tables[alias] = contents()
    assert tables["north"] == tables["default"]

    with worlds.inhabit("default"):
        assert rebuild() == whole
        assert contents() == tables["default"]
        with asof.open(before):
            assert SubjectRow.objects.count() == SUBJECTS
            assert not any(row.disputes for row in SubjectRow.objects.iterator())
        named = [SubjectRow.objects.get(subject=Box.ref(f"{n:06}")) for n in range(DISPUTED)]
        for row in named:
            record(Draft(BoxDescribed(name="settled"), row.subject, after=row.head_ids), ME)
        assert not any(row.disputes for row in SubjectRow.objects.iterator())
