"""Check sheets of care facilities as dated data (``data/checks-*.toml``): what is looked at, by whom, how, and when."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tomoshibi.facilities.words import Evidence, Role
from tomoshibi.vocabulary import T

#: the newest edition; answers say of which edition they are
EDITION = "2026-11-22"
#: the sheets, in the order in which they stand
SHEETS = (
    "ordinary", "quake-day", "quake-away", "quake-night", "tsunami", "storm-before", "storm-during", "storm-stranded",
)  # fmt: skip
#: what a facility added itself stands at the sheet's end under this heading
OWN = T("この施設の項目", "The facility's own")


@dataclass(frozen=True)
class Item:
    """One box: its key within the sheet (its number, or ``own-…``), what must be so, and who sees to it how.

    ``within`` is a number of months in ordinary times, of minutes since it began in a disaster; None where nobody
    set one.
    """

    key: str
    text: T
    role: Role
    evidence: Evidence
    within: int | None = None


@dataclass(frozen=True)
class Group:
    """Items under one heading of a sheet."""

    name: T
    items: tuple[Item, ...]


@dataclass(frozen=True)
class CheckSheet:
    """A sheet: for ordinary times (``minutes`` is false) or for a disaster."""

    key: str
    name: T
    minutes: bool
    groups: tuple[Group, ...]

    @property
    def items(self) -> list[Item]:
        """Every item, in the order of the sheet."""
        return [item for group in self.groups for item in group.items]

    def with_own(self, own: Iterable[Mapping[str, str | int | None]]) -> CheckSheet:
        """The sheet with what a facility added to it (rows of ``FacilityRow.own``)."""
        added = tuple(
            Item(
                str(row["key"]),
                T(str(row["text"]), str(row["text"])),
                Role(str(row["role"])),
                Evidence(str(row["evidence"])),
                int(row["within"]) if row["within"] else None,
            )
            for row in own
            if row["sheet"] == self.key
        )
        groups = (*self.groups, Group(OWN, added)) if added else self.groups
        return CheckSheet(self.key, self.name, self.minutes, groups)


@cache
def sheets(edition: str = EDITION) -> dict[str, CheckSheet]:
    """Every sheet of an edition by its key. Raises :class:`LookupError` for an edition that we do not have."""
    file = resources.files("tomoshibi.facilities") / "data" / f"checks-{edition}.toml"
    if not file.is_file():
        raise LookupError(f"no check sheets of {edition}")
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return {s["key"]: _sheet(s) for s in told["sheet"]}


def _sheet(told: Mapping[str, object]) -> CheckSheet:
    groups: list[Group] = []
    for group in told["group"]:  # type: ignore[attr-defined]
        items = (
            Item(str(number), T(ja, en), Role(role), Evidence(evidence), within)
            for number, role, evidence, within, ja, en in group["items"]
        )
        groups.append(Group(T(*group["name"]), tuple(items)))
    return CheckSheet(str(told["key"]), T(*told["name"]), told["clock"] == "minutes", tuple(groups))  # type: ignore[misc]
