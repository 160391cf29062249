"""Recording: whole or not at all, once however often it is tried, after what the page showed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed, BoxMoved, ItemPut
from tests.toys.models import BoxRow, ItemRow
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, linked, system
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents, state_of
from tomoshibi.journal.recording import Draft, record

pytestmark = pytest.mark.django_db(databases=["default", "training"])
ME = system("test")
BOX = Box.ref("1")


@pytest.fixture(autouse=True)
def node():
    return founded("default", "training")["default"]


def test_an_act_of_several_facts_shares_its_id_and_is_all_or_nothing():
    entries = record([Draft(BoxDescribed(name="a"), BOX), Draft(ItemPut(name="水", number=5), BOX)], ME)
    assert len({e.act for e in entries}) == 1
    before = contents()
    with pytest.raises(Refused):
        record([Draft(BoxDescribed(name="b"), BOX), Draft(ItemPut(name="水", number=999), BOX)], ME)
    assert contents() == before
    assert EntryRow.objects.count() == 2


def test_the_second_fact_of_an_act_is_held_against_the_first():
    with pytest.raises(Refused):
        record([Draft(ItemPut(name="水", number=600), BOX), Draft(ItemPut(name="水", number=600), BOX)], ME)
    assert not EntryRow.objects.exists()


def test_two_clerks_on_one_server_are_caught_like_two_towns():
    record(Draft(BoxDescribed(name="a", colour="red"), BOX), ME)
    shown = SubjectRow.objects.get(subject=BOX).head_ids
    record(Draft(BoxDescribed(name="b"), BOX, after=shown), ME)
    record(Draft(BoxDescribed(name="c"), BOX, after=shown), ME)
    row = SubjectRow.objects.get(subject=BOX)
    assert len(row.head_ids) == 2
    (dispute,) = row.disputes
    assert dispute["part"] == "name"
    assert [r["value"] for r in dispute["rivals"]] == ["b", "c"]
    record(Draft(BoxDescribed(name="b"), BOX, after=row.head_ids), ME)
    assert SubjectRow.objects.get(subject=BOX).disputes == []
    assert BoxRow.objects.get(subject=BOX).name == "b"


def test_different_fields_changed_at_once_are_no_conflict():
    record(Draft(BoxDescribed(name="a", colour="red"), BOX), ME)
    shown = SubjectRow.objects.get(subject=BOX).head_ids
    record(Draft(BoxDescribed(name="b"), BOX, after=shown), ME)
    record(Draft(BoxDescribed(colour="blue"), BOX, after=shown), ME)
    assert SubjectRow.objects.get(subject=BOX).disputes == []
    assert BoxRow.objects.values_list("name", "colour").get() == ("b", "blue")


def test_paper_typed_late_cannot_overturn_a_newer_state():
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    record(Draft(BoxMoved(place="避難所"), BOX, happened_at=now), ME)
    record(Draft(BoxMoved(place="倉庫"), BOX, happened_at=now - timedelta(hours=2)), ME)
    assert BoxRow.objects.get().place == "避難所"


def test_two_facts_of_an_act_do_not_dispute_each_other():
    record(Draft(BoxDescribed(name="a"), BOX), ME)
    shown = SubjectRow.objects.get(subject=BOX).head_ids
    record([Draft(BoxDescribed(name="b"), BOX, after=shown), Draft(BoxDescribed(name="c"), BOX, after=shown)], ME)
    assert SubjectRow.objects.get(subject=BOX).disputes == []


def test_a_known_id_for_another_fact_is_refused():
    record(Draft(BoxDescribed(name="a"), BOX, id="x"), ME)
    with pytest.raises(Refused, match="x"):
        record(Draft(BoxMoved(place="a"), BOX, id="x"), ME)


def test_a_fact_of_another_type_of_subject_is_refused():
    with pytest.raises(Refused):
        record(Draft(BoxMoved(place="a"), "people.staff:1"), ME)
    with pytest.raises(Refused):
        record(Draft(BoxMoved(place="a"), "toys.box:"), ME)


def test_roles():
    draft = Draft(BoxMoved(place="a"), BOX)
    for actor in (Actor("anonymous"), Actor("user:x", grants=(("clerk", ""),)), linked("l", "", [("toys.other", BOX)])):
        with pytest.raises(Forbidden):
            record(draft, actor)
    record(draft, Actor("user:x", "職員", grants=(("staff", ""),)))
    assert EntryRow.objects.get().actor == "user:x 職員"


def test_nul_is_refused_and_a_backslash_u_is_not():
    with pytest.raises(Refused, match="NUL"):
        record(Draft(BoxDescribed(name="a\x00b"), BOX), ME)
    record(Draft(BoxDescribed(name="\\u0000"), BOX), ME)
    assert BoxRow.objects.get().name == "\\u0000"


def test_worlds_are_apart():
    with worlds.inhabit("training"):
        record(Draft(BoxDescribed(name="訓練"), BOX), ME)
        assert BoxRow.objects.count() == 1
        assert EntryRow.objects.get().node.startswith("t")
    assert BoxRow.objects.count() == 0


def test_a_drill_runs_its_own_clock():
    moment = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)
    with worlds.at(moment):
        (entry,) = record(Draft(BoxMoved(place="a"), BOX), ME)
    assert (entry.happened, entry.recorded) == (moment, moment)


@pytest.mark.parametrize("statement", ["UPDATE journal_entry SET actor = 'x'", "DELETE FROM journal_entry"])
def test_the_database_refuses_to_change_entries(statement):
    record(Draft(BoxDescribed(name="a"), BOX), ME)
    with pytest.raises(DatabaseError, match="cannot be"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert state_of(BOX).name.value == "a"


def test_models_refuse_to_be_saved():
    with pytest.raises(TypeError, match="record a fact"):
        BoxRow(subject=BOX).save()
    record(Draft(ItemPut(name="水"), BOX), ME)
    with pytest.raises(TypeError, match="record a fact"):
        ItemRow.objects.get().delete()
