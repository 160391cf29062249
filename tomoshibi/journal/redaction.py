"""Redaction: the law may take a fact's content out. The chain stays whole, because it covers a salted digest."""

from __future__ import annotations

from typing import Any, ClassVar

from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import REDACTION, Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Subject
from tomoshibi.vocabulary import T


class AnySubject(Subject):
    """Stands for every type of subject."""

    type = "*"
    label = T("すべて", "any")


class Redacted(Fact):
    """The payload and salt of an earlier fact of the same subject are erased here and wherever this fact arrives."""

    kind: ClassVar[str] = REDACTION
    subject: ClassVar[type[Subject]] = AnySubject
    label: ClassVar[T] = T("記録内容の消去", "Content erased")
    sentence: ClassVar[T] = T("記録 {entry} の内容を消去: {reason}", "Content of {entry} erased: {reason}")

    entry: str = field(T("消去する記録", "Entry to erase"))
    reason: str = field(T("根拠・理由", "Legal ground and reason"), min_length=1)

    def check(self, present: Present) -> None:
        targets = [e for e in present.entries if e.id == self.entry]
        if not targets:
            raise Refused(
                T("消去する記録がこの対象にありません。", "This subject has no such entry to erase."), "entry"
            )
        if targets[0].kind == REDACTION:
            raise Refused(T("消去の記録は消去できません。", "An erasure cannot be erased."), "entry")

    def apply(self, state: Any, entry: Entry) -> None:
        """Nothing: the fold leaves redacted entries out before it comes here."""
