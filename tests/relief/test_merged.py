"""Two incidents that turn out to be one disaster: what was judged, issued or asked in one holds in the other."""

# ruff: noqa: F811  # a fixture's name is an argument's name

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.clients import client_of
from tests.journal.worlds import exchange, founded
from tests.relief import house
from tests.relief.house import CLERK, HEAD, HOUSE, INCIDENT, JUDGE, SURVEYOR
from tests.relief.test_pages import _town, home  # noqa: F401
from tests.relief.test_rounds import FIRST
from tests.relief.test_victims import INTO
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.facts import IncidentMerged, IncidentOpened
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import duplicates, entitlements, issuing, keys, queries, rounds, schemes, victims
from tomoshibi.relief.facts import Judged, SurveyPlanned
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.papers import ApplicationWithdrawn, CertificateRevoked
from tomoshibi.relief.queueing import History
from tomoshibi.relief.schemes import SchemeApproved, SchemeClosed, SchemeProposed, Terms
from tomoshibi.relief.victim_models import ClaimRow
from tomoshibi.relief.victims import SupportAsked, SupportDecided, SupportRefused
from tomoshibi.relief.words import Stage, Standing
from tomoshibi.vocabulary.damage import DamageClass as D

pytestmark = pytest.mark.django_db(databases=["default", "north"])


def merged(what: str = INCIDENT, into: str = INTO) -> None:
    record(Draft(IncidentMerged(into=into), what, incident=what), system("test"))


@pytest.fixture(autouse=True)
def _aftershock(_town: None) -> None:
    opened = IncidentOpened(name="余震", hazard="earthquake", began=datetime(2024, 1, 2, tzinfo=UTC))
    record(Draft(opened, INTO, incident=INTO), system("test"))


def looked_at(found: D, round: int, incident: str) -> None:
    """The house surveyed and judged in an incident."""
    survey = keys.survey(incident, HOUSE, round)
    plan = SurveyPlanned(dwelling=HOUSE, round=round, disaster_on=house.DAY, reason="再調査の依頼")
    record(Draft(plan, survey, incident=incident), CLERK)
    record(Draft(house.surveyed, survey, incident=incident), SURVEYOR)
    record(Draft(Judged(damage_class=found, judge_reason="内部"), survey, incident=incident), JUDGE)
    while tasks.tick():
        pass


def applied(household: str, incident: str) -> str:
    ref = keys.application(incident, household, HOUSE)
    record(Draft(house.applied(household=household), ref, incident=incident), CLERK)
    return ref


def stage(application: str) -> Stage:
    return Stage(queries.applications().get(subject=application).stage)


@pytest.mark.parametrize("way", [(INCIDENT, INTO), (INTO, INCIDENT)], ids=["into the survey's", "into the other"])
def test_a_round_of_survey_in_one_reaches_the_application_in_the_other(way: tuple[str, str]) -> None:
    record(Draft(house.dwelling, HOUSE), system("test"))
    ref = applied(home().ref, INCIDENT)
    looked_at(D.DESTROYED, 1, INTO)
    row = queries.application(ref)
    assert row is not None and stage(ref) is Stage.APPLIED
    with pytest.raises(Refused, match="判定されていません"):
        issuing.issue(ref, CLERK)
    merged(*way)
    assert stage(ref) is Stage.JUDGED
    for incident in way:
        assert rounds.homes(incident).of[home().ref].damage is D.DESTROYED
        assert {d.scheme.key: d.owed for d in entitlements.due(incident, home().ref)}["livelihood-base"] == 1_000_000
    assert queries.queue(way[1]).judged == 1
    assert History(way[1]).at(worlds.now()).households[Stage.JUDGED] == 1
    page = client_of("clerk").get(f"/relief/applications/{ref.partition(':')[2]}/").content.decode()
    assert "round=2" in page, "the next round is the second, in whichever incident the first was"
    issuing.issue(ref, CLERK)
    assert stage(ref) is Stage.ISSUED
    claim = victims.claim_ref(INCIDENT, "livelihood-base", home().ref)
    asked = SupportAsked(scheme="livelihood-base", household=home().ref)
    record(Draft(asked, claim, incident=INCIDENT), CLERK)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=D.DESTROYED), claim), HEAD)
    looked_at(D.LARGE_HALF, 2, INTO)
    assert CertificateRow.objects.get().standing == Standing.SUPERSEDED
    assert ClaimRow.objects.get().owed == 500_000


def test_what_was_done_twice_before_the_merge_is_shown_and_the_later_of_two_first_judgements_holds() -> None:
    """Two offices took one household's application, each under an incident of its own, and learn that it is one."""
    record(Draft(house.dwelling, HOUSE), system("test"))
    refs, claims, papers = [], [], []
    for incident, found in ((INCIDENT, D.LARGE_HALF), (INTO, D.DESTROYED)):
        refs.append(applied(home().ref, incident))
        looked_at(found, 1, incident)
        claims.append(victims.claim_ref(incident, "livelihood-base", home().ref))
        asked = SupportAsked(scheme="livelihood-base", household=home().ref)
        record(Draft(asked, claims[-1], incident=incident), CLERK)
        papers.append(issuing.issue(refs[-1], CLERK))
    laws = {"relief.applied_once", "relief.asked_once", "relief.certified_once", "relief.certified_as_judged"}
    assert not laws & {law.name for law, _ in breaches()}
    merged()
    broken = {law.name: {s for f in found for s in f.subjects} for law, found in breaches()}
    assert broken["relief.applied_once"] == set(refs) and broken["relief.asked_once"] == set(claims)
    assert broken["relief.certified_once"] == set(papers) and broken["relief.certified_as_judged"] == {papers[0]}
    twice = queries.application(refs[1])
    assert twice is not None and [a.row.subject for a in duplicates.of(twice)] == [refs[0]]
    judged = queries.judgement(INCIDENT, HOUSE)
    assert judged is not None and judged.judged == D.DESTROYED.value, "judged last"
    record(Draft(CertificateRevoked(reason="事案を統合した"), papers[0]), HEAD)
    with pytest.raises(Refused, match="交付済み"):
        issuing.issue(refs[0], CLERK)
    record(Draft(ApplicationWithdrawn(reason="事案を統合した"), refs[0]), CLERK)
    record(Draft(SupportRefused(reason="重複"), claims[0]), HEAD)
    assert not laws & {law.name for law, _ in breaches()}


def test_two_offices_that_merge_the_two_into_one_another_have_one_disaster() -> None:
    founded("north")
    record(Draft(house.dwelling, HOUSE), system("test"))
    ref = applied(home().ref, INCIDENT)
    exchange("default", "north")
    looked_at(D.DESTROYED, 1, INTO)
    with worlds.inhabit("north"):
        merged(INTO, INCIDENT)
    merged(INCIDENT, INTO)
    exchange("north", "default")
    exchange("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert set(incidents.finals().values()) == {min(INCIDENT, INTO)}
            assert queries.whole(INCIDENT) == queries.whole(INTO) and stage(ref) is Stage.JUDGED
            assert [i.subject for i in incidents.open_incidents()] == [min(INCIDENT, INTO)], "work goes on in one"
            tables = contents()
            rebuild()
            assert contents() == tables


def test_one_round_of_relief_money_entered_in_both_is_shown_until_one_is_closed() -> None:
    refs = []
    for incident in (INCIDENT, INTO):
        refs.append(schemes.scheme_ref(incident, "", FIRST["name"]))
        fact = SchemeProposed(terms=Terms.model_validate(FIRST))
        (entry,) = record(Draft(fact, refs[-1], incident=incident), HEAD)
        record(Draft(SchemeApproved(approved=entry.id), refs[-1], incident=incident), JUDGE)
    assert "relief.scheme_once" not in {law.name for law, _ in breaches()}
    merged()
    (found,) = {law.name: found for law, found in breaches()}["relief.scheme_once"]
    assert set(found.subjects) == set(refs) and "義援金 第1次配分" in found.text.ja
    record(Draft(SchemeClosed(closed="事案を統合した"), refs[0], incident=INCIDENT), HEAD)
    assert "relief.scheme_once" not in {law.name for law, _ in breaches()}
