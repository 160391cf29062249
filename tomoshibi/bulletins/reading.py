"""Bytes to bulletins: one entry for every format, and one for files, folders and archives."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from tomoshibi.bulletins import atom, jma, safexml
from tomoshibi.bulletins.cap.convert import to_bulletin
from tomoshibi.bulletins.cap.model import VERSIONS
from tomoshibi.bulletins.cap.reading import alert_of
from tomoshibi.bulletins.cap.validation import judge
from tomoshibi.bulletins.cap.writing import write_alert
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.model import Bulletin
from tomoshibi.bulletins.schema import gate
from tomoshibi.bulletins.typed import read_typed
from tomoshibi.vocabulary import T

#: most telegrams taken from one archive, and most bytes they may unpack to
MAX_MEMBERS = 100_000
MAX_UNPACKED = 1024 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_FEED = b"http://www.w3.org/2005/Atom"


def read(data: bytes, source: str, *, schema: Path | None = None) -> list[Bulletin]:
    """Bulletins of one file: a JMA telegram, a CAP alert or what a person typed gives one, a feed with CAP or a zip
    one for each member.

    ``source`` is the file's name or the sender: it stands in errors, and the telegram's code is taken from it where it
    holds one (``…_VXSE53_….xml``). With ``schema``, the folder of JMA's XSD files, departures from it are added to a
    bulletin's ``warnings``. Raises :class:`BulletinError` where nothing can be read; in an archive, for the first such
    member (use :func:`members` to go on).
    """
    if data.startswith(_ZIP):
        return [bulletin for name, member in members(data, source) for bulletin in read(member, name, schema=schema)]
    digest = hashlib.sha256(data).hexdigest()
    if data.lstrip()[:1] == b"{":
        return [read_typed(data, source, digest)]
    root = safexml.parse(data, source)
    if root.tag == jma.ROOT:
        report = jma.read_report(root, source, digest)
        if schema is not None and (departures := gate(schema).check(root)):
            report = dataclasses.replace(report, warnings=(*report.warnings, *departures))
        return [report]
    if (etree.QName(root).namespace or "") in VERSIONS:
        return [_alert(root, source, digest)]
    if parts := _alerts(root, source):
        return [bulletin for name, part in parts for bulletin in read(part, name)]
    raise BulletinError(
        T(
            "知らない形式のXMLです(最上位の要素は{tag})。気象庁の電文かCAPを渡してください。",
            "XML of an unknown format (its root is {tag}). Give a JMA telegram or a CAP alert.",
        ).format(tag=str(root.tag)[:100]),
        source,
    )


def _alert(root: etree._Element, source: str, digest: str) -> Bulletin:
    """Bulletin of an alert, with what is wrong in its form, geometry and signature among its warnings."""
    alert = alert_of(root, source)
    verdict = judge(root, source, alert.sent)
    signature = verdict.signature
    return dataclasses.replace(
        to_bulletin(alert, source, digest),
        warnings=tuple(reason.text for reason in verdict.reasons),
        signed=not signature.faults if signature is not None and signature.present else None,
    )


def split(
    data: bytes, source: str, failed: Callable[[BulletinError], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each telegram in a file: the members of a zip, the alerts inside a feed, else the file itself.

    Of an alert inside a feed the bytes are a CAP document of its own. Raises :class:`BulletinError` as :func:`members`.
    """
    if data.startswith(_ZIP):
        yield from members(data, source, failed)
    elif _FEED in data[:4096] and (parts := _alerts(safexml.parse(data, source), source)):
        yield from parts
    else:
        yield source, data


def _alerts(root: etree._Element, source: str) -> list[tuple[str, bytes]]:
    if root.tag != atom.ROOT:
        return []
    alerts = (entry.alert for entry in atom.feed_of(root, source).entries)
    return [
        (f"{source}/{number}", write_alert(each)) for number, each in enumerate(alerts, start=1) if each is not None
    ]


def members(
    data: bytes, source: str, failed: Callable[[BulletinError], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each XML file in a zip archive, in the archive's order.

    Raises :class:`BulletinError` for an archive that is broken, encrypted or unpacks to too much. A member that cannot
    be unpacked is handed to ``failed`` and the others follow; without ``failed`` it raises too.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
            if len(found) > MAX_MEMBERS or sum(info.file_size for info in found) > MAX_UNPACKED:
                raise BulletinError(
                    T("書庫が大きすぎます。分けて渡してください。", "The archive is too large. Give it in parts."),
                    source,
                )
            for info in found:
                name = f"{source}/{info.filename}"
                try:
                    yield name, _unpack(archive, info, name)
                except BulletinError as error:
                    if failed is None:
                        raise
                    failed(error)
    except BulletinError:
        raise
    except _BROKEN as error:
        raise _broken(error, source) from None


# What zipfile and its decompressors raise for bytes that are no archive.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(RuntimeError, NotImplementedError, OSError, EOFError, ValueError, IndexError),
)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    safexml.check_size(info.file_size, name)
    try:
        with archive.open(info) as member:
            return member.read(safexml.MAX_BYTES + 1)
    except _BROKEN as error:
        raise _broken(error, name) from None


def _broken(error: Exception, source: str) -> BulletinError:
    return BulletinError(
        T(
            "書庫から取り出せません({detail})。壊れていないか、暗号化されていないか確かめてください。",
            "Cannot be unpacked ({detail}). Check that the archive is whole and not encrypted.",
        ).format(detail=error),
        source,
    )


def read_path(
    path: Path,
    failed: Callable[[BulletinError], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    schema: Path | None = None,
) -> Iterator[Bulletin]:
    """Bulletins of a file, of every ``.xml`` below a folder (by name), or of a zip archive.

    With ``failed``, one that cannot be read is handed to it and reading goes on; without, it raises
    :class:`BulletinError`. ``progress(done, total)`` is told after each file or member.
    """
    done = 0

    def note(error: BulletinError) -> None:
        nonlocal done
        if failed is None:
            raise error
        failed(error)
        done += 1

    try:
        total, pieces = _pieces(path, note)
        for name, data in pieces:
            try:
                yield from read(data, name, schema=schema)
            except BulletinError as error:
                note(error)
            else:
                done += 1
            if progress is not None:
                progress(done, total)
    except BulletinError as error:
        if failed is None:
            raise
        failed(error)


def pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each telegram in a file, in a folder or in a zip. Raises :class:`BulletinError`."""

    def fail(error: BulletinError) -> None:
        raise error

    return _pieces(path, fail)[1]


def _pieces(path: Path, note: Callable[[BulletinError], None]) -> tuple[int, Iterator[tuple[str, bytes]]]:
    """How many telegrams there are, and each one's name and bytes; one that cannot be had is noted."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".xml" and file.is_file())
        return len(files), _contents(files, note)
    if path.suffix.lower() == ".zip":
        data = _bytes(path, MAX_UNPACKED)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                total = sum(name.lower().endswith(".xml") for name in archive.namelist())
        except _BROKEN:
            total = 1  # members() says what is wrong with it
        return total, members(data, path.name, note)
    return 1, _contents([path], note)


def _contents(files: list[Path], note: Callable[[BulletinError], None]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        try:
            data = file_bytes(file)
        except BulletinError as error:
            note(error)
        else:
            yield file.name, data


def file_bytes(path: Path) -> bytes:
    """Content of one telegram's file; its size is looked at first. Raises :class:`BulletinError`."""
    return _bytes(path, safexml.MAX_BYTES)


def _bytes(path: Path, limit: int) -> bytes:
    """Content of a file, whose size is looked at before it is read."""
    try:
        size = path.stat().st_size
        if size > limit:
            safexml.check_size(size, path.name)
        return path.read_bytes()
    except OSError as error:
        raise BulletinError(
            T(
                "ファイルを開けません({detail})。名前と読み取りの権限を確かめてください。",
                "The file cannot be opened ({detail}). Check its name and that you may read it.",
            ).format(detail=error.strerror or error),
            str(path),
        ) from None
