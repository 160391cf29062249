"""Strong-motion records in, numbers out: a pure library, usable without the rest of Tomoshibi.

>>> from tomoshibi import shaking
>>> record = shaking.read_record("AOM0011801241951.NS", "AOM0011801241951.EW", "AOM0011801241951.UD")  # doctest: +SKIP
>>> shaking.measured_intensity(record).measured  # doctest: +SKIP
1.6
"""

from __future__ import annotations

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.intensity import MeasuredIntensity, measure, measured_intensity, minute_series
from tomoshibi.shaking.measures import PeakAcceleration, peak_acceleration
from tomoshibi.shaking.readers import read_files, read_record
from tomoshibi.shaking.record import COMPONENTS, Counts, Place, Provenance, Record

__all__ = [
    "COMPONENTS",
    "Counts",
    "MeasuredIntensity",
    "PeakAcceleration",
    "Place",
    "Provenance",
    "Record",
    "RecordError",
    "measure",
    "measured_intensity",
    "minute_series",
    "peak_acceleration",
    "read_files",
    "read_record",
]
