"""How a command is given the passphrase or the key file of a sealed file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.journal.sealing import Secret

ENVIRONMENT = "TOMOSHIBI_PASSPHRASE"


def options[F: Callable[..., object]](command: F) -> F:
    """``--passphrase-file`` and ``--key-file`` for a command that reads or writes a sealed file."""
    path = click.Path(dir_okay=False, path_type=Path)
    command = click.option("--passphrase-file", type=path, help="File whose first line is the passphrase.")(command)
    return click.option("--key-file", type=path, help="Recovery key file, made by `tomoshibi backup key`.")(command)


def given(passphrase_file: Path | None, key_file: Path | None) -> Secret | None:
    """The secret that was given: by key file, by passphrase file, or in the environment; None where none was."""
    from tomoshibi.journal.files import why_not
    from tomoshibi.journal.sealing import Passphrase, read_key

    if key_file and passphrase_file:
        fail(
            T("--key-file と --passphrase-file はどちらか一方です。", "Give either --key-file or --passphrase-file."),
        )
    if key_file:
        return read_key(key_file)
    words = os.environ.get(ENVIRONMENT, "")
    if passphrase_file:
        try:
            words = passphrase_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except OSError as error:
            fail(T("{file}: {why}", "{file}: {why}").format(file=passphrase_file, why=why_not(error)))
        except UnicodeDecodeError:
            fail(T(f"{passphrase_file} は UTF-8 の文字ではありません。", f"{passphrase_file} is not text in UTF-8."))
        if not words:
            fail(T(f"{passphrase_file} の1行目が空です。", f"The first line of {passphrase_file} is empty."))
    return Passphrase(words) if words else None


def asked(new: bool) -> Secret | None:
    """The passphrase typed at the terminal; None without a terminal, or where nothing was typed."""
    from tomoshibi.journal.sealing import Passphrase

    if not sys.stdin.isatty():
        return None
    question = T("合言葉（なしは空のまま）", "Passphrase (empty for none)") if new else T("合言葉", "Passphrase")
    words = click.prompt(
        str(question), default="", show_default=False, hide_input=True, confirmation_prompt=new, err=True
    )
    return Passphrase(words) if words else None


def for_reading(path: Path, passphrase_file: Path | None, key_file: Path | None) -> Secret | None:
    """The secret given; where there is none and the file is locked with a passphrase, the one typed at the terminal."""
    from tomoshibi.journal.sealing import peek

    secret = given(passphrase_file, key_file)
    lock = peek(path).get("lock")
    if secret is None and isinstance(lock, dict) and lock.get("by") == "passphrase":
        secret = asked(new=False)
    return secret
