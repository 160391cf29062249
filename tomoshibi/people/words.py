"""The room's own lists of words: the three times of a role, who is meant by a rule, answers, safety."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Time(StrEnum):
    """When a role holds; disaster and security may run side by side."""

    NORMAL = "normal"
    DISASTER = "disaster"
    SECURITY = "security"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _TIMES[self]


_TIMES = {
    Time.NORMAL: T("平常時", "Normal times"),
    Time.DISASTER: T("災害時", "Disaster"),
    Time.SECURITY: T("情報セキュリティ事象発生時", "Security incident"),
}


class Members(StrEnum):
    """Whom of the sections a rule calls."""

    NEEDED = "needed"
    EVERYONE = "everyone"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _MEMBERS[self]


_MEMBERS = {
    Members.NEEDED: T("所要の職員", "Needed staff"),
    Members.EVERYONE: T("全職員", "Everyone"),
}


class Answer(StrEnum):
    """What a person answers to a call."""

    COMING = "coming"
    LATE = "late"
    CANNOT = "cannot"
    EVACUATED = "evacuated"

    @property
    def label(self) -> T:
        """What the button says."""
        return _ANSWERS[self]


_ANSWERS = {
    Answer.COMING: T("行く", "Coming"),
    Answer.LATE: T("遅れる", "Coming late"),
    Answer.CANNOT: T("行けない", "Cannot come"),
    Answer.EVACUATED: T("避難した", "Evacuated"),
}

#: answers of people who will not be here: their deputies are called
ABSENT = (Answer.CANNOT, Answer.EVACUATED)


class Safety(StrEnum):
    """How a person is."""

    SAFE = "safe"
    INJURED = "injured"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SAFETY[self]


_SAFETY = {
    Safety.SAFE: T("無事", "Safe"),
    Safety.INJURED: T("けがをした", "Injured"),
}


class Family(StrEnum):
    """How a person's family is; who they are is never asked."""

    SAFE = "safe"
    UNKNOWN = "unknown"
    NEEDS_HELP = "needs_help"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _FAMILY[self]


_FAMILY = {
    Family.SAFE: T("家族も無事", "Family safe"),
    Family.UNKNOWN: T("家族はまだ分からない", "Family not known yet"),
    Family.NEEDS_HELP: T("家族に助けが必要", "Family needs help"),
}
