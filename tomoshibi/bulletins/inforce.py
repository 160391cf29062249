"""What is in force: a pure function of the bulletins that have come in and a moment.

A *stream* is a run of telegrams of which the newest stands for all: the warnings of one office, one river's flood
forecast, one volcano's alert, one early warning. Order of arrival, repeats and late telegrams therefore do not matter:
the function looks at the set.

JMA sends weather warnings in an old form (VPWW50, 53, 54) and, since 2026-05-29, in a new one with levels (VPWW55–61),
side by side until 2028 or later. Of two rows for one area and hazard, the new form's stands, unless the old one is
clearly newer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tomoshibi.bulletins.model import Area, Bulletin, Info, Kind, Status

#: how much newer an old-form warning must be before it is believed over the new form's word
LAG = timedelta(minutes=10)

# Hazards of weather warnings by their code's meaning. The old 大雨 covers landslides as well.
_HAZARDS = {
    "rain": ("03", "10", "33", "43"),
    "landslide": ("09", "29", "39", "49"),
    "surge": ("08", "19", "38", "48"),
    "wind": ("05", "15", "35", "45"),
    "snowstorm": ("02", "13", "32", "42"),
    "snow": ("06", "12", "36", "46"),
    "wave": ("07", "16", "37", "47"),
    "flood": ("04", "18"),
    "thunder": ("14",),
    "snowmelt": ("17",),
    "fog": ("20",),
    "dry": ("21",),
    "avalanche": ("22",),
    "cold": ("23",),
    "frost": ("24",),
    "icing": ("25",),
    "snow accretion": ("26",),
}
_HAZARD_OF = {code: hazard for hazard, codes in _HAZARDS.items() for code in codes}
_OLD_FORMS = frozenset(["VPWW50", "VPWW53", "VPWW54", "VPNO50"])
#: New forms, and the hazards that each speaks for: its silence about one is its word that nothing is in force.
NEW_FORMS: dict[str, frozenset[str]] = {
    "VPWW55": frozenset(["rain"]),
    "VPWW56": frozenset(["landslide"]),
    "VPWW57": frozenset(["surge"]),
    "VPWW58": frozenset(["wind", "snowstorm"]),
    "VPWW59": frozenset(["wave"]),
    "VPWW60": frozenset(["snow"]),
    "VPWW61": frozenset(["thunder", "snowmelt", "fog", "dry", "avalanche", "cold", "frost", "icing", "snow accretion"]),
}
_VOLCANIC = {"VFVO52": "eruption", "VFVO56": "eruption", "VFVO60": "eruption"} | dict.fromkeys(
    ("VFVO53", "VFVO54", "VFVO55"), "ash"
)
# Telegrams that repeat or foresee warnings, and put none in force.
_COMMENTARY = frozenset(["VPWP50", "VFVO51"])
# How long a telegram without an end of its own holds; None until its stream says otherwise.
_LASTS: dict[str, timedelta] = {
    "VPHW": timedelta(hours=1),
    "VPOA": timedelta(hours=3),
    "VPRN": timedelta(hours=1),
    "VPBS": timedelta(hours=6),
    "VXSE": timedelta(minutes=5),
    "VYSE50": timedelta(days=14),
    "VYSE60": timedelta(days=7),
    "VFVO52": timedelta(hours=24),
    "VFVO53": timedelta(hours=18),
    "VFVO54": timedelta(hours=1),
    "VFVO55": timedelta(hours=6),
    "VFVO56": timedelta(hours=24),
    "VFVO60": timedelta(hours=24),
    "VPCU": timedelta(hours=24),
    "VPCY": timedelta(hours=24),
    "VPZU": timedelta(hours=24),
    "VPFT": timedelta(hours=36),
}
# Information on a great earthquake that may follow.
_MEGAQUAKE = ("VYSE50", "VYSE60")
_BY_EVENT = frozenset([Kind.EARTHQUAKE, Kind.EEW, Kind.TSUNAMI])
#: kinds of which telegrams may put something in force, and types that do so whatever their kind
WARNING_KINDS = frozenset(Kind) - {Kind.EARTHQUAKE, Kind.FORECAST, Kind.OBSERVATION, Kind.CHART, Kind.OTHER}
WARNING_TYPES = ("cap", "hand", *_MEGAQUAKE)


@dataclass(frozen=True, slots=True)
class Held:
    """One warning in force: what (``area``), for which ``hazard``, by which telegram, until when (None: until told).

    ``area`` carries the words, level and grade; ``hazard`` is a kind's name or, for weather, a finer one (``wind``).
    """

    area: Area
    hazard: str
    bulletin: Bulletin
    until: datetime | None


class Arrival(StrEnum):
    """What a bulletin is to those that came before it."""

    FIRST = "first"
    UPDATE = "update"
    CANCEL = "cancel"
    LATE = "late"
    DUPLICATE = "duplicate"


def identity(bulletin: Bulletin) -> str:
    """Natural key: equal for one telegram however it came, whatever its file was called."""
    parts = (
        bulletin.status.value,
        bulletin.name,
        bulletin.title,
        bulletin.office,
        bulletin.event,
        "" if bulletin.serial is None else str(bulletin.serial),
        bulletin.part,
        bulletin.info.value,
        _utc(bulletin.reported),
        _utc(bulletin.issued or bulletin.reported),
    )
    return "\x1f".join(parts)


def _utc(at: datetime) -> str:
    """Text of a moment that is the same in every zone; where the calendar ends in UTC, that of its own zone."""
    try:
        return at.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:
        return at.replace(tzinfo=UTC).isoformat(timespec="microseconds")


def stream(bulletin: Bulletin) -> str:
    """Key of the run of telegrams in which the newest stands for all."""
    kind, code = bulletin.kind, bulletin.type
    if code == "cap":
        return "\x1f".join((bulletin.status.value, "cap", bulletin.office, bulletin.event))
    subject = bulletin.event
    if kind is Kind.TSUNAMI:
        # JMA merges the warnings of all events into each telegram; gauges at sea are another matter
        merged = code != "VTSE52" and (bulletin.areas or bulletin.info is Info.CANCELLED)
        family, subject = ("tsunami" if merged else code), ""
    elif kind is Kind.EEW:
        family = "eew"
    elif kind is Kind.WEATHER and code[:4] in ("VPWW", "VPNO", "VPWP"):
        family, subject = (bulletin.name if code not in ("VPWW53", "VPWW54") else "VPWW53"), _prefecture(bulletin)
    elif kind is Kind.TORNADO:
        family, subject = "tornado", bulletin.title
    elif kind in (Kind.MARINE, Kind.HEAVY_RAIN):
        family, subject = bulletin.name, bulletin.event or bulletin.title or bulletin.office
    else:
        family = code[:4] if kind is Kind.FLOOD else bulletin.name
        subject = (subject or bulletin.title) + bulletin.part
    return "\x1f".join((bulletin.status.value, kind.value, family, subject))


def newness(bulletin: Bulletin) -> tuple[datetime, int, bool, datetime]:
    """Sort key within a stream: time of report, then serial, then corrections after what they correct."""
    return (
        bulletin.reported,
        -1 if bulletin.serial is None else bulletin.serial,
        bulletin.info is Info.CORRECTED,
        bulletin.issued or bulletin.reported,
    )


def rank(bulletin: Bulletin) -> str:
    """:func:`newness` as a text that sorts alike, for a table's column."""
    reported, serial, corrected, issued = newness(bulletin)
    return f"{_utc(reported)} {serial + 1:010} {corrected:d} {_utc(issued)}"


def place(bulletin: Bulletin, newest: str | None) -> Arrival:
    """What a bulletin not seen before is to its stream, whose newest has the :func:`rank` ``newest`` (None: empty)."""
    if bulletin.info is Info.CANCELLED:
        return Arrival.CANCEL
    if newest is None:
        return Arrival.UPDATE if bulletin.references else Arrival.FIRST
    return Arrival.LATE if rank(bulletin) < newest else Arrival.UPDATE


class Ledger:
    """What has come in so far: tells of each bulletin what it is to those before it, at the same cost however many.

    LATE is one that a newer telegram of its stream has already overtaken: kept, and in force in nothing.
    """

    def __init__(self, before: Iterable[Bulletin] = ()) -> None:
        self._seen: set[str] = set()
        self._newest: dict[str, str] = {}
        for bulletin in before:
            self.add(bulletin)

    def add(self, bulletin: Bulletin) -> Arrival:
        """Take one in, and say what it is."""
        own, key = identity(bulletin), stream(bulletin)
        if own in self._seen:
            return Arrival.DUPLICATE
        self._seen.add(own)
        newest, own_rank = self._newest.get(key), rank(bulletin)
        self._newest[key] = own_rank if newest is None else max(own_rank, newest)
        return place(bulletin, newest)


def arrival(bulletin: Bulletin, before: Iterable[Bulletin]) -> Arrival:
    """What ``bulletin`` is to those ``before`` it (of its stream at least; others do no harm)."""
    return Ledger(before).add(bulletin)


def current(bulletins: Iterable[Bulletin]) -> list[Bulletin]:
    """Newest telegram of each stream, cancelled ones taken out; in order of report.

    A cancellation 取消 of an earthquake, early warning or tsunami takes back its event's telegrams of its name that
    were reported before it; any other takes back the newest of its stream (whose event is often a place that lasts
    for years). What stood before them stands again.
    """
    alerts: list[Bulletin] = []
    streams: dict[str, dict[str, Bulletin]] = defaultdict(dict)
    for bulletin in bulletins:
        if bulletin.type == "cap":
            alerts.append(bulletin)
            continue
        members, key = streams[stream(bulletin)], identity(bulletin)
        # two that claim to be one telegram and differ: any fixed choice will do, as long as order does not make it
        if key not in members or bulletin.digest > members[key].digest:
            members[key] = bulletin
    newest = _current_alerts(alerts)
    for telegrams in streams.values():
        standing: list[Bulletin] = []
        for bulletin in sorted(telegrams.values(), key=lambda b: (newness(b), identity(b))):
            if bulletin.info is not Info.CANCELLED:
                standing.append(bulletin)
            elif bulletin.kind in _BY_EVENT:
                standing = [other for other in standing if not _takes_back(bulletin, other)]
            elif standing:
                standing.pop()
        if standing:
            newest.append(standing[-1])
    return sorted(newest, key=lambda b: (newness(b), identity(b)))


def _current_alerts(alerts: list[Bulletin]) -> list[Bulletin]:
    """CAP alerts that no update or cancellation of the same sender has named; a cancellation itself never stands."""
    replaced: set[tuple[str, str]] = set()
    for alert in alerts:
        for reference in alert.references:
            sender, comma, rest = reference.partition(",")
            if not comma:
                replaced.add((alert.office, reference))
            elif sender == alert.office:  # nobody takes back another's word
                replaced.add((sender, rest.partition(",")[0]))
    standing = {identity(a): a for a in alerts if (a.office, a.event) not in replaced and a.info is not Info.CANCELLED}
    return list(standing.values())


def in_force(
    bulletins: Iterable[Bulletin], at: datetime, statuses: Collection[Status] = (Status.NORMAL,)
) -> list[Held]:
    """Warnings in force at ``at`` (aware), the gravest first: what the set of bulletins says, in whatever order.

    Telegrams reported after ``at`` are left out, so that the past can be asked about. Forecasts, observations and what
    has happened (intensities) are never in force; an area's row stands there once a hazard.
    """
    wanted = (b for b in bulletins if b.status in statuses and warns(b) and b.reported <= at)
    live = current(wanted)
    spoken = _new_forms(live)
    rows: dict[tuple[str, str], Held] = {}
    for bulletin in live:
        until = until_of(bulletin)
        if until is not None and until < at:
            continue
        for area in bulletin.everywhere:
            if not area.kind or area.lifted or (not area.grade and (area.level or 0) < 2):
                continue
            hazard = _hazard(bulletin, area)
            if _overruled(bulletin, area, hazard, spoken):
                continue
            held = Held(area, hazard, bulletin, until)
            key = (area.key, hazard)
            if key not in rows or _better(held, rows[key]):
                rows[key] = held
    return sorted(rows.values(), key=lambda held: (-held.area.grade, held.bulletin.reported, held.area.code))


def for_areas(held: Iterable[Held], keys: Collection[str]) -> list[Held]:
    """Of what is in force, the rows of these areas (:attr:`Area.key`; :meth:`CodeTables.keys_of` gives a town's).

    ``city:`` with five digits stands for the municipality and all its parts.
    """
    return [one for one in held if one.area.key in keys or (one.area.key[:5] == "city:" and one.area.key[:10] in keys)]


def warns(bulletin: Bulletin) -> bool:
    """Whether a bulletin is of a kind that puts anything in force, or takes it out: no forecast, no observation."""
    if bulletin.type in _COMMENTARY:
        return False
    return bulletin.type in WARNING_TYPES or bulletin.kind in WARNING_KINDS


def _takes_back(cancel: Bulletin, other: Bulletin) -> bool:
    """Whether a cancellation speaks of ``other``: of one kind of telegram, or of all that rest on it."""
    whole = cancel.kind is Kind.EEW or cancel.type == "VTSE41"
    return other.event == cancel.event and (whole or other.name == cancel.name)


def _prefecture(bulletin: Bulletin) -> str:
    """Forecast area that a weather warning is for: one office may have several. It stands first; else the office."""
    return bulletin.areas[0].code if bulletin.areas else bulletin.office


def until_of(bulletin: Bulletin) -> datetime | None:
    """Until when what a bulletin says holds where nothing more is heard; None: until its stream says otherwise."""
    if bulletin.valid is not None:
        return bulletin.valid
    lasts = _LASTS.get(bulletin.type) or _LASTS.get(bulletin.type[:4])
    return None if lasts is None else bulletin.reported + lasts


def _hazard(bulletin: Bulletin, area: Area) -> str:
    if bulletin.type == "cap":
        return f"{bulletin.kind.value} {area.kind}"
    if bulletin.kind is Kind.WEATHER:
        return _HAZARD_OF.get(area.kind_code, area.kind)
    if bulletin.kind is Kind.HEAVY_RAIN or bulletin.type == "VPBS50":
        return area.kind
    if bulletin.kind is Kind.VOLCANO:
        return _VOLCANIC.get(bulletin.type, "volcano")
    return bulletin.kind.value


def _new_forms(live: Iterable[Bulletin]) -> dict[tuple[str, str], datetime]:
    """When each forecast area's office last spoke of each hazard in the new form."""
    spoken: dict[tuple[str, str], datetime] = {}
    for bulletin in live:
        for hazard in NEW_FORMS.get(bulletin.type, ()):
            key = (_prefecture(bulletin), hazard)
            spoken[key] = max(spoken.get(key, bulletin.reported), bulletin.reported)
    return spoken


def _overruled(bulletin: Bulletin, area: Area, hazard: str, spoken: dict[tuple[str, str], datetime]) -> bool:
    """Whether an old form's row gives way to the new form, which may say that nothing is in force."""
    if bulletin.type not in _OLD_FORMS:
        return False
    hazards = [hazard]
    if hazard == "rain" and area.condition == "土砂災害":
        hazards = ["landslide"]
    elif hazard == "rain" and "土砂災害" in area.condition:
        hazards = ["rain", "landslide"]
    answers = [spoken.get((_prefecture(bulletin), each)) for each in hazards]
    return all(said is not None and said >= bulletin.reported - LAG for said in answers)


def _better(one: Held, other: Held) -> bool:
    """Which of two rows of one area and hazard to show: the new form, then the graver, then the newer."""

    def rank(held: Held) -> tuple[bool, int, int, datetime]:
        area = held.area
        return held.bulletin.type not in _OLD_FORMS, area.grade, area.level or 0, held.bulletin.reported

    return rank(one) > rank(other)
