"""What the room's tests stand on: a town, its trigger table, and telegrams."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tomoshibi.incidents import inbox
from tomoshibi.incidents.deciding import Case, Condition, Rule
from tomoshibi.incidents.facts import TableApproved, TableProposed
from tomoshibi.incidents.subjects import TABLE
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaCode, MunicipalityDescribed
from tomoshibi.places.subjects import Municipality

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/bulletins/jma_official_samples.zip"
#: 2011-03-11: 6弱 in Iwaki (07204)
TOHOKU = "32-39_11_05_240613_VXSE53.xml"
#: 2008-06-14: 震度５弱以上未入電 in several towns
IWATE = "32-35_06_03_240613_VXSE53.xml"


def rule(name: str, when: str, do: str, **fields: str) -> Rule:
    conditions = tuple(Condition.parse(part) for part in when.split(" and "))
    return Rule(name=name, when=conditions, do=do, fields=fields)


RULES = (
    rule("5強で全員", "intensity >= 5強", "open_incident", posture="third"),
    rule("5弱で班", "intensity >= 5弱", "open_incident", posture="second"),
    rule("4で担当課", "intensity >= 4", "open_incident", posture="first"),
)
CASES = (
    Case(name="6弱", readings={"intensity": "6弱"}, fires=("5強で全員",)),
    Case(name="5弱", readings={"intensity": "5弱"}, fires=("5弱で班",)),
    Case(name="未入電", readings={"intensity": "震度５弱以上未入電"}, fires=("5弱で班",), asks=("5強で全員",)),
    Case(name="4", readings={"intensity": "4"}, fires=("4で担当課",)),
    Case(name="3", readings={"intensity": "3"}),
)


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """The bytes of one of JMA's official samples, by its name."""
    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")

    def read(name: str) -> bytes:
        with zipfile.ZipFile(SAMPLES) as archive:
            return archive.read(name)

    return read


@pytest.fixture
def home(tmp_path: Path, settings: object) -> Path:
    """A data folder of this test's own."""
    settings.TOMOSHIBI_HOME = tmp_path
    return tmp_path


@pytest.fixture
def town(db: None, home: Path) -> Iterator[None]:
    """いわき市 in the real world, with its rules in force."""
    found_town("07204", "いわき市")
    yield
    inbox._seen.clear()


def found_town(code: str, name: str) -> None:
    nodes.found("test")
    codes = [AreaCode(scheme="地震情報／細分区域", code="251", name="福島県浜通り")]
    record(Draft(MunicipalityDescribed(name=name, ours=True, codes=codes), Municipality.ref(code)), system("setup"))
    (proposal,) = record(Draft(TableProposed(name="地震", rules=RULES, cases=CASES), TABLE), system("proposer"))
    record(Draft(TableApproved(revision=proposal.id), TABLE), system("approver"))


@pytest.fixture
def training_town(home: Path) -> Iterator[None]:
    """The same town in the training world; ask for both databases."""
    with worlds.inhabit(worlds.TRAINING):
        found_town("07204", "いわき市")
        yield
    inbox._seen.clear()
