"""Intensity scales of earlier days."""

from __future__ import annotations

import datetime
import itertools

import pytest

from tomoshibi.vocabulary import VocabularyError
from tomoshibi.vocabulary.scales import SCALES, scale_on


@pytest.mark.parametrize(
    ("day", "count", "value", "name"),
    [
        ("1891-10-28", 4, "烈震", "烈震"),
        ("1923-09-01", 7, "6", "烈震"),
        ("1948-06-28", 7, "6", "烈震"),
        ("1964-06-16", 8, "5", "強震"),
        ("1995-01-17", 8, "7", "激震"),
        ("1996-09-30", 8, "7", "激震"),
        ("1996-10-01", 10, "6強", ""),
        ("2026-11-22", 10, "7", ""),
    ],
)
def test_the_scale_of_the_day(day: str, count: int, value: str, name: str) -> None:
    scale = scale_on(datetime.date.fromisoformat(day))
    assert len(scale.classes) == count
    assert scale.name_of(value) == name


def test_scales_follow_one_another_without_a_gap() -> None:
    assert all(before.until == after.since for before, after in itertools.pairwise(SCALES))


def test_what_never_was_is_refused() -> None:
    with pytest.raises(VocabularyError, match="1883"):
        scale_on(datetime.date(1883, 12, 31))
    with pytest.raises(VocabularyError, match="5強"):
        scale_on(datetime.date(1995, 1, 17)).name_of("5強")
