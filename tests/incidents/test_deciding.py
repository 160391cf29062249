"""Trigger tables: three-valued logic never says more than is known, and a table must pass its own cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.incidents.conftest import CASES, RULES, rule
from tomoshibi.bulletins import Kind
from tomoshibi.incidents.actions import actions
from tomoshibi.incidents.deciding import (
    READINGS,
    Case,
    Condition,
    TableError,
    Unknown,
    decide,
    problems,
    try_case,
    value_of,
    words_of,
)
from tomoshibi.vocabulary import IntensityClass
from tomoshibi.vocabulary.intensity import CLASSES

FIVE_LOWER, FIVE_UPPER = IntensityClass.FIVE_LOWER, IntensityClass.FIVE_UPPER
classes = st.sampled_from(CLASSES)
operators = st.sampled_from([">=", "<=", "="])


@pytest.mark.parametrize(
    ("condition", "value", "truth"),
    [
        ("intensity >= 5弱", FIVE_UPPER, True),
        ("intensity >= 5弱", IntensityClass.FOUR, False),
        ("intensity >= 5弱", Unknown(FIVE_LOWER), True),
        ("intensity >= 5強", Unknown(FIVE_LOWER), None),
        ("intensity <= 4", Unknown(FIVE_LOWER), False),
        ("intensity = 5弱", Unknown(FIVE_LOWER), None),
        ("intensity = 4", Unknown(FIVE_LOWER), False),
        ("intensity >= 1", Unknown(), None),
        ("intensity >= 1", None, False),
        ("magnitude >= 7", 7.0, True),
        ("magnitude >= 7", Unknown(8.0), True),
        ("magnitude >= 7", Unknown(), None),
        ("kind in tsunami, earthquake", Kind.EARTHQUAKE, True),
        ("kind = tsunami", Kind.EARTHQUAKE, False),
    ],
)
def test_conditions(condition: str, value: Any, truth: bool | None) -> None:
    assert Condition.parse(condition).holds(value) is truth


@given(operators, classes, classes, classes)
def test_what_is_said_of_the_unknown_holds_whatever_it_turns_out_to_be(
    op: str, wanted: IntensityClass, least: IntensityClass, truth: IntensityClass
) -> None:
    condition = Condition(reading="intensity", op=op, value=wanted.label)
    said = condition.holds(Unknown(least))
    if truth >= least and said is not None:
        assert condition.holds(truth) is said


@given(operators, classes, classes)
def test_nothing_is_left_unknown_that_can_be_known(op: str, wanted: IntensityClass, least: IntensityClass) -> None:
    condition = Condition(reading="intensity", op=op, value=wanted.label)
    outcomes = {condition.holds(k) for k in CLASSES if k >= least}
    said = condition.holds(Unknown(least))
    if op == ">=":
        assert said is (outcomes.pop() if len(outcomes) == 1 else None)
    elif outcomes == {False}:
        assert said is False


@given(st.lists(st.tuples(classes, st.sampled_from(["open_incident", "call_out"])), max_size=6), classes)
def test_at_most_one_rule_an_action_and_every_rule_is_told(
    rows: list[tuple[IntensityClass, str]], seen: IntensityClass
) -> None:
    rules = [rule(f"r{n}", f"intensity >= {k.label}", do) for n, (k, do) in enumerate(rows)]
    decision = decide(rules, {"intensity": seen})
    done = [r.do for r in decision.fired]
    assert len(done) == len(set(done))
    assert [s.rule for s in decision.trace] == [r.name for r in rules]
    for n, (klass, do) in enumerate(rows):
        above = any(k <= seen for k, d in rows[:n] if d == do)
        expected = "not" if klass > seen else "covered" if above else "fired"
        assert decision.trace[n].outcome == expected


def test_the_unknown_fires_as_at_least_and_asks_above() -> None:
    decision = decide(RULES, {"intensity": Unknown(FIVE_LOWER)})
    assert [r.name for r in decision.fired] == ["5弱で班"]
    assert [r.name for r in decision.asked] == ["5強で全員"]
    assert decision.trace[0].conditions == (("intensity >= 5強", "5弱?", "unknown"),)
    assert [s.outcome for s in decision.trace] == ["asked", "fired", "covered"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "intensity",
        "intensity > 5強",
        "震度 >= 5強",
        "intensity >= 9",
        "kind >= tsunami",
        "kind = storm",
        "intensity >= 震度５弱以上未入電",
        "magnitude >= big",
    ],
)
def test_conditions_that_mean_nothing_are_refused_in_words(text: str) -> None:
    with pytest.raises(TableError) as error:
        Condition.parse(text)
    assert error.value.text.ja != error.value.text.en


@given(st.sampled_from(sorted(READINGS)), st.data())
def test_values_are_read_back(name: str, data: st.DataObject) -> None:
    samples = {
        "type": st.just("VXSE53"),
        "magnitude": st.integers(0, 90).map(lambda n: str(n / 10)),
        "level": st.sampled_from("12345"),
        "grade": st.sampled_from(["none", "special"]),
        "kind": st.sampled_from([k.value for k in Kind]),
        "hazard": st.just("volcano"),
        "status": st.just("training"),
        "info": st.just("cancelled"),
    }
    text = data.draw(samples.get(name, classes.map(lambda k: k.label)))
    mark = data.draw(st.sampled_from(["", "?"]))
    value = value_of(name, text + mark)
    assert value_of(name, words_of(name, value)) == value
    assert value_of(name, "?") == Unknown()
    assert value_of(name, "") is None


def test_a_table_that_passes_its_cases_has_no_problems() -> None:
    assert problems(RULES, CASES, actions()) == []
    assert all(try_case(RULES, case).right for case in CASES)


@pytest.mark.parametrize(
    ("rules", "cases", "said"),
    [
        (RULES, CASES[1:], "例がありません"),
        (RULES, (*CASES, Case(name="x", readings={"intensity": "3"}, fires=("4で担当課",))), "例「x」"),
        ((*RULES, RULES[0]), CASES, "二つあります"),
        ((rule("a", "intensity >= 4", "fly"),), (), "fly"),
        ((rule("a", "intensity >= 4", "call_out"),), (), "rule"),
        ((rule("a", "intensity >= 4", "open_incident", posture="war"),), (), "war"),
        ((rule("a", "intensity >= 4", "open_incident", colour="red"),), (), "colour"),
        ((RULES[0].model_copy(update={"when": ()}),), CASES, "条件がありません"),
        (RULES, (*CASES, Case(name="y", readings={"shindo": "3"})), "例「y」"),
    ],
)
def test_every_problem_is_named(rules: Any, cases: Any, said: str) -> None:
    assert any(said in problem.ja for problem in problems(rules, cases, actions()))
