"""Dated code lists and the field's words, pure Python: nothing here imports another room."""

from tomoshibi.vocabulary.text import Language, T, language, speak

__all__ = ["Language", "T", "language", "speak"]
