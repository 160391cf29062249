"""Each fact of people records, refuses, rebuilds, merges and prints."""

from datetime import UTC, datetime

import pydantic
import pytest

from tests.journal.case import FactCase
from tomoshibi.journal.access import Actor, linked
from tomoshibi.journal.recording import Draft
from tomoshibi.people.call_facts import (
    ArrivalCancelled,
    Arrived,
    CallAnswered,
    Called,
    CallFailed,
    CallOutClosed,
    CallOutRepeated,
    CallOutStarted,
    CallRepeated,
    CallSent,
    Chain,
    Reminded,
)
from tomoshibi.people.facts import (
    RoleAssigned,
    RoleDescribed,
    RoleEnded,
    RuleDescribed,
    RuleWithdrawn,
    SectionClosed,
    SectionDescribed,
    StaffDescribed,
    StaffLeft,
    StaffReturned,
)
from tomoshibi.people.models import CallOutRow, CallRow, RoleRow, RuleRow, SectionRow, StaffRow
from tomoshibi.people.subjects import Call, CallOut, Role, Rule, Section, Staff
from tomoshibi.people.words import Answer, Family, Members, Safety, Time

HANAKO = StaffDescribed(number="0123", name="灯󠄀花子", kana="あかりはなこ", section=Section.ref("ict"), needed=True)
ROLE = RoleDescribed(name="統括責任者", time=Time.DISASTER)
RULE = RuleDescribed(name="震度4", members=Members.NEEDED, sections=[Section.ref("ict")])
STARTED = CallOutStarted(name="震度4", reason="震度4を観測", reason_en="Intensity 4")
THREE = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CALLED = Called(call_out=CallOut.ref("o1"), staff=Staff.ref("s1"), name="灯花子")


class TestSectionDescribed(FactCase):
    fact = SectionDescribed(code="1", name="情報政策課", team="統括班", email="ict@town.example")
    subject = Section.ref("ict")
    refused = (SectionDescribed(name=""), SectionDescribed(parent=Section.ref("ict")))

    def holds(self, state) -> None:
        assert SectionRow.objects.get().team == "統括班"


class TestSectionClosed(FactCase):
    fact = SectionClosed(reason="機構改革")
    subject = Section.ref("ict")
    before = (Draft(SectionDescribed(name="情報政策課"), Section.ref("ict")),)
    refused = (SectionClosed(reason="もう一度"),)

    def holds(self, state) -> None:
        assert SectionRow.objects.get().closed


class TestStaffDescribed(FactCase):
    fact = HANAKO
    subject = Staff.ref("s1")
    refused = (StaffDescribed(name=" "),)

    def holds(self, state) -> None:
        row = StaffRow.objects.get()
        assert row.name == "灯\U000e0100花子"  # the variant is never cut
        assert (row.number, row.needed, row.left) == ("0123", True, False)


@pytest.mark.parametrize("address", ["ここ", "a@b, c@d.example", "a@b", "<a@b.example>"])
def test_one_mail_address_only(address: str) -> None:
    with pytest.raises(pydantic.ValidationError):
        StaffDescribed(email=address)
    assert StaffDescribed(email="").email == ""


class TestStaffLeft(FactCase):
    fact = StaffLeft(reason="県へ出向")
    subject = Staff.ref("s1")
    before = (Draft(HANAKO, Staff.ref("s1")),)
    refused = (StaffLeft(),)

    def holds(self, state) -> None:
        assert StaffRow.objects.get().left


class TestStaffReturned(FactCase):
    fact = StaffReturned(reason="出向から戻る")
    subject = Staff.ref("s1")
    before = (Draft(HANAKO, Staff.ref("s1")), Draft(StaffLeft(), Staff.ref("s1")))
    refused = (StaffReturned(),)

    def holds(self, state) -> None:
        assert not StaffRow.objects.get().left


class TestRoleDescribed(FactCase):
    fact = ROLE
    subject = Role.ref("r1")
    refused = (RoleDescribed(name=""),)

    def holds(self, state) -> None:
        assert state.title() == "統括責任者（災害時）"


class TestRoleAssigned(FactCase):
    fact = RoleAssigned(holder="people.staff:a", deputies=["people.staff:b", "people.staff:c"])
    subject = Role.ref("r1")
    before = (Draft(ROLE, Role.ref("r1")),)
    refused = (RoleAssigned(deputies=["people.staff:a"]), RoleAssigned(deputies=["people.staff:b"] * 2))

    def holds(self, state) -> None:
        assert RoleRow.objects.get().chain == ["people.staff:a", "people.staff:b", "people.staff:c"]


class TestRoleEnded(FactCase):
    fact = RoleEnded(reason="計画の改訂")
    subject = Role.ref("r1")
    before = (Draft(ROLE, Role.ref("r1")),)
    refused = (RoleEnded(reason="もう一度"),)

    def holds(self, state) -> None:
        assert RoleRow.objects.get().ended


class TestRuleDescribed(FactCase):
    fact = RULE
    subject = Rule.ref("q1")
    before = (Draft(RuleDescribed(name="震度5強以上"), Rule.ref("q2")),)
    refused = (RuleDescribed(name=""), RuleDescribed(name="震度5強以上"))

    def holds(self, state) -> None:
        row = RuleRow.objects.get(subject=self.subject)
        assert (row.members, row.section_refs, row.deadline_minutes) == ("needed", [Section.ref("ict")], 60)


class TestRuleWithdrawn(FactCase):
    fact = RuleWithdrawn(reason="計画の改訂")
    subject = Rule.ref("q1")
    before = (Draft(RULE, Rule.ref("q1")),)
    refused = (RuleWithdrawn(reason="もう一度"),)

    def holds(self, state) -> None:
        assert RuleRow.objects.get().withdrawn


class TestCallOutStarted(FactCase):
    fact = STARTED
    subject = CallOut.ref("o1")
    refused = (STARTED,)

    def holds(self, state) -> None:
        row = CallOutRow.objects.get()
        assert row.deadline_at is not None and row.started_at is not None
        assert (row.deadline_at - row.started_at).total_seconds() == 3600


class TestCallOutWithChain(FactCase):
    fact = CallOutStarted(
        name="震度4", chain=(Chain(role="people.role:r", name="責任者", holder="a", deputies=("b",)),)
    )
    subject = CallOut.ref("o1")

    def holds(self, state) -> None:
        (chain,) = CallOutRow.objects.get().chains
        assert chain == {"role": "people.role:r", "name": "責任者", "holder": "a", "deputies": ["b"]}


class TestCallOutRepeated(FactCase):
    fact = CallOutRepeated(reason="余震 震度6弱", reason_en="Aftershock, 6 Lower")
    subject = CallOut.ref("o1")
    before = (Draft(STARTED, CallOut.ref("o1")),)

    def holds(self, state) -> None:
        assert list(state.repeats) == ["余震 震度6弱"]


class TestCallOutClosed(FactCase):
    fact = CallOutClosed(reason="解除")
    subject = CallOut.ref("o1")
    before = (Draft(STARTED, CallOut.ref("o1")),)
    refused = (CallOutClosed(), CallOutRepeated())

    def holds(self, state) -> None:
        assert CallOutRow.objects.get().closed_at is not None


class CallCase(FactCase):
    subject = Call.ref("c1")
    before = (Draft(CALLED, Call.ref("c1")),)

    @property
    def row(self) -> CallRow:
        return CallRow.objects.get(subject=self.subject)


class TestCalled(FactCase):
    fact = CALLED
    subject = Call.ref("c1")
    refused = (CALLED,)

    def holds(self, state) -> None:
        row = CallRow.objects.get()
        assert (row.name, row.answer, row.arrived_at) == ("灯花子", "", None)


class TestCallSent(CallCase):
    fact = CallSent(channel="mail")

    def holds(self, state) -> None:
        assert (self.row.sent_by, self.row.failed) == ("mail", "")
        assert self.fact.tell().ja == "招集を送信（メール）"
        assert self.row.sent_at is not None


class TestCallFailed(CallCase):
    fact = CallFailed(reason="連絡先がありません")

    def holds(self, state) -> None:
        assert self.row.failed == "連絡先がありません"


class TestReminded(CallCase):
    fact = Reminded(number=1)

    def holds(self, state) -> None:
        assert self.row.reminders == 1


class TestCallRepeated(CallCase):
    fact = CallRepeated(reason="余震 震度6弱", reason_en="Aftershock, 6 Lower")

    def holds(self, state) -> None:
        assert self.row.repeated_at is not None


class TestCallAnswered(CallCase):
    fact = CallAnswered(
        answer=Answer.LATE,
        coming_at=datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        safety=Safety.SAFE,
        family=Family.UNKNOWN,
    )
    refused = (CallAnswered(),)
    strangers = (
        Actor("user:nobody", "よそ者"),
        linked(Staff.ref("s2"), "別の人", [("people.call_answered", Call.ref("c2"))]),
    )
    actor = linked(Staff.ref("s1"), "灯花子", [("people.call_answered", Call.ref("c1"))])

    def holds(self, state) -> None:
        assert (self.row.answer, self.row.safety, self.row.family) == ("late", "safe", "unknown")
        assert self.row.coming_at == THREE
        assert self.row.answered_at is not None


class TestArrived(CallCase):
    fact = Arrived(site="places.site:hall")
    refused = (Arrived(),)

    def holds(self, state) -> None:
        assert self.row.arrived_at is not None
        assert self.row.arrived_site == "places.site:hall"


ARRIVAL = "0a0a0a0a-0000-4000-8000-000000000001"


class TestArrivalCancelled(CallCase):
    fact = ArrivalCancelled(entry=ARRIVAL)
    before = (Draft(CALLED, Call.ref("c1")), Draft(Arrived(), Call.ref("c1"), id=ARRIVAL))
    refused = (ArrivalCancelled(entry=ARRIVAL), ArrivalCancelled(entry="どこにもない"))

    def holds(self, state) -> None:
        assert self.row.arrived_at is None
