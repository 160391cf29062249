"""The victim register: what a household may ask for, what it got, what a changed class makes of it, and who sees it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from tests.clients import client_of
from tests.journal.worlds import exchange, founded
from tests.relief import house
from tests.relief.house import CLERK, HEAD, INCIDENT, JUDGE, SURVEYOR
from tests.relief.test_pages import ADDRESS, PERSON, _town, home  # noqa: F401
from tests.residents import register_of
from tests.residents.register_of import CHIEF
from tests.residents.test_movements import change
from tomoshibi.incidents.facts import IncidentMerged, IncidentOpened
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import entitlements, reckoning, victims
from tomoshibi.relief.facts import Judged, SurveyPlanned
from tomoshibi.relief.victim_models import ClaimRow, ConsentRow, ConsultationRow
from tomoshibi.relief.victims import (
    ConsentShared,
    ConsentTold,
    SupportAsked,
    SupportCaseTold,
    SupportDecided,
    SupportPaid,
    SupportRefused,
)
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.residents.households import HouseholdFound, subject_for
from tomoshibi.residents.taking import take_changes
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Rebuilding

INTO = "incidents.incident:into"
pytestmark = pytest.mark.django_db(databases=["default", "north"])


def judged(found: DamageClass, round: int) -> None:
    """A round that finds ``found``; the first round is there already."""
    survey = house.SURVEY if round == 1 else f"{house.SURVEY}-{round}"
    if round > 1:
        plan = SurveyPlanned(dwelling=house.HOUSE, round=round, disaster_on=house.DAY, reason="再調査の依頼")
        record(Draft(plan, survey, incident=INCIDENT), CLERK)
    record(Draft(house.surveyed, survey, incident=INCIDENT), SURVEYOR)
    record(Draft(Judged(damage_class=found, judge_reason="内部の損傷"), survey, incident=INCIDENT), JUDGE)
    while tasks.tick():
        pass


@pytest.fixture
def household() -> str:
    """The household of the town, applied and planned."""
    ref = home().ref
    record(
        [
            Draft(house.dwelling, house.HOUSE),
            Draft(house.applied(household=ref), house.APPLICATION, incident=INCIDENT),
            Draft(house.planned, house.SURVEY, incident=INCIDENT),
        ],
        system("test"),
    )
    return ref


def claim(household: str, scheme: str = "livelihood-base") -> str:
    return victims.claim_ref(INCIDENT, scheme, household)


def test_asked_decided_paid_and_overpaid_once_the_class_changes(household: str) -> None:
    assert [d.scheme.key for d in entitlements.due(INCIDENT, household)] == ["condolence", "disability", "loan"]
    judged(DamageClass.DESTROYED, 1)
    dues = {d.scheme.key: d for d in entitlements.not_asked(entitlements.due(INCIDENT, household))}
    # two of them suffered, though one person is registered: the grant counts those who suffered
    assert dues["livelihood-base"].owed == 1_000_000 and "2人" in dues["livelihood-base"].household.ja
    assert dues["livelihood-added"].owed is None
    assert "1人" in dues["tax-relief"].household.ja and "未確認" in dues["loan"].household.ja
    ref = claim(household)
    asked = SupportAsked(scheme="livelihood-base", household=household, account="通帳の写しを確認")
    with pytest.raises(Forbidden):
        record(Draft(asked, ref, incident=INCIDENT), SURVEYOR)
    record(Draft(asked, ref, incident=INCIDENT), CLERK)
    with pytest.raises(Refused, match="申請済み"):
        record(Draft(asked, ref, incident=INCIDENT), CLERK)
    with pytest.raises(Refused, match="決定していません"):
        record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    decided = SupportDecided(amount=1_000_000, damage_class=DamageClass.DESTROYED)
    with pytest.raises(Forbidden):
        record(Draft(decided, ref), CLERK)
    record(Draft(decided, ref), HEAD)
    record(Draft(SupportPaid(amount=600_000), ref), HEAD)
    with pytest.raises(Refused, match="決定額"):
        record(Draft(SupportPaid(amount=400_001), ref), HEAD)
    record(Draft(SupportPaid(amount=400_000), ref), HEAD)
    with pytest.raises(Refused, match="支払い済み"):
        record(Draft(SupportRefused(reason="誤り"), ref), HEAD)

    judged(DamageClass.LARGE_HALF, 2)
    row = ClaimRow.objects.get()
    assert (row.amount, row.owed, row.paid, row.over, row.payments) == (1_000_000, 500_000, 1_000_000, 500_000, 2)
    assert reckoning.recompute(INCIDENT, [row]) == [], "said once"
    (finding,) = {law.name: found for law, found in breaches()}["relief.paid_as_decided"]
    assert finding.subjects == (ref,) and "500,000 円多く" in finding.text.ja
    record(Draft(SupportDecided(amount=500_000, damage_class=DamageClass.LARGE_HALF), ref), HEAD)
    record(Draft(SupportPaid(amount=-500_000, note="返還"), ref), HEAD)
    row.refresh_from_db()
    assert (row.over, row.paid, row.owed) == (0, 500_000, 500_000)
    assert not [law.name for law, _ in breaches() if law.name == "relief.paid_as_decided"]
    tables = contents()
    rebuild()
    assert contents() == tables


def test_a_household_as_it_was_found_is_what_a_scheme_counts(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    others = [added(name) for name in ("同居　一", "同居　二", "仕送り　三")]
    record([draft for drafts in others for draft in drafts], system("test"))
    lodgers = tuple(drafts[0].subject for drafts in others)
    for sense, members in ((Sense.SUFFERED, (PERSON, *lodgers[:2])), (Sense.LIVELIHOOD, (PERSON, *lodgers))):
        fact = HouseholdFound(of_incident=INCIDENT, sense=sense, members=members)
        record(Draft(fact, subject_for(INCIDENT, sense, PERSON), incident=INCIDENT), CLERK)
    dues = {d.scheme.key: d for d in entitlements.due(INCIDENT, household)}
    assert "3人" in dues["livelihood-base"].household.ja and "確認" in dues["livelihood-base"].household.ja
    assert "4人" in dues["loan"].household.ja and "未確認" not in dues["loan"].household.ja
    assert "1人" in dues["tax-relief"].household.ja
    page = client_of("clerk").get(f"/relief/victims/{household.partition(':')[2]}/").content.decode()
    assert "/as-found/?sense=livelihood" in page


def test_what_a_household_with_somebody_protected_is_entitled_to_is_for_the_few(household: str) -> None:
    """How many it counts would say that somebody unnamed lived there."""
    judged(DamageClass.DESTROYED, 1)
    (told,) = drafts = added("同居　隠")
    record(drafts, system("test"))
    ref = asked(household)
    record(Draft(ProtectionSet(), told.subject), CHIEF)
    fact = HouseholdFound(of_incident=INCIDENT, sense=Sense.SUFFERED, members=(PERSON, told.subject))
    record(Draft(fact, subject_for(INCIDENT, Sense.SUFFERED, PERSON), incident=INCIDENT), CHIEF)
    page = f"/relief/victims/{household.partition(':')[2]}/"
    counter = client_of("clerk")
    few, clerk = client_of("administrator").get(page).content.decode(), counter.get(page).content.decode()
    assert "2人（確認済み）" in few
    assert "確認済み" not in clerk and "同居　隠" not in clerk and "限られた職員が扱います" in clerk
    assert "申請していないものはありません" not in clerk
    sent = {"incident": INCIDENT, "scheme": "condolence", "case": "0", "person": PERSON}
    assert counter.post(f"{page}ask/", sent).status_code == 422 and ClaimRow.objects.count() == 1
    assert counter.get(f"/subject/{ref}/").status_code == 404
    assert [c.subject for c in entitlements.claims_seen(CHIEF, ClaimRow.objects.all())] == [ref]
    assert entitlements.claims_seen(CLERK, ClaimRow.objects.all()) == []


def test_the_register_is_that_of_the_day_of_the_disaster() -> None:
    """Somebody who died of it was of the household; somebody who came since was not."""
    register_of.build(day=dt.date(2023, 12, 1))
    gone = change("2", "A", "died", "2024-01-02", "2024-01-05", "髙橋　湊", "タカハシ　ミナト")
    came = change("7", "A", "in", "2024-02-01", "2024-02-01", "髙橋　新", "タカハシ　アラタ")
    born = change("8", "A", "born", "2024-02-01", "2024-02-01", "髙橋　芽", "タカハシ　メイ")
    take_changes([gone, came, born], system("test"), processed_to=dt.date(2024, 2, 2))
    assert entitlements.standing(INCIDENT, register_of.household("A")).register == 2


def asked(household: str, scheme: str = "livelihood-base", **said: Any) -> str:
    """A claim that a clerk took."""
    ref = victims.claim_ref(INCIDENT, scheme, household, said.get("person", ""))
    record(Draft(SupportAsked(scheme=scheme, household=household, **said), ref, incident=INCIDENT), CLERK)
    return ref


def test_no_more_is_paid_than_is_owed_now_and_money_comes_back_in_parts(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    ref = asked(household)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=DamageClass.DESTROYED), ref), HEAD)
    judged(DamageClass.LARGE_HALF, 2)  # nothing is paid yet
    page, head = f"/relief/victims/{household.partition(':')[2]}/", client_of("headquarters")
    assert "amount=500000" in head.get(page).content.decode()
    with pytest.raises(Refused, match="支払える額 500,000 円"):
        record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    record(Draft(SupportPaid(amount=500_000), ref), HEAD)
    judged(DamageClass.HALF, 3)
    for part in (-200_000, -300_000):
        assert f"amount=-{ClaimRow.objects.get().over}&" in head.get(page).content.decode()
        record(Draft(SupportPaid(amount=part, note="分納"), ref), HEAD)
    assert (ClaimRow.objects.get().over, ClaimRow.objects.get().paid) == (0, 0)
    with pytest.raises(Refused, match="多く戻せません"):
        record(Draft(SupportPaid(amount=-1), ref), HEAD)


def test_what_was_decided_by_a_class_stands_as_long_as_the_class_does(household: str) -> None:
    """A dwelling of 大規模半壊 that was pulled down counts as destroyed: whoever decided knew it, the rules do not."""
    judged(DamageClass.LARGE_HALF, 1)
    ref = asked(household)
    head, page = client_of("headquarters"), f"/relief/victims/{household.partition(':')[2]}/"
    assert "amount=500000&amp;damage_class=large-half" in head.get(page).content.decode()
    record(Draft(SupportDecided(amount=1_000_000, damage_class=DamageClass.LARGE_HALF), ref), HEAD)
    record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    judged(DamageClass.LARGE_HALF, 2)
    assert (ClaimRow.objects.get().owed, ClaimRow.objects.get().over) == (1_000_000, 0)
    judged(DamageClass.HALF, 3)
    assert ClaimRow.objects.get().over == 1_000_000
    judged(DamageClass.LARGE_HALF, 4)
    assert (ClaimRow.objects.get().owed, ClaimRow.objects.get().over) == (1_000_000, 0), "back at what was decided"


def test_long_evacuation_is_asked_for_whatever_the_damage(household: str) -> None:
    """By law a household that may not go home for long counts as destroyed; nobody is told so for a cracked wall."""
    judged(DamageClass.PARTIAL, 1)
    dues = entitlements.due(INCIDENT, household, special=True)
    assert {d.scheme.key for d in dues if d.special} == {"livelihood-base", "livelihood-added"}
    assert not {"livelihood-base", "livelihood-added"} & {d.scheme.key for d in entitlements.not_asked(dues)}
    clerk, base = client_of("clerk"), f"/relief/victims/{household.partition(':')[2]}/"
    html = clerk.get(f"{base}?incident={INCIDENT}").content.decode()
    special = html[html.index("被害の程度によらない場合") :]
    assert "被災者生活再建支援金（基礎支援金）" in special and "長期避難世帯" in special
    sent = {"incident": INCIDENT, "scheme": "livelihood-base", "case": "1", "paper": "長期避難世帯の認定"}
    assert clerk.post(f"{base}ask/", {**sent, "paper": "長" * 999}).status_code == 422
    assert clerk.post(f"{base}ask/", sent).status_code == 303
    (mine,) = (d for d in entitlements.due(INCIDENT, household) if d.scheme.key == "livelihood-base")
    assert mine.owed == 1_000_000, "asked for: it stands among theirs"


def test_a_dwelling_that_had_to_be_pulled_down_counts_as_destroyed_by_its_paper(household: str) -> None:
    """Asked for with it, or before it: what was decided is reckoned anew, and somebody else decides."""
    judged(DamageClass.HALF, 1)
    clerk, head = client_of("clerk"), client_of("headquarters")
    base = f"/relief/victims/{household.partition(':')[2]}/"
    sent = {"incident": INCIDENT, "scheme": "livelihood-base", "case": "0"}
    refused = clerk.post(f"{base}ask/", sent)
    assert refused.status_code == 422 and "書類を入れてください" in refused.content.decode()
    assert clerk.post(f"{base}ask/", {**sent, "paper": "解体証明書"}).status_code == 303
    base_claim = ClaimRow.objects.get()
    html = head.get(f"{base}?incident={INCIDENT}").content.decode()
    assert "amount=1000000&amp;damage_class=half" in html and "解体証明書" in html and "やむを得ず解体した" in html

    judged(DamageClass.LARGE_HALF, 2)
    added_claim = asked(household, "livelihood-added", rebuilding=Rebuilding.REPAIR)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=DamageClass.LARGE_HALF), added_claim), HEAD)
    told = {"incident": INCIDENT, "claim": added_claim, "rebuilding": "build", "case": "0", "paper": ""}
    assert clerk.post(f"{base}case/", told).status_code == 422
    assert clerk.post(f"{base}case/", {**told, "paper": "建築請負契約書"}).status_code == 303
    while tasks.tick():
        pass
    row = ClaimRow.objects.get(subject=added_claim)
    assert (row.amount, row.owed, row.rebuilding, row.paper) == (1_000_000, 2_000_000, "build", "建築請負契約書")
    record(Draft(SupportCaseTold(case=1, paper="長期避難の認定"), base_claim.subject), HEAD)
    with pytest.raises(Refused, match="本人は決定できません"):
        record(Draft(SupportDecided(amount=1_000_000), base_claim.subject), HEAD)
    assert client_of("surveyor").post(f"{base}case/", told).status_code == 403
    assert clerk.post(f"{base}case/", {**told, "claim": "relief.claim:other"}).status_code == 404


def test_each_of_a_household_asks_and_is_decided_alone(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    (late,) = [drafts[0].subject for drafts in [added("灯　花子")] if record(drafts, system("test"))]
    first = asked(household, "condolence", person=PERSON, case=0)
    second = asked(household, "condolence", person=late, case=1)
    head = client_of("headquarters")
    for page in (household.partition(":")[2], f"people/{PERSON.partition(':')[2]}"):
        html = head.get(f"/relief/victims/{page}/").content.decode()
        assert 'name="scheme" value="condolence"' in html, "a third may ask"
        assert 'amount=5000000"' in html and "amount=7500000" not in html
    dues = [d for d in entitlements.due(INCIDENT, household) if d.scheme.key == "condolence"]
    assert dues[0].each == {first: 5_000_000, second: 2_500_000} and dues[1].claims == ()
    record(Draft(SupportDecided(amount=4_000_000), first), HEAD)
    judged(DamageClass.HALF, 2)
    assert ClaimRow.objects.get(subject=first).owed == 4_000_000, "no class of damage is in it"


def test_for_whom_may_be_somebody_who_died() -> None:
    register_of.build(day=dt.date(2023, 12, 1))
    take_changes(
        [change("2", "A", "died", "2024-01-02", "2024-01-05", "髙橋　湊", "タカハシ　ミナト")],
        system("test"),
        processed_to=dt.date(2024, 2, 2),
    )
    home, dead = register_of.household("A"), register_of.person("2")
    page = f"/relief/victims/{home.partition(':')[2]}/"
    clerk = client_of("clerk")
    assert f'<option value="{dead}">髙橋　湊（死亡 2024-01-02）' in clerk.get(page).content.decode()
    sent = {"incident": INCIDENT, "scheme": "condolence", "case": "1", "person": dead}
    assert clerk.post(f"{page}ask/", sent).status_code == 303
    assert ClaimRow.objects.get().person == dead


def test_the_export_is_of_this_disaster_and_a_merge_loses_nothing(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    ref = asked(household)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=DamageClass.DESTROYED), ref), HEAD)
    record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    last = victims.claim_ref("incidents.incident:last", "livelihood-base", household)
    earlier = SupportAsked(scheme="livelihood-base", household=household)
    record(Draft(earlier, last, incident="incidents.incident:last"), CLERK)
    clerk, base = client_of("clerk"), f"/relief/victims/{household.partition(':')[2]}/"
    listed = clerk.get(f"/relief/victims/?incident={INCIDENT}&as=csv").content.decode("utf-8-sig")
    assert "（基礎支援金） 1,000,000" in listed and "livelihood" not in listed and "（基礎支援金） 0" not in listed
    record(Draft(IncidentOpened(name="余震", hazard="earthquake", began=house.AT), INTO, incident=INTO), system("test"))
    record(Draft(IncidentMerged(into=INTO), INCIDENT, incident=INCIDENT), system("test"))
    dues = {d.scheme.key: d for d in entitlements.due(INTO, household)}
    assert dues["livelihood-base"].claims[0].subject == ref and dues["tax-relief"].damage is DamageClass.DESTROYED
    sent = {"incident": INTO, "scheme": "livelihood-base"}
    assert clerk.post(f"{base}ask/", sent).status_code == 422, "asked for before the merge"
    assert "1,000,000" in clerk.get(f"/relief/victims/?incident={INTO}&as=csv").content.decode("utf-8-sig")
    judged(DamageClass.LARGE_HALF, 2)
    assert ClaimRow.objects.get(subject=ref).over == 500_000


def test_whoever_took_a_claim_does_not_decide_it(household: str) -> None:
    record(Draft(SupportAsked(scheme="loan", household=household), claim(household, "loan"), incident=INCIDENT), HEAD)
    with pytest.raises(Refused, match="本人は決定できません"):
        record(Draft(SupportDecided(amount=1), claim(household, "loan")), HEAD)


def test_two_counters_that_pay_apart_meet_and_are_shown(household: str) -> None:
    founded("north")
    judged(DamageClass.DESTROYED, 1)
    ref = claim(household)
    record(Draft(SupportAsked(scheme="livelihood-base", household=household), ref, incident=INCIDENT), CLERK)
    record(Draft(SupportDecided(amount=1_000_000, damage_class=DamageClass.DESTROYED), ref), HEAD)
    exchange("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            record(Draft(SupportPaid(amount=1_000_000), ref), HEAD)
    exchange("north", "default")
    row = ClaimRow.objects.get()
    assert (row.payments, row.paid, row.over) == (2, 2_000_000, 1_000_000)
    assert "relief.paid_as_decided" in [law.name for law, _ in breaches()]


def test_the_page_of_a_household_takes_claims_consultations_and_consents(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    clerk, head = client_of("clerk"), client_of("headquarters")
    page = f"/relief/victims/{household.partition(':')[2]}/?incident={INCIDENT}"
    html = clerk.get(page).content.decode()
    assert "被災者生活再建支援金（基礎支援金）" in html and "1,000,000" in html and "要確認" in html
    assert "被災した世帯（申請のとおり） 2人" in html and "被災者生活再建支援法" in html
    assert client_of("surveyor").get(page).status_code == 403
    base = page.partition("?")[0]
    sent = {"incident": INCIDENT, "scheme": "livelihood-base", "account": "通帳を確認"}
    assert clerk.post(f"{base}ask/", sent).status_code == 303
    assert clerk.post(f"{base}ask/", sent).status_code == 422, "asked for once"
    assert clerk.post(f"{base}ask/", {**sent, "scheme": "no-such"}).status_code == 404
    note = {
        "topic": "仮住まい",
        "note": "民間の賃貸を探している",
        "next_step": "住宅係から電話",
        "due_on": "2024-01-10",
    }
    assert clerk.post(f"{base}consult/", {**note, "incident": INCIDENT}).status_code == 303
    assert clerk.post(f"{base}consult/", {"topic": "", "note": "x"}).status_code == 422
    private = {"topic": "家族のこと", "note": "ほかの人に知られたくない", "private": "1"}
    assert head.post(f"{base}consult/", private).status_code == 303
    assert "ほかの人に知られたくない" in head.get(page).content.decode()
    seen = clerk.get(page).content.decode()
    assert "ほかの人に知られたくない" not in seen and "住宅係から電話" in seen and "決定待ち" in seen
    kept = ConsultationRow.objects.get(private=True).subject
    assert clerk.get(reverse("journal:subject", args=[kept])).status_code in (403, 404)
    agreed = {"recipient": "社会福祉協議会", "scope": "見守り", "given": "1"}
    assert clerk.post(f"{base}consent/", agreed).status_code == 303
    consent = ConsentRow.objects.get()
    record(Draft(ConsentShared(what="氏名と居所"), consent.subject), CLERK)
    record(Draft(ConsentTold(household=household, recipient="社会福祉協議会", given=False), consent.subject), CLERK)
    with pytest.raises(Refused, match="同意がありません"):
        record(Draft(ConsentShared(what="氏名"), consent.subject), CLERK)
    person = clerk.get(f"/relief/victims/people/{PERSON.partition(':')[2]}/?incident={INCIDENT}")
    assert person.status_code == 200 and ADDRESS in person.content.decode()
    listed = clerk.get(f"/relief/victims/?incident={INCIDENT}&as=csv").content.decode("utf-8-sig")
    assert "援護の実施状況" in listed and "全壊" in listed and listed.count("灯　太郎") >= 1
    assert "灯　太郎" in clerk.get(f"/relief/victims/?incident={INCIDENT}").content.decode()
    assert Reading.objects.filter(subject=household, where__contains="/relief/victims/").exists()


def test_a_protected_households_register_is_for_few(household: str) -> None:
    judged(DamageClass.DESTROYED, 1)
    open_claim = claim(household)
    record(Draft(SupportAsked(scheme="livelihood-base", household=household), open_claim, incident=INCIDENT), CLERK)
    record(Draft(ProtectionSet(), PERSON), system("test"))
    clerk, few = client_of("clerk"), client_of("administrator")
    base = f"/relief/victims/{household.partition(':')[2]}/"
    assert clerk.get(base).status_code == 403
    assert clerk.post(f"{base}consult/", {"topic": "x"}).status_code == 403
    assert "灯　太郎" not in clerk.get("/relief/victims/").content.decode()
    assert "灯　太郎" in few.get("/relief/victims/").content.decode()
    assert few.post(f"{base}consult/", {"topic": "転居", "incident": INCIDENT}).status_code == 303
    assert few.post(f"{base}consent/", {"recipient": "都道府県", "given": "1"}).status_code == 303
    assert few.post(f"{base}ask/", {"incident": INCIDENT, "scheme": "loan"}).status_code == 303
    kinds = set(EntryRow.objects.filter(kind__startswith="relief.protected_").values_list("kind", flat=True))
    assert {"relief.protected_consultation_held", "relief.protected_consent_told"} <= kinds
    assert "relief.protected_support_asked" in kinds
    for row in (*ConsultationRow.objects.all(), *ConsentRow.objects.all(), ClaimRow.objects.get(scheme="loan")):
        assert row.protected and clerk.get(reverse("journal:subject", args=[row.subject])).status_code in (403, 404)
    assert few.get(reverse("journal:subject", args=[open_claim])).status_code == 200
    assert clerk.get(reverse("journal:subject", args=[open_claim])).status_code in (403, 404), (
        "recorded before it was protected"
    )
    with pytest.raises(Forbidden):
        record(Draft(victims.SEALED[SupportPaid](amount=1), ClaimRow.objects.get(scheme="loan").subject), HEAD)
