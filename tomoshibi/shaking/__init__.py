"""Strong-motion records in, numbers out: a pure library, usable without the rest of Tomoshibi.

>>> from tomoshibi import shaking
>>> record = shaking.read_record("AOM0011801241951.NS", "AOM0011801241951.EW", "AOM0011801241951.UD")  # doctest: +SKIP
>>> shaking.measured_intensity(record).measured  # doctest: +SKIP
1.6
"""

from __future__ import annotations

from tomoshibi.shaking.analysis import Analysis, analyse
from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.intensity import MeasuredIntensity, measure, measured_intensity, minute_series
from tomoshibi.shaking.longperiod import (
    LongPeriod,
    LongPeriodResponse,
    absolute_velocity,
    classify_long_period,
    long_period,
)
from tomoshibi.shaking.measures import (
    Peaks,
    arias_intensity,
    bracketed_duration,
    cumulative_absolute_velocity,
    displacement,
    kawasumi_intensity,
    peak_acceleration,
    peak_displacement,
    peak_velocity,
    significant_duration,
    uniform_duration,
    velocity,
)
from tomoshibi.shaking.quality import Flag, Problem, quality
from tomoshibi.shaking.readers import read_contents, read_files, read_record
from tomoshibi.shaking.realtime import RealtimeIntensity, realtime_intensity
from tomoshibi.shaking.record import COMPONENTS, Counts, Place, Provenance, Record
from tomoshibi.shaking.spectra import ResponseSpectrum, SpectralIntensity, response_spectrum, spectral_intensity

__all__ = [
    "COMPONENTS",
    "Analysis",
    "Counts",
    "Flag",
    "LongPeriod",
    "LongPeriodResponse",
    "MeasuredIntensity",
    "Peaks",
    "Place",
    "Problem",
    "Provenance",
    "RealtimeIntensity",
    "Record",
    "RecordError",
    "ResponseSpectrum",
    "SpectralIntensity",
    "absolute_velocity",
    "analyse",
    "arias_intensity",
    "bracketed_duration",
    "classify_long_period",
    "cumulative_absolute_velocity",
    "displacement",
    "kawasumi_intensity",
    "long_period",
    "measure",
    "measured_intensity",
    "minute_series",
    "peak_acceleration",
    "peak_displacement",
    "peak_velocity",
    "quality",
    "read_contents",
    "read_files",
    "read_record",
    "realtime_intensity",
    "response_spectrum",
    "significant_duration",
    "spectral_intensity",
    "uniform_duration",
    "velocity",
]
