"""``make bench ONLY=documents``: A4 pages beside WeasyPrint, spreadsheets by themselves."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.table import Row, median_time, peer, peer_name, side_by_side
from tomoshibi.documents import Column, Sheet, read_sheet, render, timeline_pdf, write_xlsx
from tomoshibi.vocabulary import T

CERTIFICATE = Path(__file__).with_name("documents.typ")
NOW = dt.datetime(2026, 11, 22, 2, 32, tzinfo=dt.UTC)
HEAD = "5e88f1a2" * 8
ROWS = 40
#: no two documents alike: Typst remembers what it has set
_serial = itertools.count(1)


def certificate() -> bytes:
    """One A4 page with a form of eight fields; the peer sets the same text."""
    number = next(_serial)
    fields = {
        "整理番号": f"{number:06}",
        "世帯主住所": f"中央区本町一丁目{number}番地",
        "世帯主氏名": f"葛\U000e0100城 太郎{number}",
        "世帯員": f"葛\U000e0100城 花子、葛\U000e0100城 次郎{number}",
        "罹災原因": "令和8年11月22日の西部地震による",
        "被災住家の所在地": f"南区緑町二丁目{number}番地",
        "住家の被害の程度": "大規模半壊",
        "備考": "第二次調査による",
    }
    data = {
        "number": number,
        "fields": [{"label": k, "value": v, "name": "葛" in v} for k, v in fields.items()],
        "text": [
            "上記のとおり、災害により住家が被害を受けたことを証明する。" * 4,
            f"この証明書は申請第{number}号により交付する。",
        ],
        "issued": dt.date(2026, 11, 22),
        "mayor": "市長 山田 一郎",
    }
    return render(CERTIFICATE, data, title="罹災証明書", lang="ja", created=NOW, head=HEAD)


def timeline() -> bytes:
    """One timeline of forty rows over several days; the peer sets the same table."""
    number = next(_serial)
    rows = [
        {
            "time": NOW + dt.timedelta(minutes=97 * i),
            "where": f"南小学校体育館{i}",
            "what": f"避難者{number}人を受け入れ、毛布と飲料水を配った。続いて受付を二か所に増やした({i})。",
            "who": "渡邉\U000e010f 太郎",
            "mark": "late" if i % 7 == 0 else None,
        }
        for i in range(ROWS)
    ]
    return timeline_pdf("クロノロジー", rows, lang="ja", created=NOW, head=HEAD)


def beside(name: str, work: Callable[[], bytes], kind: str) -> Row:
    """One row: median of one document, in ms, in turns with the peer."""
    ours, theirs = side_by_side(
        lambda: median_time(work, repeat=25, warm=2), lambda: peer("documents.py", kind)["seconds"]
    )
    return Row(f"documents: {name}", ours * 1e3, "ms", theirs * 1e3, peer_name("weasyprint"), 4, higher_is_better=False)


def rows() -> Iterator[Row]:
    """Pages, then lists of 5,000 people out to Excel and in again."""
    yield beside("A4 certificate", certificate, "certificate")
    yield beside(f"timeline of {ROWS} rows", timeline, "timeline")
    columns = [
        Column("no", T("番号", "No."), kind="integer"),
        Column("name", T("氏名", "Name"), kind="name"),
        Column("born", T("生年月日", "Born"), kind="date"),
    ]
    people = [
        {"no": i, "name": f"葛\U000e0100城 {i}", "born": dt.date(1950, 1, 1) + dt.timedelta(i)} for i in range(5000)
    ]
    made = io.BytesIO()
    write_xlsx(Sheet("名簿", columns, people), made)
    write = median_time(lambda: write_xlsx(Sheet("名簿", columns, people), io.BytesIO()), repeat=3)
    yield Row("documents: rows written to Excel", len(people) / write, "rows/s")
    read = median_time(lambda: read_sheet(made.getvalue(), columns).load(), repeat=3)
    yield Row("documents: rows read from Excel", len(people) / read, "rows/s")
