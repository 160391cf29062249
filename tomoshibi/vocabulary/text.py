"""Text in Japanese and English, chosen when it is shown.

The two stand side by side where they are used, so that neither can be forgotten or drift away in a catalogue.
``str(text)`` gives the language of the current context (:func:`speak`), Japanese unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Language = Literal["ja", "en"]

_language: ContextVar[Language] = ContextVar("tomoshibi_language", default="ja")


def language() -> Language:
    """The language that texts are shown in here and now."""
    return _language.get()


class Count(int):
    """A number that counts something: ``{n:entry|entries}`` is ``1 entry`` or ``2,000 entries`` in an English text."""

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return f"{int(self):,} {one if self == 1 else many}" if bar else format(int(self), spec)


def counted(number: int, one: str, many: str) -> str:
    """``1 entry``, ``2 entries``."""
    return f"{Count(number):{one}|{many}}"


@contextmanager
def speak(lang: Language) -> Iterator[None]:
    """Show texts in ``lang`` within this block (and within this thread or task only)."""
    token = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(token)


@dataclass(frozen=True, slots=True)
class T:
    """One text in both languages: ``T("震度", "Intensity")``.

    ``format`` fills both, and is how a value gets into a sentence: ``T("{n}人", "{n} people").format(n=3)``.
    """

    ja: str
    en: str

    def __str__(self) -> str:
        return self.en if _language.get() == "en" else self.ja

    @staticmethod
    def of(error: BaseException) -> T | None:
        """What an error of the house says in both languages, as its ``text``; None of any other error."""
        text = getattr(error, "text", None)
        return text if isinstance(text, T) else None

    def format(self, **values: object) -> T:
        """Fill ``{name}`` places in both languages; a value that is a ``T`` is filled in its own language, and a whole
        number may be counted (:class:`Count`).
        """

        def fill(lang: Language) -> str:
            with speak(lang):
                return (self.en if lang == "en" else self.ja).format(
                    **{k: Count(v) if type(v) is int else str(v) for k, v in values.items()}
                )

        return T(fill("ja"), fill("en"))
