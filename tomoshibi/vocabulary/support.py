"""What people who suffered damage may be entitled to: schemes as dated data, each with its source and how sure it is.

Amounts are yen. A scheme without figures here is one that a town, a prefecture or an ordinance fixes for a disaster:
the town enters those itself. ``sure`` is about the amounts; ``note`` says what was not confirmed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.text import T

_ALWAYS = datetime.date.max
_MAN = 10_000


class Basis(StrEnum):
    """Whose household a scheme counts: they may differ."""

    REGISTER = "register"
    SUFFERED = "suffered"
    LIVING = "living"
    PERSON = "person"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _BASES[self]


_BASES = {
    Basis.REGISTER: T("住民票の世帯", "household of the register"),
    Basis.SUFFERED: T("被災した世帯", "household that suffered"),
    Basis.LIVING: T("生計を一にする世帯", "household that shares a living"),
    Basis.PERSON: T("個人", "one person"),
}


class Rebuilding(StrEnum):
    """How a household gets a dwelling again."""

    BUILD = "build"
    REPAIR = "repair"
    RENT = "rent"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _REBUILDINGS[self]


_REBUILDINGS = {
    Rebuilding.BUILD: T("建設・購入", "Build or buy"),
    Rebuilding.REPAIR: T("補修", "Repair"),
    Rebuilding.RENT: T("賃借（公営住宅を除く）", "Rent (not public housing)"),
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme, for disasters from ``since`` (included) to ``until`` (excluded).

    ``by_class`` is the amount by damage class, ``by_rebuilding`` the amount added by class and how one rebuilds,
    ``as_class`` what makes a dwelling count as another class (it had to be pulled down), ``by_case`` amounts that a
    person decides between (the supporter of a household, or another). ``single`` is the share that a household of one
    gets. ``classes`` are those to which it is open; empty: those that have figures, or all. ``limit``: the amounts are
    the most, not the sum.
    """

    key: str
    name: T
    source: T
    basis: Basis
    since: datetime.date
    until: datetime.date = _ALWAYS
    by_class: Mapping[DamageClass, int] = field(default_factory=dict)
    by_rebuilding: Mapping[DamageClass, Mapping[Rebuilding, int]] = field(default_factory=dict)
    as_class: tuple[tuple[T, DamageClass], ...] = ()
    by_case: tuple[tuple[T, int], ...] = ()
    single: tuple[int, int] = (1, 1)
    classes: tuple[DamageClass, ...] = ()
    limit: bool = False
    conditions: tuple[T, ...] = ()
    sure: bool = True
    note: T | None = None

    @property
    def has_figures(self) -> bool:
        """Whether amounts are known here; else the town enters its own."""
        return bool(self.by_class or self.by_rebuilding or self.by_case)

    def open_to(self, found: DamageClass | None) -> bool:
        """Whether a household whose dwelling is of that class may ask for it."""
        if self.classes:
            return found is not None and found in self.classes
        if self.by_class or self.by_rebuilding:
            return found is not None and (found in self.by_class or found in self.by_rebuilding)
        return True

    def amount(
        self, found: DamageClass | None, people: int, rebuilding: Rebuilding | None = None, case: int | None = None
    ) -> int | None:
        """Yen for a household of ``people``; None where a person, or the town, has to say.

        ``case`` is a place in ``as_class``; one that is not there changes nothing.
        """
        if case is not None and case < len(self.as_class):
            found = self.as_class[case][1]
        if self.by_class:
            yen = self.by_class.get(found, 0) if found else 0
        elif self.by_rebuilding:
            if found is None or found not in self.by_rebuilding:
                yen = 0
            elif rebuilding is None:
                return None
            else:
                yen = self.by_rebuilding[found][rebuilding]
        else:
            return None
        return yen * self.single[0] // self.single[1] if people == 1 else yen


def _d(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


_D, _L, _M, _H, _Q = (
    DamageClass.DESTROYED,
    DamageClass.LARGE_HALF,
    DamageClass.MEDIUM_HALF,
    DamageClass.HALF,
    DamageClass.QUASI_HALF,
)
_REBUILT = {Rebuilding.BUILD: 200 * _MAN, Rebuilding.REPAIR: 100 * _MAN, Rebuilding.RENT: 50 * _MAN}
_REBUILT_MEDIUM = {Rebuilding.BUILD: 100 * _MAN, Rebuilding.REPAIR: 50 * _MAN, Rebuilding.RENT: 25 * _MAN}
#: what counts as destroyed for the livelihood grant
_AS_DESTROYED = (
    (
        T(
            "半壊以上または敷地の被害で、やむを得ず解体した（全壊とみなす）",
            "half destroyed or its ground damaged, and had to be pulled down (counts as destroyed)",
        ),
        _D,
    ),
    (T("長期避難世帯（全壊とみなす）", "long evacuation (counts as destroyed)"), _D),
)
_LIVELIHOOD = T("被災者生活再建支援法", "Act on Support for Reconstructing Livelihoods of Disaster Victims")
_CONDOLENCE = T("災害弔慰金の支給等に関する法律", "Act on Provision of Disaster Condolence Grant")
_RELIEF_ACT = T("災害救助法", "Disaster Relief Act")
_BASIS_OPEN = T(
    "どの世帯で数えるか、いつの災害からの額かは、運用の通知で確かめてください。",
    "Confirm by the notices in force whose household counts, and from which disaster on these are the amounts.",
)
_SIZE = T(
    "災害の規模によって、支援法の適用がある区域に限ります。",
    "Only where the act was applied to the area, by the size of the disaster.",
)
_BY_TOWN = T(
    "金額・基準は町や県が定めます。要確認。", "Amounts and terms are the town's or the prefecture's: confirm them."
)

#: the amounts of 2007-12 (FACTS: livelihood grant), and those with 中規模半壊 of 2020-12
SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        "livelihood-base",
        T("被災者生活再建支援金（基礎支援金）", "Livelihood recovery grant (base)"),
        _LIVELIHOOD,
        Basis.SUFFERED,
        _d("2007-12-14"),
        by_class={_D: 100 * _MAN, _L: 50 * _MAN},
        as_class=_AS_DESTROYED,
        single=(3, 4),
        classes=(_D, _L, _M, _H),
        conditions=(_SIZE,),
        note=_BASIS_OPEN,
    ),
    Scheme(
        "livelihood-added",
        T("被災者生活再建支援金（加算支援金）", "Livelihood recovery grant (added)"),
        _LIVELIHOOD,
        Basis.SUFFERED,
        _d("2007-12-14"),
        _d("2020-12-04"),
        by_rebuilding={_D: _REBUILT, _L: _REBUILT},
        as_class=_AS_DESTROYED,
        single=(3, 4),
        classes=(_D, _L, _H),
        conditions=(_SIZE, T("住宅の再建の方法で額が決まります。", "The amount depends on how one rebuilds.")),
        note=_BASIS_OPEN,
    ),
    Scheme(
        "livelihood-added",
        T("被災者生活再建支援金（加算支援金）", "Livelihood recovery grant (added)"),
        _LIVELIHOOD,
        Basis.SUFFERED,
        _d("2020-12-04"),
        by_rebuilding={_D: _REBUILT, _L: _REBUILT, _M: _REBUILT_MEDIUM},
        as_class=_AS_DESTROYED,
        single=(3, 4),
        classes=(_D, _L, _M, _H),
        conditions=(_SIZE, T("住宅の再建の方法で額が決まります。", "The amount depends on how one rebuilds.")),
        note=_BASIS_OPEN,
    ),
    Scheme(
        "condolence",
        T("災害弔慰金", "Disaster condolence grant"),
        _CONDOLENCE,
        Basis.PERSON,
        _d("1973-09-18"),
        by_case=(
            (T("主として生計を維持していた人が亡くなった", "whoever mainly supported the household died"), 500 * _MAN),
            (T("その他の人が亡くなった", "another person died"), 250 * _MAN),
        ),
        conditions=(
            T(
                "遺族の順: 主として生計を維持されていた人、配偶者、子、父母、孫、祖父母。兄弟姉妹は、ほかに遺族がなく"
                "同居または生計を同じくしていたとき。",
                "Order of the bereaved: those mainly supported, then spouse, child, parent, grandchild, grandparent; "
                "siblings only if there is none of these, and they lived together or shared a living.",
            ),
        ),
        note=T("額がこの額になった日は確かめていません。", "Since when these are the amounts is not confirmed."),
    ),
    Scheme(
        "disability",
        T("災害障害見舞金", "Disaster disability grant"),
        _CONDOLENCE,
        Basis.PERSON,
        _d("1982-07-10"),
        by_case=(
            (T("主として生計を維持していた人", "whoever mainly supports the household"), 250 * _MAN),
            (T("その他の人", "another person"), 125 * _MAN),
        ),
        conditions=(T("重い障害が残ったとき。", "A severe disability remains."),),
        note=T("始まりの日と障害の程度は確かめていません。", "Its first day and the degrees are not confirmed."),
    ),
    Scheme(
        "loan",
        T("災害援護資金（貸付け）", "Disaster relief loan"),
        _CONDOLENCE,
        Basis.LIVING,
        _d("1973-09-18"),
        by_case=((T("限度額", "at most"), 350 * _MAN),),
        limit=True,
        conditions=(T("所得の限度があります。", "There is a limit of income."),),
        sure=False,
        note=T(
            "被害ごとの限度額と所得の限度は確かめていません。", "The limits by damage and income are not confirmed."
        ),
    ),
    Scheme(
        "emergency-repair",
        T("住宅の応急修理", "Emergency repair of the dwelling"),
        _RELIEF_ACT,
        Basis.SUFFERED,
        _d("2007-12-14"),
        classes=(_D, _L, _M, _H, _Q),
        conditions=(
            T("現物給付です。修理して住めることが条件です。", "Given in kind, where repair makes it fit to live in."),
        ),
        sure=False,
        note=_BY_TOWN,
    ),
    Scheme(
        "temporary-housing",
        T("応急仮設住宅", "Temporary housing"),
        _RELIEF_ACT,
        Basis.LIVING,
        _d("2007-12-14"),
        classes=(_D, _L, _M, _H),
        conditions=(
            T("住むところがなく、自分では用意できない世帯。", "Without a dwelling, and unable to find one oneself."),
        ),
        sure=False,
        note=_BY_TOWN,
    ),
    Scheme(
        "tax-relief",
        T("市町村税の減免", "Relief from municipal taxes"),
        T("地方税法と町の条例", "Local Tax Act and the town's ordinance"),
        Basis.REGISTER,
        _d("2007-12-14"),
        classes=(_D, _L, _M, _H),
        sure=False,
        note=_BY_TOWN,
    ),
    Scheme(
        "health-insurance",
        T("国民健康保険料（税）の減免", "Relief from health insurance dues"),
        T("国民健康保険法と町の条例", "National Health Insurance Act and the town's ordinance"),
        Basis.REGISTER,
        _d("2007-12-14"),
        classes=(_D, _L, _M, _H),
        sure=False,
        note=_BY_TOWN,
    ),
)


def schemes_on(day: datetime.date) -> tuple[Scheme, ...]:
    """The schemes for a disaster that began on ``day``."""
    return tuple(s for s in SCHEMES if s.since <= day < s.until)


def name_of(key: str) -> T:
    """What the scheme of that key is called; the key itself where there is none."""
    return next((s.name for s in SCHEMES if s.key == key), T(key, key))


def scheme(key: str, day: datetime.date) -> Scheme | None:
    """The scheme of that key for a disaster of that day."""
    return next((s for s in schemes_on(day) if s.key == key), None)
