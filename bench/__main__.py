"""``python -m bench [WORD…]``: measure every part, or those whose module name holds a word; print one table."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bench
from bench.table import ROOT, Row

RESULTS = ROOT / "bench" / "results" / "latest.json"


def parts(words: list[str], package: Any = bench) -> list[str]:
    """Names of the modules to measure, in order; ends the program when a word fits none."""
    every = [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if not module.ispkg and "\ndef rows(" in Path(package.__path__[0], f"{module.name}.py").read_text()
    ]
    for word in words:
        if not any(word in name for name in every):
            sys.exit(f"bench has no part named {word!r}; there is: {', '.join(every) or 'nothing yet'}")
    return [name for name in every if not words or any(word in name for word in words)]


def measure(name: str, package: Any = bench) -> Iterator[Row]:
    """The rows of one part; whatever breaks becomes a row that says so."""
    try:
        yield from importlib.import_module(f"{package.__name__}.{name}").rows()
    except Exception as error:
        traceback.print_exc()
        room = name.split("_")[0]
        yield Row(f"{room}: bench/{name}.py broke", error=f"{type(error).__name__}: {error}")


def number(value: float | None, suffix: str = "") -> str:
    """Four significant figures, no exponent, an empty cell for nothing."""
    if value is None or value != value:
        return ""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4
    return f"{value:,.{digits}f}{suffix}"


def cells(row: Row) -> list[str]:
    """One line of the table."""
    sign = "≥ " if row.about_ratio or row.higher_is_better else "≤ "
    goal = "" if row.goal is None else sign + number(row.goal, "×" if row.about_ratio else "")
    verdict = "FAILED" if row.error else "" if row.goal is None else "met" if row.met else "NOT MET"
    return [
        row.name,
        number(row.ours),
        row.unit,
        number(row.peer),
        row.error or row.peer_name,
        number(row.ratio, "×"),
        goal,
        verdict,
    ]


def show(rows: list[Row]) -> str:
    """The table, figures to the right."""
    lines = [["what", "ours", "unit", "peer", "peer's name", "ratio", "goal", ""], *map(cells, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    right = {1, 3, 5, 6}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def main() -> None:
    """Measure, print, write ``bench/results/latest.json``; exit 1 when a part broke or a goal is not met."""
    names = parts(sys.argv[1:])
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += measure(name)
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(show(rows))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1) + "\n")
    print(f"\n{sum(row.met for row in rows)} of {len(rows)} rows met; also in {RESULTS.relative_to(ROOT)}")
    sys.exit(not all(row.met for row in rows))


if __name__ == "__main__":
    main()
