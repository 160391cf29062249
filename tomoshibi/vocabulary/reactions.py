"""Who does what at which intensity, and how broadcasters say and show it: data to read, to compare and to replace.

National agencies' practice is as commonly published; it is dated, and each town's own plan (地域防災計画) decides for
the town. The town's rows here are only what a new town starts from. Sources:
気象庁「震度の活用と震度階級の変遷等に関する参考資料」(2009); 気象庁「緊急地震速報の発表基準」, with the long-period
class of 2023-02-01; broadcasters' own pages as of 2024-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tomoshibi.vocabulary.intensity import IntensityClass
from tomoshibi.vocabulary.text import T

Who = Literal["nation", "jma", "town"]


@dataclass(frozen=True, slots=True)
class Reaction:
    """``actor`` does ``action`` when ``least`` or more is observed (or, with ``forecast``, expected).

    ``where`` narrows it to a place, ``room`` names the part of a town hall that it falls to.
    """

    who: Who
    actor: T
    action: T
    least: IntensityClass
    forecast: bool = False
    where: T | None = None
    room: T | None = None


_I = IntensityClass
_WHERE_TOKYO = T("東京23区", "central Tokyo (23 wards)")
_WHERE_ELSEWHERE = T("東京23区の外", "outside central Tokyo")

REACTIONS: tuple[Reaction, ...] = (
    Reaction(
        "nation",
        T("警察庁・消防庁", "police and fire agencies"),
        T("被害の確認を始める", "begin to ask for damage"),
        _I.FOUR,
    ),
    Reaction("nation", T("内閣府", "Cabinet Office"), T("被害を推計する", "estimates damage"), _I.FOUR),
    Reaction(
        "nation",
        T("海上保安庁", "coast guard"),
        T("上空などから被害を調べる", "looks for damage, also from the air"),
        _I.FIVE_LOWER,
    ),
    Reaction(
        "nation",
        T("防衛省・自衛隊", "defence ministry"),
        T("航空機などで被害を調べる", "looks for damage by aircraft"),
        _I.FIVE_LOWER,
    ),
    Reaction(
        "nation",
        T("官邸危機管理センター", "crisis centre of the cabinet"),
        T("要員が集まる", "is staffed"),
        _I.FIVE_UPPER,
        where=_WHERE_TOKYO,
    ),
    Reaction(
        "nation",
        T("官邸危機管理センター", "crisis centre of the cabinet"),
        T("要員が集まる", "is staffed"),
        _I.SIX_LOWER,
        where=_WHERE_ELSEWHERE,
    ),
    Reaction("jma", T("気象庁", "JMA"), T("各地の震度に関する情報", "intensities of stations are published"), _I.ONE),
    Reaction(
        "jma",
        T("気象庁", "JMA"),
        T("震度速報(約1分半後)", "first intensity report, after about a minute and a half"),
        _I.THREE,
    ),
    Reaction("jma", T("気象庁", "JMA"), T("推計震度分布図", "estimated intensity map"), _I.FIVE_LOWER),
    Reaction(
        "jma",
        T("気象庁", "JMA"),
        T("緊急地震速報(予報)", "earthquake early warning, forecast"),
        _I.THREE,
        forecast=True,
    ),
    Reaction(
        "jma",
        T("気象庁", "JMA"),
        T("緊急地震速報(警報)を震度4以上の地域へ", "earthquake early warning to areas of 4 and over"),
        _I.FIVE_LOWER,
        forecast=True,
    ),
    Reaction(
        "town",
        T("防災担当", "disaster section"),
        T("情報を集め、施設を点検する", "gathers information, checks its buildings"),
        _I.FOUR,
        room=T("防災課", "disaster section"),
    ),
    Reaction(
        "town",
        T("防災担当", "disaster section"),
        T("警戒本部を置く", "opens the alert headquarters"),
        _I.FIVE_LOWER,
        room=T("防災課", "disaster section"),
    ),
    Reaction(
        "town",
        T("施設管理者", "keepers of buildings"),
        T("避難所になる施設の安全を確かめる", "check the shelters' buildings"),
        _I.FIVE_LOWER,
        room=T("教育・施設", "schools and buildings"),
    ),
    Reaction(
        "town",
        T("情報システム担当", "information systems"),
        T("業務システムの稼働を確かめる", "checks that systems run"),
        _I.FIVE_LOWER,
        room=T("情報政策", "information systems"),
    ),
    Reaction(
        "town",
        T("福祉担当", "welfare"),
        T("要配慮者の安否を確かめる", "asks after people who need care"),
        _I.FIVE_UPPER,
        room=T("福祉", "welfare"),
    ),
    Reaction(
        "town",
        T("町長", "mayor"),
        T("災害対策本部を置き、全職員を参集する", "opens the headquarters and calls out all staff"),
        _I.SIX_LOWER,
        room=T("本部", "headquarters"),
    ),
    Reaction(
        "town",
        T("避難所担当", "shelter staff"),
        T("避難所を開く", "open the shelters"),
        _I.SIX_LOWER,
        room=T("避難所", "shelters"),
    ),
)

#: accelerations, magnitudes and long-period classes at which JMA's early warnings are given besides intensity
EARLY_WARNING_FORECAST_GAL = 100.0
EARLY_WARNING_FORECAST_MAGNITUDE = 3.5
EARLY_WARNING_FORECAST_LONG_PERIOD = 1
EARLY_WARNING_LONG_PERIOD = 3


def reactions_at(klass: IntensityClass, who: Who | None = None) -> list[Reaction]:
    """What is done at ``klass``, from the strongest condition down. An unreported class counts as its least."""
    found = [r for r in REACTIONS if klass.at_least(r.least) and (who is None or r.who == who)]
    return sorted(found, key=lambda r: r.least.order, reverse=True)


@dataclass(frozen=True, slots=True)
class Broadcaster:
    """How one broadcaster writes the classes on its maps: ``upper`` and ``lower`` follow the 5 or 6."""

    name: T
    lower: str
    upper: str
    relative_colours: bool = False  # colours follow the strongest class of the event, not the class itself

    def legend(self, klass: IntensityClass) -> str:
        """The class as this broadcaster writes it: ``6+``, ``6強``."""
        return klass.value.replace("弱", self.lower).replace("強", self.upper)


BROADCASTERS: tuple[Broadcaster, ...] = (
    Broadcaster(T("NHK", "NHK"), "−", "+"),
    Broadcaster(T("日本テレビ系", "NNN"), "−", "+"),
    Broadcaster(T("テレビ朝日系", "ANN"), "弱", "強"),
    Broadcaster(T("TBS系", "JNN"), "弱", "強", relative_colours=True),
    Broadcaster(T("テレビ東京系", "TXN"), "−", "+"),
    Broadcaster(T("フジテレビ系", "FNN"), "弱", "強"),
)


def spoken(klass: IntensityClass) -> T | None:
    """How announcers call an earthquake of this maximum; None below 3, of which they do not speak nationwide."""
    if klass.order >= _I.SIX_UPPER.order:
        return T("非常に強い地震", "a very strong earthquake")
    if klass.order >= _I.FIVE_LOWER.order:
        return T("強い地震", "a strong earthquake")
    if klass is _I.FOUR:
        return T("やや強い地震", "a rather strong earthquake")
    return T("地震", "an earthquake") if klass is _I.THREE else None


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on a map: its strokes' colour and the edge around them, as ``#RRGGBB``."""

    sign: str
    colour: str
    edge: str


#: the epicentre as JMA draws it since 2013-03-07: a red cross edged in yellow, seen by every kind of eye
EPICENTRE = Mark("×", "#FF2800", "#FAF500")
