"""Schemes of support as a disaster's own data: rounds of relief money (義援金 第1次配分…), and whatever a town adds.

Relief money has no law: the distribution committee of a prefecture decides each round, and a town its own donations.
Schemes of the law without figures (:mod:`tomoshibi.vocabulary.support`) get theirs in the same way. What is decided is
proposed with its paper, and counts once another person has held it against that paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.places.keys import natural
from tomoshibi.relief.queries import whole
from tomoshibi.relief.versions import check_approval, numbered
from tomoshibi.relief.victim_models import MoneyRow, SchemeRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import SCHEMES, Basis, Scheme, schemes_on

grant("clerk", "relief.schemes")
grant("approver", "relief.schemes", "relief.scheme_approved")
grant("headquarters", "relief.schemes", "relief.scheme_*", "relief.money_*")

#: most yen of one amount, and of one receipt
MOST, MOST_RECEIVED = 100_000_000, 1_000_000_000_000
#: ends the key of a scheme's amounts for people, beside those for households
PERSONS = "/person"
#: schemes of the law whose amounts a town enters
FILLED = {s.key for s in SCHEMES if s.limit or not s.has_figures}
_Yen = Annotated[int, Field(ge=0, le=MOST)]
_Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Fund(StrEnum):
    """Whose money a scheme hands out; each is accounted by itself."""

    PREFECTURE = "prefecture"
    TOWN = "town"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _FUNDS[self]


_FUNDS = {
    Fund.PREFECTURE: T("配分委員会からの義援金", "Relief money from the distribution committee"),
    Fund.TOWN: T("町に寄せられた義援金", "Donations to the town itself"),
}


class AsClass(BaseModel):
    """What makes a dwelling count as another class: 半壊で解体 as 全壊."""

    model_config = ConfigDict(frozen=True)
    label: _Label
    damage: DamageClass


class PerPerson(BaseModel):
    """What is given for one person: dead or missing, badly injured."""

    model_config = ConfigDict(frozen=True)
    label: _Label
    yen: _Yen


class Terms(BaseModel):
    """What was decided. ``of``: the scheme of the law whose figures these are; empty: a scheme of its own.

    ``single_percent`` is what a household of one gets, of 100. ``decided_by``, ``decided_on`` and ``paper`` say where
    it stands written.
    """

    model_config = ConfigDict(frozen=True)
    of: str = Field("", max_length=60)
    name: _Label
    fund: Fund | None = None
    basis: Basis = Basis.SUFFERED
    by_class: dict[DamageClass, _Yen] = Field(default_factory=dict)
    as_class: tuple[AsClass, ...] = Field((), max_length=9)
    persons: tuple[PerPerson, ...] = Field((), max_length=9)
    single_percent: int = Field(100, ge=1, le=100)
    conditions: str = Field("", max_length=1000)
    closes_on: date | None = None
    decided_by: str = Field(min_length=1, max_length=100)
    decided_on: date
    paper: str = Field(min_length=1, max_length=200)

    def amounts(self) -> dict[DamageClass, int]:
        """Yen by class, the worst first: the journal keeps them in the order of their names."""
        return {c: self.by_class[c] for c in DamageClass if c in self.by_class}

    def told(self) -> str:
        """Its amounts in words."""
        said = [f"{k.label} {v:,}" for k, v in self.amounts().items()] + [f"{p.label} {p.yen:,}" for p in self.persons]
        return "、".join(said)


class LocalScheme(Subject):
    """A scheme of this disaster: every version of what was decided, and the one that holds."""

    type = "relief.scheme"
    label = T("支援制度（この災害の）", "Scheme of support (of this disaster)")
    tables = (SchemeRow,)
    reading = "relief.schemes"

    versions = Bag[Terms](T("版", "Versions"))
    in_force = Track[str](T("使用中の版", "Version in force"), "")
    closed = Register[str](T("締切り", "Closed"), "")

    def title(self) -> str:
        held = list(self.versions)
        return held[-1].name if held else "支援制度"

    def rows(self) -> Iterable[Row]:
        for terms, told in numbered(self.versions, self.in_force):
            yield SchemeRow.row(
                self.subject,
                told["version"],
                incident=self.incident,
                of=terms.of,
                name=terms.name,
                fund=terms.fund.value if terms.fund else "",
                terms=terms.model_dump_json(),
                closed=self.closed.value,
                **told,
            )


class SchemeProposed(Fact):
    """A committee, an ordinance or the town fixed amounts; somebody typed them in. Nobody is owed anything yet."""

    kind = "relief.scheme_proposed"
    subject = LocalScheme
    label = T("支援の額の案", "Amounts of a scheme proposed")
    sentence = T("支援の額を入力（{terms}）", "Amounts of a scheme were entered ({terms})")

    terms: Terms = field(T("内容", "Terms"))

    def shown(self) -> dict[str, str]:
        return {"terms": f"{self.terms.name}: {self.terms.told()}"}

    def check(self, present: Present) -> None:
        said = self.terms
        if not said.by_class and not said.persons:
            raise Refused(T("額を一つ以上入れてください。", "Enter one amount at least."), "by_class")
        if said.of and said.persons:
            raise Refused(
                T("法令の制度の額は、被害の程度ごとに入れてください。", "Enter a law's amounts by damage class."),
                "persons",
            )
        for one in said.as_class:
            if one.damage not in said.by_class:
                raise Refused(
                    T(
                        f"「{one.label}」は{one.damage.label.ja}とみなしますが、その額がありません。",
                        f"“{one.label}” counts as {one.damage.label.en}, which has no amount.",
                    ),
                    "as_class",
                )
        for labels in ([c.label for c in said.as_class], [p.label for p in said.persons]):
            if len(labels) != len(set(labels)):
                raise Refused(T("同じ区分が二つあります。", "One case stands there twice."), "persons")
        if said.of and said.of not in FILLED:
            raise Refused(T("その制度には額を入れられません。", "No amounts can be entered for that scheme."), "of")
        before = list(present.state.versions)
        for old, new in ((before[-1].as_class, said.as_class), (before[-1].persons, said.persons)) if before else ():
            if [c.label for c in new][: len(old)] != [c.label for c in old]:  # claims say their case by its place
                raise Refused(
                    T(
                        "区分は前の版と同じ順に置き、新しい区分はそのあとに足してください。",
                        "Keep the cases of the version before in their order, and add new ones behind.",
                    ),
                    "persons",
                )

    def apply(self, state: LocalScheme, entry: Entry) -> None:
        state.versions.add(entry, self.terms)


class SchemeApproved(Fact):
    """Another person held a version against its paper: from now on it counts, also for claims decided before."""

    kind = "relief.scheme_approved"
    subject = LocalScheme
    label = T("支援の額の承認", "Amounts of a scheme approved")
    sentence = T("支援の額を承認", "Amounts of a scheme were approved")

    approved: str = field(T("版", "Version"), max_length=100, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        check_approval(present, self.approved)

    def apply(self, state: LocalScheme, entry: Entry) -> None:
        state.in_force.set(entry, self.approved)
        state.closed.set(entry, "")

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        """Claims that were decided by an earlier version are reckoned anew."""
        yield tasks.Task("relief.reckon_scheme", entry.id, worlds.now(), present.subject)


class SchemeClosed(Fact):
    """No more claims are taken. Those that were taken stay; a new approval opens it again."""

    kind = "relief.scheme_closed"
    subject = LocalScheme
    label = T("支援の受付の締切り", "Scheme closed")
    sentence = T("支援の受付を締め切った（{closed}）", "A scheme takes no more claims ({closed})")

    closed: str = field(T("理由", "Reason"), min_length=1, max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("その制度はありません。", "There is no such scheme."))


class Receipt(Subject):
    """Relief money that came in, or was passed back."""

    type = "relief.money"
    label = T("義援金の受入れ", "Relief money received")
    tables = (MoneyRow,)
    reading = "relief.schemes"

    fund = Register[Fund](T("会計", "Fund"), Fund.TOWN)
    yen = Register[int](T("金額", "Amount"), 0)
    source = Register[str](T("だれから", "From"), "")
    received_on = Register[date | None](T("受入日", "Received on"), None)
    paper = Register[str](T("根拠の文書", "Paper"), "")
    cancelled = Register[str](T("取消しの理由", "Why cancelled"), "")

    def title(self) -> str:
        return f"義援金の受入れ {self.yen.value:,}円"

    def rows(self) -> Iterable[Row]:
        told = self.yen.entry
        if told is None:
            return
        yield MoneyRow.row(
            self.subject,
            incident=self.incident,
            fund=self.fund.value.value,
            yen=0 if self.cancelled.value else self.yen.value,
            written=self.yen.value,
            source=self.source.value,
            received_on=self.received_on.value,
            paper=self.paper.value,
            cancelled=self.cancelled.value,
            told_by=told.actor,
        )


class MoneyReceived(Fact):
    kind = "relief.money_received"
    subject = Receipt
    label = T("義援金の受入れ", "Relief money received")
    sentence = T("義援金 {yen} 円を受け入れ", "Relief money was received: {yen} yen")

    fund: Fund = field(T("会計", "Fund"))
    yen: int = field(
        T("金額", "Amount"),
        ge=-MOST_RECEIVED,
        le=MOST_RECEIVED,
        unit=T("円", "yen"),
        help=T("返した・送ったお金はマイナスで。", "What was passed back is negative."),
    )
    source: str = field(T("だれから", "From"), "", max_length=200)
    received_on: date = field(T("受入日", "Received on"))
    paper: str = field(T("根拠の文書", "Paper"), min_length=1, max_length=200)

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "yen": f"{self.yen:,}"}

    def check(self, present: Present) -> None:
        if not self.yen:
            raise Refused(T("金額を入れてください。", "Enter the amount."), "yen")
        if present.exists:
            raise Refused(T("記録済みです。取り消して、入れ直してください。", "Recorded already: cancel it first."))


class MoneyCancelled(Fact):
    """The line was wrong; it stays, struck through, and counts for nothing."""

    kind = "relief.money_cancelled"
    subject = Receipt
    label = T("義援金の受入れの取消し", "Receipt cancelled")
    sentence = T("義援金の受入れの記録を取消し（{cancelled}）", "A receipt of relief money was cancelled ({cancelled})")

    cancelled: str = field(T("取消しの理由", "Why cancelled"), min_length=1, max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("その記録はありません。", "There is no such line."))


def scheme_ref(incident: str, of: str, name: str) -> str:
    """Reference of a scheme of an incident: two offices that enter one round apart meet on it."""
    return natural(LocalScheme, incident, of or name)


def terms_of(row: SchemeRow) -> Terms:
    """What a version says."""
    return Terms.model_validate_json(row.terms)


def local(incident: str) -> list[SchemeRow]:
    """The schemes of an incident that hold, the first approved first."""
    rows = SchemeRow.objects.filter(incident__in=whole(incident), in_force=True)
    return list(rows.order_by("approved_at", "subject"))


def waiting(incident: str) -> list[SchemeRow]:
    """Versions of an incident's schemes that nobody has approved, the oldest first; none that a later one overtook."""
    rows = SchemeRow.objects.filter(incident__in=whole(incident))
    holds = dict(rows.filter(in_force=True).values_list("subject", "number"))
    return [r for r in rows.filter(approved_at=None).order_by("proposed_at") if r.number > holds.get(r.subject, 0)]


def made_of(row: SchemeRow, day: date) -> list[Scheme]:
    """What a version comes to: its amounts for households, for people, or the figures of the law's scheme."""
    terms = terms_of(row)
    source = T(f"{terms.decided_by} {terms.paper}", f"{terms.decided_by} {terms.paper}")
    conditions = [T(line, line) for line in terms.conditions.splitlines() if line.strip()]
    if terms.closes_on:
        conditions.append(T(f"申請は {terms.closes_on} まで。", f"Claims are taken until {terms.closes_on}."))
    as_class = tuple((T(c.label, c.label), c.damage) for c in terms.as_class)
    law = next((s for s in schemes_on(day) if s.key == terms.of), None)
    if law is not None:
        return [
            replace(
                law,
                source=source,
                conditions=(*law.conditions, *conditions),
                sure=True,
                note=None,
                # amounts by class stand for the law's own, whatever shape those have
                by_class=terms.amounts(),
                by_rebuilding={},
                by_case=(),
                as_class=as_class,
                single=(terms.single_percent, 100),
                classes=tuple(terms.by_class),
            )
        ]
    key, name, found = row.scheme, T(terms.name, terms.name), []
    if terms.by_class:
        found.append(
            Scheme(
                key,
                name,
                source,
                terms.basis,
                day,
                by_class=terms.amounts(),
                as_class=as_class,
                single=(terms.single_percent, 100),
                conditions=tuple(conditions),
            )
        )
    if terms.persons:
        found.append(
            Scheme(
                key + PERSONS,
                T(f"{name.ja}（人）", f"{name.en} (people)"),
                source,
                Basis.PERSON,
                day,
                by_case=tuple((T(p.label, p.label), p.yen) for p in terms.persons),
                conditions=tuple(conditions),
            )
        )
    return found


def schemes_for(incident: str, day: date) -> list[Scheme]:
    """Every scheme of an incident: its own first, then the law's, with the figures that were entered for them."""
    own = [s for row in local(incident) for s in made_of(row, day)]
    law = schemes_on(day)
    keys = {s.key for s in law}
    given = {s.key: s for s in own if s.key in keys}
    return [s for s in own if s.key not in keys] + [given.get(s.key, s) for s in law]


def closed_keys(incident: str) -> set[str]:
    """Keys of the schemes that take no more claims."""
    keys = [row.scheme for row in local(incident) if row.closed]
    return {k + end for k in keys for end in ("", PERSONS)}
