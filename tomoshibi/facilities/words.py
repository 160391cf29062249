"""Words of care facilities: kinds of homes, care needs, how a person moves, answers to a notice, phases of a count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tomoshibi.vocabulary import T


class Home(StrEnum):
    """What kind of facility it is 施設の種別."""

    NURSING = "nursing"
    HEALTH = "health"
    GROUP_HOME = "group_home"
    RESIDENCE = "residence"
    DAY_CARE = "day_care"
    DISABILITY = "disability"
    WORKSHOP = "workshop"
    CHILDREN = "children"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _HOMES[self]


_HOMES = {
    Home.NURSING: T("特別養護老人ホーム", "Nursing home"),
    Home.HEALTH: T("介護老人保健施設", "Geriatric health facility"),
    Home.GROUP_HOME: T("認知症高齢者グループホーム", "Group home (dementia)"),
    Home.RESIDENCE: T("有料老人ホーム", "Residential home"),
    Home.DAY_CARE: T("通所介護（デイサービス）", "Day care for the elderly"),
    Home.DISABILITY: T("障害者支援施設", "Home for people with disabilities"),
    Home.WORKSHOP: T("就労支援事業所", "Supported workshop"),
    Home.CHILDREN: T("保育所・認定こども園", "Nursery school"),
    Home.OTHER: T("その他の施設", "Other facility"),
}


class Danger(StrEnum):
    """What may come to a facility 想定される災害."""

    FLOOD = "flood"
    LANDSLIDE = "landslide"
    TSUNAMI = "tsunami"
    SURGE = "surge"
    SNOW = "snow"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _DANGERS[self]


_DANGERS = {
    Danger.FLOOD: T("洪水", "Flood"),
    Danger.LANDSLIDE: T("土砂災害", "Landslide"),
    Danger.TSUNAMI: T("津波", "Tsunami"),
    Danger.SURGE: T("高潮", "Storm surge"),
    Danger.SNOW: T("豪雪", "Heavy snow"),
}


class Care(StrEnum):
    """How much care a person needs 要介護度 (long-term care insurance)."""

    NONE = "none"
    SUPPORT_1 = "support_1"
    SUPPORT_2 = "support_2"
    CARE_1 = "care_1"
    CARE_2 = "care_2"
    CARE_3 = "care_3"
    CARE_4 = "care_4"
    CARE_5 = "care_5"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _CARES[self]


_CARES = {
    Care.NONE: T("認定なし", "Not certified"),
    Care.SUPPORT_1: T("要支援1", "Support 1"),
    Care.SUPPORT_2: T("要支援2", "Support 2"),
    Care.CARE_1: T("要介護1", "Care 1"),
    Care.CARE_2: T("要介護2", "Care 2"),
    Care.CARE_3: T("要介護3", "Care 3"),
    Care.CARE_4: T("要介護4", "Care 4"),
    Care.CARE_5: T("要介護5", "Care 5"),
}


class Moves(StrEnum):
    """How a person is moved 移動の方法."""

    WALKS = "walks"
    ASSISTED = "assisted"
    WHEELCHAIR = "wheelchair"
    STRETCHER = "stretcher"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _MOVES[self]


_MOVES = {
    Moves.WALKS: T("歩ける", "Walks"),
    Moves.ASSISTED: T("付き添えば歩ける", "Walks with help"),
    Moves.WHEELCHAIR: T("車いす", "Wheelchair"),
    Moves.STRETCHER: T("担架・寝台", "Stretcher"),
}


class Answer(StrEnum):
    """What a facility answers to a notice."""

    NOT_YET = "not_yet"
    PREPARING = "preparing"
    LEAVING = "leaving"
    ARRIVED = "arrived"
    STAYING = "staying"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ANSWERS[self]


_ANSWERS = {
    Answer.NOT_YET: T("まだ動いていない", "Not yet"),
    Answer.PREPARING: T("準備している", "Preparing"),
    Answer.LEAVING: T("避難を始めた", "Leaving"),
    Answer.ARRIVED: T("避難先に着いた", "Arrived"),
    Answer.STAYING: T("施設にとどまる", "Staying"),
}

#: what stands on boards and the map for a facility that has answered nothing
SILENT = T("未回答", "No answer")


class Source(StrEnum):
    """By what a facility's evacuation began."""

    ORDER = "order"
    HEADQUARTERS = "headquarters"
    OWN = "own"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SOURCES[self]


_SOURCES = {
    Source.ORDER: T("避難情報", "Evacuation information"),
    Source.HEADQUARTERS: T("本部からの連絡", "Notice by headquarters"),
    Source.OWN: T("施設の判断（自主避難）", "The facility's own decision"),
}


class Phase(StrEnum):
    """When a person is counted: before leaving, out of the building, on the way, and in at the destination."""

    BEFORE = "before"
    OUT = "out"
    WAY = "way"
    IN = "in"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _PHASES[self]


_PHASES = {
    Phase.BEFORE: T("避難の前", "Before leaving"),
    Phase.WAY: T("途中", "On the way"),
    Phase.OUT: T("建物を出た", "Out of the building"),
    Phase.IN: T("避難先に着いた", "At the destination"),
}


class Identity(StrEnum):
    """How the identity of whoever takes a resident home was checked."""

    KNOWN = "known"
    DOCUMENT = "document"
    CARD = "card"
    TELEPHONE = "telephone"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _IDENTITIES[self]


_IDENTITIES = {
    Identity.KNOWN: T("職員が顔を知っている", "Known to staff"),
    Identity.DOCUMENT: T("身分証で確認", "Identity document"),
    Identity.CARD: T("引き渡しカードで確認", "Hand-over card"),
    Identity.TELEPHONE: T("登録の電話にかけて確認", "Called the number on record"),
}


class Sign(StrEnum):
    """A precursor of a landslide or a flood 前兆現象: whoever sees one leaves without waiting for an order."""

    SEEPING = "seeping"
    SPOUTING = "spouting"
    PEBBLES = "pebbles"
    LEANING = "leaning"
    ROOTS = "roots"
    FELLED = "felled"
    CRACKED = "cracked"
    BULGING = "bulging"
    RUMBLING = "rumbling"
    SMELL = "smell"
    RISING = "rising"
    CRUMBLING = "crumbling"
    LEAKING = "leaking"
    BANK_CRACKED = "bank_cracked"
    BOILING = "boiling"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SIGNS[self]

    @property
    def danger(self) -> Danger:
        """Of what it is a precursor."""
        flood = (Sign.RISING, Sign.CRUMBLING, Sign.LEAKING, Sign.BANK_CRACKED, Sign.BOILING)
        return Danger.FLOOD if self in flood else Danger.LANDSLIDE


_SIGNS = {
    Sign.SEEPING: T("崖の面を水が流れている", "Water runs down the slope"),
    Sign.SPOUTING: T("崖から新しく水が噴き出した", "Water spouts from the slope"),
    Sign.PEBBLES: T("小石が落ちてくる", "Pebbles come down"),
    Sign.LEANING: T("崖の木が傾いた", "Trees on the slope lean"),
    Sign.ROOTS: T("木の根の切れる音がする", "Roots are heard tearing"),
    Sign.FELLED: T("木の倒れる音がする", "Trees are heard falling"),
    Sign.CRACKED: T("崖に割れ目ができた", "There is a crack in the slope"),
    Sign.BULGING: T("斜面がふくらんだ", "The slope bulges"),
    Sign.RUMBLING: T("地鳴りがする", "The ground rumbles"),
    Sign.SMELL: T("土のにおいが強い", "There is a strong smell of earth"),
    Sign.RISING: T("水位が急に上がり、強い雨が続く", "The river rises fast, and heavy rain goes on"),
    Sign.CRUMBLING: T("堤防の川側が崩れている", "The river's side of the embankment crumbles"),
    Sign.LEAKING: T("堤防の横から水が漏れている", "Water leaks through the embankment"),
    Sign.BANK_CRACKED: T("堤防にひびがある", "The embankment is cracked"),
    Sign.BOILING: T("堤防の近くの地面から水が出ている", "Water boils up near the embankment"),
}


class Role(StrEnum):
    """Who does an item of a check sheet."""

    LEAD = "lead"
    COMMAND = "command"
    INFO = "info"
    MOVE = "move"
    WORKS = "works"
    CARE = "care"
    OFFICE = "office"
    ALL = "all"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ROLES[self]


_ROLES = {
    Role.LEAD: T("総括責任者", "In charge"),
    Role.COMMAND: T("指揮班", "Command"),
    Role.INFO: T("情報班", "Information"),
    Role.MOVE: T("避難誘導班", "Evacuation"),
    Role.WORKS: T("設備・防火", "Building and fire"),
    Role.CARE: T("介護・看護", "Care"),
    Role.OFFICE: T("事務", "Office"),
    Role.ALL: T("全職員", "All staff"),
}


class Team(StrEnum):
    """A team 班 of a facility in a disaster; at night with few staff one person is in several."""

    LEAD = "lead"
    COMMAND = "command"
    INFO = "info"
    MOVE = "move"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _TEAMS[self][0]

    @property
    def task(self) -> T:
        """What it does, in a line."""
        return _TEAMS[self][1]

    @property
    def roles(self) -> tuple[Role, ...]:
        """Whose items of the check sheets it does; those of all staff are everybody's."""
        return _TEAMS[self][2]


_TEAMS = {
    Team.LEAD: (
        T("責任者", "In charge"),
        T("避難するかをその場で決める", "Decides on the spot whether to leave"),
        (Role.LEAD,),
    ),
    Team.COMMAND: (
        T("指揮班", "Command"),
        T("責任者を助け、各班に指示する", "Helps whoever is in charge, and tells the teams what to do"),
        (Role.COMMAND, Role.OFFICE),
    ),
    Team.INFO: (
        T("情報班", "Information"),
        T("知らせを集め、市と家族に伝える", "Gathers news, and tells the town and families"),
        (Role.INFO,),
    ),
    Team.MOVE: (
        T("避難誘導班", "Evacuation"),
        T("入所者を安全な所へ導き、数える", "Leads residents to safety, and counts them"),
        (Role.MOVE, Role.CARE, Role.WORKS),
    ),
}


class Evidence(StrEnum):
    """By what it is known that an item of a check sheet is so."""

    LOOK = "look"
    PAPER = "paper"
    PHOTO = "photo"
    COUNT = "count"
    WORD = "word"
    TEST = "test"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _EVIDENCE[self]


_EVIDENCE = {
    Evidence.LOOK: T("目で見る", "Look"),
    Evidence.PAPER: T("書類", "Paper"),
    Evidence.PHOTO: T("写真", "Photograph"),
    Evidence.COUNT: T("数", "Count"),
    Evidence.WORD: T("報告", "Report"),
    Evidence.TEST: T("動かす", "Try it"),
}


class Check(StrEnum):
    """What is said of an item of a check sheet."""

    YES = "yes"
    NO = "no"
    NONE = "none"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _CHECKS[self]


_CHECKS = {
    Check.YES: T("済み", "Done"),
    Check.NO: T("まだ", "Not yet"),
    Check.NONE: T("対象外", "Does not apply"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of a resident's family: name, relation, telephone."""

    name: str
    relation: str = ""
    phone: str = ""

    @classmethod
    def of(cls, line: str) -> Contact:
        """From a line ``氏名／続柄／電話``; parts may be missing, and further ones belong to the telephone."""
        parts = [part.strip() for part in line.replace("/", "／").split("／", 2)]
        return cls(*parts)

    def __str__(self) -> str:
        return "／".join((self.name, self.relation, self.phone)).rstrip("／")
