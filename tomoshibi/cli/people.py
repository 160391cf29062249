"""``tomoshibi people``: staff, sections, roles and rules in and out; call-outs seen and started."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import accept_option, in_file, out_file, read_list, training_option, world, write_list
from tomoshibi.vocabulary import T

LISTS = ("staff", "sections", "roles", "rules")
list_option = click.option(
    "--list", "what", type=click.Choice(LISTS), default="staff", show_default=True, help="Which list."
)


@click.group()
def people() -> None:
    """Staff, sections, roles with deputies, rules of call-out, call-outs."""


@people.command(name="import")
@in_file
@list_option
@accept_option
@training_option
@with_django
def import_(file: Path, what: str, accept_good: bool, training: bool) -> None:
    """Load the list in FILE (.xlsx or .csv); rows that will not do are named, and then nothing is loaded."""
    from tomoshibi.people import sheets

    with world(training):
        read_list(getattr(sheets, f"load_{what}"), file, accept_good)


@people.command()
@out_file
@list_option
@training_option
@with_django
def export(file: Path, what: str, training: bool) -> None:
    """Write a list to FILE (.xlsx or .csv), as import reads it."""
    from tomoshibi.people import queries, sheets

    with world(training):
        made = {
            "staff": lambda: sheets.staff_sheet(queries.staff()),
            "sections": lambda: sheets.section_sheet(queries.sections()),
            "roles": lambda: sheets.role_sheet(queries.roles()),
            "rules": lambda: sheets.rule_sheet(queries.rules()),
        }[what]()
        write_list(made, file)


@people.command()
@click.argument("rule")
@click.option("--reason", default="", help="Why; every message says so.")
@training_option
@with_django
def call(rule: str, reason: str, training: bool) -> None:
    """Call out the staff whom the rule named RULE means."""
    import uuid

    from tomoshibi.journal.access import system
    from tomoshibi.journal.recording import record
    from tomoshibi.people import calling, queries

    with world(training):
        found = calling.rule_named(rule)
        if found is None:
            names = "、".join(r.name for r in queries.rules())
            fail(
                T(f"参集ルール「{rule}」はありません。あるもの: {names}", f"There is no rule {rule!r}. Rules: {names}")
            )
            return
        me, act = system("command"), str(uuid.uuid4())
        drafts = calling.start("", found, T(reason, reason), me, act)
        record(drafts, me, act)
    say(
        T("{n}人を招集します: {ref}", "{n:person is|people are} called: {ref}"),
        n=len(drafts) - 1,
        ref=drafts[0].subject,
    )


@people.command(name="call-outs")
@training_option
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def call_outs(training: bool, as_json: bool) -> None:
    """Every call-out with its counts, newest first."""
    from tomoshibi.people import queries

    with world(training):
        rows = [(row, queries.counts(row.subject)) for row in queries.call_outs()]
    if as_json:
        made = [
            {
                "id": row.subject,
                "name": row.name,
                "incident": row.incident,
                "started": row.started_at.isoformat() if row.started_at else None,
                "closed": row.closed_at.isoformat() if row.closed_at else None,
                **dataclasses.asdict(seen),
            }
            for row, seen in rows
        ]
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    for row, seen in rows:
        say(
            T(
                "{name}  招集{called} 回答{answered} 到着{arrived} 未回答{silent}",
                "{name}  called {called}, answered {answered}, here {arrived}, silent {silent}",
            ),
            name=row.name,
            called=seen.called,
            answered=seen.answered,
            arrived=seen.arrived,
            silent=seen.no_answer,
        )
    if not rows:
        say(T("参集はありません。", "There is no call-out."))
