"""What a household may be entitled to, and what it asked for and got.

Nothing here decides: it reckons from the rules (:mod:`tomoshibi.vocabulary.support`), the judgement in force and the
household that each scheme counts, and says how it came to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import batched

from django.db.models import Count, QuerySet

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.pages import withholds
from tomoshibi.relief import issuing, schemes
from tomoshibi.relief.models import ApplicationRow, SurveyRow
from tomoshibi.relief.queries import IN_ORDER, disaster, whole
from tomoshibi.relief.victim_models import ClaimRow, ConsentRow, ConsultationRow
from tomoshibi.relief.victims import Claim, Consent, Consultation, PrivateConsultation
from tomoshibi.relief.words import Kind
from tomoshibi.residents import queries as residents
from tomoshibi.residents.asking import Reading
from tomoshibi.residents.households import day_of, found_people, found_sizes, with_protected
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass, name_of
from tomoshibi.vocabulary.support import Basis, Rebuilding, Scheme

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
    ``over`` is what was paid beyond what was decided and is owed. ``damage`` is the class, and ``people`` how many, by
    which it is reckoned.
    ``special``: not open to them by their damage, but in its special cases (long evacuation, pulled down).
    """

    scheme: Scheme
    owed: int | None
    household: T
    why: T
    claims: tuple[ClaimRow, ...]
    each: Mapping[str, int | None]
    damage: DamageClass | None
    people: int
    over: int = 0
    special: bool = False


def standing(incident: str, household: str) -> Standing:
    """How a household stands in an incident. The caller has seen to it that its reader may see it."""
    return standings(incident, [household])[household]


def standings(incident: str, households: Iterable[str]) -> dict[str, Standing]:
    """How each of these households stands in an incident."""
    day = issuing.disaster_day(incident) or worlds.now().astimezone(JAPAN).date()
    inside, us = whole(incident), system("relief")
    was_found = found_people(inside[0])
    then = Reading(system("residents"), day_of(inside[0])) if was_found else None
    found: dict[str, Standing] = {}
    for some in batched(dict.fromkeys(households), 500):
        rows = ApplicationRow.objects.filter(
            incident__in=inside, household__in=[h for h in some if h], withdrawn=False, kind=Kind.DISASTER
        )
        mine: dict[str, list[ApplicationRow]] = {}
        for row in rows.order_by("applied_at"):
            mine.setdefault(row.household, []).append(row)
        judged = judged_last(inside, {row.dwelling for held in mine.values() for row in held})
        homes = {h.ref: h for h in residents.households(some, us, day)}
        homes |= {h.ref: h for h in residents.households([h for h in some if h and h not in homes], us)}
        for ref in some:
            held, home = mine.get(ref, []), homes.get(ref)
            classes = [judged[row.dwelling] for row in held if row.dwelling in judged]
            applied = next((n for row in held if (n := len(json.loads(row.members)))), None)
            found[ref] = Standing(
                incident,
                ref,
                day,
                min(classes, key=ORDER.index, default=None),
                len(home.members) if home else applied or 1,
                applied,
                found_sizes(home, inside[0], then)
                if home and then and was_found & {m.ref for m in home.members}
                else {},
            )
    return found


def judged_last(inside: list[str], dwellings: Iterable[str] | None = None) -> dict[str, DamageClass]:
    """The class in force in a disaster by dwelling, of these dwellings or of all that were judged."""
    rows = SurveyRow.objects.filter(incident__in=inside).exclude(judged="").order_by(*IN_ORDER)
    if dwellings is not None:
        rows = rows.filter(dwelling__in=list(dwellings))
    return {dwelling: DamageClass(judged) for dwelling, judged in rows.values_list("dwelling", "judged")}


#: the worst class first
ORDER = list(DamageClass)


def has_asked(incident: str, scheme: str, household: str, person: str) -> bool:
    """Whether a claim of a household, or of a person of whichever household, stands in an incident or what was merged
    with it.
    """
    same = {"scheme": scheme, "refused": "", "person": person} | ({} if person else {"household": household})
    return ClaimRow.objects.filter(incident__in=whole(incident), **same).exists()


def due(incident: str, household: str, *, special: bool = False) -> list[Due]:
    """Every scheme that a household may be entitled to in an incident, and those it asked for.

    ``special``: those too that are open to it in special cases alone, whatever its damage.
    """
    held = standing(incident, household)
    claims = list(ClaimRow.objects.filter(incident__in=whole(incident), household=household))
    claims.sort(key=lambda c: (c.asked_at, c.subject))
    found, closed = [], schemes.closed_keys(incident)
    for scheme in schemes.schemes_for(incident, held.day):
        mine = tuple(c for c in claims if c.scheme == scheme.key)
        open_to = scheme.open_to(held.damage) and scheme.key not in closed
        in_cases = special and bool(scheme.as_class) and not open_to and scheme.key not in closed
        if not mine and not open_to and not in_cases:
            continue
        found.append(replace(_one(scheme, held, mine), special=in_cases))
        if mine and open_to and scheme.basis is Basis.PERSON:  # another of them may ask too
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
        people,
        sum(c.over for c in claims),
    )


def _owed(scheme: Scheme, held: Standing, people: int, claim: ClaimRow | None) -> int | None:
    """Yen for one claim, or for a household that has not asked yet."""
    case = claim.case if claim else None
    if scheme.limit:
        return None
    if scheme.by_case:
        return scheme.by_case[case][1] if case is not None and case < len(scheme.by_case) else None
    rebuilding = Rebuilding(claim.rebuilding) if claim and claim.rebuilding else None
    yen = scheme.amount(held.damage, people, rebuilding, case)
    return None if claim is None and not yen and scheme.as_class else yen


def owed_by(scheme: Scheme, held: Standing, claim: ClaimRow) -> int | None:
    """Yen that a claim comes to; None where a person has to say."""
    return _owed(scheme, held, held.people(scheme.basis)[0], claim)


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
    if scheme.limit and held.damage and held.damage in scheme.by_class:
        most = scheme.by_class[held.damage]
        return T(f"{named.ja}。限度額 {most:,}円", f"{named.en}; at most {most:,} yen")
    if owed is None and scheme.as_class and held.damage not in {*scheme.by_class, *scheme.by_rebuilding}:
        cases = [label for label, _ in scheme.as_class]
        return T(
            f"{named.ja}。次のときだけ: {'、'.join(c.ja for c in cases)}",
            f"{named.en}; only in these cases: {'; '.join(c.en for c in cases)}",
        )
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
    open_ones = [d for d in dues if not d.claims and not d.special]
    return sorted(open_ones, key=lambda d: (d.scheme.basis is Basis.PERSON, d.owed is None))


def sealed() -> set[str]:
    """Households whose claims are for the few: the protected, and those found to be of one household with somebody who
    is, because what they are entitled to tells how many they are.
    """
    return residents.shielded() | with_protected()


def claims_seen(actor: Actor, rows: Iterable[ClaimRow]) -> list[ClaimRow]:
    """Those claims that ``actor`` may see."""
    sees = actor.may("residents.protected")
    shielded = set() if sees else sealed()
    return [r for r in rows if sees or not (r.protected or r.household in shielded)]


def rows_seen(actor: Actor, rows: QuerySet[ClaimRow]) -> QuerySet[ClaimRow]:
    """The rows of a list of claims that ``actor`` may see."""
    if actor.may("residents.protected"):
        return rows
    return rows.filter(protected=False).exclude(household__in=sealed())


@withholds(Claim.type, Consultation.type, PrivateConsultation.type, Consent.type)
def sealed_since(actor: Actor) -> set[str]:
    """What was recorded of households before they were protected."""
    if actor.may("residents.protected") or not actor.may("relief.personal"):
        return set()
    homes = residents.shielded()
    return {
        subject
        for rows, of in ((ClaimRow, homes | with_protected()), (ConsultationRow, homes), (ConsentRow, homes))
        for subject in rows.objects.filter(household__in=of).values_list("subject", flat=True)
    }


@law("relief.asked_once", T("一つの支援の申請は一度だけ", "A scheme is asked for once"))
def asked_once() -> Iterator[Finding]:
    """A household, or a person, with two standing claims for one scheme: one of them from before it was protected."""
    rows = ClaimRow.objects.filter(refused="").annotate(disaster=disaster())
    by_household = rows.filter(person="").values("disaster", "scheme", "household")
    for same in (by_household, rows.exclude(person="").values("disaster", "scheme", "person")):
        for found in same.annotate(n=Count("pk")).filter(n__gt=1).order_by("disaster", "scheme"):
            claims = rows.filter(**{k: v for k, v in found.items() if k != "n"}).order_by("asked_at", "subject")
            yield Finding(
                tuple(c.subject for c in claims),
                T(
                    f"同じ支援が{len(claims)}回申請されています。一つを残して不支給にしてください。",
                    f"One scheme was asked for {len(claims)} times. Refuse all but one.",
                ),
            )


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
