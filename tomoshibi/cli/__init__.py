"""The ``tomoshibi`` command: one file a room, each loaded only when its command is called.

``tomoshibi intensity FILE`` must not wait for Django, so nothing here imports a room; a command that needs
the database calls :func:`tomoshibi.cli.django.setup` first.
"""

from __future__ import annotations

import importlib

import click

#: command name -> "module:attribute"; the one list of what the program can be asked to do
COMMANDS: dict[str, str] = {
    "backup": "tomoshibi.cli.backup:backup",
    "bulletin": "tomoshibi.cli.bulletin:bulletin",
    "cap": "tomoshibi.cli.cap:cap",
    "certificate": "tomoshibi.cli.certificate:certificate",
    "demo": "tomoshibi.cli.demo:demo",
    "drill": "tomoshibi.cli.drill:drill",
    "incident": "tomoshibi.cli.incident:incident",
    "intensity": "tomoshibi.cli.intensity:intensity",
    "journal": "tomoshibi.cli.journal:journal",
    "manage": "tomoshibi.cli.django:manage",
    "network": "tomoshibi.cli.network:network",
    "map": "tomoshibi.cli.map:map_group",
    "people": "tomoshibi.cli.people:people",
    "plan": "tomoshibi.cli.plan:plan",
    "places": "tomoshibi.cli.places:places",
    "residents": "tomoshibi.cli.residents:residents",
    "serve": "tomoshibi.cli.serve:serve",
    "setup": "tomoshibi.cli.setup:setup",
    "stations": "tomoshibi.cli.map:stations_group",
    "tls": "tomoshibi.cli.tls:tls",
    "user": "tomoshibi.cli.user:user",
    "whatif": "tomoshibi.cli.whatif:whatif",
    "work": "tomoshibi.cli.serve:work",
}


class LazyGroup(click.Group):
    """A command group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tomoshibi")
def main() -> None:
    """Tomoshibi 灯: run a town through a disaster."""
