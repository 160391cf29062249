"""From a backup to a journal: for good, in an empty home and database, or for a moment, to prove the backup."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, models, transaction

from tomoshibi import __version__
from tomoshibi.journal import datasets, files, nodes, sealing, sql, tasks, worlds
from tomoshibi.journal.asof import scratch_settings, world_tables
from tomoshibi.journal.backup import machine
from tomoshibi.journal.backup.archive import KIND, SMALL, WORLDS, Archive, BackupRefused, Digests, digests, opened
from tomoshibi.journal.bundles import pieces_of
from tomoshibi.journal.models import DatasetRow, EntryRow, SelfRow, SubjectRow, TaskRow
from tomoshibi.journal.projecting import rebuild, tables
from tomoshibi.journal.recording import INSERT_ENTRY, carry_out_redactions, explain
from tomoshibi.journal.sealing import Secret
from tomoshibi.journal.snapshots import connected
from tomoshibi.journal.verifying import Break, verify
from tomoshibi.vocabulary import T

Say = Callable[[T], object]


@dataclass
class WorldRestored:
    """What came back of one world."""

    old: str
    node: str = ""
    name: str = ""
    entries: int = 0
    chains: int = 0
    breaks: list[Break] = field(default_factory=list)
    #: tables whose rows, folded anew, are not those that the backup was made beside
    differing: list[str] = field(default_factory=list)
    open_tasks: int = 0


@dataclass
class Restored:
    """What came back."""

    worlds: dict[str, WorldRestored] = field(default_factory=dict)
    datasets: int = 0
    missing: list[str] = field(default_factory=list)
    accounts: int = 0
    differing: list[str] = field(default_factory=list)
    #: the program is another version than the one that made the backup: its rows may well differ
    other_version: bool = False

    @property
    def problems(self) -> list[T]:
        """What is not as it was."""
        found = [b.text for w in self.worlds.values() for b in w.breaks]
        if not self.other_version:
            for name, w in self.worlds.items():
                found += [
                    T(
                        f"{name}: 表 {table} の中身が、記録から作り直したものと違います。"
                        "元の端末で tomoshibi journal rebuild を実行してください",
                        f"{name}: the rows of {table} were not those that the journal gives. "
                        "Run `tomoshibi journal rebuild` where the backup was made",
                    )
                    for table in w.differing
                ]
            found += [
                T(f"表 {table} が、書き出したときと違います", f"the table {table} is not as it was written")
                for table in self.differing
            ]
        return found


@contextmanager
def chain_of(full: Path, difference: Path | None, secret: Secret | None) -> Iterator[list[Archive]]:
    """A full backup, and the difference to it where there is one, open for reading and found to belong together.

    Where ``full`` is a difference itself, the full one is looked for beside it. Raises :class:`FileRefused`.
    """
    with ExitStack() as stack:
        whole = sealing.examine(full, KIND)
        if difference is None and whole.header["base"]:
            difference, full = full, full_of(full, whole.header["base"])
            whole = sealing.examine(full, KIND)
        parts = [stack.enter_context(opened(whole, secret))]
        if difference is not None:
            parts.append(stack.enter_context(opened(sealing.examine(difference, KIND), secret)))
        _belong(*parts)
        yield parts


def full_of(path: Path, base: str) -> Path:
    """The full backup, in the folder of the difference at ``path``, that has that id."""
    for other in sorted(path.parent.glob("*.backup")):
        if other != path and sealing.peek(other).get("id") == base:
            return other
    raise BackupRefused(
        path,
        T(
            f"差分バックアップです。もとになる全体バックアップ（{base}）が同じ場所にありません。両方を同じ場所に置いてください",
            f"it is a difference, and the full backup {base} that it belongs to is not in the same folder. "
            "Put both in one folder",
        ),
    )


def _belong(full: Archive, difference: Archive | None = None) -> None:
    if full.manifest["base"]:
        raise BackupRefused(full.path, T("全体バックアップではありません", "it is not a full backup"))
    if difference is not None and difference.manifest["base"] != full.manifest["id"]:
        raise BackupRefused(
            difference.path,
            T(f"{full.path} の差分ではありません", f"it is not a difference to {full.path}"),
        )


def restore(full: Path, difference: Path | None, secret: Secret | None, take_over: bool, say: Say) -> Restored:
    """Restore into this machine's own home and databases, which must be empty, under new node ids.

    The chains of the old ids stay as those of other nodes. Open tasks stay with the old node unless ``take_over``.
    Raises :class:`FileRefused`, also for a full disk.
    """
    from django.core.management import call_command

    with chain_of(full, difference, secret) as parts:
        home = Path(settings.TOMOSHIBI_HOME)
        for name, alias in WORLDS.items():
            say(T(f"データベースの準備: {name}", f"preparing the database: {name}"))
            with _database(full, alias):
                call_command("migrate", database=alias, verbosity=0, interactive=False)
                _must_be_empty(full, alias)
        _restore_home(parts, home)
        return _restore(parts, WORLDS, home, take_over, say)


@contextmanager
def _database(path: Path, alias: str) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise BackupRefused(path, explain(error, alias)) from error


def _must_be_empty(path: Path, alias: str) -> None:
    with worlds.inhabit(alias):
        first = machine.account_models()[0]
        taken = EntryRow.objects.exists() or SelfRow.objects.exists()
        if taken or (alias == worlds.REAL and first._default_manager.using(alias).exists()):
            name = connections[alias].settings_dict["NAME"]
            raise BackupRefused(
                path,
                T(
                    f"戻す先のデータベース {name} が空ではありません。空のデータベースを指定してください",
                    f"the database {name} to restore into is not empty. Name an empty one",
                ),
            )


def verify_file(parts: list[Archive], say: Say = lambda text: None) -> Restored:
    """Prove a backup by restoring it into scratch databases, verifying and rebuilding there, and comparing."""
    home = Path(settings.TOMOSHIBI_HOME)
    try:
        folder = Path(tempfile.mkdtemp(prefix="scratch.", dir=home))
    except OSError as error:
        raise files.NotWritten(home, files.why_not(error)) from error
    with ExitStack() as stack, _database(folder, worlds.REAL):
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        aliases = {}
        for name, world in WORLDS.items():
            told = scratch_settings(f"{folder}/{name}.sqlite3", "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")
            with worlds.inhabit(world):
                aliases[name] = alias = stack.enter_context(connected("scratch", told))
            made = [*world_tables(), *(machine_tables() if world == worlds.REAL else ())]
            with connections[alias].schema_editor() as editor:
                for model in made:
                    editor.create_model(model)
        return _restore(parts, aliases, None, take_over=False, say=say)


def machine_tables() -> list[type[models.Model]]:
    """Every table of the machine itself."""
    return [m for m in apps.get_models() if m._meta.managed and m._meta.app_label in worlds.MACHINE_APPS]


def _restore(
    parts: list[Archive], aliases: Mapping[str, str], home: Path | None, take_over: bool, say: Say
) -> Restored:
    """Restore into those databases. Datasets are kept under ``home``, or only held against their names where None."""
    last = parts[-1]
    restored = Restored(other_version=last.manifest["version"] != __version__)
    restored.missing = list(last.manifest["missing"])
    restored.datasets = _restore_datasets(parts, home)
    for name, told in last.manifest["worlds"].items():
        say(T(f"記録を戻しています: {name}", f"restoring entries: {name}"))
        with worlds.inhabit(aliases[name]), _database(last.path, aliases[name]):
            with transaction.atomic(using=aliases[name]):
                made = _restore_world(parts, name, told, take_over)
                rebuild()
                if home is not None:
                    restored.missing += _load_datasets(restored.missing)
            restored.worlds[name] = made
            say(T(f"検証しています: {name}", f"verifying: {name}"))
            verdict = verify()
            made.chains, made.breaks = verdict.chains, verdict.breaks
            made.differing = _differing(told["tables"], digests([*tables(), SubjectRow], aliases[name]))
    if "accounts" in last.manifest:
        alias = aliases["real"]
        with _database(last.path, alias):
            restored.accounts = _restore_accounts(parts, alias)
            restored.differing = _differing(last.manifest["accounts"], digests(machine.account_models(), alias))
    return restored


def _differing(then: Digests, now: Digests) -> list[str]:
    return [table for table, told in then.items() if table in now and list(told) != now[table]]


def _restore_world(parts: list[Archive], name: str, told: dict[str, Any], take_over: bool) -> WorldRestored:
    made = WorldRestored(told["node"], name=told["name"])
    last = parts[-1]
    with sql.cursor() as cursor:
        for file, (table, columns) in SMALL.items():
            _insert(cursor, f"INSERT INTO {table} ({columns}) VALUES", last.rows(f"{name}/{file}.jsonl"))
        pos = 0
        for part in parts:
            there = part.manifest["worlds"].get(name)
            if there is None:
                continue  # the world was set up after the full backup
            if there["after"] != pos:
                raise BackupRefused(part.path, T("続きの位置が合いません", "it does not go on where the full one ends"))
            for rows in batched(part.rows(f"{name}/entries.jsonl"), 2000):
                cursor.executemany(INSERT_ENTRY, rows)
                made.entries += len(rows)
            pos = there["pos"]
        carry_out_redactions(cursor, ())  # of what was erased after the full backup
        node = nodes.found(told["name"], tuple(told["zones"])).node
        if take_over:
            tasks.take_over(told["node"], node)
        else:
            made.open_tasks = TaskRow.objects.filter(node=told["node"], done_at="").count()
        made.node = node
    return made


def _insert(cursor: sql.Cursor, statement: str, rows: Iterable[list[Any]]) -> None:
    for some in batched(rows, 2000):
        cursor.executemany(f"{statement} ({sql.marks(some[0])})", some)


def _restore_datasets(parts: list[Archive], home: Path | None) -> int:
    count = 0
    for part in parts:
        for digest in part.manifest["datasets"]:
            count += 1
            with part.member(f"datasets/{digest}") as member:
                if home is None:
                    seen = sha256()
                    for piece in pieces_of(member):
                        seen.update(piece)
                    found = seen.hexdigest()
                else:
                    path = home / "datasets" / digest[:2] / digest
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with files.whole_file(path) as file:
                        shutil.copyfileobj(member, file, 1 << 20)
                    found = digest  # held against its name when it is loaded
            if found != digest:
                raise BackupRefused(part.path, T(f"データ {digest} が違います", f"the dataset {digest} is another"))
    return count


def _load_datasets(missing: list[str]) -> list[str]:
    """Load what datasets hold into the rooms' tables; gives those that could not be loaded."""
    lost = []
    for digest in DatasetRow.objects.exclude(sha256__in=missing).values_list("sha256", flat=True):
        try:
            datasets.load(digest)
        except datasets.DatasetError:
            lost.append(digest)
    return lost


def _restore_home(parts: list[Archive], home: Path) -> None:
    for name in parts[-1].manifest["home"]:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with parts[-1].member(f"home/{name}") as member, files.whole_file(path) as file:
            shutil.copyfileobj(member, file)


def _restore_accounts(parts: list[Archive], alias: str) -> int:
    with transaction.atomic(using=alias):
        for model in machine.account_models():
            label = model._meta.label_lower
            for part in parts if model is machine.GROWING else parts[-1:]:
                if f"accounts/{label}.jsonl" in part.inside.namelist():
                    with part.member(f"accounts/{label}.jsonl") as member:
                        machine.restore_rows(member, alias)
        machine.restore_sequences(alias)
    return machine.account_count(alias)
