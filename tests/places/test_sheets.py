"""Sites and areas as spreadsheets: out and in again, bad rows named, nothing loaded until told."""

import io
from pathlib import Path

import pytest

from tomoshibi.documents import SheetRefused, write_csv, write_xlsx
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places import demo
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.places.models import AreaRow, SiteRow
from tomoshibi.places.queries import areas, sites
from tomoshibi.places.sheets import area_sheet, load_areas, load_sites, site_sheet
from tomoshibi.places.subjects import Area, SiteKind

pytestmark = pytest.mark.django_db
ME = system("test")


@pytest.fixture(autouse=True)
def _node() -> None:
    nodes.found("test")


def csv(*lines: str) -> bytes:
    return "\n".join(("施設番号,施設名,種別,住所,緯度,経度,収容人数,地区", *lines)).encode("cp932")


def test_rows_of_a_towns_own_making() -> None:
    record(Draft(AreaDescribed(name="本町地区"), Area.ref("a")), ME)
    done = load_sites(csv("1,灯第一小学校,学校,灯市1-1,37.05,140.88,320,本町地区", "2,本町集会所,指定避難所,,,,,"), ME)
    assert (done.new, done.changed, done.same) == (2, 0, 0)
    school = SiteRow.objects.get(code="1")
    assert (school.name, school.kind, school.lat, school.capacity) == ("灯第一小学校", "school", 37.05, 320)
    assert school.district == Area.ref("a")


def test_the_same_sheet_twice_and_then_changed() -> None:
    load_sites(csv("1,灯第一小学校,学校,灯市1-1,37.05,140.88,320,"), ME)
    before = EntryRow.objects.count()
    assert load_sites(csv("1,灯第一小学校,学校,灯市1-1,37.05,140.88,320,"), ME).same == 1
    assert EntryRow.objects.count() == before
    assert load_sites(csv("1,灯第一小学校,,,,,400,"), ME).changed == 1
    row = SiteRow.objects.get()
    assert (row.capacity, row.address) == (400, "灯市1-1")  # a blank cell leaves what is known


BAD = (
    "1,灯第一小学校,学校,,37.05,140.88,320,",
    "2,,学校,,,,,",
    "3,中学校,お城,,,,,",
    "4,高校,学校,,95,140,,",
    "5,公民館,,,37.1,,,",
    "6,集会所,,,,,たくさん,",
    "7,分館,,,,,,どこか地区",
    "1,もう一つの一番,学校,,,,,",
)


def test_bad_rows_are_named_and_nothing_is_loaded() -> None:
    with pytest.raises(SheetRefused) as refusal:
        load_sites(csv(*BAD), ME)
    assert [p.row for p in refusal.value.problems] == [3, 4, 5, 6, 7, 8, 9]
    said = [str(p) for p in refusal.value.problems]
    assert "お城" in said[1] and "学校" in said[1]
    assert "どこか地区" in said[5]
    assert not SiteRow.objects.exists()


def test_good_rows_are_loaded_when_told() -> None:
    done = load_sites(csv(*BAD), ME, accept_good=True)
    assert (done.new, len({p.row for p in done.problems})) == (1, 7)
    assert SiteRow.objects.get().name == "灯第一小学校"


def test_without_numbers_the_name_tells_them_apart() -> None:
    with pytest.raises(SheetRefused, match="2行と同じ"):
        load_sites("名称,電話\n公民館,1\n公民館,2\n".encode(), ME)


@pytest.mark.parametrize("write", [write_xlsx, None])
def test_the_whole_city_out_and_in_changes_nothing(write, tmp_path: Path) -> None:
    demo.load()
    for sheet, load in ((site_sheet(sites()), load_sites), (area_sheet(areas()), load_areas)):
        out = io.BytesIO()
        if write:
            write(sheet, out)
        else:
            write_csv(sheet, out)
        before = EntryRow.objects.count()
        done = load(out.getvalue(), ME)
        assert (done.new, done.changed, done.problems) == (0, 0, ())
        assert done.same == len(list(sheet.rows))
        assert EntryRow.objects.count() == before


def test_the_demonstration_city() -> None:
    told: list[tuple[int, int]] = []
    demo.load(lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1]
    assert sites(SiteKind.BRANCH_OFFICE).count() == 12
    assert sites(SiteKind.HEAD_OFFICE).count() == 1
    assert sites(SiteKind.SHELTER).count() > sites(SiteKind.SCHOOL).count() > 20
    assert AreaRow.objects.filter(kind="block").count() == 13 * 8
    before = EntryRow.objects.count()
    demo.load()
    assert EntryRow.objects.count() == before
