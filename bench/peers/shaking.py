"""The peers' side of bench/shaking.py: ``shaking.py WORK [ARGUMENT…]`` prints {"seconds": median of one call}."""

import json
import sys
import time
import warnings
from statistics import median

import numpy as np

warnings.simplefilter("ignore")


def record(seconds):
    """The record that ours is measured with: the same seed, the same shape (samples, 3), gal."""
    return np.random.default_rng(20180124).normal(0, 10, (seconds * 100, 3))


def intensity():
    import pyshindo

    data = record(300)
    return lambda: pyshindo.calculate_measured_intensity(data, 100.0, retain_intermediates=False)


def files(much, *paths):
    """Read and compute. ``much``: "core" for intensity and long-period class, "all" for PGA, PGV and SI as well."""
    import obspy
    import pyshindo
    from pyshindo import long_period

    def work():
        traces = [obspy.read(path, format="KNET")[0] for path in paths]
        data = np.stack([trace.data * trace.stats.calib for trace in traces], axis=1) * 100  # m/s² to gal
        data -= data.mean(axis=0)
        found = pyshindo.calculate_measured_intensity(data, 100.0, retain_intermediates=False)
        pyshindo.classify_intensity(found.intensity)
        long_period.calculate_long_period_class(data[:, :2], 100.0)
        if much == "core":
            return
        pyshindo.peak_ground_acceleration(data)
        pyshindo.peak_ground_velocity(data, 100.0)
        pyshindo.calculate_spectrum_intensity(data[:, :2], 100.0)

    return work


def live(kind, stations):
    import pyshindo
    from pyshindo import long_period

    # every station costs the same: some are measured and the second is scaled to all
    some = min(int(stations), 200)
    shindo = [pyshindo.RealtimeIntensityEstimator(100.0) for _ in range(some)]
    long = [long_period.LongPeriodEstimator(100.0) for _ in range(some)] if kind == "long" else []
    second = record(1)

    def work():
        for estimator in shindo:
            estimator.process(second)
        for estimator in long:
            estimator.process(second[:, :2])

    for _ in range(3):
        work()
    return work, int(stations) / some


def spectra():
    from sgsim import GroundMotion

    periods = np.logspace(-1, 1, 100)
    data = record(300)

    def work():
        for component in data.T:
            GroundMotion(0.01, component).response_spectra(periods, 0.05)

    return work


def main():
    made = globals()[sys.argv[1]](*sys.argv[2:])
    work, scale = made if isinstance(made, tuple) else (made, 1.0)
    work()
    times = []
    for _ in range(9):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": median(times) * scale}))


main()
