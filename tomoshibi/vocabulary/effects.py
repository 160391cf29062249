"""What is seen and felt at each class of the intensity scale, for pages, drills and training.

Written for this program after the fields of JMA's explanatory table (気象庁震度階級関連解説表, 2009-03-31). A class
tells the shaking of the ground at the instrument; what happens in a building depends on its strength, height and
ground. The table explains a measured class; it is never used to decide one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from tomoshibi.vocabulary.intensity import IntensityClass
from tomoshibi.vocabulary.text import T

_NOTHING = T("変化はない", "nothing to notice")


@dataclass(frozen=True, slots=True)
class Effects:
    """Seven views of one class. ``wooden`` and ``concrete`` speak of weak buildings first, then of strong ones."""

    people: T
    indoors: T = _NOTHING
    outdoors: T = _NOTHING
    wooden: T = _NOTHING
    concrete: T = _NOTHING
    utilities: T = _NOTHING
    ground: T = _NOTHING

    def items(self) -> list[tuple[T, T]]:
        """(title, description) of each view, in the order of a table."""
        return [(TITLES[field.name], getattr(self, field.name)) for field in fields(self)]


TITLES: dict[str, T] = {
    "people": T("人", "People"),
    "indoors": T("屋内", "Indoors"),
    "outdoors": T("屋外", "Outdoors"),
    "wooden": T("木造の建物", "Wooden buildings"),
    "concrete": T("鉄筋コンクリートの建物", "Concrete buildings"),
    "utilities": T("電気・ガス・水道・交通", "Utilities and transport"),
    "ground": T("地盤・斜面", "Ground and slopes"),
}

EFFECTS: dict[IntensityClass, Effects] = {
    IntensityClass.ZERO: Effects(
        T("誰も気づかず、計器だけが記録する", "no one notices; only instruments record it"),
    ),
    IntensityClass.ONE: Effects(
        T("屋内で静かにしている人の一部が、わずかな揺れに気づく", "some people at rest indoors notice a slight motion"),
    ),
    IntensityClass.TWO: Effects(
        T("屋内の多くの人が気づき、眠りの浅い人が目を覚ます", "many people indoors notice; light sleepers wake"),
        T("つり下げた照明が小さく振れる", "hanging lamps swing a little"),
    ),
    IntensityClass.THREE: Effects(
        T("屋内のほとんどの人が感じ、歩いていて気づく人もいる", "nearly all indoors feel it, some while walking"),
        T("棚の食器が鳴る", "dishes rattle on shelves"),
        T("風がなくても電線が揺れて見える", "power lines sway without wind"),
    ),
    IntensityClass.FOUR: Effects(
        T("ほとんどの人が驚き、眠っていた人も大半が目を覚ます", "most people are startled, and most sleepers wake"),
        T("つり下げた物が大きく振れ、倒れやすい置物が倒れる", "hanging things swing widely; unsteady ornaments fall"),
        T("電線が大きく揺れ、運転中に気づく人がいる", "power lines swing widely; some drivers notice"),
        T("古い家の戸や窓が鳴る。被害はほとんどない", "doors and windows of old houses rattle; hardly any damage"),
        T("被害はない", "no damage"),
        T("一部のエレベーターや列車が安全のため止まる", "some lifts and trains stop for safety"),
    ),
    IntensityClass.FIVE_LOWER: Effects(
        T("多くの人が怖さを感じ、つかまる物を探す", "many are frightened and look for something to hold"),
        T(
            "食器や本が棚から落ち、固定しない家具がずれる",
            "dishes and books fall; furniture that is not fixed may shift",
        ),
        T(
            "窓ガラスが割れて落ちることがあり、電柱の揺れが分かる",
            "a window may break and fall; poles are seen to sway",
        ),
        T("弱い建物で壁に軽いひびが入ることがある", "weak ones may show slight cracks in walls"),
        T("目立つ被害はほとんどない", "hardly any visible damage"),
        T(
            "ガスの自動遮断が働き始め、エレベーターが止まり、断水や停電が出ることがある",
            "gas meters begin to shut off, lifts stop, and water or power may fail in places",
        ),
        T(
            "軟らかい地盤で亀裂や液状化、山地で落石が起こり得る",
            "cracks or liquefaction on soft ground and falling rocks on hills are possible",
        ),
    ),
    IntensityClass.FIVE_UPPER: Effects(
        T(
            "つかまらないと歩きにくく、動けなくなる人が多い",
            "walking is hard without a hold, and many stop what they do",
        ),
        T(
            "食器や本の多くが落ち、固定しない家具が倒れることがある",
            "most dishes and books fall; furniture that is not fixed may topple",
        ),
        T(
            "補強のないブロック塀が崩れ、自動販売機が倒れることがある",
            "walls of plain blocks may collapse and vending machines fall",
        ),
        T("弱い建物で壁にひびや亀裂が入る", "weak ones crack in their walls"),
        T("弱い建物で壁・梁・柱にひびが入ることがある", "weak ones may crack in walls, beams and columns"),
        T(
            "ガス・水道・電気が止まる地域が出て、鉄道や高速道路は点検のため止まる",
            "gas, water or power fail in some areas; railways and motorways stop for inspection",
        ),
        T(
            "亀裂、液状化、落石、小さな崖崩れが起こり得る",
            "cracks, liquefaction, rockfall and small slides are possible",
        ),
    ),
    IntensityClass.SIX_LOWER: Effects(
        T("立っているのが難しい", "it is hard to stay on one's feet"),
        T(
            "固定しない家具の大半が動くか倒れ、開かなくなる戸がある",
            "most furniture that is not fixed moves or falls; some doors jam",
        ),
        T("壁のタイルや窓ガラスが割れて落ちる", "wall tiles and window panes break and fall"),
        T(
            "弱い建物は瓦が落ち、傾き、倒れるものもある。強い建物でも壁に軽いひびが入ることがある",
            "weak ones lose tiles, lean, and some collapse; strong ones may crack slightly",
        ),
        T(
            "弱い建物で壁・梁・柱の亀裂が増える。強い建物でもひびが入ることがある",
            "cracks multiply in weak ones; strong ones may crack too",
        ),
        T(
            "広い範囲でガス・水道・電気が止まり、閉じ込めの起こるエレベーターがある",
            "gas, water and power fail over wide areas; people may be shut in lifts",
        ),
        T("地割れ、崖崩れ、地すべりが起こり得る", "fissures and landslides are possible"),
    ),
    IntensityClass.SIX_UPPER: Effects(
        T(
            "立っていられず、はわないと動けない。揺れに飛ばされることもある",
            "people cannot stand, move only by crawling, and may be thrown",
        ),
        T(
            "固定しない家具のほとんどが動き、倒れるものが多い",
            "nearly all furniture that is not fixed moves, and much of it falls",
        ),
        T(
            "タイルや窓ガラスの落ちる建物が多く、補強のない塀のほとんどが崩れる",
            "tiles and panes fall from many buildings; most plain walls collapse",
        ),
        T(
            "弱い建物は傾くものや倒れるものが多い。強い建物でもひびや亀裂が入ることがある",
            "many weak ones lean or collapse; strong ones may crack",
        ),
        T(
            "弱い建物は柱がつぶれ倒れるものがある。強い建物でも亀裂が増える",
            "some weak ones fail at their columns and collapse; strong ones crack more",
        ),
        T("ガス・水道・電気が広く長く止まる", "gas, water and power are out widely and for long"),
        T(
            "大きな地割れが生じ、大規模な地すべりや山の崩壊が起こり得る",
            "wide fissures open; large slides and collapses of hills are possible",
        ),
    ),
    IntensityClass.SEVEN: Effects(
        T("揺れに翻弄され、自分の意思では動けない", "people are thrown about and cannot move as they will"),
        T(
            "固定しない家具がほぼ倒れるか飛び、重い家電が跳ねることもある",
            "nearly all loose furniture falls or flies, and heavy appliances may jump",
        ),
        T(
            "ほとんどの建物でタイルや窓ガラスが落ち、補強した塀も壊れることがある",
            "tiles and panes fall from most buildings; even strengthened walls may break",
        ),
        T(
            "弱い建物は倒れるものがさらに増える。強い建物でもまれに傾く",
            "still more weak ones collapse; even strong ones lean now and then",
        ),
        T(
            "弱い建物は倒れるものが増える。強い建物でも変形や傾きが出ることがある",
            "more weak ones collapse; strong ones may deform or lean",
        ),
        T(
            "電気・ガス・水道・通信・交通がほぼ止まり、地域が孤立することがある",
            "power, gas, water, communications and transport all but stop; areas may be cut off",
        ),
        T(
            "地割れ、地すべり、山の崩壊で地形が変わることがある",
            "fissures, slides and collapses may change the land itself",
        ),
    ),
}

#: of each long-period class 長周期地震動階級: what its shaking is called, and what it is like on the upper floors of a
#: tall building. After the fields of JMA's table of 2013.
LONG_PERIOD: dict[int, tuple[T, T]] = {
    1: (
        T("やや大きな揺れ", "rather strong"),
        T(
            "中にいる人のほとんどが揺れを感じ、つるした物が大きく振れる",
            "nearly everybody inside feels it; hanging things swing widely",
        ),
    ),
    2: (
        T("大きな揺れ", "strong"),
        T(
            "つかまらないと歩きにくい。車輪のついた家具がわずかに動き、棚の食器や本が落ちることがある",
            "walking is hard without holding on; furniture on castors shifts, dishes and books may fall from shelves",
        ),
    ),
    3: (
        T("非常に大きな揺れ", "very strong"),
        T(
            "立っていられない。車輪のついた家具が大きく動き、固定しない家具が倒れることがある",
            "nobody can stand; furniture on castors rolls about, and what is not fixed may fall over",
        ),
    ),
    4: (
        T("極めて大きな揺れ", "extremely strong"),
        T(
            "はわないと動けず、揺れに振り回される。固定しない家具のほとんどが動き、倒れる物がある",
            "people can only crawl, and are thrown about; most furniture that is not fixed moves, some falls over",
        ),
    ),
}
