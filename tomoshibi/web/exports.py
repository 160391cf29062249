"""The journal's list as Excel or CSV: the same filter as the page, by the same address."""

from __future__ import annotations

import io

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tomoshibi.documents import Column, Sheet, write_csv, write_xlsx
from tomoshibi.journal import queries, worlds
from tomoshibi.journal.entries import read_moment
from tomoshibi.journal.pages import note_reading, reading
from tomoshibi.journal.views import Filter
from tomoshibi.vocabulary import T

#: a list longer than this is cut, and says so in its last row
LIMIT = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    Column("happened", T("起きた時刻", "Happened"), kind="datetime"),
    Column("type", T("対象の種類", "About (kind)")),
    Column("title", T("対象", "About")),
    Column("sentence", T("内容", "What")),
    Column("changes", T("項目", "Fields")),
    Column("who", T("記録した人", "By")),
    Column("recorded", T("記録時刻", "Recorded"), kind="datetime"),
    Column("node", T("端末", "Node")),
    Column("seq", T("番号", "No."), kind="integer"),
    Column("id", T("記録番号", "Entry")),
    Column("hash", T("ハッシュ", "Hash")),
)


def download(name: str, content: bytes, content_type: str) -> HttpResponse:
    """A file to keep: its name says the world, so that a list of a drill is not taken for real."""
    if worlds.is_training():
        name = f"training-{name}"
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@reading("journal.read")
@require_GET
def journal(request: HttpRequest, format: str) -> HttpResponse:
    """The entries that the journal's page shows, all pages of it."""
    if format not in ("xlsx", "csv"):
        raise Http404
    rows = Filter(request).rows()
    told = queries.tell(rows[:LIMIT])
    note_reading(request, [t.row.subject for t in told])
    lines = [
        {
            "happened": read_moment(t.row.happened_at),
            "type": t.type,
            "title": t.title,
            "sentence": t.sentence,
            "changes": "\n".join(f"{label}: {words}" for label, words, _ in t.changes) or t.unread,
            "who": t.who,
            "recorded": read_moment(t.row.recorded_at),
            "node": t.node_name,
            "seq": t.row.seq,
            "id": t.row.id,
            "hash": t.row.hash,
        }
        for t in told
    ]
    if rows.count() > LIMIT:
        lines.append(
            {"sentence": T(f"ここまで{LIMIT:,}件。絞り込んでください。", f"Cut at {LIMIT:,} entries: filter the list.")}
        )
    title = T("【訓練】記録", "[TRAINING] Journal") if worlds.is_training() else T("記録", "Journal")
    sheet, out = Sheet(title, COLUMNS, lines), io.BytesIO()
    if format == "csv":
        write_csv(sheet, out)
        return download("journal.csv", out.getvalue(), "text/csv; charset=utf-8")
    write_xlsx(sheet, out)
    return download("journal.xlsx", out.getvalue(), XLSX)
