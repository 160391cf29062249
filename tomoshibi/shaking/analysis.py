"""Everything about a record at once, each transform done once."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy.fft

from tomoshibi.shaking import intensity as jma
from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.longperiod import LongPeriod, long_period_of
from tomoshibi.shaking.measures import Peaks, integrator, peaks
from tomoshibi.shaking.record import Record
from tomoshibi.shaking.spectra import SpectralIntensity, spectral_intensity_of
from tomoshibi.vocabulary import T


@dataclass(frozen=True, slots=True)
class Analysis:
    """The numbers that a town asks a record for: acceleration in gal, velocity in cm/s."""

    intensity: jma.MeasuredIntensity
    acceleration: Peaks
    velocity: Peaks
    spectral_intensity: SpectralIntensity
    long_period: LongPeriod


def analyse(record: Record) -> Analysis:
    """Measured intensity, PGA, PGV, SI and long-period class of a record. Gaps count as no motion.

    :raises RecordError: for a record shorter than 0.3 s or without motion
    """
    data, rate, samples = record.centred(), float(record.rate), record.samples
    k = jma.samples_reached(rate)
    if samples < k:
        raise RecordError(T("0.3秒より短い記録です", "the record is shorter than 0.3 s"), record.provenance.files)
    spectrum = scipy.fft.rfft(data, axis=-1)
    both = np.empty((2, *spectrum.shape), np.complex128)
    np.multiply(spectrum, jma.gains(samples, rate), out=both[0])
    np.multiply(spectrum, integrator(samples, rate), out=both[1])
    filtered, velocity = scipy.fft.irfft(both, samples, axis=-1, overwrite_x=True)
    square = jma.kth_largest_squared(filtered, k)
    if square <= 0:
        raise RecordError(T("加速度が一定で、揺れがありません", "constant: no motion at all"), record.provenance.files)
    a0 = sqrt(square)
    return Analysis(
        jma.MeasuredIntensity(jma.from_a0(a0), a0),
        peaks(data),
        peaks(velocity),
        spectral_intensity_of(data, rate),
        long_period_of(record.levelled()[:2], rate),
    )
