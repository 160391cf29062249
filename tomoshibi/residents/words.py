"""The words of residents."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Sex(StrEnum):
    """The register's entry of sex."""

    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SEXES[self]


_SEXES = {Sex.MALE: T("男", "Male"), Sex.FEMALE: T("女", "Female")}

#: relation 続柄 of who heads a household
HEAD = "世帯主"
#: what stands where an address may not be seen
UNDISCLOSED = T("非開示", "Not disclosed")
#: of a protected person who has left, where why and when is for few
LEFT = T("台帳にいません", "no longer in the register")


class Movement(StrEnum):
    """What a change of the register is 異動事由, as far as it matters to who lives where."""

    IN = "in"
    BORN = "born"
    ADDED = "added"
    OUT = "out"
    DIED = "died"
    REMOVED = "removed"
    MOVED = "moved"
    HOUSEHOLD = "household"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _MOVEMENTS[self]

    @property
    def enters(self) -> bool:
        """Whether it brings a person into the register."""
        return self in (Movement.IN, Movement.BORN, Movement.ADDED)

    @property
    def leaves(self) -> bool:
        """Whether it takes a person out of the register."""
        return self in (Movement.OUT, Movement.DIED, Movement.REMOVED)


_MOVEMENTS = {
    Movement.IN: T("転入", "Moved in"),
    Movement.BORN: T("出生", "Born"),
    Movement.ADDED: T("職権記載", "Added by the office"),
    Movement.OUT: T("転出", "Moved out"),
    Movement.DIED: T("死亡", "Died"),
    Movement.REMOVED: T("職権消除", "Removed by the office"),
    Movement.MOVED: T("転居", "Moved within"),
    Movement.HOUSEHOLD: T("世帯変更", "Household changed"),
    Movement.CORRECTED: T("修正", "Corrected"),
    Movement.CANCELLED: T("異動の取消し", "Cancelled"),
}


class FileKind(StrEnum):
    """What a file of the residents' system holds."""

    FULL = "full"
    CHANGES = "changes"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _FILES[self]


_FILES = {
    FileKind.FULL: T("全件（月次）", "Full (monthly)"),
    FileKind.CHANGES: T("異動（日次）", "Changes (daily)"),
}

#: what registers call a change, by what it is to us; whatever else a system writes is said with its layout
WHYS: dict[str, Movement] = {
    word: movement
    for movement, words in {
        Movement.IN: "転入 国外転入 海外転入 特例転入 住所設定 未届転入 入国",
        Movement.BORN: "出生",
        Movement.ADDED: "職権記載 職権回復 回復 就籍 帰化 国籍取得",
        Movement.OUT: "転出 国外転出 海外転出 特例転出 転出確定 出国",
        Movement.DIED: "死亡 失踪宣告",
        Movement.REMOVED: "職権消除 消除 実態調査消除 国籍喪失",
        Movement.MOVED: "転居 住居表示実施 町名変更 地番変更 住居表示変更",
        Movement.HOUSEHOLD: "世帯変更 世帯主変更 世帯分離 世帯合併 世帯構成変更 続柄変更",
        Movement.CORRECTED: "職権修正 修正 訂正 軽微な修正 氏名変更 婚姻 離婚 縁組 養子縁組 離縁 認知 入籍 転籍 "
        "戸籍届出 支援措置開始 支援措置終了 申出 職権訂正",
        Movement.CANCELLED: "異動取消 異動の取消 異動の取消し 取消 転出取消 転入取消 転居取消",
    }.items()
    for word in words.split()
}


class Outcome(StrEnum):
    """What became of a file that came."""

    TAKEN = "taken"
    HELD = "held"
    DISCARDED = "discarded"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _OUTCOMES[self]


_OUTCOMES = {
    Outcome.TAKEN: T("取り込んだ", "Taken in"),
    Outcome.HELD: T("保留", "Held"),
    Outcome.DISCARDED: T("取り込まない", "Discarded"),
}


class Sense(StrEnum):
    """Which household is meant. Each benefit says which it goes by."""

    REGISTER = "register"
    SUFFERED = "suffered"
    LIVELIHOOD = "livelihood"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SENSES[self][0]

    @property
    def meaning(self) -> T:
        """What it is, in a sentence."""
        return _SENSES[self][1]


_SENSES = {
    Sense.REGISTER: (
        T("住民票の世帯", "Register household"),
        T("被災した日の住民基本台帳の世帯", "the household of the resident register on the day of the disaster"),
    ),
    Sense.SUFFERED: (
        T("被災した世帯", "Household that suffered"),
        T("被災した日にその住家に実際に住んでいた人", "who really lived in the dwelling on the day of the disaster"),
    ),
    Sense.LIVELIHOOD: (
        T("生計を一にする世帯", "Household that shares a living"),
        T(
            "住民票や住家にかかわらず生計をともにする人",
            "who share a livelihood, whatever the register or the dwelling",
        ),
    ),
}


class Need(StrEnum):
    """Why somebody cannot flee alone 避難支援を必要とする事由."""

    CARE = "care"
    BODY = "body"
    MIND = "mind"
    MENTAL = "mental"
    ILLNESS = "illness"
    OLD_ALONE = "old_alone"
    PREGNANT = "pregnant"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _NEEDS[self]


_NEEDS = {
    Need.CARE: T("要介護", "Care need"),
    Need.BODY: T("身体障害", "Physical disability"),
    Need.MIND: T("知的障害", "Intellectual disability"),
    Need.MENTAL: T("精神障害", "Mental disability"),
    Need.ILLNESS: T("難病・医療機器", "Illness or medical device"),
    Need.OLD_ALONE: T("高齢者のみの世帯", "Old and alone"),
    Need.PREGNANT: T("妊産婦・乳幼児", "Expecting or with an infant"),
    Need.OTHER: T("その他", "Other"),
}


class Recipient(StrEnum):
    """Who helps people flee 避難支援等関係者, and so receives copies of the list."""

    FIRE = "fire"
    POLICE = "police"
    WELFARE = "welfare"
    COUNCIL = "council"
    NEIGHBOURS = "neighbours"
    CARE = "care"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _RECIPIENTS[self]


_RECIPIENTS = {
    Recipient.FIRE: T("消防機関・消防団", "Fire brigade"),
    Recipient.POLICE: T("警察", "Police"),
    Recipient.WELFARE: T("民生委員", "Welfare commissioner"),
    Recipient.COUNCIL: T("社会福祉協議会", "Social welfare council"),
    Recipient.NEIGHBOURS: T("自主防災組織・自治会", "Neighbourhood group"),
    Recipient.CARE: T("福祉専門職・事業所", "Care provider"),
}


class CopyOf(StrEnum):
    """What a copy is of."""

    LIST = "list"
    PLAN = "plan"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _COPIES[self]


_COPIES = {
    CopyOf.LIST: T("避難行動要支援者名簿", "Registered supporter list"),
    CopyOf.PLAN: T("個別避難計画", "Individual evacuation plan"),
}


class Basis(StrEnum):
    """By what right a copy is handed out (災害対策基本法 49条の11)."""

    CONSENT = "consent"
    EMERGENCY = "emergency"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _BASES[self]


_BASES = {
    Basis.CONSENT: T("本人の同意（平常時）", "Consent (normal times)"),
    Basis.EMERGENCY: T("災害の発生・おそれ（同意なし）", "Disaster, without consent"),
}


class CopyEnd(StrEnum):
    """How a copy came to its end."""

    RETURNED = "returned"
    DESTROYED = "destroyed"
    LOST = "lost"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ENDS[self]


_ENDS = {
    CopyEnd.RETURNED: T("返却", "Returned"),
    CopyEnd.DESTROYED: T("廃棄", "Destroyed"),
    CopyEnd.LOST: T("紛失", "Lost"),
}
