"""``tomoshibi residents`` by itself: the nightly intake, its layouts and held files, and old full files."""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import in_file
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.residents.models import DeliveryRow

LOOKS = 5.0


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--due", default="06:00", show_default=True, help="Tell everybody when nothing came by this time (Japan)."
)
@click.option("--workdays", is_flag=True, help="Files come after working days only.")
@click.option("--keep", type=click.IntRange(1, 60), default=3, show_default=True, help="Full files kept in the tables.")
@with_django
def nightly(folder: Path, due: str, workdays: bool, keep: int) -> None:
    """Take the register in from FOLDER every night, unattended: full files and changes, as the headings say."""
    import pydantic

    from tomoshibi.journal.access import system
    from tomoshibi.journal.recording import Draft, record
    from tomoshibi.residents.intake_facts import OURS, IntakeDescribed

    try:
        fact = IntakeDescribed(folder=str(folder.resolve()), due=due, nightly=True, workdays=workdays, keep=keep)
    except pydantic.ValidationError:
        fail(T(f"{due} は時刻ではありません（例 06:00）。", f"{due} is not a time of day, such as 06:00."))
        return
    record(Draft(fact, OURS), system("command"))
    say(T("毎晩 {folder} から取り込みます。", "The register comes from {folder} every night."), folder=folder)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def intake(as_json: bool) -> None:
    """Take what lies in the folder now, and say what became of each file."""
    from tomoshibi.residents import intake as nights

    if nights.folder() is None:
        fail(_no_folder())
    done = nights.run()
    if as_json:
        made = [{"name": d.name, "outcome": d.row.outcome, "count": d.row.count, "again": d.again} for d in done]
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    for one in done:
        say(one.text)
    if not done:
        say(T("取り込むファイルはありません。", "There is no file to take in."))


@click.command()
@with_django
def watch() -> None:
    """Take what comes into the folder, until stopped; the server's worker does the same."""
    from tomoshibi.residents import intake as nights

    if nights.folder() is None:
        fail(_no_folder())
    say(T("{folder} を見ています。", "Watching {folder}."), folder=nights.folder())
    while True:
        for one in nights.run():
            say(one.text)
        nights.watch()
        time.sleep(LOOKS)


def _no_folder() -> T:
    return T(
        "取り込むフォルダーがこの端末にありません。tomoshibi residents nightly フォルダー で設定してください。",
        "There is no folder on this machine: tomoshibi residents nightly FOLDER sets one.",
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def held(as_json: bool) -> None:
    """Files that are held, and why: rows and items are named, values never."""
    from tomoshibi.residents import intake as nights
    from tomoshibi.residents.intake_facts import Reason

    rows = nights.held()
    if as_json:
        made = [{"name": r.name, "day": str(r.day or ""), "reasons": json.loads(r.reasons)} for r in rows]
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    for row in rows:
        say(T("{name}（問題のない行 {n}）", "{name} ({n} good rows)"), name=row.name, n=row.count)
        for reason in json.loads(row.reasons):
            click.echo(f"  {Reason(**reason).text}")
    if not rows:
        say(T("保留のファイルはありません。", "No file is held."))


@click.command()
@click.argument("name")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day, where the file's name does not say.")
@click.option("--discard", metavar="REASON", help="Do not take it in, for this reason.")
@with_django
def release(name: str, as_of: datetime | None, discard: str | None) -> None:
    """Take the good rows of the held file NAME in after all, or discard it."""
    from tomoshibi.journal.access import system
    from tomoshibi.residents import intake as nights

    row = _held(name)
    if discard:
        nights.discard(row, discard, system("command"))
        say(T("{name} は取り込みません。", "{name} is discarded."), name=row.name)
        return
    done = nights.release(row, system("command"), day=as_of.date() if as_of else None)
    say(done.text)


def _held(name: str) -> DeliveryRow:
    from tomoshibi.journal.facts import Refused
    from tomoshibi.residents import intake as nights

    found = [row for row in nights.held() if row.name == name]
    if not found:
        raise Refused(T(f"{name} は保留されていません。", f"{name} is not held."))
    return found[-1]


@click.command()
@in_file
@click.option("--kind", type=click.Choice(["full", "changes"]), required=True, help="What such files hold.")
@click.option("--map", "pairs", multiple=True, metavar="ITEM=HEADING", help="宛名番号=住民ＩＤ; ITEM also in English.")
@click.option("--why", "whys", multiple=True, metavar="CODE=MOVEMENT", help="A system's own code: 03=転出.")
@with_django
def layout(file: Path, kind: str, pairs: tuple[str, ...], whys: tuple[str, ...]) -> None:
    """Say once what the headings of FILE mean; every file of the same headings is read so from then on."""
    from tomoshibi.journal.access import system
    from tomoshibi.residents import naming
    from tomoshibi.residents.words import FileKind

    headings, guessed = naming.headings(file)
    said = naming.items(pairs)
    used = set(said.values())
    mapping = {**{item: h for item, h in guessed.items() if h not in used}, **said}
    naming.remember(headings, FileKind(kind), mapping, naming.movements(whys), system("command"))
    for item, heading in mapping.items():
        say(T("{item} ← {heading}", "{item} ← {heading}"), item=naming.LABELS[item], heading=heading)


@click.command()
@click.option(
    "--keep", type=click.IntRange(1, 60), help="How many of the newest; else as the nightly intake is set up."
)
@with_django
def thin(keep: int | None) -> None:
    """Take old full files out of the tables; never one that answers for the day of an incident."""
    from tomoshibi.residents import intake as nights
    from tomoshibi.residents import thinning

    row = nights.setting()
    for taken in thinning.thin(keep or (row.keep if row else 3)):
        say(T("{day} 現在の名簿を間引きました。", "The register as of {day} was thinned out."), day=taken.as_of)


@click.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@with_django
def load(day: datetime) -> None:
    """Bring the register as of DAY back into the tables, where it was thinned out."""
    from tomoshibi.journal import datasets
    from tomoshibi.residents import edition

    wanted: date = day.date()
    taken = edition.full(wanted)
    if taken is None:
        fail(T(f"{wanted} 以前の名簿はありません。", f"There is no register of {wanted} or before."))
        return
    datasets.load(taken.sha256)
    say(T("{day} 現在の名簿 {n}人", "Register as of {day}: {n} people"), day=taken.as_of, n=taken.people)


commands = (nightly, intake, watch, held, release, layout, thin, load)
