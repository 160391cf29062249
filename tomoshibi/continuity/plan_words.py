"""The plan's words: threats and causes, chapters, procedures, kinds of agreement, states of a countermeasure."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Worded(StrEnum):
    """An enumeration whose members carry their name in both languages; base of the plan's words."""

    ja: str
    en: str

    def __new__(cls, value: str, ja: str = "", en: str = "") -> Worded:
        made = str.__new__(cls, value)
        made._value_ = value
        made.ja, made.en = ja, en
        return made

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return T(self.ja, self.en)


class Threat(Worded):
    """What a plan prepares for 脅威."""

    EARTHQUAKE = "earthquake", "地震", "Earthquake"
    FLOOD = "flood", "風水害", "Storm and flood"
    TSUNAMI = "tsunami", "津波", "Tsunami"
    LANDSLIDE = "landslide", "土砂災害", "Landslide"
    SECURITY = "security", "情報セキュリティ事象", "Security incident"
    NATURAL = "natural", "その他の甚大な自然災害", "Other great natural disaster"
    ACCIDENT = "accident", "大規模事故・武力攻撃・テロ", "Large accident, armed attack, terror"
    NUCLEAR = "nuclear", "原子力災害", "Nuclear accident"
    PANDEMIC = "pandemic", "感染症・健康危機", "Pandemic"


class Cause(Worded):
    """By what a threat stops systems 事象（原因）."""

    POWER = "power", "停電", "Power cut"
    LINE = "line", "通信の断絶", "Lines cut"
    BUILDING = "building", "庁舎の被災（立入不可）", "Building damaged or closed"
    STAFF = "staff", "職員・事業者の参集不可", "Staff and vendors cannot come"
    ATTACK = "attack", "サイバー攻撃", "Cyber attack"
    CENTRE_LINE = "centre_line", "データセンターとの回線障害", "Line to the data centre fails"
    FAILURE = "failure", "情報システム障害", "System failure"


class Level(Worded):
    """How grave a risk is."""

    HIGH = "high", "大", "High"
    MIDDLE = "middle", "中", "Middle"
    LOW = "low", "小", "Low"


class Progress(Worded):
    """How far a countermeasure is."""

    PLANNED = "planned", "計画", "Planned"
    UNDER_WAY = "under_way", "実施中", "Under way"
    DONE = "done", "実施済", "Done"
    ACCEPTED = "accepted", "受容（実施しない）", "Risk accepted"


class AgreementKind(Worded):
    """What an agreement is for."""

    DISASTER = "disaster", "災害協定", "Disaster pact"
    STORAGE = "storage", "姉妹都市等での保管", "Storage with a sister city"
    SERVERS = "servers", "代替サーバの手配", "Replacement servers"
    STAFF = "staff", "要員の応援", "Staff on loan"
    OTHER = "other", "その他", "Other"


class Direction(Worded):
    """Whether terminals were lent or borrowed."""

    LENT = "lent", "貸出", "Lent"
    BORROWED = "borrowed", "借用", "Borrowed"


class Procedure(Worded):
    """Steps in an order."""

    SHUTDOWN = "shutdown", "停止手順", "Shutting down"
    STARTUP = "startup", "起動手順", "Starting up"
    MUSTER = "muster", "参集の流れ", "Mustering"
    DISASTER = "disaster", "行動計画（地震・風水害等）", "Action plan: disaster"
    SECURITY = "security", "行動計画（情報セキュリティ事象）", "Action plan: security incident"


class StepKind(Worded):
    """The shape of a step in a flow chart."""

    START = "start", "開始", "Start"
    ACT = "act", "行動", "Act"
    ASK = "ask", "判断", "Decision"
    END = "end", "終了", "End"


class Chapter(Worded):
    """The plan's chapters, in order."""

    PURPOSE = "purpose", "計画の目的・基本方針", "Purpose and principles"
    SCOPE = "scope", "計画の対象範囲と前提", "Scope and assumptions"
    PRESENT = "present", "情報システム環境の現状", "The present environment"
    RISKS = "risks", "脅威とリスク、対策", "Threats, risks, countermeasures"
    IMPACT = "impact", "業務影響分析と復旧目標", "Impact analysis and recovery objectives"
    BACKUP = "backup", "重要な行政データのバックアップ", "Backup of important data"
    ROLES = "roles", "計画の運用体制と役割", "Organisation and roles"
    RESPONSE = "response", "緊急時対応・復旧計画", "Response and recovery"
    OPERATION = "operation", "計画の運用（見直し・承認・訓練）", "Keeping the plan"
    TERMS = "terms", "用語集", "Glossary"

    @property
    def number(self) -> int:
        """Its number in the plan, from 1."""
        return list(Chapter).index(self) + 1


class Trigger(Worded):
    """What makes a review of the plan necessary."""

    FIRST = "first", "新規策定", "First edition"
    YEARLY = "yearly", "定期見直し", "Regular review"
    ORGANISATION = "organisation", "組織体制の大きな変更", "Organisation changed"
    VENDOR = "vendor", "外部事業者の大きな変更", "Vendor changed"
    SYSTEM = "system", "主要な情報システムの大幅な変更", "Major system changed"
    LAW = "law", "国・都道府県の制度変更", "Law changed"
    MAYOR = "mayor", "首長の指示", "The mayor asked"
    DRILL = "drill", "訓練・災害の結果", "After a drill or disaster"


class Stage(Worded):
    """How far a revision is."""

    NONE = "", "―", "―"
    DRAFT = "draft", "案", "Draft"
    REVIEWED = "reviewed", "確認済", "Reviewed"
    APPROVED = "approved", "承認", "Approved"
    DROPPED = "dropped", "取り下げ", "Dropped"
