"""Playing a scenario: by a clock of its own, in the training world, through the same inbox and the same facts.

Every run is a fresh one: its earthquake has an event id of its own, and so an incident of its own. While it runs, the
workers of this machine leave the training world to it, so that deadlines come by the drill's clock; messages go into
files, unless they are asked for.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pydantic
from django.conf import settings
from django.test.utils import override_settings
from lxml import etree

from tomoshibi.bulletins import Status, read
from tomoshibi.drills import ending
from tomoshibi.drills.acts import SOME, Stage, households_of
from tomoshibi.drills.ending import MARK, ME
from tomoshibi.drills.facts import DrillBegun, DrillEnded
from tomoshibi.drills.outputs import Report, papers_of
from tomoshibi.drills.scenario import HOUSEHOLD, INCIDENT, Scenario, Step, referred
from tomoshibi.drills.subjects import Run as RunSubject
from tomoshibi.drills.telegrams import STATUSES, Quake, write
from tomoshibi.incidents import inbox, queries, timeline
from tomoshibi.incidents.lined import FileError
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.subjects import Incident, natural
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import clocks, nodes, tasks, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow, TaskRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.ticking import driving
from tomoshibi.journal.verifying import verify
from tomoshibi.people import links
from tomoshibi.people import queries as people
from tomoshibi.people.call_facts import Arrived, CallAnswered
from tomoshibi.people.models import CallRow
from tomoshibi.people.words import Answer, Safety
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: minutes after which those who are coming say that they will be there, in turn
COMING = (15, 30, 45, 60)
#: real seconds between two looks at what is due while a drill is played slowly
PULSE = 0.2
#: how often the other processes are told what time it is, seconds; between, the clock goes on by itself
TELL = 5.0

Tell = Callable[[datetime, T], None]


@contextmanager
def messages_into(folder: Path) -> Iterator[None]:
    """Write every message into files: 900 phones must not ring for a drill that is played in a second."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": str(folder)}}
    with override_settings(MAILERS={"default": files}, TOMOSHIBI_APPRISE=[]):
        yield


def play(
    scenario: Scenario, out: Path, speed: float | None = None, tell: Tell | None = None, *, send: bool = False
) -> Report:
    """Play a scenario and write its papers (:func:`~tomoshibi.drills.outputs.papers_of`) and ``summary.json`` into
    ``out``.

    ``speed`` is how many times faster than real time; None: as fast as it goes. ``tell`` hears of every step.
    ``send`` lets messages go out (marked as training). Raises :class:`FileError` naming the step that was refused, and
    :class:`Refused` where another drill is running, or an incident is open that its telegrams would join.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(worlds.inhabit(worlds.TRAINING))
        nodes.found(str(T("訓練", "training")))
        stack.enter_context(driving())
        if not send:
            stack.enter_context(messages_into(out / "messages"))
        return _Run(scenario, out, speed, tell or (lambda at, what: None)).play()


class _Run:
    """One run of a scenario."""

    def __init__(self, scenario: Scenario, out: Path, speed: float | None, tell: Tell) -> None:
        self.scenario, self.out, self.speed, self.tell = scenario, out, speed, tell
        self.id = run_id(scenario.name)
        self.origin = self.clock = (scenario.origin or worlds.now()).replace(microsecond=0)
        self.day = self.origin.astimezone(JAPAN).date()
        self.started = time.monotonic()
        #: when it shook, by the first telegram
        self.shaken = next(
            (self.origin + s.at - timedelta(minutes=s.quake.minutes_before) for s in scenario.steps if s.quake),
            self.origin,
        )
        self.event = self.event_at(self.shaken)
        first = next((s for s in scenario.steps if s.quake or s.file), None)
        self.hazard = Hazard.EARTHQUAKE if first else None
        if first and first.file:
            data, self.event = self.as_drill(first.file[1])
            self.hazard = Hazard.of(read(data, first.file[0])[0].kind)
        self.incident = natural(Incident, self.event)
        self.subject = RunSubject.ref(self.id)
        self.serials: Counter[str] = Counter()
        self.named: dict[str, str] = {INCIDENT: self.incident}
        self.entries: dict[str, str] = {}
        self.shortfalls: list[tuple[int, T]] = []

    def play(self) -> Report:
        """Every step at its time, and what is due between them."""
        with worlds.at(self.clock):
            ending.end_others()
            self.alone()
            self.names()
            title = self.scenario.title
            begun = DrillBegun(scenario=self.scenario.name, name_ja=title.ja, name_en=title.en)
            self.record(Draft(begun, self.subject, id=self.fact_id("begun")))
        reason = T("", "")
        try:
            for number, step in enumerate(self.scenario.steps):
                self.go_to(self.origin + step.at)
                with worlds.at(self.clock):
                    self.do(number, step)
                    self.work()
            report = self.report()
        except KeyboardInterrupt:
            reason = T("中断されました", "interrupted")
            report = self.report()
        finally:
            clocks.forget()
            with worlds.at(self.clock):
                for incident in self.incidents():
                    ending.end(incident, reason.ja or "訓練のシナリオが終わりました")
                self.work()  # here, where messages still go into files
                self.record(Draft(DrillEnded(reason=reason.ja), self.subject, id=self.fact_id("ended")))
        self.write(report)
        return report

    def alone(self) -> None:
        """Refuse to begin beside an open incident that the drill's telegrams would join instead of opening its own."""
        other = queries.incident_for(self.hazard, self.event) if self.hazard else None
        if other is not None:
            raise Refused(
                T(
                    f"訓練の世界で「{other.title}」が対応中で、訓練の電文はその続きになります。"
                    "訓練の画面の事案を終了してから始めてください。",
                    f"“{other.title}” is open in the training world, and the drill's telegrams would join it. "
                    "Close that incident on the training pages, then begin.",
                )
            )

    def fact_id(self, name: str) -> str:
        """An id for a fact of this run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:drill:{self.id}:{name}"))

    def record(self, draft: Draft, actor: Actor = ME) -> str:
        """Record one fact of this run's incident; returns the entry's id."""
        (entry,) = record(Draft(draft.fact, draft.subject, draft.after, draft.id, None, self.incident), actor)
        return entry.id

    def go_to(self, moment: datetime) -> None:
        """Let the clock come to ``moment``, doing what falls due on the way at its own time."""
        if self.speed is not None:
            self.wait_for(moment)
        before: datetime | None = None
        while (due := self.next_due(moment)) is not None and due != before:
            before = due
            self.clock = max(self.clock, due)
            with worlds.at(self.clock):
                self.work()
        self.clock = max(self.clock, moment)
        clocks.tell(self.clock, 0.0)  # it stands while the step is done: time on the pages never goes back

    def wait_for(self, moment: datetime) -> None:
        """Real time passes; what falls due is done, and what people drop into the inbox is taken."""
        speed, told = self.speed or 1.0, 0.0
        while (now := self.origin + timedelta(seconds=(time.monotonic() - self.started) * speed)) < moment:
            self.clock = max(self.clock, now)
            if time.monotonic() > told + TELL:
                told = time.monotonic()
                clocks.tell(self.clock, speed)
            with worlds.at(self.clock):
                inbox.scan()
                tasks.tick()
            time.sleep(PULSE)

    def next_due(self, until: datetime) -> datetime | None:
        """When the next task of this world falls due, up to ``until``."""
        rows = TaskRow.objects.filter(done_at="").order_by("due_at").values_list("due_at", flat=True)
        first = rows.first()
        due = datetime.fromisoformat(first) if first else None
        return due if due is not None and due <= until else None

    def work(self) -> None:
        """Do everything that is due now."""
        while tasks.tick():
            clocks.tell(self.clock, 0.0)  # 426 messages take a while

    def do(self, number: int, step: Step) -> None:
        """One step."""
        if step.say is not None:
            self.tell(self.clock, step.say)
        try:
            if step.quake is not None:
                self.drop(self.telegram(step.quake, step), f"VXSE53_{number:03}.xml")
            elif step.file is not None:
                self.drop(self.as_drill(step.file[1])[0], step.file[0])
            elif step.answers:
                self.answer(number, step)
            elif step.arrive:
                self.arrive(number, step)
            elif step.fact is not None:
                self.fact(number, step)
            elif step.act is not None:
                self.act(number, step)
        except (Refused, pydantic.ValidationError) as error:
            text = error.text if isinstance(error, Refused) else T(str(error), str(error))
            raise FileError(self.scenario.source, [(step.line, text)]) from error

    def telegram(self, quake: Quake, step: Step) -> bytes:
        """The telegram of an earthquake, with the next serial number of its event: the run's, or one of its own."""
        shaken, event = self.shaken, self.event
        if quake.shook is not None:
            shaken = self.origin + quake.shook
            event = self.event_at(shaken)
            if step.name:
                self.named[step.name] = natural(Incident, event)
        self.serials[event] += 1
        return write(
            quake,
            event=event,
            serial=self.serials[event],
            origin=shaken,
            reported=self.clock,
            status=Status.TRAINING,
        )

    def event_at(self, shaken: datetime) -> str:
        """JMA's event id is the time of the earthquake; ours says besides which run's."""
        return f"{shaken.astimezone(JAPAN):%Y%m%d%H%M%S}{MARK}{self.id}"

    def as_drill(self, data: bytes) -> tuple[bytes, str]:
        """A recorded telegram made this run's own: status 訓練, and an event id that no other run has; and that id."""
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        for status in root.iterfind("{*}Control/{*}Status"):
            status.text = STATUSES[Status.TRAINING]
        event = ""
        for element in root.iterfind("{*}Head/{*}EventID"):
            element.text = event = f"{element.text or ''}{MARK}{self.id}"
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8"), event

    def drop(self, data: bytes, name: str) -> None:
        """Drop a telegram into the training world's inbox, where it is taken as any other."""
        path = inbox.folder() / f"drill-{self.id}_{name}"
        path.write_bytes(data)
        inbox.take(path)
        for bulletin in read(data, name):
            self.tell(self.clock, T(f"電文: {bulletin.headline}", f"Bulletin: {bulletin.headline}"))

    def incidents(self) -> list[str]:
        """References of this run's incidents, its first one first."""
        return list(dict.fromkeys((self.incident, *incidents_of(self.id))))

    def calls(self) -> list[CallRow]:
        """Everybody called in this incident, in the order of the call."""
        found: list[CallRow] = []
        for call_out in people.call_outs().filter(incident__in=self.incidents()).order_by("started_at", "subject"):
            found.extend(CallRow.objects.filter(call_out=call_out.subject).order_by("called_at", "staff"))
        return found

    def answer(self, number: int, step: Step) -> None:
        """The next of those who have not answered do, as they would by their link."""
        waiting = iter([c for c in self.calls() if not c.answer and c.arrived_at is None])
        for kind, count in step.answers.items():
            for n in range(count):
                call = next(waiting, None)
                if call is None:
                    self.short(
                        step,
                        T(
                            f"「{kind.label.ja}」と答える人が {count - n} 人足りません。",
                            f"{count - n} too few are left to answer “{kind.label.en}”.",
                        ),
                    )
                    break
                said: dict[str, Any] = {"answer": kind, "safety": Safety.SAFE}
                if kind in (Answer.COMING, Answer.LATE):
                    wait = COMING[n % len(COMING)] * (2 if kind is Answer.LATE else 1)
                    said["coming_at"] = self.clock + timedelta(minutes=wait)
                draft = Draft(CallAnswered(**said), call.subject, id=self.fact_id(f"{number}/{call.subject}"))
                self.record(draft, links.actor_of(call))
        names = "、".join(f"{kind.label.ja} {count}人" for kind, count in step.answers.items())
        told = ", ".join(f"{count} {kind.label.en.lower()}" for kind, count in step.answers.items())
        self.tell(self.clock, T(f"回答: {names}", f"Answers: {told}"))

    def arrive(self, number: int, step: Step) -> None:
        """The next of those who are coming arrive."""
        coming = [c for c in self.calls() if c.arrived_at is None and c.answer in (Answer.COMING, Answer.LATE)]
        coming.sort(key=lambda c: (c.coming_at is None, c.coming_at, c.staff))
        if len(coming) < step.arrive:
            lack = step.arrive - len(coming)
            self.short(step, T(f"到着する人が {lack} 人足りません。", f"{lack} too few are on their way."))
        for call in coming[: step.arrive]:
            self.record(
                Draft(Arrived(), call.subject, id=self.fact_id(f"{number}/{call.subject}")), links.actor_of(call)
            )
        self.tell(self.clock, T(f"到着 {min(step.arrive, len(coming))} 人", f"{min(step.arrive, len(coming))} arrive"))

    def fact(self, number: int, step: Step) -> None:
        """Record a step's fact."""
        cls = step.fact
        assert cls is not None  # noqa: S101  # the caller looked
        name = step.of or (INCIDENT if cls.subject is Incident else "")
        values = {key: self.resolved(value) for key, value in step.fields.items()}
        made = cls.model_validate_json(pydantic.TypeAdapter(dict[str, Any]).dump_json(values))
        about = getattr(made, "about", None)  # what it speaks of may follow from its fields
        subject = self.named[name] if name else about(self.incident) if about else ""
        subject = subject or cls.subject.ref(self.fact_id(f"{number}/subject"))
        entry = self.record(Draft(made, subject, id=self.fact_id(str(number))), self.actor(step))
        if step.name:
            self.named[step.name], self.entries[step.name] = subject, entry
        self.tell(self.clock, made.tell())

    def act(self, number: int, step: Step) -> None:
        """Do what a step says is done at a desk."""
        assert step.act is not None  # noqa: S101  # the caller looked
        made = step.act.model_validate({key: self.resolved(value) for key, value in step.fields.items()})
        stage = Stage(self.incident, self.actor(step), self.day, lambda name: self.fact_id(f"{number}/{name}"))
        self.tell(self.clock, made.do(stage))

    def actor(self, step: Step) -> Actor:
        """Who acts in a step. With a role it is one who holds just that; of two names, each is another person."""
        if not step.role:
            return Actor(ME.id, step.by) if step.by else ME
        site = self.named[step.site] if step.site else ""
        return Actor(f"drill:{''.join(step.by.split())}", step.by, ((step.role, site),))

    def resolved(self, value: Any) -> Any:
        """A field's value, with ``@name`` replaced by that step's entry and ``&name`` by its subject."""
        if isinstance(value, list):
            return [self.resolved(v) for v in value]
        name = referred(value)
        if name is None:
            return value
        return self.entries[name] if value[0] == "@" else self.named[name]

    def names(self) -> None:
        """Find the subjects that the scenario names. Raises :class:`FileError`."""
        for name, reference in self.scenario.names.items():
            kind, _, key = reference.partition(":")
            line = self.scenario.name_lines[name]
            if kind == HOUSEHOLD and SOME.fullmatch(key):
                try:
                    (self.named[name],) = households_of(key, self.day)
                except Refused as error:
                    raise FileError(self.scenario.source, [(line, error.text)]) from error
                continue
            row = SubjectRow.objects.filter(subject=reference).first()
            row = row or SubjectRow.objects.filter(type=kind, title=key).first()
            if row is None:
                what = T(f"「{reference}」が訓練の世界にありません。", f"{reference!r} is not in the training world.")
                raise FileError(self.scenario.source, [(line, what)])
            self.named[name] = row.subject

    def short(self, step: Step, what: T) -> None:
        """Keep that a step could not have what it asked for."""
        self.shortfalls.append((step.line, what))

    def report(self) -> Report:
        """How things stand now."""
        row = IncidentRow.objects.filter(subject=self.incident).first()
        calls = self.calls()
        took = sorted(
            (c.answered_at - c.called_at).total_seconds() / 60 for c in calls if c.answered_at and c.called_at
        )
        middle = (took[(len(took) - 1) // 2] + took[len(took) // 2]) / 2 if took else None
        return Report(
            scenario=self.scenario.name,
            run=self.id,
            incident=self.incident if row else "",
            title=row.title if row else "",
            began=self.origin,
            ended=self.clock,
            posture=row.posture if row else "",
            called=len(calls),
            answered=sum(bool(c.answer) for c in calls),
            arrived=sum(c.arrived_at is not None for c in calls),
            median_answer_minutes=middle,
            shortfalls=self.shortfalls,
        )

    def write(self, report: Report) -> None:
        """Write the run's papers, then ``summary.json``."""
        report.entries = timeline.entries_of(self.incident).count()
        report.broken = len(verify().breaks)
        row = queries.incident(self.incident)
        with worlds.at(self.clock):
            if row is not None:
                for name, data in papers_of(row):
                    (self.out / name).write_bytes(data)
                    report.files.append(self.out / name)
        summary = self.out / "summary.json"
        report.files.append(summary)
        summary.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def run_id(scenario: str) -> str:
    """An id for the next run of a scenario on this node. Which one it is decides, so that a copy of a home gives the
    same run; two nodes, and two runs, never the same.
    """
    number = SubjectRow.objects.filter(type=RunSubject.type).count()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:drill:{nodes.identity().node}:{scenario}:{number}").hex[:8]


def incidents_of(run: str) -> list[str]:
    """References of the incidents that a run's telegrams opened."""
    found = IncidentRow.objects.filter(event__endswith=f"{MARK}{run}").order_by("opened", "subject")
    return list(found.values_list("subject", flat=True))


def default_out() -> Path:
    """Where a drill's documents go where nothing is said."""
    return Path(settings.TOMOSHIBI_HOME) / "training" / "drills"
