"""Words of what a facility keeps up and of moves between facilities: steps of a transfer, routes, stores, drawings."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Step(StrEnum):
    """How far a transfer 移送 to another facility has come."""

    ASKED = "asked"
    LEFT = "left"
    RECEIVED = "received"
    RETURNED = "returned"
    DECLINED = "declined"
    CANCELLED = "cancelled"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STEPS[self]

    @property
    def holds_bed(self) -> bool:
        """Whether the bed is taken."""
        return self in (Step.ASKED, Step.LEFT, Step.RECEIVED)

    @property
    def after(self) -> tuple[Step, ...]:
        """The steps after which it may come."""
        return _AFTER[self]


_STEPS = {
    Step.ASKED: T("受け入れを頼んだ", "Bed taken"),
    Step.LEFT: T("送り出した", "On the way"),
    Step.RECEIVED: T("受け入れた", "Received"),
    Step.RETURNED: T("戻った", "Returned"),
    Step.DECLINED: T("断られた", "Declined"),
    Step.CANCELLED: T("取りやめた", "Cancelled"),
}
_AFTER: dict[Step, tuple[Step, ...]] = {
    Step.ASKED: (Step.RECEIVED, Step.RETURNED, Step.DECLINED, Step.CANCELLED),
    Step.LEFT: (Step.ASKED,),
    Step.RECEIVED: (Step.ASKED, Step.LEFT),
    Step.RETURNED: (Step.RECEIVED,),
    Step.DECLINED: (Step.ASKED, Step.LEFT),
    Step.CANCELLED: (Step.ASKED, Step.LEFT),
}


#: steps at which a bed is taken, as rows hold them
HOLDING = tuple(step.value for step in Step if step.holds_bed)


class Route(StrEnum):
    """By which route a notice was heard 伝わった手段."""

    TELEPHONE = "telephone"
    FAX = "fax"
    MAIL = "mail"
    PAGE = "page"
    RADIO = "radio"
    VISIT = "visit"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _ROUTES[self]


_ROUTES = {
    Route.TELEPHONE: T("電話", "Telephone"),
    Route.FAX: T("FAXの返信", "Answer by fax"),
    Route.MAIL: T("メールの返信", "Answer by mail"),
    Route.PAGE: T("施設のページ", "The facility's page"),
    Route.RADIO: T("無線", "Radio"),
    Route.VISIT: T("職員が訪ねた", "Somebody went there"),
}


class Call(StrEnum):
    """What came of a telephone call."""

    HEARD = "heard"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG = "wrong"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _CALLS[self]


_CALLS = {
    Call.HEARD: T("伝わった", "Heard"),
    Call.NO_ANSWER: T("出ない", "No answer"),
    Call.BUSY: T("話し中", "Engaged"),
    Call.WRONG: T("番号が違う", "Wrong number"),
}


class Stored(StrEnum):
    """For what something is stored 備蓄の区分."""

    WATER = "water"
    FOOD = "food"
    TOILET = "toilet"
    MEDICINE = "medicine"
    CARE = "care"
    WARMTH = "warmth"
    FUEL = "fuel"
    TOOL = "tool"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _STORED[self]

    @property
    def per_day(self) -> tuple[float, T] | None:
        """How much one person uses a day, and of what, where the field has a figure for it (3 L of water, 3 meals,
        5 toilet bags); the unit says whether a lot counts by it.
        """
        return _PER_DAY.get(self)


_STORED = {
    Stored.WATER: T("飲料水", "Drinking water"),
    Stored.FOOD: T("食料", "Food"),
    Stored.TOILET: T("トイレ", "Toilets"),
    Stored.MEDICINE: T("薬・衛生", "Medicine"),
    Stored.CARE: T("介護用品", "Care articles"),
    Stored.WARMTH: T("寒さ・暑さ", "Cold and heat"),
    Stored.FUEL: T("燃料・電源", "Fuel and power"),
    Stored.TOOL: T("道具・持ち出し品", "Tools and bags"),
}
_PER_DAY = {
    Stored.WATER: (3.0, T("L", "L")),
    Stored.FOOD: (3.0, T("食", "meals")),
    Stored.TOILET: (5.0, T("回分", "uses")),
}


class Why(StrEnum):
    """Why a store grew or shrank."""

    IN = "in"
    USED = "used"
    THROWN = "thrown"
    COUNTED = "counted"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _WHYS[self]


_WHYS = {
    Why.IN: T("補充", "Replenished"),
    Why.USED: T("使った", "Used"),
    Why.THROWN: T("廃棄", "Thrown away"),
    Why.COUNTED: T("数え直し", "Counted anew"),
}


class Drawn(StrEnum):
    """What a drawing or photograph shows."""

    SITE = "site"
    SECTION = "section"
    FLOOR = "floor"
    ROUTE = "route"
    PHOTO = "photo"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _DRAWN[self]


_DRAWN = {
    Drawn.SITE: T("平面図（周辺）", "Plan of the surroundings"),
    Drawn.SECTION: T("断面図", "Section"),
    Drawn.FLOOR: T("各階の図", "Floor plan"),
    Drawn.ROUTE: T("避難経路図", "Route"),
    Drawn.PHOTO: T("写真", "Photograph"),
}
