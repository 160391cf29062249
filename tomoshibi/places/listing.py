"""List pages: filtered, counted, sorted, a page at a time, printed on A4, as Excel and CSV; the address keeps it all.

Rooms above use it too. A list is a queryset, the columns that the screen shows, filters, and a sheet for export that
the same list reads back.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from unicodedata import east_asian_width

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from tomoshibi.documents import Column, SheetRefused, drawn, table_pdf, write_csv, write_xlsx
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.messages import marked
from tomoshibi.journal.pages import NotAllowed, actor_on, readable
from tomoshibi.places.importing import Imported
from tomoshibi.vocabulary import T

PAGE = 100
#: halves of an ideograph that a cell may hold to stand in one line: a serial number of a certificate does
SHORT = 20
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell: text, where it leads, and a mark (a short word in a box) beside it.

    ``about`` is a subject instead of an address: its own page, for those who may open that.
    """

    text: str | T = ""
    href: str = ""
    mark: str | T = ""
    about: str = ""

    @property
    def short(self) -> bool:
        """Whether it stands in one line however many columns there are: a date, a number, a word. An address breaks."""
        return _width(f"{self.text} {self.mark}") <= SHORT


def _width(text: str) -> int:
    """How wide a text is, in halves of an ideograph."""
    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text)


@dataclass(frozen=True, slots=True)
class Shown:
    """A column on the screen: its heading, its cell, the fields by which it sorts (none: it does not)."""

    label: T
    cell: Callable[[Any], Cell | str | T | int | float | None]
    sort: tuple[str, ...] = ()
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice by which the list narrows: ``options`` are value and word, or None where it is a word that people type;
    ``apply`` narrows the queryset by a value.
    """

    name: str
    label: T
    options: Sequence[tuple[str, str | T]] | None
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]

    def takes(self, value: str) -> bool:
        """Whether ``value`` is one by which it narrows."""
        return bool(value) and (self.options is None or value in {v for v, _ in self.options})


@dataclass(frozen=True)
class Listing:
    """A list page of one kind of subject.

    ``words`` are the fields that the search box looks into; ``sheet`` makes the spreadsheet of rows that an import
    reads back (none: the columns that the screen shows); ``acts`` are buttons (word, address); ``empty`` says what will
    appear and what to do first.
    """

    title: T
    name: str
    rows: QuerySet[Any]
    columns: Sequence[Shown]
    words: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    sheet: Callable[[Iterable[Any]], OutSheet] | None = None
    acts: Sequence[tuple[T, str]] = ()
    empty: T = field(default_factory=lambda: T("まだありません。", "Nothing yet."))
    #: called with the rows of an export, which leave the screen
    exported: Callable[[Iterable[Any]], None] = lambda rows: None
    #: a room's own page around the list extends places/list.html
    template: str = "places/list.html"

    def respond(self, request: HttpRequest, extra: Mapping[str, Any] | None = None) -> HttpResponse:
        """The page, or the export that ``?as=`` asks for."""
        rows = self.asked(request)
        form = request.GET.get("as", "")
        if form in TYPES:
            return self._export(rows, form)
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        sort = request.GET.get("sort", "")
        heads = [
            {
                "label": column.label,
                "figure": column.figure,
                "sort": (f"-{i}" if sort == str(i) else str(i)) if column.sort else "",
                "order": "ascending" if sort == str(i) else "descending" if sort == f"-{i}" else "",
            }
            for i, column in enumerate(self.columns)
        ]
        table = [[(_cell(c.cell(row)), c.figure, c.label) for c in self.columns] for row in page.object_list]
        abouts = {cell.about for row in table for cell, _, _ in row if cell.about}
        context = {
            "listing": self,
            "page": page,
            "heads": heads,
            "table": table,
            "readable": readable(actor_on(request), abouts),
            "chosen": [(f, request.GET.get(f.name, "")) for f in self.filters],
            "q": request.GET.get("q", ""),
            "narrowed": any(request.GET.get(f.name) for f in self.filters) or bool(request.GET.get("q")),
            **(extra or {}),
        }
        return render(request, self.template, context)

    def asked(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the address asks for: filtered, searched and sorted."""
        rows = self.rows
        for narrowing in self.filters:
            value = request.GET.get(narrowing.name, "").strip()
            if narrowing.takes(value):
                rows = narrowing.apply(rows, value)
        for word in request.GET.get("q", "").split():
            meant = Q()
            for name in self.words:
                meant |= Q(**{f"{name}__icontains": word})
            rows = rows.filter(meant)
        sort = request.GET.get("sort", "")
        index = sort.lstrip("-")
        if index.isdecimal() and int(index) < len(self.columns) and (fields := self.columns[int(index)].sort):
            rows = rows.order_by(*(f"-{f}" if sort.startswith("-") else f for f in fields))
        return rows

    def _export(self, rows: QuerySet[Any], form: str) -> HttpResponse:
        everything = list(rows)
        self.exported(everything)
        if form == "pdf" or self.sheet is None:
            return sent(self._as_shown(everything, paper=form == "pdf"), form, self.name)
        sheet = self.sheet(everything)
        return sent(sheet if isinstance(sheet.title, T) else replace(sheet, title=self.title), form, self.name)

    def _as_shown(self, rows: Sequence[Any], *, paper: bool) -> OutSheet:
        lines = [{f"c{i}": _plain(c.cell(row)) for i, c in enumerate(self.columns)} for row in rows]

        def kind(name: str) -> Literal["integer", "number", "text"]:
            # on paper a column of figures is as wide as they are, also where they come with their words
            found = {type(line[name]) for line in lines if line[name] is not None}
            return "integer" if paper or found <= {int} else "number" if found <= {int, float} else "text"

        columns = [
            Column(f"c{i}", c.label, kind=kind(f"c{i}") if c.figure else "text") for i, c in enumerate(self.columns)
        ]
        return OutSheet(self.title, columns, lines)


def sent(sheet: OutSheet, form: str, name: str, **on_paper: Any) -> HttpResponse:
    """A list as a file of one of :data:`TYPES`, which says so in the training world; ``on_paper`` are options of
    :func:`~tomoshibi.documents.table_pdf`.
    """
    out = io.BytesIO()
    if form == "pdf":

        def table(title: T, rows: Any, **options: Any) -> bytes:
            return table_pdf(title, sheet.columns, rows, **on_paper, **options)

        out.write(drawn(table, sheet.title, list(sheet.rows), created=worlds.now(), training=worlds.is_training()))
    else:
        title = sheet.title if isinstance(sheet.title, T) else T(sheet.title, sheet.title)
        (write_csv if form == "csv" else write_xlsx)(replace(sheet, title=marked(title)), out)
    response = HttpResponse(out.getvalue(), content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{form}")
    return response


def _cell(value: Cell | str | T | int | float | None) -> Cell:
    if isinstance(value, Cell):
        return value
    if isinstance(value, int | float):
        return Cell(f"{value:,}")
    return Cell("" if value is None else value)


def _plain(value: Cell | str | T | int | float | None) -> Any:
    if isinstance(value, Cell):
        return " ".join(filter(None, (str(value.text), str(value.mark))))
    return None if value == "" else str(value) if isinstance(value, T) else value


Load = Callable[..., Imported]


@dataclass(frozen=True, slots=True)
class ListImport:
    """A page that takes a list in: what it is a list of, the fact that its rows say, its columns, and what loads it."""

    title: T
    kind: str
    columns: Sequence[Column]
    load: Load
    #: where the list itself is
    back: str

    def respond(self, request: HttpRequest) -> HttpResponse:
        """The page; a POST loads the file, or names every row that will not do."""
        actor = actor_on(request)
        may_import(actor, self.kind, self.title)
        done: Imported | None = None
        refused: T | None = None
        problems: Sequence[Any] = ()
        if request.method == "POST":
            file = request.FILES.get("file")
            if file is None:
                refused = T("ファイルを選んでください。", "Choose a file.")
            else:
                try:
                    done = self.load(file.read(), actor, accept_good=bool(request.POST.get("accept_good")))
                    problems = done.problems
                except SheetRefused as refusal:
                    problems, refused = refusal.problems, refusal.text
                except Exception as error:
                    if (refused := T.of(error)) is None:
                        raise
        context = {"asked": self, "done": done, "refused": refused, "problems": problems[:500]}
        return render(request, "places/import.html", context, status=422 if refused else 200)


def may_import(actor: Actor, kind: str, title: T) -> None:
    """Raise :class:`NotAllowed` unless ``actor`` may record ``kind``."""
    if not actor.may(kind):
        raise NotAllowed(
            T("「{what}」を取り込む権限がありません。", "You hold no role that may import “{what}”.").format(what=title)
        )
