"""One definition of a list's column serves paper, Excel and CSV, out and in."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tomoshibi.documents.values import date_text, in_language, japan
from tomoshibi.vocabulary import Language, T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.wareki import parse_wareki

#: ``name`` is text set in the registers' font; ``mark`` a key of :data:`MARKS`; ``datetime`` a moment, on Japan's clock
Kind = Literal["text", "name", "integer", "number", "date", "datetime", "time", "yes", "mark"]

#: what may have happened to a row: its label, and whether the row is struck through
MARKS: dict[str, tuple[T, bool]] = {
    "correction": (T("訂正", "Correction"), False),
    "corrected": (T("訂正前", "Corrected"), True),
    "cancelled": (T("取消", "Cancelled"), True),
    "late": (T("後日記入", "Typed late"), False),
    "conflict": (T("不一致", "Conflict"), False),
    "redacted": (T("抹消", "Redacted"), False),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    ``name`` is the key in each row; ``label`` the heading; ``aliases`` other headings it is known by when read, in any
    width and spacing. ``required`` and ``unique`` are held when read. ``parse`` gets the value that ``kind`` gave and
    returns the one to load; it raises ``ValueError`` for a bad one (better, one whose ``text`` is a ``T``).
    Text loses blanks at its ends when read, unless ``exact``. ``width`` is the share of the page's width on paper;
    columns without one are as wide as their contents, or share the rest where they hold text.
    """

    name: str
    label: T
    aliases: Sequence[str] = ()
    required: bool = False
    parse: Callable[[Any], Any] | None = None
    kind: Kind = "text"
    width: float | None = None
    unique: bool = False
    exact: bool = False


class CellError(ValueError):
    """A cell that is not what its column wants: ``text`` what is wrong, ``remedy`` what to do, where that
    does not say.
    """

    def __init__(self, text: T, remedy: T | None = None) -> None:
        super().__init__(str(text))
        self.text, self.remedy = text, remedy

    @property
    def told(self) -> T:
        """What is wrong and what to do, in sentences: for a page, which has no table of problems."""
        en = self.text.en[:1].upper() + self.text.en[1:]
        remedy = self.remedy or T("", "")
        return T(f"{self.text.ja}。{remedy.ja}", f"{en}. {remedy.en}".strip())


def printed(kind: Kind, value: Any, lang: Language) -> str:
    """``value`` as it stands on paper. Raises ``ValueError`` for a moment without a time zone."""
    if value is None:
        return ""
    if isinstance(value, T):
        return in_language(value, lang)
    if kind == "mark":
        return in_language(MARKS[value][0], lang)
    if kind == "yes" or isinstance(value, bool):
        return {("ja", True): "○", ("ja", False): "－", ("en", True): "Yes", ("en", False): "No"}[lang, bool(value)]
    if isinstance(value, dt.datetime):
        return f"{japan(value):%H:%M}" if kind == "time" else f"{japan(value):%Y-%m-%d %H:%M}"
    if isinstance(value, dt.date):
        return date_text(value, lang) if lang == "ja" else value.isoformat()
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, (int, float, Decimal)):
        return f"{value:,}"
    return str(value)


def read(column: Column, value: Any) -> Any:
    """The value that ``column`` loads from a cell (text of a CSV, or what Excel holds); ``None`` for a blank one.

    Raises :class:`CellError`.
    """
    if value is None or (isinstance(value, str) and not value.strip() and not column.exact):
        return None
    kept = _READERS[column.kind](value if column.exact or not isinstance(value, str) else value.strip())
    if column.parse is None:
        return kept
    try:
        return column.parse(kept)
    except CellError:
        raise
    except ValueError as error:
        if text := T.of(error):
            raise CellError(text) from error
        raise CellError(
            T(f"この値は使えません({error})", f"this value cannot be used ({error})"),
            T("値を直してください。", "Correct the value."),
        ) from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value if isinstance(value, str) else str(value)


def _plain(value: Any) -> str:
    return unicodedata.normalize("NFKC", _text(value)).strip()


def _number(value: Any) -> float:
    return float(_decimal(value))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value))
    text = _plain(value).replace("−", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
        if number.is_finite():
            return number
    except InvalidOperation:
        pass
    raise CellError(
        T("数として読めません", "this is not a number"),
        T("数だけを入れてください(単位や注記は別の欄へ)。", "Enter a number alone; units and notes belong elsewhere."),
    )


def _integer(value: Any) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise CellError(
            T("整数ではありません", "this is not a whole number"),
            T("小数のない数を入れてください。", "Enter a whole number."),
        )
    return int(number)


_DATE_REMEDY = T(
    "2026-11-22、2026/11/22、令和8年11月22日、R8.11.22 のどれかで書いてください。",
    "Write it as 2026-11-22, 2026/11/22, 令和8年11月22日 or R8.11.22.",
)


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = _plain(value)
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?", text) or re.fullmatch(
        r"((?:18|19|20|21)\d\d)(\d\d)(\d\d)", text
    )
    try:
        if found:
            return dt.date(*(int(part) for part in found.groups()))
        return parse_wareki(text)
    except VocabularyError as error:
        if text[:1].isdigit() or text.isascii():
            raise CellError(T("日付として読めません", "this is not a date"), _DATE_REMEDY) from None
        raise CellError(error.text) from None
    except ValueError:
        raise CellError(T("そのような日はありません", "there is no such day"), _DATE_REMEDY) from None


def _clock(text: str) -> dt.time | None:
    found = re.fullmatch(r"(\d{1,2})\s*[:時]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(\.\d{1,6})?秒?)?分?", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return dt.time(int(found[1]), int(found[2]), int(found[3] or 0), round(float(found[4] or 0) * 1_000_000))


def _time(value: Any) -> dt.time:
    if isinstance(value, dt.datetime):
        return value.time()
    if isinstance(value, dt.time):
        return value
    if isinstance(value, dt.timedelta) and dt.timedelta() <= value < dt.timedelta(days=1):
        return (dt.datetime(1, 1, 1, tzinfo=JAPAN) + value).time()
    clock = _clock(_plain(value))
    if clock is None:
        raise CellError(
            T("時刻として読めません", "this is not a time of day"),
            T("9:05 のように書いてください。", "Write it as 9:05."),
        )
    return clock


def _moment(value: Any) -> dt.datetime:
    """A moment; Japan's clock where nothing else is written."""
    remedy = T("2026-11-22 9:05 のように、日付と時刻を書いてください。", "Write date and time, as 2026-11-22 9:05.")
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=JAPAN)
    if isinstance(value, str):
        text = _plain(value)
        try:
            moment = dt.datetime.fromisoformat(text)
            if len(text) > 10:
                return moment if moment.tzinfo else moment.replace(tzinfo=JAPAN)
        except ValueError:
            pass
        day, _, rest = re.sub(r"(?<=日)\s*(?=\d)|(?<=\d)[T ]\s*(?=\d)|(?<=[)])\s+", "\n", text).rpartition("\n")
        clock = _clock(rest)
        if day and clock:
            return dt.datetime.combine(_date(day), clock, JAPAN)
    raise CellError(T("日時として読めません", "this is not a date and time"), remedy)


_YES = {"はい", "有", "有り", "あり", "○", "〇", "◯", "レ", "yes", "y", "true", "1", "済", "可"}
_NO = {"いいえ", "無", "無し", "なし", "×", "✕", "✗", "-", "ー", "no", "n", "false", "0", "未", "不可"}


def _yes(value: Any) -> bool:
    text = _plain(value).casefold()
    if text in _YES or text in _NO:
        return text in _YES
    raise CellError(
        T("はい・いいえのどちらか分かりません", "this is neither yes nor no"),
        T("「はい」か「いいえ」(○ か ×)を入れてください。", "Enter yes or no."),
    )


def _mark(value: Any) -> str:
    text = _plain(value).casefold()
    for key, (label, _) in MARKS.items():
        if text in (key, label.ja, label.en.casefold()):
            return key
    listed = T("、".join(m.ja for m, _ in MARKS.values()), ", ".join(m.en for m, _ in MARKS.values()))
    raise CellError(
        T("知らない印です", "this mark is unknown"),
        T("{m} のどれかにしてください。", "Use one of {m}.").format(m=listed),
    )


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "name": _text,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "datetime": _moment,
    "time": _time,
    "yes": _yes,
    "mark": _mark,
}
