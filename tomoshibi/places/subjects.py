"""What places are: their states and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.places.models import AreaCodeRow, AreaRow, LayerRow, MunicipalityRow, SiteRow
from tomoshibi.vocabulary import MunicipalityCode, T
from tomoshibi.vocabulary.municipality import PREFECTURES


class SiteKind(StrEnum):
    """What a site is first of all."""

    HEAD_OFFICE = "head_office"
    BRANCH_OFFICE = "branch_office"
    FIRE_STATION = "fire_station"
    SHELTER = "shelter"
    EVACUATION_SITE = "evacuation_site"
    SCHOOL = "school"
    FACILITY = "facility"
    HOSPITAL = "hospital"
    WATERWORKS = "waterworks"
    DATA_CENTRE = "data_centre"
    STORE = "store"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SITE_KINDS[self]


_SITE_KINDS = {
    SiteKind.HEAD_OFFICE: T("本庁舎", "Head office"),
    SiteKind.BRANCH_OFFICE: T("支所", "Branch office"),
    SiteKind.FIRE_STATION: T("消防署", "Fire station"),
    SiteKind.SHELTER: T("指定避難所", "Shelter"),
    SiteKind.EVACUATION_SITE: T("指定緊急避難場所", "Emergency evacuation site"),
    SiteKind.SCHOOL: T("学校", "School"),
    SiteKind.FACILITY: T("福祉施設", "Care facility"),
    SiteKind.HOSPITAL: T("病院・診療所", "Hospital or clinic"),
    SiteKind.WATERWORKS: T("上下水道施設", "Waterworks"),
    SiteKind.DATA_CENTRE: T("電算センター", "Data centre"),
    SiteKind.STORE: T("備蓄倉庫", "Store"),
    SiteKind.OTHER: T("その他", "Other"),
}


class AreaKind(StrEnum):
    """What an area was drawn for."""

    DISTRICT = "district"
    BLOCK = "block"
    HAZARD = "hazard"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _AREA_KINDS[self]


_AREA_KINDS = {
    AreaKind.DISTRICT: T("地区", "District"),
    AreaKind.BLOCK: T("町丁目・字", "Address block"),
    AreaKind.HAZARD: T("災害想定区域", "Hazard zone"),
    AreaKind.OTHER: T("その他", "Other"),
}


class LayerKind(StrEnum):
    """What a map layer shows."""

    BASE = "base"
    HAZARD = "hazard"
    ROADS = "roads"
    AREAS = "areas"
    OTHER = "other"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _LAYER_KINDS[self]


_LAYER_KINDS = {
    LayerKind.BASE: T("下地", "Base map"),
    LayerKind.HAZARD: T("ハザードマップ", "Hazard map"),
    LayerKind.ROADS: T("道路", "Roads"),
    LayerKind.AREAS: T("区域", "Areas"),
    LayerKind.OTHER: T("その他", "Other"),
}


class Municipality(Subject):
    """A municipality, keyed by its five digits: every node that names it means the same."""

    type = "places.municipality"
    label = T("市区町村", "Municipality")
    tables = (MunicipalityRow, AreaCodeRow)

    name = Register[str](T("名称", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    ours = Register[bool](T("この本部の自治体", "This headquarters' own"), False)
    codes = Register[list[Any]](T("電文の地域コード", "Area codes in bulletins"), [])

    @property
    def code(self) -> MunicipalityCode | None:
        """Its code, or None where the key is none."""
        key = self.subject.partition(":")[2]
        return MunicipalityCode(key) if len(key) == 5 and key.isdecimal() else None

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.kana.value} {self.code or ''}"

    def rows(self) -> Iterable[Row]:
        code = self.code
        yield MunicipalityRow.row(
            self.subject,
            code=code.six if code else "",
            name=self.name.value,
            kana=self.kana.value,
            prefecture=PREFECTURES.get(code.prefecture, "") if code else "",
            ours=self.ours.value,
        )
        for item in {(c.scheme, c.code): c for c in self.codes.value}.values():
            yield AreaCodeRow.row(
                self.subject,
                f"{item.scheme}/{item.code}",
                scheme=item.scheme,
                code=item.code,
                name=item.name,
                ours=self.ours.value,
            )


class Area(Subject):
    """A named piece of the town: a district 地区, an address block 町丁目, a hazard zone."""

    type = "places.area"
    label = T("区域", "Area")
    tables = (AreaRow,)

    code = Register[str](T("コード", "Code"), "")
    name = Register[str](T("名称", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    area_kind = Register[AreaKind](T("種別", "Kind"), AreaKind.DISTRICT)
    parent = Register[str](T("属する区域", "Part of"), "")
    population = Register[int | None](T("人口", "Population"), None)
    households = Register[int | None](T("世帯数", "Households"), None)
    geometry = Register[dict[str, Any] | None](T("範囲", "Extent"), None)
    closed = Register[bool](T("廃止", "Withdrawn"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.kana.value} {self.code.value}"

    def rows(self) -> Iterable[Row]:
        geometry = self.geometry.value
        west, south, east, north = bounds(geometry)
        yield AreaRow.row(
            self.subject,
            code=self.code.value,
            name=self.name.value,
            kana=self.kana.value,
            kind=self.area_kind.value.value,
            parent=self.parent.value,
            population=self.population.value,
            households=self.households.value,
            geometry=json.dumps(geometry, separators=(",", ":")) if geometry else "",
            west=west,
            south=south,
            east=east,
            north=north,
            closed=self.closed.value,
        )


class Site(Subject):
    """A building or ground that the town works from or answers for."""

    type = "places.site"
    label = T("拠点・施設", "Site")
    tables = (SiteRow,)

    code = Register[str](T("施設番号", "Site number"), "")
    name = Register[str](T("名称", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    site_kind = Register[SiteKind](T("種別", "Kind"), SiteKind.OTHER)
    also = Register[list[SiteKind]](T("ほかの用途", "Also serves as"), [])
    address = Register[str](T("所在地", "Address"), "")
    lat = Register[float | None](T("緯度", "Latitude"), None)
    lon = Register[float | None](T("経度", "Longitude"), None)
    elevation_m = Register[float | None](T("標高", "Elevation"), None)
    phone = Register[str](T("電話", "Phone"), "")
    fax = Register[str](T("FAX", "Fax"), "")
    email = Register[str](T("メール", "E-mail"), "")
    capacity = Register[int | None](T("収容人数", "Capacity"), None)
    district = Register[str](T("地区", "District"), "")
    note = Register[str](T("備考", "Note"), "")
    closed = Register[bool](T("廃止", "Closed"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.kana.value} {self.address.value} {self.phone.value} {self.code.value}"

    def rows(self) -> Iterable[Row]:
        yield SiteRow.row(
            self.subject,
            code=self.code.value,
            name=self.name.value,
            kana=self.kana.value,
            kind=self.site_kind.value.value,
            also=" ".join(k.value for k in self.also.value),
            address=self.address.value,
            lat=self.lat.value,
            lon=self.lon.value,
            elevation_m=self.elevation_m.value,
            phone=self.phone.value,
            fax=self.fax.value,
            email=self.email.value,
            capacity=self.capacity.value,
            district=self.district.value,
            note=self.note.value,
            closed=self.closed.value,
        )


class MapLayer(Subject):
    """A layer of the map: a GeoJSON file kept inside, with where it came from and under what licence."""

    type = "places.layer"
    label = T("地図の層", "Map layer")
    tables = (LayerRow,)

    name = Register[str](T("名称", "Name"), "")
    layer_kind = Register[LayerKind](T("種別", "Kind"), LayerKind.OTHER)
    sha256 = Register[str](T("データ", "Dataset"), "")
    attribution = Register[str](T("出典", "Attribution"), "")
    licence = Register[str](T("利用条件", "Licence"), "")
    source = Register[str](T("元のファイル", "Source file"), "")
    features = Register[int](T("地物の数", "Features"), 0)
    box = Register[list[float]](T("範囲", "Extent"), [])
    withdrawn = Register[bool](T("取り下げ", "Withdrawn"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return f"{self.name.value} {self.attribution.value}"

    def rows(self) -> Iterable[Row]:
        west, south, east, north = self.box.value or (None,) * 4
        yield LayerRow.row(
            self.subject,
            name=self.name.value,
            kind=self.layer_kind.value.value,
            sha256=self.sha256.value,
            attribution=self.attribution.value,
            licence=self.licence.value,
            source=self.source.value,
            features=self.features.value,
            west=west,
            south=south,
            east=east,
            north=north,
            withdrawn=self.withdrawn.value,
        )


def bounds(geometry: dict[str, Any] | None) -> tuple[float | None, float | None, float | None, float | None]:
    """West, south, east and north of a Polygon or MultiPolygon, degrees; four None where there is none."""
    points = list(positions(geometry["coordinates"])) if geometry else []
    if not points:
        return None, None, None, None
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return min(lons), min(lats), max(lons), max(lats)


def positions(coordinates: Any) -> Iterable[tuple[float, float]]:
    """Every (lon, lat) of a GeoJSON coordinate array, however deep."""
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
    else:
        for inner in coordinates:
            yield from positions(inner)
