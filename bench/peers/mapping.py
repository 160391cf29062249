"""The peer's side of bench/mapping.py: ShakeMap's interpolation by the kernels that it calls (esi-core).

``mapping.py SAMPLE CELLS STATIONS`` does what ShakeMap 4's model does for one intensity measure, block by block of
1,000 cells (Worden et al. 2018): distances, Loth and Baker (2013) correlation, covariance, the conditional mean and its
deviation. SAMPLE cells are measured and the part that grows with cells is scaled to CELLS.
"""

import json
import sys
import time
from statistics import median

import numpy as np
from esi_core.shakemap.covariance_matrix import eval_lb_correlation, make_sd_block, make_sigma_matrix
from esi_core.shakemap.geodetic_distances import geodetic_distance_fast

BLOCK = 1000


def main():
    sample, cells, stations = map(int, sys.argv[1:])
    random = np.random.default_rng(1)
    latitudes, longitudes = (np.radians(random.uniform(a, b, stations)) for a, b in ((34, 38), (136, 141)))
    b1, b2, b3 = (np.array([[value]]) for value in (0.29, 0.47, 0.24))
    spread, noise, wrong = np.full(stations, 0.6), 0.05, random.normal(0, 0.5, stations)

    def correlation(lons, lats):
        h = np.empty((lons.size, stations))
        geodetic_distance_fast(longitudes, latitudes, lons, lats, h)
        at = np.zeros(h.shape, np.int64)
        eval_lb_correlation(b1, b2, b3, at, at, h)
        return h

    def once():
        sigma = correlation(longitudes, latitudes)
        make_sigma_matrix(sigma, spread, spread)
        return np.linalg.inv(sigma + noise * np.eye(stations))

    def blocks(inverse):
        for _ in range(sample // BLOCK):
            lats, lons = (np.radians(random.uniform(a, b, BLOCK)) for a, b in ((34, 38), (136, 141)))
            sigma = correlation(lons, lats)
            here = np.full(BLOCK, 0.6)
            make_sigma_matrix(sigma, spread, here)
            weights = sigma @ inverse
            weights @ wrong
            make_sd_block(np.empty(BLOCK), here**2, weights, sigma)

    started = time.perf_counter()
    inverse = once()
    first = time.perf_counter() - started
    blocks(inverse)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        blocks(inverse)
        times.append(time.perf_counter() - started)
    print(json.dumps({"seconds": first + median(times) * cells / (sample // BLOCK * BLOCK)}))


main()
