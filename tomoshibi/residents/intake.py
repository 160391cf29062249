"""The register taken in by itself: files of a folder, every night, with nobody at the keyboard.

A file is taken when it has lain unchanged for a while. What was taken is moved to ``taken/`` beside a ``.result.txt``;
what cannot be read, or has bad rows, is moved to ``held/`` beside a ``.reason.txt`` and loads nothing until somebody
says so. A file is moved only after what became of it was recorded, under an id that follows from its bytes: a crash in
between leaves it in the folder, and taking it again records nothing twice.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from django.db.models import QuerySet

from tomoshibi.documents import Problem, SheetError, SheetRefused
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import edition, importing, thinning
from tomoshibi.residents.intake_facts import (
    OURS,
    DeliveryDiscarded,
    DeliveryHeld,
    DeliveryTaken,
    NightMissed,
    Reason,
    day_of,
)
from tomoshibi.residents.intake_subjects import Delivery
from tomoshibi.residents.layouts import LayoutUnknown, Remembered
from tomoshibi.residents.loading import Progress
from tomoshibi.residents.models import DeliveryRow, IntakeRow, LayoutRow
from tomoshibi.residents.taking import take, take_changes
from tomoshibi.residents.words import FileKind, Outcome
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

log = logging.getLogger(__name__)

ACTOR = system("intake")
#: a file is complete when nothing wrote or moved it for so long, seconds
SETTLED = 20.0
#: rows that the journal names; the file beside a held one names them all
NAMED = 200
#: a full file with fewer people than this share of the one before is held: it was cut short
SHRUNK = 0.9
#: ends of names under which programs write what they will rename
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", "~", ".result.txt", ".reason.txt")
TAKEN, HELD = "taken", "held"


@dataclass(frozen=True)
class Done:
    """What became of one file: the row of its delivery, and whether it came before."""

    name: str
    row: DeliveryRow
    again: bool = False

    @property
    def text(self) -> T:
        """One line."""
        outcome = Outcome(self.row.outcome).label
        if self.again:
            return T(f"{self.name}: 以前と同じファイル（{outcome.ja}）", f"{self.name}: came before ({outcome.en})")
        return T(
            f"{self.name}: {outcome.ja} {self.row.count}件（問題のある行 {self.row.left_out}）",
            f"{self.name}: {outcome.en}, {self.row.count} ({self.row.left_out} bad rows)",
        )


def setting() -> IntakeRow | None:
    """How the register comes in, or None where nobody set it up."""
    return IntakeRow.objects.filter(subject=OURS).first()


def folder() -> Path | None:
    """The folder of this machine from which files come; None where none is set up, or it is not on this machine."""
    row = setting()
    path = Path(row.folder) if row and row.folder else None
    return path if path is not None and path.is_dir() else None


def remembered() -> dict[str, Remembered]:
    """Layouts that somebody said, by fingerprint."""
    return {
        row.fingerprint: Remembered(FileKind(row.kind), json.loads(row.mapping), json.loads(row.whys))
        for row in LayoutRow.objects.all()
    }


def waiting(path: Path) -> list[Path]:
    """Complete files in the folder, oldest day first, changes and full files as they come."""
    now, found = time.time(), []
    for file in path.iterdir():
        if file.name.startswith(".") or file.name.endswith(UNFINISHED) or not file.is_file():
            continue
        if now - file.stat().st_ctime >= SETTLED:
            found.append(file)
    return sorted(found, key=lambda f: (day_of(f.name) or dt.date.max, f.name))


def told() -> list[tuple[DeliveryRow, Path]]:
    """Held files that need not be held any more: somebody has said what their headings mean."""
    path = folder()
    if path is None:
        return []
    known = LayoutRow.objects.values("fingerprint")
    rows = DeliveryRow.objects.filter(outcome=Outcome.HELD.value, fingerprint__in=known)
    return [(row, file) for row in rows if (file := held_file(row)) is not None]


def run(progress: Progress = lambda done, of: None) -> list[Done]:
    """Take every complete file of the folder, and what was held until its layout was said. Nothing where another
    process is at it.
    """
    path = folder()
    if path is None:
        return []
    done = []
    with _alone(path) as free:
        if not free:
            return []
        for file in waiting(path):
            try:
                done.append(receive(file, progress=progress))
            except FileNotFoundError:  # taken away meanwhile
                continue
            except OSError as error:
                log.error("%s stays in the folder: %s", file.name, error)
        for row, file in told():
            done.append(_take(file, row.name, _digest(file), row.day, progress=progress))
        row_of_ours = setting()
        if row_of_ours and any(d.row.kind == FileKind.FULL.value and not d.again for d in done):
            thinning.thin(row_of_ours.keep)
    return done


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    with (path / ".tomoshibi.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def receive(file: Path, *, progress: Progress = lambda done, of: None) -> Done:
    """Take one file, or hold it, and move it aside. Raises ``OSError`` where it cannot be read or moved."""
    digest = _digest(file)
    row = DeliveryRow.objects.filter(subject=Delivery.ref(digest)).first()
    if row is not None:
        _aside(file, HELD if row.outcome == Outcome.HELD.value else TAKEN, Done(file.name, row, again=True), ())
        return Done(file.name, row, again=True)
    return _take(file, file.name, digest, day_of(file.name), progress=progress)


def release(
    row: DeliveryRow, actor: Actor, *, day: dt.date | None = None, progress: Progress = lambda done, of: None
) -> Done:
    """Take the good rows of a held file after all, as of ``day`` where its name does not say.

    Raises :class:`Refused` where the file is not held, lies on another machine, or has not one good row.
    """
    file = held_file(row)
    if row.outcome != Outcome.HELD.value or file is None:
        raise Refused(
            T(
                f"{row.name} は、この端末の保留フォルダーにありません。",
                f"{row.name} is not in this machine's folder of held files.",
            )
        )
    done = _take(file, row.name, _digest(file), day or row.day, actor=actor, good_only=True, progress=progress)
    if done.row.outcome == Outcome.HELD.value:
        raise Refused(Reason(**json.loads(done.row.reasons)[0]).text)
    return done


def discard(row: DeliveryRow, reason: str, actor: Actor) -> None:
    """Say that a held file is not wanted. Raises :class:`Refused`."""
    record(Draft(DeliveryDiscarded(name=row.name, reason=reason), row.subject), actor)


def held_file(row: DeliveryRow) -> Path | None:
    """Where a held file lies on this machine."""
    path, digest = folder(), row.key
    for file in sorted((path / HELD).glob(f"{digest[:8]}.*")) if path else ():
        if not file.name.endswith(UNFINISHED):
            return file
    return None


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def _take(
    file: Path,
    name: str,
    digest: str,
    day: dt.date | None,
    *,
    actor: Actor = ACTOR,
    good_only: bool = False,
    progress: Progress,
) -> Done:
    subject = Delivery.ref(digest)
    problems: tuple[Problem, ...] = ()
    try:
        fact, problems = _read(file, name, digest, day, actor, good_only, progress)
    except LayoutUnknown as no:
        fact = DeliveryHeld(
            name=name, day=day, reasons=(_why(no.text),), headings=no.headings, fingerprint=no.fingerprint
        )
    except SheetRefused as no:
        problems = no.problems
        bad = len({p.row for p in problems})
        reasons = tuple(map(_reason, problems[:NAMED]))
        kind = importing.kind_of(file, remembered())
        fact = DeliveryHeld(name=name, file_kind=kind, day=day, count=no.good, left_out=bad, reasons=reasons)
    except (SheetError, Refused) as no:
        fact = DeliveryHeld(name=name, day=day, reasons=(_why(no.text),))
    heads = EntryRow.objects.filter(subject=subject).count()
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{fact.kind}:{digest}:{heads}"))
    record(Draft(fact, subject, id=id), actor)
    done = Done(name, DeliveryRow.objects.get(subject=subject))
    _aside(file, TAKEN if isinstance(fact, DeliveryTaken) else HELD, done, problems)
    return done


def _read(
    file: Path, name: str, digest: str, day: dt.date | None, actor: Actor, good_only: bool, progress: Progress
) -> tuple[DeliveryTaken | DeliveryHeld, tuple[Problem, ...]]:
    known = remembered()
    kind = importing.kind_of(file, known)
    if day is None:
        text = T(
            "ファイル名に日付（20261122 など）がなく、いつ現在か分かりません。",
            "The file's name holds no date (20261122), so nobody knows as of when it is.",
        )
        return DeliveryHeld(name=name, file_kind=kind, reasons=(_why(text),)), ()
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:delivery:{digest}:{day}:{good_only}"))
    found: importing.Read
    if kind is FileKind.CHANGES:
        found = changes = importing.read_changes(file, day, good_only=good_only, progress=progress, remembered=known)
        if good_only and found.problems and not changes.records:
            raise SheetRefused(found.problems, 0)
        entry = take_changes(changes.records, actor, processed_to=day, source=name, id=id)
        more = fewer = None
    else:
        found = people = importing.read(file, day, good_only=good_only, progress=progress, remembered=known)
        before = edition.full(day)
        if before and not good_only and len(people.records) < SHRUNK * before.people:
            text = T(
                f"{len(people.records)}人しかありません（{before.as_of} は {before.people}人）。"
                "途中で切れた疑いがあります。",
                f"It has {len(people.records)} people only ({before.people} as of {before.as_of}): cut short, perhaps.",
            )
            held = DeliveryHeld(name=name, file_kind=kind, day=day, count=len(people.records), reasons=(_why(text),))
            return held, ()
        expected = edition.keys_on(day) if before else None
        entry = take(people.records, day, actor, source=name, id=id, progress=progress)
        more, fewer = edition.compared(expected, day) if expected is not None else (None, None)
    fact = DeliveryTaken(
        name=name,
        file_kind=kind,
        day=day,
        count=len(found.records),
        left_out=found.bad_rows,
        reasons=tuple(map(_reason, found.problems[:NAMED])),
        more=more,
        fewer=fewer,
        entry=entry.id,
    )
    return fact, found.problems


def _why(text: T) -> Reason:
    return Reason(ja=text.ja, en=text.en)


def _reason(problem: Problem) -> Reason:
    what = problem.what
    item = problem.column.ja if problem.column else ""
    return Reason(row=problem.row, item=item, ja=what.ja, en=what.en)


def _aside(file: Path, where: str, done: Done, problems: tuple[Problem, ...]) -> None:
    """Move a file whose outcome was recorded, and write beside it what became of it."""
    target = file.parent.parent if file.parent.name == HELD else file.parent
    digest = done.row.key
    name = f"{digest[:8]}.{done.name.removeprefix(f'{digest[:8]}.')}"
    path = target / where / (name if where == HELD else f"{worlds.now().astimezone(JAPAN):%Y-%m-%d}/{name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    reasons = [_reason(p) for p in problems] or [Reason(**r) for r in json.loads(done.row.reasons)]
    lines = [done.text, *(r.text for r in reasons)]
    told = "".join(f"{t.ja}\n{t.en}\n" for t in lines)
    if file.parent.name == HELD and where == TAKEN:
        file.with_name(file.name + ".reason.txt").unlink(missing_ok=True)
    path.with_name(path.name + (".reason.txt" if where == HELD else ".result.txt")).write_text(told, encoding="utf-8")
    file.replace(path)


def deliveries() -> QuerySet[DeliveryRow]:
    """Files that came, newest first."""
    return DeliveryRow.objects.order_by("-at", "name")


def held() -> QuerySet[DeliveryRow]:
    """Files that wait for somebody, oldest first."""
    return DeliveryRow.objects.filter(outcome=Outcome.HELD.value).order_by("at")


def missed() -> dt.date | None:
    """The morning by which a file should have come and had not, where none has come since; None where all is well."""
    row = setting()
    if row is None or not row.nightly or row.since is None or worlds.is_training():
        return None
    now = worlds.now().astimezone(JAPAN)
    hour, minute = map(int, row.due.split(":"))
    morning = now.date()
    if (now.hour, now.minute) < (hour, minute):
        morning -= dt.timedelta(1)
    while row.workdays and (morning - dt.timedelta(1)).weekday() >= 5:  # the night after a day off
        morning -= dt.timedelta(1)
    due = dt.datetime.combine(morning, dt.time(hour, minute), JAPAN)
    begun = due - dt.timedelta(hours=12)  # what came late in the morning before was that night's
    if row.since > begun or DeliveryRow.objects.filter(at__gt=begun).exists():
        return None
    return morning


def watch() -> bool:
    """Record that a night was missed, once for each; whether one was."""
    morning, row = missed(), setting()
    if morning is None or row is None or row.missed == morning:
        return False
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{NightMissed.kind}:{morning}"))
    record(Draft(NightMissed(night=morning), OURS, id=id), ACTOR)
    return True
