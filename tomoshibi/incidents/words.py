"""The room's own lists of words: hazards and staff postures 非常配備."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from tomoshibi.bulletins import Kind
from tomoshibi.vocabulary import T


class Hazard(StrEnum):
    """What an incident is about. Bulletins of several kinds may belong to one hazard."""

    EARTHQUAKE = "earthquake"
    VOLCANO = "volcano"
    WIND_AND_FLOOD = "wind-and-flood"
    SECURITY = "security"
    OTHER = "other"

    @property
    def label(self) -> T:
        """The hazard's name in both languages."""
        return _HAZARDS[self]

    @classmethod
    def of(cls, kind: Kind) -> Hazard:
        """The hazard that a bulletin of ``kind`` speaks of: a tsunami belongs to its earthquake."""
        return _BY_KIND.get(kind, cls.OTHER)


_HAZARDS = {
    Hazard.EARTHQUAKE: T("地震・津波", "Earthquake and tsunami"),
    Hazard.VOLCANO: T("火山", "Volcano"),
    Hazard.WIND_AND_FLOOD: T("風水害", "Wind and flood"),
    Hazard.SECURITY: T("情報セキュリティ", "Information security"),
    Hazard.OTHER: T("その他", "Other"),
}
_BY_KIND = {
    Kind.EARTHQUAKE: Hazard.EARTHQUAKE,
    Kind.EEW: Hazard.EARTHQUAKE,
    Kind.TSUNAMI: Hazard.EARTHQUAKE,
    Kind.VOLCANO: Hazard.VOLCANO,
    Kind.WEATHER: Hazard.WIND_AND_FLOOD,
    Kind.HEAVY_RAIN: Hazard.WIND_AND_FLOOD,
    Kind.TORNADO: Hazard.WIND_AND_FLOOD,
    Kind.TYPHOON: Hazard.WIND_AND_FLOOD,
    Kind.LANDSLIDE: Hazard.WIND_AND_FLOOD,
    Kind.FLOOD: Hazard.WIND_AND_FLOOD,
    Kind.TIDE: Hazard.WIND_AND_FLOOD,
}


class Posture(StrEnum):
    """How much of the town's staff is on duty 配備体制, least first; towns name and number theirs differently."""

    NORMAL = "normal"
    WATCH = "watch"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"

    @property
    def label(self) -> T:
        """The posture's name in both languages."""
        return _POSTURES[self]

    @property
    def order(self) -> int:
        """Rank, 0 for normal times."""
        return list(Posture).index(self)


_POSTURES = {
    Posture.NORMAL: T("平常", "Normal"),
    Posture.WATCH: T("警戒配備", "Watch"),
    Posture.FIRST: T("第1非常配備", "Emergency posture 1"),
    Posture.SECOND: T("第2非常配備", "Emergency posture 2"),
    Posture.THIRD: T("第3非常配備", "Emergency posture 3"),
}


class Report(StrEnum):
    """A report that a town owes within a time that the law sets, from the moment it knows of the disaster.

    Source: 火災・災害等即報要領 第4号様式: its part 1 within 30 minutes 覚知後30分以内, with what is not confirmed yet.
    """

    FIRE_4_1 = "fire-4-1"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return T("第4号様式（その1）を県・消防庁へ", "Fire-agency form 4, part 1")

    @property
    def within(self) -> timedelta:
        """Time from the opening of the incident."""
        return timedelta(minutes=30)

    @property
    def hazards(self) -> frozenset[Hazard]:
        """The hazards for which it is owed."""
        return frozenset({Hazard.EARTHQUAKE, Hazard.VOLCANO, Hazard.WIND_AND_FLOOD})


class SourceKind(StrEnum):
    """By which way telegrams come from a source."""

    INBOX = "inbox"
    FEED = "feed"
    POST = "post"
    HAND = "hand"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SOURCE_KINDS[self]


_SOURCE_KINDS = {
    SourceKind.INBOX: T("フォルダ", "Folder"),
    SourceKind.FEED: T("フィード（Atom）", "Feed (Atom)"),
    SourceKind.POST: T("受信機（衛星・専用線）", "Receiver (satellite, dedicated line)"),
    SourceKind.HAND: T("手入力", "By hand"),
}


class SitingForm(StrEnum):
    """How a station's seismometer is set up 設置形態."""

    OWN_BASE = "own_base"
    EMBEDDED = "embedded"
    GROUND_FLOOR = "ground_floor"
    BASEMENT = "basement"
    BOREHOLE = "borehole"
    OTHER = "other"

    @property
    def label(self) -> T:
        """The form's name in both languages."""
        return _FORMS[self]


_FORMS = {
    SitingForm.OWN_BASE: T("地表・独立した台", "On a base of its own"),
    SitingForm.EMBEDDED: T("地表・埋め込みの台", "On a base in the ground"),
    SitingForm.GROUND_FLOOR: T("建物の1階床", "Ground floor of a building"),
    SitingForm.BASEMENT: T("建物の地下・中高層階", "Basement or upper floor"),
    SitingForm.BOREHOLE: T("地中（孔中）", "In a borehole"),
    SitingForm.OTHER: T("その他", "Other"),
}


class SitingGrade(StrEnum):
    """How well a station's surroundings let it stand for its place 設置環境の評価, A to E."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def label(self) -> T:
        """The grade, and what it means."""
        return _GRADES[self]

    @property
    def counts(self) -> bool:
        """Whether maps and triggers use the station."""
        return self not in (SitingGrade.D, SitingGrade.E)


_GRADES = {
    SitingGrade.A: T("A 良好", "A, good"),
    SitingGrade.B: T("B 支障なし", "B, no harm"),
    SitingGrade.C: T("C 軽い影響", "C, slight influence"),
    SitingGrade.D: T("D 影響大（使わない）", "D, strong influence: not used"),
    SitingGrade.E: T("E 不適（使わない）", "E, unfit: not used"),
}
