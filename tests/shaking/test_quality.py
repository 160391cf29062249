"""Flaws are found, and only where they are."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.shaking.files import WAVEFORMS, needs_waveforms
from tomoshibi import shaking
from tomoshibi.shaking.quality import Problem, quality

RATE = 100.0


def shaken(seed=0, seconds=60):
    """Noise under an envelope, peak near 500 gal."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    smooth = np.stack([np.convolve(random.normal(size=t.size), np.hanning(9), "same") for _ in range(3)])
    return 150 * smooth * np.exp(-(((t - seconds / 3) / (seconds / 8)) ** 2)) + 0.01 * random.normal(size=(3, t.size))


def found(data, **options):
    record = shaking.Record("X", datetime(2020, 1, 1, tzinfo=UTC), RATE, data, **options)
    return {(flag.problem, flag.component) for flag in quality(record)}


def test_good_records_have_no_flags():
    for seed in range(20):
        assert found(shaken(seed)) == set()


@needs_waveforms
def test_the_real_records_have_no_flags():
    files = [path for folder in ("jma_csv", "knet*", "kiknet*") for path in WAVEFORMS.glob(f"{folder}/*")]
    records = [item for item in shaking.read_files(sorted(files)) if isinstance(item, shaking.Record)]
    assert len(records) == 8
    assert [quality(record) for record in records] == [[]] * 8


def test_gap():
    data = shaken()
    data[1, 3000:3200] = np.nan
    record = shaking.Record("X", datetime(2020, 1, 1, tzinfo=UTC), RATE, data)
    [flag] = quality(record)
    assert (flag.problem, flag.component, flag.second) == (Problem.GAP, "EW", 30.0)
    assert "2.00" in flag.text.en


def test_a_component_that_is_not_there_at_all():
    data = shaken()
    data[2] = np.nan
    assert found(data) == {(Problem.GAP, "UD")}
    with pytest.raises(shaking.RecordError):
        shaking.analyse(shaking.Record("X", datetime(2020, 1, 1, tzinfo=UTC), RATE, data))
    data[:] = np.nan
    assert {problem for problem, _ in found(data)} == {Problem.GAP}


@pytest.mark.parametrize(("limit", "full_scale"), [(2048.0, None), (4000.0, None), (4000.0, 7845.0), (2000.0, 2000.0)])
def test_clipping(limit, full_scale):
    data = shaken() * 20
    assert np.abs(data[0]).max() > limit
    data[0] = np.clip(data[0], -limit, limit)
    data[1:] /= 20
    assert (Problem.CLIPPED, "NS") in found(data, full_scale=full_scale)


def test_a_peak_below_the_range_is_not_clipping():
    data = shaken()
    data *= 1500 / np.abs(data).max()
    assert found(np.clip(data, -1400, 1400)) == set()


def test_spike_in_quiet_and_in_shaking():
    for at, height in ((100, 50.0), (2000, 3000.0)):
        data = shaken()
        data[2, at] += height
        assert found(data) == {(Problem.SPIKE, "UD")}


def test_dead_components():
    data = shaken()
    data[0] = 3.0
    assert found(data) == {(Problem.DEAD, "NS")}
    data[0] = np.random.default_rng(1).normal(0, 0.01, data.shape[1])
    assert found(data) == {(Problem.DEAD, "NS")}


def test_offset_and_drift():
    data = shaken()
    data[0] += 980.0
    assert found(data) == {(Problem.OFFSET, "NS")}
    data[0] += -980.0 + np.linspace(0, 30, data.shape[1])
    assert found(data) == {(Problem.DRIFT, "NS")}


def test_the_header_peak_tells_a_calibration_applied_twice():
    data = shaken()
    peak = np.abs(data - data.mean(axis=1, keepdims=True)).max(axis=1)
    notes = {f"header_peak_{c}": f"{value:.3f}" for c, value in zip(shaking.COMPONENTS, peak, strict=True)}
    assert found(data, provenance=shaking.Provenance("K-NET ASCII", (), notes)) == set()
    twice = found(data * 6e-4, provenance=shaking.Provenance("K-NET ASCII", (), notes))
    assert {problem for problem, _ in twice} == {Problem.PEAK_MISMATCH}


def test_a_part_of_a_minute_in_a_jma_file():
    assert found(shaken(seconds=45), provenance=shaking.Provenance("JMA CSV")) == {(Problem.PART_MINUTE, "")}
