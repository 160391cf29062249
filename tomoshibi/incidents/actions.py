"""What a trigger may do: registered actions, each of which makes facts of a firing.

A room above registers its own with :func:`register`, mostly by :func:`mapped`: a kind of fact and where each of its
fields comes from. Nothing here imports a room above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tomoshibi.bulletins import Bulletin
from tomoshibi.incidents.deciding import Rule
from tomoshibi.incidents.facts import IncidentOpened, PostureChanged
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.readings import incident_name
from tomoshibi.incidents.words import Hazard, Posture
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Fact, Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.people import calling
from tomoshibi.people.models import RuleRow
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Firing:
    """A rule that fired: on which bulletin, in which incident, and who acts.

    ``summary`` is the bulletin in one line. ``act`` is the id under which the action's facts are recorded: it follows
    from incident and rule, so subjects that an action makes take their keys from it.
    """

    rule: Rule
    bulletin: Bulletin
    summary: T
    incident: str
    #: the incident as it was before, or None where this very firing opens it
    before: IncidentRow | None
    actor: Actor
    act: str
    at: datetime


Drafts = Callable[[Firing], list[Draft]]


@dataclass(frozen=True)
class Action:
    """Something a rule may do. ``fields`` are what a rule has to say for it, with the check of each.

    ``once`` holds for the whole incident: the same rule's action is not repeated by the event's next telegram.
    """

    name: str
    label: T
    drafts: Drafts
    fields: Mapping[str, Callable[[str], T | None]] = field(default_factory=dict)
    #: how a field's value is said, where it is not said as it is written
    words: Mapping[str, Callable[[str], T]] = field(default_factory=dict)
    #: fields without which the action cannot be done
    required: Sequence[str] = ()
    once: bool = True
    #: what a stronger aftershock does where ``once`` was done already; None: nothing
    again: Drafts | None = None
    #: done before the others, and able to make the incident that they act in
    opens: bool = False

    def said(self, rule: Rule) -> list[T]:
        """A rule's fields in people's words."""
        return [
            T(value, value) if name not in self.words or self.fields[name](value) else self.words[name](value)
            for name, value in rule.fields.items()
        ]

    def problems(self, rule: Rule) -> list[T]:
        """What is wrong with a rule's fields for this action."""
        found = []
        for name in self.required:
            if not rule.fields.get(name):
                found.append(T(f"「{name}」が要ります。", f"{name!r} is missing."))
        for name, value in rule.fields.items():
            if name not in self.fields:
                found.append(T(f"動作「{self.name}」に「{name}」はありません。", f"{self.name!r} takes no {name!r}."))
            elif (problem := self.fields[name](value)) is not None:
                found.append(problem)
        return found


_actions: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Make an action known to trigger tables. Raises :class:`ValueError` where another has its name."""
    if _actions.setdefault(action.name, action) is not action:
        raise ValueError(f"two actions are called {action.name}")
    return action


def actions() -> dict[str, Action]:
    """Every registered action, by name."""
    return dict(_actions)


def any_text(value: str) -> T | None:
    """A field that takes any text."""
    return None


def mapped(
    fact: type[Fact], subject: Callable[[Firing], str], mapping: Mapping[str, Callable[[Firing], object]]
) -> Drafts:
    """Drafts of an action that records one ``fact``: of which subject, and where each field's value comes from."""

    def drafts(firing: Firing) -> list[Draft]:
        made = fact.model_validate({name: value(firing) for name, value in mapping.items()})
        return [Draft(made, subject(firing), incident=firing.incident)]

    return drafts


def _posture(value: str) -> T | None:
    if value in {p.value for p in Posture}:
        return None
    listed = ", ".join(p.value for p in Posture)
    return T(f"配備体制「{value}」はありません。{listed} のどれかにしてください。", f"{value!r} is none of {listed}.")


def _open(firing: Firing) -> list[Draft]:
    """Open the incident if it is not there, and raise its posture; never lower it by itself."""
    made: list[Draft] = []
    if firing.before is None:
        name = incident_name(firing.bulletin)
        opened = IncidentOpened(
            name=name.ja,
            hazard=Hazard.of(firing.bulletin.kind),
            began=firing.bulletin.origin or firing.bulletin.target or firing.bulletin.reported,
            event=firing.bulletin.event,
        )
        made.append(Draft(opened, firing.incident, incident=firing.incident))
    wanted = Posture(firing.rule.fields.get("posture", Posture.NORMAL))
    now = Posture(firing.before.posture) if firing.before else Posture.NORMAL
    if wanted.order > now.order:
        changed = PostureChanged(posture=wanted, reason=firing.rule.name)
        made.append(Draft(changed, firing.incident, incident=firing.incident))
    return made


OPEN = register(
    Action(
        "open_incident",
        T("事案を開き配備を敷く", "Open an incident and set the posture"),
        _open,
        {"posture": _posture},
        {"posture": lambda value: Posture(value).label},
        opens=True,
        once=False,
    )
)


def call_drafts(firing: Firing) -> list[Draft]:
    """Call out the staff whom a rule of ``people`` names. Raises :class:`Refused` where there is no such rule."""
    return calling.start(firing.incident, _call_rule(firing), firing.summary, firing.actor, firing.act)


def recall_drafts(firing: Firing) -> list[Draft]:
    """Call the same staff once more, for a stronger aftershock. Raises as :func:`call_drafts` does."""
    return calling.repeat(firing.incident, _call_rule(firing), firing.summary, firing.actor, firing.act)


def _call_rule(firing: Firing) -> RuleRow:
    rule = calling.rule_named(firing.rule.fields["rule"])
    if rule is None:
        raise Refused(
            T(
                f"参集の規則「{firing.rule.fields['rule']}」がありません。職員の画面で規則を登録してください。",
                f"There is no call-out rule {firing.rule.fields['rule']!r}. Enter it on the staff pages.",
            )
        )
    return rule


CALL = register(
    Action(
        "call_out",
        T("職員を招集する", "Call out staff"),
        call_drafts,
        {"rule": any_text},
        required=("rule",),
        again=recall_drafts,
    )
)
