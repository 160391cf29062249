"""What each kind of telegram says, from samples whose content is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tomoshibi.bulletins import Bulletin, Info, Kind, Status, read
from tomoshibi.bulletins.model import MUNICIPALITY
from tomoshibi.vocabulary import Grade, IntensityClass

Sample = Callable[[str], Bulletin]
UNREPORTED = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


def test_an_earthquake(sample: Sample) -> None:
    b = sample("32-35_07_06")
    assert (b.type, b.kind, b.event, b.serial) == ("VXSE53", Kind.EARTHQUAKE, "20090811050711", 1)
    assert b.hypocentre is not None
    assert b.hypocentre[:5] == ("駿河湾", "485", 34.8, 138.5, 20.0)
    assert (b.magnitude, b.max_intensity) == (6.6, IntensityClass.SIX_LOWER)
    assert b.comment_codes == ("0211", "0241", "0262")
    by_name = {station.name: station for station in b.stations}
    assert by_name["伊豆市市山＊"].intensity is IntensityClass.SIX_LOWER
    assert not by_name["伊豆市市山＊"].own
    assert {a.name: a.intensity for a in b.areas}["静岡県東部"] is IntensityClass.FIVE_UPPER


def test_unreported_is_a_class_of_its_own(sample: Sample) -> None:
    b = sample("32-35_07_06")
    fuji = next(a for a in b.municipalities if a.name == "富士市")
    assert (fuji.intensity, fuji.reported) == (UNREPORTED, IntensityClass.FOUR)
    # a town with a silent station that reported 5強 elsewhere is 5強: stronger than what is unknown
    nishiizu = next(a for a in b.municipalities if a.name == "西伊豆町")
    assert (nishiizu.intensity, nishiizu.reported) == (IntensityClass.FIVE_UPPER, None)
    silent = [s.name for s in b.stations if s.intensity is UNREPORTED]
    assert "富士市岩渕＊" in silent
    assert "西伊豆町宇久須＊" in silent
    assert fuji.intensity.at_least(IntensityClass.FIVE_LOWER) is True


def test_a_silent_town_makes_its_area_and_prefecture_unknown(telegram: Callable[..., bytes]) -> None:
    body = (
        "<Intensity><Observation><MaxInt>4</MaxInt><Pref><Name>県</Name><Code>22</Code><MaxInt>4</MaxInt><Area><Name>区</Name>"
        "<Code>441</Code><MaxInt>4</MaxInt><City><Name>市</Name><Code>2221000</Code><Condition>震度５弱以上未入電</Condition>"
        "<IntensityStation><Name>市＊</Name><Code>2221033</Code><Int>震度５弱以上未入電</Int></IntensityStation>"
        "</City></Area></Pref></Observation></Intensity>"
    )
    (b,) = read(telegram("震源・震度に関する情報", body=body, space="seismology1"), "x_VXSE53.xml")
    assert b.max_intensity is UNREPORTED
    assert [(a.name, a.intensity, a.reported) for a in b.everywhere] == [
        ("県", UNREPORTED, IntensityClass.FOUR),
        ("区", UNREPORTED, IntensityClass.FOUR),
        ("市", UNREPORTED, None),
    ]


def test_a_distant_earthquake_has_no_depth_and_no_area(sample: Sample) -> None:
    b = sample("32-39_05_06")
    assert b.hypocentre is not None
    assert b.hypocentre[2:] == (-36.1, -72.6, None, "チリ中部沿岸")
    assert b.everywhere == ()


def test_a_revised_hypocentre_uses_degrees_and_minutes(sample: Sample) -> None:
    b = sample("32-35_03_02")
    assert b.hypocentre is not None
    assert b.hypocentre.lat == pytest.approx(34 + 47.1 / 60, abs=1e-5)
    assert b.hypocentre.lon == pytest.approx(138 + 29.9 / 60, abs=1e-5)
    assert b.hypocentre.depth_km == 23.0


def test_an_early_warning(sample: Sample) -> None:
    b = sample("37_01_02")
    assert (b.kind, b.max_intensity, b.grade) == (Kind.EEW, IntensityClass.SIX_LOWER, Grade.SPECIAL)
    nanyo = b.areas[0]
    assert (nanyo.name, nanyo.intensity, nanyo.grade) == ("愛媛県南予", IntensityClass.SIX_LOWER, 5)
    assert nanyo.at is not None
    assert nanyo.at.isoformat() == "2024-04-17T23:15:04+09:00"


def test_long_period_classes(sample: Sample) -> None:
    b = sample("78_01_01")
    assert b.max_lg_intensity == 3
    assert [s.lg_intensity for s in b.stations[:3]] == [3, 1, 1]


def test_a_great_tsunami_has_words_for_heights(sample: Sample) -> None:
    b = sample("32-39_12_02")
    assert (b.status, b.magnitude, b.magnitude_text) == (Status.TRAINING, None, "Ｍ８を超える巨大地震")
    assert (b.areas[0].kind, b.areas[0].grade, b.areas[0].height, b.areas[0].height_m) == (
        "大津波警報：発表",
        5,
        "巨大",
        None,
    )
    gauge = sample("32-39_12_05").stations[0]
    assert (gauge.name, gauge.height_m, gauge.kind) == ("静岡御前崎沖", 1.8, "observed")


def test_new_weather_warnings_carry_levels(sample: Sample) -> None:
    assert (sample("15_16_02_241031").level, sample("15_16_02_241031").grade) == (4, Grade.DANGER)
    wind = sample("15_16_04_241226")
    assert (wind.level, wind.grade) == (None, Grade.WARNING)
    assert {a.kind for a in wind.municipalities} == {"暴風警報", "強風注意報"}


def test_a_landslide_telegrams_level_stands_in_its_title(sample: Sample) -> None:
    b = sample("17_04_01")
    assert (b.level, b.grade, {a.kind for a in b.municipalities}) == (4, Grade.DANGER, {"レベル４土砂災害危険警報"})
    lifted = sample("17_04_03")
    assert (lifted.level, lifted.grade) == (None, Grade.NONE)
    assert lifted.municipalities and all(a.lifted for a in lifted.municipalities)
    assert b.event == "神奈川県土砂災害警戒情報"


def test_a_flood_names_the_towns_that_may_be_flooded(sample: Sample) -> None:
    b = sample("16_02_02")
    assert (b.level, b.grade) == (3, Grade.WARNING)
    assert {"武雄市", "嬉野市"} <= {a.name for a in b.municipalities}
    assert all(a.scheme == MUNICIPALITY and a.level == 3 for a in b.municipalities)
    assert sample("16_04_01").level == 5


def test_dangers_of_heavy_rain(sample: Sample) -> None:
    b = sample("73_03_01")
    fukushima = {a.kind: a.level for a in b.areas if a.code == "070000"}
    assert fukushima["土砂災害危険度"] == 5
    assert b.level == 5


def test_a_volcano(sample: Sample) -> None:
    b = sample("45_01_01")
    assert (b.areas[0].name, b.areas[0].level, b.areas[0].change) == ("浅間山", 3, "引上げ")
    assert any(a.code == "1042500" and a.kind == "火口周辺警報" for a in b.municipalities)


def test_a_typhoons_track(sample: Sample) -> None:
    now, ahead = sample("09_01_02").track[:2]
    assert (now.lat, now.lon, now.pressure_hpa, now.wind_ms, now.label) == (20.3, 132.9, 994.0, 15.0, "実況")
    assert ahead.radius_km == 220.0


def test_urgent_bulletins_and_heat_name_their_areas(sample: Sample) -> None:
    band = sample("82_01_01")
    assert {a.kind for a in band.areas} == {"気象防災速報（線状降水帯発生）"}
    assert band.grade is Grade.WARNING
    heat = sample("57_03_01")
    assert (heat.areas[0].name, heat.areas[0].kind) == ("埼玉県", "熱中症警戒アラート")


def test_cancellations(bulletins: dict[str, Bulletin]) -> None:
    cancelled = [b for b in bulletins.values() if b.info is Info.CANCELLED]
    assert len(cancelled) == 21
    told = [b.text for b in cancelled if b.kind in (Kind.EEW, Kind.TSUNAMI)]
    assert told and all(told)


def test_an_unfamiliar_telegram_is_kept_whole(telegram: Callable[..., bytes]) -> None:
    place = "<Item><Area><Name>稚内市</Name><Code>0121400</Code></Area></Item>"
    body = f"<Novel><Text>新しい種類の情報です。</Text></Novel>{place}"
    (b,) = read(telegram("火星気象情報", heading="火星の天気", event="E1", serial="2", body=body), "x.xml")
    assert (b.type, b.kind, b.title, b.event, b.serial) == ("unknown", Kind.OTHER, "火星の天気", "E1", 2)
    assert b.text == "新しい種類の情報です。"
    assert [a.code for a in b.municipalities] == ["0121400"]
    (named,) = read(telegram("火星気象情報"), "20261122_0_VMRS50_010000.xml")
    assert named.type == "VMRS50"


def test_odd_content_is_said_and_the_rest_kept(telegram: Callable[..., bytes]) -> None:
    body = (
        "<Earthquake><OriginTime>yesterday</OriginTime><Hypocenter><Area><Name>海</Name><jmx_eb:Coordinate>+99+999/"
        "</jmx_eb:Coordinate></Area></Hypocenter></Earthquake><Intensity><Observation><MaxInt>9</MaxInt></Observation></Intensity>"
    )
    (b,) = read(telegram("震源・震度に関する情報", body=body, space="seismology1"), "x.xml")
    assert len(b.warnings) == 3
    assert b.hypocentre is not None
    assert (b.hypocentre.name, b.hypocentre.lat, b.max_intensity, b.origin) == ("海", None, None, None)
