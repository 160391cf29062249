"""Files that officers write: every mistake is named with its line, and a table reads back as it was written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.incidents.conftest import CASES, RULES
from tomoshibi.incidents.actions import actions
from tomoshibi.incidents.deciding import problems
from tomoshibi.incidents.demo import FILE
from tomoshibi.incidents.lined import FileError, Lined
from tomoshibi.incidents.subjects import Revision
from tomoshibi.incidents.table_file import read_table, write_table

TRICKY = '''# a comment with [brackets] and = signs
title = "x [[not]] = # a header"   # trailing
"quoted key" = 1
long = """
[not.a.header]
key = "not a key"
"""
list = [
  "a", # one
  ["b = 1"],
]
table = { inner = [1, 2], other = "}" }

[a.b]
c.d = 1

[[step]]
at = "0:01"

  [step.fields]
  what = \'\'\'
  [[step]]
  \'\'\'

[[step]]
at = "0:02"
'''


def test_the_line_of_every_key_is_known() -> None:
    file = Lined(TRICKY, "tricky.toml")
    lines = TRICKY.splitlines()

    def at(*path: str | int) -> str:
        return lines[file.line(*path) - 1].strip()

    assert at("title").startswith("title")
    assert at("quoted key").startswith('"quoted key"')
    assert at("long").startswith("long")
    assert at("list", 1, 0).startswith("list")
    assert at("table", "inner").startswith("table")
    assert at("a", "b") == "[a.b]"
    assert at("a", "b", "c", "d") == "c.d = 1"
    assert file.line("step", 0, "at") == lines.index('at = "0:01"') + 1
    assert at("step", 0, "fields", "what").startswith("what")
    assert file.line("step", 1, "at") == lines.index('at = "0:02"') + 1
    assert file.line("step", 1, "missing") == lines.index('at = "0:02"')
    assert file.line("nothing") == 1


texts = st.text(st.sampled_from("a[]{}=\"'#,.\\ \t灯"), max_size=8)
keys = st.text(st.sampled_from("abc-_19"), min_size=1, max_size=4)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[\n  " + ",\n  ".join(map(_value, value)) + "\n]" if value else "[]"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


values = st.one_of(texts, st.integers(0, 99), st.lists(texts, max_size=3))


@given(st.lists(st.tuples(keys, st.lists(st.tuples(keys, values), max_size=4, unique_by=lambda p: p[0])), max_size=5))
def test_any_file_has_its_keys_where_they_stand(tables: list[tuple[str, list[tuple[str, Any]]]]) -> None:
    written, expected, counts, line = [], {}, {}, 1
    for name, pairs in tables:
        number = counts[name] = counts.get(name, -1) + 1
        expected[name, number] = line
        written.append(f"[[{name}]]  # comment")
        line += 1
        for key, value in pairs:
            expected[name, number, key] = line
            written.append(f"{key} = {_value(value)}")
            line += 1 + written[-1].count("\n")
    text = "\n".join(written)
    assert Lined(text, "x").lines == expected
    assert tomllib.loads(text) == Lined(text, "x").data


@pytest.mark.parametrize("text", ["a = ", "[a\n", 'a = "x\nb = 1', "a = 1\na = 2", "= 1", "\x00"])
def test_what_is_no_toml_says_where(text: str) -> None:
    with pytest.raises(FileError) as error:
        Lined(text, "bad.toml")
    assert str(error.value).startswith("bad.toml:")
    assert error.value.text.ja != error.value.text.en


def test_the_demonstration_table_passes_its_cases_and_reads_back() -> None:
    table = read_table(FILE.read_text(encoding="utf-8"), FILE.name)
    assert problems(table.rules, table.cases, actions()) == []
    again = read_table(write_table(table.name, Revision("", None, "", "", table.rules, table.cases)), "x")
    assert (again.rules, again.cases) == (table.rules, table.cases)


def test_the_rules_of_the_tests_read_back() -> None:
    again = read_table(write_table("地震", Revision("", None, "", "", RULES, CASES)), "x")
    assert (again.rules, again.cases) == (RULES, CASES)


MISTAKES = """name = "表"
[[rule]]
name = "a"
when = ["震度 >= 5強", "intensity >= 5強"]
do = "open_incident"
[[rule]]
name = "b"
when = "intensity >= 5強"
do = "fly"
[[rule]]
name = "c"
when = ["intensity >= 4"]
do = "call_out"
colour = "red"
[[case]]
name = "x"
readings = { intensity = "9" }
"""


def test_every_mistake_of_a_table_is_named_with_its_line() -> None:
    with pytest.raises(FileError) as error:
        read_table(MISTAKES, "table.toml")
    assert [line for line, _ in error.value.problems] == [4, 9, 14, 17]
    for line, said in zip((4, 9, 14, 17), str(error.value).splitlines(), strict=True):
        assert said.startswith(f"table.toml:{line}: ")


@pytest.mark.parametrize("text", ["", 'name = "x"', "rule = 1\nname = 'x'", "[[case]]\nname = 'x'\n"])
def test_a_table_without_rules_is_refused(text: str) -> None:
    with pytest.raises(FileError):
        read_table(text, "x")
