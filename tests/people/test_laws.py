"""What must not be so of people is found, and goes when it is mended."""

import pytest

from tests.people import town
from tests.people.town import ME, staff
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people.facts import RoleAssigned, RuleDescribed, RuleWithdrawn, StaffDescribed, StaffLeft
from tomoshibi.people.models import RuleRow
from tomoshibi.people.subjects import Rule, Staff

pytestmark = pytest.mark.django_db


def broken() -> dict[str, list[tuple[str, ...]]]:
    return {law.name: [f.subjects for f in found] for law, found in breaches() if law.name.startswith("people.")}


def test_a_town_in_order_breaks_none() -> None:
    town.build()
    assert broken() == {}


def test_a_number_that_two_people_have() -> None:
    town.build()
    record(Draft(StaffDescribed(number="0001", name="もう一人"), Staff.ref("x")), ME)
    assert set(broken()["people.number_once"][0]) == {staff("chief"), "people.staff:x"}
    record(Draft(StaffLeft(), Staff.ref("x")), ME)
    assert broken() == {}


def test_a_role_of_somebody_who_left() -> None:
    town.build()
    record(Draft(StaffLeft(), staff("engineer")), ME)
    assert broken() == {"people.roles_are_held": [(town.role("head"), staff("engineer"))]}
    record(Draft(RoleAssigned(deputies=[staff("clerk")]), town.role("head")), ME)
    assert broken() == {}


def test_two_rules_of_one_name_that_another_node_brought() -> None:
    town.build()
    record(Draft(RuleDescribed(name="別の名"), Rule.ref("x")), ME)
    RuleRow.objects.filter(subject=Rule.ref("x")).update(name="震度4")  # as a merge would
    assert set(broken()["people.rule_named_once"][0]) == {Rule.ref("four"), Rule.ref("x")}
    record(Draft(RuleWithdrawn(reason="重複"), Rule.ref("x")), ME)
    assert broken() == {}
