"""What can happen to staff, sections, roles and rules. Call-outs are in :mod:`tomoshibi.people.call_facts`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.people.subjects import Role, Rule, Section, Staff
from tomoshibi.people.words import Members, Time
from tomoshibi.places.facts import must_be_open, put, required_at_first
from tomoshibi.vocabulary import T, VocabularyError

#: people.read shows names, sections, roles and answers; people.personal also addresses, telephones and home areas
grant("headquarters", "people.*")
grant("ict", "people.read", "people.personal", "people.role_*", "people.call*", "people.arriv*")
for _role in ("staff", "clerk", "shelter", "surveyor", "seismologist", "approver"):  # a care home's staff are not ours
    grant(_role, "people.read")

_STAFF = {"widget": "people.staff"}
_SECTION = {"widget": "people.section"}
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def _one_mail(address: str) -> str:
    if address and not _MAIL.fullmatch(address):
        raise VocabularyError(
            T("メールアドレスの形ではありません。一つだけ書いてください。", "This is not one e-mail address.")
        )
    return address


MailAddress = Annotated[str, AfterValidator(_one_mail)]


class SectionDescribed(Fact):
    kind = "people.section_described"
    subject = Section
    label = T("課・班の登録・変更", "Section described")

    code: str | None = field(T("課コード", "Section code"), None, max_length=50)
    name: str | None = field(T("名称", "Name"), None, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    parent: str | None = field(T("上位の部・課", "Belongs to"), None, extra=_SECTION)
    place: str | None = field(T("場所", "Site"), None, extra={"widget": "places.site"})
    team: str | None = field(T("災害時の班", "Team in a disaster"), None, max_length=100)
    phone: str | None = field(T("電話", "Phone"), None, max_length=50)
    email: MailAddress | None = field(T("メール", "E-mail"), None, max_length=200)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if self.parent == present.subject:
            raise Refused(T("課を自分自身に属させることはできません。", "A section cannot belong to itself."), "parent")

    def apply(self, state: Section, entry: Entry) -> None:
        put(self, state, entry)


class SectionClosed(Fact):
    kind = "people.section_closed"
    subject = Section
    label = T("課・班の廃止", "Section closed")
    sentence = T("廃止: {reason}", "Closed: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_be_open(present, T("この課は廃止されています。", "This section is closed already."))
        from tomoshibi.people.queries import staff_of

        if staff_of([present.subject]):
            raise Refused(
                T("職員がいる課は廃止できません。先に所属を変えてください。", "It has staff. Move them first.")
            )

    def apply(self, state: Section, entry: Entry) -> None:
        state.closed.set(entry, True)


class StaffDescribed(Fact):
    kind = "people.staff_described"
    subject = Staff
    label = T("職員の登録・変更", "Staff described")

    number: str | None = field(T("職員番号", "Staff number"), None, max_length=50)
    name: str | None = field(T("氏名", "Name"), None, max_length=100)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    section: str | None = field(T("所属", "Section"), None, extra=_SECTION)
    job_title: str | None = field(T("職名", "Title"), None, max_length=100)
    skills: list[str] | None = field(T("資格・技能", "Skills"), None)
    email: MailAddress | None = field(T("メール", "E-mail"), None, max_length=200)
    mobile: str | None = field(T("携帯電話", "Mobile phone"), None, max_length=50)
    phone: str | None = field(T("自宅電話", "Home phone"), None, max_length=50)
    home_area: str | None = field(
        T("居住地区", "Home area"),
        None,
        help=T("地区まで。番地は書かない。", "The district only, no street address."),
        extra={"widget": "places.area"},
    )
    needed: bool | None = field(
        T("所要の職員", "Needed staff"),
        None,
        help=T("全職員より先に参集する職員", "Gathers before everybody does"),
    )

    def check(self, present: Present) -> None:
        required_at_first(self, present)

    def apply(self, state: Staff, entry: Entry) -> None:
        put(self, state, entry)


class StaffLeft(Fact):
    kind = "people.staff_left"
    subject = Staff
    label = T("退職・転出", "Staff left")
    sentence = T("退職・転出 {reason}", "Left {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.left.value:
            raise Refused(T("この職員は在職していません。", "This person is not on the staff."))

    def apply(self, state: Staff, entry: Entry) -> None:
        state.left.set(entry, True)


class StaffReturned(Fact):
    kind = "people.staff_returned"
    subject = Staff
    label = T("復職", "Staff returned")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.state.left.value:
            raise Refused(T("この職員は在職しています。", "This person is on the staff."))

    def apply(self, state: Staff, entry: Entry) -> None:
        state.left.set(entry, False)


class RoleDescribed(Fact):
    kind = "people.role_described"
    subject = Role
    label = T("役割の登録・変更", "Role described")

    name: str | None = field(T("役割名", "Name"), None, max_length=200)
    time: Time | None = field(T("時期", "Time"), None)
    duties: str | None = field(T("任務", "Duties"), None, max_length=2000, extra={"widget": "textarea"})
    team: str | None = field(T("班", "Team"), None, max_length=100)
    order: int | None = field(T("並び順", "Order"), None, ge=0, le=100_000)

    def check(self, present: Present) -> None:
        required_at_first(self, present)

    def apply(self, state: Role, entry: Entry) -> None:
        put(self, state, entry)


class RoleAssigned(Fact):
    kind = "people.role_assigned"
    subject = Role
    label = T("役割の割当", "Role assigned")

    holder: str | None = field(T("担当者", "Holder"), None, extra=_STAFF)
    deputies: list[str] | None = field(
        T("代理（順位順）", "Deputies in order"),
        None,
        help=T("担当者が来られないとき、上から順に呼びます。", "Called in this order when the holder cannot come."),
        extra=_STAFF,
    )

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("先に役割を登録してください。", "Describe the role first."))
        holder = self.holder if "holder" in self.model_fields_set else present.state.holder.value
        deputies = self.deputies if "deputies" in self.model_fields_set else present.state.deputies.value
        chain = [ref for ref in (holder, *(deputies or ())) if ref]
        if len(set(chain)) < len(chain):
            raise Refused(
                T("同じ人が担当者と代理に二度出ています。", "The same person stands there twice."), "deputies"
            )

    def apply(self, state: Role, entry: Entry) -> None:
        put(self, state, entry)


class RoleEnded(Fact):
    kind = "people.role_ended"
    subject = Role
    label = T("役割の廃止", "Role ended")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.ended.value:
            raise Refused(T("この役割は廃止されています。", "This role has ended already."))

    def apply(self, state: Role, entry: Entry) -> None:
        state.ended.set(entry, True)


def _minutes(label: T, least: int, help: T | None = None) -> int | None:
    made: int | None = field(label, None, unit=T("分", "minutes"), help=help, ge=least, le=7 * 24 * 60)
    return made


class RuleDescribed(Fact):
    kind = "people.rule_described"
    subject = Rule
    label = T("参集ルールの登録・変更", "Call-out rule described")

    name: str | None = field(
        T("名称", "Name"), None, max_length=100, help=T("判断表はこの名称で呼びます。", "Trigger tables use this name.")
    )
    occasion: str | None = field(T("どのようなとき", "Occasion"), None, max_length=500)
    members: Members | None = field(T("参集の範囲", "Whom"), None)
    sections: list[str] | None = field(
        T("対象の課", "Sections"), None, help=T("空なら全庁", "Empty: the whole town"), extra=_SECTION
    )
    roles: list[str] | None = field(T("ほかに呼ぶ役割", "Roles called besides"), None, extra={"widget": "people.role"})
    gather_at: str | None = field(T("参集場所", "Where to gather"), None, extra={"widget": "places.site"})
    posture: str | None = field(T("配備体制", "Posture"), None, max_length=100)
    deadline_minutes: int | None = _minutes(T("回答の期限", "Answer within"), 1)
    remind_minutes: int | None = _minutes(
        T("再送までの時間", "Reminder after"), 0, T("0なら再送しない", "0: no reminder")
    )
    escalate_minutes: int | None = _minutes(
        T("代理を呼ぶまでの時間", "Deputies after"), 0, T("0なら呼ばない", "0: never")
    )
    order: int | None = field(T("並び順", "Order"), None, ge=0, le=100_000)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if self.name:
            from tomoshibi.people.queries import rules

            if any(r.name == self.name and r.subject != present.subject for r in rules()):
                raise Refused(T("同じ名称のルールがあります。", "Another rule has this name."), "name")

    def apply(self, state: Rule, entry: Entry) -> None:
        put(self, state, entry)


class RuleWithdrawn(Fact):
    kind = "people.rule_withdrawn"
    subject = Rule
    label = T("参集ルールの廃止", "Call-out rule withdrawn")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.withdrawn.value:
            raise Refused(T("このルールは廃止されています。", "This rule is withdrawn already."))

    def apply(self, state: Rule, entry: Entry) -> None:
        state.withdrawn.set(entry, True)
