"""People and households as the residents' questions answer them, and who may see where they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tomoshibi.journal.access import Actor
from tomoshibi.residents.words import UNDISCLOSED
from tomoshibi.vocabulary import T

PROTECTED = "residents.protected"


@dataclass(frozen=True, slots=True)
class Person:
    """One person. ``ref`` and ``household`` are references; ``sex`` and ``relation`` are the register's words.

    ``area`` is the town 町字 within the municipality. ``protected`` says that the address is for few; where it is and
    the actor is not of them, ``address`` and ``area`` are empty and ``undisclosed`` is true: a page then writes
    :data:`~tomoshibi.residents.words.UNDISCLOSED`. ``registered`` is false of who was entered by hand.
    """

    ref: str
    name: str
    kana: str
    birth: dt.date | None
    sex: str
    household: str
    relation: str
    address: str
    area: str
    protected: bool
    registered: bool
    number: str = ""
    note: str = ""
    undisclosed: bool = False
    moved_on: dt.date | None = None
    moved_why: str = ""
    #: when and why they left the register 転出・死亡・職権消除, where they are not in it on the day asked for; where
    #: the address is not disclosed only that they did, and nothing of any move
    left_on: dt.date | None = None
    left_why: T | None = None

    @property
    def key(self) -> str:
        """What stands for this person in an address."""
        return self.ref.partition(":")[2]

    @property
    def where(self) -> str:
        """The address, or that it is not disclosed, in the page's language."""
        return str(UNDISCLOSED) if self.undisclosed else self.address


@dataclass(frozen=True, slots=True)
class Household:
    """People of one household, the head first."""

    ref: str
    head: Person
    members: list[Person]
    address: str
    area: str
    number: str = ""
    #: who was of it and has left the register since its full file; those of a household that is no more are ``members``
    left: tuple[Person, ...] = ()

    @property
    def key(self) -> str:
        """What stands for this household in an address."""
        return self.ref.partition(":")[2]

    @property
    def undisclosed(self) -> bool:
        """Whether the address is kept from who asked."""
        return self.head.undisclosed

    @property
    def where(self) -> str:
        """The address, or that it is not disclosed, in the page's language."""
        return self.head.where


def may_see(person: Person, actor: Actor) -> bool:
    """Whether ``actor`` may see where this person is, whichever room knows it."""
    return not person.protected or actor.may(PROTECTED)
