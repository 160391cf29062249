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


class Ground(StrEnum):
    """On what all dwellings of an area are judged at once 一括判定: seen from above, or by samples at its corners."""

    WASHED_AWAY = "washed-away"
    BURNT = "burnt"
    FALLEN = "fallen"
    DEPTH = "depth"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _GROUNDS[self]


_GROUNDS = {
    Ground.WASHED_AWAY: T("流失", "Washed away"),
    Ground.BURNT: T("焼失", "Burnt down"),
    Ground.FALLEN: T("倒壊・埋没", "Fallen or buried"),
    Ground.DEPTH: T("浸水深（標本調査）", "Depth of water, by samples"),
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
    """What is certified: the damage to a dwelling, found by a survey (災害対策基本法 90条の2), or that somebody
    suffered damage to something else, as they tell it.
    """

    DISASTER = "disaster"
    VICTIM = "victim"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _KINDS[self]


_KINDS = {
    Kind.DISASTER: T("罹災証明書", "Disaster certificate"),
    Kind.VICTIM: T("被災証明書", "Certificate of being a victim"),
}


class Interest(StrEnum):
    """In what right the applicant has to do with what was damaged."""

    OWNER = "owner"
    TENANT = "tenant"
    LANDLORD = "landlord"
    BUSINESS = "business"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _INTERESTS[self]


_INTERESTS = {
    Interest.OWNER: T("所有者（居住・使用）", "Owner who lives there or uses it"),
    Interest.TENANT: T("借家人・借主", "Tenant"),
    Interest.LANDLORD: T("所有者（貸主・不在）", "Owner who does not live there"),
    Interest.BUSINESS: T("事業者", "Business"),
}


class Thing(StrEnum):
    """What a certificate of being a victim is about: whatever is no dwelling."""

    NON_DWELLING = "non-dwelling"
    DWELLING = "dwelling"
    BELONGINGS = "belongings"
    VEHICLE = "vehicle"
    BUSINESS = "business"
    FARM = "farm"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _THINGS[self]


_THINGS = {
    Thing.NON_DWELLING: T("住家以外の建物・工作物", "Building that is no dwelling"),
    Thing.DWELLING: T("住家（被害の程度を証明しないもの）", "Dwelling (its class is not certified)"),
    Thing.BELONGINGS: T("家財", "Belongings"),
    Thing.VEHICLE: T("車両", "Vehicle"),
    Thing.BUSINESS: T("事業所・設備・商品", "Business premises, equipment, goods"),
    Thing.FARM: T("農地・農林漁業用施設", "Farm, forest or fishery facilities"),
    Thing.OTHER: T("その他", "Other"),
}


class Authority(StrEnum):
    """By what a proxy 代理人 showed that they may apply."""

    HOUSEHOLD = "household"
    LETTER = "letter"
    LEGAL = "legal"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _AUTHORITIES[self]


_AUTHORITIES = {
    Authority.HOUSEHOLD: T("同一世帯の人", "Of the same household"),
    Authority.LETTER: T("委任状を確認", "Power of attorney seen"),
    Authority.LEGAL: T("法定代理人の書類を確認", "Papers of a legal representative seen"),
}


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


class OnlineState(StrEnum):
    """What became of an online application."""

    WAITING = "waiting"
    TAKEN = "taken"
    DECLINED = "declined"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ONLINE_STATES[self]


_ONLINE_STATES = {
    OnlineState.WAITING: T("確認待ち", "To be checked"),
    OnlineState.TAKEN: T("受付済み", "Taken"),
    OnlineState.DECLINED: T("受け付けない", "Declined"),
}
