"""When a network's shaking is told: rules over several stations, and what is told of an earthquake as it grows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import cos, radians
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.network.engine import Network, class_numbers, flaw_table
from tomoshibi.shaking.network.stations import Station
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

#: seconds between two tellings of one earthquake, and seconds without growth after which it has ended
PACE, ENDED = 5.0, 180.0
#: kilometres within which a station that read 5弱 or more makes a silent municipality 震度5弱以上未入電
NEAR = 20.0
_FORM = re.compile(r"(?:(?P<count>\d+)\s*[xX×]\s*)?(?P<klass>\S+?)(?:\s+in\s+(?P<seconds>\d+)\s*s)?(?P<ours>\s+ours)?$")
_FIVE_LOWER = CLASSES.index(IntensityClass.FIVE_LOWER)


@dataclass(frozen=True, slots=True)
class Rule:
    """At least ``count`` stations reach ``klass`` within ``seconds``; with ``ours`` only ours count."""

    count: int
    klass: IntensityClass
    seconds: float = 10.0
    ours: bool = False

    @classmethod
    def parse(cls, text: str) -> Rule:
        """A rule as it is written: ``2 x 5弱 in 10s``, ``4 ours``. Raises :class:`RecordError` for any other text."""
        match = _FORM.fullmatch(text.strip())
        try:
            if match is None or (count := int(match["count"] or 1)) < 1:
                raise VocabularyError(T("数と階級", "count and class"))
            klass = IntensityClass.parse(match["klass"])
            if not klass.known:
                raise VocabularyError(klass.text)
        except VocabularyError as error:
            said = T(
                f"規則「{text}」は読めません。「2 x 5弱 in 10s」や「4 ours」のように書いてください",
                f"no rule: {text!r}. Write it as '2 x 5- in 10s' or '4 ours'",
            )
            raise RecordError(said) from error
        return cls(count, klass, float(match["seconds"] or 10), bool(match["ours"]))

    @property
    def text(self) -> T:
        """The rule in words."""
        who = T("本市町村の", " of ours") if self.ours else T("", "")
        return T(
            f"{self.seconds:g}秒以内に{who.ja}{self.count}地点以上で{self.klass.text.ja}以上",
            f"{self.count} or more stations{who.en} at {self.klass.text.en} or more within {self.seconds:g} s",
        )


@dataclass(frozen=True, slots=True)
class Shaken:
    """What a municipality's stations read; 震度5弱以上未入電 where they are silent, and one near by reads 5弱."""

    municipality: str
    name: str
    klass: IntensityClass


@dataclass(frozen=True, slots=True)
class Reading:
    """The strongest that a station had since the shaking began."""

    station: Station
    klass: IntensityClass


@dataclass(frozen=True, slots=True)
class Detection:
    """Shaking to be told: the ``event`` (the same as long as it grows), which telling of it this is, ``began`` and
    ``at``, the municipalities, the strongest station, and what every station at 1 or more had, strongest first.
    """

    event: str
    serial: int
    began: datetime
    at: datetime
    rule: Rule
    largest: IntensityClass
    strongest: str
    stations: int
    places: tuple[Shaken, ...]
    readings: tuple[Reading, ...] = ()


@dataclass
class Watch:
    """Watches a network by rules; :meth:`look` gives what has to be told now.

    Stations of siting grade D or E, with a clock that is fast, or dead ones count for nothing. :meth:`judge` says which
    stations count otherwise than the list has it.
    """

    stations: Sequence[Station]
    rules: Sequence[Rule]
    #: what goes on, as a state file keeps it: began, rule, serial, told (class by municipality), told_at, grew_at
    event: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._crossed = np.full((len(self.rules), len(self.stations)), np.nan)
        self._ours = np.array([s.ours for s in self.stations])
        self._anew = False
        self._sited = np.zeros(0, bool)
        self.judge({})

    def judge(self, counts: Mapping[str, bool]) -> None:
        """Say which stations count, by code; for others the list's own grade holds. What an earthquake that goes on
        rests on is worked out again, and told where it is other than it was.
        """
        sited = np.array([counts.get(s.code, s.counts) for s in self.stations], bool)
        self._anew |= bool(self._sited.size and (sited != self._sited).any())
        self._sited = sited
        self._towns: dict[str, list[int]] = {}
        for number, station in enumerate(self.stations):
            if station.municipality and sited[number]:
                self._towns.setdefault(station.municipality, []).append(number)

    def look(self, network: Network, now: float) -> Detection | None:
        """What has to be told after the network worked; ``now`` in seconds since 1970."""
        of = network.of
        flaws = flaw_table(of, now)
        good = self._sited & ~flaws["clock"] & ~flaws["dead"]
        end = of["next"] / network.rate
        classes = np.where(good & (now - of["newest"] < 120), class_numbers(of["intensity"]), -1)
        met: tuple[float, Rule] | None = None
        for crossed, rule in zip(self._crossed, self.rules, strict=True):
            above = (classes >= CLASSES.index(rule.klass)) & (self._ours | (not rule.ours))
            crossed[~above] = np.nan
            first = above & np.isnan(crossed)
            crossed[first] = end[first]
            when = np.sort(crossed[~np.isnan(crossed)])
            if len(when) >= rule.count:
                spans = when[rule.count - 1 :] - when[: len(when) - rule.count + 1]
                if (hits := np.flatnonzero(spans <= rule.seconds)).size and met is None:
                    met = float(when[hits[0] + rule.count - 1]), rule
        if self.event and now - self.event["grew_at"] > ENDED and met is None:
            self.event = {}
        if met is not None and not self.event:
            began = met[0]
            self.event = {"began": began, "rule": self.rules.index(met[1]), "serial": 0, "told": {}, "told_at": 0.0}
            self.event["grew_at"] = now
        return self._tell(of, classes, flaws, now) if self.event else None

    def _tell(
        self, of: Mapping[str, NDArray[Any]], classes: NDArray[Any], flaws: Mapping[str, NDArray[Any]], now: float
    ) -> Detection | None:
        event = self.event
        told: dict[str, int] = event["told"]
        since = np.where(self._sited & (of["felt_at"] >= event["began"]), class_numbers(of["largest"]), -1)
        reached = dict(told)
        if self._anew:
            largest = {town: int(since[numbers].max()) for town, numbers in self._towns.items()}
            reached = {town: klass for town in told if (klass := min(told[town], largest.get(town, -1))) > 0}
        for town, numbers in self._towns.items():
            if (klass := int(classes[numbers].max())) > reached.get(town, 0):
                reached[town] = klass
        unknown = self._unknown(classes, flaws["silent"])
        for town in unknown:
            reached.setdefault(town, -1)
        if event["serial"] and (reached == told or now - event["told_at"] < PACE):
            return None
        self._anew = False
        event |= {"told": reached, "told_at": now, "grew_at": now, "serial": event["serial"] + 1}
        strongest = int(np.where(classes >= 0, of["intensity"], -np.inf).argmax())
        began = datetime.fromtimestamp(event["began"], UTC)
        station = self.stations[strongest]
        return Detection(
            event=f"{began:%Y%m%d%H%M%S}",
            serial=event["serial"],
            began=began,
            at=datetime.fromtimestamp(float(np.nanmax(of["newest"])), UTC).replace(microsecond=0),
            rule=self.rules[event["rule"]],
            largest=CLASSES[max(0, int(classes.max()))],
            strongest=station.name or station.code,
            stations=int((classes >= 1).sum()),
            places=tuple(self._shaken(town, klass) for town, klass in sorted(reached.items())),
            readings=tuple(
                Reading(self.stations[n], CLASSES[since[n]]) for n in np.argsort(-since, kind="stable") if since[n] >= 1
            ),
        )

    def _shaken(self, town: str, klass: int) -> Shaken:
        name = next((self.stations[n].municipality_name for n in self._towns[town]), "") or town
        known = CLASSES[klass] if klass >= 0 else IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED
        return Shaken(town, name, known)

    def _unknown(self, classes: NDArray[Any], silent: NDArray[Any]) -> list[str]:
        """Municipalities all of whose stations are silent, near a station that reads 5弱 or more."""
        strong = [self.stations[n] for n in np.flatnonzero(classes >= _FIVE_LOWER).tolist()]
        if not strong:
            return []
        quiet = [town for town, numbers in self._towns.items() if silent[numbers].all()]
        return [
            town
            for town in quiet
            if any(_apart(self.stations[n], other) <= NEAR for n in self._towns[town] for other in strong)
        ]


def _apart(a: Station, b: Station) -> float:
    """Kilometres between two stations that are near each other."""
    x = (a.longitude - b.longitude) * cos(radians((a.latitude + b.latitude) / 2))
    return 111.2 * float(np.hypot(x, a.latitude - b.latitude))
