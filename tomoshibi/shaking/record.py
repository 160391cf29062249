"""One strong-motion record: three components of ground acceleration in gal, with where, when and from what.

Counts and gal cannot be confused: a data logger's integers are :class:`Counts`, which carry their calibration and can
only be turned into gal by :meth:`Counts.gal`, once; :class:`Record` refuses integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.vocabulary import T

Component = Literal["NS", "EW", "UD"]
#: the order of the rows of :attr:`Record.acceleration`
COMPONENTS: tuple[Component, Component, Component] = ("NS", "EW", "UD")
Sensor = Literal["surface", "borehole"]
Floats = NDArray[np.float64]

#: sampling rates that the filters and criteria are specified for
MIN_RATE, MAX_RATE = 50.0, 200.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Samples as a data logger wrote them. ``values``: integers, shape (n,). ``gal_per_count``: the calibration."""

    values: NDArray[np.int32]
    gal_per_count: float

    def gal(self, out: Floats | None = None) -> Floats:
        """Acceleration in gal (cm/s²), offset still in; shape (n,), in ``out`` where it is given."""
        return np.multiply(self.values, self.gal_per_count, out=out, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sensor stands: degrees north and east (WGS 84 or the network's own), metres above sea level or below.

    :raises ValueError: for degrees that are none; an elevation that is not finite counts as not given
    """

    latitude: float
    longitude: float
    elevation: float | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"no place on earth: latitude {self.latitude}, longitude {self.longitude}")
        if self.elevation is not None and not isfinite(self.elevation):
            object.__setattr__(self, "elevation", None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a record was made from: format name, files, and the network's own notes (peak written in the header…)."""

    format: str
    files: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Three components of acceleration at one sensor.

    :param station: the network's station code, such as ``AOM001``
    :param start: time of the first sample, aware; kept in UTC
    :param rate: samples a second, 50 to 200 Hz
    :param acceleration: shape (3, n) in the order NS, EW, UD; floats in **gal** (cm/s²), the sensor's offset left in.
        NaN marks a sample that is missing (a gap).
    :param place: where the sensor stands, if the file says so
    :param name: the station's name, if the file says so
    :param sensor: surface or borehole (KiK-net has both under one code)
    :param full_scale: gal at which the instrument clips, if known
    :raises RecordError: for counts (integers), a wrong shape, a rate outside 50–200 Hz or a time without a zone
    """

    station: str
    start: datetime
    rate: float
    acceleration: Floats
    place: Place | None = None
    name: str = ""
    sensor: Sensor = "surface"
    full_scale: float | None = None
    provenance: Provenance = Provenance("array")

    def __post_init__(self) -> None:
        data = np.asarray(self.acceleration)
        files = self.provenance.files
        if not np.issubdtype(data.dtype, np.floating):
            raise RecordError(
                T(
                    "加速度が整数(カウント値)です。Counts(...).gal() でガルに換算してください",
                    "the acceleration is integers, that is counts: convert to gal with Counts(...).gal()",
                ),
                files,
            )
        if data.ndim != 2 or data.shape[0] != 3 or data.shape[1] == 0:
            raise RecordError(
                T(
                    f"加速度の形は (3, サンプル数) でなければなりません(実際は {data.shape})",
                    f"the acceleration must have the shape (3, samples), not {data.shape}",
                ),
                files,
            )
        if not MIN_RATE <= self.rate <= MAX_RATE:
            raise RecordError(
                T(
                    f"サンプリング周波数 {self.rate:g} Hz は扱えません({MIN_RATE:g}～{MAX_RATE:g} Hz)",
                    f"a sampling rate of {self.rate:g} Hz is outside {MIN_RATE:g}–{MAX_RATE:g} Hz",
                ),
                files,
            )
        if self.start.tzinfo is None:
            raise RecordError(T("開始時刻に時間帯がありません", "the start time has no time zone"), files)
        object.__setattr__(self, "acceleration", np.ascontiguousarray(data, dtype=np.float64))
        object.__setattr__(self, "start", self.start.astimezone(UTC))

    @property
    def samples(self) -> int:
        """Number of samples of each component."""
        return int(self.acceleration.shape[1])

    @property
    def duration(self) -> float:
        """Length in seconds: samples divided by rate."""
        return self.samples / self.rate

    @property
    def end(self) -> datetime:
        """Time just after the last sample, UTC."""
        return self.start + timedelta(seconds=self.duration)

    @property
    def key(self) -> str:
        """Station code, with ``(borehole)`` for a borehole sensor: tells the sensors of one station apart."""
        return self.station if self.sensor == "surface" else f"{self.station}({self.sensor})"

    def levelled(self) -> Floats:
        """Acceleration in gal with each component's median taken out, gaps (NaN) left in; shape (3, n).

        The median is where the sensor rests; the mean is off by the ground's final velocity over the length of the
        record, which a twenty-second high-pass still feels. Some thousands of samples settle it.
        """
        stride = max(1, self.samples // 4000)
        return self.acceleration - np.nanmedian(self.acceleration[:, ::stride], axis=1, keepdims=True)

    def centred(self) -> Floats:
        """Acceleration in gal with each component's mean taken out, gaps (NaN) filled with zero; shape (3, n)."""
        data = self.acceleration
        mean = data.mean(axis=1, keepdims=True)
        if np.isfinite(mean).all():
            return data - mean
        good = np.isfinite(data)
        if not good.any(axis=1).all():
            raise RecordError(
                T("成分のすべてのサンプルが欠測です", "a component has no sample at all"), self.provenance.files
            )
        mean = np.where(good, data, 0.0).sum(axis=1, keepdims=True) / good.sum(axis=1, keepdims=True)
        return np.where(good, data - mean, 0.0)
