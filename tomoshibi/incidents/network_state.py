"""The live network's state as ``tomoshibi network run`` keeps it on this node: no fact, and only of now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tomoshibi.journal import worlds
from tomoshibi.shaking.network.keeping import STATE, Kept, load


def folder() -> Path:
    """Where the network of the world that we are in keeps its state."""
    return worlds.home() / "network"


def kept() -> Kept | None:
    """The network's state; None where none runs on this node, and in looks at the past."""
    if worlds.is_reading():
        return None
    try:
        stamp = (folder() / STATE).stat().st_mtime_ns
    except OSError:
        return None
    return _loaded(folder(), stamp)


@lru_cache(maxsize=2)
def _loaded(path: Path, stamp: int) -> Kept | None:
    return load(path)
