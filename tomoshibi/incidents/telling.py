"""What this room and people tell the operations room: who is here, what is due, what next, which papers there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from tomoshibi.incidents import estimating, queries
from tomoshibi.incidents.models import BulletinRow, IncidentRow, TableRow
from tomoshibi.incidents.panels import Told, tells
from tomoshibi.incidents.words import Hazard, Posture, Report
from tomoshibi.journal import worlds
from tomoshibi.journal.models import SubjectRow, TaskRow
from tomoshibi.journal.navigation import Status, status
from tomoshibi.journal.views import record_address
from tomoshibi.people import queries as people
from tomoshibi.people.models import CallOutRow
from tomoshibi.people.words import Time
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: files that could not be read are told of this long
RECENT = timedelta(hours=24)
#: how long before its time a report is told of on every page
PRESSING = timedelta(minutes=15)
#: deadlines that the program keeps by itself and people want to see coming: handler of the task -> words
KEPT = {
    "people.remind": T("回答のない職員へ再送", "Reminder to those who have not answered"),
    "people.escalate": T("代理の職員を招集", "Deputies are called"),
}


def _running(incident: str) -> IncidentRow | None:
    """The incident of that reference while people are at work on it."""
    row = queries.incident(incident) if incident else None
    return row if row and row.is_open and row.opened else None


def call_out_of(incident: str) -> CallOutRow | None:
    """The call-out that the operations room speaks of: the newest that runs, else the newest."""
    found = people.call_outs(incident)
    return found.filter(closed_at=None).first() or found.first()


def board_of(call_out: CallOutRow) -> str:
    """The address of a call-out's board."""
    return reverse("people:board", args=[call_out.subject.partition(":")[2]])


@tells("here", "people.read")
def who_came(incident: str) -> Iterable[Told]:
    """Arrivals against those called, those who have not answered, those who need help, and roles that nobody fills."""
    if not incident:
        return
    call_out = call_out_of(incident)
    if call_out is None:
        if _running(incident):
            start = reverse("people:start") + f"?incident={incident}"
            text = T("まだ招集していません", "Nobody is called out yet")
            yield Told(text, start, tone="unknown", needs="people.call_out_started")
        return
    seen, board = people.counts(call_out.subject), board_of(call_out)
    yield Told(
        T(
            f"到着 {seen.arrived}／{seen.called}　向かっている {seen.expected}",
            f"{seen.arrived} of {seen.called} here, {seen.expected} on the way",
        ),
        board,
    )
    if seen.no_answer:
        text = T(f"未回答 {seen.no_answer}", f"{seen.no_answer} not answered")
        yield Told(text, f"{board}?show=no_answer", tone="alert")
    unknown = seen.called - seen.safe - seen.injured
    yield Told(
        T(
            f"無事 {seen.safe}　けが {seen.injured}　安否不明 {unknown}",
            f"{seen.safe} safe, {seen.injured} injured, {unknown} not known",
        ),
        f"{board}?show=injured" if seen.injured else board,
        tone="alert" if seen.injured else "unknown" if unknown else "calm",
    )
    if helped := seen.family_needs_help:
        text = T(f"家族に助けが必要 {helped}", f"{helped} whose family needs help")
        yield Told(text, f"{board}?show=family_needs_help", tone="alert")
    acting = people.who_acts(people.roles(Time.DISASTER), call_out.subject)
    empty = [a.role.name for a in acting if not a.sure]
    names = "、".join(empty[:2]) + (f" ほか{len(empty) - 2}" if len(empty) > 2 else "")
    names_en = ", ".join(empty[:2]) + (f" and {len(empty) - 2} more" if len(empty) > 2 else "")
    filled = len(acting) - len(empty)
    if acting:
        yield Told(
            T(
                f"役割 {filled}／{len(acting)}" + (f"　未定 {names}" if empty else ""),
                f"{filled} of {len(acting)} roles filled" + (f"; open: {names_en}" if empty else ""),
            ),
            reverse("people:roles"),
            tone="unknown" if empty else "calm",
        )


@tells("due", "incidents.read")
def reports_due(incident: str) -> Iterable[Told]:
    """Reports to the prefecture that the law sets a time for, until somebody records that they went."""
    row = _running(incident)
    if row is None or row.opened is None:
        return
    for report in Report:
        if row.hazard_word in report.hazards and report not in row.reports_sent:
            address = record_address(
                "incidents.report_sent",
                row.subject,
                report=report.value,
                incident=row.subject,
                next=reverse("incidents:incident", args=[row.key]),
            )
            yield Told(report.label, address, row.opened + report.within, needs="incidents.report_sent")


@status
def report_pressing() -> Status | None:
    """On every page, a report that is due within a quarter of an hour, or was."""
    row = queries.open_incidents().first()
    for line in reports_due(row.subject) if row else ():
        if line.at and line.at <= worlds.now() + PRESSING:
            by = f"{line.at.astimezone(JAPAN):%H:%M}"
            room = reverse("incidents:incident", args=[row.key]) if row else ""
            text = T(f"期限 {by} {line.text.ja}", f"Due {by}: {line.text.en}")
            return Status(text, room, permission="incidents.read")
    return None


@tells("due", "people.read")
def answers_due(incident: str) -> Iterable[Told]:
    """When answers to call-outs are due, and what the program does by itself at what time."""
    if not incident:
        return
    running = {c.subject: c for c in people.call_outs(incident).filter(closed_at=None)}
    for call_out in running.values():
        if call_out.deadline_at and people.unanswered(call_out.subject).exists():
            text = T(f"参集の回答（{call_out.name}）", f"Answers to the call-out ({call_out.name})")
            yield Told(text, board_of(call_out), call_out.deadline_at)
    coming = TaskRow.objects.filter(subject__in=running, handler__in=KEPT, done_at="").order_by("due_at")
    for handler, text in KEPT.items():
        task = coming.filter(handler=handler).first()
        if task and people.unanswered(task.subject).exists():
            yield Told(
                T(f"{text.ja}（自動）", f"{text.en} (by itself)"),
                board_of(running[task.subject]),
                datetime.fromisoformat(task.due_at),
            )


def _to_decide(bulletin: BulletinRow) -> T:
    name = bulletin.title or bulletin.name
    if bulletin.info == "cancelled":
        return T(
            f"取消報を受信: 誤報なら事案を終了する（{name}）", f"A cancellation came: close if it was false ({name})"
        )
    if changed := [f for f in bulletin.correction.get("here", ()) if f["before"] != f["after"]]:
        said = "、".join(f"{f['name']} {f['before']}→{f['after'] or '不明'}" for f in changed)
        said_en = ", ".join(f"{f['name']} {f['before']}→{f['after'] or 'not known'}" for f in changed)
        return T(
            f"震度が訂正された: 配備と参集を見直す（{said}）",
            f"Figures corrected: review posture and call-out ({said_en})",
        )
    return T(f"人の判断が必要: {name}", f"To be decided by a person: {name}")


@tells("next", "incidents.read")
def to_decide(incident: str) -> Iterable[Told]:
    """What waits for a person: telegrams to decide about, the posture, files that could not be read."""
    row = _running(incident)
    waiting = queries.undecided()
    if incident:
        waiting = waiting.filter(Q(incident=incident) | Q(incident=""))
    for bulletin in waiting[:5]:
        yield Told(_to_decide(bulletin), reverse("incidents:bulletin", args=[bulletin.key]), tone="alert")
    if row and row.posture == Posture.NORMAL:
        back = reverse("incidents:incident", args=[row.key])
        address = record_address("incidents.posture_changed", row.subject, incident=row.subject, next=back)
        yield Told(T("配備体制を決める", "Decide the posture"), address, needs="incidents.posture_changed")
    since = worlds.now() - RECENT
    rejected = queries.rejected().filter(at__gte=min(since, row.opened) if row and row.opened else since)
    if newest := rejected.first():
        more, more_en = "", ""
        if (count := rejected.count()) > 1:
            more, more_en = f" ほか{count - 1}件", f" and {count - 1} more"
        text = T(
            f"読めなかったファイルを確かめる: {newest.name}{more}", f"See why it was not read: {newest.name}{more_en}"
        )
        yield Told(text, reverse("incidents:inbox") + "#rejected", newest.at, tone="alert")


@tells("next", "people.read")
def to_call(incident: str) -> Iterable[Told]:
    """That nobody is called out yet though the incident is one for which people come."""
    row = _running(incident)
    if row and row.posture != Posture.NORMAL and call_out_of(incident) is None:
        address = f"{reverse('people:start')}?incident={incident}"
        yield Told(T("職員を招集する", "Call out staff"), address, needs="people.call_out_started")


@tells("next", "journal.read")
def to_settle(incident: str) -> Iterable[Told]:
    """That two sites recorded different things."""
    found = SubjectRow.objects.exclude(conflicts="[]")
    count = (found.filter(incident=incident) if incident else found).count()
    if count:
        yield Told(T(f"食い違いを解く {count}件", f"Settle conflicts: {count}"), reverse("journal:conflicts"))


@tells("next", "incidents.read")
def to_prepare(incident: str) -> Iterable[Told]:
    """In normal times: what is missing for the program to act by itself when a bulletin comes."""
    if incident:
        return
    if not TableRow.objects.exclude(in_force="").exists():
        text = T(
            "自動判断表を承認する（今は電文が届いても動きません）", "Approve a trigger table: nothing acts on bulletins"
        )
        yield Told(text, reverse("incidents:table"), tone="alert")
    elif TableRow.objects.exclude(proposed="").exists():
        yield Told(T("自動判断表の案を確かめる", "Review the proposed trigger table"), reverse("incidents:table"))
    if not people.staff().exists():
        yield Told(T("職員を登録する", "Enter the staff"), reverse("people:staff"))
    elif not people.rules().exists():
        yield Told(T("参集ルールを登録する", "Enter the rules of call-out"), reverse("people:rules"))


@tells("next", "incidents.read")
def unreported(incident: str) -> Iterable[Told]:
    """Municipalities where the newest map expects 5弱 or more at a silent station and nobody has reported."""
    if not incident:
        return
    for said in estimating.maps_of(incident)[:1]:
        names = [town["name"] for town in said["unreported"]]
        if names:
            more, more_en = (f" ほか{len(names) - 4}", f" and {len(names) - 4} more") if len(names) > 4 else ("", "")
            yield Told(
                T(
                    f"震度5弱以上と推計・未入電: {'、'.join(names[:4])}{more}",
                    f"5 Lower or more expected, no report: {', '.join(names[:4])}{more_en}",
                ),
                reverse("estimated_maps:one", args=[said["folder"]]),
                tone="alert",
            )


@tells("papers", "incidents.read")
def estimated_maps(incident: str) -> Iterable[Told]:
    """The newest estimated map of an earthquake, or where one is asked for."""
    row = queries.incident(incident) if incident else None
    if row is None or row.hazard_word is not Hazard.EARTHQUAKE:
        return
    for said in estimating.maps_of(incident)[:1]:
        yield Told(T("推計震度分布", "Estimated map"), reverse("estimated_maps:one", args=[said["folder"]]))
        return
    waits = estimating.waiting(incident)
    text = (
        T("推計震度分布（作成中）", "Estimated map (being drawn)") if waits else T("推計震度分布を描く", "Draw the map")
    )
    yield Told(text, reverse("estimated_maps:maps"))


@tells("papers", "incidents.read")
def papers(incident: str) -> Iterable[Told]:
    """The timeline as paper and as a table."""
    row = queries.incident(incident) if incident else None
    if row:
        for form, text in (("pdf", T("時系列 PDF", "Timeline PDF")), ("xlsx", T("時系列 Excel", "Timeline Excel"))):
            yield Told(text, reverse("incidents:timeline_file", args=[row.key, form]))
