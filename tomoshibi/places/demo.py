"""The demonstration city: 灯市 (Akari-shi), an invented city of the size of those that this program is for.

It stands where いわき市 stands, with that city's area codes (municipality 07204, JMA's code lists), so that real
telegrams concern it. Nothing else of it is real: outline, districts, sites and figures are made up. Its shape follows
what a city of some 320,000 looks like: a head office, twelve branch offices 支所, a coast, and hills behind.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator
from itertools import batched
from random import Random
from typing import Any, NamedTuple

from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Fact
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaCode, AreaDescribed, MunicipalityDescribed, SiteDescribed
from tomoshibi.places.keys import natural
from tomoshibi.places.subjects import Area, AreaKind, Municipality, Site, SiteKind

#: five digits of the municipality whose place on the map, and whose telegrams, the city borrows
CODE = "07204"
NAME, KANA = "灯市", "あかりし"
MUNICIPALITY = Municipality.ref(CODE)
SEED = 20110311
BATCH = 200

#: how JMA's telegrams name the place: code list, code, name (AreaInformationCity, AreaForecastLocalE/M, AreaTsunami)
CODES = (
    ("気象・地震・火山情報／市町村等", "0720400", "いわき市"),
    ("地震情報／細分区域", "251", "福島県浜通り"),
    ("二次細分区域", "0720400", "いわき市"),
    ("市町村等をまとめた地域", "070023", "浜通り南部"),
    ("一次細分区域", "070020", "浜通り"),
    ("気象情報／府県予報区・細分区域等", "070023", "浜通り南部"),
    ("気象情報／府県予報区・細分区域等", "070020", "浜通り"),
    ("気象情報／府県予報区・細分区域等", "070000", "福島県"),
    ("土砂災害警戒情報", "0720400", "いわき市"),
    ("府県予報区", "070000", "福島県"),
    ("津波予報区", "250", "福島県"),
)


class District(NamedTuple):
    """A district: its name, its centre in degrees, its people, and whether the sea lies east of it."""

    name: str
    kana: str
    lat: float
    lon: float
    people: int
    coastal: bool


DISTRICTS = (
    District("本町", "ほんまち", 37.050, 140.888, 92_400, False),
    District("潮見", "しおみ", 36.952, 140.902, 71_800, True),
    District("松浦", "まつうら", 36.880, 140.782, 47_100, True),
    District("湯沢", "ゆざわ", 37.010, 140.842, 33_600, False),
    District("川内町", "かわうちまち", 37.042, 140.846, 25_200, False),
    District("灘", "なだ", 37.105, 140.966, 14_300, True),
    District("遠見", "とおみ", 36.960, 140.748, 5_200, False),
    District("小里", "こさと", 37.120, 140.868, 6_300, False),
    District("芳野", "よしの", 37.072, 140.842, 12_900, False),
    District("三ツ森", "みつもり", 37.118, 140.728, 2_900, False),
    District("田上", "たがみ", 36.935, 140.682, 1_500, False),
    District("川端", "かわばた", 37.190, 140.772, 1_000, False),
    District("久津", "ひさつ", 37.145, 140.990, 5_000, True),
)

#: the city's outline on the coast, from south to north (lat, lon)
COAST = (
    (36.850, 140.790),
    (36.872, 140.812),
    (36.903, 140.822),
    (36.930, 140.862),
    (36.935, 140.905),
    (36.962, 140.945),
    (37.000, 140.972),
    (37.052, 140.982),
    (37.092, 140.990),
    (37.130, 141.002),
    (37.168, 141.008),
)

_SCHOOLS = ("第一小学校", "第二小学校", "第三小学校", "中学校", "第二中学校", "高等学校")
_HALLS = ("公民館", "集会所", "体育館", "コミュニティセンター")
_HOMES = ("ひだまり園", "なぎさ荘", "やすらぎの里", "あおぞら保育園", "つばさ作業所", "しおかぜ苑", "みどりの家")


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record the city's places in the world that we are in. Loading twice records nothing more."""
    record_all(list(_drafts()), progress)


def record_all(drafts: list[Draft], progress: Callable[[int, int], None]) -> None:
    """Record a room's part of the demonstration city in batches, telling how far it is."""
    done = 0
    for batch in batched(drafts, BATCH):
        record(batch, system("demo"))
        done += len(batch)
        progress(done, len(drafts))


def district(name: str) -> str:
    """Reference of the city's district of that name."""
    return area(f"D{[d.name for d in DISTRICTS].index(name):02}")


def area(code: str) -> str:
    """Reference of the city's area of that code (``D00`` … ``D12``, ``D00-01``, ``H01``)."""
    return natural(Area, CODE, code)


def site(code: str) -> str:
    """Reference of the city's site of that number (``HQ``, ``B01`` … ``B12``)."""
    return natural(Site, CODE, code)


def demo_draft(fact: Fact, subject: str) -> Draft:
    """A fact of the demonstration city, recorded once however often it is loaded."""
    return Draft(fact, subject, id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:demo:{fact.kind}:{subject}")))


def _drafts() -> Iterator[Draft]:
    codes = [AreaCode(scheme=s, code=c, name=n) for s, c, n in CODES]
    yield demo_draft(MunicipalityDescribed(name=NAME, kana=KANA, ours=True, codes=codes), MUNICIPALITY)
    yield from _areas()
    yield from _sites()


def _areas() -> Iterator[Draft]:
    for number, place in enumerate(DISTRICTS):
        town = place.people > 20_000
        yield demo_draft(
            AreaDescribed(
                code=f"D{number:02}",
                name=f"{place.name}地区",
                kana=f"{place.kana}ちく",
                area_kind=AreaKind.DISTRICT,
                population=place.people,
                households=round(place.people / 2.46),
                geometry=_around(place.lat, place.lon, 0.021 if town else 0.030),
            ),
            district(place.name),
        )
        for block, part in enumerate("東西南北上中下新", 1):
            share = place.people // 8
            yield demo_draft(
                AreaDescribed(
                    code=f"D{number:02}-{block:02}",
                    name=f"{place.name}{block}丁目" if town else f"{place.name}字{part}{place.name[0]}",
                    area_kind=AreaKind.BLOCK,
                    parent=district(place.name),
                    population=share,
                    households=round(share / 2.46),
                ),
                area(f"D{number:02}-{block:02}"),
            )
    inland = [(lat + 0.012, lon - 0.016) for lat, lon in COAST]
    ring = [[lon, lat] for lat, lon in [*COAST, *reversed(inland), COAST[0]]]
    yield demo_draft(
        AreaDescribed(
            code="H01",
            name="津波浸水想定区域",
            kana="つなみしんすいそうていくいき",
            area_kind=AreaKind.HAZARD,
            geometry={"type": "Polygon", "coordinates": [ring]},
        ),
        area("H01"),
    )


def _sites() -> Iterator[Draft]:
    random = Random(SEED)  # noqa: S311  # the same city every time
    town, *branches = DISTRICTS
    port, beach, spa, river, bay = branches[:5]
    single = [
        ("HQ", "灯市役所本庁舎", "あかりしやくしょほんちょうしゃ", SiteKind.HEAD_OFFICE, town, 9.4),
        ("F00", "灯市消防本部・本町消防署", "あかりししょうぼうほんぶ", SiteKind.FIRE_STATION, town, 12.1),
        ("DC", "灯市電算センター", "あかりしでんさんせんたー", SiteKind.DATA_CENTRE, town, 11.8),
        ("W01", "本町浄水場", "ほんまちじょうすいじょう", SiteKind.WATERWORKS, town, 24.0),
        ("H01", "灯市立総合医療センター", "あかりしりつそうごういりょうせんたー", SiteKind.HOSPITAL, spa, 38.0),
        ("P01", "中央防災備蓄倉庫", "ちゅうおうぼうさいびちくそうこ", SiteKind.STORE, river, 21.0),
    ]
    for code, name, kana, kind, place, height in single:
        yield _site(random, code, name, kind, place, height, kana=kana)
    for number, place in enumerate(branches, 1):
        height = random.uniform(3.2, 8.0) if place.coastal else random.uniform(20, 410)
        kana = f"{place.kana}ししょ"
        yield _site(random, f"B{number:02}", f"{place.name}支所", SiteKind.BRANCH_OFFICE, place, height, kana=kana)
    for number, place in enumerate((port, beach, spa, bay), 1):
        kana = f"{place.kana}しょうぼうしょ"
        yield _site(random, f"F{number:02}", f"{place.name}消防署", SiteKind.FIRE_STATION, place, 8.0, kana=kana)
    for number, place in enumerate(DISTRICTS):
        height = random.uniform(2.4, 14) if place.coastal else random.uniform(9, 380)
        size = 2 if place.people > 40_000 else 1 if place.people > 10_000 else 0
        for i, name in enumerate(_SCHOOLS[: 2 + 2 * size]):
            code, seats = f"S{number:02}{i}", random.randrange(180, 900, 10)
            also = [SiteKind.SHELTER, SiteKind.EVACUATION_SITE]
            yield _site(random, code, place.name + name, SiteKind.SCHOOL, place, height, capacity=seats, also=also)
        for i, name in enumerate(_HALLS[: 2 + size]):
            code, seats = f"A{number:02}{i}", random.randrange(40, 300, 10)
            yield _site(random, code, place.name + name, SiteKind.SHELTER, place, height, capacity=seats)
        for i, name in enumerate(_HOMES[: 1 + 3 * size]):
            code, beds = f"C{number:02}{i}", random.randrange(20, 120, 5)
            yield _site(random, code, place.name + name, SiteKind.FACILITY, place, height, capacity=beds)


def _site(
    random: Random, code: str, name: str, kind: SiteKind, place: District, height: float, **more: object
) -> Draft:
    # on the coast nothing stands east of its district's centre, where the sea is
    east = random.uniform(-0.015, 0.002 if place.coastal else 0.015)
    said: dict[str, Any] = {
        "code": code,
        "name": name,
        "site_kind": kind,
        "address": f"{NAME}{place.name}{random.randint(1, 8)}丁目{random.randint(1, 30)}-{random.randint(1, 20)}",
        "lat": round(place.lat + random.uniform(-0.012, 0.012), 5),
        "lon": round(place.lon + east, 5),
        "elevation_m": round(height, 1),
        # no telephone number begins with 000
        "phone": f"000-{random.randint(100, 999)}-{random.randint(0, 9999):04}",
        "district": district(place.name),
        **more,
    }
    return demo_draft(SiteDescribed(**said), site(code))


def _around(lat: float, lon: float, radius: float) -> dict[str, object]:
    """An octagon about a point, ``radius`` degrees of latitude wide."""
    ring = [
        [
            round(lon + radius * math.cos(math.pi * i / 4) / math.cos(math.radians(lat)), 5),
            round(lat + radius * math.sin(math.pi * i / 4), 5),
        ]
        for i in range(8)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
