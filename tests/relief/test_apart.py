"""Two counters apart: whatever each did meanwhile, they meet with the same tables, and what clashes is shown to both,
can be settled, and is gone then.
"""

# a fixture's name is an argument's name

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.journal.worlds import exchange, founded
from tests.relief import house
from tests.relief.house import CLERK, HEAD, INCIDENT, JUDGE, SURVEYOR
from tests.relief.test_rounds import FIRST, told
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Forbidden, Refused, decode, settling
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.states import Subject
from tomoshibi.relief import issuing, keys, layouts, queries, reckoning, rounds, victims
from tomoshibi.relief.facts import DwellingDescribed, Judged, SurveyPlanned
from tomoshibi.relief.layouts import LayoutApproved, LayoutProposed
from tomoshibi.relief.models import ApplicationRow, CertificateRow
from tomoshibi.relief.paper_models import LayoutRow
from tomoshibi.relief.papers import (
    ApplicationCorrected,
    ApplicationWithdrawn,
    Applied,
    CertificateReissued,
    CertificateRevoked,
    kind_for,
)
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.victim_models import ClaimRow, payable
from tomoshibi.relief.victims import (
    SupportAsked,
    SupportCaseTold,
    SupportDecided,
    SupportPaid,
    SupportRefused,
)
from tomoshibi.relief.words import Kind, Standing
from tomoshibi.residents import queries as residents
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import ProtectionLifted, ProtectionSet, WhereaboutsTold
from tomoshibi.residents.households import HouseholdFound, subject_for
from tomoshibi.residents.identity_facts import Merged, Parted
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary.damage import DamageClass as D
from tomoshibi.vocabulary.support import Rebuilding

pytestmark = pytest.mark.django_db(databases=["default", "north"])
FEW = system("few")
HOUSES = [Dwelling.ref("one"), Dwelling.ref("two")]
PEOPLE = [f"residents.person:00000000-0000-4000-8000-00000000000{n}" for n in range(1, 5)]
SCHEMES = ("livelihood-base", "livelihood-added", "loan")
LAYOUT = layouts.Layout.ref("disaster")


class Counter:
    """One counter's clerk, surveyor, judge and head of department, who do what comes."""

    def __init__(self, dice: random.Random, money: str) -> None:
        self.dice, self.schemes, self.done = dice, (*SCHEMES, money), 0

    def act(self) -> None:
        """Something: what cannot be is refused, and nothing comes of it."""
        with suppress(Refused, Forbidden):
            self.dice.choice(self.acts)(self)
            self.done += 1

    def say(self, fact: object, subject: str, actor: Actor = FEW) -> None:
        record(Draft(fact, subject, incident=INCIDENT), actor)  # type: ignore[arg-type]

    def home(self) -> residents.Household:
        who = residents.person(self.dice.choice(PEOPLE), FEW)
        assert who is not None
        found = residents.household(who.household, FEW)
        assert found is not None
        return found

    def apply(self) -> None:
        home, where = self.home(), self.dice.choice(HOUSES)
        hidden = any(m.protected for m in home.members)
        said = house.applied(
            household=home.ref,
            dwelling=where,
            householder=home.head.name,
            contact=f"電話 {self.dice.randrange(3)}",
            members=[{"name": m.name} for m in home.members],
        )
        fact = kind_for(Applied, hidden)(**said.model_dump(exclude_unset=True))
        self.say(fact, keys.application(INCIDENT, home.ref, where, protected=hidden))

    def application(self) -> ApplicationRow:
        rows = list(ApplicationRow.objects.order_by("subject"))
        if not rows:
            raise Refused(issuing.undisclosed())
        return self.dice.choice(rows)

    def correct(self) -> None:
        row = self.application()
        address = f"灯市平字梅本{self.dice.randrange(9)}番地"
        self.say(kind_for(ApplicationCorrected, row.protected)(householder_address=address), row.subject)

    def withdraw(self) -> None:
        row = self.application()
        self.say(kind_for(ApplicationWithdrawn, row.protected)(reason="取下げ"), row.subject)

    def survey(self) -> None:
        where = self.dice.choice(HOUSES)
        last = queries.rounds(INCIDENT, where).last()
        number = last.round + 1 if last else 1
        ref = keys.survey(INCIDENT, where, number)
        self.say(SurveyPlanned(dwelling=where, round=number, disaster_on=house.DAY, reason="再調査"), ref, CLERK)
        self.say(house.surveyed, ref, SURVEYOR)
        found = self.dice.choice([D.DESTROYED, D.LARGE_HALF, D.MEDIUM_HALF, D.PARTIAL])
        self.say(Judged(damage_class=found, judge_reason="内部"), ref, JUDGE)

    def issue(self) -> None:
        issuing.issue(self.application().subject, FEW, copies=self.dice.randrange(1, 4))

    def certificate(self) -> CertificateRow:
        rows = list(CertificateRow.objects.order_by("subject"))
        if not rows:
            raise Refused(issuing.undisclosed())
        return self.dice.choice(rows)

    def reissue(self) -> None:
        row = self.certificate()
        self.say(kind_for(CertificateReissued, row.protected)(copies=1, reason="汚した"), row.subject)

    def revoke(self) -> None:
        row = self.certificate()
        self.say(kind_for(CertificateRevoked, row.protected)(reason="誤り"), row.subject)

    def ask(self) -> None:
        home, scheme = self.home(), self.dice.choice(self.schemes)
        hidden = any(m.protected for m in home.members)
        fact = kind_for(SupportAsked, hidden)(
            scheme=scheme, household=home.ref, account=f"通帳 {self.dice.randrange(3)}", rebuilding=Rebuilding.REPAIR
        )
        self.say(fact, victims.claim_ref(INCIDENT, scheme, home.ref, protected=hidden), CLERK if not hidden else FEW)

    def claim(self) -> ClaimRow:
        rows = list(ClaimRow.objects.order_by("subject"))
        if not rows:
            raise Refused(issuing.undisclosed())
        return self.dice.choice(rows)

    def decide(self) -> None:
        row = self.claim()
        found = self.dice.choice([D.DESTROYED, D.LARGE_HALF])
        fact = SupportDecided(amount=self.dice.choice([1_000_000, 500_000]), damage_class=found, people=2)
        self.say(kind_for(SupportDecided, row.protected)(**fact.model_dump()), row.subject, HEAD)

    def pay(self) -> None:
        row = self.claim()
        self.say(kind_for(SupportPaid, row.protected)(amount=row.rest, note=str(self.dice.random())), row.subject)

    def refuse(self) -> None:
        row = self.claim()
        self.say(kind_for(SupportRefused, row.protected)(reason="対象外"), row.subject)

    def tell_case(self) -> None:
        row = self.claim()
        self.say(
            kind_for(SupportCaseTold, row.protected)(rebuilding=self.dice.choice(list(Rebuilding)), paper="契約書"),
            row.subject,
        )

    def pay_by_list(self) -> None:
        held = rounds.programme(INCIDENT, self.schemes[-1])
        assert held is not None
        act = self.dice.choice(["carry", "decide", "pay"])
        planned = (
            rounds.to_pay(held, FEW)
            if act == "pay"
            else getattr(rounds, f"to_{act}")(held, FEW, rounds.homes(INCIDENT))
        )
        rounds.do(planned, planned.number, FEW)

    def protect(self) -> None:
        self.say(ProtectionSet(), self.dice.choice(PEOPLE))

    def lift(self) -> None:
        self.say(ProtectionLifted(document="1"), self.dice.choice(PEOPLE))

    def move(self) -> None:
        key = self.dice.choice(PEOPLE).partition(":")[2]
        self.say(WhereaboutsTold(address=f"灯市平{self.dice.randrange(9)}"), f"residents.whereabouts:{key}")

    def merge(self) -> None:
        one, other = self.dice.sample(PEOPLE, 2)
        self.say(Merged(other=other, reason="同じ生年月日"), f"residents.identity:{one.partition(':')[2]}")

    def part(self) -> None:
        self.say(Parted(reason="別人"), f"residents.identity:{self.dice.choice(PEOPLE).partition(':')[2]}")

    def find(self) -> None:
        one, *others = self.dice.sample(PEOPLE, self.dice.randrange(1, 4))
        fact = HouseholdFound(of_incident=INCIDENT, sense=Sense.SUFFERED, members=(one, *others))
        self.say(fact, subject_for(INCIDENT, Sense.SUFFERED, one))

    def approve(self) -> None:
        version = self.dice.choice(["", *LayoutRow.objects.order_by("version").values_list("version", flat=True)])
        self.say(LayoutApproved(approved=version), LAYOUT, JUDGE)

    acts: tuple[Callable[[Counter], None], ...] = (
        apply, apply, correct, withdraw, survey, survey, issue, issue, reissue, revoke, ask, ask, ask, decide, decide,
        pay, pay, refuse, tell_case, pay_by_list, protect, lift, move, merge, part, find, approve,
    )  # fmt: skip


def both_ways(dice: random.Random) -> None:
    way = [("default", "north"), ("north", "default")]
    for source, target in dice.sample(way, 2) * 2:
        exchange(source, target)


def shown() -> dict[str, set[tuple[str, ...]]]:
    return {law.name: {f.subjects for f in found} for law, found in breaches()}


@pytest.mark.fuzz
def test_whatever_two_counters_did_apart_they_meet_as_one(trials: Callable[[int, int], int]) -> None:
    founded("default", "north")
    house.shaken()
    record([Draft(DwellingDescribed(address=f"灯市平{n}番地"), ref) for n, ref in enumerate(HOUSES)], FEW)
    for n, ref in enumerate(PEOPLE):
        record(added(f"灯　{'太次三四'[n]}郎", key=ref.partition(":")[2], address=f"灯市平{n}番地"), FEW)
    record(Draft(LayoutProposed(source=layouts.standard(Kind.DISASTER) + "\n", note="案"), LAYOUT), HEAD)
    money = told(FIRST)
    exchange("default", "north")
    for seed in range(trials(1, 40)):
        dice = random.Random(seed)  # a walk, not a secret
        counters = {alias: Counter(dice, money) for alias in ("default", "north")}
        for _ in range(2):
            for alias, counter in counters.items():
                with worlds.inhabit(alias):
                    for _ in range(35):
                        counter.act()
                    while tasks.tick():
                        pass
            both_ways(dice)
        assert all(c.done > 20 for c in counters.values())
        meet(dice)
        settle(dice)


def meet(dice: random.Random) -> None:
    """Both have the same tables, which are those of the journal; clashes are the same, and nothing paid is hidden."""
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            reckoning.reckon()
    both_ways(dice)
    seen = {}
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert reckoning.reckon() == 0, "what both reckoned is reckoned"
            tables = contents()
            rebuild()
            assert contents() == tables, alias
            seen[alias] = (tables, shown())
            given = EntryRow.objects.filter(kind__endswith="certificate_issued").values_list("subject", flat=True)
            assert set(given) == set(CertificateRow.objects.values_list("subject", flat=True)), "no number is lost"
            serials = list(CertificateRow.objects.values_list("serial", flat=True))
            assert len(set(serials)) == len(serials)
            over = {(c.subject,) for c in ClaimRow.objects.all() if c.paid > payable(c.amount, c.owed, c.refused)}
            assert over == shown().get("relief.paid_as_decided", set())
            for claim in ClaimRow.objects.all():
                paid = EntryRow.objects.filter(subject=claim.subject, kind__endswith="support_paid")
                assert len(set(paid.values_list("id", flat=True))) == claim.payments
    assert seen["default"][1] == seen["north"][1]
    for table, rows in seen["default"][0].items():
        assert rows == seen["north"][0][table], table


def settle(dice: random.Random) -> None:
    """Every dispute and every breach can be settled by people, at one counter, and then both see none."""
    with worlds.inhabit("default"):
        for row in SubjectRow.objects.exclude(conflicts="[]"):
            while disputes := SubjectRow.objects.get(subject=row.subject).disputes:  # one may settle another
                part, rivals = disputes[0]["part"], [r["entry"] for r in disputes[0]["rivals"]]
                assert any(chosen(row, part, entry) for entry in rivals), (row.type, disputes[0])
        for row in ClaimRow.objects.filter(over__gt=0):
            record(Draft(kind_for(SupportPaid, row.protected)(amount=-row.over), row.subject), FEW)
        for subjects in shown().get("relief.asked_once", ()):
            for ref in subjects[1:]:
                row = ClaimRow.objects.get(subject=ref)
                if row.paid:
                    record(Draft(kind_for(SupportPaid, row.protected)(amount=-row.paid), ref), FEW)
                record(Draft(kind_for(SupportRefused, row.protected)(reason="重複"), ref), FEW)
        for law in ("relief.certified_once", "relief.certified_as_judged", "relief.applied_for"):
            for subjects in shown().get(law, ()):
                for ref in subjects[-1:] if law != "relief.certified_once" else subjects[1:]:
                    if CertificateRow.objects.get(subject=ref).standing == Standing.VALID:
                        hidden = CertificateRow.objects.get(subject=ref).protected
                        record(Draft(kind_for(CertificateRevoked, hidden)(reason="重複"), ref), FEW)
    both_ways(dice)
    laws = {"relief.paid_as_decided", "relief.asked_once", "relief.certified_once", "relief.certified_as_judged"}
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            assert not laws & set(shown()) and not SubjectRow.objects.exclude(conflicts="[]").exists()


def chosen(row: SubjectRow, part: str, entry: str) -> bool:
    """The conflicts page's button of one rival; False where it is refused."""
    told = EntryRow.objects.filter(id=entry)[0]
    fact, _ = decode(told.kind, told.version, told.payload or "")
    cls = Subject.of(row.subject)
    assert fact is not None and cls is not None
    heads = SubjectRow.objects.get(subject=row.subject).head_ids
    for who in (FEW, system("others"), JUDGE):  # who surveyed does not judge, who told a case does not decide
        with suppress(Refused):
            said = settling(fact, getattr(cls, part))
            record(Draft(said, row.subject, heads, str(uuid.uuid4()), None, told.incident), who)
            return True
    return False
