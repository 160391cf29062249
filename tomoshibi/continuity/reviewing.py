"""What is due to the plan: the yearly review, drills, papers to exchange. Told in normal times only."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.urls import reverse

from tomoshibi.continuity import revisions
from tomoshibi.continuity.plan_queries import plan_rows
from tomoshibi.continuity.plan_tables import CopyDescribed, DrillDescribed
from tomoshibi.incidents.panels import Told, tells
from tomoshibi.journal import worlds
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: how long before its day something is told
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Reminder:
    """Something that is due to the plan, on a day; None: at once."""

    text: T
    on: date | None
    overdue: bool


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def reminders() -> list[Reminder]:
    """What is due now or within 30 days, and what was never done."""
    today = worlds.now().astimezone(JAPAN).date()
    found = []
    last = revisions.in_force()
    if last is not None and last.ended_at is not None:
        on = last.ended_at.astimezone(JAPAN).date() + revisions.YEARLY
        if on <= today + AHEAD:
            text = T(
                f"ICT-BCPの見直し（第{last.edition}版から1年）",
                f"Review the plan (a year since edition {last.edition})",
            )
            found.append(Reminder(text, on, on < today))
    for drill in plan_rows(DrillDescribed):
        held, every = drill.said.last_held, drill.said.every_months
        if every is None:
            continue
        due = months_later(held, every) if held else None
        if due is None or due <= today + AHEAD:
            text = T(f"訓練「{drill.title}」", f"Drill: {drill.title}")
            found.append(Reminder(text, due, due is None or due < today))
    if last is not None:
        old = [
            row.title
            for row in plan_rows(CopyDescribed)
            if row.said.returned is None and (row.said.edition or 0) < (last.edition or 0)
        ]
        if old:
            listed = "、".join(old)
            found.append(
                Reminder(
                    T(f"紙の計画書を第{last.edition}版に差し替える: {listed}", f"Exchange paper copies: {listed}"),
                    None,
                    True,
                )
            )
    return found


@tells("due", "continuity.read")
def due(incident: str) -> Iterable[Told]:
    """Reviews and drills of the plan, in normal times."""
    if incident:
        return
    address = reverse("continuity:plan_revisions")
    for one in reminders():
        at = datetime.combine(one.on, time(), JAPAN) if one.on else None
        never = T("", "") if one.on else T("（未実施）", " (not done)")
        yield Told(T(one.text.ja + never.ja, one.text.en + never.en), address, at, "alert" if one.overdue else "calm")
