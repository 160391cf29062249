"""The demonstration city's items and counters: what a city reported in 2011, and the systems of a town's plan."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tomoshibi.continuity import plan_demo
from tomoshibi.continuity.facts import ItemDescribed
from tomoshibi.continuity.report_facts import CounterDescribed
from tomoshibi.continuity.subjects import Counter, Item
from tomoshibi.journal.recording import Draft
from tomoshibi.people.demo import section
from tomoshibi.places.demo import CODE, demo_draft, record_all, site
from tomoshibi.places.keys import natural

FILE = Path(__file__).parent / "data" / "city.toml"


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record the city's items, counters and plan in the world that we are in. Twice records nothing more."""
    load_items(progress)
    plan_demo.load()


def load_items(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record its items and counters alone: what the board and the report need."""
    record_all(list(_drafts()), progress)


def item(code: str) -> str:
    """Reference of the item of that code (``S01`` is the resident-register system)."""
    return natural(Item, CODE, code)


def counter(code: str) -> str:
    """Reference of the counter of that code (``safety``, ``certificates``, ``deaths``, ``ordinary``)."""
    return natural(Counter, CODE, code)


def _drafts() -> Iterator[Draft]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for said in data["items"]:
        yield demo_draft(ItemDescribed(**_placed(said)), item(said["code"]))
    for number, name in enumerate(data["plan"]["systems"], 1):
        code = f"K{number:02}"
        yield demo_draft(ItemDescribed(code=code, name=name, item_kind="system", holds_data=True), item(code))
    for said in data["counters"]:
        code = said.pop("code")
        yield demo_draft(CounterDescribed(**_placed(said)), counter(code))


def _placed(said: dict[str, Any]) -> dict[str, Any]:
    """The values with references for the codes of section and site."""
    found = dict(said)
    if "section" in found:
        found["section"] = section(found["section"])
    if "place" in found:
        found["place"] = site(found["place"])
    return found
