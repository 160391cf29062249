"""How often a stranger may do a thing: counts of the last hour, in this process's memory and nowhere else.

Who asked is kept as a keyed hash that is gone when the process ends.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

_SECRET = secrets.token_bytes(32)


class HourlyLimit:
    """At most ``each`` an hour from one address and ``together`` from all. Bounded in memory by ``together``."""

    def __init__(self, each: int, together: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.each, self.together = each, together
        self._clock = clock
        self._done: deque[tuple[float, bytes]] = deque()
        self._lock = Lock()

    def take(self, address: str) -> bool:
        """Count one from ``address``; False where it is one too many (and is not counted)."""
        who = hashlib.blake2b(address.encode(), key=_SECRET, digest_size=8).digest()
        now = self._clock()
        with self._lock:
            while self._done and self._done[0][0] <= now - 3600:
                self._done.popleft()
            if len(self._done) >= self.together or sum(w == who for _, w in self._done) >= self.each:
                return False
            self._done.append((now, who))
        return True
