"""The intensity scale: limits, rounding, order, and the class that nobody has reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomoshibi.vocabulary import IntensityClass, VocabularyError, classify, round_intensity
from tomoshibi.vocabulary.colours import contrast, text_on
from tomoshibi.vocabulary.intensity import CLASSES

UNREPORTED = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


@pytest.mark.parametrize(
    ("measured", "label"),
    [
        (-0.3, "0"), (0.4, "0"), (0.5, "1"), (1.4, "1"), (1.5, "2"), (2.5, "3"), (3.4, "3"), (3.5, "4"), (4.4, "4"),
        (4.5, "5弱"), (4.9, "5弱"), (5.0, "5強"), (5.4, "5強"), (5.5, "6弱"), (6.0, "6強"), (6.4, "6強"),
        (6.5, "7"), (7.2, "7"),
    ],
)  # fmt: skip
def test_limits_of_the_notice(measured: float, label: str) -> None:
    assert classify(measured).label == label


@pytest.mark.parametrize(
    ("raw", "measured"),
    [(4.991, 4.9), (4.994999, 4.9), (4.995, 5.0), (5.1449, 5.1), (6.2486, 6.2), (0.0, 0.0), (2.999, 3.0), (1.45, 1.4)],
)
def test_rounded_at_the_third_decimal_then_cut_at_the_second(raw: float, measured: float) -> None:
    assert round_intensity(raw) == measured


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(VocabularyError):
        round_intensity(bad)


def test_not_a_number_has_no_class() -> None:
    with pytest.raises(VocabularyError):
        classify(float("nan"))


@given(st.floats(-3, 9))
def test_a_class_holds_its_measured_intensity(raw: float) -> None:
    measured = round_intensity(raw)
    found = classify(measured)
    assert found.lower <= measured < found.upper
    assert abs(measured - raw) <= 0.1 + 1e-9


def test_order_runs_from_weak_to_strong() -> None:
    assert list(CLASSES) == sorted(set(CLASSES))
    assert max([IntensityClass.FIVE_LOWER, UNREPORTED, IntensityClass.FOUR]) is UNREPORTED
    assert max([IntensityClass.FIVE_UPPER, UNREPORTED]) is IntensityClass.FIVE_UPPER


def test_unreported_is_at_least_5_lower_and_unknown_above() -> None:
    answers = {klass.label: UNREPORTED.at_least(klass) for klass in CLASSES}
    assert [label for label, yes in answers.items() if yes] == ["0", "1", "2", "3", "4", "5弱"]
    assert [label for label, yes in answers.items() if yes is None] == ["5強", "6弱", "6強", "7"]
    assert not UNREPORTED.known
    assert IntensityClass.SIX_LOWER.at_least(UNREPORTED) is True
    assert IntensityClass.FOUR.at_least(UNREPORTED) is False


@pytest.mark.parametrize(
    ("text", "klass"),
    [
        ("5-", "5弱"),
        ("6+", "6強"),
        ("５弱", "5弱"),
        ("震度６強", "6強"),
        ("4", "4"),
        ("震度５弱以上未入電", "震度５弱以上未入電"),
    ],
)
def test_written_forms(text: str, klass: str) -> None:
    assert IntensityClass.parse(text).label == klass
    assert IntensityClass(klass).label == klass


@pytest.mark.parametrize("text", ["8", "5", "", "強", "5弱強"])
def test_no_such_class(text: str) -> None:
    with pytest.raises(VocabularyError, match="震度階級"):
        IntensityClass.parse(text)


@pytest.mark.parametrize("klass", list(IntensityClass))
def test_words_read_on_their_colour(klass: IntensityClass) -> None:
    assert contrast(klass.colour, klass.text_colour) >= 4.5


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_has_a_readable_text_colour(number: int) -> None:
    colour = f"#{number:06X}"
    assert contrast(colour, text_on(colour)) >= 4.5
