"""``make bench ONLY=shaking``: intensity, long-period class, spectra, live kernels beside pyshindo, ObsPy, sgsim."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.table import ROOT, Row, median_time, peer, peer_name, side_by_side
from tomoshibi import shaking
from tomoshibi.shaking.longperiod import LongPeriodResponse
from tomoshibi.shaking.memory import keep_heap
from tomoshibi.shaking.realtime import RealtimeIntensity
from tomoshibi.shaking.spectra import response_spectrum_of

STATIONS = 4400
THREADS = 2
NOTO = ROOT.parent / "shared" / "data" / "waveforms" / "kiknet_2024-01-01_noto"


def record(seconds: int) -> np.ndarray:
    """Noise of the seed and size that the peers get, as (3, samples) in gal."""
    return np.random.default_rng(20180124).normal(0, 10, (seconds * 100, 3)).T.copy()


def beside(
    name: str, work: Callable[[], object], arguments: tuple[str, ...], goal: float, peers: tuple[str, ...]
) -> Row:
    """One row: median of one call, in ms, in turns with the peer."""
    ours, theirs = side_by_side(
        lambda: median_time(work, repeat=41, warm=3), lambda: peer("shaking.py", *arguments)["seconds"]
    )
    return Row(
        f"shaking: {name}",
        ours * 1e3,
        "ms",
        theirs * 1e3,
        " + ".join(map(peer_name, peers)),
        goal,
        higher_is_better=False,
    )


def rows() -> Iterator[Row]:
    """The rows of the table in the order of the goals."""
    keep_heap()
    data = record(300)
    yield beside(
        "intensity of a 300 s record in memory",
        lambda: shaking.measure(data, 100.0).measured,
        ("intensity",),
        4,
        ("pyshindo",),
    )
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(NOTO.glob("*2")) if NOTO.is_dir() else invented(Path(folder))
        for much, name in (("all", "the same"), ("core", "intensity and long-period class only")):
            yield beside(
                f"three KiK-net files to intensity, long-period class, PGA, PGV, SI; peer: {name}",
                lambda: shaking.analyse(shaking.read_record(*files)),
                ("files", much, *map(str, files)),
                8,
                ("obspy", "pyshindo"),
            )

    second = np.random.default_rng(1).normal(0, 10, (STATIONS, 3, 100))
    live = RealtimeIntensity(STATIONS, 100.0, threads=THREADS)
    for _ in range(62):  # a full window, so that samples leave it too
        live.push(second)
    swings = LongPeriodResponse(STATIONS, 100.0, threads=THREADS)

    def both() -> None:
        live.push(second)
        swings.push(second)

    yield beside(
        f"live, one second of {STATIONS} stations, intensity",
        lambda: live.push(second),
        ("live", "short", str(STATIONS)),
        60,
        ("pyshindo",),
    )
    yield beside(
        f"live, one second of {STATIONS} stations, with long-period class",
        both,
        ("live", "long", str(STATIONS)),
        80,
        ("pyshindo",),
    )
    periods = np.logspace(-1, 1, 100)
    yield beside(
        "response spectra, 100 periods × 3 components of 300 s",
        lambda: response_spectrum_of(data, 100.0, periods),
        ("spectra",),
        2,
        ("sgsim",),
    )

    yield archive(200)


def archive(records: int) -> Row:
    """Records a second of a folder of K-NET minutes, from files to Parquet: no peer does this, so no goal."""
    from tests.shaking.files import write_knet
    from tomoshibi.shaking.archive import run

    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder, "archive")
        top.mkdir()
        for number in range(records):
            write_knet(top, stem=f"TST{number:03d}2001010000", station=f"TST{number:03d}", seed=number, seconds=60)
        run(top, Path(folder, "first.parquet"), THREADS)  # compiled code and files are warm
        seconds = median_time(lambda: run(top, Path(folder, f"{time.time_ns()}.parquet"), THREADS), repeat=3, warm=0)
    return Row(f"shaking: archive of {records} one-minute records, {THREADS} processes", records / seconds, "records/s")


def invented(folder: Path) -> list[Path]:
    """Three KiK-net files of noise, where the real ones are not at hand."""
    from tests.shaking.files import write_knet

    return write_knet(folder, ("NS2", "EW2", "UD2"), seconds=300)
