"""Lists as spreadsheets: Excel and CSV, written so that no cell becomes a formula, read so that every bad
cell is named.
"""

from tomoshibi.documents.sheets.read import Problem, Row, SheetRefused, SheetResult, read_rows, read_sheet
from tomoshibi.documents.sheets.source import LIMITS, Limits
from tomoshibi.documents.sheets.write import Sheet, defused, restored, write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "Limits",
    "Problem",
    "Row",
    "Sheet",
    "SheetRefused",
    "SheetResult",
    "defused",
    "read_rows",
    "read_sheet",
    "restored",
    "write_csv",
    "write_xlsx",
]
