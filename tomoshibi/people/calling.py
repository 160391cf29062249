"""Starting a call-out: drafts of it and of every call in it, to be recorded in one act with whatever set it off."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.people.call_facts import CallCorrected, Called, CallOutRepeated, CallOutStarted, CallRepeated, Chain
from tomoshibi.people.models import CallOutRow, CallRow, RuleRow, StaffRow
from tomoshibi.people.queries import roles, rules, who_is_called
from tomoshibi.people.subjects import Call, CallOut
from tomoshibi.vocabulary import T

#: a stronger aftershock within this time calls the same people again; after it, it is a call-out of its own
AGAIN_WITHIN = timedelta(hours=6)


def rule_named(name: str) -> RuleRow | None:
    """The rule in force of that name, or None."""
    return rules().filter(name=name).first()


def start(incident: str, rule: RuleRow, reason: T, actor: Actor, act: str) -> list[Draft]:
    """Drafts that call out everybody whom ``rule`` means, for ``incident`` (a subject reference, or empty).

    Record them under ``act``. The same act and rule make the same call-out, so a retry records nothing twice; where
    that call-out exists, nothing is left to be done and the list is empty. Raises
    :class:`~tomoshibi.journal.facts.Refused` where the rule means nobody, so that a rule gone stale is noticed.
    """
    call_out = call_out_of(act, rule.subject)
    if CallOutRow.objects.filter(subject=call_out).exists():
        return []
    people = who_is_called(rule)
    if not people:
        raise Refused(
            T(
                f"参集ルール「{rule.name}」に当てはまる職員がいません。ルールと職員の登録を確かめてください。",
                f"The call-out rule “{rule.name}” means nobody. Check the rule and the staff.",
            )
        )
    fact = CallOutStarted(
        name=rule.name,
        reason=reason.ja,
        reason_en=reason.en,
        rule=rule.subject,
        posture=rule.posture,
        gather_at=rule.gather_at,
        deadline_minutes=rule.deadline_minutes,
        remind_minutes=rule.remind_minutes,
        escalate_minutes=rule.escalate_minutes,
        chain=chains([p.subject for p in people]),
    )
    return [
        Draft(fact, call_out, id=_key(act, rule.subject, "started"), incident=incident),
        *(call(call_out, person, incident=incident) for person in people),
    ]


def repeat(incident: str, rule: RuleRow, reason: T, actor: Actor, act: str) -> list[Draft]:
    """Drafts that call once more everybody who was called by ``rule`` for ``incident`` and is not here yet.

    Whatever they answered, they may be hurt or cut off since. A call-out that was closed, or began more than
    :data:`AGAIN_WITHIN` ago, is over: a new one begins. Raises :class:`~tomoshibi.journal.facts.Refused` as
    :func:`start` does.
    """
    running = CallOutRow.objects.filter(
        incident=incident, rule=rule.subject, closed_at=None, started_at__gte=worlds.now() - AGAIN_WITHIN
    )
    call_out = running.order_by("-started_at").first()
    if call_out is None:
        return start(incident, rule, reason, actor, act)
    said = {"reason": reason.ja, "reason_en": reason.en}
    calls = CallRow.objects.filter(call_out=call_out.subject, arrived_at=None).order_by("subject")
    return [
        Draft(CallOutRepeated(**said), call_out.subject, id=_key(act, "repeated"), incident=incident),
        *(
            Draft(CallRepeated(**said), c.subject, after=(), id=_key(act, c.subject, "repeated"), incident=incident)
            for c in calls
        ),
    ]


def correct(incident: str, what: T, act: str) -> list[Draft]:
    """Drafts that tell everybody who was called out for ``incident`` that the reason for it is corrected.

    Whoever has answered, or is here, is told too; nobody is sent home by it.
    """
    started = CallOutRow.objects.filter(incident=incident).values_list("subject", flat=True)
    fact = CallCorrected(reason=what.ja[:1000], reason_en=what.en[:1000])
    calls = CallRow.objects.filter(call_out__in=list(started)).order_by("subject")
    return [Draft(fact, c.subject, after=(), id=_key(act, c.subject, "corrected"), incident=incident) for c in calls]


def start_by_hand(
    name: str,
    reason: T,
    people: Sequence[StaffRow],
    *,
    incident: str = "",
    gather_at: str = "",
    deadline_minutes: int = 60,
    remind_minutes: int = 10,
    escalate_minutes: int = 15,
    act: str,
) -> list[Draft]:
    """Drafts of a call-out of ``people`` that no rule asked for. ``act`` makes a retry the same call-out.

    Raises :class:`~tomoshibi.journal.facts.Refused` where there is nobody to call.
    """
    if not people:
        raise Refused(T("招集する職員を選んでください。", "Choose whom to call."), "sections")
    call_out = call_out_of(act)
    fact = CallOutStarted(
        name=name,
        reason=reason.ja,
        reason_en=reason.en,
        gather_at=gather_at,
        deadline_minutes=deadline_minutes,
        remind_minutes=remind_minutes,
        escalate_minutes=escalate_minutes,
        chain=chains([p.subject for p in people]),
    )
    return [
        Draft(fact, call_out, id=_key(act, "started"), incident=incident),
        *(call(call_out, person, incident=incident) for person in people),
    ]


def call_out_of(act: str, rule: str = "") -> str:
    """Reference of the call-out that an act starts: by a rule (reference), or by hand."""
    return CallOut.ref(_key(act, rule) if rule else _key(act))


def call(call_out: str, person: StaffRow, *, because: str = "", incident: str = "") -> Draft:
    """The draft that calls one person in a call-out; calling the same person twice is one call."""
    subject = call_of(call_out, person.subject)
    fact = Called(call_out=call_out, staff=person.subject, name=person.name, because=because)
    return Draft(fact, subject, id=_key(subject, "called"), incident=incident)


def call_of(call_out: str, person: str) -> str:
    """Reference of the call of a person in a call-out."""
    return Call.ref(_key(call_out, person))


def chains(people: Iterable[str]) -> tuple[Chain, ...]:
    """The chains of deputies of every role whose holder is among ``people``, as they are now.

    They are copied into the call-out, so that editing a role later cannot change a call-out that is running.
    """
    called = set(people)
    found = []
    for role in roles():
        holder, *deputies = role.chain or [""]
        if holder in called and deputies and role.holder:
            found.append(Chain(role=role.subject, name=role.name, holder=holder, deputies=tuple(deputies)))
    return tuple(found)


def _key(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "tomoshibi:call-out:" + "/".join(parts)))
