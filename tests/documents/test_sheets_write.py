"""Spreadsheets out: what is written is read back, and nothing that is text becomes a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tomoshibi.documents import Column, Sheet, SheetError, read_sheet, write_csv, write_xlsx
from tomoshibi.documents.sheets import defused, restored
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

TEXT = Column("text", T("内容", "Text"), exact=True)
COLUMNS = (
    Column("id", T("番号", "No."), kind="integer"),
    TEXT,
    Column("name", T("氏名", "Name"), kind="name", exact=True),
    Column("number", T("数量", "Quantity"), kind="number"),
    Column("day", T("日付", "Date"), kind="date"),
    Column("at", T("日時", "Moment"), kind="datetime"),
    Column("clock", T("時刻", "Time"), kind="time"),
    Column("yes", T("可否", "Allowed"), kind="yes"),
    Column("mark", T("印", "Mark"), kind="mark"),
)
INJECTIONS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.jp","押す")',
    "+81-90-0000-0000",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "　＝１",
    "'=1",
    "''+1",
    "＋１",
    "－",
    "＠a",
    "_x0041_",
    "_x005F_x0041_",
    "#REF!",
    "2026-11-22",
    "007",
    "1e5",
    "TRUE",
    'a"b,c\r\nd',
    "葛\U000e0100城",
    "\x00\x07\x0b\ufffe",
]
texts = st.text(max_size=12) | st.sampled_from(INJECTIONS) | st.text("=+-@'\t\r\n ＝_x0041,\"", max_size=8)
filled = texts.filter(lambda text: text != "")
days = st.dates(dt.date(1873, 1, 1), dt.date(2200, 1, 1))


def digits_of_excel(number: float) -> float:
    """``number`` with the 15 digits that Excel holds."""
    return float(f"{number:.15g}")


rows = st.fixed_dictionaries(
    {
        "id": st.integers(-(10**20), 10**20),
        "text": filled | st.none(),
        "name": filled | st.none(),
        "number": st.none() | st.floats(-1e300, 1e300).map(digits_of_excel) | st.integers(-999, 999).map(float),
        "day": st.none() | days,
        "at": st.none()
        | st.integers(-2_000_000_000, 7_000_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC)),
        "clock": st.none() | st.times().map(lambda clock: clock.replace(microsecond=0)),
        "yes": st.none() | st.booleans(),
        "mark": st.none() | st.sampled_from(["correction", "cancelled", "late"]),
    }
)


def xlsx(sheet, **options) -> bytes:
    out = io.BytesIO()
    write_xlsx(sheet, out, **options)
    return out.getvalue()


def comma(sheet, **options) -> bytes:
    out = io.BytesIO()
    write_csv(sheet, out, **options)
    return out.getvalue()


@settings(max_examples=60)
@given(st.lists(rows, min_size=1, max_size=6), st.sampled_from(["ja", "en"]))
@example([{"id": i, "text": text, "name": text} for i, text in enumerate(INJECTIONS)], "ja")
def test_what_is_written_is_read_back(held, lang):
    for made in (
        xlsx(Sheet("表", COLUMNS, held), lang=lang),
        comma(Sheet("表", COLUMNS, held), lang=lang),
        comma(Sheet("表", COLUMNS, held), lang=lang, bom=False),
    ):
        assert read_sheet(made, COLUMNS).load() == [{c.name: row.get(c.name) for c in COLUMNS} for row in held]


@settings(max_examples=400)
@given(texts)
def test_the_apostrophe_and_its_removal_are_opposites(text):
    assert restored(defused(text)) == text
    assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", defused(text))


@settings(max_examples=200)
@given(st.lists(filled, min_size=1, max_size=5))
def test_no_field_of_text_in_a_csv_starts_as_a_formula(held):
    sheet = Sheet("表", [Column("text", T("=内容", "=Text"))], [{"text": text} for text in held])
    for line in csv.reader(io.StringIO(comma(sheet).decode("utf-8-sig"), newline="")):
        assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", line[0])


def test_numbers_stay_numbers_in_csv_and_excel():
    held = [{"id": -5, "number": Decimal("-1.25"), "text": "-5"}]
    line = comma(Sheet("表", COLUMNS[:4], held)).decode("utf-8-sig").splitlines()[1]
    assert line == "-5,'-5,,-1.25"
    page = openpyxl.load_workbook(io.BytesIO(xlsx(Sheet("表", COLUMNS[:4], held)))).active
    assert [(c.value, c.data_type) for c in page[2]] == [(-5, "n"), ("-5", "s"), (None, "n"), (-1.25, "n")]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_cell_of_excel_holds_text_and_never_a_formula(text):
    made = xlsx(Sheet("表", [TEXT], [{"text": text}]))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in page.replace(b"<filter", b"") and b't="inlineStr"' in page
    cell = openpyxl.load_workbook(io.BytesIO(made)).active["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix == (defused(text) != text), "Excel keeps it text also after someone edits the cell"


def test_a_heading_is_defused_too():
    assert comma(Sheet("表", [Column("a", T("=1", "=1"))], [])).decode("utf-8-sig") == "'=1\r\n"


def test_excel_dates_are_dates_on_japan_s_clock():
    at = dt.datetime(2026, 11, 21, 15, 5, 9, tzinfo=dt.UTC)
    held = [{"day": dt.date(2026, 11, 22), "at": at, "clock": dt.time(9, 5)}]
    page = openpyxl.load_workbook(io.BytesIO(xlsx(Sheet("表", COLUMNS[4:7], held)))).active
    assert [c.value for c in page[2]] == [
        dt.datetime(2026, 11, 22),  # noqa: DTZ001
        dt.datetime(2026, 11, 22, 0, 5, 9),  # noqa: DTZ001
        dt.time(9, 5),
    ]
    assert [c.number_format for c in page[2]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss"]
    assert comma(Sheet("表", COLUMNS[4:7], held)).decode("utf-8-sig").splitlines()[1] == (
        "2026-11-22,2026-11-22 00:05:09,09:05:00"
    )
    assert read_sheet(xlsx(Sheet("表", COLUMNS[5:6], held)), COLUMNS[5:6]).load()[0]["at"].tzinfo == JAPAN


def test_what_excel_cannot_hold_is_written_as_text():
    held = [{"id": 12345678901234567890, "day": dt.date(1889, 2, 11)}]
    page = openpyxl.load_workbook(io.BytesIO(xlsx(Sheet("表", [COLUMNS[0], COLUMNS[4]], held)))).active
    assert [c.value for c in page[2]] == ["12345678901234567890", "1889-02-11"]


def test_equal_lists_are_equal_files():
    held = [{"id": 1, "text": "甲"}]
    assert xlsx(Sheet("表", COLUMNS, held)) == xlsx(Sheet("表", COLUMNS, held))
    with zipfile.ZipFile(io.BytesIO(xlsx(Sheet("表", COLUMNS, held)))) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_headings_are_in_the_language_frozen_and_filtered(tmp_path):
    write_xlsx(Sheet(T("名簿", "List"), COLUMNS, [{}]), tmp_path / "a.xlsx", lang="en")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    page = book["List"]
    assert [c.value for c in page[1]][:3] == ["No.", "Text", "Name"]
    assert page.freeze_panes == "A2" and page.auto_filter.ref == "A1:I2"
    write_csv(Sheet(T("名簿", "List"), COLUMNS, []), tmp_path / "a.csv", lang="ja")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf" + "番号,内容".encode())


def test_names_of_sheets_are_made_fit_for_excel():
    titles = ["a/b:c*?[x]\\", "a/b:c*?[x]\\", "'", "", "字" * 40, "字" * 40, "葛\U000e0100" * 16]
    book = openpyxl.load_workbook(io.BytesIO(xlsx([Sheet(t, [TEXT], []) for t in titles])))
    assert len(set(book.sheetnames)) == len(titles)
    for name in book.sheetnames:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31 and not re.search(r"[\[\]:*?/\\]", name)
        assert not name.endswith("\U000e0100") or name[-2] == "葛", "no variant is cut in two"


@pytest.mark.parametrize("write", [xlsx, comma])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "object"),
        (float("inf"), "inf"),
        (dt.datetime(2026, 1, 1), "時差"),  # noqa: DTZ001
        ("a\ud800", r"U\+D800"),
    ],
)
def test_a_cell_that_cannot_be_written_is_named(write, value, words):
    with pytest.raises(SheetError, match=rf"「表」3行「内容」.*{words}"):
        write(Sheet("表", [TEXT], [{"text": "甲"}, {"text": value}]))


def test_too_long_for_a_cell_of_excel():
    held = [{"text": "あ" * 32_768}]
    with pytest.raises(SheetError, match="32,767"):
        xlsx(Sheet("表", [TEXT], held))
    assert read_sheet(comma(Sheet("表", [TEXT], held)), [TEXT]).load() == held


def test_a_workbook_needs_a_sheet():
    with pytest.raises(ValueError, match="sheet"):
        xlsx([])
