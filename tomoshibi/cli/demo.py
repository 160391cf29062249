"""``tomoshibi demo``: invented data, reproducible from a seed."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import click

from tomoshibi.cli.django import say, setup, told
from tomoshibi.vocabulary import T


@click.group()
def demo() -> None:
    """Invented data to try the program with: reproducible from a seed, and about nobody."""


@demo.command()
@click.option(
    "--residents", "count", type=click.IntRange(1, 5_000_000), default=20_000, show_default=True, help="People."
)
@click.option("--seed", type=int, default=20110311, show_default=True, help="The same seed gives the same people.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day as of which they live there.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The register file (.csv).")
def city(count: int, seed: int, as_of: datetime | None, out: Path) -> None:
    """Write a register of invented residents of the demonstration city, as `residents import` reads it."""
    setup()
    with told():
        from tomoshibi.residents import invented
        from tomoshibi.residents.register import ITEMS

        people = invented.people(count, seed, as_of.date() if as_of else invented.AS_OF)
        label = str(T("住民を作る", "Inventing residents"))
        # with a mark, so that Excel opens it as what it is
        with (
            out.open("w", encoding="utf-8-sig", newline="") as file,
            click.progressbar(length=count, label=label) as bar,
        ):
            writer = csv.writer(file)
            writer.writerow(ITEMS)
            for number, record in enumerate(people, 1):
                writer.writerow(record)
                if number % 5000 == 0 or number == count:
                    bar.update(number - bar.pos)
        say(T("{out}: {n}人を書き出しました。", "{out}: {n} people written."), out=out, n=count)
