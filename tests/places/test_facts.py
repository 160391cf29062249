"""Each fact of places records, refuses, rebuilds, merges and prints."""

import pytest

from tests.journal.case import FactCase
from tomoshibi.journal import datasets, nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import (
    AreaCode,
    AreaDescribed,
    AreaWithdrawn,
    LayerImported,
    LayerWithdrawn,
    MunicipalityDescribed,
    SiteClosed,
    SiteDescribed,
    SiteReopened,
)
from tomoshibi.places.models import AreaCodeRow, MunicipalityRow
from tomoshibi.places.subjects import Area, AreaKind, MapLayer, Municipality, Site, SiteKind

SQUARE = {"type": "Polygon", "coordinates": [[[140, 37], [141, 37], [141, 38], [140, 38], [140, 37]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[140, 37], [141, 38], [141, 37], [140, 38], [140, 37]]]}
SCHOOL = SiteDescribed(name="灯第一小学校", site_kind=SiteKind.SCHOOL, also=[SiteKind.SHELTER], lat=37.05, lon=140.88)


class TestMunicipalityDescribed(FactCase):
    fact = MunicipalityDescribed(
        name="灯市", ours=True, codes=[AreaCode(scheme="地震情報／細分区域", code="251", name="浜通り")]
    )
    subject = Municipality.ref("07204")
    refused = (MunicipalityDescribed(name=" "),)

    def holds(self, state) -> None:
        assert state.title() == "灯市"
        row = MunicipalityRow.objects.get()
        assert (row.code, row.prefecture, row.ours) == ("072044", "福島県", True)
        assert [(c.scheme, c.code, c.ours) for c in AreaCodeRow.objects.all()] == [("地震情報／細分区域", "251", True)]


@pytest.mark.django_db
def test_a_municipality_has_five_digits() -> None:
    nodes.found("test")
    with pytest.raises(Refused, match="7204"):
        record(Draft(MunicipalityDescribed(name="灯市"), Municipality.ref("7204")), system("test"))


class TestSiteDescribed(FactCase):
    fact = SCHOOL
    subject = Site.ref("s1")
    refused = (SiteDescribed(lat=None), SiteDescribed(name=""))

    def holds(self, state) -> None:
        assert state.title() == "灯第一小学校"
        assert (state.lat.value, state.lon.value) == (37.05, 140.88)
        assert state.also.value == [SiteKind.SHELTER]


class TestSiteWithoutName(FactCase):
    fact = SiteDescribed(phone="000-000-0000")
    subject = Site.ref("s1")
    before = (Draft(SCHOOL, Site.ref("s1")),)

    def holds(self, state) -> None:
        assert (state.title(), state.phone.value) == ("灯第一小学校", "000-000-0000")


class TestSiteClosed(FactCase):
    fact = SiteClosed(reason="統合のため")
    subject = Site.ref("s1")
    before = (Draft(SCHOOL, Site.ref("s1")),)
    refused = (SiteClosed(reason="もう一度"),)

    def holds(self, state) -> None:
        assert state.closed.value


class TestSiteReopened(FactCase):
    fact = SiteReopened(reason="避難所として使う")
    subject = Site.ref("s1")
    before = (Draft(SCHOOL, Site.ref("s1")), Draft(SiteClosed(reason="統合"), Site.ref("s1")))
    refused = (SiteReopened(reason="もう一度"),)

    def holds(self, state) -> None:
        assert not state.closed.value


class TestAreaDescribed(FactCase):
    fact = AreaDescribed(name="本町地区", area_kind=AreaKind.DISTRICT, population=92_400, geometry=SQUARE)
    subject = Area.ref("a1")
    refused = (AreaDescribed(geometry=BOW_TIE), AreaDescribed(parent=Area.ref("a1")), AreaDescribed(geometry={}))

    def holds(self, state) -> None:
        (row,) = state.rows()
        assert [row.values[k] for k in ("west", "south", "east", "north")] == [140, 37, 141, 38]


class TestAreaWithdrawn(FactCase):
    fact = AreaWithdrawn(reason="住居表示の変更")
    subject = Area.ref("a1")
    before = (Draft(AreaDescribed(name="旧町"), Area.ref("a1")),)
    refused = (AreaWithdrawn(reason="もう一度"),)

    def holds(self, state) -> None:
        assert state.closed.value


def layer() -> LayerImported:
    digest = datasets.put(b'{"type":"FeatureCollection","features":[]}', "application/geo+json")
    return LayerImported(
        name="浸水想定", sha256=digest, attribution="灯市", licence="CC BY 4.0", features=3, box=[140, 36, 141, 37]
    )


class LayerCase(FactCase):
    """Facts about a layer stand on a file, which is put there for each test."""

    subject = MapLayer.ref("l1")

    @pytest.fixture(autouse=True)
    def _file(self, _world) -> None:
        self.__dict__["fact"] = layer()


class TestLayerImported(LayerCase):
    def holds(self, state) -> None:
        (row,) = state.rows()
        assert (row.values["features"], row.values["west"], row.values["withdrawn"]) == (3, 140, False)

    def test_refuses_without_its_file(self) -> None:
        absent = layer().model_copy(update={"sha256": "0" * 64})
        with pytest.raises(Refused, match="0000"):
            record(Draft(absent, self.subject), system("test"))


class TestLayerWithdrawn(LayerCase):
    fact = LayerWithdrawn(reason="新しい版に替えるため")

    @pytest.fixture(autouse=True)
    def _file(self, _world) -> None:
        record(Draft(layer(), self.subject), system("test"))

    refused = (LayerWithdrawn(reason="もう一度"),)

    def holds(self, state) -> None:
        assert state.withdrawn.value
