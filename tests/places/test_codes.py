"""Area codes of the whole country, from JMA's tables and the official list: mapped, verified, bad rows named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tomoshibi.bulletins import BulletinError
from tomoshibi.cli import main
from tomoshibi.documents import SheetRefused
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.places import demo
from tomoshibi.places.codes import CodesRefused, load_list, load_tables
from tomoshibi.places.models import AreaCodeRow, MunicipalityRow
from tomoshibi.places.queries import our_codes
from tomoshibi.places.subjects import Municipality

pytestmark = pytest.mark.django_db
TABLES = Path(__file__).resolve().parents[3] / "shared/data/codes/jma_code_dictionary/csv"
ME = system("test")
USED = (
    "AreaInformationCity.csv",
    "AreaForecastLocalM_WarningTable.csv",
    "AreaForecastLocalM_TornadoTable.csv",
    "AreaForecastLocalE_AreaInformationCity_PointSeismicIntensity.csv",
    "AreaTsunami.csv",
)


@pytest.fixture
def city() -> None:
    nodes.found("test")
    demo.load()


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """JMA's tables with the municipalities of 福島県 only."""
    if not TABLES.is_dir():
        pytest.skip("JMA's code tables are not at ../shared/data/codes")
    for name in USED:
        shutil.copy(TABLES / name, tmp_path)
    cities = tmp_path / USED[0]
    lines = cities.read_text(encoding="utf-8-sig").splitlines()
    cities.write_text("\n".join(line for line in lines if line.startswith("07")), encoding="utf-8")
    return tmp_path


def test_every_municipality_has_the_codes_by_which_telegrams_mean_it(city: None, few: Path) -> None:
    told: list[tuple[int, int]] = []
    done = load_tables(few, ME, progress=lambda done, of: told.append((done, of)))
    assert (done.new, done.changed, done.same) == (58, 0, 1)  # 59 municipalities; the city knows its codes
    assert told[-1] == (58, 58)
    codes = dict(AreaCodeRow.objects.filter(subject=Municipality.ref("07201")).values_list("code", "name"))
    names = {"0720100": "福島市", "250": "福島県中通り", "070011": "中通り北部", "070010": "中通り", "070000": "福島県"}
    assert codes == names
    assert MunicipalityRow.objects.get(subject=Municipality.ref("07201")).code == "072010"  # with its check digit


def test_the_towns_own_name_and_codes_stay(city: None, few: Path) -> None:
    load_tables(few, ME)
    assert MunicipalityRow.objects.get(ours=True).name == demo.NAME
    ours = our_codes()
    assert ("津波予報区", "250") in ours  # no table says which coast
    assert ("地震情報／細分区域", "251") in ours
    assert {c for s, c in ours if s == "気象情報／府県予報区・細分区域等"} == {"070000", "070020", "070023"}


def test_twice_records_nothing_more(city: None, few: Path) -> None:
    load_tables(few, ME)
    entries = EntryRow.objects.count()
    again = load_tables(few, ME)
    assert (again.new, again.changed, EntryRow.objects.count()) == (0, 0, entries)


def test_bad_rows_are_named_and_nothing_is_loaded_unless_said(city: None, few: Path) -> None:
    path = few / USED[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2:2] = ["9920100,どこか,どこか,どこか,070012,1,1,0,0,1,1,1,1,,", "0720100,短い"]
    path.write_text("\n".join(lines), encoding="utf-8")
    before = EntryRow.objects.count()
    with pytest.raises(CodesRefused) as refused:
        load_tables(few, ME)
    assert [p.text.ja.partition(": ")[2][:3] for p in refused.value.problems] == ["3行目", "4行目"]
    assert EntryRow.objects.count() == before
    done = load_tables(few, ME, accept_good=True)
    assert len(done.problems) == 2 and done.new > 50


def test_a_folder_without_the_tables_is_named(city: None, tmp_path: Path) -> None:
    with pytest.raises(BulletinError, match="AreaForecastLocalM"):
        load_tables(tmp_path, ME)


def test_the_official_list_is_read_with_its_check_digits(city: None) -> None:
    sheet = (
        "団体コード,都道府県名（漢字）,市区町村名（漢字）,都道府県名（カナ）,市区町村名（カナ）\n"
        "070009,福島県,,ﾌｸｼﾏｹﾝ,\n072010,福島県,福島市,ﾌｸｼﾏｹﾝ,ﾌｸｼﾏｼ\n072044,福島県,いわき市,ﾌｸｼﾏｹﾝ,ｲﾜｷｼ\n"
    )
    done = load_list(sheet.encode(), ME)
    assert (done.new, done.same) == (1, 1)
    assert MunicipalityRow.objects.get(subject=Municipality.ref("07201")).name == "福島市"
    assert MunicipalityRow.objects.get(ours=True).name == demo.NAME
    with pytest.raises(SheetRefused) as refused:
        load_list(sheet.replace("072010", "072011").encode(), ME)
    assert any(p.row == 3 and "検査数字" in p.what.ja for p in refused.value.problems)


def test_the_command_names_what_is_wrong(city: None, few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tomoshibi.cli.lists.need_setup", lambda: None)
    run = CliRunner()
    done = run.invoke(main, ["places", "import", str(few), "--list", "codes"], env={"LC_ALL": "C"})
    assert done.exit_code == 0 and "new" in done.output
    (few / USED[4]).write_text("x\n", encoding="utf-8")
    done = run.invoke(main, ["places", "import", str(few), "--list", "codes"], env={"LC_ALL": "C"})
    assert done.exit_code == 1 and "AreaTsunami.csv" in done.output
    assert run.invoke(main, ["places", "import", str(few)], env={"LC_ALL": "C"}).exit_code == 1
