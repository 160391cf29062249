"""Whom a rule of call-out 参集ルール means. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tomoshibi.people.words import Members


class Person(Protocol):
    """What a rule needs to know of one of the staff: references, and whether among the needed staff 所要の職員."""

    @property
    def subject(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def needed(self) -> bool: ...
    @property
    def left(self) -> bool: ...


class Naming(Protocol):
    """What a rule says: members (:class:`Members`), sections (none: the whole town) and roles, by reference."""

    @property
    def members(self) -> str: ...
    @property
    def section_refs(self) -> Sequence[str]: ...
    @property
    def role_refs(self) -> Sequence[str]: ...


def below(sections: Iterable[str], parents: Mapping[str, str]) -> set[str]:
    """These sections and all that belong to them. ``parents`` is section -> the one that it belongs to."""
    meant = set(sections)

    def within(section: str) -> bool:
        seen: set[str] = set()
        while section and section not in seen:
            if section in meant:
                return True
            seen.add(section)
            section = parents.get(section, "")
        return False

    return meant | {section for section in parents if within(section)}


def whom_to_call(
    rule: Naming, staff: Iterable[Person], parents: Mapping[str, str], holders: Mapping[str, str]
) -> list[str]:
    """References of the staff that ``rule`` calls, in the order of ``staff``.

    ``parents`` is section -> the section that it belongs to, ``holders`` role -> the staff who hold it. Whoever has
    left is never called; holders of the rule's roles are, whatever their section.
    """
    meant = below(rule.section_refs, parents) if rule.section_refs else None
    everyone = rule.members == Members.EVERYONE
    named = {holders[role] for role in rule.role_refs if holders.get(role)}
    return [
        person.subject
        for person in staff
        if not person.left
        and (person.subject in named or ((meant is None or person.section in meant) and (everyone or person.needed)))
    ]
