"""``tomoshibi incident``: what is going on, the timeline as a file, and telegrams handed in by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tomoshibi.cli.django import fail, need_setup, say, with_django
from tomoshibi.vocabulary import T


@click.group()
def incident() -> None:
    """Incidents: what is open, their timelines, and telegrams handed in."""


@contextmanager
def _world(training: bool) -> Iterator[None]:
    from tomoshibi.journal import worlds

    with worlds.inhabit(worlds.TRAINING if training else worlds.REAL):
        yield


training_option = click.option("--training", is_flag=True, help="In the training world.")


@incident.command(name="list")
@training_option
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def list_(training: bool, as_json: bool) -> None:
    """Every incident, open ones first."""
    need_setup()
    from tomoshibi.incidents import queries, status

    with _world(training):
        rows = list(queries.incidents())
        if as_json:
            made = [
                {
                    "id": r.key,
                    "title": r.title,
                    "hazard": r.hazard,
                    "posture": r.posture,
                    "began": r.began.isoformat() if r.began else None,
                    "opened": r.opened.isoformat() if r.opened else None,
                    "closed": r.closed.isoformat() if r.closed else None,
                }
                for r in rows
            ]
            click.echo(json.dumps(made, ensure_ascii=False, indent=1))
            return
        for r in rows:
            state = r.posture_word.label if r.is_open else T("終了", "closed")
            click.echo(f"{r.key}  {r.title}  {state}  {status.elapsed(r)}")
        if not rows:
            say(T("事案はありません。", "There is no incident."))


@incident.command()
@click.argument("key", default="")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@training_option
@with_django
def timeline(key: str, file: Path, training: bool) -> None:
    """Write the timeline of the incident KEY to FILE (.pdf, .csv or .xlsx)."""
    need_setup()
    from tomoshibi.incidents import queries
    from tomoshibi.incidents import timeline as timelines
    from tomoshibi.incidents.subjects import Incident

    makers = {".pdf": timelines.pdf, ".csv": timelines.csv, ".xlsx": timelines.xlsx}
    if file.suffix.lower() not in makers:
        fail(T(f"{file} は .pdf、.csv、.xlsx のどれかにしてください。", f"{file}: end it in .pdf, .csv or .xlsx."))
    with _world(training):
        row = queries.incident(Incident.ref(key))
        if row is None:
            fail(
                T(
                    f"事案 {key} はありません。tomoshibi incident list で確かめてください。",
                    f"There is no incident {key}: see tomoshibi incident list.",
                )
            )
            return
        file.write_bytes(makers[file.suffix.lower()](row, timelines.lines_of(row.subject)))
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)


@incident.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@training_option
@with_django
def receive(files: tuple[Path, ...], training: bool) -> None:
    """Record telegrams from FILES at once, as if they had been dropped into the inbox."""
    need_setup()
    from tomoshibi.incidents import inbox
    from tomoshibi.journal import tasks

    failed = False
    with _world(training):
        for file in files:
            good, bad, _ = inbox.receive(file.read_bytes(), file.name)
            for bulletin in good:
                say(
                    T("受信: {title} {headline}", "Received: {title} {headline}"),
                    title=bulletin.title,
                    headline=bulletin.headline,
                )
            for error in bad:
                failed = True
                click.echo(str(T("エラー: {what}", "Error: {what}").format(what=error.text)), err=True)
        while tasks.tick(only="incidents.evaluate"):
            pass
    if failed:
        raise SystemExit(1)


@incident.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_django
def rules(file: Path) -> None:
    """Check a trigger table FILE (TOML): its lines, and whether it passes its own cases."""
    from tomoshibi.incidents.actions import actions
    from tomoshibi.incidents.deciding import problems
    from tomoshibi.incidents.lined import FileError
    from tomoshibi.incidents.table_file import read_table

    try:
        table = read_table(file.read_text(encoding="utf-8-sig"), file.name)
    except FileError as error:
        fail(error.text)
        return
    found = problems(table.rules, table.cases, actions())
    if found:
        fail(T("\n".join(p.ja for p in found), "\n".join(p.en for p in found)))
    say(
        T("{file}: 間違いはありません。規則 {n}、例 {m}。", "{file}: nothing is wrong. {n} rules, {m} cases."),
        file=file.name,
        n=len(table.rules),
        m=len(table.cases),
    )
