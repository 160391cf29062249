"""The room's words: kinds of item and their groups, states, and how a state is said of a kind."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Group(StrEnum):
    """The groups of a town's recovery report, in its order."""

    SYSTEMS = "systems"
    INFRASTRUCTURE = "infrastructure"
    HARDWARE = "hardware"
    FACILITIES = "facilities"
    STAFF = "staff"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _GROUPS[self]


_GROUPS = {
    Group.SYSTEMS: T("情報システム・データ", "Systems and data"),
    Group.INFRASTRUCTURE: T("電気・通信インフラ", "Power and communications"),
    Group.HARDWARE: T("ハードウェア", "Hardware"),
    Group.FACILITIES: T("設備", "Facilities"),
    Group.STAFF: T("職員", "Staff"),
}


class ItemKind(StrEnum):
    """What an item is: it decides its group, and the words in which its states are reported."""

    SYSTEM = "system"
    POWER = "power"
    NETWORK = "network"
    LINE = "line"
    TELECOM = "telecom"
    EQUIPMENT = "equipment"
    FACILITY = "facility"
    ROOM = "room"
    STAFF = "staff"
    SITE = "site"
    VENDOR = "vendor"
    CONTRACT = "contract"
    DATA = "data"
    SERVICE = "service"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _KINDS[self][0]

    @property
    def on_board(self) -> bool:
        """Whether somebody looks at it in an incident: a service follows from the others."""
        return self not in (ItemKind.CONTRACT, ItemKind.DATA, ItemKind.SERVICE)

    @property
    def group(self) -> Group:
        """The group that it is reported in."""
        return _KINDS[self][1]


_KINDS = {
    ItemKind.SYSTEM: (T("情報システム", "System"), Group.SYSTEMS),
    ItemKind.POWER: (T("電源", "Power"), Group.INFRASTRUCTURE),
    ItemKind.NETWORK: (T("庁内ネットワーク", "Local network"), Group.INFRASTRUCTURE),
    ItemKind.LINE: (T("回線網", "Lines between sites"), Group.INFRASTRUCTURE),
    ItemKind.TELECOM: (T("通信サービス", "Telephone and internet"), Group.INFRASTRUCTURE),
    ItemKind.EQUIPMENT: (T("機器", "Equipment"), Group.HARDWARE),
    ItemKind.FACILITY: (T("設備", "Building services"), Group.FACILITIES),
    ItemKind.ROOM: (T("部屋", "Room"), Group.FACILITIES),
    ItemKind.STAFF: (T("職員", "Staff"), Group.STAFF),
    ItemKind.SITE: (T("庁舎・拠点", "Building"), Group.FACILITIES),
    ItemKind.VENDOR: (T("外部事業者", "Vendor"), Group.STAFF),
    ItemKind.CONTRACT: (T("契約", "Contract"), Group.STAFF),
    ItemKind.DATA: (T("データ", "Data"), Group.SYSTEMS),
    ItemKind.SERVICE: (T("窓口業務", "Service to residents"), Group.SYSTEMS),
}


class State(StrEnum):
    """How an item is. That nobody has looked yet 未確認 is no state: it is the absence of one."""

    IN_USE = "in_use"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STATES[self]

    @property
    def impaired(self) -> bool:
        """Whether somebody saw that it does not work as it should."""
        return self in (State.DEGRADED, State.STOPPED)


_STATES = {
    State.IN_USE: T("使用中", "In use"),
    State.DEGRADED: T("支障あり", "Degraded"),
    State.STOPPED: T("停止", "Stopped"),
    State.UNKNOWN: T("不明", "Unknown"),
}
#: an item that nobody has looked at since the incident began
UNCONFIRMED = T("未確認", "Not checked")
#: worst first, as far as somebody saw it
SEVERITY = (State.STOPPED, State.DEGRADED, State.IN_USE, State.UNKNOWN)


class Loss(StrEnum):
    """Whether data of a system were lost データ喪失."""

    NONE = "none"
    PARTLY = "partly"
    LOST = "lost"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _LOSSES[self]

    @property
    def impaired(self) -> bool:
        """Whether something was lost."""
        return self in (Loss.PARTLY, Loss.LOST)


_LOSSES = {
    Loss.NONE: T("喪失なし", "None lost"),
    Loss.PARTLY: T("一部喪失", "Partly lost"),
    Loss.LOST: T("喪失", "Lost"),
    Loss.UNKNOWN: T("不明", "Unknown"),
}


class Backup(StrEnum):
    """Whether the backup of a system's data could be used バックアップデータ."""

    USABLE = "usable"
    USED = "used"
    NOT_USABLE = "not_usable"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _BACKUPS[self]

    @property
    def impaired(self) -> bool:
        """Whether it could not be used."""
        return self is Backup.NOT_USABLE


_BACKUPS = {
    Backup.USABLE: T("使用可能だが利用せず", "Usable, not needed"),
    Backup.USED: T("使用して復旧", "Used for recovery"),
    Backup.NOT_USABLE: T("使用不可", "Not usable"),
    Backup.UNKNOWN: T("不明", "Unknown"),
}


class Aspect(StrEnum):
    """What of an item is spoken of: itself, or, of a system, its data or their backup."""

    ITEM = "item"
    DATA = "data"
    BACKUP = "backup"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ASPECTS[self]

    @property
    def states(self) -> type[State] | type[Loss] | type[Backup]:
        """The words for how it is."""
        return _ASPECT_STATES[self]


_ASPECTS = {
    Aspect.ITEM: T("項目", "Item"),
    Aspect.DATA: T("データ喪失", "Data loss"),
    Aspect.BACKUP: T("バックアップデータ", "Backup data"),
}
_ASPECT_STATES: dict[Aspect, type[State] | type[Loss] | type[Backup]] = {
    Aspect.ITEM: State,
    Aspect.DATA: Loss,
    Aspect.BACKUP: Backup,
}


def reported(kind: ItemKind, state: State | Loss | Backup) -> T:
    """A state in a report's words: a network stops 停止, the internet cannot be used 利用不可, a room is damaged."""
    if not isinstance(state, State) or state is State.UNKNOWN:
        return state.label
    return _REPORTED[kind][state]


_USABLE = T("利用可能", "Available")
_UNHURT = T("被害なし", "No damage")
_HURT = {
    State.IN_USE: _UNHURT,
    State.DEGRADED: T("一部被害", "Partly damaged"),
    State.STOPPED: T("使用不可", "Not usable"),
}
_REPORTED: dict[ItemKind, dict[State, T]] = {
    ItemKind.SYSTEM: {
        State.IN_USE: _USABLE,
        State.DEGRADED: T("一部停止", "Partly stopped"),
        State.STOPPED: T("停止", "Stopped"),
    },
    ItemKind.POWER: {
        State.IN_USE: T("停電せず", "No power cut"),
        State.DEGRADED: T("一部停電", "Partial power cut"),
        State.STOPPED: T("停電", "Power cut"),
    },
    ItemKind.NETWORK: {
        State.IN_USE: _USABLE,
        State.DEGRADED: T("一部停止", "Partly stopped"),
        State.STOPPED: T("停止", "Stopped"),
    },
    ItemKind.LINE: {
        State.IN_USE: _USABLE,
        State.DEGRADED: T("一部断線", "Partly cut"),
        State.STOPPED: T("断線", "Cut"),
    },
    ItemKind.TELECOM: {
        State.IN_USE: _USABLE,
        State.DEGRADED: T("利用困難", "Hard to use"),
        State.STOPPED: T("利用不可", "Not available"),
    },
    ItemKind.EQUIPMENT: _HURT,
    ItemKind.FACILITY: _HURT,
    ItemKind.ROOM: _HURT,
    ItemKind.STAFF: {
        State.IN_USE: T("被災なし", "None affected"),
        State.DEGRADED: T("一部被災", "Some affected"),
        State.STOPPED: T("参集不可", "None can come"),
    },
    ItemKind.SITE: {
        State.IN_USE: _UNHURT,
        State.DEGRADED: T("一部立入不可", "Partly closed"),
        State.STOPPED: T("立入不可", "No entry"),
    },
    ItemKind.VENDOR: {
        State.IN_USE: T("対応可能", "Can come"),
        State.DEGRADED: T("一部対応可能", "Can partly come"),
        State.STOPPED: T("来庁不可", "Cannot come"),
    },
}
_REPORTED |= dict.fromkeys((ItemKind.CONTRACT, ItemKind.DATA, ItemKind.SERVICE), _REPORTED[ItemKind.SYSTEM])


class CounterKind(StrEnum):
    """What a counter 窓口 is for."""

    DISASTER = "disaster"
    ORDINARY = "ordinary"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _COUNTERS[self]


_COUNTERS = {
    CounterKind.DISASTER: T("災害時窓口業務", "Disaster counters"),
    CounterKind.ORDINARY: T("通常窓口業務", "Ordinary counters"),
}


class Need(StrEnum):
    """In what way an item needs another."""

    RUNS_ON = "runs_on"
    POWER = "power"
    NETWORK = "network"
    #: both are nodes of the lines between sites: there must be a path of working lines from the one to the other
    REACH = "reach"
    PLACE = "place"
    DATA = "data"
    STAFF = "staff"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _NEEDS[self]


_NEEDS = {
    Need.RUNS_ON: T("稼働する基盤", "Runs on"),
    Need.POWER: T("電源", "Power"),
    Need.NETWORK: T("通信", "Network"),
    Need.REACH: T("回線でつながる先", "Must be reached"),
    Need.PLACE: T("建物・部屋", "Place"),
    Need.DATA: T("データ", "Data"),
    Need.STAFF: T("要員", "Staff"),
}


class Zone(StrEnum):
    """The three network zones 三層 that a town keeps apart."""

    RESIDENT = "resident"
    LGWAN = "lgwan"
    INTERNET = "internet"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ZONES[self]


_ZONES = {
    Zone.RESIDENT: T("個人番号利用事務系", "Resident data"),
    Zone.LGWAN: T("LGWAN接続系", "LGWAN"),
    Zone.INTERNET: T("インターネット接続系", "Internet"),
}


class Ease(StrEnum):
    """How easily a system is set up again on other equipment 再導入の容易性."""

    EASY = "easy"
    WITH_VENDOR = "with_vendor"
    HARD = "hard"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _EASES[self]


_EASES = {
    Ease.EASY: T("容易（職員で可能）", "Easy, by staff"),
    Ease.WITH_VENDOR: T("事業者が必要", "With the vendor"),
    Ease.HARD: T("困難", "Hard"),
}
#: hours after the beginning at which the impact of an outage is said, 1 (none) to 5 (not to be borne)
IMPACT_HOURS = (3, 24, 72, 168, 336, 720)
