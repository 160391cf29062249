"""The error of a word, code or date that is none."""

from __future__ import annotations

from tomoshibi.vocabulary.text import T


class VocabularyError(ValueError):
    """A value that no code list holds. ``text`` says what, where and what to do, in both languages."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text

    def __str__(self) -> str:
        return str(self.text)
