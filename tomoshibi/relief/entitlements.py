"""What a household may be entitled to, what it asked for and got, and what a changed damage class makes of it.

Nothing here decides: it reckons from the rules (:mod:`tomoshibi.vocabulary.support`), the judgement in force and the
household that each scheme counts, and says how it came to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import tasks
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.pages import withholds
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import issuing, queries
from tomoshibi.relief.models import ApplicationRow, SurveyRow
from tomoshibi.relief.papers import kind_for
from tomoshibi.relief.victim_models import ClaimRow, ConsentRow, ConsultationRow, RatesRow
from tomoshibi.relief.victims import (
    Claim,
    Consent,
    Consultation,
    PrivateConsultation,
    SupportRecomputed,
)
from tomoshibi.relief.words import Kind
from tomoshibi.residents import queries as residents
from tomoshibi.residents.households import found_sizes
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import DamageClass, name_of
from tomoshibi.vocabulary.support import Basis, Rebuilding, Scheme, schemes_on

#: the household that a scheme counts, as the residents' room calls it where people found who was of it
_SENSES = {Basis.SUFFERED: Sense.SUFFERED, Basis.LIVING: Sense.LIVELIHOOD}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a household stands in an incident: the damage to its dwelling, and how many people are of it, by the register
    on the day of the disaster, as its application has it, and in whichever sense somebody found it.
    """

    incident: str
    household: str
    day: date
    damage: DamageClass | None
    register: int
    applied: int | None
    found: Mapping[Sense, int]

    def people(self, basis: Basis) -> tuple[int, T]:
        """How many people a scheme counts, and by which household; where that was not told, the register's."""
        sense = _SENSES.get(basis)
        if sense and (told := self.found.get(sense)):
            return told, T(f"{basis.label.ja} {told}人（確認済み）", f"{basis.label.en}, {told} people, as found")
        if basis is Basis.SUFFERED and self.applied:
            return self.applied, T(
                f"{basis.label.ja}（申請のとおり） {self.applied}人",
                f"{basis.label.en}, as applied for, {self.applied} people",
            )
        if basis in (Basis.REGISTER, Basis.PERSON):
            return self.register, T(f"{basis.label.ja} {self.register}人", f"{basis.label.en}, {self.register} people")
        return self.register, T(
            f"{basis.label.ja}が未確認のため、住民票の世帯 {self.register}人",
            f"household of the register, {self.register} people: the {basis.label.en} was not told",
        )


@dataclass(frozen=True, slots=True)
class Due:
    """One scheme for one household: what it comes to, by which household, and how far the household is with it.

    ``owed`` is yen; None where a person or the town has to say; ``each`` says it of every claim, by its reference.
    ``over`` is what was paid beyond what was decided and is owed. ``damage`` is the class that it is reckoned by.
    """

    scheme: Scheme
    owed: int | None
    household: T
    why: T
    claims: tuple[ClaimRow, ...]
    each: Mapping[str, int | None]
    damage: DamageClass | None
    over: int = 0


def standing(incident: str, household: str) -> Standing:
    """How a household stands in an incident. The caller has seen to it that its reader may see it."""
    day = issuing.disaster_day(incident) or date.today()  # noqa: DTZ011  # an incident without a day has none to keep
    rows = ApplicationRow.objects.filter(
        incident__in=whole(incident), household=household, withdrawn=False, kind=Kind.DISASTER
    ).order_by("applied_at")
    found: DamageClass | None = None
    applied: int | None = None
    for row in rows:
        judged = queries.judgement(row.incident, row.dwelling)
        if judged is not None:
            found = _worse(found, DamageClass(judged.judged))
        applied = applied or len(json.loads(row.members)) or None
    us = system("relief")
    home = residents.household(household, us, day) or residents.household(household, us) if household else None
    return Standing(
        incident,
        household,
        day,
        found,
        len(home.members) if home else applied or 1,
        applied,
        found_sizes(home, incident) if home else {},
    )


def whole(incident: str) -> list[str]:
    """The incident that this one was merged into in the end, first, and every other that was."""
    row = incidents.incident(incident)
    return incidents.with_merged(incidents.final(row).subject if row else incident)


def has_asked(incident: str, scheme: str, household: str, person: str) -> bool:
    """Whether a claim of a household, or a person of it, stands in an incident or what was merged with it."""
    same = {"scheme": scheme, "household": household, "person": person, "refused": ""}
    return ClaimRow.objects.filter(incident__in=whole(incident), **same).exists()


def _worse(one: DamageClass | None, other: DamageClass) -> DamageClass:
    order = list(DamageClass)
    return other if one is None or order.index(other) < order.index(one) else one


def due(incident: str, household: str) -> list[Due]:
    """Every scheme that a household may be entitled to in an incident, and those it asked for."""
    return _due(standing(incident, household))


def _due(held: Standing) -> list[Due]:
    claims = list(ClaimRow.objects.filter(incident__in=whole(held.incident), household=held.household))
    claims.sort(key=lambda c: (c.asked_at, c.subject))
    found = []
    try:
        schemes = schemes_on(held.day)
    except VocabularyError:
        return []
    for scheme in schemes:
        mine = tuple(c for c in claims if c.scheme == scheme.key)
        if not mine and not scheme.open_to(held.damage):
            continue
        found.append(_one(scheme, held, mine))
        if mine and scheme.basis is Basis.PERSON:  # another of them may ask too
            found.append(_one(scheme, held, ()))
    return found


def _one(scheme: Scheme, held: Standing, claims: tuple[ClaimRow, ...]) -> Due:
    people, household = held.people(scheme.basis)
    each = {c.subject: _owed(scheme, held, people, c) for c in claims}
    amounts = [each[c.subject] for c in claims if not c.refused] or [_owed(scheme, held, people, None)]
    owed = amounts[0]
    if scheme.basis is Basis.PERSON:
        owed = None if None in amounts else sum(a for a in amounts if a is not None)
    return Due(
        scheme,
        owed,
        household,
        _why(scheme, held, people, owed),
        claims,
        each,
        held.damage,
        sum(c.over for c in claims),
    )


def _owed(scheme: Scheme, held: Standing, people: int, claim: ClaimRow | None) -> int | None:
    """Yen for one claim, or for a household that has not asked yet."""
    if scheme.by_case:
        chosen = claim.case if claim else None
        if scheme.limit or chosen is None or chosen >= len(scheme.by_case):
            return None
        return scheme.by_case[chosen][1]
    if not scheme.has_figures:
        inside = whole(held.incident)
        rates = {r.incident: r for r in RatesRow.objects.filter(incident__in=inside, scheme=scheme.key)}
        row = next((rates[i] for i in inside if i in rates), None)
        return json.loads(row.amounts).get(held.damage.value, 0) if row and held.damage else None
    rebuilding = Rebuilding(claim.rebuilding) if claim and claim.rebuilding else None
    return scheme.amount(held.damage, people, rebuilding)


def _why(scheme: Scheme, held: Standing, people: int, owed: int | None) -> T:
    named = T("未判定", "not judged")
    if held.damage is not None:
        try:
            named = name_of(held.damage, held.day)
        except VocabularyError:
            named = held.damage.label
    if owed is None and scheme.by_case:
        told = [T(f"{what.ja} {yen:,}円", f"{what.en}: {yen:,} yen") for what, yen in scheme.by_case]
        return T("、".join(t.ja for t in told), "; ".join(t.en for t in told))
    if owed is None and scheme.by_rebuilding:
        return T(f"{named.ja}。再建の方法で決まります", f"{named.en}; it depends on how one rebuilds")
    if owed is None:
        return T(f"{named.ja}。額は町が定めます", f"{named.en}; the town fixes the amount")
    single = people == 1 and scheme.single != (1, 1)
    share = f"{scheme.single[0]}/{scheme.single[1]}"
    return T(
        f"{named.ja}" + (f"、単身世帯 {share}" if single else ""),
        f"{named.en}" + (f", one person: {share}" if single else ""),
    )


def not_asked(dues: Iterable[Due]) -> list[Due]:
    """What a household may be entitled to and has not asked for: what has an amount first, what is about a death or a
    disability of one person last.
    """
    open_ones = [d for d in dues if not d.claims]
    return sorted(open_ones, key=lambda d: (d.scheme.basis is Basis.PERSON, d.owed is None))


def recompute(incident: str, household: str) -> list[tuple[ClaimRow, int]]:
    """Claims that were decided and come to another amount by the judgement in force: (claim, what is owed now)."""
    held = standing(incident, household)
    changed = []
    for found in _due(held):
        for claim in found.claims:
            if claim.amount is None or claim.refused or found.scheme.by_case:
                continue  # a case is a person's to decide, whatever the class
            # by the class that it was decided by it stands: who decided may know more than the rules
            owed = claim.amount if claim.damage_class == held.damage else found.each[claim.subject]
            if owed is not None and owed != claim.owed:
                changed.append((claim, owed))
    return changed


def after(judged: SurveyRow, task: tasks.Task) -> int:
    """Say of every claim of a dwelling's households what it comes to by a new judgement. How many changed."""
    inside = whole(judged.incident)
    homes = ApplicationRow.objects.filter(incident=judged.incident, dwelling=judged.dwelling, withdrawn=False)
    decided = ClaimRow.objects.filter(
        incident__in=inside, household__in=homes.exclude(household="").values("household"), amount__isnull=False
    )
    drafts = []
    for household in sorted(set(decided.values_list("household", flat=True))):
        for claim, owed in recompute(inside[0], household):
            fact = kind_for(SupportRecomputed, claim.protected)(owed=owed, damage_class=DamageClass(judged.judged))
            drafts.append(Draft(fact, claim.subject, id=task.fact_id(claim.subject), incident=claim.incident))
    record(drafts, system("relief"))
    return len(drafts)


def claims_seen(actor: Actor, rows: Iterable[ClaimRow]) -> list[ClaimRow]:
    """Those claims that ``actor`` may see."""
    sees = actor.may("residents.protected")
    shielded = set() if sees else residents.shielded()
    return [r for r in rows if sees or not (r.protected or r.household in shielded)]


@withholds(Claim.type, Consultation.type, PrivateConsultation.type, Consent.type)
def sealed_since(actor: Actor) -> set[str]:
    """What was recorded of households before they were protected."""
    if actor.may("residents.protected") or not actor.may("relief.personal"):
        return set()
    homes = residents.shielded()
    return {
        subject
        for rows in (ClaimRow, ConsultationRow, ConsentRow)
        for subject in rows.objects.filter(household__in=homes).values_list("subject", flat=True)
    }


@law("relief.paid_as_decided", T("支払いは決定額まで", "No more is paid than was decided"))
def paid_as_decided() -> Iterator[Finding]:
    """Claims paid beyond what was decided, or beyond what is owed since the damage class changed."""
    for row in ClaimRow.objects.filter(over__gt=0).order_by("subject"):
        yield Finding(
            (row.subject,),
            T(
                f"支払いが {row.over:,} 円多くなっています"
                f"（{row.payments}回で計 {row.paid:,} 円、正しくは {row.paid - row.over:,} 円）。"
                "返還を求めるか、決定し直してください。",
                f"{row.over:,} yen too much were paid ({row.paid:,} yen in {row.payments} payments; "
                f"owed: {row.paid - row.over:,} yen). Ask it back, or decide anew.",
            ),
        )
