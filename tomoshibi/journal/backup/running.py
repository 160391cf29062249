"""Making a backup: written aside, proven by a restore, named, and copied to the other places."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.conf import settings

from tomoshibi.journal import files, nodes, sealing, sql, worlds
from tomoshibi.journal.backup import catalogue
from tomoshibi.journal.backup.archive import KIND, WORLDS, Archive, BackupRefused, opened, write
from tomoshibi.journal.backup.catalogue import Line
from tomoshibi.journal.backup.restoring import Restored, Say, verify_file
from tomoshibi.journal.files import FileRefused
from tomoshibi.journal.sealing import Secret
from tomoshibi.vocabulary import T

#: what a process that was killed left behind is cleared away after this many seconds
LEFT = 24 * 3600


@dataclass
class Outcome:
    """What became of a backup: its line, the files that there are now, and the places that did not take it."""

    line: Line
    restored: Restored
    files: list[Path] = field(default_factory=list)
    failures: list[FileRefused] = field(default_factory=list)
    #: why it is a full one though a difference was asked for
    why_full: T | None = None
    missing: list[str] = field(default_factory=list)


def run(
    places: list[Path],
    secret: Secret,
    full: bool = False,
    say: Say = lambda text: None,
    progress: Callable[[int], object] = lambda n: None,
) -> Outcome:
    """Back this machine up to every one of ``places``: a difference to the last full backup, or a full one.

    The file has its name only after it was restored into scratch databases, verified, rebuilt and compared. Raises
    :class:`BackupRefused` where a place is not there or nothing was set up, :class:`NotWritten` for a full
    disk. A further place that does not take its copy is named in the outcome.
    """
    for place in places:
        if not place.is_dir():
            raise BackupRefused(
                place,
                T(
                    "フォルダーがありません。ディスクがつながっているか確かめるか、フォルダーを作ってください",
                    "there is no such folder. See that the disk is connected, or make the folder",
                ),
            )
        _clear(place)
    with worlds.inhabit(worlds.REAL):
        try:
            me = nodes.identity()
        except LookupError:
            home = Path(settings.TOMOSHIBI_HOME)
            raise BackupRefused(home, T("まだ準備されていません", "it is not set up yet")) from None
    with _base(places, me.node, secret, full) as (base, why_full):
        say(T("書き出しています", "writing"))
        aside = places[0] / f".{me.node}.{os.getpid()}.unproven"
        try:
            manifest = write(aside, base, secret, progress)
            say(T("検証のために戻しています", "restoring it, to prove it"))
            with opened(sealing.examine(aside, KIND), secret) as made:
                restored = verify_file([base, made] if base else [made], say)
            line = _line(aside, manifest, me, restored)
            path = _name(places[0], line)
            try:
                aside.replace(path)
            except OSError as error:
                raise files.NotWritten(path, files.why_not(error)) from error
        finally:
            aside.unlink(missing_ok=True)
    line.file = path.name
    catalogue.add(places[0], line)
    outcome = Outcome(line, restored, [path], [], why_full, manifest["missing"])
    for place in places[1:]:
        say(T(f"{place} に写しています", f"copying to {place}"))
        try:
            outcome.files.append(_copy(path, place))
            catalogue.add(place, line)
        except FileRefused as failure:
            outcome.failures.append(failure)
    return outcome


@contextmanager
def _base(places: list[Path], node: str, secret: Secret, full: bool) -> Iterator[tuple[Archive | None, T | None]]:
    """The full backup to make a difference to; None, and why, where there is none that would do."""
    path = None if full else catalogue.latest_full(places, node)
    if path is None:
        why = None if full else T("まだ全体バックアップがないので", "there was no full backup yet")
        yield None, why
        return
    try:
        whole = sealing.examine(path, KIND)
        with sealing.opened(whole, secret):
            pass
    except FileRefused as refusal:
        yield None, refusal.text
        return
    with opened(whole, secret) as base:
        if _goes_on(base):
            yield base, None
        else:
            yield None, T("データベースが入れ替わったので", "the database is another one than before")


def _goes_on(base: Archive) -> bool:
    """Whether the journals here are those of ``base`` and what came after."""
    for name, told in base.manifest["worlds"].items():
        with worlds.inhabit(WORLDS[name]), sql.cursor() as cursor:
            cursor.execute("SELECT node FROM journal_self")
            if cursor.fetchone() != (told["node"],):
                return False
            cursor.execute("SELECT hash FROM journal_entry WHERE pos = %s", [told["pos"]])
            if (cursor.fetchone() or ("",))[0] != told["hash"]:
                return False
    return True


def _line(path: Path, manifest: dict[str, Any], me: nodes.Identity, restored: Restored) -> Line:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Line(
        id=manifest["id"],
        file="",
        base=manifest["base"],
        made_at=manifest["made_at"],
        node=me.node,
        name=me.name,
        version=manifest["version"],
        size=path.stat().st_size,
        sha256=digest,
        worlds={name: {"entries": w["entries"], "pos": w["pos"]} for name, w in manifest["worlds"].items()},
        datasets=len(manifest["datasets"]),
        problems=[problem.en for problem in restored.problems],
    )


def _name(place: Path, line: Line) -> Path:
    at = line.made_at[:19].replace("-", "").replace(":", "") + "Z"
    return place / f"tomoshibi-{at}-{'full' if line.full else 'diff'}-{line.id}.backup"


def _copy(path: Path, place: Path) -> Path:
    """A copy in another place, read back from there and found whole."""
    copy = place / path.name
    with files.whole_file(copy) as out, path.open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)
    try:
        sealing.examine(copy, KIND)
    except FileRefused:
        copy.unlink(missing_ok=True)
        raise
    return copy


def _clear(place: Path) -> None:
    for left in [*place.glob(".*.unproven"), *place.glob(".*.part")]:
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT:
                left.unlink()
