"""One cell of a town's list as an item of the register, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from tomoshibi.documents import CellError
from tomoshibi.documents.sheets.source import ExcelMistake
from tomoshibi.residents.matching import day
from tomoshibi.vocabulary import T

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text(longest: int) -> Callable[[Any], str]:
    """Reads text of at most so many characters, on one line."""

    def read(cell: Any) -> str:
        if isinstance(cell, ExcelMistake):
            raise CellError(T("Excel の式が誤りです", "the formula in this cell fails"))
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        value = str(cell).strip()
        if len(value) > longest:
            raise CellError(T(f"{longest}文字を超えています", f"more than {longest} characters"))
        if not value.isprintable() and _CONTROL.search(value):
            raise CellError(T("制御文字が含まれています", "there is a control character in it"))
        return " ".join(value.splitlines()) if "\n" in value else value

    return read


def date(cell: Any) -> str:
    """A day in an era or not, as ISO; empty where it is not known."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = str(cell).strip()
    if not text or text in ("不詳", "不明"):
        return ""
    found = day(text)
    if found is None:
        raise CellError(
            T("日付として読めません", "this is not a date"),
            T("1980-05-05 か 昭和55年5月5日 のように書いてください。", "Write it as 1980-05-05."),
        )
    return found.isoformat()


_MALE, _FEMALE = ("男", "1", "男性", "m", "male"), ("女", "2", "女性", "f", "female")
_SEXES = (
    dict.fromkeys(_MALE, "男") | dict.fromkeys(_FEMALE, "女") | dict.fromkeys(("", "0", "3", "9", "不明", "不詳"), "")
)


def sex(cell: Any) -> str:
    """男, 女 or empty, by words or by the register's figures."""
    text = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    if text not in _SEXES:
        raise CellError(
            T("性別として読めません", "this is no sex"), T("男か女、または空にしてください。", "Write 男 or 女.")
        )
    return _SEXES[text]


_YES = frozenset(("1", "true", "○", "〇", "◯", "有", "あり", "該当", "対象", "はい", "yes"))
_NO = frozenset(("", "0", "false", "×", "無", "なし", "非該当", "いいえ", "no", "-"))


def protected(cell: Any) -> str:
    """``1`` or empty."""
    text = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    if text in _YES:
        return "1"
    if text in _NO:
        return ""
    raise CellError(
        T("支援措置の有無が分かりません", "this is neither yes nor no"),
        T("1 か空にしてください。", "Write 1, or leave it blank."),
    )


def whole(cell: Any) -> str:
    """A whole number from 0, or empty."""
    plain = unicodedata.normalize("NFKC", str(cell)).strip().removesuffix(".0")
    if plain and not plain.isdecimal():
        raise CellError(T("整数ではありません", "this is no whole number"))
    return str(int(plain)) if plain else ""
