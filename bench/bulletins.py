"""``make bench ONLY=bulletins``: JMA's official samples beside classes that xsdata generates from the same schema."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator

from bench.table import ROOT, Row, median_time, peer, peer_name, side_by_side
from tomoshibi.bulletins import read
from tomoshibi.bulletins.codes import load_codes

DATA = ROOT.parent / "shared" / "data"
SAMPLES = DATA / "bulletins" / "jma_official_samples.zip"
SCHEMA = DATA / "bulletins" / "schema"
CODES = DATA / "codes" / "jma_code_dictionary" / "csv"
#: 2,400 stations
LARGEST = "32-39_11_05_240613_VXSE53.xml"


def rows() -> Iterator[Row]:
    """All samples; one telegram of a great earthquake; the whole country's code tables."""
    if not SAMPLES.exists():
        yield Row(
            "bulletins: 546 samples", error="JMA's samples are not beside this project (../shared/data/bulletins)"
        )
        return
    with zipfile.ZipFile(SAMPLES) as archive:
        samples = {name: archive.read(name) for name in archive.namelist()}

    def everything() -> None:
        for name, data in samples.items():
            read(data, name)

    said: dict[str, object] = {}

    def theirs() -> float:
        answer = peer("bulletins.py", str(SCHEMA), str(SAMPLES))
        said.update(answer)
        return float(answer["seconds"])

    ours, other = side_by_side(lambda: median_time(everything, repeat=3), theirs, repeat=1)
    name = f"{peer_name('xsdata')} (does not read {said['failed']})"
    yield Row(f"bulletins: {len(samples)} samples", ours, "s", other, name, 10, higher_is_better=False)

    largest = samples[LARGEST]
    ours, other = side_by_side(
        lambda: median_time(lambda: read(largest, LARGEST), repeat=15, warm=3),
        lambda: float(peer("bulletins.py", str(SCHEMA), str(SAMPLES), LARGEST)["seconds"]),
    )
    stations = len(read(largest, LARGEST)[0].stations)
    yield Row(
        f"bulletins: VXSE53 of {stations} stations",
        ours * 1e3,
        "ms",
        other * 1e3,
        peer_name("xsdata"),
        10,
        higher_is_better=False,
    )
    seconds = median_time(lambda: load_codes(CODES), repeat=3)
    yield Row("bulletins: whole-country code tables read", seconds, "s", goal=10, higher_is_better=False)
    seconds = _import_codes()
    yield Row("bulletins: whole-country code tables imported", seconds, "s", goal=10, higher_is_better=False)


def _import_codes() -> float:
    """Seconds of ``tomoshibi places import --list codes`` into a new home, the program's start included."""
    with tempfile.TemporaryDirectory(prefix="tomoshibi-bench-") as home:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"TOMOSHIBI_HOME": home}

        def run(*arguments: str) -> None:
            command = [sys.executable, "-m", "tomoshibi", *arguments]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

        run("setup", "--no-demo")
        begin = time.perf_counter()
        run("places", "import", str(CODES), "--list", "codes")
        return time.perf_counter() - begin
