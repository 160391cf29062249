"""What the commands that take lists in and give them out have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tomoshibi.cli.django import fail, need_setup, say
from tomoshibi.vocabulary import T

training_option = click.option("--training", is_flag=True, help="In the training world.")
accept_option = click.option("--accept-good", is_flag=True, help="Leave out what has problems, and load the rest.")
in_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
out_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@contextmanager
def world(training: bool) -> Iterator[None]:
    """Be in the real world or the training one; a sentence and exit code 1 where nothing is set up."""
    from tomoshibi.journal import worlds

    need_setup()
    with worlds.inhabit(worlds.TRAINING if training else worlds.REAL):
        yield


def read_list(load: Callable[..., Any], file: Path, accept_good: bool) -> None:
    """Load a list; every problem on a line of standard error, and exit code 1 where nothing was loaded."""
    from tomoshibi.documents import SheetRefused
    from tomoshibi.journal.access import system

    try:
        done = load(file, system("command"), accept_good=accept_good)
    except SheetRefused as refusal:
        tell(refusal.problems)
        rows = len({p.row for p in refusal.problems})
        fail(
            T(
                f"{file.name}: {rows}行に問題があるため、何も取り込んでいません。"
                "直すか --accept-good をつけてください。",
                f"{file.name}: {rows} rows have problems, so nothing was loaded. Correct them, or give --accept-good.",
            )
        )
        return
    tell(done.problems)
    say(T("{file}: {what}", "{file}: {what}"), file=file.name, what=done.text)


def tell(problems: Any) -> None:
    """Each problem on a line of standard error."""
    for problem in problems:
        click.echo(str(problem.text), err=True)


def write_list(sheet: Any, file: Path) -> None:
    """Write a list as Excel or CSV, by the file's name."""
    from tomoshibi.documents import write_csv, write_xlsx

    form = file.suffix.lower()
    if form == ".xlsx":
        write_xlsx(sheet, file)
    elif form == ".csv":
        write_csv(sheet, file)
    else:
        fail(T(f"{file} は .xlsx か .csv にしてください。", f"{file}: end it in .xlsx or .csv."))
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)
