"""What people do at desks, as a step of a scenario: a household is taken in, counted, surveyed, given its certificate.

A step names the act (``check_in = { … }``); its fields are the class's. What is recorded are the rooms' own facts, made
by the same functions that their desks use, under the permissions of the step's ``role``. Households are named by a
short name (``&home``) or by their place in the register: ``"3 of 潮見地区"``, ``"1-12 of 潮見地区"``
(:func:`households_of`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import queries as residents
from tomoshibi.residents.models import HouseholdRow, PersonRow
from tomoshibi.residents.queries import Household
from tomoshibi.residents.subjects import Household as HouseholdSubject
from tomoshibi.vocabulary import T, VocabularyError

#: the third household of a town, or several: first, last, and how the name of their town begins
SOME = re.compile(r"([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?\s+of\s+(\S+)")


class NotMeantError(VocabularyError):
    """What stands for households says none; has ``.text``."""


def _meant(text: str) -> str:
    found = SOME.fullmatch(text)
    if text[:1] == "&" or text.startswith(f"{HouseholdSubject.type}:"):
        return text
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        what = T(
            f"「{text}」は世帯を表していません。「3 of 潮見地区」「1-12 of 潮見地区」か &名前 と書いてください。",
            f"{text!r} names no household. Write 3 of TOWN, 1-12 of TOWN, or &name.",
        )
        raise NotMeantError(what)
    return text


#: households, as a scenario names them
Households = Annotated[
    tuple[Annotated[str, AfterValidator(_meant)], ...], Field(min_length=1, description="households of the register")
]


@dataclass(frozen=True)
class Stage:
    """Where an act happens: the drill's incident, who acts, and the id by which what it records is known."""

    incident: str
    actor: Actor
    #: the day on which the drill begins
    day: date
    #: makes the id of a fact of this act from a name
    fact_id: Callable[[str], str]

    def record(self, drafts: Iterable[Draft]) -> int:
        """Record drafts as one act; how many there were."""
        return len(record(drafts, self.actor, self.fact_id("act")))

    def homes(self, meant: Iterable[str]) -> list[Household]:
        """The households that a step names, as this actor may see them. Raises :class:`Refused` where one is not."""
        refs = [ref for text in meant for ref in households_of(text, self.day)]
        found = residents.households(refs, self.actor)
        if missing := set(refs) - {home.ref for home in found}:
            raise Refused(T(f"名簿にない世帯です: {min(missing)}", f"No household of the register: {min(missing)}"))
        return found


def households_of(text: str, day: date) -> list[str]:
    """References of the households that ``"3 of 潮見地区"`` or ``"1-12 of 潮見地区"`` means; of a reference, itself.

    They are counted by household number among those whose town 町字 begins with that name (a 地区 at its end aside).
    Left out are protected households (支援措置), and those with a member born after ``day``, the drill's first, which
    may be long before the register's. The same register gives the same households.
    Raises :class:`Refused` where there are not so many.
    """
    found = SOME.fullmatch(text)
    if found is None:
        return [text]
    first, last, town = int(found[1]), int(found[2] or found[1]), found[3].removesuffix("地区")
    taken = residents.snapshot()
    here = PersonRow.objects.filter(snapshot=taken.snapshot if taken else "", town__startswith=town)
    unfit = here.filter(birth__gt=day) | here.filter(shielded=True)
    homes = HouseholdRow.objects.filter(snapshot=taken.snapshot if taken else "", key__in=here.values("household"))
    keys = homes.exclude(key__in=unfit.values("household")).order_by("number").values_list("key", flat=True)[:last]
    shielded = residents.shielded()
    refs = [ref for ref in map(HouseholdSubject.ref, keys) if ref not in shielded]
    if len(refs) < last:
        raise Refused(
            T(
                f"「{text}」: {town} の世帯は {len(refs)} しかありません。",
                f"{text!r}: {town} has {len(refs)} households.",
            )
        )
    return refs[first - 1 :]


class Act(BaseModel):
    """Something done at a desk. ``name`` is the step's key; a field that names a subject is ``&name``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]

    def do(self, stage: Stage) -> T:
        """Record it; what is told of it."""
        raise NotImplementedError


_acts: dict[str, type[Act]] = {}


def act[A: type[Act]](cls: A) -> A:
    """Make an act known to scenarios, under its ``name``."""
    _acts[cls.name] = cls
    return cls


def acts() -> dict[str, type[Act]]:
    """Every act by the key of its step."""
    from tomoshibi.drills import desks, surveys  # noqa: F401  # they make theirs known

    return _acts


def told(ja: str, en: str, number: int, homes: Sequence[Any]) -> T:
    """``ja: 4世帯 11人``."""
    return T(f"{ja}: {len(homes)}世帯 {number}人", f"{en}: {len(homes)} households, {number} people")
