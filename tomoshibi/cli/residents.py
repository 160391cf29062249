"""``tomoshibi residents``: the register taken in, and its snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import in_file, tell, training_option, world
from tomoshibi.cli.residents_nightly import commands
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.residents.changes import Change
    from tomoshibi.residents.register import Record

#: problems named on the screen; a file of the wrong kind has one in every row
NAMED = 200


@click.group()
def residents() -> None:
    """The resident register, as dated snapshots."""


@residents.command(name="import")
@in_file
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day as of which the file is.")
@click.option("--good-only", is_flag=True, help="Leave out rows with problems, and take the rest.")
@training_option
@with_django
def import_(file: Path, as_of: datetime, good_only: bool, training: bool) -> None:
    """Take FILE (.csv or .xlsx) in as the register of a day, or as the changes up to it, as its headings say; bad rows
    are named, and then nothing is taken in."""
    from tomoshibi.documents import SheetRefused
    from tomoshibi.journal.access import system
    from tomoshibi.residents import importing, intake, taking
    from tomoshibi.residents.words import FileKind

    day, actor = as_of.date(), system("command")
    with world(training):
        taking.subject()  # before a long reading
        known = intake.remembered()
        found: importing.Read[Any]
        try:
            with _bar(T("読み取り", "Reading")) as progress:
                changes = importing.kind_of(file, known) is FileKind.CHANGES
                read = importing.read_changes if changes else importing.read
                found = read(file, day, good_only=good_only, progress=progress, remembered=known)
        except SheetRefused as refusal:
            _name(refusal.problems)
            rows = len({p.row for p in refusal.problems})
            fail(
                T(
                    f"{file.name}: {rows}行に問題があるため、何も取り込んでいません。"
                    "直すか --good-only をつけてください。",
                    f"{file.name}: {rows} rows have problems, so nothing was taken in. "
                    "Correct them, or give --good-only.",
                )
            )
            return
        _name(found.problems)
        with _bar(T("取り込み", "Taking in")) as progress:
            if changes:
                entry = taking.take_changes(
                    cast("list[Change]", found.records), actor, processed_to=day, source=file.name
                )
            else:
                people = cast("list[Record]", found.records)
                entry = taking.take(people, day, actor, source=file.name, progress=progress)
    if found.ignored:
        names = "、".join(found.ignored[:20])
        say(T("取り込まなかった列: {names}", "Columns passed over: {names}"), names=names)
    if found.own_characters:
        some = ", ".join(map(str, found.own_characters[:20]))
        say(
            T(
                "外字を含む氏名が{n}人あります（行 {rows}）。ほかの端末と紙では表示できません。",
                "{n} names have characters of the town's own (rows {rows}), which other machines cannot show.",
            ),
            n=len(found.own_characters),
            rows=some,
        )
    if changes:
        told = T(
            "{day} までの異動: {n}件（取り込まなかった行 {bad}）", "Changes up to {day}: {n} ({bad} rows left out)"
        )
    else:
        told = T(
            "{day} 現在の名簿: {n}人（取り込まなかった行 {bad}）",
            "Register as of {day}: {n} people ({bad} rows left out)",
        )
    say(told, day=day, n=len(found.records), bad=found.bad_rows)
    say(T("記録 {id}", "Entry {id}"), id=entry.id)


@contextmanager
def _bar(label: T) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, and what tells it how many of how many are done."""
    with click.progressbar(length=1000, label=str(label)) as bar:

        def progress(done: int, of: int) -> None:
            bar.update(max(0, 1000 * done // max(of, 1) - bar.pos))

        yield progress


def _name(problems: Sequence[Any]) -> None:
    tell(problems[:NAMED])
    if len(problems) > NAMED:
        click.echo(str(T(f"ほか{len(problems) - NAMED}件", f"and {len(problems) - NAMED} more")), err=True)


@residents.command()
@training_option
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def snapshots(training: bool, as_json: bool) -> None:
    """Snapshots of the register, newest day first."""
    from tomoshibi.residents import queries

    with world(training):
        rows = list(queries.snapshots())
    if as_json:
        made = [
            {
                "as_of": r.as_of.isoformat(),
                "people": r.people,
                "households": r.households,
                "sha256": r.sha256,
                "source": r.source,
            }
            for r in rows
        ]
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    for r in rows:
        say(
            T(
                "{day} 現在  {people}人 {homes}世帯  {source}",
                "as of {day}  {people} people, {homes} households  {source}",
            ),
            day=r.as_of,
            people=r.people,
            homes=r.households,
            source=r.source,
        )
    if not rows:
        say(T("名簿はまだ取り込まれていません。", "No register has been taken in."))


for _command in commands:
    residents.add_command(_command)
