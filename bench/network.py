"""``make bench ONLY=network``: a live network of all of Japan beside pyshindo: memory, and work a second of signal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.table import ROOT, Row, median_time, peer, peer_name, side_by_side
from tomoshibi.shaking.memory import keep_heap
from tomoshibi.shaking.network import Network, Packet, Station

STATIONS, THREADS = 4400, 2
T0 = 1_700_000_000.0


def network(stations: int) -> tuple[Network, Callable[[], None]]:
    """A network in whose window samples leave as well as come, and what makes it a second older."""
    net = Network([Station(f"{n}", 35.0, 135.0) for n in range(stations)], threads=THREADS)
    second = np.random.default_rng(1).normal(0, 10, (3, 100)).astype(np.float32)
    at = T0

    def one() -> None:
        nonlocal at
        for station in range(stations):
            for component in range(3):
                net.take(Packet(station, component, at, second[component], at + 1.5))
        net.work(at + 1.5)
        net.traces.clear()
        at += 1

    return net, one


def resident() -> float:
    """Megabytes that this process holds."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def memory(stations: int) -> float:
    """Megabytes that a network takes with its window full, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.network", str(stations)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["megabytes"])


def rows() -> Iterator[Row]:
    """Memory first, then work."""
    keep_heap()
    ours, theirs = side_by_side(
        lambda: memory(STATIONS), lambda: peer("network.py", str(STATIONS))["megabytes"], repeat=1
    )
    name = f"shaking: network, memory of {STATIONS} live stations, 60 s window, with long-period class and late packets"
    yield Row(name, ours, "MB", theirs, peer_name("pyshindo"), 2, higher_is_better=False)
    one = network(STATIONS)[1]
    for _ in range(62):
        one()
    ours, theirs = side_by_side(
        lambda: median_time(one, repeat=9, warm=1),
        lambda: peer("shaking.py", "live", "long", str(STATIONS))["seconds"],
        repeat=3,
    )
    name = f"shaking: network, one second of {STATIONS} stations, from {3 * STATIONS} packets to every number"
    yield Row(
        name, ours * 1e3, "ms", theirs * 1e3, peer_name("pyshindo") + " (kernels only)", 10, higher_is_better=False
    )


if __name__ == "__main__":
    keep_heap()
    network(16)[1]()  # the compiled code and the libraries are not counted
    before = resident()
    age = network(int(sys.argv[1]))[1]
    for _ in range(62):
        age()
    print(json.dumps({"megabytes": resident() - before}))
