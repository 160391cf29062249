"""Scales by date, what old values mean now, effects and reactions of each class."""

import datetime

import pytest

from tomoshibi.vocabulary.effects import EFFECTS, TITLES
from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass
from tomoshibi.vocabulary.reactions import BROADCASTERS, REACTIONS, reactions_at, spoken
from tomoshibi.vocabulary.scales import (
    BESIDE,
    KNOWN_MAXIMA,
    SCALES,
    Maxima,
    maxima,
    meaning_now,
    scale_on,
    taiwan_class,
)

I = IntensityClass  # noqa: E741


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "count", "how", "third"),
    [
        ("1891-10-28", 4, "felt", "強震"),  # Nobi: strong, without a number
        ("1898-06-01", 7, "felt", "弱震(震度弱キ方)"),
        ("1923-09-01", 7, "felt", "弱震(震度弱キ方)"),
        ("1946-12-21", 7, "felt", "軽震"),
        ("1949-12-26", 8, "felt", "軽震"),
        ("1995-01-17", 8, "felt", "軽震"),
        ("1996-03-31", 8, "felt", "軽震"),
        ("1996-04-01", 8, "measured", "震度2"),
        ("1996-09-30", 8, "measured", "震度2"),
        ("1996-10-01", 10, "measured", "震度2"),
        ("2024-01-01", 10, "measured", "震度2"),
    ],
)
def test_the_scale_of_a_day(when, count, how, third):
    scale = scale_on(day(when))
    assert (len(scale.classes), scale.how, scale.classes[2].name.ja) == (count, how, third)


def test_scales_follow_one_another_and_begin_in_1884():
    assert [scale.since.year for scale in SCALES] == [1884, 1898, 1908, 1936, 1949, 1978, 1996, 1996, 2009]
    assert list(SCALES) == sorted(SCALES, key=lambda scale: scale.since)
    with pytest.raises(VocabularyError, match="1884"):
        scale_on(day("1880-01-01"))


@pytest.mark.parametrize(
    ("label", "when", "low", "high"),
    [
        ("5", "1946-12-21", I.FIVE_LOWER, I.FIVE_UPPER),
        ("6", "1995-01-17", I.SIX_LOWER, I.SEVEN),
        ("激震", "1995-01-17", I.SEVEN, I.SEVEN),
        ("0", "1968-05-16", I.ZERO, I.THREE),
        ("弱震", "1890-01-01", I.ONE, I.THREE),
        ("弱震", "1950-01-01", I.THREE, I.THREE),
        ("烈震", "1891-10-28", I.SIX_LOWER, I.SEVEN),
        ("6", "1996-08-11", I.SIX_LOWER, I.SIX_UPPER),
        ("6弱", "2005-03-20", I.SIX_LOWER, I.SIX_LOWER),
    ],
)
def test_what_an_old_value_means_now(label, when, low, high):
    found = meaning_now(label, day(when))
    assert (found.low, found.high) == (low, high)
    assert "観測点" in found.caution.ja
    assert "Stations" in found.caution.en


@pytest.mark.parametrize(
    ("label", "when"), [("7", "1946-12-21"), ("5弱", "1995-01-17"), ("5弱", "1996-09-30"), ("", "1885-01-01")]
)
def test_classes_that_there_were_not(label, when):
    with pytest.raises(VocabularyError):
        meaning_now(label, day(when))


def test_maxima_over_all_and_over_jma_alone():
    found = maxima([("栗原市築館＊", 6.6), ("水戸市金町", 5.8), ("涌谷町新町裏", 6.1)])
    assert (found.every, found.jma, found.gain) == (6.6, 6.1, 0.5)
    assert maxima([]) == Maxima(None, None)
    assert maxima([("どこか＊", 5.0)]).gain is None


def test_known_maxima_are_classes_of_the_published_values():
    published = [("7", "5弱"), ("6弱", "5強"), ("6強", "6強"), ("6強", "5強"), ("6強", "5弱"), ("6弱", "5強"),
                 ("7", "6弱"),
                 ("7", "6強"), ("7", "4"), ("7", "6強")]  # fmt: skip
    assert [tuple(klass.value for klass in known.classes) for known in KNOWN_MAXIMA] == published


def test_every_class_has_its_neighbours_abroad():
    assert [row.jma for row in BESIDE] == list(CLASSES)
    assert [row.taiwan_before_2020 for row in BESIDE] == list("0123455667")


@pytest.mark.parametrize(
    ("gal", "cm_s", "when", "expected"),
    [
        (0.5, 0.0, "2024-04-03", "0"),
        (30.0, 1.0, "2024-04-03", "4"),
        (120.0, 10.0, "2024-04-03", "4"),
        (120.0, 20.0, "2024-04-03", "5弱"),
        (500.0, 90.0, "2024-04-03", "6強"),
        (120.0, 20.0, "2018-02-06", "5"),
        (500.0, 90.0, "2018-02-06", "7"),
    ],
)
def test_taiwan_before_and_after_2020(gal, cm_s, when, expected):
    assert taiwan_class(gal, cm_s, day(when)) == expected


def test_effects_of_every_class_in_both_languages():
    assert list(EFFECTS) == list(CLASSES)
    for effects in EFFECTS.values():
        assert len(effects.items()) == len(TITLES) == 7
        for title, text in effects.items():
            assert title.ja and title.en and text.ja and text.en
    texts = [effects.people.ja for effects in EFFECTS.values()]
    assert len(set(texts)) == len(texts)


def test_who_acts_when():
    def actors(klass, who):
        return {reaction.actor.en for reaction in reactions_at(klass, who)}

    assert actors(I.THREE, "nation") == set()
    assert actors(I.FOUR, "nation") == {"police and fire agencies", "Cabinet Office"}
    assert {"coast guard", "defence ministry"} <= actors(I.FIVE_LOWER, "nation")
    centre = [r for r in reactions_at(I.SEVEN, "nation") if r.actor.en.startswith("crisis centre")]
    assert {(r.least, r.where.en) for r in centre} == {
        (I.FIVE_UPPER, "central Tokyo (23 wards)"), (I.SIX_LOWER, "outside central Tokyo"),
    }  # fmt: skip
    assert [r.least for r in REACTIONS if r.forecast] == [I.THREE, I.FIVE_LOWER]
    # unreported, 5弱 or more: sets off what 5弱 sets off, and no more is certain
    assert reactions_at(I.FIVE_LOWER_OR_MORE_UNREPORTED) == reactions_at(I.FIVE_LOWER)


def test_broadcasters():
    assert {b.name.en: b.legend(I.SIX_UPPER) for b in BROADCASTERS} == {
        "NHK": "6+", "NNN": "6+", "ANN": "6強", "JNN": "6強", "TXN": "6+", "FNN": "6強",
    }  # fmt: skip
    said = [spoken(klass).ja if spoken(klass) else None for klass in CLASSES]
    assert said == [None, None, None, "地震", "やや強い地震", *["強い地震"] * 3, *["非常に強い地震"] * 2]
