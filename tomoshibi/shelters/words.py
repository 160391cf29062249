"""The room's own lists of words: how full a shelter is, its lifelines, what people need, where they go."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Fullness(StrEnum):
    """How full a shelter is, as its staff say it; what the public page tells."""

    ROOM = "room"
    CROWDED = "crowded"
    FULL = "full"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _FULLNESS[self]


_FULLNESS = {
    Fullness.ROOM: T("空きあり", "Room left"),
    Fullness.CROWDED: T("混雑", "Crowded"),
    Fullness.FULL: T("満員", "Full"),
}


class Service(StrEnum):
    """Whether a lifeline of a shelter can be used. Nobody having said is unknown, and is no value of this list."""

    WORKS = "works"
    LIMITED = "limited"
    STOPPED = "stopped"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SERVICES[self]


_SERVICES = {
    Service.WORKS: T("使える", "Works"),
    Service.LIMITED: T("一部使える", "Limited"),
    Service.STOPPED: T("使えない", "Stopped"),
}


class Need(StrEnum):
    """What a person needs of a shelter, as it is asked at the desk."""

    WHEELCHAIR = "wheelchair"
    MEDICINE = "medicine"
    INFANT = "infant"
    PREGNANT = "pregnant"
    ALLERGY = "allergy"
    INTERPRETER = "interpreter"
    PETS = "pets"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _NEEDS[self]


_NEEDS = {
    Need.WHEELCHAIR: T("車いす", "Wheelchair"),
    Need.MEDICINE: T("薬・医療", "Medicine"),
    Need.INFANT: T("乳児", "Infant"),
    Need.PREGNANT: T("妊産婦", "Pregnant"),
    Need.ALLERGY: T("アレルギー", "Allergy"),
    Need.INTERPRETER: T("通訳", "Interpreter"),
    Need.PETS: T("ペット同行", "With pets"),
}


class WhereTo(StrEnum):
    """Where somebody goes who leaves a shelter. People were lost from sight for want of this line."""

    HOME = "home"
    RELATIVES = "relatives"
    SHELTER = "shelter"
    TEMPORARY_HOUSING = "temporary_housing"
    HOSPITAL = "hospital"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _WHERE_TO[self]


_WHERE_TO = {
    WhereTo.HOME: T("自宅", "Home"),
    WhereTo.RELATIVES: T("親族・知人宅", "Relatives or friends"),
    WhereTo.SHELTER: T("他の避難所", "Another shelter"),
    WhereTo.TEMPORARY_HOUSING: T("応急仮設住宅など", "Temporary housing"),
    WhereTo.HOSPITAL: T("病院・福祉施設", "Hospital or care facility"),
    WhereTo.OTHER: T("その他", "Elsewhere"),
    WhereTo.UNKNOWN: T("不明（行き先を告げずに退所）", "Unknown (left without saying)"),
}
