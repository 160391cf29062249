"""A trigger table as a file that an officer can write: TOML, with rules and the cases that they must pass.

name = "地震"

[[rule]]
name = "震度5強以上"
when = ["intensity >= 5強"]
do = "open_incident"
fields = { posture = "third" }

[[case]]
name = "震度6弱"
readings = { intensity = "6弱" }
fires = ["震度5強以上"]
"""

from __future__ import annotations

import json
from typing import Any

from tomoshibi.incidents.actions import actions
from tomoshibi.incidents.deciding import Case, Condition, Rule, TableError, value_of
from tomoshibi.incidents.facts import TableProposed
from tomoshibi.incidents.lined import FileError, Lined
from tomoshibi.incidents.subjects import Revision
from tomoshibi.vocabulary import T

_RULE = {"name", "when", "do", "fields", "note"}
_CASE = {"name", "readings", "fires", "asks"}


def read_table(text: str, source: str) -> TableProposed:
    """The proposal that a file holds. Raises :class:`FileError` naming every line that is wrong."""
    file = Lined(text, source)
    problems: list[tuple[int, T]] = []
    for key in file.data.keys() - {"name", "reason", "rule", "case"}:
        problems.append((file.line(key), _unknown(key, "name, reason, rule, case")))
    name = file.data.get("name")
    if not isinstance(name, str) or not name:
        problems.append((file.line("name"), T("name（表の名称）を書いてください。", "Write name, the table's name.")))
    rules = [_rule(file, n, problems) for n in range(len(_tables(file, "rule", problems)))]
    cases = [_case(file, n, problems) for n in range(len(_tables(file, "case", problems)))]
    if not rules and not problems:
        problems.append((1, T("[[rule]] が一つもありません。", "There is no [[rule]].")))
    if problems:
        raise FileError(source, problems)
    return TableProposed(
        name=str(name),
        rules=tuple(r for r in rules if r),
        cases=tuple(c for c in cases if c),
        reason=str(file.data.get("reason", "")),
    )


def _tables(file: Lined, key: str, problems: list[tuple[int, T]]) -> list[dict[str, Any]]:
    found = file.data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        problems.append((file.line(key), T(f"[[{key}]] の形で書いてください。", f"Write it as [[{key}]].")))
        return []
    return found


def _unknown(key: str, known: str) -> T:
    return T(f"「{key}」は知らない項目です。使えるのは {known}。", f"{key!r} is not known here. Use {known}.")


def _text(file: Lined, item: dict[str, Any], path: tuple[str, int], key: str, problems: list[tuple[int, T]]) -> str:
    value = item.get(key, "")
    if not isinstance(value, str) or not value:
        problems.append((file.line(*path, key), T(f"{key} を文字で書いてください。", f"Write {key} as text.")))
        return ""
    return value


def _texts(item: dict[str, Any], key: str) -> dict[str, str]:
    found = item.get(key, {})
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _rule(file: Lined, n: int, problems: list[tuple[int, T]]) -> Rule | None:
    item, path, before = file.data["rule"][n], ("rule", n), len(problems)
    for key in item.keys() - _RULE:
        problems.append((file.line(*path, key), _unknown(key, ", ".join(sorted(_RULE)))))
    name, do = _text(file, item, path, "name", problems), _text(file, item, path, "do", problems)
    conditions = []
    when = item.get("when", [])
    for text in [when] if isinstance(when, str) else when:
        try:
            conditions.append(Condition.parse(str(text)))
        except TableError as error:
            problems.append((file.line(*path, "when"), error.text))
    if len(problems) > before:
        return None
    rule = Rule(name=name, when=tuple(conditions), do=do, fields=_texts(item, "fields"), note=str(item.get("note", "")))
    known = actions()
    if do not in known:
        listed = ", ".join(sorted(known))
        what = T(
            f"「{do}」という動作はありません。使えるのは {listed}。", f"There is no action {do!r}. Use one of {listed}."
        )
        problems.append((file.line(*path, "do"), what))
    else:
        problems.extend((file.line(*path, "fields"), problem) for problem in known[do].problems(rule))
    return rule


def _case(file: Lined, n: int, problems: list[tuple[int, T]]) -> Case | None:
    item, path, before = file.data["case"][n], ("case", n), len(problems)
    for key in item.keys() - _CASE:
        problems.append((file.line(*path, key), _unknown(key, ", ".join(sorted(_CASE)))))
    name = _text(file, item, path, "name", problems)
    readings = _texts(item, "readings")
    for reading, text in readings.items():
        try:
            value_of(reading, text)
        except TableError as error:
            problems.append((file.line(*path, "readings", reading), error.text))
    if len(problems) > before:
        return None
    return Case(name=name, readings=readings, fires=tuple(item.get("fires", ())), asks=tuple(item.get("asks", ())))


def write_table(name: str, revision: Revision) -> str:
    """A revision as a file that :func:`read_table` reads back."""
    lines = [f"name = {_quoted(name)}", ""]
    for rule in revision.rules:
        lines += [
            "[[rule]]",
            f"name = {_quoted(rule.name)}",
            f"when = [{', '.join(_quoted(str(c)) for c in rule.when)}]",
            f"do = {_quoted(rule.do)}",
        ]
        if rule.fields:
            lines.append(f"fields = {{ {', '.join(f'{_quoted(k)} = {_quoted(v)}' for k, v in rule.fields.items())} }}")
        if rule.note:
            lines.append(f"note = {_quoted(rule.note)}")
        lines.append("")
    for case in revision.cases:
        readings = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in case.readings.items())
        lines += [
            "[[case]]",
            f"name = {_quoted(case.name)}",
            f"readings = {{ {readings} }}",
            f"fires = [{', '.join(map(_quoted, case.fires))}]",
            f"asks = [{', '.join(map(_quoted, case.asks))}]",
            "",
        ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
