"""The public page's own words: Japanese, English, and plain Japanese やさしい日本語 with readings."""

from __future__ import annotations

from typing import NamedTuple

from tomoshibi.shelters.words import Fullness


class Said(NamedTuple):
    """One text in the page's three ways of saying it."""

    ja: str
    en: str
    easy: str


VARIANTS = ("ja", "en", "easy")
#: how each is called in itself
NAMES = {"ja": "日本語", "en": "English", "easy": "やさしい日本語"}

WORDS = {
    "title": Said("避難情報・避難所", "Evacuation information and shelters", "逃（に）げるときの お知（し）らせ"),
    "now": Said("いま出ている避難情報", "Evacuation information in force", "いま 出（で）ている お知（し）らせ"),
    "none": Said(
        "いま、有効な避難情報はありません。",
        "No evacuation information is in force now.",
        "いま 「逃（に）げて ください」という お知（し）らせは ありません。",
    ),
    "areas": Said("対象の区域", "Areas", "ところ"),
    "since": Said("発令", "Since", "出（で）た とき"),
    "shelters": Said(
        "開いている避難所", "Open shelters", "開（ひら）いている 避難所（ひなんじょ）＝逃（に）げる ところ"
    ),
    "no_shelters": Said(
        "開いている避難所はありません。",
        "No shelter is open.",
        "開（ひら）いている 避難所（ひなんじょ）は ありません。",
    ),
    "place": Said("場所", "Place", "ところ"),
    "room": Said("混み具合", "Room", "人（ひと）の 多（おお）さ"),
    "unknown": Said("未確認", "not known", "わかりません"),
    "notices": Said("市からのお知らせ", "Notices", "市（し）からの お知（し）らせ"),
    "warnings": Said(
        "いま出ている警報・注意報",
        "Warnings and advisories in force",
        "いま 出（で）ている 警報（けいほう）・注意報（ちゅういほう）",
    ),
    "bulletins": Said("気象庁などの発表", "Official bulletins", "気象庁（きしょうちょう）などの 発表（はっぴょう）"),
    "contacts": Said("電話", "Telephone", "電話（でんわ）"),
    "emergency": Said(
        "救急・火事 119　警察 110",
        "Ambulance and fire 119, police 110",
        "けが・病気（びょうき）・火事（かじ） 119　警察（けいさつ） 110",
    ),
    "updated": Said("最後に変わった時刻", "Last change", "最後（さいご）に かわった とき"),
    "read": Said("このページを見た時刻", "Read at", "この ページを 見（み）た とき"),
    "again": Said("新しくする", "Reload", "新（あたら）しく する"),
    "follow": Said("このページのほかの形", "Other forms of this page", "ほかの 読（よ）みかた"),
    "plain": Said("文字だけ", "Plain text", "文字（もじ）だけ"),
    "training": Said(
        "これは訓練です。本当の避難情報ではありません。",
        "This is an exercise. It is not real.",
        "これは 訓練（くんれん）＝練習（れんしゅう）です。本当（ほんとう）では ありません。",
    ),
    "language": Said("ことば", "Language", "ことば"),
    "skip": Said("本文へ", "Skip to content", "本文（ほんぶん）へ"),
}
_FULLNESS = {
    Fullness.ROOM: Said("空きあり", "Room left", "入（はい）れます"),
    Fullness.CROWDED: Said("混雑", "Crowded", "人（ひと）が 多（おお）いです"),
    Fullness.FULL: Said("満員", "Full", "いっぱいです。入（はい）れません"),
}


def words(variant: str) -> dict[str, str]:
    """Every text of the page in one variant."""
    return {key: getattr(said, variant) for key, said in WORDS.items()}


def fullness(value: str, variant: str) -> str:
    """How full a shelter is, in words; unknown is not empty."""
    said = _FULLNESS.get(Fullness(value)) if value in set(Fullness) else WORDS["unknown"]
    return str(getattr(said or WORDS["unknown"], variant))
