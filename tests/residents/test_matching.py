"""Names and addresses in the many ways in which people write them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.residents.matching import VARIANTS, birth_form, day, linked, name_form, place_form, sounding, words_of


@pytest.mark.parametrize(
    "written",
    ["髙橋　花子", "高橋花子", "高橋 花子", "髙橋\u3000花子"],
)
def test_a_name_is_one_however_spaced_and_in_whatever_variant(written: str) -> None:
    assert name_form(written) == "高橋花子"


@pytest.mark.parametrize(
    "written", ["なかじま しょうた", "ナカジマショウタ", "ﾅｶｼﾞﾏ ｼｮｳﾀ", "ﾅｶｼﾞﾏ　ｼﾖｳﾀ", "なかぢましようた"]
)
def test_kana_in_either_script_and_any_width(written: str) -> None:
    assert name_form(written) == "ナカジマシヨウタ"


@pytest.mark.parametrize("selector", ["\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef"])
def test_a_variation_selector_is_not_looked_at(selector: str) -> None:
    assert name_form(f"辻{selector}") == "辻"
    assert place_form(f"葛{selector}飾1") == place_form("葛飾1")


def test_compatibility_ideographs_are_their_base_characters() -> None:
    assert name_form("\ufa10田") == "塚田"


def test_a_variant_stands_in_one_group_only() -> None:
    everything = "".join(VARIANTS)
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize(
    "written",
    [
        "本町二丁目3番4号",
        "本町2丁目3番4号",
        "本町２－３－４",
        "本町2-3-4",
        "本町 二丁目 三番四号",
        "大字本町2の3の4",
        "本町2丁目3番地4",
    ],
)
def test_an_address_is_one_however_its_numbers_are_written(written: str) -> None:
    assert place_form(written) == "本町#2#-#3#-#4#"


@pytest.mark.parametrize(
    ("part", "whole"), [("2-3", "本町2丁目3番4号"), ("2丁目", "本町二丁目"), ("十二番地", "東潮12番地の3")]
)
def test_a_part_is_in_the_whole(part: str, whole: str) -> None:
    assert place_form(part) in place_form(whole)


@pytest.mark.parametrize(("part", "whole"), [("2-3", "本町12丁目3番"), ("2-3", "本町2丁目34番"), ("1", "本町11番地")])
def test_a_number_is_not_a_part_of_another(part: str, whole: str) -> None:
    assert place_form(part) not in place_form(whole)


@pytest.mark.parametrize(
    ("kanji", "number"), [("百二十三", 123), ("二三", 23), ("十", 10), ("千二", 1002), ("二十", 20)]
)
def test_kanji_numbers(kanji: str, number: int) -> None:
    assert place_form(f"湯沢{kanji}番地") == f"湯沢#{number}#"


@pytest.mark.parametrize(
    "written",
    [
        "1980-05-05",
        "1980/5/5",
        "19800505",
        "昭和55年5月5日",
        "S55.5.5",
        "Ｓ５５．５．５",
        "昭和55年5月5日生",
        "s55.5.5",
        "S.55.5.5",
        "昭55.5.5",
        "昭５５・５・５".replace("・", "．"),
        "S550505",
        "昭550505",
        "昭和55年5月5日生まれ",
    ],
)
def test_days_of_birth(written: str) -> None:
    assert day(written) == dt.date(1980, 5, 5)


@pytest.mark.parametrize("written", ["2-3-4", "佐藤", "1980-13-01", "平成99年1月1日", "5月5日"])
def test_what_is_no_day(written: str) -> None:
    assert day(written) is None


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("S55.5.5", "|1980-05-05|"),
        ("昭和55年", "|1980-"),
        ("昭55年生", "|1980-"),
        ("１９８０年", "|1980-"),
        ("S55年5月", "|1980-05-"),
        ("令和元年5月", "|2019-05-"),
        ("5月5日", "-05-05|"),
        ("5月", None),
        ("55年", None),
        ("平年", None),
        ("1980", None),
        ("5-5", None),
        ("", None),
    ],
)
def test_a_part_of_a_day_of_birth(written: str, form: str | None) -> None:
    assert birth_form(written) == form


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("高橋、花子", ["高橋", "花子"]),
        ("高橋,花子（本町）", ["高橋", "花子", "本町"]),
        ("花子 昭和 55年 5月 5日", ["花子", "昭和55年5月5日"]),
        ("昭和 30 花子", ["昭和", "30", "花子"]),
        ("〒970-8686 本町", ["本町"]),
        ("〒９７０－８６８６灯市本町2-3", ["灯市本町2-3"]),
        (" \u3000高橋\t花子\xa0", ["高橋", "花子"]),
        ("（、）", []),
    ],
)
def test_the_words_of_a_search(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("霞が関", "霞ヶ関"),
        ("かすみが関", "かすみヶ関"),
        ("霞が", "霞ヶ関"),
        ("が関", "霞ケ関"),
        ("三ヶ日", "三カ日"),
        ("四之宮", "四ノ宮"),
        ("井の頭", "井之頭"),
        ("ひばりが", "ひばりが丘"),
        ("ガーデン", "本町ガーデン"),
    ],
)
def test_a_link_between_the_parts_of_a_name_however_it_is_written(asked: str, kept: str) -> None:
    for form in (name_form, place_form):
        assert any(way in form(kept) for way in linked(form(asked)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("佐々木", "佐佐木"),
        ("代々木1", "代代木1"),
        ("グエン・ヴァン・アン", "グエン　ヴァン　アン"),
        ("ｸﾞｴﾝ･ｱﾝ", "グエンアン"),
        ("O’Brien", "O'BRIEN"),
        ("髙\u200b橋", "\ufeff高橋"),
        ("圡屋", "土屋"),
    ],
)
def test_names_of_every_kind(one: str, other: str) -> None:
    assert name_form(one) == name_form(other)
    assert place_form(one) == place_form(other)


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_forms_of_anything(text: str) -> None:
    assert not re.search(r"\s|[\ufe00-\ufe0f\U000e0100-\U000e01ef]", name_form(text))
    assert not re.search(r"\d|[\ufe00-\ufe0f\U000e0100-\U000e01ef]", re.sub(r"#\d+#", "", place_form(text)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("カ゛マ", "ガマ"),
        ("はﾟぱ", "ﾊﾟﾊﾟ"),
        ("ロ－ラ", "ローラ"),
        ("ろーら", "ﾛｰﾗ"),
        ("ロ-ラ", "ロ―ラ"),
        ("ヴァン", "う゛ぁん"),
    ],
)
def test_voice_marks_and_dashes_of_any_keyboard(one: str, other: str) -> None:
    assert name_form(one) == name_form(other)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("やまさき", "ヤマザキ"),
        ("ヤマザキ", "ヤマサキ"),
        ("なかしま", "ナカジマ"),
        ("おおの", "オーノ"),
        ("ほんま", "ボンマ"),
    ],
)
def test_what_sounds_alike(asked: str, name: str) -> None:
    heard = sounding(asked)
    assert heard is not None
    assert heard.search(name_form(name))


@pytest.mark.parametrize("written", ["髙橋", "あ", "やまsaki", "2-3", "", "山さき"])
def test_what_does_not_sound(written: str) -> None:
    assert sounding(written) is None


_KANA = st.text(st.characters(min_codepoint=0x30A1, max_codepoint=0x30F6), min_size=2, max_size=8)


@settings(max_examples=100)
@given(_KANA)
def test_kana_sound_like_themselves_in_either_script(kana: str) -> None:
    hiragana = "".join(chr(ord(c) - 0x60) if c <= "ヴ" else c for c in kana)
    assert name_form(kana) == name_form(hiragana)
    heard = sounding(hiragana)
    assert heard is not None
    assert heard.fullmatch(name_form(kana))


@settings(max_examples=100)
@given(
    st.integers(1, 9999),
    st.integers(1, 99),
    st.integers(1, 99),
    st.sampled_from(["-", "－", "ー", "の", "‐", "―", "−"]),
)
def test_an_address_of_any_numbers_is_found_however_they_are_written(a: int, b: int, c: int, dash: str) -> None:
    full = place_form(f"本町{a}丁目{b}番{c}号 灯ハイツ201号室")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for written in (
        f"{a}{dash}{b}{dash}{c}",
        f"{a}丁目{b}番{c}号".translate(wide),
        f"本町 {a}-{b}",
        f"{b}番地{c}",
        "灯ハイツ 201",
        "ハイツ201号",
    ):
        assert place_form(written) in full


@settings(max_examples=60)
@given(st.sampled_from(VARIANTS), st.data())
def test_a_variant_in_any_dress_is_the_same_word(group: str, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(group)) for _ in range(2))
    selector = data.draw(st.sampled_from(["", "\ufe00", "\U000e0100", "\U000e0101"]))
    assert name_form(f"{one}{selector}田") == name_form(f"{other}田")
