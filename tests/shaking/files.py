"""Invented records in the real formats, and the real ones where they are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

WAVEFORMS = Path(__file__).parents[3] / "shared" / "data" / "waveforms"
needs_waveforms = pytest.mark.skipif(not WAVEFORMS.is_dir(), reason=f"no reference data at {WAVEFORMS}")

DIRECTIONS = {"NS": "N-S", "EW": "E-W", "UD": "U-D", "NS1": "1", "EW1": "2", "UD1": "3"}
DIRECTIONS |= {"NS2": "4", "EW2": "5", "UD2": "6"}


def knet_text(counts, *, station="TST001", direction="N-S", rate=100, scale="2000(gal)/8388608", duration=None):
    """One component as NIED writes it."""
    seconds = len(counts) / rate if duration is None else duration
    head = [
        ("Origin Time", "2020/01/01 00:00:00"),
        ("Lat.", "35.0"),
        ("Long.", "135.0"),
        ("Depth. (km)", "10"),
        ("Mag.", "6.0"),
        ("Station Code", station),
        ("Station Lat.", "35.1000"),
        ("Station Long.", "135.2000"),
        ("Station Height(m)", "12"),
        ("Record Time", "2020/01/01 00:00:25"),
        ("Sampling Freq(Hz)", f"{rate}Hz"),
        ("Duration Time(s)", f"{seconds:g}"),
        ("Dir.", direction),
        ("Scale Factor", scale),
        ("Max. Acc. (gal)", "1.0"),
        ("Last Correction", "2020/01/01 00:00:24"),
        ("Memo.", ""),
    ]
    lines = [f"{label:<18}{value}" for label, value in head]
    for begin in range(0, len(counts), 8):
        lines.append("".join(f"{value:9d}" for value in counts[begin : begin + 8]) + " ")
    return "\n".join(lines) + "\n"


def write_knet(folder: Path, suffixes=("NS", "EW", "UD"), *, stem="TST0010001010000", seed=1, seconds=20, **options):
    """Three (or other) component files of one invented station; gives their paths."""
    random = np.random.default_rng(seed)
    rate = options.get("rate", 100)
    files = []
    for suffix in suffixes:
        counts = (random.normal(0, 20000, seconds * rate) + 5000).astype(int)
        path = folder / f"{stem}.{suffix}"
        path.write_text(knet_text(counts, direction=DIRECTIONS[suffix], **options), encoding="ascii")
        files.append(path)
    return files


def jma_text(data, *, code="9ZZ", name="試験町", unit="gal(cm/s/s)", start="2020 01 02 03 04 05", columns="NS,EW,UD"):
    """One block as JMA writes it; ``data`` in gal, shape (samples, 3)."""
    head = [
        f"SITE CODE= {code}{name}              ,32.7417,130.8087, 11,6.5,42474.8934491,  3.40,  5.77",
        " LAT.=   32.6476",
        " LON.=  130.6842",
        " SAMPLING RATE= 100Hz",
        f" UNIT  = {unit}",
        f"INITIAL TIME = {start}",
        f" {columns}",
    ]
    return "\r\n".join([*head, *(",".join(f"{value:.3f}" for value in row) for row in data)]) + "\r\n"
