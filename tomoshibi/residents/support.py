"""The registered supporter list 避難行動要支援者名簿, individual plans 個別避難計画, and who holds copies of them.

Disaster Countermeasures Basic Act 49-10 (list), 49-11 (who is told: with consent, or in a disaster without), 49-14
(plans), 49-15 (who is told of plans). A copy on paper is a subject of its own: to whom, by what right, whose names,
until when, and how it came to its end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.places.facts import put
from tomoshibi.residents import queries
from tomoshibi.residents.copies import may_be_told, version
from tomoshibi.residents.models import CopyPersonRow, CopyRow, SupportRow
from tomoshibi.residents.persons import PROTECTED
from tomoshibi.residents.subjects import Person
from tomoshibi.residents.words import Basis, CopyEnd, CopyOf, Need, Recipient
from tomoshibi.vocabulary import T

grant("clerk", "residents.support", "residents.support_*", "residents.evacuation_planned")
grant("headquarters", "residents.support", "residents.support_copy_*")


class Support(Subject):
    """What is recorded of one person who cannot flee alone; the key is the person's own."""

    type = "residents.support"
    label = T("避難行動要支援者", "Registered for support")
    zone = "resident"
    tables = (SupportRow,)
    reading = "residents.support"
    personal = True

    listed = Register[bool](T("名簿に登録", "On the list"), False)
    needs = Register[tuple[Need, ...]](T("事由", "Why"), ())
    contact = Register[str](T("連絡先", "Contact"), "")
    note = Register[str](T("必要な支援", "What help"), "")
    consent = Register[bool | None](T("平常時の提供への同意", "Consent"), None)
    to = Register[tuple[Recipient, ...]](T("提供してよい相手", "To whom"), ())
    on = Register[dt.date | None](T("同意の日", "On"), None)
    how = Register[str](T("同意の確かめ方", "How"), "")
    helpers = Register[tuple[str, ...]](T("支援する人", "Who helps"), ())
    destination = Register[str](T("避難先", "Whither"), "")
    route = Register[str](T("経路", "Which way"), "")
    means = Register[str](T("移動の手段", "How moved"), "")
    plan_note = Register[str](T("持ち物・医療・配慮", "To take along, medicine, care"), "")
    made_on = Register[dt.date | None](T("作成日", "Made on"), None)
    plan_consent = Register[bool | None](T("計画の提供に同意", "Consents that the plan is shared"), None)

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        yield SupportRow.row(
            self.subject,
            person=Person.ref(self.subject.partition(":")[2]),
            listed=self.listed.value,
            needs="".join(f"{n.value} " for n in self.needs.value),
            contact=self.contact.value,
            note=self.note.value,
            consent=self.consent.value,
            consent_to="".join(f"{r.value} " for r in self.to.value),
            consent_on=self.on.value,
            consent_how=self.how.value,
            planned=self.made_on.value is not None,
            plan_on=self.made_on.value,
            supporters="\n".join(self.helpers.value),
            destination=self.destination.value,
            route=self.route.value,
            means=self.means.value,
            plan_note=self.plan_note.value,
            plan_consent=self.plan_consent.value,
        )


class SupportCopy(Subject):
    """One copy of the list, or of a plan, in somebody's hands."""

    type = "residents.support_copy"
    label = T("名簿・計画の写し", "Copy handed out")
    zone = "resident"
    tables = (CopyRow, CopyPersonRow)
    reading = "residents.support"
    personal = True

    handed = Register["SupportCopyHanded | None"](T("提供", "Handed"), None)
    end = Register["SupportCopyEnded | None"](T("終わり", "Ended"), None)
    by = Register[str](T("渡した職員", "Handed by"), "")

    def title(self) -> str:
        handed = self.handed.value
        return f"{number_of(self.subject)} {handed.name}" if handed else self.label.ja

    def rows(self) -> Iterable[Row]:
        handed, end = self.handed.value, self.end.value
        if handed is None:
            return
        yield CopyRow.row(
            self.subject,
            number=number_of(self.subject),
            what=handed.what.value,
            recipient=handed.recipient.value,
            name=handed.name,
            basis=handed.basis.value,
            area=handed.area,
            people=len(handed.people),
            handed_on=handed.handed_on,
            due_on=handed.due_on,
            ended=end.how.value if end else "",
            ended_on=end.on if end else None,
            ended_note=end.note if end else "",
            of_plan=handed.of_plan,
            by=self.by.value,
        )
        for person in dict.fromkeys(handed.people):
            yield CopyPersonRow.row(self.subject, person, person=person)


def number_of(copy: str) -> str:
    """The number printed on every page of a copy."""
    return copy.partition(":")[2][:8].upper()


class _OfPerson(Fact):
    subject = Support

    def allowed(self, actor: Actor, present: Present) -> bool:
        who = queries.person(Person.ref(present.subject.partition(":")[2]), actor)
        return actor.may(self.kind) and (who is None or not who.protected or actor.may(PROTECTED))

    def check(self, present: Present) -> None:
        if queries.person(Person.ref(present.subject.partition(":")[2]), present.actor) is None:
            raise Refused(T("この人は名簿にいません。", "This person is in no register."))


class SupportListed(_OfPerson):
    """A person cannot flee alone, and is registered for support."""

    kind = "residents.support_listed"
    label = T("避難行動要支援者の登録", "Registered for support")
    sentence = T("避難行動要支援者1人を登録", "One person was registered for support")

    needs: tuple[Need, ...] | None = field(T("事由", "Why"), None)
    contact: str | None = field(T("連絡先", "Contact"), None, max_length=200)
    note: str | None = field(
        T("必要な支援", "What help"),
        None,
        max_length=1000,
        extra={"widget": "textarea"},
        help=T("住所は書かないでください。", "Do not write the address here."),
    )

    def check(self, present: Present) -> None:
        super().check(present)
        if not (present.state.needs.value if self.needs is None and present.exists else self.needs):
            raise Refused(T("事由を選んでください。", "Choose why."), "needs")

    def apply(self, state: Support, entry: Entry) -> None:
        put(self, state, entry)
        state.listed.set(entry, True)


class SupportEnded(_OfPerson):
    kind = "residents.support_ended"
    label = T("避難行動要支援者の登録の終了", "Support ended")
    sentence = T("避難行動要支援者1人の登録を終了", "One person's registration for support ended")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=300)

    def check(self, present: Present) -> None:
        if not present.exists or not present.state.listed.value:
            raise Refused(T("この人は登録されていません。", "This person is not registered."))

    def apply(self, state: Support, entry: Entry) -> None:
        state.listed.set(entry, False)


class SupportConsented(_OfPerson):
    """Whether this person lets the list be given, in normal times, to those who would help, and to whom."""

    kind = "residents.support_consented"
    label = T("名簿情報の提供への同意", "Consent to be told of")
    sentence = T("名簿情報の提供への同意・不同意を記録", "Consent, or its refusal, was recorded")

    consent: bool = field(T("同意する", "Consents"))
    to: tuple[Recipient, ...] = field(T("提供してよい相手", "To whom"), ())
    on: dt.date = field(T("確かめた日", "On"))
    how: str = field(T("確かめ方（書面、訪問など）", "How (in writing, at a visit)"), "", max_length=200)

    def check(self, present: Present) -> None:
        super().check(present)
        if self.consent and not self.to:
            raise Refused(T("提供してよい相手を選んでください。", "Choose to whom."), "to")

    def apply(self, state: Support, entry: Entry) -> None:
        for name in ("consent", "on", "how"):
            getattr(state, name).set(entry, getattr(self, name))
        state.to.set(entry, self.to if self.consent else ())


class EvacuationPlanned(_OfPerson):
    """How one person flees, with whose help, by which way and whither."""

    kind = "residents.evacuation_planned"
    label = T("個別避難計画", "Individual evacuation plan")
    sentence = T("個別避難計画1件を作成・更新", "One individual evacuation plan was made")

    helpers: tuple[str, ...] | None = field(
        T("支援する人", "Who helps"),
        None,
        help=T("1行に1人: 氏名、住所、電話", "One a line: name, address, telephone"),
    )
    destination: str | None = field(T("避難先", "Whither"), None, max_length=300)
    route: str | None = field(T("経路", "Which way"), None, max_length=500)
    means: str | None = field(T("移動の手段", "How moved"), None, max_length=200)
    plan_note: str | None = field(
        T("持ち物・医療・配慮", "To take along, medicine, care"), None, max_length=1000, extra={"widget": "textarea"}
    )
    made_on: dt.date | None = field(T("作成日", "Made on"), None)
    plan_consent: bool | None = field(T("計画の提供に本人が同意", "Consents that it is shared"), None)

    def check(self, present: Present) -> None:
        super().check(present)
        for name, what in (
            ("destination", T("避難先を入れてください。", "Enter whither.")),
            ("made_on", T("作成日を入れてください。", "Enter when it was made.")),
        ):
            said, before = getattr(self, name), getattr(present.state, name).value if present.exists else None
            if not (before if said is None else said):
                raise Refused(what, name)

    def apply(self, state: Support, entry: Entry) -> None:
        put(self, state, entry)


class SupportCopyHanded(Fact):
    """A copy was given to somebody who would help: whose names stand on it, by what right, and until when."""

    kind = "residents.support_copy_handed"
    subject = SupportCopy
    label = T("名簿・計画の写しの提供", "Copy handed out")
    sentence = T("{name}へ{what}の写しを提供（{basis}）", "A copy was handed to {name}: {what} ({basis})")

    what: CopyOf = field(T("何の写しか", "Of what"), CopyOf.LIST, extra={"widget": "hidden"})
    recipient: Recipient = field(T("提供先の種類", "Kind of recipient"))
    name: str = field(T("提供先", "Recipient"), min_length=1, max_length=200)
    basis: Basis = field(T("根拠", "By what right"))
    area: str = field(T("地区（町字の一部、空なら全部）", "Area (part of a town's name)"), "", max_length=100)
    people: tuple[str, ...] = field(T("載せた人", "People"), extra={"widget": "hidden"})
    handed_on: dt.date = field(T("渡した日", "Handed on"))
    due_on: dt.date | None = field(T("返却の期限", "Due back"), None)
    of_plan: str = field(T("計画の版", "Version of the plan"), "", max_length=64, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この写しは渡されています。", "This copy was handed out already."))
        if not self.people:
            raise Refused(T("載せる人がいません。", "Nobody stands on this copy."), "people")
        if self.basis is Basis.EMERGENCY and not present.incident:
            raise Refused(
                T("同意のない提供は、開いている事案の中でだけできます。", "Without consent only within an incident."),
                "basis",
            )
        rows = {row.person: row for row in SupportRow.objects.filter(person__in=self.people, listed=True)}
        if self.what is CopyOf.PLAN:
            if len(self.people) != 1:
                raise Refused(T("計画の写しは1人のものです。", "A copy of a plan is of one person's."), "people")
            if not any(row.planned for row in rows.values()):
                raise Refused(T("この人の個別避難計画はありません。", "This person has no plan."), "people")
        known = queries.persons(self.people, present.actor)
        for ref in self.people:
            row, who = rows.get(ref), known.get(ref)
            if row is None or who is None:
                raise Refused(T("名簿にない人が含まれています。", "Somebody on it is not on the list."), "people")
            if self.basis is Basis.CONSENT and not may_be_told(row, self.recipient.value, self.what.value):
                raise Refused(
                    T(
                        "この提供先への同意がない人が含まれています。",
                        "Somebody on it has not consented to this recipient.",
                    ),
                    "people",
                )
            if who.protected and not present.actor.may(PROTECTED):
                raise Refused(T("支援措置の人が含まれています。", "Somebody on it is protected."), "people")
        if self.what is CopyOf.PLAN and version(known[self.people[0]], rows[self.people[0]]) != self.of_plan:
            raise Refused(
                T(
                    "計画が変わりました。いまの計画を確かめて、もう一度渡してください。",
                    "The plan has changed: look at it again.",
                ),
                "of_plan",
            )

    def apply(self, state: SupportCopy, entry: Entry) -> None:
        state.handed.set(entry, self)
        state.by.set(entry, entry.actor_name)


class SupportCopyEnded(Fact):
    kind = "residents.support_copy_ended"
    subject = SupportCopy
    label = T("写しの返却・廃棄・紛失", "Copy returned, destroyed or lost")
    sentence = T("名簿・計画の写し: {how}", "A copy of the list or a plan: {how}")

    how: CopyEnd = field(T("どうなったか", "What became of it"))
    on: dt.date = field(T("日", "On"))
    note: str = field(T("確かめ方・備考", "How, and notes"), "", max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.handed.value is None:
            raise Refused(T("その写しはありません。", "There is no such copy."))

    def apply(self, state: SupportCopy, entry: Entry) -> None:
        state.end.set(entry, self)
