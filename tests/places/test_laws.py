"""What must not be so of places is found, and goes when it is mended."""

import pytest

from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places import demo
from tomoshibi.places.facts import MunicipalityDescribed, SiteClosed, SiteDescribed
from tomoshibi.places.subjects import Municipality, Site

pytestmark = pytest.mark.django_db
ME = system("test")


def broken() -> dict[str, list[tuple[str, ...]]]:
    return {law.name: [f.subjects for f in found] for law, found in breaches() if law.name.startswith("places.")}


@pytest.fixture(autouse=True)
def _city() -> None:
    nodes.found("test")
    demo.load()


def test_the_city_is_in_order() -> None:
    assert broken() == {}


def test_a_number_that_two_sites_have() -> None:
    record(Draft(SiteDescribed(code="HQ", name="もう一つの本庁舎"), Site.ref("x")), ME)
    assert set(broken()["places.site_number_once"][0]) == {demo.site("HQ"), Site.ref("x")}
    record(Draft(SiteClosed(reason="重複"), Site.ref("x")), ME)
    assert broken() == {}


def test_two_municipalities_of_our_own() -> None:
    record(Draft(MunicipalityDescribed(name="隣町", ours=True), Municipality.ref("07205")), ME)
    assert set(broken()["places.one_municipality"][0]) == {demo.MUNICIPALITY, Municipality.ref("07205")}
    record(Draft(MunicipalityDescribed(ours=False), Municipality.ref("07205")), ME)
    assert broken() == {}
