"""``tomoshibi backup``: make, list, prove and restore backups."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomoshibi.cli import secret
from tomoshibi.cli.django import fail, need_setup, say, setup, told, with_django
from tomoshibi.cli.journal import FILE, NAMES, bar, local
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.journal.backup import Restored
    from tomoshibi.journal.sealing import Secret

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def backup() -> None:
    """Backups of everything: sealed, and proven by a restore before they count."""


@backup.command()
@click.option("--to", "places", type=FOLDER, multiple=True, required=True, help="Folder to back up to; give two.")
@click.option("--full", is_flag=True, help="A full backup, not a difference to the last full one.")
@secret.options
@with_django
def run(places: tuple[Path, ...], full: bool, passphrase_file: Path | None, key_file: Path | None) -> None:
    """Back up every world, the datasets and the accounts, while the server runs.

    The first is full, later ones are the difference to it. Each is restored into scratch databases, verified, rebuilt
    and compared before it gets its name. Exit code 1 where anything is not as it should be.
    """
    need_setup()
    from tomoshibi.journal import backup as backups
    from tomoshibi.journal.models import EntryRow

    chosen = secret.given(passphrase_file, key_file) or secret.asked(new=True)
    if chosen is None:
        fail(
            T(
                "バックアップは必ず暗号化します。--passphrase-file、--key-file、環境変数 TOMOSHIBI_PASSPHRASE の"
                "いずれかで合言葉か鍵を渡してください。",
                "A backup is always locked: give a passphrase or key by --passphrase-file, --key-file or "
                "TOMOSHIBI_PASSPHRASE.",
            )
        )
    with bar(T("書き出し", "writing"), EntryRow.objects.count()) as progress:
        outcome = backups.run(list(places), chosen, full, progress=progress)  # type: ignore[arg-type]  # fail() ends
    if outcome.why_full:
        say(T("全体バックアップにしました: {why}", "A full backup was made: {why}"), why=outcome.why_full)
    for file in outcome.files:
        click.echo(f"  {file}  {outcome.line.size:,}")
    kind = T("全体", "full") if outcome.line.full else T("差分", "difference")
    entries = sum(w["entries"] for w in outcome.line.worlds.values())
    say(
        T(
            "{kind}: 記録 {entries:,} 件、データ {datasets} 件。戻して検証しました",
            "{kind}: {entries:entry|entries}, {datasets:dataset|datasets}; restored and verified",
        ),
        kind=kind,
        entries=entries,
        datasets=outcome.line.datasets,
    )
    _warn_of_one_disk(places)
    _end(
        [
            *(failure.text for failure in outcome.failures),
            *outcome.restored.problems,
            *(
                T(f"データ {d} がこの端末にありません", f"the dataset {d} is not on this machine")
                for d in outcome.missing
            ),
        ]
    )


def _warn_of_one_disk(places: tuple[Path, ...]) -> None:
    home = Path(os.environ.get("TOMOSHIBI_HOME", "var"))
    devices = [place.stat().st_dev for place in (home, *places) if place.exists()]
    if len(set(devices)) < len(devices):
        click.echo(
            str(
                T(
                    "注意: 同じディスクに置いたバックアップは、そのディスクと一緒に失われます。",
                    "Note: what lies on one disk is lost with it. Name folders on other disks.",
                )
            ),
            err=True,
        )


def _end(problems: list[T]) -> None:
    for problem in problems:
        click.echo(str(T("エラー: {what}", "Error: {what}").format(what=problem)), err=True)
    sys.exit(1 if problems else 0)


@backup.command("list")
@click.argument("places", type=FOLDER, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_django
def list_(places: tuple[Path, ...], as_json: bool) -> None:
    """List the backups in PLACES by their catalogues, and whether each is still there."""
    from tomoshibi.journal.backup import lines_of

    found = []
    for place in places:
        for line in lines_of(place):
            path = place / line.file
            there = path.is_file() and path.stat().st_size == line.size
            found.append({**asdict(line), "place": str(place), "there": there})
            if as_json:
                continue
            state = T("正常", "sound") if not line.problems else T("問題あり", "PROBLEMS")
            kind = T("全体", "full") if line.full else T("差分", "diff")
            gone = "" if there else str(T("  ファイルがありません", "  FILE IS GONE"))
            entries = sum(w["entries"] for w in line.worlds.values())
            click.echo(f"{local(line.made_at)}  {kind}  {entries:>9,}  {line.size:>13,}  {state}  {path}{gone}")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found:
        say(T("バックアップはまだありません", "There are no backups yet"))


@backup.command("verify")
@click.argument("file", type=FILE)
@click.option(
    "--diff", type=FILE, help="The difference to it; without it, FILE alone (or with its full one beside it)."
)
@secret.options
@with_django
def verify(file: Path, diff: Path | None, passphrase_file: Path | None, key_file: Path | None) -> None:
    """Prove a backup again: every byte, and a restore into scratch databases."""
    from tomoshibi.journal.backup.restoring import chain_of, verify_file

    chosen = secret.for_reading(file, passphrase_file, key_file)
    with chain_of(file, diff, chosen) as parts:
        restored = verify_file(parts)
    _print(restored, new_ids=False)
    _end(restored.problems)


@backup.command()
@click.argument("file", type=FILE)
@click.option("--diff", type=FILE, help="The difference to FILE. Where FILE is one itself, its full one is beside it.")
@click.option("--home", type=FOLDER, required=True, help="New TOMOSHIBI_HOME: a folder that is empty or not there.")
@click.option(
    "--database", default="", help="DATABASE_URL to restore into (postgres://…); SQLite in --home without it."
)
@click.option("--take-over", is_flag=True, help="Take over the old node's deadlines and messages: its machine is gone.")
@secret.options
def restore(
    file: Path,
    diff: Path | None,
    home: Path,
    database: str,
    take_over: bool,
    passphrase_file: Path | None,
    key_file: Path | None,
) -> None:
    """Restore a backup into a new home, and an empty database of either kind, as a node with a new id."""
    with told():
        home = home.absolute()
        if home.exists() and (not home.is_dir() or os.path.ismount(home) or any(home.iterdir())):
            fail(
                T(
                    f"{home} は空のフォルダーではありません。まだないフォルダーを指定してください。",
                    f"{home} is not an empty folder. Name one that is not there yet.",
                )
            )
        if database and not database.startswith(("postgres://", "postgresql://")):
            fail(
                T(
                    "--database は postgres://利用者:パスワード@ホスト/名前 の形で指定してください。",
                    "--database is written postgres://user:password@host/name.",
                )
            )
        # beside it, and moved there when everything is back: an interrupted restore is no home
        aside = home.parent / f".{home.name}.restoring"
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True, mode=0o700)
        except OSError as error:
            fail(T(f"{home} を作れません: {error.strerror}", f"{home} cannot be made: {error.strerror}"))
        os.environ["TOMOSHIBI_HOME"] = str(aside)
        os.environ["DATABASE_URL"] = database
        try:
            setup()
            restored = _restore(file, diff, take_over, secret.for_reading(file, passphrase_file, key_file))
            aside.rename(home)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _print(restored, new_ids=True)
        say(T("戻しました: {home}", "Restored to {home}"), home=home)
        _end(restored.problems)


def _restore(file: Path, diff: Path | None, take_over: bool, chosen: Secret | None) -> Restored:
    from django.db import connections

    from tomoshibi.journal import backup as backups

    try:
        return backups.restore(file, diff, chosen, take_over, lambda text: click.echo(f"  {text}", err=True))
    finally:
        connections.close_all()


def _print(restored: Restored, new_ids: bool) -> None:
    for name, world in restored.worlds.items():
        broken = T("壊れています", "BROKEN") if world.breaks else T("異常なし", "whole")
        say(
            T(
                "{world}: 記録 {entries:,} 件、{chains} 本: {broken}",
                "{world}: {entries:entry|entries}, {chains:chain|chains}: {broken}",
            ),
            world=NAMES[name],
            entries=world.entries,
            chains=world.chains,
            broken=broken,
        )
        if new_ids:
            say(
                T("  {name}: 端末番号 {old} → {new}", "  {name}: node {old} → {new}"),
                name=world.name,
                old=world.old,
                new=world.node,
            )
            if world.open_tasks:
                say(
                    T(
                        "  元の端末の期限・送信 {n} 件は引き継いでいません。"
                        "元の端末がもうないなら --take-over を付けて戻してください",
                        "  {n} open deadlines and messages stay with the old node; where its machine is gone, restore "
                        "with --take-over",
                    ),
                    n=world.open_tasks,
                )
    say(
        T("利用者 {accounts} 人、データ {datasets} 件", "{accounts:account|accounts}, {datasets:dataset|datasets}"),
        accounts=restored.accounts,
        datasets=restored.datasets,
    )
    for digest in restored.missing:
        click.echo(str(T(f"注意: データ {digest} はありません", f"Note: the dataset {digest} is missing")), err=True)
    if restored.other_version:
        say(
            T(
                "別の版で作られたバックアップなので、表の中身は比べていません",
                "Made by another version of the program: its tables were not compared",
            )
        )


@backup.command()
@click.argument("file", type=FILE)
def key(file: Path) -> None:
    """Make a recovery key FILE, for backups that nobody types a passphrase for.

    Keep a copy away from the machine: without it the backups cannot be opened.
    """
    with told():
        from tomoshibi.journal.sealing import make_key

        made = make_key(file)
        say(
            T(
                "復旧鍵 {id} を {file} に作りました。写しを金庫など別の場所に置いてください。"
                "なくすとバックアップは開けません。",
                "Made the recovery key {id} in {file}. Keep a copy of it in a safe place elsewhere: "
                "without it no backup can be opened.",
            ),
            id=made.id,
            file=file,
        )
