"""Lists and timelines on A4."""

from __future__ import annotations

import datetime as dt
import io
import re

import pypdf
import pytest

from tomoshibi.documents import TIMELINE, Column, MissingGlyphs, table_pdf, timeline_pdf
from tomoshibi.documents.columns import MARKS, printed
from tomoshibi.vocabulary import T

NOW = dt.datetime(2026, 11, 22, 2, 32, tzinfo=dt.UTC)
COLUMNS = (
    Column("name", T("氏名", "Name"), kind="name"),
    Column("count", T("人数", "People"), kind="integer"),
    Column("born", T("生年月日", "Born"), kind="date"),
    Column("care", T("要配慮", "Care"), kind="yes"),
    Column("memo", T("備考", "Notes")),
)
ROWS = [
    {"name": "葛\U000e0100城 一郎", "count": 1234, "born": dt.date(1950, 1, 1), "care": True, "memo": "車いす"},
    {"name": "山田 花子", "count": 0, "born": None, "care": False, "memo": T("なし", "none")},
]


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_a_list_in_japanese_and_english():
    ja = pages(table_pdf("名簿", COLUMNS, ROWS, created=NOW, lang="ja", notes=["注の一", T("注の二", "Note two")]))[0]
    for part in ("氏名", "葛\U000e0100城 一郎", "1,234", "昭和25年1月1日", "○", "車いす", "なし", "注の一", "注の二"):
        assert part in ja
    en = pages(table_pdf("List", COLUMNS, ROWS, created=NOW, lang="en"))[0]
    for part in ("Name", "1950-01-01", "Yes", "No", "none"):
        assert part in en


def test_the_heading_row_and_group_repeat_on_every_page():
    rows = [{"name": f"避難者{i}", "memo": "南小" if i < 100 else "北小"} for i in range(120)]
    made = pages(table_pdf("名簿", COLUMNS, rows, created=NOW, lang="ja", group="memo"))
    assert len(made) > 2
    assert all("生年月日" in text for text in made)
    assert all(re.search("^南小$|^北小$", text, re.MULTILINE) for text in made)
    together = "".join(made)
    assert re.findall(r"避難者(\d+)", together) == [str(i) for i in range(120)], "no row is lost at a page's end"


def test_landscape_is_wider_than_tall():
    for orientation in ("portrait", "landscape"):
        data = table_pdf("名簿", COLUMNS, ROWS, created=NOW, orientation=orientation)
        box = pypdf.PdfReader(io.BytesIO(data)).pages[0].mediabox
        size = sorted((round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)))
        assert size == [210, 297] and (box.width > box.height) == (orientation == "landscape")


def test_an_empty_list_says_so():
    assert "該当なし" in pages(table_pdf("名簿", COLUMNS, [], created=NOW, lang="ja"))[0]
    assert "None" in pages(table_pdf("List", COLUMNS, [], created=NOW, lang="en"))[0]


def test_a_character_that_cannot_be_printed_is_found_in_its_row():
    with pytest.raises(MissingGlyphs, match=r"groups\[0\]\.rows\[1\]\.cells\[4\]"):
        table_pdf("名簿", COLUMNS, [ROWS[0], {"memo": "🏠"}], created=NOW)


def test_a_long_address_stays_inside_its_column():
    url = "https://example.jp/" + "a" * 300
    columns = (Column("a", T("甲", "A"), width=1), Column("b", T("乙", "B"), width=1))
    text = pages(table_pdf("題", columns, [{"a": url, "b": "となり"}], created=NOW))[0]
    assert len([line for line in text.splitlines() if "aaaa" in line]) >= 5, "broken into lines"
    assert url in text.replace("\n", ""), "and whole when copied"


def moments(*minutes):
    return [NOW + dt.timedelta(minutes=m) for m in minutes]


def test_a_timeline_has_days_clock_and_marks():
    first, second, third = moments(0, 45, 13 * 60)
    rows = [
        {"time": first, "where": "本庁", "what": "震度6弱を観測", "who": "山田", "mark": None},
        {"time": second, "where": "南小", "what": "避難所を開設", "who": "辻\U000e0100", "mark": "corrected"},
        {"time": third, "where": "南小", "what": "避難所を閉鎖", "who": "鈴木", "mark": "late"},
    ]
    ja = pages(timeline_pdf("クロノロジー", rows, created=NOW, lang="ja", training=True))[0]
    for part in ("令和8年11月22日(日)", "令和8年11月23日(月)", "11:32", "12:17", "00:32", "訂正前", "後日記入", "訓練"):
        assert part in ja
    en = pages(timeline_pdf("Timeline", rows, created=NOW, lang="en"))[0]
    for part in ("Sunday 22 November 2026", "Monday 23 November 2026", "Corrected", "Typed late"):
        assert part in en
    assert ja.index("11:32") < ja.index("12:17") < ja.index("00:32")


def strokes(data: bytes) -> int:
    """Lines drawn on the first page."""
    content = pypdf.PdfReader(io.BytesIO(data)).pages[0].get_contents().get_data()
    return len(re.findall(rb"\bl\b[\s\S]{0,40}?\bS\b", content))


@pytest.mark.parametrize("mark", [None, *MARKS])
def test_only_what_no_longer_holds_is_struck_through(mark):
    row = {"time": NOW, "where": "本庁", "what": "設置", "who": "山田"}
    plain = strokes(timeline_pdf("題", [row], created=NOW, columns=TIMELINE[:4]))
    marked = strokes(timeline_pdf("題", [row | {"mark": mark}], created=NOW, columns=TIMELINE[:4]))
    assert (marked > plain) == (mark in ("corrected", "cancelled"))


@pytest.mark.parametrize(
    ("kind", "value", "ja", "en"),
    [
        ("number", 1234.5, "1,234.5", "1,234.5"),
        ("yes", False, "－", "No"),
        ("text", True, "○", "Yes"),
        ("date", dt.date(1868, 1, 3), "1868-01-03", "1868-01-03"),
        ("datetime", NOW, "2026-11-22 11:32", "2026-11-22 11:32"),
        ("time", dt.time(9, 5), "09:05", "09:05"),
        ("mark", "conflict", "不一致", "Conflict"),
        ("text", None, "", ""),
    ],
)
def test_how_values_are_printed(kind, value, ja, en):
    assert (printed(kind, value, "ja"), printed(kind, value, "en")) == (ja, en)
