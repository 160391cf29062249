"""What is in a backup, written and read: a zip inside the envelope of :mod:`tomoshibi.journal.sealing`.

======================  ============================================================================================
``manifest.json``       what there is, up to which entry, and the digests of the tables that must come out again
``real/…``              of each world: ``entries``, ``chains``, ``nodes``, ``redactions``, ``tasks`` and ``datasets``
                        as JSON lines; ``entries`` are those after the last full backup, the others whole
``datasets/…``          the files that the full backup has not
``accounts/…``          each table of accounts as JSON lines of Django's serializer
``home/…``              files of ``TOMOSHIBI_HOME``
======================  ============================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.db import models

from tomoshibi import __version__
from tomoshibi.journal import datasets, nodes, sealing, sql, worlds
from tomoshibi.journal.backup import machine
from tomoshibi.journal.bundles import lines, pieces_of, world_name, write_member, zip_into
from tomoshibi.journal.entries import moment
from tomoshibi.journal.files import FileRefused
from tomoshibi.journal.models import DatasetRow, SubjectRow
from tomoshibi.journal.projecting import ENTRY_COLUMNS, tables
from tomoshibi.journal.sealing import Secret, Whole
from tomoshibi.journal.snapshots import snapshot
from tomoshibi.vocabulary import T

KIND = "backup-1"
WORLDS = {"real": worlds.REAL, "training": worlds.TRAINING}
#: a world's small tables: name in the archive -> table and columns
SMALL = {
    "nodes": ("journal_node", "id, name, public_key, first_seen"),
    "redactions": ("journal_redaction", "target, subject"),
    "tasks": (
        "journal_task",
        "id, node, handler, subject, payload, due_at, attempts, claimed_until, done_at, note",
    ),
    "datasets": ("journal_dataset", "sha256, size, media_type, received_at"),
    "chains": ("journal_chain", "node, zone, seq, hash, clock, signature"),
}

Digests = dict[str, list[Any]]


class BackupRefused(FileRefused):
    """A backup that cannot be made or restored: says which, why, and what to do."""


@dataclass(frozen=True)
class Archive:
    """A backup that is open for reading."""

    whole: Whole
    manifest: dict[str, Any]
    inside: ZipFile

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.whole.path

    def rows(self, name: str) -> Iterator[list[Any]]:
        """The rows of one table, as they were written."""
        with self.member(name) as member:
            for line in member:
                yield json.loads(line)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """One file of the archive. Raises :class:`BackupRefused` where it is not there."""
        try:
            with self.inside.open(name) as member:
                yield member
        except (BadZipFile, KeyError) as error:
            raise BackupRefused(self.path, _strange(str(error))) from error


def _strange(what: str) -> T:
    return T(f"この版の灯が書く形ではありません: {what}", f"it is not as this program writes it: {what}")


@contextmanager
def opened(whole: Whole, secret: Secret | None) -> Iterator[Archive]:
    """A backup that was found whole, open for reading. Raises as :func:`tomoshibi.journal.sealing.opened`."""
    with sealing.opened(whole, secret) as body:
        try:
            inside = ZipFile(body)
            manifest = json.loads(inside.read("manifest.json"))
        except (BadZipFile, KeyError, ValueError) as error:
            raise BackupRefused(whole.path, _strange(str(error))) from error
        yield Archive(whole, manifest, inside)


def write(
    path: Path, base: Archive | None, secret: Secret, progress: Callable[[int], object] = lambda n: None
) -> dict[str, Any]:
    """Write a backup at ``path``: full, or what came after ``base``. Gives its manifest.

    Each world is read as it stands at one moment, and the accounts with the real world. ``progress`` is called with
    the entries written so far.
    """
    manifest: dict[str, Any] = {
        "id": uuid4().hex[:12],
        "made_at": moment(worlds.now()),
        "version": __version__,
        "base": base.manifest["id"] if base else "",
        "worlds": {},
        "datasets": {},
        "missing": [],
    }
    about = {key: manifest[key] for key in ("id", "made_at", "base")}
    with ExitStack() as stack:
        with worlds.inhabit(worlds.REAL):
            signer = nodes.identity()
        body = stack.enter_context(sealing.write(path, KIND, about, signer, secret))
        archive = stack.enter_context(zip_into(body))
        done = 0
        for name, world in WORLDS.items():
            after = base.manifest["worlds"].get(name, {}).get("pos", 0) if base else 0
            with worlds.inhabit(world), snapshot() as alias:
                try:
                    me = nodes.identity()
                except LookupError:
                    continue  # nobody has set this world up
                told = _write_world(archive, me, after, lambda n, done=done: progress(done + n))  # type: ignore[misc]
                done += told["entries"]
                manifest["worlds"][name] = told
                _write_datasets(archive, base, manifest)
                if world == worlds.REAL:
                    _write_accounts(archive, alias, base, manifest)
        manifest["home"] = list(_write_home(archive))
        write_member(archive, "manifest.json", [json.dumps(manifest, ensure_ascii=False).encode()])
    return manifest


def _write_world(archive: ZipFile, me: nodes.Identity, after: int, progress: Callable[[int], object]) -> dict[str, Any]:
    name = world_name()
    told: dict[str, Any] = {
        "node": me.node,
        "name": me.name,
        "zones": me.zones,
        "after": after,
        "pos": after,
        "hash": "",
        "entries": 0,
    }

    def entries() -> Iterator[tuple[Any, ...]]:
        for row in sql.stream(f"SELECT {ENTRY_COLUMNS} FROM journal_entry WHERE pos > {int(after)} ORDER BY pos"):
            told["entries"] += 1
            told["hash"], told["pos"] = row[18], row[19]
            if told["entries"] % 1000 == 0:
                progress(told["entries"])
            yield row

    if after:
        with sql.cursor() as cursor:
            cursor.execute("SELECT hash FROM journal_entry WHERE pos = %s", [after])
            told["hash"] = cursor.fetchone()[0]
    write_member(archive, f"{name}/entries.jsonl", lines(entries()))
    for file, (table, columns) in SMALL.items():
        rows: Iterable[Any] = sql.stream(f"SELECT {columns} FROM {table}")
        if file == "chains":  # ours, too, must end at a signed head: restored, they are those of another node
            rows = [(*r[:5], me.sign(r[1], r[2], r[3]) if r[0] == me.node else r[5]) for r in rows]
        write_member(archive, f"{name}/{file}.jsonl", lines(rows))
    told["tables"] = digests([*tables(), SubjectRow], worlds.world())
    progress(told["entries"])
    return told


def _write_datasets(archive: ZipFile, base: Archive | None, manifest: dict[str, Any]) -> None:
    """The files of this world's datasets that are in neither the full backup nor the world before."""
    for digest, size in DatasetRow.objects.order_by("sha256").values_list("sha256", "size"):
        if digest in manifest["datasets"] or digest in manifest["missing"]:
            continue
        if base and digest in base.manifest["datasets"]:
            continue
        try:
            path = datasets.require(digest)
        except datasets.DatasetError:
            manifest["missing"].append(digest)
            continue
        with path.open("rb") as file:
            write_member(archive, f"datasets/{digest}", pieces_of(file))
        manifest["datasets"][digest] = size


def _write_accounts(archive: ZipFile, alias: str, base: Archive | None, manifest: dict[str, Any]) -> None:
    manifest["accounts"] = digests(machine.account_models(), alias)
    manifest["readings"] = machine.last_reading(alias)
    for model in machine.account_models():
        rows = model._default_manager.using(alias).order_by("pk")
        if model is machine.GROWING and base:
            rows = rows.filter(pk__gt=base.manifest["readings"])
        with archive.open(f"accounts/{model._meta.label_lower}.jsonl", "w", force_zip64=True) as member:
            machine.write_rows(rows, member)


def _write_home(archive: ZipFile) -> Iterator[str]:
    home = Path(settings.TOMOSHIBI_HOME)
    for pattern in machine.HOME_FILES:
        for path in sorted(home.glob(pattern)):
            if path.is_file():
                name = path.relative_to(home).as_posix()
                write_member(archive, f"home/{name}", [path.read_bytes()])
                yield name


def digests(of: Iterable[type[models.Model]], alias: str) -> Digests:
    """How many rows each table has and what they are, whatever their order and the kind of database."""
    return {m._meta.db_table: _digest(m, alias) for m in of}


def _digest(model: type[models.Model], alias: str) -> list[Any]:
    count = total = 0
    names = [f.attname for f in model._meta.concrete_fields]
    for row in model._default_manager.using(alias).values_list(*names).iterator():
        text = json.dumps(row, default=_plain, ensure_ascii=False, sort_keys=True)
        total += int.from_bytes(sha256(text.encode()).digest())
        count += 1
    return [count, f"{total % (1 << 256):064x}"]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)
