"""Texts in two languages: filled, and counted in English."""

import pytest

from tomoshibi.vocabulary import T, speak
from tomoshibi.vocabulary.text import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (12_000, "12,000 entries")]
)
def test_english_counts(number: int, said: str) -> None:
    assert counted(number, "entry", "entries") == said
    with speak("en"):
        assert str(T("{n}件", "{n:entry|entries}").format(n=number)) == said
        assert str(T("{n:,}件", "{n:,}").format(n=12_000)) == "12,000"
    assert T("{n}件", "{n:entry|entries}").format(n=number).ja == f"{number}件"


def test_a_text_within_a_text_speaks_its_language() -> None:
    inner = T("晴れ", "fine")
    assert T("今日は{w}", "It is {w}").format(w=inner) == T("今日は晴れ", "It is fine")
