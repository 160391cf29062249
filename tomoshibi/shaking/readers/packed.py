"""Downloads as they come: tar, tar.gz and zip of records, and gz of one; NIED packs tar files into tar files."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T

#: bytes that one member may unpack to, and how deep packing may go: a small file must not fill the memory
MEMBER_LIMIT = 256 * 1024 * 1024
_DEPTH = 3
#: members that are pictures and papers, not records
_PASSED_OVER = {".ps", ".png", ".pdf", ".txt", ".html"}


def is_packed(content: bytes) -> bool:
    """Whether a file is gzip, zip or tar."""
    return content[:2] == b"\x1f\x8b" or content[:4] == b"PK\x03\x04" or content[257:262] == b"ustar"


def unpack(path: Path, content: bytes, depth: int = 0) -> Iterator[tuple[Path, bytes]]:
    """Members as (path, bytes); a member's path is the packed file's with its own name after it. Nothing is written.

    :raises RecordError: for a broken file, a member of more than 256 MB, or packing more than three deep
    """
    try:
        for name, data in _members(path, content):
            inner = path / name if name else path  # what gz holds goes by the file's own name
            if is_packed(data):
                if depth + 1 >= _DEPTH:
                    raise RecordError(T("圧縮が何重にもなっています", "packed too many times over"), inner)
                yield from unpack(inner, data, depth + 1)
            elif data and Path(inner.name.removesuffix(".gz")).suffix.lower() not in _PASSED_OVER:
                yield inner, data
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = T(f"圧縮ファイルを開けません: {error}", f"cannot unpack: {error}")
        raise RecordError(reason, path) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise RecordError(T("パスワードのかかった zip です", "a zip with a password"), path) from error


def _members(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for info in sorted(packed.infolist(), key=lambda info: info.filename):
                if not info.is_dir():
                    with packed.open(info) as member:
                        yield info.filename, _limited(member.read(MEMBER_LIMIT + 1), path, info.filename)
    elif content[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            yield "", _limited(stream.read(MEMBER_LIMIT + 1), path, "")
    else:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tape:
            for entry in sorted(tape.getmembers(), key=lambda entry: entry.name):
                file = tape.extractfile(entry) if entry.isfile() else None
                if file is not None:
                    yield entry.name, _limited(file.read(MEMBER_LIMIT + 1), path, entry.name)


def _limited(data: bytes, path: Path, name: str) -> bytes:
    if len(data) > MEMBER_LIMIT:
        raise RecordError(T("展開すると大きすぎます", "too large when unpacked"), path / name if name else path)
    return data
