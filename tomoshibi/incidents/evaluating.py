"""From a telegram to what is done about it: the trigger table is asked, and its actions are recorded.

A task does this, made in the transaction that recorded the telegram: it is done again after a crash, and every fact
has an id that follows from telegram, incident and rule, so that doing it again records nothing twice.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from tomoshibi.bulletins import Bulletin, Info, Status, read
from tomoshibi.bulletins.inforce import Arrival, stream, warns
from tomoshibi.bulletins.without import without
from tomoshibi.incidents import correcting, estimating, felt, queries
from tomoshibi.incidents.actions import Action, Firing, actions
from tomoshibi.incidents.deciding import Decision, Rule, decide
from tomoshibi.incidents.facts import BulletinEvaluated, BulletinLinked
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.readings import Ours, ours, readings_of, said_of_us, summary
from tomoshibi.incidents.station_facts import BulletinCorrected
from tomoshibi.incidents.subjects import TABLE, Incident, TriggerTable, natural
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import access, datasets, projecting, tasks, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record

log = logging.getLogger(__name__)

ACTOR = access.Actor("system:inbox", "自動")


def acts_here(status: Status) -> bool:
    """Whether telegrams of this status set anything off in the world that we are in.

    Training telegrams do in the training world only; test telegrams nowhere: they are shown.
    """
    return status is Status.NORMAL or (status is Status.TRAINING and worlds.is_training())


#: telegrams just read, by digest: a great one takes 20 ms to parse, and is needed again at once
_just_read: dict[str, Bulletin] = {}


def remember(bulletin: Bulletin) -> None:
    """Keep a telegram that is about to be evaluated."""
    while len(_just_read) >= 8:
        _just_read.pop(next(iter(_just_read)), None)
    _just_read[bulletin.digest] = bulletin


def _bulletin(digest: str, source: str) -> Bulletin:
    """The telegram of that digest, parsed once where this process received it."""
    found = _just_read.pop(digest, None)
    return found or read(datasets.require(digest).read_bytes(), source)[0]


@tasks.handler("incidents.evaluate")
def evaluate(task: tasks.Task) -> str:
    """Ask the trigger table about the telegram that was just recorded, and record what follows."""
    said, here = _bulletin(task.payload["digest"], task.payload["source"]), ours()
    out = correcting.ruled_out(said.reported) if said.stations else frozenset[str]()
    done = _Evaluation(task, without(said, out), here)
    if done.bulletin is not said:
        done.correction = correcting.corrected(said, out, here, "設置環境の評価または除外による")
    done.run()
    return done.outcome


@dataclass
class _Evaluation:
    """One telegram on its way through the table, without the stations that do not count."""

    task: tasks.Task
    bulletin: Bulletin
    here: Ours
    correction: BulletinCorrected | None = None
    outcome: Any = "nothing"
    failed: list[tuple[str, str]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Decide, act, and keep what was decided."""
        bulletin = self.bulletin
        incident = queries.incident_for(Hazard.of(bulletin.kind), bulletin.event)
        if not acts_here(bulletin.status):
            self.outcome = "shown"
            return self.keep("", None, None)
        if self.task.payload.get("arrival") == Arrival.LATE and self.overtaken():
            self.outcome = "late"
            return self.keep("", incident if self.belongs(incident) else None, None)
        if bulletin.info is Info.CANCELLED:
            self.outcome = "cancelled"
            return self.keep("", queries.incident_of(bulletin.event), None)
        state: Any = projecting.state_of(TABLE)
        table = state.in_force if isinstance(state, TriggerTable) else None
        if table is None:
            self.outcome = "no-table"
            return self.keep("", incident if self.belongs(incident) else None, None)
        decision = decide(table.rules, readings_of(bulletin, self.here))
        self.outcome = "fired" if decision.fired else "asked" if decision.asked else "nothing"
        subject = self.act(decision, incident)
        now = queries.incident(subject) if subject else None
        return self.keep(table.id, now if decision.fired or decision.asked or self.belongs(now) else None, decision)

    def overtaken(self) -> bool:
        """Whether what came before this late telegram leaves nothing of it: a newer warning, or a cancellation.

        What an earthquake's older report says was observed all the same: it is asked about.
        """
        return warns(self.bulletin) or queries.newest_of(stream(self.bulletin)).info == Info.CANCELLED.value

    def belongs(self, incident: IncidentRow | None) -> bool:
        """Whether the telegram is about an incident though no rule says so: of its event, or of our own areas.

        An earthquake at the other end of the country is no part of the one that we are at work on.
        """
        if incident is None:
            return False
        return bool(said_of_us(self.bulletin, self.here)) or queries.incident_of(self.bulletin.event) == incident

    def act(self, decision: Decision, before: IncidentRow | None) -> str:
        """Carry out what fired, opening first; returns the incident, empty where there is none to act in."""
        known = actions()
        subject = before.subject if before else natural(Incident, self.bulletin.event or self.task.id)
        exists = before is not None
        for rule in sorted(decision.fired, key=lambda r: not known[r.do].opens):
            action = known[rule.do]
            if not exists and not action.opens:
                self.failed.append((rule.name, "no incident"))
                continue
            try:
                self.carry_out(action, rule, subject, before if exists else None)
                exists = True
            except Refused as error:
                log.warning("rule %s on %s: %s", rule.name, self.bulletin.source, error.text.en)
                self.failed.append((rule.name, error.text.ja))
        return subject if exists else ""

    def carry_out(self, action: Action, rule: Rule, subject: str, before: IncidentRow | None) -> None:
        """Record an action's facts in one act. An action that is once for an incident is left where it was done, or
        done again for an aftershock that is stronger than anything before it.
        """
        make = action.drafts
        reason = self.task.id if not action.once else f"{subject}:{rule.do}:{sorted(rule.fields.items())}"
        act = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:act:{rule.name}:{reason}"))
        if queries.acted(subject, act):
            if not action.once:  # by this very telegram, before a crash
                self.acts.append(act)
                return
            if action.again is None or not felt.is_stronger_aftershock(subject, self.bulletin, self.here):
                return
            make = action.again
            act = str(uuid.uuid5(uuid.UUID(act), f"again:{self.bulletin.event}"))
            if queries.acted(subject, act):
                return
        line = summary(self.bulletin, self.here)
        firing = Firing(rule, self.bulletin, line, subject, before, ACTOR, act, worlds.now())
        made = make(firing)
        if action.opens:  # the telegram stands before what it set off, and after the incident that it opened
            made.insert(0 if before else 1, self.linked(subject))
        drafts = [
            replace(draft, id=draft.id or _id(act, n), incident=draft.incident or subject)
            for n, draft in enumerate(made)
        ]
        record(drafts, ACTOR, act)
        self.acts.append(act)

    def linked(self, incident: str) -> Draft:
        """The fact that the telegram belongs to an incident; recorded once."""
        line = summary(self.bulletin, self.here)
        fact = BulletinLinked(
            bulletin=self.task.subject, info=self.bulletin.info, summary_ja=line.ja, summary_en=line.en
        )
        return Draft(fact, incident, id=self.task.fact_id("linked"), incident=incident)

    def keep(self, revision: str, incident: IncidentRow | None, decision: Decision | None) -> None:
        """Record the decision with its trace, and link the telegram to its incident."""
        drafts: list[Draft] = []
        if incident is not None:
            drafts.append(self.linked(incident.subject))
        evaluated = BulletinEvaluated(
            outcome=self.outcome,
            revision=revision,
            incident=incident.subject if incident else "",
            trace=decision.trace if decision else (),
            asked=tuple(r.name for r in decision.asked) if decision else (),
            failed=tuple(self.failed),
            acts=tuple(self.acts),
        )
        drafts.append(Draft(evaluated, self.task.subject, id=self.task.fact_id("evaluated")))
        if self.correction:
            about = incident.subject if incident else ""
            id = self.task.fact_id("corrected")
            drafts.append(Draft(self.correction, self.task.subject, id=id, incident=about))
        record(drafts, ACTOR, self.task.id)
        if incident is not None and self.bulletin.stations and estimating.ready():
            estimating.ask(incident.subject, reason=self.task.id)


def _id(act: str, number: int) -> str:
    return str(uuid.uuid5(uuid.UUID(act), str(number)))
