"""A town's own list becomes a register, or every row that will not do is named and nothing is taken in."""

from __future__ import annotations

import csv
import datetime as dt
import io
from itertools import islice
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.residents import register_of
from tests.residents.register_of import CLERK, DAY, PEOPLE
from tomoshibi.cli import main
from tomoshibi.documents import SheetError, SheetRefused
from tomoshibi.documents.fonts import fonts
from tomoshibi.residents import importing, invented, queries, register
from tomoshibi.residents.register import ITEMS, Record

HEADINGS = list(ITEMS)


def csv_of(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def test_what_was_written_is_read() -> None:
    found = importing.read(csv_of([HEADINGS, *map(list, PEOPLE)]), DAY)
    assert (tuple(found.records), found.problems, found.ignored) == (PEOPLE, (), ())


def test_a_systems_own_headings_and_writing() -> None:
    heads = [
        "住民コード",
        "世帯コード",
        "漢字氏名",
        "カナ 氏名",
        "生年月日",
        "性別",
        "町名",
        "番地",
        "支援措置（フラグ）",
        "個人番号",
    ]
    row = ["0012", "07", "髙橋　花子", "ﾀｶﾊｼ ﾊﾅｺ", "昭和55年5月5日", "２", "本町二丁目", "3", "○", "123456789012"]
    found = importing.read(csv_of([["住民一覧"], heads, row], "cp932"), DAY)
    assert found.records == [
        Record("0012", "07", "", "髙橋　花子", "ﾀｶﾊｼ ﾊﾅｺ", "1980-05-05", "女", "本町二丁目", "3", "", "", "", "1")
    ]
    assert found.ignored == ("個人番号",)
    assert b"123456789012" not in register.write(found.records, "07204")


def test_excel_with_its_own_dates_and_numbers() -> None:
    book = openpyxl.Workbook()
    book.active.append(["宛名番号", "世帯番号", "氏名", "生年月日", "町字"])
    book.active.append([12, 7.0, "高橋　花子", dt.date(1980, 5, 5), "本町"])
    out = io.BytesIO()
    book.save(out)
    (record,) = importing.read(out.getvalue(), DAY).records
    assert record[:6] == ("12", "7", "", "高橋　花子", "", "1980-05-05")


BAD = [
    (0, "", "空"),
    (0, "1", "2行と同じ宛名番号"),
    (3, "", "空"),
    (3, "高橋\x00", "制御文字"),
    (3, "橋" * 201, "200文字"),
    (5, "5月5日", "日付として読めません"),
    (5, "2026-11-02", "より後"),
    (6, "人", "性別"),
    (12, "?", "支援措置"),
]


@pytest.mark.parametrize(("item", "value", "what"), BAD)
def test_a_bad_row_is_named_and_nothing_is_loaded_until_told(item: int, value: str, what: str) -> None:
    bad = list(PEOPLE[1])
    bad[item] = value
    data = csv_of([HEADINGS, list(PEOPLE[0]), bad, list(PEOPLE[2])])
    with pytest.raises(SheetRefused) as refused:
        importing.read(data, DAY)
    (problem,) = refused.value.problems
    assert problem.row == 3
    assert what in problem.text.ja
    assert ITEMS[item] in problem.text.ja
    assert [r.number for r in importing.read(data, DAY, good_only=True).records] == ["1", "3"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"a,b\n1,2\n", csv_of([["宛名番号", "氏名"], ["1", "高橋"]])])
def test_what_is_no_register_is_refused(data: bytes) -> None:
    with pytest.raises(SheetError) as refused:
        importing.read(data, DAY)
    assert refused.value.text.ja != refused.value.text.en


def test_a_column_that_stands_twice_is_refused() -> None:
    with pytest.raises(SheetError, match="氏名"):
        importing.read(csv_of([[*HEADINGS, "氏名"], [*PEOPLE[0], "別名"]]), DAY)


def test_characters_of_a_towns_own_are_pointed_out() -> None:
    own = PEOPLE[0]._replace(name="\ue012　花子")
    assert importing.read(csv_of([HEADINGS, list(own)]), DAY).own_characters == (2,)


_text = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20).map(str.strip)


@settings(max_examples=60)
@given(st.lists(st.tuples(_text, _text, _text).filter(all), min_size=1, max_size=5, unique_by=lambda r: r[0]))
def test_any_text_survives_the_file(tmp_path_factory, rows: list[tuple[str, str, str]]) -> None:
    people = [Record(number, "1", "", name, kana, "", "", "本町", "", "", "", "", "") for number, name, kana in rows]
    path = tmp_path_factory.mktemp("register") / "r"
    path.write_bytes(register.write(people, "07204"))
    with register.opened(path) as (_, records):
        assert list(records) == people


def test_another_file_is_no_register_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(register.NotARegister), register.opened(tmp_path / "x"):
        pass


class TestInvented:
    people = tuple(invented.people(4000, seed=7))

    def test_the_same_seed_gives_the_same_people_and_more_begin_with_them(self) -> None:
        assert tuple(islice(invented.people(4000, seed=7), 4000)) == self.people
        assert tuple(invented.people(500, seed=8)) != self.people[:500]

    def test_they_are_a_register_that_can_be_taken_in(self) -> None:
        found = importing.read(csv_of([HEADINGS, *map(list, self.people)]), invented.AS_OF)
        assert tuple(found.records) == self.people
        assert len({r.number for r in self.people}) == 4000

    def test_they_are_such_as_a_city_has(self) -> None:
        homes: dict[str, list[Record]] = {}
        for r in self.people:
            homes.setdefault(r.household, []).append(r)
        assert 2.2 < 4000 / len(homes) < 2.7
        assert all(h[0].relation == "世帯主" and [m.relation for m in h].count("世帯主") == 1 for h in homes.values())
        ages = [(invented.AS_OF - dt.date.fromisoformat(r.birth)).days / 365.25 for r in self.people]
        assert 0 <= min(ages) < 3
        assert 90 < max(ages) < 105
        old = sum(age >= 65 for age in ages) / len(ages)
        assert 0.24 < old < 0.36
        names = [r.name for r in self.people]
        assert len(names) - len(set(names)) > 200  # namesakes
        everything = "".join(names)
        assert any("\U000e0100" <= c <= "\U000e01ef" for c in everything)
        assert set("髙﨑邉齋") <= set(everything)
        assert 0 < sum(bool(r.protected) for r in self.people) < 40

    def test_their_names_can_be_printed(self) -> None:
        found = fonts()
        if "IPAmj" not in found.described:
            pytest.skip("the font for names, fonts-ipamj-mincho, is not installed")
        names = {r.name for r in self.people}
        assert [m for name in names for m in found.missing(name, name)] == []


@pytest.mark.django_db(databases=["default", "training"])
class TestCommands:
    def test_a_register_is_invented_and_taken_in(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
        register_of.build()
        file = tmp_path / "r.csv"
        made = CliRunner().invoke(main, ["demo", "city", "--residents", "300", "--seed", "3", "--out", str(file)])
        assert made.exit_code == 0, made.output
        done = CliRunner().invoke(main, ["residents", "import", str(file), "--as-of", "2026-11-20"])
        assert done.exit_code == 0, done.output
        assert "300人" in done.output
        taken = queries.snapshot()
        assert taken is not None
        assert (taken.people, taken.as_of, taken.source) == (300, dt.date(2026, 11, 20), "r.csv")
        first = next(invented.people(300, 3))
        assert [h.ref for h in queries.search(f"{first.name} {first.town}", CLERK)] or first.protected
        told = CliRunner().invoke(main, ["residents", "snapshots"])
        assert told.output.count("現在") == 2

    def test_a_half_bad_file_loads_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
        register_of.build()
        file = tmp_path / "bad.csv"
        file.write_bytes(csv_of([HEADINGS, list(PEOPLE[0]), list(PEOPLE[0])]))
        refused = CliRunner().invoke(main, ["residents", "import", str(file), "--as-of", "2026-11-20"])
        assert refused.exit_code == 1
        assert "3行" in refused.output
        assert queries.snapshots().count() == 1
        done = CliRunner().invoke(main, ["residents", "import", str(file), "--as-of", "2026-11-20", "--good-only"])
        assert done.exit_code == 0, done.output
        assert queries.snapshot().people == 1
