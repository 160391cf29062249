"""``tomoshibi drill``: list, check and play scenarios in the training world."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail, need_setup, say, with_django
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.drills.running import Report

#: a drill at least as long tells the day of each step
DAY = timedelta(days=1)


@click.group()
def drill() -> None:
    """Drills: scenarios played through the same program, in the training world."""


@drill.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def list_(as_json: bool) -> None:
    """The scenarios that come with the program."""
    from tomoshibi.drills.scenario import load, shipped

    found = [load(path) for path in shipped()]
    if as_json:
        rows = [
            {
                "name": s.name,
                "ja": s.title.ja,
                "en": s.title.en,
                "minutes": s.length.total_seconds() / 60,
                "steps": len(s.steps),
            }
            for s in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for s in found:
        length = str(s.length).rpartition(":")[0]
        click.echo(f"{s.name}  {s.title}  " + str(T(f"{len(s.steps)}場面 {length}", f"{len(s.steps)} steps, {length}")))


@drill.command()
@click.argument("scenario")
@with_django
def check(scenario: str) -> None:
    """Check a scenario FILE (or one that comes with the program); every mistake is named with its line."""
    from tomoshibi.drills.scenario import find, load
    from tomoshibi.incidents.lined import FileError

    try:
        found = load(find(scenario))
    except FileError as error:
        _fail(error)
        return
    say(
        T("{file}: 間違いはありません。{n}場面、{length}。", "{file}: nothing is wrong. {n:step|steps}, {length}."),
        file=found.source,
        n=len(found.steps),
        length=found.length,
    )


def _speed(context: click.Context, parameter: click.Parameter, value: str) -> float | None:
    if value == "max":
        return None
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 100_000:
        raise click.BadParameter("give 'max', or how many times faster than real time (60)")
    return speed


@drill.command()
@click.argument("scenario")
@click.option("--speed", default="1", callback=_speed, help="max, or how many times faster than real time (default 1).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for timeline and summary.")
@click.option("--send", is_flag=True, help="Really send the messages (marked as training); without it they are files.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@with_django
def run(scenario: str, speed: float | None, out: Path | None, send: bool, as_json: bool) -> None:
    """Play a SCENARIO (a file, or the name of one that comes with the program) in the training world."""
    need_setup()
    from tomoshibi.drills.running import default_out, play
    from tomoshibi.drills.scenario import find, load
    from tomoshibi.incidents.lined import FileError

    def tell(at: datetime, what: T) -> None:
        if not as_json:
            click.echo(f"{at.astimezone(JAPAN):{clock}}  {what}")

    from tomoshibi.vocabulary.clock import JAPAN

    try:
        found = load(find(scenario))
        clock = "%m-%d %H:%M" if found.length >= DAY else "%H:%M:%S"
        folder = out or default_out() / f"{found.name}-{datetime.now(JAPAN):%Y%m%d-%H%M%S}"
        report = play(found, folder, speed, tell, send=send)
    except FileError as error:
        _fail(error)
        return
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
    else:
        _show(report, folder)
    if report.broken:
        fail(
            T(
                f"記録の鎖が {report.broken} か所で切れています。",
                f"The journal's chain is broken at {report.broken} places.",
            )
        )


def _show(report: Report, folder: Path) -> None:
    from tomoshibi.incidents.words import Posture

    say(T("―― まとめ ――", "-- Summary --"))
    if not report.incident:
        say(
            T(
                "事案は開かれませんでした。自動判断表と地域コードを確かめてください。",
                "No incident was opened: check the trigger table and the area codes.",
            )
        )
    else:
        say(
            T("事案: {title}（{posture}）", "Incident: {title} ({posture})"),
            title=report.title,
            posture=Posture(report.posture).label,
        )
    middle = "―" if report.median_answer_minutes is None else f"{report.median_answer_minutes:.0f}"
    say(
        T(
            "参集: {called}人を招集、{answered}人が回答（中央値 {middle} 分）、{arrived}人が到着",
            "Call-out: {called} called, {answered} answered (median {middle} min), {arrived} arrived",
        ),
        called=report.called,
        answered=report.answered,
        middle=middle,
        arrived=report.arrived,
    )
    for line, what in report.shortfalls:
        say(T("{line}行目: {what}", "line {line}: {what}"), line=line, what=what)
    say(T("記録 {n} 件。出力: {folder}", "{n:entry|entries}. Written to {folder}:"), n=report.entries, folder=folder)
    for path in report.files:
        click.echo(f"  {path.name}")


def _fail(error: Exception) -> None:
    fail(T.of(error) or T(str(error), str(error)))
