"""Peaks, energies and durations against motions whose answer is known."""

from datetime import UTC, datetime
from math import pi

import numpy as np
import pytest

from tomoshibi import shaking
from tomoshibi.shaking import measures

NOW = datetime(2020, 1, 1, tzinfo=UTC)
T = np.arange(60_00) / 100


def record(data):
    return shaking.Record("X", NOW, 100.0, np.asarray(data, dtype=float))


def burst(amplitude=100.0, f=1.0):
    """Twenty seconds of a sine that swells and dies, in NS; half of it in EW; nothing in UD."""
    wave = amplitude * np.sin(2 * pi * f * T) * np.exp(-(((T - 30) / 5) ** 2))
    return np.stack([wave, wave / 2, np.zeros_like(wave)])


def test_peaks_as_vectors():
    found = shaking.peak_acceleration(record(burst() + np.array([[30.0], [-20.0], [980.0]])))
    assert (found.ns, found.ew, found.ud) == pytest.approx((99.75, 49.9, 0.0), abs=0.2)
    assert found.horizontal == pytest.approx(found.ns * np.sqrt(1.25), rel=1e-3)
    assert found.total == pytest.approx(found.horizontal, rel=1e-9)


@pytest.mark.parametrize("f", [0.5, 1.0, 5.0])
def test_velocity_and_displacement_of_a_swelling_sine(f):
    found = record(burst(f=f))
    peak = shaking.peak_acceleration(found).ns
    assert shaking.peak_velocity(found).ns == pytest.approx(peak / (2 * pi * f), rel=0.03)
    assert shaking.peak_displacement(found).ns == pytest.approx(peak / (2 * pi * f) ** 2, rel=0.06)


def test_slow_drift_is_cut_from_velocity():
    drift = np.stack([np.linspace(-5, 5, T.size), np.zeros_like(T), np.zeros_like(T)])
    with_drift = shaking.peak_velocity(record(burst() + drift)).ns
    assert with_drift == pytest.approx(shaking.peak_velocity(record(burst())).ns, rel=0.25)


def test_energies():
    constant = np.stack([np.where(T % 2 < 1, 10.0, -10.0), np.zeros_like(T), np.zeros_like(T)])
    # a square wave of 10 gal for 60 s, mean zero
    assert shaking.cumulative_absolute_velocity(record(constant)) == pytest.approx([599.9, 0, 0], abs=0.2)
    assert shaking.arias_intensity(record(constant)) == pytest.approx([pi / (2 * 980.665) * 5999, 0, 0], rel=1e-3)


def test_durations():
    data = np.zeros((3, T.size))
    data[0, 1000:3000] = np.where(np.arange(2000) % 2, 100.0, -100.0)  # 20 s of even energy
    assert shaking.significant_duration(record(data)) == pytest.approx(18.0, abs=0.05)
    assert shaking.significant_duration(record(data), 0.05, 0.75) == pytest.approx(14.0, abs=0.05)
    assert shaking.bracketed_duration(record(data)) == pytest.approx(19.99, abs=0.02)
    data[0, 1500:2500] = 0
    assert shaking.bracketed_duration(record(data)) == pytest.approx(19.99, abs=0.02)
    assert shaking.uniform_duration(record(data)) == pytest.approx(10.0, abs=0.02)
    assert shaking.bracketed_duration(record(data), threshold=101.0) == 0.0
    with pytest.raises(ValueError, match="fractions"):
        shaking.significant_duration(record(data), 0.9, 0.1)


@pytest.mark.parametrize(("gal", "limit"), [(0.8, 0.5), (2.5, 1.5), (8.0, 2.5), (25.0, 3.5), (80.0, 4.5), (250.0, 5.5)])
def test_kawasumi_meets_the_class_limits(gal, limit):
    assert shaking.kawasumi_intensity(gal) == pytest.approx(limit, abs=0.011)


def test_analysis_gives_what_each_function_gives():
    found = record(burst(300.0) + 0.1 * np.random.default_rng(0).normal(size=(3, T.size)))
    everything = shaking.analyse(found)
    assert everything.intensity.raw == pytest.approx(shaking.measured_intensity(found).raw, abs=1e-12)
    assert everything.acceleration == shaking.peak_acceleration(found)
    for name in ("ns", "ew", "ud", "horizontal", "total"):
        expected = getattr(shaking.peak_velocity(found), name)
        assert getattr(everything.velocity, name) == pytest.approx(expected, rel=1e-9)
    assert everything.spectral_intensity == shaking.spectral_intensity(found)
    assert everything.long_period.sva == pytest.approx(shaking.long_period(found).sva, rel=1e-12)


def test_gaps_are_no_motion():
    data = burst(300.0)
    whole = shaking.analyse(record(data))
    data[:, :500] = np.nan  # before the motion
    holed = shaking.analyse(record(data))
    assert holed.intensity.raw == pytest.approx(whole.intensity.raw, abs=0.01)
    assert np.isfinite(holed.long_period.velocity)


def test_the_mean_is_not_integrated():
    assert measures.integrator(6000, 100.0)[0] == 0
