"""Eras: each boundary to the day, both ways."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomoshibi.vocabulary import VocabularyError, parse_wareki, to_wareki


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("1873-01-01", "明治6年1月1日"), ("1912-07-29", "明治45年7月29日"), ("1912-07-30", "大正元年7月30日"),
        ("1926-12-24", "大正15年12月24日"), ("1926-12-25", "昭和元年12月25日"), ("1989-01-07", "昭和64年1月7日"),
        ("1989-01-08", "平成元年1月8日"), ("2019-04-30", "平成31年4月30日"), ("2019-05-01", "令和元年5月1日"),
        ("2011-03-11", "平成23年3月11日"), ("2026-11-22", "令和8年11月22日"),
    ],
)  # fmt: skip
def test_boundaries(day: str, text: str) -> None:
    date = datetime.date.fromisoformat(day)
    assert to_wareki(date) == text
    assert parse_wareki(text) == date


def test_weekday_is_written_and_checked() -> None:
    assert to_wareki(datetime.date(2026, 11, 22), weekday=True) == "令和8年11月22日(日)"
    assert parse_wareki("令和８年１１月２２日（日）") == datetime.date(2026, 11, 22)
    with pytest.raises(VocabularyError, match="曜日"):
        parse_wareki("令和8年11月22日(月)")


def test_short_forms() -> None:
    assert parse_wareki("R8.11.22") == parse_wareki("Ｒ8/11/22") == datetime.date(2026, 11, 22)
    assert parse_wareki("H元.1.8") == datetime.date(1989, 1, 8)


def test_a_day_shared_by_two_eras_is_read_in_both() -> None:
    assert parse_wareki("明治45年7月30日") == parse_wareki("大正元年7月30日")
    assert parse_wareki("大正15年12月25日") == parse_wareki("昭和元年12月25日")


@pytest.mark.parametrize(
    "text",
    ["平成31年5月1日", "平成元年1月7日", "昭和64年1月8日", "令和元年4月30日", "明治5年12月2日", "明治45年7月31日",
     "令和8年2月29日", "慶応4年1月1日", "令和8年", "", "令和0年5月1日", "2026-11-22", "令和99年1月1日", "R65.1.1"],
)  # fmt: skip
def test_days_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(VocabularyError):
        parse_wareki(text)


def test_lunisolar_days_are_refused_not_guessed() -> None:
    with pytest.raises(VocabularyError, match="太陰太陽暦"):
        to_wareki(datetime.date(1872, 12, 31))


@given(st.dates(datetime.date(1873, 1, 1), datetime.date(2082, 12, 31)))
def test_there_and_back(day: datetime.date) -> None:
    assert parse_wareki(to_wareki(day, weekday=True)) == day
