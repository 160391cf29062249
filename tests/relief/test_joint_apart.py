"""Areas judged at offices apart: what disagrees after the merge can be settled, whichever of the rivals is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journal.worlds import exchange, founded
from tests.relief import house
from tests.relief.house import INCIDENT, JUDGE, SURVEYOR
from tests.relief.test_apart import chosen
from tests.relief.test_joint import SOUTH, approve, place, propose, surveyed
from tomoshibi.journal import worlds
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import keys
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.joint import Chosen
from tomoshibi.relief.joint_facts import JointDeclined, JudgedJointly
from tomoshibi.relief.models import SurveyRow
from tomoshibi.vocabulary.damage import Method

pytestmark = pytest.mark.django_db(databases=["default", "north"])


@pytest.fixture
def one(settings: Any, tmp_path: Any) -> str:
    """A house that both offices know."""
    settings.TOMOSHIBI_HOME = tmp_path
    founded("default", "north")
    house.shaken()
    ref = place("灯市平字梅本1番地", lat=37.05, lon=140.89)
    exchange("default", "north")
    return ref


def meet() -> None:
    exchange("north", "default")
    exchange("default", "north")


@pytest.mark.parametrize("kind", [JudgedJointly.kind, "relief.surveyed"])
def test_judged_with_an_area_here_and_surveyed_by_itself_there(one: str, kind: str) -> None:
    survey = keys.survey(INCIDENT, one, 1)
    approve(propose(Chosen(corners=SOUTH)))
    with worlds.inhabit("north"):
        sheet = Sheet(method=Method.EARTHQUAKE_WOODEN_FIRST, tilt_mm=1)
        assert surveyed(one, sheet, INCIDENT, house.DAY) == survey
    meet()
    row = SubjectRow.objects.get(subject=survey)
    assert row.disputes
    while disputes := SubjectRow.objects.get(subject=survey).disputes:
        said = {EntryRow.objects.get(id=rival["entry"]).kind: rival["entry"] for rival in disputes[0]["rivals"]}
        assert chosen(row, disputes[0]["part"], said[kind]), disputes[0]
    meet()
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert not SubjectRow.objects.get(subject=survey).disputes
            assert (SurveyRow.objects.get(subject=survey).joint != "") == (kind == JudgedJointly.kind)


def test_declined_at_both_for_different_reasons(one: str) -> None:
    area = propose(Chosen(corners=SOUTH), SURVEYOR).subject
    meet()
    for alias, reason in (("default", "写真が古い"), ("north", "範囲が広い")):
        with worlds.inhabit(alias):
            record(Draft(JointDeclined(reason=reason), area, incident=INCIDENT), JUDGE)
    meet()
    row = SubjectRow.objects.get(subject=area)
    (dispute,) = row.disputes
    assert chosen(row, dispute["part"], dispute["rivals"][0]["entry"])
    assert not SubjectRow.objects.get(subject=area).disputes
