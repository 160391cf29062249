"""Terms of each era and levels of warnings."""

from __future__ import annotations

import datetime

import pytest

from tomoshibi.vocabulary import Grade, speak
from tomoshibi.vocabulary.levels import (
    WARNING_TERMS,
    WarningTerm,
    evacuation_terms,
    warning_grade,
    warning_level,
    warning_terms,
)


@pytest.mark.parametrize(
    ("day", "terms"),
    [
        ("2011-03-11", [(3, "避難準備情報"), (4, "避難勧告"), (4, "避難指示")]),
        ("2016-12-26", [(3, "避難準備・高齢者等避難開始"), (4, "避難勧告"), (4, "避難指示(緊急)")]),
        (
            "2019-10-12",
            [(3, "避難準備・高齢者等避難開始"), (4, "避難勧告"), (4, "避難指示(緊急)"), (5, "災害発生情報")],
        ),
        (
            "2021-05-19",
            [(3, "避難準備・高齢者等避難開始"), (4, "避難勧告"), (4, "避難指示(緊急)"), (5, "災害発生情報")],
        ),
        ("2021-05-20", [(3, "高齢者等避難"), (4, "避難指示"), (5, "緊急安全確保")]),
        ("2026-11-22", [(3, "高齢者等避難"), (4, "避難指示"), (5, "緊急安全確保")]),
    ],
)
def test_terms_of_the_day(day: str, terms: list[tuple[int, str]]) -> None:
    found = evacuation_terms(datetime.date.fromisoformat(day))
    assert [(term.level, str(term.name)) for term in found] == terms
    assert evacuation_terms(datetime.date.fromisoformat(day), 4) == tuple(t for t in found if t.level == 4)


@pytest.mark.parametrize(
    ("name", "level", "grade"),
    [
        ("レベル４大雨危険警報", 4, Grade.DANGER), ("レベル５氾濫特別警報", 5, Grade.SPECIAL),
        ("レベル３土砂災害警報", 3, Grade.WARNING),
        ("レベル２大雨注意報", 2, Grade.ADVISORY), ("高潮警報", 4, Grade.WARNING), ("大雨特別警報", 5, Grade.SPECIAL),
        ("暴風特別警報", None, Grade.SPECIAL), ("暴風警報", None, Grade.WARNING), ("土砂災害警戒情報", 4, Grade.DANGER),
        ("氾濫警戒情報", 3, Grade.WARNING), ("氾濫危険情報", 4, Grade.DANGER), ("大津波警報", None, Grade.SPECIAL),
        ("竜巻注意情報", None, Grade.ADVISORY), ("解除", None, Grade.NONE), ("津波警報解除", None, Grade.NONE),
        ("氾濫注意情報（警戒情報解除）", 2, Grade.ADVISORY), ("氾濫注意情報解除", None, Grade.NONE),
        ("なし", None, Grade.NONE),
    ],
)  # fmt: skip
def test_levels_and_grades_of_warnings(name: str, level: int | None, grade: Grade) -> None:
    assert warning_level(name) == level
    assert warning_grade(name) is grade


def test_warnings_with_a_level_by_era() -> None:
    def names(day: str, level: int) -> set[str]:
        return {term.name for term in warning_terms(datetime.date.fromisoformat(day), level)}

    assert names("2011-03-11", 4) == set()
    assert names("2020-07-04", 4) == {"氾濫危険情報", "土砂災害警戒情報", "高潮特別警報", "高潮警報"}
    assert names("2026-05-28", 3) >= {"洪水警報", "大雨警報(土砂災害)"}
    assert names("2026-05-29", 4) == {
        "レベル４大雨危険警報", "レベル４氾濫危険警報", "レベル４土砂災害危険警報", "レベル４高潮危険警報",
    }  # fmt: skip
    assert [term.level for term in warning_terms(datetime.date(2026, 11, 22))] == [5] * 4 + [4] * 4 + [3] * 4 + [
        2
    ] * 4 + [1]


@pytest.mark.parametrize("term", WARNING_TERMS, ids=lambda term: f"{term.name} {term.since.year}")
def test_names_give_the_level_of_their_term(term: WarningTerm) -> None:
    if "切り替える" not in term.name:  # the advisory's text, not its name, says that a warning is likely
        assert warning_level(term.name) == term.level


def test_words_in_both_languages() -> None:
    with speak("en"):
        assert str(evacuation_terms(datetime.date(2026, 1, 1), 4)[0].name) == "Evacuation order"
