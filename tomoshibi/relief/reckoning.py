"""What becomes of decided claims once what they were decided by has changed: another class of damage, a household that
was found to be another, a case that was told, corrected amounts.

Which may come to be known anywhere: recorded here, or brought by a bundle from an office apart, or because two
incidents were merged. So besides what a fact recorded here sets off at once, :func:`reckon` goes through all claims.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import batched

from django.db.models import Max, Q, QuerySet

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import nodes, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.ticking import every
from tomoshibi.relief import entitlements, rounds, schemes
from tomoshibi.relief.entitlements import Standing
from tomoshibi.relief.models import ApplicationRow, SurveyRow
from tomoshibi.relief.papers import kind_for
from tomoshibi.relief.queries import whole
from tomoshibi.relief.victim_models import ClaimRow, SchemeRow
from tomoshibi.relief.victims import SupportRecomputed
from tomoshibi.residents.households import households_found, households_of
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Scheme

#: a claim, what is owed of it now in yen, and the class of damage by which
Changed = tuple[ClaimRow, int, DamageClass | None]


def recompute(incident: str, claims: Iterable[ClaimRow]) -> list[Changed]:
    """Claims that were decided and come to another amount by what is known now."""
    decided = [c for c in claims if c.amount is not None and not c.refused]
    held = entitlements.standings(incident, {c.household for c in decided})
    known = {s.key: s for one in list(held.values())[:1] for s in schemes.schemes_for(incident, one.day)}
    fixed = _fixed_at(incident)
    changed = []
    for claim in decided:
        scheme, mine = known.get(claim.scheme), held[claim.household]
        if scheme is None:
            continue
        stands = _stands(claim, scheme, mine, fixed)
        owed = claim.amount if stands else entitlements.owed_by(scheme, mine, claim)
        if owed is not None and owed != claim.owed:
            changed.append((claim, owed, mine.damage))
    return changed


def _stands(claim: ClaimRow, scheme: Scheme, mine: Standing, fixed: dict[str, datetime]) -> bool:
    """Whether what a claim was decided by is as it was. Then the decision stands, also where the rules say otherwise:
    who decided may know more.
    """
    if _told_since(claim, fixed):
        return False
    if scheme.by_case:
        return True  # a case is a person's to decide, whatever the class
    return claim.damage_class == mine.damage and claim.people in (None, mine.people(scheme.basis)[0])


def _told_since(claim: ClaimRow, fixed: dict[str, datetime]) -> bool:
    """Whether its case was told, or its scheme's amounts were approved, after it was decided."""
    since = fixed.get(claim.scheme)
    return claim.told_since or bool(since and claim.decided_at and claim.decided_at < since)


def _fixed_at(incident: str) -> dict[str, datetime]:
    """When the amounts that hold were approved, by scheme."""
    rows = [row for row in schemes.local(incident) if row.approved_at]
    return {row.scheme + end: row.approved_at for row in rows for end in ("", schemes.PERSONS)}  # type: ignore[misc]


def _say(changed: Iterable[Changed]) -> int:
    """Record it, once for each state of a claim: two offices that reckon the same say the same fact."""
    count = 0
    for some in batched(changed, 500):
        heads = dict(
            SubjectRow.objects.filter(subject__in=[c.subject for c, _, _ in some]).values_list("subject", "heads")
        )
        drafts = [
            Draft(
                kind_for(SupportRecomputed, claim.protected)(owed=owed, damage_class=damage),
                claim.subject,
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{claim.subject} {heads.get(claim.subject)} {owed}")),
                incident=claim.incident,
            )
            for claim, owed, damage in some
        ]
        record(drafts, system("relief"))
        count += len(drafts)
    return count


def after(judged: SurveyRow) -> int:
    """Say of every claim of a dwelling's households what it comes to by a new judgement. How many changed."""
    inside = whole(judged.incident)
    homes = ApplicationRow.objects.filter(incident__in=inside, dwelling=judged.dwelling, withdrawn=False)
    claims = _decided(inside).filter(household__in=homes.exclude(household="").values("household"))
    return _say(recompute(inside[0], claims))


def _decided(inside: list[str]) -> QuerySet[ClaimRow]:
    return ClaimRow.objects.filter(incident__in=inside, amount__isnull=False, refused="").order_by("subject")


@tasks.handler("relief.reckon_claim")
def reckon_claim(task: tasks.Task) -> str:
    """What a claim depends on besides the damage was told: reckon it, where it was decided."""
    rows = list(ClaimRow.objects.filter(subject=task.subject))
    return f"{_say(recompute(whole(rows[0].incident)[0], rows) if rows else [])} claims computed anew"


@tasks.handler("relief.reckon_scheme")
def reckon_scheme(task: tasks.Task) -> str:
    """Amounts were approved: reckon the claims that were decided by those before."""
    row = SchemeRow.objects.filter(subject=task.subject, in_force=True).first()
    if row is None:
        return "nothing holds"
    inside = whole(row.incident)
    claims = _decided(inside).filter(scheme__in=(row.scheme, row.scheme + schemes.PERSONS))
    return f"{_say(recompute(inside[0], claims))} claims computed anew"


def doubtful(incident: str) -> list[ClaimRow]:
    """Decided claims of which something has changed, as far as the applications and the found households tell at once:
    the others need not be reckoned.
    """
    inside = whole(incident)
    known, fixed = rounds.homes(incident).of, _fixed_at(incident)
    found = households_found(inside[0])
    held = []
    for claim in _decided(inside).iterator(chunk_size=2000):
        home = known.get(claim.household)
        anew = _told_since(claim, fixed) or claim.owed != claim.amount
        if home is not None:
            anew |= claim.damage_class != home.damage
            anew |= claim.people is not None and (claim.household in found or claim.people != home.people)
        if anew:
            held.append(claim)
    return held


def reckon() -> int:
    """Reckon every claim anew whose ground has changed, wherever that was recorded. How many come to another amount."""
    of = set(ClaimRow.objects.order_by().values_list("incident", flat=True).distinct())
    ends = incidents.finals()
    return sum(_say(recompute(end, doubtful(end))) for end in sorted({ends.get(i, i) for i in of}))


def reckon_households(fresh: QuerySet[EntryRow]) -> int:
    """Reckon the claims of the households that these entries found, or whose applications they withdrew: at a counter
    that happens all day, so nobody else's are looked at.
    """
    homes = households_of(fresh.filter(kind=FOUND).values_list("subject", flat=True))
    withdrawn = fresh.filter(kind__in=WITHDRAWN).values("subject")
    homes |= set(ApplicationRow.objects.filter(subject__in=withdrawn).values_list("household", flat=True))
    of = defaultdict(list)
    ends = incidents.finals()
    for some in batched(homes - {""}, 500):
        for claim in ClaimRow.objects.filter(household__in=some):
            of[ends.get(claim.incident, claim.incident)].append(claim)
    return sum(_say(recompute(end, claims)) for end, claims in of.items())


#: what may change what is owed: of the households that it names
FOUND = "residents.household_found"
WITHDRAWN = ("relief.application_withdrawn", "relief.protected_application_withdrawn")
#: of anybody, wherever it was recorded
GROUNDS = ("incidents.merged",)
#: of anybody, and here it was reckoned when it was recorded
GROUNDS_APART = (
    "relief.judged",
    "relief.judged_jointly",
    "relief.applied",
    "relief.protected_applied",
    "relief.support_decided",
    "relief.protected_support_decided",
    "relief.support_case_told",
    "relief.protected_support_case_told",
    "relief.scheme_approved",
)
#: up to which place in the journal each world's claims were reckoned
_done: dict[str, int] = {}


@every(30.0, alone=True)
def reckon_what_came() -> None:
    """Reckon once something new is in the journal on which a claim may depend."""
    newest = EntryRow.objects.aggregate(n=Max("pos"))["n"] or 0
    done = _done.get(worlds.world())
    fresh = EntryRow.objects.filter(pos__gt=done or 0, pos__lte=newest)
    apart = Q(kind__in=GROUNDS_APART) & ~Q(node=nodes.identity().node)
    if done is None or fresh.filter(Q(kind__in=GROUNDS) | apart).exists():
        reckon()
    elif fresh.filter(kind__in=(FOUND, *WITHDRAWN)).exists():
        reckon_households(fresh)
    _done[worlds.world()] = newest
