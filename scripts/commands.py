"""Write ``docs/reference/commands.md`` from the commands themselves: ``make reference``."""

from __future__ import annotations

import inspect
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from tomoshibi.cli import main as tomoshibi

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"

OPENING = """# Commands

Made from the commands' own help by `make reference`; a test holds it to them.
`tomoshibi` is `.venv/bin/tomoshibi`. It speaks Japanese where the locale is Japanese, and English elsewhere.
"""


def walk(command: click.Command, words: list[str]) -> Iterator[tuple[list[str], click.Command, click.Context]]:
    """Every command that can be called, in the order of their names, groups before what is in them."""
    context = click.Context(command, info_name=words[-1])
    yield words, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) and not found.hidden:
                yield from walk(found, [*words, name])


def section(words: list[str], command: click.Command, context: click.Context) -> str:
    """One command: its name, what it does, its usage and its options."""
    usage = " ".join([*words, *command.collect_usage_pieces(context)])
    said = inspect.cleandoc(command.help or "").replace("\b\n", "")
    records = [record for p in command.get_params(context) if (record := p.get_help_record(context))]
    options = [(name.replace("|", "\\|"), text.replace("|", "\\|")) for name, text in records if text]
    table = [f"| `{name}` | {text} |" for name, text in options if "--help" not in name]
    lines = [f"## {' '.join(words)}", "", said, "", f"    {usage}", ""]
    if table:
        lines += ["| option | |", "| --- | --- |", *table, ""]
    return "\n".join(lines)


def targets() -> str:
    """What make can do, from its own help."""
    said = subprocess.run(["make", "help"], cwd=PAGE.parents[2], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2)[1:] for line in said.splitlines()]
    return "\n".join(["## make", "", "| target | |", "| --- | --- |", *(f"| `{a}` | {b} |" for a, b in rows), ""])


def page() -> str:
    """The whole page."""
    sections = [section(*found) for found in walk(tomoshibi, ["tomoshibi"])]
    return "\n".join([OPENING, *sections, targets()])


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())
    print(f"{PAGE.relative_to(PAGE.parents[2])}: written")


if __name__ == "__main__":
    main()
