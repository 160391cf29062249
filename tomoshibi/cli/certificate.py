"""``tomoshibi certificate``: is a certificate genuine, and the keys by which anybody can tell."""

from __future__ import annotations

import getpass
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli.django import fail, say, told, with_django
from tomoshibi.cli.lists import training_option, world
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.relief.signing import Verified

#: exit codes: 1 for what is not genuine (or cannot be read), 3 where only the signer is not known
CHANGED, UNKNOWN_SIGNER = 1, 3


@click.group()
def certificate() -> None:
    """Disaster certificates: verify one, and give out the keys for it."""


@certificate.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--qr", help="Verify the text of a certificate's QR code instead of a file; - reads it from the input.")
@click.option(
    "--keys",
    "keys_path",
    type=click.Path(path_type=Path),
    help="The town's keys, as `certificate keys` writes them. Without it: the nodes that this installation knows.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdict and the items as JSON.")
def verify(file: Path | None, qr: str | None, keys_path: Path | None, as_json: bool) -> None:
    """Say whether a certificate is what the town signed, and print its items. Needs no network.

    Exit code 0: every byte is as a known node of the town signed it. 1: the items or the file were changed, or it is no
    certificate. 3: the signature fits, but its key is not among those known. Whether the town has revoked a certificate
    since, only the town's own register can say.
    """
    with told():
        from tomoshibi.relief import signing

        if (file is None) == (qr is None):
            fail(T("PDFのファイルか --qr のどちらかを指定してください。", "Give either a PDF or --qr."))
        trusted = _file_of_keys(keys_path) if keys_path else _own_keys()
        if qr is not None:
            text = sys.stdin.read() if qr == "-" else qr
            found = signing.verify_qr(text, trusted)
        else:
            assert file is not None  # noqa: S101  # looked at above
            found = signing.verify_pdf(file.read_bytes(), trusted)
        _tell(found, as_json)
        verdict = found.verdict
    codes = {signing.Verdict.GENUINE: 0, signing.Verdict.UNKNOWN_SIGNER: UNKNOWN_SIGNER}
    raise SystemExit(codes.get(verdict, CHANGED))


def _tell(found: Verified, as_json: bool) -> None:
    from tomoshibi.relief.signing import ITEMS

    if as_json:
        held = {"verdict": found.verdict.value, "signer": found.signer, "items": dict(found.items)}
        click.echo(json.dumps(held, ensure_ascii=False, indent=1))
        return
    say(found.verdict.label)
    if found.items.get("training"):
        say(T("【訓練】これは訓練の証明書です。", "TRAINING: this is a certificate of a training."))
    for name, label in ITEMS.items():
        if (value := found.items.get(name)) is not None and name != "training":
            click.echo(f"{label}: {'、'.join(map(str, value)) if isinstance(value, list) else value}")
    if found.signer:
        say(T("署名者: {name}", "Signed by: {name}"), name=found.signer)
    if found.items:
        say(
            T(
                "取り消されていないかは、発行した市区町村の台帳だけが示せます。",
                "Only the town's own register can say whether it was revoked.",
            )
        )


def _file_of_keys(path: Path) -> dict[str, str]:
    from tomoshibi.relief.signing import read_keys

    try:
        return read_keys(path.read_text(encoding="utf-8-sig"))
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        fail(
            T(
                f"{path} は鍵のファイルではありません。"
                "発行した市区町村の tomoshibi certificate keys の出力を指定してください。",
                f"{path} is no file of keys: name what the town's `tomoshibi certificate keys` wrote.",
            )
        )
        return {}


def _own_keys() -> dict[str, str]:
    """Keys of the nodes that this installation's two worlds know; none where nothing is set up here."""
    from tomoshibi.cli.django import setup

    setup()
    from django.db import DatabaseError, connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    from tomoshibi.journal import worlds
    from tomoshibi.relief.issuing import trusted

    known: dict[str, str] = {}
    for alias in (worlds.REAL, worlds.TRAINING):
        held = connections[alias]
        on_disk = isinstance(held, DatabaseWrapper) and not held.is_in_memory_db()
        if on_disk and not Path(held.settings_dict["NAME"]).exists():
            continue  # SQLite would make the file
        with suppress(DatabaseError, OSError), worlds.inhabit(alias):
            known |= trusted()
    return known


@certificate.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, not to the output.")
@training_option
@with_django
def keys(out: Path | None, training: bool) -> None:
    """The public keys of the town's nodes: give the file to whoever is to verify certificates."""
    with world(training):
        from tomoshibi.relief.issuing import keys_file

        text = keys_file()
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        say(T("{file} を書き出しました。", "Wrote {file}."), file=out)


@certificate.command()
@click.argument("serial")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the PDF.")
@training_option
@with_django
def write(serial: str, out: Path, training: bool) -> None:
    """Write the signed PDF of a certificate (`all`: of every valid one) into a folder, as certificate-SERIAL.pdf."""
    with world(training):
        from tomoshibi.journal.access import Actor
        from tomoshibi.journal.accounts.queries import log_reading
        from tomoshibi.relief import issuing
        from tomoshibi.relief.models import CertificateRow
        from tomoshibi.relief.words import Standing

        rows = CertificateRow.objects.order_by("serial")
        rows = rows.filter(standing=Standing.VALID) if serial == "all" else rows.filter(serial=serial)
        if not rows and serial != "all":
            fail(T(f"整理番号 {serial} の証明書はありません。", f"There is no certificate {serial}."))
        log_reading(Actor(f"os:{getpass.getuser()}"), [row.subject for row in rows], "tomoshibi certificate write")
        out.mkdir(parents=True, exist_ok=True)
        for row in rows:
            path = out / f"certificate-{row.serial}.pdf"
            path.write_bytes(issuing.pdf(row))
            click.echo(str(path))
