"""``tomoshibi bulletin``: what official telegrams say, in lines or as JSON; the sources as a process; a rehearsal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.language import locale_language
from tomoshibi.cli.lists import training_option, world
from tomoshibi.vocabulary import T, speak

if TYPE_CHECKING:
    from tomoshibi.bulletins import Bulletin, BulletinError


@click.group()
def bulletin() -> None:
    """Official bulletins: JMA's disaster XML and CAP."""


@bulletin.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, one a bulletin.")
@click.option(
    "--schema",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with JMA's schema files (jmx.xsd …): say where a telegram departs from them.",
)
def read(files: tuple[Path, ...], as_json: bool, schema: Path | None) -> None:
    """Read files, folders and zip archives of telegrams.

    One that cannot be read is named on standard error with the reason, the others are read, and the exit code is 1.
    """
    from tomoshibi.bulletins import read_path

    found: list[Bulletin] = []
    failures: list[BulletinError] = []
    with speak(locale_language()):
        for file in files:
            with click.progressbar(
                length=1, label=file.name, file=sys.stderr, hidden=not sys.stderr.isatty() or len(files) > 1
            ) as bar:

                def progress(done: int, total: int) -> None:
                    bar.length = total
                    bar.update(1)

                found.extend(read_path(file, failures.append, progress, schema=schema))
        if as_json:
            click.echo(json.dumps([one.to_json() for one in found], ensure_ascii=False, indent=1))
        else:
            for one in found:
                click.echo(_line(one))
                for warning in one.warnings:
                    click.echo("    " + str(T("注意: {what}", "Note: {what}").format(what=warning)))
        for failure in failures:
            click.echo(str(T("エラー: {what}", "Error: {what}").format(what=failure.text)), err=True)
    if failures:
        sys.exit(1)


def _line(one: Bulletin) -> str:
    """One bulletin on a line: when, what, how grave, where."""
    from tomoshibi.bulletins import Status

    mark = "" if one.status is Status.NORMAL else str(T("【訓練・試験】", "[exercise or test] "))
    parts = [one.reported.strftime("%Y-%m-%d %H:%M"), one.type, str(one.kind.text), mark + (one.title or one.name)]
    if one.max_intensity is not None:
        parts.append(str(one.max_intensity.text))
    if one.magnitude is not None:
        parts.append(f"M{one.magnitude}")
    if one.level is not None:
        parts.append(str(T("レベル{n}", "level {n}").format(n=one.level)))
    if one.everywhere:
        parts.append(str(T("{n}地域", "{n} areas").format(n=len(one.everywhere))))
    return "  ".join(parts)


@bulletin.command()
@training_option
@click.option(
    "--replay",
    "samples",
    type=click.Path(exists=True, path_type=Path),
    help="Rehearse instead: play a week made from the telegrams in this folder or zip into the training world.",
)
@click.option("--speed", default=500.0, show_default=True, type=click.FloatRange(0), help="0: as fast as it goes.")
@click.option("--weeks", default=1.0, show_default=True, type=click.FloatRange(0.001, 4), help="How much is played.")
@click.option("--seed", default=18_700, show_default=True, help="Another seed makes another week.")
@with_django
def watch(training: bool, samples: Path | None, speed: float, weeks: float, seed: int) -> None:
    """Watch every source of telegrams until Ctrl-C: the inbox, the feeds, and who has fallen silent.

    `tomoshibi serve` and `tomoshibi work` do the same; this is for a machine of its own beside a shared database, and
    for seeing what comes. With --replay some 18,700 telegrams a week are made from samples, with their times and
    serials moved, some sent twice and some late; exit code 1 where one is lost or taken for another.
    """
    if samples is not None:
        with world(True):
            _replay(samples, speed, weeks, seed)
        return
    with world(training):
        _watch()


def _watch() -> None:
    import signal
    import threading

    from tomoshibi.incidents import inbox
    from tomoshibi.incidents.watching import Watch

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    say(
        T("{folder} とフィードを見ています。終了は Ctrl-C。", "Watching {folder} and the feeds. Ctrl-C ends."),
        folder=inbox.folder(),
    )
    sys.stdout.flush()
    watch = Watch()
    while not stopping.wait(0.15):
        for line in watch.look():
            click.echo(str(line))
            sys.stdout.flush()


def _replay(samples: Path, speed: float, weeks: float, seed: int) -> None:
    from datetime import timedelta

    from tomoshibi.bulletins.reading import pieces
    from tomoshibi.bulletins.replay import WEEK, Week
    from tomoshibi.incidents.replaying import replay
    from tomoshibi.journal import worlds

    length = timedelta(weeks=weeks)
    try:
        found = dict(pieces(samples))
        week = Week(found, worlds.now() - length, round(WEEK * weeks), length, seed)
    except ValueError as error:
        fail(
            T.of(error)
            or T(f"{samples.name} に使える電文がありません。", f"{samples.name} holds no telegram that can be used.")
        )
        return
    with click.progressbar(length=len(week), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        summary = replay(week, speed, lambda done, of: bar.update(done - bar.pos))
    say(summary.text)
    for line in summary.mistaken[:20]:
        click.echo(line, err=True)
    if summary.lost or summary.mistaken:
        sys.exit(1)
