"""Municipality codes against the whole country's table and against known codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tomoshibi.vocabulary import MunicipalityCode, VocabularyError
from tomoshibi.vocabulary.municipality import PREFECTURES, check_digit

TABLE = Path(__file__).parents[2] / "../shared/data/codes/jma_code_dictionary/csv/AreaInformationCity.csv"


@pytest.mark.parametrize("six", ["011002", "131016", "221007", "072044", "372064", "473821", "130001", "015814"])
def test_published_codes_have_their_check_digit(six: str) -> None:
    assert check_digit(six[:5]) == six[5]
    assert MunicipalityCode.parse(six).six == six


def test_jma_code_of_a_part_and_its_whole() -> None:
    part = MunicipalityCode.parse("1410011")
    assert (part.five, part.part, part.prefecture, part.jma) == ("14100", "11", "14", "1410011")
    assert part.whole == MunicipalityCode.parse("14100") == MunicipalityCode.parse("１４１００３")


@pytest.mark.parametrize(
    ("text", "says"),
    [("2230", "5桁"), ("99100", "都道府県"), ("130002", "検査数字"), ("abcde", "5桁"), ("12345678", "5桁")],
)
def test_wrong_codes_say_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(VocabularyError, match=says):
        MunicipalityCode.parse(text)


@pytest.mark.parametrize("place", range(5))
def test_one_digit_miscopied_is_noticed(place: int) -> None:
    code = "22302"
    for digit in set("0123456789") - {code[place]}:
        changed = code[:place] + digit + code[place + 1 :]
        assert check_digit(changed) != check_digit(code)


def test_the_whole_countrys_table_reads() -> None:
    if not TABLE.exists():
        pytest.skip("the JMA code tables are not beside this project")
    with TABLE.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row and row[0]]
    codes = [MunicipalityCode.parse(row[0]) for row in rows]
    assert len(codes) > 1900
    # the full name of a place begins with its prefecture's; parts named by JMA's own rule do not
    rows, codes = zip(*((r, c) for r, c in zip(rows, codes, strict=True) if "気象庁" not in r[1]), strict=True)
    wrong = [r[1] for r, c in zip(rows, codes, strict=True) if r[1] and not r[1].startswith(PREFECTURES[c.prefecture])]
    assert wrong == []
