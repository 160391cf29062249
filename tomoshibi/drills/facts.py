"""What can happen here: a drill begins and ends. Everything else in a drill is the other rooms' facts."""

from __future__ import annotations

from typing import Any

from tomoshibi.drills.subjects import Run
from tomoshibi.journal import worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.vocabulary import T

grant("headquarters", "drills.*")


class DrillBegun(Fact):
    """A drill begins, in the training world only."""

    kind = "drills.begun"
    subject = Run
    label = T("訓練の開始", "Drill begun")
    sentence = T("訓練を開始: {name_ja}", "Drill begun: {name_en}")

    scenario: str = field(T("シナリオ", "Scenario"), min_length=1)
    name_ja: str = field(T("名称", "Title"))
    name_en: str = field(T("名称（英語）", "Title in English"), "")

    def check(self, present: Present) -> None:
        if not worlds.is_training():
            raise Refused(T("訓練は訓練の世界でしか行えません。", "A drill runs in the training world only."))

    def apply(self, state: Any, entry: Any) -> None:
        state.begun.set(entry, self)


class DrillEnded(Fact):
    """A drill ends: by its last step, or because another one begins."""

    kind = "drills.ended"
    subject = Run
    label = T("訓練の終了", "Drill ended")
    sentence = T("訓練を終了 {reason}", "Drill ended {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def apply(self, state: Any, entry: Any) -> None:
        state.ended.set(entry, True)
