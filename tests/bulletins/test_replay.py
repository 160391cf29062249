"""A week made from samples: no two at one moment, and what each must be is what the ledger finds."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tomoshibi.bulletins import Bulletin, read
from tomoshibi.bulletins.inforce import Arrival, Ledger, newness, rank
from tomoshibi.bulletins.replay import FULLEST_HOUR, WEEK, Week
from tomoshibi.vocabulary.clock import JAPAN

START = datetime(2026, 11, 15, tzinfo=JAPAN)


def test_a_short_week_is_told_apart(samples: dict[str, bytes]) -> None:
    small = {name: data for name, data in samples.items() if len(data) < 12_000}
    week = Week(small, START, 500, timedelta(hours=5))
    ledger, found = Ledger(), Counter[Arrival]()
    for sent in week:
        (bulletin,) = read(sent.data, sent.name)
        assert START <= bulletin.reported < START + timedelta(hours=5)
        was = ledger.add(bulletin)
        found[was] += 1
        assert (was is Arrival.DUPLICATE, was is Arrival.LATE) == (sent.twice, sent.late), sent.name
    assert sum(found.values()) == len(week) == 500
    assert found[Arrival.DUPLICATE] == week.twice == 25
    assert found[Arrival.LATE] == week.late == 10


def test_a_full_week_has_its_number_and_its_fullest_hour(samples: dict[str, bytes]) -> None:
    few = dict(list(samples.items())[:40])
    week = Week(few, START)
    assert len(week) == WEEK
    times = sorted(plan.at for plan in week._plans)
    assert len(set(times)) == len(times)
    hours = Counter(number for at in times for number in [at // timedelta(minutes=30)])
    assert max(hours.values()) >= FULLEST_HOUR // 3
    assert Week(few, START)._order == week._order


def test_nothing_to_make_a_week_of() -> None:
    with pytest.raises(ValueError, match="no sample"):
        Week({}, START)


def test_rank_sorts_as_newness_does(bulletins: dict[str, Bulletin]) -> None:
    """In whatever zone a sender writes its times."""
    some = list(bulletins.values())[::3]
    for one, other in pairwise(some):
        assert (rank(one) < rank(other)) == (newness(one) < newness(other))
        assert (rank(one) == rank(other)) == (newness(one) == newness(other))
