"""Each fact of shelters records, refuses, rebuilds, merges and prints."""

from __future__ import annotations

from dataclasses import replace

import pydantic
import pytest

from tests.journal.case import FactCase
from tests.journal.worlds import founded
from tests.shelters.town import (
    AT_HALL,
    AT_SCHOOL,
    HALL,
    HALL_STAFF,
    HOUSE,
    INCIDENT,
    SCHOOL,
    SCHOOL_STAFF,
    TARO,
    check_in,
    opened,
    sites,
)
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.subjects import Site
from tomoshibi.residents.words import Sex
from tomoshibi.shelters.facts import Closed, Described, FullnessChanged, NeedMet, NeedNoted, Opened, Reported
from tomoshibi.shelters.models import NeedRow, ShelterRow, StayRow
from tomoshibi.shelters.stay_facts import CheckedIn, CheckedOut, Moved, StayCancelled, StayDescribed
from tomoshibi.shelters.subjects import Shelter, Stay, SupplyNeed
from tomoshibi.shelters.words import Fullness, Need, Service, WhereTo


class _Case(FactCase):
    """What is recorded here is recorded in an incident."""

    strangers = (*FactCase.strangers, HALL_STAFF)

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        founded("default", "north")
        for draft in self.before:  # one act after another: each is held against the rows that the last one gave
            record(draft, system("test"))

    def draft(self, fact=None) -> Draft:
        return Draft(fact or self.fact, self.subject, incident=INCIDENT)

    def test_retry_records_once(self) -> None:
        draft = replace(self.draft(), id="5e0e3f0c-0000-4000-8000-000000000001")
        (first,) = record(draft, self.actor)
        (again,) = record(draft, self.actor)
        assert (first.pos, first.hash) == (again.pos, again.hash)


class TestOpened(_Case):
    fact = Opened(site=SCHOOL, name="本町小学校", capacity=300)
    subject = AT_SCHOOL
    before = sites()
    refused = (fact, Opened(site=Site.ref("nowhere"), name="どこにもない"))

    def holds(self, state: Shelter) -> None:
        row = ShelterRow.objects.get()
        assert row.is_open
        assert (row.site, row.name, row.capacity) == (SCHOOL, "本町小学校", 300)
        assert row.counted is None
        assert (row.due_at - row.opened_at).total_seconds() == 3 * 3600


class TestDescribed(_Case):
    fact = Described(rooms="体育館", manager="校長", report_hours=1)
    subject = AT_SCHOOL
    before = [*sites(), *opened(SCHOOL)]

    def holds(self, state: Shelter) -> None:
        row = ShelterRow.objects.get()
        assert (row.name, row.rooms, row.manager) == ("本町小学校", "体育館", "校長")
        assert (row.due_at - row.opened_at).total_seconds() == 3600


class TestFullnessChanged(_Case):
    fact = FullnessChanged(fullness=Fullness.CROWDED)
    subject = AT_SCHOOL
    before = [*sites(), *opened(SCHOOL)]

    def holds(self, state: Shelter) -> None:
        assert ShelterRow.objects.get().fullness == "crowded"


class TestClosed(_Case):
    fact = Closed(reason="全員が帰宅")
    subject = AT_SCHOOL
    before = [*sites(), *opened(SCHOOL)]
    refused = (Closed(), Reported(inside=1), FullnessChanged(fullness=Fullness.FULL))

    def holds(self, state: Shelter) -> None:
        row = ShelterRow.objects.get()
        assert not row.is_open
        assert row.due_at is None


class TestReported(_Case):
    fact = Reported(inside=120, in_cars=0, water=Service.STOPPED, urgent="毛布が足りない")
    subject = AT_SCHOOL
    before = [*sites(), *opened(SCHOOL)]
    refused = (Reported(),)

    def holds(self, state: Shelter) -> None:
        row = ShelterRow.objects.get()
        assert (row.inside, row.in_cars, row.outside, row.counted) == (120, 0, None, 120)
        assert (row.water, row.power) == ("stopped", "")
        assert self.fact.tell().ja == "避難所の報告: 屋内120人 車中0人 屋外不明 毛布が足りない"
        assert row.due_at > row.reported_at


class TestNeedNoted(_Case):
    fact = NeedNoted(shelter=AT_SCHOOL, site=SCHOOL, item="水 500 ml", quantity=200, unit="本", urgent=True)
    subject = SupplyNeed.ref("water")
    before = [*sites(), *opened(SCHOOL)]
    refused = (fact, NeedNoted(shelter=AT_HALL, item="毛布"))

    def holds(self, state: SupplyNeed) -> None:
        assert state.title() == "水 500 ml"
        assert self.fact.tell().ja == "避難所の要望: 【急ぎ】水 500 ml × 200本"
        assert NeedRow.objects.get().met_at is None


class TestNeedMet(_Case):
    fact = NeedMet(note="備蓄倉庫から")
    subject = SupplyNeed.ref("water")
    before = [*sites(), *opened(SCHOOL), Draft(TestNeedNoted.fact, SupplyNeed.ref("water"), incident=INCIDENT)]
    refused = (NeedMet(),)

    def holds(self, state: SupplyNeed) -> None:
        assert NeedRow.objects.get().met_at is not None


class TestCheckedIn(_Case):
    fact = CheckedIn(
        shelter=AT_SCHOOL,
        site=SCHOOL,
        person=TARO,
        household=HOUSE,
        household_size=3,
        name="灯太郎",
        kana="あかりたろう",
        sex=Sex.MALE,
        needs=[Need.MEDICINE],
        place="体育館 A",
        may_tell_family=True,
    )
    subject = Stay.of_person(INCIDENT, TARO)
    before = [*sites(), *opened(SCHOOL, HALL)]
    refused = (
        fact,
        CheckedIn(shelter=AT_HALL, name="灯太郎"),
        CheckedIn(shelter=Shelter.ref("nowhere"), name="灯太郎"),
        CheckedIn(shelter=AT_HALL, site=SCHOOL, name="灯太郎"),
    )

    def holds(self, state: Stay) -> None:
        row = StayRow.objects.get()
        assert (row.shelter, row.site, row.person, row.household_size) == (AT_SCHOOL, SCHOOL, TARO, 3)
        assert (row.name, row.sex, row.place, row.may_tell_family) == ("灯太郎", "male", "体育館 A", True)
        assert [str(w) for w in row.need_words] == ["薬・医療"]
        assert row.out_at is None
        assert state.site() == SCHOOL
        assert state.search() == ""


class TestSomebodyOfNoRegister(_Case):
    fact = CheckedIn(shelter=AT_SCHOOL, site=SCHOOL, name="赤い帽子の子", age="5歳くらい", protected=True)
    subject = Stay.ref("lost-child")
    before = [*sites(), *opened(SCHOOL)]
    refused = (CheckedIn(shelter=AT_SCHOOL, name="灯花子", address="本町1-1", protected=True),)

    def holds(self, state: Stay) -> None:
        assert "帽子" not in state.title()  # titles stand in timelines
        assert StayRow.objects.get().may_tell_family is None


class TestStayDescribed(_Case):
    fact = StayDescribed(needs=[Need.WHEELCHAIR, Need.PETS], place="教室 1")
    subject = Stay.of_person(INCIDENT, TARO)
    before = [*sites(), *opened(SCHOOL), check_in(TARO, AT_SCHOOL)]

    def holds(self, state: Stay) -> None:
        row = StayRow.objects.get()
        assert (row.needs, row.place, row.name) == ('["wheelchair", "pets"]', "教室 1", "灯太郎")


class TestMoved(_Case):
    fact = Moved(shelter=AT_HALL, site=HALL, origin=AT_SCHOOL)
    subject = Stay.of_person(INCIDENT, TARO)
    before = [*sites(), *opened(SCHOOL, HALL), check_in(TARO, AT_SCHOOL, place="体育館 A")]
    refused = (fact, Moved(shelter=Shelter.ref("nowhere")))
    strangers = (*FactCase.strangers, SCHOOL_STAFF)  # the desk that takes them in records it

    def holds(self, state: Stay) -> None:
        before, now = StayRow.objects.order_by("in_at")
        assert (before.shelter, before.where_to, before.out_at) == (AT_SCHOOL, "shelter", now.in_at)
        assert (now.shelter, now.out_at, now.place) == (AT_HALL, None, "")


class TestCheckedOut(_Case):
    fact = CheckedOut(shelter=AT_SCHOOL, where_to=WhereTo.RELATIVES, address="水戸市", contact="090-0000-0000")
    subject = Stay.of_person(INCIDENT, TARO)
    before = [*sites(), *opened(SCHOOL, HALL), check_in(TARO, AT_SCHOOL)]
    refused = (fact, CheckedOut(shelter=AT_HALL, where_to=WhereTo.HOME), Moved(shelter=AT_HALL))

    def holds(self, state: Stay) -> None:
        row = StayRow.objects.get()
        assert row.out_at is not None
        assert (row.where_to, row.out_address, row.out_contact) == ("relatives", "水戸市", "090-0000-0000")


class TestStayCancelled(_Case):
    begun = "5e0e3f0c-0000-4000-8000-0000000000aa"
    fact = StayCancelled(cancels=begun, reason="同姓の別の世帯だった")
    subject = Stay.of_person(INCIDENT, TARO)
    before = [
        *sites(),
        *opened(SCHOOL),
        Draft(CheckedIn(shelter=AT_SCHOOL, site=SCHOOL, name="灯太郎"), subject, id=begun, incident=INCIDENT),
    ]
    refused = (fact, StayCancelled(cancels="not-there", reason="なし"))

    def holds(self, state: Stay) -> None:
        assert not StayRow.objects.exists()


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        (Opened, {"site": SCHOOL, "name": ""}),
        (Reported, {"inside": -1}),
        (CheckedIn, {"shelter": AT_SCHOOL, "name": ""}),
        (CheckedIn, {"shelter": AT_SCHOOL, "name": "灯", "needs": ["gold"]}),
        (CheckedOut, {"shelter": AT_SCHOOL, "where_to": "moon"}),
        (NeedNoted, {"shelter": AT_SCHOOL, "item": "水", "quantity": 0}),
        (Described, {"report_hours": 0}),
    ],
)
def test_what_no_fact_can_say(fact, values) -> None:
    with pytest.raises(pydantic.ValidationError):
        fact(**values)
