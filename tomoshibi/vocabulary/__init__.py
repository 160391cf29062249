"""Dated code lists and the field's words, pure Python: nothing here imports another room."""

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.intensity import IntensityClass, classify, round_intensity
from tomoshibi.vocabulary.levels import Grade
from tomoshibi.vocabulary.municipality import MunicipalityCode
from tomoshibi.vocabulary.text import Language, T, language, speak
from tomoshibi.vocabulary.wareki import parse_wareki, to_wareki

__all__ = [
    "Grade",
    "IntensityClass",
    "Language",
    "MunicipalityCode",
    "T",
    "VocabularyError",
    "classify",
    "language",
    "parse_wareki",
    "round_intensity",
    "speak",
    "to_wareki",
]
