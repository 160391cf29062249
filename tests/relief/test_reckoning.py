"""What becomes of a decided claim when its ground changes: who was of the household, the class, amounts, a refusal."""

# ruff: noqa: F811  # a fixture's name is an argument's name

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.clients import client_of
from tests.journal.worlds import exchange, founded
from tests.relief import house
from tests.relief.house import CLERK, HEAD, INCIDENT
from tests.relief.test_pages import PERSON, _town, home  # noqa: F401
from tests.relief.test_rounds import FIRST, OTHER_HEAD, ask, of, press, told
from tests.relief.test_victims import asked, household, judged  # noqa: F401
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import reckoning, rounds
from tomoshibi.relief.papers import ApplicationWithdrawn
from tomoshibi.relief.victim_models import ClaimRow
from tomoshibi.relief.victims import SupportCaseTold, SupportDecided, SupportPaid, SupportRefused
from tomoshibi.residents.adding import added
from tomoshibi.residents.households import HouseholdFound, subject_for
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary.damage import DamageClass as D
from tomoshibi.vocabulary.support import Rebuilding

pytestmark = pytest.mark.django_db(databases=["default", "north"])


@pytest.fixture(autouse=True)
def _nothing_reckoned() -> Any:
    reckoning._done.clear()
    yield
    reckoning._done.clear()


def found(*members: str) -> None:
    """The household that suffered, as a clerk found it."""
    fact = HouseholdFound(of_incident=INCIDENT, sense=Sense.SUFFERED, members=members)
    record(Draft(fact, subject_for(INCIDENT, Sense.SUFFERED, PERSON), incident=INCIDENT), CLERK)
    reckoning.reckon_what_came()


def standing(ref: str) -> tuple[int | None, int | None, int, int]:
    row = ClaimRow.objects.get(subject=ref)
    return row.amount, row.owed, row.paid, row.over


def test_a_household_found_after_the_decision_and_taken_back_again(household: str) -> None:
    judged(D.DESTROYED, 1)
    head, page = client_of("headquarters"), f"/relief/victims/{household.partition(':')[2]}/?incident={INCIDENT}"
    ref = asked(household)
    assert "people=2" in head.get(page).content.decode(), "how many it counts goes with the decision"
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED, people=2), ref), HEAD)
    record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    reckoning.reckon_what_came()
    assert standing(ref) == (1_000_000, 1_000_000, 1_000_000, 0)
    found(PERSON)
    assert standing(ref) == (1_000_000, 750_000, 1_000_000, 250_000), "one person gets three quarters"
    assert "relief.paid_as_decided" in [law.name for law, _ in breaches()]
    html = head.get(page).content.decode()
    assert "amount=750000" in html and "people=1" in html and "amount=-250000" in html
    judged(D.DESTROYED, 2)
    assert standing(ref)[1] == 750_000, "the same class again does not bring the old household back"
    found()
    assert standing(ref) == (1_000_000, 1_000_000, 1_000_000, 0)
    count = EntryRow.objects.filter(kind="relief.support_recomputed").count()
    assert reckoning.reckon() == 0 and EntryRow.objects.filter(kind="relief.support_recomputed").count() == count
    (other,) = [drafts[0].subject for drafts in [added("同居　一")] if record(drafts, system("test"))]
    found(PERSON, other)
    assert standing(ref)[1] == 1_000_000, "two, as it was decided"
    tables = contents()
    rebuild()
    assert contents() == tables


def test_a_household_found_at_the_counter_has_nobody_elses_claims_looked_at(
    household: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(D.DESTROYED, 1)
    ref = asked(household)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED, people=2), ref), HEAD)
    reckoning.reckon_what_came()
    monkeypatch.setattr(reckoning, "reckon", lambda: pytest.fail("the whole city was reckoned"))
    found(PERSON)
    assert standing(ref)[1] == 750_000
    found()
    assert standing(ref)[1] == 1_000_000, "who was of it before is reckoned too"
    record(Draft(ApplicationWithdrawn(reason="取下げ"), house.APPLICATION), CLERK)
    reckoning.reckon_what_came()


def test_by_a_list_too_and_what_was_told_or_corrected_since_stays(household: str) -> None:
    judged(D.LARGE_HALF, 1)
    key = told({**FIRST, "single_percent": 50})
    ref = ask(key, household)
    press("decide", key)
    assert ClaimRow.objects.get(subject=ref).people == 2
    found(PERSON)
    assert standing(ref)[:2] == (500_000, 250_000)
    assert press("decide", key) == 1 and standing(ref)[:2] == (250_000, 250_000)
    told({**FIRST, "single_percent": 60, "by_class": {D.DESTROYED: 1_000_000, D.LARGE_HALF: 600_000}}, by=OTHER_HEAD)
    assert standing(ref)[:2] == (250_000, 360_000)
    judged(D.LARGE_HALF, 2)
    assert standing(ref)[:2] == (250_000, 360_000), "the corrected amount, not what was decided by the wrong one"
    added_ref = asked(household, "livelihood-added", rebuilding=Rebuilding.REPAIR)
    record(Draft(SupportDecided(amount=750_000, damage_class=D.LARGE_HALF, people=1), added_ref), HEAD)
    record(Draft(SupportCaseTold(rebuilding=Rebuilding.BUILD, paper="契約書"), added_ref), CLERK)
    while tasks.tick():
        pass
    assert standing(added_ref)[:2] == (750_000, 1_500_000)
    judged(D.LARGE_HALF, 3)
    assert standing(added_ref)[:2] == (750_000, 1_500_000), "how they build is known since, and stays known"


def test_a_judgement_brought_from_elsewhere_is_reckoned_once_by_both(household: str) -> None:
    founded("north")
    judged(D.DESTROYED, 1)
    exchange("default", "north")
    judged(D.LARGE_HALF, 2)  # here nobody has decided anything yet
    ref = asked(household, "livelihood-base")
    with worlds.inhabit("north"):
        assert asked(household, "livelihood-base") == ref
        record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED, people=2), ref), HEAD)
        record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    exchange("north", "default")
    exchange("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert standing(ref)[3] == 0
            reckoning.reckon_what_came()
            assert standing(ref) == (1_000_000, 500_000, 1_000_000, 500_000)
    exchange("north", "default")
    exchange("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            reckoning.reckon_what_came()
            assert standing(ref) == (1_000_000, 500_000, 1_000_000, 500_000)
            said = EntryRow.objects.filter(kind="relief.support_recomputed").values_list("id", flat=True)
            assert len(set(said)) == 1


def test_paid_at_one_counter_and_refused_at_another_is_shown_and_comes_back(household: str) -> None:
    founded("north")
    judged(D.DESTROYED, 1)
    ref = asked(household)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED), ref), HEAD)
    exchange("default", "north")
    record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    with worlds.inhabit("north"):
        record(Draft(SupportRefused(reason="所得超過"), ref), HEAD)
    exchange("north", "default")
    assert standing(ref) == (1_000_000, 1_000_000, 1_000_000, 1_000_000)
    assert "relief.paid_as_decided" in [law.name for law, _ in breaches()]
    page = f"/relief/victims/{household.partition(':')[2]}/?incident={INCIDENT}"
    assert "amount=-1000000" in client_of("headquarters").get(page).content.decode()
    with pytest.raises(Refused, match="決定していません"):
        record(Draft(SupportPaid(amount=1), ref), HEAD)
    record(Draft(SupportPaid(amount=-1_000_000, note="返還"), ref), HEAD)
    assert standing(ref) == (1_000_000, 1_000_000, 0, 0)
    with pytest.raises(Refused, match="多く戻せません"):
        record(Draft(SupportPaid(amount=-1), ref), HEAD)


def test_a_refusal_is_decided_anew_once_another_class_is_judged(household: str) -> None:
    judged(D.HALF, 1)
    ref = asked(household)
    record(Draft(SupportRefused(reason="半壊のため"), ref), HEAD)
    judged(D.DESTROYED, 2)
    page = f"/relief/victims/{household.partition(':')[2]}/?incident={INCIDENT}"
    html = client_of("headquarters").get(page).content.decode()
    assert "決定し直す" in html and "amount=1000000" in html
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED, people=2), ref), HEAD)
    assert ClaimRow.objects.get().refused == ""


def test_where_the_application_was_withdrawn_nothing_is_asked_back_by_itself(household: str) -> None:
    judged(D.DESTROYED, 1)
    ref = asked(household)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED, people=2), ref), HEAD)
    record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    record(Draft(ApplicationWithdrawn(reason="取下げ"), house.APPLICATION), CLERK)
    reckoning.reckon_what_came()
    assert standing(ref)[3] == 0


def test_what_the_bank_sent_back_is_paid_again_by_another_list_to_another_account(household: str) -> None:
    judged(D.DESTROYED, 1)
    key = told(FIRST)
    ref = ask(key, household)
    press("decide", key)
    first = rounds.to_pay(of(key), HEAD)
    press("pay", key)
    record(Draft(SupportPaid(amount=-1_000_000, note="口座相違による組戻し"), ref), HEAD)
    clerk, page = client_of("clerk"), f"/relief/victims/{household.partition(':')[2]}/?incident={INCIDENT}"
    html = clerk.get(page).content.decode()
    assert "振込先を確かめ直す" in html and "通帳を確認" in html
    with pytest.raises(Refused, match="書類"):
        record(Draft(SupportCaseTold(), ref), CLERK)
    (to,) = re.findall(r'href="([^"]*support_case_told[^"]*)"', html)
    form = clerk.get(to.replace("&amp;", "&"))
    assert form.status_code == 200 and 'name="account"' in form.content.decode()
    record(Draft(SupportCaseTold(account="通帳を再確認"), ref), CLERK)
    while tasks.tick():
        pass
    again = rounds.to_pay(of(key), HEAD)
    assert again.yen == 1_000_000 and again.number != first.number and again.claims[0].account == "通帳を再確認"
    assert standing(ref) == (1_000_000, 1_000_000, 0, 0)
