"""A row of the benchmark, and the few ways to measure one fairly.

A part is a module of ``bench/`` that defines ``rows()`` and yields a :class:`Row` for each figure::

    def rows() -> Iterator[Row]:
        ours, theirs = side_by_side(lambda: median_time(work), lambda: peer("pyshindo_fft.py", "300")["seconds"])
        yield Row("shaking: intensity of 300 s", ours * 1e3, "ms", peer=theirs * 1e3,
                  peer_name=peer_name("pyshindo"), goal=4, higher_is_better=False)

Peers are programs in ``bench/peers/`` that run in ``.venv-peers``, so that nothing of theirs is ever imported here.
"""

from __future__ import annotations

import json
import math
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from statistics import median
from typing import Any, Literal

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-peers"


class PeerError(Exception):
    """A peer program could not be run; the message says which, and its last words."""


@dataclass(frozen=True)
class Row:
    """One figure of ours, beside a peer's where there is one.

    ``goal`` is the least *ratio* (how many times better than the peer) when there is a peer, and otherwise the figure
    that ``ours`` must reach: at least, or at most where lower is better. ``goal_of`` says otherwise where it must.
    ``error`` marks a part that broke: it is shown, and is never met.
    """

    name: str  # "room: what was done"
    ours: float = math.nan
    unit: str = ""
    peer: float | None = None
    peer_name: str = ""  # with its version
    goal: float | None = None
    higher_is_better: bool = True
    goal_of: Literal["ratio", "ours"] | None = None
    error: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer, above 1 when we are; None without a peer."""
        if self.peer is None or not self.ours or not self.peer:
            return None
        return self.ours / self.peer if self.higher_is_better else self.peer / self.ours

    @property
    def about_ratio(self) -> bool:
        """Whether ``goal`` is a ratio."""
        return self.goal_of == "ratio" or (self.goal_of is None and self.peer is not None)

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a row without one only informs, and is met unless it broke."""
        if self.error or math.isnan(self.ours):
            return False
        if self.goal is None:
            return True
        if self.about_ratio:
            return self.ratio is not None and self.ratio >= self.goal
        return self.ours >= self.goal if self.higher_is_better else self.ours <= self.goal

    def as_json(self) -> dict[str, Any]:
        """The object of ``latest.json``."""
        shown = {
            "name": self.name,
            "ours": None if math.isnan(self.ours) else self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "unit": self.unit,
            "ratio": self.ratio,
            "goal": self.goal,
            "met": self.met,
        }
        return shown | ({"error": self.error} if self.error else {})


def median_time(work: Callable[[], object], repeat: int = 7, warm: int = 1) -> float:
    """Median seconds of one call over ``repeat`` calls, after ``warm`` calls that are not counted."""
    for _ in range(warm):
        work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def side_by_side(ours: Callable[[], float], theirs: Callable[[], float], repeat: int = 3) -> tuple[float, float]:
    """Medians of two figures taken in turns, so that a machine that slows down slows both."""
    taken = [(ours(), theirs()) for _ in range(repeat)]
    return median(a for a, _ in taken), median(b for _, b in taken)


def peer(script: str, *arguments: str, timeout: float = 600) -> dict[str, Any]:
    """Run ``bench/peers/<script>`` with the peers' Python; its last line of output is a JSON object.

    :raises PeerError: when the program fails or says something else.
    """
    command = [str(PEERS / "bin" / "python"), str(ROOT / "bench" / "peers" / script), *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=True)
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said
    except FileNotFoundError as absent:
        raise PeerError(f"{PEERS.name} is not there: make bench installs it") from absent
    except subprocess.CalledProcessError as failed:
        last = (failed.stderr.strip() or "said nothing").splitlines()[-1]
        raise PeerError(f"{script} ended with {failed.returncode}: {last}") from failed
    except (subprocess.TimeoutExpired, IndexError, ValueError) as wrong:
        raise PeerError(f"{script}: {wrong}") from wrong


def peer_name(package: str) -> str:
    """A peer's name with the version that is installed: ``"pyshindo 0.3.2"``."""
    folders = [str(path) for path in PEERS.glob("lib/python*/site-packages")]
    found: Distribution | None = next(iter(distributions(name=package, path=folders)), None)
    if found is None:
        raise PeerError(f"{package} is not in {PEERS.name}: is it in requirements/peers.in?")
    return f"{package} {found.version}"
