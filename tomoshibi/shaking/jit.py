"""Numba, set up once for the whole room: machine code is kept in the user's cache folder, never beside the source.

A read-only installation, or two users sharing one, would otherwise fail or litter the package with index files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from tomoshibi import __version__

F = TypeVar("F", bound=Callable[..., Any])


def _cache_folder() -> Path | None:
    """A private folder for machine code, of this version of the program (Numba does not see edits across files).

    None where this user can keep nothing: kernels are then compiled anew in every process.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tomoshibi" / f"numba-{__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        return None
    return folder if os.access(folder, os.W_OK) else None


_settings: Any = numba.config  # its settings are made at run time, unseen by type checkers
if not _settings.CACHE_DIR and (_folder := _cache_folder()):
    _settings.CACHE_DIR = str(_folder)
_KEPT = bool(_settings.CACHE_DIR)


def kernel() -> Callable[[F], F]:
    """Compile to machine code on first use and keep it. Kernels leave Python's lock, so plain threads run them in
    parallel; Numba's own thread pools are not used, because they break when two threads of a server call them.

    Additions may be contracted with multiplications and the sign of zero ignored; sums are never reordered and NaN is
    kept, so that results do not depend on the machine beyond the last bit.
    """

    def compile_lazily(function: F) -> F:
        jitted: Any = numba.njit(cache=_KEPT, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})(function)
        return cast(F, jitted)

    return compile_lazily
