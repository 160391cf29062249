"""What the one search box finds besides the journal's subjects: rooms register finders for what is kept in bulk.

A resident of the register has no subject until something is recorded of them; the room that keeps the register finds
them here. A finder itself sees to it that nobody learns what they may not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tomoshibi.journal.access import Actor
from tomoshibi.vocabulary import T


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found: its reference, what kind of thing it is, its name, where a click leads, and a word beside it."""

    subject: str
    label: T
    title: str
    address: str
    note: str | T = ""


#: given the words, who asks and how many at most
Find = Callable[[str, Actor, int], Iterable[Found]]
_finders: list[tuple[Find, str]] = []


def finder(permission: str) -> Callable[[Find], Find]:
    """Register a finder; only those who hold ``permission`` for some site are answered by it."""

    def register(find: Find) -> Find:
        _finders.append((find, permission))
        return find

    return register


def found(words: str, actor: Actor, limit: int = 50) -> list[Found]:
    """What the rooms find for ``actor``, room by room in the order of the house."""
    answers: list[Found] = []
    for find, permission in _finders:
        if actor.sites(permission) != set():
            answers += find(words, actor, limit)
    return answers
