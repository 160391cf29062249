import pytest

from tests.journal.worlds import exchange, founded
from tests.toys.facts import Box, BoxDescribed
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.laws import breaches, law
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T


@pytest.mark.django_db(databases=["default", "north"])
def test_two_valid_halves_that_break_a_law_merge_and_are_shown_until_mended():
    founded("default", "north")
    record(Draft(BoxDescribed(name="毛布"), Box.ref("1")), system("test"))
    with worlds.inhabit("north"):
        record(Draft(BoxDescribed(name="毛布"), Box.ref("2")), system("test"))
        assert breaches() == []
    exchange("north", "default")
    ((held, (finding,)),) = breaches()
    assert held.name == "toys.name_once"
    assert finding.subjects == (Box.ref("1"), Box.ref("2"))
    record(Draft(BoxDescribed(name="毛布2"), Box.ref("2")), system("test"))
    assert breaches() == []


def test_two_laws_cannot_share_a_name():
    with pytest.raises(ValueError, match=r"toys\.name_once"):
        law("toys.name_once", T("別", "another"))(lambda: [])
