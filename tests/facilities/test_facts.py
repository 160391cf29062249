"""Every fact of the room: records, refuses, rebuilds, merges, prints; and what it does to the rows."""

from __future__ import annotations

import pytest

from tests.facilities import home
from tests.facilities.home import CARER, EVACUATION, HOME, HQ, INCIDENT, ME, OTHER, STRANGER, head, resident
from tests.journal.case import FactCase
from tomoshibi.facilities import queries
from tomoshibi.facilities.evacuation_facts import (
    Answered,
    BrigadeTold,
    CountCancelled,
    Counted,
    EvacuationEnded,
    HandedOver,
    NoticeFailed,
    NoticeSent,
    Notified,
    SignsHeard,
    SignsSeen,
    TeamTaken,
)
from tomoshibi.facilities.facts import FacilityDescribed, ResidentDescribed, ResidentLeft
from tomoshibi.facilities.models import EvacuationRow, FacilityRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.subjects import Resident, evacuation_of, facility_of, headcount_of, site_of
from tomoshibi.facilities.words import Answer, Contact, Danger, Home, Identity, Phase, Sign, Source, Team
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, record


class TestFacilityDescribed(FactCase):
    fact = FacilityDescribed(name="ひだまり園", home=Home.GROUP_HOME, dangers=[Danger.FLOOD, Danger.LANDSLIDE])
    subject = HOME
    before = tuple(home.places()[:3])
    actor = CARER
    strangers = (STRANGER,)
    refused = (FacilityDescribed(name=" "),)

    def holds(self, state) -> None:
        row = FacilityRow.objects.get(subject=self.subject)
        assert row.site == home.SUN and row.home_word is Home.GROUP_HOME
        assert row.danger_words == [Danger.FLOOD, Danger.LANDSLIDE]


class TestResidentDescribed(FactCase):
    fact = ResidentDescribed(facility=HOME, name="灯　花", family=["灯　娘/長女/000-555-6666", "隣の人"])
    subject = Resident.ref("hana")
    before = tuple(home.places())
    actor = CARER
    strangers = (STRANGER, STRANGER)
    refused = (ResidentDescribed(name=""),)

    def holds(self, state) -> None:
        row = ResidentRow.objects.get(subject=self.subject)
        assert row.site == home.SUN
        assert row.contacts == [Contact("灯　娘", "長女", "000-555-6666"), Contact("隣の人")]
        assert "灯" not in str(self.fact.tell())

    def test_nobody_is_moved_to_or_from_a_facility_by_another(self) -> None:
        record(self.draft(), CARER)
        for actor in (CARER, STRANGER):
            with pytest.raises(Forbidden):
                record(self.draft(ResidentDescribed(facility=OTHER)), actor)
        record(self.draft(ResidentDescribed(facility=OTHER)), HQ)
        assert ResidentRow.objects.get().site == home.SEA

    def test_a_resident_is_of_some_facility(self) -> None:
        with pytest.raises(Refused, match="どの施設"):
            record(Draft(ResidentDescribed(name="灯　花"), Resident.ref("new")), ME)


class TestResidentLeft(FactCase):
    fact = ResidentLeft(reason="自宅へ")
    subject = Resident.ref("hana")
    before = (*home.places(), home.people()[0])
    actor = CARER
    strangers = (STRANGER,)
    refused = (fact,)

    def holds(self, state) -> None:
        assert not queries.residents(home.SUN).exists()


class TestNotified(FactCase):
    fact = home.notified().fact
    subject = EVACUATION
    before = (*home.places(), home.opened())
    actor = HQ
    strangers = (CARER, STRANGER)
    incident = INCIDENT

    def holds(self, state) -> None:
        row = EvacuationRow.objects.get()
        assert (row.site, row.level, row.area, row.answer, row.notices) == (home.SUN, 3, "本町地区", "", 1)

    def test_it_is_the_evacuation_of_that_facility_in_that_incident(self) -> None:
        for subject, incident in ((evacuation_of(INCIDENT, OTHER), INCIDENT), (EVACUATION, "")):
            with pytest.raises(Refused):
                record(Draft(self.fact, subject, incident=incident), ME)

    def test_a_facility_may_begin_by_itself_and_for_itself_only(self) -> None:
        own = Notified(facility=HOME, name="ひだまり園", source=Source.OWN, why="裏山から水が出ている")
        with pytest.raises(Forbidden):
            record(self.draft(own), STRANGER)
        record([self.draft(own), self.draft(Answered(answer=Answer.LEAVING))], CARER)
        row = EvacuationRow.objects.get()
        assert (row.source, row.answer) == ("own", "leaving")


class _InEvacuation(FactCase):
    subject = EVACUATION
    before = (*home.places(), *home.people(), home.opened(), home.notified())
    strangers = (STRANGER,)


class TestNoticeSent(_InEvacuation):
    fact = NoticeSent(channel="mail")
    strangers = (CARER, STRANGER)

    def holds(self, state) -> None:
        assert EvacuationRow.objects.get().sent_by == "mail"


class TestNoticeFailed(_InEvacuation):
    fact = NoticeFailed(reason="宛先がありません")
    strangers = (CARER, STRANGER)

    def holds(self, state) -> None:
        assert EvacuationRow.objects.get().failed == "宛先がありません"


class TestAnswered(_InEvacuation):
    fact = Answered(answer=Answer.STAYING, reason="道路が冠水")
    actor = CARER
    refused = (Answered(),)

    def holds(self, state) -> None:
        (found,) = queries.states(INCIDENT)
        assert found.answer is Answer.STAYING and found.wants_brigade and found.evacuation.reason == "道路が冠水"

    def test_only_what_was_told_can_be_answered(self) -> None:
        with pytest.raises(Refused, match="まだ連絡していません"):
            record(Draft(Answered(answer=Answer.LEAVING), evacuation_of(INCIDENT, OTHER), incident=INCIDENT), ME)


class TestBrigadeTold(_InEvacuation):
    fact = BrigadeTold(note="消防本部 指令室")
    actor = HQ
    strangers = (CARER, STRANGER)

    def holds(self, state) -> None:
        assert EvacuationRow.objects.get().brigade_told_at is not None


class TestEvacuationEnded(_InEvacuation):
    fact = EvacuationEnded(reason="避難情報の解除")
    actor = HQ
    strangers = (CARER, STRANGER)
    refused = (fact,)

    def holds(self, state) -> None:
        assert queries.evacuation_now(home.SUN) is None

    def test_a_new_notice_begins_it_again(self) -> None:
        record(self.draft(), HQ)
        record(home.notified(), HQ)
        assert queries.evacuation_now(home.SUN) is not None


class TestTeamTaken(_InEvacuation):
    fact = TeamTaken(team=Team.COMMAND, person="夜勤　一郎")
    actor = CARER

    def holds(self, state) -> None:
        members = EvacuationRow.objects.get().team_members
        assert [name for name, _ in members[Team.COMMAND]] == ["夜勤　一郎"] and members[Team.MOVE] == []
        assert "一郎" not in str(self.fact.tell())

    def test_at_night_one_person_is_in_several_and_leaves_one(self) -> None:
        for team in Team:
            record(self.draft(TeamTaken(team=team, person="夜勤　一郎")), CARER)
        record(self.draft(TeamTaken(team=Team.MOVE, person="夜勤　二郎")), CARER)
        record(self.draft(TeamTaken(team=Team.MOVE, person="夜勤　一郎", holds=False)), CARER)
        members = EvacuationRow.objects.get().team_members
        assert [[name for name, _ in members[team]] for team in Team] == [["夜勤　一郎"]] * 3 + [["夜勤　二郎"]]


class TestSignsHeard(_InEvacuation):
    fact = SignsHeard(note="消防と土木に連絡")
    before = (*_InEvacuation.before, Draft(SignsSeen(signs=[Sign.PEBBLES]), EVACUATION, incident=INCIDENT))
    actor = HQ
    strangers = (CARER, STRANGER)

    def holds(self, state) -> None:
        row = EvacuationRow.objects.get()
        assert not row.signs_alarm and row.signs_heard == "消防と土木に連絡"

    def test_precursors_seen_after_that_are_an_alarm_again(self) -> None:
        record(self.draft(), HQ)
        record(self.draft(SignsSeen(signs=[Sign.RUMBLING])), CARER)
        assert EvacuationRow.objects.get().signs_alarm


class _OfResident(FactCase):
    subject = head("hana")
    before = _InEvacuation.before
    actor = CARER
    strangers = (STRANGER,)
    incident = INCIDENT


class TestCounted(_OfResident):
    fact = Counted(facility=HOME, name="ひだまり園", resident=resident("hana"), phase=Phase.OUT, place="正面玄関")
    refused = (
        Counted(facility=HOME, name="ひだまり園", resident=resident("ume"), phase=Phase.OUT),
        Counted(facility=HOME, name="ひだまり園", resident=resident("wave"), phase=Phase.OUT),
    )

    def holds(self, state) -> None:
        row = HeadcountRow.objects.get()
        assert (row.out_times, row.in_times, row.out_by) == (1, 0, "介護職員")
        assert state.title() == "ひだまり園" and "花" not in str(self.fact.tell())

    def test_somebody_of_another_facility_is_not_counted_here(self) -> None:
        fact = Counted(facility=OTHER, name="なぎさ荘", resident=resident("hana"), phase=Phase.IN)
        subject = headcount_of(INCIDENT, OTHER, resident("hana"))
        with pytest.raises(Refused, match="入所者ではありません"):
            record(Draft(fact, subject, incident=INCIDENT), ME)

    def test_two_phones_stand_with_who_and_when(self) -> None:
        for by, phone in (("佐藤", "K7"), ("鈴木", "")):
            record(self.draft(self.fact.model_copy(update={"by": by, "phone": phone})), CARER)
        ((phase, counts),) = HeadcountRow.objects.get().again
        assert phase is Phase.OUT and [count[1:] for count in counts] == [("佐藤", "K7"), ("鈴木", "")]


class TestHandedOver(_OfResident):
    fact = home.handover("hana").fact

    def test_a_signature_is_lines_of_points_and_nothing_else(self) -> None:
        told = {**self.fact.model_dump(), "signed": "灯　娘", "reason": "自宅で見る"}
        record(self.draft(HandedOver(**{**told, "signature": "10,20 11,21;30,40 31,42"})), CARER)
        row = HeadcountRow.objects.get()
        assert (row.signed, row.signature, row.handed_reason) == ("灯　娘", "10,20 11,21;30,40 31,42", "自宅で見る")
        for wrong in ("<svg>", "1,2,3", "1,2 x", "1000,2"):
            with pytest.raises(ValueError, match="signature"):
                HandedOver(**{**told, "signature": wrong})

    def holds(self, state) -> None:
        row = HeadcountRow.objects.get()
        assert (row.handed_to, row.relation, row.identity_word) == ("灯　娘", "長女", Identity.DOCUMENT)
        assert row.handed_by == "介護職員" and "娘" not in str(self.fact.tell())


class TestCountCancelled(_OfResident):
    COUNT = "5e0e3f0c-0000-4000-8000-00000000000c"
    fact = CountCancelled(cancels=COUNT, reason="別の人だった")
    refused = (CountCancelled(cancels="5e0e3f0c-0000-4000-8000-0000000000ff"), fact)

    @pytest.fixture(autouse=True)
    def _counted(self, _world: None) -> None:
        record(Draft(home.count("hana", Phase.OUT).fact, head("hana"), id=self.COUNT, incident=INCIDENT), CARER)

    def holds(self, state) -> None:
        assert HeadcountRow.objects.get().out_at is None


def test_references_follow_the_site() -> None:
    assert site_of(facility_of(home.SUN)) == home.SUN and (site_of(""), facility_of("")) == ("", "")


@pytest.mark.django_db
def test_a_state_is_its_sites() -> None:
    home.build()
    record(home.count("hana", Phase.OUT), CARER)
    for subject in (HOME, resident("hana"), EVACUATION, head("hana")):
        assert state_of(subject).site() == home.SUN
