"""What follows a call-out by itself: messages, reminders, and the deputies of those who cannot or do not answer.

All of it are rows with ``due_at`` (:mod:`tomoshibi.journal.tasks`): nothing lives in memory, so nothing is lost in a
crash; every fact has an id made from its task's, so a task done twice records once.
"""

from __future__ import annotations

from datetime import timedelta

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.messages import prefix
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.tasks import Task
from tomoshibi.journal.ticking import every
from tomoshibi.people import calling, channels, links, queries
from tomoshibi.people.call_facts import CallFailed, CallSent, Reminded
from tomoshibi.people.models import CallOutRow, CallRow, StaffRow
from tomoshibi.people.words import ABSENT, Safety
from tomoshibi.places.queries import names_of, who_are_we
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: how often somebody who does not answer is reminded
REMINDERS = 3

ME = system("call-out")


@every(0.5, alone=True)
def send_messages() -> None:
    """Messages have a thread of their own: a slow mail server delays nothing else, and is helped by a second one."""
    tasks.tick(limit=20, only="people.send")


@every(1, alone=True)
def keep_deadlines() -> None:
    """Reminders and deputies do not wait behind messages."""
    tasks.tick(only="people.remind")
    tasks.tick(only="people.escalate")


@tasks.handler("people.send")
def send(task: Task) -> str:
    """Send one person their message with the signed link. A failure is recorded at once, and the task tried again."""
    call = CallRow.objects.filter(subject=task.subject).first()
    call_out = CallOutRow.objects.filter(subject=call.call_out).first() if call else None
    if call is None or call_out is None:
        raise LookupError(f"{task.subject} is not there yet")
    if task.payload["number"] and (call.answer or call.arrived_at):
        return "answered meanwhile"
    person = StaffRow.objects.filter(subject=call.staff).first()
    try:
        if person is None:
            raise LookupError(call.staff)
        again, correction = task.payload.get("again"), task.payload.get("correction")
        written = corrected(call_out, T(*correction)) if correction else None
        taken = channels.send(written or message(call, call_out, T(*again) if again else None), person)
    except channels.ChannelFailed as failure:
        failed = CallFailed(reason=failure.text.ja[:500])
        record(Draft(failed, call.subject, after=(), id=task.fact_id("failed"), incident=call_out.incident), ME)
        if failure.lasting:
            return failure.text.ja
        raise
    sent = CallSent(channel="、".join(taken))
    record(Draft(sent, call.subject, after=(), id=task.fact_id("sent"), incident=call_out.incident), ME)
    return sent.channel


def message(call: CallRow, call_out: CallOutRow, again: T | None = None) -> channels.Message:
    """What a person called reads: who calls, why, where to, until when, and the link; Japanese, then English.

    ``again`` is why the person is called once more; what was answered before may no longer be so.
    """
    us = who_are_we()
    town = us.name if us else ""
    place = names_of([call_out.gather_at]).get(call_out.gather_at, "")
    deadline = call_out.deadline_at.astimezone(JAPAN) if call_out.deadline_at and not again else None
    lines = [
        f"{prefix()}{town} 職員の参集　{call_out.name}{'（再度の招集）' if again else ''}",
        again.ja if again else call_out.reason,
        *(["前に回答した人も、安否と到着の見込みを改めて回答してください。"] if again else []),
        *([f"あなたを呼ぶ理由: {call.because}"] if call.because else []),
        *([f"参集場所: {place}"] if place else []),
        *([f"{deadline:%H:%M} までに回答してください。"] if deadline else []),
        "",
        "回答はこちらから（サインイン不要）:",
        links.address(call.subject),
        "",
        f"{'[EXERCISE] ' if prefix() else ''}You are called out{' again' if again else ''}: {call_out.name}. "
        f"{again.en if again else call_out.reason_en}".strip(),
        "Answer by the link above; no sign-in is needed.",
        "この連絡はあなた専用です。転送しないでください。 This link is yours alone; do not pass it on.",
    ]
    return channels.Message(
        f"{prefix()}【{town} {'再参集' if again else '参集'}】{call_out.name}", "\n".join(lines) + "\n"
    )


def corrected(call_out: CallOutRow, what: T) -> channels.Message:
    """What a person called reads when the reason for it is corrected; Japanese, then English."""
    us = who_are_we()
    town = us.name if us else ""
    lines = [
        f"{prefix()}{town} 参集の理由の訂正　{call_out.name}",
        what.ja,
        "参集は取り消されていません。本部の指示があるまで、回答したとおりに行動してください。",
        "",
        f"{'[EXERCISE] ' if prefix() else ''}The reason for the call-out {call_out.name} is corrected. {what.en}",
        "The call-out stands: do as you answered until headquarters says otherwise.",
    ]
    return channels.Message(f"{prefix()}【{town} 訂正】{call_out.name}", "\n".join(lines) + "\n")


@tasks.handler("people.remind")
def remind(task: Task) -> str:
    """Remind everybody who has not answered, and come back for the next time."""
    call_out = CallOutRow.objects.filter(subject=task.subject).first()
    if call_out is None:
        raise LookupError(f"{task.subject} is not there yet")
    if call_out.closed_at or call_out.started_at is None:
        return "closed"
    number = task.payload["number"]
    # whoever was called later, as a deputy, has had no time to answer yet
    long_ago = call_out.started_at + timedelta(minutes=call_out.remind_minutes * (number - 1))
    silent = list(queries.unanswered(call_out.subject).filter(called_at__lte=long_ago))
    fact = Reminded(number=number)
    record(
        [Draft(fact, c.subject, after=(), id=task.fact_id(c.subject), incident=call_out.incident) for c in silent], ME
    )
    if silent and number < REMINDERS:
        due = worlds.now() + timedelta(minutes=call_out.remind_minutes)
        root = task.reason.partition("/")[0]
        tasks.put([Task("people.remind", f"{root}/{number + 1}", due, task.subject, {"number": number + 1})])
    return f"{len(silent)} reminded"


@tasks.handler("people.escalate")
def escalate(task: Task) -> str:
    """Call the next deputy of every role whose holder, and deputies so far, have not answered or cannot come."""
    call_out = CallOutRow.objects.filter(subject=task.subject).first()
    if call_out is None:
        raise LookupError(f"{task.subject} is not there yet")
    if call_out.closed_at:
        return "closed"
    calls = {c.staff: c for c in CallRow.objects.filter(call_out=call_out.subject)}
    waits = timedelta(minutes=call_out.escalate_minutes)
    wanted: dict[str, str] = {}
    for chain in call_out.chains:
        deputy = _next(chain, calls, waits)
        if deputy and deputy not in calls:
            wanted.setdefault(deputy, f"{chain['name']} の代理")
    people = list(StaffRow.objects.filter(subject__in=wanted, left=False))
    record(
        [calling.call(call_out.subject, p, because=wanted[p.subject], incident=call_out.incident) for p in people], ME
    )
    if people and call_out.escalate_minutes:
        due = worlds.now() + waits
        tasks.put([Task("people.escalate", task.fact_id("next"), due, task.subject)])
    return f"{len(people)} deputies called"


def _next(chain: dict[str, object], calls: dict[str, CallRow], waits: timedelta) -> str | None:
    """The first of a chain who is not called yet, if all before said no, are hurt, or have had their time to answer.

    None where somebody of the chain is here, comes, or still has time.
    """
    now = worlds.now()
    deputies = chain["deputies"]
    order = [str(chain["holder"]), *(map(str, deputies) if isinstance(deputies, list | tuple) else ())]
    for person in order:
        call = calls.get(person)
        if call is None:
            return person
        if call.safety == Safety.INJURED or call.answer in ABSENT:
            continue
        if call.answer or call.arrived_at:
            return None
        if call.called_at is None or now < call.called_at + waits:
            return None
    return None
