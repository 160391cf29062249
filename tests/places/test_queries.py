"""Questions about places, asked of the demonstration city."""

import pytest

from tomoshibi.journal import nodes
from tomoshibi.places import demo
from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import areas_at, concerns_us, head_office, sites_within, who_are_we
from tomoshibi.places.subjects import AreaKind, SiteKind


@pytest.fixture
def city(db) -> None:
    nodes.found("test")
    demo.load()


def test_who_we_are_and_which_codes_mean_us(city) -> None:
    us = who_are_we()
    assert us is not None
    assert (us.name, us.code) == ("灯市", "072044")
    assert concerns_us([("気象・地震・火山情報／市町村等", "0720400")])
    assert concerns_us([("津波予報区", "250")])
    assert not concerns_us([("地震情報／細分区域", "250")])  # 福島県中通り, of another list
    assert not concerns_us([])


def test_before_anybody_said_who_we_are(db) -> None:
    assert who_are_we() is None
    assert not concerns_us([("津波予報区", "250")])


def test_sites_by_further_purpose(city) -> None:
    office = head_office()
    assert office is not None
    assert office.name == "灯市役所本庁舎"
    school = SiteRow.objects.filter(kind="school").first()
    from tomoshibi.places.queries import sites

    assert school in sites(SiteKind.EVACUATION_SITE)
    assert school in sites(SiteKind.SHELTER)
    assert school not in sites(SiteKind.HOSPITAL)


def test_where_a_point_lies(city) -> None:
    assert [a.name for a in areas_at(37.050, 140.888)] == ["本町地区"]
    on_the_beach = areas_at(36.935, 140.903)
    assert "津波浸水想定区域" in [a.name for a in on_the_beach]
    assert areas_at(36.935, 140.903, AreaKind.DISTRICT) == [a for a in on_the_beach if a.kind == "district"]
    assert areas_at(0, 0) == []


def test_which_sites_lie_in_an_area(city) -> None:
    hazard = AreaRow.objects.get(kind="hazard")
    wet = sites_within(hazard)
    assert wet
    assert all(s.lon > 140.76 for s in wet)
    assert "灯市役所本庁舎" not in [s.name for s in wet]
    block = AreaRow.objects.filter(geometry="").first()
    assert block is not None
    assert sites_within(block) == []
