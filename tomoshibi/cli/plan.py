"""``tomoshibi plan``: the ICT continuity plan in and out as a workbook, and on paper."""

from __future__ import annotations

from pathlib import Path

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import accept_option, read_list, training_option, world
from tomoshibi.vocabulary import T

out_option = click.option(
    "--out", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)


@click.group()
def plan() -> None:
    """The ICT continuity plan: load, export, print."""


@plan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@accept_option
@training_option
@with_django
def load(files: tuple[Path, ...], accept_good: bool, training: bool) -> None:
    """Load plans from workbooks (.xlsx) in the shape of the official forms; bad rows are named, and then nothing is."""
    from tomoshibi.continuity import workbook

    with world(training):
        for file in files:
            read_list(workbook.load, file, accept_good)


@plan.command()
@out_option
@click.option("--contacts", is_flag=True, help="With the staff's numbers and telephones.")
@training_option
@with_django
def export(file: Path, contacts: bool, training: bool) -> None:
    """Write the plan to FILE (.xlsx), as load reads it."""
    from tomoshibi.continuity import workbook

    if file.suffix.lower() != ".xlsx":
        fail(T(f"{file} は .xlsx にしてください。", f"{file}: end it in .xlsx."))
    with world(training):
        workbook.export(file, contacts=contacts)
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)


@plan.command()
@click.argument("name", type=click.Choice(["city", "town"]))
@out_option
@with_django
def sample(name: str, file: Path) -> None:
    """Write a plan that the program brings as a workbook: the demonstration city's, or a town's with 43 systems."""
    from tomoshibi.continuity import plan_demo, workbook

    file.write_bytes(workbook.built(plan_demo.plan_of(name)))
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)
