"""What is wrong with the plan, found from its rows alone: each finding with the rows that prove it.

A rule is a function from the plan to findings; a finding names its subjects (references), says why in both languages,
and shows the figures. The rules are about promises that the plan's own rows contradict, and about what stands on one
thing, one place or one person: :mod:`~tomoshibi.continuity.rules_of_things` and
:mod:`~tomoshibi.continuity.rules_of_people`. Nothing in them knows any town.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Finding:
    """Something wrong: ``subjects`` are references of what it is about, ``proof`` the rows in words."""

    rule: str
    subjects: tuple[str, ...]
    why: T
    proof: tuple[T, ...] = ()
    #: how many services and systems it touches, for the order
    weight: int = 0

    def as_json(self, plan: Plan) -> dict[str, Any]:
        """For programs: rule, subjects with names, why and proof in both languages."""
        return {
            "rule": self.rule,
            "subjects": [{"ref": ref, "name": plan.name(ref)} for ref in self.subjects],
            "why": {"ja": self.why.ja, "en": self.why.en},
            "proof": [{"ja": row.ja, "en": row.en} for row in self.proof],
        }


Found = Iterator[tuple[tuple[str, ...], T, Iterable[T], int]]


@dataclass(frozen=True)
class Rule:
    """A rule: its name for programs, what it looks for, and what to do about what it finds."""

    name: str
    label: T
    advice: T
    find: Callable[[Plan, date], Found]


RULES: dict[str, Rule] = {}


def rule(name: str, label: T, advice: T) -> Callable[[Callable[[Plan, date], Found]], Callable[[Plan, date], Found]]:
    """Register a function that yields (subjects, why, proof, weight) as a rule."""

    def register(find: Callable[[Plan, date], Found]) -> Callable[[Plan, date], Found]:
        RULES[name] = Rule(name, label, advice, find)
        return find

    return register


def findings(plan: Plan, today: date) -> list[Finding]:
    """Everything that is wrong, rule by rule, what touches most first.

    :raises GraphError: where the plan makes no graph.
    """
    for part in ("rules_of_things", "rules_of_people"):  # these register, in the order of the page
        import_module(f"tomoshibi.continuity.{part}")
    found = []
    for name, one in RULES.items():
        of_rule = [Finding(name, s, why, tuple(proof), weight) for s, why, proof, weight in one.find(plan, today)]
        found += sorted(of_rule, key=lambda f: -f.weight)
    return found


def names_of(plan: Plan, refs: Iterable[str], most: int = 8) -> str:
    """Names of references, the first so many."""
    names = [plan.name(ref) for ref in refs]
    rest = f" +{len(names) - most}" if len(names) > most else ""
    return "、".join(names[:most]) + rest


def hours_of(hours: float) -> str:
    """Hours as people write them."""
    return f"{hours:g}"
