"""Amounts of support: the published figures, by class, by how one rebuilds, and for a household of one."""

from __future__ import annotations

from datetime import date

import pytest

from tomoshibi.vocabulary.damage import DamageClass as D
from tomoshibi.vocabulary.support import SCHEMES, Rebuilding, scheme, schemes_on

NOW, BEFORE = date(2024, 1, 1), date(2019, 10, 12)


@pytest.mark.parametrize(
    ("key", "day", "found", "people", "how", "yen"),
    [
        ("livelihood-base", NOW, D.DESTROYED, 3, None, 1_000_000),
        ("livelihood-base", NOW, D.DESTROYED, 1, None, 750_000),
        ("livelihood-base", NOW, D.LARGE_HALF, 2, None, 500_000),
        ("livelihood-base", NOW, D.MEDIUM_HALF, 2, None, 0),
        ("livelihood-base", NOW, D.HALF, 2, None, 0),
        ("livelihood-added", NOW, D.DESTROYED, 2, Rebuilding.BUILD, 2_000_000),
        ("livelihood-added", NOW, D.LARGE_HALF, 1, Rebuilding.REPAIR, 750_000),
        ("livelihood-added", NOW, D.MEDIUM_HALF, 4, Rebuilding.BUILD, 1_000_000),
        ("livelihood-added", NOW, D.MEDIUM_HALF, 1, Rebuilding.RENT, 187_500),
        ("livelihood-added", BEFORE, D.MEDIUM_HALF, 4, Rebuilding.BUILD, 0),
        ("livelihood-added", NOW, D.DESTROYED, 2, None, None),
        ("tax-relief", NOW, D.DESTROYED, 2, None, None),
    ],
)
def test_amounts(key: str, day: date, found: D, people: int, how: Rebuilding | None, yen: int | None) -> None:
    held = scheme(key, day)
    assert held is not None and held.amount(found, people, how) == yen


def test_every_scheme_says_where_it_comes_from_and_one_holds_at_a_time() -> None:
    for day in (NOW, BEFORE, date(2011, 3, 11)):
        keys = [s.key for s in schemes_on(day)]
        assert len(keys) == len(set(keys)) and len(keys) >= 9
    for one in SCHEMES:
        assert one.source.ja and one.name.en and (one.sure or one.note)
        assert one.has_figures or not one.sure, "what has no figures is not confirmed"
    assert [y for _, y in scheme("condolence", NOW).by_case] == [5_000_000, 2_500_000]  # type: ignore[union-attr]
    assert [y for _, y in scheme("disability", NOW).by_case] == [2_500_000, 1_250_000]  # type: ignore[union-attr]


def test_what_had_to_be_pulled_down_counts_as_destroyed() -> None:
    base, added = scheme("livelihood-base", NOW), scheme("livelihood-added", NOW)
    assert base is not None and added is not None
    assert base.open_to(D.HALF) and not base.open_to(D.QUASI_HALF) and not base.open_to(None)
    assert [base.amount(D.HALF, 2, case=case) for case in (None, 0, 1, 7)] == [0, 1_000_000, 1_000_000, 0]
    assert base.amount(D.HALF, 1, case=0) == 750_000
    assert added.amount(D.HALF, 3, Rebuilding.BUILD, 0) == 2_000_000 and added.amount(D.HALF, 3, None, 0) is None
