"""A world whose clock somebody drives: everybody lives at its time, until nobody drives it any more."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.journal.worlds import founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal import clocks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import ClockRow
from tomoshibi.journal.recording import Draft, record

pytestmark = pytest.mark.django_db(databases=["default", "training"])
THEN = datetime(2011, 3, 11, 5, 46, tzinfo=UTC)


def test_the_clock_goes_on_at_its_speed_and_is_forgotten():
    assert clocks.driven() is None
    clocks.tell(THEN, 60.0)
    ClockRow.objects.update(since=(datetime.now(UTC) - timedelta(seconds=10)).isoformat())
    at, speed = clocks.driven()
    assert speed == 60.0
    assert timedelta(minutes=10) <= at - THEN < timedelta(minutes=20)
    clocks.tell(THEN, 0.0)
    assert clocks.driven() == (THEN, 0.0)
    clocks.forget()
    assert clocks.driven() is None


def test_a_driver_who_is_gone_is_not_believed():
    clocks.tell(THEN, 60.0)
    ClockRow.objects.update(since=(datetime.now(UTC) - clocks.SILENT - timedelta(seconds=1)).isoformat())
    assert clocks.driven() is None


def test_the_pages_of_that_world_show_its_time_and_record_at_it(admin_client):
    founded("training")
    with worlds.inhabit("training"):
        record(Draft(BoxDescribed(name="箱"), Box.ref("1")), system("test"))
        clocks.tell(THEN, 60.0)
    page = admin_client.get("/training/conflicts/").content.decode()
    assert 'data-now="2011-03-11T14:46' in page
    assert 'data-speed="60.0"' in page
    page = admin_client.get("/conflicts/").content.decode()
    assert "2011" not in page
    assert "data-speed" not in page
