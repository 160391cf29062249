"""Bundles: what this node knows, as one file to carry to another node (``docs/reference/bundle-format.md``).

A bundle holds slices of chains, each ending at a head that its origin signed, the names and keys of those nodes, and
the datasets that the entries stand on. It is taken in whole, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django.db import transaction

from tomoshibi.journal import datasets, facts, files, nodes, sealing, worlds
from tomoshibi.journal.entries import COLUMNS, Entry, after_text, from_row, moment, read_moment, to_row
from tomoshibi.journal.files import FileRefused
from tomoshibi.journal.merging import MergeReport, Slice, chain_slice, merge
from tomoshibi.journal.models import ChainRow, DatasetRow, EntryRow, SubjectRow
from tomoshibi.journal.sealing import Secret, Whole
from tomoshibi.journal.snapshots import snapshot
from tomoshibi.vocabulary import T

KIND = "bundle-1"
#: bytes of the longest line that is read
LINE_MOST = 16 << 20
#: Lamport clocks and sequence numbers beyond this are nobody's: one would stop every clock that hears of it
CLOCK_MOST = 1 << 53

_INTEGERS = frozenset({"seq", "version", "clock"})
_NULLABLE = frozenset({"payload", "salt"})


@dataclass(frozen=True)
class Head:
    """Up to where a node knows a chain."""

    node: str
    zone: str
    seq: int
    hash: str


@dataclass
class Contents:
    """What a bundle says it holds: ``entries`` by (node, zone), node names, datasets, and those it had to leave out."""

    path: Path
    node: str
    world: str
    made_at: str
    heads: list[Head] = field(default_factory=list)
    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    datasets: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    #: entries of kinds that this version does not know, whose datasets it cannot find
    unknown: int = 0

    @property
    def total(self) -> int:
        """How many entries there are."""
        return sum(self.entries.values())


@dataclass
class Imported:
    """What an import brought."""

    bundle: Contents
    report: MergeReport
    datasets: int
    #: subjects among those touched that are in dispute now
    disputed: int


def world_name() -> str:
    """``real`` or ``training``: how files and commands call the world that we are in."""
    return "training" if worlds.is_training() else "real"


def export(
    path: Path,
    zones: Iterable[str] | None = None,
    have: Iterable[Head] = (),
    secret: Secret | None = None,
    progress: Callable[[int], object] = lambda n: None,
) -> Contents:
    """Write what this node knows, and the other side (``have``) lacks, as a bundle at ``path``.

    ``zones`` limits it to those zones' chains. ``progress`` is called with the entries written so far. Raises
    :class:`FileRefused` for an unknown zone, for a chain that the other side has forked, and for a full disk.
    """
    with snapshot():
        me = nodes.identity()
        carried = tuple(me.zones if zones is None else zones)
        for zone in carried:
            if zone not in nodes.ZONES:
                known = ", ".join(nodes.ZONES)
                raise FileRefused(
                    path,
                    T(f"区分「{zone}」はありません（{known}）", f"there is no zone “{zone}” (there are {known})"),
                )
        made = Contents(path, me.node, world_name(), moment(worlds.now()))
        first = _first_lacking(path, have)
        about = {"world": made.world, "made_at": made.made_at}
        with sealing.write(path, KIND, about, me, secret) as body, zip_into(body) as archive:
            manifest: dict[str, Any] = {"nodes": {}, "chains": []}
            named: set[str] = set()
            for node, zone in (
                ChainRow.objects.filter(zone__in=carried).order_by("node", "zone").values_list("node", "zone")
            ):
                piece = chain_slice(node, zone, first.get((node, zone), 1))
                if piece is None:
                    continue
                _write_slice(archive, piece, manifest)
                made.heads.append(Head(node, zone, piece.seq, piece.hash))
                made.entries[node, zone] = len(piece.entries)
                made.names[node] = piece.name
                made.unknown += sum(facts.kind_of(e.kind) is None for e in piece.entries)
                named.update(datasets_of(piece.entries))
                progress(made.total)
            manifest["datasets"] = _write_datasets(archive, sorted(named), made)
            manifest["missing"] = made.missing
            write_member(archive, "manifest.json", [json.dumps(manifest, ensure_ascii=False).encode()])
    return made


def _first_lacking(path: Path, have: Iterable[Head]) -> dict[tuple[str, str], int]:
    """The first entry of each chain that the other side lacks."""
    first = {}
    for head in have:
        first[head.node, head.zone] = head.seq + 1
        here = EntryRow.objects.filter(node=head.node, zone=head.zone, seq=head.seq).values_list("hash", flat=True)
        if here and here[0] != head.hash:
            raise FileRefused(
                path,
                T(
                    f"端末 {head.node} の記録（区分 {head.zone}）の {head.seq} 番が、相手とここで違います（分岐）。"
                    "どちらかの端末が写しです",
                    f"entry {head.seq} of node {head.node}, zone {head.zone}, differs between the other side and here "
                    "(a fork): one of the two nodes is a copy",
                ),
            )
    return first


def zip_into(body: IO[bytes]) -> ZipFile:
    """A zip to be written into the body of a sealed file. Most of it is hashes: more effort would gain little."""
    return ZipFile(body, "w", ZIP_DEFLATED, compresslevel=1)


def write_member(archive: ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    """Write one file into ``archive``, piece by piece. No clock in it: equal contents give equal bytes."""
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of an open file, a mebibyte at a time."""
    return iter(lambda: file.read(1 << 20), b"")


def lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """Rows as JSON lines."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write_slice(archive: ZipFile, piece: Slice, manifest: dict[str, Any]) -> None:
    name = f"chains/{piece.node}.{piece.zone}.jsonl"
    write_member(archive, name, lines(map(to_row, piece.entries)))
    manifest["nodes"][piece.node] = {"name": piece.name, "public_key": piece.public_key}
    manifest["chains"].append(
        {
            "node": piece.node,
            "zone": piece.zone,
            "first": piece.entries[0].seq,
            "seq": piece.seq,
            "hash": piece.hash,
            "signature": piece.signature,
            "file": name,
        }
    )


def datasets_of(entries: Iterable[Entry]) -> set[str]:
    """Digests of the datasets that entries stand on, as far as their kinds are known here."""
    named: set[str] = set()
    for e in entries:
        kind = facts.kind_of(e.kind)
        if kind is not None and kind.datasets and e.payload is not None:
            fact, _ = facts.decode(e.kind, e.version, e.payload)
            named.update(str(d) for name in kind.datasets if fact and (d := getattr(fact, name)))
    return named


def _write_datasets(archive: ZipFile, named: list[str], made: Contents) -> list[dict[str, Any]]:
    written = []
    for digest in named:
        row = DatasetRow.objects.filter(sha256=digest).first()
        try:
            file = datasets.require(digest).open("rb") if row else None
        except datasets.DatasetError:
            file = None
        if row is None or file is None:
            made.missing.append(digest)
            continue
        with file:
            write_member(archive, f"datasets/{digest}", pieces_of(file))
        made.datasets.append(digest)
        written.append({"sha256": digest, "size": row.size, "media_type": row.media_type})
    return written


def import_bundle(path: Path, secret: Secret | None = None) -> Imported:
    """Take in a bundle: whole, or not at all. Importing it again changes nothing.

    Raises :class:`sealing.Damaged` for any changed byte, :class:`sealing.Locked` and :class:`sealing.WrongSecret`
    for what does not open it, :class:`~tomoshibi.journal.merging.MergeRefused` for a gap, a fork or a foreign zone, and
    :class:`FileRefused` for anything else that is not a bundle for this world.
    """
    whole = sealing.examine(path, KIND)
    world = whole.header.get("world")
    if world != world_name():
        raise FileRefused(
            path,
            T(
                f"「{world}」の世界の記録です。訓練と本番の記録は混ぜられません。--world を確かめてください",
                f"it is of the {world} world: training and real records cannot be mixed. See to --world",
            ),
        )
    with _archive(whole, secret) as (archive, manifest, contents), transaction.atomic(using=worlds.world()):
        report = merge(_slices(path, archive, manifest))
        new = 0
        for told in manifest["datasets"]:
            new += _take_dataset(path, archive, told)
        touched = SubjectRow.objects.exclude(conflicts="[]").values_list("subject", flat=True)
        return Imported(contents, report, new, len(report.subjects.intersection(touched)))


def read(path: Path, secret: Secret | None = None) -> Contents:
    """What a bundle holds, without taking it in. Raises as :func:`import_bundle` does for the file itself."""
    with _archive(sealing.examine(path, KIND), secret) as (_, _, contents):
        return contents


def read_heads(path: Path) -> list[Head]:
    """Heads that another node knows, as ``tomoshibi journal nodes --json`` prints them there.

    Raises :class:`FileRefused` for a file that cannot be read or says something else.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return [
            Head(str(node["node"]), str(chain["zone"]), int(chain["seq"]), str(chain["hash"]))
            for node in told
            for chain in node["chains"]
        ]
    except OSError as error:
        raise FileRefused(path, files.why_not(error)) from error
    except (ValueError, KeyError, TypeError):
        raise FileRefused(
            path,
            T(
                "「tomoshibi journal nodes --json」の出力ではありません",
                "this is not what `tomoshibi journal nodes --json` prints",
            ),
        ) from None


@contextmanager
def _archive(whole: Whole, secret: Secret | None) -> Iterator[tuple[ZipFile, dict[str, Any], Contents]]:
    """The inside of a bundle, its manifest, and that as words. What is not as we write it is refused, not guessed."""
    with sealing.opened(whole, secret) as body:
        try:
            archive = ZipFile(body)
            manifest = json.loads(archive.read("manifest.json"))
            contents = _contents(whole, manifest)
        except (BadZipFile, KeyError, ValueError, TypeError, NotImplementedError) as error:
            raise FileRefused(whole.path, _strange(str(error))) from error
        yield archive, manifest, contents


def _strange(what: str) -> T:
    return T(f"この版の灯が書く形ではありません: {what}", f"it is not as this program writes it: {what}")


def _contents(whole: Whole, manifest: dict[str, Any]) -> Contents:
    header = whole.header
    contents = Contents(whole.path, header["node"], header["world"], header["made_at"])
    for chain in manifest["chains"]:
        node, zone = str(chain["node"]), str(chain["zone"])
        contents.heads.append(Head(node, zone, int(chain["seq"]), str(chain["hash"])))
        contents.entries[node, zone] = int(chain["seq"]) - int(chain["first"]) + 1
        contents.names[node] = str(manifest["nodes"][node]["name"])
    contents.datasets = [str(told["sha256"]) for told in manifest["datasets"]]
    contents.missing = [str(digest) for digest in manifest["missing"]]
    return contents


def _slices(path: Path, archive: ZipFile, manifest: dict[str, Any]) -> Iterator[Slice]:
    for chain in manifest["chains"]:
        try:
            node = manifest["nodes"][chain["node"]]
            with archive.open(chain["file"]) as member:
                entries = list(_entries(path, chain["file"], member))
            yield Slice(
                node=str(chain["node"]),
                name=str(node["name"]),
                public_key=str(node["public_key"]),
                zone=str(chain["zone"]),
                entries=entries,
                seq=int(chain["seq"]),
                hash=str(chain["hash"]),
                signature=str(chain["signature"]),
            )
        except (BadZipFile, KeyError, ValueError, TypeError) as error:
            raise FileRefused(path, _strange(str(error))) from error


def _entries(path: Path, name: str, member: IO[bytes]) -> Iterator[Entry]:
    for number, line in enumerate(iter(lambda: member.readline(LINE_MOST), b""), 1):
        try:
            yield read_entry(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise FileRefused(path, _strange(f"{name}:{number}: {error}")) from error


def read_entry(values: Any) -> Entry:
    """The entry of a bundle's line. Raises :class:`ValueError` where it is not exactly as :func:`to_row` gives it.

    Hashes prove who wrote an entry, not that it is well-formed: a node may sign what would upset every other.
    """
    if not isinstance(values, list) or len(values) != len(COLUMNS):
        raise ValueError(f"not a list of {len(COLUMNS)} values")
    for name, value in zip(COLUMNS, values, strict=True):
        if name in _INTEGERS:
            if type(value) is not int or not 0 < value < (1 << 31 if name == "version" else CLOCK_MOST):
                raise ValueError(f"{name} is not a number that can be")
        elif value is None and name in _NULLABLE:
            continue
        elif not isinstance(value, str) or "\x00" in value:
            raise ValueError(f"{name} is not a text")
        else:
            value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    e = from_row(values)
    if after_text(e.after) != values[COLUMNS.index("after")]:
        raise ValueError("after is not a canonical list")
    read_moment(e.happened_at), read_moment(e.recorded_at)
    if e.payload is not None and not isinstance(json.loads(e.payload), dict):
        raise ValueError("payload is not an object")
    return e


def _take_dataset(path: Path, archive: ZipFile, told: Mapping[str, Any]) -> int:
    """Keep one dataset, unless it is here; 1 where it is new."""
    digest = str(told["sha256"])
    if DatasetRow.objects.filter(sha256=digest).exists() and datasets.path_of(digest).is_file():
        return 0
    try:
        with archive.open(f"datasets/{digest}") as member:
            seen = sha256()
            for piece in pieces_of(member):
                seen.update(piece)
        if seen.hexdigest() != digest:
            raise ValueError(f"the dataset {digest} is another")
        with archive.open(f"datasets/{digest}") as member:
            datasets.put(member, str(told["media_type"]))  # type: ignore[arg-type]  # it reads bytes, as asked
    except (BadZipFile, KeyError, ValueError) as error:
        raise FileRefused(path, _strange(str(error))) from error
    except OSError as error:
        raise files.NotWritten(datasets.path_of(digest), files.why_not(error)) from error
    return 1
