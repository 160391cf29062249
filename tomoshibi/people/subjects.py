"""What people are to the town: their states and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.people.models import CallOutRow, CallRow, RoleRow, RuleRow, SectionRow, StaffRow
from tomoshibi.people.words import ABSENT, Answer, Family, Members, Safety, Time
from tomoshibi.vocabulary import T


class Section(Subject):
    """A section 課 or a group 係 of the town hall, and the team 班 that it becomes in a disaster."""

    type = "people.section"
    label = T("課・班", "Section")
    tables = (SectionRow,)

    code = Register[str](T("課コード", "Section code"), "")
    name = Register[str](T("名称", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    parent = Register[str](T("上位の部・課", "Belongs to"), "")
    place = Register[str](T("場所", "Site"), "")
    team = Register[str](T("災害時の班", "Team in a disaster"), "")
    phone = Register[str](T("電話", "Phone"), "")
    email = Register[str](T("メール", "E-mail"), "")
    closed = Register[bool](T("廃止", "Closed"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.kana.value} {self.team.value} {self.phone.value}"

    def rows(self) -> Iterable[Row]:
        names = ("code", "name", "kana", "parent", "place", "team", "phone", "email", "closed")
        yield SectionRow.row(self.subject, **{name: getattr(self, name).value for name in names})


class Staff(Subject):
    """One of the town's staff. Their families are no subjects and never entered."""

    type = "people.staff"
    label = T("職員", "Staff")
    tables = (StaffRow,)
    reading = "people.personal"
    personal = True

    number = Register[str](T("職員番号", "Staff number"), "")
    name = Register[str](T("氏名", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    section = Register[str](T("所属", "Section"), "")
    job_title = Register[str](T("職名", "Title"), "")
    skills = Register[list[str]](T("資格・技能", "Skills"), [])
    email = Register[str](T("メール", "E-mail"), "")
    mobile = Register[str](T("携帯電話", "Mobile phone"), "")
    phone = Register[str](T("自宅電話", "Home phone"), "")
    home_area = Register[str](T("居住地区", "Home area"), "")
    needed = Register[bool](T("所要の職員", "Needed staff"), False)
    left = Register[bool](T("退職・異動", "Left"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        closed_up = "".join(self.name.value.split())  # people type it without the space between the names
        return f"{self.name.value} {closed_up} {self.kana.value} {self.number.value} {self.job_title.value}"

    def rows(self) -> Iterable[Row]:
        names = ("number", "name", "kana", "section", "email", "mobile", "phone", "home_area", "needed", "left")
        yield StaffRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in names},
            title=self.job_title.value,
            skills="、".join(self.skills.value),
        )


class Role(Subject):
    """A role in one of the three times: its duties, who holds it, and who stands in, in order."""

    type = "people.role"
    label = T("役割", "Role")
    tables = (RoleRow,)

    name = Register[str](T("役割名", "Name"), "")
    time = Register[Time](T("時期", "Time"), Time.NORMAL)
    duties = Register[str](T("任務", "Duties"), "")
    team = Register[str](T("班", "Team"), "")
    order = Register[int](T("並び順", "Order"), 0)
    holder = Register[str](T("担当者", "Holder"), "")
    deputies = Register[list[str]](T("代理（順位順）", "Deputies in order"), [])
    ended = Register[bool](T("廃止", "Ended"), False)

    def title(self) -> str:
        return f"{self.name.value}（{self.time.value.label.ja}）" if self.name.value else super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.team.value}"

    def rows(self) -> Iterable[Row]:
        yield RoleRow.row(
            self.subject,
            name=self.name.value,
            time=self.time.value.value,
            duties=self.duties.value,
            team=self.team.value,
            order=self.order.value,
            holder=self.holder.value,
            deputies=_list(self.deputies.value),
            ended=self.ended.value,
        )


class Rule(Subject):
    """A rule of who gathers 参集ルール: of which sections, the needed staff or everyone, and until when they answer."""

    type = "people.call_out_rule"
    label = T("参集ルール", "Call-out rule")
    tables = (RuleRow,)

    name = Register[str](T("名称", "Name"), "")
    occasion = Register[str](T("どのようなとき", "Occasion"), "")
    members = Register[Members](T("参集の範囲", "Whom"), Members.NEEDED)
    sections = Register[list[str]](T("対象の課", "Sections"), [])
    roles = Register[list[str]](T("ほかに呼ぶ役割", "Roles called besides"), [])
    gather_at = Register[str](T("参集場所", "Where to gather"), "")
    posture = Register[str](T("配備体制", "Posture"), "")
    deadline_minutes = Register[int](T("回答の期限", "Answer within"), 60)
    remind_minutes = Register[int](T("再送までの時間", "Reminder after"), 10)
    escalate_minutes = Register[int](T("代理を呼ぶまでの時間", "Deputies after"), 15)
    order = Register[int](T("並び順", "Order"), 0)
    withdrawn = Register[bool](T("廃止", "Withdrawn"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def rows(self) -> Iterable[Row]:
        names = [
            "name",
            "occasion",
            "gather_at",
            "posture",
            "deadline_minutes",
            "remind_minutes",
            "escalate_minutes",
            "order",
            "withdrawn",
        ]
        yield RuleRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in names},
            members=self.members.value.value,
            sections=_list(self.sections.value),
            roles=_list(self.roles.value),
        )


class CallOut(Subject):
    """One call-out 参集: why, by which rule, until when, and the deputies' chains as they were when it began."""

    type = "people.call_out"
    label = T("参集", "Call-out")
    tables = (CallOutRow,)

    started = Register[Any](T("発令", "Start"), None)
    repeats = Bag[str](T("再発令", "Repeated"))
    closed = Track[bool](T("終了", "Closed"), False)

    def title(self) -> str:
        return self.started.value.name if self.started.value else super().title()

    def rows(self) -> Iterable[Row]:
        fact, entry = self.started.value, self.started.entry
        if fact is None or entry is None:
            return
        began = entry.happened
        yield CallOutRow.row(
            self.subject,
            incident=self.incident,
            name=fact.name,
            reason=fact.reason,
            reason_en=fact.reason_en,
            rule=fact.rule,
            posture=fact.posture,
            gather_at=fact.gather_at,
            started_at=began,
            deadline_at=began + timedelta(minutes=fact.deadline_minutes),
            remind_minutes=fact.remind_minutes,
            escalate_minutes=fact.escalate_minutes,
            chain=json.dumps([link.model_dump() for link in fact.chain], ensure_ascii=False),
            started_by=entry.actor_name,
            closed_at=_since(self.closed) if self.closed.value else None,
        )


class Call(Subject):
    """One person called in one call-out, and what became of it."""

    type = "people.call"
    label = T("呼び出し", "Call")
    tables = (CallRow,)
    reading = "people.personal"  # it tells who is hurt
    personal = True

    called = Register[Any](T("呼び出し", "Called"), None)
    sent = Track[str](T("送信", "Sent"), "")
    failed = Track[str](T("不達", "Not delivered"), "")
    reminders = Bag[int](T("再送", "Reminders"))
    repeats = Bag[str](T("再度の招集", "Called again"))
    corrections = Bag[str](T("理由の訂正", "Reason corrected"))
    answer = Track[Answer | None](T("回答", "Answer"), None)
    coming_at = Track[datetime | None](T("到着の見込み", "Expected"), None)
    safety = Track[Safety | None](T("本人の安否", "Safety"), None)
    family = Track[Family | None](T("家族の安否", "Family"), None)
    note = Track[str](T("連絡事項", "Note"), "")
    arrived = Track[str | None](T("到着", "Arrived"), None)

    def title(self) -> str:
        return self.called.value.name if self.called.value else super().title()

    def rows(self) -> Iterable[Row]:
        fact, entry = self.called.value, self.called.entry
        if fact is None or entry is None:
            return
        answers, repeats = self.answer.points(), self.repeats.items()
        newest_sent, newest_failure = self.sent.entry, self.failed.entry
        undelivered = newest_failure is not None and not _later(newest_sent, newest_failure)
        yield CallRow.row(
            self.subject,
            call_out=fact.call_out,
            staff=fact.staff,
            name=fact.name,
            because=fact.because,
            called_at=entry.happened,
            sent_at=_since(self.sent),
            sent_by=self.sent.value,
            failed=self.failed.value if undelivered else "",
            reminders=len(self.reminders),
            repeated_at=repeats[-1][0].happened if repeats else None,
            answer=self.answer.value.value if self.answer.value else "",
            answered_at=answers[0][0].happened if answers else None,
            coming_at=None if self.answer.value in ABSENT else self.coming_at.value,
            safety=self.safety.value.value if self.safety.value else "",
            family=self.family.value.value if self.family.value else "",
            note=self.note.value,
            arrived_at=_since(self.arrived) if self.arrived.value is not None else None,
            arrived_site=self.arrived.value or "",
        )


def _list(refs: list[str]) -> str:
    return json.dumps(refs, separators=(",", ":"))


def _since(track: Track[Any]) -> datetime | None:
    entry = track.entry
    return entry.happened if entry else None


def _later(one: Entry | None, other: Entry) -> bool:
    """Whether ``one`` happened at or after ``other``."""
    return one is not None and one.happened_at >= other.happened_at
