"""Our numbers beside pyshindo's on the real records, where the peers' environment has been made (``make bench``)."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.shaking.files import WAVEFORMS, needs_waveforms
from tomoshibi import shaking

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PERIODS = [0.3, 0.5, 1.0, 2.0, 5.0]
PROGRAM = (
    f"PERIODS = {PERIODS}"
    + """
import json, sys, warnings
import numpy as np, pyshindo
from pyshindo import long_period
warnings.simplefilter("ignore")
found = []
for path in sys.argv[1:]:
    data = np.load(path).T
    spectrum = pyshindo.calculate_response_spectrum(data, 100.0, damping_ratio=0.05, periods_s=np.array(PERIODS))
    found.append([
        pyshindo.calculate_measured_intensity(data, 100.0).intensity_raw,
        long_period.calculate_long_period_class(data[:, :2], 100.0).max_sva_cm_s,
        pyshindo.calculate_spectrum_intensity(data[:, :2], 100.0).si_cm_s.tolist(),
        spectrum.sd_cm.tolist(),
        spectrum.sv_cm_s.tolist(),
    ])
print(json.dumps(found))
"""
)


@needs_waveforms
@pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-peers: make bench makes it")
def test_the_same_numbers(tmp_path):
    files = [path for folder in ("jma_csv", "knet*", "kiknet*") for path in sorted(WAVEFORMS.glob(f"{folder}/*"))]
    records = [record for record in shaking.read_files(files) if isinstance(record, shaking.Record)]
    paths, ours = [], []
    for index, record in enumerate(records):
        # the offset out beforehand, so that both start from the same numbers
        data = record.centred()
        paths.append(tmp_path / f"{index}.npy")
        np.save(paths[-1], data)
        ours.append(shaking.Record(record.station, record.start, record.rate, data))
    done = subprocess.run([PYTHON, "-c", PROGRAM, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    for record, peer in zip(ours, theirs, strict=True):
        intensity, response, si, displacement, velocity = peer
        assert shaking.measured_intensity(record).raw == pytest.approx(intensity, abs=1e-6), record.key
        # the peer's oscillators step by another rule, or from another start: alike within half a per cent
        assert shaking.long_period(record).velocity == pytest.approx(response, rel=5e-3, abs=1e-3), record.key
        found = shaking.spectral_intensity(record)
        assert [found.ns, found.ew] == pytest.approx(si, rel=2e-2), record.key
        spectrum = shaking.response_spectrum(record, np.array(PERIODS))
        np.testing.assert_allclose(spectrum.displacement.T, displacement, rtol=1e-2)
        np.testing.assert_allclose(spectrum.velocity.T, velocity, rtol=1e-2)
