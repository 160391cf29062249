"""Names and addresses as people write them, brought to one form in which they can be compared.

A name is looked for in kanji or kana, in any width, with or without the space between its parts; 髙橋 and 高橋 are the
same word to whoever searches, and so are 辻 with and without an ideographic variation selector. An address is looked
for as 本町二丁目3番4号, 本町２－３－４ or 本町2-3-4. What is *kept* is never touched: all this is for search columns.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from tomoshibi.vocabulary import VocabularyError
from tomoshibi.vocabulary.wareki import ERAS, parse_wareki

#: variants common in names and places: the first of each group stands for all. Compatibility ideographs (U+F900 on) are
#: not here, because normalisation form KC knows them
VARIANTS = (
    "斎齋斉齊齎", "辺邊邉", "高髙", "崎﨑嵜㟢碕", "沢澤", "浜濱濵", "吉𠮷", "広廣", "国國", "島嶋嶌", "桜櫻", "真眞",
    "恵惠", "富冨", "徳德", "曽曾", "礼禮", "寿壽", "栄榮", "瀬瀨", "増增", "寛寬", "渕淵渊", "槙槇", "桧檜", "滝瀧",
    "竜龍", "円圓", "松柗枩", "橋𣘺槗", "黒黑", "柳栁桺", "桑桒", "館舘", "児兒", "関關", "条條", "来來", "亀龜",
    "与與", "豊豐", "万萬", "静靜", "彦彥", "奥奧", "横橫", "角⻆", "鉄鐵", "塩鹽", "蔵藏", "剣劍剱", "学學", "実實",
    "穂穗", "荘莊", "薗園", "藪薮", "篠筱", "遥遙", "鶴靏靍", "麹麴", "清淸", "青靑", "総總", "聡聰", "巌巖", "峰峯",
    "弥彌", "応應", "悦悅", "慎愼", "暁曉", "杉杦", "気氣", "渋澁澀", "済濟", "為爲", "畑畠", "県縣", "稲稻", "糸絲",
    "緑綠", "芦蘆", "読讀", "野埜", "銭錢", "霊靈", "顔顏", "黄黃", "葛噶", "祇衹", "郎郞", "芸藝", "将將", "尭堯",
    "遠逺", "凛凜", "鴎鷗", "蝉蟬", "頼賴", "土圡", "欅﨔", "昇曻", "宜冝", "郷鄕鄉", "会會", "篭籠", "磯礒", "涼凉",
    "皓晧", "譲讓", "穣穰", "尽盡", "仏佛", "単單", "団團", "当當", "伝傳", "岳嶽", "戸戶", "内內", "呉吳", "迫﨏",
    "髪髮", "絵繪", "亜亞", "医醫", "梼檮",
)  # fmt: skip

_BIG = dict(zip("ァィゥェォッャュョヮヵヶヂヅヰヱヲ", "アイウエオツヤユヨワカケジズイエオ", strict=True))
_HIRAGANA = {chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}
#: hiragana as katakana, small kana as large (registers of old systems have no small ones), ヂ ヅ as ジ ズ; the dots and
#: apostrophes of names from abroad, グエン・アン and O’Brien, are left out
_FOLD = str.maketrans(
    {h: _BIG.get(k, k) for h, k in _HIRAGANA.items()}
    | _BIG
    | {variant: group[0] for group in VARIANTS for variant in group[1:]}
    | dict.fromkeys("・'’`")
)
#: voice marks that stand by themselves, as old systems write them after the kana: カ゛ is ガ
_MARKS = str.maketrans({"゛": "\u3099", "゜": "\u309a"})
#: whatever dash a keyboard gave for the long vowel
_LONG = re.compile("(?<=[ァ-ヺー])[-‐-―−]")
#: variation selectors, and what is pasted along with a word though it cannot be seen
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")
_AGAIN = re.compile("(\\w)々")
_NUMERALS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "壱": 1, "弐": 2, "参": 3}
_KANJI_NUMBER = re.compile(
    r"([〇零一二三四五六七八九十百千壱弐参]+)(?=丁目|番地|番|号|[のノ之-][\d〇一二三四五六七八九十百])"
)
_AFTER_NUMBER = re.compile(r"(?<=\d)(?:丁目|番地|番|号室|号|[のノ之](?=\d))+")
_DASH = re.compile(r"(?<=\d)[\s,、]*[-‐-―−ー－ｰ]+[\s]*(?=\d|$)")
_LEADING_WORD = re.compile("大字|小字|字(?!$)")


def bare(text: str) -> str:
    """``text`` without variation selectors and other marks that nobody sees, in normalisation form KC, caseless: what
    is left is still legible. Nor does it hold NUL, at which a comparison in SQL would end.
    """
    text = text.replace("\0", "")
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text).translate(_MARKS)).casefold()


def _folded(plain: str) -> str:
    """Closed up, in one kind of kana and of variants, 々 written out."""
    return _AGAIN.sub(r"\1\1", _SPACES.sub("", plain).translate(_FOLD))


def name_form(text: str) -> str:
    """A name, in kanji or kana, as search compares it: closed up, kana as large katakana, variants as one.

    >>> name_form("髙橋　花子") == name_form("高橋花子")
    True
    >>> name_form("ﾅｶｼﾞﾏ ｼﾖｳﾀ") == name_form("なかじましょうた")
    True
    """
    return _LONG.sub("ー", _folded(bare(text)))


#: kana that differ by voicing or length of vowel alone, which people mishear: ヤマサキ and ヤマザキ, オオノ and オーノ
_HEARD = [
    *(a + b for a, b in zip("カキクケコサシスセソタチツテトウ", "ガギグゲゴザジズゼゾダジズデドヴ", strict=True)),
    *map("".join, zip("ハヒフヘホ", "バビブベボ", "パピプペポ", strict=True)),
]
_ALIKE = {kana: f"[{''.join(sorted({k for g in _HEARD if kana in g for k in g}))}]" for kana in "".join(_HEARD)}
_ALIKE |= {"ウ": "[ウヴオー]", "オ": "[オウー]", "ー": "[ーアイウエオ]"}
_KANA = re.compile("[ァ-ヺー]+")


def sounding(word: str) -> re.Pattern[str] | None:
    """What sounds like ``word`` in kana, whatever its voicing: None where it is not kana, or too short to be heard so.

    >>> bool(sounding("やまさき").search(name_form("ヤマザキ")))
    True
    """
    form = name_form(word)
    if len(form) < 2 or not _KANA.fullmatch(form):
        return None
    return re.compile("".join(_ALIKE.get(kana, kana) for kana in form))


_HAN = "[\u3400-\u9fff]"
#: 霞ヶ関 is 霞が関, ひばりが丘 ひばりヶ丘, 四之宮 四ノ宮
_LINKS = [
    (re.compile(f"(?<={_HAN})[ケガカ]|[ケガカ](?={_HAN})"), "ケガカ"),
    (re.compile(f"(?<={_HAN})[ノ之](?={_HAN})"), "ノ之"),
]


def linked(form: str) -> list[str]:
    """``form`` first, then as it is with its first link between two parts of a name, ヶ or の, written otherwise."""
    found = [form]
    for link, ways in _LINKS:
        if at := link.search(form):
            found += [form[: at.start()] + way + form[at.end() :] for way in ways if way != at[0]]
    return found


def place_form(text: str) -> str:
    """An address as search compares it: each of its numbers stands between ``#``, so that 2-3 is not found in 12-34.

    >>> place_form("本町二丁目３番４号") == place_form("本町2-3-4")
    True
    """
    plain = _LEADING_WORD.sub("", bare(text)).replace("#", "")
    if any(mark in plain for mark in "丁番号の-ノ"):
        plain = _KANJI_NUMBER.sub(lambda m: str(_number(m[1])), plain)
    plain = _AFTER_NUMBER.sub("-", plain)
    plain = _DASH.sub("-", plain)
    plain = re.sub(r"-+(?!\d)", "", re.sub(r"(?<=\d)\s+(?=\d)", "-", plain))
    return re.sub(r"\d+", lambda m: f"#{int(m[0])}#", _folded(plain))


def _number(kanji: str) -> int:
    """二十三, 二三 and 百五 as numbers."""
    if not any(c in "十百千" for c in kanji):
        return int("".join(str(_NUMERALS[c]) for c in kanji))
    total, digit = 0, 0
    for c in kanji:
        if c in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[c]
            digit = 0
        else:
            digit = _NUMERALS[c]
    return total + digit


_LETTERS = {era.name[0]: era.letter.casefold() for era in ERAS}
#: 昭, S, S. or 昭和 before a year
_ERA = re.compile("([mtshr])[.](?=[0-9])|(明治?|大正?|昭和?|平成?|令和?)(?=[0-9元])")
_PARTS = re.compile(
    "(?:(?:((?:18|19|20)[0-9]{2})|([mtshr][0-9]{1,2}|[mtshr]元))年)?(?:([0-9]{1,2})月(?:([0-9]{1,2})日)?)?"
)


def _dated(text: str) -> str:
    """A date with its era as one letter, and without the word that it is a birth date."""
    plain = re.sub("生(?:まれ)?$", "", unicodedata.normalize("NFKC", text).strip()).casefold()
    return _ERA.sub(lambda m: m[1] or _LETTERS[m[2][0]], plain, count=1)


def day(text: str) -> dt.date | None:
    """A word of a search as a day (1990-05-06, 1990/5/6, 19900506, 平成2年5月6日, H2.5.6, 平2.5.6, H020506), or None
    where it is none.
    """
    plain = re.sub(r"^([mtshr][0-9]{2})([0-9]{2})([0-9]{2})$", r"\1.\2.\3", _dated(text))
    western = re.fullmatch(
        r"((?:18|19|20)[0-9]{2})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))", plain
    )
    try:
        if western:
            return dt.date(int(western[1]), int(western[2] or western[4]), int(western[3] or western[5]))
        return parse_wareki(plain.upper())
    except (ValueError, VocabularyError):
        return None


def birth_form(text: str) -> str | None:
    """A day of birth as it stands among the search words, or the part of it that ``text`` says: 昭和30年, 1955年3月,
    3月3日. None where it is none.
    """
    if born := day(text):
        return f"|{born.isoformat()}|"
    said = _PARTS.fullmatch(_dated(text))
    if said is None or not (said[1] or said[2] or said[4]):
        return None
    year = said[1]
    if said[2]:
        era = next(era for era in ERAS if era.letter.casefold() == said[2][0])
        year = str(era.start.year - 1 + (1 if said[2][1:] == "元" else int(said[2][1:])))
    month_day = "".join(f"-{int(part):02}" for part in (said[3], said[4]) if part)
    return f"|{year}{month_day}-" if year else f"{month_day}|"


#: a date that was written with spaces between its parts stays one word
_BROKEN = re.compile(r"(?<=[年月])\s+(?=\d{1,2}\s*[月日])|(?<=明治|大正|昭和|平成|令和)\s+(?=(?:\d{1,2}|元)\s*年)")
_POSTAL = re.compile(r"〒\s*\d{3}[-‐-―−ー－]?\d{4}")
_BETWEEN = re.compile(r"[\s、，,()（）「」『』【】]+")


def words_of(text: str) -> list[str]:
    """The words of a search: what stands between spaces, commas or brackets, without a postal code."""
    return [word for word in _BETWEEN.split(_BROKEN.sub("", _POSTAL.sub(" ", text))) if word]
