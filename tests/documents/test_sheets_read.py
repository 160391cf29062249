"""Spreadsheets in: anyone's file, every bad cell named, nothing loaded until told."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from tomoshibi.documents import CellError, Column, Problem, Sheet, SheetError, SheetRefused, read_sheet, write_xlsx
from tomoshibi.documents.sheets import Limits
from tomoshibi.vocabulary import T, speak
from tomoshibi.vocabulary.clock import JAPAN


def section(text):
    if text not in ("総務課", "防災課"):
        raise CellError(
            T("知らない課です", "this section is unknown"), T("課を先に登録してください。", "Register it first.")
        )
    return {"総務課": 1, "防災課": 2}[text]


COLUMNS = (
    Column("no", T("職員番号", "Staff no."), required=True, unique=True, aliases=("番号", "ID")),
    Column("name", T("氏名", "Name"), kind="name", required=True),
    Column("section", T("課", "Section"), parse=section),
    Column("born", T("生年月日", "Date of birth"), kind="date"),
    Column("people", T("人数", "People"), kind="integer"),
)
HEAD = "職員番号,氏名,課,生年月日,人数\n"


def workbook(*sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, change) -> bytes:
    """The archive with each part passed through ``change(name, bytes)``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def test_a_half_bad_sheet_names_its_rows_and_loads_nothing_until_told():
    text = (
        HEAD
        + "1,甲,総務課,R8.11.22,３\n2,,防災課,令和元年4月1日,多\n1,丙,経理課,2026/2/30,1.5\n4,丁,防災課,1950-01-01,\n"
    )
    result = read_sheet(text.encode(), COLUMNS)
    assert not result.ok and result.bad_rows == (3, 4) and [row.number for row in result.rows] == [2, 5]
    assert [(p.row, str(p.column), p.value, p.what.en) for p in result.problems] == [
        (3, "氏名", "", "this is blank"),
        (3, "生年月日", "令和元年4月1日", result.problems[1].what.en),
        (3, "人数", "多", "this is not a number"),
        (4, "職員番号", "1", "the same as in row 2"),
        (4, "課", "経理課", "this section is unknown"),
        (4, "生年月日", "2026/2/30", "there is no such day"),
        (4, "人数", "1.5", "this is not a whole number"),
    ]
    with pytest.raises(SheetRefused) as caught:
        result.load()
    assert len(caught.value.problems) == 7
    for lang, words in (("ja", "2行に問題があるため、何も取り込んでいません"), ("en", "2 rows have problems")):
        with speak(lang):
            assert words in str(caught.value)
    good = {"no": "1", "name": "甲", "section": 1, "born": dt.date(2026, 11, 22), "people": 3}
    assert result.load(good_only=True)[0] == good


def test_a_problem_says_where_what_and_what_to_do_in_both_languages():
    problem = Problem(
        "名簿", 7, T("人数", "People"), "多", T("数として読めません", "this is not a number"), T("直す。", "Do.")
    )
    with speak("ja"):
        assert str(problem) == "「名簿」7行 人数「多」: 数として読めません。直す。"
    with speak("en"):
        assert str(problem) == "名簿, row 7, People (多): this is not a number. Do."


@pytest.mark.parametrize(
    "head",
    [
        "職員番号,氏名,課,生年月日,人数",
        "職員 番号※,氏　名,課,生年月日（必須）,[人数]",
        "staff NO.,ｎａｍｅ,SECTION,Date Of Birth,people",
        "番号,name,section,born,people",
        "ＩＤ,氏名,課,生年月日,人数",
    ],
)
def test_headings_in_any_language_width_and_spacing(head):
    result = read_sheet(f"{head}\n1,甲,総務課,1950.1.2,1\n".encode(), COLUMNS)
    assert result.load()[0] == {"no": "1", "name": "甲", "section": 1, "born": dt.date(1950, 1, 2), "people": 1}


def test_titles_notes_and_blank_rows_are_passed_over():
    text = "職員名簿,,\n令和8年度,,\n\n" + HEAD + "\n ,　,\n1,甲,,,\n"
    result = read_sheet(text.encode(), COLUMNS)
    assert (result.heading_row, [r.number for r in result.rows]) == (4, [7])


def test_unknown_headings_are_told_and_required_ones_are_missed():
    result = read_sheet("氏名,好物\n甲,餅\n".encode(), COLUMNS)
    assert result.ignored == ("好物",)
    assert result.rows == () and [(p.row, str(p.column)) for p in result.problems] == [(1, "職員番号")]


def test_a_heading_twice_is_a_problem():
    result = read_sheet("番号,職員番号,氏名\n1,2,甲\n".encode(), COLUMNS)
    assert [(p.value, p.what.en) for p in result.problems] == [("職員番号", "two columns have this heading")]


def test_no_heading_says_what_was_looked_for():
    with pytest.raises(SheetError, match=r"調べたシート: 表.*職員番号、氏名"):
        read_sheet(workbook(("表", [["a", "b"]])), COLUMNS)


def test_two_columns_with_one_heading_are_the_programmer_s_mistake():
    with pytest.raises(ValueError, match="'a' and 'b' share the heading"):
        read_sheet(b"x", [Column("a", T("名", "A")), Column("b", T("乙", "B"), aliases=["名"])])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("comma", [",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_separators_are_found_out(encoding, comma, end):
    text = (HEAD + "1,髙橋〜①,総務課,昭和25年1月2日,1,\n").replace("\n", end).replace(",", comma)
    text = text.replace("〜", "～")  # what Windows writes for a wave dash
    row = read_sheet(text.encode(encoding), COLUMNS).load()[0]
    assert row["name"] == "髙橋～①" and row["born"] == dt.date(1950, 1, 2)


def test_bytes_of_no_encoding_name_their_line():
    with pytest.raises(SheetError, match="2行目"):
        read_sheet(HEAD.encode() + b"1,\x81\xff\n", COLUMNS)


@pytest.mark.parametrize("text", [HEAD + '1,"甲,総務課\n2,乙\n', HEAD + '1,"甲"乙,総務課\n'])
def test_a_stray_quote_is_named_with_its_row(text):
    with pytest.raises(SheetError, match="CSV の2行目"):
        read_sheet(text.encode(), COLUMNS)


def test_files_of_another_kind_are_refused_kindly():
    for data, words in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "パスワード"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "文字コードが分かりません|表のファイルではありません"),
        (b"%PDF-1.7\n\0\0", "表のファイルではありません"),
        (b"PK\x03\x04 broken", "開けません"),
        (b"", "見出し"),
    ):
        with pytest.raises(SheetError, match=words):
            read_sheet(data, COLUMNS)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(SheetError, match="ブック"):
        read_sheet(out.getvalue(), COLUMNS)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_sheet(tmp_path / "none.xlsx", COLUMNS)


def test_excel_of_another_s_making():
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "表紙"
    cover.append(["職員名簿"])
    hidden = book.create_sheet("隠し")
    hidden.append(["職員番号", "氏名"])
    hidden.append(["9", "隠"])
    hidden.sheet_state = "hidden"
    page = book.create_sheet("名簿")
    page.append([])
    page.append([None, "職員番号", "氏名", "生年月日", "人数", "謎"])
    page.append([None, 7, " 甲 ", dt.datetime(1950, 1, 2), 3.0, "x"])  # noqa: DTZ001
    page.append([None, 8.0, "乙", "平成元年1月8日", "１，２００"])
    page.append([None, "009", "丙", 20261122, "=1/0"])
    page["F5"].data_type = "e"
    page["E5"].value = "#DIV/0!"
    page["E5"].data_type = "e"
    page["A900000"].number_format = "@"  # formatted once, far down
    out = io.BytesIO()
    book.save(out)
    result = read_sheet(out.getvalue(), COLUMNS)
    assert (result.sheet, result.heading_row, result.ignored) == ("名簿", 2, ("謎",))
    assert [row.values for row in result.rows] == [
        {"no": "7", "name": "甲", "section": None, "born": dt.date(1950, 1, 2), "people": 3},
        {"no": "8", "name": "乙", "section": None, "born": dt.date(1989, 1, 8), "people": 1200},
    ]
    assert [(p.row, str(p.column), p.value) for p in result.problems] == [(5, "人数", "#DIV/0!")]


def test_a_formula_that_was_never_calculated_is_no_blank():
    data = workbook(("表", [["職員番号", "氏名", "人数"], ["1", "甲", "=1+1"], ["2", "乙", 3], ["=A1", None, None]]))
    result = read_sheet(data, COLUMNS)
    assert [(p.row, str(p.column), p.what.en) for p in result.problems] == [
        (2, "人数", "the formula in this cell was never calculated"),
        (4, "職員番号", "the formula in this cell was never calculated"),
        (4, "氏名", "this is blank"),
    ]
    for made, value in ((b"<v>2</v>", 2), (b"<v></v>", None)):
        kept = repacked(data, lambda name, part, made=made: part.replace(b"<v/>", made).replace(b"<v></v>", made))
        if value is None:
            kept = repacked(kept, lambda name, part: part.replace(b'r="C2"', b'r="C2" t="str"'))
        assert read_sheet(kept, COLUMNS).rows[0].values["people"] == value


def test_a_sheet_may_be_asked_for():
    data = workbook(("一", [["職員番号", "氏名"], ["1", "甲"]]), ("二", [["職員番号", "氏名"], ["2", "乙"]]))
    assert read_sheet(data, COLUMNS).load()[0]["no"] == "1"
    assert read_sheet(data, COLUMNS, sheet="二").load()[0]["no"] == "2"
    with pytest.raises(SheetError, match="見出し"):
        read_sheet(data, COLUMNS, sheet="三")


def test_sources_may_be_bytes_path_or_stream(tmp_path):
    data = (HEAD + "1,甲,,,\n").encode()
    (tmp_path / "a.csv").write_bytes(data)
    for source in (data, tmp_path / "a.csv", str(tmp_path / "a.csv"), io.BytesIO(data)):
        assert read_sheet(source, COLUMNS).load()[0]["name"] == "甲"


def test_limits_on_size_rows_and_unpacked_size():
    data = (HEAD + "1,甲,,,\n2,乙,,,\n").encode()
    with pytest.raises(SheetError, match="大きすぎます"):
        read_sheet(data, COLUMNS, limits=Limits(size=20))
    with pytest.raises(SheetError, match="2行"):
        read_sheet(data, COLUMNS, limits=Limits(rows=2))
    packed = workbook(("表", [["職員番号", "氏名"], *([str(n), "甲"] for n in range(50))]))
    with pytest.raises(SheetError, match="20行"):
        read_sheet(packed, COLUMNS, limits=Limits(rows=20))
    bomb = repacked(packed, lambda name, data: data + b" " * 5_000_000 if name.endswith("sheet1.xml") else data)
    assert len(bomb) < 50_000
    with pytest.raises(SheetError, match="展開すると"):
        read_sheet(bomb, COLUMNS, limits=Limits(unpacked=4_000_000))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", "<!-- far away -->" + " " * 70_000, "<!--" + "x" * 70_000 + "-->"])
def test_xml_with_declarations_is_refused(part, encoding, before):
    lol = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    def change(name, data):
        text = data.decode()
        rest = text.partition("?>")[2] if text.startswith("<?xml") else text
        return (
            f'<?xml version="1.0" encoding="{encoding}"?>{before}{lol}{rest}'.encode(encoding) if name == part else data
        )

    with pytest.raises(SheetError, match="DTD"):
        read_sheet(repacked(workbook(("表", [["職員番号", "氏名"]])), change), COLUMNS)


def test_a_lying_size_of_the_sheet_is_not_believed():
    data = repacked(
        workbook(("表", [["職員番号", "氏名"], ["1", "甲"]])),
        lambda name, data: data.replace(b'ref="A1:B2"', b'ref="A1:A1"') if name.endswith("sheet1.xml") else data,
    )
    assert read_sheet(data, COLUMNS).load()[0]["name"] == "甲"


def test_a_broken_part_is_an_error_and_not_half_a_sheet():
    data = repacked(
        workbook(("表", [["職員番号", "氏名"], *([str(n), "甲"] for n in range(60))])),
        lambda name, data: data[: len(data) * 2 // 3] if name.endswith("sheet1.xml") else data,
    )
    with pytest.raises(SheetError, match="開けません"):
        read_sheet(data, COLUMNS)


KINDS = {
    kind: Column("v", T("値", "Value"), kind=kind) for kind in ("date", "datetime", "time", "yes", "number", "text")
}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "2026-11-22", dt.date(2026, 11, 22)),
        ("date", "２０２６／１１／２２", dt.date(2026, 11, 22)),
        ("date", "2026年11月2日", dt.date(2026, 11, 2)),
        ("date", "20261122", dt.date(2026, 11, 22)),
        ("date", "令和元年５月１日", dt.date(2019, 5, 1)),
        ("date", "S63/12/31", dt.date(1988, 12, 31)),
        ("date", "M45.7.29", dt.date(1912, 7, 29)),
        ("datetime", "2026-11-22 9:05", dt.datetime(2026, 11, 22, 9, 5, tzinfo=JAPAN)),
        ("datetime", "2026/11/22 09:05:30", dt.datetime(2026, 11, 22, 9, 5, 30, tzinfo=JAPAN)),
        ("datetime", "令和8年11月22日(日) 9時5分", dt.datetime(2026, 11, 22, 9, 5, tzinfo=JAPAN)),
        ("datetime", "令和8年11月22日9時05分", dt.datetime(2026, 11, 22, 9, 5, tzinfo=JAPAN)),
        ("datetime", "2026-11-22T00:05:00Z", dt.datetime(2026, 11, 22, 9, 5, tzinfo=JAPAN)),
        ("time", "９：０５", dt.time(9, 5)),
        ("time", "9時5分", dt.time(9, 5)),
        ("yes", "○", True),
        ("yes", "ＹＥＳ", True),
        ("yes", "無し", False),
        ("number", "△5", None),
        ("number", "１，２３４．５", 1234.5),
        ("number", "−5", -5.0),
        ("number", "1,23", None),
        ("number", "12人", None),
        ("number", "nan", None),
        ("date", "8年1月1日", None),
        ("date", "46348", None),
        ("date", "11/22", None),
        ("date", "H31.5.1", None),
        ("datetime", "2026-11-22", None),
        ("datetime", "2026-11-22 25:00", None),
        ("time", "24:00", None),
        ("yes", "たぶん", None),
        ("text", "　前後の空白 ", "前後の空白"),
    ],
)
def test_values_as_people_type_them(kind, text, value):
    result = read_sheet(f'値\n"{text}"\n'.encode(), [KINDS[kind]])
    if value is None:
        assert len(result.problems) == 1
        assert all(str(result.problems[0]) for _ in "x") and result.problems[0].value == text
        for lang in ("ja", "en"):
            with speak(lang):
                assert text in str(result.problems[0]) and str(result.problems[0]).endswith(("。", "."))
    else:
        assert result.load() == [{"v": value}]


def test_excel_s_moments_and_lengths_of_time():
    data = workbook(("表", [["値"], [dt.timedelta(hours=9, minutes=5)], [dt.time(9, 5)]]))
    assert read_sheet(data, [KINDS["time"]]).load() == [{"v": dt.time(9, 5)}] * 2


def test_errors_of_a_column_s_own_reader_are_problems():
    column = Column("v", T("値", "Value"), kind="integer", parse=lambda n: [][n])
    with pytest.raises(IndexError):
        read_sheet("値\n1\n".encode(), [column])
    column = Column("v", T("値", "Value"), kind="integer", parse=lambda n: int("x"))
    assert "この値は使えません" in str(read_sheet("値\n1\n".encode(), [column]).problems[0])


def test_what_we_write_for_people_to_fill_in_is_read(tmp_path):
    write_xlsx(Sheet("職員", COLUMNS, []), tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    book["職員"].append(["007", "渡邉\U000e010f", "防災課", "R1.5.1", 2])
    book.save(tmp_path / "form.xlsx")
    assert read_sheet(tmp_path / "form.xlsx", COLUMNS).load() == [
        {"no": "007", "name": "渡邉\U000e010f", "section": 2, "born": dt.date(2019, 5, 1), "people": 2}
    ]
