"""The live network's state as ``tomoshibi network run`` keeps it on this node: no fact, and only of now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from tomoshibi.journal import worlds
from tomoshibi.shaking.network.keeping import STATE, Kept, load


def folder() -> Path:
    """Where the network of the world that we are in keeps its state."""
    home = Path(settings.TOMOSHIBI_HOME)
    return (home / "training" if worlds.is_training() else home) / "network"


def kept() -> Kept | None:
    """The network's state; None where none runs on this node, and in looks at the past."""
    if worlds.READING in worlds.world():
        return None
    try:
        stamp = (folder() / STATE).stat().st_mtime_ns
    except OSError:
        return None
    return _loaded(folder(), stamp)


@lru_cache(maxsize=2)
def _loaded(path: Path, stamp: int) -> Kept | None:
    return load(path)
