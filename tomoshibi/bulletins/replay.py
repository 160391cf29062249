"""A week of telegrams made from samples: times and serials shifted, some sent twice, some overtaken on their way.

For rehearsing a town's inbox at the rate of a real week (about 18,700 telegrams, up to 405 an hour). What each
telegram must turn out to be is known from how it was made, so that a replay can say whether any was lost or mistaken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from tomoshibi.bulletins.inforce import identity, stream
from tomoshibi.bulletins.model import Bulletin, Info
from tomoshibi.bulletins.reading import read
from tomoshibi.vocabulary.clock import JAPAN

#: telegrams of a week, and of its fullest hour
WEEK, FULLEST_HOUR = 18_700, 405
_LENGTH = timedelta(weeks=1)
_MOMENT = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_EVENT = re.compile(rb"<EventID>(\d{14})</EventID>")
_SERIAL = re.compile(rb"<Serial>(\d{1,3})</Serial>")


@dataclass(frozen=True, slots=True)
class Sent:
    """One telegram on its way: when it arrives (after the beginning), a file name, its bytes.

    ``twice`` is said of the second of two that are one telegram, ``late`` of one that a newer one of its stream has
    overtaken.
    """

    at: timedelta
    name: str
    data: bytes
    twice: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """One telegram to be made: of which sample, for which moment after the beginning, the how manieth of its sample."""

    at: timedelta
    sample: str
    number: int


class Week:
    """A week made from ``samples`` (bytes by file name) that begins at ``start`` (aware); the same for the same seed.

    Telegrams are made one by one as they are iterated over, in the order in which they arrive. ``count`` and ``length``
    may be less than a real week's. Raises :class:`~tomoshibi.bulletins.BulletinError` for a sample that cannot be read,
    :class:`ValueError` where there is none or ``count`` is more than the seconds of ``length``.
    """

    def __init__(
        self,
        samples: Mapping[str, bytes],
        start: datetime,
        count: int = WEEK,
        length: timedelta = _LENGTH,
        seed: int = 18_700,
    ) -> None:
        if not samples:
            raise ValueError("no samples")
        self._samples = samples
        self._start = start
        found = ((name, _usable(name, data)) for name, data in samples.items())
        self._read = {name: one for name, one in found if one is not None}
        self._names = sorted(self._read)
        if not self._names:
            raise ValueError("no sample of which a series can be made")
        chance = Random(seed)  # noqa: S311  # the same week every time
        self.twice, self.late = round(count * 0.05), round(count * 0.02)
        self._plans = self._plan(chance, count - self.twice, length)
        self._order = self._arrivals(chance)
        self.count = len(self._order)

    def _plan(self, chance: Random, count: int, length: timedelta) -> list[_Plan]:
        """Telegrams by the time of their report, no two at one second, so that order within a stream is never open."""
        seconds = int(length.total_seconds())
        burst = FULLEST_HOUR if count >= FULLEST_HOUR * 20 else 0
        begin = chance.randrange(max(1, seconds - 3600))
        hour = range(begin, begin + 3600) if burst else range(0)
        slots = chance.sample(hour, burst) + chance.sample([s for s in range(seconds) if s not in hour], count - burst)
        taken: dict[str, int] = defaultdict(int)
        plans = []
        for number, slot in enumerate(sorted(slots)):
            # every sample comes before any comes again
            if number % len(self._names) == 0:
                deck = chance.sample(self._names, len(self._names))
            name = deck[number % len(self._names)]
            taken[name] += 1
            plans.append(_Plan(timedelta(seconds=slot), name, taken[name]))
        return plans

    def _arrivals(self, chance: Random) -> list[tuple[timedelta, int, str]]:
        """When each plan arrives, and as what: "", "late" or "twice"."""
        follows = self._successors()
        arrivals = {number: (plan.at, number, "") for number, plan in enumerate(self._plans)}
        moved, kept = set[int](), set[int]()
        for number in chance.sample(sorted(follows), len(follows)):
            after = follows[number]
            if len(moved) == self.late:
                break
            if number not in kept and after not in moved and self._said(number).info is not Info.CANCELLED:
                moved.add(number)
                kept.add(after)
                arrivals[number] = (self._plans[after].at + timedelta(milliseconds=1), number, "late")
        self.late = len(moved)
        again = chance.sample(range(len(self._plans)), min(self.twice, len(self._plans)))
        self.twice = len(again)
        # the second comes over another line, up to an hour later
        copies = [
            (arrivals[number][0] + timedelta(seconds=chance.uniform(1, 3600)), number, "twice") for number in again
        ]
        return sorted([*arrivals.values(), *copies])

    def _successors(self) -> dict[int, int]:
        """The next telegram of the same stream, where there is one."""
        newest: dict[str, int] = {}
        found = {}
        for number in range(len(self._plans)):
            key = self._stream(number)
            if key in newest:
                found[newest[key]] = number
            newest[key] = number
        return found

    def _said(self, number: int) -> Bulletin:
        return self._read[self._plans[number].sample]

    def _stream(self, number: int) -> str:
        """The stream of a telegram, as it will be: events that are moments become others, each time."""
        one, plan = self._said(number), self._plans[number]
        key = stream(one)
        if _is_moment(one.event) and one.event in key:
            key = key.replace(one.event, _event(one.event, plan.number))
        return key

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Sent]:
        for at, number, what in self._order:
            plan = self._plans[number]
            data = _shifted(self._samples[plan.sample], self._said(number), self._start + plan.at, plan.number)
            if what == "twice" and number % 2:
                data += b"\n"  # over another line: the same telegram in other bytes
            name = f"{number:05}{'b' if what == 'twice' else ''}_{plan.sample.rpartition('/')[2]}"
            yield Sent(at, name, data, twice=what == "twice", late=what == "late")


def _usable(name: str, data: bytes) -> Bulletin | None:
    """The sample, read; None where shifting would not make another telegram of it."""
    (one, *more) = read(data, name)
    if more or one.type in ("cap", "hand") or not data.startswith(b"<?xml") or b"utf-8" not in data[:60].lower():
        return None
    other = _shifted(data, one, one.reported + timedelta(days=1), 2)
    return one if identity(read(other, name)[0]) != identity(one) else None


def _shifted(data: bytes, one: Bulletin, reported: datetime, number: int) -> bytes:
    """The sample as if it had been reported at ``reported``: all its moments moved, event and serial numbered anew."""
    by = reported - one.reported

    def moved(match: re.Match[bytes]) -> bytes:
        zone = match[2].decode()
        try:
            at = datetime.fromisoformat(match[1].decode() + zone) + by
        except (ValueError, OverflowError):
            return match[0]
        text = at.astimezone(UTC if zone == "Z" else JAPAN).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}{'Z' if zone == 'Z' else '+09:00'}".encode()

    data = _MOMENT.sub(moved, data)
    data = _EVENT.sub(lambda m: b"<EventID>" + _event(m[1].decode(), number).encode() + b"</EventID>", data)
    return _SERIAL.sub(lambda m: b"<Serial>%d</Serial>" % (int(m[1]) + 10 * (number - 1)), data)


def _is_moment(event: str) -> bool:
    return len(event) == 14 and event.isdecimal()


def _event(event: str, number: int) -> str:
    """The event id, a moment, ``number`` - 1 hours later; one that is no moment stays."""
    try:
        at = datetime.strptime(event, "%Y%m%d%H%M%S")  # noqa: DTZ007  # an id, not a time
    except ValueError:
        return event
    return (at + timedelta(hours=number - 1)).strftime("%Y%m%d%H%M%S")
