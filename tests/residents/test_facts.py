"""Facts of the register and of its people."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.journal.case import FactCase
from tests.residents import register_of
from tests.residents.register_of import CLERK, DAY, ME, PEOPLE, person
from tomoshibi.journal import asof, bundles, datasets, nodes, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.keys import natural
from tomoshibi.residents import queries, register
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import (
    PersonAdded,
    PersonCorrected,
    ProtectionLifted,
    ProtectionSet,
    SnapshotTaken,
    SnapshotWithdrawn,
    WhereaboutsTold,
)
from tomoshibi.residents.models import PersonRow, SnapshotRow
from tomoshibi.residents.subjects import Person, ResidentRegister, Whereabouts
from tomoshibi.residents.taking import take
from tomoshibi.residents.words import Sex

SHELTER = Actor("user:shelter", "避難所", (("shelter", ""),))
NEW = Person.ref("0c5f1b52-0000-4000-8000-000000000001")


class TestPersonAdded(FactCase):
    fact = PersonAdded(name="旅野　人", kana="タビノ　ヒト", birth=dt.date(1999, 1, 2), sex=Sex.MALE, note="親族宅")
    subject = NEW
    refused = (PersonAdded(name="旅野　人"),)
    strangers = (Actor("user:nobody"), Actor("user:ict", grants=(("ict", ""),)))

    def holds(self, state: Person) -> None:
        assert (state.name.value, state.added.value, state.sex.value) == ("旅野　人", True, Sex.MALE)


class TestPersonCorrected(FactCase):
    fact = PersonCorrected(kana="タビノ　ジン")
    subject = NEW
    before = (Draft(PersonAdded(name="旅野　人", kana="タビノ　ヒト"), NEW),)
    refused = (PersonCorrected(name=" "),)

    def holds(self, state: Person) -> None:
        assert (state.name.value, state.kana.value) == ("旅野　人", "タビノ　ジン")


class TestWhereaboutsTold(FactCase):
    fact = WhereaboutsTold(address="本町1-1", area="本町")
    subject = Whereabouts.ref("0c5f1b52-0000-4000-8000-000000000001")

    def holds(self, state: Whereabouts) -> None:
        assert (state.address.value, state.search()) == ("本町1-1", "")


class TestProtectionSet(FactCase):
    fact = ProtectionSet(document="第1号")
    subject = NEW
    before = (Draft(PersonAdded(name="旅野　人"), NEW),)
    refused = (ProtectionSet(),)
    strangers = (CLERK, SHELTER)

    def holds(self, state: Person) -> None:
        assert state.protected.value is True


class TestProtectionLifted(FactCase):
    fact = ProtectionLifted(document="第2号")
    subject = NEW
    before = (*TestProtectionSet.before, Draft(ProtectionSet(), NEW))
    refused = (ProtectionLifted(document="第3号"),)
    strangers = (CLERK, SHELTER)

    def holds(self, state: Person) -> None:
        assert state.protected.value is False


class TestSnapshots:
    @pytest.fixture(autouse=True)
    def _register(self, db: None) -> None:
        self.entry = register_of.build()

    def test_a_snapshot_is_a_dataset_and_one_fact(self) -> None:
        taken = SnapshotRow.objects.get()
        assert (taken.as_of, taken.people, taken.households) == (DAY, 6, 4)
        with register.opened(datasets.require(taken.sha256)) as (municipality, records):
            assert municipality == register_of.CODE
            assert list(records) == list(PEOPLE)

    def test_names_come_through_with_their_variation_selectors(self) -> None:
        found = queries.person(person("6"), CLERK)
        assert found is not None
        assert found.name == "辻\U000e0102　ショウタ"

    def test_the_key_of_a_person_is_what_every_room_would_make_of_the_number(self) -> None:
        assert person("宛 １２") == natural(Person, register_of.CODE, "宛 １２")

    def test_a_snapshot_whose_people_are_not_loaded_is_refused(self) -> None:
        taken = SnapshotRow.objects.get()
        fact = SnapshotTaken(as_of=DAY, sha256=taken.sha256, people=7, households=4)
        with pytest.raises(Refused, match="6"):
            record(Draft(fact, taken.subject), ME)

    def test_an_unknown_dataset_is_refused(self) -> None:
        with pytest.raises(Refused):
            fact = SnapshotTaken(as_of=DAY, sha256="0" * 64, people=1, households=1)
            record(Draft(fact, ResidentRegister.ref(register_of.CODE)), ME)

    def test_nobody_but_who_may_takes_one_in(self) -> None:
        with pytest.raises(Forbidden):
            take(PEOPLE, DAY, CLERK)

    def test_loading_again_replaces_what_was_cut_short(self) -> None:
        taken = SnapshotRow.objects.get()
        before = sorted(PersonRow.objects.values_list("key", "words", "shielded", "rank"))
        PersonRow.objects.filter(number__in=["1", "4"]).delete()
        datasets.load(taken.sha256)
        assert sorted(PersonRow.objects.values_list("key", "words", "shielded", "rank")) == before

    def test_a_withdrawn_snapshot_answers_no_more(self) -> None:
        record(Draft(SnapshotWithdrawn(entry=self.entry.id, reason="別の市の名簿"), self.entry.subject), ME)
        assert queries.snapshot() is None
        assert queries.search("髙橋", CLERK) == []
        with pytest.raises(Refused):
            record(Draft(SnapshotWithdrawn(entry=self.entry.id, reason="もう一度"), self.entry.subject), ME)

    def test_as_of_a_moment_the_register_is_what_it_was(self) -> None:
        take(PEOPLE[:1], dt.date(2026, 11, 20), ME)
        with asof.open(self.entry.pos):
            assert len(queries.search("花子", CLERK)) == 2
        assert len(queries.search("花子", CLERK)) == 1

    def test_somebody_of_the_register_is_not_added_again(self) -> None:
        with pytest.raises(Refused):
            record(Draft(PersonAdded(name="髙橋　花子"), person("1")), ME)

    def test_what_is_said_of_nobody_is_refused(self) -> None:
        for fact in (PersonCorrected(kana="ア"), ProtectionSet()):
            with pytest.raises(Refused):
                record(Draft(fact, person("99")), ME)

    def test_an_act_of_adding_is_two_facts_recorded_once(self) -> None:
        drafts = added("旅野　人", address="本町9-9", key="0c5f1b52-0000-4000-8000-000000000001")
        assert [d.subject.partition(":")[0] for d in drafts] == ["residents.person", "residents.whereabouts"]
        first = record(drafts, CLERK, "act")
        assert [e.id for e in record(drafts, CLERK, "act")] == [e.id for e in first]


@pytest.mark.django_db(databases=["default", "north"])
@pytest.mark.parametrize("zones", [None, ("town", "lgwan", "internet")])
def test_a_register_goes_to_another_node_with_its_zone_and_with_no_other(
    tmp_path: Path, zones: tuple[str, ...]
) -> None:
    register_of.build()
    path = tmp_path / "b.tomoshibi"
    bundles.export(path, zones=zones)
    with worlds.inhabit("north"):
        nodes.found("north")
        bundles.import_bundle(path)
        names = {m.name for home in queries.search("タカハシ", CLERK) for m in home.members}
        assert names == (set() if zones else {"髙橋　湊", "髙橋　花子", "高橋　花子"})
