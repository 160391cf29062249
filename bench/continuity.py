"""``make bench ONLY=continuity``: recoveries of 63 things beside SimPy."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import numpy as np
from scipy.stats import ks_2samp

from bench.table import PEERS, ROOT, PeerError, Row, median_time, peer_name, side_by_side
from tomoshibi.continuity.forecast import Crew, Model, Span, Work, draw, recover
from tomoshibi.continuity.graph import Graph, Node, ring

RUNS = 10_000
#: nodes whose hours until they were up are compared one by one
ASKED = ("school-1", "branch-5", "power", "system-0", "system-5", "system-13", "service-3", "service-9")


def town() -> Model:
    """A head office, twelve branches on three rings, a spur with two schools, fourteen systems, ten services."""
    nodes = [
        Node("grid", kind="power"),
        Node("generator", kind="power"),
        Node("power", kind="power", needs=(("grid", "generator"),)),
        Node("cooling", kind="facility", needs=(("power",),)),
        Node("server", kind="equipment", needs=(("power",), ("cooling",))),
        Node("lan", kind="network", needs=(("power",),)),
        Node("internet", kind="telecom", needs=(("lan",),)),
        Node("hq", hub=True, needs=(("lan",),)),
        *(Node(f"branch-{i}") for i in range(12)),
        *(link for r in range(3) for link in ring(f"ring-{r}", "hq", [f"branch-{4 * r + i}" for i in range(4)])),
        Node("school-1"),
        Node("school-2"),
        Node("spur", ends=("branch-11", "school-1")),
        *(
            Node(f"system-{i}", needs=(("server",), ("lan", "internet")) if i % 3 else (("server",),))
            for i in range(14)
        ),
        *(
            Node(f"service-{i}", kind="service", needs=((f"system-{i}",), ("hq", f"branch-{i}"), (f"system-{13 - i}",)))
            for i in range(10)
        ),
        Node("spur-2", ends=("school-1", "school-2")),
    ]
    crews = (Crew("staff", 3, Span(0.5, 1, 4)), Crew("vendor", 2, Span(2, 6, 48)), Crew("line", 2, Span(6, 12, 72)))
    works = (
        Work("grid", Span(1, 3, 24), chance=0.6),
        Work("generator", Span(1, 2, 8), "staff", 0.3),
        Work("lan", Span(1, 4, 12), "staff", 0.8),
        Work("internet", Span(2, 6, 24), "vendor", 0.7, Span(0, 4, 24)),
        Work("server", Span(2, 5, 20), "vendor", 0.4, Span(0, 12, 96), True),
        Work("cooling", Span(1, 3, 10), "vendor", 0.3),
        *(Work(f"system-{i}", Span(0.5, 2, 8), "staff" if i % 2 else "vendor", 0.5, waits=True) for i in range(14)),
        *(Work(f"ring-{r}-{i}", Span(12, 48, 240), "line", 0.2, Span(0, 24, 96)) for r in range(3) for i in (1, 3, 5)),
        Work("spur", Span(12, 96, 240), "line", 0.5),
    )
    start_up = {f"system-{i}": 0.25 for i in range(14)}
    return Model(Graph(nodes), works, crews, start_up=start_up)


def as_json(model: Model) -> str:
    """What the peer reads."""
    nodes = {
        n.key: {"needs": n.needs, "ends": n.ends, "hub": n.hub, "start_up": model.start_up.get(n.key, 0)}
        for n in model.graph.nodes
    }
    works = [{k: getattr(w, k) for k in ("node", "hours", "crew", "chance", "parts", "waits")} for w in model.works]
    return json.dumps(
        {"nodes": nodes, "works": works, "crews": {c.name: {"size": c.size, "arrival": c.arrival} for c in model.crews}}
    )


def simpy(model: Model, runs: int, seed: int, asked: tuple[str, ...]) -> tuple[float, dict[str, list[float]]]:
    """Seconds that SimPy took, and the hours of those nodes run by run.

    :raises PeerError: when it could not be run.
    """
    command = [str(PEERS / "bin" / "python"), str(ROOT / "bench" / "peers" / "continuity.py"), str(runs), str(seed)]
    try:
        done = subprocess.run(
            [*command, *asked], input=as_json(model), capture_output=True, text=True, check=True, timeout=600
        )
    except (OSError, subprocess.SubprocessError) as failed:
        raise PeerError(f"continuity.py: {failed} {getattr(failed, 'stderr', '') or ''}") from failed
    said = json.loads(done.stdout.splitlines()[-1])
    return float(said["seconds"]), said["up"]


def distances(model: Model, theirs: dict[str, list[float]], runs: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """Of each node asked for: the Kolmogorov-Smirnov distance of our hours and SimPy's, and its p-value."""
    up = recover(model, draw(model, runs, seed))
    for key, hours in theirs.items():
        ours = np.minimum(up[:, model.graph.index[key]], 1e9)
        found = ks_2samp(ours, hours, method="asymp")
        yield key, float(found.statistic), float(found.pvalue)


def rows() -> Iterator[Row]:
    """Recoveries a second, and whether they are the same recoveries."""
    model = town()
    heard: dict[str, list[float]] = {}

    def theirs() -> float:
        seconds, up = simpy(model, RUNS, 11, ASKED)
        heard.update(up)
        return seconds

    ours, other = side_by_side(
        lambda: median_time(lambda: recover(model, draw(model, RUNS, 11)), repeat=5), theirs, repeat=1
    )
    name = f"continuity: {RUNS:,} recoveries of {len(model.graph)} things"
    yield Row(name, ours * 1e3, "ms", other * 1e3, peer_name("simpy"), 100, higher_is_better=False)
    least = min(p for _, _, p in distances(model, heard, RUNS, 11))
    # one of eight honest comparisons falls below this in one bench of a hundred
    yield Row("continuity: same recoveries as SimPy's, least KS p of 8", least, "p", goal=0.01 / len(ASKED))
