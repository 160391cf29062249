"""Whom a rule calls: pure."""

from types import SimpleNamespace

from tomoshibi.people.rules import below, whom_to_call

PARENTS = {"ict": "", "servers": "ict", "night": "servers", "works": "", "lost": "nowhere"}


def person(subject: str, section: str, *, needed: bool = False, left: bool = False) -> SimpleNamespace:
    return SimpleNamespace(subject=subject, section=section, needed=needed, left=left)


STAFF = [
    person("mayor", "", needed=True),
    person("chief", "ict", needed=True),
    person("clerk", "ict"),
    person("engineer", "night", needed=True),
    person("builder", "works", needed=True),
    person("gone", "works", needed=True, left=True),
]


def rule(members: str, sections: tuple[str, ...] = (), roles: tuple[str, ...] = ()) -> SimpleNamespace:
    return SimpleNamespace(members=members, section_refs=list(sections), role_refs=list(roles))


def test_needed_staff_of_named_sections_and_of_those_below() -> None:
    assert whom_to_call(rule("needed", ("ict",)), STAFF, PARENTS, {}) == ["chief", "engineer"]


def test_needed_staff_of_the_whole_town() -> None:
    assert whom_to_call(rule("needed"), STAFF, PARENTS, {}) == ["mayor", "chief", "engineer", "builder"]


def test_everyone_but_who_has_left() -> None:
    assert whom_to_call(rule("everyone"), STAFF, PARENTS, {}) == ["mayor", "chief", "clerk", "engineer", "builder"]


def test_holders_of_roles_are_called_besides_once() -> None:
    holders = {"head": "clerk", "deputy": "gone", "mine": "chief", "empty": ""}
    meant = whom_to_call(rule("needed", ("ict",), ("head", "deputy", "mine", "empty", "no")), STAFF, PARENTS, holders)
    assert meant == ["chief", "clerk", "engineer"]


def test_a_section_that_nobody_knows_means_nobody() -> None:
    assert whom_to_call(rule("everyone", ("abolished",)), STAFF, PARENTS, {}) == []


def test_sections_that_belong_to_one_another_end() -> None:
    assert below(["c"], {"a": "b", "b": "a", "c": ""}) == {"c"}
    assert below(["a"], {"a": "b", "b": "a", "c": ""}) == {"a", "b"}
