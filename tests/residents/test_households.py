"""Three households that may differ, and which of them answers."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.clients import client_of
from tests.journal.case import FactCase
from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, ME, household, person
from tests.residents.test_movements import BORN, MOVED, change
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import households, queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.households import FoundHousehold, HouseholdFound, household_for, subject_for
from tomoshibi.residents.identity_facts import Merged
from tomoshibi.residents.subjects import Identity
from tomoshibi.residents.taking import take_changes
from tomoshibi.residents.words import Sense

QUAKE = Incident.ref("quake")
BEGAN = dt.datetime(2026, 11, 11, 5, 46, tzinfo=dt.UTC)


def names(who: str, sense: Sense, actor: Actor = CLERK) -> list[str]:
    found = household_for(who, sense, QUAKE, actor)
    return [m.name for m in found.members] if found else []


@pytest.fixture
def city(db: None) -> None:
    register_of.build()
    record(Draft(IncidentOpened(name="地震", began=BEGAN), QUAKE), ME)
    take_changes([BORN, MOVED], ME, processed_to=dt.date(2026, 11, 19))


def found(sense: Sense, *members: str, anchor: str = "", actor: Actor = CLERK) -> None:
    subject = subject_for(QUAKE, sense, anchor or members[0])
    record(Draft(HouseholdFound(of_incident=QUAKE, sense=sense, members=members), subject, incident=QUAKE), actor)


@pytest.mark.usefixtures("city")
class TestWhichAnswers:
    def test_where_nobody_has_said_it_is_the_register_of_the_day(self) -> None:
        for sense in Sense:
            assert names(person("2"), sense) == ["髙橋　花子", "髙橋　湊"]
        assert names(person("99"), Sense.REGISTER) == []
        assert household_for(person("1"), Sense.REGISTER, QUAKE, CLERK).head.address == "灯市本町二丁目3番4号"

    def test_who_really_lived_there(self) -> None:
        drafts = added("旅野　人")
        record(drafts, CLERK)
        stranger = drafts[0].subject
        found(Sense.SUFFERED, person("1"), stranger)
        assert names(person("1"), Sense.SUFFERED) == names(stranger, Sense.SUFFERED) == ["髙橋　花子", "旅野　人"]
        assert names(person("2"), Sense.SUFFERED) == ["髙橋　湊"]  # his mother was found elsewhere
        assert names(person("1"), Sense.REGISTER) == names(person("1"), Sense.LIVELIHOOD) == ["髙橋　花子", "髙橋　湊"]
        group = household_for(stranger, Sense.SUFFERED, QUAKE, CLERK)
        assert group is not None
        assert (group.found, group.size, group.head.name) == (True, 2, "髙橋　花子")

    def test_said_again_it_is_otherwise_and_nobody_takes_it_back(self) -> None:
        found(Sense.LIVELIHOOD, person("1"), person("3"))
        assert names(person("3"), Sense.LIVELIHOOD) == ["髙橋　花子", "高橋　花子"]
        found(Sense.LIVELIHOOD, anchor=person("1"))
        assert names(person("3"), Sense.LIVELIHOOD) == ["高橋　花子"]

    def test_a_merge_is_followed(self) -> None:
        drafts = added("高橋　みなと")
        record(drafts, CLERK)
        found(Sense.SUFFERED, person("3"), drafts[0].subject)
        identity = Identity.ref(drafts[0].subject.partition(":")[2])
        record(Draft(Merged(other=person("2"), reason="保険証"), identity), CLERK)
        assert names(person("2"), Sense.SUFFERED) == ["高橋　花子", "髙橋　湊"]
        assert names(person("1"), Sense.SUFFERED) == ["髙橋　花子"]

    def test_one_person_in_two_is_a_breach(self) -> None:
        found(Sense.SUFFERED, person("1"), person("2"))
        assert not [f for law, fs in breaches() if law.name == "residents.one_household" for f in fs]
        found(Sense.SUFFERED, person("3"), person("2"))
        (told,) = [f for law, fs in breaches() if law.name == "residents.one_household" for f in fs]
        assert len(told.subjects) == 2

    def test_whom_a_protected_person_was_found_with_tells_only_the_few_where_they_are(self) -> None:
        """The others' address is open: to a clerk each is as though the other had not been found."""
        with pytest.raises(Refused):
            found(Sense.SUFFERED, person("3"), person("5"))
        found(Sense.SUFFERED, person("5"), person("3"), person("6"), anchor=person("3"), actor=CHIEF)
        assert names(person("3"), Sense.SUFFERED, CHIEF) == ["小野　詩", "高橋　花子", "辻\U000e0102　ショウタ"]
        assert names(person("4"), Sense.SUFFERED, CHIEF) == ["小野　律"]
        assert names(person("3"), Sense.SUFFERED) == ["高橋　花子", "辻\U000e0102　ショウタ"]
        for number in "45":
            group = household_for(person(number), Sense.SUFFERED, QUAKE, CLERK)
            assert ([m.name for m in group.members], group.found) == (["小野　律", "小野　詩"], False)
        assert households.with_protected() == {household("B"), household("C"), household("D")}
        clerk, chief = client_of("clerk"), client_of("administrator")
        open_, kept = (f"/residents/households/{household(h).partition(':')[2]}/" for h in "BC")
        for page in (open_, f"{open_}as-found/?sense=suffered"):
            assert "小野" not in clerk.get(page).content.decode()
            assert "小野　詩" in chief.get(page).content.decode()
        sheet = clerk.get(kept).content.decode()
        assert "高橋" not in sheet
        assert "as-found" not in sheet
        assert clerk.get(f"{kept}as-found/?sense=suffered").status_code == 403
        # who does not see them does not put them out either
        row = SubjectRow.objects.get(subject=subject_for(QUAKE, Sense.SUFFERED, person("3")))
        sent = {"incident": QUAKE, "sense": "suffered", "members": [person("3")], "after": " ".join(row.head_ids)}
        assert clerk.post(f"{open_}as-found/", sent).status_code == 303
        assert names(person("3"), Sense.SUFFERED) == ["高橋　花子"]
        assert set(names(person("3"), Sense.SUFFERED, CHIEF)) == {"小野　詩", "高橋　花子"}
        sent["members"] = [person("3"), person("4")]
        assert clerk.post(f"{open_}as-found/", sent).status_code == 422

    def test_who_came_after_the_day_is_of_the_household_that_they_were_found_in(self) -> None:
        came = change("20", "K", "in", "2026-11-20", "2026-11-20", "海野　凪", "ウンノ　ナギ", town="港町")
        take_changes([came], ME, processed_to=dt.date(2026, 11, 20))
        found(Sense.LIVELIHOOD, person("20"), person("6"))
        assert names(person("20"), Sense.LIVELIHOOD) == ["海野　凪", "辻\U000e0102　ショウタ"]

    def test_what_was_noted_of_a_protected_member_is_for_the_few_and_stays(self) -> None:
        subject = subject_for(QUAKE, Sense.LIVELIHOOD, person("3"))
        said = {"of_incident": QUAKE, "sense": Sense.LIVELIHOOD}
        both = HouseholdFound(members=(person("3"), person("5")), note="隠れ家で確認", **said)
        record(Draft(both, subject, incident=QUAKE), CHIEF)
        clerk, page = client_of("clerk"), f"/residents/households/{household('B').partition(':')[2]}/"
        form = f"{page}as-found/?sense=livelihood"
        for address in (page, form, f"/subject/{subject}/", f"/api/v1/subjects/{subject}", "/api/v1/entries?limit=100"):
            assert "隠れ家" not in clerk.get(address).content.decode(), address
        sent = {"incident": QUAKE, "sense": "livelihood", "members": [person("3"), person("5")], "note": ""}
        assert clerk.post(form, sent).status_code == 303
        assert household_for(person("3"), Sense.LIVELIHOOD, QUAKE, CHIEF).note == "隠れ家で確認"

    def test_what_cannot_be_is_refused(self) -> None:
        for fact in (
            HouseholdFound(of_incident=QUAKE, sense=Sense.REGISTER, members=(person("1"),)),
            HouseholdFound(of_incident=Incident.ref("none"), sense=Sense.SUFFERED, members=(person("1"),)),
            HouseholdFound(of_incident=QUAKE, sense=Sense.SUFFERED, members=(person("99"),)),
        ):
            with pytest.raises(Refused):
                record(Draft(fact, FoundHousehold.ref("x")), CLERK)


@pytest.mark.usefixtures("city")
def test_the_page_ticks_looks_for_others_and_records() -> None:
    clerk = client_of("clerk")
    key = household("A").partition(":")[2]
    address = f"/residents/households/{key}/as-found/"
    assert f"{address}?sense=suffered" in clerk.get(f"/residents/households/{key}/").content.decode()
    page = clerk.get(f"{address}?sense=suffered").content.decode()
    assert page.count(" checked") == 2
    said = {
        "incident": QUAKE,
        "sense": "suffered",
        "members": [person("1")],
        "q": "辻",
        "after": "",
        "note": "聞き取り",
    }
    looked = clerk.post(address, {**said, "look": "1"}).content.decode()
    assert person("6") in looked
    assert looked.count(" checked") == 1
    assert clerk.post(address, {**said, "members": [person("1"), person("6")]}).status_code == 303
    assert names(person("6"), Sense.SUFFERED) == ["髙橋　花子", "辻\U000e0102　ショウタ"]
    sheet = clerk.get(f"/residents/households/{key}/").content.decode()
    assert "確認済み" in sheet
    assert "聞き取り" in sheet
    assert client_of("shelter").get(address).status_code == 403
    assert clerk.get("/residents/households/x/as-found/").status_code == 404


@pytest.mark.django_db
def test_the_day_of_an_incident_is_japans() -> None:
    register_of.build()
    record(Draft(IncidentOpened(name="夜", began=dt.datetime(2026, 11, 10, 20, tzinfo=dt.UTC)), QUAKE), ME)
    assert households.day_of(QUAKE) == dt.date(2026, 11, 11)
    assert queries.snapshot() is not None


class TestHouseholdFound(FactCase):
    subject = FoundHousehold.ref("0c5f1b52-0000-4000-8000-00000000000a")
    before = (
        Draft(IncidentOpened(name="地震"), QUAKE),
        *added("旅野　人", key="0c5f1b52-0000-4000-8000-000000000001"),
    )
    fact = HouseholdFound(
        of_incident=QUAKE,
        sense=Sense.SUFFERED,
        members=("residents.person:0c5f1b52-0000-4000-8000-000000000001",),
        note="聞き取り",
    )
    refused = (HouseholdFound(of_incident=QUAKE, sense=Sense.REGISTER, members=()),)

    def holds(self, state: FoundHousehold) -> None:
        assert (state.sense.value, len(state.members.value)) == (Sense.SUFFERED, 1)
