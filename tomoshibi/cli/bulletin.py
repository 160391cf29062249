"""``tomoshibi bulletin read FILE…``: what official telegrams say, in lines or as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.language import locale_language
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
