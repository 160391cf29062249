"""The decision on an order as a paper: what, where, why, every text, and the two names with their times."""

from __future__ import annotations

from typing import Any

from tomoshibi.documents import render
from tomoshibi.journal import worlds
from tomoshibi.places.queries import who_are_we
from tomoshibi.publishing import queries, wordings
from tomoshibi.publishing.models import ProposalRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

TEMPLATE = "publishing/documents/decision.typ"


def decision(said: ProposalRow) -> bytes:
    """PDF of a proposal and of what became of it. Raises :class:`~tomoshibi.documents.DocumentError`."""
    us, living = who_are_we(), queries.living_in(said)
    unknown = T("不明", "unknown")
    data: dict[str, Any] = {
        "town": us.name if us else "",
        "act": said.act_word.label,
        "heading": said.heading,
        "danger": said.danger_word.label,
        "where": said.where,
        "people": unknown if living.population is None else f"{living.population:,}",
        "households": unknown if living.households is None else f"{living.households:,}",
        "reason": said.reason,
        "advice": said.advice,
        "texts": [
            {"label": wording.label, "text": wordings.text_of(said, key), "lang": wording.lang}
            for key, wording in wordings.wordings().items()
        ],
        "proposed_by": said.by or said.rule,
        "proposed_at": _time(said.at),
        "decided_by": said.decided_by,
        "decided_at": _time(said.decided_at),
        "state": {
            "approved": T("承認", "Approved"),
            "returned": T("差し戻し", "Returned"),
            "waiting": T("承認待ち", "Waits for approval"),
            "replaced": T("別の案に差し替え", "Replaced by another proposal"),
        }[said.state],
        "number": said.approval or said.id,
    }
    return render(
        TEMPLATE,
        data,
        title=T("避難情報の決裁", "Decision on evacuation information"),
        created=worlds.now(),
        training=worlds.is_training(),
    )


def _time(at: Any) -> str:
    return f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if at else ""
