"""Every fact of relief: recorded, refused, rebuilt, merged; and what follows from a new judgement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.journal.case import FactCase
from tests.journal.worlds import founded
from tests.relief import house
from tests.relief.house import AT, BEFORE, CLERK, HEAD, HOUSE, INCIDENT, JUDGE, MEMBERS, SERIAL, SURVEY, SURVEYOR, say
from tomoshibi.journal import tasks
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import queries
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.models import ApplicationRow, CertificateRow, SurveyRow
from tomoshibi.relief.papers import (
    ApplicationCorrected,
    ApplicationWithdrawn,
    CertificateReissued,
    CertificateRevoked,
    CertificateSuperseded,
    ProtectedApplied,
)
from tomoshibi.relief.subjects import Certificate
from tomoshibi.relief.words import Stage, Standing
from tomoshibi.vocabulary.damage import DamageClass, Method

CERTIFICATE = Certificate.ref("c1")
NOBODY = (Actor("user:9", "職員", (("staff", ""),)),)


class PaperCase(FactCase):
    """A fact about a certificate: several people brought the house to ``step`` before."""

    __test__ = False
    step = "issued"
    subject = CERTIFICATE

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        founded("default", "north")
        house.until(self.step)


class TestDwellingDescribed(FactCase):
    fact = house.dwelling
    subject = HOUSE
    actor = SURVEYOR
    strangers = NOBODY
    refused = (DwellingDescribed(address=" "),)

    def holds(self, state: Any) -> None:
        assert state.title() == "灯市平字梅本21番地"


class TestApplied(FactCase):
    fact = house.applied()
    subject = house.APPLICATION
    before = BEFORE[:1]
    actor = CLERK
    strangers = (*NOBODY, SURVEYOR, JUDGE)
    refused = (house.applied(copies=2), house.applied(way="proxy"))

    def holds(self, state: Any) -> None:
        assert [m.name for m in state.members.value] == [m["name"] for m in MEMBERS]


class TestProtectedApplied(FactCase):
    fact = ProtectedApplied(**house.applied().model_dump())
    subject = "relief.application_protected:a1"
    before = BEFORE[:1]
    strangers = (CLERK, HEAD)

    def holds(self, state: Any) -> None:
        assert "梅本" not in state.title() + state.search()


class TestApplicationCorrected(FactCase):
    fact = ApplicationCorrected(cause="令和6年1月1日の能登半島地震")
    subject = house.APPLICATION
    before = BEFORE[:2]
    actor = CLERK
    refused = (ApplicationCorrected(householder=""),)


class TestApplicationWithdrawn(FactCase):
    fact = ApplicationWithdrawn(reason="重複")
    subject = house.APPLICATION
    before = BEFORE[:2]
    actor = CLERK
    refused = (ApplicationWithdrawn(reason="もう一度"), ApplicationCorrected(note="x"))

    def holds(self, state: Any) -> None:
        assert state.withdrawn.value


class TestSurveyPlanned(FactCase):
    fact = house.planned
    subject = SURVEY
    before = BEFORE[:1]
    actor = SURVEYOR
    refused = (
        SurveyPlanned(dwelling=HOUSE, round=2, disaster_on=house.DAY),
        SurveyPlanned(dwelling=HOUSE, disaster_on=date(1995, 1, 17)),
    )


class TestSurveyed(FactCase):
    fact = house.surveyed
    subject = SURVEY
    before = BEFORE[:3]
    actor = SURVEYOR
    strangers = (*NOBODY, CLERK, JUDGE)
    refused = (
        Surveyed(sheet=Sheet(method=Method.FLOOD_WOODEN_DEPTH), surveyors="調査員"),
        Surveyed(
            sheet=Sheet.model_validate(
                {"method": "earthquake-wooden-1", "seen": [{"part": "ceiling", "degree": 1, "share": 1}]}
            ),
            surveyors="調査員",
        ),
    )

    def holds(self, state: Any) -> None:
        row = SurveyRow.objects.get(subject=SURVEY)
        assert (row.ratio, row.proposed) == (33.75, "medium-half")


class TestJudged(FactCase):
    fact = house.judged
    subject = SURVEY
    before = BEFORE
    actor = JUDGE
    strangers = (*NOBODY, CLERK, SURVEYOR)
    refused = (Judged(damage_class=DamageClass.HALF),)


class TestCertificateIssued(PaperCase):
    __test__ = True
    fact = house.issued()
    step = "judged"
    actor = CLERK
    strangers = (*NOBODY, SURVEYOR, JUDGE, HEAD)
    refused = (house.issued(serial="2024-N0001-000002"),)

    def holds(self, state: Any) -> None:
        assert state.standing is Standing.VALID


class TestCertificateReissued(PaperCase):
    __test__ = True
    fact = CertificateReissued(copies=2)
    actor = CLERK

    def holds(self, state: Any) -> None:
        assert sum(state.handed) == 3


class TestCertificateRevoked(PaperCase):
    __test__ = True
    fact = CertificateRevoked(reason="誤り")
    actor = HEAD
    strangers = (CLERK, SURVEYOR)
    refused = (CertificateRevoked(reason="もう一度"), CertificateReissued(copies=1))


class TestCertificateSuperseded(PaperCase):
    __test__ = True
    fact = CertificateSuperseded(survey=SURVEY)
    strangers = (CLERK, HEAD)
    refused = (CertificateReissued(copies=1),)


@pytest.fixture
def _town(db: None) -> None:
    house.town()


def refusal(fact: Any, subject: str, actor: Actor) -> str:
    with pytest.raises(Refused) as no:
        say(fact, subject, actor)
    return no.value.field


@pytest.mark.usefixtures("_town")
class TestTheWayOfACertificate:
    def test_each_step_is_counted_where_it_stands(self) -> None:
        stages = []
        for step in ("applied", "planned", "surveyed", "judged", "issued"):
            if step == "applied":
                house.until(step)
            else:
                fact, subject, actor = {
                    "planned": (house.planned, SURVEY, CLERK),
                    "surveyed": (house.surveyed, SURVEY, SURVEYOR),
                    "judged": (house.judged, SURVEY, JUDGE),
                    "issued": (house.issued(), CERTIFICATE, CLERK),
                }[step]
                say(fact, subject, actor)
            stages.append(queries.applications(INCIDENT).get().stage)
        assert stages == [Stage.APPLIED, Stage.APPLIED, Stage.SURVEYED, Stage.JUDGED, Stage.ISSUED]
        seen = queries.queue(INCIDENT)
        assert (seen.issued, seen.waiting, seen.all, seen.certificates, seen.dwellings) == (1, 0, 1, 1, 1)
        assert queries.queue("incidents.incident:other").all == 0

    def test_who_surveyed_cannot_judge_whatever_their_roles(self) -> None:
        house.until("planned")
        both = Actor("user:5", "調査員 兼 判定", (("surveyor", ""), ("approver", "")))
        say(house.surveyed, SURVEY, both)
        assert refusal(house.judged, SURVEY, both) == ""
        named = Actor("user:6", "調査員", (("approver", ""),))  # another account of one of the sheet's surveyors
        assert refusal(house.judged, SURVEY, named) == ""
        say(house.judged, SURVEY, JUDGE)

    def test_another_class_than_the_sheets_needs_a_reason(self) -> None:
        house.until("surveyed")
        assert refusal(Judged(damage_class=DamageClass.HALF), SURVEY, JUDGE) == "judge_reason"
        say(Judged(damage_class=DamageClass.HALF, judge_reason="写真で確認"), SURVEY, JUDGE)

    def test_a_class_that_the_disasters_day_does_not_know_is_refused(self) -> None:
        house.until("applied")
        say(SurveyPlanned(dwelling=HOUSE, disaster_on=date(2011, 3, 11)), SURVEY)
        say(house.surveyed, SURVEY, SURVEYOR)
        assert SurveyRow.objects.get().proposed == DamageClass.HALF  # 中規模半壊 is not yet
        assert refusal(house.judged, SURVEY, JUDGE) == "damage_class"

    def test_nothing_is_certified_before_it_is_judged_nor_otherwise_than_judged(self) -> None:
        house.until("surveyed")
        assert refusal(house.issued(), CERTIFICATE, CLERK) == "damage_class"
        say(house.judged, SURVEY, JUDGE)
        assert refusal(house.issued(damage_class=DamageClass.DESTROYED), CERTIFICATE, CLERK) == "damage_class"
        assert refusal(house.issued(application="relief.application:none"), CERTIFICATE, CLERK) == "application"
        say(house.issued(), CERTIFICATE, CLERK)
        assert refusal(house.issued(), Certificate.ref("c2"), CLERK) == "serial"

    def test_a_new_judgement_supersedes_and_the_next_certificate_is_issued(self) -> None:
        house.until("issued")
        second = "relief.survey:s2"
        say(SurveyPlanned(dwelling=HOUSE, round=2, disaster_on=house.DAY, reason="内部も見てほしい"), second, CLERK)
        assert queries.applications().get().stage == Stage.ISSUED  # the paper holds until it is judged otherwise
        say(Surveyed(sheet=house.LEANING, surveyors="調査員"), second, SURVEYOR)
        say(Judged(damage_class=DamageClass.DESTROYED), second, JUDGE)
        while tasks.tick():
            pass
        old = CertificateRow.objects.get()
        assert (old.standing, old.superseded_by) == (Standing.SUPERSEDED, second)
        assert [r.judged for r in queries.rounds(INCIDENT, HOUSE)] == ["medium-half", "destroyed"]
        assert queries.applications().get().stage == Stage.JUDGED
        new = house.issued(serial="2024-N0001-000002", damage_class=DamageClass.DESTROYED, survey=second)
        say(new, Certificate.ref("c2"), CLERK)
        found = list(queries.certificates_of(house.HOUSEHOLD))
        assert sorted((c.serial, c.standing) for c in found) == [
            (SERIAL, "superseded"),
            ("2024-N0001-000002", "valid"),
        ]
        assert found == list(queries.certificates_of(HOUSE)) == list(queries.certificates_of(house.APPLICATION))
        assert not queries.certificates_of("") and not queries.certificates_of("people.staff:x")

    def test_a_judgement_of_the_same_class_leaves_the_paper_valid(self) -> None:
        house.until("issued")
        second = "relief.survey:s2"
        say(SurveyPlanned(dwelling=HOUSE, round=2, disaster_on=house.DAY, reason="再確認"), second, CLERK)
        say(house.surveyed, second, SURVEYOR)
        say(house.judged, second, JUDGE)
        while tasks.tick():
            pass
        assert CertificateRow.objects.get().standing == Standing.VALID

    def test_a_withdrawn_application_may_be_made_again(self) -> None:
        house.until("applied")
        say(ApplicationWithdrawn(reason="取下げ"), house.APPLICATION, CLERK)
        assert queries.queue().withdrawn == 1
        record(Draft(house.applied(copies=3), house.APPLICATION, happened_at=house.LATER, incident=INCIDENT), CLERK)
        row = ApplicationRow.objects.get()
        assert (row.withdrawn, row.copies, row.applied_at) == (False, 3, AT)


def broken() -> dict[str, list[tuple[str, ...]]]:
    return {law.name: [f.subjects for f in found] for law, found in breaches() if law.name.startswith("relief.")}


@pytest.mark.usefixtures("_town")
class TestLaws:
    """Towns that meet may bring what one alone refuses: rows are written as a merge would."""

    def test_in_order_none_is_broken(self) -> None:
        house.until("issued")
        assert broken() == {}

    def test_issued_twice(self) -> None:
        house.until("issued")
        merged(house.issued(serial="2024-N0002-000001"), Certificate.ref("c2"))
        assert broken() == {"relief.certified_once": [(CERTIFICATE, Certificate.ref("c2"))]}
        say(CertificateRevoked(reason="重複交付"), Certificate.ref("c2"), HEAD)
        assert broken() == {}

    def test_one_serial_twice(self) -> None:
        house.until("issued")
        merged(house.issued(household="residents.household:h2"), Certificate.ref("c2"))
        assert broken() == {"relief.serial_once": [(CERTIFICATE, Certificate.ref("c2"))]}

    def test_issued_without_application(self) -> None:
        house.until("issued")
        say(ApplicationWithdrawn(reason="取下げ"), house.APPLICATION, CLERK)
        assert broken() == {"relief.applied_for": [(CERTIFICATE,)]}

    def test_surveyed_and_judged_by_one(self) -> None:
        house.until("surveyed")
        merged(house.judged, SURVEY, SURVEYOR)
        assert broken() == {"relief.second_eyes": [(SURVEY,)]}
        say(house.judged, SURVEY, JUDGE)
        assert broken() == {}

    def test_a_certificate_of_another_class(self) -> None:
        house.until("issued")
        merged(house.issued(serial="2024-N0002-000001", household="", damage_class="half"), Certificate.ref("c2"))
        assert broken() == {"relief.certified_as_judged": [(Certificate.ref("c2"),)]}


def merged(fact: Any, subject: str, actor: Actor = house.ME) -> None:
    """Record what another node recorded: without the checks, which hold at one node only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(fact), "check", lambda self, present: None)
        patch.setattr(type(fact), "allowed", lambda self, actor, present: True)
        say(fact, subject, actor)
