"""The two plans that the program brings: the demonstration city's, and a town's with 43 systems."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tomoshibi.continuity import workbook
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft
from tomoshibi.places.demo import demo_draft

FOLDER = Path(__file__).parent / "data"


def plan_of(name: str) -> dict[str, Any]:
    """Rows of a plan's sheets (``city``, ``town``) as :func:`~tomoshibi.continuity.workbook.built` takes them."""
    return tomllib.loads((FOLDER / f"plan_{name}.toml").read_text(encoding="utf-8"))


def load() -> None:
    """Record the city's plan in the world that we are in. Twice records nothing more."""

    def made(draft: Draft) -> Draft:
        return demo_draft(draft.fact, draft.subject)

    workbook.load(workbook.built(plan_of("city")), system("demo"), made=made)
