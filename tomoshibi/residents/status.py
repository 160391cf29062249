"""What the top of every page and the operations room say of the nightly intake: a missed night, a file that is held."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from tomoshibi.incidents.panels import Told, tells
from tomoshibi.journal.navigation import Status, status
from tomoshibi.residents import intake
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.text import counted


def _lines() -> list[T]:
    lines = []
    if (morning := intake.missed()) is not None:
        lines.append(
            T(f"住民の名簿が届いていません（{morning} の朝）", f"No register came by the morning of {morning}")
        )
    if count := intake.held().count():
        lines.append(T(f"保留の名簿ファイル {count}件", f"{counted(count, 'register file', 'register files')} held"))
    return lines


@status
def register_comes_in() -> Status | None:
    """That the register did not come, or could not be read: the next disaster asks for it."""
    lines = _lines()
    if not lines:
        return None
    text = T("、".join(t.ja for t in lines), ", ".join(t.en for t in lines))
    return Status(text, reverse("residents:intake"))


@tells("next", "residents.snapshot_taken")
def see_to_it(incident: str) -> Iterable[Told]:
    """The same for whoever can mend it."""
    return [Told(text, reverse("residents:intake"), None, "alert") for text in _lines()]
