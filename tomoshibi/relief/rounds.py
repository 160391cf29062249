"""What a scheme comes to in a disaster, and the acts on many claims: carried over, decided, paid by a list.

Each act is shown before it is done, under a number of what it would do; pressed after something has changed, it is
refused and shown anew. A payment list carries that number on paper, and every payment names the list that it was on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import batched

from django.db.models import Count, F, Q, QuerySet, Sum

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import entitlements, issuing, schemes
from tomoshibi.relief.entitlements import ORDER
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.papers import kind_for
from tomoshibi.relief.queries import whole
from tomoshibi.relief.schemes import PERSONS, Fund
from tomoshibi.relief.victim_models import ClaimRow, MoneyRow, SchemeRow
from tomoshibi.relief.victims import SupportAsked, SupportDecided, SupportPaid, claim_ref
from tomoshibi.relief.words import Kind
from tomoshibi.residents import queries as residents
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Basis, Rebuilding, Scheme

#: most claims of one press of a button, and of one payment list
LARGEST = 1000


@dataclass(frozen=True)
class Programme:
    """One scheme of an incident with its parts (for households, for people); ``row``: what the town entered of it."""

    incident: str
    key: str
    parts: tuple[Scheme, ...]
    row: SchemeRow | None

    @property
    def name(self) -> T:
        """What it is called."""
        return self.parts[0].name if self.row is None or self.row.of else T(self.row.name, self.row.name)

    @cached_property
    def keys(self) -> list[str]:
        """What claims for it are kept under."""
        return [self.key, self.key + PERSONS]

    @property
    def closed(self) -> bool:
        """Whether it takes no more claims."""
        return self.row is not None and bool(self.row.closed)

    def household_part(self) -> Scheme | None:
        """What it gives to households; None where it is for people alone."""
        return next((s for s in self.parts if s.basis is not Basis.PERSON), None)

    def claims(self) -> QuerySet[ClaimRow]:
        """Every claim for it, the first asked first."""
        found = ClaimRow.objects.filter(incident__in=whole(self.incident), scheme__in=self.keys)
        return found.order_by("asked_at", "subject")


def programmes(incident: str) -> list[Programme]:
    """Every scheme of an incident: its own first. Empty where the incident has no day."""
    day = issuing.disaster_day(incident)
    if day is None:
        return []
    rows = {row.scheme: row for row in schemes.local(incident)}
    parts: dict[str, list[Scheme]] = {}
    for scheme in schemes.schemes_for(incident, day):
        parts.setdefault(scheme.key.removesuffix(PERSONS), []).append(scheme)
    return [Programme(incident, key, tuple(some), rows.get(key)) for key, some in parts.items()]


def programme(incident: str, key: str) -> Programme | None:
    """The scheme of that key."""
    return next((p for p in programmes(incident) if p.key == key), None)


@dataclass(frozen=True, slots=True)
class Home:
    """A household that applied: the worst class that was judged of its dwellings, and how many suffered."""

    damage: DamageClass
    people: int


@dataclass(frozen=True)
class Homes:
    """Households by reference, and which of them are alike: of tens of thousands there are some dozen kinds."""

    of: dict[str, Home]

    @cached_property
    def alike(self) -> dict[Home, set[str]]:
        """Households by what they are like."""
        found: dict[Home, set[str]] = {}
        for ref, home in self.of.items():
            found.setdefault(home, set()).add(ref)
        return found


def homes(incident: str) -> Homes:
    """Households of which a dwelling was judged."""
    inside = whole(incident)
    judged = entitlements.judged_last(inside)
    rows = ApplicationRow.objects.filter(incident__in=inside, withdrawn=False, kind=Kind.DISASTER)
    found: dict[str, Home] = {}
    for household, dwelling, members in rows.exclude(household="").values_list("household", "dwelling", "members"):
        damage = judged.get(dwelling)
        if damage is None:
            continue
        people, before = len(json.loads(members)), found.get(household)
        if before is not None:
            damage = min(damage, before.damage, key=ORDER.index)
        found[household] = Home(damage, people or (before.people if before else 0))
    return Homes(found)


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a scheme is, in claims and yen.

    ``entitled`` households by their judged class, ``needed`` what these come to in all (by who suffered; what a person
    has to say is not in it), ``unasked`` of them have not asked.
    """

    entitled: int
    needed: int
    unasked: int
    asked: int
    to_decide: int
    decided: int
    paid: int
    to_pay: int
    over: int


def figures(of: Programme, known: Homes) -> Figures:
    """Counts and sums of a scheme; ``known``: the incident's :func:`homes`."""
    part = of.household_part()
    each = {home: part.amount(home.damage, home.people) or 0 for home in known.alike} if part else {}
    entitled = {ref for home, yen in each.items() if yen for ref in known.alike[home]}
    standing = of.claims().filter(refused="").order_by()
    have = set(of.claims().filter(person="").values_list("household", flat=True))  # whoever was refused has asked
    sums = standing.aggregate(
        n=Count("pk"),
        decided=Sum("amount"),
        waiting=Count("pk", filter=Q(amount=None)),
    )
    money = of.claims().order_by().aggregate(paid=Sum("paid"), over=Sum("over"))
    rest = standing.filter(paid__lt=F("amount")).aggregate(n=Count("pk"))
    return Figures(
        entitled=len(entitled),
        needed=sum(yen * len(known.alike[home]) for home, yen in each.items()),
        unasked=len(entitled - have),
        asked=sums["n"],
        to_decide=sums["waiting"],
        decided=sums["decided"] or 0,
        paid=money["paid"] or 0,
        to_pay=rest["n"],
        over=money["over"] or 0,
    )


@dataclass(frozen=True, slots=True)
class Account:
    """One fund of relief money in yen: what came in, was decided and was paid, and what is left to pay from."""

    fund: Fund
    received: int
    decided: int
    paid: int

    @property
    def left(self) -> int:
        """What came in and has not gone out."""
        return self.received - self.paid

    @property
    def free(self) -> int:
        """What nobody has been promised; negative: more was decided than came in."""
        return self.received - max(self.decided, self.paid)

    @property
    def short(self) -> int:
        """How much is missing of what was decided."""
        return max(-self.free, 0)


def accounts(incident: str) -> list[Account]:
    """Each fund of an incident."""
    inside = whole(incident)
    received = dict(MoneyRow.objects.filter(incident__in=inside).order_by().values_list("fund").annotate(n=Sum("yen")))
    spent = {fund: [0, 0] for fund in Fund}
    for row in schemes.local(incident):
        if row.fund:
            keys = (row.scheme, row.scheme + PERSONS)
            found = ClaimRow.objects.filter(incident__in=inside, scheme__in=keys)
            decided = found.filter(refused="").aggregate(n=Sum("amount"))["n"] or 0
            paid = found.aggregate(n=Sum("paid"))["n"] or 0
            spent[Fund(row.fund)][0] += decided
            spent[Fund(row.fund)][1] += paid
    return [Account(fund, received.get(fund.value, 0), *spent[fund]) for fund in Fund]


@dataclass(frozen=True, slots=True)
class Planned:
    """What an act would do: each claim (or reference of a claim to be) with its yen, and the number of all that."""

    drafts: tuple[Draft, ...]
    #: the claims themselves, of a payment list
    claims: tuple[ClaimRow, ...]
    yen: int
    #: how many more wait behind these, or are left to another person
    left: int
    number: str


def _planned(drafts: Sequence[tuple[Draft, int]], left: int, salt: str, claims: Iterable[ClaimRow] = ()) -> Planned:
    text = "\n".join(f"{d.subject} {yen}" for d, yen in drafts)
    number = sha256(f"{salt}\n{text}".encode()).hexdigest()[:8].upper()
    return Planned(tuple(d for d, _ in drafts), tuple(claims), sum(yen for _, yen in drafts), left, number)


def to_carry(of: Programme, actor: Actor, known: Homes) -> Planned:
    """Claims of those who asked for another round of relief money and are entitled to this one, with that account."""
    mine = set(of.claims().values_list("household", "person"))  # whoever was refused is not asked for again
    others = [p for p in programmes(of.incident) if p.row and p.row.fund and p.key != of.key]
    earlier = ClaimRow.objects.filter(
        incident__in=whole(of.incident), scheme__in=[k for p in others for k in p.keys], refused=""
    ).order_by("asked_at", "subject")
    labels = {p.key + PERSONS: s.by_case for p in others for s in p.parts if s.basis is Basis.PERSON}
    part = of.household_part()
    cases = {label.ja: n for s in of.parts if s.basis is Basis.PERSON for n, (label, _) in enumerate(s.by_case)}
    wanted: dict[tuple[str, str], tuple[ClaimRow, int | None, str]] = {}
    for claim in entitlements.claims_seen(actor, earlier):
        who = (claim.household, claim.person)
        if who in mine or who in wanted:
            continue
        if claim.person:
            by_case = labels.get(claim.scheme, ())
            label = by_case[claim.case][0].ja if claim.case is not None and claim.case < len(by_case) else ""
            if label in cases:
                wanted[who] = (claim, cases[label], of.key + PERSONS)
        elif part is not None and (home := known.of.get(claim.household)) and part.amount(home.damage, home.people):
            wanted[who] = (claim, None, of.key)
    shielded, drafts = residents.shielded(), []
    for (household, person), (claim, case, scheme) in list(wanted.items())[:LARGEST]:
        protected = claim.protected or household in shielded
        day = claim.asked_at.astimezone(JAPAN).date()
        fact = kind_for(SupportAsked, protected)(
            scheme=scheme,
            household=household,
            person=person,
            case=case,
            account=f"{day} の申請のとおり {claim.account}".strip()[:100],
        )
        subject = claim_ref(of.incident, scheme, household, person, protected=protected)
        drafts.append((Draft(fact, subject, incident=of.incident), 0))
    return _planned(drafts, len(wanted) - len(drafts), f"carry {of.key}")


def to_decide(of: Programme, actor: Actor, known: Homes) -> Planned:
    """Claims whose amount follows from the judged damage or their case, undecided or decided by what no longer holds,
    and not taken by ``actor``. ``left``: those behind, and those that a person has to look at or another has to decide.
    """
    rows = entitlements.rows_seen(actor, of.claims().filter(Q(amount=None) | ~Q(amount=F("owed")), refused=""))
    parts = {s.key: s for s in of.parts}
    found = []
    for claim in rows:
        scheme, home = parts.get(claim.scheme), known.of.get(claim.household)
        damage, people = (home.damage, home.people) if home else (None, 0)
        if scheme is None or actor.is_same(claim.asked_by):
            continue
        # what the applications tell at once; who of the household counts is asked for those that are taken
        how = Rebuilding(claim.rebuilding) if claim.rebuilding else None
        told = claim.case is not None if scheme.by_case else scheme.amount(damage, people, how, claim.case)
        if told or claim.amount is not None:
            found.append((claim, scheme))
    some = found[:LARGEST]
    held = entitlements.standings(of.incident, {claim.household for claim, _ in some})
    drafts, before = [], []
    for claim, scheme in some:
        yen = entitlements.owed_by(scheme, held[claim.household], claim)
        if yen is None or (not yen and claim.amount is None):
            continue
        before.append(claim.decided_at)
        mine = held[claim.household]
        counted = None if scheme.by_case else mine.people(scheme.basis)[0]
        fact = kind_for(SupportDecided, claim.protected)(amount=yen, damage_class=mine.damage, people=counted)
        drafts.append((Draft(fact, claim.subject, incident=claim.incident), yen))
    salt = f"decide {of.key} {[str(at) for at in before]}"  # the same amount decided once more is another act
    return _planned(drafts, rows.count() - len(drafts), salt)


def to_pay(of: Programme, actor: Actor, how: str = "") -> Planned:
    """The payment list: what is left of every claim that was decided and need not be decided anew, as far as ``actor``
    may see. ``how`` becomes each payment's note.
    """
    waiting = entitlements.rows_seen(actor, of.claims().filter(refused="", paid__lt=F("amount"), owed=F("amount")))
    rows = list(waiting[:LARGEST])
    drafts = []
    for claim in rows:
        fact = kind_for(SupportPaid, claim.protected)(amount=claim.rest, note=how)
        drafts.append((Draft(fact, claim.subject, incident=claim.incident), claim.rest))
    # how often each was paid makes a list that is paid again after money came back another list
    return _planned(drafts, waiting.count() - len(rows), f"pay {of.key} {[c.payments for c in rows]}", rows)


def do(planned: Planned, number: str, actor: Actor) -> int:
    """Record what was shown under ``number``, all of it or nothing; a second time it is the same.

    Raises :class:`Refused` where that is no longer what there is to do.
    """
    if number != planned.number:
        raise Refused(
            T(
                "表示してから内容が変わりました。いまの件数と金額を確かめて、もう一度押してください。",
                "Something has changed since this was shown. Look at the numbers as they are, and press again.",
            )
        )
    if not planned.drafts:
        raise Refused(T("対象がありません。", "There is nothing to do."))
    drafts = [
        Draft(d.fact, d.subject, id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number} {d.subject}")), incident=d.incident)
        for d in planned.drafts
    ]
    record(drafts, actor)
    return len(drafts)


def payment_note(number: str, paid_on: date) -> str:
    """How a payment says on which list it was."""
    return f"{paid_on} 支払一覧 {number}"


def householders(incident: str, refs: Iterable[str]) -> dict[str, ApplicationRow]:
    """An application of each of these households, for the name and address that it was taken under."""
    found: dict[str, ApplicationRow] = {}
    for some in batched(dict.fromkeys(refs), 500):
        rows = ApplicationRow.objects.filter(incident__in=whole(incident), household__in=some)
        found |= {row.household: row for row in rows.order_by("-applied_at", "subject")}
    return found


@law("relief.fund_covers", T("義援金の支払いは受け入れた額まで", "No more relief money is paid than came in"))
def fund_covers() -> Iterator[Finding]:
    """Funds from which more was paid than came in."""
    of = SchemeRow.objects.exclude(fund="").order_by().values_list("incident", flat=True).distinct()
    for incident in sorted({whole(i)[0] for i in of}):
        for one in accounts(incident):
            if one.left < 0:
                yield Finding(
                    (incident,),
                    T(
                        f"{one.fund.label.ja}: 受入れ {one.received:,} 円より {-one.left:,} 円多く支払っています。"
                        "受入れの記録もれがないか確かめてください。",
                        f"{one.fund.label.en}: {-one.left:,} yen more were paid than the {one.received:,} yen that "
                        "came in. See whether a receipt is missing.",
                    ),
                )
