"""What can happen to places: they are described, closed and opened again; layers come and are withdrawn."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Subject
from tomoshibi.places.geometry import check_polygon
from tomoshibi.places.subjects import Area, AreaKind, LayerKind, MapLayer, Municipality, Site, SiteKind
from tomoshibi.vocabulary import T

for _role in ("headquarters", "ict"):
    grant(_role, "places.*")
for _role in ("staff", "clerk", "shelter", "facility", "surveyor", "seismologist", "approver"):
    grant(_role, "places.read")


def required_at_first(fact: Fact, present: Present, name: str = "name") -> None:
    """Refuse the first description of a subject that does not say what it is called, and a name taken away."""
    given = name in fact.model_fields_set
    if (not present.exists and not given) or (given and not (getattr(fact, name) or "").strip()):
        raise Refused(T("名称を入れてください。", "Enter a name."), name)


class AreaCode(BaseModel):
    """A code by which bulletins name us: JMA's code list (``Area/@codeType``), the code in it, the area's name.

    Codes of different lists collide (津波予報区 250 is 福島県, 地震情報／細分区域 250 is 福島県中通り).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str
    code: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name}({self.scheme} {self.code})"


class MunicipalityDescribed(Fact):
    kind = "places.municipality_described"
    subject = Municipality
    label = T("市区町村の登録・変更", "Municipality described")

    name: str | None = field(T("名称", "Name"), None, max_length=100)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    ours: bool | None = field(
        T("この本部の自治体", "This headquarters' own"),
        None,
        help=T("電文がこの地域のものかを決めます。", "Decides whether a bulletin is about us."),
    )
    codes: list[AreaCode] | None = field(T("電文の地域コード", "Area codes in bulletins"), None)

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if present.state.code is None:
            raise Refused(
                T(
                    f"市区町村コード {present.subject.partition(':')[2]} は5桁の数字ではありません。",
                    f"{present.subject.partition(':')[2]} is not a five-digit municipality code.",
                )
            )

    def apply(self, state: Municipality, entry: Entry) -> None:
        put(self, state, entry)


class SiteDescribed(Fact):
    kind = "places.site_described"
    subject = Site
    label = T("拠点・施設の登録・変更", "Site described")

    code: str | None = field(T("施設番号", "Site number"), None, max_length=50)
    name: str | None = field(T("名称", "Name"), None, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    site_kind: SiteKind | None = field(T("種別", "Kind"), None)
    also: list[SiteKind] | None = field(T("ほかの用途", "Also serves as"), None)
    address: str | None = field(T("所在地", "Address"), None, max_length=300)
    lat: float | None = field(T("緯度", "Latitude"), None, unit=T("度", "°"), ge=-90, le=90)
    lon: float | None = field(T("経度", "Longitude"), None, unit=T("度", "°"), ge=-180, le=180)
    elevation_m: float | None = field(T("標高", "Elevation"), None, unit=T("m", "m"), ge=-500, le=9000)
    phone: str | None = field(T("電話", "Phone"), None, max_length=50)
    fax: str | None = field(T("FAX", "Fax"), None, max_length=50)
    email: str | None = field(T("メール", "E-mail"), None, max_length=200)
    capacity: int | None = field(T("収容人数", "Capacity"), None, unit=T("人", "people"), ge=0, le=1_000_000)
    district: str | None = field(T("地区", "District"), None, extra={"widget": "places.area"})
    note: str | None = field(T("備考", "Note"), None, max_length=2000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        where = {
            name: getattr(self, name) if name in self.model_fields_set else getattr(present.state, name).value
            for name in ("lat", "lon")
        }
        if (where["lat"] is None) != (where["lon"] is None):
            raise Refused(
                T(
                    "緯度と経度は両方入れるか、両方空けてください。",
                    "Enter both latitude and longitude, or neither.",
                ),
                "lat" if where["lat"] is None else "lon",
            )

    def apply(self, state: Site, entry: Entry) -> None:
        put(self, state, entry)


class SiteClosed(Fact):
    kind = "places.site_closed"
    subject = Site
    label = T("拠点・施設の廃止", "Site closed")
    sentence = T("廃止: {reason}", "Closed: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_be_open(present, T("この拠点・施設は廃止されています。", "This site is closed already."))

    def apply(self, state: Site, entry: Entry) -> None:
        state.closed.set(entry, True)


class SiteReopened(Fact):
    kind = "places.site_reopened"
    subject = Site
    label = T("拠点・施設の再開", "Site open again")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.state.closed.value:
            raise Refused(T("この拠点・施設は廃止されていません。", "This site is not closed."))

    def apply(self, state: Site, entry: Entry) -> None:
        state.closed.set(entry, False)


class AreaDescribed(Fact):
    kind = "places.area_described"
    subject = Area
    label = T("区域の登録・変更", "Area described")

    code: str | None = field(T("コード", "Code"), None, max_length=50)
    name: str | None = field(T("名称", "Name"), None, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    area_kind: AreaKind | None = field(T("種別", "Kind"), None)
    parent: str | None = field(T("属する区域", "Part of"), None, extra={"widget": "places.area"})
    population: int | None = field(T("人口", "Population"), None, unit=T("人", "people"), ge=0, le=100_000_000)
    households: int | None = field(T("世帯数", "Households"), None, unit=T("世帯", "households"), ge=0, le=100_000_000)
    geometry: dict[str, Any] | None = field(
        T("範囲", "Extent"),
        None,
        help=T(
            "GeoJSON の Polygon か MultiPolygon（経度、緯度）", "GeoJSON Polygon or MultiPolygon (longitude, latitude)"
        ),
    )

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if self.geometry is not None:
            check_polygon(self.geometry)
        if self.parent == present.subject:
            raise Refused(
                T("区域を自分自身に属させることはできません。", "An area cannot be a part of itself."), "parent"
            )

    def apply(self, state: Area, entry: Entry) -> None:
        put(self, state, entry)


class AreaWithdrawn(Fact):
    kind = "places.area_withdrawn"
    subject = Area
    label = T("区域の廃止", "Area withdrawn")
    sentence = T("廃止: {reason}", "Withdrawn: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_be_open(present, T("この区域は廃止されています。", "This area is withdrawn already."))

    def apply(self, state: Area, entry: Entry) -> None:
        state.closed.set(entry, True)


class LayerImported(Fact):
    """A GeoJSON file became a layer of the map; the features themselves are a dataset."""

    kind = "places.layer_imported"
    subject = MapLayer
    label = T("地図の層の取り込み", "Map layer imported")
    sentence = T("地図の層 {name}（{features}件）", "Map layer {name} ({features} features)")
    datasets = ("sha256",)

    name: str = field(T("名称", "Name"), min_length=1, max_length=200)
    layer_kind: LayerKind = field(T("種別", "Kind"), LayerKind.OTHER)
    sha256: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$", extra={"widget": "hidden"})
    attribution: str = field(
        T("出典", "Attribution"),
        min_length=1,
        max_length=500,
        help=T("地図の隅に表示されます。", "Shown in the corner of the map."),
    )
    licence: str = field(T("利用条件", "Licence"), min_length=1, max_length=500)
    source: str = field(T("元のファイル", "Source file"), "", max_length=300)
    features: int = field(T("地物の数", "Features"), ge=0)
    box: list[float] = field(T("範囲", "Extent"), [], unit=T("度", "°"), extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        if len(self.box) not in (0, 4):
            raise Refused(T("範囲は西、南、東、北の四つの数です。", "The extent is west, south, east, north."), "box")

    def apply(self, state: MapLayer, entry: Entry) -> None:
        put(self, state, entry)
        state.withdrawn.set(entry, False)


class LayerWithdrawn(Fact):
    kind = "places.layer_withdrawn"
    subject = MapLayer
    label = T("地図の層の取り下げ", "Map layer withdrawn")
    sentence = T("取り下げ: {reason}", "Withdrawn: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.withdrawn.value:
            raise Refused(T("この層は取り下げられています。", "This layer is withdrawn already."))

    def apply(self, state: MapLayer, entry: Entry) -> None:
        state.withdrawn.set(entry, True)


def must_be_open(present: Present, closed_already: T) -> None:
    """Refuse to close what was never described, or is closed."""
    if not present.exists:
        raise Refused(T("登録されていません。先に登録してください。", "Nothing is known of it. Describe it first."))
    if present.state.closed.value:
        raise Refused(closed_already)


def put(fact: Fact, state: Subject, entry: Entry) -> None:
    """Write each field that is set to the part of its name; None clears it to what the part starts with.

    A state then never holds None where its rows need a text.
    """
    for name in fact.model_fields_set:
        part = getattr(state, name, None)
        if isinstance(part, Register):
            value = getattr(fact, name)
            part.set(entry, part.default if value is None else value)
