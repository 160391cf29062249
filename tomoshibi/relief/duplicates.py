"""Applications that look like the same one: shown at once, across counters, and settled by a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Count, Q

from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.laws import Finding, law
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Subject
from tomoshibi.relief import queries
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.papers import SEALED, must_stand, sealed
from tomoshibi.relief.subjects import Application, ProtectedApplication
from tomoshibi.residents.matching import name_form, place_form
from tomoshibi.vocabulary import T

grant("headquarters", "relief.*application_*")

SAME_HOUSEHOLD = T("同じ世帯", "the same household")
SAME_HOUSE = T("同じ住家・同じ氏名", "the same dwelling and name")
SAME_NAME = T("同じ氏名・同じ所在地", "the same name and address")
NEIGHBOURS = T("同じ建物の別世帯", "another household of the same building")


class ApplicationKeptApart(Fact):
    """Somebody looked at two applications that look alike, and they are two."""

    kind = "relief.application_kept_apart"
    subject: ClassVar[type[Subject]] = Application
    label = T("重複ではないと確認", "Found to be no duplicate")
    sentence = T("似た申請を、重複ではないと確認: {reason}", "Two applications alike were found to be two: {reason}")

    other: str = field(T("もう一方の申請", "The other application"), max_length=200, extra={"widget": "hidden"})
    reason: str = field(T("理由", "Reason"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        must_stand(present)
        if self.other == present.subject:
            raise Refused(T("同じ申請です。", "It is the same application."), "other")

    def apply(self, state: Application, entry: Entry) -> None:
        state.apart.add(entry, self.other)


class ProtectedApplicationKeptApart(ApplicationKeptApart):
    kind = "relief.protected_application_kept_apart"
    subject = ProtectedApplication
    label = T("重複ではないと確認（支援措置）", "Found to be no duplicate (protected)")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return sealed(self, actor)


SEALED[ApplicationKeptApart] = ProtectedApplicationKeptApart


@dataclass(frozen=True, slots=True)
class Alike:
    """Another application that looks like one, and by what. ``duplicate``: it may be the same; else it is only near."""

    row: ApplicationRow
    why: T
    duplicate: bool


def like(
    incident: str, kind: str, *, household: str, dwelling: str, householder: str, address: str, but: str = ""
) -> list[Alike]:
    """Standing applications of an incident that may be this one, surest first, then neighbours. ``but``: itself."""
    name, place = name_form(householder), place_form(address)
    meant = Q(named=name)
    for column, value in (("household", household), ("dwelling", dwelling)):
        if value:
            meant |= Q(**{column: value})
    rows = ApplicationRow.objects.filter(meant, incident__in=queries.whole(incident), kind=kind, withdrawn=False)
    rows = rows.exclude(subject=but)
    found = []
    for row in rows.order_by("applied_at", "subject"):
        same_name = row.named == name
        if household and row.household == household:
            found.append(Alike(row, SAME_HOUSEHOLD, True))
        elif dwelling and row.dwelling == dwelling:
            found.append(Alike(row, SAME_HOUSE if same_name else NEIGHBOURS, same_name))
        elif same_name and place_form(row.damaged_address) == place:
            found.append(Alike(row, SAME_NAME, True))
    return sorted(found, key=lambda a: not a.duplicate)


def of(row: ApplicationRow) -> list[Alike]:
    """What looks like an application and has not been found to be another."""
    if row.withdrawn:
        return []
    apart = set(json.loads(row.apart))
    found = like(
        row.incident,
        row.kind,
        household=row.household,
        dwelling=row.dwelling,
        householder=row.householder,
        address=row.damaged_address,
        but=row.subject,
    )
    return [a for a in found if a.row.subject not in apart and row.subject not in json.loads(a.row.apart)]


@law("relief.applied_once", T("一世帯の申請は一つ", "A household applies once"))
def applied_once() -> Iterator[Finding]:
    """Standing applications of one household, or of one name for one dwelling, that nobody found to be two."""
    standing = ApplicationRow.objects.filter(withdrawn=False).annotate(disaster=queries.disaster())
    seen = set[tuple[str, ...]]()
    for columns in (("disaster", "kind", "household"), ("disaster", "kind", "dwelling", "named")):
        held = standing.exclude(**{columns[2]: ""})
        for group in held.values(*columns).annotate(n=Count("pk")).filter(n__gt=1).order_by(*columns):
            rows = list(held.filter(**{c: group[c] for c in columns}).order_by("subject"))
            apart = {frozenset((r.subject, other)) for r in rows for other in json.loads(r.apart)}
            doubted = sorted(
                {
                    s
                    for n, one in enumerate(rows)
                    for other in rows[n + 1 :]
                    if frozenset((one.subject, other.subject)) not in apart
                    for s in (one.subject, other.subject)
                }
            )
            if not doubted or tuple(doubted) in seen:
                continue
            seen.add(tuple(doubted))
            yield Finding(
                tuple(doubted),
                T(
                    f"同じ世帯のものと思われる申請が{len(doubted)}件あります。"
                    "一つを残して取り下げるか、重複ではないと確かめてください。",
                    f"{len(doubted)} applications look like one household's. Withdraw all but one, or say that "
                    "they are no duplicates.",
                ),
            )
