"""The loop of a live network: sources in, numbers, what has to be told out, state on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from tomoshibi.shaking.network.engine import Network
from tomoshibi.shaking.network.keeping import Drums, load, load_filters, save, save_filters
from tomoshibi.shaking.network.rules import Detection, Rule, Watch
from tomoshibi.shaking.network.sources import Replay, Source
from tomoshibi.vocabulary import T

#: seconds between two looks at the sources, between two writings of the state, and of what the filters remember
LOOK, WRITE, WRITE_FILTERS = 0.5, 2.0, 30.0


@dataclass
class Runner:
    """A network that runs: :meth:`run` until ``stop`` is set or every source is done.

    ``tell`` is called with what has to be told, ``trouble`` with what went wrong, in words. ``kind`` says to pages what
    the network hears: ``live`` or ``replay``. ``counts`` says which stations count otherwise than the list has it, by
    code; it is asked at every writing of the state.
    """

    network: Network
    source: Source
    folder: Path
    rules: Sequence[Rule] = ()
    kind: str = "live"
    tell: Callable[[Detection], None] = lambda detection: None
    trouble: Callable[[T], None] = lambda text: None
    counts: Callable[[], Mapping[str, bool]] = dict
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.watch = Watch(self.network.stations, self.rules)
        self.drums = Drums(self.folder, len(self.network.stations), write=True)
        self.seconds = 0
        self._looked = 0.0

    def clock(self) -> float:
        """The network's time: the wall's, or that of the records which are played."""
        return self.source.clock() if isinstance(self.source, Replay) else time.time()

    def run(self) -> None:
        """Run until the end; the state is written a last time then."""
        written = filters = 0.0
        try:
            while not self.stop.is_set():
                done = self.source.done
                if not written or time.monotonic() - written >= WRITE:
                    self.watch.judge(self.counts())
                self.step(self.clock())
                if time.monotonic() - written >= WRITE:
                    self.keep(self.clock())
                    written = time.monotonic()
                if time.monotonic() - filters >= WRITE_FILTERS:
                    save_filters(self.folder, self.network.filters())
                    filters = time.monotonic()
                if done:
                    break
                self.stop.wait(LOOK)
        finally:
            self.source.close()
            self.keep(self.clock())
            save_filters(self.folder, self.network.filters())

    def step(self, now: float) -> None:
        """Take in what came up to ``now``, work it off, look at the rules."""
        for count, packet in enumerate(self.source.packets(now), 1):
            # what is played faster than it was recorded is looked at by its own seconds, and detected as it was then
            if self._looked + 1 <= packet.arrived < now:
                self._work(packet.arrived)
            self.network.take(packet)
            # after a break much comes at once: it is worked off as it comes, as if it came in time
            if count % (8 * len(self.network.stations) + 64) == 0:
                self._work(min(now, packet.arrived))
        self._work(now)
        for text in self.source.troubles:
            self.trouble(text)
        self.source.troubles.clear()

    def _work(self, now: float) -> None:
        self._looked = now
        self.seconds += self.network.work(now)
        self.drums.add(self.network.traces)
        self.network.traces.clear()
        if (found := self.watch.look(self.network, now)) is not None:
            self.tell(found)

    def keep(self, now: float) -> None:
        """Write the state."""
        save(
            self.folder,
            self.network.stations,
            self.network.of,
            now,
            event=self.watch.event,
            position=self.source.position,
            kind=self.kind,
            rate=self.network.rate,
            rules=[rule.text.ja for rule in self.rules],
            rules_en=[rule.text.en for rule in self.rules],
            wall=time.time(),
            ended=self.stop.is_set() or self.source.done,
        )


def resume(network: Network, folder: Path) -> dict[str, Any]:
    """Give a network the numbers that its folder keeps; what else was kept (``event``, ``position``), empty where the
    folder keeps nothing or the stations are others.
    """
    kept = load(folder)
    if kept is None or [s.code for s in kept.stations] != [s.code for s in network.stations]:
        return {}
    if kept.more.get("rate") != network.rate:
        return {}
    network.restore(kept.of, load_filters(folder))
    return kept.more
