"""JMA's code tables: a town is reached by bulletins for the areas around it, and by none of another list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tomoshibi.bulletins import Area, Bulletin, BulletinError
from tomoshibi.bulletins.codes import CodeTables, load_codes
from tomoshibi.bulletins.inforce import for_areas, in_force


@pytest.fixture(scope="module")
def tables(shared: Path) -> CodeTables:
    return load_codes(shared / "codes/jma_code_dictionary/csv")


def test_a_town_and_the_areas_around_it(tables: CodeTables) -> None:
    iwaki = tables.town("072044")
    assert (iwaki.name, iwaki.kana, iwaki.code.six) == ("いわき市", "いわきし", "072044")
    assert tables.areas[iwaki.forecast] == "福島県"
    assert tables.areas[iwaki.primary] == "浜通り"
    assert tables.areas[iwaki.earthquake] == "福島県浜通り"
    assert tables.keys_of("07204") == {
        "city:0720400", "weather:070000", "weather:070020", "weather:070023", "quake:251", "quake:07",
    }  # fmt: skip


def test_a_designated_city_has_its_parts_and_wards(tables: CodeTables) -> None:
    keys = tables.keys_of("14100")
    assert {"city:1410000", "city:1410011", "city:1410012", "city:1410300"} <= keys
    assert "quake:360" in keys


def test_the_whole_country(tables: CodeTables) -> None:
    assert len(tables.towns) > 2000
    assert len(tables.stations) > 4300
    known = [t for t in tables.towns.values() if t.group]
    assert len(known) > 1700
    assert all(t.forecast and t.primary for t in known)


def test_numbers_of_different_lists_are_not_mixed_up() -> None:
    quake = Area("251", "福島県浜通り", "地震情報／細分区域")
    coast = Area("251", "どこかの沿岸", "津波予報区")
    assert (quake.key, coast.key) == ("quake:251", "coast:251")
    assert Area("070000", "福島県", "気象警報・注意報（府県予報区等）").key == "weather:070000"
    assert Area("1410011", "横浜市北部", "気象・地震・火山情報／市町村等").key == "city:1410011"


def test_what_is_in_force_for_a_town(tables: CodeTables, sample: Callable[[str], Bulletin]) -> None:
    odawara = sample("17_04_01")
    held = in_force([odawara], odawara.reported)
    assert len(for_areas(held, tables.keys_of("14206"))) == 1
    assert for_areas(held, tables.keys_of("07204")) == []


def test_missing_and_broken_tables_are_named(tmp_path: Path, shared: Path) -> None:
    with pytest.raises(BulletinError, match="WarningTable"):
        load_codes(tmp_path)
    for file in (shared / "codes/jma_code_dictionary/csv").glob("Area*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    load_codes(tmp_path)
    (tmp_path / "AreaTsunami.csv").write_text("100\n", encoding="utf-8")
    with pytest.raises(BulletinError, match=r"AreaTsunami\.csv.*1行目"):
        load_codes(tmp_path)
    (tmp_path / "AreaTsunami.csv").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(BulletinError, match="AreaTsunami"):
        load_codes(tmp_path)


def test_unknown_codes_are_named(tables: CodeTables) -> None:
    for code in ("99999", "07999", "072045"):
        with pytest.raises(BulletinError, match=code):
            tables.town(code)
