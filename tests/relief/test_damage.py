"""Damage ratios against houses worked by hand, thresholds of every era, and the sentence that explains them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tomoshibi.relief.damage import Seen, Sheet, assess, problems, rules
from tomoshibi.vocabulary import VocabularyError, speak
from tomoshibi.vocabulary.damage import (
    DEGREES,
    ERAS,
    SURVEY_TABLES,
    DamageClass,
    Method,
    Part,
    classes_on,
    classify,
    name_of,
    survey_table,
)

NOW, IN_2011, IN_2019 = date(2024, 1, 1), date(2011, 3, 11), date(2019, 10, 12)
#: disasters before and since the notice on inland floods
BEFORE, SINCE = date(2024, 5, 30), date(2024, 5, 31)
FIRST = Method.EARTHQUAKE_WOODEN_FIRST
C = DamageClass


def sheet(method: Method = FIRST, *seen: tuple[str, int, float], **said: object) -> Sheet:
    parts = [{"part": part, "degree": degree, "share": share} for part, degree, share in seen]
    return Sheet.model_validate({"method": method, "seen": parts, **said})


#: sheet, day, ratio as worked out on paper, class
HOUSES = [
    # nothing seen
    (sheet(), NOW, "0", C.NONE),
    # tiles shifted on a tenth of the roof: 15 × 10 % × 10 %
    (sheet(FIRST, ("roof", 1, 10)), NOW, "0.15", C.PARTIAL),
    # the whole roof gone: 15; a fifth of the walls lost their mortar (III): 75 × 20 % × 50 % = 7.5
    (sheet(FIRST, ("roof", 5, 100), ("wall", 3, 20)), NOW, "22.5", C.HALF),
    # roof III on half: 3.75; walls IV on 40 %: 22.5, III on 20 %: 7.5
    (sheet(FIRST, ("roof", 3, 50), ("wall", 4, 40), ("wall", 3, 20)), NOW, "33.75", C.MEDIUM_HALF),
    (sheet(FIRST, ("roof", 3, 50), ("wall", 4, 40), ("wall", 3, 20)), IN_2011, "33.75", C.HALF),
    # walls V on 40 %: 30; foundation V throughout: 10
    (sheet(FIRST, ("wall", 5, 40), ("foundation", 5, 100)), NOW, "40", C.LARGE_HALF),
    # everything IV: 100 × 75 %
    (sheet(FIRST, ("roof", 4, 100), ("wall", 4, 100), ("foundation", 4, 100)), NOW, "75", C.DESTROYED),
    # tilt of 60 mm over 1,200 mm is 1/20; 59.9 mm is not
    (sheet(tilt_mm=60), NOW, "50", C.DESTROYED),
    (sheet(tilt_mm=59.9), NOW, "0", C.NONE),
    (sheet(FIRST, ("roof", 1, 10), collapsed=True), NOW, "50", C.DESTROYED),
    # second survey: columns V on 20 % 3, fittings III throughout 7.5, equipment II on 40 % 1
    (
        sheet(Method.EARTHQUAKE_WOODEN_SECOND, ("column", 5, 20), ("fittings", 3, 100), ("equipment", 2, 40)),
        NOW,
        "11.5",
        C.QUASI_HALF,
    ),
    # not wooden: columns II on half 60 × 50 % × 25 %; other walls IV on 40 % 7.5
    (sheet(Method.EARTHQUAKE_OTHER_FIRST, ("column", 2, 50), ("other-wall", 4, 40)), NOW, "15", C.QUASI_HALF),
    (sheet(Method.EARTHQUAKE_OTHER_FIRST, ("column", 2, 50), ("other-wall", 4, 40)), IN_2011, "15", C.PARTIAL),
    # flood by depth above the floor
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=180), NOW, "50", C.DESTROYED),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=179.9), NOW, "40", C.LARGE_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=100), NOW, "40", C.LARGE_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=99), NOW, "30", C.MEDIUM_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=99), IN_2019, "30", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=50), NOW, "30", C.MEDIUM_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=49), NOW, "20", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=0.1), NOW, "20", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=0), NOW, "1", C.PARTIAL),
    (sheet(Method.FLOOD_WOODEN_DEPTH, collapsed=True), NOW, "50", C.DESTROYED),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=0, force=False), NOW, "1", C.PARTIAL),
    # the same by force or without it, since the notice on inland floods
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=180), SINCE, "50", C.DESTROYED),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=9.9), SINCE, "20", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=250, force=False), SINCE, "40", C.LARGE_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=180, force=False), SINCE, "40", C.LARGE_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=179.9, force=False), SINCE, "30", C.MEDIUM_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=100, force=False), SINCE, "30", C.MEDIUM_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=99.9, force=False), SINCE, "20", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=10, force=False), SINCE, "20", C.HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=9.9, force=False), SINCE, "10", C.QUASI_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=0.1, force=False), SINCE, "10", C.QUASI_HALF),
    (sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=0, force=False), SINCE, "1", C.PARTIAL),
    # a landslide: buried at sight; a house pushed by earth, inside: columns V on 40 % 6, outer walls V on 50 % 5,
    # inner walls V on 60 % 6, floor V on 60 % 6, fittings V on 50 % 7.5, equipment III on 40 % 2
    (sheet(Method.FLOOD_WOODEN_PARTS, collapsed=True), NOW, "50", C.DESTROYED),
    (
        sheet(
            Method.FLOOD_WOODEN_PARTS,
            ("column", 5, 40),
            ("outer-wall", 5, 50),
            ("inner-wall", 5, 60),
            ("floor", 5, 60),
            ("fittings", 5, 50),
            ("equipment", 3, 40),
        ),
        NOW,
        "32.5",
        C.MEDIUM_HALF,
    ),
    # not wooden, second survey: a tilt of 20 mm over 1,200 mm is 1/60; it decides together with 30 cm of settlement
    (sheet(Method.EARTHQUAKE_OTHER_SECOND, tilt_mm=20, settled_cm=30), NOW, "50", C.DESTROYED),
    (sheet(Method.EARTHQUAKE_OTHER_SECOND, ("column", 3, 40), tilt_mm=19.9, settled_cm=80), NOW, "10", C.QUASI_HALF),
    (sheet(Method.EARTHQUAKE_OTHER_SECOND, ("column", 3, 40), tilt_mm=20, settled_cm=29.9), NOW, "10", C.QUASI_HALF),
    (sheet(Method.EARTHQUAKE_OTHER_SECOND, ("column", 3, 40), tilt_mm=39, settled_cm=None), NOW, "10", C.QUASI_HALF),
    # not wooden: tilt of 40 mm over 1,200 mm is 1/30; 39.9 mm is not
    (sheet(Method.EARTHQUAKE_OTHER_FIRST, tilt_mm=40), NOW, "50", C.DESTROYED),
    (sheet(Method.EARTHQUAKE_OTHER_SECOND, ("column", 3, 40), tilt_mm=39.9), NOW, "10", C.QUASI_HALF),
    # columns III on 40 % 10, floor and beams II throughout 2.5, equipment V on 20 % 3
    (
        sheet(Method.EARTHQUAKE_OTHER_SECOND, ("column", 3, 40), ("floor-beam", 2, 100), ("equipment", 5, 20)),
        NOW,
        "15.5",
        C.QUASI_HALF,
    ),
    # ground: 60, 20 and 12 mm over 1,200 mm are 1/20, 1/60 and 1/100; the worse of tilt and sinking decides
    (sheet(Method.GROUND, tilt_mm=60), NOW, "50", C.DESTROYED),
    (sheet(Method.GROUND, tilt_mm=59.9), NOW, "40", C.LARGE_HALF),
    (sheet(Method.GROUND, tilt_mm=20), IN_2011, "40", C.LARGE_HALF),
    (sheet(Method.GROUND, tilt_mm=19.9), NOW, "20", C.HALF),
    (sheet(Method.GROUND, tilt_mm=12), IN_2011, "20", C.HALF),
    (sheet(Method.GROUND, tilt_mm=11.9), NOW, "1", C.PARTIAL),
    (sheet(Method.GROUND, tilt_mm=0), NOW, "0", C.NONE),
    (sheet(Method.GROUND, sunk="floor-1m"), IN_2011, "50", C.DESTROYED),
    (sheet(Method.GROUND, sunk="floor", tilt_mm=12), NOW, "40", C.LARGE_HALF),
    (sheet(Method.GROUND, sunk="foundation", tilt_mm=30), NOW, "40", C.LARGE_HALF),
    (sheet(Method.GROUND, sunk="foundation"), NOW, "20", C.HALF),
    # flood, 60 cm without the water's force, by part: inner walls V on 60 % 6, floor IV throughout 7.5, fittings III
    # on 60 % 4.5, equipment V on 50 % 5
    (
        sheet(
            Method.FLOOD_WOODEN_PARTS,
            ("inner-wall", 5, 60),
            ("floor", 4, 100),
            ("fittings", 3, 60),
            ("equipment", 5, 50),
        ),
        NOW,
        "23",
        C.HALF,
    ),
    # not wooden: inner finish V on 80 % 8, fittings IV throughout 3.75, equipment III throughout 7.5
    (
        sheet(Method.FLOOD_OTHER_PARTS, ("inner-finish", 5, 80), ("fittings", 4, 100), ("equipment", 3, 100)),
        NOW,
        "19.25",
        C.QUASI_HALF,
    ),
    # wind: the roof V on 70 % 10.5; rain came in: ceilings V on half 2.5, inner walls IV on 40 % 3, fittings V on
    # 30 % 4.5
    (
        sheet(Method.WIND_WOODEN, ("roof", 5, 70), ("ceiling", 5, 50), ("inner-wall", 4, 40), ("fittings", 5, 30)),
        NOW,
        "20.5",
        C.HALF,
    ),
    (sheet(Method.WIND_OTHER, ("outer-finish", 5, 60), ("fittings", 5, 50)), NOW, "8.5", C.PARTIAL),
    # photographs, agreed with the owner: what it was called before and after 準半壊
    (sheet(Method.SELF_JUDGED, agreed=True), NOW, "1", C.PARTIAL),
    (sheet(Method.SELF_JUDGED, agreed=True), IN_2011, "1", C.PARTIAL),
]


@pytest.mark.parametrize(("seen", "day", "ratio", "damage"), HOUSES)
def test_houses_worked_by_hand(seen: Sheet, day: date, ratio: str, damage: DamageClass) -> None:
    found = assess(seen, day)
    assert (found.ratio, found.damage_class) == (Fraction(ratio), damage)
    for text in (found.explanation.ja, found.explanation.en):
        assert name_of(damage, day).ja in text or name_of(damage, day).en in text


def test_a_ratio_explains_itself() -> None:
    found = assess(HOUSES[3][0], NOW)
    assert found.explanation.ja == (
        "屋根 15×(III 50%×50%) = 3.75、壁（外壁） 75×(IV 40%×75%＋III 20%×50%) = 30。損害割合 33.7 % → 中規模半壊"
    )
    assert "60/1200 mm が 1/20 以上" in assess(sheet(tilt_mm=60), NOW).explanation.ja
    with speak("en"):
        assert assess(sheet(tilt_mm=60), NOW).ratio_text == "50 % or more"
    assert (
        assess(sheet(Method.GROUND, sunk="floor"), NOW).explanation.ja == "床まで地盤面下に潜り込んでいる → 大規模半壊"
    )
    assert assess(sheet(Method.GROUND, tilt_mm=5), NOW).explanation.ja.startswith("傾斜が 1/100 に達せず")
    photographed = sheet(Method.SELF_JUDGED, agreed=True)
    assert (assess(photographed, NOW).ratio_text, assess(photographed, IN_2011).ratio_text) == (
        "10 % 未満",
        "20 % 未満",
    )
    just_below = sheet(FIRST, ("wall", 5, 53.3), ("foundation", 5, 99.9))
    assert assess(just_below, NOW).ratio_text == "49.9 %", "never rounded up to a class that it does not reach"


@pytest.mark.parametrize(
    "wrong",
    [
        sheet(FIRST, ("wall", 1, 60), ("wall", 2, 40.1)),
        sheet(FIRST, ("ceiling", 1, 10)),
        sheet(FIRST, depth_cm=10),
        sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=10, tilt_mm=10),
        sheet(Method.FLOOD_WOODEN_DEPTH),
        sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=60, force=False),
        sheet(Method.GROUND),
        sheet(Method.GROUND, ("roof", 1, 10), tilt_mm=10),
        sheet(FIRST, sunk="floor"),
        sheet(FIRST, settled_cm=30),
        sheet(Method.EARTHQUAKE_OTHER_FIRST, tilt_mm=20, settled_cm=30),
        sheet(Method.SELF_JUDGED),
        sheet(Method.SELF_JUDGED, agreed=True, collapsed=True),
    ],
)
def test_what_a_sheet_cannot_say(wrong: Sheet) -> None:
    assert len(problems(wrong, NOW)) == 1
    with pytest.raises(VocabularyError):
        assess(wrong, NOW)


def test_a_flood_without_force_is_judged_by_depth_since_its_notice() -> None:
    inland = sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=60, force=False)
    with pytest.raises(VocabularyError, match="部位の調査票"):
        assess(inland, BEFORE)
    assert assess(inland, SINCE).explanation.ja == "床上浸水 60 cm・外力による損傷なし → 半壊"
    with_force = assess(sheet(Method.FLOOD_WOODEN_DEPTH, depth_cm=60), SINCE)
    assert with_force.explanation.ja == "床上浸水 60 cm・外力による損傷あり → 中規模半壊"
    assert rules(Method.FLOOD_WOODEN_DEPTH, BEFORE)["calm"] == []
    assert rules(Method.FLOOD_WOODEN_DEPTH, SINCE)["calm"] == [[180, 40], [100, 30], [10, 20], [1, 10]]


def test_degrees_shares_and_days_that_cannot_be() -> None:
    for said in ({"degree": 6, "share": 1}, {"degree": 1, "share": 0}, {"degree": 1, "share": 100.1}):
        with pytest.raises(ValidationError):
            Seen.model_validate({"part": "roof", **said})
    for ratio in (-1, 101):
        with pytest.raises(VocabularyError):
            classify(ratio, NOW)
    with pytest.raises(VocabularyError):
        classes_on(date(1995, 1, 17))
    with pytest.raises(VocabularyError):
        survey_table(FIRST, date(2001, 1, 1))


def test_every_method_has_figures_and_says_what_is_not_sure() -> None:
    assert {t.method for t in SURVEY_TABLES} == set(Method)
    confirmed = {FIRST, Method.FLOOD_WOODEN_DEPTH, Method.GROUND, Method.SELF_JUDGED}
    confirmed |= {Method.EARTHQUAKE_OTHER_SECOND, Method.FLOOD_WOODEN_PARTS, Method.WIND_WOODEN}
    assert {m for m in Method if survey_table(m, NOW).sure} == confirmed
    with pytest.raises(VocabularyError):
        survey_table(Method.GROUND, date(2011, 3, 10))
    given = rules(Method.GROUND, IN_2011)
    assert given["floors"] == [[50, "全壊"], [40, "大規模半壊"], [20, "半壊"]] and given["partial"] == "一部損壊"
    assert given["tilts"] == [[1, 20, 50], [1, 60, 40], [1, 100, 20]]


def test_a_method_says_for_which_houses_its_figures_hold() -> None:
    assert all("・木造" in m.label.ja for m in Method if m.wooden)
    assert all("非木造" in m.label.ja for m in Method if m.wooden is False)
    assert {m for m in Method if m.wooden is None} == {Method.GROUND, Method.SELF_JUDGED}


def test_weights_come_to_the_sums_that_were_published() -> None:
    wind = survey_table(Method.WIND_WOODEN, NOW).weights or {}
    above = {Part.ROOF, Part.CEILING}
    assert sum(weight for part, weight in wind.items() if part not in above) == 80
    assert sum(wind[part] for part in (Part.ROOF, Part.FLOOR, Part.CEILING)) == 30


def test_tables_are_whole() -> None:
    for table in SURVEY_TABLES:
        assert sum((table.weights or {Part.ROOF: 100}).values()) == 100, table.method
    assert list(DEGREES.values()) == [0, 10, 25, 50, 75, 100]
    for before, after in pairwise(ERAS):
        assert before.until == after.since
    assert [c for c, _ in ERAS[-1].floors] == list(DamageClass)[:5]
    assert DamageClass.MEDIUM_HALF not in classes_on(date(2020, 12, 3))
    assert DamageClass.MEDIUM_HALF in classes_on(date(2020, 12, 4))
    assert name_of(C.PARTIAL, IN_2011).ja == "一部損壊"


@settings(max_examples=60)
@given(
    ratio=st.fractions(0, 100, max_denominator=1000),
    day=st.dates(ERAS[0].since, date(2030, 1, 1)),
)
def test_the_class_is_the_highest_whose_floor_is_reached(ratio: Fraction, day: date) -> None:
    floors = {0: [(50, C.DESTROYED), (20, C.HALF)]}
    floors[1] = [*floors[0], (40, C.LARGE_HALF)]
    floors[2] = [*floors[1], (10, C.QUASI_HALF)]
    floors[3] = [*floors[2], (30, C.MEDIUM_HALF)]
    starts = [date(2004, 4, 1), date(2019, 8, 28), date(2020, 12, 4)]
    reached = [pair for pair in floors[sum(day >= s for s in starts)] if ratio >= pair[0]]
    expected = max(reached)[1] if reached else C.PARTIAL if ratio else C.NONE
    assert classify(ratio, day) is expected
    assert expected in classes_on(day)


@settings(max_examples=60)
@given(data=st.data())
def test_more_damage_never_means_less(data: st.DataObject) -> None:
    table = survey_table(data.draw(st.sampled_from([t.method for t in SURVEY_TABLES if t.weights])), NOW)
    parts = list(table.weights or {})
    seen = {p: (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 100))) for p in parts}
    one = sheet(table.method, *((p.value, d, s) for p, (d, s) in seen.items()))
    exact = sum(
        Fraction((table.weights or {})[p] * s * (0, 10, 25, 50, 75, 100)[d], 10_000) for p, (d, s) in seen.items()
    )
    assert assess(one, NOW).ratio == exact
    worse = data.draw(st.sampled_from(parts))
    seen[worse] = (min(seen[worse][0] + 1, 5), seen[worse][1])
    other = assess(sheet(table.method, *((p.value, d, s) for p, (d, s) in seen.items())), NOW)
    order = list(DamageClass)
    assert other.ratio >= exact
    assert order.index(other.damage_class) <= order.index(assess(one, NOW).damage_class)


def test_it_needs_no_django() -> None:
    code = "import sys, tomoshibi.relief.damage; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
