"""A network as it runs: packets in, in any order and by any way; every station's numbers out.

Each station keeps its own time here. Its seconds are worked off one after another, as soon as all three components of a
second have come; what is late is waited for (:data:`WAIT`); what comes later than that, or twice, is left out and
counted. So a slow line delays its own station and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.longperiod import CLASS_LIMITS, LongPeriodResponse
from tomoshibi.shaking.network.stations import Station
from tomoshibi.shaking.realtime import RealtimeIntensity
from tomoshibi.shaking.record import Floats
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

#: seconds that an incomplete second is waited for, by the network's clock
WAIT = 10.0
#: seconds of samples that can be held for a station
HELD = 16
#: a gap of up to so many seconds is stepped over; after a longer one the station begins anew
GAP = 60
#: seconds that packets must agree before a station is believed to have set its clock, and by how much they may differ
AGREE, SAME = 15.0, 2.0
#: seconds that a packet may end after it arrived: beyond it the station's clock is fast
AHEAD = 2.0
#: seconds after which a station of which nothing came is silent
SILENT = 30.0
#: intensity from which a station is shaken, and seconds of quiet after which shaking is another shock
FELT, QUIET = 0.5, 600.0
#: seconds without any change before a component is dead; noise in gal that is worth a word
DEAD, NOISY = 30, 2.0

_LIMITS = np.array([klass.lower for klass in CLASSES[1:]])


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """Samples of one component: ``station`` by its number in the list, ``component`` 0 to 2 (NS, EW, UD), ``start`` and
    ``arrived`` in seconds since 1970 (UTC), ``samples`` in gal, shape (n,).
    """

    station: int
    component: int
    start: float
    samples: NDArray[Any]
    arrived: float


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One second of some stations for drum plots: numbers of ``stations``, the ``seconds`` since 1970 at which they
    begin, least and greatest UD in gal; all of shape (n,).
    """

    stations: Numbers
    seconds: Numbers
    least: Floats
    most: Floats


#: what is kept of each station: name, type, value at the beginning
FIELDS: tuple[tuple[str, str, float], ...] = (
    ("next", "i8", -1),  # the next sample to be worked off, counted from 1970
    ("intensity", "f8", np.nan),  # real-time, after the last second
    ("largest", "f8", np.nan),  # of the last shock
    ("largest_at", "f8", np.nan),
    ("felt_at", "f8", np.nan),  # end of the last second at or above FELT
    ("pga", "f8", 0),  # vector of three components of the last shock, gal
    ("sva", "f8", 0),  # absolute velocity response of the last shock, cm/s
    ("newest", "f8", np.nan),  # end of the newest sample
    ("arrived", "f8", np.nan),  # when the last packet came
    ("latency", "f8", np.nan),  # seconds between a packet's end and its arrival, smoothed
    ("noise", "f8", np.nan),  # standard deviation of UD in quiet times, gal, smoothed
    ("clipped", "i8", 0),  # seconds with samples at full scale
    ("still", "i8", 0),  # seconds on end in which a component did not move at all
    ("gaps", "i8", 0),  # samples that did not come, of all components
    ("repeated", "i8", 0),  # packets that had come before
    ("late", "i8", 0),  # packets that came after their seconds were closed
    ("steps", "i8", 0),  # times that the station's clock was set
    ("seconds", "i8", 0),  # seconds worked off
    ("short", "u8", 0),  # which of the last 64 seconds were incomplete, the newest in bit 0
    ("odd_late", "f8", np.nan),  # lateness and arrival of the first of a row of packets whose time does not fit
    ("odd_since", "f8", np.nan),
    # when each class from 1 to 7 was first reached in the last shock, by its place in CLASSES
    *((f"reached_{rank}", "f8", np.nan) for rank in range(1, len(CLASSES))),
)


class Network:
    """A running network of stations that all sample at ``rate`` Hz.

    :param stations: the list; packets name a station by its number in it
    :param threads: how many threads share the stations
    :param long_period: whether the long-period class is kept too
    :param held: seconds of samples that can be held for a station: more than the longest packet

    After :meth:`work`, ``of`` holds each station's numbers by name (:data:`FIELDS`), shape (stations,).
    """

    def __init__(
        self,
        stations: Sequence[Station],
        rate: float = 100.0,
        threads: int = 1,
        *,
        long_period: bool = True,
        held: int = HELD,
    ) -> None:
        if rate != int(rate):
            raise ValueError(f"a live network needs whole samples a second, not {rate:g}")
        self.stations, self.rate, self.held = tuple(stations), int(rate), held
        n = len(self.stations)
        self.of: dict[str, NDArray[Any]] = {name: np.full(n, value, kind) for name, kind, value in FIELDS}
        self.traces: list[Trace] = []
        self._running = RealtimeIntensity(n, rate, threads=threads)
        self._swinging = LongPeriodResponse(n, rate, threads=threads) if long_period else None
        self._full = np.array([s.full_scale for s in self.stations]) * 0.999
        self._samples = np.full((n, 3, held, self.rate), np.nan, np.float32)
        self._have = np.zeros((n, 3, held), np.int32)
        self._block = np.zeros((n, 3, self.rate))
        self._rest = np.full((n, 3), np.nan)

    # ── packets ──

    def take(self, packet: Packet) -> None:
        """Take in a packet. What it says of its station's clock and line is known at once, the rest after work."""
        s, of, size = packet.station, self.of, len(packet.samples)
        if not size:
            return
        begin = round(packet.start * self.rate)
        late = packet.arrived - (begin + size) / self.rate
        of["arrived"][s] = packet.arrived
        if not self._fits(s, begin, size, late, packet.arrived):
            return
        known = of["latency"][s]
        of["latency"][s] = late if np.isnan(known) else 0.8 * known + 0.2 * late
        before = max(0, int(of["next"][s]) - begin)
        self._store(s, packet.component, begin + before, packet.samples[before:])
        of["newest"][s] = np.fmax(of["newest"][s], (begin + size) / self.rate)

    def _fits(self, s: int, begin: int, size: int, late: float, arrived: float) -> bool:
        """Whether a packet belongs into the station's time as it runs, or begins it anew."""
        of, place = self.of, int(self.of["next"][s])
        ahead = begin - place
        if place >= 0 and begin + size > place and ahead < (self.held - 1) * self.rate:
            of["odd_since"][s] = np.nan
            return True
        if place >= 0 and ahead < 0:  # of a time that is worked off: sent again, late, or the clock was set back
            steps = (place - 1) // self.rate - begin // self.rate
            seconds = range(max(0, steps - (size - 1) // self.rate), min(63, steps) + 1)
            was_short = any(int(of["short"][s]) >> second & 1 for second in seconds)
            of["late" if was_short else "repeated"][s] += 1
        elif late >= -AHEAD:
            if place < 0:
                self._begin(s, begin)
            elif ahead > GAP * self.rate:
                of["gaps"][s] += 3 * ahead
                self._begin(s, begin)
            of["odd_since"][s] = np.nan
            return True
        if not self._agreed(s, late, arrived):
            return False
        of["steps"][s] += place >= 0
        self._begin(s, begin)
        return True

    def _agreed(self, s: int, late: float, arrived: float) -> bool:
        """Whether the station's packets have long been off by the same: its clock was set.

        What a line sends again after a break comes faster than it was recorded, and so is never off by the same.
        """
        since, first = self.of["odd_since"], self.of["odd_late"]
        if np.isnan(since[s]) or abs(late - first[s]) > SAME:
            since[s], first[s] = arrived, late
            return False
        return bool(arrived - since[s] >= AGREE)

    def _begin(self, s: int, begin: int) -> None:
        """Begin with a station at the second in which ``begin`` lies."""
        only = np.array([s])
        self._running.forget(only)
        if self._swinging is not None:
            self._swinging.restart(only)
        self._samples[s] = np.nan
        self._have[s] = 0
        self._rest[s] = np.nan
        of = self.of
        of["next"][s] = begin // self.rate * self.rate
        of["newest"][s] = of["odd_since"][s] = of["latency"][s] = np.nan
        of["short"][s] = 0

    def _store(self, s: int, component: int, begin: int, samples: NDArray[Any]) -> None:
        rate, done = self.rate, 0
        while done < len(samples):
            second, first = divmod(begin + done, rate)
            while second - self.of["next"][s] // rate >= self.held:  # no room: what is missing will not come
                self._second(np.arange(len(self.stations)) == s)
            count = min(rate - first, len(samples) - done)
            room = self._samples[s, component, second % self.held, first : first + count]
            new = np.isnan(room)
            room[new] = samples[done : done + count][new]
            arrived = int(new.sum())
            self._have[s, component, second % self.held] += arrived
            self.of["repeated"][s] += not arrived
            done += count

    # ── seconds ──

    def work(self, now: float) -> int:
        """Work off every second that is complete, or that was waited for until ``now`` (seconds since 1970); returns
        how many seconds of the slowest station that were.
        """
        rounds, everybody = 0, np.arange(len(self.stations))
        while True:
            place = self.of["next"]
            end = (place + self.rate) / self.rate
            complete = (self._have[everybody, :, place // self.rate % self.held] == self.rate).all(axis=1)
            overdue = (now - end > WAIT) & (self.of["newest"] > end)
            take = (place >= 0) & (complete | overdue)
            if not take.any():
                return rounds
            self._second(take)
            rounds += 1

    def _second(self, take: Mask) -> None:
        """Work off the next second of the stations of ``take``."""
        of, which = self.of, np.flatnonzero(take)
        slot = of["next"][which] // self.rate % self.held
        block = self._samples[which, :, slot].astype(np.float64)
        missing = 3 * self.rate - self._have[which, :, slot].sum(axis=1)
        self._samples[which, :, slot] = np.nan
        self._have[which, :, slot] = 0
        self._block[which] = block
        of["next"][which] += self.rate
        of["seconds"][which] += 1
        of["gaps"][which] += missing
        of["short"][which] = of["short"][which] << np.uint64(1) | (missing > 0).astype(np.uint64)
        of["intensity"][which] = self._running.push(self._block, take=take)[which, 0]
        if self._swinging is not None:
            swing = self._swinging.push(self._block, take=take)[which].max(axis=1)
        else:
            swing = np.zeros(len(which))
        motion = self._levelled(which, block)
        end = of["next"][which] / self.rate
        self._shaken(which, end, motion, swing)
        self._flaws(which, block, motion)
        up = motion[:, 2]
        self.traces.append(Trace(which, (end - 1).astype(np.int64), up.min(axis=1), up.max(axis=1)))

    def _levelled(self, which: Numbers, block: Floats) -> Floats:
        """The block with each component's rest taken out and what is missing at rest."""
        absent = np.isnan(block)
        count = (~absent).sum(axis=2)
        mean = np.where(absent, 0.0, block).sum(axis=2) / np.maximum(count, 1)
        before = self._rest[which]
        quiet = (~(self.of["intensity"][which] >= FELT))[:, None] & (count > 0)
        rest = np.where(np.isnan(before), mean, np.where(quiet, 0.98 * before + 0.02 * mean, before))
        self._rest[which] = np.where((count == 0) & np.isnan(before), np.nan, rest)
        motion: Floats = np.where(absent, 0.0, block - rest[:, :, None])
        return motion

    def _shaken(self, which: Numbers, end: Floats, motion: Floats, swing: Floats) -> None:
        of = self.of
        now, felt_at = of["intensity"][which], of["felt_at"][which]
        felt = now >= FELT
        anew = felt & ~(end - felt_at <= QUIET)
        for name, nothing in (("largest", np.nan), ("pga", 0.0), ("sva", 0.0)):
            of[name][which[anew]] = nothing
        for rank, lower in enumerate(_LIMITS, 1):
            reached = of[f"reached_{rank}"]
            reached[which[anew]] = np.nan
            first = (now >= lower) & np.isnan(reached[which])
            reached[which[first]] = end[first]
        of["felt_at"][which[felt]] = end[felt]
        more = which[now > np.nan_to_num(of["largest"][which], nan=-np.inf)]
        of["largest"][more] = of["intensity"][more]
        of["largest_at"][more] = of["next"][more] / self.rate
        peak = np.sqrt((motion**2).sum(axis=1).max(axis=1))
        of["pga"][which] = np.maximum(of["pga"][which], peak)
        of["sva"][which] = np.maximum(of["sva"][which], swing)

    def _flaws(self, which: Numbers, block: Floats, motion: Floats) -> None:
        of = self.of
        at_top = (np.abs(block) >= self._full[which, None, None]).sum(axis=2).max(axis=1)
        of["clipped"][which] += at_top >= 3
        still = (np.fmax.reduce(block, axis=2) == np.fmin.reduce(block, axis=2)).any(axis=1)
        of["still"][which] = np.where(still, of["still"][which] + 1, 0)
        quiet = which[~(of["intensity"][which] >= FELT)]
        spread = motion[~(of["intensity"][which] >= FELT), 2].std(axis=1)
        known = of["noise"][quiet]
        of["noise"][quiet] = np.where(np.isnan(known), spread, 0.95 * known + 0.05 * spread)

    # ── what is known ──

    def classes(self, of: str = "intensity") -> Numbers:
        """Class of each station's ``intensity`` or ``largest`` as its place in CLASSES, -1 where nothing is known."""
        return class_numbers(self.of[of])

    def long_period_classes(self) -> Numbers:
        """Long-period class 0 to 4 of the last shock."""
        return long_period_numbers(self.of["sva"])

    def filters(self) -> dict[str, Floats]:
        """What filters and oscillators remember, and where each component rests: views."""
        memory, last = self._running.filters
        found = {"memory": memory, "last": last, "rest": self._rest}
        if self._swinging is not None:
            found["ground"], found["oscillators"] = self._swinging.filters
        return found

    def restore(self, kept: Mapping[str, NDArray[Any]], filters: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept. Only the window of real-time intensity is new: it fills within a minute; maxima,
        counts and the place in the stream are as they were.
        """
        for name, _, _ in FIELDS:
            self.of[name][:] = kept[name]
        for name, view in self.filters().items():
            if name in filters and filters[name].shape == view.shape:
                view[:] = filters[name]


def class_numbers(intensity: Floats) -> Numbers:
    """Places in ``CLASSES`` of unrounded intensities (any shape, kept), which are rounded as JMA does; -1 for NaN."""
    rounded = np.floor(np.round(np.nan_to_num(intensity, nan=-9.0) * 100) / 10) / 10
    found = np.searchsorted(_LIMITS, rounded + 1e-9, side="right")
    return np.where(np.isnan(intensity), -1, found).astype(np.int64)


def long_period_numbers(sva: Floats) -> Numbers:
    """Long-period class 0 to 4 of absolute velocity responses in cm/s (any shape, kept)."""
    return np.searchsorted(np.array(CLASS_LIMITS), sva, side="right").astype(np.int64)


def class_of(number: int) -> IntensityClass | None:
    """The class at a place in ``CLASSES``; None for -1."""
    return CLASSES[number] if number >= 0 else None


#: what may be wrong with a station, worst first; :func:`flaw_table` says which
FLAWS = ("silent", "clock", "dead", "clipped", "noisy", "gaps")


def flaw_table(of: Mapping[str, NDArray[Any]], now: float) -> dict[str, Mask]:
    """What is wrong with each station at ``now`` (seconds since 1970): silent for :data:`SILENT` seconds, a clock that
    is fast, a component that does not move, clipping, noise, more than 1 % of samples missing. Shapes (stations,).
    """
    with np.errstate(invalid="ignore"):
        wanted = np.maximum(of["seconds"], 1)
        return {
            "silent": ~(now - of["arrived"] <= SILENT),
            "clock": of["latency"] < -AHEAD,
            "dead": of["still"] >= DEAD,
            "clipped": of["clipped"] > 0,
            "noisy": of["noise"] > NOISY,
            "gaps": of["gaps"] > 0.01 * 300 * wanted,
        }
