"""Reminders that go to a facility in time: of its drill, of what a drill showed, of stores that run out.

A task was put when the thing was recorded, at the node that recorded it; when it is due, it looks whether there is
still something to remind of, mails the facility, and records that it did. Where no mail can go, the record says so, and
the municipality sees it on its list.
"""

from __future__ import annotations

from datetime import date

from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.subjects import facility_of, site_of
from tomoshibi.facilities.upkeep import last_drills, today
from tomoshibi.facilities.upkeep_facts import DRILL_EVERY, Reminded
from tomoshibi.facilities.upkeep_models import DrillRow, StockRow
from tomoshibi.journal import tasks
from tomoshibi.journal.access import system
from tomoshibi.journal.messages import Message, mail, prefix
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.tasks import Task
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T

ME = system("facilities")
NO_ADDRESS = "メールアドレスなし: 市から電話で"


@tasks.handler("facilities.remind")
def remind(task: Task) -> str:
    """Remind a facility, if there is still something to be reminded of. A mail server that fails is tried again."""
    found = _due(task)
    if found is None:
        return "settled"
    facility, text = found
    site = SiteRow.objects.filter(subject=site_of(facility), closed=False).first()
    if site is None:
        return "closed"
    profile = FacilityRow.objects.filter(subject=facility).first()
    address = (profile.email if profile else "") or site.email
    how = NO_ADDRESS
    if address:
        mail(Message(f"{prefix()}{site.name} {text.ja}", f"{text.ja}\n\n{text.en}\n"), address)
        how = f"メール {address}"
    record(Draft(Reminded(text=text.ja[:300], how=how), facility, after=(), id=task.fact_id()), ME)
    return how


def _due(task: Task) -> tuple[str, T] | None:
    """Whom to remind of what; None where it is done, dropped or used up."""
    if "stock" in task.payload:
        return _stock(task.subject)
    if "drill" in task.payload:
        return _drill(task.subject, date.fromisoformat(task.payload["drill"]))
    row = DrillRow.objects.filter(subject=task.subject, dropped=False).first()
    if row is None:
        return None
    if "mend" in task.payload:
        return _mend(row, task.payload["mend"])
    if row.held_on or row.planned_on != date.fromisoformat(task.payload["planned"]):
        return None
    return facility_of(row.site), T(
        f"訓練の予定日が近づいています: {row.planned_on} {row.title}", f"A drill comes: {row.planned_on} {row.title}"
    )


def _stock(subject: str) -> tuple[str, T] | None:
    row = StockRow.objects.filter(subject=subject, amount__gt=0, best_before__isnull=False).first()
    if row is None or row.best_before is None:
        return None
    past = row.best_before <= today()
    return facility_of(row.site), T(
        f"備蓄の期限が{'来ました' if past else '近づいています'}: {row.item} {row.quantity}（{row.best_before}）",
        f"Stores {'have run out' if past else 'are to be renewed'}: {row.item} {row.quantity} ({row.best_before})",
    )


def _drill(facility: str, held: date) -> tuple[str, T] | None:
    site = site_of(facility)
    if last_drills([site]).get(site) != held:
        return None  # another was held since
    until = held + DRILL_EVERY
    return facility, T(
        f"次の訓練を{until}までに行ってください（前回 {held}）", f"Hold a drill by {until} (the last was on {held})"
    )


def _mend(row: DrillRow, mend: str) -> tuple[str, T] | None:
    found = next((m for m in row.open_mends if m["id"] == mend), None)
    if found is None:
        return None
    return facility_of(row.site), T(
        f"訓練の改善の期限です: {found['text']}（{found['owner']} {found['due']}）",
        f"An improvement is due: {found['text']} ({found['owner']} {found['due']})",
    )
