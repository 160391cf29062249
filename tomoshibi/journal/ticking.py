"""Periodic work: functions called every so often in each world, by one worker inside ``tomoshibi serve`` or ``work``.

A room registers its own with :func:`every`. Each world has a thread of its own, so that a drill never delays the
real thing, and one more for each ticker that must not wait for others (a telegram for a slow mail server). Several
processes may run workers at once: what is called must be safe to be called twice.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import close_old_connections, connections

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.vocabulary import T

log = logging.getLogger(__name__)

Ticker = Callable[[], object]


@dataclass(frozen=True)
class Every:
    """A function and the seconds between its calls; ``alone``: in a thread of its own."""

    seconds: float
    call: Ticker
    alone: bool = False

    @property
    def name(self) -> str:
        """As the log calls it."""
        return f"{self.call.__module__}.{getattr(self.call, '__qualname__', repr(self.call))}"


_tickers: list[Every] = []


def every(seconds: float, *, alone: bool = False) -> Callable[[Ticker], Ticker]:
    """Register a function to be called about every ``seconds`` in each world; the pause is counted from its end.

    ``alone`` gives it a thread of its own, so that it waits for no other.
    """

    def register(call: Ticker) -> Ticker:
        _tickers.append(Every(seconds, call, alone))
        return call

    return register


@every(0.5)
def do_tasks() -> None:
    """Send what is to be sent, and keep the deadlines that are due."""
    tasks.tick()


def _lock(name: str) -> Path:
    return Path(settings.TOMOSHIBI_HOME) / f"{worlds.world()}.{name}"


@contextmanager
def driving() -> Iterator[None]:
    """Do this world's periodic work oneself, by a clock of one's own: every worker of this machine stays off it.

    Two locks, because workers overlap: while one waited for the moment in which none of them works, another would
    always have begun. Who holds ``driven`` keeps them from beginning, and then waits until ``working`` is free.

    Raises :class:`Refused` where somebody else drives it, or where a worker does not end what it has begun.
    """
    with _lock("driven").open("w") as driven, _lock("working").open("w") as working:
        if not _taken(driven, 5.0):  # a worker looks at it for an instant; another driver's hold is not short
            raise Refused(
                T("別の訓練が進行中です。終わってから始めてください。", "Another drill is running. Wait for its end.")
            )
        if not _taken(working, 60.0):
            raise Refused(
                T(
                    "この端末の定期の仕事が終わりません。tomoshibi serve（または work）を止めてから始めてください。",
                    "Periodic work of this machine does not end. Stop tomoshibi serve (or work), then begin.",
                )
            )
        yield


def _taken(file: IO[str], seconds: float) -> bool:
    """Whether the lock could be taken within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)


@contextmanager
def _undriven() -> Iterator[bool]:
    """Whether nobody drives this world; nobody begins to within the block.

    Where the locks' files cannot be opened (a read-only disk) nobody can drive, and work goes on.
    """
    with ExitStack() as stack:
        try:
            working = stack.enter_context(_lock("working").open("a"))
            fcntl.flock(working, fcntl.LOCK_SH | fcntl.LOCK_NB)
            with _lock("driven").open("a") as driven:
                fcntl.flock(driven, fcntl.LOCK_SH | fcntl.LOCK_NB)
            free = True
        except BlockingIOError:
            free = False
        except OSError:
            free = True
        yield free


class Worker:
    """The threads that call every ticker, in each world. ``stop`` ends them after the call that is under way."""

    def __init__(self, aliases: tuple[str, ...] = (worlds.REAL, worlds.TRAINING)) -> None:
        self._stopping = threading.Event()
        groups = [[t for t in _tickers if not t.alone], *([t] for t in _tickers if t.alone)]
        self._threads = [
            threading.Thread(target=self._run, args=(alias, group), name=f"tick-{alias}-{n}", daemon=True)
            for alias in aliases
            for n, group in enumerate(groups)
            if group
        ]

    def start(self) -> None:
        """Begin to tick."""
        for thread in self._threads:
            thread.start()

    def stop(self, wait: float = 1.0) -> None:
        """End; ``wait`` at most so many seconds for the calls that are under way."""
        self._stopping.set()
        until = time.monotonic() + wait
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def wait(self) -> None:
        """Sleep until somebody calls :meth:`stop`."""
        self._stopping.wait()

    def _run(self, alias: str, tickers: list[Every]) -> None:
        due = dict.fromkeys(range(len(tickers)), 0.0)
        with worlds.inhabit(alias):
            try:
                tasks.free_the_dead()
            except Exception:  # the claims run out by themselves
                log.exception("claims of dead processes in the world %s", alias)
            while not self._stopping.is_set():
                close_old_connections()
                for i, ticker in enumerate(tickers):
                    if time.monotonic() < due[i] or self._stopping.is_set():
                        continue
                    try:
                        with _undriven() as free:
                            if free:
                                ticker.call()
                    except Exception:  # one failing ticker must not end the others, nor itself the next time
                        log.exception("%s failed in the world %s", ticker.name, alias)
                    due[i] = time.monotonic() + ticker.seconds
                pause = min(due.values(), default=time.monotonic() + 1) - time.monotonic()
                self._stopping.wait(max(0.01, pause))
        connections.close_all()
