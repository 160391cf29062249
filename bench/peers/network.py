"""The peer's side of bench/network.py: ``network.py STATIONS`` prints {"megabytes": memory of live stations}."""

import json
import sys
from pathlib import Path

import numpy as np
import pyshindo
from pyshindo import long_period


def resident():
    """Megabytes that this process holds."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    stations = int(sys.argv[1])
    some = min(stations, 200)  # every station takes the same: the growth by some is scaled to all
    second = np.random.default_rng(1).normal(0, 10, (100, 3))
    pyshindo.RealtimeIntensityEstimator(100.0).process(second)  # what the libraries take by themselves is not counted
    long_period.LongPeriodEstimator(100.0).process(second[:, :2])
    before = resident()
    shindo = [pyshindo.RealtimeIntensityEstimator(100.0) for _ in range(some)]
    swings = [long_period.LongPeriodEstimator(100.0) for _ in range(some)]
    for _ in range(62):
        for estimator in shindo:
            estimator.process(second)
        for estimator in swings:
            estimator.process(second[:, :2])
    print(json.dumps({"megabytes": (resident() - before) * stations / some}))


main()
