"""Relief money: rounds as data that another approved, who is entitled, what is carried over, decided, paid and left."""

# ruff: noqa: F811  # a fixture's name is an argument's name

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients import client_of
from tests.journal.worlds import exchange, founded
from tests.relief.house import CLERK, HEAD, INCIDENT, JUDGE
from tests.relief.test_pages import PERSON, _town, home  # noqa: F401
from tests.relief.test_victims import household, judged  # noqa: F401
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import entitlements, panels, rounds, schemes, victims
from tomoshibi.relief.scheme_form import yen_of
from tomoshibi.relief.schemes import Fund, MoneyCancelled, MoneyReceived, SchemeApproved, SchemeProposed, Terms
from tomoshibi.relief.victim_models import ClaimRow, SchemeRow
from tomoshibi.relief.victims import SupportAsked, SupportPaid, SupportRefused
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.vocabulary.damage import DamageClass as D

pytestmark = pytest.mark.django_db(databases=["default", "north"])
OTHER_HEAD = Actor("user:5", "本部 次長", (("headquarters", ""),))
PAPER = {"decided_by": "石川県義援金配分委員会", "decided_on": date(2024, 2, 1), "paper": "厚第123号"}
FIRST = {
    "name": "義援金 第1次配分",
    "fund": Fund.PREFECTURE,
    "by_class": {D.DESTROYED: 1_000_000, D.LARGE_HALF: 500_000},
    "as_class": [{"label": "半壊で解体", "damage": D.DESTROYED}],
    "persons": [{"label": "死者・行方不明者", "yen": 1_000_000}, {"label": "重傷者", "yen": 100_000}],
    **PAPER,
}
SECOND = {**FIRST, "name": "義援金 第2次配分", "by_class": {D.DESTROYED: 200_000}, "persons": FIRST["persons"][1:]}


def told(what: dict[str, object], *, by: Actor = HEAD) -> str:
    """Terms entered by one and approved by another; the scheme's key."""
    terms = Terms.model_validate(what)
    ref = schemes.scheme_ref(INCIDENT, terms.of, terms.name)
    (entry,) = record(Draft(SchemeProposed(terms=terms), ref, incident=INCIDENT), by)
    record(Draft(SchemeApproved(approved=entry.id), ref, incident=INCIDENT), JUDGE)
    while tasks.tick():
        pass
    return terms.of or ref.partition(":")[2]


def ask(scheme: str, household: str, person: str = "", case: int | None = None) -> str:
    ref = victims.claim_ref(INCIDENT, scheme, household, person)
    fact = SupportAsked(scheme=scheme, household=household, person=person, case=case, account="通帳を確認")
    record(Draft(fact, ref, incident=INCIDENT), CLERK)
    return ref


def of(key: str) -> rounds.Programme:
    found = rounds.programme(INCIDENT, key)
    assert found is not None
    return found


def plan(act: str, key: str, actor: Actor) -> rounds.Planned:
    return getattr(rounds, f"to_{act}")(of(key), actor, rounds.homes(INCIDENT))


def press(act: str, key: str, actor: Actor = HEAD) -> int:
    planned = rounds.to_pay(of(key), actor) if act == "pay" else plan(act, key, actor)
    return rounds.do(planned, planned.number, actor)


def test_a_round_counts_once_another_person_approved_it(household: str) -> None:
    judged(D.DESTROYED, 1)
    ref = schemes.scheme_ref(INCIDENT, "", FIRST["name"])
    fact = SchemeProposed(terms=Terms.model_validate(FIRST))
    with pytest.raises(Forbidden):
        record(Draft(fact, ref, incident=INCIDENT), CLERK)
    (entry,) = record(Draft(fact, ref, incident=INCIDENT), HEAD)
    assert not [d for d in entitlements.due(INCIDENT, household) if "義援金" in d.scheme.name.ja]
    (waits,) = panels.schemes_to_approve(INCIDENT)
    assert "1件" in waits.text.ja
    with pytest.raises(Refused, match="案を出した本人は承認できません"):
        record(Draft(SchemeApproved(approved=entry.id), ref, incident=INCIDENT), HEAD)
    with pytest.raises(Refused, match="その版はありません"):
        record(Draft(SchemeApproved(approved="nothing"), ref, incident=INCIDENT), JUDGE)
    record(Draft(SchemeApproved(approved=entry.id), ref, incident=INCIDENT), JUDGE)
    assert not list(panels.schemes_to_approve(INCIDENT))
    mine, people = (d for d in entitlements.due(INCIDENT, household) if "義援金" in d.scheme.name.ja)
    assert mine.owed == 1_000_000 and "厚第123号" in mine.scheme.source.ja
    assert people.owed is None and "重傷者 100,000円" in people.why.ja
    assert entitlements.not_asked([people, mine])[0] is mine, "what has an amount stands first"
    (held,) = (p for p in rounds.programmes(INCIDENT) if p.row and p.row.fund)
    assert rounds.figures(held, rounds.homes(INCIDENT)) == rounds.Figures(1, 1_000_000, 1, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"by_class": {}, "persons": [], "as_class": []}, "額を一つ以上"),
        ({"as_class": [{"label": "解体", "damage": D.HALF}]}, "その額がありません"),
        ({"persons": [{"label": "重傷者", "yen": 1}] * 2}, "同じ区分"),
        ({"of": "livelihood-base", "persons": [], "as_class": []}, "額を入れられません"),
        ({"of": "tax-relief", "as_class": []}, "被害の程度ごと"),
    ],
)
def test_what_cannot_have_been_decided_is_refused(changes: dict[str, object], why: str) -> None:
    fact = SchemeProposed(terms=Terms.model_validate({**FIRST, **changes}))
    with pytest.raises(Refused, match=why):
        record(Draft(fact, schemes.scheme_ref(INCIDENT, "", "x"), incident=INCIDENT), HEAD)


def test_decided_and_paid_by_a_list_once_and_overpaid_when_the_class_changes(household: str) -> None:
    judged(D.DESTROYED, 1)
    key = told(FIRST)
    received = MoneyReceived(fund=Fund.PREFECTURE, yen=1_500_000, received_on=date(2024, 2, 5), paper="県通知")
    record(Draft(received, "relief.money:1", incident=INCIDENT), HEAD)
    ask(key, household)
    ask(f"{key}/person", household, PERSON, 1)
    assert plan("decide", key, CLERK).left == 2, "whoever took a claim does not decide it"
    assert press("decide", key) == 2
    planned = rounds.to_pay(of(key), HEAD)
    assert (planned.yen, len(planned.drafts)) == (1_100_000, 2)
    assert rounds.do(rounds.to_pay(of(key), HEAD, "支払一覧"), planned.number, HEAD) == 2
    with pytest.raises(Refused, match="表示してから内容が変わりました"):
        rounds.do(rounds.to_pay(of(key), HEAD), planned.number, HEAD)
    with pytest.raises(Refused, match="対象がありません"):
        press("pay", key)
    assert rounds.accounts(INCIDENT)[0] == rounds.Account(Fund.PREFECTURE, 1_500_000, 1_100_000, 1_100_000)

    judged(D.LARGE_HALF, 2)
    row = ClaimRow.objects.get(person="")
    assert (row.amount, row.owed, row.over) == (1_000_000, 500_000, 500_000)
    assert "relief.paid_as_decided" in [law.name for law, _ in breaches()]
    assert press("decide", key) == 1
    record(Draft(SupportPaid(amount=-500_000, note="返還"), row.subject), HEAD)
    row.refresh_from_db()
    assert (row.amount, row.paid, row.over) == (500_000, 500_000, 0)
    assert rounds.figures(of(key), rounds.homes(INCIDENT)).over == 0
    assert not list(rounds.fund_covers())
    record(Draft(MoneyCancelled(cancelled="二重に入力"), "relief.money:1"), HEAD)
    assert rounds.accounts(INCIDENT)[0].left == -600_000 and len(list(rounds.fund_covers())) == 1
    tables = contents()
    rebuild()
    assert contents() == tables


def test_the_same_amount_decided_once_more_is_another_act(household: str) -> None:
    key = told(FIRST)
    judged(D.DESTROYED, 1)
    ref = ask(key, household)
    for found, round, amount in ((D.DESTROYED, 0, 1_000_000), (D.LARGE_HALF, 2, 500_000), (D.DESTROYED, 3, 1_000_000)):
        if round:
            judged(found, round)
        assert press("decide", key) == 1
        assert ClaimRow.objects.get(subject=ref).amount == amount


def test_a_corrected_table_reckons_what_was_decided(household: str) -> None:
    judged(D.LARGE_HALF, 1)
    key = told(FIRST)
    ref = ask(key, household)
    press("decide", key)
    told({**FIRST, "by_class": {D.DESTROYED: 1_000_000, D.LARGE_HALF: 600_000}}, by=OTHER_HEAD)
    row = ClaimRow.objects.get(subject=ref)
    assert (row.amount, row.owed) == (500_000, 600_000)
    assert press("decide", key) == 1 and press("pay", key) == 1
    assert [r.in_force for r in SchemeRow.objects.order_by("number")] == [False, True]
    with pytest.raises(Refused, match="同じ順"):
        told({**FIRST, "persons": FIRST["persons"][1:]})


def test_pulled_down_counts_as_destroyed_and_a_household_of_one_gets_its_share(household: str) -> None:
    judged(D.HALF, 1)
    key = told({**FIRST, "basis": "register", "single_percent": 75})
    assert key not in [d.scheme.key for d in entitlements.due(INCIDENT, household)], "half destroyed gets nothing"
    ask(key, household, case=0)
    press("decide", key)
    assert ClaimRow.objects.get().amount == 750_000


def test_the_next_round_takes_over_who_asked_before_and_not_who_was_refused(household: str) -> None:
    judged(D.DESTROYED, 1)
    first = told(FIRST)
    ask(first, household)
    ask(f"{first}/person", household, PERSON, 1)
    second = told(SECOND)
    assert press("carry", second, CLERK) == 2
    carried = {c.person: c for c in ClaimRow.objects.filter(scheme__startswith=second)}
    assert carried[PERSON].case == 0, "the badly injured are the first case of the second table"
    assert "の申請のとおり 通帳を確認" in carried[""].account
    press("decide", second)
    assert sorted(c.amount or 0 for c in ClaimRow.objects.filter(scheme__startswith=second)) == [100_000, 200_000]
    record(Draft(SupportRefused(reason="対象外"), carried[PERSON].subject), HEAD)
    assert not plan("carry", second, CLERK).drafts
    assert not plan("carry", first, CLERK).drafts


def test_one_person_is_asked_for_once_whichever_household_asks(household: str) -> None:
    key = told(FIRST)
    ref = ask(f"{key}/person", household, PERSON, 0)
    fact = SupportAsked(scheme=f"{key}/person", household="residents.household:other", person=PERSON, case=0)
    assert victims.claim_ref(INCIDENT, f"{key}/person", "residents.household:other", PERSON) == ref
    with pytest.raises(Refused, match="申請済み"):
        record(Draft(fact, ref, incident=INCIDENT), CLERK)
    # a claim from before a household was protected, and one since: shown
    assert not list(entitlements.asked_once())
    sealed = victims.claim_ref(INCIDENT, f"{key}/person", household, PERSON, protected=True)
    record(Draft(victims.SEALED[SupportAsked](**fact.model_dump()), sealed, incident=INCIDENT), system("test"))
    (found,) = entitlements.asked_once()
    assert set(found.subjects) == {ref, sealed}


def test_two_offices_that_pay_one_round_apart_meet_and_are_shown(household: str) -> None:
    founded("north")
    judged(D.DESTROYED, 1)
    key = told(FIRST)
    ref = ask(key, household)
    press("decide", key)
    exchange("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert press("pay", key, HEAD) == 1
    exchange("north", "default")
    row = ClaimRow.objects.get(subject=ref)
    assert row.paid == 1_000_000, "one list, one number: the same payment"
    with worlds.inhabit("north"):
        record(Draft(SupportPaid(amount=-1), ref), HEAD)
        record(Draft(SupportPaid(amount=1, note="窓口"), ref), HEAD)
    record(Draft(SupportPaid(amount=-1), ref), HEAD)
    record(Draft(SupportPaid(amount=1), ref), HEAD)
    exchange("north", "default")
    row.refresh_from_db()
    assert (row.payments, row.over) == (5, 0)


def test_the_pages_from_the_table_to_the_payment_list(household: str) -> None:
    judged(D.DESTROYED, 1)
    clerk, head, approver = client_of("clerk"), client_of("headquarters"), client_of("approver")
    index = f"/relief/schemes/?incident={INCIDENT}"
    assert "法令の制度" in clerk.get(index).content.decode() and client_of("staff").get(index).status_code == 403
    new = f"/relief/schemes/new/?incident={INCIDENT}"
    assert clerk.get(new).status_code == 403
    html = head.get(new).content.decode()
    assert 'value="義援金 第1次配分"' in html and "死者・行方不明者" in html
    sent = dict(re.findall(r'<input[^>]* name="([\w-]+)"[^>]*? value="([^"]*)"', html))
    sent |= {"fund": "prefecture", "basis": "suffered", "as-class-0": "destroyed", "class-destroyed": "百万"}
    wrong = head.post(new, sent)
    assert wrong.status_code == 422 and "「百万」は金額ではありません" in wrong.content.decode()
    sent |= {"class-destroyed": "１００万円", "person-yen-1": "100,000", "decided_by": "県配分委員会"}
    sent |= {"decided_on": "2024-02-01", "paper": "厚第123号", "conditions": "世帯主の口座に限る。"}
    done = head.post(new, sent)
    assert done.status_code == 303, re.findall(r"error[^>]*>([^<]+)<", done.content.decode())
    page, key = done["Location"], done["Location"].partition("?")[0].split("/")[-2]
    assert head.post(new, sent | {"id": "00000000-0000-4000-8000-000000000009"}).status_code == 422, "there already"
    assert "承認待ち" in clerk.get(index).content.decode()
    version = SchemeRow.objects.get().version
    approve = {"act": "approve", "version": version, "incident": INCIDENT}
    assert head.post(page, approve).status_code == 422
    assert approver.post(page, approve).status_code == 303
    assert "世帯主の口座に限る" in clerk.get(page).content.decode()

    unasked = clerk.get(f"/relief/schemes/{key}/unasked/?incident={INCIDENT}&as=csv").content.decode("utf-8-sig")
    assert "灯　太郎" in unasked and "1000000" in unasked.replace(",", "")
    base = f"/relief/victims/{household.partition(':')[2]}/"
    mine = clerk.get(f"{base}?incident={INCIDENT}").content.decode()
    assert "義援金 第1次配分" in mine and "世帯主の口座に限る" in mine
    asked = {"incident": INCIDENT, "scheme": key, "account": "通帳の写しを確認"}
    assert clerk.post(f"{base}ask/", asked).status_code == 303
    person = {**asked, "scheme": f"{key}/person", "case": "0"}
    assert clerk.post(f"{base}ask/", person).status_code == 422, "for whom?"

    def number(act: str) -> str:
        found = re.search(
            rf'value="{act}"><input type="hidden" name="number" value="(\w+)"', head.get(page).content.decode()
        )
        assert found
        return found[1]

    decide = {"act": "decide", "number": number("decide"), "incident": INCIDENT}
    assert clerk.post(page, decide).status_code in (403, 422)
    assert head.post(page, decide).status_code == 303
    listed = f"/relief/schemes/{key}/payments"
    assert clerk.get(f"{listed}.pdf?incident={INCIDENT}").status_code == 403
    pdf = pypdf.PdfReader(io.BytesIO(head.get(f"{listed}.pdf?incident={INCIDENT}").content)).pages[0].extract_text()
    paid = {"act": "pay", "number": number("pay"), "incident": INCIDENT, "paid_on": "2024-03-01"}
    assert paid["number"] in pdf and "1,000,000" in pdf and "通帳の写しを確認" in pdf
    sheet = openpyxl.load_workbook(io.BytesIO(head.get(f"{listed}.xlsx?incident={INCIDENT}").content)).active
    assert sheet is not None and 1_000_000 in [c.value for row in sheet.iter_rows() for c in row]
    assert Reading.objects.filter(subject=household, where__contains="payments").exists()
    assert head.post(page, paid | {"paid_on": "x"}).status_code == 422
    assert head.post(page, paid).status_code == 303
    assert head.post(page, paid).status_code == 422, "the list is paid"
    assert f"2024-03-01 支払一覧 {paid['number']}" in clerk.get(f"{base}?incident={INCIDENT}").content.decode()
    claims = clerk.get(f"/relief/schemes/{key}/claims/?incident={INCIDENT}&state=paid").content.decode()
    assert "灯　太郎" in claims and "支払済み" in claims
    assert "灯　太郎" not in clerk.get(f"/relief/schemes/{key}/claims/?incident={INCIDENT}&state=over").content.decode()
    money = {
        "fund": "prefecture",
        "yen": "５０万",
        "received_on": "2024-02-05",
        "paper": "県通知",
        "incident": INCIDENT,
    }
    assert head.post("/relief/schemes/", {**money, "yen": "?"}).status_code == 422
    assert head.post("/relief/schemes/", money).status_code == 303
    html = head.get(index).content.decode()
    assert "-500,000" in html and "500,000 円足りません" in html
    assert "義援金 第1次配分 1,000,000" in clerk.get(f"/relief/victims/?incident={INCIDENT}&as=csv").content.decode()


def test_a_protected_households_claims_are_on_nobodys_list_but_the_fews(household: str) -> None:
    judged(D.DESTROYED, 1)
    key = told(FIRST)
    ask(key, household)
    press("decide", key)
    record(Draft(ProtectionSet(), PERSON), system("test"))
    assert not rounds.to_pay(of(key), HEAD).drafts and not plan("carry", told(SECOND), CLERK).drafts
    head, few = client_of("headquarters"), client_of("administrator")
    for path in ("claims/", "unasked/", "payments.csv"):
        shown = head.get(f"/relief/schemes/{key}/{path}?incident={INCIDENT}&as=csv").content.decode("utf-8-sig")
        assert "灯　太郎" not in shown and "梅本" not in shown, path
    assert "灯　太郎" in few.get(f"/relief/schemes/{key}/payments.csv?incident={INCIDENT}").content.decode("utf-8-sig")
    assert press("pay", key, system("few")) == 1
    assert "relief.protected_support_paid" not in set(EntryRow.objects.values_list("kind", flat=True)), (
        "its claim was taken before: the fact is of that claim's kind"
    )


def test_figures_for_a_scheme_of_the_law_are_entered_the_same_way(household: str) -> None:
    judged(D.DESTROYED, 1)
    assert next(d for d in entitlements.due(INCIDENT, household) if d.scheme.key == "tax-relief").owed is None
    told({**PAPER, "of": "tax-relief", "name": "市町村税の減免", "by_class": {D.DESTROYED: 30_000}})
    due = next(d for d in entitlements.due(INCIDENT, household) if d.scheme.key == "tax-relief")
    assert due.owed == 30_000 and due.scheme.sure and "厚第123号" in due.scheme.source.ja
    told({**PAPER, "of": "loan", "name": "災害援護資金", "by_class": {D.DESTROYED: 2_500_000}})
    due = next(d for d in entitlements.due(INCIDENT, household) if d.scheme.key == "loan")
    assert due.owed is None and "限度額 2,500,000円" in due.why.ja


@given(st.integers(0, 10**8))
def test_yen_are_read_as_people_write_them(yen: int) -> None:
    wide = str(yen).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    assert yen_of(f"{yen:,}") == yen_of(f"{yen}円") == yen_of(wide) == yen
    assert yen_of(f"{yen * 10_000:,}") == yen_of(f"{yen}万円") == yen_of(f"{wide}万")


@pytest.mark.parametrize("wrong", ["", "百", "1.5", "NaN", "-"])
def test_what_is_no_amount_is_not_guessed(wrong: str) -> None:
    with pytest.raises(ValueError):
        yen_of(wrong)
