"""A proposal on its way: what somebody has filled in, its texts drafted, and the fact that it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydantic

from tomoshibi.journal import worlds
from tomoshibi.journal.complaints import complaints
from tomoshibi.publishing import queries, wordings
from tomoshibi.publishing.facts import OrderProposed
from tomoshibi.publishing.models import OrderRow, ProposalRow
from tomoshibi.publishing.subjects import as_json
from tomoshibi.publishing.words import LEVELS, Act, Danger, day_of, terms
from tomoshibi.vocabulary import T

#: fields that are plain text
PLAIN = ("term", "where", "reason", "advice")


@dataclass
class Asked:
    """What the page of a proposal holds, as text, and what is wrong with it (by field; "" is all of it)."""

    act: Act = Act.ISSUE
    level: str = ""
    danger: str = Danger.OTHER.value
    areas: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    plain: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    #: wording -> mark of the draft that the page showed: a text that still has it was not edited
    drafted: dict[str, str] = field(default_factory=dict)
    errors: dict[str, T] = field(default_factory=dict)

    @classmethod
    def of(cls, row: OrderRow | ProposalRow, act: Act) -> Asked:
        """What a change or lifting of ``row`` begins with: what it says, but for the reason and the texts."""
        plain = {name: getattr(row, name) for name in ("term", "where")}
        if act is not Act.LIFT:
            plain |= {"reason": row.reason, "advice": row.advice}
        return cls(act, str(row.level), row.danger, row.area_refs, row.channel_keys, plain)

    @classmethod
    def sent(cls, post: Mapping[str, Any], areas: Sequence[str], channels: Sequence[str], act: Act) -> Asked:
        """What a browser sent."""
        plain = {name: _text(post, name) for name in PLAIN}
        texts = {key: text for key in wordings.wordings() if (text := _text(post, f"text-{key}"))}
        drafted = {key: _text(post, f"drafted-{key}") for key in texts}
        level, danger = post.get("level", ""), post.get("danger", "")
        return cls(act, level, danger, list(areas), list(channels), plain, texts, drafted)

    def fill(self) -> bool:
        """Fill what follows from the rest: the areas in words, and every text that nobody edited.

        False where a text came out otherwise than the page showed it: somebody has to read it first.
        """
        if not self.plain.get("where") and self.areas:
            self.plain["where"] = "、".join(row.name for row in queries.areas_of(self.areas))
        if not (self.level.isdecimal() and int(self.level) in LEVELS):
            return False
        new = wordings.drafts(self.row())
        kept = {key: text for key, text in self.texts.items() if key in new and _mark(text) != self.drafted.get(key)}
        as_shown = all(self.texts.get(key) == text for key, text in new.items() if key not in kept)
        self.texts = {**new, **kept}
        self.drafted = {key: _mark(text) for key, text in new.items()}
        return as_shown

    @property
    def shown(self) -> list[tuple[wordings.Wording, str, str, bool]]:
        """Every text for the page: its wording, itself, the mark of its draft, and whether it was edited."""
        return [
            (wording, self.texts[key], self.drafted[key], _mark(self.texts[key]) != self.drafted[key])
            for key, wording in wordings.wordings().items()
            if key in self.texts and key in self.drafted
        ]

    def row(self) -> ProposalRow:
        """It as a proposal that is not recorded, to draft texts from and to count who lives there."""
        return ProposalRow(
            act=self.act.value,
            level=int(self.level),
            danger=self.danger if self.danger in set(Danger) else Danger.OTHER.value,
            areas=as_json(self.areas),
            at=worlds.now(),
            **{name: self.plain.get(name, "") for name in PLAIN},
        )

    @property
    def terms(self) -> list[tuple[int, list[T]]]:
        """Levels that there are today, with their terms."""
        day = day_of(worlds.now())
        return [(level, found) for level in LEVELS if (found := terms(day, level))]

    def fact(self) -> OrderProposed | None:
        """The fact, or None with :attr:`errors` set."""
        for problem in wordings.too_long(self.texts):
            self.errors.setdefault("texts", problem)
        if self.level not in map(str, LEVELS):
            self.errors["level"] = T("警戒レベルを選んでください。", "Choose a level.")
        if not self.areas:
            self.errors["areas"] = T("対象の区域を選んでください。", "Choose the areas.")
        if not self.channels:
            self.errors["channels"] = T("伝える手段を選んでください。", "Choose at least one channel.")
        said = {
            "act": self.act,
            "level": int(self.level) if self.level.isdecimal() else None,
            "danger": self.danger,
            "areas": self.areas,
            "channels": self.channels,
            "texts": self.texts,
            **self.plain,
        }
        try:
            made = OrderProposed.model_validate(said)
        except pydantic.ValidationError as error:
            for place, text in complaints(error):
                self.errors.setdefault(place.partition(".")[0], text)
            return None
        return None if self.errors else made


def _text(post: Mapping[str, Any], name: str) -> str:
    return str(post.get(name, "")).replace("\r\n", "\n").strip()


def _mark(text: str) -> str:
    """A short mark of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
