"""Files written whole or not at all, and what a disk's refusal means to the people at the machine."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from tomoshibi.vocabulary import T


class FileRefused(Exception):
    """A file that cannot be read or written: says which, what is wrong with it, and what to do, in both languages."""

    def __init__(self, path: Path, why: T) -> None:
        self.path = path
        self.text = T("{path}: {why}", "{path}: {why}").format(path=path, why=why)
        super().__init__(str(self.text))

    def __str__(self) -> str:
        return str(self.text)


class NotWritten(FileRefused):
    """The disk did not take the file. Nothing was left under its name."""


def why_not(error: OSError) -> T:
    """What the operating system's refusal means to the people at the machine."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return T(
                "ディスクに空きがありません。空きを作るか、別の場所を指定してください",
                "the disk is full. Make room, or name another place",
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return T("書き込みまたは読み出しの権限がありません", "it may not be read or written here")
        case errno.ENOENT:
            return T("見つかりません", "there is no such file or folder")
        case errno.EEXIST:
            return T("すでにあります。別の名前を指定してください", "it is there already. Name another")
    reason = error.strerror or str(error)
    return T(f"読み書きできません: {reason}", f"it cannot be read or written: {reason}")


class _Aside(io.FileIO):
    """A file being written, whose disk's refusals name the file that it is to become."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "wb")
        self._path = path

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise NotWritten(self._path, why_not(error)) from error

    def sync(self) -> None:
        try:
            os.fsync(self.fileno())
        except OSError as error:
            raise NotWritten(self._path, why_not(error)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears as ``path`` when the block ends, complete and on the disk, or not at all.

    Until then it lies beside as ``.name.….part``. Raises :class:`NotWritten` for what the disk refuses.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise NotWritten(path, why_not(error)) from error
    aside = Path(name)
    try:
        with _Aside(descriptor, path) as raw, io.BufferedWriter(raw) as file:
            yield file
            file.flush()
            raw.sync()
        try:
            aside.replace(path)
        except OSError as error:
            raise NotWritten(path, why_not(error)) from error
        sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Let a rename in ``folder`` reach the disk, where the file system knows how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
