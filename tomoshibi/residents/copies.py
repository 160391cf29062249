"""Copies of the supporter list and of plans: who may be told, who holds one, and which hold no longer."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tomoshibi.journal.access import Actor, system
from tomoshibi.residents import queries
from tomoshibi.residents.edition import portions
from tomoshibi.residents.models import CopyPersonRow, CopyRow, SupportRow
from tomoshibi.residents.persons import Person
from tomoshibi.residents.words import Basis, CopyOf, Recipient
from tomoshibi.vocabulary import T

CHANGED = T(
    "渡したあとで、計画か本人の記録が改められました。",
    "The plan, or what it says of the person, has changed since it was handed out.",
)


def may_be_told(row: SupportRow, recipient: str, what: str = CopyOf.LIST) -> bool:
    """Whether this person lets ``recipient`` (value of :class:`Recipient`) have their entry of the list, or their plan,
    in normal times.
    """
    told = bool(row.consent) and f"{recipient} " in row.consent_to
    return told and (what != CopyOf.PLAN or bool(row.plan_consent))


def version(who: Person, row: SupportRow) -> str:
    """What stands on a person's plan, as a short digest: the same until any of it changes. Whoever asks gets the same,
    for the address of a protected person stands on no copy and counts for nothing here.
    """
    where = "" if who.protected else who.address
    said = [
        who.name, who.kana, str(who.birth), who.sex, where, who.protected, row.contact, row.needs, row.note,
        row.destination, row.route, row.means, row.plan_note, row.supporters, str(row.plan_on), row.plan_consent,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def listed(actor: Actor) -> list[tuple[Person, SupportRow]]:
    """Everybody on the list, once, with their entry: that of their own record, else of one that was merged into it."""
    rows = {row.person: row for row in SupportRow.objects.filter(listed=True)}
    found: dict[str, tuple[Person, SupportRow]] = {}
    for ref, who in queries.persons(rows, actor).items():
        if ref == who.ref or who.ref not in found:
            found[who.ref] = (who, rows[ref])
    return list(found.values())


def for_copy(actor: Actor, recipient: Recipient, basis: Basis, area: str = "") -> tuple[list[Person], int]:
    """Who would stand on a copy of the list for ``recipient``, by kana, and how many of the area would not, for want of
    consent or because they are protected: a protected person stands on no copy.
    """
    entries = [(who, row) for who, row in listed(actor) if who.protected or (area in who.area and not who.left_why)]
    told = [
        replace(who, ref=row.person)  # what stands on it is the entry, under whichever record it was made
        for who, row in entries
        if not who.protected and (basis is Basis.EMERGENCY or may_be_told(row, recipient.value))
    ]
    return sorted(told, key=lambda who: (who.area, who.kana)), len(entries) - len(told)


def copies_of(person: str) -> list[CopyRow]:
    """The copies on which a person stands, newest first."""
    held = CopyPersonRow.objects.filter(person__in=queries.same_person(person)).values("subject")
    return list(CopyRow.objects.filter(subject__in=held).order_by("-handed_on", "subject"))


def overdue(day: dt.date) -> list[CopyRow]:
    """Copies that should have come back by ``day``."""
    return list(CopyRow.objects.filter(ended="", due_on__lt=day).order_by("due_on"))


def to_replace(rows: Sequence[CopyRow]) -> dict[str, T]:
    """Of these copies those that are out and hold no longer, by reference, and why: somebody on it left the register
    or the list, was protected or takes back the consent; or the plan is another by now.
    """
    out = [row for row in rows if not row.ended]
    on: dict[str, list[str]] = defaultdict(list)
    for some in portions(row.subject for row in out):
        for copy, person in CopyPersonRow.objects.filter(subject__in=some).values_list("subject", "person"):
            on[copy].append(person)
    refs = {person for people in on.values() for person in people}
    people = queries.persons(refs, system("residents"))
    support = {r.person: r for some in portions(refs) for r in SupportRow.objects.filter(person__in=some)}
    found: dict[str, T] = {}
    for row in out:
        whys = [why for ref in on[row.subject] if (why := _no_more(row, people.get(ref), support.get(ref)))]
        if whys:
            each = list(dict.fromkeys(whys))
            found[row.subject] = T(
                f"{len(whys)}人: {'、'.join(why.ja for why in each)}",
                f"{len(whys)} of them: {', '.join(why.en for why in each)}",
            )
        elif row.what == CopyOf.PLAN and any(version(people[p], support[p]) != row.of_plan for p in on[row.subject]):
            found[row.subject] = CHANGED
    return found


def _no_more(row: CopyRow, who: Person | None, support: SupportRow | None) -> T | None:
    """Why somebody may no longer stand on a copy."""
    if who is None or who.left_why:
        return who.left_why if who and who.left_why else T("台帳にいない", "in no register")
    if support is None or not support.listed:
        return T("名簿の登録が終わった", "no longer on the list")
    if row.what == CopyOf.LIST and who.protected:
        return T("支援措置", "protected")
    if row.basis == Basis.CONSENT and not may_be_told(support, row.recipient, row.what):
        return T("この提供先への同意がない", "no consent to this recipient")
    return None
