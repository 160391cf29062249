"""The log of who read whose record."""

from datetime import timedelta

import pytest

from tomoshibi.journal import pages
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.accounts.queries import ONE_READING, log_reading
from tomoshibi.journal.states import Subject

pytestmark = pytest.mark.django_db
ME = Actor("user:x", "職員")


def test_a_page_that_refreshes_itself_is_one_reading():
    for _ in range(3):
        log_reading(ME, ["people.staff:1", "people.staff:2", "people.staff:1"], "/people/")
    assert sorted(Reading.objects.values_list("subject", flat=True)) == ["people.staff:1", "people.staff:2"]
    log_reading(ME, ["people.staff:1"], "/people/staff/")
    log_reading(Actor("user:y"), ["people.staff:1"], "/people/")
    assert Reading.objects.count() == 4


def test_reading_again_later_is_another_reading():
    log_reading(ME, ["people.staff:1"], "/people/")
    Reading.objects.update(at=Reading.objects.get().at - ONE_READING - timedelta(seconds=1))
    log_reading(ME, ["people.staff:1"], "/people/")
    assert Reading.objects.count() == 2


def test_whose_records_are_persons():
    assert Subject.is_personal("people.staff:1")
    assert Subject.is_personal("people.call:1")
    assert not Subject.is_personal("places.site:1")
    assert not Subject.is_personal("unheard.of:1")


def test_one_rule_for_several_types_is_asked_once_for_a_page(monkeypatch):
    asked = []
    monkeypatch.setattr(pages, "_withheld", {})

    @pages.withholds("toys.one", "toys.other")
    def rule(actor):
        asked.append(actor.id)
        return {"toys.one:1"}

    who = Actor("user:1")
    assert pages.all_withheld(who) == pages.withheld(who, "toys.other") == {"toys.one:1"}
    assert asked == ["user:1", "user:1"]
