"""The C library told, once, to keep the memory of finished arrays for the next ones.

A record's transforms take a few arrays of about a megabyte. The GNU C library gives such memory back to the system at
once and fetches it page by page again, which costs as much as the arithmetic. Its limits rise to twice the largest
block ever freed, up to 32 MB; one such block, never touched, is freed here.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_LARGEST = 32 * 1024 * 1024 - 65536


@cache
def keep_heap() -> None:
    """Let this process hold on to up to 64 MB of freed memory; does nothing with other C libraries."""
    np.empty(_LARGEST, np.uint8)
