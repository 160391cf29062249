"""Codes, titles and kinds of JMA's telegrams.

A telegram does not hold its own code: the code comes with the file's name or, failing that, from ``Control/Title``. A
title that several codes share gives the family (``VPTWii``). Source: JMA's list of disaster XML telegrams as of
2025-06-30 and the official samples.
"""

from __future__ import annotations

import re
import unicodedata

from tomoshibi.bulletins.model import Kind

_CODE = re.compile(r"(?<![A-Z0-9])(V[A-Z]{3}(?:[0-9]{2}|ii))(?![A-Z0-9])")

#: title of the kind (Control/Title, full-width signs made half-width) -> code
TITLES: dict[str, str] = {
    unicodedata.normalize("NFKC", title): code
    for title, code in {
        "緊急地震速報配信テスト": "VXSE42",
        "緊急地震速報（警報）": "VXSE43",
        "緊急地震速報（予報）": "VXSE44",
        "緊急地震速報（地震動予報）": "VXSE45",
        "震度速報": "VXSE51",
        "震源に関する情報": "VXSE52",
        "震源・震度に関する情報": "VXSE53",
        "地震の活動状況等に関する情報": "VXSE56",
        "地震回数に関する情報": "VXSE60",
        "顕著な地震の震源要素更新のお知らせ": "VXSE61",
        "長周期地震動に関する観測情報": "VXSE62",
        "津波警報・注意報・予報a": "VTSE41",
        "津波警報・注意報・予報": "VTSE41",
        "津波情報a": "VTSE51",
        "津波情報": "VTSE51",
        "沖合の津波観測に関する情報": "VTSE52",
        "南海トラフ地震臨時情報": "VYSE50",
        "南海トラフ地震関連解説情報": "VYSE51",
        "北海道・三陸沖後発地震注意情報": "VYSE60",
        "地震・津波に関するお知らせ": "VZSE40",
        "噴火警報・予報": "VFVO50",
        "火山の状況に関する解説情報": "VFVO51",
        "噴火に関する火山観測報": "VFVO52",
        "降灰予報（定時）": "VFVO53",
        "降灰予報（速報）": "VFVO54",
        "降灰予報（詳細）": "VFVO55",
        "噴火速報": "VFVO56",
        "推定噴煙流向報": "VFVO60",
        "火山現象に関する海上警報・海上予報": "VFSVii",
        "火山に関するお知らせ": "VZVO40",
        "気象警報・注意報": "VPWW50",
        "気象特別警報・警報・注意報": "VPWW53",
        "気象警報・注意報（Ｈ２７）": "VPWW54",
        "気象警報・注意報（Ｒ０６）（大雨）": "VPWW55",
        "気象警報・注意報（Ｒ０６）（土砂）": "VPWW56",
        "気象警報・注意報（Ｒ０６）（土砂災害）": "VPWW56",
        "気象警報・注意報（Ｒ０６）（高潮）": "VPWW57",
        "気象警報・注意報（Ｒ０６）（暴風）": "VPWW58",
        "気象警報・注意報（Ｒ０６）（波浪）": "VPWW59",
        "気象警報・注意報（Ｒ０６）（大雪）": "VPWW60",
        "気象警報・注意報（Ｒ０６）（その他注意報）": "VPWW61",
        "気象警報・注意報時系列情報（Ｒ０６）": "VPWP50",
        "気象特別警報報知": "VPNO50",
        "警報級の可能性（明日まで）": "VPFD60",
        "早期注意情報（明後日まで）": "VPFD61",
        "警報級の可能性（明後日以降）": "VPFW60",
        "府県気象防災速報": "VPBS50",
        "全般気象情報": "VPZJ50",
        "全般気象解説情報": "VPZJ51",
        "地方気象情報": "VPCJ50",
        "地方気象解説情報": "VPCJ51",
        "府県気象情報": "VPFJ50",
        "府県気象解説情報": "VPFJ51",
        "熱中症警戒アラート": "VPFT50",
        "記録的短時間大雨情報": "VPOA50",
        "大雨危険度通知": "VPRN50",
        "竜巻注意情報": "VPHW50",
        "竜巻注意情報（目撃情報付き）": "VPHW51",
        "土砂災害警戒情報": "VXWW50",
        "指定河川洪水予報": "VXKOii",
        "水位周知河川に関する情報": "VXSUii",
        "全般台風情報": "VPTI50",
        "全般台風情報（定型）": "VPTI51",
        "全般台風情報（詳細）": "VPTI52",
        "台風解析・予報情報（３日予報）": "VPTWii",
        "台風解析・予報情報（５日予報）": "VPTWii",
        "台風解析・予報情報（５日予報）（Ｈ３０）": "VPTWii",
        "台風の暴風域に入る確率": "VPTA50",
        "全般海上警報（定時）": "VPZU50",
        "全般海上警報（臨時）": "VPZU51",
        "全般海上警報（定時）（Ｈ２９）": "VPZU52",
        "全般海上警報（臨時）（Ｈ２９）": "VPZU53",
        "地方海上警報": "VPCU50",
        "地方海上警報（Ｈ２８）": "VPCU51",
        "地方海上予報": "VPCY50",
        "地方海上予報（Ｈ２８）": "VPCY51",
        "全般潮位情報": "VMCJ50",
        "地方潮位情報": "VMCJ51",
        "府県潮位情報": "VMCJ52",
        "全般気象解説情報（潮位）": "VMCJ53",
        "地方気象解説情報（潮位）": "VMCJ54",
        "府県気象解説情報（潮位）": "VMCJ55",
        "府県天気予報": "VPFD50",
        "府県天気予報（Ｒ１）": "VPFD51",
        "府県天気概況": "VPFG50",
        "府県週間天気予報": "VPFW50",
        "全般１か月予報": "VPZK50",
        "全般３か月予報": "VPZK50",
        "全般暖・寒候期予報": "VPZK50",
        "全般季節予報（２週間気温予報）": "VPZK70",
        "地方１か月予報": "VPCK50",
        "地方３か月予報": "VPCK50",
        "地方暖・寒候期予報": "VPCK50",
        "地方季節予報（２週間気温予報）": "VPCK70",
        "早期天候情報": "VPAW51",
        "全般天候情報": "VPZI50",
        "地方天候情報": "VPCI50",
        "季節観測": "VGSK50",
        "生物季節観測": "VGSK55",
        "特殊気象報": "VGSK60",
        "紫外線観測データ": "VGUV50",
        "地上実況図": "VZSA50",
        "アジア太平洋地上実況図": "VZSA60",
        "地上２４時間予想図": "VZSF50",
        "地上４８時間予想図": "VZSF51",
        "アジア太平洋海上悪天２４時間予想図": "VZSF60",
        "アジア太平洋海上悪天４８時間予想図": "VZSF61",
    }.items()
}

# The longest beginning of a code that stands here decides.
_KINDS: dict[str, Kind] = {
    "VXSE": Kind.EARTHQUAKE,
    "VXSE42": Kind.EEW,
    "VXSE43": Kind.EEW,
    "VXSE44": Kind.EEW,
    "VXSE45": Kind.EEW,
    "VYSE": Kind.EARTHQUAKE,
    "VZSE": Kind.EARTHQUAKE,
    "VTSE": Kind.TSUNAMI,
    "VFVO": Kind.VOLCANO,
    "VFSV": Kind.VOLCANO,
    "VZVO": Kind.VOLCANO,
    "VPWW": Kind.WEATHER,
    "VPWP": Kind.WEATHER,
    "VPNO": Kind.WEATHER,
    "VPBS": Kind.WEATHER,
    "VPZJ": Kind.WEATHER,
    "VPCJ": Kind.WEATHER,
    "VPFJ": Kind.WEATHER,
    "VPFD6": Kind.WEATHER,
    "VPFW6": Kind.WEATHER,
    "VPFT": Kind.HEAT,
    "VPOA": Kind.HEAVY_RAIN,
    "VPRN": Kind.HEAVY_RAIN,
    "VPHW": Kind.TORNADO,
    "VXWW": Kind.LANDSLIDE,
    "VXKO": Kind.FLOOD,
    "VXSU": Kind.FLOOD,
    "VPT": Kind.TYPHOON,
    "VPZU": Kind.MARINE,
    "VPCU": Kind.MARINE,
    "VPCY": Kind.MARINE,
    "VMCJ": Kind.TIDE,
    "VPFD": Kind.FORECAST,
    "VPFG": Kind.FORECAST,
    "VPFW": Kind.FORECAST,
    "VPZK": Kind.FORECAST,
    "VPCK": Kind.FORECAST,
    "VPAW": Kind.FORECAST,
    "VPZI": Kind.FORECAST,
    "VPCI": Kind.FORECAST,
    "VGSK": Kind.OBSERVATION,
    "VGUV": Kind.OBSERVATION,
    "VZSA": Kind.CHART,
    "VZSF": Kind.CHART,
}


def code_of(title: str, source: str) -> str:
    """Telegram's code from its title and the name it came under; empty where neither tells.

    The title decides on the family: a file's name can be wrong, but it knows more (``VPTW60``, ``VXKO50``).
    """
    by_title = TITLES.get(unicodedata.normalize("NFKC", title), "")
    match = _CODE.search(source.replace("_", " ").rsplit("/", 1)[-1])
    by_name = match[1] if match else ""
    if not by_title or (by_name and by_name[:4] == by_title[:4]):
        return by_name or by_title
    return by_title


def kind_of(code: str) -> Kind:
    """Kind of a telegram's code; OTHER for one that is unknown."""
    for length in (6, 5, 4, 3):
        if found := _KINDS.get(code[:length]):
            return found
    return Kind.OTHER
