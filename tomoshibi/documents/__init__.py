"""Documents (PDF through Typst) and spreadsheets (Excel, CSV), out and in. Knows neither the journal nor Django.

Names are imported when first used, so that starting a command stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomoshibi.documents.columns import MARKS, CellError, Column
    from tomoshibi.documents.errors import DocumentError, FontsMissing, MissingGlyphs, SheetError, TemplateError
    from tomoshibi.documents.pdf import Attachment, must_draw, render
    from tomoshibi.documents.pictures import Picture, PictureError, clean, is_heif, open_picture
    from tomoshibi.documents.replacing import drawn
    from tomoshibi.documents.sheets import Problem, Sheet, SheetRefused, SheetResult, read_sheet, write_csv, write_xlsx
    from tomoshibi.documents.tables import TIMELINE, table_pdf, timeline_pdf

__all__ = [
    "MARKS",
    "TIMELINE",
    "Attachment",
    "CellError",
    "Column",
    "DocumentError",
    "FontsMissing",
    "MissingGlyphs",
    "Picture",
    "PictureError",
    "Problem",
    "Sheet",
    "SheetError",
    "SheetRefused",
    "SheetResult",
    "TemplateError",
    "clean",
    "drawn",
    "is_heif",
    "must_draw",
    "open_picture",
    "read_sheet",
    "render",
    "table_pdf",
    "timeline_pdf",
    "write_csv",
    "write_xlsx",
]

_HOMES = {
    "columns": ("MARKS", "CellError", "Column"),
    "replacing": ("drawn",),
    "errors": ("DocumentError", "FontsMissing", "MissingGlyphs", "SheetError", "TemplateError"),
    "pdf": ("Attachment", "must_draw", "render"),
    "pictures": ("Picture", "PictureError", "clean", "is_heif", "open_picture"),
    "sheets": ("Problem", "Sheet", "SheetRefused", "SheetResult", "read_sheet", "write_csv", "write_xlsx"),
    "tables": ("TIMELINE", "table_pdf", "timeline_pdf"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"tomoshibi.documents.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
