"""Laws across subjects: what must not be so, asked as queries and shown on the conflicts page.

Issued twice, paid twice, over capacity: never database constraints, because two towns that meet must be able to bring
both, and people must see both. A room says its laws with :func:`law`; a finding goes when a further fact mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Finding:
    """One breach: the subjects concerned, and a sentence with what is wrong and what to do."""

    subjects: tuple[str, ...]
    text: T


@dataclass(frozen=True)
class Law:
    """A named query over the tables of the world that we are in."""

    name: str
    label: T
    ask: Callable[[], Iterable[Finding]]


_laws: dict[str, Law] = {}


def law(name: str, label: T) -> Callable[[Callable[[], Iterable[Finding]]], Callable[[], Iterable[Finding]]]:
    """Register a law: ``name`` ("people.number_once"), what it says, and the query that finds its breaches.

    Raises :class:`ValueError` where another law has that name.
    """

    def register(ask: Callable[[], Iterable[Finding]]) -> Callable[[], Iterable[Finding]]:
        if name in _laws and _laws[name].ask.__qualname__ != ask.__qualname__:
            raise ValueError(f"two laws are called {name}")
        _laws[name] = Law(name, label, ask)
        return ask

    return register


def breaches() -> list[tuple[Law, list[Finding]]]:
    """Every law that is broken in the world that we are in, by name, with its findings."""
    found = ((held, list(held.ask())) for _, held in sorted(_laws.items()))
    return [(held, findings) for held, findings in found if findings]
