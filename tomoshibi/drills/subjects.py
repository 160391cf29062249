"""What this room keeps: one subject a run of a scenario."""

from __future__ import annotations

from typing import Any

from tomoshibi.journal.states import Register, Subject
from tomoshibi.vocabulary import T


class Run(Subject):
    """One run of a scenario in the training world."""

    type = "drills.run"
    label = T("訓練", "Drill")

    begun = Register[Any](T("開始", "Begun"))
    ended = Register[bool](T("終了", "Ended"), False)

    def title(self) -> str:
        return self.begun.value.name_ja if self.begun.value else super().title()

    def search(self) -> str:
        return self.title()
