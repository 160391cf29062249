"""``make bench ONLY=mapping``: the estimated map beside ShakeMap's kernel and a plain copy, and its scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from bench.table import ROOT, Row, median_time, peer, peer_name, side_by_side
from tomoshibi.shaking.mapping.area import Area, box
from tomoshibi.shaking.mapping.catalogue import Hypocentre
from tomoshibi.shaking.mapping.estimate import Estimator, Network
from tomoshibi.shaking.mapping.sites import Amplification

THREADS = 2
DATA = ROOT.parent / "shared" / "data"
SHOCK = Hypocentre(datetime(2026, 1, 1, tzinfo=UTC), 36.0, 138.0, 10.0, 7.0)
SAMPLE = 8000


def network(stations: int, east: float = 141.0, north: float = 38.0) -> Network:
    """Stations at random over a box from 34° N 136° E, on ground that is all the same."""
    random = np.random.default_rng(1)
    return Network.of(random.uniform(34, north, stations), random.uniform(136, east, stations), Amplification.unknown())


def made(area: Area, stations: Network) -> Estimator:
    """Prepared and drawn once."""
    estimator = Estimator.prepare(stations, *area.centres(), Amplification.unknown(), THREADS)
    estimator.draw(np.random.default_rng(2).normal(4, 0.5, len(stations)), SHOCK)
    return estimator


def rows() -> Iterator[Row]:
    """The rows of the table in the order of the goals."""
    # 863 by 1,600 cells
    area = box(35.0, 136.0, 36.7915, 140.9999)
    stations = network(1500)
    cells = f"{area.cells / 1e6:.2f} M cells from {len(stations):,} stations"
    made(area, stations)  # compiled
    yield Row(
        f"shaking: map of {cells}, first",
        median_time(lambda: made(area, network(1500)), repeat=3),
        "s",
        goal=3,
        higher_is_better=False,
    )
    estimator = made(area, stations)
    values = np.random.default_rng(3).normal(4, 0.5, len(stations))
    out = np.empty(estimator.geometry.shape, np.float32)
    ours, theirs = side_by_side(
        lambda: median_time(lambda: estimator.redraw(values, out), repeat=21, warm=3),
        lambda: peer("mapping.py", str(SAMPLE), str(area.cells), str(len(stations)))["seconds"],
        repeat=1,
    )
    yield Row(
        f"shaking: map of {cells}, redraw; peer: {SAMPLE:,} cells, scaled",
        ours * 1e3,
        "ms",
        theirs * 1e3,
        f"ShakeMap's kernels, {peer_name('esi-core')}",
        5000,
        higher_is_better=False,
    )
    yield copying()
    yield from scores()


def copying() -> Row:
    """A redraw of six million cells beside copies of what it reads and writes."""
    area = box(34.0, 136.0, 38.0, 145.7656)
    stations = network(4400, 145.76)
    estimator = made(area, stations)
    geometry = estimator.geometry
    values = np.random.default_rng(3).normal(4, 0.5, len(stations))
    out = np.empty(geometry.shape, np.float32)

    def copies() -> None:
        for array in (geometry.neighbours, geometry.weights, out):
            np.copy(array)

    ours, theirs = side_by_side(
        lambda: median_time(lambda: estimator.redraw(values, out), repeat=7, warm=1),
        lambda: median_time(copies, repeat=5, warm=1),
    )
    return Row(
        f"shaking: map of {area.cells / 1e6:.2f} M cells from {len(stations):,} stations, redraw beside a copy",
        ours * 1e3,
        "ms",
        theirs * 1e3,
        f"NumPy {np.__version__}, copy of indices, weights and output",
        0.25,
        higher_is_better=False,
    )


def scores() -> Iterator[Row]:
    """Mean scores on the reference earthquakes by random hold-out, without and with terms learned from before."""
    from tomoshibi.shaking.mapping import terms
    from tomoshibi.shaking.mapping.catalogue import read_catalogue, read_readings, read_station_table
    from tomoshibi.shaking.mapping.drawing import network_of
    from tomoshibi.shaking.mapping.score import Score, reference_source, score
    from tomoshibi.shaking.mapping.sites import read_amplification

    if not DATA.is_dir():
        return
    sites = read_amplification([DATA / "codes"])
    table = read_station_table(DATA / "codes" / "code_p_20231205.dat")
    shocks = list(read_catalogue(sorted((DATA / "catalogue").glob("*.zip"))))
    for learned, goals in ((False, (0.36, 0.72)), (True, (0.285, 0.775))):
        ours, plain = [], []
        for file in sorted((DATA / "intensities").glob("*.csv")):
            source = reference_source(file.stem)
            assert source is not None
            if learned and source.origin.year == 2004:  # too little comes before it: the goal is about the others
                continue
            known = terms.learn(terms.before(shocks, source.origin), table, sites) if learned else None
            readings = read_readings(file).heard()
            found = score(network_of(readings, sites, known), readings.intensities, source)
            ours.append(found.holdout)
            plain.append(found.holdout_peer)
        what = "terms learned before each" if learned else "without terms"
        us, them = Score.mean(ours), Score.mean(plain)
        told = "plain inverse distance"
        yield Row(
            f"shaking: map score, 10 % held out, {len(ours)} earthquakes, {what}: RMSE",
            us.rmse,
            "",
            them.rmse,
            told,
            goals[0],
            higher_is_better=False,
            goal_of="ours",
        )
        yield Row(
            f"shaking: map score, 10 % held out, {len(ours)} earthquakes, {what}: exact class",
            us.exact,
            "",
            them.exact,
            told,
            goals[1],
            goal_of="ours",
        )
