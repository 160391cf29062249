"""Queries, laws across subjects, what the operations room is told, and what a trigger may open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.journal.worlds import exchange, founded
from tests.shelters import town
from tests.shelters.town import (
    AT_HALL,
    AT_SCHOOL,
    HALL,
    HANAKO,
    HEADQUARTERS,
    INCIDENT,
    JIRO,
    ME,
    SCHOOL,
    SCHOOL_STAFF,
    TARO,
    check_in,
)
from tomoshibi.incidents import panels, timeline
from tomoshibi.incidents.actions import actions
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.shelters import desk, opening, queries
from tomoshibi.shelters.facts import Closed, Described, FullnessChanged, NeedNoted, Reported
from tomoshibi.shelters.models import StayRow
from tomoshibi.shelters.stay_facts import CheckedOut, Moved
from tomoshibi.shelters.subjects import Stay, SupplyNeed
from tomoshibi.shelters.words import Fullness, WhereTo

pytestmark = pytest.mark.django_db(databases=["default", "north"])


@pytest.fixture(autouse=True)
def _town() -> None:
    founded("default", "north")
    for draft in (*town.sites(), *town.opened(SCHOOL, HALL)):
        record(draft, ME)


def broken() -> dict[str, list[str]]:
    return {law.name: [f.text.ja for f in findings] for law, findings in breaches() if law.name.startswith("shelters.")}


def stay_of(person: str, fact, **more) -> Draft:
    return Draft(fact, Stay.of_person(INCIDENT, person), incident=INCIDENT, **more)


class TestQueries:
    def test_headcount_tells_what_nobody_counted(self) -> None:
        assert queries.headcount(INCIDENT) == queries.Headcount(2, 0, None, 2)
        for person in (TARO, HANAKO):
            record(check_in(person, AT_SCHOOL), ME)
        record(Draft(Reported(inside=0), AT_HALL), ME)
        assert queries.headcount(INCIDENT) == queries.Headcount(2, 2, 0, 1)
        record(Draft(Reported(in_cars=7), AT_SCHOOL), ME)
        assert queries.headcount(INCIDENT) == queries.Headcount(2, 2, 7, 0)

    def test_open_shelters_are_what_the_public_page_needs(self) -> None:
        record(check_in(TARO, AT_SCHOOL), ME)
        record(Draft(FullnessChanged(fullness=Fullness.CROWDED), AT_SCHOOL), ME)
        hall, school = queries.open_shelters(INCIDENT)
        assert [hall.name, school.name] == ["本町公民館", "本町小学校"]
        assert (school.registered, school.fullness, school.spot.lat) == (1, "crowded", 37.0)
        record(Draft(Closed(), AT_HALL), ME)
        assert [s.name for s in queries.open_shelters()] == ["本町小学校"]
        assert [s.name for s in queries.shelters(INCIDENT)] == ["本町小学校", "本町公民館"]

    def test_stays_of_a_person_newest_first(self) -> None:
        three = datetime(2026, 11, 22, 3, tzinfo=UTC)
        record(check_in(TARO, AT_SCHOOL), ME)
        record(stay_of(TARO, Moved(shelter=AT_HALL, site=HALL, origin=AT_SCHOOL)), ME)
        record(stay_of(TARO, CheckedOut(shelter=AT_HALL, where_to=WhereTo.HOME)), ME)
        assert [s.shelter for s in queries.stays(TARO)] == [AT_HALL, AT_SCHOOL]
        assert not queries.where_now(INCIDENT, [TARO])
        with pytest.raises(Refused):
            record(stay_of(TARO, Moved(shelter=AT_SCHOOL)), ME)
        record(check_in(TARO, AT_SCHOOL), ME)  # and back again
        assert [s.out_at is None for s in queries.stays(TARO)] == [True, False, False]
        assert queries.where_now(INCIDENT, [TARO, HANAKO, ""])[TARO].shelter == AT_SCHOOL
        with pytest.raises(Refused):
            record(stay_of(TARO, CheckedOut(shelter=AT_SCHOOL, where_to=WhereTo.HOME), happened_at=three), ME)


class TestLaws:
    def test_two_desks_that_knew_nothing_of_one_another(self) -> None:
        exchange("default", "north")
        record(check_in(TARO, AT_SCHOOL), ME)
        with worlds.inhabit("north"):
            record(check_in(TARO, AT_HALL), ME)
        exchange("default", "north")
        exchange("north", "default")
        for world in ("default", "north"):
            with worlds.inhabit(world):
                assert set(StayRow.objects.values_list("shelter", flat=True)) == {AT_SCHOOL, AT_HALL}
                (text,) = broken()["shelters.one_place"]
                assert "2か所" in text
                assert "灯" not in text
        (group,) = desk.roster(queries.shelter(AT_SCHOOL), SCHOOL_STAFF)
        assert group.lines[0].also == "本町公民館"
        record(stay_of(TARO, CheckedOut(shelter=AT_SCHOOL, where_to=WhereTo.SHELTER)), ME)
        assert "shelters.one_place" not in broken()
        assert queries.where_now(INCIDENT, [TARO])[TARO].shelter == AT_HALL
        tables = contents()
        rebuild()
        assert contents() == tables
        exchange("default", "north")
        with worlds.inhabit("north"):
            assert contents() == tables

    def test_over_capacity_by_names_or_by_heads(self) -> None:
        for person in (TARO, HANAKO):
            record(check_in(person, AT_HALL), ME)
        assert broken() == {}
        record(check_in(JIRO, AT_HALL), ME)
        assert "収容人数2人に対し3人" in broken()["shelters.capacity"][0]
        record(Draft(Described(capacity=10), AT_HALL), ME)
        assert broken() == {}
        record(Draft(Reported(inside=11), AT_HALL), ME)
        assert "11人" in broken()["shelters.capacity"][0]

    def test_nobody_is_left_in_a_closed_shelter(self) -> None:
        record(check_in(TARO, AT_HALL), ME)
        record(Draft(Closed(), AT_HALL), ME)
        assert "1人が残っています" in broken()["shelters.closed_empty"][0]
        record(stay_of(TARO, CheckedOut(shelter=AT_HALL, where_to=WhereTo.HOME)), ME)
        assert broken() == {}


def test_the_timeline_tells_no_names() -> None:
    """It is read by many; a household is one line a person, with the shelter's name."""
    record(check_in(TARO, AT_SCHOOL, where="本町小学校"), ME)
    record(stay_of(TARO, CheckedOut(shelter=AT_SCHOOL, where_to=WhereTo.HOME, address="本町1-1")), ME)
    lines = [line for line in timeline.lines_of(INCIDENT) if line.room == "shelters"]
    texts = [(line.where, line.what.ja) for line in lines[-2:]]
    assert texts == [("本町小学校", "避難者1人を受け入れ"), ("", "避難者1人が退所: 自宅")]


class TestOperationsRoom:
    def told(self, panel: str, incident: str = INCIDENT) -> list[panels.Told]:
        return [line for line in panels.told(panel, incident, HEADQUARTERS) if "/shelters/" in line.address]

    def test_evacuees_counted_and_registered(self) -> None:
        record(check_in(TARO, AT_SCHOOL), ME)
        people, shelters = self.told("here")
        assert (people.text.ja, people.tone) == ("避難者 数えた人数不明・名簿1人", "unknown")
        assert (shelters.text.ja, shelters.tone) == ("避難所 2か所（うち未報告 2）", "unknown")
        for shelter in (AT_SCHOOL, AT_HALL):
            record(Draft(Reported(inside=5), shelter), ME)
        assert [line.tone for line in self.told("here")] == ["calm", "calm"]
        assert not self.told("here", "")

    def test_reports_are_due_and_overdue(self) -> None:
        assert {line.tone for line in self.told("due")} == {"calm"}
        late = worlds.now() + timedelta(hours=3, minutes=1)
        with worlds.at(late):
            assert [line.tone for line in self.told("due")] == ["alert", "alert"]
            record(Draft(Reported(inside=5), AT_SCHOOL), ME)
            assert sorted(line.tone for line in self.told("due")) == ["alert", "calm"]

    def test_what_next(self) -> None:
        assert self.told("next") == []
        record(Draft(Reported(inside=5, urgent="けが人1人"), AT_SCHOOL), ME)
        need = NeedNoted(shelter=AT_HALL, site=HALL, item="毛布", quantity=20, unit="枚", urgent=True)
        record(Draft(need, SupplyNeed.ref("blankets"), incident=INCIDENT), ME)
        texts = [line.text.ja for line in self.told("next")]
        assert "本町小学校: けが人1人" in texts
        assert "急ぎの要望: 毛布 × 20枚（本町公民館）" in texts

    def test_the_map_tells_by_word_and_shape(self) -> None:
        (layer,) = [m for m in panels.map_layers(HEADQUARTERS) if m.key == "shelters"]
        (school,) = layer.features(INCIDENT)  # nobody entered where the hall is
        assert school["properties"]["shape"] == "circle"
        assert "人数不明" in school["properties"]["state"]
        record(Draft(FullnessChanged(fullness=Fullness.FULL), AT_SCHOOL), ME)
        assert layer.features(INCIDENT)[0]["properties"]["shape"] == "square"
        record(Draft(Closed(), AT_SCHOOL), ME)
        assert layer.features(INCIDENT)[0]["properties"]["shape"] == "cross"
        assert layer.features("") == []


def test_a_rule_opens_the_shelters_that_it_names() -> None:
    record(Draft(Closed(), AT_HALL), ME)
    firing = SimpleNamespace(incident=INCIDENT, rule=SimpleNamespace(fields={"sites": "本町小学校、本町公民館"}))
    made = opening.drafts(firing)
    assert [d.subject for d in made] == [AT_HALL]
    record(made, ME)
    assert opening.drafts(firing) == []
    firing.rule.fields["sites"] = "ない避難所"
    with pytest.raises(Refused, match="ない避難所"):
        opening.drafts(firing)
    assert actions()["open_shelters"].required == ("sites",)
