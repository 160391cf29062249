"""What is wrong with a field, in both languages: pydantic's errors in the words of the people who fill in forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pydantic

from tomoshibi.vocabulary import T

NO_DATE = T("日付で入力してください（例 2026-11-22）。", "Give a date, such as 2026-11-22.")
NO_MOMENT = T("日時で入力してください（例 2026-11-22 16:05）。", "Give date and time, such as 2026-11-22 16:05.")
_TEXTS: dict[str, T] = {
    "missing": T("入力してください。", "This is needed."),
    "string_type": T("文字で入力してください。", "Give text."),
    "string_too_short": T("{min_length}文字以上で入力してください。", "Give at least {min_length} characters."),
    "string_too_long": T("{max_length}文字以内で入力してください。", "Give at most {max_length} characters."),
    "string_pattern_mismatch": T("形式が違います（{pattern}）。", "It does not have the form {pattern}."),
    "int_type": T("整数で入力してください。", "Give a whole number."),
    "int_parsing": T("整数で入力してください。", "Give a whole number."),
    "int_from_float": T("整数で入力してください。", "Give a whole number."),
    "float_type": T("数字で入力してください。", "Give a number."),
    "float_parsing": T("数字で入力してください。", "Give a number."),
    "decimal_type": T("数字で入力してください。", "Give a number."),
    "decimal_parsing": T("数字で入力してください。", "Give a number."),
    "decimal_max_places": T("小数点以下は{decimal_places}桁までです。", "At most {decimal_places} decimal places."),
    "finite_number": T("数字で入力してください。", "Give a number."),
    "greater_than": T("{gt}より大きい値を入力してください。", "Give more than {gt}."),
    "greater_than_equal": T("{ge}以上の値を入力してください。", "Give {ge} or more."),
    "less_than": T("{lt}より小さい値を入力してください。", "Give less than {lt}."),
    "less_than_equal": T("{le}以下の値を入力してください。", "Give {le} or less."),
    "bool_type": T("「はい」か「いいえ」を選んでください。", "Choose yes or no."),
    "bool_parsing": T("「はい」か「いいえ」を選んでください。", "Choose yes or no."),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), NO_DATE),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), NO_MOMENT),
    "timezone_aware": T("時差を含めてください（例 +09:00）。", "Give the time zone, such as +09:00."),
    "time_parsing": T("時刻で入力してください（例 16:05）。", "Give a time, such as 16:05."),
    "enum": T("一覧から選んでください。", "Choose one of the list."),
    "literal_error": T("一覧から選んでください。", "Choose one of the list."),
    "list_type": T("一つ以上選んでください。", "Choose from the list."),
    "too_short": T("{min_length}件以上にしてください。", "Give at least {min_length}."),
    "too_long": T("{max_length}件以内にしてください。", "Give at most {max_length}."),
    "extra_forbidden": T("知らない項目です。", "There is no such field."),
    "json_invalid": T("JSONとして読めません。", "It is not JSON."),
}


def complaint(error: Any) -> T:
    """What one of pydantic's error details means (``error`` is an item of ``ValidationError.errors()``).

    A class's own check raises with its own words, which are shown as they are.
    """
    context = error.get("ctx", {})
    if error["type"] in ("value_error", "assertion_error"):
        said = context.get("error")
        text = getattr(said, "text", None)
        return text if isinstance(text, T) else T(str(said), str(said))
    text = _TEXTS.get(error["type"])
    if error["type"] == "string_too_short" and context.get("min_length") == 1:
        text = _TEXTS["missing"]
    if text is None:
        return T(f"入力を確かめてください（{error['msg']}）。", f"Check this: {error['msg']}.")
    return text.format(**context)


def complaints(error: pydantic.ValidationError, skip: int = 0) -> Iterable[tuple[str, T]]:
    """(field, what is wrong) of everything wrong; the field is dotted where it is inside another.

    ``skip`` leaves out so many leading steps of the place.
    """
    for item in error.errors(include_url=False):
        yield ".".join(map(str, item["loc"][skip:])), complaint(item)
