"""The demonstration city's facilities: the same every time, everybody of one facility, nothing twice."""

from __future__ import annotations

import pytest

from tomoshibi.cli.setup import _account_sites
from tomoshibi.facilities import demo, queries, upkeep
from tomoshibi.facilities.models import FacilityRow, ResidentRow
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import record
from tomoshibi.places import demo as places
from tomoshibi.places.models import SiteRow

pytestmark = pytest.mark.django_db


def test_twenty_homes_with_people_whose_family_can_be_called() -> None:
    nodes.found("test")
    record([d for d in places._drafts() if d.subject.startswith(("places.site:", "places.mun"))], system("demo"))
    demo.load()
    assert FacilityRow.objects.count() == demo.PROFILES
    people = list(ResidentRow.objects.all())
    assert 300 < len(people) < 800
    assert all(15 <= queries.residents(f.site).count() <= 40 for f in FacilityRow.objects.exclude(home="children"))
    assert all(p.contacts and all(c.phone.startswith("000-") for c in p.contacts) for p in people)
    assert queries.without_plan()
    town = SiteRow.objects.filter(subject__in=[f.site for f in FacilityRow.objects.all()])
    assert 0 < upkeep.without_drill(town).count() < demo.PROFILES and upkeep.expiring([s.subject for s in town])
    assert all(upkeep.lasts(s.subject, FacilityRow.objects.get(site=s.subject)) for s in town)
    assert _account_sites()["shisetsu"] in {f.site for f in FacilityRow.objects.all()}
    entries = EntryRow.objects.count()
    demo.load()
    assert EntryRow.objects.count() == entries
