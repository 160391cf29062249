"""Datasets: bulk data as content-addressed files that facts name by their SHA-256.

A resident register of 342,249 people is one file and one fact, not 342,249 entries. What a room loads from it stands
beside its rows in tables of its own, keyed by the digest, through a loader that the room registers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from tomoshibi.journal import worlds
from tomoshibi.journal.entries import moment
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import DatasetRow
from tomoshibi.vocabulary import T

#: media type -> function that loads the file of that digest into the room's tables, replacing what is there of it
Loader = Callable[[str, Path], None]
_loaders: dict[str, Loader] = {}


class DatasetError(Refused):
    """A dataset that is missing or not what its digest says."""


def loader(media_type: str) -> Callable[[Loader], Loader]:
    """Register what loads datasets of a media type."""

    def register(load: Loader) -> Loader:
        _loaders[media_type] = load
        return load

    return register


def path_of(digest: str) -> Path:
    """Where the file of that digest lies, whether or not it is there."""
    return Path(settings.TOMOSHIBI_HOME) / "datasets" / digest[:2] / digest


def put(content: bytes | BinaryIO, media_type: str) -> str:
    """Keep ``content`` (bytes or an open file) and load it; returns its SHA-256 (hex). Putting it twice keeps it once.

    The file is complete, or not there: it is written aside, synced, and moved into its place.
    """
    folder = Path(settings.TOMOSHIBI_HOME) / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    digest = sha256()
    size = 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as aside:
        try:
            pieces = [content] if isinstance(content, bytes) else iter(lambda: content.read(1 << 20), b"")
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                aside.write(piece)
            aside.flush()
            os.fsync(aside.fileno())
        except BaseException:
            Path(aside.name).unlink()
            raise
    name = digest.hexdigest()
    path = path_of(name)
    path.parent.mkdir(exist_ok=True)
    Path(aside.name).replace(path)
    DatasetRow.objects.get_or_create(
        sha256=name,
        defaults={"size": size, "media_type": media_type, "received_at": moment(worlds.now())},
    )
    load(name)
    return name


def require(digest: str) -> Path:
    """The file of that digest. Raises :class:`DatasetError` where it is missing or damaged."""
    path = path_of(digest)
    if not path.is_file():
        raise DatasetError(
            T(
                f"データ {digest[:12]}… がこの端末にありません。元の端末から取り込んでください。",
                f"The dataset {digest[:12]}… is not on this machine. Bring it from where it was made.",
            )
        )
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != digest:
            raise DatasetError(
                T(
                    f"データ {digest[:12]}… が壊れています。バックアップから戻してください。",
                    f"The dataset {digest[:12]}… is damaged. Restore it from a backup.",
                )
            )
    return path


def load(digest: str) -> bool:
    """Load a dataset into its room's tables; False where no room knows its media type (it is kept all the same)."""
    row = DatasetRow.objects.get(sha256=digest)
    do = _loaders.get(row.media_type)
    if do is None:
        return False
    do(digest, require(digest))
    return True


def reload_all() -> int:
    """Load every dataset anew, as after a rebuild. Returns how many were loaded."""
    return sum(load(digest) for digest in DatasetRow.objects.order_by("sha256").values_list("sha256", flat=True))
