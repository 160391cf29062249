"""Django for commands: set up when a command needs the database, and not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import click

from tomoshibi.cli.language import locale_language
from tomoshibi.vocabulary import T, speak


def setup() -> None:
    """Set Django up with the program's settings (or those that ``DJANGO_SETTINGS_MODULE`` names)."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tomoshibi.web.settings")
    with told():  # the settings read the environment, and the home on its disk
        django.setup()


@contextmanager
def told() -> Iterator[None]:
    """Speak the locale's language, and turn what the program refuses into a sentence and exit code 1."""
    with speak(locale_language()):
        try:
            yield
        except Exception as error:
            if text := T.of(error):
                fail(text)
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                from tomoshibi.journal.files import why_not

                fail(T("{file}: {why}", "{file}: {why}").format(file=error.filename or "", why=why_not(error)))
            from django.db import DatabaseError

            if not isinstance(error, DatabaseError):
                raise
            from tomoshibi.journal import worlds
            from tomoshibi.journal.recording import explain

            fail(explain(error, worlds.world()))


def with_django[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Decorate a command that needs the database."""

    @wraps(command)
    def prepared(*args: P.args, **kwargs: P.kwargs) -> R:
        setup()
        with told():
            return command(*args, **kwargs)

    return prepared


def say(text: T, **values: object) -> None:
    """Print a line in the locale's language."""
    click.echo(str(text.format(**values) if values else text))


def fail(text: T) -> None:
    """Say what went wrong on standard error, and end with exit code 1."""
    click.echo(str(T("エラー: {what}", "Error: {what}").format(what=text)), err=True)
    sys.exit(1)


def need_setup() -> None:
    """End with a clear sentence where ``tomoshibi setup`` has not been run in this ``TOMOSHIBI_HOME``."""
    from django.conf import settings
    from django.db import DEFAULT_DB_ALIAS, DatabaseError, ProgrammingError, connection, connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    from tomoshibi.journal import nodes

    try:
        real = connections[DEFAULT_DB_ALIAS]
        if isinstance(real, DatabaseWrapper) and not real.is_in_memory_db():
            Path(real.settings_dict["NAME"]).stat()  # SQLite would make the file
        nodes.identity()
    except (FileNotFoundError, LookupError, DatabaseError) as error:
        # PostgreSQL without our tables is a ProgrammingError; whatever else it refuses is no matter of setup
        if connection.vendor == "postgresql" and not isinstance(error, LookupError | ProgrammingError):
            raise
        fail(
            T(
                f"{settings.TOMOSHIBI_HOME} はまだ準備されていません。先に tomoshibi setup を実行してください。",
                f"{settings.TOMOSHIBI_HOME} is not set up yet: run tomoshibi setup first.",
            )
        )


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django's own management commands, for those who work on the program."""
    setup()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tomoshibi manage", *arguments])
