"""The room's own lists of words: structures, uses, ways of applying, kinds of certificate and their standing."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Structure(StrEnum):
    """Of what a building is made, as the survey sheets divide it."""

    WOODEN = "wooden"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STRUCTURES[self]


_STRUCTURES = {
    Structure.WOODEN: T("木造・プレハブ", "Wooden or prefabricated"),
    Structure.OTHER: T("非木造", "Not wooden"),
    Structure.UNKNOWN: T("不明", "Unknown"),
}


class Use(StrEnum):
    """What a building is used for: certificates of damage to dwellings are about 住家 only."""

    DWELLING = "dwelling"
    MIXED = "mixed"
    SHED = "shed"
    SHOP = "shop"
    NON_DWELLING = "non-dwelling"

    @property
    def lived_in(self) -> bool:
        """Whether somebody can live there: damage certificates of dwellings are about these only."""
        return self in (Use.DWELLING, Use.MIXED)

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _USES[self]


_USES = {
    Use.DWELLING: T("住家", "Dwelling"),
    Use.MIXED: T("併用住宅", "Dwelling and business"),
    Use.SHED: T("物置・車庫（非住家）", "Shed or garage (not a dwelling)"),
    Use.SHOP: T("店舗・事務所・工場（非住家）", "Shop, office or works (not a dwelling)"),
    Use.NON_DWELLING: T("非住家（その他）", "Not a dwelling (other)"),
}


class Tenure(StrEnum):
    """By what right somebody lives there, if anybody."""

    OWNED = "owned"
    RENTED = "rented"
    VACANT = "vacant"
    UNKNOWN = "unknown"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _TENURES[self]


_TENURES = {
    Tenure.OWNED: T("持ち家", "Owned"),
    Tenure.RENTED: T("借家", "Rented"),
    Tenure.VACANT: T("空き家", "Vacant"),
    Tenure.UNKNOWN: T("不明", "Unknown"),
}


class Risk(StrEnum):
    """What the emergency risk marking 応急危険度判定 says, by its sheets of three colours; no class of damage."""

    INSPECTED = "inspected"
    LIMITED = "limited"
    UNSAFE = "unsafe"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _RISKS[self][0]

    @property
    def colour(self) -> str:
        """Colour of its sheet, ``#RRGGBB``."""
        return _RISKS[self][1]

    @property
    def shape(self) -> str:
        """Shape beside the colour, as map layers name it."""
        return _RISKS[self][2]


_RISKS = {
    Risk.INSPECTED: (T("調査済（緑）", "Inspected (green)"), "#1B7F3B", "circle"),
    Risk.LIMITED: (T("要注意（黄）", "Limited entry (yellow)"), "#FAE100", "triangle"),
    Risk.UNSAFE: (T("危険（赤）", "Unsafe (red)"), "#E60012", "cross"),
}


class Way(StrEnum):
    """How an application reached the town."""

    COUNTER = "counter"
    PROXY = "proxy"
    POST = "post"
    ONLINE = "online"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _WAYS[self]


_WAYS = {
    Way.COUNTER: T("窓口", "At the counter"),
    Way.PROXY: T("代理人", "By proxy"),
    Way.POST: T("郵送", "By post"),
    Way.ONLINE: T("オンライン", "Online"),
}


class Kind(StrEnum):
    """What is certified. 被災証明書 and others come beside it."""

    DISASTER = "disaster"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _KINDS[self]


_KINDS = {Kind.DISASTER: T("罹災証明書", "Disaster certificate")}


class Standing(StrEnum):
    """Whether a certificate still holds."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STANDINGS[self]


_STANDINGS = {
    Standing.VALID: T("有効", "Valid"),
    Standing.SUPERSEDED: T("再判定により失効", "Superseded by a new judgement"),
    Standing.REVOKED: T("取消し", "Revoked"),
}


class Stage(StrEnum):
    """How far an application has come."""

    APPLIED = "applied"
    SURVEYED = "surveyed"
    JUDGED = "judged"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STAGES[self]


_STAGES = {
    Stage.APPLIED: T("調査待ち", "Waiting for a survey"),
    Stage.SURVEYED: T("判定待ち", "Waiting for judgement"),
    Stage.JUDGED: T("交付待ち", "Waiting to be issued"),
    Stage.ISSUED: T("交付済み", "Issued"),
    Stage.WITHDRAWN: T("取下げ", "Withdrawn"),
}
